/* libcrypto under our own names: see crypto.h. */
#define ERR_STATE OPENSSL_ERR_STATE /* OpenSSL has a type of our error code's name */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#undef ERR_STATE

#include "base/crypto.h"

#include <stdlib.h>

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)(s.len ? s.p : "");
}

void crypto_sha256(struct str data, unsigned char out[CRYPTO_SHA256_BYTES])
{
	SHA256(bytes_of(data), data.len, out);
}

void crypto_hmac(struct str key, struct str data, unsigned char out[CRYPTO_SHA256_BYTES])
{
	unsigned len = CRYPTO_SHA256_BYTES;

	if (!HMAC(EVP_sha256(), bytes_of(key), (int)key.len, bytes_of(data), data.len,
		  out, &len))
		abort();
}

bool crypto_scrypt(struct str password, struct str salt, unsigned char *out, size_t size)
{
	return EVP_PBE_scrypt((const char *)bytes_of(password), password.len,
			      bytes_of(salt), salt.len, 1 << 15, 8, 1, 64 << 20, out,
			      size) == 1;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

void crypto_wipe(void *secret, size_t size)
{
	OPENSSL_cleanse(secret, size);
}
