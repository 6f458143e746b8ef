/*
 * Which names LIST shows: mailboxes, subscribed names that have none, and parents that
 * are only there because something is below them. See list.h.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/list.h"
#include "imapfront/imap/mailbox.h"

enum { PATTERN_BYTES = 2 * IMAP_MAILBOX_BYTES };

bool imap_list_is_shown(const struct store_box *box)
{
	return box->kind == BOX_MAIL && !box->hidden;
}

const char *imap_list_use(enum box_use use)
{
	switch (use) {
	case BOX_USE_DRAFTS:
		return "\\Drafts";
	case BOX_USE_SENT:
		return "\\Sent";
	case BOX_USE_TRASH:
		return "\\Trash";
	case BOX_USE_JUNK:
		return "\\Junk";
	case BOX_USE_ARCHIVE:
		return "\\Archive";
	case BOX_USE_NONE:
	case BOX_USE_INBOX:
	case BOX_USE_OUTBOX:
	case BOX_USE_CALENDAR:
		break;
	}
	return NULL;
}

bool imap_list_matches(const struct imap_list *list, struct str path, bool utf8)
{
	CLEANUP(strbuf_finish) struct strbuf wire = STRBUF(2 * IMAP_MAILBOX_BYTES);

	imap_mailbox_wire(path, utf8, &wire);
	for (size_t i = 0; i < list->pattern_count; i++) {
		CLEANUP(strbuf_finish) struct strbuf pattern = STRBUF(PATTERN_BYTES);

		/* The reference is what the pattern is relative to: both in one. */
		strbuf_add(&pattern, list->reference);
		strbuf_add(&pattern, list->patterns[i]);
		if (imap_mailbox_match(strbuf_str(&pattern), strbuf_str(&wire)))
			return true;
	}
	return false;
}

void imap_list_names_finish(struct imap_list_names *names)
{
	free(names->items);
	*names = (struct imap_list_names){ 0 };
}

static struct imap_list_name *add(struct imap_list_names *names, struct str path)
{
	struct imap_list_name *name;

	names->items = mem_grow(names->items, names->count, &names->capacity,
				sizeof(*names->items));
	name = &names->items[names->count++];
	*name = (struct imap_list_name){ .path = path };
	return name;
}

static bool is_inbox(struct str path)
{
	return str_eq(path, STR("INBOX"));
}

static int by_path(const void *a, const void *b)
{
	const struct imap_list_name *x = a, *y = b;
	int inbox = is_inbox(y->path) - is_inbox(x->path);

	return inbox ? inbox : str_cmp(x->path, y->path);
}

static void sort(struct imap_list_names *names)
{
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_path);
}

/* NULL: not in the sorted list */
static struct imap_list_name *find(const struct imap_list_names *names, struct str path)
{
	struct imap_list_name wanted = { .path = path };

	return names->count ? bsearch(&wanted, names->items, names->count,
				      sizeof(*names->items), by_path)
			    : NULL;
}

static bool parent_of(struct str path, struct str *parent_r)
{
	size_t len = path.len;

	while (len && path.p[len - 1] != '/')
		len--;
	*parent_r = str_sub(path, 0, len ? len - 1 : 0);
	return len > 1;
}

static void add_boxes(struct imap_list_names *names, const struct store_boxes *boxes)
{
	for (size_t i = 0; i < boxes->count; i++)
		if (imap_list_is_shown(&boxes->items[i]))
			add(names, str_from(boxes->items[i].path))->box =
				&boxes->items[i];
	sort(names);
}

/* Subscribed names that nothing is behind are names of the list all the same. */
static void add_subscribed(struct imap_list_names *names, struct str subscribed,
			   bool missing_too)
{
	struct str rest = subscribed, path;
	size_t known = names->count;
	struct imap_list_names there = *names;

	while (str_split(&rest, '\n', &path) && path.len) {
		struct imap_list_name *name;

		there.items = names->items;
		there.count = known;
		name = find(&there, path);
		if (!name && missing_too)
			name = add(names, path);
		if (name)
			name->subscribed = true;
	}
	sort(names);
}

/* Parents that are not shown themselves, of everything so far. */
static void add_parents(struct imap_list_names *names)
{
	struct imap_list_names more = { 0 };

	for (size_t i = 0; i < names->count; i++) {
		struct str path = names->items[i].path, parent;

		for (; parent_of(path, &parent); path = parent)
			if (!find(names, parent))
				add(&more, parent);
	}
	sort(&more);
	for (size_t i = 0; i < more.count; i++)
		if (!i || !str_eq(more.items[i].path, more.items[i - 1].path))
			add(names, more.items[i].path);
	imap_list_names_finish(&more);
	sort(names);
}

static bool is_selected(const struct imap_list *list, const struct imap_list_name *name)
{
	if ((list->options & IMAP_LIST_SUBSCRIBED) && !name->subscribed)
		return false;
	if ((list->options & IMAP_LIST_SPECIAL_USE) &&
	    !(name->box && imap_list_use(name->box->use)))
		return false;
	return name->box || (list->options & IMAP_LIST_SUBSCRIBED);
}

/*
 * RFC 5258 section 3.1: a parent is told for the sake of those below it only where these
 * do not match the pattern and so are not told themselves.
 */
static void mark_parents(const struct imap_list *list, struct imap_list_names *names,
			 const struct imap_list_name *name, bool matches)
{
	bool recursive = list->options & IMAP_LIST_RECURSIVE;
	struct str path = name->path, parent;

	for (; parent_of(path, &parent); path = parent) {
		struct imap_list_name *above = find(names, parent);

		if (!above)
			continue;
		above->has_children = above->has_children || name->box;
		if (matches || !is_selected(list, name))
			continue;
		if (recursive)
			above->childinfo = true;
	}
}

/* A parent that is no mailbox: for "%", which stops short of what is below it. */
static bool is_way_down(const struct imap_list *list, const struct imap_list_name *name)
{
	return !name->box && !name->subscribed && name->has_children &&
	       !(list->options & (IMAP_LIST_SUBSCRIBED | IMAP_LIST_SPECIAL_USE));
}

bool imap_list_choose(const struct imap_list *list, const struct store_boxes *boxes,
		      struct str subscribed, bool utf8, struct imap_list_names *names_r,
		      struct err *err)
{
	struct imap_list_names names = { 0 };

	if (list->reference.len > IMAP_MAILBOX_BYTES)
		return err_set(err, ERR_LIMIT, "reference longer than %d bytes",
			       IMAP_MAILBOX_BYTES);
	add_boxes(&names, boxes);
	add_subscribed(&names, subscribed, list->options & IMAP_LIST_SUBSCRIBED);
	add_parents(&names);
	for (size_t i = 0; i < names.count; i++) {
		struct imap_list_name *name = &names.items[i];

		name->chosen = imap_list_matches(list, name->path, utf8);
		mark_parents(list, &names, name, name->chosen);
	}
	for (size_t i = 0; i < names.count; i++) {
		struct imap_list_name *name = &names.items[i];

		name->chosen = name->chosen &&
			       (is_selected(list, name) || name->childinfo ||
				is_way_down(list, name));
	}
	*names_r = names;
	return true;
}

static void attribute(struct strbuf *out, const char *name, const char **blank)
{
	strbuf_addf(out, "%s%s", *blank, name);
	*blank = " ";
}

void imap_list_write(const struct imap_list *list, const struct imap_list_name *name,
		     bool utf8, struct strbuf *out)
{
	const char *use = name->box ? imap_list_use(name->box->use) : NULL;
	const char *blank = "";

	strbuf_add(out, STR("* LIST ("));
	if (!name->box)
		attribute(out, list->extended ? "\\NonExistent" : "\\Noselect", &blank);
	if (name->subscribed && (list->options & IMAP_LIST_TELL_SUBSCRIBED))
		attribute(out, "\\Subscribed", &blank);
	if (name->box || name->has_children)
		attribute(out, name->has_children ? "\\HasChildren" : "\\HasNoChildren",
			  &blank);
	if (use)
		attribute(out, use, &blank);
	strbuf_add(out, STR(") \"/\" "));
	imap_mailbox_quote(name->path, utf8, out);
	if (name->childinfo)
		strbuf_add(out, STR(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"));
	strbuf_add(out, STR("\r\n"));
}
