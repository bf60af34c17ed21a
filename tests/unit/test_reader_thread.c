/*
 * test_reader_thread.c - the reader in threads: told to stop wherever it is,
 * and asked by others while it reads.
 *
 * No wait here ends by itself within the test's life, so that a test ends only
 * because the reader was told to. One that hangs is ended by alarm().
 */
#define _POSIX_C_SOURCE 200809L

#include "torture.h"

#include "fakeline.h"
#include "thread.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60

/* A source for each way of being busy. */
struct line {
  struct p1_source source;
  bool refuses, is_away, speaks;
  atomic_int opens, waits, pauses, destroyed;
  atomic_bool signals_blocked;
  char telegram[512];
  size_t n;
};

static struct line lines[3];
static struct p1_stop stop;
static _Atomic int64_t clock_ms;

/* ---- the source and its time ---- */

static int line_open(struct p1_source *source, struct p1_stop *told,
                     char message[]) {
  (void)told;
  struct line *line = (struct line *)source;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  line->signals_blocked = sigismember(&mask, SIGTERM) == 1 &&
                          sigismember(&mask, SIGHUP) == 1 &&
                          sigismember(&mask, SIGALRM) == 1;
  memcpy(message, "refused", sizeof("refused"));
  line->opens++;
  return line->refuses ? -1 : 0;
}

static int line_wait(struct p1_source *source, struct p1_stop *told,
                     int timeout_ms) {
  struct line *line = (struct line *)source;
  (void)timeout_ms;
  line->waits++;
  if (line->speaks)
    return (int)line->n;
  p1_stop_wait(told, NEVER_MS);
  return P1_SOURCE_IDLE;
}

static int line_read(struct p1_source *source, char *bytes, size_t n) {
  struct line *line = (struct line *)source;
  assert_true(n >= line->n);
  memcpy(bytes, line->telegram, line->n);
  return (int)line->n;
}

static void line_close(struct p1_source *source) { (void)source; }

static void line_destroy(struct p1_source *source) {
  ((struct line *)source)->destroyed++;
}

static bool line_present(struct p1_source *source) {
  return !((struct line *)source)->is_away;
}

static const struct p1_source_class line_class = {.open = line_open,
                                                  .wait = line_wait,
                                                  .read = line_read,
                                                  .close = line_close,
                                                  .destroy = line_destroy,
                                                  .present = line_present};

/* Each look at the clock is a second later. */
static struct p1_instant now(void) {
  int64_t ms = atomic_fetch_add(&clock_ms, 1000);
  return (struct p1_instant){.monotonic_ms = ms, .host_ms = ms};
}

static bool pause_for_good(struct p1_stop *told, int timeout_ms) {
  for (size_t i = 0; i < 3; i++)
    lines[i].pauses++;
  return p1_stop_wait(told, timeout_ms > 0 ? NEVER_MS : 0);
}

static bool no_pause(struct p1_stop *told, int timeout_ms) {
  (void)timeout_ms;
  return p1_stop_wait(told, 0);
}

static const struct p1_time for_good = {.now = now, .pause = pause_for_good};
static const struct p1_time in_a_hurry = {.now = now, .pause = no_pause};

/* ---- the tests' own ---- */

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  memset(lines, 0, sizeof(lines));
  clock_ms = 0;
  for (size_t i = 0; i < 3; i++) {
    lines[i].source.class = &line_class;
    lines[i].n = p1_fake_telegram(lines[i].telegram, sizeof(lines[i].telegram),
                                  1234, true);
  }
  return p1_stop_init(&stop);
}

static int teardown(void **state) {
  (void)state;
  p1_stop_destroy(&stop);
  alarm(0);
  return 0;
}

static struct p1_reader *start(struct line *line, const struct p1_time *time) {
  const struct p1_reader_options options = {
      .name = "home", .meter = {.interval_ms = 1000}, .time = time};
  struct p1_reader *reader = p1_reader_create(&options, &line->source, &stop);
  assert_non_null(reader);
  assert_int_equal(p1_reader_start(reader), 0);
  return reader;
}

/* Until another thread has counted that far. */
static void until(atomic_int *counter, int value) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (*counter < value)
    nanosleep(&moment, NULL);
}

static void finish(struct p1_reader *reader, struct line *line) {
  p1_reader_join(reader);
  p1_reader_join(reader); /* harmless */
  p1_reader_destroy(reader);
  assert_int_equal(line->destroyed, 1);
}

/* ---- tests ---- */

static void stops_while_it_waits_for_bytes(void **state) {
  (void)state;
  struct p1_reader *reader = start(&lines[0], &for_good);
  until(&lines[0].waits, 1);
  p1_stop_raise(&stop);
  finish(reader, &lines[0]);
  assert_true(lines[0].signals_blocked);
}

static void stops_while_a_telegram_arrives(void **state) {
  (void)state;
  lines[0].speaks = true;
  struct p1_reader *reader = start(&lines[0], &for_good);
  until(&lines[0].pauses, 1);
  p1_stop_raise(&stop);
  finish(reader, &lines[0]);
  assert_int_equal(lines[0].waits, 1);
}

static void stop_in_back_off(struct line *line) {
  line->refuses = true;
  struct p1_reader *reader = start(line, &for_good);
  until(&line->pauses, 1);
  p1_stop_raise(&stop);
  finish(reader, line);
  assert_int_equal(line->opens, 1);
}

static void stops_while_it_backs_off(void **state) {
  (void)state;
  stop_in_back_off(&lines[0]);
}

static void stops_while_the_device_is_away(void **state) {
  (void)state;
  lines[0].is_away = true;
  stop_in_back_off(&lines[0]);
}

static void opens_once_when_stopped_before(void **state) {
  (void)state;
  p1_stop_raise(&stop);
  struct p1_reader *reader = start(&lines[0], &for_good);
  finish(reader, &lines[0]);
  assert_int_equal(lines[0].opens, 1);
}

static void all_stop_together(void **state) {
  (void)state;
  struct p1_reader *readers[3];
  lines[1].refuses = true;
  lines[2].speaks = true;
  for (size_t i = 0; i < 3; i++)
    readers[i] = start(&lines[i], &for_good);
  until(&lines[0].waits, 1);
  until(&lines[1].opens, 1);
  until(&lines[2].waits, 1);
  p1_stop_raise(&stop);
  for (size_t i = 0; i < 3; i++)
    finish(readers[i], &lines[i]);
}

static void a_reader_that_never_started_is_freed(void **state) {
  (void)state;
  const struct p1_reader_options options = {.name = "home"};
  struct p1_reader *reader =
      p1_reader_create(&options, &lines[0].source, &stop);
  assert_non_null(reader);
  finish(reader, &lines[0]);
  p1_reader_destroy(NULL);
}

/* What ThreadSanitizer watches: takers beside a reader at full speed. */
static void others_ask_while_it_reads(void **state) {
  (void)state;
  static struct p1_interval interval;
  lines[0].speaks = true;
  struct p1_reader *reader = start(&lines[0], &in_a_hurry);
  int64_t last_ms = -1;
  for (int taken = 0; taken < 2000;) {
    struct p1_counters counters;
    p1_reader_counters(reader, &counters);
    assert_int_equal(counters.bytes / lines[0].n >= counters.telegrams, 1);
    if (counters.telegrams > 0)
      assert_true(counters.age_ms >= 0);
    if (!p1_reader_take(reader, &interval)) {
      sched_yield();
      continue;
    }
    taken++;
    assert_true(interval.time_ms > last_ms);
    assert_true(interval.telegrams > 0);
    last_ms = interval.time_ms;
  }
  p1_stop_raise(&stop);
  finish(reader, &lines[0]);
}

/* The handle itself: raised for those who come later, lowered again. */
static void the_stop_handle_stays_raised(void **state) {
  (void)state;
  assert_false(p1_stop_wait(&stop, 0));
  assert_false(p1_stop_wait(&stop, 1));
  p1_stop_raise(&stop);
  p1_stop_raise(&stop);
  assert_true(p1_stop_wait(&stop, 0));
  assert_true(p1_stop_wait(&stop, NEVER_MS));
  p1_stop_lower(&stop);
  assert_false(p1_stop_wait(&stop, 0));
  p1_stop_lower(&stop);
}

static void on_signal(int number) { (void)number; }

static void interrupt(void *argument) {
  pthread_t *waiting = argument;
  const struct timespec moment = {.tv_nsec = 2000000};
  for (int i = 0; i < 20; i++) {
    nanosleep(&moment, NULL);
    pthread_kill(*waiting, SIGUSR1);
  }
  p1_stop_raise(&stop);
}

/* A wait outlives the signals that come into it. */
static void a_signal_does_not_end_the_wait(void **state) {
  (void)state;
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  pthread_t self = pthread_self();
  struct p1_thread thread;
  assert_int_equal(p1_thread_start(&thread, interrupt, &self), 0);
  assert_true(p1_stop_wait(&stop, NEVER_MS));
  p1_thread_join(&thread);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(stops_while_it_waits_for_bytes),
      TEST(stops_while_a_telegram_arrives),
      TEST(stops_while_it_backs_off),
      TEST(stops_while_the_device_is_away),
      TEST(opens_once_when_stopped_before),
      TEST(all_stop_together),
      TEST(a_reader_that_never_started_is_freed),
      TEST(others_ask_while_it_reads),
      TEST(the_stop_handle_stays_raised),
      TEST(a_signal_does_not_end_the_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
