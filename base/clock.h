/* Time. Wall clock for what people and servers see, monotonic for waiting. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_ms(void); /* milliseconds since 1970, UTC */
int64_t clock_unix_s(void);
int64_t clock_mono_ms(void); /* never goes back; not comparable between boots */
void clock_sleep_ms(int64_t duration_ms);

/* Proleptic Gregorian calendar, UTC; @month 1..12, @day 1..31 (others carry over). */
int64_t clock_unix_from_civil(int64_t year, int month, int day, int hour, int minute,
			      int second);

struct civil {
	int year, month, day; /* month 1..12 */
	int hour, minute, second;
	int weekday; /* 0 = Sunday */
};
struct civil clock_civil_from_unix(int64_t unix_s);

#endif
