/* What Autodiscover's documents say; pure. For autodiscover.c, tests and the fuzzer. */
#ifndef EWS_AUTODISCOVER_READ_H
#define EWS_AUTODISCOVER_READ_H

#include <stdint.h>

#include "base/str.h"
#include "base/strbuf.h"

enum discover_kind {
	DISCOVER_NOTHING, /* no such document, or nothing of use in it */
	DISCOVER_URL, /* text: of EWS */
	DISCOVER_TO_ADDRESS, /* text: ask again for that one */
	DISCOVER_TO_URL, /* text: ask there */
	DISCOVER_NO_MAILBOX,
	DISCOVER_REFUSED, /* text: the server's words */
};
struct discover_answer {
	enum discover_kind kind;
	char text[1000];
	char address[320]; /* primary, or "" */
};

/* discover_write_pox() - the request: [MS-OXDSCLI] section 2.2.3. */
void discover_write_pox(const char *address, struct strbuf *out);
/* discover_read_pox() - the answer: [MS-OXDSCLI] section 2.2.4. Of several URLs the one
 * for clients outside (EXPR) is taken: it mostly works inside, too. */
void discover_read_pox(struct str body, struct discover_answer *answer_r);
/* discover_read_json() - the answer of autodiscover.json. */
void discover_read_json(struct str body, struct discover_answer *answer_r);
/* discover_read_srv() - host of the best record with port 443 in a DNS answer (RFC 2782);
 * false: none. */
bool discover_read_srv(const unsigned char *message, size_t size, char *host_r,
		       size_t host_size);

/* discover_address_ok() - local@domain of letters that need no escaping anywhere. */
bool discover_address_ok(struct str address);
/* discover_in_domain() - is @host the domain itself or below it? */
bool discover_in_domain(struct str host, struct str domain);

#endif
