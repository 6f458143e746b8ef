/*
 * How the simulated server behaves: switches for what real servers do differently. Each
 * has a row in settings.c and in docs/ewsim.md.
 */
#ifndef EWSIM_SETTINGS_H
#define EWSIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/stream.h"

/* A word of a switch is its number: "off" 0, "on" 1. */
struct sim_settings {
	int64_t mime_regenerate, article_numbers, search_key, streaming, move_ids;
	int64_t hierarchy_counters, hierarchy_shuffled, quota_full;
	int64_t notify_delay_ms, notify_lose, notify_reorder, notify_repeat, heartbeat_s;
	int64_t archive_missing, login_methods, property_sets, senders;
	int64_t calendar_uid, recurrence_wipes, sync_loses;
	int64_t content_index; /* 0: no QueryString */
	int64_t find_count_limit, find_restricted_limit, max_sync_page, latency_ms;
	int64_t clock_skew_s, conversation, quota_kib;
	int64_t move_renews_ids, read_flag_change, read_changes_key;
	int64_t sync_omits, sync_empty_pages, sync_repeats, sync_ghosts, sync_state_bytes;
	int64_t trash_as_update;
	int64_t stream_plain;
	int64_t date_digits, date_zone, odd_prefixes, unknown_elements;
	int64_t gzip, chunk_bytes, keep_alive, max_request_bytes, max_request_status;
	int64_t max_version, strict_headers;
	int64_t max_concurrency, max_sync_calls, max_subscriptions, max_streams;
	int64_t mime_stored, signed_parts, bcc, sent_message_id;
	int64_t restored; /* what was read at the start is a backup */
	int64_t move_same_folder, folder_counters, transport_headers;
	int64_t autodiscover_redirect; /* 1: HTTP 302 */
	int64_t autodiscover_pox, autodiscover_soap, autodiscover_urls, autodiscover_v2;
};

enum { CONVERSATION_ABSENT, CONVERSATION_REFERENCES, CONVERSATION_TOPIC };
enum { DATE_Z, DATE_OFFSET, DATE_NONE };

enum {
	ARTICLES_ABSENT,
	ARTICLES_NEVER, /* renewed never */
	ARTICLES_CONTENT, /* when the content changes */
	ARTICLES_ANY, /* at any change */
	ARTICLES_ZERO, /* always 0 */
};
enum { LOGIN_BASIC, LOGIN_WINDOWS, LOGIN_BOTH };
enum { RESTORED_OFF, RESTORED_REFUSED, RESTORED_TAKEN };
enum { SENDERS_SMTP, SENDERS_EX, SENDERS_NAMES };
enum { URLS_BOTH, URLS_INTERNAL, URLS_ASURL };
enum { V2_OFF, V2_ANY, V2_KNOWN };
enum { OMIT_NOTHING, OMIT_LISTS, OMIT_ALL };

void settings_init(struct sim_settings *s);
/* settings_set() - a word or a number. Errors: ERR_SYNTAX. */
MUST_CHECK bool settings_set(struct sim_settings *s, struct str name, struct str value,
			     struct err *err);
/* settings_list() - "NAME VALUE DEFAULT CHOICES", a line each. */
void settings_list(const struct sim_settings *s, struct stream *out);

#endif
