#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/account.h"
#include "channels/web/sessions.h"
#include "store/pending.h"

#define HASH_MAX 256
#define LOGIN_WINDOW 900 /* seconds */
#define LOGIN_USER 20
#define LOGIN_REMOTE 100
#define SIGNUP_WINDOW 3600
#define SIGNUP_REMOTE 60
#define SIGNUP_ALL 500 /* counted with those who join by other networks */

struct account {
	struct visit *visit;
	bool fresh;
	char name[USER_NAME_MAX + 1];
	char password[4 * PASSWORD_MAX + 1];
	char remote[SECRET_TOKEN_SIZE];
	char hash[HASH_MAX], was[HASH_MAX]; /* to be kept; as it was found */
	char token[SECRET_LONG_SIZE];       /* of the new session */
	unsigned char old[32];              /* the session before */
	bool rehashed;                      /* hash is a better one than before */
	struct user user;
	enum account_result result;
	struct store_job job;
};

bool
account_password_fits(const char *password)
{
	size_t n = 0;

	if (strlen(password) > (size_t)4 * PASSWORD_MAX)
		return false;
	for (const char *p = password; *p; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n >= PASSWORD_MIN && n <= PASSWORD_MAX;
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	explicit_bzero(a, sizeof *a);
	free(a);
}

bool
account_may_sign_up(struct tx *tx, const char *remote, int64_t now)
{
	return tally_add(tx, "web-signup", remote, now, SIGNUP_WINDOW) <= SIGNUP_REMOTE;
}

/* Count the try, and learn what there is to compare with. */
static int
look(struct tx *tx, void *arg)
{
	struct account *a = arg;
	int64_t now = a->visit->now;

	a->result = ACCOUNT_OK;
	*a->hash = '\0';
	if (a->fresh) {
		if (!account_may_sign_up(tx, a->remote, now) ||
		    tally_add(tx, "join", "", now, SIGNUP_WINDOW) > SIGNUP_ALL)
			a->result = ACCOUNT_OFTEN;
		else if (user_by_name(tx, a->name, &a->user))
			a->result = ACCOUNT_TAKEN;
		return STORE_OK;
	}
	/* Names that nobody has are counted, too: the limit tells nothing about them. */
	if (tally_add(tx, "web-login-name", a->name, now, LOGIN_WINDOW) > LOGIN_USER ||
	    tally_add(tx, "web-login", a->remote, now, LOGIN_WINDOW) > LOGIN_REMOTE)
		a->result = ACCOUNT_OFTEN;
	else if (!user_by_name(tx, a->name, &a->user) || a->user.suspended ||
		 !password_get(tx, a->user.id, a->hash, sizeof a->hash))
		*a->hash = '\0';
	mem_copy(a->was, sizeof a->was, a->hash);
	return STORE_OK;
}

/* Is the account still as it was, and the password the one that was compared?  Comparing takes long. */
static bool
is_unchanged(struct tx *tx, struct account *a)
{
	char hash[HASH_MAX];

	return user_by_id(tx, a->user.id, &a->user) && !a->user.suspended &&
	       password_get(tx, a->user.id, hash, sizeof hash) && strcmp(hash, a->was) == 0;
}

/* Write what has come of it. */
static int
enter(struct tx *tx, void *arg)
{
	struct account *a = arg;
	struct user *u = &a->user;
	const struct visit *v = a->visit;
	struct session s;

	a->result = ACCOUNT_OK;
	if (a->fresh) {
		*u = (struct user){ .wishes = USER_JOINED };
		mem_copy(u->name, sizeof u->name, a->name);
		mem_copy(u->lang, sizeof u->lang, v->lang);
		mem_copy(u->zone, sizeof u->zone, v->web->site->zone);
		if (pending_is(tx, PENDING_ERASED, PENDING_NAME, u->name, v->now) ||
		    user_add(tx, u) != STORE_OK) {
			a->result = ACCOUNT_TAKEN;
			return STORE_FAILED;
		}
	} else if (!is_unchanged(tx, a)) {
		a->result = ACCOUNT_WRONG;
		return STORE_OK;
	}
	if ((a->fresh || a->rehashed) && password_set(tx, u->id, a->hash) < 0)
		return STORE_FAILED;
	session_drop(tx, a->old);
	session_of(v, a->token, u->id, &s);
	return session_begin(tx, &s);
}

/* One of old times is kept as those of today are, while the password is at hand. */
static void
renew(struct account *a)
{
	char *hash;

	if (!secret_password_is_old(a->hash) || (hash = secret_password_hash(a->password)) == NULL)
		return;
	a->rehashed = mem_copy(a->hash, sizeof a->hash, hash) == 0;
	free(hash);
}

/* The part that takes long: is it the password, or what is its hash? */
static enum account_result
weigh(struct account *a)
{
	char *hash;
	bool right;

	if (!a->fresh && *a->hash) {
		if (!secret_password_check(a->hash, a->password))
			return ACCOUNT_WRONG;
		renew(a);
		return ACCOUNT_OK;
	}
	/* One who has no account waits just as long for the answer. */
	hash = secret_password_hash(a->password);
	right = a->fresh && hash != NULL && mem_copy(a->hash, sizeof a->hash, hash) == 0;
	free(hash);
	if (a->fresh)
		return right ? ACCOUNT_OK : ACCOUNT_LATER;
	return ACCOUNT_WRONG;
}

static void
work(void *arg, bool dropped)
{
	struct account *a = arg;
	struct store *store = core_store(a->visit->web->core);

	if (dropped || store_write(store, look, a) < 0)
		a->result = ACCOUNT_LATER;
	if (a->result == ACCOUNT_OK)
		a->result = weigh(a);
	explicit_bzero(a->password, sizeof a->password);
	if (a->result == ACCOUNT_OK) {
		secret_new_long(a->token);
		if (store_write(store, enter, a) < 0 && a->result == ACCOUNT_OK)
			a->result = ACCOUNT_LATER;
	}
	httpd_go(a->visit->http);
}

void
account_begin(struct visit *v, bool fresh, const char *name, const char *password, web_page *next)
{
	struct account *a = v->account = mem_new(sizeof *a);

	a->visit = v;
	a->fresh = fresh;
	mem_copy(a->name, sizeof a->name, name);
	mem_copy(a->password, sizeof a->password, password);
	visit_remote(v, a->remote);
	secret_hash(v->token, strlen(v->token), a->old);
	visit_wait(v, next);
	if (!workers_add(v->web->workers, work, a)) {
		a->result = ACCOUNT_LATER;
		httpd_go(v->http);
	}
}

enum account_result
account_result(struct visit *v)
{
	struct account *a = v->account;

	if (a->result == ACCOUNT_OK)
		visit_token(v, a->token);
	else if (!a->fresh && a->result == ACCOUNT_WRONG)
		meter_page(core_meter(v->web->core), METER_LOGIN_WRONG, 1);
	else if (!a->fresh && a->result == ACCOUNT_OFTEN)
		meter_page(core_meter(v->web->core), METER_LOGIN_OFTEN, 1);
	return a->result;
}

const char *
account_name(const struct visit *v)
{
	return v->account->name;
}

static int
leave(struct tx *tx, void *arg)
{
	struct account *a = arg;

	return session_drop(tx, a->old);
}

static void
left(struct store_job *job, int result)
{
	struct account *a = job->arg;

	a->result = result < 0 ? ACCOUNT_LATER : ACCOUNT_OK;
	httpd_go(a->visit->http);
}

void
account_leave(struct visit *v, web_page *next)
{
	struct account *a = v->account = mem_new(sizeof *a);

	a->visit = v;
	secret_hash(v->token, strlen(v->token), a->old);
	a->job = (struct store_job){ .run = leave, .arg = a, .done = left };
	visit_wait(v, next);
	store_submit(core_store(v->web->core), &a->job);
}
