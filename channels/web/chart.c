#include "channels/web/chart.h"

#include "base/buf.h"

int64_t
chart_round(int64_t most)
{
	int64_t ten = 1;

	while (most > 5 * ten && ten < INT64_MAX / 100)
		ten *= 10;
	return most <= ten ? ten : most <= 2 * ten ? 2 * ten : 5 * ten;
}

int64_t
chart_most(const int64_t *v, size_t n)
{
	int64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	return most;
}

/* Where a value stands, in tenths from the upper end. */
static int64_t
height(int64_t v, int64_t top)
{
	return v >= top ? 0 : (int64_t)(CHART_HEIGHT * 10 * (1 - (double)v / (double)top));
}

/* A value is as wide as its time, so that one alone shows, too. */
static void
add_step(struct buf *out, size_t i, size_t n, int64_t y)
{
	size_t from = CHART_WIDTH * 10 * i / n, to = CHART_WIDTH * 10 * (i + 1) / n;

	buf_printf(out, "%s%zu.%zu,%lld.%lld %zu.%zu,%lld.%lld", out->len > 0 ? " " : "", from / 10,
	    from % 10, (long long)(y / 10), (long long)(y % 10), to / 10, to % 10,
	    (long long)(y / 10), (long long)(y % 10));
}

void
chart_line(struct view *w, const char *class, const int64_t *v, size_t n, int64_t top)
{
	struct buf points = { 0 };
	struct view *line;

	view_list(w, "lines");
	for (size_t i = 0; i < n; i++) {
		if (v[i] >= 0)
			add_step(&points, i, n, height(v[i], top));
		if (points.len == 0 || (v[i] >= 0 && i + 1 < n))
			continue;
		line = view_add(w, "lines");
		view_text(line, "class", class);
		view_text(line, "points", buf_text(&points));
		buf_clear(&points);
	}
	buf_free(&points);
}
