/*
 * value.c - numbers as meters print them, without floating point.
 *
 * A telegram holds some thirty numbers, so this is where its time goes. Widths
 * differ from line to line (000671.578, 00.318, 230.1), which makes loops over
 * digits slow: each guesses its length wrong. So eight bytes are taken at a
 * time: where the digits end is found in one step, and they become a number in
 * three multiplications. The last bytes before `end` are copied out first, with
 * NULs behind them, so that nothing beyond is read.
 *
 * Units are looked up in a table whose slots the compiler works out from their
 * spelling: one multiplication, one comparison.
 */
#include "p1/value.h"

#include "swar.h"

#include <string.h>

/* As p1_swar_load(); NULs stand for what is at or beyond `end`. */
static inline uint64_t load_until(const char *text, const char *end) {
  if (end - text >= 8)
    return p1_swar_load(text);
  char bytes[8] = {0};
  if (end > text)
    memcpy(bytes, text, (size_t)(end - text));
  return p1_swar_load(bytes);
}

/* A slot of the table of units. The key is the spelling in small letters, the
 * first letter lowest, with its length in the top byte. */
struct unit_row {
  uint64_t key; /* 0: empty */
  uint8_t unit;
  int8_t exponent;
};

#define KEY(n, a, b, c, d, e)                                                  \
  ((uint64_t)(n) << 56 | (uint64_t)(a) | (uint64_t)(b) << 8 |                  \
   (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32)
/* A number under which no two of the keys below share a slot; found by trying.
 * A row more that does is a compiler's warning: two initialisers. */
#define SLOT(key) ((uint64_t)((key)*0x2EEFF6D6EB781DA1U) >> 58)
#define ROW(key, unit, exponent) [SLOT(key)] = {key, P1_UNIT_##unit, exponent}
#define ROW1(a, unit, exponent) ROW(KEY(1, a, 0, 0, 0, 0), unit, exponent)
#define ROW2(a, b, unit, exponent) ROW(KEY(2, a, b, 0, 0, 0), unit, exponent)
#define ROW3(a, b, c, unit, exponent) ROW(KEY(3, a, b, c, 0, 0), unit, exponent)
#define ROW4(a, b, c, d, unit, exponent)                                       \
  ROW(KEY(4, a, b, c, d, 0), unit, exponent)
#define ROW5(a, b, c, d, e, unit, exponent)                                    \
  ROW(KEY(5, a, b, c, d, e), unit, exponent)

/* Spelled without regard to case, so "mA" and "MA" are one row: no meter counts
 * megaamperes or milliwatts. */
static const struct unit_row units[64] = {
    ROW1('w', W, 0),
    ROW2('k', 'w', W, 3),
    ROW2('m', 'w', W, 6),
    ROW2('w', 'h', WH, 0),
    ROW3('k', 'w', 'h', WH, 3),
    ROW3('m', 'w', 'h', WH, 6),
    ROW3('v', 'a', 'r', VAR, 0),
    ROW4('k', 'v', 'a', 'r', VAR, 3),
    ROW4('m', 'v', 'a', 'r', VAR, 6),
    ROW4('v', 'a', 'r', 'h', VARH, 0),
    ROW5('k', 'v', 'a', 'r', 'h', VARH, 3),
    ROW5('m', 'v', 'a', 'r', 'h', VARH, 6),
    ROW2('v', 'a', VA, 0),
    ROW3('k', 'v', 'a', VA, 3),
    ROW3('m', 'v', 'a', VA, 6),
    ROW3('v', 'a', 'h', VAH, 0),
    ROW4('k', 'v', 'a', 'h', VAH, 3),
    ROW4('m', 'v', 'a', 'h', VAH, 6),
    ROW1('v', V, 0),
    ROW2('m', 'v', V, -3),
    ROW2('k', 'v', V, 3),
    ROW1('a', A, 0),
    ROW2('m', 'a', A, -3),
    ROW2('k', 'a', A, 3),
    ROW2('h', 'z', HZ, 0),
    ROW3('k', 'h', 'z', HZ, 3),
    ROW1('s', S, 0),
    ROW2('m', '3', M3, 0),
    ROW2('m', 0xB3, M3, 0),       /* superscript three in Latin-1 */
    ROW3('m', 0xC2, 0xB3, M3, 0), /* and in UTF-8 */
    ROW2('g', 'j', GJ, 0),
    ROW2('m', 'j', GJ, -3),
};

/* Makes small letters of A to Z in eight bytes: those have bit 6 set and the
 * top bit not; others that do appear in no unit, in either case. */
static inline uint64_t lower(uint64_t bytes) {
  return bytes | ((bytes >> 1) & ~(bytes >> 2) & P1_SWAR_BYTES(0x20));
}

/* The row of the unit spelled by the lowest n (1 .. 7) bytes, or NULL. */
static inline const struct unit_row *find_unit(uint64_t bytes, unsigned n) {
  uint64_t spelled = bytes & (((uint64_t)1 << (8 * n)) - 1);
  uint64_t key = lower(spelled) | (uint64_t)n << 56;
  const struct unit_row *row = &units[SLOT(key)];
  return row->key == key ? row : NULL;
}

static bool is_unit_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

/* Reads a unit of any length; *text moves behind it. */
static const struct unit_row *take_unit(const char **text, const char *end) {
  uint64_t bytes = load_until(*text, end);
  unsigned n = p1_swar_find(bytes, ')');
  const struct unit_row *row = NULL;
  if (n > 0 && n < 8)
    row = find_unit(bytes, n);
  if (row == NULL) { /* not ended by a parenthesis, or none of ours */
    n = 0;
    while (n < 8 && *text + n < end && is_unit_byte((*text)[n]))
      n++;
    if (n > 0 && n < 8)
      row = find_unit(bytes, n);
  }
  *text += n;
  return row;
}

#define FOUR_POWERS(x) (x), (x)*10, (x)*100, (x)*1000
static const int64_t powers[19] = {
    FOUR_POWERS(INT64_C(1)),         FOUR_POWERS(INT64_C(10000)),
    FOUR_POWERS(INT64_C(100000000)), FOUR_POWERS(INT64_C(1000000000000)),
    INT64_C(10000000000000000),      INT64_C(100000000000000000),
    INT64_C(1000000000000000000),
};

/* The number that the lowest n (1 .. 8) bytes print; each holds 0 to 9, the
 * first digit lowest. Zeros are put in front of them. Then neighbours are
 * joined to pairs, pairs to fours, fours to the whole: each multiplication adds
 * ten (100, 10,000) times the left to the right. */
static inline uint64_t join_digits(uint64_t digits, unsigned n) {
  digits <<= 64 - 8 * n;
  digits = (digits * (10 * 0x100U + 1) >> 8) & 0x00FF00FF00FF00FFU;
  digits = (digits * (100 * 0x10000U + 1) >> 16) & 0x0000FFFF0000FFFFU;
  return digits * (10000 * ((uint64_t)1 << 32) + 1) >> 32;
}

/* How many of eight bytes, less '0' each, are digits up to the first other. */
static inline unsigned count_digits(uint64_t digits) {
  return p1_swar_first(p1_swar_not_digit(digits));
}

/* A run of digits, and the number that it and those before it make. */
struct run {
  const char *end;
  uint64_t number;
};

/* Reads a run of any length that continues a number; an empty one when the
 * number has more digits than it may. */
static struct run take_long_run(const char *text, const char *end,
                                uint64_t number) {
  struct run run = {text, number};
  unsigned n = 8;
  while (n == 8) {
    uint64_t digits = load_until(run.end, end) ^ P1_SWAR_BYTES('0');
    n = count_digits(digits);
    if (n == 0)
      break;
    if (run.number >= (uint64_t)powers[P1_VALUE_DIGITS_MAX - n])
      return (struct run){text, 0};
    run.number = run.number * (uint64_t)powers[n] + join_digits(digits, n);
    run.end += n;
  }
  return run;
}

/* Reads a run that continues a number. Most are shorter than eight digits, and
 * so are most numbers that they continue: then nothing can overflow. */
static inline struct run take_run(const char *text, const char *end,
                                  uint64_t number) {
  uint64_t digits = load_until(text, end) ^ P1_SWAR_BYTES('0');
  unsigned n = count_digits(digits);
  if (n == 0)
    return (struct run){text, number};
  if (n == 8 || number >= 10000000)
    return take_long_run(text, end, number);
  return (struct run){text + n,
                      number * (uint64_t)powers[n] + join_digits(digits, n)};
}

/* Works the unit's power of ten into the number; false when it does not fit. */
static inline bool scale(struct p1_value *value, int decimals, int exponent) {
  decimals -= exponent;
  if (decimals < 0) {
    if (value->number > powers[P1_VALUE_DIGITS_MAX + decimals])
      return false;
    value->number *= powers[-decimals];
    decimals = 0;
  }
  value->decimals = (uint8_t)decimals;
  return decimals <= P1_VALUE_DECIMALS_MAX;
}

/* Reads what three numbers of four look like: up to seven digits, a point, up
 * to seven more, a star and a unit, far from `end`. NULL for any other, which
 * then is read with more care. */
static inline const char *parse_usual(const char *text, const char *end,
                                      struct p1_value *value) {
  if (end - text < 7 + 1 + 7 + 1 + 8)
    return NULL;
  uint64_t whole = p1_swar_load(text) ^ P1_SWAR_BYTES('0');
  unsigned n = count_digits(whole);
  text += n;
  if (n == 0 || n == 8 || *text != '.')
    return NULL;
  uint64_t part = p1_swar_load(text + 1) ^ P1_SWAR_BYTES('0');
  unsigned decimals = count_digits(part);
  text += 1 + decimals;
  if (decimals == 0 || decimals == 8 || *text != '*')
    return NULL;
  uint64_t spelled = p1_swar_load(text + 1);
  unsigned length = p1_swar_find(spelled, ')');
  if (length == 0 || length == 8)
    return NULL;
  const struct unit_row *row = find_unit(spelled, length);
  if (row == NULL || row->exponent > (int)decimals || row->exponent < 0)
    return NULL;
  value->number = (int64_t)(join_digits(whole, n) * (uint64_t)powers[decimals] +
                            join_digits(part, decimals));
  value->decimals = (uint8_t)(decimals - (unsigned)row->exponent);
  value->unit = row->unit;
  value->digits = (uint8_t)(n + decimals);
  value->negative = false;
  return text + 1 + length;
}

const char *p1_value_parse(const char *text, const char *end,
                           struct p1_value *value) {
  const char *usual = parse_usual(text, end, value);
  if (usual != NULL)
    return usual;
  *value = (struct p1_value){0};
  if (text < end && *text == '-') {
    value->negative = true;
    text++;
  }
  struct run run = take_run(text, end, 0);
  ptrdiff_t digits = run.end - text;
  if (digits == 0)
    return NULL;
  ptrdiff_t decimals = 0;
  text = run.end;
  if (text < end && *text == '.') {
    run = take_run(text + 1, end, run.number);
    decimals = run.end - (text + 1);
    if (decimals == 0 || decimals > P1_VALUE_DECIMALS_MAX + 6)
      return NULL; /* no prefix takes more than six away */
    digits += decimals;
    text = run.end;
  }
  value->digits = (uint8_t)(digits < UINT8_MAX ? digits : UINT8_MAX);
  value->number = (int64_t)run.number;

  int exponent = 0;
  bool star = text < end && *text == '*';
  text += star;
  if (star || (text < end && is_unit_byte(*text))) {
    const struct unit_row *row = take_unit(&text, end);
    if (row == NULL)
      return NULL;
    value->unit = row->unit;
    exponent = row->exponent;
  } else if (text < end && (*text == '.' || *text == ',') && text + 1 < end &&
             text[1] >= '0' && text[1] <= '9') {
    return NULL; /* 1,5 and 1.2.3 are not numbers that stop early */
  }
  if (!scale(value, (int)decimals, exponent))
    return NULL;
  if (value->negative)
    value->number = -value->number;
  return text;
}

enum p1_unit p1_unit_parse(const char *text, size_t n, int *exponent) {
  *exponent = 0;
  if (n == 0 || n > 7)
    return P1_UNIT_UNKNOWN;
  const struct unit_row *row =
      find_unit(load_until(text, text + n), (unsigned)n);
  if (row == NULL)
    return P1_UNIT_UNKNOWN;
  *exponent = row->exponent;
  return (enum p1_unit)row->unit;
}

const char *p1_unit_name(enum p1_unit unit) {
  static const char *const names[] = {
      [P1_UNIT_NONE] = "",   [P1_UNIT_W] = "W",       [P1_UNIT_WH] = "Wh",
      [P1_UNIT_VAR] = "var", [P1_UNIT_VARH] = "varh", [P1_UNIT_VA] = "VA",
      [P1_UNIT_VAH] = "VAh", [P1_UNIT_V] = "V",       [P1_UNIT_A] = "A",
      [P1_UNIT_HZ] = "Hz",   [P1_UNIT_S] = "s",       [P1_UNIT_M3] = "m3",
      [P1_UNIT_GJ] = "GJ",   [P1_UNIT_UNKNOWN] = "?",
  };
  return names[unit <= P1_UNIT_UNKNOWN ? unit : P1_UNIT_UNKNOWN];
}

int64_t p1_pow10(unsigned n) { return powers[n <= 18 ? n : 18]; }

double p1_value_double(const struct p1_value *value) {
  return (double)value->number / (double)p1_pow10(value->decimals);
}
