/*
 * test_reader.c - from bytes to intervals, through loss and refusal.
 */
#include "torture.h"

#include "fakeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct p1_reader_options options = {
    .name = "home",
    .meter = {.interval_ms = 1000, .mbus_timeout_s = 10800},
    .standard_offset_s = 3600,
};

/* Two telegrams. */
static char one[512], two[512];
static size_t one_n, two_n;

static int setup(void **state) {
  (void)state;
  one_n = p1_fake_telegram(one, sizeof(one), 1001, true);
  two_n = p1_fake_telegram(two, sizeof(two), 2002, true);
  p1_fake_begin(&options);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  p1_fake_end();
  return 0;
}

static struct p1_counters counters(void) {
  struct p1_counters found;
  p1_reader_counters(p1_fake.reader, &found);
  return found;
}

/* Takes the oldest interval and returns the import in it, -1 without any. */
static int64_t take_import(void) {
  static struct p1_interval interval;
  if (!p1_reader_take(p1_fake.reader, &interval))
    return -1;
  for (size_t i = 0; i < interval.count; i++)
    if (interval.list[i].id == P1_ID_POWER_IMPORT)
      return interval.list[i].sum / interval.list[i].count;
  fail_msg("an interval without the import");
  return -1;
}

/* ---- telegrams ---- */

static void telegrams_become_intervals(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 900},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(take_import(), 1001);
  assert_int_equal(take_import(), 2002);
  assert_int_equal(take_import(), -1);
  struct p1_counters found = counters();
  assert_int_equal(found.telegrams, 2);
  assert_int_equal(found.bytes, one_n + two_n);
  assert_int_equal(found.bad_crc + found.missing_crc + found.resyncs +
                       found.too_long + found.malformed_lines +
                       found.reconnects,
                   0);
  assert_int_equal(p1_fake.logged, 1);
  assert_string_equal(p1_fake.lines[0],
                      "meter \"home\": reading /TST5 telegrams, CRC ok");
}

static void portions_do_not_matter(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
  };
  uint64_t telegrams = 0;
  for (size_t most = 1; most < 64; most++) {
    p1_fake.most = most;
    P1_FAKE_PLAY(steps);
    telegrams += 2;
    assert_int_equal(counters().telegrams, telegrams);
  }
}

static void several_telegrams_in_one_read(void **state) {
  (void)state;
  char both[1024];
  memcpy(both, one, one_n);
  memcpy(both + one_n, two, two_n);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = both, .n = one_n + two_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 2);
}

static void age_and_clock_are_told(void **state) {
  (void)state;
  assert_int_equal(counters().age_ms, -1);
  assert_false(counters().clock_known);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 4000},
  };
  P1_FAKE_PLAY(steps);
  /* The silence, and the pause after a wait that brought nothing. */
  assert_int_equal(counters().age_ms, 4100);
  /* The telegram says 13:00:02 W, which is 12:00:02 UTC; the host's clock was
   * at 12:00:00. */
  assert_true(counters().clock_known);
  assert_int_equal(counters().clock_offset_s, 2);
}

/* ---- the pace of reading ---- */

/* The wait for the rest of a telegram of n bytes at a line's speed. */
static int64_t settled_ms(size_t n, long bytes_per_second) {
  char *large = malloc(n);
  assert_non_null(large);
  size_t body = one_n - 7; /* all before "!CRC\r\n" and its CR LF */
  memcpy(large, one, body);
  memset(large + body, '\n', n - body);
  large[n - 3] = '!';
  large[n - 2] = '\r';
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = large, .n = n},
      {.kind = P1_FAKE_BYTES, .bytes = large, .n = 10},
  };
  p1_fake.source.bytes_per_second = bytes_per_second;
  P1_FAKE_PLAY(steps);
  free(large);
  assert_in_range(p1_fake.pauses, 2, P1_FAKE_LOG_MAX);
  return p1_fake.pauses_ms[p1_fake.pauses - 2];
}

static void a_telegram_is_given_its_usual_time(void **state) {
  (void)state;
  /* 1502 bytes to the '!' at 11,520 a second, and 15 ms. */
  assert_int_equal(settled_ms(1504, 11520), 130 + 15);
  assert_int_equal(settled_ms(400, 11520), 100);
  assert_int_equal(settled_ms(1000, 960), 300);
  assert_int_equal(settled_ms(1500, 0), 100); /* a line without a speed */
}

/* Half the kernel's buffer waits: no pause, or it might run over. */
static void a_late_reader_does_not_wait(void **state) {
  (void)state;
  char many[8192];
  size_t n = 0;
  for (; n + one_n <= sizeof(many); n += one_n)
    memcpy(many + n, one, one_n);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = many, .n = n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, n / one_n);
  assert_int_equal(p1_fake.pauses, 1); /* the one after the script's end */
}

/* ---- loss ---- */

static void a_lost_port_is_opened_again(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_LOST},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
      {.kind = P1_FAKE_LOST_IN_READ},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 3);
  assert_int_equal(counters().reconnects, 2);
  assert_int_equal(p1_fake.opens, 3);
  assert_int_equal(p1_fake.closes, 3);
  /* The second loss came within a quarter of an hour. */
  assert_int_equal(p1_fake_count_lines("lost"), 1);
  assert_int_equal(p1_fake_count_lines("open again"), 1);
}

/* At every byte: a telegram that was whole before the loss counts; its halves
 * do not, although they would make a whole one; the next whole one always does.
 */
static void lost_at_every_byte(void **state) {
  (void)state;
  uint64_t telegrams = 0;
  for (size_t cut = 1; cut < one_n; cut++) {
    const struct p1_fake_step steps[] = {
        {.kind = P1_FAKE_BYTES, .bytes = one, .n = cut},
        {.kind = P1_FAKE_LOST},
        {.kind = P1_FAKE_BYTES, .bytes = one + cut, .n = one_n - cut},
        {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
    };
    P1_FAKE_PLAY(steps);
    /* It is whole with its CRC, before the end of its line. */
    telegrams += cut >= one_n - 2 ? 2 : 1;
    assert_int_equal(counters().telegrams, telegrams);
  }
  assert_int_equal(counters().bad_crc, 0);
  assert_int_equal(counters().reconnects, 2 * (one_n - 1) - 1);
}

/* ---- refusal ---- */

static void refused_while_the_node_is_there(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_REFUSE, .bytes = "in use by another program", .n = 5},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(steps);
  const int64_t tries_ms[] = {0, 500, 1500, 2500, 3500, 4500};
  assert_int_equal(p1_fake.opens, COUNT_OF(tries_ms));
  assert_memory_equal(p1_fake.opened_ms, tries_ms, sizeof(tries_ms));
  assert_int_equal(counters().reconnects, 0);
  assert_string_equal(p1_fake.lines[0],
                      "meter \"home\": in use by another program");
  assert_int_equal(p1_fake.levels[0], P1_LOG_ERROR);
  assert_string_equal(
      p1_fake.lines[1],
      "meter \"home\": the port is open again (messages held back: 4)");
  assert_int_equal(p1_fake.logged, 3); /* and the first telegram */
}

static void refused_while_the_node_is_gone(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_GONE, .ms = 1000000},
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 9},
  };
  P1_FAKE_PLAY(steps);
  const int64_t tries_ms[] = {0,     500,   1500,  3500,  7500,
                              15500, 31500, 61500, 91500, 121500};
  assert_int_equal(p1_fake.opens, COUNT_OF(tries_ms));
  assert_memory_equal(p1_fake.opened_ms, tries_ms, sizeof(tries_ms));
}

static void opened_at_once_when_the_node_returns(void **state) {
  (void)state;
  for (int64_t away_ms = 40000; away_ms < 42000; away_ms += 100) {
    const struct p1_fake_step steps[] = {
        {.kind = P1_FAKE_GONE, .ms = away_ms},
        {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 7},
        {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
    };
    p1_fake.opens = 0;
    int64_t from_ms = p1_fake_now_ms();
    P1_FAKE_PLAY(steps);
    assert_int_equal(p1_fake.opens, 8);
    int64_t late_ms = p1_fake.opened_ms[7] - from_ms - away_ms;
    assert_in_range(late_ms, 0, 999);
  }
}

/* Tries begin anew after bytes, and when the node is back but not ready yet. */
static void tries_begin_anew(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_REFUSE, .bytes = "in use", .n = 3},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_LOST},
      {.kind = P1_FAKE_REFUSE, .bytes = "in use", .n = 2},
      {.kind = P1_FAKE_GONE, .ms = 20000},
      {.kind = P1_FAKE_LOST},
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 2},
      {.kind = P1_FAKE_REFUSE, .bytes = "no permission", .n = 2},
  };
  P1_FAKE_PLAY(steps);
  /* The telegram takes 103 ms; the node is away from 5,103 to 25,103. */
  const int64_t tries_ms[] = {0,    500,  1500,  2500,  3103,  4103,
                              5103, 9103, 17103, 25103, 25603, 26603};
  assert_memory_equal(p1_fake.opened_ms, tries_ms, sizeof(tries_ms));
  assert_int_equal(p1_fake.opens, COUNT_OF(tries_ms));
}

static void a_new_reason_is_told(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 80},
      {.kind = P1_FAKE_REFUSE, .bytes = "no permission", .n = 80},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("not there"), 1);
  assert_int_equal(p1_fake_count_lines("no permission"), 1);
}

/* As `collectd -T` does it: told to stop before the thread has begun. */
static void tried_once_when_stopped_already(void **state) {
  (void)state;
  p1_stop_raise(&p1_fake.stop);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 1}};
  p1_fake.steps = steps;
  p1_fake.count = 1;
  p1_reader_run(p1_fake.reader);
  assert_int_equal(p1_fake.opens, 1);
  assert_int_equal(p1_fake_count_lines("not there"), 1);
  assert_int_equal(p1_fake_now_ms(), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(telegrams_become_intervals),
      TEST(portions_do_not_matter),
      TEST(several_telegrams_in_one_read),
      TEST(age_and_clock_are_told),
      TEST(a_telegram_is_given_its_usual_time),
      TEST(a_late_reader_does_not_wait),
      TEST(a_lost_port_is_opened_again),
      TEST(lost_at_every_byte),
      TEST(refused_while_the_node_is_there),
      TEST(refused_while_the_node_is_gone),
      TEST(opened_at_once_when_the_node_returns),
      TEST(tries_begin_anew),
      TEST(a_new_reason_is_told),
      TEST(tried_once_when_stopped_already),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
