/*
 * daemon.h - the headers of collectd that the plugin's edge uses.
 *
 * An installed collectd has them below collectd/core/, a collectd source tree
 * in its include path. They bring collectd's config.h along, which defines
 * PACKAGE_* and VERSION for itself: no other configuration header may meet it
 * in one file.
 */
#ifndef P1_COLLECTD_DAEMON_H
#define P1_COLLECTD_DAEMON_H

#if defined(__has_include)
#if __has_include(<collectd/core/daemon/collectd.h>)
#define P1_COLLECTD_INSTALLED 1
#endif
#endif

#ifdef P1_COLLECTD_INSTALLED
#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>
#else
#include "collectd.h"

#include "plugin.h"
#endif

#endif
