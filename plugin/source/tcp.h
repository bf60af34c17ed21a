/*
 * tcp.h - a serial server in the network as a source: ser2net, a P1 adapter
 * with Wi-Fi, a simulator.
 *
 * Connects when it is opened, to each of the host's addresses in turn; reads,
 * and never says a word. Telnet commands are taken out (telnet.h). A connection
 * that is dead without a sign, as after a power cut, is noticed and lost.
 */
#ifndef P1_TCP_H
#define P1_TCP_H

#include "source.h"

#include <stdbool.h>

/* The form of a Device that is ours, for messages. */
#define P1_TCP_FORM "tcp://HOST:PORT"

struct p1_tcp_options {
  const char *device; /* tcp://host:port, tcp://192.0.2.7:2001,
                         tcp://[2001:db8::7]:2001, tcp://[fe80::7%eth0]:2001 */
  int connect_ms;     /* for the name, then for each address; 0: ten seconds */
  int silence_ms;     /* without a byte until it is lost; 0: one minute */
};

/* True when a Device begins with tcp://, in either case: it is for us. */
bool p1_tcp_is_address(const char *device);

/* True when such a Device has a host and a port and nothing else. What is wrong
 * with it otherwise, opening it tells. */
bool p1_tcp_is_valid(const char *device);

/* Makes a source of the options, the device copied; it opens nothing yet. NULL
 * when out of memory. Its read() wants room for 2 bytes at least. */
struct p1_source *p1_tcp_create(const struct p1_tcp_options *options);

#endif
