/*
 * SOAP: the operation out of the request, faults on demand, the envelope around the
 * answer, and the long answer of GetStreamingEvents.
 */
#include "tests/ewsim/faults.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "tests/ewsim/call.h"
#include "tests/ewsim/dress.h"
#include "tests/ewsim/throttle.h"
#include "tests/ewsim/version.h"

enum { MAX_ANSWER = 1 << 30 };

const struct operation operations[] = {
	{ "GetFolder", op_get_folder, true },
	{ "FindFolder", op_find_folder, false },
	{ "SyncFolderHierarchy", op_sync_hierarchy, false },
	{ "SyncFolderItems", op_sync_items, false },
	{ "GetItem", op_get_item, true },
	{ "Subscribe", op_subscribe, false },
	{ "Unsubscribe", op_unsubscribe, false },
	{ "GetEvents", op_get_events, false },
	{ "GetStreamingEvents", op_get_streaming_events, false },
	{ "FindItem", op_find_item, true },
	{ "CreateItem", op_create_item, true },
	{ "UpdateItem", op_update_item, true },
	{ "DeleteItem", op_delete_item, true },
	{ "MoveItem", op_move_item, true },
	{ "CopyItem", op_copy_item, true },
	{ "SendItem", op_send_item, true },
	{ "CreateFolder", op_create_folder, true },
	{ "UpdateFolder", op_update_folder, true },
	{ "MoveFolder", op_move_folder, true },
	{ "DeleteFolder", op_delete_folder, true },
	{ "EmptyFolder", op_empty_folder, true },
	{ "MarkAllItemsAsRead", op_mark_all_read, true },
	{ "GetAttachment", op_get_attachment, true },
	{ "CreateAttachment", op_create_attachment, true },
	{ "DeleteAttachment", op_delete_attachment, true },
	{ "CopyFolder", op_copy_folder, true },
	{ "MarkAsJunk", op_mark_as_junk, true },
	{ "ExportItems", op_export_items, true },
	{ "UploadItems", op_upload_items, true },
	{ "ExpandDL", op_expand_dl, false },
	{ "FindPeople", op_find_people, false },
	{ "GetPersona", op_get_persona, false },
	{ "GetRoomLists", op_get_room_lists, false },
	{ "GetRooms", op_get_rooms, false },
	{ "GetUserAvailability", op_get_user_availability, false },
	{ "GetUserOofSettings", op_get_oof, false },
	{ "SetUserOofSettings", op_set_oof, false },
	{ "GetInboxRules", op_get_rules, false },
	{ "UpdateInboxRules", op_update_rules, false },
	{ "GetDelegate", op_get_delegate, false },
	{ "GetUserPhoto", op_get_photo, false },
	{ "ResolveNames", op_resolve_names, false },
	{ "GetServerTimeZones", op_get_time_zones, false },
	{ "ConvertId", op_convert_id, false },
	{ "GetUserConfiguration", op_get_user_configuration, false },
};
const size_t operation_count = ARRAY_LEN(operations);

/* @plain: SOAP's namespace is the default one, as in the documents of streams. */
static void envelope(const struct connection *c, bool plain, struct str body,
		     struct strbuf *out)
{
	const char *s = plain ? "" : "s:";
	const struct version_build *v = version_build(&c->settings);

	strbuf_addf(
		out,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		"<%sEnvelope xmlns%s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		"<%sHeader><h:ServerVersionInfo MajorVersion=\"%u\" MinorVersion=\"%u\" "
		"MajorBuildNumber=\"%u\" MinorBuildNumber=\"%u\" %s%s%s"
		"xmlns:h=\"http://schemas.microsoft.com/exchange/services/2006/types\"/>"
		"</%sHeader><%sBody "
		"xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/"
		"messages\" "
		"xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">",
		s, plain ? "" : ":s", s, v->major, v->minor, v->build, v->revision,
		v->name ? "Version=\"" : "", v->name ? v->name : "", v->name ? "\" " : "",
		s, s);
	strbuf_add(out, body);
	strbuf_addf(out, "</%sBody></%sEnvelope>", s, s);
}

bool soap_fault(struct connection *c, const char *code, const char *text,
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
	return http_answer(c, 500, "", strbuf_str(&out));
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
		sim->stats[sim->stat_count++].calls = 0;
		snprintf(sim->stats[i].operation, sizeof(sim->stats[i].operation), "%s",
			 op);
	}
	sim->stats[i].calls++;
}

const struct fault_kind *fault_arrive(struct connection *c, const char *op,
				      struct sim_fault *fault_r, int64_t *latency_ms_r)
{
	struct sim *sim = c->server->sim;
	const struct fault_kind *kind = NULL;

	pthread_mutex_lock(&sim->lock);
	if (!c->bystander) {
		count(sim, op);
		if (fault_next(sim, op, fault_r))
			kind = fault_kind_of(fault_r);
	}
	*latency_ms_r = sim->settings.latency_ms;
	pthread_mutex_unlock(&sim->lock);
	return kind;
}

/* One document of a stream. */
static bool chunk(struct connection *c, const struct call *call)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(64 << 20);

	envelope(c, c->settings.stream_plain && !c->settings.odd_prefixes,
		 strbuf_str(&call->out), &out);
	dress_envelope(&out, &c->settings, call->zone);
	http_chunks(c, strbuf_str(&out));
	return stream_flush(&c->stream, NULL);
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

/* The end of a stream on demand. Return: as streaming(). */
static bool end_stream(struct connection *c, struct call *call)
{
	if (call->stream_end == STREAM_CUT)
		return false;
	pthread_mutex_lock(&call->sim->lock);
	if (call->stream_end == STREAM_EXPIRE) {
		stream_expire(call);
	} else {
		bool any;

		stream_document(call, false, true, &any);
	}
	pthread_mutex_unlock(&call->sim->lock);
	if (!chunk(c, call))
		return false;
	stream_write(&c->stream, STR("0\r\n\r\n"));
	return stream_flush(&c->stream, NULL) && c->settings.keep_alive;
}

static bool streaming(struct connection *c, struct call *call)
{
	struct sim *sim = call->sim;
	int64_t end = clock_mono_ms() + (int64_t)call->stream_minutes * 60000;
	bool stall = call->stream_end == STREAM_STALL;
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
		if (!first && stream_lost(call) && !stall)
			call->stream_end = STREAM_EXPIRE;
		stream_document(call, first, over, &any);
		send = (any || first || over || now >= beat) && !(stall && !first);
		if (!send && !over)
			wait_change(sim, MIN_OF(beat, end) - now);
		pthread_mutex_unlock(&sim->lock);
		if (client_gone(&c->stream) || (stopping && stall))
			return false;
		if (send && !chunk(c, call))
			return false;
		if (call->stream_end > STREAM_STALL)
			return end_stream(c, call);
		if (!send)
			continue;
		first = false;
		beat = clock_mono_ms() + heartbeat_ms;
	}
	stream_write(&c->stream, STR("0\r\n\r\n"));
	return stream_flush(&c->stream, NULL) && c->settings.keep_alive;
}

/* Items that a listing told of are gone before anybody can ask for them. */
static void vanish(struct call *call)
{
	for (size_t i = 0; i < call->listed_count; i++) {
		struct sim_item *item = sim_item_by_id(call->sim, call->listed[i]);

		if (item && (i + 1) % call->vanish_every == 0)
			sim_item_drop(item, "DeletedEvent");
	}
	free(call->listed);
}

static void work(struct call *call, const struct operation *op,
		 const struct fault_kind *kind, const struct sim_fault *fault)
{
	pthread_mutex_lock(&call->sim->lock);
	if (kind && kind->into)
		kind->into(call, fault);
	if (!call->out.len)
		op->run(call);
	vanish(call);
	pthread_mutex_unlock(&call->sim->lock);
}

static bool carry_out(struct connection *c, struct call *call, const struct operation *op)
{
	struct sim_fault fault = { 0 };
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MAX_ANSWER);
	bool go_on = true;
	int64_t latency_ms;
	const struct fault_kind *kind = fault_arrive(c, op->name, &fault, &latency_ms);

	if (kind && kind->instead && kind->instead(c, &fault, &go_on))
		return go_on;
	clock_sleep_ms(latency_ms);
	work(call, op, kind, &fault);
	if (kind && kind->send)
		kind->send(&c->manner, &fault);
	if (c->manner.cut && !c->manner.cut_half && !c->manner.cut_at)
		return false;
	if (call->fault_code)
		return soap_fault(c, call->fault_code, call->fault_text, NULL);
	if (call->stream)
		return streaming(c, call);
	envelope(c, false, strbuf_str(&call->out), &out);
	dress_envelope(&out, &c->settings, call->zone);
	if (kind && kind->dress)
		kind->dress(&out, &fault);
	return http_answer(c, 200, "", strbuf_str(&out));
}

static bool run(struct connection *c, struct call *call, const struct operation *op)
{
	char values[400] = "";
	const char *code = throttle_enter(call, values, sizeof(values));
	bool go_on;

	if (!code)
		go_on = carry_out(c, call, op);
	else if (strcmp(code, "ErrorServerBusy") == 0) {
		CLEANUP(strbuf_finish) struct strbuf out = STRBUF(1 << 16);

		call_begin(call);
		call_error_xml(call, code, "The server cannot service this request.",
			       values);
		call_end(call);
		envelope(c, false, strbuf_str(&call->out), &out);
		go_on = http_answer(c, 200, "", strbuf_str(&out));
	} else {
		go_on = soap_fault(c, code, "You have exceeded the limit.", values);
	}
	throttle_leave(call);
	return go_on;
}

/* Some are named "...Request". */
static bool is_request(const xmlNode *request, const char *operation)
{
	struct str name = str_from((const char *)request->name);

	return str_eq(name, str_from(operation)) ||
	       (str_starts(name, str_from(operation)) &&
		str_eq(str_sub(name, strlen(operation), name.len), STR("Request")));
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
	char text[200];
	const char *code;
	bool go_on;

	if (!request || !x_is(root, "Envelope"))
		return soap_fault(c, "ErrorSchemaValidation", "The request is no SOAP.",
				  NULL);
	code = version_check(root, &c->settings, text, sizeof(text));
	if (code)
		return soap_fault(c, code, text, NULL);
	call.zone = x_attr(zone, "Id");
	for (size_t i = 0; i < operation_count; i++)
		if (is_request(request, operations[i].name)) {
			call.op = operations[i].name;
			call.batch = operations[i].batch;
			go_on = run(c, &call, &operations[i]);
			strbuf_finish(&call.out);
			return go_on;
		}
	log_debug("ewsim", "no operation %s", (const char *)request->name);
	return soap_fault(c, "ErrorInvalidRequest", "The request is invalid.", NULL);
}

bool soap_handle(struct connection *c, struct sim_user *user, struct str body)
{
	xmlDoc *doc = xmlReadMemory(body.p, (int)body.len, NULL, NULL,
				    XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOERROR |
					    XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
	bool go_on;

	if (!doc)
		return soap_fault(c, "ErrorSchemaValidation", "The request is no XML.",
				  NULL);
	go_on = dispatch(c, user, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return go_on;
}
