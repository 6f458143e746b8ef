/*
 * Commits a second of the store, for each durability class and number of sessions: an
 * APPEND survives a power cut (a sync of the ledger, shared by sessions that want one at
 * the same time), flags survive kill -9.
 *
 *   store_commits [DIRECTORY]   where the files lie; /tmp
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"
#include "bridge/store_sync.h"

#define RUN_MS 2000
#define SESSIONS_MAX 16

static struct store *store;
static int64_t inbox, work;
static int64_t end_ms;

struct session {
	pthread_t thread;
	bool (*step)(struct session *session, struct err *err);
	unsigned number, n;
	uint32_t uid; /* of the last message appended */
};

static bool append(struct session *session, struct err *err)
{
	char mime[2000];
	struct store_append msg = { .internal_unix_s = 1700000000 };
	int64_t entry;

	memset(mime, 'x', sizeof(mime));
	snprintf(mime, sizeof(mime), "Subject: %u\r\nMessage-ID: <%u.%u@x.test>\r\n\r\n",
		 session->n, session->number, session->n);
	msg.mime = str_make(mime, sizeof(mime));
	return store_append(store, inbox, &msg, &session->uid, &entry, err);
}

static bool flag(struct session *session, struct err *err)
{
	enum store_flag_op op = session->n % 2 ? STORE_FLAGS_ADD : STORE_FLAGS_REMOVE;

	return store_flags_change(
		store, inbox, &session->uid, 1,
		&(struct store_flags){ op, MSG_SEEN, STR(""), UINT64_MAX }, NULL, err);
}

static bool copy(struct session *session, struct err *err)
{
	struct store_uid_list old = { 0 }, new = { 0 };
	int64_t entry;
	bool ok = store_copy(store, inbox, &session->uid, 1, work, &old, &new, &entry,
			     err);

	store_uid_list_finish(&old);
	store_uid_list_finish(&new);
	return ok;
}

static void *run(void *arg)
{
	struct session *session = arg;
	struct err err = { 0 };

	for (; clock_mono_ms() < end_ms; session->n++)
		if (!session->step(session, &err)) {
			fprintf(stderr, "%s\n", err.text);
			exit(1);
		}
	return NULL;
}

static void measure(const char *what, bool (*step)(struct session *, struct err *))
{
	static const unsigned counts[] = { 1, 4, SESSIONS_MAX };

	printf("%-28s", what);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct session sessions[SESSIONS_MAX] = { { 0 } };
		struct err err = { 0 };
		unsigned total = 0;

		for (unsigned k = 0; k < counts[i]; k++) {
			sessions[k].number = k + 100 * (unsigned)clock_mono_ms();
			if (!append(&sessions[k], &err))
				exit(1);
			sessions[k].step = step;
		}
		end_ms = clock_mono_ms() + RUN_MS;
		for (unsigned k = 0; k < counts[i]; k++)
			if (pthread_create(&sessions[k].thread, NULL, run, &sessions[k]))
				exit(1);
		for (unsigned k = 0; k < counts[i]; k++) {
			pthread_join(sessions[k].thread, NULL);
			total += sessions[k].n;
		}
		printf(" %9.0f", total * 1000.0 / RUN_MS);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	static const struct store_folder folders[] = {
		{ .remote_id = "in", .name = "Inbox", .use = BOX_USE_INBOX },
		{ .remote_id = "work", .name = "Work" },
	};
	struct notify_hub *hub = notify_hub_new();
	struct store_box box;
	struct err err = { 0 };
	bool stale;
	char dir[300], command[400];

	snprintf(dir, sizeof(dir), "%.200s/store-commits-XXXXXX",
		 argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir) || !store_open(dir, hub, &store, &err) ||
	    !store_folders_apply(
		    store,
		    &(struct store_folder_page){ .folders = folders,
						 .count = 2,
						 .listed_unix_ms = clock_unix_ms(),
						 .state = STR("s") },
		    &stale, &err) ||
	    !store_box_find(store, STR("INBOX"), &box, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	inbox = box.id;
	store_box_finish(&box);
	if (!store_box_find(store, STR("Work"), &box, &err))
		return 1;
	work = box.id;
	store_box_finish(&box);
	printf("%-28s %9s %9s %9s sessions\n", "commits a second", "1", "4", "16");
	measure("APPEND of 2 kB (power cut)", append);
	measure("COPY (power cut)", copy);
	measure("STORE (kill -9)", flag);
	store_close(store);
	notify_hub_free(hub);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : 1;
}
