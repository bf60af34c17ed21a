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
 * Only the meter, the counters and the notices are shared with other threads;
 * the lock is held for nothing else, and never during a wait or a message.
 */
#include "reader.h"

#include "p1/clock.h"
#include "p1/telegram.h"
#include "reader_watch.h"
#include "thread.h"

#include <stddef.h>
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

/* A function with large things on its stack, kept apart from those above it:
 * a thread's opening and its reading then use the same stretch of the stack. */
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

struct p1_reader {
  struct p1_reader_options options; /* options.name is our copy */
  struct p1_source *source;
  struct p1_stop *stop;
  struct p1_thread thread;
  bool started;

  /* The thread's own. */
  size_t usual;   /* length of the last telegram */
  unsigned tries; /* to open the port since bytes came */
  bool opened;    /* the port was open before */

  /* Under the lock. */
  struct p1_mutex lock;
  struct p1_counters counters;
  struct p1_notices notices;
  int64_t accepted_ms; /* monotonic, of the last accepted telegram */

  /* What begins with the scalars that matter and ends in room that may never
   * be touched. The thread's own, but for the meter, which is under the lock.
   */
  struct p1_watch watch;
  struct p1_framer framer;
  struct p1_meter meter;
};

static const struct p1_time real_time = {.now = p1_instant_now,
                                         .pause = p1_stop_wait};

static int64_t now_ms(const struct p1_reader *reader) {
  return reader->options.time->now().monotonic_ms;
}

static void complain_of_port(struct p1_reader *reader, enum p1_log_level level,
                             const char *sentence) {
  p1_complain(&reader->watch.voice, P1_CAUSE_PORT,
              p1_complaint_reason(sentence), now_ms(reader), level, sentence);
}

/* ---- telegrams ---- */

static void count(struct p1_reader *reader, uint64_t *counter) {
  p1_mutex_lock(&reader->lock);
  (*counter)++;
  p1_mutex_unlock(&reader->lock);
}

/* What is shared changes here, under the lock. */
static enum p1_verdict give_to_meter(struct p1_reader *reader,
                                     const struct p1_telegram *telegram,
                                     struct p1_instant now, int64_t *pace_ms) {
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
    *pace_ms = p1_meter_pace_ms(&reader->meter);
  } else if (verdict == P1_VERDICT_MISSING_CRC) {
    counters->missing_crc++;
  }
  p1_mutex_unlock(&reader->lock);
  return verdict;
}

/* A telegram stands in the framer, whole or damaged. */
static void take_telegram(struct p1_reader *reader, enum p1_frame_event event,
                          struct p1_telegram *telegram, struct p1_instant now) {
  const struct p1_framer *framer = &reader->framer;
  int64_t pace_ms = 0;
  if (event == P1_FRAME_BAD_CRC)
    count(reader, &reader->counters.bad_crc);
  p1_telegram_parse(telegram, framer->telegram, framer->length);
  enum p1_verdict verdict = give_to_meter(reader, telegram, now, &pace_ms);
  p1_watch_event(&reader->watch, event, framer, telegram, now.monotonic_ms);
  if (verdict != P1_VERDICT_ACCEPTED)
    return;
  reader->usual = framer->length;
  p1_watch_accepted(&reader->watch, framer, telegram, pace_ms);
}

static void handle(struct p1_reader *reader, enum p1_frame_event event,
                   struct p1_telegram *telegram, struct p1_instant now) {
  switch (event) {
  case P1_FRAME_MORE:
    break;
  case P1_FRAME_TELEGRAM:
  case P1_FRAME_BAD_CRC:
    take_telegram(reader, event, telegram, now);
    break;
  case P1_FRAME_TOO_LONG:
    count(reader, &reader->counters.too_long);
    break;
  case P1_FRAME_RESYNC:
    count(reader, &reader->counters.resyncs);
    break;
  }
}

/* Frames of another protocol that carry telegrams (encrypted ones) would be
 * opened here, before the framer. */
static void take_bytes(struct p1_reader *reader, const char *bytes, size_t n) {
  struct p1_telegram telegram; /* 8 KiB */
  struct p1_instant now = reader->options.time->now();
  reader->tries = 0;
  p1_mutex_lock(&reader->lock);
  reader->counters.bytes += n;
  p1_mutex_unlock(&reader->lock);
  enum p1_frame_event event = P1_FRAME_MORE;
  do {
    size_t taken = p1_framer_push(&reader->framer, bytes, n, &event);
    p1_watch_bytes(&reader->watch, bytes, taken, now.monotonic_ms);
    handle(reader, event, &telegram, now);
    bytes += taken;
    n -= taken;
  } while (event != P1_FRAME_MORE);
}

/* ---- the port ---- */

static APART bool open_port(struct p1_reader *reader) {
  struct p1_source *source = reader->source;
  char sentence[P1_SOURCE_MESSAGE_MAX] = "";
  struct p1_hunt_line line = p1_watch_opening(&reader->watch, now_ms(reader));
  if (source->class->tune != NULL)
    source->class->tune(source, line.speed, line.framing);
  if (source->class->open(source, reader->stop, sentence) != 0) {
    if (sentence[0] != '\0') /* else it was told to stop */
      complain_of_port(reader, P1_LOG_ERROR, sentence);
    return false;
  }
  if (reader->opened)
    count(reader, &reader->counters.reconnects);
  reader->opened = true;
  p1_recovered(&reader->watch.voice, P1_CAUSE_PORT, "the port is open again");
  /* The half of a telegram from before must not meet the half of another. */
  p1_framer_init(&reader->framer);
  p1_watch_opened(&reader->watch, now_ms(reader));
  return true;
}

/* Tells what there is to tell, and goes on with the hunt. A port that does not
 * take a speed or framing brings nothing with it, and the hunt leaves it. */
static void look(struct p1_reader *reader) {
  struct p1_hunt_line line;
  if (!p1_watch_step(&reader->watch, now_ms(reader), &line))
    return;
  reader->source->class->tune(reader->source, line.speed, line.framing);
  p1_framer_init(&reader->framer);
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
static APART bool drain(struct p1_reader *reader) {
  char bytes[P1_READ_MAX];
  int n = reader->source->class->read(reader->source, bytes, P1_READ_MAX);
  if (n > 0)
    take_bytes(reader, bytes, (size_t)n);
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
    look(reader);
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
    complain_of_port(reader, P1_LOG_WARNING,
                     source->lost != NULL
                         ? source->lost
                         : "the port is lost, unplugged or hung up by its "
                           "driver: it will be opened again");
  } while (!back_off(reader));
}

/* ---- life ---- */

/* The voice's: puts an event where other threads find it. */
static void keep_notice(void *whose, enum p1_severity severity,
                        const char *sentence) {
  struct p1_reader *reader = whose;
  int64_t now_ms = reader->options.time->now().host_ms;
  p1_mutex_lock(&reader->lock);
  p1_notices_put(&reader->notices, severity, now_ms, sentence);
  p1_mutex_unlock(&reader->lock);
}

static void run(void *argument) { p1_reader_run(argument); }

struct p1_reader *p1_reader_create(const struct p1_reader_options *options,
                                   struct p1_source *source,
                                   struct p1_stop *stop) {
  struct p1_reader *reader = malloc(sizeof(*reader));
  size_t size = strlen(options->name) + 1;
  char *name = malloc(size);
  if (reader != NULL)
    memset(reader, 0, offsetof(struct p1_reader, watch));
  if (reader == NULL || name == NULL || p1_mutex_init(&reader->lock) != 0) {
    free(name);
    free(reader);
    source->class->destroy(source);
    return NULL;
  }
  memcpy(name, options->name, size);
  reader->options = *options;
  reader->options.name = name;
  if (reader->options.time == NULL)
    reader->options.time = &real_time;
  reader->source = source;
  reader->stop = stop;
  reader->usual = P1_USUAL_LENGTH;
  reader->watch.voice = (struct p1_voice){.name = name,
                                          .log = options->log,
                                          .notify = keep_notice,
                                          .whose = reader};
  p1_watch_init(
      &reader->watch,
      &(struct p1_watch_options){.silence_ms = options->silence_ms,
                                 .ignore_crc = options->meter.ignore_crc,
                                 .tunable = source->class->tune != NULL,
                                 .speed = options->speed,
                                 .framing = options->framing},
      now_ms(reader));
  p1_framer_init(&reader->framer);
  p1_meter_init(&reader->meter, &options->meter);
  reader->options.framing = NULL; /* not ours to keep */
  return reader;
}

int p1_reader_start(struct p1_reader *reader) {
  if (p1_thread_start(&reader->thread, run, reader) != 0) {
    p1_say(&reader->watch.voice, P1_LOG_ERROR,
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

bool p1_reader_take_notice(struct p1_reader *reader, struct p1_notice *notice) {
  p1_mutex_lock(&reader->lock);
  bool taken = p1_notices_take(&reader->notices, notice);
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
