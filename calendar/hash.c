/* Apart from the rest because OpenSSL's names collide with enum err_code. */
#include "calendar/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

void hash_hex(const void *bytes, size_t len, char hex_r[HASH_HEX_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(len ? bytes : "", len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < 32; i++)
		snprintf(hex_r + 2 * i, 3, "%02x", digest[i]);
}
