/* LIST's options and patterns: see list.h. */
#include "imapfront/imap/list.h"
#include "imapfront/imap/status_items.h"

static const struct {
	struct str name;
	bool select, tell; /* where it may stand */
	unsigned selects, tells;
} options[] = {
	{ { "SUBSCRIBED", 10 },
	  true,
	  true,
	  IMAP_LIST_SUBSCRIBED | IMAP_LIST_TELL_SUBSCRIBED,
	  IMAP_LIST_TELL_SUBSCRIBED },
	{ { "REMOTE", 6 }, true, false, IMAP_LIST_REMOTE, 0 },
	{ { "RECURSIVEMATCH", 14 }, true, false, IMAP_LIST_RECURSIVE, 0 },
	{ { "SPECIAL-USE", 11 },
	  true,
	  true,
	  IMAP_LIST_SPECIAL_USE | IMAP_LIST_TELL_SPECIAL_USE,
	  IMAP_LIST_TELL_SPECIAL_USE },
	{ { "CHILDREN", 8 }, false, true, 0, IMAP_LIST_TELL_CHILDREN },
	{ { "MYRIGHTS", 8 }, false, true, 0, IMAP_LIST_TELL_MYRIGHTS },
	{ { "STATUS", 6 }, false, true, 0, IMAP_LIST_TELL_STATUS },
};

static bool read_option(struct imap_reader *in, bool select, struct imap_list *list,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!(select ? options[i].select : options[i].tell) ||
		    !imap_take_word(in, options[i].name))
			continue;
		list->options |= select ? options[i].selects : options[i].tells;
		if (select || options[i].tells != IMAP_LIST_TELL_STATUS)
			return true;
		return imap_read_sp(in, err) &&
		       imap_status_items_read(in, &list->status_items, err);
	}
	return err_set(err, ERR_SYNTAX, "unknown option of LIST");
}

/* "(" [option *(SP option)] ")" */
static bool read_options(struct imap_reader *in, bool select, struct imap_list *list,
			 struct err *err)
{
	bool first = true;

	list->extended = true;
	if (!imap_read_char(in, '(', err))
		return false;
	while (!imap_take(in, ')')) {
		if ((!first && !imap_read_sp(in, err)) ||
		    !read_option(in, select, list, err))
			return false;
		first = false;
	}
	return true;
}

/* mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")" */
static bool read_patterns(struct imap_reader *in, struct imap_list *list, struct err *err)
{
	bool several = imap_take(in, '(');

	list->patterns = pool_alloc(in->pool, (several ? IMAP_LIST_PATTERNS_MAX : 1) *
						      sizeof(*list->patterns));
	do {
		if (list->pattern_count == IMAP_LIST_PATTERNS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d patterns",
				       IMAP_LIST_PATTERNS_MAX);
		if (!imap_read_pattern(in, &list->patterns[list->pattern_count++], err))
			return false;
	} while (several && imap_take(in, ' '));
	list->extended |= several;
	return !several || imap_read_char(in, ')', err);
}

bool imap_list_parse(struct imap_reader *in, struct imap_list *list_r, struct err *err)
{
	struct imap_list list = { 0 };
	unsigned chooses = IMAP_LIST_SUBSCRIBED | IMAP_LIST_SPECIAL_USE;

	if (!imap_read_sp(in, err))
		return false;
	if (imap_peek(in, '(') &&
	    (!read_options(in, true, &list, err) || !imap_read_sp(in, err)))
		return false;
	if (!imap_read_astring(in, &list.reference, err) || !imap_read_sp(in, err) ||
	    !read_patterns(in, &list, err))
		return false;
	if (imap_take_word(in, STR(" RETURN")) &&
	    (!imap_read_sp(in, err) || !read_options(in, false, &list, err)))
		return false;
	if ((list.options & IMAP_LIST_RECURSIVE) && !(list.options & chooses))
		return err_set(err, ERR_SYNTAX, "RECURSIVEMATCH of what?");
	*list_r = list;
	return imap_read_end(in, err);
}

bool imap_list_lsub_parse(struct imap_reader *in, struct imap_list *list_r,
			  struct err *err)
{
	struct imap_list list = { 0 };

	if (!imap_read_sp(in, err) || !imap_read_astring(in, &list.reference, err) ||
	    !imap_read_sp(in, err) || !read_patterns(in, &list, err))
		return false;
	if (list.extended)
		return err_set(err, ERR_SYNTAX, "LSUB takes one pattern");
	*list_r = list;
	return imap_read_end(in, err);
}
