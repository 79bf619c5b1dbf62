#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/fold.h"
#include "gateway/lexicon.h"
#include "gateway/more.h"
#include "gateway/parse.h"
#include "gateway/phrase.h"
#include "gateway/pin.h"

#define PAGED_MAX 700 /* bytes: pages are counted anew for each */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const langs[] = { "en", "ar", "ja", "pt_BR", "", "*" };

/* Does ${s} begin with the word of a direct message and no letter behind it?  Invariant 6. */
static bool
is_private(const char *s)
{
	static const char *const words[] = { "d", "dm", "direct" };
	char word[16] = "";
	enum fold_class class;
	size_t len = 0;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) == FOLD_WORD && cp < 0x80 && len < sizeof(word) - 1)
		word[len++] = (char)cp;
	word[len] = '\0';
	if (class == FOLD_WORD || cp == '\'' || cp == 0x2019 || cp == 0x2BC)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* A PIN is not for all to read, whatever stands behind it. */
static bool
is_pin(const char *s)
{
	char word[16] = "";
	enum fold_class class;
	size_t len = 0;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) == FOLD_WORD && cp < 0x80 && len < sizeof(word) - 1)
		word[len++] = (char)cp;
	if (class != FOLD_BLANK || strcmp(word, "pin") != 0)
		return false;
	while ((class = fold_next(&s, &cp)) == FOLD_BLANK)
		;
	return class == FOLD_WORD && cp >= '0' && cp <= '9';
}

static bool
is_pin_text(const char *pin)
{
	size_t n = strspn(pin, "0123456789");

	return pin[n] == '\0' && (n == 0 || (n >= 4 && n <= 8));
}

/* What is read out of arguments is what its users count on. */
static void
check_arguments(const struct parsed *p)
{
	if (p->from < -1 || p->from >= 1440 || p->to < -1 || p->to >= 1440)
		abort();
	if (p->from >= 0 && p->to < 0)
		abort();
	if (p->seconds < 0 || p->seconds > 366 * 86400)
		abort();
	if (p->kinds_n > PARSE_KINDS || (p->verb == VERB_PREFER && !p->missing && !p->kinds_n))
		abort();
	for (size_t i = 0; i < p->kinds_n; i++)
		if (!p->kinds[i] || !*p->kinds[i])
			abort();
	if (!is_pin_text(p->pin) || !is_pin_text(p->pin_was))
		abort();
	if (p->near && p->verb != VERB_STATUS)
		abort();
	if (p->near_sure && !p->near)
		abort();
	if (p->verb == VERB_STATUS && p->command)
		abort();
}

/* An answer of any text comes in pages that fit and come to an end. */
static void
check_pages(const char *text, const char *lang)
{
	const char *rest = text;
	int n = 0;

	while (*rest && n++ <= PAGED_MAX) {
		const char *before = rest;
		char *page = more_page(lang, rest, &rest);

		if (!phrase_fits(page) || rest <= before)
			abort();
		free(page);
	}
	if (*rest)
		abort();
}

/* Whatever is said: a verb there is, a name that can be one, a text that is in the text. */
static void
check(const char *text, const char *lang)
{
	struct parsed p, again;
	char name[PARSE_NAME_SIZE];
	const char *at = text, *before;

	parse_text(text, lang, "Hudhud", &p);
	parse_text(text, lang, "Hudhud", &again);
	if (p.verb >= VERB_N || p.verb != again.verb || p.text != again.text)
		abort();
	if (p.name[0] && p.verb != VERB_LANG && !text_is_name(p.name))
		abort();
	check_arguments(&p);
	if (is_pin(text) && p.verb != VERB_PIN && p.verb != VERB_STOP)
		abort();
	if (p.text < text || p.text > text + strlen(text))
		abort();
	if (p.verb == VERB_STATUS && p.text != text)
		abort();
	if ((p.verb == VERB_DIRECT) != (p.verb == VERB_DIRECT && p.name[0] && *p.text))
		abort();
	if (is_private(text) && p.verb != VERB_DIRECT && p.verb != VERB_PRIVATE &&
	    p.verb != VERB_STOP)
		abort();
	for (before = at; parse_mention(text, &at, name); before = at)
		if (at <= before || !text_is_name(name))
			abort();
}

/* What is left behind a PIN is the end of the text. */
static void
check_pin(const char *text)
{
	char pin[PARSE_PIN_SIZE];
	const char *rest = pin_cut(text, pin);

	if (rest && (rest < text + 4 || rest > text + strlen(text) || strlen(pin) < 4))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool loaded;
	const char *build = getenv("top_builddir");
	char *text = text_clean((const char *)data, n, NULL);

	if (!loaded) {
		char *po = mem_printf("%s/po", build ? build : ".");

		lang_load(po);
		free(po);
		loaded = true;
	}
	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++)
		check(text, langs[i]);
	if (strlen(text) <= PAGED_MAX)
		check_pages(text, langs[n % 3]);
	fold_rtl(text);
	check_pin(text);
	free(text);
	return 0;
}
