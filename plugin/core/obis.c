/*
 * obis.c - the catalogue's table and its look-up.
 *
 * A telegram has 35 codes and comes every second, so a code is found without
 * reading its numbers and without comparing it with row after row. The text of
 * C.D.E, as nearly every meter spells it, is at most eight characters long and
 * so is an integer; with A and B folded in, one multiplication scatters the
 * integers of all rows over 1,024 places with no two in one place, and the row
 * found there is compared once. Texts and places are worked out by the
 * compiler. Should a new row fall into a taken place, the compiler warns of an
 * initialiser that is overridden and the unit test names the row: then
 * tests/support/scatter finds another multiplier in a minute.
 */
#include "p1/obis.h"

#define PLACE_BITS 10
#define MULTIPLIER UINT64_C(0x39526001504e4c69)

/* The decimal text of 0 .. 255, its first digit lowest, and its length. */
#define DIGIT(n) ((uint64_t)('0' + (n) % 10))
#define ASCII(n)                                                               \
  ((n) > 99  ? DIGIT((n) / 100) | DIGIT((n) / 10) << 8 | DIGIT(n) << 16        \
   : (n) > 9 ? DIGIT((n) / 10) | DIGIT(n) << 8                                 \
             : DIGIT(n))
#define BITS(n) ((n) > 99 ? 24 : (n) > 9 ? 16 : 8)
#define TEXT(c, d, e)                                                          \
  (ASCII(c) | (uint64_t)'.' << BITS(c) | ASCII(d) << (BITS(c) + 8) |           \
   (uint64_t)'.' << (BITS(c) + 8 + BITS(d)) |                                  \
   ASCII(e) << (BITS(c) + BITS(d) + 16))
#define KEY(a, b, text) ((text) ^ (uint64_t)((a) << 8 | (b)) << 40)
#define PLACE(key) (((key)*MULTIPLIER) >> (64 - PLACE_BITS))

static const struct p1_obis catalogue[P1_ID_COUNT] = {
    [P1_ID_NONE] = {"", "", "", {0}, P1_KIND_TEXT, P1_UNIT_NONE, P1_STAT_NONE},
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  [P1_ID_##                                                                    \
      id] = {type,           instance,       help,          {a, b, c, d, e},   \
             P1_KIND_##kind, P1_UNIT_##unit, P1_STAT_##stat},
#define P1_DERIVED(id, from, unit, stat, type, instance, help)                 \
  [P1_ID_##id] = {type,           instance,      help, {0}, P1_KIND_DERIVED,   \
                  P1_UNIT_##unit, P1_STAT_##stat},
#include "p1/obis.def"
};

_Static_assert(P1_ID_COUNT <= UINT8_MAX, "identifiers are kept in a byte");

static const uint64_t keys[P1_ID_COUNT] = {
    [P1_ID_NONE] = UINT64_MAX,
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  [P1_ID_##id] = KEY(a, b, TEXT(c, d, e)),
#include "p1/obis.def"
};

static const uint8_t places[1 << PLACE_BITS] = {
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  [PLACE(KEY(a, b, TEXT(c, d, e)))] = P1_ID_##id,
#include "p1/obis.def"
};

const struct p1_obis *p1_obis_row(enum p1_id id) {
  return &catalogue[(unsigned)id < P1_ID_COUNT ? (unsigned)id : 0u];
}

static inline enum p1_id find(unsigned a, unsigned b, uint64_t text) {
  const uint64_t key = KEY(a, b, text);
  const uint8_t id = places[PLACE(key)];
  const uint8_t *code = catalogue[id].code;
  /* A and B lie across the text's sixth and seventh character, so that two
   * codes may have one key: 1-0:96.13.4 and 0-0:96.13.5. An empty place leads
   * to the first row, whose key no text has. */
  const bool same = keys[id] == key && code[0] == a && code[1] == b;
  return same ? (enum p1_id)id : P1_ID_NONE;
}

enum p1_id p1_obis_find_text(uint8_t a, uint8_t b, uint64_t text) {
  if (a == 0 && b != 0)
    return b <= 9 ? find(a, P1_CHANNEL_ANY, text) : P1_ID_NONE;
  const enum p1_id id = find(a, b, text);
  return id == P1_ID_NONE && a == 1 && b == 1 ? find(1, 0, text) : id;
}

enum p1_id p1_obis_find(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e) {
  if (BITS(c) + BITS(d) + BITS(e) + 16 > 64)
    return P1_ID_NONE; /* longer than any row's */
  return p1_obis_find_text(a, b, TEXT(c, d, e));
}
