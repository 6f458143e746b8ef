/* Ids look like Exchange's: long, case-sensitive, with '+' and '/'. */
#include "tests/ewsim/ids.h"

#include "base/base64.h"

enum { ID_BYTES = 60 };

static void put(unsigned char *p, uint64_t v, int bytes)
{
	while (bytes--) {
		*p++ = (unsigned char)v;
		v >>= 8;
	}
}

static uint64_t get(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static uint32_t check(const unsigned char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

void id_write(struct id id, struct strbuf *out)
{
	unsigned char b[ID_BYTES] = { 0, 0, 0x24, 0, 0x65, 0x77, 0x73, 0x69, 0x6d };

	b[9] = (unsigned char)id.kind;
	for (int i = 10; i < 36; i++) /* filler that makes every id look different */
		b[i] = (unsigned char)((id.number * 2654435761u >> (i % 24)) +
				       (unsigned)i * 37);
	put(b + 36, id.number, 8);
	put(b + 44, (uint64_t)id.extra, 8);
	put(b + 52, check(b, 52), 4);
	put(b + 56, 0xFBFFBEu, 4); /* '+' and '/' in base64 */
	base64_encode(str_make((const char *)b, sizeof(b)), out);
}

bool id_read(struct str text, struct id *id_r)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(ID_BYTES * 2);
	const unsigned char *b;

	if (text.len > ID_BYTES * 2 || !base64_decode(text, &raw, NULL) ||
	    raw.len != ID_BYTES)
		return false;
	b = (const unsigned char *)raw.p;
	if (get(b + 52, 4) != check(b, 52))
		return false;
	*id_r = (struct id){ (enum id_kind)b[9], get(b + 36, 8),
			     (int64_t)get(b + 44, 8) };
	return true;
}

void change_key_write(bool calendar, uint32_t change, struct strbuf *out)
{
	unsigned char b[20] = { 9, 0, 0, 0, 0x16, 0, 0, 0 };

	if (calendar)
		b[0] = 0x0f;
	put(b + 8, 0x7a6b5c4d3e2f1a0bu, 8);
	put(b + 16, change, 4);
	base64_encode(str_make((const char *)b, sizeof(b)), out);
}

bool change_key_read(struct str text, uint32_t *change_r)
{
	CLEANUP(strbuf_finish) struct strbuf raw = STRBUF(64);

	if (text.len > 64 || !base64_decode(text, &raw, NULL) || raw.len != 20)
		return false;
	*change_r = (uint32_t)get((const unsigned char *)raw.p + 16, 4);
	return true;
}
