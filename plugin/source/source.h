/*
 * source.h - where bytes come from.
 *
 * The seam between the reader and a port. A source knows how to open, wait,
 * read and close; it knows nothing of the protocol. The serial port is the one
 * that users have; tests put their own behind the same five functions.
 */
#ifndef P1_SOURCE_H
#define P1_SOURCE_H

#include "stop.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for one sentence that names the device, the reason and the cure. */
#define P1_SOURCE_MESSAGE_MAX 512

/* What p1_source.read and .wait answer besides a count of bytes. */
enum {
  P1_SOURCE_IDLE = 0, /* nothing waits */
  P1_SOURCE_LOST = -1 /* the device is gone: close it */
};

struct p1_source;

struct p1_source_class {
  /* Opens the device. 0, or -1 with a sentence in `message`. */
  int (*open)(struct p1_source *source, char message[P1_SOURCE_MESSAGE_MAX]);
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
};

/* The first member of every source. */
struct p1_source {
  const struct p1_source_class *class;
  long bytes_per_second; /* line speed; 0 where there is none */
};

#endif
