/*
 * What the operations read from answers of real servers and of Microsoft's documentation:
 * each is told in a line of kinds, counts, times and lengths that was checked by hand
 * against the sample. Skipped where the samples are not at hand.
 */
#include "tests/unit/test.h"

#include "base/file.h"
#include "ews/call.h"
#include "tests/unit/ews/every_op.h"

static struct strbuf sample = STRBUF(64 << 20);
static struct strbuf said = STRBUF(64 << 10);
static size_t given;

/* What is asked again gets an empty answer: a canned one would come for other ids. */
static int answer(void *context, struct str request, struct str *answer_r)
{
	*answer_r = given++ == 0 ? strbuf_str(&sample)
				 : STR("<Envelope><Body><R><ResponseMessages/></R></Body>"
				       "</Envelope>");
	return str_find(strbuf_str(&sample), STR("Fault>")) >= 0 ? 500 : 200;
}

/* --- Telling ----------------------------------------------------------------------- */

static void say(const char *name, int64_t value)
{
	strbuf_addf(&said, "%s%s=%lld", said.len ? " " : "", name, (long long)value);
}

static void say_len(const char *name, const char *text)
{
	say(name, text ? (int64_t)strlen(text) : -1);
}

static void say_status(const struct ews_status *status)
{
	if (!ews_status_ok(status))
		strbuf_addf(&said, "%s!%s", said.len ? " " : "", status->response_code);
}

static bool tell_items(struct ews_conn *conn, struct err *err)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL }, { "c", NULL } };
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	if (!ews_item_get(conn, ask, 3, NULL, &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		const struct ews_item *item = &out.list[i];

		if (item->status.code == EWS_CODE_NO_ANSWER)
			continue;
		say_status(&item->status);
		if (!ews_status_ok(&item->status))
			continue;
		say("type", item->type);
		say_len("id", item->id.id);
		say_len("subject", item->subject);
		say("size", item->size_bytes);
		if (item->received_unix != EWS_TIME_NONE)
			say("received", item->received_unix);
		say("from", (int64_t)item->from.count);
		say("to", (int64_t)item->to.count);
		say("read", item->is_read);
		say("draft", item->is_draft);
		say("attached", item->has_attachments);
		say("importance", item->importance);
	}
	return true;
}

static bool tell_mime(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_mimes_finish) struct ews_mimes out = { 0 };

	if (!ews_item_get_mime(conn, refs, 1, &out, err))
		return false;
	say_status(&out.list[0].status);
	say("octets", (int64_t)out.list[0].mime.len);
	say("ends",
	    out.list[0].mime.len ? out.list[0].mime.p[out.list[0].mime.len - 1] : -1);
	return true;
}

static bool tell_content(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_contents_finish) struct ews_contents out = { 0 };

	if (!ews_item_get_content(conn, refs, 1, &out, err))
		return false;
	say_status(&out.list[0].item.status);
	say_len("body", out.list[0].body);
	say("html", out.list[0].body_is_html);
	for (size_t i = 0; i < out.list[0].attachment_count; i++) {
		say("attachment", out.list[0].attachments[i].type);
		say("size", out.list[0].attachments[i].size_bytes);
		say("inline", out.list[0].attachments[i].is_inline);
	}
	return true;
}

static bool tell_attachment(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_attachment_content_finish) struct ews_attachment_content out = { 0 };

	if (!ews_attachment_get(conn, ID, &out, err))
		return false;
	say("type", out.attachment.type);
	say("octets", (int64_t)out.content.len);
	say_len("name", out.attachment.name);
	say_len("subject", out.item_subject);
	return true;
}

static void say_recurrence(const struct ews_recurrence *r)
{
	if (r->pattern == EWS_PATTERN_NONE)
		return;
	say("pattern", r->pattern);
	say("interval", r->interval);
	say("days", r->days_of_week);
	say("monthday", r->day_of_month);
	say("week", r->week_index);
	say("month", r->month);
	say("range", r->range);
	say("from", r->start.year * 10000 + r->start.month * 100 + r->start.day);
	if (r->range == EWS_RANGE_UNTIL)
		say("until", r->end.year * 10000 + r->end.month * 100 + r->end.day);
	if (r->range == EWS_RANGE_COUNT)
		say("count", r->occurrences);
}

static bool tell_calendar(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_calendar_items_finish) struct ews_calendar_items out = { 0 };

	if (!ews_calendar_get(conn, refs, 2, NULL, &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		const struct ews_calendar_item *item = &out.list[i];

		if (item->status.code == EWS_CODE_NO_ANSWER)
			continue;
		say_status(&item->status);
		if (!ews_status_ok(&item->status))
			continue;
		say("type", item->type);
		if (item->start_unix != EWS_TIME_NONE)
			say("start", item->start_unix);
		if (item->end_unix != EWS_TIME_NONE)
			say("end", item->end_unix);
		say("allday", item->is_all_day);
		say("busy", item->busy);
		say("required", (int64_t)item->required.count);
		say("mine", item->my_response);
		say_len("zone", item->start_tz.id);
		say("modified", (int64_t)item->modified_count);
		say("deleted", (int64_t)item->deleted_count);
		say_recurrence(&item->recurrence);
	}
	return true;
}

static bool tell_view(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_calendar_view_finish) struct ews_calendar_view out = { 0 };

	if (!ews_calendar_find(conn, &inbox, 0, 1, 9, &out, err))
		return false;
	say("rows", (int64_t)out.count);
	say("last", out.last);
	for (size_t i = 0; i < MIN_OF(out.count, 2); i++) {
		say("type", out.list[i].type);
		if (out.list[i].start_unix != EWS_TIME_NONE)
			say("start", out.list[i].start_unix);
	}
	return true;
}

static bool tell_task(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_tasks_finish) struct ews_tasks out = { 0 };

	if (!ews_task_get(conn, refs, 1, NULL, &out, err))
		return false;
	say_status(&out.list[0].status);
	say_len("subject", out.list[0].subject);
	say("due", out.list[0].due.year * 10000 + out.list[0].due.month * 100 +
			   out.list[0].due.day);
	say("state", out.list[0].state);
	say("set", out.list[0].set);
	return true;
}

static bool tell_contact(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_contacts_finish) struct ews_contacts out = { 0 };
	const struct ews_contact *contact;
	int64_t emails = 0, phones = 0;

	if (!ews_contact_get(conn, refs, 1, NULL, &out, err))
		return false;
	contact = &out.list[0];
	say_status(&contact->status);
	for (int i = 0; i < EWS_CONTACT_SLOTS; i++)
		emails += contact->emails[i] != NULL;
	for (int i = 0; i < EWS_PHONE_COUNT; i++)
		phones += contact->phones[i] != NULL;
	say_len("given", contact->given_name);
	say_len("surname", contact->surname);
	say("emails", emails);
	say("phones", phones);
	say_len("company", contact->company);
	return true;
}

static bool tell_found(struct ews_conn *conn, struct err *err)
{
	const struct ews_find find = { .max = 100 };
	CLEANUP(ews_found_items_finish) struct ews_found_items out = { 0 };

	if (!ews_item_find(conn, &inbox, &find, &out, err))
		return false;
	say("rows", (int64_t)out.count);
	say("last", out.last);
	say("next", out.next_offset);
	say("total", out.total);
	return true;
}

static void say_folder(const struct ews_folder *folder)
{
	say("type", folder->type);
	say_len("name", folder->name);
	say_len("class", folder->folder_class);
	say("total", folder->total);
	say("unread", folder->unread);
	say("children", folder->children);
}

static bool tell_folders(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	if (!ews_folder_get(conn, &inbox, 1, &out, err))
		return false;
	say_status(&out.list[0].status);
	if (ews_status_ok(&out.list[0].status))
		say_folder(&out.list[0]);
	return true;
}

static bool tell_found_folders(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_folders_finish) struct ews_folders out = { 0 };

	if (!ews_folder_find(conn, &root, false, 0, 100, &out, err))
		return false;
	say("rows", (int64_t)out.count);
	say("last", out.last);
	say("next", out.next_offset);
	for (size_t i = 0; i < MIN_OF(out.count, 2); i++)
		say_folder(&out.list[i]);
	return true;
}

static bool tell_folder_changes(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_folder_changes_finish) struct ews_folder_changes out = { 0 };

	if (!ews_folder_sync(conn, &root, NULL, &out, err))
		return false;
	say("changes", (int64_t)out.count);
	say("last", out.last);
	say_len("state", out.sync_state);
	for (size_t i = 0; i < out.count; i++)
		say("change", out.list[i].change);
	return true;
}

static bool tell_item_changes(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };

	if (!ews_item_sync(conn, &inbox, NULL, 512, &out, err))
		return false;
	say("last", out.last);
	say_len("state", out.sync_state);
	for (size_t i = 0; i < out.count; i++) {
		say("change", out.list[i].change);
		say("type", out.list[i].type);
	}
	return true;
}

static void say_events(const struct ews_events *events)
{
	say("events", (int64_t)events->count);
	for (size_t i = 0; i < events->count; i++) {
		say("event", events->list[i].type);
		say("item", events->list[i].item_id != NULL);
		say("parent", events->list[i].parent_id != NULL);
		say("old", events->list[i].old_parent_id != NULL);
	}
}

static bool tell_events(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_events_finish) struct ews_events out = { 0 };

	if (!ews_events_get(conn, "s", "w", &out, err))
		return false;
	say_events(&out);
	say_len("watermark", out.watermark);
	say("more", out.more);
	return true;
}

static bool on_events(void *context, const struct ews_events *events)
{
	say_events(events);
	return true;
}

static bool tell_stream(struct ews_conn *conn, struct err *err)
{
	return ews_stream_run(conn, "s", 30, on_events, NULL, err);
}

static bool tell_subscription(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_subscription_finish) struct ews_subscription out = { 0 };

	if (!ews_subscribe_pull(conn, 30, &out, err))
		return false;
	say_len("id", out.id);
	say_len("watermark", out.watermark);
	return true;
}

static void say_names(const struct ews_names *names)
{
	say("names", (int64_t)names->count);
	for (size_t i = 0; i < names->count; i++) {
		say_len("name", names->list[i].name);
		say_len("address", names->list[i].address);
	}
}

static bool tell_names(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };
	bool ok = ews_names_resolve(conn, "x", &out, err);

	say_names(&out);
	return ok;
}

static bool tell_group(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };
	bool ok = ews_group_expand(conn, "x", &out, err);

	say_names(&out);
	return ok;
}

static bool tell_rooms(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_names_finish) struct ews_names out = { 0 };
	bool ok = ews_rooms(conn, "x", &out, err);

	say_names(&out);
	return ok;
}

static void say_people(const struct ews_people *people)
{
	say("people", (int64_t)people->count);
	say("total", people->total);
	for (size_t i = 0; i < people->count; i++) {
		say_len("name", people->list[i].name);
		say("emails", (int64_t)people->list[i].emails.count);
		say("phones", (int64_t)people->list[i].phone_count);
	}
}

static bool tell_people(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_people_finish) struct ews_people out = { 0 };
	bool ok = ews_people_find(conn, &inbox, "x", 0, 9, &out, err);

	say_people(&out);
	return ok;
}

static bool tell_person(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_people_finish) struct ews_people out = { 0 };
	bool ok = ews_person_get(conn, "x", &out, err);

	say_people(&out);
	return ok;
}

static bool tell_free_busy(struct ews_conn *conn, struct err *err)
{
	static const char *const who[] = { "a", "b" };
	CLEANUP(ews_free_busies_finish) struct ews_free_busies out = { 0 };

	if (!ews_free_busy_get(conn, who, 2, 0, 1, 30, &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		say_status(&out.list[i].status);
		say("events", (int64_t)out.list[i].count);
		for (size_t k = 0; k < out.list[i].count; k++) {
			say("start", out.list[i].list[k].start_unix);
			say("busy", out.list[i].list[k].busy);
		}
		say("bias", out.list[i].bias_min);
		say("periods", (int64_t)out.list[i].period_count);
	}
	return true;
}

static bool tell_oof(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_oof_finish) struct ews_oof out = { 0 };

	if (!ews_oof_get(conn, "x", &out, err))
		return false;
	say("state", out.state);
	say("audience", out.audience);
	say("allowed", out.allowed);
	say("start", out.start_unix);
	say_len("reply", out.internal_reply);
	say_len("outside", out.external_reply);
	return true;
}

static bool tell_rules(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_rules_finish) struct ews_rules out = { 0 };

	if (!ews_rules_get(conn, NULL, &out, err))
		return false;
	say("rules", (int64_t)out.count);
	say("blob", out.outlook_blob);
	for (size_t i = 0; i < out.count; i++) {
		say_len("name", out.list[i].name);
		say("priority", out.list[i].priority);
		say("from", (int64_t)out.list[i].conditions.from.count);
		say("subject", (int64_t)out.list[i].conditions.subject.count);
		say("move", out.list[i].actions.move_to != NULL);
		say("stop", out.list[i].actions.stop);
		say("other", out.list[i].actions.has_other);
	}
	return true;
}

static bool tell_delegates(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_delegates_finish) struct ews_delegates out = { 0 };

	if (!ews_delegates_get(conn, "x", &out, err))
		return false;
	for (size_t i = 0; i < out.count; i++) {
		say_len("address", out.list[i].address);
		say("calendar", out.list[i].calendar);
		say("contacts", out.list[i].contacts);
		say("inbox", out.list[i].inbox);
	}
	say_len("deliver", out.deliver);
	return true;
}

static bool tell_configuration(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_configuration_finish) struct ews_configuration out = { 0 };

	if (!ews_configuration_get(conn, &root, "x", &out, err))
		return false;
	for (size_t i = 0; i < out.entry_count; i++) {
		say_len("key", out.entries[i].key);
		say_len("value", out.entries[i].value);
	}
	return true;
}

static bool tell_zones(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_tzs_finish) struct ews_tzs out = { 0 };

	if (!ews_tz_get(conn, NULL, 0, &out, err))
		return false;
	say("zones", (int64_t)out.count);
	for (size_t i = 0; i < MIN_OF(out.count, 1); i++) {
		say_len("id", out.list[i].id);
		say("periods", (int64_t)out.list[i].period_count);
		say("groups", (int64_t)out.list[i].group_count);
		say("transitions", (int64_t)out.list[i].transitions.count);
		if (out.list[i].period_count)
			say("bias", out.list[i].periods[0].bias_s);
	}
	return true;
}

static void say_ids(const struct ews_id_results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		if (results->list[i].status.code == EWS_CODE_NO_ANSWER)
			continue;
		say_status(&results->list[i].status);
		if (!ews_status_ok(&results->list[i].status))
			continue;
		say_len("id", results->list[i].id.id);
		say_len("key", results->list[i].id.change_key);
	}
}

static bool tell_moved(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_move(conn, refs, 2, &plain, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_deleted(struct ews_conn *conn, struct err *err)
{
	const struct ews_ref ask[] = { { "a", NULL }, { "b", NULL }, { "c", NULL } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_delete(conn, ask, 3, EWS_DELETE_SOFT, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_attached(struct ews_conn *conn, struct err *err)
{
	const struct str bytes = STR("x");
	const struct ews_new_attachment one = { .content = ews_source_bytes(&bytes) };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_attachment_create(conn, &refs[0], &one, 1, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_detached(struct ews_conn *conn, struct err *err)
{
	static const char *const ids[] = { "a" };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_attachment_delete(conn, ids, 1, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_uploaded(struct ews_conn *conn, struct err *err)
{
	const struct str bytes = STR("x");
	const struct ews_upload two[] = {
		{ .folder_id = "f", .data = ews_source_bytes(&bytes) },
		{ .folder_id = "f", .data = ews_source_bytes(&bytes) },
	};
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_upload(conn, two, 2, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_address(struct ews_conn *conn, struct err *err)
{
	char *address = NULL;
	bool ok = ews_mailbox_address(conn, ID, "x", &address, err);

	say_len("address", address);
	free(address);
	return ok;
}

static bool tell_copied(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_copy(conn, refs, 1, &plain, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_updated(struct ews_conn *conn, struct err *err)
{
	const struct ews_update update = { .ref = refs[0],
					   .set = EWS_SET_IS_READ,
					   .is_read = true };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_update(conn, &update, 1, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_junk(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_item_mark_junk(conn, refs, 1, true, true, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_folder_made(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_folder_create(conn, &root, "x", "IPF.Note", &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_folder_copied(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	bool ok = ews_folder_copy(conn, &plain, &root, &out, err);

	say_ids(&out);
	return ok;
}

static bool tell_exported(struct ews_conn *conn, struct err *err)
{
	CLEANUP(ews_fetched_finish) struct ews_fetched out = { 0 };
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(1 << 20);
	const struct ews_sink sink = ews_sink_buffer(&bytes);

	if (!ews_item_export(conn, refs, 1, &sink, &out, err))
		return false;
	say_status(&out.list[0].status);
	say("octets", (int64_t)bytes.len);
	return true;
}

static bool tell_photo(struct ews_conn *conn, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf jpeg = STRBUF(1 << 20);
	bool ok = ews_photo_get(conn, "x", 96, &jpeg, err);

	say("octets", (int64_t)jpeg.len);
	return ok;
}

/* --- The table --------------------------------------------------------------------- */

static const struct {
	const char *file;
	bool (*tell)(struct ews_conn *conn, struct err *err);
	const char *want;
} rows[] = {
	{ "GetItem-response-own-mixed-batch.xml", tell_items,
	  "type=2 id=8 subject=-1 size=4711 received=1767323045 from=0 to=0 "
	  "read=1 draft=0 attached=0 importance=0 !ErrorItemNotFound "
	  "!ErrorBatchProcessingStopped from 15.2.2562" },
	{ "GetItem-response-email-error.xml", tell_items,
	  "!ErrorInvalidPropertyRequest from 8.0.685" },
	{ "GetItem-response-item.xml", tell_items,
	  "type=2 id=9 subject=19 size=-1 from=0 to=0 read=0 draft=0 "
	  "attached=0 importance=0 from 15.0.815" },
	{ "GetItem-response-draft.xml", tell_items,
	  "type=2 id=9 subject=18 size=-1 from=0 to=1 read=0 draft=0 "
	  "attached=0 importance=0 from 15.0.842" },
	{ "GetItem-response-cpp-ndr-message.xml", tell_items,
	  "type=2 id=152 subject=24 size=20660 received=1454843584 from=1 to=1 "
	  "read=0 draft=0 attached=1 importance=0 from 15.0.847" },
	{ "GetItem-response-px-ErrorItemNotFound.xml", tell_items,
	  "!ErrorItemNotFound from 14.2.328" },
	{ "GetItem-response-mimecontent.xml", tell_mime,
	  "octets=26 ends=10 from 15.0.893" },
	{ "GetItem-response-attachments.xml", tell_content,
	  "body=-1 html=0 attachment=0 size=-1 inline=0 attachment=0 size=-1 "
	  "inline=0 attachment=0 size=-1 inline=0 attachment=0 size=-1 "
	  "inline=0 attachment=1 size=-1 inline=0 from 15.0.939" },
	{ "GetAttachment-response-file.xml", tell_attachment,
	  "type=1 octets=0 name=21 subject=20 from 15.0.939" },
	{ "GetAttachment-response-item.xml", tell_attachment,
	  "type=0 octets=26 name=18 subject=-1 from 15.0.939" },
	{ "GetAttachment-response-cpp-itemattachment.xml", tell_attachment,
	  "failed: not-found" },
	{ "GetItem-response-calendaritem.xml", tell_calendar,
	  "type=0 start=1150417800 end=1150419600 allday=0 busy=3 required=0 "
	  "mine=0 zone=-1 modified=0 deleted=0 from 8.0.602" },
	{ "GetItem-response-cpp-calendaritem-meeting.xml", tell_calendar,
	  "type=0 start=1103968800 end=1104141600 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 from 15.0.847" },
	{ "GetItem-response-meeting.xml", tell_calendar,
	  "type=0 allday=0 busy=0 required=0 mine=0 zone=-1 modified=0 "
	  "deleted=0 from 15.0.775" },
	{ "GetItem-response-recurring.xml", tell_calendar,
	  "type=3 allday=0 busy=0 required=0 mine=0 zone=-1 modified=0 "
	  "deleted=0 pattern=2 interval=1 days=64 monthday=0 week=0 month=0 "
	  "range=3 from=20140308 count=10 from 15.0.893" },
	{ "GetItem-response-px-calendaritem.xml", tell_calendar,
	  "type=0 start=2536692170 end=2536695831 allday=0 busy=3 required=4 "
	  "mine=1 zone=-1 modified=0 deleted=0 from 14.2.328" },
	{ "GetItem-response-px-master-daily.xml", tell_calendar,
	  "type=3 start=2536692170 end=2536695831 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 pattern=1 interval=1 days=0 "
	  "monthday=0 week=0 month=0 range=2 from=20500520 until=20500525 from "
	  "14.3.195" },
	{ "GetItem-response-px-master-weekly.xml", tell_calendar,
	  "type=3 start=2536692170 end=2536695831 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 pattern=2 interval=1 days=38 "
	  "monthday=0 week=0 month=0 range=2 from=20500520 until=20500531 from "
	  "14.3.195" },
	{ "GetItem-response-px-master-monthly.xml", tell_calendar,
	  "type=3 start=2536692170 end=2536695831 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 pattern=3 interval=1 days=0 "
	  "monthday=20 week=0 month=0 range=2 from=20500520 until=20500731 "
	  "from 14.3.195" },
	{ "GetItem-response-px-master-yearly.xml", tell_calendar,
	  "type=3 start=2536692170 end=2536695831 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 pattern=5 interval=1 days=0 "
	  "monthday=20 week=0 month=5 range=2 from=20500520 until=20550531 "
	  "from 14.3.195" },
	{ "GetItem-response-px-occurrence.xml", tell_calendar,
	  "type=1 start=2536692170 end=2536695831 allday=0 busy=3 required=0 "
	  "mine=1 zone=-1 modified=0 deleted=0 from 14.3.195" },
	{ "GetItem-response-px-occurrences-out-of-range.xml", tell_calendar,
	  "!ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange "
	  "!ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange from 14.3.195" },
	{ "GetItem-response-task.xml", tell_task,
	  "subject=13 due=0 state=0 set=2327 from 8.0.662" },
	{ "GetItem-response-contact.xml", tell_contact,
	  "!ErrorUnsupportedMimeConversion given=-1 surname=-1 emails=0 "
	  "phones=0 company=-1 from 8.0.602" },
	{ "FindItem-response-paged.xml", tell_found,
	  "rows=6 last=0 next=6 total=8 from 15.0.775" },
	{ "FindItem-response.xml", tell_found,
	  "rows=2 last=1 next=2 total=10 from 8.0.595" },
	{ "FindItem-response-own-ErrorExceededFindCountLimit.xml", tell_found,
	  "failed: limit ErrorExceededFindCountLimit from 15.2.2562" },
	{ "FindItem-response-calendarview.xml", tell_view,
	  "rows=5 last=0 type=0 start=1377113400 type=0 start=1377115200 from "
	  "15.0.731" },
	{ "FindItem-response-exSE-calendarview.xml", tell_view,
	  "rows=2 last=1 type=0 start=1782972000 type=0 start=1783576800 from "
	  "15.2.2562" },
	{ "FindItem-response-px-calendarview.xml", tell_view,
	  "rows=3 last=1 type=1 start=2535028200 type=1 start=2535028200 from "
	  "14.3.181" },
	{ "GetFolder-response-exo-msgfolderroot.xml", tell_folders,
	  "type=0 name=24 class=-1 total=0 unread=0 children=26 from "
	  "15.20.2052" },
	{ "GetFolder-response-rs-ex2016.xml", tell_folders,
	  "type=0 name=-1 class=-1 total=-1 unread=-1 children=-1 from "
	  "15.1.2507" },
	{ "GetFolder-response-evo-ex2010-NoError.xml", tell_folders,
	  "type=0 name=-1 class=-1 total=-1 unread=-1 children=-1 from "
	  "14.2.328" },
	{ "GetFolder-response-error.xml", tell_folders,
	  "!ErrorInvalidIdMalformed from 8.0.628" },
	{ "FindFolder-response-exo-root-paged.xml", tell_found_folders,
	  "rows=2 last=0 next=10 type=4 name=11 class=8 total=25 unread=0 "
	  "children=0 type=0 name=19 class=-1 total=0 unread=0 children=21 "
	  "from 15.20.1878" },
	{ "FindFolder-response-hidden.xml", tell_found_folders,
	  "rows=6 last=1 next=6 type=2 name=38 class=-1 total=-1 unread=-1 "
	  "children=-1 type=2 name=38 class=-1 total=-1 unread=-1 children=-1 "
	  "from 15.0.898" },
	{ "FindFolder-response-xl-ErrorTooManyObjectsOpened.xml", tell_found_folders,
	  "failed: throttled ErrorTooManyObjectsOpened after=10" },
	{ "SyncFolderHierarchy-response-changes.xml", tell_folder_changes,
	  "changes=3 last=1 state=7 change=1 change=0 change=2 from 15.0.745" },
	{ "SyncFolderHierarchy-response-error.xml", tell_folder_changes,
	  "failed: state ErrorInvalidSyncStateData from 8.0.628" },
	{ "SyncFolderItems-response-own-all-change-kinds.xml", tell_item_changes,
	  "last=0 state=8 change=0 type=2 change=0 type=5 change=1 type=2 "
	  "change=2 type=0 change=3 type=0 from 15.2.2562" },
	{ "SyncFolderItems-response-changes.xml", tell_item_changes,
	  "last=1 state=25 change=1 type=2 change=0 type=2 change=0 type=2 "
	  "change=3 type=0 change=2 type=0 from 15.0.731" },
	{ "SyncFolderItems-response-own-ErrorInvalidSyncStateData.xml", tell_item_changes,
	  "failed: state ErrorInvalidSyncStateData from 15.2.2562" },
	{ "SyncFolderItems-response-rs-ErrorServerBusy-ConcurrentSyncCalls.xml",
	  tell_item_changes,
	  "failed: throttled ErrorServerBusy after=5 from 15.20.8769" },
	{ "GetEvents-response.xml", tell_events,
	  "events=2 event=2 item=1 parent=1 old=0 event=2 item=1 parent=1 "
	  "old=0 watermark=20 more=0 from 8.0.628" },
	{ "GetEvents-response-error.xml", tell_events,
	  "failed: denied ErrorSubscriptionAccessDenied from 8.0.628" },
	{ "GetStreamingEvents-response-events.xml", tell_stream,
	  "events=3 event=1 item=1 parent=1 old=0 event=2 item=1 parent=1 "
	  "old=0 event=3 item=0 parent=1 old=0 failed: offline NoError from "
	  "15.0.785" },
	{ "GetStreamingEvents-response-xl-closed.xml", tell_stream, "events=0" },
	{ "GetStreamingEvents-response-error.xml", tell_stream,
	  "failed: state ErrorInvalidSubscription from 8.0.628" },
	{ "Subscribe-response-pull.xml", tell_subscription,
	  "id=36 watermark=20 from 8.0.628" },
	{ "ResolveNames-response.xml", tell_names,
	  "names=1 name=5 address=17 from 8.0.685" },
	{ "ResolveNames-response-xl.xml", tell_names,
	  "names=2 name=8 address=16 name=9 address=16" },
	{ "ResolveNames-response-cpp-noresults.xml", tell_names,
	  "names=0 from 15.0.847" },
	{ "ExpandDL-response.xml", tell_group,
	  "names=3 name=8 address=23 name=10 address=24 name=11 address=24 "
	  "from 8.0.628" },
	{ "GetRooms-response.xml", tell_rooms,
	  "names=2 name=6 address=18 name=6 address=18 from 14.1.164" },
	{ "FindPeople-response.xml", tell_people,
	  "people=1 total=1 name=11 emails=2 phones=0 from 15.0.349" },
	{ "FindPeople-response-xl.xml", tell_people,
	  "people=1 total=1 name=12 emails=0 phones=0" },
	{ "GetPersonaMessage-response-xl.xml", tell_person,
	  "people=1 total=-1 name=13 emails=0 phones=2" },
	{ "GetUserAvailability-response.xml", tell_free_busy,
	  "events=2 start=1392278400 busy=1 start=1392289200 busy=3 bias=480 "
	  "periods=1 events=4 start=1392163200 busy=1 start=1392278400 busy=1 "
	  "start=1392289200 busy=3 start=1392303600 busy=2 bias=480 periods=1 "
	  "from 15.0.873" },
	{ "GetUserOofSettings-response.xml", tell_oof,
	  "state=0 audience=2 allowed=2 start=1162594800 reply=46 outside=46 "
	  "from 8.0.685" },
	{ "GetInboxRules-response.xml", tell_rules,
	  "rules=2 blob=0 name=6 priority=1 from=1 subject=0 move=1 stop=1 "
	  "other=0 name=9 priority=2 from=1 subject=1 move=0 stop=1 other=1 "
	  "from 15.0.712" },
	{ "GetDelegate-response.xml", tell_delegates,
	  "address=17 calendar=2 contacts=1 inbox=0 deliver=14 from 8.1.206" },
	{ "GetUserConfiguration-response.xml", tell_configuration,
	  "key=4 value=1 key=11 value=12 from 15.0.800" },
	{ "GetServerTimeZones-response-full.xml", tell_zones,
	  "zones=1 id=21 periods=4 groups=2 transitions=2 bias=18000 from "
	  "14.0.639" },
	{ "GetServerTimeZones-response-xl.xml", tell_zones,
	  "zones=1 id=23 periods=2 groups=1 transitions=1 bias=-3600 from "
	  "14.2.390" },
	{ "MoveItem-response-own-newids.xml", tell_moved,
	  "id=8 key=8 !ErrorItemNotFound from 15.2.2562" },
	{ "MoveItem-response.xml", tell_moved, "id=-1 key=-1 from 8.0.662" },
	{ "UpdateItem-response-own-ErrorIrresolvableConflict.xml", tell_moved,
	  "!ErrorIrresolvableConflict from 15.2.2562" },
	{ "DeleteItem-response-batch-partial.xml", tell_deleted,
	  "!ErrorItemNotFound !ErrorItemNotFound !ErrorItemNotFound from "
	  "15.0.859" },
	{ "DeleteItem-response-xl-inner-error-quota.xml", tell_deleted,
	  "!ErrorQuotaExceededOnDelete" },
	{ "CreateItem-response-ex2016-message.xml", tell_moved,
	  "id=152 key=40 from 15.1.2375" },
	{ "CreateItem-response-own-sent-no-id.xml", tell_moved,
	  "id=-1 key=-1 from 15.2.2562" },
	{ "CreateAttachment-response.xml", tell_attached, "id=7 key=6 from 8.0.653" },
	{ "DeleteAttachment-response.xml", tell_detached, "id=8 key=8 from 15.0.939" },
	{ "UploadItems-response.xml", tell_uploaded,
	  "id=16 key=40 id=16 key=40 from 14.1.164" },
	{ "ConvertId-response-xl.xml", tell_address,
	  "address=-1 failed: syntax ErrorInvalidSmtpAddress from 15.1.2345" },
	{ "Fault-kde-ErrorServerBusy.xml", tell_items,
	  "failed: throttled ErrorServerBusy after=60 from 15.1.225" },
	{ "Fault-xl-ErrorServerBusy.xml", tell_items,
	  "failed: throttled ErrorServerBusy after=298" },
	{ "Fault-rs-ErrorExceededConnectionCount.xml", tell_items,
	  "failed: throttled ErrorExceededConnectionCount after=2" },
	{ "Fault-own-ErrorMailboxMoveInProgress.xml", tell_items,
	  "failed: offline ErrorMailboxMoveInProgress" },
	{ "Fault-ex2016-ErrorInvalidArgument.xml", tell_items,
	  "failed: syntax ErrorInvalidArgument" },
	{ "malformed/GetItem-response-invalid-xml-chars.txt", tell_items,
	  "type=8 id=0 subject=17 size=42 received=1451606400 from=0 to=0 "
	  "read=0 draft=0 attached=0 importance=0 from 15.1.761" },
	{ "malformed/GetStreamingEvents-stream-own.txt", tell_stream,
	  "events=0 events=3 event=1 item=1 parent=1 old=0 event=2 item=1 "
	  "parent=1 old=0 event=3 item=0 parent=1 old=0 failed: offline "
	  "NoError from 15.0.785" },
	{ "malformed/ResolveNames-response-cpp-mismatched-tag.txt", tell_names,
	  "names=0 failed: broken" },
	{ "CopyItem-response-error.xml", tell_copied,
	  "!ErrorInvalidIdMalformed from 8.0.595" },
	{ "UpdateItem-response.xml", tell_updated, "id=13 key=13 from 8.0.664" },
	{ "UpdateItem-response-meeting.xml", tell_updated, "id=5 key=5 from 15.0.815" },
	{ "MarkAsJunk-response.xml", tell_junk, "id=152 key=40 from 15.0.712" },
	{ "CreateFolder-response.xml", tell_folder_made, "id=8 key=-1 from 8.0.595" },
	{ "CreateFolder-response-evo-ex2010-ErrorFolderExists.xml", tell_folder_made,
	  "!ErrorFolderExists failed: exists ErrorFolderExists from 14.2.328" },
	{ "CopyFolder-response.xml", tell_folder_copied, "id=7 key=8 from 8.0.595" },
	{ "MoveFolder-response.xml", try_folder_move, "from 8.0.685" },
	{ "MoveFolder-response-error.xml", try_folder_move,
	  "failed: denied ErrorMoveDistinguishedFolder from 8.0.685" },
	{ "UpdateFolder-response.xml", try_folder_rename, "from 8.0.685" },
	{ "UpdateFolder-response-error.xml", try_folder_rename,
	  "failed: state ErrorInvalidChangeKey from 8.0.685" },
	{ "DeleteFolder-response.xml", try_folder_delete, "from 8.0.595" },
	{ "DeleteFolder-response-evo-ex2010-ErrorDeleteDistinguishedFolder.xml",
	  try_folder_delete,
	  "failed: denied ErrorDeleteDistinguishedFolder from 14.2.328" },
	{ "EmptyFolder-response.xml", try_folder_empty, "from 14.1.164" },
	{ "MarkAllItemsAsRead-response.xml", try_folder_mark_read, "from 15.0.545" },
	{ "SendItem-response.xml", try_item_send, "from 8.0.602" },
	{ "Unsubscribe-response.xml", try_unsubscribe, "from 8.0.628" },
	{ "Unsubscribe-response-error.xml", try_unsubscribe,
	  "failed: state ErrorSubscriptionNotFound from 8.0.628" },
	{ "SetUserOofSettings-response.xml", try_oof_set, "from 8.0.685" },
	{ "UpdateInboxRules-response.xml", try_rules_update, "from 14.1.139" },
	{ "CreateItem-response-AcceptItem.xml", try_accept, "from 8.0.685" },
	{ "CreateItem-response-CancelCalendarItem.xml", try_cancel, "from 15.0.800" },
	{ "CreateItem-response-tentative.xml", try_tentative, "from 15.0.815" },
	{ "CreateItem-response-contact.xml", try_contact_create, "from 8.0.602" },
	{ "CreateItem-response-task.xml", try_task_create, "from 8.0.653" },
	{ "CreateItem-response-ex2016-calendaritem.xml", try_calendar_create_item,
	  "from 15.1.2507" },
	{ "ExportItems-response-own.xml", tell_exported, "octets=8 from 15.2.2562" },
	{ "ExportItems-response-error.xml", tell_exported, "octets=254 from 14.1.164" },
	{ "UploadItems-response-error.xml", tell_uploaded,
	  "!ErrorItemNotFound from 14.1.164" },
	{ "GetUserPhoto-response-own.xml", tell_photo, "octets=22 from 15.2.2562" },
	{ "ConvertId-response-xl-2.xml", tell_address,
	  "address=-1 failed: syntax ErrorInvalidSmtpAddress" },
};

static bool tell(size_t i)
{
	struct ews_account *account = quiet_account();
	struct err err = { 0 };
	struct ews_conn *conn = ews_conn_new(account, &err);
	struct ews_server server;

	given = 0;
	strbuf_reset(&said);
	ews_conn_replay(conn, (struct ews_replay){ answer, NULL });
	if (!rows[i].tell(conn, &err)) {
		const struct ews_status *status = &ews_conn_last(conn)->status;

		strbuf_addf(&said, "%sfailed: %s%s%s", said.len ? " " : "",
			    err_name(err.code), status->response_code[0] ? " " : "",
			    status->response_code);
		if (err.retry_after_s)
			say("after", err.retry_after_s);
	}
	server = ews_account_server(account);
	if (server.major)
		strbuf_addf(&said, "%s%d.%d.%d", said.len ? " from " : "from ",
			    server.major, server.minor, server.build);
	ews_conn_free(conn);
	ews_account_free(account);
	return true;
}

static void test_golden(void **state)
{
	size_t read = 0, wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[4096];
		struct err err;

		snprintf(path, sizeof(path), "%s/ews/samples/%s", shared_folder(),
			 rows[i].file);
		strbuf_reset(&sample);
		if (!file_read(path, &sample, &err) || !tell(i))
			continue;
		read++;
		if (str_eq(strbuf_str(&said), str_from(rows[i].want)))
			continue;
		fprintf(stderr, "%s:\n  %s\n  want: %s\n", rows[i].file,
			strbuf_cstr(&said), rows[i].want);
		wrong++;
	}
	strbuf_finish(&sample);
	strbuf_finish(&said);
	if (read == 0)
		skip();
	assert_int_equal(read, ARRAY_LEN(rows));
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
