/*
 * ENABLE: RFC 5161; CONDSTORE and QRESYNC: RFC 7162, UTF8=ACCEPT: RFC 6855, IMAP4rev2:
 * RFC 9051. What is enabled stays so until the session ends.
 */
#include "imapfront/imap/client.h"
#include "imapfront/imap/commands.h"

enum imap_enable {
	ENABLE_CONDSTORE = 1,
	ENABLE_QRESYNC = 2,
	ENABLE_REV2 = 4,
	ENABLE_UTF8 = 8,
};

static const struct {
	struct str name;
	enum imap_enable what;
} rows[] = {
	{ { "CONDSTORE", 9 }, ENABLE_CONDSTORE },
	{ { "QRESYNC", 7 }, ENABLE_QRESYNC },
	{ { "IMAP4rev2", 9 }, ENABLE_REV2 },
	{ { "UTF8=ACCEPT", 11 }, ENABLE_UTF8 },
};

/* "ENABLE" 1*(SP capability); what is not known is not an error. */
static bool parse(struct imap_reader *in, struct imap_args *args, struct err *err)
{
	do {
		struct str name;

		if (!imap_read_sp(in, err) || !imap_read_atom(in, &name, err))
			return false;
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (str_eq_nocase(name, rows[i].name))
				args->enable |= rows[i].what;
	} while (!imap_at_end(in));
	return true;
}

static bool run(struct imap_client *client, struct imap_args *args, struct err *err)
{
	if (args->enable & (ENABLE_CONDSTORE | ENABLE_QRESYNC))
		imap_client_condstore(client);
	client->qresync |= (args->enable & ENABLE_QRESYNC) != 0;
	client->rev2 |= (args->enable & ENABLE_REV2) != 0;
	client->utf8 |= (args->enable & (ENABLE_UTF8 | ENABLE_REV2)) != 0;
	stream_write(client->out, STR("* ENABLED"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (args->enable & rows[i].what) {
			stream_write(client->out, STR(" "));
			stream_write(client->out, rows[i].name);
		}
	stream_write(client->out, STR("\r\n"));
	return true;
}

const struct imap_command imap_cmd_enable = {
	"ENABLE", IMAP_INSIDE, 0, parse, run, "ENABLE CONDSTORE QRESYNC UTF8=ACCEPT",
};
