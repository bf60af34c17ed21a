/*
 * sim_calendar.c - the wall clock where the simulated meter hangs.
 */
#include "sim_calendar.h"

#include "p1/clock.h"

#include <string.h>

#define DAY 86400
#define HOUR 3600

/* 01:00 UTC on the last Sunday of a month of 31 days: the moment at which the
 * whole European Union changes its clocks. */
static int64_t change_of_clocks(int year, int month) {
  int64_t last = p1_clock_days(year, month, 31);
  int64_t sunday = last - (last + 4) % 7; /* 1970-01-01 was a Thursday */
  return sunday * DAY + HOUR;
}

/* Year, month and day of the month of a day since 1970-01-01. */
static void set_date(struct p1_sim_wall *wall, int64_t day) {
  /* 1461 days are four years; the estimate is never too late, and too early by
   * one year at most. */
  int year = (int)(1970 + (day * 4 - 3) / 1461);
  while (p1_clock_days(year + 1, 1, 1) <= day)
    year++;
  int month = 1;
  while (month < 12 && p1_clock_days(year, month + 1, 1) <= day)
    month++;
  wall->day = day;
  wall->year = year;
  wall->month = (int8_t)month;
  wall->mday = (int8_t)(day - p1_clock_days(year, month, 1) + 1);
  wall->weekday = (int8_t)((day + 3) % 7);
}

bool p1_sim_summer(int64_t utc) {
  struct p1_sim_wall wall = {0};
  set_date(&wall, utc / DAY);
  return utc >= change_of_clocks(wall.year, 3) &&
         utc < change_of_clocks(wall.year, 10);
}

struct p1_sim_wall p1_sim_wall(int64_t utc, bool standard_only) {
  struct p1_sim_wall wall = {0};
  bool summer = !standard_only && p1_sim_summer(utc);
  int64_t local = utc + P1_SIM_OFFSET + (summer ? HOUR : 0);
  set_date(&wall, local / DAY);
  wall.second = (int32_t)(local % DAY);
  wall.summer = summer;
  return wall;
}

int64_t p1_sim_utc(int64_t day, int32_t second, bool standard_only) {
  int64_t utc = day * DAY + second - P1_SIM_OFFSET;
  return !standard_only && p1_sim_summer(utc - HOUR) ? utc - HOUR : utc;
}

static void put_two(char *out, int value) {
  out[0] = (char)('0' + value / 10 % 10);
  out[1] = (char)('0' + value % 10);
}

void p1_sim_stamp(const struct p1_sim_wall *wall, char stamp[P1_SIM_STAMP]) {
  put_two(stamp, wall->year % 100);
  put_two(stamp + 2, wall->month);
  put_two(stamp + 4, wall->mday);
  put_two(stamp + 6, wall->second / HOUR);
  put_two(stamp + 8, wall->second / 60 % 60);
  put_two(stamp + 10, wall->second % 60);
  stamp[12] = wall->summer ? 'S' : 'W';
}

/* The number that n digits show. */
static int number(const char *digits, int n) {
  int value = 0;
  for (int i = 0; i < n; i++)
    value = value * 10 + (digits[i] - '0');
  return value;
}

bool p1_sim_parse_start(const char *text, int64_t *utc) {
  static const char shape[] = "dddd-dd-dd dd:dd:dd";
  if (strlen(text) != sizeof(shape) - 1)
    return false;
  for (size_t i = 0; i < sizeof(shape) - 1; i++) {
    bool fits = text[i] == shape[i] || (shape[i] == ' ' && text[i] == 'T');
    if (shape[i] == 'd')
      fits = text[i] >= '0' && text[i] <= '9';
    if (!fits)
      return false;
  }
  int year = number(text, 4), month = number(text + 5, 2);
  int mday = number(text + 8, 2), hour = number(text + 11, 2);
  int minute = number(text + 14, 2), second = number(text + 17, 2);
  if (year < 2001 || year > 2098 || month < 1 || month > 12 || mday < 1 ||
      hour > 23 || minute > 59 || second > 59)
    return false;
  int64_t day = p1_clock_days(year, month, mday);
  struct p1_sim_wall check = {0};
  set_date(&check, day);
  if (check.month != month || check.mday != mday)
    return false; /* 30 February */
  *utc = day * DAY + hour * HOUR + minute * 60 + second - P1_SIM_OFFSET;
  return true;
}
