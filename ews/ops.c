/*
 * The table of operations. What creates, copies, moves or sends is never sent twice: a
 * lost answer may hide a success.
 */
#include "ews/call.h"

#define ONCE false
#define AGAIN true

static const struct ews_op_row rows[EWS_OP_COUNT] = {
	[EWS_OP_CONVERT_ID] = { "m:ConvertId", AGAIN, false, false },
	[EWS_OP_COPY_ITEM] = { "m:CopyItem", ONCE, false, false },
	[EWS_OP_CREATE_FOLDER] = { "m:CreateFolder", ONCE, false, false },
	[EWS_OP_CREATE_ITEM] = { "m:CreateItem", ONCE, false, false },
	[EWS_OP_DELETE_FOLDER] = { "m:DeleteFolder", AGAIN, false, false },
	[EWS_OP_DELETE_ITEM] = { "m:DeleteItem", AGAIN, false, false },
	[EWS_OP_FIND_FOLDER] = { "m:FindFolder", AGAIN, false, false },
	[EWS_OP_FIND_ITEM] = { "m:FindItem", AGAIN, false, false },
	[EWS_OP_GET_ATTACHMENT] = { "m:GetAttachment", AGAIN, false, false },
	[EWS_OP_GET_EVENTS] = { "m:GetEvents", AGAIN, true, false },
	[EWS_OP_GET_FOLDER] = { "m:GetFolder", AGAIN, false, false },
	[EWS_OP_GET_ITEM] = { "m:GetItem", AGAIN, false, false },
	[EWS_OP_GET_SERVER_TIME_ZONES] = { "m:GetServerTimeZones", AGAIN, false, false },
	[EWS_OP_GET_STREAMING_EVENTS] = { "m:GetStreamingEvents", AGAIN, true, true },
	[EWS_OP_MOVE_FOLDER] = { "m:MoveFolder", ONCE, false, false },
	[EWS_OP_MOVE_ITEM] = { "m:MoveItem", ONCE, false, false },
	[EWS_OP_RESOLVE_NAMES] = { "m:ResolveNames", AGAIN, false, false },
	[EWS_OP_SEND_ITEM] = { "m:SendItem", ONCE, false, false },
	[EWS_OP_SUBSCRIBE] = { "m:Subscribe", AGAIN, true, false },
	[EWS_OP_SYNC_FOLDER_HIERARCHY] = { "m:SyncFolderHierarchy", AGAIN, false, false },
	[EWS_OP_SYNC_FOLDER_ITEMS] = { "m:SyncFolderItems", AGAIN, false, false },
	[EWS_OP_UNSUBSCRIBE] = { "m:Unsubscribe", AGAIN, true, false },
	[EWS_OP_UPDATE_FOLDER] = { "m:UpdateFolder", AGAIN, false, false },
	[EWS_OP_UPDATE_ITEM] = { "m:UpdateItem", AGAIN, false, false },
};

const struct ews_op_row *ews_op_row(enum ews_op op)
{
	return &rows[op];
}
