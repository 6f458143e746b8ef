/*
 * Batches that adapt: see batch.h. A server ends a batch after a minute or so, its
 * answers grow to hundreds of megabytes, and some refuse more than a few hundred ids.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ews/account_state.h"
#include "ews/read.h"

/* A request that takes longer than this is too big a bite. */
#define SLOW_MS 20000
#define FAST_MS 5000
#define GIVE_UP 3 /* requests in a row that bring nothing */

static const size_t most[EWS_BATCH_COUNT] = {
	[EWS_BATCH_READ] = 100,
	[EWS_BATCH_CONTENT] = 50,
	[EWS_BATCH_WRITE] = 200,
};

/* Under the account's lock. */
static size_t *size_of(struct ews_account *account, enum ews_batch_kind kind)
{
	size_t *now = &account->batch_sizes[kind].now;

	if (*now == 0)
		*now = most[kind];
	return now;
}

size_t ews_batch_bite(struct ews_account *account, enum ews_batch_kind kind)
{
	size_t now;

	pthread_mutex_lock(&account->lock);
	now = *size_of(account, kind);
	pthread_mutex_unlock(&account->lock);
	return now;
}

void ews_batch_learn(struct ews_account *account, enum ews_batch_kind kind, size_t count,
		     int64_t took_ms)
{
	size_t *now;

	pthread_mutex_lock(&account->lock);
	now = size_of(account, kind);
	if (took_ms < 0 || took_ms > SLOW_MS)
		*now = MAX_OF(MIN_OF(*now, count / 2), 1);
	else if (took_ms < FAST_MS && count >= *now)
		*now = MIN_OF(*now + *now / 4 + 1, most[kind]);
	pthread_mutex_unlock(&account->lock);
}

struct run {
	const struct ews_batch_call *call;
	struct ews_batch batch; /* of the request that runs */
	size_t *pending; /* elements without an answer */
	size_t pending_count;
	size_t limit; /* of this run: other threads may find the server willing */
};

static void write(struct soap_writer *w, const void *context)
{
	const struct run *run = context;

	run->call->write(w, run->call->request, run->batch.index, run->batch.count);
}

static bool read(struct soap_reader *r, void *context, struct err *err)
{
	struct run *run = context;

	return ews_read_batch(r, &run->batch, err);
}

static struct ews_status *status_at(const struct run *run, size_t pending)
{
	return (struct ews_status *)((char *)run->batch.list +
				     run->pending[pending] * run->batch.size);
}

/* Was it left out, so that asking again is right? A write without an answer may have been
 * done. */
static bool is_unprocessed(const struct run *run, const struct ews_status *status)
{
	return status->code == EWS_CODE_BATCH_STOPPED ||
	       (status->code == EWS_CODE_NO_ANSWER &&
		ews_op_row(run->call->op)->idempotent);
}

/* Takes those that were answered off the list. Return: how many. */
static size_t take_answered(struct run *run, size_t asked)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->pending_count; i++) {
		if (i >= asked || is_unprocessed(run, status_at(run, i)))
			run->pending[kept++] = run->pending[i];
	}
	asked = run->pending_count - kept;
	run->pending_count = kept;
	return asked;
}

/* The request broke, and others before it were carried out. */
static void tell_rest(struct run *run, size_t asked, bool outcome_unknown,
		      const struct err *err)
{
	for (size_t i = 0; i < run->pending_count; i++) {
		struct ews_status *status = status_at(run, i);

		status->code = i < asked && outcome_unknown ? EWS_CODE_NO_ANSWER
							    : EWS_CODE_BATCH_STOPPED;
		status->retry = true;
		status->err = *err;
	}
}

/* One item is too much for the server by itself: that is its own misfortune. */
static void give_one_up(struct run *run, const struct ews_report *last,
			const struct err *err)
{
	struct ews_status *status = status_at(run, 0);

	*status = last->status;
	status->err = *err;
	if (status->code == EWS_CODE_OK)
		status->code = EWS_CODE_TIMEOUT;
	run->pending_count--;
	for (size_t i = 0; i < run->pending_count; i++)
		run->pending[i] = run->pending[i + 1];
}

/* What a failed request means for the rest. Return: true to go on. */
static bool failed(struct run *run, struct ews_conn *conn, size_t asked, bool progress,
		   unsigned *fruitless, const struct err *err)
{
	const struct ews_report *last = ews_conn_last(conn);
	bool again = last->too_heavy && !last->outcome_unknown;

	if (last->too_heavy) {
		ews_batch_learn(ews_conn_account(conn), run->call->kind, asked, -1);
		run->limit = MAX_OF(asked / 2, 1);
	}
	if (again && asked > 1)
		return true;
	if (again && run->batch.count < run->call->batch.count &&
	    ++*fruitless < GIVE_UP) {
		give_one_up(run, last, err);
		return true;
	}
	if (progress && !ews_op_row(run->call->op)->idempotent)
		tell_rest(run, asked, last->outcome_unknown, err);
	return false;
}

static bool run_all(struct run *run, struct ews_conn *conn, struct err *err)
{
	struct ews_account *account = ews_conn_account(conn);
	enum ews_batch_kind kind = run->call->kind;
	struct ews_call call = { run->call->op, write, read, run, run };
	unsigned fruitless = 0;
	bool progress = false;

	while (run->pending_count > 0 && fruitless < GIVE_UP) {
		size_t bite = MIN_OF(ews_batch_bite(account, kind), run->limit);
		size_t n = MIN_OF(bite, run->pending_count);
		int64_t started_ms = clock_mono_ms();
		size_t taken;

		run->batch.index = run->pending;
		run->batch.count = n;
		if (!ews_call_run(conn, &call, err)) {
			if (!failed(run, conn, n, progress, &fruitless, err))
				return progress && !ews_op_row(run->call->op)->idempotent;
			continue;
		}
		taken = take_answered(run, n);
		ews_batch_learn(account, kind, n,
				taken < n ? -1 : clock_mono_ms() - started_ms);
		run->limit = MIN_OF(run->limit, SIZE_MAX / 2) * 2;
		progress |= taken > 0;
		fruitless = taken > 0 ? 0 : fruitless + 1;
	}
	return true;
}

bool ews_batch_run(struct ews_conn *conn, const struct ews_batch_call *call,
		   struct err *err)
{
	struct run run = { .call = call, .batch = call->batch, .limit = SIZE_MAX };
	bool ok;

	if (call->batch.count == 0)
		return true;
	run.pending = mem_array(call->batch.count, sizeof(*run.pending));
	run.pending_count = call->batch.count;
	for (size_t i = 0; i < run.pending_count; i++)
		run.pending[i] = i;
	ok = run_all(&run, conn, err);
	free(run.pending);
	return ok;
}

void ews_batch_item_ids(struct soap_writer *w, const struct ews_ref *refs,
			const size_t *index, size_t count)
{
	soap_open(w, "m:ItemIds");
	for (size_t i = 0; i < count; i++)
		soap_put_item_id(w, "t:ItemId", &refs[index[i]]);
	soap_close(w);
}
