/* Steps of ews_live: messages. */
#include "tests/e2e/live.h"

static bool read_some(struct live *live, const struct ews_item_changes *changes,
		      struct err *err)
{
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_mimes_finish) struct ews_mimes mimes = { 0 };
	CLEANUP(ews_contents_finish) struct ews_contents contents = { 0 };
	struct ews_ref refs[5];
	size_t count = 0;

	while (count < ARRAY_LEN(refs) && count < changes->count) {
		refs[count] = (struct ews_ref){ changes->list[count].id.id, NULL };
		count++;
	}
	if (count == 0)
		return true;
	if (!ews_item_get(live->conn, refs, count, &live_mark, &items, err) ||
	    !ews_item_get_mime(live->conn, refs, count, &mimes, err) ||
	    !ews_item_get_content(live->conn, refs, count, &contents, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!ews_status_check(&items.list[i].status, err) ||
		    !ews_status_check(&contents.list[i].item.status, err) ||
		    !live_want(items.list[i].received_unix != EWS_TIME_NONE, "no date",
			       err))
			return false;
		printf("  %s: %zu bytes of MIME, %zu attachments\n",
		       items.list[i].subject ? items.list[i].subject : "(none)",
		       mimes.list[i].mime.len, contents.list[i].attachment_count);
	}
	return true;
}

bool live_inbox(struct live *live, struct err *err)
{
	const struct ews_folder_ref inbox = { .distinguished = "inbox" };
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };
	size_t count = 0;

	do {
		CLEANUP(mem_free_ptr) char *state = mem_strdup(out.sync_state);

		if (!ews_item_sync(live->conn, &inbox, state, 100, &out, err))
			return false;
		if (!state && !read_some(live, &out, err))
			return false;
		count += out.count;
	} while (!out.last);
	printf("  %zu items\n", count);
	return true;
}

bool live_message(struct live *live, struct ews_folder_ref folder, int flags,
		  struct ews_id_results *out, struct err *err)
{
	const struct ews_property_value marks[] = { { live_mark, live->mark } };
	const char *const categories[] = { "Live" };
	struct ews_create request = {
		.folder = folder,
		.message_flags = flags,
		.is_read = flags & EWS_MSGFLAG_READ,
		.delivered_unix = 1767323045,
		.submitted_unix = EWS_TIME_NONE,
		.categories = categories,
		.category_count = 1,
		.properties = marks,
		.property_count = 1,
	};
	struct strbuf mime = STRBUF(4096);
	bool ok;

	strbuf_addf(
		&mime,
		"From: <%s>\r\nTo: <%s>\r\nSubject: live %s\r\n"
		"Message-ID: <%s@live.test>\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
		"\r\nHello.\r\n",
		live->address, live->address, live->mark, live->mark);
	request.mime = strbuf_str(&mime);
	ok = ews_item_create(live->conn, &request, out, err);
	strbuf_finish(&mime);
	return ok;
}

bool live_create(struct live *live, struct err *err)
{
	const struct ews_find find = { .property = &live_mark,
				       .value = live->mark,
				       .max = 10 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };
	const struct ews_item *item;

	if (!live_message(live, live->folder, EWS_MSGFLAG_READ, &out, err))
		return false;
	live->item.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	if (!ews_item_get(live->conn, &live->item, 1, &live_mark, &items, err) ||
	    !ews_status_check(&items.list[0].status, err))
		return false;
	item = &items.list[0];
	if (!live_want(item->is_read && !item->is_draft, "read and no draft", err) ||
	    !live_want(item->categories.count == 1, "one category", err) ||
	    !live_want(item->mark && strcmp(item->mark, live->mark) == 0, "mark", err) ||
	    !live_want(item->message_id && strstr(item->message_id, live->mark), "id",
		       err) ||
	    !live_want(item->delivered_unix == 1767323045, "delivery time", err) ||
	    !ews_item_find(live->conn, &live->folder, &find, &found, err))
		return false;
	return live_want(found.count == 1 &&
				 strcmp(found.list[0].id.id, live->item.id) == 0,
			 "found by its mark", err);
}

bool live_query(struct live *live, struct err *err)
{
	char words[100];
	struct ews_find find = { .query = words, .max = 10 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };

	snprintf(words, sizeof(words), "subject:\"live %s\" sent:1/2/2026", live->mark);
	if (!ews_item_find(live->conn, &live->folder, &find, &found, err) ||
	    !live_want(found.count == 1 &&
			       strcmp(found.list[0].id.id, live->item.id) == 0,
		       "found by words of its subject", err))
		return false;
	snprintf(words, sizeof(words), "subject:%s NOT kind:email", live->mark);
	return ews_item_find(live->conn, &live->folder, &find, &found, err) &&
	       live_want(found.count == 0, "not found among what is no mail", err);
}

bool live_update(struct live *live, struct err *err)
{
	const struct ews_update update = {
		.ref = live->item,
		.set = EWS_SET_IS_READ | EWS_SET_FLAG | EWS_SET_CATEGORIES |
		       EWS_SET_LAST_VERB | EWS_SET_ICON_INDEX,
		.flag = EWS_FLAG_FLAGGED,
		.last_verb = EWS_VERB_REPLY,
		.icon_index = EWS_ICON_REPLIED,
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };

	if (!ews_item_update(live->conn, &update, 1, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !ews_item_get(live->conn, &live->item, 1, NULL, &items, err) ||
	    !ews_status_check(&items.list[0].status, err))
		return false;
	return live_want(!items.list[0].is_read, "unread", err) &&
	       live_want(items.list[0].flag == EWS_FLAG_FLAGGED, "flagged", err) &&
	       live_want(items.list[0].categories.count == 0, "no category", err) &&
	       live_want(items.list[0].last_verb == EWS_VERB_REPLY, "last verb", err);
}

bool live_copy_move_delete(struct live *live, struct err *err)
{
	const struct ews_folder_ref drafts = { .distinguished = "drafts" };
	const struct ews_ref two[] = { live->item, { "AAMkbm90aGluZw==", NULL } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	struct ews_ref copy;

	if (!ews_item_copy(live->conn, two, 2, &live->folder, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !live_want(out.list[0].id.id, "id of the copy", err) ||
	    !live_want(!ews_status_ok(&out.list[1].status), "copied nothing", err))
		return false;
	copy = (struct ews_ref){ ews_arena_text(&live->kept, str_from(out.list[0].id.id)),
				 NULL };
	if (!ews_item_move(live->conn, &copy, 1, &drafts, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !live_want(out.list[0].id.id, "id after the move", err))
		return false;
	copy.id = ews_arena_text(&live->kept, str_from(out.list[0].id.id));
	return ews_item_delete(live->conn, &copy, 1, EWS_DELETE_SOFT, &out, err) &&
	       ews_status_check(&out.list[0].status, err) &&
	       ews_item_delete(live->conn, &copy, 1, EWS_DELETE_SOFT, &out, err) &&
	       live_want(out.list[0].status.code == EWS_CODE_ITEM_NOT_FOUND,
			 "deleted twice", err);
}

bool live_send(struct live *live, struct err *err)
{
	const struct ews_folder_ref drafts = { .distinguished = "drafts" };
	const struct ews_folder_ref sent = { .distinguished = "sentitems" };
	const struct ews_find find = { .property = &live_mark,
				       .value = live->mark,
				       .max = 10 };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };
	struct ews_ref draft;

	if (!live_message(live, drafts, -1, &out, err))
		return false;
	draft = (struct ews_ref){ out.list[0].id.id, out.list[0].id.change_key };
	if (!ews_item_send(live->conn, &draft, &sent, err) ||
	    !ews_item_find(live->conn, &sent, &find, &found, err) ||
	    !live_want(found.count == 1, "the mark in Sent Items", err))
		return false;
	if (ews_item_send(live->conn, &draft, &sent, err))
		return live_want(false, "sent twice", err);
	return live_want(err->code == ERR_NOT_FOUND, "sent: no draft any more", err);
}

bool live_attachments(struct live *live, struct err *err)
{
	const struct str bytes = STR("attached\r\n");
	const struct ews_new_attachment one = { .name = "a & b.txt",
						.content_type = "text/plain",
						.content = ews_source_bytes(&bytes) };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results gone = { 0 };
	CLEANUP(ews_attachment_content_finish) struct ews_attachment_content got = { 0 };
	CLEANUP(strbuf_finish) struct strbuf content = STRBUF(100);
	struct ews_sink sink = ews_sink_buffer(&content);
	const char *id;

	if (!ews_attachment_create(live->conn, &live->item, &one, 1, &out, err) ||
	    !ews_status_check(&out.list[0].status, err) ||
	    !live_want(out.list[0].id.id && out.list[0].id.change_key, "id and key", err))
		return false;
	id = out.list[0].id.id;
	if (!ews_attachment_fetch(live->conn, id, &sink, &got, err) ||
	    !live_want(str_eq(strbuf_str(&content), bytes), "content", err) ||
	    !live_want(got.attachment.name && strcmp(got.attachment.name, one.name) == 0,
		       "name", err))
		return false;
	return ews_attachment_delete(live->conn, &id, 1, &gone, err) &&
	       ews_status_check(&gone.list[0].status, err) &&
	       live_want(!ews_attachment_get(live->conn, id, &got, NULL), "deleted", err);
}

bool live_junk_export(struct live *live, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_fetched_finish) struct ews_fetched fetched = { 0 };
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(1 << 20);
	struct ews_sink sink = ews_sink_buffer(&bytes);
	struct ews_upload upload = { .folder_id = live->folder.id };
	struct str stream;

	if (!live_unless_unknown(live,
				 ews_item_mark_junk(live->conn, &live->item, 1, false,
						    false, &out, err),
				 err) ||
	    !live_unless_unknown(
		    live,
		    ews_item_export(live->conn, &live->item, 1, &sink, &fetched, err),
		    err))
		return false;
	if (bytes.len == 0)
		return true;
	stream = strbuf_str(&bytes);
	upload.data = ews_source_bytes(&stream);
	return ews_item_upload(live->conn, &upload, 1, &out, err) &&
	       ews_status_check(&out.list[0].status, err) &&
	       live_want(out.list[0].id.id, "id of the upload", err);
}
