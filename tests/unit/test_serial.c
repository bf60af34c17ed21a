/*
 * test_serial.c - what libserialport is asked, in which order, and what becomes
 * of its answers. The library is serialstub.c; its handle is a real pty's, so
 * that locks, hang-ups and the kernel's flags are real.
 */
#define _XOPEN_SOURCE 700 /* posix_openpt() */
#define _DEFAULT_SOURCE   /* flock(), CRTSCTS */

#include "torture.h"

#include "serial.h"
#include "serialstub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60

static int master = -1;
static char device[128]; /* the pty's slave */
static struct p1_stop stop;
static struct p1_source *source;
static char message[P1_SOURCE_MESSAGE_MAX];

static int open_master(char *path, size_t size) {
  int handle = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(handle >= 0);
  assert_int_equal(grantpt(handle), 0);
  assert_int_equal(unlockpt(handle), 0);
  snprintf(path, size, "%s", ptsname(handle));
  return handle;
}

static struct p1_serial_options usual(const char *path) {
  return (struct p1_serial_options){
      .device = path, .speed = P1_SERIAL_SPEED, .rts = true, .dtr = true};
}

static struct p1_source *create(const struct p1_serial_options *options) {
  struct p1_source *made = p1_serial_create(options);
  assert_non_null(made);
  return made;
}

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  memset(&p1_stub, 0, sizeof(p1_stub));
  master = open_master(device, sizeof(device));
  struct p1_serial_options options = usual(device);
  source = create(&options);
  return p1_stop_init(&stop);
}

static int teardown(void **state) {
  (void)state;
  source->class->destroy(source);
  p1_stop_destroy(&stop);
  if (master >= 0)
    close(master);
  alarm(0);
  /* Nothing is left behind, whatever was refused. */
  return p1_stub.ports + p1_stub.configs + p1_stub.sets + p1_stub.handles;
}

static void recreate(const struct p1_serial_options *options) {
  source->class->destroy(source);
  source = create(options);
}

static void open_it(void) {
  memset(message, 0, sizeof(message));
  p1_stub.calls[0] = '\0';
  if (source->class->open(source, &stop, message) != 0)
    fail_msg("refused: %s", message);
}

static const char *refusal(void) {
  memset(message, 0, sizeof(message));
  assert_int_equal(source->class->open(source, &stop, message), -1);
  assert_non_null(strstr(message, device));
  assert_null(strchr(message, '\n'));
  assert_int_equal(
      p1_stub.ports + p1_stub.configs + p1_stub.sets + p1_stub.handles, 0);
  return message;
}

static void assert_says(const char *text) {
  if (strstr(message, text) == NULL)
    fail_msg("\"%s\" is not in: %s", text, message);
}

/* ---- opening ---- */

static void opens_with_the_usual_settings(void **state) {
  (void)state;
  open_it();
  char expected[512];
  snprintf(expected, sizeof(expected),
           "by_name %s\nopen to read\nnew_event_set\nadd_port_events to read\n"
           "new_config\nspeed 115200\nbits 8\nparity none\nstop bits 1\n"
           "flow control none\nrts 1\ndtr 1\nset_config\nget_config\n"
           "flush input\n",
           device);
  assert_string_equal(p1_stub.calls, expected);
  assert_int_equal(source->bytes_per_second, 11520);
}

static void opens_with_the_old_meters_settings(void **state) {
  (void)state;
  struct p1_serial_options options = usual(device);
  options.speed = 9600;
  options.framing = P1_FRAMING_7E1;
  options.flowcontrol = P1_FLOWCONTROL_XONXOFF;
  options.rts = false;
  options.dtr = false;
  recreate(&options);
  open_it();
  assert_non_null(strstr(p1_stub.calls,
                         "new_config\nspeed 9600\nbits 7\nparity even\n"
                         "stop bits 1\nflow control xonxoff\nrts 0\ndtr 0\n"
                         "set_config\n"));
  assert_int_equal(source->bytes_per_second, 960);
}

static bool has_crtscts(int handle) {
  struct termios settings;
  assert_int_equal(tcgetattr(handle, &settings), 0);
  return (settings.c_cflag & CRTSCTS) != 0;
}

/* The library of Debian 12 sets the flag in the wrong word. */
static void hardware_flow_control_is_set_and_cleared(void **state) {
  (void)state;
  struct p1_serial_options options = usual(device);
  options.flowcontrol = P1_FLOWCONTROL_RTSCTS;
  recreate(&options);
  open_it();
  assert_true(has_crtscts(p1_stub.handle));
  assert_non_null(strstr(p1_stub.calls, "flow control rtscts\ndtr 1\n"));

  options.flowcontrol = P1_FLOWCONTROL_NONE;
  recreate(&options);
  open_it();
  assert_false(has_crtscts(p1_stub.handle));
}

static void a_link_is_followed_at_every_open(void **state) {
  (void)state;
  char folder[] = P_tmpdir "/p1-serial-XXXXXX", link[64], other[128];
  assert_non_null(mkdtemp(folder));
  snprintf(link, sizeof(link), "%s/meter", folder);
  int second = open_master(other, sizeof(other));
  assert_int_equal(symlink(device, link), 0);
  struct p1_serial_options options = usual(link);
  recreate(&options);
  assert_true(source->class->present(source));
  open_it();
  assert_non_null(strstr(p1_stub.calls, device));

  unlink(link);
  assert_false(source->class->present(source));
  assert_int_equal(symlink(other, link), 0);
  open_it();
  assert_non_null(strstr(p1_stub.calls, other));
  assert_null(strstr(p1_stub.calls, link));
  unlink(link);
  rmdir(folder);
  close(second);
}

static void the_port_is_ours_alone(void **state) {
  (void)state;
  int other = open(device, O_RDONLY | O_NOCTTY | O_CLOEXEC);
  assert_true(other >= 0);
  open_it();
  assert_int_equal(fcntl(p1_stub.handle, F_GETFD), FD_CLOEXEC);
  int exclusive = 0;
  assert_int_equal(ioctl(other, TIOCGEXCL, &exclusive), 0);
  assert_int_equal(exclusive, 1);
  assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);

  source->class->close(source);
  assert_int_equal(ioctl(other, TIOCGEXCL, &exclusive), 0);
  assert_int_equal(exclusive, 0);
  assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
  close(other);
}

static void closing_twice_is_harmless(void **state) {
  (void)state;
  source->class->close(source);
  open_it();
  source->class->close(source);
  source->class->close(source);
  assert_int_equal(p1_stub.handles, 0);
  char byte;
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_LOST);
  assert_int_equal(source->class->read(source, &byte, 1), P1_SOURCE_LOST);
}

static void opening_twice_closes_the_first(void **state) {
  (void)state;
  open_it();
  open_it();
  assert_int_equal(p1_stub.handles, 1);
  assert_int_equal(p1_stub.ports, 1);
}

/* ---- refusals ---- */

static void a_locked_port_is_in_use(void **state) {
  (void)state;
  int other = open(device, O_RDONLY | O_NOCTTY | O_CLOEXEC);
  assert_int_equal(flock(other, LOCK_EX), 0);
  assert_int_equal(ioctl(other, TIOCEXCL), 0);
  if (geteuid() != 0) /* would not get as far as the lock */
    assert_int_equal(ioctl(other, TIOCNXCL), 0);
  refusal();
  assert_says("is in use by another program");
  assert_says("fuser -v /dev/pts/");
  /* What the other one has set is not undone. */
  int exclusive = 0;
  ioctl(other, TIOCGEXCL, &exclusive);
  assert_int_equal(exclusive, geteuid() == 0);
  close(other);
}

static void a_speed_that_is_not_taken_is_told(void **state) {
  (void)state;
  p1_stub.speed = 9600;
  refusal();
  assert_says("was set to 115200 8N1 but runs at 9600 baud");
}

static void settings_that_are_refused_are_told(void **state) {
  (void)state;
  struct p1_serial_options options = usual(device);
  options.speed = 9600;
  options.framing = P1_FRAMING_7E1;
  recreate(&options);
  p1_stub.set_config = SP_ERR_FAIL;
  p1_stub.error = EINVAL;
  refusal();
  assert_says("does not take 9600 7E1 (Invalid argument)");
  p1_stub.set_config = SP_OK;
  p1_stub.get_config = SP_ERR_FAIL;
  p1_stub.error = EIO;
  refusal();
  assert_says("does not take 9600 7E1 (Input/output error)");
  p1_stub.get_config = SP_OK;
  p1_stub.flowcontrol = SP_ERR_SUPP;
  refusal();
  assert_says("does not take 9600 7E1 (not supported)");
}

static void a_pty_is_told(void **state) {
  (void)state;
  p1_stub.by_name = SP_ERR_ARG;
  refusal();
  assert_says("is a pseudo-terminal, not a serial port: libserialport opens "
              "serial ports only, use the adapter's own device");
}

static void what_is_not_there_is_told(void **state) {
  (void)state;
  snprintf(device, sizeof(device), "/dev/p1-no-such-port");
  struct p1_serial_options options = usual(device);
  recreate(&options);
  assert_false(source->class->present(source));
  refusal();
  assert_says("/dev/p1-no-such-port is not there: plug the adapter in");
  assert_string_equal(p1_stub.calls, "");
}

static void no_memory_is_told(void **state) {
  (void)state;
  enum sp_return *const answers[] = {&p1_stub.by_name, &p1_stub.new_events,
                                     &p1_stub.add_events, &p1_stub.new_config};
  for (size_t i = 0; i < COUNT_OF(answers); i++) {
    *answers[i] = SP_ERR_MEM;
    refusal();
    assert_says("memory is used up");
    *answers[i] = SP_OK;
  }
}

/* The system's number goes to explain.c as it is. */
static void a_refusal_to_open_is_told(void **state) {
  (void)state;
  snprintf(device, sizeof(device), "/dev/null");
  struct p1_serial_options options = usual(device);
  recreate(&options);
  p1_stub.open = SP_ERR_FAIL;
  p1_stub.error = EBUSY;
  refusal();
  assert_says("/dev/null is in use by another program");
  p1_stub.error = EIO;
  refusal();
  assert_says("(Input/output error)");
}

/* ---- reading ---- */

static void reads_only_what_waits(void **state) {
  (void)state;
  char bytes[64];
  open_it();
  p1_stub.calls[0] = '\0';
  assert_int_equal(source->class->read(source, bytes, sizeof(bytes)),
                   P1_SOURCE_IDLE);
  assert_string_equal(p1_stub.calls, "input_waiting\n"); /* and no read */
  p1_stub.calls[0] = '\0';
  p1_stub.waiting = 10;
  assert_int_equal(source->class->read(source, bytes, sizeof(bytes)), 10);
  assert_string_equal(p1_stub.calls, "input_waiting\nread 10\n");
  p1_stub.calls[0] = '\0';
  p1_stub.waiting = 4095;
  assert_int_equal(source->class->read(source, bytes, sizeof(bytes)), 64);
  assert_string_equal(p1_stub.calls, "input_waiting\nread 64\n");
  p1_stub.taken = SP_ERR_FAIL;
  assert_int_equal(source->class->read(source, bytes, sizeof(bytes)),
                   P1_SOURCE_LOST);
  p1_stub.waiting = -1;
  assert_int_equal(source->class->read(source, bytes, sizeof(bytes)),
                   P1_SOURCE_LOST);
}

static void waits_for_bytes(void **state) {
  (void)state;
  open_it();
  p1_stub.waiting = P1_STUB_ASK;
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
  assert_int_equal(write(master, "/FLU\n", 5), 5);
  assert_int_equal(source->class->wait(source, &stop, NEVER_MS), 5);
}

static void a_stop_ends_the_wait(void **state) {
  (void)state;
  open_it();
  p1_stop_raise(&stop);
  assert_int_equal(source->class->wait(source, &stop, NEVER_MS),
                   P1_SOURCE_IDLE);
}

/* The library says so, or the kernel alone does. */
static void a_hang_up_is_a_loss(void **state) {
  (void)state;
  open_it();
  p1_stub.waiting = -1;
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_LOST);
  p1_stub.waiting = 0;
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
  close(master);
  master = -1;
  assert_int_equal(source->class->wait(source, &stop, NEVER_MS),
                   P1_SOURCE_LOST);
}

/* ---- texts ---- */

static void texts_are_read(void **state) {
  (void)state;
  enum p1_framing framing = P1_FRAMING_COUNT;
  assert_true(p1_framing_parse("8N1", &framing));
  assert_int_equal(framing, P1_FRAMING_8N1);
  assert_true(p1_framing_parse("7e1", &framing));
  assert_int_equal(framing, P1_FRAMING_7E1);
  assert_false(p1_framing_parse("9N1", &framing));
  assert_false(p1_framing_parse("8N", &framing));
  assert_false(p1_framing_parse("8N1 ", &framing));
  assert_false(p1_framing_parse("", &framing));
  assert_int_equal(framing, P1_FRAMING_7E1);
  for (int i = 0; i < P1_FRAMING_COUNT; i++) {
    const char *name = p1_framing_name((enum p1_framing)i);
    assert_true(p1_framing_parse(name, &framing));
    assert_int_equal(framing, i);
    assert_non_null(strstr(P1_FRAMING_CHOICES, name));
  }
  assert_string_equal(p1_framing_name(P1_FRAMING_COUNT), "");

  enum p1_flowcontrol flowcontrol = P1_FLOWCONTROL_COUNT;
  assert_true(p1_flowcontrol_parse("RtsCts", &flowcontrol));
  assert_int_equal(flowcontrol, P1_FLOWCONTROL_RTSCTS);
  assert_true(p1_flowcontrol_parse("none", &flowcontrol));
  assert_int_equal(flowcontrol, P1_FLOWCONTROL_NONE);
  assert_true(p1_flowcontrol_parse("xonxoff", &flowcontrol));
  assert_false(p1_flowcontrol_parse("hardware", &flowcontrol));
  assert_int_equal(flowcontrol, P1_FLOWCONTROL_XONXOFF);

  assert_true(p1_speed_usual(115200));
  assert_true(p1_speed_usual(9600));
  assert_false(p1_speed_usual(0));
  assert_false(p1_speed_usual(115201));
}

static void options_are_copied(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof(path), "%s", device);
  struct p1_serial_options options = usual(path);
  recreate(&options);
  memset(path, '#', sizeof(path) - 1);
  open_it();
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(opens_with_the_usual_settings),
      TEST(opens_with_the_old_meters_settings),
      TEST(hardware_flow_control_is_set_and_cleared),
      TEST(a_link_is_followed_at_every_open),
      TEST(the_port_is_ours_alone),
      TEST(closing_twice_is_harmless),
      TEST(opening_twice_closes_the_first),
      TEST(a_locked_port_is_in_use),
      TEST(a_speed_that_is_not_taken_is_told),
      TEST(settings_that_are_refused_are_told),
      TEST(a_pty_is_told),
      TEST(what_is_not_there_is_told),
      TEST(no_memory_is_told),
      TEST(a_refusal_to_open_is_told),
      TEST(reads_only_what_waits),
      TEST(waits_for_bytes),
      TEST(a_stop_ends_the_wait),
      TEST(a_hang_up_is_a_loss),
      TEST(texts_are_read),
      TEST(options_are_copied),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
