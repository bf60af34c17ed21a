/*
 * spoil.h - what happens to the bytes of a telegram between the meter and the
 * reader. Each takes n bytes with room behind them, and returns how many are
 * left; `burst` counts the telegrams of a run.
 */
#ifndef P1_SPOIL_H
#define P1_SPOIL_H

#include "sim_random.h"

#include <stddef.h>
#include <string.h>

/* The most that add_noise() adds. */
#define SPOIL_ROOM 256

typedef size_t spoil(struct p1_sim_random *random, unsigned burst, char *bytes,
                     size_t n);

static inline size_t complement(struct p1_sim_random *random, unsigned burst,
                                char *bytes, size_t n) {
  (void)random, (void)burst;
  for (size_t i = 0; i < n; i++)
    bytes[i] = (char)~bytes[i];
  return n;
}

static inline void flip(struct p1_sim_random *random, char *bytes, size_t n) {
  uint32_t at = 8 + p1_sim_below(random, (uint32_t)n - 16);
  bytes[at] = (char)(bytes[at] ^ (1 << p1_sim_below(random, 8)));
}

/* A bit in every third telegram. */
static inline size_t flip_some(struct p1_sim_random *random, unsigned burst,
                               char *bytes, size_t n) {
  (void)burst;
  if (p1_sim_below(random, 3) == 0)
    flip(random, bytes, n);
  return n;
}

/* Bits in each. */
static inline size_t flip_many(struct p1_sim_random *random, unsigned burst,
                               char *bytes, size_t n) {
  (void)burst;
  for (int i = p1_sim_between(random, 3, 6); i > 0; i--)
    flip(random, bytes, n);
  return n;
}

/* A bit in one telegram out of forty. */
static inline size_t flip_rarely(struct p1_sim_random *random, unsigned burst,
                                 char *bytes, size_t n) {
  if (burst % 40 == 20)
    flip(random, bytes, n);
  return n;
}

/* Noise before each telegram, and a little after it. */
static inline size_t add_noise(struct p1_sim_random *random, unsigned burst,
                               char *bytes, size_t n) {
  (void)burst;
  size_t before = p1_sim_below(random, 200), after = p1_sim_below(random, 20);
  memmove(bytes + before, bytes, n);
  for (size_t i = 0; i < before + after; i++)
    bytes[i < before ? i : n + i] = (char)p1_sim_below(random, 256);
  return before + n + after;
}

static inline size_t keep_beginning(struct p1_sim_random *random,
                                    unsigned burst, char *bytes, size_t n) {
  (void)random, (void)burst, (void)bytes, (void)n;
  return 401; /* within a line */
}

/* As flow control does that stops the meter after so many bytes, or some more.
 */
static inline size_t keep_lines(struct p1_sim_random *random, unsigned burst,
                                char *bytes, size_t n) {
  (void)random, (void)burst, (void)n;
  return (size_t)(strstr(bytes, "0-0:96.14.0") - bytes);
}

static inline size_t keep_about(struct p1_sim_random *random, unsigned burst,
                                char *bytes, size_t n) {
  (void)burst, (void)bytes, (void)n;
  return 256 + p1_sim_below(random, 6);
}

static inline size_t keep_end(struct p1_sim_random *random, unsigned burst,
                              char *bytes, size_t n) {
  (void)random, (void)burst;
  memmove(bytes, bytes + 64, n - 64);
  return n - 64;
}

/* Every second telegram lacks the same piece. */
static inline size_t lose_piece(struct p1_sim_random *random, unsigned burst,
                                char *bytes, size_t n) {
  (void)random;
  if (burst % 2 == 0)
    return n;
  memmove(bytes + 300, bytes + 428, n - 428);
  return n - 128;
}

static inline size_t lose_end(struct p1_sim_random *random, unsigned burst,
                              char *bytes, size_t n) {
  (void)burst, (void)bytes;
  return 20 + p1_sim_below(random, (uint32_t)n - 40);
}

static inline size_t lose_beginning(struct p1_sim_random *random,
                                    unsigned burst, char *bytes, size_t n) {
  (void)burst;
  size_t lost = 20 + p1_sim_below(random, (uint32_t)n - 60);
  memmove(bytes, bytes + lost, n - lost);
  return n - lost;
}

/* Another program gets every third packet of a USB adapter. */
static inline size_t lose_packets(struct p1_sim_random *random, unsigned burst,
                                  char *bytes, size_t n) {
  (void)burst;
  size_t kept = 0;
  for (size_t at = 0; at < n; at += 62) {
    size_t packet = n - at < 62 ? n - at : 62;
    if (p1_sim_below(random, 3) == 0)
      continue;
    memmove(bytes + kept, bytes + at, packet);
    kept += packet;
  }
  return kept;
}

#endif
