/*
 * swar.h - eight bytes at a time in one integer ("SIMD within a register").
 *
 * What a telegram is made of (digits, points, parentheses) comes in runs of
 * unforeseeable length, and a loop over such a run costs more by its wrong
 * guess at the end than by its work. These few helpers find the end in one
 * step.
 */
#ifndef P1_SWAR_H
#define P1_SWAR_H

#include <stdint.h>

/* A byte, eight times. */
#define P1_SWAR_BYTES(x) (UINT64_C(0x0101010101010101) * (uint64_t)(x))

/* Eight bytes as a number, the first one lowest, whatever the host. */
static inline uint64_t p1_swar_load(const char *text) {
  const uint8_t *at = (const uint8_t *)text;
  return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
         (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 |
         (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

/* The top bit of every byte that is no digit; `digits` are the eight bytes with
 * '0' taken off by exclusive or, so that digits hold 0 to 9. */
static inline uint64_t p1_swar_not_digit(uint64_t digits) {
  return (((digits & P1_SWAR_BYTES(0x7F)) + P1_SWAR_BYTES(0x80 - 10)) |
          digits) &
         P1_SWAR_BYTES(0x80);
}

/* The index of the lowest byte whose top bit is set in `marks`; 8 for none. */
static inline unsigned p1_swar_first(uint64_t marks) {
#ifdef __GNUC__
  return marks != 0 ? (unsigned)__builtin_ctzll(marks) / 8 : 8;
#else
  unsigned i = 0;
  while (i < 8 && (marks >> (8 * i) & 0x80) == 0)
    i++;
  return i;
#endif
}

/* The index of the lowest byte that is `c`; 8 for none. */
static inline unsigned p1_swar_find(uint64_t bytes, char c) {
  const uint64_t differs = bytes ^ P1_SWAR_BYTES((uint8_t)c);
  return p1_swar_first((differs - P1_SWAR_BYTES(1)) & ~differs &
                       P1_SWAR_BYTES(0x80));
}

#endif
