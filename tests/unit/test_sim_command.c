/*
 * test_sim_command.c - `p1ctl simulate` from outside: its options, its files,
 * its pty and its end.
 */
#define _XOPEN_SOURCE 700 /* fork(), symlink(), sigaction() */

#include "torture.h"

#include "p1ctl.h"
#include "sim_pty.h"
#include "sim_settings.h"
#include "simscene.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* No test here takes a second; what hangs is to fail, not to block. */
#define GUARD_S 60

/* --- options ------------------------------------------------------------- */

/* Reads a command line of words between blanks; _ stands for a blank within a
 * word. Returns what the reader returns; `said` gets what it said. */
static bool settings_of(struct p1_sim_settings *settings, const char *line,
                        char *said, size_t size) {
  static char words[512];
  char *argv[48] = {(char[]){"simulate"}};
  int argc = 1;
  snprintf(words, sizeof(words), "%s", line);
  for (char *at = strtok(words, " "); at != NULL; at = strtok(NULL, " ")) {
    for (char *c = at; *c != '\0'; c++)
      *c = *c == '_' ? ' ' : *c;
    argv[argc++] = at;
  }
  FILE *errors = tmpfile();
  assert_non_null(errors);
  bool good = p1_sim_settings_read(settings, argc, argv, errors);
  rewind(errors);
  size_t n = fread(said, 1, size - 1, errors);
  said[n] = '\0';
  fclose(errors);
  return good;
}

static void test_defaults(void **state) {
  (void)state;
  struct p1_sim_settings settings;
  char said[256];
  assert_true(settings_of(&settings, "", said, sizeof(said)));
  assert_string_equal(said, "");
  assert_int_equal(settings.house.dialect, P1_SIM_EMUCS);
  assert_int_equal(settings.house.phases, 3);
  assert_int_equal(settings.house.solar_peak_w, 4000);
  assert_int_equal(settings.house.seed, 1);
  assert_int_equal(settings.house.months, 12);
  assert_true(settings.house.gas && settings.house.water);
  assert_false(settings.house.newest_first || settings.parity);
  assert_int_equal(settings.pace_milli, 1000);
  assert_string_equal(settings.output, "-");
  assert_null(settings.pty);
}

static void test_options_are_taken(void **state) {
  (void)state;
  struct p1_sim_settings settings;
  char said[256];
  assert_true(settings_of(
      &settings,
      "--dialect=dsmr2 --pty link --seed 18446744073709551615 --start "
      "2025-06-21_12:00:00 --count 5 --duration 7 --pace 2.5x --phases 1 "
      "--solar-peak 6000 --no-gas --no-water --registers 1,2,3,4 --history "
      "newest --months 0 --corrupt 1/4 --garbage 0.25 --drop 1 --parity "
      "--line-rate 9600",
      said, sizeof(said)));
  const struct p1_sim_options *house = &settings.house;
  assert_int_equal(house->dialect, P1_SIM_DSMR2);
  assert_true(house->seed == UINT64_MAX);
  assert_int_equal(house->start, 1750503600); /* 11:00 UTC */
  assert_int_equal(house->phases, 1);
  assert_int_equal(house->solar_peak_w, 6000);
  assert_false(house->gas || house->water);
  assert_true(house->registers_given && house->newest_first);
  assert_int_equal(house->import_wh[0], 1);
  assert_int_equal(house->import_wh[1], 2);
  assert_int_equal(house->export_wh[0], 3);
  assert_int_equal(house->export_wh[1], 4);
  assert_int_equal(house->months, 0);
  assert_int_equal(settings.count, 5);
  assert_int_equal(settings.duration, 7);
  assert_int_equal(settings.pace_milli, 2500);
  assert_int_equal(settings.damage.corrupt, P1_SIM_CERTAIN / 4);
  assert_int_equal(settings.damage.garbage, P1_SIM_CERTAIN / 4);
  assert_int_equal(settings.damage.drop, P1_SIM_CERTAIN);
  assert_int_equal(settings.line_rate, 9600);
  assert_true(settings.parity);
  assert_true(settings_of(&settings, "--pace max", said, sizeof(said)));
  assert_int_equal(settings.pace_milli, 0);
}

static void test_wrong_options_are_named(void **state) {
  (void)state;
  static const struct {
    const char *line, *says; /* both somewhere in the sentence */
    const char *allowed;
  } rows[] = {
      {"--dialect dsmr3", "--dialect", "emucs, dsmr5"},
      {"--frobnicate", "--frobnicate", "--help"},
      {"stray", "'stray'", "--help"},
      {"--seed -1", "--seed", "whole number"},
      {"--seed 18446744073709551616", "--seed", "whole number"},
      {"--start 2025-02-29_00:00:00", "--start", "2025-06-21 12:00:00"},
      {"--start 2025-06-21", "--start", "2025-06-21 12:00:00"},
      {"--start 2025-06-21_24:00:00", "--start", "2025-06-21 12:00:00"},
      {"--count 0", "--count", "from 1"},
      {"--duration 1.5", "--duration", "from 1"},
      {"--pace", "--pace", "nothing follows"},
      {"--pace 0x", "--pace", "real, max"},
      {"--pace x", "--pace", "real, max"},
      {"--phases 2", "--phases", "1 or 3"},
      {"--solar-peak 1kW", "--solar-peak", "whole number"},
      {"--no-gas=yes", "--no-gas", "no value"},
      {"--registers 1,2,3", "--registers", "four whole numbers"},
      {"--registers 1,2,3,4,5", "--registers", "four whole numbers"},
      {"--registers 1,2,3,", "--registers", "four whole numbers"},
      {"--history random", "--history", "newest or oldest"},
      {"--months 14", "--months", "from 0 to 13"},
      {"--corrupt 1.01", "--corrupt", "from 0 to 1, or 1/N"},
      {"--garbage 1/0", "--garbage", "from 0 to 1, or 1/N"},
      {"--drop 1/", "--drop", "from 0 to 1, or 1/N"},
      {"--drop .5.5", "--drop", "from 0 to 1, or 1/N"},
      {"--line-rate 12", "--line-rate", "from 300"},
      {"--parity", "--parity", "dsmr2"},
      {"--pty a --output b", "--pty", "--output"},
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    struct p1_sim_settings settings;
    char said[256];
    assert_row(!settings_of(&settings, rows[i].line, said, sizeof(said)),
               rows[i].line);
    assert_row(strstr(said, rows[i].says) != NULL, rows[i].line);
    assert_row(strstr(said, rows[i].allowed) != NULL, rows[i].line);
    assert_row(strchr(said, '\n') == said + strlen(said) - 1, rows[i].line);
  }
}

/* --- the command --------------------------------------------------------- */

/* A folder of the test's own, in the one where it runs. */
#define FOLDER "test_sim_command.files"

static int remove_folder(void **state) {
  (void)state;
  unlink(FOLDER "/out");
  unlink(FOLDER "/values");
  unlink(FOLDER "/tty");
  return rmdir(FOLDER);
}

static int make_folder(void **state) {
  remove_folder(state); /* of a run that was killed */
  return mkdir(FOLDER, 0700);
}

static int simulate(char *const *options) {
  char *argv[24] = {(char[]){"simulate"}};
  int argc = 1;
  for (; *options != NULL; options++)
    argv[argc++] = *options;
  return p1ctl_simulate(argc, argv);
}

static size_t read_file(const char *name, char *bytes, size_t size) {
  FILE *file = fopen(name, "rb");
  assert_non_null(file);
  size_t n = fread(bytes, 1, size, file);
  fclose(file);
  assert_true(n < size);
  return n;
}

/* The end of the telegram that begins at `at`: after its first '!' with a CRC
 * that holds and a line end; 0 when there is none within 4 kB. */
static size_t good_end(const char *bytes, size_t at, size_t n) {
  for (size_t end = at; end + 7 <= n && end < at + 4096; end++) {
    if (bytes[end] == '!' && bytes[end + 5] == '\r' &&
        scene_crc_holds(bytes + at, end + 7 - at))
      return end + 7;
  }
  return 0;
}

/* Goes on to the next row of the values that is not damaged; false at the
 * end. */
static bool next_row(char **row, char *stamp, long long *import_t1) {
  char what[48];
  while ((*row = strchr(*row, '\n')) != NULL && (*row)[1] != '\0') {
    (*row)++;
    assert_int_equal(sscanf(*row,
                            "%*d,%13[^,],%47[^,],%*d,%*d,%*d,%*d,%*d,%*d,%lld",
                            stamp, what, import_t1),
                     3);
    if (strcmp(what, "none") == 0 || strcmp(what, "garbage") == 0)
      return true;
  }
  return false;
}

static void test_values_tell_what_was_sent(void **state) {
  (void)state;
  static char bytes[1 << 20], values[1 << 17];
  char output[128], rows[128];
  char max[] = "--pace=max", count[] = "--count=400",
       corrupt[] = "--corrupt=0.1";
  char garbage[] = "--garbage=0.2", drop[] = "--drop=1/8";
  char from[] = "--start=2025-03-06 18:00:00";
  snprintf(output, sizeof(output), "--output=%s", FOLDER "/out");
  snprintf(rows, sizeof(rows), "--values=%s", FOLDER "/values");
  char *options[] = {output,  rows, max,  count, corrupt,
                     garbage, drop, from, NULL};
  assert_int_equal(simulate(options), P1CTL_OK);
  size_t n = read_file(FOLDER "/out", bytes, sizeof(bytes));
  values[read_file(FOLDER "/values", values, sizeof(values))] = '\0';
  char *row = values;
  char stamp[P1_SIM_STAMP + 1];
  long long import_t1 = 0;
  int good = 0;
  for (size_t at = 0; at < n; at++) {
    size_t end = bytes[at] == '/' ? good_end(bytes, at, n) : 0;
    if (end == 0)
      continue;
    struct scene sent;
    memcpy(sent.text, bytes + at, end - at);
    sent.text[end - at] = '\0';
    assert_true(next_row(&row, stamp, &import_t1));
    assert_true(scene_shows(&sent, "0-0:1.0.0", 0, stamp));
    assert_int_equal(scene_number(&sent, "1-0:1.8.1"), import_t1);
    good++;
    at = end - 1;
  }
  assert_false(next_row(&row, stamp, &import_t1));
  assert_in_range(good, 250, 350);
}

static void test_exit_statuses(void **state) {
  (void)state;
  char wrong[] = "--frobnicate", nowhere[] = "--output=/nonexistent/file";
  char full[] = "--output=/dev/full", max[] = "--pace=max", few[] = "--count=3";
  int kept = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY);
  assert_true(kept >= 0 && nothing >= 0);
  dup2(nothing, STDERR_FILENO);
  int unknown = simulate((char *[]){wrong, NULL});
  int unable = simulate((char *[]){nowhere, few, NULL});
  int failed = simulate((char *[]){full, max, few, NULL});
  dup2(kept, STDERR_FILENO);
  close(nothing);
  close(kept);
  assert_int_equal(unknown, P1CTL_UNABLE);
  assert_int_equal(unable, P1CTL_UNABLE);
  if (access("/dev/full", W_OK) == 0)
    assert_int_equal(failed, P1CTL_FAILED);
}

/* --- pty ----------------------------------------------------------------- */

static void test_pty_takes_what_it_can(void **state) {
  (void)state;
  struct p1_sim_pty pty;
  char got[16], block[1024];
  memset(block, 'x', sizeof(block));
  assert_null(p1_sim_pty_open(&pty, FOLDER "/tty"));
  for (int round = 0; round < 2; round++) { /* readers come and go */
    assert_int_equal(p1_sim_pty_write(&pty, "lost", 4), 0);
    int reader = open(FOLDER "/tty", O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(p1_sim_pty_write(&pty, "a\r\n\x11\x03\xFF", 6), 6);
    struct pollfd wait = {.fd = reader, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 10000), 1);
    assert_int_equal(read(reader, got, sizeof(got)), 6);
    assert_memory_equal(got, "a\r\n\x11\x03\xFF", 6); /* nothing translated */
    /* Nobody takes it: the line is full, and the meter does not wait. */
    size_t sent = 0;
    for (int i = 0; i < 1000; i++)
      sent += p1_sim_pty_write(&pty, block, sizeof(block));
    assert_true(sent < 1000 * sizeof(block));
    assert_int_equal(tcflush(reader, TCIFLUSH), 0);
    close(reader);
  }
  p1_sim_pty_close(&pty);
  assert_int_equal(access(FOLDER "/tty", F_OK), -1);
}

static void test_pty_respects_other_files(void **state) {
  (void)state;
  struct p1_sim_pty pty;
  const char *name = FOLDER "/out";
  FILE *file = fopen(name, "w");
  assert_non_null(file);
  fclose(file);
  assert_string_equal(p1_sim_pty_open(&pty, name), strerror(EEXIST));
  assert_int_equal(access(name, F_OK), 0);
  /* A link that a killed meter has left is taken over. */
  name = FOLDER "/tty";
  assert_int_equal(symlink("/dev/pts/nobody", name), 0);
  assert_null(p1_sim_pty_open(&pty, name));
  assert_int_equal(access(name, F_OK), 0);
  p1_sim_pty_close(&pty);
}

/* Starts the command in a process of its own; its standard output is the end
 * ends[1] of a pipe, unless `ends` is NULL. */
static pid_t start(char *const *options, const int *ends) {
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(GUARD_S);
    if (ends != NULL) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]); /* else the pipe would never lose its last reader */
    }
    _exit(simulate(options));
  }
  return child;
}

static int end_of(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_signal_ends_it_cleanly(void **state) {
  (void)state;
  char pty[128], pace[] = "--pace=100x", said[8192];
  snprintf(pty, sizeof(pty), "--pty=%s", FOLDER "/tty");
  pid_t child = start((char *[]){pty, pace, NULL}, NULL);
  int reader = -1;
  for (int i = 0; i < 1000 && reader < 0; i++) {
    reader = open(FOLDER "/tty", O_RDONLY | O_NOCTTY);
    poll(NULL, 0, reader < 0 ? 10 : 0);
  }
  assert_true(reader >= 0);
  size_t n = 0;
  while (n < 4096) { /* two telegrams at least */
    ssize_t count = read(reader, said + n, sizeof(said) - n);
    assert_true(count > 0);
    n += (size_t)count;
  }
  assert_int_equal(kill(child, SIGTERM), 0);
  assert_int_equal(end_of(child), P1CTL_OK);
  close(reader);
  assert_int_equal(access(FOLDER "/tty", F_OK), -1);
  assert_true(good_end(said, 0, n) > 0);
}

static void test_reader_that_leaves_ends_it(void **state) {
  (void)state;
  char max[] = "--pace=max", byte = 0;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t child = start((char *[]){max, NULL}, ends);
  close(ends[1]);
  assert_int_equal(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  assert_int_equal(end_of(child), P1CTL_OK);
  assert_int_equal(byte, '/');
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_options_are_taken),
      cmocka_unit_test(test_wrong_options_are_named),
      cmocka_unit_test(test_values_tell_what_was_sent),
      cmocka_unit_test(test_exit_statuses),
      cmocka_unit_test(test_pty_takes_what_it_can),
      cmocka_unit_test(test_pty_respects_other_files),
      cmocka_unit_test(test_signal_ends_it_cleanly),
      cmocka_unit_test(test_reader_that_leaves_ends_it),
  };
  alarm(GUARD_S);
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
