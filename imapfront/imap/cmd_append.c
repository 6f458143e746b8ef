/*
 * APPEND: RFC 3501 section 6.3.11, APPENDUID: RFC 4315 section 3. The parser ends before
 * the message, which run takes from the client.
 */
#include <string.h>

#include "base/clock.h"
#include "bridge/mime/date.h"
#include "bridge/mime/unbinary.h"
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"
#include "imapfront/imap/input.h"
#include "imapfront/limits.h"

static bool read_date(struct imap_reader *in, int64_t *unix_s_r, struct err *err)
{
	struct mime_date date;
	struct str text;

	if (!imap_read_string(in, &text, err))
		return false;
	if (!mime_internaldate_parse(text, &date))
		return err_set(err, ERR_SYNTAX, "bad date-time");
	*unix_s_r = date.unix_s;
	return imap_read_sp(in, err);
}

/* append-data = literal / literal8 / "UTF8" SP "(" literal8 ")" (RFC 3516, RFC 6855) */
static bool read_data(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	args->literal_utf8 = imap_take_word(in, STR("UTF8"));
	if (args->literal_utf8 &&
	    (!imap_read_sp(in, err) || !imap_read_char(in, '(', err)))
		return false;
	args->literal_binary = imap_take(in, '~');
	if (args->literal_utf8 && !args->literal_binary)
		return err_set(err, ERR_SYNTAX, "UTF8 goes with a literal8");
	return imap_read_literal_size(in, &args->literal_bytes, &args->literal_plus, err);
}

/* "APPEND" SP mailbox [SP flag-list] [SP date-time] SP append-data */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	if (!imap_read_sp(in, err) || !imap_read_mailbox(in, &args->mailbox, err) ||
	    !imap_read_sp(in, err))
		return false;
	if (imap_peek(in, '(') &&
	    (!imap_read_flags(in, false, &args->flags, &args->keywords, err) ||
	     !imap_read_sp(in, err)))
		return false;
	if (imap_peek(in, '"') && !read_date(in, &args->internal_unix_s, err))
		return false;
	return read_data(in, args, err);
}

static bool append(struct imap_client *client, const struct store_box *box,
		   const struct imap_args *args, struct str mime, struct err *err)
{
	struct store_append msg = {
		.mime = mime,
		.flags = args->flags,
		.keywords = args->keywords,
		.internal_unix_s = args->internal_unix_s == INT64_MIN
					   ? clock_unix_s()
					   : args->internal_unix_s,
	};
	struct account *account = client->session->account;
	uint32_t uid;
	int64_t entry;
	bool ok;

	account_verdict_expect(account);
	ok = store_append(client->store, box->id, &msg, &uid, &entry, err) &&
	     imap_client_verdict(client, entry, err);
	account_verdict_forgo(account);
	if (!ok)
		return false;
	imap_notify_added(client, box->id, 1);
	if (box->id == client->box_id)
		client->own_uid = uid;
	strbuf_addf(&client->done, "[APPENDUID %u %u] done", box->uidvalidity, uid);
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	CLEANUP(store_box_finish) struct store_box box = { 0 };
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(FRONT_MESSAGE_BYTES);
	CLEANUP(strbuf_finish) struct strbuf plain = STRBUF(FRONT_MESSAGE_BYTES);

	/* A message that we do not want is not asked for, or is thrown away. */
	if (!imap_client_target(client, args->mailbox, &box, err)) {
		imap_input_skip(client);
		return false;
	}
	if (!(box.rights & BOX_RIGHT_INSERT)) {
		imap_input_skip(client);
		return err_set(err, ERR_DENIED,
			       "no right to put messages into this mailbox");
	}
	if (args->literal_bytes > FRONT_MESSAGE_BYTES)
		imap_client_refuse(client, err, "[TOOBIG] the message is too large");
	if (!imap_input_body(client, args->literal_bytes, args->literal_plus,
			     args->literal_utf8 ? STR(")") : STR(""), &mime, err))
		return false;
	if (!mime.len)
		return err_set(err, ERR_LIMIT, "empty message");
	if (!args->literal_binary || !memchr(mime.p, '\0', mime.len))
		return append(client, &box, args, strbuf_str(&mime), err);
	/* Exchange and other clients take no NUL octets (RFC 3516 section 4.4). */
	mime_unbinary(strbuf_str(&mime), &plain);
	return strbuf_ok(&plain, err) &&
	       append(client, &box, args, strbuf_str(&plain), err);
}

#define TEXT(number) #number
#define DIGITS(number) TEXT(number)
#define APPENDLIMIT "APPENDLIMIT=" DIGITS(FRONT_MESSAGE_MAX)

const struct imap_command imap_cmd_append = {
	"APPEND", IMAP_INSIDE, IMAP_BODY_LITERAL | IMAP_FOLDERS | IMAP_CHANGES,
	parse,	  run,	       APPENDLIMIT,
};
