/* Borrowed text: pointer and length, not NUL-terminated, never owned. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t len;
};

/* A literal as a struct str; NUL bytes in it count. */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).len, (s).p

static inline struct str str_make(const char *p, size_t len)
{
	return (struct str){ p, len };
}

/* str_from() - a NUL-terminated string; NULL gives STR_NONE. */
static inline struct str str_from(const char *text)
{
	return (struct str){ text, text ? strlen(text) : 0 };
}

/* ASCII only, whatever the locale. */
static inline char str_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII case only */
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
int str_cmp(struct str a, struct str b); /* bytewise, like memcmp then length */

/* str_find() - offset of @needle or of @c in @s, -1 if it is not there. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_find_nocase(struct str s, struct str needle);
ptrdiff_t str_find_char(struct str s, char c);

/* str_sub() - @len bytes from @from, clipped to what is there. */
struct str str_sub(struct str s, size_t from, size_t len);
struct str str_trim(struct str s); /* without blanks, tabs, CR, LF at both ends */

/*
 * str_split() - the next field of @rest up to @separator
 * @rest:  moved behind the separator; STR_NONE after the last field
 * Return: false when nothing is left.
 */
bool str_split(struct str *rest, char separator, struct str *field_r);

#endif
