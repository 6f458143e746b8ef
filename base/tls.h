/* The server's side of TLS (OpenSSL), under our own names; for base/stream.c. */
#ifndef BASE_TLS_H
#define BASE_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct tls_server; /* certificate and key; shared by all threads */
struct tls_conn; /* one connection; one thread at a time */

/*
 * tls_server_new() - load what is shown to clients
 * @cert_file: PEM, the certificate and those of its issuers; @key_file: PEM
 * TLS 1.2 and later. Errors: ERR_NOT_FOUND a file; ERR_SYNTAX not PEM, or the key is not
 * the certificate's. Blocks: disk.
 */
MUST_CHECK bool tls_server_new(const char *cert_file, const char *key_file,
			       struct tls_server **server_r, struct err *err);
void tls_server_free(struct tls_server *server); /* NULL is fine */

/*
 * tls_self_signed() - make a key (P-256) and a certificate for it, valid for ten years
 * @host: name or address in it, beside localhost, 127.0.0.1 and ::1; NULL: none
 * Files that are there are not overwritten (ERR_EXISTS); the key has mode 0600.
 */
MUST_CHECK bool tls_self_signed(const char *cert_file, const char *key_file,
				const char *host, struct err *err);
/* tls_fingerprint() - SHA-256 of the first certificate as "AB:CD:..."; @text: 96 bytes */
MUST_CHECK bool tls_fingerprint(const char *cert_file, char *text, size_t size,
				struct err *err);

/* What a call on a non-blocking socket came to; > 0: that many bytes. */
enum tls_result {
	TLS_CLOSED = 0, /* by the peer, or broken */
	TLS_WANT_READ = -1, /* wait until the socket can be read, and again */
	TLS_WANT_WRITE = -2,
	TLS_FAILED = -3,
};
/* NULL: out of memory. */
struct tls_conn *tls_conn_new(struct tls_server *server, int fd);
void tls_conn_free(struct tls_conn *conn); /* NULL is fine; the socket stays open */
/* tls_handshake() - 1 when done, else enum tls_result */
int tls_handshake(struct tls_conn *conn);
int tls_read(struct tls_conn *conn, char *into, size_t size);
int tls_write(struct tls_conn *conn, const char *from, size_t size);
/* tls_pending() - has decrypted bytes that no poll() of the socket tells of */
bool tls_pending(const struct tls_conn *conn);

#endif
