#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/moving.h"

/* A node whose beat stands still for so long is dead. */
#define WATCH_MS 6000
/* A COMMIT whose answer was lost is carried out by then, or never. */
#define SETTLE_TRIES 60
#define SETTLE_MS 1000

static int
refuse(struct moving *w, const char *why)
{
	if (w->m->why[0] == '\0')
		snprintf(w->m->why, sizeof(w->m->why), "%s", why);
	return -1;
}

int
moving_failed(struct moving *w, const struct side *s)
{
	if (w->m->why[0] == '\0')
		snprintf(w->m->why, sizeof(w->m->why), "the %s: %.360s", s->called,
		    s->tx.conn->driver->error(s->tx.conn));
	return -1;
}

static int
begin(struct moving *w, struct side *s)
{
	s->tx.trouble = s->driver->begin(s->tx.conn);
	return s->tx.trouble == DRIVER_OK ? 0 : moving_failed(w, s);
}

static int
commit(struct moving *w, struct side *s)
{
	if (s->tx.trouble == DRIVER_OK)
		s->tx.trouble = s->driver->commit(s->tx.conn);
	return s->tx.trouble == DRIVER_OK ? 0 : moving_failed(w, s);
}

/* ---- the two ends */

static int
find(struct moving *w, struct side *s, const char *url, const char *called)
{
	char has[200];

	s->called = called;
	s->driver = store_driver_of(url);
	if (s->driver != NULL) {
		s->where = url + strlen(s->driver->name) + 1;
		return 0;
	}
	snprintf(
	    w->m->why, sizeof(w->m->why), "the %s: %s", called, store_check(url, has, sizeof(has)));
	return -1;
}

static int
connect_to(struct moving *w, struct side *s, bool writer)
{
	const struct store_driver *d = s->driver;

	s->tx.conn = writer && d->make != NULL ? d->make(s->where, w->m->state)
					       : d->open(s->where, w->m->state, writer);
	if (s->tx.conn == NULL) {
		snprintf(w->m->why, sizeof(w->m->why),
		    "the %s cannot be opened: what is above tells why", s->called);
		return -1;
	}
	s->tx.conn->driver = d;
	s->tx.conn->writer = writer;
	return 0;
}

static void
leave(struct side *s)
{
	if (s->tx.conn != NULL) {
		s->driver->rollback(s->tx.conn);
		s->driver->close(s->tx.conn);
	}
	s->tx.conn = NULL;
}

/* ---- is anybody at work? */

static int
read_beats(struct moving *w, struct side *s, struct beats *out)
{
	struct sql q;

	out->n = 0;
	if (begin(w, s) == -1)
		return -1;
	sql_open(&q, &s->tx, "SELECT id, beat FROM node ORDER BY id LIMIT ?1", N(BEATS_MAX));
	for (; sql_next(&q); out->n++) {
		out->of[out->n].id = sql_number(&q, 0);
		out->of[out->n].beat = sql_number(&q, 1);
	}
	s->driver->rollback(s->tx.conn);
	return s->tx.trouble == DRIVER_OK ? 0 : moving_failed(w, s);
}

/* Has nobody come, and no beat changed? */
static bool
are_still(const struct beats *before, const struct beats *after)
{
	size_t k;

	for (size_t i = 0; i < after->n; i++) {
		for (k = 0; k < before->n && before->of[k].id != after->of[i].id; k++)
			;
		if (k == before->n || before->of[k].beat != after->of[i].beat)
			return false;
	}
	return true;
}

/* Where an engine admits several processes, each has a row in "node"; those of the dead stay there. */
static int
watch(struct moving *w, struct side *s, struct beats *seen)
{
	struct beats after;

	if (s->driver->alone)
		return 0;
	if (read_beats(w, s, seen) == -1)
		return -1;
	if (seen->n == 0)
		return 0;
	usleep(WATCH_MS * 1000);
	if (read_beats(w, s, &after) == -1)
		return -1;
	if (are_still(seen, &after))
		return 0;
	snprintf(w->m->why, sizeof(w->m->why), "a hudhudd is at work on the %s: stop it first",
	    s->called);
	return -1;
}

/* ---- what is there */

static int64_t
meta(struct side *s, const char *name)
{
	return sql_value(&s->tx, 0, "SELECT number FROM meta WHERE name = ?1", T(name));
}

/* The source: which version, and is it whole? */
static int
look_at_source(struct moving *w)
{
	struct side *s = &w->from;
	int64_t unfinished;

	if (begin(w, s) == -1)
		return -1;
	w->version = meta(s, "schema");
	unfinished = meta(s, "moving");
	w->newest = w->version == 0
			? 0
			: sql_value(&s->tx, 0,
			      "SELECT said_at FROM status ORDER BY pos DESC LIMIT ?1", N(1));
	s->driver->rollback(s->tx.conn);
	if (s->tx.trouble != DRIVER_OK || w->version == 0)
		return refuse(w, unfinished != 0
				     ? "the source is not whole: a copy was to be made there, "
				       "and that did not come to its end"
				     : "the source is no store of hudhudd");
	if (unfinished == MOVING_INTO_NOTHING)
		return refuse(w,
		    "the source is not whole: a copy was to be made there, and that did "
		    "not come to its end");
	if (w->version > (int64_t)schema_version)
		return refuse(
		    w, "the source was written by a newer hudhudd: use that version's hudhudctl");
	return w->m->in_use ? 0 : watch(w, s, &w->beats);
}

/* Are there tables, and none of them says that they are ours?  Another program's are left alone. */
static bool
is_anothers(struct moving *w)
{
	struct side *s = &w->to;
	char first[64] = "";
	bool ours = false;
	struct sql q;

	sql_open(&q, &s->tx, s->driver->tables);
	while (sql_next(&q)) {
		if (strcmp(sql_text(&q, 0), "meta") == 0)
			ours = true;
		else if (first[0] == '\0')
			snprintf(first, sizeof(first), "%.60s", sql_text(&q, 0));
	}
	/* A "meta" without our version in it, or our mark, is not ours either. */
	if (ours && s->tx.trouble == DRIVER_OK)
		ours = meta(s, "schema") > 0 || meta(s, "moving") > 0;
	if (s->tx.trouble == DRIVER_OK && (ours || first[0] == '\0'))
		return false;
	snprintf(w->m->why, sizeof(w->m->why),
	    "the target holds tables of another program (%s): give hudhudd a database of its own",
	    first[0] != '\0' ? first : "meta");
	return true;
}

/* May the target be written?  Mark it as ours. */
static int
claim(struct moving *w)
{
	struct side *s = &w->to;
	int64_t version, people = 0, said = 0;

	if (is_anothers(w))
		return -1;
	sql_define(&s->tx, schema_meta);
	version = meta(s, "schema");
	w->made = version > 0;
	w->m->again = meta(s, "moving") == MOVING_INTO_NOTHING;
	if (version > 0) {
		w->had_answers = sql_value(
		    &s->tx, 0, "SELECT value FROM counter WHERE name = 'answer'");
		people = sql_value(&s->tx, 0, "SELECT value FROM counter WHERE name = 'user'");
		said = sql_value(&s->tx, 0, "SELECT pos FROM log_head WHERE part = 0");
	}
	w->had_head = said;
	w->full = people > 0 || said > 0;
	sql_run(&s->tx,
	    "INSERT INTO meta VALUES ('moving', ?1, ?2) ON CONFLICT (name)"
	    " DO UPDATE SET number = excluded.number, bytes = excluded.bytes",
	    N(w->full ? MOVING_OVER : MOVING_INTO_NOTHING), B(w->id, sizeof(w->id)));
	if (s->tx.trouble != DRIVER_OK)
		return moving_failed(w, s);
	if (version > (int64_t)schema_version)
		return refuse(w, "the target was written by a newer hudhudd: it is left alone");
	w->m->occupied = w->full && !w->m->over;
	if (w->m->occupied)
		return refuse(w, "there is something in the target already, and it is left alone");
	return commit(w, s);
}

/* Take the mark back: what is there stays valid. */
static void
unmark(struct moving *w)
{
	struct side *s = &w->to;

	s->driver->rollback(s->tx.conn);
	s->tx.trouble = s->driver->begin(s->tx.conn);
	sql_run(&s->tx, "DELETE FROM meta WHERE name = 'moving' AND bytes = ?1",
	    B(w->id, sizeof(w->id)));
	if (s->tx.trouble == DRIVER_OK)
		s->driver->commit(s->tx.conn);
}

static int
claim_target(struct moving *w)
{
	struct side *s = &w->to;
	struct beats beats;

	s->tx.careful = true;
	if (begin(w, s) == -1)
		return -1;
	if (claim(w) == -1) {
		s->driver->rollback(s->tx.conn);
		return -1;
	}
	if (!w->made || watch(w, s, &beats) == 0)
		return 0;
	unmark(w);
	return -1;
}

/* ---- the whole */

/* The answer to COMMIT was lost; once it is certain, the mark is gone or it is not. */
static int
settle(struct moving *w)
{
	struct side *s = &w->to;
	bool ours = true;
	struct sql q;

	for (int i = 0; i < SETTLE_TRIES && ours; i++) {
		usleep(SETTLE_MS * 1000);
		s->driver->rollback(s->tx.conn);
		s->tx.trouble = s->driver->begin(s->tx.conn);
		sql_open(&q, &s->tx, "SELECT bytes FROM meta WHERE name = 'moving'");
		ours = sql_next(&q);
		sql_close(&q);
		if (s->tx.trouble != DRIVER_OK)
			ours = true;
	}
	return ours ? moving_failed(w, s) : 0;
}

static int
finish(struct moving *w)
{
	struct side *s = &w->to;
	struct beats now;

	s->tx.careful = true;
	sql_run(&s->tx, "DELETE FROM meta WHERE name IN ('moving', 'moved')");
	if (s->tx.trouble != DRIVER_OK)
		return moving_failed(w, s);
	if (!w->m->in_use && !w->from.driver->alone) {
		w->from.driver->rollback(w->from.tx.conn);
		if (read_beats(w, &w->from, &now) == -1)
			return -1;
		if (!are_still(&w->beats, &now))
			return refuse(w, "a hudhudd has begun to work on the source");
	}
	s->tx.trouble = s->driver->commit(s->tx.conn);
	if (s->tx.trouble == DRIVER_OK)
		return 0;
	return s->tx.trouble == DRIVER_UNKNOWN ? settle(w) : moving_failed(w, s);
}

/*
 * So that a node that has hung meanwhile, or that somebody starts, does not go on there.  Where there is one process
 * only its lock says so of the first, and the operator may want to go back.
 */
static void
mark_source(struct moving *w)
{
	struct side s = { .called = "source", .driver = w->from.driver, .where = w->from.where };

	if (w->m->in_use || w->m->old || s.driver->alone)
		return;
	if (connect_to(w, &s, true) == 0 && begin(w, &s) == 0) {
		s.tx.careful = true;
		sql_run(&s.tx,
		    "INSERT INTO meta VALUES ('moved', ?1, ?2) ON CONFLICT (name)"
		    " DO UPDATE SET number = excluded.number",
		    N(clock_wall()), B("", 0));
		commit(w, &s);
	}
	if (w->m->why[0] != '\0')
		log_warn(
		    "the old store could not be marked as moved away: see that nothing works on it (%s)",
		    w->m->why);
	w->m->why[0] = '\0';
	leave(&s);
}

static int
move_all(struct moving *w)
{
	if (connect_to(w, &w->from, false) == -1 || look_at_source(w) == -1 ||
	    connect_to(w, &w->to, true) == -1 || claim_target(w) == -1)
		return -1;
	if (begin(w, &w->from) == 0 && begin(w, &w->to) == 0 && moving_make(w) == 0 &&
	    moving_copy(w) == 0 && moving_compare(w) == 0 && (!w->m->old || moving_skip(w) == 0) &&
	    finish(w) == 0) {
		mark_source(w);
		return 0;
	}
	if (w->full)
		unmark(w);
	return -1;
}

int
move_store(struct move *m)
{
	struct moving *w = mem_new(sizeof(*w));
	int r = -1, held = -1;

	w->m = m;
	m->why[0] = '\0';
	if (getrandom(w->id, sizeof(w->id), 0) != (ssize_t)sizeof(w->id))
		log_die("there are no random numbers");
	if (find(w, &w->from, m->from, "source") == 0 && find(w, &w->to, m->to, "target") == 0) {
		if (!m->in_use && w->from.driver->hold != NULL &&
		    (held = w->from.driver->hold(w->from.where, m->state)) == -1)
			refuse(w, "the source is in use, or not there: what is above tells more");
		else
			r = move_all(w);
	}
	leave(&w->from);
	leave(&w->to);
	if (held != -1)
		close(held);
	moving_free(w);
	return r;
}
