/*
 * net.h - a TCP socket that reads, whose every wait ends when the stop handle
 * is raised. The operating systems' differences end here: errors are those of
 * <errno.h> on all of them.
 */
#ifndef P1_NET_H
#define P1_NET_H

#include "stop.h"

#include <stdint.h>

#ifdef _WIN32
#include <winsock2.h>
/* After it. */
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <sys/socket.h>
#endif

/* What p1_net_connect() answers besides errors. */
#define P1_NET_CONNECTED 0
#define P1_NET_STOPPED (-1)

struct p1_net {
  bool is_open;
#ifdef _WIN32
  SOCKET _socket;
  WSAEVENT _event;
  int _connect_error;
#else
  int _socket;
#endif
};

/* To be called before all others, as often as you like. */
void p1_net_begin(void);

/* Connects a socket that is closed: close-on-exec, with keep-alive. Returns
 * CONNECTED, STOPPED, or the error, ETIMEDOUT after timeout_ms; the socket is
 * open with CONNECTED only. */
int p1_net_connect(struct p1_net *net, const struct addrinfo *address,
                   struct p1_stop *stop, int timeout_ms);

/* Waits until there may be something to receive, `stop` is raised or timeout_ms
 * are over, and returns the number of bytes that wait. */
int p1_net_wait(struct p1_net *net, struct p1_stop *stop, int timeout_ms);

/* Receives at most n bytes without blocking, or with `look` leaves them where
 * they are. Returns their number, 0 at the end of the connection, or -1 with
 * *error, which is 0 when there is nothing yet. */
int p1_net_receive(struct p1_net *net, char *bytes, size_t n, bool look,
                   int *error);

/* Closes it; nothing when it is closed already. */
void p1_net_close(struct p1_net *net);

/* A clock that is never set, in ms. */
int64_t p1_net_now_ms(void);

/* The system's own words for an error. Returns `text`. */
const char *p1_net_words(int error, char text[80]);

#endif
