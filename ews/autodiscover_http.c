/* HTTP for Autodiscover: one request on a connection of its own, and URLs taken apart. */
#include "ews/autodiscover_http.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/macros.h"
#include "base/str.h"

#define TIMEOUT_MS 15000

bool discover_url_split(const char *url, struct discover_url *url_r)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *user = NULL;
	bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
		  strlen(host) < sizeof(url_r->host) &&
		  (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);

	if (ok) {
		url_r->https = strcmp(scheme, "https") == 0;
		snprintf(url_r->host, sizeof(url_r->host), "%s", host);
		for (char *c = url_r->host; *c; c++)
			*c = str_lower_char(*c);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(u);
	return ok;
}

void discover_reply_init(struct discover_reply *reply)
{
	*reply = (struct discover_reply){ 0 };
	strbuf_init(&reply->body, DISCOVER_REPLY_MAX);
}

void discover_reply_finish(struct discover_reply *reply)
{
	strbuf_finish(&reply->body);
}

static size_t on_receive(char *bytes, size_t size, size_t count, void *context)
{
	struct discover_reply *reply = context;

	strbuf_add_mem(&reply->body, bytes, size * count);
	return reply->body.overflow ? 0 : size * count;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
		       curl_off_t d)
{
	const struct ews_discover_config *config = context;

	return config->stopped && config->stopped(config->context);
}

static void set_options(CURL *easy, const struct ews_discover_config *config,
			const char *url, bool login)
{
	int64_t timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : TIMEOUT_MS;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
			 config->user_agent ? config->user_agent
					    : "Passerelle/" PASSERELLE_VERSION);
	if (config->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, config->ca_file);
	if (login) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME,
				 config->login ? config->login : config->address);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password);
	}
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, config);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_receive);
}

/* The first words of WWW-Authenticate fields. */
static void list_offers(CURL *easy, char *out, size_t size)
{
	struct curl_header *field;
	struct strbuf list = STRBUF(size - 1);

	for (size_t i = 0; curl_easy_header(easy, "WWW-Authenticate", i, CURLH_HEADER, -1,
					    &field) == CURLHE_OK;
	     i++) {
		struct str rest = str_from(field->value), word;

		if (str_split(&rest, ' ', &word))
			strbuf_addf(&list, "%s%.*s", i > 0 ? ", " : "", STR_FMT(word));
	}
	snprintf(out, size, "%s", strbuf_cstr(&list));
	strbuf_finish(&list);
}

static void read_head(CURL *easy, struct discover_reply *reply)
{
	char *location = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
	reply->status = (int)status;
	if (location && strlen(location) < sizeof(reply->location))
		snprintf(reply->location, sizeof(reply->location), "%s", location);
	list_offers(easy, reply->offers, sizeof(reply->offers));
}

bool discover_request(const struct ews_discover_config *config, const char *url,
		      const struct strbuf *post, bool login, struct discover_reply *reply,
		      struct err *err)
{
	CURL *easy = curl_easy_init();
	struct curl_slist *headers = NULL;
	char says[CURL_ERROR_SIZE] = "";
	CURLcode result;

	discover_reply_finish(reply);
	discover_reply_init(reply);
	if (!easy)
		return err_set(err, ERR_BROKEN, "libcurl gives no handle");
	set_options(easy, config, url, login);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, says);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
	if (post) {
		headers = curl_slist_append(NULL,
					    "Content-Type: text/xml; charset=utf-8");
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)post->len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->p);
	}
	result = curl_easy_perform(easy);
	if (result == CURLE_OK)
		read_head(easy, reply);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	if (result == CURLE_OK)
		return true;
	if (reply->body.overflow)
		return err_set(err, ERR_LIMIT, "the answer is too large");
	return err_set(
		err, result == CURLE_PEER_FAILED_VERIFICATION ? ERR_DENIED : ERR_OFFLINE,
		"%.110s", says[0] ? says : curl_easy_strerror(result));
}
