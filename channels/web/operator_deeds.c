/*
 * What an operator does here: the same as by hudhudctl, in the same words of the store.  On a worker's thread, since
 * it is waited for until it is durable, and may be much.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/operator.h"
#include "gateway/letters.h"
#include "store/report.h"

#define LETTERS_A_PRESS 10000

struct deed {
	struct visit *visit;
	int result;
	void (*run)(struct deed *d);
	struct letters letters;
	int64_t report, n;
	bool more, pause;
	char channel[64];
};

/* ---- on a worker */

static void
run_letters(struct deed *d)
{
	struct core *core = d->visit->web->core;

	do {
		d->result = core_write(core, letters_settle, &d->letters);
		if (d->result < 0)
			return;
		d->n += d->letters.n;
		d->letters.after = d->letters.last;
	} while (d->letters.more && d->n < LETTERS_A_PRESS);
	d->more = d->letters.more;
}

static int
close_report(struct tx *tx, void *arg)
{
	struct deed *d = arg;

	return report_close(tx, d->report, d->visit->now);
}

static void
run_report(struct deed *d)
{
	d->result = core_write(d->visit->web->core, close_report, d);
}

static void
run_pause(struct deed *d)
{
	d->result = core_pause(d->visit->web->core, d->channel, d->pause);
}

static void
work(void *arg, bool dropped)
{
	struct deed *d = arg;

	d->result = STORE_LATER;
	if (!dropped)
		d->run(d);
	httpd_go(d->visit->http);
}

/* ---- on the server's */

static void
done(struct visit *v)
{
	const struct deed *d = v->work;
	const char *what = d->run == run_report  ? "closed"
			   : d->run == run_pause ? d->pause ? "paused" : "resumed"
			   : d->letters.retry    ? "retry"
						 : "drop";
	char path[120];

	if (d->result == STORE_LATER) {
		visit_error(v, 503);
		return;
	}
	/* STORE_FAILED: another was quicker */
	snprintf(path, sizeof path, "/operator?did=%s&n=%lld%s", d->result < 0 ? "gone" : what,
	    (long long)d->n, d->more ? "&more=1" : "");
	visit_redirect(v, path);
}

static struct deed *
deed_new(struct visit *v, void (*run)(struct deed *d))
{
	struct deed *d = mem_new(sizeof *d);

	d->visit = v;
	d->run = run;
	v->work = d;
	return d;
}

static void
begin(struct visit *v, struct deed *d)
{
	v->light = true; /* done() asks nothing of the store */
	visit_wait(v, done);
	if (workers_add(v->web->workers, work, d))
		return;
	d->result = STORE_LATER;
	httpd_go(v->http);
}

/* "retry", "drop"; others are no word of our forms. */
static bool
read_deed(struct visit *v, const char *yes, const char *no, bool *is)
{
	const char *word = fields_get(&v->form, "do");

	*is = strcmp(word, yes) == 0;
	return *is || strcmp(word, no) == 0;
}

void
operator_letters(struct visit *v)
{
	struct deed *d = deed_new(v, run_letters);
	const char *chan = fields_get(&v->form, "chan");

	d->letters.now = v->now;
	d->letters.id = fields_number(fields_get(&v->form, "id"));
	d->letters.chan = (int)fields_number(chan);
	if (!read_deed(v, "retry", "drop", &d->letters.retry) ||
	    (d->letters.id == 0 && d->letters.chan == 0 && strcmp(chan, "0") != 0) ||
	    mem_copy(d->letters.code, sizeof d->letters.code, fields_get(&v->form, "why")) != 0)
		visit_error(v, 400);
	else
		begin(v, d);
}

void
operator_reports(struct visit *v)
{
	struct deed *d = deed_new(v, run_report);

	d->report = fields_number(fields_get(&v->form, "id"));
	if (d->report == 0)
		visit_error(v, 400);
	else
		begin(v, d);
}

void
operator_channel(struct visit *v)
{
	struct deed *d = deed_new(v, run_pause);

	if (!read_deed(v, "pause", "resume", &d->pause) ||
	    mem_copy(d->channel, sizeof d->channel, fields_get(&v->form, "channel")) != 0 ||
	    core_chan(v->web->core, d->channel) == 0)
		visit_error(v, 400);
	else
		begin(v, d);
}
