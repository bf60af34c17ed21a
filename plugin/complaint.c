#include "complaint.h"

#include <stddef.h>

bool p1_complaint_raise(struct p1_complaint *complaint, uint32_t reason,
                        int64_t now_ms, uint32_t *hidden) {
  *hidden = complaint->_hidden;
  /* The place of this reason; else one that is free, else the oldest. */
  size_t place = 0;
  for (size_t i = 0; i < P1_COMPLAINT_REASONS; i++) {
    if (complaint->_told[i].told && complaint->_told[i].reason == reason) {
      place = i;
      break;
    }
    if (complaint->_told[place].told &&
        (!complaint->_told[i].told ||
         complaint->_told[i].last_ms < complaint->_told[place].last_ms))
      place = i;
  }
  const bool same =
      complaint->_told[place].told && complaint->_told[place].reason == reason;
  if ((same &&
       now_ms - complaint->_told[place].last_ms < P1_COMPLAINT_EVERY_MS) ||
      (complaint->_ever &&
       now_ms - complaint->_last_ms < P1_COMPLAINT_REASON_MS)) {
    if (complaint->_hidden < UINT32_MAX)
      complaint->_hidden++;
    return false;
  }
  complaint->_told[place].reason = reason;
  complaint->_told[place].last_ms = now_ms;
  complaint->_told[place].told = true;
  complaint->_last_ms = now_ms;
  complaint->_hidden = 0;
  complaint->_ever = complaint->_active = true;
  return true;
}

bool p1_complaint_clear(struct p1_complaint *complaint, uint32_t *hidden) {
  *hidden = complaint->_hidden;
  if (!complaint->_active)
    return false;
  complaint->_active = false;
  complaint->_hidden = 0;
  return true;
}

bool p1_complaint_active(const struct p1_complaint *complaint) {
  return complaint->_active;
}

uint32_t p1_complaint_reason(const char *sentence) {
  uint32_t hash = UINT32_C(2166136261);
  for (const char *at = sentence; *at != '\0'; at++)
    hash = (hash ^ (unsigned char)*at) * UINT32_C(16777619);
  return hash;
}
