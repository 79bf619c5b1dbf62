#ifndef HUDHUD_GATEWAY_RESET_H
#define HUDHUD_GATEWAY_RESET_H

#include <stdint.h>

#include "gateway/site.h"
#include "store/store.h"

/**
 * Somebody at the pages cannot get in, and says that they are ${who}: a name, or an address.  If there is such a
 * user, a link that opens the account once goes to the first of their verified addresses that may be asked to
 * prove it; never to the number that was typed, which may have a new owner.  A few times an hour, and never beyond
 * what they may cost.  Nothing tells the caller what became of it: STORE_OK, or the store's failure.
 */
int reset_ask(struct tx *tx, const struct site *site, int64_t now, const char *who);

#endif
