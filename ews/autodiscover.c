/*
 * The search for a mailbox's EWS: which hosts are asked, whom to believe, and what to say
 * when nothing is found. [MS-OXDISCO] lists the places; where it has the user asked about
 * a redirect that came without TLS, only hosts of the mail domain are believed here.
 * Left out: service connection points in Active Directory, SOAP.
 */
#include "ews/autodiscover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "ews/autodiscover_dns.h"
#include "ews/autodiscover_http.h"
#include "ews/autodiscover_read.h"

#define WHO "ews"
enum { MAX_REQUESTS = 30, MAX_HOPS = 10, URL_MAX_BYTES = 1000 };

/* Why nothing was found: of several reasons the one that helps most is told. */
enum rank { NO_ANSWER = 1, NO_EXCHANGE, BAD_CERTIFICATE, NOT_TRUSTED, LOGIN, NO_MAILBOX };

struct search {
	const struct ews_discover_config *config;
	char address[320];
	struct str domain; /* in address */
	unsigned requests, hops;
	bool restart; /* with another address */
	bool over; /* the password was refused: not to be tried until it is locked */
	enum rank rank, last; /* of the best reason, and of the newest */
	struct err err;
	struct ews_discovery *found;
};

void ews_discovery_finish(struct ews_discovery *found)
{
	free(found->url);
	free(found->address);
	free(found->told_by);
	*found = (struct ews_discovery){ 0 };
}

/* Remember why; always false. */
static bool note(struct search *s, enum rank rank, const struct err *why)
{
	s->last = rank;
	if (rank > s->rank) {
		s->rank = rank;
		s->err = *why;
	}
	return false;
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
	       strcmp(host, "[::1]") == 0;
}

static bool is_safe(const char *url, struct discover_url *url_r)
{
	return discover_url_split(url, url_r) &&
	       (url_r->https || is_loopback(url_r->host));
}

static bool unsafe(struct search *s, const char *url)
{
	struct err why;

	err_set(&why, ERR_DENIED,
		"the server names '%.60s', which is no https URL: the password would be "
		"readable on its way",
		url);
	return note(s, NOT_TRUSTED, &why);
}

/* One request, counted. */
static bool request(struct search *s, const char *url, const struct strbuf *post,
		    bool login, struct discover_reply *reply)
{
	struct discover_url parts = { 0 };
	struct err err = { 0 }, why;

	if (++s->requests > MAX_REQUESTS) {
		err_set(&why, ERR_NOT_FOUND,
			"Autodiscover leads nowhere: too many steps");
		return note(s, NO_EXCHANGE, &why);
	}
	if (discover_request(s->config, url, post, login, reply, &err)) {
		log_debug(WHO, "%s: HTTP %d%s", url, reply->status,
			  login ? ", with login" : "");
		return true;
	}
	log_debug(WHO, "%s: %s", url, err.text);
	(void)discover_url_split(url, &parts);
	if (err.code == ERR_DENIED)
		err_set(&why, ERR_DENIED, "%.50s: %.100s", parts.host, err.text);
	else
		err_set(&why, ERR_OFFLINE, "no answer: %.130s", err.text);
	return note(s, err.code == ERR_DENIED ? BAD_CERTIFICATE : NO_ANSWER, &why);
}

static bool settle(struct search *s, const struct discover_answer *a, const char *told_by)
{
	struct discover_url parts;

	if (!is_safe(a->text, &parts))
		return unsafe(s, a->text);
	s->found->url = mem_strdup(a->text);
	s->found->told_by = mem_strdup(told_by);
	if (a->address[0])
		s->found->address = mem_strdup(a->address);
	return true;
}

static bool nothing_here(struct search *s)
{
	struct err why;

	err_set(&why, ERR_NOT_FOUND,
		"no Exchange found for %.60s: give its URL, "
		"https://HOST/EWS/Exchange.asmx, yourself",
		s->domain.p);
	return note(s, NO_EXCHANGE, &why);
}

static bool unknown_mailbox(struct search *s)
{
	struct err why;

	err_set(&why, ERR_NOT_FOUND, "the server knows no mailbox %.100s", s->address);
	return note(s, NO_MAILBOX, &why);
}

static bool refused_login(struct search *s, const struct discover_url *parts,
			  const struct discover_reply *reply)
{
	struct err why;

	if (str_find_nocase(str_from(reply->offers), STR("Basic")) < 0)
		err_set(&why, ERR_AUTH,
			"%.50s does not take the login method 'Basic'; it offers: %.50s",
			parts->host, reply->offers);
	else
		err_set(&why, ERR_AUTH,
			"%.60s: login refused: check the user name and the password",
			parts->host);
	/* The domain's web server may have passwords of its own. */
	s->over = str_find_nocase(str_from(reply->offers), STR("Basic")) >= 0 &&
		  !str_eq_nocase(str_from(parts->host), s->domain);
	return note(s, LOGIN, &why);
}

/* The password goes out only to a host that asks for it. */
static bool post_pox(struct search *s, const char *url, const struct discover_url *parts,
		     struct discover_reply *reply)
{
	CLEANUP(strbuf_finish) struct strbuf body = STRBUF(2000);

	discover_write_pox(s->address, &body);
	if (!request(s, url, &body, false, reply))
		return false;
	if (reply->status == 401 &&
	    str_find_nocase(str_from(reply->offers), STR("Basic")) >= 0 &&
	    !request(s, url, &body, true, reply))
		return false;
	return reply->status != 401 || refused_login(s, parts, reply);
}

static bool new_address(struct search *s, const char *address)
{
	log_debug(WHO, "Autodiscover: the address is %s now", address);
	snprintf(s->address, sizeof(s->address), "%.319s", address);
	s->domain = str_from(strchr(s->address, '@') + 1);
	s->restart = true;
	return false;
}

/* What a POX document says. Return: done; *url: where to go on, or "". */
static bool heed(struct search *s, const struct discover_answer *a, char *url)
{
	CLEANUP(strbuf_finish) struct strbuf told_by = STRBUF(URL_MAX_BYTES);
	struct err why;

	strbuf_add_cstr(&told_by, url);
	url[0] = '\0';
	switch (a->kind) {
	case DISCOVER_URL:
		return settle(s, a, strbuf_cstr(&told_by));
	case DISCOVER_TO_ADDRESS:
		return new_address(s, a->text);
	case DISCOVER_TO_URL:
		snprintf(url, URL_MAX_BYTES, "%s", a->text);
		return false;
	case DISCOVER_NO_MAILBOX:
		return unknown_mailbox(s);
	case DISCOVER_REFUSED:
		err_set(&why, ERR_NOT_FOUND, "Autodiscover refused: %.110s", a->text);
		return note(s, NO_EXCHANGE, &why);
	default:
		return nothing_here(s);
	}
}

static bool is_redirect(const struct discover_reply *reply)
{
	return reply->status >= 301 && reply->status <= 308 && reply->location[0];
}

/* POX at @first, and wherever that sends us: over TLS it may. */
static bool ask_pox(struct search *s, const char *first)
{
	CLEANUP(discover_reply_finish) struct discover_reply reply = { 0 };
	struct discover_answer answer;
	struct discover_url parts;
	char url[URL_MAX_BYTES];

	snprintf(url, sizeof(url), "%s", first);
	for (; url[0] && s->hops <= MAX_HOPS; s->hops++) {
		if (!is_safe(url, &parts))
			return unsafe(s, url);
		if (!post_pox(s, url, &parts, &reply))
			return false;
		if (is_redirect(&reply)) {
			snprintf(url, sizeof(url), "%s", reply.location);
			if (!is_safe(url, &parts)) /* a web site's, most likely */
				return nothing_here(s);
			continue;
		}
		if (reply.status != 200)
			return nothing_here(s);
		discover_read_pox(strbuf_str(&reply.body), &answer);
		if (heed(s, &answer, url))
			return true;
	}
	return false;
}

/* Wants no login, and mostly answers for any address. */
static bool ask_json(struct search *s, const char *host)
{
	CLEANUP(discover_reply_finish) struct discover_reply reply = { 0 };
	CLEANUP(strbuf_finish) struct strbuf url = STRBUF(URL_MAX_BYTES);
	struct discover_answer answer;
	struct discover_url parts;

	strbuf_addf(&url, "https://%s/autodiscover/autodiscover.json?Email=", host);
	for (const char *c = s->address; *c; c++)
		strbuf_addf(&url, strchr("%+&#?=", *c) ? "%%%02X" : "%c", *c);
	strbuf_add(&url, STR("&Protocol=EWS&RedirectCount=1"));
	for (unsigned hops = 0; hops < MAX_HOPS; hops++) {
		if (!is_safe(strbuf_cstr(&url), &parts) ||
		    !request(s, strbuf_cstr(&url), NULL, false, &reply))
			return false;
		if (!is_redirect(&reply))
			break;
		strbuf_reset(&url);
		strbuf_add_cstr(&url, reply.location);
	}
	discover_read_json(strbuf_str(&reply.body), &answer);
	if (answer.kind == DISCOVER_NO_MAILBOX)
		return unknown_mailbox(s);
	return reply.status == 200 && answer.kind == DISCOVER_URL &&
	       settle(s, &answer, strbuf_cstr(&url));
}

/* Nothing more to ask about this address. */
static bool ends(const struct search *s)
{
	return s->restart || s->over ||
	       (s->config->stopped && s->config->stopped(s->config->context));
}

static bool ask_host(struct search *s, const char *prefix)
{
	char host[300], url[400];

	s->last = 0;
	snprintf(host, sizeof(host), "%s%s", prefix, s->domain.p);
	snprintf(url, sizeof(url), "https://%s/autodiscover/autodiscover.xml", host);
	/* A host that cannot be reached, or that has told us, is not asked again. */
	return ask_pox(s, url) ||
	       (!ends(s) && (s->last == NO_EXCHANGE || s->last == LOGIN) &&
		ask_json(s, host));
}

/* A host that nobody vouches for: only in the mail domain. */
static bool ask_named(struct search *s, const char *url, const char *who)
{
	struct discover_url parts;
	struct err why;

	if (!discover_url_split(url, &parts) || !parts.https)
		return unsafe(s, url);
	if (discover_in_domain(str_from(parts.host), s->domain))
		return ask_pox(s, url);
	err_set(&why, ERR_DENIED,
		"%s names %.50s, not of %.30s. If you trust it give its URL, "
		"https://%.50s/EWS/Exchange.asmx",
		who, parts.host, s->domain.p, parts.host);
	return note(s, NOT_TRUSTED, &why);
}

static bool ask_plain(struct search *s)
{
	CLEANUP(discover_reply_finish) struct discover_reply reply = { 0 };
	char url[400];

	snprintf(url, sizeof(url), "http://autodiscover.%s/autodiscover/autodiscover.xml",
		 s->domain.p);
	return request(s, url, NULL, false, &reply) && is_redirect(&reply) &&
	       ask_named(s, reply.location, "HTTP without TLS");
}

static bool ask_srv(struct search *s)
{
	char host[256], url[400];

	if (!discover_srv(s->domain.p, s->config->name_server, host, sizeof(host)))
		return false;
	log_debug(WHO, "the DNS names %s for Autodiscover", host);
	snprintf(url, sizeof(url), "https://%s/autodiscover/autodiscover.xml", host);
	return ask_named(s, url, "the DNS");
}

static bool search_domain(struct search *s)
{
	s->restart = false;
	return ask_host(s, "autodiscover.") || (!ends(s) && ask_host(s, "")) ||
	       (!ends(s) && ask_plain(s)) || (!ends(s) && ask_srv(s));
}

bool ews_discover(const struct ews_discover_config *config, struct ews_discovery *found,
		  struct err *err)
{
	struct search s = { .config = config, .found = found };
	bool ok;

	if (!discover_address_ok(str_from(config->address)))
		return err_set(err, ERR_SYNTAX, "'%.100s' is no mail address",
			       config->address);
	new_address(&s, config->address);
	do
		ok = search_domain(&s);
	while (!ok && s.restart && s.hops++ < MAX_HOPS);
	if (ok)
		return true;
	if (config->stopped && config->stopped(config->context))
		return err_set(err, ERR_OFFLINE, "stopped");
	if (s.rank == 0)
		(void)nothing_here(&s);
	*err = s.err;
	return false;
}
