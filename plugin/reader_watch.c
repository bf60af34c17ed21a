/*
 * The problem: people do not know their meter's settings, and what does not fit
 * is told by nobody: garbage, half telegrams, or silence.
 *
 * The policy: one diagnosis (diagnosis.h) hears everything. The hunt asks it
 * what to try; people are told its verdict, in its own words, when no telegram
 * has come for a while or when it finds telegrams damaged. One damaged telegram
 * in a while is counted and not told: it is of no consequence. While the hunt
 * has not tried all there is, garbage is not told either.
 */
#include "reader_watch.h"

#include "p1/telegram.h"
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* No dialect is slower than one telegram in 10 s. */
#define SILENCE_MS 30000
#define SILENCE_PACES 3

/* While the hunt is on its way a verdict may be its own doing. It gives a line
 * 36 s at most and knows three or four; after that something has to be said.
 */
#define HUNT_MS 150000

void p1_watch_init(struct p1_watch *watch,
                   const struct p1_watch_options *options, int64_t now_ms) {
  watch->_tunable = options->tunable;
  watch->_introduced = watch->_damage = false;
  watch->_ignore_crc = options->ignore_crc;
  watch->_silence_given = options->silence_ms > 0;
  watch->_silence_ms = watch->_silence_given ? options->silence_ms : SILENCE_MS;
  watch->_heard_ms = now_ms;
  p1_hunt_init(&watch->_hunt, options->speed, options->framing, now_ms);
  watch->_told = p1_hunt_line(&watch->_hunt);
  p1_diagnosis_init(&watch->_diagnosis, options->ignore_crc, now_ms);
}

/* ---- what is told ---- */

static bool same_line(struct p1_hunt_line one, struct p1_hunt_line other) {
  return one.speed == other.speed && one.framing == other.framing;
}

/* Not when the first that was tried is the one. */
static void tell_found(struct p1_watch *watch) {
  struct p1_hunt_line line = p1_hunt_line(&watch->_hunt);
  if (!watch->_tunable || same_line(line, watch->_told))
    return;
  watch->_told = line;
  char sentence[48];
  snprintf(sentence, sizeof(sentence), "%d %s found", line.speed,
           p1_framing_name(line.framing));
  p1_say(&watch->voice, P1_LOG_NOTICE, sentence);
}

/* Kind of meter and use of the CRC, no serial number. */
static void introduce(struct p1_watch *watch, const struct p1_framer *framer,
                      const struct p1_telegram *telegram) {
  static const char *const crc[] = {
      [P1_CRC_ABSENT] = "without CRC",
      [P1_CRC_OK] = "CRC ok",
      [P1_CRC_BAD] = "CRC bad and ignored",
  };
  if (watch->_introduced)
    return;
  watch->_introduced = true;
  char model[5];
  p1_telegram_model(telegram, model);
  char sentence[64];
  snprintf(sentence, sizeof(sentence), "reading %s%s telegrams, %s",
           model[0] != '\0' ? "/" : "", model, crc[framer->crc]);
  p1_say(&watch->voice, P1_LOG_NOTICE, sentence);
}

/* A silence that the diagnosis does not call one yet: the user wants to know
 * sooner, or a few stray bytes keep it from that. */
static enum p1_diagnosis_verdict of_silence(const struct p1_watch *watch,
                                            enum p1_diagnosis_verdict verdict) {
  if (verdict != P1_DIAGNOSIS_HEALTHY && verdict != P1_DIAGNOSIS_UNDECIDED)
    return verdict;
  if (watch->_diagnosis.counts.bytes == 0)
    return P1_DIAGNOSIS_NOTHING;
  return verdict == P1_DIAGNOSIS_HEALTHY ? P1_DIAGNOSIS_STOPPED : verdict;
}

static void tell_silence(struct p1_watch *watch, int64_t now_ms) {
  int64_t silent_ms = now_ms - watch->_heard_ms;
  if (silent_ms < watch->_silence_ms)
    return;
  enum p1_diagnosis_verdict verdict =
      of_silence(watch, p1_diagnosis_verdict(&watch->_diagnosis, now_ms));
  if (watch->_tunable && silent_ms < HUNT_MS &&
      !p1_hunt_settled(&watch->_hunt, verdict))
    return;
  char sentence[P1_SOURCE_MESSAGE_MAX];
  snprintf(sentence, sizeof(sentence), "no telegram for %" PRId64 " s: %s",
           silent_ms / 1000, p1_diagnosis_sentence(verdict));
  p1_complain(&watch->voice, P1_CAUSE_SILENCE, (uint32_t)verdict, now_ms,
              P1_LOG_WARNING, sentence);
}

static uint64_t damaged(const struct p1_diagnosis_counts *counts) {
  return counts->bad_crc + counts->missing_crc + counts->cut;
}

static void tell_damage(struct p1_watch *watch, int64_t now_ms) {
  if (!watch->_damage)
    return;
  watch->_damage = false;
  enum p1_diagnosis_verdict verdict =
      p1_diagnosis_verdict(&watch->_diagnosis, now_ms);
  switch (verdict) {
  case P1_DIAGNOSIS_CRC:
  case P1_DIAGNOSIS_OTHER_CRC:
  case P1_DIAGNOSIS_NO_CRC:
  case P1_DIAGNOSIS_CUT:
  case P1_DIAGNOSIS_LOSSY:
    p1_complain(&watch->voice, P1_CAUSE_DAMAGE, (uint32_t)verdict, now_ms,
                P1_LOG_WARNING, p1_diagnosis_sentence(verdict));
    break;
  default:
    break;
  }
}

/* ---- what is heard ---- */

struct p1_hunt_line p1_watch_opening(struct p1_watch *watch, int64_t now_ms) {
  p1_hunt_reopened(&watch->_hunt, now_ms);
  return p1_hunt_line(&watch->_hunt);
}

void p1_watch_opened(struct p1_watch *watch, int64_t now_ms) {
  watch->_heard_ms = now_ms;
  watch->_damage = false;
  p1_diagnosis_init(&watch->_diagnosis, watch->_ignore_crc, now_ms);
}

void p1_watch_bytes(struct p1_watch *watch, const char *bytes, size_t n,
                    int64_t now_ms) {
  uint64_t before = damaged(&watch->_diagnosis.counts);
  p1_diagnosis_bytes(&watch->_diagnosis, bytes, n, now_ms);
  watch->_damage |= damaged(&watch->_diagnosis.counts) != before;
}

void p1_watch_event(struct p1_watch *watch, enum p1_frame_event event,
                    const struct p1_framer *framer,
                    const struct p1_telegram *telegram, int64_t now_ms) {
  if (event != P1_FRAME_TELEGRAM && event != P1_FRAME_BAD_CRC)
    return;
  uint64_t before = damaged(&watch->_diagnosis.counts);
  p1_diagnosis_event(&watch->_diagnosis, event, framer, telegram, now_ms);
  watch->_damage |= damaged(&watch->_diagnosis.counts) != before;
  /* Noise makes frames too. A telegram, even a damaged one, has a CRC that fits
   * or objects in it. */
  if (framer->crc != P1_CRC_OK && telegram->count < 2)
    return;
  watch->_heard_ms = now_ms;
  p1_recovered(&watch->voice, P1_CAUSE_SILENCE, "the meter is speaking again");
  if (p1_diagnosis_verdict(&watch->_diagnosis, now_ms) == P1_DIAGNOSIS_HEALTHY)
    p1_recovered(&watch->voice, P1_CAUSE_DAMAGE, "telegrams are whole again");
}

void p1_watch_accepted(struct p1_watch *watch, const struct p1_framer *framer,
                       const struct p1_telegram *telegram, int64_t pace_ms) {
  tell_found(watch);
  introduce(watch, framer, telegram);
  int64_t paces_ms = SILENCE_PACES * pace_ms;
  if (!watch->_silence_given)
    watch->_silence_ms = paces_ms > SILENCE_MS ? paces_ms : SILENCE_MS;
}

bool p1_watch_step(struct p1_watch *watch, int64_t now_ms,
                   struct p1_hunt_line *line) {
  tell_damage(watch, now_ms);
  tell_silence(watch, now_ms);
  if (!watch->_tunable ||
      !p1_hunt_step(&watch->_hunt, &watch->_diagnosis, now_ms))
    return false;
  p1_diagnosis_retuned(&watch->_diagnosis);
  *line = p1_hunt_line(&watch->_hunt);
  return true;
}
