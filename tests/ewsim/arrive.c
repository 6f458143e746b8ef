/*
 * Inbox rules, carried out when a message comes ([MS-OXORULE]): in the order of their
 * priorities, those whose conditions all hold and whose exceptions do not. A rule with a
 * condition that is not known here does not hold. Not carried out: alerts by SMS, replies
 * with a template, forwarding as attachment.
 */
#include "tests/ewsim/arrive.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/random.h"
#include "tests/ewsim/meeting.h"
#include "tests/ewsim/msg.h"

enum { MAX_RULES = 100, MAX_TEXT = 16 << 20, MAX_FORWARDS = 3 };

struct fate {
	struct sim_folder *folder;
	struct sim_folder *copies[8];
	size_t copy_count;
	bool gone;
	struct strbuf forward, redirect; /* addresses, a line each */
};

/* --- Conditions ------------------------------------------------------------------- */

static const struct {
	const char *condition, *elements[3];
} texts[] = {
	{ "ContainsSubjectStrings", { "Subject" } },
	{ "ContainsBodyStrings", { "TextBody" } },
	{ "ContainsSubjectOrBodyStrings", { "Subject", "TextBody" } },
	{ "ContainsSenderStrings", { "From" } },
	{ "ContainsRecipientStrings", { "ToRecipients", "CcRecipients" } },
	{ "FromAddresses", { "From" } },
	{ "SentToAddresses", { "ToRecipients", "CcRecipients" } },
	{ "Categories", { "Categories" } },
	{ "ItemClasses", { "ItemClass" } },
	{ "Importance", { "Importance" } },
	{ "Sensitivity", { "Sensitivity" } },
};

static bool says(struct sim_item *item, const char *const *elements, struct str wanted)
{
	const struct sim_ref ref = { item, false, 0 };

	for (size_t i = 0; i < 3 && elements[i]; i++) {
		CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);

		item_words(&ref, elements[i], &v);
		if (str_find_nocase(strbuf_str(&v), wanted) >= 0)
			return true;
	}
	return false;
}

/* One of the texts or addresses of a condition. */
static bool says_any(struct sim_item *item, const char *const *elements,
		     const xmlNode *condition)
{
	const xmlNode *n = x_first(condition);

	do {
		CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);
		const xmlNode *address = x_child(n, "EmailAddress");

		x_content(address ? address : n ? n : condition, &v);
		if (says(item, elements, strbuf_str(&v)))
			return true;
		n = n ? x_next(n) : NULL;
	} while (n);
	return false;
}

static bool sent_to(const struct sim_user *u, struct sim_item *item, const char *element)
{
	const char *const elements[3] = { element, NULL, NULL };

	return says(item, elements, str_from(u->address));
}

static bool only_to(const struct sim_user *u, struct sim_item *item)
{
	const struct sim_ref ref = { item, false, 0 };
	CLEANUP(strbuf_finish) struct strbuf v = STRBUF(MAX_TEXT);
	struct str rest, word;
	bool only = true;

	item_words(&ref, "ToRecipients", &v);
	item_words(&ref, "CcRecipients", &v);
	rest = strbuf_str(&v);
	while (str_split(&rest, ' ', &word)) /* a name may be an address, too */
		only = only && (str_find_char(word, '@') < 0 ||
				str_eq_nocase(word, str_from(u->address)));
	return only && sent_to(u, item, "ToRecipients");
}

static bool in_size(struct sim_item *item, const xmlNode *range)
{
	int64_t size = sim_item_size(item) / 1024, least = 0, most = INT64_MAX;

	(void)!num_i64(x_short(x_child(range, "MinimumSize")), &least);
	(void)!num_i64(x_short(x_child(range, "MaximumSize")), &most);
	return size >= least && size <= most;
}

static bool holds(const struct sim_user *u, struct sim_item *item, const xmlNode *c)
{
	static const char *const attachments[3] = { "HasAttachments" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (x_is(c, texts[i].condition))
			return says_any(item, texts[i].elements, c);
	if (x_is(c, "HasAttachments"))
		return says(item, attachments, x_short(c));
	if (x_is(c, "SentToMe"))
		return sent_to(u, item, "ToRecipients");
	if (x_is(c, "SentCcMe"))
		return sent_to(u, item, "CcRecipients");
	if (x_is(c, "SentToOrCcMe"))
		return sent_to(u, item, "ToRecipients") ||
		       sent_to(u, item, "CcRecipients");
	if (x_is(c, "NotSentToMe"))
		return !sent_to(u, item, "ToRecipients");
	if (x_is(c, "SentOnlyToMe"))
		return only_to(u, item);
	if (x_is(c, "IsMeetingRequest"))
		return item->kind == SIM_MEETING_REQUEST;
	if (x_is(c, "IsMeetingResponse"))
		return item->kind == SIM_MEETING_RESPONSE;
	return x_is(c, "WithinSizeRange") && in_size(item, c);
}

static bool applies(const struct sim_user *u, struct sim_item *item, const xmlNode *rule)
{
	if (!x_true(x_short(x_child(rule, "IsEnabled"))))
		return false;
	for (const xmlNode *c = x_first(x_child(rule, "Conditions")); c; c = x_next(c))
		if (!holds(u, item, c))
			return false;
	for (const xmlNode *c = x_first(x_child(rule, "Exceptions")); c; c = x_next(c))
		if (holds(u, item, c))
			return false;
	return true;
}

/* --- Actions ---------------------------------------------------------------------- */

static void addresses(const xmlNode *list, struct strbuf *out)
{
	for (const xmlNode *n = x_first(list); n; n = x_next(n)) {
		x_content(x_child(n, "EmailAddress"), out);
		strbuf_addc(out, '\n');
	}
}

static void act(struct sim_user *u, struct sim_item *item, const xmlNode *a,
		struct fate *fate)
{
	struct call me = { .sim = u->sim, .user = u };
	const char *code;
	struct sim_folder *f = x_is(a, "MoveToFolder") || x_is(a, "CopyToFolder")
				       ? call_folder(&me, x_first(a), &code)
				       : NULL;

	if (x_is(a, "MoveToFolder") && f)
		fate->folder = f;
	else if (x_is(a, "CopyToFolder") && f &&
		 fate->copy_count < ARRAY_LEN(fate->copies))
		fate->copies[fate->copy_count++] = f;
	else if (x_is(a, "Delete"))
		fate->folder = sim_folder_special(u, "deleteditems");
	else if (x_is(a, "PermanentDelete"))
		fate->gone = true;
	else if (x_is(a, "MarkAsRead"))
		item->read = true;
	else if (x_is(a, "MarkImportance"))
		sim_field_text(item, "Importance", (const char *)a->children->content);
	else if (x_is(a, "ForwardToRecipients"))
		addresses(a, &fate->forward);
	else if (x_is(a, "RedirectToRecipients"))
		addresses(a, &fate->redirect);
	else if (x_is(a, "AssignCategories")) {
		CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);

		strbuf_add(&xml, STR("<t:Categories>"));
		for (const xmlNode *n = x_first(a); n; n = x_next(n))
			x_copy(n, &xml);
		strbuf_add(&xml, STR("</t:Categories>"));
		sim_field_set(item, "Categories", strbuf_cstr(&xml));
	}
}

/* Return: go on with the rules behind it. */
static bool carry_out(struct sim_user *u, struct sim_item *item, const xmlNode *rule,
		      struct fate *fate)
{
	const xmlNode *actions = x_child(rule, "Actions");

	if (!applies(u, item, rule))
		return true;
	for (const xmlNode *a = x_first(actions); a; a = x_next(a))
		if (a->children)
			act(u, item, a, fate);
	return !x_true(x_short(x_child(actions, "StopProcessingRules")));
}

struct rule {
	xmlDoc *doc;
	int64_t priority;
};

static int by_priority(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return (x->priority > y->priority) - (x->priority < y->priority);
}

static size_t read_rules(const struct sim_user *u, struct rule *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < u->kept_count && count < MAX_RULES; i++) {
		CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);
		struct rule *r = &rules[count];

		if (!str_starts(str_from(u->kept[i].key), STR("rule:")))
			continue;
		strbuf_addf(&xml,
			    "<Rule xmlns:t=\"http://schemas.microsoft.com/exchange/"
			    "services/2006/types\">%s</Rule>",
			    u->kept[i].values[0]);
		r->doc = xmlReadMemory(strbuf_cstr(&xml), (int)xml.len, NULL, NULL,
				       XML_PARSE_NONET | XML_PARSE_NOBLANKS |
					       XML_PARSE_NOERROR);
		r->priority = 0;
		(void)!num_i64(x_short(x_child(xmlDocGetRootElement(r->doc), "Priority")),
			       &r->priority);
		count += r->doc != NULL;
	}
	if (count)
		qsort(rules, count, sizeof(*rules), by_priority);
	return count;
}

static void run_rules(struct sim_user *u, struct sim_item *item, struct fate *fate)
{
	struct rule rules[MAX_RULES];
	size_t count = read_rules(u, rules);
	bool go_on = true;

	for (size_t i = 0; i < count; i++) {
		go_on = go_on &&
			carry_out(u, item, xmlDocGetRootElement(rules[i].doc), fate);
		xmlFreeDoc(rules[i].doc);
	}
}

/* --- What goes on to others ------------------------------------------------------- */

static void forward_text(const struct sim_user *u, struct sim_item *item, struct str to,
			 struct strbuf *out)
{
	const struct sim_ref ref = { item, false, 0 };

	strbuf_addf(out, "From: <%s>\r\nTo: <%.*s>\r\nSubject: FW: ", u->address,
		    STR_FMT(to));
	item_text(&ref, "Subject", out);
	strbuf_add(out, STR("\r\nMessage-ID: <"));
	random_hex(8, out);
	strbuf_add(out, STR("@ewsim.invalid>\r\nX-MS-Exchange-Inbox-Rules-Loop: "));
	strbuf_add_cstr(out, u->address);
	strbuf_add(out, STR("\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
			    "charset=utf-8\r\n\r\n"));
	item_text(&ref, "TextBody", out);
}

static void send_on(struct sim_user *u, struct sim_item *item, struct str list,
		    bool redirect)
{
	struct str to;

	while (str_split(&list, '\n', &to)) {
		CLEANUP(strbuf_finish) struct strbuf m = STRBUF(256 << 20);
		struct sim_user *other = sim_user_find(u->sim, to);
		struct str headers, body;

		if (!to.len || u->sim->forwards >= MAX_FORWARDS)
			continue;
		if (redirect)
			sim_item_mime(item, &m);
		else
			forward_text(u, item, to, &m);
		msg_split(strbuf_str(&m), &headers, &body);
		deliver_remember(u->sim, u, headers, to);
		u->sim->forwards++;
		if (other)
			deliver_report(other, strbuf_str(&m), NULL);
		u->sim->forwards--;
	}
}

struct sim_item *arrive(struct sim_user *u, struct sim_item *item)
{
	struct fate fate = { .folder = sim_folder_special(u, "inbox"),
			     .forward = STRBUF(MAX_TEXT),
			     .redirect = STRBUF(MAX_TEXT) };

	run_rules(u, item, &fate);
	sim_item_put(item, fate.folder, "CreatedEvent");
	sim_note_item(item, "NewMailEvent", 0, 0);
	for (size_t i = 0; i < fate.copy_count; i++)
		sim_item_copy(item, fate.copies[i], "CreatedEvent");
	send_on(u, item, strbuf_str(&fate.forward), false);
	send_on(u, item, strbuf_str(&fate.redirect), true);
	oof_reply(u, item);
	if (fate.gone) {
		sim_item_drop(item, "DeletedEvent");
		item = NULL;
	}
	strbuf_finish(&fate.forward);
	strbuf_finish(&fate.redirect);
	return item;
}
