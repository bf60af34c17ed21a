/*
 * notice.h - what happened to a meter's line, kept for whoever tells others.
 *
 * A ring: the reader's thread puts, collectd's read callback takes. When nobody
 * takes, the oldest go. Zero it to begin. Not thread-safe: the reader's lock is
 * round it.
 */
#ifndef P1_NOTICE_H
#define P1_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

/* A notice of collectd's holds 255 characters. */
#define P1_NOTICE_TEXT_MAX 256

/* collectd calls once a second at the latest, and one cause has two notices in
 * a quarter of an hour: with three causes all of them wait here for as long as
 * a read thread may be held up. */
#define P1_NOTICES_MAX 6

/* The numbers are collectd's. */
enum p1_severity {
  P1_SEVERITY_FAILURE = 1,
  P1_SEVERITY_WARNING = 2,
  P1_SEVERITY_OKAY = 4
};

struct p1_notice {
  int64_t time_ms; /* host's clock */
  enum p1_severity severity;
  char text[P1_NOTICE_TEXT_MAX]; /* one sentence, without the meter's name */
};

struct p1_notices {
  struct p1_notice _notices[P1_NOTICES_MAX];
  uint8_t _first, _count;
};

/* Puts one; a sentence that is too long ends in "..." */
void p1_notices_put(struct p1_notices *notices, enum p1_severity severity,
                    int64_t time_ms, const char *sentence);

/* Moves the oldest into *notice; false when there is none. */
bool p1_notices_take(struct p1_notices *notices, struct p1_notice *notice);

#endif
