/*
 * Digest of a message's content. Two copies have the same one if their headers are the
 * same once unfolded, and their parts once decoded; boundaries, folding, transfer
 * encodings and preambles do not count.
 */
#ifndef BRIDGE_MIME_DIGEST_H
#define BRIDGE_MIME_DIGEST_H

#include "bridge/mime/structure.h"

#define MIME_DIGEST_BYTES 32 /* SHA-256 */

void mime_digest(const struct mime_tree *tree, unsigned char digest_r[MIME_DIGEST_BYTES]);

/* mime_digest_parts() - the same of types and decoded bodies alone: what a message says,
 * whatever headers a client gives its own copy. */
void mime_digest_parts(const struct mime_tree *tree,
		       unsigned char digest_r[MIME_DIGEST_BYTES]);

#endif
