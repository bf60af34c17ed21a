/*
 * test_telegram.c - how the lines of a telegram become objects, and what the
 * whole telegram tells.
 */
#include "given.h"

static const char rich[] = GIVEN_RICH;

#define RICH_N (sizeof(rich) - 1)

static void test_every_kind_of_object(void **state) {
  (void)state;
  const struct p1_telegram *t = given_bytes(rich, RICH_N);
  assert_clean(t);
  assert_int_equal(t->count, GIVEN_RICH_OBJECTS);
  assert_int_equal(t->version, 50);
  assert_text(t->bytes + t->header.at, t->header.n, "TST5\\MADE-UP");
  assert_true(t->time.valid);
  /* 2024-02-29 is 19,782 days after 1970-01-01: 54 years with 13 leap days and
   * 59 days */
  assert_int_equal(t->time.local, 19782LL * 86400 + 13 * 3600 + 45 * 60);
  assert_int_equal(t->time.season, P1_SEASON_WINTER);
  assert_value(t, P1_ID_ENERGY_IMPORT_T1, 671578, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_POWER_IMPORT, 318, 0, P1_UNIT_W);
  assert_value(t, P1_ID_POWER_EXPORT, 0, 0, P1_UNIT_W);
  assert_value(t, P1_ID_VOLTAGE_L1, 2314, 1, P1_UNIT_V);
  assert_value(t, P1_ID_CURRENT_L1, 218, 2, P1_UNIT_A);
  assert_value(t, P1_ID_POWER_FACTOR, -987, 3, P1_UNIT_NONE);
  assert_value(t, P1_ID_CURRENT_LIMITS, 100, 0, P1_UNIT_A);
  assert_value(t, P1_ID_LIMITER, 16100, 0, P1_UNIT_W);
  assert_value(t, P1_ID_TARIFF, 1, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_BREAKER, 1, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_FAILURES, 7, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_PEAK_IMPORT, 4329, 0, P1_UNIT_W);
  assert_int_equal(given_object(t, P1_ID_PEAK_IMPORT)->time.local,
                   19768LL * 86400 + 8 * 3600 + 15 * 60);
  assert_value(t, P1_ID_MBUS_TYPE, 3, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_MBUS_READING_BE, 112384, 3, P1_UNIT_M3);
  assert_int_equal(given_object(t, P1_ID_MBUS_READING_BE)->time.local,
                   t->time.local - 5 * 60);
  assert_value(t, P1_ID_MBUS_READING_HOURLY, 872234, 3, P1_UNIT_M3);
  assert_int_equal(given_object(t, P1_ID_MBUS_READING_HOURLY)->channel, 2);
  assert_value(t, P1_ID_GAS_HOURLY, 42125, 3, P1_UNIT_M3);
  assert_int_equal(given_object(t, P1_ID_GAS_HOURLY)->channel, 0);
  const struct p1_object *message = given_object(t, P1_ID_MESSAGE);
  assert_false(message->has_value);
  assert_text(t->bytes + message->text.at, message->text.n,
              "(4B6F666669652069732\r\n0676574)");
}

static void test_telegrams_without_a_line(void **state) {
  (void)state;
  static const char *const texts[] = {"",   "/",           "!",
                                      "/!", "/TST5\n\n!",  "/TST5",
                                      "\n", "/TST5\n\n\n", "/TST5\n\n!ABCD"};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    const struct p1_telegram *t = given_text(texts[i]);
    assert_clean(t);
    assert_int_equal(t->count, 0);
    assert_int_equal(t->version, 0);
    assert_false(t->time.valid);
  }
}

/* What follows the '!' is not looked at, and neither are 65,535 bytes passed.
 */
static void test_where_a_telegram_ends(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given_text("/TST5\n\n1-0:1.7.0(00.318*kW)\n!\n1-0:2.7.0(00.100*kW)\n");
  assert_int_equal(t->count, 1);
  static char bytes[GIVEN_MAX];
  memset(bytes, '\n', sizeof(bytes));
  memcpy(bytes, LITERAL("/TST5"));
  static const char line[] = "1-0:1.7.0(00.318*kW)";
  memcpy(bytes + UINT16_MAX - (sizeof(line) - 1), LITERAL(line));
  assert_int_equal(given_bytes(bytes, sizeof(bytes))->count, 1);
  memset(bytes + 1000, '\n', sizeof(bytes) - 1000);
  memcpy(bytes + UINT16_MAX - (sizeof(line) - 1) + 1, LITERAL(line));
  assert_int_equal(given_bytes(bytes, sizeof(bytes))->count, 0);
}

/* Of two objects with one code the first that can be read counts; of M-Bus
 * readings the one captured last. */
static void test_codes_that_repeat(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.7.0(x*kW)\n"
                                      "1-0:1.7.0()\n"
                                      "1-0:1.7.0(00.100*kW)\n"
                                      "1-0:1.7.0(00.200*kW)\n"
                                      "1-1:1.7.0(00.300*kW)\n"
                                      "0-0:1.0.0(632525252525S)\n"
                                      "0-0:1.0.0(240229134500W)\n"
                                      "0-0:1.0.0(240229134501W)\n"
                                      "0-1:24.2.1(240229120000W)(1.000*m3)\n"
                                      "0-1:24.2.1(240229130000W)(2.000*m3)\n"
                                      "0-1:24.2.1(240229110000W)(3.000*m3)\n"
                                      "0-1:24.2.1(632525252525W)(4.000*m3)\n"
                                      "0-1:24.2.1()\n"
                                      "0-2:24.2.1(240229110000W)(5.000*m3)\n");
  assert_int_equal(t->malformed, 1);
  assert_int_equal(t->count, 4);
  assert_value(t, P1_ID_POWER_IMPORT, 100, 0, P1_UNIT_W);
  assert_true(t->time.valid);
  assert_int_equal(t->time.local % 60, 0);
  assert_value(t, P1_ID_MBUS_READING, 2000, 3, P1_UNIT_M3);
  const struct p1_object *second =
      p1_telegram_find_channel(t, P1_ID_MBUS_READING, 2);
  assert_non_null(second);
  assert_int_equal(second->value.number, 5000);
  assert_null(p1_telegram_find_channel(t, P1_ID_MBUS_READING, 3));
  assert_null(p1_telegram_find_channel(t, P1_ID_MBUS_VALVE, 1));
  assert_null(p1_telegram_find(t, P1_ID_MBUS_VALVE));
}

/* Every code that there is, on every channel: more than have a place. */
static void test_more_objects_than_places(void **state) {
  (void)state;
  static const uint8_t codes[][5] = {
#define P1_OBJECT(id, a, b, c, d, e, kind, unit, stat, type, instance, help)   \
  {a, b, c, d, e},
#include "p1/obis.def"
  };
  static char text[GIVEN_MAX];
  size_t n = 0;
  unsigned lines = 0;
  for (unsigned channel = 1; channel <= 9; channel++)
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
      const uint8_t *code = codes[i];
      const bool any = code[1] == P1_CHANNEL_ANY;
      if (!any && channel > 1)
        continue;
      n += (size_t)snprintf(text + n, sizeof(text) - n, "%u-%u:%u.%u.%u()\n",
                            code[0], any ? channel : code[1], code[2], code[3],
                            code[4]);
      lines++;
    }
  const struct p1_telegram *t = given(text);
  assert_true(lines > P1_OBJECTS_MAX);
  assert_int_equal(t->count, P1_OBJECTS_MAX);
  assert_int_equal(t->unknown, 0);
  assert_int_equal(t->malformed, 0);
  assert_int_equal(t->dropped, lines - P1_OBJECTS_MAX);
  for (unsigned i = 0; i < t->count; i++)
    assert_ptr_equal(p1_telegram_find_channel(t, (enum p1_id)t->objects[i].id,
                                              t->objects[i].channel),
                     &t->objects[i]);
}

static void test_version_and_its_promise(void **state) {
  (void)state;
  static const struct {
    const char *line;
    unsigned version;
    bool promises;
  } cases[] = {
      {"1-3:0.2.8(50)\n", 50, true},     {"1-3:0.2.8(42)\n", 42, true},
      {"1-3:0.2.8(40)\n", 40, true},     {"1-3:0.2.8(39)\n", 39, false},
      {"1-3:0.2.8(22)\n", 22, false},    {"1-3:0.2.8()\n", 0, false},
      {"1-3:0.2.8(502)\n", 0, false},    {"1-3:0.2.8(x)\n", 0, false},
      {"0-0:96.1.4(50217)\n", 0, false}, {"", 0, false},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct p1_telegram *t = given(cases[i].line);
    assert_row(t->version == cases[i].version, cases[i].line);
    assert_row(p1_telegram_promises_crc(t) == cases[i].promises, cases[i].line);
  }
}

/* Three letters and a digit; never what comes after, which is a serial number
 * in most headers. */
static void test_models(void **state) {
  (void)state;
  static const struct {
    const char *header;
    const char *model;
  } cases[] = {
      {"/FLU5\\253000000_A", "FLU5"},
      {"/ISk5\\2MT382-1000", "ISk5"},
      {"/ISk5=2MIE5T-200", "ISk5"},
      {"/ADN9 6534", "ADN9"},
      {"/AUR2\\MADEUP", "AUR2"},
      {"/NWA-WARMTELINK", "NWA"},
      {"/1234567890123", ""},
      {"/XM", ""},
      {"/", ""},
      {"/A12345678", ""},
      {"/A@B5", ""},
      {"/[]^5", ""},
      {"/TST", "TST"},
      {"/TSTx123", "TST"},
      {"/TST\x02\x02MT382", "TST"},
      {"/\xC4\xC4\xC4"
       "5123",
       ""},
      {"/KMP5 ZABF000000000001", "KMP5"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[64], model[5] = "????";
    snprintf(text, sizeof(text), "%s\n\n!", cases[i].header);
    p1_telegram_model(given_text(text), model);
    assert_row(strcmp(model, cases[i].model) == 0, cases[i].header);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_kind_of_object),
      cmocka_unit_test(test_telegrams_without_a_line),
      cmocka_unit_test(test_where_a_telegram_ends),
      cmocka_unit_test(test_codes_that_repeat),
      cmocka_unit_test(test_more_objects_than_places),
      cmocka_unit_test(test_version_and_its_promise),
      cmocka_unit_test(test_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
