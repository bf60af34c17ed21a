/*
 * test_serial_pty.c - the real libserialport and the whole reader on a pty.
 *
 * A pty passes for a serial port with ptyshim.c alone, so the test runs itself
 * again with that preloaded. P1_BUILDDIR or P1_PTYSHIM tells where it is;
 * without it the test is skipped.
 */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE

#include "torture.h"

#include "fakeline.h"
#include "serial.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60
#define SKIPPED 77

static int master = -1;
static char folder[64], device[128]; /* a link to the pty */
static struct p1_stop stop;
static struct p1_source *source;
static struct p1_reader *reader;
static char message[P1_SOURCE_MESSAGE_MAX];
static atomic_int lost, reopened;

static void new_pty(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(master >= 0);
  assert_int_equal(grantpt(master), 0);
  assert_int_equal(unlockpt(master), 0);
  unlink(device);
  assert_int_equal(symlink(ptsname(master), device), 0);
}

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  lost = 0;
  reopened = 0;
  snprintf(folder, sizeof(folder), P_tmpdir "/p1-pty-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(device, sizeof(device), "%s/meter", folder);
  new_pty();
  const struct p1_serial_options options = {
      .device = device, .speed = 115200, .rts = true, .dtr = true};
  source = p1_serial_create(&options);
  return source == NULL || p1_stop_init(&stop) != 0;
}

static int teardown(void **state) {
  (void)state;
  if (source != NULL)
    source->class->destroy(source);
  p1_stop_destroy(&stop);
  if (master >= 0)
    close(master);
  unlink(device);
  rmdir(folder);
  alarm(0);
  return 0;
}

static void send_bytes(const void *bytes, size_t n) {
  assert_int_equal(write(master, bytes, n), (ssize_t)n);
}

static void open_it(void) {
  if (source->class->open(source, &stop, message) != 0)
    fail_msg("refused: %s", message);
}

/* ---- the source ---- */

/* Those that flow control would swallow among them. */
static void every_byte_arrives_as_it_was_sent(void **state) {
  (void)state;
  open_it();
  unsigned char sent[256], got[256];
  for (size_t i = 0; i < sizeof(sent); i++)
    sent[i] = (unsigned char)i;
  send_bytes(sent, sizeof(sent));
  size_t n = 0;
  while (n < sizeof(got)) {
    assert_true(source->class->wait(source, &stop, NEVER_MS) > 0);
    int taken = source->class->read(source, (char *)got + n, sizeof(got) - n);
    assert_true(taken > 0);
    n += (size_t)taken;
  }
  assert_memory_equal(got, sent, sizeof(sent));
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
}

/* What waited in the port before it was opened is old. */
static void old_bytes_are_thrown_away(void **state) {
  (void)state;
  int early = open(device, O_RDONLY | O_NOCTTY | O_CLOEXEC);
  assert_true(early >= 0);
  send_bytes("old\n", 4);
  open_it();
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
  close(early);
}

static void the_library_sets_the_line(void **state) {
  (void)state;
  open_it();
  struct termios line;
  assert_int_equal(tcgetattr(master, &line), 0);
  assert_int_equal(cfgetispeed(&line), B115200);
  assert_int_equal(line.c_cflag & CSIZE, CS8);
  assert_int_equal(line.c_cflag & (PARENB | CSTOPB | CRTSCTS), 0);
  assert_int_equal(line.c_iflag & (IXON | IXOFF | ICRNL | INLCR | ISTRIP), 0);
  assert_int_equal(line.c_lflag & (ICANON | ECHO | ISIG), 0);
}

/* Three ways for a port to go; each is seen in the first wait. */
static void a_hang_up_is_seen_at_once(void **state) {
  (void)state;
  open_it();
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
  close(master);
  master = -1;
  assert_int_equal(source->class->wait(source, &stop, NEVER_MS),
                   P1_SOURCE_LOST);
  char byte;
  assert_int_equal(source->class->read(source, &byte, 1), P1_SOURCE_LOST);
  source->class->close(source);
  assert_false(source->class->present(source)); /* the link leads nowhere */
  assert_int_equal(source->class->open(source, &stop, message), -1);
  assert_non_null(strstr(message, "is not there"));
  new_pty();
  assert_true(source->class->present(source));
  open_it();
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
}

static void a_second_reader_is_refused(void **state) {
  (void)state;
  open_it();
  const struct p1_serial_options options = {.device = device, .speed = 115200};
  struct p1_source *second = p1_serial_create(&options);
  assert_non_null(second);
  assert_int_equal(second->class->open(second, &stop, message), -1);
  /* Root meets the lock, others the kernel's EBUSY. */
  assert_non_null(strstr(message, "is in use by another program"));
  second->class->destroy(second);
}

/* ---- the reader on it ---- */

static void log_line(enum p1_log_level level, const char *line) {
  (void)level;
  if (strstr(line, "is lost") != NULL)
    lost++;
  if (strstr(line, "open again") != NULL)
    reopened++;
}

static void start_reader(void) {
  const struct p1_reader_options options = {
      .name = "home", .meter = {.interval_ms = 1000}, .log = log_line};
  reader = p1_reader_create(&options, source, &stop);
  source = NULL; /* the reader's now */
  assert_non_null(reader);
  assert_int_equal(p1_reader_start(reader), 0);
}

static void stop_reader(void) {
  p1_stop_raise(&stop);
  p1_reader_join(reader);
  p1_reader_destroy(reader);
}

static void a_moment(void) {
  const struct timespec moment = {.tv_nsec = 2000000};
  nanosleep(&moment, NULL);
}

static struct p1_counters counters(void) {
  struct p1_counters found;
  p1_reader_counters(reader, &found);
  return found;
}

/* The line speaks until it is heard: what is sent before the port is open is
 * flushed. */
static void speak_until_heard(uint64_t telegrams) {
  char telegram[512];
  size_t n = p1_fake_telegram(telegram, sizeof(telegram), 1234, true);
  for (int tries = 0; counters().telegrams < telegrams; tries++) {
    if (tries == 100)
      fail_msg("not heard: is the preloaded library there?");
    if (write(master, telegram, n) < 0)
      fail_msg("the pty takes nothing");
    for (int i = 0; i < 100 && counters().telegrams < telegrams; i++)
      a_moment();
  }
}

static void telegrams_are_read(void **state) {
  (void)state;
  start_reader();
  speak_until_heard(3);
  assert_int_equal(counters().bad_crc, 0);
  stop_reader();
}

static void the_reader_comes_back(void **state) {
  (void)state;
  start_reader();
  speak_until_heard(1);
  for (int round = 1; round <= 3; round++) {
    send_bytes("/TST5\\half a tele", 17);
    close(master);
    new_pty();
    while ((int)counters().reconnects < round)
      a_moment();
    speak_until_heard((uint64_t)round + 1);
  }
  assert_int_equal(counters().bad_crc, 0);
  stop_reader();
  assert_int_equal(lost, 1); /* the others within a quarter of an hour */
  assert_int_equal(reopened, 1);
}

int main(int argc, char **argv) {
  (void)argc;
  if (getenv("P1_PTYSHIM_LOADED") == NULL) {
    const char *build = getenv("P1_BUILDDIR");
    const char *told = getenv("P1_PTYSHIM");
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/support/.libs/ptyshim.so",
             build != NULL ? build : ".");
    if (told != NULL)
      snprintf(path, sizeof(path), "%s", told);
    if (access(path, R_OK) != 0) {
      printf("skipped, there is no %s\n", path);
      return SKIPPED;
    }
    /* The loader takes blanks and colons for separators; a name of the file
     * that is open has none. execvp() keeps it open. */
    char opened[64];
    snprintf(opened, sizeof(opened), "/proc/self/fd/%d",
             open(path, O_RDONLY)); /* NOLINT: it is to stay open */
    setenv("LD_PRELOAD", opened, 1);
    setenv("P1_PTYSHIM_LOADED", "1", 1);
    /* The shim stands before AddressSanitizer's own library. */
    const char *asan = getenv("ASAN_OPTIONS");
    snprintf(path, sizeof(path), "verify_asan_link_order=0:%s",
             asan != NULL ? asan : "");
    setenv("ASAN_OPTIONS", path, 1);
    execvp(argv[0], argv);
    perror("test_serial_pty");
    return EXIT_FAILURE;
  }
  unsetenv("LD_PRELOAD");
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(every_byte_arrives_as_it_was_sent),
      TEST(old_bytes_are_thrown_away),
      TEST(the_library_sets_the_line),
      TEST(a_hang_up_is_seen_at_once),
      TEST(a_second_reader_is_refused),
      TEST(telegrams_are_read),
      TEST(the_reader_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
