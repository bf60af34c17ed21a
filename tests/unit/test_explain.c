/*
 * test_explain.c - each refusal becomes one sentence with device, reason, cure.
 */
#define _XOPEN_SOURCE 700

#include "torture.h"

#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char message[P1_SOURCE_MESSAGE_MAX];

static int setup(void **state) {
  (void)state;
  snprintf(folder, sizeof(folder), P_tmpdir "/p1-explain-XXXXXX");
  return mkdtemp(folder) == NULL;
}

/* The folders and links that these tests make, two levels deep. */
static int teardown(void **state) {
  (void)state;
  static const char *const made[] = {"file",         "link",
                                     "fifo",         "real/ttyS0/type",
                                     "real/ttyS0",   "real/ttyS1/type",
                                     "real/ttyS1",   "real/usb1/ttyUSB0",
                                     "real/usb1",    "real/virtual/tty1",
                                     "real/virtual", "real",
                                     "tty/ttyS0",    "tty/ttyS1",
                                     "tty/ttyUSB0",  "tty/tty1",
                                     "tty",          ""};
  for (size_t i = 0; i < COUNT_OF(made); i++) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, made[i]);
    remove(path);
  }
  return access(folder, F_OK) == 0;
}

static const char *in_folder(const char *name, char path[128]) {
  snprintf(path, 128, "%s/%s", folder, name);
  return path;
}

static void explain(enum p1_refused at, const char *device, const char *path,
                    int error) {
  const struct p1_refusal refusal = {.at = at,
                                     .error = error,
                                     .device = device,
                                     .path = path,
                                     .settings = "115200 8N1",
                                     .actual = 9600};
  memset(message, '#', sizeof(message));
  p1_explain(&refusal, message);
  assert_non_null(memchr(message, '\0', sizeof(message)));
  assert_null(strchr(message, '\n'));
}

static void assert_begins(const char *device, const char *text) {
  size_t n = strlen(device);
  if (strncmp(message, device, n) != 0 ||
      strncmp(message + n, text, strlen(text)) != 0)
    fail_msg("not \"%s%s\" but: %s", device, text, message);
}

static void assert_says(const char *text) {
  if (strstr(message, text) == NULL)
    fail_msg("\"%s\" is not in: %s", text, message);
}

/* ---- the path ---- */

static void not_there(void **state) {
  (void)state;
  char path[128];
  in_folder("ttyUSB0", path);
  explain(P1_REFUSED_PATH, path, NULL, ENOENT);
  assert_begins(path, " is not there: plug the adapter in, or set Device to a "
                      "serial port of this machine (");
}

static void a_link_to_nothing(void **state) {
  (void)state;
  char path[128];
  in_folder("link", path);
  assert_int_equal(symlink("../../p1-no-such-port", path), 0);
  explain(P1_REFUSED_PATH, path, NULL, ENOENT);
  assert_begins(path,
                " (a link to ../../p1-no-such-port) is not there: plug the ");
}

static void a_path_that_leads_astray(void **state) {
  (void)state;
  explain(P1_REFUSED_PATH, "/dev/loop", NULL, ELOOP);
  assert_begins("/dev/loop", " cannot be followed to a device (Too many levels "
                             "of symbolic links): set Device to");
  explain(P1_REFUSED_PATH, "/srv/port", NULL, EACCES);
  assert_begins("/srv/port", " cannot be followed to a device (Permission "
                             "denied): ");
}

/* It was there when the path was followed, and is not any more. */
static void gone_meanwhile(void **state) {
  (void)state;
  char path[128];
  in_folder("ttyUSB0", path);
  explain(P1_REFUSED_OPEN, path, path, ENXIO);
  assert_begins(path, " is not there: ");
}

/* ---- what it is ---- */

static void no_serial_port_at_all(void **state) {
  (void)state;
  char file[128], fifo[128];
  in_folder("file", file);
  in_folder("fifo", fifo);
  close(open(file, O_CREAT | O_WRONLY, 0600));
  assert_int_equal(mkfifo(fifo, 0600), 0);
  explain(P1_REFUSED_OPEN, folder, folder, 0);
  assert_begins(folder, " is a directory, not a serial port: set Device to ");
  explain(P1_REFUSED_OPEN, file, file, 0);
  assert_begins(file, " is a regular file, not a serial port: `p1ctl decode` "
                      "reads telegrams from a file");
  explain(P1_REFUSED_OPEN, fifo, fifo, 0);
  assert_begins(fifo, " is no character device, not a serial port: ");
  explain(P1_REFUSED_OPEN, "/dev/null", "/dev/null", 0);
  assert_begins("/dev/null", " is a device, but not a serial port: set ");
}

static void a_pseudo_terminal(void **state) {
  (void)state;
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(master >= 0);
  assert_int_equal(unlockpt(master), 0);
  const char *path = ptsname(master);
  explain(P1_REFUSED_OPEN, "/dev/meter", path, 0);
  assert_begins("/dev/meter",
                " is a pseudo-terminal, not a serial port: libserialport opens "
                "serial ports only, use the adapter's own device");
  close(master);
}

/* ---- what the system says ---- */

static void each_number_has_its_sentence(void **state) {
  (void)state;
  static const struct {
    int error;
    const char *text;
  } rows[] = {
      {EACCES, ": the system forbids opening it although owner and mode allow "
               "it: add it to DeviceAllow="},
      {EPERM, ": the system forbids opening it although owner and mode allow "},
      {EBUSY, " is in use by another program, or by another meter: `fuser -v "
              "/dev/null` names it"},
      {EWOULDBLOCK, " is in use by another program"},
      {EIO, " does not work as a serial port (Input/output error): "},
      {ENXIO, " does not work as a serial port (No such device or address): "},
      {ENODEV, " does not work as a serial port (No such device): "},
      {EMFILE, " cannot be opened, file descriptors are used up: raise "},
      {ENFILE, " cannot be opened, file descriptors are used up: raise "},
      {ENOTTY, " cannot be opened as a serial port (Inappropriate ioctl for "
               "device): "},
      {4095, " cannot be opened as a serial port (error 4095): "},
  };
  /* Anybody may read /dev/null. */
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    explain(P1_REFUSED_OPEN, "/dev/null", "/dev/null", rows[i].error);
    assert_begins("/dev/null", rows[i].text);
  }
}

static void the_rest(void **state) {
  (void)state;
  explain(P1_REFUSED_LOCK, "/dev/p1", "/dev/ttyUSB0", 0);
  assert_begins("/dev/p1", " is in use by another program, or by another "
                           "meter: `fuser -v /dev/ttyUSB0` names it");
  explain(P1_REFUSED_SETTINGS, "/dev/p1", "/dev/ttyUSB0", EINVAL);
  assert_begins("/dev/p1", " does not take 115200 8N1 (Invalid argument): set "
                           "Speed, Framing and FlowControl to ");
  explain(P1_REFUSED_SETTINGS, "/dev/p1", "/dev/ttyUSB0", 0);
  assert_begins("/dev/p1", " does not take 115200 8N1 (not supported): ");
  explain(P1_REFUSED_SPEED, "/dev/p1", "/dev/ttyUSB0", 0);
  assert_begins("/dev/p1", " was set to 115200 8N1 but runs at 9600 baud: ");
  explain(P1_REFUSED_MEMORY, "/dev/p1", "/dev/ttyUSB0", 0);
  assert_begins("/dev/p1", " cannot be opened, memory is used up");
}

/* ---- permission ---- */

static void permission(gid_t group, mode_t mode) {
  const struct p1_refusal refusal = {.at = P1_REFUSED_OPEN,
                                     .error = EACCES,
                                     .device = "/dev/ttyUSB0",
                                     .path = "/dev/ttyUSB0"};
  const struct stat status = {.st_mode = S_IFCHR | mode, .st_gid = group};
  p1_explain_permission(&refusal, &status, false, message);
}

static void the_group_is_named_and_how_to_join_it(void **state) {
  (void)state;
  const struct passwd *user = getpwuid(geteuid());
  const struct group *group = getgrnam("dialout");
  if (user == NULL || group == NULL) {
    skip();
    return;
  }
  permission(group->gr_gid, 0660);
  char expected[256];
  snprintf(expected, sizeof(expected),
           ": no permission for user %s, the device belongs to group dialout: "
           "type `usermod -aG dialout %s` as root and start the program again",
           user->pw_name, user->pw_name);
  assert_begins("/dev/ttyUSB0", expected);
}

static void a_group_without_a_name(void **state) {
  (void)state;
  permission(4000000000u, 0640);
  assert_says("belongs to group 4000000000: type `usermod -aG 4000000000 ");
}

static void a_port_for_root_only(void **state) {
  (void)state;
  permission(0, 0660);
  assert_says("a udev rule with GROUP=\"dialout\", MODE=\"0660\" gives it");
  permission(20, 0600);
  assert_says("a udev rule with GROUP=\"dialout\", MODE=\"0660\" gives it");
}

/* ---- which ports there are ---- */

static void make_port(const char *name, const char *target, int type) {
  char path[128], link[128];
  in_folder(target, path);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(link, sizeof(link), "%s/tty/%s", folder, name);
  char relative[128];
  snprintf(relative, sizeof(relative), "../%s", target);
  assert_int_equal(symlink(relative, link), 0);
  if (type < 0)
    return;
  char type_path[160];
  snprintf(type_path, sizeof(type_path), "%s/type", path);
  FILE *file = fopen(type_path, "w");
  assert_non_null(file);
  fprintf(file, "%d\n", type);
  fclose(file);
}

static void ports_with_hardware_are_listed(void **state) {
  (void)state;
  static const char *const folders[] = {"tty", "real", "real/usb1",
                                        "real/virtual"};
  char path[128], text[64];
  for (size_t i = 0; i < COUNT_OF(folders); i++)
    assert_int_equal(mkdir(in_folder(folders[i], path), 0700), 0);
  make_port("ttyS0", "real/ttyS0", 4); /* a 16550A */
  make_port("ttyS1", "real/ttyS1", 0); /* a place without a chip */
  make_port("ttyUSB0", "real/usb1/ttyUSB0", -1);
  make_port("tty1", "real/virtual/tty1", -1);
  in_folder("tty", path);
  assert_int_equal(p1_explain_ports(path, text, sizeof(text)), 2);
  assert_int_equal(strlen(text), strlen("/dev/ttyS0, /dev/ttyUSB0"));
  assert_non_null(strstr(text, "/dev/ttyS0"));
  assert_non_null(strstr(text, "/dev/ttyUSB0"));
  /* No half names. */
  assert_int_equal(p1_explain_ports(path, text, 20), 1);
  assert_true(strcmp(text, "/dev/ttyS0") == 0 ||
              strcmp(text, "/dev/ttyUSB0") == 0);
  assert_int_equal(p1_explain_ports(folder, text, sizeof(text)), 0);
  assert_string_equal(text, "");
  assert_int_equal(p1_explain_ports("/no/such/folder", text, sizeof(text)), 0);
}

/* The cure is there, however long the names are. */
static void long_names_are_cut(void **state) {
  (void)state;
  char name[1000];
  memset(name, 'x', sizeof(name));
  name[sizeof(name) - 1] = '\0';
  explain(P1_REFUSED_LOCK, name, name, 0);
  assert_says("two readers of one port get half the bytes each");
  explain(P1_REFUSED_PATH, name, NULL, ENOENT);
  assert_says("set Device to a serial port of this machine (");
  assert_int_equal(message[strlen(message) - 1], ')');
  explain(P1_REFUSED_SPEED, name, name, 0);
  assert_says("or a newer libserialport");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(not_there),
      TEST(a_link_to_nothing),
      TEST(a_path_that_leads_astray),
      TEST(gone_meanwhile),
      TEST(no_serial_port_at_all),
      TEST(a_pseudo_terminal),
      TEST(each_number_has_its_sentence),
      TEST(the_rest),
      TEST(the_group_is_named_and_how_to_join_it),
      TEST(a_group_without_a_name),
      TEST(a_port_for_root_only),
      TEST(ports_with_hardware_are_listed),
      TEST(long_names_are_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
