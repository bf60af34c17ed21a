/*
 * sim_dialect.c - a simulated meter's state as a telegram.
 *
 * All numbers are worked out first, into a table; then the dialect's rows are
 * copied with their values in place. Nothing here is formatted by the C
 * library: a year of telegrams is to take seconds.
 */
#include "sim_dialect.h"

#include "p1/crc16.h"
#include "sim_rows.h"

#include <string.h>

/* Writes a number, zero-padded; digits that do not fit fall off at the front,
 * as on a meter. Two digits at a time. */
static char *put_digits(char *out, uint64_t value, unsigned digits) {
  static const char pairs[] =
      "00010203040506070809101112131415161718192021222324"
      "25262728293031323334353637383940414243444546474849"
      "50515253545556575859606162636465666768697071727374"
      "75767778798081828384858687888990919293949596979899";
  char *at = out + digits;
  while (at - out >= 2) {
    at -= 2;
    memcpy(at, &pairs[value % 100 * 2], 2);
    value /= 100;
  }
  if (at > out)
    *out = (char)('0' + value % 10);
  return out + digits;
}

/* As put_digits(), with a point before the last `decimals` digits. */
static char *put_fixed(char *out, uint64_t value, unsigned digits,
                       unsigned decimals) {
  char *end = put_digits(out, value, digits);
  if (decimals == 0)
    return end;
  memmove(end - decimals + 1, end - decimals, decimals);
  end[-(int)decimals] = '.';
  return end + 1;
}

static char *put(char *out, const char *text, size_t n) {
  memcpy(out, text, n);
  return out + n;
}

static char *put_text(char *out, const char *text) {
  return put(out, text, strlen(text));
}

static int64_t positive(int64_t value) { return value > 0 ? value : 0; }

/* From mA to units of `step` mA, rounded. */
static int64_t rounded(int32_t ma, int32_t step) {
  return (ma + step / 2) / step;
}

static void fill_phases(const struct p1_sim_house *house, int64_t *values) {
  for (int i = 0; i < 3; i++) {
    int32_t watt = house->power_w[i], var = house->reactive_var[i];
    int32_t ma = house->current_ma[i], dv = house->voltage_dv[i];
    values[P1_SIM_W_IMPORT_L1 + i] = positive(watt);
    values[P1_SIM_W_EXPORT_L1 + i] = positive(-watt);
    values[P1_SIM_VAR_IMPORT_L1 + i] = positive(var);
    values[P1_SIM_VAR_EXPORT_L1 + i] = positive(-var);
    values[P1_SIM_DV_L1 + i] = dv;
    values[P1_SIM_V_L1 + i] = (dv + 5) / 10 * 10;
    values[P1_SIM_CA_L1 + i] = rounded(ma, 10);
    values[P1_SIM_DA_L1 + i] = rounded(ma, 100);
    values[P1_SIM_A_L1 + i] = rounded(ma, 1000);
    values[P1_SIM_SAGS_L1 + i] = house->sags[i];
    values[P1_SIM_SWELLS_L1 + i] = house->swells[i];
  }
}

static void fill(const struct p1_sim_house *house, int64_t *values) {
  const int64_t *in = house->import_ws, *out = house->export_ws;
  int64_t watt = house->total_w, var = house->total_var;
  int64_t va = 0;
  if (house->options.dialect == P1_SIM_LUXEMBOURG)
    va = p1_sim_root((uint64_t)(watt * watt + var * var));
  values[P1_SIM_IMPORT_T1] = in[0] / 3600;
  values[P1_SIM_IMPORT_T2] = in[1] / 3600;
  values[P1_SIM_EXPORT_T1] = out[0] / 3600;
  values[P1_SIM_EXPORT_T2] = out[1] / 3600;
  values[P1_SIM_IMPORT] = (in[0] + in[1]) / 3600;
  values[P1_SIM_EXPORT] = (out[0] + out[1]) / 3600;
  values[P1_SIM_VARH_IMPORT] = house->reactive_import_vs / 3600;
  values[P1_SIM_VARH_EXPORT] = house->reactive_export_vs / 3600;
  values[P1_SIM_W_IMPORT] = positive(watt);
  values[P1_SIM_W_EXPORT] = positive(-watt);
  values[P1_SIM_10W_IMPORT] = positive(watt) / 10;
  values[P1_SIM_10W_EXPORT] = positive(-watt) / 10;
  values[P1_SIM_VAR_IMPORT] = positive(var);
  values[P1_SIM_VAR_EXPORT] = positive(-var);
  values[P1_SIM_VA_IMPORT] = watt >= 0 ? va : 0;
  values[P1_SIM_VA_EXPORT] = watt >= 0 ? 0 : va;
  values[P1_SIM_TARIFF] = house->tariff;
  values[P1_SIM_DEMAND] = p1_sim_demand(house);
  values[P1_SIM_PEAK] = house->peak.w;
  values[P1_SIM_GAS_M3] = house->gas.litres;
  values[P1_SIM_WATER_M3] = house->water.litres;
  fill_phases(house, values);
}

static char *put_stamp(char *out, const char *stamp) {
  *out++ = '(';
  out = put(out, stamp, P1_SIM_STAMP);
  *out++ = ')';
  return out;
}

/* The peaks of the closed months. Meters print an empty pair of parentheses
 * for an empty list. */
static char *put_history(char *out, const struct p1_sim_house *house) {
  unsigned count = house->months;
  *out++ = '(';
  out = put_digits(out, count, count > 9 ? 2 : 1);
  out = put_text(out, ")(1-0:1.6.0)(1-0:1.6.0)");
  if (count == 0)
    return put_text(out, "()");
  for (unsigned i = 0; i < count; i++) {
    unsigned at = house->options.newest_first ? count - 1 - i : i;
    const struct p1_sim_peak *peak = &house->history[at];
    out = put_stamp(out, peak->closed);
    out = put_stamp(out, peak->when);
    *out++ = '(';
    out = put_fixed(out, (uint64_t)peak->w, 5, 3);
    out = put_text(out, "*kW)");
  }
  return out;
}

/* The power failure log: two records, as 0-0:96.7.9 says. */
static char *put_failures(char *out, const struct p1_sim_house *house) {
  out = put_text(out, "(2)(0-0:96.7.19)");
  for (int i = 0; i < 2; i++) {
    out = put_stamp(out, house->failures[i].end);
    *out++ = '(';
    out = put_digits(out, (uint64_t)house->failures[i].seconds, 10);
    out = put_text(out, "*s)");
  }
  return out;
}

/* A value that is not a number. */
static char *put_other(char *out, const struct p1_sim_house *house,
                       enum p1_sim_value value) {
  switch (value) {
  case P1_SIM_STAMP_NOW:
    p1_sim_stamp(&house->wall, out);
    return out + P1_SIM_STAMP;
  case P1_SIM_STAMP_PEAK:
    return put(out, house->peak.when, P1_SIM_STAMP);
  case P1_SIM_STAMP_GAS:
    return put(out, house->gas.stamp, P1_SIM_STAMP);
  case P1_SIM_STAMP_WATER:
    return put(out, house->water.stamp, P1_SIM_STAMP);
  case P1_SIM_STAMP_GAS_12:
    return put(out, house->gas.stamp, P1_SIM_STAMP - 1);
  case P1_SIM_ID_METER:
    return put_text(out, house->meter_id);
  case P1_SIM_ID_GAS:
    return put_text(out, house->gas_id);
  case P1_SIM_ID_WATER:
    return put_text(out, house->water_id);
  case P1_SIM_FAILURES:
    return put_failures(out, house);
  case P1_SIM_HISTORY:
    return put_history(out, house);
  default: /* P1_SIM_NOTHING */
    return out;
  }
}

static char *put_row(char *out, const struct p1_sim_row *row,
                     const struct p1_sim_house *house, const int64_t *values) {
  char *begin = out;
  memcpy(out, row->before, P1_SIM_BEFORE_MAX);
  out += row->before_n;
  if (row->value < P1_SIM_NUMBERS)
    out = put_fixed(out, (uint64_t)values[row->value], row->digits,
                    row->decimals);
  else
    out = put_other(out, house, (enum p1_sim_value)row->value);
  memcpy(out, row->after, P1_SIM_AFTER_MAX);
  out += row->after_n;
  /* Without gas, water is the M-Bus device on channel 1. */
  if (row->needs == P1_SIM_NEEDS_WATER && !house->options.gas &&
      begin[0] == '0')
    begin[2] = '1';
  return out;
}

size_t p1_sim_render(const struct p1_sim_house *house, char *buf, size_t size) {
  if (size < P1_SIM_TELEGRAM_MAX)
    return 0;
  int64_t values[P1_SIM_NUMBERS];
  fill(house, values);
  unsigned lacks = 0;
  if (house->options.phases != 3)
    lacks |= P1_SIM_NEEDS_PHASES;
  if (!house->options.gas)
    lacks |= P1_SIM_NEEDS_GAS;
  if (!house->options.water)
    lacks |= P1_SIM_NEEDS_WATER;
  const struct p1_sim_rows *rows = p1_sim_rows(house->options.dialect);
  char *out = buf;
  for (unsigned i = 0; i < rows->count; i++) {
    if ((rows->rows[i].needs & lacks) == 0)
      out = put_row(out, &rows->rows[i], house, values);
  }
  *out++ = '!';
  if (rows->crc) {
    static const char hex[] = "0123456789ABCDEF";
    unsigned crc = p1_crc16(buf, (size_t)(out - buf));
    for (int shift = 12; shift >= 0; shift -= 4)
      *out++ = hex[crc >> shift & 15];
  }
  out = put(out, "\r\n", 2);
  return (size_t)(out - buf);
}
