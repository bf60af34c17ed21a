/*
 * sim_settings.h - the command line of `p1ctl simulate`.
 */
#ifndef P1_SIM_SETTINGS_H
#define P1_SIM_SETTINGS_H

#include "sim_damage.h"
#include "sim_house.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct p1_sim_settings {
  struct p1_sim_options house; /* start is 0 when not given */
  struct p1_sim_damage damage;
  const char *output; /* "-" is standard output */
  const char *pty;    /* NULL: none */
  const char *values; /* NULL: none */
  int64_t count;      /* telegrams; INT64_MAX: no end */
  int64_t duration;   /* seconds of the meter's time; INT64_MAX: no end */
  int64_t pace_milli; /* thousandths of real pace; 0: as fast as can be */
  int64_t line_rate;  /* baud; 0: each telegram at once */
  bool parity;
  bool help;
};

/* Reads the command line, argv[1] on, into *settings. Returns true, or false
 * after one sentence to `errors` that names the option and what is allowed. */
bool p1_sim_settings_read(struct p1_sim_settings *settings, int argc,
                          char **argv, FILE *errors);

/* Prints the options with their defaults. */
void p1_sim_settings_help(FILE *out);

#endif
