/* The operator's commands against harm: who is closed or kept quiet, and what people report. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/operate.h"
#include "store/log.h"
#include "store/report.h"

#define PAGE 200

/* ---- people */

struct judge_write {
	struct operate_write w;
	const char *name;
	bool on;
	bool silence; /* else suspend */
	bool was;     /* out: it was so already */
};

static int
do_judge(struct tx *tx, void *arg)
{
	struct judge_write *w = arg;
	struct user u;
	bool *is;

	if (!user_by_name(tx, w->name, &u))
		return operate_refuse(&w->w, "there is no user \"%.40s\"", w->name);
	is = w->silence ? &u.silenced : &u.suspended;
	w->was = *is == w->on;
	if (w->was)
		return STORE_OK;
	*is = w->on;
	return user_update(tx, &u);
}

static bool
judge(struct operation *o, bool silence, bool on)
{
	struct judge_write w = { .name = o->args[0], .silence = silence, .on = on };
	const char *what = silence ? "silenced" : "suspended";

	if (!operate_write(o, do_judge, &w))
		return false;
	if (o->json)
		operate_say_json(
		    o, json_pack("{s:s, s:b, s:b}", "name", w.name, what, on, "changed", !w.was));
	else if (w.was)
		operate_say(o, "%s is %s%s already\n", w.name, on ? "" : "not ", what);
	return true;
}

bool
operate_user_suspend(struct operation *o)
{
	return judge(o, false, true);
}

bool
operate_user_unsuspend(struct operation *o)
{
	return judge(o, false, false);
}

bool
operate_user_silence(struct operation *o)
{
	return judge(o, true, true);
}

bool
operate_user_unsilence(struct operation *o)
{
	return judge(o, true, false);
}

/* ---- reports */

struct listing {
	struct operation *o;
	struct tx *tx;
	int64_t after;
	int n;
};

static const char *
name_of(struct tx *tx, int64_t user, struct user *u)
{
	return user_by_id(tx, user, u) ? u->name : "-";
}

static char *
words_at(struct tx *tx, int64_t pos)
{
	struct status s;

	if (pos == 0 || !status_get(tx, pos, &s))
		return mem_dup("");
	return (char *)s.text;
}

/* What people wrote, on one line, with nothing that a terminal obeys. */
static void
say_words(struct operation *o, const char *label, const char *text)
{
	char *line = mem_dup(text);

	for (char *s = line; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
	if (*line != '\0')
		operate_say(o, "  %s: %s\n", label, line);
	free(line);
}

static bool
list_one(void *cookie, const struct report *r)
{
	struct listing *l = cookie;
	struct user by, about;
	const char *who = name_of(l->tx, r->reporter, &by),
		   *whom = name_of(l->tx, r->about, &about);
	char *said = words_at(l->tx, r->pos), at[24];

	operate_time(at, r->at);
	if (l->o->json) {
		operate_say_json(
		    l->o, json_pack("{s:o, s:s, s:s, s:I, s:s, s:o, s:s}", "id",
			      json_sprintf("%" PRId64, r->id), "reporter", who, "about", whom, "at",
			      (json_int_t)r->at, "why", r->text, "status",
			      r->pos != 0 ? json_sprintf("%" PRId64, r->pos) : json_null(), "text",
			      said));
	} else {
		operate_say(l->o, "%" PRId64 " %s tells of %s at %s", r->id, who, whom, at);
		if (r->pos != 0)
			operate_say(l->o, ", status %" PRId64 " (s%" PRIx64 ")", r->pos, r->pos);
		operate_say(l->o, "\n");
		say_words(l->o, "why", r->text);
		say_words(l->o, "seen", said);
	}
	free(said);
	l->after = r->id;
	return ++l->n < PAGE && l->o->error[0] == '\0';
}

bool
operate_report_list(struct operation *o)
{
	struct listing l = { .o = o };

	/* In pages: a reader that lasts keeps the log from shrinking. */
	do {
		l.n = 0;
		l.tx = store_read(core_store(o->core));
		report_each(l.tx, l.after, list_one, &l);
		operate_read_end(o, l.tx);
	} while (l.n == PAGE && o->error[0] == '\0');
	return o->error[0] == '\0';
}

struct close_write {
	struct operate_write w;
	int64_t id;
};

static int
do_close(struct tx *tx, void *arg)
{
	struct close_write *w = arg;
	int r = report_close(tx, w->id, clock_wall());

	if (r == STORE_FAILED)
		operate_refuse(&w->w, "no report %" PRId64 " is open", w->id);
	return r;
}

bool
operate_report_close(struct operation *o)
{
	struct close_write w = { .id = 0 };
	char *end;

	w.id = strtoll(o->args[0], &end, 10);
	if (*end != '\0' || w.id <= 0)
		return operate_fail(o, "\"%.40s\" is no number of a report", o->args[0]);
	return operate_write(o, do_close, &w);
}

bool
operate_report_count(struct operation *o, json_t *list)
{
	struct tx *tx = store_read(core_store(o->core));
	int64_t oldest, n = report_count(tx, &oldest);
	char since[24];

	if (!operate_read_end(o, tx))
		return false;
	if (n == 0)
		return true;
	operate_time(since, oldest);
	if (list != NULL)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", "reports", "kind", "report",
			"state", "open", "waiting", (json_int_t)n, "oldest", (json_int_t)oldest));
	else
		operate_say(
		    o, "reports open %" PRId64 " oldest %s: hudhudctl report list\n", n, since);
	return true;
}
