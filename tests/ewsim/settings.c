/* The table of switches. */
#include "tests/ewsim/settings.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/num.h"
#include "tests/ewsim/version.h"

struct row {
	const char *name;
	size_t offset;
	const char *words; /* in the order of their numbers; NULL: a number */
	int64_t initial, least; /* numbers: the smallest that is taken */
};

#define AT(field) offsetof(struct sim_settings, field)

static const char on_off[] = "off|on";

static const struct row table[] = {
	{ "archive-missing", AT(archive_missing), "not-found|not-enabled", 0, 0 },
	{ "article-numbers", AT(article_numbers), "absent|never|content|any|zero",
	  ARTICLES_NEVER, 0 },
	{ "autodiscover-pox", AT(autodiscover_pox), on_off, 1, 0 },
	{ "autodiscover-redirect", AT(autodiscover_redirect), "document|http", 1, 0 },
	{ "autodiscover-soap", AT(autodiscover_soap), on_off, 1, 0 },
	{ "autodiscover-urls", AT(autodiscover_urls), "both|internal|asurl", URLS_BOTH,
	  0 },
	{ "autodiscover-v2", AT(autodiscover_v2), "off|any|known", V2_ANY, 0 },
	{ "bcc", AT(bcc), on_off, 1, 0 },
	{ "calendar-uid", AT(calendar_uid), "refused|settable", 1, 0 },
	{ "chunk-bytes", AT(chunk_bytes), NULL, 0, 0 },
	{ "clock-skew", AT(clock_skew_s), NULL, 0, -100000000 },
	{ "content-index", AT(content_index), on_off, 1, 0 },
	{ "conversation", AT(conversation), "absent|references|topic",
	  CONVERSATION_REFERENCES, 0 },
	{ "date-digits", AT(date_digits), NULL, 0, 0 },
	{ "date-zone", AT(date_zone), "z|offset|none", DATE_Z, 0 },
	{ "find-count-limit", AT(find_count_limit), NULL, 1000, 1 },
	{ "find-restricted-limit", AT(find_restricted_limit), NULL, 250, 0 },
	{ "folder-counters", AT(folder_counters), on_off, 1, 0 },
	{ "gzip", AT(gzip), on_off, 1, 0 },
	{ "heartbeat", AT(heartbeat_s), NULL, 45, 0 },
	{ "hierarchy-counters", AT(hierarchy_counters), on_off, 0, 0 },
	{ "hierarchy-shuffled", AT(hierarchy_shuffled), on_off, 0, 0 },
	{ "keep-alive", AT(keep_alive), on_off, 1, 0 },
	{ "latency", AT(latency_ms), NULL, 0, 0 },
	{ "login-methods", AT(login_methods), "basic|windows|both", 0, 0 },
	{ "max-concurrency", AT(max_concurrency), NULL, 27, 0 },
	{ "max-request-bytes", AT(max_request_bytes), NULL, 0, 0 },
	{ "max-request-status", AT(max_request_status), NULL, 413, 400 },
	{ "max-streams", AT(max_streams), NULL, 10, 0 },
	{ "max-subscriptions", AT(max_subscriptions), NULL, 5000, 0 },
	{ "max-sync-calls", AT(max_sync_calls), NULL, 0, 0 },
	{ "max-sync-page", AT(max_sync_page), NULL, 512, 1 },
	{ "max-version", AT(max_version), VERSION_WORDS, V2016, 0 },
	{ "mime-regenerate", AT(mime_regenerate), on_off, 0, 0 },
	{ "mime-stored", AT(mime_stored), "as-is|rewritten", 0, 0 },
	{ "move-ids", AT(move_ids), on_off, 1, 0 },
	{ "move-renews-ids", AT(move_renews_ids), on_off, 1, 0 },
	{ "move-same-folder", AT(move_same_folder), "no-op|error", 0, 0 },
	{ "notify-delay", AT(notify_delay_ms), NULL, 0, 0 },
	{ "notify-lose", AT(notify_lose), NULL, 0, 0 },
	{ "notify-reorder", AT(notify_reorder), on_off, 0, 0 },
	{ "notify-repeat", AT(notify_repeat), on_off, 0, 0 },
	{ "odd-prefixes", AT(odd_prefixes), on_off, 0, 0 },
	{ "property-sets", AT(property_sets), "name|guid", 0, 0 },
	{ "quota", AT(quota_kib), NULL, 0, 0 },
	{ "quota-full", AT(quota_full), on_off, 0, 0 },
	{ "read-changes-key", AT(read_changes_key), on_off, 1, 0 },
	{ "read-flag-change", AT(read_flag_change), on_off, 1, 0 },
	{ "recurrence-wipes", AT(recurrence_wipes), on_off, 1, 0 },
	{ "restored", AT(restored), "off|refused|taken", RESTORED_OFF, 0 },
	{ "search-key", AT(search_key), on_off, 1, 0 },
	{ "senders", AT(senders), "smtp|ex|names", SENDERS_SMTP, 0 },
	{ "sent-message-id", AT(sent_message_id), "renewed|kept", 1, 0 },
	{ "signed-parts", AT(signed_parts), "spoiled|kept", 1, 0 },
	{ "stream-envelope", AT(stream_plain), "prefixed|plain", 1, 0 },
	{ "streaming", AT(streaming), on_off, 1, 0 },
	{ "strict-headers", AT(strict_headers), on_off, 0, 0 },
	{ "sync-empty-pages", AT(sync_empty_pages), on_off, 0, 0 },
	{ "sync-ghosts", AT(sync_ghosts), on_off, 0, 0 },
	{ "sync-loses", AT(sync_loses), NULL, 0, 0 },
	{ "sync-omits", AT(sync_omits), "nothing|lists|all", OMIT_LISTS, 0 },
	{ "sync-repeats", AT(sync_repeats), on_off, 0, 0 },
	{ "sync-state-bytes", AT(sync_state_bytes), NULL, 0, 0 },
	{ "transport-headers", AT(transport_headers), on_off, 1, 0 },
	{ "trash-as-update", AT(trash_as_update), on_off, 0, 0 },
	{ "unknown-elements", AT(unknown_elements), on_off, 0, 0 },
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
