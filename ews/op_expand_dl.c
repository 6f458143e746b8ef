/* ExpandDL: [MS-OXWSEDISTL]; GetRoomLists, GetRooms: [MS-OXWSGTRM]. Lists of mailboxes.
 */
#include "ews/people.h"
#include "ews/read.h"

static void add(struct soap_reader *r, struct ews_names *out)
{
	out->list = ews_arena_grow(&out->arena, out->list, out->count,
				   sizeof(*out->list));
	ews_read_mailbox(r, &out->arena, &out->list[out->count++]);
}

/* Mailbox and Address elements; a Room holds its address as Id. */
static void payload(struct soap_reader *r, void *result)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (!soap_is(r, "Room")) {
			add(r, result);
			continue;
		}
		while (soap_child(r, depth + 1)) {
			if (soap_is(r, "Id"))
				add(r, result);
		}
	}
}

static void write_mailbox(struct soap_writer *w, const void *request)
{
	soap_open(w, "m:Mailbox");
	soap_leaf(w, "t:EmailAddress", request);
	soap_close(w);
}

static void write_nothing(struct soap_writer *w, const void *request)
{
}

static void write_list(struct soap_writer *w, const void *request)
{
	soap_open(w, "m:RoomList");
	soap_leaf(w, "t:EmailAddress", request);
	soap_close(w);
}

bool ews_group_expand(struct ews_conn *conn, const char *address, struct ews_names *out,
		      struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_EXPAND_DL,
					   .write = write_mailbox,
					   .request = address,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

bool ews_room_lists(struct ews_conn *conn, struct ews_names *out, struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_GET_ROOM_LISTS,
					   .flat = true,
					   .write = write_nothing,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

bool ews_rooms(struct ews_conn *conn, const char *list_address, struct ews_names *out,
	       struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_GET_ROOMS,
					   .flat = true,
					   .write = write_list,
					   .request = list_address,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}
