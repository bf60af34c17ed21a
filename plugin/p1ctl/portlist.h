/*
 * portlist.h - the serial ports of this machine, and who may use them.
 *
 * No port is opened to look at it: that raises control lines, also under
 * another program.
 */
#ifndef P1CTL_PORTLIST_H
#define P1CTL_PORTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A serial server has up to 64 ports; one machine with two of them. */
#define P1CTL_PORTS_MAX 128

/* Whether the caller may open a port for reading. */
enum p1ctl_access {
  P1CTL_ACCESS_UNKNOWN, /* on Windows */
  P1CTL_ACCESS_YES,
  P1CTL_ACCESS_LOGIN,  /* in the group, but this session began before that */
  P1CTL_ACCESS_GROUP,  /* the group may, the caller is not in it */
  P1CTL_ACCESS_NOBODY, /* root only */
  P1CTL_ACCESS_ABSENT  /* the system knows it, but has no node for it */
};

/* Texts of USB adapters are theirs, but for what is not printable. Empty where
 * there is nothing to tell. */
struct p1ctl_port {
  char path[128];  /* "/dev/ttyUSB0", "COM5" */
  char by_id[256]; /* the name in /dev/serial/by-id that stays */
  bool usb;
  uint16_t vid, pid; /* when usb */
  char serial[64];   /* the adapter's, not the meter's */
  char product[96];
  char driver[32];
  char group[64];
  char holders[160]; /* "collectd (812), minicom (1033)" */
  enum p1ctl_access access;
};

struct p1ctl_ports {
  struct p1ctl_port ports[P1CTL_PORTS_MAX]; /* USB first, then by name */
  size_t count;
  size_t more;        /* that found no room */
  char user[64];      /* the caller's name, or number */
  bool holders_known; /* all programs could be looked at; else a port without
                         holders may have some */
};

/* Where to look; /sys, /dev and /proc but in tests. */
struct p1ctl_ports_roots {
  const char *sys, *dev, *proc;
};

/* Fills `ports`. False, with errno, when the system does not tell of its
 * ports. The roots mean nothing on Windows. */
bool p1ctl_ports_list(struct p1ctl_ports *ports,
                      const struct p1ctl_ports_roots *roots);

#endif
