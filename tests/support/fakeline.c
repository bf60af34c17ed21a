#include "torture.h"

#include "fakeline.h"

#include "p1/crc16.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* 2026-11-20 12:00:00 UTC, so that the host's clock differs from the other. */
#define HOST_MS INT64_C(1795176000000)
#define BOOT_MS INT64_C(1000000)

struct p1_fake p1_fake;

/* Read by the tests' threads too. */
static _Atomic int64_t clock_ms;

int64_t p1_fake_now_ms(void) { return clock_ms; }

static struct p1_instant now(void) {
  int64_t ms = clock_ms;
  return (struct p1_instant){.monotonic_ms = BOOT_MS + ms,
                             .host_ms = HOST_MS + ms};
}

static bool pause(struct p1_stop *stop, int timeout_ms) {
  if (timeout_ms > 0 && p1_fake.pauses < P1_FAKE_LOG_MAX)
    p1_fake.pauses_ms[p1_fake.pauses++] = timeout_ms;
  if (p1_stop_wait(stop, 0))
    return true;
  clock_ms += timeout_ms;
  return false;
}

static void log_line(enum p1_log_level level, const char *message) {
  if (p1_fake.logged == P1_FAKE_LOG_MAX)
    fail_msg("too many lines, the last one: %s", message);
  p1_fake.levels[p1_fake.logged] = (int)level;
  snprintf(p1_fake.lines[p1_fake.logged++], sizeof(p1_fake.lines[0]), "%s",
           message);
}

int p1_fake_count_lines(const char *text) {
  int count = 0;
  for (size_t i = 0; i < p1_fake.logged; i++)
    count += strstr(p1_fake.lines[i], text) != NULL;
  return count;
}

/* ---- the script ---- */

static void next_step(void) {
  p1_fake.at++;
  p1_fake.sent = 0;
  p1_fake.refused = 0;
  p1_fake.idled_ms = 0;
}

/* The step to be played now, or NULL when the script is over, which also stops
 * the reader. Steps that take no time are done on the way. */
static const struct p1_fake_step *step(void) {
  while (p1_fake.at < p1_fake.count) {
    const struct p1_fake_step *found = &p1_fake.steps[p1_fake.at];
    if (found->kind == P1_FAKE_CALL)
      found->call();
    else if (found->kind == P1_FAKE_GONE)
      p1_fake.gone_until_ms = clock_ms + found->ms;
    else
      return found;
    next_step();
  }
  p1_stop_raise(&p1_fake.stop);
  return NULL;
}

static int fake_open(struct p1_source *source, struct p1_stop *stop,
                     char message[]) {
  (void)source;
  assert_ptr_equal(stop, &p1_fake.stop);
  assert_false(p1_fake.is_open);
  if (p1_fake.opens < P1_FAKE_LOG_MAX)
    p1_fake.opened_ms[p1_fake.opens] = clock_ms;
  p1_fake.opens++;
  const struct p1_fake_step *found = step();
  if (found != NULL && found->kind == P1_FAKE_REFUSE) {
    snprintf(message, P1_SOURCE_MESSAGE_MAX, "%s", found->bytes);
    if (++p1_fake.refused == found->n)
      next_step();
    return -1;
  }
  p1_fake.is_open = true;
  return 0;
}

static int fake_wait(struct p1_source *source, struct p1_stop *stop,
                     int timeout_ms) {
  (void)source;
  assert_true(p1_fake.is_open);
  assert_ptr_equal(stop, &p1_fake.stop);
  const struct p1_fake_step *found = step();
  if (found == NULL)
    return P1_SOURCE_IDLE;
  switch (found->kind) {
  case P1_FAKE_BYTES:
    return (int)(found->n - p1_fake.sent);
  case P1_FAKE_LOST_IN_READ:
    return 1;
  case P1_FAKE_IDLE: {
    int64_t left = found->ms - p1_fake.idled_ms;
    int64_t waited = left < timeout_ms ? left : timeout_ms;
    clock_ms += waited;
    p1_fake.idled_ms += waited;
    if (p1_fake.idled_ms == found->ms)
      next_step();
    return P1_SOURCE_IDLE;
  }
  default:
    next_step();
    return P1_SOURCE_LOST;
  }
}

static int fake_read(struct p1_source *source, char *bytes, size_t n) {
  (void)source;
  assert_true(p1_fake.is_open);
  if (p1_fake.at == p1_fake.count)
    return P1_SOURCE_IDLE;
  const struct p1_fake_step *found = &p1_fake.steps[p1_fake.at];
  if (found->kind == P1_FAKE_LOST_IN_READ) {
    next_step();
    return P1_SOURCE_LOST;
  }
  if (found->kind != P1_FAKE_BYTES)
    return P1_SOURCE_IDLE;
  size_t left = found->n - p1_fake.sent;
  size_t taken = left < n ? left : n;
  if (p1_fake.most > 0 && taken > p1_fake.most)
    taken = p1_fake.most;
  memcpy(bytes, found->bytes + p1_fake.sent, taken);
  p1_fake.sent += taken;
  if (p1_fake.sent == found->n)
    next_step();
  return (int)taken;
}

static void fake_close(struct p1_source *source) {
  (void)source;
  assert_true(p1_fake.is_open);
  p1_fake.is_open = false;
  p1_fake.closes++;
}

static void fake_destroy(struct p1_source *source) {
  (void)source;
  p1_fake.destroyed++;
}

static bool fake_present(struct p1_source *source) {
  (void)source;
  return clock_ms >= p1_fake.gone_until_ms;
}

/* ---- for the tests ---- */

void p1_fake_begin(const struct p1_reader_options *options) {
  static const struct p1_source_class fake_class = {.open = fake_open,
                                                    .wait = fake_wait,
                                                    .read = fake_read,
                                                    .close = fake_close,
                                                    .destroy = fake_destroy,
                                                    .present = fake_present};
  static const struct p1_time fake_time = {.now = now, .pause = pause};
  memset(&p1_fake, 0, sizeof(p1_fake));
  clock_ms = 0;
  p1_fake.source.class = &fake_class;
  p1_fake.source.bytes_per_second = 11520;
  assert_int_equal(p1_stop_init(&p1_fake.stop), 0);
  struct p1_reader_options with = *options;
  with.log = log_line;
  with.time = &fake_time;
  p1_fake.reader = p1_reader_create(&with, &p1_fake.source, &p1_fake.stop);
  assert_non_null(p1_fake.reader);
}

void p1_fake_play(const struct p1_fake_step *steps, size_t count) {
  p1_fake.steps = steps;
  p1_fake.count = count;
  p1_fake.at = 0;
  p1_stop_lower(&p1_fake.stop);
  p1_reader_run(p1_fake.reader);
  assert_int_equal(p1_fake.at, count);
  assert_false(p1_fake.is_open);
}

void p1_fake_end(void) {
  p1_reader_destroy(p1_fake.reader);
  p1_stop_destroy(&p1_fake.stop);
  assert_int_equal(p1_fake.destroyed, 1);
}

size_t p1_fake_telegram(char *bytes, size_t size, int watts, bool crc) {
  int n = snprintf(bytes, size,
                   "/TST5\\FAKE\r\n\r\n0-0:1.0.0(261120130002W)\r\n"
                   "1-0:1.7.0(%02d.%03d*kW)\r\n"
                   "1-0:32.7.0(230.1*V)\r\n1-0:1.8.1(001234.567*kWh)\r\n!",
                   watts / 1000, watts % 1000);
  assert_in_range(n, 1, (int)size - 8);
  char end[8] = "\r\n";
  if (crc)
    snprintf(end, sizeof(end), "%04X\r\n",
             (unsigned)p1_crc16(bytes, (size_t)n));
  memcpy(bytes + n, end, strlen(end) + 1);
  return (size_t)n + strlen(end);
}
