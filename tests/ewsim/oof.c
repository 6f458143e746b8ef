/*
 * Replies when out of office ([MS-OXWOOF]): once for each sender since the settings were
 * made, other words for people of other domains, never to what was sent by itself.
 */
#include <string.h>

#include <libxml/parser.h>

#include "base/random.h"
#include "tests/ewsim/arrive.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/msg.h"

enum { MAX_TEXT = 16 << 20, MAX_LIST = 1 << 16 };

/* Automatic mail, lists, and who asked for silence: RFC 3834, [MS-OXCMAIL]. */
static bool is_automatic(struct str headers)
{
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_LIST);
	bool automatic = msg_header(headers, "Auto-Submitted", &v) &&
			 !str_eq_nocase(str_trim(strbuf_str(&v)), STR("no"));

	strbuf_reset(&v);
	automatic |= msg_header(headers, "List-Id", &v);
	automatic |= msg_header(headers, "Precedence", &v);
	strbuf_reset(&v);
	msg_header(headers, "X-Auto-Response-Suppress", &v);
	return automatic || str_find_nocase(strbuf_str(&v), STR("OOF")) >= 0 ||
	       str_find_nocase(strbuf_str(&v), STR("All")) >= 0;
}

static bool sender_of(struct str headers, struct strbuf *address)
{
	CLEANUP(strbuf_finish)
	struct strbuf v = STRBUF(MAX_LIST), name = STRBUF(MAX_LIST);
	struct str rest;

	if (!msg_header(headers, "From", &v))
		return false;
	rest = strbuf_str(&v);
	return msg_address_next(&rest, &name, address);
}

static bool is_on(const struct sim_user *u, const xmlNode *set)
{
	struct str state = x_short(x_child(set, "OofState"));
	const xmlNode *duration = x_child(set, "Duration");
	int64_t now = sim_now(u->sim), from, to;
	bool local;

	return str_eq(state, STR("Enabled")) ||
	       (str_eq(state, STR("Scheduled")) &&
		x_time_parse(x_short(x_child(duration, "StartTime")), &from, &local) &&
		x_time_parse(x_short(x_child(duration, "EndTime")), &to, &local) &&
		from <= now && now < to);
}

/* What that sender gets to read; false: nothing. */
static bool words_for(const struct sim_user *u, const xmlNode *set, struct str sender,
		      struct strbuf *out)
{
	bool inside = deliver_same_domain(sender, str_from(u->address));

	if (!inside && str_eq(x_short(x_child(set, "ExternalAudience")), STR("None")))
		return false;
	x_content(x_child(x_child(set, inside ? "InternalReply" : "ExternalReply"),
			  "Message"),
		  out);
	return out->len > 0;
}

static void reply(struct sim_user *u, struct str headers, struct str to, struct str words)
{
	CLEANUP(strbuf_finish) struct strbuf m = STRBUF(MAX_TEXT), id = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf subject = STRBUF(MAX_LIST);
	struct sim_user *sender = sim_user_find(u->sim, to);
	struct str own, body;

	msg_header(headers, "Subject", &subject);
	msg_header(headers, "Message-ID", &id);
	strbuf_addf(&m,
		    "From: <%s>\r\nTo: <%.*s>\r\nSubject: Automatic reply: %s\r\n"
		    "In-Reply-To: %s\r\nAuto-Submitted: auto-generated\r\n"
		    "X-Auto-Response-Suppress: All\r\nMessage-ID: <",
		    u->address, STR_FMT(to), strbuf_cstr(&subject), strbuf_cstr(&id));
	random_hex(8, &m);
	strbuf_add(&m, STR("@ewsim.invalid>\r\nMIME-Version: 1.0\r\nContent-Type: "
			   "text/html; charset=utf-8\r\n\r\n"));
	strbuf_add(&m, words);
	msg_split(strbuf_str(&m), &own, &body);
	deliver_remember(u->sim, u, own, to);
	if (sender)
		deliver_report(sender, strbuf_str(&m),
			       "IPM.Note.Rules.OofTemplate.Microsoft");
}

static void consider(struct sim_user *u, struct sim_item *item, const xmlNode *set)
{
	CLEANUP(strbuf_finish) struct strbuf mime = STRBUF(256 << 20);
	CLEANUP(strbuf_finish) struct strbuf sender = STRBUF(MAX_LIST);
	CLEANUP(strbuf_finish) struct strbuf words = STRBUF(MAX_TEXT);
	struct str headers, body;
	char key[300];

	sim_item_mime(item, &mime);
	msg_split(strbuf_str(&mime), &headers, &body);
	if (is_automatic(headers) || !sender_of(headers, &sender) ||
	    str_eq_nocase(strbuf_str(&sender), str_from(u->address)))
		return;
	snprintf(key, sizeof(key), "oof-told:%.250s", strbuf_cstr(&sender));
	if (mailbox_kept(u, key) || !words_for(u, set, strbuf_str(&sender), &words))
		return;
	mailbox_keep(u, key, "1");
	reply(u, headers, strbuf_str(&sender), strbuf_str(&words));
}

void oof_reply(struct sim_user *u, struct sim_item *item)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);
	const char *kept = mailbox_kept(u, "oof");
	const char *item_class = item->item_class ? item->item_class : "";
	xmlDoc *doc;

	if (!kept || strncmp(item_class, "REPORT.", 7) == 0)
		return;
	strbuf_addf(&xml,
		    "<Oof xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/"
		    "types\">%s</Oof>",
		    kept);
	doc = xmlReadMemory(strbuf_cstr(&xml), (int)xml.len, NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR);
	if (doc && is_on(u, xmlDocGetRootElement(doc)))
		consider(u, item, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
}

void oof_forget(struct sim_user *u)
{
	for (size_t i = u->kept_count; i-- > 0;)
		if (str_starts(str_from(u->kept[i].key), STR("oof-told:"))) {
			CLEANUP(strbuf_finish) struct strbuf key = STRBUF(300);

			strbuf_add_cstr(&key, u->kept[i].key);
			mailbox_keep(u, strbuf_cstr(&key), NULL);
		}
}
