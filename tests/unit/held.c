/* What is held back and offered, what is never published, and answers in pages. */
#include "gateway/command.h"
#include "gateway/lexicon.h"
#include "gateway/more.h"
#include "gateway/phrase.h"
#include "tests/unit/town.h"

#define ALICE "+15550001"
#define BOB "bob@jab.example"
#define CAROL "carol@mail.example"

/* Is ${text} of alice's held back, and nothing said? */
static bool
held(const char *text)
{
	int64_t head = town_head();

	return town_has(town_say(PHONE, ALICE, text), "Reply post to publish") &&
	       town_quiet(head) && town_said.held;
}

static void
offered(void)
{
	int64_t head;

	ok(held("folow bob"), "a mistyped command with a name that is there is held");
	ok(town_has(town_answer, "follow bob"), "and the right one is shown");
	head = town_head();
	ok(!*town_say(PHONE, ALICE, "post") && town_said.pos == head + 1, "post alone publishes");
	ok(strcmp(town_status(head + 1).text, "folow bob") == 0, "the same text");
	ok(town_has(town_say(PHONE, ALICE, "post"), "Nothing was sent"), "once");
	ok(held("folow bob") && held("hlep"), "the second takes the first's place");
	head = town_head();
	town_say(PHONE, ALICE, "Post!");
	ok(strcmp(town_status(head + 1).text, "hlep") == 0, "which is published then");
	held("unfolow bob");
	ok(town_has(town_say(PHONE, "+15550009", "post"), "join NAME"), "nobody else has it");
	town_now += 601;
	head = town_head();
	ok(town_has(town_say(PHONE, ALICE, "post"), "Nothing was sent") && town_quiet(head),
	    "nor is it there after ten minutes");
	ok(held("slep 22:00-7:00"), "what has the shape needs no name");
	ok(!*town_say(PHONE, ALICE, "folow nobody") && town_said.pos, "without one it is a status");
	ok(!*town_say(PHONE, ALICE, "follow bob today") && town_said.pos, "as are sentences");
	ok(town_has(town_say(PHONE, ALICE, "get well"), "post get well"), "no such name: offered");
	head = town_head();
	town_say(PHONE, ALICE, "post");
	ok(strcmp(town_status(head + 1).text, "get well") == 0, "and post alone publishes that");
	ok(!*town_say(PHONE, ALICE, "report from the front") && town_said.pos,
	    "what is no report is a status");
}

static void
private_looking(void)
{
	static const char *const texts[] = { "d:bob x", "dirct bob hello", "s bob secret",
		"dbob hello", "pni 4711", "invte +15551234567", "d bob", "pm bob x" };
	int64_t head = town_head();

	town_say(PHONE, ALICE, "follow bob");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ok(town_has(town_say(PHONE, ALICE, texts[i]), "othing was sent") &&
			town_quiet(head),
		    texts[i]);
		ok(!strstr(town_answer, "Reply post"), "is not offered to be published");
		ok(town_has(town_say(PHONE, ALICE, "post"), "Nothing was sent") && town_quiet(head),
		    "and is not published by one word");
	}
	town_say(PHONE, ALICE, "leave bob");
	ok(!*town_say(PHONE, ALICE, "s bob secret") && town_said.pos,
	    "where the two have nothing to do with each other it is just words");
}

/* The network's own reply is kept with what is held. */
static void
in_reply(void)
{
	int64_t carol = town_id("carol"), pos, direct;

	town_say(JABBER, BOB, "who is there?");
	pos = town_said.pos;
	delivery_key(town_reply_to, pos, carol);
	ok(town_has(town_say(MAIL, CAROL, "folow bob"), "Reply post"), "held in reply");
	town_say(MAIL, CAROL, "post");
	ok(town_status(town_said.pos).reply_to == pos, "published it is still one");
	town_say(JABBER, BOB, "d carol secret?");
	direct = town_said.pos;
	delivery_key(town_reply_to, direct, carol);
	ok(!*town_say(MAIL, CAROL, "folow bob"), "an answer to a direct message is not held");
	ok(town_status(town_said.pos).to == town_id("bob"), "it is private anyhow");
	delivery_key(town_reply_to, direct, carol);
	ok(town_has(town_say(MAIL, CAROL, "off sick"), "post"), "a command that came to nothing");
	town_say(MAIL, CAROL, "post");
	ok(town_status(town_said.pos).to == town_id("bob"), "stays private when it is said");
}

/* ${text} of alice's, by phone, is taken for the rest of a private one. */
static bool
is_rest(const char *text)
{
	int64_t head = town_head();

	return strstr(town_say(PHONE, ALICE, text), "the rest of a private text?") &&
	       town_quiet(head);
}

/* What a carrier has cut in two: the second part has nothing to say that it is private. */
static void
cut_in_two(void)
{
	char first[161] = "d bob ", wide[400] = "d bob ";

	memset(first + 6, 'x', 154);
	while (strlen(wide) < 6 + 64 * 2)
		strcat(wide, "\u0628");
	ok(town_has(town_say(PHONE, ALICE, first), "Too long"), "a private text of full length");
	ok(is_rest("and the key is under the mat"), "what comes behind it is asked about");
	ok(town_has(town_answer, "d bob text"), "by name");
	ok(!*town_say(PHONE, ALICE, "and now to all") && town_said.pos, "once");
	town_say(PHONE, ALICE, first);
	ok(!*town_say(PHONE, ALICE, "d bob the rest") && town_status(town_said.pos).to,
	    "who says to whom is not asked");
	ok(is_rest("@carol is there"), "a mention may be the rest, too");
	town_say(PHONE, ALICE, wide);
	ok(is_rest("\u0628\u0628"), "so it is in other scripts");
	town_say(PHONE, ALICE, first);
	town_now += 121;
	ok(!*town_say(PHONE, ALICE, "later") && town_said.pos, "two minutes later it is not");
	town_say(PHONE, ALICE, "d bob short");
	ok(!*town_say(PHONE, ALICE, "next") && town_said.pos, "nor behind a short one");
	town_say(JABBER, BOB, first);
	ok(!*town_say(JABBER, BOB, "chat cuts nothing") && town_said.pos, "nor on other networks");
}

/* Whoever comes with a word of another language is answered in it. */
static void
in_any_language(void)
{
	if (!lang_known("ar"))
		return;
	ok(town_has(town_say(PHONE, "+15550777", "\u0627\u0646\u0636\u0645 sara"), "sara") &&
		town_id("sara") && strcmp(town_lang, "ar") == 0,
	    "who signs up in Arabic is answered in Arabic");
	ok(town_has(town_say(PHONE, "+15550777", "stats"), "\u0623\u0646\u062a"), "from then on");
}

static void
on_the_web(void)
{
	int64_t head = town_head();

	ok(town_has(town_web(town_id("alice"), "folow bob"), "Did you mean: follow bob?") &&
		town_said.held && !town_said.ok && town_head() == head,
	    "on the web it is shown again");
	town_plain = true;
	town_web(town_id("alice"), "folow bob");
	ok(town_said.ok && town_head() == head + 1, "and can be said as it is");
	town_web(town_id("alice"), "off sick");
	ok(town_said.held && town_head() == head + 1, "so is a command that comes to nothing");
	town_plain = true;
	town_web(town_id("alice"), "off sick");
	ok(town_said.ok && town_head() == head + 2, "and that can be said, too");
	town_plain = true;
	town_web(town_id("alice"), "d:bob secret");
	ok(!town_said.ok && town_head() == head + 2, "nothing private can");
	town_plain = true;
	town_web(town_id("alice"), "pni 4711");
	ok(!town_said.ok && town_head() == head + 2, "nor a PIN");
}

/* All pages of the answer to ${text}, each fit for one text; returns how many. */
static int
pages(int where, const char *peer, const char *text, char *all, size_t size)
{
	int n = 0;

	all[0] = '\0';
	for (const char *page = town_say(where, peer, text); *page && n < 20; n++) {
		const char *end = strrchr(page, '(');

		if (!phrase_fits(page))
			printf("# too long: %s\n", page);
		strncat(all, page, size - strlen(all) - 1);
		strncat(all, "\n", size - strlen(all) - 1);
		if (!phrase_fits(page) || !end || !strchr(end, ':'))
			return phrase_fits(page) ? n + 1 : -1;
		page = town_say(where, peer, "more");
	}
	return n;
}

static void
help_pages(const char *lang)
{
	char all[4000], set[32];
	bool whole = true;
	int n;

	snprintf(set, sizeof(set), "lang %s", lang);
	town_say(JABBER, BOB, set);
	n = pages(JABBER, BOB, "help", all, sizeof(all));
	ok(n > 3 && n < 15, "help comes in pages");
	for (const struct command *c = command_table; c->word; c++)
		if (command_does(c->verb) && !strstr(all, lexicon_word(c, lang))) {
			printf("# %s: missing %s\n", lang, c->word);
			whole = false;
		}
	ok(whole, "all commands are in it");
	town_say(JABBER, BOB, "lang en");
}

static void
lists(void)
{
	char all[4000], peer[32], text[32];
	int n;

	town_say(JABBER, BOB, "protect");
	for (int i = 0; i < 25; i++) {
		snprintf(peer, sizeof(peer), "fan%d@jab.example", i);
		snprintf(text, sizeof(text), "join follower_no_%d", i);
		town_say(JABBER, peer, text);
		town_say(JABBER, peer, "follow bob");
		town_heard(JABBER);
	}
	while (*town_heard(JABBER))
		;
	town_now += 3600;
	n = pages(JABBER, BOB, "requests", all, sizeof(all));
	ok(n >= 3, "a long list comes in pages");
	ok(strstr(all, "follower_no_0") && strstr(all, "follower_no_24"), "to its end");
	ok(!strstr(all, "follower\n") && !strstr(all, "_no_\n"), "cut between names");
	ok(town_has(town_say(JABBER, BOB, "more"), "There is no more."), "and then there is none");
	town_say(JABBER, BOB, "requests");
	town_now += 1801;
	ok(town_has(town_say(JABBER, BOB, "more"), "There is no more."), "nor after half an hour");
	town_say(JABBER, BOB, "unprotect");
}

static void
cutting(void)
{
	const char *rest;
	char *page, text[4001];

	page = more_page("en", "short", &rest);
	ok(strcmp(page, "short") == 0 && !*rest, "what fits is one page");
	free(page);
	page = more_page("en", "one\ftwo\fthree", &rest);
	ok(strcmp(page, "one (2 more: send more)") == 0 && strcmp(rest, "two\fthree") == 0,
	    "a break is one");
	free(page);
	memset(text, 'x', 4000);
	text[4000] = '\0';
	page = more_page("en", text, &rest);
	ok(phrase_fits(page) && strlen(rest) > 3800, "what has no place to cut is cut anywhere");
	free(page);
	strcpy(text, "one\ftwo");
	more_join(text);
	ok(strcmp(text, "one\ntwo") == 0, "where there is room it is one");
}

int
main(void)
{
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	town_say(MAIL, CAROL, "join carol");
	offered();
	private_looking();
	in_reply();
	cut_in_two();
	in_any_language();
	on_the_web();
	cutting();
	help_pages("en");
	help_pages("ar");
	help_pages("ja");
	lists();
	town_close();
	return tap_done();
}
