/* Any bytes as a message: all that is done with one. */
#include <assert.h>

#include "bridge/mime/content.h"
#include "bridge/mime/date.h"
#include "bridge/mime/decode.h"
#include "bridge/mime/digest.h"
#include "bridge/mime/header.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/preview.h"
#include "bridge/mime/search.h"
#include "bridge/mime/section.h"
#include "bridge/mime/sort_keys.h"
#include "bridge/mime/unbinary.h"
#include "bridge/mime/utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_parts(const struct mime_tree *tree, struct strbuf *out)
{
	const struct mime_part *part = tree->root;

	for (; part; part = mime_part_next(part)) {
		const char *end = tree->octets.p + tree->octets.len;

		assert(part->header.p >= tree->octets.p);
		assert(part->header.p + part->header.len <= end);
		assert(part->body.p >= tree->octets.p &&
		       part->body.p + part->body.len <= end);
		strbuf_reset(out);
		mime_part_filename(part, out);
		(void)mime_part_decode(part, out);
	}
}

static void try_section(const struct mime_tree *tree, struct str text, struct strbuf *out)
{
	struct mime_section section;
	struct str octets;

	if (mime_section_parse(text, &section, NULL))
		(void)mime_section_get(tree, &section, out, &octets);
}

static void try_names(struct str text)
{
	CLEANUP(strbuf_finish) struct strbuf utf8 = STRBUF(65536), utf7 = STRBUF(65536);
	struct mime_date date;
	int64_t day;

	if (mime_date_parse(text, &date) || mime_internaldate_parse(text, &date))
		mime_internaldate_write(date, &utf8);
	if (mime_day_parse(text, &day))
		assert(mime_date_day((struct mime_date){ day * 86400, 0 }) == day);
	strbuf_reset(&utf8);
	if (!mime_utf7_decode(text, &utf8, NULL) || utf8.overflow)
		return;
	mime_utf7_encode(strbuf_str(&utf8), &utf7);
	assert(str_eq(strbuf_str(&utf7), text));
}

static void try_whole(const struct mime_tree *tree)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(16 << 20);
	struct mime_sort_keys keys;

	mime_sort_keys_pack(tree->root->header, &out);
	if (!out.overflow)
		assert(mime_sort_keys_unpack(strbuf_str(&out), MIME_SORT_TEXTS, &keys));
	strbuf_reset(&out);
	mime_preview(tree, &out);
	assert(out.len < MIME_PREVIEW_BYTES);
	strbuf_reset(&out);
	mime_unbinary(tree->octets, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(64 << 20);
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	unsigned char digest[MIME_DIGEST_BYTES];
	struct str text = str_make((const char *)data, size);
	int64_t day;

	mime_tree_init(&tree, text);
	mime_imap_envelope(tree.root->header, &out);
	mime_imap_body(tree.root, true, &out);
	strbuf_reset(&out);
	mime_search_dump(&tree, &out, NULL);
	(void)mime_sent_day(tree.root->header, &day);
	mime_digest(&tree, digest);
	try_parts(&tree, &out);
	try_whole(&tree);
	try_section(&tree, STR("1.1.HEADER"), &out);
	try_section(&tree, STR("2.TEXT"), &out);
	try_section(&tree, str_sub(text, 0, 40), &out);
	if (size < 10000)
		try_names(text);
	return 0;
}
