#include "complaint.h"

bool p1_complaint_raise(struct p1_complaint *complaint, uint32_t reason,
                        int64_t now_ms, uint32_t *hidden) {
  *hidden = complaint->_hidden;
  int64_t wait = reason == complaint->_reason ? P1_COMPLAINT_EVERY_MS
                                              : P1_COMPLAINT_REASON_MS;
  if (complaint->_ever && now_ms - complaint->_last_ms < wait) {
    if (complaint->_hidden < UINT32_MAX)
      complaint->_hidden++;
    return false;
  }
  *complaint = (struct p1_complaint){
      ._last_ms = now_ms, ._reason = reason, ._ever = true, ._active = true};
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
