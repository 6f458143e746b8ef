/* Typed properties that name people, as the header fields of a message do. */
#include "tests/ewsim/facts.h"

#include "tests/ewsim/xml.h"

static void mailbox(struct str name, struct str address, struct strbuf *out)
{
	strbuf_add(out, STR("<t:Mailbox>"));
	x_text(out, "t:Name", name.len ? name : address);
	if (address.len)
		x_text(out, "t:EmailAddress", address);
	strbuf_add(out, STR("<t:RoutingType>SMTP</t:RoutingType>"
			    "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>"));
}

/* From or Sender, as servers give them that do not translate the names of their own. */
static void sender(struct facts *f, struct str name, struct str address,
		   struct strbuf *out)
{
	const struct sim_folder *folder = f->item->folder;
	int64_t how = folder ? folder->user->sim->settings.senders : SENDERS_SMTP;
	bool find = f->shape && f->shape->find;
	bool ours = folder && sim_user_find(folder->user->sim, address) != NULL;
	ptrdiff_t at = str_find_char(address, '@');

	if ((how == SENDERS_SMTP || (how == SENDERS_NAMES && !find)) ||
	    (how == SENDERS_EX && !ours)) {
		mailbox(name, address, out);
		return;
	}
	strbuf_add(out, STR("<t:Mailbox>"));
	x_text(out, "t:Name", name.len ? name : address);
	if (how == SENDERS_EX)
		strbuf_addf(out,
			    "<t:EmailAddress>/O=EWSIM/OU=EXCHANGE ADMINISTRATIVE GROUP "
			    "(FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=%.*s</t:EmailAddress>"
			    "<t:RoutingType>EX</t:RoutingType>",
			    STR_FMT(str_sub(address, 0, (size_t)MAX_OF(at, 0))));
	strbuf_add(out, STR("</t:Mailbox>"));
}

static void addresses(struct facts *f, const char *header, const char *element, bool one,
		      struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20), n = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(1 << 20);
	struct str rest;
	bool any = false;

	if (!msg_header(facts_headers(f), header, &v))
		return;
	rest = strbuf_str(&v);
	while (!(one && any) && msg_address_next(&rest, &n, &a)) {
		if (!any)
			strbuf_addf(out, "<%s>", element);
		any = true;
		if (one)
			sender(f, strbuf_str(&n), strbuf_str(&a), out);
		else
			mailbox(strbuf_str(&n), strbuf_str(&a), out);
	}
	if (any)
		strbuf_addf(out, "</%s>", element);
}

static void display(struct facts *f, const char *header, const char *stored,
		    const char *element, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(1 << 20), n = STRBUF(1 << 20);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(1 << 20), all = STRBUF(1 << 20);
	struct str rest;

	(void)stored;
	msg_header(facts_headers(f), header, &v);
	rest = strbuf_str(&v);
	while (msg_address_next(&rest, &n, &a)) {
		if (all.len)
			strbuf_add(&all, STR("; "));
		strbuf_add(&all, strbuf_str(n.len ? &n : &a));
	}
	x_text(out, element, strbuf_str(&all));
}

void people_display_cc(struct facts *f, struct strbuf *out)
{
	display(f, "Cc", "CcRecipients", "t:DisplayCc", out);
}

void people_display_to(struct facts *f, struct strbuf *out)
{
	display(f, "To", "ToRecipients", "t:DisplayTo", out);
}

void people_from(struct facts *f, struct strbuf *out)
{
	addresses(f, "From", "t:From", true, out);
}

void people_sender(struct facts *f, struct strbuf *out)
{
	size_t before = out->len;

	addresses(f, "Sender", "t:Sender", true, out);
	if (out->len == before)
		addresses(f, "From", "t:Sender", true, out);
}

void people_to(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "To", "t:ToRecipients", false, out);
}

void people_cc(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "Cc", "t:CcRecipients", false, out);
}

void people_bcc(struct facts *f, struct strbuf *out)
{
	if (!f->shape || !f->shape->find)
		addresses(f, "Bcc", "t:BccRecipients", false, out);
}

void people_reply_to(struct facts *f, struct strbuf *out)
{
	addresses(f, "Reply-To", "t:ReplyTo", false, out);
}
