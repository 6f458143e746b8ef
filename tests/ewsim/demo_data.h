/* Tables behind the sample mailbox: people, folders, mail, series of mail. */
#ifndef EWSIM_DEMO_DATA_H
#define EWSIM_DEMO_DATA_H

#include <stddef.h>

#include "tests/ewsim/demo.h"

enum demo_who {
	ALICE,
	BOB,
	CHLOE,
	DMITRI,
	KEN,
	LI,
	FRIEDA,
	GRACE,
	HENRIK,
	BAUAMT,
	NEWS,
	ROBOT,
	BOOKS,
	LIST,
	LOTTERY,
	TEAM,
	DEMO_WHO_COUNT
};

struct demo_person {
	const char *name, *address;
	const char *charset; /* of the headers that the person's program writes */
	int zone_min; /* minutes east of Greenwich */
};
extern const struct demo_person demo_people[DEMO_WHO_COUNT];

enum demo_shape {
	SHAPE_PLAIN,
	SHAPE_FLOWED,
	SHAPE_HTML,
	SHAPE_ALT,
	SHAPE_RELATED, /* HTML with an inline picture, beside plain text */
	SHAPE_FORWARD, /* a whole message within */
	SHAPE_SIGNED,
	SHAPE_LONG_LINE,
	SHAPE_LONG_HEADER,
	SHAPE_EMPTY,
	SHAPE_INVITE,
	SHAPE_ITIP_REPLY,
	SHAPE_BOUNCE,
};

struct demo_row {
	const char *box; /* folder key */
	enum demo_who from, to;
	int days, minute; /* before today; of the day, UTC */
	enum demo_shape shape;
	const char *charset; /* of the body; NULL: UTF-8 */
	unsigned flags; /* DEMO_* */
	const char *categories;
	const char *files; /* "kind:name|kind:name", kinds of demo_mail.c */
	const char *thread; /* rows of one name answer one another, in order */
	const char *subject, *text; /* {n} is the number within a series */
};

/* The same row again and again. */
struct demo_series {
	int count, every_days;
	struct demo_row row; /* the newest of them; all but the newest are read */
};

struct demo_user_data {
	const char *user;
	const struct demo_folder *folders;
	size_t folder_count;
	const struct demo_row *rows;
	size_t row_count;
	const struct demo_series *series;
	size_t series_count;
};

extern const struct demo_user_data demo_data_alice, demo_data_bob;
/* demo_data_find() - the tables of @user, or a user with special folders alone. */
const struct demo_user_data *demo_data_find(const char *user);

#endif
