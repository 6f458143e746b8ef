/* How much room a mailbox has, and how much of it is used. */
#ifndef EWS_QUOTA_H
#define EWS_QUOTA_H

#include "ews/account.h"
#include "ews/types.h"

struct ews_quota { /* -1: not told; none may be */
	int64_t warn_kib; /* PidTagStorageQuotaLimit 0x3FF5: from here on warnings come */
	int64_t send_kib; /* PidTagProhibitSendQuota 0x666E: nothing can be sent */
	int64_t receive_kib; /* PidTagProhibitReceiveQuota 0x666A: nothing comes in */
};

/*
 * ews_quota_get() - GetFolder of the root folder, with what the store may say of limits
 * Not documented for EWS: a server may leave out any of them.
 */
MUST_CHECK bool ews_quota_get(struct ews_conn *conn, struct ews_quota *out,
			      struct err *err);

struct ews_folder_sizes {
	int64_t bytes; /* PidTagMessageSizeExtended 0x0E08 of the page's folders, summed
			*/
	size_t count;
	bool last;
	uint32_t next_offset;
};
/* ews_folder_sizes() - FindFolder: the folders below @parent, one page of at most @max */
MUST_CHECK bool ews_folder_sizes(struct ews_conn *conn,
				 const struct ews_folder_ref *parent, uint32_t offset,
				 uint32_t max, struct ews_folder_sizes *out,
				 struct err *err);

#endif
