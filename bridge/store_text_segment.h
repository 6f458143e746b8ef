/*
 * Segments of the text index: sorted words, each with what follows it and the contents
 * that have it. They are written once, in order, and read block by block.
 *
 * block.words: "\nword\nword\n...", at most some 4 kB, so that looking for a piece of a
 * word, its beginning or its end is one search for bytes. posting.data: for each of them
 * its length and its entries; an entry is the length of what follows, that, the length of
 * the list and the list: distances between ids of contents, the first one from the
 * segment's first. Numbers are 7 bits a byte, low ones first.
 */
#ifndef BRIDGE_STORE_TEXT_SEGMENT_H
#define BRIDGE_STORE_TEXT_SEGMENT_H

#include "bridge/store_internal.h"

enum text_area {
	TEXT_HEADER, /* fields that have no area of their own */
	TEXT_BODY,
	TEXT_ADDRESSES, /* as ENVELOPE shows them, where fields read otherwise */
	TEXT_SUBJECT,
	TEXT_FROM,
	TEXT_TO, /* and Cc, Bcc */
	TEXT_AREAS
};

static inline int64_t text_block_id(int64_t segment, unsigned area, int64_t number)
{
	return segment << 26 | (int64_t)area << 23 | number;
}
static inline unsigned text_block_area(int64_t id)
{
	return (unsigned)(id >> 23 & 7);
}

/* text_field_area() - where the words of field @name are */
enum text_area text_field_area(struct str name);

struct text_writer {
	struct db *db;
	int64_t segment, first;
	unsigned area;
	int64_t number; /* of the block */
	size_t written; /* bytes so far */
	struct strbuf words, postings; /* of the block */
	struct strbuf word, entries, list; /* of the word that is being written */
};
void text_writer_init(struct text_writer *w, struct db *db, int64_t segment,
		      int64_t first);
void text_writer_finish(struct text_writer *w);
/* text_writer_word() - begin a word; areas and, in each, words ascend (str_cmp()) */
MUST_CHECK bool text_writer_word(struct text_writer *w, unsigned area, struct str word,
				 struct err *err);
/* text_writer_entry() - contents, ascending, where @next follows; those ascend, too */
void text_writer_entry(struct text_writer *w, struct str next, const int64_t *ids,
		       size_t count);
/* text_writer_end() - the last block */
MUST_CHECK bool text_writer_end(struct text_writer *w, struct err *err);

/* Reading of posting.data: each moves @rest, and is false at the end or where it is
 * broken. */
bool text_take_word(struct str *rest, struct str *entries_r);
bool text_take_entry(struct str *rest, struct str *next_r, struct str *list_r);
/* @id: the one before, the segment's first for the first one */
bool text_take_id(struct str *rest, int64_t *id);

#endif
