/* One small request over HTTP, for autodiscover.c. */
#ifndef EWS_AUTODISCOVER_HTTP_H
#define EWS_AUTODISCOVER_HTTP_H

#include "base/strbuf.h"
#include "ews/autodiscover.h"

#define DISCOVER_REPLY_MAX (1024u * 1024)

struct discover_url {
	bool https;
	char host[256]; /* in small letters */
};
/* discover_url_split() - http or https, without a user name in it; false: none. */
bool discover_url_split(const char *url, struct discover_url *url_r);

struct discover_reply {
	int status;
	char location[1000]; /* absolute, or "" */
	char offers[160]; /* login methods of a 401: "Negotiate, NTLM" */
	struct strbuf body;
};
void discover_reply_init(struct discover_reply *reply);
void discover_reply_finish(struct discover_reply *reply);

/*
 * discover_request() - @post: body of a POST, NULL: GET; @login: send the password
 * Redirects are not followed.
 * Errors: ERR_DENIED certificate; ERR_LIMIT; ERR_OFFLINE.
 */
MUST_CHECK bool discover_request(const struct ews_discover_config *config,
				 const char *url, const struct strbuf *post, bool login,
				 struct discover_reply *reply, struct err *err);

#endif
