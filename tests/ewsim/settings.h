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
	int64_t hierarchy_counters, quota_full;
	int64_t notify_delay_ms, heartbeat_s, find_count_limit, max_sync_page, latency_ms;
	int64_t clock_skew_s;
};

enum { ARTICLES_ABSENT, ARTICLES_NEVER, ARTICLES_CONTENT, ARTICLES_ANY };

void settings_init(struct sim_settings *s);
/* settings_set() - a word or a number. Errors: ERR_SYNTAX. */
MUST_CHECK bool settings_set(struct sim_settings *s, struct str name, struct str value,
			     struct err *err);
/* settings_list() - "NAME VALUE DEFAULT CHOICES", a line each. */
void settings_list(const struct sim_settings *s, struct stream *out);

#endif
