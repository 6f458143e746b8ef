/*
 * The submission session from greeting to QUIT: RFC 5321 with PIPELINING (RFC 2920),
 * SIZE (RFC 1870), 8BITMIME (RFC 6152), AUTH (RFC 4954), ENHANCEDSTATUSCODES (RFC 2034)
 * and CHUNKING (RFC 3030). Mail is taken after a login only (RFC 6409 section 4.3); 250
 * after a message means that it is on disk. STARTTLS: RFC 3207.
 */
#include "imapfront/smtp/smtp.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "bridge/mime/date.h"
#include "bridge/mime/edit.h"
#include "bridge/mime/header.h"
#include "imapfront/limits.h"
#include "imapfront/sasl.h"
#include "imapfront/session.h"
#include "imapfront/smtp/data.h"
#include "imapfront/smtp/parse.h"
#include "imapfront/smtp/status.h"

enum {
	VERDICT_MS = 30 * 1000, /* refusals that come sooner are told at once */
	EXTRA_BYTES = 1024, /* for fields that we add */
};

struct client {
	struct session *session;
	struct stream *stream;
	struct strbuf line;
	bool quit;

	/* The mail transaction. */
	bool has_from;
	struct strbuf from;
	struct strbuf recipients; /* a line feed after each */
	unsigned recipient_count;
	bool chunked; /* BDAT has begun */
	struct strbuf message;
};

static void reply(struct client *c, const char *text)
{
	stream_write(c->stream, str_from(text));
	stream_write(c->stream, STR("\r\n"));
}

/* A command that is wrong; too many of them end the session. */
static void refuse(struct client *c, const char *text)
{
	if (++c->session->bad_commands >= FRONT_BAD_COMMANDS_MAX) {
		text = "421 4.7.0 too many errors";
		c->quit = true;
	}
	reply(c, text);
}

static void reset(struct client *c)
{
	c->has_from = c->chunked = false;
	c->recipient_count = 0;
	strbuf_reset(&c->from);
	strbuf_reset(&c->recipients);
	/* Not reset(): a big message must not stay in an idle session. */
	strbuf_finish(&c->message);
	strbuf_init(&c->message, FRONT_MESSAGE_BYTES);
}

/* ---- commands ---------------------------------------------------------------------- */

static bool run_helo(struct client *c, const struct smtp_args *args)
{
	reset(c);
	reply(c, "250 localhost");
	return true;
}

static bool run_ehlo(struct client *c, const struct smtp_args *args)
{
	reset(c);
	stream_writef(c->stream,
		      "250-localhost\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n"
		      "250-CHUNKING\r\n%s%s250 ENHANCEDSTATUSCODES\r\n",
		      FRONT_MESSAGE_BYTES,
		      session_may_login(c->session) ? "250-AUTH PLAIN LOGIN\r\n" : "",
		      session_offers_tls(c->session) ? "250-STARTTLS\r\n" : "");
	return true;
}

static bool run_starttls(struct client *c, const struct smtp_args *args)
{
	struct err err;

	if (!session_offers_tls(c->session)) {
		reply(c, "502 5.5.1 TLS is not offered, or on already");
		return false;
	}
	reset(c);
	reply(c, "220 2.0.0 go on");
	/* What was said in the clear counts for nothing (RFC 3207 section 4.2). */
	c->quit = !stream_flush(c->stream, &err) || !session_start_tls(c->session, &err);
	return true;
}

static bool run_noop(struct client *c, const struct smtp_args *args)
{
	reply(c, "250 2.0.0 OK");
	return true;
}

static bool run_help(struct client *c, const struct smtp_args *args)
{
	reply(c, "214 2.0.0 see RFC 5321 and RFC 6409");
	return true;
}

static bool run_vrfy(struct client *c, const struct smtp_args *args)
{
	reply(c, "252 2.1.5 cannot say, but will try to send");
	return true;
}

static bool run_rset(struct client *c, const struct smtp_args *args)
{
	reset(c);
	reply(c, "250 2.0.0 OK");
	return true;
}

static bool run_quit(struct client *c, const struct smtp_args *args)
{
	reply(c, "221 2.0.0 bye");
	c->quit = true;
	return true;
}

static void refuse_login(struct client *c, const struct err *err)
{
	switch (err->code) {
	case ERR_NOT_FOUND:
		refuse(c, "504 5.5.4 mechanism not offered");
		return;
	case ERR_AUTH:
		refuse(c, "535 5.7.8 wrong login name or password");
		return;
	case ERR_OFFLINE:
		c->quit = true;
		return;
	default:
		refuse(c, "501 5.5.2 login called off or malformed");
	}
}

static bool run_auth(struct client *c, const struct smtp_args *args)
{
	CLEANUP(sasl_credentials_finish) struct sasl_credentials who;
	struct err err = { 0 };

	sasl_credentials_init(&who);
	if (!session_may_login(c->session)) {
		refuse(c, "538 5.7.11 start TLS first");
		return false;
	}
	if (c->session->account || c->has_from) {
		refuse(c, c->session->account ? "503 5.5.1 logged in already"
					      : "503 5.5.1 not within a message");
		return false;
	}
	if (!sasl_run(c->session, args->word, "334 ", args->initial, &who, &err) ||
	    !session_login(c->session, strbuf_str(&who.login), strbuf_str(&who.password),
			   &err)) {
		refuse_login(c, &err);
		return false;
	}
	reply(c, "235 2.7.0 logged in");
	return true;
}

static bool run_mail(struct client *c, const struct smtp_args *args)
{
	if (c->has_from) {
		refuse(c, "503 5.5.1 sender is given already");
		return false;
	}
	if (args->size > FRONT_MESSAGE_BYTES) {
		reply(c, "552 5.3.4 message too big");
		return true;
	}
	strbuf_add(&c->from, args->path);
	c->has_from = true;
	reply(c, "250 2.1.0 OK");
	return true;
}

static bool run_rcpt(struct client *c, const struct smtp_args *args)
{
	if (!c->has_from || c->chunked) {
		refuse(c, "503 5.5.1 MAIL FROM comes first");
		return false;
	}
	if (c->recipient_count >= SMTP_RECIPIENTS_MAX) {
		reply(c, "452 4.5.3 too many recipients");
		return true;
	}
	strbuf_add(&c->recipients, args->path);
	strbuf_addc(&c->recipients, '\n');
	c->recipient_count++;
	reply(c, "250 2.1.5 OK");
	return true;
}

/* ---- messages ---------------------------------------------------------------------- */

static void add_message_id(struct str address, struct strbuf *out)
{
	ptrdiff_t host = str_find_char(address, '@');

	strbuf_add(out, STR("Message-ID: <"));
	random_hex(16, out);
	strbuf_addc(out, '@');
	strbuf_add(out, host < 0 ? STR("localhost")
				 : str_sub(address, (size_t)host + 1, address.len));
	strbuf_add(out, STR(">\r\n"));
}

/* From, Date and Message-ID where the client left them out (RFC 6409 section 8). */
static void complete(struct client *c, struct strbuf *out)
{
	struct str address = str_from(account_address(c->session->account));
	struct str message = strbuf_str(&c->message), value;
	struct str header = str_sub(message, 0, mime_header_len(message));
	struct mime_field first;

	if (!mime_field_find(header, STR("From"), &value))
		strbuf_addf(out, "From: <%.*s>\r\n", STR_FMT(address));
	if (!mime_field_find(header, STR("Date"), &value)) {
		strbuf_add(out, STR("Date: "));
		mime_date_write((struct mime_date){ clock_unix_s(), 0 }, out);
		strbuf_add(out, STR("\r\n"));
	}
	if (!mime_field_find(header, STR("Message-ID"), &value))
		add_message_id(address, out);
	/* Text without any header. */
	if (!message.len || (mime_field_next(&header, &first) && !first.name.len))
		strbuf_add(out, STR("\r\n"));
	strbuf_add(out, message);
}

static bool submit(struct client *c, struct err *err)
{
	CLEANUP(strbuf_finish)
	struct strbuf octets = STRBUF(FRONT_MESSAGE_BYTES + EXTRA_BYTES);
	struct account *account = c->session->account;
	int64_t entry;
	bool ok;

	if (!strbuf_ok(&c->message, NULL))
		return err_set(err, ERR_LIMIT, "message too big");
	complete(c, &octets);
	if (!strbuf_ok(&octets, err))
		return false;
	account_verdict_expect(account);
	ok = store_outbox_add(account_store(account), strbuf_str(&c->from),
			      strbuf_str(&c->recipients), strbuf_str(&octets), &entry,
			      err);
	strbuf_finish(&octets);
	reset(c);
	ok = ok && session_verdict(c->session, entry, VERDICT_MS, err);
	account_verdict_forgo(account);
	return ok;
}

static void finish_message(struct client *c)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(512);
	struct err err = { 0 };

	if (submit(c, &err)) {
		reply(c, "250 2.0.0 accepted");
	} else {
		smtp_status_write(&err, &text);
		reply(c, strbuf_cstr(&text));
		log_warn(c->session->who, "message not accepted: %s", err.text);
	}
	reset(c);
}

static bool ready_for_message(struct client *c)
{
	if (!c->has_from)
		refuse(c, "503 5.5.1 MAIL FROM comes first");
	else if (!c->recipient_count)
		refuse(c, "554 5.5.1 no valid recipients");
	return c->has_from && c->recipient_count;
}

static bool run_data(struct client *c, const struct smtp_args *args)
{
	struct smtp_data data = { .out = &c->message };
	struct err err = { 0 };

	if (c->chunked) {
		refuse(c, "503 5.5.1 not after BDAT");
		return false;
	}
	if (!ready_for_message(c))
		return false;
	reply(c, "354 go ahead, end with a dot");
	c->quit = !stream_flush(c->stream, &err);
	while (!c->quit && data.state != SMTP_DATA_DONE) {
		struct str octets;

		c->quit = !stream_peek(c->stream, &octets, &err);
		if (!c->quit)
			stream_skip(c->stream, smtp_data_feed(&data, octets));
	}
	if (!c->quit)
		finish_message(c);
	return true;
}

/* The octets have to be taken in any case (RFC 3030 section 2). */
static bool take_chunk(struct client *c, uint64_t size, bool wanted)
{
	struct err err;

	while (size) {
		struct str octets;

		if (!stream_peek(c->stream, &octets, &err))
			return false;
		octets = str_sub(octets, 0, (size_t)MIN_OF(size, (uint64_t)octets.len));
		if (wanted)
			strbuf_add(&c->message, octets);
		stream_skip(c->stream, octets.len);
		size -= octets.len;
	}
	return true;
}

static void finish_chunks(struct client *c)
{
	struct strbuf raw = c->message;

	c->message = (struct strbuf)STRBUF(FRONT_MESSAGE_BYTES);
	mime_crlf(strbuf_str(&raw), &c->message);
	c->message.overflow = c->message.overflow || raw.overflow;
	strbuf_finish(&raw);
	finish_message(c);
}

static bool run_bdat(struct client *c, const struct smtp_args *args)
{
	bool ready = c->has_from && c->recipient_count;

	/* More than we would ever keep: do not read gigabytes to say no. */
	if (args->size > FRONT_MESSAGE_BYTES) {
		reply(c, "552 5.3.4 message too big");
		c->quit = true;
		return true;
	}
	c->quit = !take_chunk(c, args->size, ready);
	if (c->quit)
		return true;
	if (!ready)
		return ready_for_message(c);
	c->chunked = true;
	if (args->last)
		finish_chunks(c);
	else
		reply(c, "250 2.0.0 OK");
	return true;
}

/* ---- the session ------------------------------------------------------------------- */

/* Return: false counts as a bad command. */
static const struct {
	bool (*run)(struct client *c, const struct smtp_args *args);
	bool login; /* needed before */
} COMMANDS[] = {
	[SMTP_AUTH] = { run_auth, false }, [SMTP_BDAT] = { run_bdat, true },
	[SMTP_DATA] = { run_data, true },  [SMTP_EHLO] = { run_ehlo, false },
	[SMTP_HELO] = { run_helo, false }, [SMTP_HELP] = { run_help, false },
	[SMTP_MAIL] = { run_mail, true },  [SMTP_NOOP] = { run_noop, false },
	[SMTP_QUIT] = { run_quit, false }, [SMTP_RCPT] = { run_rcpt, true },
	[SMTP_RSET] = { run_rset, false }, [SMTP_STARTTLS] = { run_starttls, false },
	[SMTP_VRFY] = { run_vrfy, true },
};
_Static_assert(ARRAY_LEN(COMMANDS) == SMTP_VERB_COUNT, "a row for each verb");

static void refuse_args(struct client *c, enum smtp_verb verb, const struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf text = STRBUF(256);
	bool address = verb == SMTP_MAIL || verb == SMTP_RCPT;

	strbuf_addf(&text, "%s %s",
		    err->code == ERR_DENIED	   ? "555 5.5.4"
		    : address && verb == SMTP_MAIL ? "501 5.1.7"
		    : address			   ? "501 5.1.3"
						   : "501 5.5.4",
		    err->text);
	refuse(c, strbuf_cstr(&text));
	/* Octets of a chunk whose size we cannot read would be taken for commands. */
	if (verb == SMTP_BDAT)
		c->quit = true;
}

static void dispatch(struct client *c)
{
	struct str line = strbuf_str(&c->line);
	struct smtp_args args;
	enum smtp_verb verb;
	struct err err = { 0 };

	if (!smtp_verb_find(line, &verb, &err)) {
		refuse(c, "500 5.5.2 unknown command");
		return;
	}
	if (COMMANDS[verb].login && !c->session->account) {
		refuse(c, "530 5.7.0 log in first");
		if (verb == SMTP_BDAT)
			c->quit = true;
		return;
	}
	if (!smtp_args_parse(verb, line, &args, &err)) {
		refuse_args(c, verb, &err);
		return;
	}
	if (COMMANDS[verb].run(c, &args) && verb != SMTP_NOOP && verb != SMTP_RSET)
		c->session->bad_commands = 0;
}

static void say_bye(struct client *c, const struct err *err)
{
	if (err->code == ERR_STATE)
		reply(c, "421 4.3.2 shutting down");
	else
		reply(c, "421 4.4.2 idle for too long");
}

/* Return: is there to be another one? */
static bool one_command(struct client *c)
{
	struct err err = { 0 };

	/* Replies to pipelined commands go out together (RFC 2920 section 3.2). */
	if (!stream_pending(c->stream) && !stream_flush(c->stream, &err))
		return false;
	if (!session_wait_command(c->session, NULL, NULL, &err)) {
		say_bye(c, &err);
		return false;
	}
	strbuf_reset(&c->line);
	if (stream_read_line(c->stream, SMTP_LINE_BYTES, &c->line, &err))
		dispatch(c);
	else if (err.code == ERR_LIMIT)
		refuse(c, "500 5.5.2 line too long");
	else
		return false;
	return !c->quit && !c->stream->failed && !c->stream->lost;
}

static void serve(struct session *session)
{
	struct client c = {
		.session = session,
		.stream = &session->stream,
		.line = STRBUF(SMTP_LINE_BYTES + 2),
		.from = STRBUF(SMTP_PATH_BYTES),
		.recipients = STRBUF(SMTP_RECIPIENTS_MAX * (SMTP_PATH_BYTES + 1)),
		.message = STRBUF(FRONT_MESSAGE_BYTES),
	};
	struct err ignored;

	reply(&c, "220 localhost ESMTP Passerelle");
	while (one_command(&c))
		;
	(void)!stream_flush(c.stream, &ignored);
	strbuf_finish(&c.line);
	strbuf_finish(&c.from);
	strbuf_finish(&c.recipients);
	strbuf_finish(&c.message);
}

bool front_smtp_start(const struct listen_config *config, const struct front_tls *tls,
		      const struct account_set *accounts, struct front **front_r,
		      struct err *err)
{
	static const struct front_protocol protocol = {
		.name = "smtp",
		.busy = "421 4.3.2 too many connections\r\n",
		.serve = serve,
	};

	return front_start(&protocol, config, tls, accounts, front_r, err);
}
