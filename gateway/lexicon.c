#include "gateway/lexicon.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/fold.h"

#define LETTERS_MAX 16
#define FIRSTS 64 /* a power of two */

/* A word of one language. */
struct entry {
	char *word;                    /* folded; owned */
	char *shown;                   /* as people write it; owned */
	uint32_t letters[LETTERS_MAX]; /* of a command's word */
	size_t n;                      /* of them; 0: too many to be compared letter by letter */
	char lang[12];                 /* "" in all */
	size_t base;                   /* bytes of lang that count: "pt" of "pt_BR" */
	const struct command *command; /* NULL: a token */
	enum token token;
	uint16_t
	    next; /* number and 1 of the next whose first letter is in the same place; 0: none */
};

struct lexicon {
	struct entry *entry;
	size_t n;
	uint16_t *slot; /* number of an entry and 1; 0: empty */
	size_t mask;
	uint16_t first[FIRSTS]; /* commands' words by their first letter */
};

/* Set once at the start; who needs it before does the same. */
static _Atomic(struct lexicon *) loaded;

static size_t
hash(const char *word)
{
	uint32_t h = 2166136261U;

	for (; *word; word++)
		h = (h ^ (unsigned char)*word) * 16777619U;
	return h;
}

static size_t
base_of(const char *lang)
{
	return strcspn(lang, "_-.@");
}

/* Does ${e} act for people of ${lang}? */
static bool
acts(const struct entry *e, const char *lang, size_t base)
{
	return e->base == 0 || *lang == '*' ||
	       (e->base == base && memcmp(e->lang, lang, base) == 0);
}

static void
add_letters(struct entry *e)
{
	const char *s = e->word;
	uint32_t cp;

	while (e->command && fold_next(&s, &cp) != FOLD_END) {
		if (e->n == LETTERS_MAX) {
			e->n = 0;
			return;
		}
		e->letters[e->n++] = cp;
	}
}

/* One word, as it is written in the catalogue or the table. */
static void
add(struct lexicon *l, const char *word, size_t len, const struct entry *like)
{
	char folded[LEXICON_WORD_SIZE], *shown = mem_dupn(word, len);
	struct entry *e;

	if (!parse_fold(shown, folded, sizeof(folded)) || folded[0] == '\0' || l->n >= UINT16_MAX) {
		free(shown);
		return;
	}
	l->entry = mem_resize(l->entry, l->n + 1, sizeof(*l->entry));
	e = &l->entry[l->n++];
	*e = *like;
	e->base = base_of(e->lang);
	e->word = mem_dup(folded);
	/* a command of two words: the look-up has the underscore, people do not */
	for (char *c = shown; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	e->shown = shown;
	add_letters(e);
}

static void
add_list(struct lexicon *l, const char *words, const struct entry *like)
{
	for (; *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		add(l, words, n, like);
		words += n;
	}
}

static void
add_command(struct lexicon *l, const char *lang, const struct command *c)
{
	struct entry like = { .command = c };
	const char *words = lang ? lang_in(lang, LEXICON_COMMANDS, c->word) : c->word;

	/* words that make a text private act for everybody */
	if (lang && c->shape != SHAPE_NAME_TEXT)
		mem_copy(like.lang, sizeof(like.lang), lang);
	if (words)
		add_list(l, words, &like);
	if (!lang)
		add_list(l, c->aliases, &like);
}

static void
add_token(struct lexicon *l, const char *lang, const struct token_words *t)
{
	struct entry like = { .token = t->token };
	const char *words = lang ? lang_in(lang, LEXICON_TOKENS, t->word) : t->word;

	if (lang && !t->everywhere)
		mem_copy(like.lang, sizeof(like.lang), lang);
	if (words)
		add_list(l, words, &like);
	if (!lang)
		add_list(l, t->aliases, &like);
}

/* What the table has goes first, so that it is found first: the English words act in every language. */
static void
add_all(struct lexicon *l, const char *lang)
{
	for (const struct command *c = command_table; c->word; c++)
		add_command(l, lang, c);
	for (const struct token_words *t = token_table; t->word; t++)
		add_token(l, lang, t);
}

static struct lexicon *
build(void)
{
	struct lexicon *l = mem_new(sizeof(*l));
	size_t size = 64;
	const char *lang;

	add_all(l, NULL);
	for (size_t i = 0; (lang = lang_name(i)) != NULL; i++)
		add_all(l, lang);
	while (size < 4 * l->n)
		size *= 2;
	l->slot = mem_new(size * sizeof(*l->slot));
	l->mask = size - 1;
	for (size_t i = 0; i < l->n; i++) {
		size_t at = hash(l->entry[i].word) & l->mask;

		while (l->slot[at])
			at = (at + 1) & l->mask;
		l->slot[at] = (uint16_t)(i + 1);
	}
	for (size_t i = l->n; i-- > 0;) {
		uint16_t *first = &l->first[l->entry[i].letters[0] % FIRSTS];

		if (l->entry[i].n == 0)
			continue;
		l->entry[i].next = *first;
		*first = (uint16_t)(i + 1);
	}
	return l;
}

static void
release(struct lexicon *l)
{
	for (size_t i = 0; l && i < l->n; i++) {
		free(l->entry[i].word);
		free(l->entry[i].shown);
	}
	if (l) {
		free(l->entry);
		free(l->slot);
	}
	free(l);
}

static const struct lexicon *
lexicon(void)
{
	struct lexicon *l = atomic_load_explicit(&loaded, memory_order_acquire), *none = NULL;

	if (l)
		return l;
	l = build();
	if (atomic_compare_exchange_strong(&loaded, &none, l))
		return l;
	release(l);
	return none;
}

void
lexicon_load(void)
{
	lexicon();
}

void
lexicon_unload(void)
{
	release(atomic_exchange(&loaded, NULL));
}

/* The next entry of ${word} from slot *${at} on, or NULL. */
static const struct entry *
next(const struct lexicon *l, size_t *at, const char *word)
{
	for (; l->slot[*at & l->mask]; ++*at) {
		const struct entry *e = &l->entry[l->slot[*at & l->mask] - 1];

		if (strcmp(e->word, word) == 0) {
			++*at;
			return e;
		}
	}
	return NULL;
}

const struct command *
lexicon_command(const char *word, const char *lang, char used[12])
{
	const struct lexicon *l = lexicon();
	size_t at = hash(word), base = base_of(lang);
	const struct entry *e;

	used[0] = '\0';
	while ((e = next(l, &at, word)) != NULL) {
		if (!e->command || !acts(e, lang, base))
			continue;
		memcpy(used, e->lang, sizeof(e->lang));
		return e->command;
	}
	return NULL;
}

bool
lexicon_private(const char *word)
{
	char used[12];
	const struct command *c = lexicon_command(word, "", used);

	return c && c->shape == SHAPE_NAME_TEXT;
}

bool
lexicon_token(
    const char *word, const char *lang, enum token first, enum token last, enum token *out)
{
	const struct lexicon *l = lexicon();
	size_t at = hash(word), base = base_of(lang);
	const struct entry *e;

	while ((e = next(l, &at, word)) != NULL) {
		if (e->command || e->token < first || e->token > last || !acts(e, lang, base))
			continue;
		*out = e->token;
		return true;
	}
	return false;
}

const char *
lexicon_word(const struct command *c, const char *lang)
{
	const struct lexicon *l = lexicon();
	size_t base = base_of(lang);

	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->entry[i];

		if (e->command == c && e->base && acts(e, lang, base))
			return e->shown;
	}
	return c->word;
}

static bool
call(const struct entry *e, bool (*each)(void *cookie, const struct lexicon_word *w), void *cookie)
{
	struct lexicon_word w = { e->word, e->shown, e->letters, e->n, e->command };

	return each(cookie, &w);
}

void
lexicon_each(
    const char *lang, bool (*each)(void *cookie, const struct lexicon_word *w), void *cookie)
{
	const struct lexicon *l = lexicon();
	size_t base = base_of(lang);

	for (size_t i = 0; i < l->n; i++)
		if (l->entry[i].command && acts(&l->entry[i], lang, base) &&
		    !call(&l->entry[i], each, cookie))
			return;
}

bool
lexicon_begin(const char *lang, uint32_t first,
    bool (*each)(void *cookie, const struct lexicon_word *w), void *cookie)
{
	const struct lexicon *l = lexicon();
	size_t base = base_of(lang);

	for (size_t i = l->first[first % FIRSTS]; i != 0; i = l->entry[i - 1].next) {
		const struct entry *e = &l->entry[i - 1];

		if (e->letters[0] == first && acts(e, lang, base) && !call(e, each, cookie))
			return false;
	}
	return true;
}
