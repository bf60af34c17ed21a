/*
 * guard.h - bytes beside a page that nobody may touch.
 *
 * A parser that reads one byte too many is killed on the spot, with or without
 * a sanitizer.
 */
#ifndef P1_GUARD_H
#define P1_GUARD_H

#include <stddef.h>

/* Pages to write to, with a forbidden one on either side. */
struct guard {
  char *_bytes; /* the first byte after the forbidden page */
  size_t _size; /* bytes up to the other one */
  void *_map;
  size_t _map_size;
};

/* Makes room for copies of up to `max` bytes; the test fails if the system has
 * none. Release it with guard_free(). */
void guard_init(struct guard *guard, size_t max);

/* Copies n bytes so that they end at a forbidden page; the copy is good until
 * the next one. n = 0 gives a pointer to the forbidden page itself. */
char *guard_at_end(struct guard *guard, const void *bytes, size_t n);

/* Copies n bytes so that they begin after a forbidden page. */
char *guard_at_start(struct guard *guard, const void *bytes, size_t n);

void guard_free(struct guard *guard);

#endif
