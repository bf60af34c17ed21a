/*
 * jsonwrite.h - a small JSON emitter: what is written is well-formed as long as
 * each open has its close. It does not allocate and keeps no text.
 */
#ifndef P1CTL_JSONWRITE_H
#define P1CTL_JSONWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct p1ctl_jsonwrite {
  FILE *out;
  bool comma; /* a member stands before the next one */
};

/* In all calls `key` is the member's name inside an object, NULL inside an
 * array and at the top. A key needs no escapes. */
void p1ctl_json_open(struct p1ctl_jsonwrite *json, const char *key, char brace);
void p1ctl_json_close(struct p1ctl_jsonwrite *json, char brace);
void p1ctl_json_null(struct p1ctl_jsonwrite *json, const char *key);
void p1ctl_json_bool(struct p1ctl_jsonwrite *json, const char *key, bool value);

/* number * 10^-decimals, exactly: never through a double, no exponent. */
void p1ctl_json_number(struct p1ctl_jsonwrite *json, const char *key,
                       int64_t number, unsigned decimals);

/* n bytes as a string. Bytes that are no UTF-8 are taken as Latin-1. */
void p1ctl_json_bytes(struct p1ctl_jsonwrite *json, const char *key,
                      const char *bytes, size_t n);

/* A string that ends in NUL. */
void p1ctl_json_string(struct p1ctl_jsonwrite *json, const char *key,
                       const char *text);

#endif
