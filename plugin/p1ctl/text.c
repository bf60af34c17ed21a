/*
 * text.c - exact numbers, codes, texts and wall clocks as text.
 */
#include "text.h"

#include <stdio.h>
#include <string.h>

size_t p1ctl_number(int64_t number, unsigned decimals, bool trim,
                    char text[P1CTL_NUMBER_MAX]) {
  /* Written from the end. Negating as unsigned is right for INT64_MIN too. */
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  char digits[P1CTL_NUMBER_MAX];
  size_t at = sizeof(digits);

  for (unsigned i = 0; i < decimals; i++) {
    const char digit = (char)('0' + rest % 10);
    rest /= 10;
    if (trim && digit == '0')
      continue;
    trim = false;
    digits[--at] = digit;
  }
  if (at < sizeof(digits))
    digits[--at] = '.';
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0)
    digits[--at] = '-';

  const size_t n = sizeof(digits) - at;
  memcpy(text, digits + at, n);
  text[n] = '\0';
  return n;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Reads one to three digits; returns how many, 0 for none or more. */
static size_t group(const char *bytes, size_t n) {
  size_t digits = 0;
  while (digits < n && is_digit(bytes[digits]))
    digits++;
  return digits <= 3 ? digits : 0;
}

/* The length of an OBIS code at the beginning of n bytes, 0 when none is there.
 * The separators may be those that misprints have: 1-0:99:97.0, 1,0:2.7.0. A is
 * one digit, as all media have. */
static size_t code_length(const char *bytes, size_t n) {
  static const char *const separators[] = {"-,", ":.,", ".:,", ".:,"};

  if (group(bytes, n) != 1)
    return 0;
  size_t at = 1;
  for (size_t i = 0; i < 4; i++) {
    if (at >= n || bytes[at] == '\0' ||
        strchr(separators[i], bytes[at]) == NULL)
      return 0;
    at++;
    const size_t digits = group(bytes + at, n - at);
    if (digits == 0)
      return 0;
    at += digits;
  }
  return at;
}

bool p1ctl_code(const struct p1_telegram *telegram, struct p1_slice slice,
                char code[P1CTL_CODE_MAX]) {
  const size_t n = code_length(telegram->bytes + slice.at, slice.n);
  code[0] = '\0';
  if (n == 0 || n >= P1CTL_CODE_MAX)
    return false;
  memcpy(code, telegram->bytes + slice.at, n);
  code[n] = '\0';
  return true;
}

void p1ctl_object_code(const struct p1_telegram *telegram,
                       const struct p1_object *object,
                       char code[P1CTL_CODE_MAX]) {
  /* The code stands right before the text, from its line's beginning on. */
  size_t begin = object->text.at;
  while (begin > 0 && telegram->bytes[begin - 1] != '\n' &&
         telegram->bytes[begin - 1] != '\r')
    begin--;
  const struct p1_slice slice = {.at = (uint16_t)begin,
                                 .n = (uint16_t)(object->text.at - begin)};
  if (p1ctl_code(telegram, slice, code))
    return;

  const uint8_t *row = p1_obis_row(object->id)->code;
  const unsigned b = row[1] == P1_CHANNEL_ANY ? object->channel : row[1];
  snprintf(code, P1CTL_CODE_MAX, "%u-%u:%u.%u.%u", row[0], b, row[2], row[3],
           row[4]);
}

struct p1ctl_text p1ctl_object_raw(const struct p1_telegram *telegram,
                                   const struct p1_object *object) {
  struct p1ctl_text text = {.bytes = telegram->bytes + object->text.at,
                            .n = object->text.n};
  const char *open = memchr(text.bytes, '(', text.n);
  if (open != NULL) {
    text.n -= (size_t)(open + 1 - text.bytes);
    text.bytes = open + 1;
  }
  size_t close = text.n;
  while (close > 0 && text.bytes[close - 1] != ')')
    close--;
  if (close > 0)
    text.n = close - 1;

  for (size_t i = 0; i < text.n; i++)
    if (text.bytes[i] != ' ' && text.bytes[i] != '\0' &&
        text.bytes[i] != '\xff')
      return text;
  text.n = 0;
  return text;
}

static int hex_digit(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

static bool is_printable_text(const char *bytes, size_t n) {
  for (size_t i = 0; i < n;) {
    const size_t length = p1ctl_utf8(bytes + i, n - i);
    const bool white = bytes[i] == '\r' || bytes[i] == '\n' || bytes[i] == '\t';
    if (length == 0 || (!white && !p1ctl_printable(bytes + i, length)))
      return false;
    i += length;
  }
  return true;
}

struct p1ctl_text p1ctl_object_text(const struct p1_telegram *telegram,
                                    const struct p1_object *object,
                                    char buffer[P1_TELEGRAM_MAX]) {
  const struct p1ctl_text raw = p1ctl_object_raw(telegram, object);
  size_t n = 0;
  int high = -1;

  for (size_t i = 0; i < raw.n; i++) {
    /* A long text may have been wrapped on its way into a file. */
    if (raw.bytes[i] == '\r' || raw.bytes[i] == '\n')
      continue;
    const int digit = hex_digit(raw.bytes[i]);
    if (digit < 0)
      return raw;
    if (high < 0) {
      high = digit;
    } else {
      buffer[n++] = (char)(high << 4 | digit);
      high = -1;
    }
  }
  /* What unset octets were filled with says nothing. */
  while (n > 0 && (buffer[n - 1] == '\0' || buffer[n - 1] == '\xff'))
    n--;
  if (high >= 0 || !is_printable_text(buffer, n))
    return raw;

  struct p1ctl_text text = {.bytes = buffer, .n = n};
  while (text.n > 0 && text.bytes[text.n - 1] == ' ')
    text.n--;
  return text;
}

size_t p1ctl_utf8(const char *bytes, size_t n) {
  /* Smallest code point of each length: a longer spelling is not valid. */
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const uint8_t first = (uint8_t)bytes[0];
  size_t length = 0;
  uint32_t point = 0;

  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    point = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    point = first & 0x0FU;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    point = first & 0x07U;
  }
  if (length == 0 || length > n)
    return 0;
  for (size_t i = 1; i < length; i++) {
    const uint8_t next = (uint8_t)bytes[i];
    if ((next & 0xC0U) != 0x80)
      return 0;
    point = point << 6 | (next & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point >= smallest[length] && point <= 0x10FFFF && !surrogate ? length
                                                                      : 0;
}

bool p1ctl_printable(const char *bytes, size_t n) {
  const uint8_t first = (uint8_t)bytes[0];
  if (n == 1)
    return first >= 0x20 && first < 0x7F;
  /* U+0080 to U+009F steer a terminal as the ASCII controls do. */
  return n > 0 && !(first == 0xC2 && (uint8_t)bytes[1] < 0xA0);
}

void p1ctl_stamp(int64_t seconds, char text[P1CTL_STAMP_MAX]) {
  const int64_t day_s = 86400;
  const int64_t in_day = (seconds % day_s + day_s) % day_s;
  const int64_t days = (seconds - in_day) / day_s;

  int year = (int)(1970 + days / 366) - 1; /* never late: years are shorter */
  while (p1_clock_days(year + 1, 1, 1) <= days)
    year++;
  int month = 1;
  while (month < 12 && p1_clock_days(year, month + 1, 1) <= days)
    month++;
  const int day = (int)(days - p1_clock_days(year, month, 1)) + 1;

  const int s = (int)in_day;
  snprintf(text, P1CTL_STAMP_MAX, "%04d-%02d-%02d %02d:%02d:%02d", year, month,
           day, s / 3600, s / 60 % 60, s % 60);
}
