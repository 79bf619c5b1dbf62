/* Addresses: whose they are, and whether anything goes there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/command.h"
#include "gateway/joining.h"
#include "gateway/ladder.h"
#include "gateway/secret.h"
#include "store/identity.h"
#include "store/pending.h"

#define HOUR 3600
#define JOINS_AN_HOUR 500 /* of all, so that a robot cannot take all names in a night */
#define JOINS_AT_HOST 100 /* ... whose host makes addresses for nothing */
#define CODES_AN_HOUR 5   /* wrong ones of each */
#define CODES_OF_ALL 2000 /* addresses are cheap in some networks, and a guess opens an account */
#define CODE_LIFE 600
#define ADDRESSES_MAX 16

static void
set_state(struct act *a, enum address_state state)
{
	const char *kind = a->r->kind->name, *peer = a->r->peer;

	/* of a number on hold, whoever has it now decides nothing for who had it */
	if (!a->address.kind[0] || a->user.id == 0 || a->address.state == state)
		return;
	if (act_try(a, address_set_state(a->tx, kind, peer, state)))
		act_try(a, ladder_settle(a->tx, a->user.id));
	a->address.state = state;
}

/* on and off are about the address that they come from; the web has none. */
static bool
has_address(struct act *a)
{
	if (act_on_channel(a) && a->address.kind[0])
		return true;
	act_answer(a,
	    N_("Send that from the phone, chat or mail it is about. See {url}/settings/addresses"),
	    "url", a->r->site->url, NULL);
	return false;
}

static void
wants_set(struct act *a, enum follow_wants wants)
{
	enum follow_wants was;
	enum follow_state state;
	struct user who;

	if (!act_who(a, &who))
		return;
	state = follow_get(a->tx, a->user.id, who.id, &was);
	if (state != FOLLOW_ACTIVE) {
		act_answer(a, N_("You do not follow {name}."), "name", who.name, NULL);
		return;
	}
	if (!act_try(a, follow_set(a->tx, a->user.id, who.id, state, wants)))
		return;
	if (wants == WANTS_ALL)
		act_done(a, N_("What {name} says comes to you again."), "name", who.name, NULL);
	else
		act_done(a, N_("Nothing more of {name}; you still follow. Undo with: on {name}"),
		    "name", who.name, NULL);
}

void
address_on(struct act *a)
{
	if (a->p.name[0]) {
		wants_set(a, WANTS_ALL);
	} else if (has_address(a)) {
		if (a->address.state != ADDRESS_OPTED_OUT)
			set_state(a, ADDRESS_VERIFIED);
		act_done(a, N_("On: messages come here."), NULL);
	}
}

void
address_off(struct act *a)
{
	struct address rung[ADDRESSES_MAX];
	size_t n;
	int i;

	if (a->p.name[0]) {
		wants_set(a, WANTS_NOTHING);
		return;
	}
	if (!has_address(a))
		return;
	if (a->address.state != ADDRESS_OPTED_OUT)
		set_state(a, ADDRESS_PAUSED);
	n = address_list(a->tx, a->user.id, rung, ADDRESSES_MAX);
	i = ladder_pick(rung, n < ADDRESSES_MAX ? n : ADDRESSES_MAX, NULL, NULL);
	if (i < 0)
		act_done(a,
		    N_("Off: nothing comes here, direct messages neither, until you send: on"),
		    NULL);
	else
		act_done(a, N_("Off: messages go to your {kind} address instead. Undo with: on"),
		    "kind", rung[i].kind, NULL);
}

void
address_stop(struct act *a)
{
	if (a->p.name[0]) {
		wants_set(a, WANTS_NOTHING);
		return;
	}
	if (!act_on_channel(a)) {
		has_address(a);
		return;
	}
	if (!act_try(a, optout_set(a->tx, a->r->kind->name, a->r->peer, true)))
		return;
	set_state(a, ADDRESS_OPTED_OUT);
	act_done(a, N_("{site}: stopped. Nothing more is sent here until you send: start"), "site",
	    a->r->site->name, NULL);
}

static bool
was_stopped(const struct act *a)
{
	return optout_is(a->tx, a->r->kind->name, a->r->peer) ||
	       a->address.state == ADDRESS_OPTED_OUT || a->address.state == ADDRESS_PAUSED;
}

void
address_start(struct act *a)
{
	if (act_on_channel(a) && was_stopped(a)) {
		if (!act_try(a, optout_set(a->tx, a->r->kind->name, a->r->peer, false)))
			return;
		set_state(a, ADDRESS_VERIFIED);
		act_done(a, N_("{site}: started. Messages come here. No more with: stop"), "site",
		    a->r->site->name, NULL);
	} else if (a->p.soft) {
		say_status(a);
	} else if (has_address(a)) {
		act_done(a, N_("On: messages come here."), NULL);
	}
}

/* Give this address to ${user}, whoever had it before. */
static bool
take_address(struct act *a, int64_t user)
{
	struct address mine = { .user = user, .chan = a->r->chan, .state = ADDRESS_VERIFIED };

	int rc = STORE_OK;

	/* one that was waited for was never theirs */
	if (a->address.user && (a->address.user == user || a->address.state == ADDRESS_PENDING))
		rc = address_remove(a->tx, a->address.user, a->address.kind, a->address.peer);
	else if (a->address.user)
		rc = account_drop_address(a->tx, a->r->site, a->r->now, &a->address);
	if (!act_try(a, rc))
		return false;
	mine.since = mine.heard = a->r->now;
	mem_copy(mine.kind, sizeof(mine.kind), a->r->kind->name);
	mem_copy(mine.peer, sizeof(mine.peer), a->r->peer);
	if (!act_try(a, address_add(a->tx, &mine)) || !act_try(a, ladder_settle(a->tx, user)))
		return false;
	a->address = mine;
	return true;
}

static void
join_as(struct act *a)
{
	struct user u = { .wishes = USER_JOINED };
	const char *lang = a->p.lang[0] && lang_known(a->p.lang) ? a->p.lang : a->r->site->lang;

	mem_copy(u.name, sizeof(u.name), a->p.name);
	mem_copy(u.lang, sizeof(u.lang), lang);
	mem_copy(u.zone, sizeof(u.zone), a->r->site->zone);
	if (!act_try(a, user_add(a->tx, &u)))
		return;
	a->user = u;
	a->lang = a->user.lang;
	/* whoever signs up wants to hear */
	if (take_address(a, u.id) &&
	    act_try(a, optout_set(a->tx, a->r->kind->name, a->r->peer, false)) &&
	    act_try(a, invite_end(a->tx, a->r->kind->name, a->r->peer)))
		act_done(a,
		    N_("Welcome, {name}! Write, and those who follow you get it. Send follow NAME to "
		       "get what NAME says, help for help, stop to stop."),
		    "name", u.name, NULL);
}

static bool
too_many_join(struct act *a)
{
	const char *host = strrchr(a->r->peer, '@');

	return (host && tally_add(a->tx, "join", host, a->r->now, HOUR) > JOINS_AT_HOST) ||
	       tally_add(a->tx, "join", "", a->r->now, HOUR) > JOINS_AN_HOUR;
}

/* May whoever sends from here sign up? */
static bool
may_join(struct act *a)
{
	const struct receive *r = a->r;

	if (r->site->signup == SIGNUP_OPEN ||
	    (r->site->signup == SIGNUP_INVITE && invite_is(a->tx, r->kind->name, r->peer, r->now)))
		return true;
	if (r->site->signup == SIGNUP_INVITE)
		act_answer(a,
		    N_("New people come to {site} by invitation. Somebody who is there sends: invite "
		       "and your address."),
		    "site", r->site->name, NULL);
	else
		act_answer(a, N_("{site} takes no new people by message. Ask the operator: {url}"),
		    "site", r->site->name, "url", r->site->url, NULL);
	return false;
}

/* A stranger wants the name that stands in ${a}->p. */
static void
join_if_free(struct act *a)
{
	struct user taken;

	if (!may_join(a)) {
		return;
	} else if (site_name_reserved(a->p.name) || user_by_name(a->tx, a->p.name, &taken) ||
		   pending_is(a->tx, PENDING_ERASED, PENDING_NAME, a->p.name, a->r->now)) {
		act_answer(
		    a, N_("{name} is taken. Send join and another name."), "name", a->p.name, NULL);
	} else if (too_many_join(a)) {
		act_answer(a, N_("Too many people join just now. Try again in an hour."), NULL);
	} else {
		join_as(a);
	}
}

void
address_join(struct act *a)
{
	if (a->user.id && !a->p.missing && !a->p.name[0]) {
		say_status(a);
	} else if (a->user.id) {
		act_answer(a,
		    N_("You are {name} already. To say it to all, send: post and your text."),
		    "name", a->user.name, NULL);
	} else if (a->p.missing || !text_is_name(a->p.name)) {
		act_answer(
		    a, N_("Send: join NAME. A name has 1 to 15 letters a-z, digits or _"), NULL);
	} else {
		join_if_free(a);
	}
}

/* A code that the page for signing up has shown: the name is theirs, and the browser may come in. */
static void
join_from_page(struct act *a)
{
	struct joining j;

	if (a->user.id) {
		act_answer(a,
		    N_("This address is {name}'s already: nobody new was signed up with it."),
		    "name", a->user.name, NULL);
		return;
	}
	if (!joining_take(a->tx, a->p.code, a->r->now, &j))
		return;
	mem_copy(a->p.name, sizeof(a->p.name), j.name);
	mem_copy(a->p.lang, sizeof(a->p.lang), j.lang);
	if (lang_known(j.lang))
		a->lang = a->p.lang;
	join_if_free(a);
	if (a->r->ok)
		act_try(a, code_add(a->tx, j.key, a->user.id, a->r->now + ACCOUNT_LINK_LIFE));
}

void
address_link(struct act *a)
{
	unsigned char hash[32];
	char code[9], shown[10];

	if (!account_is_trusted(a) || !act_limit(a, "link", 10, HOUR))
		return;
	secret_new_code(code);
	secret_hash(code, 8, hash);
	snprintf(shown, sizeof(shown), "%.4s %s", code, code + 4);
	if (act_try(a, code_add(a->tx, hash, a->user.id, a->r->now + CODE_LIFE)))
		act_done(a,
		    N_("Send this from your other phone, chat or mail within 10 minutes: {code}"),
		    "code", shown, NULL);
}

static void
link_to(struct act *a, int64_t user)
{
	struct address list[ADDRESSES_MAX];

	if (!user_by_id(a->tx, user, &a->user))
		return;
	a->lang = *a->user.lang ? a->user.lang : a->lang;
	if (address_list(a->tx, user, list, ADDRESSES_MAX) >= ADDRESSES_MAX) {
		act_answer(a,
		    N_("{name} has too many addresses. Remove one: {url}/settings/addresses"),
		    "name", a->user.name, "url", a->r->site->url, NULL);
		return;
	}
	if (!take_address(a, user))
		return;
	act_done(a, N_("This address belongs to {name} now."), "name", a->user.name, NULL);
	account_new_address(a->tx, a->r->site, a->r->now, user, a->r->kind->name, a->r->peer);
}

/* Is another guess allowed?  Eight digits of somebody known are a status once it is not. */
static bool
may_guess(struct act *a, bool plain)
{
	if (act_tally(a, "code", HOUR) >= CODES_AN_HOUR) {
		if (plain)
			say_status(a);
		else
			act_limit(a, "code", CODES_AN_HOUR, HOUR);
		return false;
	}
	if (a->user.id == 0 && tally_add(a->tx, "codes", "", a->r->now, HOUR) > CODES_OF_ALL) {
		act_answer(a, N_("Too many people join just now. Try again in an hour."), NULL);
		return false;
	}
	return true;
}

void
address_code(struct act *a)
{
	/* eight digits are a status, too; but not from somebody who may have mistyped a code */
	bool plain = a->user.id && !a->p.command;
	unsigned char hash[32];
	int64_t user;

	secret_hash(a->p.code, 8, hash);
	if (!may_guess(a, plain))
		return;
	if (joining_is(a->tx, a->p.code, a->r->now)) {
		join_from_page(a);
	} else if (!code_take(a->tx, hash, a->r->now, &user)) {
		if (!act_limit(a, "code", CODES_AN_HOUR, HOUR))
			return;
		if (plain)
			say_status(a);
		else
			act_answer(a,
			    N_("That code is wrong or too old. A new one: send link from your other "
			       "address."),
			    NULL);
	} else if (a->user.id) {
		act_answer(a,
		    N_("This address is {name}'s already. Send link again, and the code from the other "
		       "address."),
		    "name", a->user.name, NULL);
	} else {
		link_to(a, user);
	}
}
