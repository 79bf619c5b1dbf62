#ifndef HUDHUD_CHANNELS_WEB_ACCOUNT_H
#define HUDHUD_CHANNELS_WEB_ACCOUNT_H

#include "channels/web/web.h"

/* Passwords and sessions.  The work is done on the workers' threads: it takes long on purpose. */

enum account_result {
	ACCOUNT_OK,    /* there is a new session */
	ACCOUNT_WRONG, /* name and password do not match; or no such name */
	ACCOUNT_TAKEN, /* somebody has the name */
	ACCOUNT_OFTEN, /* tried too often */
	ACCOUNT_LATER, /* the store or the memory cannot now */
};

/** What is said beside a form that was sent too often (a msgid). */
#define ACCOUNT_TOO_OFTEN "That was tried too often. Wait a while, then try again."
#define PASSWORD_MIN 8
#define PASSWORD_MAX 200 /* characters */

/** Has ${password} a length that we take? */
bool account_password_fits(const char *password);

/**
 * Log in, or sign up (${fresh}), as ${name} in the background; ${next} continues with
 * account_result().  Answers 503 itself where too many are at it.
 */
void account_begin(
    struct visit *v, bool fresh, const char *name, const char *password, web_page *next);

/** May one more sign up from ${remote} (see visit_remote())?  Counts it. */
bool account_may_sign_up(struct tx *tx, const char *remote, int64_t now);

/** How it ended; after ACCOUNT_OK the visitor has the new session's token. */
enum account_result account_result(struct visit *v);
/** The name that was tried. */
const char *account_name(const struct visit *v);

/* ---- join.c */
/** Sign up as ${name} without a password: ${next} continues with join_result(). */
void join_begin(struct visit *v, const char *name, web_page *next);
/** How it ended; after ACCOUNT_OK the code is shown at /signup/address. */
enum account_result join_result(struct visit *v);

/** End the visitor's session; ${next} continues. */
void account_leave(struct visit *v, web_page *next);

#endif
