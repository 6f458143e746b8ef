/*
 * What the parts of ews_live share. Each live_*() of a step leaves behind what later ones
 * use; false: it failed.
 */
#ifndef TESTS_E2E_LIVE_H
#define TESTS_E2E_LIVE_H

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ews/ews.h"

struct live {
	struct ews_account *account;
	struct ews_conn *conn;
	const char *address;
	char mark[20];
	struct ews_folder_ref folder; /* the test's own */
	struct ews_ref item;
	struct ews_conn *guest; /* of another mailbox; NULL: none */
	const char *guest_address;
	struct ews_arena kept; /* ids that later steps use */
	struct ews_conn *stream;
	char *subscription;
	atomic_int documents, events;
	int failed, unknown;
};

extern const struct ews_property live_mark;

/* live_want() - @condition, or an error that says @text */
bool live_want(bool condition, const char *text, struct err *err);
/* Of an operation that the server does not know, nothing can be said. */
bool live_unless_unknown(struct live *live, bool ok, struct err *err);
/* live_message() - a small message in @folder; @flags: EWS_MSGFLAG_* */
bool live_message(struct live *live, struct ews_folder_ref folder, int flags,
		  struct ews_id_results *out, struct err *err);

typedef bool live_step(struct live *live, struct err *err);
live_step live_folders, live_hierarchy, live_inbox, live_calendar, live_make_folder,
	live_create, live_query, live_update, live_copy_move_delete, live_send,
	live_stream, live_pull, live_directory, live_folder_contents, live_attachments,
	live_calendar_write, live_task, live_contact, live_free_busy, live_settings,
	live_people, live_oof, live_rules, live_meeting, live_junk_export, live_clean;

#endif
