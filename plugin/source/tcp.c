/*
 * The problem: in a network everything may hang: the name server, the connect
 * to a host that is off, the connection whose other end lost its power. Each
 * takes minutes to tell, and the daemon wants to end within a second.
 *
 * The policy: nothing blocks but waits that the stop handle ends. Looking up
 * the name and connecting have limits of their own. A connection that has been
 * silent for longer than any meter is, is given up. Bytes that came before the
 * end of a connection are read first; then the end is told with its reason. A
 * host that gives no sign of life counts as absent, so that it is tried less
 * and less often.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* getaddrinfo() */
#endif

#include "tcp.h"

#include "lookup.h"
#include "net.h"
#include "telnet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Linux sends a connect's first packet at 0, 1, 3 and 7 s: three of them may be
 * lost on a bad radio link. */
#define CONNECT_MS 10000

/* Six times the pace of the slowest meter, 10 s, so that five telegrams in a
 * row may be lost; and later than keep-alive tells, whose reason says more. */
#define SILENCE_MS 60000

/* Closed sooner than the fastest meter speaks: we are not wanted now. */
#define BRIEF_MS 1000

/* Longest texts of a host (RFC 1035: 253 bytes) and a port. */
#define HOST_MAX_LENGTH 253
#define PORT_MAX_LENGTH 5

/* Of a device and a host; longer ones are cut so that the cure still fits. */
#define SHOWN "%.120s"
#define HOST_SHOWN "\"%.80s\""

struct p1_tcp {
  struct p1_source source; /* first */
  int connect_ms, silence_ms;
  struct p1_net net;
  int64_t opened_ms, heard_ms; /* monotonic; the last byte, or the opening */
  bool absent;                 /* no sign of life at the last try */
  struct p1_telnet telnet;
  struct p1_lookup *lookup;           /* NULL when none goes on */
  char reason[P1_SOURCE_MESSAGE_MAX]; /* why it was lost */
  char host[HOST_MAX_LENGTH + 1], port[PORT_MAX_LENGTH + 1];
  char device[];
};

/* ---- the address ---- */

bool p1_tcp_is_address(const char *device) {
  for (const char *scheme = "tcp://"; *scheme != '\0'; scheme++, device++) {
    char lower =
        (char)(*device >= 'A' && *device <= 'Z' ? *device + 32 : *device);
    if (lower != *scheme)
      return false;
  }
  return true;
}

/* A number from 1 to 65535 and nothing else. */
static bool parse_port(const char *text, char port[PORT_MAX_LENGTH + 1]) {
  size_t length = strlen(text);
  if (length == 0 || length > PORT_MAX_LENGTH ||
      strspn(text, "0123456789") != length)
    return false;
  memcpy(port, text, length + 1);
  long number = strtol(text, NULL, 10);
  return number >= 1 && number <= 65535;
}

static bool parse(const char *device, char host[HOST_MAX_LENGTH + 1],
                  char port[PORT_MAX_LENGTH + 1]) {
  if (!p1_tcp_is_address(device))
    return false;
  const char *begin = device + strlen("tcp://");
  bool bracket = *begin == '[';
  if (bracket)
    begin++;
  const char *end = strchr(begin, bracket ? ']' : ':');
  if (end == NULL || end == begin || end - begin > HOST_MAX_LENGTH)
    return false;
  size_t length = (size_t)(end - begin);
  memcpy(host, begin, length);
  host[length] = '\0';
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)host[i] <= ' ' || strchr("/@?#[]\"\x7f", host[i]))
      return false;
  if (bracket)
    end++;
  return *end == ':' && parse_port(end + 1, port);
}

bool p1_tcp_is_valid(const char *device) {
  char host[HOST_MAX_LENGTH + 1], port[PORT_MAX_LENGTH + 1];
  return parse(device, host, port);
}

/* ---- sentences ---- */

/* Writes one sentence: the device, and `format` with what follows. */
#define SAY(tcp, message, format, ...)                                         \
  snprintf((message), P1_SOURCE_MESSAGE_MAX, SHOWN " " format, (tcp)->device,  \
           __VA_ARGS__)

static void explain_form(const struct p1_tcp *tcp, char *message) {
  SAY(tcp, message,
      "is no address: set Device to %s, like tcp://meter.lan:2001 or "
      "tcp://192.168.1.20:2001, an IPv6 address in brackets, like "
      "tcp://[fd00::20]:2001",
      P1_TCP_FORM);
}

static void explain_lookup(const struct p1_tcp *tcp,
                           enum p1_lookup_result result, int error,
                           char *message) {
  if (result == P1_LOOKUP_NO_THREAD)
    SAY(tcp, message,
        "cannot be looked up, the system has no thread or memory left: see "
        "its limits (ulimit -u, TasksMax=), or give the address of " HOST_SHOWN
        " in digits",
        tcp->host);
  else if (result == P1_LOOKUP_LATE || error == EAI_AGAIN)
    SAY(tcp, message,
        "is not found, no name server answers for " HOST_SHOWN
        ": see to this machine's network and name server, or give the host's "
        "address in digits",
        tcp->host);
  else if (error == EAI_NONAME)
    SAY(tcp, message,
        "is not found, there is no host " HOST_SHOWN
        ": correct its name in Device, or give its address in digits",
        tcp->host);
  else
    SAY(tcp, message,
        "is not found, looking up " HOST_SHOWN " fails (%.60s): give the "
        "host's address in digits",
        tcp->host, gai_strerror(error));
}

/* Why no connection came about; `at` is the address that was tried. */
static void explain_connect(const struct p1_tcp *tcp, int error, const char *at,
                            char *message) {
  char text[80];
  switch (error) {
  case ECONNREFUSED:
    SAY(tcp, message,
        "refuses the connection (%s): start the serial server there, or set "
        "Device to the port where it listens",
        at);
    break;
  case ETIMEDOUT:
    SAY(tcp, message,
        "does not answer (%s): see that the host is on and in this network, "
        "and that no firewall drops what is for port %s",
        at, tcp->port);
    break;
  case ENETUNREACH:
  case EHOSTUNREACH:
  case ENETDOWN:
    SAY(tcp, message,
        "cannot be reached, there is no route to %s: see that the host is on "
        "and that this machine is in the same network",
        at);
    break;
  case EINVAL:
    SAY(tcp, message,
        "cannot be reached, %s may be in any of this machine's networks: name "
        "the network interface, like tcp://[fe80::20%%eth0]:2001",
        at);
    break;
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    SAY(tcp, message,
        "cannot be connected, no descriptor or memory is left (%s): raise the "
        "limit of open files (ulimit -n, LimitNOFILE=)",
        p1_net_words(error, text));
    break;
  default:
    SAY(tcp, message,
        "cannot be connected (%s, %s): see to this machine's network and its "
        "firewall",
        at, p1_net_words(error, text));
  }
}

/* Why a connection was lost; 0: it was closed in good order. */
static void explain_loss(const struct p1_tcp *tcp, int error, char *message) {
  char text[80];
  if (error == 0)
    SAY(tcp, message, "%s",
        "was closed by the other side, which is being restarted, or serves "
        "another program: ser2net takes one at a time unless its "
        "max-connections says more; it will be connected again");
  else if (error == ETIMEDOUT)
    SAY(tcp, message, "%s",
        "does not answer any more, its host is off or the network is cut: it "
        "will be connected again");
  else
    SAY(tcp, message,
        "has broken off (%s), as when its host starts anew or the network "
        "fails: it will be connected again",
        p1_net_words(error, text));
}

static void explain_silence(const struct p1_tcp *tcp, char *message) {
  SAY(tcp, message,
      "has sent nothing for %d s, as when its host has lost its power: it will "
      "be connected again; if this goes on, see to the cable between the meter "
      "and that host",
      tcp->silence_ms / 1000);
}

/* ---- opening ---- */

static void tcp_close(struct p1_source *source) {
  p1_net_close(&((struct p1_tcp *)source)->net);
}

/* True for what says only that this machine has no way there: of a host with
 * IPv4 and IPv6 addresses, the other's reason says more. */
static bool no_way(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH ||
         error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/* Tries all addresses in their order. CONNECTED, STOPPED or an error that
 * `message` explains. */
static int connect_any(struct p1_tcp *tcp, const struct addrinfo *addresses,
                       struct p1_stop *stop, char *message) {
  int told = P1_NET_CONNECTED;
  for (const struct addrinfo *address = addresses; address != NULL;
       address = address->ai_next) {
    int error = p1_net_connect(&tcp->net, address, stop, tcp->connect_ms);
    if (error == P1_NET_CONNECTED || error == P1_NET_STOPPED) {
      message[0] = '\0';
      return error;
    }
    if (told != P1_NET_CONNECTED && no_way(error))
      continue;
    told = error;
    char at[INET6_ADDRSTRLEN + 16] = "?"; /* with an interface's name */
    getnameinfo(address->ai_addr, (socklen_t)address->ai_addrlen, at,
                sizeof(at), NULL, 0, NI_NUMERICHOST);
    explain_connect(tcp, error, at, message);
  }
  return told;
}

static int tcp_open(struct p1_source *source, struct p1_stop *stop,
                    char message[P1_SOURCE_MESSAGE_MAX]) {
  struct p1_tcp *tcp = (struct p1_tcp *)source;
  tcp_close(source);
  message[0] = '\0';
  source->lost = NULL;
  tcp->absent = true;
  if (!parse(tcp->device, tcp->host, tcp->port)) {
    explain_form(tcp, message);
    return -1;
  }
  struct addrinfo *addresses = NULL;
  int error = 0;
  enum p1_lookup_result result =
      p1_lookup(&tcp->lookup, tcp->host, tcp->port, stop, tcp->connect_ms,
                &addresses, &error);
  if (result != P1_LOOKUP_FOUND) {
    if (result != P1_LOOKUP_STOPPED)
      explain_lookup(tcp, result, error, message);
    return -1;
  }
  int connected = connect_any(tcp, addresses, stop, message);
  freeaddrinfo(addresses);
  /* A host that refuses is on, and its server may listen at any moment. */
  tcp->absent = connected != P1_NET_CONNECTED && connected != ECONNREFUSED;
  if (connected != P1_NET_CONNECTED)
    return -1;
  tcp->telnet = (struct p1_telnet){0};
  tcp->opened_ms = tcp->heard_ms = p1_net_now_ms();
  return 0;
}

/* ---- reading ---- */

static int lost(struct p1_tcp *tcp) {
  tcp->source.lost = tcp->reason;
  return P1_SOURCE_LOST;
}

/* Receives as p1_net_receive() does; the number of bytes, IDLE or LOST. */
static int receive(struct p1_tcp *tcp, char *bytes, size_t n, bool look) {
  int error = 0;
  int taken = p1_net_receive(&tcp->net, bytes, n, look, &error);
  if (taken > 0)
    return taken;
  if (taken < 0 && error == 0)
    return P1_SOURCE_IDLE;
  explain_loss(tcp, error, tcp->reason);
  tcp->absent = p1_net_now_ms() - tcp->opened_ms < BRIEF_MS;
  return lost(tcp);
}

static int tcp_wait(struct p1_source *source, struct p1_stop *stop,
                    int timeout_ms) {
  struct p1_tcp *tcp = (struct p1_tcp *)source;
  if (!tcp->net.is_open)
    return P1_SOURCE_LOST;
  int64_t left = tcp->heard_ms + tcp->silence_ms - p1_net_now_ms();
  if (left < timeout_ms)
    timeout_ms = left > 0 ? (int)left : 0;
  int n = p1_net_wait(&tcp->net, stop, timeout_ms);
  if (n > 0)
    return n;
  /* The end is asked for whatever woke us: Windows tells of it only once, and
   * perhaps while bytes were still to be read. */
  char byte = 0;
  n = receive(tcp, &byte, 1, true);
  if (n != P1_SOURCE_IDLE)
    return n;
  if (p1_net_now_ms() - tcp->heard_ms < tcp->silence_ms)
    return P1_SOURCE_IDLE;
  explain_silence(tcp, tcp->reason);
  return lost(tcp);
}

static int tcp_read(struct p1_source *source, char *bytes, size_t n) {
  struct p1_tcp *tcp = (struct p1_tcp *)source;
  if (!tcp->net.is_open)
    return P1_SOURCE_LOST;
  if (n < 2)
    return P1_SOURCE_IDLE;
  /* The filter may have a byte from before to put in front. */
  int taken = receive(tcp, bytes + 1, n - 1, false);
  if (taken <= 0)
    return taken;
  tcp->heard_ms = p1_net_now_ms();
  return (int)p1_telnet_filter(&tcp->telnet, bytes + 1, (size_t)taken, bytes);
}

/* ---- life ---- */

static void tcp_destroy(struct p1_source *source) {
  if (source == NULL)
    return;
  struct p1_tcp *tcp = (struct p1_tcp *)source;
  tcp_close(source);
  p1_lookup_leave(&tcp->lookup);
  free(tcp);
}

static bool tcp_present(struct p1_source *source) {
  return !((const struct p1_tcp *)source)->absent;
}

static const struct p1_source_class tcp_class = {
    .open = tcp_open,
    .wait = tcp_wait,
    .read = tcp_read,
    .close = tcp_close,
    .destroy = tcp_destroy,
    .present = tcp_present,
};

struct p1_source *p1_tcp_create(const struct p1_tcp_options *options) {
  size_t size = strlen(options->device) + 1;
  struct p1_tcp *tcp = calloc(1, sizeof(*tcp) + size);
  if (tcp == NULL)
    return NULL;
  p1_net_begin();
  memcpy(tcp->device, options->device, size);
  tcp->connect_ms = options->connect_ms > 0 ? options->connect_ms : CONNECT_MS;
  tcp->silence_ms = options->silence_ms > 0 ? options->silence_ms : SILENCE_MS;
  tcp->source.class = &tcp_class;
  return &tcp->source;
}
