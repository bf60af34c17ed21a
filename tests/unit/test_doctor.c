/*
 * test_doctor.c - every verdict of `p1ctl doctor` comes from bytes of its kind,
 * and from nothing else.
 *
 * The bytes go through the whole command, from a file and from a pipe.
 * Silence, and what a serial port adds, are in test_checkup.c.
 */
#define _XOPEN_SOURCE 700 /* mkstemp(), mkfifo() */

#include "torture.h"

#include "p1ctl/doctor.h"
#include "p1ctl/p1ctl.h"
#include "prescription.h"
#include "spoil.h"
#include "talk.h"
#include "uart.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BURSTS 60
#define RUNS 4
#define BURST_MAX 65536
#define CAPTURE_MAX (4 * 1024 * 1024)

static char said[P1_TALK_MAX];
static char heard[BURST_MAX];
static char captured[CAPTURE_MAX];
static char complained[1024];

/* ---- running it ---- */

/* Runs the command on a device; what it said is in `shown` and `complained`. */
static int run(const char *device, int seconds) {
  const struct p1ctl_doctor_options options = {.device = device,
                                               .seconds = seconds};
  struct p1_stop stop;
  FILE *out = tmpfile(), *err = tmpfile();
  assert_non_null(out);
  assert_non_null(err);
  assert_int_equal(p1_stop_init(&stop), 0);
  int status = p1ctl_doctor_run(&options, &stop, out, err);
  p1_stop_destroy(&stop);
  read_back(out, shown, sizeof(shown));
  read_back(err, complained, sizeof(complained));
  return status;
}

/* Runs it on a file of these bytes. */
static int run_on(const char *bytes, size_t n) {
  char path[] = P_tmpdir "/p1-doctor-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, n), (ssize_t)n);
  close(fd);
  int status = run(path, 0);
  unlink(path);
  return status;
}

/* ---- every kind ---- */

#define FAST                                                                   \
  { .speed = 115200, .bits = 8 }
#define SLOW                                                                   \
  { .speed = 9600, .bits = 7, .parity = true }
#define SLOW_8N1                                                               \
  { .speed = 9600, .bits = 8 }
#define SLOW_STRICT                                                            \
  { .speed = 9600, .bits = 7, .parity = true, .faults_are_nul = true }
#define UPSIDE_DOWN                                                            \
  { .speed = 115200, .bits = 8, .inverted = true }

/* `may` may be told on the way to the verdict: HEALTHY, while few telegrams of
 * many were damaged. */
static const struct row {
  const char *name;
  enum p1_diagnosis_verdict verdict;
  enum p1_talk talk;
  struct p1_uart sender, receiver;
  spoil *spoil;
  uint32_t may;
} rows[] = {
    {"DSMR 5", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR5, FAST, FAST, NULL, 0},
    {"DSMR 2.2", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR2, SLOW, SLOW, NULL, 0},
    {"rare damage", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR5, FAST, FAST,
     flip_rarely, 0},
    {"slow meter, read fast", P1_DIAGNOSIS_NULS, P1_TALK_DSMR2, SLOW, FAST,
     NULL, 0},
    {"fast meter, read slow", P1_DIAGNOSIS_GARBAGE, P1_TALK_DSMR5, FAST, SLOW,
     NULL, 0},
    {"noise", P1_DIAGNOSIS_GARBAGE, P1_TALK_NOISE, FAST, FAST, NULL, 0},
    {"7E1 as 8N1", P1_DIAGNOSIS_7E1, P1_TALK_DSMR2, SLOW, SLOW_8N1, NULL, 0},
    {"8N1 as 7E1", P1_DIAGNOSIS_8N1, P1_TALK_DSMR5, SLOW_8N1, SLOW_STRICT, NULL,
     0},
    {"upside down", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5, UPSIDE_DOWN, FAST,
     NULL, 0},
    {"the complement", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5, FAST, FAST,
     complement, 0},
    {"encrypted", P1_DIAGNOSIS_ENCRYPTED, P1_TALK_ENCRYPTED, FAST, FAST, NULL,
     0},
    {"HDLC", P1_DIAGNOSIS_HDLC, P1_TALK_HDLC, FAST, FAST, NULL, 0},
    {"M-Bus", P1_DIAGNOSIS_MBUS, P1_TALK_MBUS, FAST, FAST, NULL, 0},
    {"GPS", P1_DIAGNOSIS_TEXT, P1_TALK_NMEA, FAST, FAST, NULL, 0},
    {"boot log", P1_DIAGNOSIS_TEXT, P1_TALK_BOOT, FAST, FAST, NULL, 0},
    {"modem", P1_DIAGNOSIS_TEXT, P1_TALK_MODEM, FAST, FAST, NULL, 0},
    {"damage", P1_DIAGNOSIS_CRC, P1_TALK_DSMR5, FAST, FAST, flip_some,
     MAY(HEALTHY)},
    {"much damage", P1_DIAGNOSIS_CRC, P1_TALK_DSMR5, FAST, FAST, flip_many, 0},
    {"another CRC", P1_DIAGNOSIS_OTHER_CRC, P1_TALK_OTHER_CRC, FAST, FAST, NULL,
     0},
    {"no CRC", P1_DIAGNOSIS_NO_CRC, P1_TALK_BARE, FAST, FAST, NULL, 0},
    {"end lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, keep_beginning,
     0},
    {"end lost at a line", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST,
     keep_lines, 0},
    {"stopped after 256 bytes", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST,
     keep_about, 0},
    {"beginning lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, keep_end,
     0},
    {"a piece lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, lose_piece,
     MAY(HEALTHY)},
    {"ends lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST, lose_end, 0},
    {"beginnings lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST,
     lose_beginning, 0},
    {"packets lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST,
     lose_packets, MAY(HEALTHY)},
};

static size_t make_burst(const struct row *row, uint64_t seed, unsigned burst,
                         struct p1_sim_random *random) {
  size_t n = p1_talk(row->talk, seed * 1000 + burst, said);
  n = p1_uart_carry(&row->sender, &row->receiver, said, n, heard, BURST_MAX);
  assert_in_range(n, 1, BURST_MAX - SPOIL_ROOM);
  heard[n] = '\0';
  return row->spoil != NULL ? row->spoil(random, burst, heard, n) : n;
}

/* A capture that begins in the middle of something. */
static size_t make_capture(const struct row *row, uint64_t seed) {
  struct p1_sim_random random = {.state = seed * 31 + 5};
  size_t fill = 0;
  for (unsigned burst = 0; burst < BURSTS; burst++) {
    size_t n = make_burst(row, seed, burst, &random);
    size_t late = burst == 0 ? p1_sim_below(&random, (uint32_t)n) : 0;
    assert_in_range(fill + n, 1, CAPTURE_MAX);
    memcpy(captured + fill, heard + late, n - late);
    fill += n - late;
  }
  return fill;
}

static void check_row(const struct row *row, uint64_t seed) {
  size_t n = make_capture(row, seed);
  int status = run_on(captured, n);
  uint32_t may = row->may | MAY(UNDECIDED) | 1u << row->verdict;
  if (strcmp(last_verdict(), p1_diagnosis_word(row->verdict)) != 0 ||
      (verdicts_told() & ~may) != 0 ||
      (verdicts_told() & 1u << row->verdict) == 0)
    fail_msg("%s, seed %d:\n%s", row->name, (int)seed, shown);
  assert_row(status == (row->verdict == P1_DIAGNOSIS_HEALTHY ? P1CTL_OK
                                                             : P1CTL_FAILED),
             row->name);
  assert_string_equal(complained, "");
}

static void test_kinds(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    for (uint64_t seed = 0; seed < RUNS; seed++)
      check_row(&rows[i], seed);
}

/* All but silence are in the table, and silence follows. */
static void test_no_kind_is_left_out(void **state) {
  (void)state;
  uint32_t tested = MAY(UNDECIDED) | MAY(NOTHING) | MAY(STOPPED);
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    tested |= 1u << rows[i].verdict;
  assert_int_equal(tested, (1u << P1_DIAGNOSIS_COUNT) - 1);
}
/* ---- other ways in ---- */

/* Whole telegrams into `captured`; returns their length. */
static size_t make_whole(unsigned telegrams) {
  size_t fill = 0;
  for (unsigned i = 0; i < telegrams; i++)
    fill += p1_talk(P1_TALK_DSMR5, i, captured + fill);
  return fill;
}

/* A pipe may bring an hour at once. It is no reason to find bytes missing. */
static void test_pipe(void **state) {
  (void)state;
  char path[64];
  int ends[2];
  size_t n = make_whole(20);
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], captured, n), (ssize_t)n);
  close(ends[1]);
  snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
  assert_int_equal(run(path, 60), P1CTL_OK);
  close(ends[0]);
  assert_shown("\n  telegrams 20 whole, none damaged\n");
  assert_int_equal(verdicts_told(), MAY(HEALTHY));
}

/* Ends lost within a line, through a pipe: the next telegram's beginning stands
 * in the middle of a line. */
static void test_pipe_of_pieces(void **state) {
  (void)state;
  char path[64];
  int ends[2];
  size_t n = 0;
  for (unsigned i = 0; i < 20; i++) {
    p1_talk(P1_TALK_DSMR5, i, said);
    memcpy(captured + n, said, 401);
    n += 401;
  }
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], captured, n), (ssize_t)n);
  close(ends[1]);
  snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
  assert_int_equal(run(path, 60), P1CTL_FAILED);
  close(ends[0]);
  assert_string_equal(last_verdict(), "cut");
  assert_shown(" 19 cut)");
}

/* No beginning is overlooked where one read of a file ends and the next begins:
 * one of these stands across 65,536 bytes, 2 before and 3 after. */
static void test_long_file(void **state) {
  (void)state;
  size_t n = 65534 % 401;
  p1_talk(P1_TALK_DSMR5, 0, said);
  memcpy(captured, said, n);
  for (unsigned i = 0; i < 180; i++, n += 401) {
    p1_talk(P1_TALK_DSMR5, i, said);
    memcpy(captured + n, said, 401);
  }
  assert_int_equal(run_on(captured, n), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "cut");
  assert_shown(" 180 cut)");
}

/* A named pipe that nobody writes to is waited for, and not for ever. */
static void test_pipe_without_writer(void **state) {
  (void)state;
  char folder[] = P_tmpdir "/p1-doctor-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof(path), "%s/pipe", folder);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(run(path, 1), P1CTL_FAILED);
  unlink(path);
  rmdir(folder);
  assert_string_equal(last_verdict(), "undecided");
  assert_shown("\n  bytes     0\n");
}

static void test_empty_file(void **state) {
  (void)state;
  assert_int_equal(run_on("", 0), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "nothing");
  assert_int_equal(verdicts_told(), MAY(NOTHING));
}

/* Too little to tell is not said to be good, nor to be anything bad. */
static void test_too_little(void **state) {
  (void)state;
  assert_int_equal(run_on(LITERAL("\xE7\x12\x88")), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "undecided");
  assert_int_equal(verdicts_told(), 0);
}

/* Good to begin with and at the end; what was between is not forgotten. */
static void test_fault_in_between(void **state) {
  (void)state;
  size_t n = make_whole(50);
  captured[n] = '\0';
  char *at = captured + n / 10;
  for (int i = 0; i < 8; i++) { /* eight telegrams say another power */
    at = strstr(at, "1-0:1.7.0(") + 11;
    *at ^= 1;
  }
  assert_int_equal(run_on(captured, n), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "healthy");
  assert_int_equal(verdicts_told(), MAY(HEALTHY) | MAY(CRC));
  assert_shown("\n  earlier   crc\n");
}

static void test_counts(void **state) {
  (void)state;
  size_t n = p1_talk(P1_TALK_DSMR5, 1, captured);
  memset(captured + n, '\0', 300);
  memset(captured + n + 300, '\x81', 50);
  char text[64];
  run_on(captured, n + 350);
  snprintf(text, sizeof(text), "\n  bytes     %zu: ", n + 350);
  assert_shown(text);
  unsigned nuls = (unsigned)((300 * 2000 + n + 350) / (2 * (n + 350)));
  unsigned high = (unsigned)((50 * 2000 + n + 350) / (2 * (n + 350)));
  snprintf(text, sizeof(text), ": %u.%u %% NUL, %u.%u %% with the top bit set",
           nuls / 10, nuls % 10, high / 10, high % 10);
  assert_shown(text);
}

/* The plugin's own sentences. */
static void test_not_opened(void **state) {
  (void)state;
  assert_int_equal(run("/dev/no-such-port", 1), P1CTL_UNABLE);
  assert_non_null(strstr(complained, "/dev/no-such-port is not there: plug"));
  assert_int_equal(run("/dev/null", 1), P1CTL_UNABLE);
  assert_non_null(strstr(complained, "not a serial port"));
  assert_int_equal(run("tcp://", 1), P1CTL_UNABLE);
  assert_non_null(strstr(complained, "tcp://"));
  assert_int_equal(run("usb:ffff:fffe", 1), P1CTL_UNABLE);
  assert_non_null(strstr(complained, "usb:ffff:fffe is not there"));
  assert_string_equal(shown, "");
}

/* ---- the command line ---- */

static int command(const char *one, const char *two) {
  char words[3][64] = {"doctor"};
  char *argv[4] = {words[0]};
  int argc = 1;
  const char *given[2] = {one, two};
  for (int i = 0; i < 2; i++) {
    if (given[i] == NULL)
      continue;
    snprintf(words[argc], sizeof(words[0]), "%s", given[i]);
    argv[argc] = words[argc];
    argc++;
  }
  optind = 1;
  return p1ctl_doctor(argc, argv);
}

/* Nothing is listened to with half the wishes understood. */
static void test_command_line(void **state) {
  (void)state;
  assert_int_equal(command(NULL, NULL), P1CTL_UNABLE);
  assert_int_equal(command("/dev/null", "/dev/null"), P1CTL_UNABLE);
  assert_int_equal(command("--speed=9601", "/dev/fd/0"), P1CTL_UNABLE);
  assert_int_equal(command("--framing=9N1", "/dev/fd/0"), P1CTL_UNABLE);
  assert_int_equal(command("--seconds=0", "/dev/fd/0"), P1CTL_UNABLE);
  assert_int_equal(command("--seconds=1x", "/dev/fd/0"), P1CTL_UNABLE);
  assert_int_equal(command("--seconds", NULL), P1CTL_UNABLE);
  assert_int_equal(command("--speeed=9600", "/dev/fd/0"), P1CTL_UNABLE);
  assert_int_equal(command("--help", NULL), P1CTL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_no_kind_is_left_out),
      cmocka_unit_test(test_pipe),
      cmocka_unit_test(test_pipe_of_pieces),
      cmocka_unit_test(test_long_file),
      cmocka_unit_test(test_pipe_without_writer),
      cmocka_unit_test(test_empty_file),
      cmocka_unit_test(test_too_little),
      cmocka_unit_test(test_fault_in_between),
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_not_opened),
      cmocka_unit_test(test_command_line),
  };
  return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
