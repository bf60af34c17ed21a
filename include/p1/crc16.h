/*
 * crc16.h - the checksums that a telegram can carry.
 *
 * CRC-16/ARC: polynomial 0x8005 reflected (0xA001), initial value 0, no final
 * xor, over every byte from '/' to '!' inclusive (P1 companion standard 5.0.2,
 * section 6.2). CRC-16/X-25 is used by one family of meters only (/HLY5).
 *
 * All functions are pure and thread-safe. They return the checksum and cannot
 * fail.
 */
#ifndef P1_CRC16_H
#define P1_CRC16_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-16/ARC of n bytes; check value of "123456789" is 0xBB3D.
 * `bytes` may be NULL when n is 0. */
uint16_t p1_crc16(const void *bytes, size_t n);

/* Continues a CRC-16/ARC: p1_crc16_update(p1_crc16(a), b) is the checksum of a
 * followed by b. Start with 0. */
uint16_t p1_crc16_update(uint16_t crc, const void *bytes, size_t n);

/* The reverse of feeding one byte: returns the state that was there before
 * `byte` was fed and gave `crc`. The framer walks back through a damaged span
 * with it and finds in one pass every header that the checksum would fit. */
uint16_t p1_crc16_before(uint16_t crc, uint8_t byte);

/* The CRC-16/X-25 of n bytes (polynomial 0x1021 reflected, initial value and
 * final xor 0xFFFF); check value of "123456789" is 0x906E. */
uint16_t p1_crc16_x25(const void *bytes, size_t n);

#endif
