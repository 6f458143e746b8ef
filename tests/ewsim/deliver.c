/* Mail between the users: copies into inboxes, NDRs, and the list of what was sent. */
#include "tests/ewsim/arrive.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/msg.h"

enum { MAX_MIME = 256 << 20, MAX_LIST = 1 << 20 };

/* Addresses of a header or a stored element, each behind a blank. */
static void header_addresses(struct str headers, const char *name, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_LIST), n = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf a = STRBUF(MAX_LIST);
	struct str rest;

	if (!msg_header(headers, name, &v))
		return;
	rest = strbuf_str(&v);
	while (msg_address_next(&rest, &n, &a))
		strbuf_addf(out, " %s", strbuf_cstr(&a));
}

static void field_addresses(const struct sim_item *item, const char *element,
			    struct strbuf *out)
{
	const char *at = sim_field_get(item, element);

	while (at && (at = strstr(at, "<t:EmailAddress>")) != NULL) {
		const char *end = strstr(at += 16, "</t:EmailAddress>");

		strbuf_addc(out, ' ');
		strbuf_add_mem(out, at, (size_t)(end - at));
	}
}

static void recipients(const struct sim_item *item, struct str headers,
		       struct strbuf *out)
{
	header_addresses(headers, "To", out);
	header_addresses(headers, "Cc", out);
	header_addresses(headers, "Bcc", out);
	field_addresses(item, "ToRecipients", out);
	field_addresses(item, "CcRecipients", out);
	field_addresses(item, "BccRecipients", out);
}

struct sim_item *deliver_to_inbox(struct sim_user *u, struct sim_item *message)
{
	message->received = sim_now(u->sim);
	return arrive(u, message);
}

void deliver_report(struct sim_user *u, struct str mime, const char *item_class)
{
	CLEANUP(strbuf_finish) struct strbuf whole = STRBUF(MAX_MIME);
	struct sim_item *item = sim_item_new(u->sim, SIM_MESSAGE);

	strbuf_add(&whole, STR("Received: from ewsim by ewsim with ESMTP\r\n"));
	strbuf_add(&whole, mime);
	sim_item_octets(item, strbuf_str(&whole));
	item->sent = sim_mime_date(mime);
	item->item_class = mem_strdup(item_class);
	deliver_to_inbox(u, item);
}

static void bounce(struct sim_user *from, struct str address, struct str headers)
{
	CLEANUP(strbuf_finish)
	struct strbuf m = STRBUF(MAX_MIME), subject = STRBUF(MAX_LIST);

	msg_header(headers, "Subject", &subject);
	strbuf_addf(&m,
		    "From: Microsoft Outlook <postmaster@ewsim.invalid>\r\nTo: <%s>\r\n",
		    from->address);
	strbuf_addf(&m, "Subject: Undeliverable: %s\r\nMessage-ID: <",
		    strbuf_cstr(&subject));
	random_hex(8, &m);
	strbuf_addf(
		&m,
		"@ewsim.invalid>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: multipart/report; report-type=delivery-status;"
		" boundary=\"ndr-boundary\"\r\n\r\n--ndr-boundary\r\n"
		"Content-Type: text/plain\r\n\r\n"
		"Delivery has failed to %.*s.\r\n\r\n--ndr-boundary\r\n"
		"Content-Type: message/delivery-status\r\n\r\n"
		"Reporting-MTA: dns;ewsim.invalid\r\n\r\n"
		"Final-Recipient: rfc822;%.*s\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
		"--ndr-boundary--\r\n",
		STR_FMT(address), STR_FMT(address));
	deliver_report(from, strbuf_str(&m), "REPORT.IPM.Note.NDR");
}

bool deliver_same_domain(struct str a, struct str b)
{
	ptrdiff_t x = str_find_char(a, '@'), y = str_find_char(b, '@');

	return x >= 0 && y >= 0 &&
	       str_eq_nocase(str_sub(a, (size_t)x, a.len), str_sub(b, (size_t)y, b.len));
}

/* Is @address the first of its kind in " a b c"? */
static bool is_first(struct str list, struct str address)
{
	struct str word;

	while (str_split(&list, ' ', &word))
		if (str_eq_nocase(word, address))
			return word.p == address.p;
	return true;
}

void deliver_remember(struct sim *sim, const struct sim_user *u, struct str headers,
		      struct str to)
{
	CLEANUP(strbuf_finish)
	struct strbuf id = STRBUF(MAX_LIST), subject = STRBUF(MAX_LIST);

	msg_header(headers, "Message-ID", &id);
	msg_header_text(headers, "Subject", &subject);
	sim->sent = mem_resize(sim->sent, sim->sent_count + 1, sizeof(*sim->sent));
	to = str_trim(to);
	sim->sent[sim->sent_count++] = (struct sim_sent){
		mem_strdup(u->address), mem_strndup(to.p, to.len),
		mem_strdup(strbuf_cstr(&id)), mem_strdup(strbuf_cstr(&subject)), false
	};
}

static bool from_is_mine(const struct call *c, struct str headers)
{
	CLEANUP(strbuf_finish) struct strbuf from = STRBUF(MAX_LIST);

	header_addresses(headers, "From", &from);
	return !from.len ||
	       str_eq_nocase(str_trim(strbuf_str(&from)), str_from(c->user->address));
}

/* The copy in Sent Items has another Message-ID than what was sent. */
static void renew_message_id(struct sim_item *item, struct str mime)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MAX_MIME);

	strbuf_add(&out, STR("Message-ID: <"));
	random_hex(16, &out);
	strbuf_add(&out, STR("@renewed.ewsim.invalid>\r\n"));
	msg_without(mime, "Message-ID", &out);
	sim_item_octets(item, strbuf_str(&out));
}

const char *deliver(struct call *c, struct sim_item *item)
{
	CLEANUP(strbuf_finish)
	struct strbuf mime = STRBUF(MAX_MIME), bare = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf to = STRBUF(MAX_LIST);
	struct str headers, body, rest, address;

	sim_item_mime(item, &mime);
	msg_split(strbuf_str(&mime), &headers, &body);
	recipients(item, headers, &to);
	if (!to.len)
		return "ErrorInvalidRecipients";
	if (!from_is_mine(c, headers))
		return "ErrorSendAsDenied";
	msg_without(strbuf_str(&mime), "Bcc", &bare);
	deliver_remember(c->sim, c->user, headers, strbuf_str(&to));
	rest = str_sub(strbuf_str(&to), 1, to.len);
	while (str_split(&rest, ' ', &address)) {
		struct sim_user *u = sim_user_find(c->sim, address);

		if (!address.len || !is_first(strbuf_str(&to), address))
			continue;
		if (u && str_find_char(address, '@') >= 0 &&
		    deliver_same_domain(address, str_from(u->address)))
			deliver_report(u, strbuf_str(&bare), NULL);
		else if (deliver_same_domain(address, str_from(c->user->address)))
			bounce(c->user, address, headers);
	}
	if (!c->sim->settings.sent_message_id)
		renew_message_id(item, strbuf_str(&mime));
	item->draft = false;
	item->read = true;
	item->from_me = true;
	item->received = sim_now(c->sim);
	return NULL;
}
