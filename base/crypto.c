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

struct crypto_hash *crypto_hash_new(void)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();

	if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		abort();
	return (struct crypto_hash *)hash;
}

void crypto_hash_add(struct crypto_hash *hash, struct str data)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)hash, bytes_of(data), data.len))
		abort();
}

void crypto_hash_finish(struct crypto_hash *hash, unsigned char out[CRYPTO_SHA256_BYTES])
{
	if (!EVP_DigestFinal_ex((EVP_MD_CTX *)hash, out, NULL))
		abort();
	EVP_MD_CTX_free((EVP_MD_CTX *)hash);
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
