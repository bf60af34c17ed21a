/*
 * test_usb.c - a USB adapter is found by what it says of itself, wherever it is
 * plugged in, and no port is opened to look.
 *
 * The system's folder of ports is one of the test's; what each adapter says
 * comes from serialstub.c.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp(), symlink() */

#include "torture.h"

#include "device.h"
#include "serialstub.h"
#include "serialusb.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char path[P1_SERIALUSB_PATH_MAX], message[P1_SOURCE_MESSAGE_MAX];

/* A port in the system's folder, which the stub is asked about. */
static void plug(const char *name, const char *target) {
  char link[sizeof(folder) + NAME_MAX + 2];
  snprintf(link, sizeof(link), "%s/%s", folder, name);
  assert_int_equal(symlink(target, link), 0);
}

static void unplug(const char *name) {
  char link[sizeof(folder) + NAME_MAX + 2];
  snprintf(link, sizeof(link), "%s/%s", folder, name);
  assert_int_equal(unlink(link), 0);
}

#define USB "../../devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/tty/"
#define NATIVE "../../devices/pnp0/00:00/tty/"
#define VIRTUAL "../../devices/virtual/tty/"

static int setup(void **state) {
  (void)state;
  memset(&p1_stub, 0, sizeof(p1_stub));
  path[0] = message[0] = '\0';
  p1_stub.usb[0] =
      (struct p1_stub_usb){"/dev/ttyUSB0", 0x0403, 0x6001, "A50285BI"};
  p1_stub.usb[1] = (struct p1_stub_usb){"/dev/ttyUSB1", 0x1a86, 0x7523, NULL};
  p1_stub.usb[2] =
      (struct p1_stub_usb){"/dev/ttyUSB2", 0x0403, 0x6001, "A50285BX"};
  snprintf(folder, sizeof(folder), P_tmpdir "/p1-usb-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  plug("ttyUSB0", USB "ttyUSB0");
  plug("ttyUSB1", USB "ttyUSB1");
  plug("ttyS0", NATIVE "ttyS0");
  plug("tty0", VIRTUAL "tty0");
  return 0;
}

static int teardown(void **state) {
  (void)state;
  DIR *directory = opendir(folder);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (entry->d_name[0] != '.')
      unplug(entry->d_name);
  closedir(directory);
  rmdir(folder);
  return p1_stub.ports + p1_stub.handles;
}

static int find(const char *device) {
  path[0] = message[0] = '\0';
  return p1_serialusb_find(device, folder, path, message);
}

static void assert_says(const char *text) {
  if (strstr(message, text) == NULL)
    fail_msg("\"%s\" is not in: %s", text, message);
  assert_null(strchr(message, '\n'));
}

static void found_by_vendor_and_product(void **state) {
  (void)state;
  assert_int_equal(find("usb:0403:6001"), 1);
  assert_string_equal(path, "/dev/ttyUSB0");
  assert_int_equal(find("usb:1A86:7523"), 1);
  assert_string_equal(path, "/dev/ttyUSB1");
}

static void found_by_serial_number(void **state) {
  (void)state;
  assert_int_equal(find("usb:A50285BI"), 1);
  assert_string_equal(path, "/dev/ttyUSB0");
  assert_int_equal(find("USB:a50285bi"), 1);
  assert_string_equal(path, "/dev/ttyUSB0");
  assert_int_equal(find("usb:A50285B"), 0);
  assert_int_equal(find("usb:A50285BI0"), 0);
}

/* Only what hangs on USB is asked about, and nothing is opened. */
static void looks_at_usb_ports_without_opening(void **state) {
  (void)state;
  assert_int_equal(find("usb:0403:6001"), 1);
  assert_null(strstr(p1_stub.calls, "open"));
  assert_null(strstr(p1_stub.calls, "ttyS0"));
  assert_null(strstr(p1_stub.calls, "tty0\n"));
  assert_non_null(strstr(p1_stub.calls, "by_name /dev/ttyUSB1\n"));
}

static void found_under_another_number(void **state) {
  (void)state;
  unplug("ttyUSB0");
  assert_int_equal(find("usb:0403:6001"), 0);
  p1_stub.usb[0].name = "/dev/ttyUSB7";
  plug("ttyUSB7", USB "ttyUSB7");
  assert_int_equal(find("usb:0403:6001"), 1);
  assert_string_equal(path, "/dev/ttyUSB7");
}

static void several_are_told(void **state) {
  (void)state;
  plug("ttyUSB2", USB "ttyUSB2");
  assert_int_equal(find("usb:0403:6001"), 2);
  assert_says("usb:0403:6001 fits 2 ports (/dev/ttyUSB");
  assert_says("/dev/ttyUSB0");
  assert_says("/dev/ttyUSB2");
  assert_says("set Device to the serial number of one");
  assert_int_equal(find("usb:A50285BX"), 1);
  assert_string_equal(path, "/dev/ttyUSB2");
}

static void none_is_told_with_those_there_are(void **state) {
  (void)state;
  assert_int_equal(find("usb:10c4:ea60"), 0);
  assert_says("usb:10c4:ea60 is not there: plug the adapter in");
  assert_says("/dev/ttyUSB0 is usb:0403:6001 or usb:A50285BI");
  assert_says("/dev/ttyUSB1 is usb:1a86:7523");
  unplug("ttyUSB0");
  unplug("ttyUSB1");
  assert_int_equal(find("usb:10c4:ea60"), 0);
  assert_says("(it has none)");
}

/* A name and serial numbers as long as they like. */
static void long_names_fit(void **state) {
  (void)state;
  char device[256] = "usb:", serial[256];
  memset(device + 4, 'd', 200);
  memset(serial, 's', sizeof(serial) - 1);
  serial[sizeof(serial) - 1] = '\0';
  p1_stub.usb[0].serial = serial;
  assert_int_equal(find(device), 0);
  assert_says("is not there");
  assert_int_equal(message[strlen(message) - 1], ')');
}

static void a_port_that_goes_meanwhile_is_not_found(void **state) {
  (void)state;
  p1_stub.by_name = SP_ERR_ARG;
  assert_int_equal(find("usb:0403:6001"), 0);
}

/* The system's own folder: whatever is there, this adapter is not. */
static void a_source_of_that_name(void **state) {
  (void)state;
  const struct p1_serial_options options = {.device = "usb:ffff:fffe",
                                            .speed = 9600};
  struct p1_stop stop;
  assert_int_equal(p1_stop_init(&stop), 0);
  struct p1_source *source = p1_device_create(&options);
  assert_non_null(source);
  assert_false(source->class->present(source));
  assert_int_equal(source->class->open(source, &stop, message), -1);
  assert_says("usb:ffff:fffe is not there");
  source->class->destroy(source);
  p1_stop_destroy(&stop);
}

static void names_are_told_apart(void **state) {
  (void)state;
  assert_true(p1_device_allowed("/dev/ttyUSB0"));
  assert_true(p1_device_allowed("usb:0403:6001"));
  assert_true(p1_device_allowed("USB:x"));
  assert_true(p1_device_allowed("tcp://192.0.2.7:2001"));
  assert_true(p1_device_allowed("TCP://[2001:db8::7]:2001"));
  assert_false(p1_device_allowed("tcp://192.0.2.7"));
  assert_false(p1_device_allowed("tcp:"));
  assert_false(p1_device_allowed("usb:"));
  assert_false(p1_device_allowed("usb"));
  assert_false(p1_device_allowed("ttyUSB0"));
  assert_false(p1_device_allowed(""));
  assert_true(p1_device_same("usb:0403:600a", "USB:0403:600A"));
  assert_false(p1_device_same("usb:0403:6001", "usb:0403:6015"));
  assert_false(p1_device_same("/dev/a", "/dev/A"));
  assert_true(p1_device_same("tcp://Meter.lan:1", "tcp://meter.lan:1"));
  assert_false(p1_device_same("tcp://meter.lan:1", "tcp://meter.lan:2"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(found_by_vendor_and_product),
      TEST(found_by_serial_number),
      TEST(looks_at_usb_ports_without_opening),
      TEST(found_under_another_number),
      TEST(several_are_told),
      TEST(none_is_told_with_those_there_are),
      TEST(long_names_fit),
      TEST(a_port_that_goes_meanwhile_is_not_found),
      TEST(a_source_of_that_name),
      TEST(names_are_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
