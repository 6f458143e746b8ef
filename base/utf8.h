/* UTF-8 (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

#define UTF8_BAD 0xFFFFFFFFu

/*
 * utf8_next() - take one code point off the front of @rest
 * Return: the code point, or UTF8_BAD for an invalid byte (one byte is taken then).
 */
uint32_t utf8_next(struct str *rest);
bool utf8_valid(struct str s);
void utf8_add(struct strbuf *out, uint32_t code_point);
/* utf8_repair() - append @s with every invalid byte replaced by U+FFFD. */
void utf8_repair(struct str s, struct strbuf *out);

#endif
