/*
 * serialusb.h - a USB adapter's port, by what the adapter says of itself.
 *
 * "usb:0403:6001" names the vendor and product, "usb:A50285BI" the adapter's
 * serial number. Neither changes when the port gets another number.
 */
#ifndef P1_SERIALUSB_H
#define P1_SERIALUSB_H

#include "source.h"

#include <stdbool.h>

/* A port's name: "/dev/" and a file's name of at most 255 bytes. */
#define P1_SERIALUSB_PATH_MAX 264

/* True for a device that begins like these names. */
bool p1_serialusb_named(const char *device);

/* Looks for the one port that the name fits, opening none: that would raise
 * control lines, also under another program. Returns how many it fits; its path
 * is in `path` when that is 1. Otherwise a sentence is in `message`, unless
 * that is NULL. `folder` is NULL but in tests, where it stands for
 * /sys/class/tty. */
int p1_serialusb_find(const char *device, const char *folder,
                      char path[P1_SERIALUSB_PATH_MAX],
                      char message[P1_SOURCE_MESSAGE_MAX]);

#endif
