#include "notice.h"

#include <stdio.h>
#include <string.h>

void p1_notices_put(struct p1_notices *notices, enum p1_severity severity,
                    int64_t time_ms, const char *sentence) {
  /* From the first place on while it is empty: the others' memory is then
   * never touched. */
  if (notices->_count == 0)
    notices->_first = 0;
  if (notices->_count == P1_NOTICES_MAX) {
    notices->_first = (uint8_t)((notices->_first + 1) % P1_NOTICES_MAX);
    notices->_count--;
  }
  struct p1_notice *notice =
      &notices->_notices[(notices->_first + notices->_count) % P1_NOTICES_MAX];
  notices->_count++;
  notice->time_ms = time_ms;
  notice->severity = severity;
  size_t n = strlen(sentence);
  if (n < sizeof(notice->text)) {
    memcpy(notice->text, sentence, n + 1);
    return;
  }
  static const char more[] = "...";
  n = sizeof(notice->text) - sizeof(more);
  memcpy(notice->text, sentence, n);
  memcpy(notice->text + n, more, sizeof(more));
}

bool p1_notices_take(struct p1_notices *notices, struct p1_notice *notice) {
  if (notices->_count == 0)
    return false;
  *notice = notices->_notices[notices->_first];
  notices->_first = (uint8_t)((notices->_first + 1) % P1_NOTICES_MAX);
  notices->_count--;
  return true;
}
