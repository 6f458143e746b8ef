/* NAMESPACE: RFC 2342. All that is shown so far is the user's own. */
#include "imapfront/imap/commands.h"
#include "imapfront/imap/namespace.h"

static const struct {
	struct str name;
	bool itself; /* not only what is below it */
	const char *text;
} reserved[] = {
	{ { "Other Users", 11 }, true, "this name is kept for other users' mailboxes" },
	/* "Archive" alone is what clients call a folder to put old mail in. */
	{ { "Archive", 7 },
	  false,
	  "names below Archive are kept for the archive mailbox; make a folder Archive "
	  "first, or take another name" },
};

bool imap_name_is_free(struct imap_client *client, struct str path, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		CLEANUP(store_box_finish) struct store_box box = { 0 };
		struct str name = reserved[i].name;
		struct err none;

		if (!str_starts_nocase(path, name) ||
		    !(path.len == name.len ? reserved[i].itself
					   : path.p[name.len] == '/') ||
		    store_box_find(client->store, str_sub(path, 0, name.len), &box,
				   &none))
			continue;
		return err_set(err, ERR_STATE, "%s", reserved[i].text);
	}
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	stream_write(client->out, STR("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"));
	return true;
}

const struct imap_command imap_cmd_namespace = {
	"NAMESPACE", IMAP_INSIDE, 0, NULL, run, "NAMESPACE",
};
