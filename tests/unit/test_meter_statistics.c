/*
 * test_meter_statistics.c - what an interval says: means, extremes, newest, and
 * what it does not say.
 */
#include "given_meter.h"

static struct p1_meter meter;
static struct p1_interval row;

/* Says the lines of an array one after the other, a second apart, after a first
 * telegram that closes an interval of its own, and takes the one that they
 * make. */
static void interval_of(const char *const *lines, size_t n) {
  given_meter(&meter, 60000);
  given_says(&meter, 0, "0-0:96.13.0()\n");
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.count, 0);
  for (size_t i = 0; i < n; i++)
    given_says(&meter, 1000 * (int64_t)(i + 1), lines[i]);
  assert_false(p1_meter_take(&meter, &row));
  given_says(&meter, 1000000, "0-0:96.13.0()\n");
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.telegrams, n);
}

#define INTERVAL_OF(...)                                                       \
  do {                                                                         \
    static const char *const lines_[] = {__VA_ARGS__};                         \
    interval_of(lines_, COUNT_OF(lines_));                                     \
  } while (0)

static void assert_extremes(enum p1_id id, int64_t min, int64_t max) {
  const struct p1_statistic *statistic = find_statistic(&row, id);
  assert_non_null(statistic);
  assert_int_equal(statistic->min, min);
  assert_int_equal(statistic->max, max);
}

static double value_of(enum p1_id id) {
  const struct p1_statistic *statistic = find_statistic(&row, id);
  assert_non_null(statistic);
  return p1_statistic_value(statistic);
}

static void test_means_newest_and_extremes(void **state) {
  (void)state;
  INTERVAL_OF("1-0:1.7.0(0.318*kW)\n1-0:1.8.0(100*Wh)\n1-0:32.7.0(231.4*V)\n",
              "1-0:1.7.0(1.200*kW)\n1-0:1.8.0(103*Wh)\n1-0:32.7.0(229.8*V)\n",
              "1-0:1.7.0(0.003*kW)\n1-0:1.8.0(101*Wh)\n1-0:32.7.0(230.0*V)\n");
  assert_int_equal(row.count, 3);
  assert_statistic(&row, P1_ID_POWER_IMPORT, 1521, 3, 0);
  assert_extremes(P1_ID_POWER_IMPORT, 3, 1200);
  assert_true(value_of(P1_ID_POWER_IMPORT) == 507.0);
  assert_statistic(&row, P1_ID_VOLTAGE_L1, 6912, 3, 1);
  assert_extremes(P1_ID_VOLTAGE_L1, 2298, 2314);
  assert_true(value_of(P1_ID_VOLTAGE_L1) == 230.4);
  assert_statistic(&row, P1_ID_ENERGY_IMPORT, 101, 1, 0);
  assert_extremes(P1_ID_ENERGY_IMPORT, 101, 101);
  assert_true(value_of(P1_ID_ENERGY_IMPORT) == 101.0);
}

static void test_negative_values(void **state) {
  (void)state;
  INTERVAL_OF("1-0:16.7.0(-00.300*kW)\n", "1-0:16.7.0(00.100*kW)\n",
              "1-0:16.7.0(-00.700*kW)\n");
  assert_statistic(&row, P1_ID_POWER_NET, -900, 3, 0);
  assert_extremes(P1_ID_POWER_NET, -700, 100);
  assert_true(value_of(P1_ID_POWER_NET) == -300.0);
}

/* A register of 999.9 becomes one of 1000; means of sums of parts with more
 * decimals. Nothing is rounded. */
static void test_decimals_that_change(void **state) {
  (void)state;
  INTERVAL_OF("1-0:32.7.0(230*V)\n", "1-0:32.7.0(230.15*V)\n",
              "1-0:32.7.0(229.9*V)\n");
  assert_statistic(&row, P1_ID_VOLTAGE_L1, 69005, 3, 2);
  assert_extremes(P1_ID_VOLTAGE_L1, 22990, 23015);
  INTERVAL_OF("1-0:31.7.0(2.18*A)\n", "1-0:31.7.0(3*A)\n",
              "1-0:31.7.0(791*mA)\n");
  assert_statistic(&row, P1_ID_CURRENT_L1, 5971, 3, 3);
  assert_extremes(P1_ID_CURRENT_L1, 791, 3000);
  INTERVAL_OF("1-0:1.8.0(12.5*Wh)\n", "1-0:1.8.0(13*Wh)\n");
  assert_statistic(&row, P1_ID_ENERGY_IMPORT, 13, 1, 0);
}

/* Exact means of numbers that double could not add without loss. */
static void test_long_sums(void **state) {
  (void)state;
  given_meter(&meter, 3600000);
  given_says(&meter, 0, "0-0:96.13.0()\n");
  assert_true(p1_meter_take(&meter, &row));
  int64_t sum = 0;
  for (int64_t i = 1; i <= 3000; i++) {
    char text[64];
    const int64_t number = 900719925474000 + i;
    snprintf(text, sizeof(text), "1-0:1.7.0(%lld*W)\n", (long long)number);
    given_says(&meter, i * 1000, text);
    sum += number;
  }
  given_says(&meter, 100000000, "0-0:96.13.0()\n");
  assert_true(p1_meter_take(&meter, &row));
  assert_statistic(&row, P1_ID_POWER_IMPORT, sum, 3000, 0);
}

/* Numbers that no meter sends, for as long as the interval may be: the sum
 * stops before it overflows, and mean and extremes stay within the numbers. */
static void test_absurd_numbers_do_not_overflow(void **state) {
  (void)state;
  static const char *const largest[] = {"1-0:16.7.0(999999999999999*W)\n",
                                        "1-0:16.7.0(-999999999999999*W)\n"};
  for (size_t sign = 0; sign < 2; sign++) {
    given_meter(&meter, INT64_C(1000000000));
    given_says(&meter, 0, "0-0:96.13.0()\n");
    assert_true(p1_meter_take(&meter, &row));
    for (int64_t i = 1; i <= 20000; i++)
      given_says(&meter, i * 1000, largest[sign]);
    given_says(&meter, INT64_C(9000000000), "0-0:96.13.0()\n");
    assert_true(p1_meter_take(&meter, &row));
    const double mean = value_of(P1_ID_POWER_NET);
    assert_true(mean == (sign == 0 ? 999999999999999.0 : -999999999999999.0));
  }
  /* a small sum of large numbers, then more decimals */
  INTERVAL_OF("1-0:16.7.0(-999999999999999*W)\n",
              "1-0:16.7.0(999999999999999*W)\n", "1-0:16.7.0(0.000000001*W)\n",
              "1-0:16.7.0(1*W)\n");
  assert_extremes(P1_ID_POWER_NET, -999999999999999, 999999999999999);
  INTERVAL_OF("1-0:16.7.0(-999999999999999*W)\n",
              "1-0:16.7.0(499999999999999*W)\n",
              "1-0:16.7.0(499999999999999*W)\n", "1-0:16.7.0(0.0001*W)\n");
  assert_extremes(P1_ID_POWER_NET, -999999999999999, 499999999999999);
  INTERVAL_OF("1-0:16.7.0(999999999999999*W)\n",
              "1-0:16.7.0(-499999999999999*W)\n",
              "1-0:16.7.0(-499999999999999*W)\n", "1-0:16.7.0(0.0001*W)\n");
  assert_extremes(P1_ID_POWER_NET, -499999999999999, 999999999999999);
  INTERVAL_OF("1-0:16.7.0(0.000000001*W)\n", "1-0:16.7.0(999999999999999*W)\n",
              "1-0:16.7.0(0.000000003*W)\n");
  assert_statistic(&row, P1_ID_POWER_NET, 4, 2, 9);
  assert_extremes(P1_ID_POWER_NET, 1, 3);
}

/* A line that was damaged in some telegrams: the mean is over the others. */
static void test_readings_that_come_and_go(void **state) {
  (void)state;
  INTERVAL_OF("1-0:1.7.0(1.000*kW)\n", "1-0:1.7.0(x)\n1-0:2.7.0(5*W)\n",
              "1-0:2.7.0(7*W)\n1-0:1.7.0(4.000*kW)\n");
  assert_statistic(&row, P1_ID_POWER_IMPORT, 5000, 2, 0);
  assert_statistic(&row, P1_ID_POWER_EXPORT, 12, 2, 0);
  assert_statistic(&row, P1_ID_POWER_NET, 3993, 1, 0);
  assert_int_equal(row.count, 3);
}

/* An interval says nothing that was said before it. */
static void test_nothing_is_carried_over(void **state) {
  (void)state;
  given_meter(&meter, 10000);
  given_says(&meter, 0, "1-0:1.7.0(1*W)\n1-0:1.8.0(1*Wh)\n0-0:96.14.0(1)\n");
  given_says(&meter, 10000, "1-0:1.7.0(2*W)\n");
  given_says(&meter, 20000, "1-0:1.8.0(3*Wh)\n");
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.count, 3);
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.count, 1);
  assert_statistic(&row, P1_ID_POWER_IMPORT, 2, 1, 0);
  assert_true(p1_meter_take(&meter, &row));
  assert_int_equal(row.count, 1);
  assert_statistic(&row, P1_ID_ENERGY_IMPORT, 3, 1, 0);
}

/* Two of a kind on two channels are two readings. */
static void test_channels_are_kept_apart(void **state) {
  (void)state;
  INTERVAL_OF("0-1:96.3.10(0)\n0-2:96.3.10(1)\n",
              "0-2:96.3.10(0)\n0-1:96.3.10(1)\n");
  assert_int_equal(row.count, 2);
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(row.list[i].id, P1_ID_RELAY);
    assert_int_equal(row.list[i].sum, row.list[i].channel == 1 ? 1 : 0);
  }
  assert_true(row.list[0].channel != row.list[1].channel);
}

/* A gas meter that stops capturing vanishes after its time-out. */
static void test_old_captures_vanish(void **state) {
  (void)state;
  static const struct {
    const char *clock;
    bool there;
  } telegrams[] = {{"240229120000W", true},
                   {"240229145959W", true},
                   {"240229150001W", false},
                   {"240229160000W", false}};
  given_meter(&meter, 10000);
  for (size_t i = 0; i < COUNT_OF(telegrams); i++) {
    char text[128];
    snprintf(text, sizeof(text),
             "0-0:1.0.0(%s)\n0-1:24.1.0(003)\n"
             "0-1:24.2.1(240229120000W)(12.500*m3)\n",
             telegrams[i].clock);
    given_says(&meter, 10000 * (int64_t)i, text);
    assert_true(p1_meter_take(&meter, &row));
    assert_int_equal(find_statistic(&row, P1_ID_GAS) != NULL,
                     telegrams[i].there);
  }
}

/* The meter remembers which tariffs there are. */
static void test_totals_wait_for_their_tariffs(void **state) {
  (void)state;
  static const char both[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wh)\n";
  given_meter(&meter, 10000);
  given_says(&meter, 0, both);
  given_says(&meter, 10000, both);
  given_says(&meter, 20000, "1-0:1.8.1(1*Wh)\n1-0:1.8.2(x)\n");
  given_says(&meter, 30000, both);
  for (unsigned i = 0; i < 4; i++) {
    assert_true(p1_meter_take(&meter, &row));
    assert_int_equal(find_statistic(&row, P1_ID_ENERGY_IMPORT) != NULL, i != 2);
  }
}

static void test_value_of_a_statistic(void **state) {
  (void)state;
  const struct p1_statistic mean = {.sum = -10, .count = 4, .decimals = 1};
  assert_true(p1_statistic_value(&mean) == -0.25);
  const struct p1_statistic newest = {
      .sum = INT64_C(9007199254740991), .count = 1, .decimals = 0};
  assert_true(p1_statistic_value(&newest) == 9007199254740991.0);
  const struct p1_statistic fine = {.sum = 1, .count = 1, .decimals = 9};
  assert_true(p1_statistic_value(&fine) == 1e-9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_means_newest_and_extremes),
      cmocka_unit_test(test_negative_values),
      cmocka_unit_test(test_decimals_that_change),
      cmocka_unit_test(test_long_sums),
      cmocka_unit_test(test_absurd_numbers_do_not_overflow),
      cmocka_unit_test(test_readings_that_come_and_go),
      cmocka_unit_test(test_nothing_is_carried_over),
      cmocka_unit_test(test_channels_are_kept_apart),
      cmocka_unit_test(test_old_captures_vanish),
      cmocka_unit_test(test_totals_wait_for_their_tariffs),
      cmocka_unit_test(test_value_of_a_statistic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
