/* Figures: what is counted, how it is told, and that a strict reader understands it. */
#include "gateway/meter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/expose.h"
#include "base/process.h"
#include "tests/tap.h"
#include "tests/unit/prometheus.h"

#define THREADS 4
#define EACH 20000

static const struct histogram_bounds bounds = { 3, { 1000, 10000, 2500000 } };

static void
test_buckets(void)
{
	struct histogram h = { 0 };
	struct histogram_view v;
	bool good = true;

	histogram_read(&h, &v);
	ok(histogram_count(&v) == 0 && histogram_quantile(&v, &bounds, 500) == 0,
	    "an empty histogram has no quantiles");
	histogram_add(&h, &bounds, -5);
	histogram_add(&h, &bounds, 1000);
	histogram_add(&h, &bounds, 1001);
	histogram_add(&h, &bounds, 2500001);
	histogram_read(&h, &v);
	ok(v.n[0] == 2 && v.n[1] == 1 && v.n[2] == 0 && v.n[3] == 1,
	    "a bound belongs to its bucket, and what is above all has one of its own");
	ok(v.sum == 1000 + 1001 + 2500001, "the sum is exact, and a time below 0 counts as 0");
	for (size_t i = 0; i < meter_bounds.n; i++)
		good &= histogram_bucket(&meter_bounds, meter_bounds.us[i]) == i &&
			histogram_bucket(&meter_bounds, meter_bounds.us[i] + 1) == i + 1;
	ok(good && meter_bounds.us[0] == 5000 && meter_bounds.us[meter_bounds.n - 1] == 3600000000,
	    "deliveries are timed from 5 ms to an hour");
}

static void
test_quantiles(void)
{
	struct histogram h = { 0 };
	struct histogram_view v;

	for (int i = 0; i < 90; i++)
		histogram_add(&h, &bounds, 500);
	for (int i = 0; i < 10; i++)
		histogram_add(&h, &bounds, 5000);
	histogram_read(&h, &v);
	ok(histogram_quantile(&v, &bounds, 500) == 1000 * 50 / 90,
	    "the median is within its bucket");
	ok(histogram_quantile(&v, &bounds, 900) == 1000, "or is its bound");
	ok(histogram_quantile(&v, &bounds, 990) == 1000 + 9000 * 9 / 10, "as is the 99th of 100");
	histogram_add(&h, &bounds, 99999999);
	histogram_read(&h, &v);
	ok(histogram_quantile(&v, &bounds, 1000) == 2500000,
	    "of what is above all bounds the last one is told");
}

static void
test_text(void)
{
	struct histogram h = { 0 };
	struct histogram_view v;
	struct buf out = { 0 };
	const char *const evil[] = { "channel", "a\"b\\c\nd\xff", "kind", "\xd9\x87\xd8\xaf",
		NULL };
	const char *fault;

	histogram_add(&h, &bounds, 700);
	histogram_add(&h, &bounds, 3000000);
	histogram_read(&h, &v);
	expose_family(&out, "a_total", "counter", "One line\nand a \\ in it.");
	expose_value(&out, "a_total", NULL, 1234500, 3);
	expose_value(&out, "a_total", evil, 0, 3);
	expose_family(&out, "b", "gauge", "Below nothing.");
	expose_value(&out, "b", NULL, -5, 1);
	expose_family(&out, "c_seconds", "histogram", "Times.");
	expose_histogram(&out, "c_seconds", (const char *const[]){ "way", "x", NULL }, &bounds, &v);
	expose_histogram(&out, "c_seconds", NULL, &bounds, &v);
	fault = prometheus_fault(buf_text(&out));
	ok(fault == NULL, "what is written is understood");
	if (fault != NULL)
		printf("# %s\n", fault);
	ok(prometheus_value(buf_text(&out), "a_total") == 1234.5, "thousandths are a fraction");
	ok(prometheus_value(buf_text(&out), "b") == -0.5, "also below 0");
	ok(strstr(buf_text(&out), "a_total{channel=\"a\\\"b\\\\c\\nd?\",kind=\"?\?\?\?\"} 0\n") ==
		    NULL &&
		strstr(buf_text(&out),
		    "a_total{channel=\"a\\\"b\\\\c\\nd?\",kind=\"\xd9\x87\xd8\xaf\"} 0\n"),
	    "labels are escaped, and what is no UTF-8 is told apart from what is");
	ok(strstr(buf_text(&out), "# HELP a_total One line\\nand a \\\\ in it.\n") != NULL,
	    "so is the help");
	ok(strstr(buf_text(&out), "c_seconds_bucket{way=\"x\",le=\"0.001\"} 1\n"
				  "c_seconds_bucket{way=\"x\",le=\"0.01\"} 1\n"
				  "c_seconds_bucket{way=\"x\",le=\"2.5\"} 1\n"
				  "c_seconds_bucket{way=\"x\",le=\"+Inf\"} 2\n"
				  "c_seconds_sum{way=\"x\"} 3.0007\n"
				  "c_seconds_count{way=\"x\"} 2\n") != NULL,
	    "buckets add up, in seconds");
	buf_free(&out);
}

static void
test_reader(void)
{
	static const char *const wrong[] = {
		"a 1\n",
		"# HELP a x\n# TYPE a gauge\na 1",
		"# HELP a x\n# TYPE a gauge\na 1\na 2\n",
		"# HELP a x\n# TYPE a counter\na 1\n",
		"# HELP a x\n# TYPE a gauge\na{b=\"\\x\"} 1\n",
		"# HELP a x\n# TYPE a gauge\na{b=\"c\" 1\n",
		"# HELP a x\n# TYPE a gauge\na 1 x\n",
		"# HELP a x\n# TYPE a gauge\nb 1\n",
		"# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\na{c=\"d\"} 1\n",
		"# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\n",
		"# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n",
		"# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (prometheus_fault(wrong[i]) == NULL) {
			printf("# taken for good: %s\n", wrong[i]);
			good = false;
		}
	ok(good, "the reader of this test forgives nothing");
}

/* ---- counters */

static void *
count(void *arg)
{
	struct meter *m = arg;
	struct meter_channel *ch = meter_channel(m, "phone");

	for (int i = 0; i < EACH; i++) {
		meter_add(ch, METER_DELIVERED, 1);
		meter_page(m, METER_STREAMS, i % 2 ? -1 : 1);
	}
	return NULL;
}

static void
test_counters(struct meter *m)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, count, m);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ok(meter_get(meter_channel(m, "phone"), METER_DELIVERED) == THREADS * EACH,
	    "no count is lost, whichever thread counts");
	ok(meter_page_get(m, METER_STREAMS) == 0, "a gauge goes down again");
	ok(meter_get(meter_channel(m, "mail"), METER_DELIVERED) == 0, "channels are apart");
}

static void
test_heard(struct meter *m)
{
	struct meter_channel *ch = meter_channel(m, "heard");
	struct receive r = { .verdict = VERDICT_KEPT, .pos = 77 };
	int64_t before = clock_us(), wall = clock_wall();

	meter_heard(m, ch, &r);
	r.repeat = true;
	meter_heard(m, ch, &r);
	r = (struct receive){ .verdict = VERDICT_KEPT };
	meter_heard(m, ch, &r);
	r.automatic = true;
	meter_heard(m, ch, &r);
	r.verdict = VERDICT_LATER;
	meter_heard(m, ch, &r);
	r.verdict = VERDICT_REFUSED;
	meter_heard(m, ch, &r);
	ok(meter_get(ch, METER_STATUSES) == 1 && meter_get(ch, METER_REPEATS) == 1 &&
		meter_get(ch, METER_COMMANDS) == 1 && meter_get(ch, METER_AUTOMATIC) == 1 &&
		meter_get(ch, METER_LATER) == 1 && meter_get(ch, METER_REFUSED) == 1,
	    "each text that comes in is counted once, as what it was");
	ok(meter_taken(m, 77, wall) >= before && meter_taken(m, 77, wall) <= clock_us(),
	    "the moment of a status is known");
	ok(clock_us() - meter_taken(m, 78, wall - 100) >= 98000000 &&
		clock_us() - meter_taken(m, 78, wall - 100) < 110000000,
	    "that of one from another life, to the second");
	ok(meter_taken(m, 78, wall + 50) <= clock_us(), "and nothing was said in the future");
}

static void
test_minutes(struct meter *m)
{
	static struct meter_minute out[METER_MINUTES];
	struct meter_channel *ch = meter_channel(m, "minutes");
	size_t n;

	ok(meter_minutes(m, ch, 0, 1000, out) == 0, "at first there are no minutes");
	meter_add(ch, METER_DELIVERED, 3);
	meter_add(ch, METER_FAILED, 1);
	meter_arrived(ch, METER_PROMPT, 4000);
	meter_arrived(ch, METER_OWED, 4000);
	meter_tick(m, ch, 100, 7);
	meter_add(ch, METER_DELIVERED, 2);
	meter_tick(m, ch, 103, -1);
	n = meter_minutes(m, ch, 0, 1000, out);
	ok(n == 2 && out[0].minute == 100 && out[1].minute == 103,
	    "minutes without the service are not there");
	ok(out[0].delivered == 3 && out[0].failed == 1 && out[0].waiting == 7 &&
		out[0].prompt[0] == 1,
	    "a minute has what was counted in it");
	ok(out[1].delivered == 2 && out[1].failed == 0 && out[1].waiting == -1 &&
		out[1].prompt[0] == 0,
	    "and not what was before");
	for (int64_t i = 104; i < 104 + METER_MINUTES; i++)
		meter_tick(m, ch, i, i);
	n = meter_minutes(m, ch, 0, 104 + METER_MINUTES, out);
	ok(n == METER_MINUTES && out[0].minute == 104 && out[n - 1].waiting == 103 + METER_MINUTES,
	    "a day is kept, and no more");
	ok(meter_minutes(m, ch, 200, 210, out) == 10 && out[0].minute == 200, "or any part of it");
}

int
main(void)
{
	struct meter *m = meter_new();
	struct process_figures p;

	test_buckets();
	test_quantiles();
	test_text();
	test_reader();
	test_counters(m);
	test_heard(m);
	test_minutes(m);
	meter_free(m);
	process_figures(&p);
	ok(p.resident > 100000 && p.size >= p.resident && p.fds >= 3 && p.threads >= 1 &&
		p.cpu_us > 0,
	    "the process knows what it uses");
	return tap_done();
}
