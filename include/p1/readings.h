/*
 * readings.h - what one telegram gives to publish: the objects that have a
 * place in the catalogue, and what is derived from them.
 */
#ifndef P1_READINGS_H
#define P1_READINGS_H

#include "p1/mbus.h"
#include "p1/telegram.h"

/* Identifiers that one meter may have: no known telegram gives more than 70;
 * the limit keeps a source of made-up lines from filling a disk with files. */
#define P1_READINGS_MAX 128

/* Room for "type-instance-channel" with its NUL: collectd holds 128 bytes for
 * each of the two (DATA_MAX_NAME_LEN); ours are far below. */
#define P1_READING_NAME_MAX 64

struct p1_reading {
  struct p1_value value; /* in the unit that the catalogue's row names */
  uint8_t id;            /* enum p1_id, of a row with a type */
  uint8_t channel;       /* 0, or the suffix that a second device gets */
};

struct p1_readings {
  uint16_t count;
  uint16_t dropped; /* beyond P1_READINGS_MAX */
  struct p1_reading list[P1_READINGS_MAX];
};

/* The tariff registers that a meter sends, a bit for each; zero it to begin. A
 * register counts once two telegrams in a row have had it. */
struct p1_tariffs {
  bool damaged;     /* the caller's: the telegram has no CRC, so what cannot be
                       read in it may have been a tariff */
  uint16_t sent[2]; /* import, export */
  uint16_t _last[2];
};

/* Works out all readings of a telegram and of its `count` devices. A total that
 * the meter does not print is the sum of its tariffs, when exactly those that
 * `tariffs` remembers are there; `tariffs` may be NULL for a telegram on its
 * own. */
void p1_readings_take(const struct p1_telegram *telegram,
                      const struct p1_device *devices, size_t count,
                      struct p1_tariffs *tariffs, struct p1_readings *readings);

/* Writes the type instance of a reading ("import-L1", "gas_m3-2") and returns
 * its length. `size` of P1_READING_NAME_MAX is enough for all. */
size_t p1_reading_instance(enum p1_id id, uint8_t channel, char *text,
                           size_t size);

/* Writes "type-instance", as collectd and p1ctl name the reading. */
size_t p1_reading_name(enum p1_id id, uint8_t channel, char *text, size_t size);

#endif
