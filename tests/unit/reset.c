/* Ways in for who has no password: a link to an address of theirs, a code from one that is to be. */
#include "gateway/reset.h"
#include "gateway/command.h"
#include "gateway/joining.h"
#include "store/session.h"
#include "tests/unit/town.h"

#define DAY 86400
#define ALICE "+4915000000001"
#define BOB "bob@example.org"
#define BOB_MAIL "bob@mail.example"
#define CAROL "carol@mail.example"

/* ---- addresses, as people type them */

static int
as_typed(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "";
	return mem_copy(out, size, typed);
}

static const struct channel_kind typed_kinds[CHANS] = {
	{ .name = "xmpp", .peer = as_typed },
	{ .name = "sms", .peer = as_typed },
	{ .name = "email", .peer = as_typed },
};
static struct reach reaches[CHANS];

static int
ask_run(struct tx *tx, void *arg)
{
	return reset_ask(tx, &town_site, town_now, arg);
}

static void
ask(const char *who)
{
	if (store_write(town_store, ask_run, (char *)who) != STORE_OK)
		log_die("the store failed");
}

static int
use_run(struct tx *tx, void *arg)
{
	unsigned char hash[32];
	int64_t user;

	account_key(ACCOUNT_LOGIN, arg, hash);
	return code_take(tx, hash, town_now, &user) ? (int)user : 0;
}

/* Whose account does ${key} open?  0: nobody's. */
static int64_t
use(const char *key)
{
	return store_write(town_store, use_run, (char *)key);
}

/* Whose is the link that has come by ${where} to ${peer}?  0: nothing has. */
static int64_t
came(int where, const char *peer)
{
	char *link;

	if (!*town_heard(where))
		return 0;
	link = strstr(town_answer, "https://gw.example/login/");
	if (link == NULL || strcmp(town_peer, peer) != 0)
		return -1;
	return use(link + 25);
}

static bool
nothing(void)
{
	return !*town_heard(JABBER) && !*town_heard(PHONE) && !*town_heard(MAIL);
}

static void
link_up(int by, const char *from, int where, const char *peer)
{
	char code[16];
	const char *said = town_say(by, from, "link");

	snprintf(code, sizeof(code), "%s", strlen(said) > 9 ? said + strlen(said) - 9 : "");
	town_has(town_say(where, peer, code), "belongs to");
	while (!nothing())
		;
}

static int
hold_run(struct tx *tx, void *arg)
{
	return address_set_state(tx, "email", BOB_MAIL, *(enum address_state *)arg);
}

static void
hold(enum address_state state)
{
	store_write(town_store, hold_run, &state);
}

static void
resets(void)
{
	int64_t alice = town_id("alice"), bob = town_id("bob");

	ask("nobody");
	ask("nobody@mail.example");
	ask("");
	ok(nothing(), "whom nobody knows is sent nothing");
	ask(" @Bob ");
	ok(came(JABBER, BOB) == bob && nothing(),
	    "a name gets a link by the first rung, and that works");
	ask(BOB_MAIL);
	ok(came(JABBER, BOB) == bob && nothing(), "an address does the same");
	ask(BOB);
	ok(came(JABBER, BOB) == bob, "Jabber's, too");
	ask("bob");
	ok(nothing(), "three times an hour");
	ask("alice");
	ok(came(PHONE, ALICE) == alice, "who has nothing but a number gets it there");
	ask(ALICE);
	ok(nothing(), "but not for the number alone, which may have a new owner");
	town_now += 3600;
	for (int i = 0; i < 10; i++) {
		ask("bob");
		town_now += 3600;
	}
	for (int i = 0; came(JABBER, BOB) == bob; i++)
		ok(i < 3, "six a day");
	town_now += DAY;
}

static void
rungs(void)
{
	int64_t alice = town_id("alice");

	link_up(PHONE, ALICE, MAIL, BOB_MAIL "x");
	ask("alice");
	ok(came(MAIL, BOB_MAIL "x") == alice && nothing(),
	    "a number is not asked where there is more");
	hold(ADDRESS_VERIFIED);
	town_say(JABBER, BOB, "stop");
	while (!nothing())
		;
	ask("bob");
	ok(came(MAIL, BOB_MAIL) == town_id("bob") && nothing(), "nothing goes where stop was sent");
	hold(ADDRESS_PENDING);
	ask("bob");
	ask(BOB_MAIL);
	ok(nothing(), "nor to what is not proved");
	hold(ADDRESS_VERIFIED);
	town_say(JABBER, BOB, "start");
	while (!nothing())
		;
}

static void
floods(void)
{
	int texts = 0;

	town_now += DAY;
	for (int i = 0; i < 80; i++) {
		char name[16], number[24];

		snprintf(name, sizeof(name), "join n%d", i);
		snprintf(number, sizeof(number), "+49151000%05d", i);
		town_say(PHONE, number, name);
	}
	for (int i = 0; i < 80; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		ask(name);
	}
	while (*town_heard(PHONE))
		texts += strstr(town_answer, "/login/") != NULL;
	ok(texts == 60, "names are known to all: texts cost, and there is an end to them");
}

/* ---- signing up */

struct wanted {
	const char *code, *name, *key;
};

static int
keep_run(struct tx *tx, void *arg)
{
	const struct wanted *w = arg;
	struct joining j = { .lang = "en" };

	mem_copy(j.name, sizeof(j.name), w->name);
	account_key(ACCOUNT_LOGIN, w->key, j.key);
	return joining_keep(tx, w->code, &j, town_now + JOINING_LIFE);
}

static void
keep(const char *code, const char *name, const char *key)
{
	struct wanted w = { code, name, key };

	store_write(town_store, keep_run, &w);
}

static void
joins(void)
{
	struct tx *tx;
	struct address a;
	struct user u;

	town_now += DAY;
	keep("11112222", "carol", "carols");
	ok(use("carols") == 0, "before the code has come nobody is let in");
	ok(town_has(town_say(JABBER, BOB, "11112222"), "already") && town_id("carol") == 0,
	    "from an address that is somebody's it does nothing");
	town_say(MAIL, CAROL, "1111 2222");
	ok(town_has(town_answer, "Welcome, carol"), "from another it signs up");
	tx = store_read(town_store);
	ok(user_by_address(tx, "email", CAROL, &u, &a) && strcmp(u.name, "carol") == 0 &&
		a.state == ADDRESS_VERIFIED,
	    "with that address");
	store_read_end(tx);
	ok(use("carols") == town_id("carol") && use("carols") == 0,
	    "and lets the browser in, once");
	ok(!town_has(town_say(MAIL, "dora@mail.example", "11112222"), "Welcome"),
	    "a code is good once");
	keep("33334444", "carol", "taken");
	ok(town_has(town_say(MAIL, "eve@mail.example", "33334444"), "taken") && use("taken") == 0,
	    "whose name was taken meanwhile is told, and not let in");
	keep("55556666", "late", "late");
	town_now += JOINING_LIFE;
	town_say(MAIL, "late@mail.example", "55556666");
	ok(town_id("late") == 0, "a code is good for ten minutes");
	town_site.signup = SIGNUP_CLOSED;
	keep("77778888", "shut", "shut");
	town_say(MAIL, "shut@mail.example", "77778888");
	ok(town_id("shut") == 0, "nobody signs up where that is closed");
	town_site.signup = SIGNUP_OPEN;
}

int
main(void)
{
	for (int i = 0; i < CHANS; i++)
		reaches[i].kind = &typed_kinds[i];
	town_site.reach = reaches;
	town_site.reach_n = CHANS;
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	link_up(JABBER, BOB, MAIL, BOB_MAIL);
	resets();
	rungs();
	floods();
	joins();
	town_close();
	return tap_done();
}
