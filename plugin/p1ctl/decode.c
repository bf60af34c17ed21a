/*
 * decode.c - the command `p1ctl decode`: its options and where its bytes come
 * from.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* stat, isatty, S_ISCHR */
#endif
#include "decode.h"

#include "p1ctl.h"

#include "source/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef _WIN32
#include <ctype.h>
#include <io.h>
#else
#include <sys/sysmacros.h>
#define O_BINARY 0
#endif

/* After so many seconds without a telegram a port's user is told what to look
 * at. The slowest meters speak every 10 s; Swedish ones are silent for up to
 * 60 s after a power failure, which is rare enough to get a hint too many. */
#define HINT_AFTER_S 30

/* DSMR 2.2 and 3.0: the only P1 ports that are not P1_SERIAL_SPEED 8N1. */
#define OLD_SPEED 9600

static const char usage[] =
    "Usage: p1ctl decode [OPTION]... [FILE|DEVICE]\n"
    "Shows the telegrams of a file, a serial port or standard input.\n"
    "\n"
    "      --table            a table for people (on a terminal: the default)\n"
    "      --json             one JSON object per telegram (else the default)\n"
    "      --identity         with serial numbers and EANs\n"
    "      --ignore-crc       show what damaged telegrams say, too\n"
    "      --count=N          leave after N telegrams\n"
    "      --timezone=HOURS   the meter's standard time minus UTC (1)\n"
    "      --speed=BAUD       of the serial port (115200)\n"
    "      --framing=FRAMING  of the serial port (8N1; at 9600 baud 7E1)\n"
    "      --help             this text\n"
    "\n"
    "Exit status: 0 all telegrams were good, 1 some were not, 2 no input.\n";

struct arguments {
  struct p1ctl_options options;
  struct p1_serial_options serial;
  const char *name; /* of the file or device; NULL: standard input */
  bool framing_given;
  bool help;
};

static bool parse_number(const char *text, long least, long most,
                         long *number) {
  char *end = NULL;
  errno = 0;
  *number = strtol(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *number >= least &&
         *number <= most;
}

static bool refuse(const char *option, const char *value, const char *allowed) {
  fprintf(stderr, "p1ctl decode: --%s takes %s, not '%s'\n", option, allowed,
          value);
  return false;
}

static bool take_value(struct arguments *arguments, int option,
                       const char *value) {
  long number = 0;
  switch (option) {
  case 'c':
    if (!parse_number(value, 1, 1000000000, &number))
      return refuse("count", value, "a number from 1 on");
    arguments->options.count = number;
    return true;
  case 'z':
    if (!parse_number(value, -12, 14, &number))
      return refuse("timezone", value, "a number of hours from -12 to 14");
    arguments->options.standard_offset_s = (int)number * 3600;
    return true;
  case 's':
    if (!parse_number(value, 300, 921600, &number) ||
        !p1_speed_usual((int)number))
      return refuse("speed", value, "a usual speed, like 115200 or 9600");
    arguments->serial.speed = (int)number;
    return true;
  default:
    if (!p1_framing_parse(value, &arguments->serial.framing))
      return refuse("framing", value, P1_FRAMING_CHOICES);
    arguments->framing_given = true;
    return true;
  }
}

/* `word` is what getopt_long() has looked at; of short options that stand
 * together it does not tell which one it was. */
static bool refuse_option(const char *word) {
  const char letter[] = {'-', (char)optopt, '\0'};
  fprintf(stderr, "p1ctl decode: there is no option %s; see --help\n",
          strncmp(word, "--", 2) == 0 ? word : letter);
  return false;
}

/* Reads the command line; false after a sentence about what is wrong. */
static bool parse(int argc, char **argv, struct arguments *arguments) {
  static const struct option known[] = {
      {"table", no_argument, NULL, 't'},
      {"json", no_argument, NULL, 'j'},
      {"identity", no_argument, NULL, 'i'},
      {"ignore-crc", no_argument, NULL, 'g'},
      {"help", no_argument, NULL, 'h'},
      {"count", required_argument, NULL, 'c'},
      {"timezone", required_argument, NULL, 'z'},
      {"speed", required_argument, NULL, 's'},
      {"framing", required_argument, NULL, 'f'},
      {NULL, 0, NULL, 0}};

  opterr = 0;
  for (int option; (option = getopt_long(argc, argv, ":h", known, NULL)) != -1;)
    switch (option) {
    case 't':
      arguments->options.table = true;
      break;
    case 'j':
      arguments->options.table = false;
      break;
    case 'i':
      arguments->options.identity = true;
      break;
    case 'g':
      arguments->options.ignore_crc = true;
      break;
    case 'h':
      arguments->help = true;
      return true;
    case ':':
      fprintf(stderr, "p1ctl decode: %s takes a value; see --help\n",
              argv[optind - 1]);
      return false;
    case '?':
      return refuse_option(argv[optind - 1]);
    default:
      if (!take_value(arguments, option, optarg))
        return false;
    }
  if (argc - optind > 1) {
    fprintf(stderr,
            "p1ctl decode: it reads one FILE or DEVICE, not also '%s'\n",
            argv[optind + 1]);
    return false;
  }
  if (optind < argc && strcmp(argv[optind], "-") != 0)
    arguments->name = argv[optind];
  if (arguments->serial.speed == OLD_SPEED && !arguments->framing_given)
    arguments->serial.framing = P1_FRAMING_7E1;
  return true;
}

static const char *cure(int error) {
  switch (error) {
  case ENOENT:
    return "; look whether the name is right and the cable is plugged in";
  case EACCES:
  case EPERM:
    return "; ask its owner, or run p1ctl as a user who may read it";
  case EISDIR:
    return "; name a file in it";
  default:
    return "";
  }
}

static int unreadable(const char *name, int error) {
  fprintf(stderr, "p1ctl: %s: %s%s\n", name, strerror(error), cure(error));
  return P1CTL_UNABLE;
}

#ifdef _WIN32
/* COM5, or the \\.\ form that names any device. */
static bool is_port(const char *name) {
  if (strncmp(name, "\\\\.\\", 4) == 0)
    return true;
  return _strnicmp(name, "COM", 3) == 0 && isdigit((unsigned char)name[3]);
}
#else
/* The pty slaves' major numbers on Linux. */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST 143

/* A terminal line. What may not be opened counts as one too: the serial source
 * explains such refusals best. A pseudo terminal, where p1ctl simulate may
 * speak, is no port for libserialport; it is read like a pipe. */
static bool is_port(const char *name) {
  struct stat status;
  if (stat(name, &status) != 0 || !S_ISCHR(status.st_mode))
    return false;
  const unsigned number = major(status.st_rdev);
  if (number >= PTY_MAJOR_FIRST && number <= PTY_MAJOR_LAST)
    return false;
  const int fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return true;
  const bool terminal = isatty(fd) != 0;
  close(fd);
  return terminal;
}
#endif

/* Reads to the end of a file or pipe. */
static int read_bytes(struct p1ctl_decoder *decoder, int fd, const char *name) {
  char bytes[P1CTL_CHUNK_MAX];
  const bool terminal = isatty(fd) != 0;

  for (;;) {
    const ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n < 0 && errno == EINTR)
      continue;
    /* How a terminal tells that its other side has hung up. */
    const bool hung_up = n < 0 && errno == EIO && terminal;
    if (n < 0 && !hung_up)
      return unreadable(name, errno);
    if (n <= 0)
      break;
    if (!p1ctl_decoder_push(decoder, bytes, (size_t)n))
      return p1ctl_decoder_report(decoder, name, stderr);
  }
  p1ctl_decoder_end(decoder);
  return p1ctl_decoder_report(decoder, name, stderr);
}

static int decode_file(struct p1ctl_decoder *decoder, const char *name) {
  if (name == NULL) {
#ifdef _WIN32
    _setmode(STDIN_FILENO, O_BINARY);
#endif
    return read_bytes(decoder, STDIN_FILENO, "standard input");
  }
  const int fd = open(name, O_RDONLY | O_BINARY);
  if (fd < 0)
    return unreadable(name, errno);
  const int status = read_bytes(decoder, fd, name);
  close(fd);
  return status;
}

/* Raised by Ctrl-C; a signal handler can reach nothing else. */
static struct p1_stop stop;

static void on_signal(int number) {
  (void)number;
  p1_stop_raise(&stop);
}

static void hint(const struct p1ctl_decoder *decoder, const char *device) {
  if (decoder->counts.bytes == 0)
    fprintf(stderr,
            "p1ctl: %s: nothing received for %d s; is the P1 port enabled by "
            "the grid operator, and the cable the right one?\n",
            device, HINT_AFTER_S);
  else
    fprintf(stderr,
            "p1ctl: %s: %zu bytes and no telegram in them; older meters need "
            "--speed=9600, and the cable must invert the line\n",
            device, decoder->counts.bytes);
}

/* Reads until told to stop, or the port is lost. Returns the exit status. */
static int read_port(struct p1ctl_decoder *decoder, struct p1_source *source,
                     const char *device) {
  char bytes[P1CTL_CHUNK_MAX];
  const time_t began = time(NULL);
  bool hinted = false;

  for (;;) {
    int n = source->class->wait(source, &stop, 1000);
    if (n > 0)
      n = source->class->read(source, bytes, sizeof(bytes));
    if (n == P1_SOURCE_LOST) {
      fprintf(stderr, "p1ctl: %s: the port is gone; was it unplugged?\n",
              device);
      p1ctl_decoder_report(decoder, device, stderr);
      return P1CTL_UNABLE;
    }
    if (n > 0 && !p1ctl_decoder_push(decoder, bytes, (size_t)n))
      break;
    const bool none = decoder->counts.good + decoder->counts.bad_crc == 0;
    if (!hinted && none && time(NULL) - began >= HINT_AFTER_S) {
      hint(decoder, device);
      hinted = true;
    }
    /* wait() may answer "idle" at once: let that not become a busy loop. */
    if (p1_stop_wait(&stop, n > 0 ? 0 : 100))
      break;
  }
  return p1ctl_decoder_report(decoder, device, stderr);
}

static int open_port(struct p1ctl_decoder *decoder, struct p1_source *source,
                     const char *device) {
  char message[P1_SOURCE_MESSAGE_MAX] = "";
  int status = P1CTL_UNABLE;

  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  if (source->class->open(source, &stop, message) == 0)
    status = read_port(decoder, source, device);
  else
    fprintf(stderr, "p1ctl: %s\n", message);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  return status;
}

static int decode_port(struct p1ctl_decoder *decoder,
                       const struct p1_serial_options *options) {
  struct p1_source *source = p1_serial_create(options);
  if (source == NULL || p1_stop_init(&stop) != 0) {
    fputs("p1ctl: the system has no memory or no handle left\n", stderr);
    if (source != NULL)
      source->class->destroy(source);
    return P1CTL_UNABLE;
  }
  const int status = open_port(decoder, source, options->device);
  source->class->destroy(source);
  p1_stop_destroy(&stop);
  return status;
}

int p1ctl_decode(int argc, char **argv) {
  static struct p1ctl_decoder decoder;
  struct arguments arguments = {
      .options = {.standard_offset_s = 3600,
                  .table = isatty(STDOUT_FILENO) != 0},
      .serial = {.speed = P1_SERIAL_SPEED,
                 .framing = P1_FRAMING_8N1,
                 .flowcontrol = P1_FLOWCONTROL_NONE,
                 .rts = true,
                 .dtr = true}};

  if (!parse(argc, argv, &arguments))
    return P1CTL_UNABLE;
  if (arguments.help) {
    fputs(usage, stdout);
    return P1CTL_OK;
  }
#ifdef SIGPIPE
  /* A reader that has gone (p1ctl decode | head) ends us by EPIPE, quietly. */
  signal(SIGPIPE, SIG_IGN);
#endif
  const bool port = arguments.name != NULL && is_port(arguments.name);
  arguments.options.text_input = !port;
  arguments.serial.device = arguments.name;
  p1ctl_decoder_init(&decoder, &arguments.options, stdout);
  return port ? decode_port(&decoder, &arguments.serial)
              : decode_file(&decoder, arguments.name);
}
