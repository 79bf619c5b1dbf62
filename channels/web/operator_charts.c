/* The last hour, or the last day, as lines and as a table. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/chart.h"
#include "channels/web/operator.h"

#define HOUR_POINTS 60
#define DAY_POINTS 96
#define MINUTE 60

enum { DELIVERED, FAILED, WAITING, HALF, MOST, ROWS };

/* What is shown: ${n} points of ${step} minutes, from minute ${first} on; -1 is not known. */
struct period {
	size_t n;
	int64_t step, first;
	int64_t row[ROWS][DAY_POINTS];
	struct histogram_view times[DAY_POINTS];
	bool any;
};

static void
add_minute(struct period *p, const struct meter_minute *m)
{
	size_t i = (size_t)((m->minute - p->first) / p->step);

	for (int r = DELIVERED; r <= FAILED; r++)
		if (p->row[r][i] < 0)
			p->row[r][i] = 0;
	p->row[DELIVERED][i] += m->delivered;
	p->row[FAILED][i] += m->failed;
	for (size_t k = 0; k <= HISTOGRAM_MAX; k++)
		p->times[i].n[k] += m->prompt[k];
	p->any = true;
}

/* Of several channels what waits is added up; of several minutes, the last counts. */
static void
add_channel(struct period *p, const struct meter_minute *m, size_t n)
{
	int64_t last[DAY_POINTS];
	size_t k;

	for (size_t i = 0; i < p->n; i++)
		last[i] = -1;
	for (size_t i = 0; i < n; i++) {
		add_minute(p, &m[i]);
		k = (size_t)((m[i].minute - p->first) / p->step);
		last[k] = m[i].waiting >= 0 ? m[i].waiting : last[k];
	}
	for (size_t i = 0; i < p->n; i++)
		if (last[i] >= 0)
			p->row[WAITING][i] = (p->row[WAITING][i] < 0 ? 0 : p->row[WAITING][i]) +
					     last[i];
}

static void
add_times(struct period *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (histogram_count(&p->times[i]) == 0)
			continue;
		p->row[HALF][i] = histogram_quantile(&p->times[i], &meter_bounds, 500);
		p->row[MOST][i] = histogram_quantile(&p->times[i], &meter_bounds, 990);
	}
}

static void
load(struct visit *v, struct period *p, const struct health *h, size_t channels, const char *only)
{
	struct meter_minute *m = mem_new(METER_MINUTES * sizeof *m);
	struct meter *meter = core_meter(v->web->core);
	int64_t end = p->first + (int64_t)p->n * p->step;
	const struct meter_channel *ch;
	size_t n;

	for (int r = 0; r < ROWS; r++)
		for (size_t i = 0; i < p->n; i++)
			p->row[r][i] = -1;
	for (size_t i = 0; i < channels; i++) {
		if (*only && strcmp(only, h[i].name) != 0)
			continue;
		ch = meter_channel(meter, h[i].name);
		n = meter_minutes(meter, ch, p->first, end, m);
		add_channel(p, m, n);
	}
	add_times(p);
	free(m);
}

/* A chart begins: its name, and what its upper end and the last known values are. */
static struct view *
chart(struct visit *v, const char *title, int64_t top, bool time)
{
	struct view *w = view_add(v->view, "charts");

	view_text(w, "title", lang_text(v->lang, title));
	view_number(w, "width", CHART_WIDTH);
	view_number(w, "height", CHART_HEIGHT);
	view_number(w, "middle", CHART_HEIGHT / 2);
	if (time)
		operator_span(v, w, "top_time", top);
	else
		operator_number(v, w, "top", top);
	return w;
}

static void
legend(struct visit *v, struct view *w, const char *class, const char *msgid)
{
	struct view *item = view_add(w, "legend");

	view_text(item, "class", class);
	view_text(item, "label", lang_text(v->lang, msgid));
}

static void
put_charts(struct visit *v, const struct period *p)
{
	int64_t sent = chart_most(p->row[DELIVERED], p->n), lost = chart_most(p->row[FAILED], p->n);
	int64_t top = chart_round(sent > lost ? sent : lost);
	struct view *w = chart(
	    v, p->step == 1 ? N_("Copies a minute") : N_("Copies in 15 minutes"), top, false);

	legend(v, w, "line", N_("delivered"));
	legend(v, w, "line lost", N_("given up"));
	chart_line(w, "line", p->row[DELIVERED], p->n, top);
	chart_line(w, "line lost", p->row[FAILED], p->n, top);

	top = chart_round(chart_most(p->row[WAITING], p->n));
	w = chart(v, N_("Waiting"), top, false);
	chart_line(w, "line", p->row[WAITING], p->n, top);

	top = chart_round(chart_most(p->row[MOST], p->n));
	w = chart(v, N_("How long it takes"), top, true);
	legend(v, w, "line", N_("half of them at most"));
	legend(v, w, "line lost", N_("99 of 100 at most"));
	chart_line(w, "line", p->row[HALF], p->n, top);
	chart_line(w, "line lost", p->row[MOST], p->n, top);
}

/* The same for who does not see lines; the newest first. */
static void
put_table(struct visit *v, const struct period *p)
{
	static const char *const names[] = { "delivered", "failed", "waiting", "half", "most" };
	struct view *w;

	for (size_t i = p->n; i-- > 0;) {
		if (p->row[DELIVERED][i] < 0 && p->row[WAITING][i] < 0)
			continue;
		w = view_add(v->view, "minutes");
		view_number(w, "at", (p->first + ((int64_t)i + 1) * p->step) * MINUTE);
		for (int r = 0; r < ROWS; r++)
			if (p->row[r][i] < 0)
				continue;
			else if (r < HALF)
				operator_number(v, w, names[r], p->row[r][i]);
			else
				operator_span(v, w, names[r], p->row[r][i]);
	}
}

void
operator_charts(struct visit *v, const struct health *h, size_t n)
{
	struct period *p = mem_new(sizeof *p);
	bool day = strcmp(fields_get(&v->query, "span"), "day") == 0;
	const char *only = fields_get(&v->query, "channel");
	int64_t now = v->now / MINUTE;

	if (core_chan(v->web->core, only) == 0)
		only = "";
	p->n = day ? DAY_POINTS : HOUR_POINTS;
	p->step = day ? METER_MINUTES / DAY_POINTS : 1;
	p->first = now - (int64_t)p->n * p->step;
	load(v, p, h, n, only);
	view_flag(v->view, "day", day);
	view_text(v->view, "only", only);
	if (p->any) {
		put_charts(v, p);
		put_table(v, p);
	}
	free(p);
}
