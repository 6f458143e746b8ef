/*
 * The pull reader: see soap_read.h. Bytes go through xml_filter into libxml2's push
 * parser, whose SAX2 callbacks append to a queue of events; the queue is emptied before
 * more bytes are asked for, so that memory is bounded by a chunk.
 */
#include "ews/soap_read.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ews/soap_parts.h"
#include "ews/types.h"
#include "ews/xml_filter.h"

#define FILTER_MAX (8u * 1024 * 1024)
#define FEED_MAX 16384u /* source bytes a step */
#define QUEUE_MAX (16u * 1024 * 1024)

enum event_type { START, END, CHARS };

struct event {
	enum event_type type;
	size_t at, len; /* in data: name or characters */
	size_t attrs; /* offset of attr_count pairs "name\0value\0" */
	size_t attr_count;
};

struct soap_reader {
	struct soap_source source;
	struct str chunk; /* the source's bytes that are not used yet */
	bool source_ended, document_ended;
	struct xml_filter filter;
	struct strbuf filtered;
	xmlParserCtxtPtr parser;
	size_t document_bytes, quiet_bytes;

	struct event *events;
	size_t count, used, capacity;
	struct strbuf data;
	int parsed_depth;

	const struct event *current; /* START just reached, or NULL */
	int depth;
	struct strbuf text;
	struct err err;
	struct soap_notes notes;
};

/* --- SAX side ---------------------------------------------------------------------- */

static struct event *push(struct soap_reader *r, enum event_type type)
{
	struct event *event;

	r->quiet_bytes = 0;
	r->events = mem_grow(r->events, r->count, &r->capacity, sizeof(*r->events));
	event = &r->events[r->count++];
	*event = (struct event){ .type = type, .at = r->data.len };
	return event;
}

static void put(struct soap_reader *r, const xmlChar *p, size_t len)
{
	strbuf_add_mem(&r->data, p, len);
	strbuf_addc(&r->data, '\0');
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
		     int attr_count, int default_count, const xmlChar **attrs)
{
	struct soap_reader *r = context;
	struct event *event = push(r, START);

	event->len = strlen((const char *)name);
	put(r, name, event->len);
	event->attrs = r->data.len;
	event->attr_count = (size_t)attr_count;
	for (int i = 0; i < attr_count; i++) {
		const xmlChar **attr = attrs + 5 * i;

		put(r, attr[0], strlen((const char *)attr[0]));
		put(r, attr[3], (size_t)(attr[4] - attr[3]));
	}
	if (++r->parsed_depth > SOAP_DEPTH_MAX)
		soap_fail(r, ERR_LIMIT, "the server's XML is nested too deeply");
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	struct soap_reader *r = context;

	push(r, END);
	r->parsed_depth--;
}

static void on_chars(void *context, const xmlChar *p, int len)
{
	struct soap_reader *r = context;
	struct event *event = push(r, CHARS);

	event->len = (size_t)len;
	put(r, p, event->len);
}

static void on_error(void *context, const xmlError *error)
{
}

static xmlParserCtxtPtr new_parser(struct soap_reader *r)
{
	static const xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_chars,
		.ignorableWhitespace = on_chars,
		.cdataBlock = on_chars,
		.serror = (xmlStructuredErrorFunc)on_error,
	};
	xmlSAXHandler copy = handler;
	xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&copy, r, NULL, 0, NULL);

	if (parser)
		xmlCtxtUseOptions(parser, XML_PARSE_HUGE | XML_PARSE_NONET |
						  XML_PARSE_NOENT | XML_PARSE_NOERROR |
						  XML_PARSE_NOWARNING);
	return parser;
}

/* --- Feeding ----------------------------------------------------------------------- */

void soap_fail(struct soap_reader *r, enum err_code code, const char *text)
{
	if (r->err.code == ERR_OK)
		err_set(&r->err, code, "%s", text);
}

static bool parse(struct soap_reader *r, struct str bytes, bool last)
{
	int rc = xmlParseChunk(r->parser, bytes.p ? bytes.p : "", (int)bytes.len, last);

	/* Namespace complaints leave wellFormed alone, and names here are local ones. */
	if (rc != 0 && !r->parser->wellFormed)
		soap_fail(r, ERR_BROKEN, "the server's answer is not well-formed XML");
	r->quiet_bytes += bytes.len;
	r->document_bytes += bytes.len;
	if (r->quiet_bytes > SOAP_TOKEN_MAX)
		soap_fail(r, ERR_LIMIT, "a tag in the server's answer is too long");
	if (r->document_bytes > SOAP_DOCUMENT_MAX)
		soap_fail(r, ERR_LIMIT, "the server's answer is too large");
	if (r->data.overflow || r->filtered.overflow)
		soap_fail(r, ERR_LIMIT, "the server's answer is too large");
	return r->err.code == ERR_OK;
}

static bool need_chunk(struct soap_reader *r)
{
	if (r->chunk.len > 0 || r->source_ended)
		return true;
	if (!r->source.read(r->source.context, &r->chunk, &r->err))
		return false;
	r->source_ended = r->chunk.len == 0;
	return true;
}

/* Makes events out of the next bytes. False at the end of the document or on failure. */
static bool feed(struct soap_reader *r)
{
	size_t used;

	if (r->err.code != ERR_OK || r->document_ended)
		return false;
	r->count = r->used = 0;
	strbuf_reset(&r->data);
	strbuf_reset(&r->filtered);
	if (!need_chunk(r))
		return false;
	if (r->source_ended) {
		r->document_ended = true;
		if (r->document_bytes > 0)
			soap_fail(r, ERR_BROKEN, "the server's answer breaks off");
		return false;
	}
	used = xml_filter_feed(&r->filter, str_sub(r->chunk, 0, FEED_MAX), &r->filtered);
	r->chunk = str_sub(r->chunk, used, r->chunk.len);
	r->document_ended = r->filter.ended;
	return parse(r, strbuf_str(&r->filtered), r->document_ended);
}

static const struct event *step(struct soap_reader *r)
{
	const struct event *event;

	r->current = NULL;
	while (r->used == r->count) {
		if (!feed(r))
			return NULL;
	}
	if (r->err.code != ERR_OK)
		return NULL;
	event = &r->events[r->used++];
	if (event->type == START) {
		r->depth++;
		r->current = event;
	} else if (event->type == END) {
		r->depth--;
	}
	return event;
}

struct soap_reader *soap_reader_new(struct soap_source source)
{
	struct soap_reader *r = mem_alloc(sizeof(*r));

	r->source = source;
	strbuf_init(&r->filtered, FILTER_MAX);
	strbuf_init(&r->data, QUEUE_MAX);
	strbuf_init(&r->text, SOAP_TEXT_MAX);
	return r;
}

void soap_reader_free(struct soap_reader *r)
{
	if (!r)
		return;
	xmlFreeParserCtxt(r->parser);
	mem_free_ptr(&r->events);
	strbuf_finish(&r->filtered);
	strbuf_finish(&r->data);
	strbuf_finish(&r->text);
	mem_free_ptr(&r);
}

bool soap_document(struct soap_reader *r)
{
	const struct event *event;

	while (r->parser && step(r)) /* what is left of the one before */
		;
	if (r->err.code != ERR_OK || r->source_ended)
		return false;
	xmlFreeParserCtxt(r->parser);
	r->parser = new_parser(r);
	if (!r->parser) {
		soap_fail(r, ERR_BROKEN, "no XML parser");
		return false;
	}
	memset(&r->filter, 0, sizeof(r->filter));
	r->document_ended = false;
	r->document_bytes = r->quiet_bytes = 0;
	r->depth = r->parsed_depth = 0;
	event = step(r);
	return event && event->type == START;
}

bool soap_ok(const struct soap_reader *r, struct err *err)
{
	if (r->err.code == ERR_OK)
		return true;
	if (err)
		*err = r->err;
	return false;
}

/* --- Elements ---------------------------------------------------------------------- */

int soap_depth(const struct soap_reader *r)
{
	return r->depth;
}

bool soap_child(struct soap_reader *r, int depth)
{
	const struct event *event;

	if (r->depth < depth)
		return false;
	while ((event = step(r))) {
		if (event->type == START && r->depth == depth + 1)
			return true;
		if (event->type == END && r->depth < depth)
			return false;
	}
	return false;
}

struct str soap_name(const struct soap_reader *r)
{
	if (!r->current)
		return STR_NONE;
	return str_make(r->data.p + r->current->at, r->current->len);
}

bool soap_is(const struct soap_reader *r, const char *name)
{
	return r->current && str_eq(soap_name(r), str_from(name));
}

struct str soap_attr(const struct soap_reader *r, const char *name)
{
	const char *p;

	if (!r->current)
		return STR_NONE;
	p = r->data.p + r->current->attrs;
	for (size_t i = 0; i < r->current->attr_count; i++) {
		const char *value = p + strlen(p) + 1;

		if (strcmp(p, name) == 0)
			return str_from(value);
		p = value + strlen(value) + 1;
	}
	return STR_NONE;
}

char *soap_get_attr(const struct soap_reader *r, const char *name,
		    struct ews_arena *arena)
{
	struct str value = soap_attr(r, name);

	return value.p ? ews_arena_text(arena, value) : NULL;
}

/* The next piece of the current element's own text; false at the element's end. */
static bool next_chars(struct soap_reader *r, int depth, struct str *piece_r)
{
	const struct event *event;

	while ((event = step(r))) {
		if (event->type == END && r->depth < depth)
			return false;
		if (event->type == CHARS && r->depth == depth) {
			*piece_r = str_make(r->data.p + event->at, event->len);
			return true;
		}
	}
	return false;
}

void soap_add_text(struct soap_reader *r, struct strbuf *out)
{
	int depth = r->depth;
	struct str piece;

	if (!r->current)
		return;
	while (next_chars(r, depth, &piece))
		strbuf_add(out, piece);
}

struct str soap_text(struct soap_reader *r)
{
	strbuf_reset(&r->text);
	soap_add_text(r, &r->text);
	if (r->text.overflow)
		soap_fail(r, ERR_LIMIT, "a text in the server's answer is too long");
	return strbuf_str(&r->text);
}

char *soap_get_text(struct soap_reader *r, struct ews_arena *arena)
{
	return ews_arena_text(arena, soap_text(r));
}

bool soap_get_bool(struct soap_reader *r)
{
	struct str text = str_trim(soap_text(r));

	return str_eq(text, STR("true")) || str_eq(text, STR("1"));
}

int64_t soap_get_int(struct soap_reader *r, int64_t otherwise)
{
	int64_t value;

	return num_i64(str_trim(soap_text(r)), &value) ? value : otherwise;
}

int64_t soap_get_time(struct soap_reader *r)
{
	return soap_parse_time(str_trim(soap_text(r)));
}

bool soap_get_base64(struct soap_reader *r, const struct ews_sink *sink, struct err *err)
{
	struct base64_decoder decoder = { 0 };
	struct strbuf bytes = STRBUF(SOAP_TOKEN_MAX);
	int depth = r->depth;
	bool ok = true;
	struct str piece;

	if (!r->current)
		return true;
	while (next_chars(r, depth, &piece)) {
		if (!ok)
			continue;
		strbuf_reset(&bytes);
		ok = base64_feed(&decoder, piece, &bytes, err) &&
		     strbuf_ok(&bytes, err) &&
		     (bytes.len == 0 ||
		      sink->write(sink->context, strbuf_str(&bytes), err));
	}
	strbuf_finish(&bytes);
	return ok;
}

struct soap_notes *soap_notes(struct soap_reader *r)
{
	return &r->notes;
}

bool soap_backoff(const struct soap_reader *r, struct soap_busy *busy_r)
{
	*busy_r = r->notes.busy;
	return r->notes.is_busy;
}

bool soap_version_refused(const struct soap_reader *r, struct ews_status *status_r)
{
	if (ews_status_ok(&r->notes.refused))
		return false;
	*status_r = r->notes.refused;
	return true;
}

const struct ews_server *soap_server(const struct soap_reader *r)
{
	return &r->notes.server;
}
