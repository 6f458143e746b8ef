/* System flags by table, keywords by keyword.c: see flags.h. */
#include "imapfront/imap/flags.h"

#include "imapfront/imap/keyword.h"

static const struct {
	struct str name;
	unsigned flag;
} names[] = {
	{ { "\\Answered", 9 }, MSG_ANSWERED },	 { { "\\Flagged", 8 }, MSG_FLAGGED },
	{ { "\\Deleted", 8 }, MSG_DELETED },	 { { "\\Seen", 5 }, MSG_SEEN },
	{ { "\\Draft", 6 }, MSG_DRAFT },	 { { "$Forwarded", 10 }, MSG_FORWARDED },
	{ { "\\Recent", 7 }, IMAP_FLAG_RECENT },
};

/* Sorted bytewise, each name once; the list is short. */
static void insert(struct strbuf *keywords, struct str name)
{
	struct str rest = strbuf_str(keywords), field;
	struct strbuf after = STRBUF(IMAP_KEYWORDS_BYTES);
	size_t at = 0;

	while (str_split(&rest, '\n', &field) && field.len) {
		int order = str_cmp(field, name);

		if (order == 0)
			return;
		if (order > 0)
			break;
		at += field.len + 1;
	}
	strbuf_add(&after, str_sub(strbuf_str(keywords), at, keywords->len));
	strbuf_cut(keywords, at);
	strbuf_add(keywords, name);
	strbuf_addc(keywords, '\n');
	strbuf_add(keywords, strbuf_str(&after));
	strbuf_finish(&after);
}

bool imap_flag_add(struct str flag, const struct message_labels *labels, unsigned *flags,
		   struct strbuf *keywords, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(IMAP_KEYWORD_BYTES);
	CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(IMAP_KEYWORD_BYTES);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].flag != IMAP_FLAG_RECENT &&
		    str_eq_nocase(flag, names[i].name)) {
			*flags |= names[i].flag;
			return true;
		}
	if (!flag.len || flag.p[0] == '\\')
		return err_set(err, ERR_SYNTAX, "no such system flag");
	imap_keyword_decode(flag, labels, &name);
	if (!strbuf_ok(&name, err))
		return false;
	insert(keywords, strbuf_str(&name));
	if (!str_starts_nocase(flag, STR("$label")) &&
	    imap_keyword_by_name(strbuf_str(&name), labels, &mark))
		insert(keywords, strbuf_str(&mark));
	return strbuf_ok(keywords, err);
}

/* @whole_folder: some of its messages may carry a tag, others the category by name. */
static void list(const char *keywords, const struct message_labels *labels,
		 bool whole_folder, struct strbuf *out)
{
	struct str rest = str_from(keywords), name;

	while (str_split(&rest, '\n', &name) && name.len) {
		CLEANUP(strbuf_finish) struct strbuf mark = STRBUF(IMAP_KEYWORD_BYTES);
		bool by_name = imap_keyword_by_name(name, labels, &mark) &&
			       imap_keywords_have(keywords, strbuf_str(&mark));

		if (imap_keyword_is_stale(name, labels))
			continue;
		strbuf_addc(out, ' ');
		imap_keyword_encode(name, by_name ? NULL : labels, out);
		if (!by_name || !whole_folder)
			continue;
		strbuf_addc(out, ' ');
		imap_keyword_encode(name, labels, out);
	}
}

void imap_flags_list(const char *keywords, const struct message_labels *labels,
		     struct strbuf *out)
{
	list(keywords, labels, true, out);
}

void imap_flags_write(unsigned flags, const char *keywords,
		      const struct message_labels *labels, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf words = STRBUF(4 * IMAP_KEYWORDS_BYTES);
	struct str rest;
	const char *blank = "";

	strbuf_addc(out, '(');
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (flags & names[i].flag) {
			strbuf_add_cstr(out, blank);
			strbuf_add(out, names[i].name);
			blank = " ";
		}
	list(keywords, labels, false, &words);
	rest = strbuf_str(&words);
	strbuf_add(out, str_sub(rest, *blank ? 0 : 1, rest.len));
	strbuf_addc(out, ')');
}

bool imap_keywords_have(const char *keywords, struct str name)
{
	struct str rest = str_from(keywords), field;

	while (str_split(&rest, '\n', &field) && field.len)
		if (str_eq_nocase(field, name))
			return true;
	return false;
}
