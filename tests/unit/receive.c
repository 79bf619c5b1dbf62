/* From what comes in to what it does: each command, and what must never happen. */
#include "gateway/ladder.h"
#include "tests/unit/town.h"

#define ALICE "+15550001"
#define BOB "bob@jab.example"
#define CAROL "carol@mail.example"

static void
keys(void)
{
	char key[64];
	int64_t pos, user;

	delivery_key(key, 0x1234, 0xab);
	ok(strcmp(key, "s1234.ab") == 0, "a delivery's key is its position and its user");
	ok(delivery_key_parse(key, &pos, &user) && pos == 0x1234 && user == 0xab, "and back");
	delivery_key(key, INT64_MAX, INT64_MAX);
	ok(delivery_key_parse(key, &pos, &user) && pos == INT64_MAX && user == INT64_MAX,
	    "the largest, too");
	delivery_key_answer(key, 31);
	ok(strcmp(key, "a1f") == 0 && !delivery_key_parse(key, &pos, &user),
	    "an answer's is another");
	static const char *const wrong[] = { "", "s", "s1", "s1.", "s.1", "s1.2x", "s1.2.3", "S1.2",
		"s0.1", "s01.2", "s-1.2", "s1. 2", "sffffffffffffffff.1", "s10000000000000000.1",
		"1.2", "s1.A" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(!delivery_key_parse(wrong[i], &pos, &user), "what is no key is none");
}

static void
joining(void)
{
	ok(town_has(town_say(PHONE, ALICE, "hello?"), "join NAME"),
	    "a stranger is told how to join");
	ok(town_quiet(0), "and what they said is not said");
	ok(!*town_say(PHONE, ALICE, "hello??"), "once a day");
	ok(town_has(town_say(PHONE, ALICE, "join home"), "taken"), "a page's address is no name");
	ok(town_has(town_say(PHONE, "+15559999", "join Follow"), "taken"), "nor is a command");
	ok(town_has(town_say(PHONE, "+15559998", "join it's"), "1 to 15"), "nor what is none");
	ok(town_has(town_say(PHONE, "+15559998", "join"), "1 to 15"), "join alone is explained");
	ok(town_has(town_say(PHONE, ALICE, "Join Alice."), "Welcome, alice"), "join makes a user");
	ok(town_said.ok && town_id("alice"), "who is there then");
	ok(town_has(town_say(JABBER, BOB, "join ALICE"), "taken"), "a name is given once");
	ok(town_has(town_say(JABBER, BOB, "join bob"), "Welcome, bob"), "bob joins by chat");
	ok(town_has(town_say(MAIL, CAROL, "join carol"), "Welcome, carol"), "carol by mail");
	ok(town_has(town_say(MAIL, CAROL, "join us"), "carol already"),
	    "whoever is here cannot join");
	ok(!*town_say(MAIL, CAROL, "join us now"), "but may say so");
	town_site.signup = SIGNUP_CLOSED;
	ok(town_has(town_say(PHONE, "+15559997", "join dan"), "no new people"),
	    "a closed site is closed");
	town_site.signup = SIGNUP_OPEN;
	ok(!town_id("dan"), "to all");
}

static void
saying(void)
{
	int64_t head = town_head(), first;

	ok(!*town_say(PHONE, ALICE, "Good morning"), "a status is not answered");
	first = town_said.pos;
	ok(first == head + 1 && town_said.ok, "it has the next position");
	ok(strcmp(town_status(first).text, "Good morning") == 0, "and its text");
	snprintf(town_foreign, sizeof(town_foreign), "m1");
	town_say(PHONE, ALICE, "once");
	first = town_said.pos;
	snprintf(town_foreign, sizeof(town_foreign), "m1");
	town_say(PHONE, ALICE, "once");
	ok(town_said.pos == first && town_head() == first && town_said.verdict == VERDICT_KEPT,
	    "the same id twice is one");
	snprintf(town_foreign, sizeof(town_foreign), "m1");
	town_say(JABBER, BOB, "other");
	ok(town_said.pos == first + 1, "from another it is another");
	ok(!*town_say(PHONE, ALICE, "get well soon"), "a sentence is a status");
	ok(town_has(town_say(PHONE, ALICE, "post stop"), "") &&
		strcmp(town_status(town_said.pos).text, "stop") == 0,
	    "post says anything");
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "get well"), "post get well") && town_quiet(head),
	    "a name that is none is offered as a status, not swallowed nor posted");
	ok(town_has(town_say(PHONE, ALICE, "follow me"), "Nobody is called me") && town_quiet(head),
	    "follow me");
	ok(town_has(town_say(PHONE, ALICE, "off sick"), "post off sick") && town_quiet(head),
	    "off sick");
	ok(town_has(town_say(PHONE, ALICE, "pin 12"), "4 to 8 digits") && town_quiet(head),
	    "a PIN is not posted");
	ok(town_has(town_say(PHONE, ALICE, "follow"), "follow NAME") && town_quiet(head),
	    "follow whom");
	ok(strcmp(town_web(town_id("alice"), "hello from the web"), "Posted.") == 0 && town_said.ok,
	    "the web is told");
	snprintf(town_foreign, sizeof(town_foreign), "form1");
	town_web(town_id("alice"), "d nobody hi");
	ok(!town_said.ok, "a form that comes to nothing");
	snprintf(town_foreign, sizeof(town_foreign), "form1");
	town_web(town_id("alice"), "mended");
	ok(town_said.ok && town_said.pos == town_head(), "may be mended and sent again");
	head = town_head();
	snprintf(town_foreign, sizeof(town_foreign), "form1");
	town_web(town_id("alice"), "mended");
	ok(town_said.ok && town_said.pos == head && town_head() == head,
	    "but once it is kept it is one");
	town_web(424242, "nobody");
	ok(town_said.verdict == VERDICT_REFUSED, "a user who is none says nothing");
}

static void
limits(void)
{
	char text[2000] = "";
	int64_t head = town_head();
	char *big = mem_new(10 << 20);

	for (int i = 0; i < 153; i++)
		strcat(text, "\u00e9");
	ok(town_has(town_say(PHONE, ALICE, text), "Too long by 13. ") && town_quiet(head),
	    "too long is counted");
	memset(text, 'x', 200);
	memcpy(text + 120, " and then we went home", 22);
	text[200] = '\0';
	ok(town_has(town_say(PHONE, ALICE, text), "\"and then we went\""),
	    "and where to cut is shown, from word to word");
	ok(town_has(town_say(PHONE, ALICE, "whole on"), "whole"), "who wants it whole says so");
	ok(*town_say(PHONE, ALICE, text) == '\0' && town_said.pos == head + 1, "and it is posted");
	town_say(PHONE, ALICE, "d bob secret");
	ok(town_has(town_say(PHONE, ALICE, "whole"), "On"), "alone it shows how it is");
	ok(town_has(town_say(PHONE, ALICE, "whole off"), "Off"), "and is undone");
	town_say(PHONE, ALICE, "whole foods");
	ok(town_said.pos == town_head(), "whole foods are a status");
	head = town_head();
	text[0] = '\0';
	for (int i = 0; i < 153; i++)
		strcat(text, "\u00e9");
	text[280] = '\0';
	town_say(PHONE, ALICE, text);
	ok(town_said.pos == head + 1, "140 letters are not too long");
	head = town_head();
	memset(big, 'x', 10 << 20);
	ok(town_has(town_say_n(PHONE, ALICE, big, 10 << 20), "140") && town_quiet(head),
	    "10 MB are too long");
	memset(big, '@', PORT_TEXT_MAX);
	ok(town_has(town_say_n(PHONE, ALICE, big, PORT_TEXT_MAX), "140") && town_quiet(head),
	    "as are 64 KB of @");
	free(big);
	ok(town_has(town_say_n(PHONE, ALICE, "\xff\xfe\x41", 3), "UTF-8"),
	    "what is not UTF-8 is explained");
	ok(town_said.verdict == VERDICT_REFUSED && town_head() == head, "and refused");
	ok(town_has(town_say(PHONE, ALICE, " \n\t "), "no text"), "so is nothing");
	ok(town_said.verdict == VERDICT_REFUSED && town_head() == head, "and refused");
	ok(!*town_say_n(JABBER, "stranger@x.example", "\xff", 1) &&
		town_said.verdict == VERDICT_REFUSED,
	    "a stranger's rubbish is not answered");
	town_say_n(PHONE, ALICE, "a\0b", 3);
	ok(strcmp(town_status(town_head()).text, "a b") == 0, "NUL ends nothing and hides nothing");
	town_say(PHONE, ALICE, "\u202eabc");
	ok(town_said.verdict == VERDICT_KEPT, "an override is taken");
	memset(text, 'p', 300);
	text[300] = '\0';
	town_say(PHONE, text, "hi");
	ok(town_said.verdict == VERDICT_REFUSED, "an address that is too long is refused");
}

static void
following(void)
{
	enum follow_wants wants;

	ok(town_has(town_say(JABBER, BOB, "follow alice"), "You follow alice now"),
	    "bob follows alice");
	ok(town_follows("bob", "alice", NULL) == FOLLOW_ACTIVE, "and does");
	ok(town_has(town_say(JABBER, BOB, "F @Alice!"), "already"), "twice is said");
	ok(town_has(town_say(JABBER, BOB, "follow bob"), "That is you"),
	    "nobody follows themselves");
	ok(town_has(town_say(JABBER, BOB, "off alice"), "on alice"), "off alice");
	ok(town_follows("bob", "alice", &wants) == FOLLOW_ACTIVE && wants == WANTS_NOTHING,
	    "is still following");
	ok(town_has(town_say(JABBER, BOB, "on alice"), "again"), "on alice");
	ok(town_follows("bob", "alice", &wants) == FOLLOW_ACTIVE && wants == WANTS_ALL,
	    "wants all again");
	ok(town_has(town_say(JABBER, BOB, "off carol"), "do not follow carol"),
	    "off whom one does not follow");
	ok(town_has(town_say(JABBER, BOB, "leave alice"), "any more"), "leave alice");
	ok(town_follows("bob", "alice", NULL) == FOLLOW_NONE, "and has left");
	ok(town_has(town_say(JABBER, BOB, "unfollow alice"), "do not follow"), "twice is said");
	/* protected */
	ok(town_has(town_say(MAIL, CAROL, "protect"), "Protected"), "carol protects what she says");
	ok(town_has(town_say(JABBER, BOB, "follow carol"), "asked"), "bob asks");
	ok(town_has(town_heard(MAIL), "accept bob"), "carol is told");
	ok(town_follows("bob", "carol", NULL) == FOLLOW_REQUESTED, "he does not follow yet");
	ok(town_has(town_say(JABBER, BOB, "follow carol"), "asked") && !*town_heard(MAIL),
	    "she is told once");
	ok(town_has(town_say(MAIL, CAROL, "requests"), "bob"), "requests names him");
	ok(town_has(town_say(JABBER, BOB, "get carol"), "protected"), "he may not read her");
	ok(town_has(town_say(MAIL, CAROL, "accept alice"), "has not asked"), "who has not asked");
	ok(town_has(town_say(MAIL, CAROL, "accept bob"), "follows you now"), "she accepts");
	ok(town_has(town_heard(JABBER), "carol has accepted"), "he is told");
	ok(town_follows("bob", "carol", NULL) == FOLLOW_ACTIVE, "and follows");
	ok(town_has(town_say(MAIL, CAROL, "requests"), "Nobody"), "nobody asks any more");
	ok(town_has(town_say(JABBER, BOB, "get carol"), "carol: join us now"),
	    "he may read her now");
	town_say(PHONE, ALICE, "follow carol");
	town_heard(MAIL);
	ok(town_has(town_say(MAIL, CAROL, "deny alice"), "not told"), "she denies alice");
	ok(town_follows("alice", "carol", NULL) == FOLLOW_NONE && !*town_heard(PHONE),
	    "who is not told");
	ok(town_has(town_say(MAIL, CAROL, "block bob"), "blocked"), "she blocks bob");
	ok(town_follows("bob", "carol", NULL) == FOLLOW_NONE, "who follows no more");
	ok(town_has(town_say(JABBER, BOB, "follow carol"), "cannot follow"), "and cannot");
	int64_t head = town_head();
	ok(town_has(town_say(JABBER, BOB, "d carol hi"), "cannot be reached") && town_quiet(head),
	    "nor write to her");
	ok(town_has(town_say(JABBER, BOB, "unblock carol"), "not blocked by you"),
	    "he cannot end it, nor is told");
	ok(town_has(town_say(MAIL, CAROL, "unblock bob"), "bob is not blocked any more"),
	    "she ends it");
	ok(town_has(town_say(MAIL, CAROL, "unblock bob"), "not blocked by you"), "once");
	ok(town_has(town_say(MAIL, CAROL, "unprotect"), "Not protected"), "she is public again");
	ok(town_has(town_say(JABBER, BOB, "follow carol"), "You follow carol"), "and he follows");
}

static void
asking(void)
{
	char *po = mem_printf("%s/po", getenv("top_builddir") ? getenv("top_builddir") : ".");

	town_say(PHONE, ALICE, "The last thing");
	ok(strcmp(town_say(JABBER, BOB, "get alice"), "alice: The last thing") == 0, "get alice");
	ok(town_has(town_say(JABBER, BOB, "whois alice"), "https://gw.example/alice"),
	    "whois alice");
	ok(town_has(town_say(JABBER, BOB, "stats"), "You are bob: "), "stats");
	ok(town_has(town_say(JABBER, BOB, "help"), "help WORD"), "help");
	ok(town_has(town_say(JABBER, BOB, "help f"), "follow NAME"), "help with a word");
	ok(town_has(town_say(PHONE, "+15558888", "help"), "Your carrier may charge"),
	    "help for a stranger");
	ok(town_has(town_say(JABBER, BOB, "lang xx"), "lang en"), "a language that is not there");
	if (lang_known("ar")) {
		const char *said = town_say(JABBER, BOB, "lang ar");

		ok(strcmp(said, lang_text("ar", "Answers come in English now.")) == 0,
		    "answers in Arabic");
		ok(strcmp(town_lang, "ar") == 0, "the answer says that it is");
		ok(town_has(town_say(JABBER, BOB, "stats"), "\u0623\u0646\u062a bob"),
		    "and so does the next");
		ok(town_has(town_say(JABBER, BOB, "\u062a\u0627\u0628\u0639 alice"), "alice"),
		    "commands in Arabic");
		ok(town_follows("bob", "alice", NULL) == FOLLOW_ACTIVE, "act");
		struct tx *tx;
		struct user u;

		town_say(JABBER, BOB, "lang ar-EG");
		tx = store_read(town_store);
		ok(user_by_name(tx, "bob", &u) && strcmp(u.lang, "ar") == 0,
		    "a region without texts is not kept");
		store_read_end(tx);
		ok(town_has(town_say(JABBER, BOB, "lang en_GB"), "English"), "and back");
		town_say(JABBER, BOB, "leave alice");
	}
	free(po);
}

static void
stopping(void)
{
	int64_t head;

	ok(town_has(town_say(PHONE, ALICE, "off"), "until you send: on"), "off");
	ok(town_has(town_say(PHONE, ALICE, "on"), "On:"), "on");
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "STOP."), "stopped") && town_quiet(head),
	    "stop is confirmed");
	ok(!*town_say(PHONE, ALICE, "stop"), "once");
	ok(town_has(town_say(PHONE, ALICE, "stats"), "Send start first"), "then one more answer");
	ok(!*town_say(PHONE, ALICE, "on"), "on does not break it");
	ok(!*town_say(PHONE, ALICE, "still posting") && town_quiet(head), "nothing is posted");
	ok(!*town_say(PHONE, ALICE, "d bob secret") && town_quiet(head), "or sent");
	ok(!*town_say(PHONE, ALICE, "join the club") && town_quiet(head), "by no word");
	ok(!*town_say(PHONE, ALICE, "stop bob") && town_quiet(head), "or half a word");
	ok(town_has(town_say(PHONE, ALICE, "HELP"), "help WORD"), "help is answered");
	ok(!*town_say(PHONE, ALICE, "help"), "once");
	town_now += 86400;
	ok(town_has(town_say(PHONE, ALICE, "still here"), "Send start first") && town_quiet(head),
	    "a day");
	ok(town_has(town_say(PHONE, ALICE, "help"), "help WORD"), "each");
	town_now -= 86400;
	ok(town_has(town_say(PHONE, ALICE, "start"), "started"), "start undoes it");
	ok(town_has(town_say(PHONE, ALICE, "start"), "On:"), "and says so");
	ok(!*town_say(PHONE, ALICE, "yes") && town_said.pos == town_head(),
	    "yes is a status where nothing is stopped");
	town_say(PHONE, ALICE, "\u0625\u064a\u0642\u0627\u0641");
	ok(town_has(town_say(PHONE, ALICE, "YES"), "started"), "and starts where it is");
	ok(town_has(town_say(PHONE, "+15557777", "stop"), "stopped"), "a stranger may stop");
	ok(!*town_say(PHONE, "+15557777", "hello"), "and is left alone");
	ok(town_has(town_say(PHONE, "+15557777", "start"), "started"), "until they start");
	ok(town_has(town_say(PHONE, "+15557777", "join dora"), "Welcome"), "and join");
	ok(town_has(town_web(town_id("alice"), "stop"), "/settings/addresses"),
	    "the web cannot be stopped");
	ok(town_has(town_web(town_id("alice"), "off"), "/settings/addresses"), "nor switched off");
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "stop it"), "post stop it") && town_quiet(head),
	    "stop it is about it");
}

static void
linking(void)
{
	char code[16], spaced[32];
	const char *said;
	struct address list[4];
	int64_t id = town_id("alice"), head = town_head();
	struct tx *tx;

	said = town_say(PHONE, ALICE, "link");
	ok(strlen(said) > 9, "link gives a code");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	ok(strspn(code, "0123456789 ") == 9, "of eight digits");
	ok(town_has(town_say(MAIL, "a@mail.example", "link 00000001"), "wrong"),
	    "a wrong one does nothing");
	snprintf(spaced, sizeof(spaced), "link %.2s-%.2s %s.", code, code + 2, code + 5);
	ok(town_has(town_say(MAIL, "a@mail.example", spaced), "belongs to alice"),
	    "the right one links");
	ok(town_has(town_heard(PHONE), "new address (email)"), "and the phone is told");
	ok(town_has(town_say(JABBER, "eve@jab.example", code), "wrong"), "it works once");
	tx = store_read(town_store);
	ok(address_list(tx, id, list, 4) == 2 && list[1].state == ADDRESS_VERIFIED,
	    "she has two addresses");
	store_read_end(tx);
	town_say(MAIL, "a@mail.example", "by mail");
	ok(town_status(town_said.pos).author == id, "and posts by both");
	said = town_say(MAIL, "a@mail.example", "link");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, code), "already") && town_quiet(head),
	    "her own code is not posted");
	ok(town_has(town_say(JABBER, "eve@jab.example", code), "wrong"), "and is spent");
	ok(!*town_say(PHONE, ALICE, "2024-11-30") && town_said.pos == head + 1,
	    "a date is a status");
	said = town_say(MAIL, "a@mail.example", "link");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	town_now += 1000;
	ok(town_has(town_say(JABBER, "eve2@jab.example", code), "too old"), "a code grows old");
	for (int i = 0; i < 10; i++)
		town_say(JABBER, "mallory@jab.example", "12345678");
	said = town_web(id, "link");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	ok(!*town_say(JABBER, "mallory@jab.example", code), "who guesses is not heard");
	ok(town_has(town_say(PHONE, ALICE, "off"), "email address instead"),
	    "off says what comes where");
	town_say(PHONE, ALICE, "on");
}

struct state {
	const char *peer;
	enum address_state state;
	bool add;
	int home; /* out: of the user, after it has settled */
};

static int
state_run(struct tx *tx, void *arg)
{
	struct state *s = arg;
	struct address a = { .kind = "sms", .chan = town_chan[PHONE], .state = s->state };
	struct user u;

	user_by_name(tx, "dora", &u);
	a.user = u.id;
	mem_copy(a.peer, sizeof(a.peer), s->peer);
	if (s->add)
		address_add(tx, &a);
	else
		address_set_state(tx, "sms", s->peer, s->state);
	ladder_settle(tx, u.id);
	user_by_id(tx, u.id, &u);
	s->home = u.home;
	return STORE_OK;
}

static enum address_state
state_of(const char *peer)
{
	struct tx *tx = store_read(town_store);
	struct address a = { 0 };
	struct user u;

	user_by_address(tx, "sms", peer, &u, &a);
	store_read_end(tx);
	return a.state;
}

static int
codes_run(struct tx *tx, void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++)
		tally_add(tx, "codes", "", town_now, 3600);
	return STORE_OK;
}

/* Addresses in every state; dora has "+15557777". */
static void
states(void)
{
	struct state s = { "+15557777", ADDRESS_FAILING, false, 0 };
	char code[16];
	const char *said;
	int64_t head = town_head();

	store_write(town_store, state_run, &s);
	ok(s.home == 0, "what fails carries nothing");
	town_say(PHONE, "+15557777", "here I am");
	ok(state_of("+15557777") == ADDRESS_VERIFIED, "until one writes from it");
	s = (struct state){ "+15556666", ADDRESS_PENDING, true, 0 };
	store_write(town_store, state_run, &s);
	head = town_head();
	ok(town_has(town_say(PHONE, "+15556666", "hello"), "join NAME") && town_quiet(head),
	    "an address that is not proved is a stranger's");
	said = town_say(MAIL, "a@mail.example", "link");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	ok(town_has(town_say(PHONE, "+15556666", code), "new address (sms)"), "whoever proves it");
	ok(town_has(town_heard(PHONE), "belongs to alice"), "has it");
	ok(town_has(town_heard(MAIL), "new address (sms)"), "and all the others hear of it");
	ok(town_has(town_say(PHONE, "+15555555", "stop"), "stopped"), "one stops");
	s = (struct state){ "+15557777", ADDRESS_PAUSED, false, 0 };
	store_write(town_store, state_run, &s);
	s = (struct state){ "+15555555", ADDRESS_VERIFIED, true, 0 };
	store_write(town_store, state_run, &s);
	ok(s.home == 0, "whose address it becomes later, nothing goes there");
	said = town_say(MAIL, "a@mail.example", "link");
	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	store_write(town_store, codes_run, NULL);
	ok(town_has(town_say(JABBER, "guess@jab.example", code), "in an hour"),
	    "many cannot guess together");
}

int
main(void)
{
	town_open();
	keys();
	joining();
	saying();
	limits();
	following();
	asking();
	stopping();
	linking();
	states();
	town_close();
	return tap_done();
}
