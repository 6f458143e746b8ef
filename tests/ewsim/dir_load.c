/* A mailbox from a directory of .eml and .ics files; see load.h. */
#include "tests/ewsim/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

enum { FILE_MAX = 64 << 20, PATH_MAX_BYTES = 4096, DEPTH_MAX = 16 };

struct names {
	char **list;
	size_t count, capacity;
};

static void names_finish(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		mem_free_ptr(&n->list[i]);
	mem_free_ptr(&n->list);
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(str_from(*(char *const *)a), str_from(*(char *const *)b));
}

/* Everything in @path that doesn't start with a dot, sorted. */
static bool list_names(const char *path, struct names *n, struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return err_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_BROKEN, errno,
				 "%s", path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		n->list = mem_grow(n->list, n->count, &n->capacity, sizeof(*n->list));
		n->list[n->count++] = mem_strdup(entry->d_name);
	}
	closedir(dir);
	if (n->count)
		qsort(n->list, n->count, sizeof(*n->list), by_name);
	return true;
}

static bool is_kind(const char *name, struct str ending)
{
	return str_ends(str_from(name), ending);
}

static bool has_kind(const struct names *n, struct str ending)
{
	for (size_t i = 0; i < n->count; i++)
		if (is_kind(n->list[i], ending))
			return true;
	return false;
}

static void put_file(struct sim_folder *mail, struct sim_folder *calendar,
		     const char *path)
{
	CLEANUP(strbuf_finish) struct strbuf content = STRBUF(FILE_MAX);
	struct err err = { 0 };
	size_t count;

	if (!file_read(path, &content, &err)) {
		log_warn("ewsim", "%s: %s", path, err.text);
	} else if (is_kind(path, STR(".eml"))) {
		struct sim_mail m = { .mime = strbuf_str(&content) };
		sim_mail_add(mail, &m);
	} else if (!load_ics(calendar, strbuf_str(&content), &count, &err)) {
		log_warn("ewsim", "%s: %s", path, err.text);
	}
}

static struct sim_folder *folder_for(struct sim_user *user, struct sim_folder *parent,
				     const char *name, const struct names *content)
{
	bool calendar = has_kind(content, STR(".ics")) && !has_kind(content, STR(".eml"));
	CLEANUP(mem_free_ptr) char *lower = mem_strdup(name);
	struct sim_folder *special;

	for (char *p = lower; *p; p++)
		*p = str_lower_char(*p);
	special = parent ? NULL : sim_folder_special(user, lower);
	if (special)
		return special;
	return sim_folder_add(user, parent, name, calendar ? "IPF.Appointment" : NULL);
}

/* @folder is NULL for the top. */
static bool load_level(struct sim_user *user, struct sim_folder *folder, const char *path,
		       const struct names *names, int depth, struct err *err)
{
	struct sim_folder *mail = folder ? folder : sim_folder_special(user, "inbox");
	struct sim_folder *calendar = folder ? folder
					     : sim_folder_special(user, "calendar");

	if (depth > DEPTH_MAX)
		return err_set(err, ERR_LIMIT, "%s: too deep", path);
	for (size_t i = 0; i < names->count; i++) {
		CLEANUP(strbuf_finish) struct strbuf below = STRBUF(PATH_MAX_BYTES);
		CLEANUP(names_finish) struct names content = { 0 };
		struct stat st;

		strbuf_addf(&below, "%s/%s", path, names->list[i]);
		if (!strbuf_ok(&below, err))
			return false;
		if (stat(strbuf_cstr(&below), &st) != 0)
			continue;
		if (S_ISREG(st.st_mode) && (is_kind(names->list[i], STR(".eml")) ||
					    is_kind(names->list[i], STR(".ics"))))
			put_file(mail, calendar, strbuf_cstr(&below));
		if (!S_ISDIR(st.st_mode))
			continue;
		if (!list_names(strbuf_cstr(&below), &content, err) ||
		    !load_level(user, folder_for(user, folder, names->list[i], &content),
				strbuf_cstr(&below), &content, depth + 1, err))
			return false;
	}
	return true;
}

bool load_directory(struct sim_user *user, const char *path, struct err *err)
{
	CLEANUP(names_finish) struct names names = { 0 };

	return list_names(path, &names, err) &&
	       load_level(user, NULL, path, &names, 0, err);
}
