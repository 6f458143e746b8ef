/*
 * Autodiscover's HTTP: which endpoint, who may ask, the headers that clients look at, and
 * redirects. Leaves out Windows authentication and certificates of clients.
 */
#include "tests/ewsim/autodiscover.h"

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/num.h"
#include "tests/ewsim/faults.h"

enum { MAX_ANSWER = 1 << 20 };

/* --- Who is where ---------------------------------------------------------------- */

static const struct sim_redirect *redirect_of(const struct sim *sim, struct str who)
{
	for (size_t i = 0; i < sim->redirect_count; i++)
		if (str_eq_nocase(str_from(sim->redirects[i].who), who))
			return &sim->redirects[i];
	return NULL;
}

/* Who was sent on to this host has arrived. */
static bool is_here(const struct connection *c, const char *url)
{
	CLEANUP(strbuf_finish) struct strbuf host = STRBUF(300);

	strbuf_addf(&host, "//%s/", c->host);
	return str_find_nocase(str_from(url), strbuf_str(&host)) > 0;
}

void autodiscover_find(struct connection *c, struct str address,
		       struct autodiscover_answer *a)
{
	struct sim *sim = c->server->sim;
	const struct sim_redirect *redirect;
	struct sim_user *u;

	*a = (struct autodiscover_answer){ 0 };
	pthread_mutex_lock(&sim->lock);
	redirect = redirect_of(sim, address);
	if (redirect && !(redirect->to_url && is_here(c, redirect->target)))
		a->redirect = *redirect;
	u = str_find_char(address, '@') > 0 ? sim_user_find(sim, address) : NULL;
	if (u && str_eq_nocase(address, str_from(u->address))) {
		a->known = true;
		snprintf(a->dn, sizeof(a->dn),
			 "/o=ewsim/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
			 "/cn=Recipients/cn=%s",
			 u->address);
		snprintf(a->address, sizeof(a->address), "%s", u->address);
		snprintf(a->name, sizeof(a->name), "%s", u->name ? u->name : u->address);
	}
	if (sim->external_url[0])
		snprintf(a->url, sizeof(a->url), "%s", sim->external_url);
	else
		snprintf(a->url, sizeof(a->url), "%s://%s/EWS/Exchange.asmx",
			 c->https ? "https" : "http", c->host);
	pthread_mutex_unlock(&sim->lock);
}

static void forget(struct sim *sim, struct str who)
{
	struct sim_redirect *list = sim->redirects;

	for (size_t i = 0; i < sim->redirect_count; i++)
		if (str_eq_nocase(str_from(list[i].who), who))
			list[i--] = list[--sim->redirect_count];
}

bool autodiscover_redirect(struct sim *sim, struct str rest, struct err *err)
{
	struct str who, how = STR("");
	struct sim_redirect *r;

	if (!str_split(&rest, ' ', &who) || !str_split(&rest, ' ', &how) ||
	    (!str_eq(how, STR("none")) && !rest.len))
		return err_set(err, ERR_SYNTAX,
			       "autodiscover WHO address|url|none TARGET");
	forget(sim, who);
	if (str_eq(how, STR("none")))
		return true;
	if (sim->redirect_count == ARRAY_LEN(sim->redirects))
		return err_set(err, ERR_LIMIT, "too many redirects");
	r = &sim->redirects[sim->redirect_count++];
	snprintf(r->who, sizeof(r->who), "%.*s", STR_FMT(who));
	snprintf(r->target, sizeof(r->target), "%.*s", STR_FMT(rest));
	r->to_url = str_eq(how, STR("url"));
	return true;
}

/* --- The endpoints --------------------------------------------------------------- */

/* Clients look at these to learn what else there is (EWS Managed API and its kin). */
static void endpoint_headers(const struct connection *c, char *out, size_t size)
{
	bool soap = c->settings.autodiscover_soap;

	snprintf(out, size,
		 "X-SOAP-Enabled: %s\r\nX-WSSecurity-Enabled: False\r\n"
		 "X-OAuth-Enabled: False\r\nX-FEServer: EWSIM\r\n",
		 soap ? "True" : "False");
}

static bool login_wanted(struct connection *c)
{
	char extra[400];

	endpoint_headers(c, extra, sizeof(extra));
	return http_login_wanted(c, extra);
}

static bool moved(struct connection *c, const char *target)
{
	char extra[500];

	snprintf(extra, sizeof(extra), "Location: %s\r\n", target);
	return http_answer(c, 302, extra, STR(""));
}

typedef int document(struct connection *c, const xmlNode *root, struct strbuf *out);

static int xml_document(struct connection *c, document *write, struct str body,
			struct strbuf *out)
{
	xmlDoc *doc = xmlReadMemory(body.p ? body.p : "", (int)body.len, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR |
					    XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
	int status = write(c, doc ? xmlDocGetRootElement(doc) : NULL, out);

	xmlFreeDoc(doc);
	return status;
}

/* One answer, under the faults of its operation's name. */
static bool answer(struct connection *c, const char *op, document *write, struct str path,
		   struct str body)
{
	CLEANUP(strbuf_finish) struct strbuf out = STRBUF(MAX_ANSWER);
	struct sim_fault fault = { 0 };
	bool go_on = true;
	char extra[400];
	int64_t latency_ms;
	const struct fault_kind *kind = fault_arrive(c, op, &fault, &latency_ms);
	int status;

	if (kind && kind->instead && kind->instead(c, &fault, &go_on))
		return go_on;
	clock_sleep_ms(latency_ms);
	endpoint_headers(c, extra, sizeof(extra));
	if (!write)
		c->manner.type = "application/json; charset=utf-8";
	status = write ? xml_document(c, write, body, &out)
		       : autodiscover_json(c, path, &out);
	if (status == 302)
		return moved(c, strbuf_cstr(&out));
	if (kind && kind->dress)
		kind->dress(&out, &fault);
	if (kind && kind->send)
		kind->send(&c->manner, &fault);
	return http_answer(c, status, extra, strbuf_str(&out));
}

static bool http_redirect(struct connection *c, const char *method, char *target,
			  size_t size)
{
	struct sim *sim = c->server->sim;
	const struct sim_redirect *r;
	bool there = false;

	pthread_mutex_lock(&sim->lock);
	r = redirect_of(sim, STR("http"));
	if (r && !c->https && strcmp(method, "GET") == 0) {
		snprintf(target, size, "%s", r->target);
		there = true;
	}
	pthread_mutex_unlock(&sim->lock);
	return there;
}

bool autodiscover_handle(struct connection *c, const char *method, struct str path,
			 struct sim_user *user, struct str body)
{
	const struct sim_settings *set = &c->settings;
	bool post = strcmp(method, "POST") == 0;
	struct str what = str_sub(path, strlen("/autodiscover/"), path.len);
	char target[400];

	if (str_starts_nocase(what, STR("autodiscover.json")) &&
	    set->autodiscover_v2 != V2_OFF)
		return answer(c, "AutodiscoverV2", NULL, path, body);
	if (http_redirect(c, method, target, sizeof(target)))
		return moved(c, target);
	if (str_starts_nocase(what, STR("autodiscover.xml")) && set->autodiscover_pox)
		return !user  ? login_wanted(c)
		       : post ? answer(c, "AutodiscoverPox", autodiscover_pox, path, body)
			      : http_answer(c, 405, "", STR(""));
	if (str_starts_nocase(what, STR("autodiscover.svc")) && set->autodiscover_soap)
		return !user  ? login_wanted(c)
		       : post ? answer(c, "AutodiscoverSoap", autodiscover_soap, path,
				       body)
			      : http_answer(c, 405, "", STR(""));
	return http_answer(c, 404, "", STR(""));
}

/* --- The JSON -------------------------------------------------------------------- */

static void unescape(struct str s, struct strbuf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		uint64_t byte;

		if (s.p[i] == '%' && i + 2 < s.len &&
		    num_hex_u64(str_sub(s, i + 1, 2), &byte)) {
			strbuf_addc(out, (char)byte);
			i += 2;
		} else {
			strbuf_addc(out, s.p[i]);
		}
	}
}

static bool query(struct str rest, const char *name, struct strbuf *out)
{
	struct str part, key;

	while (str_split(&rest, '&', &part))
		if (str_split(&part, '=', &key) && str_eq_nocase(key, str_from(name))) {
			unescape(part, out);
			return true;
		}
	return false;
}

static int json_error(struct strbuf *out, int status, const char *code, const char *text)
{
	strbuf_addf(out, "{\"ErrorCode\":\"%s\",\"ErrorMessage\":\"%s\"}", code, text);
	return status;
}

/* .../autodiscover.json?Email=X&Protocol=EWS or .../autodiscover.json/v1.0/X?Protocol=EWS
 */
int autodiscover_json(struct connection *c, struct str path, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf email = STRBUF(255), protocol = STRBUF(100);
	struct autodiscover_answer a;
	struct str before, rest = path;
	ptrdiff_t version;

	str_split(&rest, '?', &before);
	version = str_find_nocase(before, STR("/v1.0/"));
	if (version > 0)
		unescape(str_sub(before, (size_t)version + 6, before.len), &email);
	else
		query(rest, "Email", &email);
	if (!query(rest, "Protocol", &protocol))
		return json_error(out, 400, "MandatoryParameterMissing",
				  "A valid value must be provided for the query "
				  "parameter 'Protocol'");
	if (!str_eq_nocase(strbuf_str(&protocol), STR("EWS")))
		return json_error(out, 400, "InvalidProtocol",
				  "The given protocol value is invalid. Supported "
				  "values are 'EWS'");
	autodiscover_find(c, strbuf_str(&email), &a);
	if (a.redirect.who[0] && a.redirect.to_url) {
		strbuf_add_cstr(out, a.redirect.target);
		return 302;
	}
	if (!a.known && c->settings.autodiscover_v2 == V2_KNOWN)
		return json_error(out, 404, "UserNotFound", "The mailbox is unknown.");
	strbuf_addf(out, "{\"Protocol\":\"EWS\",\"Url\":\"%s\"}", a.url);
	return 200;
}
