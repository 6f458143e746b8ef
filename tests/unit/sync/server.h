/* The server's side of a bench, as another client sees and changes it. */
#ifndef TESTS_UNIT_SYNC_SERVER_H
#define TESTS_UNIT_SYNC_SERVER_H

#include "bridge/remote.h"
#include "tests/unit/sync/bench.h"

struct server_item {
	char *id, *message_id;
	uint32_t article;
	int64_t created_unix_s;
	unsigned flags;
};
struct server_list { /* by article number */
	struct server_item *items;
	size_t count, room;
};

/* A connection of its own; end with remote_conn_free() and remote_free(). */
struct remote_conn *server_open(struct bench *b, struct remote **remote_r);
void server_list(struct bench *b, const char *remote_id, struct server_list *list);
void server_list_finish(struct server_list *list);
/* server_same() - waits until a folder holds what the server has: the same messages, UIDs
 * in the order of arrival, the same flags. */
void server_same(struct bench *b, const char *path);

#endif
