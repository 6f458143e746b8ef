/*
 * Settings of a mailbox: out of office, rules, delegates, user configurations, photo.
 * What clients set is kept as the elements that they sent.
 */
#include "tests/ewsim/arrive.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/num.h"

enum { MAX_TEXT = 16 << 20 };

const char *mailbox_kept(const struct sim_user *u, const char *key)
{
	for (size_t i = 0; i < u->kept_count; i++)
		if (strcmp(u->kept[i].key, key) == 0)
			return u->kept[i].values[0];
	return NULL;
}

void mailbox_keep(struct sim_user *u, const char *key, const char *value)
{
	char **values = NULL;

	if (value) {
		values = mem_array(1, sizeof(*values));
		values[0] = mem_strdup(value);
	}
	sim_prop_add(&u->kept, &u->kept_count, key, values, value ? 1 : 0);
}

/* Whose settings a request is about. Nobody may see those of others. */
static bool is_own(struct call *c, const xmlNode *address)
{
	return !address || sim_user_find(c->sim, x_short(address)) == c->user;
}

/* The start of an answer whose ResponseClass is on its root. */
static void open_root(struct call *c, const char *code)
{
	bool ok = strcmp(code, "NoError") == 0;

	strbuf_addf(&c->out, "<m:%sResponse ResponseClass=\"%s\">", c->op,
		    ok ? "Success" : "Error");
	if (!ok)
		x_text(&c->out, "m:MessageText", STR("The request failed."));
	x_text(&c->out, "m:ResponseCode", str_from(code));
	if (!ok)
		x_int(&c->out, "m:DescriptiveLinkKey", 0);
}

static void close_root(struct call *c)
{
	strbuf_addf(&c->out, "</m:%sResponse>", c->op);
}

static void response_message(struct call *c, const char *code)
{
	bool ok = strcmp(code, "NoError") == 0;

	strbuf_addf(&c->out, "<m:ResponseMessage ResponseClass=\"%s\">",
		    ok ? "Success" : "Error");
	if (!ok)
		x_text(&c->out, "m:MessageText", STR("The request failed."));
	x_text(&c->out, "m:ResponseCode", str_from(code));
	if (!ok)
		x_int(&c->out, "m:DescriptiveLinkKey", 0);
	strbuf_add(&c->out, STR("</m:ResponseMessage>"));
}

void op_get_oof(struct call *c)
{
	const char *set = mailbox_kept(c->user, "oof");
	bool own = is_own(c, x_child(x_child(c->request, "Mailbox"), "Address"));

	strbuf_add(&c->out, STR("<m:GetUserOofSettingsResponse>"));
	response_message(c, own ? "NoError" : "ErrorAccessDenied");
	if (own && set) {
		strbuf_addf(&c->out, "<t:OofSettings>%s</t:OofSettings>", set);
	} else if (own) {
		strbuf_add(&c->out, STR("<t:OofSettings><t:OofState>Disabled</t:OofState>"
					"<t:ExternalAudience>All</t:ExternalAudience>"
					"<t:Duration>"));
		x_time(&c->out, "t:StartTime", sim_now(c->sim));
		x_time(&c->out, "t:EndTime", sim_now(c->sim) + 86400);
		strbuf_add(&c->out, STR("</t:Duration><t:InternalReply><t:Message/>"
					"</t:InternalReply><t:ExternalReply><t:Message/>"
					"</t:ExternalReply></t:OofSettings>"));
	}
	if (own)
		x_text(&c->out, "m:AllowExternalOof", STR("All"));
	strbuf_add(&c->out, STR("</m:GetUserOofSettingsResponse>"));
}

static void copy_children(const xmlNode *parent, const char *without, struct strbuf *out)
{
	for (const xmlNode *n = x_first(parent); n; n = x_next(n))
		if (!without || !x_is(n, without))
			x_copy(n, out);
}

void op_set_oof(struct call *c)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);
	const xmlNode *set = x_child(c->request, "UserOofSettings");
	struct str state = x_short(x_child(set, "OofState"));
	const char *code = "NoError";

	if (!is_own(c, x_child(x_child(c->request, "Mailbox"), "Address")))
		code = "ErrorAccessDenied";
	else if (!state.len ||
		 (str_eq(state, STR("Scheduled")) && !x_child(set, "Duration")))
		code = "ErrorInvalidScheduledOofDuration";
	if (strcmp(code, "NoError") == 0) {
		copy_children(set, NULL, &xml);
		mailbox_keep(c->user, "oof", strbuf_cstr(&xml));
		oof_forget(c->user);
	}
	strbuf_add(&c->out, STR("<m:SetUserOofSettingsResponse>"));
	response_message(c, code);
	strbuf_add(&c->out, STR("</m:SetUserOofSettingsResponse>"));
}

void op_get_rules(struct call *c)
{
	bool own = is_own(c, x_child(c->request, "MailboxSmtpAddress"));
	const struct sim_user *u = c->user;

	open_root(c, own ? "NoError" : "ErrorAccessDenied");
	if (own) {
		x_bool(&c->out, "m:OutlookRuleBlobExists", false);
		strbuf_add(&c->out, STR("<m:InboxRules>"));
		for (size_t i = 0; i < u->kept_count; i++)
			if (str_starts(str_from(u->kept[i].key), STR("rule:")))
				strbuf_addf(&c->out,
					    "<t:Rule><t:RuleId>%s</t:RuleId>%s</t:Rule>",
					    u->kept[i].key + 5, u->kept[i].values[0]);
		strbuf_add(&c->out, STR("</m:InboxRules>"));
	}
	close_root(c);
}

static const char *rule_operation(struct call *c, const xmlNode *o)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);
	const xmlNode *rule = x_child(o, "Rule");
	struct str id = x_short(x_child(rule ? rule : o, "RuleId"));
	char key[64];

	snprintf(key, sizeof(key), "rule:%.*s", STR_FMT(id));
	if (x_is(o, "CreateRuleOperation"))
		snprintf(key, sizeof(key), "rule:AQAAAA%06llu=",
			 (unsigned long long)++c->sim->next_subscription);
	else if (!mailbox_kept(c->user, key))
		return "ErrorItemNotFound";
	if (x_is(o, "DeleteRuleOperation")) {
		mailbox_keep(c->user, key, NULL);
		return "NoError";
	}
	if (!x_child(rule, "DisplayName"))
		return "ErrorInboxRulesValidationError";
	copy_children(rule, "RuleId", &xml);
	mailbox_keep(c->user, key, strbuf_cstr(&xml));
	return "NoError";
}

void op_update_rules(struct call *c)
{
	const char *code = "NoError";

	if (!is_own(c, x_child(c->request, "MailboxSmtpAddress")))
		code = "ErrorAccessDenied";
	for (const xmlNode *o = x_first(x_child(c->request, "Operations"));
	     o && strcmp(code, "NoError") == 0; o = x_next(o))
		code = rule_operation(c, o);
	open_root(c, code);
	close_root(c);
}

void op_get_delegate(struct call *c)
{
	const xmlNode *address = x_child(x_child(c->request, "Mailbox"), "EmailAddress");
	bool own = is_own(c, address);

	open_root(c, own ? "NoError" : "ErrorAccessDenied");
	if (own)
		x_text(&c->out, "m:DeliverMeetingRequests", STR("DelegatesAndMe"));
	close_root(c);
}

static void category_list(struct strbuf *out)
{
	static const char *const names[] = { "Red category", "Blue category", "Project" };
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(10000);

	strbuf_add(&xml, STR("<?xml version=\"1.0\"?>\r\n<categories default=\"Red "
			     "category\" lastSavedSession=\"1\" lastSavedTime=\""
			     "2026-01-02T03:04:05.000\" xmlns=\"CategoryList.xsd\">"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		strbuf_addf(&xml,
			    "<category name=\"%s\" color=\"%zu\" keyboardShortcut=\"0\" "
			    "usageCount=\"1\" lastTimeUsed=\"2026-01-02T03:04:05.000\" "
			    "lastSessionUsed=\"1\" guid=\"{00000000-0000-4000-8000-"
			    "00000000000%zu}\" renameOnFirstUse=\"0\"/>",
			    names[i], i * 7, i);
	strbuf_add(&xml, STR("</categories>"));
	strbuf_add(out, STR("<t:XmlData>"));
	base64_encode(strbuf_str(&xml), out);
	strbuf_add(out, STR("</t:XmlData>"));
}

void op_get_user_configuration(struct call *c)
{
	const xmlNode *name = x_child(c->request, "UserConfigurationName");
	struct str wanted = x_attr(name, "Name");
	struct str parts = x_short(x_child(c->request, "UserConfigurationProperties"));
	bool all = str_find(parts, STR("All")) >= 0;
	bool categories = str_eq(wanted, STR("CategoryList"));

	call_begin(c);
	if (!categories && !str_eq(wanted, STR("OWA.UserOptions"))) {
		call_error(c, "ErrorItemNotFound",
			   "The specified object was not found in the store.");
		call_end(c);
		return;
	}
	call_ok(c);
	strbuf_add(&c->out, STR("<m:UserConfiguration>"));
	x_copy(name, &c->out);
	if (!categories && (all || str_find(parts, STR("Dictionary")) >= 0))
		strbuf_add(
			&c->out,
			STR("<t:Dictionary><t:DictionaryEntry><t:DictionaryKey>"
			    "<t:Type>String</t:Type><t:Value>timezone</t:Value>"
			    "</t:DictionaryKey><t:DictionaryValue><t:Type>String"
			    "</t:Type><t:Value>W. Europe Standard Time</t:Value>"
			    "</t:DictionaryValue></t:DictionaryEntry></t:Dictionary>"));
	if (categories && (all || str_find(parts, STR("XmlData")) >= 0))
		category_list(&c->out);
	strbuf_add(&c->out, STR("</m:UserConfiguration>"));
	call_done(c);
	call_end(c);
}

void op_get_photo(struct call *c)
{
	/* a grey square of 8 by 8 */
	static const char jpeg[] =
		"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
		"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAI"
		"AAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAA"
		"AAD/2gAIAQEAAD8AP//Z";
	bool there = sim_user_find(c->sim, x_short(x_child(c->request, "Email"))) != NULL;

	open_root(c, there ? "NoError" : "ErrorItemNotFound");
	x_bool(&c->out, "m:HasChanged", there);
	if (there)
		x_text(&c->out, "m:PictureData", str_from(jpeg));
	close_root(c);
}
