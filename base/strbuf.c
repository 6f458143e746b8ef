/* Growing text: see strbuf.h. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void strbuf_init(struct strbuf *b, size_t max_bytes)
{
	*b = (struct strbuf)STRBUF(max_bytes);
}

void strbuf_finish(struct strbuf *b)
{
	if (!b)
		return;
	free(b->p);
	*b = (struct strbuf)STRBUF(b->max_bytes);
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

char *strbuf_space(struct strbuf *b, size_t len)
{
	size_t need;

	if (b->overflow || len > b->max_bytes || b->len > b->max_bytes - len) {
		b->overflow = true;
		return NULL;
	}
	need = b->len + len + 1;
	if (need > b->capacity) {
		size_t doubled = b->capacity * 2;

		b->capacity = need > doubled ? MAX_OF(need, 64) : doubled;
		b->p = mem_resize(b->p, b->capacity, 1);
	}
	return b->p + b->len;
}

void strbuf_added(struct strbuf *b, size_t len)
{
	b->len += len;
	b->p[b->len] = '\0';
}

void strbuf_add_mem(struct strbuf *b, const void *p, size_t len)
{
	char *space = strbuf_space(b, len);

	if (!space)
		return;
	if (len)
		memcpy(space, p, len);
	strbuf_added(b, len);
}

void strbuf_add(struct strbuf *b, struct str s)
{
	strbuf_add_mem(b, s.p, s.len);
}

void strbuf_add_cstr(struct strbuf *b, const char *text)
{
	if (text)
		strbuf_add_mem(b, text, strlen(text));
}

void strbuf_addc(struct strbuf *b, char c)
{
	if (!b->overflow && b->len < b->max_bytes && b->len + 1 < b->capacity) {
		b->p[b->len++] = c; /* the usual case: text grows a byte at a time */
		b->p[b->len] = '\0';
		return;
	}
	strbuf_add_mem(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	char *space;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0) {
		b->overflow = true;
		return;
	}
	space = strbuf_space(b, (size_t)len);
	if (!space)
		return;
	va_start(ap, fmt);
	vsnprintf(space, (size_t)len + 1, fmt, ap);
	va_end(ap);
	strbuf_added(b, (size_t)len);
}

void strbuf_add_u64(struct strbuf *b, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	strbuf_add_mem(b, digits + at, sizeof(digits) - at);
}

void strbuf_cut(struct strbuf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->p[len] = '\0';
}

void strbuf_drop(struct strbuf *b, size_t len)
{
	if (len >= b->len) {
		strbuf_cut(b, 0);
		return;
	}
	if (!len)
		return;
	memmove(b->p, b->p + len, b->len - len);
	strbuf_cut(b, b->len - len);
}

bool strbuf_ok(const struct strbuf *b, struct err *err)
{
	if (b->overflow)
		return err_set(err, ERR_LIMIT, "text longer than %zu bytes",
			       b->max_bytes);
	return true;
}

struct str strbuf_str(const struct strbuf *b)
{
	return str_make(strbuf_cstr(b), b->len);
}

const char *strbuf_cstr(const struct strbuf *b)
{
	return b->p ? b->p : "";
}

char *strbuf_take(struct strbuf *b)
{
	char *p = b->p ? b->p : mem_strdup("");

	*b = (struct strbuf)STRBUF(b->max_bytes);
	return p;
}
