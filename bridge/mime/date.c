/*
 * Dates. The reader takes what mailers have written over the years: missing or wrong
 * weekday, comments, two-digit years, missing seconds or zone, names of zones, the order
 * of asctime ("Fri Nov 21 09:55:06 1997").
 */
#include "bridge/mime/date.h"

#include "base/clock.h"
#include "base/num.h"
#include "bridge/mime/token.h"

enum { DAY_S = 86400 };

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char DAYS[] = "SunMonTueWedThuFriSat";

/* 1..12, 0 if it is none; longer names ("September") count. */
static int month_number(struct str word)
{
	if (word.len < 3)
		return 0;
	for (int i = 0; i < 12; i++)
		if (str_starts_nocase(word, str_make(MONTHS + (ptrdiff_t)3 * i, 3)))
			return i + 1;
	return 0;
}

static struct str take_word(struct str *rest)
{
	size_t n = 0;
	struct str word;

	mime_skip_cfws(rest, NULL);
	while (n < rest->len && !strchr(" \t\r\n(),", rest->p[n]))
		n++;
	word = str_sub(*rest, 0, n);
	mime_skip(rest, n);
	mime_skip_cfws(rest, NULL);
	if (rest->len && rest->p[0] == ',')
		mime_skip(rest, 1);
	return word;
}

struct fields {
	uint32_t year, month, day, hour, minute, second;
};

static bool read_time(struct str word, struct fields *f)
{
	struct str part;

	f->second = 0;
	if (!str_split(&word, ':', &part) || !num_u32(part, &f->hour) ||
	    !str_split(&word, ':', &part) || !num_u32(part, &f->minute))
		return false;
	if (str_split(&word, ':', &part) &&
	    !num_u32(str_sub(part, 0, part.len > 2 && part.p[2] == '.' ? 2 : part.len),
		     &f->second))
		return false;
	return f->hour < 24 && f->minute < 60 && f->second <= 60;
}

/* RFC 5322 section 4.3: there may be blanks and comments around the colons. */
static void take_clock(struct str *rest, struct strbuf *out)
{
	struct str word;

	do {
		word = take_word(rest);
		strbuf_add(out, word);
	} while (word.len && rest->len &&
		 (rest->p[0] == ':' || word.p[word.len - 1] == ':'));
}

static bool take_time(struct str *rest, struct fields *f)
{
	CLEANUP(strbuf_finish) struct strbuf clock = STRBUF(64);

	take_clock(rest, &clock);
	return read_time(strbuf_str(&clock), f);
}

static bool take_year(struct str word, uint32_t *year_r)
{
	uint32_t year;

	if (!num_u32(word, &year) || year > 9999)
		return false;
	if (word.len <= 2) /* RFC 5322 section 4.3 */
		year += year < 50 ? 2000 : 1900;
	else if (word.len == 3)
		year += 1900;
	*year_r = year;
	return year >= 1;
}

static int named_zone(struct str word)
{
	static const struct {
		struct str name;
		int hours;
	} zones[] = {
		{ { "EDT", 3 }, -4 }, { { "EST", 3 }, -5 }, { { "CDT", 3 }, -5 },
		{ { "CST", 3 }, -6 }, { { "MDT", 3 }, -6 }, { { "MST", 3 }, -7 },
		{ { "PDT", 3 }, -7 }, { { "PST", 3 }, -8 }, { { "CET", 3 }, 1 },
		{ { "CEST", 4 }, 2 }, { { "BST", 3 }, 1 },  { { "JST", 3 }, 9 },
	};

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (str_eq_nocase(word, zones[i].name))
			return zones[i].hours * 60;
	return 0; /* GMT, UT, military and unknown ones (RFC 5322 section 4.3) */
}

static bool numeric_zone(struct str word, int *zone_min_r)
{
	uint32_t value;

	if (word.len != 5 || (word.p[0] != '+' && word.p[0] != '-') ||
	    !num_u32(str_sub(word, 1, 4), &value) || value / 100 > 23 || value % 100 > 59)
		return false;
	*zone_min_r = (int)(value / 100 * 60 + value % 100) * (word.p[0] == '-' ? -1 : 1);
	return true;
}

static bool finish(const struct fields *f, int zone_min, struct mime_date *date_r)
{
	static const unsigned char days[] = { 31, 29, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };

	if (f->month < 1 || f->month > 12 || f->day < 1 || f->day > days[f->month - 1])
		return false;
	date_r->unix_s = clock_unix_from_civil(f->year, (int)f->month, (int)f->day,
					       (int)f->hour, (int)f->minute,
					       (int)f->second) -
			 (int64_t)zone_min * 60;
	date_r->zone_min = zone_min;
	return true;
}

/* "21 Nov 1997 09:55:06", "Nov 21 09:55:06 1997", "21-Nov-97 09:55:06". */
static bool take_fields(struct str *rest, struct fields *f)
{
	struct str word = take_word(rest), part;
	bool asctime;

	if (word.len && (word.p[0] < '0' || word.p[0] > '9') && !month_number(word))
		word = take_word(rest); /* the weekday */
	if (word.len > 6 && str_find_char(word, '-') > 0) {
		return str_split(&word, '-', &part) && num_u32(part, &f->day) &&
		       str_split(&word, '-', &part) &&
		       (f->month = (uint32_t)month_number(part)) != 0 &&
		       str_split(&word, '-', &part) && take_year(part, &f->year) &&
		       take_time(rest, f);
	}
	asctime = month_number(word) != 0;
	if (asctime) {
		f->month = (uint32_t)month_number(word);
		return num_u32(take_word(rest), &f->day) && take_time(rest, f) &&
		       take_year(take_word(rest), &f->year);
	}
	if (!num_u32(word, &f->day))
		return false;
	f->month = (uint32_t)month_number(take_word(rest));
	if (!f->month || !take_year(take_word(rest), &f->year))
		return false;
	return !rest->len || take_time(rest, f);
}

bool mime_date_parse(struct str value, struct mime_date *date_r)
{
	struct fields f = { 0 };
	int zone_min = 0;
	struct str word;

	if (!take_fields(&value, &f))
		return false;
	word = take_word(&value);
	if (!numeric_zone(word, &zone_min))
		zone_min = named_zone(word);
	return finish(&f, zone_min, date_r);
}

static void add_zone(int zone_min, struct strbuf *out)
{
	int size = zone_min < 0 ? -zone_min : zone_min;

	strbuf_addf(out, "%c%02d%02d", zone_min < 0 ? '-' : '+', size / 60, size % 60);
}

static struct civil local_civil(struct mime_date date)
{
	return clock_civil_from_unix(date.unix_s + (int64_t)date.zone_min * 60);
}

void mime_date_write(struct mime_date date, struct strbuf *out)
{
	struct civil c = local_civil(date);

	strbuf_addf(out, "%.3s, %02d %.3s %04d %02d:%02d:%02d ",
		    DAYS + (ptrdiff_t)3 * c.weekday, c.day,
		    MONTHS + (ptrdiff_t)3 * (c.month - 1), c.year, c.hour, c.minute,
		    c.second);
	add_zone(date.zone_min, out);
}

bool mime_internaldate_parse(struct str text, struct mime_date *date_r)
{
	struct fields f = { 0 };
	int zone_min;
	struct str day = str_sub(text, 0, 2);

	if (text.len != 26 || text.p[2] != '-' || text.p[6] != '-' || text.p[11] != ' ' ||
	    text.p[14] != ':' || text.p[17] != ':' || text.p[20] != ' ')
		return false;
	if (day.p[0] == ' ')
		day = str_sub(day, 1, 1);
	f.month = (uint32_t)month_number(str_sub(text, 3, 3));
	return num_u32(day, &f.day) && num_u32(str_sub(text, 7, 4), &f.year) &&
	       read_time(str_sub(text, 12, 8), &f) &&
	       numeric_zone(str_sub(text, 21, 5), &zone_min) &&
	       finish(&f, zone_min, date_r);
}

void mime_internaldate_write(struct mime_date date, struct strbuf *out)
{
	struct civil c = local_civil(date);

	strbuf_addf(out, "%2d-%.3s-%04d %02d:%02d:%02d ", c.day,
		    MONTHS + (ptrdiff_t)3 * (c.month - 1), c.year, c.hour, c.minute,
		    c.second);
	add_zone(date.zone_min, out);
}

bool mime_day_parse(struct str text, int64_t *day_r)
{
	struct fields f = { 0 };
	struct mime_date date;
	struct str part;

	if (!str_split(&text, '-', &part) || part.len > 2 || !num_u32(part, &f.day) ||
	    !str_split(&text, '-', &part) || part.len != 3)
		return false;
	f.month = (uint32_t)month_number(part);
	if (text.len != 4 || !num_u32(text, &f.year) || !finish(&f, 0, &date))
		return false;
	*day_r = mime_date_day(date);
	return true;
}

int64_t mime_date_day(struct mime_date date)
{
	int64_t local_s = date.unix_s + (int64_t)date.zone_min * 60;

	return local_s >= 0 ? local_s / DAY_S : -((-local_s + DAY_S - 1) / DAY_S);
}
