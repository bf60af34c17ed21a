/*
 * sim_house.c - a simulated meter: powers, registers, tariffs, demand.
 */
#include "sim_house.h"

#include "sim_random.h"

#include <string.h>

#define QUARTER 900
#define HOUR 3600

enum { STREAM_NOISE = 200, STREAM_SET_UP, STREAM_CAPTURE };

/* Identities are made up: no maker uses 99 in these places. */
static const struct p1_sim_traits traits_of[P1_SIM_DIALECTS] = {
    [P1_SIM_EMUCS] = {.name = "emucs",
                      .meter_id = "1SAG99########",
                      .gas_id = "7FLO99########",
                      .water_id = "8SAG99########",
                      .period = 1,
                      .resolution = 1,
                      .gas_period = 300,
                      .gas_offset = 298,
                      .night_hour = 22,
                      .day_tariff = 1},
    [P1_SIM_DSMR5] = {.name = "dsmr5",
                      .meter_id = "E9900############",
                      .gas_id = "G9900############",
                      .period = 1,
                      .resolution = 1,
                      .gas_period = 300,
                      .gas_offset = 5,
                      .night_hour = 23,
                      .day_tariff = 2},
    [P1_SIM_DSMR4] = {.name = "dsmr4",
                      .meter_id = "E9900############",
                      .gas_id = "G9900############",
                      .period = 10,
                      .resolution = 1,
                      .gas_period = 3600,
                      .night_hour = 23,
                      .day_tariff = 2},
    [P1_SIM_DSMR2] = {.name = "dsmr2",
                      .meter_id = "ZABF99###########",
                      .gas_id = "28101990#########",
                      .period = 10,
                      .resolution = 10,
                      .gas_period = 3600,
                      .night_hour = 23,
                      .day_tariff = 2},
    [P1_SIM_LUXEMBOURG] = {.name = "luxembourg",
                           .meter_id = "SAG99###########",
                           .gas_id = "FLO99#########",
                           .period = 10,
                           .resolution = 1,
                           .gas_period = 900,
                           .gas_offset = 40,
                           .day_tariff = 1},
    [P1_SIM_SWEDEN] = {.name = "sweden",
                       .period = 10,
                       .resolution = 1,
                       .day_tariff = 1,
                       .standard_only = true},
};

const struct p1_sim_traits *p1_sim_traits(enum p1_sim_dialect dialect) {
  return &traits_of[dialect];
}

struct p1_sim_options p1_sim_defaults(void) {
  return (struct p1_sim_options){.dialect = P1_SIM_EMUCS,
                                 .solar_peak_w = 4000,
                                 .phases = 3,
                                 .months = 12,
                                 .gas = true,
                                 .water = true};
}

uint32_t p1_sim_root(uint64_t square) {
  uint64_t root = 0;
  for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1) {
    uint64_t more = root | bit;
    if (more * more <= square)
      root = more;
  }
  return (uint32_t)root;
}

int32_t p1_sim_demand(const struct p1_sim_house *house) {
  return (int32_t)(house->quarter_ws / QUARTER);
}

/* Rounds to the nearest multiple of the meter's resolution. */
static int32_t round_to(int32_t value, int32_t step) {
  if (step == 1)
    return value;
  int32_t half = value < 0 ? -step / 2 : step / 2;
  return (value + half) / step * step;
}

/* Between what was at _knot and a minute later. */
static int32_t between(int32_t from, int32_t to, int32_t at) {
  return from + (to - from) * at / 60;
}

/* What the panels give to a phase. */
static int32_t sun_on(const struct p1_sim_house *house, int phase,
                      int32_t sun_w) {
  if (house->_home.phases == 1)
    return phase == 0 ? sun_w : 0;
  if (house->_home.solar_peak_w > 5000)
    return sun_w / 3;
  return phase == 2 ? sun_w : 0;
}

/* Measures a phase: power, reactive power, and what follows from them. */
static void measure_phase(struct p1_sim_house *house, int phase, uint32_t noise,
                          int32_t at) {
  const struct p1_sim_plan *plan = &house->_plan;
  const struct p1_sim_slow *from = &house->_from, *to = &house->_to;
  int32_t load =
      between(from->base_w[phase], to->base_w[phase], at) + plan->sum[phase];
  /* Supplies switch, motors are not round: 3 W, and 1.5 % of the load. */
  load += ((int32_t)(noise & 0xFF) - 128) * (6 + load / 32) / 256;
  int32_t sun = sun_on(house, phase, between(from->sun_w, to->sun_w, at));
  sun -= (int32_t)(noise >> 8 & 0xFF) * sun / 16384;
  int32_t power = round_to(load - sun, house->traits->resolution);
  /* Supplies without a load are capacitive, some 40 var a phase. */
  int32_t reactive =
      plan->var[phase] - 40 + (int32_t)(noise >> 16 & 0xFF) * 8 / 256;
  /* The wires to the street, 0.28 ohm: 0.012 dV for each W. */
  int32_t voltage =
      between(from->voltage_dv[phase], to->voltage_dv[phase], at) -
      power * 50 / 4096 + (int32_t)(noise >> 24) * 4 / 256;
  uint32_t apparent = p1_sim_root((uint64_t)((int64_t)power * power) +
                                  (uint64_t)((int64_t)reactive * reactive));
  house->power_w[phase] = power;
  house->reactive_var[phase] = reactive;
  house->voltage_dv[phase] = voltage;
  house->current_ma[phase] =
      (int32_t)((uint64_t)apparent * 10000 / (uint64_t)voltage);
}

/* Measures the period that begins now. */
static void measure(struct p1_sim_house *house) {
  if (house->utc >= house->_plan.next)
    p1_sim_plan_at(&house->_plan, house->utc);
  if (house->utc >= house->_knot + 60) {
    int64_t knot = house->utc - house->utc % 60;
    house->_from = knot == house->_knot + 60 ? house->_to
                                             : p1_sim_slow(&house->_home, knot);
    house->_to = p1_sim_slow(&house->_home, knot + 60);
    house->_knot = knot;
  }
  int32_t at = (int32_t)(house->utc - house->_knot);
  uint64_t noise = p1_sim_hash(house->options.seed, STREAM_NOISE, house->utc);
  house->total_w = house->total_var = 0;
  for (int i = 0; i < house->options.phases; i++) {
    measure_phase(house, i, (uint32_t)(noise >> (i * 16)), at);
    house->total_w += house->power_w[i];
    house->total_var += house->reactive_var[i];
  }
}

/* The tariff at the wall clock's hour: on weekdays day from 7 o'clock. */
static uint8_t tariff_at(const struct p1_sim_traits *traits,
                         const struct p1_sim_wall *wall) {
  bool day = wall->weekday < 5 && wall->second >= 7 * HOUR &&
             wall->second < traits->night_hour * HOUR;
  if (traits->night_hour == 0)
    day = true;
  return (uint8_t)(day ? traits->day_tariff : 3 - traits->day_tariff);
}

/* Plans a day; first what is over makes room. */
static void plan_ahead(struct p1_sim_house *house, int64_t day) {
  p1_sim_plan_at(&house->_plan, house->utc);
  p1_sim_plan_day(&house->_plan, &house->_home, day);
  p1_sim_plan_at(&house->_plan, house->utc);
}

static void begin_hour(struct p1_sim_house *house) {
  house->wall = p1_sim_wall(house->utc, house->_home.standard_only);
  house->tariff = tariff_at(house->traits, &house->wall);
  /* The plan follows the family's clock, which has summer time everywhere. */
  int64_t day = p1_sim_wall(house->utc, false).day;
  if (day > house->_plan.day)
    plan_ahead(house, day);
}

static void close_quarter(struct p1_sim_house *house) {
  int32_t demand = p1_sim_demand(house);
  house->quarter_ws = 0;
  if (demand > house->peak.w) {
    house->peak.w = demand;
    p1_sim_stamp(&house->wall, house->peak.when);
  }
  if (house->wall.second != 0 || house->wall.mday != 1)
    return;
  /* The month is over: its peak goes into the history. */
  if (house->months == P1_SIM_MONTHS_MAX) {
    house->months--;
    memmove(&house->history[0], &house->history[1],
            sizeof(house->history[0]) * house->months);
  }
  p1_sim_stamp(&house->wall, house->peak.closed);
  house->history[house->months++] = house->peak;
  house->peak.w = 0;
  p1_sim_stamp(&house->wall, house->peak.when);
}

/* A capture is due: the meter fetches a reading. */
static void capture(struct p1_sim_house *house, struct p1_sim_capture *capture,
                    int64_t ml) {
  capture->litres = ml / 1000;
  p1_sim_stamp(&house->wall, capture->stamp);
  capture->next += house->traits->gas_period;
}

void p1_sim_step(struct p1_sim_house *house) {
  if (house->utc % house->traits->period == 0)
    measure(house);
  int i = house->tariff - 1;
  if (house->total_w >= 0) {
    house->import_ws[i] += house->total_w;
    house->quarter_ws += house->total_w;
  } else {
    house->export_ws[i] -= house->total_w;
  }
  if (house->total_var >= 0)
    house->reactive_import_vs += house->total_var;
  else
    house->reactive_export_vs -= house->total_var;
  house->gas_ml += house->_plan.sum[P1_SIM_GAS];
  house->water_ml += house->_plan.sum[P1_SIM_WATER];

  house->utc++;
  if (house->utc % HOUR == 0)
    begin_hour(house);
  else
    house->wall.second++;
  if (house->utc % QUARTER == 0)
    close_quarter(house);
  if (house->utc == house->gas.next)
    capture(house, &house->gas, house->gas_ml);
  if (house->utc == house->water.next)
    capture(house, &house->water, house->water_ml);
}

void p1_sim_next_telegram(struct p1_sim_house *house) {
  for (int i = 0; i < house->traits->period; i++)
    p1_sim_step(house);
}

/* A peak of the past: a quarter of an evening before `until`. */
static void invent_peak(struct p1_sim_house *house,
                        struct p1_sim_random *random, struct p1_sim_peak *peak,
                        int64_t month_day, int32_t days) {
  int64_t day = month_day + p1_sim_between(random, 0, days - 1);
  int32_t second = p1_sim_between(random, 17 * 4, 22 * 4) * QUARTER;
  bool standard = house->_home.standard_only;
  struct p1_sim_wall wall =
      p1_sim_wall(p1_sim_utc(day, second, standard), standard);
  peak->w = p1_sim_between(random, 2900, 5200);
  p1_sim_stamp(&wall, peak->when);
}

/* The peaks of the months before the start, and of the running month. */
static void invent_history(struct p1_sim_house *house,
                           struct p1_sim_random *random) {
  bool standard = house->_home.standard_only;
  int64_t first = house->wall.day - house->wall.mday + 1;
  house->months = house->options.months;
  for (int i = house->months - 1; i >= 0; i--) {
    struct p1_sim_wall closed =
        p1_sim_wall(p1_sim_utc(first, 0, standard), standard);
    p1_sim_stamp(&closed, house->history[i].closed);
    int64_t last = first - 1;
    first -= p1_sim_wall(p1_sim_utc(last, 0, standard), standard).mday;
    invent_peak(house, random, &house->history[i], first,
                (int32_t)(last - first) + 1);
  }
  /* Of the days of this month that are over, if there are any; else what the
   * quarters so far have left. */
  if (house->wall.mday > 1)
    invent_peak(house, random, &house->peak,
                house->wall.day - house->wall.mday + 1, house->wall.mday - 1);
}

/* Writes an identity in hex, each '#' of the pattern being a digit. */
static void invent_id(char *out, const char *pattern,
                      struct p1_sim_random *random) {
  static const char hex[] = "0123456789ABCDEF";
  size_t n = 0;
  for (; pattern != NULL && pattern[n] != '\0' && n < 17; n++) {
    int c = pattern[n] == '#' ? p1_sim_between(random, '0', '9') : pattern[n];
    out[2 * n] = hex[c >> 4 & 15];
    out[2 * n + 1] = hex[c & 15];
  }
  out[2 * n] = '\0';
}

/* What only years of service would give. */
static void invent_past(struct p1_sim_house *house) {
  const struct p1_sim_options *options = &house->options;
  struct p1_sim_random random = {
      p1_sim_hash(options->seed, STREAM_SET_UP, options->dialect)};
  invent_id(house->meter_id, house->traits->meter_id, &random);
  invent_id(house->gas_id, house->traits->gas_id, &random);
  invent_id(house->water_id, house->traits->water_id, &random);
  for (int i = 0; i < 2; i++) {
    bool one = house->traits->night_hour == 0 && i == 1;
    int64_t in = p1_sim_between(&random, 4000000, 14000000);
    int64_t out = p1_sim_between(&random, 1500000, 7000000);
    if (options->registers_given) {
      in = options->import_wh[i];
      out = options->export_wh[i];
    } else if (one || options->solar_peak_w == 0) {
      in = one ? 0 : in;
      out = 0;
    }
    house->import_ws[i] = in * 3600;
    house->export_ws[i] = out * 3600;
  }
  house->reactive_import_vs =
      INT64_C(3600) * p1_sim_between(&random, 90000, 900000);
  house->reactive_export_vs =
      INT64_C(3600) * p1_sim_between(&random, 900000, 3000000);
  house->gas_ml = p1_sim_between(&random, 900000, 6000000) * INT64_C(1000);
  house->water_ml = p1_sim_between(&random, 200000, 900000) * INT64_C(1000);
  int64_t end = house->utc;
  for (int i = 0; i < 2; i++) {
    end -= p1_sim_between(&random, 3000000, 30000000);
    struct p1_sim_wall wall = p1_sim_wall(end, house->_home.standard_only);
    p1_sim_stamp(&wall, house->failures[i].end);
    house->failures[i].seconds = p1_sim_between(&random, 185, 9000);
  }
  for (int i = 0; i < 3; i++) {
    house->sags[i] = (uint16_t)p1_sim_between(&random, 1, 9);
    house->swells[i] = (uint16_t)p1_sim_between(&random, 0, 1);
  }
  invent_history(house, &random);
}

/* The capture before now, and when the next is due; for a device that is not
 * there, none. */
static void invent_capture(struct p1_sim_house *house,
                           struct p1_sim_capture *capture, bool there,
                           int64_t ml, int32_t offset) {
  *capture = (struct p1_sim_capture){.next = INT64_MAX};
  if (!there)
    return;
  int32_t period = house->traits->gas_period;
  int64_t last = (house->utc - offset) / period * period + offset;
  struct p1_sim_wall wall = p1_sim_wall(last, house->_home.standard_only);
  p1_sim_stamp(&wall, capture->stamp);
  capture->litres = ml / 1000;
  capture->next = last + period;
}

void p1_sim_init(struct p1_sim_house *house,
                 const struct p1_sim_options *options) {
  *house = (struct p1_sim_house){.options = *options};
  house->traits = p1_sim_traits(options->dialect);
  house->_home =
      (struct p1_sim_home){.seed = options->seed,
                           .solar_peak_w = options->solar_peak_w,
                           .phases = options->phases,
                           .gas = options->gas && house->traits->gas_id != NULL,
                           .standard_only = house->traits->standard_only,
                           .north = options->dialect == P1_SIM_SWEDEN};
  int64_t start = options->start - options->start % house->traits->period;
  /* Begin a quarter earlier, so that the first telegram has a power and its
   * quarter the energy imported before. */
  house->utc = (start - 1) / QUARTER * QUARTER;
  house->_knot = INT64_MIN / 2;
  house->gas.next = house->water.next = INT64_MAX;
  int64_t day = p1_sim_wall(house->utc, false).day;
  plan_ahead(house, day - 1);
  plan_ahead(house, day);
  begin_hour(house);
  struct p1_sim_wall month = house->wall;
  month.mday = 1;
  month.second = 0;
  p1_sim_stamp(&month, house->peak.when);
  while (house->utc < start)
    p1_sim_step(house);
  invent_past(house);
  const struct p1_sim_traits *traits = house->traits;
  bool gas = options->gas && traits->gas_id != NULL;
  bool water = options->water && traits->water_id != NULL;
  invent_capture(house, &house->gas, gas, house->gas_ml, traits->gas_offset);
  /* The water meter is another maker's: fetched a minute after the gas. */
  invent_capture(house, &house->water, water, house->water_ml,
                 traits->gas_offset + 64 - traits->gas_period);
}
