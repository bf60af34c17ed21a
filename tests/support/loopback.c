#define _DEFAULT_SOURCE /* struct linger */

#include "torture.h"

#include "loopback.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

struct loopback loopback = {-1, -1, 0, {-1, -1, -1}};

static void hang_up(int *handle) {
  if (*handle >= 0)
    close(*handle);
  *handle = -1;
}

static struct sockaddr_in local(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void listen_with(int backlog) {
  hang_up(&loopback.listener);
  loopback.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = local(0);
  socklen_t size = sizeof(address);
  assert_int_equal(bind(loopback.listener, (struct sockaddr *)&address, size),
                   0);
  assert_int_equal(listen(loopback.listener, backlog), 0);
  getsockname(loopback.listener, (struct sockaddr *)&address, &size);
  loopback.port = ntohs(address.sin_port);
}

void loopback_listen(void) { listen_with(16); }

int loopback_listen6(void) {
  int six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                 .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  socklen_t size = sizeof(address);
  if (six < 0 || bind(six, (struct sockaddr *)&address, size) != 0) {
    hang_up(&six);
    return -1;
  }
  assert_int_equal(listen(six, 16), 0);
  getsockname(six, (struct sockaddr *)&address, &size);
  hang_up(&loopback.listener);
  loopback.listener = six;
  loopback.port = ntohs(address.sin6_port);
  return 0;
}

/* A queue of none has room for one connection and a half. */
void loopback_listen_deaf(void) {
  listen_with(0);
  struct sockaddr_in address = local(loopback.port);
  for (int i = 0; i < 3; i++) {
    hang_up(&loopback.fillers[i]);
    loopback.fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(loopback.fillers[i], (struct sockaddr *)&address, sizeof(address));
  }
}

void loopback_accept(void) {
  hang_up(&loopback.peer);
  loopback.peer = accept(loopback.listener, NULL, NULL);
  assert_true(loopback.peer >= 0);
  int on = 1;
  setsockopt(loopback.peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void loopback_send(const void *bytes, size_t n) {
  assert_int_equal(send(loopback.peer, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

void loopback_close(void) { hang_up(&loopback.peer); }

void loopback_reset(void) {
  const struct linger none = {.l_onoff = 1};
  setsockopt(loopback.peer, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
  hang_up(&loopback.peer);
}

void loopback_leave(void) { hang_up(&loopback.listener); }

void loopback_end(void) {
  hang_up(&loopback.peer);
  hang_up(&loopback.listener);
  for (int i = 0; i < 3; i++)
    hang_up(&loopback.fillers[i]);
}
