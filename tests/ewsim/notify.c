/*
 * What happened, for subscriptions: one list a user, trimmed at the front. Pull and
 * streaming subscriptions read it from where they stopped.
 */
#include "tests/ewsim/call.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"

enum { KEEP = 20000, MAX_EVENTS = 50 };

static const char *const kinds[] = { "CopiedEvent",	    "CreatedEvent",
				     "DeletedEvent",	    "ModifiedEvent",
				     "MovedEvent",	    "NewMailEvent",
				     "FreeBusyChangedEvent" };

static void add(struct sim_user *u, struct sim_event_note note)
{
	if (u->note_count >= 2 * KEEP) {
		memmove(u->notes, u->notes + KEEP,
			(u->note_count - KEEP) * sizeof(*u->notes));
		u->note_count -= KEEP;
	}
	note.seq = ++u->seq;
	note.time = sim_now(u->sim);
	note.due_ms = clock_mono_ms() + u->sim->settings.notify_delay_ms;
	u->notes = mem_grow(u->notes, u->note_count, &u->note_capacity,
			    sizeof(*u->notes));
	u->notes[u->note_count++] = note;
	pthread_cond_broadcast(&u->sim->changed);
}

void sim_note_item(const struct sim_item *item, const char *kind, uint64_t old_item,
		   uint64_t old_folder)
{
	const struct sim_folder *f = item->folder;
	struct sim_event_note n = { .kind = kind,
				    .item = item->id,
				    .folder = f->id,
				    .old_item = old_item,
				    .old_folder = old_folder };

	add(f->user, n);
	add(f->user, (struct sim_event_note){ .kind = "ModifiedEvent",
					      .folder = f->id,
					      .parent = f->parent ? f->parent->id : f->id,
					      .is_folder = true,
					      .unread = f->unread });
}

void sim_note_folder(const struct sim_folder *f, const char *kind, uint64_t old_folder)
{
	add(f->user, (struct sim_event_note){ .kind = kind,
					      .folder = f->id,
					      .old_folder = old_folder,
					      .parent = f->parent ? f->parent->id : f->id,
					      .is_folder = true,
					      .unread = f->unread });
}

static bool wanted(const struct sim_subscription *s, const struct sim_event_note *n)
{
	bool kind = false;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		kind = kind || ((s->events & 1u << i) && strcmp(n->kind, kinds[i]) == 0);
	if (!kind)
		return false;
	if (s->all_folders)
		return true;
	for (size_t i = 0; i < s->folder_count; i++)
		if (s->folders[i] == n->folder || s->folders[i] == n->old_folder ||
		    (n->is_folder && s->folders[i] == n->parent))
			return true;
	return false;
}

static void id_element(struct strbuf *out, const char *element, enum id_kind kind,
		       uint64_t number)
{
	strbuf_addf(out, "<t:%s Id=\"", element);
	id_write((struct id){ kind, number, 0 }, out);
	strbuf_add(out, kind == ID_FOLDER ? STR("\" ChangeKey=\"AQAAAA==\"/>")
					  : STR("\" ChangeKey=\"CQAAAA==\"/>"));
}

static void write_note(const struct sim_event_note *n, bool watermark, struct strbuf *out)
{
	strbuf_addf(out, "<t:%s>", n->kind);
	if (watermark)
		strbuf_addf(out, "<t:Watermark>%016llx</t:Watermark>",
			    (unsigned long long)n->seq);
	x_time(out, "t:TimeStamp", n->time);
	if (n->is_folder)
		id_element(out, "FolderId", ID_FOLDER, n->folder);
	else
		id_element(out, "ItemId", ID_ITEM, n->item);
	id_element(out, "ParentFolderId", ID_FOLDER,
		   n->is_folder ? n->parent : n->folder);
	if (strcmp(n->kind, "MovedEvent") == 0 || strcmp(n->kind, "CopiedEvent") == 0) {
		if (n->is_folder)
			id_element(out, "OldFolderId", ID_FOLDER, n->folder);
		else
			id_element(out, "OldItemId", ID_ITEM, n->old_item);
		id_element(out, "OldParentFolderId", ID_FOLDER, n->old_folder);
	}
	if (strcmp(n->kind, "ModifiedEvent") == 0 && n->is_folder)
		x_int(out, "t:UnreadCount", (int64_t)n->unread);
	strbuf_addf(out, "</t:%s>", n->kind);
}

/* Two that belong together, the other way round. */
static void swap_pair(struct sim_event_note *a, struct sim_event_note *b)
{
	struct sim_event_note t = *a;

	*a = *b;
	*b = t;
}

/* As the settings want it: doubled, out of order, some lost. */
static void write_notes(const struct sim_settings *set, struct sim_event_note *list,
			size_t count, bool watermark, struct strbuf *out)
{
	for (size_t i = 0; set->notify_reorder && i + 1 < count; i += 2)
		swap_pair(&list[i], &list[i + 1]);
	for (size_t i = 0; i < count; i++) {
		if (set->notify_lose && list[i].seq % (uint64_t)set->notify_lose == 0)
			continue;
		write_note(&list[i], watermark, out);
		if (set->notify_repeat)
			write_note(&list[i], watermark, out);
	}
}

/* Events that are due for @s, at most MAX_EVENTS. Return: how many. */
static size_t take(struct sim_subscription *s, bool watermark, struct strbuf *out,
		   bool *more_r)
{
	struct sim_user *u = s->user;
	int64_t now = clock_mono_ms();
	size_t given = 0, i = u->note_count, before = out->len;
	struct sim_event_note list[MAX_EVENTS];

	*more_r = false;
	while (i && u->notes[i - 1].seq > s->seq)
		i--;
	for (; i < u->note_count && u->notes[i].due_ms <= now; i++) {
		if (given == MAX_EVENTS) {
			*more_r = true;
			break;
		}
		s->seq = u->notes[i].seq;
		if (!wanted(s, &u->notes[i]))
			continue;
		list[given++] = u->notes[i];
	}
	write_notes(&u->sim->settings, list, given, watermark, out);
	return out->len > before ? given : 0;
}

static struct sim_subscription *find(struct call *c, struct str text)
{
	struct id id;

	if (!id_read(text, &id) || id.kind != ID_SUBSCRIPTION)
		return NULL;
	for (size_t i = 0; i < c->sim->subscription_count; i++)
		if (c->sim->subscriptions[i].id == id.number &&
		    c->sim->subscriptions[i].user == c->user)
			return &c->sim->subscriptions[i];
	return NULL;
}

static void subscription_id(const struct sim_subscription *s, const char *element,
			    struct strbuf *out)
{
	strbuf_addf(out, "<%s>", element);
	id_write((struct id){ ID_SUBSCRIPTION, s->id, 0 }, out);
	strbuf_addf(out, "</%s>", element);
}

static const char *read_request(struct call *c, const xmlNode *request,
				struct sim_subscription *s)
{
	const char *code;

	s->all_folders = x_true(x_attr(request, "SubscribeToAllFolders"));
	for (const xmlNode *n = x_first(x_child(request, "FolderIds")); n;
	     n = x_next(n)) {
		const struct sim_folder *f = call_folder(c, n, &code);

		if (!f)
			return code;
		s->folders = mem_resize(s->folders, s->folder_count + 1,
					sizeof(*s->folders));
		s->folders[s->folder_count++] = f->id;
	}
	for (const xmlNode *n = x_first(x_child(request, "EventTypes")); n; n = x_next(n))
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (str_eq(x_short(n), str_from(kinds[i])))
				s->events |= 1u << i;
	return NULL;
}

static bool too_many(const struct call *c)
{
	int64_t count = 1;

	for (size_t i = 0; i < c->sim->subscription_count; i++)
		count += c->sim->subscriptions[i].user == c->user;
	return c->sim->settings.max_subscriptions &&
	       count > c->sim->settings.max_subscriptions;
}

void op_subscribe(struct call *c)
{
	const xmlNode *request = x_first(c->request);
	bool streaming = x_is(request, "StreamingSubscriptionRequest");
	struct sim_subscription s = { .user = c->user,
				      .streaming = streaming,
				      .seq = c->user->seq };
	const char *code = read_request(c, request, &s);

	if (!streaming && !x_is(request, "PullSubscriptionRequest"))
		code = "ErrorInvalidSubscriptionRequest";
	if (streaming && !c->sim->settings.streaming)
		code = "ErrorInvalidOperation";
	if (!code && too_many(c))
		code = "ErrorExceededSubscriptionCount";
	call_begin(c);
	if (code) {
		free(s.folders);
		call_error(c, code, "The subscription is not possible.");
		call_end(c);
		return;
	}
	s.id = ++c->sim->next_subscription;
	c->sim->subscriptions = mem_resize(c->sim->subscriptions,
					   c->sim->subscription_count + 1, sizeof(s));
	c->sim->subscriptions[c->sim->subscription_count++] = s;
	call_ok(c);
	subscription_id(&s, "m:SubscriptionId", &c->out);
	if (!streaming)
		strbuf_addf(&c->out, "<m:Watermark>%016llx</m:Watermark>",
			    (unsigned long long)s.seq);
	call_done(c);
	call_end(c);
}

static void forget(struct sim *sim, size_t index)
{
	free(sim->subscriptions[index].folders);
	sim->subscriptions[index] = sim->subscriptions[--sim->subscription_count];
}

void op_unsubscribe(struct call *c)
{
	struct sim_subscription *s = find(c,
					  x_short(x_child(c->request, "SubscriptionId")));

	call_begin(c);
	if (s) {
		forget(c->sim, (size_t)(s - c->sim->subscriptions));
		call_ok(c);
		call_done(c);
		pthread_cond_broadcast(&c->sim->changed);
	} else {
		call_error(c, "ErrorSubscriptionNotFound", "No such subscription.");
	}
	call_end(c);
}

void op_get_events(struct call *c)
{
	struct sim_subscription *s = find(c,
					  x_short(x_child(c->request, "SubscriptionId")));
	CLEANUP(strbuf_finish) struct strbuf events = STRBUF(1 << 20);
	struct str mark = x_short(x_child(c->request, "Watermark"));
	uint64_t from;
	bool more;

	call_begin(c);
	if (!s || s->streaming || !num_hex_u64(mark, &from)) {
		call_error(c, !s ? "ErrorSubscriptionNotFound" : "ErrorInvalidWatermark",
			   "The events cannot be read.");
		call_end(c);
		return;
	}
	s->seq = from;
	if (!take(s, true, &events, &more))
		strbuf_addf(&events,
			    "<t:StatusEvent><t:Watermark>%016llx</t:Watermark></"
			    "t:StatusEvent>",
			    (unsigned long long)s->seq);
	call_ok(c);
	strbuf_add(&c->out, STR("<m:Notification>"));
	subscription_id(s, "t:SubscriptionId", &c->out);
	strbuf_addf(&c->out, "<t:PreviousWatermark>%.*s</t:PreviousWatermark>",
		    STR_FMT(mark));
	x_bool(&c->out, "t:MoreEvents", more);
	strbuf_add(&c->out, strbuf_str(&events));
	strbuf_add(&c->out, STR("</m:Notification>"));
	call_done(c);
	call_end(c);
}

void op_get_streaming_events(struct call *c)
{
	const xmlNode *ids = x_child(c->request, "SubscriptionIds");
	CLEANUP(strbuf_finish) struct strbuf bad = STRBUF(1 << 20);
	uint32_t minutes = 1;

	(void)!num_u32(x_short(x_child(c->request, "ConnectionTimeout")), &minutes);
	for (const xmlNode *n = x_first(ids); n; n = x_next(n)) {
		struct sim_subscription *s = find(c, x_short(n));

		if (!s || !s->streaming)
			x_text(&bad, "t:SubscriptionId", x_short(n));
		else if (c->stream_count < ARRAY_LEN(c->stream_ids))
			c->stream_ids[c->stream_count++] = s->id;
	}
	if (!bad.len) {
		c->stream = true;
		c->stream_minutes = (int)MIN_OF(MAX_OF(minutes, 1u), 30u);
		return;
	}
	call_begin(c);
	strbuf_addf(
		&c->out,
		"<m:GetStreamingEventsResponseMessage ResponseClass=\"Error\">"
		"<m:MessageText>One or more subscriptions do not exist.</m:MessageText>"
		"<m:ResponseCode>ErrorSubscriptionNotFound</m:ResponseCode>"
		"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
		"<m:ErrorSubscriptionIds>%s</m:ErrorSubscriptionIds>",
		strbuf_cstr(&bad));
	call_done(c);
	call_end(c);
}

void stream_document(struct call *c, bool first, bool closing, bool *any_r)
{
	CLEANUP(strbuf_finish) struct strbuf all = STRBUF(16 << 20);
	struct sim *sim = c->sim;

	for (size_t i = 0; i < c->stream_count; i++)
		for (size_t k = 0; k < sim->subscription_count; k++) {
			struct sim_subscription *s = &sim->subscriptions[k];
			CLEANUP(strbuf_finish) struct strbuf events = STRBUF(1 << 20);
			bool more;

			if (s->id != c->stream_ids[i] || !take(s, false, &events, &more))
				continue;
			strbuf_add(&all, STR("<m:Notification>"));
			subscription_id(s, "t:SubscriptionId", &all);
			strbuf_add(&all, strbuf_str(&events));
			strbuf_add(&all, STR("</m:Notification>"));
		}
	*any_r = all.len > 0;
	strbuf_reset(&c->out);
	call_begin(c);
	call_ok(c);
	if (all.len)
		strbuf_addf(&c->out, "<m:Notifications>%s</m:Notifications>",
			    strbuf_cstr(&all));
	if (first || closing || !all.len)
		x_text(&c->out, "m:ConnectionStatus",
		       closing ? STR("Closed") : STR("OK"));
	call_done(c);
	call_end(c);
}

void sim_expire(struct sim *sim, const struct sim_user *user)
{
	for (size_t i = sim->subscription_count; i-- > 0;)
		if (!user || sim->subscriptions[i].user == user)
			forget(sim, i);
	pthread_cond_broadcast(&sim->changed);
}

static struct sim_subscription *by_number(struct sim *sim, uint64_t id)
{
	for (size_t i = 0; i < sim->subscription_count; i++)
		if (sim->subscriptions[i].id == id)
			return &sim->subscriptions[i];
	return NULL;
}

bool stream_lost(const struct call *c)
{
	for (size_t i = 0; i < c->stream_count; i++)
		if (!by_number(c->sim, c->stream_ids[i]))
			return true;
	return false;
}

void stream_expire(struct call *c)
{
	bool lost = stream_lost(c);

	strbuf_reset(&c->out);
	call_begin(c);
	strbuf_addf(&c->out,
		    "<m:GetStreamingEventsResponseMessage ResponseClass=\"Error\">"
		    "<m:MessageText>The subscription is gone.</m:MessageText>"
		    "<m:ResponseCode>%s</m:ResponseCode>"
		    "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
		    "<m:ErrorSubscriptionIds>",
		    lost ? "ErrorSubscriptionNotFound" : "ErrorExpiredSubscription");
	for (size_t i = 0; i < c->stream_count; i++) {
		struct sim_subscription *s = by_number(c->sim, c->stream_ids[i]);

		if (lost && s)
			continue;
		strbuf_add(&c->out, STR("<t:SubscriptionId>"));
		id_write((struct id){ ID_SUBSCRIPTION, c->stream_ids[i], 0 }, &c->out);
		strbuf_add(&c->out, STR("</t:SubscriptionId>"));
		if (s)
			forget(c->sim, (size_t)(s - c->sim->subscriptions));
	}
	strbuf_add(&c->out, STR("</m:ErrorSubscriptionIds>"));
	call_done(c);
	call_end(c);
}
