/*
 * test_telnet.c - telnet's own words taken out, the meter's bytes left alone.
 *
 * Every case runs whole, cut at every place, and byte by byte, in the way the
 * source does it: the bytes stand one after the place they are written to.
 */
#include "torture.h"

#include "telnet.h"

#include <stdlib.h>

/* How ser2net opens a telnet connection: WILL SGA, DO SGA, WILL ECHO, DONT
 * ECHO, DO BINARY, WILL BINARY, DO COM-PORT. */
#define OPENING                                                                \
  "\xff\xfb\x03\xff\xfd\x03\xff\xfb\x01\xff\xfe\x01\xff\xfd\x00\xff\xfb\x00"   \
  "\xff\xfd,"

static const struct {
  const char *name;
  const char *bytes;
  size_t n;
  const char *left;
  size_t left_n;
} cases[] = {
    {"nothing telnet", LITERAL("/FLU5\r\n!AB12\r\n"),
     LITERAL("/FLU5\r\n!AB12\r\n")},
    {"an opening", LITERAL(OPENING "/FLU5"), LITERAL("/FLU5")},
    {"commands inside", LITERAL("1-0:1\xff\xf1.8\xff\xfc\x01.0"),
     LITERAL("1-0:1.8.0")},
    {"every two-byte command",
     LITERAL("a\xff\xf0"
             "b\xff\xf1"
             "c\xff\xf2"
             "d\xff\xf3"
             "e\xff\xf4"
             "f\xff\xf5"
             "g\xff\xf6"
             "h\xff\xf7"
             "i\xff\xf8"
             "j\xff\xf9k"),
     LITERAL("abcdefghijk")},
    {"a raw 0xFF", LITERAL("(\xff)"), LITERAL("(\xff)")},
    {"a raw pair", LITERAL("(\xff\xff)"), LITERAL("(\xff\xff)")},
    {"three raw ones", LITERAL("(\xff\xff\xff)"), LITERAL("(\xff\xff\xff)")},
    {"a doubled 0xFF", LITERAL(OPENING "(\xff\xff)"), LITERAL("(\xff)")},
    {"a pair of doubled ones", LITERAL(OPENING "(\xff\xff\xff\xff)"),
     LITERAL("(\xff\xff)")},
    {"a doubled one before a command", LITERAL(OPENING "(\xff\xff\xff\xf1)"),
     LITERAL("(\xff)")},
    {"raw high bytes", LITERAL("\x80\xb3\xef\xf0\xfa\xfb\xfe."),
     LITERAL("\x80\xb3\xef\xf0\xfa\xfb\xfe.")},
    {"a raw 0xFF before high bytes", LITERAL("\xff\xef\xff\x80."),
     LITERAL("\xff\xef\xff\x80.")},
    {"a subnegotiation", LITERAL(OPENING "a\xff\xfa,j\x01\xff\xf0z"),
     LITERAL("az")},
    {"a subnegotiation with a 0xFF",
     LITERAL(OPENING "a\xff\xfa,\xff\xff\xf0\xff\xf0z"), LITERAL("az")},
    {"a subnegotiation that breaks off",
     LITERAL(OPENING "a\xff\xfa,j\xff\xfb\x01z"), LITERAL("az")},
    {"no subnegotiation on a raw line", LITERAL("a\xff\xfa,\xff\xffz"),
     LITERAL("a\xff\xfa,\xff\xffz")},
    {"an option of noise makes no telnet", LITERAL("\xff\xfb\x80(\xff\xff)"),
     LITERAL("(\xff\xff)")},
    {"a 0xFF at the end waits for its next", LITERAL("a\xff"), LITERAL("a")},
};

/* Filters `n` bytes, the first `cut` of them apart, as the source does, in room
 * that is not one byte larger than promised. Returns the number left. */
static size_t filter(struct p1_telnet *telnet, const char *bytes, size_t n,
                     char *left) {
  char *room = malloc(n + 1);
  assert_non_null(room);
  memcpy(room + 1, bytes, n);
  size_t count = p1_telnet_filter(telnet, room + 1, n, room);
  assert_true(count <= n + 1);
  memcpy(left, room, count);
  free(room);
  return count;
}

static void check(const char *name, const char *left, size_t n,
                  const char *wanted, size_t wanted_n) {
  if (n != wanted_n || memcmp(left, wanted, n) != 0)
    fail_msg("%s: %zu bytes are left and not the %zu wanted", name, n,
             wanted_n);
}

static void cases_at_every_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    for (size_t cut = 0; cut <= cases[i].n; cut++) {
      struct p1_telnet telnet = {0};
      char left[256];
      size_t n = filter(&telnet, cases[i].bytes, cut, left);
      n += filter(&telnet, cases[i].bytes + cut, cases[i].n - cut, left + n);
      check(cases[i].name, left, n, cases[i].left, cases[i].left_n);
    }
}

static void cases_byte_by_byte(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct p1_telnet telnet = {0};
    char left[256];
    size_t n = 0;
    for (size_t at = 0; at < cases[i].n; at++)
      n += filter(&telnet, cases[i].bytes + at, 1, left + n);
    check(cases[i].name, left, n, cases[i].left, cases[i].left_n);
  }
}

/* A Hungarian text that was never set: 1024 times 0xFF. */
#define UNSET 1024

static void hungarian(bool telnet_server, size_t step) {
  static char sent[sizeof(OPENING) + 2 * UNSET + 2], left[UNSET + 2];
  size_t n = 0, opening = telnet_server ? sizeof(OPENING) - 1 : 0;
  memcpy(sent, OPENING, opening);
  n += opening;
  sent[n++] = '(';
  size_t count = telnet_server ? 2 * UNSET : UNSET;
  memset(sent + n, 0xff, count);
  n += count;
  sent[n++] = ')';
  struct p1_telnet telnet = {0};
  size_t left_n = 0;
  for (size_t at = 0; at < n; at += step)
    left_n += filter(&telnet, sent + at, n - at < step ? n - at : step,
                     left + left_n);
  assert_int_equal(left_n, UNSET + 2);
  assert_int_equal(left[0], '(');
  assert_int_equal(left[UNSET + 1], ')');
  for (size_t i = 1; i <= UNSET; i++)
    assert_int_equal((unsigned char)left[i], 0xff);
}

static void a_text_of_0xff_comes_through(void **state) {
  (void)state;
  for (size_t step = 1; step <= 9; step++) {
    hungarian(false, step);
    hungarian(true, step);
  }
  hungarian(false, 2 * UNSET + 64);
  hungarian(true, 2 * UNSET + 64);
}

/* A line of noise must not swallow the meter that comes after it. */
static void a_subnegotiation_without_end_is_left(void **state) {
  (void)state;
  struct p1_telnet telnet = {0};
  char left[1024];
  size_t n = filter(&telnet, LITERAL(OPENING "\xff\xfa"), left);
  assert_int_equal(n, 0);
  for (int i = 0; i < 1000; i++)
    n += filter(&telnet, "x", 1, left + n);
  assert_true(n >= 1000 - 300);
  n += filter(&telnet, "\xff\xf1/FLU5", 7, left + n);
  assert_memory_equal(left + n - 6, "x/FLU5", 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cases_at_every_cut),
      cmocka_unit_test(cases_byte_by_byte),
      cmocka_unit_test(a_text_of_0xff_comes_through),
      cmocka_unit_test(a_subnegotiation_without_end_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
