/*
 * SyncFolderHierarchy and SyncFolderItems. A state holds the user, the folder, the
 * sequence number up to which all is known and, during the first listing (newest first),
 * the article number that was listed last.
 */
#include "tests/ewsim/call.h"

#include "base/base64.h"
#include "base/num.h"

enum { STATE_MAX = 400 };

struct state {
	char kind; /* 'h' or 'i' */
	uint64_t user, folder, seq, cursor; /* cursor 0: the first listing is over */
};

static void state_write(const struct state *s, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(STATE_MAX);

	strbuf_addf(&raw, "ewsim1 %c %llu %llu %llu %llu end", s->kind,
		    (unsigned long long)s->user, (unsigned long long)s->folder,
		    (unsigned long long)s->seq, (unsigned long long)s->cursor);
	strbuf_add(out, STR("<m:SyncState>"));
	base64_encode(strbuf_str(&raw), out);
	strbuf_add(out, STR("</m:SyncState>"));
}

static bool state_read(struct str text, struct state *s)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(STATE_MAX);
	struct str rest, f[7];

	if (text.len > STATE_MAX || !base64_decode(text, &raw, NULL))
		return false;
	rest = strbuf_str(&raw);
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		if (!str_split(&rest, ' ', &f[i]))
			return false;
	s->kind = f[1].len ? *f[1].p : 0;
	return str_eq(f[0], STR("ewsim1")) && num_u64(f[2], &s->user) &&
	       num_u64(f[3], &s->folder) && num_u64(f[4], &s->seq) &&
	       num_u64(f[5], &s->cursor) && str_eq(f[6], STR("end"));
}

/* The state in the request: absent is a fresh one. */
static bool state_get(struct call *c, char kind, uint64_t folder, uint64_t now,
		      struct state *s)
{
	struct str text = x_short(x_child(c->request, "SyncState"));

	if (!text.len) {
		*s = (struct state){ kind, c->user->index, folder, now, UINT32_MAX };
		return true;
	}
	if (state_read(text, s) && s->kind == kind && s->user == c->user->index &&
	    s->folder == folder && s->seq <= c->user->seq)
		return true;
	call_begin(c);
	strbuf_addf(&c->out, "<m:%sResponseMessage ResponseClass=\"Error\">", c->op);
	strbuf_addf(&c->out,
		    "<m:MessageText>The synchronization state data is "
		    "invalid.</m:MessageText>"
		    "<m:ResponseCode>ErrorInvalidSyncStateData</m:ResponseCode>"
		    "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:SyncState/>"
		    "<m:%s>true</m:%s>",
		    kind == 'h' ? "IncludesLastFolderInRange" : "IncludesLastItemInRange",
		    kind == 'h' ? "IncludesLastFolderInRange"
				: "IncludesLastItemInRange");
	call_done(c);
	call_end(c);
	return false;
}

/* First entry behind @seq. */
static size_t log_find(const struct sim_log *log, uint64_t seq)
{
	size_t low = 0, high = log->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (log->list[mid].seq <= seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void hierarchy_changes(struct call *c, const struct folder_shape *shape,
			      const struct sim_folder *root, uint64_t since)
{
	const struct sim_log *log = &c->user->hierarchy;

	for (size_t i = log_find(log, since); i < log->count; i++) {
		const struct sim_change *e = &log->list[i];
		const struct sim_folder *f = c->sim->folders[e->id];
		const char *kind = f->created_seq > since ? "Create" : "Update";

		if (e->op == SIM_OP_DELETE) {
			if (e->created_seq > since)
				continue;
			strbuf_add(&c->out, STR("<t:Delete>"));
			folder_id_write(f, "t:FolderId", &c->out);
			strbuf_add(&c->out, STR("</t:Delete>"));
			continue;
		}
		if (f->gone || f->changed_seq != e->seq || f == root ||
		    !sim_folder_is_below(f, root))
			continue;
		strbuf_addf(&c->out, "<t:%s>", kind);
		folder_write(shape, f, &c->out);
		strbuf_addf(&c->out, "</t:%s>", kind);
	}
}

void op_sync_hierarchy(struct call *c)
{
	CLEANUP(folder_shape_finish) struct folder_shape shape = { 0 };
	const char *code;
	struct sim_folder *root = call_target(c, "SyncFolderId", &code);
	struct state s;
	uint64_t since;

	if (!root && code) {
		call_begin(c);
		call_error(c, code, "The specified folder could not be found.");
		call_end(c);
		return;
	}
	if (!root)
		root = sim_folder_special(c->user, "root");
	folder_shape_read(x_child(c->request, "FolderShape"), &shape);
	if (!state_get(c, 'h', root->id, 0, &s))
		return;
	since = s.seq;
	s.seq = c->user->seq;
	call_begin(c);
	call_ok(c);
	state_write(&s, &c->out);
	strbuf_add(&c->out,
		   STR("<m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"
		       "<m:Changes>"));
	hierarchy_changes(c, &shape, root, since);
	strbuf_add(&c->out, STR("</m:Changes>"));
	call_done(c);
	call_end(c);
}

static void item_change(struct call *c, const struct shape *shape, struct sim_item *item,
			const char *kind)
{
	struct sim_ref ref = { item, false, 0 };

	call_listed(c, item);
	strbuf_addf(&c->out, "<t:%s>", kind);
	(void)!shape_write(shape, &ref, &c->out);
	strbuf_addf(&c->out, "</t:%s>", kind);
}

static size_t slots_below(const struct sim_folder *f, uint64_t article)
{
	size_t low = 0, high = f->slot_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->slots[mid].article < article)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The first listing, newest first. Return: everything has been listed. */
static bool list_items(struct call *c, const struct shape *shape, struct sim_folder *f,
		       struct state *s, uint32_t max)
{
	size_t i = slots_below(f, s->cursor);

	while (i && max) {
		const struct sim_slot *slot = &f->slots[--i];

		if (!slot->item || slot->item->created_seq > s->seq)
			continue;
		item_change(c, shape, slot->item, "Create");
		s->cursor = slot->article;
		max--;
	}
	while (i && !f->slots[i - 1].item)
		i--;
	if (i == 0)
		s->cursor = 0;
	return i == 0;
}

static void read_flag_change(struct call *c, struct sim_item *item)
{
	struct sim_ref ref = { item, false, 0 };

	strbuf_add(&c->out, STR("<t:ReadFlagChange>"));
	item_id_write(&ref, "t:ItemId", &c->out);
	x_bool(&c->out, "t:IsRead", item->read);
	strbuf_add(&c->out, STR("</t:ReadFlagChange>"));
}

static void deleted(struct call *c, uint64_t id)
{
	strbuf_add(&c->out, STR("<t:Delete><t:ItemId Id=\""));
	id_write((struct id){ ID_ITEM, id, 0 }, &c->out);
	strbuf_add(&c->out, STR("\" ChangeKey=\""));
	change_key_write(false, 1, &c->out);
	strbuf_add(&c->out, STR("\"/></t:Delete>"));
}

/* What is new behind s->seq. Return: all of it was told. */
static bool list_changes(struct call *c, const struct shape *shape, struct sim_folder *f,
			 struct state *s, uint32_t max)
{
	uint64_t since = s->seq;

	for (size_t i = log_find(&f->log, since); i < f->log.count; i++) {
		const struct sim_change *e = &f->log.list[i];
		struct sim_item *item = sim_item_by_id(c->sim, e->id);

		if (!max)
			return false;
		s->seq = e->seq;
		if (e->op == SIM_OP_DELETE && e->created_seq <= since) {
			deleted(c, e->id);
			max--;
		} else if (e->op != SIM_OP_DELETE && item &&
			   item->changed_seq == e->seq) {
			if (item->created_seq > since)
				item_change(c, shape, item, "Create");
			else if (item->content_seq > since ||
				 item->kind == SIM_CALENDAR_ITEM)
				item_change(c, shape, item, "Update");
			else
				read_flag_change(c, item);
			max--;
		}
	}
	s->seq = c->user->seq;
	return true;
}

void op_sync_items(struct call *c)
{
	CLEANUP(shape_finish) struct shape shape = { 0 };
	const char *code;
	struct sim_folder *f = call_target(c, "SyncFolderId", &code);
	struct state s;
	uint32_t max = 0;
	bool last;
	size_t at;

	shape_read(x_child(c->request, "ItemShape"), &shape);
	shape.find = true;
	if (!num_u32(x_short(x_child(c->request, "MaxChangesReturned")), &max) ||
	    max < 1 || max > 512) {
		call_fail(c, "ErrorSchemaValidation",
			  "MaxChangesReturned is out of range.");
		return;
	}
	max = (uint32_t)MIN_OF((int64_t)max, c->sim->settings.max_sync_page);
	if (f)
		code = shape.mime ? "ErrorInvalidPropertyForOperation"
				  : call_denied(f, SIM_RIGHT_READ);
	if (!f || code) {
		call_begin(c);
		call_error(c, code ? code : "ErrorSyncFolderNotFound", "Not possible.");
		call_end(c);
		return;
	}
	if (!state_get(c, 'i', f->id, c->user->seq, &s))
		return;
	call_begin(c);
	call_ok(c);
	at = c->out.len; /* the state goes before the changes */
	if (s.cursor)
		last = list_items(c, &shape, f, &s, max) && s.seq == c->user->seq;
	else
		last = list_changes(c, &shape, f, &s, max);
	{
		CLEANUP(strbuf_finish) struct strbuf changes = STRBUF(256 << 20);

		strbuf_add(&changes, str_sub(strbuf_str(&c->out), at, c->out.len));
		strbuf_cut(&c->out, at);
		state_write(&s, &c->out);
		x_bool(&c->out, "m:IncludesLastItemInRange", last);
		strbuf_add(&c->out, STR("<m:Changes>"));
		strbuf_add(&c->out, strbuf_str(&changes));
		strbuf_add(&c->out, STR("</m:Changes>"));
	}
	call_done(c);
	call_end(c);
}
