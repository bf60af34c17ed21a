/*
 * stop.h - one handle that tells every reader thread to leave.
 *
 * An eventfd on Linux, a manual-reset event on Windows: once raised it stays
 * raised and wakes all who wait, also those who come later.
 */
#ifndef P1_STOP_H
#define P1_STOP_H

#include <stdbool.h>

struct p1_stop {
#ifdef _WIN32
  void *handle;
#else
  int handle;
#endif
};

/* Makes a handle, not raised. 0, or -1 when the system has none left. */
int p1_stop_init(struct p1_stop *stop);

/* Raises it. Safe from any thread. */
void p1_stop_raise(struct p1_stop *stop);

/* Lowers it again, when no thread waits. */
void p1_stop_lower(struct p1_stop *stop);

/* Waits at most timeout_ms (0: only looks); true when it is raised. */
bool p1_stop_wait(struct p1_stop *stop, int timeout_ms);

/* Frees the handle. */
void p1_stop_destroy(struct p1_stop *stop);

#endif
