/* Who somebody is: links that work once, alerts, numbers that fall silent, invitations, the end. */
#include "store/identity.h"
#include "gateway/command.h"
#include "gateway/phrase.h"
#include "gateway/silence.h"
#include "tests/unit/town.h"

#define DAY 86400
#define ALICE "+4915000000001"
#define ALICE_JABBER "alice@example.org"
#define BOB "bob@example.org"
#define CAROL "+4915000000003"

/* Give the address (${where}, ${peer}) to whom ${by} ${from} belongs. */
static void
link_up(int by, const char *from, int where, const char *peer)
{
	char code[16];
	const char *said = town_say(by, from, "link");

	snprintf(code, sizeof(code), "%s", strlen(said) > 9 ? said + strlen(said) - 9 : "");
	town_has(town_say(where, peer, code), "belongs to");
	for (int i = 0; i < CHANS; i++)
		while (*town_heard(i))
			;
}

/* ---- links */

static int
use_run(struct tx *tx, void *arg)
{
	const char *const *key = arg;
	unsigned char hash[32];
	int64_t user;

	account_key(key[0], key[1], hash);
	return code_take(tx, hash, town_now, &user) ? (int)user : 0;
}

/* Whose is the link ${answer} ends in?  0: nobody's. */
static int64_t
use(const char *what, const char *answer)
{
	const char *key[2] = { what, strrchr(answer, '/') ? strrchr(answer, '/') + 1 : "" };

	return store_write(town_store, use_run, key);
}

static void
links(void)
{
	int64_t bob = town_id("bob");
	char first[256];

	snprintf(first, sizeof(first), "%s", town_say(JABBER, BOB, "login"));
	ok(town_has(first, "https://gw.example/login/") && phrase_fits(first),
	    "login gives a link that fits one text");
	ok(use(ACCOUNT_EXPORT, first) == 0, "which does nothing else");
	ok(use(ACCOUNT_LOGIN, first) == bob && use(ACCOUNT_LOGIN, first) == 0, "but log in, once");
	snprintf(first, sizeof(first), "%s", town_say(JABBER, BOB, "login"));
	town_now += 601;
	ok(use(ACCOUNT_LOGIN, first) == 0, "and soon");
	snprintf(first, sizeof(first), "%s", town_say(JABBER, BOB, "export"));
	ok(town_has(first, "https://gw.example/export/") && use(ACCOUNT_EXPORT, first) == bob,
	    "export is the same");
	town_say(JABBER, BOB, "export");
	town_say(JABBER, BOB, "export");
	ok(town_has(town_say(JABBER, BOB, "export"), "enough for today"), "a few times a day");
	for (int i = 0; i < 5; i++)
		town_say(JABBER, BOB, "login");
	ok(!strstr(town_say(JABBER, BOB, "login"), "/login/"), "and login an hour");
	ok(strstr(town_web(town_id("bob"), "export"), "/export/") == NULL, "wherever it is asked");
	ok(town_has(town_say(PHONE, ALICE, "login"), "/login/"),
	    "who has nothing but a number may, too");
	town_now += DAY;
}

/* ---- guesses */

static void
codes(void)
{
	int64_t head;

	for (int i = 0; i < 5; i++)
		ok(town_has(town_say(JABBER, BOB, "link 00000000"), "wrong or too old"),
		    "a wrong code is told");
	ok(town_has(town_say(JABBER, BOB, "link 00000000"), "too much for one hour"),
	    "five an hour, of users, too");
	ok(!*town_say(JABBER, BOB, "link 00000000"), "which is said once");
	head = town_head();
	town_say(JABBER, BOB, "20261125");
	ok(town_said.pos == head + 1, "eight digits are a status all the same");
	town_now += 3600;
}

/* ---- numbers */

static int
run_silence(struct tx *tx, void *arg)
{
	struct silence_job job = { &town_site, town_now };

	(void)arg;
	return silence_run(tx, &job);
}

static void
silence(void)
{
	town_now += 3600;
	store_write(town_store, run_silence, NULL);
}

static struct address
address_of(int where, const char *peer)
{
	struct tx *tx = store_read(town_store);
	struct address a = { 0 };
	struct user u;

	user_by_address(tx, town_kind[where]->name, peer, &u, &a);
	store_read_end(tx);
	return a;
}

static void
long_silence(void)
{
	link_up(PHONE, ALICE, JABBER, ALICE_JABBER);
	town_say(PHONE, ALICE, "today");
	town_now += 91 * DAY;
	town_say(PHONE, ALICE, "after months");
	ok(town_said.pos != 0, "after months a number still speaks");
	ok(town_has(town_heard(JABBER), "after a long silence") &&
		strcmp(town_peer, ALICE_JABBER) == 0,
	    "and the others hear that it did");
	town_say(PHONE, ALICE, "again");
	ok(!*town_heard(JABBER), "once");
}

static void
asked(void)
{
	int64_t head;

	town_now += 179 * DAY;
	town_say(JABBER, ALICE_JABBER, "still on chat");
	while (*town_heard(PHONE))
		;
	silence();
	ok(!*town_heard(PHONE), "half a year passes");
	town_now += 2 * DAY;
	silence();
	ok(town_has(town_heard(PHONE), "Are you still alice?") && strcmp(town_peer, ALICE) == 0,
	    "then the number is asked");
	silence();
	ok(!*town_heard(PHONE), "once");
	ok(town_has(town_say(PHONE, ALICE, "on"), "messages come here"), "it answers");
	while (*town_heard(JABBER))
		;
	town_now += 20 * DAY;
	silence();
	ok(address_of(PHONE, ALICE).state == ADDRESS_VERIFIED, "and all is well");
	town_now += 181 * DAY;
	silence();
	ok(town_has(town_heard(PHONE), "Are you still alice?"), "the next time it does not");
	town_now += 15 * DAY;
	silence();
	ok(address_of(PHONE, ALICE).state == ADDRESS_FAILING, "nothing goes there any more");
	ok(town_has(town_heard(JABBER), ALICE) && town_has(town_answer, "half a year"),
	    "as its user hears elsewhere");
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "hello"), "silent for long") && town_quiet(head),
	    "who writes from it then is nobody");
	ok(!*town_say(PHONE, ALICE, "d bob secret") && town_quiet(head) &&
		!*town_say(PHONE, ALICE, "stats"),
	    "and gets nothing");
	ok(town_has(town_say(PHONE, ALICE, "stop"), "stopped") &&
		town_has(town_say(PHONE, ALICE, "start"), "started") &&
		address_of(PHONE, ALICE).state == ADDRESS_FAILING,
	    "stop and start do not wake it");
	link_up(JABBER, ALICE_JABBER, PHONE, ALICE);
	ok(address_of(PHONE, ALICE).state == ADDRESS_VERIFIED &&
		address_of(PHONE, ALICE).user == town_id("alice"),
	    "a code from the other address does");
}

static void
given_away(void)
{
	int64_t alice = town_id("alice");

	town_now += 181 * DAY;
	silence();
	town_now += 15 * DAY;
	silence();
	town_say(JABBER, ALICE_JABBER, "still here");
	while (*town_heard(JABBER) || *town_heard(PHONE))
		;
	ok(town_has(town_say(PHONE, ALICE, "join newcomer"), "Welcome, newcomer"),
	    "whose number it is now can sign up with it");
	ok(address_of(PHONE, ALICE).user == town_id("newcomer") && town_id("alice") == alice,
	    "and has it");
	ok(town_has(town_heard(JABBER), "yours no more"), "which who had it hears");
}

/* A number is all they have. */
static void
alone(void)
{
	town_say(PHONE, CAROL, "join carol");
	town_now += 181 * DAY;
	silence();
	town_now += 15 * DAY;
	silence();
	while (*town_heard(PHONE))
		;
	ok(address_of(PHONE, CAROL).state == ADDRESS_FAILING, "a lonely number is held, too");
	town_say(PHONE, CAROL, "I am back");
	ok(town_said.pos != 0 && address_of(PHONE, CAROL).state == ADDRESS_VERIFIED,
	    "and opened by writing, for there is no other way");
	town_say(PHONE, CAROL, "pin 4711");
	town_now += 181 * DAY;
	silence();
	town_now += 15 * DAY;
	silence();
	while (*town_heard(PHONE))
		;
	ok(town_has(town_say(PHONE, CAROL, "hello"), "silent for long") && !town_said.pos,
	    "with a PIN there is");
	town_say(PHONE, CAROL, "4711 it is I");
	ok(town_said.pos != 0 && address_of(PHONE, CAROL).state == ADDRESS_VERIFIED,
	    "and it opens it");
}

static int
take_away(struct tx *tx, void *arg)
{
	struct address a;
	struct user u;

	if (!user_by_address(tx, "sms", arg, &u, &a))
		return STORE_FAILED;
	return account_drop_address(tx, &town_site, town_now, &a);
}

/* What waits at a number is for who had it, not for who has it next: a lost phone, say. */
static void
left_behind(void)
{
	char phone[] = "+4915000000077";
	int64_t head;

	while (*town_heard(JABBER) || *town_heard(PHONE))
		;
	town_say(PHONE, phone, "join dora");
	town_say(PHONE, phone, "folow bob");
	ok(store_write(town_store, take_away, phone) == STORE_OK, "dora's phone is lost");
	while (*town_heard(JABBER))
		;
	ok(town_has(town_say(PHONE, phone, "join eve"), "Welcome"), "eve has found it");
	head = town_head();
	ok(town_has(town_say(PHONE, phone, "post"), "Nothing was sent") && town_head() == head,
	    "and does not publish what dora left there");
}

/* ---- invitations */

static int
any_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "no";
	return strlen(typed) > 5 ? mem_copy(out, size, typed) : -1;
}

static void
invitations(void)
{
	static struct channel_kind kinds[2];
	struct reach reach[2] = { { &kinds[0], NULL, town_chan[PHONE] },
		{ &kinds[1], NULL, town_chan[MAIL] } };
	static const char thanks[] = "If dave@mail.example may be invited";

	kinds[0] = town_sms;
	kinds[1] = town_mail;
	kinds[0].peer = kinds[1].peer = any_peer;
	town_site.reach = reach;
	town_site.reach_n = 2;
	town_site.signup = SIGNUP_INVITE;
	ok(town_has(town_say(MAIL, "dave@mail.example", "join dave"), "by invitation"),
	    "nobody comes without one");
	ok(town_has(town_say(JABBER, BOB, "invite dave@mail.example"), thanks), "one is asked for");
	ok(town_has(town_heard(MAIL), "bob invites you to Hudhud") &&
		town_has(town_answer, "join NAME") && town_has(town_answer, "stop") &&
		strcmp(town_peer, "dave@mail.example") == 0,
	    "it says who, how, and how not");
	ok(town_has(town_say(JABBER, BOB, "invite dave@mail.example"), thanks) &&
		!*town_heard(MAIL),
	    "nobody is asked twice");
	ok(town_has(town_say(MAIL, "dave@mail.example", "join dave"), "Welcome, dave"),
	    "and with it one comes");
	ok(town_has(town_say(JABBER, BOB, "invite dave@mail.example"), thanks) &&
		!*town_heard(MAIL),
	    "who is here is not asked, and that is not told");
	town_say(MAIL, "eve@mail.example", "stop");
	ok(town_has(town_say(JABBER, BOB, "invite eve@mail.example"), "may be invited") &&
		!*town_heard(MAIL),
	    "nor who wants nothing");
	ok(town_has(town_say(JABBER, BOB, "invite xmpp:x@jab.example"), "no address"),
	    "a network that is not here is no address");
	ok(town_has(town_say(JABBER, BOB, "invite"), "Whom?"), "nor is nothing");
	ok(town_has(town_say(JABBER, BOB, "invite +49 150 9999999"), "may be invited") &&
		town_has(town_heard(PHONE), "bob invites"),
	    "a number is one");
	ok(town_has(town_say(JABBER, BOB, "invite fred@mail.example"), "No more invitations"),
	    "five a day");
	ok(town_has(town_say(PHONE, "+4915099", "join gus"), "by invitation"),
	    "an invitation is for one address");
	town_site.signup = SIGNUP_OPEN;
	town_site.reach_n = 0;
	town_site.reach = NULL;
}

/* ---- too many alerts are no alerts */

static int
alerts_run(struct tx *tx, void *arg)
{
	const int64_t *bob = arg;

	silence_failed(tx, &town_site, town_now, *bob, "email", "bob@mail.example");
	return STORE_OK;
}

static void
bounded(void)
{
	int64_t bob = town_id("bob");
	int heard = 0;

	town_now += DAY;
	store_write(town_store, alerts_run, &bob);
	ok(town_has(town_heard(JABBER), "bob@mail.example came back") &&
		strcmp(town_peer, BOB) == 0,
	    "what fails is told elsewhere");
	for (int i = 0; i < 15; i++)
		store_write(town_store, alerts_run, &bob);
	while (*town_heard(JABBER))
		heard++;
	ok(heard == 9, "ten times a day");
}

/* ---- the end */

static void
end(void)
{
	int64_t alice = town_id("alice");
	struct tx *tx;
	struct address a[2];

	link_up(JABBER, ALICE_JABBER, MAIL, "alice@mail.example");
	ok(town_has(town_say(JABBER, ALICE_JABBER, "erase"), "Sure? Send: erase alice"),
	    "it is asked first");
	ok(town_has(town_say(JABBER, ALICE_JABBER, "erase bob"), "Sure?") && town_id("bob") != 0,
	    "another name ends nothing");
	ok(town_id("alice") == alice, "nor does the question");
	ok(town_has(town_say(JABBER, ALICE_JABBER, "erase alice"), "Goodbye"), "the answer does");
	ok(town_id("alice") == 0, "alice is no more");
	ok(town_has(town_say(JABBER, "new@example.org", "join alice"), "taken"),
	    "nobody else is alice at once");
	ok(town_has(town_heard(MAIL), "alice was erased"), "as she hears everywhere");
	tx = store_read(town_store);
	ok(address_list(tx, alice, a, 2) == 0, "nothing of hers is left");
	store_read_end(tx);
	ok(town_has(town_say(JABBER, ALICE_JABBER, "hello"), "join NAME"), "she is a stranger");
}

/* ---- in one text, in every language */

static int
words_run(struct tx *tx, void *arg)
{
	struct user u;

	user_by_name(tx, "abcdefghijklmno", &u);
	mem_copy(u.lang, sizeof(u.lang), arg);
	return user_update(tx, &u);
}

static void
lengths(void)
{
	static const char *const texts[] = { "pin", "pin 12", "pin 47110815", "pin off", "login",
		"export", "erase", "link", "invite", "invite x" };
	static const char *const langs[] = { "en", "ar", "ja" };
	int64_t id;

	town_say(JABBER, "long@jab.example", "join abcdefghijklmno");
	id = town_id("abcdefghijklmno");
	for (size_t l = 0; l < 3; l++) {
		store_write(town_store, words_run, (char *)langs[l]);
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			town_web(id, texts[i]);
			ok(town_said.answer && phrase_fits(town_said.answer), town_said.answer);
		}
		town_now += DAY;
	}
}

int
main(void)
{
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	links();
	codes();
	long_silence();
	asked();
	given_away();
	alone();
	left_behind();
	invitations();
	bounded();
	end();
	lengths();
	town_close();
	return tap_done();
}
