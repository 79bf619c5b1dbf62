#ifndef HUDHUD_GATEWAY_COMMAND_H
#define HUDHUD_GATEWAY_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/parse.h"
#include "gateway/receive.h"
#include "store/fanout.h"
#include "store/log.h"
#include "store/people.h"

/*
 * What commands do, inside the transaction of receive_run().  receive.c has established who is
 * speaking and that they may.
 */

/** One thing said, on its way through the commands. */
struct act {
	struct tx *tx;
	struct receive *r;
	struct user user;       /* who says it; id 0: a stranger */
	struct address address; /* where it came from, if that is the user's; kind "" else */
	const char *lang;       /* to answer in */
	const char *text;       /* clean */
	struct parsed p;
	char *answer; /* what to say back, or NULL; owned */
	bool split;   /* a private text from here filled a text message not long ago */
	bool whole;   /* the answer is sent as it is, however long */
	bool pinned;  /* it began with its user's PIN */
	int result;   /* STORE_OK, or the store's failure, which undoes it all */
};

/** Does the service do that, or is the word only kept? */
bool command_does(enum verb verb);

/** Run what ${a}->p asks for. */
void command_run(struct act *a);

/** Answer; at most one answer, the first stands.  Values as for phrase(). */
void act_answer(struct act *a, const char *msgid, ...) __attribute__((sentinel));

/** It was done: answer that.  The same, and sets ok. */
void act_done(struct act *a, const char *msgid, ...) __attribute__((sentinel));

/** Keep ${result} of a store verb: false, and the whole act is undone, where it is not STORE_OK. */
bool act_try(struct act *a, int result);

/**
 * Tell ${user} what the sender did, where and when their ladder has it for what is for them alone, bounded per
 * day.  False: they cannot be reached today, or muted the sender.
 */
bool act_notify(struct act *a, int64_t user, const char *msgid, ...) __attribute__((sentinel));

/**
 * Count one more of ${what} by this user or sender; false if more than ${most} in ${window} seconds (an
 * hour, or a day), and the first time that it is, answers so.
 */
bool act_limit(struct act *a, const char *what, int64_t most, int64_t window);
/** How often ${what} has been counted in the window that is now, without counting. */
int64_t act_tally(struct act *a, const char *what, int64_t window);
/** What was tried now, ${n} times in this hour where ${most} may be: say that it is too much, the first time. */
void act_too_many(struct act *a, int64_t n, int64_t most);

/** The answer is one more than ${most}: say that, and that there are no more, in its place. */
void act_enough(struct act *a, int64_t most);

/** How much of ${most} this user may: not so much on the first day of who signed up by themselves. */
int64_t act_most(const struct act *a, int64_t most);

/** Find the user that the command names; false, after answering, if there is none. */
bool act_who(struct act *a, struct user *who);

/** Is it an address of a network (not web or control)? */
bool act_on_channel(const struct act *a);

/**
 * May it change who gets into the account?  Not on the word of a number alone, where there is another way;
 * false after answering so.
 */
bool account_is_trusted(struct act *a);
/**
 * Take ${a} from its user, who is told elsewhere.  STORE_FAILED: it is not theirs.
 */
int account_drop_address(
    struct tx *tx, const struct site *site, int64_t now, const struct address *a);
/** ${user} hears that the address (${kind}, ${peer}) is theirs now. */
void account_new_address(struct tx *tx, const struct site *site, int64_t now, int64_t user,
    const char *kind, const char *peer);
/** ${user} hears that the password was changed. */
void account_new_password(struct tx *tx, const struct site *site, int64_t now, int64_t user);
/** The hash by which a link that works once, to do ${what}, is known in the store. */
void account_key(const char *what, const char *key, unsigned char hash[32]);
#define ACCOUNT_LOGIN "login"
#define ACCOUNT_EXPORT "export"
#define ACCOUNT_LINK_LIFE 600 /* seconds */

/**
 * Ask whoever said it whether a text that looks like a mistyped command was one; false if it is said as
 * it is.
 */
bool held_back(struct act *a);
/** Is it a text that would have been held back, and may be said as it is if its author says so? */
bool held_may_say(const struct parsed *p);
/** Keep the text for "post"; false where it is not kept, for it can be seen and sent again (on the web). */
bool held_keep(struct act *a);
/** The text is private, to ${name} (or ""): if it fills a text message, what comes next may be its rest. */
void held_note(struct act *a, const char *name);
/** May the text be such a rest?  Then that is asked, and true. */
bool held_rest(struct act *a);
/** Take what was held back, and what it answers into reply_to; NULL if there is nothing.  Owned. */
char *held_take(struct act *a);
/** Cut the answer to one text message and keep the rest for "more". */
void held_page(struct act *a);

/** The handlers, by room: command_say.c, command_follow.c, command_address.c,
 * command_account.c, command_ask.c, command_held.c, command_help.c. */
void say_status(struct act *a);
void say_mention(struct act *a);
void say_direct(struct act *a);
void say_reply(struct act *a);
void say_post(struct act *a);
void say_private(struct act *a);

/** Write ${s}, whose text, addressed and the like are filled in; sets ok, or answers. */
void say_new(struct act *a, struct status_new *s);
/** What the network says that this answers: 0 for nothing, negative for what is not known or not theirs. */
int64_t say_answered(struct act *a);

void deed_fav(struct act *a);
void deed_repeat(struct act *a);
void deed_undo(struct act *a);
void deed_delete(struct act *a);
void deed_nudge(struct act *a);
void deed_track(struct act *a);
void deed_untrack(struct act *a);

void why_trace(struct act *a);
void why_came(struct act *a);
void why_service(struct act *a);

void report_user(struct act *a);

void follow_begin(struct act *a);
void follow_end(struct act *a);
void follow_requests(struct act *a);
void follow_accept(struct act *a);
void follow_deny(struct act *a);
void follow_protect(struct act *a);
void follow_unprotect(struct act *a);
void follow_block(struct act *a);
void follow_unblock(struct act *a);

void address_on(struct act *a);
void address_off(struct act *a);
void address_stop(struct act *a);
void address_start(struct act *a);
void address_join(struct act *a);
void address_link(struct act *a);
void address_code(struct act *a);

void account_pin(struct act *a);
void account_login(struct act *a);
void account_export(struct act *a);
void account_erase(struct act *a);
void account_invite(struct act *a);

void held_more(struct act *a);

void ask_get(struct act *a);
void ask_whois(struct act *a);
void ask_stats(struct act *a);
void ask_help(struct act *a);
void ask_whole(struct act *a);
void ask_lang(struct act *a);
void ask_later(struct act *a);

/* command_ladder.c */
void ladder_prefer(struct act *a);
void ladder_zone(struct act *a);
void ladder_sleep(struct act *a);
void ladder_wake(struct act *a);
void ladder_mute(struct act *a);
void ladder_unmute(struct act *a);

#endif
