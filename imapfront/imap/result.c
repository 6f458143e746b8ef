/* RETURN options and ESEARCH: see result.h. */
#include "imapfront/imap/result.h"

#include "bridge/mime/imap_render.h"

static const struct {
	struct str name;
	enum imap_return what;
} options[] = {
	{ { "MIN", 3 }, IMAP_RETURN_MIN },
	{ { "MAX", 3 }, IMAP_RETURN_MAX },
	{ { "COUNT", 5 }, IMAP_RETURN_COUNT },
	{ { "ALL", 3 }, IMAP_RETURN_ALL },
	{ { "UPDATE", 6 }, IMAP_RETURN_UPDATE },
	{ { "CONTEXT", 7 }, IMAP_RETURN_CONTEXT },
	{ { "SAVE", 4 }, IMAP_RETURN_SAVE },
	{ { "PARTIAL", 7 }, IMAP_RETURN_PARTIAL },
};

static bool read_place(struct imap_reader *in, bool *backwards_r, uint32_t *number_r,
		       struct err *err)
{
	*backwards_r = imap_take(in, '-');
	return imap_read_number(in, number_r, err) &&
	       (*number_r || err_set(err, ERR_SYNTAX, "places are counted from 1"));
}

bool imap_partial_read(struct imap_reader *in, struct imap_partial *partial_r,
		       struct err *err)
{
	struct imap_partial p = { 0 };
	bool to_backwards;

	if (!read_place(in, &p.backwards, &p.from, err) ||
	    !imap_read_char(in, ':', err) || !read_place(in, &to_backwards, &p.to, err))
		return false;
	if (p.backwards != to_backwards)
		return err_set(err, ERR_SYNTAX, "a range from both ends");
	if (p.from > p.to) {
		uint32_t swap = p.from;

		p.from = p.to;
		p.to = swap;
	}
	*partial_r = p;
	return true;
}

size_t imap_partial_cut(const struct imap_partial *partial, size_t count, size_t *from_r)
{
	size_t from = partial->from - 1, to = MIN_OF((size_t)partial->to, count);

	if (from >= to) {
		*from_r = 0;
		return 0;
	}
	*from_r = partial->backwards ? count - to : from;
	return to - from;
}

static bool read_option(struct imap_reader *in, struct imap_results *results,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!imap_take_word(in, options[i].name))
			continue;
		results->what |= options[i].what;
		if (options[i].what != IMAP_RETURN_PARTIAL)
			return true;
		return imap_read_sp(in, err) &&
		       imap_partial_read(in, &results->partial, err);
	}
	return err_set(err, ERR_SYNTAX, "unknown result option");
}

bool imap_results_read(struct imap_reader *in, struct imap_results *results_r,
		       struct err *err)
{
	struct imap_results results = { 0 };

	*results_r = results;
	if (!imap_take_word(in, STR("RETURN")))
		return true;
	results.extended = true;
	if (!imap_read_sp(in, err) || !imap_read_char(in, '(', err))
		return false;
	while (!imap_take(in, ')'))
		if ((results.what && !imap_read_sp(in, err)) ||
		    !read_option(in, &results, err))
			return false;
	if (!(results.what & ~(unsigned)IMAP_RETURN_FOLLOWED))
		results.what |= IMAP_RETURN_ALL;
	if ((results.what & IMAP_RETURN_PARTIAL) && (results.what & IMAP_RETURN_ALL))
		return err_set(err, ERR_SYNTAX, "ALL and PARTIAL exclude one another");
	*results_r = results;
	return imap_read_sp(in, err);
}

/* RFC 7162 section 3.1.10: of those that are told, where that is less than all. */
static uint64_t highest_modseq(const struct imap_results *results,
			       const struct imap_found_list *found)
{
	unsigned ends = IMAP_RETURN_MIN | IMAP_RETURN_MAX;
	uint64_t highest = 0;

	if (!(results->what & IMAP_RETURN_TOLD & ~ends)) {
		if (results->what & IMAP_RETURN_MIN)
			highest = found->modseqs[0];
		if (results->what & IMAP_RETURN_MAX)
			highest = MAX_OF(highest, found->modseqs[found->count - 1]);
		return highest;
	}
	for (size_t i = 0; i < found->count; i++)
		highest = MAX_OF(highest, found->modseqs[i]);
	return highest;
}

static void write_partial(const struct imap_partial *partial,
			  const struct imap_found_list *found, struct strbuf *out)
{
	size_t from, len = imap_partial_cut(partial, found->count, &from);
	const char *sign = partial->backwards ? "-" : "";

	strbuf_addf(out, " PARTIAL (%s%u:%s%u ", sign, partial->from, sign, partial->to);
	if (len)
		imap_set_write(found->numbers + from, len, out);
	else
		strbuf_add(out, STR("NIL"));
	strbuf_addc(out, ')');
}

void imap_results_write(const struct imap_results *results, struct str tag,
			struct str place, bool uid, const struct imap_found_list *found,
			struct strbuf *out)
{
	unsigned what = results->what;

	strbuf_add(out, STR("* ESEARCH (TAG "));
	mime_imap_string(tag, out);
	strbuf_add(out, place);
	strbuf_add(out, uid ? STR(") UID") : STR(")"));
	if ((what & IMAP_RETURN_MIN) && found->count)
		strbuf_addf(out, " MIN %u", found->numbers[0]);
	if ((what & IMAP_RETURN_MAX) && found->count)
		strbuf_addf(out, " MAX %u", found->numbers[found->count - 1]);
	if ((what & IMAP_RETURN_ALL) && found->count) {
		strbuf_add(out, STR(" ALL "));
		imap_set_write(found->numbers, found->count, out);
	}
	if (what & IMAP_RETURN_PARTIAL)
		write_partial(&results->partial, found, out);
	if (what & IMAP_RETURN_COUNT)
		strbuf_addf(out, " COUNT %zu", found->count);
	if (found->modseqs && found->count)
		strbuf_addf(out, " MODSEQ %llu",
			    (unsigned long long)highest_modseq(results, found));
	strbuf_add(out, STR("\r\n"));
}

bool imap_results_saved(const struct imap_results *results, size_t index, size_t count)
{
	unsigned what = results->what;
	size_t from, len;

	if (!(what & IMAP_RETURN_TOLD) || (what & (IMAP_RETURN_ALL | IMAP_RETURN_COUNT)))
		return true;
	if ((what & IMAP_RETURN_MIN) && index == 0)
		return true;
	if ((what & IMAP_RETURN_MAX) && index == count - 1)
		return true;
	if (!(what & IMAP_RETURN_PARTIAL))
		return false;
	len = imap_partial_cut(&results->partial, count, &from);
	return index >= from && index < from + len;
}
