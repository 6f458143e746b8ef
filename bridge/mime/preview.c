/* Previews: see preview.h. Quoted lines of a reply do not count, a message without any
 * other text shows them all the same. */
#include "bridge/mime/preview.h"

#include "base/num.h"
#include "base/utf8.h"
#include "bridge/mime/decode.h"

enum { TEXT_BYTES = 64 * 1024 * 1024, NAME_BYTES = 16 };

struct preview {
	struct strbuf *out;
	size_t chars;
	bool blank; /* before the next character */
};

static void add(struct preview *p, uint32_t c)
{
	if (p->chars >= MIME_PREVIEW_CHARS)
		return;
	if (c <= ' ' || c == 0xA0 || c == 0x200B || c == 0xFEFF) {
		p->blank = p->chars > 0;
		return;
	}
	if (p->blank && ++p->chars < MIME_PREVIEW_CHARS)
		strbuf_addc(p->out, ' ');
	p->blank = false;
	if (p->chars++ < MIME_PREVIEW_CHARS)
		utf8_add(p->out, c == UTF8_BAD ? 0xFFFD : c);
}

static void add_text(struct preview *p, struct str text)
{
	while (text.len && p->chars < MIME_PREVIEW_CHARS)
		add(p, utf8_next(&text));
}

static void add_plain(struct preview *p, struct str text, bool quotes)
{
	struct str line;

	while (p->chars < MIME_PREVIEW_CHARS && str_split(&text, '\n', &line)) {
		if (!quotes && str_starts(line, STR(">")))
			continue;
		add_text(p, line);
		add(p, ' ');
	}
}

/* "&amp;", "&#8364;" at the front of @rest; else '&' itself. */
static uint32_t take_entity(struct str *rest)
{
	static const struct {
		struct str name;
		uint32_t c;
	} names[] = {
		{ { "amp", 3 }, '&' },	{ { "lt", 2 }, '<' },	 { { "gt", 2 }, '>' },
		{ { "quot", 4 }, '"' }, { { "apos", 4 }, '\'' }, { { "nbsp", 4 }, ' ' },
	};
	ptrdiff_t end = str_find_char(str_sub(*rest, 0, NAME_BYTES), ';');
	struct str name = str_sub(*rest, 1, end > 0 ? (size_t)end - 1 : 0);
	uint32_t c = 0;
	uint64_t hex;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, names[i].name))
			c = names[i].c;
	if (str_starts_nocase(name, STR("#x")) &&
	    num_hex_u64(str_sub(name, 2, name.len), &hex) && hex < 0x110000)
		c = (uint32_t)hex;
	else if (str_starts(name, STR("#")))
		(void)!num_u32(str_sub(name, 1, name.len), &c);
	if (!c || c >= 0x110000 || (c >= 0xD800 && c < 0xE000)) {
		*rest = str_sub(*rest, 1, rest->len);
		return '&';
	}
	*rest = str_sub(*rest, (size_t)end + 1, rest->len);
	return c;
}

/* Behind the tag at the front of @rest; what is in style, script, head and comments goes
 * with it. */
static void skip_tag(struct str *rest)
{
	static const struct {
		struct str open, close;
	} blocks[] = {
		{ { "<!--", 4 }, { "-->", 3 } },
		{ { "<style", 6 }, { "</style", 7 } },
		{ { "<script", 7 }, { "</script", 8 } },
		{ { "<head>", 6 }, { "</head", 6 } },
		{ { "<title", 6 }, { "</title", 7 } },
	};
	ptrdiff_t end;

	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		ptrdiff_t close;

		if (!str_starts_nocase(*rest, blocks[i].open))
			continue;
		close = str_find_nocase(*rest, blocks[i].close);
		*rest = close < 0 ? STR("") : str_sub(*rest, (size_t)close, rest->len);
		break;
	}
	end = str_find_char(*rest, '>');
	*rest = end < 0 ? STR("") : str_sub(*rest, (size_t)end + 1, rest->len);
}

static void add_html(struct preview *p, struct str text)
{
	while (text.len && p->chars < MIME_PREVIEW_CHARS) {
		if (text.p[0] == '<') {
			skip_tag(&text);
			add(p, ' ');
		} else if (text.p[0] == '&') {
			add(p, take_entity(&text));
		} else {
			add(p, utf8_next(&text));
		}
	}
}

/* Plain text if there is some, else HTML; no attachment, no message in the message. */
static const struct mime_part *text_part(const struct mime_tree *tree)
{
	const struct mime_part *html = NULL;

	for (const struct mime_part *part = tree->root; part;
	     part = mime_part_next(part)) {
		if (part->kind == MIME_MESSAGE)
			break;
		if (part->kind != MIME_LEAF ||
		    str_eq_nocase(part->disposition, STR("attachment")))
			continue;
		if (mime_part_type(part, STR("text"), STR("plain")))
			return part;
		if (!html && mime_part_type(part, STR("text"), STR("html")))
			html = part;
	}
	return html;
}

void mime_preview(const struct mime_tree *tree, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(TEXT_BYTES);
	const struct mime_part *part = text_part(tree);
	struct preview p = { .out = out };

	if (!part)
		return;
	mime_part_text(part, &text);
	if (mime_part_type(part, STR("text"), STR("html"))) {
		add_html(&p, strbuf_str(&text));
		return;
	}
	add_plain(&p, strbuf_str(&text), false);
	if (!p.chars)
		add_plain(&p, strbuf_str(&text), true);
}
