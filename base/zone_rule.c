#include "base/zone_rule.h"

#include <string.h>

#include "base/zone.h"

#define DAY 86400
#define HOUR 3600

/* ---- reading one */

/* "CET" or "<+03>": what it is called is of no interest. */
static bool
skip_name(const char **s)
{
	const char *p = *s;

	if (*p == '<') {
		p += strcspn(p, ">");
		if (*p != '>')
			return false;
		p++;
	} else {
		while ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))
			p++;
	}
	if (p - *s < 3)
		return false;
	*s = p;
	return true;
}

static bool
number(const char **s, int max, int *out)
{
	const char *p = *s;

	for (*out = 0; *p >= '0' && *p <= '9' && *out <= max; p++)
		*out = *out * 10 + (*p - '0');
	if (p == *s || *out > max)
		return false;
	*s = p;
	return true;
}

/* "-3", "5:30", "26", "-1:00:00": seconds. */
static bool
hours(const char **s, int *out)
{
	bool minus = **s == '-';
	int h, m = 0, sec = 0;

	*s += **s == '-' || **s == '+';
	if (!number(s, 167, &h))
		return false;
	if (**s == ':') {
		++*s;
		if (!number(s, 59, &m))
			return false;
	}
	if (**s == ':') {
		++*s;
		if (!number(s, 59, &sec))
			return false;
	}
	*out = (h * HOUR + m * 60 + sec) * (minus ? -1 : 1);
	return true;
}

static bool
week_day(const char **s, struct zone_day *d)
{
	d->how = ZONE_NTH_WEEKDAY;
	++*s;
	if (!number(s, 12, &d->month) || d->month == 0 || *(*s)++ != '.' ||
	    !number(s, 5, &d->week) || d->week == 0 || *(*s)++ != '.')
		return false;
	return number(s, 6, &d->day);
}

/* ",M3.5.0/2", ",J60", ",59/-1" */
static bool
change_day(const char **s, struct zone_day *d)
{
	*d = (struct zone_day){ .at = 2 * HOUR };
	if (*(*s)++ != ',')
		return false;
	if (**s == 'M') {
		if (!week_day(s, d))
			return false;
	} else {
		d->how = **s == 'J' ? ZONE_JULIAN : ZONE_YEARDAY;
		*s += **s == 'J';
		if (!number(s, 365, &d->day) || (d->how == ZONE_JULIAN && d->day == 0))
			return false;
	}
	if (**s != '/')
		return true;
	++*s;
	return hours(s, &d->at);
}

bool
zone_rule_parse(const char *s, struct zone_rule *r)
{
	*r = (struct zone_rule){ 0 };
	if (!skip_name(&s) || !hours(&s, &r->standard))
		return false;
	r->standard = -r->standard;
	if (*s == '\0')
		return true;
	r->has_summer = true;
	r->summer = r->standard + HOUR;
	if (!skip_name(&s))
		return false;
	if (*s != ',') {
		if (!hours(&s, &r->summer))
			return false;
		r->summer = -r->summer;
	}
	return change_day(&s, &r->begins) && change_day(&s, &r->ends) && *s == '\0';
}

/* ---- asking it */

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first day of ${month} (from 1) of ${year}. */
static int64_t
days_to(int64_t year, int month)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y = year - 1;
	int64_t days = 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) -
		       (1969 / 4 - 1969 / 100 + 1969 / 400);

	return days + before[month - 1] + (month > 2 && is_leap(year));
}

/* Years before 1 are nobody's. */
static int64_t
year_of(int64_t local)
{
	int64_t year = 1970 + local / DAY / 365;

	if (year < 1)
		year = 1;
	while (year > 1 && days_to(year, 1) * DAY > local)
		year--;
	while (days_to(year + 1, 1) * DAY <= local)
		year++;
	return year;
}

/* The change of ${year}, as the clocks show it. */
static int64_t
change(const struct zone_day *d, int64_t year)
{
	int64_t first, day;
	int weekday, length;

	if (d->how != ZONE_NTH_WEEKDAY) {
		day = days_to(year, 1) + d->day - (d->how == ZONE_JULIAN);
		if (d->how == ZONE_JULIAN && is_leap(year) && d->day >= 60)
			day++;
		return day * DAY + d->at;
	}
	first = days_to(year, d->month);
	length = (int)((d->month == 12 ? days_to(year + 1, 1) : days_to(year, d->month + 1)) -
		       first);
	weekday = (int)(((first + 4) % 7 + 7) % 7);
	day = (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
	while (day >= length)
		day -= 7;
	return (first + day) * DAY + d->at;
}

int64_t
zone_day(const struct zone *z, int64_t at)
{
	int64_t local = at + zone_offset(z, at);

	return local / DAY - (local % DAY < 0);
}

int64_t
zone_month(int64_t day, int months)
{
	int64_t year = year_of(day * DAY);
	int month = 12;

	while (days_to(year, month) > day)
		month--;
	month += months - 1;
	return days_to(year + month / 12, month % 12 + 1);
}

int
zone_rule_offset(const struct zone_rule *r, int64_t at)
{
	int64_t year, begins, ends;

	if (!r->has_summer)
		return r->standard;
	year = year_of(at + r->standard);
	begins = change(&r->begins, year) - r->standard;
	ends = change(&r->ends, year) - r->summer;
	if (begins < ends)
		return at >= begins && at < ends ? r->summer : r->standard;
	return at >= ends && at < begins ? r->standard : r->summer;
}
