#include "gateway/pin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "gateway/alert.h"
#include "gateway/fold.h"
#include "gateway/shape.h"
#include "gateway/silence.h"
#include "store/identity.h"

#define HOUR 3600
#define TRIES 5 /* an hour */

enum outcome_of_pin { PIN_FREE, PIN_RIGHT, PIN_MISSING, PIN_WRONG, PIN_LOCKED };

const char *
pin_cut(const char *text, char pin[PARSE_PIN_SIZE])
{
	const char *s = text, *after = text;
	enum fold_class class;
	size_t n = 0;
	uint32_t cp;

	while ((class = fold_next(&after, &cp)) == FOLD_WORD && cp >= '0' && cp <= '9') {
		if (n == PARSE_PIN_SIZE - 1)
			return NULL;
		pin[n++] = (char)cp;
		s = after;
	}
	pin[n] = '\0';
	if (n < PIN_MIN)
		return NULL;
	if (class == FOLD_PUNCT && cp == ':')
		return shape_skip(after);
	if (class == FOLD_PUNCT && (cp == ',' || cp == '.')) {
		s = after;
		class = fold_next(&after, &cp);
	}
	return class == FOLD_BLANK || class == FOLD_END ? shape_skip(s) : NULL;
}

void
pin_seal(struct tx *tx, int64_t user, const char *pin, char out[SECRET_TOKEN_SIZE])
{
	unsigned char key[32];
	char what[64];

	store_secret(tx, key);
	snprintf(what, sizeof(what), "%" PRId64 ":%s", user, pin);
	secret_token(key, "pin", what, out);
}

/* One more was wrong: the last that may be is heard of elsewhere. */
static enum outcome_of_pin
wrong(struct act *a, const char *who)
{
	struct alert al;

	if (tally_add(a->tx, "pin", who, a->r->now, HOUR) == TRIES) {
		alert_begin(&al, a->tx, a->r->site, a->r->now, a->user.id);
		alert_say(&al, a->r->kind->name, a->r->peer,
		    N_("Your PIN was wrong 5 times: texts do nothing for this hour. Was that not you? "
		       "{url}/settings"),
		    "url", a->r->site->url, NULL);
	}
	return PIN_WRONG;
}

/* Is ${pin} the user's? */
static bool
is_right(struct act *a, const char *pin)
{
	char kept[64], sealed[SECRET_TOKEN_SIZE];

	pin_seal(a->tx, a->user.id, pin, sealed);
	return pin_get(a->tx, a->user.id, kept, sizeof(kept)) && secret_equal(kept, sealed);
}

static enum outcome_of_pin
check(struct act *a)
{
	char pin[PARSE_PIN_SIZE], who[24];
	const char *rest;

	if (a->user.id == 0 || !a->user.has_pin)
		return PIN_FREE;
	rest = pin_cut(a->text, pin);
	if (!a->r->kind || !alert_is_number(a->r->kind->name)) {
		/* out of habit; it is not for all to read */
		if (!rest || !is_right(a, pin))
			return PIN_FREE;
		a->text = rest;
		return PIN_RIGHT;
	}
	if (!rest && a->p.verb == VERB_PIN && a->p.pin_was[0]) {
		/* "pin OLD NEW" has it inside */
		memcpy(pin, a->p.pin_was, sizeof(pin));
		rest = a->text;
	}
	snprintf(who, sizeof(who), "%" PRId64, a->user.id);
	if (tally_get(a->tx, "pin", who, a->r->now, HOUR) >= TRIES)
		return PIN_LOCKED;
	if (!rest)
		return PIN_MISSING;
	if (!is_right(a, pin))
		return wrong(a, who);
	a->text = rest;
	return PIN_RIGHT;
}

/* To stop, and to hear how, needs nothing: the worst a forger gains is silence. */
static bool
needs_none(const struct act *a, bool stopped)
{
	switch (a->p.verb) {
	case VERB_STOP:
		return !a->p.name[0];
	case VERB_START:
		return stopped || !a->p.soft;
	case VERB_HELP:
		return true;
	default:
		return false;
	}
}

static void
refuse(struct act *a, enum outcome_of_pin o)
{
	static const char *const tallies[] = { [PIN_MISSING] = "pin missing",
		[PIN_WRONG] = "pin wrong",
		[PIN_LOCKED] = "pin locked" };
	char who[24];

	snprintf(who, sizeof(who), "%" PRId64, a->user.id);
	if (tally_add(a->tx, tallies[o], who, a->r->now, HOUR) > 1)
		return;
	if (o == PIN_MISSING)
		act_answer(a,
		    N_("Nothing was done: begin your texts with your PIN. Forgotten? {url}/settings"),
		    "url", a->r->site->url, NULL);
	else if (o == PIN_WRONG)
		act_answer(a, N_("Nothing was done: that PIN is wrong. Forgotten? {url}/settings"),
		    "url", a->r->site->url, NULL);
	else
		act_answer(a,
		    N_("Nothing was done: the PIN was wrong too often. Try again in an hour."),
		    NULL);
}

bool
pin_passes(struct act *a, bool stopped)
{
	enum outcome_of_pin o = check(a);

	if (o == PIN_FREE)
		return true;
	if (o != PIN_RIGHT) {
		/* who has the number now need not know what the one before had set */
		if (needs_none(a, stopped) || silence_is_held(&a->address, a->r->now))
			return true;
		refuse(a, o);
		return false;
	}
	/* elsewhere nobody counts the guesses: it shows nothing of who wrote a mail */
	a->pinned = a->r->kind && alert_is_number(a->r->kind->name);
	parse_text(a->text, a->lang, a->r->site->name, &a->p);
	if (*a->text)
		return true;
	act_answer(a, N_("There was no text in that. Nothing was sent."), NULL);
	return false;
}
