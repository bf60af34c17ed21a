/*
 * value.h - numbers as meters print them, without floating point.
 *
 * A value is an integer, a count of decimals, and a base unit: 01.193*kW is
 * {1193, 0, P1_UNIT_W}, 220.1*V is {2201, 1, P1_UNIT_V}. Prefixes (m, k, M) are
 * worked into the number. Only digits, one point and a leading minus make a
 * number: nothing here depends on a locale, and there is no infinity, no NaN
 * and no exponent to be read.
 */
#ifndef P1_VALUE_H
#define P1_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Base units. The order is not stored anywhere. */
enum p1_unit {
  P1_UNIT_NONE, /* a plain number, or a unit that was left out */
  P1_UNIT_W,
  P1_UNIT_WH,
  P1_UNIT_VAR,
  P1_UNIT_VARH,
  P1_UNIT_VA,
  P1_UNIT_VAH,
  P1_UNIT_V,
  P1_UNIT_A,
  P1_UNIT_HZ,
  P1_UNIT_S,
  P1_UNIT_M3,
  P1_UNIT_GJ, /* counted as printed: 1 is one gigajoule */
  P1_UNIT_UNKNOWN
};

/* Digits that a number may have, leading zeros not counted. 2^53 =
 * 9.007e15 is the largest range of integers that a double holds without loss,
 * so 15 digits reach every store unchanged. The longest seen is 12 significant
 * digits (00032549.5061662*kWh, a German Q3D). */
#define P1_VALUE_DIGITS_MAX 15

/* Decimals after the prefix has been worked in: 7 printed (Q3D), and a value
 * printed in mA has three more than its digits tell. */
#define P1_VALUE_DECIMALS_MAX 9

struct p1_value {
  int64_t number;   /* value * 10^decimals, at most 10^15 either way */
  uint8_t decimals; /* 0 .. P1_VALUE_DECIMALS_MAX */
  uint8_t unit;     /* enum p1_unit */
  uint8_t digits;   /* digits printed, leading zeros included, at most 255 */
  bool negative;    /* a minus was printed, also before a zero */
};

/* Reads one number with or without a unit ("01.193*kW", "234.5V", "00004",
 * "-03.618*kW") from [text, end); returns the first byte after it, or NULL when
 * no number stands there, the number is too long, or its unit is not one of
 * ours; *value then means nothing. Units are matched without regard to case, as
 * meters spell kVArh and kvarh, and with or without the star; a unit reaches as
 * far as letters and digits do. A number without one ends at the first byte
 * that is no part of it, which the caller looks at; only a second point or a
 * decimal comma is refused (1.2.3, 1,5). Never reads at or beyond `end`. */
const char *p1_value_parse(const char *text, const char *end,
                           struct p1_value *value);

/* The base unit of a spelled unit of n bytes, and its power of ten in
 * *exponent (-3, 0, 3 or 6); P1_UNIT_UNKNOWN when it is none of ours. mA and MA
 * are both milliamperes, mW and MW both megawatts: no meter counts in the
 * others. MJ is 10^-3 GJ. */
enum p1_unit p1_unit_parse(const char *text, size_t n, int *exponent);

/* The base unit's name for people ("Wh", "m3"); never NULL. */
const char *p1_unit_name(enum p1_unit unit);

/* 10^n for n in 0 .. 18. */
int64_t p1_pow10(unsigned n);

/* The value as a double: the one place where a number leaves the integers. */
double p1_value_double(const struct p1_value *value);

#endif
