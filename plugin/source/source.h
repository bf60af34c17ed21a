/*
 * source.h - where bytes come from.
 *
 * The seam between the reader and a port. A source knows how to open, wait,
 * read and close; it knows nothing of the protocol. The serial port is the one
 * that users have; tests put their own behind the same functions.
 */
#ifndef P1_SOURCE_H
#define P1_SOURCE_H

#include "stop.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for one sentence that names the device, the reason and the cure. */
#define P1_SOURCE_MESSAGE_MAX 512

/* Data bits, parity, stop bits of a serial line. */
enum p1_framing {
  P1_FRAMING_8N1, /* DSMR 4 and later, e-MUCS, all newer dialects */
  P1_FRAMING_7E1, /* DSMR 2.2 and 3.0 */
  P1_FRAMING_8E1,
  P1_FRAMING_7N1,
  P1_FRAMING_8O1,
  P1_FRAMING_7O1,
  P1_FRAMING_8N2,
  P1_FRAMING_7E2,
  P1_FRAMING_COUNT
};

/* What p1_source.read and .wait answer besides a count of bytes. */
enum {
  P1_SOURCE_IDLE = 0, /* nothing waits */
  P1_SOURCE_LOST = -1 /* the device is gone: close it */
};

struct p1_source;

struct p1_source_class {
  /* Opens the device. 0, or -1 with a sentence in `message`. What has to be
   * waited for ends when `stop` is raised: -1, and no sentence. */
  int (*open)(struct p1_source *source, struct p1_stop *stop,
              char message[P1_SOURCE_MESSAGE_MAX]);
  /* Waits until bytes wait, `stop` is raised, or `timeout_ms` are over.
   * Returns the number of bytes that wait, IDLE or LOST. It may return IDLE
   * early; the caller bounds the loop. */
  int (*wait)(struct p1_source *source, struct p1_stop *stop, int timeout_ms);
  /* Reads at most n bytes of those that wait, without blocking. Returns their
   * number, IDLE or LOST. */
  int (*read)(struct p1_source *source, char *bytes, size_t n);
  /* Closes what open() opened; nothing when it is closed already. */
  void (*close)(struct p1_source *source);
  /* Closes and frees. NULL is allowed. */
  void (*destroy)(struct p1_source *source);
  /* True while the device is there to be opened (its node exists). */
  bool (*present)(struct p1_source *source);
  /* Sets speed (baud) and framing: of a closed port for its next open, of an
   * open one at once, and what waited in it is thrown away. True, or false when
   * the port does not take them; it stays open then, as it was or between the
   * two, and wants others. NULL where there is no line to set. */
  bool (*tune)(struct p1_source *source, int speed, enum p1_framing framing);
};

/* The first member of every source. */
struct p1_source {
  const struct p1_source_class *class;
  long bytes_per_second; /* line speed; 0 where there is none */
  const char *lost; /* after LOST: a sentence with the reason, the source's;
                       NULL when it knows none */
};

#endif
