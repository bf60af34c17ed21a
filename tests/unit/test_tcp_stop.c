/*
 * test_tcp_stop.c - the TCP source and the whole reader on it in threads: told
 * to stop wherever they are, and back after every loss.
 *
 * What can hang does so for good: a test ends because the source was told to
 * stop, or alarm() ends it. poll() is counted on its way to the kernel, so that
 * a test knows when a wait is under way.
 */
#define _GNU_SOURCE /* ppoll() */

#include "torture.h"

#include "fakeline.h"
#include "fakenames.h"
#include "loopback.h"
#include "reader.h"
#include "tcp.h"
#include "thread.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60

static struct p1_stop stop;
static struct p1_source *source; /* NULL where a reader has it */
static char message[P1_SOURCE_MESSAGE_MAX];

static atomic_int socket_waits;        /* for a socket and the stop handle */
static atomic_int lost, back, refused; /* lines of the log */

int poll(struct pollfd *items, nfds_t n, int timeout_ms) {
  if (n == 2)
    socket_waits++;
  const struct timespec time = {.tv_sec = timeout_ms / 1000,
                                .tv_nsec = timeout_ms % 1000 * 1000000L};
  return ppoll(items, n, timeout_ms < 0 ? NULL : &time, NULL);
}

static void until(atomic_int *counter, int value) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (*counter < value)
    nanosleep(&moment, NULL);
}

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  fake_names_reset();
  source = NULL;
  socket_waits = lost = back = refused = 0;
  loopback_listen();
  return p1_stop_init(&stop);
}

static int teardown(void **state) {
  (void)state;
  if (source != NULL)
    source->class->destroy(source);
  until(&fake_names_freed, fake_names_handed);
  loopback_end();
  p1_stop_destroy(&stop);
  alarm(0);
  return 0;
}

static struct p1_source *make_for(const char *host) {
  char device[128];
  snprintf(device, sizeof(device), "tcp://%s:%d", host, loopback.port);
  struct p1_source *made = p1_tcp_create(&(struct p1_tcp_options){
      .device = device, .connect_ms = NEVER_MS, .silence_ms = NEVER_MS});
  assert_non_null(made);
  return made;
}

/* ---- the source ---- */

static void open_in_thread(void *result) {
  *(int *)result = source->class->open(source, &stop, message);
}

/* Opens in a thread, and stops it when `event` has been counted. */
static void stop_while_opening(atomic_int *event) {
  struct p1_thread thread;
  int result = 0;
  snprintf(message, sizeof(message), "untouched");
  assert_int_equal(p1_thread_start(&thread, open_in_thread, &result), 0);
  until(event, 1);
  p1_stop_raise(&stop);
  p1_thread_join(&thread);
  assert_int_equal(result, -1);
  assert_string_equal(message, ""); /* nothing is wrong */
}

static void stop_ends_a_connect(void **state) {
  (void)state;
  loopback_listen_deaf();
  source = make_for("127.0.0.1");
  stop_while_opening(&socket_waits);
}

static void stop_ends_a_lookup(void **state) {
  (void)state;
  source = make_for("hangs");
  stop_while_opening(&fake_names_asked);
  fake_names_answer();
}

/* A refusal of this machine is there at once: collectd -T tells of it. */
static void a_refusal_is_told_when_stopped_before(void **state) {
  (void)state;
  p1_stop_raise(&stop);
  source = make_for("127.0.0.1");
  loopback_leave();
  assert_int_equal(source->class->open(source, &stop, message), -1);
  assert_non_null(strstr(message, "refuses the connection"));
}

/* ---- the reader ---- */

static void log_line(enum p1_log_level level, const char *line) {
  (void)level;
  lost += strstr(line, "was closed by the other side") != NULL;
  back += strstr(line, "the port is open again") != NULL;
  refused += strstr(line, "refuses the connection") != NULL;
}

static struct p1_reader *start(const char *host) {
  const struct p1_reader_options options = {
      .name = "home", .meter = {.interval_ms = 1000}, .log = log_line};
  struct p1_reader *reader = p1_reader_create(&options, make_for(host), &stop);
  assert_non_null(reader);
  assert_int_equal(p1_reader_start(reader), 0);
  return reader;
}

static void finish(struct p1_reader *reader) {
  p1_stop_raise(&stop);
  p1_reader_join(reader);
  p1_reader_destroy(reader);
}

static void the_reader_stops_in_a_connect(void **state) {
  (void)state;
  loopback_listen_deaf();
  struct p1_reader *reader = start("127.0.0.1");
  until(&socket_waits, 1);
  finish(reader);
}

static void the_reader_stops_in_a_lookup(void **state) {
  (void)state;
  struct p1_reader *reader = start("hangs");
  until(&fake_names_asked, 1);
  finish(reader);
  fake_names_answer();
  until(&fake_names_freed, 1);
}

static void the_reader_stops_in_silence(void **state) {
  (void)state;
  struct p1_reader *reader = start("127.0.0.1");
  loopback_accept();
  until(&socket_waits, 1);
  finish(reader);
}

static void the_reader_stops_in_back_off(void **state) {
  (void)state;
  loopback_leave();
  struct p1_reader *reader = start("127.0.0.1");
  until(&refused, 1);
  finish(reader);
}

static struct p1_counters until_telegrams(struct p1_reader *reader,
                                          uint64_t count) {
  struct p1_counters counters;
  const struct timespec moment = {.tv_nsec = 1000000};
  for (;;) {
    p1_reader_counters(reader, &counters);
    if (counters.telegrams >= count)
      return counters;
    nanosleep(&moment, NULL);
  }
}

/* The halves on both sides of a loss never become one telegram. */
static void the_reader_comes_back(void **state) {
  (void)state;
  char telegram[512];
  size_t n = p1_fake_telegram(telegram, sizeof(telegram), 1234, true);
  struct p1_reader *reader = start("127.0.0.1");
  uint64_t whole = 0;
  for (int i = 0; i < 3; i++) {
    loopback_accept();
    if (i > 0)
      loopback_send(telegram + n / 2, n - n / 2);
    loopback_send(telegram, n);
    struct p1_counters counters = until_telegrams(reader, ++whole);
    assert_int_equal(counters.telegrams, whole);
    assert_int_equal(counters.reconnects, i);
    assert_int_equal(counters.bad_crc, 0);
    loopback_send(telegram, n / 2);
    if (i == 1)
      loopback_reset();
    else
      loopback_close();
  }
  finish(reader);
  assert_int_equal(lost, 1); /* the first; the others are held back */
  assert_int_equal(back, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(stop_ends_a_connect),
      TEST(stop_ends_a_lookup),
      TEST(a_refusal_is_told_when_stopped_before),
      TEST(the_reader_stops_in_a_connect),
      TEST(the_reader_stops_in_a_lookup),
      TEST(the_reader_stops_in_silence),
      TEST(the_reader_stops_in_back_off),
      TEST(the_reader_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
