#include "gateway/command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/phrase.h"
#include "gateway/rungs.h"
#include "store/identity.h"

#define HOUR 3600
#define DAY 86400
#define NEW_PART 4 /* of what others may, on the first day */
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
	[VERB_REPORT] = report_user,
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

/*
 * Where and when ${user} is told something, as they wish to hear of what is for them alone: ${out} gets channel,
 * address and time.  False: nowhere, or so late that it is no news.
 */
static bool
notice_way(struct act *a, int64_t user, struct answer *out)
{
	struct ladder_choice choice;
	struct rungs r;
	bool goes;
	int i;

	if (!rungs_get(a->tx, a->r->site, user, a->r->now, NULL, NULL, &r))
		return false;
	rungs_choose(&r, OWED_DIRECT, &choice);
	i = choice.rung >= 0 ? choice.rung : choice.park;
	goes = choice.rung != LADDER_NONE && i >= 0 && !r.user.suspended &&
	       !optout_is(a->tx, r.address[i].kind, r.address[i].peer);
	if (goes && choice.rung < 0 && choice.until != LADDER_EVENT) {
		goes = choice.until <= a->r->now + DAY;
		out->at = out->next_at = choice.until;
	}
	if (goes) {
		out->chan = r.address[i].chan;
		mem_copy(out->kind, sizeof(out->kind), r.address[i].kind);
		mem_copy(out->peer, sizeof(out->peer), r.address[i].peer);
		mem_copy(
		    out->lang, sizeof(out->lang), *r.user.lang ? r.user.lang : a->r->site->lang);
	}
	rungs_put(&r);
	return goes;
}

bool
act_notify(struct act *a, int64_t user, const char *msgid, ...)
{
	struct answer out = { .at = a->r->now, .next_at = a->r->now };
	va_list values;
	char who[24];
	bool told;

	if ((a->user.id != 0 && !audience_hears(a->tx, user, &a->user)) ||
	    !notice_way(a, user, &out))
		return false;
	snprintf(who, sizeof(who), "%" PRId64, user);
	if (tally_add(a->tx, "notice", who, a->r->now, DAY) > NOTICES_A_DAY)
		return false;
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

/* Who goes on is not answered each time, but where the answer is on the page. */
static void
too_many(struct act *a, int64_t n, int64_t most, int64_t window)
{
	int64_t left = window - a->r->now % window;
	char number[FORM_SIZE], *wait;

	if (n != most + 1 && act_on_channel(a))
		return;
	form_number(a->lang, most, number);
	wait = phrase_count(a->lang, "{n} minute", "{n} minutes", (left + 59) / 60);
	if (window <= HOUR)
		act_answer(a,
		    N_("That is too much for one hour: {most} at most. Nothing was sent. Try again in {wait}."),
		    "most", number, "wait", wait, NULL);
	else
		act_answer(a,
		    N_("That is too much for one day: {most} at most. Nothing was sent. Try again tomorrow."),
		    "most", number, NULL);
	free(wait);
}

void
act_too_many(struct act *a, int64_t n, int64_t most)
{
	too_many(a, n, most, HOUR);
}

void
act_enough(struct act *a, int64_t most)
{
	char number[FORM_SIZE];

	free(a->answer);
	form_number(a->lang, most, number);
	a->answer = phrase(a->lang,
	    N_("You had {most} answers in this hour: no more until the next. What you send is done all "
	       "the same."),
	    "most", number, NULL);
}

int64_t
act_most(const struct act *a, int64_t most)
{
	int64_t age = a->r->now - a->user.created;

	return (a->user.wishes & USER_JOINED) && age >= 0 && age < DAY ? most / NEW_PART : most;
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
	too_many(a, n, most, window);
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
