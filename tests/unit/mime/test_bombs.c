/* Messages made to cost: what they may cost is bounded, and what is said stays true. */
#include "tests/unit/test.h"

#include "base/macros.h"
#include "base/mem.h"
#include "bridge/mime/digest.h"
#include "bridge/mime/imap_render.h"
#include "bridge/mime/search.h"

enum { RENDER_MAX = 16 << 20, MESSAGE_MAX = 64 << 20 };

struct figures {
	unsigned parts, depth;
};

static struct figures measure(const struct mime_tree *tree)
{
	struct figures f = { 0 };

	for (const struct mime_part *p = tree->root; p; p = mime_part_next(p)) {
		unsigned depth = 0;

		for (const struct mime_part *up = p->parent; up; up = up->parent)
			depth++;
		f.parts++;
		f.depth = MAX_OF(f.depth, depth);
	}
	return f;
}

/* All that is worked out when a body arrives. */
static struct figures render_all(struct str octets)
{
	CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
	CLEANUP(strbuf_finish) struct strbuf envelope = STRBUF(RENDER_MAX);
	CLEANUP(strbuf_finish) struct strbuf structure = STRBUF(RENDER_MAX);
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(8 << 20);
	unsigned char digest[MIME_DIGEST_BYTES];

	mime_tree_init(&tree, octets);
	mime_imap_envelope(tree.root->header, &envelope);
	mime_imap_body(tree.root, true, &structure);
	mime_search_dump(&tree, &text, NULL);
	mime_digest(&tree, digest);
	return measure(&tree);
}

static void nested(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	for (unsigned i = 0; i < 20000; i++)
		strbuf_addf(
			&mail,
			"Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i,
			i);
	strbuf_add(&mail, STR("\r\ninside\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_true(f.depth >= 50 && f.depth <= MIME_DEPTH_MAX + 1);
}

static void messages_in_messages(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	for (unsigned i = 0; i < 20000; i++)
		strbuf_add(&mail, STR("Content-Type: message/rfc822\r\n\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_true(f.depth >= 50 && f.depth <= MIME_DEPTH_MAX + 1);
}

static void many_parts(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	strbuf_add(&mail, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
	for (unsigned i = 0; i < 100000; i++)
		strbuf_add(&mail, STR("--b\r\n\r\nx\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_true(f.parts >= 1000 && f.parts <= MIME_PARTS_MAX + 1);
}

static void long_header(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	CLEANUP(mem_free_ptr) char *text = mem_alloc(50 << 20);
	struct figures f;

	memset(text, 'a', 50 << 20);
	strbuf_add(&mail, STR("Subject: "));
	strbuf_add(&mail, str_make(text, 50 << 20));
	strbuf_add(&mail, STR("\r\nTo: "));
	for (unsigned i = 0; i < 20000; i++)
		strbuf_add(&mail, STR("a@b,(((,<<<\"\r\n "));
	strbuf_add(&mail, STR("\r\n\r\ntext\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_int_equal(f.parts, 1);
}

static void many_fields(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	for (unsigned i = 0; i < 100000; i++)
		strbuf_add(&mail, STR("To: a@b\r\n"));
	strbuf_add(&mail, STR("\r\ntext\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_int_equal(f.parts, 1);
}

static void many_parameters(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	strbuf_add(&mail, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
	for (unsigned part = 0; part < 60; part++) {
		strbuf_add(&mail, STR("--b\r\nContent-Type: text/plain"));
		for (unsigned i = 0; i < 1000; i++)
			strbuf_addf(&mail, "; n*%u*=%%41", i);
		strbuf_add(&mail, STR("\r\n\r\nx\r\n"));
	}
	f = render_all(strbuf_str(&mail));
	assert_int_equal(f.parts, 61);
}

static void lines_like_boundaries(void **state)
{
	CLEANUP(strbuf_finish) struct strbuf mail = STRBUF(MESSAGE_MAX);
	struct figures f;

	for (unsigned i = 0; i < 90; i++)
		strbuf_addf(
			&mail,
			"Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i,
			i);
	strbuf_add(&mail, STR("\r\n"));
	for (unsigned i = 0; i < 200000; i++)
		strbuf_add(&mail, STR("--c\r\n"));
	f = render_all(strbuf_str(&mail));
	assert_true(f.parts >= 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested),
		cmocka_unit_test(messages_in_messages),
		cmocka_unit_test(many_parts),
		cmocka_unit_test(long_header),
		cmocka_unit_test(many_fields),
		cmocka_unit_test(many_parameters),
		cmocka_unit_test(lines_like_boundaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
