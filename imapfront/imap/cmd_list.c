/* LIST: see list.h. Folders that are not for mail are not shown. */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/rights.h"
#include "imapfront/imap/status_items.h"

enum { SUBSCRIBED_BYTES = 16 * 1024 * 1024, LINES_BYTES = 64 * 1024 };

static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	return imap_list_parse(in, &args->list, err);
}

static bool tell(struct imap_client *client, const struct imap_list *list,
		 const struct imap_list_name *name, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf lines = STRBUF(LINES_BYTES);

	imap_list_write(list, name, client->utf8, &lines);
	if (name->box && (list->options & IMAP_LIST_TELL_MYRIGHTS))
		imap_rights_tell(name->box, client->utf8, &lines);
	if (name->box && (list->options & IMAP_LIST_TELL_STATUS) &&
	    !imap_status_tell(client, name->box, list->status_items, &lines, err))
		return false;
	stream_write(client->out, strbuf_str(&lines));
	return strbuf_ok(&lines, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_boxes_finish) struct store_boxes boxes = { 0 };
	CLEANUP(strbuf_finish) struct strbuf subscribed = STRBUF(SUBSCRIBED_BYTES);
	CLEANUP(imap_list_names_finish) struct imap_list_names names = { 0 };
	const struct imap_list *list = &args->list;

	/* An empty pattern asks for the separator. */
	if (!list->extended && !list->patterns[0].len) {
		stream_write(client->out, STR("* LIST (\\Noselect) \"/\" \"\"\r\n"));
		return true;
	}
	if (!store_box_list(client->store, &boxes, err) ||
	    !store_subscribed(client->store, &subscribed, err) ||
	    !imap_list_choose(list, &boxes, strbuf_str(&subscribed), client->utf8, &names,
			      err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i].chosen && !tell(client, list, &names.items[i], err))
			return false;
	return true;
}

const struct imap_command imap_cmd_list = {
	"LIST",	      IMAP_INSIDE,
	IMAP_FOLDERS, parse,
	run,	      "CHILDREN LIST-EXTENDED LIST-STATUS LIST-MYRIGHTS SPECIAL-USE",
};
