/* Binary parts to base64: see unbinary.h. */
#include "bridge/mime/unbinary.h"

#include <string.h>

#include "bridge/mime/decode.h"
#include "bridge/mime/edit.h"
#include "bridge/mime/structure.h"

static bool has_nul(struct str octets)
{
	return octets.len && memchr(octets.p, '\0', octets.len);
}

static void encode_part(const struct mime_part *part, struct strbuf *out)
{
	static const struct str encoding = { "Content-Transfer-Encoding", 25 };
	CLEANUP(strbuf_finish) struct strbuf header = STRBUF(part->header.len + 64);

	mime_edit_strip(part->header, &encoding, 1, &header);
	mime_edit_insert(strbuf_str(&header), encoding, STR("base64"), out);
	mime_encode_base64(part->body, out);
}

void mime_unbinary(struct str message, struct strbuf *out)
{
	struct mime_tree tree;
	const char *from = message.p;

	mime_tree_init(&tree, message);
	for (const struct mime_part *part = tree.root; part;
	     part = mime_part_next(part)) {
		if (part->kind != MIME_LEAF || !has_nul(part->body) || !part->header.p)
			continue;
		strbuf_add_mem(out, from, (size_t)(part->header.p - from));
		encode_part(part, out);
		from = part->body.p + part->body.len;
	}
	strbuf_add_mem(out, from, (size_t)(message.p + message.len - from));
	mime_tree_finish(&tree);
}
