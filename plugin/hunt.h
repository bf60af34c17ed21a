/*
 * hunt.h - finds out a meter's speed and framing.
 *
 * P1 ports speak 115200 8N1, or 9600 7E1 before DSMR 4, and a few 9600 8N1.
 * Nobody should have to know which. The hunt tries them in this order, the one
 * that last gave telegrams first, and decides on what arrives; it never gives
 * up. It opens no port and asks no clock: it reads a diagnosis of the line and
 * says when to try what.
 *
 *     if (p1_hunt_step(&hunt, &diagnosis, now_ms)) {
 *       set the port to p1_hunt_line(&hunt), throw away what waits in it;
 *       p1_framer_init(&framer);
 *       p1_diagnosis_retuned(&diagnosis);
 *     }
 *
 * after every portion read and after every wait that brought nothing, once in
 * 5 s at least.
 */
#ifndef P1_HUNT_H
#define P1_HUNT_H

#include "diagnosis.h"
#include "serial.h"

/* Three speeds and framings are in use; one more is added when the bytes show
 * it. */
#define P1_HUNT_MAX 4

struct p1_hunt_line {
  int speed; /* baud */
  enum p1_framing framing;
};

struct p1_hunt {
  struct p1_hunt_line _lines[P1_HUNT_MAX];
  uint8_t _count, _current;
  bool _framing_fixed;
  int8_t _good;      /* the one that gave telegrams last, or -1 */
  uint8_t _turn;     /* the one that silence went to last */
  uint8_t _unfit;    /* one bit for each whose bytes fitted not, this round */
  uint32_t _rounds;  /* in which none fitted, since telegrams came */
  bool _locked;      /* the current one gives telegrams */
  int64_t _since_ms; /* when the current one was set */
  int64_t _heard_ms; /* when telegrams were last seen with it */
};

/* Begins a hunt; the line to begin with is p1_hunt_line(). `speed` is what the
 * user has fixed, or 0; `framing` is what the user has fixed, or NULL. Only
 * lines that fit are tried. */
void p1_hunt_init(struct p1_hunt *hunt, int speed,
                  const enum p1_framing *framing, int64_t now_ms);

/* What the port is to be set to. */
struct p1_hunt_line p1_hunt_line(const struct p1_hunt *hunt);

/* Looks at the line; true when the port is to be set to another
 * p1_hunt_line(), now. */
bool p1_hunt_step(struct p1_hunt *hunt, const struct p1_diagnosis *diagnosis,
                  int64_t now_ms);

/* The port was lost and is opened again: begin with the line that was good
 * last. True when that is another one than the port was set to before. */
bool p1_hunt_reopened(struct p1_hunt *hunt, int64_t now_ms);

/* Whether a verdict on the line is worth telling. While the hunt is on its way,
 * garbage only means that it has not come to the right line yet: false until
 * all were tried. */
bool p1_hunt_settled(const struct p1_hunt *hunt,
                     enum p1_diagnosis_verdict verdict);

#endif
