/*
 * test_crc16.c - the fast CRC against the definition, bit by bit.
 */
#include "torture.h"

#include "guard.h"

#include "p1/crc16.h"

#include <stdlib.h>

/* Beyond the length from which on blocks of 120 bytes are folded, and every
 * remainder by 120 and by 8 several times over. */
#define LENGTH_MAX 1200

/* The definition: the standard's polynomial, reflected, bit by bit. */
static uint16_t reference(uint16_t crc, const uint8_t *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1);
  }
  return crc;
}

/* Bytes that look like noise and are the same every time. */
static void fill(uint8_t *bytes, size_t n, uint32_t seed) {
  for (size_t i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    bytes[i] = (uint8_t)(seed >> 24);
  }
}

static void test_check_values(void **state) {
  (void)state;
  assert_int_equal(p1_crc16("123456789", 9), 0xBB3D);
  assert_int_equal(p1_crc16_x25("123456789", 9), 0x906E);
  assert_int_equal(p1_crc16(NULL, 0), 0);
  assert_int_equal(p1_crc16_x25(NULL, 0), 0);
  assert_int_equal(p1_crc16_update(0x1234, NULL, 0), 0x1234);
}

/* Two telegrams whose CRC the protocol's notes give. */
static void test_telegrams(void **state) {
  (void)state;
  static const char small[] = "/AAA5MTR\r\n\r\n!";
  assert_int_equal(p1_crc16(small, sizeof(small) - 1), 0x525A);
  assert_int_equal(reference(0, (const uint8_t *)small, sizeof(small) - 1),
                   0x525A);
}

static void test_every_length(void **state) {
  (void)state;
  uint8_t bytes[LENGTH_MAX];
  struct guard guard;
  guard_init(&guard, LENGTH_MAX);
  for (size_t n = 0; n <= LENGTH_MAX; n++) {
    fill(bytes, n, (uint32_t)n);
    uint16_t start = (uint16_t)(n * 40503);
    uint16_t expected = reference(start, bytes, n);
    assert_int_equal(p1_crc16_update(start, guard_at_end(&guard, bytes, n), n),
                     expected);
    assert_int_equal(
        p1_crc16_update(start, guard_at_start(&guard, bytes, n), n), expected);
    assert_int_equal(p1_crc16(guard_at_end(&guard, bytes, n), n),
                     reference(0, bytes, n));
  }
  guard_free(&guard);
}

/* Any one bit, anywhere, from any state: linear in both, so this is all. */
static void test_every_bit(void **state) {
  (void)state;
  uint8_t bytes[512] = {0};
  for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
    bytes[bit / 8] = (uint8_t)(1 << bit % 8);
    assert_int_equal(p1_crc16(bytes, sizeof(bytes)),
                     reference(0, bytes, sizeof(bytes)));
    bytes[bit / 8] = 0;
  }
  for (int bit = 0; bit < 16; bit++) {
    uint16_t start = (uint16_t)(1 << bit);
    assert_int_equal(p1_crc16_update(start, bytes, sizeof(bytes)),
                     reference(start, bytes, sizeof(bytes)));
  }
}

static void test_in_parts(void **state) {
  (void)state;
  uint8_t bytes[LENGTH_MAX];
  fill(bytes, sizeof(bytes), 1);
  uint16_t whole = p1_crc16(bytes, sizeof(bytes));
  for (size_t n = 0; n <= sizeof(bytes); n++)
    assert_int_equal(
        p1_crc16_update(p1_crc16(bytes, n), bytes + n, sizeof(bytes) - n),
        whole);
}

static void test_before(void **state) {
  (void)state;
  for (unsigned crc = 0; crc <= UINT16_MAX; crc++) {
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
      uint8_t fed = (uint8_t)byte;
      uint16_t after = reference((uint16_t)crc, &fed, 1);
      if (p1_crc16_before(after, fed) != crc)
        fail_msg("%04X fed with %02X cannot be undone", crc, byte);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_check_values), cmocka_unit_test(test_telegrams),
      cmocka_unit_test(test_every_length), cmocka_unit_test(test_every_bit),
      cmocka_unit_test(test_in_parts),     cmocka_unit_test(test_before),
  };
  return cmocka_run_group_tests_name("crc16", tests, NULL, NULL);
}
