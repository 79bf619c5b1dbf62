#include "base/form.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

/* TRANSLATORS: your digits from 0 to 9, and the sign between thousands. */
static const char *const digits_msgid = N_("0123456789,");
/* TRANSLATORS: a time of a day; order the places as you write them. */
static const char *const this_year = N_("{day} {month} {clock}");
static const char *const any_year = N_("{day} {month} {year} {clock}");

static const char *const months[] = { N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"),
	N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec") };

struct piece {
	const char *at;
	size_t n;
};

/* The character ${i} of the language's digits and sign. */
static struct piece
piece_of(const char *lang, unsigned i)
{
	const char *s = lang_text(lang, digits_msgid);
	struct piece p = { s, 0 };

	for (unsigned k = 0; *s != '\0'; k++) {
		size_t n = 1;

		while (((unsigned char)s[n] & 0xC0) == 0x80)
			n++;
		p = (struct piece){ s, n };
		if (k == i)
			break;
		s += n;
	}
	return p;
}

static void
add(char out[FORM_SIZE], const char *s, size_t n)
{
	size_t have = strlen(out);

	if (have + n < FORM_SIZE) {
		memcpy(out + have, s, n);
		out[have + n] = '\0';
	}
}

/* ${plain}, of digits and other ASCII, in the language's digits; a sign after each three if ${apart}. */
static void
write_digits(const char *lang, const char *plain, bool apart, char out[FORM_SIZE])
{
	size_t n = strlen(plain);

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		struct piece p = { plain + i, 1 };

		if (apart && i > 0 && plain[i - 1] != '-' && (n - i) % 3 == 0) {
			struct piece sign = piece_of(lang, 10);

			add(out, sign.at, sign.n);
		}
		if (plain[i] >= '0' && plain[i] <= '9')
			p = piece_of(lang, (unsigned)(plain[i] - '0'));
		add(out, p.at, p.n);
	}
}

void
form_number(const char *lang, int64_t n, char out[FORM_SIZE])
{
	char plain[24];

	snprintf(plain, sizeof(plain), "%" PRId64, n);
	write_digits(lang, plain, true, out);
}

void
form_clock(const char *lang, int hour, int minute, char out[FORM_SIZE])
{
	char plain[32];

	snprintf(plain, sizeof(plain), "%d:%02d", hour, minute);
	write_digits(lang, plain, false, out);
}

void
form_time(const char *lang, const struct tm *at, int year, char out[FORM_SIZE])
{
	const char *s = lang_text(lang, at->tm_year + 1900 == year ? this_year : any_year);
	char day[FORM_SIZE], of_year[FORM_SIZE], clock[FORM_SIZE], plain[16];
	const char *month = lang_text(lang, months[(unsigned)at->tm_mon % 12]);
	const struct {
		const char *name, *value;
	} places[] = { { "{day}", day }, { "{month}", month }, { "{year}", of_year },
		{ "{clock}", clock } };

	snprintf(plain, sizeof(plain), "%d", at->tm_mday);
	write_digits(lang, plain, false, day);
	snprintf(plain, sizeof(plain), "%d", at->tm_year + 1900);
	write_digits(lang, plain, false, of_year);
	form_clock(lang, at->tm_hour, at->tm_min, clock);
	out[0] = '\0';
	while (*s != '\0') {
		size_t i, n = 1;

		for (i = 0; i < 4; i++)
			if (strncmp(s, places[i].name, strlen(places[i].name)) == 0)
				break;
		if (i < 4) {
			n = strlen(places[i].name);
			add(out, places[i].value, strlen(places[i].value));
		} else {
			add(out, s, 1);
		}
		s += n;
	}
}
