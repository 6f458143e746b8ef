/* Properties from requests into items. Each function gives NULL or an EWS error code. */
#include "tests/ewsim/call.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/mime_rewrite.h"
#include "tests/ewsim/msg.h"

enum { MAX_MIME = 256 << 20 };

static const char *set_mime(const struct call *c, struct sim_item *item, const xmlNode *e)
{
	CLEANUP(strbuf_finish)
	struct strbuf text = STRBUF(MAX_MIME), mime = STRBUF(MAX_MIME);

	x_content(e, &text);
	if (!base64_decode(strbuf_str(&text), &mime, NULL))
		return "ErrorMimeContentInvalidBase64String";
	if (!mime.len)
		return "ErrorMimeContentInvalid";
	if (c->sim->settings.mime_stored) {
		CLEANUP(strbuf_finish) struct strbuf other = STRBUF(MAX_MIME);

		mime_rewrite(strbuf_str(&mime), !c->sim->settings.signed_parts, &other);
		sim_item_octets(item, strbuf_str(&other));
	} else {
		sim_item_octets(item, strbuf_str(&mime));
	}
	item->sent = sim_mime_date(strbuf_str(&mime));
	return NULL;
}

static const char *set_flag(struct sim_item *item, const xmlNode *e)
{
	struct str s = x_short(x_child(e, "FlagStatus"));

	if (str_eq(s, STR("Flagged")))
		item->flag = SIM_FLAG_FLAGGED;
	else if (str_eq(s, STR("Complete")))
		item->flag = SIM_FLAG_COMPLETE;
	else if (str_eq(s, STR("NotFlagged")))
		item->flag = SIM_FLAG_NONE;
	else
		return "ErrorSchemaValidation";
	return NULL;
}

/* A message that came as octets shows its new subject in its octets, too. */
static void rewrite_subject(struct sim_item *item, const xmlNode *e)
{
	CLEANUP(strbuf_finish)
	struct strbuf text = STRBUF(1 << 20), out = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf value = STRBUF(1 << 20);
	struct str mime = strbuf_str(&item->octets->bytes), headers, body, name, rest;

	x_content(e, &text);
	msg_split(mime, &headers, &body);
	rest = headers;
	strbuf_add(&out, STR("Subject: =?utf-8?B?"));
	base64_encode(strbuf_str(&text), &out);
	strbuf_add(&out, STR("?=\r\n"));
	for (const char *from = rest.p; msg_header_next(&rest, &name, &value);
	     from = rest.p) {
		if (!str_eq_nocase(name, STR("Subject")))
			strbuf_add_mem(&out, from, (size_t)(rest.p - from));
		strbuf_reset(&value);
	}
	strbuf_add(&out, STR("\r\n"));
	strbuf_add(&out, body);
	sim_item_octets(item, strbuf_str(&out));
}

static bool is_calendar_time(const xmlNode *e)
{
	static const char *const names[] = { "Start",	      "End",
					     "IsAllDayEvent", "StartTimeZone",
					     "EndTimeZone",   "MeetingTimeZone",
					     "Recurrence" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (x_is(e, names[i]))
			return true;
	return false;
}

static const struct field *row_of(const struct sim_item *item, const xmlNode *e)
{
	for (size_t i = 0; i < field_count; i++)
		if (x_is(e, field_table[i].element) &&
		    (field_table[i].kinds & 1u << item->kind))
			return &field_table[i];
	return NULL;
}

/* Of a task's status and percentage, one follows the other; dates are days. */
static void task_follow(const struct sim *sim, struct sim_item *item, const xmlNode *e)
{
	bool status = x_is(e, "Status"), percent = x_is(e, "PercentComplete");
	bool date = x_is(e, "DueDate") || x_is(e, "StartDate");
	bool done = str_eq(x_short(e), percent ? STR("100") : STR("Completed"));
	CLEANUP(strbuf_finish) struct strbuf when = STRBUF(200);
	char element[40];
	int64_t t;
	bool local;

	if (date && x_time_parse(x_short(e), &t, &local)) {
		snprintf(element, sizeof(element), "t:%s", (const char *)e->name);
		x_time(&when, element, t - t % 86400);
		sim_field_set(item, (const char *)e->name, strbuf_cstr(&when));
	}
	if (!status && !percent)
		return;
	sim_field_text(item, "IsComplete", done ? "true" : "false");
	sim_field_set(item, "CompleteDate", NULL);
	if (status && done)
		sim_field_text(item, "PercentComplete", "100");
	if (percent && done)
		sim_field_text(item, "Status", "Completed");
	if (!done)
		return;
	t = sim_now(sim);
	x_time(&when, "t:CompleteDate", t - t % 86400);
	sim_field_set(item, "CompleteDate", strbuf_cstr(&when));
}

const char *item_set_element(struct call *c, struct sim_item *item, const xmlNode *e)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_MIME);
	const struct field *row;

	if (x_is(e, "ExtendedProperty"))
		return item_set_extended(item, e);
	if (x_is(e, "MimeContent"))
		return set_mime(c, item, e);
	if (x_is(e, "IsRead")) {
		sim_item_set_read(item, x_true(x_short(e)));
		return NULL;
	}
	if (x_is(e, "Flag"))
		return set_flag(item, e);
	if (x_is(e, "Attachments")) {
		const char *code = NULL;

		for (const xmlNode *n = x_first(e); n && !code; n = x_next(n))
			code = attachment_add(c, item, n);
		return code;
	}
	if (item->kind == SIM_CALENDAR_ITEM && is_calendar_time(e))
		return cal_apply(c, item, e);
	if (item->kind == SIM_CALENDAR_ITEM && x_is(e, "UID") &&
	    !c->sim->settings.calendar_uid)
		return "ErrorInvalidPropertySet";
	if (x_is(e, "ItemClass")) {
		free(item->item_class);
		item->item_class = mem_strndup(x_short(e).p, x_short(e).len);
		return NULL;
	}
	row = row_of(item, e);
	if (!row)
		return "ErrorInvalidPropertyRequest";
	if (row->flags & FIELD_READONLY)
		return "ErrorInvalidPropertySet";
	x_copy(e, &xml);
	sim_field_set(item, row->element, strbuf_cstr(&xml));
	if (item->octets && x_is(e, "Subject"))
		rewrite_subject(item, e);
	if (item->kind == SIM_TASK)
		task_follow(c->sim, item, e);
	return NULL;
}

static void keywords(struct sim_item *item, char **values, size_t count)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(1 << 20);

	strbuf_add(&b, STR("<t:Categories>"));
	for (size_t i = 0; i < count; i++) {
		x_text(&b, "t:String", str_from(values[i]));
		free(values[i]);
	}
	free(values);
	strbuf_add(&b, STR("</t:Categories>"));
	sim_field_set(item, "Categories", count ? strbuf_cstr(&b) : NULL);
}

/* Extended properties that are another view of the item's own state. */
static bool known(struct sim_item *item, const char *key, const char *value)
{
	int64_t n = 0, t = 0;
	bool local;

	(void)!num_i64(str_from(value), &n);
	if (strcmp(key, "0x1081:Integer") == 0)
		item->last_verb = (int)n;
	else if (strcmp(key, "0x1090:Integer") == 0)
		item->flag = n == 2   ? SIM_FLAG_FLAGGED
			     : n == 1 ? SIM_FLAG_COMPLETE
				      : SIM_FLAG_NONE;
	else if (strcmp(key, "0x0e06:SystemTime") == 0 &&
		 x_time_parse(str_from(value), &t, &local))
		item->received = t;
	else if (strcmp(key, "0x0039:SystemTime") == 0 &&
		 x_time_parse(str_from(value), &t, &local))
		item->sent = t;
	else if (strcmp(key, "0x0e07:Integer") == 0) {
		if (item->folder)
			return true; /* only possible at creation */
		item->read = n & 1;
		item->draft = n & 8;
	} else
		return false;
	return true;
}

const char *item_set_extended(struct sim_item *item, const xmlNode *property)
{
	struct shape_extended path;
	const xmlNode *n = x_child(property, "Value");
	char **values = NULL;
	size_t count = 0;

	if (!path_extended(x_child(property, "ExtendedFieldURI"), &path))
		return "ErrorInvalidExtendedProperty";
	if (!n)
		n = x_first(x_child(property, "Values"));
	for (; n && x_is(n, "Value"); n = x_next(n)) {
		CLEANUP(strbuf_finish) struct strbuf v = STRBUF(16 << 20);

		x_content(n, &v);
		values = mem_resize(values, count + 1, sizeof(*values));
		values[count++] = mem_strdup(strbuf_cstr(&v));
	}
	if (str_ends(str_from(path.key), STR(":Keywords:StringArray"))) {
		keywords(item, values, count);
		return NULL;
	}
	if (count == 1 && known(item, path.key, values[0])) {
		free(values[0]);
		free(values);
		return NULL;
	}
	sim_prop_add(&item->props, &item->prop_count, path.key, values, count);
	return NULL;
}

const char *item_delete_field(struct sim_item *item, const xmlNode *path)
{
	struct str uri = x_attr(path, "FieldURI");
	struct shape_extended e;
	ptrdiff_t colon = str_find_char(uri, ':');
	char name[64];

	if (x_is(path, "IndexedFieldURI"))
		return item_delete_indexed(item, path);
	if (x_is(path, "ExtendedFieldURI")) {
		if (!path_extended(path, &e))
			return "ErrorInvalidExtendedProperty";
		if (strcmp(e.key, "0x1081:Integer") == 0)
			item->last_verb = 0;
		else if (strcmp(e.key, "0x1090:Integer") == 0)
			item->flag = SIM_FLAG_NONE;
		else if (str_ends(str_from(e.key), STR(":Keywords:StringArray")))
			sim_field_set(item, "Categories", NULL);
		sim_prop_add(&item->props, &item->prop_count, e.key, NULL, 0);
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s",
		 STR_FMT(str_sub(uri, (size_t)(colon + 1), 60)));
	if (field_index(name) < 0)
		return "ErrorInvalidPropertyDelete";
	if (strcmp(name, "Flag") == 0)
		item->flag = SIM_FLAG_NONE;
	else if (strcmp(name, "Recurrence") == 0 && item->cal)
		item->cal->rec.pattern = SIM_ONCE;
	sim_field_set(item, name, NULL);
	return NULL;
}
