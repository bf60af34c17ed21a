/*
 * sim_pty.c - a pseudo terminal in the place of a meter's line.
 *
 * The slave is opened once, to set it to raw mode, and closed again: its
 * settings last as long as the master is open, and only with no slave open of
 * our own does the master tell (POLLHUP) that nobody listens. Then bytes are
 * dropped, as a line drops them, instead of waiting in the kernel for a reader
 * who would take them for fresh.
 */
#ifndef _WIN32
#define _XOPEN_SOURCE 700 /* posix_openpt() and its kin */
#endif

#include "sim_pty.h"

#ifdef _WIN32

const char *p1_sim_pty_open(struct p1_sim_pty *pty, const char *link) {
  (void)pty;
  (void)link;
  return "there are no pseudo terminals on Windows";
}

size_t p1_sim_pty_write(struct p1_sim_pty *pty, const char *bytes, size_t n) {
  (void)pty;
  (void)bytes;
  (void)n;
  return 0;
}

void p1_sim_pty_close(struct p1_sim_pty *pty) { (void)pty; }

#else

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Where slaves live. */
#define SLAVES "/dev/pts/"

/* Reads where a link points to; false when it is not a link. */
static bool read_link(const char *link, char *target, size_t size) {
  ssize_t n = readlink(link, target, size - 1);
  if (n < 0)
    return false;
  target[n] = '\0';
  return true;
}

/* No echo, no signals, no translation: what a serial port with no settings of
 * its own would do to a telegram. */
static bool set_raw(const char *slave) {
  int fd = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return false;
  struct termios settings;
  bool done = tcgetattr(fd, &settings) == 0;
  if (done) {
    settings.c_iflag = 0;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    done = tcsetattr(fd, TCSANOW, &settings) == 0;
  }
  int error = errno;
  close(fd);
  errno = error;
  return done;
}

static bool open_master(struct p1_sim_pty *pty) {
  pty->master = posix_openpt(O_RDWR | O_NOCTTY);
  if (pty->master < 0)
    return false;
  const char *slave = NULL;
  if (grantpt(pty->master) != 0 || unlockpt(pty->master) != 0 ||
      (slave = ptsname(pty->master)) == NULL)
    return false;
  size_t n = strlen(slave) + 1;
  if (n > sizeof(pty->slave)) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(pty->slave, slave, n);
  int flags = fcntl(pty->master, F_GETFL);
  return flags != -1 && fcntl(pty->master, F_SETFL, flags | O_NONBLOCK) != -1 &&
         fcntl(pty->master, F_SETFD, FD_CLOEXEC) != -1 && set_raw(pty->slave);
}

static const char *make_link(const char *slave, const char *link) {
  char target[64];
  if (read_link(link, target, sizeof(target)) &&
      strncmp(target, SLAVES, sizeof(SLAVES) - 1) == 0)
    unlink(link);
  return symlink(slave, link) == 0 ? NULL : strerror(errno);
}

const char *p1_sim_pty_open(struct p1_sim_pty *pty, const char *link) {
  *pty = (struct p1_sim_pty){.master = -1, .link = link};
  const char *error = NULL;
  if (!open_master(pty))
    error = strerror(errno);
  else
    error = make_link(pty->slave, link);
  if (error != NULL && pty->master >= 0)
    close(pty->master);
  return error;
}

size_t p1_sim_pty_write(struct p1_sim_pty *pty, const char *bytes, size_t n) {
  /* A meter does not hear; what a reader sends must not fill the pty. */
  char heard[256];
  while (read(pty->master, heard, sizeof(heard)) > 0) {
  }
  struct pollfd poll_master = {.fd = pty->master, .events = POLLOUT};
  if (poll(&poll_master, 1, 0) < 0 || (poll_master.revents & POLLHUP) != 0)
    return 0;
  size_t sent = 0;
  while (sent < n) {
    ssize_t count = write(pty->master, bytes + sent, n - sent);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    sent += (size_t)count;
  }
  return sent;
}

void p1_sim_pty_close(struct p1_sim_pty *pty) {
  char target[sizeof(pty->slave)];
  if (read_link(pty->link, target, sizeof(target)) &&
      strcmp(target, pty->slave) == 0)
    unlink(pty->link);
  close(pty->master);
}

#endif
