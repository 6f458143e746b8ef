/* Rows packed: see store_chunk.h. */
#include "bridge/store_chunk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"

enum column_name {
	ID,
	UID,
	BITS, /* flags, known, has_body */
	KEYWORDS, /* where in the texts; 0: none */
	MODSEQ,
	INTERNAL,
	SIZE,
	CONTENT,
	THREAD,
	SAVED,
	COLUMNS
};
enum { LOAD_BYTES = 8 /* read at once, whatever the width */ };

struct chunk {
	atomic_int refs;
	unsigned count;
	uint32_t texts_at;
	size_t texts_len;
	struct column {
		int64_t base;
		uint32_t at, width; /* octets */
	} columns[COLUMNS];
	uint64_t id_span;
	unsigned char data[]; /* columns, texts, LOAD_BYTES more */
};

static uint64_t difference(int64_t base, int64_t value)
{
	return (uint64_t)value - (uint64_t)base;
}

static int64_t get(const struct chunk *c, enum column_name name, size_t at)
{
	static const uint64_t masks[] = {
		0,	    0xff,	  0xffff,	  0xffffff,
		0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
		UINT64_MAX
	};
	const struct column *column = &c->columns[name];
	const unsigned char *p = c->data + column->at + at * column->width;
	uint64_t value = 0;

	for (unsigned i = 0; i < LOAD_BYTES; i++) /* one load, on most machines */
		value |= (uint64_t)p[i] << (8 * i);
	return (int64_t)((uint64_t)column->base + (value & masks[column->width]));
}

/* ---- making one -----------------------------------------------------------------------
 */

struct texts { /* each once */
	size_t starts[CHUNK_ROWS];
	size_t count, len;
	struct strbuf all;
};

/* Return: 0 for "", else one more than where it stands. */
static size_t text_place(struct texts *texts, const char *text)
{
	size_t len = strlen(text);

	if (!len)
		return 0;
	for (size_t i = texts->count; i-- > 0;)
		if (strcmp(strbuf_cstr(&texts->all) + texts->starts[i], text) == 0)
			return texts->starts[i] + 1;
	texts->starts[texts->count++] = texts->all.len;
	strbuf_add_mem(&texts->all, text, len + 1);
	return texts->starts[texts->count - 1] + 1;
}

static void unpack(const struct store_row *row, struct texts *texts,
		   int64_t values[COLUMNS])
{
	values[ID] = row->id;
	values[UID] = row->uid;
	values[BITS] = (int64_t)(row->flags << 2 | (unsigned)row->known << 1 |
				 (unsigned)row->has_body);
	values[KEYWORDS] = (int64_t)text_place(texts, row->keywords);
	values[MODSEQ] = (int64_t)row->modseq;
	values[INTERNAL] = row->internal_unix_s;
	values[SIZE] = (int64_t)row->size;
	values[CONTENT] = row->content_id;
	values[THREAD] = (int64_t)row->thread;
	values[SAVED] = row->saved_unix_s;
}

static uint32_t width_of(uint64_t span)
{
	uint32_t width = 0;

	for (; span; span >>= 8)
		width++;
	return width;
}

static void measure(int64_t (*values)[COLUMNS], size_t count, struct chunk *c)
{
	uint32_t at = 0;

	for (size_t k = 0; k < COLUMNS; k++) {
		int64_t least = values[0][k], most = values[0][k];

		for (size_t i = 1; i < count; i++) {
			least = MIN_OF(least, values[i][k]);
			most = MAX_OF(most, values[i][k]);
		}
		c->columns[k].base = least;
		c->columns[k].at = at;
		c->columns[k].width = width_of(difference(least, most));
		at += (uint32_t)count * c->columns[k].width;
		if (k == ID)
			c->id_span = difference(least, most);
	}
	c->count = (unsigned)count;
	c->texts_at = at;
}

static void fill(struct chunk *c, int64_t (*values)[COLUMNS])
{
	for (size_t k = 0; k < COLUMNS; k++) {
		const struct column *column = &c->columns[k];
		unsigned char *p = c->data + column->at;

		for (size_t i = 0; i < c->count; i++) {
			uint64_t value = difference(column->base, values[i][k]);

			for (uint32_t octet = 0; octet < column->width; octet++)
				*p++ = (unsigned char)(value >> (8 * octet));
		}
	}
}

struct chunk *chunk_new(const struct store_row *rows, size_t count)
{
	struct texts texts = { .all = STRBUF(SIZE_MAX / 2) };
	/* On the heap: what a session's stack has touched once stays with it. */
	int64_t(*values)[COLUMNS] = mem_array(count, sizeof(*values));
	struct chunk shape = { 0 }, *c;

	for (size_t i = 0; i < count; i++)
		unpack(&rows[i], &texts, values[i]);
	measure(values, count, &shape);
	c = mem_alloc(sizeof(shape) + shape.texts_at + texts.all.len + LOAD_BYTES);
	memcpy(c, &shape, sizeof(shape));
	c->refs = 1;
	c->texts_len = texts.all.len;
	fill(c, values);
	free(values);
	if (texts.all.len)
		memcpy(c->data + c->texts_at, texts.all.p, texts.all.len);
	strbuf_finish(&texts.all);
	return c;
}

struct chunk *chunk_copy(const struct chunk *chunk)
{
	size_t size = sizeof(*chunk) + chunk->texts_at + chunk->texts_len + LOAD_BYTES;
	struct chunk *c = mem_alloc(size);

	memcpy(c, chunk, size);
	c->refs = 1;
	return c;
}

static bool set(struct chunk *c, enum column_name name, size_t at, int64_t value)
{
	const struct column *column = &c->columns[name];
	uint64_t left = difference(column->base, value);
	unsigned char *p = c->data + column->at + at * column->width;

	if (width_of(left) > column->width)
		return false;
	for (uint32_t octet = 0; octet < column->width; octet++, left >>= 8)
		p[octet] = (unsigned char)left;
	return true;
}

/* As text_place(), of what is there. */
static bool find_text(const struct chunk *c, const char *text, size_t *place_r)
{
	const char *texts = (const char *)c->data + c->texts_at;

	*place_r = 0;
	if (!text[0])
		return true;
	for (size_t at = 0; at < c->texts_len; at += strlen(texts + at) + 1)
		if (strcmp(texts + at, text) == 0) {
			*place_r = at + 1;
			return true;
		}
	return false;
}

bool chunk_patch(struct chunk *c, size_t at, const struct store_row *row)
{
	int64_t known = get(c, BITS, at) & 3;
	size_t place;

	return find_text(c, row->keywords, &place) &&
	       set(c, KEYWORDS, at, (int64_t)place) &&
	       set(c, BITS, at, (int64_t)row->flags << 2 | known) &&
	       set(c, MODSEQ, at, (int64_t)row->modseq);
}

/* ---- reading one ----------------------------------------------------------------------
 */

struct chunk *chunk_ref(struct chunk *chunk)
{
	atomic_fetch_add_explicit(&chunk->refs, 1, memory_order_relaxed);
	return chunk;
}

void chunk_unref(struct chunk *chunk)
{
	if (atomic_fetch_sub(&chunk->refs, 1) == 1)
		free(chunk);
}

size_t chunk_count(const struct chunk *chunk)
{
	return chunk->count;
}

struct store_row chunk_row(const struct chunk *c, size_t at)
{
	unsigned bits = (unsigned)get(c, BITS, at);
	size_t text = (size_t)get(c, KEYWORDS, at);

	return (struct store_row){
		.id = get(c, ID, at),
		.uid = (uint32_t)get(c, UID, at),
		.flags = bits >> 2,
		.known = bits >> 1 & 1,
		.has_body = bits & 1,
		.keywords = text ? (const char *)c->data + c->texts_at + text - 1 : "",
		.modseq = (uint64_t)get(c, MODSEQ, at),
		.internal_unix_s = get(c, INTERNAL, at),
		.size = (uint64_t)get(c, SIZE, at),
		.content_id = get(c, CONTENT, at),
		.thread = (uint64_t)get(c, THREAD, at),
		.saved_unix_s = get(c, SAVED, at),
	};
}

uint32_t chunk_uid(const struct chunk *chunk, size_t at)
{
	return (uint32_t)get(chunk, UID, at);
}

size_t chunk_find(const struct chunk *chunk, uint32_t uid)
{
	size_t from = 0, to = chunk->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (chunk_uid(chunk, middle) < uid)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

size_t chunk_without(const struct chunk *chunk, size_t at, unsigned flags)
{
	while (at < chunk->count &&
	       (((unsigned)get(chunk, BITS, at) >> 2) & flags) == flags)
		at++;
	return at;
}

struct str chunk_texts(const struct chunk *chunk)
{
	return str_make((const char *)chunk->data + chunk->texts_at, chunk->texts_len);
}

bool chunk_may_have(const struct chunk *chunk, const int64_t *ids, size_t count)
{
	int64_t least = chunk->columns[ID].base;
	size_t from = 0, to = count;

	while (from < to) { /* the first that is not below the least */
		size_t middle = from + (to - from) / 2;

		if (ids[middle] < least)
			from = middle + 1;
		else
			to = middle;
	}
	return from < count && difference(least, ids[from]) <= chunk->id_span;
}
