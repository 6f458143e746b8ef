/*
 * HTTP over libcurl: one keep-alive connection for each struct ews_http, driven through a
 * multi handle so that a wait can be ended from another thread.
 *
 * libcurl sends a POST again by itself when a reused connection turns out to be closed,
 * even if the server did the work. The body therefore comes from a read function without
 * a seek function, which makes libcurl give up; call.c alone repeats requests.
 *
 * Left out: Negotiate, NTLM, OAuth 2.0.
 */
#include "ews/call_http.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <libxml/parser.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ews/account_state.h"
#include "ews/locate.h"

/* Heartbeats come every 45 s or so; proxies swallow some. */
#define STREAM_SILENCE_MS 150000
#define INPUT_MAX (64u * 1024 * 1024) /* read ahead of the parser */
#define INPUT_KEEP (256u * 1024)
#define DRAIN_MAX (256u * 1024)
#define DRAIN_SILENCE_MS 3000
/* An idle connection may be closed by the server just as we send: not worth the doubt for
 * what must not be repeated. */
#define IDLE_REUSE_MS 5000

struct ews_http {
	struct ews_account *account;
	const atomic_bool *stopped;
	atomic_bool refresh; /* the connection is not to be trusted any more */
	CURLM *multi;
	CURL *easy;

	/* The exchange that runs. */
	struct curl_slist *headers;
	struct ews_body *body;
	struct strbuf in; /* answer's bytes; those before in_used were handed out */
	size_t in_used;
	bool paused; /* enough is read ahead */
	bool done;
	CURLcode result;
	char curl_says[CURL_ERROR_SIZE]; /* with host and port; may be empty */
	enum ews_http_break broken;
	int64_t progress_ms; /* monotonic time of the last byte in either direction */
	int64_t silence_ms; /* longest time without one */
	int64_t finished_ms; /* when the last exchange ended well; 0: never */
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

void ews_http_forget_cookies(struct ews_http *http)
{
	curl_easy_setopt(http->easy, CURLOPT_COOKIELIST, "ALL");
}

/* --- libcurl's callbacks ----------------------------------------------------------- */

static size_t on_send(char *into, size_t size, size_t count, void *context)
{
	struct ews_http *http = context;
	size_t n = ews_body_read(http->body, into, size * count);

	http->progress_ms = clock_mono_ms();
	return http->body->err.code == ERR_OK ? n : CURL_READFUNC_ABORT;
}

static size_t on_receive(char *bytes, size_t size, size_t count, void *context)
{
	struct ews_http *http = context;

	http->progress_ms = clock_mono_ms();
	if (http->in.len > INPUT_KEEP) { /* the parser first */
		http->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	strbuf_add_mem(&http->in, bytes, size * count);
	return http->in.overflow ? 0 : size * count;
}

/* --- Connection -------------------------------------------------------------------- */

static void set_options(struct ews_http *http)
{
	struct ews_account *account = http->account;
	CURL *easy = http->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->curl_says);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_USERNAME, account->login);
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
	curl_easy_setopt(easy, CURLOPT_READDATA, http);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

struct ews_http *ews_http_new(struct ews_account *account, const atomic_bool *stopped,
			      struct err *err)
{
	struct ews_http *http = mem_alloc(sizeof(*http));

	http->account = account;
	http->stopped = stopped;
	strbuf_init(&http->in, INPUT_MAX);
	http->multi = curl_multi_init();
	http->easy = curl_easy_init();
	if (!http->multi || !http->easy) {
		ews_http_free(http);
		err_set(err, ERR_BROKEN, "libcurl gives no handle");
		return NULL;
	}
	set_options(http);
	return http;
}

void ews_http_free(struct ews_http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->easy);
	curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->headers);
	strbuf_finish(&http->in);
	mem_free_ptr(&http);
}

void ews_http_refresh(struct ews_http *http)
{
	atomic_store(&http->refresh, true);
	curl_multi_wakeup(http->multi);
}

void ews_http_wake(struct ews_http *http)
{
	curl_multi_wakeup(http->multi);
}

/* --- One exchange ------------------------------------------------------------------ */

static void add_header(struct ews_http *http, const char *name, const char *value)
{
	struct strbuf line = STRBUF(1024);
	struct curl_slist *list;

	strbuf_addf(&line, "%s%s%s", name, value[0] ? ": " : ":", value);
	list = curl_slist_append(http->headers, strbuf_cstr(&line));
	if (list && !line.overflow)
		http->headers = list;
	strbuf_finish(&line);
}

static void set_url(struct ews_http *http)
{
	struct strbuf url = STRBUF(4096);

	ews_account_url(http->account, &url);
	curl_easy_setopt(http->easy, CURLOPT_URL, strbuf_cstr(&url));
	strbuf_finish(&url);
}

static void set_password(struct ews_http *http)
{
	struct strbuf password = STRBUF(4096);

	ews_account_password(http->account, &password);
	curl_easy_setopt(http->easy, CURLOPT_PASSWORD, strbuf_cstr(&password));
	ews_password_finish(&password);
}

static void set_headers(struct ews_http *http, const struct ews_http_request *request)
{
	curl_slist_free_all(http->headers);
	http->headers = NULL;
	add_header(http, "Content-Type", "text/xml; charset=utf-8");
	add_header(http, "Accept", "text/xml");
	add_header(http, "Expect", "");
	add_header(http, "client-request-id", request->request_id);
	add_header(http, "return-client-request-id", "true");
	if (http->account->address)
		add_header(http, "X-AnchorMailbox", http->account->address);
	if (request->affinity)
		add_header(http, "X-PreferServerAffinity", "true");
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
}

void ews_http_begin(struct ews_http *http, const struct ews_http_request *request)
{
	bool old = request->once && clock_mono_ms() - http->finished_ms > IDLE_REUSE_MS;
	bool fresh = atomic_exchange(&http->refresh, false) || old;

	set_url(http);
	set_password(http);
	set_headers(http, request);
	http->body = request->body;
	strbuf_reset(&http->in);
	http->in_used = 0;
	http->done = http->paused = false;
	http->result = CURLE_OK;
	http->curl_says[0] = '\0';
	http->broken = EWS_HTTP_WHOLE;
	http->progress_ms = clock_mono_ms();
	http->silence_ms = request->stream ? STREAM_SILENCE_MS
					   : http->account->idle_timeout_ms;
	curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)ews_body_size(request->body));
	/* Compression may hold back the end of a document: not on streams. */
	curl_easy_setopt(http->easy, CURLOPT_ACCEPT_ENCODING,
			 request->stream || request->plain ? NULL : "gzip");
	curl_easy_setopt(http->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	curl_multi_add_handle(http->multi, http->easy);
}

static enum ews_http_break break_of(CURLcode result)
{
	switch (result) {
	case CURLE_OK:
		return EWS_HTTP_WHOLE;
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return EWS_HTTP_CUT;
	default:
		return EWS_HTTP_BROKEN;
	}
}

/* Mended by somebody else, or by the clock: in time it may work again. The name is looked
 * at by libcurl itself, of which only its words tell. */
static bool untrusted(struct ews_http *http, struct err *err)
{
	enum { NOT_YET_VALID = 9, HAS_EXPIRED = 10 }; /* openssl/x509_vfy.h */
	long verdict = 0;

	curl_easy_getinfo(http->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
	if (str_find_nocase(str_from(http->curl_says), STR("subject name")) >= 0)
		return err_set(
			err, ERR_OFFLINE,
			"the mail server's certificate is for another name: check the "
			"host name in the URL");
	if (verdict == NOT_YET_VALID || verdict == HAS_EXPIRED)
		return err_set(err, ERR_OFFLINE,
			       "the mail server's certificate %s: its administrator must "
			       "renew it, unless the clock here is wrong",
			       verdict == HAS_EXPIRED ? "has expired"
						      : "is not valid yet");
	return err_set(
		err, ERR_OFFLINE,
		"the certificate is not trusted; if you trust it, name its issuer's "
		"in ca-file (%.75s)",
		http->curl_says);
}

static bool failed(struct ews_http *http, struct err *err)
{
	http->broken = break_of(http->result);
	if (http->body->err.code != ERR_OK) {
		*err = http->body->err;
		return false;
	}
	if (http->result == CURLE_PEER_FAILED_VERIFICATION)
		return untrusted(http, err);
	if (http->in.overflow)
		return err_set(err, ERR_LIMIT, "the server's answer is too large");
	return err_set(err, ERR_OFFLINE, "no answer from the mail server: %.75s%s",
		       http->curl_says[0] ? http->curl_says
					  : curl_easy_strerror(http->result),
		       http->result == CURLE_COULDNT_RESOLVE_HOST
			       ? "; check the network and the host name in the URL"
			       : "");
}

static bool stopped(const struct ews_http *http, struct err *err)
{
	if (!atomic_load(http->stopped))
		return false;
	err_set(err, ERR_OFFLINE, "stopped");
	return true;
}

static bool refreshed(struct ews_http *http, struct err *err)
{
	if (!atomic_exchange(&http->refresh, false))
		return false;
	http->broken = EWS_HTTP_CUT;
	err_set(err, ERR_OFFLINE, "the connection is begun anew");
	return true;
}

static bool wait(struct ews_http *http, struct err *err)
{
	int64_t left = http->progress_ms + http->silence_ms - clock_mono_ms();

	if (stopped(http, err))
		return false;
	if (left <= 0) {
		http->broken = EWS_HTTP_SILENT;
		return err_set(err, ERR_OFFLINE, "the mail server is silent for %lld s",
			       (long long)(http->silence_ms / 1000));
	}
	curl_multi_poll(http->multi, NULL, 0, (int)MIN_OF(left + 1, 600000), NULL);
	return true;
}

static void perform(struct ews_http *http)
{
	CURLMsg *message;
	int running = 0, left;

	if (http->paused) {
		http->paused = false;
		curl_easy_pause(http->easy, CURLPAUSE_CONT);
	}
	curl_multi_perform(http->multi, &running);
	while ((message = curl_multi_info_read(http->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		http->done = true;
		http->result = message->data.result;
	}
}

bool ews_http_wait(struct ews_http *http, struct err *err)
{
	struct err unwanted;

	err = err ? err : &unwanted;
	while (http->in.len == http->in_used && !http->done) {
		if (stopped(http, err) || refreshed(http, err))
			return false;
		perform(http);
		if (http->done && http->result != CURLE_OK)
			return failed(http, err);
		if (http->in.len == http->in_used && !http->done && !wait(http, err))
			return false;
	}
	return true;
}

bool ews_http_read(void *context, struct str *chunk_r, struct err *err)
{
	struct ews_http *http = context;

	if (http->in_used > 0 && http->in_used == http->in.len) {
		strbuf_reset(&http->in);
		http->in_used = 0;
	}
	if (!ews_http_wait(http, err))
		return false;
	*chunk_r = str_sub(strbuf_str(&http->in), http->in_used, http->in.len);
	http->in_used = http->in.len;
	return true;
}

static void drain_rest(struct ews_http *http)
{
	struct str chunk;
	size_t total = 0;

	http->silence_ms = DRAIN_SILENCE_MS;
	while (!http->done && total < DRAIN_MAX) {
		if (!ews_http_read(http, &chunk, NULL))
			return;
		total += chunk.len;
	}
}

/* An answer that is not read to its end closes the connection. */
void ews_http_end(struct ews_http *http, bool drain)
{
	if (drain && http->result == CURLE_OK)
		drain_rest(http);
	curl_multi_remove_handle(http->multi, http->easy);
	if (http->done && http->result == CURLE_OK)
		http->finished_ms = clock_mono_ms();
	strbuf_reset(&http->in);
	if (http->in.capacity > 1024 * 1024)
		strbuf_finish(&http->in);
}

enum ews_http_break ews_http_broken(const struct ews_http *http)
{
	return http->broken;
}

/* --- Head of the answer ------------------------------------------------------------ */

static struct str header(struct ews_http *http, const char *name, size_t index)
{
	struct curl_header *found;

	if (curl_easy_header(http->easy, name, index, CURLH_HEADER, -1, &found) !=
	    CURLHE_OK)
		return STR_NONE;
	return str_from(found->value);
}

static void copy_header(struct ews_http *http, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%.*s", STR_FMT(str_sub(header(http, name, 0), 0, size - 1)));
}

/* The first words of WWW-Authenticate fields: "Negotiate, NTLM". */
static void list_offers(struct ews_http *http, char *out, size_t size)
{
	struct strbuf list = STRBUF(size - 1);
	struct str field, word;

	for (size_t i = 0; (field = header(http, "WWW-Authenticate", i)).len > 0; i++) {
		if (!str_split(&field, ' ', &word))
			continue;
		strbuf_addf(&list, "%s%.*s", i > 0 ? ", " : "", STR_FMT(word));
	}
	snprintf(out, size, "%s", strbuf_cstr(&list));
	strbuf_finish(&list);
}

/* Some pages come as text/plain or without any type. */
static bool looks_like_page(const struct ews_http *http, struct str type)
{
	struct str start = str_trim(
		str_sub(strbuf_str(&http->in), http->in_used, http->in.len));

	return str_find_nocase(type, STR("html")) >= 0 ||
	       str_starts_nocase(start, STR("<!DOCTYPE html")) ||
	       str_starts_nocase(start, STR("<html"));
}

void ews_http_head(struct ews_http *http, struct ews_http_head *head_r)
{
	long status = 0;
	char *location = NULL, *type = NULL;
	curl_off_t retry_after_s = 0;

	memset(head_r, 0, sizeof(*head_r));
	curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(http->easy, CURLINFO_REDIRECT_URL, &location);
	curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type);
	head_r->status = (int)status;
	head_r->location = location ? location : "";
	head_r->retry_after_s = (int64_t)MIN_OF(MAX_OF(retry_after_s, 0), 3600);
	head_r->is_page = looks_like_page(http, str_from(type));
	head_r->is_xml = !head_r->is_page && http->in.len > http->in_used &&
			 str_find_nocase(str_from(type), STR("xml")) >= 0;
	copy_header(http, "request-id", head_r->request_id, sizeof(head_r->request_id));
	copy_header(http, "X-BEServer", head_r->server_name, sizeof(head_r->server_name));
	if (!head_r->server_name[0])
		copy_header(http, "X-FEServer", head_r->server_name,
			    sizeof(head_r->server_name));
	list_offers(http, head_r->offers, sizeof(head_r->offers));
}
