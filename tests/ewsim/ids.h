/* Ids and ChangeKeys as the server gives them out: opaque base64 with a check sum. */
#ifndef EWSIM_IDS_H
#define EWSIM_IDS_H

#include "tests/ewsim/sim.h"

enum id_kind {
	ID_ITEM = 1,
	ID_FOLDER,
	ID_OCCURRENCE,
	ID_ATTACHMENT,
	ID_SUBSCRIPTION,
	ID_PERSON
};

struct id {
	enum id_kind kind;
	uint64_t number; /* of the item or folder */
	int64_t extra; /* original start, or number of the attachment */
};

void id_write(struct id id, struct strbuf *out);
bool id_read(struct str text, struct id *id_r); /* false: malformed */
void change_key_write(bool calendar, uint32_t change, struct strbuf *out);
bool change_key_read(struct str text, uint32_t *change_r);

#endif
