/* Requests as text: see soap_write.h. The order of elements is the caller's business. */
#include "ews/soap_write.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"

static const char *const versions[] = {
	"Exchange2016",	    "Exchange2013_SP1", "Exchange2013",
	"Exchange2010_SP2", "Exchange2010",
};
static_assert(sizeof(versions) / sizeof(versions[0]) == SOAP_VERSION_COUNT, "one a row");

const char *soap_version_name(enum soap_version version)
{
	return versions[version];
}

enum soap_version soap_version_find(struct str name)
{
	unsigned i = 0;

	while (i < SOAP_VERSION_COUNT && !str_eq(name, str_from(versions[i])))
		i++;
	return (enum soap_version)i;
}

static void end_tag(struct soap_writer *w)
{
	if (w->in_tag)
		strbuf_addc(w->out, '>');
	w->in_tag = false;
}

static void put_char(struct strbuf *out, uint32_t c)
{
	switch (c) {
	case '<':
		strbuf_add(out, STR("&lt;"));
		return;
	case '>': /* so that "]]>" cannot come about */
		strbuf_add(out, STR("&gt;"));
		return;
	case '&':
		strbuf_add(out, STR("&amp;"));
		return;
	case '"':
		strbuf_add(out, STR("&quot;"));
		return;
	case '\r':
		strbuf_add(out, STR("&#xD;"));
		return;
	}
	if (c == UTF8_BAD)
		utf8_add(out, 0xFFFD);
	else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xFFFE || c == 0xFFFF)
		return; /* XML cannot say it */
	else
		utf8_add(out, c);
}

static void put_escaped(struct strbuf *out, const char *text, bool attribute)
{
	struct str rest = str_from(text);

	while (rest.len > 0) {
		uint32_t c = utf8_next(&rest);

		/* Attribute values lose line breaks and tabs by normalisation. */
		if (attribute && (c == '\n' || c == '\t'))
			strbuf_addf(out, "&#x%X;", (unsigned)c);
		else
			put_char(out, c);
	}
}

void soap_open(struct soap_writer *w, const char *name)
{
	assert(w->depth < SOAP_WRITE_DEPTH);
	end_tag(w);
	w->open[w->depth++] = name;
	strbuf_addc(w->out, '<');
	strbuf_add_cstr(w->out, name);
	w->in_tag = true;
}

void soap_put_attr(struct soap_writer *w, const char *name, const char *value)
{
	assert(w->in_tag);
	strbuf_addf(w->out, " %s=\"", name);
	put_escaped(w->out, value, true);
	strbuf_addc(w->out, '"');
}

void soap_put_attr_int(struct soap_writer *w, const char *name, int64_t value)
{
	assert(w->in_tag);
	strbuf_addf(w->out, " %s=\"%lld\"", name, (long long)value);
}

void soap_put(struct soap_writer *w, const char *text)
{
	end_tag(w);
	put_escaped(w->out, text, false);
}

void soap_put_base64(struct soap_writer *w, const struct ews_source *source)
{
	end_tag(w);
	ews_body_add(w->body, source);
}

void soap_close(struct soap_writer *w)
{
	const char *name = w->open[--w->depth];

	if (w->in_tag)
		strbuf_add(w->out, STR("/>"));
	else
		strbuf_addf(w->out, "</%s>", name);
	w->in_tag = false;
}

void soap_leaf(struct soap_writer *w, const char *name, const char *text)
{
	soap_open(w, name);
	soap_put(w, text);
	soap_close(w);
}

void soap_leaf_bool(struct soap_writer *w, const char *name, bool value)
{
	soap_leaf(w, name, value ? "true" : "false");
}

void soap_leaf_int(struct soap_writer *w, const char *name, int64_t value)
{
	soap_open(w, name);
	end_tag(w);
	strbuf_addf(w->out, "%lld", (long long)value);
	soap_close(w);
}

void soap_begin(struct soap_writer *w, struct ews_body *body, enum soap_version version)
{
	*w = (struct soap_writer){ .body = body, .out = &body->text, .version = version };
	strbuf_add(w->out, STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"));
	soap_open(w, "s:Envelope");
	soap_put_attr(w, "xmlns:s", "http://schemas.xmlsoap.org/soap/envelope/");
	soap_put_attr(w, "xmlns:m",
		      "http://schemas.microsoft.com/exchange/services/2006/messages");
	soap_put_attr(w, "xmlns:t",
		      "http://schemas.microsoft.com/exchange/services/2006/types");
	soap_open(w, "s:Header");
	soap_open(w, "t:RequestServerVersion");
	soap_put_attr(w, "Version", versions[version]);
	soap_close(w);
	soap_close(w);
	soap_open(w, "s:Body");
}

void soap_end(struct soap_writer *w)
{
	soap_close(w);
	soap_close(w);
	assert(w->depth == 0);
}

/* --- Vocabulary -------------------------------------------------------------------- */

void soap_put_folder(struct soap_writer *w, const struct ews_folder_ref *ref)
{
	if (ref->id) {
		soap_open(w, "t:FolderId");
		soap_put_attr(w, "Id", ref->id);
		soap_close(w);
		return;
	}
	soap_open(w, "t:DistinguishedFolderId");
	soap_put_attr(w, "Id", ref->distinguished ? ref->distinguished : "");
	if (ref->mailbox) {
		soap_open(w, "t:Mailbox");
		soap_leaf(w, "t:EmailAddress", ref->mailbox);
		soap_close(w);
	}
	soap_close(w);
}

void soap_put_folder_in(struct soap_writer *w, const char *name,
			const struct ews_folder_ref *ref)
{
	soap_open(w, name);
	soap_put_folder(w, ref);
	soap_close(w);
}

void soap_put_mailbox(struct soap_writer *w, const char *name,
		      const struct ews_mailbox *mailbox)
{
	soap_open(w, name);
	if (mailbox->name)
		soap_leaf(w, "t:Name", mailbox->name);
	if (mailbox->address)
		soap_leaf(w, "t:EmailAddress", mailbox->address);
	if (mailbox->routing_type)
		soap_leaf(w, "t:RoutingType", mailbox->routing_type);
	soap_close(w);
}

void soap_put_item_id(struct soap_writer *w, const char *name, const struct ews_ref *ref)
{
	soap_open(w, name);
	soap_put_attr(w, "Id", ref->id);
	if (ref->change_key)
		soap_put_attr(w, "ChangeKey", ref->change_key);
	soap_close(w);
}

void soap_put_item_ids(struct soap_writer *w, const struct ews_ref *refs, size_t count)
{
	soap_open(w, "m:ItemIds");
	for (size_t i = 0; i < count; i++)
		soap_put_item_id(w, "t:ItemId", &refs[i]);
	soap_close(w);
}

void soap_put_field(struct soap_writer *w, const char *field_uri)
{
	soap_open(w, "t:FieldURI");
	soap_put_attr(w, "FieldURI", field_uri);
	soap_close(w);
}

void soap_put_property(struct soap_writer *w, const struct ews_property *property)
{
	static const char *const types[] = {
		[EWS_PROPERTY_STRING] = "String", [EWS_PROPERTY_INTEGER] = "Integer",
		[EWS_PROPERTY_LONG] = "Long",	  [EWS_PROPERTY_BOOLEAN] = "Boolean",
		[EWS_PROPERTY_BINARY] = "Binary", [EWS_PROPERTY_TIME] = "SystemTime",
	};
	char tag[16];

	soap_open(w, "t:ExtendedFieldURI");
	if (property->tag) {
		snprintf(tag, sizeof(tag), "0x%04X", property->tag);
		soap_put_attr(w, "PropertyTag", tag);
	} else {
		if (property->set)
			soap_put_attr(w, "DistinguishedPropertySetId", property->set);
		else
			soap_put_attr(w, "PropertySetId", property->guid);
		if (property->name)
			soap_put_attr(w, "PropertyName", property->name);
		else
			soap_put_attr_int(w, "PropertyId", property->id);
	}
	soap_put_attr(w, "PropertyType", types[property->type]);
	soap_close(w);
}

void soap_put_property_value(struct soap_writer *w,
			     const struct ews_property_value *value)
{
	soap_open(w, "t:ExtendedProperty");
	soap_put_property(w, &value->property);
	soap_leaf(w, "t:Value", value->value);
	soap_close(w);
}

/* Asked of an older schema, these fail the whole request. */
static bool is_known(enum soap_version version, const char *field)
{
	static const char *const since_2013[] = {
		"item:Flag",
		"item:TextBody",
		"item:ReminderNextTime",
		"folder:DistinguishedFolderId",
		"calendar:EnhancedLocation",
		"calendar:IsOrganizer",
		"calendar:StartTimeZoneId",
		"calendar:EndTimeZoneId",
		"calendar:JoinOnlineMeetingUrl",
	};

	for (size_t i = 0; version > SOAP_2013 && i < ARRAY_LEN(since_2013); i++) {
		if (str_eq(str_from(field), str_from(since_2013[i])))
			return false;
	}
	return true;
}

/* What Flag shows, in the words of before 2013. */
const struct ews_property soap_flag_status = { .tag = 0x1090,
					       .type = EWS_PROPERTY_INTEGER };

static void put_fields(struct soap_writer *w, const char *const *fields)
{
	for (size_t i = 0; fields && fields[i]; i++) {
		if (is_known(w->version, fields[i]))
			soap_put_field(w, fields[i]);
		else if (str_eq(str_from(fields[i]), STR("item:Flag")))
			soap_put_property(w, &soap_flag_status);
	}
}

void soap_put_shape(struct soap_writer *w, const struct soap_shape *shape)
{
	soap_open(w, shape->name);
	soap_leaf(w, "t:BaseShape", "IdOnly");
	if (shape->mime)
		soap_leaf_bool(w, "t:IncludeMimeContent", true);
	if (shape->body_type)
		soap_leaf(w, "t:BodyType", shape->body_type);
	if (shape->fields || shape->property_count || shape->mark) {
		soap_open(w, "t:AdditionalProperties");
		put_fields(w, shape->fields);
		put_fields(w, shape->more);
		for (size_t i = 0; i < shape->property_count; i++)
			soap_put_property(w, &shape->properties[i]);
		if (shape->mark)
			soap_put_property(w, shape->mark);
		soap_close(w);
	}
	soap_close(w);
}

void soap_format_time(int64_t unix_s, char *out, size_t size)
{
	struct civil c = clock_civil_from_unix(unix_s);

	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
		 c.hour, c.minute, c.second);
}
