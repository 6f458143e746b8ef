/*
 * How another program uses the EWS library: lists the newest messages of an Inbox, and
 * writes one of them to a file, whatever its size.
 *
 *	ews_list URL LOGIN ADDRESS [FILE]       password in $EWS_PASSWORD
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ews/ews.h"

#define NEWEST 10

/* One page of ids, newest first, then the properties of all of them at once. */
static bool list(struct ews_conn *conn, struct ews_items *items, struct err *err)
{
	const struct ews_folder_ref inbox = { .distinguished = "inbox" };
	const struct ews_find find = { .order = EWS_FIND_NEWEST_FIRST, .max = NEWEST };
	CLEANUP(ews_found_items_finish) struct ews_found_items found = { 0 };
	struct ews_ref refs[NEWEST];
	size_t count;

	if (!ews_item_find(conn, &inbox, &find, &found, err))
		return false;
	count = MIN_OF(found.count, NEWEST);
	for (size_t i = 0; i < count; i++)
		refs[i] = (struct ews_ref){ found.list[i].id.id, NULL };
	return ews_item_get(conn, refs, count, NULL, items, err);
}

static void print(const struct ews_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct ews_item *item = &items->list[i];
		const char *from = item->from.count ? item->from.list[0].address : NULL;

		/* Each item has its own fate: one may be gone meanwhile. */
		if (ews_status_ok(&item->status))
			printf("%s%-30s %s\n", item->is_read ? "  " : "* ",
			       from ? from : "?", item->subject ? item->subject : "");
		else
			printf("! %s\n", item->status.err.text);
	}
}

/* The message goes from the network to the file without being whole in memory. */
static bool save(struct ews_conn *conn, const char *id, const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	const struct ews_ref ref = { id, NULL };
	const struct ews_sink sink = ews_sink_fd(&fd);
	CLEANUP(ews_fetched_finish) struct ews_fetched fetched = { 0 };
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_BROKEN, "cannot write '%s'", path);
	ok = ews_item_fetch_mime(conn, &ref, 1, &sink, &fetched, err) &&
	     ews_status_check(&fetched.list[0].status, err);
	close(fd);
	return ok;
}

static bool run(struct ews_account *account, const char *path, struct err *err)
{
	CLEANUP(ews_items_finish) struct ews_items items = { 0 };
	struct ews_conn *conn = ews_conn_new(account, err); /* one for each thread */
	bool ok = conn && list(conn, &items, err);

	if (ok)
		print(&items);
	if (ok && path && items.count > 0)
		ok = save(conn, items.list[0].id.id, path, err);
	ews_conn_free(conn);
	return ok;
}

int main(int argc, char **argv)
{
	struct ews_config config = { 0 };
	struct ews_account *account;
	struct err err = { 0 };
	bool ok;

	if (argc < 4) {
		fprintf(stderr, "usage: ews_list URL LOGIN ADDRESS [FILE]\n");
		return 2;
	}
	config.url = argv[1];
	config.login = argv[2];
	config.address = argv[3];
	config.password = getenv("EWS_PASSWORD");
	if (!config.password)
		config.password = "";
	if (!ews_process_init(&err) || !(account = ews_account_new(&config, &err))) {
		fprintf(stderr, "ews_list: %s\n", err.text);
		return 1;
	}
	ok = run(account, argc > 4 ? argv[4] : NULL, &err);
	if (!ok) /* a sentence that says what to do */
		fprintf(stderr, "ews_list: %s\n", err.text);
	ews_account_free(account);
	ews_process_finish();
	return ok ? 0 : 1;
}
