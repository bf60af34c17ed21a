/*
 * sim_calendar.h - the wall clock where the simulated meter hangs.
 *
 * All dialects are spoken in Central European Time: UTC+1, and UTC+2 while the
 * European Union's rule has summer time. Pure arithmetic: neither the host's
 * clock nor its zone is asked.
 */
#ifndef P1_SIM_CALENDAR_H
#define P1_SIM_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Standard time minus UTC, in seconds. */
#define P1_SIM_OFFSET 3600

/* YYMMDDhhmmssX; no terminating NUL. */
#define P1_SIM_STAMP 13

/* A moment on the wall. */
struct p1_sim_wall {
  int64_t day;    /* days since 1970-01-01 */
  int32_t year;   /* four digits */
  int8_t month;   /* 1 .. 12 */
  int8_t mday;    /* 1 .. 31 */
  int8_t weekday; /* 0 is Monday */
  bool summer;    /* daylight saving is on */
  int32_t second; /* since midnight */
};

/* True while the European Union has summer time. `utc` is in seconds since
 * 1970 UTC, here and below. */
bool p1_sim_summer(int64_t utc);

/* The wall clock at a moment; a clock of standard time all year when
 * `standard_only` (Sweden's meters). */
struct p1_sim_wall p1_sim_wall(int64_t utc, bool standard_only);

/* The moment at which the wall clock shows `second` of `day`; of the hour that
 * October shows twice the first, of the one that March leaves out the hour
 * after. */
int64_t p1_sim_utc(int64_t day, int32_t second, bool standard_only);

/* Writes a stamp of 13 characters. */
void p1_sim_stamp(const struct p1_sim_wall *wall, char stamp[P1_SIM_STAMP]);

/* Reads "YYYY-MM-DD hh:mm:ss" (or with a T between), standard time of UTC+1,
 * from 2001 to 2098, into *utc. Returns false for anything else. */
bool p1_sim_parse_start(const char *text, int64_t *utc);

#endif
