#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gateway/fold.h"
#include "gateway/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const langs[] = { "en", "ar", "ja", "pt_BR", "" };

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = text_clean((const char *)data, n, NULL);

	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++)
		check(text, langs[i]);
	fold_rtl(text);
	free(text);
	return 0;
}
