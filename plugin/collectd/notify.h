/*
 * notify.h - what happened to a meter's line becomes collectd's notifications.
 */
#ifndef P1_COLLECTD_NOTIFY_H
#define P1_COLLECTD_NOTIFY_H

#include "notice.h"

/* Dispatches one notification: plugin p1, plugin instance `meter`, and `host`,
 * or collectd's own host name when that is NULL. Returns whether collectd took
 * it. To be called from a read callback. */
bool p1_notify(const char *meter, const char *host,
               const struct p1_notice *notice);

#endif
