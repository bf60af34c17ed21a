/*
 * test_module.c - the plugin's life as collectd leads it: config, init, reads,
 * the end, and `collectd -T`.
 *
 * The readers are stand-ins that write down what is done to them; a real one
 * would need a port.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* dup */
#endif
#include "torture.h"

#include "collectd_mock.h"

#include "reader.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Readers that only look like it
 */

struct p1_reader {
  char name[64];
  struct p1_reader_options options;
  struct p1_source *source;
  struct p1_stop *stop;
  bool running;
};

static struct {
  char events[1024];       /* "create a, start a, ..." */
  int alive;               /* readers that exist */
  const char *no_memory;   /* create() fails for this meter */
  const char *no_thread;   /* start() fails for this meter */
  int64_t next_ms;         /* time of the next closed interval */
  int waiting;             /* closed intervals, for every reader */
  int notices;             /* that wait, for every reader */
  bool early_join;         /* a join whose stop had not been raised */
  struct p1_reader *first; /* the first one created */
  int lowest;              /* descriptor that was free before the test */
} stage;

static void note(const char *event, const char *name) {
  size_t length = strlen(stage.events);
  snprintf(stage.events + length, sizeof(stage.events) - length, "%s%s %s",
           length == 0 ? "" : ", ", event, name);
}

static bool is(const char *name, const char *other) {
  return other != NULL && strcmp(name, other) == 0;
}

struct p1_reader *p1_reader_create(const struct p1_reader_options *options,
                                   struct p1_source *source,
                                   struct p1_stop *stop) {
  note("create", options->name);
  if (is(options->name, stage.no_memory)) {
    source->class->destroy(source);
    return NULL;
  }
  struct p1_reader *reader = calloc(1, sizeof(*reader));
  assert_non_null(reader);
  snprintf(reader->name, sizeof(reader->name), "%s", options->name);
  reader->options = *options;
  reader->source = source;
  reader->stop = stop;
  if (stage.first == NULL)
    stage.first = reader;
  stage.alive++;
  return reader;
}

int p1_reader_start(struct p1_reader *reader) {
  note("start", reader->name);
  if (is(reader->name, stage.no_thread))
    return -1;
  reader->running = true;
  return 0;
}

void p1_reader_join(struct p1_reader *reader) {
  if (!reader->running)
    return;
  note("join", reader->name);
  if (!p1_stop_wait(reader->stop, 0))
    stage.early_join = true;
  reader->running = false;
}

void p1_reader_destroy(struct p1_reader *reader) {
  note("destroy", reader->name);
  assert_false(reader->running);
  reader->source->class->destroy(reader->source);
  free(reader);
  stage.alive--;
}

bool p1_reader_take(struct p1_reader *reader, struct p1_interval *interval) {
  (void)reader;
  if (stage.waiting == 0)
    return false;
  stage.waiting--;
  *interval = (struct p1_interval){.time_ms = stage.next_ms,
                                   .interval_ms = 10000,
                                   .telegrams = 1,
                                   .count = 1};
  interval->list[0] = (struct p1_statistic){
      .id = P1_ID_POWER_IMPORT, .sum = stage.next_ms / 1000, .count = 1};
  stage.next_ms += 10000;
  return true;
}

bool p1_reader_take_notice(struct p1_reader *reader, struct p1_notice *notice) {
  (void)reader;
  if (stage.notices == 0)
    return false;
  stage.notices--;
  *notice = (struct p1_notice){.time_ms = 5000,
                               .severity = P1_SEVERITY_FAILURE,
                               .text = "the port is lost"};
  return true;
}

/*
 * Tests
 */

#define PLUGIN(lines) "<Plugin p1>\n" lines "</Plugin>\n"
#define METER(name, lines)                                                     \
  "<Meter \"" name "\">\n  Device \"/dev/p1-" name "\"\n" lines "</Meter>\n"

/* The number that the next descriptor gets. */
static int lowest_descriptor(void) {
  int lowest = dup(STDERR_FILENO);
  assert_true(lowest >= 0);
  close(lowest);
  return lowest;
}

static int setup(void **state) {
  (void)state;
  p1_mock_reset();
  memset(&stage, 0, sizeof(stage));
  stage.lowest = lowest_descriptor();
  stage.next_ms = 1000000;
  module_register();
  return 0;
}

/* Whatever a test did, nothing of it may be left. */
static int teardown(void **state) {
  (void)state;
  assert_int_equal(p1_mock_stop(), 0);
  assert_int_equal(stage.alive, 0);
  assert_false(stage.early_join);
  assert_int_equal(lowest_descriptor(), stage.lowest);
  return 0;
}

static void configure(const char *text) {
  assert_int_equal(p1_mock_config(text, NULL), 0);
}

static void registers_and_waits(void **state) {
  (void)state;
  assert_non_null(p1_mock.config);
  assert_non_null(p1_mock.init);
  assert_non_null(p1_mock.shutdown);
  assert_int_equal(p1_mock.read_count, 0);
}

static void init_without_meters(void **state) {
  (void)state;
  assert_int_not_equal(p1_mock.init(), 0);
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(p1_mock_logged("p1 plugin: no Meter to read"), 1);
  assert_int_equal(p1_mock.read_count, 0);
}

/* A config callback that returns anything but 0 takes all of collectd down. */
static void wrong_blocks_are_not_collectds_end(void **state) {
  (void)state;
  configure(PLUGIN("Rubbish 1\n<Meter>\n</Meter>\n"));
  assert_int_equal(p1_mock.log_count, 2);
  assert_int_not_equal(p1_mock.init(), 0);
  assert_string_equal(stage.events, "");
}

/* The daemon may end between the two; the sanitizers watch the memory. */
static void config_without_init(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "Host \"b\"\n") METER("c", "")));
  assert_string_equal(stage.events, "");
  assert_int_equal(p1_mock.read_count, 0);
}

static void one_reader_for_each_meter(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "")) PLUGIN(METER("b", "Interval 1\n")));
  assert_int_equal(p1_mock.init(), 0);
  assert_int_equal(p1_mock.log_count, 0);
  assert_string_equal(stage.events, "create a, start a, create b, start b");
  assert_int_equal(p1_mock.read_count, 2);
  assert_string_equal(p1_mock.read[0].group, "p1");
  assert_string_equal(p1_mock.read[0].name, "p1-a");
  assert_true(p1_mock.read[0].interval == TIME_T_TO_CDTIME_T_STATIC(1));
  assert_string_equal(p1_mock.read[1].name, "p1-b");
  assert_true(p1_mock.read[1].interval == TIME_T_TO_CDTIME_T_STATIC(1) / 2);
}

static void settings_reach_the_reader(void **state) {
  (void)state;
  configure(PLUGIN(
      METER("a", "Interval 7\nMBusTimeout 1\nCRC ignore\nTimeout 60\n")));
  assert_int_equal(p1_mock.init(), 0);
  const struct p1_reader_options *options = &stage.first->options;
  assert_string_equal(stage.first->name, "a");
  assert_int_equal(options->meter.interval_ms, 7000);
  assert_int_equal(options->meter.mbus_timeout_s, 3600);
  assert_true(options->meter.ignore_crc);
  assert_int_equal(options->standard_offset_s, 3600);
  assert_int_equal(options->silence_ms, 60000);
  assert_null(options->time);
}

static void what_readers_say_is_logged(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "")));
  assert_int_equal(p1_mock.init(), 0);
  stage.first->options.log(P1_LOG_WARNING, "100 %s of it");
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(p1_mock.log[0].severity, LOG_WARNING);
  assert_string_equal(p1_mock.log[0].text, "p1 plugin: 100 %s of it");
}

static void reads_publish_what_waits(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "Host \"cellar\"\n")));
  assert_int_equal(p1_mock.init(), 0);
  stage.waiting = 3;
  assert_int_equal(p1_mock_read_all(), 0);
  assert_int_equal(p1_mock.value_count, 3);
  for (size_t i = 0; i < 3; i++) {
    const struct p1_mock_value *value = &p1_mock.value[i];
    assert_string_equal(value->identifier, "cellar/p1-a/power-import");
    assert_true(value->value == 1000 + 10 * (double)i);
    assert_true(value->time == TIME_T_TO_CDTIME_T_STATIC(1000 + 10 * i));
    assert_true(value->interval == TIME_T_TO_CDTIME_T_STATIC(10));
  }
}

static void reads_notify_of_what_happened(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "Host \"cellar\"\n")));
  assert_int_equal(p1_mock.init(), 0);
  stage.notices = 2;
  assert_int_equal(p1_mock_read_all(), 0);
  assert_int_equal(p1_mock_read_all(), 0);
  assert_int_equal(p1_mock.notification_count, 2);
  assert_string_equal(p1_mock.notification[0].host, "cellar");
  assert_string_equal(p1_mock.notification[0].plugin_instance, "a");
  assert_string_equal(p1_mock.notification[0].message, "the port is lost");
}

static void a_silent_meter_is_no_failure(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "")));
  assert_int_equal(p1_mock.init(), 0);
  for (int i = 0; i < 5; i++)
    assert_int_equal(p1_mock_read_all(), 0);
  assert_int_equal(p1_mock.value_count, 0);
  assert_int_equal(p1_mock.log_count, 0);
}

/* The first that ends raises stop, so that no join waits for a reader that has
 * not been told. */
static void all_are_told_before_one_is_joined(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "") METER("b", "") METER("c", "")));
  assert_int_equal(p1_mock.init(), 0);
  assert_false(p1_stop_wait(stage.first->stop, 0));
  stage.events[0] = '\0';
  assert_int_equal(p1_mock_stop(), 0);
  assert_string_equal(stage.events, "join a, destroy a, join b, destroy b, "
                                    "join c, destroy c");
  assert_false(stage.early_join);
}

/* No thread may outlive the plugin's code, even if a daemon frees nothing. */
static void shutdown_takes_the_rest(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "") METER("b", "")));
  assert_int_equal(p1_mock.init(), 0);
  p1_mock.read_count = 0;
  assert_int_equal(p1_mock.shutdown(), 0);
  assert_int_equal(stage.alive, 0);
}

/* `collectd -T` frees the first meter before it reads the second. */
static void test_mode(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "") METER("b", "") METER("c", "")));
  assert_int_equal(p1_mock.init(), 0);
  stage.events[0] = '\0';
  assert_int_equal(p1_mock_read_all_once(), 0);
  assert_string_equal(stage.events, "join a, destroy a, join b, destroy b, "
                                    "join c, destroy c");
  assert_int_equal(p1_mock.log_count, 0);
}

static int others_read(user_data_t *user_data) {
  (void)user_data;
  return 0;
}

static void others_free(void *data) { (void)data; }

/* collectd frees the user data itself when it refuses a name it has. */
static void refused_callback_name(void **state) {
  (void)state;
  user_data_t user_data = {.free_func = others_free};
  plugin_register_complex_read("others", "p1-b", others_read, 0, &user_data);
  configure(PLUGIN(METER("a", "") METER("b", "") METER("c", "")));
  assert_int_equal(p1_mock.init(), 0);
  assert_string_equal(stage.events, "create a, start a, create b, destroy b, "
                                    "create c, start c");
  assert_false(p1_stop_wait(stage.first->stop, 0));
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(p1_mock_logged("Meter \"b\": collectd refuses"), 1);
}

/* And leaves it to us when it has no memory. */
static void refused_callback(void **state) {
  (void)state;
  p1_mock.register_read_status = ENOMEM;
  configure(PLUGIN(METER("a", "") METER("b", "")));
  assert_int_not_equal(p1_mock.init(), 0);
  assert_string_equal(stage.events, "create a, destroy a, create b, destroy b");
  assert_int_equal(p1_mock.log_count, 2);
  assert_int_equal(p1_mock.read_count, 0);
}

static void no_thread_for_one(void **state) {
  (void)state;
  stage.no_thread = "a";
  configure(PLUGIN(METER("a", "") METER("b", "")));
  assert_int_equal(p1_mock.init(), 0);
  assert_int_equal(p1_mock_read_all(), 0);
  stage.events[0] = '\0';
  assert_int_equal(p1_mock_stop(), 0);
  assert_string_equal(stage.events, "destroy a, join b, destroy b");
}

static void no_thread_at_all(void **state) {
  (void)state;
  stage.no_thread = "a";
  configure(PLUGIN(METER("a", "")));
  assert_int_not_equal(p1_mock.init(), 0);
  assert_int_equal(p1_mock_read_all(), 0);
}

static void no_memory_for_one(void **state) {
  (void)state;
  stage.no_memory = "b";
  configure(PLUGIN(METER("a", "") METER("b", "") METER("c", "")));
  assert_int_equal(p1_mock.init(), 0);
  assert_string_equal(stage.events,
                      "create a, start a, create b, create c, start c");
  assert_int_equal(p1_mock_logged("Meter \"b\": out of memory"), 1);
  assert_int_equal(p1_mock.log_count, 1);
}

/* Sets the limit of open files to `more` than are open, and calls init. */
static int init_with_descriptors(rlim_t more) {
  struct rlimit before = {0};
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit limit = {.rlim_cur = (rlim_t)lowest_descriptor() + more,
                         .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  int status = p1_mock.init();
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  return status;
}

/* The stop handle, two ports, and 64 for the others. */
static void descriptors_are_kept_in_reserve(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "") METER("b", "") METER("c", "")));
  assert_int_equal(init_with_descriptors(1 + 2 + 64), 0);
  assert_string_equal(stage.events, "create a, start a, create b, start b");
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(p1_mock_logged("Meter \"c\": no descriptor may be left"), 1);
}

static void no_descriptor_for_a_port(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "") METER("b", "")));
  assert_int_not_equal(init_with_descriptors(1 + 3), 0);
  assert_string_equal(stage.events, "");
  assert_int_equal(p1_mock.log_count, 2);
}

static void no_descriptor_at_all(void **state) {
  (void)state;
  configure(PLUGIN(METER("a", "")));
  assert_int_not_equal(init_with_descriptors(0), 0);
  assert_string_equal(stage.events, "");
  assert_int_equal(p1_mock.log_count, 1);
  assert_int_equal(p1_mock_logged("p1 plugin: the system has no descriptor"),
                   1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(registers_and_waits),
      TEST(init_without_meters),
      TEST(wrong_blocks_are_not_collectds_end),
      TEST(config_without_init),
      TEST(one_reader_for_each_meter),
      TEST(settings_reach_the_reader),
      TEST(what_readers_say_is_logged),
      TEST(reads_publish_what_waits),
      TEST(reads_notify_of_what_happened),
      TEST(a_silent_meter_is_no_failure),
      TEST(all_are_told_before_one_is_joined),
      TEST(shutdown_takes_the_rest),
      TEST(test_mode),
      TEST(refused_callback_name),
      TEST(refused_callback),
      TEST(no_thread_for_one),
      TEST(no_thread_at_all),
      TEST(no_memory_for_one),
      TEST(descriptors_are_kept_in_reserve),
      TEST(no_descriptor_for_a_port),
      TEST(no_descriptor_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
