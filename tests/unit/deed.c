/* What people do about what was said: fav, rt, undo, delete, nudge, track, and what became of it. */
#include <inttypes.h>

#include "gateway/track.h"
#include "store/favourite.h"
#include "tests/unit/town.h"

#define ALICE "+4915000000001"
#define BOB "bob@example.org"
#define CAROL "carol@example.org"

static int64_t alice, bob, carol;

static bool
is_favourite(int64_t user, int64_t pos)
{
	struct tx *tx = store_read(town_store);
	int64_t n = favourite_count(tx, pos);

	(void)user;
	store_read_end(tx);
	return n != 0;
}

static void
favourites(void)
{
	int64_t pos;

	ok(town_has(town_say(PHONE, ALICE, "fav"), "Nothing has come"),
	    "nothing came, nothing kept");
	town_say(JABBER, BOB, "first words");
	pos = town_said.pos;
	town_delivered(alice, pos);
	ok(town_has(town_say(PHONE, ALICE, "fav"), "bob: first words"), "fav keeps what came last");
	ok(is_favourite(alice, pos), "and it is kept");
	ok(town_has(town_heard(JABBER), "alice keeps"), "whose it was hears of it");
	ok(town_has(town_say(PHONE, ALICE, "fav bob"), "first words"), "twice is no error");
	ok(!*town_heard(JABBER), "and told once");
	ok(town_has(town_say(JABBER, BOB, "fav bob"), "your own"), "one's own is not");
	ok(town_has(town_say(PHONE, ALICE, "fav nobody_here"), "Nobody"), "nor a stranger's");
	town_say(JABBER, BOB, "protect");
	ok(town_has(town_say(MAIL, CAROL, "fav bob"), "nothing of bob"),
	    "what one may not see cannot be kept");
	town_say(JABBER, BOB, "unprotect");
}

static void
repeats(void)
{
	int64_t pos, again;

	town_say(JABBER, BOB, "worth hearing");
	pos = town_said.pos;
	town_delivered(alice, pos);
	ok(town_has(town_say(PHONE, ALICE, "rt"), "Passed on: bob: worth hearing"),
	    "rt says it again");
	again = town_said.pos;
	ok(strcmp(town_status(again).text, "RT @bob: worth hearing") == 0 &&
		town_status(again).repeats == pos,
	    "with whose words it is");
	ok(town_has(town_heard(JABBER), "alice passed on"), "who hears of it");
	ok(town_has(town_say(PHONE, ALICE, "rt bob"), "already"), "once");
	ok(town_has(town_say(MAIL, CAROL, "rt alice"), "bob: worth hearing"),
	    "a repeat of a repeat is one of the first");
	ok(town_status(town_said.pos).repeats == pos, "in the log, too");
	town_heard(JABBER);
	town_heard(PHONE);
	town_say(JABBER, BOB, "d alice only you");
	town_delivered(alice, town_said.pos);
	ok(town_has(town_say(PHONE, ALICE, "rt"), "private"), "what is private is not passed on");
	town_say(JABBER, BOB, "protect");
	town_say(JABBER, BOB, "for friends");
	town_delivered(alice, town_said.pos);
	ok(town_has(town_say(PHONE, ALICE, "rt bob"), "protected"), "nor what is for followers");
	town_say(JABBER, BOB, "unprotect");
	town_say(JABBER, BOB, "delete");
	town_say(JABBER, BOB, "delete");
	ok(*town_status(pos).text == '\0' && *town_status(again).text == '\0',
	    "what is taken back is taken back everywhere");
}

static void
taking_back(void)
{
	int64_t pos;

	town_site.grace = 30;
	town_say(PHONE, ALICE, "oh no");
	pos = town_said.pos;
	ok(town_has(town_say(PHONE, ALICE, "undo"), "oh no") && town_status(pos).deleted != 0,
	    "undo takes back the last");
	town_say(PHONE, ALICE, "d bob wrong person");
	pos = town_said.pos;
	ok(town_has(town_say(PHONE, ALICE, "undo"), "wrong person") &&
		town_status(pos).deleted != 0,
	    "a direct message, too");
	town_say(PHONE, ALICE, "too late");
	pos = town_said.pos;
	town_now += 31;
	ok(town_has(town_say(PHONE, ALICE, "undo"), "30 seconds") && town_status(pos).deleted == 0,
	    "not for ever");
	ok(town_has(town_say(PHONE, ALICE, "delete"), "too late") && town_status(pos).deleted != 0,
	    "delete removes it at any time");
	ok(town_has(town_say(MAIL, CAROL, "undo"), "nothing to take back"), "each their own");
	town_site.grace = 0;
}

static void
nudges(void)
{
	ok(town_has(town_say(PHONE, ALICE, "nudge bob"), "only whom bob follows"),
	    "who does not follow one is not asked");
	town_say(JABBER, BOB, "follow alice");
	town_heard(PHONE);
	ok(town_has(town_say(PHONE, ALICE, "nudge bob"), "was asked"), "who does is");
	ok(town_has(town_heard(JABBER), "what are you doing"), "and hears it");
	ok(town_has(town_say(PHONE, ALICE, "nudge bob"), "today already"), "once a day");
	ok(town_has(town_say(PHONE, ALICE, "nudge alice"), "That is you"), "not oneself");
	town_say(JABBER, BOB, "off");
	town_now += 86400;
	ok(town_has(town_say(PHONE, ALICE, "nudge bob"), "just now. Nothing was sent"),
	    "and it is honest when it cannot");
	town_say(JABBER, BOB, "on");
}

static void
forms(void)
{
	char word[TRACK_WHAT_MAX + 1], what[TRACK_WHAT_MAX + 1];

	ok(track_form("  Open\n SOURCE ", word, what) && strcmp(word, "open") == 0 &&
		strcmp(what, "open source") == 0,
	    "letters and blanks are made plain");
	ok(!track_form("...", word, what) && !track_form("", word, what), "there must be a word");
	ok(track_matches("An open, free source", "open source"), "words in any order and place");
	ok(track_matches("source: open", "open source"), "even turned round");
	ok(!track_matches("openness of sources", "open source"), "but whole words");
	ok(track_matches("\u6771\u4eac\u306b\u3044\u307e\u3059", "\u6771\u4eac"),
	    "Japanese has no blanks");
	ok(!track_matches("\u4eac\u90fd\u3068\u6771\u5317", "\u6771\u4eac"),
	    "its pieces must stand together");
	ok(track_matches("\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645",
	       "\u0645\u0631\u062d\u0628\u0627"),
	    "Arabic has");
	ok(track_matches("I \U0001f49c it", "\U0001f49c"), "a picture is a word");
}

static bool
waits(int64_t user)
{
	struct tx *tx = store_read(town_store);
	struct behind b;
	bool yes = behind_get(tx, user, &b);

	store_read_end(tx);
	return yes;
}

static void
tracking(void)
{
	int64_t pos;
	char many[32];

	ok(town_has(town_say(MAIL, CAROL, "track"), "nothing"), "nobody tracks by themselves");
	ok(town_has(town_say(MAIL, CAROL, "track hoopoe"), "hoopoe"), "a word is tracked");
	ok(town_has(town_say(MAIL, CAROL, "track"), "You track: hoopoe"), "and listed");
	town_say(JABBER, BOB, "I saw a Hoopoe!");
	pos = town_said.pos;
	ok(town_owed("carol", pos), "it comes from whom one does not follow");
	ok(!town_owed("alice", pos) || town_follows("alice", "bob", NULL) == FOLLOW_ACTIVE,
	    "to nobody else");
	town_delivered(carol, pos);
	ok(town_has(town_say(MAIL, CAROL, "why"), "hoopoe"), "why tells of the word");
	ok(!waits(carol), "each once");
	town_say(JABBER, BOB, "hoopoes");
	ok(!town_owed("carol", town_said.pos), "other words do not count");
	town_say(JABBER, BOB, "protect");
	town_say(JABBER, BOB, "a secret hoopoe");
	ok(!town_owed("carol", town_said.pos), "nor what is for followers");
	town_say(JABBER, BOB, "unprotect");
	town_say(JABBER, BOB, "block carol");
	town_say(JABBER, BOB, "hoopoe again");
	ok(!town_owed("carol", town_said.pos), "nor what a block keeps away");
	town_say(JABBER, BOB, "unblock carol");
	ok(town_has(town_say(MAIL, CAROL, "untrack hoopoe"), "any more"), "it ends");
	ok(town_has(town_say(MAIL, CAROL, "untrack hoopoe"), "do not track"), "once");
	for (int i = 0; i < TRACK_MOST; i++) {
		snprintf(many, sizeof(many), "track word%d", i);
		town_say(MAIL, CAROL, many);
	}
	ok(town_has(town_say(MAIL, CAROL, "track one"), "do not fit"),
	    "nobody tracks without bound");
	ok(town_has(town_say(MAIL, CAROL, "track off"), "nothing any more"), "all ends at once");
}

static void
what_became(void)
{
	int64_t pos;

	town_say(PHONE, ALICE, "follow bob");
	town_say(JABBER, BOB, "where did it go");
	pos = town_said.pos;
	ok(town_has(town_say(JABBER, BOB, "trace"), "1 waiting"), "trace shows who waits");
	town_delivered(alice, pos);
	ok(town_has(town_say(JABBER, BOB, "trace"), "1 by text"), "and who has it, by what");
	ok(town_has(town_say(PHONE, ALICE, "why"), "You follow bob"), "why tells of the follow");
	town_say(JABBER, BOB, "d alice you only");
	town_delivered(alice, town_said.pos);
	ok(town_has(town_say(PHONE, ALICE, "why"), "to you alone"), "of a direct message");
	town_say(MAIL, CAROL, "@alice hello");
	town_delivered(alice, town_said.pos);
	ok(town_has(town_say(PHONE, ALICE, "why"), "carol named"), "of a mention");
	ok(town_has(town_say(PHONE, ALICE, "status"), "place 1 of 1: on"),
	    "status tells of the address");
	town_say(PHONE, ALICE, "off");
	ok(town_has(town_say(PHONE, ALICE, "status"), "off"), "and that it is off");
	town_say(PHONE, ALICE, "on");
}

/* In answer to what nobody knows: another thing is not meant. */
static void
pointed_at(void)
{
	int64_t head;

	town_say(JABBER, BOB, "the last thing");
	town_delivered(alice, town_said.pos);
	head = town_head();
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(town_has(town_say(PHONE, ALICE, "rt"), "cannot be answered") && town_head() == head,
	    "rt of what is not known passes on nothing else");
	snprintf(town_reply_to, sizeof(town_reply_to), "?");
	ok(town_has(town_say(PHONE, ALICE, "fav"), "cannot be answered"), "nor does fav keep it");
	ok(town_has(town_say(PHONE, ALICE, "rt"), "the last thing"),
	    "pointing at nothing, it is the last");
	town_heard(JABBER);
}

/* Notices come as what is for one alone does: not at night, and nothing of who is muted. */
static void
notices(void)
{
	while (*town_heard(PHONE))
		;
	town_say(MAIL, CAROL, "d alice awake?");
	town_say(PHONE, ALICE, "wise words");
	town_say(PHONE, ALICE, "sleep 22:00-7:00");
	town_now += 86400 - town_now % 86400 + 23 * 3600;
	ok(town_has(town_say(JABBER, BOB, "fav alice"), "wise words"), "bob likes it at 23:00");
	ok(!*town_heard(PHONE), "alice sleeps");
	town_now += 8 * 3600;
	ok(town_has(town_heard(PHONE), "bob keeps"), "at 7:00 she hears of it");
	town_say(PHONE, ALICE, "sleep off");
	town_say(PHONE, ALICE, "mute bob");
	town_say(PHONE, ALICE, "more words");
	town_say(JABBER, BOB, "fav alice");
	ok(!*town_heard(PHONE), "what somebody muted does is no news");
	town_now += 86400;
	ok(town_has(town_say(JABBER, BOB, "nudge alice"), "cannot be reached just now") &&
		!*town_heard(PHONE),
	    "nor do they nudge, which is said honestly");
	town_say(PHONE, ALICE, "unmute bob");
}

/* Whoever ends their account takes along what others passed on of it. */
static void
ended(void)
{
	int64_t pos, again;

	town_say(JABBER, "dave@example.org", "join dave");
	town_say(JABBER, "dave@example.org", "all my secrets");
	pos = town_said.pos;
	town_say(PHONE, ALICE, "rt dave");
	again = town_said.pos;
	ok(town_status(again).repeats == pos, "what dave says is passed on");
	town_say(JABBER, "dave@example.org", "erase dave");
	ok(*town_status(pos).text == '\0' && *town_status(again).text == '\0',
	    "and gone with his account");
	ok(!town_has(town_say(MAIL, CAROL, "get alice"), "secrets"), "nobody reads it again");
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
	town_say(PHONE, ALICE, "follow bob");
	town_heard(JABBER);
	favourites();
	repeats();
	taking_back();
	nudges();
	forms();
	tracking();
	what_became();
	pointed_at();
	notices();
	ended();
	town_close();
	return tap_done();
}
