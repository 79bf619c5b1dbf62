/* Time zones, against the C library's, which knows one at a time. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/zone.h"
#include "base/zone_rule.h"
#include "tests/tap.h"

#define HOUR 3600
#define DAY 86400

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute };

	return timegm(&tm);
}

static void
test_offsets(void)
{
	const struct zone *berlin = zone_get("Europe/Berlin"), *tokyo = zone_get("Asia/Tokyo"),
			  *lord = zone_get("Australia/Lord_Howe");

	ok(berlin != NULL && tokyo != NULL && lord != NULL, "zones by name");
	ok(zone_offset(NULL, 0) == 0, "no zone is UTC");
	ok(zone_offset(berlin, utc(2026, 1, 1, 0, 0)) == HOUR &&
		zone_offset(berlin, utc(2026, 7, 1, 0, 0)) == 2 * HOUR,
	    "winter and summer");
	ok(zone_offset(berlin, utc(2026, 3, 29, 1, 0) - 1) == HOUR &&
		zone_offset(berlin, utc(2026, 3, 29, 1, 0)) == 2 * HOUR,
	    "to the second");
	ok(zone_offset(berlin, utc(2126, 7, 1, 0, 0)) == 2 * HOUR &&
		zone_offset(berlin, utc(2126, 12, 1, 0, 0)) == HOUR,
	    "and in a hundred years");
	ok(zone_offset(tokyo, utc(2026, 7, 1, 0, 0)) == 9 * HOUR, "one without summer time");
	ok(zone_offset(lord, utc(2026, 1, 1, 0, 0)) == 11 * HOUR &&
		zone_offset(lord, utc(2026, 7, 1, 0, 0)) == 10 * HOUR + HOUR / 2,
	    "one that moves by half an hour, in the south");
	zone_put(berlin);
	zone_put(tokyo);
	zone_put(lord);
}

static void
test_instants(void)
{
	const struct zone *berlin = zone_get("Europe/Berlin"), *apia = zone_get("Pacific/Apia");

	ok(zone_instant(berlin, utc(2026, 6, 1, 7, 0)) == utc(2026, 6, 1, 5, 0), "seven there");
	ok(zone_instant(berlin, utc(2026, 3, 29, 2, 30)) == utc(2026, 3, 29, 1, 0),
	    "half past two that night never was: the jump");
	ok(zone_instant(berlin, utc(2026, 3, 29, 3, 0)) == utc(2026, 3, 29, 1, 0) &&
		zone_instant(berlin, utc(2026, 3, 29, 1, 59)) == utc(2026, 3, 29, 0, 59),
	    "and what is around it was");
	ok(zone_instant(berlin, utc(2026, 10, 25, 2, 30)) == utc(2026, 10, 25, 0, 30),
	    "half past two twice: the first");
	ok(zone_instant(berlin, utc(2026, 10, 25, 3, 0)) == utc(2026, 10, 25, 2, 0), "and after");
	ok(zone_instant(apia, utc(2011, 12, 30, 12, 0)) == utc(2011, 12, 30, 10, 0),
	    "a day that was left out");
	ok(zone_instant(NULL, 12345) == 12345, "UTC");
	zone_put(berlin);
	zone_put(apia);
}

static void
test_days(void)
{
	const struct zone *tokyo = zone_get("Asia/Tokyo");
	int64_t day = utc(2026, 12, 31, 0, 0) / DAY;

	ok(zone_day(tokyo, utc(2026, 12, 31, 14, 59)) == day &&
		zone_day(tokyo, utc(2026, 12, 31, 15, 0)) == day + 1 && zone_day(NULL, -1) == -1,
	    "the day there");
	ok(zone_month(day, 0) == day - 30 && zone_month(day, 1) == day + 1 &&
		zone_month(day, 3) == day + 60 && zone_month(day - 30, 0) == day - 30,
	    "the first of the month, and of the months to come");
	ok(zone_month(utc(2024, 2, 29, 0, 0) / DAY, 1) == utc(2024, 3, 1, 0, 0) / DAY,
	    "behind a leap day");
	zone_put(tokyo);
}

static void
test_unknown(void)
{
	static const char *const none[] = { "", "Europe/Nowhere", "../../etc/passwd",
		"/etc/localtime", "zone.tab", "tzdata.zi", "Europe", "Europe/",
		"right/Europe/Berlin", "Europe//Berlin",
		"europe/berlin and a very long tail that is no zone at all" };
	bool all = true;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		all &= zone_get(none[i]) == NULL;
	ok(all, "what is no zone is none");
}

static void
test_rules(void)
{
	static const char *const bad[] = { "", "C", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0x", "<+03-3", "CET-999", "CET-1CEST,J0,J300" };
	struct zone_rule r;
	bool all = true;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		all &= !zone_rule_parse(bad[i], &r);
	ok(all, "what is no rule is none");
	ok(zone_rule_parse("<+0330>-3:30", &r) && zone_rule_offset(&r, 0) == 3 * HOUR + HOUR / 2,
	    "a rule without summer");
	ok(zone_rule_parse("AAA3BBB,J60/0,J300", &r) &&
		zone_rule_offset(&r, utc(2024, 3, 1, 3, 0)) == -2 * HOUR &&
		zone_rule_offset(&r, utc(2024, 3, 1, 3, 0) - 1) == -3 * HOUR,
	    "day 60 is the first of March, in a leap year, too");
	ok(zone_rule_parse("AAA3BBB,59/0,300", &r) &&
		zone_rule_offset(&r, utc(2024, 2, 29, 3, 0)) == -2 * HOUR,
	    "and by the plain count the last of February then");
}

/* ---- all zones of the machine */

static unsigned zones, wrong, wrong_way;

static void
compare(const char *name, int64_t at)
{
	const struct zone *z = zone_get(name);
	time_t t = (time_t)at;
	struct tm tm;
	int64_t back;

	localtime_r(&t, &tm);
	if (z == NULL || zone_offset(z, at) != tm.tm_gmtoff) {
		if (wrong++ < 5)
			printf("# %s at %lld: %d, not %ld\n", name, (long long)at,
			    zone_offset(z, at), tm.tm_gmtoff);
	}
	back = zone_instant(z, at + zone_offset(z, at));
	if (back > at || back + zone_offset(z, back) != at + zone_offset(z, at))
		wrong_way++;
	zone_put(z);
}

static void
each_zone(const char *folder, const char *prefix, int depth)
{
	char path[512], name[512];
	DIR *d = opendir(folder);
	struct dirent *e;
	const struct zone *z;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] < 'A' || e->d_name[0] > 'Z')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		snprintf(name, sizeof(name), "%s%s", prefix, e->d_name);
		z = zone_get(name);
		zone_put(z);
		if (z == NULL) {
			strcat(name, "/");
			if (depth < 3)
				each_zone(path, name, depth + 1);
			continue;
		}
		zones++;
		setenv("TZ", name, 1);
		tzset();
		for (int i = 0; i < 60; i++)
			compare(name, (int64_t)(random() % 7258118400) - (i < 5 ? 2208988800 : 0));
	}
	if (d != NULL)
		closedir(d);
}

static void
test_all(void)
{
	each_zone(ZONE_FOLDER, "", 0);
	printf("# %u zones\n", zones);
	ok(zones > 300 && wrong == 0,
	    "every zone shows what the C library shows, up to the year 2200");
	ok(wrong_way == 0, "and the way back leads there, or to the first of two");
}

static void *
look_up(void *arg)
{
	static const char *const names[] = { "Asia/Tokyo", "Europe/Berlin", "America/New_York",
		"Asia/Kolkata", "Nowhere/None" };
	uintptr_t bad = 0;

	(void)arg;
	for (int i = 0; i < 20000; i++) {
		const struct zone *z = zone_get(names[i % 5]);

		bad += i % 5 == 0 && zone_offset(z, 1700000000) != 9 * HOUR;
		zone_put(z);
	}
	return (void *)bad;
}

static void
test_threads(void)
{
	pthread_t t[4];
	void *bad;
	bool good = true;

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, look_up, NULL);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &bad);
		good &= bad == NULL;
	}
	ok(good, "from several threads at once");
}

static void
test_find(void)
{
	char name[ZONE_NAME_SIZE];

	ok(zone_find("asia/tokyo", name) && strcmp(name, "Asia/Tokyo") == 0, "in any case");
	ok(zone_find("Tokyo", name) && strcmp(name, "Asia/Tokyo") == 0, "the city alone");
	ok(zone_find("new york", name) && strcmp(name, "America/New_York") == 0, "with a blank");
	ok(zone_find("utc", name) && strcmp(name, "UTC") == 0, "one without a city");
	ok(!zone_find("Asia/Tokio", name) && strcmp(name, "Asia/Tokyo") == 0,
	    "a near miss is a hint");
	ok(!zone_find("Atlantis", name) || name[0] == '\0', "what is far from all is none");
	ok(!zone_find("", name) &&
		!zone_find("here, where I am, and where the sun sets in the sea", name),
	    "nor is nothing, nor a story");
}

static void
test_places(void)
{
	const char *name, *before = "";
	bool sorted = true, known = true, tokyo = false;
	size_t n = 0;

	for (; (name = zone_place(n)) != NULL; n++) {
		const struct zone *z = zone_get(name);

		sorted &= strcmp(before, name) < 0;
		known &= z != NULL && strchr(name, '/') != NULL;
		tokyo |= strcmp(name, "Asia/Tokyo") == 0;
		before = name;
		zone_put(z);
	}
	ok(n > 300 && tokyo && known, "the places of the list are zones");
	ok(sorted, "in the order of letters");
	ok(zone_place(n + 1000) == NULL, "and end");
}

int
main(void)
{
	srandom(1);
	test_offsets();
	test_instants();
	test_days();
	test_unknown();
	test_rules();
	test_find();
	test_places();
	test_threads();
	test_all();
	return tap_done();
}
