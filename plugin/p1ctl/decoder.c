/*
 * decoder.c - bytes in, printed telegrams out, and what to think of the input.
 *
 * The plugin's own rules decide what a telegram is worth: a CRC that does not
 * fit, or one that is missing where the meter sends one, and nothing is
 * believed. A capture mostly begins and ends somewhere inside a telegram; that
 * is said and does not count against the input, a telegram that breaks off
 * between two others does.
 */
#include "decode.h"

#include "p1ctl.h"

#include <errno.h>
#include <string.h>

/* Readings of M-Bus devices that are older count as stale: the plugin's own
 * default for MBusTimeout. */
#define MBUS_TIMEOUT_S (3 * 3600)

/* What an encrypted frame begins with (Luxembourg, Austria). */
#define ENCRYPTED_TAG '\xdb'

void p1ctl_decoder_init(struct p1ctl_decoder *decoder,
                        const struct p1ctl_options *options, FILE *out) {
  decoder->options = *options;
  decoder->counts = (struct p1ctl_counts){0};
  decoder->out = out;
  decoder->crc_seen = decoder->after_cr = decoder->encrypted = false;
  decoder->output_error = 0;
  p1_framer_init(&decoder->framer);
}

/* As the plugin's meter judges. */
static enum p1_verdict judge(struct p1ctl_decoder *decoder) {
  switch (decoder->framer.crc) {
  case P1_CRC_BAD:
    return P1_VERDICT_BAD_CRC;
  case P1_CRC_OK:
    decoder->crc_seen = true;
    return P1_VERDICT_ACCEPTED;
  case P1_CRC_ABSENT:
    break;
  }
  return decoder->crc_seen || p1_telegram_promises_crc(&decoder->telegram)
             ? P1_VERDICT_MISSING_CRC
             : P1_VERDICT_ACCEPTED;
}

static unsigned long telegrams(const struct p1ctl_counts *counts) {
  return counts->good + counts->bad_crc + counts->missing_crc;
}

static bool print(struct p1ctl_decoder *decoder) {
  struct p1_telegram *telegram = &decoder->telegram;
  p1_telegram_parse(telegram, decoder->framer.telegram, decoder->framer.length);
  struct p1ctl_decoded decoded = {.options = &decoder->options,
                                  .telegram = telegram,
                                  .devices = decoder->devices,
                                  .readings = &decoder->readings,
                                  .crc = decoder->framer.crc,
                                  .verdict = judge(decoder)};
  decoded.believed =
      decoded.verdict == P1_VERDICT_ACCEPTED || decoder->options.ignore_crc;
  decoded.device_count =
      p1_mbus_devices(telegram, MBUS_TIMEOUT_S, decoder->devices);
  p1_readings_take(telegram, decoder->devices, decoded.device_count, NULL,
                   &decoder->readings);

  if (decoded.verdict == P1_VERDICT_BAD_CRC)
    decoder->counts.bad_crc++;
  else if (decoded.verdict == P1_VERDICT_MISSING_CRC)
    decoder->counts.missing_crc++;
  else
    decoder->counts.good++;

  if (decoder->options.table)
    p1ctl_table(decoder->out, &decoded);
  else
    p1ctl_json(decoder->out, &decoded);
  /* A reader behind a pipe sees each telegram when it has come. */
  if (fflush(decoder->out) != 0 || ferror(decoder->out)) {
    decoder->output_error = errno != 0 ? errno : EIO;
    return false;
  }
  return decoder->options.count == 0 ||
         telegrams(&decoder->counts) < (unsigned long)decoder->options.count;
}

/* Acts on an event of the framer; false when no more are wanted. */
static bool take(struct p1ctl_decoder *decoder, enum p1_frame_event event) {
  struct p1ctl_counts *counts = &decoder->counts;
  switch (event) {
  case P1_FRAME_TELEGRAM:
  case P1_FRAME_BAD_CRC:
    return print(decoder);
  case P1_FRAME_TOO_LONG:
    counts->too_long++;
    break;
  case P1_FRAME_RESYNC:
    if (telegrams(counts) == 0 && !counts->began_broken)
      counts->began_broken = true;
    else
      counts->broken_off++;
    break;
  case P1_FRAME_MORE:
    break;
  }
  return true;
}

/* Gives each LF a CR that has none, also where the two stand in different
 * chunks: files have often lost them, and the CRC is over both. */
static size_t restore_line_ends(struct p1ctl_decoder *decoder,
                                const char *bytes, size_t n, char *restored) {
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    if (bytes[i] == '\n' && !decoder->after_cr)
      restored[at++] = '\r';
    restored[at++] = bytes[i];
    decoder->after_cr = bytes[i] == '\r';
  }
  return at;
}

bool p1ctl_decoder_push(struct p1ctl_decoder *decoder, const char *bytes,
                        size_t n) {
  char restored[2 * P1CTL_CHUNK_MAX];

  if (n > P1CTL_CHUNK_MAX)
    n = P1CTL_CHUNK_MAX;
  if (decoder->counts.bytes == 0 && n > 0)
    decoder->encrypted = bytes[0] == ENCRYPTED_TAG;
  decoder->counts.bytes += n;
  if (decoder->options.text_input) {
    n = restore_line_ends(decoder, bytes, n, restored);
    bytes = restored;
  }
  while (n > 0) {
    enum p1_frame_event event = P1_FRAME_MORE;
    const size_t taken = p1_framer_push(&decoder->framer, bytes, n, &event);
    bytes += taken;
    n -= taken;
    if (!take(decoder, event))
      return false;
  }
  return true;
}

void p1ctl_decoder_end(struct p1ctl_decoder *decoder) {
  for (;;) {
    const enum p1_frame_event event = p1_framer_end(&decoder->framer);
    if (event == P1_FRAME_RESYNC)
      decoder->counts.ended_broken = true;
    if (event != P1_FRAME_TELEGRAM && event != P1_FRAME_BAD_CRC)
      return;
    if (!take(decoder, event))
      return;
  }
}

static void report_nothing(const struct p1ctl_decoder *decoder,
                           const char *name, FILE *err) {
  const struct p1ctl_counts *counts = &decoder->counts;
  if (counts->bytes == 0)
    fprintf(err, "p1ctl: %s: nothing was received\n", name);
  else if (decoder->encrypted)
    fprintf(err,
            "p1ctl: %s: the telegrams are encrypted, as in Luxembourg and "
            "Austria; p1ctl cannot read them\n",
            name);
  else if (counts->ended_broken)
    fprintf(err,
            "p1ctl: %s: no whole telegram in %zu bytes: the last one has no "
            "end, a line that begins with '!'\n",
            name, counts->bytes);
  else
    fprintf(err,
            "p1ctl: %s: no telegram in %zu bytes; one begins with a line like "
            "/FLU5\\253769484_A and ends with a line that begins with '!'\n",
            name, counts->bytes);
}

static void report_part(FILE *err, unsigned long count, const char *what) {
  if (count > 0)
    fprintf(err, ", %lu %s", count, what);
}

int p1ctl_decoder_report(const struct p1ctl_decoder *decoder, const char *name,
                         FILE *err) {
  const struct p1ctl_counts *counts = &decoder->counts;
  const unsigned long wrong = counts->bad_crc + counts->missing_crc +
                              counts->too_long + counts->broken_off;

  if (decoder->output_error != 0 && decoder->output_error != EPIPE) {
    fprintf(err, "p1ctl: standard output: %s\n",
            strerror(decoder->output_error));
    return P1CTL_FAILED;
  }
  if (telegrams(counts) == 0 && counts->too_long == 0) {
    report_nothing(decoder, name, err);
    return P1CTL_FAILED;
  }
  if (wrong > 0) {
    fprintf(err, "p1ctl: %s: %lu telegram%s good", name, counts->good,
            counts->good == 1 ? "" : "s");
    report_part(err, counts->bad_crc, "damaged (the CRC does not fit)");
    report_part(err, counts->missing_crc, "without the CRC that is due");
    report_part(err, counts->broken_off, "broken off");
    report_part(err, counts->too_long, "longer than a telegram can be");
    fputs("\n", err);
  }
  if (counts->began_broken || counts->ended_broken)
    fprintf(err,
            "p1ctl: %s: the %s telegram is not whole, which is usual in a "
            "capture; it does not count\n",
            name,
            !counts->ended_broken   ? "first"
            : !counts->began_broken ? "last"
                                    : "first and the last");
  return wrong > 0 ? P1CTL_FAILED : P1CTL_OK;
}
