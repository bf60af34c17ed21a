/*
 * diagnosis.h - what is wrong on a line, in one sentence.
 *
 * A reader that gets no telegram sees silence or garbage, and people sit before
 * it with a cable in their hand. This tells, from the bytes, from what the
 * framer made of them, and from when they came, which of the usual things it
 * is. It opens nothing, asks no clock, allocates nothing and never grows; one
 * thread uses it.
 *
 * How to feed it, with every portion that was read:
 *
 *     taken = p1_framer_push(&framer, at, left, &event);
 *     p1_diagnosis_bytes(&diagnosis, at, taken, now_ms);
 *     p1_diagnosis_event(&diagnosis, event, &framer, &telegram, now_ms);
 *
 * Times are milliseconds of a clock that never steps.
 */
#ifndef P1_DIAGNOSIS_H
#define P1_DIAGNOSIS_H

#include "cuts.h"
#include "p1/framer.h"
#include "p1/telegram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum p1_diagnosis_verdict {
  P1_DIAGNOSIS_UNDECIDED, /* too little came to tell */
  P1_DIAGNOSIS_HEALTHY,   /* telegrams arrive whole */
  P1_DIAGNOSIS_NOTHING,   /* not a byte, ever */
  P1_DIAGNOSIS_STOPPED,   /* bytes came, and come no more */
  P1_DIAGNOSIS_NULS,      /* nothing but NUL bytes, or breaks */
  P1_DIAGNOSIS_GARBAGE,   /* random bytes: wrong speed, or no P1 at all */
  P1_DIAGNOSIS_7E1,       /* 7E1 read as 8N1 */
  P1_DIAGNOSIS_8N1,       /* 8N1 read as 7E1, by a port that drops what has a
                             wrong parity */
  P1_DIAGNOSIS_INVERTED,  /* the levels are the wrong way round */
  P1_DIAGNOSIS_ENCRYPTED, /* telegrams that nobody has decrypted */
  P1_DIAGNOSIS_HDLC,      /* DLMS in HDLC frames, not P1 */
  P1_DIAGNOSIS_MBUS,      /* wired M-Bus, not P1 */
  P1_DIAGNOSIS_TEXT,      /* text of something else */
  P1_DIAGNOSIS_CRC,       /* some telegrams are damaged */
  P1_DIAGNOSIS_OTHER_CRC, /* no CRC ever fits, all in the same way */
  P1_DIAGNOSIS_NO_CRC,    /* whole, but the CRC that is due is missing */
  P1_DIAGNOSIS_CUT,       /* bytes are missing, at the same place each time */
  P1_DIAGNOSIS_LOSSY,     /* bytes are missing, anywhere */
  P1_DIAGNOSIS_COUNT
};

/* Since p1_diagnosis_init(); each only grows. */
struct p1_diagnosis_counts {
  uint64_t bytes;
  uint64_t nuls;        /* of them, NUL */
  uint64_t telegrams;   /* whole */
  uint64_t bad_crc;     /* CRC does not fit */
  uint64_t missing_crc; /* whole but for a CRC that is due */
  uint64_t cut;         /* beginnings without an end, and the other way round */
};

/* Bytes that are kept to be looked at; when they are full the older half goes.
 * Half of them still holds the beginning of an encrypted frame, the longest of
 * which known is 1,515 bytes. */
#define P1_DIAGNOSIS_SAMPLE 4096

struct p1_diagnosis {
  struct p1_diagnosis_counts counts; /* the caller's to read */
  /* ---- */
  bool _ignore_crc;

  /* Time. */
  int64_t _byte_ms, _good_ms; /* last byte, or init; last whole telegram */
  int64_t _pace_ms, _gap_ms;  /* between whole ones; 0: unknown */
  bool _any_byte, _any_good, _crc_seen;

  /* The last 32 telegrams, the newest in the lowest bit. */
  uint32_t _damaged, _cut, _bare;
  uint8_t _seen; /* telegrams, 32 at most */
  struct p1_cuts _cuts;

  /* Lengths of the last two whole ones, and of the longest bad one; the last
   * bad one's form, and how many were like it. */
  uint32_t _length_whole, _length_before, _bad_longest;
  uint32_t _bad_form, _alike;

  /* Bytes since the last whole telegram. */
  uint64_t _amount, _nuls;
  uint32_t _bursts,
      _burst; /* stretches with quiet between; bytes of the last */
  uint16_t _fill;
  char _sample[P1_DIAGNOSIS_SAMPLE];
};

/* Begins to listen to a line that was just opened. With ignore_crc, a telegram
 * of the right form is whole whatever its CRC. */
void p1_diagnosis_init(struct p1_diagnosis *diagnosis, bool ignore_crc,
                       int64_t now_ms);

/* The line's speed or framing was changed: what was heard tells nothing more.
 * The counts go on, and so does a silence. */
void p1_diagnosis_retuned(struct p1_diagnosis *diagnosis);

/* n bytes came. */
void p1_diagnosis_bytes(struct p1_diagnosis *diagnosis, const char *bytes,
                        size_t n, int64_t now_ms);

/* The framer made something of the bytes given last. `telegram` is what it
 * parsed to with TELEGRAM and BAD_CRC; otherwise neither is looked at, and any
 * event may be passed on. */
void p1_diagnosis_event(struct p1_diagnosis *diagnosis,
                        enum p1_frame_event event,
                        const struct p1_framer *framer,
                        const struct p1_telegram *telegram, int64_t now_ms);

/* What is to be said of the line at this moment. Cheap while telegrams arrive,
 * some 10 us otherwise; once per portion read, or per second, is often enough.
 */
enum p1_diagnosis_verdict
p1_diagnosis_verdict(const struct p1_diagnosis *diagnosis, int64_t now_ms);

/* Whether lines of a telegram stand in what came last, whole or not: then the
 * line's speed and framing are right, whatever else is wrong. */
bool p1_diagnosis_shows_p1(const struct p1_diagnosis *diagnosis);

/* Milliseconds since the last byte, or since init. */
int64_t p1_diagnosis_quiet_ms(const struct p1_diagnosis *diagnosis,
                              int64_t now_ms);

/* The verdict in one sentence: what is on the wire, and what to do. Never NULL;
 * no capital at its beginning, no full stop at its end, as in a log line. */
const char *p1_diagnosis_sentence(enum p1_diagnosis_verdict verdict);

/* The verdict in one word, for programs: "healthy", "7e1" and so on. */
const char *p1_diagnosis_word(enum p1_diagnosis_verdict verdict);

#endif
