#include "gateway/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/fold.h"
#include "gateway/phrase.h"

#define SUBJECT_MAX 60

/* First strong isolate, pop directional isolate. */
#define FSI "\xE2\x81\xA8"
#define PDI "\xE2\x81\xA9"

/*
 * Lines folded into one: a second line could pass for somebody else's message where each message is
 * a line of its own.
 */
static char *
one_line(const char *text)
{
	char *line = mem_dup(text);

	for (char *s = line; *s; s++)
		if (*s == '\n')
			*s = ' ';
	return line;
}

/* Cut ${text} to a subject; takes it over. */
static char *
subject_cut(char *text)
{
	size_t n = text_prefix(text, SUBJECT_MAX);
	char *cut, *clean;

	if (text[n] == '\0')
		return text;
	n = text_prefix(text, SUBJECT_MAX - 1);
	cut = mem_dupn(text, n);
	free(text);
	/* balances the isolates that the cut left open */
	clean = text_clean(cut, n, NULL);
	free(cut);
	text = mem_printf("%s\xE2\x80\xA6", clean ? clean : "");
	free(clean);
	return text;
}

/* Where people read ${s}; the caller frees it. */
static char *
link_of(const struct site *site, const struct status *s)
{
	return s->to ? mem_printf("%s/direct", site->url)
		     : mem_printf("%s/%s/%" PRId64, site->url, s->author_name, s->pos);
}

/* The line's text: all of it, or as much as there is room for, and a link to the rest. */
static char *
words_of(const struct site *site, const struct status *s, enum form form)
{
	size_t limit = (size_t)site->limit, room;
	char *link, *cut, *clean, *text;

	if (form != FORM_BRIEF || text_length(s->text) <= limit)
		return one_line(s->text);
	link = link_of(site, s);
	room = strlen(link) + 2 < limit - limit / 2 ? limit - strlen(link) - 2 : limit / 2;
	cut = mem_dupn(s->text, text_prefix_words(s->text, room));
	clean = text_clean(cut, strlen(cut), NULL);
	text = mem_printf("%s\xE2\x80\xA6 %s", clean ? clean : "", link);
	free(clean);
	free(cut);
	free(link);
	cut = one_line(text);
	free(text);
	return cut;
}

static char *
line_of(const struct site *site, const struct status *s, enum form form, const char *lang)
{
	const char *head = s->to ? N_("{name} (direct)") : "{name}";
	char *who = phrase(lang, head, "name", s->author_name, NULL);
	char *text = words_of(site, s, form);
	char *line = fold_rtl(text) ? mem_printf(FSI "%s" PDI ": %s", who, text)
				    : mem_printf("%s: %s", who, text);

	free(text);
	free(who);
	return line;
}

static char *
footer_of(const struct site *site, const struct status *s, const char *lang)
{
	struct buf out = { 0 };
	char *text;

	text = phrase(lang,
	    s->to ? N_("Answer this mail to answer {name}; only {name} will see it.")
		  : N_("Answer this mail to answer {name}."),
	    "name", s->author_name, NULL);
	buf_text_add(&out, text);
	free(text);
	text = phrase(lang,
	    N_("No more mails about {name}? Answer: off {name}\nNo more mails at all? Answer: stop"),
	    "name", s->author_name, NULL);
	buf_printf(&out, "\n%s", text);
	free(text);
	text = link_of(site, s);
	buf_printf(&out, "\n%s", text);
	free(text);
	return buf_take(&out);
}

void
render_status(const struct site *site, const struct status *s, enum form form, const char *lang,
    struct rendering *out)
{
	char *line;

	*out = (struct rendering){ 0 };
	if (form != FORM_LETTER) {
		out->text = line_of(site, s, form, lang);
		out->subject = mem_dup("");
		out->footer = mem_dup("");
		return;
	}
	out->text = mem_dup(s->text);
	out->footer = footer_of(site, s, lang);
	/* a subject shows where the mail is not opened: no private text in it */
	line = s->to ? phrase(lang, N_("Direct message from {name}"), "name", s->author_name, NULL)
		     : line_of(site, s, FORM_LINE, lang);
	out->subject = subject_cut(line);
}

void
render_answer(
    const struct site *site, const char *text, bool letter, const char *lang, struct rendering *out)
{
	(void)lang;
	*out = (struct rendering){ .text = mem_dup(text), .footer = mem_dup("") };
	if (letter) {
		char *line = one_line(text);

		out->subject = subject_cut(mem_printf("%s: %s", site->name, line));
		free(line);
	} else {
		out->subject = mem_dup("");
	}
}

void
rendering_free(struct rendering *r)
{
	free(r->text);
	free(r->subject);
	free(r->footer);
	*r = (struct rendering){ 0 };
}
