#include "gateway/more.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/lexicon.h"
#include "gateway/phrase.h"

#define BREAK '\f'
#define PAGES_MAX 99

/* ${text}[0..n) with a word on ${pages} more. */
static char *
page_of(const char *lang, const char *text, size_t n, int pages)
{
	char *part = mem_dupn(text, n), *page, number[FORM_SIZE];

	form_number(lang, pages, number);
	page = phrase(lang, N_("{text} ({n} more: send {word})"), "text", part, "n", number, "word",
	    lexicon_word(parse_command("more", ""), lang), NULL);
	free(part);
	return page;
}

/* Does ${text}[0..n) fit together with ${around}, what else is on a page? */
static bool
fits(const char *around, const char *text, size_t n)
{
	char *page = mem_printf("%.*s%s", (int)n, text, around);
	bool good = phrase_fits(page);

	free(page);
	return good;
}

/* How good is it to part ${text} at ${at}?  Between lines, items, words, letters. */
static int
goodness(const char *text, size_t at)
{
	static const char *const after[] = { ", ", "\xD8\x8C ", "\xE3\x80\x81", NULL };

	if (text[at - 1] == '\n')
		return 3;
	for (size_t i = 0; after[i]; i++) {
		size_t n = strlen(after[i]);

		if (at >= n && memcmp(text + at - n, after[i], n) == 0)
			return 2;
	}
	return text[at - 1] == ' ';
}

/* The bytes of the first page of ${text}, if it is not all. */
static size_t
cut(const char *around, const char *text)
{
	size_t whole = strcspn(text, (char[]){ BREAK, '\0' }), at, best = 0;
	char *part;

	if (fits(around, text, whole))
		return whole;
	part = mem_dupn(text, whole);
	/* the best place in the second half of what there is room for */
	for (at = text_prefix(part, 1); at < whole && fits(around, text, at);
	     at += text_prefix(part + at, 1))
		if (best == 0 || best < at / 2 || goodness(text, at) >= goodness(text, best))
			best = at;
	free(part);
	return best ? best : at;
}

static const char *
skip(const char *s)
{
	return s + strspn(s, "\f\n ");
}

/* What is left of ${text} behind its first page; "" if there is only one. */
static const char *
next(const char *around, const char *text, size_t *n)
{
	*n = strlen(text);
	if (!strchr(text, BREAK) && phrase_fits(text))
		return text + *n;
	*n = cut(around, text);
	return skip(text + *n);
}

char *
more_page(const char *lang, const char *text, const char **rest)
{
	char *around = page_of(lang, "", 0, PAGES_MAX), *page;
	size_t n, unused;
	int pages = 0;

	*rest = next(around, text, &n);
	for (const char *s = *rest; *s && pages < PAGES_MAX; pages++)
		s = next(around, s, &unused);
	while (n > 0 && strchr(" \n", text[n - 1]))
		n--;
	page = pages ? page_of(lang, text, n, pages) : mem_dupn(text, n);
	free(around);
	return page;
}

void
more_join(char *text)
{
	for (; *text; text++)
		if (*text == BREAK)
			*text = '\n';
}
