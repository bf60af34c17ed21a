/*
 * decoding.h - what the tests of `p1ctl decode` share: a made-up telegram, and
 * the decoder run over bytes in memory.
 *
 * Include it after torture.h, with open_memstream() in sight.
 */
#ifndef DECODING_H
#define DECODING_H

#include "p1/crc16.h"
#include "p1ctl/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct p1ctl_decoder decoder;

/* What a run of the decoder gave. */
struct result {
  char *out;
  char *err;
  int status;
};

static const struct p1ctl_options json = {.standard_offset_s = 3600,
                                          .text_input = true};
static const struct p1ctl_options table = {
    .standard_offset_s = 3600, .text_input = true, .table = true};

/* Decodes n bytes in portions of `chunk`, the first of `first` bytes. */
static struct result run_in(const struct p1ctl_options *options,
                            const char *bytes, size_t n, size_t first,
                            size_t chunk) {
  struct result result = {0};
  size_t size = 0, error_size = 0;
  FILE *out = open_memstream(&result.out, &size);
  FILE *err = open_memstream(&result.err, &error_size);
  assert_non_null(out);
  assert_non_null(err);

  p1ctl_decoder_init(&decoder, options, out);
  bool more = true;
  for (size_t at = 0, take = first; more && at < n; at += take, take = chunk) {
    if (take > n - at)
      take = n - at;
    more = p1ctl_decoder_push(&decoder, bytes + at, take);
  }
  if (more)
    p1ctl_decoder_end(&decoder);
  result.status = p1ctl_decoder_report(&decoder, "input", err);
  fclose(out);
  fclose(err);
  return result;
}

static struct result run(const struct p1ctl_options *options,
                         const char *text) {
  return run_in(options, text, strlen(text), P1CTL_CHUNK_MAX, P1CTL_CHUNK_MAX);
}

static void done(struct result *result) {
  free(result->out);
  free(result->err);
}

/* A telegram with CR LF and its CRC from a text with LF that ends in "!". */
static char *with_crc(const char *text) {
  char *telegram = malloc(2 * strlen(text) + 8);
  size_t n = 0;
  assert_non_null(telegram);
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\n')
      telegram[n++] = '\r';
    telegram[n++] = *p;
  }
  snprintf(telegram + n, 8, "%04X\r\n", p1_crc16(telegram, n));
  return telegram;
}

/* A made-up Belgian meter: nobody's serial numbers. */
static const char belgian[] =
    "/FLU5\\250000001_A\n"
    "\n"
    "0-0:96.1.4(50217)\n"
    "0-0:96.1.1(3153414733313030303030303031)\n"
    "0-0:1.0.0(210204163628W)\n"
    "1-0:1.8.1(000439.330*kWh)\n"
    "1-0:1.8.2(000435.292*kWh)\n"
    "1-0:2.8.1(000035.805*kWh)\n"
    "1-0:2.8.2(000012.156*kWh)\n"
    "0-0:96.14.0(0002)\n"
    "1-0:1.4.0(00.351*kW)\n"
    "1-0:1.6.0(210203180000W)(02.589*kW)\n"
    "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(210201000000W)(210123192500W)"
    "(03.695*kW)\n"
    "1-0:1.7.0(00.329*kW)\n"
    "1-0:2.7.0(00.000*kW)\n"
    "1-0:32.7.0(238.3*V)\n"
    "1-0:31.7.0(002.18*A)\n"
    "0-0:96.3.10(1)\n"
    "0-0:17.0.0(999.9*kW)\n"
    "1-0:31.4.0(999*A)\n"
    "0-0:96.13.0(5361766520656E65726779)\n"
    "0-1:24.1.0(003)\n"
    "0-1:96.1.1(37464C4F31303030303030303031)\n"
    "0-1:24.4.0(1)\n"
    "0-1:24.2.3(210204163502W)(00343.925*m3)\n"
    "0-2:24.1.0(007)\n"
    "0-2:24.2.1(210101000000W)(00001.500*m3)\n"
    "1-0:99.97.0(1)(0-0:96.7.19)(201208152415W)(0000003661*s)\n"
    "1-0:99.99.0(1)\n"
    "1-0:52.7.0(2#8.3*V)\n"
    "!";

#endif
