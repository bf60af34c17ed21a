#include "voice.h"

#include "source.h"

#include <inttypes.h>
#include <stdio.h>

/* A source's sentence, the meter's name (64 bytes) and the words around them.
 */
#define LINE_MAX_BYTES (P1_SOURCE_MESSAGE_MAX + 192)

static void log_line(const struct p1_voice *voice, enum p1_log_level level,
                     const char *sentence, uint32_t hidden) {
  if (voice->log == NULL)
    return;
  char line[LINE_MAX_BYTES], held_back[48] = "";
  if (hidden > 0)
    snprintf(held_back, sizeof(held_back), " (messages held back: %" PRIu32 ")",
             hidden);
  snprintf(line, sizeof(line), "meter \"%.64s\": %s%s", voice->name, sentence,
           held_back);
  voice->log(level, line);
}

static void notify(const struct p1_voice *voice, enum p1_severity severity,
                   const char *sentence) {
  if (voice->notify != NULL)
    voice->notify(voice->whose, severity, sentence);
}

void p1_say(const struct p1_voice *voice, enum p1_log_level level,
            const char *sentence) {
  log_line(voice, level, sentence, 0);
}

void p1_complain(struct p1_voice *voice, enum p1_cause cause, uint32_t reason,
                 int64_t now_ms, enum p1_log_level level,
                 const char *sentence) {
  uint32_t hidden = 0;
  struct p1_complaint *complaint = &voice->_complaints[cause];
  bool known = p1_complaint_active(complaint);
  if (!p1_complaint_raise(complaint, reason, now_ms, &hidden))
    return;
  log_line(voice, level, sentence, hidden);
  if (!known)
    notify(voice,
           cause == P1_CAUSE_DAMAGE ? P1_SEVERITY_WARNING : P1_SEVERITY_FAILURE,
           sentence);
}

void p1_recovered(struct p1_voice *voice, enum p1_cause cause,
                  const char *sentence) {
  uint32_t hidden = 0;
  if (!p1_complaint_clear(&voice->_complaints[cause], &hidden))
    return;
  log_line(voice, P1_LOG_NOTICE, sentence, hidden);
  notify(voice, P1_SEVERITY_OKAY, sentence);
}
