/*
 * test_tcp.c - the TCP source against a server in this program, on loopback.
 *
 * Names are fakenames.c's. No wait ends by itself within the test's life, but
 * where that is what is tested. A test that hangs is ended by alarm().
 */
#define _DEFAULT_SOURCE /* the options of TCP */

#include "torture.h"

#include "fakenames.h"
#include "loopback.h"
#include "tcp.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60

static struct p1_stop stop;
static struct p1_source *source;
static char message[P1_SOURCE_MESSAGE_MAX];

/* ---- the source ---- */

static void make_for(const char *host, int connect_ms, int silence_ms) {
  if (source != NULL)
    source->class->destroy(source);
  char device[128];
  snprintf(device, sizeof(device), "tcp://%s:%d", host, loopback.port);
  source = p1_tcp_create(&(struct p1_tcp_options){
      .device = device, .connect_ms = connect_ms, .silence_ms = silence_ms});
  assert_non_null(source);
}

static int open_it(void) { return source->class->open(source, &stop, message); }

static void open_well(void) {
  if (open_it() != 0)
    fail_msg("refused: %s", message);
  assert_string_equal(message, "");
  loopback_accept();
}

static void says(const char *text, const char *words) {
  if (text == NULL || strstr(text, words) == NULL)
    fail_msg("\"%s\" is not in: %s", words, text != NULL ? text : "(nothing)");
}

static void refuses(const char *words) {
  assert_int_equal(open_it(), -1);
  says(message, words);
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_LOST);
}

/* Reads until so many bytes are there. */
static void receive(char *bytes, size_t n) {
  for (size_t at = 0; at < n;) {
    assert_true(source->class->wait(source, &stop, NEVER_MS) >= 0);
    int taken = source->class->read(source, bytes + at, n - at + 1);
    assert_true(taken >= 0);
    at += (size_t)taken;
  }
}

static void is_lost(const char *words) {
  int n = P1_SOURCE_IDLE;
  while (n == P1_SOURCE_IDLE)
    n = source->class->wait(source, &stop, NEVER_MS);
  assert_int_equal(n, P1_SOURCE_LOST);
  says(source->lost, words);
}

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  fake_names_reset();
  source = NULL;
  loopback_listen();
  make_for("127.0.0.1", NEVER_MS, NEVER_MS);
  return p1_stop_init(&stop);
}

static void until(atomic_int *counter, int value) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (*counter < value)
    nanosleep(&moment, NULL);
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

/* ---- addresses ---- */

static void addresses_are_told_apart(void **state) {
  (void)state;
  static const char *const good[] = {
      "tcp://meter.lan:2001",  "tcp://192.0.2.7:1",   "TCP://a:65535",
      "tcp://[2001:db8::7]:1", "tcp://[::1]:2001",    "tcp://[fe80::7%eth0]:9",
      "tcp://p1-meter_2:8088", "tcp://[192.0.2.7]:1",
  };
  static const char *const bad[] = {
      "tcp://",           "tcp://:2001",          "tcp://host",
      "tcp://host:",      "tcp://host:0",         "tcp://host:65536",
      "tcp://host:2001/", "tcp://host:20 01",     "tcp://host:+1",
      "tcp://ho st:2001", "tcp://user@host:2001", "tcp://2001:db8::7:2001",
      "tcp://[::1]2001",  "tcp://[::1:2001",      "tcp://[]:2001",
      "tcp://[::1]:",     "tcp://host:123456",    "tcp://http://host:1",
      "tcp://host:1:2",   "tcp://ho\nst:2001",
  };
  static const char *const others[] = {
      "", "/dev/ttyUSB0", "COM5", "tcp:/", "tcp", "udp://a:1", "usb:0403:6001"};
  for (size_t i = 0; i < COUNT_OF(good); i++)
    assert_row(p1_tcp_is_address(good[i]) && p1_tcp_is_valid(good[i]), good[i]);
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    assert_row(p1_tcp_is_address(bad[i]) && !p1_tcp_is_valid(bad[i]), bad[i]);
  for (size_t i = 0; i < COUNT_OF(others); i++)
    assert_row(!p1_tcp_is_address(others[i]) && !p1_tcp_is_valid(others[i]),
               others[i]);
}

static void a_bad_address_says_what_is_good(void **state) {
  (void)state;
  make_for("", NEVER_MS, NEVER_MS);
  refuses("is no address: set Device to tcp://HOST:PORT");
  assert_false(source->class->present(source));
}

static void ipv6_is_connected(void **state) {
  (void)state;
  if (loopback_listen6() != 0)
    skip(); /* a system without IPv6 */
  make_for("[::1]", NEVER_MS, NEVER_MS);
  open_well();
  loopback_send("/FLU5", 5);
  char bytes[6];
  receive(bytes, 5);
  assert_memory_equal(bytes, "/FLU5", 5);
}

/* ---- names ---- */

static void names_that_are_not_found(void **state) {
  (void)state;
  static const struct {
    const char *host, *words;
  } rows[] = {
      {"none", "there is no host \"none\""},
      {"again", "no name server answers for \"again\""},
      {"fails", "looking up \"fails\" fails ("},
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    make_for(rows[i].host, NEVER_MS, NEVER_MS);
    refuses(rows[i].words);
    assert_false(source->class->present(source));
  }
}

/* The first address refuses, as nobody listens on 127.0.0.2. */
static void all_addresses_are_tried(void **state) {
  (void)state;
  make_for("two", NEVER_MS, NEVER_MS);
  open_well();
  assert_true(source->class->present(source));
}

static void a_late_name_is_taken_up(void **state) {
  (void)state;
  make_for("hangs", 10, NEVER_MS);
  refuses("no name server answers for \"hangs\"");
  refuses("no name server answers");
  assert_int_equal(fake_names_asked, 1);
  fake_names_answer();
  while (open_it() != 0)
    says(message, "no name server answers");
  assert_int_equal(fake_names_asked, 1);
}

static void a_search_outlives_the_source(void **state) {
  (void)state;
  make_for("hangs", 10, NEVER_MS);
  refuses("no name server answers");
  source->class->destroy(source);
  source = NULL;
  assert_int_equal(fake_names_freed, 0);
  fake_names_answer();
  until(&fake_names_freed, 1);
}

/* ---- connecting ---- */

static void a_refusal(void **state) {
  (void)state;
  loopback_leave();
  refuses("refuses the connection (127.0.0.1): start the serial server");
  assert_true(source->class->present(source)); /* the host is there */
}

static void a_connect_that_hangs_is_given_up(void **state) {
  (void)state;
  loopback_listen_deaf();
  make_for("127.0.0.1", 100, NEVER_MS);
  refuses("does not answer (127.0.0.1)");
  assert_false(source->class->present(source));
}

static void no_descriptor_is_left(void **state) {
  (void)state;
  struct rlimit before, none;
  getrlimit(RLIMIT_NOFILE, &before);
  none = before;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  int opened = open_it();
  setrlimit(RLIMIT_NOFILE, &before);
  assert_int_equal(opened, -1);
  says(message, "raise the limit of open files");
}

/* The lowest free descriptor, which the next connection gets. */
static int next_handle(void) {
  int handle = dup(loopback.listener);
  close(handle);
  return handle;
}

static int option(int handle, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  getsockopt(handle, level, name, &value, &size);
  return value;
}

static void the_socket_is_set(void **state) {
  (void)state;
  int handle = next_handle();
  open_well();
  assert_int_equal(fcntl(handle, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(option(handle, SOL_SOCKET, SO_KEEPALIVE), 1);
  assert_in_range(option(handle, IPPROTO_TCP, TCP_KEEPIDLE), 1, 30);
  assert_in_range(option(handle, IPPROTO_TCP, TCP_KEEPINTVL), 1, 10);
  assert_int_equal(source->bytes_per_second, 0);
}

static void reconnecting_takes_nothing(void **state) {
  (void)state;
  int handle = next_handle();
  for (int i = 0; i < 200; i++) {
    open_well();
    if (i % 2 == 0)
      source->class->close(source);
    source->class->close(source);
  }
  open_well(); /* an open one is closed first */
  source->class->close(source);
  loopback_close();
  assert_int_equal(next_handle(), handle);
}

/* ---- reading ---- */

static void every_byte_arrives(void **state) {
  (void)state;
  open_well();
  char sent[257], got[258];
  for (size_t i = 0; i < 256; i++)
    sent[i] = (char)i;
  sent[256] = '.';
  loopback_send(sent, sizeof(sent));
  receive(got, sizeof(sent));
  assert_memory_equal(got, sent, sizeof(sent));
  assert_int_equal(source->class->wait(source, &stop, 0), P1_SOURCE_IDLE);
}

/* Each byte alone in a segment and in a read. */
static void telnet_is_taken_out_across_reads(void **state) {
  (void)state;
  open_well();
  static const char sent[] = "\xff\xfb\x01/FL\xff\xf1U5(\xff\xff)"
                             "\xff\xfa,j\xff\xff\xff\xf0!";
  static const char wanted[] = "/FLU5(\xff)!";
  char got[64];
  size_t n = 0;
  for (size_t i = 0; i < sizeof(sent) - 1; i++) {
    loopback_send(sent + i, 1);
    assert_int_equal(source->class->wait(source, &stop, NEVER_MS), 1);
    int taken = source->class->read(source, got + n, 2);
    assert_true(taken >= 0);
    n += (size_t)taken;
  }
  assert_int_equal(n, sizeof(wanted) - 1);
  assert_memory_equal(got, wanted, n);
  /* A new connection knows nothing of the old one's telnet. */
  open_well();
  loopback_send("(\xff\xff)", 4);
  receive(got, 4);
  assert_memory_equal(got, "(\xff\xff)", 4);
}

static void what_came_before_the_end_is_read(void **state) {
  (void)state;
  open_well();
  loopback_send("half a tele", 11);
  loopback_close();
  char got[12];
  receive(got, 11);
  assert_memory_equal(got, "half a tele", 11);
  is_lost("was closed by the other side");
  says(source->lost, "max-connections");
  assert_false(source->class->present(source)); /* we were not wanted */
}

static void a_reset_is_a_loss(void **state) {
  (void)state;
  open_well();
  loopback_reset();
  is_lost("has broken off (");
}

/* The end comes between waiting and reading. */
static void a_loss_while_reading(void **state) {
  (void)state;
  open_well();
  loopback_close();
  char got[16];
  int taken = P1_SOURCE_IDLE;
  while (taken == P1_SOURCE_IDLE)
    taken = source->class->read(source, got, sizeof(got));
  assert_int_equal(taken, P1_SOURCE_LOST);
  says(source->lost, "was closed by the other side");
}

static void silence_is_a_loss(void **state) {
  (void)state;
  make_for("127.0.0.1", NEVER_MS, 50);
  open_well();
  is_lost("has sent nothing for");
  assert_true(source->class->present(source));
  /* Bytes that wait are read, however late. */
  open_well();
  loopback_send("late", 4);
  const struct timespec longer = {.tv_nsec = 100000000};
  nanosleep(&longer, NULL);
  char got[5];
  receive(got, 4);
  assert_memory_equal(got, "late", 4);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(addresses_are_told_apart),
      TEST(a_bad_address_says_what_is_good),
      TEST(ipv6_is_connected),
      TEST(names_that_are_not_found),
      TEST(all_addresses_are_tried),
      TEST(a_late_name_is_taken_up),
      TEST(a_search_outlives_the_source),
      TEST(a_refusal),
      TEST(a_connect_that_hangs_is_given_up),
      TEST(no_descriptor_is_left),
      TEST(the_socket_is_set),
      TEST(reconnecting_takes_nothing),
      TEST(every_byte_arrives),
      TEST(telnet_is_taken_out_across_reads),
      TEST(what_came_before_the_end_is_read),
      TEST(a_reset_is_a_loss),
      TEST(a_loss_while_reading),
      TEST(silence_is_a_loss),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
