/*
 * GETMETADATA, SETMETADATA: RFC 5464. Annotations are private and stay here: Exchange has
 * no place for them, and nobody else would see shared ones.
 */
#include "bridge/mime/imap_render.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"

enum { RESPONSE_BYTES = 16 * 1024 * 1024 };

static bool parse_get(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_metadata_parse_get(in, &args->metadata, err);
}

static bool parse_set(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_metadata_parse_set(in, &args->metadata, err);
}

/* 0: the server */
static bool place(struct imap_client *client, struct str mailbox, int64_t *box_id_r,
		  struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };

	*box_id_r = 0;
	if (!mailbox.len)
		return true;
	if (!imap_client_box(client, mailbox, &box, err))
		return false;
	*box_id_r = box.id;
	return true;
}

static void write_values(const struct imap_metadata *m,
			 const struct store_annotations *list, size_t *longest,
			 struct strbuf *out)
{
	const char *before = "(";

	for (size_t i = 0; i < list->count; i++) {
		const struct store_annotation *a = &list->items[i];

		if (!imap_metadata_wants(m, str_from(a->entry)))
			continue;
		if (a->value.len > m->max_bytes) {
			*longest = MAX_OF(*longest, a->value.len);
			continue;
		}
		strbuf_addf(out, "%s%s ", before, a->entry);
		mime_imap_string(strbuf_str(&a->value), out);
		before = " ";
	}
	if (*before == ' ')
		strbuf_addc(out, ')');
	else
		strbuf_reset(out);
}

static bool run_get(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_annotations_finish) struct store_annotations list = { 0 };
	CLEANUP(strbuf_finish) struct strbuf values = STRBUF(RESPONSE_BYTES);
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(4 * IMAP_MAILBOX_BYTES);
	const struct imap_metadata *m = &args->metadata;
	size_t longest = 0;
	int64_t box_id;

	if (!place(client, m->mailbox, &box_id, err) ||
	    !store_annotations_read(client->store, box_id, &list, err))
		return false;
	write_values(m, &list, &longest, &values);
	imap_mailbox_quote(m->mailbox, client->utf8, &name);
	if (values.len) {
		stream_write(client->out, STR("* METADATA "));
		stream_write(client->out, strbuf_str(&name));
		stream_write(client->out, STR(" "));
		stream_write(client->out, strbuf_str(&values));
		stream_write(client->out, STR("\r\n"));
	}
	if (longest)
		strbuf_addf(&client->done, "[METADATA LONGENTRIES %zu] some are longer",
			    longest);
	return strbuf_ok(&values, err);
}

const struct imap_command imap_cmd_getmetadata = {
	"GETMETADATA", IMAP_INSIDE, 0, parse_get, run_get, "METADATA",
};

static bool run_set(struct imap_client *client, struct imap_args *args, struct err *err)
{
	const struct imap_metadata *m = &args->metadata;
	int64_t box_id;

	for (size_t i = 0; i < m->count; i++) {
		if (!str_starts_nocase(m->entries[i].entry, STR("/private/")))
			return imap_client_refuse(client, err,
						  "[NOPERM] entries below /private are "
						  "kept, no others");
		if (m->entries[i].value.len > STORE_ANNOTATION_BYTES)
			return imap_client_refuse(client, err,
						  "[METADATA MAXSIZE 65536] too long");
	}
	if (!place(client, m->mailbox, &box_id, err))
		return false;
	if (store_annotations_set(client->store, box_id, m->entries, m->count, err)) {
		imap_notify_annotated(client, box_id);
		return true;
	}
	return err->code == ERR_LIMIT &&
	       imap_client_refuse(client, err, "[METADATA TOOMANY] too many entries");
}

const struct imap_command imap_cmd_setmetadata = {
	"SETMETADATA", IMAP_INSIDE, 0, parse_set, run_set, NULL,
};
