/*
 * collectd_mock.h - stand-ins for the functions of collectd that the plugin
 * calls. They record what they are given, and behave as collectd 5.12 was seen
 * to behave where that matters to the plugin.
 */
#ifndef P1_COLLECTD_MOCK_H
#define P1_COLLECTD_MOCK_H

#include "collectd/daemon.h"

/* Far more than any test causes; a test that goes beyond is aborted. */
#define P1_MOCK_LOGS_MAX 256
#define P1_MOCK_VALUES_MAX 1024
#define P1_MOCK_READS_MAX 64
#define P1_MOCK_NOTIFICATIONS_MAX 64

struct p1_mock_log {
  int severity;
  char text[1024]; /* what collectd's own buffer holds */
};

/* A value list as a writer would see it. */
struct p1_mock_value {
  char identifier[6 * DATA_MAX_NAME_LEN];
  char type[DATA_MAX_NAME_LEN];
  double value;
  cdtime_t time;
  cdtime_t interval;
};

struct p1_mock_read {
  char group[DATA_MAX_NAME_LEN];
  char name[DATA_MAX_NAME_LEN];
  plugin_read_cb callback;
  cdtime_t interval;
  user_data_t user_data;
};

extern struct p1_mock {
  size_t log_count;
  struct p1_mock_log log[P1_MOCK_LOGS_MAX];

  size_t value_count;
  struct p1_mock_value value[P1_MOCK_VALUES_MAX];

  size_t notification_count;
  notification_t notification[P1_MOCK_NOTIFICATIONS_MAX];

  /* What the plugin registered. */
  int (*config)(oconfig_item_t *);
  plugin_init_cb init;
  plugin_shutdown_cb shutdown;
  size_t read_count;
  struct p1_mock_read read[P1_MOCK_READS_MAX];

  /* What a test may set. */
  cdtime_t interval_of_plugin; /* <LoadPlugin p1> Interval; 0: the global */
  int register_read_status;    /* not 0: refused, and nothing freed */
} p1_mock;

/* Forgets everything recorded and set. */
void p1_mock_reset(void);

/* Reads a text in the language of collectd.conf and hands each top-level block
 * to the registered config callback, or to `callback` when it is not NULL.
 * Returns what the last call returned. Knows what the tests need: blocks,
 * quoted and plain words, numbers, true/false, several values on a line. */
int p1_mock_config(const char *text, int (*callback)(oconfig_item_t *));

/* The number of log lines that hold `text`. */
size_t p1_mock_logged(const char *text);

/* The value list with this identifier, or NULL; the newest of several. */
const struct p1_mock_value *p1_mock_find(const char *identifier);

/* What the daemon does with the read callbacks: one after the other. */
int p1_mock_read_all(void);

/* `collectd -T`: calls each read callback and frees it at once, before the
 * next one is called. Returns 0 when none failed. */
int p1_mock_read_all_once(void);

/* The end: frees every read callback's data, then calls shutdown. */
int p1_mock_stop(void);

#endif
