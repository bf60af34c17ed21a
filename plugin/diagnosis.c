/*
 * diagnosis.c - what is wrong on a line, in one sentence.
 *
 * The problem: of a line that gives no telegrams, everything looks the same,
 * and one that gives some is not well for that. A telegram that was cut in the
 * middle of a line even vanishes in the next one, which the framer finds whole.
 *
 * The policy:
 *   - A telegram that comes whole is proof, and forgets all doubts about bytes.
 *     While they come, only the share of damaged ones among the last 32 counts.
 *   - When none has come for a while, the bytes since the last one tell
 *     (bytekind.c). A kind that was recognised by its own marks is believed at
 *     once. What is only not recognised may be the rest of an encrypted frame,
 *     so garbage is said after a second stretch of it.
 *   - Where telegrams are cut is followed here: a beginning that comes before
 *     the last one ended has cut it, and an end without a beginning too. The
 *     first one after opening is always joined late and does not count.
 *   - Nothing is said that a few bytes more might revoke.
 */
#include "diagnosis.h"

#include "bytekind.h"

#include <string.h>

/* No dialect is slower than one telegram in 10 s, or faster than one in 1 s. */
#define PACE_MAX_MS 10000
#define PACE_MIN_MS 1000

/* A line that is quiet for so long is between two telegrams. A reader takes
 * what a telegram brings at most 300 ms apart; meters rest for 0.9 s or more.
 */
#define QUIET_MS 500

/* After so long without a byte the line is called silent: one and a half paces
 * of the slowest meter. */
#define SILENT_MS 15000

/* For so long after a whole telegram bytes are not doubted: two paces and a
 * half, and at least this. */
#define FRESH_MS 5000

/* A stretch of bytes without a quiet that holds a whole frame of another
 * protocol, wherever in one it began: HDLC has 2,047 bytes at most, the longest
 * encrypted frame known has 1,515. */
#define LONG_STRETCH 3000

/* A break gives one NUL; two telegrams' breaks are less than this. */
#define FEWEST_NULS 16
#define NULS_TO_OTHERS 16

/* NULs in a row that are kept in the sample. */
#define NULS_KEPT 4

/* Bytes after a whole telegram that tell nothing: its line's end, and noise. */
#define FEW_BYTES 32

/* A telegram has at least two objects; noise with a slash has none. */
#define FEWEST_OBJECTS 2

/* How many of the last 32 must be damaged, and cut. */
#define FEWEST_DAMAGED 2
#define FEWEST_CUT 4

/* Bad CRCs that are alike in all else before it is said that the meter has
 * another CRC. Damage that cannot be seen but by the CRC (a digit for a digit)
 * is a third of all damage. */
#define FEWEST_ALIKE 6

/* A text message or a counter may change a telegram's length by this. */
#define LENGTH_TOLERANCE 16

static uint32_t count_ones(uint32_t bits) {
  uint32_t ones = 0;
  for (; bits != 0; bits &= bits - 1)
    ones++;
  return ones;
}

static uint32_t distance(uint32_t a, uint32_t b) {
  return a > b ? a - b : b - a;
}

/* ---- the last telegrams ---- */

static void remember(struct p1_diagnosis *d, bool damaged, bool cut,
                     bool bare) {
  d->_damaged = d->_damaged << 1 | (damaged ? 1u : 0u);
  d->_cut = d->_cut << 1 | (cut ? 1u : 0u);
  d->_bare = d->_bare << 1 | (bare ? 1u : 0u);
  if (d->_seen < 32)
    d->_seen++;
}

static void remember_cut(struct p1_diagnosis *d, enum p1_cut_part part,
                         uint32_t place) {
  p1_cuts_add(&d->_cuts, part, place);
  remember(d, true, true, false);
}

static void forget_telegrams(struct p1_diagnosis *d) {
  d->_damaged = d->_cut = d->_bare = 0;
  d->_seen = 0;
  p1_cuts_forget(&d->_cuts);
}

static void forget_bytes(struct p1_diagnosis *d) {
  d->_amount = d->_nuls = 0;
  d->_bursts = 0;
  d->_fill = 0;
}

static int64_t clamp_pace(int64_t ms) {
  return ms < PACE_MIN_MS ? PACE_MIN_MS : ms > PACE_MAX_MS ? PACE_MAX_MS : ms;
}

/* The larger of the last two gaps: a reader that comes late is given two
 * telegrams at once. */
static void measure_pace(struct p1_diagnosis *d, int64_t now_ms) {
  if (d->_any_good) {
    int64_t gap_ms = clamp_pace(now_ms - d->_good_ms);
    d->_pace_ms = gap_ms > d->_gap_ms ? gap_ms : d->_gap_ms;
    d->_gap_ms = gap_ms;
  }
  d->_any_good = true;
  d->_good_ms = now_ms;
}

static void take_whole(struct p1_diagnosis *d, uint32_t length,
                       int64_t now_ms) {
  if (!d->_any_good && d->_seen <= FEWEST_DAMAGED) /* there was no measure */
    forget_telegrams(d);
  /* One before it was cut in a line, and the framer went over it. */
  if (d->_cuts.closed > length + LENGTH_TOLERANCE && d->_fill > length &&
      p1_byte_kind(d->_sample, d->_fill - length) == P1_BYTES_P1)
    remember_cut(d, P1_CUT_END, d->_cuts.closed - length);
  measure_pace(d, now_ms);
  remember(d, false, false, false);
  d->counts.telegrams++;
  d->_length_before = d->_length_whole;
  d->_length_whole = length;
  d->_alike = 0;
  forget_bytes(d);
}

/* Bytes are missing from the middle when it is shorter than the last two whole
 * ones, or much longer, being two halves. Where there never was a whole one,
 * the longest bad one is what it is compared with. */
static bool misses_bytes(const struct p1_diagnosis *d, uint32_t length) {
  uint32_t whole = d->_length_whole, before = d->_length_before;
  if (whole == 0)
    return d->_bad_longest > 0 && distance(length, d->_bad_longest) > 2;
  return (length < whole && (before == 0 || length < before)) ||
         (length > whole + LENGTH_TOLERANCE &&
          length > before + LENGTH_TOLERANCE);
}

static void take_bad(struct p1_diagnosis *d, uint32_t length,
                     const struct p1_telegram *telegram) {
  uint32_t form = (uint32_t)telegram->count << 16 ^
                  (uint32_t)telegram->unknown << 8 ^ telegram->malformed;
  bool missing = misses_bytes(d, length);
  bool alike = !missing && d->_alike > 0 && form == d->_bad_form;
  d->_alike = alike ? d->_alike + 1 : 1;
  if (length > d->_bad_longest)
    d->_bad_longest = length;
  d->_bad_form = form;
  if (missing)
    remember_cut(d, P1_CUT_MIDDLE, length);
  else
    remember(d, true, false, false);
}

void p1_diagnosis_event(struct p1_diagnosis *diagnosis,
                        enum p1_frame_event event,
                        const struct p1_framer *framer,
                        const struct p1_telegram *telegram, int64_t now_ms) {
  struct p1_diagnosis *d = diagnosis;
  if (event != P1_FRAME_TELEGRAM && event != P1_FRAME_BAD_CRC)
    return;
  uint32_t length = (uint32_t)framer->length;
  p1_cuts_framed(&d->_cuts);
  bool formed = telegram->header.n > 3 && telegram->count >= FEWEST_OBJECTS;
  bool due = d->_crc_seen || p1_telegram_promises_crc(telegram);
  d->counts.bad_crc += framer->crc == P1_CRC_BAD;
  if (framer->crc == P1_CRC_OK) {
    d->_crc_seen = true;
    take_whole(d, length, now_ms);
  } else if (!formed) {
    return;
  } else if (d->_ignore_crc || (framer->crc == P1_CRC_ABSENT && !due)) {
    take_whole(d, length, now_ms);
  } else if (framer->crc == P1_CRC_ABSENT) {
    d->counts.missing_crc++;
    remember(d, true, false, true);
  } else {
    take_bad(d, length, telegram);
  }
}

/* ---- bytes ---- */

static void keep(struct p1_diagnosis *d, const char *bytes, size_t n) {
  while (n > 0) {
    if (d->_fill == P1_DIAGNOSIS_SAMPLE) {
      d->_fill = P1_DIAGNOSIS_SAMPLE / 2;
      memmove(d->_sample, d->_sample + d->_fill, d->_fill);
    }
    size_t room = P1_DIAGNOSIS_SAMPLE - (size_t)d->_fill;
    size_t taken = n < room ? n : room;
    memcpy(d->_sample + d->_fill, bytes, taken);
    d->_fill = (uint16_t)(d->_fill + taken);
    bytes += taken;
    n -= taken;
  }
}

/* A line that is held low brings NULs without end, which must not drive out
 * the bytes between them. */
static void keep_nul(struct p1_diagnosis *d) {
  static const char nuls[NULS_KEPT];
  d->_nuls++;
  d->counts.nuls++;
  if (d->_fill < NULS_KEPT ||
      memcmp(d->_sample + d->_fill - NULS_KEPT, nuls, NULS_KEPT) != 0)
    keep(d, nuls, 1);
}

static void keep_all(struct p1_diagnosis *d, const char *bytes, size_t n) {
  const char *end = bytes + n;
  for (const char *at = bytes; at < end; at++) {
    const char *nul = memchr(at, '\0', (size_t)(end - at));
    if (nul == NULL)
      nul = end;
    keep(d, at, (size_t)(nul - at));
    at = nul;
    if (nul < end)
      keep_nul(d);
  }
}

void p1_diagnosis_bytes(struct p1_diagnosis *diagnosis, const char *bytes,
                        size_t n, int64_t now_ms) {
  struct p1_diagnosis *d = diagnosis;
  if (n == 0)
    return;
  bool after_quiet = !d->_any_byte || now_ms - d->_byte_ms >= QUIET_MS;
  if (after_quiet || d->_bursts == 0)
    d->_bursts += d->_bursts < UINT32_MAX;
  d->_any_byte = true;
  d->_byte_ms = now_ms;
  d->counts.bytes += n;
  d->_amount += n;
  keep_all(d, bytes, n);
  for (unsigned cuts = p1_cuts_follow(&d->_cuts, bytes, n, after_quiet);
       cuts > 0; cuts--) {
    d->counts.cut++;
    remember(d, true, true, false);
  }
}

/* ---- the verdict ---- */

static enum p1_diagnosis_verdict from_cuts(const struct p1_diagnosis *d,
                                           uint32_t cut) {
  if (cut < FEWEST_CUT)
    return P1_DIAGNOSIS_UNDECIDED;
  switch (p1_cuts_pattern(&d->_cuts)) {
  case P1_CUTS_SAME_PLACE:
    return P1_DIAGNOSIS_CUT;
  case P1_CUTS_ANYWHERE:
    return P1_DIAGNOSIS_LOSSY;
  case P1_CUTS_UNCLEAR:
    break;
  }
  return P1_DIAGNOSIS_UNDECIDED;
}

/* Where none is whole there is nothing to measure the bad ones by, but one
 * another. */
static enum p1_diagnosis_verdict from_bad(const struct p1_diagnosis *d,
                                          uint32_t damaged) {
  if (damaged < d->_seen)
    return P1_DIAGNOSIS_CRC;
  if (d->_alike >= FEWEST_ALIKE && 2 * d->_alike >= damaged)
    return P1_DIAGNOSIS_OTHER_CRC;
  return damaged >= FEWEST_ALIKE && 2 * d->_alike < damaged
             ? P1_DIAGNOSIS_CRC
             : P1_DIAGNOSIS_UNDECIDED;
}

/* What the last telegrams tell; UNDECIDED when they are all right. */
static enum p1_diagnosis_verdict from_telegrams(const struct p1_diagnosis *d) {
  uint32_t damaged = count_ones(d->_damaged);
  uint32_t cut = count_ones(d->_cut);
  if (damaged < FEWEST_DAMAGED)
    return P1_DIAGNOSIS_UNDECIDED;
  if (2 * count_ones(d->_bare) > damaged)
    return P1_DIAGNOSIS_NO_CRC;
  if (3 * cut >= damaged)
    return from_cuts(d, cut);
  return from_bad(d, damaged);
}

/* Two stretches and the quiet after them, or a long one. The first may have
 * been joined in the middle of a frame. */
static bool heard_enough(const struct p1_diagnosis *d, int64_t now_ms) {
  return d->_bursts > 2 || d->_amount >= LONG_STRETCH ||
         (d->_bursts == 2 && p1_diagnosis_quiet_ms(d, now_ms) >= QUIET_MS);
}

static enum p1_diagnosis_verdict from_bytes(const struct p1_diagnosis *d,
                                            int64_t now_ms) {
  static const enum p1_diagnosis_verdict of[] = {
      [P1_BYTES_7E1] = P1_DIAGNOSIS_7E1,
      [P1_BYTES_8N1] = P1_DIAGNOSIS_8N1,
      [P1_BYTES_TEXT] = P1_DIAGNOSIS_TEXT,
      [P1_BYTES_INVERTED] = P1_DIAGNOSIS_INVERTED,
      [P1_BYTES_ENCRYPTED] = P1_DIAGNOSIS_ENCRYPTED,
      [P1_BYTES_HDLC] = P1_DIAGNOSIS_HDLC,
      [P1_BYTES_MBUS] = P1_DIAGNOSIS_MBUS,
  };
  enum p1_byte_kind kind = p1_byte_kind(d->_sample, d->_fill);
  if (kind == P1_BYTES_P1)
    return P1_DIAGNOSIS_UNDECIDED;
  if (kind != P1_BYTES_UNCLEAR && kind != P1_BYTES_RANDOM)
    return of[kind];
  if (d->_nuls >= FEWEST_NULS &&
      (d->_amount - d->_nuls) * NULS_TO_OTHERS <= d->_nuls)
    return P1_DIAGNOSIS_NULS;
  return kind == P1_BYTES_RANDOM && heard_enough(d, now_ms)
             ? P1_DIAGNOSIS_GARBAGE
             : P1_DIAGNOSIS_UNDECIDED;
}

static bool is_silent(const struct p1_diagnosis *d, int64_t now_ms) {
  int64_t quiet_ms = p1_diagnosis_quiet_ms(d, now_ms);
  return quiet_ms >= SILENT_MS && quiet_ms >= 3 * d->_pace_ms;
}

static bool is_fresh(const struct p1_diagnosis *d, int64_t now_ms) {
  int64_t pace_ms = d->_pace_ms > 0 ? d->_pace_ms : PACE_MAX_MS;
  int64_t fresh_ms = 5 * pace_ms / 2;
  return d->_any_good &&
         now_ms - d->_good_ms < (fresh_ms > FRESH_MS ? fresh_ms : FRESH_MS);
}

enum p1_diagnosis_verdict
p1_diagnosis_verdict(const struct p1_diagnosis *diagnosis, int64_t now_ms) {
  const struct p1_diagnosis *d = diagnosis;
  if (is_silent(d, now_ms))
    return d->counts.bytes > 0 ? P1_DIAGNOSIS_STOPPED : P1_DIAGNOSIS_NOTHING;
  bool fresh = is_fresh(d, now_ms) || (d->_any_good && d->_amount < FEW_BYTES);
  enum p1_diagnosis_verdict verdict =
      fresh ? P1_DIAGNOSIS_UNDECIDED : from_bytes(d, now_ms);
  if (verdict != P1_DIAGNOSIS_UNDECIDED)
    return verdict;
  verdict = from_telegrams(d);
  return verdict == P1_DIAGNOSIS_UNDECIDED && fresh ? P1_DIAGNOSIS_HEALTHY
                                                    : verdict;
}

bool p1_diagnosis_shows_p1(const struct p1_diagnosis *diagnosis) {
  return diagnosis->_any_good ||
         p1_byte_kind(diagnosis->_sample, diagnosis->_fill) == P1_BYTES_P1;
}

int64_t p1_diagnosis_quiet_ms(const struct p1_diagnosis *diagnosis,
                              int64_t now_ms) {
  return now_ms - diagnosis->_byte_ms;
}

/* ---- beginning ---- */

void p1_diagnosis_init(struct p1_diagnosis *diagnosis, bool ignore_crc,
                       int64_t now_ms) {
  memset(diagnosis, 0, sizeof(*diagnosis));
  diagnosis->_ignore_crc = ignore_crc;
  diagnosis->_byte_ms = now_ms;
}

void p1_diagnosis_retuned(struct p1_diagnosis *diagnosis) {
  struct p1_diagnosis_counts counts = diagnosis->counts;
  bool ignore_crc = diagnosis->_ignore_crc;
  p1_diagnosis_init(diagnosis, ignore_crc, diagnosis->_byte_ms);
  diagnosis->counts = counts;
}
