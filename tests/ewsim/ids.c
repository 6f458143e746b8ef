/*
 * Ids look like Exchange's: long, with '+' and '/'. Those of one kind differ in the case
 * of letters only, so that whoever folds case mixes them up.
 */
#include "tests/ewsim/ids.h"

#include "base/base64.h"

enum { NUMBER_LETTERS = 64, CHECK_LETTERS = 16 };

#define PREFIX "AAMkAGV3c2ltAA"

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

static uint64_t check(struct id id)
{
	uint64_t h = (id.number * 0x9E3779B97F4A7C15u ^ (uint64_t)id.extra) *
		     0xBF58476D1CE4E5B9u;

	return (h ^ h >> 29 ^ (uint64_t)id.kind * 40503) & 0xFFFF;
}

/* Each bit is the case of a letter. */
static void put_letters(struct strbuf *out, uint64_t v, int count)
{
	char text[NUMBER_LETTERS];

	for (int i = 0; i < count; i++)
		text[i] = (char)((v >> i & 1 ? 'a' : 'A') + i * 7 % 26);
	strbuf_add_mem(out, text, (size_t)count);
}

static bool get_letters(struct str *rest, int count, uint64_t *v_r)
{
	uint64_t v = 0;

	if (rest->len < (size_t)count)
		return false;
	for (int i = 0; i < count; i++) {
		char upper = (char)('A' + i * 7 % 26);

		if (rest->p[i] != upper && rest->p[i] != upper + 32)
			return false;
		v |= (uint64_t)(rest->p[i] != upper) << i;
	}
	*rest = str_sub(*rest, (size_t)count, rest->len);
	*v_r = v;
	return true;
}

void id_write(struct id id, struct strbuf *out)
{
	strbuf_add(out, STR(PREFIX));
	strbuf_addc(out, (char)('0' + id.kind));
	strbuf_addc(out, '/');
	put_letters(out, id.number, NUMBER_LETTERS);
	put_letters(out, (uint64_t)id.extra, NUMBER_LETTERS);
	put_letters(out, check(id), CHECK_LETTERS);
	strbuf_add(out, STR("A+A="));
}

bool id_read(struct str text, struct id *id_r)
{
	uint64_t number, extra, sum;
	struct id id;

	if (!str_starts(text, STR(PREFIX)) || text.len < sizeof(PREFIX) + 1)
		return false;
	id.kind = (enum id_kind)(text.p[sizeof(PREFIX) - 1] - '0');
	text = str_sub(text, sizeof(PREFIX) + 1, text.len);
	if (!get_letters(&text, NUMBER_LETTERS, &number) ||
	    !get_letters(&text, NUMBER_LETTERS, &extra) ||
	    !get_letters(&text, CHECK_LETTERS, &sum) || !str_eq(text, STR("A+A=")))
		return false;
	id.number = number;
	id.extra = (int64_t)extra;
	if (sum != check(id))
		return false;
	*id_r = id;
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
