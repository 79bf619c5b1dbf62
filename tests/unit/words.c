/* The words of the grammar, each of them; and what begins like something private, by brute force. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/fold.h"
#include "gateway/lexicon.h"
#include "gateway/parse.h"
#include "gateway/phrase.h"
#include "tests/tap.h"

static void
words_are_folded(void)
{
	char out[4096];

	for (const struct command *c = command_table; c->word; c++) {
		ok(parse_fold(c->word, out, sizeof(out)) && strcmp(out, c->word) == 0, c->word);
		ok(parse_fold(c->aliases, out, sizeof(out)) && strcmp(out, c->aliases) == 0,
		    "its aliases are folded");
	}
	for (const struct token_words *t = token_table; t->word; t++) {
		ok(parse_fold(t->word, out, sizeof(out)) && strcmp(out, t->word) == 0, t->word);
		ok(parse_fold(t->aliases, out, sizeof(out)) && strcmp(out, t->aliases) == 0,
		    "its aliases are folded");
	}
}

/* ${word} in several dresses stops. */
static bool
stops(const char *word)
{
	static const char *const dress[] = { "%s", "%s.", " %s !", "\u00ab%s\u00bb", "%s hudhud",
		"HUDHUD %s", "%s\u3002" };
	struct parsed p;

	for (size_t i = 0; i < sizeof(dress) / sizeof(dress[0]); i++) {
		char text[128];
		const char *cut = strstr(dress[i], "%s");

		snprintf(
		    text, sizeof(text), "%.*s%s%s", (int)(cut - dress[i]), dress[i], word, cut + 2);
		parse_text(text, "en", "Hudhud", &p);
		if (p.verb != VERB_STOP || p.name[0])
			return false;
	}
	return true;
}

static void
stop_words_act(void)
{
	const struct token_words *t = token_table;
	struct parsed p;
	size_t n = 0;

	while (t->token != TOKEN_STOP)
		t++;
	for (const char *w = t->aliases; *w; w += strspn(w, " "), n++) {
		char *word = mem_dupn(w, strcspn(w, " "));

		ok(stops(word), word);
		w += strcspn(w, " ");
		free(word);
	}
	ok(n > 60 && stops("stop"), "there are stop words of many languages");
	ok(stops("\u0625\u064a\u0642\u0627\u0641") && stops("\u505c\u6b62"),
	    "those of the catalogues act for people of other languages");
	parse_text("yes", "en", "Hudhud", &p);
	ok(p.verb == VERB_START && p.soft, "yes is soft");
	parse_text("start", "en", "Hudhud", &p);
	ok(p.verb == VERB_START && !p.soft, "start is not");
}

struct use {
	const char *word;
	const struct command *command;
};

struct uses {
	struct use use[1024];
	size_t n;
	bool clear;
};

/* No word means two commands in one language: the second would never be reached. */
static bool
use_once(void *cookie, const struct lexicon_word *w)
{
	const struct command *c = w->command;
	const char *word = w->word;
	struct uses *u = cookie;

	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->use[i].word, word) == 0 && u->use[i].command != c) {
			printf("# %s: %s and %s\n", word, u->use[i].command->word, c->word);
			u->clear = false;
		}
	if (u->n < 1024)
		u->use[u->n++] = (struct use){ word, c };
	return true;
}

static void
words_are_clear(const char *lang)
{
	struct uses u = { .clear = true };

	lexicon_each(lang, use_once, &u);
	ok(u.clear && u.n > 50, lang);
	for (const struct command *c = command_table; c->word && *lang; c++) {
		const char *word = lexicon_word(c, lang);

		ok(parse_command(word, lang) == c, word);
		ok(strcmp(lang, "en") == 0 || c->shape == SHAPE_NAME_TEXT ||
			strcmp(word, c->word) != 0,
		    "the language has a word of its own");
	}
}

/* Whoever asks what a command does is told in words that do it. */
static void
helps(const char *lang)
{
	for (const struct command *c = command_table; c->word; c++) {
		const char *help = lang_text(lang, c->help), *word = lexicon_word(c, lang);

		ok(phrase_fits(help), "help fits one text");
		ok(strncmp(help, word, strlen(word)) == 0 && strchr(" :", help[strlen(word)]),
		    help);
	}
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
	static const char *const langs[] = { "en", "ar", "ja" };
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
	words_are_folded();
	stop_words_act();
	words_are_clear("");
	for (size_t i = 0; i < 3; i++) {
		words_are_clear(langs[i]);
		helps(langs[i]);
	}
	private_never_public();
	lexicon_unload();
	lang_unload();
	return tap_done();
}
