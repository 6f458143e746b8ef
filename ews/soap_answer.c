/*
 * The shape that all EWS answers share: envelope, faults, response messages, and the
 * xs:dateTime of XML Schema part 2 section 3.2.7.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "ews/soap_parts.h"
#include "ews/soap_read.h"
#include "ews/types.h"

/* Takes up to @max decimal digits off the front; at least @min of them. */
static bool take_digits(struct str *rest, size_t min, size_t max, int64_t *value_r)
{
	size_t len = 0;

	while (len < rest->len && len < max && rest->p[len] >= '0' && rest->p[len] <= '9')
		len++;
	if (len < min || !num_i64(str_sub(*rest, 0, len), value_r))
		return false;
	*rest = str_sub(*rest, len, rest->len);
	return true;
}

static bool take(struct str *rest, char c)
{
	if (rest->len == 0 || rest->p[0] != c)
		return false;
	*rest = str_sub(*rest, 1, rest->len);
	return true;
}

/* "Z", "+01:00" or nothing, as seconds east of UTC. */
static bool take_zone(struct str rest, int64_t *offset_s_r)
{
	int64_t hours, minutes = 0;
	bool east = rest.len > 0 && rest.p[0] == '+';

	*offset_s_r = 0;
	if (rest.len == 0 || str_eq(rest, STR("Z")))
		return true;
	if (!take(&rest, '+') && !take(&rest, '-'))
		return false;
	if (!take_digits(&rest, 2, 2, &hours) || !take(&rest, ':') ||
	    !take_digits(&rest, 2, 2, &minutes) || rest.len > 0)
		return false;
	*offset_s_r = (hours * 3600 + minutes * 60) * (east ? 1 : -1);
	return true;
}

int64_t soap_parse_time(struct str text)
{
	int64_t year, month, day, hour, minute, second, fraction, offset_s;

	if (!take_digits(&text, 4, 5, &year) || !take(&text, '-') ||
	    !take_digits(&text, 2, 2, &month) || !take(&text, '-') ||
	    !take_digits(&text, 2, 2, &day) || !take(&text, 'T') ||
	    !take_digits(&text, 2, 2, &hour) || !take(&text, ':') ||
	    !take_digits(&text, 2, 2, &minute) || !take(&text, ':') ||
	    !take_digits(&text, 2, 2, &second))
		return EWS_TIME_NONE;
	if (take(&text, '.') && !take_digits(&text, 1, 12, &fraction))
		return EWS_TIME_NONE;
	if (month < 1 || month > 12 || day < 1 || day > 31 || !take_zone(text, &offset_s))
		return EWS_TIME_NONE;
	return clock_unix_from_civil(year, (int)month, (int)day, (int)hour, (int)minute,
				     (int)second) -
	       offset_s;
}

/* --- Status ------------------------------------------------------------------------ */

static void keep(struct soap_reader *r, char *into, size_t size)
{
	struct str text = str_trim(soap_text(r));

	snprintf(into, size, "%.*s", STR_FMT(str_sub(text, 0, size - 1)));
}

/* MessageXml: Value elements with a Name. */
static void read_values(struct soap_reader *r, struct soap_messages *m)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		struct str name = soap_attr(r, "Name");

		if (str_eq(name, STR("BackOffMilliseconds")))
			m->backoff_ms = soap_get_int(r, -1);
		else if (str_eq(name, STR("InnerErrorResponseCode")))
			keep(r, m->inner_code, sizeof(m->inner_code));
		else if (str_eq(name, STR("Policy")))
			keep(r, m->policy, sizeof(m->policy));
	}
}

/* Full pools empty faster than a budget refills. */
static int64_t default_wait_ms(const struct ews_status *status)
{
	struct str code = str_from(status->response_code);

	return str_eq(code, STR("ErrorExceededConnectionCount")) ? 2000
	       : str_eq(code, STR("ErrorTooManyObjectsOpened"))	 ? 10000
								 : -1;
}

/* The policy's name stands in MessageXml or in the sentence alone. */
static enum soap_busy_why busy_why(const struct soap_messages *m)
{
	struct str code = str_from(m->status.response_code);

	if (str_find(str_from(m->text), STR("ConcurrentSyncCalls")) >= 0 ||
	    str_find(str_from(m->policy), STR("ConcurrentSyncCalls")) >= 0)
		return SOAP_BUSY_SYNCS;
	return str_eq(code, STR("ErrorExceededConnectionCount")) ||
			       str_eq(code, STR("ErrorTooManyObjectsOpened"))
		       ? SOAP_BUSY_CALLS
		       : SOAP_BUSY_BUDGET;
}

static void note_busy(struct soap_reader *r, struct soap_messages *m)
{
	struct soap_notes *notes = soap_notes(r);

	if (m->backoff_ms < 0)
		m->backoff_ms = default_wait_ms(&m->status);
	if (!notes->is_busy || m->backoff_ms > notes->busy.wait_ms)
		notes->busy = (struct soap_busy){ busy_why(m), m->backoff_ms };
	notes->is_busy = true;
	m->status.err.retry_after_s = m->backoff_ms > 0
					      ? (unsigned)((m->backoff_ms + 999) / 1000)
					      : 0;
}

/* A code inside another one says more: a busy server hides in an internal error. */
static void settle(struct soap_reader *r, struct soap_messages *m)
{
	struct str text = str_from(m->text);

	if (!m->code[0])
		snprintf(m->code, sizeof(m->code), "%s", "ErrorWithoutResponseCode");
	ews_status_set(&m->status, str_from(m->code), text);
	if (m->inner_code[0] && m->status.err.code != ERR_OK) {
		struct ews_status inner;

		ews_status_set(&inner, str_from(m->inner_code), text);
		if (inner.code != EWS_CODE_OTHER && inner.code != EWS_CODE_OK)
			m->status = inner;
	}
	if (m->status.code == EWS_CODE_SERVER_BUSY)
		note_busy(r, m);
	if (m->status.code == EWS_CODE_SERVER_VERSION)
		soap_notes(r)->refused = m->status;
}

static void clear(struct soap_messages *m)
{
	m->text[0] = m->code[0] = m->inner_code[0] = m->policy[0] = '\0';
	m->backoff_ms = -1;
	m->warning = false;
	m->status = (struct ews_status){ 0 };
}

void soap_messages_begin(struct soap_reader *r, struct soap_messages *m)
{
	int depth = soap_depth(r);

	*m = (struct soap_messages){ .depth = depth + 1 };
	while (soap_child(r, depth)) {
		if (soap_is(r, "ResponseMessages"))
			return;
	}
	soap_fail(r, ERR_BROKEN, "the server's answer has no ResponseMessages");
}

bool soap_message_next(struct soap_reader *r, struct soap_messages *m)
{
	return soap_child(r, m->depth) && soap_message_here(r, m);
}

/* Some answers say what they say in a ResponseMessage inside, and nothing about
 * themselves: then the code of that one counts. */
bool soap_message_here(struct soap_reader *r, struct soap_messages *m)
{
	struct str class;

	if (soap_depth(r) == 0)
		return false;
	clear(m);
	m->message_depth = soap_depth(r);
	class = soap_attr(r, "ResponseClass");
	m->warning = str_eq(class, STR("Warning"));
	if (str_eq(class, STR("Success")))
		snprintf(m->code, sizeof(m->code), "%s", "NoError");
	return true;
}

static void read_inner(struct soap_reader *r, struct soap_messages *m)
{
	struct soap_messages inner = { 0 };

	if (!soap_message_here(r, &inner))
		return;
	while (soap_message_child(r, &inner))
		;
	memcpy(m->text, inner.text, sizeof(m->text));
	memcpy(m->code, inner.code, sizeof(m->code));
	memcpy(m->inner_code, inner.inner_code, sizeof(m->inner_code));
	m->backoff_ms = inner.backoff_ms;
}

bool soap_message_child(struct soap_reader *r, struct soap_messages *m)
{
	while (soap_child(r, m->message_depth)) {
		if (soap_is(r, "MessageText"))
			keep(r, m->text, sizeof(m->text));
		else if (soap_is(r, "ResponseCode"))
			keep(r, m->code, sizeof(m->code));
		else if (soap_is(r, "MessageXml"))
			read_values(r, m);
		else if (soap_is(r, "ResponseMessage"))
			read_inner(r, m);
		else if (!soap_is(r, "DescriptiveLinkKey"))
			return true;
	}
	settle(r, m);
	return false;
}

/* --- Envelope ---------------------------------------------------------------------- */

static void read_detail(struct soap_reader *r, struct soap_messages *m)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "ResponseCode"))
			keep(r, m->code, sizeof(m->code));
		else if (soap_is(r, "Message"))
			keep(r, m->text, sizeof(m->text));
		else if (soap_is(r, "MessageXml"))
			read_values(r, m);
	}
}

static bool read_fault(struct soap_reader *r, struct ews_status *fault, struct err *err)
{
	struct soap_messages m = { 0 };
	int depth = soap_depth(r);
	char faultcode[64] = "";

	clear(&m);
	while (soap_child(r, depth)) {
		if (soap_is(r, "faultcode"))
			keep(r, faultcode, sizeof(faultcode));
		else if (soap_is(r, "faultstring"))
			keep(r, m.text, sizeof(m.text));
		else if (soap_is(r, "detail"))
			read_detail(r, &m);
	}
	if (!soap_ok(r, err))
		return false;
	if (!m.code[0]) { /* "a:ErrorServerBusy" */
		struct str code = str_from(faultcode);

		code = str_sub(code, (size_t)(str_find_char(code, ':') + 1), code.len);
		snprintf(m.code, sizeof(m.code), "%.*s", STR_FMT(code));
	}
	settle(r, &m);
	if (m.status.err.code == ERR_OK)
		ews_status_set(&m.status, STR("ErrorInternalServerError"),
			       str_from(m.text));
	*fault = m.status;
	return ews_status_check(fault, err);
}

static int attr_int(struct soap_reader *r, const char *name)
{
	uint32_t value;

	return num_u32(soap_attr(r, name), &value) ? (int)(value & 0xFFFF) : 0;
}

static void read_header(struct soap_reader *r)
{
	while (soap_child(r, 2)) {
		if (!soap_is(r, "ServerVersionInfo"))
			continue;
		soap_notes(r)->server = (struct ews_server){
			attr_int(r, "MajorVersion"),
			attr_int(r, "MinorVersion"),
			attr_int(r, "MajorBuildNumber"),
			attr_int(r, "MinorBuildNumber"),
		};
	}
}

bool soap_envelope(struct soap_reader *r, struct ews_status *fault, struct err *err)
{
	*fault = (struct ews_status){ 0 };
	if (!soap_is(r, "Envelope")) {
		if (!soap_ok(r, err))
			return false;
		return err_set(err, ERR_NOT_FOUND,
			       "the server answers with something that is not EWS: a web "
			       "page or a login form is at this URL");
	}
	while (soap_child(r, 1)) {
		if (soap_is(r, "Header"))
			read_header(r);
		if (!soap_is(r, "Body"))
			continue;
		while (soap_child(r, 2)) {
			if (soap_is(r, "Fault"))
				return read_fault(r, fault, err);
			return true;
		}
	}
	if (!soap_ok(r, err))
		return false;
	return err_set(err, ERR_BROKEN, "the server's SOAP answer is empty");
}
