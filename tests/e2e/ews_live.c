/*
 * ews_live URL LOGIN PASSWORD ADDRESS: goes through the EWS client library against a
 * server, in a folder of its own that it deletes at the end. Prints a line for each step;
 * the exit status is the number of steps that failed.
 */
#include "tests/e2e/live.h"

#include <stdlib.h>

#include "base/random.h"

const struct ews_property live_mark = { .set = EWS_SET_PUBLIC_STRINGS,
					.name = "passerelle-mark",
					.type = EWS_PROPERTY_STRING };

bool live_want(bool condition, const char *text, struct err *err)
{
	return condition || err_set(err, ERR_BROKEN, "unexpected: %s", text);
}

bool live_unless_unknown(struct live *live, bool ok, struct err *err)
{
	if (ok || (!ews_conn_failed_with(live->conn, EWS_CODE_SCHEMA) &&
		   !ews_conn_failed_with(live->conn, EWS_CODE_SERVER_VERSION)))
		return ok;
	printf("  not known to the server: %s\n", err->text);
	live->unknown++;
	return true;
}

static const struct {
	const char *name;
	live_step *run;
} steps[] = {
	{ "GetFolder", live_folders },
	{ "SyncFolderHierarchy, FindFolder", live_hierarchy },
	{ "SyncFolderItems, GetItem", live_inbox },
	{ "GetItem of calendar items", live_calendar },
	{ "CreateFolder, UpdateFolder", live_make_folder },
	{ "CreateItem, FindItem", live_create },
	{ "FindItem, QueryString", live_query },
	{ "UpdateItem", live_update },
	{ "CopyItem, MoveItem, DeleteItem", live_copy_move_delete },
	{ "SendItem", live_send },
	{ "GetStreamingEvents", live_stream },
	{ "GetEvents", live_pull },
	{ "ResolveNames, GetServerTimeZones, ConvertId", live_directory },
	{ "MarkAllItemsAsRead, EmptyFolder, MoveFolder, CopyFolder",
	  live_folder_contents },
	{ "CreateAttachment, GetAttachment, DeleteAttachment", live_attachments },
	{ "a series: CreateItem, UpdateItem, DeleteItem, FindItem", live_calendar_write },
	{ "tasks", live_task },
	{ "contacts", live_contact },
	{ "MarkAsJunk, ExportItems, UploadItems", live_junk_export },
	{ "GetUserConfiguration, GetDelegate", live_settings },
	{ "GetUserAvailability", live_free_busy },
	{ "FindPeople, GetPersona, GetRoomLists, GetRooms, ExpandDL, GetUserPhoto",
	  live_people },
	{ "GetUserOofSettings, SetUserOofSettings", live_oof },
	{ "GetInboxRules, UpdateInboxRules", live_rules },
	{ "a meeting: invitation, answer, cancellation", live_meeting },
	{ "DeleteFolder", live_clean },
};

static void run(struct live *live)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct err err = { 0 };
		bool ok = steps[i].run(live, &err);

		live->failed += !ok;
		printf("%s %s%s%s\n", ok ? "ok  " : "FAIL", steps[i].name, ok ? "" : ": ",
		       ok ? "" : err.text);
	}
}

static bool open_guest(struct live *live, const char *url, char **argv,
		       struct ews_account **account_r, struct err *err)
{
	const struct ews_config config = {
		.url = url, .login = argv[0], .password = argv[1], .address = argv[2]
	};

	live->guest_address = argv[2];
	*account_r = ews_account_new(&config, err);
	live->guest = *account_r ? ews_conn_new(*account_r, err) : NULL;
	return live->guest;
}

int main(int argc, char **argv)
{
	struct live live = { 0 };
	struct ews_config config = { 0 };
	struct ews_account *guest = NULL;
	struct strbuf name = STRBUF(sizeof(live.mark) - 1);
	struct err err;

	if (argc != 5 && argc != 8) {
		fprintf(stderr, "usage: ews_live URL LOGIN PASSWORD ADDRESS "
				"[GUEST-LOGIN PASSWORD ADDRESS]\n");
		return 2;
	}
	config.url = argv[1];
	config.login = argv[2];
	config.password = argv[3];
	config.address = live.address = argv[4];
	random_hex(8, &name);
	snprintf(live.mark, sizeof(live.mark), "%s", strbuf_cstr(&name));
	strbuf_finish(&name);
	if (!ews_process_init(&err) || !(live.account = ews_account_new(&config, &err)) ||
	    !(live.conn = ews_conn_new(live.account, &err)) ||
	    (argc == 8 && !open_guest(&live, argv[1], argv + 5, &guest, &err))) {
		fprintf(stderr, "ews_live: %s\n", err.text);
		return 2;
	}
	run(&live);
	ews_arena_finish(&live.kept);
	ews_conn_free(live.conn);
	ews_conn_free(live.guest);
	ews_account_free(live.account);
	ews_account_free(guest);
	ews_process_finish();
	return live.failed;
}
