/*
 * Address lists. One entry is read as words up to a character that says what they were:
 * '<' a display name, '@' a local part, ':' a group's name, ',' ';' or the end a bare
 * mailbox. So no grammar has to be tried twice, and garbage still gives something.
 */
#include "bridge/mime/address.h"

#include "base/mem.h"
#include "bridge/mime/block.h"
#include "bridge/mime/token.h"
#include "bridge/mime/words.h"

enum { ROUTE_MAX_BYTES = 1000 };

struct reader {
	struct str rest;
	struct mime_addresses *list;
	bool in_group;
	bool spaced; /* blanks or a comment before the next word */
	unsigned words;
	bool quoted; /* the last word was */
	size_t local_end; /* where the local part ends if words follow it; else 0 */
	struct strbuf phrase; /* words with a blank between them */
	struct strbuf local; /* words without blanks */
	struct strbuf comment;
};

static void add(struct reader *r, struct mime_address address)
{
	struct mime_addresses *list = r->list;

	if (list->count >= MIME_ADDRESSES_MAX)
		return;
	list->list = mem_grow(list->list, list->count, &list->capacity,
			      sizeof(*list->list));
	list->list[list->count++] = address;
}

static struct str keep(struct reader *r, struct str text)
{
	return mime_block_copy(&r->list->blocks, text);
}

static void skip(struct reader *r)
{
	size_t before = r->rest.len;

	mime_skip_cfws(&r->rest, &r->comment);
	r->spaced = r->spaced || r->rest.len != before;
}

static bool at(const struct reader *r, char c)
{
	return r->rest.len && r->rest.p[0] == c;
}

static void forget(struct reader *r)
{
	strbuf_reset(&r->phrase);
	strbuf_reset(&r->local);
	strbuf_reset(&r->comment);
	r->spaced = r->quoted = false;
	r->words = 0;
	r->local_end = 0;
}

static struct str take_atom(struct str *rest)
{
	size_t n = 0;
	struct str atom;

	while (n < rest->len && !strchr(" \t\r\n()<>@,;:\"", rest->p[n]))
		n++;
	atom = str_sub(*rest, 0, n);
	mime_skip(rest, n);
	return atom;
}

/* Blanks end a local part unless there is a dot at them (RFC 5322 section 4.4). */
static void note_local_end(struct reader *r)
{
	struct str local = strbuf_str(&r->local);

	if (r->words && r->spaced && !r->local_end && !at(r, '.') &&
	    !str_ends(local, STR(".")))
		r->local_end = local.len;
}

/* Words into phrase and local, up to a special character or the end. */
static void take_words(struct reader *r)
{
	for (skip(r); r->rest.len && (!r->rest.p[0] || !strchr("<>@,;:)", r->rest.p[0]));
	     skip(r)) {
		size_t from = r->local.len;

		note_local_end(r);
		r->quoted = at(r, '"');
		if (r->quoted)
			mime_take_quoted(&r->rest, &r->local);
		else if (r->rest.p[0])
			strbuf_add(&r->local, take_atom(&r->rest));
		else
			mime_skip(&r->rest, 1);
		if (r->words)
			strbuf_addc(&r->phrase, ' ');
		strbuf_add(&r->phrase,
			   str_sub(strbuf_str(&r->local), from, r->local.len));
		r->words++;
		r->spaced = false;
	}
}

/* Behind '@': atoms and dots, or a literal in brackets. */
static struct str take_domain(struct reader *r)
{
	CLEANUP(strbuf_finish) struct strbuf domain = STRBUF(r->rest.len + 1);

	skip(r);
	if (at(r, '[')) {
		ptrdiff_t end = str_find_char(r->rest, ']');
		size_t len = end < 0 ? r->rest.len : (size_t)end + 1;

		strbuf_add(&domain, str_sub(r->rest, 0, len));
		mime_skip(&r->rest, len);
		skip(r);
		return keep(r, strbuf_str(&domain));
	}
	for (;;) {
		struct str atom = take_atom(&r->rest);
		bool dot;

		if (!atom.len)
			break;
		strbuf_add(&domain, atom);
		dot = atom.p[atom.len - 1] == '.';
		skip(r);
		if (!dot && !at(r, '.'))
			break;
	}
	return keep(r, strbuf_str(&domain));
}

/* "@a,@b:" before the local part (RFC 5322 section 4.4). */
static struct str take_route(struct reader *r)
{
	struct str near = str_sub(r->rest, 0, ROUTE_MAX_BYTES), route;
	ptrdiff_t colon = at(r, '@') ? str_find_char(near, ':') : -1;

	if (colon < 0 || str_find_char(str_sub(near, 0, (size_t)colon), '>') >= 0)
		return STR_NONE;
	route = keep(r, str_sub(r->rest, 0, (size_t)colon));
	mime_skip(&r->rest, (size_t)colon + 1);
	return route;
}

static void skip_to_angle_end(struct reader *r)
{
	while (r->rest.len && !at(r, '>') && !at(r, ','))
		mime_skip(&r->rest, 1);
	if (at(r, '>'))
		mime_skip(&r->rest, 1);
}

static struct str name_or_comment(struct reader *r, struct str name)
{
	if (name.len)
		return name;
	return r->comment.len ? keep(r, strbuf_str(&r->comment)) : STR_NONE;
}

/* At '<'; the phrase before it is the name. */
static void take_angle(struct reader *r)
{
	struct mime_address a = { .mailbox = STR(""), .host = STR("") };
	struct str name = keep(r, strbuf_str(&r->phrase));

	strbuf_reset(&r->phrase);
	strbuf_reset(&r->local);
	r->words = 0;
	r->local_end = 0;
	mime_skip(&r->rest, 1);
	skip(r);
	a.route = take_route(r);
	take_words(r);
	a.mailbox = keep(r, strbuf_str(&r->local));
	if (r->local_end) { /* "<two words@host>": who knows which host */
		a.mailbox.len = r->local_end;
	} else if (at(r, '@')) {
		mime_skip(&r->rest, 1);
		a.host = take_domain(r);
	}
	skip_to_angle_end(r);
	strbuf_reset(&r->comment); /* those inside name nobody */
	skip(r);
	a.name = name_or_comment(r, name);
	if (a.mailbox.len || a.host.len || a.name.len)
		add(r, a);
}

/* The words were a local part; at '@' or at what ends the entry. */
static void take_plain(struct reader *r)
{
	struct mime_address a = { .mailbox = STR(""), .host = STR("") };
	struct str name = STR_NONE;

	if (at(r, '@')) {
		a.mailbox = keep(r, strbuf_str(&r->local));
		mime_skip(&r->rest, 1);
		a.host = take_domain(r);
	} else if (r->words > 1 || r->quoted) { /* a display name without address */
		name = keep(r, strbuf_str(&r->phrase));
	} else {
		a.mailbox = keep(r, strbuf_str(&r->phrase));
	}
	a.name = name_or_comment(r, name);
	if (a.mailbox.len || a.host.len || name.len)
		add(r, a);
}

static void end_group(struct reader *r)
{
	if (r->in_group)
		add(r, (struct mime_address){ .kind = MIME_ADDRESS_GROUP_END });
	r->in_group = false;
}

static void start_group(struct reader *r)
{
	end_group(r);
	add(r, (struct mime_address){ .kind = MIME_ADDRESS_GROUP_START,
				      .mailbox = keep(r, strbuf_str(&r->phrase)) });
	r->in_group = true;
}

static void take_entry(struct reader *r)
{
	forget(r);
	take_words(r);
	if (at(r, ':')) {
		start_group(r);
		mime_skip(&r->rest, 1);
		return;
	}
	if (at(r, '<'))
		take_angle(r);
	else if (r->words || at(r, '@'))
		take_plain(r);
	while (r->rest.len && !at(r, ',') && !at(r, ';'))
		mime_skip(&r->rest, 1);
	if (at(r, ';'))
		end_group(r);
	mime_skip(&r->rest, 1);
}

void mime_addresses_init(struct mime_addresses *addresses, struct str value)
{
	struct reader r = { .rest = value, .list = addresses };

	*addresses = (struct mime_addresses){ 0 };
	strbuf_init(&r.phrase, value.len * 2 + 1);
	strbuf_init(&r.local, value.len + 1);
	strbuf_init(&r.comment, value.len + 1);
	while (r.rest.len)
		take_entry(&r);
	end_group(&r);
	strbuf_finish(&r.phrase);
	strbuf_finish(&r.local);
	strbuf_finish(&r.comment);
}

void mime_addresses_finish(struct mime_addresses *addresses)
{
	mem_free_ptr(&addresses->list);
	mime_block_free(&addresses->blocks);
	addresses->count = addresses->capacity = 0;
}

static void write_name(struct str name, struct strbuf *out)
{
	bool ascii = true, plain = true;

	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] < 0x20 || name.p[i] > 0x7e)
			ascii = false;
		if (strchr("()<>[]:;@\\,.\"", name.p[i]))
			plain = false;
	}
	if (!ascii || plain || str_find(name, STR("=?")) >= 0) {
		mime_words_encode(name, 20, out);
		return;
	}
	strbuf_addc(out, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, name.p[i]);
	}
	strbuf_addc(out, '"');
}

void mime_address_write(struct str name, struct str addr, struct strbuf *out)
{
	if (name.len) {
		write_name(name, out);
		strbuf_addc(out, ' ');
	}
	strbuf_addc(out, '<');
	for (size_t i = 0; i < addr.len; i++)
		if ((unsigned char)addr.p[i] >= 0x20 && addr.p[i] != '<' &&
		    addr.p[i] != '>')
			strbuf_addc(out, addr.p[i]);
	strbuf_addc(out, '>');
}

bool mime_address_path(struct str text, struct strbuf *out, struct err *err)
{
	ptrdiff_t host;

	text = str_trim(text);
	if (text.len >= 2 && text.p[0] == '<' && text.p[text.len - 1] == '>')
		text = str_sub(text, 1, text.len - 2);
	if (text.len && text.p[0] == '@') { /* obsolete source route */
		ptrdiff_t colon = str_find_char(text, ':');

		if (colon < 0)
			return err_set(err, ERR_SYNTAX, "bad source route");
		text = str_sub(text, (size_t)colon + 1, text.len);
	}
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f ||
		    text.p[i] == '<' || text.p[i] == '>')
			if (text.p[0] != '"' || text.p[i] != ' ')
				return err_set(err, ERR_SYNTAX,
					       "bad character in address");
	host = str_find_char(text, '@');
	if (text.len && text.p[0] == '"')
		host = str_find(text, STR("\"@")) + 1;
	if (host < 1 || (size_t)host + 1 >= text.len)
		return err_set(err, ERR_SYNTAX, "address without mailbox or host");
	strbuf_add(out, text);
	return true;
}
