/*
 * fuzz_telegram.c - any bytes as a telegram: nothing is read beyond them, what
 * comes out of them is what the contracts allow, and the same each time.
 *
 * The bytes end at a page that nobody may touch; then they begin at one. They
 * go through the parser, the devices, the readings, the lists and a meter. For
 * libFuzzer build with -fsanitize=fuzzer,address,undefined and
 * -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION; otherwise this is a program that
 * runs the files it is given.
 */
#include "torture.h"

#include "guard.h"
#include "p1/lists.h"
#include "p1/meter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The longest input that the parser looks at whole. */
#define INPUT_MAX UINT16_MAX

/* Fails in every build, unlike assert(). */
#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* What came out of the bytes. */
struct result {
  struct p1_telegram telegram;
  struct p1_device devices[P1_DEVICES_MAX];
  size_t device_count;
  struct p1_readings readings;
};

static void check_slice(struct p1_slice slice, size_t n) {
  REQUIRE((size_t)slice.at + slice.n <= n);
}

static void check_clock(const struct p1_clock *clock) {
  REQUIRE(clock->season <= P1_SEASON_SUMMER);
  /* 1970-01-01 to 2099-12-31 */
  REQUIRE(clock->local >= 0 && clock->local < INT64_C(47482) * 86400);
  REQUIRE(clock->valid || clock->local == 0);
}

static void check_value(const struct p1_value *value) {
  REQUIRE(value->number <= INT64_C(1000000000000000));
  REQUIRE(value->number >= -INT64_C(1000000000000000));
  REQUIRE(value->decimals <= P1_VALUE_DECIMALS_MAX);
  REQUIRE(value->unit < P1_UNIT_UNKNOWN);
}

/* A remark holds what can be a code, and no number of more than three digits.
 */
static void check_remarks(const struct p1_telegram *t, size_t n, unsigned count,
                          const struct p1_slice *remarks) {
  for (unsigned i = 0; i < count && i < P1_REMARKS_MAX; i++) {
    check_slice(remarks[i], n);
    unsigned digits = 0;
    for (unsigned at = 0; at < remarks[i].n; at++) {
      const char c = t->bytes[remarks[i].at + at];
      REQUIRE(c != '\0' && strchr("0123456789-:.,*", c) != NULL);
      digits = c >= '0' && c <= '9' ? digits + 1 : 0;
      REQUIRE(digits <= 3);
    }
  }
}

static void check_objects(const struct p1_telegram *t, size_t n) {
  REQUIRE(t->count <= P1_OBJECTS_MAX);
  for (unsigned i = 0; i < t->count; i++) {
    const struct p1_object *object = &t->objects[i];
    REQUIRE(object->id > P1_ID_NONE && object->id < P1_ID_COUNT);
    REQUIRE(object->channel <= 9);
    check_slice(object->text, n);
    REQUIRE(object->text.n >= 1 && t->bytes[object->text.at] == '(');
    check_clock(&object->time);
    if (object->has_value)
      check_value(&object->value);
    REQUIRE(p1_telegram_find_channel(t, (enum p1_id)object->id,
                                     object->channel) == object);
    REQUIRE(p1_telegram_find(t, (enum p1_id)object->id) != NULL);
  }
}

static void check_lists(const struct p1_telegram *t, size_t n) {
  struct p1_list_cursor cursor = {0};
  struct p1_failure failure;
  size_t rows = 0;
  for (; p1_list_failure(t, &cursor, &failure); rows++) {
    check_clock(&failure.end);
    REQUIRE(failure.duration_s >= 0 && failure.duration_s < INT32_MAX);
  }
  cursor = (struct p1_list_cursor){0};
  struct p1_month_peak peak;
  for (; p1_list_month_peak(t, &cursor, &peak); rows++) {
    REQUIRE(peak.closed.valid && peak.demand.unit == P1_UNIT_W);
    check_clock(&peak.closed);
    check_clock(&peak.when);
    check_value(&peak.demand);
  }
  REQUIRE(rows <= n);
}

static void check_devices(const struct result *result) {
  REQUIRE(result->device_count <= P1_DEVICES_MAX);
  for (size_t i = 0; i < result->device_count; i++) {
    const struct p1_device *device = &result->devices[i];
    REQUIRE(device->channel <= 9 && device->type >= -1 && device->type <= 255);
    REQUIRE(i == 0 || device[-1].channel < device->channel);
    REQUIRE(device->medium <= P1_MEDIUM_COOLING && device->age_s >= -1);
    REQUIRE(!device->live || device->reading != NULL);
    REQUIRE(device->suffix == 0 || device->suffix == device->channel);
  }
}

static void check_readings(const struct p1_readings *readings) {
  REQUIRE(readings->count <= P1_READINGS_MAX && readings->dropped == 0);
  for (unsigned i = 0; i < readings->count; i++) {
    const struct p1_reading *reading = &readings->list[i];
    const struct p1_obis *row = p1_obis_row((enum p1_id)reading->id);
    REQUIRE(row->type[0] != '\0' && row->stat != P1_STAT_NONE);
    REQUIRE(reading->value.unit == row->unit && reading->channel <= 9);
    REQUIRE(reading->value.decimals <= P1_VALUE_DECIMALS_MAX);
    for (unsigned j = 0; j < i; j++)
      REQUIRE(readings->list[j].id != reading->id ||
              readings->list[j].channel != reading->channel);
  }
}

/* The same telegram three times, at a pace that closes an interval each time
 * or not; what is summed up stays within 63 bits or the sanitizer tells. */
static void check_meter(const struct p1_telegram *t, int64_t pace_ms) {
  static struct p1_meter meter;
  static struct p1_interval row;
  const struct p1_meter_options options = {
      .interval_ms = 10000, .mbus_timeout_s = 10800, .ignore_crc = true};
  p1_meter_init(&meter, &options);
  uint32_t telegrams = 0;
  for (int64_t i = 0; i < 3; i++) {
    const struct p1_instant now = {i * pace_ms, i * pace_ms};
    REQUIRE(p1_meter_telegram(&meter, t, P1_CRC_BAD, now) ==
            P1_VERDICT_ACCEPTED);
    while (p1_meter_take(&meter, &row)) {
      telegrams += row.telegrams;
      for (unsigned s = 0; s < row.count; s++) {
        const struct p1_statistic *statistic = &row.list[s];
        REQUIRE(statistic->count >= 1 && statistic->count <= row.telegrams);
        REQUIRE(statistic->min <= statistic->max);
        const double value = p1_statistic_value(statistic);
        REQUIRE(value >= -1e16 && value <= 1e16);
      }
    }
  }
  REQUIRE(telegrams >= 1 && telegrams <= 3);
}

static void take(struct result *result, const char *bytes, size_t n) {
  /* nothing may be left over from the telegram before */
  memset(result, 0x5A, sizeof(*result));
  struct p1_telegram *t = &result->telegram;
  p1_telegram_parse(t, bytes, n);
  result->device_count = p1_mbus_devices(t, 10800, result->devices);
  p1_readings_take(t, result->devices, result->device_count, NULL,
                   &result->readings);
  check_slice(t->header, n);
  check_clock(&t->time);
  check_objects(t, n);
  check_remarks(t, n, t->unknown, t->unknown_codes);
  check_remarks(t, n, t->malformed, t->malformed_codes);
  check_lists(t, n);
  check_devices(result);
  check_readings(&result->readings);
  check_meter(t, 4000);
  check_meter(t, 10000);
  char model[5];
  p1_telegram_model(t, model);
  REQUIRE(strlen(model) <= 4);
}

static void check_same(const struct result *a, const struct result *b) {
  REQUIRE(a->telegram.count == b->telegram.count);
  REQUIRE(a->telegram.unknown == b->telegram.unknown);
  REQUIRE(a->telegram.malformed == b->telegram.malformed);
  REQUIRE(a->readings.count == b->readings.count);
  for (unsigned i = 0; i < a->readings.count; i++) {
    REQUIRE(a->readings.list[i].id == b->readings.list[i].id);
    REQUIRE(a->readings.list[i].value.number ==
            b->readings.list[i].value.number);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct guard guard;
  static struct result at_end, at_start;
  if (guard._map == NULL)
    guard_init(&guard, INPUT_MAX);
  const size_t n = size < INPUT_MAX ? size : INPUT_MAX;
  take(&at_end, guard_at_end(&guard, data, n), n);
  take(&at_start, guard_at_start(&guard, data, n), n);
  check_same(&at_end, &at_start);
  return 0;
}

#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
int main(int argc, char **argv) {
  static uint8_t data[INPUT_MAX];
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      perror(argv[i]);
      return 1;
    }
    const size_t n = fread(data, 1, sizeof(data), file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, n);
  }
  return 0;
}
#endif
