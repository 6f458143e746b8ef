/*
 * Reads the Content-* fields of a part (RFC 2045, RFC 2183, RFC 3066, RFC 2557) and gives
 * parameters decoded (RFC 2231). A parameter that cannot be read is skipped up to the
 * next semicolon.
 */
#include "bridge/mime/content.h"

#include "base/num.h"
#include "bridge/mime/block.h"
#include "bridge/mime/charset.h"
#include "bridge/mime/content_read.h"
#include "bridge/mime/header.h"
#include "bridge/mime/token.h"
#include "bridge/mime/words.h"

enum { PIECES_MAX = MIME_PARAMS_MAX }; /* RFC 2231 continuations of one parameter */

static struct str unfolded(struct mime_tree *tree, struct str value)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(value.len + 1);

	mime_unfold(value, &text);
	return mime_block_copy(&tree->blocks, strbuf_str(&text));
}

static bool at(struct str rest, char c)
{
	return rest.len && rest.p[0] == c;
}

/*
 * Unquoted. Beyond the grammar, name==?utf-8?B?...?= is taken whole, and so is a boundary
 * with characters that should be quoted: RFC 2046 section 5.1.1 allows "=" and the like
 * in it, and half of one would find boundaries in the text.
 */
static struct str take_value(struct mime_tree *tree, struct str name, struct str *rest)
{
	size_t n = 0;
	struct str value;

	if (at(*rest, '"')) {
		CLEANUP(strbuf_finish) struct strbuf text = STRBUF(rest->len + 1);

		mime_take_quoted(rest, &text);
		return mime_block_copy(&tree->blocks, strbuf_str(&text));
	}
	if (!at(*rest, '=') && !str_eq_nocase(name, STR("boundary")))
		return mime_take_token(rest);
	while (n < rest->len && !strchr("; \t\r\n", rest->p[n]))
		n++;
	value = str_sub(*rest, 0, n);
	mime_skip(rest, n);
	return value;
}

static void skip_to_semicolon(struct str *rest)
{
	while (rest->len && rest->p[0] != ';') {
		if (rest->p[0] == '"') {
			CLEANUP(strbuf_finish) struct strbuf none = STRBUF(0);

			mime_take_quoted(rest, &none);
		} else {
			mime_skip(rest, 1);
		}
	}
}

static struct mime_param *take_params(struct mime_tree *tree, struct str rest)
{
	struct mime_param *first = NULL, **link = &first;
	unsigned count = 0;

	for (skip_to_semicolon(&rest); rest.len && count < MIME_PARAMS_MAX;
	     skip_to_semicolon(&rest)) {
		struct mime_param *param;
		struct str name;

		mime_skip(&rest, 1);
		mime_skip_cfws(&rest, NULL);
		name = mime_take_token(&rest);
		mime_skip_cfws(&rest, NULL);
		if (!name.len || !at(rest, '='))
			continue;
		mime_skip(&rest, 1);
		mime_skip_cfws(&rest, NULL);
		param = mime_block_alloc(&tree->blocks, sizeof(*param));
		param->name = name;
		param->value = take_value(tree, name, &rest);
		*link = param;
		link = &param->next;
		count++;
	}
	return first;
}

/* As in Dovecot: what does not follow the grammar is no type at all, "" "", but a word
 * alone is one without subtype (RFC 1049's "text"). */
static void read_type(struct mime_tree *tree, struct mime_part *part, struct str rest)
{
	struct str type, subtype = STR("");

	if (part->type.p)
		return;
	mime_skip_cfws(&rest, NULL);
	type = mime_take_token(&rest);
	mime_skip_cfws(&rest, NULL);
	if (at(rest, '/')) {
		mime_skip(&rest, 1);
		mime_skip_cfws(&rest, NULL);
		subtype = mime_take_token(&rest);
		mime_skip_cfws(&rest, NULL);
	}
	part->subtype = STR("");
	part->type = rest.len ? STR("") : type;
	if (!type.len || !subtype.len || (rest.len && rest.p[0] != ';'))
		return;
	part->type = type;
	part->subtype = subtype;
	part->params = take_params(tree, rest);
}

/* Of several the last counts, unless an earlier one had parameters. */
static void read_disposition(struct mime_tree *tree, struct mime_part *part,
			     struct str rest)
{
	if (part->disposition_params)
		return;
	mime_skip_cfws(&rest, NULL);
	part->disposition = mime_take_token(&rest);
	part->disposition_params = take_params(tree, rest);
}

static void read_encoding(struct mime_tree *tree, struct mime_part *part, struct str rest)
{
	static const struct {
		struct str name;
		enum mime_encoding encoding;
	} names[] = {
		{ { "7bit", 4 }, MIME_ENCODING_NONE },
		{ { "8bit", 4 }, MIME_ENCODING_NONE },
		{ { "binary", 6 }, MIME_ENCODING_NONE },
		{ { "quoted-printable", 16 }, MIME_ENCODING_QP },
		{ { "base64", 6 }, MIME_ENCODING_BASE64 },
		{ { "x-uuencode", 10 }, MIME_ENCODING_UUENCODE },
		{ { "x-uue", 5 }, MIME_ENCODING_UUENCODE },
	};

	struct str name;

	(void)tree;
	if (part->encoding_name.p)
		return;
	mime_skip_cfws(&rest, NULL);
	name = mime_take_token(&rest);
	mime_skip_cfws(&rest, NULL);
	part->encoding = MIME_ENCODING_UNKNOWN;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, names[i].name) && (!rest.len || rest.p[0] == ';'))
			part->encoding = names[i].encoding;
	/* A mechanism takes no parameters (RFC 2045 section 6.1): decoded all the same,
	 * but shown as other servers show it. */
	if (name.len && !rest.len)
		part->encoding_name = name;
}

static void read_languages(struct mime_tree *tree, struct mime_part *part,
			   struct str rest)
{
	struct mime_word **link = &part->languages;

	if (*link)
		return;
	for (;;) {
		struct str word;

		mime_skip_cfws(&rest, NULL);
		word = mime_take_token(&rest);
		if (word.len) {
			*link = mime_block_alloc(&tree->blocks, sizeof(**link));
			(*link)->text = word;
			link = &(*link)->next;
		}
		mime_skip_cfws(&rest, NULL);
		if (!rest.len)
			return;
		if (!word.len || at(rest, ','))
			mime_skip(&rest, 1);
	}
}

static void read_id(struct mime_tree *tree, struct mime_part *part, struct str value)
{
	if (!part->id.p)
		part->id = unfolded(tree, value);
}

static void read_description(struct mime_tree *tree, struct mime_part *part,
			     struct str value)
{
	if (!part->description.p)
		part->description = unfolded(tree, value);
}

static void read_md5(struct mime_tree *tree, struct mime_part *part, struct str value)
{
	if (!part->md5.p)
		part->md5 = unfolded(tree, value);
}

static void read_location(struct mime_tree *tree, struct mime_part *part,
			  struct str value)
{
	if (!part->location.p)
		part->location = unfolded(tree, value);
}

void mime_content_read(struct mime_tree *tree, struct mime_part *part)
{
	static const struct {
		struct str name;
		void (*read)(struct mime_tree *, struct mime_part *, struct str);
	} fields[] = {
		{ { "type", 4 }, read_type },
		{ { "transfer-encoding", 17 }, read_encoding },
		{ { "id", 2 }, read_id },
		{ { "description", 11 }, read_description },
		{ { "disposition", 11 }, read_disposition },
		{ { "md5", 3 }, read_md5 },
		{ { "language", 8 }, read_languages },
		{ { "location", 8 }, read_location },
	};
	struct str rest = part->header;
	struct mime_field field;

	while (mime_field_next(&rest, &field)) {
		if (!str_starts_nocase(field.name, STR("content-")))
			continue;
		field.name = str_sub(field.name, 8, field.name.len);
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (str_eq_nocase(field.name, fields[i].name))
				fields[i].read(tree, part, field.value);
	}
}

bool mime_param_find(const struct mime_param *params, struct str name,
		     struct str *value_r)
{
	for (; params; params = params->next)
		if (str_eq_nocase(params->name, name)) {
			*value_r = params->value;
			return true;
		}
	return false;
}

static int hex_digit(char c)
{
	uint64_t value;

	return num_hex_u64(str_make(&c, 1), &value) ? (int)value : -1;
}

static void percent_decode(struct str text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len ? hex_digit(text.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;

		if (i + 2 < text.len && text.p[i] == '%' && low >= 0) {
			strbuf_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			strbuf_addc(out, text.p[i]);
		}
	}
}

/* "charset'language'text": the charset, and @text moved behind the second quote. */
static struct str take_charset(struct str *text)
{
	ptrdiff_t one = str_find_char(*text, '\'');
	ptrdiff_t two = one < 0 ? -1
				: str_find_char(
					  str_sub(*text, (size_t)one + 1, text->len),
					  '\'');
	struct str charset;

	if (two < 0)
		return STR_NONE;
	charset = str_sub(*text, 0, (size_t)one);
	mime_skip(text, (size_t)(one + two + 2));
	return charset;
}

/* The piece "name*N*" or "name*N" (@piece >= 0), or "name*" (-1). */
static const struct mime_param *find_piece(const struct mime_param *params,
					   struct str name, int piece, bool *encoded_r)
{
	for (; params; params = params->next) {
		struct str mark = params->name;
		uint32_t number;

		if (!str_starts_nocase(mark, name) || mark.len <= name.len ||
		    mark.p[name.len] != '*')
			continue;
		mark = str_sub(mark, name.len + 1, mark.len);
		*encoded_r = piece < 0 || str_ends(mark, STR("*"));
		if (piece < 0 && mark.len == 0)
			return params;
		if (piece >= 0 && *encoded_r)
			mark.len--;
		if (piece >= 0 && num_u32(mark, &number) && number == (uint32_t)piece)
			return params;
	}
	return NULL;
}

/* Number N of "base*N" or "base*N*"; false for any other name. */
static bool piece_number(struct str mark, struct str *base_r, uint32_t *number_r)
{
	ptrdiff_t star = str_find_char(mark, '*');
	struct str digits;

	if (star <= 0)
		return false;
	*base_r = str_sub(mark, 0, (size_t)star);
	digits = str_sub(mark, (size_t)star + 1, mark.len);
	if (str_ends(digits, STR("*")))
		digits.len--;
	return num_u32(digits, number_r);
}

static void add_unencoded(struct str text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '%')
			strbuf_add(out, STR("%25"));
		else
			strbuf_addc(out, text.p[i]);
	}
}

/* How many pieces @base has; 0 if one is missing or there twice: then they are plain
 * parameters with odd names. */
static uint32_t count_pieces(const struct mime_param *params, struct str base)
{
	bool seen[PIECES_MAX] = { false };
	uint32_t count = 0, highest = 0, number;
	struct str one;

	for (; params; params = params->next) {
		if (!piece_number(params->name, &one, &number) ||
		    !str_eq_nocase(one, base))
			continue;
		if (number >= PIECES_MAX || seen[number])
			return 0;
		seen[number] = true;
		highest = MAX_OF(highest, number);
		count++;
	}
	return highest + 1 == count ? count : 0;
}

bool mime_param_join(const struct mime_param *params, const struct mime_param *param,
		     struct strbuf *name, struct strbuf *value)
{
	uint32_t number, count = 0;
	bool encoded, any = false;
	const struct mime_param *piece;
	struct str base;

	strbuf_reset(name);
	strbuf_reset(value);
	if (piece_number(param->name, &base, &number))
		count = count_pieces(params, base);
	if (!count) {
		strbuf_add(name, param->name);
		strbuf_add(value, param->value);
		return true;
	}
	if (number > 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		any = (find_piece(params, base, (int)i, &encoded) && encoded) || any;
	strbuf_add(name, base);
	if (any)
		strbuf_addc(name, '*');
	for (uint32_t i = 0; i < count; i++) {
		piece = find_piece(params, base, (int)i, &encoded);
		if (any && !encoded)
			add_unencoded(piece->value, value);
		else
			strbuf_add(value, piece->value);
	}
	return true;
}

static bool decode_extended(const struct mime_param *params, struct str name,
			    struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf bytes = STRBUF(out->max_bytes);
	bool encoded = false, split = false;
	const struct mime_param *param = find_piece(params, name, -1, &encoded);
	struct str charset = STR_NONE;

	if (!param) {
		param = find_piece(params, name, 0, &encoded);
		split = true;
	}
	if (!param)
		return false;
	for (int i = 0; param && i < PIECES_MAX; i++) {
		struct str text = param->value;

		if (encoded && i == 0)
			charset = take_charset(&text);
		if (encoded)
			percent_decode(text, &bytes);
		else
			strbuf_add(&bytes, text);
		param = split ? find_piece(params, name, i + 1, &encoded) : NULL;
	}
	if (charset.len)
		mime_charset_to_utf8(charset, strbuf_str(&bytes), out);
	else
		mime_charset_guess(strbuf_str(&bytes), out);
	return true;
}

bool mime_param_decode(const struct mime_param *params, struct str name,
		       struct strbuf *out)
{
	struct str value;

	if (decode_extended(params, name, out))
		return true;
	if (!mime_param_find(params, name, &value))
		return false;
	mime_words_decode(value, out);
	return true;
}

bool mime_part_filename(const struct mime_part *part, struct strbuf *out)
{
	return mime_param_decode(part->disposition_params, STR("filename"), out) ||
	       mime_param_decode(part->params, STR("name"), out);
}
