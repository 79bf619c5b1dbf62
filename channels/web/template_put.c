#include <stdio.h>
#include <string.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/log.h"
#include "channels/web/style.h"
#include "channels/web/template.h"
#include "channels/web/template_parts.h"

#define DEPTH 16

/* The text of ${name}; a number in ${number}, as ${lang} writes it, or for programs where that is NULL. */
static const char *
show(const struct view *w, const char *name, const char *lang, char number[FORM_SIZE])
{
	struct view_value *value = name ? view_get(w, name) : NULL;

	if (value == NULL || value->kind == VIEW_LIST)
		return NULL;
	value->used = true;
	if (value->kind == VIEW_TEXT)
		return value->text;
	if (lang)
		form_number(lang, value->number, number);
	else
		snprintf(number, FORM_SIZE, "%lld", (long long)value->number);
	return number;
}

static int64_t
number_of(const struct view *w, const char *name)
{
	const struct view_value *value = view_get(w, name);

	return value && value->kind == VIEW_NUMBER ? value->number : 0;
}

/* Where a browser that follows it stays with us, or goes to a page and nothing else. */
static bool
is_link(const char *text)
{
	if (strpbrk(text, "\t\r\n") != NULL) /* which browsers leave out */
		return false;
	if (text[0] == '/')
		return text[1] != '/' && text[1] != '\\';
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void
put_value(const struct step *s, struct page *p, const struct view *w)
{
	const char *lang = s->kind == STEP_SAY ? p->lang : NULL;
	char one[FORM_SIZE], two[FORM_SIZE];
	const char *a = show(w, s->name[0], lang, one), *b = show(w, s->name[1], lang, two);

	if (s->kind == STEP_SAY && s->in_tag)
		page_say_plain(p, s->text, a, b);
	else if (s->kind == STEP_SAY)
		page_say(p, s->text, a, b);
	else if (s->kind == STEP_COUNT)
		(s->in_tag ? page_count_plain : page_count)(
		    p, s->text, s->more, number_of(w, s->name[0]));
	else if (s->kind == STEP_WHEN)
		page_time(p, number_of(w, s->name[0]), number_of(w, "now"));
	else if (a == NULL)
		return;
	else if (s->kind == STEP_VALUE)
		page_text(p, a);
	else if (s->kind == STEP_PART)
		page_part(p, a, strlen(a));
	else if (s->kind == STEP_LINK)
		page_text(p, is_link(a) ? a : "#");
	else
		page_said(p, a);
}

/* The step after that at ${i}, which begins or ends a block; ${now} are the views of the lists we are in. */
static size_t
turn(const struct template *t, size_t i, const struct view **now, int *depth)
{
	const struct step *s = &t->steps[i];
	const struct view *w = now[*depth];
	struct view_value *value;

	switch (s->kind) {
	case STEP_IF:
		return view_holds(view_get(w, s->name[0])) ? i + 1 : s->to;
	case STEP_UNLESS:
		return view_holds(view_get(w, s->name[0])) ? s->to : i + 1;
	case STEP_EACH:
		value = view_get(w, s->name[0]);
		if (value == NULL || value->kind != VIEW_LIST || value->first == NULL)
			return s->to;
		now[++*depth] = value->first;
		return i + 1;
	case STEP_AGAIN:
		if ((now[*depth] = view_next(w)) != NULL)
			return s->to + 1;
		--*depth;
		return i + 1;
	default:
		return s->to; /* STEP_ELSE: the other branch is over */
	}
}

void
template_put(const struct template *t, struct page *p, const struct view *w)
{
	const struct view *now[DEPTH + 1] = { w };
	int depth = 0;

	for (size_t i = 0; i < t->n;) {
		const struct step *s = &t->steps[i];

		if (s->kind >= STEP_IF) {
			i = turn(t, i, now, &depth);
			continue;
		}
		if (s->kind == STEP_TEXT)
			buf_add(&p->out, s->text, s->len);
		else
			put_value(s, p, now[depth]);
		i++;
	}
}

/* ---- those of the program */

static const struct template *ready[64];

static const char *
text_of_page(const char *name)
{
	for (const struct page_file *f = page_files; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f->text;
	return NULL;
}

void
templates_init(void)
{
	char error[256];

	for (size_t i = 0; page_files[i].name; i++) {
		if (i == sizeof ready / sizeof ready[0])
			log_die("web: more pages than there is room for");
		if (ready[i] == NULL && (ready[i] = template_new(page_files[i].name, text_of_page,
					     error, sizeof error)) == NULL)
			log_die("web: %s", error);
	}
}

const struct template *
templates_get(const char *name)
{
	for (size_t i = 0; page_files[i].name; i++)
		if (strcmp(page_files[i].name, name) == 0 && ready[i])
			return ready[i];
	log_die("web: there is no page %s", name);
}
