/* The control port of docs/ewsim.md: one command a line, "ok" or "error TEXT" at the end.
 */
#include "tests/ewsim/arrive.h"
#include "tests/ewsim/autodiscover.h"
#include "tests/ewsim/faults.h"

#include "base/mem.h"
#include "base/num.h"

static void stats(struct sim *sim, struct stream *out)
{
	size_t items = 0;

	for (size_t i = 0; i < sim->stat_count; i++)
		stream_writef(out, "%s %llu\n", sim->stats[i].operation,
			      (unsigned long long)sim->stats[i].calls);
	for (size_t i = 0; i < sim->item_count; i++)
		items += sim->items[i] != NULL;
	stream_writef(out, "requests %llu\nrefused %llu\nitems %zu\nsubscriptions %zu\n",
		      (unsigned long long)sim->requests, (unsigned long long)sim->refused,
		      items, sim->subscription_count);
}

static void sent(struct sim *sim, struct stream *out)
{
	for (size_t i = 0; i < sim->sent_count; i++)
		stream_writef(out, "sent from=%s to=%s message-id=%s subject=%s\n",
			      sim->sent[i].from, sim->sent[i].to, sim->sent[i].message_id,
			      sim->sent[i].subject);
}

static struct sim_folder *folder_named(struct sim *sim, struct str address,
				       struct str folder, struct err *err)
{
	struct sim_user *u = sim_user_find(sim, address);
	struct sim_folder *f = u ? sim_folder_named(u, folder) : NULL;

	if (!f)
		(void)!err_set(err, ERR_NOT_FOUND, "no such mailbox or folder");
	return f;
}

/* special ADDRESS ID NAME */
static bool add_special(struct sim *sim, struct str rest, struct err *err)
{
	struct str address, id;
	struct sim_folder *f;
	struct sim_user *u;
	char text[256];

	if (!str_split(&rest, ' ', &address) || !str_split(&rest, ' ', &id) || !rest.len)
		return err_set(err, ERR_SYNTAX, "special ADDRESS ID NAME");
	u = sim_user_find(sim, address);
	snprintf(text, sizeof(text), "%.*s", STR_FMT(id));
	if (!u || !sim_special_name(text) || sim_folder_special(u, text))
		return err_set(err, ERR_NOT_FOUND, "no such mailbox or folder");
	id = str_from(sim_special_name(text));
	snprintf(text, sizeof(text), "%.*s", STR_FMT(rest));
	f = sim_folder_add(u, NULL, text, NULL);
	f->special = id.p;
	return true;
}

/* rights ADDRESS NAMES FOLDER */
static bool set_password(struct sim *sim, struct str rest, struct err *err)
{
	struct str address;
	struct sim_user *user;

	if (!str_split(&rest, ' ', &address) || !rest.len)
		return err_set(err, ERR_SYNTAX, "password ADDRESS PASSWORD");
	user = sim_user_find(sim, address);
	if (!user)
		return err_set(err, ERR_NOT_FOUND, "no user '%.*s'", STR_FMT(address));
	free(user->password);
	user->password = mem_strndup(rest.p, rest.len);
	return true;
}

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

/* renew-ids ADDRESS [folders] [keep] */
static bool renew_ids(struct sim *sim, struct str rest, struct err *err)
{
	bool folders = false, keep = false;
	struct str address = STR(""), word;
	struct sim_user *u;

	str_split(&rest, ' ', &address);
	while (str_split(&rest, ' ', &word)) {
		folders = folders || str_eq(word, STR("folders"));
		keep = keep || str_eq(word, STR("keep"));
	}
	u = sim_user_find(sim, address);
	if (!u)
		return err_set(err, ERR_NOT_FOUND, "no such mailbox");
	sim_renew_ids(u, folders, keep);
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

		if (f == sim_folder_special(f->user, "inbox"))
			arrive(f->user, sim_mail_new(f, &mail));
		else
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
		ok = str_split(&rest, ' ', &name) &&
		     settings_set(&sim->settings, name, rest, err);
	else if (str_eq(verb, STR("special")))
		ok = add_special(sim, rest, err);
	else if (str_eq(verb, STR("rights")))
		ok = set_rights(sim, rest, err);
	else if (str_eq(verb, STR("password")))
		ok = set_password(sim, rest, err);
	else if (str_eq(verb, STR("fault")))
		ok = fault_add(sim, rest, err);
	else if (str_eq(verb, STR("faults")))
		fault_list(sim, &c->stream);
	else if (str_eq(verb, STR("clear")))
		sim->fault_count = 0;
	else if (str_eq(verb, STR("settings")))
		settings_list(&sim->settings, &c->stream);
	else if (str_eq(verb, STR("stats")))
		stats(sim, &c->stream);
	else if (str_eq(verb, STR("sent")))
		sent(sim, &c->stream);
	else if (str_eq(verb, STR("reset-stats")))
		sim->stat_count = sim->requests = sim->refused = 0;
	else if (str_eq(verb, STR("save")))
		ok = server->state_file ? state_save(sim, server->state_file, err)
					: err_set(err, ERR_STATE, "no --state FILE");
	else if (str_eq(verb, STR("expire-subscriptions")))
		sim_expire(sim, NULL);
	else if (str_eq(verb, STR("autodiscover")))
		ok = autodiscover_redirect(sim, rest, err);
	else if (str_eq(verb, STR("external-url")))
		snprintf(sim->external_url, sizeof(sim->external_url), "%.*s",
			 STR_FMT(rest));
	else if (str_eq(verb, STR("renew-ids")))
		ok = renew_ids(sim, rest, err);
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
