/*
 * THREAD=REFERENCES: RFC 5256 section 3, after J. Zawinski's description. Its steps are
 * the functions below, in order. No recursion: a thread may be as deep as a mailbox has
 * messages.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/thread.h"

struct id { /* a message id, and its node */
	struct str text;
	uint32_t node;
};

struct threading {
	const struct imap_sort_item *items;
	struct thread_forest *forest;
	struct id *ids; /* hash table, open addressing; .text.p NULL: free */
	size_t id_slots, id_count;
	uint32_t *parents; /* of each node so far: the forest is built at the end */
	bool *has_child;
	size_t parent_capacity;
};

/* ---- message ids ---------------------------------------------------------------------
 */

static size_t hash(struct str text)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

static struct id *slot_of(struct id *ids, size_t slots, struct str text)
{
	size_t at = hash(text) % slots;

	while (ids[at].text.p && !str_eq(ids[at].text, text))
		at = (at + 1) % slots;
	return &ids[at];
}

static void grow_ids(struct threading *t)
{
	size_t slots = t->id_slots * 2 + 64;
	struct id *bigger = mem_array(slots, sizeof(*bigger));

	for (size_t i = 0; i < t->id_slots; i++)
		if (t->ids[i].text.p)
			*slot_of(bigger, slots, t->ids[i].text) = t->ids[i];
	free(t->ids);
	t->ids = bigger;
	t->id_slots = slots;
}

static uint32_t node_new(struct threading *t)
{
	uint32_t node = thread_node_new(t->forest);

	if (node >= t->parent_capacity) {
		t->parent_capacity = t->parent_capacity * 2 + node + 64;
		t->parents = mem_resize(t->parents, t->parent_capacity,
					sizeof(*t->parents));
		t->has_child = mem_resize(t->has_child, t->parent_capacity,
					  sizeof(*t->has_child));
	}
	t->parents[node] = THREAD_NONE;
	t->has_child[node] = false;
	return node;
}

/* The node of an id, made if it is not there; @taken: there was one. */
static uint32_t node_of(struct threading *t, struct str text, uint32_t node)
{
	struct id *id;

	if (t->id_count * 2 >= t->id_slots)
		grow_ids(t);
	id = slot_of(t->ids, t->id_slots, text);
	if (!id->text.p) {
		*id = (struct id){ text, node == THREAD_NONE ? node_new(t) : node };
		t->id_count++;
	}
	return id->node;
}

/* ---- step 1: links -------------------------------------------------------------------
 */

/* Is @node @below or above it? What has no child is above nothing. */
static bool would_loop(const struct threading *t, uint32_t node, uint32_t below)
{
	if (node == below)
		return true;
	if (!t->has_child[node])
		return false;
	for (; below != THREAD_NONE; below = t->parents[below])
		if (below == node)
			return true;
	return false;
}

static void link_to(struct threading *t, uint32_t parent, uint32_t node)
{
	if (would_loop(t, node, parent))
		return;
	t->parents[node] = parent;
	t->has_child[parent] = true;
}

/* 1.A and 1.B: the references are a chain, and the message goes below the last. */
static void link_message(struct threading *t, uint32_t node)
{
	struct str rest = t->items[node].texts[MIME_SORT_REFERENCES], text;
	uint32_t last = THREAD_NONE;

	while (str_split(&rest, ' ', &text) && text.len) {
		uint32_t ref = node_of(t, text, THREAD_NONE);

		if (last != THREAD_NONE && t->parents[ref] == THREAD_NONE)
			link_to(t, last, ref);
		last = ref;
	}
	if (last == THREAD_NONE)
		return;
	/* Its own references are better than what others' said. */
	t->parents[node] = THREAD_NONE;
	link_to(t, last, node);
}

static void link_all(struct threading *t)
{
	size_t count = t->forest->messages;

	/* A second message with the same id has none that others could refer to. */
	for (uint32_t i = 0; i < count; i++)
		if (t->items[i].texts[MIME_SORT_MESSAGE_ID].len)
			node_of(t, t->items[i].texts[MIME_SORT_MESSAGE_ID], i);
	for (uint32_t i = 0; i < count; i++)
		link_message(t, i);
}

/* ---- steps 2 to 4: the forest without nodes that stand for nothing -------------------
 */

static bool is_message(const struct threading *t, uint32_t node)
{
	return node < t->forest->messages;
}

/* The nearest message above, or the topmost node. Paths are shortened as they are gone.
 */
static uint32_t real_parent(struct threading *t, uint32_t node)
{
	uint32_t at = t->parents[node], found;

	while (at != THREAD_NONE && !is_message(t, at) && t->parents[at] != THREAD_NONE)
		at = t->parents[at];
	found = at;
	for (at = t->parents[node];
	     at != THREAD_NONE && at != found && !is_message(t, at);) {
		uint32_t above = t->parents[at];

		t->parents[at] = found;
		at = above;
	}
	return found;
}

struct dated { /* a node and when it was sent */
	uint32_t parent, node;
	int64_t sent_unix_s;
	uint32_t uid;
};

static int by_parent_and_date(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->sent_unix_s != y->sent_unix_s)
		return x->sent_unix_s < y->sent_unix_s ? -1 : 1;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Messages below their parents, by date; roots that are no messages keep their children
 * together only where there are several. */
static void build(struct threading *t)
{
	size_t count = t->forest->messages;
	CLEANUP(mem_free_ptr) struct dated *all = mem_array(count + 1, sizeof(*all));
	CLEANUP(mem_free_ptr)
	uint32_t *children = mem_array(t->forest->count + 1, sizeof(*children));

	for (uint32_t i = 0; i < count; i++) {
		all[i] = (struct dated){ real_parent(t, i), i, t->items[i].sent_unix_s,
					 t->items[i].uid };
		if (all[i].parent != THREAD_NONE)
			children[all[i].parent]++;
	}
	for (size_t i = 0; i < count; i++)
		if (all[i].parent != THREAD_NONE && !is_message(t, all[i].parent) &&
		    children[all[i].parent] == 1)
			all[i].parent = THREAD_NONE;
	if (count)
		qsort(all, count, sizeof(*all), by_parent_and_date);
	for (size_t i = 0; i < count; i++) {
		uint32_t parent = all[i].parent;

		if (parent != THREAD_NONE && !is_message(t, parent) &&
		    t->forest->nodes[parent].child == THREAD_NONE)
			thread_append(t->forest, THREAD_NONE, parent);
		thread_append(t->forest, parent, all[i].node);
	}
}

/* ---- step 5: threads of one subject --------------------------------------------------
 */

static uint32_t first_message(const struct threading *t, uint32_t node)
{
	return is_message(t, node) ? node : t->forest->nodes[node].child;
}

static struct str subject_of(const struct threading *t, uint32_t node)
{
	return t->items[first_message(t, node)].texts[MIME_SORT_SUBJECT];
}

static bool is_reply(const struct threading *t, uint32_t node)
{
	return t->items[first_message(t, node)].is_reply;
}

/* 5.B: which root stands for each subject. */
static void collect_subjects(struct threading *t, struct id *table, size_t slots)
{
	for (uint32_t n = t->forest->root; n != THREAD_NONE;
	     n = t->forest->nodes[n].next) {
		struct str subject = subject_of(t, n);
		struct id *entry;

		if (!subject.len)
			continue;
		entry = slot_of(table, slots, subject);
		if (!entry->text.p)
			*entry = (struct id){ subject, n };
		else if (is_message(t, entry->node) &&
			 (!is_message(t, n) ||
			  (is_reply(t, entry->node) && !is_reply(t, n))))
			entry->node = n;
	}
}

/* All children of @from go to the end of @to's. */
static void move_children(struct thread_forest *forest, uint32_t from, uint32_t to)
{
	uint32_t child = forest->nodes[from].child;

	while (child != THREAD_NONE) {
		uint32_t next = forest->nodes[child].next;

		thread_append(forest, to, child);
		child = next;
	}
	forest->nodes[from].child = forest->nodes[from].last_child = THREAD_NONE;
}

/* 5.C for the root @n, whose subject belongs to @entry. Return: is it still a root? */
static bool merge(struct threading *t, uint32_t n, struct id *entry)
{
	struct thread_forest *forest = t->forest;
	uint32_t kept = entry->node, both;

	/* Itself, or put below a new node already, which stands for it. */
	if (kept == n || forest->nodes[n].parent == kept)
		return true;
	if (!is_message(t, kept)) {
		if (is_message(t, n))
			thread_append(forest, kept, n);
		else
			move_children(forest, n, kept);
		return false;
	}
	if (is_reply(t, n) && !is_reply(t, kept)) {
		thread_append(forest, kept, n);
		return false;
	}
	/* Two of a kind become siblings below a new node, which takes the place of one.
	 */
	both = node_new(t);
	thread_append(forest, both, kept);
	thread_append(forest, both, n);
	entry->node = both;
	return false;
}

/* The roots that are left, by date; what merging made of them too. */
static void rebuild_roots(struct threading *t, const uint32_t *roots, size_t count)
{
	struct thread_forest *forest = t->forest;
	CLEANUP(mem_free_ptr) struct dated *all = mem_array(count + 1, sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		uint32_t message = first_message(t, roots[i]);

		all[i] = (struct dated){ THREAD_NONE, roots[i],
					 t->items[message].sent_unix_s,
					 t->items[message].uid };
	}
	if (count)
		qsort(all, count, sizeof(*all), by_parent_and_date);
	forest->root = forest->last_root = THREAD_NONE;
	for (size_t i = 0; i < count; i++)
		thread_append(forest, THREAD_NONE, all[i].node);
}

/* 6: the children of each node by date. */
static void sort_children(struct threading *t)
{
	struct thread_forest *forest = t->forest;
	CLEANUP(mem_free_ptr)
	struct dated *all = mem_array(forest->messages + 1, sizeof(*all));
	size_t count = 0;

	for (uint32_t i = 0; i < forest->messages; i++)
		if (forest->nodes[i].parent != THREAD_NONE)
			all[count++] = (struct dated){ forest->nodes[i].parent, i,
						       t->items[i].sent_unix_s,
						       t->items[i].uid };
	for (uint32_t i = 0; i < forest->count; i++)
		forest->nodes[i].child = forest->nodes[i].last_child = THREAD_NONE;
	if (count)
		qsort(all, count, sizeof(*all), by_parent_and_date);
	for (size_t i = 0; i < count; i++)
		thread_append(forest, all[i].parent, all[i].node);
}

static void merge_subjects(struct threading *t)
{
	size_t slots = t->forest->messages * 2 + 64, root_count = 0, kept = 0;
	CLEANUP(mem_free_ptr) struct id *table = mem_array(slots, sizeof(*table));
	CLEANUP(mem_free_ptr)
	uint32_t *roots = mem_array(t->forest->count + 1, sizeof(*roots));

	collect_subjects(t, table, slots);
	for (uint32_t n = t->forest->root; n != THREAD_NONE; n = t->forest->nodes[n].next)
		roots[root_count++] = n;
	for (size_t i = 0; i < root_count; i++)
		t->forest->nodes[roots[i]].next = THREAD_NONE;
	for (size_t i = 0; i < root_count; i++) {
		struct str subject = subject_of(t, roots[i]);
		struct id *entry = subject.len ? slot_of(table, slots, subject) : NULL;

		if (!entry || merge(t, roots[i], entry))
			roots[kept++] = roots[i];
	}
	/* A root that got a node above it is told by that node. */
	for (size_t i = 0; i < kept; i++)
		if (t->forest->nodes[roots[i]].parent != THREAD_NONE)
			roots[i] = t->forest->nodes[roots[i]].parent;
	sort_children(t);
	rebuild_roots(t, roots, kept);
}

void thread_by_references(struct imap_sort_item *items, size_t count,
			  struct thread_forest *forest_r)
{
	struct threading t = { .items = items, .forest = forest_r };

	thread_forest_init(forest_r, count);
	t.parent_capacity = count + 64;
	t.parents = mem_array(t.parent_capacity, sizeof(*t.parents));
	t.has_child = mem_array(t.parent_capacity, sizeof(*t.has_child));
	for (size_t i = 0; i < count; i++)
		t.parents[i] = THREAD_NONE;
	link_all(&t);
	build(&t);
	merge_subjects(&t);
	free(t.ids);
	free(t.parents);
	free(t.has_child);
}
