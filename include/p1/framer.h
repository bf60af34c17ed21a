/*
 * framer.h - bytes in, telegrams out.
 *
 * A push parser: it is given bytes in any portions and says what they
 * completed. Whatever the portions, the telegrams are the same. It knows where
 * a telegram begins and ends and whether its checksum holds; it knows nothing
 * of OBIS codes, values, time or devices.
 *
 * One framer serves one line. It allocates nothing, has no hidden state, and
 * needs no tear-down. It is not thread-safe: one thread pushes.
 */
#ifndef P1_FRAMER_H
#define P1_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No standard names a longest telegram. At 115200 8N1 a meter that speaks every
 * second can send 11,520 bytes; 9600 7E1 within the 8 s that DSMR 2.2 allows
 * gives 7,680 (P1-5.0.2 section 6.1, P1-2.2 section 4.4). The next power of two
 * holds every telegram that the line itself can carry. */
#define P1_TELEGRAM_MAX 16384

/* Hex digits of a checksum of 16 bits. */
#define P1_CRC_DIGITS 4

/* What a call to p1_framer_push() came to. */
enum p1_frame_event {
  P1_FRAME_MORE,     /* all bytes taken, nothing complete: give more */
  P1_FRAME_TELEGRAM, /* a telegram is in framer->telegram; its CRC is good or
                        absent, see framer->crc */
  P1_FRAME_BAD_CRC,  /* as TELEGRAM, but the CRC printed does not fit, not even
                        from a later header on: damaged */
  P1_FRAME_TOO_LONG, /* P1_TELEGRAM_MAX bytes without an end were given up */
  P1_FRAME_RESYNC    /* a telegram broke off and another began: the first one
                        is lost */
};

/* What the telegram's own checksum says of it. */
enum p1_crc {
  P1_CRC_ABSENT, /* none printed: DSMR 2.2 and 3.0, some exports */
  P1_CRC_OK,
  P1_CRC_BAD
};

/* The fields above the line are the caller's to read after an event; the others
 * are the framer's own. */
struct p1_framer {
  const char *telegram; /* from '/' to '!' inclusive, then the CRC digits that
                           were there; valid until the next push. Set by
                           TELEGRAM and BAD_CRC. */
  size_t length;        /* bytes from '/' to '!' inclusive */
  enum p1_crc crc;
  /* ---- */
  size_t _fill; /* bytes in _bytes; [0] is always a '/' when > 0 */
  size_t _end;  /* offset of the '!' being decided on, or 0 */
  char _bytes[P1_TELEGRAM_MAX + P1_CRC_DIGITS];
};

/* Makes a framer ready; also forgets everything after a line was reopened. */
void p1_framer_init(struct p1_framer *framer);

/* Takes up to n bytes and returns how many it took; *event says what they
 * completed. It returns n with MORE, or stops early at any other event: push
 * the rest again until MORE. Never returns 0 for n > 0 unless *event is not
 * MORE. */
size_t p1_framer_push(struct p1_framer *framer, const char *bytes, size_t n,
                      enum p1_frame_event *event);

/* The input is over and nothing can follow: decides on what waits for one more
 * byte (a '!' or CRC digits without a line end). Returns TELEGRAM, BAD_CRC, or
 * MORE when nothing was left; RESYNC when a telegram broke off. For files; a
 * port never ends. */
enum p1_frame_event p1_framer_end(struct p1_framer *framer);

#endif
