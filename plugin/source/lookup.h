/*
 * lookup.h - the addresses of a host by its name, without waiting for them.
 *
 * A name server that does not answer holds getaddrinfo() for many seconds, and
 * nothing can interrupt it. So it runs in a thread of its own, which may be
 * left behind; whoever wanted to know leaves when `stop` is raised.
 */
#ifndef P1_LOOKUP_H
#define P1_LOOKUP_H

#include "stop.h"

struct addrinfo;
struct p1_lookup;

enum p1_lookup_result {
  P1_LOOKUP_FOUND,
  P1_LOOKUP_FAILED,   /* getaddrinfo() says *error */
  P1_LOOKUP_LATE,     /* no answer within the time */
  P1_LOOKUP_STOPPED,  /* `stop` was raised */
  P1_LOOKUP_NO_THREAD /* the system has no thread or memory left */
};

/* Finds the addresses of a TCP port on a host, both as texts, in at most
 * timeout_ms. An address in digits is found at once. *lookup is NULL at first;
 * a search that is LATE stays in it and goes on, and the next call for the same
 * host takes it up: there is never more than one. *found, with FOUND, is the
 * caller's to free with freeaddrinfo(). */
enum p1_lookup_result p1_lookup(struct p1_lookup **lookup, const char *host,
                                const char *port, struct p1_stop *stop,
                                int timeout_ms, struct addrinfo **found,
                                int *error);

/* Leaves a search that goes on, and makes *lookup NULL. Does not wait. */
void p1_lookup_leave(struct p1_lookup **lookup);

#endif
