/*
 * The problem: 0xFF begins a command of telnet (RFC 854), and is a byte of the
 * meter's on a raw connection. The connection does not say which it is, and a
 * line at the wrong speed looks like anything.
 *
 * The policy: 0xFF is a command only before a command's number. Two of them are
 * one only where an option has been negotiated before, which telnet servers do
 * first of all. So is a subnegotiation, and one without an end is noise: it is
 * left after more bytes than any has. Nothing is answered; a server that gets
 * no answer leaves every option as it is, which is what we want.
 */
#include "telnet.h"

/* Commands, RFC 854. */
#define SE 0xF0 /* the lowest: end of a subnegotiation */
#define SB 0xFA /* its beginning */
#define WILL 0xFB
#define DONT 0xFE
#define IAC 0xFF

/* Options in use go up to 49 (IANA, "Telnet Options"); a line of noise has more
 * often a higher byte here than not. */
#define OPTION_MAX 49

/* The longest subnegotiation of a serial server is its name (RFC 2217,
 * SIGNATURE), a line of text; 256 bytes are three lines. */
#define SUBNEGOTIATION_MAX 256

enum state {
  STATE_DATA,
  STATE_IAC,    /* a 0xFF is held back */
  STATE_OPTION, /* after WILL, WONT, DO or DONT */
  STATE_SUB,    /* in a subnegotiation */
  STATE_SUB_IAC /* a 0xFF in it */
};

/* The byte after a 0xFF that was held back. Returns how many bytes are data:
 * the 0xFF that stands in out[0] and, when it is 2, `byte` too. */
static size_t after_iac(struct p1_telnet *telnet, unsigned char byte) {
  if (byte == IAC) {
    /* One that was doubled; or the first of two, and the second is held. */
    telnet->_state = telnet->_negotiated ? STATE_DATA : STATE_IAC;
    return 1;
  }
  if (byte >= WILL && byte <= DONT) {
    telnet->_state = STATE_OPTION;
    return 0;
  }
  telnet->_state = STATE_DATA;
  if (byte == SB && telnet->_negotiated) {
    telnet->_state = STATE_SUB;
    telnet->_dropped = 0;
    return 0;
  }
  return byte < SE || byte == SB ? 2 : 0;
}

/* A byte of a subnegotiation. */
static void in_subnegotiation(struct p1_telnet *telnet, unsigned char byte) {
  if (byte == IAC)
    telnet->_state = STATE_SUB_IAC;
  else if (++telnet->_dropped > SUBNEGOTIATION_MAX)
    telnet->_state = STATE_DATA;
}

/* The byte after a 0xFF in a subnegotiation: a doubled one is part of it, any
 * other ends it. */
static void after_sub_iac(struct p1_telnet *telnet, unsigned char byte) {
  if (byte == IAC) {
    telnet->_state = STATE_SUB;
    in_subnegotiation(telnet, 0);
  } else {
    telnet->_state = byte >= WILL && byte <= DONT ? STATE_OPTION : STATE_DATA;
  }
}

size_t p1_telnet_filter(struct p1_telnet *telnet, const char *bytes, size_t n,
                        char *out) {
  size_t left = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    switch ((enum state)telnet->_state) {
    case STATE_DATA:
      if (byte == IAC)
        telnet->_state = STATE_IAC;
      else
        out[left++] = (char)byte;
      break;
    case STATE_IAC: {
      size_t data = after_iac(telnet, byte);
      if (data > 0)
        out[left++] = (char)IAC;
      if (data > 1)
        out[left++] = (char)byte;
      break;
    }
    case STATE_OPTION:
      telnet->_negotiated = telnet->_negotiated || byte <= OPTION_MAX;
      telnet->_state = STATE_DATA;
      break;
    case STATE_SUB:
      in_subnegotiation(telnet, byte);
      break;
    case STATE_SUB_IAC:
      after_sub_iac(telnet, byte);
      break;
    }
  }
  return left;
}
