/*
 * sim_dialect.h - a simulated meter's state as a telegram.
 */
#ifndef P1_SIM_DIALECT_H
#define P1_SIM_DIALECT_H

#include "sim_house.h"

#include <stddef.h>

/* The longest telegram is e-MUCS with 13 months of history, 1.7 kB; a line of
 * any dialect is under 64 bytes, but for that history with 42 a month. */
#define P1_SIM_TELEGRAM_MAX 4096

/* Writes the meter's telegram, from '/' to the line end after the CRC, into
 * buf, without a terminating NUL. Returns its length, or 0 when size is less
 * than P1_SIM_TELEGRAM_MAX. */
size_t p1_sim_render(const struct p1_sim_house *house, char *buf, size_t size);

#endif
