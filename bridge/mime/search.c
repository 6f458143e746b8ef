/*
 * Search over decoded text. Folding is ICU's NFKC_Casefold, decomposed: "e" finds "é",
 * "ss" finds "ß", full-width letters find plain ones. Text is what text and message
 * parts hold; images and other attachments are not searched. Headers of parts and of
 * nested messages count for TEXT and not for BODY, or "html" would find most mail.
 */
#include "bridge/mime/search.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bridge/mime/address.h"
#include "bridge/mime/date.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/header.h"
#include "bridge/mime/words.h"

/* Text is folded in slices, so that memory stays small beside the text itself. */
enum { SLICE_BYTES = 8192, GROWTH = 18 /* most code units from one, NFKD */ };

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0)
			return false;
	return true;
}

static void fold_ascii(struct str s, struct strbuf *out)
{
	char *to = strbuf_space(out, s.len);

	if (!to)
		return;
	for (size_t i = 0; i < s.len; i++)
		to[i] = str_lower_char(s.p[i]);
	strbuf_added(out, s.len);
}

/* @count units from @from folded into @to; 0 when ICU refuses. */
static int32_t normalise(const UChar *from, int32_t count, UChar *to, int32_t size)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&status);
	const UNormalizer2 *parts = unorm2_getNFKDInstance(&status);
	CLEANUP(mem_free_ptr) UChar *middle = mem_array((size_t)size, sizeof(UChar));
	int32_t got;

	got = unorm2_normalize(fold, from, count, middle, size, &status);
	got = unorm2_normalize(parts, middle, got, to, size, &status);
	return U_SUCCESS(status) ? got : 0;
}

static void fold_slice(struct str valid, struct strbuf *out)
{
	size_t size = valid.len * GROWTH + 1;
	CLEANUP(mem_free_ptr) UChar *units = mem_array(valid.len + 1, sizeof(UChar));
	CLEANUP(mem_free_ptr) UChar *folded = NULL;
	int32_t count = 0;

	if (is_ascii(valid)) {
		fold_ascii(valid, out);
		return;
	}
	for (struct str rest = valid; rest.len;) {
		uint32_t c = utf8_next(&rest);

		if (c > 0xFFFF) {
			units[count++] = U16_LEAD(c);
			units[count++] = U16_TRAIL(c);
		} else {
			units[count++] = (UChar)c;
		}
	}
	folded = mem_array(size, sizeof(UChar));
	count = normalise(units, count, folded, (int32_t)size);
	for (int32_t i = 0; i < count; i++) {
		uint32_t c = folded[i];

		if (U16_IS_LEAD(c) && i + 1 < count && U16_IS_TRAIL(folded[i + 1]))
			c = U16_GET_SUPPLEMENTARY(c, folded[++i]);
		utf8_add(out, c);
	}
}

void mime_fold(struct str utf8, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf repaired = STRBUF(utf8.len * 3 + 1);
	struct str rest = utf8;

	if (is_ascii(utf8)) {
		fold_ascii(utf8, out);
		return;
	}
	utf8_repair(utf8, &repaired);
	rest = strbuf_str(&repaired);
	while (rest.len) {
		size_t len = MIN_OF(rest.len, (size_t)SLICE_BYTES);

		/* Cut at a blank or at least before a character. */
		if (len < rest.len) {
			size_t blank = len;

			while (blank > len / 2 && rest.p[blank] != ' ' &&
			       rest.p[blank] != '\n')
				blank--;
			if (blank > len / 2)
				len = blank;
			while (len > 1 && ((unsigned char)rest.p[len] & 0xC0) == 0x80)
				len--;
		}
		fold_slice(str_sub(rest, 0, len), out);
		rest = str_sub(rest, len, rest.len);
	}
}

/* How common a byte is in mail, roughly: memchr() looks for the rarest of the needle. */
static unsigned commonness(char c)
{
	static const char common[] = "zqjxkvbpgywf\ncmdlhuoinrsaet ";
	const char *at = c ? strchr(common, c) : NULL;

	return at ? (unsigned)(at - common) + 1 : 0;
}

static size_t rarest(struct str needle)
{
	size_t best = 0;

	for (size_t i = 1; i < needle.len && i < 64; i++)
		if (commonness(needle.p[i]) < commonness(needle.p[best]))
			best = i;
	return best;
}

ptrdiff_t mime_folded_find(struct str text, struct str needle)
{
	size_t offset = rarest(needle), last;
	const char *p, *end;

	if (!needle.len)
		return 0;
	if (text.len < needle.len)
		return -1;
	last = text.len - needle.len;
	p = text.p + offset;
	end = text.p + last + offset + 1;
	while (p < end && (p = memchr(p, needle.p[offset], (size_t)(end - p)))) {
		if (memcmp(p - offset, needle.p, needle.len) == 0)
			return p - offset - text.p;
		p++;
	}
	return -1;
}

bool mime_folded_contains(struct str text, struct str needle)
{
	return mime_folded_find(text, needle) >= 0;
}

/* Where text goes: into a dump, or into the comparison with a needle. */
struct sink {
	struct str needle;
	struct strbuf *dump; /* NULL: compare */
	size_t max_bytes;
	bool in_field; /* of a dump: a line each */
	bool found;
};

static void sink_add(struct sink *sink, struct str utf8)
{
	CLEANUP(strbuf_finish) struct strbuf folded = STRBUF(sink->max_bytes);

	if (sink->dump) {
		size_t start = sink->dump->len;

		mime_fold(utf8, sink->dump);
		for (size_t i = start; sink->in_field && i < sink->dump->len; i++)
			if (sink->dump->p[i] == '\n')
				sink->dump->p[i] = '\r';
		strbuf_addc(sink->dump, '\n');
		return;
	}
	mime_fold(utf8, &folded);
	sink->found = sink->found ||
		      mime_folded_contains(strbuf_str(&folded), sink->needle);
}

static void sink_field(struct sink *sink, const struct mime_field *field, bool with_name)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(sink->max_bytes);

	if (with_name) {
		strbuf_add(&text, field->name);
		strbuf_add(&text, STR(": "));
	}
	mime_words_decode(field->value, &text);
	sink_add(sink, strbuf_str(&text));
}

static void sink_header(struct sink *sink, struct str header)
{
	struct mime_field field;

	sink->in_field = true;
	while (!sink->found && mime_field_next(&header, &field))
		sink_field(sink, &field, true);
	sink->in_field = false;
}

static void sink_body(struct sink *sink, const struct mime_part *part)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(sink->max_bytes);

	/* RFC 2045 section 6.4: an unknown encoding makes it application/octet-stream. */
	if (part->kind != MIME_LEAF || part->encoding == MIME_ENCODING_UNKNOWN)
		return;
	if (!mime_part_type(part, STR("text"), STR("")) &&
	    !mime_part_type(part, STR("message"), STR("")))
		return;
	mime_part_text(part, &text);
	sink_add(sink, strbuf_str(&text));
}

static void sink_headers(struct sink *sink, const struct mime_tree *tree)
{
	const struct mime_part *part = tree->root;

	for (; part && !sink->found; part = mime_part_next(part))
		sink_header(sink, part->header);
}

static void sink_bodies(struct sink *sink, const struct mime_tree *tree)
{
	const struct mime_part *part = tree->root;

	for (; part && !sink->found; part = mime_part_next(part))
		sink_body(sink, part);
}

/* A folded text grows by a bounded factor; this is only a ceiling. */
static size_t ceiling(struct str octets)
{
	return octets.len * 12 + 4096;
}

bool mime_search_has_addresses(struct str name)
{
	static const char *const names[] = { "From", "To",     "Cc",
					     "Bcc",  "Sender", "Reply-To" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, str_from(names[i])))
			return true;
	return false;
}

/* Addresses as ENVELOPE shows them: without comments and blanks inside. */
static void sink_addresses(struct sink *sink, struct str value)
{
	struct mime_addresses list;

	mime_addresses_init(&list, value);
	for (size_t i = 0; i < list.count && !sink->found; i++) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(sink->max_bytes);
		const struct mime_address *a = &list.list[i];

		mime_words_decode(a->name, &text);
		if (a->kind == MIME_ADDRESS_MAILBOX)
			strbuf_addf(&text, " <%.*s@%.*s>", STR_FMT(a->mailbox),
				    STR_FMT(a->host));
		sink_add(sink, strbuf_str(&text));
	}
	mime_addresses_finish(&list);
}

bool mime_search_header(struct str header, struct str name, struct str folded)
{
	struct sink sink = { .needle = folded, .max_bytes = ceiling(header) };
	bool addresses = mime_search_has_addresses(name);
	struct mime_field field;

	while (!sink.found && mime_field_next(&header, &field)) {
		if (!str_eq_nocase(field.name, name))
			continue;
		sink_field(&sink, &field, false);
		if (addresses && !sink.found)
			sink_addresses(&sink, field.value);
	}
	return sink.found;
}

bool mime_search_body(const struct mime_tree *tree, struct str folded)
{
	struct sink sink = { .needle = folded, .max_bytes = ceiling(tree->octets) };

	sink_bodies(&sink, tree);
	return sink.found || !folded.len;
}

bool mime_search_text(const struct mime_tree *tree, struct str folded)
{
	struct sink sink = { .needle = folded, .max_bytes = ceiling(tree->octets) };

	sink_headers(&sink, tree);
	if (!sink.found)
		sink_bodies(&sink, tree);
	return sink.found || !folded.len;
}

void mime_search_dump(const struct mime_tree *tree, struct strbuf *out,
		      size_t *header_bytes_r)
{
	struct sink sink = { .dump = out, .max_bytes = ceiling(tree->octets) };

	sink_headers(&sink, tree);
	if (header_bytes_r)
		*header_bytes_r = out->len;
	sink_bodies(&sink, tree);
}

/* One that the field has as it is adds nothing. */
static void dump_unlike(struct str field_text, struct str addresses, struct strbuf *out)
{
	struct str one;

	while (addresses.len && str_split(&addresses, '\n', &one))
		if (!mime_folded_contains(field_text, one)) {
			strbuf_add(out, one);
			strbuf_addc(out, '\n');
		}
}

void mime_search_dump_addresses(struct str header, struct strbuf *out)
{
	size_t max = ceiling(header);
	struct mime_field field;

	while (mime_field_next(&header, &field)) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(max);
		CLEANUP(strbuf_finish) struct strbuf addresses = STRBUF(max);

		if (!mime_search_has_addresses(field.name))
			continue;
		sink_field(&(struct sink){ .dump = &text, .max_bytes = max }, &field,
			   false);
		sink_addresses(&(struct sink){ .dump = &addresses, .max_bytes = max },
			       field.value);
		dump_unlike(strbuf_str(&text), strbuf_str(&addresses), out);
	}
}

bool mime_sent_day(struct str header, int64_t *day_r)
{
	struct mime_date date;
	struct str value;

	*day_r = 0;
	if (!mime_field_find(header, STR("Date"), &value) ||
	    !mime_date_parse(value, &date))
		return false;
	*day_r = mime_date_day(date);
	return true;
}
