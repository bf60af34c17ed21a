/*
 * test_checkup.c - what `p1ctl doctor` says over minutes and of a serial port
 * that it sets itself, with a clock of the test's own; and its block on a
 * terminal.
 */
#include "torture.h"

#include "p1ctl/checkup.h"
#include "p1ctl/p1ctl.h"
#include "prescription.h"
#include "talk.h"
#include "uart.h"

#define BURST_MAX 65536

static char said[P1_TALK_MAX];
static char heard[BURST_MAX];
static struct p1ctl_checkup checkup;

#define FAST                                                                   \
  { .speed = 115200, .bits = 8 }
#define SLOW                                                                   \
  { .speed = 9600, .bits = 7, .parity = true }

/* ---- a serial port ---- */

static int64_t clock_ms;

/* Begins a checkup of a port; it prints into `out`. */
static FILE *begin(const struct p1ctl_checkup_options *options) {
  FILE *out = tmpfile();
  assert_non_null(out);
  clock_ms = 5000;
  p1ctl_checkup_init(&checkup, options, out, clock_ms);
  return out;
}

static int finish(FILE *out) {
  int status = p1ctl_checkup_finish(&checkup, clock_ms);
  read_back(out, shown, sizeof(shown));
  return status;
}

static void wait_for(int64_t ms) {
  for (; ms > 0; ms -= 1000) {
    clock_ms += 1000;
    p1ctl_checkup_look(&checkup, clock_ms);
  }
}

/* A meter speaks `times`, every 10 s, and the port hears it as it is set. */
static void speak(const struct p1_uart *meter, enum p1_talk talk, int times) {
  for (int i = 0; i < times; i++) {
    struct p1_hunt_line line = p1ctl_checkup_line(&checkup);
    struct p1_uart port = {.speed = line.speed,
                           .bits = line.framing == P1_FRAMING_7E1 ? 7 : 8,
                           .parity = line.framing == P1_FRAMING_7E1};
    size_t n = p1_talk(talk, (uint64_t)i, said);
    n = p1_uart_carry(meter, &port, said, n, heard, BURST_MAX);
    p1ctl_checkup_hear(&checkup, heard, n, clock_ms);
    p1ctl_checkup_look(&checkup, clock_ms);
    wait_for(10000);
  }
}

static void test_hunt(void **state) {
  (void)state;
  const struct p1_uart meter = SLOW;
  FILE *out =
      begin(&(struct p1ctl_checkup_options){.name = "/dev/p", .tunable = true});
  speak(&meter, P1_TALK_DSMR2, 4);
  assert_int_equal(finish(out), P1CTL_OK);
  assert_int_equal(verdicts_told(), 0); /* all lines name the setting */
  assert_shown(" s, 9600 7E1: healthy: ");
  assert_null(strstr(shown, "nuls"));
  assert_shown("\n  line      9600 7E1, gives telegrams\n");
  assert_shown(" since the last change: 0.0 % NUL");
}

/* What the user has fixed is not changed, so its fault is told. */
static void test_fixed(void **state) {
  (void)state;
  const struct p1_uart meter = SLOW;
  const enum p1_framing framing = P1_FRAMING_8N1;
  FILE *out = begin(&(struct p1ctl_checkup_options){
      .name = "/dev/p", .tunable = true, .speed = 9600, .framing = &framing});
  speak(&meter, P1_TALK_DSMR2, 4);
  assert_int_equal(finish(out), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "7e1");
  assert_shown(" s, 9600 8N1: 7e1: ");
  assert_null(strstr(shown, "gives telegrams"));
}

/* Noise is told when nothing made it better, once, and stands. */
static void test_hunt_for_nothing(void **state) {
  (void)state;
  FILE *out =
      begin(&(struct p1ctl_checkup_options){.name = "/dev/p", .tunable = true});
  const struct p1_uart meter = FAST;
  speak(&meter, P1_TALK_NOISE, 2);
  assert_int_equal(p1ctl_checkup_verdict(&checkup, clock_ms),
                   P1_DIAGNOSIS_UNDECIDED);
  for (int i = 0; i < 60; i++) { /* noise is noise at any speed */
    size_t n = p1_talk(P1_TALK_NOISE, (uint64_t)i, said);
    p1ctl_checkup_hear(&checkup, said, n, clock_ms);
    p1ctl_checkup_look(&checkup, clock_ms);
    wait_for(2000);
  }
  assert_int_equal(finish(out), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "garbage");
  const char *first = strstr(shown, ": garbage: ");
  assert_non_null(first);
  assert_null(strstr(first + 1, ": garbage: "));
}

/* ---- silence ---- */

static void test_silence(void **state) {
  (void)state;
  FILE *out = begin(&(struct p1ctl_checkup_options){.name = "tcp://h:1"});
  wait_for(14000);
  assert_int_equal(p1ctl_checkup_verdict(&checkup, clock_ms),
                   P1_DIAGNOSIS_UNDECIDED);
  wait_for(2000);
  size_t n = p1_talk(P1_TALK_DSMR5, 1, said);
  for (int i = 0; i < 3; i++) {
    p1ctl_checkup_hear(&checkup, said, n, clock_ms);
    wait_for(1000);
  }
  wait_for(40000);
  assert_int_equal(finish(out), P1CTL_FAILED);
  assert_string_equal(last_verdict(), "stopped");
  assert_int_equal(verdicts_told(), MAY(NOTHING) | MAY(HEALTHY) | MAY(STOPPED));
  assert_shown("15 s: nothing: not a byte arrives");
  assert_shown("\n  earlier   nothing\n");
}

/* ---- the terminal ---- */

/* Each block goes up over the one before, by as many lines as that had. */
static void test_block(void **state) {
  (void)state;
  FILE *out =
      begin(&(struct p1ctl_checkup_options){.name = "a port", .block = true});
  size_t n = p1_talk(P1_TALK_DSMR5, 1, said);
  for (int i = 0; i < 3; i++) {
    p1ctl_checkup_hear(&checkup, said, n, clock_ms);
    wait_for(1000);
  }
  wait_for(60000);
  assert_int_equal(finish(out), P1CTL_FAILED);
  int lines = 0, column = 0, blocks = 0;
  for (const char *at = shown; *at != '\0'; at++) {
    int up = 0;
    if (sscanf(at, "\033[%dA", &up) == 1) {
      assert_int_equal(up, lines);
      assert_int_equal(strncmp(strchr(at, 'A'), "A\r\033[J", 5), 0);
      at = strchr(at, 'J');
      lines = 0;
      blocks++;
    } else if (*at == '\n') {
      lines++;
      column = 0;
    } else {
      assert_in_range(++column, 1, 79);
    }
  }
  assert_in_range(blocks, 60, 70);
  assert_string_equal(last_verdict(), "healthy"); /* of the first block */
  assert_non_null(strstr(shown, "verdict   stopped: "));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hunt),
      cmocka_unit_test(test_fixed),
      cmocka_unit_test(test_hunt_for_nothing),
      cmocka_unit_test(test_silence),
      cmocka_unit_test(test_block),
  };
  return cmocka_run_group_tests_name("checkup", tests, NULL, NULL);
}
