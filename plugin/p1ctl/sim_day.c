/*
 * sim_day.c - the plan of a day.
 *
 * A family of four in a house with an electric kitchen and a car. What is
 * heated by gas or by a heat pump depends on the house. Chance decides the
 * minutes, never whether there is a morning: what a day's curve shows is the
 * night's base, breakfast, supper, the evening, laundry and dishes on some
 * days, the car in some nights.
 */
#include "sim_day.h"

#include "sim_calendar.h"
#include "sim_random.h"

#include <stddef.h>

#define MINUTE 60
#define HOUR 3600
#define AT(hour, minute) ((hour)*HOUR + (minute)*MINUTE)

enum { STREAM_DAY = 1, STREAM_HOUSE };

/* A day while it is being planned; times are seconds since its midnight. */
struct draft {
  struct p1_sim_plan *plan;
  const struct p1_sim_home *home;
  struct p1_sim_random random;
  int64_t day;
  int32_t wake, leave, back, sleep;
  int32_t cold; /* 0 in summer .. 1000 in a hard winter */
  bool weekend;
  bool away; /* nobody is in between leave and back */
};

static int32_t between(struct draft *draft, int32_t low, int32_t high) {
  return p1_sim_between(&draft->random, low, high);
}

static bool chance(struct draft *draft, uint32_t percent) {
  return p1_sim_below(&draft->random, 100) < percent;
}

/* Adds an event; returns it, or NULL when the plan is full. */
static struct p1_sim_event *add(struct draft *draft, enum p1_sim_where where,
                                int32_t from, int32_t lasts, int32_t amount) {
  struct p1_sim_plan *plan = draft->plan;
  if (plan->count >= P1_SIM_EVENTS_MAX || lasts <= 0)
    return NULL;
  if (draft->home->phases == 1 && where <= P1_SIM_L3)
    where = P1_SIM_L1;
  struct p1_sim_event *event = &plan->events[plan->count++];
  *event = (struct p1_sim_event){.amount = amount, .where = (uint8_t)where};
  event->from = p1_sim_utc(draft->day, from, draft->home->standard_only);
  event->to = event->from + lasts;
  return event;
}

/* As add(), for a motor: it takes reactive power as well. */
static void add_motor(struct draft *draft, enum p1_sim_where where,
                      int32_t from, int32_t lasts, int32_t watt, int var) {
  struct p1_sim_event *event = add(draft, where, from, lasts, watt);
  if (event != NULL)
    event->var = (int16_t)var;
}

/* As add(), for a thermostat or a pulsing hob. */
static void add_cycling(struct draft *draft, enum p1_sim_where where,
                        int32_t from, int32_t lasts, int32_t watt, int on,
                        int off) {
  struct p1_sim_event *event = add(draft, where, from, lasts, watt);
  if (event != NULL) {
    event->on = (uint16_t)on;
    event->cycle = (uint16_t)(on + off);
  }
}

/* Water that runs, heated by the boiler when there is one. */
static void add_warm_water(struct draft *draft, int32_t from, int32_t lasts) {
  add(draft, P1_SIM_WATER, from, lasts, 125);
  if (draft->home->gas)
    add(draft, P1_SIM_GAS, from + 4, lasts, 560); /* 20 kW */
}

static void plan_cold_store(struct draft *draft) {
  int32_t at = between(draft, 0, 2000);
  while (at < AT(24, 0)) {
    int32_t on = between(draft, 900, 1300);
    add_motor(draft, P1_SIM_L1, at, on, between(draft, 82, 90), 48);
    at += on + between(draft, 1500, 2300);
  }
  at = between(draft, 0, 2400);
  while (at < AT(24, 0)) {
    int32_t on = between(draft, 800, 1200);
    add_motor(draft, P1_SIM_L3, at, on, between(draft, 66, 72), 40);
    at += on + between(draft, 1900, 2700);
  }
}

static void plan_morning(struct draft *draft) {
  int32_t wake = draft->wake;
  for (int person = 0; person < 3; person++) {
    if (chance(draft, 75))
      add_warm_water(draft, wake + 300 + person * 900 + between(draft, 0, 240),
                     between(draft, 300, 480));
  }
  add(draft, P1_SIM_L2, wake + 200, AT(0, 50), 120); /* lamps, a radio */
  add(draft, P1_SIM_L2, wake + 900, between(draft, 150, 240),
      1250); /* coffee */
  add(draft, P1_SIM_L1, wake + 1300, between(draft, 120, 200),
      2100); /* kettle */
  add(draft, P1_SIM_L2, wake + 1500, between(draft, 140, 420), 850); /* toast */
  if (chance(draft, 60))
    add(draft, P1_SIM_L3, wake + 1100, between(draft, 180, 420), 1600);
}

/* Kettle, microwave, screens, and the vacuum cleaner on some day. */
static void plan_noon(struct draft *draft) {
  if (draft->away && chance(draft, 70))
    return;
  int32_t screens = between(draft, 80, 140);
  add(draft, P1_SIM_L2, AT(9, 10), AT(2, 50), screens);
  add(draft, P1_SIM_L2, AT(13, 5), AT(3, 30), screens);
  add(draft, P1_SIM_L1, AT(10, 0) + between(draft, 0, 1800),
      between(draft, 120, 200), 2100);
  add(draft, P1_SIM_L1, AT(12, 15) + between(draft, 0, 1500),
      between(draft, 150, 360), 1300);
  add(draft, P1_SIM_L1, AT(15, 0) + between(draft, 0, 1800),
      between(draft, 120, 180), 2100);
  if (draft->weekend && chance(draft, 60))
    add_motor(draft, P1_SIM_L2, AT(11, 0) + between(draft, 0, 2400),
              between(draft, 700, 1500), 780, 180);
}

static void plan_supper(struct draft *draft) {
  int32_t at = draft->back + between(draft, 1500, 3600);
  int32_t lasts = between(draft, 1500, 2700);
  add(draft, P1_SIM_L1, at, between(draft, 240, 420), 2200);
  add_cycling(draft, P1_SIM_L1, at + 420, lasts, 1750, between(draft, 6, 12),
              between(draft, 7, 16));
  add_cycling(draft, P1_SIM_L2, at + 600, lasts - 500, 1400,
              between(draft, 5, 9), between(draft, 8, 18));
  add(draft, P1_SIM_L1, at, lasts + 600, 110); /* the hood */
  if (chance(draft, draft->weekend ? 70 : 35)) {
    add(draft, P1_SIM_L3, at - 600, 520, 2400); /* the oven heats up */
    add_cycling(draft, P1_SIM_L3, at - 80, between(draft, 1500, 3000), 2400, 45,
                80);
  }
  add_warm_water(draft, at + lasts + 900, between(draft, 60, 150));
}

static void plan_evening(struct draft *draft) {
  int32_t from = draft->back + between(draft, 0, 900);
  int32_t lamps = AT(17, 0) + (1000 - draft->cold) * 5 / 1000 * HOUR;
  if (lamps < from)
    lamps = from;
  add(draft, P1_SIM_L2, lamps, draft->sleep - lamps, between(draft, 90, 150));
  add(draft, P1_SIM_L3, from + HOUR, draft->sleep - from - HOUR,
      between(draft, 110, 190)); /* television, play */
  add(draft, P1_SIM_L3, from, draft->sleep - from - 1800,
      between(draft, 60, 110)); /* computers */
  add(draft, P1_SIM_L1, AT(20, 30) + between(draft, 0, 2400),
      between(draft, 120, 200), 2100);
  if (chance(draft, 45))
    add_warm_water(draft, draft->sleep - between(draft, 2400, 4800),
                   between(draft, 300, 600));
}

static void plan_dishes(struct draft *draft) {
  if (!chance(draft, 75))
    return;
  bool noon = draft->weekend && draft->home->solar_peak_w > 0;
  int32_t at = (noon ? AT(12, 30) : AT(19, 45)) + between(draft, 0, 3000);
  add(draft, P1_SIM_WATER, at, 90, 60);
  add(draft, P1_SIM_L2, at, 6600, 55);
  add(draft, P1_SIM_L2, at + 600, between(draft, 900, 1150), 2000);
  add(draft, P1_SIM_WATER, at + 3000, 90, 60);
  add(draft, P1_SIM_L2, at + 4500, between(draft, 650, 800), 2000);
}

static void plan_laundry(struct draft *draft) {
  if (!chance(draft, draft->weekend ? 65 : 25))
    return;
  int32_t at = draft->weekend ? AT(10, 0) : draft->back + 1800;
  at += between(draft, 0, 5400);
  add(draft, P1_SIM_WATER, at, 150, 110);
  add(draft, P1_SIM_L3, at + 200, between(draft, 700, 1300), 2050);
  struct p1_sim_event *drum = add(draft, P1_SIM_L3, at + 150, 4200, 210);
  if (drum != NULL) {
    drum->on = 18;
    drum->cycle = 26;
    drum->var = 90;
  }
  add(draft, P1_SIM_WATER, at + 2700, 170, 110);
  add_motor(draft, P1_SIM_L3, at + 4400, 420, 430, 160);
  if (chance(draft, 55)) /* the dryer, a heat pump */
    add_motor(draft, P1_SIM_L3, at + 5400, between(draft, 3600, 5700), 560,
              210);
}

/* Taps and flushes. */
static void plan_water(struct draft *draft) {
  for (int i = 0; i < 16; i++) {
    int32_t at = draft->wake + between(draft, 0, draft->sleep - draft->wake);
    if (draft->away && at > draft->leave && at < draft->back)
      continue;
    add(draft, P1_SIM_WATER, at, between(draft, 8, 55), 130);
  }
}

/* Two or three nights a week. In one house of four the car takes three phases
 * of 16 A, in the others one. It begins when the low tariff has begun. */
static void plan_car(struct draft *draft) {
  if (!chance(draft, 38))
    return;
  bool three = draft->home->phases == 3 &&
               p1_sim_hash(draft->home->seed, STREAM_HOUSE, 0) % 4 == 3;
  int32_t at = AT(23, 5) + between(draft, 0, 1500);
  int32_t lasts =
      three ? between(draft, 2700, 7200) : between(draft, 5400, 16200);
  for (int i = P1_SIM_L1; i <= P1_SIM_L3; i++) {
    if (!three && i != P1_SIM_L2)
      continue;
    add_motor(draft, (enum p1_sim_where)i, at, lasts, 3620, 120);
    add_motor(draft, (enum p1_sim_where)i, at + lasts, 540, 1450, 60);
  }
}

/* One run of what heats the house. */
static void add_heat(struct draft *draft, int32_t at, int32_t on) {
  if (draft->home->gas) {
    add(draft, P1_SIM_GAS, at, on, 280 + draft->cold / 10);
    add_motor(draft, P1_SIM_L1, at, on + 120, 58, 30); /* its pump */
    return;
  }
  int32_t watt = 550 + draft->cold * 9 / 10;
  for (int i = P1_SIM_L1; i <= P1_SIM_L3; i++) {
    if (draft->home->phases == 1 && i != P1_SIM_L1)
      continue;
    add_motor(draft, (enum p1_sim_where)i, at, on,
              draft->home->phases == 1 ? watt * 2 : watt * 2 / 3, watt / 6);
  }
}

static void plan_heating(struct draft *draft) {
  int32_t duty = (draft->cold - 380) * 7 / 10; /* in 1/1000 of the time */
  bool gas = draft->home->gas;
  if (!gas) /* the heat pump makes the warm water, when the sun is high */
    add_heat(draft, AT(13, 0) + between(draft, 0, 1200),
             between(draft, 2400, 3600));
  if (duty < 30)
    return;
  int32_t at = gas ? draft->wake - 2400 : between(draft, 0, 1800);
  int32_t end = gas ? draft->sleep - 1800 : AT(24, 0);
  while (at < end) {
    int32_t on = gas ? between(draft, 480, 1020) : between(draft, 1500, 3000);
    int32_t off = on * (1000 - duty) / duty;
    if (off > AT(3, 0))
      off = AT(3, 0);
    add_heat(draft, at, on);
    at += on + off + between(draft, 60, 300);
  }
}

/* How cold a day is: a year's swing, coldest on 20 January, and the weather. */
static int32_t coldness(struct draft *draft) {
  static const int16_t months[13] = {900, 860, 680, 460, 240, 90, 20,
                                     20,  150, 380, 640, 830, 900};
  int64_t day_of_year = (draft->day * 10000 % 3652425) / 10000;
  int32_t month = (int32_t)((day_of_year - 15 + 365) % 365) * 12;
  int32_t low = months[month / 365], high = months[month / 365 + 1];
  int32_t cold = low + (high - low) * (month % 365) / 365;
  cold += between(draft, -120, 120) + (draft->home->north ? 120 : 0);
  return cold < 0 ? 0 : cold > 1000 ? 1000 : cold;
}

void p1_sim_plan_day(struct p1_sim_plan *plan, const struct p1_sim_home *home,
                     int64_t day) {
  struct draft draft = {.plan = plan, .home = home, .day = day};
  draft.random.state = p1_sim_hash(home->seed, STREAM_DAY, day);
  draft.weekend = (day + 3) % 7 >= 5;
  draft.away = !draft.weekend;
  draft.wake = between(&draft, AT(6, 10), AT(6, 50)) +
               (draft.weekend ? between(&draft, HOUR, 2 * HOUR) : 0);
  draft.leave = draft.wake + between(&draft, 4500, 5700);
  draft.back = between(&draft, AT(16, 20), AT(17, 40));
  draft.sleep = between(&draft, AT(22, 20), AT(23, 30));
  draft.cold = coldness(&draft);
  plan_cold_store(&draft);
  plan_heating(&draft);
  plan_car(&draft);
  plan_morning(&draft);
  plan_noon(&draft);
  plan_supper(&draft);
  plan_evening(&draft);
  plan_dishes(&draft);
  plan_laundry(&draft);
  plan_water(&draft);
  plan->day = day;
}

void p1_sim_plan_at(struct p1_sim_plan *plan, int64_t utc) {
  int32_t sum[P1_SIM_WHERES] = {0};
  int32_t var[3] = {0};
  int64_t next = INT64_MAX;
  uint16_t kept = 0;
  for (uint16_t i = 0; i < plan->count; i++) {
    struct p1_sim_event event = plan->events[i];
    if (event.to <= utc)
      continue;
    plan->events[kept++] = event;
    int64_t change = event.from;
    if (event.from <= utc) {
      change = event.to;
      bool on = true;
      if (event.cycle != 0) {
        int64_t at = (utc - event.from) % event.cycle;
        on = at < event.on;
        int64_t turn = utc - at + (on ? event.on : event.cycle);
        change = turn < change ? turn : change;
      }
      if (on) {
        sum[event.where] += event.amount;
        if (event.where <= P1_SIM_L3)
          var[event.where] += event.var;
      }
    }
    next = change < next ? change : next;
  }
  plan->count = kept;
  plan->next = next;
  for (int i = 0; i < P1_SIM_WHERES; i++)
    plan->sum[i] = sum[i];
  for (int i = 0; i < 3; i++)
    plan->var[i] = var[i];
}
