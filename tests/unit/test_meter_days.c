/*
 * test_meter_days.c - days of telegrams, with a clock of the test's own: each
 * one counts once, whatever the two clocks do to each other.
 */
#include "given_meter.h"

#define TEN_DAYS_S INT64_C(864000)

/* A line of a meter: telegram k arrives at k times the pace, as the host's
 * clock runs, and up to the jitter before or after that. */
struct line {
  int64_t pace_ms;
  int64_t ppm; /* the meter's clock is slower by this */
  int64_t jitter_ms;
  int64_t phase_ms; /* of the first telegram within a second */
  uint32_t seed;
};

static int64_t random_jitter(struct line *line) {
  line->seed = line->seed * 1664525u + 1013904223u;
  return line->jitter_ms == 0
             ? 0
             : (int64_t)(line->seed >> 8) % (2 * line->jitter_ms + 1) -
                   line->jitter_ms;
}

static int64_t arrival(struct line *line, int64_t k) {
  return line->phase_ms + 1000 +
         k * line->pace_ms * (1000000 + line->ppm) / 1000000 +
         random_jitter(line);
}

/* Telegram k: its register says k Wh, its power some other number. */
static int64_t power_of(int64_t k) { return k * k % 9973; }

static const struct p1_telegram *telegram_of(int64_t k) {
  static struct p1_telegram telegram;
  static char bytes[64];
  const int n = snprintf(bytes, sizeof(bytes),
                         "/T\r\n1-0:1.7.0(%lld*W)\r\n1-0:1.8.0(%lld*Wh)\r\n!",
                         (long long)power_of(k), (long long)k);
  p1_telegram_parse(&telegram, bytes, (size_t)n);
  return &telegram;
}

static void check_stamp(const struct p1_interval *row, int64_t *last_s) {
  if (row->time_ms / 1000 <= *last_s)
    fail_msg("stamp %lld ms after second %lld", (long long)row->time_ms,
             (long long)*last_s);
  *last_s = row->time_ms / 1000;
}

/* Lets the line speak and looks at the rows and what is in them. */
static void check_one_row_per_telegram(struct line line, int64_t interval_ms,
                                       int64_t telegrams) {
  static struct p1_meter meter;
  static struct p1_interval row;
  given_meter(&meter, interval_ms);
  int64_t last_s = 0;
  for (int64_t k = 0; k < telegrams; k++) {
    const struct p1_instant now = given_at(arrival(&line, k));
    p1_meter_telegram(&meter, telegram_of(k), P1_CRC_ABSENT, now);
    if (!p1_meter_take(&meter, &row))
      fail_msg("telegram %lld closes no interval", (long long)k);
    assert_int_equal(row.telegrams, 1);
    assert_statistic(&row, P1_ID_ENERGY_IMPORT, k, 1, 0);
    assert_statistic(&row, P1_ID_POWER_IMPORT, power_of(k), 1, 0);
    assert_int_equal(row.interval_ms, interval_ms);
    assert_in_range(row.time_ms - now.host_ms, 0, 1000);
    check_stamp(&row, &last_s);
    assert_false(p1_meter_take(&meter, &row));
  }
}

static void test_ten_second_meter_at_interval_10(void **state) {
  (void)state;
  static const int64_t ppms[] = {-100, -37, 0, 53, 100};
  static const int64_t phases[] = {0, 700};
  for (size_t i = 0; i < COUNT_OF(ppms); i++)
    for (size_t j = 0; j < COUNT_OF(phases); j++)
      check_one_row_per_telegram((struct line){.pace_ms = 10000,
                                               .ppm = ppms[i],
                                               .jitter_ms = 300,
                                               .phase_ms = phases[j],
                                               .seed = (uint32_t)(i * 2 + j)},
                                 10000, TEN_DAYS_S / 10);
}

static void test_one_second_meter_at_interval_1(void **state) {
  (void)state;
  static const int64_t phases[] = {0, 500};
  for (size_t j = 0; j < COUNT_OF(phases); j++)
    check_one_row_per_telegram((struct line){.pace_ms = 1000,
                                             .jitter_ms = 200,
                                             .phase_ms = phases[j],
                                             .seed = (uint32_t)j},
                               1000, TEN_DAYS_S);
}

/* Slower than the host's seconds by a little: still one row each. */
static void test_one_second_meter_with_a_slow_clock(void **state) {
  (void)state;
  check_one_row_per_telegram(
      (struct line){.pace_ms = 1000, .ppm = 100, .jitter_ms = 200}, 1000,
      TEN_DAYS_S);
}

/* The first telegrams, from which no pace is known yet. */
static void test_every_start(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < 3000; seed++) {
    check_one_row_per_telegram((struct line){.pace_ms = 1000,
                                             .jitter_ms = 200,
                                             .phase_ms = seed % 1000,
                                             .seed = seed},
                               1000, 20);
    check_one_row_per_telegram((struct line){.pace_ms = 10000,
                                             .jitter_ms = 300,
                                             .phase_ms = seed % 1000,
                                             .seed = seed},
                               10000, 20);
  }
}

/* What comes out of a line at another interval: no telegram is lost, none is
 * counted twice, and the mean is exact. `lost` says which ones never arrive,
 * `most` how many telegrams a row may have: jitter may let one more in. */
static void check_sums(struct line line, int64_t interval_ms,
                       bool (*lost)(int64_t k), uint32_t most) {
  static struct p1_meter meter;
  static struct p1_interval row;
  given_meter(&meter, interval_ms);
  int64_t last_s = 0, sum = 0, min = INT64_MAX, max = 0;
  uint32_t telegrams = 0, rows = 0;
  const int64_t end = TEN_DAYS_S * 1000 / line.pace_ms;
  for (int64_t k = 0; k < end; k++) {
    const struct p1_instant now = given_at(arrival(&line, k));
    if (lost != NULL && lost(k))
      continue;
    p1_meter_telegram(&meter, telegram_of(k), P1_CRC_ABSENT, now);
    sum += power_of(k);
    telegrams++;
    min = power_of(k) < min ? power_of(k) : min;
    max = power_of(k) > max ? power_of(k) : max;
    if (!p1_meter_take(&meter, &row))
      continue;
    assert_int_equal(row.telegrams, telegrams);
    assert_in_range(telegrams, 1, most);
    assert_statistic(&row, P1_ID_ENERGY_IMPORT, k, 1, 0);
    assert_statistic(&row, P1_ID_POWER_IMPORT, sum, telegrams, 0);
    const struct p1_statistic *power = find_statistic(&row, P1_ID_POWER_IMPORT);
    assert_int_equal(power->min, min);
    assert_int_equal(power->max, max);
    assert_true(p1_statistic_value(power) == (double)sum / telegrams);
    check_stamp(&row, &last_s);
    assert_false(p1_meter_take(&meter, &row));
    sum = max = 0;
    min = INT64_MAX;
    telegrams = 0;
    rows++;
  }
  /* and the rows come at the interval, not at some other pace */
  const int64_t wanted = TEN_DAYS_S * 1000 / interval_ms;
  assert_in_range(rows, wanted * 99 / 100, wanted * 101 / 100);
}

static void test_one_second_meter_at_interval_10(void **state) {
  (void)state;
  check_sums((struct line){.pace_ms = 1000, .jitter_ms = 200}, 10000, NULL, 10);
  check_sums((struct line){.pace_ms = 1000, .ppm = -100, .jitter_ms = 200},
             10000, NULL, 10);
}

static void test_ten_second_meter_at_interval_60(void **state) {
  (void)state;
  check_sums((struct line){.pace_ms = 10000, .ppm = 100, .jitter_ms = 300},
             60000, NULL, 6);
}

/* One in twenty is damaged, now and then two in a row. */
static bool is_lost(int64_t k) { return k % 20 == 7 || k % 200 == 8; }

static void test_missing_telegrams(void **state) {
  (void)state;
  check_sums((struct line){.pace_ms = 1000, .jitter_ms = 200}, 10000, is_lost,
             10);
  static struct p1_meter meter;
  static struct p1_interval row;
  struct line line = {.pace_ms = 10000, .ppm = 53, .jitter_ms = 300};
  given_meter(&meter, 10000);
  for (int64_t k = 0; k < 86400; k++) {
    const struct p1_instant now = given_at(arrival(&line, k));
    if (is_lost(k))
      continue;
    p1_meter_telegram(&meter, telegram_of(k), P1_CRC_ABSENT, now);
    assert_true(p1_meter_take(&meter, &row));
    assert_int_equal(row.telegrams, 1);
    assert_int_equal(row.time_ms, now.host_ms);
    assert_int_equal(row.interval_ms, 10000);
  }
}

/* Ten days of a fast clock have 86 telegrams more than seconds. */
static void test_one_second_meter_with_a_fast_clock(void **state) {
  (void)state;
  static struct p1_meter meter;
  static struct p1_interval row;
  struct line line = {.pace_ms = 1000, .ppm = -100, .jitter_ms = 200};
  given_meter(&meter, 1000);
  int64_t last_s = 0, counted = 0, rows = 0;
  for (int64_t k = 0; k < TEN_DAYS_S; k++) {
    const struct p1_instant now = given_at(arrival(&line, k));
    p1_meter_telegram(&meter, telegram_of(k), P1_CRC_ABSENT, now);
    while (p1_meter_take(&meter, &row)) {
      check_stamp(&row, &last_s);
      assert_in_range(row.time_ms - now.host_ms, 0, 3000);
      assert_in_range(row.telegrams, 1, 2);
      counted += row.telegrams;
      rows++;
    }
  }
  assert_int_equal(counted, TEN_DAYS_S);
  assert_in_range(rows, TEN_DAYS_S - 90, TEN_DAYS_S - 80);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ten_second_meter_at_interval_10),
      cmocka_unit_test(test_one_second_meter_at_interval_1),
      cmocka_unit_test(test_one_second_meter_with_a_slow_clock),
      cmocka_unit_test(test_every_start),
      cmocka_unit_test(test_one_second_meter_at_interval_10),
      cmocka_unit_test(test_ten_second_meter_at_interval_60),
      cmocka_unit_test(test_missing_telegrams),
      cmocka_unit_test(test_one_second_meter_with_a_fast_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
