/*
 * serialstub.h - stands in for libserialport: writes down what it is asked, and
 * answers what the test tells it to. Linked into a test instead of the library;
 * what is not in here the serial source must not call.
 */
#ifndef P1_SERIALSTUB_H
#define P1_SERIALSTUB_H

#include <libserialport.h>

/* What a USB adapter says of itself. */
struct p1_stub_usb {
  const char *name; /* of the port, "/dev/ttyUSB0" */
  int vid, pid;
  const char *serial; /* NULL: it has none */
};

struct p1_stub {
  char calls[2048]; /* one line for each call, in their order */
  /* Answers; zero is what a willing port says. */
  enum sp_return by_name, open, set_config, get_config, flowcontrol;
  enum sp_return new_config, new_events, add_events;
  int error;         /* errno of those that fail */
  int speed;         /* read back; 0: what was set */
  int waiting;       /* bytes; negative: hung up; P1_STUB_ASK: the real ones */
  int waiting_after; /* the same from the second call on, unless 0 */
  int taken;         /* by a read; 0: what was asked for */
  /* What was made and not freed. */
  int ports, configs, sets, handles;
  int handle; /* of the port that was opened last */
  struct p1_stub_usb usb[8];
  /* What the port was last set to. */
  int set_speed, set_bits;
  enum sp_parity set_parity;
  /* Where set, they answer instead of `waiting` and `taken`. */
  int (*on_waiting)(void);
  size_t (*on_read)(void *bytes, size_t n);
  void (*on_flush)(void);
  int refused_bits; /* data bits that set_config() refuses with EINVAL */
};

#define P1_STUB_ASK 100000

extern struct p1_stub p1_stub;

#endif
