/* Names and addresses. */
#ifndef EWS_DIRECTORY_H
#define EWS_DIRECTORY_H

#include "ews/account.h"
#include "ews/types.h"

struct ews_names {
	struct ews_arena arena;
	struct ews_mailbox *list;
	size_t count;
};
void ews_names_finish(struct ews_names *names);

/*
 * ews_names_resolve() - ResolveNames in the directory, then in the contacts
 * @entry: part of a name, an address, or a legacyDN (routing type EX)
 * @out:   up to 100 people; none is a success
 */
MUST_CHECK bool ews_names_resolve(struct ews_conn *conn, const char *entry,
				  struct ews_names *out, struct err *err);

/*
 * ews_mailbox_address() - ConvertId: whose mailbox a folder or item id belongs to
 * @id:        an EwsId; @anchor: any valid address for the request's Mailbox attribute
 * @address_r: primary SMTP address, heap, freed by the caller
 */
MUST_CHECK bool ews_mailbox_address(struct ews_conn *conn, const char *id,
				    const char *anchor, char **address_r,
				    struct err *err);

#endif
