/*
 * test_telegram_deviations.c - what meters in the field print that no standard
 * has: the form of telegrams, units, widths, words and stamps. What concerns
 * M-Bus devices and lists is in test_reading_deviations.c.
 */
#include "given_readings.h"

static void test_no_blank_line_after_the_header(void **state) {
  (void)state;
  const struct p1_telegram *t = given_text("/XMX5XMXABCE000099999\n"
                                           "1-0:1.7.0(0001.19*kW)\n!");
  assert_clean(t);
  assert_int_equal(t->count, 1);
  assert_text(t->bytes + t->header.at, t->header.n, "XMX5XMXABCE000099999");
}

static void test_odd_headers(void **state) {
  (void)state;
  static const char *const headers[] = {
      "ISk5\\2MT382-1 999", "KMP5 ZABF999999999999", "Ene5\\T299-X MADE5.0",
      "ELS5\\@V99.99",      "ISk5=2MIE5T-999",       "NWA-MADEUPLINK",
      "LG_E999_Made_3N999", "9999999999999",         "ADN9 9999",
      "ISK9\\2M999T-999",   "AUR2\\MADEUP",          "TST5 !/(1-0:1.7.0)"};
  for (size_t i = 0; i < COUNT_OF(headers); i++) {
    char text[128];
    snprintf(text, sizeof(text), "/%s\n\n1-0:1.7.0(00.318*kW)\n!", headers[i]);
    const struct p1_telegram *t = given_text(text);
    assert_clean(t);
    assert_value(t, P1_ID_POWER_IMPORT, 318, 0, P1_UNIT_W);
    assert_text(t->bytes + t->header.at, t->header.n, headers[i]);
  }
}

static void test_unit_without_star(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.8.1(000123.456kWh)\n"
                                      "1-0:32.7.0(234.5V)\n"
                                      "1-0:31.7.0(005A)\n"
                                      "1-0:1.7.0(00.318kW)\n"
                                      "0-1:24.2.3(240229134000W)(00012.5m3)\n");
  assert_clean(t);
  assert_value(t, P1_ID_ENERGY_IMPORT_T1, 123456, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_VOLTAGE_L1, 2345, 1, P1_UNIT_V);
  assert_value(t, P1_ID_CURRENT_L1, 5, 0, P1_UNIT_A);
  assert_value(t, P1_ID_POWER_IMPORT, 318, 0, P1_UNIT_W);
  assert_value(t, P1_ID_MBUS_READING_BE, 125, 1, P1_UNIT_M3);
}

static void test_plain_units_instead_of_thousands(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.8.0(000201282*Wh)\n"
                                      "1-0:2.8.0(000007890.25*Wh)\n"
                                      "1-0:3.8.1(000000577*varh)\n"
                                      "1-0:1.7.0(0000000240*W)\n"
                                      "1-0:3.7.0(0000000123*var)\n");
  assert_clean(t);
  assert_value(t, P1_ID_ENERGY_IMPORT, 201282, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_ENERGY_EXPORT, 789025, 2, P1_UNIT_WH);
  assert_value(t, P1_ID_REACTIVE_ENERGY_IMPORT_T1, 577, 0, P1_UNIT_VARH);
  assert_value(t, P1_ID_POWER_IMPORT, 240, 0, P1_UNIT_W);
  assert_value(t, P1_ID_REACTIVE_IMPORT, 123, 0, P1_UNIT_VAR);
}

static void test_thousands_where_none_are_due(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:72.7.0(0000.229*kV)\n"
                                      "1-0:31.7.0(0000.003*kA)\n"
                                      "1-0:14.7.0(0000.049*kHz)\n"
                                      "1-0:32.34.0(14363*V)\n");
  assert_clean(t);
  assert_value(t, P1_ID_VOLTAGE_L3, 229, 0, P1_UNIT_V);
  assert_value(t, P1_ID_CURRENT_L1, 3, 0, P1_UNIT_A);
  assert_value(t, P1_ID_FREQUENCY, 49, 0, P1_UNIT_HZ);
  assert_value(t, P1_ID_SAG_MAGNITUDE_L1, 14363, 0, P1_UNIT_V);
}

static void test_milliamperes(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:31.7.0(791*mA)\n");
  assert_clean(t);
  assert_value(t, P1_ID_CURRENT_L1, 791, 3, P1_UNIT_A);
}

static void test_units_in_any_case(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:3.8.0(000001.500*kvarh)\n"
                                      "1-0:4.8.0(000002.500*kVArh)\n"
                                      "1-0:3.7.0(01.500*kVAr)\n"
                                      "1-0:5.8.0(000003500*VArh)\n"
                                      "1-0:1.8.0(000001.000*kwh)\n"
                                      "1-0:32.7.0(230.5*v)\n"
                                      "1-0:31.7.0(004*a)\n"
                                      "1-0:9.7.0(00.250*KVA)\n");
  assert_clean(t);
  assert_value(t, P1_ID_REACTIVE_ENERGY_IMPORT, 1500, 0, P1_UNIT_VARH);
  assert_value(t, P1_ID_REACTIVE_ENERGY_EXPORT, 2500, 0, P1_UNIT_VARH);
  assert_value(t, P1_ID_REACTIVE_IMPORT, 1500, 0, P1_UNIT_VAR);
  assert_value(t, P1_ID_REACTIVE_ENERGY_Q1, 3500, 0, P1_UNIT_VARH);
  assert_value(t, P1_ID_ENERGY_IMPORT, 1000, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_VOLTAGE_L1, 2305, 1, P1_UNIT_V);
  assert_value(t, P1_ID_CURRENT_L1, 4, 0, P1_UNIT_A);
  assert_value(t, P1_ID_APPARENT_IMPORT, 250, 0, P1_UNIT_VA);
}

static void test_currents_with_decimals(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:31.7.0(002.18*A)\n"
                                      "1-0:51.7.0(001.4*A)\n"
                                      "1-0:71.7.0(000*A)\n");
  assert_clean(t);
  assert_value(t, P1_ID_CURRENT_L1, 218, 2, P1_UNIT_A);
  assert_value(t, P1_ID_CURRENT_L2, 14, 1, P1_UNIT_A);
  assert_value(t, P1_ID_CURRENT_L3, 0, 0, P1_UNIT_A);
}

static void test_odd_widths(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.8.1(0166138.76*kWh)\n"
                                      "1-0:2.7.0(0.0000*kW)\n"
                                      "1-0:32.7.0(231.93*V)\n"
                                      "1-0:1.8.0(00032549.5061662*kWh)\n"
                                      "1-0:2.8.1(12785.123*kWh)\n"
                                      "0-1:24.2.1(240229130000W)(004192.16*m3)"
                                      "\n");
  assert_clean(t);
  assert_value(t, P1_ID_ENERGY_IMPORT_T1, 166138760, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_POWER_EXPORT, 0, 1, P1_UNIT_W);
  assert_value(t, P1_ID_VOLTAGE_L1, 23193, 2, P1_UNIT_V);
  assert_value(t, P1_ID_ENERGY_IMPORT, 325495061662, 4, P1_UNIT_WH);
  assert_value(t, P1_ID_ENERGY_EXPORT_T1, 12785123, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_MBUS_READING, 419216, 2, P1_UNIT_M3);
}

/* Power and energy without a unit are thousands when they have the standard's
 * three decimals; what else they could be, nobody knows. */
static void test_unit_left_out(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:3.7.0(00.000)\n"
                                      "1-0:1.7.0(01.193)\n"
                                      "1-0:1.8.0(000671.578)\n"
                                      "1-0:32.7.0(230.1)\n"
                                      "1-0:2.7.0(0)\n"
                                      "0-0:17.0.0(77.376)\n"
                                      "0-2:24.1.0(003)\n"
                                      "0-2:24.2.1(632525252525S)(00000.000)\n");
  assert_clean(t);
  assert_value(t, P1_ID_REACTIVE_IMPORT, 0, 0, P1_UNIT_VAR);
  assert_value(t, P1_ID_POWER_IMPORT, 1193, 0, P1_UNIT_W);
  assert_value(t, P1_ID_ENERGY_IMPORT, 671578, 0, P1_UNIT_WH);
  assert_value(t, P1_ID_VOLTAGE_L1, 2301, 1, P1_UNIT_V);
  assert_value(t, P1_ID_POWER_EXPORT, 0, 0, P1_UNIT_W);
  assert_no_reading(t, "power-limiter");
  assert_no_reading(t, "current-limiter");
  assert_no_reading(t, "power-apparent_limiter");

  t = given("1-0:1.7.0(240)\n1-0:1.8.0(201282)\n1-0:2.8.0(12.34)\n");
  assert_int_equal(t->malformed, 3);
  assert_int_equal(t->count, 0);
}

static void test_empty_values(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:96.13.0()\n0-0:96.13.1()\n"
                                      "0-1:96.1.0()\n0-1:24.1.0()\n"
                                      "0-1:24.2.1()\n0-2:24.2.1(0)\n"
                                      "1-0:1.7.0()\n0-0:1.0.0()\n"
                                      "1-0:1.6.0()()\n0-0:96.14.0()\n");
  assert_clean(t);
  assert_int_equal(t->count, 10);
  assert_false(t->time.valid);
  for (unsigned i = 0; i < t->count; i++)
    if (t->objects[i].channel != 2)
      assert_false(t->objects[i].has_value || t->objects[i].has_time);
  const struct p1_object *zero =
      p1_telegram_find_channel(t, P1_ID_MBUS_READING, 2);
  assert_true(zero->has_value && !zero->has_time);
  assert_int_equal(zero->value.number, 0);
  assert_no_reading(t, "power-import");
  assert_no_reading(t, "gauge-tariff");
}

static void test_telegram_time_without_letter(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(240927144404)\n");
  assert_clean(t);
  assert_true(t->time.valid);
  assert_int_equal(t->time.season, P1_SEASON_NONE);
  /* 2024-09-27 is day 19,993 */
  assert_int_equal(t->time.local, 19993LL * 86400 + 14 * 3600 + 44 * 60 + 4);
}

static void test_telegram_time_as_dlms_date_time(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:1.0.0(07EA080B0208151900007880)\n");
  assert_clean(t);
  assert_true(t->time.valid);
  assert_int_equal(t->time.season, P1_SEASON_SUMMER);
  /* 2026-08-11 is day 20,676 */
  assert_int_equal(t->time.local, 20676LL * 86400 + 8 * 3600 + 21 * 60 + 25);
}

static void test_time_and_date_as_two_codes(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:0.9.1(155237)\n"
                                      "1-0:0.9.2(230510)\n");
  assert_clean(t);
  assert_true(t->time.valid);
  /* 2023-05-10 is day 19,487 */
  assert_int_equal(t->time.local, 19487LL * 86400 + 15 * 3600 + 52 * 60 + 37);
  /* one of them alone, or damaged ones, are no time */
  assert_false(given("1-0:0.9.1(155237)\n")->time.valid);
  assert_false(given("1-0:0.9.2(230510)\n")->time.valid);
  assert_false(given("1-0:0.9.1(15523)\n1-0:0.9.2(230510)\n")->time.valid);
  assert_false(given("1-0:0.9.1()\n1-0:0.9.2()\n")->time.valid);
  assert_false(given("1-0:0.9.1(255237)\n1-0:0.9.2(230510)\n")->time.valid);
  /* the standard's own stamp counts before them */
  t = given("1-0:0.9.1(155237)\n1-0:0.9.2(230510)\n"
            "0-0:1.0.0(240229134500W)\n");
  assert_int_equal(t->time.local, 19782LL * 86400 + 13 * 3600 + 45 * 60);
}

static void test_version_in_hex_or_blank(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:96.1.4(3231313130)\n");
  assert_clean(t);
  const struct p1_object *version = given_object(t, P1_ID_VERSION_EMUCS);
  assert_text(t->bytes + version->text.at, version->text.n, "(3231313130)");
  assert_clean(given("0-0:96.1.4(202020202020202020202020202020202020202020202"
                     "020202020202020202020202020202020202020202020202020)\n"));
}

static void test_main_registers_under_1_1(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-1:1.8.1(000671.578*kWh)\n"
                                      "1-1:1.7.0(00.318*kW)\n"
                                      "1-1:1.6.0(240215081500W)(04.329*kW)\n");
  assert_clean(t);
  assert_reading(t, "energy_wh-import-T1", 671578, 0);
  assert_reading(t, "power-import", 318, 0);
  assert_reading(t, "power-import-peak", 4329, 0);
}

static void test_two_currents_in_one_object(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-1:31.4.0(100*A)(-063*A)\n");
  assert_clean(t);
  assert_value(t, P1_ID_CURRENT_LIMITS, 100, 0, P1_UNIT_A);
  t = given("1-1:31.4.0(65.0*A,-65.0*A)\n");
  assert_clean(t);
  assert_value(t, P1_ID_CURRENT_LIMITS, 650, 1, P1_UNIT_A);
}

static void test_texts_of_any_bytes(void **state) {
  (void)state;
  static char text[2048] = "/TST5\r\n\r\n0-0:96.13.0(";
  const size_t head = strlen(text);
  memset(text + head, 0xFF, 1024);
  static const char rest[] = ")\r\n0-0:96.13.1(test-/-te(st)!)\r\n"
                             "0-0:96.13.2(333333)\r\n"
                             "1-0:1.7.0(00.318*kW)\r\n!";
  memcpy(text + head + 1024, LITERAL(rest));
  const struct p1_telegram *t =
      given_bytes(text, head + 1024 + sizeof(rest) - 1);
  assert_clean(t);
  assert_int_equal(t->count, 4);
  assert_int_equal(given_object(t, P1_ID_MESSAGE)->text.n, 1026);
  const struct p1_object *code = given_object(t, P1_ID_MESSAGE_CODE);
  assert_text(t->bytes + code->text.at, code->text.n, "(test-/-te(st)!)");
}

static void test_states_as_words(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:96.50.68(OFF)\n0-0:96.3.10(ON)\n"
                                      "0-0:96.14.0(TARIFF 12)\n"
                                      "0-1:96.3.10(READY)\n0-2:96.3.10(on)\n"
                                      "0-0:17.0.0(24000*W)\n");
  assert_clean(t);
  assert_value(t, P1_ID_DISCONNECTOR, 0, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_BREAKER, 1, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_TARIFF, 12, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_LIMITER, 24000, 0, P1_UNIT_W);
  const struct p1_object *word = p1_telegram_find_channel(t, P1_ID_RELAY, 1);
  assert_false(word->has_value);
  assert_text(t->bytes + word->text.at, word->text.n, "(READY)");
  assert_true(p1_telegram_find_channel(t, P1_ID_RELAY, 2)->has_value);
  assert_reading(t, "gauge-breaker", 1, 0);
  assert_reading(t, "gauge-relay-2", 1, 0);
  assert_no_reading(t, "gauge-relay-1");
}

static void test_repeated_codes(void **state) {
  (void)state;
  const struct p1_telegram *t = given("0-0:17.0.0(016.1*kW)\n"
                                      "0-0:17.0.0(016.2*kW)\n"
                                      "0-0:17.0.0(016.3*kW)\n");
  assert_clean(t);
  assert_int_equal(t->count, 1);
  assert_reading(t, "power-limiter", 16100, 0);
}

static void test_misprinted_codes(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given("1-0:99:97.0(1)(0:96.7.19)(101208152415W)(0000000240*s)\n"
            "1-0:72:32.0(00003)\n"
            "1-0:31.7.0.255(001*A)\n"
            "1-0:1.8.0*255(000671.578*kWh)\n"
            "1-0:42.1.0(00.042*kW)\n"
            "01-00:02.07.00(00.007*kW)\n");
  assert_clean(t);
  assert_non_null(p1_telegram_find(t, P1_ID_FAILURE_LOG));
  assert_value(t, P1_ID_SAGS_L3, 3, 0, P1_UNIT_NONE);
  assert_value(t, P1_ID_CURRENT_L1, 1, 0, P1_UNIT_A);
  assert_value(t, P1_ID_ENERGY_IMPORT, 671578, 0, P1_UNIT_WH);
  assert_reading(t, "power-export-L2", 42, 0);
  assert_reading(t, "power-export", 7, 0);
}

static void test_negative_values(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:16.24.0(-03.618*kW)\n"
                                      "1-0:13.7.0(-1.000)\n"
                                      "1-0:16.7.0(-00.250*kW)\n");
  assert_clean(t);
  assert_value(t, P1_ID_POWER_NET_600S, -3618, 0, P1_UNIT_W);
  assert_reading(t, "gauge-power_factor", -1000, 3);
  assert_reading(t, "power-net", -250, 0);
}

static void test_power_factors(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:13.7.0(4.556)\n"
                                      "1-0:33.7.0(01000)\n"
                                      "1-0:53.7.0(-0950)\n"
                                      "1-0:73.7.0(1)\n");
  assert_clean(t);
  assert_reading(t, "gauge-power_factor", 4556, 3);
  assert_reading(t, "gauge-power_factor-L1", 1000, 3);
  assert_reading(t, "gauge-power_factor-L2", -950, 3);
  assert_reading(t, "gauge-power_factor-L3", 1, 0);
}

static void test_frequencies_without_decimals(void **state) {
  (void)state;
  assert_reading(given("1-0:14.7.0(49)\n"), "frequency-grid", 49, 0);
  assert_reading(given("1-0:14.7.0(0000.049*kHz)\n"), "frequency-grid", 49, 0);
  assert_reading(given("1-0:14.7.0(49.98*Hz)\n"), "frequency-grid", 4998, 2);
}

static void test_blank_lines(void **state) {
  (void)state;
  const struct p1_telegram *t =
      given_text("/ELS5\\@V99.99\n\n\n1-0:1.7.0(00.318*kW)\n\n\n"
                 "1-0:2.7.0(00.001*kW)\n   \n\n!");
  assert_clean(t);
  assert_int_equal(t->count, 2);
}

static void test_line_feeds_alone(void **state) {
  (void)state;
  static const char text[] = "/TST5\n\n1-0:1.7.0(00.318*kW)\n"
                             "0-1:24.3.0(240229130000)(00)(60)(1)"
                             "(0-1:24.2.1)(m3)\n(00872.234)\n"
                             "0-0:96.13.0(3333\n3333)\n1-0:2.7.0(1*W)\n!";
  const struct p1_telegram *t = given_bytes(LITERAL(text));
  assert_clean(t);
  assert_int_equal(t->count, 4);
  assert_value(t, P1_ID_MBUS_READING_HOURLY, 872234, 3, P1_UNIT_M3);
}

static void test_lines_padded_with_blanks(void **state) {
  (void)state;
  const struct p1_telegram *t = given_text("/TST5MADE-UP \n \n"
                                           "1-0:1.7.0(00.318*kW)  \n"
                                           "  0-0:1.0.0(240229134500W) \n"
                                           "  1-0:2.7.0(00.001*kW)\n"
                                           "0-0:96.13.0(3333)   \n !");
  assert_clean(t);
  assert_int_equal(t->count, 4);
  assert_true(t->time.valid);
  for (unsigned i = 0; i < t->count; i++) {
    const struct p1_slice text = t->objects[i].text;
    assert_int_equal(t->bytes[text.at], '(');
    assert_int_equal(t->bytes[text.at + text.n - 1u], ')');
  }
}

/* No checksum saves a DSMR 2.2 meter's telegram from a lost character. */
static void test_lost_characters(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1,0:2.7.0(00.001*kW)\n"
                                      "1-0:1.7.0(00.318*W\n"
                                      "1-0:1.8.1(00671578*kWh)\n"
                                      "1-0:1.8.2000671.578*kWh)\n"
                                      "1-0:21.7.0(00.001*kW)\n");
  assert_int_equal(t->malformed, 3);
  assert_null(p1_telegram_find(t, P1_ID_POWER_EXPORT));
  assert_null(p1_telegram_find(t, P1_ID_POWER_IMPORT));
  assert_null(p1_telegram_find(t, P1_ID_ENERGY_IMPORT_T2));
  assert_value(t, P1_ID_POWER_IMPORT_L1, 1, 0, P1_UNIT_W);
}

static void test_nuls_and_control_bytes(void **state) {
  (void)state;
  static const char text[] = "/ISk5\x02MT382\xAB-1\r\n\r\n"
                             "1-0:1.7.0(00.318*kW)\r\n"
                             "\0\0\0\0\0\0\0\0\0\0\r\n"
                             "1-0:2.7.0(00.001*kW)\0\r\n"
                             "1-0:1.8.1\0\1(000001.000*kWh)\r\n"
                             "0-0:1.8.1\0\1(000002.000*kWh)\r\n"
                             "1-0:21.7.0(00.002*kW)\r\n!";
  const struct p1_telegram *t = given_bytes(LITERAL(text));
  assert_int_equal(t->malformed, 4);
  assert_int_equal(t->count, 2);
  assert_value(t, P1_ID_POWER_IMPORT, 318, 0, P1_UNIT_W);
  assert_value(t, P1_ID_POWER_IMPORT_L1, 2, 0, P1_UNIT_W);
  char model[5];
  p1_telegram_model(t, model);
  assert_string_equal(model, "ISk5");
}

/* HDLC and wired M-Bus frames come over the same plug. */
static void test_frames_that_are_no_telegram(void **state) {
  (void)state;
  static const char hdlc[] = "\x7E\xA0\x2A\x41\x08\x83\x13\x04\x13\xE6\xE7\0"
                             "\x0F\n\x01\x0A\x7E";
  static const char mbus[] = "\x68\x0D\x0D\x68\x53\x01\x67\xDB\x08\r\n1\x16";
  assert_int_equal(given_bytes(LITERAL(hdlc))->count, 0);
  assert_int_equal(given_bytes(LITERAL(mbus))->count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_blank_line_after_the_header),
      cmocka_unit_test(test_odd_headers),
      cmocka_unit_test(test_unit_without_star),
      cmocka_unit_test(test_plain_units_instead_of_thousands),
      cmocka_unit_test(test_thousands_where_none_are_due),
      cmocka_unit_test(test_milliamperes),
      cmocka_unit_test(test_units_in_any_case),
      cmocka_unit_test(test_currents_with_decimals),
      cmocka_unit_test(test_odd_widths),
      cmocka_unit_test(test_unit_left_out),
      cmocka_unit_test(test_empty_values),
      cmocka_unit_test(test_telegram_time_without_letter),
      cmocka_unit_test(test_telegram_time_as_dlms_date_time),
      cmocka_unit_test(test_time_and_date_as_two_codes),
      cmocka_unit_test(test_version_in_hex_or_blank),
      cmocka_unit_test(test_main_registers_under_1_1),
      cmocka_unit_test(test_two_currents_in_one_object),
      cmocka_unit_test(test_texts_of_any_bytes),
      cmocka_unit_test(test_states_as_words),
      cmocka_unit_test(test_repeated_codes),
      cmocka_unit_test(test_misprinted_codes),
      cmocka_unit_test(test_negative_values),
      cmocka_unit_test(test_power_factors),
      cmocka_unit_test(test_frequencies_without_decimals),
      cmocka_unit_test(test_blank_lines),
      cmocka_unit_test(test_line_feeds_alone),
      cmocka_unit_test(test_lines_padded_with_blanks),
      cmocka_unit_test(test_lost_characters),
      cmocka_unit_test(test_nuls_and_control_bytes),
      cmocka_unit_test(test_frames_that_are_no_telegram),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
