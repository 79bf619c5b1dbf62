#include "gateway/alert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/phrase.h"
#include "store/fanout.h"

#define DAY 86400
#define ALERTS_A_DAY 10

bool
alert_is_number(const char *kind)
{
	return strcmp(kind, "sms") == 0;
}

void
alert_begin(struct alert *al, struct tx *tx, const struct site *site, int64_t now, int64_t user)
{
	al->tx = tx;
	al->site = site;
	al->now = now;
	al->n = 0;
	if (!user_by_id(tx, user, &al->user)) {
		al->user = (struct user){ 0 };
		return;
	}
	al->n = address_list(tx, user, al->address, ALERT_ADDRESSES);
	if (al->n > ALERT_ADDRESSES)
		al->n = ALERT_ADDRESSES;
}

static bool
takes(struct alert *al, const struct address *a, const char *kind, const char *peer)
{
	if (kind && peer && strcmp(a->kind, kind) == 0 && strcmp(a->peer, peer) == 0)
		return false;
	return a->state == ADDRESS_VERIFIED && a->chan != 0 && !optout_is(al->tx, a->kind, a->peer);
}

static bool
tell(struct alert *al, const struct address *a, const char *lang, char *text)
{
	struct answer out = { .chan = a->chan, .at = al->now, .next_at = al->now, .text = text };

	mem_copy(out.kind, sizeof(out.kind), a->kind);
	mem_copy(out.peer, sizeof(out.peer), a->peer);
	mem_copy(out.lang, sizeof(out.lang), lang);
	/* so many wait there already that one more is no help */
	return answer_add(al->tx, &out) == STORE_OK;
}

size_t
alert_say(struct alert *al, const char *kind, const char *peer, const char *msgid, ...)
{
	const char *lang = *al->user.lang ? al->user.lang : al->site->lang;
	size_t told = 0;
	va_list values;
	char who[24], *text;

	if (al->user.id == 0)
		return 0;
	snprintf(who, sizeof(who), "%" PRId64, al->user.id);
	if (tally_add(al->tx, "alert", who, al->now, DAY) > ALERTS_A_DAY)
		return 0;
	va_start(values, msgid);
	text = phrase_v(lang, msgid, values);
	va_end(values);
	for (size_t i = 0; i < al->n; i++)
		if (takes(al, &al->address[i], kind, peer) && tell(al, &al->address[i], lang, text))
			told++;
	free(text);
	return told;
}
