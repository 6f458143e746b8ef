/* GetUserConfiguration: [MS-OXWSCOS] section 3.1.4.2; the categories that Outlook keeps
 * in one: [MS-OXOCFG] section 2.2.5.2. */
#include "base/base64.h"
#include "base/num.h"
#include "ews/read.h"
#include "ews/settings.h"

#define BLOB_MAX (4u * 1024 * 1024)

struct request {
	const struct ews_folder_ref *folder;
	const char *name;
};

static void write(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_open(w, "m:UserConfigurationName");
	soap_put_attr(w, "Name", request->name);
	soap_put_folder(w, request->folder);
	soap_close(w);
	soap_leaf(w, "m:UserConfigurationProperties", "All");
}

static void read_bytes(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_bytes *out)
{
	struct strbuf bytes = STRBUF(BLOB_MAX);
	struct ews_sink sink = ews_sink_buffer(&bytes);
	struct err err;

	if (soap_get_base64(r, &sink, &err)) {
		out->p = (unsigned char *)ews_arena_text(arena, strbuf_str(&bytes));
		out->len = bytes.len;
	}
	strbuf_finish(&bytes);
}

/* DictionaryKey or DictionaryValue: Type and one Value or several. */
static void read_value(struct soap_reader *r, struct ews_arena *arena, char **type,
		       char **value)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Type") && type)
			*type = soap_get_text(r, arena);
		else if (soap_is(r, "Value") && !*value)
			*value = soap_get_text(r, arena);
	}
}

static void read_dictionary(struct soap_reader *r, struct ews_configuration *out)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct ews_entry entry = { 0 };

		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "DictionaryKey"))
				read_value(r, &out->arena, NULL, &entry.key);
			else if (soap_is(r, "DictionaryValue"))
				read_value(r, &out->arena, &entry.type, &entry.value);
		}
		if (!entry.key)
			continue;
		out->entries = ews_arena_grow(&out->arena, out->entries, out->entry_count,
					      sizeof(*out->entries));
		out->entries[out->entry_count++] = entry;
	}
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_configuration *out = result;
	int depth = soap_depth(r);

	if (!soap_is(r, "UserConfiguration"))
		return;
	while (soap_child(r, depth)) {
		if (soap_is(r, "ItemId"))
			ews_read_id(r, &out->arena, &out->id);
		else if (soap_is(r, "Dictionary"))
			read_dictionary(r, out);
		else if (soap_is(r, "XmlData"))
			read_bytes(r, &out->arena, &out->xml);
		else if (soap_is(r, "BinaryData"))
			read_bytes(r, &out->arena, &out->binary);
	}
}

bool ews_configuration_get(struct ews_conn *conn, const struct ews_folder_ref *folder,
			   const char *name, struct ews_configuration *out,
			   struct err *err)
{
	const struct request request = { folder, name };
	const struct ews_single single = { .op = EWS_OP_GET_USER_CONFIGURATION,
					   .write = write,
					   .request = &request,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

/* --- Categories -------------------------------------------------------------------- */

static bool read_once(void *context, struct str *chunk_r, struct err *err)
{
	struct str *rest = context;

	*chunk_r = *rest;
	*rest = STR_NONE;
	return true;
}

static int parse_color(struct str text)
{
	uint32_t color;

	return num_u32(text, &color) && color < 25 ? (int)color : -1;
}

/* <categories><category name="Red" color="0"/>...</categories> */
static bool read_categories(struct ews_bytes xml, struct ews_categories *out,
			    struct err *err)
{
	struct str text = str_make((const char *)xml.p, xml.len);
	struct soap_reader *r = soap_reader_new((struct soap_source){ read_once, &text });
	bool is_xml = soap_document(r), ok;

	while (is_xml && soap_child(r, 1)) {
		struct ews_category *category;

		if (!soap_is(r, "category"))
			continue;
		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		category = &out->list[out->count++];
		category->name = ews_arena_text(&out->arena, soap_attr(r, "name"));
		category->color = parse_color(soap_attr(r, "color"));
	}
	if (!is_xml && xml.len > 0)
		soap_fail(r, ERR_BROKEN, "the list of categories is no XML");
	ok = soap_ok(r, err);
	soap_reader_free(r);
	return ok;
}

bool ews_categories_get(struct ews_conn *conn, struct ews_categories *out,
			struct err *err)
{
	static const struct ews_folder_ref calendar = { .distinguished = "calendar" };
	CLEANUP(ews_configuration_finish) struct ews_configuration found = { 0 };

	ews_categories_finish(out);
	return ews_configuration_get(conn, &calendar, "CategoryList", &found, err) &&
	       read_categories(found.xml, out, err);
}
