/*
 * Digest of content. Counted: header fields of the message and of nested ones (name in
 * lower case, value unfolded and decoded), and of each part its type, parameters but the
 * boundary, and decoded body. Not counted: Content-Transfer-Encoding, the order of
 * fields' folding, preambles and epilogues. Trailing line ends of text are left out,
 * because servers add and drop them with the boundaries.
 */
#include "bridge/mime/digest.h"

#include "base/crypto.h"
#include "base/strbuf.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/header.h"
#include "bridge/mime/words.h"

struct digest { /* H(state, H(piece)) for each piece: no separators are needed */
	char state[MIME_DIGEST_BYTES + CRYPTO_SHA256_BYTES];
};

static void feed_hash(struct digest *d, const unsigned char hash[CRYPTO_SHA256_BYTES])
{
	unsigned char state[CRYPTO_SHA256_BYTES];

	memcpy(d->state + MIME_DIGEST_BYTES, hash, CRYPTO_SHA256_BYTES);
	crypto_sha256(str_make(d->state, sizeof(d->state)), state);
	memcpy(d->state, state, sizeof(state));
}

static void feed(struct digest *d, struct str s)
{
	unsigned char hash[CRYPTO_SHA256_BYTES];

	crypto_sha256(s, hash);
	feed_hash(d, hash);
}

static void feed_lower(struct digest *d, struct str s)
{
	CLEANUP(strbuf_finish) struct strbuf lower = STRBUF(s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		strbuf_addc(&lower, str_lower_char(s.p[i]));
	feed(d, strbuf_str(&lower));
}

static void feed_header(struct digest *d, struct str header)
{
	struct mime_field field;

	while (mime_field_next(&header, &field)) {
		CLEANUP(strbuf_finish)
		struct strbuf text = STRBUF(field.value.len * 6 + 64);

		/* Type and disposition are counted by their parameters. */
		if (str_eq_nocase(field.name, STR("Content-Transfer-Encoding")) ||
		    str_eq_nocase(field.name, STR("Content-Type")) ||
		    str_eq_nocase(field.name, STR("Content-Disposition")))
			continue;
		mime_words_decode(field.value, &text);
		feed_lower(d, field.name);
		feed(d, strbuf_str(&text));
	}
	feed(d, STR("."));
}

static void feed_params(struct digest *d, const struct mime_param *params)
{
	for (; params; params = params->next) {
		if (str_eq_nocase(params->name, STR("boundary")))
			continue;
		feed_lower(d, params->name);
		feed(d, params->value);
	}
	feed(d, STR("."));
}

struct body {
	struct crypto_hash *hash;
	struct strbuf line_ends; /* not counted if they are the last */
};

static void body_piece(void *context, struct str piece)
{
	struct body *body = context;
	size_t end = piece.len;

	while (end > 0 && (piece.p[end - 1] == '\n' || piece.p[end - 1] == '\r'))
		end--;
	if (end > 0) {
		crypto_hash_add(body->hash, strbuf_str(&body->line_ends));
		crypto_hash_add(body->hash, str_sub(piece, 0, end));
		strbuf_reset(&body->line_ends);
	}
	strbuf_add(&body->line_ends, str_sub(piece, end, piece.len));
}

static void feed_body(struct digest *d, const struct mime_part *part)
{
	struct body body = { .line_ends = STRBUF(part->body.len + 1) };
	unsigned char hash[CRYPTO_SHA256_BYTES];

	if (part->kind != MIME_LEAF) {
		feed(d, part->kind == MIME_MULTIPART ? STR("multipart") : STR("message"));
		return;
	}
	body.hash = crypto_hash_new();
	mime_part_each(part, body_piece, &body);
	crypto_hash_finish(body.hash, hash);
	strbuf_finish(&body.line_ends);
	feed_hash(d, hash);
}

void mime_digest(const struct mime_tree *tree, unsigned char digest_r[MIME_DIGEST_BYTES])
{
	struct digest d = { { 0 } };
	const struct mime_part *part = tree->root;

	for (; part; part = mime_part_next(part)) {
		feed_header(&d, part->header);
		feed_lower(&d, part->type);
		feed_lower(&d, part->subtype);
		feed_params(&d, part->params);
		feed_lower(&d, part->disposition);
		feed_params(&d, part->disposition_params);
		feed_body(&d, part);
	}
	memcpy(digest_r, d.state, MIME_DIGEST_BYTES);
}

void mime_digest_parts(const struct mime_tree *tree,
		       unsigned char digest_r[MIME_DIGEST_BYTES])
{
	struct digest d = { { 0 } };
	const struct mime_part *part = tree->root;

	for (; part; part = mime_part_next(part)) {
		feed_lower(&d, part->type);
		feed_lower(&d, part->subtype);
		feed_body(&d, part);
	}
	memcpy(digest_r, d.state, MIME_DIGEST_BYTES);
}
