/*
 * The problem: getaddrinfo() may take half a minute and cannot be told to stop,
 * and the daemon wants to end within a second. A thread that is left inside it
 * would come back into a plugin that the daemon has unloaded.
 *
 * The policy: the search and who waits for it own what they share together, and
 * the last to leave frees it. Before the first thread starts, the module is
 * pinned: it stays in memory until the process ends, so that there is code to
 * come back to. (glibc's getaddrinfo_a() would need no pin, but has no answer
 * to a search that it cannot cancel, and other C libraries do not have it.)
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* getaddrinfo(), dladdr() */
#endif

#include "lookup.h"

#include "net.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <process.h>
#else
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#endif

/* How many searches go on at once. Each has up to three sockets open, one for
 * each name server that resolv.conf may name, and the plugin leaves the daemon
 * 64 descriptors. */
#define SEARCHES_MAX 8

/* Nothing waits for a search and for the stop handle in one call on both
 * systems. A name in a file or a cache is found within the first of these
 * looks, and a name server that does not answer costs ten a second. */
#define LOOK_FIRST_MS 1
#define LOOK_MAX_MS 100

/* Four times what glibc gives the threads of its own getaddrinfo_a(): name
 * service modules (systemd, sssd) are bigger guests than it expects. */
#define SEARCH_STACK ((size_t)256 * 1024)

struct p1_lookup {
  int owners; /* two at first: the search, and who waits for it */
  bool done;  /* what follows is there */
  int error;
  struct addrinfo *found;
  const char *port; /* after the host */
  char host[];
};

/* One lock for all: over `searches`, and what a search and its owner share. It
 * is held for a few instructions only. */
#ifdef _WIN32
static SRWLOCK lock = SRWLOCK_INIT;
static void take_lock(void) { AcquireSRWLockExclusive(&lock); }
static void drop_lock(void) { ReleaseSRWLockExclusive(&lock); }
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void take_lock(void) { pthread_mutex_lock(&lock); }
static void drop_lock(void) { pthread_mutex_unlock(&lock); }
#endif

static int searches; /* that go on */

static int ask(const char *host, const char *port, int flags,
               struct addrinfo **found) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                 .ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_NUMERICSERV | flags};
  return getaddrinfo(host, port, &hints, found);
}

/* One of the two leaves. */
static void leave(struct p1_lookup *lookup) {
  take_lock();
  bool last = --lookup->owners == 0;
  drop_lock();
  if (!last)
    return;
  if (lookup->found != NULL)
    freeaddrinfo(lookup->found);
  free(lookup);
}

static void search(struct p1_lookup *lookup) {
  struct addrinfo *found = NULL;
  int error = ask(lookup->host, lookup->port, 0, &found);
  take_lock();
  lookup->error = error;
  lookup->found = error == 0 ? found : NULL;
  lookup->done = true;
  searches--;
  drop_lock();
  leave(lookup);
}

/* ---- the thread ---- */

#ifdef _WIN32

static unsigned __stdcall enter(void *lookup) {
  search(lookup);
  return 0;
}

static void pin(void) {
  HMODULE module;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN |
                         GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     (const char *)&searches, &module);
}

static bool start(struct p1_lookup *lookup) {
  pin();
  HANDLE thread =
      (HANDLE)_beginthreadex(NULL, (unsigned)SEARCH_STACK, enter, lookup,
                             STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
  if (thread == NULL)
    return false;
  CloseHandle(thread);
  return true;
}

#else

static void *enter(void *lookup) {
  search(lookup);
  return NULL;
}

/* Has no effect, and needs none, where this is the program itself. */
static void pin(void) {
  Dl_info module;
  if (dladdr(&searches, &module) == 0)
    return;
  void *handle =
      dlopen(module.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  if (handle != NULL)
    dlclose(handle);
}

static bool start(struct p1_lookup *lookup) {
  pin();
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return false;
  pthread_attr_setstacksize(&attributes, SEARCH_STACK);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  /* Signals are the daemon's main thread's. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, enter, lookup);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

#endif

/* ---- searches ---- */

/* True when one more may go on, which is then counted. */
static bool take_place(void) {
  take_lock();
  bool free_place = searches < SEARCHES_MAX;
  if (free_place)
    searches++;
  drop_lock();
  return free_place;
}

static void give_place_back(void) {
  take_lock();
  searches--;
  drop_lock();
}

static bool is_done(const struct p1_lookup *lookup) {
  take_lock();
  bool done = lookup->done;
  drop_lock();
  return done;
}

/* Begins a search, for which there is a place. NULL when out of memory or
 * threads. */
static struct p1_lookup *begin(const char *host, const char *port) {
  size_t host_size = strlen(host) + 1, port_size = strlen(port) + 1;
  struct p1_lookup *lookup = calloc(1, sizeof(*lookup) + host_size + port_size);
  if (lookup == NULL)
    return NULL;
  memcpy(lookup->host, host, host_size);
  memcpy(lookup->host + host_size, port, port_size);
  lookup->port = lookup->host + host_size;
  lookup->owners = 2;
  if (start(lookup))
    return lookup;
  free(lookup);
  return NULL;
}

/* Waits until there is a search and it is done; FOUND then. */
static enum p1_lookup_result await(struct p1_lookup **lookup, const char *host,
                                   const char *port, struct p1_stop *stop,
                                   int timeout_ms) {
  int look_ms = LOOK_FIRST_MS;
  for (int waited_ms = 0;; waited_ms += look_ms) {
    if (*lookup == NULL && take_place()) {
      *lookup = begin(host, port);
      if (*lookup == NULL) {
        give_place_back();
        return P1_LOOKUP_NO_THREAD;
      }
    }
    if (*lookup != NULL && is_done(*lookup))
      return P1_LOOKUP_FOUND;
    if (waited_ms >= timeout_ms)
      return P1_LOOKUP_LATE;
    if (waited_ms > 0 && look_ms < LOOK_MAX_MS)
      look_ms = look_ms * 2 < LOOK_MAX_MS ? look_ms * 2 : LOOK_MAX_MS;
    if (p1_stop_wait(stop, look_ms))
      return P1_LOOKUP_STOPPED;
  }
}

enum p1_lookup_result p1_lookup(struct p1_lookup **lookup, const char *host,
                                const char *port, struct p1_stop *stop,
                                int timeout_ms, struct addrinfo **found,
                                int *error) {
  *found = NULL;
  *error = 0;
  if (ask(host, port, AI_NUMERICHOST, found) == 0)
    return P1_LOOKUP_FOUND;
  *found = NULL;
  enum p1_lookup_result result = await(lookup, host, port, stop, timeout_ms);
  if (result != P1_LOOKUP_FOUND)
    return result;
  *found = (*lookup)->found;
  *error = (*lookup)->error;
  (*lookup)->found = NULL;
  p1_lookup_leave(lookup);
  return *found != NULL ? P1_LOOKUP_FOUND : P1_LOOKUP_FAILED;
}

void p1_lookup_leave(struct p1_lookup **lookup) {
  if (*lookup != NULL)
    leave(*lookup);
  *lookup = NULL;
}
