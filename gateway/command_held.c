/* Texts that are held back for their sender to decide, and the rest of long answers. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/command.h"
#include "gateway/lexicon.h"
#include "gateway/more.h"
#include "gateway/phrase.h"
#include "store/pending.h"

#define HELD_SECONDS 600
#define MORE_SECONDS 1800
#define SPLIT_SECONDS 120

bool
held_may_say(const struct parsed *p)
{
	static const unsigned named = 1u << SHAPE_NAME | 1u << SHAPE_NAME_MAYBE |
				      1u << SHAPE_NAME_HOURS | 1u << SHAPE_NAME_NOTE;
	const struct command *c = p->verb == VERB_STATUS ? p->near : p->command;

	if (!c || c->verb == VERB_DIRECT || c->verb == VERB_PIN || c->verb == VERB_INVITE)
		return false;
	return p->verb == VERB_STATUS || (p->name[0] && named & 1u << c->shape);
}

bool
held_keep(struct act *a)
{
	a->r->held = true;
	if (!act_on_channel(a))
		return false;
	return act_try(a, pending_put(a->tx, "post", a->r->kind->name, a->r->peer, a->text,
			      a->r->reply_to ? a->r->reply_to : "", a->r->now + HELD_SECONDS));
}

/* Has the sender to do with ${who}?  Then it is likely that they are meant. */
static bool
knows(struct act *a, const struct user *who)
{
	enum follow_wants wants;

	return follow_get(a->tx, a->user.id, who->id, &wants) == FOLLOW_ACTIVE ||
	       follow_get(a->tx, who->id, a->user.id, &wants) == FOLLOW_ACTIVE;
}

/* What looks private is not kept: one word must not be enough to make it public. */
static bool
held_private(struct act *a, const struct user *who)
{
	if (!knows(a, who))
		return false;
	act_answer(a,
	    N_("Nothing was sent. For {name} alone, send: d {name} text. For all: post and your "
	       "text."),
	    "name", who->name, NULL);
	return true;
}

static void
held_ask(struct act *a)
{
	const char *word = lexicon_word(a->p.near, a->lang);
	char *meant = a->p.name[0] ? mem_printf("%s %s", word, a->p.name) : mem_dup(word);
	const char *post = lexicon_word(parse_command("post", ""), a->lang);

	if (held_keep(a))
		act_answer(a,
		    N_("Did you mean: {text}? Nothing was sent. Reply {word} to publish it."),
		    "text", meant, "word", post, NULL);
	else
		act_answer(a, N_("Did you mean: {text}? Nothing was sent."), "text", meant, NULL);
	free(meant);
}

bool
held_back(struct act *a)
{
	const struct command *c = a->p.near;
	struct user who;
	bool found;

	if (!c)
		return false;
	found = a->p.name[0] && user_by_name(a->tx, a->p.name, &who) && !who.suspended;
	if (c->verb == VERB_DIRECT)
		return found && held_private(a, &who);
	if (!found && !a->p.near_sure)
		return false;
	if (c->verb == VERB_PIN || c->verb == VERB_INVITE)
		act_answer(a, N_("Did you mean: {text}? Nothing was sent."), "text",
		    lexicon_word(c, a->lang), NULL);
	else
		held_ask(a);
	return true;
}

/*
 * Some carriers cut a long text in two that know nothing of each other; the second part of a private one begins
 * like any status.
 */
void
held_note(struct act *a, const char *name)
{
	if (act_on_channel(a) && a->r->kind->costs && phrase_fills(a->text))
		act_try(a, pending_put(a->tx, "split", a->r->kind->name, a->r->peer, name, "",
			       a->r->now + SPLIT_SECONDS));
}

bool
held_rest(struct act *a)
{
	char *name = NULL;

	if (!a->split || !act_on_channel(a) ||
	    !pending_take(a->tx, "split", a->r->kind->name, a->r->peer, a->r->now, &name, NULL))
		return false;
	act_answer(a,
	    N_("Was that the rest of a private text? Nothing was sent. For one: d {name} text. For "
	       "all: post and your text."),
	    "name", *name ? name : "NAME", NULL);
	free(name);
	return true;
}

char *
held_take(struct act *a)
{
	struct receive *r = a->r;
	char *body = NULL, *reply_to = NULL;

	if (!act_on_channel(a) ||
	    !pending_take(a->tx, "post", r->kind->name, r->peer, r->now, &body, &reply_to))
		return NULL;
	free(r->reply_to);
	r->reply_to = reply_to;
	return body;
}

void
held_more(struct act *a)
{
	char *rest = NULL;

	if (!act_on_channel(a) ||
	    !pending_take(a->tx, "more", a->r->kind->name, a->r->peer, a->r->now, &rest, NULL)) {
		act_answer(a, N_("There is no more."), NULL);
		return;
	}
	act_done(a, "{text}", "text", rest, NULL);
	free(rest);
}

void
held_page(struct act *a)
{
	char *page, kept[MORE_MAX];
	const char *rest;

	if (!a->answer || a->whole)
		return;
	if (!act_on_channel(a)) {
		more_join(a->answer);
		return;
	}
	if (strlen(a->answer) >= MORE_MAX) {
		text_cut(kept, sizeof(kept), a->answer);
		memcpy(a->answer, kept, strlen(kept) + 1);
	}
	page = more_page(a->lang, a->answer, &rest);
	if (*rest)
		act_try(a, pending_put(a->tx, "more", a->r->kind->name, a->r->peer, rest, "",
			       a->r->now + MORE_SECONDS));
	free(a->answer);
	a->answer = page;
}
