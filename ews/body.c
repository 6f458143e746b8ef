/* A request's body in pieces: see body.h. */
#include "ews/body.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

#define TEXT_MAX (64u * 1024 * 1024)
#define KEEP_MAX (1024u * 1024)
#define OCTETS (12u * 1024) /* a multiple of 3: no padding inside */

void ews_body_init(struct ews_body *body)
{
	*body = (struct ews_body){ 0 };
	strbuf_init(&body->text, TEXT_MAX);
	strbuf_init(&body->block, 2 * OCTETS);
}

void ews_body_finish(struct ews_body *body)
{
	strbuf_finish(&body->text);
	strbuf_finish(&body->block);
	free(body->parts);
	*body = (struct ews_body){ 0 };
}

void ews_body_reset(struct ews_body *body)
{
	if (body->text.capacity > KEEP_MAX)
		strbuf_finish(&body->text);
	strbuf_reset(&body->text);
	body->part_count = 0;
	ews_body_rewind(body);
}

void ews_body_add(struct ews_body *body, const struct ews_source *source)
{
	body->parts = mem_grow(body->parts, body->part_count, &body->part_capacity,
			       sizeof(*body->parts));
	body->parts[body->part_count++] = (struct ews_body_part){ body->text.len,
								  *source };
}

uint64_t ews_body_size(const struct ews_body *body)
{
	uint64_t total = body->text.len;

	for (size_t i = 0; i < body->part_count; i++)
		total += (body->parts[i].source.size_bytes + 2) / 3 * 4;
	return total;
}

void ews_body_rewind(struct ews_body *body)
{
	body->text_used = body->part = body->block_used = 0;
	body->part_used = body->total_read = 0;
	strbuf_reset(&body->block);
	body->err.code = ERR_OK;
}

/* Encodes the next octets of the part; false when it is at its end or broken. */
static bool fill(struct ews_body *body)
{
	const struct ews_source *source = &body->parts[body->part].source;
	uint64_t left = source->size_bytes - body->part_used;
	size_t n = (size_t)MIN_OF(left, OCTETS);
	char octets[OCTETS];

	if (n == 0 ||
	    !source->read(source->context, body->part_used, octets, n, &body->err))
		return false;
	body->part_used += n;
	body->block_used = 0;
	strbuf_reset(&body->block);
	base64_encode(str_make(octets, n), &body->block);
	return true;
}

static size_t take(struct str from, size_t *used, char *into, size_t size)
{
	struct str some = str_sub(str_sub(from, *used, from.len), 0, size);

	if (some.len > 0)
		memcpy(into, some.p, some.len);
	*used += some.len;
	return some.len;
}

/* Some bytes, or 0 when the part that stood here is used up. */
static size_t read_some(struct ews_body *body, char *into, size_t size)
{
	struct str text = strbuf_str(&body->text);
	bool more = body->part < body->part_count;

	if (body->block_used < body->block.len)
		return take(strbuf_str(&body->block), &body->block_used, into, size);
	if (!more || body->text_used < body->parts[body->part].at)
		return take(
			str_sub(text, 0, more ? body->parts[body->part].at : text.len),
			&body->text_used, into, size);
	if (fill(body))
		return take(strbuf_str(&body->block), &body->block_used, into, size);
	body->part++;
	body->part_used = 0;
	return 0;
}

size_t ews_body_read(struct ews_body *body, char *into, size_t size)
{
	size_t done = 0;

	while (done < size && body->err.code == ERR_OK && !ews_body_all_read(body)) {
		size_t n = read_some(body, into + done, size - done);

		done += n;
		body->total_read += n;
	}
	return body->err.code == ERR_OK ? done : 0;
}

bool ews_body_all_read(const struct ews_body *body)
{
	return body->total_read == ews_body_size(body);
}
