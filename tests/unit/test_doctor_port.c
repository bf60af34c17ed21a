/*
 * test_doctor_port.c - `p1ctl doctor` sets a serial port, tunes it, loses it.
 *
 * The serial source is the real one; below it stands serialstub.c in place of
 * libserialport, and what it gives is what a UART set as the library was asked
 * would make of the meter's line, bit by bit (uart.c).
 */
#include "torture.h"

#include "p1ctl/doctor.h"
#include "p1ctl/p1ctl.h"
#include "prescription.h"
#include "serialstub.h"
#include "talk.h"
#include "uart.h"

#include <errno.h>

/* A device that is no pty, always has something to read, and that nobody else
 * locks. */
#define DEVICE "/dev/full"

#define SAID_LAST 8

static const struct p1_uart meter = {.speed = 9600, .bits = 7, .parity = true};
static struct p1_stop stop;
static char queue[8192], said[P1_TALK_MAX];
static char complained[1024];
static size_t queued;
static unsigned times;     /* the meter has spoken */
static bool hangs_up;      /* after that, instead of the test's end */
static char settings[256]; /* "115200 8N1, 9600 7E1, " */

/* Speaks whenever it is asked and nothing waits. */
static int on_waiting(void) {
  const struct p1_uart port = {.speed = p1_stub.set_speed,
                               .bits = p1_stub.set_bits,
                               .parity = p1_stub.set_parity == SP_PARITY_EVEN};
  if (queued == 0 && times == SAID_LAST) {
    if (hangs_up)
      return -1;
    p1_stop_raise(&stop);
    return 0;
  }
  if (queued == 0) {
    size_t n = p1_talk(P1_TALK_DSMR2, times++, said);
    queued = p1_uart_carry(&meter, &port, said, n, queue, sizeof(queue));
  }
  return (int)queued;
}

static size_t on_read(void *bytes, size_t n) {
  assert_true(n <= queued);
  memcpy(bytes, queue, n);
  memmove(queue, queue + n, queued - n);
  queued -= n;
  return n;
}

/* Follows every setting of the port. */
static void on_flush(void) {
  queued = 0;
  size_t used = strlen(settings);
  snprintf(settings + used, sizeof(settings) - used, "%d %d%c1, ",
           p1_stub.set_speed, p1_stub.set_bits,
           p1_stub.set_parity == SP_PARITY_EVEN ? 'E' : 'N');
}

static int setup(void **state) {
  (void)state;
  memset(&p1_stub, 0, sizeof(p1_stub));
  p1_stub.on_waiting = on_waiting;
  p1_stub.on_read = on_read;
  p1_stub.on_flush = on_flush;
  queued = times = 0;
  hangs_up = false;
  settings[0] = '\0';
  return p1_stop_init(&stop);
}

static int teardown(void **state) {
  (void)state;
  p1_stop_destroy(&stop);
  return p1_stub.ports + p1_stub.configs + p1_stub.sets + p1_stub.handles;
}

static int run(int speed, const enum p1_framing *framing) {
  const struct p1ctl_doctor_options options = {
      .device = DEVICE, .speed = speed, .framing = framing};
  FILE *out = tmpfile(), *err = tmpfile();
  assert_non_null(out);
  assert_non_null(err);
  int status = p1ctl_doctor_run(&options, &stop, out, err);
  read_back(out, shown, sizeof(shown));
  read_back(err, complained, sizeof(complained));
  return status;
}

static void found(void **state) {
  (void)state;
  assert_int_equal(run(0, NULL), P1CTL_OK);
  assert_string_equal(settings, "115200 8N1, 9600 7E1, ");
  assert_string_equal(last_verdict(), "healthy");
  assert_shown(" s, 9600 7E1: healthy: ");
  assert_shown("\n  line      9600 7E1, gives telegrams\n");
  assert_shown("\n  telegrams 7 whole, none damaged\n");
  assert_string_equal(complained, "");
}

static void found_at_a_speed(void **state) {
  (void)state;
  assert_int_equal(run(9600, NULL), P1CTL_OK);
  assert_string_equal(settings, "9600 7E1, ");
}

static void kept_as_told(void **state) {
  (void)state;
  const enum p1_framing framing = P1_FRAMING_8N1;
  assert_int_equal(run(9600, &framing), P1CTL_FAILED);
  assert_string_equal(settings, "9600 8N1, ");
  assert_string_equal(last_verdict(), "7e1");
}

static void lost(void **state) {
  (void)state;
  hangs_up = true;
  assert_int_equal(run(0, NULL), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "healthy");
  assert_non_null(strstr(complained, DEVICE ": the port is lost"));
}

static void in_use(void **state) {
  (void)state;
  p1_stub.open = SP_ERR_FAIL;
  p1_stub.error = EBUSY;
  assert_int_equal(run(0, NULL), P1CTL_UNABLE);
  assert_non_null(strstr(complained, DEVICE " is in use by another program"));
  assert_string_equal(shown, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(found), TEST(found_at_a_speed), TEST(kept_as_told),
      TEST(lost),  TEST(in_use),
  };
  return cmocka_run_group_tests_name("doctor_port", tests, NULL, NULL);
}
