/*
 * voice.h - what a meter's reader has to say, with the meter's name, to the log
 * of whoever runs it, and no more often than complaint.h allows. What begins or
 * ends in the log is an event as well, for collectd's notifications; what is
 * only repeated there, or told with another reason, is none.
 */
#ifndef P1_VOICE_H
#define P1_VOICE_H

#include "complaint.h"
#include "notice.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers are syslog's, which collectd uses as well. */
enum p1_log_level {
  P1_LOG_ERROR = 3,
  P1_LOG_WARNING = 4,
  P1_LOG_NOTICE = 5,
  P1_LOG_INFO = 6
};

/* What may be wrong; each is complained of on its own. */
enum p1_cause {
  P1_CAUSE_PORT,    /* it cannot be opened, or was lost */
  P1_CAUSE_SILENCE, /* no telegram comes */
  P1_CAUSE_DAMAGE,  /* telegrams are not whole */
  P1_CAUSE_COUNT
};

/* Zero it, then set what has no underscore to begin. Not thread-safe. */
struct p1_voice {
  const char *name; /* the meter's; the caller's */
  void (*log)(enum p1_log_level level, const char *message); /* or NULL */
  /* Called with each event and `whose`; or NULL. */
  void (*notify)(void *whose, enum p1_severity severity, const char *sentence);
  void *whose;
  struct p1_complaint _complaints[P1_CAUSE_COUNT];
};

/* Logs one line: the meter's name and the sentence. */
void p1_say(const struct p1_voice *voice, enum p1_log_level level,
            const char *sentence);

/* Logs a sentence on what is wrong, when its turn has come; `reason` tells the
 * cause's reasons apart. The first line after it was right is an event. */
void p1_complain(struct p1_voice *voice, enum p1_cause cause, uint32_t reason,
                 int64_t now_ms, enum p1_log_level level, const char *sentence);

/* Logs that a cause is gone, when a complaint of it was logged; that is an
 * event too. */
void p1_recovered(struct p1_voice *voice, enum p1_cause cause,
                  const char *sentence);

#endif
