/*
 * sim_house.h - a simulated meter and the house behind it.
 *
 * The meter's promise is that its registers are the integral of its powers, to
 * the watt-second: between two telegrams the power of every phase is constant,
 * and the later telegram prints it. So from one telegram to the next
 *
 *     register += printed power x time between the telegrams
 *
 * where the registers count watt-seconds and print whole Wh, rounded down, and
 * the energy goes to the tariff that the earlier telegram names. Registers
 * begin at whole Wh.
 *
 * The totals are those of a real three-phase meter: the phases are added with
 * their signs, and the sum is either import or export.
 *
 * The caller owns the structure; nothing is allocated, and nothing depends on
 * the host: the same options give the same telegrams everywhere.
 */
#ifndef P1_SIM_HOUSE_H
#define P1_SIM_HOUSE_H

#include "sim_calendar.h"
#include "sim_day.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum p1_sim_dialect {
  P1_SIM_EMUCS,      /* Belgium, e-MUCS P1 1.7.1 */
  P1_SIM_DSMR5,      /* Netherlands, DSMR 5.0 */
  P1_SIM_DSMR4,      /* Netherlands, DSMR 4.2 */
  P1_SIM_DSMR2,      /* Netherlands, DSMR 2.2 */
  P1_SIM_LUXEMBOURG, /* Smarty, DSMR 4.2 */
  P1_SIM_SWEDEN,     /* HAN port */
  P1_SIM_DIALECTS
};

/* e-MUCS keeps the peaks of 13 months. */
#define P1_SIM_MONTHS_MAX 13

/* What sets a dialect's meter apart, but for the text it prints. */
struct p1_sim_traits {
  const char *name;     /* as on the command line */
  const char *meter_id; /* each '#' becomes a digit */
  const char *gas_id;   /* NULL: prints no gas */
  const char *water_id; /* NULL: prints no water */
  int16_t period;       /* s between telegrams, in step with UTC */
  int16_t resolution;   /* W */
  int16_t gas_period;   /* s between captures */
  int16_t gas_offset;   /* s after the full period */
  int8_t night_hour;    /* when the night tariff begins; 0: one tariff */
  int8_t day_tariff;    /* the number of the day tariff */
  bool standard_only;   /* no summer time in the stamps */
};

struct p1_sim_options {
  int64_t
      start; /* UTC; the first telegram's time, rounded down to the period */
  uint64_t seed;
  enum p1_sim_dialect dialect;
  int32_t solar_peak_w; /* 0: no panels. Up to 5000 on one phase, else three */
  int64_t import_wh[2]; /* registers at the start, by tariff; those of */
  int64_t export_wh[2]; /* tariff 1 first */
  uint8_t phases;       /* 1 or 3 */
  uint8_t months;       /* closed months in the history at the start */
  bool registers_given; /* false: import_wh and export_wh come from the seed */
  bool gas, water;      /* where the dialect has them */
  bool newest_first;    /* order of the month peaks */
};

struct p1_sim_peak {
  int32_t w;
  char when[P1_SIM_STAMP];   /* end of the quarter */
  char closed[P1_SIM_STAMP]; /* in the history: the first moment after */
};

/* The last reading of an M-Bus device that the meter has fetched; without
 * device the stamp is empty. */
struct p1_sim_capture {
  int64_t next; /* UTC */
  int64_t litres;
  char stamp[P1_SIM_STAMP];
};

/* A record of the power failure log. */
struct p1_sim_failure {
  char end[P1_SIM_STAMP];
  int32_t seconds;
};

struct p1_sim_house {
  struct p1_sim_options options;
  const struct p1_sim_traits *traits;
  int64_t utc;             /* now */
  struct p1_sim_wall wall; /* now, as this meter shows it */
  /* What was measured over the period that ends now, or goes on. */
  int32_t power_w[3];      /* import less export */
  int32_t reactive_var[3]; /* the same */
  int32_t voltage_dv[3];   /* 0.1 V */
  int32_t current_ma[3];
  int32_t total_w;   /* sum of power_w */
  int32_t total_var; /* sum of reactive_var */
  /* Registers. */
  int64_t import_ws[2], export_ws[2]; /* by tariff - 1 */
  int64_t reactive_import_vs, reactive_export_vs;
  int64_t quarter_ws; /* imported since the quarter began */
  int64_t gas_ml, water_ml;
  uint8_t tariff;                                /* 1 or 2 */
  uint8_t months;                                /* in history */
  struct p1_sim_peak peak;                       /* of this month */
  struct p1_sim_peak history[P1_SIM_MONTHS_MAX]; /* oldest first */
  struct p1_sim_capture gas, water;
  struct p1_sim_failure failures[2]; /* newest first */
  uint16_t sags[3], swells[3];
  char meter_id[35], gas_id[35], water_id[35]; /* hex */
  /* The model behind it. */
  struct p1_sim_home _home;
  struct p1_sim_slow _from, _to; /* at _knot and a minute later */
  int64_t _knot;
  struct p1_sim_plan _plan;
};

/* The traits of a dialect. */
const struct p1_sim_traits *p1_sim_traits(enum p1_sim_dialect dialect);

/* The options of a meter that is not told anything: e-MUCS, three phases,
 * 4 kW of panels, gas, water, twelve months of history; start and seed 0. */
struct p1_sim_options p1_sim_defaults(void);

/* Sets a meter up at options->start. */
void p1_sim_init(struct p1_sim_house *house,
                 const struct p1_sim_options *options);

/* Goes on by one second. */
void p1_sim_step(struct p1_sim_house *house);

/* Goes on to the next telegram: traits->period steps. */
void p1_sim_next_telegram(struct p1_sim_house *house);

/* The running quarter's demand in W: what was imported since the quarter began,
 * over its whole 900 s (DLMS class 5). */
int32_t p1_sim_demand(const struct p1_sim_house *house);

/* The square root, rounded down. */
uint32_t p1_sim_root(uint64_t square);

#endif
