/*
 * clock.h - the meter's time stamps, by arithmetic alone.
 *
 * A stamp (TST, P1-5.0.2 section 6.4) is the wall clock where the meter hangs,
 * with a letter: S while daylight saving is on, W while not. Nothing here asks
 * the host for its clock or its time zone.
 */
#ifndef P1_CLOCK_H
#define P1_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum p1_season {
  P1_SEASON_NONE,   /* no letter was printed */
  P1_SEASON_WINTER, /* W: standard time */
  P1_SEASON_SUMMER  /* S: one hour ahead of standard time */
};

/* A stamp that was read. `valid` is false for what no clock can show (day 25 of
 * month 25, as meters print an unset octet-string); the rest is then 0. */
struct p1_clock {
  int64_t local;  /* seconds from 1970-01-01 00:00 to the wall clock shown */
  uint8_t season; /* enum p1_season */
  bool valid;
};

/* Reads the n bytes of a stamp: YYMMDDhhmmss with or without S or W, a DLMS
 * date-time of 24 hex digits, or "yy-mm-dd hh:mm:ss". Returns true when the
 * bytes have one of these shapes; clock->valid then tells whether a calendar
 * has that moment. Years are 2000 to 2069, and 70 to 99 mean 1970 to 1999; a
 * DLMS date-time may go up to 2099, and its daylight saving bit is the season.
 * Unset clocks come in several widths (35255255255255255S), so 12 to 17 digits
 * with or without any one letter are a stamp too, just never a valid one. */
bool p1_clock_parse(const char *text, size_t n, struct p1_clock *clock);

/* Builds a stamp from "yymmdd" and "hhmmss", which some meters print as two
 * objects (1-0:0.9.2 and 1-0:0.9.1). Same contract as p1_clock_parse(). */
bool p1_clock_parse_pair(const char *date, size_t date_n, const char *time,
                         size_t time_n, struct p1_clock *clock);

/* The stamp in seconds since 1970 UTC. `standard_offset` is the zone's standard
 * time minus UTC in seconds (3600 in most P1 countries). Without a letter the
 * European Union's rule decides (last Sundays of March and October, 01:00 UTC);
 * the hour that October shows twice counts as the first. Call it for valid
 * stamps only. */
int64_t p1_clock_utc(const struct p1_clock *clock, int standard_offset);

/* Days from 1970-01-01 to a date of the Gregorian calendar; a year of at most
 * four digits, month 1 .. 12. */
int64_t p1_clock_days(int year, int month, int day);

#endif
