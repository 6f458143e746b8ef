/* The table of commands, and what is computed from it: see command.h. */
#include "imapfront/imap/commands.h"

#include "imapfront/imap/command.h"

static const struct imap_command *const commands[] = {
	&imap_cmd_capability,	&imap_cmd_noop,
	&imap_cmd_logout,	&imap_cmd_id,
	&imap_cmd_enable,	&imap_cmd_login,
	&imap_cmd_authenticate, &imap_cmd_namespace,
	&imap_cmd_select,	&imap_cmd_examine,
	&imap_cmd_create,	&imap_cmd_delete,
	&imap_cmd_rename,	&imap_cmd_subscribe,
	&imap_cmd_unsubscribe,	&imap_cmd_list,
	&imap_cmd_lsub,		&imap_cmd_status,
	&imap_cmd_append,	&imap_cmd_check,
	&imap_cmd_close,	&imap_cmd_unselect,
	&imap_cmd_expunge,	&imap_cmd_uid_expunge,
	&imap_cmd_search,	&imap_cmd_fetch,
	&imap_cmd_store,	&imap_cmd_copy,
	&imap_cmd_move,		&imap_cmd_idle,
	&imap_cmd_myrights,	&imap_cmd_getacl,
	&imap_cmd_listrights,	&imap_cmd_sort,
	&imap_cmd_thread,	&imap_cmd_setacl,
	&imap_cmd_deleteacl,	&imap_cmd_starttls,
	&imap_cmd_compress,	&imap_cmd_unauthenticate,
	&imap_cmd_getmetadata,	&imap_cmd_setmetadata,
	&imap_cmd_esearch,	&imap_cmd_notify,
	&imap_cmd_cancelupdate, &imap_cmd_getquota,
	&imap_cmd_getquotaroot, &imap_cmd_setquota,
};

const struct imap_command *imap_command_find(struct str name, bool uid)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct imap_command *c = commands[i];
		unsigned wanted = uid ? IMAP_UID_FORM | IMAP_UID_ONLY : 0;

		if (str_eq_nocase(name, str_from(c->name)) &&
		    (uid ? (c->flags & wanted) != 0 : !(c->flags & IMAP_UID_ONLY)))
			return c;
	}
	return NULL;
}

const struct imap_command *imap_command_at(size_t index)
{
	return index < ARRAY_LEN(commands) ? commands[index] : NULL;
}

bool imap_line_parse(struct imap_reader *in, struct imap_line *line_r, struct err *err)
{
	struct imap_line line = { 0 };

	*line_r = line;
	if (!imap_read_tag(in, &line.tag, err))
		return false;
	line_r->tag = line.tag; /* so that an error names it */
	if (!imap_read_sp(in, err))
		return false;
	if (imap_take_word(in, STR("UID"))) {
		line.uid = true;
		if (!imap_read_sp(in, err))
			return false;
	}
	if (!imap_read_atom(in, &line.name, err))
		return false;
	line.command = imap_command_find(line.name, line.uid);
	*line_r = line;
	return true;
}

bool imap_args_parse(const struct imap_line *line, struct imap_reader *in,
		     struct imap_args *args, struct err *err)
{
	args->uid = line->uid;
	args->internal_unix_s = INT64_MIN;
	args->unchanged_since = UINT64_MAX;
	if (!line->command->parse)
		return imap_read_end(in, err);
	return line->command->parse(in, args, err);
}

void imap_args_finish(struct imap_args *args)
{
	pool_finish(&args->pool);
}
