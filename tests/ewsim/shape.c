/* ItemShape in, item elements out; extended properties by their canonical key. */
#include "tests/ewsim/facts.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/version.h"
#include "tests/ewsim/xml.h"

static const struct {
	const char *name, *guid;
} sets[] = {
	{ "Meeting", "6ed8da90-450b-101b-98da-00aa003f1305" },
	{ "Appointment", "00062002-0000-0000-c000-000000000046" },
	{ "Common", "00062008-0000-0000-c000-000000000046" },
	{ "Task", "00062003-0000-0000-c000-000000000046" },
	{ "Address", "00062004-0000-0000-c000-000000000046" },
	{ "PublicStrings", "00020329-0000-0000-c000-000000000046" },
	{ "InternetHeaders", "00020386-0000-0000-c000-000000000046" },
	{ "CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0" },
	{ "UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b" },
	{ "Sharing", "00062040-0000-0000-c000-000000000046" },
};

const char *property_set_guid(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (str_eq(name, str_from(sets[i].name)))
			return sets[i].guid;
	return NULL;
}

static bool set_of(const xmlNode *node, char *out, size_t size)
{
	struct str name = x_attr(node, "DistinguishedPropertySetId");
	struct str guid = x_attr(node, "PropertySetId");

	if (guid.len == 36) {
		for (size_t i = 0; i < 36; i++)
			out[i] = str_lower_char(guid.p[i]);
		out[36] = 0;
		return true;
	}
	if (!property_set_guid(name))
		return false;
	snprintf(out, size, "%s", property_set_guid(name));
	return true;
}

static bool tag_of(struct str text, uint64_t *tag_r)
{
	uint32_t n;

	if (str_starts_nocase(text, STR("0x")))
		return num_hex_u64(str_sub(text, 2, text.len), tag_r) && *tag_r < 0x10000;
	if (!num_u32(text, &n) || n > 0xFFFF)
		return false;
	*tag_r = n;
	return true;
}

bool path_extended(const xmlNode *node, struct shape_extended *e)
{
	struct str type = x_attr(node, "PropertyType"), tag = x_attr(node, "PropertyTag");
	struct str id = x_attr(node, "PropertyId"), name = x_attr(node, "PropertyName");
	CLEANUP(strbuf_finish) struct strbuf esc = STRBUF(200);
	struct str dist = x_attr(node, "DistinguishedPropertySetId");
	char guid[40];
	uint64_t t;

	if (!type.len || name.len > 100)
		return false;
	if (tag.len) {
		if (!tag_of(tag, &t))
			return false;
		snprintf(e->key, sizeof(e->key), "0x%04x:%.*s", (unsigned)t,
			 STR_FMT(type));
		snprintf(e->path, sizeof(e->path),
			 "<t:ExtendedFieldURI PropertyTag=\"0x%x\" "
			 "PropertyType=\"%.*s\"/>",
			 (unsigned)t, STR_FMT(type));
		return true;
	}
	if (!set_of(node, guid, sizeof(guid)) || (!id.len && !name.len))
		return false;
	snprintf(e->key, sizeof(e->key), "{%s}:%.*s:%.*s", guid,
		 STR_FMT(id.len ? id : name), STR_FMT(type));
	x_escape(&esc, id.len ? id : name);
	snprintf(e->path, sizeof(e->path),
		 "<t:ExtendedFieldURI %s=\"%.*s\" %s=\"%s\" PropertyType=\"%.*s\"/>",
		 dist.len ? "DistinguishedPropertySetId" : "PropertySetId",
		 STR_FMT(dist.len ? dist : str_from(guid)),
		 id.len ? "PropertyId" : "PropertyName", strbuf_cstr(&esc),
		 STR_FMT(type));
	return true;
}

static void want(struct shape *s, struct str uri)
{
	ptrdiff_t colon = str_find_char(uri, ':');
	struct str name = str_sub(uri, (size_t)(colon + 1), uri.len);

	if (str_eq(name, STR("MimeContent")))
		s->mime = true;
	for (size_t i = 0; i < field_count; i++)
		if (str_eq(name, str_from(field_table[i].element)))
			s->want[i] = true;
}

static void base_shape(struct shape *s, struct str base, const struct sim_settings *set)
{
	for (size_t i = 0; i < field_count; i++) {
		unsigned flags = field_table[i].flags;

		s->want[i] = i == 1;
		if (set->max_version < V2016 &&
		    version_field(field_table[i].element) >
			    (enum sim_version)set->max_version)
			continue;
		if (str_eq(base, STR("Default")))
			s->want[i] = flags & FIELD_DEFAULT;
		else if (str_eq(base, STR("AllProperties")))
			s->want[i] = !(flags & FIELD_ASKED);
	}
}

void shape_read(const xmlNode *node, const struct sim_settings *set, struct shape *s)
{
	struct str type = x_short(x_child(node, "BodyType"));

	base_shape(s, node ? x_short(x_child(node, "BaseShape")) : STR("IdOnly"), set);
	if (x_true(x_short(x_child(node, "IncludeMimeContent"))))
		s->want[0] = s->mime = true;
	s->body_type = str_eq(type, STR("Text")) ? "Text" : "Best";
	for (const xmlNode *n = x_first(x_child(node, "AdditionalProperties")); n;
	     n = x_next(n)) {
		if (x_is(n, "FieldURI")) {
			want(s, x_attr(n, "FieldURI"));
		} else if (x_is(n, "IndexedFieldURI")) {
			struct str uri = x_attr(n, "FieldURI");

			if (str_starts(uri, STR("contacts:EmailAddress")))
				want(s, STR("contacts:EmailAddresses"));
			else if (str_starts(uri, STR("contacts:PhoneNumber")))
				want(s, STR("contacts:PhoneNumbers"));
			else if (str_starts(uri, STR("contacts:PhysicalAddress")))
				want(s, STR("contacts:PhysicalAddresses"));
		} else if (x_is(n, "ExtendedFieldURI") &&
			   s->extended_count < SHAPE_MAX_EXTENDED) {
			s->extended = mem_resize(s->extended, s->extended_count + 1,
						 sizeof(*s->extended));
			if (path_extended(n, &s->extended[s->extended_count]))
				s->extended_count++;
		}
	}
	if (s->extended_count)
		s->want[field_index("ExtendedProperty")] = true;
}

void shape_everything(struct shape *s)
{
	for (size_t i = 0; i < field_count; i++)
		s->want[i] = !(field_table[i].flags & FIELD_ASKED) &&
			     strcmp(field_table[i].element, "ItemId") != 0 &&
			     strcmp(field_table[i].element, "ParentFolderId") != 0;
}

void shape_finish(struct shape *s)
{
	free(s->extended);
}

static bool hidden_in_find(const char *element)
{
	static const char *const names[] = {
		"MimeContent",	      "Body",
		"TextBody",	      "Attachments",
		"ToRecipients",	      "CcRecipients",
		"BccRecipients",      "RequiredAttendees",
		"OptionalAttendees",  "Resources",
		"Recurrence",	      "ModifiedOccurrences",
		"DeletedOccurrences", "FirstOccurrence",
		"LastOccurrence",     "InternetMessageHeaders"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], element) == 0)
			return true;
	return false;
}

bool shape_write(const struct shape *s, const struct sim_ref *ref, struct strbuf *out)
{
	CLEANUP(facts_finish) struct facts f;
	const char *kind = sim_kind_name(ref->item->kind);

	facts_init(&f, ref, s);
	strbuf_addf(out, "<t:%s>", kind);
	for (size_t i = 0; i < field_count && !f.mime_failed; i++) {
		const struct field *row = &field_table[i];
		const char *stored;

		if (!s->want[i] || !(row->kinds & 1u << ref->item->kind) ||
		    (s->find && hidden_in_find(row->element)))
			continue;
		stored = facts_stored(&f, row->element);
		if (stored)
			strbuf_add_cstr(out, stored);
		else if (row->write)
			row->write(&f, out);
	}
	strbuf_addf(out, "</t:%s>", kind);
	return !f.mime_failed;
}

static void item_xml(const struct sim_ref *ref, const char *element, struct strbuf *xml)
{
	CLEANUP(facts_finish) struct facts f;

	facts_init(&f, ref, NULL);
	for (size_t i = 0; i < field_count; i++) {
		const char *stored;

		if (strcmp(field_table[i].element, element) != 0 ||
		    !(field_table[i].kinds & 1u << ref->item->kind))
			continue;
		stored = facts_stored(&f, element);
		if (stored)
			strbuf_add_cstr(xml, stored);
		else if (field_table[i].write)
			field_table[i].write(&f, xml);
	}
}

void item_text(const struct sim_ref *ref, const char *element, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(256 << 20);

	item_xml(ref, element, &xml);
	x_plain(out, strbuf_cstr(&xml));
}

/* The text of each element of that name, a blank behind each. */
static bool add_elements(struct str xml, const char *name, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf open = STRBUF(100), close = STRBUF(100);
	CLEANUP(strbuf_finish) struct strbuf one = STRBUF(1 << 20);
	bool any = false;
	ptrdiff_t at;

	strbuf_addf(&open, "<t:%s>", name);
	strbuf_addf(&close, "</t:%s>", name);
	while ((at = str_find(xml, strbuf_str(&open))) >= 0) {
		xml = str_sub(xml, (size_t)at + open.len, xml.len);
		at = str_find(xml, strbuf_str(&close));
		strbuf_reset(&one);
		strbuf_add(&one, str_sub(xml, 0, at < 0 ? 0 : (size_t)at));
		x_plain(out, strbuf_cstr(&one));
		strbuf_addc(out, ' ');
		any = true;
	}
	return any;
}

void item_words(const struct sim_ref *ref, const char *element, struct strbuf *out)
{
	static const char *const parts[] = { "Name", "EmailAddress", "String",
					     "FlagStatus" };
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(256 << 20);
	bool any = false;

	item_xml(ref, element, &xml);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		any |= add_elements(strbuf_str(&xml), parts[i], out);
	if (!any)
		x_plain(out, strbuf_cstr(&xml));
}

static void binary(struct str bytes, struct strbuf *out)
{
	strbuf_add(out, STR("<t:Value>"));
	base64_encode(bytes, out);
	strbuf_add(out, STR("</t:Value>"));
}

static int message_flags(const struct sim_ref *ref)
{
	const struct sim_item *i = ref->item;
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(100);

	item_text(ref, "HasAttachments", &v);
	return (i->read ? 1 : 0) | (i->draft ? 8 : 2) |
	       (str_eq(strbuf_str(&v), STR("true")) ? 0x10 : 0) | (i->from_me ? 0x20 : 0);
}

static bool number(const struct sim_ref *ref, const char *key, int64_t *v_r)
{
	const struct sim_item *i = ref->item;
	const struct sim_settings *set = &i->folder->user->sim->settings;

	if (strcmp(key, "0x0e07:Integer") == 0)
		*v_r = message_flags(ref);
	else if (strcmp(key, "0x0e23:Integer") == 0 && set->article_numbers)
		*v_r = set->article_numbers == ARTICLES_ZERO ? 0 : i->article;
	else if (strcmp(key, "0x1081:Integer") == 0 && i->last_verb)
		*v_r = i->last_verb;
	else if (strcmp(key, "0x1080:Integer") == 0)
		*v_r = i->last_verb == 104 ? 262
		       : i->last_verb	   ? 261
		       : i->read	   ? 256
					   : 257;
	else if (strcmp(key, "0x1090:Integer") == 0 && i->flag)
		*v_r = i->flag;
	else if (strcmp(key, "0x0e08:Integer") == 0)
		*v_r = sim_item_size(i);
	else
		return false;
	return true;
}

static bool from_field(const struct sim_ref *ref, const char *key, struct strbuf *out)
{
	static const struct {
		const char *key, *element;
	} table[] = {
		{ "0x0e06:SystemTime", "DateTimeReceived" },
		{ "0x0039:SystemTime", "DateTimeSent" },
		{ "0x3007:SystemTime", "DateTimeCreated" },
		{ "0x3008:SystemTime", "LastModifiedTime" },
		{ "0x0037:String", "Subject" },
		{ "0x001a:String", "ItemClass" },
		{ "0x1035:String", "InternetMessageId" },
		{ "0x1039:String", "References" },
		{ "0x1042:String", "InReplyTo" },
	};
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(16 << 20);

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].key, key) == 0) {
			item_text(ref, table[i].element, &v);
			if (v.len)
				x_text(out, "t:Value", strbuf_str(&v));
			return v.len > 0;
		}
	return false;
}

#define APPOINTMENT "{00062002-0000-0000-c000-000000000046}:"

/* Calendar items by MAPI name, as clients search for them. */
static bool calendar_value(const struct sim_ref *ref, const char *key, struct strbuf *out)
{
	const struct sim_cal *cal = ref->item->cal;

	if (!cal || ref->item->kind != SIM_CALENDAR_ITEM)
		return false;
	if (strcmp(key, APPOINTMENT "33315:Boolean") == 0) /* PidLidRecurring */
		x_bool(out, "t:Value", cal->rec.pattern != SIM_ONCE);
	else if (strcmp(key, APPOINTMENT "33293:SystemTime") == 0) /* ...StartWhole */
		x_time(out, "t:Value", ref->occurrence ? ref->original : cal->start);
	else if (strcmp(key, APPOINTMENT "33294:SystemTime") == 0) /* ...EndWhole */
		x_time(out, "t:Value",
		       ref->occurrence ? ref->original + cal->end - cal->start
				       : cal->end);
	else
		return false;
	return true;
}

static bool transport_headers(const struct sim_ref *ref, struct strbuf *out)
{
	CLEANUP(facts_finish) struct facts f;
	struct str h;

	facts_init(&f, ref, NULL);
	h = facts_headers(&f);
	if (!h.len || ref->item->draft || ref->item->from_me ||
	    !ref->item->folder->user->sim->settings.transport_headers)
		return false;
	x_text(out, "t:Value", h);
	return true;
}

static bool keywords(const struct sim_ref *ref, struct strbuf *out)
{
	const char *xml = sim_field_get(ref->item, "Categories");

	while (xml && (xml = strstr(xml, "<t:String>")) != NULL) {
		const char *end = strstr(xml, "</t:String>");

		strbuf_add(out, STR("<t:Value>"));
		strbuf_add_mem(out, xml + 10, (size_t)(end - xml) - 10);
		strbuf_add(out, STR("</t:Value>"));
		xml = end;
	}
	return out->len > 0;
}

bool item_extended(const struct sim_ref *ref, const char *key, struct strbuf *out)
{
	const struct sim_prop *p = sim_prop_get(ref->item, key);
	const struct sim_item *i = ref->item;
	int64_t n;

	for (size_t e = 0; ref->occurrence && e < i->cal->exception_count; e++)
		if (i->cal->exceptions[e]->cal->original == ref->original &&
		    sim_prop_get(i->cal->exceptions[e], key))
			p = sim_prop_get(i->cal->exceptions[e], key);
	for (size_t k = 0; p && k < p->count; k++)
		x_text(out, "t:Value", str_from(p->values[k]));
	if (p)
		return true;
	if (strcmp(key, "0x300b:Binary") == 0) {
		if (!i->folder->user->sim->settings.search_key)
			return false;
		binary(str_make((const char *)i->search_key, 16), out);
		return true;
	}
	if (strcmp(key, "0x007d:String") == 0)
		return transport_headers(ref, out);
	if (str_ends(str_from(key), STR(":Keywords:StringArray")))
		return keywords(ref, out);
	if (number(ref, key, &n)) {
		x_int(out, "t:Value", n);
		return true;
	}
	return calendar_value(ref, key, out) || from_field(ref, key, out);
}
