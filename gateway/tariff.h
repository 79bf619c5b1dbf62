#ifndef HUDHUD_GATEWAY_TARIFF_H
#define HUDHUD_GATEWAY_TARIFF_H

#include <stdint.h>

#include "conf/conf.h"

/** What deliveries by one channel cost, in thousandths; constant while the service runs. */
struct tariff {
	struct tariff *next;
	int chan;
	int64_t budget, budget_site; /* in a month; 0: any sum */
	int64_t highest;             /* for who has no prefix of the list */
	size_t n;
	struct price {
		char prefix[24];
		int64_t cost;
	} price[];
};

/** The tariff of channel ${chan}; NULL: its kind has no COST_KEYS, or its section no prices. */
struct tariff *tariff_new(const struct conf_section *s, int chan);
/** Release ${t} and those behind it. */
void tariff_free(struct tariff *t);

/** That of ${chan} among ${list}; NULL: it costs nothing. */
const struct tariff *tariff_of(const struct tariff *list, int chan);

/** What one copy to ${peer} costs, by the longest prefix. */
int64_t tariff_cost(const struct tariff *t, const char *peer);

#endif
