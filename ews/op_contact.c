/* Contacts: [MS-OXWSCONT]. Three e-mail addresses and fixed slots for telephones are all
 * that Exchange has. */
#include "ews/get_item.h"
#include "ews/prop.h"

static const char *const emails[] = { "EmailAddress1", "EmailAddress2", "EmailAddress3",
				      NULL };
static const char *const ims[] = { "ImAddress1", "ImAddress2", "ImAddress3", NULL };
static const char *const places[] = { "Business", "Home", "Other", NULL };
static const char *const phones[] = {
	[EWS_PHONE_ASSISTANT] = "AssistantPhone",
	[EWS_PHONE_BUSINESS_FAX] = "BusinessFax",
	[EWS_PHONE_BUSINESS] = "BusinessPhone",
	[EWS_PHONE_BUSINESS2] = "BusinessPhone2",
	[EWS_PHONE_CALLBACK] = "Callback",
	[EWS_PHONE_CAR] = "CarPhone",
	[EWS_PHONE_COMPANY] = "CompanyMainPhone",
	[EWS_PHONE_HOME_FAX] = "HomeFax",
	[EWS_PHONE_HOME] = "HomePhone",
	[EWS_PHONE_HOME2] = "HomePhone2",
	[EWS_PHONE_ISDN] = "Isdn",
	[EWS_PHONE_MOBILE] = "MobilePhone",
	[EWS_PHONE_OTHER_FAX] = "OtherFax",
	[EWS_PHONE_OTHER] = "OtherTelephone",
	[EWS_PHONE_PAGER] = "Pager",
	[EWS_PHONE_PRIMARY] = "PrimaryPhone",
	[EWS_PHONE_RADIO] = "RadioPhone",
	[EWS_PHONE_TELEX] = "Telex",
	[EWS_PHONE_TTY] = "TtyTddPhone",
	[EWS_PHONE_COUNT] = NULL,
};

#define AT(member) offsetof(struct ews_contact, member)
#define TEXT(bit, name, member) EWS_PROP(bit, "contacts", name, TEXT, AT(member), NULL)

static const struct ews_prop props[] = {
	EWS_PROP(EWS_CONTACT_BODY, "item", "Body", BODY, AT(body), NULL),
	EWS_PROP(EWS_CONTACT_CATEGORIES, "item", "Categories", TEXTS, AT(categories),
		 NULL),
	{ EWS_CONTACT_PROPERTIES, NULL, NULL, EWS_PROP_PROPERTIES, AT(properties), NULL },
	TEXT(EWS_CONTACT_FILE_AS, "FileAs", file_as),
	TEXT(EWS_CONTACT_NAMES, "DisplayName", display_name),
	TEXT(EWS_CONTACT_NAMES, "GivenName", given_name),
	TEXT(EWS_CONTACT_NAMES, "Initials", initials),
	TEXT(EWS_CONTACT_NAMES, "MiddleName", middle_name),
	TEXT(EWS_CONTACT_NAMES, "Nickname", nickname),
	TEXT(EWS_CONTACT_WORK, "CompanyName", company),
	{ EWS_CONTACT_EMAILS, "contacts:EmailAddress", "t:EmailAddresses",
	  EWS_PROP_ENTRIES, AT(emails), emails },
	{ EWS_CONTACT_ADDRESSES, "contacts:PhysicalAddress", "t:PhysicalAddresses",
	  EWS_PROP_ADDRESSES, AT(addresses), places },
	{ EWS_CONTACT_PHONES, "contacts:PhoneNumber", "t:PhoneNumbers", EWS_PROP_ENTRIES,
	  AT(phones), phones },
	TEXT(EWS_CONTACT_WORK, "AssistantName", assistant),
	EWS_PROP(EWS_CONTACT_DATES, "contacts", "Birthday", BIRTHDAY, AT(birthday), NULL),
	TEXT(EWS_CONTACT_PAGE, "BusinessHomePage", page),
	TEXT(EWS_CONTACT_WORK, "Department", department),
	TEXT(EWS_CONTACT_NAMES, "Generation", generation),
	{ EWS_CONTACT_IMS, "contacts:ImAddress", "t:ImAddresses", EWS_PROP_ENTRIES,
	  AT(ims), ims },
	TEXT(EWS_CONTACT_WORK, "JobTitle", job_title),
	TEXT(EWS_CONTACT_WORK, "Manager", manager),
	TEXT(EWS_CONTACT_WORK, "OfficeLocation", office),
	TEXT(EWS_CONTACT_WORK, "Profession", profession),
	TEXT(EWS_CONTACT_SPOUSE, "SpouseName", spouse),
	TEXT(EWS_CONTACT_NAMES, "Surname", surname),
	EWS_PROP(EWS_CONTACT_DATES, "contacts", "WeddingAnniversary", BIRTHDAY,
		 AT(wedding), NULL),
};

static const struct ews_prop_table table = { "t:Contact", props, ARRAY_LEN(props) };

static const char *const more[] = { "item:ParentFolderId", "item:LastModifiedTime",
				    "contacts:HasPicture", "item:Attachments", NULL };

static void put_shape(struct soap_writer *w, const struct ews_property *mark)
{
	ews_props_shape(w, &table, more, mark);
}

static void init(void *object)
{
	struct ews_contact *contact = object;

	*contact = (struct ews_contact){ .status = contact->status,
					 .modified_unix = EWS_TIME_NONE };
}

static void child(struct soap_reader *r, const struct ews_get *get, void *object)
{
	static const struct ews_field fields[] = {
		{ "ItemId", EWS_FIELD_ID, AT(id), NULL },
		{ "ParentFolderId", EWS_FIELD_ID_TEXT, AT(parent_id), NULL },
		{ "LastModifiedTime", EWS_FIELD_TIME, AT(modified_unix), NULL },
		{ "HasPicture", EWS_FIELD_BOOL, AT(has_picture), NULL },
	};
	struct ews_arena *arena = get->arena;
	struct ews_contact *contact = object;

	if (soap_is(r, "Attachments"))
		ews_read_attachments(r, arena, &contact->attachments,
				     &contact->attachment_count);
	else if (soap_is(r, "ExtendedProperty"))
		ews_read_mark(r, arena, get->mark, &contact->mark);
	else if (!ews_read_field(r, arena, fields, ARRAY_LEN(fields), contact))
		contact->set |= ews_prop_read(r, arena, &table, contact);
}

static const struct ews_get_kind reader = { .batch = EWS_BATCH_CONTENT,
					    .size = sizeof(struct ews_contact),
					    .shape = put_shape,
					    .init = init,
					    .element = "Contact",
					    .child = child };

bool ews_contact_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		     const struct ews_property *mark, struct ews_contacts *out,
		     struct err *err)
{
	const struct ews_get get = { &reader, refs, count, mark, &out->arena };

	ews_contacts_finish(out);
	out->list = ews_get_new(&get);
	out->count = count;
	return ews_get_run(conn, &get, out->list, err);
}

bool ews_contact_create(struct ews_conn *conn, const struct ews_folder_ref *folder,
			const struct ews_contact *contact, struct ews_id_results *out,
			struct err *err)
{
	const struct ews_item_kept kept = { &table, contact->set, contact };

	return ews_item_kept_new(conn, folder, &kept, out, err);
}

bool ews_contact_update(struct ews_conn *conn, const struct ews_ref *ref,
			const struct ews_contact *contact, struct ews_id_results *out,
			struct err *err)
{
	const struct ews_item_kept kept = { &table, contact->set, contact };

	return ews_item_kept_set(conn, ref, &kept, out, err);
}
