/* Which keywords stay here, and lists of keywords: see message.h. */
#include "bridge/message.h"

#include <stdlib.h>

#include "base/macros.h"
#include "base/mem.h"

bool message_keyword_is_local(struct str name)
{
	static const char *const marks[] = { "Junk", "NonJunk", "NotJunk" };

	if (name.len > 0 && name.p[0] == '$')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (str_eq_nocase(name, str_from(marks[i])))
			return true;
	return false;
}

void message_category_in(struct str category, struct strbuf *keywords)
{
	if (message_keyword_is_local(category))
		strbuf_addc(keywords, MESSAGE_CATEGORY_MARK);
	strbuf_add(keywords, category);
}

struct str message_category_name(struct str name)
{
	bool marked = name.len > 0 && name.p[0] == MESSAGE_CATEGORY_MARK;

	return marked ? str_sub(name, 1, name.len) : name;
}

bool message_keywords_have(struct str keywords, struct str name)
{
	struct str field;

	while (keywords.len > 0 && str_split(&keywords, '\n', &field))
		if (str_eq_nocase(field, name))
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void collect(struct str list, struct str except, struct str **names, size_t *count,
		    size_t *capacity)
{
	struct str name;

	while (list.len > 0 && str_split(&list, '\n', &name)) {
		bool known = name.len == 0 || message_keywords_have(except, name);

		for (size_t i = 0; !known && i < *count; i++)
			known = str_eq_nocase((*names)[i], name);
		if (known)
			continue;
		*names = mem_grow(*names, *count, capacity, sizeof(**names));
		(*names)[(*count)++] = name;
	}
}

void message_keywords_merge(struct str a, struct str b, struct str without,
			    struct strbuf *out)
{
	CLEANUP(mem_free_ptr) struct str *names = NULL;
	size_t count = 0, capacity = 0;

	collect(a, without, &names, &count, &capacity);
	collect(b, without, &names, &count, &capacity);
	if (count > 1)
		qsort(names, count, sizeof(*names), by_bytes);
	for (size_t i = 0; i < count; i++) {
		strbuf_add(out, names[i]);
		strbuf_addc(out, '\n');
	}
}

void message_keywords_split(struct str keywords, struct strbuf *categories,
			    struct strbuf *local)
{
	struct str name;

	while (keywords.len > 0 && str_split(&keywords, '\n', &name)) {
		struct strbuf *to = message_keyword_is_local(name) ? local : categories;

		if (name.len == 0)
			continue;
		strbuf_add(to, name);
		strbuf_addc(to, '\n');
	}
}
