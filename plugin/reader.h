/*
 * reader.h - one thread per meter that drains its port all the time.
 *
 * source -> framer -> telegram -> meter. The kernel keeps 4096 bytes for a port
 * and hands a late reader the oldest ones, and collectd's read threads may be
 * held up by other plugins; so the port is never left to them. They take closed
 * intervals and counters, both under the reader's lock, and never wait for the
 * line.
 *
 * To stop: p1_stop_raise() on the shared handle, which tells all readers, then
 * p1_reader_join() and p1_reader_destroy() for each.
 */
#ifndef P1_READER_H
#define P1_READER_H

#include "notice.h"
#include "p1/meter.h"
#include "source.h"
#include "voice.h"

#include <stdbool.h>
#include <stdint.h>

/* Time as the reader sees it; tests put their own in its place. */
struct p1_time {
  struct p1_instant (*now)(void);
  bool (*pause)(struct p1_stop *stop, int timeout_ms); /* as p1_stop_wait() */
};

struct p1_reader_options {
  const char *name; /* the meter's, for messages; copied */
  struct p1_meter_options meter;
  int64_t silence_ms; /* without a telegram until it is told; 0: three
                         times the meter's pace, at least 30 s */
  int speed;          /* of the line, in baud; 0: find it out */
  const enum p1_framing *framing; /* NULL: find it out; copied */
  int64_t standard_offset_s;      /* the meter's standard time minus UTC */
  /* Called from the reader's thread with a line that names the meter; NULL for
   * none. */
  void (*log)(enum p1_log_level level, const char *message);
  const struct p1_time *time; /* NULL: the real one */
};

/* What became of the line since the start; each only grows, but for the last
 * three, which are of this moment. */
struct p1_counters {
  uint64_t bytes;
  uint64_t telegrams;           /* accepted */
  uint64_t bad_crc;             /* CRC does not fit, accepted or not */
  uint64_t missing_crc;         /* refused for lack of a CRC */
  uint64_t malformed_telegrams; /* accepted, with lines that cannot be read */
  uint64_t malformed_lines;     /* those lines */
  uint64_t too_long;            /* given up without an end */
  uint64_t resyncs;             /* broken off by the next telegram */
  uint64_t reconnects;          /* opened again after a loss */
  int64_t age_ms; /* of the last accepted telegram; -1 before the first */
  int64_t clock_offset_s; /* the meter's clock minus the host's */
  bool clock_known;       /* the last telegram told its time */
};

struct p1_reader;

/* Makes a reader for `source`, which it owns from then on, also when this
 * fails; `stop` is shared and must outlive it. NULL when out of memory. */
struct p1_reader *p1_reader_create(const struct p1_reader_options *options,
                                   struct p1_source *source,
                                   struct p1_stop *stop);

/* Starts its thread. 0, or -1 with a line in the log when the system has no
 * thread left. */
int p1_reader_start(struct p1_reader *reader);

/* Waits for its thread to end; `stop` must have been raised, best for all
 * readers before the first is joined. Nothing when no thread runs. */
void p1_reader_join(struct p1_reader *reader);

/* Closes and frees everything, the source too, when no thread runs. NULL is
 * allowed. */
void p1_reader_destroy(struct p1_reader *reader);

/* What the thread does, in the caller's own: reads until `stop` is raised. The
 * source is tried at least once even when it is raised already, so that a wrong
 * device is reported by a daemon that only tests its configuration. */
void p1_reader_run(struct p1_reader *reader);

/* Moves the oldest closed interval into *interval; false when none waits. Safe
 * from any thread, never waits for the line. */
bool p1_reader_take(struct p1_reader *reader, struct p1_interval *interval);

/* Moves the oldest notice of what happened to the line into *notice; false when
 * there is none. Safe from any thread, never waits for the line. The line's
 * first opening and first telegram are none. */
bool p1_reader_take_notice(struct p1_reader *reader, struct p1_notice *notice);

/* The counters at this moment. Safe from any thread. */
void p1_reader_counters(struct p1_reader *reader, struct p1_counters *counters);

#endif
