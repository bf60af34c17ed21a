/*
 * readings.c - what one telegram gives to publish.
 *
 * Most readings are objects that have a place in the catalogue. The rest is
 * worked out here, in integers, and only from what the telegram holds: when one
 * of the parts is missing there is no reading.
 */
#include "p1/readings.h"

#include "p1/lists.h"

#include <string.h>

/* Numbers are worked out in thousandths of their unit. More than 10^15 of them
 * would be a terawatt, and could overflow when multiplied by a period. */
#define MILLI_DECIMALS 3
#define MILLI_MAX INT64_C(1000000000000000)

/* A quarter of an hour, the demand period of e-MUCS (section 1.4.0). */
#define DEMAND_PERIOD_S 900

static void push(struct p1_readings *readings, enum p1_id id, uint8_t channel,
                 struct p1_value value) {
  if (readings->count == P1_READINGS_MAX) {
    readings->dropped++;
    return;
  }
  value.unit = p1_obis_row(id)->unit;
  readings->list[readings->count++] = (struct p1_reading){
      .value = value, .id = (uint8_t)id, .channel = channel};
}

static const struct p1_object *with_value(const struct p1_telegram *telegram,
                                          enum p1_id id) {
  const struct p1_object *object = p1_telegram_find(telegram, id);
  return object != NULL && object->has_value ? object : NULL;
}

/* False beyond MILLI_MAX either way. */
static bool to_milli(const struct p1_value *value, int64_t *milli) {
  if (value->decimals >= MILLI_DECIMALS) {
    *milli = value->number / p1_pow10(value->decimals - MILLI_DECIMALS);
    return true;
  }
  const int64_t scale = p1_pow10(MILLI_DECIMALS - value->decimals);
  if (value->number > MILLI_MAX / scale || value->number < -MILLI_MAX / scale)
    return false;
  *milli = value->number * scale;
  return true;
}

/* The number that `milli` thousandths are, without trailing zeros, so that sums
 * and differences have the decimals of their parts. */
static struct p1_value from_milli(int64_t milli) {
  struct p1_value value = {.number = milli, .decimals = MILLI_DECIMALS};
  while (value.decimals > 0 && value.number % 10 == 0) {
    value.number /= 10;
    value.decimals--;
  }
  return value;
}

/* Limits of 999, 999.9 or all nines are what meters print for "none". In watts
 * that is 999 kW, or the 99.999 kW of e-MUCS 2. */
static bool is_no_limit(const struct p1_value *value) {
  int64_t milli = 0;
  if (!to_milli(value, &milli))
    return true;
  if (value->unit == P1_UNIT_A)
    return milli >= 999000 && milli < 1000000;
  return (milli >= 999000000 && milli < 1000000000) || milli == 99999000;
}

/* In Lithuania 31.4.0 is a mean over 300 s. Its meters are known by their
 * header, or by the other means that they print. */
static bool prints_means(const struct p1_telegram *telegram) {
  static const enum p1_id means[] = {
      P1_ID_VOLTAGE_600S_L1,   P1_ID_VOLTAGE_600S_L2,     P1_ID_VOLTAGE_600S_L3,
      P1_ID_POWER_IMPORT_600S, P1_ID_POWER_ABSOLUTE_600S, P1_ID_POWER_NET_600S};
  if (telegram->header.n >= 3 &&
      memcmp(telegram->bytes + telegram->header.at, "ESO", 3) == 0)
    return true;
  for (size_t i = 0; i < sizeof(means) / sizeof(*means); i++)
    if (p1_telegram_find(telegram, means[i]) != NULL)
      return true;
  return false;
}

static void take_fuses(const struct p1_telegram *telegram,
                       struct p1_readings *readings) {
  static const enum p1_id phases[] = {P1_ID_FUSE, P1_ID_FUSE_L2, P1_ID_FUSE_L3};
  if (prints_means(telegram))
    return;
  const bool each = with_value(telegram, P1_ID_FUSE_L2) != NULL ||
                    with_value(telegram, P1_ID_FUSE_L3) != NULL;
  for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++) {
    const struct p1_object *fuse = with_value(telegram, phases[i]);
    if (fuse == NULL && i == 0 && !each)
      fuse = with_value(telegram, P1_ID_CURRENT_LIMITS);
    if (fuse == NULL || is_no_limit(&fuse->value))
      continue;
    push(readings, i == 0 && each ? P1_ID_FUSE_L1 : phases[i], 0, fuse->value);
  }
}

static void take_limiter(const struct p1_telegram *telegram,
                         struct p1_readings *readings) {
  const struct p1_object *limiter = with_value(telegram, P1_ID_LIMITER);
  if (limiter == NULL || is_no_limit(&limiter->value))
    return;
  switch ((enum p1_unit)limiter->value.unit) {
  case P1_UNIT_W:
    push(readings, P1_ID_LIMITER_POWER, 0, limiter->value);
    break;
  case P1_UNIT_A:
    push(readings, P1_ID_LIMITER_CURRENT, 0, limiter->value);
    break;
  case P1_UNIT_VA:
    push(readings, P1_ID_LIMITER_APPARENT, 0, limiter->value);
    break;
  default:
    break;
  }
}

/* The objects that stand for a reading under another code. */
static void take_stand_ins(const struct p1_telegram *telegram,
                           struct p1_readings *readings) {
  static const struct {
    enum p1_id reading, stand_in;
  } pairs[] = {{P1_ID_BREAKER, P1_ID_DISCONNECTOR},
               {P1_ID_POWER_EXPORT_L2, P1_ID_POWER_EXPORT_L2_ENE}};
  for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
    const struct p1_object *object = with_value(telegram, pairs[i].stand_in);
    if (object != NULL && with_value(telegram, pairs[i].reading) == NULL)
      push(readings, pairs[i].reading, 0, object->value);
  }
}

static void take_net(const struct p1_telegram *telegram,
                     struct p1_readings *readings) {
  const struct p1_object *net = with_value(telegram, P1_ID_POWER_NET_SIGNED);
  if (net != NULL) {
    push(readings, P1_ID_POWER_NET, 0, net->value);
    return;
  }
  const struct p1_object *import = with_value(telegram, P1_ID_POWER_IMPORT);
  const struct p1_object *export = with_value(telegram, P1_ID_POWER_EXPORT);
  int64_t in = 0, out = 0;
  if (import != NULL && export != NULL && to_milli(&import->value, &in) &&
      to_milli(&export->value, &out))
    push(readings, P1_ID_POWER_NET, 0, from_milli(in - out));
}

enum { TARIFFS_LOW = 5, TARIFFS = 8 };
_Static_assert(P1_ID_ENERGY_IMPORT_T13 == P1_ID_ENERGY_IMPORT_T1 + TARIFFS - 1,
               "the imported tariffs stand together");
_Static_assert(P1_ID_ENERGY_EXPORT_T13 == P1_ID_ENERGY_EXPORT_T1 + TARIFFS - 1,
               "the exported tariffs stand together");

static const struct {
  enum p1_id total, first; /* of the tariffs' rows, which stand together */
} directions[2] = {{P1_ID_ENERGY_IMPORT, P1_ID_ENERGY_IMPORT_T1},
                   {P1_ID_ENERGY_EXPORT, P1_ID_ENERGY_EXPORT_T1}};

/* The sum of a direction's tariffs: 1 to 5, or 11 to 13 as Israel numbers them.
 * Not without one that this meter sends, nor with one that it never sent
 * before: of meters without a CRC any line may be damaged, and a sum that lacks
 * a tariff would be a fall by all that was ever counted in it. */
static void take_total(const struct p1_telegram *telegram, size_t direction,
                       struct p1_tariffs *tariffs,
                       struct p1_readings *readings) {
  uint16_t now = 0;
  int64_t sum = 0;
  for (unsigned i = 0; i < TARIFFS; i++) {
    const struct p1_object *tariff = with_value(
        telegram, (enum p1_id)((unsigned)directions[direction].first + i));
    int64_t milli = 0;
    if (i == TARIFFS_LOW && now != 0)
      break;
    if (tariff == NULL)
      continue;
    if (!to_milli(&tariff->value, &milli) || sum > MILLI_MAX - milli)
      return;
    sum += milli;
    now = (uint16_t)(now | 1u << i);
  }
  uint16_t *sent = &tariffs->sent[direction];
  uint16_t *last = &tariffs->_last[direction];
  const bool missing = ((*sent != 0 ? *sent : *last) & ~now) != 0;
  *sent = (uint16_t)(*sent | (*last & now));
  *last = now;
  const bool fresh = *sent != 0 && (now & ~*sent) != 0;
  const bool doubtful =
      tariffs->damaged && *sent == 0 && telegram->malformed > 0;
  if (now != 0 && !missing && !fresh && !doubtful &&
      with_value(telegram, directions[direction].total) == NULL)
    push(readings, directions[direction].total, 0, from_milli(sum));
}

static void take_peak_average(const struct p1_telegram *telegram,
                              struct p1_readings *readings) {
  enum { MONTHS = 12 };
  int64_t closed[MONTHS], demand[MONTHS];
  size_t count = 0;
  struct p1_list_cursor cursor = {0};
  struct p1_month_peak peak;
  while (p1_list_month_peak(telegram, &cursor, &peak)) {
    int64_t milli = 0;
    if (!to_milli(&peak.demand, &milli))
      continue;
    size_t at = count;
    if (count < MONTHS) {
      count++;
    } else { /* the oldest makes room for a newer one */
      at = 0;
      for (size_t i = 1; i < MONTHS; i++)
        if (closed[i] < closed[at])
          at = i;
      if (closed[at] >= peak.closed.local)
        continue;
    }
    closed[at] = peak.closed.local;
    demand[at] = milli;
  }
  int64_t sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += demand[i];
  const int64_t n = (int64_t)count;
  if (count > 0)
    push(readings, P1_ID_PEAK_AVERAGE, 0, from_milli((sum + n / 2) / n));
}

/* 1.4.0 is the energy of the running quarter divided by the whole quarter
 * (IEC 62056-6-2, class 5: demand register), so it grows towards the quarter's
 * mean by power / period each second. */
static void take_projection(const struct p1_telegram *telegram,
                            struct p1_readings *readings) {
  const struct p1_object *demand = with_value(telegram, P1_ID_DEMAND_IMPORT);
  const struct p1_object *power = with_value(telegram, P1_ID_POWER_IMPORT);
  const struct p1_object *told = with_value(telegram, P1_ID_DEMAND_PERIOD);
  if (demand == NULL || power == NULL || !telegram->time.valid)
    return;
  int64_t period = DEMAND_PERIOD_S;
  if (told != NULL)
    period = told->value.number / p1_pow10(told->value.decimals);
  if (period < 60 || period > 3600 || 3600 % period != 0)
    return;
  int64_t so_far = 0, now = 0;
  if (!to_milli(&demand->value, &so_far) || !to_milli(&power->value, &now) ||
      now < 0)
    return;
  const int64_t left = period - telegram->time.local % period;
  const int64_t projected = so_far + (now * left + period / 2) / period;
  push(readings, P1_ID_DEMAND_PROJECTED, 0, from_milli(projected));
}

static enum p1_id id_of_device(const struct p1_device *device) {
  const bool wh = device->reading->value.unit == P1_UNIT_WH;
  switch ((enum p1_medium)device->medium) {
  case P1_MEDIUM_GAS:
    return P1_ID_GAS;
  case P1_MEDIUM_WATER:
    return P1_ID_WATER;
  case P1_MEDIUM_WARM_WATER:
    return P1_ID_WARM_WATER;
  case P1_MEDIUM_HEAT:
    return wh ? P1_ID_HEAT_WH : P1_ID_HEAT;
  case P1_MEDIUM_COOLING:
    return wh ? P1_ID_COOLING_WH : P1_ID_COOLING;
  default:
    return P1_ID_NONE;
  }
}

static void take_devices(const struct p1_device *devices, size_t count,
                         struct p1_readings *readings) {
  for (size_t i = 0; i < count; i++) {
    const struct p1_device *device = &devices[i];
    const enum p1_id id = device->live ? id_of_device(device) : P1_ID_NONE;
    if (id == P1_ID_NONE)
      continue;
    push(readings, id, device->suffix, device->reading->value);
    if (id == P1_ID_GAS && device->valve != NULL && device->valve->has_value)
      push(readings, P1_ID_GAS_VALVE, device->suffix, device->valve->value);
  }
}

/* Tariffs are numbered from 1 to 13 at most; a four-digit number under this
 * code (Metcom MCS301) is something else. */
static bool is_publishable(const struct p1_object *object) {
  if (!object->has_value || p1_obis_row(object->id)->stat == P1_STAT_NONE)
    return false;
  switch ((enum p1_id)object->id) {
  case P1_ID_TARIFF:
    return object->value.number <= 99;
  case P1_ID_FUSE:
  case P1_ID_FUSE_L2:
  case P1_ID_FUSE_L3:
    return false; /* take_fuses() */
  default:
    return true;
  }
}

void p1_readings_take(const struct p1_telegram *telegram,
                      const struct p1_device *devices, size_t count,
                      struct p1_tariffs *tariffs,
                      struct p1_readings *readings) {
  struct p1_tariffs none = {.damaged = false};
  if (tariffs == NULL)
    tariffs = &none;
  readings->count = readings->dropped = 0;
  for (unsigned i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (is_publishable(object))
      push(readings, object->id, object->channel, object->value);
  }
  take_stand_ins(telegram, readings);
  take_net(telegram, readings);
  take_total(telegram, 0, tariffs, readings);
  take_total(telegram, 1, tariffs, readings);
  take_projection(telegram, readings);
  take_peak_average(telegram, readings);
  take_limiter(telegram, readings);
  take_fuses(telegram, readings);
  take_devices(devices, count, readings);
}

/* Appends to text, which stays terminated, and returns the new length. */
static size_t append(char *text, size_t size, size_t at, const char *more) {
  while (*more != '\0' && at + 1 < size)
    text[at++] = *more++;
  text[at] = '\0';
  return at;
}

size_t p1_reading_instance(enum p1_id id, uint8_t channel, char *text,
                           size_t size) {
  size_t n = append(text, size, 0, p1_obis_row(id)->instance);
  if (channel == 0)
    return n;
  const char suffix[] = {'-', (char)('0' + channel % 10), '\0'};
  return append(text, size, n, suffix);
}

size_t p1_reading_name(enum p1_id id, uint8_t channel, char *text,
                       size_t size) {
  size_t n = append(text, size, 0, p1_obis_row(id)->type);
  n = append(text, size, n, "-");
  return n + p1_reading_instance(id, channel, text + n, size - n);
}
