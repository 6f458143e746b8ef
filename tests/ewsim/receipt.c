/*
 * Read receipts: the sender of a message that has Disposition-Notification-To hears when
 * it is read, or deleted unread, unless the request forbids that. [MS-OXOMSG] section
 * 3.2.4.1, RFC 8098.
 */
#include "tests/ewsim/receipt.h"

#include "base/random.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/msg.h"

enum { MAX_MIME = 256 << 20, MAX_LIST = 1 << 16 };

/* Who wants to know; false: nobody, any more. @subject_r: of the message. */
static bool wanted(struct sim_item *item, struct strbuf *to_r, struct strbuf *subject_r)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(MAX_MIME);
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_LIST), n = STRBUF(MAX_LIST);
	struct str headers, body, rest;

	if (item->receipt_done || item->from_me || item->draft || !item->octets)
		return false;
	sim_item_mime(item, &mime);
	msg_split(strbuf_str(&mime), &headers, &body);
	if (!msg_header(headers, "Disposition-Notification-To", &v))
		return false;
	rest = strbuf_str(&v);
	msg_header(headers, "Subject", subject_r);
	return msg_address_next(&rest, &n, to_r);
}

bool receipt_forget(struct sim_item *item)
{
	CLEANUP(strbuf_finish) struct strbuf to = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(MAX_LIST);
	bool was = wanted(item, &to, &subject);

	item->receipt_done = true;
	return was;
}

void receipt_send(struct call *c, struct sim_item *item, bool read)
{
	CLEANUP(strbuf_finish) struct strbuf to = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf m = STRBUF(MAX_LIST * 4);
	struct sim_user *sender;

	if (!wanted(item, &to, &subject))
		return;
	item->receipt_done = true;
	strbuf_addf(&m, "From: <%s>\r\nTo: <%s>\r\nSubject: %s: %s\r\nMessage-ID: <",
		    c->user->address, strbuf_cstr(&to), read ? "Read" : "Not read",
		    strbuf_cstr(&subject));
	random_hex(8, &m);
	strbuf_addf(&m,
		    "@ewsim.invalid>\r\nMIME-Version: 1.0\r\n"
		    "Content-Type: multipart/report; boundary=\"receipt-boundary\";\r\n"
		    " report-type=disposition-notification\r\n\r\n--receipt-boundary\r\n"
		    "Content-Type: message/disposition-notification\r\n\r\n"
		    "Final-Recipient: rfc822;%s\r\n"
		    "Disposition: automatic-action/MDN-sent-automatically; %s\r\n\r\n"
		    "--receipt-boundary--\r\n",
		    c->user->address, read ? "displayed" : "deleted");
	deliver_remember(c->sim, c->user, strbuf_str(&m), strbuf_str(&to));
	sender = sim_user_find(c->sim, strbuf_str(&to));
	if (sender)
		deliver_report(sender, strbuf_str(&m),
			       read ? "REPORT.IPM.Note.IPNRN" : "REPORT.IPM.Note.IPNNRN");
}
