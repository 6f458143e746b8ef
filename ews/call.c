/*
 * HTTP for EWS, over libcurl: one keep-alive connection for each struct ews_conn, driven
 * through a multi handle so that a wait can be ended from another thread.
 *
 * libcurl sends a POST again by itself when a reused connection turns out to be closed,
 * even if the server did the work. The body therefore comes from a read function without
 * a seek function, which makes libcurl give up; this file alone repeats requests, and
 * only where the table of operations allows it or where the server cannot have got the
 * whole request.
 *
 * Left out: Negotiate, NTLM, OAuth 2.0.
 */
#include "ews/call.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <libxml/parser.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "ews/account_state.h"

#define WHO "ews"
/* Heartbeats come every 45 s or so; proxies swallow some. */
#define STREAM_SILENCE_MS 150000
#define INPUT_MAX (64u * 1024 * 1024) /* read ahead of the parser */
#define MAX_ATTEMPTS 3
#define DRAIN_MAX (256u * 1024)
#define DRAIN_SILENCE_MS 3000
/* An idle connection may be closed by the server just as we send: not worth the doubt for
 * what must not be repeated. */
#define IDLE_REUSE_MS 5000

struct ews_conn {
	struct ews_account *account;
	CURLM *multi;
	CURL *easy;
	atomic_bool stopped;
	struct ews_report last;

	/* The exchange that runs. */
	struct curl_slist *headers;
	struct strbuf request;
	size_t request_sent;
	struct strbuf in; /* answer's bytes; those before in_used were handed out */
	size_t in_used;
	bool done;
	CURLcode result;
	int64_t progress_ms; /* monotonic time of the last byte in either direction */
	int64_t silence_ms; /* longest time without one */
	int64_t finished_ms; /* when the last exchange ended well; 0: never */
	struct ews_replay replay; /* instead of a server */
};

/* --- Process, cookies -------------------------------------------------------------- */

bool ews_process_init(struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return err_set(err, ERR_BROKEN, "libcurl does not start");
	xmlInitParser();
	return true;
}

void ews_process_finish(void)
{
	xmlCleanupParser();
	curl_global_cleanup();
}

struct ews_cookies {
	CURLSH *share;
	pthread_mutex_t locks[CURL_LOCK_DATA_LAST];
};

static void lock_share(CURL *easy, curl_lock_data data, curl_lock_access access,
		       void *context)
{
	struct ews_cookies *cookies = context;

	pthread_mutex_lock(&cookies->locks[data]);
}

static void unlock_share(CURL *easy, curl_lock_data data, void *context)
{
	struct ews_cookies *cookies = context;

	pthread_mutex_unlock(&cookies->locks[data]);
}

struct ews_cookies *ews_cookies_new(void)
{
	struct ews_cookies *cookies = mem_alloc(sizeof(*cookies));

	for (size_t i = 0; i < ARRAY_LEN(cookies->locks); i++)
		pthread_mutex_init(&cookies->locks[i], NULL);
	cookies->share = curl_share_init();
	if (!cookies->share)
		return cookies; /* works without */
	curl_share_setopt(cookies->share, CURLSHOPT_LOCKFUNC, lock_share);
	curl_share_setopt(cookies->share, CURLSHOPT_UNLOCKFUNC, unlock_share);
	curl_share_setopt(cookies->share, CURLSHOPT_USERDATA, cookies);
	curl_share_setopt(cookies->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	return cookies;
}

void ews_cookies_free(struct ews_cookies *cookies)
{
	if (!cookies)
		return;
	curl_share_cleanup(cookies->share);
	for (size_t i = 0; i < ARRAY_LEN(cookies->locks); i++)
		pthread_mutex_destroy(&cookies->locks[i]);
	mem_free_ptr(&cookies);
}

/* --- libcurl's callbacks ----------------------------------------------------------- */

static size_t on_send(char *into, size_t size, size_t count, void *context)
{
	struct ews_conn *conn = context;
	struct str rest = str_sub(strbuf_str(&conn->request), conn->request_sent,
				  size * count);

	if (rest.len > 0)
		memcpy(into, rest.p, rest.len);
	conn->request_sent += rest.len;
	conn->progress_ms = clock_mono_ms();
	return rest.len;
}

static size_t on_receive(char *bytes, size_t size, size_t count, void *context)
{
	struct ews_conn *conn = context;

	conn->progress_ms = clock_mono_ms();
	strbuf_add_mem(&conn->in, bytes, size * count);
	return conn->in.overflow ? 0 : size * count;
}

/* --- Connection -------------------------------------------------------------------- */

static void set_options(struct ews_conn *conn)
{
	struct ews_account *account = conn->account;
	CURL *easy = conn->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_URL, account->url);
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_USERNAME, account->login);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, account->password);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, account->user_agent);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)account->connect_timeout_ms);
	if (account->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, account->ca_file);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	if (account->cookies->share)
		curl_easy_setopt(easy, CURLOPT_SHARE, account->cookies->share);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
	curl_easy_setopt(easy, CURLOPT_READDATA, conn);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, conn);
}

struct ews_conn *ews_conn_new(struct ews_account *account, struct err *err)
{
	struct ews_conn *conn = mem_alloc(sizeof(*conn));

	conn->account = account;
	strbuf_init(&conn->request, SOAP_REQUEST_MAX);
	strbuf_init(&conn->in, INPUT_MAX);
	conn->multi = curl_multi_init();
	conn->easy = curl_easy_init();
	if (!conn->multi || !conn->easy) {
		ews_conn_free(conn);
		err_set(err, ERR_BROKEN, "libcurl gives no handle");
		return NULL;
	}
	set_options(conn);
	return conn;
}

void ews_conn_replay(struct ews_conn *conn, struct ews_replay replay)
{
	conn->replay = replay;
}

void ews_conn_free(struct ews_conn *conn)
{
	if (!conn)
		return;
	curl_easy_cleanup(conn->easy);
	curl_multi_cleanup(conn->multi);
	curl_slist_free_all(conn->headers);
	strbuf_finish(&conn->request);
	strbuf_finish(&conn->in);
	mem_free_ptr(&conn);
}

void ews_conn_stop(struct ews_conn *conn)
{
	atomic_store(&conn->stopped, true);
	curl_multi_wakeup(conn->multi);
}

bool ews_conn_stopped(const struct ews_conn *conn)
{
	return atomic_load(&conn->stopped);
}

const struct ews_report *ews_conn_last(const struct ews_conn *conn)
{
	return &conn->last;
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

/* --- One exchange ------------------------------------------------------------------ */

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

static void add_header(struct ews_conn *conn, const char *name, const char *value)
{
	struct strbuf line = STRBUF(1024);
	struct curl_slist *list;

	strbuf_addf(&line, "%s%s%s", name, value[0] ? ": " : ":", value);
	list = curl_slist_append(conn->headers, strbuf_cstr(&line));
	if (list && !line.overflow)
		conn->headers = list;
	strbuf_finish(&line);
}

static void set_headers(struct ews_conn *conn, const struct ews_op_row *op)
{
	curl_slist_free_all(conn->headers);
	conn->headers = NULL;
	make_request_id(conn->last.request_id, sizeof(conn->last.request_id));
	add_header(conn, "Content-Type", "text/xml; charset=utf-8");
	add_header(conn, "Accept", "text/xml");
	add_header(conn, "Expect", "");
	add_header(conn, "client-request-id", conn->last.request_id);
	add_header(conn, "return-client-request-id", "true");
	if (conn->account->address)
		add_header(conn, "X-AnchorMailbox", conn->account->address);
	if (op->affinity)
		add_header(conn, "X-PreferServerAffinity", "true");
	curl_easy_setopt(conn->easy, CURLOPT_HTTPHEADER, conn->headers);
}

static void begin(struct ews_conn *conn, const struct ews_op_row *op)
{
	bool old = clock_mono_ms() - conn->finished_ms > IDLE_REUSE_MS;

	set_headers(conn, op);
	conn->request_sent = 0;
	strbuf_reset(&conn->in);
	conn->in_used = 0;
	conn->done = false;
	conn->result = CURLE_OK;
	conn->progress_ms = clock_mono_ms();
	conn->silence_ms = op->stream ? STREAM_SILENCE_MS
				      : conn->account->idle_timeout_ms;
	curl_easy_setopt(conn->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)conn->request.len);
	/* Compression may hold back the end of a document: not on streams. */
	curl_easy_setopt(conn->easy, CURLOPT_ACCEPT_ENCODING, op->stream ? NULL : "gzip");
	curl_easy_setopt(conn->easy, CURLOPT_FRESH_CONNECT,
			 !op->idempotent && old ? 1L : 0L);
	curl_multi_add_handle(conn->multi, conn->easy);
}

/* An answer that is not read to its end closes the connection. */
static void end(struct ews_conn *conn)
{
	curl_multi_remove_handle(conn->multi, conn->easy);
	if (conn->done && conn->result == CURLE_OK)
		conn->finished_ms = clock_mono_ms();
	strbuf_reset(&conn->in);
	if (conn->in.capacity > 1024 * 1024)
		strbuf_finish(&conn->in);
}

static bool failed(struct ews_conn *conn, struct err *err)
{
	enum err_code code = ERR_OFFLINE;

	if (conn->result == CURLE_PEER_FAILED_VERIFICATION ||
	    conn->result == CURLE_SSL_CACERT_BADFILE)
		code = ERR_DENIED;
	if (conn->in.overflow)
		return err_set(err, ERR_LIMIT, "the server's answer is too large");
	return err_set(err, code, "no answer from the mail server: %s",
		       curl_easy_strerror(conn->result));
}

static bool wait(struct ews_conn *conn, struct err *err)
{
	int64_t left = conn->progress_ms + conn->silence_ms - clock_mono_ms();

	if (ews_conn_stopped(conn))
		return err_set(err, ERR_OFFLINE, "stopped");
	if (left <= 0)
		return err_set(err, ERR_OFFLINE, "the mail server is silent for %lld s",
			       (long long)(conn->silence_ms / 1000));
	curl_multi_poll(conn->multi, NULL, 0, (int)MIN_OF(left + 1, 600000), NULL);
	return true;
}

/* Moves bytes until some of the answer is there, or all of it. */
static bool pump(struct ews_conn *conn, struct err *err)
{
	while (conn->in.len == conn->in_used && !conn->done) {
		CURLMsg *message;
		int running = 0, left;

		if (ews_conn_stopped(conn))
			return err_set(err, ERR_OFFLINE, "stopped");
		curl_multi_perform(conn->multi, &running);
		while ((message = curl_multi_info_read(conn->multi, &left))) {
			if (message->msg != CURLMSG_DONE)
				continue;
			conn->done = true;
			conn->result = message->data.result;
		}
		if (conn->done && conn->result != CURLE_OK)
			return failed(conn, err);
		if (conn->in.len == conn->in_used && !conn->done && !wait(conn, err))
			return false;
	}
	return true;
}

/* The soap_source of an exchange. */
static bool read_answer(void *context, struct str *chunk_r, struct err *err)
{
	struct ews_conn *conn = context;

	if (conn->in_used > 0 && conn->in_used == conn->in.len) {
		strbuf_reset(&conn->in);
		conn->in_used = 0;
	}
	if (!pump(conn, err))
		return false;
	*chunk_r = str_sub(strbuf_str(&conn->in), conn->in_used, conn->in.len);
	conn->in_used = conn->in.len;
	return true;
}

/* Reads on to the end of the answer, so that the connection can be used again. */
static void drain(struct ews_conn *conn)
{
	struct str chunk;
	size_t total = 0;

	conn->silence_ms = DRAIN_SILENCE_MS;
	while (!conn->done && total < DRAIN_MAX) {
		if (!read_answer(conn, &chunk, NULL))
			return;
		total += chunk.len;
	}
}

/* --- The answer -------------------------------------------------------------------- */

void ews_call_write(const struct ews_call *call, enum soap_version version,
		    struct strbuf *out)
{
	struct soap_writer w;

	soap_begin(&w, out, version);
	soap_open(&w, ews_op_row(call->op)->name);
	call->write(&w, call->request);
	soap_close(&w);
	soap_end(&w);
}

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

static bool is_xml(CURL *easy)
{
	char *type = NULL;

	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	return str_find_nocase(str_from(type), STR("xml")) >= 0;
}

/* An HTTP status other than 200, without a SOAP fault to explain it. */
static bool explain_status(struct ews_conn *conn, struct err *err)
{
	char *location = NULL;
	curl_off_t retry_after_s = 0;
	int status = conn->last.http_status;

	curl_easy_getinfo(conn->easy, CURLINFO_REDIRECT_URL, &location);
	curl_easy_getinfo(conn->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	ews_http_status(status, str_from(location), &conn->last.status, err);
	if (status == 503 || status == 429 || retry_after_s > 0) {
		int64_t wait_ms = ews_account_quiet(
			conn->account,
			retry_after_s > 0 ? (int64_t)MIN_OF(retry_after_s, 3600) * 1000
					  : -1);

		err_set(err, ERR_THROTTLED, "HTTP %d: the server asks to wait", status);
		err->retry_after_s = (unsigned)(wait_ms / 1000);
		conn->last.status.err = *err;
	}
	/* A proxy may have lost the answer of a request that was carried out. */
	conn->last.outcome_unknown = status == 500 || status == 502 || status == 504 ||
				     (status >= 200 && status < 300);
	return false;
}

static void note_busy(struct ews_conn *conn, struct soap_reader *r, bool ok,
		      struct err *err)
{
	int64_t wait_ms;

	if (!soap_backoff(r, &wait_ms)) {
		ews_account_answered(conn->account);
		return;
	}
	wait_ms = ews_account_quiet(conn->account, wait_ms);
	if (!ok && err->code == ERR_THROTTLED)
		err->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
}

/* Faults that do not tell whether the request was carried out. */
static bool is_vague(const struct ews_status *fault)
{
	return fault->code == EWS_CODE_TIMEOUT || fault->code == EWS_CODE_TRANSIENT ||
	       fault->code == EWS_CODE_OTHER;
}

static bool read_soap(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	struct soap_reader *r = soap_reader_new(
		(struct soap_source){ read_answer, conn });
	struct ews_status fault = { 0 };
	bool ok = read_documents(call, r, &fault, err);

	note_busy(conn, r, ok, err);
	if (fault.err.code != ERR_OK) {
		conn->last.status = fault;
		conn->last.status.err = *err;
		conn->last.outcome_unknown = is_vague(&fault);
	} else {
		conn->last.outcome_unknown = !ok;
	}
	soap_reader_free(r);
	return ok;
}

static bool receive(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	long http_status = 0;

	if (!pump(conn, err)) {
		/* Without its last byte the server cannot have acted on it. */
		conn->last.outcome_unknown = conn->request_sent == conn->request.len;
		return false;
	}
	curl_easy_getinfo(conn->easy, CURLINFO_RESPONSE_CODE, &http_status);
	conn->last.http_status = (int)http_status;
	if (http_status == 200 ||
	    (http_status == 500 && is_xml(conn->easy) && conn->in.len > conn->in_used))
		return read_soap(conn, call, err);
	return explain_status(conn, err);
}

/* --- Run --------------------------------------------------------------------------- */

static bool run_replay(struct ews_conn *conn, const struct ews_call *call,
		       struct err *err)
{
	struct str answer = STR_NONE;

	strbuf_reset(&conn->in);
	conn->in_used = 0;
	conn->done = true;
	conn->result = CURLE_OK;
	conn->last.http_status = conn->replay.answer(conn->replay.context,
						     strbuf_str(&conn->request), &answer);
	strbuf_add(&conn->in, answer);
	if (conn->last.http_status == 200 || conn->last.http_status == 500)
		return read_soap(conn, call, err);
	return explain_status(conn, err);
}

static bool run_http(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	bool stream = ews_op_row(call->op)->stream;
	bool ok;

	begin(conn, ews_op_row(call->op));
	ok = receive(conn, call, err);
	if (conn->last.http_status != 0 && !stream && conn->result == CURLE_OK)
		drain(conn);
	end(conn);
	return ok;
}

static bool attempt(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	int64_t started_ms = clock_mono_ms();
	const struct ews_op_row *op = ews_op_row(call->op);
	bool ok;

	conn->last = (struct ews_report){ 0 };
	ok = conn->replay.answer ? run_replay(conn, call, err)
				 : run_http(conn, call, err);
	if (ok)
		conn->last.outcome_unknown = false;
	log_debug(WHO, "%s %s: HTTP %d, %zu bytes sent, %lld ms, %s", op->name + 2,
		  conn->last.request_id, conn->last.http_status, conn->request.len,
		  (long long)(clock_mono_ms() - started_ms), ok ? "ok" : err->text);
	return ok;
}

/*
 * Is it right to send again now? When the connection broke before the request was out,
 * always; with the answer lost, if the operation is idempotent; with a refused schema
 * version, after stepping down; with HTTP 400, once without the cookies.
 */
static bool may_repeat(struct ews_conn *conn, const struct ews_op_row *op, int attempts,
		       enum soap_version version, const struct err *err)
{
	if (ews_conn_stopped(conn) || attempts >= MAX_ATTEMPTS)
		return false;
	if (conn->last.status.code == EWS_CODE_SERVER_VERSION)
		return ews_account_step_down(conn->account, version);
	if (conn->last.http_status == 400 && attempts == 1) {
		curl_easy_setopt(conn->easy, CURLOPT_COOKIELIST, "ALL");
		return true;
	}
	/* A stream's caller opens again with what it has learnt. A server that cannot be
	 * reached, or that is silent, is not asked twice. */
	switch (conn->result) {
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return attempts == 1 && !op->stream &&
		       (op->idempotent || !conn->last.outcome_unknown);
	default:
		return false;
	}
}

bool ews_call_run(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	const struct ews_op_row *op = ews_op_row(call->op);
	struct err unwanted;
	bool ok = false;

	err = err ? err : &unwanted;
	for (int attempts = 1; !ok; attempts++) {
		enum soap_version version = ews_account_version(conn->account);
		int64_t quiet_ms = ews_account_backoff_ms(conn->account);

		if (quiet_ms > 0) {
			conn->last = (struct ews_report){ 0 };
			err_set(err, ERR_THROTTLED,
				"the server asked for a pause of the account");
			err->retry_after_s = (unsigned)((quiet_ms + 999) / 1000);
			return false;
		}
		strbuf_reset(&conn->request);
		ews_call_write(call, version, &conn->request);
		if (!strbuf_ok(&conn->request, err))
			return false;
		err->code = ERR_OK;
		ok = attempt(conn, call, err);
		if (!ok && !may_repeat(conn, op, attempts, version, err))
			break;
	}
	if (op->idempotent)
		conn->last.outcome_unknown = false;
	if (conn->request.capacity > 1024 * 1024)
		strbuf_finish(&conn->request);
	return ok;
}
