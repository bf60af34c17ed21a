/*
 * test_meter.c - when an interval closes, how it is stamped, and which
 * telegrams are believed. What it says is in test_meter_statistics.c, how it
 * does for days in test_meter_days.c.
 */
#include "given_meter.h"

static struct p1_meter meter;
static struct p1_interval row;

/* A telegram that says n in a register. */
static void says(int64_t ms, unsigned n) {
  char text[64];
  snprintf(text, sizeof(text), "1-0:1.8.0(%u*Wh)\n", n);
  given_says(&meter, ms, text);
}

static void assert_row_is(int64_t ms, uint32_t telegrams, unsigned newest) {
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.time_ms, GIVEN_HOST_MS + ms);
  assert_int_equal(row.telegrams, telegrams);
  assert_statistic(&row, P1_ID_ENERGY_IMPORT, newest, 1, 0);
}

static void assert_no_row(void) { assert_false(p1_meter_take(&meter, &row)); }

static void test_first_telegram_closes(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  assert_no_row();
  assert_int_equal(p1_meter_pace_ms(&meter), 0);
  says(0, 7);
  assert_row_is(0, 1, 7);
  assert_no_row();
}

static void test_interval_closes_half_a_pace_early(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i <= 9; i++)
    says(1000 * i, i);
  assert_row_is(0, 1, 0);
  assert_no_row();
  says(9600, 10); /* due from 9,500 on */
  assert_row_is(9600, 10, 10);
  for (unsigned i = 10; i <= 18; i++)
    says(600 + 1000 * i, i + 1);
  assert_no_row();
  says(19500, 20);
  assert_row_is(19500, 10, 20);
}

/* Telegrams that are missing do not slow a meter down, nor does silence. */
static void test_pace(void **state) {
  (void)state;
  static const struct {
    int64_t arrival, pace;
  } cases[] = {
      {0, 0},          {10000, 10000},   {20010, 10005},   {30000, 10000},
      {50000, 10000},  {80000, 10000},   {90000, 10000},   {100000, 9998},
      {110000, 10000}, {3710000, 10000}, {3720000, 10000},
  };
  given_meter(&meter, 10000);
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    says(cases[i].arrival, 1);
    assert_int_equal(p1_meter_pace_ms(&meter), cases[i].pace);
  }
}

/* Silence in the middle of an interval: what was said before it is closed with
 * the stamp of the last telegram before it. */
static void test_silence(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i <= 14; i++)
    says(1000 * i, i);
  assert_row_is(0, 1, 0);
  assert_row_is(10000, 10, 10);
  assert_no_row();
  says(3600000, 100);
  assert_row_is(14000, 4, 14);
  assert_row_is(3600000, 1, 100);
  assert_no_row();
  /* and the intervals go on from there */
  for (unsigned i = 1; i <= 10; i++)
    says(3600000 + 1000 * i, 100 + i);
  assert_row_is(3610000, 10, 110);
  assert_no_row();
}

static void test_silence_after_a_closed_interval(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  says(0, 1);
  says(10000, 2);
  assert_row_is(0, 1, 1);
  assert_row_is(10000, 1, 2);
  says(500000, 3);
  assert_row_is(500000, 1, 3);
  assert_no_row();
}

/* A gap that is no longer than the interval is no silence. */
static void test_short_gaps_stay_inside(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i <= 4; i++)
    says(1000 * i, i);
  assert_row_is(0, 1, 0);
  says(9000, 9);
  assert_no_row();
  says(10000, 10);
  assert_row_is(10000, 6, 10);
  /* one telegram of a slow meter missing */
  given_meter(&meter, 60000);
  for (unsigned i = 0; i <= 3; i++)
    says(10000 * i, i);
  says(50000, 5);
  says(60000, 6);
  assert_row_is(0, 1, 0);
  assert_row_is(60000, 5, 6);
  assert_no_row();
  /* or of one that is nearly as slow as the interval */
  given_meter(&meter, 15000);
  says(0, 0);
  says(9000, 1);
  says(27000, 3);
  assert_row_is(0, 1, 0);
  assert_row_is(27000, 2, 3);
  assert_no_row();
}

/* The clock that the host shows may go where it likes: the same telegrams are
 * in the same rows, and only the stamps follow it. */
static void test_steps_of_the_hosts_clock(void **state) {
  (void)state;
  static const int64_t steps[] = {3600000, -3600000, -86400000, 1500, -7200000};
  given_meter(&meter, 10000);
  int64_t host_ms = GIVEN_HOST_MS;
  for (unsigned i = 0; i < 100; i++) {
    if (i % 20 == 15)
      host_ms += steps[i / 20];
    const struct p1_instant now = {.monotonic_ms =
                                       GIVEN_MONOTONIC_MS + 1000 * (int64_t)i,
                                   .host_ms = host_ms};
    char text[64];
    snprintf(text, sizeof(text), "1-0:1.8.0(%u*Wh)\n", i);
    p1_meter_telegram(&meter, given(text), P1_CRC_ABSENT, now);
    host_ms += 1000;
    if (i % 10 != 0) {
      assert_no_row();
      continue;
    }
    assert_true(p1_meter_take(&meter, &row));
    assert_int_equal(row.telegrams, i == 0 ? 1 : 10);
    assert_int_equal(row.time_ms, now.host_ms);
    assert_int_equal(row.interval_ms, 10000);
  }
}

/* Jitter puts two arrivals into one second; the second one takes the next, and
 * so may those after it. */
static void test_two_arrivals_in_one_second(void **state) {
  (void)state;
  static const int64_t arrivals[] = {1050, 1650, 2650, 4050, 4650,
                                     5650, 7050, 7750, 8850, 9900};
  given_meter(&meter, 1000);
  int64_t last_s = 0;
  for (unsigned i = 0; i < COUNT_OF(arrivals); i++) {
    says(arrivals[i], i);
    assert_true(p1_meter_take(&meter, &row));
    assert_int_equal(row.telegrams, 1);
    assert_true(row.time_ms >= GIVEN_HOST_MS + arrivals[i]);
    assert_true(row.time_ms < GIVEN_HOST_MS + arrivals[i] + 2000);
    assert_true(row.time_ms / 1000 > last_s);
    /* it is the arrival, wherever that can be */
    if (GIVEN_HOST_MS + arrivals[i] >= (last_s + 1) * 1000)
      assert_int_equal(row.time_ms, GIVEN_HOST_MS + arrivals[i]);
    last_s = row.time_ms / 1000;
  }
}

/* A time daemon that takes back less than a second, now and then, does not make
 * two values of one second. */
static void test_small_correction_of_the_hosts_clock(void **state) {
  (void)state;
  given_meter(&meter, 1000);
  int64_t last_s = 0;
  for (unsigned i = 0; i < 30; i++) {
    struct p1_instant now = given_at(1000 * (int64_t)i + 500);
    now.host_ms -= i / 10 * 700;
    p1_meter_telegram(&meter, given("1-0:1.7.0(1*W)\n"), P1_CRC_ABSENT, now);
    assert_true(p1_meter_take(&meter, &row));
    assert_true(row.time_ms / 1000 > last_s);
    last_s = row.time_ms / 1000;
  }
}

static int64_t interval_of(int64_t interval_ms, int64_t pace_ms) {
  given_meter(&meter, interval_ms);
  for (unsigned i = 0; i < 100; i++) {
    says(pace_ms * i, i);
    while (p1_meter_take(&meter, &row))
      ;
  }
  return row.interval_ms;
}

static void test_published_interval_is_the_larger(void **state) {
  (void)state;
  assert_int_equal(interval_of(10000, 1000), 10000);
  assert_int_equal(interval_of(10000, 10000), 10000);
  assert_int_equal(interval_of(10000, 10003), 10000);
  assert_int_equal(interval_of(10000, 9997), 10000);
  assert_int_equal(interval_of(1000, 1000), 1000);
  assert_int_equal(interval_of(1000, 1100), 1000);
  assert_int_equal(interval_of(1000, 10000), 10000);
  assert_int_equal(interval_of(1000, 10003), 10000);
  assert_int_equal(interval_of(10000, 60000), 60000);
  assert_int_equal(interval_of(60000, 10000), 60000);
}

static void test_intervals_of_less_than_a_second(void **state) {
  (void)state;
  given_meter(&meter, 1);
  says(0, 1);
  says(300, 2);
  says(1000, 3);
  assert_row_is(0, 1, 1);
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.interval_ms, 1000);
}

/* Collectd is held up: the oldest rows are lost, the order stays. */
static void test_queue_keeps_the_newest(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i < P1_INTERVALS_MAX + 4; i++)
    says(10000 * i, i);
  for (unsigned i = 4; i < P1_INTERVALS_MAX + 4; i++)
    assert_row_is(10000 * i, 1, i);
  assert_no_row();
  /* also when it was taken from in between */
  unsigned next = 0;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i < 200; i++) {
    says(10000 * i, i);
    if (i % 7 == 3)
      for (unsigned n = i % 5; n > 0; n--) {
        const unsigned oldest = i + 1 - P1_INTERVALS_MAX;
        if (i + 1 > P1_INTERVALS_MAX && next < oldest)
          next = oldest;
        assert_row_is(10000 * next, 1, next);
        next++;
      }
  }
}

static enum p1_verdict verdict(enum p1_crc crc, const char *lines) {
  static int64_t ms;
  return p1_meter_telegram(&meter, given(lines), crc, given_at(ms += 1000));
}

static void test_checksums_that_are_believed(void **state) {
  (void)state;
  static const char old[] = "1-0:1.7.0(1*W)\n";
  static const char promise[] = "1-3:0.2.8(50)\n1-0:1.7.0(1*W)\n";
  /* DSMR 2.2: never one */
  given_meter(&meter, 1000);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_ACCEPTED);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_ACCEPTED);
  assert_int_equal(verdict(P1_CRC_BAD, old), P1_VERDICT_BAD_CRC);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_ACCEPTED);
  /* once it has shown one, it must go on */
  assert_int_equal(verdict(P1_CRC_OK, old), P1_VERDICT_ACCEPTED);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_MISSING_CRC);
  assert_int_equal(verdict(P1_CRC_BAD, old), P1_VERDICT_BAD_CRC);
  assert_int_equal(verdict(P1_CRC_OK, old), P1_VERDICT_ACCEPTED);
  /* a version line promises one, for the telegrams after it as well */
  given_meter(&meter, 1000);
  assert_int_equal(verdict(P1_CRC_ABSENT, promise), P1_VERDICT_MISSING_CRC);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_MISSING_CRC);
  assert_int_equal(verdict(P1_CRC_OK, promise), P1_VERDICT_ACCEPTED);
  /* one meter's checksum is no other's */
  given_meter(&meter, 1000);
  assert_int_equal(verdict(P1_CRC_ABSENT, old), P1_VERDICT_ACCEPTED);
}

static void test_checksums_ignored(void **state) {
  (void)state;
  const struct p1_meter_options options = {
      .interval_ms = 1000, .mbus_timeout_s = 10800, .ignore_crc = true};
  p1_meter_init(&meter, &options);
  static const enum p1_crc crcs[] = {P1_CRC_OK, P1_CRC_BAD, P1_CRC_ABSENT};
  for (size_t i = 0; i < COUNT_OF(crcs); i++) {
    assert_int_equal(verdict(crcs[i], "1-3:0.2.8(50)\n1-0:1.8.0(5*Wh)\n"),
                     P1_VERDICT_ACCEPTED);
    assert_true(p1_meter_take(&meter, &row));
    assert_statistic(&row, P1_ID_ENERGY_IMPORT, 5, 1, 0);
  }
}

/* A refused telegram leaves no trace: not in the row, not in the pace. */
static void test_refused_telegrams_leave_no_trace(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  for (unsigned i = 0; i <= 10; i++) {
    says(1000 * i, i);
    if (i < 10)
      p1_meter_telegram(&meter, given("1-0:1.8.0(9999*Wh)\n1-0:1.7.0(1*W)\n"),
                        P1_CRC_BAD, given_at(1000 * i + 500));
  }
  assert_int_equal(p1_meter_pace_ms(&meter), 1000);
  assert_row_is(0, 1, 0);
  assert_row_is(10000, 10, 10);
  assert_int_equal(row.count, 1);
  assert_no_row();
}

/* Two telegrams of one moment, as after a held-up read: each counts. */
static void test_telegrams_of_one_moment(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  uint32_t telegrams = 0;
  for (unsigned i = 0; i < 50; i++) {
    says(4000 * (i / 4), i);
    while (p1_meter_take(&meter, &row))
      telegrams += row.telegrams;
  }
  says(1000000, 50);
  while (p1_meter_take(&meter, &row))
    telegrams += row.telegrams;
  assert_int_equal(telegrams, 51);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_first_telegram_closes),
      cmocka_unit_test(test_interval_closes_half_a_pace_early),
      cmocka_unit_test(test_pace),
      cmocka_unit_test(test_silence),
      cmocka_unit_test(test_silence_after_a_closed_interval),
      cmocka_unit_test(test_short_gaps_stay_inside),
      cmocka_unit_test(test_steps_of_the_hosts_clock),
      cmocka_unit_test(test_two_arrivals_in_one_second),
      cmocka_unit_test(test_small_correction_of_the_hosts_clock),
      cmocka_unit_test(test_published_interval_is_the_larger),
      cmocka_unit_test(test_intervals_of_less_than_a_second),
      cmocka_unit_test(test_queue_keeps_the_newest),
      cmocka_unit_test(test_checksums_that_are_believed),
      cmocka_unit_test(test_checksums_ignored),
      cmocka_unit_test(test_refused_telegrams_leave_no_trace),
      cmocka_unit_test(test_telegrams_of_one_moment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
