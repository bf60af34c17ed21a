/*
 * ear.h - listens to a line as a reader does: takes bytes in portions, frames
 * and reads them, and feeds a diagnosis. Its clock is the test's own.
 */
#ifndef P1_EAR_H
#define P1_EAR_H

#include "torture.h"

#include "diagnosis.h"
#include "sim_random.h"

struct ear {
  struct p1_framer framer;
  struct p1_telegram telegram;
  struct p1_diagnosis diagnosis;
  struct p1_sim_random random; /* for the sizes of portions */
  int64_t now_ms;
  size_t whole; /* telegrams that a meter would take, if not for its past */
  uint32_t verdicts; /* one bit for each that was given */
};

static inline void ear_open(struct ear *ear, uint64_t seed) {
  p1_framer_init(&ear->framer);
  ear->random.state = p1_sim_mix(seed + 77);
  ear->now_ms = 1000000 + (int64_t)(seed % 1000);
  ear->whole = 0;
  ear->verdicts = 0;
  p1_diagnosis_init(&ear->diagnosis, false, ear->now_ms);
}

static inline enum p1_diagnosis_verdict ear_verdict(struct ear *ear) {
  enum p1_diagnosis_verdict verdict =
      p1_diagnosis_verdict(&ear->diagnosis, ear->now_ms);
  assert_in_range(verdict, 0, P1_DIAGNOSIS_COUNT - 1);
  ear->verdicts |= 1u << verdict;
  return verdict;
}

/* Time goes by, and nothing comes. */
static inline void ear_wait(struct ear *ear, int64_t ms) {
  for (; ms > 1000; ms -= 1000) {
    ear->now_ms += 1000;
    ear_verdict(ear);
  }
  ear->now_ms += ms;
  ear_verdict(ear);
}

/* One portion comes now. */
static inline void ear_take(struct ear *ear, const char *bytes, size_t n) {
  enum p1_frame_event event = P1_FRAME_MORE;
  do {
    size_t taken = p1_framer_push(&ear->framer, bytes, n, &event);
    p1_diagnosis_bytes(&ear->diagnosis, bytes, taken, ear->now_ms);
    if (event == P1_FRAME_TELEGRAM || event == P1_FRAME_BAD_CRC)
      p1_telegram_parse(&ear->telegram, ear->framer.telegram,
                        ear->framer.length);
    ear->whole += event == P1_FRAME_TELEGRAM && ear->telegram.count >= 2;
    p1_diagnosis_event(&ear->diagnosis, event, &ear->framer, &ear->telegram,
                       ear->now_ms);
    bytes += taken;
    n -= taken;
  } while (event != P1_FRAME_MORE);
  ear_verdict(ear);
}

/* A burst comes, in portions a little apart, or in one. */
static inline void ear_hear(struct ear *ear, const char *bytes, size_t n) {
  while (n > 0) {
    size_t most = p1_sim_below(&ear->random, 3) == 0 ? n : 1 + n / 4;
    size_t taken = 1 + p1_sim_below(&ear->random, (uint32_t)most);
    ear_take(ear, bytes, taken);
    bytes += taken;
    n -= taken;
    if (n > 0)
      ear->now_ms += 2 + p1_sim_below(&ear->random, 12);
  }
}

#endif
