#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#endif

#include "stop.h"

#ifdef _WIN32

#include <windows.h>

int p1_stop_init(struct p1_stop *stop) {
  stop->handle = CreateEvent(NULL, TRUE, FALSE, NULL);
  return stop->handle != NULL ? 0 : -1;
}

void p1_stop_raise(struct p1_stop *stop) { SetEvent(stop->handle); }

void p1_stop_lower(struct p1_stop *stop) { ResetEvent(stop->handle); }

bool p1_stop_wait(struct p1_stop *stop, int timeout_ms) {
  return WaitForSingleObject(stop->handle, (DWORD)timeout_ms) == WAIT_OBJECT_0;
}

void p1_stop_destroy(struct p1_stop *stop) {
  CloseHandle(stop->handle);
  stop->handle = NULL;
}

#else

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int p1_stop_init(struct p1_stop *stop) {
  stop->handle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return stop->handle >= 0 ? 0 : -1;
}

/* Only write() in it: a signal handler may call it. The one way to fail, a
 * counter that is full, is a handle that is raised. */
void p1_stop_raise(struct p1_stop *stop) {
  int error = errno;
  uint64_t one = 1;
  ssize_t written = write(stop->handle, &one, sizeof(one));
  (void)written;
  errno = error;
}

void p1_stop_lower(struct p1_stop *stop) {
  uint64_t count = 0;
  ssize_t taken = read(stop->handle, &count, sizeof(count));
  (void)taken; /* EAGAIN: it was not raised */
}

static int64_t now_ms(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool p1_stop_wait(struct p1_stop *stop, int timeout_ms) {
  struct pollfd item = {.fd = stop->handle, .events = POLLIN};
  int ready = poll(&item, 1, timeout_ms);
  if (ready >= 0 || errno != EINTR)
    return ready > 0;
  /* A signal came between: go on for the rest of the time. */
  int64_t end = now_ms() + timeout_ms;
  do {
    int64_t left = end - now_ms();
    ready = poll(&item, 1, left > 0 ? (int)left : 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

void p1_stop_destroy(struct p1_stop *stop) {
  close(stop->handle);
  stop->handle = -1;
}

#endif
