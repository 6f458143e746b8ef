/* Where the account's server is, when its configuration does not say: between account.c,
 * call.c and call_http.c. */
#ifndef EWS_LOCATE_H
#define EWS_LOCATE_H

#include <stdatomic.h>

#include "base/strbuf.h"
#include "ews/account.h"

/*
 * ews_account_locate() - have a URL, by Autodiscover if need be
 * One thread searches, the others wait for it. Errors: ews_discover()'s; with a URL from
 * before there is none: it stays. Blocks: network.
 */
MUST_CHECK bool ews_account_locate(struct ews_account *account,
				   const atomic_bool *stopped, struct err *err);
/* ews_account_url() - append it. */
void ews_account_url(struct ews_account *account, struct strbuf *out);
/* ews_account_misplaced() - the mailbox does not seem to be there: look again at the next
 * call, if the URL was found and not just now. */
void ews_account_misplaced(struct ews_account *account);

#endif
