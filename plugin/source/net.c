#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* TCP_KEEPIDLE and its kin, FIONREAD */
#endif

#include "net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#define CONNECTING WSAEWOULDBLOCK
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#define CONNECTING EINPROGRESS
#endif

/* A meter that speaks, every 10 s at least, costs no probe. A host that is gone
 * is noticed 15 + 3 x 5 = 30 s after its last byte. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

/* ---- what differs ---- */

#ifdef _WIN32

/* Never undone: a search for a name may go on after the last socket. */
void p1_net_begin(void) {
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
}

static bool make_socket(struct p1_net *net, const struct addrinfo *address) {
  net->_socket =
      WSASocketW(address->ai_family, address->ai_socktype, address->ai_protocol,
                 NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (net->_socket == INVALID_SOCKET)
    return false;
  net->_event = WSACreateEvent();
  net->_connect_error = 0;
  /* Makes it non-blocking, too. */
  WSAEventSelect(net->_socket, net->_event, FD_CONNECT | FD_READ | FD_CLOSE);
  return true;
}

static void close_socket(struct p1_net *net) {
  closesocket(net->_socket);
  WSACloseEvent(net->_event);
}

static int last_error(void) { return WSAGetLastError(); }

/* The numbers of <errno.h> for those that are told apart; others stay. */
static int translate(int error) {
  static const struct {
    int theirs, ours;
  } errors[] = {
      {WSAECONNREFUSED, ECONNREFUSED}, {WSAETIMEDOUT, ETIMEDOUT},
      {WSAENETUNREACH, ENETUNREACH},   {WSAEHOSTUNREACH, EHOSTUNREACH},
      {WSAENETDOWN, ENETDOWN},         {WSAEADDRNOTAVAIL, EADDRNOTAVAIL},
      {WSAEAFNOSUPPORT, EAFNOSUPPORT}, {WSAEMFILE, EMFILE},
      {WSAENOBUFS, ENOBUFS},           {WSAEINVAL, EINVAL},
      {WSAECONNRESET, ECONNRESET},     {WSAEWOULDBLOCK, EAGAIN},
  };
  for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
    if (errors[i].theirs == error)
      return errors[i].ours;
  return error;
}

const char *p1_net_words(int error, char text[80]) {
  snprintf(text, 80, "Windows error %d", error);
  return text;
}

int64_t p1_net_now_ms(void) { return (int64_t)GetTickCount64(); }

/* Waits for the stop handle, the time, or news of the socket. True for news. */
static bool wait_socket(struct p1_net *net, struct p1_stop *stop, bool connect,
                        int timeout_ms) {
  HANDLE handles[2] = {stop->handle, net->_event};
  if (WaitForMultipleObjects(2, handles, FALSE, (DWORD)timeout_ms) !=
      WAIT_OBJECT_0 + 1)
    return false;
  WSANETWORKEVENTS news = {0};
  WSAEnumNetworkEvents(net->_socket, net->_event, &news);
  net->_connect_error = news.iErrorCode[FD_CONNECT_BIT];
  return !connect || (news.lNetworkEvents & FD_CONNECT) != 0;
}

static int connect_error(const struct p1_net *net) {
  return net->_connect_error;
}

static int bytes_waiting(const struct p1_net *net) {
  u_long n = 0;
  return ioctlsocket(net->_socket, (long)FIONREAD, &n) == 0 ? (int)n : 0;
}

#else

void p1_net_begin(void) {}

static bool make_socket(struct p1_net *net, const struct addrinfo *address) {
  net->_socket = socket(address->ai_family,
                        address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                        address->ai_protocol);
  return net->_socket >= 0;
}

static void close_socket(struct p1_net *net) { close(net->_socket); }

static int last_error(void) { return errno; }

static int translate(int error) {
  return error == EWOULDBLOCK ? EAGAIN : error;
}

const char *p1_net_words(int error, char text[80]) {
  if (strerror_r(error, text, 80) != 0)
    snprintf(text, 80, "error %d", error);
  return text;
}

int64_t p1_net_now_ms(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_socket(struct p1_net *net, struct p1_stop *stop, bool connect,
                        int timeout_ms) {
  struct pollfd items[2] = {
      {.fd = net->_socket, .events = connect ? POLLOUT : POLLIN},
      {.fd = stop->handle, .events = POLLIN}};
  return poll(items, 2, timeout_ms) > 0 && items[0].revents != 0;
}

static int connect_error(const struct p1_net *net) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(net->_socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

static int bytes_waiting(const struct p1_net *net) {
  int n = 0;
  return ioctl(net->_socket, FIONREAD, &n) == 0 ? n : 0;
}

#endif

/* ---- connecting ---- */

static void set_option(const struct p1_net *net, int level, int name,
                       int value) {
  setsockopt(net->_socket, level, name, (const void *)&value, sizeof(value));
}

/* Best effort: without them the silence is what tells. */
static void set_options(const struct p1_net *net) {
  set_option(net, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  set_option(net, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
#endif
#ifdef TCP_KEEPINTVL
  set_option(net, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
#endif
#ifdef TCP_KEEPCNT
  set_option(net, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
#endif
  /* Telnet sends some of its commands as urgent data, which would be taken out
   * of its place among the others. */
  set_option(net, SOL_SOCKET, SO_OOBINLINE, 1);
}

/* The rest of a connect that takes its time. */
static int finish_connect(struct p1_net *net, struct p1_stop *stop,
                          int timeout_ms) {
  int64_t end = p1_net_now_ms() + timeout_ms;
  for (;;) {
    int64_t left = end - p1_net_now_ms();
    if (wait_socket(net, stop, true, left > 0 ? (int)left : 0))
      return translate(connect_error(net));
    if (p1_stop_wait(stop, 0))
      return P1_NET_STOPPED;
    if (left <= 0)
      return ETIMEDOUT;
  }
}

int p1_net_connect(struct p1_net *net, const struct addrinfo *address,
                   struct p1_stop *stop, int timeout_ms) {
  if (!make_socket(net, address))
    return translate(last_error());
  net->is_open = true;
  set_options(net);
  int result = P1_NET_CONNECTED;
  if (connect(net->_socket, address->ai_addr, (socklen_t)address->ai_addrlen) !=
      0) {
    int error = last_error();
    result = error == CONNECTING ? finish_connect(net, stop, timeout_ms)
                                 : translate(error);
  }
  if (result != P1_NET_CONNECTED)
    p1_net_close(net);
  return result;
}

void p1_net_close(struct p1_net *net) {
  if (net->is_open)
    close_socket(net);
  net->is_open = false;
}

/* ---- reading ---- */

int p1_net_wait(struct p1_net *net, struct p1_stop *stop, int timeout_ms) {
  wait_socket(net, stop, false, timeout_ms);
  return bytes_waiting(net);
}

int p1_net_receive(struct p1_net *net, char *bytes, size_t n, bool look,
                   int *error) {
  int most = n < INT32_MAX ? (int)n : INT32_MAX;
  int flags = look ? MSG_PEEK : 0;
#ifdef _WIN32
  int taken = recv(net->_socket, bytes, most, flags);
#else
  int taken = (int)recv(net->_socket, bytes, (size_t)most, flags);
#endif
  *error = taken < 0 ? translate(last_error()) : 0;
  if (*error == EAGAIN || *error == EINTR)
    *error = 0;
  return taken;
}
