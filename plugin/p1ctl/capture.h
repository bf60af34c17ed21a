/*
 * capture.h - bytes that were captured, or that another program passes on, as a
 * source: a file, a pipe, standard input or a pseudo terminal.
 *
 * A diagnosis wants to know when bytes came. A file does not tell, and a pipe
 * may bring an hour at once; so a capture has a clock of its own, on which they
 * come as from a meter: no faster than a line brings them, with a rest before
 * each telegram, which begin one second apart.
 */
#ifndef P1CTL_CAPTURE_H
#define P1CTL_CAPTURE_H

#include "source.h"

#include <stdint.h>

/* Bytes read() gives at most: 90 ms of the capture's clock, well below what a
 * diagnosis takes for a rest. */
#define P1CTL_CAPTURE_PORTION 1024

/* Makes a source of a path, or of standard input for "-"; it opens nothing yet.
 * `path` stays the caller's and has to last. NULL when out of memory. Its end
 * is LOST; `lost` is NULL where that is the end and nothing more. */
struct p1_source *p1ctl_capture_create(const char *path);

/* True for what is to be read so: a file, a pipe, a pseudo terminal, "-". Other
 * devices, and what is not there, are for p1_device_create(). */
bool p1ctl_capture_is(const char *path);

/* When what was read last came, in ms, `real_ms` being the time now. It never
 * goes back, and for a file does not depend on the time now. */
int64_t p1ctl_capture_ms(struct p1_source *source, int64_t real_ms);

/* True for a file, which holds all that there is to come: no time limit. */
bool p1ctl_capture_is_file(const struct p1_source *source);

#endif
