/* A folder element of GetFolder, FindFolder and SyncFolderHierarchy. */
#include "ews/read.h"

enum { HIDDEN, CHANGED, DELETED };

static const char *const asked[] = {
	"folder:ParentFolderId",  "folder:FolderClass",		  "folder:DisplayName",
	"folder:TotalCount",	  "folder:ChildFolderCount",	  "folder:UnreadCount",
	"folder:EffectiveRights", "folder:DistinguishedFolderId", NULL,
};

static const struct ews_property properties[] = {
	[HIDDEN] = { .tag = 0x10F4, .type = EWS_PROPERTY_BOOLEAN },
	[CHANGED] = { .tag = 0x670A, .type = EWS_PROPERTY_TIME },
	[DELETED] = { .tag = 0x670B, .type = EWS_PROPERTY_INTEGER },
};

void soap_put_folder_shape(struct soap_writer *w)
{
	static const struct soap_shape shape = {
		.name = "m:FolderShape",
		.fields = asked,
		.properties = properties,
		.property_count = ARRAY_LEN(properties),
	};

	soap_put_shape(w, &shape);
}

static const char *const elements[] = { "Folder",      "CalendarFolder", "ContactsFolder",
					"TasksFolder", "SearchFolder",	 NULL };

bool ews_is_folder(const struct soap_reader *r)
{
	return soap_is(r, "Folder") || ews_enum_value(soap_name(r), elements) > 0;
}

static void read_property(struct soap_reader *r, struct ews_arena *arena,
			  struct ews_folder *folder)
{
	struct ews_read_property property;

	ews_read_property(r, arena, &property);
	if (ews_property_is(&property, &properties[HIDDEN]))
		folder->hidden = ews_property_bool(&property);
	else if (ews_property_is(&property, &properties[CHANGED]))
		folder->changed_unix = soap_parse_time(str_from(property.value));
	else if (ews_property_is(&property, &properties[DELETED]))
		folder->deleted_total = ews_property_int(&property, -1);
}

#define AT(member) offsetof(struct ews_folder, member)

void ews_read_folder(struct soap_reader *r, struct ews_arena *arena,
		     struct ews_folder *folder)
{
	static const struct ews_field fields[] = {
		{ "FolderId", EWS_FIELD_ID, AT(id), NULL },
		{ "ParentFolderId", EWS_FIELD_ID_TEXT, AT(parent_id), NULL },
		{ "FolderClass", EWS_FIELD_TEXT, AT(folder_class), NULL },
		{ "DisplayName", EWS_FIELD_TEXT, AT(name), NULL },
		{ "DistinguishedFolderId", EWS_FIELD_TEXT, AT(distinguished), NULL },
		{ "TotalCount", EWS_FIELD_INT64, AT(total), NULL },
		{ "UnreadCount", EWS_FIELD_INT64, AT(unread), NULL },
		{ "ChildFolderCount", EWS_FIELD_INT64, AT(children), NULL },
	};
	int depth = soap_depth(r);

	folder->type = (enum ews_folder_type)ews_enum_value(soap_name(r), elements);
	folder->total = folder->unread = folder->children = folder->deleted_total = -1;
	folder->changed_unix = EWS_TIME_NONE;
	while (soap_child(r, depth)) {
		if (soap_is(r, "EffectiveRights"))
			folder->rights = ews_read_rights(r);
		else if (soap_is(r, "ExtendedProperty"))
			read_property(r, arena, folder);
		else
			ews_read_field(r, arena, fields, ARRAY_LEN(fields), folder);
	}
}
