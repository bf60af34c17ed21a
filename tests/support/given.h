/*
 * given.h - a telegram from its lines, for the tests of what telegrams mean.
 *
 * The bytes end at a page that nobody may touch, so that each of these tests
 * also is one of not reading too far.
 */
#ifndef P1_GIVEN_H
#define P1_GIVEN_H

#include "torture.h"

#include "guard.h"
#include "p1/telegram.h"

#define GIVEN_MAX 70000

/* A telegram with every kind of object in it, as it is sent. */
#define GIVEN_RICH                                                             \
  "/TST5\\MADE-UP\r\n"                                                         \
  "\r\n"                                                                       \
  "1-3:0.2.8(50)\r\n"                                                          \
  "0-0:96.1.4(50217)\r\n"                                                      \
  "0-0:96.1.1(3153414731313030303030303233)\r\n"                               \
  "0-0:1.0.0(240229134500W)\r\n"                                               \
  "1-0:1.8.1(000671.578*kWh)\r\n"                                              \
  "1-0:2.8.1(000042.001*kWh)\r\n"                                              \
  "0-0:96.14.0(0001)\r\n"                                                      \
  "1-0:1.4.0(02.351*kW)\r\n"                                                   \
  "1-0:1.6.0(240215081500W)(04.329*kW)\r\n"                                    \
  "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(240201000000W)(240114124500W)"          \
  "(03.332*kW)(240101000000W)(231217190000W)(04.529*kW)\r\n"                   \
  "1-0:1.7.0(00.318*kW)\r\n"                                                   \
  "1-0:2.7.0(00.000*kW)\r\n"                                                   \
  "1-0:32.7.0(231.4*V)\r\n"                                                    \
  "1-0:31.7.0(002.18*A)\r\n"                                                   \
  "1-0:13.7.0(-0.987)\r\n"                                                     \
  "1-1:31.4.0(100*A)(-063*A)\r\n"                                              \
  "0-0:96.3.10(1)\r\n"                                                         \
  "0-0:17.0.0(016.1*kW)\r\n"                                                   \
  "0-0:96.7.21(00007)\r\n"                                                     \
  "1-0:99.97.0(2)(0-0:96.7.19)(231224180530W)(0000000240*s)"                   \
  "(230601021500S)(0000003601*s)\r\n"                                          \
  "0-0:96.13.0(4B6F666669652069732\r\n"                                        \
  "0676574)\r\n"                                                               \
  "0-1:24.1.0(003)\r\n"                                                        \
  "0-1:96.1.1(37464C4F3231323031313132)\r\n"                                   \
  "0-1:24.4.0(1)\r\n"                                                          \
  "0-1:24.2.3(240229134000W)(00112.384*m3)\r\n"                                \
  "0-2:24.1.0(003)\r\n"                                                        \
  "0-2:24.3.0(240229130000)(00)(60)(1)(0-2:24.2.1)(m3)\r\n"                    \
  "(00872.234)\r\n"                                                            \
  "7-0:23.1.0*255(00042.125*m3)(24-02-29 13:00:00)\r\n"                        \
  "!"
#define GIVEN_RICH_OBJECTS 28

/* Parses n bytes as they are. The telegram is good until the next one. */
static inline const struct p1_telegram *given_bytes(const char *bytes,
                                                    size_t n) {
  static struct p1_telegram telegram;
  static struct guard guard;
  if (guard._map == NULL)
    guard_init(&guard, GIVEN_MAX);
  memset(&telegram, 0xA5, sizeof(telegram)); /* parsing leaves nothing over */
  p1_telegram_parse(&telegram, guard_at_end(&guard, bytes, n), n);
  return &telegram;
}

/* Parses a header and lines; every '\n' of the text is sent as CR LF. */
static inline const struct p1_telegram *given_text(const char *text) {
  static char bytes[GIVEN_MAX];
  size_t n = 0;
  for (; *text != '\0'; text++) {
    if (*text == '\n')
      bytes[n++] = '\r';
    bytes[n++] = *text;
    assert_true(n < sizeof(bytes) - 2);
  }
  return given_bytes(bytes, n);
}

/* Parses lines, each ended by '\n', under a header that means nothing. */
static inline const struct p1_telegram *given(const char *lines) {
  static char text[GIVEN_MAX];
  const int n = snprintf(text, sizeof(text), "/TST5MADE-UP\n\n%s!", lines);
  assert_in_range(n, 0, sizeof(text) - 1);
  return given_text(text);
}

/* The first object of an id; the test fails if there is none. */
static inline const struct p1_object *
given_object(const struct p1_telegram *telegram, enum p1_id id) {
  const struct p1_object *object = p1_telegram_find(telegram, id);
  assert_non_null(object);
  assert_int_equal(object->id, id);
  return object;
}

/* The object of an id has this value. */
static inline void assert_value(const struct p1_telegram *telegram,
                                enum p1_id id, int64_t number,
                                unsigned decimals, enum p1_unit unit) {
  const struct p1_object *object = given_object(telegram, id);
  const struct p1_value *value = &object->value;
  if (!object->has_value || value->number != number ||
      value->decimals != decimals || value->unit != (uint8_t)unit)
    fail_msg("object %d is %s%lld e-%u %s, not %lld e-%u %s", (int)id,
             object->has_value ? "" : "empty, ", (long long)value->number,
             value->decimals, p1_unit_name(value->unit), (long long)number,
             decimals, p1_unit_name(unit));
}

/* All lines were read: nothing unknown, nothing malformed. */
static inline void assert_clean(const struct p1_telegram *telegram) {
  assert_int_equal(telegram->malformed, 0);
  assert_int_equal(telegram->unknown, 0);
  assert_int_equal(telegram->dropped, 0);
}

#endif
