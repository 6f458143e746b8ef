/* The IMAP4rev1 server (RFC 3501 and what CAPABILITY says), for main. */
#ifndef IMAPFRONT_IMAP_IMAP_H
#define IMAPFRONT_IMAP_IMAP_H

#include "imapfront/listen.h"

/* As front_start(); ended by front_stop(). */
MUST_CHECK bool front_imap_start(const struct listen_config *config,
				 const struct front_tls *tls,
				 const struct account_set *accounts,
				 struct front **front_r, struct err *err);

#endif
