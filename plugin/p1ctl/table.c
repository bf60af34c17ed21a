/*
 * table.c - a telegram as a table for people.
 *
 * Everything that was recognised is shown, also what the plugin does not
 * publish: that is what the table is for. It is laid out twice: the first time
 * nothing is printed and the widths of the columns are found, so that the
 * columns fit what this meter says.
 */
#include "decode.h"

#include "tabletext.h"

#include "p1/lists.h"

#include <string.h>

/* Wider values (messages, serial numbers) run over their column; the widest
 * number has 15 digits, a point and a sign. */
#define VALUE_WIDTH_MAX 17

struct table {
  const struct p1ctl_decoded *decoded;
  FILE *out;         /* NULL while the widths are being found */
  const char *title; /* of the section, until its first row was printed */
  size_t description_width, value_width;
  bool done[P1_OBJECTS_MAX]; /* objects that have had their row */
};

/* Rows of the catalogue that stand under one title, in the catalogue's order.
 */
struct section {
  const char *title;
  enum p1_id first, last;
};

static const struct section sections[] = {
    {"Power, voltage and current", P1_ID_POWER_IMPORT, P1_ID_VT_RATIO},
    {"Energy", P1_ID_ENERGY_IMPORT, P1_ID_REACTIVE_ENERGY_Q4},
    {"Demand", P1_ID_DEMAND_IMPORT, P1_ID_LAST_DEMAND_APPARENT_EXPORT},
    {"Tariff, switches and limits", P1_ID_TARIFF, P1_ID_CURRENT_LIMITS_SPEC},
    {"Power quality", P1_ID_FAILURES, P1_ID_SWELL_MAGNITUDE_L3},
};

static void begin(struct table *table) {
  if (table->title != NULL)
    fprintf(table->out, "\n%s\n", table->title);
  table->title = NULL;
}

static void row(struct table *table, const char *description, const char *value,
                const char *unit, const char *code) {
  const size_t description_n = strlen(description);
  const size_t value_n = strlen(value);

  if (table->out == NULL) {
    if (description_n > table->description_width)
      table->description_width = description_n;
    if (value_n <= VALUE_WIDTH_MAX && value_n > table->value_width)
      table->value_width = value_n;
    return;
  }
  begin(table);
  fprintf(table->out, "  %-*s  %*s", (int)table->description_width, description,
          (int)table->value_width, value);
  /* A value that runs over pushes nothing if the unit's place is free. */
  if (unit[0] != '\0' || (code[0] != '\0' && value_n <= table->value_width))
    fprintf(table->out, code[0] != '\0' ? "  %-5s" : "  %s", unit);
  if (code[0] != '\0')
    fprintf(table->out, "  %s", code);
  putc('\n', table->out);
}

/* A line without columns. */
static void line(struct table *table, const char *text) {
  if (table->out == NULL)
    return;
  begin(table);
  fprintf(table->out, "  %s\n", text);
}

static void number_row(struct table *table, const char *description,
                       const struct p1_value *value, const char *code) {
  char text[P1CTL_NUMBER_MAX];
  const char *unit = p1ctl_people_number(value, text);
  row(table, description, text, unit, code);
}

static void object_row(struct table *table, const struct p1_object *object,
                       const char *description) {
  const struct p1ctl_decoded *decoded = table->decoded;
  char code[P1CTL_CODE_MAX];
  char value[P1CTL_VALUE_MAX];

  p1ctl_object_code(decoded->telegram, object, code);
  table->done[object - decoded->telegram->objects] = true;
  const char *unit = p1ctl_people_value(decoded, object, value);
  row(table, description, value, unit, code);
  if (p1_obis_row(object->id)->kind == P1_KIND_PEAK && object->has_time) {
    char stamp[P1CTL_STAMP_MAX], text[P1CTL_STAMP_MAX + 8];
    p1ctl_people_stamp(decoded, &object->time, stamp);
    snprintf(text, sizeof(text), "  on %s", stamp);
    line(table, text);
  }
}

static void peaks_rows(struct table *table) {
  const struct p1_telegram *telegram = table->decoded->telegram;
  struct p1_list_cursor cursor = {0};
  struct p1_month_peak peak;

  while (p1_list_month_peak(telegram, &cursor, &peak)) {
    char month[P1CTL_STAMP_MAX], when[P1CTL_STAMP_MAX];
    char description[2 * P1CTL_STAMP_MAX + 16];
    /* The month is closed by the first moment of the next. */
    p1ctl_stamp(peak.closed.local - 1, month);
    p1ctl_people_stamp(table->decoded, &peak.when, when);
    snprintf(description, sizeof(description), "  peak of %.7s, %s", month,
             when);
    number_row(table, description, &peak.demand, "");
  }
}

static void failures_lines(struct table *table) {
  struct p1_list_cursor cursor = {0};
  struct p1_failure failure;

  for (unsigned i = 1;
       p1_list_failure(table->decoded->telegram, &cursor, &failure); i++) {
    char end[P1CTL_STAMP_MAX], duration[P1CTL_DURATION_MAX];
    char text[P1CTL_STAMP_MAX + P1CTL_DURATION_MAX + 40];
    p1ctl_people_stamp(table->decoded, &failure.end, end);
    p1ctl_people_duration(failure.duration_s, duration);
    snprintf(text, sizeof(text), "  failure %u ended %s, it lasted %s", i, end,
             duration);
    line(table, text);
  }
}

/* What the plugin works out and no object of the telegram says. */
static void derived_row(struct table *table, enum p1_id id) {
  const struct p1ctl_decoded *decoded = table->decoded;

  switch (id) {
  case P1_ID_POWER_NET:
  case P1_ID_ENERGY_IMPORT:
  case P1_ID_ENERGY_EXPORT:
  case P1_ID_DEMAND_PROJECTED:
  case P1_ID_PEAK_AVERAGE:
    break;
  default: /* the others repeat an object that has its row */
    return;
  }
  for (size_t i = 0; i < decoded->readings->count; i++) {
    const struct p1_reading *reading = &decoded->readings->list[i];
    if (reading->id != id)
      continue;
    char description[P1CTL_VALUE_MAX];
    p1ctl_people_name(decoded, id, 0, description);
    number_row(table, description, &reading->value, "(derived)");
  }
}

static void section_rows(struct table *table, const struct section *section) {
  const struct p1_telegram *telegram = table->decoded->telegram;

  table->title = section->title;
  for (enum p1_id id = section->first; id <= section->last; id++) {
    for (size_t i = 0; i < telegram->count; i++) {
      const struct p1_object *object = &telegram->objects[i];
      if (object->id != id)
        continue;
      char description[P1CTL_VALUE_MAX];
      p1ctl_people_name(table->decoded, id, object->channel, description);
      object_row(table, object, description);
    }
    if (id == P1_ID_PEAK_HISTORY)
      peaks_rows(table);
    if (id == P1_ID_FAILURE_LOG)
      failures_lines(table);
    if (p1_telegram_find(telegram, id) == NULL)
      derived_row(table, id);
  }
}

static bool is_of_device(const struct p1_object *object,
                         const struct p1_device *device) {
  return object->id >= P1_ID_MBUS_TYPE && object->id <= P1_ID_GAS_VALVE_NTA &&
         object->channel == device->channel;
}

static void device_rows(struct table *table, const struct p1_device *device) {
  const struct p1_telegram *telegram = table->decoded->telegram;
  const struct p1_object *reading = device->reading;
  char text[P1CTL_VALUE_MAX];

  p1ctl_people_device(device, text);
  if (reading != NULL)
    object_row(table, reading, text);
  else
    row(table, text, "(no reading)", "", "");
  if (reading != NULL && reading->has_time) {
    p1ctl_people_capture(table->decoded, device, text);
    line(table, text);
  }
  if (p1ctl_people_unpublished(device, text))
    line(table, text);
  for (size_t i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (!is_of_device(object, device) || table->done[i] ||
        p1_obis_row(object->id)->kind == P1_KIND_NAME)
      continue;
    const char *description = object->id == P1_ID_MBUS_TYPE ? "  device type"
                              : object == device->valve     ? "  valve"
                                                        : "  another reading";
    object_row(table, object, description);
  }
}

static void message_rows(struct table *table) {
  const struct p1_telegram *telegram = table->decoded->telegram;
  char buffer[P1_TELEGRAM_MAX];

  table->title = "Texts";
  for (size_t i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (object->id < P1_ID_MESSAGE || object->id > P1_ID_MESSAGE_5)
      continue;
    const struct p1ctl_text text = p1ctl_object_text(telegram, object, buffer);
    char code[P1CTL_CODE_MAX];
    p1ctl_object_code(telegram, object, code);
    table->done[i] = true;
    row(table, p1_obis_row(object->id)->help, text.n == 0 ? "(empty)" : "", "",
        code);
    if (table->out != NULL && text.n > 0)
      p1ctl_paragraph(table->out, text);
  }
}

static void identity_rows(struct table *table) {
  const struct p1_telegram *telegram = table->decoded->telegram;
  const bool shown = table->decoded->options->identity;

  table->title =
      shown ? "Identities" : "Identities (hidden, --identity shows them)";
  if (shown) {
    const struct p1ctl_text header = {.bytes =
                                          telegram->bytes + telegram->header.at,
                                      .n = telegram->header.n};
    char value[P1CTL_VALUE_MAX];
    p1ctl_escape(header, value);
    row(table, "header", value, "", "");
  }
  for (size_t i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (p1_obis_row(object->id)->kind != P1_KIND_NAME)
      continue;
    char description[P1CTL_VALUE_MAX];
    p1ctl_people_name(table->decoded, object->id, object->channel, description);
    object_row(table, object, description);
  }
}

/* What has had no row yet: versions, clocks, firmware. The telegram's own time
 * stands in the first line. */
static void other_rows(struct table *table) {
  const struct p1_telegram *telegram = table->decoded->telegram;

  table->title = "Others";
  for (size_t i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (table->done[i] || object->id == P1_ID_TIME)
      continue;
    char description[P1CTL_VALUE_MAX];
    p1ctl_people_name(table->decoded, object->id, object->channel, description);
    object_row(table, object, description);
  }
}

/* Names what was not understood, by the codes alone. */
static void remark_lines(struct table *table, const char *title,
                         const struct p1_slice *places, size_t count) {
  enum { PER_LINE = 5 };
  char text[PER_LINE * (P1CTL_CODE_MAX + 2)] = "";
  size_t nameless = count > P1_REMARKS_MAX ? count - P1_REMARKS_MAX : 0;
  size_t in_line = 0;

  table->title = title;
  for (size_t i = 0; i < count && i < P1_REMARKS_MAX; i++) {
    char code[P1CTL_CODE_MAX];
    if (!p1ctl_code(table->decoded->telegram, places[i], code)) {
      nameless++;
      continue;
    }
    const size_t n = strlen(text);
    snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? "  " : "", code);
    if (++in_line == PER_LINE) {
      line(table, text);
      text[0] = '\0';
      in_line = 0;
    }
  }
  if (in_line > 0)
    line(table, text);
  if (nameless > 0) {
    snprintf(text, sizeof(text), "%zu more, not named here", nameless);
    line(table, text);
  }
}

static void body(struct table *table) {
  const struct p1ctl_decoded *decoded = table->decoded;
  const struct p1_telegram *telegram = decoded->telegram;

  memset(table->done, 0, sizeof(table->done));
  for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
    section_rows(table, &sections[i]);
  table->title = "M-Bus devices";
  for (size_t i = 0; i < decoded->device_count; i++)
    device_rows(table, &decoded->devices[i]);
  message_rows(table);
  identity_rows(table);
  other_rows(table);
  remark_lines(table, "Unknown codes", telegram->unknown_codes,
               telegram->unknown);
  remark_lines(table, "Lines that could not be read", telegram->malformed_codes,
               telegram->malformed);
}

void p1ctl_table(FILE *out, const struct p1ctl_decoded *decoded) {
  char text[P1CTL_VALUE_MAX];
  p1ctl_people_head(decoded, text);
  fprintf(out, "%s\n", text);
  if (!decoded->believed) {
    fprintf(out,
            "Damaged: %s. Its readings are not shown; --ignore-crc shows "
            "them.\n\n",
            decoded->verdict == P1_VERDICT_BAD_CRC
                ? "the CRC does not fit"
                : "this meter ends its telegrams in a CRC, this one has none");
    return;
  }
  struct table table = {
      .decoded = decoded, .description_width = 40, .value_width = 13};
  body(&table);
  table.out = out;
  fprintf(out, "\n  %-*s  %*s  %-5s  %s\n", (int)table.description_width,
          "Description", (int)table.value_width, "Value", "Unit", "OBIS code");
  body(&table);
  putc('\n', out);
}
