/*
 * test_decode.c - what `p1ctl decode` makes of bytes: exact numbers,
 * well-formed JSON, a table, an exit status, and no serial number that nobody
 * asked for.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#endif
#include "torture.h"

#include "decoding.h"

#include "p1ctl/jsonwrite.h"
#include "p1ctl/p1ctl.h"
#include "p1ctl/text.h"

#include <stdlib.h>
#include <string.h>

static const char belgian_json[] =
    "{\"meter\":\"FLU5\",\"crc\":\"ok\",\"time\":1612452988,"
    "\"local\":\"2021-02-04T16:36:28+01:00\",\"readings\":{"
    "\"energy_wh-import-T1\":439330,\"energy_wh-import-T2\":435292,"
    "\"energy_wh-export-T1\":35805,\"energy_wh-export-T2\":12156,"
    "\"gauge-tariff\":2,\"power-import-demand\":351,"
    "\"power-import-peak\":2589,\"power-import\":329,\"power-export\":0,"
    "\"voltage-L1\":238.3,\"current-L1\":2.18,\"gauge-breaker\":1,"
    "\"power-net\":329,\"energy_wh-import\":874622,"
    "\"energy_wh-export\":47961,\"power-import-demand_projected\":538.164,"
    "\"power-import-peak_average\":3695,\"gauge-gas_m3\":343.925,"
    "\"gauge-gas_valve\":1},\"devices\":["
    "{\"channel\":1,\"medium\":\"gas\",\"captured\":1612452902,\"live\":true,"
    "\"type\":3,\"value\":343.925,\"unit\":\"m3\",\"valve\":1},"
    "{\"channel\":2,\"medium\":\"water\",\"captured\":1609455600,"
    "\"live\":false,\"type\":7,\"value\":1.5,\"unit\":\"m3\"}],"
    "\"failures\":[{\"end\":1607437455,\"duration\":3661}],"
    "\"peaks\":[{\"closed\":1612134000,\"time\":1611426300,"
    "\"demand\":3695}],"
    "\"texts\":{\"0-0:96.13.0\":\"Save energy\"},"
    "\"unknown\":[\"1-0:99.99.0\"],\"malformed\":[\"1-0:52.7.0\"]}\n";

static void test_json_of_a_telegram(void **state) {
  (void)state;
  char *telegram = with_crc(belgian);
  struct result result = run(&json, telegram);
  assert_string_equal(result.out, belgian_json);
  assert_string_equal(result.err, "");
  assert_int_equal(result.status, P1CTL_OK);
  done(&result);
  free(telegram);
}

static void test_numbers(void **state) {
  (void)state;
  static const struct {
    int64_t number;
    unsigned decimals;
    bool trim;
    const char *text;
  } cases[] = {
      {0, 0, false, "0"},
      {0, 3, false, "0.000"},
      {0, 3, true, "0"},
      {3290, 1, true, "329"},
      {3290, 1, false, "329.0"},
      {2383, 1, true, "238.3"},
      {100, 0, true, "100"}, /* zeros of the integer are no decimals */
      {100, 2, true, "1"},
      {5, 3, true, "0.005"},
      {50, 3, true, "0.05"},
      {-5, 3, false, "-0.005"},
      {-1739, 0, true, "-1739"},
      {-3618, 3, true, "-3.618"},
      {INT64_C(999999999999999), 0, true, "999999999999999"},
      {INT64_C(325495061662), 4, true, "32549506.1662"},
      {1, 12, true, "0.000000000001"},
      {INT64_MAX, 18, true, "9.223372036854775807"},
      {INT64_MIN, 0, false, "-9223372036854775808"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char text[P1CTL_NUMBER_MAX];
    size_t n =
        p1ctl_number(cases[i].number, cases[i].decimals, cases[i].trim, text);
    assert_string_equal(text, cases[i].text);
    assert_int_equal(n, strlen(cases[i].text));
  }
}

static void test_strings_are_escaped(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t n;
    const char *text;
  } cases[] = {
      {"", 0, "\"\""},
      {"a/b", 3, "\"a/b\""},
      {"\"\\", 2, "\"\\\"\\\\\""},
      {"\0\x1b[2J\r\n", 7, "\"\\u0000\\u001b[2J\\u000d\\u000a\""},
      {"\x7f", 1, "\"\\u007f\""},
      {"m\xc2\xb3", 3, "\"m\xc2\xb3\""},       /* UTF-8 goes as it is */
      {"m\xb3", 2, "\"m\\u00b3\""},            /* Latin-1 becomes one */
      {"\xe2\x82\xac", 3, "\"\xe2\x82\xac\""}, /* three bytes */
      {"\xe2\x82", 2, "\"\\u00e2\\u0082\""},   /* cut off */
      {"\xc0\xaf", 2, "\"\\u00c0\\u00af\""},   /* too long a spelling */
      {"\xe0\x80\xaf", 3, "\"\\u00e0\\u0080\\u00af\""},
      {"\xf0\x9f\x94\x8c", 4, "\"\xf0\x9f\x94\x8c\""},
      {"\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\""},
      {"\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\""}, /* half a pair */
      {"\xc2\x9b", 2, "\"\\u009b\""},                   /* a terminal's CSI */
      {"\xff", 1, "\"\\u00ff\""},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct p1ctl_jsonwrite writer = {.out = out};
    p1ctl_json_bytes(&writer, NULL, cases[i].bytes, cases[i].n);
    fclose(out);
    assert_string_equal(text, cases[i].text);
    free(text);
  }
}

/* A file that has lost its CRs, in portions of every size and cut in two at
 * every place, reads as the whole telegram does. */
static void test_line_ends_are_restored(void **state) {
  (void)state;
  char *telegram = with_crc(belgian);
  size_t n = 0;
  char *bare = malloc(strlen(telegram) + 1);
  assert_non_null(bare);
  for (const char *p = telegram; *p != '\0'; p++)
    if (*p != '\r')
      bare[n++] = *p;

  for (size_t i = 1; i <= n; i++) {
    struct result pieces = run_in(&json, bare, n, i, i);
    assert_string_equal(pieces.out, belgian_json);
    done(&pieces);
    struct result halves = run_in(&json, bare, n, i, n);
    assert_string_equal(halves.out, belgian_json);
    done(&halves);
  }
  /* What has its CRs keeps them as they are, wherever it is cut. */
  n = strlen(telegram);
  for (size_t i = 1; i <= n; i++) {
    struct result halves = run_in(&json, telegram, n, i, n);
    assert_string_equal(halves.out, belgian_json);
    done(&halves);
  }
  free(bare);
  free(telegram);
}

/* What comes from a port is taken as it is: there a lost CR is damage. */
static void test_ports_are_not_repaired(void **state) {
  (void)state;
  struct p1ctl_options port = json;
  port.text_input = false;
  char *telegram = with_crc(belgian);
  char *cr = strchr(telegram, '\r');
  memmove(cr, cr + 1, strlen(cr));
  struct result result = run(&port, telegram);
  assert_non_null(strstr(result.out, "\"crc\":\"bad\""));
  assert_int_equal(result.status, P1CTL_FAILED);
  done(&result);
  free(telegram);
}

static void test_damaged_telegrams_say_nothing(void **state) {
  (void)state;
  static const char empty[] =
      "{\"meter\":\"FLU5\",\"crc\":\"bad\",\"time\":null,\"local\":null,"
      "\"readings\":{},\"devices\":[],\"failures\":[],\"unknown\":[],"
      "\"malformed\":[]}\n";
  char *telegram = with_crc(belgian);
  memcpy(strstr(telegram, "439.330"), "489", 3);

  struct result result = run(&json, telegram);
  assert_string_equal(result.out, empty);
  done(&result);
  struct result shown = run(&table, telegram);
  assert_non_null(strstr(shown.out, "CRC BAD"));
  assert_non_null(strstr(shown.out, "--ignore-crc"));
  assert_null(strstr(shown.out, "489.330"));
  done(&shown);

  struct p1ctl_options ignoring = json;
  ignoring.ignore_crc = true;
  struct result ignored = run(&ignoring, telegram);
  assert_non_null(strstr(ignored.out, "\"energy_wh-import-T1\":489330"));
  assert_non_null(strstr(ignored.out, "\"crc\":\"bad\""));
  assert_int_equal(ignored.status, P1CTL_FAILED);
  done(&ignored);
  free(telegram);
}

#define OLD "/ABC5\\1\n\n1-0:1.7.0(0001.19*kW)\n!\n"
#define GOOD "/AAA5MTR\r\n\r\n!525A\r\n"
#define BAD "/AAA5MTR\r\n\r\n!525B\r\n"
#define PROMISING "/ABC5\\1\n\n1-3:0.2.8(42)\n1-0:1.7.0(01.193*kW)\n!\n"
#define PART "/ABC5\\1\n\n1-0:1.7.0(0001.1"

static void test_exit_status(void **state) {
  (void)state;
  static const struct {
    const char *input;
    int status;
    const char *said; /* on stderr; "" for nothing at all */
  } cases[] = {
      {GOOD, P1CTL_OK, ""},
      {GOOD GOOD, P1CTL_OK, ""},
      {OLD OLD, P1CTL_OK, ""}, /* DSMR 2.2 has no CRC */
      {OLD GOOD, P1CTL_OK, ""},
      {GOOD BAD GOOD, P1CTL_FAILED, "2 telegrams good, 1 damaged"},
      {GOOD OLD, P1CTL_FAILED, "1 telegram good, 1 without the CRC"},
      {PROMISING, P1CTL_FAILED, "0 telegrams good, 1 without the CRC"},
      /* How captures begin and end. */
      {"1.19*kW)\n!\n" GOOD, P1CTL_OK, ""},
      {PART "\n" GOOD, P1CTL_OK, "the first telegram is not whole"},
      {GOOD PART, P1CTL_OK, "the last telegram is not whole"},
      {PART "\n" GOOD PART, P1CTL_OK, "the first and the last telegram"},
      {GOOD PART "\n" GOOD, P1CTL_FAILED, "2 telegrams good, 1 broken off"},
      /* A telegram that waits for the end of its last line. */
      {"/AAA5MTR\r\n\r\n!525A", P1CTL_OK, ""},
      {"/AAA5MTR\r\n\r\n!", P1CTL_OK, ""},
      /* Nothing in it. */
      {"", P1CTL_FAILED, "nothing was received"},
      {"hello, world\n", P1CTL_FAILED, "no telegram in 13 bytes"},
      {PART, P1CTL_FAILED, "no whole telegram"},
      {"\xdb\x08SAG", P1CTL_FAILED, "encrypted"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct result result = run(&json, cases[i].input);
    if (result.status != cases[i].status ||
        (cases[i].said[0] == '\0') != (result.err[0] == '\0') ||
        strstr(result.err, cases[i].said) == NULL)
      fail_msg("%s: status %d, said: %s", cases[i].input, result.status,
               result.err);
    done(&result);
  }
}

/* A telegram without its CRC has no readings where one is due. */
static void test_missing_crc(void **state) {
  (void)state;
  struct result result = run(&json, GOOD OLD);
  assert_non_null(strstr(result.out, "\"crc\":\"absent\",\"time\":null"));
  assert_null(strstr(result.out, "1190"));
  done(&result);
  result = run(&json, OLD);
  assert_non_null(strstr(result.out, "\"power-import\":1190"));
  done(&result);
}

static void test_too_long(void **state) {
  (void)state;
  size_t n = 3 * (size_t)P1_TELEGRAM_MAX;
  char *bytes = malloc(n + 1);
  assert_non_null(bytes);
  memset(bytes, 'x', n);
  memcpy(bytes, "/ABC5\\1\r\n\r\n0-0:96.13.0(", 23);
  bytes[n] = '\0';
  struct result result = run(&json, bytes);
  assert_int_equal(result.status, P1CTL_FAILED);
  assert_non_null(strstr(result.err, "longer than a telegram"));
  done(&result);
  free(bytes);
}

static void test_count_ends_it(void **state) {
  (void)state;
  struct p1ctl_options two = json;
  two.count = 2;
  struct result result = run(&two, GOOD GOOD BAD);
  assert_int_equal(result.status, P1CTL_OK);
  const char *end = strchr(strchr(result.out, '\n') + 1, '\n');
  assert_string_equal(end, "\n");
  done(&result);
}

static void test_full_output(void **state) {
  (void)state;
  FILE *full = fopen("/dev/full", "w");
  if (full == NULL)
    skip();
  char *err = NULL;
  size_t size = 0;
  FILE *errors = open_memstream(&err, &size);
  assert_non_null(errors);
  p1ctl_decoder_init(&decoder, &json, full);
  assert_false(p1ctl_decoder_push(&decoder, GOOD GOOD, strlen(GOOD GOOD)));
  assert_int_equal(p1ctl_decoder_report(&decoder, "input", errors),
                   P1CTL_FAILED);
  fclose(errors);
  assert_non_null(strstr(err, "standard output"));
  free(err);
  fclose(full);
}

/* Serial numbers in every place where a meter, or damage, can put one. The
 * digits are nobody's; a text in hex is what most meters print. */
#define SERIAL "KEEPSECRET42"
#define SERIAL_HEX                                                             \
  "4B454550534543524554"                                                       \
  "3432"
#define SERIAL_DIGITS "4912345678901"

static char *telegram_of_secrets(void) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  fputs("/XYZ5\\" SERIAL "\n\n", out);
  static const char *const forms[] = {SERIAL, SERIAL_HEX, SERIAL_DIGITS};
  unsigned form = 0;
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row(id);
    if (row->kind != P1_KIND_NAME)
      continue;
    const bool any = row->code[1] == P1_CHANNEL_ANY;
    for (unsigned b = any ? 1 : row->code[1]; b <= (any ? 4 : row->code[1]);
         b++)
      fprintf(out, "%u-%u:%u.%u.%u(%s)\n", row->code[0], b, row->code[2],
              row->code[3], row->code[4], forms[form++ % COUNT_OF(forms)]);
  }
  fputs("1-0:99.99.9(" SERIAL ")\n"     /* under a code that is not known */
        "0-1:99.99.9(" SERIAL_HEX ")\n" /* as above, on a channel */
        "1-0:1.7.0(" SERIAL ")\n"       /* where a number belongs */
        "1-0:2.7.0(" SERIAL_DIGITS SERIAL_DIGITS ")\n"
        "0-1:24.2.1(" SERIAL ")(" SERIAL ")\n"
        "0-0:98.1.0(1)(" SERIAL ")(" SERIAL_HEX ")\n"
        "1-0:99.97.0(1)(" SERIAL ")(" SERIAL_HEX ")\n"
        "1-" SERIAL_DIGITS "\n" /* lines that are no code */
        "1-0:" SERIAL_DIGITS "(1)\n"
        "1-0:1.8." SERIAL_DIGITS "(1)\n" SERIAL_DIGITS "\n" SERIAL_HEX
        "\n" SERIAL "\n!",
        out);
  fclose(out);
  char *telegram = with_crc(text);
  free(text);
  return telegram;
}

static void test_identities_are_hidden(void **state) {
  (void)state;
  char *telegram = telegram_of_secrets();
  for (unsigned variant = 0; variant < 4; variant++) {
    struct p1ctl_options options = json;
    options.table = (variant & 1) != 0;
    options.ignore_crc = (variant & 2) != 0;
    struct result result = run(&options, telegram);
    assert_int_equal(result.status, P1CTL_OK);
    assert_non_null(strstr(result.out, "1-0:99.99.9"));
    assert_null(strstr(result.out, SERIAL));
    assert_null(strstr(result.out, SERIAL_HEX));
    assert_null(strstr(result.out, SERIAL_DIGITS));
    assert_null(strstr(result.out, "4912345"));
    done(&result);

    options.identity = true;
    result = run(&options, telegram);
    const char *header = options.table ? "XYZ5\\" SERIAL : "XYZ5\\\\" SERIAL;
    assert_non_null(strstr(result.out, header));
    assert_non_null(strstr(result.out, SERIAL_DIGITS));
    assert_null(strstr(result.out, SERIAL_HEX)); /* shown as text */
    done(&result);
  }
  free(telegram);
}

static void test_codes_and_nothing_else(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *code; /* NULL: none */
  } cases[] = {
      {"1-0:1.7.0", "1-0:1.7.0"},
      {"1-0:1.7.0*255", "1-0:1.7.0"},
      {"1-0:99:97.0", "1-0:99:97.0"},
      {"1,0:2.7.0", "1,0:2.7.0"},
      {"0-0:96.1.255(", "0-0:96.1.255"},
      {"1-0:1.7", NULL},
      {"1-0:1.7.", NULL},
      {"12-0:1.7.0", NULL},
      {"1-0:1.7.1234", NULL},
      {"1-1234:1.7.0", NULL},
      {"12:34:56:78:90", NULL},
      {"A-0:1.7.0", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct p1_telegram telegram = {.bytes = cases[i].text};
    const struct p1_slice whole = {.n = (uint16_t)strlen(cases[i].text)};
    char code[P1CTL_CODE_MAX];
    const bool found = p1ctl_code(&telegram, whole, code);
    assert_int_equal(found, cases[i].code != NULL);
    assert_string_equal(code, found ? cases[i].code : "");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_json_of_a_telegram),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_strings_are_escaped),
      cmocka_unit_test(test_line_ends_are_restored),
      cmocka_unit_test(test_ports_are_not_repaired),
      cmocka_unit_test(test_damaged_telegrams_say_nothing),
      cmocka_unit_test(test_exit_status),
      cmocka_unit_test(test_missing_crc),
      cmocka_unit_test(test_too_long),
      cmocka_unit_test(test_count_ends_it),
      cmocka_unit_test(test_full_output),
      cmocka_unit_test(test_identities_are_hidden),
      cmocka_unit_test(test_codes_and_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
