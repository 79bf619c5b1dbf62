/* The account: who may change it, and what is done with it as a whole. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/alert.h"
#include "gateway/command.h"
#include "gateway/ladder.h"
#include "gateway/phrase.h"
#include "gateway/pin.h"
#include "gateway/silence.h"
#include "store/identity.h"
#include "store/pending.h"

#define HOUR 3600
#define DAY 86400
#define LOGINS_AN_HOUR 5
#define EXPORTS_A_DAY 3
#define PINS_AN_HOUR 10
#define INVITES_A_DAY 5
#define INVITES_OF_ALL 200 /* an hour: each may cost money, and accounts may be free */
#define INVITE_LIFE (30 * DAY)
#define NAME_REST (30 * DAY) /* before somebody else may have the name of who was erased */

bool
account_is_trusted(struct act *a)
{
	if (!act_on_channel(a) || !alert_is_number(a->r->kind->name) || a->pinned ||
	    !silence_elsewhere(a->tx, a->user.id))
		return true;
	act_answer(a,
	    N_("Nothing was done: a text alone cannot do that. Send it by chat or mail, or see "
	       "{url}/settings"),
	    "url", a->r->site->url, NULL);
	return false;
}

int
account_drop_address(struct tx *tx, const struct site *site, int64_t now, const struct address *a)
{
	struct alert al;
	int rc = address_remove(tx, a->user, a->kind, a->peer);

	if (rc < 0 || (rc = ladder_settle(tx, a->user)) < 0)
		return rc;
	alert_begin(&al, tx, site, now, a->user);
	alert_say(&al, a->kind, a->peer,
	    N_("Your {kind} address is yours no more. Was that not you? {url}/settings/addresses"),
	    "kind", a->kind, "url", site->url, NULL);
	return STORE_OK;
}

void
account_new_address(struct tx *tx, const struct site *site, int64_t now, int64_t user,
    const char *kind, const char *peer)
{
	struct alert al;

	alert_begin(&al, tx, site, now, user);
	alert_say(&al, kind, peer,
	    N_("A new address ({kind}) is yours now. Was that not you? {url}/settings/addresses"),
	    "kind", kind, "url", site->url, NULL);
}

void
account_new_password(struct tx *tx, const struct site *site, int64_t now, int64_t user)
{
	struct alert al;

	alert_begin(&al, tx, site, now, user);
	alert_say(&al, NULL, NULL,
	    N_("Your password was changed. Was that not you? {url}/settings"), "url", site->url,
	    NULL);
}

/* ---- the PIN */

static void
pin_tell(struct act *a)
{
	char sealed[64];

	if (pin_get(a->tx, a->user.id, sealed, sizeof(sealed)))
		act_done(a,
		    N_("Your texts must begin with your PIN. Another one: pin and 4 to 8 digits. None: "
		       "pin off"),
		    NULL);
	else
		act_done(a,
		    N_("You have no PIN. With one, your texts must begin with it: send pin and 4 to 8 "
		       "digits."),
		    NULL);
}

void
account_pin(struct act *a)
{
	char sealed[SECRET_TOKEN_SIZE] = "";
	struct alert al;

	if (a->p.missing && !*a->p.text) {
		pin_tell(a);
		return;
	}
	if (a->p.missing) {
		act_answer(
		    a, N_("A PIN has 4 to 8 digits. Send: pin 4711. To end it: pin off"), NULL);
		return;
	}
	if (!account_is_trusted(a) || !act_limit(a, "pins", PINS_AN_HOUR, HOUR))
		return;
	if (!a->p.off)
		pin_seal(a->tx, a->user.id, a->p.pin, sealed);
	if (!act_try(a, pin_set(a->tx, a->user.id, sealed)))
		return;
	if (a->p.off)
		act_done(a, N_("No PIN any more: texts from your number count as yours."), NULL);
	else
		act_done(a,
		    N_("Done: your texts must begin with {pin} now, like this: {pin} Hello! Off: pin "
		       "off"),
		    "pin", a->p.pin, NULL);
	alert_begin(&al, a->tx, a->r->site, a->r->now, a->user.id);
	alert_say(&al, a->address.kind, a->address.peer,
	    N_("Your PIN was changed. Was that not you? {url}/settings"), "url", a->r->site->url,
	    NULL);
}

/* ---- links that work once */

void
account_key(const char *what, const char *key, unsigned char hash[32])
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", what, key);
	secret_hash(text, strlen(text), hash);
}

/* A link to do ${what}, noted in the store; NULL if that failed.  Owned. */
static char *
new_link(struct act *a, const char *what)
{
	char key[SECRET_TOKEN_SIZE];
	unsigned char hash[32];

	secret_new_token(key);
	account_key(what, key, hash);
	if (!act_try(a, code_add(a->tx, hash, a->user.id, a->r->now + ACCOUNT_LINK_LIFE)))
		return NULL;
	/* half of it leads nowhere */
	a->whole = true;
	return mem_printf("%s/%s/%s", a->r->site->url, what, key);
}

void
account_login(struct act *a)
{
	char *link;

	if (!account_is_trusted(a) || !act_limit(a, "login", LOGINS_AN_HOUR, HOUR) ||
	    (link = new_link(a, ACCOUNT_LOGIN)) == NULL)
		return;
	act_done(a, N_("Opens your account once, within 10 minutes; show it to nobody: {link}"),
	    "link", link, NULL);
	free(link);
}

void
account_export(struct act *a)
{
	char *link;

	if (!account_is_trusted(a))
		return;
	if (act_tally(a, "export", DAY) >= EXPORTS_A_DAY) {
		act_answer(a, N_("That is enough for today. Send export again tomorrow."), NULL);
		return;
	}
	if (!act_limit(a, "export", EXPORTS_A_DAY, DAY) ||
	    (link = new_link(a, ACCOUNT_EXPORT)) == NULL)
		return;
	act_done(
	    a, N_("All that is kept of you, once, within 10 minutes: {link}"), "link", link, NULL);
	free(link);
}

/* ---- the end */

void
account_erase(struct act *a)
{
	struct alert al;

	if (!account_is_trusted(a))
		return;
	if (strcmp(a->p.name, a->user.name) != 0) {
		act_answer(a,
		    N_("Ends your account and removes all that you said, for good. Sure? Send: erase "
		       "{name}"),
		    "name", a->user.name, NULL);
		return;
	}
	/* read before they are gone, told afterwards: what waits for them goes with them */
	alert_begin(&al, a->tx, a->r->site, a->r->now, a->user.id);
	if (!act_try(a, user_remove(a->tx, a->user.id)) ||
	    !act_try(a, pending_put(a->tx, PENDING_ERASED, PENDING_NAME, a->user.name, "", "",
			    a->r->now + NAME_REST)))
		return;
	act_done(a, N_("Erased: {name} is no more, and nothing more comes here. Goodbye!"), "name",
	    a->user.name, NULL);
	alert_say(&al, act_on_channel(a) ? a->r->kind->name : NULL, a->r->peer,
	    N_("{site}: the account {name} was erased, as {name} asked. Nothing more comes here."),
	    "site", a->r->site->name, "name", a->user.name, NULL);
}

/* ---- somebody else */

/* May this user make us write to ${to}, and once more today?  False after answering. */
static bool
may_invite(struct act *a, const struct reach *to)
{
	/* without an address, an account costs nothing: a robot has as many as it likes */
	if (to->kind->costs && a->user.home == 0) {
		act_answer(a,
		    N_("To invite by text, link an address of your own first: {url}/settings/addresses"),
		    "url", a->r->site->url, NULL);
		return false;
	}
	if (act_tally(a, "invite", DAY) >= INVITES_A_DAY ||
	    tally_add(a->tx, "invites", "", a->r->now, HOUR) > INVITES_OF_ALL) {
		act_answer(a,
		    N_("No more invitations today: nothing was sent. Try again tomorrow."), NULL);
		return false;
	}
	return act_limit(a, "invite", INVITES_A_DAY, DAY);
}

static bool
write_to(struct act *a, const struct reach *to, const char *peer)
{
	struct answer out = { .chan = to->chan, .at = a->r->now, .next_at = a->r->now };

	mem_copy(out.kind, sizeof(out.kind), to->kind->name);
	mem_copy(out.peer, sizeof(out.peer), peer);
	/* of the two, one's language is known */
	mem_copy(out.lang, sizeof(out.lang), a->lang);
	out.text = phrase(a->lang,
	    N_("{name} invites you to {site}: short messages between people. To sign up, send: join "
	       "NAME. To hear no more: stop"),
	    "name", a->user.name, "site", a->r->site->name, NULL);
	answer_add(a->tx, &out);
	free(out.text);
	return a->result == STORE_OK;
}

/* Is there nobody at ${peer} who is here, has sent stop, or was invited a while ago? */
static bool
is_new(struct act *a, const char *kind, const char *peer)
{
	struct user other;

	return !optout_is(a->tx, kind, peer) && !invite_is(a->tx, kind, peer, a->r->now) &&
	       !user_by_address(a->tx, kind, peer, &other, NULL);
}

void
account_invite(struct act *a)
{
	const struct site *site = a->r->site;
	const struct reach *to;
	char peer[PEER_MAX + 1];

	if (a->p.missing) {
		act_answer(a, N_("Whom? Send invite and a phone number or a mail address."), NULL);
		return;
	}
	if (site->signup == SIGNUP_CLOSED) {
		act_answer(
		    a, N_("{site} takes no new people at present."), "site", site->name, NULL);
		return;
	}
	to = reach_find(site->reach, site->reach_n, a->p.text, peer, sizeof(peer));
	if (!to) {
		act_answer(a,
		    N_("Nothing was sent: that is no address that {site} can write to. Give a number "
		       "with + and its country."),
		    "site", site->name, NULL);
		return;
	}
	if (!may_invite(a, to))
		return;
	if (is_new(a, to->kind->name, peer) &&
	    (!act_try(a, invite_add(a->tx, to->kind->name, peer, a->user.id, a->r->now,
			     a->r->now + INVITE_LIFE)) ||
		!write_to(a, to, peer)))
		return;
	/* the same for all: who is here, or wants nothing, is nobody else's to know */
	act_done(a, N_("Thank you. If {address} may be invited, an invitation is on its way."),
	    "address", peer, NULL);
}
