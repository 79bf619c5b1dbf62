#include "gateway/tariff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/price.h"

static int64_t
thousandths(double v)
{
	return (int64_t)(v * 1000 + 0.5);
}

struct tariff *
tariff_new(const struct conf_section *s, int chan)
{
	struct tariff *t;
	size_t n = 0;

	while (conf_takes(s, "cost") && conf_nth(s, "cost", n) != NULL)
		n++;
	if (n == 0)
		return NULL;
	t = mem_new(sizeof(*t) + n * sizeof(t->price[0]));
	t->chan = chan;
	t->budget = thousandths(conf_real(s, "budget"));
	t->budget_site = thousandths(conf_real(s, "budget_site"));
	for (; t->n < n; t->n++) {
		struct price *p = &t->price[t->n];

		price_parse(conf_nth(s, "cost", t->n), p->prefix, &p->cost);
		if (p->cost > t->highest)
			t->highest = p->cost;
	}
	return t;
}

void
tariff_free(struct tariff *t)
{
	struct tariff *next;

	for (; t != NULL; t = next) {
		next = t->next;
		free(t);
	}
}

const struct tariff *
tariff_of(const struct tariff *list, int chan)
{
	while (list != NULL && list->chan != chan)
		list = list->next;
	return list;
}

int64_t
tariff_cost(const struct tariff *t, const char *peer)
{
	int64_t cost = t->highest;
	size_t best = 0, len;

	for (size_t i = 0; i < t->n; i++) {
		len = strlen(t->price[i].prefix);
		if ((len >= best || best == 0) && strncmp(peer, t->price[i].prefix, len) == 0) {
			cost = t->price[i].cost;
			best = len;
		}
	}
	return cost;
}
