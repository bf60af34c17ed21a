/*
 * decode.h - from bytes to what is printed of them: the parts of `p1ctl decode`
 * that need no file and no port, so that tests can call them.
 */
#ifndef P1CTL_DECODE_H
#define P1CTL_DECODE_H

#include "p1/framer.h"
#include "p1/meter.h"
#include "p1/readings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that p1ctl_decoder_push() takes in one call. */
#define P1CTL_CHUNK_MAX 4096

struct p1ctl_options {
  long count;            /* leave after so many telegrams; 0: never */
  int standard_offset_s; /* the meter's standard time minus UTC */
  bool table;            /* a table for people, not JSON */
  bool identity;         /* show serial numbers and EANs */
  bool ignore_crc;       /* show what damaged telegrams say */
  bool text_input;       /* line ends may be LF: a file, not a port */
};

/* One telegram, worked out. What it points to is valid during the call. */
struct p1ctl_decoded {
  const struct p1ctl_options *options;
  const struct p1_telegram *telegram;
  const struct p1_device *devices;
  const struct p1_readings *readings;
  size_t device_count;
  enum p1_crc crc;
  enum p1_verdict verdict;
  bool believed; /* ACCEPTED, or the CRC is to be ignored */
};

/* Prints a telegram as a table for people. */
void p1ctl_table(FILE *out, const struct p1ctl_decoded *decoded);

/* Prints a telegram as one JSON object on one line. */
void p1ctl_json(FILE *out, const struct p1ctl_decoded *decoded);

/* What the input held. */
struct p1ctl_counts {
  size_t bytes;
  unsigned long good;
  unsigned long bad_crc;
  unsigned long missing_crc;
  unsigned long too_long;
  unsigned long broken_off; /* between other telegrams */
  bool began_broken;        /* the first one had no end: a capture's start */
  bool ended_broken;        /* the last one had no end: a capture's end */
};

/* About 45 KiB: not for a small stack. */
struct p1ctl_decoder {
  struct p1ctl_options options;
  struct p1ctl_counts counts;
  FILE *out;
  bool crc_seen;    /* a telegram with a good CRC came before */
  bool after_cr;    /* the last byte pushed was a CR */
  bool encrypted;   /* the first byte was that of an encrypted frame */
  int output_error; /* errno of a write that failed, or 0 */
  struct p1_framer framer;
  struct p1_telegram telegram;
  struct p1_readings readings;
  struct p1_device devices[P1_DEVICES_MAX];
};

/* Makes a decoder that prints to `out`, which stays the caller's. */
void p1ctl_decoder_init(struct p1ctl_decoder *decoder,
                        const struct p1ctl_options *options, FILE *out);

/* Takes n <= P1CTL_CHUNK_MAX bytes and prints each telegram that they complete.
 * Returns false when no more are wanted: `count` is reached, or the output
 * takes no more (output_error). */
bool p1ctl_decoder_push(struct p1ctl_decoder *decoder, const char *bytes,
                        size_t n);

/* The input is over: prints a telegram that waited for its last line end. */
void p1ctl_decoder_end(struct p1ctl_decoder *decoder);

/* Says on `err` what was wrong with the input called `name`, nothing when all
 * was well, and returns the program's exit status. */
int p1ctl_decoder_report(const struct p1ctl_decoder *decoder, const char *name,
                         FILE *err);

#endif
