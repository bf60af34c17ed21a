/*
 * sim_pty.h - a pseudo terminal in the place of a meter's line.
 *
 * The meter writes into the master side; readers open the slave by a symbolic
 * link, close it and open it again as they like. Like a line, it takes what is
 * sent whether somebody listens or not, and never makes the meter wait.
 *
 * Not on Windows, where p1_sim_pty_open() says so.
 */
#ifndef P1_SIM_PTY_H
#define P1_SIM_PTY_H

#include <stdbool.h>
#include <stddef.h>

struct p1_sim_pty {
  int master;
  const char *link; /* the caller's; lives as long as the pty */
  char slave[64];
};

/* Opens a pty in raw mode and makes `link` point to its slave. A link that an
 * earlier meter has left behind is replaced; anything else under that name is
 * not touched. Returns NULL, or what went wrong in a few words (static text, or
 * strerror()'s). */
const char *p1_sim_pty_open(struct p1_sim_pty *pty, const char *link);

/* Sends n bytes and returns how many the line took: 0 when nobody has the slave
 * open, fewer than n when the reader is behind. What is not taken is lost. */
size_t p1_sim_pty_write(struct p1_sim_pty *pty, const char *bytes, size_t n);

/* Removes the link, if it is still this meter's, and closes the pty. */
void p1_sim_pty_close(struct p1_sim_pty *pty);

#endif
