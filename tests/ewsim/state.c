/*
 * The state file: the whole model as a list of tokens, each a text with its length
 * before it ("5:hello") or a number ("i42;"), in the order in which save and load walk.
 * It keeps ids, sequence numbers and logs, so that clients go on where they were.
 */
#include "tests/ewsim/server.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/xml.h"

enum { MAX_STATE = 2000000000, VERSION = 3 };

struct reader {
	struct str rest;
	bool failed;
};

static void put(struct strbuf *out, int64_t n)
{
	strbuf_addf(out, "i%lld;", (long long)n);
}

static void put_bytes(struct strbuf *out, struct str s)
{
	if (!s.p) {
		strbuf_addc(out, 'n');
		return;
	}
	strbuf_addf(out, "s%zu:", s.len);
	strbuf_add(out, s);
}

static void put_text(struct strbuf *out, const char *text)
{
	put_bytes(out, str_from(text));
}

static int64_t get(struct reader *r)
{
	struct str n;
	int64_t v = 0;

	if (r->failed || !r->rest.len || *r->rest.p != 'i' ||
	    !str_split(&r->rest, ';', &n) || !num_i64(str_sub(n, 1, n.len), &v))
		r->failed = true;
	return r->failed ? 0 : v;
}

/* A count of things that each need at least one byte. */
static size_t get_count(struct reader *r)
{
	int64_t n = get(r);

	if (n < 0 || (uint64_t)n > r->rest.len)
		r->failed = true;
	return r->failed ? 0 : (size_t)n;
}

static struct str get_bytes(struct reader *r)
{
	struct str n, s;
	uint64_t len = 0;

	if (!r->failed && r->rest.len && *r->rest.p == 'n') {
		r->rest = str_sub(r->rest, 1, r->rest.len);
		return STR_NONE;
	}
	if (r->failed || !r->rest.len || *r->rest.p != 's' ||
	    !str_split(&r->rest, ':', &n) || !num_u64(str_sub(n, 1, n.len), &len) ||
	    len > r->rest.len) {
		r->failed = true;
		return STR_NONE;
	}
	s = str_sub(r->rest, 0, (size_t)len);
	r->rest = str_sub(r->rest, (size_t)len, r->rest.len);
	return s;
}

static char *get_text(struct reader *r)
{
	struct str s = get_bytes(r);

	return s.p ? mem_strndup(s.p, s.len) : NULL;
}

static void put_log(struct strbuf *out, const struct sim_log *log)
{
	put(out, (int64_t)log->count);
	for (size_t i = 0; i < log->count; i++) {
		put(out, (int64_t)log->list[i].seq);
		put(out, (int64_t)log->list[i].id);
		put(out, (int64_t)log->list[i].created_seq);
		put(out, log->list[i].op);
	}
}

static void get_log(struct reader *r, struct sim_log *log)
{
	size_t n = get_count(r);

	log->list = mem_resize(log->list, n, sizeof(*log->list));
	log->count = log->capacity = n;
	for (size_t i = 0; i < n; i++) {
		log->list[i].seq = (uint64_t)get(r);
		log->list[i].id = (uint64_t)get(r);
		log->list[i].created_seq = (uint64_t)get(r);
		log->list[i].op = (enum sim_op)get(r);
	}
}

static void put_props(struct strbuf *out, const struct sim_prop *props, size_t count)
{
	put(out, (int64_t)count);
	for (size_t i = 0; i < count; i++) {
		put_text(out, props[i].key);
		put(out, (int64_t)props[i].count);
		for (size_t k = 0; k < props[i].count; k++)
			put_text(out, props[i].values[k]);
	}
}

static void get_props(struct reader *r, struct sim_prop **props, size_t *count)
{
	size_t n = get_count(r);

	for (size_t i = 0; i < n && !r->failed; i++) {
		char *key = get_text(r);
		size_t values = get_count(r);
		char **list = mem_array(values, sizeof(*list));

		for (size_t k = 0; k < values; k++)
			list[k] = get_text(r);
		if (key)
			sim_prop_add(props, count, key, list, values);
		free(key);
	}
}

static void put_date(struct strbuf *out, struct sim_date d)
{
	put(out, d.year);
	put(out, d.month);
	put(out, d.day);
}

static struct sim_date get_date(struct reader *r)
{
	struct sim_date d;

	d.year = (int)get(r);
	d.month = (int)get(r);
	d.day = (int)get(r);
	return d;
}

static void put_item(struct strbuf *out, const struct sim_item *item);
static struct sim_item *get_item(struct reader *r, int depth);

static void put_cal(struct strbuf *out, const struct sim_cal *c)
{
	const int64_t numbers[] = {
		c->start,	 c->end,	  c->all_day,		c->original,
		c->cancelled,	 c->times_set,	  c->sequence,		c->rec.pattern,
		c->rec.interval, c->rec.weekdays, c->rec.first_weekday, c->rec.day,
		c->rec.nth,	 c->rec.month,	  c->rec.count
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		put(out, numbers[i]);
	put_date(out, c->rec.start);
	put_date(out, c->rec.until);
	put_text(out, c->start_zone);
	put_text(out, c->end_zone);
	put(out, (int64_t)c->deleted_count);
	for (size_t i = 0; i < c->deleted_count; i++)
		put(out, c->deleted[i]);
	put(out, (int64_t)c->exception_count);
	for (size_t i = 0; i < c->exception_count; i++)
		put_item(out, c->exceptions[i]);
}

static struct sim_cal *get_cal(struct reader *r, int depth)
{
	struct sim_cal *c = mem_alloc(sizeof(*c));
	size_t n;

	c->start = get(r);
	c->end = get(r);
	c->all_day = get(r);
	c->original = get(r);
	c->cancelled = get(r);
	c->times_set = get(r);
	c->sequence = (int)get(r);
	c->rec.pattern = (enum sim_pattern)get(r);
	c->rec.interval = (int)get(r);
	c->rec.weekdays = (unsigned)get(r);
	c->rec.first_weekday = (int)get(r);
	c->rec.day = (int)get(r);
	c->rec.nth = (int)get(r);
	c->rec.month = (int)get(r);
	c->rec.count = (int)get(r);
	c->rec.start = get_date(r);
	c->rec.until = get_date(r);
	c->start_zone = get_text(r);
	c->end_zone = get_text(r);
	n = get_count(r);
	c->deleted = mem_array(n, sizeof(*c->deleted));
	while (c->deleted_count < n)
		c->deleted[c->deleted_count++] = get(r);
	n = get_count(r);
	c->exceptions = mem_array(n, sizeof(*c->exceptions));
	while (c->exception_count < n && !r->failed)
		c->exceptions[c->exception_count++] = get_item(r, depth + 1);
	return c;
}

static void put_item(struct strbuf *out, const struct sim_item *item)
{
	const int64_t numbers[] = { (int64_t)item->id,
				    item->kind,
				    item->place,
				    item->article,
				    item->change,
				    (int64_t)item->created_seq,
				    (int64_t)item->changed_seq,
				    (int64_t)item->content_seq,
				    item->read,
				    item->draft,
				    item->from_me,
				    item->broken_mime | item->receipt_done << 1,
				    item->flag,
				    item->last_verb,
				    item->received,
				    item->sent,
				    item->created,
				    item->modified,
				    item->generated };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		put(out, numbers[i]);
	put_bytes(out,
		  str_make((const char *)item->search_key, sizeof(item->search_key)));
	put_text(out, item->item_class);
	put_bytes(out, item->octets ? strbuf_str(&item->octets->bytes) : STR_NONE);
	put(out, (int64_t)item->field_count);
	for (size_t i = 0; i < item->field_count; i++) {
		put_text(out, item->fields[i].name);
		put_text(out, item->fields[i].xml);
	}
	put_props(out, item->props, item->prop_count);
	put(out, (int64_t)item->attachment_count);
	for (size_t i = 0; i < item->attachment_count; i++) {
		const struct sim_attachment *a = &item->attachments[i];

		put(out, (int64_t)a->id);
		put_text(out, a->name);
		put_text(out, a->type);
		put_text(out, a->content_id);
		put(out, a->is_inline);
		put_bytes(out, strbuf_str(&a->content));
		put(out, a->item != NULL);
		if (a->item)
			put_item(out, a->item);
	}
	put(out, item->cal != NULL);
	if (item->cal)
		put_cal(out, item->cal);
}

static void get_attachments(struct reader *r, struct sim_item *item, int depth)
{
	size_t n = get_count(r);

	item->attachments = mem_array(n, sizeof(*item->attachments));
	while (item->attachment_count < n && !r->failed) {
		struct sim_attachment *a = &item->attachments[item->attachment_count++];

		a->id = (uint64_t)get(r);
		a->name = get_text(r);
		a->type = get_text(r);
		a->content_id = get_text(r);
		a->is_inline = get(r);
		strbuf_init(&a->content, 256 << 20);
		strbuf_add(&a->content, get_bytes(r));
		if (get(r) == 1 && !r->failed)
			a->item = get_item(r, depth + 1);
	}
}

static void get_fields(struct reader *r, struct sim_item *item)
{
	size_t n = get_count(r);

	for (size_t i = 0; i < n && !r->failed; i++) {
		char *name = get_text(r), *xml = get_text(r);

		if (name && xml)
			sim_field_set(item, name, xml);
		free(name);
		free(xml);
	}
}

static void get_numbers(struct reader *r, struct sim_item *item)
{
	int64_t bits;

	item->id = (uint64_t)get(r);
	item->kind = (enum sim_kind)get(r);
	item->place = (uint32_t)get(r);
	item->article = (uint32_t)get(r);
	item->change = (uint32_t)get(r);
	item->created_seq = (uint64_t)get(r);
	item->changed_seq = (uint64_t)get(r);
	item->content_seq = (uint64_t)get(r);
	item->read = get(r);
	item->draft = get(r);
	item->from_me = get(r);
	bits = get(r);
	item->broken_mime = bits & 1;
	item->receipt_done = bits & 2;
	item->flag = (enum sim_flag)get(r);
	item->last_verb = (int)get(r);
	item->received = get(r);
	item->sent = get(r);
	item->created = get(r);
	item->modified = get(r);
	item->generated = get(r);
}

static struct sim_item *get_item(struct reader *r, int depth)
{
	struct sim_item *item = mem_alloc(sizeof(*item));
	struct str s;

	r->failed = r->failed || depth > 8;
	get_numbers(r, item);
	s = get_bytes(r);
	if (s.len == sizeof(item->search_key))
		memcpy(item->search_key, s.p, s.len);
	item->item_class = get_text(r);
	s = get_bytes(r);
	if (s.p)
		sim_item_octets(item, s);
	get_fields(r, item);
	get_props(r, &item->props, &item->prop_count);
	get_attachments(r, item, depth);
	if (get(r) == 1 && !r->failed)
		item->cal = get_cal(r, depth);
	return item;
}

void state_item_write(const struct sim_item *item, struct strbuf *out)
{
	put_item(out, item);
}

struct sim_item *state_item_read(struct sim *sim, struct str data)
{
	struct reader r = { .rest = data };
	struct sim_item *item = get_item(&r, 0);

	if (r.failed || item->kind >= SIM_KIND_COUNT) {
		sim_item_free(item);
		return NULL;
	}
	item->id = 0;
	for (size_t i = 0; i < item->attachment_count; i++)
		item->attachments[i].id = 1000 + ++sim->next_attachment;
	return item;
}

static void put_folder(struct strbuf *out, const struct sim_folder *f)
{
	put(out, (int64_t)f->id);
	put(out, f->parent ? (int64_t)f->parent->id : 0);
	put_text(out, f->name);
	put_text(out, f->folder_class);
	put_text(out, f->special);
	put(out, f->hidden);
	put(out, f->gone);
	put(out, f->lacks);
	put(out, f->change);
	put(out, (int64_t)f->created_seq);
	put(out, (int64_t)f->changed_seq);
	put(out, f->next_place);
	put(out, f->next_article);
	put(out, (int64_t)f->deleted_total);
	put(out, f->commit_time);
	put_props(out, f->props, f->prop_count);
	put_log(out, &f->log);
	put(out, (int64_t)f->live);
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item)
			put_item(out, f->slots[i].item);
}

static void put_user(struct strbuf *out, const struct sim_user *u)
{
	put_text(out, u->address);
	put_text(out, u->name);
	put_text(out, u->password);
	put(out, (int64_t)u->seq);
	put(out, u->moves);
	put_props(out, u->kept, u->kept_count);
	put_log(out, &u->hierarchy);
	put(out, (int64_t)u->folder_count);
	for (size_t i = 0; i < u->folder_count; i++)
		put_folder(out, u->folders[i]);
}

bool state_save(struct sim *sim, const char *path, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MAX_STATE);

	put(&out, VERSION);
	put(&out, (int64_t)sim->item_count);
	put(&out, (int64_t)sim->folder_count);
	put(&out, (int64_t)sim->next_attachment);
	put(&out, (int64_t)sim->user_count);
	for (size_t i = 0; i < sim->user_count; i++)
		put_user(&out, sim->users[i]);
	return strbuf_ok(&out, err) && file_replace(path, strbuf_str(&out), 0600, err);
}

/* One that sim_user_add() made, or a new one. */
static struct sim_folder *place_folder(struct reader *r, struct sim *sim,
				       struct sim_user *u, uint64_t id)
{
	struct sim_folder *f;

	if (id == 0 || id >= sim->folder_count || sim->folders[id]) {
		r->failed = true;
		return NULL;
	}
	f = mem_alloc(sizeof(*f));
	f->id = id;
	f->user = u;
	sim->folders[id] = f;
	u->folders = mem_grow(u->folders, u->folder_count, &u->folder_capacity,
			      sizeof(*u->folders));
	u->folders[u->folder_count++] = f;
	return f;
}

static void get_items(struct reader *r, struct sim *sim, struct sim_folder *f)
{
	size_t n = get_count(r);

	f->slots = mem_array(n, sizeof(*f->slots));
	f->slot_capacity = n;
	while (f->slot_count < n && !r->failed) {
		struct sim_item *item = get_item(r, 0);

		if (r->failed || item->id >= sim->item_count || sim->items[item->id] ||
		    item->kind >= SIM_KIND_COUNT) {
			sim_item_free(item);
			r->failed = true;
			return;
		}
		item->folder = f;
		sim->items[item->id] = item;
		f->slots[f->slot_count++] = (struct sim_slot){ item->place, item };
		f->live++;
		f->unread += !item->read;
	}
}

static void get_folder(struct reader *r, struct sim *sim, struct sim_user *u)
{
	struct sim_folder *f = place_folder(r, sim, u, (uint64_t)get(r));
	char *special;
	int64_t parent = get(r);

	if (!f)
		return;
	f->parent = parent > 0 && (uint64_t)parent < sim->folder_count
			    ? sim->folders[parent]
			    : NULL;
	f->name = get_text(r);
	f->folder_class = get_text(r);
	special = get_text(r);
	f->special = special ? sim_special_name(special) : NULL;
	free(special);
	f->hidden = get(r);
	f->gone = get(r);
	f->lacks = (unsigned)get(r);
	f->change = (uint32_t)get(r);
	f->created_seq = (uint64_t)get(r);
	f->changed_seq = (uint64_t)get(r);
	f->next_place = (uint32_t)get(r);
	f->next_article = (uint32_t)get(r);
	f->deleted_total = (size_t)get(r);
	f->commit_time = get(r);
	get_props(r, &f->props, &f->prop_count);
	get_log(r, &f->log);
	get_items(r, sim, f);
	r->failed = r->failed || !f->name || !f->folder_class;
}

static void get_user(struct reader *r, struct sim *sim)
{
	char *address = get_text(r), *name = get_text(r), *password = get_text(r);
	struct sim_user *u = sim_user_bare(sim, address ? address : "", name ? name : "",
					   password ? password : "");
	size_t n;

	free(address);
	free(name);
	free(password);
	u->seq = (uint64_t)get(r);
	u->moves = (unsigned)get(r);
	get_props(r, &u->kept, &u->kept_count);
	get_log(r, &u->hierarchy);
	n = get_count(r);
	for (size_t i = 0; i < n && !r->failed; i++)
		get_folder(r, sim, u);
}

bool state_load(struct sim *sim, const char *path, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf in = STRBUF(MAX_STATE);
	struct reader r = { 0 };
	size_t n;

	if (!file_read(path, &in, err))
		return false;
	r.rest = strbuf_str(&in);
	r.failed = get(&r) != VERSION;
	/* ids that are gone need no bytes in the file, so these counts have own limits */
	sim->item_count = (size_t)get(&r);
	sim->folder_count = (size_t)get(&r);
	if (r.failed || sim->item_count > 100000000 || sim->folder_count > 10000000) {
		sim->item_count = sim->folder_count = 0;
		return err_set(err, ERR_BROKEN, "%s is no state file", path);
	}
	free(sim->items);
	free(sim->folders);
	sim->items = mem_array(sim->item_count + 1, sizeof(*sim->items));
	sim->folders = mem_array(sim->folder_count + 1, sizeof(*sim->folders));
	sim->item_capacity = sim->item_count + 1;
	sim->folder_capacity = sim->folder_count + 1;
	sim->next_attachment = (uint64_t)get(&r);
	n = get_count(&r);
	for (size_t i = 0; i < n && !r.failed; i++)
		get_user(&r, sim);
	return !r.failed || err_set(err, ERR_BROKEN, "%s is damaged", path);
}
