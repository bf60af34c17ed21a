/*
 * test_simulate.c - the simulated house: registers, demand, tariffs, clocks,
 * captures, and whether its days are like days.
 */
#include "torture.h"

#include "simscene.h"

#define QUARTER 900
#define HOUR 3600
#define DAY 86400

/* A power, and the registers that integrate it. */
struct pair {
  const char *registers[2]; /* by tariff; the second may be NULL */
  const char *power;
  int unit; /* of the printed power, in W or var */
};

static const struct pair by_tariff[] = {
    {{"1-0:1.8.1", "1-0:1.8.2"}, "1-0:1.7.0", 1},
    {{"1-0:2.8.1", "1-0:2.8.2"}, "1-0:2.7.0", 1}};
static const struct pair by_tariff_10w[] = {
    {{"1-0:1.8.1", "1-0:1.8.2"}, "1-0:1.7.0", 10},
    {{"1-0:2.8.1", "1-0:2.8.2"}, "1-0:2.7.0", 10}};
static const struct pair totals[] = {{{"1-0:1.8.0"}, "1-0:1.7.0", 1},
                                     {{"1-0:2.8.0"}, "1-0:2.7.0", 1},
                                     {{"1-0:3.8.0"}, "1-0:3.7.0", 1},
                                     {{"1-0:4.8.0"}, "1-0:4.7.0", 1}};

/* Adds up the printed powers of a day, each over its period and to the tariff
 * that the telegram before named, and compares each printed register. */
static void check_integral(enum p1_sim_dialect dialect,
                           const struct pair *pairs, size_t count) {
  struct scene scene;
  int64_t period = p1_sim_traits(dialect)->period;
  int64_t ws[4][2] = {{0}}, began[4][2] = {{0}};
  bool tariffs = pairs[0].registers[1] != NULL;
  scene_begin_at(&scene, dialect, "2025-06-20 16:17:00"); /* a Friday */
  for (size_t i = 0; i < count; i++) {
    for (int t = 0; t < 1 + tariffs; t++)
      began[i][t] = ws[i][t] =
          scene_number(&scene, pairs[i].registers[t]) * HOUR;
  }
  for (int64_t s = 0; s < DAY; s += period) {
    int64_t tariff = tariffs ? scene_number(&scene, "0-0:96.14.0") : 1;
    scene_next(&scene);
    for (size_t i = 0; i < count; i++) {
      int64_t watt = scene_number(&scene, pairs[i].power) * pairs[i].unit;
      ws[i][tariff - 1] += watt * period;
      for (int t = 0; t < 1 + tariffs; t++)
        assert_int_equal(scene_number(&scene, pairs[i].registers[t]),
                         ws[i][t] / HOUR);
    }
  }
  for (int i = 0; i < 2; i++) { /* the day has moved each of them */
    for (int t = 0; t < 1 + tariffs; t++)
      assert_true(ws[i][t] > began[i][t] + 100 * HOUR);
  }
}

static void test_registers_are_the_integral_of_powers(void **state) {
  (void)state;
  check_integral(P1_SIM_EMUCS, by_tariff, COUNT_OF(by_tariff));
  check_integral(P1_SIM_DSMR5, by_tariff, COUNT_OF(by_tariff));
  check_integral(P1_SIM_DSMR4, by_tariff, COUNT_OF(by_tariff));
  check_integral(P1_SIM_DSMR2, by_tariff_10w, COUNT_OF(by_tariff_10w));
  check_integral(P1_SIM_LUXEMBOURG, totals, COUNT_OF(totals));
  check_integral(P1_SIM_SWEDEN, totals, COUNT_OF(totals));
}

/* What the phases say against the total, and voltage times current against
 * both. `ampere_step` is the resolution in mA, 0 when there are no voltages. */
static void check_phases(const struct scene *scene, int64_t ampere_step) {
  static const char *const in[] = {"1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"};
  static const char *const out[] = {"1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"};
  static const char *const volt[] = {"1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"};
  static const char *const ampere[] = {"1-0:31.7.0", "1-0:51.7.0",
                                       "1-0:71.7.0"};
  int64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    int64_t watt_in = scene_number(scene, in[i]);
    int64_t watt_out = scene_number(scene, out[i]);
    assert_true(watt_in == 0 || watt_out == 0);
    sum += watt_in - watt_out;
    if (ampere_step == 0)
      continue;
    int64_t dv = scene_number(scene, volt[i]);
    assert_in_range(dv, 2070, 2530); /* EN 50160: 230 V, 10 % */
    /* Apparent power is the active at least; the reactive, up to 300 var, adds
     * no more than itself. */
    int64_t watt = watt_in + watt_out;
    int64_t va = scene_number(scene, ampere[i]) * ampere_step * dv / 10000;
    int64_t slack = ampere_step * dv / 20000 + watt / 200 + 2;
    assert_true(va >= watt - slack && va <= watt + 300 + slack);
  }
  int64_t import = scene_number(scene, "1-0:1.7.0");
  int64_t export = scene_number(scene, "1-0:2.7.0");
  assert_int_equal(import - export, sum);
  assert_true(import == 0 || export == 0);
}

static void test_phases_agree_with_the_total(void **state) {
  (void)state;
  static const struct {
    enum p1_sim_dialect dialect;
    int64_t ampere_step;
  } rows[] = {{P1_SIM_EMUCS, 10},
              {P1_SIM_DSMR5, 1000},
              {P1_SIM_DSMR4, 0},
              {P1_SIM_LUXEMBOURG, 1000},
              {P1_SIM_SWEDEN, 100}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    struct scene scene;
    scene_begin_at(&scene, rows[i].dialect, "2025-03-06 05:00:00");
    for (int s = 0; s < DAY; s += 10) {
      check_phases(&scene, rows[i].ampere_step);
      for (int step = 0; step < 10; step++)
        p1_sim_step(&scene.house);
      scene_render(&scene);
    }
  }
}

/* The stamp of the telegram, up to the parenthesis. */
static bool at_time(const struct scene *scene, const char *stamp) {
  return scene_shows(scene, "0-0:1.0.0", 0, stamp);
}

static void test_quarter_demand_and_peak(void **state) {
  (void)state;
  struct scene scene;
  scene_begin_at(&scene, P1_SIM_EMUCS, "2025-03-06 05:00:00");
  assert_int_equal(scene_number(&scene, "1-0:1.4.0"), 0);
  int64_t peak = scene_number_at(&scene, "1-0:1.6.0", 1);
  int64_t ws = 0, highest = 0;
  char stamp[P1_SIM_STAMP + 1] = "";
  for (int s = 1; s <= DAY; s++) {
    scene_next(&scene);
    ws += scene_number(&scene, "1-0:1.7.0");
    if (s % QUARTER == 0) { /* this telegram closes the quarter */
      int64_t demand = ws / QUARTER;
      highest = demand > highest ? demand : highest;
      ws = 0;
      if (demand > peak) {
        peak = demand;
        memcpy(stamp, scene_field(&scene, "0-0:1.0.0", 0), P1_SIM_STAMP);
      }
    }
    assert_int_equal(scene_number(&scene, "1-0:1.4.0"), ws / QUARTER);
    assert_int_equal(scene_number_at(&scene, "1-0:1.6.0", 1), peak);
    assert_true(scene_shows(&scene, "1-0:1.6.0", 0, stamp));
  }
  assert_true(highest > 500);
}

/* The first quarter of a meter that is switched on within it counts what was
 * imported before. */
static void test_first_quarter_is_whole(void **state) {
  (void)state;
  struct scene late, early;
  scene_begin_at(&early, P1_SIM_EMUCS, "2025-03-06 18:00:00");
  scene_begin_at(&late, P1_SIM_EMUCS, "2025-03-06 18:10:00");
  for (int s = 0; s < 600; s++)
    scene_next(&early);
  assert_true(scene_number(&early, "1-0:1.4.0") > 0);
  assert_int_equal(scene_number(&late, "1-0:1.4.0"),
                   scene_number(&early, "1-0:1.4.0"));
}

static void pass(struct scene *scene, int64_t seconds) {
  for (int64_t s = 0; s < seconds; s++)
    p1_sim_step(&scene->house);
  scene_render(scene);
}

/* Two months end: the history grows from 12 to 13, then loses its oldest. */
static void check_months(bool newest_first) {
  struct scene scene;
  struct p1_sim_options options =
      scene_options(P1_SIM_EMUCS, "2025-08-31 22:59:58");
  options.newest_first = newest_first;
  options.seed = 8;
  scene_begin(&scene, &options); /* 23:59:58 of summer time */
  int newest = newest_first ? 3 : 3 + 12 * 3;
  int oldest = newest_first ? 3 + 12 * 3 : 3;
  assert_true(scene_shows(&scene, "0-0:98.1.0", 0, "12)(1-0:1.6.0)("));
  int64_t peak = scene_number_at(&scene, "1-0:1.6.0", 1);
  /* The last quarter is not the month's peak; else choose another seed. */
  assert_true(scene_number(&scene, "1-0:1.4.0") + 100 < peak);
  pass(&scene, 2);
  assert_true(at_time(&scene, "250901000000S"));
  assert_true(scene_shows(&scene, "0-0:98.1.0", 0, "13)(1-0:1.6.0)("));
  assert_true(scene_shows(&scene, "0-0:98.1.0", newest, "250901000000S)("));
  assert_true(scene_shows(&scene, "0-0:98.1.0", newest + 1, "2508"));
  assert_int_equal(scene_number_at(&scene, "0-0:98.1.0", newest + 2), peak);
  assert_true(scene_shows(&scene, "0-0:98.1.0", oldest, "240901000000S)("));
  assert_true(scene_shows(&scene, "1-0:1.6.0", 0, "250901000000S)(00.000"));
  pass(&scene, QUARTER);
  assert_true(scene_number_at(&scene, "1-0:1.6.0", 1) > 0);
  assert_true(scene_shows(&scene, "1-0:1.6.0", 0, "250901001500S"));
  pass(&scene, 30 * DAY - QUARTER);
  assert_true(at_time(&scene, "251001000000S"));
  assert_true(scene_shows(&scene, "0-0:98.1.0", 0, "13)(1-0:1.6.0)("));
  assert_true(scene_shows(&scene, "0-0:98.1.0", newest, "251001000000S)(2509"));
  assert_true(scene_shows(&scene, "0-0:98.1.0", oldest, "241001000000S)("));
}

static void test_month_change(void **state) {
  (void)state;
  check_months(false);
  check_months(true);
}

static void test_history_grows_from_nothing(void **state) {
  (void)state;
  struct scene scene;
  struct p1_sim_options options =
      scene_options(P1_SIM_EMUCS, "2025-12-31 23:59:59");
  options.months = 0;
  scene_begin(&scene, &options);
  assert_true(
      scene_shows(&scene, "0-0:98.1.0", 0, "0)(1-0:1.6.0)(1-0:1.6.0)()\r\n"));
  scene_next(&scene);
  assert_true(scene_shows(&scene, "0-0:98.1.0", 0,
                          "1)(1-0:1.6.0)(1-0:1.6.0)(260101000000W)(2512"));
}

/* Runs to the telegram with a stamp and checks the tariff before and from it
 * on. */
static void check_tariff(enum p1_sim_dialect dialect, const char *start,
                         int before, int after) {
  struct scene scene;
  scene_begin_at(&scene, dialect, start);
  assert_int_equal(scene_number(&scene, "0-0:96.14.0"), before);
  for (int s = 0; s < 60; s += p1_sim_traits(dialect)->period)
    scene_next(&scene);
  assert_int_equal(scene_number(&scene, "0-0:96.14.0"), after);
}

static void test_tariffs(void **state) {
  (void)state;
  /* Friday 13 June 2025; the meters' clocks are an hour ahead. */
  check_tariff(P1_SIM_EMUCS, "2025-06-13 05:59:00", 2, 1);
  check_tariff(P1_SIM_EMUCS, "2025-06-13 20:59:00", 1, 2);
  check_tariff(P1_SIM_EMUCS, "2025-06-14 05:59:00", 2, 2);
  check_tariff(P1_SIM_EMUCS, "2025-01-13 06:59:00", 2, 1); /* Monday, W */
  check_tariff(P1_SIM_DSMR5, "2025-06-13 05:59:00", 1, 2);
  check_tariff(P1_SIM_DSMR5, "2025-06-13 20:59:00", 2, 2);
  check_tariff(P1_SIM_DSMR5, "2025-06-13 21:59:00", 2, 1);
  check_tariff(P1_SIM_DSMR4, "2025-06-15 11:59:00", 1, 1); /* Sunday */
  check_tariff(P1_SIM_DSMR2, "2025-06-13 21:59:00", 2, 1);
}

/* Counts the telegrams of six hours with a stamp. */
static int count_stamps(enum p1_sim_dialect dialect, const char *start,
                        const char *stamp) {
  struct scene scene;
  int count = 0;
  scene_begin_at(&scene, dialect, start);
  for (int s = 0; s < 6 * HOUR; s += p1_sim_traits(dialect)->period) {
    count += at_time(&scene, stamp);
    scene_next(&scene);
  }
  return count;
}

static void test_clocks_change(void **state) {
  (void)state;
  struct scene scene;
  static const char autumn[] = "2025-10-25 23:30:00";
  assert_int_equal(count_stamps(P1_SIM_EMUCS, autumn, "251026023000S"), 1);
  assert_int_equal(count_stamps(P1_SIM_EMUCS, autumn, "251026023000W"), 1);
  assert_int_equal(count_stamps(P1_SIM_SWEDEN, autumn, "251026023000W"), 1);
  assert_int_equal(count_stamps(P1_SIM_SWEDEN, autumn, "251026023000S"), 0);
  scene_begin_at(&scene, P1_SIM_DSMR5, "2025-10-26 01:59:59");
  assert_true(at_time(&scene, "251026025959S"));
  scene_next(&scene);
  assert_true(at_time(&scene, "251026020000W"));
  static const char spring[] = "2025-03-29 23:30:00";
  assert_int_equal(count_stamps(P1_SIM_EMUCS, spring, "250330023000W"), 0);
  assert_int_equal(count_stamps(P1_SIM_EMUCS, spring, "250330023000S"), 0);
  scene_begin_at(&scene, P1_SIM_DSMR5, "2025-03-30 01:59:59");
  assert_true(at_time(&scene, "250330015959W"));
  scene_next(&scene);
  assert_true(at_time(&scene, "250330030000S"));
  scene_begin_at(&scene, P1_SIM_SWEDEN, "2025-07-01 12:00:07");
  assert_true(at_time(&scene, "250701120000W")); /* down to its period */
  scene_begin_at(&scene, P1_SIM_EMUCS, "2028-02-28 23:59:59");
  scene_next(&scene);
  assert_true(at_time(&scene, "280229000000W"));
  scene_begin_at(&scene, P1_SIM_EMUCS, "2025-12-31 23:59:59");
  scene_next(&scene);
  assert_true(at_time(&scene, "260101000000W"));
}

/* A reading changes with its stamp alone, which is the telegram's own when a
 * capture is due: `due` seconds after each full period. */
static void check_captures(enum p1_sim_dialect dialect, const char *code,
                           int period, int due) {
  struct scene scene;
  int reading_at = dialect == P1_SIM_DSMR2 ? 6 : 1;
  size_t stamp_n = dialect == P1_SIM_DSMR2 ? 12 : P1_SIM_STAMP;
  int captures = 0;
  scene_begin_at(&scene, dialect, "2025-01-20 05:00:00");
  int64_t reading = scene_number_at(&scene, code, reading_at), first = reading;
  for (int64_t s = 0; s < DAY; s++) {
    char stamp[P1_SIM_STAMP];
    memcpy(stamp, scene_field(&scene, code, 0), stamp_n);
    pass(&scene, 1);
    bool new_stamp = memcmp(stamp, scene_field(&scene, code, 0), stamp_n) != 0;
    assert_int_equal(new_stamp, scene.house.utc % period == due);
    int64_t newer = scene_number_at(&scene, code, reading_at);
    assert_true(newer == reading || (new_stamp && newer > reading));
    reading = newer;
    captures += new_stamp;
    p1_sim_stamp(&scene.house.wall, stamp);
    if (new_stamp)
      assert_memory_equal(stamp, scene_field(&scene, code, 0), stamp_n);
  }
  assert_int_equal(captures, DAY / period);
  assert_row(reading > first, code);
}

static void test_captures(void **state) {
  (void)state;
  check_captures(P1_SIM_EMUCS, "0-1:24.2.3", 300, 298);
  check_captures(P1_SIM_EMUCS, "0-2:24.2.1", 300, 62);
  check_captures(P1_SIM_DSMR5, "0-1:24.2.1", 300, 5);
  check_captures(P1_SIM_DSMR4, "0-1:24.2.1", 3600, 0);
  check_captures(P1_SIM_DSMR2, "0-1:24.3.0", 3600, 0);
  check_captures(P1_SIM_LUXEMBOURG, "0-1:24.2.1", 900, 40);
}

static void test_seed_decides(void **state) {
  (void)state;
  struct scene a, b, other, earlier;
  struct p1_sim_options options =
      scene_options(P1_SIM_EMUCS, "2025-01-20 18:00:00");
  scene_begin(&a, &options);
  scene_begin(&b, &options);
  options.seed++;
  scene_begin(&other, &options);
  scene_begin_at(&earlier, P1_SIM_EMUCS, "2025-01-19 19:20:00");
  pass(&earlier, 22 * HOUR + 2400);
  int64_t gas = a.house.gas_ml, water = a.house.water_ml;
  int64_t gas_earlier = earlier.house.gas_ml;
  int64_t water_earlier = earlier.house.water_ml;
  int differs = 0;
  for (int s = 0; s < 4 * HOUR; s++) {
    scene_next(&a);
    scene_next(&b);
    scene_next(&other);
    p1_sim_step(&earlier.house);
    assert_string_equal(a.text, b.text);
    differs += a.house.total_w != other.house.total_w;
    /* A day is the same whenever the meter was switched on. */
    assert_memory_equal(a.house.power_w, earlier.house.power_w,
                        sizeof(a.house.power_w));
  }
  assert_int_equal(a.house.gas_ml - gas, earlier.house.gas_ml - gas_earlier);
  assert_int_equal(a.house.water_ml - water,
                   earlier.house.water_ml - water_earlier);
  assert_true(a.house.gas_ml > gas && a.house.water_ml > water);
  assert_true(differs > 2 * HOUR);
}

static void test_start_registers(void **state) {
  (void)state;
  struct scene scene;
  struct p1_sim_options options =
      scene_options(P1_SIM_DSMR4, "2025-04-08 11:00:00");
  options.registers_given = true;
  options.import_wh[0] = 1;
  options.import_wh[1] = 999999999;
  options.export_wh[1] = 123456;
  scene_begin(&scene, &options);
  assert_true(scene_shows(&scene, "1-0:1.8.1", 0, "000000.001*kWh)"));
  assert_true(scene_shows(&scene, "1-0:1.8.2", 0, "999999.999*kWh)"));
  assert_true(scene_shows(&scene, "1-0:2.8.1", 0, "000000.000*kWh)"));
  assert_true(scene_shows(&scene, "1-0:2.8.2", 0, "000123.456*kWh)"));
  pass(&scene, 12 * HOUR); /* into the evening, the register begins anew */
  assert_true(scene_number(&scene, "1-0:1.8.2") < 20000);
}

/* Wh imported and exported and litres of gas over some hours. */
struct stretch {
  int64_t import_wh, export_wh, gas_l;
};

static struct stretch run(const struct p1_sim_options *options, int hours) {
  static struct p1_sim_house house;
  p1_sim_init(&house, options);
  int64_t in = house.import_ws[0] + house.import_ws[1];
  int64_t out = house.export_ws[0] + house.export_ws[1];
  int64_t gas = house.gas_ml;
  for (int s = 0; s < hours * HOUR; s++)
    p1_sim_step(&house);
  return (struct stretch){(house.import_ws[0] + house.import_ws[1] - in) / HOUR,
                          (house.export_ws[0] + house.export_ws[1] - out) /
                              HOUR,
                          (house.gas_ml - gas) / 1000};
}

/* Not what the model computes but what any house of this kind would show. */
static void test_days_are_like_days(void **state) {
  (void)state;
  struct p1_sim_options options =
      scene_options(P1_SIM_DSMR4, "2025-07-01 01:00:00");
  for (options.seed = 1; options.seed <= 8; options.seed++) {
    options.dialect = P1_SIM_DSMR4;
    options.solar_peak_w = 4000;
    options.gas = true;
    options.start = p1_sim_utc(20270, 10 * HOUR, false); /* 2025-07-01 */
    int64_t noon = 0, night = 0;
    for (int day = 0; day < 14; day++, options.start += DAY) {
      noon += run(&options, 5).export_wh;
      struct p1_sim_options dark = options;
      dark.start -= 10 * HOUR;
      night += run(&dark, 4).export_wh;
    }
    assert_int_equal(night, 0);
    assert_in_range(noon, 14 * 2000, 14 * 5 * 4000);
    options.start = p1_sim_utc(20270, 0, false);
    struct stretch july = run(&options, 14 * 24);
    options.start = p1_sim_utc(20103, 0, false); /* 2025-01-15 */
    struct stretch january = run(&options, 14 * 24);
    assert_in_range(january.import_wh, 14 * 4000, 14 * 35000);
    assert_true(january.export_wh * 2 < july.export_wh);
    assert_true(january.gas_l > july.gas_l * 4);
    options.solar_peak_w = 0;
    assert_int_equal(run(&options, 14 * 24).export_wh, 0);
    options.gas = false; /* a heat pump instead */
    assert_true(run(&options, 14 * 24).import_wh >
                january.import_wh + 14 * 5000);
  }
}

/* Large panels feed three phases, small ones the third, and a house of one
 * phase has all on that. */
static void test_panels_and_phases(void **state) {
  (void)state;
  static const struct {
    uint8_t phases;
    int32_t peak_w, most_w[3]; /* exported by each phase */
  } rows[] = {{3, 9000, {3000, 3000, 3000}},
              {3, 4000, {0, 0, 4000}},
              {1, 9000, {9000, 0, 0}}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    static struct p1_sim_house house;
    struct p1_sim_options options =
        scene_options(P1_SIM_DSMR4, "2025-06-01 00:00:00");
    options.phases = rows[i].phases;
    options.solar_peak_w = rows[i].peak_w;
    int32_t most_w[3] = {0};
    p1_sim_init(&house, &options);
    for (int s = 0; s < 14 * DAY; s++) {
      p1_sim_step(&house);
      for (int phase = 0; phase < 3; phase++) {
        if (-house.power_w[phase] > most_w[phase])
          most_w[phase] = -house.power_w[phase];
      }
    }
    for (int phase = 0; phase < 3; phase++)
      assert_in_range(most_w[phase], rows[i].most_w[phase] * 8 / 10,
                      rows[i].most_w[phase]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_registers_are_the_integral_of_powers),
      cmocka_unit_test(test_phases_agree_with_the_total),
      cmocka_unit_test(test_quarter_demand_and_peak),
      cmocka_unit_test(test_first_quarter_is_whole),
      cmocka_unit_test(test_month_change),
      cmocka_unit_test(test_history_grows_from_nothing),
      cmocka_unit_test(test_tariffs),
      cmocka_unit_test(test_clocks_change),
      cmocka_unit_test(test_captures),
      cmocka_unit_test(test_seed_decides),
      cmocka_unit_test(test_start_registers),
      cmocka_unit_test(test_days_are_like_days),
      cmocka_unit_test(test_panels_and_phases),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
