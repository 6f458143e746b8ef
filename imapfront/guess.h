/*
 * Delays against guessing, per login name and not per address, because every client is
 * 127.0.0.1. Tries on one name are queued: parallel connections gain nothing.
 */
#ifndef IMAPFRONT_GUESS_H
#define IMAPFRONT_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"

struct guess_table;
struct guess_table *guess_table_new(void);
void guess_table_free(struct guess_table *table);

/*
 * guess_reserve() - how long to wait before looking at a password for @login
 * @now_ms: monotonic
 * Return: milliseconds; 0 for a name that has not failed lately. Any thread.
 */
int64_t guess_reserve(struct guess_table *table, struct str login, int64_t now_ms);
/* guess_result() - success forgets the failures, failure lengthens the next delay. */
void guess_result(struct guess_table *table, struct str login, bool right,
		  int64_t now_ms);

#endif
