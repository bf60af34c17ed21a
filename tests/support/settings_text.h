/*
 * settings_text.h - settings from a text in the language of collectd.conf, for
 * the tests of what its words mean.
 */
#ifndef P1_SETTINGS_TEXT_H
#define P1_SETTINGS_TEXT_H

#include "torture.h"

#include "collectd_mock.h"

#include "collectd/config.h"

/* What has been read since the start of the test. */
static struct p1_settings settings;
static size_t refused; /* what the last p1_settings_read() returned */

static inline int settings_take(oconfig_item_t *item) {
  refused = p1_settings_read(&settings, item);
  return 0;
}

static inline void read_text(const char *text) {
  p1_mock_config(text, settings_take);
}

static inline int settings_setup(void **state) {
  (void)state;
  p1_mock_reset();
  settings = (struct p1_settings){0};
  return 0;
}

static inline int settings_teardown(void **state) {
  (void)state;
  p1_settings_free(&settings);
  assert_null(settings.meters);
  return 0;
}

static inline size_t meters(void) {
  size_t count = 0;
  for (const struct p1_settings_meter *meter = settings.meters; meter != NULL;
       meter = meter->next)
    count++;
  return count;
}

/* The meter of that name; the test fails if there is none. */
static inline const struct p1_settings_meter *find(const char *name) {
  for (const struct p1_settings_meter *meter = settings.meters; meter != NULL;
       meter = meter->next)
    if (strcmp(meter->name, name) == 0)
      return meter;
  fail_msg("there is no meter \"%s\"", name);
  return NULL;
}

#define SETTINGS_TEST(name)                                                    \
  cmocka_unit_test_setup_teardown(name, settings_setup, settings_teardown)

#endif
