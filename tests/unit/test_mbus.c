/*
 * test_mbus.c - which device hangs on which channel, what it measures, and
 * whether it still lives.
 */
#include "given_readings.h"

static struct p1_device devices[P1_DEVICES_MAX];

static size_t list(const char *lines) {
  memset(devices, 0xA5, sizeof(devices));
  return p1_mbus_devices(given(lines), GIVEN_MBUS_TIMEOUT, devices);
}

/* The unit beats the type, the type decides between media of one unit. */
static void test_what_a_device_measures(void **state) {
  (void)state;
  static const struct {
    const char *type; /* "" for none printed */
    const char *value;
    const char *name; /* "" for nothing published */
    enum p1_medium medium;
  } cases[] = {
      {"(003)", "12.500*m3", "gauge-gas_m3", P1_MEDIUM_GAS},
      {"(007)", "12.500*m3", "gauge-water_m3", P1_MEDIUM_WATER},
      {"(022)", "12.500*m3", "gauge-water_m3", P1_MEDIUM_WATER},
      {"(006)", "12.500*m3", "gauge-warm_water_m3", P1_MEDIUM_WARM_WATER},
      {"(021)", "12.500*m3", "gauge-warm_water_m3", P1_MEDIUM_WARM_WATER},
      {"(004)", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(012)", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(013)", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(010)", "12.500*GJ", "energy-cooling_GJ", P1_MEDIUM_COOLING},
      {"(011)", "12.500*GJ", "energy-cooling_GJ", P1_MEDIUM_COOLING},
      {"(004)", "00012.5*kWh", "energy_wh-heat", P1_MEDIUM_HEAT},
      {"(012)", "00012.5*kWh", "energy_wh-heat", P1_MEDIUM_HEAT},
      {"(013)", "00012.5*kWh", "energy_wh-heat", P1_MEDIUM_HEAT},
      {"(010)", "00012.5*kWh", "energy_wh-cooling", P1_MEDIUM_COOLING},
      {"(003)", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(007)", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(003)", "00012.5*kWh", "energy_wh-heat", P1_MEDIUM_HEAT},
      {"", "12.500*GJ", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"(002)", "00012.5*kWh", "", P1_MEDIUM_ELECTRICITY},
      {"(004)", "12.500*m3", "", P1_MEDIUM_UNKNOWN},
      {"(010)", "12.500*m3", "", P1_MEDIUM_UNKNOWN},
      {"(040)", "12.500*m3", "", P1_MEDIUM_UNKNOWN},
      {"(008)", "12.500", "", P1_MEDIUM_UNKNOWN},
      {"", "12.500*m3", "", P1_MEDIUM_UNKNOWN},
      {"()", "12.500*m3", "", P1_MEDIUM_UNKNOWN},
      /* without a unit, the one that the type has */
      {"(003)", "12.500", "gauge-gas_m3", P1_MEDIUM_GAS},
      {"(004)", "12.500", "energy-heat_GJ", P1_MEDIUM_HEAT},
      {"", "12.500", "", P1_MEDIUM_UNKNOWN},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[256], row[64];
    snprintf(row, sizeof(row), "%s %s", cases[i].type, cases[i].value);
    snprintf(text, sizeof(text), "%s%s%s0-1:24.2.1(240229130000W)(%s)\n",
             cases[i].type[0] != '\0' ? "0-1:24.1.0" : "", cases[i].type,
             cases[i].type[0] != '\0' ? "\n" : "", cases[i].value);
    assert_row(list(text) == 1, row);
    assert_row(devices[0].medium == cases[i].medium, row);
    const struct p1_readings *readings = given_readings(given(text));
    assert_row(readings->count == (cases[i].name[0] != '\0' ? 1 : 0), row);
    if (cases[i].name[0] != '\0')
      assert_reading_in(readings, cases[i].name, 12500,
                        strncmp(cases[i].name, "energy_wh", 9) == 0 ? 0 : 3);
  }
}

/* Codes under which nothing but gas is printed need no type. */
static void test_gas_without_a_type(void **state) {
  (void)state;
  assert_reading(given("0-1:24.2.3(240229130000W)(12.500*m3)\n"),
                 "gauge-gas_m3", 12500, 3);
  assert_reading(given("7-0:23.1.0*255(12.500*m3)(24-02-29 13:00:00)\n"),
                 "gauge-gas_m3", 12500, 3);
  /* but a type that is printed counts: an e-MUCS example has water so */
  assert_reading(given("0-1:24.1.0(007)\n"
                       "0-1:24.2.3(240229130000W)(12.500*m3)\n"),
                 "gauge-water_m3", 12500, 3);
  assert_no_reading(given("0-1:24.1.0(040)\n"
                          "0-1:24.2.3(240229130000W)(12.500*m3)\n"),
                    "gauge-gas_m3");
}

/* What opens and closes at other devices is no gas valve. */
static void test_valves_of_other_devices(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-1:24.1.0(004)\n0-1:24.4.0(1)\n"
                                      "0-1:24.2.1(240229130000W)(1.500*GJ)\n"
                                      "0-2:24.1.0(007)\n0-2:24.4.0(1)\n"
                                      "0-2:24.2.1(240229130000W)(1.500*m3)\n");
  assert_clean(t);
  assert_no_reading(t, "gauge-gas_valve");
  assert_int_equal(given_readings(t)->count, 2);
}

static void test_megajoules(void **state) {
  (void)state;
  assert_reading(given("0-1:24.1.0(004)\n"
                       "0-1:24.2.1(240229130000W)(12500*MJ)\n"),
                 "energy-heat_GJ", 12500, 3);
}

static void test_what_is_known_of_a_device(void **state) {
  (void)state;
  const size_t n = list("0-0:1.0.0(240229134500W)\n"
                        "0-4:96.1.2(3534)\n"
                        "0-2:24.2.1(240229130000W)(12.500*m3)\n"
                        "0-2:24.4.0(1)\n"
                        "0-2:96.1.0(3747)\n"
                        "0-2:24.1.0(003)\n"
                        "0-0:96.1.1(4530)\n"
                        "0-1:96.3.10(1)\n"
                        "0-3:24.1.0(007)\n"
                        "0-3:96.1.1()\n0-3:96.1.0(3748)\n");
  assert_int_equal(n, 3);
  const struct p1_device *gas = &devices[0];
  assert_int_equal(gas->channel, 2);
  assert_int_equal(gas->type, 3);
  assert_int_equal(gas->reading->value.number, 12500);
  assert_int_equal(gas->valve->value.number, 1);
  assert_int_equal(gas->name->id, P1_ID_MBUS_SERIAL);
  assert_int_equal(gas->age_s, 45 * 60);
  assert_true(gas->live);
  assert_int_equal(gas->suffix, 0);
  const struct p1_device *water = &devices[1];
  assert_int_equal(water->channel, 3);
  assert_int_equal(water->medium, P1_MEDIUM_WATER);
  assert_null(water->reading);
  assert_null(water->valve);
  assert_int_equal(water->name->id, P1_ID_MBUS_SERIAL);
  assert_int_equal(water->age_s, -1);
  assert_false(water->live);
  assert_int_equal(devices[2].channel, 4);
  assert_int_equal(devices[2].type, -1);
  assert_null(devices[2].name);
  assert_false(devices[2].live);
  assert_int_equal(list("1-0:1.7.0(00.318*kW)\n0-1:96.3.10(1)\n"), 0);
}

static void test_channels_that_are_dead(void **state) {
  (void)state;
  static const char *const blocks[] = {
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n",
      "0-1:24.1.0(003)\n0-1:24.2.1()\n",
      "0-1:24.1.0(003)\n0-1:24.2.1(240229130000W)()\n",
      "0-1:24.1.0(000)\n0-1:24.2.1(240229130000W)(12.500*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0()\n0-1:24.2.1(700101010000W)(00000000)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n"
      "0-1:24.2.1(632525252525S)(00000.000)\n",
      "0-1:24.1.0(003)\n0-1:24.2.1(632525252525W)(00000.000*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.1()\n"
      "0-1:24.2.3(240229130000W)(00000.000*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0()\n0-1:24.2.1(0)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n"
      "0-1:24.2.1(231231235959W)(12.500*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n0-1:24.2.1(240229130000W)(x)\n"};
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    char text[256];
    snprintf(text, sizeof(text), "0-0:1.0.0(240229134500W)\n%s", blocks[i]);
    assert_row(list(text) == 1, blocks[i]);
    assert_row(!devices[0].live, blocks[i]);
    assert_row(given_readings(given(text))->count == 0, blocks[i]);
  }
}

static void test_channels_that_live(void **state) {
  (void)state;
  static const char *const blocks[] = {
      /* a new meter has counted nothing yet */
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n"
      "0-1:24.2.1(240229130000W)(00000.000*m3)\n",
      "0-1:24.1.0(003)\n0-1:24.2.1(240229130000W)(00000.000*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n0-1:24.2.1(0)\n",
      /* what cannot be judged */
      "0-1:24.1.0(003)\n0-1:96.1.0()\n"
      "0-1:24.2.1(240229130000W)(12.500*m3)\n",
      "0-1:24.1.0(003)\n0-1:96.1.0(3747)\n"
      "0-1:24.2.1(632525252525S)(12.500*m3)\n",
      "0-1:24.1.0(003)\n0-1:24.2.1(12.500*m3)\n",
      "0-1:24.1.0(003)\n0-1:24.2.1(240301130000W)(12.500*m3)\n"};
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    char text[256];
    snprintf(text, sizeof(text), "0-0:1.0.0(240229134500W)\n%s", blocks[i]);
    assert_row(list(text) == 1, blocks[i]);
    assert_row(devices[0].live, blocks[i]);
    assert_row(given_readings(given(text))->count == 1, blocks[i]);
  }
}

static void test_age(void **state) {
  (void)state;
  static const struct {
    const char *telegram, *capture;
    int64_t age;
    bool live;
  } cases[] = {
      {"240229134500W", "240229134500W", 0, true},
      {"240229134500W", "240229104500W", 10800, true},
      {"240229134500W", "240229104459W", 10801, false},
      {"240301000000W", "240229235959W", 1, true},
      {"240101000500W", "231231235500W", 600, true},
      {"230301000500W", "230228235500W", 600, true},
      /* the hour that comes twice, and the one that does not come */
      {"241027023000W", "241027023000S", 3600, true},
      {"241027020000W", "241027025959S", 1, true},
      {"240331030000S", "240331015959W", 1, true},
      /* a Swedish clock keeps standard time all year */
      {"240701120000W", "240701110000W", 3600, true},
      {"240229134500W", "240229134501W", -1, true},
      {"240229134500W", "250228134500W", -1, true},
      {"632525252525W", "240229134500W", -1, true},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "0-0:1.0.0(%s)\n0-1:24.1.0(003)\n0-1:24.2.1(%s)(12.500*m3)\n",
             cases[i].telegram, cases[i].capture);
    assert_int_equal(list(text), 1);
    assert_row(devices[0].age_s == cases[i].age, cases[i].capture);
    assert_row(devices[0].live == cases[i].live, cases[i].capture);
  }
}

static void test_time_out_is_the_callers(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given("0-0:1.0.0(240229134500W)\n0-1:24.1.0(003)\n"
            "0-1:24.2.1(240229134000W)(12.500*m3)\n");
  assert_int_equal(p1_mbus_devices(t, 300, devices), 1);
  assert_true(devices[0].live);
  assert_int_equal(p1_mbus_devices(t, 299, devices), 1);
  assert_false(devices[0].live);
  assert_int_equal(p1_mbus_devices(t, 0, devices), 1);
  assert_false(devices[0].live);
}

static void test_second_device_of_a_medium(void **state) {
  (void)state;
  static const char one[] = "0-1:24.1.0(003)\n0-1:24.4.0(0)\n"
                            "0-1:24.2.1(240229130000W)(01.000*m3)\n";
  static const char three[] = "0-3:24.1.0(003)\n0-3:24.4.0(1)\n"
                              "0-3:24.2.1(240229134000W)(03.000*m3)\n";
  static const char water[] = "0-2:24.1.0(007)\n"
                              "0-2:24.2.1(240229134000W)(02.000*m3)\n";
  for (unsigned order = 0; order < 2; order++) {
    char text[512];
    snprintf(text, sizeof(text), "0-0:1.0.0(240229134500W)\n%s%s%s",
             order == 0 ? one : three, water, order == 0 ? three : one);
    assert_int_equal(list(text), 3);
    assert_int_equal(devices[0].suffix, 0);
    assert_int_equal(devices[1].suffix, 0);
    assert_int_equal(devices[2].suffix, 3);
    const struct p1_telegram *t = given(text);
    assert_reading(t, "gauge-gas_m3", 1000, 3);
    assert_reading(t, "gauge-gas_valve", 0, 0);
    assert_reading(t, "gauge-gas_m3-3", 3000, 3);
    assert_reading(t, "gauge-gas_valve-3", 1, 0);
    assert_reading(t, "gauge-water_m3", 2000, 3);
    assert_int_equal(given_readings(t)->count, 5);
  }
}

/* A replaced meter leaves the plain name to the one after it. */
static void test_dead_devices_take_no_name(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(240229134500W)\n"
                                      "0-1:24.1.0(003)\n"
                                      "0-1:24.2.1(230228134500W)(01.000*m3)\n"
                                      "0-2:24.1.0(000)\n"
                                      "0-2:24.2.1(240229134500W)(02.000*m3)\n"
                                      "0-3:24.1.0(003)\n"
                                      "0-3:24.2.1(240229134500W)(03.000*m3)\n"
                                      "0-4:24.1.0(003)\n"
                                      "0-4:24.2.1(240229134500W)(04.000*m3)\n");
  assert_reading(t, "gauge-gas_m3", 3000, 3);
  assert_reading(t, "gauge-gas_m3-4", 4000, 3);
  assert_int_equal(given_readings(t)->count, 2);
}

static void test_latest_of_several_readings(void **state) {
  (void)state;
  static const char a[] = "0-1:24.2.1(240229120000W)(01.000*m3)\n";
  static const char b[] = "0-1:24.2.3(240229130000W)(02.000*m3)\n";
  static const char unset[] = "0-1:24.3.0(632525252525)(00)(60)(1)"
                              "(0-1:24.2.1)(m3)(03.000)\n";
  static const char empty[] = "0-1:24.2.1()\n";
  const char *const lines[][3] = {{a, b, unset},     {b, a, unset},
                                  {unset, b, a},     {unset, a, b},
                                  {b, unset, empty}, {empty, b, unset}};
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    char text[512];
    snprintf(text, sizeof(text), "0-1:24.1.0(003)\n%s%s%s", lines[i][0],
             lines[i][1], lines[i][2]);
    const struct p1_telegram *t = given(text);
    assert_clean(t);
    assert_reading(t, "gauge-gas_m3", 2000, 3);
  }
}

static void test_a_device_on_every_channel(void **state) {
  (void)state;
  char text[2048] = "7-0:23.1.0*255(10.000*m3)(24-02-29 13:00:00)\n"
                    "0-10:24.1.0(003)\n0-10:24.2.1(1*m3)\n"
                    "0-255:24.1.0(003)\n0-255:24.2.1(1*m3)\n";
  for (unsigned channel = 9; channel >= 1; channel--)
    snprintf(text + strlen(text), sizeof(text) - strlen(text),
             "0-%u:24.2.1(240229130000W)(%u.000*m3)\n0-%u:24.1.0(003)\n",
             channel, channel, channel);
  assert_int_equal(list(text), P1_DEVICES_MAX);
  for (unsigned channel = 0; channel < P1_DEVICES_MAX; channel++) {
    assert_int_equal(devices[channel].channel, channel);
    assert_int_equal(devices[channel].suffix, channel);
    assert_int_equal(devices[channel].reading->value.number,
                     channel == 0 ? 10000 : channel * 1000);
  }
  const struct p1_telegram *t = given(text);
  assert_int_equal(t->unknown, 4);
  assert_reading(t, "gauge-gas_m3", 10000, 3);
  assert_reading(t, "gauge-gas_m3-9", 9000, 3);
  assert_int_equal(given_readings(t)->count, P1_DEVICES_MAX);
}

static void test_names_of_media(void **state) {
  (void)state;
  static const char *const names[] = {"unknown", "electricity", "gas",
                                      "water",   "warm_water",  "heat",
                                      "cooling"};
  for (size_t i = 0; i < COUNT_OF(names); i++)
    assert_string_equal(p1_medium_name((enum p1_medium)i), names[i]);
  assert_string_equal(p1_medium_name((enum p1_medium)COUNT_OF(names)),
                      "unknown");
  assert_string_equal(p1_medium_name((enum p1_medium) - 1), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_a_device_measures),
      cmocka_unit_test(test_gas_without_a_type),
      cmocka_unit_test(test_valves_of_other_devices),
      cmocka_unit_test(test_megajoules),
      cmocka_unit_test(test_what_is_known_of_a_device),
      cmocka_unit_test(test_channels_that_are_dead),
      cmocka_unit_test(test_channels_that_live),
      cmocka_unit_test(test_age),
      cmocka_unit_test(test_time_out_is_the_callers),
      cmocka_unit_test(test_second_device_of_a_medium),
      cmocka_unit_test(test_dead_devices_take_no_name),
      cmocka_unit_test(test_latest_of_several_readings),
      cmocka_unit_test(test_a_device_on_every_channel),
      cmocka_unit_test(test_names_of_media),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
