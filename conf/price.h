#ifndef HUDHUD_CONF_PRICE_H
#define HUDHUD_CONF_PRICE_H

#include "conf/conf.h"

/*
 * What a kind whose deliveries cost money takes beside its own keys: COST_KEYS.  Money is in
 * thousandths of whatever the operator counts in.
 */
#define COST_KEYS                                                                                  \
	{                                                                                          \
		.name = "cost",                                                                    \
		.type = CONF_LIST,                                                                 \
		.value = "",                                                                       \
		.help = "what one text costs, by the longest prefix: ( \"+1 0.008\", \"* 0.10\" )" \
	},                                                                                         \
	    { .name = "budget",                                                                    \
		    .type = CONF_REAL,                                                             \
		    .value = "0",                                                                  \
		    .help = "what one person may cost in a month; 0: any sum" },                   \
	{                                                                                          \
		.name = "budget_site", .type = CONF_REAL, .value = "0",                            \
		.help = "what all together may cost in a month; 0: any sum"                        \
	}

#define PRICE_PREFIX_SIZE 24

/** Understand "+49 0.075": a prefix ("" for "*") and its thousandths, rounded up. */
bool price_parse(const char *text, char prefix[PRICE_PREFIX_SIZE], int64_t *thousandths);

/** The faults of the keys COST_KEYS of ${s}. */
void price_check(const struct conf_section *s, struct conf_faults *f);

#endif
