/*
 * test_lookup.c - searches that are waited for, left, and taken up again. The
 * name server is fakenames.c; no wait for it ends by itself within the test's
 * life. One that hangs is ended by alarm().
 */
#define _DEFAULT_SOURCE /* struct addrinfo */

#include "torture.h"

#include "fakenames.h"
#include "lookup.h"
#include "thread.h"

#include <netdb.h>
#include <time.h>
#include <unistd.h>

#define NEVER_MS 600000
#define HANGS_S 60
/* As many as go on at once, and more than that. */
#define AT_ONCE 8
#define MANY 11

static struct p1_stop stop;
static struct p1_lookup *lookups[MANY];
static struct addrinfo *found;
static int error;

static int setup(void **state) {
  (void)state;
  alarm(HANGS_S);
  fake_names_reset();
  found = NULL;
  return p1_stop_init(&stop);
}

static void until(atomic_int *counter, int value) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (*counter < value)
    nanosleep(&moment, NULL);
}

/* All searches must have ended, and all they found is freed. */
static int teardown(void **state) {
  (void)state;
  for (int i = 0; i < MANY; i++)
    p1_lookup_leave(&lookups[i]);
  until(&fake_names_freed, fake_names_handed);
  p1_stop_destroy(&stop);
  alarm(0);
  return 0;
}

static enum p1_lookup_result look_up(size_t i, const char *host,
                                     int timeout_ms) {
  return p1_lookup(&lookups[i], host, "2001", &stop, timeout_ms, &found,
                   &error);
}

static void digits_need_no_name_server(void **state) {
  (void)state;
  static const char *const hosts[] = {"127.0.0.1", "192.0.2.7", "::1",
                                      "2001:db8::7"};
  for (size_t i = 0; i < COUNT_OF(hosts); i++) {
    assert_row(look_up(0, hosts[i], NEVER_MS) == P1_LOOKUP_FOUND, hosts[i]);
    char text[64];
    assert_int_equal(getnameinfo(found->ai_addr, found->ai_addrlen, text,
                                 sizeof(text), NULL, 0, NI_NUMERICHOST),
                     0);
    assert_string_equal(text, hosts[i]);
    freeaddrinfo(found);
  }
  assert_int_equal(fake_names_asked, 0);
}

static void a_name_is_found(void **state) {
  (void)state;
  assert_int_equal(look_up(0, "two", NEVER_MS), P1_LOOKUP_FOUND);
  assert_non_null(found->ai_next);
  assert_null(lookups[0]);
  freeaddrinfo(found);
}

static void failures_are_told(void **state) {
  (void)state;
  assert_int_equal(look_up(0, "none", NEVER_MS), P1_LOOKUP_FAILED);
  assert_int_equal(error, EAI_NONAME);
  assert_null(found);
  assert_int_equal(look_up(0, "again", NEVER_MS), P1_LOOKUP_FAILED);
  assert_int_equal(error, EAI_AGAIN);
  assert_null(lookups[0]);
}

static void a_late_answer_is_taken_up(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(look_up(0, "hangs", 20), P1_LOOKUP_LATE);
    assert_non_null(lookups[0]);
  }
  assert_int_equal(fake_names_asked, 1);
  fake_names_answer();
  assert_int_equal(look_up(0, "hangs", NEVER_MS), P1_LOOKUP_FOUND);
  assert_int_equal(fake_names_asked, 1);
  freeaddrinfo(found);
}

static void raise_it(void *argument) {
  (void)argument;
  until(&fake_names_asked, 1);
  p1_stop_raise(&stop);
}

static void stop_ends_the_wait(void **state) {
  (void)state;
  struct p1_thread thread;
  assert_int_equal(p1_thread_start(&thread, raise_it, NULL), 0);
  assert_int_equal(look_up(0, "hangs", NEVER_MS), P1_LOOKUP_STOPPED);
  p1_thread_join(&thread);
  assert_int_equal(fake_names_handed, 0); /* the search goes on */
  p1_lookup_leave(&lookups[0]);
  assert_null(lookups[0]);
  fake_names_answer();
  until(&fake_names_freed, 1); /* by the search itself */
}

/* A hundred meters must not take all the daemon's descriptors. */
static void few_searches_go_on_at_once(void **state) {
  (void)state;
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(look_up(i, "hangs", 5), P1_LOOKUP_LATE);
  until(&fake_names_asked, AT_ONCE);
  assert_int_equal(fake_names_asked, AT_ONCE);
  assert_null(lookups[MANY - 1]);
  /* Each that ends makes place for one that waits. */
  for (int i = 0; i < MANY; i++)
    fake_names_answer();
  for (size_t i = 0; i < MANY; i++) {
    assert_int_equal(look_up(i, "hangs", NEVER_MS), P1_LOOKUP_FOUND);
    freeaddrinfo(found);
  }
  assert_int_equal(fake_names_asked, MANY);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(digits_need_no_name_server), TEST(a_name_is_found),
      TEST(failures_are_told),          TEST(a_late_answer_is_taken_up),
      TEST(stop_ends_the_wait),         TEST(few_searches_go_on_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
