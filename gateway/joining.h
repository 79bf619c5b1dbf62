#ifndef HUDHUD_GATEWAY_JOINING_H
#define HUDHUD_GATEWAY_JOINING_H

#include <stdbool.h>
#include <stdint.h>

#include "store/people.h"

/*
 * Signing up on the pages without a password: the page shows a code, and whoever sends that from an address which
 * is nobody's yet has the name, and the address.  The browser that asked is let in then.
 */
#define JOINING_LIFE 600 /* seconds */

/** What waits for its code. */
struct joining {
	char name[USER_NAME_MAX + 1];
	char lang[12];
	unsigned char key[32]; /* of the link to log in, which only that browser knows */
};

/** Keep ${j} until ${code}, eight digits, comes, or ${expires}. */
int joining_keep(struct tx *tx, const char *code, const struct joining *j, int64_t expires);
/** Take out what ${code} is for; false: nothing. */
bool joining_take(struct tx *tx, const char *code, int64_t now, struct joining *j);
/** Is it for anything? */
bool joining_is(struct tx *tx, const char *code, int64_t now);

#endif
