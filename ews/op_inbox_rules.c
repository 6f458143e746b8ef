/* GetInboxRules, UpdateInboxRules: [MS-OXWSRULES] sections 3.1.4.1 and 3.1.4.2. One table
 * serves both ways; it is in the schema's order. */
#include "ews/read.h"
#include "ews/settings.h"

struct part {
	const char *name; /* "t:From..." */
	enum { TEXTS, PEOPLE, FLAG, FOLDER } kind;
	size_t offset;
};

#define AT(member) offsetof(struct ews_rule_match, member)
static const struct part match_parts[] = {
	{ "t:Categories", TEXTS, AT(categories) },
	{ "t:ContainsBodyStrings", TEXTS, AT(body) },
	{ "t:ContainsHeaderStrings", TEXTS, AT(header) },
	{ "t:ContainsRecipientStrings", TEXTS, AT(recipient) },
	{ "t:ContainsSenderStrings", TEXTS, AT(sender) },
	{ "t:ContainsSubjectOrBodyStrings", TEXTS, AT(subject_or_body) },
	{ "t:ContainsSubjectStrings", TEXTS, AT(subject) },
	{ "t:FromAddresses", PEOPLE, AT(from) },
	{ "t:HasAttachments", FLAG, AT(has_attachments) },
	{ "t:IsAutomaticReply", FLAG, AT(is_automatic_reply) },
	{ "t:IsMeetingRequest", FLAG, AT(is_meeting_request) },
	{ "t:IsNDR", FLAG, AT(is_ndr) },
	{ "t:ItemClasses", TEXTS, AT(item_classes) },
	{ "t:NotSentToMe", FLAG, AT(not_sent_to_me) },
	{ "t:SentCcMe", FLAG, AT(sent_cc_me) },
	{ "t:SentOnlyToMe", FLAG, AT(sent_only_to_me) },
	{ "t:SentToAddresses", PEOPLE, AT(sent_to) },
	{ "t:SentToMe", FLAG, AT(sent_to_me) },
	{ "t:SentToOrCcMe", FLAG, AT(sent_to_or_cc_me) },
};

#undef AT
#define AT(member) offsetof(struct ews_rule_actions, member)
static const struct part action_parts[] = {
	{ "t:AssignCategories", TEXTS, AT(categories) },
	{ "t:CopyToFolder", FOLDER, AT(copy_to) },
	{ "t:Delete", FLAG, AT(remove) },
	{ "t:ForwardAsAttachmentToRecipients", PEOPLE, AT(forward_attached_to) },
	{ "t:ForwardToRecipients", PEOPLE, AT(forward_to) },
	{ "t:MarkAsRead", FLAG, AT(mark_read) },
	{ "t:MoveToFolder", FOLDER, AT(move_to) },
	{ "t:PermanentDelete", FLAG, AT(remove_for_good) },
	{ "t:RedirectToRecipients", PEOPLE, AT(redirect_to) },
	{ "t:StopProcessingRules", FLAG, AT(stop) },
};
#undef AT

/* --- Reading ----------------------------------------------------------------------- */

static void read_folder(struct soap_reader *r, struct ews_arena *arena, char **id)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "FolderId"))
			*id = soap_get_attr(r, "Id", arena);
	}
}

static void read_part(struct soap_reader *r, struct ews_arena *arena,
		      const struct part *part, void *member)
{
	switch (part->kind) {
	case TEXTS:
		ews_read_texts(r, arena, member);
		break;
	case PEOPLE:
		ews_read_people(r, arena, member);
		break;
	case FLAG:
		*(bool *)member = soap_get_bool(r);
		break;
	case FOLDER:
		read_folder(r, arena, member);
		break;
	}
}

/* Return: true when there are elements that the table does not know. */
static bool read_parts(struct soap_reader *r, struct ews_arena *arena,
		       const struct part *parts, size_t count, void *object)
{
	int depth = soap_depth(r);
	bool other = false;

	while (soap_child(r, depth)) {
		size_t i = 0;

		while (i < count && !soap_is(r, parts[i].name + 2))
			i++;
		if (i < count)
			read_part(r, arena, &parts[i], (char *)object + parts[i].offset);
		else
			other = true;
	}
	return other;
}

static void read_match(struct soap_reader *r, struct ews_arena *arena,
		       struct ews_rule_match *match)
{
	match->has_other = read_parts(r, arena, match_parts, ARRAY_LEN(match_parts),
				      match);
}

#define AT(member) offsetof(struct ews_rule, member)

static void read_rule(struct soap_reader *r, struct ews_arena *arena,
		      struct ews_rule *rule)
{
	static const struct ews_field fields[] = {
		{ "RuleId", EWS_FIELD_TEXT, AT(id), NULL },
		{ "DisplayName", EWS_FIELD_TEXT, AT(name), NULL },
		{ "Priority", EWS_FIELD_INT, AT(priority), NULL },
		{ "IsEnabled", EWS_FIELD_BOOL, AT(enabled), NULL },
		{ "IsNotSupported", EWS_FIELD_BOOL, AT(unsupported), NULL },
		{ "IsInError", EWS_FIELD_BOOL, AT(in_error), NULL },
	};
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Conditions"))
			read_match(r, arena, &rule->conditions);
		else if (soap_is(r, "Exceptions"))
			read_match(r, arena, &rule->exceptions);
		else if (soap_is(r, "Actions"))
			rule->actions.has_other = read_parts(r, arena, action_parts,
							     ARRAY_LEN(action_parts),
							     &rule->actions);
		else
			ews_read_field(r, arena, fields, ARRAY_LEN(fields), rule);
	}
}

static void payload(struct soap_reader *r, void *result)
{
	struct ews_rules *out = result;
	int depth = soap_depth(r);

	if (soap_is(r, "OutlookRuleBlobExists"))
		out->outlook_blob = soap_get_bool(r);
	if (!soap_is(r, "InboxRules"))
		return;
	while (soap_child(r, depth)) {
		out->list = ews_arena_grow(&out->arena, out->list, out->count,
					   sizeof(*out->list));
		read_rule(r, &out->arena, &out->list[out->count++]);
	}
}

static void write_get(struct soap_writer *w, const void *address)
{
	if (address)
		soap_leaf(w, "m:MailboxSmtpAddress", address);
}

bool ews_rules_get(struct ews_conn *conn, const char *address, struct ews_rules *out,
		   struct err *err)
{
	const struct ews_single single = { .op = EWS_OP_GET_INBOX_RULES,
					   .flat = true,
					   .write = write_get,
					   .request = address,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

/* --- Writing ----------------------------------------------------------------------- */

static void write_texts(struct soap_writer *w, const char *name,
			const struct ews_texts *texts)
{
	if (texts->count == 0)
		return;
	soap_open(w, name);
	for (size_t i = 0; i < texts->count; i++)
		soap_leaf(w, "t:String", texts->list[i]);
	soap_close(w);
}

static void write_people(struct soap_writer *w, const char *name,
			 const struct ews_mailboxes *people)
{
	if (people->count == 0)
		return;
	soap_open(w, name);
	for (size_t i = 0; i < people->count; i++)
		soap_put_mailbox(w, "t:Address", &people->list[i]);
	soap_close(w);
}

static void write_part(struct soap_writer *w, const struct part *part, const void *member)
{
	switch (part->kind) {
	case TEXTS:
		write_texts(w, part->name, member);
		break;
	case PEOPLE:
		write_people(w, part->name, member);
		break;
	case FLAG:
		if (*(const bool *)member)
			soap_leaf_bool(w, part->name, true);
		break;
	case FOLDER:
		if (*(char *const *)member)
			soap_put_folder_in(
				w, part->name,
				&(struct ews_folder_ref){ .id = *(char *const *)member });
		break;
	}
}

static void write_parts(struct soap_writer *w, const char *name, const struct part *parts,
			size_t count, const void *object)
{
	soap_open(w, name);
	for (size_t i = 0; i < count; i++)
		write_part(w, &parts[i], (const char *)object + parts[i].offset);
	soap_close(w);
}

static void write_rule(struct soap_writer *w, const struct ews_rule *rule)
{
	soap_open(w, "t:Rule");
	if (rule->id)
		soap_leaf(w, "t:RuleId", rule->id);
	soap_leaf(w, "t:DisplayName", rule->name);
	soap_leaf_int(w, "t:Priority", rule->priority);
	soap_leaf_bool(w, "t:IsEnabled", rule->enabled);
	write_parts(w, "t:Conditions", match_parts, ARRAY_LEN(match_parts),
		    &rule->conditions);
	write_parts(w, "t:Exceptions", match_parts, ARRAY_LEN(match_parts),
		    &rule->exceptions);
	write_parts(w, "t:Actions", action_parts, ARRAY_LEN(action_parts),
		    &rule->actions);
	soap_close(w);
}

struct request {
	const char *address;
	const struct ews_rule_change *changes;
	size_t count;
	bool destroy;
};

static void write_changes(struct soap_writer *w, const void *context)
{
	static const char *const names[] = {
		[EWS_RULE_CREATE] = "t:CreateRuleOperation",
		[EWS_RULE_SET] = "t:SetRuleOperation",
		[EWS_RULE_DELETE] = "t:DeleteRuleOperation",
	};
	const struct request *request = context;

	if (request->address)
		soap_leaf(w, "m:MailboxSmtpAddress", request->address);
	soap_leaf_bool(w, "m:RemoveOutlookRuleBlob", request->destroy);
	soap_open(w, "m:Operations");
	for (size_t i = 0; i < request->count; i++) {
		const struct ews_rule_change *change = &request->changes[i];

		soap_open(w, names[change->op]);
		if (change->op == EWS_RULE_DELETE)
			soap_leaf(w, "t:RuleId", change->rule->id);
		else
			write_rule(w, change->rule);
		soap_close(w);
	}
	soap_close(w);
}

bool ews_rules_update(struct ews_conn *conn, const char *address,
		      const struct ews_rule_change *changes, size_t count,
		      bool destroy_outlook_rules, struct err *err)
{
	const struct request request = { address, changes, count, destroy_outlook_rules };
	const struct ews_single single = { .op = EWS_OP_UPDATE_INBOX_RULES,
					   .flat = true,
					   .write = write_changes,
					   .request = &request };

	for (size_t i = 0; i < count; i++) {
		const struct ews_rule *rule = changes[i].rule;

		if (changes[i].op != EWS_RULE_DELETE &&
		    (rule->conditions.has_other || rule->exceptions.has_other ||
		     rule->actions.has_other))
			return err_set(err, ERR_SYNTAX,
				       "the rule '%.60s' has parts that would be lost",
				       rule->name);
	}
	return ews_single_run(conn, &single, err);
}
