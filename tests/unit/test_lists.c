/*
 * test_lists.c - the rows of the power failure log and the peaks of past
 * months.
 */
#include "given.h"
#include "p1/lists.h"

#define DAY INT64_C(86400)

/* Midnight at the beginning of some months, in seconds of the wall clock. */
#define JANUARY_2024 (19723 * DAY)
#define FEBRUARY_2024 (19754 * DAY)
#define MARCH_2024 (19783 * DAY)

static size_t read_failures(const struct p1_telegram *t,
                            struct p1_failure *rows, size_t max) {
  struct p1_list_cursor cursor = {0};
  size_t n = 0;
  struct p1_failure row;
  while (p1_list_failure(t, &cursor, &row)) {
    assert_true(n < max);
    rows[n++] = row;
  }
  assert_false(p1_list_failure(t, &cursor, &row)); /* and it stays the end */
  return n;
}

static size_t read_peaks(const struct p1_telegram *t,
                         struct p1_month_peak *rows, size_t max) {
  struct p1_list_cursor cursor = {0};
  size_t n = 0;
  struct p1_month_peak row;
  while (p1_list_month_peak(t, &cursor, &row)) {
    assert_true(n < max);
    rows[n++] = row;
  }
  return n;
}

static void test_failure_log(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given("1-0:99.97.0(2)(0-0:96.7.19)(240101000240W)(0000000240*s)"
            "(230601021500S)(0000003601*s)\n");
  struct p1_failure rows[4];
  assert_int_equal(read_failures(t, rows, 4), 2);
  assert_int_equal(rows[0].end.local, JANUARY_2024 + 160);
  assert_int_equal(rows[0].end.season, P1_SEASON_WINTER);
  assert_int_equal(rows[0].duration_s, 240);
  /* 2023-06-01 is day 19,509 */
  assert_int_equal(rows[1].end.local, 19509 * DAY + 2 * 3600 + 900);
  assert_int_equal(rows[1].end.season, P1_SEASON_SUMMER);
  assert_int_equal(rows[1].duration_s, 3601);
}

static void test_failure_logs_of_any_form(void **state) {
  (void)state;
  static const struct {
    const char *line;
    size_t rows;
    int64_t duration; /* of the last row */
  } cases[] = {
      {"1-0:99.97.0()\n", 0, 0},
      {"1-0:99.97.0(0)\n", 0, 0},
      {"1-0:99.97.0(0)(0-0:96.7.19)\n", 0, 0},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)(38)\n", 1, 38},
      {"1-0:99.97.0(1)(0:96.7.19)(240101000240W)(0000000038*s)\n", 1, 38},
      {"1-0:99:97.0(1)(0-0:96.7.19)(240101000240W)(38*s)\n", 1, 38},
      {"1-0:99.97.0(1)(0-0:96.7.19)\n(240101000240W)\n(38*s)\n", 1, 38},
      {"1-0:99.97.0(5)(0-0:96.7.19)(240101000240W)(38*s)\n", 1, 38},
      {"1-0:99.97.0(1)(0-0:96.7.19)(632525252525W)(38*s)\n", 1, 38},
      {"1-0:99.97.0(1)(0-0:96.7.19)(000104180320W)(0000237126*s)\n", 1, 237126},
      /* rows that no failure can be */
      {"1-0:99.97.0(2)(0-0:96.7.19)(000101000001W)(2147483647*s)"
       "(000101000001W)(2147483647*s)\n",
       0, 0},
      {"1-0:99.97.0(2)(0-0:96.7.19)(000101000001W)(2147483647*s)"
       "(240101000240W)(38*s)\n",
       1, 38},
      {"1-0:99.97.0(2)(0-0:96.7.19)(000101000001W)(4294967295*s)"
       "(240101000240W)(38*s)\n",
       1, 38},
      /* and some that are damaged */
      {"1-0:99.97.0(2)(0-0:96.7.19)(240101000240W)(x8*s)"
       "(240101000241W)(39*s)\n",
       1, 39},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)(38*kWh)\n", 0, 0},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)(3.8*s)\n", 0, 0},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)(-38*s)\n", 0, 0},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)()\n", 0, 0},
      {"1-0:99.97.0(1)(0-0:96.7.19)(240101000240W)\n", 0, 0},
      {"1-0:99.97.0(2)(0-0:96.7.19)(240101000240W)(38*s)(240101\n", 1, 38},
      {"1-0:1.7.0(00.318*kW)\n", 0, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct p1_failure rows[8];
    const struct p1_telegram *t = given(cases[i].line);
    assert_row(t->malformed == 0, cases[i].line);
    assert_row(read_failures(t, rows, 8) == cases[i].rows, cases[i].line);
    if (cases[i].rows > 0)
      assert_row(rows[cases[i].rows - 1].duration_s == cases[i].duration,
                 cases[i].line);
  }
}

static void test_ten_failures_in_the_meters_order(void **state) {
  (void)state;
  char text[1024] = "1-0:99.97.0(10)(0-0:96.7.19)";
  for (unsigned i = 0; i < 10; i++)
    snprintf(text + strlen(text), sizeof(text) - strlen(text),
             "(24010%u120000W)(%010u*s)", 9 - i / 2, 200 + i);
  strcat(text, "\n");
  struct p1_failure rows[10];
  assert_int_equal(read_failures(given(text), rows, 10), 10);
  for (unsigned i = 0; i < 10; i++)
    assert_int_equal(rows[i].duration_s, 200 + i);
}

static void test_peaks_in_both_orders(void **state) {
  (void)state;
  struct p1_month_peak newest_first[3], oldest_first[3];
  assert_int_equal(
      read_peaks(given("0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)"
                       "(240301000000W)(240215081500W)(04.329*kW)"
                       "(240201000000W)(240114124500W)(03.332*kW)\n"),
                 newest_first, 3),
      2);
  assert_int_equal(
      read_peaks(given("0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)"
                       "(240201000000W)(240114124500W)(03332*W)"
                       "(240301000000W)(240215081500W)(04329*W)\n"),
                 oldest_first, 3),
      2);
  for (unsigned i = 0; i < 2; i++) {
    const struct p1_month_peak *peak = &newest_first[i];
    const struct p1_month_peak *same = &oldest_first[1 - i];
    assert_int_equal(peak->closed.local, same->closed.local);
    assert_int_equal(peak->when.local, same->when.local);
    assert_int_equal(peak->demand.number, same->demand.number);
    assert_int_equal(peak->demand.decimals, 0);
    assert_int_equal(peak->demand.unit, P1_UNIT_W);
  }
  assert_int_equal(newest_first[0].closed.local, MARCH_2024);
  assert_int_equal(newest_first[0].demand.number, 4329);
  assert_int_equal(newest_first[0].when.local,
                   19768 * DAY + 8 * 3600 + 15 * 60);
  assert_int_equal(newest_first[1].closed.local, FEBRUARY_2024);
}

static void test_months_without_a_measurement(void **state) {
  (void)state;
  struct p1_month_peak rows[4];
  assert_int_equal(
      read_peaks(given("0-0:98.1.0(4)(1-0:1.6.0)(1-0:1.6.0)"
                       "(240101000000W)(632525252525W)(00.000*kW)"
                       "(240201000000W)(35255255255255255W)(00.000*kW)"
                       "(240301000000W)(240215081500W)(00.000*kW)"
                       "(240401000000S)(632525252525W)(01.000*kW)\n"),
                 rows, 4),
      2);
  assert_int_equal(rows[0].closed.local, MARCH_2024);
  assert_int_equal(rows[0].demand.number, 0);
  assert_true(rows[0].when.valid);
  assert_int_equal(rows[1].demand.number, 1000);
  assert_false(rows[1].when.valid);
}

/* Meters of businesses have a period and the exported peak beside it. */
static void test_further_columns(void **state) {
  (void)state;
  static const char *const lines[] = {
      "0-0:98.1.0(1)(0-0:0.1.0)(1-0:1.6.0)(1-0:1.6.0)(1-0:2.6.0)(1-0:2.6.0)"
      "(240301000000W)(15)(240215081500W)(01.452*kW)(240220150000W)(01.633*kW)"
      "\n",
      "0-0:98.1.0(1)(1-0:2.6.0)(1-0:2.6.0)(1-0:1.6.0)(1-0:1.6.0)"
      "(240301000000W)(240220150000W)(01.633*kW)(240215081500W)(01.452*kW)\n",
      "0-0:98.1.0(1)(1-1:1.6.0)(1-1:1.6.0)"
      "(240301000000)(240215081500)(01.452*kW)\n",
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(1-0:1.8.0)"
      "(240301000000W)(240215081500W)(01.452*kW)(000001.000*kWh)\n",
  };
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    struct p1_month_peak rows[2];
    assert_row(read_peaks(given(lines[i]), rows, 2) == 1, lines[i]);
    assert_row(rows[0].closed.local == MARCH_2024, lines[i]);
    assert_row(rows[0].demand.number == 1452, lines[i]);
    assert_row(rows[0].when.valid, lines[i]);
    assert_row(rows[0].when.local == 19768 * DAY + 29700, lines[i]);
  }
}

static void test_lists_that_are_no_history(void **state) {
  (void)state;
  static const char *const lines[] = {
      "0-0:98.1.0()\n",
      "0-0:98.1.0(12)\n",
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)\n",
      "0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)()\n",
      "0-0:98.1.0(1)(1-0:2.6.0)(1-0:2.6.0)(240301000000W)(240215081500W)"
      "(01.452*kW)\n",
      /* the Hungarian snapshot */
      "0-0:98.1.0(240201000000W)(000249.070*kWh)(000100.816*kWh)"
      "(04.872*kW)\n",
      /* registers where the peak should be, and no stamp in front */
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240301000000W)(240215081500W)"
      "(000001.452*kWh)\n",
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240215081500W)(01.452*kW)\n",
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(632525252525W)(240215081500W)"
      "(01.452*kW)\n",
      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240301000000W)(240215081500W)\n",
      "1-0:1.7.0(00.318*kW)\n",
  };
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    struct p1_month_peak rows[1];
    const struct p1_telegram *t = given(lines[i]);
    assert_row(t->malformed == 0, lines[i]);
    assert_row(read_peaks(t, rows, 1) == 0, lines[i]);
  }
}

/* A damaged history may have fewer months, and none that it did not have. */
static void test_damage_invents_no_month(void **state) {
  (void)state;
  static const char line[] = "/T\n0-0:98.1.0(3)(1-0:1.6.0)(1-0:1.6.0)"
                             "(240101000000W)(231215081500W)(02.111*kW)"
                             "(240201000000W)(240114124500W)(03.222*kW)"
                             "(240301000000W)(240215081500W)(04.333*kW)\n!";
  static const char nasty[] = {'\0', '\n', ' ', '(', ')', ',', 'x', '\xFF'};
  struct p1_month_peak whole[3];
  assert_int_equal(read_peaks(given_bytes(LITERAL(line)), whole, 3), 3);
  char bytes[sizeof(line)];
  for (size_t at = 3; at < sizeof(line) - 1; at++)
    for (size_t i = 0; i < sizeof(nasty); i++) {
      memcpy(bytes, LITERAL(line));
      bytes[at] = nasty[i];
      struct p1_month_peak rows[8];
      const size_t n =
          read_peaks(given_bytes(bytes, sizeof(line) - 1), rows, 8);
      for (size_t row = 0; row < n; row++) {
        size_t same = 0;
        while (same < 3 &&
               (rows[row].closed.local != whole[same].closed.local ||
                rows[row].demand.number != whole[same].demand.number))
          same++;
        if (same == 3)
          fail_msg("byte 0x%02x at %zu gives a month of %lld W", nasty[i] & 255,
                   at, (long long)rows[row].demand.number);
      }
    }
  for (size_t n = 0; n < sizeof(line) - 1; n++) {
    struct p1_month_peak rows[3];
    const size_t got = read_peaks(given_bytes(line, n), rows, 3);
    for (size_t row = 0; row < got; row++)
      assert_int_equal(rows[row].demand.number, whole[row].demand.number);
  }
}

static void test_damage_invents_no_failure(void **state) {
  (void)state;
  static const char line[] = "/T\n1-0:99.97.0(3)(0-0:96.7.19)"
                             "(240101000240S)(0000000240*s)"
                             "(230601021500S)(0000003601*s)"
                             "(230501021500S)(0000000777*s)\n!";
  static const char nasty[] = {'\0', '\n', ' ', '(', ')', ',', 'x', '\xFF'};
  struct p1_failure whole[3];
  assert_int_equal(read_failures(given_bytes(LITERAL(line)), whole, 3), 3);
  char bytes[sizeof(line)];
  for (size_t at = 3; at < sizeof(line) - 1; at++)
    for (size_t i = 0; i < sizeof(nasty); i++) {
      memcpy(bytes, LITERAL(line));
      bytes[at] = nasty[i];
      struct p1_failure rows[8];
      const size_t n =
          read_failures(given_bytes(bytes, sizeof(line) - 1), rows, 8);
      for (size_t row = 0; row < n; row++) {
        size_t same = 0;
        while (same < 3 && (rows[row].duration_s != whole[same].duration_s ||
                            (rows[row].end.valid &&
                             rows[row].end.local != whole[same].end.local)))
          same++;
        if (same == 3)
          fail_msg("byte 0x%02x at %zu gives a failure of %lld s",
                   nasty[i] & 255, at, (long long)rows[row].duration_s);
      }
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_failure_log),
      cmocka_unit_test(test_failure_logs_of_any_form),
      cmocka_unit_test(test_ten_failures_in_the_meters_order),
      cmocka_unit_test(test_peaks_in_both_orders),
      cmocka_unit_test(test_months_without_a_measurement),
      cmocka_unit_test(test_further_columns),
      cmocka_unit_test(test_lists_that_are_no_history),
      cmocka_unit_test(test_damage_invents_no_month),
      cmocka_unit_test(test_damage_invents_no_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
