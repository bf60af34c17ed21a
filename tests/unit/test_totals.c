/*
 * test_totals.c - energy totals that the meter does not print: the sums of its
 * tariffs, when all are there.
 */
#include "given_readings.h"

static void test_totals_of_tariffs(void **state) {
  (void)state;
  static const struct {
    const char *lines;
    int64_t number; /* -1: no total */
    unsigned decimals;
  } cases[] = {
      {"1-0:1.8.1(000671.578*kWh)\n1-0:1.8.2(000842.472*kWh)\n", 1514050, 0},
      {"1-0:1.8.2(000842.472*kWh)\n", 842472, 0},
      {"1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wh)\n1-0:1.8.3(4*Wh)\n1-0:1.8.4(8*Wh)\n"
       "1-0:1.8.5(16*Wh)\n",
       31, 0},
      {"1-0:1.8.11(1*Wh)\n1-0:1.8.12(2*Wh)\n1-0:1.8.13(4*Wh)\n", 7, 0},
      {"1-1:1.8.1(1*Wh)\n1-1:1.8.2(2*Wh)\n", 3, 0},
      {"1-0:1.8.1(0000001.25*Wh)\n1-0:1.8.2(000001.000*kWh)\n", 100125, 2},
      /* what the meter prints counts */
      {"1-0:1.8.0(000002.000*kWh)\n1-0:1.8.1(000671.578*kWh)\n", 2000, 0},
      {"1-0:1.8.0()\n1-0:1.8.1(000671.578*kWh)\n", 671578, 0},
      {"1-0:1.8.1()\n1-0:2.8.1(1*Wh)\n", -1, 0},
      {"1-0:1.7.0(1*W)\n", -1, 0},
      /* too large to be added */
      {"1-0:1.8.1(999999999999999*Wh)\n1-0:1.8.2(1*Wh)\n", -1, 0},
      {"1-0:1.8.1(600000000000*Wh)\n1-0:1.8.2(600000000000*Wh)\n", -1, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct p1_telegram *t = given(cases[i].lines);
    if (cases[i].number >= 0)
      assert_reading(t, "energy_wh-import", cases[i].number, cases[i].decimals);
    else
      assert_no_reading(t, "energy_wh-import");
  }
  const struct p1_telegram *t = given("1-0:2.8.1(000001.001*kWh)\n"
                                      "1-0:2.8.2(000002.002*kWh)\n"
                                      "1-0:1.8.1(000001.000*kWh)\n");
  assert_reading(t, "energy_wh-export", 3003, 0);
  assert_reading(t, "energy_wh-import", 1000, 0);
}

/* A DSMR 2.2 line may be lost to noise, or made by it; a total without its
 * tariff, or with one that is none, would step back and forth. */
static void test_totals_wait_for_every_tariff(void **state) {
  (void)state;
  static const char both[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wh)\n"
                             "1-0:2.8.1(4*Wh)\n";
  static const char first[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wx)\n"
                              "1-0:2.8.1(4*Wh)\n";
  static const char phantom[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wh)\n"
                                "1-0:1.8.4(9*Wh)\n1-0:2.8.1(4*Wh)\n";
  static const struct {
    const char *lines;
    int64_t total; /* -1: none */
  } sequence[] = {
      {both, 3},
      {both, 3},
      {first, -1},
      {first, -1},
      {both, 3},
      {phantom, -1},
      {both, 3},
      {phantom, -1},
      {both, 3},
      /* two telegrams in a row: the meter has begun to send it */
      {phantom, -1},
      {phantom, 12},
      {both, -1},
      {phantom, 12},
  };
  struct p1_tariffs tariffs = {0};
  for (size_t i = 0; i < COUNT_OF(sequence); i++) {
    struct p1_readings readings;
    p1_readings_take(given(sequence[i].lines), NULL, 0, &tariffs, &readings);
    const struct p1_value *total = find_reading(&readings, "energy_wh-import");
    if ((total != NULL ? total->number : -1) != sequence[i].total)
      fail_msg("telegram %zu: %lld", i,
               total != NULL ? (long long)total->number : -1LL);
    assert_reading_in(&readings, "energy_wh-export", 4, 0);
  }
}

/* Without a CRC, the telegram after the first may be the damaged one, or the
 * first itself. */
static void test_totals_at_the_start(void **state) {
  (void)state;
  static const char both[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wh)\n";
  static const char half[] = "1-0:1.8.1(1*Wh)\n1-0:1.8.2(2*Wx)\n";
  static const struct {
    const char *lines;
    int64_t total; /* -1: none */
  } sequences[2][5] = {
      {{both, 3}, {half, -1}, {both, -1}, {both, 3}, {half, -1}},
      {{half, -1}, {both, -1}, {both, 3}, {half, -1}, {both, 3}},
  };
  for (size_t s = 0; s < 2; s++) {
    struct p1_tariffs tariffs = {.damaged = true};
    for (size_t i = 0; i < 5; i++) {
      struct p1_readings readings;
      p1_readings_take(given(sequences[s][i].lines), NULL, 0, &tariffs,
                       &readings);
      const struct p1_value *total =
          find_reading(&readings, "energy_wh-import");
      if ((total != NULL ? total->number : -1) != sequences[s][i].total)
        fail_msg("sequence %zu, telegram %zu", s, i);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_totals_of_tariffs),
      cmocka_unit_test(test_totals_wait_for_every_tariff),
      cmocka_unit_test(test_totals_at_the_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
