/*
 * test_flood.c - a line that brings rubbish without end, and then a telegram.
 *
 * 16 MB of each kind, as fast as USB brings them; P1_FLOOD_BYTES asks for more,
 * at least 4 MB. Whatever came before, the next telegram
 * is published, the log has a few lines, and not a byte of memory is taken.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1 /* getrusage(), mallinfo2() */
#endif

#include "torture.h"

#include "fakeline.h"
#include "sim_random.h"

#include <stdlib.h>
#include <sys/resource.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define HAVE_MALLINFO2
#endif
#endif

#define FLOOD_BYTES ((size_t)16 << 20)

/* One step of the script: 64 KiB, and the time that a full-speed USB adapter
 * takes for them at 1 MB/s. So 1 GB lasts 18 minutes by the reader's clock,
 * longer than the quarter of an hour after which a cause is told again. */
#define BLOCK ((size_t)64 << 10)
#define BLOCK_MS 64

/* All causes of one flood, and of two quarters of an hour. */
#define LINES_MAX 10

#define WARM_UP_BLOCKS ((size_t)64) /* 4 MB */

/* What the resident memory may grow by, for what the C library does as it
 * likes. A flood that is kept would be 16 MB. */
#define GROWTH_KB 64

static const struct p1_reader_options options = {
    .name = "home",
    .meter = {.interval_ms = 1000, .mbus_timeout_s = 10800},
    .standard_offset_s = 3600,
};

static char block[BLOCK];
static char before[512], after[512];
static size_t before_n, after_n;
static struct p1_sim_random chance;

static size_t flood_bytes(void) {
  const char *wanted = getenv("P1_FLOOD_BYTES");
  const size_t bytes =
      wanted != NULL ? (size_t)strtoull(wanted, NULL, 10) : FLOOD_BYTES;
  assert_true(bytes >= WARM_UP_BLOCKS * BLOCK);
  return bytes;
}

static int setup(void **state) {
  (void)state;
  before_n = p1_fake_telegram(before, sizeof(before), 1001, true);
  after_n = p1_fake_telegram(after, sizeof(after), 2002, true);
  chance.state = 20261120;
  p1_fake_begin(&options);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  p1_fake_end();
  return 0;
}

/* Bytes that the heap has given away. */
static size_t heap(void) {
#ifdef HAVE_MALLINFO2
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

static long resident_most_kb(void) {
  struct rusage usage;
  assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_maxrss;
}

/* Takes all intervals; the import of the newest, -1 without any. */
static int64_t newest_import(void) {
  static struct p1_interval interval;
  int64_t import = -1;
  while (p1_reader_take(p1_fake.reader, &interval))
    for (size_t i = 0; i < interval.count; i++)
      if (interval.list[i].id == P1_ID_POWER_IMPORT)
        import = interval.list[i].sum / interval.list[i].count;
  return import;
}

static void play_telegram(const char *bytes, size_t n) {
  const struct p1_fake_step steps[] = {
      {.kind = P1_FAKE_IDLE, .ms = 1000},
      {.kind = P1_FAKE_BYTES, .bytes = bytes, .n = n},
      {.kind = P1_FAKE_IDLE, .ms = 1000},
  };
  P1_FAKE_PLAY(steps);
}

/* A block of new random bytes. */
static void fill_random(void) {
  for (size_t i = 0; i < BLOCK; i += 8) {
    uint64_t number = p1_sim_next(&chance);
    memcpy(block + i, &number, 8);
  }
}

static void fill_nothing(void) {}

/* Steps of a script: blocks, each made by `fill`, a second of rest, and a
 * telegram. To be freed. */
#define STEPS(blocks) (3 * (blocks) + 2)

static struct p1_fake_step *make_steps(void (*fill)(void), size_t blocks) {
  struct p1_fake_step *steps = calloc(STEPS(blocks), sizeof(*steps));
  assert_non_null(steps);
  for (size_t i = 0; i < blocks; i++) {
    struct p1_fake_step *three = &steps[3 * i];
    three[0] = (struct p1_fake_step){.kind = P1_FAKE_CALL, .call = fill};
    three[1] = (struct p1_fake_step){
        .kind = P1_FAKE_BYTES, .bytes = block, .n = BLOCK};
    three[2] = (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = BLOCK_MS};
  }
  struct p1_fake_step *last = &steps[3 * blocks];
  last[0] = (struct p1_fake_step){.kind = P1_FAKE_IDLE, .ms = 1000};
  last[1] = (struct p1_fake_step){
      .kind = P1_FAKE_BYTES, .bytes = after, .n = after_n};
  return steps;
}

static void flood(void (*fill)(void)) {
  const size_t blocks = flood_bytes() / BLOCK;
  play_telegram(before, before_n);
  assert_int_equal(newest_import(), 1001);
  struct p1_fake_step *steps = make_steps(fill, blocks);
  /* The pages of the program and of its stack are taken after these. */
  p1_fake_play(steps, 3 * WARM_UP_BLOCKS);

  const size_t heap_before = heap();
  const long resident_before = resident_most_kb();
  p1_fake_play(steps, STEPS(blocks));
  assert_int_equal(heap(), heap_before);
  assert_in_range(resident_most_kb() - resident_before, 0, GROWTH_KB);
  free(steps);

  assert_int_equal(newest_import(), 2002);
  struct p1_counters counters;
  p1_reader_counters(p1_fake.reader, &counters);
  assert_int_equal(counters.telegrams, 2);
  assert_int_equal(counters.bytes,
                   before_n + (WARM_UP_BLOCKS + blocks) * BLOCK + after_n);
  assert_in_range(p1_fake.logged, 1, LINES_MAX - 1);
  print_message("%zu MB, %zu lines in the log\n", blocks * BLOCK >> 20,
                p1_fake.logged);
}

static void of_random_bytes(void **state) {
  (void)state;
  flood(fill_random);
}

static void of_headers(void **state) {
  (void)state;
  memset(block, '/', BLOCK);
  flood(fill_nothing);
}

static void of_one_line(void **state) {
  (void)state;
  for (size_t i = 0; i < BLOCK; i++)
    block[i] = (char)('0' + i % 75); /* digits to z */
  flood(fill_nothing);
}

static void of_nul(void **state) {
  (void)state;
  memset(block, 0, BLOCK);
  flood(fill_nothing);
}

static void of_0xff(void **state) {
  (void)state;
  memset(block, 0xFF, BLOCK);
  flood(fill_nothing);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(of_random_bytes, setup, teardown),
      cmocka_unit_test_setup_teardown(of_headers, setup, teardown),
      cmocka_unit_test_setup_teardown(of_one_line, setup, teardown),
      cmocka_unit_test_setup_teardown(of_nul, setup, teardown),
      cmocka_unit_test_setup_teardown(of_0xff, setup, teardown),
  };
  return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
