/* Fields by table, ids, people, extended properties, batches: see read.h. */
#include <string.h>

#include "base/num.h"
#include "ews/read.h"

int ews_enum_value(struct str text, const char *const *names)
{
	for (int i = 0; names[i]; i++) {
		if (str_eq(text, str_from(names[i])))
			return i;
	}
	return 0;
}

void ews_read_id(const struct soap_reader *r, struct ews_arena *arena,
		 struct ews_id *id_r)
{
	id_r->id = soap_get_attr(r, "Id", arena);
	id_r->change_key = soap_get_attr(r, "ChangeKey", arena);
}

void ews_read_mailbox(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_mailbox *mailbox_r)
{
	static const struct ews_field fields[] = {
		{ "Name", EWS_FIELD_TEXT, offsetof(struct ews_mailbox, name), NULL },
		{ "EmailAddress", EWS_FIELD_TEXT, offsetof(struct ews_mailbox, address),
		  NULL },
		{ "RoutingType", EWS_FIELD_TEXT,
		  offsetof(struct ews_mailbox, routing_type), NULL },
		{ "MailboxType", EWS_FIELD_TEXT, offsetof(struct ews_mailbox, type),
		  NULL },
	};
	int depth = soap_depth(r);

	while (soap_child(r, depth))
		ews_read_field(r, arena, fields, ARRAY_LEN(fields), mailbox_r);
}

void ews_read_people(struct soap_reader *r, struct ews_arena *arena,
		     struct ews_mailboxes *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		out->list = ews_arena_grow(arena, out->list, out->count,
					   sizeof(*out->list));
		ews_read_mailbox(r, arena, &out->list[out->count++]);
	}
}

void ews_read_texts(struct soap_reader *r, struct ews_arena *arena, struct ews_texts *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (!soap_is(r, "String"))
			continue;
		out->list = ews_arena_grow(arena, out->list, out->count,
					   sizeof(*out->list));
		out->list[out->count++] = soap_get_text(r, arena);
	}
}

static void store(struct soap_reader *r, struct ews_arena *arena,
		  const struct ews_field *field, void *member)
{
	switch (field->kind) {
	case EWS_FIELD_TEXT:
		*(char **)member = soap_get_text(r, arena);
		break;
	case EWS_FIELD_INT64:
		*(int64_t *)member = soap_get_int(r, *(int64_t *)member);
		break;
	case EWS_FIELD_INT: {
		int64_t value = soap_get_int(r, *(int *)member);

		if (value >= INT32_MIN && value <= INT32_MAX)
			*(int *)member = (int)value;
		break;
	}
	case EWS_FIELD_TIME:
		*(int64_t *)member = soap_get_time(r);
		break;
	case EWS_FIELD_BOOL:
		*(bool *)member = soap_get_bool(r);
		break;
	case EWS_FIELD_ENUM: {
		int value = ews_enum_value(str_trim(soap_text(r)), field->values);

		memcpy(member, &value, sizeof(value));
		break;
	}
	case EWS_FIELD_TEXTS:
		ews_read_texts(r, arena, member);
		break;
	case EWS_FIELD_MAILBOXES:
		ews_read_people(r, arena, member);
		break;
	case EWS_FIELD_ID:
		ews_read_id(r, arena, member);
		break;
	case EWS_FIELD_ID_TEXT:
		*(char **)member = soap_get_attr(r, "Id", arena);
		break;
	}
}

bool ews_read_field(struct soap_reader *r, struct ews_arena *arena,
		    const struct ews_field *table, size_t count, void *object)
{
	for (size_t i = 0; i < count; i++) {
		if (!soap_is(r, table[i].name))
			continue;
		store(r, arena, &table[i], (char *)object + table[i].offset);
		return true;
	}
	return false;
}

enum ews_item_type ews_read_item_type(const struct soap_reader *r)
{
	static const char *const names[] = {
		[EWS_ITEM_OTHER] = "",
		[EWS_ITEM_ITEM] = "Item",
		[EWS_ITEM_MESSAGE] = "Message",
		[EWS_ITEM_POST] = "PostItem",
		[EWS_ITEM_MEETING_MESSAGE] = "MeetingMessage",
		[EWS_ITEM_MEETING_REQUEST] = "MeetingRequest",
		[EWS_ITEM_MEETING_RESPONSE] = "MeetingResponse",
		[EWS_ITEM_MEETING_CANCELLATION] = "MeetingCancellation",
		[EWS_ITEM_CALENDAR] = "CalendarItem",
		[EWS_ITEM_CONTACT] = "Contact",
		[EWS_ITEM_DISTRIBUTION_LIST] = "DistributionList",
		[EWS_ITEM_TASK] = "Task",
		[EWS_ITEM_TYPE_COUNT] = NULL,
	};

	return (enum ews_item_type)ews_enum_value(soap_name(r), names);
}

unsigned ews_read_rights(struct soap_reader *r)
{
	static const struct {
		const char *name;
		unsigned bit;
	} rows[] = {
		{ "Read", EWS_RIGHT_READ },
		{ "CreateContents", EWS_RIGHT_CREATE_CONTENTS },
		{ "CreateHierarchy", EWS_RIGHT_CREATE_FOLDERS },
		{ "Modify", EWS_RIGHT_MODIFY },
		{ "Delete", EWS_RIGHT_DELETE },
		{ "ViewPrivateItems", EWS_RIGHT_VIEW_PRIVATE },
	};
	unsigned rights = EWS_RIGHTS_KNOWN;
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			if (soap_is(r, rows[i].name) && soap_get_bool(r))
				rights |= rows[i].bit;
		}
	}
	return rights;
}

/* --- Extended properties ----------------------------------------------------------- */

/* 0x0e07, 0xe07 or 3591. */
static unsigned parse_tag(struct str text)
{
	uint64_t value = 0;
	bool ok = str_starts_nocase(text, STR("0x"))
			  ? num_hex_u64(str_sub(text, 2, text.len), &value)
			  : num_u64(text, &value);

	return ok && value <= 0xFFFF ? (unsigned)value : 0;
}

static void read_key(const struct soap_reader *r, struct ews_arena *arena,
		     struct ews_property *key)
{
	uint32_t id = 0;

	key->tag = parse_tag(soap_attr(r, "PropertyTag"));
	key->set = soap_get_attr(r, "DistinguishedPropertySetId", arena);
	key->guid = soap_get_attr(r, "PropertySetId", arena);
	key->name = soap_get_attr(r, "PropertyName", arena);
	if (num_u32(soap_attr(r, "PropertyId"), &id))
		key->id = id;
}

void ews_read_property(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_read_property *property_r)
{
	int depth = soap_depth(r);

	*property_r = (struct ews_read_property){ 0 };
	while (soap_child(r, depth)) {
		if (soap_is(r, "ExtendedFieldURI"))
			read_key(r, arena, &property_r->key);
		else if (soap_is(r, "Value"))
			property_r->value = soap_get_text(r, arena);
	}
}

static const char *guid_of(const char *set)
{
	static const struct {
		const char *set, *guid;
	} rows[] = {
		{ EWS_SET_PUBLIC_STRINGS, "00020329-0000-0000-C000-000000000046" },
		{ EWS_SET_APPOINTMENT, "00062002-0000-0000-C000-000000000046" },
		{ EWS_SET_MEETING, "6ED8DA90-450B-101B-98DA-00AA003F1305" },
		{ EWS_SET_COMMON, "00062008-0000-0000-C000-000000000046" },
		{ EWS_SET_INTERNET_HEADERS, "00020386-0000-0000-C000-000000000046" },
	};

	for (size_t i = 0; set && i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].set, set) == 0)
			return rows[i].guid;
	}
	return NULL;
}

bool ews_property_is(const struct ews_read_property *property,
		     const struct ews_property *wanted)
{
	const struct ews_property *key = &property->key;
	struct str key_guid = str_from(key->guid ? key->guid : guid_of(key->set));
	struct str guid = str_from(wanted->guid ? wanted->guid : guid_of(wanted->set));

	if (wanted->tag || key->tag)
		return wanted->tag == key->tag;
	if (!str_eq_nocase(key_guid, guid))
		return false;
	if (wanted->name)
		return str_eq_nocase(str_from(key->name), str_from(wanted->name));
	return !key->name && key->id == wanted->id;
}

void ews_read_mark(struct soap_reader *r, struct ews_arena *arena,
		   const struct ews_property *mark, char **value_r)
{
	struct ews_read_property property;

	ews_read_property(r, arena, &property);
	if (mark && ews_property_is(&property, mark))
		*value_r = property.value;
}

int ews_parse_int(struct str text)
{
	struct str whole;
	uint32_t value;

	return str_split(&text, '.', &whole) && num_u32(whole, &value) &&
			       value < INT32_MAX
		       ? (int)value
		       : 0;
}

int64_t ews_property_int(const struct ews_read_property *property, int64_t otherwise)
{
	int64_t value;

	return num_i64(str_trim(str_from(property->value)), &value) ? value : otherwise;
}

bool ews_property_bool(const struct ews_read_property *property)
{
	struct str text = str_trim(str_from(property->value));

	return str_eq_nocase(text, STR("true")) || str_eq(text, STR("1"));
}

/* --- Batches ----------------------------------------------------------------------- */

static void *element_at(const struct ews_batch *batch, size_t i)
{
	return (char *)batch->list + i * batch->size;
}

/* Empties an element before it is read, perhaps not for the first time. */
static void reset(const struct ews_batch *batch, size_t i)
{
	struct ews_status *status = element_at(batch, i);

	*status = (struct ews_status){ .code = EWS_CODE_NO_ANSWER, .retry = true };
	err_set(&status->err, ERR_OFFLINE, "the server's answer leaves this item out");
	if (batch->init)
		batch->init(status);
}

void *ews_batch_new(struct ews_arena *arena, struct ews_batch *batch, size_t count)
{
	batch->list = ews_arena_alloc(arena, count * batch->size);
	batch->count = count;
	for (size_t i = 0; i < count; i++)
		reset(batch, i);
	return batch->list;
}

bool ews_read_batch(struct soap_reader *r, const struct ews_batch *batch, struct err *err)
{
	struct soap_messages m;

	soap_messages_begin(r, &m);
	for (size_t i = 0; i < batch->count && soap_message_next(r, &m); i++) {
		size_t at = batch->index ? batch->index[i] : i;
		struct ews_status *status = element_at(batch, at);

		reset(batch, at);
		status->err.code = ERR_OK;
		while (soap_message_child(r, &m)) {
			if (batch->payload)
				batch->payload(r, status, batch->context);
		}
		/* A payload that was read may have found a fault of its own. */
		if (ews_status_ok(status) || m.status.err.code != ERR_OK)
			*status = m.status;
	}
	return soap_ok(r, err);
}

static void read_id_payload(struct soap_reader *r, void *element, void *context)
{
	struct ews_id_result *result = element;
	int depth = soap_depth(r);

	/* Items or Folders; then the item or folder; then its id. */
	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "ItemId") || soap_is(r, "FolderId"))
				ews_read_id(r, context, &result->id);
		}
	}
}

static void init_id(void *element)
{
	((struct ews_id_result *)element)->id = (struct ews_id){ 0 };
}

struct ews_batch ews_ids_batch(struct ews_id_results *out, size_t count)
{
	struct ews_batch batch = { .size = sizeof(*out->list),
				   .init = init_id,
				   .payload = read_id_payload,
				   .context = &out->arena };

	ews_id_results_finish(out);
	out->list = ews_batch_new(&out->arena, &batch, count);
	out->count = count;
	return batch;
}

bool ews_read_ids(struct soap_reader *r, struct ews_id_results *out, size_t count,
		  struct err *err)
{
	struct ews_batch batch = ews_ids_batch(out, count);

	return ews_read_batch(r, &batch, err);
}

bool ews_read_one_status(struct soap_reader *r, void *status, struct err *err)
{
	struct ews_batch batch = { .list = status,
				   .count = 1,
				   .size = sizeof(struct ews_status) };

	return ews_read_batch(r, &batch, err);
}
