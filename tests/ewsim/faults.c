/*
 * Faults on demand: the list of those that wait, when they strike, and what each does.
 * docs/ewsim.md describes them in the order of the table at the end.
 */
#include "tests/ewsim/faults.h"

#include "base/clock.h"
#include "base/num.h"

static const struct fault_kind *find_kind(struct str name);

const struct fault_kind *fault_kind_of(const struct sim_fault *f)
{
	return find_kind(str_from(f->kind));
}

bool fault_is(const struct sim_fault *f, const char *kind)
{
	return strcmp(f->kind, kind) == 0;
}

/* The argument at @index, STR_NONE when it is not there. */
static struct str word(const struct sim_fault *f, unsigned index)
{
	struct str rest = str_from(f->args), w;

	while (str_split(&rest, ' ', &w))
		if (w.len && index-- == 0)
			return w;
	return STR_NONE;
}

uint32_t fault_number(const struct sim_fault *f, unsigned index, uint32_t otherwise)
{
	uint32_t n;

	return num_u32(word(f, index), &n) ? n : otherwise;
}

/* "N", "SKIP+N", "*", "/K", "P%" or "P%:SEED" */
static bool read_when(struct str s, struct sim_fault *f)
{
	uint32_t a, b = 1;
	ptrdiff_t at;

	f->count = -1; /* for ever */
	if (str_eq(s, STR("*")))
		return true;
	if (str_starts(s, STR("/"))) {
		f->every = 0;
		if (!num_u32(str_sub(s, 1, s.len), &a) || !a)
			return false;
		f->every = a;
		return true;
	}
	at = str_find_char(s, '%');
	if (at > 0) {
		struct str seed = str_sub(s, (size_t)at + 1, s.len);

		if (!num_u32(str_sub(s, 0, (size_t)at), &a) || !a || a > 100 ||
		    (seed.len && (!str_starts(seed, STR(":")) ||
				  !num_u32(str_sub(seed, 1, seed.len), &b))))
			return false;
		f->percent = a;
		f->random = 0x9E3779B97F4A7C15u * ((uint64_t)b + 1);
		return true;
	}
	at = str_find_char(s, '+');
	if (at > 0) {
		if (!num_u32(str_sub(s, 0, (size_t)at), &a))
			return false;
		f->skip = a;
		s = str_sub(s, (size_t)at + 1, s.len);
	}
	if (!num_u32(s, &a))
		return false;
	f->count = a;
	return true;
}

bool fault_add(struct sim *sim, struct str rest, struct err *err)
{
	struct sim_fault f = { 0 };
	const struct fault_kind *kind;
	struct str op, when, name;

	if (sim->fault_count == ARRAY_LEN(sim->faults))
		return err_set(err, ERR_LIMIT, "%zu faults wait already",
			       sim->fault_count);
	if (!str_split(&rest, ' ', &op) || !str_split(&rest, ' ', &when) ||
	    !str_split(&rest, ' ', &name))
		return err_set(err, ERR_SYNTAX, "fault OPERATION WHEN KIND [ARGS]");
	if (!read_when(when, &f))
		return err_set(err, ERR_SYNTAX, "'%.*s' is none of N SKIP+N * /K P%%",
			       STR_FMT(when));
	kind = find_kind(name);
	if (!kind)
		return err_set(err, ERR_SYNTAX, "no fault '%.*s'", STR_FMT(name));
	snprintf(f.operation, sizeof(f.operation), "%.*s", STR_FMT(op));
	snprintf(f.when, sizeof(f.when), "%.*s", STR_FMT(when));
	snprintf(f.kind, sizeof(f.kind), "%.*s", STR_FMT(name));
	snprintf(f.args, sizeof(f.args), "%.*s", STR_FMT(rest));
	if (kind->min_args && !word(&f, kind->min_args - 1).p)
		return err_set(err, ERR_SYNTAX, "%s wants %u argument(s)", kind->name,
			       kind->min_args);
	if (f.count != 0)
		sim->faults[sim->fault_count++] = f;
	return true;
}

/* Does it strike this call, one of those that it is meant for? */
static bool strikes(struct sim_fault *f)
{
	f->seen++;
	if (f->every)
		return f->seen % f->every == 0;
	if (f->percent) { /* xorshift64: the same calls with the same seed */
		f->random ^= f->random << 13;
		f->random ^= f->random >> 7;
		f->random ^= f->random << 17;
		return f->random % 100 < f->percent;
	}
	if (f->skip > 0) {
		f->skip--;
		return false;
	}
	return true;
}

bool fault_next(struct sim *sim, const char *op, struct sim_fault *fault_r)
{
	for (size_t i = 0; i < sim->fault_count; i++) {
		struct sim_fault *f = &sim->faults[i];

		if ((strcmp(f->operation, "any") != 0 && strcmp(f->operation, op) != 0) ||
		    !strikes(f))
			continue;
		*fault_r = *f;
		if (f->count > 0 && --f->count == 0) {
			memmove(f, f + 1, (sim->fault_count - i - 1) * sizeof(*f));
			sim->fault_count--;
		}
		return true;
	}
	return false;
}

void fault_list(const struct sim *sim, struct stream *out)
{
	for (size_t i = 0; i < sim->fault_count; i++) {
		const struct sim_fault *f = &sim->faults[i];

		stream_writef(out, "fault %s %s %s%s%s\n", f->operation, f->when, f->kind,
			      f->args[0] ? " " : "", f->args);
	}
}

static void backoff(const struct sim_fault *f, char *out, size_t size)
{
	snprintf(out, size, "<t:Value Name=\"BackOffMilliseconds\">%u</t:Value>",
		 fault_number(f, 0, 5000));
}

static const char busy_text[] = "The server cannot service this request right now. Try "
				"again later.";

static bool busy(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	char values[200];

	backoff(f, values, sizeof(values));
	*go_on_r = soap_fault(c, "ErrorServerBusy", busy_text,
			      f->args[0] ? values : NULL);
	return true;
}

static bool http(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	uint32_t status = fault_number(f, 0, 503);
	char extra[120] = "";

	if (word(f, 1).p)
		snprintf(extra, sizeof(extra), "Retry-After: %.*s\r\n",
			 STR_FMT(word(f, 1)));
	else if (status == 401)
		snprintf(extra, sizeof(extra),
			 "WWW-Authenticate: Basic realm=\"ewsim\"\r\n");
	*go_on_r = http_answer(c, (int)status, extra, STR(""));
	return true;
}

static bool html(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	c->manner.type = "text/html; charset=utf-8";
	*go_on_r = http_answer(
		c, (int)fault_number(f, 0, 200), "",
		STR("<!DOCTYPE html>\r\n<html><head><title>Outlook</title>\r\n"
		    "<meta name=\"Robots\" content=\"NOINDEX\"></head><body>\r\n"
		    "<form action=\"/owa/auth.owa\" method=\"POST\"><div>User "
		    "name<br>\r\n"
		    "<input name=\"username\"><br>Password<br>\r\n"
		    "<input name=\"password\" type=password></form></body></html>\r\n"));
	return true;
}

static bool redirect(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	char extra[200];

	snprintf(extra, sizeof(extra), "Location: %.*s\r\n", STR_FMT(word(f, 0)));
	*go_on_r = http_answer(c, 302, extra, STR(""));
	return true;
}

static bool fault(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	char code[80];

	snprintf(code, sizeof(code), "%.*s", STR_FMT(word(f, 0)));
	*go_on_r = soap_fault(c, code, "A fault on demand.", NULL);
	return true;
}

static bool cut_before(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	(void)c;
	(void)f;
	*go_on_r = false;
	return true;
}

static bool delay(struct connection *c, const struct sim_fault *f, bool *go_on_r)
{
	(void)c;
	(void)go_on_r;
	clock_sleep_ms(fault_number(f, 0, 1000));
	return false;
}

static void whole(struct call *call, const char *code, const char *xml)
{
	call_begin(call);
	call_error_xml(call, code, "A fault on demand.", xml);
	call_end(call);
}

static void sync_state(struct call *call, const struct sim_fault *f)
{
	(void)f;
	whole(call, "ErrorInvalidSyncStateData", "");
}

static void code(struct call *call, const struct sim_fault *f)
{
	char text[80];

	snprintf(text, sizeof(text), "%.*s", STR_FMT(word(f, 0)));
	whole(call, text, "");
}

/* Every item of a batch, or the one answer of an operation without batches. */
static void everywhere(struct call *call, const char *code_text, const char *values)
{
	char xml[400];

	snprintf(xml, sizeof(xml), "<m:MessageXml>%s</m:MessageXml>", values);
	if (!call->batch) {
		whole(call, code_text, xml);
		return;
	}
	snprintf(call->item_fault, sizeof(call->item_fault), "%s", code_text);
	snprintf(call->item_fault_xml, sizeof(call->item_fault_xml), "%s", xml);
	call->item_fault_every = 1;
}

static void busy_message(struct call *call, const struct sim_fault *f)
{
	char values[200];

	backoff(f, values, sizeof(values));
	everywhere(call, "ErrorServerBusy", values);
}

static void busy_inner(struct call *call, const struct sim_fault *f)
{
	char values[200], all[300];

	backoff(f, values, sizeof(values));
	snprintf(all, sizeof(all),
		 "<t:Value Name=\"InnerErrorResponseCode\">ErrorServerBusy</t:Value>%s",
		 values);
	everywhere(call, "ErrorInternalServerError", all);
}

static void item(struct call *call, const struct sim_fault *f)
{
	uint32_t every = fault_number(f, 1, 1);

	snprintf(call->item_fault, sizeof(call->item_fault), "%.*s", STR_FMT(word(f, 0)));
	call->item_fault_every = every ? (long)every : 1;
	call->item_fault_late = fault_is(f, "item-late");
}

static void stopped(struct call *call, const struct sim_fault *f)
{
	snprintf(call->item_fault, sizeof(call->item_fault),
		 "ErrorBatchProcessingStopped");
	call->item_fault_after = (long)fault_number(f, 0, 0) + 1;
}

static void vanish(struct call *call, const struct sim_fault *f)
{
	call->vanish_every = fault_number(f, 0, 1);
	call->vanish_every += !call->vanish_every;
}

static void expired(struct call *call, const struct sim_fault *f)
{
	(void)f;
	if (strcmp(call->op, "GetStreamingEvents") == 0)
		call->stream_end = STREAM_EXPIRE;
	else
		whole(call, "ErrorExpiredSubscription", "");
}

static void stream_fault(struct call *call, const struct sim_fault *f)
{
	call->stream_end = fault_is(f, "stall")	       ? STREAM_STALL
			   : fault_is(f, "stream-cut") ? STREAM_CUT
						       : STREAM_CLOSE;
}

/* Puts @bad behind the first octets of every text that a person wrote. */
static void spoil(struct strbuf *envelope, struct str bad)
{
	static const char *const elements[] = { "<t:Subject>", "<t:DisplayName>",
						"<t:Name>", "<m:MessageText>" };
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(envelope->max_bytes);
	struct str rest = strbuf_str(envelope);
	ptrdiff_t at;

	while ((at = str_find_char(rest, '>')) >= 0) {
		struct str upto = str_sub(rest, 0, (size_t)at + 1);

		strbuf_add(&out, upto);
		for (size_t i = 0; i < ARRAY_LEN(elements); i++)
			if (str_ends(upto, str_from(elements[i])))
				strbuf_add(&out, bad);
		rest = str_sub(rest, (size_t)at + 1, rest.len);
	}
	strbuf_add(&out, rest);
	strbuf_reset(envelope);
	strbuf_add(envelope, strbuf_str(&out));
}

static void bad_utf8(struct strbuf *envelope, const struct sim_fault *f)
{
	(void)f;
	spoil(envelope, STR("\xC3\x28\xFF\xED\xA0\x80"));
}

static void bad_chars(struct strbuf *envelope, const struct sim_fault *f)
{
	(void)f;
	spoil(envelope, STR("&#x0;&#x1;\x02&#xB;&#x1F;&#xFFFE;&#xD800;"));
}

static void xml_cut(struct strbuf *envelope, const struct sim_fault *f)
{
	strbuf_cut(envelope, fault_number(f, 0, (uint32_t)(envelope->len / 2)));
}

static void cut_after(struct http_manner *m, const struct sim_fault *f)
{
	(void)f;
	m->cut = true;
	m->cut_at = 0;
}

static void truncate_answer(struct http_manner *m, const struct sim_fault *f)
{
	m->cut = true;
	m->cut_half = !f->args[0];
	m->cut_at = fault_number(f, 0, 0);
}

static void drip(struct http_manner *m, const struct sim_fault *f)
{
	m->piece = fault_number(f, 0, 1);
	m->pause_ms = fault_number(f, 1, 10);
}

static const struct fault_kind kinds[] = {
	{ "busy", 0, busy, NULL, NULL, NULL },
	{ "busy-message", 0, NULL, busy_message, NULL, NULL },
	{ "busy-inner", 0, NULL, busy_inner, NULL, NULL },
	{ "http", 1, http, NULL, NULL, NULL },
	{ "html", 0, html, NULL, NULL, NULL },
	{ "redirect", 1, redirect, NULL, NULL, NULL },
	{ "fault", 1, fault, NULL, NULL, NULL },
	{ "code", 1, NULL, code, NULL, NULL },
	{ "sync-state", 0, NULL, sync_state, NULL, NULL },
	{ "item", 1, NULL, item, NULL, NULL },
	{ "item-late", 1, NULL, item, NULL, NULL },
	{ "stopped", 0, NULL, stopped, NULL, NULL },
	{ "vanish", 0, NULL, vanish, NULL, NULL },
	{ "delay", 1, delay, NULL, NULL, NULL },
	{ "cut-before", 0, cut_before, NULL, NULL, NULL },
	{ "cut-after", 0, NULL, NULL, NULL, cut_after },
	{ "truncate", 0, NULL, NULL, NULL, truncate_answer },
	{ "xml-cut", 0, NULL, NULL, xml_cut, NULL },
	{ "bad-utf8", 0, NULL, NULL, bad_utf8, NULL },
	{ "bad-chars", 0, NULL, NULL, bad_chars, NULL },
	{ "drip", 2, NULL, NULL, NULL, drip },
	{ "expired", 0, NULL, expired, NULL, NULL },
	{ "stall", 0, NULL, stream_fault, NULL, NULL },
	{ "stream-cut", 0, NULL, stream_fault, NULL, NULL },
	{ "stream-close", 0, NULL, stream_fault, NULL, NULL },
};

static const struct fault_kind *find_kind(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(name, str_from(kinds[i].name)))
			return &kinds[i];
	return NULL;
}
