/*
 * test_reader_trouble.c - damage is counted, dropped and told; so is silence.
 */
#include "torture.h"

#include "fakeline.h"
#include "sim_random.h"

#include <stdio.h>
#include <string.h>

static const struct p1_reader_options options = {
    .name = "home",
    .meter = {.interval_ms = 1000, .mbus_timeout_s = 10800},
    .standard_offset_s = 3600,
};

/* Two whole telegrams, one without a CRC and one whose CRC does not fit. */
static char one[512], two[512], bare[512], bad[512];
static size_t one_n, two_n, bare_n, bad_n;

static int setup(void **state) {
  (void)state;
  one_n = p1_fake_telegram(one, sizeof(one), 1001, true);
  two_n = p1_fake_telegram(two, sizeof(two), 2002, true);
  bare_n = p1_fake_telegram(bare, sizeof(bare), 3003, false);
  bad_n = p1_fake_telegram(bad, sizeof(bad), 4004, true);
  bad[30] ^= 1; /* inside the stamp */
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

/* ---- damage ---- */

static void a_bad_crc_is_counted_and_dropped(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 2);
  assert_int_equal(counters().bad_crc, 2);
  assert_int_equal(p1_fake_count_lines("their CRC does not fit"), 1);
}

/* A single one is of no consequence; of many, the share among the last ones is
 * what counts, and so it is over when they have gone. */
static void damage_is_told_and_its_end(void **state) {
  (void)state;
  struct p1_fake_step steps[80];
  for (size_t i = 0; i < COUNT_OF(steps); i++)
    steps[i] = i % 2 != 0
                   ? (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 800}
               : i == 20 ? (struct p1_fake_step){.kind = P1_FAKE_BYTES,
                                                 .bytes = bad,
                                                 .n = bad_n}
                         : (struct p1_fake_step){
                               .kind = P1_FAKE_BYTES, .bytes = one, .n = one_n};
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake.logged, 1); /* the first telegram */
  steps[60] = steps[64] = steps[20];
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("some telegrams arrive damaged"), 1);
  assert_int_equal(p1_fake_count_lines("whole again"), 0);
  steps[20] = steps[60] = steps[64] = steps[0];
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("whole again"), 1);
  assert_int_equal(p1_fake.logged, 3);
}

static void a_missing_crc_is_counted_and_dropped(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = bare, .n = bare_n},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_BYTES, .bytes = bare, .n = bare_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 2);
  assert_int_equal(counters().missing_crc, 1);
  assert_int_equal(p1_fake_count_lines("telegrams, without CRC"), 1);
  assert_int_equal(p1_fake.logged, 1);
  const struct p1_fake_step more[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_BYTES, .bytes = bare, .n = bare_n},
      {.kind = P1_FAKE_BYTES, .bytes = bare, .n = bare_n},
  };
  P1_FAKE_PLAY(more);
  assert_int_equal(counters().missing_crc, 3);
  assert_int_equal(p1_fake_count_lines("without the CRC that this meter"), 1);
}

static void a_bad_crc_may_be_ignored(void **state) {
  (void)state;
  p1_fake_end();
  struct p1_reader_options lenient = options;
  lenient.meter.ignore_crc = true;
  p1_fake_begin(&lenient);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 1);
  assert_int_equal(counters().bad_crc, 1);
  assert_int_equal(take_import(), 4004);
  assert_string_equal(
      p1_fake.lines[0],
      "meter \"home\": reading /TST5 telegrams, CRC bad and ignored");
  assert_int_equal(p1_fake.logged, 1);
}

static void lines_that_cannot_be_read_are_counted(void **state) {
  (void)state;
  const char *text = "/TST5\\FAKE\r\n\r\n1-0:1.7.0(banana)\r\n"
                     "1-0:2.7.0(0x.1)\r\n1-0:32.7.0(230.1*V)\r\n!\r\n";
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = text, .n = strlen(text)},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 1);
  assert_int_equal(counters().malformed_telegrams, 1);
  assert_int_equal(counters().malformed_lines, 2);
}

static void a_telegram_that_breaks_off_is_counted(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n - 30},
      {.kind = P1_FAKE_BYTES, .bytes = "\r\n", .n = 2},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(counters().telegrams, 1);
  assert_int_equal(counters().resyncs, 1);
  assert_int_equal(p1_fake.logged, 1);
}

/* A second reader takes the rest of each telegram. */
static void telegrams_that_break_off_are_told(void **state) {
  (void)state;
  struct p1_fake_step steps[40];
  for (size_t i = 0; i < COUNT_OF(steps); i++)
    steps[i] = i % 2 == 0
                   ? (struct p1_fake_step){.kind = P1_FAKE_BYTES,
                                           .bytes = one,
                                           .n = i < 8 ? one_n : one_n - 40}
                   : (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 900};
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("cut at the same place"), 1);
}

/* 2 MB of each: counted, told in a few lines, and the next telegram arrives. */
static void floods_end_with_the_next_telegram(void **state) {
  (void)state;
  static char flood[2 << 20];
  uint32_t seed = 1;
  for (int kind = 0; kind < 6; kind++) {
    for (size_t i = 0; i < sizeof(flood); i++) {
      seed = seed * 1664525u + 1013904223u;
      const char bytes[] = {(char)(seed >> 24), '/', 'x', '\0', '\xff', '!'};
      flood[i] = bytes[kind];
    }
    const struct p1_fake_step steps[] = {
        {.kind = P1_FAKE_BYTES, .bytes = one, .n = 20},
        {.kind = P1_FAKE_BYTES, .bytes = flood, .n = sizeof(flood)},
        {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
        {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
    };
    uint64_t before = counters().telegrams;
    P1_FAKE_PLAY(steps);
    assert_in_range(counters().telegrams, before + 1, before + 2);
    while (take_import() >= 0)
      continue;
  }
  assert_in_range(p1_fake.logged, 1, 9);
}

/* ---- silence ---- */

static void silence_is_told_after_30_s(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 29000},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("no telegram"), 0);
  const struct p1_fake_step more[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 35000},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(more);
  assert_int_equal(p1_fake_count_lines("no telegram for 3"), 1);
  assert_int_equal(p1_fake_count_lines("s: the line has fallen silent"), 1);
  assert_int_equal(p1_fake_count_lines("speaking again"), 1);
}

static void a_line_without_a_byte_is_told(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {{.kind = P1_FAKE_IDLE, .ms = 40000}};
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("no telegram for 3"), 1);
  assert_int_equal(p1_fake_count_lines("s: not a byte arrives"), 1);
  assert_int_equal(p1_fake.logged, 1);
}

/* A time of the user's own, sooner than the diagnosis calls it a silence. */
static void silence_is_told_when_the_user_says(void **state) {
  (void)state;
  p1_fake_end();
  struct p1_reader_options impatient = options;
  impatient.silence_ms = 6000;
  p1_fake_begin(&impatient);
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 5000},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 12000},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("the line has fallen silent"), 1);
  assert_int_equal(p1_fake.logged, 2);
}

/* A wrong speed: bytes, but nothing of them is a telegram. */
static void bytes_without_telegrams_are_told(void **state) {
  (void)state;
  static char noise[600];
  uint32_t seed = 7;
  for (size_t i = 0; i < sizeof(noise); i++) {
    seed = seed * 1664525u + 1013904223u;
    noise[i] = (char)(seed >> 24);
  }
  struct p1_fake_step steps[40];
  for (size_t i = 0; i < COUNT_OF(steps); i++)
    steps[i] = i % 2 == 0
                   ? (struct p1_fake_step){.kind = P1_FAKE_BYTES,
                                           .bytes = noise,
                                           .n = sizeof(noise)}
                   : (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 3000};
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("bytes arrive, but no text"), 1);
  assert_int_equal(p1_fake.logged, 1);
}

/* A meter that speaks every 60 s is not silent for 180 s. */
static void a_slow_meter_is_given_three_paces(void **state) {
  (void)state;
  struct p1_fake_step steps[60];
  for (size_t i = 0; i < COUNT_OF(steps); i++)
    steps[i] = i % 2 == 0
                   ? (struct p1_fake_step){.kind = P1_FAKE_BYTES,
                                           .bytes = one,
                                           .n = one_n}
                   : (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 60000};
  P1_FAKE_PLAY(steps);
  /* Once, before the second telegram told the pace. */
  assert_int_equal(p1_fake_count_lines("no telegram"), 1);
}

/* A port that is away for an hour says so, and not that the meter is silent. */
static void a_refused_port_is_not_silence(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 3600},
      {.kind = P1_FAKE_IDLE, .ms = 20000},
  };
  P1_FAKE_PLAY(steps);
  assert_int_equal(p1_fake_count_lines("no telegram"), 0);
  assert_int_equal(p1_fake_count_lines("not there"), 4);
}

/* ---- notices ---- */

static void expect_notice(enum p1_severity severity, const char *text) {
  struct p1_notice notice;
  if (!p1_reader_take_notice(p1_fake.reader, &notice))
    fail_msg("no notice: %s", text);
  if (strstr(notice.text, text) == NULL)
    fail_msg("\"%s\" is not in: %s", text, notice.text);
  assert_int_equal(notice.severity, severity);
  assert_in_range(notice.time_ms, INT64_C(1795176000000),
                  INT64_C(1795176000000) + p1_fake_now_ms());
}

static void expect_no_notice(void) {
  struct p1_notice notice;
  if (p1_reader_take_notice(p1_fake.reader, &notice))
    fail_msg("a notice: %s", notice.text);
}

static void a_good_start_is_no_event(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 900},
      {.kind = P1_FAKE_BYTES, .bytes = two, .n = two_n},
  };
  P1_FAKE_PLAY(steps);
  expect_no_notice();
}

/* Once each, however long it lasts and whatever the reasons in between. */
static void a_lost_port_is_an_event(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_LOST},
      {.kind = P1_FAKE_REFUSE, .bytes = "not there", .n = 3600},
      {.kind = P1_FAKE_REFUSE, .bytes = "no permission", .n = 3600},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(steps);
  expect_notice(P1_SEVERITY_FAILURE, "the port is lost");
  expect_notice(P1_SEVERITY_OKAY, "the port is open again");
  expect_no_notice();
}

static void a_silence_is_an_event(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_IDLE, .ms = 7200000},
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
  };
  P1_FAKE_PLAY(steps);
  expect_notice(P1_SEVERITY_FAILURE, "s: the line has fallen silent");
  expect_notice(P1_SEVERITY_OKAY, "the meter is speaking again");
  expect_no_notice();
}

static void damage_is_an_event(void **state) {
  (void)state;
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_BYTES, .bytes = one, .n = one_n},
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
      {.kind = P1_FAKE_BYTES, .bytes = bad, .n = bad_n},
  };
  P1_FAKE_PLAY(steps);
  expect_notice(P1_SEVERITY_WARNING, "some telegrams arrive damaged");
  expect_no_notice();
}

/* What a wrong line brings: random bytes at full speed. Now and then the framer
 * takes some of them for a telegram that is damaged; that is no meter. */
static void noise_is_told_and_is_no_meter(void **state) {
  (void)state;
  static char noise[180][11520];
  static struct p1_fake_step steps[2 * 180];
  struct p1_sim_random chance = {.state = 20261120};
  for (size_t i = 0; i < 180; i++) {
    for (size_t at = 0; at < sizeof(noise[i]); at++)
      noise[i][at] = (char)(p1_sim_next(&chance) >> 32);
    steps[2 * i] = (struct p1_fake_step){
        .kind = P1_FAKE_BYTES, .bytes = noise[i], .n = sizeof(noise[i])};
    steps[2 * i + 1] = (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 1000};
  }
  p1_fake_play(steps, 2 * 180);
  assert_true(p1_fake.logged >= 1);
  assert_int_equal(p1_fake_count_lines("speaking again"), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_bad_crc_is_counted_and_dropped),
      TEST(damage_is_told_and_its_end),
      TEST(a_missing_crc_is_counted_and_dropped),
      TEST(a_bad_crc_may_be_ignored),
      TEST(lines_that_cannot_be_read_are_counted),
      TEST(a_telegram_that_breaks_off_is_counted),
      TEST(telegrams_that_break_off_are_told),
      TEST(floods_end_with_the_next_telegram),
      TEST(silence_is_told_after_30_s),
      TEST(a_line_without_a_byte_is_told),
      TEST(silence_is_told_when_the_user_says),
      TEST(bytes_without_telegrams_are_told),
      TEST(a_slow_meter_is_given_three_paces),
      TEST(a_refused_port_is_not_silence),
      TEST(a_good_start_is_no_event),
      TEST(a_lost_port_is_an_event),
      TEST(a_silence_is_an_event),
      TEST(damage_is_an_event),
      TEST(noise_is_told_and_is_no_meter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
