/*
 * jsonwrite.c - a small JSON emitter.
 */
#include "jsonwrite.h"

#include "text.h"

#include <string.h>

static void member(struct p1ctl_jsonwrite *json, const char *key) {
  if (json->comma)
    putc(',', json->out);
  json->comma = true;
  if (key != NULL)
    fprintf(json->out, "\"%s\":", key);
}

void p1ctl_json_open(struct p1ctl_jsonwrite *json, const char *key,
                     char brace) {
  member(json, key);
  putc(brace, json->out);
  json->comma = false;
}

void p1ctl_json_close(struct p1ctl_jsonwrite *json, char brace) {
  putc(brace, json->out);
  json->comma = true;
}

void p1ctl_json_null(struct p1ctl_jsonwrite *json, const char *key) {
  member(json, key);
  fputs("null", json->out);
}

void p1ctl_json_bool(struct p1ctl_jsonwrite *json, const char *key,
                     bool value) {
  member(json, key);
  fputs(value ? "true" : "false", json->out);
}

void p1ctl_json_number(struct p1ctl_jsonwrite *json, const char *key,
                       int64_t number, unsigned decimals) {
  char text[P1CTL_NUMBER_MAX];
  p1ctl_number(number, decimals, true, text);
  member(json, key);
  fputs(text, json->out);
}

void p1ctl_json_bytes(struct p1ctl_jsonwrite *json, const char *key,
                      const char *bytes, size_t n) {
  member(json, key);
  putc('"', json->out);
  for (size_t i = 0; i < n;) {
    const size_t length = p1ctl_utf8(bytes + i, n - i);
    if (bytes[i] == '"' || bytes[i] == '\\') {
      putc('\\', json->out);
      putc(bytes[i], json->out);
    } else if (length > 0 && p1ctl_printable(bytes + i, length)) {
      fwrite(bytes + i, 1, length, json->out);
    } else if (length == 2) {
      /* U+0080 to U+009F, of which the second byte is the number. */
      fprintf(json->out, "\\u00%02x", (unsigned char)bytes[i + 1]);
    } else {
      fprintf(json->out, "\\u00%02x", (unsigned char)bytes[i]);
    }
    i += length > 0 ? length : 1;
  }
  putc('"', json->out);
}

void p1ctl_json_string(struct p1ctl_jsonwrite *json, const char *key,
                       const char *text) {
  p1ctl_json_bytes(json, key, text, strlen(text));
}
