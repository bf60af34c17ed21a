/*
 * obis.h - the catalogue of what a telegram can say and what we publish of it.
 *
 * obis.def holds one row per fact. This header expands it into the list of
 * identifiers; obis.c into the table and the look-up; the documents' table of
 * readings is made from the same rows.
 */
#ifndef P1_OBIS_H
#define P1_OBIS_H

#include "p1/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the text after an OBIS code is to be read. */
enum p1_kind {
  P1_KIND_NUMBER,  /* a number with a unit */
  P1_KIND_COUNT,   /* a plain integer */
  P1_KIND_FACTOR,  /* a number without unit; an integer counts thousandths */
  P1_KIND_STATE,   /* an integer or a word (ON, OFF, TARIFF 1) */
  P1_KIND_CLOCK,   /* a time stamp */
  P1_KIND_TEXT,    /* hex digits or plain text, up to the line's end */
  P1_KIND_NAME,    /* a text that identifies a device or a customer */
  P1_KIND_PEAK,    /* a stamp and a number, in either order */
  P1_KIND_READING, /* an M-Bus device's reading, in any of its layouts */
  P1_KIND_LIST,    /* records; see lists.h */
  P1_KIND_DERIVED  /* in no telegram: worked out from others */
};

/* What an interval keeps of a reading. */
enum p1_stat {
  P1_STAT_NONE,  /* not published */
  P1_STAT_MEAN,  /* the mean over the interval's telegrams */
  P1_STAT_NEWEST /* the last telegram's */
};

/* Stands in a row's second position for "any M-Bus channel, 1 to 9". */
#define P1_CHANNEL_ANY 255

/* Identifiers: P1_ID_POWER_IMPORT and so on, one for each row, then
 * P1_ID_COUNT. P1_ID_NONE is "in no row". */
enum p1_id {
  P1_ID_NONE,
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  P1_ID_##id,
#define P1_DERIVED(id, from, unit, stat, type, instance, help) P1_ID_##id,
#include "p1/obis.def"
  P1_ID_COUNT
};

/* A row. `type` and `instance` are "" for what is not published; an instance
 * may be followed by "-<channel>" (see readings.h). All strings are static. */
struct p1_obis {
  const char *type;     /* collectd type: "power" */
  const char *instance; /* type instance: "import-L1" */
  const char *help;     /* a description for people, never "" */
  uint8_t code[5];      /* A-B:C.D.E; all 0 for derived rows */
  uint8_t kind;         /* enum p1_kind */
  uint8_t unit;         /* enum p1_unit of the published value */
  uint8_t stat;         /* enum p1_stat */
};

/* The row of an identifier; P1_ID_NONE and values out of range give a row with
 * empty strings. Never NULL. */
const struct p1_obis *p1_obis_row(enum p1_id id);

/* The identifier of a code A-B:C.D.E, or P1_ID_NONE. Codes with A = 0 and B = 1
 * to 9 find the rows for any M-Bus channel; 1-1 codes without a row of their
 * own find the 1-0 row (Swiss and some Swedish meters use them for the main
 * registers). Constant time. */
enum p1_id p1_obis_find(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e);

/* As p1_obis_find(), with C.D.E by its text without leading zeros ("1.8.1"): up
 * to eight characters, the first one in the lowest byte, zeros above. */
enum p1_id p1_obis_find_text(uint8_t a, uint8_t b, uint64_t text);

#endif
