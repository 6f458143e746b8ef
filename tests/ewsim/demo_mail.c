/*
 * Turns the tables of the sample mailbox into messages. Message k of a user is always
 * made from the same row, so Message-IDs and boundaries stay the same from run to run;
 * only dates follow "now".
 */
#include "tests/ewsim/demo.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/ewsim/demo_data.h"
#include "tests/ewsim/demo_files.h"
#include "tests/ewsim/demo_mime.h"

enum { MESSAGE_MAX = 8 << 20, TEXT_MAX = 1 << 20, BIG_BYTES = 1500000, DAY_S = 86400 };

/* One message about to be made. */
struct draft {
	const char *user;
	const struct demo_row *row;
	size_t id; /* within the user */
	int number; /* {n} */
	int64_t date_unix;
	unsigned flags;
	const struct draft *parent; /* what it answers, or NULL */
	size_t order; /* position in the table, for a stable sort */
};

struct drafts {
	struct draft *items;
	size_t count, capacity;
};

/* Boundaries: =_ can't occur in quoted-printable or base64 (RFC 2045 section 6.7). */
static void add_boundary(const struct draft *d, char level, const char *end,
			 struct strbuf *out)
{
	strbuf_addf(out, "--=_%s_%zu_%c%s\r\n", d->user, d->id, level, end);
}

static void add_multipart(const struct draft *d, const char *subtype, char level,
			  struct strbuf *out)
{
	strbuf_addf(out,
		    "Content-Type: multipart/%s;\r\n\tboundary=\"=_%s_%zu_%c\"\r\n\r\n",
		    subtype, d->user, d->id, level);
}

static void fill(const char *template, int number, struct strbuf *out)
{
	struct str rest = str_from(template);

	for (;;) {
		ptrdiff_t at = str_find(rest, STR("{n}"));

		if (at < 0)
			break;
		strbuf_add(out, str_sub(rest, 0, (size_t)at));
		strbuf_addf(out, "%d", number);
		rest = str_sub(rest, (size_t)at + 3, rest.len);
	}
	strbuf_add(out, rest);
}

/* The text, and under it what it answers. */
static void add_text(const struct draft *d, struct strbuf *out)
{
	const struct draft *p = d->parent;
	struct str rest, line;

	fill(d->row->text, d->number, out);
	if (!p || d->row->charset) /* the other may use letters outside of the charset */
		return;
	strbuf_addf(out, "\n%s:\n", demo_people[p->row->from].name);
	rest = str_from(p->row->text);
	while (str_split(&rest, '\n', &line))
		if (line.len || rest.len)
			strbuf_addf(out, ">%s%.*s\n", line.len ? " " : "", STR_FMT(line));
}

static void add_html(struct str text, const char *charset, const char *picture,
		     struct strbuf *out)
{
	struct str line;

	strbuf_addf(out,
		    "<html>\n<head>\n<meta http-equiv=\"Content-Type\" "
		    "content=\"text/html; charset=%s\">\n</head>\n<body>\n",
		    charset);
	while (str_split(&text, '\n', &line)) {
		if (!line.len)
			continue;
		strbuf_add(out, STR("<p>"));
		for (size_t i = 0; i < line.len; i++) {
			if (line.p[i] == '&' || line.p[i] == '<' || line.p[i] == '>')
				strbuf_addf(out, "&#%d;", line.p[i]);
			else
				strbuf_addc(out, line.p[i]);
		}
		strbuf_add(out, STR("</p>\n"));
	}
	if (picture)
		strbuf_addf(out, "<p><img src=\"cid:%s\" alt=\"Bild\"></p>\n", picture);
	strbuf_add(out, STR("</body>\n</html>\n"));
}

static const char *charset_of(const struct draft *d)
{
	return d->row->charset ? d->row->charset : "UTF-8";
}

/* Latin text stays readable; the rest goes as its programs send it. */
static enum demo_encoding encoding_of(const struct draft *d)
{
	struct str charset = str_from(charset_of(d));

	if (str_eq(charset, STR("ISO-2022-JP")))
		return DEMO_7BIT;
	if (str_eq(charset, STR("KOI8-R")) || str_eq(charset, STR("Shift_JIS")))
		return DEMO_8BIT;
	if (str_eq(charset, STR("GB18030")) || d->id % 5 == 1)
		return DEMO_BASE64;
	return DEMO_QP;
}

static void add_plain(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);

	add_text(d, &text);
	demo_text("plain", "", charset_of(d), encoding_of(d), strbuf_str(&text), out);
}

static void add_html_part(const struct draft *d, const char *picture, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);
	CLEANUP(strbuf_finish) struct strbuf html = STRBUF(TEXT_MAX);

	add_text(d, &text);
	add_html(strbuf_str(&text), charset_of(d), picture, &html);
	demo_text("html", "", charset_of(d), encoding_of(d), strbuf_str(&html), out);
}

static void shape_plain(const struct draft *d, struct strbuf *out)
{
	add_plain(d, out);
}

static void shape_html(const struct draft *d, struct strbuf *out)
{
	add_html_part(d, NULL, out);
}

static void shape_flowed(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);

	/* RFC 3676: a blank at the end of a line says that the next one belongs to it. */
	add_text(d, &text);
	demo_text("plain", "; format=flowed; delsp=no", "UTF-8", DEMO_8BIT,
		  strbuf_str(&text), out);
}

static void shape_alt(const struct draft *d, struct strbuf *out)
{
	add_multipart(d, "alternative", 'a', out);
	add_boundary(d, 'a', "", out);
	add_plain(d, out);
	add_boundary(d, 'a', "", out);
	add_html_part(d, NULL, out);
	add_boundary(d, 'a', "--", out);
}

static void shape_related(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf png = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf cid = STRBUF(128);
	struct demo_attachment a = { "image/png", "bild.png", DEMO_NAME_RFC2231,
				     "inline",	  NULL,	      DEMO_BASE64 };

	strbuf_addf(&cid, "bild%zu.%s@example.test", d->id, d->user);
	a.content_id = strbuf_cstr(&cid);
	demo_png(24, 0x2060A0u + (uint32_t)d->id * 2503, &png);
	add_multipart(d, "alternative", 'a', out);
	add_boundary(d, 'a', "", out);
	add_plain(d, out);
	add_boundary(d, 'a', "", out);
	add_multipart(d, "related; type=\"text/html\"", 'r', out);
	add_boundary(d, 'r', "", out);
	add_html_part(d, a.content_id, out);
	add_boundary(d, 'r', "", out);
	demo_attach(&a, strbuf_str(&png), out);
	add_boundary(d, 'r', "--", out);
	add_boundary(d, 'a', "--", out);
}

static void shape_forward(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf date = STRBUF(64);

	demo_date(d->date_unix - DAY_S, 60, &date);
	add_multipart(d, "mixed", 'f', out);
	strbuf_add(out, STR("This is a message in several parts.\r\n"));
	add_boundary(d, 'f', "", out);
	add_plain(d, out);
	add_boundary(d, 'f', "", out);
	strbuf_add(out,
		   STR("Content-Type: message/rfc822\r\n"
		       "Content-Disposition: attachment; filename=\"Anfrage.eml\"\r\n"
		       "\r\n"));
	strbuf_addf(out, "Date: %s\r\n", strbuf_cstr(&date));
	strbuf_addf(out, "Message-ID: <nachbar.%zu@ufer.example.test>\r\n", d->id);
	strbuf_add(out,
		   STR("From: \"Nachbar vom Ostufer\" <ufer@nachbar.example.test>\r\n"
		       "To: info@example.test\r\nMIME-Version: 1.0\r\n"));
	demo_header("Subject", STR("Lärm am frühen Morgen"), "ISO-8859-1", out);
	demo_text("plain", "", "ISO-8859-1", DEMO_QP,
		  STR("Guten Tag,\n\nwird morgens um sechs gerammt? Ich höre etwas.\n"),
		  out);
	add_boundary(d, 'f', "--", out);
}

static void shape_signed(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(4096);
	struct demo_attachment a = { "application/pkcs7-signature",
				     "smime.p7s",
				     DEMO_NAME_RFC2231,
				     "attachment",
				     NULL,
				     DEMO_BASE64 };

	demo_noise((unsigned)d->id, 1800, &bytes);
	add_multipart(
		d,
		"signed; protocol=\"application/pkcs7-signature\";\r\n\tmicalg=sha-256",
		's', out);
	add_boundary(d, 's', "", out);
	add_plain(d, out);
	add_boundary(d, 's', "", out);
	demo_attach(&a, strbuf_str(&bytes), out);
	add_boundary(d, 's', "--", out);
}

static void shape_long_line(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_MAX);

	add_text(d, &text);
	for (int i = 1; i <= 900; i++)
		strbuf_addf(&text, "Schritt %d gut; ", i);
	strbuf_add(&text, STR("\nEnde.\n"));
	demo_text("plain", "", "UTF-8", DEMO_8BIT, strbuf_str(&text), out);
}

/* Received and ARC-like lines as a message collects them, and one of 8 kB. */
static void shape_long_header(const struct draft *d, struct strbuf *out)
{
	strbuf_add(out, STR("X-Route-Trace:"));
	for (int i = 0; i < 120; i++)
		strbuf_addf(out, "\r\n\thop=%d; node=relay%02d.stadt.example.test; ok=1;",
			    i, i % 17);
	strbuf_add(out, STR("\r\nX-One-Long-Line: "));
	for (int i = 0; i < 220; i++)
		strbuf_add(out, STR("abc."));
	strbuf_add(out, STR("\r\n"));
	add_plain(d, out);
}

static void shape_empty(const struct draft *d, struct strbuf *out)
{
	strbuf_add(out, STR("Content-Type: text/plain; charset=us-ascii\r\n\r\n"));
}

static void add_itip(const struct draft *d, const char *method, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf ics = STRBUF(8192);
	CLEANUP(strbuf_finish) struct strbuf uid = STRBUF(128);
	bool request = str_eq(str_from(method), STR("REQUEST"));
	const char *from = demo_people[d->row->from].address;
	const char *to = demo_people[d->row->to].address;
	int64_t day = d->date_unix - d->date_unix % DAY_S;
	struct demo_invite i = {
		method, NULL, "Site walk", "East bank", 0, 0, NULL, NULL
	};

	strbuf_addf(&uid, "walk-%zu-%s@example.test", d->id, d->user);
	i.uid = strbuf_cstr(&uid);
	i.start_unix = day + 7 * DAY_S + 9 * 3600;
	i.end_unix = i.start_unix + 5400;
	i.organizer = request ? from : to;
	i.attendee = request ? to : from;
	demo_ics(&i, &ics);
	add_multipart(d, "alternative", 'i', out);
	add_boundary(d, 'i', "", out);
	add_plain(d, out);
	add_boundary(d, 'i', "", out);
	strbuf_addf(out,
		    "Content-Type: text/calendar; charset=UTF-8; method=%s\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n",
		    method);
	demo_body(strbuf_str(&ics), DEMO_BASE64, out);
	add_boundary(d, 'i', "--", out);
}

static void shape_invite(const struct draft *d, struct strbuf *out)
{
	add_itip(d, "REQUEST", out);
}

static void shape_itip_reply(const struct draft *d, struct strbuf *out)
{
	add_itip(d, "REPLY", out);
}

static void shape_bounce(const struct draft *d, struct strbuf *out)
{
	add_multipart(d, "report; report-type=delivery-status", 'b', out);
	add_boundary(d, 'b', "", out);
	add_plain(d, out);
	add_boundary(d, 'b', "", out);
	strbuf_add(out, STR("Content-Type: message/delivery-status\r\n\r\n"
			    "Reporting-MTA: dns; mail.example.test\r\n\r\n"
			    "Final-Recipient: rfc822; gone@example.test\r\n"
			    "Action: failed\r\nStatus: 5.1.1\r\n"
			    "Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n\r\n"));
	add_boundary(d, 'b', "", out);
	strbuf_addf(out,
		    "Content-Type: text/rfc822-headers\r\n\r\nFrom: %s\r\n"
		    "To: gone@example.test\r\nSubject: Einladung zum Richtfest\r\n\r\n",
		    demo_people[d->row->to].address);
	add_boundary(d, 'b', "--", out);
}

static void (*const shapes[])(const struct draft *, struct strbuf *) = {
	[SHAPE_PLAIN] = shape_plain,
	[SHAPE_FLOWED] = shape_flowed,
	[SHAPE_HTML] = shape_html,
	[SHAPE_ALT] = shape_alt,
	[SHAPE_RELATED] = shape_related,
	[SHAPE_FORWARD] = shape_forward,
	[SHAPE_SIGNED] = shape_signed,
	[SHAPE_LONG_LINE] = shape_long_line,
	[SHAPE_LONG_HEADER] = shape_long_header,
	[SHAPE_EMPTY] = shape_empty,
	[SHAPE_INVITE] = shape_invite,
	[SHAPE_ITIP_REPLY] = shape_itip_reply,
	[SHAPE_BOUNCE] = shape_bounce,
};

/* One "kind:name" of a row's files. */
static void add_file(const struct draft *d, struct str kind, const char *name,
		     struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(MESSAGE_MAX);
	struct demo_attachment a = { "application/octet-stream",
				     name,
				     (enum demo_name_style)(d->id % 3),
				     "attachment",
				     NULL,
				     DEMO_BASE64 };

	if (str_eq(kind, STR("pdf"))) {
		a.type = "application/pdf";
		demo_pdf("Sample document", &bytes);
	} else if (str_eq(kind, STR("png"))) {
		a.type = "image/png";
		demo_png(48, 0x804020u + (uint32_t)d->id * 4099, &bytes);
	} else if (str_eq(kind, STR("zip"))) {
		a.type = "application/zip";
		demo_zip("plan.txt", STR("Plan: siehe Blatt 7.\r\n"), &bytes);
	} else if (str_eq(kind, STR("csv"))) {
		a.type = "text/csv; charset=utf-8";
		a.encoding = DEMO_QP;
		demo_csv((unsigned)d->number, 60, &bytes);
	} else if (str_eq(kind, STR("big"))) {
		demo_noise(7, BIG_BYTES, &bytes);
	} else {
		a.type = "text/plain; charset=us-ascii";
		a.encoding = DEMO_7BIT;
		strbuf_add(&bytes, STR("A note that comes with the drawings.\n"));
	}
	demo_attach(&a, strbuf_str(&bytes), out);
}

static void add_content(const struct draft *d, struct strbuf *out)
{
	struct str files = str_from(d->row->files), one, kind;

	if (!d->row->files) {
		shapes[d->row->shape](d, out);
		return;
	}
	add_multipart(d, "mixed", 'm', out);
	add_boundary(d, 'm', "", out);
	shapes[d->row->shape](d, out);
	while (str_split(&files, '|', &one)) {
		CLEANUP(strbuf_finish) struct strbuf template = STRBUF(256);
		CLEANUP(strbuf_finish) struct strbuf name = STRBUF(256);

		if (!str_split(&one, ':', &kind))
			continue;
		strbuf_add(&template, one);
		fill(strbuf_cstr(&template), d->number, &name);
		add_boundary(d, 'm', "", out);
		add_file(d, kind, strbuf_cstr(&name), out);
	}
	add_boundary(d, 'm', "--", out);
}

static void add_person(const char *header, enum demo_who who, const char *charset,
		       struct strbuf *out)
{
	const struct demo_person *p = &demo_people[who];
	struct str name = str_from(p->name);
	bool quote = str_find_char(name, ',') >= 0 || str_find_char(name, '&') >= 0;

	strbuf_addf(out, "%s: %s", header, quote ? "\"" : "");
	demo_words(name, charset, out);
	strbuf_addf(out, "%s <%s>\r\n", quote ? "\"" : "", p->address);
}

static void add_id(const struct draft *d, struct strbuf *out)
{
	strbuf_addf(out, "<%s.%zu@%s>", d->user, d->id,
		    strchr(demo_people[d->row->from].address, '@') + 1);
}

static void add_references(const struct draft *d, struct strbuf *out)
{
	const struct draft *chain[16];
	size_t depth = 0;

	if (!d->parent)
		return;
	for (const struct draft *p = d->parent; p && depth < ARRAY_LEN(chain);
	     p = p->parent)
		chain[depth++] = p;
	strbuf_add(out, STR("In-Reply-To: "));
	add_id(d->parent, out);
	strbuf_add(out, STR("\r\nReferences:"));
	while (depth--) {
		strbuf_add(out, STR("\r\n "));
		add_id(chain[depth], out);
	}
	strbuf_add(out, STR("\r\n"));
}

static void make_mime(const struct draft *d, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(1024);
	const struct demo_person *from = &demo_people[d->row->from];

	if (d->row->from != ALICE && d->row->from != BOB) {
		strbuf_addf(out,
			    "Received: from %s by mail.example.test with ESMTPS;\r\n\t",
			    strchr(from->address, '@') + 1);
		demo_date(d->date_unix, 0, out);
		strbuf_add(out, STR("\r\n"));
	}
	strbuf_add(out, STR("Date: "));
	demo_date(d->date_unix - 7, from->zone_min, out);
	strbuf_add(out, STR("\r\n"));
	add_person("From", d->row->from, from->charset, out);
	add_person("To", d->row->to, "UTF-8", out);
	if (d->row->to == TEAM)
		add_person("Cc", BOB, "UTF-8", out);
	fill(d->row->subject, d->number, &subject);
	/* A subject may quote letters that the sender's own charset lacks. */
	demo_header("Subject", strbuf_str(&subject),
		    d->parent || !d->row->charset ? "UTF-8" : d->row->charset, out);
	strbuf_add(out, STR("Message-ID: "));
	add_id(d, out);
	strbuf_add(out, STR("\r\n"));
	add_references(d, out);
	if (d->row->to == LIST)
		strbuf_add(out, STR("List-Id: <stegbau.lists.example.test>\r\n"
				    "Precedence: list\r\n"));
	if (d->row->flags & DEMO_HIGH)
		strbuf_add(out, STR("Importance: high\r\nX-Priority: 1\r\n"));
	strbuf_add(out, STR("MIME-Version: 1.0\r\n"));
	add_content(d, out);
}

static struct draft *add_draft(struct drafts *all, const char *user,
			       const struct demo_row *row, int64_t today_unix)
{
	struct draft *d;

	all->items = mem_grow(all->items, all->count, &all->capacity, sizeof(*d));
	d = &all->items[all->count];
	*d = (struct draft){ .user = user,
			     .row = row,
			     .id = all->count + 1,
			     .number = 1,
			     .flags = row->flags,
			     .order = all->count };
	d->date_unix = today_unix - (int64_t)row->days * DAY_S + row->minute * 60;
	all->count++;
	return d;
}

static void add_series(struct drafts *all, const char *user, const struct demo_series *s,
		       int64_t today_unix)
{
	for (int i = s->count - 1; i >= 0; i--) {
		struct draft *d = add_draft(all, user, &s->row, today_unix);

		d->date_unix -= (int64_t)i * s->every_days * DAY_S;
		d->number = s->count - i;
		if (i > 2)
			d->flags |= DEMO_READ;
	}
}

/* The nearest earlier row of the same conversation. */
static void link_threads(struct drafts *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct draft *d = &all->items[i];

		for (size_t j = i; d->row->thread && !d->parent && j-- > 0;) {
			const struct demo_row *row = all->items[j].row;
			if (row->thread &&
			    str_eq(str_from(row->thread), str_from(d->row->thread)))
				d->parent = &all->items[j];
		}
	}
}

static int by_date(const void *a, const void *b)
{
	const struct draft *x = *(const struct draft *const *)a;
	const struct draft *y = *(const struct draft *const *)b;

	if (x->date_unix != y->date_unix)
		return x->date_unix < y->date_unix ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool give_all(const struct drafts *all, const struct demo_sink *sink,
		     struct err *err)
{
	CLEANUP(mem_free_ptr)
	const struct draft **sorted = mem_array(all->count + 1, sizeof(*sorted));
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MESSAGE_MAX);

	for (size_t i = 0; i < all->count; i++)
		sorted[i] = &all->items[i];
	qsort(sorted, all->count, sizeof(*sorted), by_date);
	for (size_t i = 0; i < all->count; i++) {
		const struct draft *d = sorted[i];
		struct demo_message m = { .folder = d->row->box,
					  .received_unix = d->date_unix,
					  .flags = d->flags,
					  .categories = d->row->categories };

		strbuf_reset(&mime);
		make_mime(d, &mime);
		m.mime = strbuf_str(&mime);
		if (!strbuf_ok(&mime, err) || !sink->message(sink->arg, &m, err))
			return false;
	}
	return true;
}

bool demo_mails(const char *user, int64_t now_unix, const struct demo_sink *sink,
		struct err *err)
{
	const struct demo_user_data *data = demo_data_find(user);
	/* Nothing of today may lie in the future: "today" is the last whole day. */
	int64_t today_unix = now_unix - now_unix % DAY_S - DAY_S;
	struct drafts all = { 0 };
	bool done;

	for (size_t i = 0; i < data->row_count; i++)
		add_draft(&all, data->user, &data->rows[i], today_unix);
	for (size_t i = 0; i < data->series_count; i++)
		add_series(&all, data->user, &data->series[i], today_unix);
	link_threads(&all);
	done = give_all(&all, sink, err);
	mem_free_ptr(&all.items);
	return done;
}

bool demo_folders(const char *user, int64_t now_unix, const struct demo_sink *sink,
		  struct err *err)
{
	const struct demo_user_data *data = demo_data_find(user);

	(void)now_unix;
	for (size_t i = 0; i < data->folder_count; i++)
		if (!sink->folder(sink->arg, &data->folders[i], err))
			return false;
	return true;
}

bool demo_generate(const char *user, int64_t now_unix, const struct demo_sink *sink,
		   struct err *err)
{
	return demo_folders(user, now_unix, sink, err) &&
	       demo_mails(user, now_unix, sink, err) &&
	       demo_events(user, now_unix, sink, err);
}
