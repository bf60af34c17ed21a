/*
 * test_publish.c - readings of a closed interval as collectd gets them.
 */
#include "torture.h"

#include "collectd_mock.h"

#include "collectd/publish.h"

#include <stdlib.h>

/* 2026-03-29 01:00:00.250 UTC. The quarter is exact in 2^-30 s. */
#define TIME_MS INT64_C(1774746000250)
#define TIME_CD ((UINT64_C(1774746000) << 30) + (UINT64_C(1) << 28))

static int reset(void **state) {
  (void)state;
  p1_mock_reset();
  return 0;
}

static const struct p1_publish_names home = {.meter = "home"};

static struct p1_interval interval_of(const struct p1_statistic *list,
                                      uint16_t count) {
  struct p1_interval interval = {.time_ms = TIME_MS,
                                 .interval_ms = 10500,
                                 .telegrams = 10,
                                 .count = count};
  memcpy(interval.list, list, count * sizeof(*list));
  return interval;
}

static double value_of(const char *identifier) {
  const struct p1_mock_value *value = p1_mock_find(identifier);
  if (value == NULL)
    fail_msg("%s was not published", identifier);
  return value->value;
}

static const struct p1_statistic made[] = {
    /* 7 W in 4 telegrams: a mean that is no integer */
    {.id = P1_ID_POWER_IMPORT, .sum = 7, .min = 0, .max = 4, .count = 4},
    /* 100 W out, the interval's only telegram */
    {.id = P1_ID_POWER_NET, .sum = -100, .min = -100, .max = -100, .count = 1},
    {.id = P1_ID_VOLTAGE_L2,
     .sum = 4615,
     .min = 2301,
     .max = 2314,
     .count = 2,
     .decimals = 1},
    /* the largest register a telegram can hold, in Wh */
    {.id = P1_ID_ENERGY_IMPORT_T1, .sum = INT64_C(999999999999), .count = 1},
    {.id = P1_ID_GAS, .sum = 1234567, .count = 1, .decimals = 3},
    {.id = P1_ID_GAS, .sum = 1, .count = 1, .decimals = 3, .channel = 2},
};
#define MADE ((uint16_t)(sizeof(made) / sizeof(*made)))

static void identifiers_and_values(void **state) {
  (void)state;
  struct p1_interval interval = interval_of(made, MADE);
  assert_int_equal(p1_publish(&home, &interval), 6);
  assert_int_equal(p1_mock.value_count, 6);
  assert_true(value_of("mockhost/p1-home/power-import") == 1.75);
  assert_true(value_of("mockhost/p1-home/power-net") == -100);
  assert_true(value_of("mockhost/p1-home/voltage-L2") == 230.75);
  assert_true(value_of("mockhost/p1-home/energy_wh-import-T1") == 999999999999);
  assert_true(value_of("mockhost/p1-home/gauge-gas_m3") == 1234.567);
  assert_true(value_of("mockhost/p1-home/gauge-gas_m3-2") == 0.001);
}

static void times(void **state) {
  (void)state;
  struct p1_interval interval = interval_of(made, MADE);
  p1_publish(&home, &interval);
  for (size_t i = 0; i < p1_mock.value_count; i++) {
    assert_true(p1_mock.value[i].time == TIME_CD);
    /* 10.5 s, whatever the plugin's interval is. */
    assert_true(p1_mock.value[i].interval == (UINT64_C(21) << 29));
  }
}

static void host_of_the_block(void **state) {
  (void)state;
  struct p1_publish_names names = {.meter = "a_b-C", .host = "cellar.example"};
  struct p1_interval interval = interval_of(made, 1);
  p1_publish(&names, &interval);
  assert_string_equal(p1_mock.value[0].identifier,
                      "cellar.example/p1-a_b-C/power-import");
}

static void min_and_max(void **state) {
  (void)state;
  struct p1_publish_names names = {.meter = "home", .min_max = true};
  struct p1_interval interval = interval_of(made, MADE);
  /* Three means with three each, three newest with one. */
  assert_int_equal(p1_publish(&names, &interval), 12);
  assert_int_equal(p1_mock.value_count, 12);
  assert_true(value_of("mockhost/p1-home/power-import") == 1.75);
  assert_true(value_of("mockhost/p1-home/power-import-min") == 0);
  assert_true(value_of("mockhost/p1-home/power-import-max") == 4);
  assert_true(value_of("mockhost/p1-home/power-net-min") == -100);
  assert_true(value_of("mockhost/p1-home/voltage-L2") == 230.75);
  assert_true(value_of("mockhost/p1-home/voltage-L2-min") == 230.1);
  assert_true(value_of("mockhost/p1-home/voltage-L2-max") == 231.4);
  assert_null(p1_mock_find("mockhost/p1-home/gauge-gas_m3-min"));
  assert_null(p1_mock_find("mockhost/p1-home/energy_wh-import-T1-max"));
}

/* A suffix of one value must not stay in the name of the next. */
static void names_do_not_mix(void **state) {
  (void)state;
  static const struct p1_statistic list[] = {
      {.id = P1_ID_REACTIVE_IMPORT_L1, .sum = 1, .count = 1},
      {.id = P1_ID_VOLTAGE_L1, .sum = 2, .count = 1},
      {.id = P1_ID_TARIFF, .sum = 1, .count = 1},
  };
  struct p1_publish_names names = {.meter = "home", .min_max = true};
  struct p1_interval interval = interval_of(list, 3);
  p1_publish(&names, &interval);
  static const char *const expected[] = {"power-reactive_import-L1",
                                         "power-reactive_import-L1-min",
                                         "power-reactive_import-L1-max",
                                         "voltage-L1",
                                         "voltage-L1-min",
                                         "voltage-L1-max",
                                         "gauge-tariff"};
  assert_int_equal(p1_mock.value_count, 7);
  for (size_t i = 0; i < 7; i++) {
    char identifier[128];
    snprintf(identifier, sizeof(identifier), "mockhost/p1-home/%s",
             expected[i]);
    assert_string_equal(p1_mock.value[i].identifier, identifier);
  }
}

static void nothing_of_what_is_not_for_collectd(void **state) {
  (void)state;
  static const struct p1_statistic list[] = {
      {.id = P1_ID_NONE, .sum = 1, .count = 1},
      {.id = P1_ID_TIME, .sum = 1, .count = 1},  /* recognised only */
      {.id = P1_ID_POWER_IMPORT, .count = 0},    /* of no telegram */
      {.id = P1_ID_COUNT, .sum = 1, .count = 1}, /* no row */
      {.id = P1_ID_POWER_EXPORT, .sum = 0, .count = 1},
  };
  struct p1_interval interval = interval_of(list, 5);
  assert_int_equal(p1_publish(&home, &interval), 1);
  assert_int_equal(p1_mock.value_count, 1);
  assert_true(value_of("mockhost/p1-home/power-export") == 0);
}

static void nothing_of_an_empty_interval(void **state) {
  (void)state;
  struct p1_interval interval = interval_of(made, 0);
  assert_int_equal(p1_publish(&home, &interval), 0);
  assert_int_equal(p1_mock.value_count, 0);
}

/* The longest names fit: a meter of 63 characters, every row of the catalogue
 * with -min and -max. */
static void a_full_interval(void **state) {
  (void)state;
  char meter[64];
  memset(meter, 'm', 63);
  meter[63] = '\0';
  struct p1_publish_names names = {.meter = meter, .min_max = true};
  struct p1_interval interval = interval_of(made, 0);
  size_t expected = 0;
  for (int id = 0; id < P1_ID_COUNT && interval.count < P1_READINGS_MAX; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    if (row->type[0] == '\0')
      continue;
    expected += row->stat == P1_STAT_MEAN ? 3 : 1;
    interval.list[interval.count++] =
        (struct p1_statistic){.id = (uint8_t)id, .channel = 9, .count = 1};
  }
  assert_true(interval.count > 90);
  assert_int_equal(p1_publish(&names, &interval), expected);
  for (size_t i = 0; i < p1_mock.value_count; i++)
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(p1_mock.value[i].identifier,
                              p1_mock.value[j].identifier);
}

/* Looks a type up in a types.db: 1 when it is one GAUGE, 0 when it is something
 * else, -1 when it is not there. */
static int look_up(FILE *file, const char *type) {
  char line[1024];
  rewind(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    size_t length = strcspn(line, " \t\n");
    if (line[0] == '#' || length != strlen(type) ||
        strncmp(line, type, length) != 0)
      continue;
    return strstr(line, ":GAUGE:") != NULL && strchr(line, ',') == NULL;
  }
  return -1;
}

static void types_are_stock_gauges(void **state) {
  (void)state;
  static const char path[] = "/usr/share/collectd/types.db";
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    print_message("no %s here: the types are not checked\n", path);
    skip();
  }
  /* What the look-up itself is worth. */
  int absent = look_up(file, "no_such_type");
  int derive = look_up(file, "total_events");
  int pair = look_up(file, "load");
  int wrong = 0, seen = 0;
  for (int id = 0; id < P1_ID_COUNT; id++) {
    const char *type = p1_obis_row((enum p1_id)id)->type;
    if (type[0] == '\0')
      continue;
    seen++;
    int found = look_up(file, type);
    if (found != 1) {
      wrong++;
      print_error("type %s is %s\n", type,
                  found < 0 ? "not there" : "no single GAUGE");
    }
  }
  fclose(file);
  assert_int_equal(absent, -1);
  assert_int_equal(derive, 0);
  assert_int_equal(pair, 0);
  assert_true(seen > 90);
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(identifiers_and_values, reset),
      cmocka_unit_test_setup(times, reset),
      cmocka_unit_test_setup(host_of_the_block, reset),
      cmocka_unit_test_setup(min_and_max, reset),
      cmocka_unit_test_setup(names_do_not_mix, reset),
      cmocka_unit_test_setup(nothing_of_what_is_not_for_collectd, reset),
      cmocka_unit_test_setup(nothing_of_an_empty_interval, reset),
      cmocka_unit_test_setup(a_full_interval, reset),
      cmocka_unit_test_setup(types_are_stock_gauges, reset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
