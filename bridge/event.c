/*
 * The life of a struct event, and its packed form: JSON with a version, written from one
 * table per struct. Members that hold their default are left out, keys stand in the order
 * of the tables: the same event gives the same bytes.
 */
#include "bridge/event.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/utf8.h"

#define VERSION 1
/* Members of any list of a packed event; the blob's size bounds them anyway. */
#define LIST_MAX 100000
#define TIME_MIN (-62135596800LL) /* 0001-01-01 */
#define TIME_MAX 253402300799LL /* 9999-12-31 */
#define OFFSET_MAX_S (26 * 3600) /* of any zone, RFC 8536 section 3.2 */
#define DEPTH_MAX 2 /* a master and its exceptions */

enum kind { TEXT, INT, DAY, TIME, BOOL, DOUBLE, TEXTS };
struct field {
	const char *key;
	size_t offset;
	enum kind kind;
	int initial; /* INT: what an absent member means */
};
#define FIELD(type, member, kind)                                                        \
	{                                                                                \
#member, offsetof(type, member), kind, 0                                 \
	}

static const struct field rule_fields[] = {
	FIELD(struct event_zone_rule, month, INT),
	FIELD(struct event_zone_rule, weekday, INT),
	FIELD(struct event_zone_rule, week, INT),
	FIELD(struct event_zone_rule, day, INT),
	FIELD(struct event_zone_rule, minute, INT),
	FIELD(struct event_zone_rule, offset_s, INT),
	FIELD(struct event_zone_rule, daylight, BOOL),
};
static const struct field era_fields[] = {
	FIELD(struct event_zone_era, from_day, DAY),
	FIELD(struct event_zone_era, offset_s, INT),
};
static const struct field zone_fields[] = {
	FIELD(struct event_zone, id, TEXT),
	FIELD(struct event_zone, name, TEXT),
};
static const struct field recurrence_fields[] = {
	FIELD(struct event_recurrence, pattern, INT),
	FIELD(struct event_recurrence, interval, INT),
	FIELD(struct event_recurrence, weekdays, INT),
	FIELD(struct event_recurrence, day_of_month, INT),
	FIELD(struct event_recurrence, nth, INT),
	FIELD(struct event_recurrence, month, INT),
	{ "first_weekday", offsetof(struct event_recurrence, first_weekday), INT, -1 },
	FIELD(struct event_recurrence, range, INT),
	FIELD(struct event_recurrence, start_day, DAY),
	FIELD(struct event_recurrence, end_day, DAY),
	FIELD(struct event_recurrence, count, INT),
};
static const struct field moved_fields[] = {
	FIELD(struct event_moved, original_day, DAY),
	FIELD(struct event_moved, start_min, TIME),
	FIELD(struct event_moved, end_min, TIME),
};
static const struct field series_fields[] = {
	FIELD(struct event_series, known, BOOL),
	FIELD(struct event_series, first_weekday, INT),
	FIELD(struct event_series, pattern_type, INT),
	FIELD(struct event_series, calendar_type, INT),
	FIELD(struct event_series, start_minute, INT),
	FIELD(struct event_series, end_minute, INT),
};
static const struct field person_fields[] = {
	FIELD(struct event_person, name, TEXT),
	FIELD(struct event_person, address, TEXT),
	FIELD(struct event_person, is_group, BOOL),
	FIELD(struct event_person, role, INT),
	FIELD(struct event_person, response, INT),
};
static const struct field event_fields[] = {
	FIELD(struct event, kind, INT),
	FIELD(struct event, item_id, TEXT),
	FIELD(struct event, change_key, TEXT),
	FIELD(struct event, uid, TEXT),
	FIELD(struct event, subject, TEXT),
	FIELD(struct event, location, TEXT),
	FIELD(struct event, body_text, TEXT),
	FIELD(struct event, body_html, TEXT),
	FIELD(struct event, categories, TEXTS),
	FIELD(struct event, busy, INT),
	FIELD(struct event, sensitivity, INT),
	FIELD(struct event, importance, INT),
	FIELD(struct event, start_unix_s, TIME),
	FIELD(struct event, end_unix_s, TIME),
	FIELD(struct event, all_day, BOOL),
	FIELD(struct event, reminder_set, BOOL),
	FIELD(struct event, reminder_min, INT),
	FIELD(struct event, my_response, INT),
	FIELD(struct event, is_meeting, BOOL),
	FIELD(struct event, is_cancelled, BOOL),
	FIELD(struct event, is_response_requested, BOOL),
	FIELD(struct event, no_counter, BOOL),
	FIELD(struct event, sequence, INT),
	FIELD(struct event, stamp_unix_s, TIME),
	FIELD(struct event, created_unix_s, TIME),
	FIELD(struct event, modified_unix_s, TIME),
	FIELD(struct event, online_url, TEXT),
	FIELD(struct event, has_geo, BOOL),
	FIELD(struct event, latitude, DOUBLE),
	FIELD(struct event, longitude, DOUBLE),
	FIELD(struct event, attachments, TEXTS),
	FIELD(struct event, original_start_unix_s, TIME),
};

_Static_assert(sizeof(enum event_kind) == sizeof(int), "enums are packed as int");

/* ---- life */

void event_texts_add(struct event_texts *texts, const char *text)
{
	texts->items = mem_resize(texts->items, texts->count + 1, sizeof *texts->items);
	texts->items[texts->count++] = mem_strdup(text);
}

static void texts_finish(struct event_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
	*texts = (struct event_texts){ 0 };
}

void event_zone_finish(struct event_zone *zone)
{
	free(zone->id);
	free(zone->name);
	free(zone->eras);
	*zone = (struct event_zone){ 0 };
}

void event_init(struct event *event)
{
	*event = (struct event){ .start_unix_s = EVENT_NO_TIME,
				 .end_unix_s = EVENT_NO_TIME,
				 .stamp_unix_s = EVENT_NO_TIME,
				 .created_unix_s = EVENT_NO_TIME,
				 .modified_unix_s = EVENT_NO_TIME,
				 .original_start_unix_s = EVENT_NO_TIME,
				 .recurrence = { .first_weekday = -1,
						 .start_day = EVENT_NO_DAY,
						 .end_day = EVENT_NO_DAY } };
}

static void fields_finish(void *base, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *at = (char *)base + fields[i].offset;

		if (fields[i].kind == TEXT)
			free(*(char **)at);
		else if (fields[i].kind == TEXTS)
			texts_finish(at);
	}
}

void event_finish(struct event *event)
{
	if (!event)
		return;
	fields_finish(event, event_fields, ARRAY_LEN(event_fields));
	event_zone_finish(&event->start_zone);
	event_zone_finish(&event->end_zone);
	free(event->organizer.name);
	free(event->organizer.address);
	for (size_t i = 0; i < event->attendee_count; i++) {
		free(event->attendees[i].name);
		free(event->attendees[i].address);
	}
	free(event->attendees);
	free(event->series.deleted);
	free(event->series.moved);
	free(event->deleted_starts);
	for (size_t i = 0; i < event->exception_count; i++)
		event_finish(&event->exceptions[i]);
	free(event->exceptions);
	*event = (struct event){ 0 };
}

struct event_person *event_attendee_add(struct event *event)
{
	event->attendees = mem_resize(event->attendees, event->attendee_count + 1,
				      sizeof *event->attendees);
	event->attendees[event->attendee_count] = (struct event_person){ 0 };
	return &event->attendees[event->attendee_count++];
}

struct event *event_exception_add(struct event *event)
{
	event->exceptions = mem_resize(event->exceptions, event->exception_count + 1,
				       sizeof *event->exceptions);
	event_init(&event->exceptions[event->exception_count]);
	event->exceptions[event->exception_count].kind = EVENT_EXCEPTION;
	return &event->exceptions[event->exception_count++];
}

void event_deleted_add(struct event *event, int64_t start_unix_s)
{
	event->deleted_starts = mem_resize(event->deleted_starts,
					   event->deleted_start_count + 1,
					   sizeof *event->deleted_starts);
	event->deleted_starts[event->deleted_start_count++] = start_unix_s;
}

/* ---- packing */

/* JSON holds UTF-8 only: other bytes become U+FFFD. */
static json_t *text_pack(const char *text)
{
	CLEANUP(strbuf_finish) struct strbuf repaired = STRBUF(EVENT_BLOB_MAX);

	if (utf8_valid(str_from(text)))
		return json_string(text);
	utf8_repair(str_from(text), &repaired);
	return json_string(strbuf_cstr(&repaired));
}

static json_t *texts_pack(const struct event_texts *texts)
{
	json_t *list = texts->count ? json_array() : NULL;

	for (size_t i = 0; i < texts->count; i++)
		json_array_append_new(list, text_pack(texts->items[i]));
	return list;
}

/* The value of one member, NULL when it holds its default. */
static json_t *field_pack(const void *base, const struct field *field)
{
	const void *at = (const char *)base + field->offset;
	const char *text;
	int value;

	switch (field->kind) {
	case TEXT:
		text = *(char *const *)at;
		return text ? text_pack(text) : NULL;
	case INT:
		value = *(const int *)at;
		return value != field->initial ? json_integer(value) : NULL;
	case DAY:
		value = *(const int32_t *)at;
		return value != EVENT_NO_DAY ? json_integer(value) : NULL;
	case TIME:
		return *(const int64_t *)at != EVENT_NO_TIME
			       ? json_integer(*(const int64_t *)at)
			       : NULL;
	case BOOL:
		return *(const bool *)at ? json_true() : NULL;
	case DOUBLE:
		return *(const double *)at != 0 ? json_real(*(const double *)at) : NULL;
	case TEXTS:
		return texts_pack(at);
	}
	return NULL;
}

static json_t *fields_pack(const void *base, const struct field *fields, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++) {
		json_t *value = field_pack(base, &fields[i]);

		if (value)
			json_object_set_new(object, fields[i].key, value);
	}
	return object;
}
#define PACK(base, fields) fields_pack(base, fields, ARRAY_LEN(fields))

/* Sets @key to @list unless it is empty; takes @list. */
static void list_set(json_t *object, const char *key, json_t *list)
{
	if (json_array_size(list))
		json_object_set_new(object, key, list);
	else
		json_decref(list);
}

static json_t *list_pack(const void *items, size_t count, size_t size,
			 const struct field *fields, size_t field_count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, fields_pack((const char *)items + i * size,
							fields, field_count));
	return list;
}
#define LIST(items, count, fields)                                                       \
	list_pack(items, count, sizeof *(items), fields, ARRAY_LEN(fields))

static json_t *zone_pack(const struct event_zone *zone)
{
	json_t *object = PACK(zone, zone_fields), *eras = json_array();

	for (size_t i = 0; i < zone->era_count; i++) {
		const struct event_zone_era *era = &zone->eras[i];
		json_t *packed = PACK(era, era_fields);

		list_set(packed, "rules", LIST(era->rules, era->rule_count, rule_fields));
		json_array_append_new(eras, packed);
	}
	list_set(object, "eras", eras);
	return object;
}

static json_t *numbers_pack64(const int64_t *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(items[i]));
	return list;
}

static json_t *series_pack(const struct event_series *series)
{
	json_t *object = PACK(series, series_fields), *days = json_array();

	for (size_t i = 0; i < series->deleted_count; i++)
		json_array_append_new(days, json_integer(series->deleted[i]));
	list_set(object, "deleted", days);
	list_set(object, "moved", LIST(series->moved, series->moved_count, moved_fields));
	return object;
}

static json_t *pack(const struct event *event)
{
	json_t *object = PACK(event, event_fields), *exceptions = json_array();

	json_object_set_new(object, "start_zone", zone_pack(&event->start_zone));
	json_object_set_new(object, "end_zone", zone_pack(&event->end_zone));
	if (event->organizer.name || event->organizer.address)
		json_object_set_new(object, "organizer",
				    PACK(&event->organizer, person_fields));
	list_set(object, "attendees",
		 LIST(event->attendees, event->attendee_count, person_fields));
	if (event->recurrence.pattern != EVENT_PATTERN_NONE)
		json_object_set_new(object, "recurrence",
				    PACK(&event->recurrence, recurrence_fields));
	if (event->series.known)
		json_object_set_new(object, "series", series_pack(&event->series));
	list_set(object, "deleted_starts",
		 numbers_pack64(event->deleted_starts, event->deleted_start_count));
	for (size_t i = 0; i < event->exception_count; i++)
		json_array_append_new(exceptions, pack(&event->exceptions[i]));
	list_set(object, "exceptions", exceptions);
	return object;
}

static int to_strbuf(const char *text, size_t len, void *data)
{
	strbuf_add_mem(data, text, len);
	return 0;
}

bool event_pack(const struct event *event, struct strbuf *out, struct err *err)
{
	json_t *object = pack(event);
	size_t before = out->len;

	json_object_set_new(object, "version", json_integer(VERSION));
	json_dump_callback(object, to_strbuf, out, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(object);
	if (out->len - before > EVENT_BLOB_MAX)
		return err_set(err, ERR_LIMIT, "event longer than %zu bytes",
			       EVENT_BLOB_MAX);
	return strbuf_ok(out, err);
}

/* ---- unpacking: what is absent or of a wrong type keeps its default */

static int int_of(const json_t *value, int fallback)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < INT32_MIN || number > INT32_MAX)
		return fallback;
	return (int)number;
}

/* Years 1 to 9999; all else counts as not known. */
static int64_t time_of(const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < TIME_MIN || number > TIME_MAX)
		return EVENT_NO_TIME;
	return number;
}

static int32_t day_of(const json_t *value)
{
	int day = int_of(value, EVENT_NO_DAY);

	return day < TIME_MIN / 86400 || day > TIME_MAX / 86400 ? EVENT_NO_DAY : day;
}

static void texts_unpack(const json_t *list, struct event_texts *texts)
{
	size_t count = MIN_OF(json_array_size(list), (size_t)LIST_MAX);

	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text)
			event_texts_add(texts, text);
	}
}

static void field_unpack(const json_t *value, void *base, const struct field *field)
{
	void *at = (char *)base + field->offset;

	switch (field->kind) {
	case TEXT:
		*(char **)at = mem_strdup(json_string_value(value));
		break;
	case INT:
		*(int *)at = int_of(value, field->initial);
		break;
	case DAY:
		*(int32_t *)at = day_of(value);
		break;
	case TIME:
		*(int64_t *)at = time_of(value);
		break;
	case BOOL:
		*(bool *)at = json_is_true(value);
		break;
	case DOUBLE:
		*(double *)at = json_number_value(value);
		break;
	case TEXTS:
		texts_unpack(value, at);
		break;
	}
}

static void fields_unpack(const json_t *object, void *base, const struct field *fields,
			  size_t count)
{
	for (size_t i = 0; i < count; i++)
		field_unpack(json_object_get(object, fields[i].key), base, &fields[i]);
}
#define UNPACK(object, base, fields)                                                     \
	fields_unpack(object, base, fields, ARRAY_LEN(fields))

/* The list below @key, its length clipped to LIST_MAX; *count_r 0 when there is none. */
static const json_t *list_get(const json_t *object, const char *key, size_t *count_r)
{
	const json_t *list = json_object_get(object, key);

	*count_r = MIN_OF(json_array_size(list), (size_t)LIST_MAX);
	return list;
}

static bool is_rule(const struct event_zone_rule *r)
{
	bool by_weekday = r->weekday >= 0 && r->weekday <= 6 && r->week >= -1 &&
			  r->week <= 4 && r->week != 0;
	bool by_day = r->weekday == -1 && r->day >= 1 && r->day <= 31;

	return r->month >= 1 && r->month <= 12 && (by_weekday || by_day) &&
	       r->minute > -1440 && r->minute < 7 * 1440 &&
	       r->offset_s >= -OFFSET_MAX_S && r->offset_s <= OFFSET_MAX_S;
}

static void drop_bad_rules(struct event_zone_era *era)
{
	size_t kept = 0;

	for (size_t i = 0; i < era->rule_count; i++)
		if (is_rule(&era->rules[i]))
			era->rules[kept++] = era->rules[i];
	era->rule_count = kept;
	if (era->offset_s < -OFFSET_MAX_S || era->offset_s > OFFSET_MAX_S)
		era->offset_s = 0;
}

static void zone_unpack(const json_t *object, struct event_zone *zone)
{
	const json_t *eras = list_get(object, "eras", &zone->era_count);

	UNPACK(object, zone, zone_fields);
	if (!zone->era_count)
		return;
	zone->eras = mem_array(zone->era_count, sizeof *zone->eras);
	for (size_t i = 0; i < zone->era_count; i++) {
		struct event_zone_era *era = &zone->eras[i];
		const json_t *packed = json_array_get(eras, i);
		const json_t *rules = list_get(packed, "rules", &era->rule_count);

		UNPACK(packed, era, era_fields);
		era->rule_count = MIN_OF(era->rule_count, (size_t)EVENT_ZONE_RULES_MAX);
		for (size_t j = 0; j < era->rule_count; j++)
			UNPACK(json_array_get(rules, j), &era->rules[j], rule_fields);
		drop_bad_rules(era);
	}
}

static void series_unpack(const json_t *object, struct event_series *series)
{
	const json_t *days = list_get(object, "deleted", &series->deleted_count);
	const json_t *moved = list_get(object, "moved", &series->moved_count);

	UNPACK(object, series, series_fields);
	if (series->deleted_count)
		series->deleted = mem_array(series->deleted_count, sizeof(int32_t));
	for (size_t i = 0; i < series->deleted_count; i++)
		series->deleted[i] = day_of(json_array_get(days, i));
	if (series->moved_count)
		series->moved = mem_array(series->moved_count, sizeof *series->moved);
	for (size_t i = 0; i < series->moved_count; i++)
		UNPACK(json_array_get(moved, i), &series->moved[i], moved_fields);
}

static int in_range(int value, int last)
{
	return value >= 0 && value <= last ? value : 0;
}

static void check_ranges(struct event *event)
{
	event->kind = (enum event_kind)in_range((int)event->kind, EVENT_EXCEPTION);
	event->busy = (enum event_busy)in_range((int)event->busy, EVENT_NO_DATA);
	event->sensitivity = (enum event_sensitivity)in_range((int)event->sensitivity,
							      EVENT_CONFIDENTIAL);
	event->reminder_min = in_range(event->reminder_min, 10 * 366 * 1440);
	event->recurrence.range = (enum event_range)in_range((int)event->recurrence.range,
							     EVENT_RANGE_COUNT);
	if (in_range((int)event->recurrence.pattern, EVENT_PATTERN_OTHER) == 0 &&
	    event->recurrence.pattern != EVENT_PATTERN_NONE)
		event->recurrence.pattern = EVENT_PATTERN_OTHER;
}

static void unpack(const json_t *object, struct event *event, unsigned depth)
{
	const json_t *list, *part;
	size_t count;

	event_init(event);
	UNPACK(object, event, event_fields);
	zone_unpack(json_object_get(object, "start_zone"), &event->start_zone);
	zone_unpack(json_object_get(object, "end_zone"), &event->end_zone);
	UNPACK(json_object_get(object, "organizer"), &event->organizer, person_fields);
	list = list_get(object, "attendees", &count);
	for (size_t i = 0; i < count; i++)
		UNPACK(json_array_get(list, i), event_attendee_add(event), person_fields);
	part = json_object_get(object, "recurrence");
	if (part)
		UNPACK(part, &event->recurrence, recurrence_fields);
	part = json_object_get(object, "series");
	if (part)
		series_unpack(part, &event->series);
	check_ranges(event);
	list = list_get(object, "deleted_starts", &count);
	for (size_t i = 0; i < count; i++)
		event_deleted_add(event, time_of(json_array_get(list, i)));
	list = list_get(object, "exceptions", &count);
	for (size_t i = 0; depth < DEPTH_MAX && i < count; i++) {
		struct event *exception = event_exception_add(event);

		unpack(json_array_get(list, i), exception, depth + 1);
	}
}

bool event_unpack(struct str blob, struct event *event_r, struct err *err)
{
	json_error_t why;
	json_t *object;
	int version;

	if (blob.len > EVENT_BLOB_MAX)
		return err_set(err, ERR_SYNTAX, "packed event is too long");
	object = json_loadb(blob.p ? blob.p : "", blob.len, 0, &why);
	if (!json_is_object(object)) {
		json_decref(object);
		return err_set(err, ERR_SYNTAX, "packed event: %s", why.text);
	}
	version = int_of(json_object_get(object, "version"), 0);
	if (version != VERSION) {
		json_decref(object);
		return err_set(err, version > VERSION ? ERR_STATE : ERR_SYNTAX,
			       "packed event of version %d", version);
	}
	unpack(object, event_r, 1);
	json_decref(object);
	return true;
}
