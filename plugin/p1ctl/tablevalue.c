/*
 * tablevalue.c - the table for people: what an object is called and how its
 * value reads.
 */
#include "tabletext.h"

#include "p1/lists.h"

#include <string.h>

enum country { COUNTRY_UNKNOWN, COUNTRY_BELGIUM, COUNTRY_NETHERLANDS };

/* Belgian meters name the version of e-MUCS: five digits that begin with DSMR's
 * 5.0.2, or any five in hex (Wallonia). Swiss ones print other digits under the
 * same code. The meters of Luxembourg and Austria have a DSMR version too. */
static enum country country_of(const struct p1_telegram *telegram) {
  const struct p1_object *emucs =
      p1_telegram_find(telegram, P1_ID_VERSION_EMUCS);
  char model[5];

  p1_telegram_model(telegram, model);
  if (strncmp(model, "FLU", 3) == 0 || strncmp(model, "SIB", 3) == 0)
    return COUNTRY_BELGIUM;
  if (emucs != NULL) {
    const struct p1ctl_text raw = p1ctl_object_raw(telegram, emucs);
    const bool is_502 = raw.n == 5 && memcmp(raw.bytes, "502", 3) == 0;
    const bool is_hex = raw.n == 10 && raw.bytes[0] == '3';
    return is_502 || is_hex ? COUNTRY_BELGIUM : COUNTRY_UNKNOWN;
  }
  static const char *const others[] = {"EST", "Lux", "LUX"};
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
    if (strncmp(model, others[i], 3) == 0)
      return COUNTRY_UNKNOWN;
  return telegram->version > 0 ? COUNTRY_NETHERLANDS : COUNTRY_UNKNOWN;
}

/* The numbers 1 and 2 are swapped between the two countries. */
static const char *tariff_word(const struct p1_telegram *telegram,
                               int64_t tariff) {
  if (tariff != 1 && tariff != 2)
    return "";
  switch (country_of(telegram)) {
  case COUNTRY_BELGIUM:
    return tariff == 1 ? " (day)" : " (night)";
  case COUNTRY_NETHERLANDS:
    return tariff == 1 ? " (low)" : " (normal)";
  case COUNTRY_UNKNOWN:
    break;
  }
  return "";
}

static int tariff_of_register(enum p1_id id) {
  switch (id) {
  case P1_ID_ENERGY_IMPORT_T1:
  case P1_ID_ENERGY_EXPORT_T1:
    return 1;
  case P1_ID_ENERGY_IMPORT_T2:
  case P1_ID_ENERGY_EXPORT_T2:
    return 2;
  default:
    return 0;
  }
}

static bool is_reading(const struct p1ctl_decoded *decoded, enum p1_id id) {
  for (size_t i = 0; i < decoded->readings->count; i++)
    if (decoded->readings->list[i].id == id)
      return true;
  return false;
}

static bool is_fuse(enum p1_id id) {
  return id == P1_ID_FUSE || id == P1_ID_FUSE_L2 || id == P1_ID_FUSE_L3;
}

static bool is_limit(enum p1_id id) {
  return is_fuse(id) || id == P1_ID_LIMITER;
}

/* 999, 999.9 and 99.999 are all nines, which stand for no limit at all. */
static bool is_all_nines(const struct p1_value *value) {
  int64_t number = value->number;
  unsigned nines = 0;

  while (number > 0 && number % 10 == 0)
    number /= 10;
  for (; number > 0 && number % 10 == 9; number /= 10)
    nines++;
  return number == 0 && nines >= 3;
}

/* Lithuanian meters print a mean current under the fuse's code. The rules of
 * the plugin tell them apart: then there is no such reading. */
static bool is_mean_current(const struct p1ctl_decoded *decoded,
                            enum p1_id id) {
  const struct p1_object *fuse = p1_telegram_find(decoded->telegram, id);
  return is_fuse(id) && fuse != NULL && fuse->has_value &&
         !is_all_nines(&fuse->value) && !is_reading(decoded, id) &&
         !(id == P1_ID_FUSE && is_reading(decoded, P1_ID_FUSE_L1));
}

/* A row needs the name; what follows these in the catalogue explains it. */
static const char *const name_ends[] = {
    ";",         ":",         " [",          " (Belgium)",
    ", as the ", ", or the ", ", where ",    ", published",
    " if power", ", as Ene",  " of an hour", ", imported and ",
};

/* The catalogue's help, or a shorter name: a row is to fit 80 columns. */
static const char *short_name(const struct p1ctl_decoded *decoded,
                              enum p1_id id) {
  switch (id) {
  case P1_ID_PEAK_AVERAGE:
    return "mean of the past months' highest demands";
  case P1_ID_LAST_DEMAND_IMPORT:
    return "demand of the last period, import";
  case P1_ID_LAST_DEMAND_EXPORT:
    return "demand of the last period, export";
  case P1_ID_LAST_DEMAND_REACTIVE_IMPORT:
    return "demand of the last period, reactive import";
  case P1_ID_LAST_DEMAND_REACTIVE_EXPORT:
    return "demand of the last period, reactive export";
  case P1_ID_LAST_DEMAND_APPARENT_IMPORT:
    return "demand of the last period, apparent import";
  case P1_ID_LAST_DEMAND_APPARENT_EXPORT:
    return "demand of the last period, apparent export";
  case P1_ID_FUSE:
    return is_mean_current(decoded, id) ? "mean current L1"
                                        : p1_obis_row(id)->help;
  case P1_ID_FUSE_L2:
    return is_mean_current(decoded, id) ? "mean current L2"
                                        : p1_obis_row(id)->help;
  case P1_ID_FUSE_L3:
    return is_mean_current(decoded, id) ? "mean current L3"
                                        : p1_obis_row(id)->help;
  default:
    return p1_obis_row(id)->help;
  }
}

void p1ctl_people_name(const struct p1ctl_decoded *decoded, enum p1_id id,
                       uint8_t channel, char text[P1CTL_VALUE_MAX]) {
  const char *help = short_name(decoded, id);
  size_t n = strlen(help);
  for (size_t i = 0; i < sizeof(name_ends) / sizeof(name_ends[0]); i++) {
    const char *found = strstr(help, name_ends[i]);
    if (found != NULL && (size_t)(found - help) < n)
      n = (size_t)(found - help);
  }
  char number[24] = "";
  if (id == P1_ID_RELAY) {
    n -= 1; /* "auxiliary relay n" */
    snprintf(number, sizeof(number), "%u", channel);
  } else if (channel > 0) {
    snprintf(number, sizeof(number), ", channel %u", channel);
  }
  snprintf(text, P1CTL_VALUE_MAX, "%.*s%s%s", (int)n, help, number,
           tariff_word(decoded->telegram, tariff_of_register(id)));
}

/* The word for a state, which the catalogue's help gives: ": 0 closed, ...". */
static size_t state_word(const struct p1_obis *row, int64_t state,
                         const char **word) {
  char wanted[P1CTL_NUMBER_MAX + 3] = " ";
  const size_t n = p1ctl_number(state, 0, false, wanted + 1);
  memcpy(wanted + 1 + n, " ", 2);

  const char *list = strchr(row->help, ':');
  const char *found = list != NULL ? strstr(list, wanted) : NULL;
  if (found == NULL)
    return 0;
  *word = found + n + 2;
  return strcspn(*word, ",");
}

static void put(char text[P1CTL_VALUE_MAX], const char *from) {
  snprintf(text, P1CTL_VALUE_MAX, "%s", from);
}

static void state_text(const struct p1ctl_decoded *decoded,
                       const struct p1_object *object,
                       char text[P1CTL_VALUE_MAX]) {
  const struct p1ctl_text raw = p1ctl_object_raw(decoded->telegram, object);
  const char *word = NULL;
  char number[P1CTL_NUMBER_MAX];

  if (!object->has_value || raw.n == 0 || raw.bytes[0] > '9') {
    p1ctl_escape(raw, text);
    return;
  }
  p1ctl_number(object->value.number, object->value.decimals, false, number);
  const size_t n =
      state_word(p1_obis_row(object->id), object->value.number, &word);
  if (object->id == P1_ID_TARIFF)
    snprintf(text, P1CTL_VALUE_MAX, "%s%s", number,
             tariff_word(decoded->telegram, object->value.number));
  else if (n > 0)
    snprintf(text, P1CTL_VALUE_MAX, "%.*s (%s)", (int)n, word, number);
  else
    snprintf(text, P1CTL_VALUE_MAX, "%s", number);
}

static void list_text(const struct p1_telegram *telegram,
                      const struct p1_object *object,
                      char text[P1CTL_VALUE_MAX]) {
  struct p1_list_cursor cursor = {0};
  struct p1_failure failure;
  struct p1_month_peak peak;
  unsigned count = 0;

  if (object->id == P1_ID_FAILURE_LOG)
    while (p1_list_failure(telegram, &cursor, &failure))
      count++;
  if (object->id == P1_ID_PEAK_HISTORY)
    while (p1_list_month_peak(telegram, &cursor, &peak))
      count++;
  /* A list that is ours begins with its count, one or two digits. */
  const struct p1ctl_text raw = p1ctl_object_raw(telegram, object);
  const char *close = raw.n > 0 ? memchr(raw.bytes, ')', raw.n) : NULL;
  const size_t first = close != NULL ? (size_t)(close - raw.bytes) : raw.n;
  if (count > 0)
    snprintf(text, P1CTL_VALUE_MAX, "%u %s%s", count,
             object->id == P1_ID_FAILURE_LOG ? "failure" : "month",
             count == 1 ? "" : "s");
  else
    put(text, first <= 2 ? "(empty)" : "(not read)");
}

/* The imported and the exported limit, of which the object holds the first. */
static void limits_text(struct p1ctl_text raw, char text[P1CTL_VALUE_MAX]) {
  p1ctl_escape(raw, text);
  char *between = strstr(text, ")(");
  if (between != NULL)
    memcpy(between, ", ", 2);
}

static void name_text(const struct p1ctl_decoded *decoded,
                      const struct p1_object *object,
                      char text[P1CTL_VALUE_MAX]) {
  char buffer[P1_TELEGRAM_MAX];
  const struct p1ctl_text name =
      p1ctl_object_text(decoded->telegram, object, buffer);
  if (name.n == 0)
    put(text, "(empty)");
  else if (decoded->options->identity)
    p1ctl_escape(name, text);
  else
    put(text, "(hidden)");
}

/* Firmware, signatures and registers are shown as printed: what is hex in them
 * is no text. The version is, in Wallonia. */
static void text_text(const struct p1_telegram *telegram,
                      const struct p1_object *object,
                      char text[P1CTL_VALUE_MAX]) {
  char buffer[P1_TELEGRAM_MAX];
  const struct p1ctl_text shown =
      object->id == P1_ID_VERSION_EMUCS
          ? p1ctl_object_text(telegram, object, buffer)
          : p1ctl_object_raw(telegram, object);
  p1ctl_escape(shown, text);
  if (shown.n == 0)
    put(text, "(empty)");
}

const char *p1ctl_people_value(const struct p1ctl_decoded *decoded,
                               const struct p1_object *object,
                               char text[P1CTL_VALUE_MAX]) {
  const struct p1ctl_text raw = p1ctl_object_raw(decoded->telegram, object);
  char number[P1CTL_NUMBER_MAX];
  char stamp[P1CTL_STAMP_MAX];

  switch ((enum p1_kind)p1_obis_row(object->id)->kind) {
  case P1_KIND_NAME:
    name_text(decoded, object, text);
    return "";
  case P1_KIND_LIST:
    list_text(decoded->telegram, object, text);
    return "";
  case P1_KIND_STATE:
    state_text(decoded, object, text);
    return "";
  case P1_KIND_CLOCK:
    p1ctl_people_stamp(decoded, &object->time, stamp);
    put(text, raw.n > 0 ? stamp : "(empty)");
    return "";
  case P1_KIND_TEXT:
    text_text(decoded->telegram, object, text);
    return "";
  default:
    break;
  }
  if (!object->has_value) {
    put(text, "(empty)");
    return "";
  }
  if (is_limit(object->id) && is_all_nines(&object->value)) {
    put(text, "none");
    return "";
  }
  if (object->id == P1_ID_CURRENT_LIMITS ||
      object->id == P1_ID_CURRENT_LIMITS_SPEC) {
    limits_text(raw, text);
    return "";
  }
  const char *unit = p1ctl_people_number(&object->value, number);
  put(text, number);
  return unit;
}

void p1ctl_people_device(const struct p1_device *device,
                         char text[P1CTL_VALUE_MAX]) {
  char medium[24];
  snprintf(medium, sizeof(medium), "%s", p1_medium_name(device->medium));
  for (char *p = medium; *p != '\0'; p++)
    if (*p == '_')
      *p = ' ';
  if (device->medium == P1_MEDIUM_UNKNOWN)
    snprintf(medium, sizeof(medium), "unknown device");

  snprintf(text, P1CTL_VALUE_MAX, "%s, channel %u", medium, device->channel);
}

bool p1ctl_people_unpublished(const struct p1_device *device,
                              char text[P1CTL_VALUE_MAX]) {
  const char *reason = NULL;
  if (!device->live)
    reason = device->reading == NULL || !device->reading->has_value
                 ? "it has no reading"
             : device->age_s > 0 ? "the reading is stale"
                                 : "nothing lives on this channel";
  else if (device->medium == P1_MEDIUM_UNKNOWN ||
           device->medium == P1_MEDIUM_ELECTRICITY)
    reason = "what it measures has no name among the readings";
  if (reason != NULL)
    snprintf(text, P1CTL_VALUE_MAX, "  not published: %s", reason);
  return reason != NULL;
}

void p1ctl_people_capture(const struct p1ctl_decoded *decoded,
                          const struct p1_device *device,
                          char text[P1CTL_VALUE_MAX]) {
  char stamp[P1CTL_STAMP_MAX];
  char age[P1CTL_DURATION_MAX + 16] = "";

  p1ctl_people_stamp(decoded, &device->reading->time, stamp);
  if (device->age_s > 0) {
    char duration[P1CTL_DURATION_MAX];
    /* Of a stale reading only the days are of interest. */
    p1ctl_people_duration(device->age_s < 2 * 86400
                              ? device->age_s
                              : device->age_s / 86400 * 86400,
                          duration);
    snprintf(age, sizeof(age), ", %s ago", duration);
  }
  snprintf(text, P1CTL_VALUE_MAX, "  captured %s%s", stamp, age);
}
