/*
 * sim_day.h - what goes on in the house and above it: the loads of a day, the
 * sun, the voltage of the street.
 *
 * A day is planned at its beginning as a list of events: a kettle for three
 * minutes, the boiler for ten. Everything is a function of the seed and of the
 * moment, so a meter started at noon shows the same afternoon as one that has
 * run since morning.
 */
#ifndef P1_SIM_DAY_H
#define P1_SIM_DAY_H

#include <stdbool.h>
#include <stdint.h>

/* What an event draws on. */
enum p1_sim_where {
  P1_SIM_L1, /* W */
  P1_SIM_L2,
  P1_SIM_L3,
  P1_SIM_GAS,   /* ml/s */
  P1_SIM_WATER, /* ml/s */
  P1_SIM_WHERES
};

/* The busiest day (a cold one, with laundry and the car) plans about 180
 * events, and a few of the evening before still run. */
#define P1_SIM_EVENTS_MAX 256

struct p1_sim_event {
  int64_t from, to; /* UTC; to is not included */
  int32_t amount;   /* W or ml/s */
  int16_t var;      /* inductive reactive power */
  uint16_t cycle;   /* s; 0: steady, else on for `on` seconds of each cycle */
  uint16_t on;
  uint8_t where; /* enum p1_sim_where */
};

/* What the plan of a day depends on. */
struct p1_sim_home {
  uint64_t seed;
  int32_t solar_peak_w; /* 0: no panels */
  uint8_t phases;       /* 1 or 3 */
  bool gas;             /* false: a heat pump heats */
  bool standard_only;   /* as of p1_sim_wall() */
  bool north;           /* 59 degrees north instead of 51 */
};

struct p1_sim_plan {
  int64_t day;                /* the newest day planned */
  int64_t next;               /* when the sums below change */
  int32_t sum[P1_SIM_WHERES]; /* of the events that run now */
  int32_t var[3];
  uint16_t count;
  struct p1_sim_event events[P1_SIM_EVENTS_MAX];
};

/* What changes slowly: worked out for each minute, and straight between. */
struct p1_sim_slow {
  int32_t sun_w;         /* of all panels, after the inverter */
  int32_t base_w[3];     /* what is always on */
  int32_t voltage_dv[3]; /* of the street, in 0.1 V */
};

/* Adds the events of a day (days since 1970-01-01 of the wall clock) to the
 * plan. Events that find no room are left out. */
void p1_sim_plan_day(struct p1_sim_plan *plan, const struct p1_sim_home *home,
                     int64_t day);

/* Forgets what is over at `utc` and sums up what runs; to be called when
 * plan->next is reached or a day was added. */
void p1_sim_plan_at(struct p1_sim_plan *plan, int64_t utc);

/* The slow part at a moment. */
struct p1_sim_slow p1_sim_slow(const struct p1_sim_home *home, int64_t utc);

#endif
