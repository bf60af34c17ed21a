/*
 * test_diagnosis.c - every verdict comes from bytes of its kind, and from
 * nothing else.
 *
 * What is on the wire is made bit by bit (uart.h) where a wrong speed, framing
 * or polarity is meant. All kinds are played with many seeds, joined in the
 * middle, in portions; at no moment may a verdict be given that is not theirs.
 */
#include "torture.h"

#include "ear.h"
#include "spoil.h"
#include "talk.h"
#include "uart.h"

#include <dirent.h>
#include <stdlib.h>

/* What one burst becomes; a break-less UART on an inverted line makes NULs of
 * the rest before and after. */
#define HEARD_MAX 65536

/* Bursts of each run, and runs of each row. */
#define BURSTS 60
#define RUNS 12

static struct ear ear;
static char said[P1_TALK_MAX];
static char heard[HEARD_MAX];

/* ---- the kinds ---- */

#define FAST                                                                   \
  { .speed = 115200, .bits = 8 }
#define SLOW                                                                   \
  { .speed = 9600, .bits = 7, .parity = true }
#define SLOW_8N1                                                               \
  { .speed = 9600, .bits = 8 }
#define UPSIDE_DOWN                                                            \
  { .speed = 115200, .bits = 8, .inverted = true }
#define SLOW_UPSIDE_DOWN                                                       \
  { .speed = 9600, .bits = 7, .parity = true, .inverted = true }
#define FAST_SIMPLE                                                            \
  { .speed = 115200, .bits = 8, .knows_no_break = true }
#define FAST_CAREFUL                                                           \
  { .speed = 115200, .bits = 8, .waits_for_mark = true }
#define FAST_STRICT                                                            \
  { .speed = 115200, .bits = 8, .faults_are_nul = true }

#define MAY(verdict) (1u << P1_DIAGNOSIS_##verdict)

/* `settled` bursts after the first, which is joined late, the verdict stands
 * and is the only one from there on. Until then it may be none, or one of
 * `may`. */
static const struct row {
  const char *name;
  enum p1_diagnosis_verdict verdict;
  enum p1_talk talk;
  struct p1_uart sender, receiver;
  spoil *spoil;
  unsigned settled;
  uint32_t may;
} rows[] = {
    {"DSMR 5", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR5, FAST, FAST, NULL, 1, 0},
    {"DSMR 2.2", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR2, SLOW, SLOW, NULL, 1, 0},
    {"9600 8N1 as 7E1", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR2, SLOW_8N1, SLOW,
     NULL, 1, 0},
    {"rare damage", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR5, FAST, FAST,
     flip_rarely, 1, 0},
    {"noise between", P1_DIAGNOSIS_HEALTHY, P1_TALK_DSMR5, FAST, FAST,
     add_noise, 2, MAY(GARBAGE)},

    {"slow meter, read fast", P1_DIAGNOSIS_NULS, P1_TALK_DSMR2, SLOW, FAST,
     NULL, 0, 0},
    {"slow meter, upside down, read fast", P1_DIAGNOSIS_NULS, P1_TALK_DSMR2,
     SLOW_UPSIDE_DOWN, FAST, NULL, 0, 0},

    {"slow meter, read fast by a simple UART", P1_DIAGNOSIS_GARBAGE,
     P1_TALK_DSMR2, SLOW, FAST_SIMPLE, NULL, 2, 0},
    {"fast meter, read slow", P1_DIAGNOSIS_GARBAGE, P1_TALK_DSMR5, FAST, SLOW,
     NULL, 2, 0},
    {"fast meter, read slow as 8N1", P1_DIAGNOSIS_GARBAGE, P1_TALK_DSMR5, FAST,
     SLOW_8N1, NULL, 2, 0},
    {"noise", P1_DIAGNOSIS_GARBAGE, P1_TALK_NOISE, FAST, FAST, NULL, 2, 0},

    {"7E1 as 8N1", P1_DIAGNOSIS_7E1, P1_TALK_DSMR2, SLOW, SLOW_8N1, NULL, 1, 0},
    {"8N1 as 7E1, faults dropped",
     P1_DIAGNOSIS_8N1,
     P1_TALK_DSMR5,
     SLOW_8N1,
     {.speed = 9600, .bits = 7, .parity = true, .faults_are_nul = true},
     NULL,
     1,
     0},

    {"upside down", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5, UPSIDE_DOWN, FAST,
     NULL, 1, 0},
    {"upside down, waiting for a mark", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5,
     UPSIDE_DOWN, FAST_CAREFUL, NULL, 1, 0},
    {"upside down, faults are NUL", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5,
     UPSIDE_DOWN, FAST_STRICT, NULL, 1, 0},
    {"upside down, NULs in between", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5,
     UPSIDE_DOWN, FAST_SIMPLE, NULL, 1, MAY(NULS)},
    {"upside down 7E1 as 8N1", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR2,
     SLOW_UPSIDE_DOWN, SLOW_8N1, NULL, 2, 0},
    {"the complement", P1_DIAGNOSIS_INVERTED, P1_TALK_DSMR5, FAST, FAST,
     complement, 1, 0},

    {"encrypted", P1_DIAGNOSIS_ENCRYPTED, P1_TALK_ENCRYPTED, FAST, FAST, NULL,
     1, 0},
    {"HDLC", P1_DIAGNOSIS_HDLC, P1_TALK_HDLC, FAST, FAST, NULL, 1, 0},
    {"M-Bus", P1_DIAGNOSIS_MBUS, P1_TALK_MBUS, FAST, FAST, NULL, 1, 0},
    {"GPS", P1_DIAGNOSIS_TEXT, P1_TALK_NMEA, FAST, FAST, NULL, 1, 0},
    {"boot log", P1_DIAGNOSIS_TEXT, P1_TALK_BOOT, FAST, FAST, NULL, 1, 0},
    {"modem", P1_DIAGNOSIS_TEXT, P1_TALK_MODEM, FAST, FAST, NULL, 3, 0},

    {"damage", P1_DIAGNOSIS_CRC, P1_TALK_DSMR5, FAST, FAST, flip_some, 36,
     MAY(HEALTHY)},
    {"much damage", P1_DIAGNOSIS_CRC, P1_TALK_DSMR5, FAST, FAST, flip_many, 8,
     0},
    {"another CRC", P1_DIAGNOSIS_OTHER_CRC, P1_TALK_OTHER_CRC, FAST, FAST, NULL,
     6, 0},
    {"no CRC", P1_DIAGNOSIS_NO_CRC, P1_TALK_BARE, FAST, FAST, NULL, 2, 0},

    {"end lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, keep_beginning, 6,
     0},
    {"end lost at a line", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST,
     keep_lines, 6, 0},
    {"stopped after 256 bytes", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST,
     keep_about, 6, 0},
    {"beginning lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, keep_end, 6,
     0},
    {"a piece lost", P1_DIAGNOSIS_CUT, P1_TALK_DSMR5, FAST, FAST, lose_piece,
     11, MAY(HEALTHY)},
    {"ends lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST, lose_end, 8,
     0},
    {"beginnings lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST,
     lose_beginning, 8, 0},
    {"packets lost", P1_DIAGNOSIS_LOSSY, P1_TALK_DSMR5, FAST, FAST,
     lose_packets, 12, MAY(HEALTHY)},
};

/* One burst as it is received and spoilt. */
static size_t make_burst(const struct row *row, uint64_t seed, unsigned burst,
                         struct p1_sim_random *random) {
  size_t n = p1_talk(row->talk, seed * 1000 + burst, said);
  n = p1_uart_carry(&row->sender, &row->receiver, said, n, heard, HEARD_MAX);
  assert_in_range(n, 1, HEARD_MAX - SPOIL_ROOM);
  heard[n] = '\0';
  return row->spoil != NULL ? row->spoil(random, burst, heard, n) : n;
}

static void play(const struct row *row, uint64_t seed) {
  struct p1_sim_random random = {.state = seed * 31 + 5};
  int64_t pace_ms = row->talk == P1_TALK_DSMR2 ? 10000 : 1000;
  uint32_t may = row->may | MAY(UNDECIDED) | 1u << row->verdict;
  ear_open(&ear, seed);
  for (unsigned burst = 0; burst < BURSTS; burst++) {
    int64_t begun_ms = ear.now_ms;
    size_t n = make_burst(row, seed, burst, &random);
    size_t late = burst == 0 ? p1_sim_below(&random, (uint32_t)n) : 0;
    ear_hear(&ear, heard + late, n - late);
    if (ear.now_ms < begun_ms + pace_ms)
      ear_wait(&ear, begun_ms + pace_ms - ear.now_ms);
    if ((ear.verdicts & ~may) != 0)
      fail_msg("%s, seed %d, burst %u: verdicts 0x%X", row->name, (int)seed,
               burst, (unsigned)ear.verdicts);
    ear.verdicts = 0;
    if (burst >= row->settled)
      may = 1u << row->verdict;
  }
  assert_row(ear_verdict(&ear) == row->verdict, row->name);
}

static void test_kinds(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    for (uint64_t seed = 0; seed < RUNS; seed++)
      play(&rows[i], seed);
}

/* ---- silence ---- */

static void test_nothing(void **state) {
  (void)state;
  ear_open(&ear, 1);
  ear_wait(&ear, 14000);
  assert_int_equal(ear.verdicts, MAY(UNDECIDED));
  ear_wait(&ear, 1000);
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_NOTHING);
  p1_diagnosis_retuned(&ear.diagnosis); /* the meter has not heard of it */
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_NOTHING);
  ear_hear(&ear, LITERAL("\0"));
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_UNDECIDED);
  ear_wait(&ear, 20000);
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_STOPPED);
}

/* A meter that speaks every `pace_ms` stops, and comes back. */
static void check_stopped(enum p1_talk talk, int64_t pace_ms,
                          int64_t silent_ms) {
  ear_open(&ear, 1);
  for (unsigned burst = 0; burst < 6; burst++) {
    size_t n = p1_talk(talk, burst, said);
    ear_take(&ear, said, n);
    ear.verdicts = 0;
    ear_wait(&ear, burst < 4 ? pace_ms : burst == 4 ? silent_ms - 1 : 0);
    assert_int_equal(ear.verdicts, MAY(HEALTHY));
    if (burst != 4)
      continue;
    ear_wait(&ear, 2);
    assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_STOPPED);
    ear_wait(&ear, INT64_C(86400000));
    assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_STOPPED);
  }
}

static void test_stopped(void **state) {
  (void)state;
  check_stopped(P1_TALK_DSMR5, 1000, 15000);
  check_stopped(P1_TALK_DSMR2, 10000, 30000);
}

/* ---- change ---- */

/* Plays a row's bursts on and on, without opening the line anew. Returns after
 * how many the verdict was the row's; plays two more then, for the pace. */
static unsigned until(const char *name, unsigned most) {
  unsigned found = 0;
  const struct row *row = rows;
  while (strcmp(row->name, name) != 0)
    assert_true(++row < rows + COUNT_OF(rows));
  struct p1_sim_random random = {.state = 9};
  for (unsigned burst = 1; burst <= (found > 0 ? found + 2 : most); burst++) {
    size_t n = make_burst(row, 99, burst, &random);
    ear_hear(&ear, heard, n);
    ear_wait(&ear, row->talk == P1_TALK_DSMR2 ? 9000 : 900);
    if (found == 0 && ear_verdict(&ear) == row->verdict)
      found = burst;
  }
  return found;
}

/* What was right or wrong before does not hold up what is now. */
static void test_changes(void **state) {
  (void)state;
  ear_open(&ear, 3);
  assert_in_range(until("DSMR 5", 9), 1, 1);
  assert_in_range(until("slow meter, read fast", 9), 1, 1);
  assert_in_range(until("DSMR 5", 9), 1, 1);
  assert_in_range(until("fast meter, read slow", 9), 3, 6); /* 5 s of doubt */
  assert_in_range(until("DSMR 5", 9), 1, 1);
  assert_in_range(until("encrypted", 9), 3, 6);
  assert_in_range(until("DSMR 5", 9), 1, 1);
  assert_in_range(until("end lost", 12), 4, 8);
  assert_in_range(until("DSMR 5", 40), 2, 32);
}

/* A line tuned anew is judged anew, and counts on. */
static void test_retuned(void **state) {
  (void)state;
  ear_open(&ear, 3);
  assert_in_range(until("7E1 as 8N1", 9), 1, 1);
  uint64_t bytes = ear.diagnosis.counts.bytes;
  p1_diagnosis_retuned(&ear.diagnosis);
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_UNDECIDED);
  assert_in_range(until("DSMR 2.2", 9), 1, 1);
  assert_true(ear.diagnosis.counts.bytes > bytes);
  assert_int_equal(ear.diagnosis.counts.telegrams, 3);
}

/* With CRC ignore, a telegram of the right form is right. */
static void test_ignored_crc(void **state) {
  (void)state;
  ear_open(&ear, 4);
  p1_diagnosis_init(&ear.diagnosis, true, ear.now_ms);
  assert_in_range(until("another CRC", 1), 0, UINT32_MAX);
  assert_int_equal(ear_verdict(&ear), P1_DIAGNOSIS_HEALTHY);
}

static void test_counts(void **state) {
  (void)state;
  ear_open(&ear, 5);
  const struct p1_diagnosis_counts *counts = &ear.diagnosis.counts;
  size_t n = p1_talk(P1_TALK_DSMR5, 1, said);
  ear_take(&ear, said, n);
  ear_wait(&ear, 1000);
  ear_take(&ear, said, 300); /* cut */
  ear_wait(&ear, 1000);
  ear_take(&ear, LITERAL("\0\0\0"));
  ear_wait(&ear, 1000);
  ear_take(&ear, said, n);
  said[200] ^= 1;
  ear_take(&ear, said, n);
  n = p1_talk(P1_TALK_BARE, 1, said);
  ear_take(&ear, said, n);
  assert_int_equal(counts->telegrams, 2);
  assert_int_equal(counts->bad_crc, 1);
  assert_int_equal(counts->missing_crc, 1);
  assert_int_equal(counts->cut, 1);
  assert_int_equal(counts->nuls, 3);
}

/* ---- telegrams of every dialect ---- */

/* A fixture, again and again, joined at `from`, in portions. */
static void check_fixture(const char *name, const char *bytes, size_t n,
                          size_t from, int64_t pace_ms) {
  ear_open(&ear, from);
  for (unsigned burst = 0; burst < 5; burst++) {
    size_t at = burst == 0 ? from : 0;
    ear_hear(&ear, bytes + at, n - at);
    ear_wait(&ear, pace_ms);
    if ((ear.verdicts & ~(MAY(HEALTHY) | MAY(UNDECIDED))) != 0)
      fail_msg("%s from %zu: verdicts 0x%X", name, from,
               (unsigned)ear.verdicts);
    if (burst > 0)
      assert_row(ear_verdict(&ear) == P1_DIAGNOSIS_HEALTHY, name);
  }
}

static void test_fixtures(void **state) {
  (void)state;
  char folder[1024], path[2048];
  const char *root = getenv("P1_SRCDIR");
  snprintf(folder, sizeof(folder), "%s/tests/telegrams", root ? root : ".");
  DIR *listing = opendir(folder);
  if (listing == NULL)
    fail_msg("no %s: set P1_SRCDIR to the folder of the sources", folder);
  size_t fixtures = 0;
  for (struct dirent *entry = readdir(listing); entry != NULL;
       entry = readdir(listing)) {
    if (strstr(entry->d_name, ".p1") == NULL)
      continue;
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(heard, 1, HEARD_MAX, file);
    fclose(file);
    for (size_t from = 0; from < n; from += 11)
      check_fixture(entry->d_name, heard, n, from, from % 2 ? 1000 : 9500);
    fixtures++;
  }
  closedir(listing);
  assert_in_range(fixtures, 20, 1000);
}

/* ---- texts ---- */

static void test_texts(void **state) {
  (void)state;
  for (int i = 0; i < P1_DIAGNOSIS_COUNT; i++) {
    const char *sentence = p1_diagnosis_sentence((enum p1_diagnosis_verdict)i);
    const char *word = p1_diagnosis_word((enum p1_diagnosis_verdict)i);
    assert_in_range(strlen(sentence), 20, 250);
    assert_true(sentence[0] < 'A' || sentence[0] > 'Z');
    assert_true(sentence[strlen(sentence) - 1] != '.');
    for (int j = 0; j < i; j++) {
      assert_string_not_equal(
          sentence, p1_diagnosis_sentence((enum p1_diagnosis_verdict)j));
      assert_string_not_equal(word,
                              p1_diagnosis_word((enum p1_diagnosis_verdict)j));
    }
  }
  assert_non_null(p1_diagnosis_sentence(P1_DIAGNOSIS_COUNT));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds),   cmocka_unit_test(test_nothing),
      cmocka_unit_test(test_stopped), cmocka_unit_test(test_changes),
      cmocka_unit_test(test_retuned), cmocka_unit_test(test_ignored_crc),
      cmocka_unit_test(test_counts),  cmocka_unit_test(test_fixtures),
      cmocka_unit_test(test_texts),
  };
  return cmocka_run_group_tests_name("diagnosis", tests, NULL, NULL);
}
