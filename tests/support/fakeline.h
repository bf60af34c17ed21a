/*
 * fakeline.h - a line that plays a script to a reader, and a clock that goes on
 * only when somebody waits. Nothing here takes real time, and one thread does
 * it all: p1_reader_run() returns when the script is over.
 */
#ifndef P1_FAKELINE_H
#define P1_FAKELINE_H

#include "reader.h"

#include <stdbool.h>
#include <stdint.h>

enum p1_fake_kind {
  P1_FAKE_REFUSE, /* opening fails with `bytes` as its sentence, n times */
  P1_FAKE_BYTES,  /* n bytes wait */
  P1_FAKE_IDLE,   /* nothing comes for `ms` */
  P1_FAKE_LOST,   /* the port hangs up; seen by who waits */
  P1_FAKE_LOST_IN_READ, /* the same, between waiting and reading */
  P1_FAKE_GONE,         /* the node is away from now on, for `ms` */
  P1_FAKE_CALL          /* `call` is called */
};

struct p1_fake_step {
  enum p1_fake_kind kind;
  const char *bytes;
  size_t n;
  int64_t ms;
  void (*call)(void);
};

#define P1_FAKE_LOG_MAX 64

/* What happened, for the tests to look at. */
struct p1_fake {
  struct p1_source source;
  const struct p1_fake_step *steps; /* an empty IDLE ends them */
  size_t at, count;
  size_t sent;      /* of the step's bytes */
  size_t refused;   /* of the step's refusals */
  int64_t idled_ms; /* of the step's silence */
  size_t most;      /* bytes that one read gives; 0: as many as asked for */
  bool is_open;
  int opens, closes, destroyed;
  int64_t opened_ms[P1_FAKE_LOG_MAX]; /* of every try */
  int64_t gone_until_ms;
  int64_t pauses_ms[P1_FAKE_LOG_MAX]; /* asked of pause(), but for 0 */
  size_t pauses;
  char lines[P1_FAKE_LOG_MAX][768]; /* of the log */
  int levels[P1_FAKE_LOG_MAX];
  size_t logged;
  struct p1_stop stop;
  struct p1_reader *reader;
};

/* One at a time. */
extern struct p1_fake p1_fake;

/* Makes p1_fake ready with a reader of these options (time and log are set). */
void p1_fake_begin(const struct p1_reader_options *options);

/* Plays a script to its end; the reader has then stopped. May be called again:
 * the port is then closed, the meter keeps what it knows. */
void p1_fake_play(const struct p1_fake_step *steps, size_t count);

/* Frees the reader and checks that the source went with it. */
void p1_fake_end(void);

/* The clock, in ms since p1_fake_begin(). */
int64_t p1_fake_now_ms(void);

/* Lines of the log in which this text stands. */
int p1_fake_count_lines(const char *text);

#define P1_FAKE_PLAY(steps)                                                    \
  p1_fake_play(steps, sizeof(steps) / sizeof(*(steps)))

/* Writes a telegram of an import of `watts`, whole and with its CRC, and
 * returns its length. With no CRC when `crc` is false. */
size_t p1_fake_telegram(char *bytes, size_t size, int watts, bool crc);

#endif
