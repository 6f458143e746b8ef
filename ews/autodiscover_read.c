/*
 * Reading Autodiscover: POX ([MS-OXDSCLI]), the JSON of newer servers, SRV records. Left
 * out: SOAP ([MS-OXWSADISC]), which tells the same.
 */
#include "ews/autodiscover_read.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "ews/soap_read.h"

#define OUTLOOK "http://schemas.microsoft.com/exchange/autodiscover/outlook/"

/* --- Addresses ---------------------------------------------------------------------- */

static bool is_atom(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("!#$%*+-./=?^_`{|}~'", c) != NULL;
}

static bool is_host(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!is_atom(host.p[i]) || strchr("!#$%*+/=?^`{|}~'", host.p[i]))
			return false;
	return host.len > 0 && host.len < 250 && host.p[0] != '.' &&
	       host.p[host.len - 1] != '.';
}

bool discover_address_ok(struct str address)
{
	ptrdiff_t at = str_find_char(address, '@');

	if (at <= 0 || at > 64 || memchr(address.p, '\0', address.len))
		return false;
	for (ptrdiff_t i = 0; i < at; i++)
		if (!is_atom(address.p[i]))
			return false;
	return is_host(str_sub(address, (size_t)at + 1, address.len));
}

bool discover_in_domain(struct str host, struct str domain)
{
	struct str tail;

	if (str_eq_nocase(host, domain))
		return domain.len > 0;
	if (domain.len == 0 || host.len <= domain.len + 1)
		return false;
	tail = str_sub(host, host.len - domain.len, domain.len);
	return str_eq_nocase(tail, domain) && host.p[host.len - domain.len - 1] == '.';
}

/* --- POX ---------------------------------------------------------------------------- */

void discover_write_pox(const char *address, struct strbuf *out)
{
	strbuf_addf(out,
		    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		    "<Autodiscover xmlns=\"" OUTLOOK "requestschema/2006\"><Request>"
		    "<EMailAddress>%s</EMailAddress><AcceptableResponseSchema>" OUTLOOK
		    "responseschema/2006a</AcceptableResponseSchema></Request>"
		    "</Autodiscover>",
		    address);
}

static bool whole(void *context, struct str *chunk_r, struct err *err)
{
	struct str *body = context;

	*chunk_r = *body;
	*body = STR_NONE;
	return true;
}

/* False: absent, or longer than any that is in order. */
static bool take(struct soap_reader *r, char *out, size_t size)
{
	struct str text = str_trim(soap_text(r));

	if (text.len == 0 || text.len >= size || memchr(text.p, '\0', text.len))
		return false;
	memcpy(out, text.p, text.len);
	out[text.len] = '\0';
	return true;
}

struct pox {
	struct discover_answer *answer;
	char action[20], to_address[320], to_url[1000], url[1000];
	int url_rank; /* 0: none yet */
	int64_t error; /* -1: none */
};

/* One way to the server: with EwsUrl before ASUrl, outside before inside. */
static void read_protocol(struct soap_reader *r, struct pox *p)
{
	int depth = soap_depth(r), rank = 0;
	char type[20] = "", ews[1000] = "", as[1000] = "";

	while (soap_child(r, depth)) {
		if (soap_is(r, "Type"))
			(void)take(r, type, sizeof(type));
		else if (soap_is(r, "EwsUrl"))
			(void)take(r, ews, sizeof(ews));
		else if (soap_is(r, "ASUrl"))
			(void)take(r, as, sizeof(as));
	}
	if (strcmp(type, "EXPR") == 0)
		rank = 3;
	else if (strcmp(type, "EXHTTP") == 0)
		rank = 2;
	else if (strcmp(type, "EXCH") == 0)
		rank = 1;
	if (rank && ews[0])
		rank += 3;
	if (rank > p->url_rank && (ews[0] || as[0])) {
		p->url_rank = rank;
		snprintf(p->url, sizeof(p->url), "%s", ews[0] ? ews : as);
	}
}

static void read_account(struct soap_reader *r, struct pox *p)
{
	int depth = soap_depth(r);

	while (soap_child(r, depth)) {
		if (soap_is(r, "Action"))
			(void)take(r, p->action, sizeof(p->action));
		else if (soap_is(r, "RedirectAddr"))
			(void)take(r, p->to_address, sizeof(p->to_address));
		else if (soap_is(r, "RedirectUrl") || soap_is(r, "RedirectURL"))
			(void)take(r, p->to_url, sizeof(p->to_url));
		else if (soap_is(r, "Protocol"))
			read_protocol(r, p);
	}
}

static void read_response(struct soap_reader *r, struct pox *p)
{
	int depth = soap_depth(r), inner = depth + 1;

	while (soap_child(r, depth)) {
		if (soap_is(r, "Account")) {
			read_account(r, p);
			continue;
		}
		if (!soap_is(r, "User") && !soap_is(r, "Error"))
			continue;
		while (soap_child(r, inner)) {
			if (soap_is(r, "AutoDiscoverSMTPAddress"))
				(void)take(r, p->answer->address,
					   sizeof(p->answer->address));
			else if (soap_is(r, "ErrorCode"))
				p->error = soap_get_int(r, 0);
			else if (soap_is(r, "Message"))
				(void)take(r, p->answer->text, 120);
		}
	}
}

static void decide(const struct pox *p, struct discover_answer *a)
{
	const char *text = NULL;

	if (strcmp(p->action, "redirectAddr") == 0 &&
	    discover_address_ok(str_from(p->to_address))) {
		a->kind = DISCOVER_TO_ADDRESS;
		text = p->to_address;
	} else if (strcmp(p->action, "redirectUrl") == 0 && p->to_url[0]) {
		a->kind = DISCOVER_TO_URL;
		text = p->to_url;
	} else if (p->url_rank) {
		a->kind = DISCOVER_URL;
		text = p->url;
	} else if (p->error == 500) {
		a->kind = DISCOVER_NO_MAILBOX;
	} else if (p->error >= 0) {
		a->kind = DISCOVER_REFUSED;
	}
	if (text)
		snprintf(a->text, sizeof(a->text), "%s", text);
}

void discover_read_pox(struct str body, struct discover_answer *answer_r)
{
	struct pox p = { .answer = answer_r, .error = -1 };
	struct soap_reader *r = soap_reader_new((struct soap_source){ whole, &body });
	struct err err;

	*answer_r = (struct discover_answer){ .kind = DISCOVER_NOTHING };
	if (soap_document(r) && soap_is(r, "Autodiscover"))
		while (soap_child(r, 1))
			if (soap_is(r, "Response"))
				read_response(r, &p);
	if (soap_ok(r, &err))
		decide(&p, answer_r);
	soap_reader_free(r);
}

/* --- JSON --------------------------------------------------------------------------- */

void discover_read_json(struct str body, struct discover_answer *answer_r)
{
	json_t *root = json_loadb(body.p ? body.p : "", body.len, 0, NULL);
	const char *protocol = json_string_value(json_object_get(root, "Protocol"));
	const char *url = json_string_value(json_object_get(root, "Url"));
	const char *code = json_string_value(json_object_get(root, "ErrorCode"));

	*answer_r = (struct discover_answer){ .kind = DISCOVER_NOTHING };
	if (url && strlen(url) < sizeof(answer_r->text) &&
	    (!protocol || str_eq_nocase(str_from(protocol), STR("EWS")))) {
		answer_r->kind = DISCOVER_URL;
		snprintf(answer_r->text, sizeof(answer_r->text), "%s", url);
	} else if (code && strcmp(code, "UserNotFound") == 0) {
		answer_r->kind = DISCOVER_NO_MAILBOX;
	} else if (code) {
		answer_r->kind = DISCOVER_REFUSED;
		snprintf(answer_r->text, sizeof(answer_r->text), "%.100s", code);
	}
	json_decref(root);
}

/* --- SRV ---------------------------------------------------------------------------- */

/* Only HTTPS' own port is of use; the lowest priority wins, then the highest weight. */
bool discover_read_srv(const unsigned char *message, size_t size, char *host_r,
		       size_t host_size)
{
	ns_msg m;
	unsigned best = UINT32_MAX;
	char name[256];

	if (size > 65535 || ns_initparse(message, (int)size, &m) != 0)
		return false;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		ns_rr rr;
		const unsigned char *data;
		unsigned rank;

		if (ns_parserr(&m, ns_s_an, i, &rr) != 0)
			return false;
		data = ns_rr_rdata(rr);
		if (ns_rr_type(rr) != ns_t_srv || ns_rr_rdlen(rr) < 7 ||
		    ns_get16(data + 4) != 443)
			continue;
		rank = ns_get16(data) << 16 | (0xffff - ns_get16(data + 2));
		if (rank >= best || dn_expand(ns_msg_base(m), ns_msg_end(m), data + 6,
					      name, sizeof(name)) < 0)
			continue;
		if (!is_host(str_from(name)) || strlen(name) >= host_size)
			continue;
		best = rank;
		snprintf(host_r, host_size, "%s", name);
	}
	return best < UINT32_MAX;
}
