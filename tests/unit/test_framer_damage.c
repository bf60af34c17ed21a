/*
 * test_framer_damage.c - what is damaged is never taken for whole, and what is
 * whole is never lost to the damage before it.
 */
#include "torture.h"

#include "p1/framer.h"

/* Telegrams of this test's own; `text` ends with the '!'. */
struct sample {
  const char *text;
  const char *end; /* what follows the '!' */
};

static const struct sample samples[] = {
    {"/TST5\\SAMPLE-2\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260115123456W)\r\n"
     "0-0:96.1.1(3132333435)\r\n1-0:1.8.1(001234.567*kWh)\r\n"
     "1-0:1.8.2(000765.432*kWh)\r\n1-0:2.8.1(000000.000*kWh)\r\n"
     "0-0:96.14.0(0002)\r\n1-0:1.7.0(00.412*kW)\r\n"
     "1-0:99.97.0(1)(0-0:96.7.19)(251224180000W)(0000003600*s)\r\n"
     "0-0:96.13.0()\r\n1-0:32.7.0(230.1*V)\r\n1-0:31.7.0(002*A)\r\n"
     "0-1:24.1.0(003)\r\n0-1:96.1.0(3637383930)\r\n"
     "0-1:24.2.1(260115123000W)(00123.456*m3)\r\n!",
     "AF90\r\n"},
    {"/FLU5\\000000001_A\r\n\r\n0-0:96.1.4(50217)\r\n"
     "0-0:1.0.0(260715123456S)\r\n1-0:1.8.1(000123.456*kWh)\r\n"
     "1-0:2.8.1(000654.321*kWh)\r\n1-0:1.4.0(00.411*kW)\r\n"
     "1-0:1.6.0(260703181500S)(03.695*kW)\r\n"
     "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(260701000000S)(260615181500S)"
     "(04.321*kW)\r\n1-0:32.7.0(234.7*V)\r\n1-0:31.7.0(001.75*A)\r\n"
     "0-0:17.0.0(999.9*kW)\r\n1-0:31.4.0(999*A)\r\n!",
     "F7B3\r\n"},
    {"/TST5TEXT\r\n\r\n0-0:1.0.0(260115123456W)\r\n"
     "0-0:96.13.0(see /abc5 - or /TST5 - !)\r\n"
     "1-0:1.8.0(00006678.394*kWh)\r\n1-0:3.8.0(00000021.988*kVArh)\r\n"
     "1-0:23.7.0(0000.000*kVAr)\r\n!",
     "DEC7\r\n"},
    {"/KMP5 ZTEST0001\r\n\r\n0-0:96.1.1(3132)\r\n"
     "1-0:1.8.1(00123.456*kWh)\r\n0-0:96.13.0(see /abc5 now)\r\n"
     "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00012.345)\r\n!",
     "\r\n"},
    {"/ADN9 1234\r\n\r\n0-0:1.0.0(260115123456W)\r\n1-0:1.7.0(00.412*kW)\r\n"
     "1-0:71.7.0(123.1*A)!",
     "\r\n"},
};

/* The first samples have a CRC. */
#define WITH_CRC 3

static struct p1_framer framer;
static char bytes[4096];

/* What a stream of bytes came to. */
struct result {
  size_t telegrams;           /* TELEGRAM events */
  size_t foreign;             /* of them, those that are no sample's text */
  size_t unproven;            /* of them, those without a CRC */
  const struct sample *final; /* the last event's, or NULL */
};

static const struct sample *recognise(const char *telegram, size_t n) {
  for (size_t i = 0; i < COUNT_OF(samples); i++) {
    if (strlen(samples[i].text) == n &&
        memcmp(samples[i].text, telegram, n) == 0)
      return &samples[i];
  }
  return NULL;
}

/* Frames the first n of `bytes`. */
static struct result frame(size_t n) {
  struct result result = {0};
  p1_framer_init(&framer);
  for (size_t at = 0; at < n;) {
    enum p1_frame_event event = P1_FRAME_MORE;
    at += p1_framer_push(&framer, bytes + at, n - at, &event);
    if (event != P1_FRAME_MORE)
      result.final = NULL;
    if (event != P1_FRAME_TELEGRAM)
      continue;
    result.final = recognise(framer.telegram, framer.length);
    result.telegrams++;
    result.foreign += result.final == NULL;
    result.unproven += framer.crc != P1_CRC_OK;
  }
  return result;
}

static size_t append(size_t n, const char *text, size_t length) {
  assert_true(n + length <= sizeof(bytes));
  memcpy(bytes + n, text, length);
  return n + length;
}

static size_t append_sample(size_t n, const struct sample *sample) {
  n = append(n, sample->text, strlen(sample->text));
  return append(n, sample->end, strlen(sample->end));
}

static void test_samples(void **state) {
  (void)state;
  size_t n = 0;
  for (size_t i = 0; i < COUNT_OF(samples); i++)
    n = append_sample(n, &samples[i]);
  struct result result = frame(n);
  assert_int_equal(result.telegrams, COUNT_OF(samples));
  assert_int_equal(result.foreign, 0);
  assert_int_equal(result.unproven, COUNT_OF(samples) - WITH_CRC);
}

/* A telegram with a CRC that stops before the fourth digit is none. */
static void test_truncations(void **state) {
  (void)state;
  for (size_t i = 0; i < WITH_CRC; i++) {
    size_t whole = append_sample(0, &samples[i]) - strlen("\r\n");
    assert_int_equal(frame(whole).telegrams, 1);
    for (size_t n = 0; n < whole; n++)
      assert_int_equal(frame(n).telegrams, 0);
  }
}

/* Frames `bytes` with another telegram behind what is damaged: that one must
 * come, and nothing else but the damaged one as it was before. */
static void check_damaged(size_t n, const struct sample *next) {
  struct result result = frame(append_sample(n, next));
  assert_ptr_equal(result.final, next);
  assert_int_equal(result.foreign, 0);
  assert_int_equal(result.unproven, 0);
}

static void test_bit_flips(void **state) {
  (void)state;
  for (size_t i = 0; i < WITH_CRC; i++) {
    const struct sample *next = &samples[(i + 1) % WITH_CRC];
    size_t n = append_sample(0, &samples[i]);
    for (size_t bit = 0; bit < 8 * n; bit++) {
      bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
      check_damaged(n, next);
      bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
  }
}

static void test_lost_bytes(void **state) {
  (void)state;
  for (size_t i = 0; i < WITH_CRC; i++) {
    const struct sample *next = &samples[(i + 1) % WITH_CRC];
    size_t n = append_sample(0, &samples[i]);
    for (size_t lost = 0; lost < n; lost++) {
      append_sample(0, &samples[i]);
      memmove(bytes + lost, bytes + lost + 1, n - lost - 1);
      check_damaged(n - 1, next);
    }
  }
}

/* What stands between a broken telegram and a good one. */
static const struct {
  const char *bytes;
  size_t n;
} joints[] = {
    {LITERAL("")},        {LITERAL("\r\n")},       {LITERAL("\n")},
    {LITERAL("x")},       {LITERAL("\0\0\0\0\0")}, {LITERAL("\377\376\1/")},
    {LITERAL("//a/b\r")}, {LITERAL("(")},          {LITERAL(" \t\177")},
};

/* Frames what stands in `bytes`, then a joint, then each sample. */
static void check_joined(size_t n) {
  for (size_t joint = 0; joint < COUNT_OF(joints); joint++) {
    size_t joined = append(n, joints[joint].bytes, joints[joint].n);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
      struct result result = frame(append_sample(joined, &samples[i]));
      assert_ptr_equal(result.final, &samples[i]);
      assert_int_equal(result.foreign, 0);
    }
  }
}

static void test_cut_off(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(samples); i++) {
    for (size_t n = append_sample(0, &samples[i]); n > 0; n--) {
      append_sample(0, &samples[i]);
      check_joined(n);
    }
  }
}

static void test_joined_late(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(samples); i++) {
    size_t n = append_sample(0, &samples[i]);
    for (size_t missed = 1; missed < n; missed++) {
      append_sample(0, &samples[i]);
      memmove(bytes, bytes + missed, n - missed);
      check_joined(n - missed);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples),   cmocka_unit_test(test_truncations),
      cmocka_unit_test(test_bit_flips), cmocka_unit_test(test_lost_bytes),
      cmocka_unit_test(test_cut_off),   cmocka_unit_test(test_joined_late),
  };
  return cmocka_run_group_tests_name("framer_damage", tests, NULL, NULL);
}
