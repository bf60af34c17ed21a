/*
 * test_hunt.c - every meter is found, wherever the hunt begins.
 *
 * The loop is closed: a simulated meter sends at its own speed, a simulated
 * UART (uart.h) reads the line as the hunt has set it at that moment, and what
 * comes of it is what the hunt sees.
 */
#include "torture.h"

#include "ear.h"
#include "hunt.h"
#include "talk.h"
#include "uart.h"

#define HEARD_MAX 65536

/* How long a reader waits for bytes before it looks at the line anyway. */
#define LOOK_MS 5000

/* A meter on the line. */
struct meter {
  const char *name;
  enum p1_talk talk;
  struct p1_uart sender;
  int64_t pace_ms;
};

enum { FAST, FAST_10S, SLOW, SLOW_8N1, METERS };

static const struct meter meters[METERS] = {
    [FAST] = {"DSMR 5", P1_TALK_DSMR5, {.speed = 115200, .bits = 8}, 1000},
    [FAST_10S] = {"DSMR 4", P1_TALK_DSMR5, {.speed = 115200, .bits = 8}, 10000},
    [SLOW] = {"DSMR 2.2",
              P1_TALK_DSMR2,
              {.speed = 9600, .bits = 7, .parity = true},
              10000},
    [SLOW_8N1] = {"9600 8N1", P1_TALK_DSMR2, {.speed = 9600, .bits = 8}, 10000},
};

/* Makes of UARTs. */
static const struct p1_uart makes[] = {
    {.speed = 0},
    {.knows_no_break = true},
    {.waits_for_mark = true},
    {.faults_are_nul = true},
    {.waits_for_mark = true, .faults_are_nul = true},
};

static struct {
  struct ear ear;
  struct p1_hunt hunt;
  struct p1_uart make;     /* of our UART */
  unsigned moves;          /* of the hunt, since this was set to 0 */
  int64_t moved_ms;        /* the last of them */
  struct p1_hunt_line was; /* before it */
} line;

static char said[P1_TALK_MAX];
static char heard[HEARD_MAX];

/* ---- the reader's part ---- */

static void open_line(uint64_t seed, const struct p1_uart *make, int speed,
                      const enum p1_framing *framing) {
  memset(&line, 0, sizeof(line));
  line.make = *make;
  ear_open(&line.ear, seed);
  p1_hunt_init(&line.hunt, speed, framing, line.ear.now_ms);
}

static bool is_line(int speed, enum p1_framing framing) {
  struct p1_hunt_line now = p1_hunt_line(&line.hunt);
  return now.speed == speed && now.framing == framing;
}

/* Our UART as the hunt has set it. */
static struct p1_uart receiver(void) {
  struct p1_hunt_line now = p1_hunt_line(&line.hunt);
  struct p1_uart uart = line.make;
  bool seven = now.framing == P1_FRAMING_7E1;
  assert_true(seven || now.framing == P1_FRAMING_8N1);
  uart.speed = now.speed;
  uart.bits = seven ? 7 : 8;
  uart.parity = seven;
  return uart;
}

/* Looks at the line as the reader does; true when it was set anew. */
static bool look(void) {
  struct p1_hunt_line before = p1_hunt_line(&line.hunt);
  if (!p1_hunt_step(&line.hunt, &line.ear.diagnosis, line.ear.now_ms))
    return false;
  line.moves++;
  line.moved_ms = line.ear.now_ms;
  line.was = before;
  struct p1_hunt_line after = p1_hunt_line(&line.hunt);
  assert_true(before.speed != after.speed || before.framing != after.framing);
  p1_framer_init(&line.ear.framer);
  p1_diagnosis_retuned(&line.ear.diagnosis);
  return true;
}

static void silence(int64_t ms) {
  for (; ms > LOOK_MS; ms -= LOOK_MS) {
    line.ear.now_ms += LOOK_MS;
    look();
  }
  line.ear.now_ms += ms;
  look();
}

/* The meter sends n bytes in one go. What is not yet sent when the hunt moves
 * is read at the new setting. */
static void send_burst(const struct p1_uart *sender, const char *bytes,
                       size_t n) {
  while (n > 0) {
    struct p1_uart uart = receiver();
    size_t m = p1_uart_carry(sender, &uart, bytes, n, heard, HEARD_MAX);
    assert_true(m < HEARD_MAX);
    size_t at = 0;
    bool moved = false;
    while (at < m && !moved) {
      size_t taken = 1 + p1_sim_below(&line.ear.random, 300);
      taken = taken < m - at ? taken : m - at;
      ear_take(&line.ear, heard + at, taken);
      at += taken;
      size_t sent = taken * n / m;
      line.ear.now_ms += (int64_t)(sent * 10000 / (size_t)sender->speed);
      moved = look();
    }
    size_t sent = moved ? at * n / m : n;
    bytes += sent;
    n -= sent;
  }
}

/* One telegram of a meter, from the byte `late` on, and the rest of its pace.
 */
static void send_telegram(const struct meter *meter, uint64_t seed,
                          size_t late) {
  int64_t begun_ms = line.ear.now_ms;
  size_t n = p1_talk(meter->talk, seed, said);
  send_burst(&meter->sender, said + late, n - late);
  int64_t left_ms = begun_ms + meter->pace_ms - line.ear.now_ms;
  silence(left_ms > 0 ? left_ms : 0);
}

/* ---- finding ---- */

/* Plays a meter until a whole telegram of it has come, `most` of them. Returns
 * how many that took, and in *right those since the line was last set. The
 * first one is joined somewhere. */
static unsigned find(const struct meter *meter, uint64_t seed, unsigned most,
                     unsigned *right) {
  unsigned moves = line.moves;
  size_t late = p1_sim_below(&line.ear.random, 400);
  *right = 0;
  for (unsigned sent = 1; sent <= most; sent++) {
    size_t whole = line.ear.whole;
    send_telegram(meter, seed * 100 + sent, sent == 1 ? late : 0);
    *right = moves == line.moves ? *right + 1 : 1;
    moves = line.moves;
    if (line.ear.whole > whole)
      return sent;
  }
  fail_msg("%s: not found, seed %d, at %d", meter->name, (int)seed,
           p1_hunt_line(&line.hunt).speed);
  return 0;
}

/* As find(), and then it stays. */
static void check_found(const struct meter *meter, uint64_t seed,
                        unsigned most) {
  unsigned right = 0;
  find(meter, seed, most, &right);
  assert_row(right <= 2, meter->name);
  line.moves = 0;
  for (unsigned i = 0; i < 5; i++)
    send_telegram(meter, seed * 100 + 50 + i, 0);
  assert_row(line.moves == 0, meter->name);
  assert_row(p1_hunt_settled(&line.hunt, ear_verdict(&line.ear)), meter->name);
}

static void test_cold_start(void **state) {
  (void)state;
  static const unsigned most[METERS] = {2, 2, 4, 4};
  for (size_t i = 0; i < METERS; i++)
    for (size_t make = 0; make < COUNT_OF(makes); make++)
      for (uint64_t seed = 0; seed < 20; seed++) {
        open_line(seed, &makes[make], 0, NULL);
        silence((int64_t)p1_sim_below(&line.ear.random, 100000) *
                (int64_t)(seed % 2));
        check_found(&meters[i], seed, seed % 2 == 0 ? most[i] : 6);
      }
}

/* Another meter on the same cable. A meter with a pace of 10 s is missed after
 * 25 s, which are at most 26 telegrams of one with a pace of 1 s. */
static void test_swap(void **state) {
  (void)state;
  for (size_t make = 0; make < COUNT_OF(makes); make++)
    for (size_t first = 0; first < METERS; first++)
      for (size_t next = 0; next < METERS; next++)
        for (uint64_t seed = 0; seed < 4; seed++) {
          open_line(seed, &makes[make], 0, NULL);
          check_found(&meters[first], seed, 4);
          silence((int64_t)p1_sim_below(&line.ear.random, 60000));
          unsigned most = next == FAST && first != FAST ? 32 : 6;
          check_found(&meters[next], seed + 10, most);
        }
}

/* Text of seven bits read as eight is recognised before its telegram is over:
 * the next one is whole. */
static void test_reframed_at_once(void **state) {
  (void)state;
  open_line(1, &makes[0], 9600, NULL);
  assert_true(is_line(9600, P1_FRAMING_7E1));
  silence(15000); /* nothing here: the other framing is tried */
  assert_true(is_line(9600, P1_FRAMING_8N1));
  size_t n = p1_talk(P1_TALK_DSMR2, 1, said);
  line.moves = 0;
  send_burst(&meters[SLOW].sender, said, n);
  assert_int_equal(line.moves, 1);
  assert_true(is_line(9600, P1_FRAMING_7E1));
  send_burst(&meters[SLOW].sender, said, n);
  assert_int_equal(line.ear.whole, 1);
}

/* A meter that speaks 7E1 at a speed where nobody does. */
static void test_strange_framing(void **state) {
  (void)state;
  static const struct meter strange = {
      "115200 7E1",
      P1_TALK_DSMR5,
      {.speed = 115200, .bits = 7, .parity = true},
      1000};
  open_line(1, &makes[0], 0, NULL);
  check_found(&strange, 1, 3);
  assert_true(is_line(115200, P1_FRAMING_7E1));
}

/* ---- not losing ---- */

/* A meter that was found, with something else on the line. */
static void found(size_t meter, uint64_t seed) {
  open_line(seed, &makes[0], 0, NULL);
  check_found(&meters[meter], seed, 4);
  line.moves = 0;
}

static void send_noise(uint64_t seed) {
  struct p1_uart uart = receiver();
  uart.gap = 0;
  size_t n = p1_talk(P1_TALK_NOISE, seed, said);
  send_burst(&uart, said, n);
}

static void test_noise(void **state) {
  (void)state;
  for (size_t meter = 0; meter < METERS; meter++) {
    found(meter, meter);
    for (unsigned i = 0; i < 300; i++) {
      send_noise(i);
      if (i % 3 != 0) /* otherwise it is lost altogether */
        send_telegram(&meters[meter], i, i % 7 == 0 ? 200 : 0);
      else
        silence(meters[meter].pace_ms);
    }
    assert_row(line.moves == 0, meters[meter].name);
  }
  found(FAST, 9);
  for (unsigned i = 0; i < 3; i++) { /* nothing but noise */
    send_noise(i);
    silence(1000);
  }
  assert_int_equal(line.moves, 0);
  send_telegram(&meters[FAST], 1, 0);
  assert_int_equal(line.moves, 0);
}

/* All lines were left for noise, which goes on: each is given the time for a
 * telegram, and the meter is found when it comes. */
static void test_found_in_noise(void **state) {
  (void)state;
  for (size_t meter = 0; meter < METERS; meter++) {
    open_line(meter, &makes[0], 0, NULL);
    for (unsigned i = 0; i < 100; i++) {
      send_noise(i);
      silence(1000);
    }
    assert_true(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_GARBAGE));
    assert_in_range(line.moves, 5, 14);
    size_t whole = line.ear.whole;
    for (unsigned i = 0; i < 60; i++) {
      send_noise(1000 + i);
      silence(200);
      send_telegram(&meters[meter], i, 0);
    }
    assert_row(line.ear.whole > whole + 40, meters[meter].name);
  }
}

/* ---- silence ---- */

static void test_silence_rotates_slowly(void **state) {
  (void)state;
  open_line(1, &makes[0], 0, NULL);
  static const struct p1_hunt_line order[] = {{115200, P1_FRAMING_8N1},
                                              {9600, P1_FRAMING_7E1},
                                              {9600, P1_FRAMING_8N1},
                                              {115200, P1_FRAMING_8N1}};
  int64_t since_ms = line.ear.now_ms;
  for (size_t i = 0; i < COUNT_OF(order); i++) {
    assert_true(is_line(order[i].speed, order[i].framing));
    unsigned moves = line.moves;
    while (line.moves == moves) {
      line.ear.now_ms += 100;
      look();
    }
    assert_in_range(line.ear.now_ms - since_ms, 12000, 15000);
    since_ms = line.ear.now_ms;
  }
}

/* The line that was good is kept through a long silence: what comes back is
 * mostly the same meter. */
static void test_silence_after_telegrams(void **state) {
  (void)state;
  found(SLOW, 1);
  silence(540000);
  assert_int_equal(line.moves, 0);
  silence(120000);
  assert_true(line.moves > 0);
  silence(3600000);
  check_found(&meters[FAST], 1, 40);
}

static void test_reopened(void **state) {
  (void)state;
  found(SLOW, 1);
  assert_false(p1_hunt_reopened(&line.hunt, line.ear.now_ms));
  assert_true(is_line(9600, P1_FRAMING_7E1));
  while (is_line(9600, P1_FRAMING_7E1))
    silence(LOOK_MS);
  assert_true(p1_hunt_reopened(&line.hunt, line.ear.now_ms));
  assert_true(is_line(9600, P1_FRAMING_7E1));
  p1_diagnosis_init(&line.ear.diagnosis, false, line.ear.now_ms);
  line.moves = 0;
  silence(300000); /* a meter that starts may take its time */
  assert_int_equal(line.moves, 0);
}

/* ---- what the user has fixed ---- */

/* The lines that are tried in silence, each for the first time. */
static void check_lines(int speed, const enum p1_framing *framing,
                        const struct p1_hunt_line *expected, size_t count) {
  open_line(1, &makes[0], speed, framing);
  for (size_t i = 0; i < count; i++) {
    assert_true(is_line(expected[i].speed, expected[i].framing));
    silence(15000);
  }
  struct p1_hunt_line again = expected[count > 1 ? 0 : count - 1];
  assert_true(is_line(again.speed, again.framing));
}

#define CHECK_LINES(speed, framing, ...)                                       \
  check_lines(speed, framing, (const struct p1_hunt_line[]){__VA_ARGS__},      \
              sizeof((const struct p1_hunt_line[]){__VA_ARGS__}) /             \
                  sizeof(struct p1_hunt_line))

static void test_fixed(void **state) {
  (void)state;
  static const enum p1_framing f8n1 = P1_FRAMING_8N1, f7e1 = P1_FRAMING_7E1,
                               f8e1 = P1_FRAMING_8E1;
  CHECK_LINES(115200, NULL, {115200, P1_FRAMING_8N1});
  CHECK_LINES(9600, NULL, {9600, P1_FRAMING_7E1}, {9600, P1_FRAMING_8N1});
  CHECK_LINES(19200, NULL, {19200, P1_FRAMING_8N1}, {19200, P1_FRAMING_7E1});
  CHECK_LINES(0, &f8n1, {115200, P1_FRAMING_8N1}, {9600, P1_FRAMING_8N1});
  CHECK_LINES(0, &f7e1, {9600, P1_FRAMING_7E1}, {115200, P1_FRAMING_7E1});
  CHECK_LINES(0, &f8e1, {115200, P1_FRAMING_8E1}, {9600, P1_FRAMING_8E1});
  CHECK_LINES(115200, &f8n1, {115200, P1_FRAMING_8N1});
  CHECK_LINES(19200, &f8e1, {19200, P1_FRAMING_8E1});
}

/* What does not fit is told when it is fixed, and not before all were tried
 * when it is not. */
static void test_fixed_and_wrong(void **state) {
  (void)state;
  static const enum p1_framing f8n1 = P1_FRAMING_8N1;
  open_line(1, &makes[0], 9600, &f8n1);
  for (unsigned i = 0; i < 4; i++)
    send_telegram(&meters[SLOW], i, 0);
  assert_int_equal(line.moves, 0);
  assert_int_equal(ear_verdict(&line.ear), P1_DIAGNOSIS_7E1);
  assert_true(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_7E1));

  open_line(1, &makes[0], 115200, &f8n1);
  for (unsigned i = 0; i < 4; i++)
    send_telegram(&meters[SLOW], i, 0);
  assert_int_equal(line.moves, 0);
  assert_int_equal(ear_verdict(&line.ear), P1_DIAGNOSIS_NULS);
  assert_true(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_NULS));

  open_line(1, &makes[0], 0, NULL);
  assert_false(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_GARBAGE));
  assert_false(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_7E1));
  assert_false(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_UNDECIDED));
  assert_true(p1_hunt_settled(&line.hunt, P1_DIAGNOSIS_NOTHING));
}

/* ---- what no line makes better ---- */

static void check_stays(const char *name, const struct meter *meter,
                        enum p1_diagnosis_verdict verdict, int speed,
                        enum p1_framing framing) {
  for (size_t make = 0; make < COUNT_OF(makes); make++) {
    open_line(make, &makes[make], 0, NULL);
    for (unsigned i = 0; i < 12; i++)
      send_telegram(meter, i, 0);
    line.moves = 0;
    for (unsigned i = 0; i < 50; i++)
      send_telegram(meter, i, 0);
    assert_row(line.moves == 0, name);
    assert_row(ear_verdict(&line.ear) == verdict, name);
    assert_row(is_line(speed, framing), name);
    assert_row(p1_hunt_settled(&line.hunt, verdict), name);
  }
}

static void test_stays(void **state) {
  (void)state;
  struct meter meter = meters[FAST];
  meter.sender.inverted = true;
  check_stays("inverted", &meter, P1_DIAGNOSIS_INVERTED, 115200,
              P1_FRAMING_8N1);
  meter.talk = P1_TALK_ENCRYPTED;
  meter.sender.inverted = false;
  check_stays("encrypted", &meter, P1_DIAGNOSIS_ENCRYPTED, 115200,
              P1_FRAMING_8N1);
  meter.pace_ms = 10000;
  check_stays("encrypted, slow", &meter, P1_DIAGNOSIS_ENCRYPTED, 115200,
              P1_FRAMING_8N1);
  meter.talk = P1_TALK_MBUS;
  check_stays("M-Bus", &meter, P1_DIAGNOSIS_MBUS, 115200, P1_FRAMING_8N1);
  meter.talk = P1_TALK_OTHER_CRC;
  check_stays("another CRC", &meter, P1_DIAGNOSIS_OTHER_CRC, 115200,
              P1_FRAMING_8N1);
  meter.talk = P1_TALK_BARE;
  meter.sender = meters[SLOW].sender;
  check_stays("no CRC", &meter, P1_DIAGNOSIS_NO_CRC, 9600, P1_FRAMING_7E1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cold_start),
      cmocka_unit_test(test_swap),
      cmocka_unit_test(test_reframed_at_once),
      cmocka_unit_test(test_strange_framing),
      cmocka_unit_test(test_noise),
      cmocka_unit_test(test_found_in_noise),
      cmocka_unit_test(test_silence_rotates_slowly),
      cmocka_unit_test(test_silence_after_telegrams),
      cmocka_unit_test(test_reopened),
      cmocka_unit_test(test_fixed),
      cmocka_unit_test(test_fixed_and_wrong),
      cmocka_unit_test(test_stays),
  };
  return cmocka_run_group_tests_name("hunt", tests, NULL, NULL);
}
