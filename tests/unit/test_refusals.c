/*
 * test_refusals.c - what a person is told about wrong words in collectd.conf.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath, symlink */
#endif
#include "settings_text.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* A line that is wrong, and what the one message must hold besides the block's
 * name. */
struct wrong {
  const char *line;
  const char *what;
  const char *allowed;
};

static const struct wrong wrongs[] = {
    {"Intervall 10", "key \"Intervall\" is unknown", "Device, Interval, Host"},
    {"Timout 60", "key \"Timout\" is unknown",
     "Timeout, MinMax and MBusTimeout"},
    {"Key \"00\"", "key \"Key\" is unknown", "Device, Interval"},
    {"KeyFile \"/k\"", "key \"KeyFile\" is unknown", "Device, Interval"},
    {"TimeZone 1", "key \"TimeZone\" is unknown", "Device, Interval"},
    {"ReportIdentity true", "key \"ReportIdentity\" is unknown", "Device"},
    {"Value \"power-net\"", "key \"Value\" is unknown", "Device"},
    {"IgnoreSelected true", "key \"IgnoreSelected\" is unknown", "Device"},
    {"MaxPower 9000", "key \"MaxPower\" is unknown", "Device"},
    {"PeakAlarm 2500", "key \"PeakAlarm\" is unknown", "Device"},

    {"Interval \"10\"",
     "Interval \"10\" is text: numbers are written without "
     "quotes",
     "from 1 to 86400"},
    {"Interval soon", "Interval \"soon\" is not", "a number of seconds"},
    {"Interval 0.5", "Interval 0.5 is not allowed", "from 1 to 86400"},
    {"Interval 0", "Interval 0 is", "from 1 to 86400"},
    {"Interval -10", "Interval -10 is", "from 1 to 86400"},
    {"Interval 86401", "Interval 86401 is", "from 1 to 86400"},
    {"Interval 1e400", "Interval \"1e400\" is text", "from 1 to 86400"},
    {"Interval true", "Interval true is not", "from 1 to 86400"},
    {"Interval 5 10", "Interval has 2 values", "one, a number of seconds"},
    {"Interval", "Interval has 0 values", "one, a number of seconds"},
    {"Interval 5\nInterval 5", "Interval is given twice", "once"},
    {"<Interval 5>\nSeconds 1\n</Interval>", "Interval is a block", "seconds"},

    {"Host \"\"", "Host \"\" is", "letters, digits"},
    {"Host \"my host\"", "Host \"my host\" is", "letters, digits"},
    {"Host \"a/b\"", "Host \"a/b\" is", "letters, digits"},
    {"Host 5", "Host 5 is", "in quotes"},

    {"Speed \"9600\"",
     "Speed \"9600\" is text: numbers are written without "
     "quotes",
     "auto or a usual speed from 300 to 921600"},
    {"Speed fast", "Speed \"fast\" is not allowed", "auto or"},
    {"Speed 115201", "Speed 115201 is", "auto or"},
    {"Speed 9600.5", "Speed 9600.5 is", "auto or"},
    {"Speed -9600", "Speed -9600 is", "auto or"},
    {"Speed 0", "Speed 0 is", "auto or"},
    {"Speed 1000000000000000000000", "Speed 1e+21 is", "auto or"},
    {"Speed true", "Speed true is", "auto or"},

    {"Framing 9N1", "Framing \"9N1\" is", "auto, " P1_FRAMING_CHOICES},
    {"Framing 8", "Framing 8 is", "auto, " P1_FRAMING_CHOICES},
    {"FlowControl hardware", "FlowControl \"hardware\" is",
     P1_FLOWCONTROL_CHOICES},
    {"FlowControl off", "FlowControl false is", P1_FLOWCONTROL_CHOICES},
    {"RTS 1", "RTS 1 is", "true or false"},
    {"RTS \"true\"",
     "RTS \"true\" is text: true and false are written without "
     "quotes",
     "true or false"},
    {"DTR high", "DTR \"high\" is", "true or false"},
    {"CRC strict", "CRC \"strict\" is", "auto or ignore"},
    {"CRC false", "CRC false is", "auto or ignore"},
    {"Timeout 4", "Timeout 4 is", "from 5 to 86400"},
    {"Timeout 86401", "Timeout 86401 is", "from 5 to 86400"},
    {"Timeout \"60\"", "Timeout \"60\" is text", "a number of seconds"},
    {"MinMax 1", "MinMax 1 is", "true or false"},
    {"MBusTimeout 0", "MBusTimeout 0 is", "from 0.1 to 8760"},
    {"MBusTimeout 8761", "MBusTimeout 8761 is", "from 0.1 to 8760"},
    {"MBusTimeout \"3\"", "MBusTimeout \"3\" is text", "a number of hours"},
};

static void wrong_lines(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
    char text[512];
    snprintf(text, sizeof(text),
             "<Plugin p1>\n<Meter \"bad\">\n  Device \"/dev/p1-bad\"\n%s\n"
             "</Meter>\n<Meter \"good\">\n  Device \"/dev/p1-good\"\n"
             "</Meter>\n</Plugin>\n",
             wrongs[i].line);
    p1_mock_reset();
    p1_settings_free(&settings);
    read_text(text);
    if (p1_mock.log_count != 1)
      fail_msg("\"%s\" gave %zu messages", wrongs[i].line, p1_mock.log_count);
    const struct p1_mock_log *log = &p1_mock.log[0];
    assert_int_equal(log->severity, LOG_ERR);
    const char *const expected[] = {
        "p1 plugin: Meter \"bad\": ", wrongs[i].what, "; allowed ",
        wrongs[i].allowed, "This Meter block is left out."};
    for (size_t j = 0; j < COUNT_OF(expected); j++)
      if (strstr(log->text, expected[j]) == NULL)
        fail_msg("\"%s\" gave \"%s\", without \"%s\"", wrongs[i].line,
                 log->text, expected[j]);
    assert_int_equal(refused, 1);
    assert_int_equal(meters(), 1);
    find("good");
  }
}

static void device_must_be_a_path(void **state) {
  (void)state;
  static const char *const devices[] = {"Device \"\"",
                                        "Device \"ttyUSB0\"",
                                        "Device 5",
                                        "Device \"usb:\"",
                                        "Device \"tcp://host\"",
                                        "Device true",
                                        "Device \"/dev/a\" \"/dev/b\"",
                                        "Device"};
  for (size_t i = 0; i < COUNT_OF(devices); i++) {
    char text[256];
    snprintf(text, sizeof(text),
             "<Plugin p1>\n<Meter \"home\">\n%s\n</Meter>\n</Plugin>\n",
             devices[i]);
    p1_mock_reset();
    read_text(text);
    assert_int_equal(p1_mock.log_count, 1);
    assert_int_equal(p1_mock_logged("Meter \"home\": Device"), 1);
    assert_int_equal(p1_mock_logged("the full path of a port"), 1);
    assert_int_equal(meters(), 0);
  }
}

static void device_may_not_be_endless(void **state) {
  (void)state;
  char text[512];
  char path[202]; /* one more than is allowed */
  memset(path, 'd', sizeof(path) - 1);
  path[0] = '/';
  path[201] = '\0';
  snprintf(text, sizeof(text),
           "<Plugin p1>\n<Meter \"a\">\nDevice \"%s\"\n</Meter>\n"
           "<Meter \"b\">\nDevice \"%s\"\n</Meter>\n</Plugin>\n",
           path, path + 1);
  read_text(text);
  assert_int_equal(meters(), 0);
  assert_int_equal(p1_mock.log_count, 2);
  path[200] = '\0';
  settings_setup(NULL);
  snprintf(text, sizeof(text),
           "<Plugin p1>\n<Meter \"a\">\nDevice \"%s\"\n</Meter>\n</Plugin>\n",
           path);
  read_text(text);
  assert_int_equal(p1_mock.log_count, 0);
  assert_int_equal(meters(), 1);
}

static void device_is_required(void **state) {
  (void)state;
  read_text("<Plugin p1>\n<Meter \"home\">\n  Interval 5\n</Meter>\n"
            "<Meter \"empty\">\n</Meter>\n  Meter \"line\"\n</Plugin>\n");
  assert_int_equal(p1_mock.log_count, 3);
  assert_int_equal(p1_mock_logged("Meter \"home\": Device is missing"), 1);
  assert_int_equal(p1_mock_logged("Meter \"empty\": Device is missing"), 1);
  assert_int_equal(p1_mock_logged("Meter \"line\": Device is missing"), 1);
  assert_int_equal(meters(), 0);
}

/* A wrong Device is not missing as well, and each wrong key is told. */
static void one_message_for_each_key(void **state) {
  (void)state;
  read_text("<Plugin p1>\n<Meter \"home\">\n  Device \"usb\"\n  Interval 0\n"
            "  Colour \"red\"\n</Meter>\n</Plugin>\n");
  assert_int_equal(p1_mock.log_count, 3);
  assert_int_equal(p1_mock_logged("Device"), 2); /* once among the allowed */
  assert_int_equal(p1_mock_logged("is missing"), 0);
  assert_int_equal(p1_mock_logged("Interval 0"), 1);
  assert_int_equal(p1_mock_logged("Colour"), 1);
  assert_int_equal(refused, 3);
}

#define NAME_63                                                                \
  "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_012345678"

static void names(void **state) {
  (void)state;
  static const char *const heads[] = {"Meter \"my home\"",
                                      "Meter \"a/b\"",
                                      "Meter \"\"",
                                      "Meter",
                                      "Meter \"a\" \"b\"",
                                      "Meter 5",
                                      "Meter true",
                                      "Meter \"a.b\"",
                                      "Meter \"a\tb\"",
                                      "Meter \"caf\xc3\xa9\"",
                                      "Meter \"" NAME_63 "x\""};
  for (size_t i = 0; i < COUNT_OF(heads); i++) {
    char text[512];
    snprintf(text, sizeof(text),
             "<Plugin p1>\n<Meter \"good\">\n  Device \"/dev/p1-good\"\n"
             "</Meter>\n<%s>\n  Device \"/dev/p1-bad\"\n</Meter>\n</Plugin>\n",
             heads[i]);
    settings_setup(NULL);
    read_text(text);
    if (p1_mock.log_count != 1)
      fail_msg("<%s> gave %zu messages", heads[i], p1_mock.log_count);
    assert_int_equal(p1_mock_logged("Meter block 2: "), 1);
    assert_int_equal(p1_mock_logged("letters, digits, - and _, at most 63"), 1);
    assert_null(strpbrk(p1_mock.log[0].text, "\t\n"));
    assert_int_equal(meters(), 1);
    p1_settings_free(&settings);
  }
  settings_setup(NULL);
  assert_int_equal(strlen(NAME_63), 63);
  read_text("<Plugin p1>\n<Meter " NAME_63 ">\nDevice \"/dev/p\"\n</Meter>\n"
            "</Plugin>\n");
  assert_int_equal(p1_mock.log_count, 0);
  find(NAME_63);
}

static void name_is_taken(void **state) {
  (void)state;
  read_text("<Plugin p1>\n<Meter \"home\">\n  Device \"/dev/p1-a\"\n"
            "</Meter>\n<Meter \"home\">\n  Device \"/dev/p1-b\"\n</Meter>\n"
            "</Plugin>\n");
  assert_int_equal(p1_mock.log_count, 1);
  const char *log = p1_mock.log[0].text;
  assert_non_null(strstr(log, "Meter \"home\": its name"));
  assert_non_null(strstr(log, "/dev/p1-a"));
  assert_non_null(strstr(log, "/dev/p1-b"));
  assert_int_equal(meters(), 1);
  assert_string_equal(find("home")->device, "/dev/p1-a");
}

/* A block that was refused takes neither a name nor a port. */
static void refused_blocks_take_nothing(void **state) {
  (void)state;
  read_text("<Plugin p1>\n<Meter \"home\">\n  Device \"/dev/p1-a\"\n"
            "  Colour \"red\"\n</Meter>\n<Meter \"home\">\n"
            "  Device \"/dev/p1-a\"\n</Meter>\n</Plugin>\n");
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(meters(), 1);
}

static void expect_same_port(const char *first, const char *second) {
  char text[1024];
  snprintf(text, sizeof(text),
           "<Plugin p1>\n<Meter \"one\">\n  Device \"%s\"\n</Meter>\n"
           "<Meter \"two\">\n  Device \"%s\"\n</Meter>\n"
           "<Meter \"three\">\n  Device \"/dev/p1-three\"\n</Meter>\n"
           "</Plugin>\n",
           first, second);
  settings_setup(NULL);
  read_text(text);
  assert_int_equal(p1_mock.log_count, 1);
  const char *log = p1_mock.log[0].text;
  assert_non_null(strstr(log, "Meter \"two\": "));
  assert_non_null(strstr(log, "Meter \"one\""));
  assert_non_null(strstr(log, first));
  assert_non_null(strstr(log, second));
  assert_int_equal(meters(), 2);
  find("one");
  find("three");
  p1_settings_free(&settings);
}

static void port_is_taken(void **state) {
  (void)state;
  expect_same_port("/dev/p1-not-there", "/dev/p1-not-there");
  expect_same_port("/dev/null", "/dev/../dev/null");
  expect_same_port("usb:0403:600a", "USB:0403:600A");
  expect_same_port("usb:A50285BI", "usb:A50285BI");
  expect_same_port("tcp://meter.lan:2001", "tcp://Meter.lan:2001");

  char link[64];
  snprintf(link, sizeof(link), "test_config.%ld.link", (long)getpid());
  char *here = realpath(".", NULL);
  assert_non_null(here);
  char path[256];
  int length = snprintf(path, sizeof(path), "%s/%s", here, link);
  free(here);
  if (length > 200) {
    print_message("the path of this folder is too long: no symbolic link\n");
    return;
  }
  assert_int_equal(symlink("/dev/null", link), 0);
  expect_same_port("/dev/null", path);
  expect_same_port(path, "/dev/null");
  assert_int_equal(unlink(link), 0);
}

static void keys_outside_of_a_meter(void **state) {
  (void)state;
  read_text("<Plugin p1>\n  Device \"/dev/p1-a\"\n<Metre \"x\">\n"
            "  Device \"/dev/p1-x\"\n</Metre>\n"
            "<Meter \"a\">\n  Device \"/dev/p1-a\"\n</Meter>\n</Plugin>\n");
  assert_int_equal(refused, 2);
  assert_int_equal(p1_mock.log_count, 2);
  assert_int_equal(p1_mock_logged("key \"Device\" is unknown; allowed are"), 1);
  assert_int_equal(p1_mock_logged("key \"Metre\" is unknown; allowed are"), 1);
  assert_int_equal(meters(), 1);
}

/* collectd's own reader gives no such numbers; others might. */
static void numbers_must_be_finite(void **state) {
  (void)state;
  const double numbers[] = {NAN, INFINITY, -INFINITY};
  char *keys[] = {(char[]){"Interval"}, (char[]){"Speed"},
                  (char[]){"MBusTimeout"}};
  for (size_t i = 0; i < COUNT_OF(numbers); i++)
    for (size_t j = 0; j < COUNT_OF(keys); j++) {
      char device[] = "/dev/p1-a", name[] = "a", meter[] = "Meter";
      oconfig_value_t values[] = {
          {.type = OCONFIG_TYPE_STRING, .value.string = device},
          {.type = OCONFIG_TYPE_NUMBER, .value.number = numbers[i]},
          {.type = OCONFIG_TYPE_STRING, .value.string = name}};
      char device_key[] = "Device";
      oconfig_item_t children[] = {
          {.key = device_key, .values = &values[0], .values_num = 1},
          {.key = keys[j], .values = &values[1], .values_num = 1}};
      oconfig_item_t block = {.key = meter,
                              .values = &values[2],
                              .values_num = 1,
                              .children = children,
                              .children_num = 2};
      oconfig_item_t plugin = {.children = &block, .children_num = 1};
      p1_mock_reset();
      assert_int_equal(p1_settings_read(&settings, &plugin), 1);
      assert_int_equal(p1_mock_logged(keys[j]), 1);
      assert_null(settings.meters);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SETTINGS_TEST(wrong_lines),
      SETTINGS_TEST(device_must_be_a_path),
      SETTINGS_TEST(device_may_not_be_endless),
      SETTINGS_TEST(device_is_required),
      SETTINGS_TEST(one_message_for_each_key),
      SETTINGS_TEST(names),
      SETTINGS_TEST(name_is_taken),
      SETTINGS_TEST(refused_blocks_take_nothing),
      SETTINGS_TEST(port_is_taken),
      SETTINGS_TEST(keys_outside_of_a_meter),
      SETTINGS_TEST(numbers_must_be_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
