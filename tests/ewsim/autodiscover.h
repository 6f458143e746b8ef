/*
 * Autodiscover: where a mailbox's EWS is. POX ([MS-OXDSCLI]), SOAP ([MS-OXWSADISC]) and
 * the JSON of newer servers; which of them answer, and what they tell, is switched.
 */
#ifndef EWSIM_AUTODISCOVER_H
#define EWSIM_AUTODISCOVER_H

#include "tests/ewsim/server.h"
#include "tests/ewsim/version.h"

/*
 * autodiscover_handle() - a request below /autodiscover/
 * @path: with its query; @user: who logged in, NULL: nobody
 * Return: false when the connection is to be closed.
 */
bool autodiscover_handle(struct connection *c, const char *method, struct str path,
			 struct sim_user *user, struct str body);

/* What is told of one mailbox; copied under the lock. */
struct autodiscover_answer {
	bool known;
	struct sim_redirect redirect; /* who is "": none */
	char address[256], name[256], dn[400], url[400];
};

/* autodiscover_find() - @address: as asked for; takes the lock. */
void autodiscover_find(struct connection *c, struct str address,
		       struct autodiscover_answer *answer_r);
/* autodiscover_redirect() - "WHO address|url|none [TARGET]" of the control port. */
MUST_CHECK bool autodiscover_redirect(struct sim *sim, struct str words, struct err *err);

/* The documents; @root: NULL when it was no XML. Return: the HTTP status; with 302 @out
 * is the place. */
int autodiscover_pox(struct connection *c, const xmlNode *root, struct strbuf *out);
int autodiscover_soap(struct connection *c, const xmlNode *root, struct strbuf *out);
int autodiscover_json(struct connection *c, struct str path, struct strbuf *out);

#endif
