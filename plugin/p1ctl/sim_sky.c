/*
 * sim_sky.c - what changes slowly: the sun, the clouds, what is always on, and
 * the voltage of the street.
 *
 * Angles are in 1/65536 of a turn and their sines in 1/32768, so that all of it
 * is integer arithmetic and the same on every machine.
 */
#include "sim_day.h"

#include "sim_calendar.h"
#include "sim_random.h"

#define ONE 32768 /* 1.0 of a sine, a cosine, a share */

/* Streams of p1_sim_hash(). */
enum {
  STREAM_WEATHER = 100,
  STREAM_CLOUD_SLOW,
  STREAM_CLOUD_FAST,
  STREAM_BASE, /* and two more, one for each phase */
  STREAM_STREET = STREAM_BASE + 3,
  STREAM_FEEDER = STREAM_STREET + 3
};

/* The sine of an angle, within 0.2 %: x (pi/2 - x^2 (0.6419 - 0.0711 x^2)) over
 * a quarter turn, mirrored. */
static int32_t sine(int32_t angle) {
  int32_t x = angle & 0xFFFF; /* 0 .. 65535 */
  bool negative = x >= 32768;
  x &= 0x7FFF;
  if (x > 16384)
    x = 32768 - x;
  x *= 2; /* 0 .. 1.0 for a quarter turn */
  int32_t x2 = (int32_t)(((int64_t)x * x) >> 15);
  int32_t inner = 21034 - (int32_t)(((int64_t)x2 * 2330) >> 15);
  int32_t value =
      (int32_t)(((int64_t)x * (51472 - (((int64_t)x2 * inner) >> 15))) >> 15);
  if (value > ONE)
    value = ONE;
  return negative ? -value : value;
}

static int32_t cosine(int32_t angle) { return sine(angle + 16384); }

static int32_t times(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b) >> 15);
}

/* Noise without steps: 0 .. ONE, a straight line between random knots. */
static int32_t noise(uint64_t seed, uint32_t stream, int64_t utc,
                     int32_t period) {
  int64_t knot = utc / period;
  int32_t a = (int32_t)(p1_sim_hash(seed, stream, knot) & 0x7FFF);
  int32_t b = (int32_t)(p1_sim_hash(seed, stream, knot + 1) & 0x7FFF);
  return a + (int32_t)((int64_t)(b - a) * (utc % period) / period);
}

/* How much of the direct light comes through, 0 .. ONE: each day is clear,
 * changeable or grey, in winter (0 .. ONE) more often grey. */
static int32_t clear_sky(uint64_t seed, int64_t utc, int32_t winter) {
  uint64_t day = p1_sim_hash(seed, STREAM_WEATHER, utc / 86400);
  int32_t kind = (int32_t)(day % 100);
  int32_t slow = noise(seed, STREAM_CLOUD_SLOW, utc, 3600);
  int32_t fast = noise(seed, STREAM_CLOUD_FAST, utc, 420);
  if (kind < 26 - winter * 14 / ONE)
    return ONE - slow / 16 - fast / 64;
  if (kind >= 60 - winter * 26 / ONE)
    return ONE / 16 + times(slow, slow) / 4 + fast / 16;
  /* Clouds with edges: the middle of the noise is stretched. */
  int32_t cover = (slow + fast - ONE) * 3 + ONE / 2;
  cover = cover < 0 ? 0 : cover > ONE ? ONE : cover;
  return ONE - cover / 4 * 3;
}

/* The share of their rated power that panels facing south, tilted by 35
 * degrees, give at a moment: 0 .. 1.1 ONE. */
static int32_t sun_share(const struct p1_sim_home *home, int64_t utc) {
  /* sine and cosine of the latitude, and of the latitude less the tilt */
  static const int32_t places[2][4] = {{25466, 20622, 9032, 31498},
                                       {28087, 16877, 13328, 29935}};
  const int32_t *place = places[home->north];
  /* 5 degrees east are 1200 s ahead of UTC; noon is a cosine of ONE. */
  int64_t solar = (utc + 1200) % 86400 - 43200;
  int32_t hour = cosine((int32_t)(solar * 65536 / 86400));
  /* 365.2425 days to the turn, from the winter solstice, ten days before the
   * year; the sine of 23.44 degrees is 13035. */
  int32_t season = (int32_t)((utc / 86400 + 10) * 655360000 / 3652425);
  int32_t sin_d = -times(13035, cosine(season));
  /* cos d = 1 - sin^2 / 2 - sin^4 / 8 */
  int32_t square = times(sin_d, sin_d);
  int32_t cos_d = ONE - square / 2 - times(square, square) / 8;
  int32_t height = times(place[0], sin_d) + times(times(place[1], cos_d), hour);
  if (height <= 0)
    return 0;
  int32_t facing = times(place[2], sin_d) + times(times(place[3], cos_d), hour);
  if (facing < 0)
    facing = 0;
  /* The lower the sun, the more air before it. */
  int32_t direct = (int32_t)((int64_t)facing * height / (height + ONE / 5));
  int32_t clear = clear_sky(home->seed, utc, (ONE + cosine(season)) / 2);
  return times(direct, clear) + times(height, ONE / 8 + (ONE - clear) / 16);
}

/* How far the evening is on in the street, 0 .. ONE: most at 19:00 UTC+1. */
static int32_t evening(int64_t utc) {
  int32_t off = (int32_t)((utc + P1_SIM_OFFSET) % 86400) - 19 * 3600;
  if (off < 0)
    off = -off;
  return off >= 3 * 3600 ? 0 : ONE - (int32_t)((int64_t)off * ONE / 10800);
}

struct p1_sim_slow p1_sim_slow(const struct p1_sim_home *home, int64_t utc) {
  static const int32_t base_w[3] = {48, 36, 55};
  struct p1_sim_slow slow = {0};
  int32_t share = sun_share(home, utc);
  slow.sun_w = (int32_t)((int64_t)home->solar_peak_w * share * 21 / 20 / ONE);
  if (slow.sun_w > home->solar_peak_w)
    slow.sun_w = home->solar_peak_w; /* all that the inverter can */
  for (unsigned i = 0; i < 3; i++) {
    uint64_t seed = home->seed;
    slow.base_w[i] =
        base_w[i] + noise(seed, STREAM_BASE + i, utc, 1800) * 24 / ONE;
    /* 231 V; a feeder that wanders, the neighbours' panels and suppers. */
    slow.voltage_dv[i] = 2295 +
                         noise(seed, STREAM_STREET + i, utc, 600) * 14 / ONE +
                         noise(seed, STREAM_FEEDER, utc, 5400) * 26 / ONE +
                         share * 26 / ONE - evening(utc) * 28 / ONE;
  }
  if (home->phases == 1)
    slow.base_w[0] += slow.base_w[1] + slow.base_w[2];
  return slow;
}
