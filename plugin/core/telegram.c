/*
 * telegram.c - a telegram's text, read into typed COSEM objects.
 *
 * The problem. A telegram is lines of CODE(VALUE)..., but hardly one rule of
 * the standards holds everywhere: values go on in the next line, long texts are
 * wrapped, units are left out or spelled in three ways, stamps stand before or
 * after their value, codes repeat, and DSMR 2.2 has no checksum, so that any
 * byte may be missing.
 *
 * The policy. One pass, line by line. A code leads to its row in the catalogue,
 * the row's kind to one small reader. A reader takes exactly what it knows;
 * anything else is counted as malformed and leaves no object: a value is read
 * whole or not at all. A line that begins with '(' belongs to the object before
 * it, and so does the rest of a text whose parenthesis is still open.
 * Nothing is guessed from the country or the make of the meter.
 */
#include "p1/telegram.h"

#include "object.h"
#include "swar.h"

#include <string.h>

static struct p1_slice slice(const struct p1_telegram *telegram,
                             const char *from, const char *to) {
  return (struct p1_slice){.at = (uint16_t)(from - telegram->bytes),
                           .n = (uint16_t)(to - from)};
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_line_end(char c) { return c == '\r' || c == '\n'; }

/* Reads one to three digits of at most 255. */
static const char *byte_parse(const char *p, const char *end, uint8_t *byte) {
  if (p == end || !is_digit(*p))
    return NULL;
  unsigned n = (unsigned)(*p++ - '0');
  if (p < end && is_digit(*p))
    n = n * 10 + (unsigned)(*p++ - '0');
  if (p < end && is_digit(*p))
    n = n * 10 + (unsigned)(*p++ - '0');
  *byte = (uint8_t)n;
  return n <= UINT8_MAX ? p : NULL;
}

/* Reads A-B:C.D.E with an optional .F or *F, which says nothing here. A colon
 * is taken for the first point: some meters copy a misprint of the standard. */
static const char *code_parse(const char *p, const char *end, uint8_t code[5]) {
  static const char separators[4] = {'-', ':', '.', '.'};
  for (unsigned i = 0; i < 4; i++) {
    p = byte_parse(p, end, &code[i]);
    if (p == NULL || p == end)
      return NULL;
    if (*p != separators[i] && !(i == 2 && *p == ':'))
      return NULL;
    p++;
  }
  p = byte_parse(p, end, &code[4]);
  if (p != NULL && p < end && (*p == '*' || *p == '.')) {
    uint8_t storage = 0;
    p = byte_parse(p + 1, end, &storage);
  }
  return p;
}

/* True where a new line cannot be the rest of the text before it. */
static bool begins_object(const char *p, const char *end) {
  uint8_t byte = 0;
  if (p == end || *p == '!' || *p == '/')
    return true;
  p = byte_parse(p, end, &byte);
  return p != NULL && p < end && *p == '-';
}

static const char *line_end(const char *p, const char *end) {
  const char *lf = memchr(p, '\n', (size_t)(end - p));
  return lf != NULL ? lf : end;
}

static const char *skip_line_ends(const char *p, const char *end) {
  while (p < end && is_line_end(*p))
    p++;
  return p;
}

/* From a line's end to where the next one that is not blank begins. */
static const char *next_line(const char *p, const char *end) {
  if (end - p > 2 && p[0] == '\r' && p[1] == '\n' && is_digit(p[2]))
    return p + 2; /* nearly always */
  while (p < end && (is_line_end(*p) || *p == ' '))
    p++;
  return p;
}

static const char *trim(const char *from, const char *to) {
  while (to > from && (is_line_end(to[-1]) || to[-1] == ' '))
    to--;
  return to;
}

/* The end of the object whose first parenthesis is at p: its line and the lines
 * that carry it on. */
static const char *extent(const char *p, const char *end) {
  const char *to = trim(p, line_end(p, end));
  for (;;) {
    const char *next = skip_line_ends(line_end(to, end), end);
    const bool open = to == p || to[-1] != ')';
    const bool carries_on =
        next < end && (*next == '(' || (open && !begins_object(next, end)));
    if (!carries_on)
      return to;
    to = trim(next, line_end(next, end));
    if (to == next)
      return to;
  }
}

/* The end of what can be a code at p: up to six numbers of three digits. A run
 * of more digits is no part of one; it may be a serial number of which the '('
 * was lost. */
static const char *code_extent(const char *p, const char *end) {
  for (unsigned i = 0; i < 6; i++) {
    const char *number = p;
    while (p < end && is_digit(*p))
      p++;
    if (p - number > 3)
      return number;
    if (p == end || p == number || memchr("-:.,*", *p, 5) == NULL)
      return p;
    p++;
  }
  return p;
}

/* Remembers a line that could not be read, by its code alone: the rest may hold
 * a serial number, and so may a line that does not begin like a code. */
static void remark(struct p1_telegram *telegram, uint16_t *count,
                   struct p1_slice *places, const char *p, const char *end) {
  const char *to = begins_object(p, end) ? code_extent(p, end) : p;
  if (*count < P1_REMARKS_MAX)
    places[*count] = slice(telegram, p, to);
  if (*count < UINT16_MAX)
    ++*count;
}

/* True when `fresh` tells more than the object of the same id and channel that
 * is there already. */
static bool supersedes(const struct p1_object *fresh,
                       const struct p1_object *old) {
  const enum p1_kind kind = p1_obis_row(old->id)->kind;
  if (kind == P1_KIND_CLOCK)
    return !old->time.valid && fresh->time.valid;
  if (kind == P1_KIND_READING && old->has_value && fresh->has_value)
    return fresh->time.valid &&
           (!old->time.valid || fresh->time.local > old->time.local);
  return !old->has_value && fresh->has_value;
}

/* Keeps the object that was read into the place after the last one. */
static void keep(struct p1_telegram *telegram) {
  const struct p1_object *object = &telegram->objects[telegram->count];
  const uint8_t first = telegram->_first[object->id];
  for (unsigned i = first; i != 0 && i <= telegram->count; i++) {
    struct p1_object *old = &telegram->objects[i - 1];
    if (old->id != object->id || old->channel != object->channel)
      continue;
    if (supersedes(object, old))
      *old = *object;
    return;
  }
  if (telegram->count == P1_OBJECTS_MAX) {
    telegram->dropped++;
    return;
  }
  telegram->count++;
  if (first == 0)
    telegram->_first[object->id] = (uint8_t)telegram->count;
}

/* Reads what follows a known code from its '(' on; returns the object's end, or
 * NULL when it is malformed. */
static const char *known_parse(struct p1_telegram *telegram, enum p1_id id,
                               uint8_t channel, const char *from,
                               const char *end) {
  struct p1_object *object = &telegram->objects[telegram->count];
  const struct p1_obis *row = p1_obis_row(id);
  object->id = (uint8_t)id;
  object->channel = row->code[1] == P1_CHANNEL_ANY ? channel : 0;
  object->has_value = object->has_time = false;
  object->time = (struct p1_clock){0};
  const char *to = p1_object_parse_line(object, row, from, end);
  if (to == NULL) {
    to = extent(from, end);
    object->value = (struct p1_value){0};
    if (!p1_object_parse(object, row, from, to))
      return NULL;
  }
  object->text = slice(telegram, from, to);
  keep(telegram);
  return to;
}

/* Finds a code that is spelled as nearly all are: A-B: of one digit each, then
 * C.D.E of at most eight characters up to the '(', which goes into *from. NONE
 * for any other, also for one that is in no row. */
static enum p1_id find_usual(const char *p, const char *end,
                             const char **from) {
  if (end - p < 13 || p[1] != '-' || p[3] != ':' || !is_digit(p[0]) ||
      !is_digit(p[2]))
    return P1_ID_NONE;
  uint64_t text = p1_swar_load(p + 4);
  const unsigned n = p1_swar_find(text, '(');
  if (n < 8)
    text &= ((uint64_t)1 << (8 * n)) - 1;
  *from = p + 4 + n;
  if (**from != '(')
    return P1_ID_NONE;
  return p1_obis_find_text((uint8_t)(p[0] - '0'), (uint8_t)(p[2] - '0'), text);
}

/* Reads the line at p, which begins with a digit, and returns where the next
 * one begins. */
static const char *object_parse(struct p1_telegram *telegram, const char *p,
                                const char *end) {
  const char *from = NULL, *open = NULL;
  uint8_t channel = (uint8_t)(p + 2 < end ? p[2] - '0' : 0);
  enum p1_id id = find_usual(p, end, &from);
  if (id == P1_ID_NONE) {
    uint8_t code[5];
    open = code_parse(p, end, code);
    from = open != NULL ? skip_line_ends(open, end) : end;
    if (from == end || *from != '(') {
      remark(telegram, &telegram->malformed, telegram->malformed_codes, p, end);
      return line_end(p, end);
    }
    channel = code[1];
    id = p1_obis_find(code[0], code[1], code[2], code[3], code[4]);
  }
  if (id == P1_ID_NONE) {
    remark(telegram, &telegram->unknown, telegram->unknown_codes, p, open);
    return extent(from, end);
  }
  const char *to = known_parse(telegram, id, channel, from, end);
  if (to != NULL)
    return to;
  remark(telegram, &telegram->malformed, telegram->malformed_codes, p, from);
  return extent(from, end);
}

/* What only the whole telegram tells. */
static void conclude(struct p1_telegram *telegram) {
  const struct p1_object *version = p1_telegram_find(telegram, P1_ID_VERSION);
  if (version != NULL && version->has_value && version->value.number <= 99)
    telegram->version = (uint8_t)version->value.number;

  const struct p1_object *time = p1_telegram_find(telegram, P1_ID_TIME);
  if (time != NULL) {
    telegram->time = time->time;
    return;
  }
  const struct p1_object *day = p1_telegram_find(telegram, P1_ID_CLOCK_DATE);
  const struct p1_object *hour = p1_telegram_find(telegram, P1_ID_CLOCK_TIME);
  if (day != NULL && hour != NULL && day->text.n > 2 && hour->text.n > 2)
    (void)p1_clock_parse_pair(telegram->bytes + day->text.at + 1,
                              day->text.n - 2u,
                              telegram->bytes + hour->text.at + 1,
                              hour->text.n - 2u, &telegram->time);
}

void p1_telegram_parse(struct p1_telegram *telegram, const char *bytes,
                       size_t n) {
  telegram->bytes = bytes;
  telegram->time = (struct p1_clock){0};
  telegram->count = telegram->dropped = 0;
  telegram->unknown = telegram->malformed = 0;
  telegram->version = 0;
  memset(telegram->_first, 0, sizeof(telegram->_first));

  if (n > UINT16_MAX)
    n = UINT16_MAX;
  if (n > 0 && bytes[n - 1] == '!')
    n--;
  const char *end = bytes + n;
  const char *p = n > 0 && *bytes == '/' ? bytes + 1 : bytes;
  const char *head = p;
  while (p < end && !is_line_end(*p))
    p++;
  telegram->header = slice(telegram, head, p);

  while ((p = next_line(p, end)) < end && *p != '!') {
    if (is_digit(*p)) {
      p = object_parse(telegram, p, end);
    } else {
      remark(telegram, &telegram->malformed, telegram->malformed_codes, p, end);
      p = line_end(p, end);
    }
  }
  conclude(telegram);
}

const struct p1_object *p1_telegram_find(const struct p1_telegram *telegram,
                                         enum p1_id id) {
  const uint8_t first = telegram->_first[id];
  return first == 0 ? NULL : &telegram->objects[first - 1];
}

const struct p1_object *
p1_telegram_find_channel(const struct p1_telegram *telegram, enum p1_id id,
                         uint8_t channel) {
  const uint8_t first = telegram->_first[id];
  for (unsigned i = first; i != 0 && i <= telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i - 1];
    if (object->id == id && object->channel == channel)
      return object;
  }
  return NULL;
}

bool p1_telegram_promises_crc(const struct p1_telegram *telegram) {
  return telegram->version >= 40;
}

void p1_telegram_model(const struct p1_telegram *telegram, char model[5]) {
  const char *header = telegram->bytes + telegram->header.at;
  size_t n = 0;
  while (n < 3 && n < telegram->header.n) {
    const char c = header[n];
    const char upper = (char)(c & ~0x20);
    if (!(upper >= 'A' && upper <= 'Z') && !(n > 0 && c == '_'))
      break;
    model[n++] = c;
  }
  if (n < 3)
    n = 0;
  else if (telegram->header.n > 3 && is_digit(header[3]))
    model[n++] = header[3];
  model[n] = '\0';
}
