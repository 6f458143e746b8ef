/* The directory: people, groups, rooms, photos. Names and addresses are in directory.h.
 */
#ifndef EWS_PEOPLE_H
#define EWS_PEOPLE_H

#include "base/strbuf.h"
#include "ews/directory.h"

/* ews_group_expand() - ExpandDL: members of a distribution list, one level
 * Errors: ERR_NOT_FOUND no such list. */
MUST_CHECK bool ews_group_expand(struct ews_conn *conn, const char *address,
				 struct ews_names *out, struct err *err);

/* ews_room_lists() - GetRoomLists: the lists of rooms that the organisation has. */
MUST_CHECK bool ews_room_lists(struct ews_conn *conn, struct ews_names *out,
			       struct err *err);
/* ews_rooms() - GetRooms: the rooms of one list. Errors: ERR_NOT_FOUND. */
MUST_CHECK bool ews_rooms(struct ews_conn *conn, const char *list_address,
			  struct ews_names *out, struct err *err);

struct ews_phone {
	char *type; /* "Business", "Mobile", "Home", ... */
	char *number;
};

struct ews_person {
	char *id; /* PersonaId */
	char *type; /* "Person", "DistributionList", "Room", ... */
	char *name;
	char *given_name, *surname;
	char *title, *department, *company;
	char *im_address;
	struct ews_mailbox email; /* the first one; address NULL: none */
	struct ews_mailboxes emails;
	struct ews_phone *phones;
	size_t phone_count;
};

struct ews_people {
	struct ews_arena arena;
	struct ews_person *list;
	size_t count;
	int64_t total; /* in the whole view; -1: not told */
};
void ews_people_finish(struct ews_people *people);

/*
 * ews_people_find() - FindPeople, one page; Exchange 2013
 * @folder: { .distinguished = "directory" } for the address list, or a contacts folder
 * @query:  words that a name or address begins with; NULL: everybody, which the
 *          directory of some servers refuses
 * @max:    rows wanted, 1..1000
 */
MUST_CHECK bool ews_people_find(struct ews_conn *conn,
				const struct ews_folder_ref *folder, const char *query,
				uint32_t offset, uint32_t max, struct ews_people *out,
				struct err *err);
/* ews_person_get() - GetPersona: all that is known of one; Exchange 2013
 * @out: one entry. Errors: ERR_NOT_FOUND. */
MUST_CHECK bool ews_person_get(struct ews_conn *conn, const char *id,
			       struct ews_people *out, struct err *err);

/*
 * ews_photo_get() - GetUserPhoto: a JPEG; Exchange 2013
 * @size_px: 48, 64, 96, 120, 240, 360, 432, 504 or 648; the next one is taken
 * Errors: ERR_NOT_FOUND there is none.
 */
MUST_CHECK bool ews_photo_get(struct ews_conn *conn, const char *address,
			      unsigned size_px, struct strbuf *jpeg, struct err *err);

#endif
