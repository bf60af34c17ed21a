/*
 * test_framer_work.c - no flood costs more than in proportion to its length,
 * and none costs the telegram behind it.
 *
 * The framer is compiled in here once more, under other names, with the
 * functions that go over bytes replaced by ones that count the bytes.
 */
#include "torture.h"

#include "p1/crc16.h"

#include <stdlib.h>

static size_t work;

static void *counted_memchr(const char *bytes, int c, size_t n) {
  char *found = n > 0 ? memchr(bytes, c, n) : NULL;
  work += found != NULL ? (size_t)(found - bytes) + 1 : n;
  return found;
}

static void *counted_memcpy(void *to, const void *from, size_t n) {
  work += n;
  return memcpy(to, from, n);
}

static void *counted_memmove(void *to, const void *from, size_t n) {
  work += n;
  return memmove(to, from, n);
}

static uint16_t counted_crc16(const void *bytes, size_t n) {
  work += n;
  return p1_crc16(bytes, n);
}

static uint16_t counted_crc16_x25(const void *bytes, size_t n) {
  work += n;
  return p1_crc16_x25(bytes, n);
}

static uint16_t counted_crc16_before(uint16_t crc, uint8_t byte) {
  work++;
  return p1_crc16_before(crc, byte);
}

#define memchr counted_memchr
#define memcpy counted_memcpy
#define memmove counted_memmove
#define p1_crc16 counted_crc16
#define p1_crc16_x25 counted_crc16_x25
#define p1_crc16_before counted_crc16_before
#define p1_framer_init counted_init
#define p1_framer_push counted_push
#define p1_framer_end counted_end
#include "../../plugin/core/framer.c"
#undef memchr
#undef memcpy
#undef memmove
#undef p1_crc16

#define MEGABYTE ((size_t)1 << 20)

/* A flood with an event at every other byte has LOOK_AHEAD bytes looked at
 * again for each, hence half of that for a byte; everything else goes over a
 * byte a few times at most. */
#define WORK_PER_BYTE (LOOK_AHEAD / 2 + 8)

static const char telegram[] =
    "/TST5\\SAMPLE-1\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260115123456W)\r\n"
    "1-0:1.8.1(001234.567*kWh)\r\n1-0:1.7.0(00.412*kW)\r\n!C2C1";
static const char bare[] =
    "/KMP5 ZTEST0001\r\n\r\n1-0:1.8.1(00123.456*kWh)\r\n!\r\n";

/* What is repeated; each flood is also sent behind a '/'. */
static const struct {
  const char *bytes;
  size_t n;
} floods[] = {
    {LITERAL("\0")},
    {LITERAL("\377")},
    {LITERAL("x")},
    {LITERAL("(")},
    {LITERAL("/")},
    {LITERAL("/AAA5")},
    {LITERAL("/HLY5")},
    {LITERAL("\n/")},
    {LITERAL("\r")},
    {LITERAL("!")},
    {LITERAL(")!")},
    {LITERAL("\n!")},
    {LITERAL("\n!0")},
    {LITERAL("/\n!")},
    {LITERAL("/\n!\n")},
    {LITERAL("/AAA5\r\n\r\n!\r\n")},
    {LITERAL("/AAA5\r\n\r\n!1234")},
    {LITERAL("/HLY5\r\n\r\n!1234")},
    {LITERAL("/AAA5\r\n\r\n")},
    {LITERAL("/AAA5\r\n\r\n1-0:1.7.0(")},
    {LITERAL("x/AAA5\r\n\r\n")},
    {LITERAL("x/HLY5\n\n")},
};

static struct p1_framer framer;
static char *stream;

/* Fills the stream with n bytes of a flood. */
static void fill(size_t n, size_t flood, bool opened) {
  size_t length = floods[flood].n;
  for (size_t i = 0; i < n; i++)
    stream[i] = floods[flood].bytes[i % length];
  if (opened)
    stream[0] = '/';
}

/* Frames n bytes in portions; true when the last event is the telegram. */
static bool frame(size_t n, size_t portion, const char *expected,
                  size_t length) {
  bool found = false;
  counted_init(&framer);
  for (size_t at = 0; at < n;) {
    size_t pushed = n - at < portion ? n - at : portion;
    enum p1_frame_event event = P1_FRAME_MORE;
    at += counted_push(&framer, stream + at, pushed, &event);
    if (event != P1_FRAME_MORE)
      found = event == P1_FRAME_TELEGRAM && framer.length == length &&
              memcmp(framer.telegram, expected, length) == 0;
  }
  return found;
}

/* Floods with n bytes, then sends a telegram; returns the work. */
static size_t flood_with(size_t n, size_t flood, bool opened, size_t portion) {
  fill(n, flood, opened);
  memcpy(stream + n, telegram, sizeof(telegram));
  work = 0;
  if (!frame(n + sizeof(telegram) - 1, portion, telegram,
             sizeof(telegram) - 1 - P1_CRC_DIGITS))
    fail_msg("flood %zu, %zu bytes by %zu: telegram lost", flood, n, portion);
  if (work > WORK_PER_BYTE * n)
    fail_msg("flood %zu, %zu bytes by %zu: %zu for each", flood, n, portion,
             work / n);
  return work;
}

/* Four times the flood is four times the work, but for what is within. */
static void check_growth(size_t flood, bool opened, size_t portion) {
  size_t one = flood_with(MEGABYTE, flood, opened, portion);
  size_t four = flood_with(4 * MEGABYTE, flood, opened, portion);
  if (four > 4 * one + WORK_PER_BYTE * P1_TELEGRAM_MAX)
    fail_msg("flood %zu by %zu: work grows from %zu to %zu", flood, portion,
             one, four);
}

static void test_floods(void **state) {
  (void)state;
  for (size_t flood = 0; flood < COUNT_OF(floods); flood++) {
    for (int opened = 0; opened <= 1; opened++) {
      check_growth(flood, opened != 0, 8 * MEGABYTE);
      check_growth(flood, opened != 0, 61);
      flood_with(MEGABYTE, flood, opened != 0, 1);
    }
  }
}

/* Without a CRC to find it by. */
static void test_floods_before_bare(void **state) {
  (void)state;
  for (size_t flood = 0; flood < COUNT_OF(floods); flood++) {
    for (int opened = 0; opened <= 1; opened++) {
      fill(MEGABYTE, flood, opened != 0);
      memcpy(stream + MEGABYTE, bare, sizeof(bare));
      if (!frame(MEGABYTE + sizeof(bare) - 1, 61, bare,
                 sizeof(bare) - 1 - strlen("\r\n")))
        fail_msg("flood %zu: bare telegram lost", flood);
    }
  }
}

static int make_stream(void **state) {
  (void)state;
  stream = malloc(4 * MEGABYTE + 1024);
  return stream != NULL ? 0 : -1;
}

static int free_stream(void **state) {
  (void)state;
  free(stream);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_floods),
      cmocka_unit_test(test_floods_before_bare),
  };
  return cmocka_run_group_tests_name("framer_work", tests, make_stream,
                                     free_stream);
}
