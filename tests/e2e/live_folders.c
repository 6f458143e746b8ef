/* Steps of ews_live: folders. */
#include "tests/e2e/live.h"

bool live_folders(struct live *live, struct err *err)
{
	const struct ews_folder_ref refs[] = {
		{ .distinguished = "msgfolderroot" }, { .distinguished = "inbox" },
		{ .distinguished = "drafts" },	      { .distinguished = "sentitems" },
		{ .distinguished = "calendar" },      { .id = "AAMkbm90aGluZw==" },
	};
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	if (!ews_folder_get(live->conn, refs, ARRAY_LEN(refs), &out, err))
		return false;
	for (size_t i = 0; i < 5; i++) {
		if (!ews_status_check(&out.list[i].status, err))
			return false;
	}
	return live_want(out.list[1].name && out.list[1].id.id, "no inbox", err) &&
	       live_want(out.list[4].type == EWS_FOLDER_CALENDAR, "calendar's type",
			 err) &&
	       live_want(!ews_status_ok(&out.list[5].status), "made-up id works", err);
}

bool live_hierarchy(struct live *live, struct err *err)
{
	const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
	CLEANUP(ews_folder_changes_finish) struct ews_folder_changes out = { 0 };
	CLEANUP(ews_folders_finish) struct ews_folders found = { 0 };
	size_t count = 0;

	do {
		CLEANUP(mem_free_ptr) char *state = mem_strdup(out.sync_state);

		if (!ews_folder_sync(live->conn, &root, state, &out, err))
			return false;
		count += out.count;
	} while (!out.last);
	if (!ews_folder_find(live->conn, &root, true, 0, 1000, &found, err))
		return false;
	printf("  %zu folders synchronised, %zu found\n", count, found.count);
	return live_want(count > 0 && found.count > 0, "no folders", err) &&
	       live_want(!ews_folder_sync(live->conn, &root, "bm9uc2Vuc2U=", &out, NULL),
			 "nonsense as sync state works", err) &&
	       live_want(ews_conn_failed_with(live->conn, EWS_CODE_INVALID_SYNC_STATE),
			 "another code for a bad sync state", err);
}

bool live_make_folder(struct live *live, struct err *err)
{
	const struct ews_folder_ref root = { .distinguished = "msgfolderroot" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	char name[40];

	snprintf(name, sizeof(name), "live & <%s>", live->mark);
	if (!ews_folder_create(live->conn, &root, name, "IPF.Note", &out, err))
		return false;
	live->folder.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (ews_folder_create(live->conn, &root, name, "IPF.Note", &out, err))
		return live_want(false, "the same folder twice", err);
	if (err->code != ERR_EXISTS)
		return false;
	snprintf(name, sizeof(name), "live %s", live->mark);
	return ews_folder_rename(live->conn, &live->folder, name, err);
}

bool live_folder_contents(struct live *live, struct err *err)
{
	const struct ews_folder_ref trash = { .distinguished = "deleteditems" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results made = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_folders_finish) struct ews_folders folders = { 0 };
	struct ews_folder_ref copy = { 0 };
	char name[40];

	if (!ews_folder_mark_read(live->conn, &live->folder, true, err) ||
	    !ews_item_get(live->conn, &live->item, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err) ||
	    !live_want(items.list[0].is_read, "all are read", err))
		return false;
	snprintf(name, sizeof(name), "%s empty", live->mark);
	if (!ews_folder_create(live->conn, &live->folder, name, "IPF.Note", &out, err))
		return false;
	copy.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (!live_message(live, copy, 0, &made, err) ||
	    !ews_folder_empty(live->conn, &copy, EWS_DELETE_SOFT, true, err) ||
	    !ews_folder_get(live->conn, &copy, 1, &folders, err) ||
	    !ews_status_check(&folders.list[0].status, err) ||
	    !live_want(folders.list[0].total == 0, "emptied", err))
		return false;
	if (!ews_folder_move(live->conn, &copy, &trash, err) ||
	    !ews_folder_get(live->conn, &copy, 1, &folders, err) ||
	    !ews_status_check(&folders.list[0].status, err))
		return false;
	return live_unless_unknown(
		live, ews_folder_copy(live->conn, &copy, &live->folder, &out, err), err);
}

bool live_clean(struct live *live, struct err *err)
{
	return ews_folder_delete(live->conn, &live->folder, EWS_DELETE_HARD, err);
}
