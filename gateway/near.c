/*
 * Commands that were typed wrong.  Whoever is asked "did you mean" for what they meant to say is
 * annoyed each time, so this is shy, in three ways.  One slip of the finger counts: letters swapped, one
 * lost or doubled in the middle, the key beside the right one; never another first letter ("cute bob" is not
 * mute, nor "clock" block) and never an ending ("leaves bob", "blocks").  What follows must have the
 * shape that the command wants.  And where that is just a name, as many words are, somebody must be called so:
 * that is for the caller to find out, unless near_sure says that the shape alone tells.
 */
#include "gateway/near.h"

#include <string.h>

#include "base/lang.h"
#include "gateway/fold.h"
#include "gateway/lexicon.h"
#include "gateway/shape.h"

#define TEXT_MOST 80 /* bytes; a longer one is said, not commanded */
#define LETTERS_MOST 20
#define END_LEAST 6  /* letters of a word whose last may be missing */
#define NAME_LEAST 3 /* letters of a name that is glued to "d" */

enum slip {
	SLIP_NONE,
	SLIP_SWAP,   /* two letters changed places */
	SLIP_DOUBLE, /* one of two equal letters lost, or one doubled */
	SLIP_LOST,   /* a letter in the middle is missing */
	SLIP_END,    /* the last letter is missing */
	SLIP_KEY     /* the key beside it instead, or besides */
};

/* Are ${a} and ${b} beside each other on a keyboard? */
static bool
beside(uint32_t a, uint32_t b)
{
	static const char rows[3][11] = { "qwertyuiop", "asdfghjkl", "zxcvbnm" };
	const char *at[2] = { NULL, NULL };
	int row[2] = { 0, 0 }, col[2];

	for (int i = 0; i < 3; i++) {
		if (!at[0] && a < 0x80 && a && (at[0] = strchr(rows[i], (int)a)) != NULL)
			row[0] = i;
		if (!at[1] && b < 0x80 && b && (at[1] = strchr(rows[i], (int)b)) != NULL)
			row[1] = i;
	}
	if (!at[0] || !at[1])
		return false;
	col[0] = (int)(at[0] - rows[row[0]]);
	col[1] = (int)(at[1] - rows[row[1]]);
	if (row[0] == row[1])
		return col[0] - col[1] == 1 || col[1] - col[0] == 1;
	/* each row stands half a key to the right of the one above */
	if (row[0] > row[1])
		return row[0] - row[1] == 1 && (col[0] == col[1] || col[0] == col[1] - 1);
	return row[1] - row[0] == 1 && (col[1] == col[0] || col[1] == col[0] - 1);
}

static bool
same(const uint32_t *a, const uint32_t *b, size_t n)
{
	return memcmp(a, b, n * sizeof(*a)) == 0;
}

/* ${typed} has as many letters as ${word}, and differs first at ${i}. */
static enum slip
slip_within(const uint32_t *typed, const uint32_t *word, size_t n, size_t i)
{
	if (i + 1 < n && typed[i] == word[i + 1] && typed[i + 1] == word[i] &&
	    same(typed + i + 2, word + i + 2, n - i - 2))
		return SLIP_SWAP;
	if (i > 0 && same(typed + i + 1, word + i + 1, n - i - 1) && beside(typed[i], word[i]))
		return SLIP_KEY;
	return SLIP_NONE;
}

/* How does ${typed} of ${n} letters come from ${word} of ${m}? */
static enum slip
slip_of(const uint32_t *typed, size_t n, const uint32_t *word, size_t m)
{
	size_t i = 0;

	while (i < n && i < m && typed[i] == word[i])
		i++;
	if (n == m)
		return i == n ? SLIP_NONE : slip_within(typed, word, n, i);
	if (i == 0)
		return SLIP_NONE;
	if (n + 1 == m && same(typed + i, word + i + 1, n - i))
		return word[i] == word[i - 1] ? SLIP_DOUBLE : i == n ? SLIP_END : SLIP_LOST;
	if (n == m + 1 && same(typed + i + 1, word + i, m - i)) {
		if (typed[i] == typed[i - 1])
			return SLIP_DOUBLE;
		if (i < m && (beside(typed[i], typed[i - 1]) || beside(typed[i], typed[i + 1])))
			return SLIP_KEY;
	}
	return SLIP_NONE;
}

/* What was typed, and what it may be. */
struct guess {
	uint32_t letters[LETTERS_MOST];
	size_t n;
	const char *args, *lang;
	struct parsed *out;
};

/* Is it of a shape that hardly anything but the command has?  ${p} holds what was in it. */
static bool
is_sure(const struct command *c, const struct guess *g, const struct parsed *p)
{
	switch (c->shape) {
	case SHAPE_HOURS:
		return !p->missing;
	case SHAPE_NAME_HOURS:
		return p->seconds != 0 || p->to >= 0;
	case SHAPE_ZONE:
		return strchr(p->zone, '/') != NULL;
	case SHAPE_LANG:
		return lang_known(p->name);
	case SHAPE_CODE:
		return p->code[0] != '\0';
	case SHAPE_ADDRESS:
		return strpbrk(g->args, "@0123456789") != NULL;
	case SHAPE_PIN:
	case SHAPE_KINDS:
		return true;
	default:
		return false;
	}
}

/* May a word of ${m} letters be meant, with that slip and what follows it? */
static bool
may_be(const struct command *c, size_t m, enum slip slip, const struct parsed *p, bool sure)
{
	bool middle = slip == SLIP_SWAP || slip == SLIP_DOUBLE || (slip == SLIP_LOST && m >= 5);

	if (m < 3 || (m == 3 && slip != SLIP_SWAP && !(sure && slip == SLIP_KEY)))
		return false;
	if (sure)
		return true;
	if (p->name[0])
		return c->shape != SHAPE_LANG && (slip != SLIP_END || m >= END_LEAST);
	/* alone, or words of any kind: "stars" is not stats, nor "tack" track */
	return c->shape == SHAPE_WORDS && p->words ? slip == SLIP_SWAP : middle;
}

static bool
try_word(void *cookie, const struct lexicon_word *w)
{
	struct guess *g = cookie;
	struct parsed p = { .from = -1, .to = -1 };
	const struct command *c = w->command;
	enum slip slip;
	bool sure;

	if (w->n > g->n + 1 || g->n > w->n + 1 || w->n < 3)
		return true;
	slip = slip_of(g->letters, g->n, w->letters, w->n);
	if (slip == SLIP_NONE || c->shape == SHAPE_TEXT || c->shape == SHAPE_ONE ||
	    c->shape == SHAPE_NAME_TEXT || !shape_fits(c, g->args, g->lang, &p) || p.missing)
		return true;
	sure = is_sure(c, g, &p);
	if ((p.soft && p.text[0]) || !may_be(c, w->n, slip, &p, sure))
		return true;
	g->out->near = c;
	g->out->near_sure = sure || !p.name[0];
	if (c->shape != SHAPE_LANG)
		memcpy(g->out->name, p.name, sizeof(p.name));
	return false;
}

/* "dirct bob hi", "s bob hi": with a name and a text behind, a private message that failed. */
static bool
try_private(const char *word, const struct guess *g)
{
	static const uint32_t direct[] = { 'd', 'i', 'r', 'e', 'c', 't' };
	static const char *const slips[] = { "s", "f", "dd", "ddm", "dmm", "md", NULL };
	char name[LEXICON_WORD_SIZE];
	const char *text = shape_word(g->args, name);
	bool found = slip_of(g->letters, g->n, direct, 6) != SLIP_NONE;

	for (size_t i = 0; slips[i] && !found; i++)
		found = strcmp(slips[i], word) == 0;
	if (!found || !*text || !shape_name(name, g->out->name))
		return false;
	g->out->near = &command_table[0];
	return true;
}

/* "dbob hi": but "dear", "drum" and the like begin with letters that go well together. */
static bool
try_glued_private(const char *word, const struct guess *g)
{
	const char *name = word + 1;

	if (word[0] != 'd' || !*g->args || strlen(name) < NAME_LEAST ||
	    strchr("aeiouyrhjnws", name[0]) || !shape_name(name, g->out->name))
		return false;
	g->out->near = &command_table[0];
	return true;
}

/* "follow:bob" */
static bool
try_glued(const char *word, const struct guess *g)
{
	size_t n = strcspn(word, ":@=/."), more;
	char first[LEXICON_WORD_SIZE], used[12];
	const struct command *c;

	if (n < 2 || !word[n] || *g->args)
		return false;
	memcpy(first, word, n);
	first[n] = '\0';
	more = strspn(word + n, ":@=/.");
	c = lexicon_command(first, g->lang, used);
	if (!c || (c->shape != SHAPE_NAME && c->shape != SHAPE_NAME_MAYBE) ||
	    !shape_name(word + n + more, g->out->name))
		return false;
	g->out->near = c;
	return true;
}

void
near_find(
    const char *text, const char *word, const char *args, const char *lang, struct parsed *out)
{
	struct guess g = { .args = args, .lang = lang, .out = out };
	const char *s = word;
	uint32_t cp;

	if (strnlen(text, TEXT_MOST + 1) > TEXT_MOST || !*word)
		return;
	while (fold_next(&s, &cp) != FOLD_END) {
		if (g.n == LETTERS_MOST)
			return;
		g.letters[g.n++] = cp;
	}
	if (try_private(word, &g) || try_glued_private(word, &g) || try_glued(word, &g))
		return;
	out->name[0] = '\0';
	/* the first letter is right, or has changed places with the second */
	if (lexicon_begin(lang, g.letters[0], try_word, &g) && g.n > 1 &&
	    g.letters[1] != g.letters[0])
		lexicon_begin(lang, g.letters[1], try_word, &g);
}
