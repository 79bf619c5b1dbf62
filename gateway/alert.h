#ifndef HUDHUD_GATEWAY_ALERT_H
#define HUDHUD_GATEWAY_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/site.h"
#include "store/people.h"

/*
 * What somebody must hear wherever they are, because it may not have been they: an address came or
 * went, a guess at a PIN, the end of the account.
 */

#define ALERT_ADDRESSES 16

/** Is an address of ${kind} a number?  It shows less than others do: senders are forged, numbers get new owners. */
bool alert_is_number(const char *kind);

/** Who is told, and where. */
struct alert {
	struct tx *tx;
	const struct site *site;
	int64_t now;
	struct user user; /* id 0: nobody */
	struct address address[ALERT_ADDRESSES];
	size_t n;
};

/** Note where ${user} can be told something, as it is now. */
void alert_begin(
    struct alert *al, struct tx *tx, const struct site *site, int64_t now, int64_t user);

/**
 * Tell them at all verified addresses that take something, but at (${kind}, ${peer}) where these are not
 * NULL; ten alerts a day.  Values as for phrase().  Returns how many are told.
 */
size_t alert_say(struct alert *al, const char *kind, const char *peer, const char *msgid, ...)
    __attribute__((sentinel));

#endif
