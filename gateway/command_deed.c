/* What one does about what was said: favourites, repeats, taking back; and asking somebody to say something. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/command.h"
#include "gateway/phrase.h"
#include "gateway/track.h"
#include "store/favourite.h"

#define HOUR 3600
#define DAY 86400
#define DEEDS_AN_HOUR 250
#define NUDGES_A_DAY 10
#define SHOWN 20 /* letters of a status in an answer */

/* Say that it was done to ${s}. */
static void
done_with(struct act *a, const char *msgid, const struct status *s)
{
	char *words = phrase_glimpse(s->text, SHOWN);

	act_done(a, msgid, "name", s->author_name, "text", words, NULL);
	free(words);
}

/*
 * What is meant: what the network says that this answers; or the last that reached the sender, of
 * whom they name; or that one's last.  False after answering; else ${s}->text is the caller's.
 */
static bool
find_meant(struct act *a, struct status *s)
{
	struct user who = { 0 };
	int64_t pos = 0;
	bool found;

	if (a->p.name[0] && !act_who(a, &who))
		return false;
	if (!who.id)
		pos = say_answered(a);
	/* what they point at is not here: what they do not point at is not meant */
	if (pos < 0) {
		act_answer(a, N_("That cannot be answered any more. Nothing was sent."), NULL);
		return false;
	}
	if (pos == 0)
		pos = reached_last(a->tx, a->user.id, who.id, a->r->chan);
	found = pos != 0 ? status_get(a->tx, pos, s) : who.id && status_last(a->tx, who.id, s);
	if (found && s->text[0] != '\0' && audience_sees(a->tx, a->user.id, s))
		return true;
	if (found)
		free((char *)s->text);
	if (who.id)
		act_answer(a, N_("There is nothing of {name} here."), "name", who.name, NULL);
	else
		act_answer(a, N_("Nothing has come here yet. Of whom? Send: {word} NAME"), "word",
		    a->p.command->word, NULL);
	return false;
}

void
deed_fav(struct act *a)
{
	struct status s;
	int rc;

	if (!find_meant(a, &s))
		return;
	if (s.author == a->user.id) {
		act_answer(a, N_("That is your own."), NULL);
	} else if (act_limit(a, "deed", DEEDS_AN_HOUR, HOUR)) {
		rc = favourite_set(a->tx, a->user.id, s.pos, true, a->r->now);
		if (act_try(a, rc)) {
			done_with(a, N_("Among your favourites: {name}: {text}"), &s);
			if (rc == STORE_OK)
				act_notify(a, s.author,
				    N_("{name} keeps what you said among the favourites."), "name",
				    a->user.name, NULL);
		}
	}
	free((char *)s.text);
}

/* Why it cannot be said again, or NULL. */
static const char *
not_repeatable(struct act *a, const struct status *s)
{
	struct user author;

	if (s->to != 0)
		return N_("That was private. Nothing was sent.");
	if (s->author == a->user.id)
		return N_("That is your own.");
	if (s->author_protected)
		return N_("{name} is protected: that is not for others. Nothing was sent.");
	if (!user_by_id(a->tx, s->author, &author) || !audience_opens(a->tx, 0, &author))
		return N_("That is not for others. Nothing was sent.");
	if (repeat_of(a->tx, a->user.id, s->pos) != 0)
		return N_("You passed that on already.");
	return NULL;
}

/* What ${s} repeats, if it is a repeat, in its place: who first said it has the honour. */
static bool
find_first(struct act *a, struct status *s)
{
	struct status first;

	if (s->repeats == 0)
		return true;
	if (!status_get(a->tx, s->repeats, &first))
		return false;
	free((char *)s->text);
	*s = first;
	return first.deleted == 0 && audience_sees(a->tx, a->user.id, s);
}

static void
repeat(struct act *a, const struct status *s)
{
	char *text = mem_printf("RT @%s: %s", s->author_name, s->text);
	struct status_new new = { .text = text, .repeats = s->pos };

	if (act_limit(a, "deed", DEEDS_AN_HOUR, HOUR))
		say_new(a, &new);
	if (a->r->ok) {
		done_with(a, N_("Passed on: {name}: {text}"), s);
		act_notify(a, s->author, N_("{name} passed on what you said."), "name",
		    a->user.name, NULL);
	}
	free(text);
}

void
deed_repeat(struct act *a)
{
	const char *why;
	struct status s;

	if (!find_meant(a, &s))
		return;
	why = find_first(a, &s) ? not_repeatable(a, &s)
				: N_("That has been taken back. Nothing was sent.");
	if (why)
		act_answer(a, why, "name", s.author_name, NULL);
	else
		repeat(a, &s);
	free((char *)s.text);
}

static void
take_back(struct act *a, const struct status *s)
{
	if (act_try(a, status_delete(a->tx, s->pos, a->r->now)))
		done_with(a,
		    s->to ? N_("Taken back: {text} Who has read it has read it.")
			  : N_("Removed: {text} Whoever got it already keeps it."),
		    s);
}

void
deed_undo(struct act *a)
{
	struct status s;
	char grace[24];

	if (!status_newest(a->tx, a->user.id, &s)) {
		act_answer(a, N_("There is nothing to take back."), NULL);
		return;
	}
	snprintf(grace, sizeof(grace), "%" PRId64, a->r->site->grace);
	if (a->r->now - s.at <= a->r->site->grace)
		take_back(a, &s);
	else
		act_answer(a,
		    N_("Too late: undo works for {grace} seconds. To remove what you said last: delete"),
		    "grace", grace, NULL);
	free((char *)s.text);
}

void
deed_delete(struct act *a)
{
	struct status s;

	if (!status_last(a->tx, a->user.id, &s)) {
		act_answer(a, N_("There is nothing to remove."), NULL);
		return;
	}
	take_back(a, &s);
	free((char *)s.text);
}

void
deed_nudge(struct act *a)
{
	struct user who;
	char pair[48];

	if (!act_who(a, &who))
		return;
	snprintf(pair, sizeof(pair), "%" PRId64 ":%" PRId64, a->user.id, who.id);
	if (who.id == a->user.id)
		act_answer(a, N_("That is you."), NULL);
	else if (block_between(a->tx, a->user.id, who.id))
		act_answer(
		    a, N_("{name} cannot be reached. Nothing was sent."), "name", who.name, NULL);
	else if (who.wishes & WISH_NO_NUDGES ||
		 follow_get(a->tx, who.id, a->user.id, NULL) != FOLLOW_ACTIVE)
		act_answer(a, N_("{name} is nudged by those only whom {name} follows, if at all."),
		    "name", who.name, NULL);
	else if (!act_limit(a, "nudge", NUDGES_A_DAY, DAY))
		return;
	else if (tally_add(a->tx, "nudged", pair, a->r->now, DAY) > 1)
		act_answer(a, N_("You nudged {name} today already."), "name", who.name, NULL);
	else if (act_notify(
		     a, who.id, N_("{name} asks: what are you doing?"), "name", a->user.name, NULL))
		act_done(a, N_("{name} was asked what they are doing."), "name", who.name, NULL);
	else
		act_answer(a, N_("{name} cannot be reached just now. Nothing was sent."), "name",
		    who.name, NULL);
}

/* ---- words */

struct list {
	struct buf out;
};

static bool
list_one(void *cookie, const char *what)
{
	struct list *l = cookie;

	buf_printf(&l->out, "%s%s", l->out.len > 0 ? ", " : "", what);
	return true;
}

static void
list_tracked(struct act *a)
{
	struct list l = { 0 };

	track_list(a->tx, a->user.id, list_one, &l);
	if (l.out.len > 0)
		act_done(a, N_("You track: {words}"), "words", buf_text(&l.out), NULL);
	else
		act_done(a, N_("You track nothing. Send: track WORD"), NULL);
	buf_free(&l.out);
}

static bool
tracked_form(struct act *a, char *word, char *what)
{
	if (track_form(a->p.text, word, what))
		return true;
	act_answer(a, N_("That is no word, or too long."), NULL);
	return false;
}

void
deed_track(struct act *a)
{
	char word[TRACK_WHAT_MAX + 1], what[TRACK_WHAT_MAX + 1], most[16];

	snprintf(most, sizeof(most), "%d", TRACK_MOST);
	if (a->p.off) {
		if (act_try(a, track_clear(a->tx, a->user.id)))
			act_done(a, N_("You track nothing any more."), NULL);
	} else if (a->p.words == 0) {
		list_tracked(a);
	} else if (!tracked_form(a, word, what)) {
		return;
	} else if (track_count(a->tx, a->user.id) >= TRACK_MOST) {
		act_answer(a,
		    N_("You track {most} already, and more do not fit. Send: untrack WORD"), "most",
		    most, NULL);
	} else if (act_limit(a, "track", DEEDS_AN_HOUR, HOUR) &&
		   act_try(a, track_set(a->tx, a->user.id, word, what, true))) {
		act_done(a,
		    N_("What anybody says with \"{what}\" comes to you now. Undo: untrack {what}"),
		    "what", what, NULL);
	}
}

void
deed_untrack(struct act *a)
{
	char word[TRACK_WHAT_MAX + 1], what[TRACK_WHAT_MAX + 1];
	int rc;

	if (a->p.off) {
		deed_track(a);
	} else if (a->p.words == 0) {
		list_tracked(a);
	} else if (tracked_form(a, word, what)) {
		rc = track_set(a->tx, a->user.id, word, what, false);
		if (rc == 1)
			act_answer(a, N_("You do not track \"{what}\"."), "what", what, NULL);
		else if (act_try(a, rc))
			act_done(
			    a, N_("You do not track \"{what}\" any more."), "what", what, NULL);
	}
}
