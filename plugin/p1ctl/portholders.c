#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* readlink() */
#endif
#include "portholders.h"

#ifndef _WIN32

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A number of /proc is a program's. */
static bool is_number(const char *text) {
  return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The same device under another name, as a container may have it. Only what is
 * in the folder of devices is asked: on a dead file server the answer would
 * never come. */
static bool same_device(const char *path, const char *link, const char *target,
                        const char *dev) {
  struct stat one, other;
  size_t n = strlen(dev);
  return strncmp(target, dev, n) == 0 && target[n] == '/' &&
         stat(path, &one) == 0 && S_ISCHR(one.st_mode) &&
         stat(link, &other) == 0 && S_ISCHR(other.st_mode) &&
         one.st_rdev == other.st_rdev;
}

/* Adds a program once, and whole or not at all. */
static void add_holder(struct p1ctl_port *port, const char *comm,
                       const char *pid) {
  char item[64];
  snprintf(item, sizeof(item), "%.24s (%.10s)", comm, pid);
  size_t used = strlen(port->holders);
  if (strstr(port->holders, item) != NULL ||
      used + strlen(item) + 3 > sizeof(port->holders))
    return;
  snprintf(port->holders + used, sizeof(port->holders) - used, "%s%s",
           used > 0 ? ", " : "", item);
}

/* A program's name, which it may choose freely. */
static void read_comm(const char *proc, const char *pid, char comm[32]) {
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%.200s/%.20s/comm", proc, pid);
  FILE *file = fopen(path, "re");
  comm[0] = '\0';
  if (file != NULL && fgets(comm, 32, file) == NULL)
    comm[0] = '\0';
  if (file != NULL)
    fclose(file);
  comm[strcspn(comm, "\n")] = '\0';
  for (char *at = comm; *at != '\0'; at++)
    if (*at < ' ' || *at > '~')
      *at = '?';
  if (comm[0] == '\0')
    memcpy(comm, "?", 2);
}

static void look_at_link(struct p1ctl_ports *ports,
                         const struct p1ctl_ports_roots *roots,
                         const char *link, const char *pid) {
  char target[PATH_MAX], comm[32];
  ssize_t n = readlink(link, target, sizeof(target) - 1);
  if (n <= 0)
    return;
  target[n] = '\0';
  for (size_t i = 0; i < ports->count; i++) {
    struct p1ctl_port *port = &ports->ports[i];
    if (strcmp(target, port->path) != 0 &&
        !same_device(port->path, link, target, roots->dev))
      continue;
    read_comm(roots->proc, pid, comm);
    add_holder(port, comm, pid);
  }
}

/* False when it may not be looked at; one that has ended meanwhile holds
 * nothing. */
static bool look_at_program(struct p1ctl_ports *ports,
                            const struct p1ctl_ports_roots *roots,
                            const char *pid) {
  char folder[PATH_MAX], link[PATH_MAX + 300];
  snprintf(folder, sizeof(folder), "%.200s/%.20s/fd", roots->proc, pid);
  DIR *directory = opendir(folder);
  if (directory == NULL)
    return errno == ENOENT || errno == ESRCH;
  errno = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (!is_number(entry->d_name))
      continue;
    snprintf(link, sizeof(link), "%s/%s", folder, entry->d_name);
    look_at_link(ports, roots, link, pid);
  }
  closedir(directory);
  return true;
}

bool p1ctl_find_holders(struct p1ctl_ports *ports,
                        const struct p1ctl_ports_roots *roots) {
  bool all = true, first = false;
  DIR *directory = opendir(roots->proc);
  if (directory == NULL)
    return false;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (!is_number(entry->d_name))
      continue;
    first |= strcmp(entry->d_name, "1") == 0;
    all &= look_at_program(ports, roots, entry->d_name);
  }
  closedir(directory);
  return all && first; /* with hidepid= others' are not even listed */
}

#endif
