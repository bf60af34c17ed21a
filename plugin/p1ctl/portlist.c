/*
 * The problem: libserialport lists ports with all that is wanted here, but on
 * Linux opens the built-in ones to do so; and it does not tell who may open a
 * port and who has done so.
 *
 * The policy: there, everything is read from /sys, /dev and /proc, and nothing
 * is opened but files of text. What cannot be seen is said to be unknown. On
 * Windows the library's list opens nothing and is taken as it is.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* realpath(), major() */
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "portlist.h"

#include "portholders.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies what can be shown; the rest becomes '?'. */
static void copy_text(char *to, size_t size, const char *from) {
  size_t used = 0;
  while (*from != '\0') {
    size_t n = p1ctl_utf8(from, strlen(from));
    bool shown = n > 0 && p1ctl_printable(from, n);
    if (used + (shown ? n : 1) >= size)
      break;
    if (shown)
      memcpy(to + used, from, n);
    else
      to[used] = '?';
    used += shown ? n : 1;
    from += n > 0 ? n : 1;
  }
  to[used] = '\0';
}

/* ---- order ---- */

/* Characters before the number at the end. */
static size_t before_number(const char *name) {
  size_t n = strlen(name);
  while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
    n--;
  return n;
}

/* "ttyUSB2" before "ttyUSB10". */
static int compare_names(const char *one, const char *other) {
  size_t one_text = before_number(one);
  size_t other_text = before_number(other);
  if (one_text != other_text || memcmp(one, other, one_text) != 0)
    return strcmp(one, other);
  unsigned long a = strtoul(one + one_text, NULL, 10);
  unsigned long b = strtoul(other + other_text, NULL, 10);
  return a == b ? strcmp(one, other) : a < b ? -1 : 1;
}

static int compare(const void *one, const void *other) {
  const struct p1ctl_port *a = one, *b = other;
  if (a->usb != b->usb)
    return a->usb ? -1 : 1;
  return compare_names(a->path, b->path);
}

static void sort(struct p1ctl_ports *ports) {
  qsort(ports->ports, ports->count, sizeof(ports->ports[0]), compare);
}

/* Room for one more, or NULL. */
static struct p1ctl_port *add(struct p1ctl_ports *ports) {
  if (ports->count == P1CTL_PORTS_MAX) {
    ports->more++;
    return NULL;
  }
  struct p1ctl_port *port = &ports->ports[ports->count++];
  memset(port, 0, sizeof(*port));
  return port;
}

#ifdef _WIN32

#include "source/seriallist.h"

static void take(void *whose, const struct p1_seriallist_port *found) {
  struct p1ctl_port *port = add(whose);
  if (port == NULL)
    return;
  copy_text(port->path, sizeof(port->path), found->name);
  port->usb = found->usb;
  port->vid = (uint16_t)found->vid;
  port->pid = (uint16_t)found->pid;
  if (found->serial != NULL)
    copy_text(port->serial, sizeof(port->serial), found->serial);
  if (found->product != NULL)
    copy_text(port->product, sizeof(port->product), found->product);
}

bool p1ctl_ports_list(struct p1ctl_ports *ports,
                      const struct p1ctl_ports_roots *roots) {
  (void)roots;
  memset(ports, 0, sizeof(*ports));
  if (!p1_seriallist(take, ports))
    return false;
  sort(ports);
  return true;
}

#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Joins up to four pieces; false when they do not fit. */
static bool join(char path[PATH_MAX], const char *a, const char *b,
                 const char *c, const char *d) {
  int n = snprintf(path, PATH_MAX, "%s%s%s%s", a, b, c, d);
  return n >= 0 && n < PATH_MAX;
}

/* ---- /sys ---- */

/* The first line of a file there, without its end. */
static bool read_line(const char *folder, const char *name, char *text,
                      size_t size) {
  char path[PATH_MAX], line[256] = "";
  FILE *file = join(path, folder, "/", name, "") ? fopen(path, "re") : NULL;
  if (file == NULL)
    return false;
  bool read = fgets(line, sizeof(line), file) != NULL;
  fclose(file);
  line[strcspn(line, "\n")] = '\0';
  copy_text(text, size, line);
  return read;
}

static uint16_t read_hex(const char *folder, const char *name) {
  char text[16] = "";
  read_line(folder, name, text, sizeof(text));
  return (uint16_t)strtoul(text, NULL, 16);
}

static bool last_of_link(const char *folder, const char *name, char *text,
                         size_t size) {
  char path[PATH_MAX], target[PATH_MAX];
  if (!join(path, folder, "/", name, ""))
    return false;
  ssize_t n = readlink(path, target, sizeof(target) - 1);
  if (n <= 0)
    return false;
  target[n] = '\0';
  const char *slash = strrchr(target, '/');
  copy_text(text, size, slash != NULL ? slash + 1 : target);
  return true;
}

/* Goes up from a port's device through all that it hangs on. Newer kernels put
 * "ctrl" and "port" between a built-in port and its chip. */
static void look_up(struct p1ctl_port *port, const char *device) {
  char at[PATH_MAX];
  if (!join(at, device, "", "", ""))
    return;
  for (char *slash; (slash = strrchr(at, '/')) != NULL && slash != at;
       *slash = '\0') {
    char driver[32] = "";
    if (port->driver[0] == '\0' &&
        last_of_link(at, "driver", driver, sizeof(driver)) &&
        strcmp(driver, "port") != 0 && strcmp(driver, "ctrl") != 0)
      memcpy(port->driver, driver, sizeof(driver));
    char id[16];
    if (!read_line(at, "idVendor", id, sizeof(id)))
      continue;
    port->usb = true;
    port->vid = read_hex(at, "idVendor");
    port->pid = read_hex(at, "idProduct");
    read_line(at, "serial", port->serial, sizeof(port->serial));
    read_line(at, "product", port->product, sizeof(port->product));
    return;
  }
}

/* A tty with hardware behind it: not a console or a pty, and not the place of a
 * serial chip that is not there. On success its folder is in `device`. */
static bool is_port(const char *folder, const char *name,
                    char device[PATH_MAX]) {
  char path[PATH_MAX], type[8] = "";
  if (name[0] == '.' || !join(path, folder, "/", name, ""))
    return false;
  if (realpath(path, device) == NULL || strstr(device, "/virtual/") != NULL)
    return false;
  if (read_line(path, "type", type, sizeof(type)) && strcmp(type, "0") == 0)
    return false;
  return join(path, folder, "/", name, "/device") &&
         realpath(path, device) != NULL;
}

/* ---- /dev ---- */

/* The name that stays, of the links in /dev/serial/by-id. */
static void find_by_id(struct p1ctl_port *port, const char *dev,
                       const char *name) {
  char folder[PATH_MAX], target[256];
  DIR *directory =
      join(folder, dev, "/serial/by-id", "", "") ? opendir(folder) : NULL;
  if (directory == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (!last_of_link(folder, entry->d_name, target, sizeof(target)) ||
        strcmp(target, name) != 0)
      continue;
    char path[PATH_MAX];
    if (join(path, folder, "/", entry->d_name, ""))
      copy_text(port->by_id, sizeof(port->by_id), path);
    break;
  }
  closedir(directory);
}

/* The caller's name, or its number where it has none. */
static void name_user(char *text, size_t size) {
  const struct passwd *entry = getpwuid(geteuid());
  if (entry != NULL)
    copy_text(text, size, entry->pw_name);
  else
    snprintf(text, size, "%u", (unsigned)geteuid());
}

/* Whether the caller was put into the group, maybe after logging in. */
static bool is_member(const struct group *group, const char *user) {
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (strcmp(*member, user) == 0)
      return true;
  return false;
}

static void look_at_node(struct p1ctl_port *port, const char *user) {
  struct stat status;
  if (stat(port->path, &status) != 0) {
    port->access = P1CTL_ACCESS_ABSENT;
    return;
  }
  const struct group *group = getgrgid(status.st_gid);
  if (group != NULL)
    copy_text(port->group, sizeof(port->group), group->gr_name);
  else
    snprintf(port->group, sizeof(port->group), "%u", (unsigned)status.st_gid);
  if (faccessat(AT_FDCWD, port->path, R_OK, AT_EACCESS) == 0)
    port->access = P1CTL_ACCESS_YES;
  else if ((status.st_mode & S_IRGRP) == 0 || status.st_gid == 0)
    port->access = P1CTL_ACCESS_NOBODY;
  else if (group != NULL && is_member(group, user))
    port->access = P1CTL_ACCESS_LOGIN;
  else
    port->access = P1CTL_ACCESS_GROUP;
}

/* ---- all of it ---- */

bool p1ctl_ports_list(struct p1ctl_ports *ports,
                      const struct p1ctl_ports_roots *roots) {
  char folder[PATH_MAX], device[PATH_MAX];
  memset(ports, 0, sizeof(*ports));
  name_user(ports->user, sizeof(ports->user));
  errno = ENAMETOOLONG;
  DIR *directory =
      join(folder, roots->sys, "/class/tty", "", "") ? opendir(folder) : NULL;
  if (directory == NULL)
    return false;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (!is_port(folder, entry->d_name, device))
      continue;
    struct p1ctl_port *port = add(ports);
    if (port == NULL)
      continue;
    snprintf(port->path, sizeof(port->path), "%.90s/%.31s", roots->dev,
             entry->d_name);
    look_up(port, device);
    find_by_id(port, roots->dev, entry->d_name);
    look_at_node(port, ports->user);
  }
  closedir(directory);
  sort(ports);
  ports->holders_known = p1ctl_find_holders(ports, roots);
  return true;
}

#endif
