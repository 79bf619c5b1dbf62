#include "gateway/reset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/alert.h"
#include "gateway/command.h"
#include "gateway/phrase.h"
#include "gateway/rungs.h"
#include "gateway/secret.h"
#include "gateway/silence.h"

#define HOUR 3600
#define DAY 86400
#define AN_HOUR 3
#define A_DAY 6
#define PAID_OF_ALL 60 /* an hour: names are known to all, and each costs money */

static bool
find_address(struct tx *tx, const struct site *site, const char *who, struct user *u,
    char number[PEER_MAX + 1])
{
	char peer[PEER_MAX + 1];
	const struct reach *to = reach_find(site->reach, site->reach_n, who, peer, sizeof(peer));
	struct address a;

	if (to == NULL || !user_by_address(tx, to->kind->name, peer, u, &a) ||
	    a.state == ADDRESS_PENDING)
		return false;
	if (alert_is_number(to->kind->name))
		mem_copy(number, PEER_MAX + 1, peer);
	return true;
}

/* Who is ${who}?  ${number} is the number that was typed, or "". */
static bool
find(struct tx *tx, const struct site *site, const char *who, struct user *u,
    char number[PEER_MAX + 1])
{
	char name[USER_NAME_MAX + 1], *jabber;
	bool found;

	*number = '\0';
	if (text_take_name(who, name) && user_by_name(tx, name, u))
		return true;
	if (find_address(tx, site, who, u, number))
		return true;
	/* what looks like a mail address may be one of Jabber */
	jabber = mem_printf("xmpp:%s", who);
	found = strchr(who, '@') && find_address(tx, site, jabber, u, number);
	free(jabber);
	return found;
}

/* May it go there? */
static bool
may_go(struct tx *tx, const struct rungs *r, size_t i, bool number, const char *but)
{
	const struct address *a = &r->address[i];

	return alert_is_number(a->kind) == number && strcmp(a->peer, but) != 0 &&
	       a->state == ADDRESS_VERIFIED && a->chan != 0 && !(a->takes & RUNG_NOTHING) &&
	       r->rung[i].left >= r->rung[i].cost && !optout_is(tx, a->kind, a->peer);
}

/* Where does it go?  To a number only where the user has nothing else.  NULL: nowhere. */
static const struct address *
choose(struct tx *tx, const struct rungs *r, const char *but)
{
	bool number = true;

	for (size_t i = 0; i < r->c.n; i++)
		number = number && !silence_is_proof(&r->address[i]);
	for (size_t i = 0; i < r->c.n; i++)
		if (may_go(tx, r, i, number, but))
			return &r->address[i];
	return NULL;
}

/* Is it not yet too much of it? */
static bool
is_within(struct tx *tx, int64_t now, const struct address *a)
{
	char who[24];

	snprintf(who, sizeof(who), "%" PRId64, a->user);
	if (tally_add(tx, "reset", who, now, HOUR) > AN_HOUR ||
	    tally_add(tx, "reset day", who, now, DAY) > A_DAY)
		return false;
	return !alert_is_number(a->kind) ||
	       tally_add(tx, "reset paid", "", now, HOUR) <= PAID_OF_ALL;
}

static int
send_link(struct tx *tx, const struct site *site, int64_t now, const struct user *u,
    const struct address *a)
{
	struct answer out = { .chan = a->chan, .at = now, .next_at = now };
	char key[SECRET_TOKEN_SIZE], *link;
	unsigned char hash[32];
	int rc;

	secret_new_token(key);
	account_key(ACCOUNT_LOGIN, key, hash);
	if ((rc = code_add(tx, hash, u->id, now + ACCOUNT_LINK_LIFE)) < 0)
		return rc;
	link = mem_printf("%s/%s/%s", site->url, ACCOUNT_LOGIN, key);
	mem_copy(out.kind, sizeof(out.kind), a->kind);
	mem_copy(out.peer, sizeof(out.peer), a->peer);
	mem_copy(out.lang, sizeof(out.lang), *u->lang ? u->lang : site->lang);
	out.text = phrase(out.lang,
	    N_("Opens your account once, within 10 minutes; show it to nobody: {link}"), "link",
	    link, NULL);
	free(link);
	/* so many wait there already that one more is no help */
	answer_add(tx, &out);
	free(out.text);
	return STORE_OK;
}

int
reset_ask(struct tx *tx, const struct site *site, int64_t now, const char *who)
{
	char number[PEER_MAX + 1];
	const struct address *a;
	struct rungs r;
	struct user u;
	int rc = STORE_OK;

	if (!find(tx, site, who, &u, number) || u.suspended ||
	    !rungs_get(tx, site, u.id, now, NULL, NULL, &r))
		return STORE_OK;
	if ((a = choose(tx, &r, number)) != NULL && is_within(tx, now, a))
		rc = send_link(tx, site, now, &u, a);
	rungs_put(&r);
	return rc;
}
