/*
 * The table of operations. What creates, copies, moves or sends is never sent twice: a
 * lost answer may hide a success. Nor is a folder's deletion: the second one deletes for
 * good what the first has put into the trash.
 */
#include "ews/call.h"

#define ONCE false
#define AGAIN true

/* Element, repeatable, affinity, stream, sync, oldest version. */
static const struct ews_op_row rows[EWS_OP_COUNT] = {
	[EWS_OP_CONVERT_ID] = { "m:ConvertId", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_COPY_FOLDER] = { "m:CopyFolder", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_COPY_ITEM] = { "m:CopyItem", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_CREATE_ATTACHMENT] = { "m:CreateAttachment", ONCE, false, false, false,
				       SOAP_2010 },
	[EWS_OP_CREATE_FOLDER] = { "m:CreateFolder", ONCE, false, false, false,
				   SOAP_2010 },
	[EWS_OP_CREATE_ITEM] = { "m:CreateItem", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_DELETE_ATTACHMENT] = { "m:DeleteAttachment", AGAIN, false, false, false,
				       SOAP_2010 },
	[EWS_OP_DELETE_FOLDER] = { "m:DeleteFolder", ONCE, false, false, false,
				   SOAP_2010 },
	[EWS_OP_DELETE_ITEM] = { "m:DeleteItem", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_DELETE_QUIETLY] = { "m:DeleteItem", AGAIN, false, false, false,
				    SOAP_2013_SP1 },
	[EWS_OP_EMPTY_FOLDER] = { "m:EmptyFolder", AGAIN, false, false, false,
				  SOAP_2010_SP2 },
	[EWS_OP_EXPAND_DL] = { "m:ExpandDL", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_EXPORT_ITEMS] = { "m:ExportItems", AGAIN, false, false, false,
				  SOAP_2010_SP2 },
	[EWS_OP_FIND_FOLDER] = { "m:FindFolder", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_FIND_ITEM] = { "m:FindItem", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_FIND_PEOPLE] = { "m:FindPeople", AGAIN, false, false, false, SOAP_2013 },
	[EWS_OP_GET_ATTACHMENT] = { "m:GetAttachment", AGAIN, false, false, false,
				    SOAP_2010 },
	[EWS_OP_GET_DELEGATE] = { "m:GetDelegate", AGAIN, false, false, false,
				  SOAP_2010 },
	[EWS_OP_GET_EVENTS] = { "m:GetEvents", AGAIN, true, false, false, SOAP_2010 },
	[EWS_OP_GET_FOLDER] = { "m:GetFolder", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_GET_INBOX_RULES] = { "m:GetInboxRules", AGAIN, false, false, false,
				     SOAP_2010_SP2 },
	[EWS_OP_GET_ITEM] = { "m:GetItem", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_GET_PERSONA] = { "m:GetPersona", AGAIN, false, false, false, SOAP_2013 },
	[EWS_OP_GET_ROOM_LISTS] = { "m:GetRoomLists", AGAIN, false, false, false,
				    SOAP_2010 },
	[EWS_OP_GET_ROOMS] = { "m:GetRooms", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_GET_SERVER_TIME_ZONES] = { "m:GetServerTimeZones", AGAIN, false, false,
					   false, SOAP_2010 },
	[EWS_OP_GET_STREAMING_EVENTS] = { "m:GetStreamingEvents", AGAIN, true, true,
					  false, SOAP_2010_SP2 },
	[EWS_OP_GET_USER_AVAILABILITY] = { "m:GetUserAvailabilityRequest", AGAIN, false,
					   false, false, SOAP_2010 },
	[EWS_OP_GET_USER_CONFIGURATION] = { "m:GetUserConfiguration", AGAIN, false, false,
					    false, SOAP_2010 },
	[EWS_OP_GET_USER_OOF_SETTINGS] = { "m:GetUserOofSettingsRequest", AGAIN, false,
					   false, false, SOAP_2010 },
	[EWS_OP_GET_USER_PHOTO] = { "m:GetUserPhoto", AGAIN, false, false, false,
				    SOAP_2013 },
	[EWS_OP_MARK_ALL_ITEMS_AS_READ] = { "m:MarkAllItemsAsRead", AGAIN, false, false,
					    false, SOAP_2013 },
	[EWS_OP_MARK_AS_JUNK] = { "m:MarkAsJunk", ONCE, false, false, false, SOAP_2013 },
	[EWS_OP_MOVE_FOLDER] = { "m:MoveFolder", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_MOVE_ITEM] = { "m:MoveItem", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_RESOLVE_NAMES] = { "m:ResolveNames", AGAIN, false, false, false,
				   SOAP_2010 },
	[EWS_OP_SEND_ITEM] = { "m:SendItem", ONCE, false, false, false, SOAP_2010 },
	[EWS_OP_SET_USER_OOF_SETTINGS] = { "m:SetUserOofSettingsRequest", AGAIN, false,
					   false, false, SOAP_2010 },
	[EWS_OP_SUBSCRIBE] = { "m:Subscribe", AGAIN, true, false, false, SOAP_2010 },
	[EWS_OP_SYNC_FOLDER_HIERARCHY] = { "m:SyncFolderHierarchy", AGAIN, false, false,
					   true, SOAP_2010 },
	[EWS_OP_SYNC_FOLDER_ITEMS] = { "m:SyncFolderItems", AGAIN, false, false, true,
				       SOAP_2010 },
	[EWS_OP_UNSUBSCRIBE] = { "m:Unsubscribe", AGAIN, true, false, false, SOAP_2010 },
	[EWS_OP_UPDATE_FOLDER] = { "m:UpdateFolder", AGAIN, false, false, false,
				   SOAP_2010 },
	[EWS_OP_UPDATE_INBOX_RULES] = { "m:UpdateInboxRules", ONCE, false, false, false,
					SOAP_2010_SP2 },
	[EWS_OP_UPDATE_ITEM] = { "m:UpdateItem", AGAIN, false, false, false, SOAP_2010 },
	[EWS_OP_UPDATE_MEETING] = { "m:UpdateItem", ONCE, false, false, false,
				    SOAP_2010 },
	[EWS_OP_UPDATE_QUIETLY] = { "m:UpdateItem", AGAIN, false, false, false,
				    SOAP_2013_SP1 },
	[EWS_OP_UPLOAD_ITEMS] = { "m:UploadItems", ONCE, false, false, false,
				  SOAP_2010_SP2 },
};

const struct ews_op_row *ews_op_row(enum ews_op op)
{
	return &rows[op];
}
