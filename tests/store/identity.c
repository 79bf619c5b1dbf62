/* PINs, keys, invitations, and numbers that have fallen silent. */
#include "store/identity.h"

#include <string.h>

#include "tests/store/suite.h"

#define DAY 86400

static int64_t
add_number(struct tx *tx, int64_t user, const char *peer, int chan, int64_t heard)
{
	struct address a = { .user = user, .kind = "sms", .chan = chan, .state = ADDRESS_VERIFIED };

	strcpy(a.peer, peer);
	a.since = heard;
	must(address_add(tx, &a) == STORE_OK);
	return heard;
}

static int
secrets(struct tx *tx, void *arg)
{
	unsigned char one[32] = { 1 }, two[32] = { 2 };
	int64_t alice = make_user(tx, "alice"), whose;
	char sealed[64];
	struct user u;

	(void)arg;
	ok(!pin_get(tx, alice, sealed, sizeof(sealed)), "nobody has a PIN by themselves");
	must(pin_set(tx, alice, "sealed") == STORE_OK);
	ok(pin_get(tx, alice, sealed, sizeof(sealed)) && strcmp(sealed, "sealed") == 0,
	    "one is kept");
	ok(user_by_id(tx, alice, &u) && u.has_pin, "and whoever looks sees that there is one");
	must(pin_set(tx, alice, "") == STORE_OK);
	ok(user_by_id(tx, alice, &u) && !u.has_pin, "until it is taken off");
	must(code_add(tx, one, alice, 100) == STORE_OK);
	ok(code_get(tx, one, 99, &whose) && whose == alice && code_get(tx, one, 99, &whose),
	    "a code can be looked at");
	ok(!code_get(tx, one, 100, &whose) && !code_get(tx, two, 99, &whose),
	    "not for ever, nor another");
	must(session_add(tx, one, alice, 100) == STORE_OK);
	must(session_add(tx, two, alice, 100) == STORE_OK);
	must(sessions_end(tx, alice, two) == STORE_OK);
	ok(!session_get(tx, one, 50, &whose) && session_get(tx, two, 50, &whose),
	    "all sessions but one end");
	ok(tally_get(tx, "t", "w", 5000, 3600) == 0, "nothing was counted");
	tally_add(tx, "t", "w", 5000, 3600);
	tally_add(tx, "t", "w", 5001, 3600);
	ok(tally_get(tx, "t", "w", 5002, 3600) == 2 && tally_get(tx, "t", "w", 9000, 3600) == 0,
	    "what was is known, in its hour");
	return STORE_OK;
}

static int
invitations(struct tx *tx, void *arg)
{
	int64_t alice = make_user(tx, "alice");

	(void)arg;
	ok(!invite_is(tx, "sms", "+1", 10), "nobody is invited by themselves");
	ok(invite_add(tx, "sms", "+1", alice, 10, 100) == STORE_OK &&
		invite_is(tx, "sms", "+1", 99),
	    "somebody is");
	ok(invite_add(tx, "sms", "+1", alice, 50, 200) == STORE_FAILED, "once");
	ok(!invite_is(tx, "sms", "+1", 100) && !invite_is(tx, "email", "+1", 50), "for a while");
	ok(invite_add(tx, "sms", "+1", alice, 100, 200) == STORE_OK &&
		invite_is(tx, "sms", "+1", 150),
	    "and then again");
	must(invite_end(tx, "sms", "+1") == STORE_OK);
	ok(!invite_is(tx, "sms", "+1", 150), "until it is used");
	must(invite_add(tx, "sms", "+2", alice, 10, 100) == STORE_OK);
	ok(store_trim(tx, 101, 10) == 1, "an old one is forgotten");
	return STORE_OK;
}

static int
silence(struct tx *tx, void *arg)
{
	struct address a[4], one;
	int64_t user;
	int ids[2];
	struct user u;

	(void)arg;
	make_channels(tx, ids);
	user = make_reader(tx, "alice", "xmpp", ids[0]);
	add_number(tx, user, "+1", ids[1], 100 * DAY);
	add_number(tx, user, "+2", ids[1], 50 * DAY);
	add_number(tx, user, "+3", ids[1], 300 * DAY);
	ok(numbers_silent(tx, 200 * DAY, a, 4) == 2 && strcmp(a[0].peer, "+2") == 0 &&
		strcmp(a[1].peer, "+1") == 0,
	    "numbers are found, the most silent first");
	ok(numbers_silent(tx, 200 * DAY, a, 1) == 1, "so many as are wanted");
	must(number_asked(tx, &a[0], 201 * DAY) == STORE_OK);
	ok(numbers_silent(tx, 200 * DAY, a, 4) == 1 && strcmp(a[0].peer, "+1") == 0,
	    "who was asked is not asked again");
	ok(numbers_unanswered(tx, 201 * DAY, a, 4) == 0 &&
		numbers_unanswered(tx, 202 * DAY, a, 4) == 1 && strcmp(a[0].peer, "+2") == 0,
	    "but has not answered");
	must(address_heard(tx, &a[0], 203 * DAY) == STORE_OK);
	ok(numbers_unanswered(tx, 300 * DAY, a, 4) == 0, "until something comes");
	must(numbers_silent(tx, 200 * DAY, a, 4) == 1);
	must(number_hold(tx, &a[0]) == STORE_OK);
	ok(user_by_address(tx, "sms", "+1", &u, &one) && one.state == ADDRESS_FAILING,
	    "or it is held");
	ok(numbers_silent(tx, 200 * DAY, a, 4) == 0 && numbers_unanswered(tx, 300 * DAY, a, 4) == 0,
	    "and left alone");
	return STORE_OK;
}

static void
run_secrets(struct room *room)
{
	suite_do(room, secrets, NULL);
}

static void
run_invitations(struct room *room)
{
	suite_do(room, invitations, NULL);
}

static void
run_silence(struct room *room)
{
	suite_do(room, silence, NULL);
}

int
main(void)
{
	suite_run(run_secrets);
	suite_run(run_invitations);
	suite_run(run_silence);
	return tap_done();
}
