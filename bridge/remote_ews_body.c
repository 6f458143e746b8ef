/*
 * Bodies: the MIME that Exchange makes, and where it cannot make any, a message of ours
 * from the item's properties and attachments, which says so in a header field. A message
 * is never left out.
 */
#include "bridge/remote_ews.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "bridge/mime/build.h"

#define PARTS_MAX ((size_t)256 << 20) /* of a message made from properties */

/* ---- properties as a header
 * -------------------------------------------------------------- */

static struct mime_mailbox mailbox_of(const struct ews_mailbox *box)
{
	struct mime_mailbox out = { .name = str_from(box->name),
				    .address = str_from(box->address) };

	/* An X.500 name is no address that a client could answer to. */
	if (str_find_char(out.address, '@') < 0) {
		if (out.name.len == 0)
			out.name = out.address;
		out.address = STR_NONE;
	}
	return out;
}

static struct mime_mailboxes mailboxes_of(const struct ews_mailboxes *boxes,
					  struct ews_arena *arena)
{
	struct mime_mailbox *list = ews_arena_alloc(arena,
						    (boxes->count + 1) * sizeof(*list));

	for (size_t i = 0; i < boxes->count; i++)
		list[i] = mailbox_of(&boxes->list[i]);
	return (struct mime_mailboxes){ list, boxes->count };
}

void remote_ews_build(const struct ews_item *item, struct ews_arena *arena,
		      struct mime_build *build_r)
{
	struct mime_date *date = ews_arena_alloc(arena, sizeof(*date));
	int64_t sent = item->sent_unix != EWS_TIME_NONE ? item->sent_unix
							: item->created_unix;

	*build_r = (struct mime_build){
		.to = mailboxes_of(&item->to, arena),
		.cc = mailboxes_of(&item->cc, arena),
		.bcc = mailboxes_of(&item->bcc, arena),
		.reply_to = mailboxes_of(&item->reply_to, arena),
		.subject = str_from(item->subject),
		.message_id = str_from(item->message_id),
		.in_reply_to = str_from(item->in_reply_to),
		.references = str_from(item->references),
	};
	if (item->from.count > 0)
		build_r->from = mailbox_of(&item->from.list[0]);
	else if (item->sender.count > 0)
		build_r->from = mailbox_of(&item->sender.list[0]);
	if (sent != EWS_TIME_NONE) {
		date->unix_s = sent;
		build_r->date = date;
	}
}

void remote_ews_header(const struct ews_item *item, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf message = STRBUF(REMOTE_EWS_TEXT_MAX);
	CLEANUP(ews_arena_finish) struct ews_arena arena = { 0 };
	struct mime_build build;
	struct str rest, line;
	struct err err;

	remote_ews_build(item, &arena, &build);
	if (!mime_build(&build, &message, &err))
		return;
	/* Its fields about content are not those of the body to come. */
	rest = strbuf_str(&message);
	while (str_split(&rest, '\n', &line) && str_trim(line).len > 0) {
		if (str_starts_nocase(line, STR("content-")) ||
		    str_starts_nocase(line, STR("mime-version")))
			break;
		strbuf_add(out, line);
		strbuf_addc(out, '\n');
	}
}

/* ---- a message of properties
 * -------------------------------------------------------------- */

struct parts {
	struct ews_attachment_content *contents;
	struct mime_attachment *list;
	size_t count;
};

static void parts_finish(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		ews_attachment_content_finish(&parts->contents[i]);
	free(parts->contents);
	free(parts->list);
}

static struct mime_attachment part_of(const struct ews_attachment *a,
				      const struct ews_attachment_content *content)
{
	struct mime_attachment part = {
		.type = str_from(a->content_type),
		.filename = str_from(a->name),
		.content_id = str_from(a->content_id),
		.is_inline = a->is_inline,
		.octets = strbuf_str(&content->content),
	};

	if (a->type == EWS_ATTACHMENT_ITEM)
		part.type = STR("message/rfc822");
	if (a->type == EWS_ATTACHMENT_REFERENCE) {
		part.type = STR("text/plain");
		part.octets = str_from(a->url);
	}
	return part;
}

/* An attachment that cannot be had leaves an empty part with its name. */
static bool parts_get(struct remote_ews_conn *c, const struct ews_content *content,
		      struct parts *parts, struct remote_fail *fail)
{
	size_t room = content->attachment_count + 1, bytes = 0;

	parts->contents = mem_array(room, sizeof(*parts->contents));
	parts->list = mem_array(room, sizeof(*parts->list));
	for (size_t i = 0; i < content->attachment_count; i++) {
		const struct ews_attachment *a = &content->attachments[i];
		struct ews_attachment_content *got = &parts->contents[parts->count];

		if (a->type != EWS_ATTACHMENT_REFERENCE && a->id &&
		    !ews_attachment_get(c->ews, a->id, got, &fail->err)) {
			if (fail->err.code == ERR_OFFLINE || fail->err.code == ERR_AUTH ||
			    fail->err.code == ERR_THROTTLED) {
				ews_attachment_content_finish(got);
				return remote_ews_failed(c, fail);
			}
			ews_attachment_content_finish(got);
			*got = (struct ews_attachment_content){ 0 };
			*fail = (struct remote_fail){ 0 };
		}
		bytes += got->content.len;
		if (bytes > PARTS_MAX / 2)
			strbuf_finish(&got->content);
		parts->list[parts->count++] = part_of(a, got);
	}
	return true;
}

static bool build_from(const struct ews_content *content, const struct parts *parts,
		       const char *why, struct strbuf *out, struct remote_fail *fail)
{
	CLEANUP(ews_arena_finish) struct ews_arena arena = { 0 };
	struct mime_property note = {
		.name = STR("X-Passerelle-Note"),
		.value = str_from(why),
	};
	struct mime_build build;

	remote_ews_build(&content->item, &arena, &build);
	build.properties = &note;
	build.property_count = 1;
	build.text = content->text	     ? str_from(content->text)
		     : content->body_is_html ? STR_NONE
					     : str_from(content->body);
	if (content->body_is_html)
		build.html = str_from(content->body);
	if (!build.text.p && !build.html.p)
		build.text = STR("");
	build.attachments = parts->list;
	build.attachment_count = parts->count;
	return mime_build(&build, out, &fail->err);
}

static bool synthesise_into(struct remote_ews_conn *c, const char *id, const char *why,
			    struct strbuf *out, struct remote_fail *fail)
{
	CLEANUP(parts_finish) struct parts parts = { 0 };
	struct ews_ref ref = { .id = id };
	struct ews_contents contents = { 0 };
	bool ok = ews_item_get_content(c->ews, &ref, 1, &contents, &fail->err) ||
		  remote_ews_failed(c, fail);

	ok = ok && contents.count == 1 &&
	     remote_ews_status(&contents.list[0].item.status, fail) &&
	     parts_get(c, &contents.list[0], &parts, fail) &&
	     build_from(&contents.list[0], &parts, why, out, fail);
	ews_contents_finish(&contents);
	return ok;
}

static void synthesise(struct remote_ews_conn *c, const char *id,
		       const struct ews_sink *sink, struct remote_fail *fail)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(PARTS_MAX);
	char why[300];

	snprintf(why, sizeof(why), "made from properties; the server says: %s",
		 fail->err.text);
	*fail = (struct remote_fail){ 0 };
	if (!sink->restart(sink->context, &fail->err) ||
	    !synthesise_into(c, id, why, &mime, fail) ||
	    !sink->write(sink->context, strbuf_str(&mime), &fail->err))
		assert(fail->err.code != ERR_OK);
}

/* ---- a batch
 * ------------------------------------------------------------------------------ */

static bool can_be_made(const struct ews_status *status)
{
	return status->code == EWS_CODE_NO_MIME || status->code == EWS_CODE_CORRUPT ||
	       status->code == EWS_CODE_TOO_LARGE ||
	       status->code == EWS_CODE_INVALID_PROPERTY ||
	       (status->code == EWS_CODE_OTHER && !status->retry);
}

bool remote_ews_bodies_read(struct remote_conn *conn, const char *const *ids,
			    size_t count, const struct ews_sink *sinks,
			    struct remote_fail *fails, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_ref *refs = remote_ews_refs(ids, count);
	struct ews_fetched got = { 0 };
	bool ok = ews_item_fetch_mime(c->ews, refs, count, sinks, &got, &fail->err);

	free(refs);
	if (!ok) {
		ews_fetched_finish(&got);
		return remote_ews_failed(c, fail);
	}
	for (size_t i = 0; i < count; i++) {
		fails[i] = (struct remote_fail){ 0 };
		if (!remote_ews_status(&got.list[i].status, &fails[i]) &&
		    can_be_made(&got.list[i].status))
			synthesise(c, ids[i], &sinks[i], &fails[i]);
	}
	ews_fetched_finish(&got);
	return true;
}
