/* The few pieces of OpenSSL's libcrypto that the program needs, under our own names. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { CRYPTO_SHA256_BYTES = 32 };

void crypto_sha256(struct str data, unsigned char out[CRYPTO_SHA256_BYTES]);
/* SHA-256 of what comes in pieces; crypto_hash_finish() frees it. */
struct crypto_hash;
struct crypto_hash *crypto_hash_new(void);
void crypto_hash_add(struct crypto_hash *hash, struct str data);
void crypto_hash_finish(struct crypto_hash *hash, unsigned char out[CRYPTO_SHA256_BYTES]);
/* crypto_hmac() - HMAC-SHA256 (RFC 2104). */
void crypto_hmac(struct str key, struct str data, unsigned char out[CRYPTO_SHA256_BYTES]);
/* crypto_scrypt() - RFC 7914 with N = 2^15, r = 8, p = 1: some 0.1 s and 32 MiB. */
bool crypto_scrypt(struct str password, struct str salt, unsigned char *out, size_t size);
/* crypto_equal() - in a time that does not depend on the content. */
bool crypto_equal(const void *a, const void *b, size_t size);
void crypto_wipe(void *secret, size_t size);

#endif
