/* A scripted HTTP server on a socket, for tests of the calls: one step for each request.
 */
#ifndef TESTS_UNIT_EWS_SCRIPTED_H
#define TESTS_UNIT_EWS_SCRIPTED_H

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "base/num.h"
#include "tests/unit/ews/every_op.h"

#define ENVELOPE(body)                                                                   \
	"<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/"  \
	"envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define MESSAGE(op, inner)                                                               \
	ENVELOPE("<" op "Response><ResponseMessages><" op                                \
		 "ResponseMessage ResponseClass=\"Success\"><ResponseCode>NoError"       \
		 "</ResponseCode>" inner "</" op                                         \
		 "ResponseMessage></ResponseMessages></" op "Response>")
#define FAULT(code)                                                                      \
	ENVELOPE("<s:Fault><faultcode>a:" code                                           \
		 "</faultcode><faultstring>why</faultstring><detail><ResponseCode>" code \
		 "</ResponseCode></detail></s:Fault>")
#define XML "Content-Type: text/xml\r\n"

enum { ANSWER, HANG_UP, DRIBBLE, STAY, GZIP, CUT, SILENT };

struct step {
	int action;
	int status;
	const char *headers;
	const char *body;
};

struct server {
	int fd;
	pthread_t thread;
	char url[64];
	const struct step *steps;
	size_t step_count;
	size_t requests, connections; /* read after server_end() */
	struct strbuf last; /* last request with its header */
};

static bool read_request(struct server *server, int fd)
{
	size_t want = 0, have = 0;

	for (;;) {
		char bytes[4096];
		ssize_t n;
		ptrdiff_t end = have == 0 ? -1
					  : str_find(strbuf_str(&server->last),
						     STR("\r\n\r\n"));

		if (end >= 0) {
			struct str text = strbuf_str(&server->last);
			ptrdiff_t at = str_find_nocase(text, STR("\r\nContent-Length: "));
			struct str line;
			uint64_t length = 0;

			text = str_sub(text, (size_t)at + 18, text.len);
			if (at < 0 || !str_split(&text, '\r', &line) ||
			    !num_u64(line, &length))
				return false;
			want = (size_t)end + 4 + (size_t)length;
			if (server->last.len >= want)
				return true;
		}
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n <= 0)
			return false;
		if (have == 0)
			strbuf_reset(&server->last);
		have += (size_t)n;
		strbuf_add_mem(&server->last, bytes, (size_t)n);
	}
}

static void answer_text(int fd, const struct step *step)
{
	struct strbuf out = STRBUF(1 << 20);

	strbuf_addf(&out, "HTTP/1.1 %d Status\r\n%sContent-Length: %zu\r\n\r\n%s",
		    step->status, step->headers ? step->headers : XML, strlen(step->body),
		    step->body);
	assert_int_equal(send(fd, out.p, out.len, MSG_NOSIGNAL), out.len);
	strbuf_finish(&out);
}

/* Each byte in a chunk of its own; STAY then leaves the body open. */
static void answer_chunks(int fd, const struct step *step)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n" XML
				   "Transfer-Encoding: chunked\r\n\r\n";
	char bytes[16];

	send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	for (const char *p = step->body; *p; p++) {
		int len = snprintf(bytes, sizeof(bytes), "1\r\n%c\r\n", *p);

		if (send(fd, bytes, (size_t)len, MSG_NOSIGNAL) < 0)
			return;
	}
	if (step->action == DRIBBLE)
		send(fd, "0\r\n\r\n", 5, MSG_NOSIGNAL);
	else
		recv(fd, bytes, sizeof(bytes), 0); /* until the client goes */
}

/* Compressed, and with status 0 only the first half of that. */
static void answer_gzip(int fd, const struct step *step)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n" XML
				   "Content-Encoding: gzip\r\nContent-Length: %lu\r\n"
				   "\r\n";
	unsigned char bytes[8192];
	char text[200];
	z_stream z = { .next_in = (unsigned char *)step->body,
		       .avail_in = (unsigned)strlen(step->body),
		       .next_out = bytes,
		       .avail_out = sizeof(bytes) };
	int len;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	len = snprintf(text, sizeof(text), head, z.total_out);
	send(fd, text, (size_t)len, MSG_NOSIGNAL);
	send(fd, bytes, step->status ? z.total_out : z.total_out / 2, MSG_NOSIGNAL);
	deflateEnd(&z);
}

/* Promises more than it sends. */
static void answer_half(int fd, const struct step *step)
{
	char text[200];
	size_t size = strlen(step->body);
	int len = snprintf(text, sizeof(text),
			   "HTTP/1.1 200 OK\r\n" XML "Content-Length: %zu\r\n\r\n", size);

	send(fd, text, (size_t)len, MSG_NOSIGNAL);
	send(fd, step->body, size / 2, MSG_NOSIGNAL);
}

static void serve(struct server *server, int fd)
{
	while (read_request(server, fd)) {
		const struct step *step = &server->steps[server->requests];

		if (server->requests++ >= server->step_count)
			return;
		if (step->action == HANG_UP)
			return;
		if (step->action == SILENT) { /* until the client goes */
			char byte;

			recv(fd, &byte, 1, 0);
			return;
		}
		if (step->action == ANSWER)
			answer_text(fd, step);
		else if (step->action == GZIP)
			answer_gzip(fd, step);
		else if (step->action == CUT)
			answer_half(fd, step);
		else
			answer_chunks(fd, step);
		if (step->action == CUT || (step->action == GZIP && !step->status))
			return;
	}
}

static void *server_run(void *context)
{
	struct server *server = context;

	for (;;) {
		int fd = accept(server->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		server->connections++;
		serve(server, fd);
		close(fd);
	}
}

static void server_begin(struct server *server, const struct step *steps, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	*server = (struct server){ .steps = steps, .step_count = count };
	strbuf_init(&server->last, 1 << 20);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	getsockname(server->fd, (struct sockaddr *)&address, &len);
	snprintf(server->url, sizeof(server->url),
		 "http://127.0.0.1:%d/EWS/Exchange.asmx", ntohs(address.sin_port));
	pthread_create(&server->thread, NULL, server_run, server);
}

static void server_end(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
}

static struct ews_account *account_for(const struct server *server, int idle_timeout_ms)
{
	const struct ews_config config = { .url = server->url,
					   .login = "EXAMPLE\\alice",
					   .password = "secret",
					   .address = "alice@example.test",
					   .connect_timeout_ms = 5000,
					   .idle_timeout_ms = idle_timeout_ms };
	struct err err;

	return ews_account_new(&config, &err);
}

/* An account and its first connection to a server that takes these steps. */
static void server_meet(struct server *server, const struct step *steps, size_t count,
			struct ews_account **account_r, struct ews_conn **conn_r)
{
	struct err err;

	server_begin(server, steps, count);
	*account_r = account_for(server, 20000);
	*conn_r = ews_conn_new(*account_r, &err);
}

/* @requests: that it must have seen */
static void server_part(struct server *server, struct ews_account *account,
			struct ews_conn *conn, size_t requests)
{
	ews_conn_free(conn);
	ews_account_free(account);
	server_end(server);
	assert_int_equal(server->requests, requests);
	strbuf_finish(&server->last);
}

#define SENT MESSAGE("SendItem", "")
#define ONE_FOLDER                                                                       \
	"<M ResponseClass=\"Success\"><ResponseCode>NoError</ResponseCode><Folders>"     \
	"<Folder><FolderId Id=\"x\"/></Folder></Folders></M>"
#define FOLDER_1                                                                         \
	ENVELOPE("<GetFolderResponse><ResponseMessages>" ONE_FOLDER                      \
		 "</ResponseMessages></GetFolderResponse>")
/* try_folder_get() asks for three. */
#define FOLDER                                                                           \
	ENVELOPE(                                                                        \
		"<GetFolderResponse><ResponseMessages>" ONE_FOLDER ONE_FOLDER ONE_FOLDER \
		"</ResponseMessages></GetFolderResponse>")

#endif
