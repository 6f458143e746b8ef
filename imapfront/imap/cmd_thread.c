/* THREAD: RFC 5256 section 3. */
#include <stdlib.h>

#include "base/mem.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/sort_load.h"
#include "imapfront/imap/thread.h"

enum { RESULT_BYTES = 64 * 1024 * 1024 };

struct imap_thread_algorithm {
	struct str name;
	unsigned wants; /* texts to read */
	void (*run)(struct imap_sort_item *items, size_t count,
		    struct thread_forest *forest_r);
};

static const struct imap_thread_algorithm algorithms[] = {
	{ { "ORDEREDSUBJECT", 14 }, 1u << MIME_SORT_SUBJECT, thread_by_subject },
	{ { "REFERENCES", 10 },
	  1u << MIME_SORT_SUBJECT | 1u << MIME_SORT_MESSAGE_ID |
		  1u << MIME_SORT_REFERENCES,
	  thread_by_references },
};

/* "THREAD" SP algorithm SP charset SP search-keys */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err))
		return false;
	for (size_t i = 0; !args->algorithm && i < ARRAY_LEN(algorithms); i++)
		if (imap_take_word(in, algorithms[i].name))
			args->algorithm = &algorithms[i];
	if (!args->algorithm)
		return err_set(err, ERR_SYNTAX, "unknown way to make threads");
	if (!imap_read_sp(in, err) || !imap_search_parse_in(in, &args->search, err))
		return false;
	args->condstore = args->search.modseq;
	return imap_read_end(in, err);
}

static bool tell(struct imap_client *client, const struct imap_args *args,
		 const struct imap_sort_items *items, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(RESULT_BYTES);
	CLEANUP(thread_forest_finish) struct thread_forest forest = { 0 };
	CLEANUP(mem_free_ptr)
	uint32_t *numbers = mem_array(items->count + 1, sizeof(*numbers));

	for (size_t i = 0; i < items->count; i++) {
		uint32_t uid = items->items[i].uid;

		numbers[i] = args->uid ? uid : imap_view_seq(&client->view, uid);
	}
	args->algorithm->run(items->items, items->count, &forest);
	strbuf_add(&line, STR("* THREAD"));
	if (items->count)
		strbuf_addc(&line, ' ');
	thread_write(&forest, numbers, &line);
	strbuf_add(&line, STR("\r\n"));
	stream_write(client->out, strbuf_str(&line));
	return strbuf_ok(&line, err);
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(imap_hits_finish) struct imap_hits hits = { 0 };
	CLEANUP(imap_sort_items_finish) struct imap_sort_items items = { 0 };

	return imap_search_run(client, client->box_id, &client->view, &args->search,
			       &hits, err) &&
	       imap_sort_load(client, &hits, args->algorithm->wants, &items, err) &&
	       tell(client, args, &items, err);
}

const struct imap_command imap_cmd_thread = {
	"THREAD", IMAP_SELECTED, IMAP_UID_FORM | IMAP_KEEP_NUMBERS,
	parse,	  run,		 "THREAD=ORDEREDSUBJECT THREAD=REFERENCES",
};
