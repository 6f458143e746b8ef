/* GetUserOofSettings, SetUserOofSettings: [MS-OXWOOF] sections 3.1.4.1 and 3.1.4.2. */
#include "ews/read.h"
#include "ews/settings.h"

static const char *const states[] = { "Disabled", "Enabled", "Scheduled", NULL };
static const char *const audiences[] = { "None", "Known", "All", NULL };

struct request {
	const char *address;
	const struct ews_oof *oof;
};

static void write_mailbox(struct soap_writer *w, const char *address)
{
	soap_open(w, "t:Mailbox");
	soap_leaf(w, "t:Address", address);
	soap_close(w);
}

static void write_get(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	write_mailbox(w, request->address);
}

static void write_reply(struct soap_writer *w, const char *name, const char *text)
{
	soap_open(w, name);
	soap_leaf(w, "t:Message", text ? text : "");
	soap_close(w);
}

/* Some servers want a duration whatever the state. */
static void write_duration(struct soap_writer *w, const struct ews_oof *oof)
{
	char text[40];

	if (oof->start_unix == EWS_TIME_NONE || oof->end_unix == EWS_TIME_NONE)
		return;
	soap_open(w, "t:Duration");
	soap_format_time(oof->start_unix, text, sizeof(text));
	soap_leaf(w, "t:StartTime", text);
	soap_format_time(oof->end_unix, text, sizeof(text));
	soap_leaf(w, "t:EndTime", text);
	soap_close(w);
}

static void write_set(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	const struct ews_oof *oof = request->oof;

	write_mailbox(w, request->address);
	soap_open(w, "t:UserOofSettings");
	soap_leaf(w, "t:OofState", states[oof->state]);
	soap_leaf(w, "t:ExternalAudience", audiences[oof->audience]);
	write_duration(w, oof);
	write_reply(w, "t:InternalReply", oof->internal_reply);
	write_reply(w, "t:ExternalReply", oof->external_reply);
	soap_close(w);
}

static void read_duration(struct soap_reader *r, struct ews_oof *oof)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "StartTime"))
			oof->start_unix = soap_get_time(r);
		else if (soap_is(r, "EndTime"))
			oof->end_unix = soap_get_time(r);
	}
}

static const char *read_reply(struct soap_reader *r, struct ews_oof *oof)
{
	int depth = soap_depth(r);
	const char *text = NULL;

	while (soap_child(r, depth)) {
		if (soap_is(r, "Message"))
			text = soap_get_text(r, &oof->arena);
	}
	return text;
}

static void read_settings(struct soap_reader *r, struct ews_oof *oof)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "OofState"))
			oof->state = (enum ews_oof_state)ews_enum_value(
				str_trim(soap_text(r)), states);
		else if (soap_is(r, "ExternalAudience"))
			oof->audience = (enum ews_audience)ews_enum_value(
				str_trim(soap_text(r)), audiences);
		else if (soap_is(r, "Duration"))
			read_duration(r, oof);
		else if (soap_is(r, "InternalReply"))
			oof->internal_reply = read_reply(r, oof);
		else if (soap_is(r, "ExternalReply"))
			oof->external_reply = read_reply(r, oof);
	}
}

/* The answer: ResponseMessage, and the settings beside it. */
static void payload(struct soap_reader *r, void *result)
{
	struct ews_oof *oof = result;

	if (soap_is(r, "OofSettings"))
		read_settings(r, oof);
	else if (soap_is(r, "AllowExternalOof"))
		oof->allowed = (enum ews_audience)ews_enum_value(str_trim(soap_text(r)),
								 audiences);
}

static void init(void *out)
{
	struct ews_oof *oof = out;

	oof->start_unix = oof->end_unix = EWS_TIME_NONE;
}

bool ews_oof_get(struct ews_conn *conn, const char *address, struct ews_oof *out,
		 struct err *err)
{
	const struct request request = { address, NULL };
	const struct ews_single single = { .op = EWS_OP_GET_USER_OOF_SETTINGS,
					   .flat = true,
					   .write = write_get,
					   .request = &request,
					   .init = init,
					   .payload = payload,
					   .out = out,
					   .out_size = sizeof(*out) };

	return ews_single_run(conn, &single, err);
}

bool ews_oof_set(struct ews_conn *conn, const char *address, const struct ews_oof *oof,
		 struct err *err)
{
	const struct request request = { address, oof };
	const struct ews_single single = { .op = EWS_OP_SET_USER_OOF_SETTINGS,
					   .flat = true,
					   .write = write_set,
					   .request = &request };

	return ews_single_run(conn, &single, err);
}
