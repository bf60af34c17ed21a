/*
 * portholders.h - which programs have a port open.
 */
#ifndef P1CTL_PORTHOLDERS_H
#define P1CTL_PORTHOLDERS_H

#include "portlist.h"

#ifndef _WIN32
/* Fills in the holders of all ports, from what each program has open. True when
 * every program could be looked at; other users' are closed to all but root. */
bool p1ctl_find_holders(struct p1ctl_ports *ports,
                        const struct p1ctl_ports_roots *roots);
#endif

#endif
