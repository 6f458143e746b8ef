/* The steps of keeping the text index, for store_text.c: each one transaction on text.db
 * in the thread that indexes. They set *more_r if there is more to do at once. */
#ifndef BRIDGE_STORE_TEXT_WORK_H
#define BRIDGE_STORE_TEXT_WORK_H

#include "bridge/store_text_segment.h"

#define TEXT_DOC_MAX_BYTES (8 << 20) /* of one content's folded text */

struct text_doc {
	int64_t id;
	size_t header_bytes, text_bytes;
	struct strbuf text; /* then addresses; overflow: too big, or never read */
	bool kept; /* it is in the database */
	bool packed; /* compressed there */
	bool whole_lines; /* a line of the header is a field */
};
/* text_doc_load() - what is kept of @id. @db: text.db, or a reader */
MUST_CHECK bool text_doc_load(struct db *db, int64_t id, struct text_doc *doc_r,
			      struct err *err);
MUST_CHECK bool text_doc_put(struct db *db, const struct text_doc *doc, struct err *err);

/* text_add_new() - index contents that are not. */
MUST_CHECK bool text_add_new(struct store *s, bool *more_r, struct err *err);
/* text_merge_step() - make one segment of many, or of one that has lost much. */
MUST_CHECK bool text_merge_step(struct store *s, bool *more_r, struct err *err);
void text_merge_free(struct text_merge *merge);
/* text_tx_end() - commit if @done, else roll back. Return: is it committed? */
MUST_CHECK bool text_tx_end(struct db *db, bool done, struct err *err);

#endif
