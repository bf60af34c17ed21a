/*
 * cuts.h - where telegrams are cut.
 *
 * Follows the bytes of a line and notices beginnings without an end, and ends
 * without a beginning. The framer cannot tell of them: a telegram that is cut
 * within a line vanishes in the next one, which the framer finds whole.
 *
 * Zero it to begin; zero it again when the line was opened anew.
 */
#ifndef P1_CUTS_H
#define P1_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Places of cuts that are kept. */
#define P1_CUTS_MAX 8

enum p1_cut_part { P1_CUT_END, P1_CUT_BEGINNING, P1_CUT_MIDDLE };

struct p1_cuts {
  uint32_t closed; /* bytes from a beginning to the '!' that came last; 0 while
                      a telegram is open, or when it had no beginning */
  /* ---- */
  char _before;     /* the last byte */
  char _printed;    /* the last one that showed */
  bool _open;       /* a beginning was seen, and no end yet */
  bool _joined;     /* a beginning or an end was seen at all */
  uint32_t _length; /* bytes since then, or since the quiet before */
  uint32_t _places[P1_CUTS_MAX];
  uint8_t _count, _next;
};

/* Takes n bytes, n > 0; after_quiet: the line was quiet before them. Returns
 * how many cuts they show, and keeps their places. */
unsigned p1_cuts_follow(struct p1_cuts *cuts, const char *bytes, size_t n,
                        bool after_quiet);

/* The framer found an end in the bytes given last. */
void p1_cuts_framed(struct p1_cuts *cuts);

/* Keeps the place of a cut that was found by other means: what is missing, and
 * how many bytes came. */
void p1_cuts_add(struct p1_cuts *cuts, enum p1_cut_part part, uint32_t place);

/* Forgets the places. */
void p1_cuts_forget(struct p1_cuts *cuts);

enum p1_cuts_pattern {
  P1_CUTS_UNCLEAR,    /* too few, or neither */
  P1_CUTS_SAME_PLACE, /* the same part and the same place */
  P1_CUTS_ANYWHERE
};

/* What the places kept have in common. */
enum p1_cuts_pattern p1_cuts_pattern(const struct p1_cuts *cuts);

#endif
