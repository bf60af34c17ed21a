/*
 * meter.h - what a meter said in an interval.
 *
 * The meter closes the interval, not the host: a DSMR 5 meter speaks every
 * second, older ones every 10 s, and collectd's clock beats against both. A
 * telegram closes the interval when at least the interval minus half the
 * meter's pace has gone by since the last one that did. So each telegram counts
 * once and no interval is empty because two clocks drifted. When the meter
 * falls silent in the middle, what it had said is closed at its last telegram
 * as soon as it speaks again: nothing from before a gap is published as new.
 *
 * The functions are not thread-safe: the reader calls them under its lock.
 */
#ifndef P1_METER_H
#define P1_METER_H

#include "p1/framer.h"
#include "p1/readings.h"

/* Closed intervals that wait for collectd. Eight bridge a read thread held up
 * for eight intervals; after that the oldest are lost, and counted. */
#define P1_INTERVALS_MAX 8

/* Gaps between telegrams from which the pace is measured: an odd number, so
 * that there is a median, which telegrams that are missing do not move. */
#define P1_PACE_GAPS 5

/* The two clocks at one moment, in milliseconds. */
struct p1_instant {
  int64_t monotonic_ms; /* never steps; its zero means nothing */
  int64_t host_ms;      /* since 1970 UTC; may step */
};

struct p1_meter_options {
  int64_t interval_ms;    /* at least 1000 */
  int64_t mbus_timeout_s; /* readings older than this are not published */
  bool ignore_crc;        /* take telegrams whose CRC is bad or missing */
};

/* A reading over an interval, in units of 10^-decimals of the catalogue's unit.
 * For readings of which the newest counts, sum is that and count is 1. */
struct p1_statistic {
  int64_t sum;
  int64_t min;
  int64_t max;
  uint32_t count;
  uint8_t decimals;
  uint8_t id;
  uint8_t channel;
};

/* A closed interval. */
struct p1_interval {
  int64_t time_ms;     /* host's clock, at the telegram that closed it; never in
                          the same whole second as the one before */
  int64_t interval_ms; /* the larger of the interval and the pace */
  uint32_t telegrams;  /* that went into it */
  uint16_t count;
  struct p1_statistic list[P1_READINGS_MAX];
};

enum p1_verdict {
  P1_VERDICT_ACCEPTED,
  P1_VERDICT_BAD_CRC,    /* the CRC does not fit */
  P1_VERDICT_MISSING_CRC /* this meter sends a CRC, this telegram has none */
};

struct p1_meter {
  struct p1_meter_options _options;
  struct p1_interval _open;
  struct p1_interval _closed[P1_INTERVALS_MAX];
  uint8_t _closed_first, _closed_count;
  uint32_t _lost;          /* intervals that collectd came too late for */
  bool _crc_due;           /* it has shown or promised a CRC, and must go on */
  bool _any;               /* a telegram was accepted */
  bool _stamped;           /* _stamp_s holds */
  struct p1_instant _last; /* of the last telegram accepted */
  int64_t _closed_ms;      /* monotonic, of the last one that closed */
  int64_t _stamp_s;        /* whole second of the last interval's time */
  struct p1_instant _stamped_at; /* when that was given */
  int64_t _gaps_ms[P1_PACE_GAPS];
  uint8_t _gap_next, _gap_count;
  struct p1_tariffs _tariffs;
  struct p1_device _devices[P1_DEVICES_MAX];
  struct p1_readings _readings;
};

/* Makes a meter ready. */
void p1_meter_init(struct p1_meter *meter,
                   const struct p1_meter_options *options);

/* Takes a telegram with the checksum's verdict and the moment of its arrival.
 * Returns ACCEPTED, or why it was not taken; only accepted ones count. */
enum p1_verdict p1_meter_telegram(struct p1_meter *meter,
                                  const struct p1_telegram *telegram,
                                  enum p1_crc crc, struct p1_instant now);

/* Moves the oldest closed interval into *interval; false when none waits. */
bool p1_meter_take(struct p1_meter *meter, struct p1_interval *interval);

/* The meter's pace in ms: the mean of the last gaps between its telegrams,
 * those that are missing counted in; 0 before the second telegram. */
int64_t p1_meter_pace_ms(const struct p1_meter *meter);

/* A statistic as collectd wants it: mean or newest, as the catalogue says. */
double p1_statistic_value(const struct p1_statistic *statistic);

#endif
