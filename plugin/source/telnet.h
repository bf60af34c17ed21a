/*
 * telnet.h - takes a telnet server's own words out of what it carries.
 *
 * Half of the serial servers out there speak telnet on their port: they open
 * with "IAC WILL ECHO" and the like, and double each 0xFF of the meter. The
 * others are raw, and there a 0xFF is the meter's own: Hungarian texts hold a
 * thousand in a row. Nobody tells which it is, so the bytes must.
 */
#ifndef P1_TELNET_H
#define P1_TELNET_H

#include <stdbool.h>
#include <stddef.h>

/* One connection. Zero it to begin. */
struct p1_telnet {
  unsigned _state;   /* inside of what the next byte stands */
  unsigned _dropped; /* bytes of this subnegotiation */
  bool _negotiated;  /* it is a telnet server, no raw one */
};

/* Copies n bytes to `out` without commands. Returns how many are left: at most
 * n + 1, because a 0xFF is held back until its next byte tells what it is.
 * `out` may be the byte before `bytes`. */
size_t p1_telnet_filter(struct p1_telnet *telnet, const char *bytes, size_t n,
                        char *out);

#endif
