/* Any bytes as a line of SMTP, and as what follows DATA, fed whole and in pieces. */
#include <assert.h>

#include "imapfront/smtp/data.h"
#include "imapfront/smtp/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t feed(struct str text, size_t piece, struct strbuf *out)
{
	struct smtp_data d = { .out = out };
	size_t at = 0;

	while (at < text.len && d.state != SMTP_DATA_DONE)
		at += smtp_data_feed(&d, str_sub(text, at, piece));
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(strbuf_finish) struct strbuf whole = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf pieces = STRBUF(1 << 20);
	struct str text = str_make((const char *)data, size);
	struct smtp_args args;
	enum smtp_verb verb;

	if (smtp_verb_find(text, &verb, NULL) && smtp_args_parse(verb, text, &args, NULL))
		assert(args.path.len <= SMTP_PATH_BYTES);
	assert(feed(text, size + 1, &whole) == feed(text, 3, &pieces));
	assert(str_eq(strbuf_str(&whole), strbuf_str(&pieces)));
	return 0;
}
