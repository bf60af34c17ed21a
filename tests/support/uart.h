/*
 * uart.h - what a serial port makes of a line, bit by bit.
 *
 * Bytes are laid onto a line as one UART sends them, and read off it as another
 * does: at its own speed, its own framing and its own idea of which level is a
 * mark. It looks for a falling edge, takes every bit at its middle, and does
 * with a missing stop bit what a 16550 does, or what simpler ones do.
 */
#ifndef P1_UART_H
#define P1_UART_H

#include <stdbool.h>
#include <stddef.h>

/* Start bit, data bits with the lowest first, perhaps a parity bit, one stop
 * bit. */
struct p1_uart {
  int speed;     /* baud */
  int bits;      /* data bits, 5 to 8 */
  bool parity;   /* even parity */
  bool inverted; /* the line's levels are the wrong way round */

  /* The sender's own. */
  int gap; /* bits of rest between two bytes */

  /* The receiver's own. */
  bool faults_are_nul; /* a byte with a wrong parity or stop bit is given as
                          NUL, not as it is */
  bool knows_no_break; /* a line that stays low gives NUL after NUL, not one */
  bool waits_for_mark; /* a stop bit that is missing is not taken for the next
                          start bit, as a 16550 does */
};

/* Rest before and after a burst, in the sender's bits. */
#define P1_UART_REST 200

/* Returns the number of bytes that `receiver` makes of n bytes that `sender`
 * sends in one go, and writes them to `out`, which holds `size`. Before and
 * after, the line rests long enough for a break to have been told of. */
size_t p1_uart_carry(const struct p1_uart *sender,
                     const struct p1_uart *receiver, const char *bytes,
                     size_t n, char *out, size_t size);

#endif
