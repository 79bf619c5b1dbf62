/* The operator's page: what /metrics tells, for people, and what waits for a decision of theirs. */
#include "channels/web/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/process.h"
#include "store/dead.h"
#include "store/report.h"

#define CHANNELS_MAX 64
#define LETTERS_A_PAGE 25
#define SORTS 10
#define REPORTS 50
#define SECOND_US 1000000

bool
operator_is(const struct visit *v)
{
	for (const int64_t *id = v->web->operators; id && *id; id++)
		if (v->me.id == *id)
			return true;
	return false;
}

void
operator_number(const struct visit *v, struct view *w, const char *name, int64_t n)
{
	char text[FORM_SIZE];

	form_number(v->lang, n, text);
	view_text(w, name, text);
}

/* In the unit in which it has two digits, as far as that goes: no fractions, which each language writes its own way. */
void
operator_span(const struct visit *v, struct view *w, const char *name, int64_t us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = { { "us", 1 }, { "ms", 1000 }, { "s", SECOND_US }, { "min", 60LL * SECOND_US },
		{ "h", 3600LL * SECOND_US }, { "d", 86400LL * SECOND_US } };
	size_t i = us >= 1000;

	while (i > 0 && i + 1 < sizeof units / sizeof units[0] && us >= 10 * units[i + 1].us)
		i++;
	operator_number(v, view_in(w, name), units[i].name, us / units[i].us);
}

/* ---- channels */

static const char *
state_word(const struct visit *v, enum channel_state s)
{
	static const char *const words[] = { [CHANNEL_CONNECTING] = N_("connecting"),
		[CHANNEL_UP] = N_("up"),
		[CHANNEL_DOWN] = N_("down"),
		[CHANNEL_PAUSED] = N_("paused") };

	return lang_text(v->lang, words[s]);
}

static void
put_deliveries(struct visit *v, struct view *w, const struct health *h)
{
	const struct meter_channel *m = meter_channel(core_meter(v->web->core), h->name);
	int64_t cost = meter_get(m, METER_COST);

	view_flag(w, "delivers", true);
	view_flag(w, "is_paused", h->state == CHANNEL_PAUSED);
	operator_number(v, w, "delivered", h->sent);
	operator_number(v, w, "retried", h->deferred);
	operator_number(v, w, "failed",
	    meter_get(m, METER_FAILED) + meter_get(m, METER_REPORTED) + meter_get(m, METER_SILENT));
	if (h->waiting >= 0)
		operator_number(v, w, "waiting", h->waiting);
	view_number(w, "oldest", h->oldest);
	if (cost > 0)
		view_print(
		    w, "cost", "%lld.%03lld", (long long)(cost / 1000), (long long)(cost % 1000));
	view_text(w, "error", h->error);
	view_number(w, "error_at", h->error_at);
}

static void
put_channels(struct visit *v, const struct health *h, size_t n)
{
	struct meter *meter = core_meter(v->web->core);
	const struct meter_channel *m;
	struct view *w;

	for (size_t i = 0; i < n; i++) {
		m = meter_channel(meter, h[i].name);
		w = view_add(v->view, "channels");
		view_text(w, "channel", h[i].name);
		view_text(w, "kind", h[i].kind);
		view_text(w, "state", state_word(v, h[i].state));
		view_flag(w, "trouble", h[i].state == CHANNEL_DOWN);
		view_flag(w, "chosen", strcmp(fields_get(&v->query, "channel"), h[i].name) == 0);
		operator_number(
		    v, w, "accepted", meter_get(m, METER_STATUSES) + meter_get(m, METER_COMMANDS));
		if (core_kind(v->web->core, core_chan(v->web->core, h[i].name))->core == NULL)
			put_deliveries(v, w, &h[i]);
	}
}

/* ---- the process and its store */

static void
put_process(struct visit *v)
{
	struct meter *m = core_meter(v->web->core);
	struct view *w = view_in(v->view, "process");
	struct process_figures p;
	struct store_figures s;

	process_figures(&p);
	store_figures(core_store(v->web->core), &s);
	operator_span(v, w, "uptime", (v->now - meter_began(m)) * SECOND_US);
	operator_number(v, w, "memory", p.resident >> 20);
	operator_number(v, w, "fds", p.fds);
	operator_number(v, w, "connections", httpd_connections(v->web->http));
	operator_number(v, w, "streams", meter_page_get(m, METER_STREAMS));
	operator_number(v, w, "faults", meter_page_get(m, METER_HTTP_5XX));
	operator_number(v, w, "refused",
	    meter_page_get(m, METER_LOGIN_WRONG) + meter_page_get(m, METER_LOGIN_OFTEN));
	operator_number(v, w, "commits", histogram_count(&s.commits));
	operator_number(v, w, "queue", s.waiting);
	operator_span(v, w, "commit_half", histogram_quantile(&s.commits, &store_bounds, 500));
	operator_span(v, w, "commit_most", histogram_quantile(&s.commits, &store_bounds, 990));
}

/* ---- dead letters */

/* Of one that is configured no more, there is no name. */
static const char *
channel_name(const struct visit *v, int chan)
{
	const char *name = core_chan_name(v->web->core, chan);

	return *name ? name : "?";
}

static void
put_sorts(struct visit *v)
{
	struct dead_sort s[SORTS];
	size_t n = dead_sorts(v->tx, s, SORTS);
	struct view *w;

	for (size_t i = 0; i < n; i++) {
		w = view_add(v->view, "sorts");
		view_text(w, "channel", channel_name(v, s[i].chan));
		view_number(w, "chan", s[i].chan);
		view_text(w, "why", s[i].code);
		operator_number(v, w, "n", s[i].n);
	}
}

static void
put_letters(struct visit *v)
{
	struct dead_filter any = { DEAD_ANY, NULL };
	struct dead d[LETTERS_A_PAGE + 1];
	int64_t before = fields_number(fields_get(&v->query, "before"));
	size_t n = dead_page(v->tx, &any, before, d, LETTERS_A_PAGE + 1);
	struct user u;
	struct view *w;
	char key[64];

	for (size_t i = 0; i < n && i < LETTERS_A_PAGE; i++) {
		w = view_add(v->view, "letters");
		u = (struct user){ 0 };
		user_by_id(v->tx, d[i].follower, &u);
		delivery_key(key, d[i].pos, d[i].follower);
		view_number(w, "id", d[i].id);
		view_number(w, "at", d[i].at);
		view_text(w, "to", u.name);
		view_text(w, "key", key);
		view_text(w, "channel", channel_name(v, d[i].chan));
		view_text(w, "why", d[i].code);
	}
	if (n > LETTERS_A_PAGE)
		view_number(v->view, "older", d[LETTERS_A_PAGE - 1].id);
	view_flag(v->view, "before", before > 0);
	operator_number(v, v->view, "dead", dead_count(v->tx));
}

/* ---- reports */

struct reporting {
	struct visit *visit;
	size_t n;
};

static bool
put_report(void *cookie, const struct report *r)
{
	struct reporting *l = cookie;
	struct visit *v = l->visit;
	struct view *w;
	struct user by = { 0 }, about = { 0 };

	if (l->n++ == REPORTS) {
		view_flag(v->view, "more_reports", true);
		return false;
	}
	w = view_add(v->view, "reports");
	user_by_id(v->tx, r->reporter, &by);
	user_by_id(v->tx, r->about, &about);
	view_number(w, "id", r->id);
	view_number(w, "at", r->at);
	view_text(w, "by", by.name);
	view_text(w, "about", about.name);
	view_text(w, "why", r->text);
	view_number(w, "pos", r->pos);
	return true;
}

/* ---- the page */

/* What a form has done, which the address of the page says. */
static void
put_done(struct visit *v)
{
	static const char *const deeds[] = { "retry", "drop", "closed", "gone", "paused",
		"resumed" };
	const char *did = fields_get(&v->query, "did");
	struct view *w;

	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
		if (strcmp(did, deeds[i]) != 0)
			continue;
		w = view_in(v->view, "did");
		view_flag(w, deeds[i], true);
		view_number(w, "n", fields_number(fields_get(&v->query, "n")));
		view_flag(w, "more", *fields_get(&v->query, "more") != '\0');
	}
}

void
operator_get(struct visit *v)
{
	struct health *h = mem_new(CHANNELS_MAX * sizeof *h);
	struct reporting l = { .visit = v };
	int64_t since;
	const char *trouble = core_store_trouble(v->web->core, &since);
	size_t n;

	layout_view(v, lang_text(v->lang, N_("Operator")));
	put_done(v);
	if (trouble != NULL)
		layout_notice(v,
		    lang_text(v->lang,
			N_("Nothing can be accepted now: the database is away or the disk is full.")),
		    false);
	put_sorts(v);
	put_letters(v);
	report_each(v->tx, 0, put_report, &l);
	/* core_health() reads for itself: a thread has one reader at a time */
	v->result = store_read_end(v->tx);
	v->tx = NULL;
	n = core_health(v->web->core, h, CHANNELS_MAX);
	put_channels(v, h, n);
	put_process(v);
	operator_charts(v, h, n);
	free(h);
	if (v->result != STORE_OK)
		visit_error(v, 503);
	else
		layout_answer(v, "operator", 200);
}
