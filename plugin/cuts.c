/*
 * cuts.c - where telegrams are cut.
 *
 * The problem: what is cut off shows only by what comes next, and a text that
 * holds a '/' or a '!', or noise that does, must not pass for a cut.
 *
 * The policy: a beginning is a '/' with what a header has after it, where the
 * framer looks for one (between telegrams, or at the start of a line), or where
 * the line was quiet before: a cut telegram mostly stops within a line. An end
 * is a '!' after a line of data. The first end after opening may lack its
 * beginning, since the line is joined at any time.
 */
#include "cuts.h"

#include <string.h>

/* Cuts after which something is said of their places. Packets of a USB adapter
 * leave a dozen places in a telegram: five are the same by chance in one case
 * of 20,000. */
#define FEWEST_SAME_PLACE 5
#define FEWEST_ANYWHERE 4

/* Places within so many bytes are the same. */
#define TOLERANCE 8

/* No length is counted beyond this. */
#define LENGTH_MAX 1000000

/* The part that is missing, in the highest byte of a place. */
#define PART_SHIFT 24

static bool is_newline(char c) { return c == '\n' || c == '\r'; }

static uint32_t distance(uint32_t a, uint32_t b) {
  return a > b ? a - b : b - a;
}

/* ---- places ---- */

void p1_cuts_add(struct p1_cuts *cuts, enum p1_cut_part part, uint32_t place) {
  if (place > LENGTH_MAX)
    place = LENGTH_MAX;
  cuts->_places[cuts->_next] = (uint32_t)part << PART_SHIFT | place;
  cuts->_next = (uint8_t)((cuts->_next + 1u) % P1_CUTS_MAX);
  if (cuts->_count < P1_CUTS_MAX)
    cuts->_count++;
}

void p1_cuts_forget(struct p1_cuts *cuts) { cuts->_count = cuts->_next = 0; }

/* How many are at the same place, taking the one where they are the most. */
static uint32_t count_same_place(const struct p1_cuts *cuts) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < cuts->_count; i++) {
    uint32_t same = 0;
    for (uint32_t j = 0; j < cuts->_count; j++)
      same += distance(cuts->_places[i], cuts->_places[j]) <= TOLERANCE;
    if (same > most)
      most = same;
  }
  return most;
}

/* All of five, or all but one of more; or less than half. */
enum p1_cuts_pattern p1_cuts_pattern(const struct p1_cuts *cuts) {
  uint32_t n = cuts->_count;
  uint32_t same = count_same_place(cuts);
  if (n >= FEWEST_SAME_PLACE && same >= n - (n > FEWEST_SAME_PLACE))
    return P1_CUTS_SAME_PLACE;
  if (n == P1_CUTS_MAX || (n >= FEWEST_ANYWHERE && 2 * same < n))
    return P1_CUTS_ANYWHERE;
  return P1_CUTS_UNCLEAR;
}

/* ---- beginnings and ends ---- */

/* Returns how many cuts that shows. */
static unsigned begin_telegram(struct p1_cuts *cuts) {
  bool cut = cuts->_open;
  if (cut)
    p1_cuts_add(cuts, P1_CUT_END, cuts->_length);
  cuts->_open = cuts->_joined = true;
  cuts->_length = cuts->closed = 0;
  return cut;
}

static unsigned end_telegram(struct p1_cuts *cuts) {
  bool cut = !cuts->_open && cuts->_joined;
  if (cut)
    p1_cuts_add(cuts, P1_CUT_BEGINNING, cuts->_length);
  cuts->closed = cuts->_open ? cuts->_length + 1 : 0;
  p1_cuts_framed(cuts);
  return cut;
}

void p1_cuts_framed(struct p1_cuts *cuts) {
  cuts->_open = false;
  cuts->_joined = true;
  cuts->_length = 0;
}

static void lengthen(struct p1_cuts *cuts, size_t n) {
  cuts->_length =
      n < LENGTH_MAX - cuts->_length ? cuts->_length + (uint32_t)n : LENGTH_MAX;
}

/* The next of a character, or the end. */
static const char *find(const char *at, const char *end, char c) {
  const char *found = memchr(at, c, (size_t)(end - at));
  return found != NULL ? found : end;
}

/* Whether the characters after a '/' are those of a header, as far as they go:
 * noise has slashes too. */
static bool is_header(const char *slash, const char *end) {
  for (int i = 1; i <= 3 && slash + i < end; i++) {
    char c = slash[i];
    if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
        !(c >= 'a' && c <= 'z') && c != '_')
      return false;
  }
  return true;
}

static bool is_blank(char c) { return is_newline(c) || c == ' '; }

/* The last character before `at` that shows. */
static char printed_before(const struct p1_cuts *cuts, const char *bytes,
                           const char *at) {
  while (at > bytes && is_blank(at[-1]))
    at--;
  return at > bytes ? at[-1] : cuts->_printed;
}

static bool is_beginning(const struct p1_cuts *cuts, const char *slash,
                         const char *end, char before, bool after_quiet) {
  return (!cuts->_open || is_newline(before) || after_quiet) &&
         is_header(slash, end);
}

/* A '!' at the start of a line or at the end of one, after data. */
static bool is_end(const char *mark, const char *end, char before,
                   char printed) {
  bool line_ends = mark + 1 == end || is_newline(mark[1]);
  return printed == ')' && (is_newline(before) || line_ends);
}

unsigned p1_cuts_follow(struct p1_cuts *cuts, const char *bytes, size_t n,
                        bool after_quiet) {
  const char *end = bytes + n;
  const char *at = bytes;
  const char *slash = find(at, end, '/');
  const char *mark = find(at, end, '!');
  unsigned found = 0;
  if (after_quiet && !cuts->_open)
    cuts->_length = 0;
  while (slash < end || mark < end) {
    const char *next = slash < mark ? slash : mark;
    char before = next > bytes ? next[-1] : cuts->_before;
    lengthen(cuts, (size_t)(next - at));
    at = next;
    if (next == slash) {
      if (is_beginning(cuts, next, end, before, after_quiet && next == bytes))
        found += begin_telegram(cuts);
      slash = find(next + 1, end, '/');
    } else {
      if (is_end(next, end, before, printed_before(cuts, bytes, next)))
        found += end_telegram(cuts);
      mark = find(next + 1, end, '!');
    }
  }
  lengthen(cuts, (size_t)(end - at));
  cuts->_printed = printed_before(cuts, bytes, end);
  cuts->_before = end[-1];
  return found;
}
