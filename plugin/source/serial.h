/*
 * serial.h - a serial port as a source, through libserialport.
 *
 * The port is opened for reading, close-on-exec, exclusive and locked, set as
 * told, with what waited in it thrown away: a late reader would be handed the
 * oldest bytes. When it refuses, one sentence names the device, the reason and
 * the cure.
 */
#ifndef P1_SERIAL_H
#define P1_SERIAL_H

#include "source.h"

#include <stdbool.h>

enum p1_flowcontrol {
  P1_FLOWCONTROL_NONE, /* right for every P1 port */
  P1_FLOWCONTROL_XONXOFF,
  P1_FLOWCONTROL_RTSCTS,
  P1_FLOWCONTROL_COUNT
};

struct p1_serial_options {
  const char *device; /* path, symlink, COM name, or a name of
                         serialusb.h */
  int speed;          /* baud */
  enum p1_framing framing;
  enum p1_flowcontrol flowcontrol;
  bool rts, dtr; /* true: raised while the port is open, as cables want that
                    feed the meter's data request line from them */
};

/* What P1 ports use since DSMR 4. */
#define P1_SERIAL_SPEED 115200

/* Makes a source of the options, strings copied; it opens nothing yet. NULL
 * when out of memory. */
struct p1_source *p1_serial_create(const struct p1_serial_options *options);

/* Reads "8N1", "7e1" and so on; false and *framing untouched for others. */
bool p1_framing_parse(const char *text, enum p1_framing *framing);

/* "8N1" and so on; never NULL. */
const char *p1_framing_name(enum p1_framing framing);

/* Reads "none", "xonxoff" or "rtscts", in either case; false and *flowcontrol
 * untouched for others. */
bool p1_flowcontrol_parse(const char *text, enum p1_flowcontrol *flowcontrol);

/* True for the usual speeds from 300 to 921600 baud. */
bool p1_speed_usual(int speed);

/* The choices above as texts for messages. */
#define P1_FRAMING_CHOICES "8N1, 7E1, 8E1, 7N1, 8O1, 7O1, 8N2 or 7E2"
#define P1_FLOWCONTROL_CHOICES "none, xonxoff or rtscts"

#endif
