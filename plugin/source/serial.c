/*
 * The problem: libserialport opens a port and says "invalid argument" for most
 * of what can be wrong. Version 0.1.1, which Debian has, takes no symlinks,
 * leaves the port to everybody, hands it to child processes, and sets hardware
 * flow control in the wrong word. Its blocking reads spin on a port that hung
 * up, and on Windows an empty read stays pending into a buffer that is gone.
 *
 * The policy: the path is followed at every open, because a link's target
 * changes. What the library leaves out is done on its handle. Waiting is done
 * on its event handle and ours together; only sp_input_waiting() is believed
 * about what waits, and nothing is read when nothing waits. A refusal is looked
 * into afterwards (explain.c), never before.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* realpath(), CRTSCTS, flock() */
#endif

#include "serial.h"

#include "explain.h"
#include "serialusb.h"

#include <libserialport.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define p1_strcasecmp _stricmp
#else
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#define p1_strcasecmp strcasecmp
#endif

struct p1_serial {
  struct p1_source source; /* first */
  struct p1_serial_options options;
  struct sp_port *port; /* NULL while closed */
  struct sp_event_set *events;
  bool claimed;  /* locked by us */
  char device[]; /* options.device */
};

/* ---- texts of the configuration ---- */

static const struct {
  const char *name;
  int bits;
  enum sp_parity parity;
  int stop;
} framings[P1_FRAMING_COUNT] = {
    [P1_FRAMING_8N1] = {"8N1", 8, SP_PARITY_NONE, 1},
    [P1_FRAMING_7E1] = {"7E1", 7, SP_PARITY_EVEN, 1},
    [P1_FRAMING_8E1] = {"8E1", 8, SP_PARITY_EVEN, 1},
    [P1_FRAMING_7N1] = {"7N1", 7, SP_PARITY_NONE, 1},
    [P1_FRAMING_8O1] = {"8O1", 8, SP_PARITY_ODD, 1},
    [P1_FRAMING_7O1] = {"7O1", 7, SP_PARITY_ODD, 1},
    [P1_FRAMING_8N2] = {"8N2", 8, SP_PARITY_NONE, 2},
    [P1_FRAMING_7E2] = {"7E2", 7, SP_PARITY_EVEN, 2},
};

static const struct {
  const char *name;
  enum sp_flowcontrol setting;
} flowcontrols[P1_FLOWCONTROL_COUNT] = {
    [P1_FLOWCONTROL_NONE] = {"none", SP_FLOWCONTROL_NONE},
    [P1_FLOWCONTROL_XONXOFF] = {"xonxoff", SP_FLOWCONTROL_XONXOFF},
    [P1_FLOWCONTROL_RTSCTS] = {"rtscts", SP_FLOWCONTROL_RTSCTS},
};

bool p1_framing_parse(const char *text, enum p1_framing *framing) {
  for (int i = 0; i < P1_FRAMING_COUNT; i++) {
    if (p1_strcasecmp(text, framings[i].name) == 0) {
      *framing = (enum p1_framing)i;
      return true;
    }
  }
  return false;
}

const char *p1_framing_name(enum p1_framing framing) {
  return (unsigned)framing < P1_FRAMING_COUNT ? framings[framing].name : "";
}

bool p1_flowcontrol_parse(const char *text, enum p1_flowcontrol *flowcontrol) {
  for (int i = 0; i < P1_FLOWCONTROL_COUNT; i++) {
    if (p1_strcasecmp(text, flowcontrols[i].name) == 0) {
      *flowcontrol = (enum p1_flowcontrol)i;
      return true;
    }
  }
  return false;
}

bool p1_speed_usual(int speed) {
  static const int usual[] = {300,    600,    1200,  2400,  4800,
                              9600,   19200,  38400, 57600, 115200,
                              230400, 460800, 921600};
  for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
    if (usual[i] == speed)
      return true;
  return false;
}

/* ---- refusals ---- */

/* Writes the sentence and closes what is open; always -1. `path` is NULL when
 * the device leads nowhere. */
static int refuse(struct p1_serial *serial, enum p1_refused at,
                  const char *path, int error, int actual,
                  char message[P1_SOURCE_MESSAGE_MAX]) {
  char settings[32];
  snprintf(settings, sizeof(settings), "%d %s", serial->options.speed,
           p1_framing_name(serial->options.framing));
  struct p1_refusal refusal = {.at = at,
                               .error = error,
                               .device = serial->device,
                               .path = path,
                               .settings = settings,
                               .actual = actual};
#ifdef _WIN32
  char ports[160] = "";
  struct sp_port **list = NULL;
  if (sp_list_ports(&list) == SP_OK) {
    size_t used = 0;
    for (size_t i = 0; list[i] != NULL && used + 16 < sizeof(ports); i++)
      used += (size_t)snprintf(ports + used, sizeof(ports) - used, "%s%.10s",
                               i == 0 ? "" : ", ", sp_get_port_name(list[i]));
    sp_free_port_list(list);
  }
  refusal.ports = ports;
#endif
  p1_explain(&refusal, message);
  serial->source.class->close(&serial->source);
  return -1;
}

/* The system's number for what libserialport just returned. */
static int error_of(enum sp_return result) {
  return result == SP_ERR_FAIL ? sp_last_error_code() : 0;
}

/* ---- the handle ---- */

#ifndef _WIN32

/* The one handle of the event set. */
static int handle_of(const struct p1_serial *serial) {
  int handle = -1;
  memcpy(&handle, serial->events->handles, sizeof(handle));
  return handle;
}

/* Makes the port ours alone, as libserialport does from 0.1.2 on; false when
 * another program has it. */
static bool claim(struct p1_serial *serial) {
  int handle = handle_of(serial);
  fcntl(handle, F_SETFD, FD_CLOEXEC);
  if (flock(handle, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return false;
  /* Keeps others out who do not look at locks. */
  serial->claimed = ioctl(handle, TIOCEXCL) == 0;
  return true;
}

/* 0.1.1 and 0.1.2 set CRTSCTS in c_iflag, where it means nothing, do not clear
 * what another program left in c_cflag, and refuse some settings after it. */
static void set_rtscts(const struct p1_serial *serial, bool on) {
  struct termios now;
  if (tcgetattr(handle_of(serial), &now) != 0)
    return;
  struct termios wanted = now;
  wanted.c_iflag &= ~(tcflag_t)CRTSCTS;
  wanted.c_cflag &= ~(tcflag_t)CRTSCTS;
  if (on)
    wanted.c_cflag |= CRTSCTS;
  if (wanted.c_iflag != now.c_iflag || wanted.c_cflag != now.c_cflag)
    tcsetattr(handle_of(serial), TCSANOW, &wanted);
}

#else

static void set_rtscts(const struct p1_serial *serial, bool on) {
  (void)serial; /* the library does it */
  (void)on;
}

#endif

/* ---- opening ---- */

static bool fill_config(const struct p1_serial_options *options,
                        struct sp_port_config *config) {
  bool rtscts = options->flowcontrol == P1_FLOWCONTROL_RTSCTS;
  enum sp_rts rts = options->rts ? SP_RTS_ON : SP_RTS_OFF;
  enum sp_dtr dtr = options->dtr ? SP_DTR_ON : SP_DTR_OFF;
  return sp_set_config_baudrate(config, options->speed) == SP_OK &&
         sp_set_config_bits(config, framings[options->framing].bits) == SP_OK &&
         sp_set_config_parity(config, framings[options->framing].parity) ==
             SP_OK &&
         sp_set_config_stopbits(config, framings[options->framing].stop) ==
             SP_OK &&
         /* Also turns XON/XOFF off, which a fresh Linux port has on and which
          * takes two byte values out of a binary telegram. */
         sp_set_config_flowcontrol(
             config, flowcontrols[options->flowcontrol].setting) == SP_OK &&
         (rtscts || sp_set_config_rts(config, rts) == SP_OK) &&
         sp_set_config_dtr(config, dtr) == SP_OK;
}

/* How a port took its settings. */
struct taken {
  enum sp_return result;
  int error;  /* of the system, when result is not SP_OK */
  int actual; /* baud that it runs at */
};

/* Sets the port and reads its speed back: some builds of libserialport set none
 * on some systems and report success. */
static struct taken apply(struct p1_serial *serial) {
  struct taken taken = {.result = SP_ERR_MEM};
  struct sp_port_config *config = NULL;
  if (sp_new_config(&config) != SP_OK)
    return taken;
  set_rtscts(serial, false);
  taken.result = SP_ERR_SUPP;
  if (fill_config(&serial->options, config))
    taken.result = sp_set_config(serial->port, config);
  if (taken.result == SP_OK)
    taken.result = sp_get_config(serial->port, config);
  taken.error = error_of(taken.result);
  if (taken.result == SP_OK)
    sp_get_config_baudrate(config, &taken.actual);
  sp_free_config(config);
  if (taken.result == SP_OK &&
      serial->options.flowcontrol == P1_FLOWCONTROL_RTSCTS)
    set_rtscts(serial, true);
  return taken;
}

static int set_port(struct p1_serial *serial, const char *path,
                    char message[P1_SOURCE_MESSAGE_MAX]) {
  struct taken taken = apply(serial);
  if (taken.result == SP_ERR_MEM)
    return refuse(serial, P1_REFUSED_MEMORY, path, 0, 0, message);
  if (taken.result != SP_OK)
    return refuse(serial, P1_REFUSED_SETTINGS, path, taken.error, 0, message);
  if (taken.actual != serial->options.speed)
    return refuse(serial, P1_REFUSED_SPEED, path, 0, taken.actual, message);
  return 0;
}

static void remember(struct p1_serial *serial, int speed,
                     enum p1_framing framing) {
  int parity = framings[framing].parity != SP_PARITY_NONE ? 1 : 0;
  int bits = 1 + framings[framing].bits + parity + framings[framing].stop;
  serial->options.speed = speed;
  serial->options.framing = framing;
  serial->source.bytes_per_second = speed / bits;
}

static bool serial_tune(struct p1_source *source, int speed,
                        enum p1_framing framing) {
  struct p1_serial *serial = (struct p1_serial *)source;
  remember(serial, speed, framing);
  if (serial->port == NULL)
    return true;
  struct taken taken = apply(serial);
  /* Read at other settings, what waits means nothing at these. */
  sp_flush(serial->port, SP_BUF_INPUT);
  return taken.result == SP_OK && taken.actual == speed;
}

static int open_port(struct p1_serial *serial, const char *path,
                     char message[P1_SOURCE_MESSAGE_MAX]) {
  enum sp_return result = sp_get_port_by_name(path, &serial->port);
  if (result != SP_OK) {
    serial->port = NULL;
    return refuse(serial,
                  result == SP_ERR_MEM ? P1_REFUSED_MEMORY : P1_REFUSED_OPEN,
                  path, error_of(result), 0, message);
  }
  result = sp_open(serial->port, SP_MODE_READ);
  if (result != SP_OK) {
    int error = error_of(result);
    sp_free_port(serial->port); /* it is closed already */
    serial->port = NULL;
    return refuse(serial, P1_REFUSED_OPEN, path, error, 0, message);
  }
  if (sp_new_event_set(&serial->events) != SP_OK ||
      sp_add_port_events(serial->events, serial->port, SP_EVENT_RX_READY) !=
          SP_OK)
    return refuse(serial, P1_REFUSED_MEMORY, path, 0, 0, message);
#ifndef _WIN32
  if (!claim(serial))
    return refuse(serial, P1_REFUSED_LOCK, path, 0, 0, message);
#endif
  if (set_port(serial, path, message) != 0)
    return -1;
  sp_flush(serial->port, SP_BUF_INPUT);
  return 0;
}

static int serial_open(struct p1_source *source, struct p1_stop *stop,
                       char message[P1_SOURCE_MESSAGE_MAX]) {
  struct p1_serial *serial = (struct p1_serial *)source;
  (void)stop; /* nothing to wait for */
  source->class->close(source);
  if (p1_serialusb_named(serial->device)) {
    char found[P1_SERIALUSB_PATH_MAX];
    if (p1_serialusb_find(serial->device, NULL, found, message) != 1)
      return -1;
    return open_port(serial, found, message);
  }
#ifdef _WIN32
  return open_port(serial, serial->device, message);
#else
  char *path = realpath(serial->device, NULL);
  if (path == NULL)
    return refuse(serial, P1_REFUSED_PATH, NULL, errno, 0, message);
  int result = open_port(serial, path, message);
  free(path);
  return result;
#endif
}

static void serial_close(struct p1_source *source) {
  struct p1_serial *serial = (struct p1_serial *)source;
  if (serial->events != NULL) {
#ifndef _WIN32
    /* It would outlive us while anybody else has the port open. */
    if (serial->claimed)
      ioctl(handle_of(serial), TIOCNXCL);
    serial->claimed = false;
#endif
    sp_free_event_set(serial->events);
    serial->events = NULL;
  }
  if (serial->port != NULL) {
    sp_close(serial->port);
    sp_free_port(serial->port);
    serial->port = NULL;
  }
}

/* ---- reading ---- */

static int serial_waiting(const struct p1_serial *serial) {
  int n = sp_input_waiting(serial->port);
  return n < 0 ? P1_SOURCE_LOST : n;
}

static int serial_wait(struct p1_source *source, struct p1_stop *stop,
                       int timeout_ms) {
  const struct p1_serial *serial = (const struct p1_serial *)source;
  if (serial->port == NULL)
    return P1_SOURCE_LOST;
#ifdef _WIN32
  HANDLE handles[2] = {stop->handle, NULL};
  memcpy(&handles[1], serial->events->handles, sizeof(handles[1]));
  WaitForMultipleObjects(2, handles, FALSE, (DWORD)timeout_ms);
  return serial_waiting(serial);
#else
  struct pollfd items[2] = {{.fd = handle_of(serial), .events = POLLIN},
                            {.fd = stop->handle, .events = POLLIN}};
  if (poll(items, 2, timeout_ms) < 0)
    return P1_SOURCE_IDLE; /* a signal */
  int n = serial_waiting(serial);
  /* A hang-up stays and would end every wait at once. */
  bool gone = (items[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  return n == 0 && gone ? P1_SOURCE_LOST : n;
#endif
}

static int serial_read(struct p1_source *source, char *bytes, size_t n) {
  const struct p1_serial *serial = (const struct p1_serial *)source;
  if (serial->port == NULL)
    return P1_SOURCE_LOST;
  int waiting = serial_waiting(serial);
  if (waiting <= 0)
    return waiting;
  size_t most = (size_t)waiting < n ? (size_t)waiting : n;
  int taken = sp_nonblocking_read(serial->port, bytes, most);
  return taken < 0 ? P1_SOURCE_LOST : taken;
}

static bool serial_present(struct p1_source *source) {
  const struct p1_serial *serial = (const struct p1_serial *)source;
  if (p1_serialusb_named(serial->device)) {
    char found[P1_SERIALUSB_PATH_MAX];
    return p1_serialusb_find(serial->device, NULL, found, NULL) > 0;
  }
#ifdef _WIN32
  char target[256];
  const char *name = serial->device;
  if (strncmp(name, "\\\\.\\", 4) == 0)
    name += 4;
  return QueryDosDeviceA(name, target, sizeof(target)) != 0;
#else
  return access(serial->device, F_OK) == 0;
#endif
}

static void serial_destroy(struct p1_source *source) {
  if (source == NULL)
    return;
  source->class->close(source);
  free(source);
}

static const struct p1_source_class serial_class = {
    .open = serial_open,
    .wait = serial_wait,
    .read = serial_read,
    .close = serial_close,
    .destroy = serial_destroy,
    .present = serial_present,
    .tune = serial_tune,
};

struct p1_source *p1_serial_create(const struct p1_serial_options *options) {
  size_t size = strlen(options->device) + 1;
  struct p1_serial *serial = calloc(1, sizeof(*serial) + size);
  if (serial == NULL)
    return NULL;
  memcpy(serial->device, options->device, size);
  serial->options = *options;
  serial->options.device = serial->device;
  serial->source.class = &serial_class;
  remember(serial, options->speed, options->framing);
  return &serial->source;
}
