/* SHA-256 for names and for "did this text change". */
#ifndef CALENDAR_HASH_H
#define CALENDAR_HASH_H

#include <stddef.h>

#define HASH_HEX_MAX 65
void hash_hex(const void *bytes, size_t len, char hex_r[HASH_HEX_MAX]);

#endif
