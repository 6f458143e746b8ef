/* Borrowed text: see str.h. */
#include "base/str.h"

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && str_starts_nocase(a, b);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
		if (str_lower_char(s.p[i]) != str_lower_char(prefix.p[i]))
			return false;
	return true;
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.p, b.p, common) : 0;

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (str_starts(str_sub(s, i, s.len), needle))
			return (ptrdiff_t)i;
	return -1;
}

ptrdiff_t str_find_nocase(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (str_starts_nocase(str_sub(s, i, s.len), needle))
			return (ptrdiff_t)i;
	return -1;
}

ptrdiff_t str_find_char(struct str s, char c)
{
	const char *hit = s.len ? memchr(s.p, c, s.len) : NULL;

	return hit ? hit - s.p : -1;
}

struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from >= s.len)
		return (struct str){ s.p ? s.p + s.len : NULL, 0 };
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){ s.p + from, len };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.p[0]))
		s = str_sub(s, 1, s.len);
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool str_split(struct str *rest, char separator, struct str *field_r)
{
	ptrdiff_t at;

	if (!rest->p)
		return false;
	at = str_find_char(*rest, separator);
	if (at < 0) {
		*field_r = *rest;
		*rest = STR_NONE;
		return true;
	}
	*field_r = str_sub(*rest, 0, (size_t)at);
	*rest = str_make(rest->p + at + 1, rest->len - (size_t)at - 1);
	return true;
}
