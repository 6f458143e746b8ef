/*
 * One SOAP call: who asks, and the answer as it grows. Operations run under the lock of
 * the simulator and write into call->out; the network is touched afterwards.
 */
#ifndef EWSIM_CALL_H
#define EWSIM_CALL_H

#include "tests/ewsim/fields.h"
#include "tests/ewsim/ids.h"
#include "tests/ewsim/sim.h"
#include "tests/ewsim/xml.h"

/* What becomes of a stream after its first document. */
enum stream_end {
	STREAM_GOES_ON,
	STREAM_STALL, /* silence */
	STREAM_EXPIRE, /* an error, and the subscriptions are gone */
	STREAM_CUT, /* the connection ends in the middle */
	STREAM_CLOSE, /* "Closed", as at the end of the time */
};

struct call {
	struct sim *sim;
	struct sim_user *user;
	const char *op; /* "GetItem" */
	const xmlNode *request; /* element of the operation */
	struct str zone; /* TimeZoneContext of the header, Windows id */
	struct strbuf out; /* content of soap:Body */
	bool batch; /* the operation answers item by item */
	size_t items; /* how many the fault "per item" has seen */
	char item_fault[64]; /* code for the next items, "" for none */
	char item_fault_xml[400]; /* MessageXml that goes with it */
	long item_fault_every; /* 1: all; 2: the second, the fourth ... */
	long item_fault_after; /* 0, or the first item of those that stay undone */
	bool item_fault_late; /* MoveItem, CopyItem: after the work was done */
	unsigned vanish_every; /* 0, or which of the listed items are gone afterwards */
	uint64_t *listed; /* those that have been, if vanish_every */
	size_t listed_count;
	const char *fault_code; /* set: the whole request fails */
	char fault_text[200];
	const struct sim_folder *copied; /* by CopyFolder */
	/* A streaming answer goes on after the operation has returned. */
	bool stream;
	enum stream_end stream_end;
	uint64_t stream_ids[200];
	size_t stream_count;
	int stream_minutes;
};

struct operation {
	const char *name;
	void (*run)(struct call *c);
	bool batch; /* one response message an item: call_item_fault() is asked */
};
extern const struct operation operations[];
extern const size_t operation_count;

/* call_begin(), call_end() - around the ResponseMessages of the usual operations. */
void call_begin(struct call *c);
void call_end(struct call *c);
/* call_ok() - opens a successful response message; close it with call_done(). */
void call_ok(struct call *c);
void call_done(struct call *c);
/* call_error() - a whole failed response message. */
void call_error(struct call *c, const char *code, const char *text);
/* @xml: what comes behind the DescriptiveLinkKey. */
void call_error_xml(struct call *c, const char *code, const char *text, const char *xml);
/* call_listed() - a listing told of @item: it may be gone before it is asked for. */
void call_listed(struct call *c, const struct sim_item *item);
/* call_fail() - SOAP fault for the whole request. */
void call_fail(struct call *c, const char *code, const char *text);
/* call_item_fault() - does a fault on demand hit this item? Then it has been answered. */
bool call_item_fault(struct call *c);

/* call_denied() - what a request that needs @rights in @f is answered: NULL, or a code.
 */
const char *call_denied(const struct sim_folder *f, unsigned rights);
/* call_full() - the same for one that makes the mailbox bigger. */
const char *call_full(const struct call *c);

/* Ids. On failure *code_r says why and NULL or false is returned. */
struct sim_folder *call_folder(struct call *c, const xmlNode *id, const char **code_r);
bool call_ref(struct call *c, const xmlNode *id, struct sim_ref *ref_r,
	      const char **code_r);
/* call_target() - the folder in <name><FolderId/></name>; NULL without *code_r: absent */
struct sim_folder *call_target(struct call *c, const char *name, const char **code_r);

/* Operations, one or a family a file. */
void op_get_folder(struct call *c);
void op_find_folder(struct call *c);
void op_sync_hierarchy(struct call *c);
void op_sync_items(struct call *c);
void op_get_item(struct call *c);
void op_find_item(struct call *c);
void op_create_item(struct call *c);
void op_update_item(struct call *c);
void op_delete_item(struct call *c);
void op_move_item(struct call *c);
void op_copy_item(struct call *c);
void op_send_item(struct call *c);
void op_create_folder(struct call *c);
void op_update_folder(struct call *c);
void op_move_folder(struct call *c);
void op_delete_folder(struct call *c);
void op_empty_folder(struct call *c);
void op_mark_all_read(struct call *c);
void op_subscribe(struct call *c);
void op_unsubscribe(struct call *c);
void op_get_events(struct call *c);
void op_get_streaming_events(struct call *c);
void op_resolve_names(struct call *c);
void op_get_time_zones(struct call *c);
void op_convert_id(struct call *c);
void op_get_user_configuration(struct call *c);
void op_copy_folder(struct call *c);
void op_mark_as_junk(struct call *c);
void op_export_items(struct call *c);
void op_upload_items(struct call *c);
void op_expand_dl(struct call *c);
void op_find_people(struct call *c);
void op_get_persona(struct call *c);
void op_get_room_lists(struct call *c);
void op_get_rooms(struct call *c);
void op_get_user_availability(struct call *c);
void op_get_oof(struct call *c);
void op_set_oof(struct call *c);
void op_get_rules(struct call *c);
void op_update_rules(struct call *c);
void op_get_delegate(struct call *c);
void op_get_photo(struct call *c);
void op_get_attachment(struct call *c);
void op_create_attachment(struct call *c);
void op_delete_attachment(struct call *c);

/* folder_shape.c */
struct folder_shape {
	bool all;
	struct shape_extended *extended;
	size_t extended_count;
};
void folder_shape_read(const xmlNode *node, struct folder_shape *s);
/* folder_rights_read() - "Read,Modify,..." (names of EffectiveRights) to what is lacking;
 * false: an unknown name. */
bool folder_rights_read(struct str names, unsigned *lacks_r);
/* folder_extended() - t:Value of an extended property; false: it has none. */
bool folder_extended(const struct sim_folder *f, const char *key, struct strbuf *out);
void folder_shape_finish(struct folder_shape *s);
void folder_write(const struct folder_shape *s, const struct sim_folder *f,
		  struct strbuf *out);

/* streaming: soap.c asks for one document after another */
void stream_document(struct call *c, bool first, bool closing, bool *any_r);
/* stream_lost() - has one of its subscriptions ended meanwhile? */
bool stream_lost(const struct call *c);
/* stream_expire() - an error as the last document; the subscriptions are forgotten. */
void stream_expire(struct call *c);

/* item_set.c: one property from a request into an item; NULL or an EWS error code */
const char *item_set_element(struct call *c, struct sim_item *item,
			     const xmlNode *element);
const char *item_set_extended(struct sim_item *item, const xmlNode *property);
/* op_create.c: an item out of its element, in no folder yet */
struct sim_item *create_build(struct call *c, const xmlNode *e, const char **code_r);
/* op_attachment.c: a FileAttachment element into an item */
const char *attachment_add(struct call *c, struct sim_item *item, const xmlNode *e);
/* indexed.c: one entry of a contact's addresses or numbers */
const char *item_set_indexed(struct sim_item *item, const xmlNode *path,
			     const xmlNode *contact);
const char *item_delete_indexed(struct sim_item *item, const xmlNode *path);
const char *item_delete_field(struct sim_item *item, const xmlNode *path);
const char *cal_apply(struct call *c, struct sim_item *item, const xmlNode *element);
void cal_finish(struct sim_item *item);

/* deliver.c */
const char *deliver(struct call *c, struct sim_item *item);

#endif
