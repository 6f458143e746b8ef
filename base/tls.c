/* TLS for listeners: see tls.h. Renegotiation and compression are off. */
#include "base/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One of its types has the name of one of our error codes. */
#define ERR_STATE openssl_err_state
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "base/mem.h"

enum { VALID_S = 10 * 365 * 86400, EARLIER_S = 86400 };

struct tls_server {
	SSL_CTX *ctx;
};
struct tls_conn {
	SSL *ssl;
};

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "unknown";
}

/* ---- the certificate -----------------------------------------------------------------
 */

static bool readable(const char *path, struct err *err)
{
	return access(path, R_OK) == 0 ||
	       err_errno(err, ERR_NOT_FOUND, errno, "cannot read %s", path);
}

static bool load(SSL_CTX *ctx, const char *cert_file, const char *key_file,
		 struct err *err)
{
	if (!readable(cert_file, err) || !readable(key_file, err))
		return false;
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return err_set(err, ERR_SYNTAX, "%s: no certificate in PEM: %s",
			       cert_file, reason());
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return err_set(err, ERR_SYNTAX, "%s: not the certificate's key: %s",
			       key_file, reason());
	return SSL_CTX_check_private_key(ctx) == 1 ||
	       err_set(err, ERR_SYNTAX, "%s is not the key of %s", key_file, cert_file);
}

bool tls_server_new(const char *cert_file, const char *key_file,
		    struct tls_server **server_r, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return err_set(err, ERR_BROKEN, "TLS: %s", reason());
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Idle sessions give their buffers back. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (!load(ctx, cert_file, key_file, err)) {
		SSL_CTX_free(ctx);
		return false;
	}
	*server_r = mem_alloc(sizeof(**server_r));
	(*server_r)->ctx = ctx;
	return true;
}

void tls_server_free(struct tls_server *server)
{
	if (server)
		SSL_CTX_free(server->ctx);
	mem_free_ptr(&server);
}

static bool add_extension(X509 *cert, int what, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool fine;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, what, value);
	fine = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return fine;
}

static bool is_address(const char *host)
{
	return host[strspn(host, "0123456789.")] == '\0' || strchr(host, ':');
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *host)
{
	X509_NAME *name = X509_get_subject_name(cert);
	const unsigned char *common = (const unsigned char *)(host ? host : "localhost");
	char names[512];

	snprintf(names, sizeof(names), "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
		 !host		    ? ""
		 : is_address(host) ? ",IP:"
				    : ",DNS:",
		 host ? host : "");
	return X509_set_version(cert, 2) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -EARLIER_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) &&
	       X509_set_pubkey(cert, key) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, -1, -1, 0) ==
		       1 &&
	       X509_set_issuer_name(cert, name) == 1 &&
	       add_extension(cert, NID_subject_alt_name, names) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static FILE *create(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!file)
		err_errno(err, errno == EEXIST ? ERR_EXISTS : ERR_BROKEN, errno,
			  "cannot create %s", path);
	return file;
}

static bool store(const char *cert_file, const char *key_file, X509 *cert, EVP_PKEY *key,
		  struct err *err)
{
	FILE *key_out = create(key_file, err);
	FILE *cert_out = key_out ? create(cert_file, err) : NULL;
	bool fine = cert_out &&
		    PEM_write_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		    PEM_write_X509(cert_out, cert) == 1;

	if (cert_out && !fine)
		err_set(err, ERR_BROKEN, "cannot write %s", cert_file);
	if (key_out && (fclose(key_out) != 0))
		fine = err_set(err, ERR_BROKEN, "cannot write %s", key_file);
	if (cert_out && (fclose(cert_out) != 0))
		fine = err_set(err, ERR_BROKEN, "cannot write %s", cert_file);
	if (!fine && key_out)
		unlink(key_file);
	return fine;
}

bool tls_self_signed(const char *cert_file, const char *key_file, const char *host,
		     struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool fine = (key && cert && fill(cert, key, host)) ||
		    err_set(err, ERR_BROKEN, "cannot make a certificate: %s", reason());

	fine = fine && store(cert_file, key_file, cert, key, err);
	X509_free(cert);
	EVP_PKEY_free(key);
	return fine;
}

bool tls_fingerprint(const char *cert_file, char *text, size_t size, struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	FILE *file = fopen(cert_file, "re");
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	bool fine = cert && X509_digest(cert, EVP_sha256(), digest, &len) == 1;

	if (file)
		fclose(file);
	X509_free(cert);
	if (!fine)
		return err_set(err, ERR_SYNTAX, "%s: no certificate in PEM", cert_file);
	for (unsigned i = 0; i < len && 3 * i + 3 <= size; i++)
		snprintf(text + 3 * i, size - 3 * i, i + 1 < len ? "%02X:" : "%02X",
			 digest[i]);
	return true;
}

/* ---- connections ---------------------------------------------------------------------
 */

struct tls_conn *tls_conn_new(struct tls_server *server, int fd)
{
	struct tls_conn *conn;
	SSL *ssl = SSL_new(server->ctx);

	if (!ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	conn = mem_alloc(sizeof(*conn));
	conn->ssl = ssl;
	return conn;
}

void tls_conn_free(struct tls_conn *conn)
{
	if (conn) {
		/* One notice, no waiting for the peer's. */
		if (SSL_is_init_finished(conn->ssl))
			SSL_shutdown(conn->ssl);
		SSL_free(conn->ssl);
		ERR_clear_error();
	}
	mem_free_ptr(&conn);
}

static int result(struct tls_conn *conn, int got)
{
	if (got > 0)
		return got;
	switch (SSL_get_error(conn->ssl, got)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		return TLS_FAILED;
	}
}

int tls_handshake(struct tls_conn *conn)
{
	ERR_clear_error();
	return result(conn, SSL_do_handshake(conn->ssl));
}

int tls_read(struct tls_conn *conn, char *into, size_t size)
{
	ERR_clear_error();
	return result(conn,
		      SSL_read(conn->ssl, into, (int)MIN_OF(size, (size_t)INT_MAX)));
}

int tls_write(struct tls_conn *conn, const char *from, size_t size)
{
	ERR_clear_error();
	return result(conn,
		      SSL_write(conn->ssl, from, (int)MIN_OF(size, (size_t)INT_MAX)));
}

bool tls_pending(const struct tls_conn *conn)
{
	return SSL_has_pending(conn->ssl) != 0;
}
