/*
 * One pass over the lines of a message. Only lines that begin with "--" are compared
 * with the boundaries of the multiparts that are open (RFC 2046 section 5.1.1); as in
 * other servers the longest boundary that the line begins with counts, so that broken
 * and prefix-sharing boundaries work. A boundary also ends a header.
 */
#include "bridge/mime/structure.h"

#include "bridge/mime/block.h"
#include "bridge/mime/content_read.h"

enum { BOUNDARY_MAX_BYTES = 80 };

struct scan {
	struct mime_tree *tree;
	size_t at; /* start of a line */
	struct str boundaries[MIME_DEPTH_MAX];
	int open; /* boundaries in use */
	int depth;
};

struct stop { /* why a body ended */
	int level; /* index of the boundary, -1: end of the message */
	bool closing; /* "--boundary--" */
	size_t end; /* of the body before it, without the line end that is the
		       boundary's */
};

static size_t line_end(struct str octets, size_t at)
{
	const char *lf = memchr(octets.p + at, '\n', octets.len - at);

	return lf ? (size_t)(lf - octets.p) + 1 : octets.len;
}

/* Is the line at s->at a boundary? */
static bool is_boundary(const struct scan *s, struct stop *stop_r)
{
	struct str octets = s->tree->octets, line;
	ptrdiff_t best = -1;

	if (octets.len - s->at < 2 || octets.p[s->at] != '-' ||
	    octets.p[s->at + 1] != '-' || s->tree->part_count >= MIME_PARTS_MAX)
		return false;
	line = str_sub(octets, s->at + 2, line_end(octets, s->at) - s->at - 2);
	for (int i = s->open - 1; i >= 0; i--) {
		if ((ptrdiff_t)s->boundaries[i].len <= best ||
		    !str_starts(line, s->boundaries[i]))
			continue;
		best = (ptrdiff_t)s->boundaries[i].len;
		stop_r->level = i;
	}
	if (best < 0)
		return false;
	stop_r->closing = str_starts(str_sub(line, (size_t)best, line.len), STR("--"));
	stop_r->end = s->at;
	return true;
}

static size_t without_line_end(struct str octets, size_t start, size_t end)
{
	if (end > start && octets.p[end - 1] == '\n')
		end--;
	if (end > start && octets.p[end - 1] == '\r')
		end--;
	return end;
}

/* Moves behind the next boundary, or to the end; @start is where the body began. */
static struct stop skip_body(struct scan *s, size_t start)
{
	struct str octets = s->tree->octets;
	struct stop stop = { .level = -1, .end = octets.len };

	while (s->at < octets.len) {
		bool found = s->open && is_boundary(s, &stop);

		s->at = line_end(octets, s->at);
		if (!found)
			continue;
		stop.end = without_line_end(octets, start, stop.end);
		return stop;
	}
	return (struct stop){ .level = -1, .end = octets.len };
}

/* Return: false if a boundary ended the header; it has been consumed then. */
static bool scan_header(struct scan *s, struct mime_part *part, struct stop *stop_r)
{
	struct str octets = s->tree->octets;
	size_t start = s->at;
	bool ended = false, cut = false;

	while (s->at < octets.len && !ended && !cut) {
		size_t next = line_end(octets, s->at);

		cut = s->open && is_boundary(s, stop_r);
		if (cut) { /* the line end before a boundary is the boundary's */
			size_t end = without_line_end(octets, start, s->at);

			part->header = str_sub(octets, start, end - start);
		}
		ended = !cut && (octets.p[s->at] == '\n' ||
				 (next - s->at == 2 && octets.p[s->at] == '\r'));
		s->at = next;
	}
	if (!cut)
		part->header = str_sub(octets, start, s->at - start);
	mime_content_read(s->tree, part);
	return !cut;
}

static struct mime_part *add_child(struct scan *s, struct mime_part *parent)
{
	struct mime_part *part = mime_block_alloc(&s->tree->blocks, sizeof(*part));

	part->parent = parent;
	if (parent) {
		if (parent->last_child)
			parent->last_child->next = part;
		else
			parent->child = part;
		parent->last_child = part;
		parent->child_count++;
	}
	s->tree->part_count++;
	return part;
}

static enum mime_kind kind_of(const struct scan *s, const struct mime_part *part)
{
	if (s->depth >= MIME_DEPTH_MAX || s->tree->part_count >= MIME_PARTS_MAX)
		return MIME_LEAF;
	if (mime_part_type(part, STR("multipart"), STR("")))
		return MIME_MULTIPART;
	/* message/global would surprise IMAP4rev1 clients, for whom it has no parts. */
	if (mime_part_type(part, STR("message"), STR("rfc822")))
		return MIME_MESSAGE;
	return MIME_LEAF;
}

static struct stop scan_part(struct scan *s, struct mime_part *part);

static struct stop scan_multipart(struct scan *s, struct mime_part *part, size_t start)
{
	int mine = s->open;
	struct stop stop;

	if (!mime_param_find(part->params, STR("boundary"), &s->boundaries[mine]))
		return skip_body(s, start);
	/* Longer ones are against RFC 2046 section 5.1.1; this much counts elsewhere. */
	s->boundaries[mine] = str_sub(s->boundaries[mine], 0, BOUNDARY_MAX_BYTES);
	s->open++;
	stop = skip_body(s, start);
	while (stop.level == mine && !stop.closing)
		stop = scan_part(s, add_child(s, part));
	s->open = mine;
	if (stop.level == mine) /* the epilogue */
		stop = skip_body(s, start);
	return stop;
}

static void count_lines(struct mime_part *part)
{
	const char *p = part->body.p, *end = p + part->body.len;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		part->body_lines++;
		p++;
	}
}

static struct stop scan_part(struct scan *s, struct mime_part *part)
{
	struct str octets = s->tree->octets;
	struct stop stop;
	size_t start;

	if (!scan_header(s, part, &stop)) {
		part->body = str_make(octets.p + stop.end, 0);
		if (mime_part_type(part, STR("multipart"), STR("")))
			part->kind = MIME_MULTIPART;
		return stop;
	}
	start = s->at;
	part->kind = kind_of(s, part);
	s->depth++;
	if (part->kind == MIME_MULTIPART)
		stop = scan_multipart(s, part, start);
	else if (part->kind == MIME_MESSAGE)
		stop = scan_part(s, add_child(s, part));
	else
		stop = skip_body(s, start);
	s->depth--;
	if (stop.end < start)
		stop.end = start;
	part->body = str_make(octets.p + start, stop.end - start);
	count_lines(part);
	return stop;
}

void mime_tree_init(struct mime_tree *tree, struct str octets)
{
	struct scan s = { .tree = tree };

	*tree = (struct mime_tree){ .octets = octets.p ? octets : STR("") };
	tree->root = add_child(&s, NULL);
	scan_part(&s, tree->root);
}

void mime_tree_finish(struct mime_tree *tree)
{
	mime_block_free(&tree->blocks);
	tree->root = NULL;
}

bool mime_part_type(const struct mime_part *part, struct str type, struct str subtype)
{
	struct str is_type = part->type, is_subtype = part->subtype;

	if (!is_type.p) {
		bool digest = part->parent && part->parent->kind == MIME_MULTIPART &&
			      mime_part_type(part->parent, STR("multipart"),
					     STR("digest"));

		is_type = digest ? STR("message") : STR("text");
		is_subtype = digest ? STR("rfc822") : STR("plain");
	}
	return str_eq_nocase(is_type, type) &&
	       (!subtype.len || str_eq_nocase(is_subtype, subtype));
}

const struct mime_part *mime_part_next(const struct mime_part *part)
{
	if (part->child)
		return part->child;
	while (part && !part->next)
		part = part->parent;
	return part ? part->next : NULL;
}
