/*
 * The problem: the verdict changes while a hunt tries one speed after another,
 * and a terminal wants to see it move while a log wants to see what is new.
 *
 * The policy: one verdict, worked out here. A terminal gets a block that is
 * written over each second, anything else one line for each new verdict; both
 * end with the same summary.
 */
#include "checkup.h"

#include "p1/telegram.h"
#include "p1ctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* A terminal's block is shown again after this. */
#define REFRESH_MS 1000

/* Columns that every terminal has, and those of the block's headings. */
#define COLUMNS 79
#define HEADING 12

/* A verdict's word and sentence, with room. */
#define VERDICT_MAX 320

void p1ctl_checkup_init(struct p1ctl_checkup *checkup,
                        const struct p1ctl_checkup_options *options, FILE *out,
                        int64_t now_ms) {
  memset(checkup, 0, sizeof(*checkup));
  checkup->options = *options;
  checkup->out = out;
  checkup->begun_ms = now_ms;
  checkup->shown_ms = now_ms - REFRESH_MS;
  p1_framer_init(&checkup->framer);
  p1_diagnosis_init(&checkup->diagnosis, false, now_ms);
  p1_hunt_init(&checkup->hunt, options->speed, options->framing, now_ms);
  checkup->options.framing = NULL; /* not ours to keep */
}

struct p1_hunt_line p1ctl_checkup_line(const struct p1ctl_checkup *checkup) {
  return p1_hunt_line(&checkup->hunt);
}

/* ---- bytes ---- */

static void count(struct p1ctl_checkup *checkup, const char *bytes, size_t n) {
  checkup->bytes += n;
  for (size_t i = 0; i < n; i++) {
    checkup->nuls += bytes[i] == 0;
    checkup->high += ((unsigned char)bytes[i] & 0x80) != 0;
  }
}

void p1ctl_checkup_hear(struct p1ctl_checkup *checkup, const char *bytes,
                        size_t n, int64_t now_ms) {
  struct p1_framer *framer = &checkup->framer;
  enum p1_frame_event event = P1_FRAME_MORE;
  count(checkup, bytes, n);
  do {
    size_t taken = p1_framer_push(framer, bytes, n, &event);
    p1_diagnosis_bytes(&checkup->diagnosis, bytes, taken, now_ms);
    if (event == P1_FRAME_TELEGRAM || event == P1_FRAME_BAD_CRC)
      p1_telegram_parse(&checkup->telegram, framer->telegram, framer->length);
    p1_diagnosis_event(&checkup->diagnosis, event, framer, &checkup->telegram,
                       now_ms);
    bytes += taken;
    n -= taken;
  } while (event != P1_FRAME_MORE);
}

/* ---- the verdict ---- */

/* What no line of the hunt made better stands while it goes round again, until
 * something else is found. */
static bool is_held(enum p1_diagnosis_verdict verdict) {
  return verdict == P1_DIAGNOSIS_NULS || verdict == P1_DIAGNOSIS_GARBAGE ||
         verdict == P1_DIAGNOSIS_TEXT;
}

enum p1_diagnosis_verdict
p1ctl_checkup_verdict(const struct p1ctl_checkup *checkup, int64_t now_ms) {
  const struct p1_diagnosis *diagnosis = &checkup->diagnosis;
  enum p1_diagnosis_verdict verdict = p1_diagnosis_verdict(diagnosis, now_ms);
  if (!checkup->options.tunable || p1_hunt_settled(&checkup->hunt, verdict))
    return verdict;
  return p1_diagnosis_shows_p1(diagnosis) ? P1_DIAGNOSIS_UNDECIDED
                                          : checkup->held;
}

/* ---- what is shown ---- */

static const char *share(uint64_t part, uint64_t whole, char text[24]) {
  uint64_t tenths = whole == 0 ? 0 : (part * 2000 + whole) / (2 * whole);
  snprintf(text, 24, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
  return text;
}

static const char *line_text(const struct p1ctl_checkup *checkup,
                             char text[32]) {
  struct p1_hunt_line line = p1ctl_checkup_line(checkup);
  snprintf(text, 32, "%d %s", line.speed, p1_framing_name(line.framing));
  return text;
}

static const char *verdict_text(enum p1_diagnosis_verdict verdict,
                                char text[VERDICT_MAX]) {
  snprintf(text, VERDICT_MAX, "%s: %s", p1_diagnosis_word(verdict),
           p1_diagnosis_sentence(verdict));
  return text;
}

/* Writes one row, in as many lines as it needs. Returns their number. */
__attribute__((format(printf, 3, 4))) static int
put_row(FILE *out, const char *heading, const char *format, ...) {
  char text[VERDICT_MAX + 64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  int lines = 0;
  const size_t room = COLUMNS - HEADING;
  for (const char *at = text; lines == 0 || *at != '\0'; lines++) {
    size_t n = strlen(at);
    if (n > room)
      for (n = room; n > 0 && at[n] != ' '; n--)
        continue;
    if (n == 0)
      n = room; /* one long word */
    fprintf(out, "  %-*s%.*s\n", HEADING - 2, lines == 0 ? heading : "", (int)n,
            at);
    at += n;
    at += strspn(at, " ");
  }
  return lines;
}

static int put_bytes(const struct p1ctl_checkup *checkup) {
  char nuls[24], high[24], since[64] = "";
  uint64_t all = checkup->diagnosis.counts.bytes;
  if (checkup->bytes != all)
    snprintf(since, sizeof(since), ", %" PRIu64 " since the last change",
             checkup->bytes);
  if (checkup->bytes == 0)
    return put_row(checkup->out, "bytes", "%" PRIu64 "%s", all, since);
  return put_row(checkup->out, "bytes",
                 "%" PRIu64 "%s: %s NUL, %s with the top bit set", all, since,
                 share(checkup->nuls, checkup->bytes, nuls),
                 share(checkup->high, checkup->bytes, high));
}

static int put_telegrams(const struct p1ctl_checkup *checkup) {
  const struct p1_diagnosis_counts *counts = &checkup->diagnosis.counts;
  uint64_t damaged = counts->bad_crc + counts->missing_crc + counts->cut;
  if (damaged == 0)
    return put_row(checkup->out, "telegrams", "%" PRIu64 " whole, none damaged",
                   counts->telegrams);
  return put_row(checkup->out, "telegrams",
                 "%" PRIu64 " whole, %" PRIu64 " damaged (%" PRIu64
                 " by their CRC, %" PRIu64 " without it, %" PRIu64 " cut)",
                 counts->telegrams, damaged, counts->bad_crc,
                 counts->missing_crc, counts->cut);
}

static int put_line(const struct p1ctl_checkup *checkup) {
  char line[32];
  if (!checkup->options.tunable)
    return 0;
  bool found = checkup->diagnosis.counts.telegrams > checkup->telegrams_before;
  return put_row(checkup->out, "line", "%s%s", line_text(checkup, line),
                 found ? ", gives telegrams" : "");
}

/* Faults that were told and are no more. */
static int put_earlier(const struct p1ctl_checkup *checkup,
                       enum p1_diagnosis_verdict verdict) {
  char words[VERDICT_MAX] = "";
  size_t used = 0;
  for (int i = 0; i < P1_DIAGNOSIS_COUNT; i++)
    if ((checkup->faults & ~(1u << verdict)) >> i & 1)
      used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
                               used > 0 ? ", " : "",
                               p1_diagnosis_word((enum p1_diagnosis_verdict)i));
  return used > 0 ? put_row(checkup->out, "earlier", "%s", words) : 0;
}

static int put_block(const struct p1ctl_checkup *checkup,
                     enum p1_diagnosis_verdict verdict, int64_t now_ms) {
  char text[VERDICT_MAX];
  int lines = 1;
  fprintf(checkup->out, "%.60s, %" PRId64 " s\n", checkup->options.name,
          (now_ms - checkup->begun_ms) / 1000);
  lines += put_line(checkup);
  lines += put_bytes(checkup);
  lines += put_telegrams(checkup);
  lines += put_earlier(checkup, verdict);
  lines += put_row(checkup->out, "verdict", "%s", verdict_text(verdict, text));
  fflush(checkup->out);
  return lines;
}

static void refresh(struct p1ctl_checkup *checkup,
                    enum p1_diagnosis_verdict verdict, int64_t now_ms) {
  if (checkup->block_lines > 0)
    fprintf(checkup->out, "\033[%dA\r\033[J", checkup->block_lines);
  checkup->block_lines = put_block(checkup, verdict, now_ms);
  checkup->shown_ms = now_ms;
}

/* One line, of which everything up to the second colon is for programs. */
static void tell(const struct p1ctl_checkup *checkup,
                 enum p1_diagnosis_verdict verdict, int64_t now_ms) {
  char text[VERDICT_MAX], line[32];
  fprintf(checkup->out, "%" PRId64 " s%s%s: %s\n",
          (now_ms - checkup->begun_ms) / 1000,
          checkup->options.tunable ? ", " : "",
          checkup->options.tunable ? line_text(checkup, line) : "",
          verdict_text(verdict, text));
  fflush(checkup->out);
}

static void take_verdict(struct p1ctl_checkup *checkup,
                         enum p1_diagnosis_verdict verdict, int64_t now_ms) {
  if (verdict != P1_DIAGNOSIS_UNDECIDED && verdict != P1_DIAGNOSIS_HEALTHY)
    checkup->faults |= 1u << verdict;
  checkup->held = is_held(verdict) ? verdict : P1_DIAGNOSIS_UNDECIDED;
  bool news = verdict != checkup->told;
  checkup->told = verdict;
  if (!checkup->options.block && news)
    tell(checkup, verdict, now_ms);
  if (checkup->options.block &&
      (news || now_ms - checkup->shown_ms >= REFRESH_MS))
    refresh(checkup, verdict, now_ms);
}

bool p1ctl_checkup_look(struct p1ctl_checkup *checkup, int64_t now_ms) {
  take_verdict(checkup, p1ctl_checkup_verdict(checkup, now_ms), now_ms);
  if (!checkup->options.tunable ||
      !p1_hunt_step(&checkup->hunt, &checkup->diagnosis, now_ms))
    return false;
  p1_framer_init(&checkup->framer);
  p1_diagnosis_retuned(&checkup->diagnosis);
  checkup->bytes = checkup->nuls = checkup->high = 0;
  checkup->telegrams_before = checkup->diagnosis.counts.telegrams;
  return true;
}

int p1ctl_checkup_finish(struct p1ctl_checkup *checkup, int64_t now_ms) {
  take_verdict(checkup, p1ctl_checkup_verdict(checkup, now_ms), now_ms);
  enum p1_diagnosis_verdict verdict = checkup->told;
  if (checkup->options.block)
    refresh(checkup, verdict, now_ms);
  else
    put_block(checkup, verdict, now_ms);
  return verdict == P1_DIAGNOSIS_HEALTHY && checkup->faults == 0 ? P1CTL_OK
                                                                 : P1CTL_FAILED;
}
