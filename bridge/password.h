/*
 * The password a client logs in with: made for the bridge, not the one for Exchange. Its
 * file holds the password itself (mode 0600) or one line "scrypt:SALT:KEY" in
 * hexadecimal. A password once verified is remembered as an HMAC under a key of this
 * process, so that later logins cost microseconds.
 */
#ifndef BRIDGE_PASSWORD_H
#define BRIDGE_PASSWORD_H

#include "base/strbuf.h"

struct account_config;
struct password_memory;

struct password_memory *password_memory_new(void);
void password_memory_free(struct password_memory *memory);

/* Constant time in the content. Safe from any thread. Blocks: a wrong or a first password
 * against an scrypt line costs some 0.1 s of CPU. */
bool account_password_check(const struct account_config *config, struct str password);

/* password_hash() - the "scrypt:..." line for @password (`passerelle passwd`). */
MUST_CHECK bool password_hash(struct str password, struct strbuf *line, struct err *err);
/* Does @line look like a hash rather than a password? */
bool password_is_hash(struct str line);

#endif
