/*
 * Statuses in words: read once, rendered once per language, whoever gets them.  What
 * nobody holds is forgotten before each look at the store, so that a status taken back
 * goes to nobody who had not been reached.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/fanout.h"

static void
said_free(struct said *s)
{
	struct wording *w, *next;

	if (s->sent > TOLD_MAX)
		log_info("status s%" PRIx64 ": %" PRId64 " sent, %d of them told one by one",
		    (uint64_t)s->status.pos, s->sent, TOLD_MAX);
	for (w = s->wordings; w != NULL; w = next) {
		next = w->next;
		rendering_free(&w->r);
		free(w);
	}
	free((char *)s->status.text);
	free(s->more);
	free(s);
}

void
said_sweep(struct core *c)
{
	struct said **at, *s;

	for (size_t i = 0; c->saids > 0 && i < SAID_BUCKETS; i++)
		for (at = &c->said[i]; (s = *at) != NULL;) {
			if (s->refs > 0) {
				at = &s->chain;
				continue;
			}
			*at = s->chain;
			c->saids--;
			said_free(s);
		}
}

static struct said *
find(struct core *c, int64_t pos)
{
	struct said *s = c->said[(uint64_t)pos % SAID_BUCKETS];

	while (s != NULL && s->status.pos != pos)
		s = s->chain;
	return s;
}

bool
said_gone(struct core *c, int64_t pos)
{
	struct said *s = find(c, pos);

	if (s == NULL)
		return false;
	s->status.deleted = fanout_wall();
	return s->refs > 0;
}

/* ${st}->text becomes its own. */
static struct said *
add(struct core *c, const struct status *st, bool big)
{
	struct said **bucket = &c->said[(uint64_t)st->pos % SAID_BUCKETS], *s = mem_new(sizeof(*s));

	s->status = *st;
	s->taken_us = meter_taken(c->meter, st->pos, st->at);
	s->big = big;
	s->chain = *bucket;
	*bucket = s;
	c->saids++;
	return s;
}

struct said *
said_plain(char *text, char *more, int64_t pos)
{
	struct said *s = mem_new(sizeof(*s));

	s->status = (struct status){ .pos = pos, .at = fanout_wall(), .text = text };
	s->plain = true;
	s->more = more;
	s->refs = 1;
	return s;
}

struct said *
said_get(struct core *c, struct tx *tx, int64_t pos)
{
	struct said *s = find(c, pos);
	struct status st;

	if (s == NULL && !status_get(tx, pos, &st))
		return NULL;
	if (s == NULL)
		s = add(c, &st, status_is_big(tx, pos));
	s->refs++;
	return s;
}

static void
add_some(void *cookie, const struct status *s, bool big)
{
	struct status st = *s;

	st.text = mem_dup(s->text);
	add(cookie, &st, big);
}

void
said_load(struct core *c, struct tx *tx, const int64_t *pos, size_t n)
{
	int64_t missing[OWED_MAX];
	size_t m = 0, k;

	for (size_t i = 0; i < n && i < OWED_MAX; i++) {
		for (k = 0; k < m && missing[k] != pos[i]; k++)
			;
		if (pos[i] != 0 && k == m && find(c, pos[i]) == NULL)
			missing[m++] = pos[i];
	}
	if (m > 0)
		status_some(tx, missing, m, add_some, c);
}

void
said_hold(struct said *s)
{
	s->refs++;
}

void
said_release(struct said *s)
{
	if (--s->refs == 0 && s->plain)
		said_free(s);
}

const struct rendering *
said_words(struct core *c, struct said *s, enum form form, const char *lang)
{
	struct wording *w;

	for (w = s->wordings; w != NULL; w = w->next)
		if (w->form == form && strcmp(w->lang, lang) == 0)
			return &w->r;
	w = mem_new(sizeof(*w));
	mem_copy(w->lang, sizeof(w->lang), lang);
	w->form = form;
	if (s->plain)
		render_answer(&c->site, s->status.text, form == FORM_LETTER, lang, &w->r);
	else
		render_status(&c->site, &s->status, form, lang, &w->r);
	w->next = s->wordings;
	s->wordings = w;
	return &w->r;
}
