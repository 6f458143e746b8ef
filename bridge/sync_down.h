/* A page of one folder on its way down: between sync_down.c, which chooses the folder,
 * and sync_down_page.c, sync_down_calendar.c. */
#ifndef BRIDGE_SYNC_DOWN_H
#define BRIDGE_SYNC_DOWN_H

#include "bridge/sync.h"

#define SYNC_READ_TRIES 3 /* of an item or a request of a page */

struct sync_job {
	bool folders; /* the list of folders, else one folder: */
	int64_t box_id;
	char *remote_id;
	enum box_kind kind;
	bool full_listing, relist;
};

/*
 * sync_down_page() - ask for the next changes of a folder and store them
 * Network; no locks held. @last_r: nothing more is there now
 */
MUST_CHECK bool sync_down_page(struct sync *sync, struct remote_conn *conn,
			       struct sync_job *job, bool *last_r,
			       struct remote_fail *fail);
/* sync_down_calendar() - likewise, what is left to do for a calendar's @changes */
MUST_CHECK bool sync_down_calendar(struct sync *sync, struct remote_conn *conn,
				   const struct sync_job *job,
				   const struct remote_changes *changes,
				   const struct sync_page *plan,
				   struct remote_fail *fail);
/* sync_down_again() - is a slice of a page to be asked for once more? Some slice always
 * fails where a proxy refuses some requests; then no page would ever be read to its end.
 */
bool sync_down_again(const struct remote_fail *fail, unsigned tries);

#endif
