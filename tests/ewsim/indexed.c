/*
 * Properties of contacts that have an index: one address, number or part of a postal
 * address among several, which are stored as one element of entries.
 */
#include "tests/ewsim/call.h"

enum { MAX_TEXT = 1 << 20 };

struct path {
	const char *element; /* "PhoneNumbers" */
	char key[40]; /* "MobilePhone" */
	char part[40]; /* of a postal address, else "" */
};

static const char *const parts[] = { "Street", "City", "State", "CountryOrRegion",
				     "PostalCode" };

static bool read_path(const xmlNode *node, struct path *p)
{
	static const struct {
		const char *uri, *element;
	} table[] = {
		{ "contacts:EmailAddress", "EmailAddresses" },
		{ "contacts:PhoneNumber", "PhoneNumbers" },
		{ "contacts:ImAddress", "ImAddresses" },
	};
	static const char postal[] = "contacts:PhysicalAddress:";
	struct str uri = x_attr(node, "FieldURI");

	*p = (struct path){ .element = NULL };
	snprintf(p->key, sizeof(p->key), "%.*s", STR_FMT(x_attr(node, "FieldIndex")));
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(uri, str_from(table[i].uri)))
			p->element = table[i].element;
	if (str_starts(uri, STR("contacts:PhysicalAddress:"))) {
		p->element = "PhysicalAddresses";
		snprintf(p->part, sizeof(p->part), "%.*s",
			 STR_FMT(str_sub(uri, sizeof(postal) - 1, uri.len)));
	}
	return p->element && p->key[0];
}

/* The next whole entry at or behind *@at; which one it is in @key_r. */
static bool next_entry(const char **at, struct str *entry_r, struct str *key_r)
{
	static const char open[] = "<t:Entry Key=\"", close[] = "</t:Entry>";
	const char *from = *at ? strstr(*at, open) : NULL;
	const char *to = from ? strstr(from, close) : NULL;

	if (!to)
		return false;
	to += sizeof(close) - 1;
	*entry_r = str_make(from, (size_t)(to - from));
	*key_r = str_make(from + sizeof(open) - 1,
			  strcspn(from + sizeof(open) - 1, "\""));
	*at = to;
	return true;
}

/* A part of a postal address out of its entry, with its tags; empty if it has none. */
static struct str part_of(struct str entry, const char *part)
{
	char open[60], close[60];
	ptrdiff_t from, to;

	snprintf(open, sizeof(open), "<t:%s>", part);
	snprintf(close, sizeof(close), "</t:%s>", part);
	from = str_find(entry, str_from(open));
	to = str_find(entry, str_from(close));
	if (from < 0 || to < from)
		return STR("");
	return str_sub(entry, (size_t)from, (size_t)(to - from) + strlen(close));
}

/* The entry with one part changed; @fresh: its new text, NULL takes it away. */
static void postal_entry(struct str old, const struct path *p, const xmlNode *fresh,
			 struct strbuf *out)
{
	strbuf_addf(out, "<t:Entry Key=\"%s\">", p->key);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (strcmp(parts[i], p->part) != 0)
			strbuf_add(out, part_of(old, parts[i]));
		else if (fresh)
			x_copy(fresh, out);
	}
	strbuf_add(out, STR("</t:Entry>"));
}

/* One entry: as it was, with the new value, or none. */
static void rewrite(struct str old, const struct path *p, const xmlNode *entry,
		    struct strbuf *out)
{
	if (p->part[0])
		postal_entry(old, p, entry ? x_child(entry, p->part) : NULL, out);
	else if (entry)
		x_copy(entry, out);
}

static const char *change(struct sim_item *item, const struct path *p,
			  const xmlNode *entry)
{
	CLEANUP(strbuf_finish) struct strbuf xml = STRBUF(MAX_TEXT);
	const char *at = sim_field_get(item, p->element);
	struct str old, key;
	bool found = false;

	if (item->kind != SIM_CONTACT)
		return "ErrorInvalidPropertyRequest";
	strbuf_addf(&xml, "<t:%s>", p->element);
	while (next_entry(&at, &old, &key)) {
		if (str_eq(key, str_from(p->key))) {
			rewrite(old, p, entry, &xml);
			found = true;
		} else {
			strbuf_add(&xml, old);
		}
	}
	if (!found && entry)
		rewrite(STR(""), p, entry, &xml);
	strbuf_addf(&xml, "</t:%s>", p->element);
	sim_field_set(item, p->element,
		      strstr(strbuf_cstr(&xml), "<t:Entry") ? strbuf_cstr(&xml) : NULL);
	return NULL;
}

const char *item_set_indexed(struct sim_item *item, const xmlNode *path,
			     const xmlNode *contact)
{
	struct path p;

	if (!read_path(path, &p))
		return "ErrorInvalidPropertyRequest";
	for (const xmlNode *n = x_first(x_child(contact, p.element)); n; n = x_next(n))
		if (str_eq(x_attr(n, "Key"), str_from(p.key)))
			return change(item, &p, n);
	return "ErrorUpdatePropertyMismatch";
}

const char *item_delete_indexed(struct sim_item *item, const xmlNode *path)
{
	struct path p;

	return read_path(path, &p) ? change(item, &p, NULL)
				   : "ErrorInvalidPropertyDelete";
}
