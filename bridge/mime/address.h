/*
 * Address lists (RFC 5322 section 3.4 with the obsolete syntax of section 4.4), as IMAP
 * shows them: groups are a start and an end entry around their members. Broken lists
 * give what can be read.
 */
#ifndef BRIDGE_MIME_ADDRESS_H
#define BRIDGE_MIME_ADDRESS_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "base/strbuf.h"

#define MIME_ADDRESSES_MAX 10000 /* of one field; later ones are dropped */

enum mime_address_kind {
	MIME_ADDRESS_MAILBOX,
	MIME_ADDRESS_GROUP_START, /* mailbox holds the group's name */
	MIME_ADDRESS_GROUP_END
};

struct mime_address {
	enum mime_address_kind kind;
	struct str name; /* display name or trailing comment, unquoted; encoded words as
			    they are; unset if there is none */
	struct str route; /* obsolete "@a,@b" */
	struct str mailbox; /* unquoted local part; empty if missing */
	struct str host; /* empty if missing */
};

struct mime_addresses {
	struct mime_address *list;
	size_t count;
	size_t capacity;
	struct mime_block *blocks;
};

/* mime_addresses_init() - parse a field's value (folded or not). Never fails. */
void mime_addresses_init(struct mime_addresses *addresses, struct str value);
void mime_addresses_finish(struct mime_addresses *addresses);

/*
 * mime_address_write() - append "Name <mailbox@host>" for a header
 * @name: UTF-8, may be empty; quoted or encoded (RFC 2047) as needed
 * @addr: "mailbox@host" as it is
 */
void mime_address_write(struct str name, struct str addr, struct strbuf *out);

/*
 * mime_address_path() - an envelope address "<a@b>" or "a@b" to plain "a@b"
 * Quoted local parts are kept quoted. Errors: ERR_SYNTAX.
 */
MUST_CHECK bool mime_address_path(struct str text, struct strbuf *out, struct err *err);

#endif
