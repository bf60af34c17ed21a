/*
 * json.c - a telegram as one JSON object on one line.
 *
 * The keys of "readings" are the plugin's identifiers and the values are those
 * that the plugin would publish of this one telegram. No serial number and no
 * EAN is in the output unless it was asked for: what is unknown or malformed is
 * named by its code alone.
 */
#include "decode.h"

#include "jsonwrite.h"
#include "text.h"

#include "p1/lists.h"

#include <stdlib.h>

static const char *const crc_names[] = {
    [P1_CRC_ABSENT] = "absent", [P1_CRC_OK] = "ok", [P1_CRC_BAD] = "bad"};

static void time_member(struct p1ctl_jsonwrite *json, const char *key,
                        const struct p1_clock *clock, int standard_offset_s) {
  if (clock->valid)
    p1ctl_json_number(json, key, p1_clock_utc(clock, standard_offset_s), 0);
  else
    p1ctl_json_null(json, key);
}

/* The meter's wall clock as RFC 3339 writes it: with its distance from UTC. */
static void local_member(struct p1ctl_jsonwrite *json, const char *key,
                         const struct p1_clock *clock, int standard_offset_s) {
  if (!clock->valid) {
    p1ctl_json_null(json, key);
    return;
  }
  char stamp[P1CTL_STAMP_MAX];
  char text[P1CTL_STAMP_MAX + 16];
  const int minutes =
      (int)((clock->local - p1_clock_utc(clock, standard_offset_s)) / 60);
  p1ctl_stamp(clock->local, stamp);
  stamp[10] = 'T';
  snprintf(text, sizeof(text), "%s%c%02d:%02d", stamp, minutes < 0 ? '-' : '+',
           abs(minutes) / 60, abs(minutes) % 60);
  p1ctl_json_string(json, key, text);
}

static void readings_member(struct p1ctl_jsonwrite *json,
                            const struct p1ctl_decoded *decoded) {
  p1ctl_json_open(json, "readings", '{');
  for (size_t i = 0; decoded->believed && i < decoded->readings->count; i++) {
    const struct p1_reading *reading = &decoded->readings->list[i];
    char name[P1_READING_NAME_MAX];
    p1_reading_name(reading->id, reading->channel, name, sizeof(name));
    p1ctl_json_number(json, name, reading->value.number,
                      reading->value.decimals);
  }
  p1ctl_json_close(json, '}');
}

static void device_member(struct p1ctl_jsonwrite *json,
                          const struct p1_device *device,
                          int standard_offset_s) {
  const struct p1_object *reading = device->reading;

  p1ctl_json_open(json, NULL, '{');
  p1ctl_json_number(json, "channel", device->channel, 0);
  p1ctl_json_string(json, "medium", p1_medium_name(device->medium));
  if (reading != NULL && reading->has_time)
    time_member(json, "captured", &reading->time, standard_offset_s);
  else
    p1ctl_json_null(json, "captured");
  p1ctl_json_bool(json, "live", device->live);
  if (device->type >= 0)
    p1ctl_json_number(json, "type", device->type, 0);
  else
    p1ctl_json_null(json, "type");
  if (reading != NULL && reading->has_value) {
    p1ctl_json_number(json, "value", reading->value.number,
                      reading->value.decimals);
    p1ctl_json_string(json, "unit", p1_unit_name(reading->value.unit));
  }
  if (device->valve != NULL && device->valve->has_value)
    p1ctl_json_number(json, "valve", device->valve->value.number,
                      device->valve->value.decimals);
  p1ctl_json_close(json, '}');
}

static void devices_member(struct p1ctl_jsonwrite *json,
                           const struct p1ctl_decoded *decoded) {
  p1ctl_json_open(json, "devices", '[');
  for (size_t i = 0; decoded->believed && i < decoded->device_count; i++)
    device_member(json, &decoded->devices[i],
                  decoded->options->standard_offset_s);
  p1ctl_json_close(json, ']');
}

static void failures_member(struct p1ctl_jsonwrite *json,
                            const struct p1ctl_decoded *decoded) {
  struct p1_list_cursor cursor = {0};
  struct p1_failure failure;

  p1ctl_json_open(json, "failures", '[');
  while (decoded->believed &&
         p1_list_failure(decoded->telegram, &cursor, &failure)) {
    p1ctl_json_open(json, NULL, '{');
    time_member(json, "end", &failure.end, decoded->options->standard_offset_s);
    p1ctl_json_number(json, "duration", failure.duration_s, 0);
    p1ctl_json_close(json, '}');
  }
  p1ctl_json_close(json, ']');
}

/* The past months' peaks; the member is left out by meters that have none. */
static void peaks_member(struct p1ctl_jsonwrite *json,
                         const struct p1ctl_decoded *decoded) {
  const int offset = decoded->options->standard_offset_s;
  struct p1_list_cursor cursor = {0};
  struct p1_month_peak peak;
  bool any = false;

  while (p1_list_month_peak(decoded->telegram, &cursor, &peak)) {
    if (!any)
      p1ctl_json_open(json, "peaks", '[');
    any = true;
    p1ctl_json_open(json, NULL, '{');
    time_member(json, "closed", &peak.closed, offset);
    time_member(json, "time", &peak.when, offset);
    p1ctl_json_number(json, "demand", peak.demand.number, peak.demand.decimals);
    p1ctl_json_close(json, '}');
  }
  if (any)
    p1ctl_json_close(json, ']');
}

static bool is_message(uint8_t id) {
  return id == P1_ID_MESSAGE || id == P1_ID_MESSAGE_CODE ||
         (id >= P1_ID_MESSAGE_2 && id <= P1_ID_MESSAGE_5);
}

static bool is_identity(uint8_t id) {
  return p1_obis_row(id)->kind == P1_KIND_NAME;
}

/* The objects that `wanted` picks, as one object of code and text. */
static void texts_member(struct p1ctl_jsonwrite *json, const char *key,
                         const struct p1_telegram *telegram,
                         bool (*wanted)(uint8_t id), bool with_header) {
  char code[P1CTL_CODE_MAX];
  char buffer[P1_TELEGRAM_MAX];
  bool any = with_header;

  if (with_header) {
    p1ctl_json_open(json, key, '{');
    p1ctl_json_bytes(json, "header", telegram->bytes + telegram->header.at,
                     telegram->header.n);
  }
  for (size_t i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    const struct p1ctl_text text = p1ctl_object_text(telegram, object, buffer);
    if (!wanted(object->id) || text.n == 0)
      continue;
    if (!any)
      p1ctl_json_open(json, key, '{');
    any = true;
    p1ctl_object_code(telegram, object, code);
    p1ctl_json_bytes(json, code, text.bytes, text.n);
  }
  if (any)
    p1ctl_json_close(json, '}');
}

static void codes_member(struct p1ctl_jsonwrite *json, const char *key,
                         const struct p1ctl_decoded *decoded,
                         const struct p1_slice *places, size_t count) {
  p1ctl_json_open(json, key, '[');
  for (size_t i = 0; decoded->believed && i < count && i < P1_REMARKS_MAX;
       i++) {
    char code[P1CTL_CODE_MAX];
    const bool is_code = p1ctl_code(decoded->telegram, places[i], code);
    p1ctl_json_string(json, NULL, is_code ? code : "?");
  }
  p1ctl_json_close(json, ']');
}

void p1ctl_json(FILE *out, const struct p1ctl_decoded *decoded) {
  const struct p1_telegram *telegram = decoded->telegram;
  const int offset = decoded->options->standard_offset_s;
  struct p1ctl_jsonwrite json = {.out = out};
  /* What a damaged telegram says of the time is not to be believed either. */
  const struct p1_clock time =
      decoded->believed ? telegram->time : (struct p1_clock){.valid = false};
  char model[5];

  p1ctl_json_open(&json, NULL, '{');
  p1_telegram_model(telegram, model);
  if (model[0] != '\0')
    p1ctl_json_string(&json, "meter", model);
  else
    p1ctl_json_null(&json, "meter");
  p1ctl_json_string(&json, "crc", crc_names[decoded->crc]);
  time_member(&json, "time", &time, offset);
  local_member(&json, "local", &time, offset);
  readings_member(&json, decoded);
  devices_member(&json, decoded);
  failures_member(&json, decoded);
  if (decoded->believed) {
    peaks_member(&json, decoded);
    texts_member(&json, "texts", telegram, is_message, false);
    if (decoded->options->identity)
      texts_member(&json, "identity", telegram, is_identity, true);
  }
  codes_member(&json, "unknown", decoded, telegram->unknown_codes,
               telegram->unknown);
  codes_member(&json, "malformed", decoded, telegram->malformed_codes,
               telegram->malformed);
  p1ctl_json_close(&json, '}');
  putc('\n', out);
}
