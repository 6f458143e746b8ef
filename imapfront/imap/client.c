/* What IMAP commands have in common: see client.h. */
#include "imapfront/imap/client.h"

#include "base/clock.h"
#include "bridge/config.h"
#include "base/mem.h"
#include "bridge/mime/imap_render.h"
#include "imapfront/imap/context.h"
#include "imapfront/imap/flags.h"
#include "imapfront/limits.h"

void imap_client_bye(struct imap_client *client, const char *text)
{
	stream_writef(client->out, "* BYE %s\r\n", text);
	client->bye = true;
}

void imap_client_enter(struct imap_client *client)
{
	client->store = account_store(client->session->account);
	client->labels = &account_config(client->session->account)->labels;
	client->state = IMAP_LOGGED_IN;
}

void imap_client_deselect(struct imap_client *client)
{
	if (client->state != IMAP_SELECTED)
		return;
	imap_view_finish(&client->view);
	store_uid_list_finish(&client->saved);
	strbuf_reset(&client->keywords);
	imap_contexts_free(client->contexts);
	client->contexts = NULL;
	imap_notify_left(client, client->box_id);
	client->state = IMAP_LOGGED_IN;
	client->box_id = 0;
	imap_client_watch(client);
}

void imap_client_watch(struct imap_client *client)
{
	int64_t topic = imap_notify_topic(client);

	if (topic)
		session_watch(client->session, topic);
	else
		session_unwatch(client->session);
}

bool imap_client_refuse(struct imap_client *client, struct err *err, const char *text)
{
	strbuf_reset(&client->refusal);
	strbuf_add_cstr(&client->refusal, text);
	return err_set(err, ERR_STATE, "%s", text);
}

static bool lost_box(struct imap_client *client, struct err *err)
{
	imap_client_deselect(client);
	imap_client_bye(client, "the selected mailbox is gone");
	return err_set(err, ERR_NOT_FOUND, "the selected mailbox is gone");
}

static void write_flags_line(struct imap_client *client)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(IMAP_UPDATE_BYTES);

	strbuf_add(&line, STR("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft "));
	strbuf_add(&line, STR("$Forwarded"));
	imap_flags_list(strbuf_cstr(&client->keywords), client->labels, &line);
	strbuf_add(&line, STR(")\r\n"));
	stream_write(client->out, strbuf_str(&line));
}

/* Return: was there one that the client does not know? */
static bool learn_keywords(struct imap_client *client, struct str keywords)
{
	struct str rest = keywords, name;
	bool known = true;

	while (known && str_split(&rest, '\n', &name) && name.len)
		known = message_keywords_have(strbuf_str(&client->keywords), name);
	if (!known) {
		CLEANUP(strbuf_finish) struct strbuf both = STRBUF(IMAP_UPDATE_BYTES);

		message_keywords_merge(strbuf_str(&client->keywords), keywords, STR_NONE,
				       &both);
		strbuf_reset(&client->keywords);
		strbuf_add(&client->keywords, strbuf_str(&both));
	}
	return !known;
}

void imap_client_keywords(struct imap_client *client, struct str keywords)
{
	if (keywords.len && learn_keywords(client, keywords))
		write_flags_line(client);
}

void imap_client_condstore(struct imap_client *client)
{
	if (client->state == IMAP_SELECTED && !client->condstore)
		stream_writef(client->out, "* OK [HIGHESTMODSEQ %llu] from now on\r\n",
			      (unsigned long long)client->view.modseq);
	client->condstore = true;
}

bool imap_client_flags_begin(struct imap_client *client, struct err *err)
{
	strbuf_reset(&client->keywords);
	strbuf_add(&client->keywords, STR("$MDNSent\nJunk\nNonJunk\n"));
	if (!store_keywords_used(client->store, client->box_id, &client->keywords, err))
		return false;
	write_flags_line(client);
	return true;
}

bool imap_client_claim_recent(struct imap_client *client, struct err *err)
{
	struct store_uid_range range;

	if (client->rev2)
		return true;
	if (!store_recent_claim(client->store, client->box_id, !client->read_only, &range,
				err))
		return false;
	/* To be told by the update that tells of the messages themselves. */
	imap_view_add_recent(&client->view, range);
	return true;
}

unsigned imap_client_flags(const struct imap_client *client, const struct store_msg *msg)
{
	return msg->flags |
	       (imap_view_is_recent(&client->view, msg->uid) ? IMAP_FLAG_RECENT : 0);
}

static unsigned update_how(const struct imap_client *client, bool may_expunge)
{
	return (may_expunge ? IMAP_UPDATE_EXPUNGE : 0) |
	       (client->condstore ? IMAP_UPDATE_MODSEQ : 0) |
	       (client->qresync ? IMAP_UPDATE_VANISHED : 0) |
	       (imap_notify_selected(client) & IMAP_EVENT_FLAGS ? 0
								: IMAP_UPDATE_NO_FLAGS) |
	       (client->rev2 ? 0 : IMAP_UPDATE_RECENT);
}

/* What must be known before the changes are told; of new messages, too, so that sessions
 * with the same mailbox know the same keywords. */
static bool prepare_update(struct imap_client *client,
			   const struct store_changes *changes, struct err *err)
{
	bool keywords = false;

	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].keywords && changes->items[i].keywords[0])
			keywords |= learn_keywords(client,
						   str_from(changes->items[i].keywords));
	if (keywords)
		write_flags_line(client);
	return changes->uidnext <= client->view.uidnext ||
	       imap_client_claim_recent(client, err);
}

/* What NOTIFY asks for of messages above @known. */
static bool fetch_new(struct imap_client *client, uint32_t known, struct err *err)
{
	const struct imap_fetch *fetch = imap_notify_fetch(client);
	const struct imap_view *view = &client->view;
	size_t from = view->count;

	while (from && view->uids[from - 1] > known)
		from--;
	/* Not of what it has just put there itself. */
	if (from < view->count && view->uids[from] == client->own_uid)
		from++;
	return !fetch || from == view->count ||
	       imap_client_fetch(client, fetch, view->uids + from, view->count - from,
				 err);
}

static bool load_changes(struct imap_client *client, struct store_changes *changes_r,
			 struct err *err)
{
	if (!store_changes_since(client->store, client->box_id, client->view.modseq,
				 changes_r, err))
		return err->code == ERR_NOT_FOUND ? lost_box(client, err) : false;
	return changes_r->uidvalidity == client->view.uidvalidity ||
	       lost_box(client, err);
}

bool imap_client_update(struct imap_client *client, bool may_expunge, struct err *err)
{
	CLEANUP(store_changes_finish) struct store_changes changes = { 0 };
	CLEANUP(strbuf_finish) struct strbuf news = STRBUF(IMAP_UPDATE_BYTES);
	const struct imap_view *view = &client->view;
	uint32_t known = view->count ? view->uids[view->count - 1] : 0;

	if (!imap_notify_selected(client) && !client->changes)
		return true;
	if (!load_changes(client, &changes, err) ||
	    !prepare_update(client, &changes, err))
		return false;
	if (may_expunge)
		imap_contexts_expunge(client, &changes);
	imap_view_update(&client->view, &changes, update_how(client, may_expunge), &news);
	if (!strbuf_ok(&news, err))
		return false;
	stream_write(client->out, strbuf_str(&news));
	return fetch_new(client, known, err) &&
	       imap_contexts_follow(client, &changes, err);
}

bool imap_client_box(struct imap_client *client, struct str path, struct store_box *box_r,
		     struct err *err)
{
	if (!store_box_find(client->store, path, box_r, err))
		return false;
	if (box_r->kind == BOX_MAIL && !box_r->hidden)
		return true;
	store_box_finish(box_r);
	return err_set(err, ERR_NOT_FOUND, "no such mailbox");
}

bool imap_client_target(struct imap_client *client, struct str path,
			struct store_box *box_r, struct err *err)
{
	if (imap_client_box(client, path, box_r, err))
		return true;
	if (err->code == ERR_NOT_FOUND)
		return imap_client_refuse(client, err, "[TRYCREATE] no such mailbox");
	return false;
}

bool imap_client_writable(struct imap_client *client, struct err *err)
{
	return !client->read_only || err_set(err, ERR_DENIED, "mailbox is read-only");
}

bool imap_client_verdict(struct imap_client *client, int64_t entry, struct err *err)
{
	return session_verdict(client->session, entry, IMAP_VERDICT_WAIT_MS, err);
}

/* What the last search left in "$" and is still there. */
static void select_saved(const struct imap_client *client, struct store_uid_list *uids_r)
{
	const struct store_uid_list *saved = &client->saved;
	struct store_uid_list list = { .uids = mem_array(saved->count + 1,
							 sizeof(*list.uids)) };

	for (size_t i = 0; i < saved->count; i++)
		if (imap_view_seq(&client->view, saved->uids[i]))
			list.uids[list.count++] = saved->uids[i];
	*uids_r = list;
}

bool imap_client_messages(const struct imap_client *client, struct imap_args *args,
			  struct store_uid_list *uids_r, struct err *err)
{
	if (!args->set.saved)
		return imap_view_select(&client->view, &args->set, args->uid, uids_r,
					err);
	select_saved(client, uids_r);
	return true;
}

void imap_client_patience(struct imap_client *client, uint64_t done, uint64_t total,
			  const char *text)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(FRONT_LINE_BYTES);

	if (!client->tag.len) { /* between two commands */
		stream_writef(client->out, "* OK %s\r\n", text);
		return;
	}
	strbuf_add(&line, STR("* OK [INPROGRESS ("));
	mime_imap_string(client->tag, &line);
	if (total)
		strbuf_addf(&line, " %llu %llu", (unsigned long long)done,
			    (unsigned long long)total);
	else
		strbuf_add(&line, STR(" NIL NIL"));
	strbuf_addf(&line, ")] %s\r\n", text);
	stream_write(client->out, strbuf_str(&line));
}

void imap_client_headers(struct imap_client *client, int64_t box_id,
			 const struct store_uid_list *uids)
{
	int64_t begun_ms = clock_mono_ms(), speak_ms = begun_ms + IMAP_PATIENCE_MS;
	int64_t now_ms = begun_ms;
	struct err ignored;
	size_t at = 0;

	account_headers_need(client->session->account, box_id, uids->uids, uids->count);
	while (at < uids->count && now_ms < begun_ms + IMAP_HEADERS_WAIT_MS &&
	       stream_flush(client->out, &ignored) &&
	       !session_stopping(client->session)) {
		size_t n = MIN_OF(uids->count - at, (size_t)IMAP_SLICE);

		if (account_headers_wait(client->session->account, box_id,
					 uids->uids + at, n, IMAP_WAIT_SLICE_MS))
			at += n;
		else if (account_is_away(client->session->account))
			return;
		now_ms = clock_mono_ms();
		if (now_ms >= speak_ms) {
			imap_client_patience(client, at, uids->count,
					     "waiting for headers from the server");
			speak_ms = now_ms + IMAP_PATIENCE_MS;
		}
	}
}

bool imap_client_body(struct imap_client *client, int64_t box_id, uint32_t uid,
		      struct err *err)
{
	struct account *account = client->session->account;
	int64_t now_ms = clock_mono_ms(), until_ms = now_ms + IMAP_BODY_WAIT_MS;
	int64_t speak_ms = now_ms + IMAP_PATIENCE_MS, begun_ms;

	for (;;) {
		begun_ms = now_ms;
		if (account_body_wait(account, box_id, uid, IMAP_WAIT_SLICE_MS, err))
			return true;
		now_ms = clock_mono_ms();
		if (err->code != ERR_OFFLINE || now_ms - begun_ms < IMAP_WAIT_SLICE_MS ||
		    now_ms >= until_ms || session_stopping(client->session))
			return false;
		if (now_ms >= speak_ms) {
			imap_client_patience(client, 0, 0,
					     "still waiting for the server");
			speak_ms = now_ms + IMAP_PATIENCE_MS;
		}
		/* What is answered already should not wait with us. */
		if (!stream_flush(client->out, err))
			return false;
	}
}

void imap_client_copyuid(uint32_t uidvalidity, const struct store_uid_list *from,
			 const struct store_uid_list *to, struct strbuf *out)
{
	if (!to->count)
		return;
	strbuf_addf(out, "[COPYUID %u ", uidvalidity);
	imap_set_write(from->uids, from->count, out);
	strbuf_addc(out, ' ');
	imap_set_write(to->uids, to->count, out);
	strbuf_add(out, STR("] done"));
}
