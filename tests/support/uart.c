#include "uart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Samples in a bit of the receiver's: what every UART since the 8250 takes. */
#define TICKS 16

/* The line's levels, one for each bit of the sender's; true is a mark to who
 * has the right polarity. */
struct line {
  bool *levels;
  size_t count;
};

/* What a receiver is at. `tick` is its clock, TICKS to its bit. */
struct reading {
  const struct p1_uart *sender, *receiver;
  const struct line *line;
  uint64_t tick;
  char *out;
  size_t n, size;
};

/* ---- sending ---- */

static void put(struct line *line, bool level) {
  line->levels[line->count++] = level;
}

static void put_many(struct line *line, int count, bool level) {
  while (count-- > 0)
    put(line, level);
}

static void put_byte(struct line *line, const struct p1_uart *uart,
                     unsigned char byte) {
  bool odd = false;
  put(line, false);
  for (int i = 0; i < uart->bits; i++) {
    bool one = (byte >> i & 1) != 0;
    put(line, one);
    odd ^= one;
  }
  if (uart->parity)
    put(line, odd);
  put_many(line, 1 + uart->gap, true);
}

static bool send_all(struct line *line, const struct p1_uart *sender,
                     const char *bytes, size_t n) {
  size_t frame = (size_t)(sender->bits + 3 + sender->gap);
  line->levels = malloc(2 * P1_UART_REST + n * frame);
  if (line->levels == NULL)
    return false;
  line->count = 0;
  put_many(line, P1_UART_REST, true);
  for (size_t i = 0; i < n; i++)
    put_byte(line, sender, (unsigned char)bytes[i]);
  put_many(line, P1_UART_REST, true);
  for (size_t i = 0; i < line->count; i++)
    line->levels[i] ^= sender->inverted != false;
  return true;
}

/* ---- receiving ---- */

/* Which of the sender's bits stands on the line at a tick. */
static size_t bit_at(const struct reading *reading, uint64_t tick) {
  return (size_t)(tick * (uint64_t)reading->sender->speed /
                  ((uint64_t)reading->receiver->speed * TICKS));
}

/* The first tick in one of the sender's bits. */
static uint64_t tick_of(const struct reading *reading, size_t bit) {
  uint64_t speed = (uint64_t)reading->sender->speed;
  return (bit * (uint64_t)reading->receiver->speed * TICKS + speed - 1) / speed;
}

static bool level_at(const struct reading *reading, size_t bit) {
  return reading->line->levels[bit] != reading->receiver->inverted;
}

/* Goes on to the first tick at or after this one with a level; false when the
 * line ends before. */
static bool await(struct reading *reading, bool level) {
  size_t bit = bit_at(reading, reading->tick);
  if (bit >= reading->line->count)
    return false;
  if (level_at(reading, bit) == level)
    return true;
  while (++bit < reading->line->count) {
    if (level_at(reading, bit) == level) {
      reading->tick = tick_of(reading, bit);
      return true;
    }
  }
  return false;
}

/* The next bit's level, a whole bit after the last one; false also when the
 * line has ended, with *over set. */
static bool sample(struct reading *reading, bool *over) {
  reading->tick += TICKS;
  size_t bit = bit_at(reading, reading->tick);
  if (bit >= reading->line->count) {
    *over = true;
    return false;
  }
  return level_at(reading, bit);
}

static void give(struct reading *reading, unsigned byte) {
  if (reading->n < reading->size)
    reading->out[reading->n++] = (char)byte;
}

/* Takes the bits after the middle of a start bit; true when the next byte's
 * start bit stands at this tick already, which is a stop bit that is none. */
static bool receive_byte(struct reading *reading, bool *over) {
  const struct p1_uart *uart = reading->receiver;
  unsigned byte = 0;
  bool odd = false;
  for (int i = 0; i < uart->bits; i++) {
    bool one = sample(reading, over);
    byte |= (unsigned)one << i;
    odd ^= one;
  }
  bool parity = uart->parity && sample(reading, over);
  bool stop = sample(reading, over);
  if (*over)
    return false;
  bool fault = !stop || (uart->parity && parity != odd);
  bool is_break = byte == 0 && !parity && !stop && !uart->knows_no_break;
  give(reading, fault && uart->faults_are_nul ? 0 : byte);
  if (stop)
    return false;
  if (is_break || uart->waits_for_mark)
    *over = !await(reading, true);
  return !is_break && !uart->waits_for_mark;
}

static void receive_all(struct reading *reading) {
  bool over = !await(reading, true);
  while (!over && await(reading, false)) {
    reading->tick += TICKS / 2;
    size_t bit = bit_at(reading, reading->tick);
    if (bit >= reading->line->count)
      return;
    if (level_at(reading, bit))
      continue; /* too short for a start bit */
    while (receive_byte(reading, &over))
      continue;
    if (!over)
      over = !await(reading, true);
  }
}

size_t p1_uart_carry(const struct p1_uart *sender,
                     const struct p1_uart *receiver, const char *bytes,
                     size_t n, char *out, size_t size) {
  struct line line;
  if (!send_all(&line, sender, bytes, n))
    abort();
  struct reading reading = {.sender = sender,
                            .receiver = receiver,
                            .line = &line,
                            .out = out,
                            .size = size};
  receive_all(&reading);
  free(line.levels);
  return reading.n;
}
