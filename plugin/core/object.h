/*
 * object.h - how the text behind an OBIS code is read, by the kind of its row.
 * Used by telegram.c alone.
 */
#ifndef P1_OBJECT_H
#define P1_OBJECT_H

#include "p1/telegram.h"

/* Reads an object that ends with its line, straight from the '(' at `from`:
 * the numbers, counts, factors and stamps that most of a telegram is. Returns
 * what follows its ')', or NULL when the kind or the line is not that simple;
 * then p1_object_parse() decides. */
const char *p1_object_parse_line(struct p1_object *object,
                                 const struct p1_obis *row, const char *from,
                                 const char *end);

/* Reads an object of any kind from [from, to), where `from` is its first '('
 * and `to` the end of its last line. False when it is malformed. */
bool p1_object_parse(struct p1_object *object, const struct p1_obis *row,
                     const char *from, const char *to);

/* The next "(...)" at or after p: its inside in *text and *n; returns what
 * follows it, or NULL when there is none. Line ends and blanks between groups
 * are skipped; anything else between them ends the search. */
const char *p1_object_group(const char *p, const char *to, const char **text,
                            size_t *n);

#endif
