/*
 * config.h - what collectd.conf says of the meters.
 *
 * A wrong key, value or block is told in one line of the log: which block, what
 * is wrong, what is allowed. The Meter block it stands in is left out and the
 * others go on.
 */
#ifndef P1_COLLECTD_CONFIG_H
#define P1_COLLECTD_CONFIG_H

#include "p1/meter.h"
#include "serial.h"

#include "collectd/daemon.h"

/* A good <Meter> block. All strings are its own. */
struct p1_settings_meter {
  struct p1_settings_meter *next; /* in the order of the file */
  char *name;                     /* [A-Za-z0-9_-], unique */
  char *host;                     /* NULL: collectd's own host name */
  char *device;                   /* as written; serial.device is this one */
  char *port; /* what the device leads to, unique; the device itself when it
                 leads nowhere yet */
  struct p1_serial_options serial; /* speed and framing to begin with */
  bool speed_fixed, framing_fixed; /* the hunt keeps to them */
  struct p1_meter_options meter;
  int64_t timeout_ms; /* of silence; 0: as the reader has it */
  bool min_max;
};

/* All of them. Starts as {0}. */
struct p1_settings {
  struct p1_settings_meter *meters;
};

/* Adds the good Meter blocks of one <Plugin p1> block; there may be several.
 * To be called from the config callback, where plugin_get_interval() is that of
 * <LoadPlugin p1>. Returns how many blocks and keys were refused. */
size_t p1_settings_read(struct p1_settings *settings,
                        const oconfig_item_t *plugin);

/* Frees what it holds and makes it empty. */
void p1_settings_free(struct p1_settings *settings);

#endif
