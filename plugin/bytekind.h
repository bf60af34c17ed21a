/*
 * bytekind.h - what a stretch of bytes is, when it is no telegram.
 *
 * Looks at bytes as they came from the wire and tells text from noise, a wrong
 * framing from a wrong polarity, and other protocols from this one. Knows
 * nothing of time, of ports, and of what came before.
 */
#ifndef P1_BYTEKIND_H
#define P1_BYTEKIND_H

#include <stddef.h>

enum p1_byte_kind {
  P1_BYTES_UNCLEAR,   /* too few, or of no kind */
  P1_BYTES_P1,        /* text with OBIS codes as telegrams have them */
  P1_BYTES_TEXT,      /* other text */
  P1_BYTES_7E1,       /* text of seven bits and parity, read as eight bits */
  P1_BYTES_8N1,       /* text of eight bits, read as seven bits and parity, with
                         the bytes of odd parity gone or made NUL */
  P1_BYTES_INVERTED,  /* P1 text whose levels are the wrong way round */
  P1_BYTES_ENCRYPTED, /* a DLMS frame of general-glo-ciphering */
  P1_BYTES_HDLC,      /* a DLMS frame in HDLC, with a good checksum */
  P1_BYTES_MBUS,      /* a long frame of wired M-Bus, with a good checksum */
  P1_BYTES_RANDOM     /* none of these, and no text */
};

/* The kind of n bytes. NUL bytes count for nothing where that makes sense, so a
 * run of them may be shortened. Anything may stand in `bytes`. */
enum p1_byte_kind p1_byte_kind(const char *bytes, size_t n);

#endif
