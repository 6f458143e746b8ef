/*
 * The octets of a message: as they came, generated from an index, or made from typed
 * properties. With mime-regenerate on, every call gives other boundaries and folding,
 * as Exchange does.
 */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "tests/ewsim/xml.h"

enum { MAX_MIME = 256 << 20 };

int64_t sim_item_size(const struct sim_item *item)
{
	int64_t size = 500 + (item->octets ? (int64_t)item->octets->bytes.len : 1500);

	if (item->generated >= 0)
		size += item->generated >> 32;

	for (size_t i = 0; i < item->attachment_count; i++)
		size += (int64_t)item->attachments[i].content.len;
	return size;
}

static void header(struct strbuf *out, const char *name, struct str text)
{
	bool ascii = true;

	for (size_t i = 0; i < text.len; i++)
		ascii = ascii && (unsigned char)text.p[i] < 128 && text.p[i] != '\n';
	strbuf_addf(out, "%s: ", name);
	if (ascii) {
		strbuf_add(out, text);
	} else {
		strbuf_add(out, STR("=?utf-8?B?"));
		base64_encode(text, out);
		strbuf_add(out, STR("?="));
	}
	strbuf_add(out, STR("\r\n"));
}

/* <t:Mailbox>s of a stored recipient element as an address list. */
static void address_header(struct strbuf *out, const struct sim_item *item,
			   const char *element, const char *name)
{
	const char *xml = sim_field_get(item, element), *at = xml;
	bool any = false;

	while (at && (at = strstr(at, "<t:EmailAddress>")) != NULL) {
		CLEANUP(strbuf_finish) struct strbuf address = STRBUF(1000);
		const char *end = strstr(at += 16, "</t:EmailAddress>");

		strbuf_add_mem(&address, at, (size_t)(end - at));
		strbuf_addf(out, any ? ", <%s>" : "%s: <%s>",
			    any ? strbuf_cstr(&address) : name, strbuf_cstr(&address));
		any = true;
	}
	if (any)
		strbuf_add(out, STR("\r\n"));
}

static void plain(const struct sim_item *item, const char *element, struct strbuf *out)
{
	const char *xml = sim_field_get(item, element);

	if (xml)
		x_plain(out, xml);
}

static void date_header(struct strbuf *out, int64_t unix_s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = clock_civil_from_unix(unix_s);

	strbuf_addf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n",
		    days + 3 * c.weekday, c.day, months + 3 * (c.month - 1), c.year,
		    c.hour, c.minute, c.second);
}

static void base64_lines(struct str bytes, struct strbuf *out)
{
	for (size_t i = 0; i < bytes.len; i += 57) {
		base64_encode(str_sub(bytes, i, 57), out);
		strbuf_add(out, STR("\r\n"));
	}
}

static void body_part(const struct sim_item *item, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(MAX_MIME);
	const char *xml = sim_field_get(item, "Body");
	bool html = xml && strstr(xml, "BodyType=\"HTML\"") != NULL;

	plain(item, "Body", &text);
	strbuf_addf(out,
		    "Content-Type: text/%s; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n",
		    html ? "html" : "plain");
	base64_lines(strbuf_str(&text), out);
}

static void attachment_part(const struct sim_attachment *a, struct strbuf *out)
{
	strbuf_addf(out, "Content-Type: %s\r\n",
		    a->type ? a->type : "application/octet-stream");
	strbuf_addf(out, "Content-Disposition: %s; filename=\"%s\"\r\n",
		    a->is_inline ? "inline" : "attachment", a->name);
	if (a->content_id)
		strbuf_addf(out, "Content-ID: <%s>\r\n", a->content_id);
	strbuf_add(out, STR("Content-Transfer-Encoding: base64\r\n\r\n"));
	base64_lines(strbuf_str(&a->content), out);
}

static void from_fields(const struct sim_item *item, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20);
	char boundary[40];

	address_header(out, item, "From", "From");
	if (!sim_field_get(item, "From") && item->folder)
		strbuf_addf(out, "From: \"%s\" <%s>\r\n", item->folder->user->name,
			    item->folder->user->address);
	address_header(out, item, "ToRecipients", "To");
	address_header(out, item, "CcRecipients", "Cc");
	address_header(out, item, "BccRecipients", "Bcc");
	address_header(out, item, "ReplyTo", "Reply-To");
	plain(item, "Subject", &v);
	header(out, "Subject", strbuf_str(&v));
	date_header(out, item->sent ? item->sent : item->created);
	strbuf_reset(&v);
	plain(item, "InternetMessageId", &v);
	if (!v.len) {
		strbuf_addc(&v, '<');
		hex_encode(str_make((const char *)item->search_key, 16), &v);
		strbuf_add(&v, STR("@ewsim.invalid>"));
	}
	header(out, "Message-ID", strbuf_str(&v));
	strbuf_add(out, STR("MIME-Version: 1.0\r\n"));
	if (!item->attachment_count) {
		body_part(item, out);
		return;
	}
	snprintf(boundary, sizeof(boundary), "_sim_%02x%02x%02x_", item->search_key[0],
		 item->search_key[1], item->search_key[2]);
	strbuf_addf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n",
		    boundary, boundary);
	body_part(item, out);
	for (size_t i = 0; i < item->attachment_count; i++) {
		strbuf_addf(out, "--%s\r\n", boundary);
		attachment_part(&item->attachments[i], out);
	}
	strbuf_addf(out, "--%s--\r\n", boundary);
}

/* The value of the first boundary parameter, as it stands. */
static struct str find_boundary(struct str mime)
{
	ptrdiff_t at = str_find_nocase(mime, STR("boundary="));
	struct str s;
	size_t n = 0;

	if (at < 0)
		return STR_NONE;
	s = str_sub(mime, (size_t)at + 9, 80);
	if (s.len && *s.p == '"')
		s = str_sub(s, 1, s.len);
	while (n < s.len && !memchr("\"; \r\n", s.p[n], 5))
		n++;
	return n >= 8 ? str_sub(s, 0, n) : STR_NONE;
}

/* Another boundary of the same length, and the Subject field folded at its first blank.
 */
static void regenerate(struct str mime, struct strbuf *out)
{
	struct str b = find_boundary(mime), rest = mime;
	CLEANUP(strbuf_finish) struct strbuf fresh = STRBUF(200);
	ptrdiff_t at;

	if (b.p) {
		random_hex(b.len / 2 + 1, &fresh);
		strbuf_cut(&fresh, b.len);
		while ((at = str_find(rest, b)) >= 0) {
			strbuf_add(out, str_sub(rest, 0, (size_t)at));
			strbuf_add(out, strbuf_str(&fresh));
			rest = str_sub(rest, (size_t)at + b.len, rest.len);
		}
	}
	random_hex(4, &fresh);
	if (out->len == 0 && (at = str_find_nocase(rest, STR("\nSubject: "))) >= 0 &&
	    strbuf_cstr(&fresh)[fresh.len - 1] % 2) {
		strbuf_add(out, str_sub(rest, 0, (size_t)at + 9));
		strbuf_add(out, STR("\r\n "));
		rest = str_sub(rest, (size_t)at + 10, rest.len);
	}
	strbuf_add(out, rest);
}

static void octets(const struct sim_item *item, struct strbuf *out)
{
	if (item->octets)
		strbuf_add(out, strbuf_str(&item->octets->bytes));
	else if (item->generated >= 0)
		sim_generate(item->generated, out);
	else
		from_fields(item, out);
}

void sim_item_mime(struct sim_item *item, struct strbuf *out)
{
	const struct sim_settings *set = item->folder ? &item->folder->user->sim->settings
						      : NULL;
	bool no_bcc = set && !set->bcc && item->from_me && !item->draft;
	CLEANUP(strbuf_finish) struct strbuf once = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf twice = STRBUF(MAX_MIME);

	if (!no_bcc && !(set && set->mime_regenerate)) {
		octets(item, out);
		return;
	}
	octets(item, &once);
	if (no_bcc)
		msg_without(strbuf_str(&once), "Bcc", &twice);
	if (set->mime_regenerate)
		regenerate(strbuf_str(no_bcc ? &twice : &once), out);
	else
		strbuf_add(out, strbuf_str(&twice));
}
