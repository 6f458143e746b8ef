/* The forest, ORDEREDSUBJECT, and how threads are written: see thread.h. */
#include "imapfront/imap/thread.h"

#include <stdlib.h>

#include "base/mem.h"

void thread_forest_init(struct thread_forest *forest, size_t messages)
{
	*forest = (struct thread_forest){ .root = THREAD_NONE, .last_root = THREAD_NONE };
	for (size_t i = 0; i < messages; i++)
		thread_node_new(forest);
	forest->messages = messages;
}

void thread_forest_finish(struct thread_forest *forest)
{
	free(forest->nodes);
	*forest = (struct thread_forest){ 0 };
}

uint32_t thread_node_new(struct thread_forest *forest)
{
	forest->nodes = mem_grow(forest->nodes, forest->count, &forest->capacity,
				 sizeof(*forest->nodes));
	forest->nodes[forest->count] = (struct thread_node){ THREAD_NONE, THREAD_NONE,
							     THREAD_NONE, THREAD_NONE };
	return (uint32_t)forest->count++;
}

void thread_append(struct thread_forest *forest, uint32_t parent, uint32_t node)
{
	struct thread_node *nodes = forest->nodes;
	uint32_t *first = parent == THREAD_NONE ? &forest->root : &nodes[parent].child;
	uint32_t *last = parent == THREAD_NONE ? &forest->last_root
					       : &nodes[parent].last_child;

	nodes[node].parent = parent;
	nodes[node].next = THREAD_NONE;
	if (*last == THREAD_NONE)
		*first = node;
	else
		nodes[*last].next = node;
	*last = node;
}

/* RFC 5256: a thread's first message is the parent of all its others. */
void thread_by_subject(struct imap_sort_item *items, size_t count,
		       struct thread_forest *forest_r)
{
	static const struct imap_sort by_subject = {
		.keys = { { IMAP_SORT_TEXT, MIME_SORT_SUBJECT, false },
			  { IMAP_SORT_DATE, 0, false } },
		.count = 2,
	};
	static const struct imap_sort by_date = {
		.keys = { { IMAP_SORT_DATE, 0, false } }, .count = 1
	};
	CLEANUP(mem_free_ptr)
	struct imap_sort_item **sorted = mem_array(count + 1, sizeof(*sorted));
	CLEANUP(mem_free_ptr)
	struct imap_sort_item **heads = mem_array(count + 1, sizeof(*heads));
	size_t head_count = 0;

	thread_forest_init(forest_r, count);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &items[i];
	imap_sort_run(&by_subject, sorted, count);
	for (size_t i = 0, head = 0; i < count; i++) {
		if (i && str_eq(sorted[i]->texts[MIME_SORT_SUBJECT],
				sorted[head]->texts[MIME_SORT_SUBJECT])) {
			thread_append(forest_r, (uint32_t)(sorted[head] - items),
				      (uint32_t)(sorted[i] - items));
		} else {
			head = i;
			heads[head_count++] = sorted[i];
		}
	}
	imap_sort_run(&by_date, heads, head_count);
	for (size_t i = 0; i < head_count; i++)
		thread_append(forest_r, THREAD_NONE, (uint32_t)(heads[i] - items));
}

static void write_node(const struct thread_forest *forest, const uint32_t *numbers,
		       uint32_t node, struct strbuf *out)
{
	bool open = strbuf_str(out).len && out->p[out->len - 1] == '(';

	if (node < forest->messages)
		strbuf_addf(out, "%s%u", open ? "" : " ", numbers[node]);
}

/*
 * "(1 2 (3)(4 5))": a chain goes on within its parentheses, several children have some of
 * their own. Without recursion: threads may be as deep as there are messages.
 */
void thread_write(const struct thread_forest *forest, const uint32_t *numbers,
		  struct strbuf *out)
{
	const struct thread_node *nodes = forest->nodes;
	uint32_t at = forest->root;
	bool begins = true; /* @at opens parentheses */

	while (at != THREAD_NONE) {
		uint32_t child = nodes[at].child;

		if (begins)
			strbuf_addc(out, '(');
		write_node(forest, numbers, at, out);
		if (child != THREAD_NONE) {
			begins = nodes[child].next != THREAD_NONE;
			if (begins && out->p[out->len - 1] != '(')
				strbuf_addc(out, ' ');
			at = child;
			continue;
		}
		/* The end of a chain: up to the next sibling. */
		strbuf_addc(out, ')');
		begins = true;
		while (nodes[at].next == THREAD_NONE && nodes[at].parent != THREAD_NONE) {
			uint32_t parent = nodes[at].parent;

			/* Several children closed each their own. */
			if (nodes[parent].child != at)
				strbuf_addc(out, ')');
			at = parent;
		}
		at = nodes[at].next;
	}
}
