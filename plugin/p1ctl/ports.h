/*
 * ports.h - how `p1ctl ports` shows a list.
 */
#ifndef P1CTL_PORTS_H
#define P1CTL_PORTS_H

#include "portlist.h"

#include <stdio.h>

/* Prints a table: one row for each port, below it its lasting name, and what to
 * type where it may not be opened. */
void p1ctl_ports_print(FILE *out, const struct p1ctl_ports *ports);

#endif
