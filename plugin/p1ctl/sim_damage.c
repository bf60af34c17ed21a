/*
 * sim_damage.c - what happens to telegrams on a bad line.
 */
#include "sim_damage.h"

#include "p1/crc16.h"

#include <stdbool.h>
#include <string.h>

static bool happens(struct p1_sim_damage *damage, uint32_t chance) {
  /* Drawn even for a chance of 0, so that one kind of damage does not move
   * another. */
  return p1_sim_below(&damage->random, P1_SIM_CERTAIN) < chance;
}

/* Offset of the '!' that ends a telegram. */
static size_t find_end(const char *telegram, size_t n) {
  while (n > 0 && telegram[n - 1] != '!')
    n--;
  return n > 0 ? n - 1 : 0;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* True when the body of body_n bytes, '!' included, has the CRC that is printed
 * after it. Body and print are apart, because the body may have lost bytes. */
static bool crc_fits(const char *body, size_t body_n, const char *printed) {
  unsigned crc = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(printed[i]);
    if (digit < 0)
      return false; /* no CRC */
    crc = crc << 4 | (unsigned)digit;
  }
  return p1_crc16(body, body_n) == crc;
}

/* Flips one bit of the `end` + 1 bytes up to the '!'. A CRC finds every single
 * one. */
static void flip_bit(struct p1_sim_damage *damage, char *telegram, size_t end) {
  uint32_t at = p1_sim_below(&damage->random, (uint32_t)end + 1);
  unsigned bit = 1U << p1_sim_below(&damage->random, 8);
  telegram[at] = (char)((unsigned char)telegram[at] ^ bit);
}

/* Takes out 2 to 40 bytes before the '!' and returns the new length. A CRC may
 * overlook one such gap in 65,536: then another place is tried. Not a single
 * byte: a reader of files may well put a missing CR back. */
static size_t drop_bytes(struct p1_sim_damage *damage, char *telegram, size_t n,
                         size_t end) {
  char kept[40];
  for (;;) {
    size_t gap = 2 + p1_sim_below(&damage->random, sizeof(kept) - 1);
    size_t at = p1_sim_below(&damage->random, (uint32_t)(end - gap));
    memcpy(kept, telegram + at, gap);
    memmove(telegram + at, telegram + at + gap, n - at - gap);
    if (!crc_fits(telegram, end + 1 - gap, telegram + end + 1 - gap))
      return n - gap;
    memmove(telegram + at + gap, telegram + at, n - at - gap);
    memcpy(telegram + at, kept, gap);
  }
}

/* Binary rubbish, or the first part of the telegram; returns its length. */
static size_t put_garbage(struct p1_sim_damage *damage, const char *telegram,
                          size_t end, char *out) {
  if (p1_sim_below(&damage->random, 2) == 0) {
    size_t n = 1 + p1_sim_below(&damage->random, (uint32_t)end);
    memcpy(out, telegram, n);
    return n;
  }
  size_t n = 1 + p1_sim_below(&damage->random, P1_SIM_RUBBISH_MAX);
  for (size_t i = 0; i < n; i++)
    out[i] = (char)p1_sim_below(&damage->random, 256);
  return n;
}

unsigned p1_sim_damage(struct p1_sim_damage *damage, const char *telegram,
                       size_t n, char *out, size_t *out_n) {
  unsigned done = 0;
  size_t end = find_end(telegram, n);
  size_t before = 0;
  if (happens(damage, damage->garbage)) {
    before = put_garbage(damage, telegram, end, out);
    done |= P1_SIM_GARBAGE;
  }
  char *copy = out + before;
  memcpy(copy, telegram, n);
  if (happens(damage, damage->corrupt)) {
    flip_bit(damage, copy, end);
    done |= P1_SIM_CORRUPT;
  }
  if (happens(damage, damage->drop)) {
    if (p1_sim_below(&damage->random, 2) == 0) {
      n = 0;
      done |= P1_SIM_LOST;
    } else {
      n = drop_bytes(damage, copy, n, end);
      done |= P1_SIM_DROP;
    }
  }
  *out_n = before + n;
  return done;
}

void p1_sim_add_parity(char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    unsigned ones = (unsigned char)bytes[i] & 0x7F;
    unsigned byte = ones;
    ones ^= ones >> 4;
    ones ^= ones >> 2;
    ones ^= ones >> 1;
    bytes[i] = (char)(byte | (ones & 1) << 7);
  }
}
