/* Lines and literals (RFC 3501 section 4.3, RFC 7888): see input.h. */
#include "imapfront/imap/input.h"

#include "imapfront/limits.h"

size_t imap_input_line_max(const struct imap_client *client)
{
	/* Sets of 100,000 ranges are lines of some 700 kB. */
	return client->state == IMAP_STRANGER ? FRONT_LINE_BYTES : IMAP_COMMAND_BYTES;
}

bool imap_input_line(struct imap_client *client, struct err *err)
{
	/* One long command must not stay in an idle session. */
	if (client->input.capacity > FRONT_LINE_BYTES) {
		strbuf_finish(&client->input);
		strbuf_init(&client->input, IMAP_COMMAND_BYTES);
	}
	strbuf_reset(&client->input);
	return stream_read_line(client->out, imap_input_line_max(client), &client->input,
				err);
}

static bool go_on(struct imap_client *client, bool plus, struct err *err)
{
	if (!plus)
		stream_write(client->out, STR("+ go on\r\n"));
	return plus || stream_flush(client->out, err);
}

/* Appends CRLF, the literal, and the line behind it. */
static bool take(struct imap_client *client, uint64_t size, bool plus, struct err *err)
{
	uint64_t most = client->state == IMAP_STRANGER ? FRONT_LOGIN_BYTES
						       : IMAP_COMMAND_BYTES;
	char *space;

	if (size > most ||
	    client->input.len + size + FRONT_LINE_BYTES > IMAP_COMMAND_BYTES)
		return err_set(err, ERR_LIMIT, "literal is too large");
	if (!go_on(client, plus, err))
		return false;
	strbuf_add(&client->input, STR("\r\n"));
	space = strbuf_space(&client->input, (size_t)size);
	if (!stream_read_exact(client->out, space, (size_t)size, err))
		return false;
	strbuf_added(&client->input, (size_t)size);
	return stream_read_line(client->out, FRONT_LINE_BYTES, &client->input, err);
}

/* Does the command end here but for the literal of a message? */
static bool body_is_next(struct imap_client *client, const struct imap_line *line)
{
	struct imap_args args = { 0 };
	struct imap_reader in = { .rest = strbuf_str(&client->input),
				  .pool = &args.pool,
				  .utf8 = client->utf8 };
	struct imap_line again;
	struct err ignored;
	bool is;

	if (!(line->command->flags & IMAP_BODY_LITERAL))
		return false;
	is = imap_line_parse(&in, &again, &ignored) &&
	     imap_args_parse(&again, &in, &args, &ignored);
	imap_args_finish(&args);
	return is;
}

bool imap_input_literals(struct imap_client *client, const struct imap_line *line,
			 struct err *err)
{
	uint64_t size;
	bool plus;

	while (imap_literal_at_end(strbuf_str(&client->input), &size, &plus) &&
	       !body_is_next(client, line))
		if (!take(client, size, plus, err))
			return false;
	return true;
}

static bool discard(struct imap_client *client, uint64_t size)
{
	char chunk[4096];
	struct err err;

	while (size) {
		size_t part = (size_t)MIN_OF(size, (uint64_t)sizeof(chunk));

		if (!stream_read_exact(client->out, chunk, part, &err))
			return false;
		size -= part;
	}
	return true;
}

void imap_input_skip(struct imap_client *client)
{
	uint64_t size;
	struct err err;
	bool plus;

	while (imap_literal_at_end(strbuf_str(&client->input), &size, &plus) && plus) {
		uint64_t most = client->state == IMAP_STRANGER ? FRONT_LOGIN_BYTES
							       : FRONT_MESSAGE_BYTES;

		if (size > most) {
			imap_client_bye(client, "literal is too large");
			return;
		}
		if (!discard(client, size) || !imap_input_line(client, &err)) {
			client->bye = true;
			return;
		}
	}
}

bool imap_input_body(struct imap_client *client, uint64_t size, bool plus,
		     struct str after, struct strbuf *body, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf rest = STRBUF(FRONT_LINE_BYTES);
	uint64_t left = size;

	if (size > FRONT_MESSAGE_BYTES) {
		if (plus)
			imap_client_bye(client, "message is too large");
		return err_set(err, ERR_LIMIT, "message larger than %d bytes",
			       FRONT_MESSAGE_BYTES);
	}
	if (!go_on(client, plus, err))
		return false;
	while (left) {
		size_t part = (size_t)MIN_OF(left, (uint64_t)FRONT_LINE_BYTES);
		char *space = strbuf_space(body, part);

		/* Grows with what has really arrived, not with what was announced. */
		if (!stream_read_exact(client->out, space, part, err))
			return false;
		strbuf_added(body, part);
		left -= part;
	}
	if (!stream_read_line(client->out, FRONT_LINE_BYTES, &rest, err))
		return false;
	return str_eq(strbuf_str(&rest), after) ||
	       err_set(err, ERR_SYNTAX, "one message at a time");
}
