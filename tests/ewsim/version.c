/*
 * Old servers: Exchange validates requests against its own schema, so whatever is newer
 * than it makes the whole request fail. Sources: the "introduced in" notes of Microsoft's
 * EWS documentation.
 */
#include "tests/ewsim/version.h"

#include "tests/ewsim/xml.h"

enum what { ELEMENT, ATTRIBUTE, FIELD, FOLDER };

static const struct {
	const char *name;
	enum what what;
	enum sim_version since;
} table[] = {
	{ "GetServerTimeZones", ELEMENT, V2010 },
	{ "GetUserConfiguration", ELEMENT, V2010 },
	{ "GetRoomLists", ELEMENT, V2010 },
	{ "QueryString", ELEMENT, V2010 },
	{ "GetRooms", ELEMENT, V2010 },
	{ "StartTimeZone", ELEMENT, V2010 },
	{ "EndTimeZone", ELEMENT, V2010 },
	{ "EmptyFolder", ELEMENT, V2010_SP1 },
	{ "GetStreamingEvents", ELEMENT, V2010_SP1 },
	{ "StreamingSubscriptionRequest", ELEMENT, V2010_SP1 },
	{ "ReturnNewItemIds", ELEMENT, V2010_SP1 },
	{ "ExportItems", ELEMENT, V2010_SP1 },
	{ "UploadItems", ELEMENT, V2010_SP1 },
	{ "GetInboxRules", ELEMENT, V2010_SP1 },
	{ "UpdateInboxRules", ELEMENT, V2010_SP1 },
	{ "FindPeople", ELEMENT, V2013 },
	{ "GetPersona", ELEMENT, V2013 },
	{ "GetUserPhoto", ELEMENT, V2013 },
	{ "MarkAllItemsAsRead", ELEMENT, V2013 },
	{ "MarkAsJunk", ELEMENT, V2013 },
	{ "Flag", ELEMENT, V2013 },
	{ "ProposedStart", ELEMENT, V2013_SP1 },
	{ "ProposedEnd", ELEMENT, V2013_SP1 },
	{ "SuppressReadReceipts", ATTRIBUTE, V2013_SP1 },
	{ "ConversationId", FIELD, V2010 },
	{ "IsAssociated", FIELD, V2010 },
	{ "StartTimeZone", FIELD, V2010 },
	{ "EndTimeZone", FIELD, V2010 },
	{ "Flag", FIELD, V2013 },
	{ "IconIndex", FIELD, V2013 },
	{ "Preview", FIELD, V2013 },
	{ "TextBody", FIELD, V2013 },
	{ "IsOrganizer", FIELD, V2013 },
	{ "StartTimeZoneId", FIELD, V2013 },
	{ "EndTimeZoneId", FIELD, V2013 },
	{ "DistinguishedFolderId", FIELD, V2013 },
	{ "MimeContentUTF8", FIELD, V2016 },
	{ "archiveroot", FOLDER, V2010_SP1 },
	{ "archivemsgfolderroot", FOLDER, V2010_SP1 },
	{ "recoverableitemsroot", FOLDER, V2010_SP1 },
	{ "recoverableitemsdeletions", FOLDER, V2010_SP1 },
	{ "recoverableitemspurges", FOLDER, V2010_SP1 },
	{ "archiveinbox", FOLDER, V2013 },
	{ "conversationhistory", FOLDER, V2013 },
	{ "directory", FOLDER, V2013 },
	{ "favorites", FOLDER, V2013 },
	{ "localfailures", FOLDER, V2013 },
	{ "mycontacts", FOLDER, V2013 },
	{ "recipientcache", FOLDER, V2013 },
	{ "serverfailures", FOLDER, V2013 },
	{ "syncissues", FOLDER, V2013 },
	{ "todosearch", FOLDER, V2013 },
	{ "archive", FOLDER, VERSION_COUNT },
};

static enum sim_version since(struct str name, enum what what)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].what == what && str_eq(name, str_from(table[i].name)))
			return table[i].since;
	return V2007_SP1;
}

enum sim_version version_field(const char *element)
{
	return since(str_from(element), FIELD);
}

/* The first name in the request that such a version has not heard of; STR_NONE: none. */
static struct str unknown(const xmlNode *n, enum sim_version version)
{
	struct str name = str_from((const char *)n->name), uri = x_attr(n, "FieldURI");
	ptrdiff_t colon = str_find_char(uri, ':');

	if (since(name, ELEMENT) > version)
		return name;
	for (const xmlAttr *a = n->properties; a; a = a->next)
		if (since(str_from((const char *)a->name), ATTRIBUTE) > version)
			return str_from((const char *)a->name);
	if (colon > 0 && since(str_sub(uri, (size_t)colon + 1, uri.len), FIELD) > version)
		return uri;
	if (x_is(n, "DistinguishedFolderId") && since(x_attr(n, "Id"), FOLDER) > version)
		return x_attr(n, "Id");
	for (const xmlNode *child = x_first(n); child; child = x_next(child)) {
		struct str found = unknown(child, version);

		if (found.p)
			return found;
	}
	return STR_NONE;
}

static int wanted_version(const xmlNode *header)
{
	struct str v = x_attr(x_child(header, "RequestServerVersion"), "Version");
	struct str rest = STR(VERSION_WORDS), word;

	for (int i = 0; str_split(&rest, '|', &word); i++)
		if (str_eq(word, v))
			return i;
	if (str_eq(v, STR("Exchange2007")))
		return V2007_SP1;
	return v.len ? VERSION_COUNT : -1;
}

/* Headers that the operation does not take, by services.wsdl. */
static bool odd_header(const xmlNode *header, const xmlNode *request)
{
	static const char *const zoned[] = {
		"FindFolder",
		"FindItem",
		"GetFolder",
		"CreateFolder",
		"UpdateFolder",
		"GetItem",
		"CreateItem",
		"UpdateItem",
		"GetAttachment",
		"CreateAttachment",
		"GetInboxRules",
		"UpdateInboxRules",
		"GetUserAvailabilityRequest",
	};
	bool zone = false;

	for (size_t i = 0; i < ARRAY_LEN(zoned); i++)
		zone = zone || x_is(request, zoned[i]);
	return x_child(header, "TimeZoneContext") && !zone;
}

const char *version_check(const xmlNode *envelope, const struct sim_settings *set,
			  char *text, size_t size)
{
	const xmlNode *header = x_child(envelope, "Header");
	const xmlNode *request = x_first(x_child(envelope, "Body"));
	struct str odd = STR_NONE;

	if (wanted_version(header) > set->max_version) {
		snprintf(text, size, "The specified server version is invalid.");
		return "ErrorInvalidServerVersion";
	}
	if (set->strict_headers && odd_header(header, request))
		odd = STR("TimeZoneContext");
	else if (set->max_version < V2016)
		odd = unknown(request, (enum sim_version)set->max_version);
	if (!odd.p)
		return NULL;
	snprintf(text, size, "The request failed schema validation: unexpected '%.*s'.",
		 (int)MIN_OF(odd.len, (size_t)60), odd.p);
	return "ErrorSchemaValidation";
}

const struct version_build *version_build(const struct sim_settings *set)
{
	static const struct version_build builds[VERSION_COUNT] = {
		[V2007_SP1] = { 8, 3, 485, 1, NULL },
		[V2010] = { 14, 0, 639, 21, "Exchange2010" },
		[V2010_SP1] = { 14, 1, 218, 15, "Exchange2010_SP1" },
		[V2010_SP2] = { 14, 3, 513, 0, "Exchange2010_SP2" },
		[V2013] = { 15, 0, 516, 32, "V2_4" },
		[V2013_SP1] = { 15, 0, 1497, 48, "V2_23" },
		[V2016] = { 15, 2, 2562, 17, "V2017_07_11" },
	};

	return &builds[set->max_version];
}
