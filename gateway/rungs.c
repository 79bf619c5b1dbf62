#include "gateway/ladder.h"

int
ladder_settle(struct tx *tx, int64_t user)
{
	struct address a[LADDER_MAX];
	size_t n = address_list(tx, user, a, LADDER_MAX);
	int rung;

	if (n > LADDER_MAX)
		n = LADDER_MAX;
	/* an opt-out outlasts the account: the address may be new and the peer may not */
	for (size_t i = 0; i < n; i++)
		if (a[i].state == ADDRESS_VERIFIED && optout_is(tx, a[i].kind, a[i].peer))
			a[i].state = ADDRESS_OPTED_OUT;
	rung = ladder_pick(a, n, NULL, NULL);
	return user_rehome(tx, user, rung < 0 ? 0 : a[rung].chan);
}
