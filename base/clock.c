/* Clocks and the civil calendar: see clock.h. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t now_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_unix_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

int64_t clock_unix_s(void)
{
	return clock_unix_ms() / 1000;
}

int64_t clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t duration_ms)
{
	struct timespec ts = { duration_ms / 1000, (duration_ms % 1000) * 1000000 };

	while (duration_ms > 0 && nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

/* Days since 1970-01-01; years are counted from March so that 29 February comes last. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t clock_unix_from_civil(int64_t year, int month, int day, int hour, int minute,
			      int second)
{
	return days_from_civil(year, month, day) * 86400 + (int64_t)hour * 3600 +
	       (int64_t)minute * 60 + second;
}

struct civil clock_civil_from_unix(int64_t unix_s)
{
	int64_t days = unix_s / 86400 - (unix_s % 86400 < 0);
	int rest = (int)(unix_s - days * 86400);
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t y = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		     day_of_era / 146096) /
		    365;
	int of_year = (int)(day_of_era - (365 * y + y / 4 - y / 100));
	int shifted = (5 * of_year + 2) / 153;
	struct civil c = {
		.day = of_year - (153 * shifted + 2) / 5 + 1,
		.month = shifted < 10 ? shifted + 3 : shifted - 9,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
		.weekday = (int)(((days % 7) + 11) % 7),
	};

	c.year = (int)(y + era * 400 + (c.month <= 2));
	return c;
}
