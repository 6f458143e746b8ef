/* Changes by clients and their way through the journal, in short. */
#ifndef TESTS_UNIT_STORE_JOURNAL_TEST_H
#define TESTS_UNIT_STORE_JOURNAL_TEST_H

#include "tests/unit/store/store_test.h"

static const char mime_one[] =
	"From: a@example.test\r\nMessage-ID: <one@example.test>\r\n"
	"Subject: one\r\n\r\nhello\r\n";

/* "kind:msg item" of what is ready. */
static inline void assert_ready(struct fixture *f, const char *want)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(4096);
	static const char *const kinds[] = { "flags",  "append",  "copy",
					     "move",   "expunge", "create",
					     "rename", "delete",  "send" };
	struct journal_entries e;
	int64_t next;

	ASSERT_OK(journal_ready(f->s, 99, &e, &next, &f->err), f->err);
	for (size_t i = 0; i < e.count; i++)
		strbuf_addf(&text, "%s%s:%s", i ? " " : "", kinds[e.items[i].kind],
			    e.items[i].item_id ? e.items[i].item_id : "-");
	journal_entries_finish(&e);
	ASSERT_STR(0, strbuf_str(&text), str_from(want));
}

static inline void take(struct fixture *f, struct journal_entries *e)
{
	int64_t next;

	ASSERT_OK(journal_ready(f->s, 99, e, &next, &f->err), f->err);
	assert_true(e->count > 0);
}

/* Answers the first entry that is ready. */
static inline void finish_first(struct fixture *f, const char *item_id)
{
	struct journal_entries e;

	take(f, &e);
	ASSERT_OK(
		journal_done(f->s, &e.items[0],
			     &(struct journal_result){ .item_id = item_id,
						       .flags_done = e.items[0].flags,
						       .done_unix_ms = clock_unix_ms() },
			     &f->err),
		f->err);
	journal_entries_finish(&e);
}

static inline void refuse_first(struct fixture *f, bool told)
{
	const struct err why = { .code = ERR_DENIED, .text = "no" };
	struct journal_entries e;

	take(f, &e);
	ASSERT_OK(journal_refused(f->s, &e.items[0],
				  &(struct journal_refusal){ .why = &why, .told = told },
				  &f->err),
		  f->err);
	journal_entries_finish(&e);
}

static inline void set_flags(struct fixture *f, int64_t box, uint32_t uid,
			     enum store_flag_op op, unsigned flags, const char *keywords)
{
	ASSERT_OK(store_flags_change(f->s, box, &uid, 1,
				     &(struct store_flags){ op, flags, str_from(keywords),
							    UINT64_MAX },
				     NULL, &f->err),
		  f->err);
}

static inline uint32_t append(struct fixture *f, int64_t box, unsigned flags,
			      int64_t *entry_r)
{
	struct store_append a = { .mime = str_from(mime_one),
				  .flags = flags,
				  .internal_unix_s = 1700000500 };
	uint32_t uid;

	ASSERT_OK(store_append(f->s, box, &a, &uid, entry_r, &f->err), f->err);
	return uid;
}

static inline uint32_t transfer(struct fixture *f, bool move, int64_t from, uint32_t uid,
				int64_t to, int64_t *entry_r)
{
	struct store_uid_list old, new;
	uint32_t result;

	ASSERT_OK((move ? store_move : store_copy)(f->s, from, &uid, 1, to, &old, &new,
						   entry_r, &f->err),
		  f->err);
	assert_int_equal(new.count, 1);
	result = new.uids[0];
	store_uid_list_finish(&old);
	store_uid_list_finish(&new);
	return result;
}

static inline void expunge(struct fixture *f, int64_t box, uint32_t uid)
{
	struct store_uid_list gone;
	int64_t entry;

	set_flags(f, box, uid, STORE_FLAGS_ADD, MSG_DELETED, "");
	ASSERT_OK(store_expunge(f->s, box, &uid, 1, &gone, &entry, &f->err), f->err);
	assert_int_equal(gone.count, 1);
	store_uid_list_finish(&gone);
}

static inline enum journal_verdict verdict(struct fixture *f, int64_t entry)
{
	enum journal_verdict v;
	struct err why;

	ASSERT_OK(journal_verdict(f->s, entry, &v, &why, &f->err), f->err);
	return v;
}

static inline void assert_notice(struct fixture *f, size_t at, const char *what,
				 enum store_kept kept)
{
	struct store_notices notices;

	ASSERT_OK(store_notices_read(f->s, 100, &notices, &f->err), f->err);
	assert_true(notices.count > at);
	ASSERT_STR(at, str_from(notices.items[at].what), str_from(what));
	assert_int_equal(notices.items[at].kept, kept);
	store_notices_finish(&notices);
}

#define OUT "From: a@x.test\r\nSubject: Out\r\nMessage-ID: <out@x.test>\r\n\r\n%s\r\n"

static inline int64_t send(struct fixture *f, const char *text)
{
	char mime[512];
	int64_t entry;

	snprintf(mime, sizeof(mime), OUT, text);
	ASSERT_OK(store_outbox_add(f->s, STR("a@x.test"), STR("b@x.test\n"),
				   str_from(mime), &entry, &f->err),
		  f->err);
	return entry;
}

static inline int64_t outbox(struct fixture *f)
{
	int64_t entry;

	ASSERT_OK(store_outbox_add(f->s, STR("a@example.test"), STR("b@example.test\n"),
				   str_from(mime_one), &entry, &f->err),
		  f->err);
	return entry;
}

#endif
