/*
 * test_notify.c - what is kept of a line's events, and what collectd is told of
 * them.
 */
#include "torture.h"

#include "collectd_mock.h"

#include "collectd/notify.h"

#include <stdio.h>
#include <string.h>

static int setup(void **state) {
  (void)state;
  p1_mock_reset();
  return 0;
}

/* ---- what is kept ---- */

static void notices_come_out_in_their_order(void **state) {
  (void)state;
  struct p1_notices notices = {0};
  struct p1_notice notice;
  assert_false(p1_notices_take(&notices, &notice));
  p1_notices_put(&notices, P1_SEVERITY_FAILURE, 1000, "lost");
  p1_notices_put(&notices, P1_SEVERITY_OKAY, 2000, "back");
  assert_true(p1_notices_take(&notices, &notice));
  assert_string_equal(notice.text, "lost");
  assert_int_equal(notice.time_ms, 1000);
  assert_int_equal(notice.severity, P1_SEVERITY_FAILURE);
  p1_notices_put(&notices, P1_SEVERITY_WARNING, 3000, "damaged");
  assert_true(p1_notices_take(&notices, &notice));
  assert_string_equal(notice.text, "back");
  assert_true(p1_notices_take(&notices, &notice));
  assert_string_equal(notice.text, "damaged");
  assert_int_equal(notice.severity, P1_SEVERITY_WARNING);
  assert_false(p1_notices_take(&notices, &notice));
}

/* Nobody takes: the newest stay, whatever was taken before. */
static void the_oldest_go_when_it_is_full(void **state) {
  (void)state;
  struct p1_notices notices = {0};
  struct p1_notice notice;
  p1_notices_put(&notices, P1_SEVERITY_OKAY, 0, "one");
  p1_notices_put(&notices, P1_SEVERITY_OKAY, 0, "two");
  assert_true(p1_notices_take(&notices, &notice));
  for (int i = 0; i < 20; i++) {
    char text[16];
    snprintf(text, sizeof(text), "%d", i);
    p1_notices_put(&notices, P1_SEVERITY_OKAY, i, text);
  }
  for (int i = 20 - P1_NOTICES_MAX; i < 20; i++) {
    assert_true(p1_notices_take(&notices, &notice));
    assert_int_equal(notice.time_ms, i);
  }
  assert_false(p1_notices_take(&notices, &notice));
}

static void a_long_sentence_is_cut(void **state) {
  (void)state;
  struct p1_notices notices = {0};
  struct p1_notice notice;
  char text[P1_NOTICE_TEXT_MAX + 1];
  memset(text, 'x', sizeof(text));
  text[P1_NOTICE_TEXT_MAX] = '\0';
  p1_notices_put(&notices, P1_SEVERITY_OKAY, 0, text);
  text[P1_NOTICE_TEXT_MAX - 1] = '\0';
  p1_notices_put(&notices, P1_SEVERITY_OKAY, 0, text);
  assert_true(p1_notices_take(&notices, &notice));
  assert_int_equal(strlen(notice.text), P1_NOTICE_TEXT_MAX - 1);
  assert_string_equal(notice.text + P1_NOTICE_TEXT_MAX - 5, "x...");
  assert_true(p1_notices_take(&notices, &notice));
  assert_string_equal(notice.text, text);
}

/* ---- what collectd is told ---- */

static void a_notice_becomes_a_notification(void **state) {
  (void)state;
  const struct p1_notice notice = {.time_ms = 1795176000500,
                                   .severity = P1_SEVERITY_WARNING,
                                   .text = "100 %s of it are damaged"};
  assert_true(p1_notify("home", NULL, &notice));
  assert_int_equal(p1_mock.notification_count, 1);
  const notification_t *found = &p1_mock.notification[0];
  assert_int_equal(found->severity, NOTIF_WARNING);
  assert_true(found->time == MS_TO_CDTIME_T(1795176000500));
  assert_string_equal(found->message, "100 %s of it are damaged");
  assert_string_equal(found->host, "mockhost");
  assert_string_equal(found->plugin, "p1");
  assert_string_equal(found->plugin_instance, "home");
  assert_string_equal(found->type, "");
  assert_string_equal(found->type_instance, "");
  assert_null(found->meta);
}

static void the_host_is_the_meters(void **state) {
  (void)state;
  const struct p1_notice notice = {.severity = P1_SEVERITY_OKAY,
                                   .text = "back"};
  assert_true(p1_notify("home", "cellar.example", &notice));
  assert_string_equal(p1_mock.notification[0].host, "cellar.example");
  assert_int_equal(p1_mock.notification[0].severity, NOTIF_OKAY);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, setup)
  const struct CMUnitTest tests[] = {
      TEST(notices_come_out_in_their_order),
      TEST(the_oldest_go_when_it_is_full),
      TEST(a_long_sentence_is_cut),
      TEST(a_notice_becomes_a_notification),
      TEST(the_host_is_the_meters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
