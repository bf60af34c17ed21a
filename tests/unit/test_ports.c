/*
 * test_ports.c - `p1ctl ports` tells what /sys, /dev and /proc tell, in a
 * made-up copy of them: ids, lasting names, drivers, permission, holders.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp(), symlink(), nftw() */

#include "torture.h"

#include "p1ctl/portlist.h"
#include "p1ctl/ports.h"

#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 400

static char root[64];
static char sys[96], dev[96], proc[96];
static const struct p1ctl_ports_roots roots = {sys, dev, proc};
static struct p1ctl_ports ports;
static char shown[16384];

/* ---- the copy ---- */

/* Makes the folders that a path below `root` needs. */
static void make_folders(const char *path) {
  char full[PATH_ROOM];
  snprintf(full, sizeof(full), "%s/%s", root, path);
  for (char *at = full + strlen(root) + 1; (at = strchr(at, '/')) != NULL;
       at++) {
    *at = '\0';
    mkdir(full, 0755);
    *at = '/';
  }
}

static void put_file(const char *path, const char *text) {
  char full[PATH_ROOM];
  make_folders(path);
  snprintf(full, sizeof(full), "%s/%s", root, path);
  FILE *file = fopen(full, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void put_link(const char *path, const char *target) {
  char full[PATH_ROOM];
  make_folders(path);
  snprintf(full, sizeof(full), "%s/%s", root, path);
  assert_int_equal(symlink(target, full), 0);
}

__attribute__((format(printf, 1, 2))) static const char *
text(const char *format, ...) {
  static char texts[16][PATH_ROOM];
  static unsigned next;
  char *room = texts[next++ % 16];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(room, PATH_ROOM, format, arguments);
  va_end(arguments);
  return room;
}

static void set_mode(const char *name, mode_t mode) {
  assert_int_equal(chmod(text("%s/%s", dev, name), mode), 0);
}

/* The built-in ports of a PC: one chip, one empty place, a console. */
static void build_in(void) {
  put_file("sys/devices/pnp0/00:00/tty/ttyS0/type", "4\n");
  put_link("sys/devices/pnp0/00:00/tty/ttyS0/device", "../../../00:00");
  put_link("sys/devices/pnp0/00:00/driver", "../../../bus/pnp/drivers/serial");
  put_link("sys/class/tty/ttyS0", "../../devices/pnp0/00:00/tty/ttyS0");
  put_file("sys/devices/platform/serial8250/tty/ttyS1/type", "0\n");
  put_link("sys/devices/platform/serial8250/tty/ttyS1/device",
           "../../../serial8250");
  put_link("sys/class/tty/ttyS1",
           "../../devices/platform/serial8250/tty/ttyS1");
  put_file("sys/devices/virtual/tty/tty0/active", "tty1\n");
  put_link("sys/class/tty/tty0", "../../devices/virtual/tty/tty0");
  put_file("dev/ttyS0", "");
  put_file("dev/ttyS1", "");
  put_file("dev/tty0", "");
}

#define HUB "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1"

/* A USB adapter at a place of the hub, as ftdi_sio shows it. */
static void plug(const char *name, int place, const char *vid, const char *pid,
                 const char *serial, const char *product) {
  const char *adapter = text(HUB "/1-1.%d", place);
  put_file(text("%s/idVendor", adapter), text("%s\n", vid));
  put_file(text("%s/idProduct", adapter), text("%s\n", pid));
  if (serial != NULL)
    put_file(text("%s/serial", adapter), text("%s\n", serial));
  put_file(text("%s/product", adapter), text("%s\n", product));
  const char *port = text(HUB "/1-1.%d/1-1.%d:1.0/%s", place, place, name);
  put_link(text("%s/driver", port), "../../../../bus/drivers/ftdi_sio");
  put_file(text("%s/tty/%s/dev", port, name), "188:0\n");
  put_link(text("%s/tty/%s/device", port, name), text("../../../%s", name));
  put_link(text("sys/class/tty/%s", name),
           text("../../%s/tty/%s", port + strlen("sys/"), name));
  put_file(text("dev/%s", name), "");
}

static void run_program(const char *pid, const char *comm, const char *fd,
                        const char *target) {
  put_file(text("proc/%s/comm", pid), text("%s\n", comm));
  put_link(text("proc/%s/fd/%s", pid, fd), target);
}

static int setup(void **state) {
  (void)state;
  snprintf(root, sizeof(root), P_tmpdir "/p1-ports-XXXXXX");
  if (mkdtemp(root) == NULL)
    return -1;
  chmod(root, 0755);
  snprintf(sys, sizeof(sys), "%s/sys", root);
  snprintf(dev, sizeof(dev), "%s/dev", root);
  snprintf(proc, sizeof(proc), "%s/proc", root);
  build_in();
  run_program("1", "init", "0", "/dev/null");
  return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *where) {
  (void)status, (void)kind, (void)where;
  return remove(path);
}

static int teardown(void **state) {
  (void)state;
  return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the list ---- */

static void list(void) {
  assert_true(p1ctl_ports_list(&ports, &roots));
  FILE *out = tmpfile();
  assert_non_null(out);
  p1ctl_ports_print(out, &ports);
  rewind(out);
  shown[fread(shown, 1, sizeof(shown) - 1, out)] = '\0';
  fclose(out);
}

static const struct p1ctl_port *find(const char *name) {
  for (size_t i = 0; i < ports.count; i++)
    if (strcmp(strrchr(ports.ports[i].path, '/') + 1, name) == 0)
      return &ports.ports[i];
  fail_msg("no %s in:\n%s", name, shown);
  return NULL;
}

static void assert_shown(const char *wanted) {
  if (strstr(shown, wanted) == NULL)
    fail_msg("\"%s\" is not in:\n%s", wanted, shown);
}

static void test_built_in(void **state) {
  (void)state;
  list();
  assert_int_equal(ports.count, 1);
  const struct p1ctl_port *port = find("ttyS0");
  assert_string_equal(port->path, text("%s/ttyS0", dev));
  assert_string_equal(port->driver, "serial");
  assert_false(port->usb);
  assert_string_equal(port->by_id, "");
}

/* Since Linux 6.5 two devices more stand between a port and its chip. */
static void test_newer_kernel(void **state) {
  (void)state;
  const char *chip = "sys/devices/pnp0/00:05";
  const char *port = "sys/devices/pnp0/00:05/00:05:0/00:05:0.0";
  put_file(text("%s/tty/ttyS4/type", port), "4\n");
  put_link(text("%s/tty/ttyS4/device", port), "../../../00:05:0.0");
  put_link(text("%s/driver", port), "../../../../../bus/x/drivers/port");
  put_link(text("%s/00:05:0/driver", chip), "../../../../bus/x/drivers/ctrl");
  put_link(text("%s/driver", chip), "../../../bus/pnp/drivers/serial");
  put_link("sys/class/tty/ttyS4",
           "../../devices/pnp0/00:05/00:05:0/00:05:0.0/tty/ttyS4");
  put_file("dev/ttyS4", "");
  list();
  assert_string_equal(find("ttyS4")->driver, "serial");
}

static void test_usb(void **state) {
  (void)state;
  plug("ttyUSB10", 1, "1a86", "7523", NULL, "USB Serial");
  plug("ttyUSB2", 2, "0403", "6001", "A50285BI", "FT232R USB UART");
  put_link("dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", "../../ttyUSB10");
  put_link("dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0",
           "../../ttyUSB2");
  list();
  assert_int_equal(ports.count, 3);
  assert_ptr_equal(find("ttyUSB2"),
                   &ports.ports[0]); /* 2 before 10, USB first */
  assert_ptr_equal(find("ttyUSB10"), &ports.ports[1]);
  const struct p1ctl_port *port = find("ttyUSB2");
  assert_true(port->usb);
  assert_int_equal(port->vid, 0x0403);
  assert_int_equal(port->pid, 0x6001);
  assert_string_equal(port->serial, "A50285BI");
  assert_string_equal(port->product, "FT232R USB UART");
  assert_string_equal(port->driver, "ftdi_sio");
  assert_string_equal(
      port->by_id,
      text("%s/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0", dev));
  assert_string_equal(find("ttyUSB10")->serial, "");
  assert_shown("  0403:6001  A50285BI  ftdi_sio  ");
  assert_shown("  1a86:7523  -         ftdi_sio  ");
  assert_shown("  FT232R USB UART\n    /");
  assert_shown("/usb-1a86_USB_Serial-if00-port0\n");
}

/* An adapter says what it likes; a terminal must not be told to do it. */
static void test_hostile_text(void **state) {
  (void)state;
  plug("ttyUSB0", 1, "0403", "6001", "A\033[2J\a\x80",
       "Caf\xC3\xA9 \x9B"
       "1m");
  list();
  assert_string_equal(find("ttyUSB0")->serial, "A?[2J??");
  assert_string_equal(find("ttyUSB0")->product, "Caf\xC3\xA9 ?1m");
}

static void test_long_text(void **state) {
  (void)state;
  char name[300];
  memset(name, 'x', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  plug("ttyUSB0", 1, "0403", "6001", name, name);
  list();
  assert_int_equal(strlen(find("ttyUSB0")->serial),
                   sizeof(ports.ports[0].serial) - 1);
}

static void test_many(void **state) {
  (void)state;
  for (int i = 0; i < P1CTL_PORTS_MAX + 5; i++) {
    char name[32];
    snprintf(name, sizeof(name), "ttyUSB%d", i);
    plug(name, i, "0403", "6001", "S", "P");
  }
  list();
  assert_int_equal(ports.count, P1CTL_PORTS_MAX);
  assert_int_equal(ports.more, 6); /* with ttyS0 */
  assert_shown("\nand 6 more\n");
}

/* ---- who holds it ---- */

static void test_holders(void **state) {
  (void)state;
  plug("ttyUSB0", 1, "0403", "6001", "A1", "one");
  plug("ttyUSB1", 2, "0403", "6001", "A2", "two");
  run_program("812", "collectd", "7", text("%s/ttyUSB0", dev));
  put_link("proc/812/fd/8", text("%s/ttyUSB0", dev));
  put_link("proc/812/fd/9", text("%s/ttyUSB1 (deleted)", dev));
  run_program("1033", "mini\033com", "3", text("%s/ttyUSB0", dev));
  put_file("proc/uptime", "1 1\n");
  list();
  assert_true(ports.holders_known);
  const char *holders = find("ttyUSB0")->holders;
  assert_non_null(strstr(holders, "collectd (812)"));
  assert_non_null(strstr(holders, "mini?com (1033)"));
  assert_int_equal(strlen(holders), strlen("collectd (812), mini?com (1033)"));
  assert_string_equal(find("ttyUSB1")->holders, "");
  assert_shown("  nobody  ");
  assert_null(strstr(shown, "unknown"));
}

/* Runs as nobody where this is root, whom nothing is hidden from. */
static bool become_nobody(void) {
  return geteuid() != 0 || (setegid(65534) == 0 && seteuid(65534) == 0);
}

static void become_root(void) {
  if (getuid() == 0 && (seteuid(0) != 0 || setegid(0) != 0))
    abort();
}

static void list_as_nobody(void) {
  assert_true(become_nobody());
  bool listed = p1ctl_ports_list(&ports, &roots);
  become_root();
  assert_true(listed);
  FILE *out = tmpfile();
  assert_non_null(out);
  p1ctl_ports_print(out, &ports);
  rewind(out);
  shown[fread(shown, 1, sizeof(shown) - 1, out)] = '\0';
  fclose(out);
}

/* What is not seen is not said to be free. */
static void test_holders_unknown(void **state) {
  (void)state;
  plug("ttyUSB0", 1, "0403", "6001", "A1", "one");
  run_program("812", "collectd", "7", text("%s/ttyUSB0", dev));
  assert_int_equal(chmod(text("%s/812/fd", proc), 0), 0);
  list_as_nobody();
  assert_int_equal(chmod(text("%s/812/fd", proc), 0700), 0);
  assert_false(ports.holders_known);
  assert_shown("  unknown  ");
  assert_shown("sudo p1ctl ports\n");
  assert_null(strstr(shown, "nobody  "));
}

/* With hidepid= others' programs are not even listed. */
static void test_holders_hidden(void **state) {
  (void)state;
  assert_int_equal(rename(text("%s/1", proc), text("%s/4711", proc)), 0);
  list();
  assert_false(ports.holders_known);
}

/* ---- who may open it ---- */

/* Root may open all; what others may is asked as nobody. */
static void test_permission(void **state) {
  (void)state;
  plug("ttyUSB0", 1, "0403", "6001", "A1", "one");
  set_mode("ttyUSB0", 0644);
  list_as_nobody();
  assert_int_equal(find("ttyUSB0")->access, P1CTL_ACCESS_YES);
  assert_null(strstr(shown, "usermod -aG"));

  set_mode("ttyUSB0", 0);
  list_as_nobody();
  assert_int_equal(find("ttyUSB0")->access, P1CTL_ACCESS_NOBODY);
  assert_shown(text("sudo chgrp dialout %s/ttyUSB0 && ", dev));

  unlink(text("%s/ttyUSB0", dev));
  list_as_nobody();
  assert_int_equal(find("ttyUSB0")->access, P1CTL_ACCESS_ABSENT);
  assert_shown("/ttyUSB0 is not there: in a container");
}

/* A group that nobody is in, where this is root and may give files away. */
static void test_group(void **state) {
  (void)state;
  const struct group *group = getgrnam("dialout");
  if (geteuid() != 0 || group == NULL)
    skip();
  gid_t gid = group->gr_gid;
  const struct passwd *user = getpwuid(65534);
  if (user == NULL)
    skip();
  plug("ttyUSB0", 1, "0403", "6001", "A1", "one");
  set_mode("ttyUSB0", 0660);
  assert_int_equal(chown(text("%s/ttyUSB0", dev), 0, gid), 0);
  list_as_nobody();
  assert_int_equal(find("ttyUSB0")->access, P1CTL_ACCESS_GROUP);
  assert_string_equal(find("ttyUSB0")->group, "dialout");
  assert_shown(text("\n      sudo usermod -aG dialout %s\n", user->pw_name));
  list();
  assert_int_equal(find("ttyUSB0")->access, P1CTL_ACCESS_YES);
}

static const struct {
  enum p1ctl_access access;
  const char *cell, *cure;
} accesses[] = {
    {P1CTL_ACCESS_UNKNOWN, "?", ""},
    {P1CTL_ACCESS_YES, "yes", ""},
    {P1CTL_ACCESS_LOGIN, "no", "\n      newgrp meters\n"},
    {P1CTL_ACCESS_GROUP, "no", "\n      sudo usermod -aG meters anna\n"},
    {P1CTL_ACCESS_NOBODY, "no", "\n      sudo usermod -aG dialout anna\n"},
    {P1CTL_ACCESS_ABSENT, "no", "/dev/ttyUSB0 is not there: "},
};

/* The same for each answer, whoever runs this. */
static void test_cures(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(accesses); i++) {
    memset(&ports, 0, sizeof(ports));
    ports.count = 1;
    snprintf(ports.user, sizeof(ports.user), "anna");
    ports.ports[0] = (struct p1ctl_port){.path = "/dev/ttyUSB0",
                                         .group = "meters",
                                         .holders = "collectd (8)",
                                         .access = accesses[i].access};
    FILE *out = tmpfile();
    assert_non_null(out);
    p1ctl_ports_print(out, &ports);
    rewind(out);
    shown[fread(shown, 1, sizeof(shown) - 1, out)] = '\0';
    fclose(out);
    assert_shown(text("  meters  %-5s  collectd (8)  -\n", accesses[i].cell));
    assert_shown(accesses[i].cure);
    if (accesses[i].cure[0] == '\0')
      assert_string_equal(strchr(strchr(shown, '\n') + 1, '\n'), "\n");
  }
}

/* ---- nothing to tell ---- */

static void test_no_sys(void **state) {
  (void)state;
  const struct p1ctl_ports_roots none = {"/no-such-folder", dev, proc};
  assert_false(p1ctl_ports_list(&ports, &none));
  assert_int_equal(ports.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_built_in),
      TEST(test_newer_kernel),
      TEST(test_usb),
      TEST(test_hostile_text),
      TEST(test_long_text),
      TEST(test_many),
      TEST(test_holders),
      TEST(test_holders_unknown),
      TEST(test_holders_hidden),
      TEST(test_permission),
      TEST(test_group),
      TEST(test_cures),
      TEST(test_no_sys),
  };
  return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
