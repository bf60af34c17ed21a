/*
 * tabletext.h - the words and numbers of the table for people.
 */
#ifndef P1CTL_TABLETEXT_H
#define P1CTL_TABLETEXT_H

#include "decode.h"
#include "text.h"

/* Room for a cell or a line: the catalogue's longest help text has 68 bytes,
 * longer texts of meters are cut with "...". */
#define P1CTL_VALUE_MAX 128

/* "11574074074 d 23 h 59 min 59 s", the most that 15 digits of seconds are. */
#define P1CTL_DURATION_MAX 48

/* All of these end `text` in NUL. A `unit` that is returned is static. */

/* A number in the unit that people know it by: energy in kWh. */
const char *p1ctl_people_number(const struct p1_value *value,
                                char text[P1CTL_NUMBER_MAX]);

/* An object's value: a number, a state with its word, a text on one line. */
const char *p1ctl_people_value(const struct p1ctl_decoded *decoded,
                               const struct p1_object *object,
                               char text[P1CTL_VALUE_MAX]);

/* A wall clock with its zone: "2021-02-04 16:36:28 CET". */
void p1ctl_people_stamp(const struct p1ctl_decoded *decoded,
                        const struct p1_clock *clock,
                        char text[P1CTL_STAMP_MAX]);

/* "4 min 1 s". */
void p1ctl_people_duration(int64_t seconds, char text[P1CTL_DURATION_MAX]);

/* What an object is: the catalogue's help, without its explanations. */
void p1ctl_people_name(const struct p1ctl_decoded *decoded, enum p1_id id,
                       uint8_t channel, char text[P1CTL_VALUE_MAX]);

/* "gas, channel 1". */
void p1ctl_people_device(const struct p1_device *device,
                         char text[P1CTL_VALUE_MAX]);

/* Why the plugin publishes nothing of a device; false when it does. */
bool p1ctl_people_unpublished(const struct p1_device *device,
                              char text[P1CTL_VALUE_MAX]);

/* When a device's reading was captured, and how long before the telegram. */
void p1ctl_people_capture(const struct p1ctl_decoded *decoded,
                          const struct p1_device *device,
                          char text[P1CTL_VALUE_MAX]);

/* The first line: meter, version, time, CRC. */
void p1ctl_people_head(const struct p1ctl_decoded *decoded,
                       char text[P1CTL_VALUE_MAX]);

/* A text on one line and safe for a terminal: what is no printable UTF-8 is
 * shown as \xNN. */
void p1ctl_escape(struct p1ctl_text from, char text[P1CTL_VALUE_MAX]);

/* Prints a text broken into lines at its blanks. Control characters become
 * blanks, bytes that are no UTF-8 are taken as Latin-1. */
void p1ctl_paragraph(FILE *out, struct p1ctl_text text);

#endif
