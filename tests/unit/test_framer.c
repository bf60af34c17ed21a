/*
 * test_framer.c - what the framer makes of whole, odd and broken telegrams.
 *
 * Every case is run whole, byte by byte, cut in two at every place, and in
 * portions of every size up to 2048; each portion ends at a page that cannot be
 * read. The events must be the same every time.
 */
#include "torture.h"

#include "guard.h"

#include "p1/framer.h"

#include <stdlib.h>

/* No case has more events. */
#define EVENTS_MAX 6
#define PORTION_MAX 2048

/* Telegrams of this test's own, up to the '!'. */
#define A                                                                      \
  "/TST5\\SAMPLE-1\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260115123456W)\r\n"       \
  "1-0:1.8.1(001234.567*kWh)\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define A_CRC "C2C1"
#define A_LINE A A_CRC "\r\n"
#define A_HALF "/TST5\\SAMPLE-1\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(2601"
/* Its CRC has leading zeros. */
#define ZEROS(number) "/TST5\\ZEROS\r\n\r\n1-0:1.8.1(" number "*kWh)\r\n!"
/* DSMR 2.2: no CRC. */
#define OLD                                                                    \
  "/KMP5 ZTEST0001\r\n\r\n0-0:96.1.1(3132)\r\n1-0:1.8.1(00123.456*kWh)\r\n!"
#define OLD_LINE OLD "\r\n"
#define OLD_HALF "/KMP5 ZTEST0001\r\n\r\n0-0:96.1.1(31"
/* A meter whose header has no digit, without CRC. */
#define BOX "/NWA-BOX\r\n\r\n0-1:24.1.0(012)\r\n!"
#define NO_BLANK "/KMP5 ZTEST0002\r\n0-0:96.1.1(3132)\r\n!"
#define HOLLEY "/HLY5\\D545-METER\r\n\r\n1-0:1.8.0(000012.345*kWh)\r\n!"
#define HOLLEY_SLASH "/HLY5/D545-METER\r\n\r\n1-0:1.8.0(000012.345*kWh)\r\n!"
#define AIDON "/ADN9 1234\r\n\r\n1-0:1.7.0(00.412*kW)\r\n1-0:71.7.0(1.1*A)!"
#define TEXT                                                                   \
  "/TST5\\TEXT\r\n\r\n0-0:96.13.0(hello! (see /abc5 now) !)\r\n"               \
  "1-0:1.7.0(00.412*kW)\r\n!"
#define LF_ONLY "/TST5\\LF\n\n1-0:1.7.0(00.412*kW)\n!"
#define BLANK "/TST5\\BLANK\r\n\r\n1-0:1.7.0(00.412*kW)\r\n\r\n!"
#define PADDED "/TST5\\PADDED  \r\n\r\n1-0:1.7.0(00.412*kW)  \r\n!"
#define SHORT "/TST5\\SHORT\r\n\r\n!"
#define NO_DIGIT "/LG_E660_SAMPLE\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define CONTROL "/TST\x02SAMPLE\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define HIGH_BYTE "/TST\253SAMPLE\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define DIGITS "/123456\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"

/* Their CRC is 0: before a telegram they leave its CRC as it is. */
#define NIL_HALF "/TST5\\NIL\r\n\r\n1-0:1.8.1(000082.274"
#define NIL_TEXT "/TST5\\NIL\r\n\r\n0-0:96.13.0(227449 "
#define NIL NIL_TEXT "/abc5 now)\r\n!"
/* A meter that pads its lines. */
#define BLANKS "/LGF5BLANKS\r\n \r\n1-0:1.7.0(0000.128*kW) \r\n!"
/* No headers. */
#define TOO_SHORT "/T\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define PARENTHESIS "/TST(\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
#define DELETE "/TST\177\r\n\r\n1-0:1.7.0(00.412*kW)\r\n!"
/* A text over two lines, the first of which ends like a header. */
#define WRAPPED "/KMP5 ZTEST0001\r\n\r\n0-0:96.13.0(see /abc5\r\nnow)\r\n!"

struct outcome {
  enum p1_frame_event event; /* MORE: there is none */
  enum p1_crc crc;
  const char *telegram; /* with the '!', NULL where the event has none */
};

#define GOOD(text)                                                             \
  { P1_FRAME_TELEGRAM, P1_CRC_OK, text }
#define BARE(text)                                                             \
  { P1_FRAME_TELEGRAM, P1_CRC_ABSENT, text }
#define BAD(text)                                                              \
  { P1_FRAME_BAD_CRC, P1_CRC_BAD, text }
#define RESYNC                                                                 \
  { P1_FRAME_RESYNC, P1_CRC_ABSENT, NULL }

struct framing {
  const char *name;
  const char *bytes;
  size_t n;
  struct outcome expected[EVENTS_MAX];
};

/* What comes out while bytes come. */
static const struct framing lines[] = {
    {"good", LITERAL(A_LINE), {GOOD(A)}},
    {"complete with the fourth digit", LITERAL(A A_CRC), {GOOD(A)}},
    {"small letters", LITERAL(A "c2c1\r\n"), {GOOD(A)}},
    {"mixed letters", LITERAL(A "c2C1\r\n"), {GOOD(A)}},
    {"zeros printed",
     LITERAL(ZEROS("000000.040") "0508\r\n"),
     {GOOD(ZEROS("000000.040"))}},
    {"three digits",
     LITERAL(ZEROS("000000.040") "508\r\n"),
     {GOOD(ZEROS("000000.040"))}},
    {"two digits",
     LITERAL(ZEROS("000000.054") "6B\n"),
     {GOOD(ZEROS("000000.054"))}},
    {"one digit",
     LITERAL(ZEROS("000001.743") "4\r"),
     {GOOD(ZEROS("000001.743"))}},
    {"no CRC", LITERAL(OLD_LINE), {BARE(OLD)}},
    {"no CRC, LF", LITERAL(OLD "\n"), {BARE(OLD)}},
    {"X-25", LITERAL(HOLLEY "479B\r\n"), {GOOD(HOLLEY)}},
    {"this maker with ARC", LITERAL(HOLLEY "ABF0\r\n"), {GOOD(HOLLEY)}},
    {"X-25, slash in the header",
     LITERAL(HOLLEY_SLASH "8307\r\n"),
     {GOOD(HOLLEY_SLASH)}},
    {"slash in the header, bad CRC",
     LITERAL(HOLLEY_SLASH "8308\r\n"),
     {BAD(HOLLEY_SLASH)}},
    {"X-25 behind half of one",
     LITERAL("/HLY5\\D545-ME" HOLLEY "479B\r\n"),
     {GOOD(HOLLEY)}},
    {"X-25 behind two halves",
     LITERAL("/HLY5\\D545-ME/HLY5\\D545-MET" HOLLEY "479B\r\n"),
     {GOOD(HOLLEY)}},
    {"X-25 for others is bad", LITERAL(SHORT "F3CA\r\n"), {BAD(SHORT)}},
    {"text with ! and /", LITERAL(TEXT "2803\r\n"), {GOOD(TEXT)}},
    {"text with ! and /, no CRC", LITERAL(TEXT "\r\n"), {BARE(TEXT)}},
    {"text with ! and /, bad CRC", LITERAL(TEXT "2804\r\n"), {BAD(TEXT)}},
    {"blank line before the end", LITERAL(BLANK "3663\r\n"), {GOOD(BLANK)}},
    {"LF only", LITERAL(LF_ONLY "487F\n"), {GOOD(LF_ONLY)}},
    {"LF only, no CRC", LITERAL(LF_ONLY "\n"), {BARE(LF_ONLY)}},
    {"padded", LITERAL(PADDED "73FC\r\n"), {GOOD(PADDED)}},
    {"! ends its line", LITERAL(AIDON "\r\n"), {BARE(AIDON)}},
    {"! ends its line, twice",
     LITERAL(AIDON "\r\n" AIDON "\n"),
     {BARE(AIDON), BARE(AIDON)}},
    {"! after ) goes on",
     LITERAL("/ADN9 1234\r\n\r\n1-0:1.7.0(1)!(2)\r\n!\r\n"),
     {BARE("/ADN9 1234\r\n\r\n1-0:1.7.0(1)!(2)\r\n!")}},
    {"two", LITERAL(A_LINE OLD_LINE), {GOOD(A), BARE(OLD)}},
    {"two, nothing between", LITERAL(A A_CRC A A_CRC), {GOOD(A), GOOD(A)}},
    {"fifth digit", LITERAL(A A_CRC "0\r\n" A_LINE), {GOOD(A), GOOD(A)}},
    {"rest of the CRC's line",
     LITERAL(A A_CRC " !x\r\n\r\n" A_LINE),
     {GOOD(A), GOOD(A)}},
    {"wrong CRC", LITERAL(A "C2C2\r\n" A_LINE), {BAD(A), GOOD(A)}},
    {"digits short", LITERAL(A "C2C\r\n" A_LINE), {BAD(A), GOOD(A)}},
    {"no digit", LITERAL(A "G2C1\r\n" A_LINE), {BAD(A), GOOD(A)}},
    {"blank after !", LITERAL(A " C2C1\r\n" A_LINE), {BAD(A), GOOD(A)}},
    {"zeros and a blank",
     LITERAL(ZEROS("000000.040") "508 \r\n"),
     {BAD(ZEROS("000000.040"))}},
    {"the next right after !", LITERAL(A A_LINE), {BAD(A), GOOD(A)}},
    {"the next after two digits", LITERAL(A "C2" A_LINE), {BAD(A), GOOD(A)}},
    {"CRC line lost", LITERAL(A_HALF "\r\n" A_LINE), {RESYNC, GOOD(A)}},
    {"end lost, CR only", LITERAL(A_HALF "\r" A_LINE), {RESYNC, GOOD(A)}},
    {"half, in mid-line", LITERAL(A_HALF A_LINE), {GOOD(A)}},
    {"half, twice", LITERAL(A_HALF A_HALF A_LINE), {GOOD(A)}},
    {"half, CRC bad", LITERAL(A_HALF A "C2C2\r\n"), {BAD(A)}},
    {"half, then one without", LITERAL(A_HALF OLD_LINE), {BARE(OLD)}},
    {"half of one without", LITERAL(OLD_HALF OLD_LINE), {BARE(OLD)}},
    {"half a header", LITERAL("/KMP5 Z" OLD_LINE), {BARE(OLD)}},
    {"its slash", LITERAL("/" OLD_LINE), {BARE(OLD)}},
    {"half, no digit in header",
     LITERAL(BOX BOX "\r\n"),
     {BAD(BOX), BARE(BOX)}},
    {"half in mid-line, no digit",
     LITERAL("/NWA-BOX\r\n\r\n0-1:24.1.0(0" BOX "\r\n"),
     {BARE(BOX)}},
    {"half, its CRC is 0", LITERAL(NIL_HALF A_LINE), {GOOD(A)}},
    {"text before / has CRC 0", LITERAL(NIL "D854"), {GOOD(NIL)}},
    {"half, lines padded", LITERAL("/LGF5BL" BLANKS "\r\n"), {BARE(BLANKS)}},
    {"joined late", LITERAL("00.412*kW)\r\n!C2C1\r\n" A_LINE), {GOOD(A)}},
    {"joined in a text",
     LITERAL("x /abc5 now)\r\n1-0:1.7.0(1)\r\n!\r\n" OLD_LINE),
     {RESYNC, BARE(OLD)}},
    {"joined before a text",
     LITERAL("/abc5 (now\r\n1-0:1.7.0(1)\r\n!\r\n" OLD_LINE),
     {RESYNC, BARE(OLD)}},
    {"joined in a text, CRC",
     LITERAL("-/-test)\r\n!12AB\r\n" A_LINE),
     {BAD("/-test)\r\n!"), GOOD(A)}},
    {"noise", LITERAL("noise" A_LINE), {GOOD(A)}},
    {"noise with !", LITERAL("!!\r\n!" A_LINE), {GOOD(A)}},
    {"binary", LITERAL("\1\2\3\177\200\376" A_LINE), {GOOD(A)}},
    {"NULs", LITERAL("\0\0\0\0\0\0\0\0\0\0" A_LINE), {GOOD(A)}},
    {"ones", LITERAL("\377\377\377\377" A_LINE), {GOOD(A)}},
    {"slashes", LITERAL("////" A_LINE), {GOOD(A)}},
    {"slashes, no CRC", LITERAL("////" OLD_LINE), {BARE(OLD)}},
    {"slash and binary", LITERAL("/\0\377\1/\0" A_LINE), {GOOD(A)}},
    {"slash, header without digit", LITERAL("/\0/" BOX "\r\n"), {BARE(BOX)}},
    {"slash lines", LITERAL("/\r\n/\r\n" A_LINE), {RESYNC, RESYNC, GOOD(A)}},
    {"NUL inside",
     LITERAL("/TST5\\N\r\n\r\n1-0:1.7.0(\0)\r\n!1234" A_LINE),
     {BAD("/TST5\\N\r\n\r\n1-0:1.7.0("), GOOD(A)}},
    {"/!", LITERAL("/!\r\n/a!\r\n"), {RESYNC}},
    {"nothing but header and end", LITERAL(SHORT "C701\r\n"), {GOOD(SHORT)}},
    {"no header", LITERAL("/\n!\r\n" A_LINE), {RESYNC, GOOD(A)}},
    {"header without digit", LITERAL("/" NO_DIGIT "87D2"), {GOOD(NO_DIGIT)}},
    {"header of digits", LITERAL("/" DIGITS "35FE"), {GOOD(DIGITS)}},
    {"0x02 in the header", LITERAL("/" CONTROL "E2F4"), {GOOD(CONTROL)}},
    {"0xAB in the header", LITERAL("/" HIGH_BYTE "47CD"), {GOOD(HIGH_BYTE)}},
    {"header too short", LITERAL("/" TOO_SHORT "E630"), {BAD("/" TOO_SHORT)}},
    {"header with (", LITERAL("/" PARENTHESIS "0599"), {BAD("/" PARENTHESIS)}},
    {"header with DEL", LITERAL("/" DELETE "\r\n"), {RESYNC}},
    {"text over two lines", LITERAL(WRAPPED "\r\n"), {BARE(WRAPPED)}},
    {"half, no blank line",
     LITERAL("/KMP5 Z" NO_BLANK "\r\n"),
     {BARE(NO_BLANK)}},
    {"nothing", LITERAL(""), {{0}}},
    {"undecided", LITERAL(A_LINE A "C2C"), {GOOD(A)}},
    {"undecided without", LITERAL(A_LINE OLD), {GOOD(A)}},
};

/* What comes out of files, which end. */
static const struct framing files[] = {
    {"good", LITERAL(A A_CRC), {GOOD(A)}},
    {"three digits",
     LITERAL(ZEROS("000000.040") "508"),
     {GOOD(ZEROS("000000.040"))}},
    {"no line end", LITERAL(OLD), {BARE(OLD)}},
    {"no line end, after )", LITERAL(AIDON), {BARE(AIDON)}},
    {"digits short", LITERAL(A "C2C"), {BAD(A)}},
    {"broke off", LITERAL(A_LINE A_HALF), {GOOD(A), RESYNC}},
    {"no header", LITERAL("/\n!"), {RESYNC}},
    {"noise", LITERAL("noise"), {{0}}},
    {"nothing", LITERAL(""), {{0}}},
};

/* A framer at work, and the next event that a case expects. */
struct run {
  struct p1_framer framer;
  const struct framing *of;
  size_t next;
};

static void check_event(struct run *run, enum p1_frame_event event,
                        size_t first, size_t portion) {
  const struct p1_framer *framer = &run->framer;
  const char *name = run->of->name;
  if (run->next == EVENTS_MAX)
    fail_msg("%s (%zu, %zu): too many events", name, first, portion);
  const struct outcome *expected = &run->of->expected[run->next++];
  if (event != expected->event)
    fail_msg("%s (%zu, %zu): event %d is %d", name, first, portion,
             (int)run->next, (int)event);
  if (expected->telegram == NULL)
    return;
  assert_row(framer->crc == expected->crc, name);
  size_t n = strlen(expected->telegram);
  if (strchr(expected->telegram, '!') == NULL) /* a NUL is in it */
    assert_row(framer->length > n, name);
  else
    assert_row(framer->length == n, name);
  assert_memory_equal(framer->telegram, expected->telegram, n);
  assert_int_equal(framer->telegram[framer->length - 1], '!');
}

/* Pushes n bytes, beside a guard page, until MORE. */
static void push(struct run *run, struct guard *guard, const char *bytes,
                 size_t n, size_t first, size_t portion) {
  enum p1_frame_event event = P1_FRAME_RESYNC;
  const char *at = guard_at_end(guard, bytes, n);
  while (event != P1_FRAME_MORE) {
    size_t taken = p1_framer_push(&run->framer, at, n, &event);
    assert_true(taken <= n);
    at += taken;
    n -= taken;
    if (event != P1_FRAME_MORE)
      check_event(run, event, first, portion);
  }
  assert_int_equal(n, 0);
}

/* Runs a case in a first portion and then in portions of one size. */
static void run_case(struct run *run, struct guard *guard,
                     const struct framing *of, bool ends, size_t first,
                     size_t portion) {
  run->of = of;
  run->next = 0;
  p1_framer_init(&run->framer);
  size_t at = 0;
  for (size_t n = first; at < of->n; at += n, n = portion) {
    if (n > of->n - at)
      n = of->n - at;
    push(run, guard, of->bytes + at, n, first, portion);
  }
  if (ends) {
    enum p1_frame_event event = p1_framer_end(&run->framer);
    if (event != P1_FRAME_MORE)
      check_event(run, event, first, portion);
    assert_int_equal(p1_framer_end(&run->framer), P1_FRAME_MORE);
  }
  if (run->next < EVENTS_MAX && of->expected[run->next].event != P1_FRAME_MORE)
    fail_msg("%s (%zu, %zu): event %zu did not come", of->name, first, portion,
             run->next + 1);
}

static void run_portions(const struct framing *cases, size_t count, bool ends) {
  struct guard guard;
  struct run *run = malloc(sizeof(*run));
  assert_non_null(run);
  guard_init(&guard, 2 * P1_TELEGRAM_MAX);
  for (size_t i = 0; i < count; i++) {
    const struct framing *of = &cases[i];
    run_case(run, &guard, of, ends, of->n, of->n);
    for (size_t first = 0; first < of->n; first++)
      run_case(run, &guard, of, ends, first, of->n);
    for (size_t portion = 1; portion <= PORTION_MAX; portion++)
      run_case(run, &guard, of, ends, portion, portion);
  }
  guard_free(&guard);
  free(run);
}

static void test_lines(void **state) {
  (void)state;
  run_portions(lines, COUNT_OF(lines), false);
}

static void test_files(void **state) {
  (void)state;
  run_portions(files, COUNT_OF(files), true);
}

/* A telegram of n bytes with its '!', without CRC. */
static char *long_telegram(char *at, size_t n) {
  static const char header[] = "/KMP5 ZLONG\r\n\r\n0-0:96.13.0(";
  memset(at, 'x', n);
  memcpy(at, header, sizeof(header) - 1);
  memcpy(at + n - 4, ")\r\n!", 4);
  return at + n;
}

static void test_longest(void **state) {
  (void)state;
  static char bytes[P1_TELEGRAM_MAX + 8];
  static char telegram[P1_TELEGRAM_MAX + 1];
  memcpy(long_telegram(bytes, P1_TELEGRAM_MAX), "\r\n", 2);
  memcpy(telegram, bytes, P1_TELEGRAM_MAX);
  struct framing fits = {"fits", bytes, P1_TELEGRAM_MAX + 2, {BARE(telegram)}};
  run_portions(&fits, 1, false);
}

static void test_too_long(void **state) {
  (void)state;
  static char bytes[P1_TELEGRAM_MAX + 64];
  char *end = long_telegram(bytes, P1_TELEGRAM_MAX + 1);
  memcpy(end, "\r\n/", 3);
  /* The rest of it holds no header: nothing is left to resynchronise from. */
  struct framing too_long = {"too long",
                             bytes,
                             P1_TELEGRAM_MAX + 4,
                             {{P1_FRAME_TOO_LONG, P1_CRC_ABSENT, NULL}}};
  run_portions(&too_long, 1, false);
}

/* A telegram as long as a line can carry, in mid-line behind what was taken for
 * the beginning of one. */
static void test_longest_behind_noise(void **state) {
  (void)state;
  static char bytes[P1_TELEGRAM_MAX + 11520];
  static char telegram[11520 + 1];
  static const char fake[] = "/TST5 /TST5 ";
  /* One more and it would end when the buffer is full. */
  size_t noise = P1_TELEGRAM_MAX - 11520 + 1;
  memset(bytes, '\376', noise);
  memcpy(bytes, fake, sizeof(fake) - 1);
  char *end = long_telegram(bytes + noise, 11520);
  memcpy(telegram, bytes + noise, 11520);
  memcpy(end, "\r\n", 2);
  struct framing behind = {
      "longest behind noise",
      bytes,
      noise + 11520 + 2,
      {{P1_FRAME_TOO_LONG, P1_CRC_ABSENT, NULL}, BARE(telegram)}};
  run_portions(&behind, 1, false);
}

static void test_init_forgets(void **state) {
  (void)state;
  static struct p1_framer framer;
  enum p1_frame_event event = P1_FRAME_MORE;
  p1_framer_init(&framer);
  assert_int_equal(p1_framer_push(&framer, A_HALF, strlen(A_HALF), &event),
                   strlen(A_HALF));
  assert_int_equal(event, P1_FRAME_MORE);
  p1_framer_init(&framer);
  assert_int_equal(p1_framer_end(&framer), P1_FRAME_MORE);
}

/* The digits stand behind the telegram, for who wants to print them. */
static void test_digits_are_kept(void **state) {
  (void)state;
  static struct p1_framer framer;
  enum p1_frame_event event = P1_FRAME_MORE;
  p1_framer_init(&framer);
  p1_framer_push(&framer, A_LINE, strlen(A_LINE), &event);
  assert_int_equal(event, P1_FRAME_TELEGRAM);
  assert_text(framer.telegram, framer.length + P1_CRC_DIGITS, A A_CRC);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_files),
      cmocka_unit_test(test_longest),
      cmocka_unit_test(test_too_long),
      cmocka_unit_test(test_longest_behind_noise),
      cmocka_unit_test(test_init_forgets),
      cmocka_unit_test(test_digits_are_kept),
  };
  return cmocka_run_group_tests_name("framer", tests, NULL, NULL);
}
