/* Sorting by several keys: see sort.h. */
#include "imapfront/imap/sort.h"

#include <stdlib.h>

#include "base/mem.h"

static const struct {
	struct str name;
	enum imap_sort_by by;
	enum mime_sort_text text;
} rows[] = {
	{ { "ARRIVAL", 7 }, IMAP_SORT_ARRIVAL, 0 },
	{ { "DATE", 4 }, IMAP_SORT_DATE, 0 },
	{ { "SIZE", 4 }, IMAP_SORT_SIZE, 0 },
	{ { "SUBJECT", 7 }, IMAP_SORT_TEXT, MIME_SORT_SUBJECT },
	{ { "FROM", 4 }, IMAP_SORT_TEXT, MIME_SORT_FROM },
	{ { "TO", 2 }, IMAP_SORT_TEXT, MIME_SORT_TO },
	{ { "CC", 2 }, IMAP_SORT_TEXT, MIME_SORT_CC },
	{ { "DISPLAYFROM", 11 }, IMAP_SORT_TEXT, MIME_SORT_DISPLAY_FROM },
	{ { "DISPLAYTO", 9 }, IMAP_SORT_TEXT, MIME_SORT_DISPLAY_TO },
};

static bool read_key(struct imap_reader *in, struct imap_sort_key *key, struct err *err)
{
	key->reverse = imap_take_word(in, STR("REVERSE"));
	if (key->reverse && !imap_read_sp(in, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (imap_take_word(in, rows[i].name)) {
			key->by = rows[i].by;
			key->text = rows[i].text;
			return true;
		}
	return err_set(err, ERR_SYNTAX, "unknown sort key");
}

bool imap_sort_read(struct imap_reader *in, struct imap_sort *sort_r, struct err *err)
{
	struct imap_sort sort = { 0 };

	if (!imap_read_char(in, '(', err))
		return false;
	do {
		if (sort.count == IMAP_SORT_KEYS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d sort keys",
				       IMAP_SORT_KEYS_MAX);
		if (!read_key(in, &sort.keys[sort.count++], err))
			return false;
	} while (imap_take(in, ' '));
	*sort_r = sort;
	return imap_read_char(in, ')', err);
}

static int compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_key(const struct imap_sort_key *key, const struct imap_sort_item *a,
		       const struct imap_sort_item *b)
{
	switch (key->by) {
	case IMAP_SORT_ARRIVAL:
		return compare_i64(a->arrival_unix_s, b->arrival_unix_s);
	case IMAP_SORT_DATE:
		return compare_i64(a->sent_unix_s, b->sent_unix_s);
	case IMAP_SORT_SIZE:
		return (a->size > b->size) - (a->size < b->size);
	case IMAP_SORT_TEXT:
		return str_cmp(a->texts[key->text], b->texts[key->text]);
	}
	return 0;
}

/* In the order of the first key as far as it goes: most comparisons end there. */
static uint64_t prefix_of(const struct imap_sort_key *key,
			  const struct imap_sort_item *item)
{
	const uint64_t sign = UINT64_C(1) << 63;
	uint64_t prefix = 0;

	switch (key->by) {
	case IMAP_SORT_ARRIVAL:
		return (uint64_t)item->arrival_unix_s ^ sign;
	case IMAP_SORT_DATE:
		return (uint64_t)item->sent_unix_s ^ sign;
	case IMAP_SORT_SIZE:
		return item->size;
	case IMAP_SORT_TEXT:
		for (size_t i = 0; i < sizeof(prefix); i++)
			prefix = prefix << 8 |
				 (i < item->texts[key->text].len
					  ? (unsigned char)item->texts[key->text].p[i]
					  : 0u);
		break;
	}
	return prefix;
}

/* What is moved about, so that most comparisons look nowhere else. */
struct entry {
	uint64_t prefix;
	struct imap_sort_item *item;
};

static int compare(const struct imap_sort *sort, const struct entry *x,
		   const struct entry *y)
{
	const struct imap_sort_item *a = x->item, *b = y->item;

	if (x->prefix != y->prefix)
		return (x->prefix < y->prefix) != sort->keys[0].reverse ? -1 : 1;
	for (size_t i = 0; i < sort->count; i++) {
		int order = compare_key(&sort->keys[i], a, b);

		if (order)
			return sort->keys[i].reverse ? -order : order;
	}
	return (a->uid > b->uid) - (a->uid < b->uid);
}

/* qsort() cannot be told the keys without a global; merging from small to large can. */
static void merge(const struct imap_sort *sort, const struct entry *a, size_t a_count,
		  const struct entry *b, size_t b_count, struct entry *out)
{
	while (a_count && b_count) {
		bool from_a = compare(sort, a, b) <= 0;

		*out++ = from_a ? *a++ : *b++;
		a_count -= from_a;
		b_count -= !from_a;
	}
	if (a_count)
		memcpy(out, a, a_count * sizeof(*out));
	if (b_count)
		memcpy(out + a_count, b, b_count * sizeof(*out));
}

void imap_sort_run(const struct imap_sort *sort, struct imap_sort_item **list,
		   size_t count)
{
	CLEANUP(mem_free_ptr) struct entry *one = mem_array(count + 1, sizeof(*one));
	CLEANUP(mem_free_ptr) struct entry *two = mem_array(count + 1, sizeof(*two));
	struct entry *from = one, *to = two;

	for (size_t i = 0; i < count; i++)
		from[i] = (struct entry){ prefix_of(&sort->keys[0], list[i]), list[i] };
	for (size_t run = 1; run < count; run *= 2) {
		struct entry *swap = from;

		for (size_t at = 0; at < count; at += 2 * run) {
			size_t a = MIN_OF(run, count - at);
			size_t b = MIN_OF(run, count - at - a);

			merge(sort, from + at, a, from + at + a, b, to + at);
		}
		from = to;
		to = swap;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = from[i].item;
}
