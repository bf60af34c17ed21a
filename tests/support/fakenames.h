/*
 * fakenames.h - a name server for tests: getaddrinfo() of a program that links
 * this knows a few names, and takes its time where a test wants it to.
 * Addresses in digits go to the C library's.
 */
#ifndef P1_FAKENAMES_H
#define P1_FAKENAMES_H

#include <stdatomic.h>

/*
 * none   nobody knows it
 * again  no name server answers
 * fails  something else
 * two    127.0.0.2 and 127.0.0.1
 * hangs  127.0.0.1, when fake_names_answer() was called for it
 */

extern atomic_int fake_names_asked;  /* searches for names begun */
extern atomic_int fake_names_handed; /* lists of addresses handed out */
extern atomic_int fake_names_freed;  /* and taken back */

/* Lets one search for "hangs" end. */
void fake_names_answer(void);

/* Counts from 0 again; no search may go on. */
void fake_names_reset(void);

#endif
