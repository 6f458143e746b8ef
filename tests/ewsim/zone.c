/* Windows ids, IANA names, and local times as instants. */
#include "tests/ewsim/zone.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/clock.h"

enum { DAY_S = 86400 };

int64_t zone_instant(const char *iana, int64_t day, int64_t second)
{
	struct civil c = clock_civil_from_unix(day * DAY_S + second);
	UErrorCode status = U_ZERO_ERROR;
	UChar name[ZONE_NAME_MAX];
	UCalendar *calendar;
	UDate ms;

	u_uastrncpy(name, iana, ZONE_NAME_MAX);
	name[ZONE_NAME_MAX - 1] = 0;
	calendar = ucal_open(name, -1, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return day * DAY_S + second;
	ucal_clear(calendar);
	ucal_setDateTime(calendar, c.year, c.month - 1, c.day, c.hour, c.minute, c.second,
			 &status);
	ms = ucal_getMillis(calendar, &status);
	ucal_close(calendar);
	return (int64_t)(ms / 1000);
}

static bool to_ascii(const UChar *text, int32_t len, UErrorCode status, char *out)
{
	if (U_FAILURE(status) || len <= 0 || len >= ZONE_NAME_MAX)
		return false;
	u_austrncpy(out, text, len);
	out[len] = '\0';
	return true;
}

bool zone_find(const char *name, char *iana_r, char *windows_r)
{
	UChar from[ZONE_NAME_MAX], to[ZONE_NAME_MAX];
	UErrorCode status = U_ZERO_ERROR;
	char found[ZONE_NAME_MAX];
	int32_t len;

	if (strlen(name) >= ZONE_NAME_MAX)
		return false;
	u_uastrcpy(from, name);
	len = ucal_getTimeZoneIDForWindowsID(from, -1, NULL, to, ZONE_NAME_MAX, &status);
	if (to_ascii(to, len, status, found)) {
		snprintf(iana_r, ZONE_NAME_MAX, "%s", found);
		snprintf(windows_r, ZONE_NAME_MAX, "%s", name);
		return true;
	}
	status = U_ZERO_ERROR;
	len = ucal_getWindowsTimeZoneID(from, -1, to, ZONE_NAME_MAX, &status);
	if (!to_ascii(to, len, status, found))
		return false;
	snprintf(iana_r, ZONE_NAME_MAX, "%s", name);
	snprintf(windows_r, ZONE_NAME_MAX, "%s", found);
	return true;
}
