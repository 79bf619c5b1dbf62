#include "gateway/rungs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/phrase.h"
#include "gateway/presence.h"
#include "store/spend.h"

#define DAY 86400
#define ASKS (RUNG_PRESENT | RUNG_FREE) /* how the network shows them */

/* What is left of ${budget} by what ${user} (0: all) spent since the month began. */
static int64_t
left_of(struct tx *tx, int64_t budget, int64_t user, int chan, int64_t day)
{
	if (budget == 0)
		return INT64_MAX;
	return budget - spend_sum(tx, user, chan, zone_month(day, 0), zone_month(day, 1));
}

static void
gather_money(struct tx *tx, struct rungs *r, size_t i)
{
	const struct tariff *t = tariff_of(r->site->tariffs, r->rung[i].chan);
	int64_t day = zone_day(r->c.zone, r->c.now), mine, all;

	r->rung[i].left = r->left_all[i] = INT64_MAX;
	if (t == NULL)
		return;
	r->rung[i].cost = tariff_cost(t, r->address[i].peer);
	mine = left_of(
	    tx, r->user.budget != 0 ? r->user.budget : t->budget, r->user.id, t->chan, day);
	all = left_of(tx, t->budget_site, 0, t->chan, r->c.now / DAY);
	r->left_all[i] = all;
	r->rung[i].left = mine < all ? mine : all;
}

static void
gather_rung(struct tx *tx, struct rungs *r, size_t i)
{
	const struct address *a = &r->address[i];
	struct ladder_rung *out = &r->rung[i];

	*out = (struct ladder_rung){
		.chan = a->chan, .state = a->state, .takes = a->takes, .daily = a->daily, .up = true
	};
	if (a->state != ADDRESS_VERIFIED || a->chan == 0)
		return;
	if (a->takes & ASKS)
		out->presence = presence_get(a->chan, a->peer);
	if (a->daily > 0)
		out->today = (int)spend_count(
		    tx, r->user.id, a->chan, zone_day(r->c.zone, r->c.now));
	gather_money(tx, r, i);
}

bool
rungs_get(struct tx *tx, const struct site *site, int64_t user, int64_t now,
    bool (*up)(void *cookie, int chan), void *cookie, struct rungs *r)
{
	if (!user_by_id(tx, user, &r->user))
		return false;
	r->site = site;
	r->c = (struct ladder_case){ .now = now,
		.zone = zone_get(r->user.zone),
		.quiet_from = r->user.quiet_from,
		.quiet_to = r->user.quiet_to,
		.quiet_until = r->user.quiet_until,
		.fall = site->fall,
		.rung = r->rung };
	r->c.n = address_list(tx, user, r->address, LADDER_MAX);
	if (r->c.n > LADDER_MAX)
		r->c.n = LADDER_MAX;
	for (size_t i = 0; i < r->c.n; i++) {
		gather_rung(tx, r, i);
		if (up != NULL && r->rung[i].chan != 0)
			r->rung[i].up = up(cookie, r->rung[i].chan);
	}
	return true;
}

void
rungs_put(struct rungs *r)
{
	zone_put(r->c.zone);
	r->c.zone = NULL;
}

void
rungs_choose(struct rungs *r, enum owed_class class, struct ladder_choice *out)
{
	r->c.class = class;
	ladder_choose(&r->c, out);
}

bool
rungs_counts(const struct rungs *r, int i)
{
	return r->rung[i].daily > 0 || r->rung[i].cost > 0;
}

/* ---- as their user wishes */

bool
rungs_can(const char *kind, unsigned takes)
{
	return (takes & ASKS) == 0 || strcmp(kind, "xmpp") == 0;
}

int
rungs_set(struct tx *tx, const struct address *a)
{
	if (a->takes & ASKS)
		presence_want(a->chan, a->peer);
	return address_set_rung(tx, a);
}

int
rungs_changed(struct tx *tx, int64_t user, int64_t now)
{
	int rc = ladder_settle(tx, user);

	return rc < 0 ? rc : behind_loosen(tx, user, now);
}

/* ---- which lanes carry */

/* Does it take such things at all, and now as far as the network shows? */
static bool
carries(const struct address *a, enum owed_class class, int home)
{
	enum presence p;

	if (a->state != ADDRESS_VERIFIED || a->chan == 0 || (a->takes & RUNG_NOTHING) ||
	    (a->takes & RUNG_DIRECT) || ((a->takes & RUNG_ADDRESSED) && class == OWED_STATUS))
		return false;
	if (!(a->takes & ASKS))
		return true;
	p = presence_get(a->chan, a->peer);
	/* Nothing is known yet: all stays as it is until there is. */
	if (p == PRESENCE_UNKNOWN)
		return home == a->chan || !(a->takes & RUNG_PRESENT);
	return !((a->takes & RUNG_PRESENT) && p == PRESENCE_GONE) &&
	       !((a->takes & RUNG_FREE) && p == PRESENCE_BUSY);
}

/* The first that carries; else the first that ever would; else any that can be used. */
static int
carrier(const struct address *a, size_t n, enum owed_class class, int home)
{
	struct address any;
	int rung;

	for (size_t i = 0; i < n; i++)
		if (carries(&a[i], class, home))
			return a[i].chan;
	for (size_t i = 0; i < n; i++) {
		any = a[i];
		any.takes &= ~(unsigned)ASKS;
		if (carries(&any, class, home))
			return any.chan;
	}
	rung = ladder_pick(a, n, NULL, NULL);
	return rung < 0 ? 0 : a[rung].chan;
}

int
ladder_settle(struct tx *tx, int64_t user)
{
	struct address a[LADDER_MAX];
	size_t n = address_list(tx, user, a, LADDER_MAX);
	struct user u;
	int home, near, rc;

	if (!user_by_id(tx, user, &u))
		return STORE_FAILED;
	if (n > LADDER_MAX)
		n = LADDER_MAX;
	/* an opt-out outlasts the account: the address may be new and the peer may not */
	for (size_t i = 0; i < n; i++)
		if (a[i].state == ADDRESS_VERIFIED && optout_is(tx, a[i].kind, a[i].peer))
			a[i].state = ADDRESS_OPTED_OUT;
	home = carrier(a, n, OWED_STATUS, u.home);
	near = carrier(a, n, OWED_ADDRESSED, u.near != 0 ? u.near : u.home);
	near = near == home ? 0 : near;
	rc = user_rehome(tx, user, home);
	return rc < 0 || near == u.near ? rc : user_set_near(tx, user, near);
}

/* ---- why */

/* Why things of ${class} come to ${r}'s user where they do: one line a rung, in ${lang}; the caller frees. */
static char *
explain(struct rungs *r, enum owed_class class, const char *lang)
{
	struct ladder_choice choice;
	struct buf out = { 0 };
	char *line;

	rungs_choose(r, class, &choice);
	for (size_t i = 0; i < r->c.n; i++) {
		line = phrase(
		    lang, ladder_reason_text(choice.why[i]), "kind", r->address[i].kind, NULL);
		buf_printf(&out, "%s%s", i > 0 ? "\n" : "", line);
		free(line);
	}
	return buf_take(&out);
}

char *
ladder_explain(struct tx *tx, const struct site *site, int64_t user, int64_t pos, int64_t now,
    const char *lang)
{
	struct status s;
	struct rungs r;
	char *text = NULL;

	if (!status_get(tx, pos, &s))
		return NULL;
	if (audience_brings(tx, user, &s) && rungs_get(tx, site, user, now, NULL, NULL, &r)) {
		text = explain(&r, owed_class(tx, user, &s), lang);
		rungs_put(&r);
	}
	free((char *)s.text);
	return text;
}
