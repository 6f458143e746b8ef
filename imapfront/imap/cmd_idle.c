/* IDLE: RFC 2177. News come through the watch on the mailbox, at once. */
#include "base/clock.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/limits.h"

enum { DONE_BYTES = 1000 };

static bool tell(struct imap_client *client, struct err *err)
{
	return (client->state != IMAP_SELECTED ||
		imap_client_update(client, true, err)) &&
	       imap_notify_others(client, err) && stream_flush(client->out, err);
}

static bool read_done(struct imap_client *client, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf line = STRBUF(DONE_BYTES);

	if (!stream_read_line(client->out, DONE_BYTES, &line, err))
		return false;
	return str_eq_nocase(str_trim(strbuf_str(&line)), STR("DONE")) ||
	       err_set(err, ERR_SYNTAX, "expected DONE");
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + FRONT_IDLE_MS;

	stream_write(client->out, STR("+ idling\r\n"));
	for (;;) {
		unsigned events;

		if (!tell(client, err))
			return false;
		events = session_wait(client->session, until_ms - clock_mono_ms());
		if (events & SESSION_STOP) {
			imap_client_bye(client, "shutting down");
			return err_set(err, ERR_STATE, "shutting down");
		}
		if ((events & SESSION_INPUT) && stream_line_ready(client->out))
			return read_done(client, err);
		if (!(events & (SESSION_INPUT | SESSION_NEWS))) {
			imap_client_bye(client, "idle for too long");
			return err_set(err, ERR_STATE, "idle for too long");
		}
	}
}

const struct imap_command imap_cmd_idle = {
	"IDLE", IMAP_INSIDE, 0, NULL, run, "IDLE",
};
