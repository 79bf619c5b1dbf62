/* What texts cost: lists of texts in the settings, sums, prefixes. */
#include <stdlib.h>
#include <string.h>

#include "conf/price.h"
#include "gateway/tariff.h"
#include "tests/tap.h"

static const struct conf_key keys[] = { COST_KEYS, { .name = NULL } };
static const struct conf_kind kinds[] = { { "sms", keys, price_check }, { .name = NULL } };
static const struct conf_schema schema = { .kinds = kinds };

static struct conf *
load(const char *text, struct conf_faults *faults)
{
	char all[512];
	int n = snprintf(
	    all, sizeof(all), "channels = ( { name = \"a\"; kind = \"sms\"; %s } );", text);

	return conf_load_text("conf", 0600, all, (size_t)n, &schema, faults);
}

static bool
is_refused(const char *text, const char *why)
{
	struct conf_faults faults = { 0 };
	struct conf *c = load(text, &faults);
	bool refused = c == NULL && strstr(buf_text(&faults.text), why) != NULL;

	if (!refused)
		printf("# %s: %s\n", text, buf_text(&faults.text));
	conf_free(c);
	buf_free(&faults.text);
	return refused;
}

static bool
parses(const char *text, const char *prefix, int64_t cost)
{
	char got[PRICE_PREFIX_SIZE];
	int64_t sum;

	return price_parse(text, got, &sum) && strcmp(got, prefix) == 0 && sum == cost;
}

static void
test_sums(void)
{
	static const char *const bad[] = { "", "+49", "+49 ", "49 0.1", "+ 1", "+49 .5", "+49 1.",
		"+49 1,5", "+49 -1", "* x", "+49 1 2", "+4x 1", "+49 99999999",
		"+123456789012345678901234 1" };
	char got[PRICE_PREFIX_SIZE];
	int64_t sum;
	bool all = true;

	ok(parses("+49 0.075", "+49", 75) && parses("* 1", "", 1000) &&
		parses("+1  0.0075", "+1", 8) && parses("+1 0.0080", "+1", 8) &&
		parses("+1 0", "+1", 0),
	    "a prefix and a sum, fractions of a thousandth rounded up");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		all &= !price_parse(bad[i], got, &sum);
	ok(all, "and what is neither is refused");
}

static void
test_tariff(void)
{
	struct conf_faults faults = { 0 };
	struct conf *c = load(
	    "cost = ( \"+1 0.01\", \"+1242 0.20\", \"* 0.05\" ); budget = 1.5; budget_site = 20;",
	    &faults);
	struct tariff *t;

	ok(c != NULL, "a list of them");
	if (c == NULL) {
		printf("# %s\n", buf_text(&faults.text));
		return;
	}
	t = tariff_new(conf_channel(c, 0), 7);
	ok(t != NULL && t->chan == 7 && t->budget == 1500 && t->budget_site == 20000,
	    "and what it may be");
	ok(tariff_cost(t, "+15550001") == 10 && tariff_cost(t, "+12425550001") == 200 &&
		tariff_cost(t, "+49170") == 50,
	    "the longest prefix counts");
	ok(tariff_of(t, 7) == t && tariff_of(t, 8) == NULL && tariff_of(NULL, 7) == NULL,
	    "found by its channel");
	tariff_free(t);
	conf_free(c);
	c = load("cost = [ \"+1 0.01\", \"+49 0.20\" ];", &faults);
	t = c != NULL ? tariff_new(conf_channel(c, 0), 1) : NULL;
	ok(t != NULL && tariff_cost(t, "+33") == 200,
	    "without a *, others cost what the dearest does");
	tariff_free(t);
	conf_free(c);
	c = load("", &faults);
	ok(c != NULL && tariff_new(conf_channel(c, 0), 1) == NULL, "no prices: nothing costs");
	conf_free(c);
	buf_free(&faults.text);
}

static void
test_faults(void)
{
	ok(is_refused("cost = ( \"49 0.1\" );", "conf:1: channels.a.cost: \"49 0.1\" must be"),
	    "no prefix");
	ok(is_refused("cost = ( 5 );", "element 1 in it must be a text"), "no text");
	ok(is_refused("cost = \"+1 2\";", "must be a list of texts"), "no list");
	ok(is_refused("budget = 3.0;", "must be set where there is a budget"),
	    "a budget without prices");
	ok(is_refused("cost = ( \"* 1\" ); budget = -1;", "budget"), "less than nothing");
}

int
main(void)
{
	test_sums();
	test_tariff();
	test_faults();
	return tap_done();
}
