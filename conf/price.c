#include "conf/price.h"

#include <string.h>

#define WHOLE_MAX 1000000

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "0.0075": 8 thousandths. */
static bool
money(const char *s, int64_t *out)
{
	int64_t whole = 0, part = 0, unit = 100;
	bool rest = false;

	if (!is_digit(*s))
		return false;
	for (; is_digit(*s) && whole <= WHOLE_MAX; s++)
		whole = whole * 10 + (*s - '0');
	if (*s == '.' && is_digit(s[1]))
		for (s++; is_digit(*s); s++, unit /= 10) {
			part += (*s - '0') * unit;
			rest |= unit == 0 && *s != '0';
		}
	*out = whole * 1000 + part + rest;
	return *s == '\0' && whole <= WHOLE_MAX;
}

bool
price_parse(const char *text, char prefix[PRICE_PREFIX_SIZE], int64_t *thousandths)
{
	size_t n = strcspn(text, " ");
	const char *sum = text + n + strspn(text + n, " ");

	if (n == 0 || n >= PRICE_PREFIX_SIZE || !money(sum, thousandths))
		return false;
	memcpy(prefix, text, n);
	prefix[n] = '\0';
	if (strcmp(prefix, "*") == 0)
		prefix[0] = '\0';
	else if (prefix[0] != '+' || n < 2 || strspn(prefix + 1, "0123456789") != n - 1)
		return false;
	return true;
}

void
price_check(const struct conf_section *s, struct conf_faults *f)
{
	char prefix[PRICE_PREFIX_SIZE];
	const char *text;
	int64_t cost;

	for (size_t i = 0; (text = conf_nth(s, "cost", i)) != NULL; i++)
		if (!price_parse(text, prefix, &cost))
			conf_fault(f, s, "cost",
			    "\"%s\" must be a prefix and a sum, like \"+49 0.075\" or \"* 0.10\"",
			    text);
	if (conf_nth(s, "cost", 0) == NULL &&
	    (conf_real(s, "budget") > 0 || conf_real(s, "budget_site") > 0))
		conf_fault(f, s, "cost", "must be set where there is a budget");
}
