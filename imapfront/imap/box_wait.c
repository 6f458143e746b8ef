/*
 * A mailbox opens once its index is complete. Shortly after the first start it may not
 * be: then a command waits for it, and tells the client every 15 seconds how far it is,
 * so that nobody's patience ends. It gives up only where the server cannot be reached.
 */
#include "imapfront/imap/box_wait.h"

#include "base/clock.h"
#include "bridge/account.h"

struct wait {
	struct imap_client *client;
	int64_t speak_ms, away_until_ms; /* monotonic */
};

static bool speak(struct wait *w, const struct account_index *index, struct err *err)
{
	struct stream *out = w->client->out;

	if (clock_mono_ms() < w->speak_ms)
		return true;
	w->speak_ms += IMAP_PATIENCE_MS;
	imap_client_patience(w->client, index->done, index->total,
			     "still reading the mailbox");
	return stream_flush(out, err);
}

static bool give_up(const struct wait *w, const struct account_index *index,
		    struct err *err)
{
	if (!index->away || clock_mono_ms() < w->away_until_ms)
		return true;
	return err_set(err, ERR_OFFLINE,
		       "the mailbox has not been read yet, and the server is away: %s",
		       index->reason);
}

/* Is it there to be opened? With ERR_NOT_FOUND it may still turn up. */
static bool look(struct wait *w, struct str path, const struct account_index *index,
		 bool *done_r, struct store_box *box_r, struct err *err)
{
	struct store_box box = { 0 };

	*done_r = false;
	if (!imap_client_box(w->client, path, &box, err))
		return err->code == ERR_NOT_FOUND && !index->folders_known;
	*done_r = box.complete;
	if (*done_r)
		*box_r = box;
	else
		store_box_finish(&box);
	return true;
}

/* Between two looks. Publishing says NOTIFY_FOLDERS or the box; a short sleep sees both.
 */
static bool go_on(struct wait *w, const struct account_index *index, struct err *err)
{
	if (!give_up(w, index, err) || !speak(w, index, err))
		return false;
	if (session_stopping(w->client->session) ||
	    !session_pause(w->client->session, IMAP_WAIT_SLICE_MS / 5))
		return err_set(err, ERR_STATE, "shutting down");
	return true;
}

static struct wait begin(struct imap_client *client)
{
	int64_t now_ms = clock_mono_ms();

	return (struct wait){ client, now_ms + IMAP_PATIENCE_MS,
			      now_ms + IMAP_INDEX_WAIT_MS };
}

bool imap_box_wait(struct imap_client *client, struct str path, struct store_box *box_r,
		   struct err *err)
{
	struct wait w = begin(client);

	for (;;) {
		struct account_index index;
		bool done;

		account_index(client->session->account, &index);
		*err = (struct err){ 0 };
		if (!look(&w, path, &index, &done, box_r, err))
			return false;
		if (done)
			return true;
		if (!go_on(&w, &index, err))
			return false;
	}
}

bool imap_folders_wait(struct imap_client *client, struct err *err)
{
	struct wait w = begin(client);

	for (;;) {
		struct account_index index;

		account_index(client->session->account, &index);
		if (index.folders_known)
			return true;
		if (!go_on(&w, &index, err))
			return false;
	}
}
