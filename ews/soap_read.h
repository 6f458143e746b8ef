/*
 * A pull-style reader over libxml2's SAX2 push parser: bytes are asked of a source when
 * more events are needed, texts of any size pass in pieces. Elements are told apart by
 * their local names; whatever is not asked for is skipped.
 *
 * Failures are sticky: after one, every function says "nothing more", and soap_ok() at
 * the end tells.
 *
 *	int depth = soap_depth(r);
 *	while (soap_child(r, depth)) {
 *		if (soap_is(r, "Subject"))
 *			subject = soap_get_text(r, arena);
 *	}
 */
#ifndef EWS_SOAP_READ_H
#define EWS_SOAP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "ews/account.h"
#include "ews/arena.h"
#include "ews/content.h"
#include "ews/status.h"

#define SOAP_DEPTH_MAX 100
#define SOAP_TOKEN_MAX (1024u * 1024) /* bytes without an event: a tag */
#define SOAP_TEXT_MAX (64u * 1024 * 1024) /* one text that is kept */
#define SOAP_DOCUMENT_MAX (400u * 1024 * 1024)

struct soap_reader;

/* Gives the next bytes, an empty chunk at the end; blocks. The chunk stays valid until
 * the next call. */
struct soap_source {
	bool (*read)(void *context, struct str *chunk_r, struct err *err);
	void *context;
};

struct soap_reader *soap_reader_new(struct soap_source source);
void soap_reader_free(struct soap_reader *r);

/*
 * soap_document() - go to the root element of the first or the next document
 * Return: false at the end of the source, or after a failure.
 */
MUST_CHECK bool soap_document(struct soap_reader *r);
/* soap_ok() - no failure up to here? Errors: the source's; ERR_BROKEN malformed XML;
 * ERR_LIMIT. */
MUST_CHECK bool soap_ok(const struct soap_reader *r, struct err *err);
/* soap_fail() - make the reader fail. */
void soap_fail(struct soap_reader *r, enum err_code code, const char *text);

int soap_depth(const struct soap_reader *r); /* open elements; the root has depth 1 */
/* soap_child() - go to the next child of the element at @depth; false at its end. */
MUST_CHECK bool soap_child(struct soap_reader *r, int depth);
bool soap_is(const struct soap_reader *r, const char *name);
struct str soap_name(const struct soap_reader *r); /* valid until the next step */
/* soap_attr() - attribute of the element just reached; STR_NONE when absent. */
struct str soap_attr(const struct soap_reader *r, const char *name);
char *soap_get_attr(const struct soap_reader *r, const char *name,
		    struct ews_arena *arena);

/* The current element's text, up to its end. A missing or odd value gives the default. */
void soap_add_text(struct soap_reader *r, struct strbuf *out);
struct str soap_text(struct soap_reader *r); /* valid until the next step */
char *soap_get_text(struct soap_reader *r, struct ews_arena *arena);
bool soap_get_bool(struct soap_reader *r);
int64_t soap_get_int(struct soap_reader *r, int64_t otherwise);
int64_t soap_get_time(struct soap_reader *r); /* EWS_TIME_NONE when odd */
/*
 * soap_get_base64() - decode the current element's text as it arrives
 * Return: false with ERR_SYNTAX in @err when it is no base64, or with the sink's error;
 * the reader is not failed by that.
 */
bool soap_get_base64(struct soap_reader *r, const struct ews_sink *sink, struct err *err);

/* soap_parse_time() - xs:dateTime as UTC seconds (no zone: UTC); EWS_TIME_NONE. */
int64_t soap_parse_time(struct str text);

/* --- The shape of EWS answers ------------------------------------------------------ */

/*
 * soap_envelope() - from the root to the element in the body
 * @fault: filled when it is a SOAP fault
 * Return: false for a fault, for something that is no SOAP, and after a failure.
 * The reader then stands on <Op>Response.
 */
MUST_CHECK bool soap_envelope(struct soap_reader *r, struct ews_status *fault,
			      struct err *err);

struct soap_messages {
	int depth; /* of ResponseMessages */
	int message_depth;
	struct ews_status status; /* of the message, when its last child was read */
	bool warning; /* ResponseClass */
	char text[300], code[64], inner_code[64], policy[64];
	int64_t backoff_ms; /* -1: not told */
};

/* soap_messages_begin() - go to ResponseMessages. */
void soap_messages_begin(struct soap_reader *r, struct soap_messages *m);
/* soap_message_here() - the current element is itself a response message. */
MUST_CHECK bool soap_message_here(struct soap_reader *r, struct soap_messages *m);
/* soap_message_next() - the next response message. */
MUST_CHECK bool soap_message_next(struct soap_reader *r, struct soap_messages *m);
/* soap_message_child() - its next child that is no status; at its end m->status is set.
 */
MUST_CHECK bool soap_message_child(struct soap_reader *r, struct soap_messages *m);

/* Why the server is busy. */
enum soap_busy_why {
	SOAP_BUSY_BUDGET, /* it served us, or others, too long */
	SOAP_BUSY_CALLS, /* too many calls at once */
	SOAP_BUSY_SYNCS /* too many calls of sync at once: ConcurrentSyncCalls */
};
struct soap_busy {
	enum soap_busy_why why;
	int64_t wait_ms; /* -1: it did not say how long */
};
/* soap_backoff() - did any message say that the server is busy? */
bool soap_backoff(const struct soap_reader *r, struct soap_busy *busy_r);

/* soap_version_refused() - did a message refuse our schema version? */
bool soap_version_refused(const struct soap_reader *r, struct ews_status *status_r);

/* soap_server() - ServerVersionInfo; major 0 when the answer has none. */
const struct ews_server *soap_server(const struct soap_reader *r);

#endif
