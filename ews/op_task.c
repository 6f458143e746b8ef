/* Tasks: [MS-OXWSTASK]. Dates are days: midnight UTC, whatever the zone. */
#include "ews/get_item.h"
#include "ews/prop.h"

static const char *const states[] = { "NotStarted",	 "InProgress", "Completed",
				      "WaitingOnOthers", "Deferred",   NULL };

#define AT(member) offsetof(struct ews_task, member)

static const struct ews_prop props[] = {
	EWS_PROPS_OF_ITEM(EWS_TASK),
	EWS_PROP(EWS_TASK_REMINDER_DUE, "item", "ReminderDueBy", TIME,
		 AT(reminder_due_unix), NULL),
	EWS_PROP(EWS_TASK_REMINDER, "item", "ReminderIsSet", BOOL, AT(reminder_set),
		 NULL),
	{ EWS_TASK_PROPERTIES, NULL, NULL, EWS_PROP_PROPERTIES, AT(properties), NULL },
	EWS_PROP(EWS_TASK_DUE, "task", "DueDate", DATE, AT(due), NULL),
	EWS_PROP(EWS_TASK_PERCENT, "task", "PercentComplete", INT, AT(percent), NULL),
	EWS_PROP(EWS_TASK_RECURRENCE, "task", "Recurrence", RECURRENCE, AT(recurrence),
		 NULL),
	EWS_PROP(EWS_TASK_START, "task", "StartDate", DATE, AT(start), NULL),
	EWS_PROP(EWS_TASK_STATUS, "task", "Status", ENUM, AT(state), states),
};

static const struct ews_prop_table table = { "t:Task", props, ARRAY_LEN(props) };

static const char *const more[] = { "item:ParentFolderId", "item:LastModifiedTime",
				    "task:CompleteDate",   "task:IsComplete",
				    "task:IsRecurring",	   NULL };

static void put_shape(struct soap_writer *w, const struct ews_property *mark)
{
	ews_props_shape(w, &table, more, mark);
}

static void init(void *object)
{
	struct ews_task *task = object;

	*task = (struct ews_task){ .status = task->status,
				   .modified_unix = EWS_TIME_NONE,
				   .reminder_due_unix = EWS_TIME_NONE,
				   .recurrence.first_day_of_week = -1 };
}

static void child(struct soap_reader *r, const struct ews_get *get, void *object)
{
	static const struct ews_field fields[] = {
		{ "ItemId", EWS_FIELD_ID, AT(id), NULL },
		{ "ParentFolderId", EWS_FIELD_ID_TEXT, AT(parent_id), NULL },
		{ "LastModifiedTime", EWS_FIELD_TIME, AT(modified_unix), NULL },
		{ "IsComplete", EWS_FIELD_BOOL, AT(is_complete), NULL },
		{ "IsRecurring", EWS_FIELD_BOOL, AT(is_recurring), NULL },
	};
	struct ews_arena *arena = get->arena;
	struct ews_task *task = object;

	if (soap_is(r, "CompleteDate"))
		task->completed = ews_parse_date(str_trim(soap_text(r)));
	else if (soap_is(r, "ExtendedProperty"))
		ews_read_mark(r, arena, get->mark, &task->mark);
	else if (!ews_read_field(r, arena, fields, ARRAY_LEN(fields), task))
		task->set |= ews_prop_read(r, arena, &table, task);
}

static const struct ews_get_kind reader = { .batch = EWS_BATCH_CONTENT,
					    .size = sizeof(struct ews_task),
					    .shape = put_shape,
					    .init = init,
					    .element = "Task",
					    .child = child };

bool ews_task_get(struct ews_conn *conn, const struct ews_ref *refs, size_t count,
		  const struct ews_property *mark, struct ews_tasks *out, struct err *err)
{
	const struct ews_get get = { &reader, refs, count, mark, &out->arena };

	ews_tasks_finish(out);
	out->list = ews_get_new(&get);
	out->count = count;
	return ews_get_run(conn, &get, out->list, err);
}

bool ews_task_create(struct ews_conn *conn, const struct ews_folder_ref *folder,
		     const struct ews_task *task, struct ews_id_results *out,
		     struct err *err)
{
	const struct ews_item_kept kept = { &table, task->set, task };

	return ews_item_kept_new(conn, folder, &kept, out, err);
}

bool ews_task_update(struct ews_conn *conn, const struct ews_ref *ref,
		     const struct ews_task *task, struct ews_id_results *out,
		     struct err *err)
{
	const struct ews_item_kept kept = { &table, task->set, task };

	return ews_item_kept_set(conn, ref, &kept, out, err);
}
