/* Everything that is counted, for a monitoring system. */
#include "gateway/figures.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/expose.h"
#include "base/mem.h"
#include "base/process.h"
#include "gateway/fanout.h"
#include "store/dead.h"
#include "store/report.h"
#include "store/search.h"

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One scrape. */
struct scrape {
	struct core *core;
	struct buf *out;
	struct health health[CHANNELS_MAX];
	size_t n; /* channels */
	int64_t now;
};

static void
gauge(struct scrape *s, const char *name, const char *help, int64_t v, int decimals)
{
	expose_family(s->out, name, "gauge", help);
	expose_value(s->out, name, NULL, v, decimals);
}

static void
counter(struct scrape *s, const char *name, const char *help, int64_t v, int decimals)
{
	expose_family(s->out, name, "counter", help);
	expose_value(s->out, name, NULL, v, decimals);
}

/* ---- the process */

static void
put_process(struct scrape *s)
{
	struct process_figures p;
	int64_t began = meter_began(s->core->meter);

	process_figures(&p);
	counter(s, "process_cpu_seconds_total", "Processor time of the core process.", p.cpu_us, 6);
	gauge(s, "process_resident_memory_bytes", "Resident memory of the core process.",
	    p.resident, 0);
	gauge(s, "process_virtual_memory_bytes", "Address space of the core process.", p.size, 0);
	gauge(s, "process_open_fds", "Open file descriptors of the core process.", p.fds, 0);
	if (p.fds_max >= 0)
		gauge(s, "process_max_fds", "How many descriptors it may open.", p.fds_max, 0);
	gauge(s, "process_threads", "Threads of the core process.", p.threads, 0);
	gauge(s, "process_start_time_seconds", "When it began, since 1970.", began, 0);
	gauge(s, "hudhud_uptime_seconds", "How long it has been running.", s->now - began, 0);
	expose_family(s->out, "hudhud_build_info", "gauge", "Which version runs.");
	expose_value(s->out, "hudhud_build_info", LABELS("version", VERSION), 1, 0);
}

/* ---- the store */

static void
put_trouble(struct scrape *s)
{
	static const char name[] = "hudhud_store_trouble";
	const struct store *st = s->core->store;

	expose_family(s->out, name, "gauge", "1: nothing can be accepted, for this reason.");
	expose_value(s->out, name, LABELS("reason", "away"), store_away_since(st) != 0, 0);
	expose_value(s->out, name, LABELS("reason", "full"), store_full_since(st) != 0, 0);
}

static void
put_store(struct scrape *s)
{
	static const char name[] = "hudhud_store_commit_seconds";
	struct store_figures f;

	store_figures(s->core->store, &f);
	counter(s, "hudhud_store_commits_total", "Groups of jobs that were committed.",
	    histogram_count(&f.commits), 0);
	counter(s, "hudhud_store_jobs_total", "Jobs that were committed.", f.jobs, 0);
	gauge(s, "hudhud_store_queue", "Jobs that wait for the committer.", f.waiting, 0);
	expose_family(s->out, name, "histogram", "From a group's begin to its being durable.");
	expose_histogram(s->out, name, NULL, &store_bounds, &f.commits);
	put_trouble(s);
}

/* What only the store knows. */
static void
put_counts(struct scrape *s)
{
	struct tx *tx = store_read(s->core->store);
	int64_t oldest, dead = dead_count(tx), reports = report_count(tx, &oldest);
	int64_t behind = search_behind(tx);

	if (store_read_end(tx) != STORE_OK)
		return;
	gauge(s, "hudhud_dead_letters", "Copies that were given up and not looked after.", dead, 0);
	gauge(
	    s, "hudhud_reports_open", "What people reported, and nobody has seen to.", reports, 0);
	gauge(s, "hudhud_search_behind", "Statuses that cannot be found by their words yet.",
	    behind, 0);
}

/* ---- channels */

static void
put_states(struct scrape *s)
{
	static const char *const states[] = { [CHANNEL_CONNECTING] = "connecting",
		[CHANNEL_UP] = "up",
		[CHANNEL_DOWN] = "down",
		[CHANNEL_PAUSED] = "paused" };
	static const char info[] = "hudhud_channel_info", state[] = "hudhud_channel_state";

	expose_family(s->out, info, "gauge", "The configured channels.");
	for (size_t i = 0; i < s->n; i++)
		expose_value(s->out, info,
		    LABELS("channel", s->health[i].name, "kind", s->health[i].kind), 1, 0);
	expose_family(s->out, state, "gauge", "1: it is in this state.");
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++)
			expose_value(s->out, state,
			    LABELS("channel", s->health[i].name, "state", states[k]),
			    s->health[i].state == (enum channel_state)k, 0);
}

/* Those that deliver have more to tell than the pages. */
static bool
delivers(const struct scrape *s, size_t i)
{
	return s->core->channels[i].kind->core == NULL;
}

static void
put_waiting(struct scrape *s)
{
	static const char waiting[] = "hudhud_waiting", age[] = "hudhud_oldest_waiting_seconds";
	int64_t oldest;

	expose_family(s->out, waiting, "gauge",
	    "Followers behind, answers, and copies before cursors (counted to about 10000).");
	for (size_t i = 0; i < s->n; i++)
		if (delivers(s, i) && s->health[i].waiting >= 0)
			expose_value(s->out, waiting, LABELS("channel", s->health[i].name),
			    s->health[i].waiting, 0);
	expose_family(s->out, age, "gauge", "How long the oldest of those has been waiting.");
	for (size_t i = 0; i < s->n; i++) {
		oldest = s->health[i].oldest;
		if (delivers(s, i) && s->health[i].waiting >= 0)
			expose_value(s->out, age, LABELS("channel", s->health[i].name),
			    oldest != 0 && oldest < s->now ? s->now - oldest : 0, 0);
	}
}

static void
put_queues(struct scrape *s)
{
	static const char used[] = "hudhud_window_used", size[] = "hudhud_window_size";
	static const char in[] = "hudhud_receiving", ends[] = "hudhud_channel_restarts_total";
	struct channel *ch = s->core->channels;

	expose_family(s->out, used, "gauge", "Copies on their way or not yet written.");
	for (size_t i = 0; i < s->n; i++)
		if (delivers(s, i))
			expose_value(s->out, used, LABELS("channel", ch[i].name),
			    meter_window_get(ch[i].meter), 0);
	expose_family(s->out, size, "gauge", "How many those may be.");
	for (size_t i = 0; i < s->n; i++)
		if (delivers(s, i))
			expose_value(s->out, size, LABELS("channel", ch[i].name), ch[i].window, 0);
	expose_family(s->out, in, "gauge", "What came in and is not through the store.");
	for (size_t i = 0; i < s->n; i++)
		if (delivers(s, i))
			expose_value(s->out, in, LABELS("channel", ch[i].name),
			    atomic_load(&ch[i].receiving), 0);
	expose_family(s->out, ends, "counter", "How often its process ended.");
	for (size_t i = 0; i < s->n; i++)
		if (delivers(s, i))
			expose_value(
			    s->out, ends, LABELS("channel", ch[i].name), s->health[i].restarts, 0);
}

/* A family of counters, some of which are one by another label. */
struct family {
	const char *name, *help, *label;
	int decimals;
	bool pages; /* the pages have it, too */
	struct {
		const char *value; /* of ${label} */
		enum meter_count what;
	} of[6];
	size_t n;
};

static const struct family families[] = {
	{ "hudhud_accepted_total", "Texts that came in and are kept.", "what", 0, true,
	    { { "status", METER_STATUSES }, { "command", METER_COMMANDS },
		{ "repeat", METER_REPEATS }, { "automatic", METER_AUTOMATIC } },
	    4 },
	{ "hudhud_rejected_total", "Texts that came in and are not kept.", "verdict", 0, true,
	    { { "refused", METER_REFUSED }, { "later", METER_LATER } }, 2 },
	{ "hudhud_delivered_total", "Copies that the network took.", "what", 0, false,
	    { { "status", METER_DELIVERED }, { "summary", METER_SUMMARIES },
		{ "answer", METER_ANSWERS } },
	    3 },
	{ "hudhud_failed_total", "Copies that were given up, or lost by the network.", "what", 0,
	    false,
	    { { "status", METER_FAILED }, { "reported", METER_REPORTED },
		{ "answer", METER_SILENT } },
	    3 },
	{ "hudhud_retried_total", "Attempts that came to nothing for now: there will be another.",
	    NULL, 0, false, { { NULL, METER_DEFERRED } }, 1 },
	{ "hudhud_refused_total", "Attempts that the network refused for good.", NULL, 0, false,
	    { { NULL, METER_BOUNCED } }, 1 },
	{ "hudhud_cost_total", "What deliveries have cost, as the prices in the settings say.",
	    NULL, 3, false, { { NULL, METER_COST } }, 1 },
};

static void
put_family(struct scrape *s, const struct family *f)
{
	const struct channel *ch = s->core->channels;

	expose_family(s->out, f->name, "counter", f->help);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < f->n && (f->pages || delivers(s, i)); k++)
			expose_value(s->out, f->name,
			    LABELS("channel", ch[i].name, f->label, f->of[k].value),
			    meter_get(ch[i].meter, f->of[k].what), f->decimals);
}

/* By hudhudctl, which is no channel. */
static void
put_hand(struct scrape *s)
{
	static const char name[] = "hudhud_control_accepted_total";
	const struct meter_channel *m = s->core->hand_meter;

	expose_family(s->out, name, "counter", "What hudhudctl said for people.");
	expose_value(s->out, name, LABELS("what", "status"), meter_get(m, METER_STATUSES), 0);
	expose_value(s->out, name, LABELS("what", "command"), meter_get(m, METER_COMMANDS), 0);
}

static void
put_times(struct scrape *s)
{
	static const char name[] = "hudhud_delivery_seconds";
	static const char *const ways[] = { [METER_PROMPT] = "prompt", [METER_OWED] = "owed" };
	const struct channel *ch = s->core->channels;
	struct histogram_view v;

	expose_family(s->out, name, "histogram",
	    "From a status being accepted to the network taking a copy: at the first try with nothing in "
	    "the way (prompt), or later, having been held, failed or caught up (owed).");
	for (size_t i = 0; i < s->n; i++)
		for (int w = 0; w < METER_WAYS && delivers(s, i); w++) {
			meter_times(ch[i].meter, (enum meter_way)w, &v);
			expose_histogram(s->out, name,
			    LABELS("channel", ch[i].name, "way", ways[w]), &meter_bounds, &v);
		}
}

static void
put_channels(struct scrape *s)
{
	put_states(s);
	put_waiting(s);
	put_queues(s);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		put_family(s, &families[i]);
	put_hand(s);
	put_times(s);
}

/* ---- pages */

static void
put_pages(struct scrape *s)
{
	static const char http[] = "hudhud_http_requests_total";
	static const char refused[] = "hudhud_login_refused_total";
	static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	const struct meter *m = s->core->meter;

	expose_family(s->out, http, "counter", "Answers of the web server, by class of status.");
	for (int i = 0; i < 5; i++)
		expose_value(s->out, http, LABELS("class", classes[i]),
		    meter_page_get(m, (enum meter_page)(METER_HTTP_1XX + i)), 0);
	expose_family(s->out, refused, "counter", "Log-ins that were refused.");
	expose_value(
	    s->out, refused, LABELS("why", "wrong"), meter_page_get(m, METER_LOGIN_WRONG), 0);
	expose_value(
	    s->out, refused, LABELS("why", "often"), meter_page_get(m, METER_LOGIN_OFTEN), 0);
	gauge(s, "hudhud_http_event_streams", "Pages that hear of news as it comes.",
	    meter_page_get(m, METER_STREAMS), 0);
}

/* ---- nodes */

static void
put_nodes(struct scrape *s)
{
	static const char name[] = "hudhud_node_up";
	struct node_health *h = mem_new(NODES_MAX * sizeof(*h));
	size_t n = core_nodes(s->core, h, NODES_MAX);
	char id[24];

	if (n > 0)
		expose_family(s->out, name, "gauge", "1: this node of the store's is alive.");
	for (size_t i = 0; i < n; i++) {
		/* several lives may have one name */
		snprintf(id, sizeof(id), "%016llx", (unsigned long long)h[i].id);
		expose_value(
		    s->out, name, LABELS("node", h[i].name, "incarnation", id), h[i].alive, 0);
	}
	free(h);
}

void
figures_expose(struct core *c, struct buf *out)
{
	struct scrape *s = mem_new(sizeof(*s));

	s->core = c;
	s->out = out;
	s->now = clock_wall();
	s->n = core_health(c, s->health, CHANNELS_MAX);
	put_process(s);
	put_store(s);
	put_counts(s);
	put_channels(s);
	put_pages(s);
	put_nodes(s);
	free(s);
}
