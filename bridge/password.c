/* Bridge passwords: scrypt (RFC 7914) at rest, an HMAC in memory; see password.h. */
#include "bridge/password.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/random.h"

#include "bridge/config.h"

enum { KEY_BYTES = CRYPTO_SHA256_BYTES, SALT_BYTES = 16 };

struct password_memory {
	pthread_mutex_t lock;
	unsigned char key[KEY_BYTES];
	unsigned char verified[KEY_BYTES];
	bool has_verified;
};

struct password_memory *password_memory_new(void)
{
	struct password_memory *memory = mem_alloc(sizeof(*memory));

	pthread_mutex_init(&memory->lock, NULL);
	random_bytes(memory->key, sizeof(memory->key));
	return memory;
}

void password_memory_free(struct password_memory *memory)
{
	if (!memory)
		return;
	pthread_mutex_destroy(&memory->lock);
	crypto_wipe(memory, sizeof(*memory));
	free(memory);
}

static void digest(const struct password_memory *memory, struct str password,
		   unsigned char out[KEY_BYTES])
{
	crypto_hmac(str_make((const char *)memory->key, KEY_BYTES), password, out);
}

bool password_is_hash(struct str line)
{
	return str_starts(line, STR("scrypt:"));
}

bool password_hash(struct str password, struct strbuf *line, struct err *err)
{
	unsigned char salt[SALT_BYTES], key[KEY_BYTES];

	random_bytes(salt, sizeof(salt));
	if (!crypto_scrypt(password, str_make((char *)salt, SALT_BYTES), key, KEY_BYTES))
		return err_set(err, ERR_BROKEN, "scrypt failed");
	strbuf_add(line, STR("scrypt:"));
	hex_encode(str_make((char *)salt, sizeof(salt)), line);
	strbuf_addc(line, ':');
	hex_encode(str_make((char *)key, sizeof(key)), line);
	return strbuf_ok(line, err);
}

static bool check_hash(struct str line, struct str password)
{
	CLEANUP(strbuf_finish)
	struct strbuf salt = STRBUF(SALT_BYTES), want = STRBUF(KEY_BYTES);
	struct str rest = str_sub(line, strlen("scrypt:"), line.len), field;
	unsigned char key[KEY_BYTES];

	return str_split(&rest, ':', &field) && hex_decode(field, &salt, NULL) &&
	       str_split(&rest, ':', &field) && hex_decode(field, &want, NULL) &&
	       salt.len == SALT_BYTES && want.len == KEY_BYTES &&
	       crypto_scrypt(password, strbuf_str(&salt), key, KEY_BYTES) &&
	       crypto_equal(key, want.p, KEY_BYTES);
}

static bool check_slow(const struct account_config *config, struct str password)
{
	struct str line = str_from(config->bridge_password);
	unsigned char a[KEY_BYTES], b[KEY_BYTES];

	if (password_is_hash(line))
		return check_hash(line, password);
	digest(config->memory, line, a);
	digest(config->memory, password, b);
	return line.len && crypto_equal(a, b, KEY_BYTES);
}

bool account_password_check(const struct account_config *config, struct str password)
{
	struct password_memory *memory = config->memory;
	unsigned char mac[KEY_BYTES];
	bool known;

	digest(memory, password, mac);
	pthread_mutex_lock(&memory->lock);
	known = memory->has_verified && crypto_equal(mac, memory->verified, KEY_BYTES);
	pthread_mutex_unlock(&memory->lock);
	if (known)
		return true;
	if (!check_slow(config, password))
		return false;
	pthread_mutex_lock(&memory->lock);
	memcpy(memory->verified, mac, KEY_BYTES);
	memory->has_verified = true;
	pthread_mutex_unlock(&memory->lock);
	return true;
}
