/*
 * A call of an operation from its request to its result: what is asked of the server, in
 * which schema version, when not to ask, and when to ask again. Requests are repeated
 * here alone, and only where the table of operations allows it or where the server cannot
 * have got the whole request.
 */
#include "ews/call.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "ews/account_state.h"
#include "ews/call_http.h"
#include "ews/locate.h"

#define WHO "ews"
#define MAX_ATTEMPTS 5
#define LARGE_REQUEST (1024u * 1024)

struct ews_conn {
	struct ews_account *account;
	struct ews_http *http;
	atomic_bool stopped;
	struct ews_report last;
	struct ews_body request;

	bool plain; /* answers are not to be compressed */
	struct ews_replay replay; /* instead of a server */
	struct str replayed; /* its answer, not read yet */
};

/* --- Connection -------------------------------------------------------------------- */

struct ews_conn *ews_conn_new(struct ews_account *account, struct err *err)
{
	struct ews_conn *conn = mem_alloc(sizeof(*conn));

	conn->account = account;
	ews_body_init(&conn->request);
	conn->http = ews_http_new(account, &conn->stopped, err);
	if (conn->http)
		return conn;
	ews_conn_free(conn);
	return NULL;
}

void ews_conn_plain(struct ews_conn *conn, bool plain)
{
	conn->plain = plain;
}

void ews_conn_replay(struct ews_conn *conn, struct ews_replay replay)
{
	conn->replay = replay;
}

void ews_conn_free(struct ews_conn *conn)
{
	if (!conn)
		return;
	ews_http_free(conn->http);
	ews_body_finish(&conn->request);
	mem_free_ptr(&conn);
}

void ews_conn_stop(struct ews_conn *conn)
{
	atomic_store(&conn->stopped, true);
	ews_http_wake(conn->http);
	ews_account_wake(conn->account);
}

void ews_conn_refresh(struct ews_conn *conn)
{
	ews_http_refresh(conn->http);
}

bool ews_conn_stopped(const struct ews_conn *conn)
{
	return atomic_load(&conn->stopped);
}

const struct ews_report *ews_conn_last(const struct ews_conn *conn)
{
	return &conn->last;
}

struct ews_account *ews_conn_account(struct ews_conn *conn)
{
	return conn->account;
}

bool ews_conn_failed_with(const struct ews_conn *conn, enum ews_code code)
{
	return conn->last.status.code == code;
}

bool ews_conn_note(struct ews_conn *conn, const struct ews_status *status,
		   struct err *err)
{
	conn->last.status = *status;
	return ews_status_check(status, err);
}

/* --- The request ------------------------------------------------------------------- */

static void make_request_id(char *out, size_t size)
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40; /* RFC 4122 section 4.4 */
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(out, size,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		 b[12], b[13], b[14], b[15]);
}

static void write_request(const struct ews_call *call, enum soap_version version,
			  struct ews_body *body)
{
	struct soap_writer w;

	soap_begin(&w, body, version);
	soap_open(&w, ews_op_row(call->op)->name);
	call->write(&w, call->request);
	soap_close(&w);
	soap_end(&w);
}

/* --- The answer -------------------------------------------------------------------- */

/* Reads one document; @again_r: true when a stream may go on with the next. */
static bool read_document(const struct ews_call *call, struct soap_reader *r,
			  struct ews_status *fault, bool *again_r, struct err *err)
{
	*again_r = false;
	if (!soap_envelope(r, fault, err) || !call->read(r, call->result, err))
		return false;
	*again_r = ews_op_row(call->op)->stream;
	return soap_ok(r, err);
}

static bool read_documents(const struct ews_call *call, struct soap_reader *r,
			   struct ews_status *fault, struct err *err)
{
	bool again = true;
	size_t documents = 0;

	while (again && soap_document(r)) {
		documents++;
		if (!read_document(call, r, fault, &again, err))
			return err->code == ERR_OK && soap_ok(r, err); /* has enough */
	}
	if (!soap_ok(r, err))
		return false;
	if (documents == 0)
		return err_set(err, ERR_OFFLINE, "the server's answer is empty");
	return true;
}

/* An HTTP status other than 200, or a web page, without a SOAP fault to explain it. */
static bool explain_status(struct ews_conn *conn, const struct ews_http_head *head,
			   struct err *err)
{
	bool proven;
	int status = head->status;
	struct ews_http_answer answer = {
		.status = status,
		.location = str_from(head->location),
		.method = STR("Basic"),
		.offers = str_from(head->offers),
		.is_page = head->is_page,
	};

	ews_account_soap_version(conn->account, &proven);
	answer.was_large = proven && ews_body_size(&conn->request) > LARGE_REQUEST;
	ews_http_status(&answer, &conn->last.status, err);
	if (status == 503 || status == 429 || head->retry_after_s > 0) {
		int64_t wait_ms = ews_account_quiet(
			conn->account,
			head->retry_after_s > 0 ? head->retry_after_s * 1000 : -1);

		err_set(err, ERR_THROTTLED, "HTTP %d: the server asks to wait", status);
		err->retry_after_s = (unsigned)(wait_ms / 1000);
		conn->last.status.err = *err;
	}
	/* A proxy may have lost the answer of a request that was carried out. */
	conn->last.outcome_unknown = status == 500 || status == 502 || status == 504 ||
				     (status > 200 && status < 300);
	return false;
}

static void note_busy(struct ews_conn *conn, struct soap_reader *r, bool ok,
		      struct err *err)
{
	struct soap_busy busy;
	int64_t wait_ms;

	if (!soap_backoff(r, &busy)) {
		ews_account_answered(conn->account);
		return;
	}
	if (busy.why != SOAP_BUSY_BUDGET)
		ews_account_crowded(conn->account, busy.why == SOAP_BUSY_SYNCS
							   ? EWS_SLOT_SYNC
							   : EWS_SLOT_CALL);
	wait_ms = ews_account_quiet(conn->account, busy.wait_ms);
	if (!ok && err->code == ERR_THROTTLED)
		err->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
}

/* Faults that do not tell whether the request was carried out. */
static bool is_vague(const struct ews_status *fault)
{
	return fault->code == EWS_CODE_TIMEOUT || fault->code == EWS_CODE_TRANSIENT ||
	       (fault->code == EWS_CODE_OTHER && fault->err.code == ERR_BROKEN);
}

static bool is_heavy(const struct ews_status *status)
{
	return status->code == EWS_CODE_TIMEOUT || status->code == EWS_CODE_TOO_LARGE;
}

static bool read_soap(struct ews_conn *conn, const struct ews_call *call,
		      struct soap_source source, enum soap_version version,
		      struct err *err)
{
	struct soap_reader *r = soap_reader_new(source);
	struct ews_status fault = { 0 };
	bool ok = read_documents(call, r, &fault, err);

	note_busy(conn, r, ok, err);
	ews_account_note_server(conn->account, soap_server(r));
	if (ok && soap_version_refused(r, &fault)) /* said by each message */
		ok = ews_status_check(&fault, err);
	if (fault.err.code != ERR_OK) {
		conn->last.status = fault;
		conn->last.status.err = *err;
		conn->last.outcome_unknown = is_vague(&fault);
	} else {
		conn->last.outcome_unknown = !ok;
		if (ok)
			ews_account_understood(conn->account, version);
	}
	soap_reader_free(r);
	return ok;
}

static bool receive(struct ews_conn *conn, const struct ews_call *call,
		    enum soap_version version, struct err *err)
{
	struct soap_source source = { ews_http_read, conn->http };
	struct ews_http_head head;

	if (!ews_http_wait(conn->http, err)) {
		/* Without its last byte the server cannot have acted on it. */
		conn->last.outcome_unknown = ews_body_all_read(&conn->request);
		return false;
	}
	ews_http_head(conn->http, &head);
	conn->last.http_status = head.status;
	memcpy(conn->last.server_request_id, head.request_id, sizeof(head.request_id));
	memcpy(conn->last.server_name, head.server_name, sizeof(head.server_name));
	if ((head.status == 200 && !head.is_page) || (head.status == 500 && head.is_xml))
		return read_soap(conn, call, source, version, err);
	return explain_status(conn, &head, err);
}

/* --- Run --------------------------------------------------------------------------- */

static bool read_replayed(void *context, struct str *chunk_r, struct err *err)
{
	struct ews_conn *conn = context;

	*chunk_r = conn->replayed;
	conn->replayed = STR_NONE;
	return true;
}

static bool run_replay(struct ews_conn *conn, const struct ews_call *call,
		       enum soap_version version, struct err *err)
{
	struct ews_http_head head = { .location = "" };
	struct strbuf text = STRBUF(SIZE_MAX / 2);
	char *into;
	size_t size = (size_t)ews_body_size(&conn->request);
	bool ok;

	into = strbuf_space(&text, size);
	if (!into || ews_body_read(&conn->request, into, size) != size) {
		*err = conn->request.err;
		strbuf_finish(&text);
		return false;
	}
	strbuf_added(&text, size);
	head.status = conn->replay.answer(conn->replay.context, strbuf_str(&text),
					  &conn->replayed);
	strbuf_finish(&text);
	conn->last.http_status = head.status;
	if (head.status == 200 || head.status == 500)
		ok = read_soap(conn, call, (struct soap_source){ read_replayed, conn },
			       version, err);
	else
		ok = explain_status(conn, &head, err);
	return ok;
}

static bool run_http(struct ews_conn *conn, const struct ews_call *call,
		     enum soap_version version, struct err *err)
{
	const struct ews_op_row *op = ews_op_row(call->op);
	struct ews_http_request request = {
		.body = &conn->request,
		.request_id = conn->last.request_id,
		.affinity = op->affinity,
		.stream = op->stream,
		.plain = conn->plain,
		.once = !op->idempotent,
	};
	bool ok;

	ews_http_begin(conn->http, &request);
	ok = receive(conn, call, version, err);
	ews_http_end(conn->http, conn->last.http_status != 0 && !op->stream);
	return ok;
}

/* The server's own names for what went wrong are what its administrator asks for. */
static void log_attempt(const struct ews_conn *conn, const struct ews_op_row *op,
			int64_t started_ms, bool ok, const struct err *err)
{
	const struct ews_report *last = &conn->last;

	log_debug(WHO, "%s %s: HTTP %d, %llu bytes sent, %lld ms, %s%s%s%s%s",
		  op->name + 2, last->request_id, last->http_status,
		  (unsigned long long)ews_body_size(&conn->request),
		  (long long)(clock_mono_ms() - started_ms), ok ? "ok" : err->text,
		  !ok && last->server_request_id[0] ? "; the server's request-id " : "",
		  ok ? "" : last->server_request_id,
		  !ok && last->server_name[0] ? " of " : "", ok ? "" : last->server_name);
}

static bool attempt(struct ews_conn *conn, const struct ews_call *call,
		    enum soap_version version, struct err *err)
{
	int64_t started_ms = clock_mono_ms();
	bool ok;

	conn->last = (struct ews_report){ 0 };
	make_request_id(conn->last.request_id, sizeof(conn->last.request_id));
	ok = conn->replay.answer ? run_replay(conn, call, version, err)
				 : run_http(conn, call, version, err);
	if (ok)
		conn->last.outcome_unknown = false;
	else
		conn->last.too_heavy = is_heavy(&conn->last.status) ||
				       (conn->last.http_status == 0 &&
					ews_http_broken(conn->http) == EWS_HTTP_SILENT);
	log_attempt(conn, ews_op_row(call->op), started_ms, ok, err);
	return ok;
}

/* A server that never understood us may call our version a malformed request. */
static bool version_refused(struct ews_conn *conn)
{
	bool proven;

	ews_account_soap_version(conn->account, &proven);
	return conn->last.status.code == EWS_CODE_SERVER_VERSION ||
	       (conn->last.status.code == EWS_CODE_SCHEMA && !proven);
}

/*
 * Is it right to send again now? When the connection broke before the request was out,
 * always; with the answer lost, if the operation is idempotent; with a refused schema
 * version, after stepping down; with HTTP 400, once without the cookies.
 */
static bool may_repeat(struct ews_conn *conn, const struct ews_op_row *op, int attempts,
		       enum soap_version version)
{
	if (ews_conn_stopped(conn) || attempts >= MAX_ATTEMPTS)
		return false;
	if (version_refused(conn))
		return version + 1 <= op->oldest &&
		       ews_account_step_down(conn->account, version);
	if (conn->last.http_status == 400 && attempts == 1) {
		ews_http_forget_cookies(conn->http);
		return true;
	}
	/* A stream's caller opens again with what it has learnt. A server that cannot be
	 * reached, or that is silent, is not asked twice. */
	return ews_http_broken(conn->http) == EWS_HTTP_CUT && attempts == 1 &&
	       !op->stream && (op->idempotent || !conn->last.outcome_unknown);
}

static bool in_time(struct ews_conn *conn, struct err *err)
{
	int64_t quiet_ms = ews_account_backoff_ms(conn->account);

	if (quiet_ms == 0)
		return true;
	conn->last = (struct ews_report){ 0 };
	err_set(err, ERR_THROTTLED, "the server asked for a pause of the account");
	err->retry_after_s = (unsigned)((quiet_ms + 999) / 1000);
	return false;
}

static bool too_old(struct ews_conn *conn, const struct ews_op_row *op,
		    enum soap_version version, struct err *err)
{
	struct ews_status *status = &conn->last.status;

	if (version <= op->oldest)
		return false;
	conn->last = (struct ews_report){ 0 };
	status->code = EWS_CODE_SERVER_VERSION;
	status->scope = EWS_SCOPE_ACCOUNT;
	err_set(&status->err, ERR_STATE, "the server is too old for %s: it takes %s only",
		op->name + 2, soap_version_name(version));
	*err = status->err;
	return true;
}

/* What moved mailboxes and servers answer, or nothing does. */
static bool is_elsewhere(const struct ews_conn *conn)
{
	return conn->last.status.code == EWS_CODE_NO_MAILBOX ||
	       conn->last.http_status == 404 ||
	       (conn->last.http_status == 0 &&
		ews_http_broken(conn->http) != EWS_HTTP_WHOLE);
}

/* One try after another, in a slot of the account's. */
static bool run(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	const struct ews_op_row *op = ews_op_row(call->op);
	bool ok = false, proven;
	enum soap_version first = ews_account_soap_version(conn->account, &proven);

	if (!conn->replay.answer &&
	    !ews_account_locate(conn->account, &conn->stopped, err)) {
		conn->last = (struct ews_report){ 0 };
		return false;
	}
	for (int attempts = 1; !ok; attempts++) {
		enum soap_version version = ews_account_soap_version(conn->account,
								     &proven);

		if (!in_time(conn, err) || too_old(conn, op, version, err))
			return false;
		ews_body_reset(&conn->request);
		write_request(call, version, &conn->request);
		if (!strbuf_ok(&conn->request.text, err))
			return false;
		err->code = ERR_OK;
		ok = attempt(conn, call, version, err);
		if (!ok && !may_repeat(conn, op, attempts, version))
			break;
	}
	if (!ok && conn->last.status.code == EWS_CODE_SCHEMA)
		ews_account_step_back(conn->account, first);
	if (!ok && is_elsewhere(conn))
		ews_account_misplaced(conn->account);
	return ok;
}

bool ews_call_run(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	const struct ews_op_row *op = ews_op_row(call->op);
	unsigned slots = (op->stream ? 0 : 1u << EWS_SLOT_CALL) |
			 (op->sync ? 1u << EWS_SLOT_SYNC : 0);
	struct err unwanted;
	bool ok;

	err = err ? err : &unwanted;
	if (!ews_account_enter(conn->account, slots, &conn->stopped, err)) {
		conn->last = (struct ews_report){ 0 };
		return false;
	}
	ok = run(conn, call, err);
	ews_account_leave(conn->account, slots);
	if (op->idempotent)
		conn->last.outcome_unknown = false;
	ews_body_reset(&conn->request);
	return ok;
}
