/*
 * test_value.c - every spelling of numbers and units that meters have.
 *
 * Each text is read with its last byte before a page that cannot be read, and
 * once more with other text behind it.
 */
#include "torture.h"

#include "guard.h"

#include "p1/value.h"

#include <inttypes.h>

static struct guard guard;

static int make_guard(void **state) {
  (void)state;
  guard_init(&guard, 1024);
  return 0;
}

static int free_guard(void **state) {
  (void)state;
  guard_free(&guard);
  return 0;
}

struct reading {
  const char *text;
  int64_t number;
  unsigned decimals;
  enum p1_unit unit;
  unsigned digits;
  size_t taken; /* bytes of the number with its unit; 0: all */
};

static const struct reading readings[] = {
    /* widths and prefixes as the standards have them */
    {"000671.578*kWh", 671578, 0, P1_UNIT_WH, 9, 0},
    {"123456.789*kWh", 123456789, 0, P1_UNIT_WH, 9, 0},
    {"00.318*kW", 318, 0, P1_UNIT_W, 5, 0},
    {"01.193*kW", 1193, 0, P1_UNIT_W, 5, 0},
    {"0001.19*kW", 1190, 0, P1_UNIT_W, 6, 0},
    {"0.0000*kW", 0, 1, P1_UNIT_W, 5, 0},
    {"220.1*V", 2201, 1, P1_UNIT_V, 4, 0},
    {"231.93*V", 23193, 2, P1_UNIT_V, 5, 0},
    {"14363*V", 14363, 0, P1_UNIT_V, 5, 0},
    {"001*A", 1, 0, P1_UNIT_A, 3, 0},
    {"002.18*A", 218, 2, P1_UNIT_A, 5, 0},
    {"999.9*kW", 999900, 0, P1_UNIT_W, 4, 0},
    {"0999.00*kW", 999000, 0, P1_UNIT_W, 6, 0},
    {"00123.456*m3", 123456, 3, P1_UNIT_M3, 8, 0},
    {"004192.16*m3", 419216, 2, P1_UNIT_M3, 8, 0},
    {"0000000240*s", 240, 0, P1_UNIT_S, 10, 0},
    {"2147483647*s", 2147483647, 0, P1_UNIT_S, 10, 0},
    {"3.829*GJ", 3829, 3, P1_UNIT_GJ, 4, 0},
    {"3829*MJ", 3829, 3, P1_UNIT_GJ, 4, 0},
    /* without a unit */
    {"00004", 4, 0, P1_UNIT_NONE, 5, 0},
    {"00000.000", 0, 3, P1_UNIT_NONE, 8, 0},
    {"77.376", 77376, 3, P1_UNIT_NONE, 5, 0},
    {"4.556", 4556, 3, P1_UNIT_NONE, 4, 0},
    {"-1.000", -1000, 3, P1_UNIT_NONE, 4, 0},
    {"0", 0, 0, P1_UNIT_NONE, 1, 0},
    /* without a star */
    {"000123.456kWh", 123456, 0, P1_UNIT_WH, 9, 0},
    {"234.5V", 2345, 1, P1_UNIT_V, 4, 0},
    {"005A", 5, 0, P1_UNIT_A, 3, 0},
    /* other countries' units */
    {"000201282*Wh", 201282, 0, P1_UNIT_WH, 9, 0},
    {"0166138.76*kWh", 166138760, 0, P1_UNIT_WH, 9, 0},
    {"00032549.5061662*kWh", 325495061662, 4, P1_UNIT_WH, 15, 0},
    {"24000*W", 24000, 0, P1_UNIT_W, 5, 0},
    {"0000.229*kV", 229, 0, P1_UNIT_V, 7, 0},
    {"0000.049*kHz", 49, 0, P1_UNIT_HZ, 7, 0},
    {"49.98*Hz", 4998, 2, P1_UNIT_HZ, 4, 0},
    {"0.0123*kA", 123, 1, P1_UNIT_A, 5, 0},
    {"791*mA", 791, 3, P1_UNIT_A, 3, 0},
    {"791*MA", 791, 3, P1_UNIT_A, 3, 0},
    {"12.5*mV", 125, 4, P1_UNIT_V, 3, 0},
    {"1.2345*MW", 1234500, 0, P1_UNIT_W, 5, 0},
    {"1.2345678*MWh", 12345678, 1, P1_UNIT_WH, 8, 0},
    {"-03.618*kW", -3618, 0, P1_UNIT_W, 5, 0},
    {"-063*A", -63, 0, P1_UNIT_A, 3, 0},
    {"-0.0*V", 0, 1, P1_UNIT_V, 2, 0},
    /* stops where the number ends */
    {"65.0*A,-65.0*A", 650, 1, P1_UNIT_A, 3, 6},
    {"100*A)(-063*A)", 100, 0, P1_UNIT_A, 3, 5},
    {"00004)", 4, 0, P1_UNIT_NONE, 5, 5},
    {"00004 ", 4, 0, P1_UNIT_NONE, 5, 5},
    {"12:30", 12, 0, P1_UNIT_NONE, 2, 2},
    {"1.5-2", 15, 1, P1_UNIT_NONE, 2, 3},
    {"1.000*kWh)*V", 1000, 0, P1_UNIT_WH, 4, 9},
    {"1*m3/h", 1, 0, P1_UNIT_M3, 1, 4},
    /* limits */
    {"999999999999999", 999999999999999, 0, P1_UNIT_NONE, 15, 0},
    {"-999999999999999", -999999999999999, 0, P1_UNIT_NONE, 15, 0},
    {"999999.999999999", 999999999999999, 9, P1_UNIT_NONE, 15, 0},
    {"0.000000001*V", 1, 9, P1_UNIT_V, 10, 0},
    {"0.000001*mA", 1, 9, P1_UNIT_A, 7, 0},
    {"0.000000000001*kV", 1, 9, P1_UNIT_V, 13, 0},
    {"0.000000000000001*MW", 1, 9, P1_UNIT_W, 16, 0},
    {"999999999999*kW", 999999999999000, 0, P1_UNIT_W, 12, 0},
    {"1000000000000*kW", 1000000000000000, 0, P1_UNIT_W, 13, 0},
    {"1000000000*MW", 1000000000000000, 0, P1_UNIT_W, 10, 0},
    {"000000000000000000000000000000001", 1, 0, P1_UNIT_NONE, 33, 0},
    {"00000000000000000000123456.789*kWh", 123456789, 0, P1_UNIT_WH, 29, 0},
    {"12345678.123456", 12345678123456, 6, P1_UNIT_NONE, 14, 0},
    {"1234567.12345678", 123456712345678, 8, P1_UNIT_NONE, 15, 0},
    {"12345678", 12345678, 0, P1_UNIT_NONE, 8, 0},
};

static const char *const rejected[] = {
    "",
    " ",
    ")",
    "-",
    "--1",
    "- 1",
    "+1",
    " 1",
    ".5",
    "-.5",
    "5.",
    "5.*V",
    "5.)",
    "5..1",
    "1.2.3",
    "1,5",
    "1,5*kW",
    "1.5,5",
    "1e5",
    "1E5",
    "1.5e3*V",
    "nan",
    "inf",
    "0x10",
    "*kWh",
    "kWh",
    "1*",
    "1*)",
    "1**V",
    "1* V",
    "1*-V",
    "1*Q",
    "1*kWhh",
    "1*kvarhs",
    "1*kWhkWhkWh",
    "1*mm3",
    "1*W2",
    "1*3m",
    "1*dB",
    "1*km3",
    "1*GW",
    "1*ks",
    "1*kGJ",
    "1*MHz",
    "1*m",
    "1*k",
    "1*\263",
    "1*m\262",
    "1*m\023",
    "1*m\223",
    "1*m\303\263",
    "1*kWh\200",
    "1*\353W",
    "1*\013W",
    "/1",
    ":1",
    "1234567890123456",
    "1000000000000000",
    "1234567890.123456",
    "12345678901234567890",
    "99999999999999999999999999999999999999",
    "9999999999999*kW",
    "1000000000000.1*kW",
    "1000000001*MW",
    "-1000000001*MW",
    "0.0000000001",
    "0.0000001*mA",
    "0.0000000000001*kV",
    "0.00000000000000000000000000000000",
};

static void check_reading(const struct reading *row, const char *text,
                          const char *end) {
  struct p1_value value;
  memset(&value, 0xA5, sizeof(value));
  size_t taken = row->taken != 0 ? row->taken : strlen(row->text);
  const char *after = p1_value_parse(text, end, &value);
  if (after == NULL)
    fail_msg("\"%s\" was refused", row->text);
  assert_row((size_t)(after - text) == taken, row->text);
  assert_row(value.number == row->number, row->text);
  assert_row(value.decimals == row->decimals, row->text);
  assert_row(value.unit == row->unit, row->text);
  assert_row(value.digits == row->digits, row->text);
  assert_row(value.negative == (row->text[0] == '-'), row->text);
}

static void test_readings(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(readings); i++) {
    const struct reading *row = &readings[i];
    size_t n = strlen(row->text);
    const char *text = guard_at_end(&guard, row->text, n);
    check_reading(row, text, text + n);
    char longer[128] = {0};
    snprintf(longer, sizeof(longer), "%s)\r\n1-0:1.8.1(0)\r\n", row->text);
    check_reading(row, longer, longer + strlen(longer));
    /* What stands behind `end` does not count. */
    snprintf(longer, sizeof(longer), "%s9.9*kWh)", row->text);
    check_reading(row, longer, longer + n);
  }
}

static void test_rejected(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rejected); i++) {
    size_t n = strlen(rejected[i]);
    struct p1_value value;
    const char *text = guard_at_end(&guard, rejected[i], n);
    if (p1_value_parse(text, text + n, &value) != NULL)
      fail_msg("\"%s\" was taken", rejected[i]);
    char longer[128] = {0};
    snprintf(longer, sizeof(longer), "%s)\r\n1-0:1.8.1(0)\r\n", rejected[i]);
    if (p1_value_parse(longer, longer + strlen(longer), &value) != NULL)
      fail_msg("\"%s\" was taken", longer);
  }
}

/* A NUL is no part of a unit, and no end of one. */
static void test_nul(void **state) {
  (void)state;
  struct p1_value value;
  static const char inside[] = "1*kW\0)\r\n1-0:1";
  const char *after =
      p1_value_parse(inside, inside + sizeof(inside) - 1, &value);
  assert_ptr_equal(after, inside + 4);
  int exponent = 0;
  assert_int_equal(p1_unit_parse("kW\0", 3, &exponent), P1_UNIT_UNKNOWN);
}

/* Longer than what `digits` can count. */
static void test_many_digits(void **state) {
  (void)state;
  char text[600];
  struct p1_value value;
  memset(text, '0', sizeof(text));
  memcpy(text + sizeof(text) - 3, "7.5", 3);
  assert_ptr_equal(p1_value_parse(text, text + sizeof(text), &value),
                   text + sizeof(text));
  assert_int_equal(value.number, 75);
  assert_int_equal(value.digits, UINT8_MAX);
}

struct spelling {
  const char *text;
  enum p1_unit unit;
  int exponent;
};

static const struct spelling spellings[] = {
    {"W", P1_UNIT_W, 0},          {"kW", P1_UNIT_W, 3},
    {"MW", P1_UNIT_W, 6},         {"Wh", P1_UNIT_WH, 0},
    {"kWh", P1_UNIT_WH, 3},       {"MWh", P1_UNIT_WH, 6},
    {"var", P1_UNIT_VAR, 0},      {"kvar", P1_UNIT_VAR, 3},
    {"kVAr", P1_UNIT_VAR, 3},     {"Mvar", P1_UNIT_VAR, 6},
    {"varh", P1_UNIT_VARH, 0},    {"VArh", P1_UNIT_VARH, 0},
    {"kvarh", P1_UNIT_VARH, 3},   {"kVArh", P1_UNIT_VARH, 3},
    {"Mvarh", P1_UNIT_VARH, 6},   {"VA", P1_UNIT_VA, 0},
    {"kVA", P1_UNIT_VA, 3},       {"MVA", P1_UNIT_VA, 6},
    {"VAh", P1_UNIT_VAH, 0},      {"kVAh", P1_UNIT_VAH, 3},
    {"MVAh", P1_UNIT_VAH, 6},     {"V", P1_UNIT_V, 0},
    {"mV", P1_UNIT_V, -3},        {"kV", P1_UNIT_V, 3},
    {"A", P1_UNIT_A, 0},          {"mA", P1_UNIT_A, -3},
    {"kA", P1_UNIT_A, 3},         {"Hz", P1_UNIT_HZ, 0},
    {"kHz", P1_UNIT_HZ, 3},       {"s", P1_UNIT_S, 0},
    {"m3", P1_UNIT_M3, 0},        {"m\263", P1_UNIT_M3, 0},
    {"m\302\263", P1_UNIT_M3, 0}, {"GJ", P1_UNIT_GJ, 0},
    {"MJ", P1_UNIT_GJ, -3},
};

/* Every spelling in every mixture of small and capital letters. */
static void test_units(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(spellings); i++) {
    const struct spelling *row = &spellings[i];
    size_t n = strlen(row->text);
    for (unsigned flips = 0; flips < 1U << n; flips++) {
      char text[8] = {0};
      for (size_t at = 0; at < n; at++) {
        char c = row->text[at];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        text[at] = (char)(letter && (flips >> at & 1) != 0 ? c ^ 0x20 : c);
      }
      int exponent = 99;
      const char *copy = guard_at_end(&guard, text, n);
      assert_row(p1_unit_parse(copy, n, &exponent) == row->unit, text);
      assert_row(exponent == row->exponent, text);
      int shorter = 0; /* no unit is the beginning of itself */
      assert_row(p1_unit_parse(copy, n - 1, &shorter) != row->unit ||
                     shorter != row->exponent,
                 text);
    }
  }
}

/* No other spelling of up to two bytes is a unit. */
static void test_no_other_units(void **state) {
  (void)state;
  size_t known = 0;
  for (unsigned pair = 0; pair <= UINT16_MAX; pair++) {
    const char text[2] = {(char)(pair & 0xFF), (char)(pair >> 8)};
    int exponent = 0;
    known += p1_unit_parse(text, 2, &exponent) != P1_UNIT_UNKNOWN;
    if (pair <= UINT8_MAX)
      known += p1_unit_parse(text, 1, &exponent) != P1_UNIT_UNKNOWN;
  }
  /* W V A s in two cases each; kW MW Wh VA mV kV mA kA Hz GJ MJ in four; m3 and
   * m with a Latin-1 three in two. */
  assert_int_equal(known, 4 * 2 + 11 * 4 + 2 * 2);
  int exponent = 0;
  assert_int_equal(p1_unit_parse("", 0, &exponent), P1_UNIT_UNKNOWN);
  assert_int_equal(p1_unit_parse("kWhkWhkW", 8, &exponent), P1_UNIT_UNKNOWN);
}

/* The plain way to read a number without a unit, for comparison. */
static bool read_slowly(const char *text, int64_t *number, unsigned *decimals) {
  bool negative = *text == '-';
  bool point = false;
  unsigned significant = 0;
  *number = 0;
  *decimals = 0;
  for (text += negative; *text != '\0'; text++) {
    if (*text == '.') {
      point = true;
      continue;
    }
    *number = *number * 10 + (*text - '0');
    *decimals += point;
    significant += significant > 0 || *text != '0';
    if (significant > P1_VALUE_DIGITS_MAX)
      return false;
  }
  if (negative)
    *number = -*number;
  return *decimals <= P1_VALUE_DECIMALS_MAX;
}

static void test_against_plain_reading(void **state) {
  (void)state;
  uint32_t seed = 20260115;
  for (int round = 0; round < 200000; round++) {
    char text[64] = {0};
    size_t n = 0;
    unsigned whole = 1 + (seed >> 8) % 17;
    unsigned decimals = (seed >> 16) % 13;
    if ((seed >> 28) == 0)
      text[n++] = '-';
    for (unsigned i = 0; i < whole + decimals; i++) {
      if (i == whole)
        text[n++] = '.';
      seed = seed * 1664525 + 1013904223;
      text[n++] =
          (char)('0' + ((seed >> 24) % 20) % 10 * ((seed >> 12) % 3 > 0));
    }
    seed = seed * 1664525 + 1013904223;
    int64_t number = 0;
    unsigned expected_decimals = 0;
    bool readable = read_slowly(text, &number, &expected_decimals);
    struct p1_value value;
    const char *copy = guard_at_end(&guard, text, n);
    const char *after = p1_value_parse(copy, copy + n, &value);
    assert_row((after != NULL) == readable, text);
    if (after == NULL)
      continue;
    assert_row(after == copy + n, text);
    assert_row(value.number == number, text);
    assert_row(value.decimals == expected_decimals, text);
    assert_row(value.digits == whole + decimals, text);
  }
}

static void test_names(void **state) {
  (void)state;
  int exponent = 0;
  for (int unit = P1_UNIT_W; unit < P1_UNIT_UNKNOWN; unit++) {
    const char *name = p1_unit_name((enum p1_unit)unit);
    assert_int_equal(p1_unit_parse(name, strlen(name), &exponent), unit);
    assert_int_equal(exponent, 0);
  }
  assert_string_equal(p1_unit_name(P1_UNIT_NONE), "");
  assert_string_equal(p1_unit_name(P1_UNIT_UNKNOWN), "?");
  assert_string_equal(p1_unit_name((enum p1_unit)200), "?");
}

static void test_powers_and_doubles(void **state) {
  (void)state;
  int64_t power = 1;
  for (unsigned n = 0; n <= 18; n++, power *= n <= 18 ? 10 : 1)
    assert_true(p1_pow10(n) == power);
  struct p1_value value = {.number = -123456, .decimals = 3};
  assert_true(p1_value_double(&value) == -123.456);
  value = (struct p1_value){.number = 999999999999999, .decimals = 9};
  assert_true(p1_value_double(&value) == 999999.999999999);
  value = (struct p1_value){.number = 1000000000000000};
  assert_true(p1_value_double(&value) == 1e15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_readings),
      cmocka_unit_test(test_rejected),
      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_many_digits),
      cmocka_unit_test(test_units),
      cmocka_unit_test(test_no_other_units),
      cmocka_unit_test(test_against_plain_reading),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_powers_and_doubles),
  };
  return cmocka_run_group_tests_name("value", tests, make_guard, free_guard);
}
