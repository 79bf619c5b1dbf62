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

	if (!has_all(l->words, l->n, what) || !audience_brings(l->tx, user, l->s))
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
	return l->words[i].n <= TRACK_WHAT_MAX;
}

/* What all may see, and nobody said before. */
static bool
is_public(const struct status *s)
{
	return s->to == 0 && s->repeats == 0 && !s->author_protected;
}

static void
find_some(struct look *l, char (*words)[TRACK_WHAT_MAX + 1], size_t n)
{
	const char *at[TRACK_SOME];

	for (size_t i = 0; i < n; i++)
		at[i] = words[i];
	if (n > 0 && l->result == STORE_OK && l->owed < TRACK_EACH)
		track_find(l->tx, at, n, each_tracker, l);
}

int
track_status(struct tx *tx, const struct status *s)
{
	char some[TRACK_SOME][TRACK_WHAT_MAX + 1], *folded;
	struct look l = { .tx = tx, .s = s };
	struct text_span *words;
	size_t n = 0;

	if (!is_public(s))
		return STORE_OK;
	words = mem_new(WORDS_MAX * sizeof(*words));
	folded = text_fold(s->text);
	l.words = words;
	l.n = text_words(folded, words, WORDS_MAX);
	for (size_t i = 0; i < l.n; i++) {
		if (!is_first(&l, i))
			continue;
		memcpy(some[n], words[i].at, words[i].n);
		some[n++][words[i].n] = '\0';
		if (n == TRACK_SOME) {
			find_some(&l, some, n);
			n = 0;
		}
	}
	find_some(&l, some, n);
	if (l.owed == TRACK_EACH)
		log_warn("status s%" PRIx64 ": more than %d track its words; it goes to these",
		    (uint64_t)s->pos, TRACK_EACH);
	free(folded);
	free(words);
	return l.result;
}
