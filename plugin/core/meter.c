/*
 * meter.c - what a meter said in an interval.
 */
#include "p1/meter.h"

#include <string.h>

/* A sum that would pass this is not carried on: a single number is at most
 * 10^15 (P1_VALUE_DIGITS_MAX), so that one more always fits in 63 bits. */
#define SUM_MAX (INT64_MAX - INT64_C(1000000000000000))

/* No standard has a meter speak more often than once a second. */
#define SHORTEST_PACE_MS 1000

/* A pace up to this far above the interval is the interval. A meter's 10 s are
 * 10.003 s by the host's clock and its 1 s arrives as 0.8 to 1.2 s, but stores
 * key their tables by a step that should not wander; they and collectd wait
 * twice that step before they miss a value. */
#define PACE_TOLERANCE_PERCENT 50

/* A host's clock that is behind the monotonic one by more than this was set
 * back; below are the jitter of arrivals and what time daemons correct. */
#define STEP_MS 1000

/* How far stamps may run ahead of the host's clock: the jitter of a meter that
 * speaks every second, twice over, and one small step of the clock. */
#define STAMP_LEAD_MS 2000

void p1_meter_init(struct p1_meter *meter,
                   const struct p1_meter_options *options) {
  /* But for the places of closed intervals, whose memory is never touched while
   * one is enough: with a thousand meters that is 28 MB. */
  memset(meter, 0, offsetof(struct p1_meter, _closed));
  const size_t behind = offsetof(struct p1_meter, _closed_first);
  memset((char *)meter + behind, 0, sizeof(*meter) - behind);
  meter->_options = *options;
  if (meter->_options.interval_ms < 1000)
    meter->_options.interval_ms = 1000;
}

/* The median of the gaps tells how many paces each of them is, for telegrams
 * may be missing. Then the mean of the paces is taken: jitter moves it by only
 * a fifth of what it does to the median, and half a pace must tell one telegram
 * from the next. */
int64_t p1_meter_pace_ms(const struct p1_meter *meter) {
  int64_t sorted[P1_PACE_GAPS];
  const size_t n = meter->_gap_count;
  if (n == 0)
    return 0;
  for (size_t i = 0; i < n; i++) {
    size_t at = i;
    for (; at > 0 && sorted[at - 1] > meter->_gaps_ms[i]; at--)
      sorted[at] = sorted[at - 1];
    sorted[at] = meter->_gaps_ms[i];
  }
  const int64_t median = sorted[(n - 1) / 2];
  const int64_t one = median < SHORTEST_PACE_MS ? SHORTEST_PACE_MS : median;
  int64_t sum = 0, paces = 0;
  for (size_t i = 0; i < n; i++) {
    const bool missing = sorted[i] * 10 > one * 18; /* two, less their jitter */
    paces += missing ? (sorted[i] + one / 2) / one : 1;
    sum += sorted[i];
  }
  return sum / paces;
}

static void measure_pace(struct p1_meter *meter, struct p1_instant now) {
  if (meter->_any) {
    meter->_gaps_ms[meter->_gap_next] =
        now.monotonic_ms - meter->_last.monotonic_ms;
    meter->_gap_next = (uint8_t)((meter->_gap_next + 1u) % P1_PACE_GAPS);
    if (meter->_gap_count < P1_PACE_GAPS)
      meter->_gap_count++;
  }
  meter->_last = now;
}

static int64_t magnitude(int64_t number) {
  return number < 0 ? -number : number;
}

/* Brings a statistic to more decimals; false when it would not fit. */
static bool refine(struct p1_statistic *statistic, uint8_t decimals) {
  const int64_t scale = p1_pow10(decimals - statistic->decimals);
  const int64_t limit = SUM_MAX / scale;
  if (magnitude(statistic->sum) > limit || magnitude(statistic->min) > limit ||
      magnitude(statistic->max) > limit)
    return false;
  statistic->sum *= scale;
  statistic->min *= scale;
  statistic->max *= scale;
  statistic->decimals = decimals;
  return true;
}

static void set_statistic(struct p1_statistic *statistic,
                          const struct p1_reading *reading) {
  const int64_t number = reading->value.number;
  *statistic = (struct p1_statistic){.sum = number,
                                     .min = number,
                                     .max = number,
                                     .count = 1,
                                     .decimals = reading->value.decimals,
                                     .id = reading->id,
                                     .channel = reading->channel};
}

static void add_to_mean(struct p1_statistic *statistic,
                        const struct p1_reading *reading) {
  struct p1_value value = reading->value;
  if (value.decimals > statistic->decimals &&
      !refine(statistic, value.decimals))
    return;
  struct p1_statistic one;
  set_statistic(&one, reading);
  if (one.decimals < statistic->decimals && !refine(&one, statistic->decimals))
    return;
  const int64_t room = SUM_MAX - magnitude(statistic->sum);
  if (one.sum > room || one.sum < -room || statistic->count == UINT32_MAX)
    return;
  statistic->sum += one.sum;
  statistic->count++;
  if (one.sum < statistic->min)
    statistic->min = one.sum;
  if (one.sum > statistic->max)
    statistic->max = one.sum;
}

/* The statistic of a reading in the open interval, or NULL when it is new and
 * there is room. A meter keeps its order, so the one after the last is tried
 * first. */
static struct p1_statistic *statistic_of(struct p1_interval *open,
                                         const struct p1_reading *reading,
                                         size_t *cursor) {
  for (size_t tried = 0; tried < open->count; tried++) {
    if (*cursor >= open->count)
      *cursor = 0;
    struct p1_statistic *statistic = &open->list[(*cursor)++];
    if (statistic->id == reading->id && statistic->channel == reading->channel)
      return statistic;
  }
  return NULL;
}

static void accumulate(struct p1_meter *meter) {
  struct p1_interval *open = &meter->_open;
  size_t cursor = 0;
  for (size_t i = 0; i < meter->_readings.count; i++) {
    const struct p1_reading *reading = &meter->_readings.list[i];
    struct p1_statistic *statistic = statistic_of(open, reading, &cursor);
    if (statistic == NULL) {
      if (open->count < P1_READINGS_MAX)
        set_statistic(&open->list[open->count++], reading);
    } else if (p1_obis_row(reading->id)->stat == P1_STAT_MEAN) {
      add_to_mean(statistic, reading);
    } else {
      set_statistic(statistic, reading);
    }
  }
  open->telegrams++;
}

/* The interval as stores should know it. */
static int64_t published_interval(int64_t interval_ms, int64_t pace_ms) {
  if (pace_ms <= interval_ms + interval_ms * PACE_TOLERANCE_PERCENT / 100)
    return interval_ms;
  return (pace_ms + 500) / 1000 * 1000; /* all standards have whole seconds */
}

/* The host's clock at the telegram that closes an interval. RRD and others take
 * one value a second and none that is older, so it is the second after the last
 * stamp when that one is not over; only a clock that was set back, seen against
 * the one that never steps, takes the stamps back with it. */
static int64_t stamp_at(const struct p1_meter *meter, struct p1_instant now) {
  if (!meter->_stamped || now.host_ms / 1000 > meter->_stamp_s)
    return now.host_ms;
  const int64_t shown = now.host_ms - meter->_stamped_at.host_ms;
  const int64_t passed = now.monotonic_ms - meter->_stamped_at.monotonic_ms;
  return shown < passed - STEP_MS ? now.host_ms : (meter->_stamp_s + 1) * 1000;
}

static void close_interval(struct p1_meter *meter, struct p1_instant now) {
  struct p1_interval *open = &meter->_open;
  open->time_ms = stamp_at(meter, now);
  meter->_stamp_s = open->time_ms / 1000;
  meter->_stamped_at = now;
  meter->_stamped = true;
  open->interval_ms =
      published_interval(meter->_options.interval_ms, p1_meter_pace_ms(meter));
  if (meter->_closed_count == P1_INTERVALS_MAX) {
    meter->_closed_first =
        (uint8_t)((meter->_closed_first + 1u) % P1_INTERVALS_MAX);
    meter->_closed_count--;
    meter->_lost++;
  } else if (meter->_closed_count == 0) {
    meter->_closed_first = 0; /* one place stays in the cache, seven cold */
  }
  const unsigned place =
      (meter->_closed_first + meter->_closed_count) % P1_INTERVALS_MAX;
  struct p1_interval *closed = &meter->_closed[place];
  const size_t used = open->count * sizeof(*open->list);
  memcpy(closed, open, offsetof(struct p1_interval, list) + used);
  meter->_closed_count++;
  meter->_closed_ms = now.monotonic_ms;
  open->count = 0;
  open->telegrams = 0;
}

/* A meter that is faster than one telegram a second runs ahead of the stamps
 * that there are; then two telegrams share an interval. */
static bool is_due(const struct p1_meter *meter, struct p1_instant now) {
  if (!meter->_any)
    return true;
  int64_t pace_ms = p1_meter_pace_ms(meter);
  if (pace_ms > SHORTEST_PACE_MS / 2 && pace_ms < SHORTEST_PACE_MS)
    pace_ms = SHORTEST_PACE_MS; /* measured from one gap that jitter made */
  const int64_t wait = meter->_options.interval_ms - pace_ms / 2;
  return now.monotonic_ms - meter->_closed_ms >= wait &&
         stamp_at(meter, now) - now.host_ms <= STAMP_LEAD_MS;
}

/* An interval that a silence interrupted ends with the last telegram before it.
 * A gap of two paces is one telegram missing, and no silence. */
static void close_before_gap(struct p1_meter *meter, int64_t now_ms) {
  const int64_t gap = now_ms - meter->_last.monotonic_ms;
  if (meter->_open.telegrams > 0 && gap >= meter->_options.interval_ms &&
      gap > 2 * p1_meter_pace_ms(meter))
    close_interval(meter, meter->_last);
}

enum p1_verdict p1_meter_telegram(struct p1_meter *meter,
                                  const struct p1_telegram *telegram,
                                  enum p1_crc crc, struct p1_instant now) {
  if (crc == P1_CRC_OK || p1_telegram_promises_crc(telegram))
    meter->_crc_due = true;
  if (!meter->_options.ignore_crc) {
    if (crc == P1_CRC_BAD)
      return P1_VERDICT_BAD_CRC;
    if (crc == P1_CRC_ABSENT && meter->_crc_due)
      return P1_VERDICT_MISSING_CRC;
  }

  const size_t devices = p1_mbus_devices(
      telegram, meter->_options.mbus_timeout_s, meter->_devices);
  meter->_tariffs.damaged = crc != P1_CRC_OK;
  p1_readings_take(telegram, meter->_devices, devices, &meter->_tariffs,
                   &meter->_readings);
  close_before_gap(meter, now.monotonic_ms);
  accumulate(meter);
  measure_pace(meter, now);
  if (is_due(meter, now))
    close_interval(meter, now);
  meter->_any = true;
  return P1_VERDICT_ACCEPTED;
}

bool p1_meter_take(struct p1_meter *meter, struct p1_interval *interval) {
  if (meter->_closed_count == 0)
    return false;
  const struct p1_interval *closed = &meter->_closed[meter->_closed_first];
  const size_t used = closed->count * sizeof(*closed->list);
  memcpy(interval, closed, offsetof(struct p1_interval, list) + used);
  meter->_closed_first =
      (uint8_t)((meter->_closed_first + 1u) % P1_INTERVALS_MAX);
  meter->_closed_count--;
  return true;
}

double p1_statistic_value(const struct p1_statistic *statistic) {
  return (double)statistic->sum /
         ((double)statistic->count * (double)p1_pow10(statistic->decimals));
}
