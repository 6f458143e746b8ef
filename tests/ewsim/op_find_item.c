/* FindItem: restrictions, order, pages, and CalendarView with its occurrences. */
#include "tests/ewsim/find.h"

#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/aqs.h"
#include "tests/ewsim/recur.h"

struct row {
	struct sim_ref ref;
	char *key; /* text to sort by, or NULL */
	int64_t start; /* CalendarView */
};

struct rows {
	struct row *list;
	size_t count, capacity;
};

static void add(struct rows *rows, struct sim_ref ref, int64_t start)
{
	rows->list = mem_grow(rows->list, rows->count, &rows->capacity,
			      sizeof(*rows->list));
	rows->list[rows->count++] = (struct row){ ref, NULL, start };
}

static void rows_finish(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->list[i].key);
	free(rows->list);
}

static int by_start(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int by_key(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int d = find_compare(str_from(x->key), str_from(y->key));

	return d ? d
		 : (x->ref.item->id > y->ref.item->id) -
			       (x->ref.item->id < y->ref.item->id);
}

static int by_key_down(const void *a, const void *b)
{
	return by_key(b, a);
}

static int by_received(const void *a, const void *b)
{
	const struct sim_item *x = ((const struct row *)a)->ref.item;
	const struct sim_item *y = ((const struct row *)b)->ref.item;

	if (x->received != y->received)
		return x->received > y->received ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

static int by_received_down(const void *a, const void *b)
{
	return by_received(b, a);
}

static void reverse(struct rows *rows)
{
	for (size_t i = 0; i < rows->count / 2; i++) {
		struct row t = rows->list[i];

		rows->list[i] = rows->list[rows->count - 1 - i];
		rows->list[rows->count - 1 - i] = t;
	}
}

static void sort_received(struct rows *rows, bool down)
{
	int (*cmp)(const void *, const void *) = down ? by_received_down : by_received;
	size_t i = 1;

	if (!down)
		reverse(rows); /* newest first as collected */
	while (i < rows->count && cmp(&rows->list[i - 1], &rows->list[i]) <= 0)
		i++;
	if (i < rows->count)
		qsort(rows->list, rows->count, sizeof(*rows->list), cmp);
}

static void sort(struct rows *rows, const xmlNode *order)
{
	const xmlNode *field = x_first(order);
	bool down = str_eq(x_attr(field, "Order"), STR("Descending"));

	if (str_eq(x_attr(x_first(field), "FieldURI"), STR("item:DateTimeReceived"))) {
		/* A million texts would take long, and mostly these are in order. */
		sort_received(rows, down);
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		CLEANUP(strbuf_finish) struct strbuf key = STRBUF(1 << 20);

		find_key(x_first(field), &rows->list[i].ref, &key);
		rows->list[i].key = mem_strdup(strbuf_cstr(&key));
	}
	if (rows->count)
		qsort(rows->list, rows->count, sizeof(*rows->list),
		      down ? by_key_down : by_key);
}

static void expand(struct rows *rows, struct sim_item *item, int64_t from, int64_t to)
{
	const struct sim_cal *cal = item->cal;
	int64_t length = cal->end - cal->start, slot;
	struct recur r;

	if (cal->rec.pattern == SIM_ONCE) {
		if (cal->start < to && (cal->end > from || cal->start >= from))
			add(rows, (struct sim_ref){ item, false, 0 }, cal->start);
		return;
	}
	recur_init(&r, cal);
	while (recur_next(&r, &slot)) {
		const struct sim_item *x = recur_exception(cal, slot);
		int64_t start = x && x->cal->times_set ? x->cal->start : slot;
		int64_t end = x && x->cal->times_set ? x->cal->end : slot + length;

		if (!recur_is_deleted(cal, slot) && start < to && end > from)
			add(rows, (struct sim_ref){ item, true, slot }, start);
		if (slot > to + 400 * 86400)
			break;
	}
}

static const char *view(struct sim_folder *f, const xmlNode *v, struct rows *rows)
{
	int64_t from, to;
	bool local;

	if (!x_time_parse(x_attr(v, "StartDate"), &from, &local) ||
	    !x_time_parse(x_attr(v, "EndDate"), &to, &local))
		return "ErrorSchemaValidation";
	if (to < from)
		return "ErrorCalendarEndDateIsEarlierThanStartDate";
	if (to - from > 732LL * 86400)
		return "ErrorCalendarViewRangeTooBig";
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i].item && f->slots[i].item->cal)
			expand(rows, f->slots[i].item, from, to);
	if (rows->count)
		qsort(rows->list, rows->count, sizeof(*rows->list), by_start);
	return NULL;
}

static void collect(struct sim_folder *f, const xmlNode *restriction,
		    const struct aqs *query, struct rows *rows)
{
	for (size_t i = f->slot_count; i-- > 0;) {
		struct sim_ref ref = { f->slots[i].item, false, 0 };

		if (ref.item && (!restriction || find_match(restriction, &ref)) &&
		    aqs_match(query, &ref))
			add(rows, ref, 0);
	}
}

static void write_rows(struct call *c, const struct shape *shape, const struct rows *rows,
		       uint64_t offset, uint64_t max, bool paged)
{
	uint64_t end = MIN_OF(offset + max, (uint64_t)rows->count);

	call_ok(c);
	strbuf_add(&c->out, STR("<m:RootFolder"));
	if (paged)
		strbuf_addf(&c->out, " IndexedPagingOffset=\"%llu\"",
			    (unsigned long long)end);
	strbuf_addf(&c->out,
		    " TotalItemsInView=\"%zu\" IncludesLastItemInRange=\"%s\"><t:Items>",
		    rows->count, end >= rows->count ? "true" : "false");
	for (uint64_t i = offset; i < end; i++) {
		call_listed(c, rows->list[i].ref.item);
		(void)!shape_write(shape, &rows->list[i].ref, &c->out);
	}
	strbuf_add(&c->out, STR("</t:Items></m:RootFolder>"));
	call_done(c);
}

static void find(struct call *c, const struct shape *shape, const struct aqs *query,
		 struct sim_folder *f)
{
	const xmlNode *restriction = x_child(c->request, "Restriction");
	const xmlNode *page = x_child(c->request, "IndexedPageItemView");
	const xmlNode *calendar = x_child(c->request, "CalendarView");
	const xmlNode *order = x_child(c->request, "SortOrder");
	CLEANUP(rows_finish) struct rows rows = { 0 };
	uint32_t offset = 0, max = UINT32_MAX;
	const char *code;

	(void)!num_u32(x_attr(calendar ? calendar : page, "MaxEntriesReturned"), &max);
	(void)!num_u32(x_attr(page, "Offset"), &offset);
	if (!page && !calendar && (int64_t)f->live > c->sim->settings.find_count_limit) {
		call_error(c, "ErrorExceededFindCountLimit",
			   "You have exceeded the maximum number of objects.");
		return;
	}
	if (calendar) {
		code = view(f, calendar, &rows);
		if (code)
			call_error(c, code, "The view is not possible.");
		else
			write_rows(c, shape, &rows, 0, max, false);
		return;
	}
	collect(f, restriction, query, &rows);
	if ((restriction || query) && c->sim->settings.find_restricted_limit)
		while (rows.count > (size_t)c->sim->settings.find_restricted_limit)
			free(rows.list[--rows.count].key);
	if (order)
		sort(&rows, order);
	if (str_eq(x_attr(page, "BasePoint"), STR("End")))
		reverse(&rows);
	write_rows(c, shape, &rows, offset,
		   (uint64_t)MIN_OF((int64_t)max, c->sim->settings.find_count_limit),
		   page != NULL);
}

static void query_finish(struct aqs **query)
{
	aqs_free(*query);
}

/* Return: NULL, or why there is no such search. */
static const char *read_query(struct call *c, struct aqs **query_r)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1 << 16);
	const xmlNode *node = x_child(c->request, "QueryString");

	if (!node)
		return NULL;
	if (!c->sim->settings.content_index)
		return "ErrorContentIndexingNotEnabled";
	x_content(node, &text);
	*query_r = aqs_new(strbuf_str(&text), sim_now(c->sim));
	return *query_r && !text.overflow ? NULL : "ErrorRestrictionTooComplex";
}

void op_find_item(struct call *c)
{
	CLEANUP(shape_finish) struct shape shape = { 0 };
	CLEANUP(query_finish) struct aqs *query = NULL;
	const char *refusal = read_query(c, &query);

	shape_read(x_child(c->request, "ItemShape"), &c->sim->settings, &shape);
	shape.find = true;
	call_begin(c);
	for (const xmlNode *n = x_first(x_child(c->request, "ParentFolderIds")); n;
	     n = x_next(n)) {
		const char *code;
		struct sim_folder *f;

		if (call_item_fault(c))
			continue;
		f = call_folder(c, n, &code);
		if (f)
			code = call_denied(f, SIM_RIGHT_READ);
		if (!code)
			code = refusal;
		if (!code)
			find(c, &shape, query, f);
		else
			call_error(c, code, "The specified folder could not be found.");
	}
	call_end(c);
}
