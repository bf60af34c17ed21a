#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* major() */
#endif

#include "explain.h"

#include <stdio.h>
#include <string.h>

/* Of a path; longer ones are cut so that the cure still fits. */
#define SHOWN "%.120s"

#ifdef _WIN32

#include <windows.h>

void p1_explain(const struct p1_refusal *refusal,
                char message[P1_SOURCE_MESSAGE_MAX]) {
  const char *device = refusal->device;
  const char *ports = refusal->ports;
  if (refusal->at == P1_REFUSED_SPEED)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " was set to %s but runs at %d baud: its driver does not "
                   "take this speed, use another adapter",
             device, refusal->settings, refusal->actual);
  else if (refusal->at == P1_REFUSED_SETTINGS)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " does not take %s (Windows error %d): set Speed, Framing "
                   "and FlowControl to what its driver can do",
             device, refusal->settings, refusal->error);
  else if (refusal->at == P1_REFUSED_MEMORY)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be opened, memory is used up", device);
  else if (refusal->error == ERROR_FILE_NOT_FOUND ||
           refusal->error == ERROR_PATH_NOT_FOUND)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " is not there: plug the adapter in, or set Device to a "
                   "serial port of this computer (%s)",
             device, ports != NULL && *ports != '\0' ? ports : "it has none");
  else if (refusal->error == ERROR_ACCESS_DENIED ||
           refusal->error == ERROR_SHARING_VIOLATION)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " is in use by another program: close that program, or give "
                   "this one a port of its own",
             device);
  else
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be opened as a serial port (Windows error %d): "
                   "unplug the adapter and plug it in again, and see its state "
                   "in the Device Manager",
             device, refusal->error);
}

#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The pty slaves' major numbers (Linux, Documentation/admin-guide/devices.txt:
 * UNIX98 136 .. 143). */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST 143

static const char *reason(int error, char text[128]) {
  if (error == 0)
    snprintf(text, 128, "not supported");
  else if (strerror_r(error, text, 128) != 0)
    snprintf(text, 128, "error %d", error);
  return text;
}

/* ---- which ports there are ---- */

/* A folder of sysfs, a name of at most 255 bytes and what follows. */
#define SYSFS_PATH_MAX 512

/* Serial chips have a fixed number of places, and 0 in `type` where none is. */
static bool empty_place(const char *folder, const char *name) {
  char path[SYSFS_PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s/type", folder, name);
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return false; /* only the serial core's ports have it */
  int digit = fgetc(file);
  fclose(file);
  return digit == '0';
}

/* A tty with hardware behind it: not a console, not a pty. */
static bool real_port(const char *folder, const char *name) {
  char path[SYSFS_PATH_MAX], target[SYSFS_PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  ssize_t n = readlink(path, target, sizeof(target) - 1);
  if (n <= 0)
    return false;
  target[n] = '\0';
  return strstr(target, "/virtual/") == NULL && !empty_place(folder, name);
}

int p1_explain_ports(const char *folder, char *text, size_t size) {
  int count = 0;
  size_t used = 0;
  text[0] = '\0';
  DIR *directory = opendir(folder);
  if (directory == NULL)
    return 0;
  for (struct dirent *entry = readdir(directory); entry != NULL;
       entry = readdir(directory)) {
    if (!real_port(folder, entry->d_name))
      continue;
    int n = snprintf(text + used, size - used, "%s/dev/%s",
                     count == 0 ? "" : ", ", entry->d_name);
    if (n < 0 || (size_t)n >= size - used) {
      text[used] = '\0'; /* no half names */
      break;
    }
    used += (size_t)n;
    count++;
  }
  closedir(directory);
  return count;
}

/* ---- sentences ---- */

static void explain_missing(const struct p1_refusal *refusal,
                            char message[P1_SOURCE_MESSAGE_MAX]) {
  char target[100], ports[120];
  char where[sizeof(target) + 32] = "";
  ssize_t n = readlink(refusal->device, target, sizeof(target) - 1);
  if (n > 0) {
    target[n] = '\0';
    snprintf(where, sizeof(where), " (a link to %s)", target);
  }
  int count = p1_explain_ports("/sys/class/tty", ports, sizeof(ports));
  snprintf(message, P1_SOURCE_MESSAGE_MAX,
           SHOWN "%s is not there: plug the adapter in, or set Device to a "
                 "serial port of this machine (%s)",
           refusal->device, where, count > 0 ? ports : "it has none");
}

/* A name of the user or group database, or its number where it has none. */
static const char *user_name(char text[64]) {
  char room[1024];
  struct passwd entry, *found = NULL;
  if (getpwuid_r(geteuid(), &entry, room, sizeof(room), &found) == 0 &&
      found != NULL)
    snprintf(text, 64, "%s", found->pw_name);
  else
    snprintf(text, 64, "%u", (unsigned)geteuid());
  return text;
}

static const char *group_name(gid_t group, char text[64]) {
  char room[4096]; /* the members are in it; the name stands either way */
  struct group entry, *found = NULL;
  if (getgrgid_r(group, &entry, room, sizeof(room), &found) == 0 &&
      found != NULL)
    snprintf(text, 64, "%s", found->gr_name);
  else
    snprintf(text, 64, "%u", (unsigned)group);
  return text;
}

void p1_explain_permission(const struct p1_refusal *refusal,
                           const struct stat *status, bool allowed,
                           char message[P1_SOURCE_MESSAGE_MAX]) {
  char user[64], group[64];
  user_name(user);
  group_name(status->st_gid, group);
  if (allowed)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN ": the system forbids opening it although owner and mode "
                   "allow it: add it to DeviceAllow= of the systemd unit, or "
                   "to the container's devices",
             refusal->device);
  else if ((status->st_mode & S_IRGRP) != 0 && status->st_gid != 0)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN ": no permission for user %s, the device belongs to group "
                   "%s: type `usermod -aG %s %s` as root and start the "
                   "program again",
             refusal->device, user, group, group, user);
  else
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN ": no permission for user %s, and no group but root may "
                   "read it: a udev rule with GROUP=\"dialout\", "
                   "MODE=\"0660\" gives it to a group that %s can join",
             refusal->device, user, user);
}

/* What the path leads to is no serial port; false when it may be one. */
static bool explain_kind(const struct p1_refusal *refusal,
                         const struct stat *status,
                         char message[P1_SOURCE_MESSAGE_MAX]) {
  const char *what = NULL;
  const char *cure = "set Device to the port's own name, as /dev/ttyUSB0";
  unsigned number = major(status->st_rdev);
  if (S_ISDIR(status->st_mode)) {
    what = "a directory";
  } else if (S_ISREG(status->st_mode)) {
    what = "a regular file";
    cure = "`p1ctl decode` reads telegrams from a file";
  } else if (!S_ISCHR(status->st_mode)) {
    what = "no character device";
  } else if (number >= PTY_MAJOR_FIRST && number <= PTY_MAJOR_LAST) {
    what = "a pseudo-terminal";
    cure = "libserialport opens serial ports only, use the adapter's own "
           "device";
  }
  if (what == NULL)
    return false;
  snprintf(message, P1_SOURCE_MESSAGE_MAX,
           SHOWN " is %s, not a serial port: %s", refusal->device, what, cure);
  return true;
}

static void explain_busy(const struct p1_refusal *refusal,
                         char message[P1_SOURCE_MESSAGE_MAX]) {
  snprintf(message, P1_SOURCE_MESSAGE_MAX,
           SHOWN " is in use by another program, or by another meter: "
                 "`fuser -v " SHOWN "` names it; stop it, because two readers "
                 "of one port get half the bytes each",
           refusal->device, refusal->path);
}

/* It may be a serial port, but does not answer as one. */
static void explain_broken(const struct p1_refusal *refusal,
                           char message[P1_SOURCE_MESSAGE_MAX]) {
  const char *device = refusal->device;
  char text[128];
  switch (refusal->error) {
  case 0:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " is a device, but not a serial port: set Device to the "
                   "port's own name, as /dev/ttyUSB0",
             device);
    return;
  case EIO:
  case ENXIO:
  case ENODEV:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " does not work as a serial port (%s): there is no hardware "
                   "behind this name, or the adapter has to be unplugged and "
                   "plugged in again",
             device, reason(refusal->error, text));
    return;
  default:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be opened as a serial port (%s): libserialport "
                   "takes ports with control lines only, as /dev/ttyUSB0",
             device, reason(refusal->error, text));
  }
}

/* The port was there and did not open. */
static void explain_open(const struct p1_refusal *refusal,
                         char message[P1_SOURCE_MESSAGE_MAX]) {
  const char *device = refusal->device;
  struct stat status;
  if (stat(refusal->path, &status) != 0) {
    explain_missing(refusal, message); /* it went away meanwhile */
    return;
  }
  switch (refusal->error) {
  case EACCES:
  case EPERM:
    p1_explain_permission(
        refusal, &status,
        faccessat(AT_FDCWD, refusal->path, R_OK, AT_EACCESS) == 0, message);
    return;
  case EBUSY:
  case EWOULDBLOCK: /* libserialport locks it from 0.1.2 on */
    explain_busy(refusal, message);
    return;
  case EMFILE:
  case ENFILE:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be opened, file descriptors are used up: raise "
                   "LimitNOFILE= of the systemd unit, or `ulimit -n`",
             device);
    return;
  default:
    break;
  }
  if (!explain_kind(refusal, &status, message))
    explain_broken(refusal, message);
}

static void explain_path(const struct p1_refusal *refusal,
                         char message[P1_SOURCE_MESSAGE_MAX]) {
  char text[128];
  if (refusal->error == ENOENT || refusal->error == ENOTDIR)
    explain_missing(refusal, message);
  else
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be followed to a device (%s): set Device to the "
                   "port's own name, as /dev/ttyUSB0",
             refusal->device, reason(refusal->error, text));
}

void p1_explain(const struct p1_refusal *refusal,
                char message[P1_SOURCE_MESSAGE_MAX]) {
  char text[128];
  switch (refusal->at) {
  case P1_REFUSED_PATH:
    explain_path(refusal, message);
    break;
  case P1_REFUSED_OPEN:
    explain_open(refusal, message);
    break;
  case P1_REFUSED_LOCK:
    explain_busy(refusal, message);
    break;
  case P1_REFUSED_SETTINGS:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " does not take %s (%s): set Speed, Framing and FlowControl "
                   "to what the meter sends and the adapter can do",
             refusal->device, refusal->settings, reason(refusal->error, text));
    break;
  case P1_REFUSED_SPEED:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " was set to %s but runs at %d baud: its driver, or this "
                   "build of libserialport, does not take the speed; use "
                   "another adapter, or a newer libserialport",
             refusal->device, refusal->settings, refusal->actual);
    break;
  case P1_REFUSED_MEMORY:
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " cannot be opened, memory is used up", refusal->device);
    break;
  }
}

#endif
