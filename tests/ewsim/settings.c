/* The table of switches. */
#include "tests/ewsim/settings.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/num.h"

struct row {
	const char *name;
	size_t offset;
	const char *words; /* in the order of their numbers; NULL: a number */
	int64_t initial, least; /* numbers: the smallest that is taken */
};

#define AT(field) offsetof(struct sim_settings, field)

static const char on_off[] = "off|on";

static const struct row table[] = {
	{ "article-numbers", AT(article_numbers), "absent|never|content|any",
	  ARTICLES_NEVER, 0 },
	{ "clock-skew", AT(clock_skew_s), NULL, 0, -100000000 },
	{ "find-count-limit", AT(find_count_limit), NULL, 1000, 1 },
	{ "heartbeat", AT(heartbeat_s), NULL, 45, 0 },
	{ "hierarchy-counters", AT(hierarchy_counters), on_off, 0, 0 },
	{ "latency", AT(latency_ms), NULL, 0, 0 },
	{ "max-sync-page", AT(max_sync_page), NULL, 512, 1 },
	{ "mime-regenerate", AT(mime_regenerate), on_off, 0, 0 },
	{ "move-ids", AT(move_ids), on_off, 1, 0 },
	{ "notify-delay", AT(notify_delay_ms), NULL, 0, 0 },
	{ "quota-full", AT(quota_full), on_off, 0, 0 },
	{ "search-key", AT(search_key), on_off, 1, 0 },
	{ "streaming", AT(streaming), on_off, 1, 0 },
};

static int64_t *place(struct sim_settings *s, const struct row *r)
{
	return (int64_t *)(void *)((char *)s + r->offset);
}

void settings_init(struct sim_settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		*place(s, &table[i]) = table[i].initial;
}

static bool word_value(const char *words, struct str value, int64_t *n_r)
{
	struct str rest = str_from(words), word;

	for (int64_t n = 0; str_split(&rest, '|', &word); n++)
		if (str_eq(word, value)) {
			*n_r = n;
			return true;
		}
	*n_r = str_eq(value, STR("on"));
	return *n_r || str_eq(value, STR("off")) || str_eq(value, STR("absent"));
}

bool settings_set(struct sim_settings *s, struct str name, struct str value,
		  struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct row *r = &table[i];
		int64_t n;

		if (!str_eq(name, str_from(r->name)))
			continue;
		if (r->words ? word_value(r->words, value, &n)
			     : num_i64(value, &n) && n >= r->least) {
			*place(s, r) = n;
			return true;
		}
		return err_set(err, ERR_SYNTAX, "%s is %s, not '%.*s'", r->name,
			       r->words ? r->words : "a number", STR_FMT(value));
	}
	return err_set(err, ERR_SYNTAX, "no setting '%.*s'", STR_FMT(name));
}

static void show(const struct row *r, int64_t n, struct stream *out)
{
	struct str rest = str_from(r->words), word = STR("?");

	if (!r->words) {
		stream_writef(out, " %lld", (long long)n);
		return;
	}
	while (n-- >= 0 && str_split(&rest, '|', &word))
		;
	stream_writef(out, " %.*s", STR_FMT(word));
}

void settings_list(const struct sim_settings *s, struct stream *out)
{
	struct sim_settings now = *s;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct row *r = &table[i];

		stream_writef(out, "%s", r->name);
		show(r, *place(&now, r), out);
		show(r, r->initial, out);
		stream_writef(out, " %s\n", r->words ? r->words : "NUMBER");
	}
}
