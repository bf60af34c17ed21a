/*
 * explain.h - why a serial device was refused, in one sentence.
 *
 * libserialport gives no text for most refusals ("invalid arguments" for a
 * symlink, a pty, a directory and a device that is not there), so the device is
 * looked at after the refusal and told from what is found. Nothing is opened:
 * opening a port raises its control lines, also under another program.
 */
#ifndef P1_EXPLAIN_H
#define P1_EXPLAIN_H

#include "source.h"

#include <stdbool.h>

/* What was being done when the device refused. */
enum p1_refused {
  P1_REFUSED_PATH,     /* following the path to the device */
  P1_REFUSED_OPEN,     /* finding or opening the port */
  P1_REFUSED_LOCK,     /* locking it */
  P1_REFUSED_SETTINGS, /* setting speed, framing and the rest */
  P1_REFUSED_SPEED,    /* `actual` is what it runs at */
  P1_REFUSED_MEMORY    /* there was none left */
};

struct p1_refusal {
  enum p1_refused at;
  int error;            /* the system's number for it; 0 when there is none */
  const char *device;   /* as configured */
  const char *path;     /* the device that it leads to; NULL when to none */
  const char *settings; /* "115200 8N1" */
  int actual;           /* baud, for P1_REFUSED_SPEED */
  const char *ports;    /* the ports that there are, where the caller knows
                           better than the system's own list; may be NULL */
};

/* Writes one sentence: the device, the reason, the cure. */
void p1_explain(const struct p1_refusal *refusal,
                char message[P1_SOURCE_MESSAGE_MAX]);

#ifndef _WIN32
#include <sys/stat.h>

/* The sentence for a device that may not be opened for reading. `allowed` says
 * that its owner, group and mode would allow it, so that something else must
 * forbid it. */
void p1_explain_permission(const struct p1_refusal *refusal,
                           const struct stat *status, bool allowed,
                           char message[P1_SOURCE_MESSAGE_MAX]);

/* Writes the serial ports that the system knows ("/dev/ttyUSB0, /dev/ttyS0")
 * and returns how many there are. `folder` is /sys/class/tty but in tests.
 * Virtual terminals and the places of serial chips that are not there are left
 * out. */
int p1_explain_ports(const char *folder, char *text, size_t size);
#endif

#endif
