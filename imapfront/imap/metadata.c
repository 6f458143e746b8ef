/* What METADATA commands name: see metadata.h. */
#include "imapfront/imap/metadata.h"

enum { ENTRY_BYTES = 512 };

/* "/private/..." or "/shared/...", no empty parts, no wildcards (RFC 5464 section 3.2) */
static bool check_entry(struct str entry, struct err *err)
{
	bool fine = str_starts(entry, STR("/")) && entry.len <= ENTRY_BYTES &&
		    !str_ends(entry, STR("/")) && str_find(entry, STR("//")) < 0;

	for (size_t i = 0; i < entry.len; i++)
		fine = fine && entry.p[i] > ' ' && entry.p[i] < 127 &&
		       entry.p[i] != '*' && entry.p[i] != '%';
	return fine || err_set(err, ERR_SYNTAX, "no name of an entry");
}

/* The mailbox; "" is the server. */
static bool read_place(struct imap_reader *in, struct imap_metadata *m, struct err *err)
{
	if (imap_take_word(in, STR("\"\""))) {
		m->mailbox = STR("");
		return true;
	}
	return imap_read_mailbox(in, &m->mailbox, err);
}

static bool read_option(struct imap_reader *in, struct imap_metadata *m, struct err *err)
{
	if (imap_take_word(in, STR("MAXSIZE")))
		return imap_read_sp(in, err) && imap_read_number(in, &m->max_bytes, err);
	if (!imap_take_word(in, STR("DEPTH")))
		return err_set(err, ERR_SYNTAX, "unknown option of GETMETADATA");
	if (!imap_read_sp(in, err))
		return false;
	if (imap_take_word(in, STR("0")))
		m->depth = IMAP_METADATA_EXACT;
	else if (imap_take_word(in, STR("1")))
		m->depth = IMAP_METADATA_CHILDREN;
	else if (imap_take_word(in, STR("infinity")))
		m->depth = IMAP_METADATA_ALL;
	else
		return err_set(err, ERR_SYNTAX, "DEPTH is 0, 1 or infinity");
	return true;
}

/* "(" option *(SP option) ")" SP: starts with a name, where entries start with '/' */
static bool read_options(struct imap_reader *in, struct imap_metadata *m, struct err *err)
{
	if (!imap_peek(in, '(') || str_starts(in->rest, STR("(/")) ||
	    str_starts(in->rest, STR("(\"")) || str_starts(in->rest, STR("({")))
		return true;
	if (!imap_read_char(in, '(', err))
		return false;
	do {
		if (!read_option(in, m, err))
			return false;
	} while (imap_take(in, ' '));
	return imap_read_char(in, ')', err) && imap_read_sp(in, err);
}

static bool read_entry(struct imap_reader *in, bool with_value, struct imap_metadata *m,
		       struct err *err)
{
	struct store_annotation_change *e = &m->entries[m->count];

	if (m->count++ == IMAP_METADATA_ENTRIES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d entries",
			       IMAP_METADATA_ENTRIES_MAX);
	if (!imap_read_astring(in, &e->entry, err) || !check_entry(e->entry, err))
		return false;
	if (!with_value)
		return true;
	if (!imap_read_sp(in, err))
		return false;
	imap_take(in, '~'); /* literal8 */
	return imap_read_nstring(in, &e->value, err);
}

static bool read_entries(struct imap_reader *in, bool with_value, struct imap_metadata *m,
			 struct err *err)
{
	bool list = imap_take(in, '(');

	m->entries = pool_alloc(in->pool,
				(IMAP_METADATA_ENTRIES_MAX + 1) * sizeof(*m->entries));
	if (!list && with_value)
		return err_set(err, ERR_SYNTAX, "expected a list of entries");
	do {
		if (!read_entry(in, with_value, m, err))
			return false;
	} while (list && imap_take(in, ' '));
	return !list || imap_read_char(in, ')', err);
}

/* "GETMETADATA" [SP options] SP mailbox SP entries; options may also follow the mailbox
 */
bool imap_metadata_parse_get(struct imap_reader *in, struct imap_metadata *metadata_r,
			     struct err *err)
{
	struct imap_metadata m = { .max_bytes = UINT32_MAX };

	if (!imap_read_sp(in, err) || !read_options(in, &m, err) ||
	    !read_place(in, &m, err) || !imap_read_sp(in, err) ||
	    !read_options(in, &m, err) || !read_entries(in, false, &m, err))
		return false;
	*metadata_r = m;
	return imap_read_end(in, err);
}

bool imap_metadata_parse_set(struct imap_reader *in, struct imap_metadata *metadata_r,
			     struct err *err)
{
	struct imap_metadata m = { 0 };

	if (!imap_read_sp(in, err) || !read_place(in, &m, err) ||
	    !imap_read_sp(in, err) || !read_entries(in, true, &m, err))
		return false;
	*metadata_r = m;
	return imap_read_end(in, err);
}

bool imap_metadata_wants(const struct imap_metadata *metadata, struct str entry)
{
	for (size_t i = 0; i < metadata->count; i++) {
		struct str wanted = metadata->entries[i].entry, below;

		if (str_eq_nocase(entry, wanted))
			return true;
		if (!str_starts_nocase(entry, wanted) || entry.len <= wanted.len ||
		    entry.p[wanted.len] != '/')
			continue;
		below = str_sub(entry, wanted.len + 1, entry.len);
		if (metadata->depth == IMAP_METADATA_ALL ||
		    (metadata->depth == IMAP_METADATA_CHILDREN &&
		     str_find_char(below, '/') < 0))
			return true;
	}
	return false;
}
