/*
 * LIST and LSUB: RFC 3501 sections 6.3.8 and 6.3.9, special uses: RFC 6154, children:
 * RFC 3348. Folders that are not for mail are not shown.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"

enum { SUBSCRIBED_BYTES = 16 * 1024 * 1024 };

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_read_sp(in, err) && imap_read_astring(in, &args->reference, err) &&
	       imap_read_sp(in, err) && imap_read_pattern(in, &args->pattern, err) &&
	       imap_read_end(in, err);
}

/* The reference is what the pattern is relative to: both in one. */
static bool whole_pattern(const struct imap_args *args, struct strbuf *pattern,
			  struct err *err)
{
	strbuf_add(pattern, args->reference);
	strbuf_add(pattern, args->pattern);
	return strbuf_ok(pattern, err);
}

static bool is_shown(const struct store_box *box)
{
	return box->kind == BOX_MAIL && !box->hidden;
}

static bool is_below(struct str path, struct str parent)
{
	return path.len > parent.len && str_starts(path, parent) &&
	       path.p[parent.len] == '/';
}

static bool has_children(const struct store_boxes *boxes, struct str path)
{
	for (size_t i = 0; i < boxes->count; i++)
		if (is_shown(&boxes->items[i]) &&
		    is_below(str_from(boxes->items[i].path), path))
			return true;
	return false;
}

static const char *special_use(enum box_use use)
{
	switch (use) {
	case BOX_USE_DRAFTS:
		return " \\Drafts";
	case BOX_USE_SENT:
		return " \\Sent";
	case BOX_USE_TRASH:
		return " \\Trash";
	case BOX_USE_JUNK:
		return " \\Junk";
	case BOX_USE_ARCHIVE:
		return " \\Archive";
	case BOX_USE_NONE:
	case BOX_USE_INBOX:
	case BOX_USE_OUTBOX:
	case BOX_USE_CALENDAR:
		return "";
	}
	return "";
}

static bool matches(const struct strbuf *pattern, struct str path)
{
	CLEANUP(strbuf_finish) struct strbuf wire = STRBUF(2 * IMAP_MAILBOX_BYTES);

	imap_mailbox_wire(path, &wire);
	return imap_mailbox_match(strbuf_str(pattern), strbuf_str(&wire));
}

static void tell(struct imap_client *client, const char *response, const char *attributes,
		 const char *use, struct str path)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(4 * IMAP_MAILBOX_BYTES);

	strbuf_addf(&line, "* %s (%s%s) \"/\" ", response, attributes, use);
	imap_mailbox_quote(path, &line);
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
}

static bool run_list(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	CLEANUP(strbuf_finish) struct strbuf pattern = STRBUF(IMAP_MAILBOX_BYTES);

	if (!args->pattern.len) {
		stream_write(client->out, STR("* LIST (\\Noselect) \"/\" \"\"\r\n"));
		return true;
	}
	if (!whole_pattern(args, &pattern, err) ||
	    !store_box_list(client->store, &boxes, err))
		return false;
	for (size_t i = 0; i < boxes.count; i++) {
		struct str path = str_from(boxes.items[i].path);

		if (is_shown(&boxes.items[i]) && matches(&pattern, path))
			tell(client, "LIST",
			     has_children(&boxes, path) ? "\\HasChildren"
							: "\\HasNoChildren",
			     special_use(boxes.items[i].use), path);
	}
	return true;
}

const struct imap_command imap_cmd_list = {
	"LIST", IMAP_INSIDE, 0, parse, run_list, "SPECIAL-USE CHILDREN",
};

/*
 * A subscribed name that '%' stops short of shows as its parent with \Noselect, unless
 * the parent is subscribed itself (RFC 3501 section 6.3.9). The list is sorted, so equal
 * parents come together but for names between; @last_r is the parent told last.
 */
static void tell_parent(struct imap_client *client, const struct strbuf *pattern,
			const struct strbuf *subscribed, struct str path,
			struct strbuf *last)
{
	for (size_t len = path.len; len-- > 0;) {
		struct str parent = str_sub(path, 0, len), rest = strbuf_str(subscribed);
		struct str other;
		bool itself = false;

		if (path.p[len] != '/' || !matches(pattern, parent))
			continue;
		while (str_split(&rest, '\n', &other) && other.len)
			itself = itself || str_eq(other, parent);
		if (!itself && !str_eq(strbuf_str(last), parent))
			tell(client, "LSUB", "\\Noselect", "", parent);
		strbuf_reset(last);
		strbuf_add(last, parent);
		return;
	}
}

static bool run_lsub(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf subscribed = STRBUF(SUBSCRIBED_BYTES);
	CLEANUP(strbuf_finish) struct strbuf pattern = STRBUF(IMAP_MAILBOX_BYTES);
	CLEANUP(strbuf_finish) struct strbuf last = STRBUF(IMAP_MAILBOX_BYTES);
	struct str rest, path;

	if (!args->pattern.len) {
		stream_write(client->out, STR("* LSUB (\\Noselect) \"/\" \"\"\r\n"));
		return true;
	}
	if (!whole_pattern(args, &pattern, err) ||
	    !store_subscribed(client->store, &subscribed, err))
		return false;
	rest = strbuf_str(&subscribed);
	while (str_split(&rest, '\n', &path) && path.len) {
		if (matches(&pattern, path))
			tell(client, "LSUB", "", "", path);
		else if (pattern.p[pattern.len - 1] == '%')
			tell_parent(client, &pattern, &subscribed, path, &last);
	}
	return true;
}

const struct imap_command imap_cmd_lsub = {
	"LSUB", IMAP_INSIDE, 0, parse, run_lsub, NULL,
};
