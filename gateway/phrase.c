#include "gateway/phrase.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/form.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"

#define VALUES_MAX 8
#define SLACK 2 /* letters that a part may be short of a full one */

struct value {
	const char *name, *text;
};

static const struct value *
value_find(const struct value *v, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(v[i].name) == len && memcmp(v[i].name, name, len) == 0)
			return &v[i];
	return NULL;
}

/* ${s} with the ${n} values at ${v} put in. */
static char *
fill(const char *s, const struct value *v, size_t n)
{
	struct buf out = { 0 };

	while (*s) {
		size_t plain = strcspn(s, "{");
		const struct value *found;
		const char *end;

		buf_add(&out, s, plain);
		s += plain;
		if (!*s)
			break;
		end = strchr(s, '}');
		found = end ? value_find(v, n, s + 1, (size_t)(end - s - 1)) : NULL;
		if (found) {
			buf_text_add(&out, found->text);
			s = end + 1;
		} else {
			buf_add(&out, s++, 1);
		}
	}
	return buf_take(&out);
}

char *
phrase_v(const char *lang, const char *msgid, va_list values)
{
	struct value v[VALUES_MAX];
	const char *name;
	size_t n = 0;

	while (n < VALUES_MAX && (name = va_arg(values, const char *)) != NULL)
		v[n++] = (struct value){ name, va_arg(values, const char *) };
	return fill(lang_text(lang, msgid), v, n);
}

char *
phrase_count(const char *lang, const char *one, const char *many, int64_t n)
{
	char number[FORM_SIZE];
	const struct value v = { "n", number };

	form_number(lang, n, number);
	return fill(lang_plural(lang, one, many, (unsigned long)(n < 0 ? -n : n)), &v, 1);
}

char *
phrase(const char *lang, const char *msgid, ...)
{
	va_list values;
	char *text;

	va_start(values, msgid);
	text = phrase_v(lang, msgid, values);
	va_end(values);
	return text;
}

void
phrase_item(struct buf *list, const char *lang, const char *item)
{
	if (list->len)
		buf_text_add(list, lang_text(lang, N_(", ")));
	buf_text_add(list, item);
}

/*
 * How many letters of a text message are in ${text}; *${plain}: of the GSM 03.38 alphabet, whose letters beyond
 * ASCII are listed, and of whose ASCII some cost two or are not there.  Else UTF-16 units.
 */
static size_t
units(const char *text, bool *plain)
{
	static const char *const more = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
	size_t gsm = 0, wide = 0;

	*plain = true;
	for (const char *s = text; *s;) {
		unsigned char c = (unsigned char)*s;
		size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
		char letter[5] = { 0 };

		memcpy(letter, s, strnlen(s, n));
		if (*plain &&
		    (n == 1 ? c == '`' : strcmp(letter, "€") != 0 && !strstr(more, letter)))
			*plain = false;
		gsm += n == 1 && !strchr("^{}\\[~]|", c)    ? 1
		       : n == 1 || strcmp(letter, "€") == 0 ? 2
							    : 1;
		wide += n == 4 ? 2 : 1;
		s += strnlen(s, n);
	}
	return *plain ? gsm : wide;
}

bool
phrase_fits(const char *text)
{
	bool plain;
	size_t n = units(text, &plain);

	return n <= (plain ? 160 : 70);
}

/* Networks cut at 160 and 70, or at 153 and 67 where they number the parts. */
bool
phrase_fills(const char *text)
{
	bool plain;
	size_t n = units(text, &plain), part = plain ? 153 : 67, most = plain ? 160 : 70;

	return (n <= most && n + SLACK >= part) || n % part + SLACK >= part;
}

char *
phrase_glimpse(const char *text, size_t graphemes)
{
	size_t n = text_prefix_words(text, graphemes);
	char *cut = mem_dupn(text, n), *clean, *shown;

	for (char *s = cut; *s; s++)
		if (*s == '\n')
			*s = ' ';
	clean = text_clean(cut, strlen(cut), NULL);
	shown = mem_printf("%s%s", clean ? clean : "", text[n] ? "\xE2\x80\xA6" : "");
	free(clean);
	free(cut);
	return shown;
}
