#include "gateway/command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "gateway/phrase.h"
#include "store/identity.h"

#define DAY 86400
#define NOTICES_A_DAY 20
#define OFFER_MAX 48 /* bytes of a text that an answer gives back */

static void (*const handlers[VERB_N])(struct act *a) = {
	[VERB_STATUS] = say_status,
	[VERB_MENTION] = say_mention,
	[VERB_DIRECT] = say_direct,
	[VERB_PRIVATE] = say_private,
	[VERB_REPLY] = say_reply,
	[VERB_POST] = say_post,
	[VERB_FOLLOW] = follow_begin,
	[VERB_LEAVE] = follow_end,
	[VERB_ON] = address_on,
	[VERB_OFF] = address_off,
	[VERB_STOP] = address_stop,
	[VERB_START] = address_start,
	[VERB_GET] = ask_get,
	[VERB_WHOIS] = ask_whois,
	[VERB_STATS] = ask_stats,
	[VERB_HELP] = ask_help,
	[VERB_JOIN] = address_join,
	[VERB_LINK] = address_link,
	[VERB_CODE] = address_code,
	[VERB_REQUESTS] = follow_requests,
	[VERB_ACCEPT] = follow_accept,
	[VERB_DENY] = follow_deny,
	[VERB_PROTECT] = follow_protect,
	[VERB_UNPROTECT] = follow_unprotect,
	[VERB_BLOCK] = follow_block,
	[VERB_UNBLOCK] = follow_unblock,
	[VERB_WHOLE] = ask_whole,
	[VERB_LANG] = ask_lang,
	[VERB_UNDO] = deed_undo,
	[VERB_DELETE] = deed_delete,
	[VERB_FAV] = deed_fav,
	[VERB_RT] = deed_repeat,
	[VERB_NUDGE] = deed_nudge,
	[VERB_INVITE] = account_invite,
	[VERB_TRACK] = deed_track,
	[VERB_UNTRACK] = deed_untrack,
	[VERB_REPORT] = ask_later,
	[VERB_SLEEP] = ladder_sleep,
	[VERB_WAKE] = ladder_wake,
	[VERB_MUTE] = ladder_mute,
	[VERB_UNMUTE] = ladder_unmute,
	[VERB_PREFER] = ladder_prefer,
	[VERB_WHY] = why_came,
	[VERB_TRACE] = why_trace,
	[VERB_SERVICE] = why_service,
	[VERB_MORE] = held_more,
	[VERB_PIN] = account_pin,
	[VERB_ZONE] = ladder_zone,
	[VERB_LOGIN] = account_login,
	[VERB_EXPORT] = account_export,
	[VERB_ERASE] = account_erase,
};

static void
answer_v(struct act *a, const char *msgid, va_list values)
{
	if (!a->answer)
		a->answer = phrase_v(a->lang, msgid, values);
}

void
act_answer(struct act *a, const char *msgid, ...)
{
	va_list values;

	va_start(values, msgid);
	answer_v(a, msgid, values);
	va_end(values);
}

void
act_done(struct act *a, const char *msgid, ...)
{
	va_list values;

	va_start(values, msgid);
	answer_v(a, msgid, values);
	va_end(values);
	a->r->ok = true;
}

bool
act_try(struct act *a, int result)
{
	if (result < 0 && a->result == STORE_OK)
		a->result = result;
	return result >= 0;
}

bool
act_on_channel(const struct act *a)
{
	return a->r->kind != NULL;
}

bool
act_notify(struct act *a, int64_t user, const char *msgid, ...)
{
	struct address rung[32];
	struct answer out = { .at = a->r->now, .next_at = a->r->now };
	struct user to;
	va_list values;
	char who[24];
	bool told;
	size_t n;
	int i;

	if (!user_by_id(a->tx, user, &to) || to.suspended)
		return false;
	n = address_list(a->tx, user, rung, 32);
	i = ladder_pick(rung, n < 32 ? n : 32, NULL, NULL);
	if (i < 0 || optout_is(a->tx, rung[i].kind, rung[i].peer))
		return false;
	snprintf(who, sizeof(who), "%" PRId64, user);
	if (tally_add(a->tx, "notice", who, a->r->now, DAY) > NOTICES_A_DAY)
		return false;
	out.chan = rung[i].chan;
	mem_copy(out.kind, sizeof(out.kind), rung[i].kind);
	mem_copy(out.peer, sizeof(out.peer), rung[i].peer);
	mem_copy(out.lang, sizeof(out.lang), *to.lang ? to.lang : a->r->site->lang);
	va_start(values, msgid);
	out.text = phrase_v(out.lang, msgid, values);
	va_end(values);
	out.foreign = mem_dup("");
	/* a full queue of answers is no reason to undo what they are about */
	told = answer_add(a->tx, &out) == STORE_OK;
	free(out.text);
	free(out.foreign);
	return told;
}

void
act_too_many(struct act *a, int64_t n, int64_t most)
{
	if (n == most + 1)
		act_answer(a,
		    N_("That is too much for one hour. Nothing was sent. Try again later."), NULL);
}

/* For whom to count. */
static void
counted(const struct act *a, char who[PEER_MAX + 16])
{
	if (a->user.id)
		snprintf(who, PEER_MAX + 16, "%" PRId64, a->user.id);
	else
		snprintf(who, PEER_MAX + 16, "%s:%s", a->r->kind->name, a->r->peer);
}

int64_t
act_tally(struct act *a, const char *what, int64_t window)
{
	char who[PEER_MAX + 16];

	counted(a, who);
	return tally_get(a->tx, what, who, a->r->now, window);
}

bool
act_limit(struct act *a, const char *what, int64_t most, int64_t window)
{
	char who[PEER_MAX + 16];
	int64_t n;

	counted(a, who);
	n = tally_add(a->tx, what, who, a->r->now, window);
	if (n <= most)
		return true;
	act_too_many(a, n, most);
	return false;
}

bool
act_who(struct act *a, struct user *who)
{
	if (a->p.missing) {
		act_answer(
		    a, N_("{word} whom? Send: {word} NAME"), "word", a->p.command->word, NULL);
		return false;
	}
	if (user_by_name(a->tx, a->p.name, who) && !who->suspended)
		return true;
	held_keep(a);
	if (strlen(a->text) > OFFER_MAX)
		act_answer(a,
		    N_("Nobody is called {name}. Nothing was done. To say it to all, send: post"),
		    "name", a->p.name, NULL);
	else
		act_answer(a, N_("Nobody is called {name}. To say it to all, send: post {text}"),
		    "name", a->p.name, "text", a->text, NULL);
	return false;
}

bool
command_does(enum verb verb)
{
	return handlers[verb] != ask_later;
}

/* Does a sentence begin with a command's word, and go on with nobody's name? */
static bool
is_sentence(struct act *a)
{
	struct user who;

	return a->p.soft && a->p.name[0] &&
	       (!user_by_name(a->tx, a->p.name, &who) || who.suspended);
}

void
command_run(struct act *a)
{
	if (is_sentence(a))
		say_status(a);
	else
		handlers[a->p.verb](a);
}
