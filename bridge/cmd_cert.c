/*
 * passerelle cert: the certificate that the listeners show. Without tls-cert in the
 * configuration one is made into the state directory, here or at the first start that
 * needs it; clients are to be told its fingerprint.
 */
#include <stdio.h>

#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/tls.h"
#include "bridge/cmd.h"
#include "bridge/config.h"

enum { PATH_BYTES = 4096, FINGERPRINT_BYTES = 96 };

struct files {
	struct strbuf cert, key;
};

static void files_finish(struct files *files)
{
	strbuf_finish(&files->cert);
	strbuf_finish(&files->key);
}

static bool own_files(const struct config *config, struct files *files, struct err *err)
{
	strbuf_init(&files->cert, PATH_BYTES);
	strbuf_init(&files->key, PATH_BYTES);
	if (config->tls_cert) {
		strbuf_add_cstr(&files->cert, config->tls_cert);
		strbuf_add_cstr(&files->key, config->tls_key);
	} else {
		strbuf_addf(&files->cert, "%s/tls-cert.pem", config->state_dir);
		strbuf_addf(&files->key, "%s/tls-key.pem", config->state_dir);
	}
	return strbuf_ok(&files->cert, err) && strbuf_ok(&files->key, err);
}

/* A name or address that clients elsewhere may use; NULL: only this machine. */
static const char *public_host(const struct config *config)
{
	const struct listen_config *listens[] = { &config->imaps, &config->imap,
						  &config->smtps, &config->smtp };

	for (size_t i = 0; i < ARRAY_LEN(listens); i++)
		if (listens[i]->host && !config_is_loopback(listens[i]->host) &&
		    !str_eq(str_from(listens[i]->host), STR("0.0.0.0")))
			return listens[i]->host;
	return NULL;
}

/* @made_r: there was none */
static bool prepare(const struct config *config, struct files *files, bool *made_r,
		    struct err *err)
{
	*made_r = false;
	if (!own_files(config, files, err))
		return false;
	if (config->tls_cert)
		return true;
	if (!file_make_dirs(config->state_dir, 0700, err))
		return false;
	*made_r = tls_self_signed(strbuf_cstr(&files->cert), strbuf_cstr(&files->key),
				  public_host(config), err);
	return *made_r || err->code == ERR_EXISTS;
}

bool serve_tls_open(const struct config *config, struct tls_server **server_r,
		    struct err *err)
{
	CLEANUP(files_finish) struct files files = { 0 };
	char fingerprint[FINGERPRINT_BYTES];
	bool made;

	if (!config_wants_tls(config)) {
		*server_r = NULL;
		return true;
	}
	if (!prepare(config, &files, &made, err))
		return false;
	if (made && tls_fingerprint(strbuf_cstr(&files.cert), fingerprint,
				    sizeof(fingerprint), err))
		log_info("serve", "made a certificate, SHA-256 %s", fingerprint);
	return tls_server_new(strbuf_cstr(&files.cert), strbuf_cstr(&files.key), server_r,
			      err);
}

static int run(int argc, char **argv)
{
	CLEANUP(config_finish) struct config config = { 0 };
	CLEANUP(files_finish) struct files files = { 0 };
	char fingerprint[FINGERPRINT_BYTES];
	const char *path = NULL;
	struct err err;
	bool made;

	for (int i = 1; i < argc; i++)
		if (!cmd_option(argc, argv, &i, "config", &path))
			return cmd_usage(&cmd_cert, argv[i]);
	if (!path)
		return cmd_usage(&cmd_cert, NULL);
	if (!config_load(path, &config, &err) || !prepare(&config, &files, &made, &err) ||
	    !tls_fingerprint(strbuf_cstr(&files.cert), fingerprint, sizeof(fingerprint),
			     &err))
		return cmd_fail(&err);
	printf("certificate %s%s\nkey         %s\nSHA-256     %s\n",
	       strbuf_cstr(&files.cert), made ? " (new)" : "", strbuf_cstr(&files.key),
	       fingerprint);
	return 0;
}

const struct cmd cmd_cert = { "cert", "--config FILE",
			      "make and show the certificate for clients", run };
