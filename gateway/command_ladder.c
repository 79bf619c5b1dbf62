/* Where and when messages come: the order of addresses and their conditions, zone, sleep, mute. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/command.h"
#include "gateway/ladder.h"
#include "gateway/phrase.h"
#include "gateway/rungs.h"

#define DAY 86400
#define FOR_GOOD INT64_MAX

/* ---- what time it is there */

static void
clock_at(const struct act *a, int64_t at, char out[FORM_SIZE])
{
	const struct zone *z = zone_get(a->user.zone);
	int64_t local = (at + zone_offset(z, at)) % DAY;

	zone_put(z);
	form_clock(a->lang, (int)(local / 3600), (int)(local % 3600 / 60), out);
}

static void
clock_of(const struct act *a, int minutes, char out[FORM_SIZE])
{
	form_clock(a->lang, minutes / 60, minutes % 60, out);
}

/* When it is ${minutes} after midnight there next. */
static int64_t
next_time(const struct act *a, int minutes)
{
	const struct zone *z = zone_get(a->user.zone);
	int64_t now = a->r->now, at = zone_instant(z, zone_day(z, now) * DAY + minutes * 60);

	if (at <= now)
		at = zone_instant(z, (zone_day(z, now) + 1) * DAY + minutes * 60);
	zone_put(z);
	return at;
}

/* Keep the user's wishes; what they held may go now. */
static bool
keep(struct act *a)
{
	return act_try(a, user_update(a->tx, &a->user)) &&
	       act_try(a, behind_loosen(a->tx, a->user.id, a->r->now));
}

/* ---- the order */

static void
add_part(struct buf *out, const char *lang, const char *msgid, const char *n)
{
	char *part = phrase(lang, msgid, "n", n, NULL);

	buf_printf(out, " %s", part);
	free(part);
}

/* "sms for mentions 3 a day" */
static void
add_rung(struct buf *out, const char *lang, const struct address *a)
{
	char n[FORM_SIZE];

	form_number(lang, a->daily, n);
	buf_text_add(out, a->kind);
	if (a->takes & RUNG_PRESENT)
		add_part(out, lang, N_("when there"), n);
	else if (a->takes & RUNG_FREE)
		add_part(out, lang, N_("when free"), n);
	if (a->takes & RUNG_NOTHING)
		add_part(out, lang, N_("never"), n);
	else if (a->takes & RUNG_DIRECT)
		add_part(out, lang, N_("for directs"), n);
	else if (a->takes & RUNG_ADDRESSED)
		add_part(out, lang, N_("for mentions"), n);
	if (a->daily > 0)
		add_part(out, lang, N_("{n} a day"), n);
}

static void
show_order(struct act *a)
{
	struct address rung[LADDER_MAX];
	size_t n = address_list(a->tx, a->user.id, rung, LADDER_MAX);
	struct buf out = { 0 };

	for (size_t i = 0; i < n && i < LADDER_MAX; i++) {
		if (i > 0)
			buf_text_add(&out, lang_text(a->lang, N_(", ")));
		add_rung(&out, a->lang, &rung[i]);
	}
	if (n == 0)
		act_answer(a, N_("You have no address. Add one: {url}/settings/addresses"), "url",
		    a->r->site->url, NULL);
	else
		act_done(a, N_("Messages go to: {order}"), "order", buf_text(&out), NULL);
	buf_free(&out);
}

/* Can what was asked for be? */
static bool
may_prefer(struct act *a, const struct address *rung, size_t n)
{
	for (size_t k = 0; k < a->p.kinds_n; k++) {
		bool has = false;

		for (size_t i = 0; i < n; i++)
			has |= strcmp(rung[i].kind, a->p.kinds[k]) == 0;
		if (!has) {
			act_answer(a, N_("You have no {kind} address. To add one, send: link"),
			    "kind", a->p.kinds[k], NULL);
			return false;
		}
		if (!rungs_can(a->p.kinds[k], a->p.takes[k])) {
			act_answer(a,
			    N_("Whether you are there shows in chat only: {kind} goes without."),
			    "kind", a->p.kinds[k], NULL);
			return false;
		}
	}
	return true;
}

/* The kinds named come first, in that order; addresses of one kind keep theirs, and so do all others. */
static bool
set_order(struct act *a, struct address *rung, size_t n)
{
	int place = 0;

	for (size_t k = 0; k < a->p.kinds_n; k++)
		for (size_t i = 0; i < n; i++) {
			if (strcmp(rung[i].kind, a->p.kinds[k]) != 0)
				continue;
			rung[i].takes = a->p.takes[k];
			rung[i].daily = a->p.daily[k];
			if (!act_try(a, rungs_set(a->tx, &rung[i])) ||
			    !act_try(a, address_rank(a->tx, a->user.id, rung[i].kind, rung[i].peer,
					    place++)))
				return false;
		}
	return true;
}

void
ladder_prefer(struct act *a)
{
	struct address rung[LADDER_MAX];
	size_t n = address_list(a->tx, a->user.id, rung, LADDER_MAX);

	n = n < LADDER_MAX ? n : LADDER_MAX;
	if (a->p.kinds_n > 0 && !(may_prefer(a, rung, n) && set_order(a, rung, n) &&
				    act_try(a, rungs_changed(a->tx, a->user.id, a->r->now))))
		return;
	show_order(a);
}

/* ---- the zone */

static void
show_zone(struct act *a)
{
	char now[FORM_SIZE];

	clock_at(a, a->r->now, now);
	act_done(
	    a, N_("It is now {time} for you ({zone})."), "time", now, "zone", a->user.zone, NULL);
}

void
ladder_zone(struct act *a)
{
	char zone[ZONE_NAME_SIZE];

	if (!a->p.zone[0]) {
		show_zone(a);
	} else if (zone_find(a->p.zone, zone)) {
		mem_copy(a->user.zone, sizeof(a->user.zone), zone);
		if (keep(a))
			show_zone(a);
	} else if (zone[0] != '\0') {
		act_answer(a, N_("There is no such time zone. Did you mean this? zone {zone}"),
		    "zone", zone, NULL);
	} else {
		act_answer(a,
		    N_("There is no such time zone. Send the nearest great city, like: zone Asia/Tokyo"),
		    NULL);
	}
}

/* ---- sleep */

static void
show_until(struct act *a, int64_t until)
{
	char end[FORM_SIZE], now[FORM_SIZE];

	clock_at(a, until, end);
	clock_at(a, a->r->now, now);
	act_done(a, N_("Quiet until {end}. Now it is {time} for you. End it with: wake"), "end",
	    end, "time", now, NULL);
}

static void
show_sleep(struct act *a)
{
	char from[FORM_SIZE], to[FORM_SIZE], now[FORM_SIZE];

	clock_of(a, a->user.quiet_from, from);
	clock_of(a, a->user.quiet_to, to);
	clock_at(a, a->r->now, now);
	if (a->user.quiet_until > a->r->now)
		show_until(a, a->user.quiet_until);
	else if (a->user.quiet_from != a->user.quiet_to)
		act_done(a, N_("Quiet from {from} to {to}. Now it is {time} for you ({zone})."),
		    "from", from, "to", to, "time", now, "zone", a->user.zone, NULL);
	else
		act_done(a,
		    N_("No quiet hours. Now it is {time} for you ({zone}). Send: sleep 22:00-7:00"),
		    "time", now, "zone", a->user.zone, NULL);
}

/* Until when, of what was sent: so long, or until that time; 0: neither. */
static int64_t
until_of(const struct act *a)
{
	if (a->p.seconds > 0)
		return a->r->now + a->p.seconds;
	return a->p.to >= 0 ? next_time(a, a->p.to) : 0;
}

void
ladder_sleep(struct act *a)
{
	bool hours = a->p.from >= 0 && a->p.to >= 0;

	if (!a->p.off && !hours && until_of(a) == 0) {
		show_sleep(a);
		return;
	}
	if (a->p.off)
		a->user.quiet_from = a->user.quiet_to = 0;
	if (a->p.off || hours)
		a->user.quiet_until = 0;
	if (hours) {
		a->user.quiet_from = a->p.from;
		a->user.quiet_to = a->p.to;
	} else if (!a->p.off) {
		a->user.quiet_until = until_of(a);
	}
	if (keep(a))
		show_sleep(a);
}

/* Hours that have begun are over for this once. */
void
ladder_wake(struct act *a)
{
	const struct zone *z = zone_get(a->user.zone);
	struct ladder_case c = { .now = a->r->now,
		.zone = z,
		.quiet_from = a->user.quiet_from,
		.quiet_to = a->user.quiet_to };
	int64_t ends = ladder_quiet_ends(&c);

	zone_put(z);
	a->user.quiet_until = ends > c.now ? -ends : 0;
	if (keep(a))
		act_done(a, N_("Awake: messages come again."), NULL);
}

/* ---- mute */

static void
mute_all(struct act *a)
{
	int64_t until = until_of(a);

	if (a->p.off) {
		ladder_wake(a);
		return;
	}
	if (until == 0) {
		act_answer(a,
		    N_("Mute whom, or how long? Send: mute NAME, mute NAME 1d or mute 2h"), NULL);
		return;
	}
	a->user.quiet_until = until;
	if (keep(a))
		show_until(a, until);
}

static void
mute_done(struct act *a, const struct user *who, int64_t until)
{
	char end[FORM_SIZE];
	const struct zone *z = zone_get(a->user.zone);
	time_t local = until == FOR_GOOD ? 0 : (time_t)(until + zone_offset(z, until));
	struct tm tm;

	zone_put(z);
	gmtime_r(&local, &tm);
	form_time(a->lang, &tm, tm.tm_year + 1900, end);
	if (until == FOR_GOOD)
		act_done(a,
		    N_("{name} is muted: nothing of {name} comes, and {name} is not told. Undo with: unmute {name}"),
		    "name", who->name, NULL);
	else
		act_done(a, N_("{name} is muted until {end}. Undo with: unmute {name}"), "name",
		    who->name, "end", end, NULL);
}

void
ladder_mute(struct act *a)
{
	int64_t until = until_of(a);
	struct user who;

	if (a->p.name[0] == '\0') {
		mute_all(a);
	} else if (a->p.off) {
		ladder_unmute(a);
	} else if (act_who(a, &who)) {
		if (who.id == a->user.id) {
			act_answer(a, N_("That is you. Nothing was done."), NULL);
			return;
		}
		if (until == 0)
			until = FOR_GOOD;
		if (act_try(a, mute_set(a->tx, a->user.id, who.id, until)))
			mute_done(a, &who, until);
	}
}

void
ladder_unmute(struct act *a)
{
	struct user who;

	if (act_who(a, &who) && act_try(a, mute_set(a->tx, a->user.id, who.id, 0)))
		act_done(a, N_("What {name} says comes to you again."), "name", who.name, NULL);
}
