/*
 * test_table.c - the table of `p1ctl decode` for people.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#endif
#include "torture.h"

#include "decoding.h"

#include "p1ctl/tabletext.h"

/* clang-format off */
static const char belgian_table[] =
    "FLU5, e-MUCS 1.7 (DSMR 5.0.2), 2021-02-04 16:36:28 CET, CRC ok\n"
    "\n"
    "  Description                                         Value  Unit   OBIS code\n"
    "\n"
    "Power, voltage and current\n"
    "  power imported                                        329  W      1-0:1.7.0\n"
    "  power exported                                          0  W      1-0:2.7.0\n"
    "  net power                                             329  W      (derived)\n"
    "  voltage L1                                          238.3  V      1-0:32.7.0\n"
    "  current L1                                           2.18  A      1-0:31.7.0\n"
    "\n"
    "Energy\n"
    "  energy imported, total                            874.622  kWh    (derived)\n"
    "  energy imported, tariff 1 (day)                   439.330  kWh    1-0:1.8.1\n"
    "  energy imported, tariff 2 (night)                 435.292  kWh    1-0:1.8.2\n"
    "  energy exported, total                             47.961  kWh    (derived)\n"
    "  energy exported, tariff 1 (day)                    35.805  kWh    1-0:2.8.1\n"
    "  energy exported, tariff 2 (night)                  12.156  kWh    1-0:2.8.2\n"
    "\n"
    "Demand\n"
    "  demand imported in the running quarter                351  W      1-0:1.4.0\n"
    "  demand at the end of the running quarter          538.164  W      (derived)\n"
    "  highest demand imported this month                   2589  W      1-0:1.6.0\n"
    "    on 2021-02-03 18:00:00 CET\n"
    "  mean of the past months' highest demands             3695  W      (derived)\n"
    "  highest demands of past months                    1 month         0-0:98.1.0\n"
    "    peak of 2021-01, 2021-01-23 19:25:00 CET           3695  W\n"
    "\n"
    "Tariff, switches and limits\n"
    "  number of the running tariff                    2 (night)         0-0:96.14.0\n"
    "  breaker                                     connected (1)         0-0:96.3.10\n"
    "  limiter threshold                                    none         0-0:17.0.0\n"
    "  fuse supervision threshold                           none         1-0:31.4.0\n"
    "\n"
    "Power quality\n"
    "  log of long power failures                      1 failure         1-0:99.97.0\n"
    "    failure 1 ended 2020-12-08 15:24:15 CET, it lasted 1 h 1 min 1 s\n"
    "\n"
    "M-Bus devices\n"
    "  gas, channel 1                                    343.925  m3     0-1:24.2.3\n"
    "    captured 2021-02-04 16:35:02 CET, 1 min 26 s ago\n"
    "    device type                                           3         0-1:24.1.0\n"
    "    valve                                          open (1)         0-1:24.4.0\n"
    "  water, channel 2                                    1.500  m3     0-2:24.2.1\n"
    "    captured 2021-01-01 00:00:00 CET, 34 d ago\n"
    "    not published: the reading is stale\n"
    "    device type                                           7         0-2:24.1.0\n"
    "\n"
    "Texts\n"
    "  text message                                                      0-0:96.13.0\n"
    "    Save energy\n"
    "\n"
    "Identities (hidden, --identity shows them)\n"
    "  serial number of the meter                       (hidden)         0-0:96.1.1\n"
    "  serial number of the device, channel 1           (hidden)         0-1:96.1.1\n"
    "\n"
    "Others\n"
    "  e-MUCS version of the telegram                      50217         0-0:96.1.4\n"
    "\n"
    "Unknown codes\n"
    "  1-0:99.99.0\n"
    "\n"
    "Lines that could not be read\n"
    "  1-0:52.7.0\n"
    "\n";
/* clang-format on */

static void test_table_of_a_telegram(void **state) {
  (void)state;
  char *telegram = with_crc(belgian);
  struct result result = run(&table, telegram);
  assert_string_equal(result.out, belgian_table);
  done(&result);
  free(telegram);
}

/* The table of a telegram that consists of these lines. */
static struct result table_of(const char *header, const char *lines) {
  char text[4096];
  const int n = snprintf(text, sizeof(text), "%s\n\n%s!", header, lines);
  assert_in_range(n, 1, sizeof(text) - 1);
  char *telegram = with_crc(text);
  struct result result = run(&table, telegram);
  assert_int_equal(result.status, 0);
  free(telegram);
  return result;
}

/* Some text that the reader of a kind takes. */
static const char *sample_of(enum p1_id id) {
  static char text[64];
  const struct p1_obis *row = p1_obis_row(id);
  switch ((enum p1_kind)row->kind) {
  case P1_KIND_NUMBER:
    snprintf(text, sizeof(text), "(00001.5*%s)",
             row->unit == P1_UNIT_NONE ? "kW" : p1_unit_name(row->unit));
    return text;
  case P1_KIND_FACTOR:
    return "(0.987)";
  case P1_KIND_CLOCK:
    return "(210204163628W)";
  case P1_KIND_PEAK:
    return "(210203180000W)(02.589*kW)";
  case P1_KIND_READING:
    return id == P1_ID_MBUS_READING_HOURLY || id == P1_ID_MBUS_READING_COLD
               ? "(210204160000)(00)(60)(1)(0-1:24.2.1)(m3)(00001.001)"
               : "(210204160000W)(00001.001*m3)";
  case P1_KIND_LIST:
    return "(0)";
  default:
    return "(1)";
  }
}

/* A telegram with every object of the catalogue: whatever is recognised is
 * shown, with its code, once, and within 80 columns. */
static void test_all_objects_are_shown(void **state) {
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  char codes[P1_ID_COUNT][P1CTL_CODE_MAX] = {{0}};

  fputs("/XYZ5\\1\n\n", out);
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    const struct p1_obis *row = p1_obis_row(id);
    if (row->kind == P1_KIND_DERIVED)
      continue;
    const unsigned b = row->code[1] == P1_CHANNEL_ANY ? 1 : row->code[1];
    snprintf(codes[id], P1CTL_CODE_MAX, "%u-%u:%u.%u.%u", row->code[0], b,
             row->code[2], row->code[3], row->code[4]);
    fprintf(out, "%s%s\n", codes[id], sample_of(id));
  }
  putc('!', out);
  fclose(out);
  char *telegram = with_crc(text);
  struct result result = run(&table, telegram);

  assert_null(strstr(result.out, "Lines that could not be read"));
  for (unsigned id = 1; id < P1_ID_COUNT; id++) {
    if (codes[id][0] == '\0' || id == P1_ID_TIME) /* which heads the table */
      continue;
    char end_of_line[P1CTL_CODE_MAX + 3];
    snprintf(end_of_line, sizeof(end_of_line), " %s\n", codes[id]);
    const char *found = strstr(result.out, end_of_line);
    if (found == NULL || strstr(found + 1, end_of_line) != NULL)
      fail_msg("%s is not shown, or shown twice", codes[id]);
  }
  for (const char *line = result.out; *line != '\0';
       line = strchr(line, '\n') + 1)
    if (strcspn(line, "\n") > 80)
      fail_msg("wider than 80 columns: %.*s", (int)strcspn(line, "\n"), line);
  done(&result);
  free(telegram);
  free(text);
}

/* Day and night only where it is known which is which: the numbers are swapped
 * between Belgium and the Netherlands, and elsewhere mean other things. */
static void test_tariff_words(void **state) {
  (void)state;
  static const struct {
    const char *header, *version;
    const char *first, *second;
  } cases[] = {
      {"/FLU5\\1", "", " (day)", " (night)"},
      {"/XYZ5\\1", "0-0:96.1.4(50217)\n", " (day)", " (night)"},
      {"/XYZ5\\1", "0-0:96.1.4(3231313130)\n", " (day)", " (night)"},
      {"/XYZ5\\1", "1-3:0.2.8(50)\n", " (low)", " (normal)"},
      {"/GRE5\\1", "0-0:96.1.4(12345)\n", "", ""},
      {"/GRE5\\1", "1-3:0.2.8(50)\n0-0:96.1.4(12345)\n", "", ""},
      {"/EST5\\1", "1-3:0.2.8(50)\n", "", ""},
      {"/XYZ5\\1", "", "", ""},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char lines[256], wanted[64];
    snprintf(lines, sizeof(lines),
             "%s0-0:96.14.0(0002)\n1-0:1.8.1(000001.000*kWh)\n"
             "1-0:1.8.2(000002.000*kWh)\n1-0:1.8.3(000003.000*kWh)\n",
             cases[i].version);
    struct result result = table_of(cases[i].header, lines);
    snprintf(wanted, sizeof(wanted), "tariff 1%s ", cases[i].first);
    assert_non_null(strstr(result.out, wanted));
    snprintf(wanted, sizeof(wanted), "tariff 2%s ", cases[i].second);
    assert_non_null(strstr(result.out, wanted));
    snprintf(wanted, sizeof(wanted), " 2%s ", cases[i].second);
    assert_non_null(strstr(strstr(result.out, "running tariff"), wanted));
    assert_non_null(strstr(result.out, "tariff 3 "));
    done(&result);
  }
}

/* The row that begins so, blanks in a row made one. */
static void assert_shown(const char *lines, const char *begin,
                         const char *wanted) {
  struct result result = table_of("/XYZ5\\1", lines);
  const char *row = strstr(result.out, begin);
  if (row == NULL)
    fail_msg("no row '%s' in\n%s", begin, result.out);
  char squeezed[160];
  size_t n = 0;
  for (; row != NULL && *row != '\n' && n + 1 < sizeof(squeezed); row++)
    if (*row != ' ' || row[1] != ' ')
      squeezed[n++] = *row;
  squeezed[n] = '\0';
  assert_string_equal(squeezed, wanted);
  done(&result);
}

static void test_rows(void **state) {
  (void)state;
  static const struct {
    const char *lines, *begin, *row;
  } cases[] = {
      {"0-0:17.0.0(77.376*kW)\n", "limiter",
       "limiter threshold 77376 W 0-0:17.0.0"},
      {"0-0:17.0.0(99.999*kW)\n", "limiter",
       "limiter threshold none 0-0:17.0.0"},
      {"1-0:31.4.0(999.99*A)\n", "fuse",
       "fuse supervision threshold none 1-0:31.4.0"},
      {"1-0:31.4.0(063*A)\n", "fuse",
       "fuse supervision threshold 63 A 1-0:31.4.0"},
      /* Lithuania: a mean current under the same code. */
      {"1-0:31.4.0(0000.003*kA)\n1-0:1.24.0(00000000.100*kW)\n",
       "mean current L1", "mean current L1 3 A 1-0:31.4.0"},
      {"1-1:31.4.0(100*A)(-063*A)\n", "largest current",
       "largest current allowed 100*A, -063*A 1-1:31.4.0"},
      {"0-0:96.3.10(0)\n", "breaker", "breaker disconnected (0) 0-0:96.3.10"},
      {"0-0:96.3.10(7)\n", "breaker", "breaker 7 0-0:96.3.10"},
      {"0-0:96.3.10(ON)\n", "breaker", "breaker ON 0-0:96.3.10"},
      {"0-2:96.3.10(1)\n", "auxiliary",
       "auxiliary relay 2 closed (1) 0-2:96.3.10"},
      /* The code as this meter prints it. */
      {"1-1:1.8.1(001595.070*kWh)\n", "energy imported, tariff 1",
       "energy imported, tariff 1 1595.070 kWh 1-1:1.8.1"},
      {"1-0:1.8.0*255(00032549.5061662*kWh)\n", "energy imported",
       "energy imported, total 32549.5061662 kWh 1-0:1.8.0"},
      {"1-0:3.8.0(000000747*varh)\n", "reactive",
       "reactive energy imported, total 0.747 kvarh 1-0:3.8.0"},
      {"0-0:98.1.0(12)\n", "highest demands",
       "highest demands of past months (empty) 0-0:98.1.0"},
      {"0-0:98.1.0(230701000000S)(000040.777*kWh)\n", "highest demands",
       "highest demands of past months (not read) 0-0:98.1.0"},
      {"0-0:96.1.1()\n", "serial number of the meter",
       "serial number of the meter (empty) 0-0:96.1.1"},
      {"0-1:24.1.0(003)\n0-1:96.1.0()\n0-1:24.2.1(700101010000W)(00000000)\n",
       "not", "not published: nothing lives on this channel"},
      {"0-1:24.1.0(003)\n", "not", "not published: it has no reading"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    assert_shown(cases[i].lines, cases[i].begin, cases[i].row);
}

/* A meter's text reaches the terminal as text: no escape sequence, broken at
 * its blanks, Latin-1 as UTF-8. */
static void test_texts_are_tame(void **state) {
  (void)state;
  struct result result =
      table_of("/XYZ5\\1", "0-0:96.13.0(a\x1b[2Jb caf\xe9 \xc2\x9bx)\n");
  assert_non_null(strstr(result.out, "    a [2Jb caf\xc3\xa9  x\n"));
  assert_null(strchr(result.out, '\x1b'));
  done(&result);

  result = table_of("/XYZ5\\1",
                    "0-0:96.13.0(one two three four five six seven eight nine "
                    "ten eleven twelve thirteen fourteen)\n");
  assert_non_null(strstr(result.out, "    one two"));
  assert_non_null(strstr(result.out, " thirteen\n    fourteen\n"));
  done(&result);

  result = table_of("/XYZ5\\1", "0-0:96.13.0(\xff\xff\xff\xff)\n");
  assert_non_null(strstr(result.out, "(empty)"));
  done(&result);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table_of_a_telegram),
      cmocka_unit_test(test_all_objects_are_shown),
      cmocka_unit_test(test_tariff_words),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_texts_are_tame),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
