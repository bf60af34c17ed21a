/*
 * test_obis.c - the catalogue against the lists of the protocol's codes and of
 * the names that users see, both written out by hand.
 */
#include "torture.h"

#include "p1/obis.h"

static const struct {
  const char *name;
  enum p1_id id;
  uint8_t code[5];
} rows[] = {
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  {#id, P1_ID_##id, {a, b, c, d, e}},
#include "p1/obis.def"
};

/* Every code that is known from any meter. 0-n: stands for every M-Bus channel.
 * First those with the name that they are published under by themselves. */
static const struct {
  const char *code;
  const char *name;
} published[] = {
    {"0-0:96.14.0", "gauge-tariff"},
    {"0-0:96.3.10", "gauge-breaker"},
    {"0-n:96.3.10", "gauge-relay"},
    {"1-0:31.4.0", "current-fuse"},
    {"1-0:51.4.0", "current-fuse-L2"},
    {"1-0:71.4.0", "current-fuse-L3"},
    {"0-0:96.7.21", "count-power_failures"},
    {"0-0:96.7.9", "count-long_power_failures"},
    {"1-0:32.32.0", "count-voltage_sags-L1"},
    {"1-0:52.32.0", "count-voltage_sags-L2"},
    {"1-0:72.32.0", "count-voltage_sags-L3"},
    {"1-0:32.36.0", "count-voltage_swells-L1"},
    {"1-0:52.36.0", "count-voltage_swells-L2"},
    {"1-0:72.36.0", "count-voltage_swells-L3"},
    {"1-0:1.8.0", "energy_wh-import"},
    {"1-0:1.8.1", "energy_wh-import-T1"},
    {"1-0:1.8.2", "energy_wh-import-T2"},
    {"1-0:1.8.3", "energy_wh-import-T3"},
    {"1-0:1.8.4", "energy_wh-import-T4"},
    {"1-0:1.8.5", "energy_wh-import-T5"},
    {"1-0:1.8.11", "energy_wh-import-T11"},
    {"1-0:1.8.12", "energy_wh-import-T12"},
    {"1-0:1.8.13", "energy_wh-import-T13"},
    {"1-0:2.8.0", "energy_wh-export"},
    {"1-0:2.8.1", "energy_wh-export-T1"},
    {"1-0:2.8.2", "energy_wh-export-T2"},
    {"1-0:2.8.3", "energy_wh-export-T3"},
    {"1-0:2.8.4", "energy_wh-export-T4"},
    {"1-0:2.8.5", "energy_wh-export-T5"},
    {"1-0:2.8.11", "energy_wh-export-T11"},
    {"1-0:2.8.12", "energy_wh-export-T12"},
    {"1-0:2.8.13", "energy_wh-export-T13"},
    {"1-1:1.8.0", "energy_wh-import"},
    {"1-1:1.8.1", "energy_wh-import-T1"},
    {"1-1:1.8.2", "energy_wh-import-T2"},
    {"1-1:2.8.1", "energy_wh-export-T1"},
    {"1-1:2.8.2", "energy_wh-export-T2"},
    {"1-0:15.8.0", "energy_wh-absolute"},
    {"1-0:3.8.0", "energy-reactive_import_varh"},
    {"1-0:3.8.1", "energy-reactive_import_varh-T1"},
    {"1-0:3.8.2", "energy-reactive_import_varh-T2"},
    {"1-0:3.8.3", "energy-reactive_import_varh-T3"},
    {"1-0:3.8.4", "energy-reactive_import_varh-T4"},
    {"1-0:4.8.0", "energy-reactive_export_varh"},
    {"1-0:4.8.1", "energy-reactive_export_varh-T1"},
    {"1-0:4.8.2", "energy-reactive_export_varh-T2"},
    {"1-0:4.8.3", "energy-reactive_export_varh-T3"},
    {"1-0:4.8.4", "energy-reactive_export_varh-T4"},
    {"1-0:5.8.0", "energy-reactive_Q1_varh"},
    {"1-0:6.8.0", "energy-reactive_Q2_varh"},
    {"1-0:7.8.0", "energy-reactive_Q3_varh"},
    {"1-0:8.8.0", "energy-reactive_Q4_varh"},
    {"1-0:1.7.0", "power-import"},
    {"1-0:2.7.0", "power-export"},
    {"1-1:1.7.0", "power-import"},
    {"1-1:2.7.0", "power-export"},
    {"1-0:15.7.0", "power-absolute"},
    {"1-0:21.7.0", "power-import-L1"},
    {"1-0:41.7.0", "power-import-L2"},
    {"1-0:61.7.0", "power-import-L3"},
    {"1-0:22.7.0", "power-export-L1"},
    {"1-0:42.7.0", "power-export-L2"},
    {"1-0:62.7.0", "power-export-L3"},
    {"1-0:32.7.0", "voltage-L1"},
    {"1-0:52.7.0", "voltage-L2"},
    {"1-0:72.7.0", "voltage-L3"},
    {"1-0:31.7.0", "current-L1"},
    {"1-0:51.7.0", "current-L2"},
    {"1-0:71.7.0", "current-L3"},
    {"1-0:91.7.0", "current-neutral"},
    {"1-0:3.7.0", "power-reactive_import"},
    {"1-0:4.7.0", "power-reactive_export"},
    {"1-0:5.7.0", "power-reactive_Q1"},
    {"1-0:6.7.0", "power-reactive_Q2"},
    {"1-0:7.7.0", "power-reactive_Q3"},
    {"1-0:8.7.0", "power-reactive_Q4"},
    {"1-0:23.7.0", "power-reactive_import-L1"},
    {"1-0:43.7.0", "power-reactive_import-L2"},
    {"1-0:63.7.0", "power-reactive_import-L3"},
    {"1-0:24.7.0", "power-reactive_export-L1"},
    {"1-0:44.7.0", "power-reactive_export-L2"},
    {"1-0:64.7.0", "power-reactive_export-L3"},
    {"1-0:9.7.0", "power-apparent_import"},
    {"1-0:10.7.0", "power-apparent_export"},
    {"1-0:29.7.0", "power-apparent_import-L1"},
    {"1-0:49.7.0", "power-apparent_import-L2"},
    {"1-0:69.7.0", "power-apparent_import-L3"},
    {"1-0:30.7.0", "power-apparent_export-L1"},
    {"1-0:50.7.0", "power-apparent_export-L2"},
    {"1-0:70.7.0", "power-apparent_export-L3"},
    {"1-0:13.7.0", "gauge-power_factor"},
    {"1-0:33.7.0", "gauge-power_factor-L1"},
    {"1-0:53.7.0", "gauge-power_factor-L2"},
    {"1-0:73.7.0", "gauge-power_factor-L3"},
    {"1-0:14.7.0", "frequency-grid"},
    {"1-0:1.4.0", "power-import-demand"},
    {"1-0:1.6.0", "power-import-peak"},
    {"1-1:1.6.0", "power-import-peak"},
    {"1-0:2.4.0", "power-export-demand"},
    {"1-0:2.6.0", "power-export-peak"},
};

/* And those that are only recognised, or go into something derived. */
static const char *const recognised[] = {
    "1-3:0.2.8",   "0-0:96.1.4",   "0-0:1.0.0",    "0-0:1.1.0",
    "0-0:0.0.0",   "1-0:0.9.1",    "1-0:0.9.2",    "0-0:96.1.0",
    "0-0:96.1.1",  "0-0:96.1.2",   "0-0:96.1.255", "0-0:42.0.0",
    "1-0:0.0.0",   "1-0:0.2.0",    "1-0:0.2.8",    "1-1:0.2.0",
    "1-1:0.2.8",   "0-0:97.97.0",  "1-0:96.5.5",   "1-0:94.32.1",
    "0-0:96.13.0", "0-0:96.13.1",  "0-0:96.13.2",  "0-0:96.13.3",
    "0-0:96.13.4", "0-0:96.13.5",  "0-0:96.14.1",  "0-0:96.50.68",
    "0-0:17.0.0",  "1-1:31.4.0",   "1-1:34.4.0",   "1-0:99.97.0",
    "1-0:99.1.0",  "1-0:32.33.0",  "1-0:52.33.0",  "1-0:72.33.0",
    "1-0:32.34.0", "1-0:52.34.0",  "1-0:72.34.0",  "1-0:32.37.0",
    "1-0:52.37.0", "1-0:72.37.0",  "1-0:32.38.0",  "1-0:52.38.0",
    "1-0:72.38.0", "0-0:94.98.31", "0-0:94.98.32", "0-0:94.98.33",
    "1-0:16.7.0",  "1-0:42.1.0",   "1-0:12.7.0",   "1-0:11.7.0",
    "1-0:90.7.0",  "1-0:32.24.0",  "1-0:52.24.0",  "1-0:72.24.0",
    "1-0:13.3.0",  "1-0:1.24.0",   "1-0:15.24.0",  "1-0:16.24.0",
    "1-0:0.8.2",   "1-0:0.4.2",    "1-0:0.4.3",    "0-0:98.1.0",
    "0-0:98.1.1",  "1-0:3.4.0",    "1-0:4.4.0",    "1-0:9.4.0",
    "1-0:10.4.0",  "1-0:1.5.0",    "1-0:2.5.0",    "1-0:3.5.0",
    "1-0:4.5.0",   "1-0:9.5.0",    "1-0:10.5.0",   "0-n:24.1.0",
    "0-n:96.1.0",  "0-n:96.1.1",   "0-n:96.1.2",   "0-n:24.2.1",
    "0-n:24.2.3",  "0-n:24.3.0",   "0-n:24.3.1",   "0-n:24.4.0",
    "7-0:23.1.0",  "7-0:24.4.0"};

/* Names that no object has by itself. */
static const char *const derived[] = {
    "power-net",
    "power-limiter",
    "current-limiter",
    "power-apparent_limiter",
    "current-fuse-L1",
    "power-import-demand_projected",
    "power-import-peak_average",
    "gauge-gas_m3",
    "gauge-water_m3",
    "gauge-warm_water_m3",
    "energy-heat_GJ",
    "energy-cooling_GJ",
    "energy_wh-heat",
    "energy_wh-cooling", /* as for heat */
    "gauge-gas_valve",
};

/* The name that a row is published under, "" for none. */
static void name_of(const struct p1_obis *row, char name[64]) {
  if (row->stat == P1_STAT_NONE) {
    assert_string_equal(row->type, "");
    assert_string_equal(row->instance, "");
    name[0] = '\0';
    return;
  }
  assert_string_not_equal(row->type, "");
  assert_string_not_equal(row->instance, "");
  snprintf(name, 64, "%s-%s", row->type, row->instance);
}

static void test_every_row_is_found_by_its_own_code(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    const uint8_t *code = rows[i].code;
    const bool any = code[1] == P1_CHANNEL_ANY;
    for (unsigned b = any ? 1 : code[1]; b <= (any ? 9 : code[1]); b++) {
      const enum p1_id id =
          p1_obis_find(code[0], (uint8_t)b, code[2], code[3], code[4]);
      if (id != rows[i].id)
        fail_msg("%s is not found by its code but %d", rows[i].name, (int)id);
    }
    assert_memory_equal(p1_obis_row(rows[i].id)->code, code, 5);
  }
}

static void test_no_two_rows_have_one_code(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    for (size_t j = 0; j < i; j++)
      if (memcmp(rows[i].code, rows[j].code, 5) == 0)
        fail_msg("%s and %s have one code", rows[i].name, rows[j].name);
}

/* Whatever is found has the code that was asked for, save for the two rules. */
static void check_honest(const uint8_t code[5]) {
  const enum p1_id id =
      p1_obis_find(code[0], code[1], code[2], code[3], code[4]);
  if (id == P1_ID_NONE)
    return;
  uint8_t asked[5], main_code[5];
  memcpy(asked, code, 5);
  memcpy(main_code, code, 5);
  if (code[0] == 0 && code[1] >= 1 && code[1] <= 9)
    asked[1] = P1_CHANNEL_ANY;
  else
    assert_int_not_equal(code[1], P1_CHANNEL_ANY);
  if (code[0] == 1 && code[1] == 1)
    main_code[1] = 0;
  const uint8_t *found = p1_obis_row(id)->code;
  if (memcmp(found, asked, 5) != 0 && memcmp(found, main_code, 5) != 0)
    fail_msg("%u-%u:%u.%u.%u finds %u-%u:%u.%u.%u", code[0], code[1], code[2],
             code[3], code[4], found[0], found[1], found[2], found[3],
             found[4]);
}

static void test_codes_beside_a_row_do_not_find_it(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    for (unsigned first = 0; first < 5; first++)
      for (unsigned n = 0; n < 256; n++) {
        uint8_t code[5];
        memcpy(code, rows[i].code, 5);
        code[first] = (uint8_t)n;
        check_honest(code);
        /* two numbers changed: where a look-up that folds them fails */
        for (unsigned second = first + 1; second < 5; second++)
          for (unsigned m = 0; m < 16; m++) {
            uint8_t both[5];
            memcpy(both, code, 5);
            both[second] = (uint8_t)(both[second] ^ m);
            check_honest(both);
          }
      }
  }
}

static void test_channels_are_1_to_9_of_group_0(void **state) {
  (void)state;
  assert_int_equal(p1_obis_find(0, 1, 24, 2, 1), P1_ID_MBUS_READING);
  assert_int_equal(p1_obis_find(0, 9, 24, 2, 1), P1_ID_MBUS_READING);
  assert_int_equal(p1_obis_find(0, 0, 24, 2, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(0, 10, 24, 2, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(0, 255, 24, 2, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(1, 1, 24, 2, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(7, 1, 24, 2, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(0, 0, 96, 1, 0), P1_ID_METER_NUMBER);
  assert_int_equal(p1_obis_find(0, 2, 96, 1, 0), P1_ID_MBUS_SERIAL);
  assert_int_equal(p1_obis_find(0, 0, 96, 3, 10), P1_ID_BREAKER);
  assert_int_equal(p1_obis_find(0, 4, 96, 3, 10), P1_ID_RELAY);
}

static void test_1_1_falls_back_to_1_0(void **state) {
  (void)state;
  assert_int_equal(p1_obis_find(1, 1, 1, 8, 1), P1_ID_ENERGY_IMPORT_T1);
  assert_int_equal(p1_obis_find(1, 1, 1, 6, 0), P1_ID_PEAK_IMPORT);
  assert_int_equal(p1_obis_find(1, 1, 31, 4, 0), P1_ID_CURRENT_LIMITS);
  assert_int_equal(p1_obis_find(1, 1, 0, 2, 0), P1_ID_MODULE_FIRMWARE);
  assert_int_equal(p1_obis_find(1, 2, 1, 8, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(0, 1, 1, 8, 1), P1_ID_NONE);
  assert_int_equal(p1_obis_find(1, 1, 0, 2, 9), P1_ID_NONE);
}

static enum p1_id find_by_text(const char *text) {
  unsigned a = 0, b = 3, c = 0, d = 0, e = 0;
  if (strncmp(text, "0-n:", 4) == 0)
    assert_int_equal(sscanf(text + 4, "%u.%u.%u", &c, &d, &e), 3);
  else
    assert_int_equal(sscanf(text, "%u-%u:%u.%u.%u", &a, &b, &c, &d, &e), 5);
  const enum p1_id id =
      p1_obis_find((uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d, (uint8_t)e);
  if (id == P1_ID_NONE)
    fail_msg("%s is not in the catalogue", text);
  return id;
}

static void test_known_codes_are_in_the_catalogue(void **state) {
  (void)state;
  char name[64];
  for (size_t i = 0; i < COUNT_OF(published); i++) {
    name_of(p1_obis_row(find_by_text(published[i].code)), name);
    if (strcmp(name, published[i].name) != 0)
      fail_msg("%s is published as \"%s\"", published[i].code, name);
  }
  for (size_t i = 0; i < COUNT_OF(recognised); i++) {
    name_of(p1_obis_row(find_by_text(recognised[i])), name);
    if (name[0] != '\0')
      fail_msg("%s is published as \"%s\"", recognised[i], name);
  }
}

/* And the other way round: nothing stands there that nobody knows of. */
static void test_the_catalogue_has_no_other_codes(void **state) {
  (void)state;
  bool listed[P1_ID_COUNT] = {false};
  for (size_t i = 0; i < COUNT_OF(published); i++)
    listed[find_by_text(published[i].code)] = true;
  for (size_t i = 0; i < COUNT_OF(recognised); i++)
    listed[find_by_text(recognised[i])] = true;
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    if (!listed[rows[i].id])
      fail_msg("%s is in no list of codes", rows[i].name);
}

static bool is_listed(const char *name) {
  for (size_t i = 0; i < COUNT_OF(published); i++)
    if (strcmp(published[i].name, name) == 0)
      return true;
  for (size_t i = 0; i < COUNT_OF(derived); i++)
    if (strcmp(derived[i], name) == 0)
      return true;
  return name[0] == '\0';
}

static bool is_published(const char *wanted) {
  for (unsigned id = 0; id < P1_ID_COUNT; id++) {
    char name[64];
    name_of(p1_obis_row((enum p1_id)id), name);
    if (strcmp(name, wanted) == 0)
      return true;
  }
  return false;
}

static void test_exactly_the_names_that_users_know(void **state) {
  (void)state;
  for (unsigned id = 0; id < P1_ID_COUNT; id++) {
    char name[64];
    name_of(p1_obis_row((enum p1_id)id), name);
    if (!is_listed(name))
      fail_msg("%s is no name of ours", name);
  }
  for (size_t i = 0; i < COUNT_OF(derived); i++)
    if (!is_published(derived[i]))
      fail_msg("%s is in no row", derived[i]);
}

static bool begins(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Means are what flows at this moment; registers, demands, limits, states and
 * counts are the newest. */
static void test_what_an_interval_keeps(void **state) {
  (void)state;
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    char name[64];
    name_of(row, name);
    if (name[0] == '\0')
      continue;
    const bool newest =
        begins(name, "energy") || begins(name, "count-") ||
        (begins(name, "gauge-") && !begins(name, "gauge-power_factor")) ||
        strstr(name, "limiter") != NULL || strstr(name, "fuse") != NULL ||
        strstr(name, "demand") != NULL || strstr(name, "peak") != NULL;
    if (row->stat != (newest ? P1_STAT_NEWEST : P1_STAT_MEAN))
      fail_msg("%s is kept in the wrong way", name);
  }
}

/* The unit that a name or its type promises. */
static enum p1_unit unit_of(const char *name) {
  static const struct {
    const char *part;
    enum p1_unit unit;
  } parts[] = {
      {"energy_wh-", P1_UNIT_WH}, {"_varh", P1_UNIT_VARH},
      {"_GJ", P1_UNIT_GJ},        {"_m3", P1_UNIT_M3},
      {"power-re", P1_UNIT_VAR},  {"power-app", P1_UNIT_VA},
      {"power-", P1_UNIT_W},      {"voltage-", P1_UNIT_V},
      {"current-", P1_UNIT_A},    {"frequency-", P1_UNIT_HZ},
      {"gauge-", P1_UNIT_NONE},   {"count-", P1_UNIT_NONE},
  };
  for (size_t i = 0; i < COUNT_OF(parts); i++)
    if (strstr(name, parts[i].part) != NULL)
      return parts[i].unit;
  return P1_UNIT_UNKNOWN;
}

static void test_units_are_those_that_the_names_promise(void **state) {
  (void)state;
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    char name[64];
    name_of(row, name);
    if (name[0] != '\0' && row->unit != unit_of(name))
      fail_msg("%s has unit %s", name, p1_unit_name(row->unit));
  }
}

static void test_names_are_apart_and_plain(void **state) {
  (void)state;
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    assert_string_not_equal(row->help, "");
    for (const char *c = row->instance; *c != '\0'; c++)
      if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789_-",
                  *c))
        fail_msg("%s has a character that stores do not take", row->instance);
    for (unsigned other = 1; other < id && row->type[0] != '\0'; other++) {
      const struct p1_obis *taken = p1_obis_row((enum p1_id)other);
      if (strcmp(row->type, taken->type) == 0 &&
          strcmp(row->instance, taken->instance) == 0)
        fail_msg("%s-%s is there twice", row->type, row->instance);
    }
    /* "-<channel>" may be put behind a name and must not make another one */
    const size_t n = strlen(row->instance);
    assert_false(n > 2 && row->instance[n - 2] == '-' &&
                 strchr("0123456789", row->instance[n - 1]) != NULL);
  }
}

static void test_types_are_stock_gauges_of_one_value(void **state) {
  (void)state;
  FILE *types = fopen("/usr/share/collectd/types.db", "r");
  if (types == NULL) {
    print_message("skipped: collectd's types.db is not on this machine\n");
    skip();
    return;
  }
  bool good[P1_ID_COUNT] = {false};
  char line[1024], type[128], sources[512];
  while (fgets(line, sizeof(line), types) != NULL) {
    if (sscanf(line, "%127s %511[^\n]", type, sources) != 2)
      continue;
    const bool gauge = strstr(sources, ":GAUGE:") != NULL;
    const bool single = strchr(sources, ',') == NULL;
    for (unsigned id = 1; id < P1_ID_COUNT; id++)
      if (strcmp(p1_obis_row((enum p1_id)id)->type, type) == 0)
        good[id] = gauge && single;
  }
  fclose(types);
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)id);
    if (row->type[0] != '\0' && !good[id])
      fail_msg("type %s is no stock gauge of one value", row->type);
  }
}

static void test_no_row(void **state) {
  (void)state;
  const int odd[] = {P1_ID_NONE, P1_ID_COUNT, 100000, -1};
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    const struct p1_obis *row = p1_obis_row((enum p1_id)odd[i]);
    assert_non_null(row);
    assert_string_equal(row->type, "");
    assert_string_equal(row->instance, "");
    assert_string_equal(row->help, "");
    assert_int_equal(row->stat, P1_STAT_NONE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_row_is_found_by_its_own_code),
      cmocka_unit_test(test_no_two_rows_have_one_code),
      cmocka_unit_test(test_codes_beside_a_row_do_not_find_it),
      cmocka_unit_test(test_channels_are_1_to_9_of_group_0),
      cmocka_unit_test(test_1_1_falls_back_to_1_0),
      cmocka_unit_test(test_known_codes_are_in_the_catalogue),
      cmocka_unit_test(test_the_catalogue_has_no_other_codes),
      cmocka_unit_test(test_exactly_the_names_that_users_know),
      cmocka_unit_test(test_what_an_interval_keeps),
      cmocka_unit_test(test_units_are_those_that_the_names_promise),
      cmocka_unit_test(test_names_are_apart_and_plain),
      cmocka_unit_test(test_types_are_stock_gauges_of_one_value),
      cmocka_unit_test(test_no_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
