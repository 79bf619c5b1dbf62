#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/template.h"
#include "channels/web/template_parts.h"

#define DEPTH 16 /* blocks within blocks, and files within files */

struct block {
	size_t step; /* its IF, UNLESS or EACH, or its ELSE */
	bool has_else;
	struct place place; /* where it began, or its first branch ended */
	int line;
};

struct reading {
	struct template *t;
	template_text *texts;
	struct place place;
	struct block blocks[DEPTH];
	int depth, files;
	struct buf literal; /* markup since the last step */
	char *error;
	size_t size;

	/* of the file */
	const char *name, *p;
	int line;
};

static bool fail(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool
fail(struct reading *r, const char *fmt, ...)
{
	char reason[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof reason, fmt, args);
	va_end(args);
	snprintf(r->error, r->size, "%s:%d: %s", r->name, r->line, reason);
	return false;
}

static struct step *
append(struct template *t, enum step_kind kind)
{
	t->steps = mem_resize(t->steps, t->n + 1, sizeof *t->steps);
	t->steps[t->n] = (struct step){ .kind = kind };
	return &t->steps[t->n++];
}

/* The markup that has been read becomes a step. */
static void
flush(struct reading *r)
{
	struct step *s;

	if (r->literal.len == 0)
		return;
	s = append(r->t, STEP_TEXT);
	s->len = r->literal.len;
	s->text = buf_take(&r->literal);
}

/* ---- what stands in braces */

static void
skip_blanks(struct reading *r)
{
	for (; isspace((unsigned char)*r->p); r->p++)
		r->line += *r->p == '\n';
}

static bool
is_closed(struct reading *r)
{
	skip_blanks(r);
	return strncmp(r->p, "}}", 2) == 0;
}

/* A word of small letters, into ${word}. */
static bool
read_word(struct reading *r, char word[32])
{
	size_t n = 0;

	skip_blanks(r);
	while (n < 31 && (islower((unsigned char)r->p[n]) || isdigit((unsigned char)r->p[n]) ||
			     r->p[n] == '_'))
		n++;
	memcpy(word, r->p, n);
	word[n] = '\0';
	r->p += n;
	return n > 0 || fail(r, "a name is missing");
}

/* "Text", with \" for a quote. */
static bool
read_text(struct reading *r, char **text)
{
	struct buf b = { 0 };

	skip_blanks(r);
	if (*r->p != '"')
		return fail(r, "a text in double quotes is missing");
	for (r->p++; *r->p != '"'; r->p++) {
		if (*r->p == '\\' && (r->p[1] == '"' || r->p[1] == '\\'))
			r->p++;
		else if (*r->p == '\0' || *r->p == '\n' || *r->p == '\\') {
			buf_free(&b);
			return fail(r, "the text does not end");
		}
		buf_add(&b, r->p, 1);
	}
	r->p++;
	*text = buf_take(&b);
	return true;
}

/* May a step of ${kind} stand here?  A value in an address becomes a part of it. */
static bool
place_value(struct reading *r, enum step_kind *kind)
{
	struct place *w = &r->place;
	bool address = place_is_address(w), begun = w->begun;

	if (w->at != IN_TEXT && w->at != IN_ATTRIBUTE)
		return fail(r, "no value may stand in a tag or a script");
	if (place_is_plain(w) && (*kind == STEP_SAID || *kind == STEP_WHEN))
		return fail(r, "no markup may stand here");
	if (*kind == STEP_LINK && (!address || begun))
		return fail(r, "a link begins href, src or action");
	if (w->at == IN_TEXT)
		return true;
	if (place_is_code(w))
		return fail(r, "no value may stand in %s", w->attribute);
	w->begun = true;
	if (!address)
		return true;
	if (*kind != STEP_LINK && *kind != STEP_VALUE)
		return fail(r, "no text may stand in an address");
	if (*kind == STEP_VALUE && !begun)
		return fail(r, "an address that begins with a value needs \"link\"");
	if (*kind == STEP_VALUE)
		*kind = STEP_PART;
	return true;
}

static struct step *
add_step(struct reading *r, enum step_kind kind)
{
	struct step *s;

	flush(r);
	s = append(r->t, kind);
	s->in_tag = place_is_plain(&r->place);
	return s;
}

/* A step with ${texts} msgids and up to ${names} names; at least ${least}. */
static bool
read_value(struct reading *r, enum step_kind kind, int texts, int names, int least)
{
	char word[32];
	struct step *s;

	if (!place_value(r, &kind))
		return false;
	s = add_step(r, kind);
	if (texts > 0 && !read_text(r, &s->text))
		return false;
	if (texts > 1 && !read_text(r, &s->more))
		return false;
	for (int i = 0; i < names && !is_closed(r); i++) {
		if (!read_word(r, word))
			return false;
		s->name[i] = mem_dup(word);
	}
	return s->name[0] || least == 0 || fail(r, "a name is missing");
}

static bool read_file(struct reading *r, const char *name);

static bool
read_use(struct reading *r)
{
	const char *name = r->name, *p;
	char word[32];
	int line = r->line;
	bool good;

	if (!read_word(r, word))
		return false;
	p = r->p;
	if (++r->files >= DEPTH)
		return fail(r, "files use one another too deeply");
	good = read_file(r, word);
	r->files--;
	if (!good)
		return false;
	r->name = name;
	r->p = p;
	r->line = line;
	return true;
}

/* ---- blocks */

static bool
begin_block(struct reading *r, enum step_kind kind)
{
	char word[32];
	struct step *s;

	if (!read_word(r, word))
		return false;
	if (r->depth == DEPTH)
		return fail(r, "blocks stand in one another too deeply");
	if (r->place.at == IN_NAME && r->place.tag[0])
		r->place.at = IN_TAG;
	s = add_step(r, kind);
	s->name[0] = mem_dup(word);
	r->blocks[r->depth++] = (struct block){
		.step = r->t->n - 1, .place = r->place, .line = r->line
	};
	return true;
}

static bool
otherwise(struct reading *r)
{
	struct block *b = r->depth > 0 ? &r->blocks[r->depth - 1] : NULL;
	struct place ended = r->place;
	size_t from;

	if (b == NULL || b->has_else || r->t->steps[b->step].kind == STEP_EACH)
		return fail(r, "\"else\" without \"if\"");
	add_step(r, STEP_ELSE);
	from = b->step;
	b->step = r->t->n - 1;
	r->t->steps[from].to = r->t->n;
	b->has_else = true;
	r->place = b->place;
	b->place = ended;
	return true;
}

/* Do the branches of a block end at the same place? */
static bool
is_same(struct reading *r, struct place *a, struct place *b)
{
	if (a->at != b->at)
		return false;
	if (a->at != IN_TAG)
		return strcmp(a->attribute, b->attribute) == 0;
	/* an attribute without a value ends with the branch */
	if (!is_closed(r) || strchr(" \t\n>{", r->p[2]) == NULL)
		return strcmp(a->attribute, b->attribute) == 0;
	b->attribute[0] = '\0';
	return true;
}

static bool
end_block(struct reading *r)
{
	struct block *b;
	size_t each;

	if (r->depth == 0)
		return fail(r, "\"end\" of nothing");
	b = &r->blocks[--r->depth];
	if (!is_same(r, &b->place, &r->place))
		return fail(
		    r, "what began in line %d ends in another place of the markup", b->line);
	r->place.begun &= b->place.begun;
	if (r->t->steps[b->step].kind == STEP_EACH) {
		each = b->step;
		add_step(r, STEP_AGAIN)->to = each;
	}
	flush(r);
	r->t->steps[b->step].to = r->t->n;
	return true;
}

/* ---- the whole */

static const struct word {
	const char *word;
	enum step_kind kind;
	int texts, names, least; /* for read_value() */
} words[] = {
	{ "link", STEP_LINK, 0, 1, 1 },
	{ "say", STEP_SAY, 1, 2, 0 },
	{ "count", STEP_COUNT, 2, 1, 1 },
	{ "said", STEP_SAID, 0, 1, 1 },
	{ "when", STEP_WHEN, 0, 1, 1 },
};

static bool
read_braces(struct reading *r)
{
	const char *begin = r->p;
	char word[32];

	if (*r->p == '*') {
		for (; *r->p && strncmp(r->p, "}}", 2) != 0; r->p++)
			r->line += *r->p == '\n';
		return true;
	}
	if (!read_word(r, word))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i].word) == 0)
			return read_value(
			    r, words[i].kind, words[i].texts, words[i].names, words[i].least);
	if (strcmp(word, "if") == 0)
		return begin_block(r, STEP_IF);
	if (strcmp(word, "unless") == 0)
		return begin_block(r, STEP_UNLESS);
	if (strcmp(word, "each") == 0)
		return begin_block(r, STEP_EACH);
	if (strcmp(word, "else") == 0)
		return otherwise(r);
	if (strcmp(word, "end") == 0)
		return end_block(r);
	if (strcmp(word, "use") == 0)
		return read_use(r);
	r->p = begin;
	return read_value(r, STEP_VALUE, 0, 1, 1);
}

/* Does it stand alone in its line, and is it no value? */
static bool
stands_alone(const char *from, const char *begin, const char *behind)
{
	static const char *const alone[] = { "{{if", "{{unless", "{{each", "{{else", "{{end",
		"{{use", "{{*" };
	const char *p = begin;

	while (p > from && (p[-1] == '\t' || p[-1] == ' '))
		p--;
	if ((p > from && p[-1] != '\n') || *behind != '\n')
		return false;
	for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
		if (strncmp(begin, alone[i], strlen(alone[i])) == 0)
			return true;
	return false;
}

static bool
read_markup(struct reading *r)
{
	char c = *r->p++;

	if (!place_on(&r->place, c, *r->p))
		return fail(r, "an attribute without double quotes");
	if (r->place.at == IN_NAME && strncmp(r->place.tag, "!-", 2) == 0)
		return fail(r, "remarks are {{* remark}}");
	buf_add(&r->literal, &c, 1);
	if (c != '\n')
		return true;
	r->line++;
	while (*r->p == '\t' || *r->p == ' ')
		r->p++;
	return true;
}

static bool
read_file(struct reading *r, const char *name)
{
	const char *from = r->texts(name), *begin;

	if (from == NULL)
		return fail(r, "there is no template %s", name);
	r->name = name;
	r->line = 1;
	for (r->p = from; *r->p;) {
		if (strncmp(r->p, "{{", 2) != 0) {
			if (!read_markup(r))
				return false;
			continue;
		}
		begin = r->p;
		r->p += 2;
		if (!read_braces(r))
			return false;
		if (!is_closed(r))
			return fail(r, "}} is missing");
		r->p += 2;
		if (stands_alone(from, begin, r->p)) {
			r->line++;
			r->p += 1 + strspn(r->p + 1, "\t ");
		}
	}
	return true;
}

struct template *
template_new(const char *name, template_text *texts, char *error, size_t size)
{
	struct reading r = { .t = mem_new(sizeof *r.t),
		.texts = texts,
		.error = error,
		.size = size,
		.name = name,
		.line = 1 };
	bool good = read_file(&r, name);

	if (good && r.depth > 0) {
		r.line = r.blocks[r.depth - 1].line;
		good = fail(&r, "\"end\" is missing");
	}
	if (good)
		flush(&r);
	buf_free(&r.literal);
	if (good)
		return r.t;
	template_free(r.t);
	return NULL;
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->steps[i].text);
		free(t->steps[i].more);
		free(t->steps[i].name[0]);
		free(t->steps[i].name[1]);
	}
	free(t->steps);
	free(t);
}
