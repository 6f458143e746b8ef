/*
 * Decisions of sync without any I/O. What is weighed here is written where it is weighed;
 * how the decisions are carried out is in the other sync_*.c files.
 */
#include "bridge/sync_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- a page of changes ---------------------------------------------------------------
 */

struct indexed {
	const char *id;
	size_t at;
};

static int indexed_cmp(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Of a run of changes of one id, which one counts? Marks the others as not counting. */
static void fold_run(const struct remote_change *list, const struct indexed *run,
		     size_t count, bool *counts)
{
	const struct remote_change *last = &list[run[count - 1].at];
	size_t keep = run[count - 1].at;

	for (size_t i = count - 1; last->kind == REMOTE_READ_FLAG && i-- > 0;) {
		if (list[run[i].at].kind == REMOTE_DELETED)
			break; /* came back: the flag is all we have */
		if (list[run[i].at].kind == REMOTE_CHANGED) {
			keep = run[i].at;
			break;
		}
	}
	counts[keep] = true;
}

static bool *fold(const struct remote_changes *changes)
{
	bool *counts = mem_array(changes->count + 1, sizeof(*counts));
	struct indexed *sorted = mem_array(changes->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < changes->count; i++)
		sorted[i] = (struct indexed){ changes->list[i].id, i };
	qsort(sorted, changes->count, sizeof(*sorted), indexed_cmp);
	for (size_t from = 0, to; from < changes->count; from = to) {
		for (to = from + 1; to < changes->count; to++) {
			if (strcmp(sorted[from].id, sorted[to].id) != 0)
				break;
		}
		fold_run(changes->list, sorted + from, to - from, counts);
	}
	free(sorted);
	return counts;
}

void sync_plan_page(const struct remote_changes *changes, struct sync_page *page_r)
{
	size_t room = changes->count + 1;
	bool *counts = fold(changes);
	struct sync_page page = {
		.read_ids = mem_array(room, sizeof(char *)),
		.deleted_ids = mem_array(room, sizeof(char *)),
		.seen_ids = mem_array(room, sizeof(char *)),
		.seen_values = mem_array(room, sizeof(bool)),
	};

	for (size_t i = 0; i < changes->count; i++) {
		const struct remote_change *change = &changes->list[i];

		if (!counts[i])
			continue;
		switch (change->kind) {
		case REMOTE_CHANGED:
			page.read_ids[page.read_count++] = change->id;
			break;
		case REMOTE_DELETED:
			page.deleted_ids[page.deleted_count++] = change->id;
			break;
		case REMOTE_READ_FLAG:
			page.seen_values[page.seen_count] = change->is_read;
			page.seen_ids[page.seen_count++] = change->id;
			break;
		}
	}
	free(counts);
	*page_r = page;
}

void sync_page_finish(struct sync_page *page)
{
	free(page->read_ids);
	free(page->deleted_ids);
	free(page->seen_ids);
	free(page->seen_values);
	*page = (struct sync_page){ 0 };
}

/* ---- which folder next ---------------------------------------------------------------
 */

static int rank(const struct sync_candidate *c)
{
	if (c->use == BOX_USE_INBOX)
		return 0;
	if (c->complete)
		return 1;
	if (c->use == BOX_USE_CALENDAR)
		return 2;
	if (c->use != BOX_USE_NONE && c->use != BOX_USE_JUNK && c->use != BOX_USE_TRASH)
		return 3;
	return 4;
}

static bool before(const struct sync_candidate *a, const struct sync_candidate *b)
{
	if (rank(a) != rank(b))
		return rank(a) < rank(b);
	return a->news_ms > b->news_ms;
}

ptrdiff_t sync_plan_next(const struct sync_candidate *list, size_t count, int64_t now_ms,
			 int64_t *due_ms_r)
{
	ptrdiff_t best = -1;

	*due_ms_r = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		int64_t due_ms;

		if (!list[i].dirty || list[i].kind == BOX_OTHER)
			continue;
		due_ms = MAX_OF(list[i].not_before_ms, list[i].rest_until_ms);
		if (due_ms > now_ms) {
			*due_ms_r = MIN_OF(*due_ms_r, due_ms);
			continue;
		}
		if (best < 0 || before(&list[i], &list[best]))
			best = (ptrdiff_t)i;
	}
	return best;
}

/* ---- bodies --------------------------------------------------------------------------
 */

size_t sync_plan_batch(const uint64_t *sizes, size_t count, size_t max_count,
		       uint64_t max_bytes)
{
	uint64_t sum = 0;
	size_t n = 0;

	while (n < count && n < max_count) {
		if (n > 0 && (sizes[n] > max_bytes || sum > max_bytes - sizes[n]))
			break;
		sum += MIN_OF(sizes[n], max_bytes);
		n++;
	}
	return n;
}

/* ---- failures ------------------------------------------------------------------------
 */

int64_t sync_plan_backoff_ms(unsigned tries, unsigned retry_after_s, int64_t max_ms)
{
	int64_t wait_ms = 1000;

	if (retry_after_s > 0)
		return (int64_t)retry_after_s * 1000;
	for (unsigned i = 0; i < tries && wait_ms < max_ms; i++)
		wait_ms *= 2;
	return MIN_OF(wait_ms, max_ms);
}

#define LOGIN_FIRST_MS 60000
#define LOGIN_MS ((int64_t)20 * 60 * 1000)

int64_t sync_plan_login_ms(unsigned tries)
{
	return tries == 0 ? LOGIN_FIRST_MS : LOGIN_MS;
}

int64_t sync_plan_jitter_ms(int64_t wait_ms, uint32_t chance)
{
	return wait_ms - wait_ms / 4 +
	       (int64_t)((double)(wait_ms / 2) * chance / UINT32_MAX);
}

#define STREAM_LIFE_MS 5000 /* shorter ones are opened once in so long */

int64_t sync_plan_reopen_ms(int64_t lived_ms)
{
	return MAX_OF(STREAM_LIFE_MS - MAX_OF(lived_ms, (int64_t)0), (int64_t)0);
}

/* Unexplained answers get some more chances: they may come from a proxy on the way. */
#define BROKEN_TRIES 4

enum sync_fate sync_plan_fate(enum journal_kind kind, unsigned tries,
			      const struct remote_fail *fail)
{
	if (fail->outcome_unknown)
		return SYNC_FATE_SETTLE;
	if (fail->problem == REMOTE_ITEM_GONE &&
	    (kind == JOURNAL_FLAGS || kind == JOURNAL_EXPUNGE))
		return SYNC_FATE_DONE;
	if (fail->problem == REMOTE_FOLDER_GONE && kind == JOURNAL_BOX_DELETE)
		return SYNC_FATE_DONE;
	if (fail->problem == REMOTE_CONFLICT || fail->problem == REMOTE_HEAVY)
		return tries < BROKEN_TRIES ? SYNC_FATE_RETRY : SYNC_FATE_REFUSE;
	switch (fail->err.code) {
	case ERR_AUTH:
	case ERR_OFFLINE:
	case ERR_THROTTLED:
		return SYNC_FATE_RETRY;
	case ERR_BROKEN:
		return fail->retry || tries < BROKEN_TRIES ? SYNC_FATE_RETRY
							   : SYNC_FATE_REFUSE;
	default:
		return fail->retry ? SYNC_FATE_RETRY : SYNC_FATE_REFUSE;
	}
}

/* ---- batches of the journal ----------------------------------------------------------
 */

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* COPY of the same content twice in one request could not be told apart afterwards. */
static bool key_used(const struct journal_entry *entries, size_t count,
		     const struct journal_entry *next)
{
	for (size_t i = 0; i < count; i++) {
		if (next->search_key.len == 0 ||
		    str_eq(strbuf_str(&entries[i].search_key),
			   strbuf_str(&next->search_key)))
			return true;
	}
	return false;
}

static bool joins(const struct journal_entry *entries, size_t count)
{
	const struct journal_entry *first = &entries[0], *next = &entries[count];

	if (next->kind != first->kind || next->step != first->step || !next->item_id)
		return false;
	switch (first->kind) {
	case JOURNAL_FLAGS:
	case JOURNAL_EXPUNGE:
		return true;
	case JOURNAL_MOVE:
		return first->step == 0 &&
		       same_text(first->box_remote_id, next->box_remote_id);
	case JOURNAL_COPY:
		return first->step == 0 && first->search_key.len > 0 &&
		       same_text(first->box_remote_id, next->box_remote_id) &&
		       !key_used(entries, count, next);
	default:
		return false;
	}
}

size_t sync_plan_group(const struct journal_entry *entries, size_t count, size_t max)
{
	size_t n = count > 0 ? 1 : 0;

	while (n > 0 && n < count && n < max && entries[0].item_id && joins(entries, n))
		n++;
	return n;
}

/* ---- sending -------------------------------------------------------------------------
 */

bool sync_plan_listed(struct str list, struct str address)
{
	struct str one;

	while (str_split(&list, '\n', &one)) {
		if (str_eq_nocase(str_trim(one), address))
			return true;
	}
	return false;
}

void sync_plan_bcc(struct str recipients, struct str named, struct strbuf *bcc)
{
	struct str one;

	while (str_split(&recipients, '\n', &one)) {
		one = str_trim(one);
		if (one.len == 0 || sync_plan_listed(named, one) ||
		    sync_plan_listed(strbuf_str(bcc), one))
			continue;
		strbuf_add(bcc, one);
		strbuf_addc(bcc, '\n');
	}
}
