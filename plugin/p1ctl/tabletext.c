/*
 * tabletext.c - the table for people: its first line, stamps, durations, and
 * texts as terminals may have them.
 */
#include "tabletext.h"

#include <stdlib.h>
#include <string.h>

const char *p1ctl_people_number(const struct p1_value *value,
                                char text[P1CTL_NUMBER_MAX]) {
  const char *unit = p1_unit_name(value->unit);
  unsigned decimals = value->decimals;

  switch ((enum p1_unit)value->unit) {
  case P1_UNIT_WH:
    unit = "kWh";
    decimals += 3;
    break;
  case P1_UNIT_VARH:
    unit = "kvarh";
    decimals += 3;
    break;
  case P1_UNIT_VAH:
    unit = "kVAh";
    decimals += 3;
    break;
  default:
    break;
  }
  p1ctl_number(value->number, decimals, false, text);
  return unit;
}

void p1ctl_escape(struct p1ctl_text from, char text[P1CTL_VALUE_MAX]) {
  /* Room for one more character or escape, "..." and the NUL. */
  const size_t room = P1CTL_VALUE_MAX - 8;
  size_t n = 0;

  for (size_t i = 0; i < from.n;) {
    const size_t length = p1ctl_utf8(from.bytes + i, from.n - i);
    if (n > room) {
      memcpy(text + n, "...", 3);
      n += 3;
      break;
    }
    if (length > 0 && p1ctl_printable(from.bytes + i, length)) {
      memcpy(text + n, from.bytes + i, length);
      n += length;
      i += length;
    } else {
      n += (size_t)snprintf(text + n, 5, "\\x%02x",
                            (unsigned char)from.bytes[i]);
      i++;
    }
  }
  text[n] = '\0';
}

/* The zone's abbreviation, as far as a name is in use. */
static void zone_text(const struct p1ctl_decoded *decoded,
                      const struct p1_clock *clock, char zone[16]) {
  static const char *const names[][2] = {
      {"WET", "WEST"}, {"CET", "CEST"}, {"EET", "EEST"}};
  const int standard = decoded->options->standard_offset_s;
  const int offset = (int)(clock->local - p1_clock_utc(clock, standard));

  if (standard == 0 || standard == 3600 || standard == 7200)
    snprintf(zone, 16, "%s", names[standard / 3600][offset != standard]);
  else
    snprintf(zone, 16, "UTC%c%d:%02d", offset < 0 ? '-' : '+',
             abs(offset) / 3600, abs(offset) / 60 % 60);
}

void p1ctl_people_stamp(const struct p1ctl_decoded *decoded,
                        const struct p1_clock *clock,
                        char text[P1CTL_STAMP_MAX]) {
  if (!clock->valid) {
    snprintf(text, P1CTL_STAMP_MAX, "at no valid time");
    return;
  }
  char zone[16];
  zone_text(decoded, clock, zone);
  p1ctl_stamp(clock->local, text);
  const size_t n = strlen(text);
  snprintf(text + n, P1CTL_STAMP_MAX - n, " %s", zone);
}

void p1ctl_people_duration(int64_t seconds, char text[P1CTL_DURATION_MAX]) {
  static const struct {
    const char *unit;
    int64_t seconds;
  } parts[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
  size_t n = 0;

  text[0] = '\0';
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
    const int64_t count = seconds / parts[i].seconds;
    seconds %= parts[i].seconds;
    const bool last = i + 1 == sizeof(parts) / sizeof(parts[0]);
    if (count == 0 && !(last && n == 0))
      continue;
    const int written =
        snprintf(text + n, P1CTL_DURATION_MAX - n, "%s%lld %s",
                 n > 0 ? " " : "", (long long)count, parts[i].unit);
    n += (size_t)written;
  }
}

static void version_text(const struct p1_telegram *telegram, char *text,
                         size_t size) {
  const struct p1_object *emucs =
      p1_telegram_find(telegram, P1_ID_VERSION_EMUCS);
  text[0] = '\0';
  if (emucs != NULL) {
    char buffer[P1_TELEGRAM_MAX], shown[P1CTL_VALUE_MAX] = "";
    p1ctl_escape(p1ctl_object_text(telegram, emucs, buffer), shown);
    if (strlen(shown) == 5 && strspn(shown, "0123456789") == 5 &&
        strncmp(shown, "50", 2) == 0)
      snprintf(text, size, ", e-MUCS %c.%c (DSMR %c.%c.%c)", shown[3], shown[4],
               shown[0], shown[1], shown[2]);
    else if (shown[0] != '\0')
      snprintf(text, size, ", version %.20s", shown);
  } else if (telegram->version > 0) {
    snprintf(text, size, ", DSMR %u.%u", telegram->version / 10u,
             telegram->version % 10u);
  }
}

void p1ctl_people_head(const struct p1ctl_decoded *decoded,
                       char text[P1CTL_VALUE_MAX]) {
  static const char *const crcs[] = {[P1_CRC_ABSENT] = "no CRC",
                                     [P1_CRC_OK] = "CRC ok",
                                     [P1_CRC_BAD] = "CRC BAD"};
  const struct p1_telegram *telegram = decoded->telegram;
  char model[5], version[48] = "", stamp[P1CTL_STAMP_MAX] = "";

  p1_telegram_model(telegram, model);
  if (decoded->believed) {
    version_text(telegram, version, sizeof(version));
    if (telegram->time.valid)
      p1ctl_people_stamp(decoded, &telegram->time, stamp);
    else
      snprintf(stamp, sizeof(stamp), "without time");
  }
  snprintf(text, P1CTL_VALUE_MAX, "%s%s%s%s, %s",
           model[0] != '\0' ? model : "Unknown meter", version,
           stamp[0] != '\0' ? ", " : "", stamp, crcs[decoded->crc]);
}

/* Prints one character of the text and returns how many bytes it took. */
static size_t put_character(FILE *out, const char *bytes, size_t n) {
  const size_t length = p1ctl_utf8(bytes, n);
  const uint8_t byte = (uint8_t)bytes[0];

  if (length > 0 && p1ctl_printable(bytes, length)) {
    fwrite(bytes, 1, length, out);
  } else if (length == 0 && byte >= 0xA0) {
    putc(0xC0 | byte >> 6, out);
    putc(0x80 | (byte & 0x3F), out);
  } else {
    putc(' ', out);
  }
  return length > 0 ? length : 1;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void p1ctl_paragraph(FILE *out, struct p1ctl_text text) {
  enum { LINE = 72 };
  size_t column = 0;

  for (size_t i = 0; i < text.n;) {
    size_t word = i, characters = 0;
    while (word < text.n && !is_blank(text.bytes[word])) {
      const size_t length = p1ctl_utf8(text.bytes + word, text.n - word);
      word += length > 0 ? length : 1;
      characters++;
    }
    if (characters == 0) {
      i++;
      continue;
    }
    if (column == 0 || column + 1 + characters > LINE) {
      fputs(column == 0 ? "    " : "\n    ", out);
      column = 0;
    } else {
      putc(' ', out);
      column++;
    }
    for (; i < word; column++) {
      if (column == LINE) {
        fputs("\n    ", out);
        column = 0;
      }
      i += put_character(out, text.bytes + i, text.n - i);
    }
  }
  if (column > 0)
    putc('\n', out);
}
