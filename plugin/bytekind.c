/*
 * bytekind.c - what a stretch of bytes is, when it is no telegram.
 *
 * The problem: a wrong speed, a wrong framing, a wrong polarity and a wrong
 * protocol all look like garbage at first, and each has another cure. Whoever
 * guesses wrong sends people to buy another cable.
 *
 * The policy: other protocols are known by a whole frame of theirs, down to the
 * checksum where they have one, since any few bytes turn up in garbage sooner
 * or later. The rest is told by shares of bytes, with limits far from what
 * random bytes give; between the limits nothing is said.
 *
 *   7E1 as 8N1   A line of seven bits and even parity has ten bits to a byte as
 *                8N1 has, so the parity bit arrives as the highest bit: every
 *                byte has an even number of ones, about half of them the
 *                highest, and without it all of them are text.
 *   8N1 as 7E1   arrives unharmed where parity errors are let pass. Where they
 *                are not, half of the bytes are gone, and no byte that is left
 *                has an odd number of ones, which half of a text has.
 *   inverted     see could_be_inverted().
 *   wrong speed  One bit in twelve is sampled, or each bit twelve times. There
 *                is no code to break, but it is not text either; read as seven
 *                bits, three quarters of it are by chance.
 */
#include "bytekind.h"

#include "p1/crc16.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The fewest bytes on which each kind is decided. Random bytes pass for 7E1
 * with a chance of 0.38 each: 10^-10 for 24. */
#define FEWEST_7E1 24
#define FEWEST_8N1 48
#define FEWEST_RANDOM 32
#define FEWEST_TEXT 64
#define FEWEST_INVERTED 64
#define FEWEST_INVERTED_7E1 128

/* A sample of text has at least this many different bytes; a line that is
 * slower than it is read has not, as it gives few patterns again and again. */
#define FEWEST_DIFFERENT 9

/* The longest run of text without a code is a text message: 1,024 characters,
 * 2,048 as hex digits (P1-5.0.2 section 6.2); a line of 3,089 is the longest
 * known. */
#define LONGEST_LINE 3400

/* Some meters fill a text message with 1,024 bytes of 0xFF. */
#define LONGEST_FILL 1100

/* Lines after which text that has no code is other text. */
#define FEWEST_LINES 4

/* What a stretch of bytes is made of. */
struct tally {
  uint32_t of[256]; /* how many of each byte */
  uint32_t all;     /* without NUL, and without fill */
  uint32_t nuls;
  uint32_t text, low_text, complement_text;
  uint32_t even, high;             /* number of ones; highest bit */
  uint32_t inverted, inverted_7e1; /* see could_be_inverted() */
  uint32_t different;
};

static bool is_text(unsigned byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' ||
         byte == '\t' || byte == 0x1B; /* terminals' colours */
}

static bool has_even_ones(unsigned byte) {
  byte ^= byte >> 4;
  byte ^= byte >> 2;
  byte ^= byte >> 1;
  return (byte & 1) == 0;
}

static bool is_digit(unsigned byte) { return byte >= '0' && byte <= '9'; }

/* ---- inverted signal ---- */

/* Ten places of a frame as an inverted line shows them: start bit (1), data
 * bits 0 to 7 complemented, the lowest first, stop bit (0). What is known of
 * them for the characters from ' ' to '?', of which telegrams mostly consist:
 * bit 5 is 1, bit 6 is 0, and bit 7 is 0 unless it is a parity bit. */
#define FRAME_PLACES 10
#define FRAME_KNOWN ((1u << 0) | (1u << 6) | (1u << 7) | (1u << 8) | (1u << 9))
#define FRAME_KNOWN_7E1 (FRAME_KNOWN & ~(1u << 8))
#define FRAME_ONES ((1u << 0) | (1u << 7) | (1u << 8))

/* Whether a UART can make this byte of inverted text.
 *
 * To it the start bit is a rising edge, which means nothing. It waits for a
 * falling one, which comes in the middle of the character or at its stop bit,
 * and takes what follows for a byte: the rest of one frame and the beginning of
 * the next. Where it falls in differs from byte to byte and from one make of
 * UART to the other, but wherever that is, the byte must show the known places
 * of a frame, turned. A third of all bytes do so by chance (half of them where
 * a parity bit takes the place of bit 7), nine tenths of inverted text. */
static bool could_be_inverted(unsigned byte, unsigned known) {
  for (unsigned start = 1; start < FRAME_PLACES; start++) {
    if ((known & FRAME_ONES) >> start & 1)
      continue; /* no falling edge can stand here */
    unsigned turn = (start + 1) % FRAME_PLACES;
    unsigned mask = (known >> turn | known << (FRAME_PLACES - turn)) & 0xFF;
    unsigned ones = FRAME_ONES >> turn | FRAME_ONES << (FRAME_PLACES - turn);
    if (((byte ^ ones) & mask) == 0)
      return true;
  }
  return false;
}

/* ---- shares ---- */

static void take_byte(struct tally *tally, unsigned byte, uint32_t count) {
  tally->all += count;
  tally->different++;
  tally->text += is_text(byte) ? count : 0;
  tally->low_text += is_text(byte & 0x7F) ? count : 0;
  tally->complement_text += is_text(~byte & 0xFF) ? count : 0;
  tally->even += has_even_ones(byte) ? count : 0;
  tally->high += byte >= 0x80 ? count : 0;
  tally->inverted += could_be_inverted(byte, FRAME_KNOWN) ? count : 0;
  tally->inverted_7e1 += could_be_inverted(byte, FRAME_KNOWN_7E1) ? count : 0;
}

static void take_all(struct tally *tally, const char *bytes, size_t n) {
  memset(tally, 0, sizeof(*tally));
  for (size_t i = 0; i < n; i++)
    tally->of[(unsigned char)bytes[i]]++;
  tally->nuls = tally->of[0x00];
  tally->of[0x00] = 0;
  tally->of[0xFF] -=
      tally->of[0xFF] < LONGEST_FILL ? tally->of[0xFF] : LONGEST_FILL;
  for (unsigned byte = 0; byte < 256; byte++)
    if (tally->of[byte] > 0)
      take_byte(tally, byte, tally->of[byte]);
}

/* At least so many of a hundred of them. */
static bool share(const struct tally *tally, uint32_t count, uint32_t percent) {
  return count * 100 >= tally->all * percent;
}

static bool is_7e1(const struct tally *tally) {
  return tally->all >= FEWEST_7E1 && share(tally, tally->even, 95) &&
         share(tally, tally->low_text, 95) && share(tally, tally->high, 20);
}

static bool is_8n1(const struct tally *tally) {
  return tally->all >= FEWEST_8N1 && tally->different >= FEWEST_DIFFERENT &&
         share(tally, tally->even, 97) && share(tally, tally->text, 97);
}

/* The last is a complement that no UART makes, but a program or an adapter
 * between. */
static bool is_inverted(const struct tally *tally) {
  if (tally->different < FEWEST_DIFFERENT)
    return false;
  return (tally->all >= FEWEST_INVERTED && share(tally, tally->inverted, 75)) ||
         (tally->all >= FEWEST_INVERTED_7E1 &&
          share(tally, tally->inverted_7e1, 88)) ||
         (tally->all >= FEWEST_INVERTED &&
          share(tally, tally->complement_text, 95));
}

/* One NUL for four other bytes, as a port gives that makes NULs of faults. */
static bool is_riddled(const struct tally *tally) {
  return tally->nuls * 4 >= tally->all;
}

/* The same digit over and over may be the text message of a meter. */
static bool is_random(const struct tally *tally) {
  if (tally->all >= LONGEST_LINE && tally->different < FEWEST_DIFFERENT)
    return true;
  return tally->all >= FEWEST_RANDOM &&
         (!share(tally, tally->text, 85) || is_riddled(tally));
}

/* ---- text ---- */

/* Digits from *at on, one to three of them; goes behind them. */
static bool skip_number(const char *bytes, size_t n, size_t *at) {
  size_t from = *at;
  while (*at < n && *at < from + 3 && is_digit((unsigned char)bytes[*at]))
    (*at)++;
  return *at > from;
}

static bool skip_dot(const char *bytes, size_t n, size_t *at) {
  return *at < n && bytes[(*at)++] == '.';
}

/* Whether "1-0:1.8.0" or another code stands around the ':' at `at`. */
static bool is_code(const char *bytes, size_t n, size_t at) {
  if (at < 3 || !is_digit((unsigned char)bytes[at - 3]) ||
      bytes[at - 2] != '-' || !is_digit((unsigned char)bytes[at - 1]))
    return false;
  at++;
  return skip_number(bytes, n, &at) && skip_dot(bytes, n, &at) &&
         skip_number(bytes, n, &at) && skip_dot(bytes, n, &at) &&
         skip_number(bytes, n, &at);
}

static bool has_code(const char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (bytes[i] == ':' && is_code(bytes, n, i))
      return true;
  return false;
}

/* Lines that are not empty, the last one only when it has ended. */
static size_t count_lines(const char *bytes, size_t n) {
  size_t lines = 0;
  bool empty = true;
  for (size_t i = 0; i < n; i++) {
    bool end = bytes[i] == '\r' || bytes[i] == '\n';
    lines += end && !empty;
    empty = end;
  }
  return lines;
}

static bool is_hex_digit(unsigned byte) {
  return is_digit(byte) || (byte >= 'A' && byte <= 'F') ||
         (byte >= 'a' && byte <= 'f');
}

/* Whether the last line of a telegram stands at `at`, and a line's end after
 * it. */
static bool is_last_line(const char *bytes, size_t n, size_t at) {
  if (bytes[at] != '!' || at == 0 || bytes[at - 1] != '\n')
    return false;
  size_t digits = 0;
  for (at++; at < n && is_hex_digit((unsigned char)bytes[at]); at++)
    digits++;
  return at < n && bytes[at] == '\r' && digits <= 4;
}

static bool has_last_line(const char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (is_last_line(bytes, n, i))
      return true;
  return false;
}

static bool is_other_text(const struct tally *tally, const char *bytes,
                          size_t n) {
  return tally->all >= FEWEST_TEXT && share(tally, tally->text, 97) &&
         !is_riddled(tally) && tally->different >= FEWEST_DIFFERENT &&
         !has_last_line(bytes, n) &&
         (tally->all >= LONGEST_LINE || count_lines(bytes, n) >= FEWEST_LINES);
}

/* ---- other protocols ---- */

/* A general-glo-ciphering frame (DLMS green book; the Luxembourg P1 document,
 * section 3.2.5) begins with 0xDB, the length 8 and eight bytes of system
 * title, three letters first; then the length of the rest and the security
 * control byte, 0x20 or 0x30. Random bytes look so once in 10^8. */
#define GLO_TITLE 2
#define GLO_LENGTH 10
#define GLO_SECURITY_AND_COUNTER 5

static bool is_letter(unsigned byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_encrypted(const uint8_t *at, size_t n) {
  if (n < GLO_LENGTH + 4 || at[1] != 8 || !is_letter(at[GLO_TITLE]) ||
      !is_letter(at[GLO_TITLE + 1]) || !is_letter(at[GLO_TITLE + 2]))
    return false;
  const uint8_t *length = at + GLO_LENGTH;
  size_t bytes = length[0];
  size_t width = 1;
  if (length[0] == 0x81) {
    bytes = length[1];
    width = 2;
  } else if (length[0] == 0x82) {
    bytes = (size_t)length[1] << 8 | length[2];
    width = 3;
  } else if (length[0] >= 0x80) {
    return false;
  }
  return bytes > GLO_SECURITY_AND_COUNTER &&
         (length[width] == 0x20 || length[width] == 0x30);
}

/* An HDLC frame of format type 3 (IEC 62056-46): flag, 0xA and eleven bits of
 * length without the flags, addresses and so on, a CRC-16/X-25 with its low
 * byte first, flag. */
#define HDLC_FLAG 0x7E
#define HDLC_SHORTEST 7 /* format, two addresses, control, CRC */

/* The length of what may be a frame, its flags not counted; else 0. */
static size_t hdlc_length(const uint8_t *at, size_t n) {
  if (n < 3 || (at[1] & 0xF0) != 0xA0)
    return 0;
  size_t length = (size_t)(at[1] & 7) << 8 | at[2];
  if (length < HDLC_SHORTEST || n < length + 2 || at[length + 1] != HDLC_FLAG)
    return 0;
  return length;
}

static bool has_good_crc(const uint8_t *frame, size_t length) {
  uint16_t crc = p1_crc16_x25(frame, length - 2);
  return frame[length - 2] == (crc & 0xFF) && frame[length - 1] == crc >> 8;
}

/* Goes on behind a frame that is none, so that no byte is summed up twice. */
static bool has_hdlc(const char *bytes, size_t n) {
  const char *end = bytes + n;
  const char *at = memchr(bytes, HDLC_FLAG, n);
  while (at != NULL) {
    const uint8_t *flag = (const uint8_t *)at;
    size_t length = hdlc_length(flag, (size_t)(end - at));
    if (length > 0 && has_good_crc(flag + 1, length))
      return true;
    at += length + 1;
    at = memchr(at, HDLC_FLAG, (size_t)(end - at));
  }
  return false;
}

/* A long frame (EN 13757-2): 0x68, the length twice, 0x68, so many bytes, their
 * sum, 0x16. */
static bool is_mbus(const uint8_t *at, size_t n) {
  if (n < 4 || at[1] != at[2] || at[1] < 3 || at[3] != 0x68)
    return false;
  size_t length = at[1];
  if (n < length + 6 || at[length + 5] != 0x16)
    return false;
  unsigned sum = 0;
  for (size_t i = 0; i < length; i++)
    sum += at[4 + i];
  return at[length + 4] == (sum & 0xFF);
}

/* Whether a frame that begins with `first` stands anywhere. */
static bool has_frame(const char *bytes, size_t n, uint8_t first,
                      bool (*is_frame)(const uint8_t *at, size_t n)) {
  const char *end = bytes + n;
  const char *at = memchr(bytes, first, n);
  while (at != NULL) {
    if (is_frame((const uint8_t *)at, (size_t)(end - at)))
      return true;
    at++;
    at = memchr(at, first, (size_t)(end - at));
  }
  return false;
}

enum p1_byte_kind p1_byte_kind(const char *bytes, size_t n) {
  if (n == 0)
    return P1_BYTES_UNCLEAR;
  if (has_frame(bytes, n, 0xDB, is_encrypted))
    return P1_BYTES_ENCRYPTED;
  if (has_hdlc(bytes, n))
    return P1_BYTES_HDLC;
  if (has_frame(bytes, n, 0x68, is_mbus))
    return P1_BYTES_MBUS;
  struct tally tally;
  take_all(&tally, bytes, n);
  if (is_7e1(&tally))
    return P1_BYTES_7E1;
  if (has_code(bytes, n))
    return P1_BYTES_P1;
  if (is_8n1(&tally))
    return P1_BYTES_8N1;
  if (is_inverted(&tally))
    return P1_BYTES_INVERTED;
  if (is_other_text(&tally, bytes, n))
    return P1_BYTES_TEXT;
  return is_random(&tally) ? P1_BYTES_RANDOM : P1_BYTES_UNCLEAR;
}
