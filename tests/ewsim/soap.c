/*
 * SOAP: the operation out of the request, faults on demand, the envelope around the
 * answer, and the long answer of GetStreamingEvents.
 */
#include "tests/ewsim/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "tests/ewsim/call.h"

enum { MAX_ANSWER = 1 << 30 };

const struct operation operations[] = {
	{ "GetFolder", op_get_folder },
	{ "FindFolder", op_find_folder },
	{ "SyncFolderHierarchy", op_sync_hierarchy },
	{ "SyncFolderItems", op_sync_items },
	{ "GetItem", op_get_item },
	{ "Subscribe", op_subscribe },
	{ "Unsubscribe", op_unsubscribe },
	{ "GetEvents", op_get_events },
	{ "GetStreamingEvents", op_get_streaming_events },
	{ "FindItem", op_find_item },
	{ "CreateItem", op_create_item },
	{ "UpdateItem", op_update_item },
	{ "DeleteItem", op_delete_item },
	{ "MoveItem", op_move_item },
	{ "CopyItem", op_copy_item },
	{ "SendItem", op_send_item },
	{ "CreateFolder", op_create_folder },
	{ "UpdateFolder", op_update_folder },
	{ "MoveFolder", op_move_folder },
	{ "DeleteFolder", op_delete_folder },
	{ "EmptyFolder", op_empty_folder },
	{ "MarkAllItemsAsRead", op_mark_all_read },
	{ "GetAttachment", op_get_attachment },
	{ "CreateAttachment", op_create_attachment },
	{ "DeleteAttachment", op_delete_attachment },
	{ "ResolveNames", op_resolve_names },
	{ "GetServerTimeZones", op_get_time_zones },
	{ "ConvertId", op_convert_id },
	{ "GetUserConfiguration", op_get_user_configuration },
};
const size_t operation_count = ARRAY_LEN(operations);

static void head(struct strbuf *out)
{
	strbuf_add(
		out,
		STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		    "<s:Header><h:ServerVersionInfo MajorVersion=\"15\" "
		    "MinorVersion=\"2\""
		    " MajorBuildNumber=\"2562\" MinorBuildNumber=\"17\""
		    " Version=\"V2017_07_11\" "
		    "xmlns:h=\"http://schemas.microsoft.com/exchange/services/2006/"
		    "types\"/>"
		    "</s:Header><s:Body "
		    "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/"
		    "messages\" "
		    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/"
		    "types\">"));
}

static void envelope(struct str body, struct strbuf *out)
{
	head(out);
	strbuf_add(out, body);
	strbuf_add(out, STR("</s:Body></s:Envelope>"));
}

static bool send_fault(struct connection *c, const char *code, const char *text,
		       const char *values)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1 << 16);

	strbuf_addf(
		&out,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		"<s:Envelope "
		"xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
		"<s:Fault><faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/"
		"services/2006/types\">a:%s</faultcode><faultstring xml:lang=\"en-US\">%s"
		"</faultstring><detail><e:ResponseCode "
		"xmlns:e=\"http://schemas.microsoft.com/"
		"exchange/services/2006/errors\">%s</e:ResponseCode><e:Message xmlns:e=\""
		"http://schemas.microsoft.com/exchange/services/2006/errors\">%s</"
		"e:Message>",
		code, text, code, text);
	if (values)
		strbuf_addf(
			&out,
			"<t:MessageXml xmlns:t=\"http://schemas.microsoft.com/exchange/"
			"services/2006/types\">%s</t:MessageXml>",
			values);
	strbuf_add(&out, STR("</detail></s:Fault></s:Body></s:Envelope>"));
	return http_answer(&c->stream, 500, "", strbuf_str(&out));
}

static void count(struct sim *sim, const char *op)
{
	size_t i = 0;

	sim->requests++;
	while (i < sim->stat_count && strcmp(sim->stats[i].operation, op) != 0)
		i++;
	if (i == sim->stat_count) {
		if (i == ARRAY_LEN(sim->stats))
			return;
		sim->stat_count++;
		snprintf(sim->stats[i].operation, sizeof(sim->stats[i].operation), "%s",
			 op);
	}
	sim->stats[i].calls++;
}

/* The first fault that fits, taken off the list when it is used up. */
static bool next_fault(struct sim *sim, const char *op, struct sim_fault *fault_r)
{
	for (size_t i = 0; i < sim->fault_count; i++) {
		struct sim_fault *f = &sim->faults[i];

		if (strcmp(f->operation, "any") != 0 && strcmp(f->operation, op) != 0)
			continue;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		*fault_r = *f;
		if (--f->count <= 0) {
			memmove(f, f + 1, (sim->fault_count - i - 1) * sizeof(*f));
			sim->fault_count--;
		}
		return true;
	}
	return false;
}

/* Faults that need no operation. Return: the request has been answered. */
static bool early_fault(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	char values[200];
	uint32_t n = 5000;

	(void)!num_u32(str_from(f->args), &n);
	if (strcmp(f->kind, "busy") == 0) {
		snprintf(values, sizeof(values),
			 "<t:Value Name=\"BackOffMilliseconds\">%u</t:Value>", n);
		*go_on_r = send_fault(
			c, "ErrorServerBusy",
			"The server cannot service this request right now. Try "
			"again later.",
			values);
	} else if (strcmp(f->kind, "http") == 0) {
		*go_on_r = http_answer(
			&c->stream, (int)n,
			n == 401 ? "WWW-Authenticate: Basic realm=\"ewsim\"\r\n" : "",
			STR(""));
	} else if (strcmp(f->kind, "fault") == 0) {
		*go_on_r = send_fault(c, f->args, "A fault on demand.", NULL);
	} else if (strcmp(f->kind, "cut-before") == 0) {
		*go_on_r = false;
	} else if (strcmp(f->kind, "delay") == 0) {
		clock_sleep_ms(n);
		return false;
	} else {
		return false;
	}
	return true;
}

static void fault_into_call(struct call *call, const struct sim_fault *f)
{
	struct str rest = str_from(f->args), code, every;
	uint32_t n = 1;

	if (strcmp(f->kind, "sync-state") == 0) {
		call_begin(call);
		call_error(call, "ErrorInvalidSyncStateData", "A fault on demand.");
		call_end(call);
	} else if (strcmp(f->kind, "code") == 0) {
		call_begin(call);
		call_error(call, f->args, "A fault on demand.");
		call_end(call);
	} else if ((strcmp(f->kind, "item") == 0 || strcmp(f->kind, "item-late") == 0) &&
		   str_split(&rest, ' ', &code)) {
		call->item_fault_late = strcmp(f->kind, "item-late") == 0;
		snprintf(call->item_fault, sizeof(call->item_fault), "%.*s",
			 STR_FMT(code));
		if (str_split(&rest, ' ', &every))
			(void)!num_u32(every, &n);
		call->item_fault_every = n ? (long)n : 1;
	}
}

static bool chunk(struct stream *s, struct str body)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(64 << 20);

	envelope(body, &out);
	stream_writef(s, "%zx\r\n", out.len);
	stream_write(s, strbuf_str(&out));
	stream_write(s, STR("\r\n"));
	return stream_flush(s, NULL);
}

static bool client_gone(const struct stream *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, 0) > 0 && recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Until something happened or the next heartbeat; the lock is held. */
static void wait_change(struct sim *sim, int64_t wait_ms)
{
	struct timespec t;
	int64_t at = clock_mono_ms() + MIN_OF(wait_ms, 500);

	t.tv_sec = at / 1000;
	t.tv_nsec = at % 1000 * 1000000;
	pthread_cond_timedwait(&sim->changed, &sim->lock, &t);
}

static bool streaming(struct connection *c, struct call *call, bool stall)
{
	struct sim *sim = call->sim;
	int64_t end = clock_mono_ms() + (int64_t)call->stream_minutes * 60000;
	int64_t beat = 0;
	bool first = true, over = false;

	stream_write(&c->stream,
		     STR("HTTP/1.1 200 OK\r\nContent-Type: text/xml; "
			 "charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"));
	while (!over) {
		int64_t now = clock_mono_ms(), heartbeat_ms;
		bool any, stopping, send;

		pthread_mutex_lock(&sim->lock);
		stopping = sim->stopping;
		heartbeat_ms = sim->settings.heartbeat_s * 1000;
		over = now >= end || stopping;
		stream_document(call, first, over, &any);
		send = (any || first || over || now >= beat) && !(stall && !first);
		if (!send && !over)
			wait_change(sim, MIN_OF(beat, end) - now);
		pthread_mutex_unlock(&sim->lock);
		if (client_gone(&c->stream) || (stopping && stall))
			return false;
		if (!send)
			continue;
		if (!chunk(&c->stream, strbuf_str(&call->out)))
			return false;
		first = false;
		beat = clock_mono_ms() + heartbeat_ms;
	}
	stream_write(&c->stream, STR("0\r\n\r\n"));
	return stream_flush(&c->stream, NULL);
}

static bool run(struct connection *c, struct call *call, const struct operation *op)
{
	struct sim *sim = call->sim;
	struct sim_fault fault = { 0 };
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MAX_ANSWER);
	bool hit, go_on = true;
	int64_t latency_ms;

	pthread_mutex_lock(&sim->lock);
	count(sim, op->name);
	hit = next_fault(sim, op->name, &fault);
	latency_ms = sim->settings.latency_ms;
	pthread_mutex_unlock(&sim->lock);
	if (hit && early_fault(c, &fault, &go_on))
		return go_on;
	clock_sleep_ms(latency_ms);
	pthread_mutex_lock(&sim->lock);
	if (hit)
		fault_into_call(call, &fault);
	if (!call->out.len)
		op->run(call);
	pthread_mutex_unlock(&sim->lock);
	if (hit && strcmp(fault.kind, "cut-after") == 0)
		return false;
	if (call->fault_code)
		return send_fault(c, call->fault_code, call->fault_text, NULL);
	if (call->stream)
		return streaming(c, call, hit && strcmp(fault.kind, "stall") == 0);
	envelope(strbuf_str(&call->out), &out);
	return http_answer(&c->stream, 200, "", strbuf_str(&out));
}

static bool dispatch(struct connection *c, struct sim_user *user, const xmlNode *root)
{
	const xmlNode *request = x_first(x_child(root, "Body"));
	const xmlNode *zone = x_first(
		x_child(x_child(root, "Header"), "TimeZoneContext"));
	struct call call = { .sim = c->server->sim,
			     .user = user,
			     .request = request,
			     .out = STRBUF(MAX_ANSWER) };
	bool go_on;

	if (!request || !x_is(root, "Envelope"))
		return send_fault(c, "ErrorSchemaValidation", "The request is no SOAP.",
				  NULL);
	call.zone = x_attr(zone, "Id");
	for (size_t i = 0; i < operation_count; i++)
		if (x_is(request, operations[i].name)) {
			call.op = operations[i].name;
			go_on = run(c, &call, &operations[i]);
			strbuf_finish(&call.out);
			return go_on;
		}
	log_debug("ewsim", "no operation %s", (const char *)request->name);
	return send_fault(c, "ErrorInvalidRequest", "The request is invalid.", NULL);
}

bool soap_handle(struct connection *c, struct sim_user *user, struct str body)
{
	xmlDoc *doc = xmlReadMemory(body.p, (int)body.len, NULL, NULL,
				    XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOERROR |
					    XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
	bool go_on;

	if (!doc)
		return send_fault(c, "ErrorSchemaValidation", "The request is no XML.",
				  NULL);
	go_on = dispatch(c, user, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return go_on;
}
