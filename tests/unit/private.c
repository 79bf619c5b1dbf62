/* Who may say what to whom, and what must stay private; and that nobody is spammed. */
#include "tests/unit/town.h"

#define ALICE "+15550001"
#define BOB "bob@jab.example"
#define CAROL "carol@mail.example"

static int64_t alice, bob, carol;

static void
token_for(const char *kind, const char *peer)
{
	unsigned char key[32];
	struct tx *tx = store_read(town_store);
	char token[SECRET_TOKEN_SIZE];

	store_secret(tx, key);
	store_read_end(tx);
	secret_token(key, kind, peer, token);
	snprintf(town_token, sizeof(town_token), "%s", token);
}

static void
reply_to(int64_t pos, int64_t user)
{
	delivery_key(town_reply_to, pos, user);
}

static void
direct(void)
{
	int64_t head = town_head(), pos;
	struct status s;

	ok(!*town_say(JABBER, BOB, "d alice lunch?"), "a direct message is not answered");
	pos = town_said.pos;
	s = town_status(pos);
	ok(pos == head + 1 && s.to == alice && strcmp(s.text, "lunch?") == 0, "it is for alice");
	ok(town_owed("alice", pos) && !town_owed("carol", pos), "who is owed it, and nobody else");
	ok(strcmp(town_web(bob, "d @alice now?"), "Sent to alice alone.") == 0, "the web is told");
	head = town_head();
	ok(town_has(town_say(JABBER, BOB, "d alice"), "d NAME text") && town_quiet(head),
	    "without a text");
	ok(town_has(town_say(JABBER, BOB, "d:alice x"), "d NAME text") && town_quiet(head),
	    "without a blank");
	ok(town_has(town_say(JABBER, BOB, "D"), "d NAME text") && town_quiet(head), "with nothing");
	ok(town_has(town_say(JABBER, BOB, "dm@alice x"), "d NAME text") && town_quiet(head),
	    "all of it wrong");
	ok(town_has(town_say(JABBER, BOB, "pm alice x"), "d NAME text") && town_quiet(head),
	    "by another service's word");
	ok(town_has(town_say(JABBER, BOB, "/msg alice x"), "d NAME text") && town_quiet(head),
	    "or its sign");
	ok(town_has(town_say(JABBER, BOB, "d\falice secret"), "") && town_said.pos == head + 1 &&
		town_status(town_head()).to == alice,
	    "a control parts words");
	head = town_head();
	ok(town_has(town_say(JABBER, BOB, "d nobody secret"), "Nobody is called nobody") &&
		town_quiet(head) && !strstr(town_answer, "post"),
	    "to nobody, and nobody is told to publish it");
	ok(town_has(town_say(JABBER, BOB, "d bob hi"), "That is you") && town_quiet(head),
	    "to oneself");
	town_say(JABBER, BOB, "d alice @carol is late");
	ok(!town_owed("carol", town_said.pos), "who is named in it does not get it");
}

/* In the network's own way: back to the other end. */
static void
direct_answers(void)
{
	int64_t head, pos;
	struct status s;

	town_say(JABBER, BOB, "d alice lunch?");
	pos = town_said.pos;
	reply_to(pos, alice);
	ok(!*town_say(PHONE, ALICE, "yes, at one"), "an answer to it");
	s = town_status(town_said.pos);
	ok(s.to == bob && s.reply_to == pos, "is private, too");
	reply_to(pos, alice);
	town_say(PHONE, ALICE, "@bob yes");
	ok(town_status(town_said.pos).to == bob, "even if it names him");
	reply_to(pos, bob);
	town_say(JABBER, BOB, "and bring carol");
	ok(town_status(town_said.pos).to == alice, "whoever answers their own goes on to the same");
	head = town_head();
	reply_to(pos, alice);
	ok(town_has(town_say(MAIL, CAROL, "what?"), "not sent to you") && town_quiet(head),
	    "somebody else's key opens nothing and publishes nothing");
	reply_to(pos, carol);
	ok(town_has(town_say(MAIL, CAROL, "what?"), "not sent to you") && town_quiet(head),
	    "nor a forged one");
	reply_to(99999, carol);
	ok(town_has(town_say(MAIL, CAROL, "what?"), "not sent to you") && town_quiet(head),
	    "nor of nothing");
}

/* In answer to what nobody knows, which may have been a direct message: never to all. */
static void
lost(void)
{
	static const char *const keys[] = { "?", "3f9b0c2e", "s", "s0.1", "sff", "s1.2.3", "a",
		"a0", "a1.2", "a1b2c3d4", "t_s1", "x" };
	int64_t head, pos;

	town_say(JABBER, BOB, "d alice lunch?");
	head = town_head();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(town_reply_to, sizeof(town_reply_to), "%s", keys[i]);
		ok(town_has(town_say(PHONE, ALICE, "yes"), "not known here") && town_quiet(head),
		    keys[i]);
	}
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(town_has(town_say(PHONE, ALICE, "@bob yes"), "not known here") && town_quiet(head),
	    "nor if it names him");
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(town_has(town_say(PHONE, ALICE, "r yes"), "nothing here to answer") && town_quiet(head),
	    "nor by r");
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	town_say(PHONE, ALICE, "d bob yes");
	pos = town_said.pos;
	ok(pos == head + 1 && town_status(pos).to == bob, "d says whom it is for");
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(!*town_say(PHONE, ALICE, "post yes") && town_said.pos == pos + 1,
	    "post that it is for all");
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(town_has(town_say(PHONE, ALICE, "stats"), "You are alice"), "commands act");
}

static void
direct_by_r(void)
{
	int64_t head, pos;

	town_say(PHONE, ALICE, "follow bob");
	town_say(JABBER, BOB, "to all");
	town_delivered(alice, town_said.pos);
	town_say(PHONE, ALICE, "r to all, too");
	ok(town_status(town_said.pos).to == 0 && town_status(town_said.pos).reply_to,
	    "r answers a status to all");
	town_say(JABBER, BOB, "d alice and secretly");
	pos = town_said.pos;
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "r yes"), "Which one") && town_quiet(head),
	    "but not where a direct message may have come after it");
	town_delivered(alice, pos);
	town_say(PHONE, ALICE, "r see you");
	ok(town_status(town_said.pos).to == bob, "r keeps it private");
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "@bob is nice"), "for you alone") && town_quiet(head),
	    "@bob is not said to all where bob's last was private");
	town_now += 3601;
	town_say(PHONE, ALICE, "@bob is nice");
	ok(town_status(town_said.pos).to == 0 && town_status(town_said.pos).reply_to != pos,
	    "an hour later it is, and no answer to what was private");
	head = town_head();
	reply_to(pos, alice);
	ok(town_has(town_say(PHONE, ALICE, "get well"), "Nobody is called well") &&
		town_quiet(head),
	    "a command in an answer");
	reply_to(pos, alice);
	ok(town_has(town_say(PHONE, ALICE, "stop"), "stopped"), "stop in an answer stops");
	town_say(PHONE, ALICE, "start");
	reply_to(pos, alice);
	town_say(PHONE, ALICE, "post to all");
	ok(town_status(town_said.pos).to == 0, "post in an answer is public, as asked");
}

static void
replies(void)
{
	int64_t head, pos;
	struct status s;

	town_say(JABBER, BOB, "follow alice");
	town_say(PHONE, ALICE, "I am on the train");
	pos = town_said.pos;
	town_delivered(bob, pos);
	town_say(JABBER, BOB, "@alice which?");
	s = town_status(town_said.pos);
	ok(s.reply_to == pos && s.thread == pos && s.to == 0,
	    "@alice answers her last that came here");
	ok(town_owed("alice", town_said.pos), "and she is owed it");
	town_say(JABBER, BOB, "@carol which?");
	ok(town_status(town_said.pos).reply_to == 0 && town_owed("carol", town_said.pos),
	    "@carol does not");
	town_say(JABBER, BOB, "r which?");
	ok(town_status(town_said.pos).reply_to == pos, "r does");
	reply_to(pos, bob);
	town_say(JABBER, BOB, "this one?");
	ok(town_status(town_said.pos).reply_to == pos, "an answer in the network's way does");
	ok(town_owed("alice", town_said.pos), "and she is owed it, named or not");
	reply_to(pos, bob);
	town_say(MAIL, CAROL, "me too");
	ok(town_status(town_said.pos).reply_to == pos, "so does one to a copy passed on");
	head = town_head();
	ok(town_has(town_say(MAIL, CAROL, "r what?"), "nothing here to answer") && town_quiet(head),
	    "r where nothing came");
	ok(town_has(town_say(MAIL, CAROL, "r"), "r and your") && town_quiet(head), "r and nothing");
	snprintf(town_reply_to, sizeof(town_reply_to), "a1f");
	town_say(MAIL, CAROL, "thanks");
	ok(town_said.pos == head + 1 && town_status(town_said.pos).reply_to == 0,
	    "an answer to the service is a status");
	town_say(MAIL, CAROL, "write to x@alice or http://alice/@alice or @alice");
	ok(town_owed("alice", town_said.pos), "a mention among addresses is one");
	town_say(MAIL, CAROL, "write to x@alice or http://alice/@alice");
	ok(!town_owed("alice", town_said.pos), "and the addresses are none");
	/* protected */
	town_say(MAIL, CAROL, "protect");
	town_say(MAIL, CAROL, "@bob hush");
	ok(!town_owed("bob", town_said.pos),
	    "who is protected is read by followers only, named or not");
	pos = town_said.pos;
	head = town_head();
	reply_to(pos, bob);
	ok(town_has(town_say(PHONE, ALICE, "what?"), "not sent to you") && town_quiet(head),
	    "a copy passed on by somebody else of what one may not see is closed");
	town_delivered(bob, pos);
	town_say(JABBER, BOB, "@carol what?");
	ok(town_status(town_said.pos).reply_to == 0, "what one may not see one does not answer");
	reply_to(pos, bob);
	town_say(JABBER, BOB, "what?");
	ok(town_status(town_said.pos).reply_to == 0, "nor in the network's way");
	town_say(MAIL, CAROL, "unprotect");
}

static void
proofs(void)
{
	int64_t head = town_head();

	town_proof = PROOF_NONE;
	ok(town_has(town_say(MAIL, CAROL, "I am carol"), "Was that you") && town_quiet(head),
	    "a mail that may be forged does nothing");
	town_proof = PROOF_NONE;
	ok(!*town_say(MAIL, CAROL, "I am carol") && town_quiet(head), "and is answered once");
	town_proof = PROOF_NONE;
	ok(!*town_say(MAIL, CAROL, "stop") && town_quiet(head), "not even stop acts");
	token_for("email", CAROL);
	town_proof = PROOF_NONE;
	ok(!*town_say(MAIL, CAROL, "I am carol") && town_said.pos == head + 1,
	    "with the token it does");
	token_for("email", CAROL);
	for (char *c = town_token; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	town_proof = PROOF_NONE;
	town_say(MAIL, CAROL, "and shout");
	ok(town_said.pos == head + 2, "in capitals, too");
	head = town_head();
	token_for("email", "other@mail.example");
	town_proof = PROOF_NONE;
	ok(!*town_say(MAIL, CAROL, "I am carol") && town_quiet(head), "another's does not");
	town_proof = PROOF_NONE;
	ok(!*town_say(MAIL, "forged@mail.example", "join eve") && town_quiet(head) &&
		!town_id("eve"),
	    "an unknown mail that may be forged is not answered");
	town_proof = PROOF_NONE;
	ok(town_has(town_say(PHONE, ALICE, "I am alice"), "cannot show") && town_quiet(head),
	    "a number that may be forged does nothing");
	town_proof = PROOF_NONE;
	ok(!*town_say(PHONE, ALICE, "I am alice") && town_quiet(head), "and is answered once");
	town_proof = PROOF_NONE;
	ok(town_has(town_say(PHONE, ALICE, "stop"), "stopped") && town_quiet(head),
	    "but stop is stop");
	town_proof = PROOF_NONE;
	ok(!*town_say(PHONE, ALICE, "start"), "and start needs proof");
	ok(town_has(town_say(PHONE, ALICE, "start"), "started"), "which a carrier gives");
	town_automatic = true;
	ok(!*town_say(MAIL, CAROL, "I am out of office") && town_quiet(head),
	    "machines are not heard");
	town_automatic = true;
	ok(!*town_say(MAIL, "robot@mail.example", "help") && town_quiet(head), "nor answered");
}

static void
bounds(void)
{
	int answered = 0, posted = 0, sent = 0;
	int64_t head;

	town_now += 90000;
	for (int i = 0; i < 20; i++)
		answered += *town_say(JABBER, "spam@jab.example", i % 2 ? "help" : "hello") != '\0';
	ok(answered == 3, "a stranger gets three answers an hour");
	answered = 0;
	for (int i = 0; i < 80; i++)
		answered += *town_say(JABBER, BOB, "stats") != '\0';
	ok(answered == 61, "a user sixty, and word that this is enough");
	town_now += 3600;
	head = town_head();
	answered = 0;
	for (int i = 0; i < 260; i++) {
		answered += *town_say(JABBER, BOB, "and another") != '\0';
		posted += town_said.pos != 0;
	}
	ok(posted == 250 && town_head() == head + 250, "two hundred and fifty statuses an hour");
	ok(answered == 1, "and one word about it");
	answered = 0;
	for (int i = 0; i < 110; i++) {
		answered += *town_say(JABBER, BOB, "d alice hey") != '\0';
		sent += town_said.pos != 0;
	}
	ok(sent == 100 && answered == 1, "a hundred direct messages");
	town_now += 3600;
	town_say(JABBER, BOB, "and again");
	ok(town_said.pos != 0, "and an hour later again");
	town_web(bob, "@alice @carol @alice @bob @nobody @alice hello");
	ok(town_owed("alice", town_said.pos) && town_owed("carol", town_said.pos) &&
		!town_owed("bob", town_said.pos),
	    "the named are owed it once, oneself not");
}

static uint32_t dice_state = 20060321;

static uint32_t
dice(uint32_t n)
{
	dice_state = dice_state * 1664525 + 1013904223;
	return (dice_state >> 8) % n;
}

/* Invariant 6 on the whole way, and no answer that does not fit: whatever is said, by whomever. */
static void
hostile(void)
{
	static const char *const begin[] = { "d", "D", "dm", "DM", "direct", "\uff24",
		"\uff44\uff4d", ".d", "(dm", "\u200bd", "d\u200b" };
	static const char *const between[] = { " ", ":", "@", ".", ",", "\n", "\u3000", "\u00a0",
		"/", "\uff1a", "\u2026", "!", "\U0001F600", "  " };
	static const char *const parts[] = { "alice", "bob", "carol", "nobody", " ", "@", ":",
		"stop", "r", "post", "\n", "follow", "\u0645\u0631", "\u3053", "\u202e", "\u2067",
		"\xff", "\x01", "12345678", "hudhud", "help", "{name}", "%s%n", "'", "\\",
		"x y z" };
	static const char *const from[] = { BOB, CAROL, ALICE, "new@jab.example" };
	static const int where[] = { JABBER, MAIL, PHONE, JABBER };
	bool never = true, short_enough = true;

	for (int i = 0; i < 600; i++) {
		char text[512];
		uint32_t who = dice(4);

		snprintf(text, sizeof(text), "%s%s", begin[dice(11)], between[dice(14)]);
		for (uint32_t n = dice(8); n > 0; n--)
			strcat(text, parts[dice(sizeof(parts) / sizeof(parts[0]))]);
		if (dice(3) == 0)
			delivery_key(town_reply_to, 1 + dice((uint32_t)town_head()), 1 + dice(4));
		short_enough = short_enough && strlen(town_say(where[who], from[who], text)) <= 160;
		if (town_said.pos != 0 && town_status(town_said.pos).to == 0) {
			printf("# public: %s\n", text);
			never = false;
		}
		town_now += 60;
	}
	ok(never, "what begins like a direct message is never public, whatever follows");
	ok(short_enough, "and every answer fits");
}

static int
suspend_run(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	user_by_id(tx, carol, &u);
	u.suspended = true;
	return user_update(tx, &u);
}

static void
suspended(void)
{
	int64_t head = town_head();

	store_write(town_store, suspend_run, NULL);
	ok(town_has(town_say(MAIL, CAROL, "hello"), "closed") && town_quiet(head),
	    "a closed account says nothing");
	ok(!*town_say(MAIL, CAROL, "hello") && town_quiet(head), "and is told once");
	ok(town_has(town_say(PHONE, ALICE, "follow carol"), "Nobody"), "nobody sees it");
	ok(town_has(town_say(PHONE, ALICE, "d carol hi"), "Nothing was sent") && town_quiet(head),
	    "or writes to it");
	ok(town_has(town_say(MAIL, CAROL, "stop"), "stopped"), "but stop it may");
}

static int
tell_of_bob(struct tx *tx, void *arg)
{
	struct user u;

	if (!user_by_name(tx, "bob", &u))
		return STORE_FAILED;
	snprintf(u.bio, sizeof(u.bio), "shy");
	u.is_protected = arg != NULL;
	return user_update(tx, &u);
}

/* What somebody tells of themselves is no more public by text than on their page. */
static void
bios(void)
{
	const char *dave = "dave@jab.example";
	int shy = 1;

	town_now += 86400;
	town_say(JABBER, dave, "join dave");
	while (*town_heard(JABBER))
		;
	store_write(town_store, tell_of_bob, NULL);
	ok(town_has(town_say(JABBER, dave, "whois bob"), "shy"), "bob tells of himself");
	store_write(town_store, tell_of_bob, &shy);
	ok(!town_has(town_say(JABBER, dave, "whois bob"), "shy") && *town_answer,
	    "and once he is protected, not to everybody");
	store_write(town_store, tell_of_bob, NULL);
	town_say(JABBER, BOB, "block dave");
	while (*town_heard(JABBER))
		;
	ok(!town_has(town_say(JABBER, dave, "whois bob"), "shy") && *town_answer,
	    "nor to who is blocked");
}

/* Numbers are made up for nothing, and each answer to one is paid. */
static void
made_up(void)
{
	char number[32];
	int answers = 0;

	town_now += 3600;
	for (int i = 0; i < 400; i++) {
		snprintf(number, sizeof(number), "+4917%07d", i);
		town_proof = PROOF_NONE;
		answers += *town_say(PHONE, number, "stop") != '\0';
	}
	ok(answers == 300, "so many strangers an hour are answered where that costs, and no more");
	ok(town_has(town_say(PHONE, ALICE, "stats"), "You are alice"), "people who are here are");
	town_now += 3600;
	ok(town_has(town_say(PHONE, "+49180000001", "help"), "join"), "and strangers later");
}

int
main(void)
{
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	town_say(MAIL, CAROL, "join carol");
	alice = town_id("alice");
	bob = town_id("bob");
	carol = town_id("carol");
	direct();
	direct_answers();
	lost();
	direct_by_r();
	replies();
	proofs();
	bounds();
	hostile();
	suspended();
	bios();
	made_up();
	town_close();
	return tap_done();
}
