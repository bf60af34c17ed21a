/*
 * text.h - what the table and the JSON output both need: exact numbers, codes,
 * texts and wall clocks as text. Pure functions; nothing here writes anywhere.
 */
#ifndef P1CTL_TEXT_H
#define P1CTL_TEXT_H

#include "p1/framer.h"
#include "p1/telegram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sign, 20 digits of the largest uint64_t, point, NUL; or sign, "0.", and 18
 * decimals. */
#define P1CTL_NUMBER_MAX 32

/* A-B:C.D.E with an F, three digits each, five separators and the NUL. */
#define P1CTL_CODE_MAX 24

/* "2021-02-04 16:36:28" with its NUL; 20 more than fits, for other years. */
#define P1CTL_STAMP_MAX 40

/* A stretch of bytes; no NUL at its end. */
struct p1ctl_text {
  const char *bytes;
  size_t n;
};

/* Writes number * 10^-decimals exactly and returns the length. `decimals` is 0
 * to 18. With `trim` zeros at the end of the decimals are cut, and the point
 * with the last of them. */
size_t p1ctl_number(int64_t number, unsigned decimals, bool trim,
                    char text[P1CTL_NUMBER_MAX]);

/* Copies the OBIS code at a place of the telegram. Returns false, and an empty
 * code, when no code stands there: a broken line may hold anything, a serial
 * number too, and that must not be shown in a code's place. */
bool p1ctl_code(const struct p1_telegram *telegram, struct p1_slice slice,
                char code[P1CTL_CODE_MAX]);

/* The code of an object as the meter printed it, without *255. */
void p1ctl_object_code(const struct p1_telegram *telegram,
                       const struct p1_object *object,
                       char code[P1CTL_CODE_MAX]);

/* The text of an object without its outer parentheses; decoded into `buffer`
 * when it is hex of printable text. Empty for what meters fill unset texts
 * with: blanks, NUL, 0xFF. */
struct p1ctl_text p1ctl_object_text(const struct p1_telegram *telegram,
                                    const struct p1_object *object,
                                    char buffer[P1_TELEGRAM_MAX]);

/* As above, without decoding. */
struct p1ctl_text p1ctl_object_raw(const struct p1_telegram *telegram,
                                   const struct p1_object *object);

/* Length of the UTF-8 character at the beginning of n > 0 bytes, 1 to 4; 0 when
 * none stands there. */
size_t p1ctl_utf8(const char *bytes, size_t n);

/* True for a character of n bytes (as p1ctl_utf8() found it) that can be sent
 * to a terminal: no control character of either block. */
bool p1ctl_printable(const char *bytes, size_t n);

/* Writes seconds since 1970-01-01 00:00 as "YYYY-MM-DD hh:mm:ss". */
void p1ctl_stamp(int64_t seconds, char text[P1CTL_STAMP_MAX]);

#endif
