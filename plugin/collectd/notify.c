/*
 * notify.c - see notify.h.
 */
#include "collectd/notify.h"

#include "collectd/daemon.h"

#include <string.h>

_Static_assert(P1_NOTICE_TEXT_MAX <= NOTIF_MAX_MSG_LEN,
               "a sentence fits into collectd's field");
_Static_assert((int)P1_SEVERITY_FAILURE == NOTIF_FAILURE &&
                   (int)P1_SEVERITY_WARNING == NOTIF_WARNING &&
                   (int)P1_SEVERITY_OKAY == NOTIF_OKAY,
               "severities are collectd's numbers");

bool p1_notify(const char *meter, const char *host,
               const struct p1_notice *notice) {
  notification_t notification = {.severity = (int)notice->severity,
                                 .time = MS_TO_CDTIME_T(notice->time_ms)};
  snprintf(notification.message, sizeof(notification.message), "%s",
           notice->text);
  /* Unlike with values, collectd fills in nothing here. */
  snprintf(notification.host, sizeof(notification.host), "%s",
           host != NULL ? host : hostname_g);
  snprintf(notification.plugin, sizeof(notification.plugin), "p1");
  snprintf(notification.plugin_instance, sizeof(notification.plugin_instance),
           "%s", meter);
  return plugin_dispatch_notification(&notification) == 0;
}
