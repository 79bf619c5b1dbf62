#include "gateway/ladder.h"

#include "base/lang.h"

#define DAY 86400
#define TURNS_MAX 8 /* quiet hours that follow on a silence by hand, and a night with two ends */

/* ---- quiet */

/* The seconds after midnight there. */
static int64_t
clock_there(const struct ladder_case *c, int64_t at)
{
	int64_t local = (at + zone_offset(c->zone, at)) % DAY;

	return local < 0 ? local + DAY : local;
}

static bool
in_hours(const struct ladder_case *c, int64_t at)
{
	int64_t minute;

	if (c->quiet_from == c->quiet_to || (c->quiet_until < 0 && at < -c->quiet_until))
		return false;
	minute = clock_there(c, at) / 60;
	if (c->quiet_from < c->quiet_to)
		return minute >= c->quiet_from && minute < c->quiet_to;
	return minute >= c->quiet_from || minute < c->quiet_to;
}

/* When clocks there show ${local} next after ${at}, which shows less. */
static int64_t
next_time(const struct zone *z, int64_t at, int64_t local)
{
	int64_t t = zone_instant(z, local);

	/* The second of two such hours has begun. */
	return t > at ? t : local - zone_offset(z, at);
}

static int64_t
hours_end(const struct ladder_case *c, int64_t at)
{
	int64_t local = at + zone_offset(c->zone, at), clock = clock_there(c, at);
	int64_t end = local - clock + (int64_t)c->quiet_to * 60;

	return next_time(c->zone, at, end > local ? end : end + DAY);
}

/* The first moment from ${t} on that is not quiet. */
static int64_t
first_loud(const struct ladder_case *c, int64_t t)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		if (t < c->quiet_until)
			t = c->quiet_until;
		else if (in_hours(c, t))
			t = hours_end(c, t);
		else
			break;
	}
	return t;
}

int64_t
ladder_quiet_ends(const struct ladder_case *c)
{
	return first_loud(c, c->now);
}

/* ---- one rung */

static enum ladder_reason
judge_state(const struct ladder_rung *r)
{
	static const enum ladder_reason of[] = {
		[ADDRESS_PENDING] = LADDER_PENDING,
		[ADDRESS_VERIFIED] = LADDER_TAKES,
		[ADDRESS_PAUSED] = LADDER_OFF,
		[ADDRESS_OPTED_OUT] = LADDER_STOPPED,
		[ADDRESS_FAILING] = LADDER_BROKEN,
	};

	if (r->state != ADDRESS_VERIFIED)
		return of[r->state];
	return r->chan == 0 ? LADDER_UNSERVED : LADDER_TAKES;
}

static enum ladder_reason
judge_class(const struct ladder_rung *r, enum owed_class class)
{
	if (r->takes & RUNG_NOTHING)
		return LADDER_WRITES;
	if ((r->takes & RUNG_DIRECT) && class != OWED_DIRECT)
		return LADDER_NO_PUBLIC;
	if ((r->takes & RUNG_ADDRESSED) && class == OWED_STATUS)
		return LADDER_NO_STATUS;
	return r->refused ? LADDER_REFUSED : LADDER_TAKES;
}

static enum ladder_reason
judge_now(const struct ladder_case *c, const struct ladder_rung *r)
{
	if (!r->up)
		return LADDER_DOWN;
	if ((r->takes & RUNG_PRESENT) && r->presence != PRESENCE_THERE &&
	    r->presence != PRESENCE_BUSY)
		return LADDER_ABSENT;
	if ((r->takes & RUNG_FREE) && r->presence == PRESENCE_BUSY)
		return LADDER_BUSY;
	if (r->daily > 0 && r->today >= r->daily)
		return LADDER_ENOUGH;
	if (r->cost > 0 && r->cost > r->left)
		return LADDER_SPENT;
	if (r->failing != 0 && c->now - r->failing >= c->fall)
		return LADDER_FAILING;
	return LADDER_TAKES;
}

static enum ladder_reason
judge(const struct ladder_case *c, const struct ladder_rung *r, bool quiet)
{
	enum ladder_reason why = judge_state(r);

	if (why == LADDER_TAKES)
		why = judge_class(r, c->class);
	if (why == LADDER_TAKES)
		why = quiet ? LADDER_QUIET : judge_now(c, r);
	return why;
}

bool
ladder_never(enum ladder_reason r)
{
	return r >= LADDER_UNSERVED && r <= LADDER_REFUSED;
}

/* ---- all of them */

/* When counts that begin anew let the rung take something; LADDER_EVENT: no clock knows. */
static int64_t
ends_at(const struct ladder_case *c, enum ladder_reason why)
{
	int64_t day = zone_day(c->zone, c->now);

	if (why == LADDER_ENOUGH)
		return first_loud(c, next_time(c->zone, c->now, (day + 1) * DAY));
	if (why == LADDER_SPENT)
		return first_loud(c, next_time(c->zone, c->now, zone_month(day, 1) * DAY));
	return LADDER_EVENT;
}

static void
hold(const struct ladder_case *c, struct ladder_choice *out, int64_t quiet)
{
	int64_t t;

	for (size_t i = c->n; i-- > 0;) {
		if (ladder_never(out->why[i]))
			continue;
		out->rung = LADDER_HOLD;
		/* who waits for a channel is woken when it is back */
		if (out->park < 0 || out->why[out->park] != LADDER_DOWN ||
		    out->why[i] == LADDER_DOWN)
			out->park = (int)i;
		t = quiet > c->now ? quiet : ends_at(c, out->why[i]);
		if (t < out->until)
			out->until = t;
	}
}

static bool
take_first(const struct ladder_case *c, struct ladder_choice *out, enum ladder_reason why)
{
	for (size_t i = 0; i < c->n; i++) {
		if (out->why[i] != why)
			continue;
		if (out->rung < 0)
			out->rung = (int)i;
		else if (why == LADDER_TAKES)
			out->why[i] = LADDER_BELOW;
	}
	return out->rung >= 0;
}

void
ladder_choose(const struct ladder_case *c, struct ladder_choice *out)
{
	int64_t quiet = ladder_quiet_ends(c);

	out->rung = LADDER_NONE;
	out->park = -1;
	out->until = LADDER_EVENT;
	for (size_t i = 0; i < c->n; i++)
		out->why[i] = judge(c, &c->rung[i], quiet > c->now);
	if (!take_first(c, out, LADDER_TAKES) && !take_first(c, out, LADDER_FAILING))
		hold(c, out, quiet);
}

const char *
ladder_reason_text(enum ladder_reason r)
{
	static const char *const texts[] = {
		[LADDER_TAKES] = N_("{kind}: takes it"),
		[LADDER_BELOW] = N_("{kind}: if those before it cannot"),
		[LADDER_UNSERVED] = N_("{kind}: not served here"),
		[LADDER_PENDING] = N_("{kind}: not verified"),
		[LADDER_OFF] = N_("{kind}: off"),
		[LADDER_STOPPED] = N_("{kind}: stopped"),
		[LADDER_BROKEN] = N_("{kind}: failed too often"),
		[LADDER_WRITES] = N_("{kind}: only for writing"),
		[LADDER_NO_STATUS] = N_("{kind}: only mentions"),
		[LADDER_NO_PUBLIC] = N_("{kind}: only direct messages"),
		[LADDER_REFUSED] = N_("{kind}: refused it"),
		[LADDER_QUIET] = N_("{kind}: quiet hours"),
		[LADDER_DOWN] = N_("{kind}: away just now"),
		[LADDER_ABSENT] = N_("{kind}: you are not there"),
		[LADDER_BUSY] = N_("{kind}: do not disturb"),
		[LADDER_ENOUGH] = N_("{kind}: enough for today"),
		[LADDER_SPENT] = N_("{kind}: no money left this month"),
		[LADDER_FAILING] = N_("{kind}: fails just now"),
	};

	return texts[r];
}

const char *
ladder_reason_word(enum ladder_reason r)
{
	switch (r) {
	case LADDER_QUIET:
		return "quiet hours";
	case LADDER_DOWN:
		return "the channel is away";
	case LADDER_ABSENT:
		return "not there";
	case LADDER_BUSY:
		return "not to be disturbed";
	case LADDER_ENOUGH:
		return "had as much as wanted today";
	case LADDER_SPENT:
		return "no money left this month";
	default:
		return "no address takes it";
	}
}

int
ladder_pick(const struct address *a, size_t n, bool (*up)(void *cookie, int chan), void *cookie)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].state == ADDRESS_VERIFIED && a[i].chan != 0 &&
		    !(a[i].takes & RUNG_NOTHING) && (!up || up(cookie, a[i].chan)))
			return (int)i;
	return -1;
}
