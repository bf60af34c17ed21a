/*
 * loopback.h - the other end of a connection: a server on 127.0.0.1. The kernel
 * accepts for a socket that listens, so one thread is enough for both ends.
 */
#ifndef P1_LOOPBACK_H
#define P1_LOOPBACK_H

#include <stddef.h>

extern struct loopback {
  int listener, peer; /* -1 where there is none */
  int port;
  int fillers[3];
} loopback;

/* Listens on a free port, and no longer on the one before. */
void loopback_listen(void);

/* The same on [::1]. Returns 0, or -1 on a system without IPv6. */
int loopback_listen6(void);

/* Listens and never answers: whoever connects hangs. */
void loopback_listen_deaf(void);

/* Takes the oldest connection for `peer`; the one before is closed. */
void loopback_accept(void);

void loopback_send(const void *bytes, size_t n);

/* Ends the connection in good order; by a reset. */
void loopback_close(void);
void loopback_reset(void);

/* Nobody listens any more. */
void loopback_leave(void);

/* Closes everything. */
void loopback_end(void);

#endif
