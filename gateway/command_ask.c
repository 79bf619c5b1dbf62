/* Questions about people, and about the service. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/audience.h"
#include "gateway/command.h"
#include "gateway/phrase.h"
#include "gateway/render.h"

void
ask_get(struct act *a)
{
	struct rendering line;
	struct status s;
	struct user who;
	bool found;

	if (!act_who(a, &who))
		return;
	found = status_last(a->tx, who.id, &s);
	if (found && audience_sees(a->tx, a->user.id, &s)) {
		render_status(a->r->site, &s, FORM_BRIEF, a->lang, &line);
		act_done(a, "{line}", "line", line.text, NULL);
		a->whole = true;
		rendering_free(&line);
	} else if (who.is_protected && who.id != a->user.id) {
		act_answer(a, N_("{name} is protected. To ask, send: follow {name}"), "name",
		    who.name, NULL);
	} else {
		act_answer(a, N_("{name} has said nothing yet."), "name", who.name, NULL);
	}
	if (found)
		free((char *)s.text);
}

struct numbers {
	char *statuses, *followers, *following;
};

static struct numbers
numbers_of(const char *lang, const struct user *u)
{
	return (struct numbers){
		phrase_count(lang, "{n} status", "{n} statuses", u->statuses),
		phrase_count(lang, "{n} follower", "{n} followers", u->followers),
		phrase_count(lang, "follows {n}", "follows {n}", u->following),
	};
}

static void
numbers_free(struct numbers *n)
{
	free(n->statuses);
	free(n->followers);
	free(n->following);
}

/* ${text} and as much of ${bio} as still fits one text message; takes ${text} over. */
static char *
with_bio(char *text, const char *bio)
{
	for (size_t n = text_length(bio); n > 0; n--) {
		size_t bytes = text_prefix(bio, n);
		char *both = mem_printf("%s %.*s", text, (int)bytes, bio);

		if (phrase_fits(both)) {
			free(text);
			return both;
		}
		free(both);
	}
	return text;
}

/* What they tell of themselves is for those who may see what they say, as on their page. */
static bool
may_read_bio(struct act *a, const struct user *who)
{
	enum follow_wants wants;

	if (who->id == a->user.id)
		return true;
	if (block_between(a->tx, a->user.id, who->id))
		return false;
	return !who->is_protected ||
	       follow_get(a->tx, a->user.id, who->id, &wants) == FOLLOW_ACTIVE;
}

void
ask_whois(struct act *a)
{
	struct numbers n;
	struct user who;
	char *text, *linked;

	if (!act_who(a, &who))
		return;
	n = numbers_of(a->lang, &who);
	text = phrase(a->lang,
	    who.is_protected ? N_("{name} (protected): {statuses}, {followers}, {following}.")
			     : N_("{name}: {statuses}, {followers}, {following}."),
	    "name", who.name, "statuses", n.statuses, "followers", n.followers, "following",
	    n.following, NULL);
	numbers_free(&n);
	linked = mem_printf("%s %s/%s", text, a->r->site->url, who.name);
	if (phrase_fits(linked)) {
		free(text);
		text = linked;
	} else {
		free(linked);
	}
	if (may_read_bio(a, &who))
		text = with_bio(text, who.bio);
	act_done(a, "{text}", "text", text, NULL);
	free(text);
}

void
ask_stats(struct act *a)
{
	struct numbers n = numbers_of(a->lang, &a->user);

	act_done(a, N_("You are {name}: {statuses}, {followers}, {following}."), "name",
	    a->user.name, "statuses", n.statuses, "followers", n.followers, "following",
	    n.following, NULL);
	numbers_free(&n);
}

void
ask_lang(struct act *a)
{
	char lang[PARSE_NAME_SIZE];
	char *sep;

	/* as catalogues are called: pt_BR */
	mem_copy(lang, sizeof(lang), a->p.name);
	sep = strpbrk(lang, "_-");
	if (sep) {
		*sep = '_';
		for (char *c = sep + 1; *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	}
	if (a->p.missing || !lang_take(lang, a->user.lang, sizeof(a->user.lang))) {
		act_answer(a, N_("Send: lang en, lang ar or lang ja"), NULL);
		return;
	}
	if (act_try(a, user_update(a->tx, &a->user))) {
		a->lang = a->user.lang;
		act_done(a, N_("Answers come in English now."), NULL);
	}
}

void
ask_whole(struct act *a)
{
	bool on = !a->p.off;

	if (a->p.missing) {
		on = (a->user.wishes & WISH_WHOLE) != 0;
	} else {
		a->user.wishes &= ~(unsigned)WISH_WHOLE;
		a->user.wishes |= on ? WISH_WHOLE : 0;
		if (!act_try(a, user_update(a->tx, &a->user)))
			return;
	}
	act_done(a,
	    on ? N_("On: what is too long goes out whole. Where there is no room it is cut, with a "
		    "link.")
	       : N_("Off: what is too long is not sent, and you are told where to cut."),
	    NULL);
}

void
ask_later(struct act *a)
{
	act_answer(a,
	    N_("{site} cannot do that. Nothing was sent. To say it to all, send: post and your text."),
	    "site", a->r->site->name, NULL);
}
