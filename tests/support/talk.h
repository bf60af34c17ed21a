/*
 * talk.h - what speaks on a line: made-up meters, and things that are no P1
 * meter. The same seed gives the same bytes, another one other values.
 */
#ifndef P1_TALK_H
#define P1_TALK_H

#include <stddef.h>
#include <stdint.h>

enum p1_talk {
  P1_TALK_DSMR5,     /* 0.7 KB, with CRC */
  P1_TALK_DSMR2,     /* 0.4 KB, without CRC */
  P1_TALK_OTHER_CRC, /* as DSMR5, with a CRC that nobody knows */
  P1_TALK_BARE,      /* as DSMR5, with the CRC taken off */
  P1_TALK_ENCRYPTED, /* a frame of general-glo-ciphering */
  P1_TALK_HDLC,      /* three frames */
  P1_TALK_MBUS,      /* a long frame */
  P1_TALK_NMEA,      /* sentences of a GPS receiver */
  P1_TALK_BOOT,      /* a piece of a router's boot log, with colours */
  P1_TALK_MODEM,     /* a modem that is called */
  P1_TALK_NOISE      /* random bytes, 100 to 400 */
};

/* The longest of them, with room to spare. */
#define P1_TALK_MAX 2048

/* Writes what is said in one go and returns its length. */
size_t p1_talk(enum p1_talk talk, uint64_t seed, char bytes[P1_TALK_MAX]);

#endif
