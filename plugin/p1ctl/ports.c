/*
 * ports.c - the command `p1ctl ports`.
 */
#include "ports.h"

#include "p1ctl.h"

#include <errno.h>
#include <string.h>

static const char usage[] =
    "Usage: p1ctl ports\n"
    "Lists the serial ports of this machine without opening any: what each "
    "is,\n"
    "who may open it, who has it open, and what to type where you may not.\n"
    "\n"
    "Exit status: 0 there are ports, 1 there is none, 2 the system does not "
    "tell.\n";

/* ---- the table ---- */

#define CELL_MAX 192

enum column { PORT, USB, SERIAL, DRIVER, GROUP, OPENS, HELD, PRODUCT, COLUMNS };

static const char *const titles[COLUMNS] = {
    "PORT", "USB", "SERIAL", "DRIVER", "GROUP", "YOURS", "HELD BY", "PRODUCT"};

static const char *const accesses[] = {
    [P1CTL_ACCESS_UNKNOWN] = "?", [P1CTL_ACCESS_YES] = "yes",
    [P1CTL_ACCESS_LOGIN] = "no",  [P1CTL_ACCESS_GROUP] = "no",
    [P1CTL_ACCESS_NOBODY] = "no", [P1CTL_ACCESS_ABSENT] = "no",
};

static const char *or_dash(const char *text) {
  return text[0] != '\0' ? text : "-";
}

static const char *held_by(const struct p1ctl_ports *ports,
                           const struct p1ctl_port *port) {
  if (port->holders[0] != '\0')
    return port->holders;
  return ports->holders_known ? "nobody" : "unknown";
}

static void cell(const struct p1ctl_ports *ports, const struct p1ctl_port *port,
                 enum column column, char text[CELL_MAX]) {
  const char *found = "-";
  switch (column) {
  case PORT:
    found = port->path;
    break;
  case USB:
    if (port->usb) {
      snprintf(text, CELL_MAX, "%04x:%04x", port->vid, port->pid);
      return;
    }
    break;
  case SERIAL:
    found = or_dash(port->serial);
    break;
  case DRIVER:
    found = or_dash(port->driver);
    break;
  case GROUP:
    found = or_dash(port->group);
    break;
  case OPENS:
    found = accesses[port->access];
    break;
  case HELD:
    found = held_by(ports, port);
    break;
  case PRODUCT:
    found = or_dash(port->product);
    break;
  case COLUMNS:
    break;
  }
  snprintf(text, CELL_MAX, "%s", found);
}

/* Characters, of which a byte that continues one is none. */
static int width_of(const char *text) {
  int width = 0;
  for (; *text != '\0'; text++)
    width += ((unsigned char)*text & 0xC0) != 0x80;
  return width;
}

static void put_cell(FILE *out, const char *text, int width, bool last) {
  fputs(text, out);
  for (int i = width_of(text); !last && i < width + 2; i++)
    putc(' ', out);
  if (last)
    putc('\n', out);
}

static void put_cure(FILE *out, const struct p1ctl_ports *ports,
                     const struct p1ctl_port *port) {
  switch (port->access) {
  case P1CTL_ACCESS_LOGIN:
    fprintf(
        out,
        "    you are in group %s since you logged in: log out and in again, "
        "or type\n      newgrp %s\n",
        port->group, port->group);
    break;
  case P1CTL_ACCESS_GROUP:
    fprintf(out,
            "    you may not open it; type this, then log out and in again\n"
            "      sudo usermod -aG %s %s\n",
            port->group, ports->user);
    break;
  case P1CTL_ACCESS_NOBODY:
    fprintf(out,
            "    only root may open it; type this, which lasts until it is "
            "plugged in\n    or the machine started again\n"
            "      sudo chgrp dialout %s && sudo chmod g+rw %s\n"
            "    and this, then log out and in again\n"
            "      sudo usermod -aG dialout %s\n",
            port->path, port->path, ports->user);
    break;
  case P1CTL_ACCESS_ABSENT:
    fprintf(out, "    %s is not there: in a container, hand the device to it\n",
            port->path);
    break;
  case P1CTL_ACCESS_UNKNOWN:
  case P1CTL_ACCESS_YES:
    break;
  }
}

static void measure(const struct p1ctl_ports *ports, int widths[COLUMNS]) {
  char text[CELL_MAX];
  for (int column = 0; column < COLUMNS; column++) {
    widths[column] = width_of(titles[column]);
    for (size_t i = 0; i < ports->count; i++) {
      cell(ports, &ports->ports[i], (enum column)column, text);
      if (width_of(text) > widths[column])
        widths[column] = width_of(text);
    }
  }
}

void p1ctl_ports_print(FILE *out, const struct p1ctl_ports *ports) {
  int widths[COLUMNS];
  char text[CELL_MAX];
  bool unknown = false;
  measure(ports, widths);
  for (int column = 0; column < COLUMNS; column++)
    put_cell(out, titles[column], widths[column], column == COLUMNS - 1);
  for (size_t i = 0; i < ports->count; i++) {
    const struct p1ctl_port *port = &ports->ports[i];
    for (int column = 0; column < COLUMNS; column++) {
      cell(ports, port, (enum column)column, text);
      put_cell(out, text, widths[column], column == COLUMNS - 1);
    }
    if (port->by_id[0] != '\0')
      fprintf(out, "    %s\n", port->by_id);
    put_cure(out, ports, port);
    unknown |= port->holders[0] == '\0' && !ports->holders_known;
  }
  if (ports->more > 0)
    fprintf(out, "and %zu more\n", ports->more);
#ifndef _WIN32
  if (unknown)
    fputs("unknown: only root sees what the programs of other users have "
          "open; sudo p1ctl ports\n",
          out);
#else
  (void)unknown;
#endif
}

/* ---- the command ---- */

int p1ctl_ports(int argc, char **argv) {
  static struct p1ctl_ports ports; /* 100 KB */
  static const struct p1ctl_ports_roots roots = {"/sys", "/dev", "/proc"};
  if (argc > 1 &&
      (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    fputs(usage, stdout);
    return P1CTL_OK;
  }
  if (argc > 1) {
    fprintf(stderr, "p1ctl ports: it takes nothing, not '%s'; see --help\n",
            argv[1]);
    return P1CTL_UNABLE;
  }
  if (!p1ctl_ports_list(&ports, &roots)) {
    fprintf(stderr,
            "p1ctl: the system does not tell of its ports: %s; see that /sys "
            "is mounted\n",
            strerror(errno));
    return P1CTL_UNABLE;
  }
  if (ports.count == 0) {
    fputs("p1ctl: there is no serial port: plug the adapter in, and see with "
          "dmesg whether its driver takes it\n",
          stderr);
    return P1CTL_FAILED;
  }
  p1ctl_ports_print(stdout, &ports);
  return fflush(stdout) == 0 ? P1CTL_OK : P1CTL_FAILED;
}
