/* LSUB: RFC 3501 section 6.3.9. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/mailbox.h"

enum { SUBSCRIBED_BYTES = 16 * 1024 * 1024 };

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_list_lsub_parse(in, &args->list, err);
}

static void tell(struct imap_client *client, const char *attributes, struct str path)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(4 * IMAP_MAILBOX_BYTES);

	strbuf_addf(&line, "* LSUB (%s) \"/\" ", attributes);
	imap_mailbox_quote(path, client->utf8, &line);
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
}

/*
 * A subscribed name that '%' stops short of shows as its parent with \Noselect, unless
 * the parent is subscribed itself (RFC 3501 section 6.3.9). The list is sorted, so equal
 * parents come together but for names between; @last is the parent told last.
 */
static void tell_parent(struct imap_client *client, const struct imap_list *list,
			const struct strbuf *subscribed, struct str path,
			struct strbuf *last)
{
	for (size_t len = path.len; len-- > 0;) {
		struct str parent = str_sub(path, 0, len), rest = strbuf_str(subscribed);
		struct str other;
		bool itself = false;

		if (path.p[len] != '/' || !imap_list_matches(list, parent, client->utf8))
			continue;
		while (str_split(&rest, '\n', &other) && other.len)
			itself = itself || str_eq(other, parent);
		if (!itself && !str_eq(strbuf_str(last), parent))
			tell(client, "\\Noselect", parent);
		strbuf_reset(last);
		strbuf_add(last, parent);
		return;
	}
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf subscribed = STRBUF(SUBSCRIBED_BYTES);
	CLEANUP(strbuf_finish) struct strbuf last = STRBUF(IMAP_MAILBOX_BYTES);
	struct str pattern = args->list.patterns[0], rest, path;

	if (!pattern.len) {
		stream_write(client->out, STR("* LSUB (\\Noselect) \"/\" \"\"\r\n"));
		return true;
	}
	if (!store_subscribed(client->store, &subscribed, err))
		return false;
	rest = strbuf_str(&subscribed);
	while (str_split(&rest, '\n', &path) && path.len) {
		if (imap_list_matches(&args->list, path, client->utf8))
			tell(client, "", path);
		else if (str_ends(pattern, STR("%")))
			tell_parent(client, &args->list, &subscribed, path, &last);
	}
	return true;
}

const struct imap_command imap_cmd_lsub = {
	"LSUB", IMAP_INSIDE, IMAP_FOLDERS, parse, run, NULL,
};
