/* Autodiscover with SOAP: GetUserSettings and GetDomainSettings of [MS-OXWSADISC]. */
#include "tests/ewsim/autodiscover.h"

enum { MAX_USERS = 100 };

static const char schemas[] =
	"Exchange2007,Exchange2007_SP1,Exchange2010,Exchange2010_SP1,Exchange2010_SP2,"
	"Exchange2013,Exchange2013_SP1,Exchange2016";

static void build(const struct connection *c, char *out, size_t size)
{
	const struct version_build *v = version_build(&c->settings);

	snprintf(out, size, "%02u.%02u.%04u.%03u", v->major, v->minor, v->build,
		 v->revision);
}

/* The value of a setting, or NULL: it is not there. @space: for texts made here */
static const char *value_of(const struct connection *c,
			    const struct autodiscover_answer *a, struct str name,
			    char space[64])
{
	bool internal_only = c->settings.autodiscover_urls == URLS_INTERNAL;

	if (str_eq(name, STR("UserDisplayName")))
		return a->name;
	if (str_eq(name, STR("UserDN")) || str_eq(name, STR("MailboxDN")))
		return a->dn;
	if (str_eq(name, STR("AutoDiscoverSMTPAddress")))
		return a->address;
	if (str_eq(name, STR("InternalEwsUrl")))
		return a->url;
	if (str_eq(name, STR("ExternalEwsUrl")))
		return internal_only ? NULL : a->url;
	if (str_eq(name, STR("EwsSupportedSchemas")))
		return schemas;
	if (str_eq(name, STR("MapiHttpEnabled")))
		return "False";
	if (str_eq(name, STR("UserDeploymentId")))
		return "00000000-0000-0000-0000-000000000000";
	if (str_eq(name, STR("ExternalEwsVersion")) || str_eq(name, STR("CasVersion")) ||
	    str_eq(name, STR("MailboxVersion"))) {
		build(c, space, 64);
		return space;
	}
	return NULL;
}

/* @kind: "User" or "Domain" */
static void settings(const struct connection *c, const xmlNode *wanted, const char *kind,
		     const struct autodiscover_answer *a, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf found = STRBUF(1 << 18);
	char space[64];

	strbuf_addf(out, "<%sSettingErrors>", kind);
	for (const xmlNode *n = x_first(wanted); n; n = x_next(n)) {
		struct str name = x_short(n);
		const char *value = value_of(c, a, name, space);

		if (value) {
			strbuf_addf(&found, "<%sSetting i:type=\"%s\">", kind,
				    kind[0] == 'U' ? "StringSetting"
						   : "DomainStringSetting");
			x_text(&found, "Name", name);
			x_text(&found, "Value", str_from(value));
			strbuf_addf(&found, "</%sSetting>", kind);
		} else {
			strbuf_addf(out,
				    "<%sSettingError><ErrorCode>SettingIsNotAvailable"
				    "</ErrorCode><ErrorMessage>Setting is not available."
				    "</ErrorMessage>",
				    kind);
			x_text(out, "SettingName", name);
			strbuf_addf(out, "</%sSettingError>", kind);
		}
	}
	strbuf_addf(out, "</%sSettingErrors><%sSettings>", kind, kind);
	strbuf_add(out, strbuf_str(&found));
	strbuf_addf(out, "</%sSettings>", kind);
}

static void nothing(const char *code, const char *text, const char *target,
		    struct strbuf *out)
{
	strbuf_addf(out, "<ErrorCode>%s</ErrorCode><ErrorMessage>%s</ErrorMessage>", code,
		    text);
	if (target)
		x_text(out, "RedirectTarget", str_from(target));
	else
		strbuf_add(out, STR("<RedirectTarget i:nil=\"true\"/>"));
}

static void user_response(struct connection *c, const xmlNode *user,
			  const xmlNode *wanted, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf address = STRBUF(255);
	struct autodiscover_answer a;
	bool to_url;

	x_content(x_child(user, "Mailbox"), &address);
	autodiscover_find(c, str_trim(strbuf_str(&address)), &a);
	to_url = a.redirect.to_url;
	strbuf_add(out, STR("<UserResponse>"));
	if (a.redirect.who[0])
		nothing(to_url ? "RedirectUrl" : "RedirectAddress",
			to_url ? "Redirection URL." : "Redirection address.",
			a.redirect.target, out);
	else if (!a.known)
		nothing("InvalidUser", "Invalid user.", NULL, out);
	else
		nothing("NoError", "No error.", NULL, out);
	if (a.known && !a.redirect.who[0])
		settings(c, wanted, "User", &a, out);
	else
		strbuf_add(out, STR("<UserSettingErrors/><UserSettings/>"));
	strbuf_add(out, STR("</UserResponse>"));
}

static bool is_our_domain(struct connection *c, struct str domain)
{
	struct sim *sim = c->server->sim;
	bool found = false;

	pthread_mutex_lock(&sim->lock);
	for (size_t i = 0; i < sim_user_count(sim); i++) {
		struct str rest = str_from(sim_user_at(sim, i)->address), local;

		str_split(&rest, '@', &local);
		found = found || str_eq_nocase(rest, domain);
	}
	pthread_mutex_unlock(&sim->lock);
	return found;
}

static void domain_response(struct connection *c, const xmlNode *domain,
			    const xmlNode *wanted, struct strbuf *out)
{
	struct autodiscover_answer a;
	bool known = is_our_domain(c, x_short(domain));

	autodiscover_find(c, STR(""), &a);
	strbuf_add(out, STR("<DomainResponse>"));
	if (known)
		nothing("NoError", "No error.", NULL, out);
	else
		nothing("InvalidDomain", "Invalid domain.", NULL, out);
	if (known)
		settings(c, wanted, "Domain", &a, out);
	else
		strbuf_add(out, STR("<DomainSettingErrors/><DomainSettings/>"));
	strbuf_add(out, STR("</DomainResponse>"));
}

static size_t children(const xmlNode *parent)
{
	size_t n = 0;

	for (const xmlNode *child = x_first(parent); child; child = x_next(child))
		n++;
	return n;
}

/* @kind: "User" or "Domain" */
static void message(struct connection *c, const xmlNode *request, const char *kind,
		    struct strbuf *out)
{
	char list[16];
	const xmlNode *names, *wanted = x_child(request, "RequestedSettings");
	size_t count;

	snprintf(list, sizeof(list), "%ss", kind);
	names = x_child(request, list);
	count = children(names);
	strbuf_addf(out,
		    "<Get%sSettingsResponseMessage "
		    "xmlns=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\">"
		    "<Response xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">",
		    kind);
	if (!count || !x_first(wanted) || count > MAX_USERS) {
		strbuf_addf(out,
			    "<ErrorCode>InvalidRequest</ErrorCode><ErrorMessage>Invalid "
			    "request.</ErrorMessage><%sResponses i:nil=\"true\"/>",
			    kind);
	} else {
		strbuf_addf(out,
			    "<ErrorCode>NoError</ErrorCode><ErrorMessage/>"
			    "<%sResponses>",
			    kind);
		for (const xmlNode *n = x_first(names); n; n = x_next(n))
			if (kind[0] == 'U')
				user_response(c, n, wanted, out);
			else
				domain_response(c, n, wanted, out);
		strbuf_addf(out, "</%sResponses>", kind);
	}
	strbuf_addf(out, "</Response></Get%sSettingsResponseMessage>", kind);
}

static void head(const struct connection *c, const char *kind, struct strbuf *out)
{
	const struct version_build *v = version_build(&c->settings);

	strbuf_addf(
		out,
		"<a:Action s:mustUnderstand=\"1\">http://schemas.microsoft.com/exchange/"
		"2010/Autodiscover/Autodiscover/Get%sSettingsResponse</a:Action>"
		"<h:ServerVersionInfo "
		"xmlns:h=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\">"
		"<h:MajorVersion>%u</h:MajorVersion><h:MinorVersion>%u</h:MinorVersion>"
		"<h:MajorBuildNumber>%u</h:MajorBuildNumber><h:MinorBuildNumber>%u"
		"</h:MinorBuildNumber><h:Version>%s</h:Version></h:ServerVersionInfo>",
		kind, v->major, v->minor, v->build, v->revision,
		v->name ? v->name : "Exchange2007");
}

int autodiscover_soap(struct connection *c, const xmlNode *root, struct strbuf *out)
{
	const xmlNode *asked = x_first(x_child(root, "Body"));
	const char *kind = x_is(asked, "GetUserSettingsRequestMessage")	    ? "User"
			   : x_is(asked, "GetDomainSettingsRequestMessage") ? "Domain"
									    : NULL;

	strbuf_add(out, STR("<s:Envelope "
			    "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
			    "xmlns:a=\"http://www.w3.org/2005/08/addressing\">"
			    "<s:Header>"));
	if (!kind) {
		strbuf_add(
			out,
			STR("</s:Header><s:Body><s:Fault><faultcode>"
			    "a:ActionNotSupported</faultcode><faultstring "
			    "xml:lang=\"en-US\">The message cannot be processed at the "
			    "receiver, due to a ContractFilter mismatch at the "
			    "EndpointDispatcher.</faultstring></s:Fault></s:Body>"
			    "</s:Envelope>"));
		return 500;
	}
	head(c, kind, out);
	strbuf_add(out, STR("</s:Header><s:Body>"));
	message(c, x_child(asked, "Request"), kind, out);
	strbuf_add(out, STR("</s:Body></s:Envelope>"));
	return 200;
}
