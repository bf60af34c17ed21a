/*
 * lists.c - the records inside the power failure log and the peak history.
 */
#include "p1/lists.h"

#include "object.h"

#include <string.h>

/* Meters fill unused rows of the log with the largest 32-bit number or more; it
 * would be 68 years. */
#define DURATION_DUMMY INT64_C(2147483647)

struct group {
  const char *text;
  size_t n;
};

/* The list's next group; false at its end. What is followed by anything but a
 * group was cut short by a ')' that does not belong there. */
static bool next_group(const struct p1_telegram *telegram,
                       const struct p1_object *object,
                       struct p1_list_cursor *cursor, struct group *group) {
  const char *from = telegram->bytes + object->text.at;
  const char *to = from + object->text.n;
  const char *p =
      p1_object_group(from + cursor->_at, to, &group->text, &group->n);
  if (p == NULL)
    return false;
  while (p < to && (*p == '\r' || *p == '\n' || *p == ' '))
    p++;
  cursor->_at = (size_t)(p - from);
  return p == to || *p == '(';
}

static bool group_clock(const struct group *group, struct p1_clock *clock) {
  return p1_clock_parse(group->text, group->n, clock);
}

/* A stamp ends in W or S and would pass for watts or seconds. */
static bool group_value(const struct group *group, struct p1_value *value) {
  const char *end = group->text + group->n;
  struct p1_clock clock = {0};
  return group->n > 0 && !group_clock(group, &clock) &&
         p1_value_parse(group->text, end, value) == end;
}

bool p1_list_failure(const struct p1_telegram *telegram,
                     struct p1_list_cursor *cursor,
                     struct p1_failure *failure) {
  const struct p1_object *log = p1_telegram_find(telegram, P1_ID_FAILURE_LOG);
  if (log == NULL)
    return false;
  struct group group = {0};
  /* The count and the code in front have not the shape of a stamp. */
  while (next_group(telegram, log, cursor, &group)) {
    if (!group_clock(&group, &failure->end))
      continue;
    struct p1_value duration = {0};
    if (!next_group(telegram, log, cursor, &group))
      return false;
    if (!group_value(&group, &duration) || duration.decimals != 0 ||
        duration.negative || duration.number >= DURATION_DUMMY ||
        (duration.unit != P1_UNIT_S && duration.unit != P1_UNIT_NONE))
      continue;
    failure->duration_s = duration.number;
    return true;
  }
  return false;
}

static bool is_peak_code(const struct group *group) {
  return group->n == 9 && (memcmp(group->text, "1-0:1.6.0", 9) == 0 ||
                           memcmp(group->text, "1-1:1.6.0", 9) == 0);
}

/* Reads the count and the codes of the columns, up to the first stamp. The
 * peak's code stands twice, for its time and its value; meters of businesses
 * have further columns around it. */
static bool start_peaks(const struct p1_telegram *telegram,
                        const struct p1_object *history,
                        struct p1_list_cursor *cursor) {
  struct group group = {0};
  bool after_peak = false;
  for (;;) {
    const size_t at = cursor->_at;
    struct p1_clock clock = {0};
    if (!next_group(telegram, history, cursor, &group))
      return false;
    if (group_clock(&group, &clock)) {
      cursor->_at = at;
      break;
    }
    if (memchr(group.text, ':', group.n) == NULL)
      continue;
    if (cursor->_columns == UINT8_MAX)
      return false;
    cursor->_columns++;
    const bool peak = is_peak_code(&group);
    if (peak && after_peak)
      cursor->_peak = cursor->_columns;
    after_peak = peak;
  }
  cursor->_started = true;
  return cursor->_peak > 0;
}

bool p1_list_month_peak(const struct p1_telegram *telegram,
                        struct p1_list_cursor *cursor,
                        struct p1_month_peak *peak) {
  const struct p1_object *history =
      p1_telegram_find(telegram, P1_ID_PEAK_HISTORY);
  if (history == NULL)
    return false;
  if (!cursor->_started && !start_peaks(telegram, history, cursor))
    return false;
  struct group group = {0};
  while (next_group(telegram, history, cursor, &group)) {
    *peak = (struct p1_month_peak){0};
    if (!group_clock(&group, &peak->closed))
      return false;
    bool whole = false;
    for (uint8_t column = 1; column <= cursor->_columns; column++) {
      if (!next_group(telegram, history, cursor, &group))
        return false;
      if (column + 1 == cursor->_peak)
        (void)group_clock(&group, &peak->when);
      if (column == cursor->_peak)
        whole = group_value(&group, &peak->demand) &&
                peak->demand.unit == P1_UNIT_W;
    }
    const bool measured = peak->when.valid || peak->demand.number != 0;
    if (whole && measured && peak->closed.valid)
      return true;
  }
  return false;
}
