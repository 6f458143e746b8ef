/* Settings of a mailbox: out of office, categories, delegates, rules, free and busy. */
#ifndef EWS_SETTINGS_H
#define EWS_SETTINGS_H

#include "ews/calendar.h"

/* --- Out of office ----------------------------------------------------------------- */

enum ews_oof_state { EWS_OOF_DISABLED, EWS_OOF_ENABLED, EWS_OOF_SCHEDULED };
enum ews_audience { EWS_AUDIENCE_NONE, EWS_AUDIENCE_KNOWN, EWS_AUDIENCE_ALL };

struct ews_oof {
	struct ews_arena arena; /* of what is read; left alone by ews_oof_set() */
	enum ews_oof_state state;
	enum ews_audience audience; /* who outside gets the external reply */
	enum ews_audience allowed; /* by the administrator; only read */
	int64_t start_unix, end_unix; /* SCHEDULED; EWS_TIME_NONE: not told */
	const char *internal_reply, *external_reply; /* HTML or text; NULL: none */
};
void ews_oof_finish(struct ews_oof *oof);

/* ews_oof_get(), ews_oof_set() - GetUserOofSettings, SetUserOofSettings of one's own. */
MUST_CHECK bool ews_oof_get(struct ews_conn *conn, const char *address,
			    struct ews_oof *out, struct err *err);
MUST_CHECK bool ews_oof_set(struct ews_conn *conn, const char *address,
			    const struct ews_oof *oof, struct err *err);

/* --- Configuration items ----------------------------------------------------------- */

struct ews_entry {
	char *key;
	char *type; /* of the value: "String", "Integer32", "Boolean", "DateTime", ... */
	char *value; /* the first, when there are several */
};

struct ews_configuration {
	struct ews_arena arena;
	struct ews_id id;
	struct ews_entry *entries;
	size_t entry_count;
	struct ews_bytes xml, binary;
};
void ews_configuration_finish(struct ews_configuration *configuration);

/* ews_configuration_get() - GetUserConfiguration. Errors: ERR_NOT_FOUND. */
MUST_CHECK bool ews_configuration_get(struct ews_conn *conn,
				      const struct ews_folder_ref *folder,
				      const char *name, struct ews_configuration *out,
				      struct err *err);

struct ews_category {
	char *name;
	int color; /* 0..24 of Outlook's palette; -1: none */
};

struct ews_categories {
	struct ews_arena arena;
	struct ews_category *list;
	size_t count;
};
void ews_categories_finish(struct ews_categories *categories);

/* ews_categories_get() - the master list of categories, kept in the calendar folder.
 * Errors: ERR_NOT_FOUND the mailbox has none yet. */
MUST_CHECK bool ews_categories_get(struct ews_conn *conn, struct ews_categories *out,
				   struct err *err);

/* --- Delegates --------------------------------------------------------------------- */

enum ews_permission {
	EWS_PERMISSION_NONE,
	EWS_PERMISSION_REVIEWER,
	EWS_PERMISSION_AUTHOR,
	EWS_PERMISSION_EDITOR,
	EWS_PERMISSION_CUSTOM
};

struct ews_delegate {
	struct ews_status status;
	char *address, *name;
	enum ews_permission calendar, tasks, inbox, contacts, notes, journal;
	bool gets_meeting_copies, sees_private;
};

struct ews_delegates {
	struct ews_arena arena;
	struct ews_delegate *list;
	size_t count;
	char *deliver; /* "DelegatesOnly", "DelegatesAndMe", ...; NULL: not told */
};
void ews_delegates_finish(struct ews_delegates *delegates);

/* ews_delegates_get() - GetDelegate: whom the owner of @address lets act for her. Only
 * she may ask. */
MUST_CHECK bool ews_delegates_get(struct ews_conn *conn, const char *address,
				  struct ews_delegates *out, struct err *err);

/* --- Inbox rules ------------------------------------------------------------------- */

/* What a message must be like. All that is given must hold. */
struct ews_rule_match {
	struct ews_texts subject, body, subject_or_body, sender, recipient, header;
	struct ews_texts categories, item_classes;
	struct ews_mailboxes from, sent_to;
	bool has_attachments, sent_to_me, sent_only_to_me, sent_cc_me, sent_to_or_cc_me;
	bool not_sent_to_me, is_meeting_request, is_automatic_reply, is_ndr;
	bool has_other; /* conditions that are not in this struct */
};

struct ews_rule_actions {
	char *move_to, *copy_to; /* folder ids */
	struct ews_texts categories;
	struct ews_mailboxes forward_to, forward_attached_to, redirect_to;
	bool remove, remove_for_good, mark_read, stop;
	bool has_other; /* actions that are not in this struct */
};

struct ews_rule {
	char *id; /* NULL for a new one */
	char *name;
	int priority; /* 1 is the first */
	bool enabled;
	bool unsupported; /* made by Outlook: EWS cannot change it */
	bool in_error;
	struct ews_rule_match conditions, exceptions;
	struct ews_rule_actions actions;
};

struct ews_rules {
	struct ews_arena arena;
	struct ews_rule *list;
	size_t count;
	bool outlook_blob; /* Outlook keeps rules of its own here */
};
void ews_rules_finish(struct ews_rules *rules);

/* ews_rules_get() - GetInboxRules. @address NULL: one's own. */
MUST_CHECK bool ews_rules_get(struct ews_conn *conn, const char *address,
			      struct ews_rules *out, struct err *err);

enum ews_rule_op { EWS_RULE_CREATE, EWS_RULE_SET, EWS_RULE_DELETE };

struct ews_rule_change {
	enum ews_rule_op op;
	const struct ews_rule *rule; /* DELETE: its id counts alone */
};

/*
 * ews_rules_update() - UpdateInboxRules; never repeated
 * @destroy_outlook_rules: true destroys rules that run in Outlook alone; false fails when
 * there are any (look at ews_rules.outlook_blob first).
 * A rule with has_other is refused: ERR_SYNTAX, for what is not read would be lost.
 */
MUST_CHECK bool ews_rules_update(struct ews_conn *conn, const char *address,
				 const struct ews_rule_change *changes, size_t count,
				 bool destroy_outlook_rules, struct err *err);

/* --- Free and busy ----------------------------------------------------------------- */

struct ews_busy_time {
	int64_t start_unix, end_unix;
	enum ews_busy busy;
	char *subject, *location; /* NULL: not shown to us */
	bool is_meeting, is_recurring, is_exception, is_private;
};

struct ews_working_period {
	unsigned days; /* bits, 0 = Sunday */
	int start_min, end_min; /* after midnight in the person's zone */
};

struct ews_free_busy {
	struct ews_status status; /* ERR_DENIED, ERR_NOT_FOUND, ...: of this person */
	char *merged; /* a digit for each interval: 0 free, 1 tentative, 2 busy, 3 out of
		       * office, 4 not known, 5 elsewhere; NULL: not told */
	struct ews_busy_time *list;
	size_t count;
	struct ews_working_period *periods;
	size_t period_count;
	int bias_min; /* of the person's zone: to add to local time for UTC, in winter */
};

struct ews_free_busies {
	struct ews_arena arena;
	struct ews_free_busy *list; /* one for each address, in their order */
	size_t count;
};
void ews_free_busies_finish(struct ews_free_busies *busies);

/*
 * ews_free_busy_get() - GetUserAvailability
 * @addresses:    at most 100
 * @start_unix, @end_unix: at most 42 days
 * @interval_min: of merged, 5..1440
 */
MUST_CHECK bool ews_free_busy_get(struct ews_conn *conn, const char *const *addresses,
				  size_t count, int64_t start_unix, int64_t end_unix,
				  unsigned interval_min, struct ews_free_busies *out,
				  struct err *err);

#endif
