/*
 * hunt.c - finds out a meter's speed and framing.
 *
 * The problem: a wrong speed gives garbage, but only when the meter speaks,
 * which may be once in 10 s; silence tells nothing about it. And garbage may be
 * noise on the right line.
 *
 * The policy:
 *   - Telegrams, damaged ones too, show the right line. It is left only when
 *     none has come for two paces and a half and what comes is garbage
 *     (diagnosis.c sees to both), or after a long silence.
 *   - Text of the wrong framing says where to go.
 *   - Garbage and NULs are no text at any framing of this speed: the other
 *     speed is next, at once. When no line fits, it may be noise on the right
 *     one: from then on each is given the time for a telegram in between.
 *   - What is readable but is no P1 (encrypted, another protocol, inverted)
 *     will not get better elsewhere: stay, so that it can be told.
 *   - Silence is waited for as long as the slowest meter pauses, and then the
 *     lines take turns, since some adapters swallow what they cannot read.
 */
#include "hunt.h"

/* DSMR 2.2 meters speak every 10 s; a telegram takes 1 s of that or more. */
#define SILENCE_MS 12000

/* Bytes that stay unclear are given as long as three such telegrams. */
#define UNCLEAR_MS 36000

/* After a silence of this length the meter may be another one. Until then the
 * line that was good is best: a meter that comes back is heard at once. */
#define FORGET_MS 600000

static const struct p1_hunt_line in_use[] = {
    {115200, P1_FRAMING_8N1}, {9600, P1_FRAMING_7E1}, {9600, P1_FRAMING_8N1}};

/* Adds a line; nothing when it is there already. */
static void add(struct p1_hunt *hunt, int speed, enum p1_framing framing) {
  for (int i = 0; i < hunt->_count; i++)
    if (hunt->_lines[i].speed == speed && hunt->_lines[i].framing == framing)
      return;
  hunt->_lines[hunt->_count++] = (struct p1_hunt_line){speed, framing};
}

/* The lines in use that fit what the user has fixed, and what else can be made
 * of that: a framing goes with both speeds, and a speed that no meter has goes
 * with both framings. */
static void fill_lines(struct p1_hunt *hunt, int speed,
                       const enum p1_framing *framing) {
  for (size_t i = 0; i < sizeof(in_use) / sizeof(in_use[0]); i++)
    if ((speed == 0 || speed == in_use[i].speed) &&
        (framing == NULL || *framing == in_use[i].framing))
      add(hunt, in_use[i].speed, in_use[i].framing);
  if (framing != NULL) {
    add(hunt, speed == 0 ? 115200 : speed, *framing);
    add(hunt, speed == 0 ? 9600 : speed, *framing);
  } else if (hunt->_count == 0) {
    add(hunt, speed, P1_FRAMING_8N1);
    add(hunt, speed, P1_FRAMING_7E1);
  }
}

void p1_hunt_init(struct p1_hunt *hunt, int speed,
                  const enum p1_framing *framing, int64_t now_ms) {
  *hunt = (struct p1_hunt){
      ._framing_fixed = framing != NULL, ._good = -1, ._since_ms = now_ms};
  fill_lines(hunt, speed, framing);
}

struct p1_hunt_line p1_hunt_line(const struct p1_hunt *hunt) {
  return hunt->_lines[hunt->_current];
}

/* Whether a line can still be added, for a framing that the bytes show. */
static bool can_add(const struct p1_hunt *hunt) {
  return !hunt->_framing_fixed && hunt->_count < P1_HUNT_MAX;
}

bool p1_hunt_settled(const struct p1_hunt *hunt,
                     enum p1_diagnosis_verdict verdict) {
  bool all_tried = hunt->_rounds > 0 || hunt->_count == 1;
  switch (verdict) {
  case P1_DIAGNOSIS_UNDECIDED:
    return false;
  case P1_DIAGNOSIS_NULS:
  case P1_DIAGNOSIS_GARBAGE:
  case P1_DIAGNOSIS_TEXT:
    return all_tried;
  case P1_DIAGNOSIS_7E1:
  case P1_DIAGNOSIS_8N1:
    return hunt->_framing_fixed;
  default:
    return true;
  }
}

static bool go_to(struct p1_hunt *hunt, int index, int64_t now_ms) {
  hunt->_current = (uint8_t)index;
  hunt->_since_ms = now_ms;
  hunt->_locked = false;
  return true;
}

static void forget(struct p1_hunt *hunt) {
  hunt->_unfit = 0;
  hunt->_rounds = 0;
}

bool p1_hunt_reopened(struct p1_hunt *hunt, int64_t now_ms) {
  bool other = hunt->_good >= 0 && hunt->_good != (int)hunt->_current;
  if (other)
    hunt->_current = (uint8_t)hunt->_good;
  forget(hunt);
  hunt->_since_ms = hunt->_heard_ms = now_ms;
  hunt->_locked = hunt->_good >= 0;
  return other;
}

static uint8_t bit_of(int index) { return (uint8_t)(1u << index); }

/* Whether a line other than the current one may fit, of another speed when that
 * is wanted. */
static bool may_fit(const struct p1_hunt *hunt, int index, bool other_speed) {
  int speed = hunt->_lines[hunt->_current].speed;
  return index != (int)hunt->_current && (hunt->_unfit & bit_of(index)) == 0 &&
         !(other_speed && hunt->_lines[index].speed == speed);
}

/* The line that was good last, or the first that may fit; -1 when there is
 * none. */
static int find_fit(const struct p1_hunt *hunt, bool other_speed) {
  if (hunt->_good >= 0 && may_fit(hunt, hunt->_good, other_speed))
    return hunt->_good;
  for (int i = 0; i < hunt->_count; i++)
    if (may_fit(hunt, i, other_speed))
      return i;
  return -1;
}

static int find_next(const struct p1_hunt *hunt) {
  int next = find_fit(hunt, true);
  return next >= 0 ? next : find_fit(hunt, false);
}

/* The bytes on this line do not fit. */
static bool leave(struct p1_hunt *hunt, int64_t now_ms) {
  if (hunt->_count == 1)
    return false;
  hunt->_unfit |= bit_of(hunt->_current);
  int next = find_next(hunt);
  if (next < 0) {
    hunt->_rounds += hunt->_rounds < UINT32_MAX;
    hunt->_unfit = bit_of(hunt->_current);
    next = find_next(hunt);
  }
  return go_to(hunt, next, now_ms);
}

/* Nothing came: the next line in turn, and after each the one that was good. */
static bool rotate(struct p1_hunt *hunt, int64_t now_ms) {
  if (hunt->_count == 1)
    return false;
  if (hunt->_good >= 0 && hunt->_good != (int)hunt->_current)
    return go_to(hunt, hunt->_good, now_ms);
  do {
    hunt->_turn = (uint8_t)((hunt->_turn + 1u) % hunt->_count);
  } while (hunt->_turn == hunt->_current);
  return go_to(hunt, hunt->_turn, now_ms);
}

/* Goes to another framing of the same speed; stays when the user has fixed the
 * one that does not fit. */
static bool reframe(struct p1_hunt *hunt, enum p1_framing framing,
                    int64_t now_ms) {
  int speed = hunt->_lines[hunt->_current].speed;
  if (can_add(hunt))
    add(hunt, speed, framing);
  for (int i = 0; i < hunt->_count; i++)
    if (hunt->_lines[i].speed == speed && hunt->_lines[i].framing == framing)
      return i != (int)hunt->_current && go_to(hunt, i, now_ms);
  return false;
}

static void lock(struct p1_hunt *hunt, int64_t now_ms) {
  hunt->_locked = true;
  hunt->_good = (int8_t)hunt->_current;
  hunt->_heard_ms = now_ms;
  forget(hunt);
}

/* Nothing came that says where to go. */
static bool wait_or_move(struct p1_hunt *hunt,
                         const struct p1_diagnosis *diagnosis, int64_t now_ms) {
  if (hunt->_locked && now_ms - hunt->_heard_ms < FORGET_MS)
    return false;
  int64_t here_ms = now_ms - hunt->_since_ms;
  bool silent = here_ms >= SILENCE_MS &&
                p1_diagnosis_quiet_ms(diagnosis, now_ms) >= SILENCE_MS;
  if (!silent && here_ms < UNCLEAR_MS)
    return false;
  if (!hunt->_locked && p1_diagnosis_shows_p1(diagnosis)) {
    lock(hunt, now_ms);
    return false;
  }
  return silent ? rotate(hunt, now_ms) : leave(hunt, now_ms);
}

/* In the second round and later this may be the right line with noise on it. */
static bool leave_garbage(struct p1_hunt *hunt, int64_t now_ms) {
  if (hunt->_rounds > 0 && now_ms - hunt->_since_ms < SILENCE_MS)
    return false;
  return leave(hunt, now_ms);
}

bool p1_hunt_step(struct p1_hunt *hunt, const struct p1_diagnosis *diagnosis,
                  int64_t now_ms) {
  switch (p1_diagnosis_verdict(diagnosis, now_ms)) {
  case P1_DIAGNOSIS_HEALTHY:
  case P1_DIAGNOSIS_CRC:
  case P1_DIAGNOSIS_OTHER_CRC:
  case P1_DIAGNOSIS_NO_CRC:
  case P1_DIAGNOSIS_CUT:
  case P1_DIAGNOSIS_LOSSY:
    lock(hunt, now_ms);
    return false;
  case P1_DIAGNOSIS_INVERTED:
  case P1_DIAGNOSIS_ENCRYPTED:
  case P1_DIAGNOSIS_HDLC:
  case P1_DIAGNOSIS_MBUS:
    return false;
  case P1_DIAGNOSIS_7E1:
    return reframe(hunt, P1_FRAMING_7E1, now_ms);
  case P1_DIAGNOSIS_8N1:
    return reframe(hunt, P1_FRAMING_8N1, now_ms);
  case P1_DIAGNOSIS_NULS:
  case P1_DIAGNOSIS_GARBAGE:
    return leave_garbage(hunt, now_ms);
  case P1_DIAGNOSIS_UNDECIDED:
  case P1_DIAGNOSIS_NOTHING:
  case P1_DIAGNOSIS_STOPPED:
  case P1_DIAGNOSIS_TEXT:
  case P1_DIAGNOSIS_COUNT:
    break;
  }
  return wait_or_move(hunt, diagnosis, now_ms);
}
