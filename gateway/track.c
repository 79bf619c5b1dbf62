/* Statuses for those who track a word in them: an index of the words, and no look at who does not. */
#include "gateway/track.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/audience.h"

#define WORDS_MAX 600 /* of a status: every other byte is one */
#define WORDS_OF_ONE 30
#define STATUSES_A_RUN 64

static bool
same(const struct text_span *a, const struct text_span *b)
{
	return a->n == b->n && memcmp(a->at, b->at, a->n) == 0;
}

bool
track_form(const char *text, char *word, char *what)
{
	char *folded = text_fold(text), *s = folded;
	struct text_span first;
	size_t n = 0;

	while (*s != '\0') {
		size_t len = strcspn(s, " \n\t");

		if (n + len + 2 > TRACK_WHAT_MAX) {
			n = 0;
			break;
		}
		if (len > 0) {
			if (n > 0)
				what[n++] = ' ';
			memcpy(what + n, s, len);
			n += len;
		}
		s += len;
		s += strspn(s, " \n\t");
	}
	what[n] = '\0';
	free(folded);
	if (text_words(what, &first, 1) == 0)
		return false;
	memcpy(word, first.at, first.n);
	word[first.n] = '\0';
	return true;
}

/* Do the ${n} words at ${term} follow each other in ${in}? */
static bool
has_term(const struct text_span *in, size_t in_n, const struct text_span *term, size_t n)
{
	for (size_t i = 0; i + n <= in_n; i++) {
		size_t k = 0;

		while (k < n && same(&in[i + k], &term[k]))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

/* The same for the words of ${text} and all terms of ${what}. */
static bool
has_all(const struct text_span *in, size_t in_n, const char *what)
{
	struct text_span words[WORDS_OF_ONE];
	size_t n = text_words(what, words, WORDS_OF_ONE), from = 0;

	for (size_t i = 1; i <= n; i++) {
		/* a blank between two words begins another term */
		if (i < n && memchr(words[i - 1].at + words[i - 1].n, ' ',
				 (size_t)(words[i].at - words[i - 1].at) - words[i - 1].n) == NULL)
			continue;
		if (!has_term(in, in_n, words + from, i - from))
			return false;
		from = i;
	}
	return n > 0;
}

bool
track_matches(const char *text, const char *what)
{
	struct text_span *words = mem_new(WORDS_MAX * sizeof(*words));
	char *folded = text_fold(text);
	bool yes = has_all(words, text_words(folded, words, WORDS_MAX), what);

	free(folded);
	free(words);
	return yes;
}

/* ---- who gets a status */

struct look {
	struct tx *tx;
	const struct status *s;
	const struct text_span *words;
	size_t n;
	int owed;
	int result;
};

static bool
each_tracker(void *cookie, int64_t user, const char *what)
{
	struct look *l = cookie;

	if (!has_all(l->words, l->n, what) || !audience_sees(l->tx, user, l->s))
		return true;
	l->result = track_owe(l->tx, user, l->s);
	return l->result == STORE_OK && ++l->owed < TRACK_EACH;
}

static bool
is_first(const struct look *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same(&l->words[k], &l->words[i]))
			return false;
	return true;
}

/* What all may see, and nobody said before. */
static bool
is_public(const struct status *s)
{
	return s->to == 0 && s->deleted == 0 && s->repeats == 0 && !s->author_protected;
}

static int
look_through(struct tx *tx, const struct status *s)
{
	struct text_span *words = mem_new(WORDS_MAX * sizeof(*words));
	char *folded = text_fold(s->text), word[TRACK_WHAT_MAX + 1];
	struct look l = { .tx = tx, .s = s, .words = words };

	l.n = text_words(folded, words, WORDS_MAX);
	for (size_t i = 0; i < l.n && l.result == STORE_OK && l.owed < TRACK_EACH; i++) {
		if (words[i].n > TRACK_WHAT_MAX || !is_first(&l, i))
			continue;
		memcpy(word, words[i].at, words[i].n);
		word[words[i].n] = '\0';
		track_find(tx, word, each_tracker, &l);
	}
	if (l.owed == TRACK_EACH)
		log_warn("status s%" PRIx64 ": more than %d track its words; it goes to these",
		    (uint64_t)s->pos, TRACK_EACH);
	free(folded);
	free(words);
	return l.result;
}

struct batch {
	struct status at[STATUSES_A_RUN];
	size_t n;
};

static bool
each_status(void *cookie, const struct status *s)
{
	struct batch *b = cookie;

	b->at[b->n] = *s;
	b->at[b->n++].text = mem_dup(s->text);
	return true;
}

int
track_run(struct tx *tx, void *arg)
{
	struct batch *b = mem_new(sizeof(*b));
	int64_t seen = track_seen(tx);
	bool *more = arg;
	int rc = STORE_OK;

	*more = false;
	if (track_any(tx))
		status_from(tx, seen + 1, STATUSES_A_RUN, each_status, b);
	for (size_t i = 0; i < b->n && rc == STORE_OK; i++)
		if (is_public(&b->at[i]))
			rc = look_through(tx, &b->at[i]);
	if (b->n > 0 && rc == STORE_OK)
		rc = track_see(tx, b->at[b->n - 1].pos);
	*more = b->n == STATUSES_A_RUN;
	for (size_t i = 0; i < b->n; i++)
		free((char *)b->at[i].text);
	free(b);
	return rc;
}
