/*
 * test_sim_dialect.c - what the simulated meters print, line by line, against
 * the standards' formats; and what a bad line makes of it.
 */
#include "torture.h"

#include "sim_damage.h"
#include "simscene.h"

/* The shapes below: | ends a line, # is an asterisk, d a digit, @ a stamp of 12
 * digits and a letter, % a hexadecimal digit, * an even number of them, all
 * else itself. */
#define TARIFFS                                                                \
  "1-0:1.8.1(dddddd.ddd#kWh)|1-0:1.8.2(dddddd.ddd#kWh)|"                       \
  "1-0:2.8.1(dddddd.ddd#kWh)|1-0:2.8.2(dddddd.ddd#kWh)|0-0:96.14.0(000d)|"
#define POWERS "1-0:1.7.0(dd.ddd#kW)|1-0:2.7.0(dd.ddd#kW)|"
#define FAILURES                                                               \
  "0-0:96.7.21(ddddd)|0-0:96.7.9(ddddd)|1-0:99.97.0(2)(0-0:96.7.19)"           \
  "(@)(dddddddddd#s)(@)(dddddddddd#s)|"
#define SAGS_SWELLS                                                            \
  "1-0:32.32.0(ddddd)|1-0:52.32.0(ddddd)|1-0:72.32.0(ddddd)|"                  \
  "1-0:32.36.0(ddddd)|1-0:52.36.0(ddddd)|1-0:72.36.0(ddddd)|"
#define VOLTS "1-0:32.7.0(ddd.d#V)|1-0:52.7.0(ddd.d#V)|1-0:72.7.0(ddd.d#V)|"
#define AMPS(form)                                                             \
  "1-0:31.7.0(" form "#A)|1-0:51.7.0(" form "#A)|1-0:71.7.0(" form "#A)|"
#define THREE(a, b, c, form) a form "|" b form "|" c form "|"
#define KW_IN THREE("1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0", "(dd.ddd#kW)")
#define KW_OUT THREE("1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0", "(dd.ddd#kW)")
#define GAS_NL "0-1:24.1.0(003)|0-1:96.1.0(*)|0-1:24.2.1(@)(ddddd.ddd#m3)|"
#define GAS_BE                                                                 \
  "0-1:24.1.0(003)|0-1:96.1.1(*)|0-1:24.4.0(1)|0-1:24.2.3(@)(ddddd.ddd#m3)|"
#define WATER_BE(channel)                                                      \
  "0-" channel ":24.1.0(007)|0-" channel ":96.1.1(*)|0-" channel               \
  ":24.2.1(@)(ddddd.ddd#m3)|"
#define BEGIN_BE                                                               \
  "/FLU5\\253999999_A||0-0:96.1.4(50217)|0-0:96.1.1(*)|0-0:1.0.0(@)|" TARIFFS  \
  "1-0:1.4.0(dd.ddd#kW)|1-0:1.6.0(@)(dd.ddd#kW)|"                              \
  "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(@)(@)(dd.ddd#kW)(@)(@)(dd.ddd#kW)"      \
  "|" POWERS
#define LIMITS_BE                                                              \
  "0-0:96.3.10(1)|0-0:17.0.0(999.9#kW)|1-0:31.4.0(999#A)|0-0:96.13.0()|"

static const struct shape {
  enum p1_sim_dialect dialect;
  uint8_t phases;
  bool gas, water;
  const char *lines;
} shapes[] = {
    {P1_SIM_EMUCS, 3, true, true,
     BEGIN_BE KW_IN KW_OUT VOLTS AMPS("ddd.dd")
         LIMITS_BE GAS_BE WATER_BE("2") "!%%%%|"},
    {P1_SIM_EMUCS, 1, false, true,
     BEGIN_BE "1-0:21.7.0(dd.ddd#kW)|1-0:22.7.0(dd.ddd#kW)|"
              "1-0:32.7.0(ddd.d#V)|1-0:31.7.0(ddd.dd#A)|" LIMITS_BE WATER_BE(
                  "1") "!%%%%|"},
    {P1_SIM_EMUCS, 3, true, false,
     BEGIN_BE KW_IN KW_OUT VOLTS AMPS("ddd.dd") LIMITS_BE GAS_BE "!%%%%|"},
    {P1_SIM_DSMR5, 3, true, true,
     "/ISK5\\2M550T-9999||1-3:0.2.8(50)|0-0:1.0.0(@)|0-0:96.1.1(*)|" TARIFFS
         POWERS FAILURES SAGS_SWELLS "0-0:96.13.0()|" VOLTS AMPS("ddd")
             KW_IN KW_OUT GAS_NL "!%%%%|"},
    {P1_SIM_DSMR5, 1, false, true,
     "/ISK5\\2M550T-9999||1-3:0.2.8(50)|0-0:1.0.0(@)|0-0:96.1.1(*)|" TARIFFS
         POWERS FAILURES "1-0:32.32.0(ddddd)|1-0:32.36.0(ddddd)|"
     "0-0:96.13.0()|1-0:32.7.0(ddd.d#V)|1-0:31.7.0(ddd#A)|"
     "1-0:21.7.0(dd.ddd#kW)|1-0:22.7.0(dd.ddd#kW)|!%%%%|"},
    {P1_SIM_DSMR4, 3, true, true,
     "/KFM5KAIFA-METER||1-3:0.2.8(42)|0-0:1.0.0(@)|0-0:96.1.1(*)|" TARIFFS
         POWERS FAILURES SAGS_SWELLS "0-0:96.13.1()|0-0:96.13.0()|" AMPS(
             "ddd") "1-0:21.7.0(dd.ddd#kW)|1-0:22.7.0(dd.ddd#kW)|1-0:41.7.0(dd."
                    "ddd#kW)|"
                    "1-0:42.7.0(dd.ddd#kW)|1-0:61.7.0(dd.ddd#kW)|1-0:62.7.0(dd."
                    "ddd#kW)|" GAS_NL "!%%%%|"},
    {P1_SIM_DSMR2, 3, true, true,
     "/ISk5\\2MT382-9999||0-0:96.1.1(*)|1-0:1.8.1(ddddd.ddd#kWh)|"
     "1-0:1.8.2(ddddd.ddd#kWh)|1-0:2.8.1(ddddd.ddd#kWh)|"
     "1-0:2.8.2(ddddd.ddd#kWh)|0-0:96.14.0(000d)|1-0:1.7.0(dddd.dd#kW)|"
     "1-0:2.7.0(dddd.dd#kW)|0-0:17.0.0(0999.00#kW)|0-0:96.3.10(1)|"
     "0-0:96.13.1()|0-0:96.13.0()|0-1:24.1.0(3)|0-1:96.1.0(*)|"
     "0-1:24.3.0(dddddddddddd)(00)(60)(1)(0-1:24.2.1)(m3)|(ddddd.ddd)|"
     "0-1:24.4.0(1)|!|"},
    {P1_SIM_LUXEMBOURG, 3, true, true,
     "/Lux5\\253999999_D||1-3:0.2.8(42)|0-0:1.0.0(@)|0-0:42.0.0(*)|"
     "1-0:1.8.0(dddddd.ddd#kWh)|1-0:2.8.0(dddddd.ddd#kWh)|"
     "1-0:3.8.0(dddddd.ddd#kvarh)|1-0:4.8.0(dddddd.ddd#kvarh)|" POWERS
     "1-0:3.7.0(dd.ddd#kvar)|1-0:4.7.0(dd.ddd#kvar)|0-0:17.0.0(027.6#kVA)|"
     "1-0:9.7.0(dd.ddd#kVA)|1-0:10.7.0(dd.ddd#kVA)|1-1:31.4.0(040#A)(-040#A)|"
     "0-0:96.3.10(1)|0-1:96.3.10(0)|0-2:96.3.10(0)|"
     "0-0:96.7.21(ddddd)|" SAGS_SWELLS
     "0-0:96.13.0()|0-0:96.13.2()|0-0:96.13.3()|0-0:96.13.4()|"
     "0-0:96.13.5()|"
     "1-0:32.7.0(ddd.0#V)|1-0:52.7.0(ddd.0#V)|1-0:72.7.0(ddd.0#V)|" AMPS("ddd")
         KW_IN KW_OUT
     "1-0:23.7.0(dd.ddd#kvar)|1-0:43.7.0(dd.ddd#kvar)|1-0:63.7.0(dd.ddd#kvar)|"
     "1-0:24.7.0(dd.ddd#kvar)|1-0:44.7.0(dd.ddd#kvar)|1-0:64.7.0(dd.ddd#kvar)"
     "|" GAS_NL "0-1:24.4.0(1)|!%%%%|"},
    {P1_SIM_SWEDEN, 3, true, true,
     "/LGF5E360||0-0:1.0.0(ddddddddddddW)|1-0:1.8.0(dddddddd.ddd#kWh)|"
     "1-0:2.8.0(dddddddd.ddd#kWh)|1-0:3.8.0(dddddddd.ddd#kVArh)|"
     "1-0:4.8.0(dddddddd.ddd#kVArh)|1-0:1.7.0(dddd.ddd#kW)|"
     "1-0:2.7.0(dddd.ddd#kW)|1-0:3.7.0(dddd.ddd#kVAr)|1-0:4.7.0(dddd.ddd#kVAr)|"
     "1-0:21.7.0(dddd.ddd#kW)|1-0:22.7.0(dddd.ddd#kW)|1-0:41.7.0(dddd.ddd#kW)|"
     "1-0:42.7.0(dddd.ddd#kW)|1-0:61.7.0(dddd.ddd#kW)|1-0:62.7.0(dddd.ddd#kW)|"
     "1-0:23.7.0(dddd.ddd#kVAr)|1-0:24.7.0(dddd.ddd#kVAr)|"
     "1-0:43.7.0(dddd.ddd#kVAr)|1-0:44.7.0(dddd.ddd#kVAr)|"
     "1-0:63.7.0(dddd.ddd#kVAr)|1-0:64.7.0(dddd.ddd#kVAr)|" VOLTS AMPS(
         "ddd.d") "!%%%%|"}};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) { return is_digit(c) || (c >= 'A' && c <= 'F'); }

/* How many bytes of text a sign of a shape takes; -1 when they do not fit. */
static int take(const char *text, char sign) {
  int n = 0;
  switch (sign) {
  case 'd':
    return is_digit(*text) ? 1 : -1;
  case '%':
    return is_hex(*text) ? 1 : -1;
  case '#':
    return *text == '*' ? 1 : -1;
  case '|':
    return text[0] == '\r' && text[1] == '\n' ? 2 : -1;
  case '@':
    while (n < 12 && is_digit(text[n]))
      n++;
    return n == 12 && (text[n] == 'S' || text[n] == 'W') ? 13 : -1;
  case '*':
    while (is_hex(text[n]))
      n++;
    return n > 0 && n % 2 == 0 ? n : -1;
  default:
    return *text == sign ? 1 : -1;
  }
}

static void check_shape(const char *text, const char *shape) {
  const char *at = text;
  for (; *shape != '\0'; shape++) {
    int n = take(at, *shape);
    if (n < 0) {
      fail_msg("at \"%.40s\": expected %.40s", at, shape);
      return;
    }
    at += n;
  }
  assert_string_equal(at, "");
}

static void begin_shape(struct scene *scene, const struct shape *shape) {
  struct p1_sim_options options =
      scene_options(shape->dialect, "2025-05-01 06:00:00");
  options.phases = shape->phases;
  options.gas = shape->gas;
  options.water = shape->water;
  options.months = 2;
  scene_begin(scene, &options);
}

static void test_lines_have_their_shape(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(shapes); i++) {
    struct scene scene;
    begin_shape(&scene, &shapes[i]);
    for (int telegram = 0; telegram < 3000; telegram++) {
      check_shape(scene.text, shapes[i].lines);
      scene_next(&scene);
    }
  }
}

static void test_crc(void **state) {
  (void)state;
  for (int i = 0; i < P1_SIM_DIALECTS; i++) {
    struct scene scene;
    scene_begin_at(&scene, (enum p1_sim_dialect)i, "2025-05-01 06:00:00");
    for (int telegram = 0; telegram < 1000; telegram++) {
      if (i == P1_SIM_DSMR2)
        assert_string_equal(scene.text + scene.n - 5, "\r\n!\r\n");
      else
        assert_true(scene_crc_holds(scene.text, scene.n));
      scene_next(&scene);
    }
  }
}

/* The Luxembourg meter: the root of what it prints beside it. */
static void test_apparent_power(void **state) {
  (void)state;
  struct scene scene;
  bool imported = false, exported = false;
  scene_begin_at(&scene, P1_SIM_LUXEMBOURG, "2025-05-01 06:00:00");
  for (int telegram = 0; telegram < 4000; telegram++) {
    int64_t watt =
        scene_number(&scene, "1-0:1.7.0") + scene_number(&scene, "1-0:2.7.0");
    int64_t var =
        scene_number(&scene, "1-0:3.7.0") + scene_number(&scene, "1-0:4.7.0");
    int64_t in = scene_number(&scene, "1-0:9.7.0");
    int64_t out = scene_number(&scene, "1-0:10.7.0");
    int64_t square = watt * watt + var * var;
    int64_t va = in + out;
    assert_true(va * va <= square && (va + 1) * (va + 1) > square);
    assert_true(in == 0 || out == 0);
    bool exports = scene_number(&scene, "1-0:2.7.0") > 0;
    assert_true(exports ? in == 0 : out == 0);
    imported = imported || in > 0;
    exported = exported || out > 0;
    scene_next(&scene);
  }
  assert_true(imported && exported);
}

/* The promise behind P1_SIM_TELEGRAM_MAX, and what a smaller buffer gets. */
static void test_size(void **state) {
  (void)state;
  char small[P1_SIM_TELEGRAM_MAX];
  size_t longest = 0;
  for (int i = 0; i < P1_SIM_DIALECTS; i++) {
    struct scene scene;
    struct p1_sim_options options =
        scene_options((enum p1_sim_dialect)i, "2025-05-01 06:00:00");
    options.months = P1_SIM_MONTHS_MAX;
    scene_begin(&scene, &options);
    longest = scene.n > longest ? scene.n : longest;
    memset(small, '#', sizeof(small));
    assert_int_equal(p1_sim_render(&scene.house, small, sizeof(small) - 1), 0);
    assert_int_equal(small[0], '#');
  }
  assert_in_range(longest, 1024, P1_SIM_TELEGRAM_MAX / 2);
}

/* Whatever the seed, an identity says that it is made up. */
static void test_identities_are_made_up(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct scene scene;
    struct p1_sim_options options =
        scene_options(P1_SIM_DSMR5, "2025-05-01 06:00:00");
    options.seed = seed;
    scene_begin(&scene, &options);
    assert_true(scene_shows(&scene, "0-0:96.1.1", 0, "4539393030")); /* E9900 */
    assert_true(scene_shows(&scene, "0-1:96.1.0", 0, "4739393030")); /* G9900 */
    options.dialect = P1_SIM_EMUCS;
    scene_begin(&scene, &options);
    assert_true(
        scene_shows(&scene, "0-0:96.1.1", 0, "315341473939")); /* 1SAG99 */
  }
}

/* --- damage -------------------------------------------------------------- */

/* A telegram, and room for what a line makes of it. */
struct line {
  struct scene scene;
  char bytes[2 * P1_SIM_TELEGRAM_MAX + P1_SIM_RUBBISH_MAX];
  size_t n;
};

static unsigned send(struct line *line, struct p1_sim_damage *damage) {
  return p1_sim_damage(damage, line->scene.text, line->scene.n, line->bytes,
                       &line->n);
}

static void test_no_damage_unless_asked(void **state) {
  (void)state;
  static struct line line;
  struct p1_sim_damage damage = {.random.state = 3};
  scene_begin_at(&line.scene, P1_SIM_EMUCS, "2025-05-01 06:00:00");
  for (int i = 0; i < 1000; i++) {
    assert_int_equal(send(&line, &damage), 0);
    assert_int_equal(line.n, line.scene.n);
    assert_memory_equal(line.bytes, line.scene.text, line.n);
  }
}

static void test_corrupt_flips_one_bit(void **state) {
  (void)state;
  static struct line line;
  struct p1_sim_damage damage = {.corrupt = P1_SIM_CERTAIN};
  scene_begin_at(&line.scene, P1_SIM_DSMR5, "2025-05-01 06:00:00");
  for (int i = 0; i < 5000; i++) {
    assert_int_equal(send(&line, &damage), P1_SIM_CORRUPT);
    assert_int_equal(line.n, line.scene.n);
    unsigned bits = 0;
    for (size_t at = 0; at < line.n; at++) {
      unsigned char x = (unsigned char)((unsigned char)line.bytes[at] ^
                                        (unsigned char)line.scene.text[at]);
      for (; x != 0; x &= (unsigned char)(x - 1))
        bits++;
    }
    assert_int_equal(bits, 1);
    assert_false(scene_crc_holds(line.bytes, line.n));
  }
}

static void test_garbage_leaves_the_telegram_alone(void **state) {
  (void)state;
  static struct line line;
  struct p1_sim_damage damage = {.garbage = P1_SIM_CERTAIN};
  int halves = 0;
  scene_begin_at(&line.scene, P1_SIM_DSMR5, "2025-05-01 06:00:00");
  for (int i = 0; i < 5000; i++) {
    const struct scene *scene = &line.scene;
    assert_int_equal(send(&line, &damage), P1_SIM_GARBAGE);
    assert_true(line.n > scene->n);
    size_t rubbish = line.n - scene->n;
    assert_memory_equal(line.bytes + rubbish, scene->text, scene->n);
    halves +=
        rubbish < scene->n && memcmp(line.bytes, scene->text, rubbish) == 0;
  }
  assert_in_range(halves, 2000, 3000);
}

static void test_drop_loses_bytes_or_all(void **state) {
  (void)state;
  static struct line line;
  struct p1_sim_damage damage = {.drop = P1_SIM_CERTAIN};
  int lost = 0;
  scene_begin_at(&line.scene, P1_SIM_DSMR5, "2025-05-01 06:00:00");
  for (int i = 0; i < 20000; i++) {
    unsigned done = send(&line, &damage);
    if (done == P1_SIM_LOST) {
      assert_int_equal(line.n, 0);
      lost++;
      continue;
    }
    assert_int_equal(done, P1_SIM_DROP);
    assert_in_range(line.n, line.scene.n - 40, line.scene.n - 2);
    if (i % 16 == 0)
      assert_false(scene_crc_holds(line.bytes, line.n));
  }
  assert_in_range(lost, 9000, 11000);
}

static void test_parity(void **state) {
  (void)state;
  char bytes[128];
  for (int i = 0; i < 128; i++)
    bytes[i] = (char)i;
  p1_sim_add_parity(bytes, sizeof(bytes));
  for (int i = 0; i < 128; i++) {
    int ones = 0;
    for (int bit = 0; bit < 8; bit++)
      ones += (unsigned char)bytes[i] >> bit & 1;
    assert_int_equal(ones % 2, 0);
    assert_int_equal(bytes[i] & 0x7F, i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines_have_their_shape),
      cmocka_unit_test(test_crc),
      cmocka_unit_test(test_apparent_power),
      cmocka_unit_test(test_size),
      cmocka_unit_test(test_identities_are_made_up),
      cmocka_unit_test(test_no_damage_unless_asked),
      cmocka_unit_test(test_corrupt_flips_one_bit),
      cmocka_unit_test(test_garbage_leaves_the_telegram_alone),
      cmocka_unit_test(test_drop_loses_bytes_or_all),
      cmocka_unit_test(test_parity),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
