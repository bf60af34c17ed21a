/*
 * thread.h - what the reader needs of the operating system: a thread, a lock
 * and two clocks.
 *
 * Our own glue and not collectd's, because on Windows the daemon links another
 * copy of its thread library than a plugin does.
 */
#ifndef P1_THREAD_H
#define P1_THREAD_H

#include "p1/meter.h"

#include <stddef.h>

#ifndef _WIN32
#include <pthread.h>
#endif

/* The reader's deepest way, opening a port that refuses, takes 6 KiB of ours
 * and 5 of libserialport's; the rest is for the daemon's log, for what answers
 * questions on users and groups, and for the sanitizers' bigger frames. The
 * default of 8 MiB would be 8 GB of address space for 1,000 meters. */
#define P1_THREAD_STACK ((size_t)128 * 1024)

struct p1_thread {
#ifdef _WIN32
  void *_handle;
#else
  pthread_t _handle;
#endif
  void (*_run)(void *argument);
  void *_argument;
};

struct p1_mutex {
#ifdef _WIN32
  void *_lock; /* an SRWLOCK */
#else
  pthread_mutex_t _lock;
#endif
};

/* Starts run(argument) in a thread of its own that no signal reaches. *thread
 * must stay where it is until p1_thread_join(). 0, or -1 when the system has no
 * thread left. */
int p1_thread_start(struct p1_thread *thread, void (*run)(void *argument),
                    void *argument);

/* Waits for the end of a thread that was started, once. */
void p1_thread_join(struct p1_thread *thread);

/* Makes a lock, open. 0, or -1 when the system has none left. */
int p1_mutex_init(struct p1_mutex *mutex);
void p1_mutex_lock(struct p1_mutex *mutex);
void p1_mutex_unlock(struct p1_mutex *mutex);
void p1_mutex_destroy(struct p1_mutex *mutex);

/* Both clocks as they are now. */
struct p1_instant p1_instant_now(void);

#endif
