/*
 * One FETCH response. What the store keeps as it goes on the wire is passed on; sections
 * are cut out of the octets without copying them.
 */
#include <string.h>

#include "bridge/mime/date.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/preview.h"
#include "imapfront/imap/fetch.h"
#include "imapfront/imap/flags.h"
#include "imapfront/limits.h"

enum { HEADER_BYTES = FRONT_MESSAGE_BYTES };

static bool is_of_header(const struct mime_section *section)
{
	return section->path_len == 0 &&
	       (section->what == MIME_SECTION_HEADER ||
		section->what == MIME_SECTION_HEADER_FIELDS ||
		section->what == MIME_SECTION_HEADER_FIELDS_NOT);
}

static bool is_field_list(const struct mime_section *section)
{
	return section->path_len == 0 && section->what == MIME_SECTION_HEADER_FIELDS;
}

/*
 * Can the header alone (which is here before the body) answer it? What the index has may
 * name another boundary than the body that comes later, so that it does for a list of
 * fields, and not for a whole header that a client puts before BODY[TEXT].
 */
static bool header_is_enough(const struct imap_fetch *fetch, const struct store_msg *msg,
			     const struct mime_section *section)
{
	return msg->known || fetch->any_header ? is_of_header(section)
					       : is_field_list(section);
}

unsigned imap_fetch_want(const struct imap_fetch *fetch)
{
	unsigned want = 0;

	if (fetch->items & IMAP_FETCH_ENVELOPE)
		want |= STORE_WANT_ENVELOPE;
	if (fetch->items & IMAP_FETCH_BODY)
		want |= STORE_WANT_BODY;
	if (fetch->items & IMAP_FETCH_BODYSTRUCTURE)
		want |= STORE_WANT_BODYSTRUCTURE;
	if (fetch->items & IMAP_FETCH_EMAILID)
		want |= STORE_WANT_EMAIL_ID;
	if (fetch->items & IMAP_FETCH_PREVIEW)
		want |= STORE_WANT_PREVIEW;
	for (const struct imap_fetch_section *s = fetch->sections; s; s = s->next)
		if (is_of_header(&s->section))
			want |= STORE_WANT_HEADER;
	return want;
}

/* May be left out where the octets are not here. */
static bool is_lazy(const struct imap_fetch *fetch, const struct store_msg *msg)
{
	return (fetch->items & IMAP_FETCH_PREVIEW_LAZY) && !msg->has_body;
}

bool imap_fetch_needs_body(const struct imap_fetch *fetch, const struct store_msg *msg)
{
	if ((fetch->items & IMAP_FETCH_PREVIEW) && !msg->preview && !is_lazy(fetch, msg))
		return true;
	for (const struct imap_fetch_section *s = fetch->sections; s; s = s->next)
		if (!header_is_enough(fetch, msg, &s->section) || !msg->header.len)
			return true;
	return false;
}

bool imap_fetch_in_part(const struct imap_fetch *fetch, const struct store_msg *msg)
{
	for (const struct imap_fetch_section *s = fetch->sections; s; s = s->next)
		if (s->partial && (s->offset > 0 || s->length < msg->size))
			return true;
	return false;
}

bool imap_fetch_header_suffices(const struct imap_fetch *fetch)
{
	unsigned octets = IMAP_FETCH_BODY | IMAP_FETCH_BODYSTRUCTURE |
			  IMAP_FETCH_EMAILID |
			  (fetch->items & IMAP_FETCH_PREVIEW_LAZY ? 0
								  : IMAP_FETCH_PREVIEW) |
			  (fetch->guess_sizes ? 0 : IMAP_FETCH_SIZE);

	if (fetch->items & octets)
		return false;
	for (const struct imap_fetch_section *s = fetch->sections; s; s = s->next)
		if (!is_field_list(&s->section))
			return false;
	return true;
}

bool imap_fetch_ready(const struct imap_fetch *fetch, const struct store_msg *msg)
{
	if (msg->has_body)
		return true;
	return !(((fetch->items & IMAP_FETCH_SIZE) && !msg->known &&
		  !fetch->guess_sizes) ||
		 ((fetch->items & IMAP_FETCH_EMAILID) && !msg->email_id) ||
		 ((fetch->items & IMAP_FETCH_ENVELOPE) && !msg->envelope) ||
		 ((fetch->items & IMAP_FETCH_BODY) && !msg->body) ||
		 ((fetch->items & IMAP_FETCH_BODYSTRUCTURE) && !msg->bodystructure) ||
		 imap_fetch_needs_body(fetch, msg));
}

struct writer {
	struct stream *out;
	const struct imap_fetch *fetch;
	const struct store_msg *msg;
	unsigned flags;
	struct str octets;
	struct mime_tree tree;
	bool have_tree;
	bool unknown_encoding; /* of a part that BINARY was asked for */
	const char *blank; /* before the next item */
};

static void name_item(struct writer *w, struct str name)
{
	stream_write(w->out, str_from(w->blank));
	stream_write(w->out, name);
	stream_write(w->out, STR(" "));
	w->blank = " ";
}

static void write_date(struct writer *w, int64_t unix_s)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(64);

	mime_internaldate_write((struct mime_date){ .unix_s = unix_s }, &text);
	stream_write(w->out, STR("\""));
	stream_write(w->out, strbuf_str(&text));
	stream_write(w->out, STR("\""));
}

static void write_thread(struct writer *w)
{
	if (w->msg->thread)
		stream_writef(w->out, "(T%016llx)", (unsigned long long)w->msg->thread);
	else
		stream_write(w->out, STR("NIL"));
}

static void write_flags(struct writer *w)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4 * IMAP_KEYWORDS_BYTES);

	imap_flags_write(w->flags, w->msg->keywords, w->fetch->labels, &text);
	stream_write(w->out, strbuf_str(&text));
}

static void write_kept(struct writer *w, const char *text)
{
	stream_write(w->out, text ? str_from(text) : STR("NIL"));
}

static void write_items(struct writer *w, unsigned items)
{
	if (items & IMAP_FETCH_UID) {
		name_item(w, STR("UID"));
		stream_writef(w->out, "%u", w->msg->uid);
	}
	if (items & IMAP_FETCH_FLAGS) {
		name_item(w, STR("FLAGS"));
		write_flags(w);
	}
	if (items & IMAP_FETCH_MODSEQ) {
		name_item(w, STR("MODSEQ"));
		stream_writef(w->out, "(%llu)", (unsigned long long)w->msg->modseq);
	}
	if (items & IMAP_FETCH_EMAILID) {
		name_item(w, STR("EMAILID"));
		stream_writef(w->out, "(M%s)", w->msg->email_id ? w->msg->email_id : "0");
	}
	if (items & IMAP_FETCH_THREADID) {
		name_item(w, STR("THREADID"));
		write_thread(w);
	}
	if (items & IMAP_FETCH_INTERNALDATE) {
		name_item(w, STR("INTERNALDATE"));
		write_date(w, w->msg->internal_unix_s);
	}
	if (items & IMAP_FETCH_SAVEDATE) {
		name_item(w, STR("SAVEDATE"));
		if (w->msg->saved_unix_s)
			write_date(w, w->msg->saved_unix_s);
		else
			stream_write(w->out, STR("NIL"));
	}
	if (items & IMAP_FETCH_SIZE) {
		name_item(w, STR("RFC822.SIZE"));
		stream_writef(w->out, "%llu", (unsigned long long)w->msg->size);
	}
	if (items & IMAP_FETCH_ENVELOPE) {
		name_item(w, STR("ENVELOPE"));
		write_kept(w, w->msg->envelope);
	}
	if (items & IMAP_FETCH_BODY) {
		name_item(w, STR("BODY"));
		write_kept(w, w->msg->body);
	}
	if (items & IMAP_FETCH_BODYSTRUCTURE) {
		name_item(w, STR("BODYSTRUCTURE"));
		write_kept(w, w->msg->bodystructure);
	}
}

static void make_tree(struct writer *w)
{
	if (!w->have_tree)
		mime_tree_init(&w->tree, w->octets);
	w->have_tree = true;
}

/* The whole message and its parts; the tree is made once, and only when it is needed. */
static bool cut(struct writer *w, const struct mime_section *section,
		struct strbuf *scratch, struct str *text_r)
{
	if (section->path_len == 0 && section->what == MIME_SECTION_ALL) {
		*text_r = w->octets;
		return true;
	}
	if (header_is_enough(w->fetch, w->msg, section) && w->msg->header.len) {
		*text_r = mime_section_header(strbuf_str(&w->msg->header), section,
					      scratch);
		return true;
	}
	make_tree(w);
	return mime_section_get(&w->tree, section, scratch, text_r);
}

static void write_literal(struct stream *out, struct str text)
{
	static const char nul = MIME_IMAP_NUL;
	const char *at;

	stream_writef(out, "{%zu}\r\n", text.len);
	while (text.len && (at = memchr(text.p, '\0', text.len))) {
		stream_write(out, str_sub(text, 0, (size_t)(at - text.p)));
		stream_write(out, str_make(&nul, 1));
		text = str_sub(text, (size_t)(at - text.p) + 1, text.len);
	}
	stream_write(out, text);
}

static void write_preview(struct writer *w)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MIME_PREVIEW_BYTES);
	CLEANUP(strbuf_finish) struct strbuf quoted = STRBUF(2 * MIME_PREVIEW_BYTES);

	name_item(w, STR("PREVIEW"));
	if (w->msg->preview) {
		strbuf_add_cstr(&text, w->msg->preview);
	} else if (w->octets.p) {
		make_tree(w);
		mime_preview(&w->tree, &text);
	} else {
		stream_write(w->out, STR("NIL"));
		return;
	}
	mime_imap_string(strbuf_str(&text), &quoted);
	stream_write(w->out, strbuf_str(&quoted));
}

/* A part without its transfer encoding; what holds parts has none. */
static bool cut_binary(struct writer *w, const struct mime_section *section,
		       struct strbuf *scratch, struct str *text_r)
{
	const struct mime_part *part;

	if (section->path_len == 0) {
		*text_r = w->octets;
		return true;
	}
	make_tree(w);
	part = mime_section_part(&w->tree, section);
	if (!part)
		return false;
	*text_r = part->body;
	if (part->kind != MIME_LEAF || part->encoding == MIME_ENCODING_NONE)
		return true;
	if (part->encoding == MIME_ENCODING_UNKNOWN) {
		w->unknown_encoding = true;
		return false;
	}
	(void)mime_part_decode(part, scratch);
	*text_r = strbuf_str(scratch);
	return true;
}

/* literal8 is for NUL octets alone: not every client that asks for BINARY takes it. */
static void write_binary(struct stream *out, struct str text)
{
	bool has_nul = text.len && memchr(text.p, '\0', text.len);

	stream_writef(out, "%s{%zu}\r\n", has_nul ? "~" : "", text.len);
	stream_write(out, text);
}

static void write_section(struct writer *w, const struct imap_fetch_section *s)
{
	CLEANUP(strbuf_finish) struct strbuf scratch = STRBUF(HEADER_BYTES);
	bool body = s->kind == IMAP_SECTION_BODY;
	struct str text;

	name_item(w, s->label);
	if (!(body ? cut : cut_binary)(w, &s->section, &scratch, &text)) {
		stream_write(w->out,
			     s->kind == IMAP_SECTION_BINARY_SIZE ? STR("0") : STR("NIL"));
		return;
	}
	if (s->partial)
		text = s->offset < text.len ? str_sub(text, s->offset, s->length)
					    : STR("");
	if (body)
		write_literal(w->out, text);
	else if (s->kind == IMAP_SECTION_BINARY)
		write_binary(w->out, text);
	else
		stream_writef(w->out, "%zu", text.len);
}

bool imap_fetch_write(const struct imap_fetch *fetch, uint32_t seq, unsigned flags,
		      const struct store_msg *msg, struct str octets, struct stream *out)
{
	struct writer w = { .out = out,
			    .fetch = fetch,
			    .msg = msg,
			    .flags = flags,
			    .octets = octets,
			    .blank = "" };

	stream_writef(out, "* %u FETCH (", seq);
	write_items(&w, fetch->items);
	if (fetch->items & IMAP_FETCH_PREVIEW)
		write_preview(&w);
	for (const struct imap_fetch_section *s = fetch->sections; s; s = s->next)
		write_section(&w, s);
	stream_write(out, STR(")\r\n"));
	if (w.have_tree)
		mime_tree_finish(&w.tree);
	return !w.unknown_encoding;
}
