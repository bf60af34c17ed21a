/*
 * mbus.h - the devices behind the meter's M-Bus: gas, water, heat, cooling.
 *
 * What hangs where is found out from the telegram: the unit of a reading beats
 * the device type, and a channel whose device is gone is told from a live one.
 */
#ifndef P1_MBUS_H
#define P1_MBUS_H

#include "p1/telegram.h"

/* Channels 1 to 4 by the standard, 0 for meters that print gas as their own
 * register (NTA 8130), and up to 9 as one digit allows. */
#define P1_DEVICES_MAX 10

enum p1_medium {
  P1_MEDIUM_UNKNOWN,
  P1_MEDIUM_ELECTRICITY,
  P1_MEDIUM_GAS,
  P1_MEDIUM_WATER,
  P1_MEDIUM_WARM_WATER,
  P1_MEDIUM_HEAT,
  P1_MEDIUM_COOLING
};

struct p1_device {
  const struct p1_object *reading; /* NULL when it has none */
  const struct p1_object *valve;   /* NULL when it has none */
  const struct p1_object *name;    /* its identifier, or NULL */
  int64_t age_s;   /* by the telegram's clock; -1 when it cannot be told */
  int16_t type;    /* EN 13757-3 device type, -1 when not printed */
  uint8_t channel; /* 1 .. 9, or 0 */
  uint8_t medium;  /* enum p1_medium */
  uint8_t suffix;  /* 0: has the medium's plain name; else its channel */
  bool live;       /* false: dead channel, no reading, or too old */
};

/* The name of a medium ("gas", "warm_water"); "unknown" for the first. */
const char *p1_medium_name(enum p1_medium medium);

/* Lists the devices of a telegram in order of their channels and returns how
 * many there are. A reading older than `timeout_s` by the telegram's own clock
 * is not live; without one clock or the other a reading counts as fresh. Of
 * several live devices of one medium the lowest channel has the plain name. */
size_t p1_mbus_devices(const struct p1_telegram *telegram, int64_t timeout_s,
                       struct p1_device devices[P1_DEVICES_MAX]);

#endif
