/*
 * crc16.c - CRC-16/ARC, and CRC-16/X-25.
 *
 * A CRC is the remainder of the message, as a polynomial over two elements, by
 * x^16 + x^15 + x^2 + 1. Two ways make it fast without any special instruction:
 *
 * Slices. The CRC of a message is the xor of the CRCs of its single bits, each
 * followed by as many zeros as bits come after it. So one table for each place
 * in a slice of eight bytes turns a chain of eight look-ups into eight that do
 * not wait for each other. The tables are worked out by the compiler.
 *
 * Folding. The polynomial is (x + 1) times (x^15 + x + 1). Over two elements
 * squaring a sum squares its terms and no more, so the second factor's 64th
 * power is just x^960 + x^64 + 1. As far as its remainder goes x^960 may then
 * be replaced by x^64 + 1: a block of fifteen 64-bit words is xored into the
 * next block, once in place and once a word further on, and so a long message
 * shrinks to one block with a few xors per word. The remainder by x + 1 is the
 * parity of all bits. The two factors have no divisor in common, so both
 * remainders together make up the CRC.
 *
 * Only whole words are moved and xored, so byte order does not matter.
 */
#include "p1/crc16.h"

#include <string.h>

/* Polynomials with the highest power in the lowest bit, as bytes are sent. */
#define P1_CRC16_POLYNOMIAL 0xA001
#define P1_CRC16_FACTOR 0xC001 /* x^15 + x + 1, in 16 bits */
#define P1_X25_POLYNOMIAL 0x8408

#define P1_NEXT(state)                                                         \
  (((state) >> 1) ^ (((state)&1) != 0 ? P1_CRC16_POLYNOMIAL : 0))

/* L<place>_<bit> is the CRC of a byte in which only that bit is set, followed
 * by <place> zero bytes; each is one step of the register away from the one
 * before. */
#define P1_PLACE(p, before)                                                    \
  L##p##_7 = P1_NEXT(before), L##p##_6 = P1_NEXT(L##p##_7),                    \
  L##p##_5 = P1_NEXT(L##p##_6), L##p##_4 = P1_NEXT(L##p##_5),                  \
  L##p##_3 = P1_NEXT(L##p##_4), L##p##_2 = P1_NEXT(L##p##_3),                  \
  L##p##_1 = P1_NEXT(L##p##_2), L##p##_0 = P1_NEXT(L##p##_1)

enum {
  P1_PLACE(0, 1),
  P1_PLACE(1, L0_0),
  P1_PLACE(2, L1_0),
  P1_PLACE(3, L2_0),
  P1_PLACE(4, L3_0),
  P1_PLACE(5, L4_0),
  P1_PLACE(6, L5_0),
  P1_PLACE(7, L6_0)
};

#define P1_1(p, i)                                                             \
  (uint16_t)(((i)&0x01 ? L##p##_0 : 0) ^ ((i)&0x02 ? L##p##_1 : 0) ^           \
             ((i)&0x04 ? L##p##_2 : 0) ^ ((i)&0x08 ? L##p##_3 : 0) ^           \
             ((i)&0x10 ? L##p##_4 : 0) ^ ((i)&0x20 ? L##p##_5 : 0) ^           \
             ((i)&0x40 ? L##p##_6 : 0) ^ ((i)&0x80 ? L##p##_7 : 0))
#define P1_4(p, i)                                                             \
  P1_1(p, (i)), P1_1(p, (i) + 1), P1_1(p, (i) + 2), P1_1(p, (i) + 3)
#define P1_16(p, i)                                                            \
  P1_4(p, (i)), P1_4(p, (i) + 4), P1_4(p, (i) + 8), P1_4(p, (i) + 12)
#define P1_64(p, i)                                                            \
  P1_16(p, (i)), P1_16(p, (i) + 16), P1_16(p, (i) + 32), P1_16(p, (i) + 48)
#define P1_256(p)                                                              \
  { P1_64(p, 0), P1_64(p, 64), P1_64(p, 128), P1_64(p, 192) }

static const uint16_t table[8][256] = {P1_256(0), P1_256(1), P1_256(2),
                                       P1_256(3), P1_256(4), P1_256(5),
                                       P1_256(6), P1_256(7)};

static uint16_t update_by_slices(uint16_t crc, const uint8_t *at, size_t n) {
  for (; n >= 8; n -= 8, at += 8) {
    crc = (uint16_t)(table[7][at[0] ^ (crc & 0xFF)] ^
                     table[6][at[1] ^ (crc >> 8)] ^ table[5][at[2]] ^
                     table[4][at[3]] ^ table[3][at[4]] ^ table[2][at[5]] ^
                     table[1][at[6]] ^ table[0][at[7]]);
  }
  for (; n > 0; n--, at++)
    crc = (uint16_t)((crc >> 8) ^ table[0][(crc ^ *at) & 0xFF]);
  return crc;
}

#define WORDS 15
#define BLOCK (WORDS * 8)

/* Multiplies the block by x^960 and adds the next one, at `at`. Multiplied by
 * x^64 each word moves to the one before it; the first, pushed out, is x^960
 * times itself once more. Returns the xor of the words added. */
static uint64_t fold(uint64_t block[WORDS], const uint8_t *at) {
  uint64_t first = block[0];
  uint64_t word = 0;
  uint64_t sum = 0;
  for (size_t i = 0; i < WORDS - 1; i++) {
    memcpy(&word, at + 8 * i, 8);
    sum ^= word;
    block[i] ^= block[i + 1] ^ word;
  }
  memcpy(&word, at + 8 * (WORDS - 1), 8);
  sum ^= word;
  block[WORDS - 2] ^= first;
  block[WORDS - 1] ^= first ^ word;
  return sum;
}

static unsigned parity(uint64_t word) {
  for (unsigned half = 32; half > 0; half /= 2)
    word ^= word >> half;
  return (unsigned)(word & 1);
}

/* n is at least BLOCK. */
static uint16_t update_by_folding(uint16_t crc, const uint8_t *at, size_t n) {
  /* Zeros in front of a message do not count: the first block may be short, but
   * has room for the two bytes that the CRC so far is xored into. */
  uint64_t block[WORDS] = {0};
  size_t head = n % BLOCK;
  if (head == 1) {
    crc = update_by_slices(crc, at++, 1);
    n--;
  }
  if (head < 2)
    head = BLOCK;
  uint8_t *start = (uint8_t *)block + (BLOCK - head);
  memcpy(start, at, head);
  start[0] ^= (uint8_t)crc;
  start[1] ^= (uint8_t)(crc >> 8);

  uint64_t sum = 0;
  for (size_t i = 0; i < WORDS; i++)
    sum ^= block[i];
  for (size_t done = head; done < n; done += BLOCK)
    sum ^= fold(block, at + done);
  for (size_t i = 0; i < WORDS; i++)
    sum ^= block[i];
  /* Where the parity was changed, what has remainder 1 by x + 1 and 0 by
   * x^15 + x + 1 sets it right: that is x^15 + x + 1 itself. */
  uint16_t change = parity(sum) != 0 ? P1_CRC16_FACTOR : 0;
  return update_by_slices(0, (const uint8_t *)block, BLOCK) ^ change;
}

uint16_t p1_crc16_update(uint16_t crc, const void *bytes, size_t n) {
  if (n < 2 * BLOCK)
    return update_by_slices(crc, bytes, n);
  return update_by_folding(crc, bytes, n);
}

uint16_t p1_crc16(const void *bytes, size_t n) {
  return p1_crc16_update(0, bytes, n);
}

/* Every step forward shifts right and mixes in the polynomial if a 1 fell out.
 * The polynomial's top bit is set and a shift leaves a 0 there, so the top bit
 * tells whether that happened, and the step can be undone. */
uint16_t p1_crc16_before(uint16_t crc, uint8_t byte) {
  unsigned state = crc;
  for (int bit = 0; bit < 8; bit++) {
    unsigned fell_out = state >> 15;
    if (fell_out != 0)
      state ^= P1_CRC16_POLYNOMIAL;
    state = (state << 1 | fell_out) & 0xFFFF;
  }
  return (uint16_t)(state ^ byte);
}

uint16_t p1_crc16_x25(const void *bytes, size_t n) {
  const uint8_t *at = bytes;
  unsigned crc = 0xFFFF;
  for (; n > 0; n--, at++) {
    crc ^= *at;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? P1_X25_POLYNOMIAL : 0);
  }
  return (uint16_t)(crc ^ 0xFFFF);
}
