/*
 * What the EWS library needs of memory: large messages down and up, pages of 512 items.
 * A child process plays the server, so that its memory is not counted. Figures, never
 * verdicts:
 *
 *	build/tests/bench/ews_memory [MIB]      (150 by default)
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "ews/ews.h"

#define ITEMS 512
#define HEAD                                                                             \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><R>"    \
	"<ResponseMessages>"
#define FOOT "</ResponseMessages></R></s:Body></s:Envelope>"
#define OK "<M ResponseClass='Success'><ResponseCode>NoError</ResponseCode>"

static size_t mime_bytes = 150u << 20;

/* --- The server -------------------------------------------------------------------- */

static void send_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(1);
		p += n;
		len -= (size_t)n;
	}
}

static void send_head(int fd, unsigned long long length)
{
	char head[200];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
			 "Content-Length: %llu\r\n\r\n",
			 length);

	send_all(fd, head, (size_t)n);
}

static void send_text(int fd, const struct strbuf *text)
{
	send_head(fd, text->len);
	send_all(fd, text->p, text->len);
}

static void send_mime(int fd)
{
	static const char before[] = HEAD OK
		"<Items><Message><ItemId Id='i'/><MimeContent CharacterSet='UTF-8'>";
	static const char after[] = "</MimeContent></Message></Items></M>" FOOT;
	char block[65536];
	size_t left = mime_bytes / 3 * 4;

	memset(block, 'Q', sizeof(block));
	send_head(fd, sizeof(before) - 1 + left + sizeof(after) - 1);
	send_all(fd, before, sizeof(before) - 1);
	while (left > 0) {
		size_t n = MIN_OF(left, sizeof(block));

		send_all(fd, block, n);
		left -= n;
	}
	send_all(fd, after, sizeof(after) - 1);
}

static void send_changes(int fd)
{
	struct strbuf out = STRBUF(64u << 20);

	strbuf_add(&out, STR(HEAD OK "<SyncState>"));
	for (int i = 0; i < 20000; i++) /* states of large folders are large */
		strbuf_add(&out, STR("c3RhdGVzdGF0"));
	strbuf_add(&out, STR("</SyncState><IncludesLastItemInRange>false"
			     "</IncludesLastItemInRange><Changes>"));
	for (int i = 0; i < ITEMS; i++)
		strbuf_addf(&out,
			    "<Create><Message><ItemId Id='AAMkADEzOTExYZ%0150d' "
			    "ChangeKey='CQAAABYAAAA%030d'/></Message></Create>",
			    i, i);
	strbuf_add(&out, STR("</Changes></M>" FOOT));
	send_text(fd, &out);
	strbuf_finish(&out);
}

static void send_items(int fd, size_t count)
{
	struct strbuf out = STRBUF(64u << 20);

	strbuf_add(&out, STR(HEAD));
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(&out,
			    OK "<Items><Message><ItemId Id='AAMkADEzOTExYZ%0150zu'/>"
			       "<Subject>Message %zu</Subject><ExtendedProperty>"
			       "<ExtendedFieldURI PropertyTag='0x7d'/><Value>",
			    i, i);
		for (int k = 0; k < 40; k++)
			strbuf_add(&out, STR("Received: from a.example.test by b.example."
					     "test; Fri, 2 Jan 2026 03:04:05 +0000\n"));
		strbuf_add(&out,
			   STR("</Value></ExtendedProperty></Message></Items></M>"));
	}
	strbuf_add(&out, STR(FOOT));
	send_text(fd, &out);
	strbuf_finish(&out);
}

static void send_created(int fd)
{
	struct strbuf out = STRBUF(4096);

	strbuf_add(&out, STR(HEAD OK "<Items><Message><ItemId Id='n' ChangeKey='k'/>"
				     "</Message></Items></M>" FOOT));
	send_text(fd, &out);
	strbuf_finish(&out);
}

static size_t count_ids(struct str text)
{
	size_t count = 0;
	ptrdiff_t at;

	while ((at = str_find(text, STR("<t:ItemId "))) >= 0) {
		text = str_sub(text, (size_t)at + 1, text.len);
		count++;
	}
	return count;
}

static void answer(int fd, struct str start)
{
	if (str_find(start, STR("<m:CreateItem")) >= 0)
		send_created(fd);
	else if (str_find(start, STR("<m:SyncFolderItems")) >= 0)
		send_changes(fd);
	else if (str_find(start, STR("IncludeMimeContent")) >= 0)
		send_mime(fd);
	else
		send_items(fd, count_ids(start));
}

/* Keeps the first 256 KiB of a request, counts the rest. */
static bool serve_one(int fd)
{
	static char start[256 * 1024];
	char rest[65536];
	size_t have = 0;
	uint64_t total = 0, want = UINT64_MAX;

	while (total < want) {
		bool room = have < sizeof(start);
		ssize_t n = recv(fd, room ? start + have : rest,
				 room ? sizeof(start) - have : sizeof(rest), 0);
		struct str text, line;
		ptrdiff_t at, end;

		if (n <= 0)
			return false;
		have += room ? (size_t)n : 0;
		total += (uint64_t)n;
		text = str_make(start, have);
		end = want == UINT64_MAX ? str_find(text, STR("\r\n\r\n")) : -1;
		if (end < 0)
			continue;
		at = str_find(text, STR("Content-Length: "));
		text = str_sub(text, (size_t)at + 16, have);
		if (at < 0 || !str_split(&text, '\r', &line) || !num_u64(line, &want))
			return false;
		want += (uint64_t)end + 4;
	}
	answer(fd, str_make(start, have));
	return true;
}

static void serve(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		while (fd >= 0 && serve_one(fd))
			;
		close(fd);
	}
}

/* --- Measuring --------------------------------------------------------------------- */

static long status_kib(const char *name)
{
	char line[256];
	long value = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file)) {
		struct str rest = str_from(line), field;
		uint64_t n;

		if (!str_starts(rest, str_from(name)))
			continue;
		rest = str_trim(str_sub(rest, strlen(name) + 1, rest.len));
		if (str_split(&rest, ' ', &field) && num_u64(field, &n))
			value = (long)n;
	}
	if (file)
		fclose(file);
	return value;
}

static void reset_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	malloc_trim(0);
	if (fd < 0 || write(fd, "5", 1) != 1)
		fprintf(stderr, "ews_memory: cannot reset the peak; figures add up\n");
	close(fd);
}

struct bench {
	struct ews_conn *conn;
	uint64_t bytes;
};

static bool count_bytes(void *context, struct str bytes, struct err *err)
{
	((struct bench *)context)->bytes += bytes.len;
	return true;
}

static bool make_bytes(void *context, uint64_t offset, char *into, size_t size,
		       struct err *err)
{
	memset(into, 'x', size);
	((struct bench *)context)->bytes = offset + size;
	return true;
}

static bool fetch(struct bench *b, struct err *err)
{
	const struct ews_ref ref = { "i", NULL };
	const struct ews_sink sink = { .write = count_bytes, .context = b };
	CLEANUP(ews_fetched_finish) struct ews_fetched out = { 0 };

	return ews_item_fetch_mime(b->conn, &ref, 1, &sink, &out, err) &&
	       ews_status_check(&out.list[0].status, err);
}

static bool fetch_whole(struct bench *b, struct err *err)
{
	const struct ews_ref ref = { "i", NULL };
	CLEANUP(ews_mimes_finish) struct ews_mimes out = { 0 };
	bool ok = ews_item_get_mime(b->conn, &ref, 1, &out, err) &&
		  ews_status_check(&out.list[0].status, err);

	b->bytes = ok ? out.list[0].mime.len : 0;
	return ok;
}

static bool create(struct bench *b, struct err *err)
{
	const struct ews_source source = { make_bytes, b, mime_bytes };
	const struct ews_create request = { .folder.distinguished = "drafts",
					    .source = &source,
					    .message_flags = -1,
					    .delivered_unix = EWS_TIME_NONE,
					    .submitted_unix = EWS_TIME_NONE };
	CLEANUP(ews_id_results_finish) struct ews_id_results out = { 0 };

	return ews_item_create(b->conn, &request, &out, err);
}

static bool changes(struct bench *b, struct err *err)
{
	const struct ews_folder_ref inbox = { .distinguished = "inbox" };
	CLEANUP(ews_item_changes_finish) struct ews_item_changes out = { 0 };
	bool ok = ews_item_sync(b->conn, &inbox, NULL, ITEMS, &out, err);

	b->bytes = out.count;
	return ok && (out.count == ITEMS || err_set(err, ERR_BROKEN, "not all"));
}

static bool items(struct bench *b, struct err *err)
{
	static struct ews_ref refs[ITEMS];
	CLEANUP(ews_items_finish) struct ews_items out = { 0 };

	for (size_t i = 0; i < ITEMS; i++)
		refs[i].id = "AAMk";
	if (!ews_item_get(b->conn, refs, ITEMS, NULL, &out, err))
		return false;
	for (size_t i = 0; i < ITEMS; i++)
		b->bytes += ews_status_ok(&out.list[i].status);
	return b->bytes == ITEMS || err_set(err, ERR_BROKEN, "not all");
}

static const struct {
	const char *name, *unit;
	bool (*run)(struct bench *b, struct err *err);
} rows[] = {
	{ "SyncFolderItems, a page of 512", "changes", changes },
	{ "GetItem, 512 with 3 kB of header", "items", items },
	{ "GetItem, one message into a sink", "octets", fetch },
	{ "CreateItem, one message of a source", "octets", create },
	{ "GetItem, one message into memory", "octets", fetch_whole },
};

static bool run(struct ews_account *account)
{
	struct bench b = { 0 };
	struct err err = { 0 };
	bool ok = true;

	b.conn = ews_conn_new(account, &err);
	ok = b.conn && changes(&b, &err); /* what is allocated once */
	printf("%-38s %12s %10s %9s %9s\n", "", "", "base KiB", "over KiB", "ms");
	for (size_t i = 0; ok && i < ARRAY_LEN(rows); i++) {
		int64_t started_ms;
		long base_kib;

		reset_peak();
		base_kib = status_kib("VmRSS:");
		b.bytes = 0;
		started_ms = clock_mono_ms();
		ok = rows[i].run(&b, &err);
		printf("%-38s %12llu %10ld %9ld %9lld  %s\n", rows[i].name,
		       (unsigned long long)b.bytes, base_kib,
		       status_kib("VmHWM:") - base_kib,
		       (long long)(clock_mono_ms() - started_ms), rows[i].unit);
	}
	if (!ok)
		fprintf(stderr, "ews_memory: %s\n", err.text);
	ews_conn_free(b.conn);
	return ok;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct ews_config config = { .login = "alice", .password = "secret" };
	struct ews_account *account;
	char url[80];
	uint32_t mib;
	struct err err;
	pid_t child;
	bool ok;

	if (argc == 2 && num_u32(str_from(argv[1]), &mib) && mib > 0 && mib <= 150)
		mime_bytes = (size_t)mib << 20;
	if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(listener, 4) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) != 0)
		return 2;
	child = fork();
	if (child == 0)
		serve(listener);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/EWS/Exchange.asmx",
		 ntohs(address.sin_port));
	config.url = url;
	if (!ews_process_init(&err) || !(account = ews_account_new(&config, &err))) {
		kill(child, SIGTERM);
		return 2;
	}
	ok = run(account);
	ews_account_free(account);
	ews_process_finish();
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	return ok ? 0 : 1;
}
