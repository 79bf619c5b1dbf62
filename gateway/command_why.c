/* What became of what one said, why something came, and what the service believes of an address. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/command.h"
#include "gateway/phrase.h"
#include "gateway/rungs.h"
#include "gateway/track.h"

#define TRACED_MAX 2000   /* followers looked at one by one, while others wait to write */
#define TRACED_REPEAT 200 /* ... of a repeat, where each costs several looks */
#define SHOWN 16
#define ADDRESSES_MAX 16

/* ---- trace */

struct tally {
	struct tx *tx;
	struct audience_thing thing;
	int64_t n[5]; /* of enum part */
	int64_t all, most;
};
enum part { BY_CHAT, BY_TEXT, BY_MAIL, WAITING, FAILED };

static bool
count_one(void *cookie, const struct trace *t)
{
	struct tally *y = cookie;
	char kind[12] = "";
	enum part part = BY_CHAT;

	y->all++;
	if (t->what != TRACE_DEAD && !audience_traces(y->tx, &y->thing, t->user))
		return y->all < y->most;
	if (t->what == TRACE_DEAD || t->receipt == RECEIPT_FAILED) {
		part = FAILED;
	} else if (t->what != TRACE_SETTLED) {
		part = WAITING;
	} else if (t->chan == 0) {
		return y->all < y->most;
	} else {
		chan_kind(y->tx, t->chan, kind);
		part = strcmp(kind, "sms") == 0     ? BY_TEXT
		       : strcmp(kind, "email") == 0 ? BY_MAIL
						    : BY_CHAT;
	}
	y->n[part]++;
	return y->all < y->most;
}

static char *
part_in_words(const char *lang, enum part part, int64_t n)
{
	switch (part) {
	case BY_CHAT:
		return phrase_count(lang, "{n} by chat", "{n} by chat", n);
	case BY_TEXT:
		return phrase_count(lang, "{n} by text", "{n} by text", n);
	case BY_MAIL:
		return phrase_count(lang, "{n} by mail", "{n} by mail", n);
	case WAITING:
		return phrase_count(lang, "{n} waiting", "{n} waiting", n);
	default:
		return phrase_count(lang, "{n} failed", "{n} failed", n);
	}
}

/* "12 by chat, 3 by text, 1 failed"; "" for nobody.  The caller frees it. */
static char *
tally_in_words(const char *lang, const struct tally *y)
{
	struct buf out = { 0 };

	for (int i = BY_CHAT; i <= FAILED; i++) {
		char *part;

		if (y->n[i] == 0)
			continue;
		part = part_in_words(lang, (enum part)i, y->n[i]);
		buf_printf(&out, "%s%s", out.len > 0 ? lang_text(lang, N_(", ")) : "", part);
		free(part);
	}
	return buf_take(&out);
}

/* To so many that they are not counted one by one: how far the cursors are says enough. */
static void
trace_big(struct act *a, const struct status *s)
{
	char *followers = phrase_count(a->lang, "{n} follower", "{n} followers", a->user.followers);

	act_done(a,
	    status_is_going(a->tx, s->pos) ? N_("It is on its way to {followers}.")
					   : N_("It has gone out to {followers}."),
	    "followers", followers, NULL);
	free(followers);
}

void
why_trace(struct act *a)
{
	struct tally y = { .tx = a->tx };
	struct status s;
	char *words, *list;

	if (!status_newest(a->tx, a->user.id, &s)) {
		act_answer(a, N_("You have said nothing yet."), NULL);
		return;
	}
	audience_of(a->tx, &s, &y.thing);
	y.most = s.repeats != 0 ? TRACED_REPEAT : TRACED_MAX;
	if (s.to == 0 && a->user.followers > y.most) {
		trace_big(a, &s);
		free((char *)s.text);
		return;
	}
	act_try(a, trace_each(a->tx, s.pos, count_one, &y));
	words = phrase_glimpse(s.text, SHOWN);
	list = tally_in_words(a->lang, &y);
	if (*list)
		act_done(a, N_("{text}: {list}."), "text", words, "list", list, NULL);
	else
		act_done(a, N_("{text}: nobody had it to get yet."), "text", words, NULL);
	free(list);
	free(words);
	free((char *)s.text);
}

/* ---- why */

struct tracked {
	const char *text;
	char what[TRACK_WHAT_MAX + 1];
};

static bool
find_tracked(void *cookie, const char *what)
{
	struct tracked *t = cookie;

	if (!track_matches(t->text, what))
		return true;
	mem_copy(t->what, sizeof(t->what), what);
	return false;
}

/* Behind the reason, as a page of its own: why by this address. */
static void
add_way(struct act *a, int64_t pos)
{
	char *way = ladder_explain(a->tx, a->r->site, a->user.id, pos, a->r->now, a->lang);
	char *both;

	if (way && *way && a->answer) {
		both = mem_printf("%s\f%s", a->answer, way);
		free(a->answer);
		a->answer = both;
	}
	free(way);
}

void
why_came(struct act *a)
{
	int64_t pos = say_answered(a);
	enum follow_wants wants;
	struct tracked t = { 0 };
	struct status s;

	if (pos == 0)
		pos = reached_last(a->tx, a->user.id, 0, a->r->chan);
	if (pos <= 0 || !status_get(a->tx, pos, &s)) {
		act_answer(a, N_("Nothing has come here yet."), NULL);
		return;
	}
	t.text = s.text;
	if (s.to != 0) {
		act_done(a, N_("{name} wrote to you alone. Not wanted? block {name}"), "name",
		    s.author_name, NULL);
	} else if (follow_get(a->tx, a->user.id, s.author, &wants) == FOLLOW_ACTIVE &&
		   wants == WANTS_ALL) {
		act_done(a, N_("You follow {name}. Not wanted? leave {name}"), "name",
		    s.author_name, NULL);
	} else {
		track_list(a->tx, a->user.id, find_tracked, &t);
		if (t.what[0])
			act_done(a,
			    N_("{name} used \"{what}\", which you track. Not wanted? untrack {what}"),
			    "name", s.author_name, "what", t.what, NULL);
		else
			act_done(a,
			    N_("{name} named or answered you. Not wanted? mute {name} or block {name}"),
			    "name", s.author_name, NULL);
	}
	free((char *)s.text);
	add_way(a, pos);
}

/* ---- status */

static const char *
state_in_words(enum address_state s)
{
	switch (s) {
	case ADDRESS_VERIFIED:
		return N_("on");
	case ADDRESS_PAUSED:
		return N_("off; send: on");
	case ADDRESS_OPTED_OUT:
		return N_("stopped; send: start");
	case ADDRESS_FAILING:
		return N_("failing: what was sent here came back");
	default:
		return N_("not proven yet");
	}
}

void
why_service(struct act *a)
{
	struct address rung[ADDRESSES_MAX];
	size_t n = address_list(a->tx, a->user.id, rung, ADDRESSES_MAX);
	char place[FORM_SIZE], all[FORM_SIZE];
	struct behind b;

	if (!act_on_channel(a) || !a->address.kind[0]) {
		act_done(a,
		    N_("{site} works. You are {name}. Your addresses: {url}/settings/addresses"),
		    "site", a->r->site->name, "name", a->user.name, "url", a->r->site->url, NULL);
		return;
	}
	form_number(a->lang, a->address.rank + 1, place);
	form_number(a->lang, (int64_t)n, all);
	act_done(a,
	    behind_get(a->tx, a->user.id, &b)
		? N_("You are {name}, place {place} of {all}: {state}. Something waits for you.")
		: N_("You are {name}, place {place} of {all}: {state}. Nothing waits for you."),
	    "name", a->user.name, "place", place, "all", all, "state",
	    lang_text(a->lang, state_in_words(a->address.state)), NULL);
}
