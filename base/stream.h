/*
 * A connected socket with buffers both ways and deadlines, for one thread at a time.
 * Reads and writes block; every wait ends at the stream's deadline, so that time safety
 * is here and not in the commands (Postfix's smtp_stream idea).
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/strbuf.h"

struct deflate;
struct tls_conn;
struct tls_server;

struct stream {
	int fd;
	int64_t read_timeout_ms; /* for one line or one literal; 0 = for ever */
	int64_t write_timeout_ms; /* for one flush that makes no progress; 0 = for ever */
	struct strbuf in; /* read ahead; bytes before in_used are consumed */
	size_t in_used;
	bool partial; /* what is read ahead is no whole line: more must come */
	struct strbuf out; /* waiting for stream_flush() */
	bool failed; /* a write failed: later writes do nothing */
	/* A read failed: what comes after a literal that was given up is no command, so
	 * that later reads fail, too. */
	bool lost;
	struct tls_conn *tls; /* NULL: plain */
	struct deflate *deflate; /* NULL: not compressed */
};

/* stream_init() - takes @fd over, sets it non-blocking. */
void stream_init(struct stream *s, int fd, int64_t read_timeout_ms,
		 int64_t write_timeout_ms);
/* stream_finish() - closes the socket without flushing; a zeroed stream is fine if fd <
 * 0. */
void stream_finish(struct stream *s);

/*
 * stream_read_line() - the next line without its CRLF (or LF), appended to @line
 * Errors: ERR_LIMIT longer than @max_bytes (the rest of the line has been skipped);
 * ERR_OFFLINE end of file, timeout, or a broken connection.
 */
MUST_CHECK bool stream_read_line(struct stream *s, size_t max_bytes, struct strbuf *line,
				 struct err *err);

/*
 * stream_line_ready() - reads what is there, without waiting
 * Return: would stream_read_line() end at once? While it would not, stream_pending() is
 * false, so that one can wait for the socket: half a line, or half a record of TLS, is
 * there.
 */
bool stream_line_ready(struct stream *s);
/* stream_read_some() - at least one and at most @size bytes. Errors: ERR_OFFLINE. */
MUST_CHECK bool stream_read_some(struct stream *s, char *into, size_t size, size_t *got_r,
				 struct err *err);
/* stream_read_exact() - exactly @size bytes. Errors: ERR_OFFLINE. */
MUST_CHECK bool stream_read_exact(struct stream *s, char *into, size_t size,
				  struct err *err);

/*
 * stream_peek() - borrow what has been read ahead, reading if there is nothing; at least
 * one byte, valid until the next call. stream_skip() then consumes some of it. For
 * content that ends where only a scan can tell. Errors: ERR_OFFLINE.
 */
MUST_CHECK bool stream_peek(struct stream *s, struct str *bytes_r, struct err *err);
void stream_skip(struct stream *s, size_t count);

/* stream_end() - tell the peer that nothing more comes; before shutdown() of the socket
 */
void stream_end(struct stream *s);

/*
 * stream_start_tls() - the handshake as server; from then on all is encrypted
 * What was read ahead is thrown away: it came in the clear, from whoever (RFC 3207
 * section 6, CVE-2011-0411). What was written must have been flushed.
 * Errors: ERR_OFFLINE failed, or no answer within the read timeout.
 */
MUST_CHECK bool stream_start_tls(struct stream *s, struct tls_server *server,
				 struct err *err);
/* stream_start_deflate() - compress both ways from here on (RFC 4978); what was written
 * must have been flushed. Errors: ERR_BROKEN memory. */
MUST_CHECK bool stream_start_deflate(struct stream *s, struct err *err);

/* stream_pending() - has read-ahead input (so that no waiting is needed). */
bool stream_pending(const struct stream *s);

/* stream_write() - buffered; flushes by itself above 16 KiB. A failure is sticky and
 * told by stream_flush(). */
void stream_write(struct stream *s, struct str bytes);
void stream_writef(struct stream *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* stream_flush() - all that was written is with the kernel. Errors: ERR_OFFLINE. */
MUST_CHECK bool stream_flush(struct stream *s, struct err *err);

#endif
