/*
 * framer.c - bytes in, telegrams out.
 *
 * The problem:
 *   1. The line is joined in mid-telegram, bytes get lost, and meters are cut
 *      off in mid-line; noise of any kind may stand before a telegram, without
 *      a line's end between them.
 *   2. '/' begins a telegram and '!' ends it, but both stand in texts as well.
 *   3. Older meters print no CRC: then nothing but the shape tells a telegram
 *      from two halves.
 *   4. Bytes come in portions of any size, and portions must not matter.
 *
 * The policy:
 *   - Between telegrams any '/' begins one. Within one, a '/' at the start of a
 *     line begins the next: the broken one is given up, the new one loses
 *     nothing. Another telegram is never more than seconds away, so there is no
 *     cleverer repair than finding the next whole one.
 *   - A '!' at the start of a line ends the telegram, with one to four hex
 *     digits (some meters leave out leading zeros); a '!' after ')' does if the
 *     line ends there (Aidon meters). No digits but the line's end: no CRC.
 *     Anything else after the digits: a bad CRC, so that a damaged digit never
 *     makes a telegram pass for one without; that byte is looked at afresh.
 *   - If the CRC does not fit, what was taken for one telegram may be noise or
 *     half a telegram with a good one behind. The CRC itself tells where: run
 *     backwards from the printed value over the bytes before it, the state is
 *     what it was as the meter computed it, and it is 0 where the meter began.
 *     One pass finds the start, wherever in a line; the last one counts.
 *   - Without a CRC that fits, the last place where a header must be meant is
 *     taken for the start. Text that holds a slash must not cut a telegram, so
 *     the rest of that line must be free of parentheses, and a blank line or an
 *     OBIS code must follow.
 *   - A full buffer is given up as far as no telegram that is still going on
 *     can have begun there.
 *
 * All bytes in the buffer have been looked at; a portion is looked at before it
 * is copied there, so what came is not scanned again when more comes.
 */
#include "p1/framer.h"
#include "p1/crc16.h"

#include <string.h>

/* The longest telegram that a line carries; see P1_TELEGRAM_MAX. */
#define LINE_MAX_BYTES 11520

/* How far ahead a portion is looked at in one go: this many bytes, and four
 * times what the telegram has already. What lies behind an event is looked at
 * again after it; so an event never costs more than in proportion to the bytes
 * that led to it, and a telegram of 1 KB takes four goes. */
#define LOOK_AHEAD 64

/* '/', three letters, and the character after them. */
#define HEADER_MIN 5

static bool is_newline(char c) { return c == '\n' || c == '\r'; }

static bool is_parenthesis(char c) { return c == '(' || c == ')'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The value of a hex digit, or -1. */
static int hex_digit(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/* Whether a header can begin here: a maker's three letters (digits and '_' do
 * occur), then anything printable. Some tools leave 0x02 or 0xAB in files where
 * a backslash and digits were, and their CRC fits. */
static bool can_begin(const char *at, size_t n) {
  if (n < HEADER_MIN || at[0] != '/')
    return false;
  for (size_t i = 1; i < HEADER_MIN - 1; i++) {
    if (!is_letter(at[i]) && !is_digit(at[i]) && at[i] != '_')
      return false;
  }
  char fourth = at[HEADER_MIN - 1];
  return !is_parenthesis(fourth) && (uint8_t)fourth != 0x7F &&
         ((uint8_t)fourth >= ' ' || fourth == 0x02);
}

/* Three letters and a digit, as the standard wants it. */
static bool is_standard_header(const char *at) {
  return is_letter(at[1]) && is_letter(at[2]) && is_letter(at[3]) &&
         is_digit(at[4]);
}

/* Offset of the first line's end; n when there is none. */
static size_t line_length(const char *at, size_t n) {
  size_t length = 0;
  while (length < n && !is_newline(at[length]))
    length++;
  return length;
}

/* Whether the span's first line can be a header. */
static bool has_header(const char *span, size_t n) {
  size_t length = line_length(span, n);
  return can_begin(span, length) && memchr(span, '(', length) == NULL &&
         memchr(span, ')', length) == NULL;
}

/* Whether what follows a header stands here: a blank line, which some meters
 * pad, or an OBIS code. */
static bool is_body(const char *at, size_t n) {
  size_t blanks = 0;
  while (blanks < n && at[blanks] == ' ')
    blanks++;
  if (blanks < n && is_newline(at[blanks]))
    return true;
  return n >= 4 && is_digit(at[0]) && at[1] == '-' && is_digit(at[2]) &&
         at[3] == ':';
}

/* The last place in a span where a header must be meant; 0, its beginning, when
 * there is none after it. Goes backwards and remembers what it met of the line
 * that it is in. A header may have a slash in it (/HLY5/D545-METER), so within
 * the first line only a standard one counts. */
static size_t last_header(const char *span, size_t n) {
  size_t first_line = has_header(span, n) ? line_length(span, n) : 0;
  bool body_follows = false;
  bool parenthesis = false;
  for (size_t at = n - 1; at > 0; at--) {
    char c = span[at];
    if (is_newline(c)) {
      if (c != '\r' || span[at + 1] != '\n') /* CR LF is one line's end */
        body_follows = is_body(span + at + 1, n - at - 1);
      parenthesis = false;
    } else if (is_parenthesis(c)) {
      parenthesis = true;
    } else if (body_follows && !parenthesis && can_begin(span + at, n - at) &&
               (at > first_line || is_standard_header(span + at))) {
      return at;
    }
  }
  return 0;
}

static bool is_holley(const char *at, size_t n) {
  return n >= HEADER_MIN && memcmp(at, "/HLY5", HEADER_MIN) == 0;
}

/* Looks for the place in the span from which on the CRC fits: the last one, as
 * it also fits before half a telegram whose own CRC happens to be 0. */
static bool find_start(const char *span, size_t n, uint16_t crc,
                       size_t *start) {
  *start = 0;
  bool fits = p1_crc16(span, n) == crc;
  if (fits && memchr(span + 1, '/', n - 1) == NULL)
    return true;
  if (is_holley(span, n) && p1_crc16_x25(span, n) == crc)
    return true;
  size_t holley = 0;
  bool parenthesis = false;
  uint16_t state = crc;
  for (size_t at = n - 1; at > 0; at--) {
    char c = span[at];
    state = p1_crc16_before(state, (uint8_t)c);
    if (is_newline(c))
      parenthesis = false;
    else if (is_parenthesis(c))
      parenthesis = true;
    if (c != '/' || parenthesis)
      continue;
    if (state == 0 && can_begin(span + at, n - at)) {
      *start = at;
      return true;
    }
    if (holley == 0 && is_holley(span + at, n - at))
      holley = at;
  }
  if (fits || holley == 0)
    return fits;
  *start = holley;
  return p1_crc16_x25(span + holley, n - holley) == crc;
}

/* Decides on what the buffer holds, from '/' to '!' and digits; `clean` tells
 * that a line's end or the fourth digit was next. Empties the buffer, which
 * keeps its bytes until the next push. */
static enum p1_frame_event judge(struct p1_framer *framer, bool clean) {
  const char *span = framer->_bytes;
  size_t n = framer->_end + 1;
  uint16_t printed = 0;
  for (size_t i = n; i < framer->_fill; i++)
    printed = (uint16_t)(printed << 4 | hex_digit(span[i]));
  bool absent = clean && framer->_fill == n;
  framer->_fill = 0;
  framer->_end = 0;

  size_t start = 0;
  if (clean && !absent && find_start(span, n, printed, &start)) {
    framer->crc = P1_CRC_OK;
  } else {
    start = last_header(span, n);
    framer->crc = absent ? P1_CRC_ABSENT : P1_CRC_BAD;
    if (absent && !has_header(span + start, n - start))
      return P1_FRAME_RESYNC; /* joined in mid-text */
  }
  framer->telegram = span + start;
  framer->length = n - start;
  return framer->crc == P1_CRC_BAD ? P1_FRAME_BAD_CRC : P1_FRAME_TELEGRAM;
}

/* Makes room in a full buffer that holds no end. Each time at least what is
 * more than LINE_MAX_BYTES goes, so the moving costs two or three bytes for
 * each that came. */
static void give_up(struct p1_framer *framer) {
  char *bytes = framer->_bytes;
  char *end = bytes + framer->_fill;
  char *at = memchr(end - LINE_MAX_BYTES, '/', LINE_MAX_BYTES);
  framer->_fill = at != NULL ? (size_t)(end - at) : 0;
  if (at != NULL)
    memmove(bytes, at, framer->_fill);
}

/* The first '/' at the start of a line in n bytes that follow the buffer's. */
static const char *find_reopening(const struct p1_framer *framer,
                                  const char *bytes, size_t n) {
  const char *end = bytes + n;
  const char *at = memchr(bytes, '/', n);
  while (at != NULL) {
    char before = at > bytes ? at[-1] : framer->_bytes[framer->_fill - 1];
    if (is_newline(before))
      return at;
    at = memchr(at + 1, '/', (size_t)(end - at - 1));
  }
  return NULL;
}

/* Between telegrams: goes behind the next '/'. */
static const char *hunt(struct p1_framer *framer, const char *at,
                        const char *end) {
  const char *slash = memchr(at, '/', (size_t)(end - at));
  if (slash == NULL)
    return end;
  framer->_bytes[framer->_fill++] = '/';
  return slash + 1;
}

/* Within a telegram: takes bytes up to and with the next '!'. */
static const char *collect(struct p1_framer *framer, const char *at,
                           const char *end, enum p1_frame_event *event) {
  size_t n = P1_TELEGRAM_MAX - framer->_fill;
  if (n == 0) {
    give_up(framer);
    *event = P1_FRAME_TOO_LONG;
    return at;
  }
  if (n > (size_t)(end - at))
    n = (size_t)(end - at);
  if (n > LOOK_AHEAD + 4 * framer->_fill)
    n = LOOK_AHEAD + 4 * framer->_fill;
  const char *mark = memchr(at, '!', n);
  if (mark != NULL)
    n = (size_t)(mark - at);
  const char *slash = find_reopening(framer, at, n);
  if (slash != NULL) {
    framer->_bytes[0] = '/';
    framer->_fill = 1;
    *event = P1_FRAME_RESYNC;
    return slash + 1;
  }
  memcpy(framer->_bytes + framer->_fill, at, n);
  framer->_fill += n;
  at += n;
  if (mark != NULL) {
    char before = framer->_bytes[framer->_fill - 1];
    if (is_newline(before) || before == ')')
      framer->_end = framer->_fill;
    framer->_bytes[framer->_fill++] = '!';
    at++;
  }
  return at;
}

/* After a '!' that may be the end: takes the next byte, or leaves it. */
static const char *decide(struct p1_framer *framer, const char *at,
                          enum p1_frame_event *event) {
  if (!is_newline(framer->_bytes[framer->_end - 1])) { /* after ')' */
    if (is_newline(*at))
      *event = judge(framer, true);
    else
      framer->_end = 0;
    return at;
  }
  if (hex_digit(*at) < 0) {
    *event = judge(framer, is_newline(*at));
    return at;
  }
  framer->_bytes[framer->_fill++] = *at;
  if (framer->_fill == framer->_end + 1 + P1_CRC_DIGITS)
    *event = judge(framer, true);
  return at + 1;
}

void p1_framer_init(struct p1_framer *framer) {
  framer->telegram = framer->_bytes;
  framer->length = 0;
  framer->crc = P1_CRC_ABSENT;
  framer->_fill = 0;
  framer->_end = 0;
}

size_t p1_framer_push(struct p1_framer *framer, const char *bytes, size_t n,
                      enum p1_frame_event *event) {
  const char *at = bytes;
  const char *end = bytes + n;
  *event = P1_FRAME_MORE;
  while (at < end && *event == P1_FRAME_MORE) {
    if (framer->_fill == 0)
      at = hunt(framer, at, end);
    else if (framer->_end > 0)
      at = decide(framer, at, event);
    else
      at = collect(framer, at, end, event);
  }
  return (size_t)(at - bytes);
}

enum p1_frame_event p1_framer_end(struct p1_framer *framer) {
  if (framer->_end > 0)
    return judge(framer, true);
  bool broke_off = framer->_fill > 0;
  framer->_fill = 0;
  return broke_off ? P1_FRAME_RESYNC : P1_FRAME_MORE;
}
