/*
 * test_reading_deviations.c - what meters in the field make of M-Bus devices,
 * lists and phases, and what it gives to publish.
 */
#include "given_readings.h"
#include "p1/lists.h"

static void test_peak_in_reverse_order(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.6.0(08.796*kW)(260102010000)\n"
                                      "1-0:2.6.0(260102010000)(00.796*kW)\n");
  assert_clean(t);
  assert_value(t, P1_ID_PEAK_IMPORT, 8796, 0, P1_UNIT_W);
  assert_value(t, P1_ID_PEAK_EXPORT, 796, 0, P1_UNIT_W);
  /* 2026-01-02 is day 20,455 */
  const int64_t when = 20455LL * 86400 + 3600;
  assert_int_equal(given_object(t, P1_ID_PEAK_IMPORT)->time.local, when);
  assert_int_equal(given_object(t, P1_ID_PEAK_EXPORT)->time.local, when);
}

/* The history's line is cut off, and a second clock with a letter that is no
 * season stands where its records should be. */
static void test_history_that_breaks_off(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(220115101010W)\n"
                                      "0-0:98.1.0\n(\n"
                                      "0-0:1.0.0(220201000000T)\n"
                                      "1-0:1.7.0(00.318*kW)\n");
  assert_int_equal(t->unknown, 0);
  assert_true(t->time.valid);
  /* 2022-01-15 is day 19,007 */
  assert_int_equal(t->time.local, 19007LL * 86400 + 10 * 3600 + 610);
  assert_value(t, P1_ID_POWER_IMPORT, 318, 0, P1_UNIT_W);
  assert_no_reading(t, "power-import-peak_average");
}

static void test_transformer_ratios(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:0.4.2(995)\n1-0:0.4.3(000.01)\n");
  assert_clean(t);
  assert_int_equal(t->count, 2);
  assert_int_equal(given_readings(t)->count, 0);
}

/* Stamps that no clock shows: unset octets, printed in decimal. The reading
 * beside them counts as fresh when it counts anything. */
static void test_captures_that_no_clock_shows(void **state) {
  (void)state;
  static const char *const stamps[] = {"632525252525S", "632525252525W",
                                       "35255255255255255S", "xyz"};
  for (size_t i = 0; i < COUNT_OF(stamps); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-0:1.0.0(240229134500W)\n0-1:24.1.0(003)\n"
             "0-1:96.1.1(3747)\n0-1:24.2.3(%s)(00112.384*m3)\n",
             stamps[i]);
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    const struct p1_object *gas = given_object(t, P1_ID_MBUS_READING_BE);
    assert_row(gas->has_time && !gas->time.valid, stamps[i]);
    assert_reading(t, "gauge-gas_m3", 112384, 3);
  }
}

/* The epochs of two kinds of clock: old beside a clock that is set. */
static void test_captures_at_an_epoch(void **state) {
  (void)state;
  static const char *const stamps[] = {"700101010000W", "000101000000W",
                                       "000101010000W"};
  for (size_t i = 0; i < COUNT_OF(stamps); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-0:1.0.0(240229134500W)\n0-1:24.1.0(003)\n"
             "0-1:24.2.1(%s)(00112.384*m3)\n",
             stamps[i]);
    assert_no_reading(given(text), "gauge-gas_m3");
  }
}

/* A meter whose own clock was never set goes on; no age can be told by it. */
static void test_meter_clock_never_set(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(000101010000W)\n"
                                      "1-0:1.7.0(00.318*kW)\n"
                                      "0-1:24.1.0(003)\n"
                                      "0-1:24.2.1(231224180000W)(12.345*m3)\n"
                                      "0-2:24.1.0(007)\n"
                                      "0-2:24.2.1(000101010000W)(1.000*m3)\n");
  assert_clean(t);
  assert_reading(t, "power-import", 318, 0);
  assert_reading(t, "gauge-gas_m3", 12345, 3);
  assert_reading(t, "gauge-water_m3", 1000, 3);
}

static void test_meter_clock_in_the_future(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(991231235959W)\n"
                                      "1-0:1.7.0(00.318*kW)\n");
  assert_clean(t);
  assert_reading(t, "power-import", 318, 0);
  t = given("0-0:1.0.0(691231235959W)\n1-0:1.7.0(00.318*kW)\n"
            "0-1:24.1.0(003)\n0-1:24.2.1(691231235900W)(1.000*m3)\n");
  assert_reading(t, "power-import", 318, 0);
  assert_reading(t, "gauge-gas_m3", 1000, 3);
}

static void test_hungarian_snapshot(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given("0-0:98.1.0(240201000000W)(000249.070*kWh)(000100.816*kWh)"
            "(000003.513*kvarh)(000296.974*kWh)(04.872*kW)(04.000*kW)\n"
            "1-0:1.8.0(000250.000*kWh)\n");
  assert_clean(t);
  struct p1_list_cursor cursor = {0};
  struct p1_month_peak peak;
  assert_false(p1_list_month_peak(t, &cursor, &peak));
  assert_no_reading(t, "power-import-peak_average");
  assert_reading(t, "energy_wh-import", 250000, 0);
}

static void test_history_without_records(void **state) {
  (void)state;
  static const char *const lines[] = {"0-0:98.1.0(12)\n", "0-0:98.1.0()\n",
                                      "0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)()\n",
                                      "0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)\n"};
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    const struct p1_telegram *t = given(lines[i]);
    assert_clean(t);
    assert_no_reading(t, "power-import-peak_average");
  }
}

/* The old meter goes on being printed on channel 1 after it was replaced. */
static void test_two_gas_meters_of_which_one_is_gone(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(240229134500W)\n"
                                      "0-1:24.1.0(003)\n0-1:96.1.0()\n"
                                      "0-1:24.2.1(700101010000W)(00000000)\n"
                                      "0-2:24.1.0(003)\n0-2:96.1.0(3747)\n"
                                      "0-2:24.2.1(240229130000W)(02.500*m3)\n");
  assert_clean(t);
  assert_reading(t, "gauge-gas_m3", 2500, 3);
  assert_no_reading(t, "gauge-gas_m3-1");
  assert_no_reading(t, "gauge-gas_m3-2");
}

static void test_gas_on_any_channel(void **state) {
  (void)state;
  for (unsigned channel = 1; channel <= 9; channel++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-%u:24.1.0(003)\n0-%u:24.2.1(240229130000W)(02.500*m3)\n",
             channel, channel);
    assert_reading(given(text), "gauge-gas_m3", 2500, 3);
  }
}

static void test_mbus_blocks_in_any_order(void **state) {
  (void)state;
  static const char *const lines[] = {"0-3:24.1.0(003)\n", "0-3:96.1.0(3747)\n",
                                      "0-3:24.2.1(240229130000W)(02.500*m3)\n",
                                      "0-3:24.4.0(1)\n"};
  for (unsigned order = 0; order < 24; order++) {
    unsigned left[4] = {0, 1, 2, 3};
    char text[256] = "";
    for (unsigned n = 4, code = order; n > 0; code /= n, n--) {
      const unsigned pick = code % n;
      strcat(text, lines[left[pick]]);
      memmove(left + pick, left + pick + 1, (n - pick - 1) * sizeof(*left));
    }
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    assert_reading(t, "gauge-gas_m3", 2500, 3);
    assert_reading(t, "gauge-gas_valve", 1, 0);
  }
}

static void test_device_types_of_any_width(void **state) {
  (void)state;
  static const char *const widths[] = {"3", "03", "003"};
  for (size_t i = 0; i < COUNT_OF(widths); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-1:24.1.0(%s)\n0-1:24.2.1(240229130000W)(02.500*m3)\n",
             widths[i]);
    assert_reading(given(text), "gauge-gas_m3", 2500, 3);
  }
}

/* Three phases without neutral, phases that are not there, phases that carry
 * current but no power: what is printed is published, as it stands. */
static void test_phases_are_taken_as_printed(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:32.7.0(131.2*V)\n"
                                      "1-0:52.7.0(000.0*V)\n"
                                      "1-0:72.7.0(001.0*V)\n"
                                      "1-0:51.7.0(007.74*A)\n"
                                      "1-0:41.7.0(00.000*kW)\n"
                                      "1-0:42.7.0(00.000*kW)\n"
                                      "1-0:71.7.0(000.00*A)\n");
  assert_clean(t);
  assert_int_equal(given_readings(t)->count, 7);
  assert_reading(t, "voltage-L1", 1312, 1);
  assert_reading(t, "voltage-L2", 0, 1);
  assert_reading(t, "voltage-L3", 10, 1);
  assert_reading(t, "current-L2", 774, 2);
  assert_reading(t, "power-import-L2", 0, 0);
  assert_reading(t, "power-export-L2", 0, 0);
  assert_reading(t, "current-L3", 0, 2);
}

static void test_box_with_heat_alone(void **state) {
  (void)state;
  static const char *const types[] = {"004", "012"};
  for (size_t i = 0; i < COUNT_OF(types); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "/NWA-MADEUPLINK\n\n0-0:1.0.0(240229134500W)\n0-1:24.1.0(%s)\n"
             "0-1:96.1.0(3747)\n0-1:24.2.1(240229134500W)(93.435*GJ)\n!",
             types[i]);
    const struct p1_telegram *t = given_text(text);
    assert_clean(t);
    assert_int_equal(given_readings(t)->count, 1);
    assert_reading(t, "energy-heat_GJ", 93435, 3);
  }
}

static void test_heat_under_the_name_of_gas(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-1:24.1.0(003)\n"
                                      "0-1:24.2.1(240229130000W)(3.829*GJ)\n");
  assert_reading(t, "energy-heat_GJ", 3829, 3);
  assert_no_reading(t, "gauge-gas_m3");
}

/* DSMR 2.2 and 3.0: the value stands on a line of its own, its unit does not
 * stand beside it. */
static void test_hourly_profile(void **state) {
  (void)state;
  static const char *const ends[] = {"\n(00872.234)\n", "(00872.234)\n",
                                     "\n\n(00872.234) \n"};
  for (size_t i = 0; i < COUNT_OF(ends); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-1:24.1.0(3)\n0-1:24.3.0(240229130000)(08)(60)(1)"
             "(0-1:24.2.1)(m3)%s0-1:24.4.0(1)\n",
             ends[i]);
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    assert_value(t, P1_ID_MBUS_READING_HOURLY, 872234, 3, P1_UNIT_M3);
    assert_reading(t, "gauge-gas_m3", 872234, 3);
    assert_reading(t, "gauge-gas_valve", 1, 0);
  }
  assert_reading(given("0-4:24.1.0(10)\n0-4:24.3.1(240229130000)(00)(60)(1)"
                       "(0-4:24.2.1)(GJ)\n(00000.015)\n"),
                 "energy-cooling_GJ", 15, 3);
}

/* NTA 8130: 24 hours of gas under one code, the stamp after the value. */
static void test_day_of_gas_readings(void **state) {
  (void)state;
  char text[4096] = "";
  for (unsigned hour = 0; hour < 24; hour++)
    snprintf(text + strlen(text), sizeof(text) - strlen(text),
             "7-0:23.1.0*255(000%02u.500*m3)(24-02-29 %02u:00:00)\n",
             (hour + 12) % 24, (hour + 12) % 24);
  strcat(text, "7-0:24.4.0*255(1)\n0-3:96.1.0*255(3747)\n");
  const struct p1_telegram *t = given(text);
  assert_clean(t);
  assert_value(t, P1_ID_GAS_HOURLY, 23500, 3, P1_UNIT_M3);
  assert_reading(t, "gauge-gas_m3", 23500, 3);
  assert_reading(t, "gauge-gas_valve", 1, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_peak_in_reverse_order),
      cmocka_unit_test(test_history_that_breaks_off),
      cmocka_unit_test(test_transformer_ratios),
      cmocka_unit_test(test_captures_that_no_clock_shows),
      cmocka_unit_test(test_captures_at_an_epoch),
      cmocka_unit_test(test_meter_clock_never_set),
      cmocka_unit_test(test_meter_clock_in_the_future),
      cmocka_unit_test(test_hungarian_snapshot),
      cmocka_unit_test(test_history_without_records),
      cmocka_unit_test(test_two_gas_meters_of_which_one_is_gone),
      cmocka_unit_test(test_gas_on_any_channel),
      cmocka_unit_test(test_mbus_blocks_in_any_order),
      cmocka_unit_test(test_device_types_of_any_width),
      cmocka_unit_test(test_phases_are_taken_as_printed),
      cmocka_unit_test(test_box_with_heat_alone),
      cmocka_unit_test(test_heat_under_the_name_of_gas),
      cmocka_unit_test(test_hourly_profile),
      cmocka_unit_test(test_day_of_gas_readings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
