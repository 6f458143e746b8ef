/* Steps of ews_live: people: directory, contacts, out of office, rules. */
#include "tests/e2e/live.h"

bool live_directory(struct live *live, struct err *err)
{
	static const char *const ids[] = { "W. Europe Standard Time" };
	CLEANUP(ews_names_finish) struct ews_names names = { 0 };
	CLEANUP(ews_tzs_finish) struct ews_tzs zones = { 0 };
	CLEANUP(mem_free_ptr) char *address = NULL;

	if (!ews_names_resolve(live->conn, live->address, &names, err) ||
	    !live_want(names.count > 0, "cannot resolve oneself", err) ||
	    !ews_tz_get(live->conn, ids, 1, &zones, err) ||
	    !live_want(zones.count == 1 && zones.list[0].period_count >= 2, "one zone",
		       err))
		return false;
	return ews_mailbox_address(live->conn, live->folder.id, live->address, &address,
				   err);
}

bool live_contact(struct live *live, struct err *err)
{
	struct ews_contact contact = { .set = EWS_CONTACT_NAMES | EWS_CONTACT_EMAILS |
					      EWS_CONTACT_PHONES,
				       .given_name = "Ann",
				       .surname = live->mark,
				       .emails = { "ann@example.test" } };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };
	CLEANUP(ews_id_results_finish) struct ews_id_results set = { 0 };
	CLEANUP(ews_contacts_finish) struct ews_contacts contacts = { 0 };
	struct ews_ref ref;

	contact.phones[EWS_PHONE_MOBILE] = "+1 555 0100";
	if (!live_unless_unknown(
		    live, ews_contact_create(live->conn, NULL, &contact, &out, err), err))
		return false;
	if (out.count == 0 || !out.list[0].id.id)
		return true;
	ref = (struct ews_ref){ out.list[0].id.id, NULL };
	contact.set = EWS_CONTACT_PHONES;
	contact.phones[EWS_PHONE_MOBILE] = NULL;
	contact.phones[EWS_PHONE_HOME] = "+1 555 0101";
	return ews_contact_update(live->conn, &ref, &contact, &set, err) &&
	       ews_contact_get(live->conn, &ref, 1, NULL, &contacts, err) &&
	       ews_status_check(&contacts.list[0].status, err) &&
	       live_want(contacts.list[0].surname &&
				 strcmp(contacts.list[0].surname, live->mark) == 0,
			 "surname", err) &&
	       live_want(contacts.list[0].emails[0], "address", err) &&
	       live_want(!contacts.list[0].phones[EWS_PHONE_MOBILE], "no mobile", err) &&
	       live_want(contacts.list[0].phones[EWS_PHONE_HOME], "home", err) &&
	       ews_item_delete(live->conn, &ref, 1, EWS_DELETE_HARD, &set, err) &&
	       ews_status_check(&set.list[0].status, err);
}

bool live_settings(struct live *live, struct err *err)
{
	CLEANUP(ews_categories_finish) struct ews_categories categories = { 0 };
	CLEANUP(ews_delegates_finish) struct ews_delegates delegates = { 0 };

	return live_unless_unknown(live,
				   ews_categories_get(live->conn, &categories, err) ||
					   err->code == ERR_NOT_FOUND,
				   err) &&
	       live_unless_unknown(
		       live,
		       ews_delegates_get(live->conn, live->address, &delegates, err),
		       err);
}

bool live_people(struct live *live, struct err *err)
{
	const struct ews_folder_ref directory = { .distinguished = "directory" };
	CLEANUP(ews_people_finish) struct ews_people people = { 0 };
	CLEANUP(ews_people_finish) struct ews_people person = { 0 };
	CLEANUP(ews_names_finish) struct ews_names names = { 0 };
	CLEANUP(ews_names_finish) struct ews_names rooms = { 0 };
	CLEANUP(strbuf_finish) struct strbuf jpeg = STRBUF(1 << 20);

	if (!ews_people_find(live->conn, &directory, "bob", 0, 10, &people, err))
		return live_unless_unknown(live, false, err);
	if (!live_want(people.count >= 1 && people.list[0].email.address, "Bob", err) ||
	    !ews_person_get(live->conn, people.list[0].id, &person, err) ||
	    !live_want(person.list[0].name &&
			       strcmp(person.list[0].name, people.list[0].name) == 0,
		       "the same Bob", err) ||
	    !ews_room_lists(live->conn, &names, err) ||
	    !live_want(names.count == 1, "a list of rooms", err) ||
	    !ews_rooms(live->conn, names.list[0].address, &rooms, err) ||
	    !live_want(rooms.count == 1 && rooms.list[0].address, "rooms", err))
		return false;
	if (ews_group_expand(live->conn, "nobody@nowhere.test", &rooms, err))
		return live_want(false, "a group of nobody", err);
	if (!ews_group_expand(live->conn, "everyone@example.test", &rooms, err) ||
	    !live_want(rooms.count == 3, "members of everyone", err))
		return false;
	return ews_photo_get(live->conn, live->address, 96, &jpeg, err) ||
	       err->code == ERR_NOT_FOUND;
}

bool live_oof(struct live *live, struct err *err)
{
	struct ews_oof oof = { .state = EWS_OOF_SCHEDULED,
			       .audience = EWS_AUDIENCE_KNOWN,
			       .start_unix = 1893456000,
			       .end_unix = 1893542400,
			       .internal_reply = "away & out",
			       .external_reply = "away" };
	CLEANUP(ews_oof_finish) struct ews_oof out = { 0 };

	if (!ews_oof_set(live->conn, live->address, &oof, err))
		return live_unless_unknown(live, false, err);
	if (!ews_oof_get(live->conn, live->address, &out, err) ||
	    !live_want(out.state == EWS_OOF_SCHEDULED &&
			       out.audience == EWS_AUDIENCE_KNOWN,
		       "scheduled", err) ||
	    !live_want(out.start_unix == oof.start_unix && out.end_unix == oof.end_unix,
		       "from when to when", err) ||
	    !live_want(out.internal_reply &&
			       strcmp(out.internal_reply, "away & out") == 0,
		       "the reply", err))
		return false;
	oof.state = EWS_OOF_DISABLED;
	return ews_oof_set(live->conn, live->address, &oof, err);
}

bool live_rules(struct live *live, struct err *err)
{
	char *words[] = { live->mark };
	struct ews_rule rule = { .name = live->mark,
				 .priority = 1,
				 .enabled = true,
				 .conditions.subject = { words, 1 },
				 .actions = { .move_to = (char *)live->folder.id,
					      .stop = true } };
	struct ews_rule_change change = { EWS_RULE_CREATE, &rule };
	CLEANUP(ews_rules_finish) struct ews_rules rules = { 0 };
	const struct ews_rule *found = NULL;

	if (!ews_rules_update(live->conn, NULL, &change, 1, false, err))
		return live_unless_unknown(live, false, err);
	if (!ews_rules_get(live->conn, NULL, &rules, err))
		return false;
	for (size_t i = 0; i < rules.count; i++) {
		if (rules.list[i].name && strcmp(rules.list[i].name, live->mark) == 0)
			found = &rules.list[i];
	}
	if (!live_want(found && found->enabled && found->actions.move_to &&
			       found->conditions.subject.count == 1,
		       "the rule as written", err))
		return false;
	change = (struct ews_rule_change){ EWS_RULE_DELETE, found };
	if (!ews_rules_update(live->conn, NULL, &change, 1, false, err) ||
	    !ews_rules_get(live->conn, NULL, &rules, err))
		return false;
	for (size_t i = 0; i < rules.count; i++) {
		if (rules.list[i].name && strcmp(rules.list[i].name, live->mark) == 0)
			return live_want(false, "a deleted rule", err);
	}
	return true;
}
