/*
 * sim_rows.h - the lines of each dialect's telegram.
 *
 * A row is what stands before a value, the value and its digits, and what
 * stands after it.
 */
#ifndef P1_SIM_ROWS_H
#define P1_SIM_ROWS_H

#include "sim_house.h"

#include <stdint.h>

/* Values that a row can print. The numbers come first; then the texts, the
 * longest of which are written by functions of their own. */
enum p1_sim_value {
  P1_SIM_IMPORT_T1, /* Wh */
  P1_SIM_IMPORT_T2,
  P1_SIM_EXPORT_T1,
  P1_SIM_EXPORT_T2,
  P1_SIM_IMPORT,
  P1_SIM_EXPORT,
  P1_SIM_VARH_IMPORT, /* varh */
  P1_SIM_VARH_EXPORT,
  P1_SIM_W_IMPORT, /* W */
  P1_SIM_W_EXPORT,
  P1_SIM_10W_IMPORT, /* 10 W */
  P1_SIM_10W_EXPORT,
  P1_SIM_VAR_IMPORT, /* var */
  P1_SIM_VAR_EXPORT,
  P1_SIM_VA_IMPORT, /* VA */
  P1_SIM_VA_EXPORT,
  P1_SIM_W_IMPORT_L1, /* W, three phases of each */
  P1_SIM_W_EXPORT_L1 = P1_SIM_W_IMPORT_L1 + 3,
  P1_SIM_VAR_IMPORT_L1 = P1_SIM_W_EXPORT_L1 + 3,
  P1_SIM_VAR_EXPORT_L1 = P1_SIM_VAR_IMPORT_L1 + 3,
  P1_SIM_DV_L1 = P1_SIM_VAR_EXPORT_L1 + 3, /* 0.1 V */
  P1_SIM_V_L1 = P1_SIM_DV_L1 + 3,          /* 0.1 V, rounded to whole volts */
  P1_SIM_CA_L1 = P1_SIM_V_L1 + 3,          /* 0.01 A */
  P1_SIM_DA_L1 = P1_SIM_CA_L1 + 3,         /* 0.1 A */
  P1_SIM_A_L1 = P1_SIM_DA_L1 + 3,          /* A */
  P1_SIM_SAGS_L1 = P1_SIM_A_L1 + 3,
  P1_SIM_SWELLS_L1 = P1_SIM_SAGS_L1 + 3,
  P1_SIM_TARIFF = P1_SIM_SWELLS_L1 + 3,
  P1_SIM_DEMAND, /* W */
  P1_SIM_PEAK,   /* W */
  P1_SIM_GAS_M3, /* l */
  P1_SIM_WATER_M3,
  P1_SIM_NUMBERS, /* count of the above */
  P1_SIM_NOTHING = P1_SIM_NUMBERS,
  P1_SIM_STAMP_NOW, /* stamps of 13 characters */
  P1_SIM_STAMP_PEAK,
  P1_SIM_STAMP_GAS,
  P1_SIM_STAMP_WATER,
  P1_SIM_STAMP_GAS_12, /* without the letter */
  P1_SIM_ID_METER,
  P1_SIM_ID_GAS,
  P1_SIM_ID_WATER,
  P1_SIM_FAILURES, /* lists */
  P1_SIM_HISTORY
};

/* What a house must have for a row to be printed. */
enum {
  P1_SIM_NEEDS_PHASES = 1,
  P1_SIM_NEEDS_GAS = 2,
  P1_SIM_NEEDS_WATER = 4 /* the M-Bus channel is then 1 or 2 */
};

/* The texts stand in the row itself and have one size, so that they can be
 * copied whole, in a few instructions, and cut to their length after. The
 * longest are the header lines' 21 and 24.3.0's second part, 29. */
#define P1_SIM_BEFORE_MAX 32
#define P1_SIM_AFTER_MAX 16

struct p1_sim_row {
  char before[P1_SIM_BEFORE_MAX], after[P1_SIM_AFTER_MAX];
  uint8_t before_n, after_n;
  uint8_t value;    /* enum p1_sim_value */
  uint8_t digits;   /* of a number, decimals included */
  uint8_t decimals; /* 0: no point */
  uint8_t needs;
};

struct p1_sim_rows {
  const struct p1_sim_row *rows;
  uint8_t count;
  bool crc; /* a CRC after the '!' */
};

/* The rows of a dialect, the header line first. */
const struct p1_sim_rows *p1_sim_rows(enum p1_sim_dialect dialect);

#endif
