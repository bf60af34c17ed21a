/*
 * clock.c - the meter's time stamps, by arithmetic alone.
 *
 * Meters whose clock or whose M-Bus device's clock is not set print an unset
 * octet-string in decimal: 632525252525S, 35255255255255255S. Those have the
 * shape of a stamp and are not errors, but no calendar has them.
 */
#include "p1/clock.h"

#define SECONDS_PER_DAY 86400
#define SECONDS_PER_HOUR 3600

/* DLMS (IEC 62056-6-2, 4.1.6.1): bit of the status for daylight saving, and the
 * status for "not specified". */
#define DLMS_DAYLIGHT 0x80
#define DLMS_UNSPECIFIED 0xFF

struct civil {
  int year, month, day, hour, minute, second;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Length of the run of digits at the beginning of n bytes. */
static size_t count_digits(const char *text, size_t n) {
  size_t count = 0;
  while (count < n && is_digit(text[count]))
    count++;
  return count;
}

static int two_digits(const char *text) {
  return (text[0] - '0') * 10 + (text[1] - '0');
}

static int full_year(int two) { return two >= 70 ? 1900 + two : 2000 + two; }

/* The value of a hex digit, or -1. */
static int hex_digit(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month) {
  static const uint8_t days[12] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

/* The year is counted from March, so that the leap day is its last day and the
 * months before it have lengths that a line approximates: 30.6 days each. */
int64_t p1_clock_days(int year, int month, int day) {
  int march_year = year - (month <= 2);
  int march_month = month > 2 ? month - 3 : month + 9;
  int era = (march_year >= 0 ? march_year : march_year - 399) / 400;
  int of_era = march_year - era * 400;
  int of_year = (153 * march_month + 2) / 5 + day - 1;
  /* 146,097 days in 400 years; 719,468 from 0000-03-01 to 1970-01-01. */
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
         719468;
}

static bool is_possible(const struct civil *civil) {
  return civil->year >= 1970 && civil->year <= 2099 && civil->month >= 1 &&
         civil->month <= 12 && civil->day >= 1 &&
         civil->day <= days_in_month(civil->year, civil->month) &&
         civil->hour <= 23 && civil->minute <= 59 && civil->second <= 59;
}

static struct p1_clock make(const struct civil *civil, enum p1_season season) {
  struct p1_clock clock = {0};
  if (!is_possible(civil))
    return clock;
  clock.local =
      p1_clock_days(civil->year, civil->month, civil->day) * SECONDS_PER_DAY +
      civil->hour * SECONDS_PER_HOUR + civil->minute * 60 + civil->second;
  clock.season = (uint8_t)season;
  clock.valid = true;
  return clock;
}

/* yymmdd and hhmmss, all digits. */
static struct p1_clock make_digits(const char *date, const char *time,
                                   enum p1_season season) {
  struct civil civil = {
      .year = full_year(two_digits(date)),
      .month = two_digits(date + 2),
      .day = two_digits(date + 4),
      .hour = two_digits(time),
      .minute = two_digits(time + 2),
      .second = two_digits(time + 4),
  };
  return make(&civil, season);
}

/* YYYY MM DD weekday hh mm ss hundredths deviation(2) status. */
static bool parse_dlms(const char *text, struct p1_clock *clock) {
  int octets[12] = {0};
  for (size_t i = 0; i < 12; i++) {
    int high = hex_digit(text[2 * i]);
    int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    octets[i] = high << 4 | low;
  }
  struct civil civil = {
      .year = octets[0] << 8 | octets[1],
      .month = octets[2],
      .day = octets[3],
      .hour = octets[5],
      .minute = octets[6],
      .second = octets[7],
  };
  enum p1_season season = P1_SEASON_WINTER;
  if (octets[11] == DLMS_UNSPECIFIED)
    season = P1_SEASON_NONE;
  else if ((octets[11] & DLMS_DAYLIGHT) != 0)
    season = P1_SEASON_SUMMER;
  *clock = make(&civil, season);
  return true;
}

/* "yy-mm-dd hh:mm:ss", as NTA 8130 meters print gas captures. */
static bool parse_punctuated(const char *text, struct p1_clock *clock) {
  static const char shape[] = "dd-dd-dd dd:dd:dd";
  for (size_t i = 0; i < sizeof(shape) - 1; i++) {
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i])
      return false;
  }
  struct civil civil = {
      .year = full_year(two_digits(text)),
      .month = two_digits(text + 3),
      .day = two_digits(text + 6),
      .hour = two_digits(text + 9),
      .minute = two_digits(text + 12),
      .second = two_digits(text + 15),
  };
  *clock = make(&civil, P1_SEASON_NONE);
  return true;
}

bool p1_clock_parse(const char *text, size_t n, struct p1_clock *clock) {
  *clock = (struct p1_clock){0};
  if (n < 12 || n > 24)
    return false;
  size_t digits = count_digits(text, n);
  if (digits == 12 && n == 12) {
    *clock = make_digits(text, text + 6, P1_SEASON_NONE);
    return true;
  }
  if (digits == 12 && n == 13 && (text[12] == 'S' || text[12] == 'W')) {
    *clock = make_digits(text, text + 6,
                         text[12] == 'S' ? P1_SEASON_SUMMER : P1_SEASON_WINTER);
    return true;
  }
  if (digits >= 12 && digits <= 17 &&
      (n == digits || (n == digits + 1 && is_letter(text[digits]))))
    return true; /* the shape of an unset clock */
  if (n == 24)
    return parse_dlms(text, clock);
  if (n == 17)
    return parse_punctuated(text, clock);
  return false;
}

bool p1_clock_parse_pair(const char *date, size_t date_n, const char *time,
                         size_t time_n, struct p1_clock *clock) {
  *clock = (struct p1_clock){0};
  if (date_n != 6 || time_n != 6 || count_digits(date, 6) != 6 ||
      count_digits(time, 6) != 6)
    return false;
  *clock = make_digits(date, time, P1_SEASON_NONE);
  return true;
}

/* 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t last_sunday(int year, int month) {
  int64_t last = p1_clock_days(year, month, 31);
  int64_t weekday = (last + 4) % 7; /* 0 is Sunday: 1970-01-01 was a Thursday */
  return (last - weekday) * SECONDS_PER_DAY + SECONDS_PER_HOUR;
}

static int year_of(int64_t local) {
  int64_t days = local / SECONDS_PER_DAY;
  int year = (int)(1970 + days / 366); /* never too late, by months at most */
  while (p1_clock_days(year + 1, 1, 1) <= days)
    year++;
  return year;
}

int64_t p1_clock_utc(const struct p1_clock *clock, int standard_offset) {
  int64_t winter = clock->local - standard_offset;
  int64_t summer = winter - SECONDS_PER_HOUR;
  if (clock->season == P1_SEASON_SUMMER)
    return summer;
  if (clock->season == P1_SEASON_WINTER)
    return winter;
  int year = year_of(clock->local);
  bool saving =
      summer >= last_sunday(year, 3) && summer < last_sunday(year, 10);
  return saving ? summer : winter;
}
