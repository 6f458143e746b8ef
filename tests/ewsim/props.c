/* Typed properties kept as elements, and extended (MAPI) properties by key. */
#include "tests/ewsim/sim.h"

#include "base/mem.h"
#include "tests/ewsim/xml.h"

const char *sim_field_get(const struct sim_item *item, const char *name)
{
	for (size_t i = 0; i < item->field_count; i++)
		if (strcmp(item->fields[i].name, name) == 0)
			return item->fields[i].xml;
	return NULL;
}

void sim_field_set(struct sim_item *item, const char *name, const char *xml)
{
	size_t i = 0;

	while (i < item->field_count && strcmp(item->fields[i].name, name) != 0)
		i++;
	if (i == item->field_count) {
		if (!xml)
			return;
		item->fields = mem_resize(item->fields, item->field_count + 1,
					  sizeof(*item->fields));
		item->fields[item->field_count++] = (struct sim_field){ x_intern(name),
									NULL };
	}
	free(item->fields[i].xml);
	item->fields[i].xml = mem_strdup(xml);
	if (!xml)
		item->fields[i] = item->fields[--item->field_count];
}

void sim_field_text(struct sim_item *item, const char *name, const char *text)
{
	CLEANUP(strbuf_finish) struct strbuf b = STRBUF(16 << 20);
	char element[64];

	if (!text)
		return;
	snprintf(element, sizeof(element), "t:%s", name);
	x_text(&b, element, str_from(text));
	sim_field_set(item, name, strbuf_cstr(&b));
}

const struct sim_prop *sim_prop_get(const struct sim_item *item, const char *key)
{
	for (size_t i = 0; i < item->prop_count; i++)
		if (strcmp(item->props[i].key, key) == 0)
			return &item->props[i];
	return NULL;
}

static void drop(struct sim_prop *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->values[i]);
	free(p->values);
	p->values = NULL;
	p->count = 0;
}

void sim_prop_add(struct sim_prop **list, size_t *count, const char *key, char **values,
		  size_t value_count)
{
	size_t i = 0;

	while (i < *count && strcmp((*list)[i].key, key) != 0)
		i++;
	if (i == *count) {
		if (!value_count) {
			free(values);
			return;
		}
		*list = mem_resize(*list, *count + 1, sizeof(**list));
		(*list)[(*count)++] = (struct sim_prop){ mem_strdup(key), NULL, 0 };
	}
	drop(&(*list)[i]);
	(*list)[i].values = values;
	(*list)[i].count = value_count;
	if (!value_count) {
		free(values);
		free((*list)[i].key);
		(*list)[i] = (*list)[--*count];
	}
}

void sim_prop_set(struct sim_item *item, const char *key, const char *value)
{
	char **values = mem_array(1, sizeof(*values));

	values[0] = mem_strdup(value);
	sim_prop_add(&item->props, &item->prop_count, key, values, 1);
}
