/*
 * module.c - what collectd sees of the plugin: registration and life cycle.
 *
 * config: the blocks are read. init: one reader thread per meter starts, and no
 * earlier, because the daemon forks between the two. The read callbacks take
 * what the readers have closed. At the end the daemon first joins its read
 * threads, then frees each callback's data, then calls shutdown: so a reader
 * stops where its callback is freed, and shutdown has only the leftovers.
 *
 * Only the read callbacks run beside each other, each on a meter of its own;
 * all else is called by the daemon's main thread.
 */
#include "collectd/config.h"
#include "collectd/notify.h"
#include "collectd/publish.h"
#include "device.h"
#include "reader.h"

#include "collectd/daemon.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#include <sys/resource.h>
#define EXPORT __attribute__((visibility("default")))
#endif

/* Descriptors that the ports leave to everybody else: collectd calls abort()
 * when it gets none, and 64 are what its writers, logs and sockets come to. */
#define DESCRIPTORS_RESERVED 64

/* A closed interval is fetched within this time, so that it reaches the writers
 * well before collectd takes the value for missing. */
#define READ_INTERVAL_MAX_MS 1000

/* Where the meters stand until TimeZone tells: central European time. */
#define STANDARD_OFFSET_S 3600

/* A meter at work. The read callback's user data. */
struct running_meter {
  struct running_meter *next;
  const struct p1_settings_meter *settings;
  struct p1_reader *reader;
  bool started;
};

static struct {
  struct p1_settings settings;
  size_t refused; /* blocks and keys, each told of when it was read */
  struct running_meter *meters;
  struct p1_stop stop; /* tells all readers at once */
  bool stop_ready;
} plugin;

/* Called from the readers' threads too; collectd's log is made for that. */
static void log_line(enum p1_log_level level, const char *message) {
  plugin_log((int)level, "p1 plugin: %s", message);
}

static int p1_config(oconfig_item_t *item) {
  plugin.refused += p1_settings_read(&plugin.settings, item);
  /* Any other answer makes the daemon give up as a whole, with all the plugins
   * that have nothing to do with ours. */
  return 0;
}

static int p1_read(user_data_t *user_data) {
  struct running_meter *meter = user_data->data;
  struct p1_publish_names names = {.meter = meter->settings->name,
                                   .host = meter->settings->host,
                                   .min_max = meter->settings->min_max};
  struct p1_interval interval; /* 4 KiB, and not for each meter */
  while (p1_reader_take(meter->reader, &interval))
    p1_publish(&names, &interval);
  struct p1_notice notice;
  while (p1_reader_take_notice(meter->reader, &notice))
    p1_notify(names.meter, names.host, &notice);
  /* A silent meter is no failure: collectd would call less and less often, down
   * to once a day. */
  return 0;
}

/* Ends a meter; frees the read callback's user data. */
static void p1_free(void *data) {
  struct running_meter *meter = data;
  struct running_meter **link = &plugin.meters;
  while (*link != meter)
    link = &(*link)->next;
  *link = meter->next;

  if (meter->started) {
    /* The first that ends tells all, so that none is waited for in turn. */
    p1_stop_raise(&plugin.stop);
    p1_reader_join(meter->reader);
  }
  p1_reader_destroy(meter->reader);
  free(meter);
}

/* Makes a meter that does not run yet; NULL when out of memory. */
static struct running_meter *
make_meter(const struct p1_settings_meter *settings) {
  struct running_meter *meter = calloc(1, sizeof(*meter));
  struct p1_source *source = p1_device_create(&settings->serial);
  if (meter == NULL || source == NULL) {
    if (source != NULL)
      source->class->destroy(source);
    free(meter);
    return NULL;
  }
  struct p1_reader_options options = {
      .name = settings->name,
      .meter = settings->meter,
      .silence_ms = settings->timeout_ms,
      .speed = settings->speed_fixed ? settings->serial.speed : 0,
      .framing = settings->framing_fixed ? &settings->serial.framing : NULL,
      .standard_offset_s = STANDARD_OFFSET_S,
      .log = log_line,
  };
  meter->settings = settings;
  meter->reader = p1_reader_create(&options, source, &plugin.stop);
  if (meter->reader == NULL) {
    free(meter);
    return NULL;
  }
  return meter;
}

/* Hands the meter to collectd; 0, or what collectd said. When that refuses it
 * may have freed the meter already or not: the list knows. */
static int register_meter(struct running_meter *meter) {
  const struct p1_settings_meter *settings = meter->settings;
  char name[DATA_MAX_NAME_LEN];
  snprintf(name, sizeof(name), "p1-%s", settings->name);
  int64_t interval_ms = settings->meter.interval_ms / 2;
  if (interval_ms > READ_INTERVAL_MAX_MS)
    interval_ms = READ_INTERVAL_MAX_MS;
  user_data_t user_data = {.data = meter, .free_func = p1_free};

  meter->next = plugin.meters;
  plugin.meters = meter;
  int status = plugin_register_complex_read(
      "p1", name, p1_read, MS_TO_CDTIME_T(interval_ms), &user_data);
  if (status != 0 && plugin.meters != NULL &&
      plugin.meters->settings == settings)
    p1_free(plugin.meters);
  return status;
}

/* Registers first, so that a refusal meets a reader that has not started and
 * need not stop the others. True when it runs. */
static bool start_meter(const struct p1_settings_meter *settings) {
  struct running_meter *meter = make_meter(settings);
  if (meter == NULL) {
    ERROR("p1 plugin: Meter \"%s\": out of memory. It is left out.",
          settings->name);
    return false;
  }
  int status = register_meter(meter);
  if (status != 0) {
    ERROR("p1 plugin: Meter \"%s\": collectd refuses its read callback "
          "p1-%s with status %d; is that name another plugin's? It is left "
          "out.",
          settings->name, settings->name, status);
    return false;
  }
  /* When it fails, the reader has told; the callback then finds nothing. */
  meter->started = p1_reader_start(meter->reader) == 0;
  return meter->started;
}

/* How many ports may be opened. The stop handle is the newest descriptor and
 * got the lowest free number: as many are in use. */
static size_t ports_allowed(void) {
#ifndef _WIN32
  struct rlimit limit = {0};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
      limit.rlim_cur != RLIM_INFINITY) {
    rlim_t used = (rlim_t)plugin.stop.handle + 1 + DESCRIPTORS_RESERVED;
    return limit.rlim_cur > used ? (size_t)(limit.rlim_cur - used) : 0;
  }
#endif
  return SIZE_MAX;
}

static int p1_init(void) {
  if (plugin.settings.meters == NULL) {
    if (plugin.refused == 0)
      ERROR("p1 plugin: no Meter to read: <Plugin p1> needs at least one good "
            "<Meter \"name\"> block with a Device.");
    return -1;
  }
  if (p1_stop_init(&plugin.stop) != 0) {
    ERROR("p1 plugin: the system has no descriptor left for the plugin: see "
          "the limit of open files (ulimit -n, LimitNOFILE=).");
    return -1;
  }
  plugin.stop_ready = true;

  size_t running = 0;
  size_t ports = 0;
  size_t allowed = ports_allowed();
  for (const struct p1_settings_meter *settings = plugin.settings.meters;
       settings != NULL; settings = settings->next) {
    if (ports++ >= allowed) {
      ERROR("p1 plugin: Meter \"%s\": no descriptor may be left for it, %d "
            "are kept for the rest of collectd: raise the limit of open files "
            "(ulimit -n, LimitNOFILE=). It is left out.",
            settings->name, DESCRIPTORS_RESERVED);
      continue;
    }
    if (start_meter(settings))
      running++;
  }
  return running > 0 ? 0 : -1;
}

static int p1_shutdown(void) {
  while (plugin.meters != NULL)
    p1_free(plugin.meters);
  if (plugin.stop_ready)
    p1_stop_destroy(&plugin.stop);
  plugin.stop_ready = false;
  p1_settings_free(&plugin.settings);
  return 0;
}

EXPORT void module_register(void) {
  plugin_register_complex_config("p1", p1_config);
  plugin_register_init("p1", p1_init);
  plugin_register_shutdown("p1", p1_shutdown);
}
