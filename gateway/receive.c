#include "gateway/receive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/command.h"
#include "gateway/ladder.h"
#include "gateway/pin.h"
#include "gateway/scrub.h"
#include "gateway/secret.h"
#include "gateway/silence.h"

#define HOUR 3600
#define DAY 86400
#define ANSWERS_STRANGER 3 /* an hour */
#define ANSWERS_USER 60
#define ANSWERS_PAID 300 /* to all strangers: numbers can be made up, and each answer is paid */
#define FOREIGN_MAX 255
#define TEXT_MOST                                                                                  \
	(2 * TEXT_WHOLE_MAX) /* beyond it nobody counts: a status and its command word fit */

void
receive_fill(struct receive *r, const struct inbound *in)
{
	r->peer = mem_dup(in->peer ? in->peer : "");
	r->to = mem_dup(in->to ? in->to : "");
	r->foreign = mem_dup(in->foreign ? in->foreign : "");
	r->text = mem_dupn(in->text ? in->text : "", in->text ? in->text_len : 0);
	r->text_len = in->text ? in->text_len : 0;
	r->reply_to = mem_dup(in->reply_to ? in->reply_to : "");
	r->token = mem_dup(in->token ? in->token : "");
	r->proof = in->proof;
	r->automatic = in->automatic;
}

void
receive_free(struct receive *r)
{
	free(r->peer);
	free(r->to);
	free(r->foreign);
	free(r->text);
	free(r->reply_to);
	free(r->token);
	free(r->answer);
	free(r->clean);
	r->peer = r->to = r->foreign = r->text = r->reply_to = r->token = r->answer = NULL;
	r->clean = NULL;
}

/* Who speaks?  Sets user and address; a pending address is nobody's yet. */
static void
find_sender(struct act *a, bool *stopped)
{
	struct receive *r = a->r;

	if (!r->kind) {
		if (!user_by_id(a->tx, r->user, &a->user))
			a->user.id = 0;
	} else if (!user_of_sender(
		       a->tx, r->kind->name, r->peer, &a->user, &a->address, stopped, &a->split)) {
		a->user.id = 0;
		a->address = (struct address){ 0 };
	} else if (a->address.state == ADDRESS_PENDING) {
		a->user.id = 0;
	}
	a->lang = a->user.id && *a->user.lang ? a->user.lang : r->site->lang;
}

static bool
is_proven(struct act *a)
{
	unsigned char key[32];
	char token[SECRET_TOKEN_SIZE];
	struct receive *r = a->r;

	if (!r->kind || r->proof == PROOF_PEER)
		return true;
	if (!r->token || !*r->token)
		return false;
	store_secret(a->tx, key);
	secret_token(key, r->kind->name, r->peer, token);
	return secret_equal(token, r->token);
}

/* Count one more of ${what} for this peer; and is it among the first ${most} of the window? */
static int64_t
peer_count(struct act *a, const char *what, int64_t window)
{
	char who[PEER_MAX + 16];

	snprintf(who, sizeof(who), "%s:%s", a->r->kind->name, a->r->peer);
	return tally_add(a->tx, what, who, a->r->now, window);
}

static bool
peer_tally(struct act *a, const char *what, int64_t most, int64_t window)
{
	return peer_count(a, what, window) <= most;
}

/*
 * Somebody claims to be a user and does not show it.  Nothing is done for them; where an answer can
 * prove it, they are told so, at the user's address and not too often.  To stop needs no proof where
 * the law wants it at once: the worst a forger gains is silence.
 */
static void
unproven(struct act *a)
{
	bool letter = a->r->kind->letter;

	if (!letter && a->p.verb == VERB_STOP && !a->p.name[0]) {
		command_run(a);
		return;
	}
	if (a->user.id == 0 || a->user.suspended || !peer_tally(a, "prove", 1, HOUR))
		return;
	if (letter)
		act_answer(a,
		    N_("Was that you? Nothing was done. Answer this mail with your text to show that it "
		       "was."),
		    NULL);
	else
		act_answer(a,
		    N_("This number cannot show who sends: nothing was done. Write by chat, mail or "
		       "{url}"),
		    "url", a->r->site->url, NULL);
}

/* Does what a stranger asks for need no account? */
static bool
stranger_may(const struct act *a, bool stopped)
{
	switch (a->p.verb) {
	case VERB_JOIN:
	case VERB_HELP:
		return true;
	case VERB_CODE:
	case VERB_MORE:
		return !stopped;
	case VERB_STOP:
		return !a->p.name[0];
	case VERB_START:
		return stopped;
	default:
		return false;
	}
}

/* Somebody whom nobody knows, at an address that is theirs. */
static void
stranger(struct act *a, bool stopped)
{
	if (stranger_may(a, stopped))
		command_run(a);
	else if (!stopped && peer_tally(a, "welcome", 1, DAY))
		act_answer(a,
		    N_("This is {site}: short messages between people. Nothing was sent. To sign up, "
		       "send: join NAME. To hear no more: stop"),
		    "site", a->r->site->name, NULL);
}

/*
 * From a number on hold after a long silence, whose user has another way to show who they are: it may
 * be somebody else's by now, so who writes is a stranger.  A code makes it theirs, or theirs again.
 */
static void
dormant(struct act *a, bool stopped)
{
	a->user = (struct user){ 0 };
	parse_text(a->text, "*", a->r->site->name, &a->p);
	a->lang = a->p.lang[0] ? a->p.lang : a->r->site->lang;
	if (stranger_may(a, stopped))
		command_run(a);
	else if (!stopped && peer_tally(a, "welcome", 1, DAY))
		act_answer(a,
		    N_("Nothing was sent: this number was silent for long. If it is yours, send link "
		       "from your other address. New? Send: join NAME"),
		    NULL);
}

/* Does it act at an address that was stopped?  Nothing else does until it is started again. */
static bool
stopped_may(const struct act *a)
{
	return a->p.verb == VERB_START || a->p.verb == VERB_HELP ||
	       (a->p.verb == VERB_STOP && !a->p.name[0]);
}

/* A user, or a proven stranger. */
static void
proven(struct act *a, bool stopped)
{
	if (a->user.id == 0) {
		stranger(a, stopped);
	} else if (!a->pinned && silence_is_held(&a->address, a->r->now) &&
		   silence_guarded(a->tx, a->user.id)) {
		dormant(a, stopped);
	} else if (a->user.suspended && a->p.verb != VERB_STOP) {
		if (!act_on_channel(a) || peer_tally(a, "suspended", 1, DAY))
			act_answer(a, N_("This account is closed for now. Ask the operator: {url}"),
			    "url", a->r->site->url, NULL);
	} else if (stopped && !stopped_may(a)) {
		act_answer(a,
		    N_("You sent stop: nothing was done. Send start first, and then this again."),
		    NULL);
	} else {
		/* who writes from it can be reached there */
		if (a->address.state == ADDRESS_FAILING &&
		    act_try(a, address_set_state(
				   a->tx, a->address.kind, a->address.peer, ADDRESS_VERIFIED)) &&
		    act_try(a, ladder_settle(a->tx, a->user.id)))
			a->address.state = ADDRESS_VERIFIED;
		silence_heard(a);
		command_run(a);
	}
}

/*
 * The confirmation of stop is the last thing sent, whatever was sent before; but who goes on writing
 * hears of it once a day, and help is answered: the carriers want that.
 */
static bool
may_answer_stopped(struct act *a, bool stopped)
{
	if (!stopped)
		return peer_tally(a, "stop", ANSWERS_STRANGER, HOUR);
	if (!is_proven(a) || a->p.verb == VERB_STOP)
		return false;
	return peer_tally(a, a->p.verb == VERB_HELP ? "stopped help" : "stopped", 1, DAY);
}

static bool
may_answer_user(struct act *a)
{
	int64_t n = peer_count(a, "answer", HOUR);

	if (n == ANSWERS_USER + 1)
		act_enough(a, ANSWERS_USER);
	return n <= ANSWERS_USER + 1;
}

/* May an answer go to this peer, after what ${stopped} says was so before? */
static bool
may_answer(struct act *a, bool stopped)
{
	const char *kind = a->r->kind->name;

	if (!a->user.id && a->r->kind->costs &&
	    tally_add(a->tx, "strangers", kind, a->r->now, HOUR) > ANSWERS_PAID)
		return false;
	if (optout_is(a->tx, kind, a->r->peer))
		return may_answer_stopped(a, stopped);
	return a->user.id ? may_answer_user(a) : peer_tally(a, "stranger", ANSWERS_STRANGER, HOUR);
}

static void
send_answer(struct act *a, bool stopped)
{
	struct receive *r = a->r;
	struct answer out = { .chan = r->chan, .at = r->now, .next_at = r->now };

	if (!a->answer)
		return;
	held_page(a);
	if (!r->kind) {
		held_page(a);
		r->answer = a->answer;
		a->answer = NULL;
		return;
	}
	if (!may_answer(a, stopped))
		return;
	held_page(a);
	mem_copy(out.kind, sizeof(out.kind), r->kind->name);
	mem_copy(out.peer, sizeof(out.peer), r->peer);
	mem_copy(out.lang, sizeof(out.lang), a->lang);
	out.text = a->answer;
	/* "=" is our own mark */
	out.foreign = r->foreign && r->foreign[0] != '=' ? r->foreign : (char[]){ "" };
	/* so many wait for this peer already that one more is no help */
	answer_add(a->tx, &out);
}

/* A peer's id of any length, short enough to be kept. */
static void
foreign_fold(struct receive *r)
{
	unsigned char hash[32];
	char *hex;

	if (!r->foreign || strlen(r->foreign) <= FOREIGN_MAX)
		return;
	secret_hash(r->foreign, strlen(r->foreign), hash);
	hex = mem_new(2 * sizeof(hash) + 1);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	free(r->foreign);
	r->foreign = hex;
}

void
receive_prepare(struct receive *r)
{
	if (r->prepared)
		return;
	r->prepared = true;
	r->fault = TEXT_FINE;
	if (r->text_len <= PORT_TEXT_MAX)
		r->clean = text_clean(r->text, r->text_len, &r->fault);
	if (r->clean)
		scrub_text(r->site, r->clean);
	foreign_fold(r);
}

/* False, after answering a user, if the text cannot be acted on. */
static bool
is_usable(struct act *a, bool is_known)
{
	struct receive *r = a->r;
	enum text_fault fault = r->fault;
	char most[24];

	if (r->clean && strlen(r->clean) <= TEXT_MOST)
		return true;
	if (fault != TEXT_FINE)
		r->verdict = VERDICT_REFUSED;
	if (!is_known)
		return false;
	snprintf(most, sizeof(most), "%d", r->site->limit);
	if (fault == TEXT_EMPTY)
		act_answer(a, N_("There was no text in that. Nothing was sent."), NULL);
	else if (fault == TEXT_INVALID)
		act_answer(a, N_("That could not be read (not UTF-8). Nothing was sent."), NULL);
	else
		act_answer(a, N_("Far too long: {most} letters at most. Nothing was sent."), "most",
		    most, NULL);
	return false;
}

/* Is it a repeat of what was received before? */
static bool
is_repeat(struct act *a, const char *who)
{
	struct receive *r = a->r;

	if (!r->foreign || !*r->foreign || inbound_is_new(a->tx, r->chan, who, r->foreign, &r->pos))
		return false;
	r->ok = r->pos != 0;
	/* a form that came to nothing may be mended and sent again */
	return r->kind || r->ok;
}

/* It has been parsed, and its PIN was right where it needs one. */
static void
carry_out(struct act *a, bool is_sure, bool stopped)
{
	const struct receive *r = a->r;

	if (r->plain && !r->kind && held_may_say(&a->p))
		a->p = (struct parsed){ .verb = VERB_STATUS, .text = a->text };
	if (is_sure)
		proven(a, stopped);
	else
		unproven(a);
}

static void
act(struct act *a)
{
	struct receive *r = a->r;
	bool is_sure, stopped = false;

	find_sender(a, &stopped);
	if (!r->kind && a->user.id == 0) {
		r->verdict = VERDICT_REFUSED;
		return;
	}
	is_sure = is_proven(a);
	if (is_usable(a, is_sure && a->user.id)) {
		a->text = r->clean;
		/* strangers may sign up in any language, and have that from then on */
		parse_text(r->clean, a->user.id ? a->lang : "*", r->site->name, &a->p);
		if (!a->user.id && a->p.lang[0])
			a->lang = a->p.lang;
		if (pin_passes(a, stopped))
			carry_out(a, is_sure || a->pinned, stopped);
	}
	if (a->result == STORE_OK)
		send_answer(a, stopped);
}

int
receive_run(struct tx *tx, void *arg)
{
	struct receive *r = arg;
	struct act a = { .tx = tx, .r = r };
	char who[PEER_MAX + 16];

	receive_prepare(r);
	free(r->answer);
	r->answer = NULL;
	r->pos = 0;
	r->ok = r->held = r->repeat = false;
	r->verdict = VERDICT_KEPT;
	/* the web has no peer: a form sent twice is one of this user's */
	if (!r->kind) {
		snprintf(who, sizeof(who), "%" PRId64, r->user);
	} else if (!r->peer || !*r->peer || mem_copy(who, PEER_MAX + 1, r->peer) != 0) {
		r->verdict = VERDICT_REFUSED;
		return STORE_OK;
	}
	r->repeat = is_repeat(&a, who);
	if (r->repeat)
		return STORE_OK;
	if (!r->automatic)
		act(&a);
	free(a.answer);
	if (a.result == STORE_OK && r->foreign && *r->foreign)
		act_try(&a, inbound_note(tx, r->chan, who, r->foreign, r->now, r->pos));
	/* nothing is kept: what was said must come again */
	if (a.result != STORE_OK) {
		r->verdict = VERDICT_LATER;
		r->ok = false;
		r->pos = 0;
	}
	return a.result;
}
