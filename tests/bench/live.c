/*
 * live.c - what it costs to wait for a meter, in wake-ups and in CPU time.
 *
 *   live SECONDS PORT PORT
 *
 * Two threads side by side, each at a port with the same kind of meter: the
 * plugin's reader, and a plain loop that waits for bytes and reads what is
 * there. Both frame the bytes, check the CRC, read the telegrams and hand them
 * to a meter; both go through libserialport. Wake-ups are a thread's voluntary
 * context switches. Status 1 when a limit below is broken.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* RUSAGE_THREAD */
#endif

#include "p1/framer.h"
#include "p1/meter.h"
#include "p1/telegram.h"
#include "reader.h"
#include "serial.h"
#include "thread.h"

#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* What the reader promises of a meter that speaks once a second: one wake-up
 * when it begins, one when it has ended; a tenth for what else there is. */
#define WAKE_UPS_MAX 2.2
/* Of the plain loop's CPU time. */
#define SHARE_MAX (1.0 / 3)

#define SECONDS_MIN 10
#define SETTLING_SECONDS 3

struct cost {
  double cpu_ms;
  long wake_ups;
  uint64_t telegrams;
};

struct side {
  const char *name, *device;
  struct p1_stop *stop;
  struct p1_thread thread;
  struct cost cost;
};

static const struct p1_meter_options meter_options = {.interval_ms = 10000,
                                                      .mbus_timeout_s = 10800};

/* Called by the thread itself, at its end. */
static long wake_ups(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_THREAD, &usage) != 0)
    exit(1);
  return usage.ru_nvcsw;
}

/* CPU time that the side's thread has taken so far. */
static double cpu_ms(const struct side *side) {
  clockid_t clock;
  struct timespec time;
  if (pthread_getcpuclockid(side->thread._handle, &clock) != 0 ||
      clock_gettime(clock, &time) != 0)
    exit(1);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void say(enum p1_log_level level, const char *message) {
  (void)level;
  printf("%s\n", message);
}

/* ---- the plugin's way ---- */

static void read_as_plugin(void *argument) {
  struct side *side = argument;
  const struct p1_serial_options port = {.device = side->device,
                                         .speed = P1_SERIAL_SPEED,
                                         .framing = P1_FRAMING_8N1,
                                         .rts = true,
                                         .dtr = true};
  const struct p1_reader_options options = {.name = side->name,
                                            .meter = meter_options,
                                            .standard_offset_s = 3600,
                                            .log = say};
  struct p1_source *source = p1_serial_create(&port);
  if (source == NULL)
    return;
  struct p1_reader *reader = p1_reader_create(&options, source, side->stop);
  if (reader == NULL)
    return;
  p1_reader_run(reader);
  side->cost.wake_ups = wake_ups();
  struct p1_counters counters;
  p1_reader_counters(reader, &counters);
  side->cost.telegrams = counters.telegrams;
  p1_reader_destroy(reader);
}

/* ---- the plain way ---- */

static void take_bytes(struct cost *cost, const char *bytes, size_t n) {
  static struct p1_framer framer;
  static struct p1_telegram telegram;
  static struct p1_meter meter;
  if (bytes == NULL) {
    p1_framer_init(&framer);
    p1_meter_init(&meter, &meter_options);
    return;
  }
  enum p1_frame_event event = P1_FRAME_MORE;
  do {
    size_t taken = p1_framer_push(&framer, bytes, n, &event);
    if (event == P1_FRAME_TELEGRAM) {
      p1_telegram_parse(&telegram, framer.telegram, framer.length);
      cost->telegrams +=
          p1_meter_telegram(&meter, &telegram, framer.crc, p1_instant_now()) ==
          P1_VERDICT_ACCEPTED;
    }
    bytes += taken;
    n -= taken;
  } while (event != P1_FRAME_MORE);
}

static void read_plainly(void *argument) {
  struct side *side = argument;
  char *path = realpath(side->device, NULL);
  struct sp_port *port = NULL;
  struct sp_event_set *events = NULL;
  static char bytes[4096];
  if (path == NULL || sp_get_port_by_name(path, &port) != SP_OK ||
      sp_open(port, SP_MODE_READ) != SP_OK ||
      sp_set_baudrate(port, P1_SERIAL_SPEED) != SP_OK ||
      sp_new_event_set(&events) != SP_OK ||
      sp_add_port_events(events, port, SP_EVENT_RX_READY) != SP_OK) {
    printf("%s cannot be opened\n", side->device);
    exit(1);
  }
  sp_flush(port, SP_BUF_INPUT);
  take_bytes(&side->cost, NULL, 0);
  /* A second is how soon such a loop notices that it is to stop. */
  while (!p1_stop_wait(side->stop, 0)) {
    sp_wait(events, 1000);
    int n = sp_nonblocking_read(port, bytes, sizeof(bytes));
    if (n > 0)
      take_bytes(&side->cost, bytes, (size_t)n);
  }
  side->cost.wake_ups = wake_ups();
  sp_free_event_set(events);
  sp_close(port);
  sp_free_port(port);
  free(path);
}

/* ---- side by side ---- */

static void report(const struct side *side, int seconds) {
  const struct cost *cost = &side->cost;
  printf("%-13s %5.2f wake-ups/s, %6.1f us of CPU a second, %d telegrams in "
         "%d s\n",
         side->name, (double)cost->wake_ups / seconds,
         cost->cpu_ms * 1000 / (seconds - SETTLING_SECONDS),
         (int)cost->telegrams, seconds);
}

static void rest(int seconds) {
  const struct timespec time = {.tv_sec = seconds};
  nanosleep(&time, NULL);
}

int main(int argc, char **argv) {
  const int seconds = argc == 4 ? atoi(argv[1]) : 0;
  struct p1_stop stop;
  if (seconds < SECONDS_MIN || p1_stop_init(&stop) != 0) {
    fprintf(stderr, "usage: live SECONDS PORT PORT; at least %d seconds\n",
            SECONDS_MIN);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  struct side ours = {.name = "reader", .device = argv[2], .stop = &stop};
  struct side plain = {
      .name = "wait-and-read", .device = argv[3], .stop = &stop};
  if (p1_thread_start(&ours.thread, read_as_plugin, &ours) != 0 ||
      p1_thread_start(&plain.thread, read_plainly, &plain) != 0)
    return 1;
  /* Opening a port is dear, and of no interest here. */
  rest(SETTLING_SECONDS);
  const double ours_ms = cpu_ms(&ours), plain_ms = cpu_ms(&plain);
  rest(seconds - SETTLING_SECONDS);
  ours.cost.cpu_ms = cpu_ms(&ours) - ours_ms;
  plain.cost.cpu_ms = cpu_ms(&plain) - plain_ms;
  p1_stop_raise(&stop);
  p1_thread_join(&ours.thread);
  p1_thread_join(&plain.thread);
  p1_stop_destroy(&stop);

  report(&ours, seconds);
  report(&plain, seconds);
  const double wakes = (double)ours.cost.wake_ups / seconds;
  const double share = ours.cost.cpu_ms / plain.cost.cpu_ms;
  printf("%.2f wake-ups a second (at most %.1f), %.2f of the plain loop's CPU "
         "time (at most %.2f)\n",
         wakes, WAKE_UPS_MAX, share, SHARE_MAX);
  /* Two seconds are for the opening; a telegram that is missed costs less. */
  const uint64_t fewest = (uint64_t)seconds - 2;
  if (ours.cost.telegrams < fewest || plain.cost.telegrams < fewest) {
    printf("FAILED: telegrams are missing\n");
    return 1;
  }
  if (wakes > WAKE_UPS_MAX || share > SHARE_MAX) {
    printf("FAILED: a limit is broken\n");
    return 1;
  }
  return 0;
}
