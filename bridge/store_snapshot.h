/*
 * All rows of a folder at one moment: chunks, shared with the snapshots before and after
 * where nothing changed. Only bridge/store*.c includes this.
 */
#ifndef BRIDGE_STORE_SNAPSHOT_H
#define BRIDGE_STORE_SNAPSHOT_H

#include "bridge/store.h"

struct row_change { /* a row of msg as a commit leaves it */
	int64_t id;
	int64_t box_id; /* 0: not visible any more */
	bool flags_only; /* of row: flags, keywords and modseq; the rest is as it was */
	struct store_row row;
};

struct snapshot_maker {
	struct store_rows *rows;
	struct store_row *pending; /* not in a chunk yet */
	size_t pending_count, capacity;
};
void snapshot_begin(struct snapshot_maker *maker);
/* snapshot_add() - UIDs ascend. Return: a chunk was made, so that the keywords of all
 * rows before this one are not needed any more. */
bool snapshot_add(struct snapshot_maker *maker, const struct store_row *row);
/* snapshot_end() - what was added; give it back with store_rows_release() */
struct store_rows *snapshot_end(struct snapshot_maker *maker);

/* snapshot_ref() - one more who releases it */
struct store_rows *snapshot_ref(struct store_rows *rows);
int64_t snapshot_highest_id(const struct store_rows *rows);
/* snapshot_without() - UID of the first that lacks one of @flags; 0: none */
uint32_t snapshot_without(const struct store_rows *rows, unsigned flags);
/* snapshot_texts() - keywords of rows, few times each, every one that differs; *at is 0
 * at first. Return: false, that was all */
bool snapshot_texts(const struct store_rows *rows, size_t *at, struct str *texts_r);
void snapshot_uids(const struct store_rows *rows, uint32_t *uids_r);
/*
 * snapshot_apply() - a new snapshot: @from without the ids of @gone, which are sorted,
 * and with @changes, by UID ascending; of several for one UID, in the order of their
 * making
 */
struct store_rows *snapshot_apply(const struct store_rows *from,
				  const struct row_change *const *changes, size_t count,
				  const int64_t *gone, size_t gone_count);

#endif
