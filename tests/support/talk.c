#include "talk.h"

#include "p1/crc16.h"
#include "sim_random.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct speech {
  char *bytes;
  size_t n;
  struct p1_sim_random random;
};

static uint32_t below(struct speech *speech, uint32_t n) {
  return p1_sim_below(&speech->random, n);
}

__attribute__((format(printf, 2, 3))) static void say(struct speech *speech,
                                                      const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = P1_TALK_MAX - speech->n;
  int n = vsnprintf(speech->bytes + speech->n, room, format, arguments);
  va_end(arguments);
  if (n < 0 || (size_t)n >= room)
    abort();
  speech->n += (size_t)n;
}

static void say_byte(struct speech *speech, unsigned byte) {
  if (speech->n == P1_TALK_MAX)
    abort();
  speech->bytes[speech->n++] = (char)byte;
}

static void say_random(struct speech *speech, size_t n) {
  while (n-- > 0)
    say_byte(speech, below(speech, 256));
}

/* ---- meters ---- */

static void say_register(struct speech *speech, const char *code) {
  say(speech, "%s(%06" PRIu32 ".%03" PRIu32 "*kWh)\r\n", code,
      below(speech, 20000), below(speech, 1000));
}

static void say_phase(struct speech *speech, int phase) {
  say(speech, "1-0:%d2.7.0(%03" PRIu32 ".%" PRIu32 "*V)\r\n", phase,
      222 + below(speech, 16), below(speech, 10));
  say(speech, "1-0:%d1.7.0(%03" PRIu32 "*A)\r\n", phase, below(speech, 25));
  say(speech, "1-0:%d1.7.0(%02" PRIu32 ".%03" PRIu32 "*kW)\r\n", phase - 1,
      below(speech, 6), below(speech, 1000));
  say(speech, "1-0:%d2.7.0(00.000*kW)\r\n", phase - 1);
}

static void say_dsmr5(struct speech *speech) {
  uint32_t minute = below(speech, 60), second = below(speech, 60);
  say(speech, "/TST5\\MADE-UP\r\n\r\n1-3:0.2.8(50)\r\n");
  say(speech, "0-0:1.0.0(2602141307%02" PRIu32 "W)\r\n", second);
  say(speech, "0-0:96.1.1(4D4144452D55502D3030303031)\r\n");
  say_register(speech, "1-0:1.8.1");
  say_register(speech, "1-0:1.8.2");
  say_register(speech, "1-0:2.8.1");
  say_register(speech, "1-0:2.8.2");
  say(speech, "0-0:96.14.0(000%" PRIu32 ")\r\n", 1 + below(speech, 2));
  say(speech, "1-0:1.7.0(%02" PRIu32 ".%03" PRIu32 "*kW)\r\n", below(speech, 9),
      below(speech, 1000));
  say(speech, "1-0:2.7.0(00.000*kW)\r\n0-0:96.7.21(00004)\r\n"
              "0-0:96.7.9(00002)\r\n1-0:99.97.0(1)(0-0:96.7.19)"
              "(250326181530W)(0000000342*s)\r\n0-0:96.13.0()\r\n");
  for (int phase = 3; phase <= 7; phase += 2)
    say_phase(speech, phase);
  say(speech, "0-1:24.1.0(003)\r\n0-1:96.1.0(4741532D30303031)\r\n");
  say(speech,
      "0-1:24.2.1(26021413%02" PRIu32 "00W)(%05" PRIu32 ".%03" PRIu32
      "*m3)\r\n!",
      minute, below(speech, 9000), below(speech, 1000));
}

static void say_dsmr2(struct speech *speech) {
  say(speech, "/TST5 OLD-ONE 0001\r\n\r\n");
  say(speech, "0-0:96.1.1(4F4C442D4F4E452D30303031)\r\n");
  static const char *const registers[] = {"1.8.1", "1.8.2", "2.8.1", "2.8.2"};
  for (int i = 0; i < 4; i++)
    say(speech, "1-0:%s(%05" PRIu32 ".%03" PRIu32 "*kWh)\r\n", registers[i],
        below(speech, 20000), below(speech, 1000));
  say(speech,
      "0-0:96.14.0(0001)\r\n1-0:1.7.0(%04" PRIu32 ".%02" PRIu32
      "*kW)\r\n1-0:2.7.0(0000.00*kW)\r\n0-0:17.0.0(0999.00*kW)\r\n",
      below(speech, 9), below(speech, 100));
  say(speech, "0-0:96.3.10(1)\r\n0-0:96.13.1()\r\n0-0:96.13.0()\r\n"
              "0-1:24.1.0(3)\r\n0-1:96.1.0(4741532D30303032)\r\n");
  say(speech,
      "0-1:24.3.0(260214130000)(08)(60)(1)(0-1:24.2.1)(m3)\r\n"
      "(%05" PRIu32 ".%03" PRIu32 ")\r\n0-1:24.4.0(1)\r\n!\r\n",
      below(speech, 9000), below(speech, 1000));
}

/* ---- other protocols ---- */

/* Padded to an odd length, so that nothing comes round by halves. */
static void say_encrypted(struct speech *speech) {
  static const unsigned title[] = {0xDB, 8, 'T', 'S', 'T', 'm', 1, 2, 3, 4};
  size_t length = 400 + below(speech, 1100);
  for (size_t i = 0; i < sizeof(title) / sizeof(title[0]); i++)
    say_byte(speech, title[i]);
  say_byte(speech, 0x82);
  say_byte(speech, (unsigned)(length >> 8));
  say_byte(speech, (unsigned)(length & 0xFF));
  say_byte(speech, 0x30);
  say_random(speech, length - 1);
}

static void say_hdlc(struct speech *speech) {
  size_t length = 100 + below(speech, 150);
  size_t from = speech->n + 1;
  say_byte(speech, 0x7E);
  say_byte(speech, 0xA0);
  say_byte(speech, (unsigned)length);
  say(speech, "\x41\x08\x83\x13");
  say_random(speech, length - 8);
  unsigned crc = p1_crc16_x25(speech->bytes + from, length - 2);
  say_byte(speech, crc & 0xFF);
  say_byte(speech, crc >> 8);
  say_byte(speech, 0x7E);
}

static void say_mbus(struct speech *speech) {
  unsigned length = 60 + below(speech, 190);
  say(speech, "\x68%c%c\x68", (int)length, (int)length);
  size_t from = speech->n;
  say_random(speech, length);
  unsigned sum = 0;
  for (size_t i = from; i < speech->n; i++)
    sum += (unsigned char)speech->bytes[i];
  say_byte(speech, sum & 0xFF);
  say_byte(speech, 0x16);
}

/* ---- other text ---- */

static void say_nmea(struct speech *speech) {
  for (int i = 0; i < 4; i++)
    say(speech,
        "$GPGGA,1235%02" PRIu32 ",5%" PRIu32 "07.038,N,00%" PRIu32
        "31.000,E,1,08,0.9,5%" PRIu32 ".4,M,46.9,M,,*4%" PRIX32 "\r\n",
        below(speech, 60), below(speech, 10), below(speech, 10),
        below(speech, 10), below(speech, 16));
}

static void say_boot(struct speech *speech) {
  say(speech, "\x1B[1;32mBooting kernel %" PRIu32 ".%" PRIu32 "\x1B[0m\r\n",
      below(speech, 7), below(speech, 20));
  for (int i = 0; i < 6; i++)
    say(speech,
        "[    %" PRIu32 ".%06" PRIu32 "] eth%" PRIu32
        ": link/ether up, ready in /dev/mtd%" PRIu32 "!\n",
        below(speech, 9), below(speech, 1000000), below(speech, 4),
        below(speech, 8));
  say(speech, "login: ");
}

static void say_modem(struct speech *speech) {
  static const char *const words[] = {"RING",       "OK",   "NO CARRIER",
                                      "AT+CSQ\r\r", "BUSY", "+CREG: 0,1"};
  for (int i = 0; i < 5; i++)
    say(speech, "\r\n%s\r\n", words[below(speech, 6)]);
}

size_t p1_talk(enum p1_talk talk, uint64_t seed, char bytes[P1_TALK_MAX]) {
  struct speech speech = {.bytes = bytes,
                          .random = {.state = p1_sim_mix(seed + 1)}};
  switch (talk) {
  case P1_TALK_DSMR5:
    say_dsmr5(&speech);
    say(&speech, "%04X\r\n", p1_crc16(bytes, speech.n));
    break;
  case P1_TALK_DSMR2:
    say_dsmr2(&speech);
    break;
  case P1_TALK_OTHER_CRC:
    say_dsmr5(&speech);
    say(&speech, "%04X\r\n", (p1_crc16(bytes, speech.n) * 7u + 1u) & 0xFFFFu);
    break;
  case P1_TALK_BARE:
    say_dsmr5(&speech);
    say(&speech, "\r\n");
    break;
  case P1_TALK_ENCRYPTED:
    say_encrypted(&speech);
    break;
  case P1_TALK_HDLC:
    for (int i = 0; i < 3; i++)
      say_hdlc(&speech);
    break;
  case P1_TALK_MBUS:
    say_mbus(&speech);
    break;
  case P1_TALK_NMEA:
    say_nmea(&speech);
    break;
  case P1_TALK_BOOT:
    say_boot(&speech);
    break;
  case P1_TALK_MODEM:
    say_modem(&speech);
    break;
  case P1_TALK_NOISE:
    say_random(&speech, 100 + below(&speech, 300));
    break;
  }
  return speech.n;
}
