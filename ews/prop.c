/* Typed items by table: see prop.h. */
#include "ews/prop.h"

#include <stdio.h>
#include <string.h>

const char *const ews_importance_names[] = { "Normal", "Low", "High", NULL };
const char *const ews_sensitivity_names[] = { "Normal", "Personal", "Private",
					      "Confidential", NULL };

/* --- Values ------------------------------------------------------------------------ */

static void put_date(struct soap_writer *w, const char *element,
		     const struct ews_date *date, const char *clock)
{
	char text[64];

	snprintf(text, sizeof(text), "%04d-%02d-%02dT%s", date->year, date->month,
		 date->day, clock);
	soap_leaf(w, element, text);
}

static void put_time(struct soap_writer *w, const char *element, int64_t unix_s)
{
	char text[40];

	soap_format_time(unix_s, text, sizeof(text));
	soap_leaf(w, element, text);
}

static void put_people(struct soap_writer *w, const char *element,
		       const struct ews_mailboxes *people)
{
	soap_open(w, element);
	for (size_t i = 0; i < people->count; i++) {
		soap_open(w, "t:Attendee");
		soap_put_mailbox(w, "t:Mailbox", &people->list[i]);
		soap_close(w);
	}
	soap_close(w);
}

static void put_texts(struct soap_writer *w, const char *element,
		      const struct ews_texts *texts)
{
	soap_open(w, element);
	for (size_t i = 0; i < texts->count; i++)
		soap_leaf(w, "t:String", texts->list[i]);
	soap_close(w);
}

static void put_body(struct soap_writer *w, const char *element,
		     const struct ews_text *body)
{
	soap_open(w, element);
	soap_put_attr(w, "BodyType", body->is_html ? "HTML" : "Text");
	soap_put(w, body->text ? body->text : "");
	soap_close(w);
}

static void put_entry(struct soap_writer *w, const char *key, const char *value)
{
	soap_open(w, "t:Entry");
	soap_put_attr(w, "Key", key);
	soap_put(w, value);
	soap_close(w);
}

static const struct {
	const char *element, *uri; /* of a physical address */
	size_t offset;
} lines[] = {
	{ "t:Street", "contacts:PhysicalAddress:Street",
	  offsetof(struct ews_address, street) },
	{ "t:City", "contacts:PhysicalAddress:City", offsetof(struct ews_address, city) },
	{ "t:State", "contacts:PhysicalAddress:State",
	  offsetof(struct ews_address, state) },
	{ "t:CountryOrRegion", "contacts:PhysicalAddress:CountryOrRegion",
	  offsetof(struct ews_address, country) },
	{ "t:PostalCode", "contacts:PhysicalAddress:PostalCode",
	  offsetof(struct ews_address, postcode) },
};

static const char *line_of(const struct ews_address *address, size_t line)
{
	return *(const char *const *)((const char *)address + lines[line].offset);
}

static void put_entries(struct soap_writer *w, const struct ews_prop *prop,
			const char *const *values)
{
	bool open = false;

	for (size_t i = 0; prop->names[i]; i++) {
		if (!values[i])
			continue;
		if (!open)
			soap_open(w, prop->element);
		open = true;
		put_entry(w, prop->names[i], values[i]);
	}
	if (open)
		soap_close(w);
}

static bool has_lines(const struct ews_address *address)
{
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (line_of(address, i))
			return true;
	}
	return false;
}

static void put_addresses(struct soap_writer *w, const struct ews_prop *prop,
			  const struct ews_address *addresses)
{
	bool open = false;

	for (size_t i = 0; prop->names[i]; i++) {
		if (!has_lines(&addresses[i]))
			continue;
		if (!open)
			soap_open(w, prop->element);
		open = true;
		soap_open(w, "t:Entry");
		soap_put_attr(w, "Key", prop->names[i]);
		for (size_t k = 0; k < ARRAY_LEN(lines); k++) {
			if (line_of(&addresses[i], k))
				soap_leaf(w, lines[k].element, line_of(&addresses[i], k));
		}
		soap_close(w);
	}
	if (open)
		soap_close(w);
}

static void put_zone(struct soap_writer *w, const char *element, const char *id)
{
	soap_open(w, element);
	soap_put_attr(w, "Id", id);
	soap_close(w);
}

struct properties { /* how PROPERTIES lie in their structs */
	const struct ews_property_value *list;
	size_t count;
};

static void put_properties(struct soap_writer *w, const struct properties *properties)
{
	for (size_t i = 0; i < properties->count; i++)
		soap_put_property_value(w, &properties->list[i]);
}

static const void *at(const struct ews_prop *prop, const void *object)
{
	return (const char *)object + prop->offset;
}

static const char *text_at(const struct ews_prop *prop, const void *object)
{
	return *(const char *const *)at(prop, object);
}

static const char *name_at(const struct ews_prop *prop, const void *object)
{
	int value;

	memcpy(&value, at(prop, object), sizeof(value));
	return prop->names[value];
}

/* Nothing to write: a field that UpdateItem then deletes. */
static bool is_empty(const struct ews_prop *prop, const void *object)
{
	const void *member = at(prop, object);

	switch (prop->kind) {
	case EWS_PROP_TEXT:
	case EWS_PROP_ZONE:
		return !text_at(prop, object);
	case EWS_PROP_BODY:
		return !((const struct ews_text *)member)->text;
	case EWS_PROP_TEXTS:
		return ((const struct ews_texts *)member)->count == 0;
	case EWS_PROP_PEOPLE:
		return ((const struct ews_mailboxes *)member)->count == 0;
	case EWS_PROP_TIME:
		return *(const int64_t *)member == EWS_TIME_NONE;
	case EWS_PROP_DATE:
	case EWS_PROP_BIRTHDAY:
		return ((const struct ews_date *)member)->year == 0;
	case EWS_PROP_ENUM:
		return !name_at(prop, object)[0];
	case EWS_PROP_RECURRENCE:
		return ((const struct ews_recurrence *)member)->pattern ==
		       EWS_PATTERN_NONE;
	default:
		return false;
	}
}

static void put_when(struct soap_writer *w, const char *element,
		     const struct ews_when *when)
{
	if (when->date.year)
		put_date(w, element, &when->date, "00:00:00");
	else
		put_time(w, element, when->unix_s);
}

static void put(struct soap_writer *w, const struct ews_prop *prop, const void *object)
{
	const void *member = at(prop, object);

	switch (prop->kind) {
	case EWS_PROP_TEXT:
		soap_leaf(w, prop->element, text_at(prop, object));
		break;
	case EWS_PROP_BODY:
		put_body(w, prop->element, member);
		break;
	case EWS_PROP_BOOL:
		soap_leaf_bool(w, prop->element, *(const bool *)member);
		break;
	case EWS_PROP_INT:
		soap_leaf_int(w, prop->element, *(const int *)member);
		break;
	case EWS_PROP_ENUM:
		soap_leaf(w, prop->element, name_at(prop, object));
		break;
	case EWS_PROP_TEXTS:
		put_texts(w, prop->element, member);
		break;
	case EWS_PROP_TIME:
		put_time(w, prop->element, *(const int64_t *)member);
		break;
	case EWS_PROP_WHEN:
		put_when(w, prop->element, member);
		break;
	case EWS_PROP_DATE:
		put_date(w, prop->element, member, "00:00:00Z");
		break;
	case EWS_PROP_BIRTHDAY:
		put_date(w, prop->element, member, "11:59:00Z");
		break;
	case EWS_PROP_PEOPLE:
		put_people(w, prop->element, member);
		break;
	case EWS_PROP_ZONE:
		put_zone(w, prop->element, text_at(prop, object));
		break;
	case EWS_PROP_RECURRENCE:
		soap_put_recurrence(w, member);
		break;
	case EWS_PROP_ENTRIES:
		put_entries(w, prop, member);
		break;
	case EWS_PROP_ADDRESSES:
		put_addresses(w, prop, member);
		break;
	case EWS_PROP_PROPERTIES:
		put_properties(w, member);
		break;
	}
}

/* --- Create ------------------------------------------------------------------------ */

void ews_props_write(struct soap_writer *w, const struct ews_prop_table *table,
		     unsigned set, const void *object)
{
	soap_open(w, table->item);
	for (size_t i = 0; i < table->count; i++) {
		if (set & table->list[i].bit && !is_empty(&table->list[i], object))
			put(w, &table->list[i], object);
	}
	soap_close(w);
}

/* --- Update ------------------------------------------------------------------------ */

static void put_indexed(struct soap_writer *w, const char *uri, const char *index)
{
	soap_open(w, "t:IndexedFieldURI");
	soap_put_attr(w, "FieldURI", uri);
	soap_put_attr(w, "FieldIndex", index);
	soap_close(w);
}

static void update_entries(struct soap_writer *w, const struct ews_prop_table *table,
			   const struct ews_prop *prop, const char *const *values)
{
	for (size_t i = 0; prop->names[i]; i++) {
		soap_open(w, values[i] ? "t:SetItemField" : "t:DeleteItemField");
		put_indexed(w, prop->uri, prop->names[i]);
		if (values[i]) {
			soap_open(w, table->item);
			soap_open(w, prop->element);
			put_entry(w, prop->names[i], values[i]);
			soap_close(w);
			soap_close(w);
		}
		soap_close(w);
	}
}

static void update_line(struct soap_writer *w, const struct ews_prop_table *table,
			const struct ews_prop *prop, const char *key, size_t line,
			const char *value)
{
	soap_open(w, value ? "t:SetItemField" : "t:DeleteItemField");
	put_indexed(w, lines[line].uri, key);
	if (value) {
		soap_open(w, table->item);
		soap_open(w, prop->element);
		soap_open(w, "t:Entry");
		soap_put_attr(w, "Key", key);
		soap_leaf(w, lines[line].element, value);
		soap_close(w);
		soap_close(w);
		soap_close(w);
	}
	soap_close(w);
}

static void update_addresses(struct soap_writer *w, const struct ews_prop_table *table,
			     const struct ews_prop *prop,
			     const struct ews_address *addresses)
{
	for (size_t i = 0; prop->names[i]; i++) {
		for (size_t k = 0; k < ARRAY_LEN(lines); k++)
			update_line(w, table, prop, prop->names[i], k,
				    line_of(&addresses[i], k));
	}
}

static void update_properties(struct soap_writer *w, const struct ews_prop_table *table,
			      const struct properties *properties)
{
	for (size_t i = 0; i < properties->count; i++) {
		const struct ews_property_value *one = &properties->list[i];

		soap_open(w, one->value ? "t:SetItemField" : "t:DeleteItemField");
		soap_put_property(w, &one->property);
		if (one->value) {
			soap_open(w, table->item);
			soap_put_property_value(w, one);
			soap_close(w);
		}
		soap_close(w);
	}
}

static void update_plain(struct soap_writer *w, const struct ews_prop_table *table,
			 const struct ews_prop *prop, const void *object)
{
	bool empty = is_empty(prop, object);

	soap_open(w, empty ? "t:DeleteItemField" : "t:SetItemField");
	soap_put_field(w, prop->uri);
	if (!empty) {
		soap_open(w, table->item);
		put(w, prop, object);
		soap_close(w);
	}
	soap_close(w);
}

void ews_props_update(struct soap_writer *w, const struct ews_prop_table *table,
		      unsigned set, const void *object)
{
	soap_open(w, "t:Updates");
	for (size_t i = 0; i < table->count; i++) {
		const struct ews_prop *prop = &table->list[i];

		if (!(set & prop->bit))
			continue;
		if (prop->kind == EWS_PROP_ENTRIES)
			update_entries(w, table, prop, at(prop, object));
		else if (prop->kind == EWS_PROP_ADDRESSES)
			update_addresses(w, table, prop, at(prop, object));
		else if (prop->kind == EWS_PROP_PROPERTIES)
			update_properties(w, table, at(prop, object));
		else
			update_plain(w, table, prop, object);
	}
	soap_close(w);
}

/* --- Read -------------------------------------------------------------------------- */

static void shape_dictionary(struct soap_writer *w, const struct ews_prop *prop)
{
	for (size_t i = 0; prop->names[i]; i++) {
		if (prop->kind == EWS_PROP_ENTRIES) {
			put_indexed(w, prop->uri, prop->names[i]);
			continue;
		}
		for (size_t k = 0; k < ARRAY_LEN(lines); k++)
			put_indexed(w, lines[k].uri, prop->names[i]);
	}
}

void ews_props_shape(struct soap_writer *w, const struct ews_prop_table *table,
		     const char *const *more, const struct ews_property *mark)
{
	soap_open(w, "m:ItemShape");
	soap_leaf(w, "t:BaseShape", "IdOnly");
	soap_leaf(w, "t:BodyType", "Text");
	soap_open(w, "t:AdditionalProperties");
	for (size_t i = 0; i < table->count; i++) {
		const struct ews_prop *prop = &table->list[i];

		if (prop->kind == EWS_PROP_ENTRIES || prop->kind == EWS_PROP_ADDRESSES)
			shape_dictionary(w, prop);
		else if (prop->kind != EWS_PROP_PROPERTIES)
			soap_put_field(w, prop->uri);
	}
	for (size_t i = 0; more[i]; i++)
		soap_put_field(w, more[i]);
	if (mark)
		soap_put_property(w, mark);
	soap_close(w);
	soap_close(w);
}

/* Index of the element's Key, or -1. */
static int key_of(const struct soap_reader *r, const char *const *names)
{
	struct str key = soap_attr(r, "Key");

	for (int i = 0; names[i]; i++) {
		if (str_eq(key, str_from(names[i])))
			return i;
	}
	return -1;
}

static void read_entries(struct soap_reader *r, struct ews_arena *arena,
			 const struct ews_prop *prop, const char **values)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		int key = key_of(r, prop->names);

		if (key >= 0)
			values[key] = soap_get_text(r, arena);
	}
}

static void read_addresses(struct soap_reader *r, struct ews_arena *arena,
			   const struct ews_prop *prop, struct ews_address *addresses)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		int key = key_of(r, prop->names);

		while (key >= 0 && soap_child(r, depth + 1)) {
			char *address = (char *)&addresses[key];

			for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
				if (soap_is(r, lines[i].element + 2))
					*(const char **)(address + lines[i].offset) =
						soap_get_text(r, arena);
			}
		}
	}
}

static void read_body(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_text *body)
{
	body->is_html = str_eq(soap_attr(r, "BodyType"), STR("HTML"));
	body->text = soap_get_text(r, arena);
}

static void read(struct soap_reader *r, struct ews_arena *arena,
		 const struct ews_prop *prop, void *member)
{
	int value;

	switch (prop->kind) {
	case EWS_PROP_TEXT:
		*(const char **)member = soap_get_text(r, arena);
		break;
	case EWS_PROP_BODY:
		read_body(r, arena, member);
		break;
	case EWS_PROP_BOOL:
		*(bool *)member = soap_get_bool(r);
		break;
	case EWS_PROP_INT:
		*(int *)member = ews_parse_int(str_trim(soap_text(r)));
		break;
	case EWS_PROP_ENUM:
		value = ews_enum_value(str_trim(soap_text(r)), prop->names);
		memcpy(member, &value, sizeof(value));
		break;
	case EWS_PROP_TEXTS:
		ews_read_texts(r, arena, member);
		break;
	case EWS_PROP_TIME:
		*(int64_t *)member = soap_get_time(r);
		break;
	case EWS_PROP_DATE:
	case EWS_PROP_BIRTHDAY:
		*(struct ews_date *)member = ews_parse_date(str_trim(soap_text(r)));
		break;
	case EWS_PROP_RECURRENCE:
		ews_read_recurrence(r, member);
		break;
	case EWS_PROP_ENTRIES:
		read_entries(r, arena, prop, member);
		break;
	case EWS_PROP_ADDRESSES:
		read_addresses(r, arena, prop, member);
		break;
	default: /* written only */
		break;
	}
}

unsigned ews_prop_read(struct soap_reader *r, struct ews_arena *arena,
		       const struct ews_prop_table *table, void *object)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct ews_prop *prop = &table->list[i];

		if (!prop->element || !soap_is(r, prop->element + 2))
			continue;
		read(r, arena, prop, (char *)object + prop->offset);
		return prop->bit;
	}
	return 0;
}
