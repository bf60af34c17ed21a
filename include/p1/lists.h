/*
 * lists.h - the records inside a telegram's two lists: the power failure log
 * and the peaks of past months. They are read when asked for, in place.
 */
#ifndef P1_LISTS_H
#define P1_LISTS_H

#include "p1/telegram.h"

/* A row of the power failure log, 1-0:99.97.0 (P1-5.0.2 section 6.11). */
struct p1_failure {
  struct p1_clock end; /* may be invalid: meters write dummy stamps */
  int64_t duration_s;
};

/* A closed month of 0-0:98.1.0 (e-MUCS 1.7.1). */
struct p1_month_peak {
  struct p1_clock closed; /* the first moment of the month after */
  struct p1_clock when;   /* when the peak was; may be invalid */
  struct p1_value demand; /* W */
};

/* Where an iteration stands; zero it to begin. */
struct p1_list_cursor {
  size_t _at;
  uint8_t _columns;
  uint8_t _peak;
  bool _started;
};

/* Gives the next row of the power failure log, in the meter's order. Returns
 * false at the end. Rows that no failure can be (2,147,483,647 s, as Kaifa
 * meters fill the log with) are skipped. */
bool p1_list_failure(const struct p1_telegram *telegram,
                     struct p1_list_cursor *cursor, struct p1_failure *failure);

/* Gives the next month's peak of imported demand, in the meter's order, which
 * is newest first in some meters and oldest first in others. Returns false at
 * the end. Months without a measurement (no peak time and 0 kW) are skipped;
 * the Hungarian snapshot under the same code has no such records. */
bool p1_list_month_peak(const struct p1_telegram *telegram,
                        struct p1_list_cursor *cursor,
                        struct p1_month_peak *peak);

#endif
