#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#endif

#include "thread.h"

#ifdef _WIN32

#include <windows.h>

#include <process.h>
#include <string.h>

static unsigned __stdcall enter(void *argument) {
  struct p1_thread *thread = argument;
  thread->_run(thread->_argument);
  return 0;
}

int p1_thread_start(struct p1_thread *thread, void (*run)(void *argument),
                    void *argument) {
  thread->_run = run;
  thread->_argument = argument;
  thread->_handle =
      (void *)_beginthreadex(NULL, (unsigned)P1_THREAD_STACK, enter, thread,
                             STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
  return thread->_handle != NULL ? 0 : -1;
}

void p1_thread_join(struct p1_thread *thread) {
  WaitForSingleObject(thread->_handle, INFINITE);
  CloseHandle(thread->_handle);
}

_Static_assert(sizeof(SRWLOCK) == sizeof(void *), "the lock fits its place");

int p1_mutex_init(struct p1_mutex *mutex) {
  InitializeSRWLock((SRWLOCK *)&mutex->_lock);
  return 0;
}

void p1_mutex_lock(struct p1_mutex *mutex) {
  AcquireSRWLockExclusive((SRWLOCK *)&mutex->_lock);
}

void p1_mutex_unlock(struct p1_mutex *mutex) {
  ReleaseSRWLockExclusive((SRWLOCK *)&mutex->_lock);
}

void p1_mutex_destroy(struct p1_mutex *mutex) { (void)mutex; }

struct p1_instant p1_instant_now(void) {
  /* FILETIME counts 100 ns from 1601, 11,644,473,600 s before 1970. */
  FILETIME time;
  GetSystemTimeAsFileTime(&time);
  int64_t ticks = (int64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
  return (struct p1_instant){.monotonic_ms = (int64_t)GetTickCount64(),
                             .host_ms =
                                 ticks / 10000 - INT64_C(11644473600000)};
}

#else

#include <signal.h>
#include <time.h>

static void *enter(void *argument) {
  struct p1_thread *thread = argument;
  thread->_run(thread->_argument);
  return NULL;
}

int p1_thread_start(struct p1_thread *thread, void (*run)(void *argument),
                    void *argument) {
  thread->_run = run;
  thread->_argument = argument;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return -1;
  pthread_attr_setstacksize(&attributes, P1_THREAD_STACK);
  /* The thread inherits the mask, so no signal finds it before it could set
   * one: they stay with the daemon's main thread. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&thread->_handle, &attributes, enter, thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error == 0 ? 0 : -1;
}

void p1_thread_join(struct p1_thread *thread) {
  pthread_join(thread->_handle, NULL);
}

int p1_mutex_init(struct p1_mutex *mutex) {
  return pthread_mutex_init(&mutex->_lock, NULL) == 0 ? 0 : -1;
}

void p1_mutex_lock(struct p1_mutex *mutex) {
  pthread_mutex_lock(&mutex->_lock);
}

void p1_mutex_unlock(struct p1_mutex *mutex) {
  pthread_mutex_unlock(&mutex->_lock);
}

void p1_mutex_destroy(struct p1_mutex *mutex) {
  pthread_mutex_destroy(&mutex->_lock);
}

static int64_t clock_ms(clockid_t clock) {
  struct timespec time = {0};
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct p1_instant p1_instant_now(void) {
  return (struct p1_instant){.monotonic_ms = clock_ms(CLOCK_MONOTONIC),
                             .host_ms = clock_ms(CLOCK_REALTIME)};
}

#endif
