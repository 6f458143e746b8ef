/* The submission server (RFC 6409 on RFC 5321), for main. */
#ifndef IMAPFRONT_SMTP_SMTP_H
#define IMAPFRONT_SMTP_SMTP_H

#include "imapfront/listen.h"

/* As front_start(); ended by front_stop(). */
MUST_CHECK bool front_smtp_start(const struct listen_config *config,
				 const struct front_tls *tls,
				 const struct account_set *accounts,
				 struct front **front_r, struct err *err);

#endif
