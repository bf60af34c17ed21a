/*
 * reader_watch.h - what a reader makes of its line: at which speed and framing
 * to listen, and what to tell people of silence and damage.
 *
 * It is shown all that was read and what became of it, and opens, reads and
 * waits for nothing itself. The reader's thread alone uses it. Times are
 * milliseconds of the monotonic clock.
 */
#ifndef P1_READER_WATCH_H
#define P1_READER_WATCH_H

#include "diagnosis.h"
#include "hunt.h"
#include "voice.h"

struct p1_watch_options {
  int64_t silence_ms; /* without a telegram until it is told; 0: three times the
                         meter's pace, at least 30 s */
  bool ignore_crc;
  bool tunable;                   /* there is a line to set */
  int speed;                      /* as the user has fixed it; 0: hunt for it */
  const enum p1_framing *framing; /* the same; NULL: hunt for it */
};

struct p1_watch {
  struct p1_voice voice; /* the reader's too */
  /* ---- */
  bool _tunable, _introduced, _damage;
  bool _silence_given, _ignore_crc;
  int64_t _silence_ms;
  int64_t _heard_ms; /* last telegram, good or bad, or opening */
  struct p1_hunt_line _told;
  struct p1_hunt _hunt;
  struct p1_diagnosis _diagnosis;
};

/* Makes it ready; sets all but `voice`, which is the caller's to set. Nothing
 * of *options is kept. */
void p1_watch_init(struct p1_watch *watch,
                   const struct p1_watch_options *options, int64_t now_ms);

/* The port is about to be opened, for the first time or again: what to set it
 * to before, where there is a line to set. */
struct p1_hunt_line p1_watch_opening(struct p1_watch *watch, int64_t now_ms);

/* It is open. */
void p1_watch_opened(struct p1_watch *watch, int64_t now_ms);

/* The framer took n bytes and made `event` of them; with TELEGRAM and BAD_CRC,
 * `telegram` is what it parsed to. */
void p1_watch_bytes(struct p1_watch *watch, const char *bytes, size_t n,
                    int64_t now_ms);
void p1_watch_event(struct p1_watch *watch, enum p1_frame_event event,
                    const struct p1_framer *framer,
                    const struct p1_telegram *telegram, int64_t now_ms);

/* The meter took that telegram; `pace_ms` is its pace, or 0. */
void p1_watch_accepted(struct p1_watch *watch, const struct p1_framer *framer,
                       const struct p1_telegram *telegram, int64_t pace_ms);

/* To be called after every portion read and every wait that brought nothing:
 * tells of silence and damage when it is time. True when the port is to be set
 * to *line now; what waits in it and half telegrams are then thrown away. */
bool p1_watch_step(struct p1_watch *watch, int64_t now_ms,
                   struct p1_hunt_line *line);

#endif
