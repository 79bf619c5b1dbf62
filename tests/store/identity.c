/* PINs, keys, invitations, and numbers that have fallen silent. */
#include "store/identity.h"

#include <stdlib.h>
#include <string.h>

#include "store/picture.h"
#include "store/session.h"
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
	ok(tally_get(tx, "t", "w", 5000, 3600) == 0, "nothing was counted");
	tally_add(tx, "t", "w", 5000, 3600);
	tally_add(tx, "t", "w", 5001, 3600);
	ok(tally_get(tx, "t", "w", 5002, 3600) == 2 && tally_get(tx, "t", "w", 9000, 3600) == 0,
	    "what was is known, in its hour");
	return STORE_OK;
}

static int
sessions(struct tx *tx, void *arg)
{
	int64_t alice = make_user(tx, "frank"), now = 1000 * DAY + 1234, end;
	struct session s = { .id = { 1 }, .user = alice, .made = now, .agent = "Firefox/Linux" };
	struct session found, list[SESSIONS_MAX + 1];
	unsigned char two[32] = { 2 };

	(void)arg;
	must(session_begin(tx, &s) == STORE_OK);
	ok(session_find(tx, s.id, now, &found) && found.user == alice && found.made == now &&
		memcmp(found.id, s.id, 32) == 0 && strcmp(found.agent, "Firefox/Linux") == 0,
	    "a session is found, with what it is used with");
	ok(!session_find(tx, two, now, &found), "and no other");
	ok(session_find(tx, s.id, now + SESSION_IDLE - 1, &found) &&
		!session_find(tx, s.id, now + SESSION_IDLE, &found),
	    "unused it is over after a while");
	ok(!session_is_stale(&found, now) && session_is_stale(&found, now + SESSION_STEP),
	    "its use is worth a note once an hour");
	end = now + SESSION_WHOLE;
	for (int64_t at = now; at < end; at += DAY)
		must(session_seen(tx, s.id, at) == STORE_OK);
	ok(session_find(tx, s.id, end - 1, &found) && !session_find(tx, s.id, end, &found),
	    "used each day it lasts longer, but not for ever");
	must(session_seen(tx, s.id, end) == STORE_OK);
	ok(!session_find(tx, s.id, end, &found), "and nothing wakes it");
	for (int i = 0; i < SESSIONS_MAX + 5; i++) {
		s.id[0] = (unsigned char)(100 + i);
		s.made = end + i * SESSION_STEP;
		must(session_begin(tx, &s) == STORE_OK);
	}
	ok(session_list(tx, alice, s.made, list, SESSIONS_MAX + 1) == SESSIONS_MAX &&
		memcmp(list[0].id, s.id, 32) == 0 && list[SESSIONS_MAX - 1].id[0] == 105,
	    "of too many the one unused for longest goes");
	must(sessions_end(tx, alice, s.id) == STORE_OK);
	ok(session_list(tx, alice, s.made, list, SESSIONS_MAX) == 1 &&
		session_find(tx, s.id, s.made, &found),
	    "all sessions but one end");
	must(session_drop(tx, s.id) == STORE_OK);
	ok(!session_find(tx, s.id, s.made, &found), "and then that");
	return STORE_OK;
}

static int
pictures(struct tx *tx, void *arg)
{
	static unsigned char bytes[70000] = { 0, 0xff, 'x' };
	struct picture p = { "image/png", "0123456789abcdef", bytes, sizeof(bytes) }, found;
	int64_t sally = make_user(tx, "sally"), other = make_user(tx, "other");
	struct user u;

	(void)arg;
	ok(!picture_get(tx, sally, &found) && user_by_id(tx, sally, &u) && !*u.picture,
	    "nobody has a picture by themselves");
	must(picture_set(tx, sally, &p) == STORE_OK);
	ok(picture_get(tx, sally, &found) && found.n == p.n &&
		memcmp(found.bytes, bytes, p.n) == 0 && strcmp(found.type, p.type) == 0,
	    "one is kept, byte for byte");
	free(found.bytes);
	ok(user_by_id(tx, sally, &u) && strcmp(u.picture, p.hash) == 0,
	    "and whoever looks knows its hash");
	strcpy(p.hash, "fedcba9876543210");
	p.n = 3;
	must(picture_set(tx, sally, &p) == STORE_OK);
	ok(picture_get(tx, sally, &found) && found.n == 3 && strcmp(found.hash, p.hash) == 0,
	    "another takes its place");
	free(found.bytes);
	must(picture_remove(tx, sally) == STORE_OK);
	ok(!picture_get(tx, sally, &found) && user_by_id(tx, sally, &u) && !*u.picture,
	    "it can be taken away");
	must(picture_set(tx, sally, &p) == STORE_OK && picture_set(tx, other, &p) == STORE_OK);
	must(user_remove(tx, sally) == STORE_OK);
	ok(!picture_get(tx, sally, &found) && picture_get(tx, other, &found),
	    "and goes with its person");
	free(found.bytes);
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
	suite_do(room, sessions, NULL);
	suite_do(room, pictures, NULL);
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
