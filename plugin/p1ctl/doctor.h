/*
 * doctor.h - the parts of `p1ctl doctor` that take a line, a clock and an
 * output of the caller's, so that tests can call them.
 */
#ifndef P1CTL_DOCTOR_H
#define P1CTL_DOCTOR_H

#include "serial.h"

#include <stdio.h>

struct p1ctl_doctor_options {
  const char *device;             /* all that p1_device_create() takes, a file,
                                     a pipe, or "-" */
  int speed;                      /* 0: found out */
  const enum p1_framing *framing; /* NULL: found out */
  int seconds;                    /* 0: until `stop` is raised */
  bool block;                     /* for p1ctl_checkup_options */
};

/* Opens the device, listens, and shows on `out` what is wrong with it; what
 * keeps it from being opened goes to `err`. Returns the exit status. */
int p1ctl_doctor_run(const struct p1ctl_doctor_options *options,
                     struct p1_stop *stop, FILE *out, FILE *err);

#endif
