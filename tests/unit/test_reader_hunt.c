/*
 * test_reader_hunt.c - the reader finds a meter's speed and framing.
 *
 * The reader and the serial source are the real ones; below them stands
 * serialstub.c in place of libserialport, and what it gives is what a UART set
 * as the library was asked would make of the meter's line, bit by bit (uart.c).
 * The clock goes on only when the reader pauses, so an hour takes no time.
 */
#define _XOPEN_SOURCE 700 /* posix_openpt() */

#include "torture.h"

#include "fakeline.h"
#include "reader.h"
#include "serial.h"
#include "serialstub.h"
#include "uart.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANGS_S 60
#define LIMIT_MS 3600000

/* Where the meter is in what it says. */
static struct {
  struct p1_uart uart;
  int64_t pace_ms, next_ms; /* of the next telegram */
  bool silent;
  char telegram[512];
  size_t n;
  int said; /* telegrams begun */
} meter;

/* What the port has made of it and nobody has taken. */
static struct {
  char bytes[8192];
  size_t n;
} queue;

static bool checks_parity; /* the port's driver, which then gives NUL */
static int64_t clock_ms;
static int64_t until_ms;    /* the test's end at the latest */
static uint64_t telegrams;  /* the test's end when so many were accepted */
static int said_at_setting; /* meter.said when the port was last set */
static char settings[1024]; /* "115200 8N1, 9600 7E1, " */
static char log_text[8192]; /* what was logged, by lines */
static int master = -1;
static struct p1_stop stop;
static struct p1_reader *reader;

/* ---- the meter's line ---- */

static void set_meter(int speed, int bits, bool parity, int64_t pace_ms) {
  meter.uart = (struct p1_uart){.speed = speed, .bits = bits, .parity = parity};
  meter.pace_ms = pace_ms;
  meter.next_ms = clock_ms + 300;
}

static void speak(void) {
  const struct p1_uart port = {.speed = p1_stub.set_speed,
                               .bits = p1_stub.set_bits,
                               .parity = p1_stub.set_parity == SP_PARITY_EVEN,
                               .faults_are_nul = checks_parity};
  meter.said++;
  meter.next_ms += meter.pace_ms;
  queue.n +=
      p1_uart_carry(&meter.uart, &port, meter.telegram, meter.n,
                    queue.bytes + queue.n, sizeof(queue.bytes) - queue.n);
}

static int on_waiting(void) {
  if (!meter.silent && clock_ms >= meter.next_ms)
    speak();
  return (int)queue.n;
}

static size_t on_read(void *bytes, size_t n) {
  assert_true(n <= queue.n);
  memcpy(bytes, queue.bytes, n);
  memmove(queue.bytes, queue.bytes + n, queue.n - n);
  queue.n -= n;
  return n;
}

/* Follows every setting of the port: what waited is thrown away. */
static void on_flush(void) {
  queue.n = 0;
  said_at_setting = meter.said;
  size_t used = strlen(settings);
  snprintf(settings + used, sizeof(settings) - used, "%d %d%c1, ",
           p1_stub.set_speed, p1_stub.set_bits,
           p1_stub.set_parity == SP_PARITY_EVEN ? 'E' : 'N');
}

/* ---- the reader's time and log ---- */

static struct p1_instant now(void) {
  return (struct p1_instant){.monotonic_ms = clock_ms, .host_ms = clock_ms};
}

static bool pause_reader(struct p1_stop *told, int timeout_ms) {
  struct p1_counters counters;
  p1_reader_counters(reader, &counters);
  clock_ms += timeout_ms;
  if (counters.telegrams >= telegrams || clock_ms >= until_ms)
    p1_stop_raise(told);
  return p1_stop_wait(told, 0);
}

static const struct p1_time fake_time = {.now = now, .pause = pause_reader};

static void log_line(enum p1_log_level level, const char *message) {
  (void)level;
  size_t used = strlen(log_text);
  snprintf(log_text + used, sizeof(log_text) - used, "%s\n", message);
}

static int logged(const char *text) {
  int count = 0;
  for (const char *at = log_text; (at = strstr(at, text)) != NULL; at++)
    count++;
  return count;
}

/* ---- the tests' own ---- */

static void begin(int speed, const enum p1_framing *framing) {
  struct p1_serial_options serial = {.device = ptsname(master),
                                     .speed = P1_SERIAL_SPEED};
  const struct p1_reader_options options = {.name = "home",
                                            .meter = {.interval_ms = 1000},
                                            .speed = speed,
                                            .framing = framing,
                                            .log = log_line,
                                            .time = &fake_time};
  struct p1_source *source = p1_serial_create(&serial);
  assert_non_null(source);
  reader = p1_reader_create(&options, source, &stop);
  assert_non_null(reader);
}

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  memset(&p1_stub, 0, sizeof(p1_stub));
  memset(&meter, 0, sizeof(meter));
  queue.n = 0;
  clock_ms = 0;
  checks_parity = false;
  settings[0] = log_text[0] = '\0';
  p1_stub.on_waiting = on_waiting;
  p1_stub.on_read = on_read;
  p1_stub.on_flush = on_flush;
  meter.n = p1_fake_telegram(meter.telegram, sizeof(meter.telegram), 500, true);
  master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
    return -1;
  return p1_stop_init(&stop);
}

static int teardown(void **state) {
  (void)state;
  p1_reader_destroy(reader);
  reader = NULL;
  p1_stop_destroy(&stop);
  close(master);
  alarm(0);
  return p1_stub.ports + p1_stub.configs + p1_stub.sets + p1_stub.handles;
}

/* The pty's slave is what the source waits on; that must not take time. */
static void let_nothing_wait(void) {
  assert_int_equal(write(master, "\n", 1), 1);
}

/* Reads until `more` telegrams were accepted, an hour at most; how many that
 * were. */
static uint64_t read_telegrams(uint64_t more) {
  struct p1_counters counters;
  p1_reader_counters(reader, &counters);
  uint64_t before = counters.telegrams;
  telegrams = before + more;
  until_ms = clock_ms + LIMIT_MS;
  p1_stop_lower(&stop);
  let_nothing_wait();
  p1_reader_run(reader);
  p1_reader_counters(reader, &counters);
  return counters.telegrams - before;
}

/* Within two telegrams of the right setting coming up. */
static void expect_found(const char *line) {
  assert_int_equal(read_telegrams(1), 1);
  assert_in_range(meter.said - said_at_setting, 1, 2);
  char last[32];
  snprintf(last, sizeof(last), "%s, ", line);
  size_t n = strlen(settings), m = strlen(last);
  if (n < m || strcmp(settings + n - m, last) != 0)
    fail_msg("not found at %s: %s", line, settings);
}

/* ---- cold starts ---- */

static void a_new_meter_is_read_at_once(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(115200, 8, false, 1000);
  expect_found("115200 8N1");
  assert_string_equal(settings, "115200 8N1, ");
  assert_int_equal(meter.said, 1);
  assert_int_equal(logged("found"), 0);
}

static void an_old_meter_is_found(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(9600, 7, true, 10000);
  expect_found("9600 7E1");
  assert_string_equal(settings, "115200 8N1, 9600 7E1, ");
  assert_in_range(meter.said, 1, 4);
  assert_int_equal(logged("meter \"home\": 9600 7E1 found\n"), 1);
  assert_int_equal(logged("\n"), 2); /* and the first telegram */
}

static void a_slow_meter_of_eight_bits_is_found(void **state) {
  (void)state;
  checks_parity = true;
  begin(0, NULL);
  set_meter(9600, 8, false, 10000);
  expect_found("9600 8N1");
  assert_in_range(meter.said, 1, 6);
  assert_int_equal(logged("9600 8N1 found"), 1);
}

/* Linux does not look at parity, and the eighth bit of text is 0: it is read at
 * 7E1 as well, and nothing better is looked for. */
static void where_parity_means_nothing(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(9600, 8, false, 10000);
  expect_found("9600 7E1");
}

/* What libserialport is asked for the change, and nothing is opened anew. */
static void the_open_port_is_set(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(9600, 7, true, 10000);
  expect_found("9600 7E1");
  const char *calls = strstr(p1_stub.calls, "flush input\n");
  assert_non_null(calls);
  assert_string_equal(calls, "flush input\nnew_config\nspeed 9600\nbits 7\n"
                             "parity even\nstop bits 1\nflow control none\n"
                             "rts 0\ndtr 0\nset_config\nget_config\n"
                             "flush input\nclose\n");
}

/* A meter that is silent for an hour is found when it speaks. */
static void a_meter_that_speaks_late_is_found(void **state) {
  (void)state;
  begin(0, NULL);
  meter.silent = true;
  assert_int_equal(read_telegrams(1), 0);
  assert_int_equal(logged("not a byte arrives"), 4); /* a quarter of an hour */
  settings[0] = '\0';
  meter.silent = false;
  set_meter(115200, 8, false, 1000);
  expect_found("115200 8N1");
}

/* ---- changes ---- */

static void swapped_meters_are_found(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(115200, 8, false, 1000);
  assert_int_equal(read_telegrams(20), 20);
  set_meter(9600, 7, true, 10000);
  expect_found("9600 7E1");
  assert_int_equal(logged("9600 7E1 found"), 1);
  assert_int_equal(read_telegrams(5), 5);
  set_meter(115200, 8, false, 1000);
  expect_found("115200 8N1");
  assert_int_equal(logged("115200 8N1 found"), 1);
}

static void swapped_for_one_of_the_same_speed(void **state) {
  (void)state;
  checks_parity = true;
  begin(0, NULL);
  set_meter(9600, 7, true, 10000);
  expect_found("9600 7E1");
  assert_int_equal(read_telegrams(3), 3);
  settings[0] = '\0';
  set_meter(9600, 8, false, 10000);
  expect_found("9600 8N1");
}

/* The port is closed and opened between the two readings. */
static void the_good_one_is_remembered(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(9600, 7, true, 10000);
  expect_found("9600 7E1");
  settings[0] = '\0';
  assert_int_equal(read_telegrams(1), 1);
  assert_string_equal(settings, "9600 7E1, ");
  assert_int_equal(logged("9600 7E1 found"), 1);
}

/* ---- limits ---- */

static void what_the_user_fixed_stays(void **state) {
  (void)state;
  const enum p1_framing framing = P1_FRAMING_8N1;
  begin(115200, &framing);
  set_meter(9600, 7, true, 10000);
  assert_int_equal(read_telegrams(1), 0);
  assert_string_equal(settings, "115200 8N1, ");
  if (logged("Speed 9600 and Framing 7E1") == 0)
    fail_msg("%s", log_text);
}

static void a_fixed_speed_leaves_the_framing(void **state) {
  (void)state;
  checks_parity = true;
  begin(9600, NULL);
  set_meter(9600, 8, false, 10000);
  expect_found("9600 8N1");
  assert_null(strstr(settings, "115200"));
}

/* 7E1 text read as 8N1 is told when the user has fixed it so. */
static void a_wrong_framing_is_told(void **state) {
  (void)state;
  const enum p1_framing framing = P1_FRAMING_8N1;
  begin(9600, &framing);
  set_meter(9600, 7, true, 10000);
  assert_int_equal(read_telegrams(1), 0);
  assert_int_equal(logged("set Framing to 7E1") > 0, 1);
  assert_in_range(logged("\n"), 1, 5);
}

/* Too few bytes to say what they are: that no telegram comes is told. */
static void stray_bytes_are_told_at_last(void **state) {
  (void)state;
  begin(0, NULL);
  set_meter(115200, 8, false, 5000);
  meter.n = 2;
  memcpy(meter.telegram, "ab", 2);
  assert_int_equal(read_telegrams(1), 0);
  if (logged("no telegram for 15") != 1)
    fail_msg("%s", log_text);
}

/* An adapter that cannot do seven bits does not end the hunt. */
static void what_the_port_refuses_is_left(void **state) {
  (void)state;
  begin(0, NULL);
  p1_stub.refused_bits = 7;
  set_meter(9600, 8, false, 10000);
  expect_found("9600 8N1");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_new_meter_is_read_at_once),
      TEST(an_old_meter_is_found),
      TEST(a_slow_meter_of_eight_bits_is_found),
      TEST(where_parity_means_nothing),
      TEST(the_open_port_is_set),
      TEST(a_meter_that_speaks_late_is_found),
      TEST(swapped_meters_are_found),
      TEST(swapped_for_one_of_the_same_speed),
      TEST(the_good_one_is_remembered),
      TEST(what_the_user_fixed_stays),
      TEST(a_fixed_speed_leaves_the_framing),
      TEST(a_wrong_framing_is_told),
      TEST(stray_bytes_are_told_at_last),
      TEST(what_the_port_refuses_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
