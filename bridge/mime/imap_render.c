/*
 * ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2). Where messages are broken
 * the answers follow Dovecot: of fields that occur again all addresses count, and the
 * last text; an address without host has an empty one (NIL would start a group), a
 * multipart without parts holds one empty text.
 */
#include "bridge/mime/imap_render.h"

#include "bridge/mime/address.h"
#include "bridge/mime/content.h"
#include "bridge/mime/header.h"

enum { QUOTED_MAX_BYTES = 4096 };

void mime_imap_string(struct str text, struct strbuf *out)
{
	bool quotable = text.len <= QUOTED_MAX_BYTES;

	for (size_t i = 0; i < text.len && quotable; i++)
		quotable = text.p[i] > 0 && text.p[i] != '\r' && text.p[i] != '\n';
	if (!quotable) {
		strbuf_addf(out, "{%zu}\r\n", text.len);
		for (size_t i = 0; i < text.len; i++)
			strbuf_addc(out, text.p[i] ? text.p[i] : MIME_IMAP_NUL);
		return;
	}
	strbuf_addc(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, text.p[i]);
	}
	strbuf_addc(out, '"');
}

void mime_imap_nstring(struct str text, struct strbuf *out)
{
	if (text.p)
		mime_imap_string(text, out);
	else
		strbuf_add(out, STR("NIL"));
}

static void add_text_field(struct str header, struct str name, struct strbuf *out)
{
	struct mime_field field;
	struct str value = STR_NONE;

	while (mime_field_next(&header, &field))
		if (str_eq_nocase(field.name, name))
			value = field.value;
	if (!value.p) {
		strbuf_add(out, STR("NIL"));
		return;
	}
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(value.len + 1);

	mime_unfold(value, &text);
	mime_imap_string(strbuf_str(&text), out);
}

static void add_address(const struct mime_address *a, struct strbuf *out)
{
	if (a->kind == MIME_ADDRESS_GROUP_END) {
		strbuf_add(out, STR("(NIL NIL NIL NIL)"));
		return;
	}
	strbuf_addc(out, '(');
	mime_imap_nstring(a->name, out);
	strbuf_addc(out, ' ');
	mime_imap_nstring(a->route, out);
	strbuf_addc(out, ' ');
	mime_imap_string(a->mailbox, out);
	strbuf_addc(out, ' ');
	if (a->kind == MIME_ADDRESS_GROUP_START)
		strbuf_add(out, STR("NIL"));
	else
		mime_imap_string(a->host, out);
	strbuf_addc(out, ')');
}

/* Return: false if there is no address; nothing is appended then. */
static bool add_addresses(struct str header, struct str name, struct strbuf *out)
{
	struct mime_field field;
	bool any = false;

	while (mime_field_next(&header, &field)) {
		CLEANUP(mime_addresses_finish) struct mime_addresses list = { 0 };

		if (!str_eq_nocase(field.name, name))
			continue;
		mime_addresses_init(&list, field.value);
		for (size_t i = 0; i < list.count; i++) {
			if (!any)
				strbuf_addc(out, '(');
			any = true;
			add_address(&list.list[i], out);
		}
	}
	if (any)
		strbuf_addc(out, ')');
	return any;
}

static void add_address_field(struct str header, struct str name, bool else_from,
			      struct strbuf *out)
{
	strbuf_addc(out, ' ');
	if (!add_addresses(header, name, out) &&
	    !(else_from && add_addresses(header, STR("From"), out)))
		strbuf_add(out, STR("NIL"));
}

void mime_imap_envelope(struct str header, struct strbuf *out)
{
	strbuf_addc(out, '(');
	add_text_field(header, STR("Date"), out);
	strbuf_addc(out, ' ');
	add_text_field(header, STR("Subject"), out);
	add_address_field(header, STR("From"), false, out);
	add_address_field(header, STR("Sender"), true, out);
	add_address_field(header, STR("Reply-To"), true, out);
	add_address_field(header, STR("To"), false, out);
	add_address_field(header, STR("Cc"), false, out);
	add_address_field(header, STR("Bcc"), false, out);
	strbuf_addc(out, ' ');
	add_text_field(header, STR("In-Reply-To"), out);
	strbuf_addc(out, ' ');
	add_text_field(header, STR("Message-ID"), out);
	strbuf_addc(out, ')');
}

static void add_params(const struct mime_param *params, bool default_charset,
		       struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf name = STRBUF(out->max_bytes);
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(out->max_bytes);
	const struct mime_param *all = params;
	struct str charset;
	char before = '(';

	default_charset = default_charset &&
			  !mime_param_find(params, STR("charset"), &charset);
	if (!params && !default_charset) {
		strbuf_add(out, STR("NIL"));
		return;
	}
	for (; params; params = params->next) {
		if (!mime_param_join(all, params, &name, &value))
			continue;
		strbuf_addc(out, before);
		mime_imap_string(strbuf_str(&name), out);
		strbuf_addc(out, ' ');
		mime_imap_string(strbuf_str(&value), out);
		before = ' ';
	}
	if (default_charset) {
		strbuf_addc(out, before);
		strbuf_add(out, STR("\"charset\" \"us-ascii\""));
	}
	strbuf_addc(out, ')');
}

static void add_disposition(const struct mime_part *part, struct strbuf *out)
{
	strbuf_addc(out, ' ');
	if (!part->disposition.p) {
		strbuf_add(out, STR("NIL"));
		return;
	}
	strbuf_addc(out, '(');
	mime_imap_string(part->disposition, out);
	strbuf_addc(out, ' ');
	add_params(part->disposition_params, false, out);
	strbuf_addc(out, ')');
}

/* Disposition, language and location, which all kinds of parts end with. */
static void add_extension(const struct mime_part *part, struct strbuf *out)
{
	add_disposition(part, out);
	strbuf_addc(out, ' ');
	if (!part->languages)
		strbuf_add(out, STR("NIL"));
	for (const struct mime_word *w = part->languages; w; w = w->next) {
		strbuf_addc(out, w == part->languages ? '(' : ' ');
		mime_imap_string(w->text, out);
		if (!w->next)
			strbuf_addc(out, ')');
	}
	strbuf_addc(out, ' ');
	mime_imap_nstring(part->location, out);
}

static void add_multipart(const struct mime_part *part, bool extended, struct strbuf *out)
{
	for (const struct mime_part *child = part->child; child; child = child->next)
		mime_imap_body(child, extended, out);
	if (!part->child)
		strbuf_add(out,
			   extended ? STR("(\"text\" \"plain\" (\"charset\" \"us-ascii\")"
					  " NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL)")
				    : STR("(\"text\" \"plain\" (\"charset\" \"us-ascii\")"
					  " NIL NIL \"7bit\" 0 0)"));
	strbuf_addc(out, ' ');
	mime_imap_string(part->subtype, out);
	if (!extended)
		return;
	strbuf_addc(out, ' ');
	add_params(part->params, false, out);
	add_extension(part, out);
}

static void add_type(const struct mime_part *part, struct strbuf *out)
{
	/* Names that promise a structure which is not there (too deep, cut off). */
	if (part->kind == MIME_LEAF &&
	    (mime_part_type(part, STR("multipart"), STR("")) ||
	     mime_part_type(part, STR("message"), STR("rfc822")))) {
		strbuf_add(out, STR("\"application\" \"octet-stream\""));
		return;
	}
	if (!part->type.p) {
		strbuf_add(out, part->kind == MIME_MESSAGE ? STR("\"message\" \"rfc822\"")
							   : STR("\"text\" \"plain\""));
		return;
	}
	mime_imap_string(part->type, out);
	strbuf_addc(out, ' ');
	mime_imap_string(part->subtype, out);
}

static void add_single(const struct mime_part *part, bool extended, struct strbuf *out)
{
	bool text = mime_part_type(part, STR("text"), STR(""));

	add_type(part, out);
	strbuf_addc(out, ' ');
	add_params(part->params, text, out);
	strbuf_addc(out, ' ');
	mime_imap_nstring(part->id, out);
	strbuf_addc(out, ' ');
	mime_imap_nstring(part->description, out);
	strbuf_addc(out, ' ');
	mime_imap_string(part->encoding_name.p ? part->encoding_name : STR("7bit"), out);
	strbuf_addf(out, " %zu", part->body.len);
	if (part->kind == MIME_MESSAGE) {
		strbuf_addc(out, ' ');
		mime_imap_envelope(part->child->header, out);
		strbuf_addc(out, ' ');
		mime_imap_body(part->child, extended, out);
	}
	if (part->kind == MIME_MESSAGE || text)
		strbuf_addf(out, " %zu", part->body_lines);
	if (!extended)
		return;
	strbuf_addc(out, ' ');
	mime_imap_nstring(part->md5, out);
	add_extension(part, out);
}

void mime_imap_body(const struct mime_part *part, bool extended, struct strbuf *out)
{
	strbuf_addc(out, '(');
	if (part->kind == MIME_MULTIPART)
		add_multipart(part, extended, out);
	else
		add_single(part, extended, out);
	strbuf_addc(out, ')');
}
