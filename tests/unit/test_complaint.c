/*
 * test_complaint.c - the log stays readable whatever goes wrong.
 */
#include "torture.h"

#include "complaint.h"

#define MINUTE_MS INT64_C(60000)

static void the_first_is_logged(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  uint32_t hidden = 9;
  assert_true(p1_complaint_raise(&complaint, 0, 0, &hidden));
  assert_int_equal(hidden, 0);
}

static void then_once_a_quarter_with_a_count(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  uint32_t hidden = 0;
  assert_true(p1_complaint_raise(&complaint, 7, 5000, &hidden));
  for (int second = 1; second < 900; second++)
    assert_false(
        p1_complaint_raise(&complaint, 7, 5000 + second * 1000, &hidden));
  assert_true(p1_complaint_raise(&complaint, 7, 905000, &hidden));
  assert_int_equal(hidden, 899);
  assert_false(p1_complaint_raise(&complaint, 7, 906000, &hidden));
}

static void recovery_is_logged_once(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  uint32_t hidden = 0;
  assert_false(p1_complaint_clear(&complaint, &hidden));
  assert_true(p1_complaint_raise(&complaint, 7, 0, &hidden));
  assert_false(p1_complaint_raise(&complaint, 7, 10, &hidden));
  assert_true(p1_complaint_clear(&complaint, &hidden));
  assert_int_equal(hidden, 1);
  assert_false(p1_complaint_clear(&complaint, &hidden));
  assert_true(p1_complaint_raise(&complaint, 7, 60 * MINUTE_MS, &hidden));
  assert_int_equal(hidden, 0); /* told already */
}

/* A cable that is bad every other second: two lines a quarter, not 1,800. */
static void coming_and_going_cannot_flood(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  int lines = 0;
  uint32_t hidden = 0;
  for (int64_t ms = 0; ms < 60 * MINUTE_MS; ms += 2000) {
    lines += p1_complaint_raise(&complaint, 7, ms, &hidden);
    lines += p1_complaint_clear(&complaint, &hidden);
  }
  assert_int_equal(lines, 8);
}

static void a_new_reason_is_logged_after_a_minute(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  uint32_t hidden = 0;
  assert_true(p1_complaint_raise(&complaint, 7, 0, &hidden));
  assert_false(p1_complaint_raise(&complaint, 8, MINUTE_MS - 1, &hidden));
  assert_true(p1_complaint_raise(&complaint, 8, MINUTE_MS, &hidden));
  assert_int_equal(hidden, 1);
  assert_false(p1_complaint_raise(&complaint, 8, 3 * MINUTE_MS, &hidden));
}

/* Two reasons that alternate each second: a line each in a quarter of an hour.
 */
static void alternating_reasons_cannot_flood(void **state) {
  (void)state;
  struct p1_complaint complaint = {0};
  int lines = 0;
  uint32_t hidden = 0;
  for (int64_t ms = 0; ms < 60 * MINUTE_MS; ms += 1000)
    lines +=
        p1_complaint_raise(&complaint, (uint32_t)(ms / 1000 % 2), ms, &hidden);
  assert_int_equal(lines, 2 * 4);
}

static void sentences_are_told_apart(void **state) {
  (void)state;
  assert_int_equal(p1_complaint_reason(""), 2166136261u);
  assert_int_equal(p1_complaint_reason("a"), 0xE40C292Cu); /* FNV-1a's own */
  assert_int_not_equal(p1_complaint_reason("ab"), p1_complaint_reason("ba"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_is_logged),
      cmocka_unit_test(then_once_a_quarter_with_a_count),
      cmocka_unit_test(recovery_is_logged_once),
      cmocka_unit_test(coming_and_going_cannot_flood),
      cmocka_unit_test(a_new_reason_is_logged_after_a_minute),
      cmocka_unit_test(alternating_reasons_cannot_flood),
      cmocka_unit_test(sentences_are_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
