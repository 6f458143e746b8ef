/* The words of NOTIFY: RFC 5465 section 8. */
#include "imapfront/imap/notify.h"

static const struct {
	struct str name;
	enum imap_event event;
} events[] = {
	{ { "MessageNew", 10 }, IMAP_EVENT_NEW },
	{ { "MessageExpunge", 14 }, IMAP_EVENT_EXPUNGE },
	{ { "FlagChange", 10 }, IMAP_EVENT_FLAGS },
	{ { "MailboxName", 11 }, IMAP_EVENT_NAME },
	{ { "SubscriptionChange", 18 }, IMAP_EVENT_SUBSCRIPTION },
	{ { "MailboxMetadataChange", 21 }, IMAP_EVENT_METADATA },
	{ { "ServerMetadataChange", 20 }, IMAP_EVENT_SERVER_METADATA },
};

struct parser {
	struct imap_reader *in;
	struct imap_notify_wish wish;
	struct imap_notify_group **tail;
};

/* [SP "(" fetch-att *(SP fetch-att) ")"] */
static bool read_fetch(struct parser *p, bool selected, struct err *err)
{
	struct imap_reader look = *p->in;

	if (!imap_take(&look, ' ') || !imap_peek(&look, '('))
		return true;
	if (!selected)
		return err_set(err, ERR_SYNTAX,
			       "only of the selected mailbox is anything fetched");
	*p->in = look;
	p->wish.fetches = true;
	return imap_fetch_parse(p->in, &p->wish.fetch, err);
}

static bool read_event(struct parser *p, bool selected, unsigned *wanted, struct err *err)
{
	struct str name;

	if (!imap_read_atom(p->in, &name, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		if (!str_eq_nocase(name, events[i].name))
			continue;
		*wanted |= events[i].event;
		return events[i].event != IMAP_EVENT_NEW || read_fetch(p, selected, err);
	}
	p->wish.bad_event = true;
	return true;
}

/* RFC 5465 section 5: a client that hears of new messages must hear of those that go. */
static bool check_events(unsigned wanted, bool selected, struct err *err)
{
	unsigned both = IMAP_EVENT_NEW | IMAP_EVENT_EXPUNGE;

	if ((wanted & IMAP_EVENTS_MESSAGE) && (wanted & both) != both)
		return err_set(err, ERR_SYNTAX,
			       "MessageNew and MessageExpunge go together, and with "
			       "FlagChange");
	return !selected || !(wanted & ~(unsigned)IMAP_EVENTS_MESSAGE) ||
	       err_set(err, ERR_SYNTAX, "the selected mailbox has message events alone");
}

/* "NONE" / "(" event *(SP event) ")" */
static bool read_events(struct parser *p, bool selected, unsigned *wanted_r,
			struct err *err)
{
	*wanted_r = 0;
	if (imap_take_word(p->in, STR("NONE")))
		return true;
	if (!imap_read_char(p->in, '(', err))
		return false;
	do {
		if (!read_event(p, selected, wanted_r, err))
			return false;
	} while (imap_take(p->in, ' '));
	return imap_read_char(p->in, ')', err) && check_events(*wanted_r, selected, err);
}

static bool read_selected(struct parser *p, bool delayed, struct err *err)
{
	if (p->wish.has_selected)
		return err_set(err, ERR_SYNTAX, "the selected mailbox is named twice");
	p->wish.has_selected = true;
	p->wish.delayed = delayed;
	return imap_read_sp(p->in, err) && read_events(p, true, &p->wish.selected, err);
}

static bool read_others(struct parser *p, struct err *err)
{
	struct imap_notify_group *group = pool_alloc(p->in->pool, sizeof(*group));
	struct imap_source **tail = &group->sources;

	*p->tail = group;
	p->tail = &group->next;
	return imap_source_read(p->in, &tail, err) && imap_read_sp(p->in, err) &&
	       read_events(p, false, &group->events, err);
}

/* "(" filter-mailboxes SP events ")" */
static bool read_group(struct parser *p, struct err *err)
{
	bool fine;

	if (!imap_read_char(p->in, '(', err))
		return false;
	if (imap_take_word(p->in, STR("SELECTED")))
		fine = read_selected(p, false, err);
	else if (imap_take_word(p->in, STR("SELECTED-DELAYED")))
		fine = read_selected(p, true, err);
	else
		fine = read_others(p, err);
	return fine && imap_read_char(p->in, ')', err);
}

bool imap_notify_parse(struct imap_reader *in, struct imap_notify_wish *wish_r,
		       struct err *err)
{
	struct parser p = { .in = in };

	p.tail = &p.wish.groups;
	if (imap_take_word(in, STR("NONE"))) {
		*wish_r = p.wish;
		return true;
	}
	if (!imap_take_word(in, STR("SET")))
		return err_set(err, ERR_SYNTAX, "NOTIFY NONE or NOTIFY SET");
	if (!imap_read_sp(in, err))
		return false;
	if (imap_take_word(in, STR("STATUS"))) {
		p.wish.status = true;
		if (!imap_read_sp(in, err))
			return false;
	}
	do {
		if (!read_group(&p, err))
			return false;
	} while (imap_take(in, ' '));
	*wish_r = p.wish;
	return true;
}
