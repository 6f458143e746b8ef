/* SHA-256 in hexadecimal. */
#include "calendar/hash.h"

#include <stdio.h>

#include "base/crypto.h"

void hash_hex(const void *bytes, size_t len, char hex_r[HASH_HEX_MAX])
{
	unsigned char digest[CRYPTO_SHA256_BYTES];

	crypto_sha256(str_make(len ? bytes : "", len), digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(hex_r + 2 * i, 3, "%02x", digest[i]);
}
