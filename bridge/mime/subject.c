/*
 * Base subject: see subject.h. The grammar of RFC 5256 section 5:
 *   subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
 *   subj-blob  = "[" *BLOBCHAR "]" *WSP     (no brackets inside)
 *   subj-leader = (*subj-blob subj-refwd) / WSP
 */
#include "bridge/mime/subject.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t skip_blanks(struct str s, size_t at)
{
	while (at < s.len && is_blank(s.p[at]))
		at++;
	return at;
}

/* Behind a blob at @at; @at if there is none. */
static size_t skip_blob(struct str s, size_t at)
{
	size_t end = at + 1;

	if (at >= s.len || s.p[at] != '[')
		return at;
	while (end < s.len && s.p[end] != '[' && s.p[end] != ']')
		end++;
	return end < s.len && s.p[end] == ']' ? skip_blanks(s, end + 1) : at;
}

/* Behind "Re[2]:" at @at; @at if there is none. */
static size_t skip_refwd(struct str s, size_t at)
{
	static const char *const words[] = { "re", "fwd", "fw" };

	for (size_t i = 0; i < 3; i++) {
		struct str word = str_from(words[i]);
		size_t end;

		if (!str_starts_nocase(str_sub(s, at, s.len), word))
			continue;
		end = skip_blob(s, skip_blanks(s, at + word.len));
		if (end < s.len && s.p[end] == ':')
			return end + 1;
	}
	return at;
}

static bool take_leader(struct str *s)
{
	size_t at = 0, next;

	if (s->len && is_blank(s->p[0])) {
		*s = str_sub(*s, skip_blanks(*s, 0), s->len);
		return false;
	}
	while ((next = skip_blob(*s, at)) > at)
		at = next;
	next = skip_refwd(*s, at);
	if (next == at)
		return false;
	*s = str_sub(*s, next, s->len);
	return true;
}

/* Steps 3 to 5: leaders, and blobs that leave something behind. */
static bool take_leaders(struct str *s)
{
	bool marked = false;
	size_t before;

	do {
		size_t blob;

		before = s->len;
		marked |= take_leader(s);
		blob = skip_blob(*s, 0);
		if (s->len == before && blob && blob < s->len)
			*s = str_sub(*s, blob, s->len);
	} while (s->len < before);
	return marked;
}

/* Step 2: "(fwd)" and blanks at the end. */
static bool take_trailers(struct str *s)
{
	bool marked = false;

	for (;;) {
		while (s->len && is_blank(s->p[s->len - 1]))
			s->len--;
		if (s->len < 5 ||
		    !str_eq_nocase(str_sub(*s, s->len - 5, 5), STR("(fwd)")))
			return marked;
		s->len -= 5;
		marked = true;
	}
}

static void squeeze(struct str utf8, struct strbuf *out)
{
	bool blank = false;

	for (size_t i = 0; i < utf8.len; i++) {
		char c = utf8.p[i];

		if (is_blank(c) || c == '\r' || c == '\n') {
			blank = true;
			continue;
		}
		if (blank)
			strbuf_addc(out, ' ');
		blank = false;
		strbuf_addc(out, c ? c : '?');
	}
	if (blank)
		strbuf_addc(out, ' ');
}

bool mime_base_subject(struct str utf8, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(utf8.len + 1);
	bool marked = false;
	struct str s;

	squeeze(utf8, &text);
	s = strbuf_str(&text);
	for (;;) {
		marked |= take_trailers(&s);
		marked |= take_leaders(&s);
		if (!str_starts_nocase(s, STR("[fwd:")) || !str_ends(s, STR("]")))
			break;
		s = str_sub(s, 5, s.len - 6);
		marked = true;
	}
	strbuf_add(out, s);
	return marked;
}
