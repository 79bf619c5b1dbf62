#include "gateway/silence.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/alert.h"
#include "gateway/ladder.h"
#include "gateway/phrase.h"
#include "store/identity.h"

#define HOUR 3600
#define DAY 86400
#define LONG_SILENCE (90 * DAY)
#define ASK_AFTER (180 * DAY)
#define HOLD_AFTER (14 * DAY)
#define ROWS 100 /* a question costs money: never a flood of them */

bool
silence_is_held(const struct address *a, int64_t now)
{
	return alert_is_number(a->kind) && a->state == ADDRESS_FAILING &&
	       now - a->heard >= ASK_AFTER;
}

bool
silence_is_proof(const struct address *a)
{
	return !alert_is_number(a->kind) &&
	       (a->state == ADDRESS_VERIFIED || a->state == ADDRESS_PAUSED ||
		   a->state == ADDRESS_OPTED_OUT);
}

bool
silence_elsewhere(struct tx *tx, int64_t user)
{
	struct address a[ALERT_ADDRESSES];
	size_t n = address_list(tx, user, a, ALERT_ADDRESSES);
	char hash[256];

	for (size_t i = 0; i < n && i < ALERT_ADDRESSES; i++)
		if (silence_is_proof(&a[i]))
			return true;
	return password_get(tx, user, hash, sizeof(hash));
}

bool
silence_guarded(struct tx *tx, int64_t user)
{
	char sealed[64];

	return pin_get(tx, user, sealed, sizeof(sealed)) || silence_elsewhere(tx, user);
}

void
silence_heard(struct act *a)
{
	struct alert al;

	if (!a->address.kind[0])
		return;
	if (a->r->now - a->address.heard >= LONG_SILENCE) {
		alert_begin(&al, a->tx, a->r->site, a->r->now, a->user.id);
		alert_say(&al, a->address.kind, a->address.peer,
		    N_("Your {kind} address was used after a long silence. Was that not you? "
		       "{url}/settings/addresses"),
		    "kind", a->address.kind, "url", a->r->site->url, NULL);
	}
	act_try(a, address_heard(a->tx, &a->address, a->r->now));
}

void
silence_failed(struct tx *tx, const struct site *site, int64_t now, int64_t user, const char *kind,
    const char *peer)
{
	struct alert al;

	alert_begin(&al, tx, site, now, user);
	alert_say(&al, kind, peer,
	    N_("What was sent to {address} came back: nothing goes there now. Write from it to begin "
	       "again."),
	    "address", peer, NULL);
}

/* Where nothing may be sent, or is not to be, nobody is asked; time passes all the same. */
static int
ask(struct tx *tx, const struct silence_job *job, const struct address *a)
{
	struct answer out = { .chan = a->chan, .at = job->now, .next_at = job->now };
	struct user u;

	if (!user_by_id(tx, a->user, &u))
		return STORE_OK;
	if (a->state == ADDRESS_VERIFIED && a->chan != 0 && !u.suspended &&
	    !optout_is(tx, a->kind, a->peer)) {
		mem_copy(out.kind, sizeof(out.kind), a->kind);
		mem_copy(out.peer, sizeof(out.peer), a->peer);
		mem_copy(out.lang, sizeof(out.lang), *u.lang ? u.lang : job->site->lang);
		out.text = phrase(out.lang,
		    N_("Are you still {name}? Then answer: on. Without an answer {site} sends nothing "
		       "here any more."),
		    "name", u.name, "site", job->site->name, NULL);
		answer_add(tx, &out);
		free(out.text);
	}
	return number_asked(tx, a, job->now);
}

static int
hold(struct tx *tx, const struct silence_job *job, const struct address *a)
{
	struct alert al;
	int rc = number_hold(tx, a);

	if (rc < 0 || (rc = ladder_settle(tx, a->user)) < 0)
		return rc;
	alert_begin(&al, tx, job->site, job->now, a->user);
	alert_say(&al, a->kind, a->peer,
	    N_("Nothing came from {peer} for half a year: nothing goes there now. To use it again, "
	       "send: link"),
	    "peer", a->peer, NULL);
	return STORE_OK;
}

int
silence_run(struct tx *tx, void *arg)
{
	const struct silence_job *job = arg;
	struct address *a;
	int rc = STORE_OK;
	size_t n;

	if (tally_add(tx, "silence", "", job->now, HOUR) > 1)
		return STORE_OK;
	a = mem_new(ROWS * sizeof(*a));
	n = numbers_unanswered(tx, job->now - HOLD_AFTER, a, ROWS);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = hold(tx, job, &a[i]);
	n = numbers_silent(tx, job->now - ASK_AFTER, a, ROWS);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = ask(tx, job, &a[i]);
	free(a);
	return rc;
}
