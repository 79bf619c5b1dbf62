#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/view.h"

/* All of a page's memory comes in pieces, which go together. */
#define PIECE 8192

struct piece {
	struct piece *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

struct view {
	struct view_value *values;
	struct view *around, *next;
	struct piece **pieces; /* the root's */
	struct piece *own;     /* only in the root */
};

static void *
take(struct view *w, size_t n)
{
	struct piece *p = *w->pieces;
	size_t size = n > PIECE ? n : PIECE;

	n = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (p == NULL || p->size - p->used < n) {
		size = n > size ? n : size;
		p = mem_new(sizeof *p + size);
		p->size = size;
		p->next = *w->pieces;
		*w->pieces = p;
	}
	p->used += n;
	return p->bytes + p->used - n;
}

struct view *
view_new(void)
{
	struct view *w = mem_new(sizeof *w);

	w->pieces = &w->own;
	return w;
}

void
view_free(struct view *w)
{
	struct piece *next;

	if (w == NULL)
		return;
	for (struct piece *p = w->own; p; p = next) {
		next = p->next;
		free(p);
	}
	free(w);
}

static struct view_value *
own_value(const struct view *w, const char *name)
{
	for (struct view_value *a = w->values; a; a = a->next)
		if (a->name == name || strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static struct view_value *
value(struct view *w, const char *name, enum view_kind kind)
{
	struct view_value *a = own_value(w, name);

	if (a == NULL) {
		a = take(w, sizeof *a);
		*a = (struct view_value){ .name = name, .next = w->values };
		w->values = a;
	}
	a->kind = kind;
	return a;
}

void
view_text(struct view *w, const char *name, const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;

	value(w, name, VIEW_TEXT)->text = n ? memcpy(take(w, n), text, n) : "";
}

void
view_print(struct view *w, const char *name, const char *fmt, ...)
{
	va_list args, again;
	char *text;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	text = take(w, n < 0 ? 1 : (size_t)n + 1);
	if (n < 0 || vsnprintf(text, (size_t)n + 1, fmt, again) < 0)
		*text = '\0';
	va_end(again);
	va_end(args);
	value(w, name, VIEW_TEXT)->text = text;
}

void
view_number(struct view *w, const char *name, int64_t n)
{
	value(w, name, VIEW_NUMBER)->number = n;
}

void
view_flag(struct view *w, const char *name, bool on)
{
	view_number(w, name, on);
}

void
view_list(struct view *w, const char *name)
{
	struct view_value *a = own_value(w, name);

	if (a != NULL && a->kind == VIEW_LIST)
		return;
	a = value(w, name, VIEW_LIST);
	*a = (struct view_value){ .name = name, .kind = VIEW_LIST, .next = a->next };
}

struct view *
view_add(struct view *w, const char *name)
{
	struct view *item = take(w, sizeof *item);
	struct view_value *a;

	view_list(w, name);
	a = own_value(w, name);
	*item = (struct view){ .around = w, .pieces = w->pieces };
	if (a->last)
		a->last->next = item;
	else
		a->first = item;
	a->last = item;
	return item;
}

struct view *
view_in(struct view *w, const char *name)
{
	struct view_value *a = own_value(w, name);

	return a && a->kind == VIEW_LIST && a->first ? a->first : view_add(w, name);
}

struct view_value *
view_get(const struct view *w, const char *name)
{
	struct view_value *a = NULL;

	for (; w && (a = own_value(w, name)) == NULL; w = w->around)
		;
	return a;
}

const struct view *
view_next(const struct view *w)
{
	return w->next;
}

bool
view_holds(const struct view_value *a)
{
	if (a == NULL)
		return false;
	if (a->kind == VIEW_TEXT)
		return a->text[0] != '\0';
	return a->kind == VIEW_NUMBER ? a->number != 0 : a->first != NULL;
}

bool
view_used(const struct view *w, const char *name)
{
	const struct view_value *a = view_get(w, name);

	return a && a->used;
}
