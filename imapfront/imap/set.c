/* Sequence sets as ranges: see set.h. */
#include "imapfront/imap/set.h"

#include <stdlib.h>

#include "base/num.h"

static bool parse_number(struct str text, uint32_t *number_r, struct err *err)
{
	if (str_eq(text, STR("*"))) {
		*number_r = 0;
		return true;
	}
	if (!num_u32(text, number_r) || *number_r == 0)
		return err_set(err, ERR_SYNTAX, "bad number in a sequence set");
	return true;
}

static bool parse_range(struct str text, struct imap_range *range, struct err *err)
{
	ptrdiff_t colon = str_find_char(text, ':');
	size_t at = colon < 0 ? text.len : (size_t)colon;

	if (!parse_number(str_sub(text, 0, at), &range->from, err))
		return false;
	range->to = range->from;
	return colon < 0 ||
	       parse_number(str_sub(text, at + 1, text.len), &range->to, err);
}

bool imap_set_parse(struct str text, struct pool *pool, struct imap_set *set_r,
		    struct err *err)
{
	struct imap_set set = { 0 };
	size_t commas = 0;

	if (str_eq(text, STR("$"))) {
		*set_r = (struct imap_set){ .saved = true };
		return true;
	}
	for (size_t i = 0; i < text.len; i++)
		commas += text.p[i] == ',';
	if (commas >= IMAP_SET_RANGES_MAX)
		return err_set(err, ERR_LIMIT, "sequence set of more than %d ranges",
			       IMAP_SET_RANGES_MAX);
	set.ranges = pool_alloc(pool, (commas + 1) * sizeof(*set.ranges));
	for (size_t from = 0; set.count <= commas; set.count++) {
		ptrdiff_t comma = str_find_char(str_sub(text, from, text.len), ',');
		size_t len = comma < 0 ? text.len - from : (size_t)comma;

		if (!parse_range(str_sub(text, from, len), &set.ranges[set.count], err))
			return false;
		from += len + 1;
	}
	*set_r = set;
	return true;
}

static int by_from(const void *a, const void *b)
{
	const struct imap_range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

void imap_set_resolve(struct imap_set *set, uint32_t last)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct imap_range r = set->ranges[i];

		if ((!r.from || !r.to) && !last)
			continue;
		r.from = r.from ? r.from : last;
		r.to = r.to ? r.to : last;
		set->ranges[kept++] = r.from <= r.to
					      ? r
					      : (struct imap_range){ r.to, r.from };
	}
	set->count = kept;
	if (!kept)
		return;
	qsort(set->ranges, kept, sizeof(*set->ranges), by_from);
	kept = 0;
	for (size_t i = 1; i < set->count; i++) {
		struct imap_range *end = &set->ranges[kept], r = set->ranges[i];

		if (r.from <= end->to || r.from - 1 == end->to)
			end->to = MAX_OF(end->to, r.to);
		else
			set->ranges[++kept] = r;
	}
	set->count = kept + 1;
}

bool imap_set_has(const struct imap_set *set, uint32_t number)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number > set->ranges[middle].to)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->count && number >= set->ranges[low].from;
}

void imap_set_write(const uint32_t *numbers, size_t count, struct strbuf *out)
{
	for (size_t i = 0; i < count;) {
		size_t end = i + 1;

		while (end < count && numbers[end] == numbers[end - 1] + 1)
			end++;
		strbuf_addf(out, "%s%u", i ? "," : "", numbers[i]);
		if (end - i > 1)
			strbuf_addf(out, ":%u", numbers[end - 1]);
		i = end;
	}
}
