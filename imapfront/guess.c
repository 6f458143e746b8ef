/* Failed logins by name: see guess.h. A full table gives up the name quiet for longest.
 */
#include "imapfront/guess.h"

#include <pthread.h>

#include <stdlib.h>

#include "base/macros.h"
#include "base/mem.h"
#include "imapfront/limits.h"

struct guess {
	uint64_t name_hash; /* 0: free; two names that collide share their delay */
	unsigned failures;
	int64_t next_ms; /* no try is looked at before */
};

struct guess_table {
	pthread_mutex_t lock;
	struct guess rows[FRONT_GUESS_NAMES];
};

struct guess_table *guess_table_new(void)
{
	struct guess_table *table = mem_alloc(sizeof(*table));

	pthread_mutex_init(&table->lock, NULL);
	return table;
}

void guess_table_free(struct guess_table *table)
{
	if (!table)
		return;
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* FNV-1a over the lower-case name, never 0. */
static uint64_t hash(struct str login)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < login.len; i++)
		h = (h ^ (unsigned char)str_lower_char(login.p[i])) * 1099511628211u;
	return h ? h : 1;
}

static struct guess *find(struct guess_table *table, uint64_t name_hash)
{
	for (size_t i = 0; i < ARRAY_LEN(table->rows); i++)
		if (table->rows[i].name_hash == name_hash)
			return &table->rows[i];
	return NULL;
}

static struct guess *oldest(struct guess_table *table)
{
	struct guess *best = &table->rows[0];

	for (size_t i = 0; i < ARRAY_LEN(table->rows); i++) {
		struct guess *row = &table->rows[i];

		if (!row->name_hash)
			return row;
		if (row->next_ms < best->next_ms)
			best = row;
	}
	return best;
}

static int64_t delay_ms(unsigned failures)
{
	int64_t delay = FRONT_GUESS_FIRST_MS;

	while (failures-- > 1 && delay < FRONT_GUESS_MAX_MS)
		delay *= 2;
	return MIN_OF(delay, (int64_t)FRONT_GUESS_MAX_MS);
}

int64_t guess_reserve(struct guess_table *table, struct str login, int64_t now_ms)
{
	struct guess *row;
	int64_t wait = 0;

	pthread_mutex_lock(&table->lock);
	row = find(table, hash(login));
	if (row) {
		int64_t at = MAX_OF(row->next_ms, now_ms);

		wait = at - now_ms;
		row->next_ms = at + delay_ms(row->failures);
	}
	pthread_mutex_unlock(&table->lock);
	return MIN_OF(wait, (int64_t)FRONT_GUESS_MAX_MS);
}

void guess_result(struct guess_table *table, struct str login, bool right, int64_t now_ms)
{
	uint64_t name_hash = hash(login);
	struct guess *row;

	pthread_mutex_lock(&table->lock);
	row = find(table, name_hash);
	if (right && row) {
		*row = (struct guess){ 0 };
	} else if (!right) {
		if (!row) {
			row = oldest(table);
			*row = (struct guess){ .name_hash = name_hash };
		}
		row->failures++;
		row->next_ms = MAX_OF(row->next_ms, now_ms + delay_ms(row->failures));
	}
	pthread_mutex_unlock(&table->lock);
}
