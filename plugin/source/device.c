#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath(), strdup(), strcasecmp() */
#endif

#include "device.h"

#include "serialusb.h"
#include "tcp.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define p1_strcasecmp _stricmp
#else
#include <strings.h>
#define p1_strcasecmp strcasecmp
#endif

bool p1_device_allowed(const char *device) {
  if (p1_serialusb_named(device))
    return strlen(device) > strlen("usb:");
  if (p1_tcp_is_address(device))
    return p1_tcp_is_valid(device);
#ifdef _WIN32
  return device[0] != '\0';
#else
  /* The daemon works in BaseDir, where nobody means a port to be. */
  return device[0] == '/';
#endif
}

char *p1_device_port(const char *device) {
#ifdef _WIN32
  if (strncmp(device, "\\\\.\\", 4) == 0)
    device += 4;
#else
  char *path = device[0] == '/' ? realpath(device, NULL) : NULL;
  if (path != NULL)
    return path;
#endif
  return strdup(device);
}

bool p1_device_same(const char *one, const char *other) {
#ifndef _WIN32
  if (one[0] == '/')
    return strcmp(one, other) == 0;
#endif
  return p1_strcasecmp(one, other) == 0;
}

struct p1_source *p1_device_create(const struct p1_serial_options *options) {
  if (!p1_tcp_is_address(options->device))
    return p1_serial_create(options);
  const struct p1_tcp_options tcp = {.device = options->device};
  return p1_tcp_create(&tcp);
}
