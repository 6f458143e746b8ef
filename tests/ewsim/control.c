/* The control port: one command a line, answers end in "ok" or "error TEXT". README.md.
 */
#include "tests/ewsim/server.h"

#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/call.h"

static bool on_off(struct str v, bool *value_r)
{
	*value_r = str_eq(v, STR("on"));
	return *value_r || str_eq(v, STR("off")) || str_eq(v, STR("absent"));
}

bool control_set(struct sim *sim, struct str name, struct str value, struct err *err)
{
	struct sim_settings *s = &sim->settings;
	const struct {
		const char *name;
		bool *flag;
		int64_t *number;
	} table[] = {
		{ "mime-regenerate", &s->mime_regenerate, NULL },
		{ "article-numbers", &s->article_numbers, NULL },
		{ "search-key", &s->search_key, NULL },
		{ "streaming", &s->streaming, NULL },
		{ "move-ids", &s->move_ids, NULL },
		{ "hierarchy-counters", &s->hierarchy_counters, NULL },
		{ "notify-delay", NULL, &s->notify_delay_ms },
		{ "heartbeat", NULL, &s->heartbeat_s },
		{ "find-count-limit", NULL, &s->find_count_limit },
		{ "max-sync-page", NULL, &s->max_sync_page },
		{ "latency", NULL, &s->latency_ms },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int64_t n;

		if (!str_eq(name, str_from(table[i].name)))
			continue;
		if (table[i].flag && on_off(value, table[i].flag))
			return true;
		if (table[i].number && num_i64(value, &n) && n >= 0) {
			*table[i].number = n;
			return true;
		}
		return err_set(err, ERR_SYNTAX, "bad value for %s", table[i].name);
	}
	return err_set(err, ERR_SYNTAX, "no setting '%.*s'", STR_FMT(name));
}

/* fault OPERATION N KIND [ARGS]; N may be "SKIP+N" */
static bool add_fault(struct sim *sim, struct str rest, struct err *err)
{
	struct sim_fault f = { 0 };
	struct str op, n, kind, first;
	uint32_t skip = 0, count;

	if (sim->fault_count == ARRAY_LEN(sim->faults) || !str_split(&rest, ' ', &op) ||
	    !str_split(&rest, ' ', &n) || !str_split(&rest, ' ', &kind))
		return err_set(err, ERR_SYNTAX, "fault OPERATION N KIND [ARGS]");
	if (str_find_char(n, '+') > 0 &&
	    (!str_split(&n, '+', &first) || !num_u32(first, &skip)))
		return err_set(err, ERR_SYNTAX, "bad count");
	if (!num_u32(n, &count))
		return err_set(err, ERR_SYNTAX, "bad count");
	f.skip = skip;
	f.count = count;
	snprintf(f.operation, sizeof(f.operation), "%.*s", STR_FMT(op));
	snprintf(f.kind, sizeof(f.kind), "%.*s", STR_FMT(kind));
	snprintf(f.args, sizeof(f.args), "%.*s", STR_FMT(rest));
	sim->faults[sim->fault_count++] = f;
	return true;
}

static void stats(struct sim *sim, struct stream *out)
{
	size_t items = 0;

	for (size_t i = 0; i < sim->stat_count; i++)
		stream_writef(out, "%s %llu\n", sim->stats[i].operation,
			      (unsigned long long)sim->stats[i].calls);
	for (size_t i = 0; i < sim->item_count; i++)
		items += sim->items[i] != NULL;
	stream_writef(out, "requests %llu\nitems %zu\nsubscriptions %zu\n",
		      (unsigned long long)sim->requests, items, sim->subscription_count);
}

static void sent(struct sim *sim, struct stream *out)
{
	for (size_t i = 0; i < sim->sent_count; i++)
		stream_writef(out, "sent from=%s to=%s message-id=%s subject=%s\n",
			      sim->sent[i].from, sim->sent[i].to, sim->sent[i].message_id,
			      sim->sent[i].subject);
}

/* A distinguished folder, or one below the root by its name. */
static struct sim_folder *folder_named(struct sim *sim, struct str address,
				       struct str folder, struct err *err)
{
	struct sim_user *u = sim_user_find(sim, address);
	struct sim_folder *f = NULL;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", STR_FMT(folder));
	if (u)
		f = sim_folder_special(u, name);
	if (u && !f)
		f = sim_folder_child(sim_folder_special(u, "msgfolderroot"), folder);
	if (!f)
		(void)!err_set(err, ERR_NOT_FOUND, "no such mailbox or folder");
	return f;
}

/* rights ADDRESS NAMES FOLDER */
static bool set_rights(struct sim *sim, struct str rest, struct err *err)
{
	struct str address, names;
	struct sim_folder *f;
	unsigned lacks;

	if (!str_split(&rest, ' ', &address) || !str_split(&rest, ' ', &names) ||
	    !folder_rights_read(names, &lacks))
		return err_set(err, ERR_SYNTAX, "rights ADDRESS NAME,NAME,... FOLDER");
	f = folder_named(sim, address, rest, err);
	if (!f)
		return false;
	f->lacks = lacks;
	sim_folder_touch(f, SIM_OP_UPDATE);
	sim_note_folder(f, "ModifiedEvent", 0);
	return true;
}

/* deliver ADDRESS FOLDER BYTES [CLASS], then that many octets */
static bool deliver_raw(struct connection *c, struct str rest, struct err *err)
{
	struct sim *sim = c->server->sim;
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(256 << 20);
	struct str address, folder, bytes, item_class = STR("");
	char class_name[100];
	struct sim_folder *f;
	uint32_t n;
	char *p;

	if (!str_split(&rest, ' ', &address) || !str_split(&rest, ' ', &folder) ||
	    !str_split(&rest, ' ', &bytes) || !num_u32(bytes, &n))
		return err_set(err, ERR_SYNTAX, "deliver ADDRESS FOLDER BYTES [CLASS]");
	str_split(&rest, ' ', &item_class);
	snprintf(class_name, sizeof(class_name), "%.*s", STR_FMT(item_class));
	p = strbuf_space(&mime, n);
	if (!p || !stream_read_exact(&c->stream, p, n, err))
		return err_set(err, ERR_SYNTAX, "message missing");
	strbuf_added(&mime, n);
	pthread_mutex_lock(&sim->lock);
	f = folder_named(sim, address, folder, err);
	if (f) {
		struct sim_mail mail = {
			.mime = strbuf_str(&mime),
			.item_class = item_class.len ? class_name : NULL,
		};

		sim_note_item(sim_mail_add(f, &mail), "NewMailEvent", 0, 0);
	}
	pthread_mutex_unlock(&sim->lock);
	return f != NULL;
}

static bool command(struct connection *c, struct str rest, struct err *err)
{
	struct ewsim *server = c->server;
	struct sim *sim = server->sim;
	struct str verb = STR(""), name = STR("");
	bool ok = true;

	str_split(&rest, ' ', &verb);
	if (str_eq(verb, STR("deliver")))
		return deliver_raw(c, rest, err);
	if (str_eq(verb, STR("quit"))) {
		pthread_mutex_lock(&server->lock);
		server->quit = true;
		pthread_cond_broadcast(&server->quit_changed);
		pthread_mutex_unlock(&server->lock);
		return true;
	}
	pthread_mutex_lock(&sim->lock);
	if (str_eq(verb, STR("set")))
		ok = str_split(&rest, ' ', &name) && control_set(sim, name, rest, err);
	else if (str_eq(verb, STR("rights")))
		ok = set_rights(sim, rest, err);
	else if (str_eq(verb, STR("fault")))
		ok = add_fault(sim, rest, err);
	else if (str_eq(verb, STR("clear")))
		sim->fault_count = 0;
	else if (str_eq(verb, STR("stats")))
		stats(sim, &c->stream);
	else if (str_eq(verb, STR("sent")))
		sent(sim, &c->stream);
	else if (str_eq(verb, STR("reset-stats")))
		sim->stat_count = sim->requests = 0;
	else if (str_eq(verb, STR("save")))
		ok = server->state_file ? state_save(sim, server->state_file, err)
					: err_set(err, ERR_STATE, "no --state FILE");
	else if (str_eq(verb, STR("expire-subscriptions")))
		sim->subscription_count = 0;
	else
		ok = err_set(err, ERR_SYNTAX, "no command '%.*s'", STR_FMT(verb));
	pthread_mutex_unlock(&sim->lock);
	return ok;
}

void control_serve(struct connection *c)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(1000);
	struct err err;

	while (stream_read_line(&c->stream, 1000, &line, NULL)) {
		err = (struct err){ 0 };
		if (command(c, strbuf_str(&line), &err))
			stream_write(&c->stream, STR("ok\n"));
		else
			stream_writef(&c->stream, "error %s\n", err.text);
		if (!stream_flush(&c->stream, NULL))
			return;
		strbuf_reset(&line);
	}
}
