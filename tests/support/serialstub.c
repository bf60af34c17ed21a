#define _DEFAULT_SOURCE

#include "serialstub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct sp_port {
  char name[256];
  int handle;
};

struct sp_port_config {
  int speed, bits;
  enum sp_parity parity;
};

struct p1_stub p1_stub;

/* Writes down a call, as printf() would. */
#define called(...)                                                            \
  snprintf(p1_stub.calls + strlen(p1_stub.calls),                              \
           sizeof(p1_stub.calls) - strlen(p1_stub.calls), __VA_ARGS__)

static enum sp_return answer(enum sp_return result) {
  if (result == SP_ERR_FAIL)
    errno = p1_stub.error;
  return result;
}

int sp_last_error_code(void) { return errno; }

enum sp_return sp_get_port_by_name(const char *name, struct sp_port **port) {
  called("by_name %s\n", name);
  *port = NULL;
  if (p1_stub.by_name != SP_OK)
    return answer(p1_stub.by_name);
  *port = calloc(1, sizeof(**port));
  snprintf((*port)->name, sizeof((*port)->name), "%s", name);
  (*port)->handle = -1;
  p1_stub.ports++;
  return SP_OK;
}

void sp_free_port(struct sp_port *port) {
  free(port);
  p1_stub.ports--;
}

/* ---- USB adapters ---- */

static const struct p1_stub_usb *usb_of(const struct sp_port *port) {
  for (size_t i = 0; i < sizeof(p1_stub.usb) / sizeof(*p1_stub.usb); i++)
    if (p1_stub.usb[i].name != NULL &&
        strcmp(p1_stub.usb[i].name, port->name) == 0)
      return &p1_stub.usb[i];
  return NULL;
}

enum sp_transport sp_get_port_transport(const struct sp_port *port) {
  return usb_of(port) != NULL ? SP_TRANSPORT_USB : SP_TRANSPORT_NATIVE;
}

enum sp_return sp_get_port_usb_vid_pid(const struct sp_port *port, int *vid,
                                       int *pid) {
  const struct p1_stub_usb *usb = usb_of(port);
  if (usb == NULL)
    return SP_ERR_ARG;
  *vid = usb->vid;
  *pid = usb->pid;
  return SP_OK;
}

char *sp_get_port_usb_serial(const struct sp_port *port) {
  const struct p1_stub_usb *usb = usb_of(port);
  return usb != NULL ? (char *)usb->serial : NULL;
}

enum sp_return sp_open(struct sp_port *port, enum sp_mode mode) {
  called("open %s\n", mode == SP_MODE_READ ? "to read" : "otherwise");
  if (p1_stub.open != SP_OK)
    return answer(p1_stub.open);
  port->handle = open(port->name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (port->handle < 0)
    return SP_ERR_FAIL;
  p1_stub.handle = port->handle;
  p1_stub.handles++;
  return SP_OK;
}

enum sp_return sp_close(struct sp_port *port) {
  called("close\n");
  p1_stub.handles--;
  return close(port->handle) == 0 ? SP_OK : SP_ERR_FAIL;
}

enum sp_return sp_new_config(struct sp_port_config **config) {
  called("new_config\n");
  *config = NULL;
  if (p1_stub.new_config != SP_OK)
    return p1_stub.new_config;
  *config = calloc(1, sizeof(**config));
  p1_stub.configs++;
  return SP_OK;
}

void sp_free_config(struct sp_port_config *config) {
  free(config);
  p1_stub.configs--;
}

enum sp_return sp_set_config_baudrate(struct sp_port_config *config,
                                      int speed) {
  called("speed %d\n", speed);
  config->speed = speed;
  return SP_OK;
}

enum sp_return sp_set_config_bits(struct sp_port_config *config, int bits) {
  called("bits %d\n", bits);
  config->bits = bits;
  return SP_OK;
}

enum sp_return sp_set_config_parity(struct sp_port_config *config,
                                    enum sp_parity parity) {
  static const char *const names[] = {"none", "odd", "even", "mark", "space"};
  config->parity = parity;
  called("parity %s\n", names[parity]);
  return SP_OK;
}

enum sp_return sp_set_config_stopbits(struct sp_port_config *config, int bits) {
  (void)config;
  called("stop bits %d\n", bits);
  return SP_OK;
}

enum sp_return sp_set_config_flowcontrol(struct sp_port_config *config,
                                         enum sp_flowcontrol flowcontrol) {
  static const char *const names[] = {"none", "xonxoff", "rtscts", "dtrdsr"};
  (void)config;
  called("flow control %s\n", names[flowcontrol]);
  return p1_stub.flowcontrol;
}

enum sp_return sp_set_config_rts(struct sp_port_config *config,
                                 enum sp_rts rts) {
  (void)config;
  called("rts %d\n", (int)rts);
  return SP_OK;
}

enum sp_return sp_set_config_dtr(struct sp_port_config *config,
                                 enum sp_dtr dtr) {
  (void)config;
  called("dtr %d\n", (int)dtr);
  return SP_OK;
}

enum sp_return sp_set_config(struct sp_port *port,
                             const struct sp_port_config *config) {
  (void)port;
  called("set_config\n");
  if (config->bits == p1_stub.refused_bits) {
    p1_stub.error = EINVAL;
    return answer(SP_ERR_FAIL);
  }
  p1_stub.set_speed = config->speed;
  p1_stub.set_bits = config->bits;
  p1_stub.set_parity = config->parity;
  return answer(p1_stub.set_config);
}

enum sp_return sp_get_config(struct sp_port *port,
                             struct sp_port_config *config) {
  (void)port;
  called("get_config\n");
  if (p1_stub.speed != 0)
    config->speed = p1_stub.speed;
  return answer(p1_stub.get_config);
}

enum sp_return sp_get_config_baudrate(const struct sp_port_config *config,
                                      int *speed) {
  *speed = config->speed;
  return SP_OK;
}

enum sp_return sp_flush(struct sp_port *port, enum sp_buffer buffers) {
  (void)port;
  called("flush %s\n", buffers == SP_BUF_INPUT ? "input" : "otherwise");
  if (p1_stub.on_flush != NULL)
    p1_stub.on_flush();
  return SP_OK;
}

enum sp_return sp_new_event_set(struct sp_event_set **set) {
  called("new_event_set\n");
  *set = NULL;
  if (p1_stub.new_events != SP_OK)
    return p1_stub.new_events;
  *set = calloc(1, sizeof(**set));
  p1_stub.sets++;
  return SP_OK;
}

enum sp_return sp_add_port_events(struct sp_event_set *set,
                                  const struct sp_port *port,
                                  enum sp_event mask) {
  called("add_port_events %s\n",
         mask == SP_EVENT_RX_READY ? "to read" : "otherwise");
  if (p1_stub.add_events != SP_OK)
    return p1_stub.add_events;
  set->handles = malloc(sizeof(port->handle));
  memcpy(set->handles, &port->handle, sizeof(port->handle));
  set->count = 1;
  return SP_OK;
}

void sp_free_event_set(struct sp_event_set *set) {
  free(set->handles);
  free(set);
  p1_stub.sets--;
}

enum sp_return sp_input_waiting(struct sp_port *port) {
  if (p1_stub.on_waiting != NULL)
    return (enum sp_return)p1_stub.on_waiting();
  called("input_waiting\n");
  int waiting = p1_stub.waiting;
  if (p1_stub.waiting_after != 0)
    p1_stub.waiting = p1_stub.waiting_after;
  if (waiting == P1_STUB_ASK && ioctl(port->handle, FIONREAD, &waiting) < 0)
    return SP_ERR_FAIL;
  return waiting < 0 ? SP_ERR_FAIL : (enum sp_return)waiting;
}

enum sp_return sp_nonblocking_read(struct sp_port *port, void *bytes,
                                   size_t n) {
  (void)port;
  if (p1_stub.on_read != NULL)
    return (enum sp_return)p1_stub.on_read(bytes, n);
  called("read %zu\n", n);
  memset(bytes, 'x', n);
  return p1_stub.taken != 0 ? (enum sp_return)p1_stub.taken : (enum sp_return)n;
}
