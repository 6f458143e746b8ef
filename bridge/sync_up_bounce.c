/*
 * A message that the server refuses after its sender was told 250: a delivery report
 * (RFC 3464) in the Inbox. It is appended like any message, so it also goes up to
 * Exchange and shows in other clients.
 */
#include "bridge/sync_up.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "bridge/mime/build.h"

#define MIME_MAX ((size_t)256 << 20)

/* RFC 3463. */
static struct str status_of(enum err_code code)
{
	switch (code) {
	case ERR_DENIED:
		return STR("5.7.1");
	case ERR_LIMIT:
		return STR("5.3.4");
	case ERR_QUOTA:
		return STR("5.2.2");
	case ERR_SYNTAX:
		return STR("5.6.0");
	case ERR_NOT_FOUND:
		return STR("5.1.1");
	default:
		return STR("5.0.0");
	}
}

static struct str domain_of(struct str address)
{
	ptrdiff_t at = str_find_char(address, '@');

	return at < 0 ? STR("localhost") : str_sub(address, (size_t)at + 1, address.len);
}

static struct str *recipients_of(const struct journal_entry *e, size_t *count_r)
{
	struct str rest = str_from(e->recipients), one, *list;
	size_t room = 1;

	for (size_t i = 0; i < rest.len; i++)
		room += rest.p[i] == '\n';
	list = mem_array(room + 1, sizeof(*list));
	*count_r = 0;
	while (str_split(&rest, '\n', &one)) {
		if (one.len > 0)
			list[(*count_r)++] = one;
	}
	return list;
}

static bool build(struct up *up, const struct journal_entry *e, const struct err *why,
		  struct str original, struct strbuf *out, struct err *err)
{
	CLEANUP(strbuf_finish) struct strbuf id = STRBUF(512), from = STRBUF(512);
	struct str domain = domain_of(str_from(up->sync->setup.address));
	size_t count;
	struct str *failed = recipients_of(e, &count);
	bool ok;

	strbuf_add(&id, STR("<"));
	random_hex(16, &id);
	strbuf_addf(&id, "@%.*s>", STR_FMT(domain));
	strbuf_addf(&from, "postmaster@%.*s", STR_FMT(domain));
	ok = mime_build_bounce(
		&(struct mime_bounce){
			.reporting_host = domain,
			.from = { STR("Mail Delivery System"), strbuf_str(&from) },
			.to = str_from(e->from),
			.failed = failed,
			.failed_count = count,
			.status = status_of(why->code),
			.diagnostic = str_from(why->text),
			.message_id = strbuf_str(&id),
			.date = { clock_unix_s(), 0 },
			.original = original,
		},
		out, err);
	free(failed);
	return ok;
}

bool sync_up_bounce(struct up *up, const struct journal_entry *entry,
		    const struct err *why, struct strbuf *report)
{
	CLEANUP(strbuf_finish) struct strbuf original = STRBUF(MIME_MAX);
	struct err err = { 0 };

	if (journal_mime(up->sync->setup.store, entry->id, &original, &err) &&
	    build(up, entry, why, strbuf_str(&original), report, &err))
		return true;
	log_error(up->sync->who, "no report of a refused message: %s", err.text);
	return false;
}
