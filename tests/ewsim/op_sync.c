/*
 * SyncFolderHierarchy and SyncFolderItems. A state holds the user, the folder, the
 * sequence number up to which all is known and, during the first listing (newest first),
 * the place that was listed last.
 */
#include "tests/ewsim/call.h"

#include "base/base64.h"
#include "base/num.h"

enum { STATE_MAX = 400, PADDED_MAX = 4 << 20 };

struct state {
	char kind; /* 'h' or 'i' */
	bool paused; /* an empty page was given, and this is where it goes on */
	uint64_t user, folder, seq, cursor; /* cursor 0: the first listing is over */
};

/* Who the mailbox is, and how often it was moved. */
static uint64_t owner(const struct call *c)
{
	return (uint64_t)c->user->moves << 32 | c->user->index;
}

static void state_write(const struct call *c, const struct state *s, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(PADDED_MAX);

	strbuf_addf(&raw, "ewsim1 %c%s %llu %llu %llu %llu end", s->kind,
		    s->paused ? "p" : "", (unsigned long long)s->user,
		    (unsigned long long)s->folder, (unsigned long long)s->seq,
		    (unsigned long long)s->cursor);
	while (raw.len < (size_t)c->sim->settings.sync_state_bytes)
		strbuf_add(&raw, STR(" padding"));
	strbuf_add(out, STR("<m:SyncState>"));
	base64_encode(strbuf_str(&raw), out);
	strbuf_add(out, STR("</m:SyncState>"));
}

static bool state_read(struct str text, struct state *s)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(PADDED_MAX);
	struct str rest, f[7];

	if (text.len > PADDED_MAX || !base64_decode(text, &raw, NULL))
		return false;
	rest = strbuf_str(&raw);
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		if (!str_split(&rest, ' ', &f[i]))
			return false;
	s->kind = f[1].len ? *f[1].p : 0;
	s->paused = f[1].len == 2;
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
		*s = (struct state){ kind, false, owner(c), folder, now, UINT32_MAX };
		return true;
	}
	if (state_read(text, s) && s->kind == kind && s->user == owner(c) &&
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

static void hierarchy_change(struct call *c, const struct folder_shape *shape,
			     const struct sim_folder *root, uint64_t since,
			     const struct sim_change *e)
{
	const struct sim_folder *f = sim_folder_by_id(c->sim, e->id);
	const char *kind = f && f->created_seq > since ? "Create" : "Update";

	if (e->op == SIM_OP_DELETE) {
		if (e->created_seq > since)
			return;
		strbuf_add(&c->out, STR("<t:Delete>"));
		folder_id_element(e->id, "t:FolderId", 1, &c->out);
		strbuf_add(&c->out, STR("</t:Delete>"));
		return;
	}
	if (!f || f->changed_seq != e->seq || f == root || !sim_folder_is_below(f, root))
		return;
	strbuf_addf(&c->out, "<t:%s>", kind);
	folder_write(shape, f, &c->out);
	strbuf_addf(&c->out, "</t:%s>", kind);
}

/* In order; or the other way round, so that children come first, and each twice. */
static void hierarchy_changes(struct call *c, const struct folder_shape *shape,
			      const struct sim_folder *root, uint64_t since)
{
	const struct sim_log *log = &c->user->hierarchy;
	bool odd = c->sim->settings.hierarchy_shuffled;
	size_t first = log_find(log, since);

	for (size_t i = first; i < log->count; i++) {
		size_t at = odd ? log->count - 1 - (i - first) : i;

		hierarchy_change(c, shape, root, since, &log->list[at]);
		if (odd)
			hierarchy_change(c, shape, root, since, &log->list[at]);
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
	state_write(c, &s, &c->out);
	strbuf_add(&c->out,
		   STR("<m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"
		       "<m:Changes>"));
	hierarchy_changes(c, &shape, root, since);
	strbuf_add(&c->out, STR("</m:Changes>"));
	call_done(c);
	call_end(c);
}

static void one_change(struct call *c, const struct shape *shape, struct sim_item *item,
		       const char *kind)
{
	struct sim_ref ref = { item, false, 0 };

	strbuf_addf(&c->out, "<t:%s>", kind);
	if (c->sim->settings.sync_omits == OMIT_ALL) {
		strbuf_addf(&c->out, "<t:%s>", sim_kind_name(item->kind));
		item_id_write(&ref, "t:ItemId", &c->out);
		strbuf_addf(&c->out, "</t:%s>", sim_kind_name(item->kind));
	} else {
		(void)!shape_write(shape, &ref, &c->out);
	}
	strbuf_addf(&c->out, "</t:%s>", kind);
}

static void item_change(struct call *c, const struct shape *shape, struct sim_item *item,
			const char *kind)
{
	call_listed(c, item);
	one_change(c, shape, item, kind);
	if (c->sim->settings.sync_repeats)
		one_change(c, shape, item, "Update");
}

static void item_id_element(struct call *c, uint64_t id)
{
	strbuf_add(&c->out, STR("<t:ItemId Id=\""));
	id_write((struct id){ ID_ITEM, id, 0 }, &c->out);
	strbuf_add(&c->out, STR("\" ChangeKey=\""));
	change_key_write(false, 1, &c->out);
	strbuf_add(&c->out, STR("\"/>"));
}

/* An item that is reported again and again and cannot be had. */
static void ghost(struct call *c, const struct sim_folder *f)
{
	strbuf_add(&c->out, STR("<t:Create><t:Message>"));
	item_id_element(c, (1ull << 40) + f->id);
	strbuf_add(&c->out, STR("</t:Message></t:Create>"));
}

static size_t slots_below(const struct sim_folder *f, uint64_t place)
{
	size_t low = 0, high = f->slot_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->slots[mid].place < place)
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
		s->cursor = slot->place;
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

static void deleted(struct call *c, const struct sim_change *e)
{
	if (e->op == SIM_OP_TRASH && c->sim->settings.trash_as_update) {
		strbuf_add(&c->out, STR("<t:Update><t:Message>"));
		item_id_element(c, e->id);
		strbuf_add(&c->out, STR("</t:Message></t:Update>"));
		return;
	}
	strbuf_add(&c->out, STR("<t:Delete>"));
	item_id_element(c, e->id);
	strbuf_add(&c->out, STR("</t:Delete>"));
}

/* Never told of: only who lists the folder again finds it. */
static bool is_lost(const struct call *c, const struct sim_item *item)
{
	int64_t every = c->sim->settings.sync_loses;

	return every > 0 && item->id % (uint64_t)every == 0;
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
		if (e->op >= SIM_OP_DELETE && e->created_seq <= since) {
			deleted(c, e);
			max--;
		} else if (e->op < SIM_OP_DELETE && item && item->folder == f &&
			   item->changed_seq == e->seq) {
			if (item->created_seq > since && is_lost(c, item))
				continue;
			if (item->created_seq > since)
				item_change(c, shape, item, "Create");
			else if (item->content_seq > since ||
				 item->kind == SIM_CALENDAR_ITEM ||
				 !c->sim->settings.read_flag_change)
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

	shape_read(x_child(c->request, "ItemShape"), &c->sim->settings, &shape);
	shape.find = c->sim->settings.sync_omits != OMIT_NOTHING;
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
	if (c->sim->settings.sync_empty_pages && !s.paused)
		last = false;
	else if (s.cursor)
		last = list_items(c, &shape, f, &s, max) && s.seq == c->user->seq;
	else
		last = list_changes(c, &shape, f, &s, max);
	{
		CLEANUP(strbuf_finish) struct strbuf changes = STRBUF(256 << 20);

		s.paused = c->sim->settings.sync_empty_pages && !s.paused;
		if (c->sim->settings.sync_ghosts && c->out.len > at)
			ghost(c, f);
		strbuf_add(&changes, str_sub(strbuf_str(&c->out), at, c->out.len));
		strbuf_cut(&c->out, at);
		state_write(c, &s, &c->out);
		x_bool(&c->out, "m:IncludesLastItemInRange", last);
		strbuf_add(&c->out, STR("<m:Changes>"));
		strbuf_add(&c->out, strbuf_str(&changes));
		strbuf_add(&c->out, STR("</m:Changes>"));
	}
	call_done(c);
	call_end(c);
}
