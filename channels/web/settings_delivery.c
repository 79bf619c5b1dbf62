/* What comes where: the ladder, with its conditions, quiet hours, and what it may cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/settings.h"
#include "gateway/rungs.h"
#include "store/spend.h"

#define THOUSAND 1000
#define BUDGET_MOST (1000000 * (int64_t)THOUSAND)
#define ASKS (RUNG_PRESENT | RUNG_FREE)

struct wrong {
	const char *kind, *peer;      /* the rung in question */
	const char *takes, *daily;    /* msgids */
	const char *from, *to, *cost; /* msgids */
	bool hours, money;            /* the form in question */
	const char *why;              /* translated */
};

/* What a form's words for conditions stand for. */
static const struct choice {
	const char *word;
	unsigned takes;
} whats[] = { { "all", 0 }, { "addressed", RUNG_ADDRESSED }, { "direct", RUNG_DIRECT },
	{ "nothing", RUNG_NOTHING } },
  whens[] = { { "always", 0 }, { "there", ASKS }, { "free", RUNG_FREE } };
#define WHATS (sizeof whats / sizeof whats[0])
#define WHENS (sizeof whens / sizeof whens[0])

/* ---- the page: the order */

static const char *
what_of(unsigned takes)
{
	if (takes & RUNG_NOTHING)
		return "nothing";
	if (takes & RUNG_DIRECT)
		return "direct";
	return takes & RUNG_ADDRESSED ? "addressed" : "all";
}

static const char *
when_of(unsigned takes)
{
	if (takes & RUNG_PRESENT)
		return "there";
	return takes & RUNG_FREE ? "free" : "always";
}

static void
add_choices(struct visit *v, struct view *w, const char *what, const char *when)
{
	static const char *const what_texts[WHATS] = { N_("Everything"),
		N_("What is addressed to me"), N_("Direct messages only"),
		N_("Nothing: I only write from there") };
	static const char *const when_texts[WHENS] = { N_("Always"), N_("When I am there"),
		N_("Unless I do not want to be disturbed") };
	struct view *item;

	for (size_t i = 0; i < WHATS; i++) {
		item = view_add(w, "whats");
		view_text(item, "value", whats[i].word);
		view_text(item, "label", lang_text(v->lang, what_texts[i]));
		view_flag(item, "chosen", strcmp(whats[i].word, what) == 0);
	}
	for (size_t i = 0; i < WHENS; i++) {
		item = view_add(w, "whens");
		view_text(item, "value", whens[i].word);
		view_text(item, "label", lang_text(v->lang, when_texts[i]));
		view_flag(item, "chosen", strcmp(whens[i].word, when) == 0);
	}
}

/* One address; ${wrong} is NULL, or about it. */
static void
add_rung(struct visit *v, const struct rungs *r, size_t i, const struct wrong *wrong)
{
	const struct address *a = &r->address[i];
	struct view *w = view_add(v->view, "rungs");
	char daily[16] = "";

	view_number(w, "n", (int64_t)i + 1);
	settings_number(v, w, "place", (int64_t)i + 1);
	view_text(w, "kind", a->kind);
	view_text(w, "kind_name", settings_kind(v, a->kind));
	view_text(w, "peer", a->peer);
	view_text(w, "state", a->state == ADDRESS_VERIFIED ? "" : settings_state(v, a->state));
	view_flag(w, "up", i > 0);
	view_flag(w, "down", i + 1 < r->c.n);
	view_flag(w, "shows", rungs_can(a->kind, ASKS));
	if (a->daily > 0)
		snprintf(daily, sizeof daily, "%d", a->daily);
	add_choices(v, w, wrong ? fields_get(&v->form, "what") : what_of(a->takes),
	    wrong ? fields_get(&v->form, "when") : when_of(a->takes));
	view_text(w, "daily", wrong ? fields_get(&v->form, "daily") : daily);
	settings_wrong(v, w, "wrong_takes", wrong ? wrong->takes : NULL);
	settings_wrong(v, w, "wrong_daily", wrong ? wrong->daily : NULL);
}

static void
add_rungs(struct visit *v, const struct rungs *r, const struct wrong *wrong)
{
	for (size_t i = 0; i < r->c.n; i++) {
		const struct address *a = &r->address[i];
		bool it = wrong && wrong->kind && strcmp(a->kind, wrong->kind) == 0 &&
			  strcmp(a->peer, wrong->peer) == 0;

		add_rung(v, r, i, it ? wrong : NULL);
	}
}

/* ---- quiet hours */

static void
clock_text(int minutes, char out[16])
{
	snprintf(out, 16, "%02d:%02d", minutes / 60 % 24, minutes % 60);
}

static void
add_hours(struct visit *v, const struct rungs *r, const struct wrong *wrong)
{
	struct view *w = v->view;
	char from[16] = "", to[16] = "", text[FORM_SIZE];
	int64_t ends = ladder_quiet_ends(&r->c);
	bool typed = wrong && wrong->hours;

	if (r->user.quiet_from != r->user.quiet_to) {
		clock_text(r->user.quiet_from, from);
		clock_text(r->user.quiet_to, to);
	}
	view_flag(w, "hours", *from != '\0');
	view_text(w, "from", typed ? fields_get(&v->form, "from") : from);
	view_text(w, "to", typed ? fields_get(&v->form, "to") : to);
	settings_wrong(v, w, "wrong_from", wrong ? wrong->from : NULL);
	settings_wrong(v, w, "wrong_to", wrong ? wrong->to : NULL);
	settings_time(v, v->now, text);
	view_text(w, "clock", text);
	view_text(w, "zone", r->user.zone);
	if (ends <= v->now)
		return;
	settings_time(v, ends, text);
	view_text(w, "quiet_until", text);
}

/* ---- money */

/* "1.25", "0.045" */
static void
sum_text(int64_t n, char out[32])
{
	size_t len = (size_t)snprintf(
	    out, 32, "%lld.%03lld", (long long)(n / THOUSAND), (long long)(n % THOUSAND));

	if (out[len - 1] == '0')
		out[len - 1] = '\0';
}

/* The least that the operator lets a user spend by any channel; 0: any sum. */
static int64_t
budget_most(const struct site *site)
{
	int64_t most = 0;

	for (const struct tariff *t = site->tariffs; t; t = t->next)
		if (t->budget > 0 && (most == 0 || t->budget < most))
			most = t->budget;
	return most;
}

static bool
is_first(const struct rungs *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r->address[k].chan == r->address[i].chan)
			return false;
	return true;
}

static void
add_money(struct visit *v, const struct rungs *r, const struct wrong *wrong)
{
	int64_t day = zone_day(r->c.zone, v->now), most;
	struct view *w;
	char text[32];

	for (size_t i = 0; i < r->c.n; i++) {
		const struct tariff *t = tariff_of(r->site->tariffs, r->address[i].chan);

		if (t == NULL || !is_first(r, i))
			continue;
		w = view_add(v->view, "money");
		view_text(w, "kind_name", settings_kind(v, r->address[i].kind));
		sum_text(
		    spend_sum(v->tx, v->me.id, t->chan, zone_month(day, 0), zone_month(day, 1)),
		    text);
		view_text(w, "spent", text);
		most = r->user.budget > 0 ? r->user.budget : t->budget;
		sum_text(most, text);
		view_text(w, "most", most > 0 ? text : "");
	}
	most = budget_most(r->site);
	sum_text(most, text);
	view_text(v->view, "budget_most", most > 0 ? text : "");
	sum_text(r->user.budget, text);
	view_text(v->view, "budget",
	    wrong && wrong->money ? fields_get(&v->form, "budget")
	    : r->user.budget > 0  ? text
				  : "");
	settings_wrong(v, v->view, "wrong_budget", wrong ? wrong->cost : NULL);
}

/* ---- all of it */

static void
show(struct visit *v, const struct wrong *wrong)
{
	struct rungs r;

	settings_view(v, N_("Delivery"));
	if (!rungs_get(v->tx, v->web->site, v->me.id, v->now, NULL, NULL, &r)) {
		visit_error(v, 503);
		return;
	}
	add_rungs(v, &r, wrong);
	add_hours(v, &r, wrong);
	add_money(v, &r, wrong);
	rungs_put(&r);
	if (wrong && wrong->why)
		layout_notice(v, wrong->why, false);
	layout_answer(v, "settings_delivery", wrong ? 422 : 200);
}

void
delivery_get(struct visit *v)
{
	show(v, NULL);
}

static void
refused(struct visit *v, const char *why)
{
	show(v, &(struct wrong){ .kind = fields_get(&v->form, "kind"),
		    .peer = fields_get(&v->form, "peer"),
		    .hours = *fields_get(&v->form, "from") != '\0',
		    .why = why });
}

static struct save *
begin(struct visit *v)
{
	struct save *s = save_new(v);

	s->path = SETTINGS_DELIVERY;
	s->refused = refused;
	return s;
}

/* What was typed as numbers are compared: ASCII digits, no blanks around, "." in a sum; false: far too long. */
static bool
plainly(const char *typed, char out[32])
{
	char *sign;
	size_t n;

	typed += strspn(typed, " \t");
	if (!text_valid(typed, strlen(typed)) || !parse_fold(typed, out, 32))
		return false;
	n = strlen(out);
	while (n > 0 && out[n - 1] == ' ')
		out[--n] = '\0';
	/* the Arabic decimal sign */
	if ((sign = strstr(out, "\xd9\xab")) != NULL) {
		*sign = '.';
		memmove(sign + 1, sign + 2, strlen(sign + 2) + 1);
	}
	return true;
}

/* ---- one rung is changed, and maybe moved */

static int
write_rung(struct tx *tx, struct save *s)
{
	struct address a[LADDER_MAX], *it = &s->address;
	int64_t user = s->visit->me.id;
	size_t n = address_list(tx, user, a, LADDER_MAX), i = 0;
	int rc, place;

	n = n < LADDER_MAX ? n : LADDER_MAX;
	while (i < n && (strcmp(a[i].kind, it->kind) != 0 || strcmp(a[i].peer, it->peer) != 0))
		i++;
	if (i == n) {
		s->no = N_("That is not an address of yours.");
		return STORE_FAILED;
	}
	a[i].takes = it->takes;
	a[i].daily = it->daily;
	place = (int)i + s->move;
	rc = rungs_set(tx, &a[i]);
	if (rc >= 0 && s->move != 0 && place >= 0 && place < (int)n)
		rc = address_rank(tx, user, it->kind, it->peer, place);
	return rc < 0 ? rc : rungs_changed(tx, user, s->visit->now);
}

/* Add what ${word} stands for to ${takes}; false: nothing. */
static bool
choose(const struct choice *list, size_t n, const char *word, unsigned *takes)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].word, word) == 0) {
			*takes |= list[i].takes;
			return true;
		}
	return false;
}

/* "" is any number, and 0. */
static bool
take_daily(const char *typed, int *out)
{
	char plain[32];
	size_t n;

	*out = 0;
	if (!plainly(typed, plain))
		return false;
	n = strlen(plain);
	if (n == 0)
		return true;
	if (n > 3 || strspn(plain, "0123456789") != n)
		return false;
	*out = (int)fields_number(plain);
	return *out > 0 && *out <= RUNG_DAILY_MAX;
}

void
delivery_rung(struct visit *v)
{
	const char *what = fields_get(&v->form, "do"), *when = fields_get(&v->form, "when");
	struct wrong wrong = { .kind = fields_get(&v->form, "kind"),
		.peer = fields_get(&v->form, "peer") };
	struct save *s = begin(v);
	struct address *a = &s->address;

	if (mem_copy(a->kind, sizeof a->kind, wrong.kind) != 0 ||
	    mem_copy(a->peer, sizeof a->peer, wrong.peer) != 0) {
		visit_error(v, 400);
		return;
	}
	if (!choose(whats, WHATS, fields_get(&v->form, "what"), &a->takes) ||
	    (*when && !choose(whens, WHENS, when, &a->takes)) || !rungs_can(a->kind, a->takes))
		wrong.takes = N_("Choose one of these, please.");
	if (!take_daily(fields_get(&v->form, "daily"), &a->daily))
		wrong.daily = N_("A number from 1 to 999, or nothing.");
	if (wrong.takes || wrong.daily) {
		show(v, &wrong);
		return;
	}
	s->move = strcmp(what, "up") == 0 ? -1 : strcmp(what, "down") == 0 ? 1 : 0;
	s->rest = write_rung;
	save_run(s);
}

/* ---- quiet hours */

/* "7", "7:00", "07.30", in the digits of any language: minutes; -1: no time of day. */
static int
take_clock(const char *typed)
{
	char plain[32];
	int hour, minute = 0, used = 0;

	if (!plainly(typed, plain) || strspn(plain, "0123456789:.") != strlen(plain))
		return -1;
	if (sscanf(plain, "%2d%n%*1[:.]%2d%n", &hour, &used, &minute, &used) < 1 || plain[used])
		return -1;
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

void
delivery_hours(struct visit *v)
{
	static const char *const how = N_("A time of day, like 22:00.");
	const char *from = fields_get(&v->form, "from"), *to = fields_get(&v->form, "to");
	struct wrong wrong = { .hours = true };
	struct save *s = begin(v);
	char first[16], last[16];
	int begins = take_clock(from), ends = take_clock(to);

	if ((!*from && !*to) || strcmp(fields_get(&v->form, "do"), "off") == 0) {
		save_text(s, VERB_SLEEP, true, "sleep off");
		save_run(s);
		return;
	}
	wrong.from = begins < 0 ? how : NULL;
	wrong.to = ends < 0 ? how : NULL;
	if (begins >= 0 && begins == ends)
		wrong.to = N_("Another time than they begin, please.");
	if (wrong.from || wrong.to) {
		show(v, &wrong);
		return;
	}
	clock_text(begins, first);
	clock_text(ends, last);
	save_text(s, VERB_SLEEP, false, "sleep %s-%s", first, last);
	save_run(s);
}

void
delivery_wake(struct visit *v)
{
	struct save *s = begin(v);

	save_text(s, VERB_WAKE, false, "wake");
	save_run(s);
}

/* ---- money */

static int
write_budget(struct tx *tx, struct save *s)
{
	struct user u;
	int rc;

	if (!user_by_id(tx, s->visit->me.id, &u))
		return STORE_FAILED;
	u.budget = s->number;
	rc = user_update(tx, &u);
	return rc < 0 ? rc : behind_loosen(tx, u.id, s->visit->now);
}

/* "2", "2.5" or "2,50", in the digits of any language, in thousandths; 0 for "", -1: no sum. */
static int64_t
take_sum(const char *typed)
{
	static const char digits[] = "0123456789";
	char plain[32];
	int64_t n = 0;
	size_t whole, part, i;

	if (!plainly(typed, plain))
		return -1;
	whole = strspn(plain, digits);
	part = plain[whole] ? strspn(plain + whole + 1, digits) : 0;
	if (plain[0] == '\0')
		return 0;
	if (whole == 0 || whole > 7 || part > 3 ||
	    (plain[whole] && (part == 0 || strchr(".,", plain[whole]) == NULL)) ||
	    (plain[whole] && plain[whole + 1 + part]))
		return -1;
	for (i = 0; i < whole; i++)
		n = n * 10 + (plain[i] - '0');
	for (i = 1; i <= 3; i++)
		n = n * 10 + (i <= part ? plain[whole + i] - '0' : 0);
	return n > 0 && n <= BUDGET_MOST ? n : -1;
}

/* Nobody lets themselves have more than the operator does. */
void
delivery_budget(struct visit *v)
{
	struct wrong wrong = { .money = true };
	struct save *s = begin(v);
	int64_t most = budget_most(v->web->site);

	s->number = take_sum(fields_get(&v->form, "budget"));
	if (s->number < 0)
		wrong.cost = N_("A sum like 2.50, or nothing.");
	else if (most > 0 && s->number > most)
		wrong.cost = N_("That is more than the operator allows.");
	if (wrong.cost) {
		show(v, &wrong);
		return;
	}
	s->rest = write_budget;
	save_run(s);
}
