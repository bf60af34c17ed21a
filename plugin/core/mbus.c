/*
 * mbus.c - which device hangs on which M-Bus channel, and whether it lives.
 *
 * The problem. Gas may be on any channel. After a meter was replaced, its old
 * channel goes on for years with its last or an empty reading, under the same
 * type as the new one. Types are missing or wrong: heat is counted in GJ by
 * devices that call themselves gas.
 *
 * The policy. The unit decides what is measured, the type only between media of
 * one unit. A channel is dead when its type is 0, when it counts nothing and
 * its stamp was never set or its identifier is empty, or when its reading is
 * older than the time-out. What cannot be judged counts as alive.
 */
#include "p1/mbus.h"

/* EN 13757-3 table 3, as the telegram prints them, in decimal. */
enum {
  TYPE_NONE = 0,
  TYPE_ELECTRICITY = 2,
  TYPE_GAS = 3,
  TYPE_HEAT_RETURN = 4,
  TYPE_WARM_WATER = 6,
  TYPE_WATER = 7,
  TYPE_COOLING_RETURN = 10,
  TYPE_COOLING_FLOW = 11,
  TYPE_HEAT_FLOW = 12,
  TYPE_HEAT_COOLING = 13,
  TYPE_HOT_WATER = 21,
  TYPE_COLD_WATER = 22
};

const char *p1_medium_name(enum p1_medium medium) {
  static const char *const names[] = {"unknown", "electricity", "gas",
                                      "water",   "warm_water",  "heat",
                                      "cooling"};
  return names[(unsigned)medium < sizeof(names) / sizeof(*names)
                   ? (unsigned)medium
                   : 0u];
}

static enum p1_medium medium_of_type(int type) {
  switch (type) {
  case TYPE_ELECTRICITY:
    return P1_MEDIUM_ELECTRICITY;
  case TYPE_GAS:
    return P1_MEDIUM_GAS;
  case TYPE_WATER:
  case TYPE_COLD_WATER:
    return P1_MEDIUM_WATER;
  case TYPE_WARM_WATER:
  case TYPE_HOT_WATER:
    return P1_MEDIUM_WARM_WATER;
  case TYPE_HEAT_RETURN:
  case TYPE_HEAT_FLOW:
  case TYPE_HEAT_COOLING:
    return P1_MEDIUM_HEAT;
  case TYPE_COOLING_RETURN:
  case TYPE_COOLING_FLOW:
    return P1_MEDIUM_COOLING;
  default:
    return P1_MEDIUM_UNKNOWN;
  }
}

static enum p1_medium medium_of_volume(enum p1_id id, enum p1_medium typed,
                                       int type) {
  switch (typed) {
  case P1_MEDIUM_GAS:
  case P1_MEDIUM_WATER:
  case P1_MEDIUM_WARM_WATER:
    return typed;
  default:
    break;
  }
  /* Without a type: codes under which only gas is known to be printed. */
  const bool gas_code = id == P1_ID_MBUS_READING_BE || id == P1_ID_GAS_HOURLY;
  return type < 0 && gas_code ? P1_MEDIUM_GAS : P1_MEDIUM_UNKNOWN;
}

static enum p1_medium medium_of(const struct p1_device *device) {
  const enum p1_medium typed = medium_of_type(device->type);
  const struct p1_object *reading = device->reading;
  if (reading == NULL || !reading->has_value)
    return typed;
  switch ((enum p1_unit)reading->value.unit) {
  case P1_UNIT_M3:
    return medium_of_volume(reading->id, typed, device->type);
  case P1_UNIT_GJ:
    return typed == P1_MEDIUM_COOLING || reading->id == P1_ID_MBUS_READING_COLD
               ? P1_MEDIUM_COOLING
               : P1_MEDIUM_HEAT;
  case P1_UNIT_WH:
    return typed == P1_MEDIUM_ELECTRICITY || typed == P1_MEDIUM_COOLING ||
                   typed == P1_MEDIUM_UNKNOWN
               ? typed
               : P1_MEDIUM_HEAT;
  default:
    return typed;
  }
}

/* Seconds between the reading's capture and the telegram, or -1. The zone does
 * not matter: both stamps are of one clock. */
static int64_t age_of(const struct p1_telegram *telegram,
                      const struct p1_object *reading) {
  if (!telegram->time.valid || reading == NULL || !reading->time.valid)
    return -1;
  const int64_t age =
      p1_clock_utc(&telegram->time, 0) - p1_clock_utc(&reading->time, 0);
  return age >= 0 ? age : -1;
}

static bool is_live(const struct p1_device *device, int64_t timeout_s) {
  const struct p1_object *reading = device->reading;
  if (reading == NULL || !reading->has_value || device->type == TYPE_NONE)
    return false;
  if (device->age_s > timeout_s)
    return false;
  const bool unset = reading->has_time && !reading->time.valid;
  const bool nameless = device->name != NULL && device->name->text.n <= 2;
  return reading->value.number != 0 || !(unset || nameless);
}

/* Of the readings on a channel, the one captured last. */
static bool is_newer(const struct p1_object *fresh,
                     const struct p1_object *old) {
  if (old == NULL || !old->has_value)
    return true;
  return fresh->has_value && fresh->time.valid &&
         (!old->time.valid || fresh->time.local > old->time.local);
}

static bool place(struct p1_device *device, const struct p1_object *object) {
  switch ((enum p1_id)object->id) {
  case P1_ID_MBUS_TYPE:
    if (object->has_value && object->value.number <= 255)
      device->type = (int16_t)object->value.number;
    return true;
  case P1_ID_MBUS_SERIAL:
  case P1_ID_MBUS_SERIAL_BE:
    if (device->name == NULL || device->name->text.n <= 2)
      device->name = object;
    return true;
  case P1_ID_MBUS_EAN:
    return true;
  case P1_ID_MBUS_READING:
  case P1_ID_MBUS_READING_BE:
  case P1_ID_MBUS_READING_HOURLY:
  case P1_ID_MBUS_READING_COLD:
  case P1_ID_GAS_HOURLY:
    if (is_newer(object, device->reading))
      device->reading = object;
    return true;
  case P1_ID_MBUS_VALVE:
  case P1_ID_GAS_VALVE_NTA:
    device->valve = object;
    return true;
  default:
    return false;
  }
}

size_t p1_mbus_devices(const struct p1_telegram *telegram, int64_t timeout_s,
                       struct p1_device devices[P1_DEVICES_MAX]) {
  bool there[P1_DEVICES_MAX] = {false};
  for (uint8_t i = 0; i < P1_DEVICES_MAX; i++)
    devices[i] = (struct p1_device){.age_s = -1, .type = -1, .channel = i};
  for (unsigned i = 0; i < telegram->count; i++) {
    const struct p1_object *object = &telegram->objects[i];
    if (place(&devices[object->channel], object))
      there[object->channel] = true;
  }
  size_t count = 0;
  uint8_t named = 0; /* bit per medium whose plain name is taken */
  for (unsigned i = 0; i < P1_DEVICES_MAX; i++) {
    if (!there[i])
      continue;
    struct p1_device *device = &devices[count++];
    *device = devices[i];
    device->medium = (uint8_t)medium_of(device);
    device->age_s = age_of(telegram, device->reading);
    device->live = is_live(device, timeout_s);
    if (!device->live)
      continue;
    if (named & 1u << device->medium)
      device->suffix = device->channel;
    named = (uint8_t)(named | 1u << device->medium);
  }
  return count;
}
