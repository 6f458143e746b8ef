/* What every implementation of a remote shares: results and failures. */
#include "bridge/remote.h"

#include <stdlib.h>

#include "base/mem.h"

void remote_folders_finish(struct remote_folders *folders)
{
	ews_arena_finish(&folders->arena);
	*folders = (struct remote_folders){ 0 };
}

void remote_changes_finish(struct remote_changes *changes)
{
	ews_arena_finish(&changes->arena);
	*changes = (struct remote_changes){ 0 };
}

void remote_items_finish(struct remote_items *items)
{
	ews_arena_finish(&items->arena);
	*items = (struct remote_items){ 0 };
}

void remote_list_finish(struct remote_list *list)
{
	ews_arena_finish(&list->arena);
	*list = (struct remote_list){ 0 };
}

void remote_events_finish(struct remote_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		free(events->list[i].event.item_id);
		free(events->list[i].event.change_key);
		strbuf_finish(&events->list[i].event.data);
	}
	free(events->list);
	*events = (struct remote_events){ 0 };
}

void remote_ids_finish(struct remote_ids *ids)
{
	ews_arena_finish(&ids->arena);
	*ids = (struct remote_ids){ 0 };
}

void remote_free(struct remote *remote)
{
	if (remote)
		remote->ops->free(remote);
}

void remote_conn_free(struct remote_conn *conn)
{
	if (conn)
		conn->ops->conn_free(conn);
}

bool remote_fail_set(struct remote_fail *fail, enum err_code code,
		     enum remote_problem problem, bool retry, const char *text)
{
	*fail = (struct remote_fail){ .problem = problem, .retry = retry };
	return err_set(&fail->err, code, "%s", text);
}
