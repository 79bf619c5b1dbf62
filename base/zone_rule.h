#ifndef HUDHUD_BASE_ZONE_RULE_H
#define HUDHUD_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* What zone.c and zone_find.c share: where the database is, and its rules for the years to come. */
#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_RULE_SIZE 96

/** When a year's clocks change: the day, and seconds after its midnight (from -167 to 167 hours). */
struct zone_day {
	enum { ZONE_NTH_WEEKDAY, ZONE_JULIAN, ZONE_YEARDAY } how;
	int month, week, day; /* M3.5.0: month 1 to 12, week 1 to 5 (last), day 0 (Sunday) to 6 */
	int at;
};

/** A POSIX TZ string, as RFC 8536 extends it.  Offsets are seconds east of Greenwich. */
struct zone_rule {
	int standard, summer;
	bool has_summer;
	struct zone_day begins, ends; /* of the summer time */
};

/** Understand ${s}; false if it is no rule. */
bool zone_rule_parse(const char *s, struct zone_rule *r);

/** The offset that ${r} gives at ${at}.  Pure. */
int zone_rule_offset(const struct zone_rule *r, int64_t at);

#endif
