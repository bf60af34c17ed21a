/*
 * doctor.c - the command `p1ctl doctor`: its options, and the way from a device
 * to checkup.h.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* isatty() */
#endif
#include "doctor.h"

#include "capture.h"
#include "checkup.h"
#include "p1ctl.h"

#include "device.h"
#include "thread.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef _WIN32
#include <windows.h>
#endif

/* How long a silence is waited for, and the pause after it: see reader.c. */
#define WAIT_MS 1000
#define IDLE_MS 100

/* After the first byte, for those that come with it. */
#define GATHER_MS 50

/* Where nobody would press Ctrl-C: three telegrams of the slowest meters. */
#define SECONDS 30

/* The silence after an empty capture. */
#define SILENCE_MS 16000

static const char usage[] =
    "Usage: p1ctl doctor [OPTION]... DEVICE\n"
    "Listens to a serial port, a USB adapter (usb:0403:6001), a serial server\n"
    "(tcp://HOST:PORT) or a captured file, and says in one sentence what is "
    "on\n"
    "the line and what to do. Speed and framing are found out.\n"
    "\n"
    "      --speed=BAUD       only this speed\n"
    "      --framing=FRAMING  only this framing, like 8N1 or 7E1\n"
    "      --seconds=N        listen for so long (on a terminal: until "
    "Ctrl-C,\n"
    "                         else 30)\n"
    "      --help             this text\n"
    "\n"
    "Exit status: 0 all is well, 1 a fault was found, or too little came to\n"
    "tell, 2 the device cannot be opened.\n";

/* ---- listening ---- */

struct visit {
  const struct p1ctl_doctor_options *options;
  struct p1_source *source;
  struct p1_stop *stop;
  bool captured; /* the source is a capture */
  struct p1ctl_checkup checkup;
};

static int64_t real_ms(void) { return p1_instant_now().monotonic_ms; }

static int64_t now_ms(struct visit *visit) {
  return visit->captured ? p1ctl_capture_ms(visit->source, real_ms())
                         : real_ms();
}

/* Reads what comes within a second; its number, IDLE or LOST. */
static int listen_once(struct visit *visit) {
  char bytes[4096];
  struct p1_source *source = visit->source;
  int n = source->class->wait(source, visit->stop, WAIT_MS);
  if (n > 0 && !visit->captured)
    p1_stop_wait(visit->stop, GATHER_MS);
  if (n > 0)
    n = source->class->read(source, bytes, sizeof(bytes));
  if (n > 0)
    p1ctl_checkup_hear(&visit->checkup, bytes, (size_t)n, now_ms(visit));
  return n;
}

static bool is_over(const struct visit *visit, int64_t begun_ms) {
  bool file = visit->captured && p1ctl_capture_is_file(visit->source);
  return visit->options->seconds > 0 && !file &&
         real_ms() - begun_ms >= (int64_t)visit->options->seconds * 1000;
}

/* Until told to stop, the time is over, or the line has ended (true). */
static bool listen_on(struct visit *visit) {
  const int64_t begun_ms = real_ms();
  for (;;) {
    int n = listen_once(visit);
    if (n < 0)
      return true;
    if (p1ctl_checkup_look(&visit->checkup, now_ms(visit))) {
      struct p1_hunt_line line = p1ctl_checkup_line(&visit->checkup);
      visit->source->class->tune(visit->source, line.speed, line.framing);
    }
    /* wait() may answer "idle" at once: let that not become a busy loop. */
    if (p1_stop_wait(visit->stop, n > 0 ? 0 : IDLE_MS) ||
        is_over(visit, begun_ms))
      return false;
  }
}

static int examine(struct visit *visit, FILE *out, FILE *err) {
  struct p1_source *source = visit->source;
  const struct p1ctl_checkup_options options = {
      .name = strcmp(visit->options->device, "-") == 0 ? "standard input"
                                                       : visit->options->device,
      .tunable = source->class->tune != NULL,
      .speed = visit->options->speed,
      .framing = visit->options->framing,
      .block = visit->options->block};
  p1ctl_checkup_init(&visit->checkup, &options, out, now_ms(visit));
  bool ended = listen_on(visit);
  int64_t end_ms = now_ms(visit);
  if (ended && visit->captured && visit->checkup.diagnosis.counts.bytes == 0)
    end_ms += SILENCE_MS; /* nothing was all there was */
  int status = p1ctl_checkup_finish(&visit->checkup, end_ms);
  if (!ended || (visit->captured && source->lost == NULL))
    return status;
  fprintf(err, "p1ctl: %s: %s\n", visit->options->device,
          source->lost != NULL
              ? source->lost
              : "the port is lost, unplugged or hung up by its driver");
  return P1CTL_FAILED;
}

static struct p1_source *make_source(const struct p1ctl_doctor_options *options,
                                     bool captured) {
  if (captured)
    return p1ctl_capture_create(options->device);
  struct p1_hunt hunt;
  p1_hunt_init(&hunt, options->speed, options->framing, 0);
  const struct p1_serial_options serial = {.device = options->device,
                                           .speed = p1_hunt_line(&hunt).speed,
                                           .framing =
                                               p1_hunt_line(&hunt).framing,
                                           .flowcontrol = P1_FLOWCONTROL_NONE,
                                           .rts = true,
                                           .dtr = true};
  return p1_device_create(&serial);
}

int p1ctl_doctor_run(const struct p1ctl_doctor_options *options,
                     struct p1_stop *stop, FILE *out, FILE *err) {
  char message[P1_SOURCE_MESSAGE_MAX] = "";
  int status = P1CTL_UNABLE;
  bool captured = p1ctl_capture_is(options->device);
  struct p1_source *source = make_source(options, captured);
  struct visit *visit = calloc(1, sizeof(*visit));
  if (source == NULL || visit == NULL) {
    fputs("p1ctl: the system has no memory left\n", err);
  } else if (source->class->open(source, stop, message) != 0) {
    if (message[0] != '\0') /* else it was told to stop */
      fprintf(err, "p1ctl: %s\n", message);
  } else {
    visit->options = options;
    visit->source = source;
    visit->stop = stop;
    visit->captured = captured;
    status = examine(visit, out, err);
  }
  if (source != NULL)
    source->class->destroy(source);
  free(visit);
  return status;
}

/* ---- the command line ---- */

struct arguments {
  struct p1ctl_doctor_options options;
  enum p1_framing framing; /* options.framing points to it, or is NULL */
  bool help;
};

static bool parse_number(const char *text, long most, int *number) {
  char *end = NULL;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value < 1 || value > most)
    return false;
  *number = (int)value;
  return true;
}

static bool refuse(const char *option, const char *value, const char *allowed) {
  fprintf(stderr, "p1ctl doctor: --%s takes %s, not '%s'\n", option, allowed,
          value);
  return false;
}

static bool take_value(struct arguments *arguments, int option,
                       const char *value) {
  switch (option) {
  case 's':
    if (!parse_number(value, 921600, &arguments->options.speed) ||
        !p1_speed_usual(arguments->options.speed))
      return refuse("speed", value, "a usual speed, like 115200 or 9600");
    return true;
  case 'n':
    return parse_number(value, 1000000, &arguments->options.seconds) ||
           refuse("seconds", value, "a number from 1 on");
  default:
    arguments->options.framing = &arguments->framing;
    return p1_framing_parse(value, &arguments->framing) ||
           refuse("framing", value, P1_FRAMING_CHOICES);
  }
}

/* Reads the command line; false after a sentence about what is wrong. */
static bool parse(int argc, char **argv, struct arguments *arguments) {
  static const struct option known[] = {
      {"help", no_argument, NULL, 'h'},
      {"speed", required_argument, NULL, 's'},
      {"framing", required_argument, NULL, 'f'},
      {"seconds", required_argument, NULL, 'n'},
      {NULL, 0, NULL, 0}};
  opterr = 0;
  for (int option; (option = getopt_long(argc, argv, ":h", known, NULL)) != -1;)
    switch (option) {
    case 'h':
      arguments->help = true;
      return true;
    case ':':
      fprintf(stderr, "p1ctl doctor: %s takes a value; see --help\n",
              argv[optind - 1]);
      return false;
    case '?':
      fprintf(stderr, "p1ctl doctor: there is no option %s; see --help\n",
              argv[optind - 1]);
      return false;
    default:
      if (!take_value(arguments, option, optarg))
        return false;
    }
  if (argc - optind != 1) {
    fputs("p1ctl doctor: it takes one DEVICE; `p1ctl ports` lists them\n",
          stderr);
    return false;
  }
  arguments->options.device = argv[optind];
  return true;
}

/* Whether a block on the terminal can be written over. */
static bool is_terminal(void) {
  if (isatty(STDOUT_FILENO) == 0)
    return false;
#ifdef _WIN32
  HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
  DWORD mode = 0;
  return GetConsoleMode(console, &mode) &&
         SetConsoleMode(console, mode | 0x0004 /* virtual terminal */);
#else
  const char *terminal = getenv("TERM");
  return terminal != NULL && strcmp(terminal, "dumb") != 0;
#endif
}

/* Raised by Ctrl-C; a signal handler can reach nothing else. */
static struct p1_stop stop;

static void on_signal(int number) {
  (void)number;
  p1_stop_raise(&stop);
}

int p1ctl_doctor(int argc, char **argv) {
  struct arguments arguments = {.help = false};
  if (!parse(argc, argv, &arguments))
    return P1CTL_UNABLE;
  if (arguments.help) {
    fputs(usage, stdout);
    return P1CTL_OK;
  }
  arguments.options.block = is_terminal();
  if (arguments.options.seconds == 0 && !arguments.options.block)
    arguments.options.seconds = SECONDS;
  if (p1_stop_init(&stop) != 0) {
    fputs("p1ctl: the system has no handle left\n", stderr);
    return P1CTL_UNABLE;
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  int status = p1ctl_doctor_run(&arguments.options, &stop, stdout, stderr);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  p1_stop_destroy(&stop);
  return status;
}
