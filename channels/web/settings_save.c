/* What a form of the settings changes: texts that its visitor could have sent, and what there is no text for. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/settings.h"

#define SAVES_AN_HOUR 400

struct save *
save_new(struct visit *v)
{
	struct save *s = v->work = mem_new(sizeof *s);

	s->visit = v;
	s->done = "saved";
	return s;
}

void
save_text(struct save *s, enum verb verb, bool off, const char *fmt, ...)
{
	va_list args;

	if (s->n == SAVE_TEXTS)
		return;
	va_start(args, fmt);
	/* what is cut does not parse, or is shown as it has become */
	vsnprintf(s->texts[s->n].text, sizeof s->texts[s->n].text, fmt, args);
	va_end(args);
	s->texts[s->n].verb = verb;
	s->texts[s->n++].off = off;
}

/* ---- on the committer's thread */

static struct receive
said(const struct save *s, size_t i)
{
	const struct visit *v = s->visit;

	return (struct receive){ .site = v->web->site,
		.user = v->me.id,
		.peer = mem_dup(v->me.name),
		.to = mem_dup(""),
		.foreign = mem_dup(""),
		.text = mem_dup(s->texts[i].text),
		.text_len = strlen(s->texts[i].text),
		.reply_to = mem_dup(""),
		.token = mem_dup(""),
		.proof = PROOF_PEER,
		.now = v->now };
}

/* Is it the command that it is meant to be, and nothing else? */
static bool
is_meant(const struct save *s, size_t i, const char *clean, const char *lang)
{
	struct parsed p;

	if (clean == NULL)
		return false;
	parse_text(clean, lang, s->visit->web->site->name, &p);
	return p.verb == s->texts[i].verb && !p.missing && !p.soft && p.off == s->texts[i].off;
}

static int
say(struct tx *tx, struct save *s, size_t i, const char *lang)
{
	struct receive r = said(s, i);
	int rc = STORE_FAILED;

	receive_prepare(&r);
	if (!is_meant(s, i, r.clean, lang)) {
		s->no = s->unmeant ? s->unmeant : N_("That cannot be said here.");
	} else if ((rc = receive_run(tx, &r)) >= 0 && !r.ok) {
		text_cut(s->why, sizeof s->why, r.answer ? r.answer : "");
		s->no = N_("That cannot be said here.");
		rc = STORE_FAILED;
	}
	receive_free(&r);
	return rc;
}

/* It may be run again: from the same start. */
static int
change(struct tx *tx, void *arg)
{
	struct save *s = arg;
	struct user u;
	char who[24];
	int rc = STORE_OK;

	s->no = NULL;
	s->why[0] = '\0';
	snprintf(who, sizeof who, "%" PRId64, s->visit->me.id);
	s->often = tally_add(tx, "web-settings", who, s->visit->now, 3600) > SAVES_AN_HOUR;
	if (s->often)
		return STORE_OK;
	for (size_t i = 0; rc >= 0 && i < s->n; i++) {
		/* one of them may have been about the language */
		if (!user_by_id(tx, s->visit->me.id, &u))
			return STORE_FAILED;
		rc = say(tx, s, i, *u.lang ? u.lang : s->visit->web->site->lang);
	}
	return rc >= 0 && s->rest ? s->rest(tx, s) : rc;
}

/* ---- on a worker, since the fan-out must hear of it */

static void
work(void *arg, bool dropped)
{
	struct save *s = arg;

	s->result = dropped ? STORE_LATER : core_write(s->visit->web->core, change, s);
	httpd_go(s->visit->http);
}

static void
saved(struct visit *v)
{
	struct save *s = v->work;

	if (s->often)
		visit_error(v, 429);
	else if (s->result >= 0)
		settings_done(v, s->path, s->done);
	else if (s->result == STORE_FAILED && s->no)
		s->refused(v, *s->why ? s->why : lang_text(v->lang, s->no));
	else
		visit_error(v, 503);
}

void
save_run(struct save *s)
{
	struct visit *v = s->visit;

	visit_wait(v, saved);
	if (workers_add(v->web->workers, work, s))
		return;
	s->result = STORE_LATER;
	httpd_go(v->http);
}
