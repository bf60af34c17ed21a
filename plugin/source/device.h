/*
 * device.h - the ways to name where a meter is plugged in, and the source for
 * each: a serial port by its path or COM name, a USB adapter by what it says of
 * itself (serialusb.h), a serial server in the network (tcp.h).
 */
#ifndef P1_DEVICE_H
#define P1_DEVICE_H

#include "serial.h"

#include <stdbool.h>

/* The ways, for messages. */
#ifdef _WIN32
#define P1_DEVICE_PORT "the name of a port, like \"COM5\""
#else
#define P1_DEVICE_PORT "the full path of a port, like \"/dev/ttyUSB0\""
#endif
#define P1_DEVICE_CHOICES                                                      \
  P1_DEVICE_PORT                                                               \
  ", a USB adapter, like \"usb:0403:6001\", or a serial server, like "         \
  "\"tcp://192.168.1.20:2001\""

/* True when it is written in one of the ways; nothing is looked for. */
bool p1_device_allowed(const char *device);

/* What it leads to, so that two names of one port can be told; itself where it
 * leads nowhere yet. The caller frees it; NULL when out of memory. */
char *p1_device_port(const char *device);

/* True when two answers of p1_device_port() are one. */
bool p1_device_same(const char *one, const char *other);

/* Makes the source for options->device; of a way without a line the other
 * options mean nothing. Strings are copied; nothing is opened yet. NULL when
 * out of memory. */
struct p1_source *p1_device_create(const struct p1_serial_options *options);

#endif
