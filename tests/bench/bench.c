/*
 * bench.c - what a telegram costs, in the processor's time.
 *
 * A mix of about 1 MB, the same on every run: telegrams of a simulated e-MUCS
 * and a simulated DSMR 5 meter, in turns, each a minute older than the one
 * before. Each figure is the median of many passes over the whole mix, by the
 * clock of this thread; the ratios are of figures measured in the same run, so
 * that two machines, or a busy one, can be compared.
 */
#define _POSIX_C_SOURCE 200809L

#include "p1/crc16.h"
#include "p1/framer.h"
#include "p1/meter.h"
#include "p1/telegram.h"
#include "sim_dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MIX_BYTES = 1000000, MIX_TELEGRAMS_MAX = 2000, PASSES = 41 };

static char mix[MIX_BYTES + P1_SIM_TELEGRAM_MAX];
static char copy[sizeof(mix)];
static size_t starts[MIX_TELEGRAMS_MAX + 1];
static size_t telegrams, bytes;

static struct p1_framer framer;
static struct p1_telegram telegram;
static struct p1_meter meter;

/* What the passes work out is added up here, so that no pass can be left out by
 * the compiler, and compared at the end, so that none did less than it should.
 */
static uint64_t sink;

static void make_mix(void) {
  static struct p1_sim_house houses[2];
  static const enum p1_sim_dialect dialects[2] = {P1_SIM_EMUCS, P1_SIM_DSMR5};
  for (size_t i = 0; i < 2; i++) {
    struct p1_sim_options options = p1_sim_defaults();
    options.dialect = dialects[i];
    options.seed = 1;
    options.months = 3;
    options.start = 1767265200; /* 2026-01-01 12:00 in Brussels */
    p1_sim_init(&houses[i], &options);
  }
  while (bytes < MIX_BYTES && telegrams < MIX_TELEGRAMS_MAX) {
    struct p1_sim_house *house = &houses[telegrams % 2];
    for (int second = 0; second < 60; second++)
      p1_sim_step(house);
    starts[telegrams++] = bytes;
    bytes += p1_sim_render(house, mix + bytes, sizeof(mix) - bytes);
  }
  starts[telegrams] = bytes;
}

/* The telegram's span, from '/' to '!'; CRC and line end are six more bytes. */
static size_t span_of(size_t i) { return starts[i + 1] - starts[i] - 6; }

static uint64_t pass_copy(void) {
  memcpy(copy, mix, bytes);
  return (uint8_t)copy[bytes / 2];
}

static uint64_t pass_crc(void) {
  uint64_t sum = 0;
  for (size_t i = 0; i < telegrams; i++)
    sum += p1_crc16(mix + starts[i], span_of(i));
  return sum;
}

static uint64_t pass_parse(void) {
  uint64_t sum = 0;
  for (size_t i = 0; i < telegrams; i++) {
    p1_telegram_parse(&telegram, mix + starts[i], span_of(i));
    sum += telegram.count;
  }
  return sum;
}

/* Pushes the mix in portions of a telegram's usual size, as the reader does. */
static uint64_t pass_frames(bool parse, bool take) {
  uint64_t sum = 0;
  struct p1_instant now = {0};
  p1_framer_init(&framer);
  for (size_t at = 0; at < bytes;) {
    const size_t portion = bytes - at < 1024 ? bytes - at : 1024;
    enum p1_frame_event event = P1_FRAME_MORE;
    at += p1_framer_push(&framer, mix + at, portion, &event);
    if (event != P1_FRAME_TELEGRAM)
      continue;
    if (!parse) {
      sum++;
      continue;
    }
    p1_telegram_parse(&telegram, framer.telegram, framer.length);
    sum += telegram.count;
    now.monotonic_ms += 1000;
    now.host_ms += 1000;
    if (take)
      (void)p1_meter_telegram(&meter, &telegram, framer.crc, now);
  }
  return sum;
}

static uint64_t pass_frame(void) { return pass_frames(false, false); }
static uint64_t pass_all(void) { return pass_frames(true, false); }
static uint64_t pass_meter(void) { return pass_frames(true, true); }

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The median time of a pass, per telegram. */
static double measure(uint64_t (*pass)(void)) {
  double times[PASSES];
  sink += pass(); /* warms the caches */
  for (size_t i = 0; i < PASSES; i++) {
    const double start = nanoseconds();
    sink += pass();
    times[i] = nanoseconds() - start;
  }
  qsort(times, PASSES, sizeof(*times), compare);
  return times[PASSES / 2] / (double)telegrams;
}

static void print(const char *what, double ns, double whole) {
  printf("%-28s %8.1f ns/telegram %9.1f MB/s   %4.0f %%\n", what, ns,
         (double)bytes / (double)telegrams / ns * 1e3, 100 * ns / whole);
}

static double report(const char *what, uint64_t (*pass)(void), double whole) {
  const double ns = measure(pass);
  print(what, ns, whole);
  return ns;
}

int main(void) {
  make_mix();
  const struct p1_meter_options options = {.interval_ms = 10000,
                                           .mbus_timeout_s = 3 * 3600};
  p1_meter_init(&meter, &options);
  if (pass_frame() != telegrams || pass_all() != pass_parse()) {
    fprintf(stderr, "bench: the framer did not find all %zu telegrams\n",
            telegrams);
    return 1;
  }
  printf("mix: %zu telegrams, %zu bytes, %zu on average; median of %d passes; "
         "%% of the whole job\n",
         telegrams, bytes, bytes / telegrams, (int)PASSES);
  const double all = measure(pass_all);
  report("copy (memcpy, to compare)", pass_copy, all);
  const double crc = report("CRC", pass_crc, all);
  const double both = report("frame and CRC", pass_frame, all);
  print("frame (the above, less CRC)", both - crc, all);
  report("parse", pass_parse, all);
  report("frame, CRC and parse", pass_all, all);
  report("the same, and the meter", pass_meter, all);
  return sink == 0;
}
