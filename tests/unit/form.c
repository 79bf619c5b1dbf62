/* Numbers and times in people's own form. */
#include "base/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "gateway/phrase.h"
#include "tests/tap.h"

static void
number(const char *lang, int64_t n, const char *expected)
{
	char out[FORM_SIZE];

	form_number(lang, n, out);
	ok(strcmp(out, expected) == 0, expected);
	if (strcmp(out, expected) != 0)
		printf("# %s\n", out);
}

static void
moment(const char *lang, int year, const char *expected)
{
	const struct tm at = {
		.tm_year = 126, .tm_mon = 10, .tm_mday = 25, .tm_hour = 9, .tm_min = 5
	};
	char out[FORM_SIZE];

	form_time(lang, &at, year, out);
	ok(strcmp(out, expected) == 0, expected);
	if (strcmp(out, expected) != 0)
		printf("# %s\n", out);
}

static void
count(const char *lang, int64_t n, const char *expected)
{
	char *out = phrase_count(lang, "{n} follower", "{n} followers", n);

	ok(strcmp(out, expected) == 0, expected);
	free(out);
}

int
main(void)
{
	lang_load("po");
	number("en", 0, "0");
	number("en", 999, "999");
	number("en", 1234, "1,234");
	number("en", 1234567, "1,234,567");
	number("en", -1234, "-1,234");
	number("en", -123, "-123");
	number("en", INT64_MIN, "-9,223,372,036,854,775,808");
	number("ja", 12345, "12,345");
	number("ar", 12345, "\u0661\u0662\u066c\u0663\u0664\u0665");
	number("xx", 1234, "1,234");
	moment("en", 2026, "25 Nov 9:05");
	moment("en", 2027, "25 Nov 2026 9:05");
	moment("ja", 2026, "11\u670825\u65e5 9:05");
	moment("ja", 2027, "2026\u5e7411\u670825\u65e5 9:05");
	moment("ar", 2026, "\u0662\u0665 \u0646\u0648\u0641\u0645\u0628\u0631 \u0669:\u0660\u0665");
	count("en", 1, "1 follower");
	count("en", 1000, "1,000 followers");
	count("ja", 2, "\u30d5\u30a9\u30ed\u30ef\u30fc2\u4eba");
	count("ar", 0, "\u0644\u0627 \u0645\u062a\u0627\u0628\u0639\u064a\u0646");
	count("ar", 2, "\u0645\u062a\u0627\u0628\u0639\u0627\u0646");
	count("ar", 3, "\u0663 \u0645\u062a\u0627\u0628\u0639\u064a\u0646");
	lang_unload();
	return tap_done();
}
