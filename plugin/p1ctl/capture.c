/*
 * The problem: see capture.h. Telegrams that lost their end are followed by the
 * next one within a line, which only a rest before it would tell.
 *
 * The policy: a rest is put before what can only be a header: '/', three
 * characters of a maker, and the digit of a speed. That is looked for in what
 * was read already, never waited for, so that a live pipe is not held up.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* major(), S_ISSOCK() */
#endif
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef _WIN32
#include <io.h>
#else
#include <poll.h>
#include <sys/sysmacros.h>
#define O_BINARY 0
#endif

/* 115200 8N1. */
#define BYTES_PER_S 11520

/* From one telegram to the next, and the rest before it at least: more than
 * the 0.5 s at which a diagnosis takes a line to be quiet. */
#define PACE_US 1000000
#define REST_US 600000

/* '/', three of the maker, one digit. */
#define HEADER 5

/* What a pipe holds. */
#define BUFFER 65536

/* The pty slaves' major numbers on Linux. */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST 143

struct capture {
  struct p1_source source; /* first */
  const char *path;
  int fd;     /* -1 while closed */
  bool whole; /* a regular file */
  bool ended;
  int64_t us, begun_us; /* the capture's clock; when a telegram began */
  size_t at, fill;
  char lost[P1_SOURCE_MESSAGE_MAX];
  char buffer[BUFFER];
};

static struct capture *of(struct p1_source *source) {
  return (struct capture *)source;
}

/* ---- what it is ---- */

bool p1ctl_capture_is(const char *path) {
  struct stat status;
  if (strcmp(path, "-") == 0)
    return true;
  if (stat(path, &status) != 0)
    return false;
#ifndef _WIN32
  if (S_ISCHR(status.st_mode)) {
    unsigned number = major(status.st_rdev);
    return number >= PTY_MAJOR_FIRST && number <= PTY_MAJOR_LAST;
  }
#endif
  return S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode);
}

bool p1ctl_capture_is_file(const struct p1_source *source) {
  return ((const struct capture *)source)->whole;
}

/* ---- opening ---- */

/* Without waiting for the other end of a named pipe. */
static int open_path(const char *path) {
  if (strcmp(path, "-") != 0) {
#ifdef _WIN32
    return open(path, O_RDONLY | O_BINARY);
#else
    return open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
#endif
  }
#ifdef _WIN32
  _setmode(STDIN_FILENO, O_BINARY);
#endif
  return STDIN_FILENO;
}

static int capture_open(struct p1_source *source, struct p1_stop *stop,
                        char message[P1_SOURCE_MESSAGE_MAX]) {
  struct capture *capture = of(source);
  struct stat status;
  (void)stop; /* nothing to wait for */
  source->class->close(source);
  capture->fd = open_path(capture->path);
  if (capture->fd < 0 || fstat(capture->fd, &status) != 0) {
    snprintf(message, P1_SOURCE_MESSAGE_MAX, "%.200s cannot be read: %s",
             capture->path, strerror(errno));
    return -1;
  }
  if (S_ISDIR(status.st_mode)) {
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             "%.200s is a directory: name a file in it", capture->path);
    source->class->close(source);
    return -1;
  }
  capture->whole = S_ISREG(status.st_mode);
  return 0;
}

static void capture_close(struct p1_source *source) {
  struct capture *capture = of(source);
  if (capture->fd > STDIN_FILENO)
    close(capture->fd);
  capture->fd = -1;
}

static void capture_destroy(struct p1_source *source) {
  if (source == NULL)
    return;
  source->class->close(source);
  free(source);
}

static bool capture_present(struct p1_source *source) {
  return access(of(source)->path, F_OK) == 0;
}

/* ---- reading ---- */

static size_t left(const struct capture *capture) {
  return capture->fill - capture->at;
}

/* Its end, or an error; how a terminal tells that its other side has hung up is
 * one of the two. */
static void end(struct capture *capture, bool failed) {
  capture->ended = true;
  if (!failed || errno == EIO)
    return;
  snprintf(capture->lost, sizeof(capture->lost), "it cannot be read on: %s",
           strerror(errno));
  capture->source.lost = capture->lost;
}

static void fill(struct capture *capture) {
  memmove(capture->buffer, capture->buffer + capture->at, left(capture));
  capture->fill = left(capture);
  capture->at = 0;
  ssize_t n = read(capture->fd, capture->buffer + capture->fill,
                   (unsigned)(sizeof(capture->buffer) - capture->fill));
  if (n > 0)
    capture->fill += (size_t)n;
  else if (n == 0 || (errno != EINTR && errno != EAGAIN))
    end(capture, n < 0);
}

/* What a file has is looked at a header's length ahead. */
static bool wants_more(const struct capture *capture) {
  return !capture->ended &&
         left(capture) < (capture->whole ? (size_t)HEADER : 1);
}

static int capture_wait(struct p1_source *source, struct p1_stop *stop,
                        int timeout_ms) {
  struct capture *capture = of(source);
  if (capture->fd < 0)
    return P1_SOURCE_LOST;
  if (wants_more(capture)) {
#ifndef _WIN32
    struct pollfd items[2] = {{.fd = capture->fd, .events = POLLIN},
                              {.fd = stop->handle, .events = POLLIN}};
    if (poll(items, 2, timeout_ms) < 0)
      return P1_SOURCE_IDLE; /* a signal */
    /* A named pipe without a writer, yet or for ever, would end at once. */
    if ((items[0].revents & POLLIN) != 0)
      fill(capture);
    else if (items[0].revents != 0)
      end(capture, false);
#else
    (void)stop, (void)timeout_ms; /* a pipe cannot be waited for there */
    fill(capture);
#endif
  }
  if (left(capture) > 0)
    return (int)left(capture);
  return capture->ended ? P1_SOURCE_LOST : P1_SOURCE_IDLE;
}

static bool is_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_header(const char *at, size_t n) {
  return n >= HEADER && at[0] == '/' && is_name(at[1]) && is_name(at[2]) &&
         is_name(at[3]) && at[4] >= '0' && at[4] <= '9';
}

/* Bytes up to the next header, as far as one portion reaches. */
static size_t before_header(const struct capture *capture) {
  const char *from = capture->buffer + capture->at;
  size_t n = left(capture);
  if (n > P1CTL_CAPTURE_PORTION + HEADER)
    n = P1CTL_CAPTURE_PORTION + HEADER;
  for (size_t i = 1; i < n; i++)
    if (is_header(from + i, n - i))
      return i;
  return n;
}

static void rest(struct capture *capture) {
  int64_t next_us = capture->begun_us + PACE_US;
  int64_t rested_us = capture->us + REST_US;
  if (capture->us > 0)
    capture->us = next_us > rested_us ? next_us : rested_us;
  capture->begun_us = capture->us;
}

static int capture_read(struct p1_source *source, char *bytes, size_t n) {
  struct capture *capture = of(source);
  if (capture->whole && wants_more(capture))
    fill(capture);
  const char *from = capture->buffer + capture->at;
  size_t taken = before_header(capture);
  if (taken == 0)
    return capture->ended ? P1_SOURCE_LOST : P1_SOURCE_IDLE;
  if (taken > n)
    taken = n;
  if (taken > P1CTL_CAPTURE_PORTION)
    taken = P1CTL_CAPTURE_PORTION;
  /* The next header's beginning may lie behind what is there. */
  if (capture->whole && !capture->ended && taken == left(capture) &&
      taken >= HEADER)
    taken -= HEADER - 1;
  if (is_header(from, left(capture)))
    rest(capture);
  capture->us += (int64_t)taken * 1000000 / BYTES_PER_S;
  memcpy(bytes, from, taken);
  capture->at += taken;
  return (int)taken;
}

int64_t p1ctl_capture_ms(struct p1_source *source, int64_t real_ms) {
  struct capture *capture = of(source);
  if (!capture->whole && capture->us < real_ms * 1000)
    capture->us = real_ms * 1000;
  return capture->us / 1000;
}

static const struct p1_source_class capture_class = {
    .open = capture_open,
    .wait = capture_wait,
    .read = capture_read,
    .close = capture_close,
    .destroy = capture_destroy,
    .present = capture_present,
};

struct p1_source *p1ctl_capture_create(const char *path) {
  struct capture *capture = calloc(1, sizeof(*capture));
  if (capture == NULL)
    return NULL;
  capture->source.class = &capture_class;
  capture->path = path;
  capture->fd = -1;
  return &capture->source;
}
