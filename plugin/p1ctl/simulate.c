/*
 * simulate.c - `p1ctl simulate`: a meter that speaks to a pty, a file or
 * standard output.
 *
 * Each telegram has its moment on the monotonic clock, counted from the first
 * one, so nothing that happens in between makes the meter drift. A pty takes
 * what it can and the rest is lost, as on a line; a file or a pipe takes all,
 * and makes the meter late rather than lossy.
 */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L /* sigaction(), nanosleep() */
#endif

#include "p1ctl.h"

#include "sim_dialect.h"
#include "sim_pty.h"
#include "sim_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#define SECOND_NS INT64_C(1000000000)

/* Sleep no longer at a time: a signal that comes just before a sleep does not
 * end it, and the meter should be gone when its user has blinked. */
#define NAP_NS INT64_C(200000000)

/* With a line rate, bytes go out in portions such as a UART's FIFO gives. */
#define FIFO 64

struct meter {
  struct p1_sim_settings settings;
  struct p1_sim_house house;
  struct p1_sim_pty pty;
  FILE *output; /* NULL: the pty */
  FILE *values; /* NULL: none */
  int64_t began_ns;
  int error; /* errno of the write that ended it all, or 0 */
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static void catch_signals(void) {
#ifdef _WIN32
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
#else
  /* Without SA_RESTART: a write that waits for its reader is to end. */
  struct sigaction action = {.sa_handler = stop};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, NULL);
#endif
}

static int64_t clock_ns(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Waits until a moment of the monotonic clock, or until a signal. */
static void wait_until(int64_t moment_ns) {
  while (stopped == 0) {
    int64_t left = moment_ns - clock_ns(CLOCK_MONOTONIC);
    if (left <= 0)
      return;
    if (left > NAP_NS)
      left = NAP_NS;
    struct timespec nap = {.tv_sec = 0, .tv_nsec = (long)left};
    nanosleep(&nap, NULL);
  }
}

/* Hands bytes to the output at once; returns how many it took. */
static size_t send_now(struct meter *meter, const char *bytes, size_t n) {
  if (meter->output == NULL)
    return p1_sim_pty_write(&meter->pty, bytes, n);
  errno = 0;
  size_t sent = fwrite(bytes, 1, n, meter->output);
  bool waiting = meter->settings.pace_milli != 0 || meter->settings.line_rate;
  if (sent < n || (waiting && fflush(meter->output) != 0))
    meter->error = errno != 0 ? errno : EIO;
  return sent;
}

/* Sends bytes, at the line's speed when that is asked for: ten bits each, of
 * 8N1 and of 7E1. Returns false when not all of them were taken. */
static bool send_bytes(struct meter *meter, const char *bytes, size_t n) {
  int64_t rate = meter->settings.line_rate;
  if (rate == 0)
    return send_now(meter, bytes, n) == n;
  int64_t began = clock_ns(CLOCK_MONOTONIC);
  bool all = true;
  for (size_t at = 0; at < n && stopped == 0 && meter->error == 0;) {
    size_t portion = n - at < FIFO ? n - at : FIFO;
    all = send_now(meter, bytes + at, portion) == portion && all;
    at += portion;
    wait_until(began + (int64_t)at * 10 * SECOND_NS / rate);
  }
  return all;
}

/* The values file's heading. Energies are in Wh, gas and water in litres as
 * last captured; powers are in W, + for import on the phases. */
static const char heading[] =
    "utc,stamp,damage,tariff,import_w,export_w,l1_w,l2_w,l3_w,"
    "import_t1_wh,import_t2_wh,export_t1_wh,export_t2_wh,"
    "varh_import,varh_export,demand_w,peak_w,peak_stamp,"
    "l1_dv,l2_dv,l3_dv,l1_ma,l2_ma,l3_ma,"
    "gas_l,gas_stamp,water_l,water_stamp\n";

/* What happened to a telegram, in words for the values file. */
static void name_damage(unsigned damage, bool unread, char *text, size_t size) {
  static const char *const names[] = {"corrupt", "garbage", "drop", "lost",
                                      "unread"};
  if (unread)
    damage |= 1U << 4;
  text[0] = '\0';
  for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if ((damage & 1U << i) == 0)
      continue;
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s", n > 0 ? "+" : "", names[i]);
  }
  if (text[0] == '\0')
    snprintf(text, size, "none");
}

/* A reading and its time, or two empty columns. */
static void write_capture(FILE *out, const struct p1_sim_capture *capture) {
  if (capture->stamp[0] == '\0')
    fputc(',', out);
  else
    fprintf(out, "%" PRId64 ",%.13s", capture->litres, capture->stamp);
}

static void write_values(const struct meter *meter, unsigned damage,
                         bool unread) {
  const struct p1_sim_house *house = &meter->house;
  const int32_t *w = house->power_w, *dv = house->voltage_dv;
  const int32_t *ma = house->current_ma;
  char stamp[P1_SIM_STAMP], what[48];
  p1_sim_stamp(&house->wall, stamp);
  name_damage(damage, unread, what, sizeof(what));
  FILE *out = meter->values;
  fprintf(out, "%" PRId64 ",%.13s,%s,%d,%d,%d,%d,%d,%d,", house->utc, stamp,
          what, house->tariff, house->total_w > 0 ? house->total_w : 0,
          house->total_w < 0 ? -house->total_w : 0, w[0], w[1], w[2]);
  fprintf(out,
          "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
          ",%d,%d,%.13s,",
          house->import_ws[0] / 3600, house->import_ws[1] / 3600,
          house->export_ws[0] / 3600, house->export_ws[1] / 3600,
          house->reactive_import_vs / 3600, house->reactive_export_vs / 3600,
          p1_sim_demand(house), house->peak.w, house->peak.when);
  fprintf(out, "%d,%d,%d,%d,%d,%d,", dv[0], dv[1], dv[2], ma[0], ma[1], ma[2]);
  write_capture(out, &house->gas);
  fputc(',', out);
  write_capture(out, &house->water);
  fputc('\n', out);
}

static void send_telegram(struct meter *meter) {
  char telegram[P1_SIM_TELEGRAM_MAX];
  char line[2 * P1_SIM_TELEGRAM_MAX + P1_SIM_RUBBISH_MAX];
  size_t n = p1_sim_render(&meter->house, telegram, sizeof(telegram));
  if (meter->settings.parity)
    p1_sim_add_parity(telegram, n);
  size_t line_n = 0;
  unsigned damage =
      p1_sim_damage(&meter->settings.damage, telegram, n, line, &line_n);
  bool taken = send_bytes(meter, line, line_n);
  if (meter->values != NULL) {
    write_values(meter, damage, !taken);
    if (meter->settings.pace_milli != 0)
      fflush(meter->values);
  }
}

/* The moment of a telegram, `index` telegrams after the first. */
static int64_t due_ns(const struct meter *meter, int64_t index) {
  int64_t seconds = index * meter->house.traits->period;
  int64_t milli = meter->settings.pace_milli;
  /* In two steps: seconds in ns times 1000 would not fit after 106 days. */
  int64_t micro = seconds * 1000000 / milli * 1000;
  int64_t rest = seconds * 1000000 % milli * 1000 / milli;
  return meter->began_ns + (micro + rest) * 1000;
}

static void play(struct meter *meter) {
  const struct p1_sim_settings *settings = &meter->settings;
  int64_t period = meter->house.traits->period;
  int64_t count = settings->count;
  if (settings->duration != INT64_MAX) {
    int64_t most = (settings->duration + period - 1) / period;
    count = most < count ? most : count;
  }
  for (int64_t i = 0; i < count && stopped == 0; i++) {
    if (settings->pace_milli != 0)
      wait_until(due_ns(meter, i));
    if (stopped != 0)
      break;
    send_telegram(meter);
    if (meter->error != 0)
      break;
    p1_sim_next_telegram(&meter->house);
  }
}

/* Without --start, the meter's clock is the host's; at real pace the first
 * telegram waits for the moment that it names. */
static void set_start(struct meter *meter) {
  int64_t *start = &meter->settings.house.start;
  meter->began_ns = clock_ns(CLOCK_MONOTONIC);
  if (*start != 0)
    return;
  int64_t now = clock_ns(CLOCK_REALTIME);
  int64_t period = p1_sim_traits(meter->settings.house.dialect)->period;
  *start = (now / SECOND_NS / period + 1) * period;
  if (meter->settings.pace_milli == 1000)
    meter->began_ns += *start * SECOND_NS - now;
}

static bool open_values(struct meter *meter) {
  const char *name = meter->settings.values;
  if (name == NULL)
    return true;
  meter->values = fopen(name, "w");
  if (meter->values == NULL) {
    fprintf(stderr, "p1ctl simulate: cannot write %s: %s\n", name,
            strerror(errno));
    return false;
  }
  fputs(heading, meter->values);
  return true;
}

static bool open_output(struct meter *meter) {
  const struct p1_sim_settings *settings = &meter->settings;
  if (settings->pty != NULL) {
    const char *error = p1_sim_pty_open(&meter->pty, settings->pty);
    if (error != NULL)
      fprintf(stderr, "p1ctl simulate: --pty %s: %s\n", settings->pty, error);
    return error == NULL;
  }
  if (strcmp(settings->output, "-") == 0) {
    meter->output = stdout;
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    return true;
  }
  meter->output = fopen(settings->output, "wb");
  if (meter->output == NULL)
    fprintf(stderr, "p1ctl simulate: cannot write %s: %s\n", settings->output,
            strerror(errno));
  return meter->output != NULL;
}

/* Flushes or closes a file, in which `error` has happened or 0. Returns false
 * after a message when it has not taken all; a reader that has gone and a
 * signal in between are ends like any other. */
static bool finish(FILE *file, const char *name, int error) {
  errno = 0;
  bool failed = ferror(file) != 0;
  failed = (file == stdout ? fflush(file) : fclose(file)) != 0 || failed;
  if (error == 0)
    error = errno != 0 ? errno : EIO;
  if (!failed || error == EPIPE || stopped != 0)
    return true;
  fprintf(stderr, "p1ctl simulate: cannot write %s: %s\n", name,
          strerror(error));
  return false;
}

int p1ctl_simulate(int argc, char **argv) {
  static struct meter meter; /* too large for some stacks */
  meter = (struct meter){.output = NULL};
  stopped = 0;
  if (!p1_sim_settings_read(&meter.settings, argc, argv, stderr))
    return P1CTL_UNABLE;
  if (meter.settings.help) {
    p1_sim_settings_help(stdout);
    return P1CTL_OK;
  }
  catch_signals();
  if (!open_output(&meter))
    return P1CTL_UNABLE;
  if (!open_values(&meter)) {
    if (meter.output == NULL)
      p1_sim_pty_close(&meter.pty);
    return P1CTL_UNABLE;
  }
  set_start(&meter);
  p1_sim_init(&meter.house, &meter.settings.house);
  play(&meter);
  bool good = true;
  if (meter.output != NULL)
    good = finish(meter.output, meter.settings.output, meter.error);
  else
    p1_sim_pty_close(&meter.pty);
  if (meter.values != NULL)
    good = finish(meter.values, meter.settings.values, 0) && good;
  return good ? P1CTL_OK : P1CTL_FAILED;
}
