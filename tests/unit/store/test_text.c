/* store: the text index finds what reading every message finds, and nothing else. */
#include "tests/unit/store/store_test.h"

#include "bridge/mime/search.h"
#include "bridge/store_db.h"
#include "bridge/store_text.h"

enum { MESSAGES = 60, NEEDLES = 1000 };

#define ANYWHERE ((struct store_text_where){ STR_NONE, false })
#define IN_BODY ((struct store_text_where){ STR_NONE, true })
#define IN_FIELD(name) ((struct store_text_where){ str_from(name), false })

static const char *const WORDS[] = {
	"bridge",
	"Br\xc3\xbc"
	"cke",
	"stra\xc3\x9f"
	"e",
	"ab",
	"a",
	"\"quoted\"",
	"100%",
	"x_y",
	"\xe6\xbc\xa2\xe5\xad\x97",
	"\xf0\x9f\x8c\x89",
	"AND",
	"OR",
	"NEAR(",
	"co-op",
	"aaaa",
	"\xef\xac\x81le",
	"*",
	"^",
	"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe3\x81\x8c\xe6\xbc\xa2",
	"\xe0\xb8\xaa\xe0\xb8\xa7\xe0\xb8\xb1\xe0\xb8\xaa\xe0\xb8\x94\xe0\xb8\xb5",
	"https://www.example.test/a1b2c3d4e5f6?bridge=co-op",
	"QmFzZTY0YnJpZGdlYWFhYWFhYWFhYWFhYWFhYWFhYWFiYXNl",
	"----------------",
	"...",
	"\xe2\x80\x9c"
	"bridge\xe2\x80\x9d",
	"a\tb",
	"<b>bridge</b>",
	"2026-11-25",
};

static void add_words(unsigned *seed, size_t count, struct strbuf *out)
{
	for (size_t i = 0; i < count; i++) {
		strbuf_add_cstr(out, WORDS[next_random(seed) % ARRAY_LEN(WORDS)]);
		strbuf_add_cstr(out, next_random(seed) % 7 ? " " : "\r\n");
	}
}

/* Fields that ENVELOPE shows otherwise than they are written. */
static const char *const ADDRESSES[] = {
	"From: \"Quoted \\\"Bridge\\\"\" (aside) <ann . lee@ example.test>\r\n",
	"From: ann.lee@example.test (Ann Lee)\r\n",
	"To: =?utf-8?Q?Br=C3=BCcke?= <b@example.test>, c@example.test\r\n",
	"Subject: =?utf-8?Q?one=0Abridge:_two=0Aco-op?=\r\nX-Part: a\r\n b: c\r\n",
	"CC: \"Bridge, co-op\" <cc@example.test>\r\nsubject: 100% bridge\r\n",
};

/* What people type of them. */
static const char *const TYPED[] = {
	"ann.lee@example.test",
	"<ann.lee@",
	"Quoted \"Bridge\"",
	"Lee <ann",
	"aside",
	"br\xc3\xbc",
	"cke <b@example.test>",
	"example.test (ann",
};

static void make_message(unsigned *seed, struct strbuf *out)
{
	unsigned kind = next_random(seed) % 4;

	strbuf_add_cstr(out, ADDRESSES[next_random(seed) % ARRAY_LEN(ADDRESSES)]);

	strbuf_add(out, STR("Subject: "));
	strbuf_add_cstr(out, WORDS[next_random(seed) % ARRAY_LEN(WORDS)]);
	strbuf_add(out, STR("\r\nMIME-Version: 1.0\r\n"));
	if (kind == 0)
		strbuf_add(out, STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b"
				    "\r\nX-Part: bridge co-op\r\n\r\n"));
	else if (kind == 1)
		strbuf_add(out, STR("Content-Type: text/plain; charset=iso-8859-1\r\n"
				    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
				    "Stra=DFe =FCber=\r\n"));
	else
		strbuf_add(out, STR("\r\n"));
	add_words(seed, next_random(seed) % 40, out);
	if (kind == 0)
		strbuf_add(out, STR("\r\n--b\r\nContent-Type: image/png\r\n\r\nbridge"
				    "\r\n--b--\r\n"));
	if (kind == 2)
		strbuf_add_mem(out, "nul\0bridge\0", 11);
}

static void index_all(struct fixture *f)
{
	bool more = true;

	while (more)
		ASSERT_OK(store_text_work(f->s, &more, &f->err), f->err);
}

struct messages {
	struct strbuf octets[MESSAGES];
	int64_t contents[MESSAGES];
};

/* @each: index each when it comes, which makes segments that are merged. */
static void fill_bodies(struct fixture *f, struct messages *m, bool each)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	unsigned seed = 11;

	fill(f, f->inbox, 1, MESSAGES);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct store_body_wants wants;
		uint32_t uid = i + 1;

		strbuf_init(&m->octets[i], 1 << 16);
		make_message(&seed, &m->octets[i]);
		ASSERT_OK(
			store_bodies_missing_of(f->s, f->inbox, &uid, 1, &wants, &f->err),
			f->err);
		ASSERT_OK(store_body_put(f->s, wants.items[0].msg_id,
					 strbuf_str(&m->octets[i]), &f->err),
			  f->err);
		store_body_wants_finish(&wants);
		if (each)
			index_all(f);
	}
	index_all(f);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	for (size_t i = 0; i < MESSAGES; i++)
		m->contents[i] = store_rows_at(rows, i).content_id;
}

static void messages_finish(struct messages *m)
{
	for (size_t i = 0; i < MESSAGES; i++)
		strbuf_finish(&m->octets[i]);
}

/* A piece of a message as people would type it, or a word, or two of them. */
static void make_needle(unsigned *seed, const struct messages *m, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(4096);
	struct str from = strbuf_str(&m->octets[next_random(seed) % MESSAGES]);
	size_t at = next_random(seed) % from.len;

	if (next_random(seed) % 10 == 0)
		strbuf_add_cstr(&raw, TYPED[next_random(seed) % ARRAY_LEN(TYPED)]);
	else if (next_random(seed) % 3)
		strbuf_add(&raw, str_sub(from, at, next_random(seed) % 14 + 1));
	else
		add_words(seed, next_random(seed) % 2 + 1, &raw);
	mime_fold(strbuf_str(&raw), out);
}

static bool found_by_index(struct fixture *f, const struct store_text_hits *hits,
			   int64_t content, struct str needle, bool body_only)
{
	CLEANUP(store_text_finish) struct store_text text = { 0 };

	if (!store_text_maybe(hits, content))
		return false;
	if (store_text_sure(hits, content))
		return true;
	ASSERT_OK(store_text_read(f->s, content, &text, &f->err), f->err);
	assert_non_null(text.memory);
	return mime_folded_contains(text.body, needle) ||
	       (!body_only && mime_folded_contains(text.header, needle));
}

/* SEARCH FROM and the like read the headers that the index proposes. */
static const char *const FIELDS[] = { "From", "To", "subject", "X-Part", "Cc" };

struct asked {
	struct store_text_hits all, body, fields[ARRAY_LEN(FIELDS)];
};

static void asked_finish(struct asked *a)
{
	store_text_hits_finish(&a->all);
	store_text_hits_finish(&a->body);
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
		store_text_hits_finish(&a->fields[i]);
}

static void ask(struct fixture *f, struct str needle, struct asked *a)
{
	ASSERT_OK(store_text_find(f->s, needle, ANYWHERE, &a->all, &f->err), f->err);
	ASSERT_OK(store_text_find(f->s, needle, IN_BODY, &a->body, &f->err), f->err);
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
		ASSERT_OK(store_text_find(f->s, needle, IN_FIELD(FIELDS[i]),
					  &a->fields[i], &f->err),
			  f->err);
}

static void fields_are_proposed(const struct asked *a, int64_t content, struct str header,
				struct str needle)
{
	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++)
		if (mime_search_header(header, str_from(FIELDS[i]), needle) &&
		    !store_text_maybe(&a->fields[i], content))
			fail_msg("%s has \"%.*s\"", FIELDS[i], STR_FMT(needle));
}

static unsigned compare(struct fixture *f, const struct messages *m, struct str needle)
{
	CLEANUP(asked_finish) struct asked asked = { 0 };
	unsigned found = 0;

	if (!store_text_indexable(needle))
		return 0;
	ask(f, needle, &asked);
	for (size_t i = 0; i < MESSAGES; i++) {
		CLEANUP(mime_tree_finish) struct mime_tree tree = { 0 };
		int64_t id = m->contents[i];
		bool text, body;

		if (!id) /* gone */
			continue;
		mime_tree_init(&tree, strbuf_str(&m->octets[i]));
		text = mime_search_text(&tree, needle);
		body = mime_search_body(&tree, needle);
		if (text != found_by_index(f, &asked.all, id, needle, false) ||
		    body != found_by_index(f, &asked.body, id, needle, true))
			fail_msg("message %zu, \"%.*s\": text %d body %d", i,
				 STR_FMT(needle), text, body);
		fields_are_proposed(&asked, id, tree.root->header, needle);
		found += text;
	}
	return found;
}

static void compare_all(struct fixture *f, const struct messages *m, unsigned needles)
{
	unsigned seed = 5, found = 0;

	for (unsigned i = 0; i < needles; i++) {
		CLEANUP(strbuf_finish) struct strbuf needle = STRBUF(65536);

		make_needle(&seed, m, &needle);
		found += compare(f, m, strbuf_str(&needle));
	}
	assert_true(found > needles / 4);
}

static void same_as_scanning(void **state)
{
	struct fixture *f = *state;
	struct messages m;

	fill_bodies(f, &m, false);
	compare_all(f, &m, NEEDLES);
	messages_finish(&m);
}

static int64_t count_in(struct fixture *f, const char *from)
{
	CLEANUP(strbuf_finish) struct strbuf sql = STRBUF(200);
	char path[128];
	struct db *db;
	int64_t count;

	snprintf(path, sizeof(path), "%s/text.db", f->dir);
	strbuf_addf(&sql, "SELECT count(*) FROM %s", from);
	ASSERT_OK(db_open_alone(path, &db, &f->err), f->err);
	ASSERT_OK(db_int(db, strbuf_cstr(&sql), NO_ARGS, 0, &count, &f->err), f->err);
	db_close(db);
	return count;
}

/* One by one, in other words: merged, some of them gone, and what they left as well. */
static void merged(void **state)
{
	struct fixture *f = *state;
	struct messages m;

	fill_bodies(f, &m, true);
	assert_in_range(count_in(f, "segment WHERE ready=1"), 2, 14);
	assert_true(count_in(f, "segment WHERE docs>=8") > 0);
	compare_all(f, &m, NEEDLES);
	for (unsigned i = 1; i <= MESSAGES / 3; i++) {
		char id[8];

		snprintf(id, sizeof(id), "i%u", i);
		page_put(f, f->inbox, NULL, 0, id, true, false);
		m.contents[i - 1] = 0;
	}
	index_all(f);
	assert_int_equal(count_in(f, "segment WHERE gone*4>docs OR ready=0"), 0);
	reopen(f);
	compare_all(f, &m, NEEDLES / 5);
	messages_finish(&m);
}

enum { LONG_TEXTS = 8, LONG_WORDS = 40000 };

/* Words that no other text has. */
static void add_word(unsigned text, unsigned number, struct strbuf *out)
{
	strbuf_addc(out, (char)('a' + text));
	for (unsigned i = 0; i < 6; i++, number = number * 7 + 3)
		strbuf_addc(out, (char)('a' + (number >> 2 * i) % 26));
	for (; number > 0; number /= 26)
		strbuf_addc(out, (char)('a' + number % 26));
}

static void put_long(struct fixture *f, unsigned text)
{
	CLEANUP(strbuf_finish) struct strbuf body = STRBUF(4 << 20);

	strbuf_add(&body, STR("Subject: long\r\n\r\n"));
	for (unsigned i = 0; i < LONG_WORDS; i++) {
		add_word(text, i, &body);
		strbuf_add(&body, i % 8 ? STR(" ") : STR("\r\n"));
	}
	put_body(f, f->inbox, text + 1, strbuf_cstr(&body));
}

static void found_where_they_are(struct fixture *f)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;

	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	for (unsigned i = 0; i < LONG_TEXTS * 20; i++) {
		CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };
		CLEANUP(strbuf_finish) struct strbuf word = STRBUF(100);

		add_word(i % LONG_TEXTS, i * 239, &word);
		ASSERT_OK(store_text_find(f->s, strbuf_str(&word), ANYWHERE, &hits,
					  &f->err),
			  f->err);
		for (unsigned t = 0; t < LONG_TEXTS; t++)
			assert_int_equal(
				store_text_sure(&hits, store_rows_at(rows, t).content_id),
				t == i % LONG_TEXTS);
	}
}

/* A merge of many steps: what it has made so far is not asked, and does not outlive the
 * daemon. */
static void long_merge(void **state)
{
	struct fixture *f = *state;
	bool more = true;

	fill(f, f->inbox, 1, LONG_TEXTS);
	for (unsigned i = 0; i < LONG_TEXTS; i++) {
		if (i > 0)
			index_all(f);
		put_long(f, i);
	}
	while (count_in(f, "segment WHERE ready=0") == 0) {
		assert_true(more);
		ASSERT_OK(store_text_work(f->s, &more, &f->err), f->err);
	}
	found_where_they_are(f);
	reopen(f);
	found_where_they_are(f);
	index_all(f);
	assert_int_equal(count_in(f, "segment WHERE ready=1"), 1);
	assert_int_equal(count_in(f, "segment"), 1);
	assert_int_equal(
		count_in(f, "block WHERE id>>26 NOT IN (SELECT id FROM segment)"), 0);
	found_where_they_are(f);
}

/* Not indexed yet: may hold anything. A body that comes later is found, too. */
static void later_ones(void **state)
{
	CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };
	struct fixture *f = *state;
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;

	fill(f, f->inbox, 1, 3);
	put_body(f, f->inbox, 1, "Subject: a\r\n\r\nneedle\r\n");
	put_body(f, f->inbox, 2, "Subject: b\r\n\r\nother\r\n");
	index_all(f);
	put_body(f, f->inbox, 3, "Subject: c\r\n\r\nother\r\n");
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	ASSERT_OK(store_text_find(f->s, STR("needle"), ANYWHERE, &hits, &f->err), f->err);
	assert_true(store_text_maybe(&hits, store_rows_at(rows, 0).content_id));
	assert_false(store_text_maybe(&hits, store_rows_at(rows, 1).content_id));
	assert_true(store_text_maybe(&hits, store_rows_at(rows, 2).content_id));
	store_text_hits_finish(&hits);
	index_all(f);
	ASSERT_OK(store_text_find(f->s, STR("needle"), ANYWHERE, &hits, &f->err), f->err);
	assert_false(store_text_maybe(&hits, store_rows_at(rows, 2).content_id));
}

static void proposed(struct fixture *f, const char *field, const char *needle, bool is)
{
	CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };

	ASSERT_OK(
		store_text_find(f->s, str_from(needle), IN_FIELD(field), &hits, &f->err),
		f->err);
	if (store_text_maybe(&hits, 1) != is)
		fail_msg("%s in %s: %d", needle, field, !is);
}

/* What one field has does not send everybody who asks for another into the header. */
static void fields_apart(void **state)
{
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1,
		 "From: ann@example.test\r\nTo: bob@example.test\r\nSubject: bridge\r\n"
		 "X-Note: water\r\n\r\nbody\r\n");
	index_all(f);
	proposed(f, "Subject", "bridge", true);
	proposed(f, "subject", "example", false);
	proposed(f, "Subject", "water", false);
	proposed(f, "Subject", "body", false);
	proposed(f, "From", "ann@example", true);
	proposed(f, "From", "<ann@", true);
	proposed(f, "From", "bridge", false);
	proposed(f, "Cc", "<bob@", true);
	proposed(f, "X-Note", "water", true);
	proposed(f, "X-Note", "<ann", false);
}

static void text_is(struct fixture *f, int64_t content, bool there)
{
	CLEANUP(store_text_finish) struct store_text text = { 0 };

	ASSERT_OK(store_text_read(f->s, content, &text, &f->err), f->err);
	assert_int_equal(text.memory != NULL, there);
}

/* Nothing stays of what was expunged; a lost or broken index comes back. */
static void gone_and_back(void **state)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct fixture *f = *state;
	int64_t contents[2];
	char path[128];
	FILE *file;

	fill(f, f->inbox, 1, 2);
	put_body(f, f->inbox, 1, "Subject: a\r\n\r\nsecret\r\n");
	put_body(f, f->inbox, 2, "Subject: b\r\n\r\nother\r\n");
	index_all(f);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	contents[0] = store_rows_at(rows, 0).content_id;
	contents[1] = store_rows_at(rows, 1).content_id;
	text_is(f, contents[0], true);
	page_put(f, f->inbox, NULL, 0, "i1", true, false);
	forget_departed(f);
	index_all(f);
	text_is(f, contents[0], false);
	reopen_without(f, "text.db");
	text_is(f, contents[1], false);
	index_all(f);
	text_is(f, contents[1], true);
	snprintf(path, sizeof(path), "%s/text.db", f->dir);
	store_close(f->s);
	file = fopen(path, "wb");
	assert_non_null(file);
	fputs("no database at all, but long enough to be looked at as one", file);
	fclose(file);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
	index_all(f);
	text_is(f, contents[1], true);
	/* Another cache has other contents under the same ids. */
	reopen_without(f, "cache.db");
	text_is(f, contents[1], false);
}

/* text.db as it was with trigrams, with a text that the octets no longer tell of. */
static const char AS_BEFORE[] =
	"DROP TABLE segment; DROP TABLE block; DROP TABLE posting;"
	"ALTER TABLE doc DROP COLUMN plain_bytes;"
	"ALTER TABLE doc DROP COLUMN whole_lines;"
	"CREATE VIRTUAL TABLE trigram USING fts5(data, content='', detail=none, "
	"columnsize=0, tokenize='trigram case_sensitive 1');"
	"INSERT INTO trigram(rowid,data) SELECT id,data FROM doc;"
	"UPDATE doc SET header_bytes=12,data=CAST('subject: x' || char(10) || 'yold "
	"needle' AS "
	"BLOB),addresses='';"
	"PRAGMA user_version=2";

static void change_file(struct fixture *f, const char *sql)
{
	char path[128];
	struct db *db;

	snprintf(path, sizeof(path), "%s/text.db", f->dir);
	store_close(f->s);
	ASSERT_OK(db_open_alone(path, &db, &f->err), f->err);
	assert_int_equal(sqlite3_exec(db->handle, sql, NULL, NULL, NULL), 0);
	db_close(db);
	ASSERT_OK(store_open(f->dir, f->hub, &f->s, &f->err), f->err);
}

static void has_old_text(struct fixture *f, int64_t content, bool sure)
{
	CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };
	CLEANUP(store_text_finish) struct store_text text = { 0 };

	ASSERT_OK(store_text_find(f->s, STR("needle"), IN_BODY, &hits, &f->err), f->err);
	assert_true(store_text_maybe(&hits, content));
	assert_int_equal(store_text_sure(&hits, content), sure);
	ASSERT_OK(store_text_read(f->s, content, &text, &f->err), f->err);
	ASSERT_STR(0, text.header, STR("subject: x\ny"));
	ASSERT_STR(0, text.body, STR("old needle"));
	store_text_hits_finish(&hits);
	ASSERT_OK(store_text_find(f->s, STR("y"), IN_FIELD("Subject"), &hits, &f->err),
		  f->err);
	assert_true(store_text_maybe(&hits, content));
}

/* What is in the file makes no sense: every message is read until it is made anew. */
static void damaged(void **state)
{
	static const char *const changes[] = {
		"UPDATE block SET words=CAST('x' AS BLOB)",
		"UPDATE block SET words=CAST(char(10) || 'body' AS BLOB)",
		"UPDATE segment SET last=1000000000000",
		"UPDATE segment SET first=-1",
		"UPDATE posting SET data=x'FFFFFFFFFFFFFFFFFF'",
		"DELETE FROM posting",
	};
	struct fixture *f = *state;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, "Subject: a\r\n\r\nbody\r\n");
	index_all(f);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		CLEANUP(store_text_hits_finish) struct store_text_hits hits = { 0 };

		change_file(f, changes[i]);
		if (store_text_find(f->s, STR("body"), ANYWHERE, &hits, &f->err))
			fail_msg("row %zu is believed", i);
		assert_int_equal(f->err.code, ERR_STATE);
		index_all(f);
		ASSERT_OK(store_text_find(f->s, STR("body"), ANYWHERE, &hits, &f->err),
			  f->err);
		assert_true(store_text_sure(&hits, 1));
	}
}

/* What an older index kept is asked until the new one is made, and is what that is made
 * of: the octets may have been dropped since. */
static void older_index(void **state)
{
	CLEANUP(store_rows_release_ptr) struct store_rows *rows = NULL;
	struct fixture *f = *state;
	int64_t content;

	fill(f, f->inbox, 1, 1);
	put_body(f, f->inbox, 1, "Subject: a\r\n\r\nbody\r\n");
	index_all(f);
	ASSERT_OK(store_rows_get(f->s, f->inbox, &rows, &f->err), f->err);
	content = store_rows_at(rows, 0).content_id;
	change_file(f, AS_BEFORE);
	has_old_text(f, content, false);
	index_all(f);
	has_old_text(f, content, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_as_scanning, setup, teardown),
		cmocka_unit_test_setup_teardown(merged, setup, teardown),
		cmocka_unit_test_setup_teardown(long_merge, setup, teardown),
		cmocka_unit_test_setup_teardown(later_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(fields_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(gone_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(older_index, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
