/*
 * publish.h - a closed interval becomes collectd's value lists.
 *
 * host/p1-<meter>/<type>-<instance>, one value each, all of them GAUGE.
 */
#ifndef P1_COLLECTD_PUBLISH_H
#define P1_COLLECTD_PUBLISH_H

#include "p1/meter.h"

/* Under which names a meter's readings go out. Strings are borrowed. */
struct p1_publish_names {
  const char *meter; /* [A-Za-z0-9_-], the plugin instance */
  const char *host;  /* NULL: collectd's own host name */
  bool min_max;      /* means also get -min and -max */
};

/* Dispatches every reading of the interval, all with the time of the telegram
 * that closed it. Allocates nothing; collectd copies what it is given. Returns
 * how many value lists collectd took. */
size_t p1_publish(const struct p1_publish_names *names,
                  const struct p1_interval *interval);

#endif
