/*
 * sim_damage.h - what happens to telegrams on a bad line.
 *
 * The damage is drawn from a sequence of its own, so it is the same for the
 * same seed and leaves the house as it is without it.
 */
#ifndef P1_SIM_DAMAGE_H
#define P1_SIM_DAMAGE_H

#include "sim_random.h"

#include <stddef.h>
#include <stdint.h>

/* Chances are in billionths. */
#define P1_SIM_CERTAIN 1000000000

/* Rubbish before a telegram: up to a second of a line at 9600 is 960 bytes,
 * half of that is plenty. */
#define P1_SIM_RUBBISH_MAX 480

/* What was done to a telegram; several may be. */
enum {
  P1_SIM_CORRUPT = 1, /* a bit between '/' and '!' was flipped */
  P1_SIM_GARBAGE = 2, /* rubbish or half a telegram went before it */
  P1_SIM_DROP = 4,    /* some of its bytes are missing */
  P1_SIM_LOST = 8     /* all of them are */
};

struct p1_sim_damage {
  uint32_t corrupt, garbage, drop; /* chances per telegram */
  struct p1_sim_random random;
};

/* Writes what the line makes of a telegram of n bytes into out, which holds
 * 2 n + P1_SIM_RUBBISH_MAX bytes, and its length into *out_n. Returns what was
 * done. A telegram that had a CRC and comes out corrupted or with bytes missing
 * never has one that fits. */
unsigned p1_sim_damage(struct p1_sim_damage *damage, const char *telegram,
                       size_t n, char *out, size_t *out_n);

/* Sets each byte's highest bit to even parity: what 7E1 looks like to a reader
 * of 8N1. */
void p1_sim_add_parity(char *bytes, size_t n);

#endif
