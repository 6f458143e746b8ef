/* Autodiscover with plain old XML: [MS-OXDSCLI] section 2.2.4. */
#include "tests/ewsim/autodiscover.h"

#include "base/clock.h"

#define OUTLOOK "http://schemas.microsoft.com/exchange/autodiscover/outlook/"

static void begin(struct strbuf *out)
{
	strbuf_add(out, STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
			    "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/"
			    "autodiscover/responseschema/2006\">"));
}

static int refuse(const struct connection *c, struct strbuf *out, int code,
		  const char *text)
{
	struct civil t = clock_civil_from_unix(clock_unix_s() + c->settings.clock_skew_s);

	begin(out);
	strbuf_addf(out,
		    "<Response><Error Time=\"%02d:%02d:%02d.0000000\" Id=\"2085925935\">"
		    "<ErrorCode>%d</ErrorCode><Message>%s</Message><DebugData/></Error>"
		    "</Response></Autodiscover>",
		    t.hour, t.minute, t.second, code, text);
	return 200;
}

static void urls(const struct connection *c, const char *url, struct strbuf *out)
{
	static const char *const names[] = { "ASUrl", "EwsUrl", "EmwsUrl", "OOFUrl" };
	size_t n = c->settings.autodiscover_urls == URLS_ASURL ? 1 : ARRAY_LEN(names);

	for (size_t i = 0; i < n; i++)
		x_text(out, names[i], str_from(url));
}

/* Four bits of the form, 6 of major and minor, a flag, 15 of the build. */
static uint32_t packed_build(const struct version_build *v)
{
	return 7u << 28 | v->major << 22 | v->minor << 16 | 1u << 15 | v->build;
}

static void settings(const struct connection *c, const struct autodiscover_answer *a,
		     struct strbuf *out)
{
	strbuf_add(out, STR("<User>"));
	x_text(out, "DisplayName", str_from(a->name));
	x_text(out, "LegacyDN", str_from(a->dn));
	x_text(out, "AutoDiscoverSMTPAddress", str_from(a->address));
	strbuf_add(out, STR("<DeploymentId>00000000-0000-0000-0000-000000000000"
			    "</DeploymentId></User><Account><AccountType>email"
			    "</AccountType><Action>settings</Action>"
			    "<Protocol><Type>EXCH</Type><Server>ewsim</Server>"));
	strbuf_addf(out, "<ServerVersion>%08X</ServerVersion>",
		    packed_build(version_build(&c->settings)));
	urls(c, a->url, out);
	strbuf_add(out, STR("</Protocol>"));
	if (c->settings.autodiscover_urls != URLS_INTERNAL) {
		strbuf_addf(out,
			    "<Protocol><Type>EXPR</Type><Server>ewsim</Server><SSL>%s"
			    "</SSL><AuthPackage>Basic</AuthPackage>",
			    c->https ? "On" : "Off");
		urls(c, a->url, out);
		strbuf_add(out, STR("</Protocol>"));
	}
	strbuf_add(out, STR("</Account>"));
}

static void redirect(const struct sim_redirect *r, struct strbuf *out)
{
	strbuf_addf(out, "<Account><Action>%s</Action>",
		    r->to_url ? "redirectUrl" : "redirectAddr");
	x_text(out, r->to_url ? "RedirectUrl" : "RedirectAddr", str_from(r->target));
	strbuf_add(out, STR("</Account>"));
}

int autodiscover_pox(struct connection *c, const xmlNode *root, struct strbuf *out)
{
	CLEANUP(strbuf_finish) struct strbuf address = STRBUF(255);
	const xmlNode *request = x_is(root, "Autodiscover") ? x_child(root, "Request")
							    : NULL;
	struct autodiscover_answer a;

	x_content(x_child(request, "EMailAddress"), &address);
	if (!address.len)
		return refuse(c, out, 600, "Invalid Request");
	if (!str_eq(x_short(x_child(request, "AcceptableResponseSchema")),
		    STR(OUTLOOK "responseschema/2006a")))
		return refuse(c, out, 601, "Provider is not available");
	autodiscover_find(c, str_trim(strbuf_str(&address)), &a);
	if (!a.redirect.who[0] && !a.known)
		return refuse(c, out, 500, "The email address can't be found.");
	if (a.redirect.who[0] && a.redirect.to_url && c->settings.autodiscover_redirect) {
		strbuf_add_cstr(out, a.redirect.target);
		return 302;
	}
	begin(out);
	strbuf_add(out, STR("<Response xmlns=\"" OUTLOOK "responseschema/2006a\">"));
	if (a.redirect.who[0])
		redirect(&a.redirect, out);
	else
		settings(c, &a, out);
	strbuf_add(out, STR("</Response></Autodiscover>"));
	return 200;
}
