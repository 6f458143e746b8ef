/* Writing blocks of words and reading their postings: see store_text_segment.h. */
#include "bridge/store_text_segment.h"

enum {
	WORDS_BYTES = 3900, /* a row of a page: it is read without a copy */
	POSTINGS_BYTES = 64 << 10,
	WORD_MAX_BYTES = 255,
	LIST_MAX_BYTES = 1 << 30,
};

enum text_area text_field_area(struct str name)
{
	static const struct {
		const char *name;
		enum text_area area;
	} fields[] = {
		{ "Subject", TEXT_SUBJECT }, { "From", TEXT_FROM }, { "To", TEXT_TO },
		{ "Cc", TEXT_TO },	     { "Bcc", TEXT_TO },
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (str_eq_nocase(name, str_from(fields[i].name)))
			return fields[i].area;
	return TEXT_HEADER;
}

static void put_number(struct strbuf *out, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		strbuf_addc(out, (char)(number | 0x80));
	strbuf_addc(out, (char)number);
}

static bool take_number(struct str *rest, uint64_t *number_r)
{
	uint64_t number = 0;

	for (size_t i = 0; i < rest->len && i < 9; i++) {
		unsigned char byte = (unsigned char)rest->p[i];

		number |= (uint64_t)(byte & 0x7F) << 7 * i;
		if (byte < 0x80) {
			*rest = str_make(rest->p + i + 1, rest->len - i - 1);
			*number_r = number;
			return true;
		}
	}
	return false;
}

static bool take_bytes(struct str *rest, struct str *bytes_r)
{
	uint64_t len;

	if (!take_number(rest, &len) || len > rest->len)
		return false;
	*bytes_r = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, rest->len);
	return true;
}

bool text_take_word(struct str *rest, struct str *entries_r)
{
	return take_bytes(rest, entries_r);
}

bool text_take_entry(struct str *rest, struct str *next_r, struct str *list_r)
{
	return take_bytes(rest, next_r) && take_bytes(rest, list_r);
}

bool text_take_id(struct str *rest, int64_t *id)
{
	uint64_t distance;

	if (!take_number(rest, &distance))
		return false;
	*id += (int64_t)distance;
	return true;
}

void text_writer_init(struct text_writer *w, struct db *db, int64_t segment,
		      int64_t first)
{
	*w = (struct text_writer){ .db = db, .segment = segment, .first = first };
	strbuf_init(&w->words, WORDS_BYTES + WORD_MAX_BYTES + 2);
	strbuf_init(&w->postings, LIST_MAX_BYTES);
	strbuf_init(&w->word, WORD_MAX_BYTES);
	strbuf_init(&w->entries, LIST_MAX_BYTES);
	strbuf_init(&w->list, LIST_MAX_BYTES);
}

void text_writer_finish(struct text_writer *w)
{
	strbuf_finish(&w->words);
	strbuf_finish(&w->postings);
	strbuf_finish(&w->word);
	strbuf_finish(&w->entries);
	strbuf_finish(&w->list);
}

static bool write_block(struct text_writer *w, struct err *err)
{
	int64_t id = text_block_id(w->segment, w->area, w->number++);

	if (!w->words.len)
		return true;
	if (!strbuf_ok(&w->words, err) || !strbuf_ok(&w->postings, err))
		return false;
	w->written += w->words.len + w->postings.len;
	if (!db_do(w->db, "INSERT INTO block(id,words) VALUES(?1,?2)",
		   ARGS(I(id), B(strbuf_str(&w->words))), err) ||
	    !db_do(w->db, "INSERT INTO posting(id,data) VALUES(?1,?2)",
		   ARGS(I(id), B(strbuf_str(&w->postings))), err))
		return false;
	strbuf_reset(&w->words);
	strbuf_reset(&w->postings);
	return true;
}

/* A word that no content has any more is left out. */
static bool end_word(struct text_writer *w, struct err *err)
{
	if (w->entries.len) {
		if (!w->words.len)
			strbuf_addc(&w->words, '\n');
		strbuf_add(&w->words, strbuf_str(&w->word));
		strbuf_addc(&w->words, '\n');
		put_number(&w->postings, w->entries.len);
		strbuf_add(&w->postings, strbuf_str(&w->entries));
	}
	strbuf_reset(&w->word);
	strbuf_reset(&w->entries);
	return (w->words.len < WORDS_BYTES && w->postings.len < POSTINGS_BYTES) ||
	       write_block(w, err);
}

bool text_writer_word(struct text_writer *w, unsigned area, struct str word,
		      struct err *err)
{
	if (!end_word(w, err) || (area != w->area && !write_block(w, err)))
		return false;
	if (area != w->area)
		w->number = 0;
	w->area = area;
	strbuf_add(&w->word, word);
	return strbuf_ok(&w->word, err);
}

void text_writer_entry(struct text_writer *w, struct str next, const int64_t *ids,
		       size_t count)
{
	int64_t before = w->first;

	strbuf_reset(&w->list);
	for (size_t i = 0; i < count; i++) {
		put_number(&w->list, (uint64_t)(ids[i] - before));
		before = ids[i];
	}
	if (!count)
		return;
	put_number(&w->entries, next.len);
	strbuf_add(&w->entries, next);
	put_number(&w->entries, w->list.len);
	strbuf_add(&w->entries, strbuf_str(&w->list));
}

bool text_writer_end(struct text_writer *w, struct err *err)
{
	return end_word(w, err) && write_block(w, err);
}
