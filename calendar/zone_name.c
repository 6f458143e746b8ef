/*
 * Names of zones: Windows ids and IANA names by ICU, with overrides where its CLDR is old
 * or silent; localised and display names that Exchange and its clients are known to
 * write.
 */
#include "calendar/zone.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <unicode/ucal.h>
#include <unicode/uclean.h>

#include "calendar/calendar.h"

struct pair {
	const char *from, *to;
};

/* Ids that ICU 72 does not know, and names of no table. */
static const struct pair overrides[] = {
	{ "tzone://Microsoft/Utc", "UTC" },
	{ "Coordinated Universal Time", "UTC" },
	{ "GMT", "UTC" },
	{ "Z", "UTC" },
	{ "Etc/UTC", "UTC" },
	{ "Etc/GMT", "UTC" },
	{ "Mid-Atlantic Standard Time", "Etc/GMT+2" },
	{ "Kamchatka Standard Time", "Asia/Kamchatka" },
	{ "Mexico Standard Time", "America/Mexico_City" },
	{ "Mexico Standard Time 2", "America/Chihuahua" },
	{ "US-Eastern", "America/New_York" },
	{ "US-Central", "America/Chicago" },
	{ "US-Mountain", "America/Denver" },
	{ "US-Pacific", "America/Los_Angeles" },
	{ "Eastern", "America/New_York" },
	{ "Central", "America/Chicago" },
	{ "Mountain", "America/Denver" },
	{ "Pacific", "America/Los_Angeles" },
	{ "Western/Central Europe", "Europe/Berlin" },
	{ "Mitteleurop\xC3\xA4ische Zeit", "Europe/Berlin" },
	{ "Mitteleuropaeische Zeit", "Europe/Berlin" },
	{ "Westeurop\xC3\xA4ische Zeit", "Europe/London" },
	{ "Osteurop\xC3\xA4ische Zeit", "Europe/Bucharest" },
	{ "Paris, Madrid", "Europe/Paris" },
	{ "Europe de l'Ouest", "Europe/Berlin" },
	{ "Rzym", "Europe/Berlin" },
	{ "\xC5\x9Arodkowoeuropejski czas stand.", "Europe/Warsaw" },
	{ "\xE6\x9D\xB1\xE4\xBA\xAC (\xE6\xA8\x99\xE6\xBA\x96\xE6\x99\x82)",
	  "Asia/Tokyo" },
};

/* Old names in ICU's answers; the new one is taken where the tz database has it. */
static const struct pair renamed[] = {
	{ "Asia/Calcutta", "Asia/Kolkata" },
	{ "Asia/Katmandu", "Asia/Kathmandu" },
	{ "Asia/Rangoon", "Asia/Yangon" },
	{ "Asia/Saigon", "Asia/Ho_Chi_Minh" },
	{ "Europe/Kiev", "Europe/Kyiv" },
	{ "America/Buenos_Aires", "America/Argentina/Buenos_Aires" },
	{ "America/Indianapolis", "America/Indiana/Indianapolis" },
	{ "America/Godthab", "America/Nuuk" },
	{ "Pacific/Ponape", "Pacific/Pohnpei" },
	{ "Etc/UTC", "UTC" },
	{ "Etc/GMT", "UTC" },
};

/* A city in a display name such as "(UTC+01:00) Amsterdam, Berlin, Bern". */
static const struct pair cities[] = {
	{ "Amsterdam, Berlin", "Europe/Berlin" },
	{ "Brussels, Copenhagen", "Europe/Paris" },
	{ "Belgrade, Bratislava", "Europe/Budapest" },
	{ "Sarajevo, Skopje", "Europe/Warsaw" },
	{ "Dublin, Edinburgh", "Europe/London" },
	{ "Athens, Bucharest", "Europe/Bucharest" },
	{ "Helsinki, Kyiv", "Europe/Kiev" },
	{ "Jerusalem", "Asia/Jerusalem" },
	{ "Istanbul", "Europe/Istanbul" },
	{ "Moscow", "Europe/Moscow" },
	{ "Kuala Lumpur", "Asia/Singapore" },
	{ "Osaka, Sapporo", "Asia/Tokyo" },
	{ "Beijing", "Asia/Shanghai" },
	{ "Mumbai, New Delhi", "Asia/Calcutta" },
	{ "Canberra, Melbourne", "Australia/Sydney" },
	{ "Auckland, Wellington", "Pacific/Auckland" },
	{ "Eastern Time (US", "America/New_York" },
	{ "Central Time (US", "America/Chicago" },
	{ "Mountain Time (US", "America/Denver" },
	{ "Pacific Time (US", "America/Los_Angeles" },
	{ "Brasilia", "America/Sao_Paulo" },
	{ "Coordinated Universal Time", "UTC" },
};

bool calendar_process_init(struct err *err)
{
	UErrorCode status = U_ZERO_ERROR;

	u_init(&status);
	if (U_FAILURE(status))
		return err_set(err, ERR_BROKEN, "ICU: %s", u_errorName(status));
	return true;
}

static bool exists(const char *name)
{
	struct zone zone;

	if (!zone_load(name, &zone, NULL))
		return false;
	zone_finish(&zone);
	return true;
}

static bool settle(const char *name, char name_r[ZONE_ID_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (strcmp(renamed[i].from, name) == 0 && exists(renamed[i].to))
			name = renamed[i].to;
	if (!exists(name))
		return false;
	snprintf(name_r, ZONE_ID_MAX, "%s", name);
	return true;
}

/* ASCII to UTF-16 for ICU; false: no such id can exist. */
static bool widen(struct str text, UChar wide_r[ZONE_ID_MAX])
{
	if (!text.len || text.len >= ZONE_ID_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < 32)
			return false;
		wide_r[i] = (UChar)text.p[i];
	}
	return true;
}

static bool narrow(const UChar *wide, int32_t len, char text_r[ZONE_ID_MAX])
{
	if (len <= 0 || len >= ZONE_ID_MAX)
		return false;
	for (int32_t i = 0; i < len; i++)
		text_r[i] = (char)wide[i];
	text_r[len] = '\0';
	return true;
}

static bool by_windows_id(struct str text, char name_r[ZONE_ID_MAX])
{
	UChar id[ZONE_ID_MAX], iana[ZONE_ID_MAX];
	UErrorCode status = U_ZERO_ERROR;
	char name[ZONE_ID_MAX];
	int32_t len;

	if (!widen(text, id))
		return false;
	len = ucal_getTimeZoneIDForWindowsID(id, (int32_t)text.len, NULL, iana,
					     ZONE_ID_MAX, &status);
	return U_SUCCESS(status) && narrow(iana, len, name) && settle(name, name_r);
}

bool zone_name_windows(const char *iana, char id_r[ZONE_ID_MAX])
{
	UChar name[ZONE_ID_MAX], id[ZONE_ID_MAX];
	UErrorCode status = U_ZERO_ERROR;
	struct str text = str_from(iana);
	int32_t len;

	if (!widen(text, name))
		return false;
	len = ucal_getWindowsTimeZoneID(name, (int32_t)text.len, id, ZONE_ID_MAX,
					&status);
	return U_SUCCESS(status) && narrow(id, len, id_r);
}

static bool by_table(struct str text, char name_r[ZONE_ID_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(overrides); i++)
		if (str_eq_nocase(text, str_from(overrides[i].from)))
			return settle(overrides[i].to, name_r);
	return false;
}

static bool by_city(struct str text, char name_r[ZONE_ID_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(cities); i++)
		if (str_find_nocase(text, str_from(cities[i].from)) >= 0)
			return settle(cities[i].to, name_r);
	return false;
}

static bool by_iana(struct str text, char name_r[ZONE_ID_MAX])
{
	char name[ZONE_ID_MAX];

	if (!text.len || text.len >= sizeof name || memchr(text.p, '\0', text.len))
		return false;
	memcpy(name, text.p, text.len);
	name[text.len] = '\0';
	return settle(name, name_r);
}

static bool is_number_end(struct str text)
{
	return text.len > 2 && text.p[text.len - 1] >= '0' &&
	       text.p[text.len - 1] <= '9' && text.p[text.len - 2] == ' ';
}

bool zone_name(const char *text, char name_r[ZONE_ID_MAX], bool *exact_r)
{
	struct str name = str_trim(str_from(text));

	*exact_r = true;
	if (!name.len)
		return false;
	if (by_table(name, name_r) || by_windows_id(name, name_r) ||
	    by_iana(name, name_r) || by_city(name, name_r))
		return true;
	*exact_r = false;
	if (is_number_end(name))
		return by_windows_id(str_trim(str_sub(name, 0, name.len - 2)), name_r);
	return false;
}

void zone_name_system(char name_r[ZONE_ID_MAX])
{
	char target[PATH_MAX];
	ssize_t len = readlink("/etc/localtime", target, sizeof target - 1);
	ptrdiff_t at;
	struct str link = str_make(target, len > 0 ? (size_t)len : 0);

	at = str_find(link, STR("zoneinfo/"));
	if (at < 0 || !by_iana(str_sub(link, (size_t)at + 9, link.len), name_r))
		snprintf(name_r, ZONE_ID_MAX, "UTC");
}
