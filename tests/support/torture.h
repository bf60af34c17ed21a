/*
 * torture.h - what every unit test includes first.
 *
 * cmocka wants these headers before its own, in this order.
 */
#ifndef P1_TORTURE_H
#define P1_TORTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* The number of elements of an array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A literal as bytes and their number: it may hold NULs. */
#define LITERAL(text) (text), (sizeof(text) - 1)

/* Fails, and says which row of a table it was, unless `condition` holds. */
#define assert_row(condition, name)                                            \
  do {                                                                         \
    if (!(condition))                                                          \
      fail_msg("%s: %s", (name), #condition);                                  \
  } while (0)

/* The n bytes are the text, no more and no less. */
#define assert_text(bytes, n, text)                                            \
  do {                                                                         \
    if ((size_t)(n) != strlen(text) ||                                         \
        memcmp((bytes), (text), strlen(text)) != 0)                            \
      fail_msg("\"%.*s\" is not \"%s\"", (int)(n), (const char *)(bytes),      \
               (text));                                                        \
  } while (0)

#endif
