/* Which mailboxes a word and its names mean: see source.h. */
#include "imapfront/imap/source.h"

static const struct {
	struct str name;
	enum imap_source_kind kind;
	bool mailboxes; /* followed by names */
} sources[] = {
	{ { "SELECTED", 8 }, IMAP_SOURCE_SELECTED, false },
	{ { "SELECTED-DELAYED", 16 }, IMAP_SOURCE_SELECTED, false },
	{ { "INBOXES", 7 }, IMAP_SOURCE_INBOXES, false },
	{ { "PERSONAL", 8 }, IMAP_SOURCE_PERSONAL, false },
	{ { "SUBSCRIBED", 10 }, IMAP_SOURCE_SUBSCRIBED, false },
	{ { "SUBTREE", 7 }, IMAP_SOURCE_SUBTREE, true },
	{ { "SUBTREE-ONE", 11 }, IMAP_SOURCE_SUBTREE_ONE, true },
	{ { "MAILBOXES", 9 }, IMAP_SOURCE_MAILBOXES, true },
};

/* one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")" */
static bool read_names(struct imap_reader *in, enum imap_source_kind kind,
		       struct imap_source ***tail, struct err *err)
{
	bool list = imap_take(in, '(');

	do {
		struct imap_source *source = pool_alloc(in->pool, sizeof(*source));

		source->kind = kind;
		if (!imap_read_mailbox(in, &source->mailbox, err))
			return false;
		**tail = source;
		*tail = &source->next;
	} while (list && imap_take(in, ' '));
	return !list || imap_read_char(in, ')', err);
}

bool imap_source_read(struct imap_reader *in, struct imap_source ***tail, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct imap_source *source;

		if (!imap_take_word(in, sources[i].name))
			continue;
		if (sources[i].mailboxes)
			return imap_read_sp(in, err) &&
			       read_names(in, sources[i].kind, tail, err);
		source = pool_alloc(in->pool, sizeof(*source));
		source->kind = sources[i].kind;
		**tail = source;
		*tail = &source->next;
		return true;
	}
	return err_set(err, ERR_SYNTAX, "unknown kind of mailboxes");
}

static bool is_below(struct str path, struct str parent, bool directly)
{
	struct str rest;

	if (!str_starts(path, parent) || path.len <= parent.len ||
	    path.p[parent.len] != '/')
		return false;
	rest = str_sub(path, parent.len + 1, path.len);
	return !directly || str_find_char(rest, '/') < 0;
}

bool imap_source_names(const struct imap_source *source, int64_t selected_id,
		       const struct store_box *box)
{
	struct str path = str_from(box->path);

	switch (source->kind) {
	case IMAP_SOURCE_SELECTED:
		return selected_id && box->id == selected_id;
	case IMAP_SOURCE_INBOXES:
		return box->use == BOX_USE_INBOX;
	case IMAP_SOURCE_PERSONAL:
		return true;
	case IMAP_SOURCE_SUBSCRIBED:
		return box->subscribed;
	case IMAP_SOURCE_SUBTREE:
	case IMAP_SOURCE_SUBTREE_ONE:
		return str_eq(path, source->mailbox) ||
		       is_below(path, source->mailbox,
				source->kind == IMAP_SOURCE_SUBTREE_ONE);
	case IMAP_SOURCE_MAILBOXES:
		return str_eq(path, source->mailbox);
	}
	return false;
}
