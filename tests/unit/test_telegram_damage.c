/*
 * test_telegram_damage.c - that a damaged telegram never makes a value of its
 * own, that what cannot be read is counted and named, and that no identity gets
 * into the names.
 */
#include "given.h"

static const char rich[] = GIVEN_RICH;

#define RICH_N (sizeof(rich) - 1)

static bool same_clock(const struct p1_clock *a, const struct p1_clock *b) {
  return a->valid == b->valid && a->local == b->local && a->season == b->season;
}

/* What a damaged copy of the rich telegram says was said by the whole one. */
static void check_against_whole(const struct p1_telegram *t,
                                const struct p1_telegram *whole, size_t n,
                                size_t at, unsigned byte) {
  assert_true(t->count <= GIVEN_RICH_OBJECTS);
  for (unsigned i = 0; i < t->count; i++) {
    const struct p1_object *object = &t->objects[i];
    assert_true((size_t)object->text.at + object->text.n <= n);
    const struct p1_object *was = p1_telegram_find_channel(
        whole, (enum p1_id)object->id, object->channel);
    const bool value_same =
        !object->has_value || (was != NULL && was->has_value &&
                               was->value.number == object->value.number &&
                               was->value.decimals == object->value.decimals &&
                               was->value.unit == object->value.unit);
    const bool time_same =
        !object->time.valid ||
        (was != NULL && same_clock(&was->time, &object->time));
    if (!value_same || !time_same)
      fail_msg("byte 0x%02x at %zu alters object %u of channel %u", byte, at,
               object->id, object->channel);
  }
  for (unsigned i = 0; i < t->malformed && i < P1_REMARKS_MAX; i++)
    assert_true((size_t)t->malformed_codes[i].at + t->malformed_codes[i].n <=
                n);
  for (unsigned i = 0; i < t->unknown && i < P1_REMARKS_MAX; i++)
    assert_true((size_t)t->unknown_codes[i].at + t->unknown_codes[i].n <= n);
}

static const struct p1_telegram *whole_telegram(void) {
  static struct p1_telegram whole;
  p1_telegram_parse(&whole, rich, RICH_N);
  assert_int_equal(whole.count, GIVEN_RICH_OBJECTS);
  return &whole;
}

static void test_every_truncation(void **state) {
  (void)state;
  const struct p1_telegram *whole = whole_telegram();
  for (size_t n = 0; n <= RICH_N; n++)
    check_against_whole(given_bytes(rich, n), whole, n, n, 0);
  /* and nothing is read in front of the span */
  struct guard guard;
  static struct p1_telegram t;
  guard_init(&guard, RICH_N);
  for (size_t from = 0; from < RICH_N; from++) {
    const char *bytes = guard_at_start(&guard, rich + from, RICH_N - from);
    p1_telegram_parse(&t, bytes, RICH_N - from);
    check_against_whole(&t, whole, RICH_N - from, from, 0);
  }
  guard_free(&guard);
}

/* Bytes of which no number can be made: whatever they replace or come before,
 * no value and no stamp becomes another one. DSMR 2.2 has no checksum. */
static void test_damaged_bytes_alter_no_value(void **state) {
  (void)state;
  static const char nasty[] = {'\0', '\r', '\n', ' ', '(',    ')',   '!',
                               '/',  ',',  '#',  'x', '\x7F', '\xFF'};
  const struct p1_telegram *whole = whole_telegram();
  char bytes[RICH_N + 1];
  for (size_t at = 1; at < RICH_N; at++)
    for (size_t i = 0; i < sizeof(nasty); i++) {
      memcpy(bytes, rich, RICH_N);
      bytes[at] = nasty[i];
      check_against_whole(given_bytes(bytes, RICH_N), whole, RICH_N, at,
                          (unsigned char)nasty[i]);
      memcpy(bytes + at + 1, rich + at, RICH_N - at);
      check_against_whole(given_bytes(bytes, RICH_N + 1), whole, RICH_N + 1, at,
                          (unsigned char)nasty[i]);
    }
}

/* One line each: it leaves no object and is counted, and the lines around it
 * are read. */
static void test_malformed_lines_leave_nothing(void **state) {
  (void)state;
  static const char *const lines[] = {
      "1-0:1.7.0(00.318*kW",
      "1-0:1.7.0 00.318*kW)",
      "1-0:1.7.0 (00.318*kW)",
      "1-0:1.7.0(00,318*kW)",
      "1-0:1.7.0(00.318*kWh)",
      "1-0:1.7.0(00.318*kX)",
      "1-0:1.7.0(00.318*)",
      "1-0:1.7.0(0x10*kW)",
      "1-0:1.7.0(1e3*kW)",
      "1-0:1.7.0(nan*kW)",
      "1-0:1.7.0(inf*kW)",
      "1-0:1.7.0(+1*kW)",
      "1-0:1.7.0( 1*kW)",
      "1-0:1.7.0(1 *kW)",
      "1-0:1.7.0(1*kW)(2*kW)",
      "1-0:1.7.0(1*kW)x",
      "1-0:1.7.0(1*kW)\n(2*kW)",
      "1-0:1.7.0(1.2.3*kW)",
      "1-0:1.7.0(.5*kW)",
      "1-0:1.7.0(5.*kW)",
      "1-0:1.7.0(--5*kW)",
      "1-0:1.7.0(5-*kW)",
      "1-0:1.7.0((5*kW))",
      "1-0:1.7.0(10000000000000*kW)",
      "1-0:1.7.0(00.318)*kW",
      "1-0:1.7.0(00.31)(8*kW)",
      "1-0:1.7.0(kW)",
      "1-0:1.7.0)00.318*kW(",
      "1-0:1.7.0",
      "1-0:1.7.0(",
      "1-0:1.7.0()x",
      "1-0:1.7(00.318*kW)",
      "1-0:1.7.0.1.1(00.318*kW)",
      "1-0:256.7.0(00.318*kW)",
      "1-0:1.7.0*256(00.318*kW)",
      "1-0:0001.7.0(00.318*kW)",
      "1-0;1.7.0(00.318*kW)",
      "1,0:1.7.0(00.318*kW)",
      "1:0:1.7.0(00.318*kW)",
      "1-0:1.7-0(00.318*kW)",
      "-1-0:1.7.0(00.318*kW)",
      "x1-0:1.7.0(00.318*kW)",
      "rubbish",
      "0",
      "0-0:96.7.21(-4)",
      "0-0:96.7.21(4.5)",
      "0-0:96.7.21(4*s)",
      "0-0:96.7.21(x)",
      "0-0:96.14.0(1)(2)",
      "0-0:96.14.0(1.5)",
      "0-0:1.0.0(rubbish)",
      "0-0:1.0.0(24022913450W)",
      "0-0:1.0.0(240229134500WW)",
      "0-0:1.0.0(240229134500W)(1)",
      "1-0:32.7.0(231.4*A)",
      "1-0:31.7.0(2*V)",
      "1-0:1.8.0(000000.000*kW)",
      "1-0:13.7.0(0.9*W)",
      "1-1:31.4.0(100*A)(rubbish)",
      "1-1:31.4.0(100*A)0",
      "1-1:31.4.0(100*A,)",
      "1-1:31.4.0(100*A,-63*A)0",
      "1-0:1.6.0(rubbish)(1*kW)",
      "1-0:1.6.0(240215081500W)(1*V)",
      "1-0:1.6.0(1*kW)(2*kW)",
      "1-0:1.6.0(240215081500W)(240215081500W)",
      "1-0:1.6.0(240215081500W)(1*kW)(2)",
      "0-1:24.2.1(240215081500W)(x)",
      "0-1:24.2.1(240215081500W)(1*kW)",
      "0-1:24.2.1(240215081500W)(1*m3)(2*m3)",
      "0-1:24.2.1(240215081500W)(1*m3)x",
      "0-1:24.2.1(240215081500W)(240215081500W)",
      "0-1:24.2.1(1*m3)(rubbish)()",
      "0-1:24.2.1(rubbish)",
      "0-1:24.1.0(x)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(m3)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(m3)\n(x)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(m3)\n(001)23.4)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(m3)\n(001.4)(2)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(mx)\n(001.4)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(kWh)\n(001.4)",
      "0-1:24.3.0(240215080000)(00)(60)(1)(0-1:24.2.1)(MJ)\n(001.4)",
      "0-1:24.3.0(240215080000)(00)(60)(0)(0-1:24.2.1)(m3)\n(001.4)",
      "0-1:24.3.0(240215080000)(00)(60)(2)(0-1:24.2.1)(m3)\n(001.4)",
      "0-0:96.1.1(3153414731313030",
      "0-0:96.13.0(x",
      "0-0:96.13.0(x\n    ",
      "0-0:96.13.0(x\ny\n  ",
  };
  static char text[512];
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    snprintf(text, sizeof(text),
             "1-0:2.7.0(00.001*kW)\n%s\n1-0:21.7.0(00.002*kW)\n", lines[i]);
    const struct p1_telegram *t = given(text);
    assert_row(t->malformed == 1, lines[i]);
    assert_row(t->unknown == 0, lines[i]);
    assert_row(t->count == 2, lines[i]);
    assert_value(t, P1_ID_POWER_EXPORT, 1, 0, P1_UNIT_W);
    assert_value(t, P1_ID_POWER_IMPORT_L1, 2, 0, P1_UNIT_W);
  }
}

static void test_unknown_codes_are_named(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:99.99.0(12345678)\n"
                                      "1-0:1.7.0(00.318*kW)\n"
                                      "0-10:24.2.1(1*m3)\n"
                                      "0-255:24.1.0(003)\n"
                                      "9-9:9.9.9*255\n(1)(2)\n(3)\n"
                                      "128-0:1.7.0(00.318*kW)\n");
  static const char *const codes[] = {"1-0:99.99.0", "0-10:24.2.1",
                                      "0-255:24.1.0", "9-9:9.9.9*255",
                                      "128-0:1.7.0"};
  assert_int_equal(t->count, 1);
  assert_int_equal(t->malformed, 0);
  assert_int_equal(t->unknown, COUNT_OF(codes));
  for (size_t i = 0; i < COUNT_OF(codes); i++)
    assert_text(t->bytes + t->unknown_codes[i].at, t->unknown_codes[i].n,
                codes[i]);
}

static void test_malformed_codes_are_named(void **state) {
  (void)state;
  const struct p1_telegram *t = given("1-0:1.7.0(x*kW)\n"
                                      "0-1:24.2.1*255(rubbish)\n"
                                      "1,0:2.7.0(1*kW)\n"
                                      "rubbish\n");
  assert_int_equal(t->malformed, 4);
  assert_text(t->bytes + t->malformed_codes[0].at, t->malformed_codes[0].n,
              "1-0:1.7.0");
  assert_text(t->bytes + t->malformed_codes[1].at, t->malformed_codes[1].n,
              "0-1:24.2.1*255");
  assert_text(t->bytes + t->malformed_codes[3].at, t->malformed_codes[3].n, "");
}

static void test_remarks_are_counted_beyond_their_places(void **state) {
  (void)state;
  static char text[GIVEN_MAX];
  size_t n = 0;
  for (unsigned i = 0; i < 2 * P1_REMARKS_MAX; i++)
    n += (size_t)snprintf(text + n, sizeof(text) - n,
                          "1-0:99.99.%u(1)\n1-0:1.7.0(x)\n", i);
  const struct p1_telegram *t = given(text);
  assert_int_equal(t->unknown, 2 * P1_REMARKS_MAX);
  assert_int_equal(t->malformed, 2 * P1_REMARKS_MAX);
  assert_int_equal(t->count, 0);
  assert_null(p1_telegram_find(t, P1_ID_VERSION));
  assert_text(t->bytes + t->malformed_codes[0].at, t->malformed_codes[0].n,
              "1-0:1.7.0");
  assert_text(t->bytes + t->unknown_codes[P1_REMARKS_MAX - 1].at,
              t->unknown_codes[P1_REMARKS_MAX - 1].n, "1-0:99.99.31");
}

/* Remarks go into logs. A line that lost its parenthesis must not take a serial
 * number there. */
static void test_remarks_hold_no_identity(void **state) {
  (void)state;
  static const char *const lines[] = {"0-0:96.1.1(4530303034)x",
                                      "0-0:96.1.145303)",
                                      "0-0:96.1.1-453030-3034)",
                                      "0-0:96.1.14530303034)",
                                      "0-0:96.1.1*4530303034)",
                                      "0-0:96.1.1.4530303034)",
                                      "0-0:96.1.1 4530303034)",
                                      "0-0:96.1.1:4530303034)",
                                      "0-0:96.1.1-4530303034)",
                                      "0-0:96.1.1,4530303034)",
                                      "0-0:96.1.04530303034)",
                                      "4530303034",
                                      "4530303034)",
                                      "12-4530303034)",
                                      "0-1:96.1.4530303034)",
                                      "0-0:4530303034)",
                                      "0-0:4530303034.4530303034.4530303034(1)",
                                      "0-0:96.1.1",
                                      "0-0:96.1.1(4530303034",
                                      "0-0:96.1.77(4530303034)",
                                      "0-0:96.1.77(45)(30)\n(30303034)"};
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    char text[256];
    snprintf(text, sizeof(text), "%s\n1-0:1.7.0(00.318*kW)\n", lines[i]);
    const struct p1_telegram *t = given(text);
    assert_row(t->malformed + t->unknown == 1, lines[i]);
    const struct p1_slice code =
        t->unknown > 0 ? t->unknown_codes[0] : t->malformed_codes[0];
    unsigned run = 0;
    for (unsigned at = 0; at < code.n; at++) {
      const char c = t->bytes[code.at + at];
      run = c >= '0' && c <= '9' ? run + 1 : 0;
      assert_row(run <= 3, lines[i]);
      assert_row(strchr("0123456789-:.,*", c) != NULL, lines[i]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_truncation),
      cmocka_unit_test(test_damaged_bytes_alter_no_value),
      cmocka_unit_test(test_malformed_lines_leave_nothing),
      cmocka_unit_test(test_unknown_codes_are_named),
      cmocka_unit_test(test_malformed_codes_are_named),
      cmocka_unit_test(test_remarks_are_counted_beyond_their_places),
      cmocka_unit_test(test_remarks_hold_no_identity),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
