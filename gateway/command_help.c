/* Help: all commands by subject, and what each does, from the table. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/command.h"
#include "gateway/lexicon.h"
#include "gateway/phrase.h"

static const char *const subjects[SUBJECT_N] = {
	[SUBJECT_SAY] = N_("Say: {words}"),
	[SUBJECT_PEOPLE] = N_("People: {words}"),
	[SUBJECT_HERE] = N_("What comes here: {words}"),
	[SUBJECT_ACCOUNT] = N_("You: {words}"),
	[SUBJECT_HELP] = N_("Help: {words}"),
};

/* A page of help: the words of one subject. */
static void
add_subject(struct buf *text, enum subject subject, const char *lang)
{
	struct buf words = { 0 };
	char *page;

	for (const struct command *c = command_table; c->word; c++)
		if (c->subject == subject && command_does(c->verb))
			phrase_item(&words, lang, lexicon_word(c, lang));
	page = phrase(lang, subjects[subject], "words", buf_text(&words), NULL);
	buf_printf(text, "\f%s", page);
	free(page);
	buf_free(&words);
}

static void
help_all(struct act *a)
{
	struct buf text = { 0 };
	char *first = phrase(a->lang,
	    N_("Just write, and all see it. d NAME text: to one person. What a command does: help WORD. {url}"),
	    "url", a->r->site->url, NULL);

	buf_text_add(&text, first);
	for (int i = 0; i < SUBJECT_N; i++)
		add_subject(&text, (enum subject)i, a->lang);
	act_done(a, "{text}", "text", buf_text(&text), NULL);
	free(first);
	buf_free(&text);
}

/* The words that do the same as the one that help shows. */
struct others {
	const struct command *command;
	const char *shown, *lang;
	struct buf words;
};

static bool
others_add(void *cookie, const struct lexicon_word *w)
{
	struct others *o = cookie;

	if (w->command == o->command && strcmp(w->shown, o->shown) != 0)
		phrase_item(&o->words, o->lang, w->shown);
	return true;
}

static void
help_one(struct act *a, const struct command *c)
{
	struct others o = { .command = c, .shown = lexicon_word(c, a->lang), .lang = a->lang };
	char *text = phrase(a->lang, c->help, NULL), *with = NULL;

	lexicon_each(a->lang, others_add, &o);
	if (o.words.len)
		with = phrase(a->lang, N_("{text} Also: {words}"), "text", text, "words",
		    buf_text(&o.words), NULL);
	act_done(a, "{text}", "text", with && phrase_fits(with) ? with : text, NULL);
	free(with);
	free(text);
	buf_free(&o.words);
}

void
ask_help(struct act *a)
{
	if (a->p.topic)
		help_one(a, a->p.topic);
	else if (a->user.id == 0)
		act_done(a,
		    N_("{site} carries short messages between people. Sign up: join NAME. No more "
		       "messages: stop. Your carrier may charge for texts. {url}"),
		    "site", a->r->site->name, "url", a->r->site->url, NULL);
	else
		help_all(a);
}
