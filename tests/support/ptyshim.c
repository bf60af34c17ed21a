/*
 * ptyshim.c - lets libserialport open a pseudo-terminal. For tests and the demo
 * only: LD_PRELOAD it.
 *
 * The problem: libserialport takes /dev/NAME only when /sys/class/tty/NAME is a
 * link, which no pty has, and asks for the modem lines, which no pty has
 * either. Everything else that it does works on a pty.
 *
 * The policy: for /sys/class/tty/pts/N a link is made up, and a tty that knows
 * no modem lines has them: those that a cable would raise are up, and setting
 * them does nothing. All other calls go through untouched, so it is the real
 * library that is tested.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Whatever the compiler was told: these have to be seen. */
#pragma GCC visibility push(default)

#define CLASS "/sys/class/tty/pts/"
#define TARGET "../../devices/pseudo/tty/pts"

static int is_pty(const char *path) {
  return strncmp(path, CLASS, sizeof(CLASS) - 1) == 0;
}

/* A symbol of the C library as a function; ISO C has no cast for it. */
static void find(void *function, const char *name) {
  void *symbol = dlsym(RTLD_NEXT, name);
  memcpy(function, &symbol, sizeof(symbol));
}

static int made_up(struct stat *status) {
  memset(status, 0, sizeof(*status));
  status->st_mode = S_IFLNK | 0777;
  status->st_size = sizeof(TARGET) - 1;
  return 0;
}

int lstat(const char *path, struct stat *status) {
  static int (*real)(const char *, struct stat *);
  if (is_pty(path))
    return made_up(status);
  if (real == NULL)
    find(&real, "lstat");
  return real(path, status);
}

/* What lstat() is in programs built against a C library before 2.33. */
int __lxstat(int version, const char *path, struct stat *status);
int __lxstat(int version, const char *path, struct stat *status) {
  static int (*real)(int, const char *, struct stat *);
  if (is_pty(path))
    return made_up(status);
  if (real == NULL)
    find(&real, "__lxstat");
  return real(version, path, status);
}

ssize_t readlink(const char *path, char *target, size_t size) {
  static ssize_t (*real)(const char *, char *, size_t);
  if (is_pty(path)) {
    size_t n = sizeof(TARGET) - 1 < size ? sizeof(TARGET) - 1 : size;
    memcpy(target, TARGET, n);
    return (ssize_t)n;
  }
  if (real == NULL)
    find(&real, "readlink");
  return real(path, target, size);
}

int ioctl(int handle, unsigned long request, ...) {
  static int (*real)(int, unsigned long, void *);
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (real == NULL)
    find(&real, "ioctl");
  int error = errno;
  int result = real(handle, request, argument);
  if (result == 0 || errno != ENOTTY || !isatty(handle))
    return result;
  switch (request) {
  case TIOCMGET:
    *(int *)argument = TIOCM_RTS | TIOCM_DTR | TIOCM_CTS | TIOCM_DSR;
    break;
  case TIOCMSET:
  case TIOCMBIS:
  case TIOCMBIC:
    break;
  default:
    errno = ENOTTY;
    return result;
  }
  errno = error;
  return 0;
}
