/*
 * The IMAP session from greeting to BYE. One command at a time: its first line, a check
 * that it is known and allowed now, its literals, parse, run, what changed meanwhile, and
 * the tagged response.
 */
#include "imapfront/imap/imap.h"

#include "base/log.h"
#include "imapfront/imap/box_wait.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/input.h"
#include "imapfront/imap/status.h"
#include "imapfront/limits.h"

static void greet(struct imap_client *client)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(2048);

	strbuf_add(&text, STR("* OK [CAPABILITY "));
	imap_client_capabilities(client, &text);
	strbuf_add(&text, STR("] Passerelle is ready\r\n"));
	stream_write(client->out, strbuf_str(&text));
}

/* The tagged response of a command that failed. */
static void refuse(struct imap_client *client, struct str tag, const struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(1024);

	if (client->refusal.len)
		strbuf_addf(&text, "NO %s", strbuf_cstr(&client->refusal));
	else
		imap_status_write(err, &text);
	stream_write(client->out, tag.len ? tag : STR("*"));
	stream_write(client->out, STR(" "));
	stream_write(client->out, strbuf_str(&text));
	stream_write(client->out, STR("\r\n"));
	if (err->code == ERR_BROKEN || err->code == ERR_FULL)
		log_error(client->session->who, "%s", err->text);
	if (err->code != ERR_SYNTAX)
		return;
	if (++client->session->bad_commands >= FRONT_BAD_COMMANDS_MAX)
		imap_client_bye(client, "too many errors");
}

static void accept_tagged(struct imap_client *client, const struct imap_line *line)
{
	stream_write(client->out, line->tag);
	stream_write(client->out, STR(" OK "));
	if (client->done.len) {
		stream_write(client->out, strbuf_str(&client->done));
	} else {
		stream_write(client->out, str_from(line->command->name));
		stream_write(client->out, STR(" done"));
	}
	stream_write(client->out, STR("\r\n"));
	client->session->bad_commands = 0;
}

/* What others (and this command) changed; not where sequence numbers must stay. */
static bool update(struct imap_client *client, const struct imap_line *line,
		   struct err *err)
{
	unsigned flags = line->command->flags;

	if (client->state != IMAP_SELECTED || client->bye || (flags & IMAP_NO_UPDATE))
		return true;
	return imap_client_update(client, line->uid || !(flags & IMAP_KEEP_NUMBERS), err);
}

static bool run(struct imap_client *client, const struct imap_line *line,
		struct imap_args *args, struct err *err)
{
	struct err trouble;
	bool fine;

	if (args->condstore)
		imap_client_condstore(client);
	client->changes = line->command->flags & IMAP_CHANGES;
	client->own_uid = 0;
	fine = line->command->run(client, args, err);

	if (!update(client, line, &trouble)) {
		if (fine)
			*err = trouble;
		fine = false;
	}
	client->changes = false;
	return fine;
}

static bool find(struct imap_client *client, struct imap_reader *in,
		 struct imap_line *line, struct err *err)
{
	if (!imap_line_parse(in, line, err))
		return false;
	if (!line->command)
		return err_set(err, ERR_SYNTAX, "unknown command");
	if (!(line->command->states & client->state))
		return err_set(err, ERR_SYNTAX,
			       client->state == IMAP_STRANGER ? "log in first"
							      : "not in this state");
	return true;
}

/* Literals are here now; words in args are borrowed from client->input from here on. */
static bool parse(struct imap_client *client, struct imap_line *line,
		  struct imap_args *args, struct err *err)
{
	struct imap_reader in = { strbuf_str(&client->input), &args->pool, client->labels,
				  client->utf8 };
	struct str tag = line->tag;
	bool fine = imap_line_parse(&in, line, err) &&
		    imap_args_parse(line, &in, args, err);

	line->tag = tag;
	return fine;
}

static bool change_connection(struct imap_client *client, struct err *err)
{
	enum imap_then then = client->then;

	client->then = IMAP_THEN_NOTHING;
	return then == IMAP_THEN_NOTHING ||
	       (stream_flush(client->out, err) &&
		(then == IMAP_THEN_TLS ? session_start_tls(client->session, err)
				       : stream_start_deflate(client->out, err)));
}

static void dispatch(struct imap_client *client)
{
	struct imap_args args = { 0 };
	struct imap_reader in = { strbuf_str(&client->input), &args.pool, client->labels,
				  client->utf8 };
	struct imap_line line = { 0 };
	struct err err = { 0 };
	bool fine = find(client, &in, &line, &err);

	/* The input may move or be used again; the tag stays. */
	line.tag = pool_dup(&args.pool, line.tag);
	client->tag = line.tag;
	fine = fine && imap_input_literals(client, &line, &err) &&
	       parse(client, &line, &args, &err) &&
	       (!(line.command->flags & IMAP_FOLDERS) || imap_folders_wait(client, &err));
	if (!fine)
		imap_input_skip(client);
	else
		fine = run(client, &line, &args, &err);
	if (fine)
		accept_tagged(client, &line);
	else
		refuse(client, line.tag, &err);
	if (!change_connection(client, &err))
		client->bye = true;
	client->tag = STR_NONE;
	imap_args_finish(&args);
}

/* The start of the line is there: its tag tells the client which command failed. */
static void refuse_long(struct imap_client *client)
{
	struct pool pool = { 0 };
	struct imap_reader in = { strbuf_str(&client->input), &pool, NULL, false };
	struct str tag;
	struct err err;

	if (!imap_read_tag(&in, &tag, &err))
		tag = STR("*");
	err_set(&err, ERR_SYNTAX, "line longer than %zu bytes",
		imap_input_line_max(client));
	refuse(client, tag, &err);
	pool_finish(&pool);
}

static void say_bye(struct imap_client *client, const struct err *err)
{
	if (err->code == ERR_STATE)
		imap_client_bye(client, "shutting down");
	else
		imap_client_bye(client, err->text);
}

static bool tell_news(void *context, struct err *err)
{
	struct imap_client *client = context;

	return imap_notify_news(client, err) && stream_flush(client->out, err);
}

/* Return: is there to be another one? */
static bool one_command(struct imap_client *client)
{
	struct err err = { 0 };

	strbuf_reset(&client->done);
	strbuf_reset(&client->refusal);
	if (!stream_flush(client->out, &err))
		return false;
	if (!session_wait_command(client->session,
				  imap_notify_is_eager(client) ? tell_news : NULL, client,
				  &err)) {
		if (!client->bye)
			say_bye(client, &err);
		return false;
	}
	if (imap_input_line(client, &err)) {
		dispatch(client);
		if (client->out->lost && !client->bye)
			imap_client_bye(client, "the command did not come to its end");
	} else if (err.code == ERR_LIMIT) {
		refuse_long(client);
	} else {
		return false;
	}
	return !client->bye && !client->out->failed;
}

static void serve(struct session *session)
{
	struct imap_client client = {
		.session = session,
		.out = &session->stream,
		.state = IMAP_STRANGER,
		.input = STRBUF(IMAP_COMMAND_BYTES),
		.done = STRBUF(IMAP_DONE_BYTES),
		.refusal = STRBUF(512),
		.keywords = STRBUF(IMAP_UPDATE_BYTES),
	};
	struct err ignored;

	greet(&client);
	while (one_command(&client))
		;
	(void)!stream_flush(client.out, &ignored);
	imap_client_deselect(&client);
	imap_notify_free(client.notify);
	client.notify = NULL;
	imap_client_watch(&client);
	strbuf_finish(&client.input);
	strbuf_finish(&client.done);
	strbuf_finish(&client.refusal);
	strbuf_finish(&client.keywords);
}

bool front_imap_start(const struct listen_config *config, const struct front_tls *tls,
		      const struct account_set *accounts, struct front **front_r,
		      struct err *err)
{
	static const struct front_protocol protocol = {
		.name = "imap",
		.busy = "* BYE too many connections\r\n",
		.serve = serve,
	};

	return front_start(&protocol, config, tls, accounts, front_r, err);
}
