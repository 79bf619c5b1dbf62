/* Texts that must begin with a PIN, and what a number alone may not do. */
#include "gateway/pin.h"

#include "tests/unit/town.h"

#define ALICE "+4915000000001"
#define ALICE_JABBER "alice@example.org"
#define BOB "bob@example.org"
#define CAROL "carol@mail.example"

static bool
cuts(const char *text, const char *pin, const char *rest)
{
	char got[PARSE_PIN_SIZE];
	const char *left = pin_cut(text, got);

	if (!rest)
		return left == NULL;
	return left && strcmp(got, pin) == 0 && strcmp(left, rest) == 0;
}

static void
forms(void)
{
	ok(cuts("4711 hello", "4711", "hello"), "digits, then the text");
	ok(cuts("4711: hello", "4711", "hello") && cuts("4711:hello", "4711", "hello"),
	    "with a colon");
	ok(cuts("4711, hello", "4711", "hello") && cuts("4711. hello", "4711", "hello"),
	    "or what a telephone puts there");
	ok(cuts("4711\nhello", "4711", "hello"), "or a line of its own");
	ok(cuts("12345678 x", "12345678", "x"), "eight at most");
	ok(cuts("4711", "4711", ""), "alone");
	ok(cuts("\u0664\u0667\u0661\u0661 hello", "4711", "hello"), "Arabic digits");
	ok(cuts("\uff14\uff17\uff11\uff11\uff1ahello", "4711", "hello"), "full-width ones");
	ok(cuts("123 hello", "", NULL) && cuts("123456789 hello", "", NULL) &&
		cuts("4711hello", "", NULL) && cuts("4711.5 euros", "", NULL) &&
		cuts("hello 4711", "", NULL) && cuts("", "", NULL) && cuts("4711-0815", "", NULL),
	    "anything else is none");
}

static bool
says(const char *text, const char *said)
{
	int64_t head = town_head();

	town_say(PHONE, ALICE, text);
	return town_said.pos == head + 1 && strcmp(town_status(head + 1).text, said) == 0;
}

static bool
does_nothing(const char *text, const char *answer)
{
	int64_t head = town_head();
	const char *said = town_say(PHONE, ALICE, text);

	return town_quiet(head) && (answer ? town_has(said, answer) : *said == '\0');
}

static void
setting(void)
{
	ok(does_nothing("pin", "You have no PIN"), "there is none");
	ok(does_nothing("pin 12", "4 to 8 digits"), "a short one is none");
	ok(does_nothing("pin 4711", "begin with 4711"), "one is set");
	ok(does_nothing("hello", "begin your texts with your PIN"), "now nothing goes without it");
	ok(does_nothing("hello", NULL), "which is said once");
	ok(does_nothing("d bob hello", NULL) && does_nothing("follow bob", NULL) &&
		does_nothing("pin off", NULL) && does_nothing("link", NULL) &&
		does_nothing("stop bob", NULL) && does_nothing("yes", NULL) &&
		does_nothing("post hello", NULL) && does_nothing("erase alice", NULL),
	    "whatever it is");
	ok(says("4711 hello", "hello") && says("4711: hello", "hello"),
	    "with it all goes, and it is not published");
	ok(says("4711 4711 is my lucky number", "4711 is my lucky number"), "it is taken off once");
	ok(says("\u0664\u0667\u0661\u0661 hello", "hello"), "in any digits");
	ok(town_has(town_say(PHONE, ALICE, "4711 stats"), "You are alice"), "commands, too");
	ok(does_nothing("4711", "no text"), "alone it is nothing");
	ok(does_nothing("4711 folow bob", "Reply post"), "what is held back is held without it");
	ok(says("4711 post", "folow bob"), "and said without it");
	ok(does_nothing("help", "help WORD"), "help needs none");
	ok(does_nothing("stop", "stopped"), "nor does stop");
	ok(does_nothing("start", "started"), "nor start");
	ok(does_nothing("pin 4711 0815", "begin with 0815"), "the old one changes it");
	ok(says("0815 new times", "new times"), "the new one holds");
}

static void
elsewhere(void)
{
	char code[16];
	const char *said = town_say(PHONE, ALICE, "0815 link");

	snprintf(code, sizeof(code), "%s", said + strlen(said) - 9);
	ok(town_has(town_say(JABBER, ALICE_JABBER, code), "belongs to alice"),
	    "a text with the PIN may link");
	ok(town_has(town_heard(PHONE), "new address (xmpp)"), "and the phone hears of it");
	town_say(JABBER, ALICE_JABBER, "by chat");
	ok(town_said.pos != 0, "other networks need no PIN");
	ok(town_has(town_say(JABBER, ALICE_JABBER, "pin 1234"), "begin with 1234"),
	    "and can set one");
	ok(town_has(town_heard(PHONE), "PIN was changed"), "of which the phone hears");
	town_say(JABBER, ALICE_JABBER, "1234 out of habit");
	ok(strcmp(town_status(town_said.pos).text, "out of habit") == 0,
	    "and what begins with it out of habit goes out without it");
	town_say(JABBER, ALICE_JABBER, "1235 steps");
	ok(strcmp(town_status(town_said.pos).text, "1235 steps") == 0,
	    "which other numbers do not");
}

static void
guessing(void)
{
	char guess[32];

	town_now += 3600;
	ok(does_nothing("0000 hello", "that PIN is wrong"), "a wrong one does nothing");
	for (int i = 1; i < 4; i++) {
		snprintf(guess, sizeof(guess), "000%d hello", i);
		ok(does_nothing(guess, NULL), "and is answered once");
	}
	ok(!*town_heard(JABBER), "a slip is no alarm");
	ok(does_nothing("0004 hello", NULL), "five times");
	ok(town_has(town_heard(JABBER), "wrong 5 times") && strcmp(town_peer, ALICE_JABBER) == 0,
	    "is one");
	ok(does_nothing("1234 hello", "too often"), "then even the right one is none");
	ok(does_nothing("1234 hello", NULL), "which is said once");
	ok(does_nothing("stop", "stopped") && does_nothing("start", "started"),
	    "one can stop all the same");
	town_say(JABBER, ALICE_JABBER, "still here");
	ok(town_said.pos != 0, "and write from elsewhere");
	town_now += 3600;
	ok(says("1234 hello", "hello"), "an hour later it is good again");
}

/* A route that does not vouch for numbers. */
static void
forged(void)
{
	int64_t head = town_head();

	town_proof = PROOF_NONE;
	town_say(PHONE, ALICE, "1234 from an open route");
	ok(town_said.pos == head + 1 &&
		strcmp(town_status(head + 1).text, "from an open route") == 0,
	    "with the PIN, an open route will do");
	head = town_head();
	town_proof = PROOF_NONE;
	ok(town_has(town_say(PHONE, ALICE, "forged"), "begin your texts") && town_quiet(head),
	    "without it nothing is done");
	town_say(JABBER, ALICE_JABBER, "pin off");
	town_heard(PHONE);
	town_now += 3600;
	head = town_head();
	town_proof = PROOF_NONE;
	ok(town_has(town_say(PHONE, ALICE, "1234 forged"), "cannot show who sends") &&
		town_quiet(head),
	    "where there is no PIN, none helps");
	ok(says("1234 steps", "1234 steps"), "and a number is a number again");
}

/* A mail whose sender is forged may hold any number of guesses: the right one opens nothing. */
static void
guessing_by_mail(void)
{
	int64_t head;

	town_say(MAIL, CAROL, "join carol");
	town_say(MAIL, CAROL, "pin 4711");
	head = town_head();
	town_proof = PROOF_NONE;
	ok(town_has(town_say(MAIL, CAROL, "4711 post forged"), "Was that you") && town_quiet(head),
	    "a PIN proves nothing where guesses are free");
	town_proof = PROOF_NONE;
	town_say(MAIL, CAROL, "4711 erase carol");
	ok(town_id("carol") != 0 && town_quiet(head), "nor ends an account");
	town_say(MAIL, CAROL, "4711 out of habit");
	ok(strcmp(town_status(town_said.pos).text, "out of habit") == 0,
	    "from who shows it is them, it is taken off");
}

/* Somebody who can be asked elsewhere does nothing of weight by a text alone. */
static void
weight(void)
{
	static const char *const texts[] = { "link", "pin 4711", "pin off", "login", "export",
		"erase", "erase alice" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(town_has(town_say(PHONE, ALICE, texts[i]), "a text alone cannot do that"),
		    texts[i]);
	ok(town_id("alice") != 0, "so alice is still here");
	ok(town_has(town_say(JABBER, ALICE_JABBER, "link"), "within 10 minutes"),
	    "a chat can do it");
	ok(says("the rest is as ever", "the rest is as ever"), "and a text all else");
}

int
main(void)
{
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	forms();
	setting();
	elsewhere();
	guessing();
	forged();
	guessing_by_mail();
	weight();
	town_close();
	return tap_done();
}
