/* FindPeople, GetPersona: [MS-OXWSPERS] sections 3.1.4.1 and 3.1.4.2. */
#include "ews/people.h"
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const char *query;
	uint32_t offset, max;
};

static void write_find(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_page(w, "m:IndexedPageItemView", request->offset, request->max);
	soap_put_folder_in(w, "m:ParentFolderId", request->folder);
	if (request->query)
		soap_leaf(w, "m:QueryString", request->query);
}

static void write_get(struct soap_writer *w, const void *id)
{
	soap_open(w, "m:PersonaId");
	soap_put_attr(w, "Id", id);
	soap_close(w);
}

/* Number and Type: in PhoneNumber itself, or in the Value of an attributed one. */
static void read_phone(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_person *person)
{
	static const struct ews_field fields[] = {
		{ "Number", EWS_FIELD_TEXT, offsetof(struct ews_phone, number), NULL },
		{ "Type", EWS_FIELD_TEXT, offsetof(struct ews_phone, type), NULL },
	};
	struct ews_phone phone = { 0 };
	int depth = soap_depth(r);

	while (soap_child(r, depth))
		ews_read_field(r, arena, fields, ARRAY_LEN(fields), &phone);
	if (!phone.number)
		return;
	person->phones = ews_arena_grow(arena, person->phones, person->phone_count,
					sizeof(*person->phones));
	person->phones[person->phone_count++] = phone;
}

static void read_phones(struct soap_reader *r, struct ews_arena *arena,
			struct ews_person *person)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "Value"))
				read_phone(r, arena, person);
		}
	}
}

#define AT(member) offsetof(struct ews_person, member)

static void read_child(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_person *person)
{
	static const struct ews_field fields[] = {
		{ "PersonaId", EWS_FIELD_ID_TEXT, AT(id), NULL },
		{ "PersonaType", EWS_FIELD_TEXT, AT(type), NULL },
		{ "DisplayName", EWS_FIELD_TEXT, AT(name), NULL },
		{ "GivenName", EWS_FIELD_TEXT, AT(given_name), NULL },
		{ "Surname", EWS_FIELD_TEXT, AT(surname), NULL },
		{ "Title", EWS_FIELD_TEXT, AT(title), NULL },
		{ "Department", EWS_FIELD_TEXT, AT(department), NULL },
		{ "CompanyName", EWS_FIELD_TEXT, AT(company), NULL },
		{ "ImAddress", EWS_FIELD_TEXT, AT(im_address), NULL },
	};

	if (ews_read_field(r, arena, fields, ARRAY_LEN(fields), person))
		return;
	if (soap_is(r, "EmailAddress"))
		ews_read_mailbox(r, arena, &person->email);
	else if (soap_is(r, "EmailAddresses"))
		ews_read_people(r, arena, &person->emails);
	else if (soap_is(r, "PhoneNumber"))
		read_phone(r, arena, person);
	else if (str_ends(soap_name(r), STR("Phones")) ||
		 str_ends(soap_name(r), STR("PhoneNumbers")))
		read_phones(r, arena, person);
}

static void read_person(struct soap_reader *r, struct ews_people *out)
{
	int depth = soap_depth(r);
	struct ews_person *person;

	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	person = &out->list[out->count++];
	while (soap_child(r, depth))
		read_child(r, &out->arena, person);
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_people *out = result;
	int depth = soap_depth(r);

	if (soap_is(r, "Persona"))
		read_person(r, out);
	else if (soap_is(r, "TotalNumberOfPeopleInView"))
		out->total = soap_get_int(r, -1);
	if (!soap_is(r, "People"))
		return;
	while (soap_child(r, depth)) {
		if (soap_is(r, "Persona"))
			read_person(r, out);
	}
}

static void init(void *out)
{
	((struct ews_people *)out)->total = -1;
}

bool ews_people_find(struct ews_conn *conn, const struct ews_folder_ref *folder,
		     const char *query, uint32_t offset, uint32_t max,
		     struct ews_people *out, struct err *err)
{
	const struct request request = { folder, query, offset, max };
	const struct ews_single single = { .op = EWS_OP_FIND_PEOPLE,
					   .flat = true,
					   .write = write_find,
					   .request = &request,
					   .init = init,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

bool ews_person_get(struct ews_conn *conn, const char *id, struct ews_people *out,
		    struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_GET_PERSONA,
					   .flat = true,
					   .write = write_get,
					   .request = id,
					   .init = init,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	if (!ews_single_run(conn, &single, err))
		return false;
	return out->count == 1 ||
	       err_set(err, ERR_NOT_FOUND, "the server knows no such person");
}
