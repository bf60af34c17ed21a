/*
 * test_clock.c - every form of stamp, and the calendar against one that counts
 * day by day.
 */
#include "torture.h"

#include "guard.h"

#include "p1/clock.h"

#define HOUR 3600
#define DAY 86400

static struct guard guard;

static int make_guard(void **state) {
  (void)state;
  guard_init(&guard, 64);
  return 0;
}

static int free_guard(void **state) {
  (void)state;
  guard_free(&guard);
  return 0;
}

struct stamp {
  const char *text;
  int64_t local;
  enum p1_season season;
};

static const struct stamp stamps[] = {
    {"260115123456W", 1768480496, P1_SEASON_WINTER},
    {"260715123456S", 1784118896, P1_SEASON_SUMMER},
    {"260115123456", 1768480496, P1_SEASON_NONE},
    {"000101010000W", 946688400, P1_SEASON_WINTER},
    {"700101010000W", 3600, P1_SEASON_WINTER},
    {"700101000000", 0, P1_SEASON_NONE},
    {"991231235959W", 946684799, P1_SEASON_WINTER},
    {"691231235959W", 3155759999, P1_SEASON_WINTER},
    {"240229235959W", 1709251199, P1_SEASON_WINTER},
    {"000229000000W", 951782400, P1_SEASON_WINTER},
    {"07EA080B0208151900007880", 1786436485, P1_SEASON_SUMMER},
    {"07ea080b0208151900007880", 1786436485, P1_SEASON_SUMMER},
    {"07EA080B0208151900007800", 1786436485, P1_SEASON_WINTER},
    {"07EA080BFF081519FF800000", 1786436485, P1_SEASON_WINTER},
    {"07EA080BFF081519FF8000FF", 1786436485, P1_SEASON_NONE},
    {"08330C1FFF173B3B00003C00", 4102444799, P1_SEASON_WINTER},
    {"09-02-12 16:00:00", 1234454400, P1_SEASON_NONE},
};

/* Stamps in shape that no calendar has. */
static const char *const impossible[] = {
    "632525252525S", /* octets of ones in decimal, as meters print them */
    "632525252525W",
    "35255255255255255S",
    "35255255255255255",
    "260015123456W",
    "261315123456W",
    "260100123456W",
    "260132123456W",
    "260229123456W",
    "000230000000W",
    "260431000000S",
    "260631000000S",
    "260931000000S",
    "261131000000W",
    "260115240000W",
    "260115126000W",
    "260115123460W",
    "220201000000T", /* a letter that means nothing */
    "260115123456w",
    "2601151234567",
    "26011512345678W",
    "07EAFF0B0208151900007880",
    "07EA0DFF0208151900007880",
    "07EA08FF0208151900007880",
    "07EA080B02FF151900007880",
    "07EA080B0208FF1900007880",
    "07EA080B020815FF00007880",
    "FFFF080B0208151900007880",
    "07B1080B0208151900007880", /* 1969 */
    "0834080B0208151900007880", /* 2100 */
    "FFFFFFFFFFFFFFFFFFFFFFFF",
    "200101010000000000000000", /* digits, but read as hex: year 8193 */
    "09-13-12 16:00:00",
    "09-02-30 16:00:00",
    "09-02-12 24:00:00",
};

static const char *const shapeless[] = {
    "",
    "W",
    "26011512345",
    "26011512345W",
    "260115123456WW",
    "260115123456 ",
    " 260115123456",
    "260115 123456W",
    "26O115123456W",
    "-60115123456W",
    "260115123456\200",
    "352552552552552555",
    "352552552552552555S",
    "0001)(0-0:96.1",
    "07EA080B020815190000788",
    "07EA080B0208151900007880F",
    "07EA080B0208151900007G80",
    "07EA080B020815190000788G",
    "09-02-12T16:00:00",
    "09/02/12 16:00:00",
    "09-02-12 16:00:0x",
    "x9-02-12 16:00:00",
    "2009-02-12 16:00:00",
};

static void test_stamps(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(stamps); i++) {
    const struct stamp *row = &stamps[i];
    struct p1_clock clock;
    memset(&clock, 0xA5, sizeof(clock));
    size_t n = strlen(row->text);
    assert_row(p1_clock_parse(guard_at_end(&guard, row->text, n), n, &clock),
               row->text);
    assert_row(clock.valid, row->text);
    assert_row(clock.local == row->local, row->text);
    assert_row(clock.season == row->season, row->text);
  }
}

static void test_impossible(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(impossible); i++) {
    const char *text = impossible[i];
    struct p1_clock clock;
    memset(&clock, 0xA5, sizeof(clock));
    size_t n = strlen(text);
    assert_row(p1_clock_parse(guard_at_end(&guard, text, n), n, &clock), text);
    assert_row(!clock.valid, text);
    assert_row(clock.local == 0, text);
    assert_row(clock.season == P1_SEASON_NONE, text);
  }
}

static void test_shapeless(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(shapeless); i++) {
    const char *text = shapeless[i];
    struct p1_clock clock;
    memset(&clock, 0xA5, sizeof(clock));
    size_t n = strlen(text);
    assert_row(!p1_clock_parse(guard_at_end(&guard, text, n), n, &clock), text);
    assert_row(!clock.valid, text);
  }
}

static void test_pair(void **state) {
  (void)state;
  struct p1_clock clock;
  assert_true(p1_clock_parse_pair("260115", 6, "123456", 6, &clock));
  assert_true(clock.valid);
  assert_int_equal(clock.local, 1768480496);
  assert_int_equal(clock.season, P1_SEASON_NONE);
  assert_true(p1_clock_parse_pair("260115", 6, "243456", 6, &clock));
  assert_false(clock.valid);
  assert_true(p1_clock_parse_pair("260230", 6, "123456", 6, &clock));
  assert_false(clock.valid);
  assert_false(p1_clock_parse_pair("26011", 5, "123456", 6, &clock));
  assert_false(p1_clock_parse_pair("260115", 6, "12345", 5, &clock));
  assert_false(p1_clock_parse_pair("26011x", 6, "123456", 6, &clock));
  assert_false(p1_clock_parse_pair("260115", 6, "12:456", 6, &clock));
  assert_false(p1_clock_parse_pair("2601150", 7, "123456", 6, &clock));
  assert_false(clock.valid);
}

/* A calendar that knows nothing but how long months are. */
struct day {
  int year, month, day;
  int64_t number; /* since 1970-01-01 */
  int weekday;    /* 0 is Sunday */
};

static int month_length(int year, int month) {
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2)
    return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void next_day(struct day *day) {
  day->number++;
  day->weekday = (day->weekday + 1) % 7;
  if (++day->day <= month_length(day->year, day->month))
    return;
  day->day = 1;
  if (++day->month <= 12)
    return;
  day->month = 1;
  day->year++;
}

/* 1970-01-01 was a Thursday. */
static const struct day first_day = {1970, 1, 1, 0, 4};

static void test_every_day(void **state) {
  (void)state;
  for (struct day day = first_day; day.year <= 2110; next_day(&day))
    assert_int_equal(p1_clock_days(day.year, day.month, day.day), day.number);
  assert_int_equal(p1_clock_days(1969, 12, 31), -1);
  assert_int_equal(p1_clock_days(1, 1, 1), -719162);
  assert_int_equal(p1_clock_days(-1, 12, 31), -719529);
}

/* Every two-digit date that can be printed is valid just when there is such a
 * day. */
static void test_every_date(void **state) {
  (void)state;
  struct day day = first_day;
  day.year = 2000;
  day.number = 10957;
  for (unsigned date = 0; date <= 691231; date++) {
    char text[16] = {0};
    snprintf(text, sizeof(text), "%06u000000W", date);
    struct p1_clock clock;
    assert_true(p1_clock_parse(text, strlen(text), &clock));
    bool exists = date == (unsigned)((day.year - 2000) * 10000 +
                                     day.month * 100 + day.day);
    assert_row(clock.valid == exists, text);
    if (!exists)
      continue;
    assert_row(clock.local == day.number * DAY, text);
    next_day(&day);
  }
  assert_int_equal(day.year, 2070);
}

/* Every time of day that can be printed, likewise. */
static void test_every_time(void **state) {
  (void)state;
  int64_t second = 0;
  for (unsigned time = 0; time <= 999999; time++) {
    char text[16] = {0};
    snprintf(text, sizeof(text), "700101%06uW", time);
    struct p1_clock clock;
    assert_true(p1_clock_parse(text, strlen(text), &clock));
    bool exists = time / 10000 < 24 && time / 100 % 100 < 60 && time % 100 < 60;
    assert_row(clock.valid == exists, text);
    if (!exists)
      continue;
    assert_row(clock.local == second, text);
    second++;
  }
  assert_int_equal(second, DAY);
}

static int64_t utc(const char *text, int standard_offset) {
  struct p1_clock clock;
  assert_true(p1_clock_parse(text, strlen(text), &clock));
  assert_true(clock.valid);
  return p1_clock_utc(&clock, standard_offset);
}

static void test_utc(void **state) {
  (void)state;
  assert_int_equal(utc("260115123456W", HOUR), 1768480496 - HOUR);
  assert_int_equal(utc("260115123456", HOUR), 1768480496 - HOUR);
  assert_int_equal(utc("260715123456S", HOUR), 1784118896 - 2 * HOUR);
  assert_int_equal(utc("260715123456", HOUR), 1784118896 - 2 * HOUR);
  /* A meter that stays on standard time all year says so. */
  assert_int_equal(utc("260715123456W", HOUR), 1784118896 - HOUR);
  assert_int_equal(utc("260715123456W", 0), 1784118896);
  assert_int_equal(utc("260715123456S", 2 * HOUR), 1784118896 - 3 * HOUR);
  assert_int_equal(utc("700101010000W", HOUR), 0);
}

/* The night in October in which an hour comes twice: 2026-10-25. */
static void test_october_night(void **state) {
  (void)state;
  int64_t change = p1_clock_days(2026, 10, 25) * DAY + HOUR;
  assert_int_equal(utc("261025015959S", HOUR), change - HOUR - 1);
  assert_int_equal(utc("261025020000S", HOUR), change - HOUR);
  assert_int_equal(utc("261025025959S", HOUR), change - 1);
  assert_int_equal(utc("261025020000W", HOUR), change);
  assert_int_equal(utc("261025025959W", HOUR), change + HOUR - 1);
  assert_int_equal(utc("261025020000", HOUR), change - HOUR);
  assert_int_equal(utc("261025025959", HOUR), change - 1);
  assert_int_equal(utc("261025030000", HOUR), change + HOUR);
}

/* The night in March in which one is left out: 2026-03-29. */
static void test_march_night(void **state) {
  (void)state;
  int64_t change = p1_clock_days(2026, 3, 29) * DAY + HOUR;
  assert_int_equal(utc("260329015959W", HOUR), change - 1);
  assert_int_equal(utc("260329030000S", HOUR), change);
  assert_int_equal(utc("260329015959", HOUR), change - 1);
  assert_int_equal(utc("260329030000", HOUR), change);
  /* A clock that was not put forward yet. */
  assert_int_equal(utc("260329023000", HOUR), change + HOUR / 2);
}

/* From 2000 to 2099, whatever the zone: the clock without a letter, hour by
 * hour around each change, against a calendar that looks for Sundays. */
static void check_year(int64_t begin, int64_t end, int offset) {
  for (int64_t hour = -48; hour <= 48; hour++) {
    for (int which = 0; which < 2; which++) {
      int64_t moment = (which == 0 ? begin : end) + hour * HOUR;
      bool saving = moment >= begin && moment < end;
      struct p1_clock clock = {.local = moment + offset + (saving ? HOUR : 0),
                               .valid = true};
      /* The hour that comes twice counts as the first. */
      bool second = moment >= end && moment < end + HOUR;
      assert_int_equal(p1_clock_utc(&clock, offset),
                       second ? moment - HOUR : moment);
    }
  }
}

static void test_every_year(void **state) {
  (void)state;
  int64_t march = 0;
  int64_t october = 0;
  for (struct day day = first_day; day.year <= 2100; next_day(&day)) {
    if (day.month == 3 && day.weekday == 0)
      march = day.number;
    if (day.month == 10 && day.weekday == 0)
      october = day.number;
    if (day.year < 2000 || day.year > 2099 || day.month != 12 || day.day != 31)
      continue;
    for (int offset = -HOUR; offset <= 3 * HOUR; offset += HOUR)
      check_year(march * DAY + HOUR, october * DAY + HOUR, offset);
    struct p1_clock eve = {.local = day.number * DAY + DAY - 1, .valid = true};
    assert_int_equal(p1_clock_utc(&eve, HOUR), eve.local - HOUR);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stamps),        cmocka_unit_test(test_impossible),
      cmocka_unit_test(test_shapeless),     cmocka_unit_test(test_pair),
      cmocka_unit_test(test_every_day),     cmocka_unit_test(test_every_date),
      cmocka_unit_test(test_every_time),    cmocka_unit_test(test_utc),
      cmocka_unit_test(test_october_night), cmocka_unit_test(test_march_night),
      cmocka_unit_test(test_every_year),
  };
  return cmocka_run_group_tests_name("clock", tests, make_guard, free_guard);
}
