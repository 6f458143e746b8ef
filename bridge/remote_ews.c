/*
 * The remote for Exchange Web Services: account, connections, failures and news. Folders,
 * items, bodies and changes are in remote_ews_*.c.
 */
#include "bridge/remote_ews.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/config.h"

#define STREAM_MINUTES 29 /* the server closes a stream after 30 at most */

const struct ews_property remote_ews_mark = { .set = EWS_SET_PUBLIC_STRINGS,
					      .name = "passerelle-mark",
					      .type = EWS_PROPERTY_STRING };

/* ---- failures -------------------------------------------------------------------------
 */

static enum remote_problem problem_of(enum ews_code code)
{
	switch (code) {
	case EWS_CODE_OK:
		return REMOTE_OTHER;
	case EWS_CODE_ITEM_NOT_FOUND:
		return REMOTE_ITEM_GONE;
	case EWS_CODE_FOLDER_NOT_FOUND:
		return REMOTE_FOLDER_GONE;
	case EWS_CODE_FOLDER_EXISTS:
		return REMOTE_EXISTS;
	case EWS_CODE_INVALID_SYNC_STATE:
		return REMOTE_STATE_REFUSED;
	case EWS_CODE_CONFLICT:
	case EWS_CODE_CHANGE_KEY_REQUIRED:
		return REMOTE_CONFLICT;
	case EWS_CODE_TIMEOUT:
		return REMOTE_HEAVY;
	case EWS_CODE_SUBSCRIPTION_LOST:
		return REMOTE_WATCH_LOST;
	case EWS_CODE_INVALID_RECIPIENTS:
	case EWS_CODE_SEND_AS_DENIED:
		return REMOTE_RECIPIENTS;
	default:
		return REMOTE_OTHER;
	}
}

/* Nothing that was said is about the request. */
static bool is_outage(const struct ews_status *status)
{
	return status->scope == EWS_SCOPE_ACCOUNT &&
	       (status->code == EWS_CODE_NO_MAILBOX ||
		status->code == EWS_CODE_ACCESS_DENIED ||
		(status->code == EWS_CODE_OTHER && !status->response_code[0]));
}

bool remote_ews_failed(struct remote_ews_conn *c, struct remote_fail *fail)
{
	const struct ews_report *last = ews_conn_last(c->ews);

	fail->problem = problem_of(last->status.code);
	/* An answer that breaks off says nothing of the request. */
	fail->retry = last->status.retry ||
		      (last->status.code == EWS_CODE_OK && last->http_status == 200);
	fail->outcome_unknown = last->outcome_unknown;
	fail->outage = is_outage(&last->status);
	return false;
}

/* Did the server perhaps do it nevertheless? Such words are about one item of many, and
 * do not mean that the server cannot be reached. */
static bool is_vague(enum ews_code code)
{
	return code == EWS_CODE_NO_ANSWER || code == EWS_CODE_TIMEOUT ||
	       code == EWS_CODE_TRANSIENT;
}

bool remote_ews_status(const struct ews_status *status, struct remote_fail *fail)
{
	*fail = (struct remote_fail){ 0 };
	if (ews_status_ok(status))
		return true;
	fail->err = status->err;
	fail->problem = problem_of(status->code);
	fail->retry = status->retry;
	fail->outcome_unknown = is_vague(status->code);
	fail->outage = is_outage(status);
	return false;
}

struct ews_ref *remote_ews_refs(const char *const *ids, size_t count)
{
	struct ews_ref *refs = mem_array(count + 1, sizeof(*refs));

	for (size_t i = 0; i < count; i++)
		refs[i].id = ids[i];
	return refs;
}

/* ---- account and connections
 * ----------------------------------------------------------- */

static void free_remote(struct remote *remote)
{
	struct remote_ews *r = (struct remote_ews *)remote;

	ews_account_free(r->account);
	free(r->address);
	free(r->place_file);
	free(r);
}

static const struct remote_ops ops;

static struct remote_conn *conn_new(struct remote *remote, struct err *err)
{
	struct remote_ews *r = (struct remote_ews *)remote;
	struct remote_ews_conn *c = mem_alloc(sizeof(*c));

	c->base.ops = &ops;
	c->remote = r;
	c->ews = ews_conn_new(r->account, err);
	if (c->ews)
		return &c->base;
	free(c);
	return NULL;
}

static void conn_free(struct remote_conn *conn)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);

	ews_conn_free(c->ews);
	remote_ews_specials_forget(c);
	free(c);
}

static void conn_stop(struct remote_conn *conn)
{
	ews_conn_stop(remote_ews_conn(conn)->ews);
}

static void conn_refresh(struct remote_conn *conn)
{
	ews_conn_refresh(remote_ews_conn(conn)->ews);
}

static int64_t backoff_ms(struct remote *remote)
{
	return ews_account_backoff_ms(((struct remote_ews *)remote)->account);
}

static void password_set(struct remote *remote, const char *password)
{
	ews_account_password_set(((struct remote_ews *)remote)->account, password);
}

/* ---- news -----------------------------------------------------------------------------
 */

static bool watch_open(struct remote_conn *conn, struct strbuf *watch_id,
		       struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_subscription subscription = { 0 };
	bool ok = ews_subscribe_streaming(c->ews, &subscription, &fail->err) &&
		  subscription.id;

	if (ok) {
		strbuf_reset(watch_id);
		strbuf_add_cstr(watch_id, subscription.id);
		ok = strbuf_ok(watch_id, &fail->err);
	}
	ews_subscription_finish(&subscription);
	return ok || remote_ews_failed(c, fail);
}

struct run {
	remote_news_fn *fn;
	void *context;
};

/* An event names one folder, or two where something moved. */
static size_t news_of(const struct ews_event *event, struct remote_news *news)
{
	size_t n = 0;

	if (event->type == EWS_EVENT_STATUS || event->type == EWS_EVENT_OTHER)
		return 0;
	if (!event->item_id) {
		bool itself = event->type == EWS_EVENT_MODIFIED && event->folder_id;

		news[n++] = (struct remote_news){
			.folder_id = itself ? event->folder_id : NULL,
			.itself = itself,
		};
		return n;
	}
	if (event->parent_id)
		news[n++] = (struct remote_news){ .folder_id = event->parent_id };
	if (event->old_parent_id && event->type != EWS_EVENT_COPIED)
		news[n++] = (struct remote_news){ .folder_id = event->old_parent_id,
						  .left = true };
	return n;
}

static bool on_events(void *context, const struct ews_events *events)
{
	const struct run *run = context;
	struct remote_news *news = mem_array(2 * events->count + 1, sizeof(*news));
	size_t n = 0;
	bool go_on;

	for (size_t i = 0; i < events->count; i++)
		n += news_of(&events->list[i], news + n);
	go_on = run->fn(run->context, news, n);
	free(news);
	return go_on;
}

static bool watch_run(struct remote_conn *conn, const char *watch_id, remote_news_fn *fn,
		      void *context, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct run run = { fn, context };

	return ews_stream_run(c->ews, watch_id, STREAM_MINUTES, on_events, &run,
			      &fail->err) ||
	       remote_ews_failed(c, fail);
}

static void watch_close(struct remote_conn *conn, const char *watch_id)
{
	struct err err;

	if (!ews_unsubscribe(remote_ews_conn(conn)->ews, watch_id, &err))
		return; /* it dies by itself after half an hour */
}

/* ---- news by asking -------------------------------------------------------------------
 */

#define PULL_MINUTES 1440

static bool pull_open(struct remote_conn *conn, struct strbuf *watch_id,
		      struct strbuf *mark, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct ews_subscription subscription = { 0 };
	bool ok = ews_subscribe_pull(c->ews, PULL_MINUTES, &subscription, &fail->err) &&
		  subscription.id && subscription.watermark;

	if (ok) {
		strbuf_reset(watch_id);
		strbuf_add_cstr(watch_id, subscription.id);
		strbuf_reset(mark);
		strbuf_add_cstr(mark, subscription.watermark);
		ok = strbuf_ok(watch_id, &fail->err) && strbuf_ok(mark, &fail->err);
	}
	ews_subscription_finish(&subscription);
	return ok || remote_ews_failed(c, fail);
}

static bool pull_run(struct remote_conn *conn, const char *watch_id, struct strbuf *mark,
		     remote_news_fn *fn, void *context, struct remote_fail *fail)
{
	struct remote_ews_conn *c = remote_ews_conn(conn);
	struct run run = { fn, context };
	bool more = true, ok = true;

	while (ok && more) {
		struct ews_events events = { 0 };

		ok = ews_events_get(c->ews, watch_id, strbuf_cstr(mark), &events,
				    &fail->err);
		if (ok && events.watermark) {
			strbuf_reset(mark);
			strbuf_add_cstr(mark, events.watermark);
		}
		more = ok && on_events(&run, &events) && events.more;
		ews_events_finish(&events);
	}
	return ok || remote_ews_failed(c, fail);
}

/* ---- the table ------------------------------------------------------------------------
 */

static const struct remote_ops ops = {
	.free = free_remote,
	.conn_new = conn_new,
	.conn_free = conn_free,
	.conn_stop = conn_stop,
	.conn_refresh = conn_refresh,
	.backoff_ms = backoff_ms,
	.password_set = password_set,
	.folders_sync = remote_ews_folders_sync,
	.quota_read = remote_ews_quota_read,
	.items_sync = remote_ews_items_sync,
	.items_list = remote_ews_items_list,
	.items_read = remote_ews_items_read,
	.events_read = remote_ews_events_read,
	.bodies_read = remote_ews_bodies_read,
	.item_create = remote_ews_item_create,
	.items_flag = remote_ews_items_flag,
	.items_copy = remote_ews_items_copy,
	.items_move = remote_ews_items_move,
	.items_delete = remote_ews_items_delete,
	.item_send = remote_ews_item_send,
	.items_find = remote_ews_items_find,
	.folder_create = remote_ews_folder_create,
	.folder_find = remote_ews_folder_find,
	.folder_rename = remote_ews_folder_rename,
	.folder_delete = remote_ews_folder_delete,
	.watch_open = watch_open,
	.watch_run = watch_run,
	.watch_close = watch_close,
	.pull_open = pull_open,
	.pull_run = pull_run,
};

static enum ews_auth auth_of(enum account_auth auth)
{
	switch (auth) {
	case AUTH_NEGOTIATE:
		return EWS_AUTH_NEGOTIATE;
	case AUTH_NTLM:
		return EWS_AUTH_NTLM;
	case AUTH_OAUTH2:
		return EWS_AUTH_OAUTH2;
	default:
		return EWS_AUTH_BASIC;
	}
}

static void on_found(void *context, const struct ews_discovery *found)
{
	const struct remote_ews *r = context;

	remote_ews_place_write(r->place_file, r->address, found->url);
}

struct remote *remote_ews_new(const struct account_config *config, const char *place_file,
			      struct err *err)
{
	struct remote_ews *r = mem_alloc(sizeof(*r));
	char *kept = config->url ? NULL
				 : remote_ews_place_read(place_file, config->address);
	struct ews_config ews = {
		.url = config->url,
		.kept_url = kept,
		.found = on_found,
		.found_context = r,
		.ca_file = config->ca_file,
		.login = config->login ? config->login : config->address,
		.password = config->password,
		.address = config->address,
		.auth = auth_of(config->auth),
		/* Bodies and lists, and besides changes down, changes up, a command. */
		.max_calls = config->body_threads + 3,
	};

	r->base.ops = &ops;
	r->show_all = config->show_all_folders;
	r->address = mem_strdup(config->address);
	r->place_file = mem_strdup(place_file);
	r->account = ews_account_new(&ews, err);
	free(kept);
	if (r->account)
		return &r->base;
	free_remote(&r->base);
	return NULL;
}
