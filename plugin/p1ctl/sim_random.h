/*
 * sim_random.h - chance that can be repeated.
 *
 * Two forms of splitmix64: a hash of (seed, stream, index), for what must be
 * the same whenever a moment is asked for (the weather of a minute, the noise
 * of a second), and a sequence, for what is drawn in order (the plan of a day).
 */
#ifndef P1_SIM_RANDOM_H
#define P1_SIM_RANDOM_H

#include <stdint.h>

struct p1_sim_random {
  uint64_t state;
};

static inline uint64_t p1_sim_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

/* 64 random bits that belong to this index of this stream. */
static inline uint64_t p1_sim_hash(uint64_t seed, uint32_t stream,
                                   int64_t index) {
  uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + stream;
  return p1_sim_mix(p1_sim_mix(x) + (uint64_t)index);
}

/* The next 64 random bits of a sequence. */
static inline uint64_t p1_sim_next(struct p1_sim_random *random) {
  random->state += UINT64_C(0x9E3779B97F4A7C15);
  return p1_sim_mix(random->state);
}

/* A number from 0 up to, not including, n. */
static inline uint32_t p1_sim_below(struct p1_sim_random *random, uint32_t n) {
  return (uint32_t)(((p1_sim_next(random) >> 32) * n) >> 32);
}

/* A number from `low` to `high`, both included. */
static inline int32_t p1_sim_between(struct p1_sim_random *random, int32_t low,
                                     int32_t high) {
  return low + (int32_t)p1_sim_below(random, (uint32_t)(high - low + 1));
}

#endif
