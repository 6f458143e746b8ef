/* Does a message match? Three-valued, so that octets are read only where they decide. */
#include "bridge/mime/search.h"
#include "bridge/mime/sort_keys.h"
#include "imapfront/imap/flags.h"
#include "imapfront/imap/search.h"

enum { DAY_S = 86400 };

static enum imap_found found(bool yes)
{
	return yes ? IMAP_FOUND_YES : IMAP_FOUND_NO;
}

static int64_t day_of(int64_t s)
{
	return s >= 0 ? s / DAY_S : -((-s + DAY_S - 1) / DAY_S);
}

static int64_t internal_day(const struct store_msg *msg)
{
	return day_of(msg->internal_unix_s);
}

/* RFC 8514 section 4.3: where it is not known, the internal date stands in. */
static int64_t saved_day(const struct store_msg *msg)
{
	return msg->saved_unix_s ? day_of(msg->saved_unix_s) : internal_day(msg);
}

/* Seconds since it arrived; what is of the future has just arrived. */
static uint64_t age_s(const struct imap_candidate *c)
{
	return (uint64_t)MAX_OF(c->now_unix_s - c->msg->internal_unix_s, (int64_t)0);
}

static bool is_saved(const struct imap_candidate *c)
{
	size_t low = 0, high = c->saved ? c->saved->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->saved->uids[middle] < c->msg->uid)
			low = middle + 1;
		else
			high = middle;
	}
	return c->saved && low < c->saved->count && c->saved->uids[low] == c->msg->uid;
}

/* The index knows only what has, or had, its octets here. */
static bool ruled_out(const struct imap_search_key *key, const struct imap_candidate *c)
{
	return key->hits && c->msg->known &&
	       !store_text_maybe(key->hits, c->msg->content_id);
}

static bool is_sure(const struct imap_search_key *key, const struct imap_candidate *c)
{
	return key->hits && c->msg->known &&
	       store_text_sure(key->hits, c->msg->content_id);
}

static enum imap_found try_text(const struct imap_search_key *key,
				const struct store_text *text)
{
	return found(mime_folded_contains(text->body, key->text) ||
		     (key->kind == IMAP_SEARCH_TEXT &&
		      mime_folded_contains(text->header, key->text)));
}

static enum imap_found try_header(const struct imap_search_key *key,
				  const struct imap_candidate *c)
{
	if (ruled_out(key, c))
		return IMAP_FOUND_NO;
	if (!c->header.p)
		return IMAP_FOUND_UNKNOWN;
	return found(mime_search_header(c->header, key->field, key->text));
}

static enum imap_found try_sent(const struct imap_search_key *key,
				const struct imap_candidate *c)
{
	struct mime_sort_keys sent;
	int64_t day;

	if (c->columns && mime_sort_keys_unpack(strbuf_str(&c->msg->sort), 0, &sent))
		day = sent.sent_day;
	else if (c->header.p)
		mime_sent_day(c->header, &day);
	else
		return IMAP_FOUND_UNKNOWN;
	if (key->kind == IMAP_SEARCH_SENT_BEFORE)
		return found(day < key->day);
	if (key->kind == IMAP_SEARCH_SENT_ON)
		return found(day == key->day);
	return found(day >= key->day);
}

static enum imap_found try_octets(const struct imap_search_key *key,
				  const struct imap_candidate *c)
{
	if (!key->text.len || is_sure(key, c))
		return IMAP_FOUND_YES;
	if (ruled_out(key, c))
		return IMAP_FOUND_NO;
	/* Between the pieces of a text are line feeds, and CR in place of those in
	 * fields.
	 */
	if (c->text && str_find_char(key->text, '\n') < 0 &&
	    str_find_char(key->text, '\r') < 0)
		return try_text(key, c->text);
	if (!c->tree)
		return IMAP_FOUND_UNKNOWN;
	return found(key->kind == IMAP_SEARCH_BODY
			     ? mime_search_body(c->tree, key->text)
			     : mime_search_text(c->tree, key->text));
}

static enum imap_found try_key(const struct imap_search_key *key,
			       const struct imap_candidate *c);

/* AND: one NO decides; OR: one YES does; else one unknown leaves it open. */
static enum imap_found try_children(const struct imap_search_key *key,
				    const struct imap_candidate *c,
				    enum imap_found decides)
{
	enum imap_found result = found(decides == IMAP_FOUND_NO);

	for (const struct imap_search_key *child = key->child; child;
	     child = child->next) {
		enum imap_found one = try_key(child, c);

		if (one == decides)
			return decides;
		if (one == IMAP_FOUND_UNKNOWN)
			result = IMAP_FOUND_UNKNOWN;
	}
	return result;
}

static enum imap_found negate(enum imap_found one)
{
	if (one == IMAP_FOUND_UNKNOWN)
		return one;
	return found(one == IMAP_FOUND_NO);
}

static enum imap_found try_key(const struct imap_search_key *key,
			       const struct imap_candidate *c)
{
	const struct store_msg *msg = c->msg;

	switch (key->kind) {
	case IMAP_SEARCH_AND:
		return try_children(key, c, IMAP_FOUND_NO);
	case IMAP_SEARCH_OR:
		return try_children(key, c, IMAP_FOUND_YES);
	case IMAP_SEARCH_NOT:
		return negate(try_key(key->child, c));
	case IMAP_SEARCH_RECENT:
		return found(c->recent);
	case IMAP_SEARCH_NEW:
		return found(c->recent && !(msg->flags & MSG_SEEN));
	case IMAP_SEARCH_SEQS:
		return found(imap_set_has(&key->set, c->seq));
	case IMAP_SEARCH_UIDS:
		return found(imap_set_has(&key->set, msg->uid));
	case IMAP_SEARCH_SAVED:
		return found(is_saved(c));
	case IMAP_SEARCH_FLAG:
		return found((msg->flags & key->flag) == key->flag);
	case IMAP_SEARCH_KEYWORD:
		return found(imap_keywords_have(msg->keywords, key->text));
	case IMAP_SEARCH_LARGER:
		return found(msg->size > key->number);
	case IMAP_SEARCH_SMALLER:
		return found(msg->size < key->number);
	case IMAP_SEARCH_MODSEQ:
		return found(msg->modseq >= key->number);
	case IMAP_SEARCH_BEFORE:
		return found(internal_day(msg) < key->day);
	case IMAP_SEARCH_ON:
		return found(internal_day(msg) == key->day);
	case IMAP_SEARCH_SINCE:
		return found(internal_day(msg) >= key->day);
	case IMAP_SEARCH_EMAIL_ID:
		if (!c->columns)
			return IMAP_FOUND_UNKNOWN;
		return found(msg->email_id && str_starts(key->text, STR("M")) &&
			     str_eq(str_sub(key->text, 1, key->text.len),
				    str_from(msg->email_id)));
	case IMAP_SEARCH_THREAD_ID:
		return found(msg->thread && msg->thread == key->number);
	case IMAP_SEARCH_SAVED_BEFORE:
		return found(saved_day(msg) < key->day);
	case IMAP_SEARCH_SAVED_ON:
		return found(saved_day(msg) == key->day);
	case IMAP_SEARCH_SAVED_SINCE:
		return found(saved_day(msg) >= key->day);
	case IMAP_SEARCH_OLDER:
		return found(age_s(c) >= key->number);
	case IMAP_SEARCH_YOUNGER:
		return found(age_s(c) <= key->number);
	case IMAP_SEARCH_SENT_BEFORE:
	case IMAP_SEARCH_SENT_ON:
	case IMAP_SEARCH_SENT_SINCE:
		return try_sent(key, c);
	case IMAP_SEARCH_HEADER:
		return try_header(key, c);
	case IMAP_SEARCH_BODY:
	case IMAP_SEARCH_TEXT:
		return try_octets(key, c);
	}
	return IMAP_FOUND_NO;
}

enum imap_found imap_search_try(const struct imap_search *search,
				const struct imap_candidate *candidate)
{
	return try_key(search->root, candidate);
}

static void resolve(struct imap_search_key *key, uint32_t last_seq, uint32_t last_uid)
{
	for (; key; key = key->next) {
		if (key->kind == IMAP_SEARCH_SEQS)
			imap_set_resolve(&key->set, last_seq);
		else if (key->kind == IMAP_SEARCH_UIDS)
			imap_set_resolve(&key->set, last_uid);
		resolve(key->child, last_seq, last_uid);
	}
}

void imap_search_resolve(struct imap_search *search, uint32_t last_seq, uint32_t last_uid)
{
	resolve(search->root, last_seq, last_uid);
}

static unsigned want(const struct imap_search_key *key)
{
	unsigned wanted = 0;

	for (; key; key = key->next) {
		if (key->kind >= IMAP_SEARCH_SENT_BEFORE &&
		    key->kind <= IMAP_SEARCH_SENT_SINCE)
			wanted |= STORE_WANT_SORT;
		if (key->kind == IMAP_SEARCH_HEADER)
			wanted |= STORE_WANT_HEADER;
		if (key->kind == IMAP_SEARCH_EMAIL_ID)
			wanted |= STORE_WANT_EMAIL_ID;
		wanted |= want(key->child);
	}
	return wanted;
}

unsigned imap_search_want(const struct imap_search *search)
{
	return want(search->root);
}

static bool has_text(const struct imap_search_key *key)
{
	for (; key; key = key->next)
		if (key->kind == IMAP_SEARCH_BODY || key->kind == IMAP_SEARCH_TEXT ||
		    has_text(key->child))
			return true;
	return false;
}

bool imap_search_wants_text(const struct imap_search *search)
{
	return has_text(search->root);
}
