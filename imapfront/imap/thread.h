/* THREAD: RFC 5256 sections 2.2 and 3. Pure. */
#ifndef IMAPFRONT_IMAP_THREAD_H
#define IMAPFRONT_IMAP_THREAD_H

#include "base/strbuf.h"
#include "imapfront/imap/sort.h"

/*
 * A forest as arrays: nodes are numbered, THREAD_NONE is no node. A node below .messages
 * is the message of that index; later ones stand for messages that are not there.
 */
#define THREAD_NONE UINT32_MAX

struct thread_node {
	uint32_t parent, child, last_child, next;
};
struct thread_forest {
	struct thread_node *nodes;
	size_t messages, count, capacity;
	uint32_t root, last_root; /* a list by .next */
};
void thread_forest_finish(struct thread_forest *forest);

/*
 * @items: by UID ascending, with MIME_SORT_SUBJECT, for REFERENCES also
 *         MIME_SORT_MESSAGE_ID and MIME_SORT_REFERENCES
 */
void thread_by_subject(struct imap_sort_item *items, size_t count,
		       struct thread_forest *forest_r);
void thread_by_references(struct imap_sort_item *items, size_t count,
			  struct thread_forest *forest_r);

/* thread_write() - "(1 2)(3 (4)(5))"; @numbers: what to show for each message */
void thread_write(const struct thread_forest *forest, const uint32_t *numbers,
		  struct strbuf *out);

/* ---- for the two algorithms -------------------------------------------------------- */

void thread_forest_init(struct thread_forest *forest, size_t messages);
uint32_t thread_node_new(struct thread_forest *forest);
/* thread_append() - as the last child of @parent, THREAD_NONE: as the last root. */
void thread_append(struct thread_forest *forest, uint32_t parent, uint32_t node);

#endif
