/* Puts the sample mailbox into the model. */
#include "tests/ewsim/load.h"

#include "base/mem.h"
#include "tests/ewsim/demo.h"

enum { FOLDERS_MAX = 64, CATEGORIES_MAX = 8 };

struct target {
	struct sim_user *user;
	size_t count;
	struct {
		const char *key;
		struct sim_folder *folder;
	} folders[FOLDERS_MAX];
};

static struct sim_folder *find(const struct target *t, const char *key)
{
	for (size_t i = 0; key && i < t->count; i++)
		if (str_eq(str_from(t->folders[i].key), str_from(key)))
			return t->folders[i].folder;
	return NULL;
}

static bool add_folder(void *arg, const struct demo_folder *f, struct err *err)
{
	struct target *t = arg;
	struct sim_folder *folder = f->role ? sim_folder_special(t->user, f->role) : NULL;

	if (t->count == FOLDERS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d folders", FOLDERS_MAX);
	if (folder)
		sim_folder_rename(folder, f->name);
	else
		folder = sim_folder_add(t->user, find(t, f->parent), f->name,
					f->folder_class);
	t->folders[t->count].key = f->key;
	t->folders[t->count++].folder = folder;
	return true;
}

/* Splits "a;b" in place into @list, NULL-terminated. */
static void split_categories(char *text, const char *list[CATEGORIES_MAX + 1])
{
	for (size_t i = 0; text && i < CATEGORIES_MAX; i++) {
		char *end = strchr(text, ';');

		list[i] = text;
		if (end)
			*end = '\0';
		text = end ? end + 1 : NULL;
	}
}

static bool add_message(void *arg, const struct demo_message *m, struct err *err)
{
	struct target *t = arg;
	struct sim_folder *folder = find(t, m->folder);
	CLEANUP(mem_free_ptr) char *text = mem_strdup(m->categories);
	const char *categories[CATEGORIES_MAX + 1] = { NULL };
	struct sim_mail mail = { 0 };

	if (!folder)
		return err_set(err, ERR_NOT_FOUND, "no folder '%s'", m->folder);
	split_categories(text, categories);
	mail.mime = m->mime;
	mail.received_unix = m->received_unix;
	mail.read = m->flags & DEMO_READ;
	mail.draft = m->flags & DEMO_DRAFT;
	mail.flag = m->flags & DEMO_FLAGGED ? SIM_FLAG_FLAGGED : SIM_FLAG_NONE;
	/* PidTagLastVerbExecuted: 102 reply to sender, 104 forward */
	mail.last_verb = m->flags & DEMO_FORWARDED  ? 104
			 : m->flags & DEMO_ANSWERED ? 102
						    : 0;
	mail.categories = text ? categories : NULL;
	sim_mail_add(folder, &mail);
	return true;
}

static bool add_event(void *arg, const char *key, const struct sim_event *e,
		      struct err *err)
{
	struct sim_folder *folder = find(arg, key);

	if (!folder)
		return err_set(err, ERR_NOT_FOUND, "no calendar '%s'", key);
	sim_event_add(folder, e);
	return true;
}

bool load_demo(struct sim_user *user, const char *name, int64_t now_unix, struct err *err)
{
	struct target target = { .user = user };
	struct demo_sink sink = { &target, add_folder, add_message, add_event };

	return demo_generate(name, now_unix, &sink, err);
}
