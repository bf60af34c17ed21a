/*
 * complaint.h - says what is wrong without flooding the log.
 *
 * One complaint stands for one cause. The first time is logged, then at most
 * one line in a quarter of an hour with the count of those in between, then
 * "recovered". A cause may have several reasons (the device is gone; it is back
 * but may not be opened): each has its own quarter of an hour, and another
 * reason than the last one is logged after a minute.
 *
 * Zero it to begin. Not thread-safe.
 */
#ifndef P1_COMPLAINT_H
#define P1_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

/* A quarter of an hour: 96 lines a day for what stays broken. */
#define P1_COMPLAINT_EVERY_MS 900000
/* Another reason waits this long, so that several cannot come in a burst. */
#define P1_COMPLAINT_REASON_MS 60000
/* Reasons that are remembered: of a port that comes and goes it is lost, not
 * there, not allowed, and in use. */
#define P1_COMPLAINT_REASONS 4

struct p1_complaint {
  struct {
    int64_t last_ms; /* when its last line was logged */
    uint32_t reason;
    bool told;
  } _told[P1_COMPLAINT_REASONS];
  int64_t _last_ms;    /* of the last line, for whatever reason */
  uint32_t _hidden;    /* occurrences since that line */
  bool _ever, _active; /* a line was logged; the cause has not gone since */
};

/* Something is wrong at `now_ms` of the monotonic clock. Returns true when that
 * is to be logged now; *hidden is then the count of earlier occurrences that no
 * line told of. */
bool p1_complaint_raise(struct p1_complaint *complaint, uint32_t reason,
                        int64_t now_ms, uint32_t *hidden);

/* It is right again. Returns true when that is to be logged, which is when its
 * beginning was; *hidden is as above. */
bool p1_complaint_clear(struct p1_complaint *complaint, uint32_t *hidden);

/* True from a complaint that was logged to its clear(). */
bool p1_complaint_active(const struct p1_complaint *complaint);

/* A reason's number made of its sentence (FNV-1a). */
uint32_t p1_complaint_reason(const char *sentence);

#endif
