/*
 * fuzz_framer.c - portions must not matter, whatever the bytes.
 *
 * The first two bytes seed the sizes of portions, the third tells whether the
 * rest is repeated until it fills the framer. It is framed whole, by byte, and
 * in those portions, with the same events at the same places each time. Every
 * portion is a block of its own, so that a sanitizer sees any step beyond it.
 * For libFuzzer build with -fsanitize=fuzzer,address,undefined and
 * -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION; otherwise this is a program that
 * runs the files it is given.
 */
#include "p1/crc16.h"
#include "p1/framer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Largest portion but the whole: larger than what the framer looks at in one
 * go. */
#define PORTION_MAX 700

/* Fails in every build, unlike assert(). */
#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* Everything that a run came to, mixed into one number as it comes (FNV-1a). */
struct run {
  size_t at; /* bytes taken so far */
  uint64_t digest;
  uint32_t seed;           /* of the portions; 0: as large as the rest */
  struct p1_framer framer; /* last: what it writes too far is seen */
};

static void mix(struct run *run, uint64_t number) {
  run->digest = (run->digest ^ number) * 0x100000001B3U;
}

/* What holds for every telegram. */
static void check_telegram(const struct p1_framer *framer,
                           enum p1_frame_event event) {
  const char *telegram = framer->telegram;
  size_t n = framer->length;
  REQUIRE(n >= 2 && n <= P1_TELEGRAM_MAX);
  REQUIRE(telegram[0] == '/' && telegram[n - 1] == '!');
  REQUIRE((framer->crc == P1_CRC_BAD) == (event == P1_FRAME_BAD_CRC));
  if (framer->crc != P1_CRC_OK)
    return;
  unsigned printed = 0;
  char digits[P1_CRC_DIGITS + 1] = {0};
  memcpy(digits, telegram + n, P1_CRC_DIGITS);
  REQUIRE(sscanf(digits, "%4x", &printed) == 1);
  bool x25 = strncmp(telegram, "/HLY5", 5) == 0 &&
             p1_crc16_x25(telegram, n) == printed;
  /* Fewer than four digits: what follows them in the buffer is old. */
  while (!x25 && p1_crc16(telegram, n) != printed) {
    REQUIRE(printed > 0);
    printed >>= 4;
    x25 = strncmp(telegram, "/HLY5", 5) == 0 &&
          p1_crc16_x25(telegram, n) == printed;
  }
}

static void record(struct run *run, enum p1_frame_event event) {
  const struct p1_framer *framer = &run->framer;
  if (event == P1_FRAME_MORE)
    return;
  mix(run, (uint64_t)event);
  mix(run, run->at);
  if (event != P1_FRAME_TELEGRAM && event != P1_FRAME_BAD_CRC)
    return;
  check_telegram(framer, event);
  mix(run, (uint64_t)framer->crc);
  for (size_t i = 0; i < framer->length; i++)
    mix(run, (uint8_t)framer->telegram[i]);
}

/* Size of the next portion out of `left` bytes. */
static size_t next_portion(struct run *run, size_t left) {
  if (run->seed == 0)
    return left;
  run->seed = run->seed * 1664525 + 1013904223;
  size_t n =
      1 + (run->seed >> 16) % ((run->seed >> 8) % 8 == 0 ? PORTION_MAX : 9);
  return n < left ? n : left;
}

/* A block of just n bytes; those of small sizes are kept for the next time, as
 * the sanitizer's malloc would take most of the time. */
static char *block(size_t n) {
  static char *kept[PORTION_MAX + 1];
  if (n > PORTION_MAX)
    return malloc(n);
  if (kept[n] == NULL)
    kept[n] = malloc(n);
  return kept[n];
}

static void push(struct run *run, const uint8_t *data, size_t n) {
  char *copy = block(n);
  REQUIRE(copy != NULL);
  memcpy(copy, data, n);
  enum p1_frame_event event = P1_FRAME_RESYNC;
  for (size_t done = 0; event != P1_FRAME_MORE;) {
    size_t taken = p1_framer_push(&run->framer, copy + done, n - done, &event);
    REQUIRE(taken <= n - done);
    done += taken;
    run->at += taken;
    REQUIRE(event != P1_FRAME_MORE || done == n);
    record(run, event);
  }
  if (n > PORTION_MAX)
    free(copy);
}

static uint64_t frame(const uint8_t *data, size_t size, uint32_t seed,
                      bool bytewise) {
  static struct run run;
  p1_framer_init(&run.framer);
  run.at = 0;
  run.digest = 0xCBF29CE484222325U;
  run.seed = seed;
  for (size_t at = 0; at < size;) {
    size_t n = bytewise ? 1 : next_portion(&run, size - at);
    push(&run, data + at, n);
    at += n;
  }
  record(&run, p1_framer_end(&run.framer));
  REQUIRE(p1_framer_end(&run.framer) == P1_FRAME_MORE);
  return run.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static uint8_t repeated[2 * P1_TELEGRAM_MAX];
  if (size <= 3)
    return 0;
  uint32_t seed = 1 + (uint32_t)data[0] + ((uint32_t)data[1] << 8);
  bool repeat = data[2] == 0;
  data += 3;
  size -= 3;
  if (repeat) {
    for (size_t i = 0; i < sizeof(repeated); i++)
      repeated[i] = data[i % size];
    data = repeated;
    size = sizeof(repeated);
  }
  uint64_t whole = frame(data, size, 0, false);
  REQUIRE(frame(data, size, 0, true) == whole);
  REQUIRE(frame(data, size, seed, false) == whole);
  return 0;
}

#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
int main(int argc, char **argv) {
  static uint8_t data[1 << 20];
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      perror(argv[i]);
      return 2;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
  }
  return 0;
}
#endif
