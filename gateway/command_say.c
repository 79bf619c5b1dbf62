/* Statuses, replies and direct messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/audience.h"
#include "gateway/command.h"
#include "gateway/track.h"
#include "store/fanout.h"

#define HOUR 3600
#define STATUSES_AN_HOUR 250
#define DIRECTS_AN_HOUR 100
#define MENTIONS_AN_HOUR 100 /* of others, answers with them */
#define CUT_SHOWN 16         /* letters before the place where a text is too long */

/** What the sender answers, by the network's own way or by what reached them last. */
enum context {
	CONTEXT_NONE,   /* nothing that binds: it stands alone */
	CONTEXT_STATUS, /* a status that the sender may see */
	CONTEXT_DIRECT, /* a direct message from or to the sender */
	CONTEXT_CLOSED, /* something that may be private and is not theirs */
	CONTEXT_LOST,   /* something that nobody here knows: it may have been private */
};

/* The last of what would have fitted, so that its author sees where to cut; the caller frees it. */
static char *
cut_place(const char *text, size_t limit)
{
	size_t end = text_prefix_words(text, limit), skip = 0, n;
	char *head = mem_dupn(text, end), *tail, *clean;

	n = text_length(head);
	if (n > CUT_SHOWN)
		skip = text_prefix(head, n - CUT_SHOWN);
	for (char *s = head; *s; s++)
		if (*s == '\n')
			*s = ' ';
	tail = head + skip;
	/* from a word's begin, where one is in sight */
	if (skip > 0 && head[skip - 1] != ' ' && strchr(tail, ' ') &&
	    strchr(tail, ' ') < tail + strlen(tail) / 2)
		tail = strchr(tail, ' ') + 1;
	clean = text_clean(tail, strlen(tail), NULL);
	free(head);
	return clean ? clean : mem_dup("");
}

static bool
text_fits(struct act *a, const char *text)
{
	size_t n = text_length(text), limit = (size_t)a->r->site->limit;
	bool whole = (a->user.wishes & WISH_WHOLE) != 0;
	char over[24], *end;

	if (strlen(text) <= (whole ? TEXT_WHOLE_MAX : TEXT_BYTES_MAX) && (whole || n <= limit))
		return true;
	if (n <= limit || strlen(text) > TEXT_WHOLE_MAX) {
		act_answer(a, N_("Too long. Nothing was sent."), NULL);
		return false;
	}
	snprintf(over, sizeof(over), "%zu", n - limit);
	end = cut_place(text, limit);
	act_answer(a,
	    N_("Too long by {over}. What fits ends with \"{end}\". Nothing was sent. To send all, "
	       "first: whole on"),
	    "over", over, "end", end, NULL);
	free(end);
	return false;
}

/* What is ${pos} to the sender?  Fills ${s}, whose text is dropped at once, unless it is closed. */
static enum context
context_of(struct act *a, int64_t pos, struct status *s)
{
	bool seen;

	if (pos == 0 || !status_get(a->tx, pos, s))
		return CONTEXT_CLOSED;
	seen = audience_sees(a->tx, a->user.id, s);
	free((char *)s->text);
	s->text = "";
	if (s->to)
		return s->author == a->user.id || s->to == a->user.id ? CONTEXT_DIRECT
								      : CONTEXT_CLOSED;
	return seen ? CONTEXT_STATUS : CONTEXT_NONE;
}

/* What does the network say that it answers?  An answer of the service binds to nothing. */
static enum context
context_of_key(struct act *a, struct status *s)
{
	const char *key = a->r->reply_to;
	enum context context;
	int64_t pos, user;

	if (!key || !*key)
		return CONTEXT_NONE;
	if (delivery_key_parse_answer(key, &pos))
		return answer_was(a->tx, pos) ? CONTEXT_NONE : CONTEXT_LOST;
	if (!delivery_key_parse(key, &pos, &user))
		return CONTEXT_LOST;
	context = context_of(a, pos, s);
	/* a copy passed on is answered like one's own, if one may see what it is a copy of */
	return context == CONTEXT_NONE && user != a->user.id ? CONTEXT_CLOSED : context;
}

/* Owe it to ${u}, too, if they may see it. */
static void
address_to(struct act *a, struct status_new *s, const struct user *u)
{
	if (u->id == a->user.id || u->suspended || s->addressed_n == LOG_ADDRESSED_MAX)
		return;
	for (size_t i = 0; i < s->addressed_n; i++)
		if (s->addressed[i] == u->id)
			return;
	/* Not now, at least: a mute ends, and then their page has it. */
	if (!audience_opens(a->tx, u->id, &a->user))
		return;
	s->addressed[s->addressed_n++] = u->id;
}

static void
address_mentioned(struct act *a, struct status_new *s)
{
	char name[PARSE_NAME_SIZE];
	const char *at = s->text;
	struct user u;

	/* looked up at most twice as often as there is room, whatever the text holds */
	for (int i = 0; i < 2 * LOG_ADDRESSED_MAX && parse_mention(s->text, &at, name); i++)
		if (user_by_name(a->tx, name, &u))
			address_to(a, s, &u);
}

int64_t
say_answered(struct act *a)
{
	struct status s;
	enum context context = context_of_key(a, &s);

	if (context == CONTEXT_CLOSED || context == CONTEXT_LOST)
		return -1;
	return context == CONTEXT_STATUS || context == CONTEXT_DIRECT ? s.pos : 0;
}

/* Where anybody tracks words, those who track one of these are to get it. */
static void
say_tracked(struct act *a, const struct status_new *s)
{
	struct status said = { .pos = a->r->pos,
		.author = s->author,
		.author_protected = a->user.is_protected,
		.to = s->to,
		.repeats = s->repeats,
		.at = s->at,
		.text = s->text };

	if (!a->r->tracking || atomic_load(&a->r->tracking->any))
		act_try(a, track_status(a->tx, &said));
}

void
say_new(struct act *a, struct status_new *s)
{
	int n;

	s->author = a->user.id;
	s->chan = a->r->chan;
	s->at = a->r->now;
	s->big = a->r->site->big;
	s->most = act_most(a, STATUSES_AN_HOUR);
	n = status_add(a->tx, s, &a->r->pos);
	if (n > 0) {
		act_too_many(a, n, s->most);
	} else if (act_try(a, n)) {
		say_tracked(a, s);
		a->r->ok = true;
	}
}

/* Say ${text} to all; ${answers} is what it answers, or NULL. */
static void
publish(struct act *a, const char *text, const struct status *answers)
{
	struct status_new s = { .text = text, .reply_to = answers ? answers->pos : 0 };
	struct user u;

	if (!text_fits(a, text))
		return;
	if (answers && user_by_id(a->tx, answers->author, &u))
		address_to(a, &s, &u);
	address_mentioned(a, &s);
	if (s.addressed_n > 0 && !act_limit(a, "mention", act_most(a, MENTIONS_AN_HOUR), HOUR))
		return;
	say_new(a, &s);
	if (a->r->ok && !act_on_channel(a))
		act_answer(a, N_("Posted."), NULL);
}

/* Say ${text} to ${to} alone. */
static void
send_direct(struct act *a, const struct user *to, const char *text, int64_t reply_to)
{
	struct status_new s = { .text = text,
		.to = to->id,
		.reply_to = reply_to,
		.addressed = { to->id },
		.addressed_n = 1 };

	if (to->id == a->user.id) {
		act_answer(a, N_("That is you. Nothing was sent."), NULL);
	} else if (to->suspended || !audience_takes(a->tx, to->id, &a->user)) {
		act_answer(
		    a, N_("{name} cannot be reached. Nothing was sent."), "name", to->name, NULL);
	} else if (text_fits(a, text) &&
		   act_limit(a, "direct", act_most(a, DIRECTS_AN_HOUR), HOUR)) {
		say_new(a, &s);
		if (a->r->ok && !act_on_channel(a))
			act_answer(a, N_("Sent to {name} alone."), "name", to->name, NULL);
	}
}

/* Answer ${s}, a direct message, to its other end. */
static void
send_back(struct act *a, const struct status *s, const char *text)
{
	struct user to;

	if (user_by_id(a->tx, s->author == a->user.id ? s->to : s->author, &to)) {
		held_note(a, to.name);
		send_direct(a, &to, text, s->pos);
	} else {
		act_answer(a, N_("That cannot be answered any more. Nothing was sent."), NULL);
	}
}

static void
say_in(struct act *a, enum context context, const struct status *s, const char *text)
{
	switch (context) {
	case CONTEXT_DIRECT:
		send_back(a, s, text);
		break;
	case CONTEXT_STATUS:
		publish(a, text, s);
		break;
	case CONTEXT_NONE:
		publish(a, text, NULL);
		break;
	case CONTEXT_CLOSED:
		act_answer(a, N_("What you answer was not sent to you. Nothing was sent."), NULL);
		break;
	case CONTEXT_LOST:
		act_answer(a,
		    N_("What you answer is not known here any more. Nothing was sent. To say it to "
		       "all, send: post and your text."),
		    NULL);
		break;
	}
}

void
say_status(struct act *a)
{
	struct status s;
	enum context context = context_of_key(a, &s);

	if ((context == CONTEXT_NONE || context == CONTEXT_STATUS) &&
	    (held_rest(a) || held_back(a)))
		return;
	say_in(a, context, &s, a->text);
}

void
say_mention(struct act *a)
{
	struct status s;
	struct user bob;
	enum context context = context_of_key(a, &s), said = CONTEXT_NONE;
	int64_t last = 0;

	/* a reply to the last thing of the one named that reached this person, unless that was private */
	if (context == CONTEXT_NONE && user_by_name(a->tx, a->p.name, &bob))
		last = reached_last(a->tx, a->user.id, bob.id, a->r->chan);
	if (last != 0)
		said = context_of(a, last, &s);
	if (said == CONTEXT_DIRECT && a->r->now - s.at < HOUR) {
		act_answer(a,
		    N_("The last of {name} was for you alone. Nothing was sent. For all to see: post "
		       "and your text. For {name}: d {name} text"),
		    "name", bob.name, NULL);
		return;
	}
	if (said == CONTEXT_STATUS)
		context = CONTEXT_STATUS;
	if ((context == CONTEXT_NONE || context == CONTEXT_STATUS) && held_rest(a))
		return;
	say_in(a, context, &s, a->text);
}

struct newest {
	int64_t user, pos;
};

static bool
newest_each(void *cookie, const struct status *s)
{
	struct newest *n = cookie;

	if (s->to == n->user)
		n->pos = s->pos;
	return n->pos == 0;
}

/*
 * Is there a direct message to the sender after ${pos}?  It may have arrived already, for what has is
 * only known up to the last checkpoint: "r" must not answer the status before it, to all.
 */
static bool
direct_after(struct act *a, int64_t pos)
{
	struct newest n = { .user = a->user.id };

	status_directs(a->tx, a->user.id, 0, DIRECTS_AN_HOUR, newest_each, &n);
	return n.pos > pos;
}

void
say_reply(struct act *a)
{
	struct status s;
	enum context context;
	int64_t last;

	if (a->p.missing) {
		act_answer(a, N_("Nothing was sent. Send: r and your answer."), NULL);
		return;
	}
	context = context_of_key(a, &s);
	last = context == CONTEXT_NONE ? reached_last(a->tx, a->user.id, 0, a->r->chan) : 0;
	if (last != 0)
		context = context_of(a, last, &s);
	if (last != 0 && context == CONTEXT_STATUS && direct_after(a, last))
		act_answer(a,
		    N_("Which one? Nothing was sent. For all to see, send: @NAME text. For one: d NAME "
		       "text"),
		    NULL);
	else if (context == CONTEXT_DIRECT || context == CONTEXT_STATUS)
		say_in(a, context, &s, a->p.text);
	else
		act_answer(a,
		    N_("There is nothing here to answer. Nothing was sent. To say it to all, send: "
		       "post and your text."),
		    NULL);
}

void
say_post(struct act *a)
{
	char *held = NULL;
	struct status s;
	enum context context;

	if (!a->p.missing) {
		publish(a, a->p.text, NULL);
	} else if ((held = held_take(a)) == NULL) {
		act_answer(a, N_("Nothing was sent. Send: post and your text."), NULL);
	} else {
		context = context_of_key(a, &s);
		say_in(a, context, &s, held);
	}
	free(held);
}

void
say_private(struct act *a)
{
	held_note(a, a->p.name);
	act_answer(a,
	    N_("Nothing was sent. To write to one person: d NAME text. To say it to all: post and "
	       "your text."),
	    NULL);
}

void
say_direct(struct act *a)
{
	struct user to;

	held_note(a, a->p.name);
	if (user_by_name(a->tx, a->p.name, &to))
		send_direct(a, &to, a->p.text, 0);
	else
		act_answer(
		    a, N_("Nobody is called {name}. Nothing was sent."), "name", a->p.name, NULL);
}
