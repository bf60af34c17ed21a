/*
 * object.c - how the text behind an OBIS code is read, by the kind of its row.
 */
#include "object.h"

#include <string.h>

/* Works the number's unit out against the unit that is due. A unit that was
 * left out is taken from the standard, which prints power and energy in
 * thousands with three decimals (P1-5.0.2 table 6-3, F5(3,3) and F9(3,3)) and
 * all else in the base unit; any other number without its unit may be anything
 * and is refused. */
static bool settle_unit(struct p1_value *value, enum p1_unit due) {
  if (value->unit == due)
    return true;
  if (value->unit != P1_UNIT_NONE)
    return false;
  switch (due) {
  case P1_UNIT_W:
  case P1_UNIT_WH:
  case P1_UNIT_VAR:
  case P1_UNIT_VARH:
  case P1_UNIT_VA:
  case P1_UNIT_VAH:
    if (value->decimals != 3 && value->number != 0)
      return false;
    value->decimals = 0;
    break;
  default:
    break;
  }
  value->unit = (uint8_t)due;
  return true;
}

/* A limit is told apart by its unit: W, VA or A; without one it is shown only.
 */
static bool settle_number(struct p1_object *object, const struct p1_obis *row) {
  if (object->value.negative &&
      (row->unit == P1_UNIT_WH || row->unit == P1_UNIT_VARH))
    return false; /* no register counts below 0 */
  if (object->id != P1_ID_LIMITER)
    return settle_unit(&object->value, row->unit);
  switch ((enum p1_unit)object->value.unit) {
  case P1_UNIT_W:
  case P1_UNIT_VA:
  case P1_UNIT_A:
  case P1_UNIT_NONE:
    return true;
  default:
    return false;
  }
}

static bool settle_count(const struct p1_value *value) {
  return value->unit == P1_UNIT_NONE && value->decimals == 0 &&
         !value->negative;
}

/* Lithuanian meters print power factors as four or more digits that count
 * thousandths. */
static bool settle_factor(struct p1_value *value) {
  if (value->unit != P1_UNIT_NONE)
    return false;
  if (value->decimals == 0 && value->digits >= 4)
    value->decimals = 3;
  return true;
}

static bool settle(struct p1_object *object, const struct p1_obis *row) {
  switch ((enum p1_kind)row->kind) {
  case P1_KIND_NUMBER:
    return settle_number(object, row);
  case P1_KIND_COUNT:
  case P1_KIND_STATE:
    return settle_count(&object->value);
  case P1_KIND_FACTOR:
    return settle_factor(&object->value);
  default:
    return false;
  }
}

/* True when the line holds nothing more and the next one does not carry it on.
 */
static bool ends_object(const char *p, const char *end) {
  if (end - p > 2 && p[0] == '\r' && p[1] == '\n' && p[2] >= '0' && p[2] <= '9')
    return true; /* nearly always */
  while (p < end && *p == ' ')
    p++;
  if (p < end && *p != '\r' && *p != '\n')
    return false;
  while (p < end && (*p == '\r' || *p == '\n'))
    p++;
  return p == end || *p != '(';
}

const char *p1_object_parse_line(struct p1_object *object,
                                 const struct p1_obis *row, const char *from,
                                 const char *end) {
  switch ((enum p1_kind)row->kind) {
  case P1_KIND_NUMBER:
  case P1_KIND_COUNT:
  case P1_KIND_STATE:
  case P1_KIND_FACTOR:
    break;
  default:
    return NULL;
  }
  const char *p = p1_value_parse(from + 1, end, &object->value);
  if (p == NULL || p == end || *p != ')')
    return NULL;
  const bool usual = row->kind == P1_KIND_NUMBER &&
                     row->unit == object->value.unit &&
                     row->unit != P1_UNIT_NONE;
  if (!usual && !settle(object, row))
    return NULL;
  object->has_value = true;
  return ends_object(p + 1, end) ? p + 1 : NULL;
}

const char *p1_object_group(const char *p, const char *to, const char **text,
                            size_t *n) {
  while (p < to && (*p == '\r' || *p == '\n' || *p == ' '))
    p++;
  if (p == to || *p != '(')
    return NULL;
  const char *close = memchr(p, ')', (size_t)(to - p));
  if (close == NULL)
    return NULL;
  *text = p + 1;
  *n = (size_t)(close - p) - 1;
  return close + 1;
}

/* True when the group is one number, whole. */
static bool number_parse(const char *text, size_t n, struct p1_value *value) {
  return n > 0 && p1_value_parse(text, text + n, value) == text + n;
}

/* Two limits in one object: (100*A)(-063*A) or (65.0*A,-65.0*A). The first is
 * the imported current's and is taken. */
static bool limits_parse(struct p1_object *object, const struct p1_obis *row,
                         const char *from, const char *to) {
  const char *text = NULL, *second = NULL;
  size_t n = 0, second_n = 0;
  const char *p = p1_object_group(from, to, &text, &n);
  if (p == NULL)
    return false;
  const char *comma = memchr(text, ',', n);
  if (comma != NULL) {
    second = comma + 1;
    second_n = (size_t)(text + n - second);
    n = (size_t)(comma - text);
  } else if (p != to) {
    p = p1_object_group(p, to, &second, &second_n);
  }
  struct p1_value exported = {0};
  if (p != to || (second != NULL && !number_parse(second, second_n, &exported)))
    return false;
  object->has_value = number_parse(text, n, &object->value);
  return object->has_value && settle_number(object, row);
}

/* ON, OFF, or a word that ends in its number (TARIFF 1). Words that we do not
 * know are kept as text. */
static void word_parse(struct p1_object *object, const char *text, size_t n) {
  const struct p1_value on = {.number = 1}, off = {.number = 0};
  if (n == 2 && (text[0] & ~0x20) == 'O' && (text[1] & ~0x20) == 'N') {
    object->value = on;
    object->has_value = true;
  } else if (n == 3 && (text[0] & ~0x20) == 'O' && (text[1] & ~0x20) == 'F' &&
             (text[2] & ~0x20) == 'F') {
    object->value = off;
    object->has_value = true;
  } else {
    size_t at = n;
    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
      at--;
    object->has_value = at < n && at > 0 && text[at - 1] == ' ' &&
                        number_parse(text + at, n - at, &object->value);
  }
}

static bool simple_parse(struct p1_object *object, const struct p1_obis *row,
                         const char *from, const char *to) {
  const char *text = NULL;
  size_t n = 0;
  if (object->id == P1_ID_CURRENT_LIMITS ||
      object->id == P1_ID_CURRENT_LIMITS_SPEC)
    return limits_parse(object, row, from, to);
  const char *p = p1_object_group(from, to, &text, &n);
  if (p == NULL || p != to)
    return false;
  if (row->kind == P1_KIND_STATE && (text[0] < '0' || text[0] > '9')) {
    word_parse(object, text, n);
    return true;
  }
  object->has_value = number_parse(text, n, &object->value);
  return object->has_value && settle(object, row);
}

static bool clock_parse(struct p1_object *object, const char *from,
                        const char *to) {
  const char *text = NULL;
  size_t n = 0;
  if (p1_object_group(from, to, &text, &n) != to)
    return false;
  object->has_time = p1_clock_parse(text, n, &object->time);
  return object->has_time;
}

/* A stamp and a number, in either order. */
static bool peak_parse(struct p1_object *object, const struct p1_obis *row,
                       const char *from, const char *to) {
  const char *text = NULL;
  size_t n = 0;
  const char *p = from;
  while (p != to) {
    p = p1_object_group(p, to, &text, &n);
    if (p == NULL)
      return false;
    struct p1_clock time = {0};
    if (p1_clock_parse(text, n, &time)) {
      if (object->has_time)
        return false;
      object->has_time = true;
      object->time = time;
    } else if (!object->has_value && number_parse(text, n, &object->value)) {
      object->has_value = true;
    } else if (n > 0) {
      return false;
    }
  }
  return !object->has_value || settle_unit(&object->value, row->unit);
}

static bool is_volume_or_heat(const struct p1_value *value) {
  switch ((enum p1_unit)value->unit) {
  case P1_UNIT_NONE:
  case P1_UNIT_M3:
  case P1_UNIT_GJ:
  case P1_UNIT_WH:
    return true;
  default:
    return false;
  }
}

/* The value of a column, whose unit stands beside the column's code. A prefix
 * (kWh) is known from no meter there; rather than a thousandth of the value,
 * none is taken. */
static bool column_parse(struct p1_object *object, const char *text, size_t n,
                         const char *unit, size_t unit_n) {
  if (!number_parse(text, n, &object->value))
    return false;
  if (object->value.unit == P1_UNIT_NONE && unit_n > 0) {
    int exponent = 0;
    object->value.unit = (uint8_t)p1_unit_parse(unit, unit_n, &exponent);
    if (exponent != 0)
      return false;
  }
  object->has_value = true;
  return is_volume_or_heat(&object->value);
}

/* (stamp)(status)(period)(z) then z times (code)(unit), then z values, mostly
 * on a line of their own (P1-3.0 section 5.10). The first value is taken. The
 * standard's profiles have one column. */
static bool profile_parse(struct p1_object *object, const char *from,
                          const char *to) {
  enum { COLUMNS_MAX = 4 };
  const char *text = NULL, *unit = NULL;
  size_t n = 0, unit_n = 0;
  const char *p = from;
  for (size_t i = 0; i < 4; i++) {
    p = p1_object_group(p, to, &text, &n);
    if (p == NULL)
      return false;
    if (i == 0)
      object->has_time = p1_clock_parse(text, n, &object->time);
  }
  struct p1_value z = {0};
  if (!number_parse(text, n, &z) || !settle_count(&z) || z.number < 1 ||
      z.number > COLUMNS_MAX)
    return false;
  for (int64_t i = 0; i < z.number; i++) {
    p = p1_object_group(p, to, &text, &n);
    if (p != NULL)
      p = p1_object_group(p, to, &text, &n);
    if (p == NULL)
      return false;
    if (i == 0) {
      unit = text;
      unit_n = n;
    }
  }
  for (int64_t i = 0; i < z.number; i++) {
    p = p1_object_group(p, to, &text, &n);
    if (p == NULL)
      return false;
    if (i == 0 && n > 0 && !column_parse(object, text, n, unit, unit_n))
      return false;
  }
  return p == to;
}

/* (stamp)(value), (value)(stamp), or (value) alone. A stamp of which nothing
 * can be made counts as one that no clock shows. */
static bool reading_parse(struct p1_object *object, const char *from,
                          const char *to) {
  const char *text = NULL;
  size_t n = 0;
  const char *p = from;
  for (unsigned i = 0; p != to; i++) {
    p = p1_object_group(p, to, &text, &n);
    if (p == NULL)
      return false;
    struct p1_clock time = {0};
    if (p1_clock_parse(text, n, &time)) {
      if (object->has_time)
        return false;
      object->has_time = true;
      object->time = time;
    } else if (!object->has_value && number_parse(text, n, &object->value)) {
      object->has_value = true;
    } else if (i == 0 && p != to) {
      object->has_time = n > 0;
    } else if (n > 0) {
      return false;
    }
  }
  return !object->has_value || is_volume_or_heat(&object->value);
}

bool p1_object_parse(struct p1_object *object, const struct p1_obis *row,
                     const char *from, const char *to) {
  object->has_value = object->has_time = false;
  if (to - from == 2 && from[1] == ')')
    return true; /* nothing there, as for the device of an unused channel */
  switch ((enum p1_kind)row->kind) {
  case P1_KIND_NUMBER:
  case P1_KIND_COUNT:
  case P1_KIND_FACTOR:
  case P1_KIND_STATE:
    return simple_parse(object, row, from, to);
  case P1_KIND_CLOCK:
    return clock_parse(object, from, to);
  case P1_KIND_PEAK:
    return peak_parse(object, row, from, to);
  case P1_KIND_READING:
    return object->id == P1_ID_MBUS_READING_HOURLY ||
                   object->id == P1_ID_MBUS_READING_COLD
               ? profile_parse(object, from, to)
               : reading_parse(object, from, to);
  case P1_KIND_TEXT:
  case P1_KIND_NAME:
    return to[-1] == ')';
  case P1_KIND_LIST:
    return true;
  case P1_KIND_DERIVED:
    break;
  }
  return false;
}
