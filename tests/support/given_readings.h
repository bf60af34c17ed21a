/*
 * given_readings.h - what a telegram on its own gives to publish, by name.
 */
#ifndef P1_GIVEN_READINGS_H
#define P1_GIVEN_READINGS_H

#include "given.h"
#include "p1/readings.h"

/* Three hours, as the plugin has it when nothing else is configured. */
#define GIVEN_MBUS_TIMEOUT 10800

/* All readings of a telegram; good until the next call. */
static inline const struct p1_readings *
given_readings(const struct p1_telegram *telegram) {
  static struct p1_readings readings;
  struct p1_device devices[P1_DEVICES_MAX];
  const size_t n = p1_mbus_devices(telegram, GIVEN_MBUS_TIMEOUT, devices);
  p1_readings_take(telegram, devices, n, NULL, &readings);
  return &readings;
}

/* The value of the reading of this name among the readings, or NULL; the test
 * fails if there are two. */
static inline const struct p1_value *
find_reading(const struct p1_readings *readings, const char *name) {
  const struct p1_value *found = NULL;
  for (unsigned i = 0; i < readings->count; i++) {
    const struct p1_reading *reading = &readings->list[i];
    char text[P1_READING_NAME_MAX];
    p1_reading_name((enum p1_id)reading->id, reading->channel, text,
                    sizeof(text));
    if (strcmp(text, name) != 0)
      continue;
    if (found != NULL)
      fail_msg("%s is there twice", name);
    assert_int_equal(reading->value.unit,
                     p1_obis_row((enum p1_id)reading->id)->unit);
    found = &reading->value;
  }
  return found;
}

static inline void assert_reading_in(const struct p1_readings *readings,
                                     const char *name, int64_t number,
                                     unsigned decimals) {
  const struct p1_value *value = find_reading(readings, name);
  if (value == NULL)
    fail_msg("there is no %s", name);
  else if (value->number != number || value->decimals != decimals)
    fail_msg("%s is %lld e-%u, not %lld e-%u", name, (long long)value->number,
             value->decimals, (long long)number, decimals);
}

/* The telegram gives this reading: number / 10^decimals of its unit. */
static inline void assert_reading(const struct p1_telegram *telegram,
                                  const char *name, int64_t number,
                                  unsigned decimals) {
  assert_reading_in(given_readings(telegram), name, number, decimals);
}

static inline void assert_no_reading(const struct p1_telegram *telegram,
                                     const char *name) {
  if (find_reading(given_readings(telegram), name) != NULL)
    fail_msg("there is a %s", name);
}

#endif
