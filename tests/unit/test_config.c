/*
 * test_config.c - from the words of collectd.conf to settings. What is refused
 * is in test_refusals.c.
 */
#include "settings_text.h"

#include <stdlib.h>

/* A block with these lines in it, and nothing but good ones. */
static const struct p1_settings_meter *good(const char *lines) {
  char text[512];
  snprintf(text, sizeof(text),
           "<Plugin p1>\n<Meter \"home\">\n  Device \"/dev/p1-home\"\n%s\n"
           "</Meter>\n</Plugin>\n",
           lines);
  p1_settings_free(&settings);
  read_text(text);
  if (p1_mock.log_count > 0)
    fail_msg("\"%s\": %s", lines, p1_mock.log[0].text);
  assert_int_equal(refused, 0);
  return find("home");
}

/* The settings that hold without any are what conf/p1.conf shows behind #. */
static void assert_defaults(const struct p1_settings_meter *meter) {
  assert_int_equal(meter->serial.speed, 115200);
  assert_int_equal(meter->serial.framing, P1_FRAMING_8N1);
  assert_int_equal(meter->serial.flowcontrol, P1_FLOWCONTROL_NONE);
  assert_true(meter->serial.rts);
  assert_true(meter->serial.dtr);
  assert_int_equal(meter->meter.interval_ms, 10000);
  assert_int_equal(meter->meter.mbus_timeout_s, 3 * 3600);
  assert_false(meter->meter.ignore_crc);
  assert_int_equal(meter->timeout_ms, 0);
  assert_false(meter->min_max);
}

static void device_is_enough(void **state) {
  (void)state;
  const struct p1_settings_meter *meter = good("");
  assert_string_equal(meter->name, "home");
  assert_string_equal(meter->device, "/dev/p1-home");
  assert_string_equal(meter->port, "/dev/p1-home");
  assert_null(meter->host);
  assert_ptr_equal(meter->serial.device, meter->device);
  assert_defaults(meter);
}

static void every_key(void **state) {
  (void)state;
  const struct p1_settings_meter *meter = good("  Interval 5\n"
                                               "  Host \"cellar.example\"\n"
                                               "  Speed 9600\n"
                                               "  Framing 8N1\n"
                                               "  FlowControl xonxoff\n"
                                               "  RTS false\n"
                                               "  DTR off\n"
                                               "  CRC ignore\n"
                                               "  Timeout 60\n"
                                               "  MinMax true\n"
                                               "  MBusTimeout 24\n");
  assert_int_equal(meter->meter.interval_ms, 5000);
  assert_string_equal(meter->host, "cellar.example");
  assert_int_equal(meter->serial.speed, 9600);
  assert_int_equal(meter->serial.framing, P1_FRAMING_8N1);
  assert_int_equal(meter->serial.flowcontrol, P1_FLOWCONTROL_XONXOFF);
  assert_false(meter->serial.rts);
  assert_false(meter->serial.dtr);
  assert_true(meter->meter.ignore_crc);
  assert_int_equal(meter->timeout_ms, 60000);
  assert_true(meter->min_max);
  assert_int_equal(meter->meter.mbus_timeout_s, 86400);
}

static void values_at_their_limits(void **state) {
  (void)state;
  assert_int_equal(good("Interval 1")->meter.interval_ms, 1000);
  assert_int_equal(good("Interval 86400")->meter.interval_ms, 86400000);
  assert_int_equal(good("Interval 2.5")->meter.interval_ms, 2500);
  assert_int_equal(good("MBusTimeout 0.1")->meter.mbus_timeout_s, 360);
  assert_int_equal(good("MBusTimeout 8760")->meter.mbus_timeout_s, 31536000);
  assert_int_equal(good("Timeout auto")->timeout_ms, 0);
  assert_int_equal(good("Timeout 5")->timeout_ms, 5000);
  assert_int_equal(good("Timeout 86400")->timeout_ms, 86400000);
  assert_int_equal(good("Speed 300")->serial.speed, 300);
  assert_int_equal(good("Speed 921600")->serial.speed, 921600);
  assert_int_equal(good("FlowControl rtscts")->serial.flowcontrol,
                   P1_FLOWCONTROL_RTSCTS);
  assert_int_equal(good("FlowControl none")->serial.flowcontrol,
                   P1_FLOWCONTROL_NONE);
  assert_true(good("RTS yes")->serial.rts);
  assert_false(good("CRC auto")->meter.ignore_crc);
  assert_false(good("MinMax false")->min_max);
  /* Keys and words in any case, as everywhere in collectd.conf. */
  assert_int_equal(good("interVAL 7")->meter.interval_ms, 7000);
  assert_true(good("crc \"IGNORE\"")->meter.ignore_crc);
}

static void speed_and_framing_by_themselves(void **state) {
  (void)state;
  static const struct {
    const char *lines;
    int speed;
    enum p1_framing framing;
  } cases[] = {
      {"Speed auto", 115200, P1_FRAMING_8N1},
      {"Speed \"auto\"\nFraming \"auto\"", 115200, P1_FRAMING_8N1},
      {"Speed 9600", 9600, P1_FRAMING_7E1},
      {"Framing auto\nSpeed 9600", 9600, P1_FRAMING_7E1},
      {"Speed 19200", 19200, P1_FRAMING_8N1},
      {"Framing 7E1", 115200, P1_FRAMING_7E1},
      {"Framing \"8e1\"\nSpeed 9600", 9600, P1_FRAMING_8E1},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    const struct p1_settings_meter *meter = good(cases[i].lines);
    assert_int_equal(meter->serial.speed, cases[i].speed);
    assert_int_equal(meter->serial.framing, cases[i].framing);
  }
}

/* <LoadPlugin p1> Interval, and the global one, are the default. */
static void interval_of_the_plugin(void **state) {
  (void)state;
  p1_mock.interval_of_plugin = TIME_T_TO_CDTIME_T(60);
  assert_int_equal(good("")->meter.interval_ms, 60000);
  assert_int_equal(good("Interval 2")->meter.interval_ms, 2000);
  /* No meter keeps up with less than a second. */
  p1_mock.interval_of_plugin = TIME_T_TO_CDTIME_T(1) / 2;
  assert_int_equal(good("")->meter.interval_ms, 1000);
}

/* Also over the border of two Plugin blocks, which add up. */
static void several_plugin_blocks(void **state) {
  (void)state;
  read_text("<Plugin p1>\n<Meter \"a\">\n  Device \"/dev/p1-a\"\n</Meter>\n"
            "</Plugin>\n"
            "<Plugin p1>\n<Meter \"b\">\n  Device \"/dev/p1-b\"\n</Meter>\n"
            "<Meter \"a\">\n  Device \"/dev/p1-c\"\n</Meter>\n"
            "<Meter \"d\">\n  Device \"/dev/p1-a\"\n</Meter>\n"
            "</Plugin>\n<Plugin p1>\n</Plugin>\n");
  assert_int_equal(meters(), 2);
  assert_string_equal(settings.meters->name, "a");
  assert_string_equal(settings.meters->next->name, "b");
  assert_int_equal(p1_mock.log_count, 2);
}

/* Reads conf/p1.conf; with `uncomment`, the settings that are not set as well:
 * a # right before a word. */
static void read_sample(char *text, size_t size, bool uncomment) {
  const char *folder = getenv("P1_SRCDIR");
  char path[1024];
  snprintf(path, sizeof(path), "%s/conf/p1.conf", folder ? folder : ".");
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    print_message("no %s: set P1_SRCDIR to the folder of the sources\n", path);
    skip();
  }
  size_t length = fread(text, 1, size - 1, file);
  fclose(file);
  text[length] = '\0';
  assert_true(length < size - 1);
  for (char *at = text; uncomment && (at = strchr(at, '#')) != NULL; at++)
    if (at[1] != ' ' && at[1] != '\n')
      *at = ' ';
}

/* LoadPlugin is collectd's, the rest is ours. */
static int take_ours(oconfig_item_t *item) {
  return strcmp(item->key, "Plugin") == 0 ? settings_take(item) : 0;
}

static void sample_as_it_is(void **state) {
  (void)state;
  char text[16384];
  read_sample(text, sizeof(text), false);
  p1_mock_config(text, take_ours);
  assert_int_equal(p1_mock.log_count, 0);
  assert_int_equal(meters(), 1);
  assert_string_equal(find("home")->device, "/dev/ttyUSB0");
  assert_null(find("home")->host);
  assert_defaults(find("home"));
}

/* Each key is there with its default, Host with an example. */
static void sample_shows_the_defaults(void **state) {
  (void)state;
  char text[16384];
  read_sample(text, sizeof(text), true);
  p1_mock_config(text, take_ours);
  assert_int_equal(p1_mock.log_count, 0);
  assert_int_equal(meters(), 2);
  assert_string_equal(find("home")->host, "cellar.example");
  assert_defaults(find("home"));
  find("garage");
  static const char *const keys[] = {
      "Interval", "Host", "Speed",   "Framing", "FlowControl", "RTS",
      "DTR",      "CRC",  "Timeout", "MinMax",  "MBusTimeout"};
  for (size_t i = 0; i < COUNT_OF(keys); i++) {
    char line[64];
    snprintf(line, sizeof(line), "\n     %s ", keys[i]);
    bool set = strstr(text, line) != NULL; /* the blank of the # before it */
    assert_row(set, keys[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SETTINGS_TEST(device_is_enough),
      SETTINGS_TEST(every_key),
      SETTINGS_TEST(values_at_their_limits),
      SETTINGS_TEST(speed_and_framing_by_themselves),
      SETTINGS_TEST(interval_of_the_plugin),
      SETTINGS_TEST(several_plugin_blocks),
      SETTINGS_TEST(sample_as_it_is),
      SETTINGS_TEST(sample_shows_the_defaults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
