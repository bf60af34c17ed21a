/*
 * checkup.h - what `p1ctl doctor` hears, and how it shows it.
 *
 * Knows neither ports nor files nor a clock, so that tests can call it: bytes
 * and their times come in, verdicts go out. Times are milliseconds of a clock
 * that never steps.
 */
#ifndef P1CTL_CHECKUP_H
#define P1CTL_CHECKUP_H

#include "diagnosis.h"
#include "hunt.h"

#include <stdio.h>

struct p1ctl_checkup_options {
  const char *name;               /* of the device, for people */
  bool tunable;                   /* it has a speed and a framing */
  int speed;                      /* fixed by the user, or 0 */
  const enum p1_framing *framing; /* the same, or NULL; only for init */
  bool block; /* `out` is a terminal: one block that is written over */
};

/* About 30 KiB: not for a small stack. */
struct p1ctl_checkup {
  struct p1ctl_checkup_options options;
  FILE *out;
  int64_t begun_ms, shown_ms;
  int block_lines;                /* of the block on the terminal; 0: none */
  enum p1_diagnosis_verdict told; /* last */
  enum p1_diagnosis_verdict held; /* found on every line; see verdict() */
  uint32_t faults;                /* one bit for each verdict told */
  uint64_t bytes, nuls, high;     /* since the line was set */
  uint64_t telegrams_before;      /* whole ones before that */
  struct p1_hunt hunt;
  struct p1_diagnosis diagnosis;
  struct p1_framer framer;
  struct p1_telegram telegram;
};

/* Begins; `out` stays the caller's. */
void p1ctl_checkup_init(struct p1ctl_checkup *checkup,
                        const struct p1ctl_checkup_options *options, FILE *out,
                        int64_t now_ms);

/* What the port is to be set to, if it is tunable. */
struct p1_hunt_line p1ctl_checkup_line(const struct p1ctl_checkup *checkup);

/* n bytes came. */
void p1ctl_checkup_hear(struct p1ctl_checkup *checkup, const char *bytes,
                        size_t n, int64_t now_ms);

/* The verdict as it is told: while the hunt is under way, what is only its own
 * doing is not. */
enum p1_diagnosis_verdict
p1ctl_checkup_verdict(const struct p1ctl_checkup *checkup, int64_t now_ms);

/* After every portion, and once a second at least: shows what has changed. True
 * when the port is to be set to another p1ctl_checkup_line(). */
bool p1ctl_checkup_look(struct p1ctl_checkup *checkup, int64_t now_ms);

/* It is over: shows the summary. Returns the exit status: P1CTL_OK when
 * telegrams came whole and no fault was told on the way, else P1CTL_FAILED. */
int p1ctl_checkup_finish(struct p1ctl_checkup *checkup, int64_t now_ms);

#endif
