/*
 * seriallist.h - the ports that libserialport lists, where its list opens none.
 *
 * On Linux it opens the built-in ones to look at them, which raises their
 * control lines; there the system's own folders tell the same.
 */
#ifndef P1_SERIALLIST_H
#define P1_SERIALLIST_H

#include <stdbool.h>

/* Texts are NULL where there is none, and last during the call only. */
struct p1_seriallist_port {
  const char *name; /* "COM5" */
  bool usb;
  int vid, pid; /* when usb */
  const char *serial, *product;
};

/* Calls `take` with each port; false when there is no list. Only on Windows. */
bool p1_seriallist(void (*take)(void *whose,
                                const struct p1_seriallist_port *port),
                   void *whose);

#endif
