/*
 * given_meter.h - a meter with a clock of the test's own.
 */
#ifndef P1_GIVEN_METER_H
#define P1_GIVEN_METER_H

#include "given.h"
#include "p1/meter.h"

/* 2024-02-29 13:45:00 UTC: when the tests begin, by the host's clock. Its
 * monotonic clock is then somewhere else. */
#define GIVEN_HOST_MS INT64_C(1709214300000)
#define GIVEN_MONOTONIC_MS INT64_C(77000)

/* Both clocks this many milliseconds after the beginning. */
static inline struct p1_instant given_at(int64_t ms) {
  return (struct p1_instant){.monotonic_ms = GIVEN_MONOTONIC_MS + ms,
                             .host_ms = GIVEN_HOST_MS + ms};
}

static inline void given_meter(struct p1_meter *meter, int64_t interval_ms) {
  const struct p1_meter_options options = {.interval_ms = interval_ms,
                                           .mbus_timeout_s = 10800};
  p1_meter_init(meter, &options);
}

/* Lets the meter say these lines, without a CRC; they are accepted. */
static inline void given_says(struct p1_meter *meter, int64_t ms,
                              const char *lines) {
  assert_int_equal(
      p1_meter_telegram(meter, given(lines), P1_CRC_ABSENT, given_at(ms)),
      P1_VERDICT_ACCEPTED);
}

/* The statistic of an identifier in an interval, or NULL; only one is there. */
static inline const struct p1_statistic *
find_statistic(const struct p1_interval *interval, enum p1_id id) {
  const struct p1_statistic *found = NULL;
  for (unsigned i = 0; i < interval->count; i++)
    if (interval->list[i].id == id && interval->list[i].channel == 0) {
      assert_null(found);
      found = &interval->list[i];
    }
  return found;
}

/* The interval has this reading, with this sum over this many telegrams. */
static inline void assert_statistic(const struct p1_interval *interval,
                                    enum p1_id id, int64_t sum, unsigned count,
                                    unsigned decimals) {
  const struct p1_statistic *statistic = find_statistic(interval, id);
  assert_non_null(statistic);
  if (statistic->sum != sum || statistic->count != count ||
      statistic->decimals != decimals)
    fail_msg("reading %d is %lld e-%u over %u, not %lld e-%u over %u", (int)id,
             (long long)statistic->sum, statistic->decimals, statistic->count,
             (long long)sum, decimals, count);
}

#endif
