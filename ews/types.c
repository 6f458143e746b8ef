/* The finish functions of results that are an arena and nothing else. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "ews/ews.h"

/* Each result starts with its arena; what it held is gone with it. */
#define FINISH(function, type)                                                           \
	static_assert(offsetof(type, arena) == 0, "the arena is first");                 \
	void function(type *result)                                                      \
	{                                                                                \
		ews_arena_finish(&result->arena);                                        \
		memset(result, 0, sizeof(*result));                                      \
	}

FINISH(ews_id_results_finish, struct ews_id_results)
FINISH(ews_folders_finish, struct ews_folders)
FINISH(ews_folder_changes_finish, struct ews_folder_changes)
FINISH(ews_item_changes_finish, struct ews_item_changes)
FINISH(ews_found_items_finish, struct ews_found_items)
FINISH(ews_items_finish, struct ews_items)
FINISH(ews_fetched_finish, struct ews_fetched)
FINISH(ews_item_list_finish, struct ews_item_list)
FINISH(ews_contents_finish, struct ews_contents)
FINISH(ews_tzs_finish, struct ews_tzs)
FINISH(ews_calendar_items_finish, struct ews_calendar_items)
FINISH(ews_events_finish, struct ews_events)
FINISH(ews_subscription_finish, struct ews_subscription)
FINISH(ews_names_finish, struct ews_names)

FINISH(ews_people_finish, struct ews_people)
FINISH(ews_oof_finish, struct ews_oof)
FINISH(ews_configuration_finish, struct ews_configuration)
FINISH(ews_categories_finish, struct ews_categories)
FINISH(ews_delegates_finish, struct ews_delegates)
FINISH(ews_rules_finish, struct ews_rules)
FINISH(ews_free_busies_finish, struct ews_free_busies)

FINISH(ews_tasks_finish, struct ews_tasks)
FINISH(ews_contacts_finish, struct ews_contacts)

FINISH(ews_calendar_view_finish, struct ews_calendar_view)

void ews_mimes_finish(struct ews_mimes *mimes)
{
	for (size_t i = 0; i < mimes->count; i++)
		strbuf_finish(&mimes->list[i].mime);
	ews_arena_finish(&mimes->arena);
	memset(mimes, 0, sizeof(*mimes));
}

void ews_attachment_content_finish(struct ews_attachment_content *content)
{
	strbuf_finish(&content->content);
	ews_arena_finish(&content->arena);
	memset(content, 0, sizeof(*content));
}
