/*
 * The problem: libserialport lists ports with what their USB adapters say of
 * themselves, but on Linux its list opens every built-in port to look at it,
 * which raises the control lines of ports that others use.
 *
 * The policy: there, the names of the ports that hang on USB are taken from the
 * system's own folder, and the library is asked about each, which it answers
 * without opening it. On Windows its list opens nothing.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* readlink(), strcasecmp() */
#endif

#include "serialusb.h"

#include <libserialport.h>

#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#define p1_strcasecmp _stricmp
#define p1_strncasecmp _strnicmp
#else
#include <dirent.h>
#include <strings.h>
#include <unistd.h>
#define p1_strcasecmp strcasecmp
#define p1_strncasecmp strncasecmp
#endif

#define PREFIX "usb:"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

/* Of a name and of the ports in a message; the words need 200 of its bytes. */
#define SHOWN "%.100s"
#define LIST_MAX 200

struct search {
  const char *wanted; /* behind "usb:" */
  int found;
  char *path;           /* of the first one found */
  char fits[LIST_MAX];  /* names of those found */
  char there[LIST_MAX]; /* every USB port and what it is called here */
};

bool p1_serialusb_named(const char *device) {
  return p1_strncasecmp(device, PREFIX, PREFIX_LENGTH) == 0;
}

/* Appends what fits as a whole. */
static void list(char text[LIST_MAX], const char *item) {
  size_t used = strlen(text), n = strlen(item);
  if (used + n + 3 > LIST_MAX)
    return;
  snprintf(text + used, LIST_MAX - used, "%s%s", used > 0 ? ", " : "", item);
}

static void look_at(struct search *search, struct sp_port *port,
                    const char *name) {
  int vid = 0, pid = 0;
  if (sp_get_port_transport(port) != SP_TRANSPORT_USB ||
      sp_get_port_usb_vid_pid(port, &vid, &pid) != SP_OK)
    return;
  const char *serial = sp_get_port_usb_serial(port);
  char ids[16], item[LIST_MAX];
  snprintf(ids, sizeof(ids), "%04x:%04x", (unsigned)vid & 0xffff,
           (unsigned)pid & 0xffff);
  snprintf(item, sizeof(item), "%.60s is usb:%s%s%.60s", name, ids,
           serial != NULL ? " or usb:" : "", serial != NULL ? serial : "");
  list(search->there, item);
  if (p1_strcasecmp(search->wanted, ids) != 0 &&
      (serial == NULL || p1_strcasecmp(search->wanted, serial) != 0))
    return;
  if (search->found++ == 0)
    snprintf(search->path, P1_SERIALUSB_PATH_MAX, "%s", name);
  list(search->fits, name);
}

#ifdef _WIN32

static void look(struct search *search, const char *folder) {
  (void)folder;
  struct sp_port **ports = NULL;
  if (sp_list_ports(&ports) != SP_OK)
    return;
  for (size_t i = 0; ports[i] != NULL; i++)
    look_at(search, ports[i], sp_get_port_name(ports[i]));
  sp_free_port_list(ports);
}

#else

/* The folder holds links into the tree of devices. */
static bool on_usb(const char *folder, const char *name) {
  char path[512], target[512];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  ssize_t n = readlink(path, target, sizeof(target) - 1);
  if (n <= 0)
    return false;
  target[n] = '\0';
  return strstr(target, "/usb") != NULL;
}

static void look(struct search *search, const char *folder) {
  DIR *directory = opendir(folder != NULL ? folder : "/sys/class/tty");
  if (directory == NULL)
    return;
  for (struct dirent *entry = readdir(directory); entry != NULL;
       entry = readdir(directory)) {
    char name[P1_SERIALUSB_PATH_MAX];
    struct sp_port *port = NULL;
    snprintf(name, sizeof(name), "/dev/%s", entry->d_name);
    if (!on_usb(folder != NULL ? folder : "/sys/class/tty", entry->d_name) ||
        sp_get_port_by_name(name, &port) != SP_OK)
      continue;
    look_at(search, port, name);
    sp_free_port(port);
  }
  closedir(directory);
}

#endif

int p1_serialusb_find(const char *device, const char *folder,
                      char path[P1_SERIALUSB_PATH_MAX],
                      char message[P1_SOURCE_MESSAGE_MAX]) {
  struct search search = {.wanted = device + PREFIX_LENGTH, .path = path};
  look(&search, folder);
  if (message == NULL || search.found == 1)
    return search.found;
  if (search.found > 1)
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " fits %d ports (%s): set Device to the serial number of "
                   "one, or to its name in /dev/serial/by-path",
             device, search.found, search.fits);
  else
    snprintf(message, P1_SOURCE_MESSAGE_MAX,
             SHOWN " is not there: plug the adapter in, or set Device to "
                   "another USB port of this machine (%s)",
             device, search.there[0] != '\0' ? search.there : "it has none");
  return search.found;
}
