/* Occurrences of a series, in its own zone. Times are instants (unix seconds). */
#ifndef EWSIM_RECUR_H
#define EWSIM_RECUR_H

#include "tests/ewsim/sim.h"

struct recur {
	const struct sim_cal *cal;
	int64_t first_day, time_of_day; /* days since 1970; seconds after midnight */
	int64_t step; /* period that is being looked at */
	int64_t slots[8]; /* days of this period */
	size_t slot_count, slot_at;
	int64_t last_day;
	int given;
};

void recur_init(struct recur *r, const struct sim_cal *cal);
/* recur_next() - start of the next slot, deleted ones too; false at the end (series
 * without an end stop after some thousands). */
bool recur_next(struct recur *r, int64_t *start_r);
bool recur_nth(const struct sim_cal *cal, uint32_t index, int64_t *start_r); /* from 1 */
bool recur_is_slot(const struct sim_cal *cal, int64_t start);
bool recur_is_deleted(const struct sim_cal *cal, int64_t start);
struct sim_item *recur_exception(const struct sim_cal *cal, int64_t start);

/* Zones by Windows id or IANA name; unknown ones are UTC. */
int64_t zone_to_local(const char *zone, int64_t unix_s); /* local seconds since 1970 */
int64_t zone_to_unix(const char *zone, int64_t local_s);
bool zone_known(const char *zone);

#endif
