/*
 * test_fixture_damage.c - the project's own telegrams, damaged.
 *
 * For each telegram of tests/telegrams with a CRC: no truncation is taken for a
 * telegram, and no flipped bit gives a telegram whose readings differ.
 */
#include "torture.h"

#include "p1/framer.h"
#include "p1/readings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct p1_framer framer;
static struct p1_telegram telegram;
static struct p1_device devices[P1_DEVICES_MAX];

/* Pushes all and returns how many telegrams were accepted; the last one's
 * readings go to *readings. Without a CRC none of these is acceptable. */
static unsigned accepted(const char *bytes, size_t n,
                         struct p1_readings *readings) {
  unsigned count = 0;
  enum p1_frame_event event = P1_FRAME_MORE;
  p1_framer_init(&framer);
  memset(readings, 0, sizeof(*readings));
  for (size_t at = 0; at < n || event != P1_FRAME_MORE;) {
    at += p1_framer_push(&framer, bytes + at, n - at, &event);
    if (event != P1_FRAME_TELEGRAM)
      continue;
    assert_int_equal(framer.crc, P1_CRC_OK);
    p1_telegram_parse(&telegram, framer.telegram, framer.length);
    const size_t found = p1_mbus_devices(&telegram, 3 * 3600, devices);
    p1_readings_take(&telegram, devices, found, NULL, readings);
    count++;
  }
  return count;
}

static bool same(const struct p1_readings *a, const struct p1_readings *b) {
  if (a->count != b->count)
    return false;
  for (unsigned i = 0; i < a->count; i++) {
    const struct p1_reading *x = &a->list[i], *y = &b->list[i];
    if (x->id != y->id || x->channel != y->channel ||
        x->value.number != y->value.number ||
        x->value.decimals != y->value.decimals)
      return false;
  }
  return true;
}

static void damage(const char *name, char *bytes, size_t n) {
  static struct p1_readings whole, readings;
  assert_int_equal(accepted(bytes, n, &whole), 1);
  const size_t end = (size_t)((char *)memchr(bytes, '!', n) - bytes);
  size_t digits = end + 1;
  while (digits < n && bytes[digits] != '\r')
    digits++;
  for (size_t cut = 0; cut < digits; cut++)
    if (accepted(bytes, cut, &readings) != 0)
      fail_msg("%s: cut after %zu bytes and accepted", name, cut);
  for (size_t bit = 0; bit < 8 * n; bit++) {
    bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    if (accepted(bytes, n, &readings) != 0 && !same(&whole, &readings))
      fail_msg("%s: bit %zu flipped and accepted", name, bit);
    bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
  }
}

static void test_every_fixture(void **state) {
  (void)state;
  const char *source = getenv("P1_SRCDIR");
  char folder[2048], path[4096];
  snprintf(folder, sizeof(folder), "%s/tests/telegrams",
           source != NULL ? source : ".");
  DIR *list = opendir(folder);
  assert_non_null(list);
  unsigned with_crc = 0;
  for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
    static char bytes[P1_TELEGRAM_MAX];
    const char *suffix = strrchr(entry->d_name, '.');
    if (suffix == NULL || strcmp(suffix, ".p1") != 0)
      continue;
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    const char *end = memchr(bytes, '!', n);
    assert_non_null(end);
    if (end + 1 == bytes + n || end[1] == '\r')
      continue; /* a dialect without CRC */
    damage(entry->d_name, bytes, n);
    with_crc++;
  }
  closedir(list);
  /* Most dialects have one; were the folder empty, nothing would be tested. */
  assert_true(with_crc >= 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_fixture)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
