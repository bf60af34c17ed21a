/*
 * test_readings.c - what a telegram gives to publish, against numbers worked
 * out by hand.
 */
#include "given_readings.h"

static void test_readings_of_a_whole_telegram(void **state) {
  (void)state;
  static const char rich[] = GIVEN_RICH;
  static const struct {
    const char *name;
    int64_t number;
    unsigned decimals;
  } wanted[] = {
      {"energy_wh-import-T1", 671578, 0},
      {"energy_wh-import", 671578, 0},
      {"energy_wh-export-T1", 42001, 0},
      {"energy_wh-export", 42001, 0},
      {"gauge-tariff", 1, 0},
      {"power-import-demand", 2351, 0},
      /* the quarter has just begun: all of it at 318 W comes on top */
      {"power-import-demand_projected", 2351 + 318, 0},
      {"power-import-peak", 4329, 0},
      {"power-import-peak_average", 39305, 1},
      {"power-import", 318, 0},
      {"power-export", 0, 0},
      {"power-net", 318, 0},
      {"voltage-L1", 2314, 1},
      {"current-L1", 218, 2},
      {"gauge-power_factor", -987, 3},
      {"current-fuse", 100, 0},
      {"gauge-breaker", 1, 0},
      {"power-limiter", 16100, 0},
      {"count-power_failures", 7, 0},
      {"gauge-gas_m3", 42125, 3},
      {"gauge-gas_m3-1", 112384, 3},
      {"gauge-gas_m3-2", 872234, 3},
      {"gauge-gas_valve-1", 1, 0},
  };
  const struct p1_telegram *t = given_bytes(LITERAL(rich));
  for (size_t i = 0; i < COUNT_OF(wanted); i++)
    assert_reading(t, wanted[i].name, wanted[i].number, wanted[i].decimals);
  assert_int_equal(given_readings(t)->count, COUNT_OF(wanted));
  assert_int_equal(given_readings(t)->dropped, 0);
}

static void test_net_power(void **state) {
  (void)state;
  static const struct {
    const char *lines;
    bool there;
    int64_t number;
    unsigned decimals;
  } cases[] = {
      {"1-0:1.7.0(01.193*kW)\n1-0:2.7.0(00.000*kW)\n", true, 1193, 0},
      {"1-0:1.7.0(00.000*kW)\n1-0:2.7.0(02.345*kW)\n", true, -2345, 0},
      {"1-0:1.7.0(00.300*kW)\n1-0:2.7.0(00.300*kW)\n", true, 0, 0},
      {"1-0:1.7.0(0.0005*kW)\n1-0:2.7.0(00.002*kW)\n", true, -15, 1},
      {"1-0:1.7.0(00.250*kW)\n1-0:2.7.0(0.00025*kW)\n", true, 24975, 2},
      {"1-0:16.7.0(-00.400*kW)\n", true, -400, 0},
      {"1-0:1.7.0(01.000*kW)\n1-0:2.7.0(00.000*kW)\n1-0:16.7.0(00.999*kW)\n",
       true, 999, 0},
      {"1-0:1.7.0(01.193*kW)\n", false, 0, 0},
      {"1-0:2.7.0(01.193*kW)\n", false, 0, 0},
      {"1-0:1.7.0(01.193*kW)\n1-0:2.7.0()\n", false, 0, 0},
      {"1-0:1.7.0(01.193*kW)\n1-0:2.7.0(x)\n", false, 0, 0},
      {"1-0:1.7.0(999999999999999*W)\n1-0:2.7.0(1*W)\n", false, 0, 0},
      {"1-0:1.7.0(1*W)\n1-0:2.7.0(-999999999999999*W)\n", false, 0, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct p1_telegram *t = given(cases[i].lines);
    if (cases[i].there)
      assert_reading(t, "power-net", cases[i].number, cases[i].decimals);
    else
      assert_no_reading(t, "power-net");
  }
}

static void test_projected_demand(void **state) {
  (void)state;
  static const struct {
    const char *clock, *demand, *power, *more;
    int64_t number; /* -1: none */
    unsigned decimals;
  } cases[] = {
      /* left / 900 of the power comes on top */
      {"240229120000W", "00.000", "03.000", "", 3000, 0},
      {"240229120500W", "01.200", "03.000", "", 1200 + 2000, 0},
      {"240229120730S", "01.200", "03.000", "", 1200 + 1500, 0},
      {"240229121459W", "01.200", "03.000", "", 1203333, 3},
      {"240229121459W", "01.200", "00.000", "", 1200, 0},
      {"240229121459W", "01.200", "00.005", "", 1200006, 3},
      {"240229121500W", "00.000", "00.450", "", 450, 0},
      {"240229125958W", "00.100", "00.100", "", 100222, 3},
      {"240229235959W", "02.000", "00.900", "", 2001, 0},
      {"240229120500", "01.200", "03.000", "", 3200, 0},
      /* half an hour, a minute; and periods that none has */
      {"240229120500W", "01.200", "03.000", "1-0:0.8.2(1800*s)\n", 3700, 0},
      {"240229120030W", "01.200", "03.000", "1-0:0.8.2(60*s)\n", 2700, 0},
      {"240229120500W", "01.200", "03.000", "1-0:0.8.2(0*s)\n", -1, 0},
      {"240229120500W", "01.200", "03.000", "1-0:0.8.2(7*s)\n", -1, 0},
      {"240229120500W", "01.200", "03.000", "1-0:0.8.2(700*s)\n", -1, 0},
      {"240229120500W", "01.200", "03.000", "1-0:0.8.2(86400*s)\n", -1, 0},
      {"632525252525W", "01.200", "03.000", "", -1, 0},
      {"240229120500W", "01.200", "-1.000", "", -1, 0},
      {"240229120500W", "01.200", "999999999999.999", "", -1, 0},
      {"240229120500W", "999999999999.999", "01.000", "", -1, 0},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-0:1.0.0(%s)\n1-0:1.4.0(%s*kW)\n1-0:1.7.0(%s*kW)\n%s",
             cases[i].clock, cases[i].demand, cases[i].power, cases[i].more);
    const struct p1_telegram *t = given(text);
    if (cases[i].number >= 0)
      assert_reading(t, "power-import-demand_projected", cases[i].number,
                     cases[i].decimals);
    else
      assert_no_reading(t, "power-import-demand_projected");
  }
  static const char *const parts[] = {
      "1-0:1.4.0(01.200*kW)\n1-0:1.7.0(03.000*kW)\n",
      "0-0:1.0.0(240229120500W)\n1-0:1.4.0(01.200*kW)\n",
      "0-0:1.0.0(240229120500W)\n1-0:1.7.0(03.000*kW)\n",
      "0-0:1.0.0(240229120500W)\n1-0:1.4.0()\n1-0:1.7.0(03.000*kW)\n"};
  for (size_t i = 0; i < COUNT_OF(parts); i++)
    assert_no_reading(given(parts[i]), "power-import-demand_projected");
}

/* A history of months in a given order; month m of the sequence 1, 2, 3 .. is
 * that many after December 2022 and has a peak of `watt[m]`. */
static const struct p1_telegram *history(const unsigned *order, size_t n,
                                         const unsigned *watt) {
  static char text[4096];
  int at =
      snprintf(text, sizeof(text), "0-0:98.1.0(%zu)(1-0:1.6.0)(1-0:1.6.0)", n);
  for (size_t i = 0; i < n; i++) {
    const unsigned month = order[i];
    const unsigned yymm = 2300 + month / 12 * 100 + month % 12 + 1;
    at +=
        snprintf(text + at, sizeof(text) - (size_t)at,
                 "(%u01000000W)(%u01000000W)(%06u*W)", yymm, yymm, watt[month]);
  }
  snprintf(text + at, sizeof(text) - (size_t)at, "\n");
  return given(text);
}

static void test_peak_average_takes_the_twelve_newest(void **state) {
  (void)state;
  /* by month: the oldest is huge, the others are 1 .. 12 kW: mean 6500 W */
  static const unsigned watt[13] = {900000, 1000,  2000, 3000, 4000,
                                    5000,   6000,  7000, 8000, 9000,
                                    10000,  11000, 12000};
  static const unsigned orders[][13] = {
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
      {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
      {5, 12, 1, 0, 7, 3, 11, 9, 2, 10, 4, 8, 6},
      {12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
  for (size_t i = 0; i < COUNT_OF(orders); i++)
    assert_reading(history(orders[i], 13, watt), "power-import-peak_average",
                   6500, 0);
  /* with twelve the huge one is among them: 966,000 / 12 */
  assert_reading(history(orders[0], 12, watt), "power-import-peak_average",
                 80500, 0);
}

static void test_peak_average_of_few_months(void **state) {
  (void)state;
  static const unsigned order[] = {0, 1, 2};
  static const unsigned watt[] = {1001, 1002, 1002};
  assert_reading(history(order, 1, watt), "power-import-peak_average", 1001, 0);
  assert_reading(history(order, 2, watt), "power-import-peak_average", 10015,
                 1);
  assert_reading(history(order, 3, watt), "power-import-peak_average", 1001667,
                 3);
  /* months that were not measured are none */
  assert_reading(given("0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)"
                       "(240101000000W)(632525252525W)(00.000*kW)"
                       "(240201000000W)(240114124500W)(03.332*kW)\n"),
                 "power-import-peak_average", 3332, 0);
  assert_no_reading(given("0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)"
                          "(240101000000W)(632525252525W)(00.000*kW)\n"),
                    "power-import-peak_average");
  assert_no_reading(given("0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)"
                          "(240101000000W)(231201000000W)"
                          "(999999999999999*W)\n"),
                    "power-import-peak_average");
}

static void test_limits(void **state) {
  (void)state;
  static const struct {
    const char *value;
    const char *name; /* NULL: none */
    int64_t number;
    unsigned decimals;
  } cases[] = {
      {"016*A", "current-limiter", 16, 0},
      {"0085*A", "current-limiter", 85, 0},
      {"016.1*kW", "power-limiter", 16100, 0},
      {"24000*W", "power-limiter", 24000, 0},
      {"90.000*kW", "power-limiter", 90000, 0},
      {"998.9*kW", "power-limiter", 998900, 0},
      {"41.4*kVA", "power-apparent_limiter", 41400, 0},
      {"077.376*kVA", "power-apparent_limiter", 77376, 0},
      {"999*A", NULL, 0, 0},
      {"999.9*A", NULL, 0, 0},
      {"999*kW", NULL, 0, 0},
      {"999.9*kW", NULL, 0, 0},
      {"0999.00*kW", NULL, 0, 0},
      {"999.9*kVA", NULL, 0, 0},
      {"99.999*kW", NULL, 0, 0},
      {"77.376", NULL, 0, 0},
      {"", NULL, 0, 0},
      {"999999999999999*W", NULL, 0, 0},
  };
  static const char *const names[] = {"current-limiter", "power-limiter",
                                      "power-apparent_limiter"};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[64];
    snprintf(text, sizeof(text), "0-0:17.0.0(%s)\n", cases[i].value);
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    assert_row(given_readings(t)->count == (cases[i].name != NULL),
               cases[i].value);
    for (size_t n = 0; n < COUNT_OF(names); n++)
      if (cases[i].name != NULL && strcmp(names[n], cases[i].name) == 0)
        assert_reading(t, names[n], cases[i].number, cases[i].decimals);
  }
}

static void test_fuses(void **state) {
  (void)state;
  static const struct {
    const char *lines;
    int64_t fuse[4]; /* all, L1, L2, L3; -1: none */
  } cases[] = {
      {"1-0:31.4.0(040*A)\n", {40, -1, -1, -1}},
      {"1-0:31.4.0(999*A)\n", {-1, -1, -1, -1}},
      {"1-0:31.4.0(999.99*A)\n", {-1, -1, -1, -1}},
      {"1-0:31.4.0()\n", {-1, -1, -1, -1}},
      {"1-0:31.4.0(63*A)\n1-0:51.4.0(50*A)\n1-0:71.4.0(40*A)\n",
       {-1, 63, 50, 40}},
      {"1-0:31.4.0(999*A)\n1-0:51.4.0(50*A)\n1-0:71.4.0(999*A)\n",
       {-1, -1, 50, -1}},
      {"1-0:31.4.0(63*A)\n1-0:71.4.0(40*A)\n", {-1, 63, -1, 40}},
      {"1-1:31.4.0(100*A)(-063*A)\n", {100, -1, -1, -1}},
      {"1-1:31.4.0(65*A,-65*A)\n", {65, -1, -1, -1}},
      {"1-0:31.4.0(40*A)\n1-1:31.4.0(100*A)(-063*A)\n", {40, -1, -1, -1}},
      {"1-0:51.4.0(50*A)\n1-1:31.4.0(100*A)(-063*A)\n", {-1, -1, 50, -1}},
      /* Lithuania: a mean of 300 s stands under the code */
      {"1-0:31.4.0(4*A)\n1-0:51.4.0(5*A)\n1-0:71.4.0(6*A)\n"
       "1-0:32.24.0(0000.229*kV)\n",
       {-1, -1, -1, -1}},
      {"1-0:31.4.0(4*A)\n1-0:16.24.0(0.008*kW)\n", {-1, -1, -1, -1}},
  };
  static const char *const names[] = {"current-fuse", "current-fuse-L1",
                                      "current-fuse-L2", "current-fuse-L3"};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct p1_telegram *t = given(cases[i].lines);
    assert_clean(t);
    for (size_t n = 0; n < 4; n++)
      if (cases[i].fuse[n] >= 0)
        assert_reading(t, names[n], cases[i].fuse[n], 0);
      else
        assert_no_reading(t, names[n]);
  }
  assert_reading(given("1-0:31.4.0(040.00*A)\n"), "current-fuse", 4000, 2);
  assert_no_reading(given_text("/ESO5\\MADEUP\n\n1-0:31.4.0(0000.004*kA)\n!"),
                    "current-fuse");
}

static void test_stand_ins(void **state) {
  (void)state;
  assert_reading(given("0-0:96.50.68(ON)\n"), "gauge-breaker", 1, 0);
  assert_reading(given("0-0:96.50.68(OFF)\n"), "gauge-breaker", 0, 0);
  assert_reading(given("0-0:96.50.68(ON)\n0-0:96.3.10(2)\n"), "gauge-breaker",
                 2, 0);
  assert_no_reading(given("0-0:96.50.68(MAYBE)\n"), "gauge-breaker");
  assert_reading(given("1-0:42.1.0(00.042*kW)\n1-0:42.7.0(00.043*kW)\n"),
                 "power-export-L2", 43, 0);
}

static void test_tariff_numbers(void **state) {
  (void)state;
  assert_reading(given("0-0:96.14.0(0002)\n"), "gauge-tariff", 2, 0);
  assert_reading(given("0-0:96.14.0(01)\n"), "gauge-tariff", 1, 0);
  assert_reading(given("0-0:96.14.0(TARIFF 1)\n"), "gauge-tariff", 1, 0);
  assert_no_reading(given("0-0:96.14.0(5431)\n"), "gauge-tariff");
  assert_no_reading(given("0-0:96.14.0(NIGHT)\n"), "gauge-tariff");
}

/* Each row of the catalogue with a number of its own unit, one at a time: it
 * is published under its name, or not at all. */
static void test_every_row_has_its_reading(void **state) {
  (void)state;
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    const bool number = row->kind == P1_KIND_NUMBER ||
                        row->kind == P1_KIND_COUNT ||
                        row->kind == P1_KIND_FACTOR ||
                        row->kind == P1_KIND_STATE || row->kind == P1_KIND_PEAK;
    if (!number || id == P1_ID_LIMITER)
      continue;
    const bool any = row->code[1] == P1_CHANNEL_ANY;
    char text[64], name[P1_READING_NAME_MAX];
    snprintf(text, sizeof(text), "%u-%u:%u.%u.%u(1%s%s)\n", row->code[0],
             any ? 4 : row->code[1], row->code[2], row->code[3], row->code[4],
             row->unit != P1_UNIT_NONE ? "*" : "",
             p1_unit_name((enum p1_unit)row->unit));
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    if (row->stat != P1_STAT_NONE) {
      snprintf(name, sizeof(name), "%s-%s%s", row->type, row->instance,
               any ? "-4" : "");
      if (id == P1_ID_FUSE_L2 || id == P1_ID_FUSE_L3)
        assert_int_equal(given_readings(t)->count, 1);
      assert_reading(t, name, 1, 0);
    } else if (id != P1_ID_POWER_NET_SIGNED &&
               id != P1_ID_POWER_EXPORT_L2_ENE && id != P1_ID_DISCONNECTOR &&
               id != P1_ID_CURRENT_LIMITS) {
      if (given_readings(t)->count != 0)
        fail_msg("%s gives a reading", text);
    }
  }
}

/* All that the catalogue has in one telegram, with a gas meter on every
 * channel: there is a place for it, and the limit is not far above. */
static void test_places_for_all_readings(void **state) {
  (void)state;
  static char text[GIVEN_MAX];
  int n = snprintf(text, sizeof(text),
                   "0-0:1.0.0(240229134500W)\n0-0:17.0.0(1*W)\n"
                   "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240201000000W)"
                   "(240114124500W)(1*W)\n7-0:23.1.0(1*m3)\n7-0:24.4.0(1)\n");
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    if (row->kind != P1_KIND_DERIVED && row->stat != P1_STAT_NONE &&
        row->code[1] != P1_CHANNEL_ANY)
      n += snprintf(text + n, sizeof(text) - (size_t)n, "%u-%u:%u.%u.%u(1%s)\n",
                    row->code[0], row->code[1], row->code[2], row->code[3],
                    row->code[4], p1_unit_name((enum p1_unit)row->unit));
  }
  for (unsigned channel = 1; channel <= 9; channel++)
    n += snprintf(text + n, sizeof(text) - (size_t)n,
                  "0-%u:96.3.10(1)\n0-%u:24.2.3(1*m3)\n0-%u:24.4.0(1)\n"
                  "0-%u:24.1.0(003)\n",
                  channel, channel, channel, channel);
  const struct p1_telegram *t = given(text);
  assert_clean(t);
  const struct p1_readings *readings = given_readings(t);
  assert_int_equal(readings->dropped, 0);
  assert_in_range(readings->count, P1_READINGS_MAX * 3 / 4, P1_READINGS_MAX);
}

static void test_names(void **state) {
  (void)state;
  char text[P1_READING_NAME_MAX];
  assert_int_equal(p1_reading_name(P1_ID_GAS, 2, text, sizeof(text)), 14);
  assert_string_equal(text, "gauge-gas_m3-2");
  assert_int_equal(p1_reading_instance(P1_ID_GAS, 0, text, sizeof(text)), 6);
  assert_string_equal(text, "gas_m3");
  assert_int_equal(p1_reading_instance(P1_ID_RELAY, 4, text, sizeof(text)), 7);
  assert_string_equal(text, "relay-4");
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const size_t n = p1_reading_name((enum p1_id)id, 9, text, sizeof(text));
    assert_int_equal(n, strlen(text));
    assert_true(n + 1 < sizeof(text)); /* nothing was cut off */
  }
  for (size_t size = 1; size <= 15; size++) {
    char small[16];
    memset(small, '?', sizeof(small));
    p1_reading_name(P1_ID_GAS, 2, small, size);
    assert_int_equal(strlen(small), size - 1);
    assert_memory_equal(small, "gauge-gas_m3-2", size - 1);
    assert_int_equal(small[size], '?');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_readings_of_a_whole_telegram),
      cmocka_unit_test(test_net_power),
      cmocka_unit_test(test_projected_demand),
      cmocka_unit_test(test_peak_average_takes_the_twelve_newest),
      cmocka_unit_test(test_peak_average_of_few_months),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_fuses),
      cmocka_unit_test(test_stand_ins),
      cmocka_unit_test(test_tariff_numbers),
      cmocka_unit_test(test_every_row_has_its_reading),
      cmocka_unit_test(test_places_for_all_readings),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
