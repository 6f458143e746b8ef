/* Where a mailbox's EWS is, from its address: Autodiscover. */
#ifndef EWS_AUTODISCOVER_H
#define EWS_AUTODISCOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct ews_discover_config {
	const char *address; /* user@domain */
	const char *login; /* NULL: the address */
	const char *password;
	const char *ca_file; /* PEM file of trusted roots; NULL = the system's */
	const char *user_agent; /* NULL = "Passerelle/VERSION" */
	int64_t timeout_ms; /* of each request; 0 = 15 s */
	/* Asked for the SRV record: "192.0.2.1:53"; NULL = the system's. Other names are
	 * looked up by libcurl. */
	const char *name_server;
	/* Asked about once a second; true ends the search. NULL: never. */
	bool (*stopped)(void *context);
	void *context;
};

struct ews_discovery {
	char *url; /* of EWS: https, or this machine */
	char *address; /* primary address as the server has it, or NULL */
	char *told_by; /* URL that told it */
};
void ews_discovery_finish(struct ews_discovery *found);

/*
 * ews_discover() - find EWS: POX, then JSON, at autodiscover.DOMAIN and at DOMAIN; then a
 * redirect of http://autodiscover.DOMAIN and the SRV record _autodiscover._tcp.DOMAIN
 * Certificates are verified. The password goes to hosts of the mail domain, and to those
 * that such a host names over TLS; never to a host that only DNS or HTTP without TLS
 * names, unless that is in the mail domain too. At most 30 requests and 10 redirects.
 * @found: zeroed before; to be finished whatever the result
 * Errors: ERR_SYNTAX address; ERR_AUTH login refused; ERR_NOT_FOUND no Exchange, or it
 * knows no such mailbox; ERR_DENIED certificate, or a host that must be trusted first;
 * ERR_OFFLINE no answer, or stopped.
 * Blocks: network. Source: [MS-OXDISCO] section 3.1.5, [MS-OXDSCLI] section 3.1.5.
 */
MUST_CHECK bool ews_discover(const struct ews_discover_config *config,
			     struct ews_discovery *found, struct err *err);

#endif
