/* Sequence numbers under changes: what is told, what is held back. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "imapfront/imap/view.h"

static struct imap_view view_of(uint32_t first, uint32_t last)
{
	uint32_t uids[100];
	struct store_view from = { .uids = uids, .modseq = 10, .uidvalidity = 1 };
	struct imap_view view;

	for (uint32_t uid = first; uid <= last; uid++)
		uids[from.count++] = uid;
	imap_view_init(&view, &from);
	return view;
}

enum { E = 1, N = 2 }; /* expunged, new */

struct step {
	uint32_t uid;
	int what; /* 0: flags */
	uint64_t modseq;
};

static void updates(void **state)
{
	static const struct {
		struct step steps[4];
		unsigned how;
		uint32_t told_uid; /* with modseq 50 */
		const char *want;
	} rows[] = {
		/* one view goes through all rows; it starts with UIDs 11 to 15 */
		{ { { 12, 0, 20 } }, 0, 0, "* 2 FETCH (UID 12 FLAGS (\\Seen))\r\n" },
		{ { { 12, E, 21 } }, 0, 0, "" }, /* held back */
		{ { { 13, 0, 22 } }, 0, 0, "* 3 FETCH (UID 13 FLAGS (\\Seen))\r\n" },
		{ { { 16, N, 23 } }, 0, 0, "* 6 EXISTS\r\n" },
		{ { { 11, E, 24 }, { 14, E, 24 }, { 17, N, 24 } },
		  IMAP_UPDATE_EXPUNGE,
		  0,
		  "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n"
		  "* 4 EXISTS\r\n" },
		/* 13 15 16 17 now */
		{ { { 15, 0, 50 } }, 0, 15, "" }, /* told by FETCH already */
		{ { { 15, 0, 51 } }, 0, 0, "* 2 FETCH (UID 15 FLAGS (\\Seen))\r\n" },
		{ { { 15, 0, 55 }, { 16, 0, 56 } },
		  IMAP_UPDATE_MODSEQ,
		  0,
		  "* 2 FETCH (UID 15 FLAGS (\\Seen) MODSEQ (55))\r\n"
		  "* 3 FETCH (UID 16 FLAGS (\\Seen) MODSEQ (56))\r\n" },
		{ { { 16, 0, 57 } }, IMAP_UPDATE_NO_FLAGS, 0, "" },
		{ { { 18, E, 57 } }, IMAP_UPDATE_EXPUNGE, 0, "" }, /* came and went */
		{ { { 13, E, 58 }, { 15, E, 58 }, { 16, E, 58 }, { 17, E, 58 } },
		  IMAP_UPDATE_EXPUNGE,
		  0,
		  "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n" },
		{ { { 19, N, 59 } }, 0, 0, "* 1 EXISTS\r\n" },
	};
	struct imap_view view = view_of(11, 15);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_change items[4] = { 0 };
		struct store_changes changes = { .items = items, .uidvalidity = 1 };
		struct strbuf got = STRBUF(10000);

		for (size_t c = 0; c < 4 && rows[i].steps[c].uid; c++) {
			items[c].uid = rows[i].steps[c].uid;
			items[c].expunged = rows[i].steps[c].what == E;
			items[c].is_new = rows[i].steps[c].what == N;
			items[c].flags = MSG_SEEN;
			items[c].modseq = changes.modseq = rows[i].steps[c].modseq;
			changes.count++;
		}
		if (rows[i].told_uid)
			imap_view_told(&view, rows[i].told_uid, 50);
		imap_view_update(&view, &changes, rows[i].how, &got);
		ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
		assert_int_equal(view.modseq, changes.modseq);
		strbuf_finish(&got);
	}
	imap_view_finish(&view);
}

static void selections(void **state)
{
	static const struct {
		const char *set;
		bool is_uid;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ "1", false, "11" },
		{ "1:*", false, "11:15" },
		{ "2,4:5,4", false, "12,14:15" },
		{ "*", false, "15" },
		{ "6", false, NULL },
		{ "1:6", false, NULL },
		{ "11", true, "11" },
		{ "1:12", true, "11:12" },
		{ "14:4294967295", true, "14:15" },
		{ "99:*", true, "15" }, /* RFC 3501: includes the last */
		{ "16:98", true, "" },
		{ "*", true, "15" },
	};
	struct imap_view view = view_of(11, 15);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pool pool = { 0 };
		struct imap_set set;
		struct store_uid_list uids = { 0 };
		struct strbuf got = STRBUF(1000);
		struct err err;
		bool fine;

		ASSERT_OK(imap_set_parse(str_from(rows[i].set), &pool, &set, &err), err);
		fine = imap_view_select(&view, &set, rows[i].is_uid, &uids, &err);
		if (fine != (rows[i].want != NULL))
			fail_msg("row %zu", i);
		imap_set_write(uids.uids, uids.count, &got);
		if (fine)
			ASSERT_STR(i, strbuf_str(&got), str_from(rows[i].want));
		free(uids.uids);
		strbuf_finish(&got);
		pool_finish(&pool);
	}
	imap_view_finish(&view);
}

static void empty(void **state)
{
	static const char *const sets[] = { "1:*", "*" };
	struct imap_view view = view_of(1, 0);

	for (size_t i = 0; i < 4; i++) {
		struct pool pool = { 0 };
		struct imap_set set;
		struct store_uid_list uids = { 0 };
		struct err err;

		ASSERT_OK(imap_set_parse(str_from(sets[i / 2]), &pool, &set, &err), err);
		ASSERT_OK(imap_view_select(&view, &set, i % 2, &uids, &err), err);
		assert_int_equal(uids.count, 0);
		free(uids.uids);
		pool_finish(&pool);
	}
	imap_view_finish(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates),
		cmocka_unit_test(selections),
		cmocka_unit_test(empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
