/* How much room a mailbox of Exchange has, where it says so. */
#include "bridge/remote_ews.h"

#define PAGE 1000

/* Where mail is refused; if that is not told, where sending is. */
static uint64_t limit_of(const struct ews_quota *quota)
{
	int64_t kib = quota->receive_kib > 0 ? quota->receive_kib : quota->send_kib;

	return kib > 0 ? (uint64_t)kib * 1024 : 0;
}

static bool add_sizes(struct remote_ews_conn *c, uint64_t *bytes_r,
		      struct remote_fail *fail)
{
	static const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
	struct ews_folder_sizes page = { 0 };
	uint64_t bytes = 0;
	uint32_t offset = 0;

	do {
		offset = page.next_offset;
		if (!ews_folder_sizes(c->ews, &root, offset, PAGE, &page, &fail->err))
			return remote_ews_failed(c, fail);
		bytes += (uint64_t)page.bytes;
	} while (!page.last && page.next_offset > offset);
	*bytes_r = bytes;
	return true;
}

bool remote_ews_quota_read(struct remote_conn *conn, struct remote_quota *out,
			   struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_quota quota;

	if (!ews_quota_get(c->ews, &quota, &fail->err))
		return remote_ews_failed(c, fail);
	*out = (struct remote_quota){ .limit_bytes = limit_of(&quota) };
	return !out->limit_bytes || add_sizes(c, &out->used_bytes, fail);
}
