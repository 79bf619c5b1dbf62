/* The words of the grammar, each of them; and what begins like something private, by brute force. */
#include <string.h>

#include "gateway/fold.h"
#include "gateway/parse.h"
#include "tests/tap.h"

static void
words_are_folded(void)
{
	char out[256];

	for (const struct command *c = command_table; c->word; c++) {
		ok(parse_fold(c->word, out, sizeof(out)) && strcmp(out, c->word) == 0, c->word);
		ok(parse_fold(c->aliases, out, sizeof(out)) && strcmp(out, c->aliases) == 0,
		    "its aliases are folded");
		ok(!c->help || strlen(c->help) <= 160, "its help fits one text");
	}
	for (const char *const *w = stop_words; *w; w++)
		ok(parse_fold(*w, out, sizeof(out)) && strcmp(out, *w) == 0, *w);
	for (const char *const *w = start_words; *w; w++)
		ok(parse_fold(*w, out, sizeof(out)) && strcmp(out, *w) == 0, *w);
}

/* Each stop word in several dresses. */
static void
stop_words_act(void)
{
	static const char *const dress[] = { "%s", "%s.", " %s !", "\u00ab%s\u00bb", "%s hudhud",
		"HUDHUD %s", "%s\u3002" };
	struct parsed p;

	for (const char *const *w = stop_words; *w; w++) {
		bool all = true;

		for (size_t i = 0; i < sizeof(dress) / sizeof(dress[0]); i++) {
			char text[128];
			const char *cut = strstr(dress[i], "%s");

			snprintf(text, sizeof(text), "%.*s%s%s", (int)(cut - dress[i]), dress[i],
			    *w, cut + 2);
			parse_text(text, "en", "Hudhud", &p);
			all = all && p.verb == VERB_STOP && !p.name[0];
		}
		ok(all, "a stop word stops in any dress");
	}
	parse_text("yes", "en", "Hudhud", &p);
	ok(p.soft, "yes is soft");
	parse_text("start", "en", "Hudhud", &p);
	ok(!p.soft, "start is not");
}

/* Invariant 6, by brute force: a private word and then anything but a letter. */
static void
private_never_public(void)
{
	static const char *const words[] = { "d", "D", "dm", "Dm", "DIRECT", "\uff44",
		"\uff24\uff4d" };
	bool all = true;

	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		for (uint32_t cp = 1; cp < 0x20000; cp++) {
			char text[64], letter[5] = "";
			const char *at = letter;
			uint32_t plain;
			struct parsed p;

			if (cp >= 0xD800 && cp < 0xE000)
				continue;
			letter[fold_put(cp, letter)] = '\0';
			if (fold_next(&at, &plain) == FOLD_WORD || plain == '\'' ||
			    plain == 0x2019 || plain == 0x2BC)
				continue;
			/* what is invisible joins the letters around it */
			if (fold_next(&(const char *){ letter }, &plain) == FOLD_END)
				snprintf(text, sizeof(text), "%s%s bob", words[w], letter);
			else
				snprintf(text, sizeof(text), "%s%sbob secret", words[w], letter);
			parse_text(text, "en", "Hudhud", &p);
			if (p.verb != VERB_DIRECT && p.verb != VERB_PRIVATE) {
				printf("# U+%04X: verb %d\n", (unsigned)cp, p.verb);
				all = false;
			}
		}
	ok(all, "a private word with anything but a letter behind it is private");
}

int
main(void)
{
	words_are_folded();
	stop_words_act();
	private_never_public();
	return tap_done();
}
