/* Who follows whom, and who may. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/lang.h"
#include "gateway/command.h"
#include "gateway/phrase.h"

#define HOUR 3600
#define FOLLOWS_AN_HOUR 200
#define NAMES_MAX 100 /* in pages; who has more sees them on the web */

static void
follow_ask(struct act *a, const struct user *who, enum follow_state was)
{
	if (!act_try(a, follow_set(a->tx, a->user.id, who->id, FOLLOW_REQUESTED, WANTS_ALL)))
		return;
	act_done(a, N_("{name} is protected and was asked. You hear when {name} accepts."), "name",
	    who->name, NULL);
	if (was == FOLLOW_NONE)
		act_notify(a, who->id,
		    N_("{name} asks to follow you. Send: accept {name} or: deny {name}"), "name",
		    a->user.name, NULL);
}

void
follow_begin(struct act *a)
{
	enum follow_wants wants = WANTS_ALL;
	enum follow_state was;
	struct user who;

	if (!act_who(a, &who))
		return;
	if (who.id == a->user.id) {
		act_answer(a, N_("That is you."), NULL);
		return;
	}
	if (block_between(a->tx, a->user.id, who.id)) {
		act_answer(a, N_("You cannot follow {name}."), "name", who.name, NULL);
		return;
	}
	if (!act_limit(a, "follow", act_most(a, FOLLOWS_AN_HOUR), HOUR))
		return;
	was = follow_get(a->tx, a->user.id, who.id, &wants);
	if (was == FOLLOW_ACTIVE && wants == WANTS_ALL) {
		act_done(a, N_("You follow {name} already."), "name", who.name, NULL);
	} else if (was != FOLLOW_ACTIVE && who.is_protected) {
		follow_ask(a, &who, was);
	} else if (act_try(a, follow_set(a->tx, a->user.id, who.id, FOLLOW_ACTIVE, WANTS_ALL))) {
		act_done(a, N_("You follow {name} now. Stop with: leave {name}"), "name", who.name,
		    NULL);
	}
}

void
follow_end(struct act *a)
{
	enum follow_wants wants;
	struct user who;

	if (!act_who(a, &who))
		return;
	if (follow_get(a->tx, a->user.id, who.id, &wants) == FOLLOW_NONE) {
		act_answer(a, N_("You do not follow {name}."), "name", who.name, NULL);
	} else if (act_try(a, follow_set(a->tx, a->user.id, who.id, FOLLOW_NONE, WANTS_ALL))) {
		act_done(a, N_("You do not follow {name} any more."), "name", who.name, NULL);
	}
}

struct names {
	const char *lang;
	struct buf text;
	int n;
};

static bool
names_add(void *cookie, const struct user *u)
{
	struct names *names = cookie;

	if (names->n++ < NAMES_MAX)
		phrase_item(&names->text, names->lang, u->name);
	else
		buf_text_add(&names->text, " ...");
	return names->n <= NAMES_MAX;
}

void
follow_requests(struct act *a)
{
	struct names names = { .lang = a->lang };

	follow_each(a->tx, a->user.id, true, FOLLOW_REQUESTED, 0, NAMES_MAX + 1, names_add, &names);
	if (names.n)
		act_done(a, N_("Send accept NAME or deny NAME. They ask to follow you: {names}"),
		    "names", buf_text(&names.text), NULL);
	else
		act_done(a, N_("Nobody asks to follow you."), NULL);
	buf_free(&names.text);
}

/* Answer a request: let them, or not. */
static void
follow_decide(struct act *a, enum follow_state state)
{
	enum follow_wants wants = WANTS_ALL;
	struct user who;

	if (!act_who(a, &who))
		return;
	if (follow_get(a->tx, who.id, a->user.id, &wants) != FOLLOW_REQUESTED) {
		act_answer(a, N_("{name} has not asked to follow you."), "name", who.name, NULL);
		return;
	}
	if (!act_try(a, follow_set(a->tx, who.id, a->user.id, state, wants)))
		return;
	if (state == FOLLOW_ACTIVE) {
		act_done(a, N_("{name} follows you now."), "name", who.name, NULL);
		act_notify(a, who.id, N_("{name} has accepted: you follow {name} now."), "name",
		    a->user.name, NULL);
	} else {
		act_done(
		    a, N_("{name} does not follow you, and is not told."), "name", who.name, NULL);
	}
}

void
follow_accept(struct act *a)
{
	follow_decide(a, FOLLOW_ACTIVE);
}

void
follow_deny(struct act *a)
{
	follow_decide(a, FOLLOW_NONE);
}

void
follow_protect(struct act *a)
{
	a->user.is_protected = true;
	if (act_try(a, user_update(a->tx, &a->user)))
		act_done(
		    a, N_("Protected: only followers whom you accept see what you say."), NULL);
}

void
follow_unprotect(struct act *a)
{
	if (!account_is_trusted(a))
		return;
	a->user.is_protected = false;
	if (act_try(a, user_update(a->tx, &a->user)))
		act_done(a, N_("Not protected: everybody may see all that you have said."), NULL);
}

void
follow_block(struct act *a)
{
	struct user who;

	if (!act_who(a, &who))
		return;
	if (who.id == a->user.id) {
		act_answer(a, N_("That is you."), NULL);
		return;
	}
	if (act_try(a, block_set(a->tx, a->user.id, who.id, true)) &&
	    act_try(a, follow_set(a->tx, a->user.id, who.id, FOLLOW_NONE, WANTS_ALL)) &&
	    act_try(a, follow_set(a->tx, who.id, a->user.id, FOLLOW_NONE, WANTS_ALL))) {
		act_done(a, N_("{name} is blocked, and is not told. Undo with: unblock {name}"),
		    "name", who.name, NULL);
	}
}

void
follow_unblock(struct act *a)
{
	struct user who;

	if (!act_who(a, &who))
		return;
	if (!block_is(a->tx, a->user.id, who.id))
		act_answer(a, N_("{name} is not blocked by you."), "name", who.name, NULL);
	else if (act_try(a, block_set(a->tx, a->user.id, who.id, false)))
		act_done(a, N_("{name} is not blocked any more."), "name", who.name, NULL);
}
