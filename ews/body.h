/* The body of a request: text, and contents that are encoded while it is sent. */
#ifndef EWS_BODY_H
#define EWS_BODY_H

#include "ews/content.h"

struct ews_body_part {
	size_t at; /* it stands before this byte of the text */
	struct ews_source source;
};

struct ews_body {
	struct strbuf text;
	struct ews_body_part *parts;
	size_t part_count, part_capacity;

	/* Where ews_body_read() is. */
	size_t text_used, part;
	uint64_t part_used; /* octets of the part */
	struct strbuf block; /* encoded octets that are not read yet */
	size_t block_used;
	uint64_t total_read;
	struct err err;
};

void ews_body_init(struct ews_body *body);
void ews_body_finish(struct ews_body *body);
/* ews_body_reset() - empty it; much memory is given back. */
void ews_body_reset(struct ews_body *body);
/* ews_body_add() - @source stands here, as base64. */
void ews_body_add(struct ews_body *body, const struct ews_source *source);

uint64_t ews_body_size(const struct ews_body *body); /* bytes in all */
void ews_body_rewind(struct ews_body *body);
/* ews_body_read() - the next bytes. Return: 0 at the end, or when a source failed:
 * body->err. */
size_t ews_body_read(struct ews_body *body, char *into, size_t size);
bool ews_body_all_read(const struct ews_body *body);

#endif
