/*
 * Statuses in words: read once, rendered once per language, whoever gets them.  What
 * nobody holds is forgotten before each look at the store, so that a status taken back
 * goes to nobody who had not been reached.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/fanout.h"

static void
said_free(struct said *s)
{
	struct wording *w, *next;

	for (w = s->wordings; w != NULL; w = next) {
		next = w->next;
		rendering_free(&w->r);
		free(w);
	}
	free((char *)s->status.text);
	free(s);
}

void
said_sweep(struct core *c)
{
	struct said **at = &c->said, *s;

	while ((s = *at) != NULL) {
		if (s->refs > 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		said_free(s);
	}
}

struct said *
said_get(struct core *c, struct tx *tx, int64_t pos)
{
	struct status st;
	struct said *s;

	for (s = c->said; s != NULL; s = s->next)
		if (s->status.pos == pos) {
			s->refs++;
			return s;
		}
	if (!status_get(tx, pos, &st))
		return NULL;
	s = mem_new(sizeof(*s));
	s->status = st;
	s->big = status_is_big(tx, pos);
	s->refs = 1;
	s->next = c->said;
	c->said = s;
	return s;
}

void
said_hold(struct said *s)
{
	s->refs++;
}

void
said_release(struct said *s)
{
	s->refs--;
}

const struct rendering *
said_words(struct core *c, struct said *s, bool letter, const char *lang)
{
	struct wording *w;

	for (w = s->wordings; w != NULL; w = w->next)
		if (w->letter == letter && strcmp(w->lang, lang) == 0)
			return &w->r;
	w = mem_new(sizeof(*w));
	mem_copy(w->lang, sizeof(w->lang), lang);
	w->letter = letter;
	render_status(&c->site, &s->status, letter, lang, &w->r);
	w->next = s->wordings;
	s->wordings = w;
	return &w->r;
}
