/*
 * The problem: a meter speaks for 90 ms of each second. A thread that reads
 * whenever bytes are there wakes up twenty times for one telegram; one that
 * reads when it is convenient is handed the oldest bytes, or half a telegram.
 * And a device that goes away says so in its own way, or not at all.
 *
 * The policy: one wait for the first byte, one for the rest of the telegram (as
 * long as the last one took), one read. Both waits end at once when the reader
 * is told to stop. What cannot be read is not understood as silence: the source
 * says IDLE or LOST. A lost port is closed at once, so that the kernel can give
 * its number back, and opened again and again, never given up.
 *
 * Only the meter and the counters are shared with other threads; the lock is
 * held for nothing else, and never during a wait or a message.
 */
#include "reader.h"

#include "p1/clock.h"
#include "p1/telegram.h"
#include "thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wait for bytes ends after this even when nothing comes, to notice silence.
 * Nothing else depends on it: bytes and stop end it at once. */
#define P1_WAIT_MS 5000

/* The pause after a wait that brought nothing. It bounds the loop where a wait
 * ends early for no reason, as under wine. */
#define P1_IDLE_MS 100

/* How long a telegram is given to arrive: a 1 KB telegram takes 90 ms at 115200
 * baud, and the kernel's 4096 bytes are full after 355 ms. The margin covers
 * the 16 ms that USB adapters hold bytes back. */
#define P1_SETTLE_MIN_MS 100
#define P1_SETTLE_MAX_MS 300
#define P1_SETTLE_MARGIN_MS 15

/* What the kernel holds for a port at most. When half of it waits, the reader
 * is late and reads at once. */
#define P1_READ_MAX 4096
#define P1_READ_LATE (P1_READ_MAX / 2)

/* A telegram's usual length before the first one came. */
#define P1_USUAL_LENGTH 1024

/* Tries to open the port: 0.5 s after it was lost, then twice as long each
 * time. While its node is there the trouble is one that ends (a driver that
 * settles, another program); while it is not, the node is looked for every
 * second, which costs one system call. */
#define P1_BACKOFF_MS 500
#define P1_BACKOFF_THERE_MS 1000
#define P1_BACKOFF_GONE_MS 30000
#define P1_BACKOFF_LOOK_MS 1000

/* No dialect is slower than one telegram in 10 s. */
#define P1_SILENCE_MS 30000
#define P1_SILENCE_PACES 3

/* Reasons of P1_CAUSE_PORT are the sentences themselves; these are the others'.
 */
enum reason {
  REASON_NOTHING,
  REASON_NO_TELEGRAM,
  REASON_BAD_CRC,
  REASON_MISSING_CRC,
  REASON_TOO_LONG,
  REASON_BROKEN_OFF
};

struct p1_reader {
  struct p1_reader_options options; /* options.name is our copy */
  struct p1_source *source;
  struct p1_stop *stop;
  struct p1_thread thread;
  bool started;

  /* The thread's own. */
  struct p1_voice voice;
  size_t usual;       /* length of the last telegram */
  unsigned tries;     /* to open the port since bytes came */
  int64_t heard_ms;   /* monotonic: last telegram, good or bad, or opening */
  int64_t silence_ms; /* without a telegram until it is told */
  bool any_bytes;     /* came since heard_ms */
  bool opened;        /* the port was open before */
  bool introduced;    /* the first telegram was told of */
  struct p1_framer framer;
  struct p1_telegram telegram;
  char bytes[P1_READ_MAX];

  /* Under the lock. */
  struct p1_mutex lock;
  struct p1_meter meter;
  struct p1_counters counters;
  int64_t accepted_ms; /* monotonic, of the last accepted telegram */
};

static const struct p1_time real_time = {.now = p1_instant_now,
                                         .pause = p1_stop_wait};

/* ---- messages ---- */

static void complain(struct p1_reader *reader, enum p1_cause cause,
                     uint32_t reason, enum p1_log_level level,
                     const char *sentence) {
  p1_complain(&reader->voice, cause, reason,
              reader->options.time->now().monotonic_ms, level, sentence);
}

static void notice_silence(struct p1_reader *reader) {
  int64_t silent_ms =
      reader->options.time->now().monotonic_ms - reader->heard_ms;
  if (silent_ms < reader->silence_ms)
    return;
  char sentence[P1_SOURCE_MESSAGE_MAX];
  if (reader->any_bytes)
    snprintf(sentence, sizeof(sentence),
             "no telegram for %" PRId64 " s although bytes arrive: Speed or "
             "Framing do not fit this meter, or the cable does not invert the "
             "signal as it should",
             silent_ms / 1000);
  else
    snprintf(sentence, sizeof(sentence),
             "silent for %" PRId64 " s, not a byte arrives: see that the grid "
             "operator has enabled the P1 port, that the cable sits in it, and "
             "that the cable feeds the port's data request line",
             silent_ms / 1000);
  complain(reader, P1_CAUSE_SILENCE,
           reader->any_bytes ? REASON_NO_TELEGRAM : REASON_NOTHING,
           P1_LOG_WARNING, sentence);
}

/* Kind of meter and use of the CRC, no serial number. */
static void introduce(struct p1_reader *reader) {
  static const char *const crc[] = {
      [P1_CRC_ABSENT] = "without CRC",
      [P1_CRC_OK] = "CRC ok",
      [P1_CRC_BAD] = "CRC bad and ignored",
  };
  if (reader->introduced)
    return;
  reader->introduced = true;
  char model[5];
  p1_telegram_model(&reader->telegram, model);
  char sentence[64];
  snprintf(sentence, sizeof(sentence), "reading %s%s telegrams, %s",
           model[0] != '\0' ? "/" : "", model, crc[reader->framer.crc]);
  p1_say(&reader->voice, P1_LOG_NOTICE, sentence);
}

/* ---- telegrams ---- */

static void count(struct p1_reader *reader, uint64_t *counter) {
  p1_mutex_lock(&reader->lock);
  (*counter)++;
  p1_mutex_unlock(&reader->lock);
}

/* What is shared changes here, under the lock. */
static enum p1_verdict give_to_meter(struct p1_reader *reader,
                                     struct p1_instant now) {
  const struct p1_telegram *telegram = &reader->telegram;
  struct p1_counters *counters = &reader->counters;
  p1_mutex_lock(&reader->lock);
  enum p1_verdict verdict =
      p1_meter_telegram(&reader->meter, telegram, reader->framer.crc, now);
  if (verdict == P1_VERDICT_ACCEPTED) {
    counters->telegrams++;
    counters->malformed_telegrams += telegram->malformed > 0;
    counters->malformed_lines += telegram->malformed;
    counters->clock_known = telegram->time.valid;
    if (telegram->time.valid)
      counters->clock_offset_s =
          p1_clock_utc(&telegram->time,
                       (int)reader->options.standard_offset_s) -
          now.host_ms / 1000;
    reader->accepted_ms = now.monotonic_ms;
    int64_t paces_ms = P1_SILENCE_PACES * p1_meter_pace_ms(&reader->meter);
    if (reader->options.silence_ms == 0)
      reader->silence_ms = paces_ms > P1_SILENCE_MS ? paces_ms : P1_SILENCE_MS;
  } else if (verdict == P1_VERDICT_MISSING_CRC) {
    counters->missing_crc++;
  }
  p1_mutex_unlock(&reader->lock);
  return verdict;
}

static void take_telegram(struct p1_reader *reader, struct p1_instant now) {
  const struct p1_framer *framer = &reader->framer;
  p1_telegram_parse(&reader->telegram, framer->telegram, framer->length);
  switch (give_to_meter(reader, now)) {
  case P1_VERDICT_ACCEPTED:
    reader->usual = framer->length;
    introduce(reader);
    p1_recovered(&reader->voice, P1_CAUSE_DAMAGE, "telegrams are whole again");
    break;
  case P1_VERDICT_MISSING_CRC:
    complain(reader, P1_CAUSE_DAMAGE, REASON_MISSING_CRC, P1_LOG_WARNING,
             "a telegram without CRC was dropped: this meter sends one, so a "
             "part of the telegram is missing");
    break;
  case P1_VERDICT_BAD_CRC:
    complain(reader, P1_CAUSE_DAMAGE, REASON_BAD_CRC, P1_LOG_WARNING,
             "a telegram whose CRC does not fit was dropped: see to the cable "
             "and its power supply, and that no other program reads the port");
    break;
  }
}

/* A telegram stands in the framer, whole or damaged. */
static void framed(struct p1_reader *reader, enum p1_frame_event event,
                   struct p1_instant now) {
  reader->heard_ms = now.monotonic_ms;
  reader->any_bytes = false;
  p1_recovered(&reader->voice, P1_CAUSE_SILENCE, "the meter is speaking again");
  if (event == P1_FRAME_BAD_CRC)
    count(reader, &reader->counters.bad_crc);
  take_telegram(reader, now);
}

static void handle(struct p1_reader *reader, enum p1_frame_event event,
                   struct p1_instant now) {
  switch (event) {
  case P1_FRAME_MORE:
    break;
  case P1_FRAME_TELEGRAM:
  case P1_FRAME_BAD_CRC:
    framed(reader, event, now);
    break;
  case P1_FRAME_TOO_LONG:
    count(reader, &reader->counters.too_long);
    complain(reader, P1_CAUSE_DAMAGE, REASON_TOO_LONG, P1_LOG_WARNING,
             "bytes without the end of a telegram were dropped: Speed or "
             "Framing do not fit this meter, or this is no P1 port");
    break;
  case P1_FRAME_RESYNC:
    count(reader, &reader->counters.resyncs);
    complain(reader, P1_CAUSE_DAMAGE, REASON_BROKEN_OFF, P1_LOG_WARNING,
             "a telegram that broke off was dropped: bytes are lost on their "
             "way, or another program reads the port as well");
    break;
  }
}

/* Takes n bytes of reader->bytes. Frames of another protocol that carry
 * telegrams (encrypted ones) would be opened here, before the framer. */
static void take_bytes(struct p1_reader *reader, size_t n) {
  struct p1_instant now = reader->options.time->now();
  reader->any_bytes = true;
  reader->tries = 0;
  p1_mutex_lock(&reader->lock);
  reader->counters.bytes += n;
  p1_mutex_unlock(&reader->lock);
  size_t at = 0;
  enum p1_frame_event event = P1_FRAME_MORE;
  do {
    at += p1_framer_push(&reader->framer, reader->bytes + at, n - at, &event);
    handle(reader, event, now);
  } while (event != P1_FRAME_MORE);
}

/* ---- the port ---- */

static bool open_port(struct p1_reader *reader) {
  char sentence[P1_SOURCE_MESSAGE_MAX] = "";
  if (reader->source->class->open(reader->source, sentence) != 0) {
    complain(reader, P1_CAUSE_PORT, p1_complaint_reason(sentence), P1_LOG_ERROR,
             sentence);
    return false;
  }
  if (reader->opened)
    count(reader, &reader->counters.reconnects);
  reader->opened = true;
  p1_recovered(&reader->voice, P1_CAUSE_PORT, "the port is open again");
  /* The half of a telegram from before must not meet the half of another. */
  p1_framer_init(&reader->framer);
  reader->heard_ms = reader->options.time->now().monotonic_ms;
  reader->any_bytes = false;
  return true;
}

static int settle_ms(const struct p1_reader *reader) {
  long rate = reader->source->bytes_per_second;
  if (rate <= 0)
    return P1_SETTLE_MIN_MS;
  int64_t ms = (int64_t)reader->usual * 1000 / rate + P1_SETTLE_MARGIN_MS;
  if (ms < P1_SETTLE_MIN_MS)
    return P1_SETTLE_MIN_MS;
  return ms > P1_SETTLE_MAX_MS ? P1_SETTLE_MAX_MS : (int)ms;
}

/* Reads what waits; false when the port is lost. */
static bool drain(struct p1_reader *reader) {
  int n =
      reader->source->class->read(reader->source, reader->bytes, P1_READ_MAX);
  if (n > 0)
    take_bytes(reader, (size_t)n);
  return n >= 0;
}

/* Reads until told to stop (true) or the port is lost (false). */
static bool read_port(struct p1_reader *reader) {
  const struct p1_time *time = reader->options.time;
  for (;;) {
    int waiting =
        reader->source->class->wait(reader->source, reader->stop, P1_WAIT_MS);
    if (waiting < 0)
      return false;
    int pause_ms = waiting == P1_SOURCE_IDLE ? P1_IDLE_MS
                   : waiting < P1_READ_LATE  ? settle_ms(reader)
                                             : 0;
    if (time->pause(reader->stop, pause_ms))
      return true;
    if (waiting > 0 && !drain(reader))
      return false;
    notice_silence(reader);
  }
}

static int backoff_ms(unsigned tries, bool there) {
  int limit = there ? P1_BACKOFF_THERE_MS : P1_BACKOFF_GONE_MS;
  int ms = P1_BACKOFF_MS;
  while (tries-- > 0 && ms < limit)
    ms *= 2;
  return ms < limit ? ms : limit;
}

/* Waits until it is time to open the port again, less when its node comes back;
 * true when told to stop. */
static bool back_off(struct p1_reader *reader) {
  struct p1_source *source = reader->source;
  bool there = source->class->present(source);
  int left = backoff_ms(reader->tries++, there);
  while (left > 0) {
    int slice = left < P1_BACKOFF_LOOK_MS ? left : P1_BACKOFF_LOOK_MS;
    if (reader->options.time->pause(reader->stop, slice))
      return true;
    left -= slice;
    if (!there && source->class->present(source)) {
      reader->tries = 0;
      return false;
    }
  }
  return false;
}

void p1_reader_run(struct p1_reader *reader) {
  struct p1_source *source = reader->source;
  do {
    if (!open_port(reader))
      continue;
    bool told = read_port(reader);
    source->class->close(source);
    if (told)
      return;
    complain(reader, P1_CAUSE_PORT, p1_complaint_reason("lost"), P1_LOG_WARNING,
             "the port is lost, unplugged or hung up by its driver: it will be "
             "opened again");
  } while (!back_off(reader));
}

/* ---- life ---- */

static void run(void *argument) { p1_reader_run(argument); }

struct p1_reader *p1_reader_create(const struct p1_reader_options *options,
                                   struct p1_source *source,
                                   struct p1_stop *stop) {
  struct p1_reader *reader = calloc(1, sizeof(*reader));
  size_t size = strlen(options->name) + 1;
  char *name = malloc(size);
  if (reader == NULL || name == NULL || p1_mutex_init(&reader->lock) != 0) {
    free(name);
    free(reader);
    source->class->destroy(source);
    return NULL;
  }
  memcpy(name, options->name, size);
  reader->options = *options;
  reader->options.name = name;
  reader->voice = (struct p1_voice){.name = name, .log = options->log};
  if (reader->options.time == NULL)
    reader->options.time = &real_time;
  reader->source = source;
  reader->stop = stop;
  reader->usual = P1_USUAL_LENGTH;
  reader->silence_ms =
      options->silence_ms > 0 ? options->silence_ms : P1_SILENCE_MS;
  p1_framer_init(&reader->framer);
  p1_meter_init(&reader->meter, &options->meter);
  return reader;
}

int p1_reader_start(struct p1_reader *reader) {
  if (p1_thread_start(&reader->thread, run, reader) != 0) {
    p1_say(&reader->voice, P1_LOG_ERROR,
           "no thread can be made for it, the system has none left: see the "
           "limits of processes and memory (ulimit -u, TasksMax=)");
    return -1;
  }
  reader->started = true;
  return 0;
}

void p1_reader_join(struct p1_reader *reader) {
  if (!reader->started)
    return;
  p1_thread_join(&reader->thread);
  reader->started = false;
}

void p1_reader_destroy(struct p1_reader *reader) {
  if (reader == NULL)
    return;
  reader->source->class->destroy(reader->source);
  p1_mutex_destroy(&reader->lock);
  free((char *)reader->options.name);
  free(reader);
}

/* ---- what other threads ask ---- */

bool p1_reader_take(struct p1_reader *reader, struct p1_interval *interval) {
  p1_mutex_lock(&reader->lock);
  bool taken = p1_meter_take(&reader->meter, interval);
  p1_mutex_unlock(&reader->lock);
  return taken;
}

void p1_reader_counters(struct p1_reader *reader,
                        struct p1_counters *counters) {
  p1_mutex_lock(&reader->lock);
  *counters = reader->counters;
  counters->age_ms =
      counters->telegrams == 0
          ? -1
          : reader->options.time->now().monotonic_ms - reader->accepted_ms;
  p1_mutex_unlock(&reader->lock);
}
