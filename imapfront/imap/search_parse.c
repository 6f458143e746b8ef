/* SEARCH's keys by table: search-key in RFC 3501 section 9. */
#include "base/base64.h"
#include "bridge/mime/charset.h"
#include "bridge/mime/date.h"
#include "bridge/mime/search.h"
#include "imapfront/imap/flags.h"
#include "imapfront/imap/keyword.h"
#include "imapfront/imap/search.h"

enum { TEXT_BYTES = 64 * 1024 };

enum argument {
	NONE,
	STRING,
	FIELD_AND_STRING,
	DATE,
	NUMBER,
	INTERVAL, /* seconds, not 0 */
	KEYWORD,
	OBJECT_ID,
	THREAD_ID,
	UID_SET,
	MODSEQ
};

static const struct {
	struct str name;
	enum imap_search_kind kind;
	enum argument argument;
	bool negated;
	unsigned flag;
	struct str field;
} keys[] = {
#define NAME(text)                                                                       \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}
	{ NAME("ALL"), IMAP_SEARCH_AND, NONE, false, 0, { 0 } },
	{ NAME("ANSWERED"), IMAP_SEARCH_FLAG, NONE, false, MSG_ANSWERED, { 0 } },
	{ NAME("BCC"), IMAP_SEARCH_HEADER, STRING, false, 0, NAME("Bcc") },
	{ NAME("BEFORE"), IMAP_SEARCH_BEFORE, DATE, false, 0, { 0 } },
	{ NAME("BODY"), IMAP_SEARCH_BODY, STRING, false, 0, { 0 } },
	{ NAME("CC"), IMAP_SEARCH_HEADER, STRING, false, 0, NAME("Cc") },
	{ NAME("DELETED"), IMAP_SEARCH_FLAG, NONE, false, MSG_DELETED, { 0 } },
	{ NAME("DRAFT"), IMAP_SEARCH_FLAG, NONE, false, MSG_DRAFT, { 0 } },
	{ NAME("EMAILID"), IMAP_SEARCH_EMAIL_ID, OBJECT_ID, false, 0, { 0 } },
	{ NAME("FLAGGED"), IMAP_SEARCH_FLAG, NONE, false, MSG_FLAGGED, { 0 } },
	{ NAME("FROM"), IMAP_SEARCH_HEADER, STRING, false, 0, NAME("From") },
	{ NAME("HEADER"), IMAP_SEARCH_HEADER, FIELD_AND_STRING, false, 0, { 0 } },
	{ NAME("KEYWORD"), IMAP_SEARCH_KEYWORD, KEYWORD, false, 0, { 0 } },
	{ NAME("LARGER"), IMAP_SEARCH_LARGER, NUMBER, false, 0, { 0 } },
	{ NAME("MODSEQ"), IMAP_SEARCH_MODSEQ, MODSEQ, false, 0, { 0 } },
	{ NAME("NEW"), IMAP_SEARCH_NEW, NONE, false, 0, { 0 } },
	{ NAME("OLD"), IMAP_SEARCH_RECENT, NONE, true, 0, { 0 } },
	{ NAME("OLDER"), IMAP_SEARCH_OLDER, INTERVAL, false, 0, { 0 } },
	{ NAME("ON"), IMAP_SEARCH_ON, DATE, false, 0, { 0 } },
	{ NAME("RECENT"), IMAP_SEARCH_RECENT, NONE, false, 0, { 0 } },
	{ NAME("SAVEDATESUPPORTED"), IMAP_SEARCH_AND, NONE, false, 0, { 0 } },
	{ NAME("SAVEDBEFORE"), IMAP_SEARCH_SAVED_BEFORE, DATE, false, 0, { 0 } },
	{ NAME("SAVEDON"), IMAP_SEARCH_SAVED_ON, DATE, false, 0, { 0 } },
	{ NAME("SAVEDSINCE"), IMAP_SEARCH_SAVED_SINCE, DATE, false, 0, { 0 } },
	{ NAME("SEEN"), IMAP_SEARCH_FLAG, NONE, false, MSG_SEEN, { 0 } },
	{ NAME("SENTBEFORE"), IMAP_SEARCH_SENT_BEFORE, DATE, false, 0, { 0 } },
	{ NAME("SENTON"), IMAP_SEARCH_SENT_ON, DATE, false, 0, { 0 } },
	{ NAME("SENTSINCE"), IMAP_SEARCH_SENT_SINCE, DATE, false, 0, { 0 } },
	{ NAME("SINCE"), IMAP_SEARCH_SINCE, DATE, false, 0, { 0 } },
	{ NAME("SMALLER"), IMAP_SEARCH_SMALLER, NUMBER, false, 0, { 0 } },
	{ NAME("SUBJECT"), IMAP_SEARCH_HEADER, STRING, false, 0, NAME("Subject") },
	{ NAME("TEXT"), IMAP_SEARCH_TEXT, STRING, false, 0, { 0 } },
	{ NAME("THREADID"), IMAP_SEARCH_THREAD_ID, THREAD_ID, false, 0, { 0 } },
	{ NAME("TO"), IMAP_SEARCH_HEADER, STRING, false, 0, NAME("To") },
	{ NAME("UID"), IMAP_SEARCH_UIDS, UID_SET, false, 0, { 0 } },
	{ NAME("UNANSWERED"), IMAP_SEARCH_FLAG, NONE, true, MSG_ANSWERED, { 0 } },
	{ NAME("UNDELETED"), IMAP_SEARCH_FLAG, NONE, true, MSG_DELETED, { 0 } },
	{ NAME("UNDRAFT"), IMAP_SEARCH_FLAG, NONE, true, MSG_DRAFT, { 0 } },
	{ NAME("UNFLAGGED"), IMAP_SEARCH_FLAG, NONE, true, MSG_FLAGGED, { 0 } },
	{ NAME("UNKEYWORD"), IMAP_SEARCH_KEYWORD, KEYWORD, true, 0, { 0 } },
	{ NAME("UNSEEN"), IMAP_SEARCH_FLAG, NONE, true, MSG_SEEN, { 0 } },
	{ NAME("YOUNGER"), IMAP_SEARCH_YOUNGER, INTERVAL, false, 0, { 0 } },
#undef NAME
};

struct parser {
	struct imap_reader *in;
	struct str charset;
	unsigned count, depth;
	bool modseq;
};

static bool read_key(struct parser *p, struct imap_search_key **key_r, struct err *err);

static struct imap_search_key *key_new(struct parser *p, enum imap_search_kind kind)
{
	struct imap_search_key *key = pool_alloc(p->in->pool, sizeof(*key));

	key->kind = kind;
	return key;
}

static struct imap_search_key *negate(struct parser *p, struct imap_search_key *key)
{
	struct imap_search_key *above = key_new(p, IMAP_SEARCH_NOT);

	above->child = key;
	return above;
}

static bool read_text(struct parser *p, struct str *text_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf utf8 = STRBUF(4 * TEXT_BYTES);
	CLEANUP(strbuf_finish) struct strbuf folded = STRBUF(16 * TEXT_BYTES);
	struct str text;

	if (!imap_read_astring(p->in, &text, err))
		return false;
	if (text.len > TEXT_BYTES)
		return err_set(err, ERR_LIMIT, "text to search for is too long");
	mime_charset_to_utf8(p->charset, text, &utf8);
	mime_fold(strbuf_str(&utf8), &folded);
	if (!strbuf_ok(&utf8, err) || !strbuf_ok(&folded, err))
		return false;
	*text_r = pool_dup(p->in->pool, strbuf_str(&folded));
	return true;
}

static bool read_date(struct parser *p, int64_t *day_r, struct err *err)
{
	struct str text;

	return imap_read_astring(p->in, &text, err) &&
	       (mime_day_parse(text, day_r) || err_set(err, ERR_SYNTAX, "bad date"));
}

/* A keyword: its raw name, or $Forwarded, which is a flag here. Each of the two names of
 * a tag's category finds all messages that have it. */
static bool read_keyword(struct parser *p, struct imap_search_key *key, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf list = STRBUF(2 * IMAP_KEYWORD_BYTES + 2);
	struct str atom, rest, name;
	unsigned flags = 0;

	if (!imap_read_atom(p->in, &atom, err) ||
	    !imap_flag_add(atom, p->in->labels, &flags, &list, err))
		return false;
	if (flags) {
		key->kind = IMAP_SEARCH_FLAG;
		key->flag = flags;
		return true;
	}
	rest = strbuf_str(&list);
	while (str_split(&rest, '\n', &name) && name.len)
		if (!imap_keyword_is_stale(name, p->in->labels))
			key->text = pool_dup(p->in->pool, name);
	return true;
}

/* ["\"/flags/...\"" SP ("priv" / "shared" / "all") SP] mod-sequence; the counter is one
 * for all flags here, so that the entry does not matter */
static bool read_modseq(struct parser *p, uint64_t *number_r, struct err *err)
{
	struct str ignored;

	p->modseq = true;
	if (imap_peek(p->in, '"') &&
	    (!imap_read_string(p->in, &ignored, err) || !imap_read_sp(p->in, err) ||
	     !imap_read_atom(p->in, &ignored, err) || !imap_read_sp(p->in, err)))
		return false;
	return imap_read_number64(p->in, number_r, err);
}

/* "T" and 16 hexadecimal digits, as FETCH shows it; of another text it is 0, as no
 * message's is */
static bool read_thread(struct parser *p, uint64_t *number_r, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(8);
	struct str text;
	struct err odd;

	if (!imap_read_atom(p->in, &text, err))
		return false;
	if (text.len != 17 || text.p[0] != 'T' ||
	    !hex_decode(str_sub(text, 1, 16), &bytes, &odd))
		return true;
	for (size_t i = 0; i < bytes.len; i++)
		*number_r = *number_r << 8 | (unsigned char)bytes.p[i];
	return true;
}

static bool read_set(struct parser *p, struct imap_search_key *key, struct err *err)
{
	if (!imap_read_set(p->in, &key->set, err))
		return false;
	if (key->set.saved)
		key->kind = IMAP_SEARCH_SAVED;
	return true;
}

static bool read_argument(struct parser *p, enum argument argument,
			  struct imap_search_key *key, struct err *err)
{
	if (argument == NONE)
		return true;
	if (!imap_read_sp(p->in, err))
		return false;
	switch (argument) {
	case NONE:
		break;
	case FIELD_AND_STRING:
		return imap_read_astring(p->in, &key->field, err) &&
		       imap_read_sp(p->in, err) && read_text(p, &key->text, err);
	case STRING:
		return read_text(p, &key->text, err);
	case DATE:
		return read_date(p, &key->day, err);
	case NUMBER:
		return imap_read_number64(p->in, &key->number, err);
	case INTERVAL:
		return imap_read_number64(p->in, &key->number, err) &&
		       (key->number || err_set(err, ERR_SYNTAX, "interval of nothing"));
	case KEYWORD:
		return read_keyword(p, key, err);
	case MODSEQ:
		return read_modseq(p, &key->number, err);
	case OBJECT_ID:
		return imap_read_atom(p->in, &key->text, err);
	case THREAD_ID:
		return read_thread(p, &key->number, err);
	case UID_SET:
		return read_set(p, key, err);
	}
	return true;
}

/* Keys up to the end or the ')', all of which must hold. */
static bool read_list(struct parser *p, struct imap_search_key **key_r, struct err *err)
{
	struct imap_search_key *list = key_new(p, IMAP_SEARCH_AND);
	struct imap_search_key **tail = &list->child;

	do {
		if (!read_key(p, tail, err))
			return false;
		tail = &(*tail)->next;
	} while (imap_take(p->in, ' '));
	*key_r = list;
	return true;
}

static bool read_or(struct parser *p, struct imap_search_key **key_r, struct err *err)
{
	struct imap_search_key *key = key_new(p, IMAP_SEARCH_OR);

	*key_r = key;
	return imap_read_sp(p->in, err) && read_key(p, &key->child, err) &&
	       imap_read_sp(p->in, err) && read_key(p, &key->child->next, err);
}

static bool read_named(struct parser *p, struct imap_search_key **key_r, struct err *err)
{
	struct str name;

	if (!imap_read_atom(p->in, &name, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct imap_search_key *key;

		if (!str_eq_nocase(name, keys[i].name))
			continue;
		key = key_new(p, keys[i].kind);
		key->flag = keys[i].flag;
		key->field = keys[i].field;
		*key_r = keys[i].negated ? negate(p, key) : key;
		return read_argument(p, keys[i].argument, key, err);
	}
	return err_set(err, ERR_SYNTAX, "unknown search key");
}

static bool read_any(struct parser *p, struct imap_search_key **key_r, struct err *err)
{
	struct imap_search_key *key;

	if (imap_take(p->in, '('))
		return read_list(p, key_r, err) && imap_read_char(p->in, ')', err);
	if (imap_take_word(p->in, STR("NOT"))) {
		if (!imap_read_sp(p->in, err) || !read_key(p, &key, err))
			return false;
		*key_r = negate(p, key);
		return true;
	}
	if (imap_take_word(p->in, STR("OR")))
		return read_or(p, key_r, err);
	if (imap_peek(p->in, '*') || imap_peek(p->in, '$') ||
	    (p->in->rest.len && p->in->rest.p[0] >= '0' && p->in->rest.p[0] <= '9')) {
		*key_r = key_new(p, IMAP_SEARCH_SEQS);
		return read_set(p, *key_r, err);
	}
	return read_named(p, key_r, err);
}

static bool read_key(struct parser *p, struct imap_search_key **key_r, struct err *err)
{
	bool fine;

	if (p->count++ >= IMAP_SEARCH_KEYS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d search keys",
			       IMAP_SEARCH_KEYS_MAX);
	if (p->depth >= IMAP_SEARCH_DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "search keys nested too deep");
	p->depth++;
	fine = read_any(p, key_r, err);
	p->depth--;
	return fine;
}

/* The keys; of a charset that is not known they cannot be read. */
static bool read_keys(struct parser *p, struct imap_search *search_r, struct err *err)
{
	struct imap_search search = { .bad_charset = !mime_charset_known(p->charset) };

	if (search.bad_charset)
		p->in->rest = STR("");
	else if (!read_list(p, &search.root, err))
		return false;
	search.modseq = p->modseq;
	*search_r = search;
	return true;
}

bool imap_search_parse_in(struct imap_reader *in, struct imap_search *search_r,
			  struct err *err)
{
	struct parser p = { .in = in };

	return imap_read_astring(in, &p.charset, err) && imap_read_sp(in, err) &&
	       read_keys(&p, search_r, err);
}

bool imap_search_parse(struct imap_reader *in, struct imap_search *search_r,
		       struct err *err)
{
	struct parser p = { .in = in, .charset = STR("UTF-8") };

	if (imap_take_word(in, STR("CHARSET")) &&
	    (!imap_read_sp(in, err) || !imap_read_astring(in, &p.charset, err) ||
	     !imap_read_sp(in, err)))
		return false;
	return read_keys(&p, search_r, err);
}
