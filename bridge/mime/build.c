/*
 * Messages from properties. The shape follows from what there is: text alone,
 * alternative, related (inline parts for HTML), mixed. Boundaries are made of a digest of
 * the content, so that the same properties give the same octets.
 */
#include "bridge/mime/build.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "base/utf8.h"
#include "bridge/mime/address.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/edit.h"
#include "bridge/mime/header.h"
#include "bridge/mime/words.h"

enum { BOUNDARY_BYTES = 12, FIELD_MAX_BYTES = 1 << 20, TEXT_LINE_MAX = 990 };

struct maker {
	struct strbuf *out;
	char seed[BOUNDARY_BYTES * 2 + 1];
	unsigned boundaries;
};

/* Control characters would end the field or the header. */
static void add_clean(struct str text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		strbuf_addc(out, c < 0x20 || c == 0x7f ? ' ' : text.p[i]);
	}
}

static void add_field(struct strbuf *out, const char *name, struct str utf8)
{
	CLEANUP(strbuf_finish) struct strbuf clean = STRBUF(utf8.len + 1);

	if (!utf8.len)
		return;
	add_clean(utf8, &clean);
	strbuf_addf(out, "%s: ", name);
	mime_words_encode(strbuf_str(&clean), strlen(name) + 2, out);
	strbuf_add(out, STR("\r\n"));
}

/* Ids are not to be encoded; anything but ASCII is dropped from them. */
static void add_id_field(struct strbuf *out, const char *name, struct str ids)
{
	CLEANUP(strbuf_finish) struct strbuf clean = STRBUF(ids.len + 1);

	for (size_t i = 0; i < ids.len; i++)
		if (ids.p[i] > 0x20 && ids.p[i] < 0x7f)
			strbuf_addc(&clean, ids.p[i]);
		else if (clean.len && clean.p[clean.len - 1] != ' ' && ids.p[i] > 0)
			strbuf_addc(&clean, ' ');
	add_field(out, name, str_trim(strbuf_str(&clean)));
}

static void add_mailboxes(struct strbuf *out, const char *name,
			  const struct mime_mailbox *list, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(strbuf_finish) struct strbuf clean = STRBUF(FIELD_MAX_BYTES);

		if (!list[i].name.len && !list[i].address.len)
			continue;
		if (any)
			strbuf_add(out, STR(",\r\n "));
		else
			strbuf_addf(out, "%s: ", name);
		any = true;
		add_clean(list[i].name, &clean);
		mime_address_write(strbuf_str(&clean), list[i].address, out);
	}
	if (any)
		strbuf_add(out, STR("\r\n"));
}

static bool field_name_ok(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == ':')
			return false;
	return name.len > 0 && name.len <= 76;
}

static void add_header(const struct mime_build *b, struct strbuf *out)
{
	if (b->date) {
		strbuf_add(out, STR("Date: "));
		mime_date_write(*b->date, out);
		strbuf_add(out, STR("\r\n"));
	}
	add_mailboxes(out, "From", &b->from, 1);
	add_mailboxes(out, "Sender", &b->sender, 1);
	add_mailboxes(out, "Reply-To", b->reply_to.list, b->reply_to.count);
	add_mailboxes(out, "To", b->to.list, b->to.count);
	add_mailboxes(out, "Cc", b->cc.list, b->cc.count);
	add_mailboxes(out, "Bcc", b->bcc.list, b->bcc.count);
	add_field(out, "Subject", b->subject);
	add_id_field(out, "Message-ID", b->message_id);
	add_id_field(out, "In-Reply-To", b->in_reply_to);
	add_id_field(out, "References", b->references);
	for (size_t i = 0; i < b->property_count; i++) {
		CLEANUP(strbuf_finish) struct strbuf name = STRBUF(80);

		if (!field_name_ok(b->properties[i].name))
			continue;
		strbuf_add(&name, b->properties[i].name);
		add_field(out, strbuf_cstr(&name), b->properties[i].value);
	}
	strbuf_add(out, STR("MIME-Version: 1.0\r\n"));
}

/* Mixes @piece into the hash that boundaries are made of. */
static void mix(char state[2 * CRYPTO_SHA256_BYTES], struct str piece)
{
	unsigned char hash[CRYPTO_SHA256_BYTES];

	crypto_sha256(piece, hash);
	memcpy(state + CRYPTO_SHA256_BYTES, hash, sizeof(hash));
	crypto_sha256(str_make(state, 2 * CRYPTO_SHA256_BYTES), hash);
	memcpy(state, hash, sizeof(hash));
}

static void make_seed(struct maker *m, const struct mime_build *b)
{
	CLEANUP(strbuf_finish) struct strbuf hex = STRBUF(2 * BOUNDARY_BYTES);
	char state[2 * CRYPTO_SHA256_BYTES] = { 0 };

	mix(state, strbuf_str(m->out));
	mix(state, b->text);
	mix(state, b->html);
	for (size_t i = 0; i < b->attachment_count; i++)
		mix(state, b->attachments[i].octets);
	hex_encode(str_make(state, BOUNDARY_BYTES), &hex);
	memcpy(m->seed, hex.p, sizeof(m->seed) - 1);
}

static void add_boundary(struct maker *m, unsigned number, const char *tail)
{
	/* "=_" cannot come out of quoted-printable or base64 (RFC 2045 section 6.7). */
	strbuf_addf(m->out, "\r\n--=_%s_%u%s\r\n", m->seed, number, tail);
}

static unsigned open_multipart(struct maker *m, const char *subtype)
{
	unsigned number = ++m->boundaries;

	strbuf_addf(m->out,
		    "Content-Type: multipart/%s;\r\n boundary=\"=_%s_%u\"\r\n\r\n",
		    subtype, m->seed, number);
	return number;
}

static void add_text(struct maker *m, const char *subtype, struct str utf8)
{
	CLEANUP(strbuf_finish) struct strbuf valid = STRBUF(utf8.len * 3 + 1);
	CLEANUP(strbuf_finish) struct strbuf lines = STRBUF(utf8.len * 6 + 1);
	bool plain = true;
	size_t column = 0;

	utf8_repair(utf8, &valid);
	mime_crlf(strbuf_str(&valid), &lines);
	for (size_t i = 0; i < lines.len && plain; i++) {
		column = lines.p[i] == '\n' ? 0 : column + 1;
		plain = (lines.p[i] >= 0x20 && lines.p[i] < 0x7f) ||
			strchr("\t\r\n", lines.p[i]);
		plain = plain && lines.p[i] && column < TEXT_LINE_MAX;
		/* A boundary or an mbox "From " must not come out of the text. */
		plain = plain && !(column == 1 && lines.p[i] == '-');
	}
	strbuf_addf(m->out, "Content-Type: text/%s; charset=%s\r\n", subtype,
		    plain ? "us-ascii" : "utf-8");
	strbuf_addf(m->out, "Content-Transfer-Encoding: %s\r\n\r\n",
		    plain ? "7bit" : "quoted-printable");
	if (plain)
		strbuf_add(m->out, strbuf_str(&lines));
	else
		mime_encode_qp(strbuf_str(&lines), m->out);
}

/* filename="..." for ASCII, else RFC 2231. */
static void add_name_param(struct strbuf *out, const char *param, struct str name)
{
	bool plain = true;

	for (size_t i = 0; i < name.len; i++)
		plain = plain && name.p[i] >= 0x20 && name.p[i] < 0x7f &&
			name.p[i] != '"' && name.p[i] != '\\';
	if (plain) {
		strbuf_addf(out, ";\r\n %s=\"%.*s\"", param, STR_FMT(name));
		return;
	}
	strbuf_addf(out, ";\r\n %s*=utf-8''", param);
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_')
			strbuf_addc(out, (char)c);
		else
			strbuf_addf(out, "%%%02X", c);
	}
}

/* type "/" subtype of plain tokens; what comes behind is dropped. */
static struct str clean_type(struct str type)
{
	bool slash = false;
	size_t n = 0;

	for (; n < type.len && type.p[n] > ' ' && !strchr("()<>@,;:\\\"[]?=", type.p[n]);
	     n++)
		slash = slash || (type.p[n] == '/' && n > 0 && n + 1 < type.len);
	if (!slash || str_starts_nocase(type, STR("multipart/")))
		return STR("application/octet-stream");
	return str_sub(type, 0, n);
}

static void add_attachment(struct maker *m, const struct mime_attachment *a)
{
	struct str type = clean_type(a->type);
	bool message = str_eq_nocase(type, STR("message/rfc822"));

	strbuf_addf(m->out, "Content-Type: %.*s", STR_FMT(type));
	if (a->filename.len)
		add_name_param(m->out, "name", a->filename);
	strbuf_addf(m->out, "\r\nContent-Disposition: %s",
		    a->is_inline ? "inline" : "attachment");
	if (a->filename.len)
		add_name_param(m->out, "filename", a->filename);
	strbuf_add(m->out, STR("\r\n"));
	if (a->content_id.len) {
		strbuf_add(m->out, STR("Content-ID: <"));
		add_clean(a->content_id, m->out);
		strbuf_add(m->out, STR(">\r\n"));
	}
	/* A message must not be encoded (RFC 2046 section 5.2.1). */
	if (message) {
		strbuf_add(m->out, STR("Content-Transfer-Encoding: 8bit\r\n\r\n"));
		mime_crlf(a->octets, m->out);
		return;
	}
	strbuf_add(m->out, STR("Content-Transfer-Encoding: base64\r\n\r\n"));
	mime_encode_base64(a->octets, m->out);
}

static void add_alternative(struct maker *m, const struct mime_build *b)
{
	unsigned number;

	if (!b->text.p || !b->html.p) {
		if (b->html.p)
			add_text(m, "html", b->html);
		else
			add_text(m, "plain", b->text.p ? b->text : STR(""));
		return;
	}
	number = open_multipart(m, "alternative");
	add_boundary(m, number, "");
	add_text(m, "plain", b->text);
	add_boundary(m, number, "");
	add_text(m, "html", b->html);
	add_boundary(m, number, "--");
}

static bool belongs_inline(const struct mime_build *b, const struct mime_attachment *a)
{
	return b->html.p && a->is_inline && a->content_id.len;
}

static void add_group(struct maker *m, const struct mime_build *b, bool inline_ones)
{
	const char *subtype = inline_ones ? "related" : "mixed";
	size_t members = 0;
	unsigned number;

	for (size_t i = 0; i < b->attachment_count; i++)
		members += belongs_inline(b, &b->attachments[i]) == inline_ones;
	number = members ? open_multipart(m, subtype) : 0;
	if (members)
		add_boundary(m, number, "");
	if (inline_ones)
		add_alternative(m, b);
	else
		add_group(m, b, true);
	for (size_t i = 0; i < b->attachment_count; i++)
		if (belongs_inline(b, &b->attachments[i]) == inline_ones) {
			add_boundary(m, number, "");
			add_attachment(m, &b->attachments[i]);
		}
	if (members)
		add_boundary(m, number, "--");
}

bool mime_build(const struct mime_build *build, struct strbuf *out, struct err *err)
{
	struct maker m = { .out = out };

	add_header(build, out);
	if (!strbuf_ok(out, err))
		return false;
	make_seed(&m, build);
	add_group(&m, build, false);
	return strbuf_ok(out, err);
}

static void add_report(const struct mime_bounce *b, struct strbuf *out)
{
	strbuf_add(out, STR("Reporting-MTA: dns; "));
	add_clean(b->reporting_host, out);
	strbuf_add(out, STR("\r\nArrival-Date: "));
	mime_date_write(b->date, out);
	strbuf_add(out, STR("\r\n"));
	for (size_t i = 0; i < b->failed_count; i++) {
		strbuf_add(out, STR("\r\nFinal-Recipient: rfc822; "));
		add_clean(b->failed[i], out);
		strbuf_add(out, STR("\r\nAction: failed\r\nStatus: "));
		add_clean(b->status.len ? b->status : STR("5.0.0"), out);
		strbuf_add(out, STR("\r\nDiagnostic-Code: X-Exchange; "));
		mime_words_encode(str_trim(b->diagnostic), 30, out);
		strbuf_add(out, STR("\r\n"));
	}
}

static void add_notice(const struct mime_bounce *b, struct strbuf *out)
{
	strbuf_add(out, STR("Your message could not be sent to:\r\n\r\n"));
	for (size_t i = 0; i < b->failed_count; i++)
		strbuf_addf(out, "    %.*s\r\n", STR_FMT(b->failed[i]));
	strbuf_add(out, STR("\r\nThe server said:\r\n\r\n    "));
	add_clean(b->diagnostic, out);
	strbuf_add(out, STR("\r\n\r\nThe header of your message is attached.\r\n"));
}

bool mime_build_bounce(const struct mime_bounce *bounce, struct strbuf *out,
		       struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf notice = STRBUF(FIELD_MAX_BYTES);
	CLEANUP(strbuf_finish) struct strbuf report = STRBUF(FIELD_MAX_BYTES);
	struct mime_mailbox to = { .address = bounce->to };
	struct mime_property auto_submitted = { STR("Auto-Submitted"),
						STR("auto-replied") };
	struct mime_build header = {
		.from = bounce->from,
		.to = { &to, 1 },
		.subject = STR("Undelivered mail: message could not be sent"),
		.message_id = bounce->message_id,
		.date = &bounce->date,
		.properties = &auto_submitted,
		.property_count = 1,
	};
	struct maker m = { .out = out };
	unsigned number = 1;

	add_notice(bounce, &notice);
	add_report(bounce, &report);
	if (!strbuf_ok(&notice, err) || !strbuf_ok(&report, err))
		return false;
	add_header(&header, out);
	if (!strbuf_ok(out, err))
		return false;
	make_seed(&m, &header);
	strbuf_addf(out,
		    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
		    " boundary=\"=_%s_%u\"\r\n\r\n",
		    m.seed, number);
	add_boundary(&m, number, "");
	add_text(&m, "plain", strbuf_str(&notice));
	add_boundary(&m, number, "");
	strbuf_add(out, STR("Content-Type: message/delivery-status\r\n\r\n"));
	strbuf_add(out, strbuf_str(&report));
	add_boundary(&m, number, "");
	strbuf_add(out, STR("Content-Type: text/rfc822-headers\r\n\r\n"));
	mime_crlf(str_sub(bounce->original, 0, mime_header_len(bounce->original)), out);
	add_boundary(&m, number, "--");
	return strbuf_ok(out, err);
}
