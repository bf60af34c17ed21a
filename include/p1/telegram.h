/*
 * telegram.h - a telegram's text, read into typed COSEM objects.
 *
 * Reads every dialect that is known, without being told which: what a line
 * means is decided by its OBIS code, its unit, and by what else the telegram
 * holds. It never fails as a whole: a line that cannot be read is counted and
 * the next one is read.
 */
#ifndef P1_TELEGRAM_H
#define P1_TELEGRAM_H

#include "p1/clock.h"
#include "p1/obis.h"
#include "p1/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most objects known in one telegram are 96 (Lithuania's maximal profile);
 * twice that leaves room for four M-Bus devices and what is to come. */
#define P1_OBJECTS_MAX 192

/* Places kept of what was unknown or malformed, to name it; more are counted
 * only. A dialect that nobody has seen brings a few dozen new codes. */
#define P1_REMARKS_MAX 32

/* A stretch of the telegram's text. */
struct p1_slice {
  uint16_t at; /* offset from the telegram's '/' */
  uint16_t n;
};

struct p1_object {
  struct p1_value value; /* numbers, counts, states, factors, readings, peaks */
  struct p1_clock time;  /* clocks, readings and peaks; invalid when absent */
  struct p1_slice text;  /* the text after the code, parentheses included */
  uint8_t id;            /* enum p1_id */
  uint8_t channel;       /* M-Bus channel or relay 1 .. 9, else 0 */
  bool has_value;        /* false where the parentheses were empty */
  bool has_time;         /* a stamp was printed, valid or not */
};

struct p1_telegram {
  const char *bytes;      /* the span that was parsed; the caller's */
  struct p1_slice header; /* after '/', up to the line's end */
  struct p1_clock time;   /* of the telegram; invalid when it has none */
  uint16_t count;         /* objects */
  uint16_t dropped;       /* objects beyond P1_OBJECTS_MAX */
  uint16_t unknown;       /* lines whose code is in no row */
  uint16_t malformed;     /* lines that could not be read */
  uint8_t version;        /* DSMR version times 10 (42, 50), 0 when not told */
  struct p1_object objects[P1_OBJECTS_MAX + 1]; /* the last is for reading */
  struct p1_slice unknown_codes[P1_REMARKS_MAX];
  struct p1_slice malformed_codes[P1_REMARKS_MAX];
  uint8_t _first[P1_ID_COUNT]; /* index + 1 of the first object of an id */
};

/* Reads the n bytes from '/' to '!' (what follows the '!' is not looked at)
 * into *telegram, which points into `bytes` as long as it is used. Anything may
 * stand in `bytes`; nothing outside is read. n beyond 65,535 is cut there. */
void p1_telegram_parse(struct p1_telegram *telegram, const char *bytes,
                       size_t n);

/* The first object of an id on any channel, or NULL. Constant time. Of several
 * objects with one id and channel the first that can be read is kept; of M-Bus
 * readings the one captured last. */
const struct p1_object *p1_telegram_find(const struct p1_telegram *telegram,
                                         enum p1_id id);

/* As p1_telegram_find(), on one channel. */
const struct p1_object *
p1_telegram_find_channel(const struct p1_telegram *telegram, enum p1_id id,
                         uint8_t channel);

/* True when the telegram itself says that it must end in a CRC: a version line
 * of DSMR 4 or later (P1-4.0 section 5.2 brought the CRC). */
bool p1_telegram_promises_crc(const struct p1_telegram *telegram);

/* The kind of meter for people: the header's three letters and its baud digit
 * ("FLU5"), never its serial number. Writes at most 5 bytes with the NUL; ""
 * for a header that has no letters. */
void p1_telegram_model(const struct p1_telegram *telegram, char model[5]);

#endif
