/* What was held while somebody slept or was away, in one text: how many, of whom, and where to read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "gateway/more.h"
#include "gateway/phrase.h"
#include "gateway/render.h"
#include "gateway/wish.h"

#define AUTHORS_MAX 20
#define LINES_MAX 40

/* The first ${n} authors; those behind them are a number. */
static char *
text_of(const struct rungs *r, const char *lang, const struct owed_sum *sums, size_t n, int64_t all)
{
	struct buf who = { 0 };
	char count[24], more[24];
	const char *word = lexicon_word(parse_command("more", ""), lang);
	int64_t rest = all;
	char *text;

	for (size_t i = 0; i < n; i++) {
		buf_printf(&who, "%s%s %" PRId64, i > 0 ? ", " : "", sums[i].author, sums[i].n);
		rest -= sums[i].n;
	}
	snprintf(count, sizeof(count), "%" PRId64, all);
	snprintf(more, sizeof(more), "%" PRId64, rest);
	text =
	    rest == 0
		? phrase(lang,
		      N_("{count} new while you were away: {names}. Send {word}, or see {url}/home"),
		      "count", count, "names", buf_text(&who), "word", word, "url", r->site->url,
		      NULL)
		: phrase(lang,
		      N_("{count} new while you were away: {names}, others {more}. Send {word}, or see {url}/home"),
		      "count", count, "names", buf_text(&who), "more", more, "word", word, "url",
		      r->site->url, NULL);
	buf_free(&who);
	return text;
}

char *
summary_text(struct tx *tx, const struct rungs *r, const char *lang, int64_t from, int64_t to)
{
	struct owed_sum sums[AUTHORS_MAX];
	int64_t all;
	size_t n = owed_sums(tx, r->user.id, from, to, sums, AUTHORS_MAX, &all);
	char *text;

	if (all <= SUMMARY_FEW)
		return NULL;
	n = n < AUTHORS_MAX ? n : AUTHORS_MAX;
	while (text = text_of(r, lang, sums, n, all), n > 1 && !phrase_fits(text)) {
		free(text);
		n--;
	}
	return text;
}

char *
summary_more(struct tx *tx, const struct rungs *r, const char *lang, int64_t from, int64_t to)
{
	struct rendering words;
	struct buf out = { 0 };
	struct status s;
	bool fits = true;

	for (int i = 0; i < LINES_MAX && fits; i++) {
		if (!owed_of_class(tx, r->user.id, OWED_STATUS, from, &s))
			break;
		render_status(r->site, &s, FORM_BRIEF, lang, &words);
		fits = s.pos <= to && out.len + strlen(words.text) < MORE_MAX - 100;
		if (fits)
			buf_printf(&out, "%s\n", words.text);
		from = s.pos + 1;
		rendering_free(&words);
		free((char *)s.text);
	}
	return buf_take(&out);
}
