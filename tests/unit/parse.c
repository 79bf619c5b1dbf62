/* The grammar: what a text is, row by row. */
#include "gateway/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "tests/tap.h"

struct row {
	const char *text;
	enum verb verb;
	const char *name; /* or code, or topic */
	const char *rest; /* of those that carry a text */
};

#define STATUS VERB_STATUS, NULL, NULL
#define PRIVATE VERB_PRIVATE, NULL, NULL

static const struct row english[] = {
	/* plain statuses, and command words in sentences (A3) */
	{ "hello world", STATUS },
	{ "h", STATUS },
	{ "I am off to lunch", STATUS },
	{ "help me bro", STATUS },
	{ "help me", VERB_HELP, NULL, NULL },
	{ "help 0", VERB_HELP, NULL, NULL },
	{ "help ?", VERB_HELP, "help", NULL },
	{ "help \u65e5\u672c", VERB_HELP, NULL, NULL },
	{ "off to lunch", STATUS },
	{ "stop it now", STATUS },
	{ "Stop the press!", STATUS },
	{ "off foo bar", STATUS },
	{ "stop foo bar", STATUS },
	{ "get well soon", STATUS },
	{ "follow me on the road", STATUS },
	{ "follow bob today", STATUS },
	{ "leave me alone", STATUS },
	{ "join us now", STATUS },
	{ "lose more weight", STATUS },
	{ "add salt and stir", STATUS },
	{ "drop it", STATUS },
	{ "track record", VERB_TRACK, NULL, "record" },
	{ "on and on", STATUS },
	{ "on, then off", STATUS },
	{ "stats are in", STATUS },
	{ "block of flats", STATUS },
	{ "requests welcome here", STATUS },
	{ "requests welcome", STATUS },
	{ "protect the innocent", STATUS },
	{ "protect bob", STATUS },
	{ "link in bio", STATUS },
	{ "link 1234", STATUS },
	{ "link 123456789", STATUS },
	{ "lang is hard", STATUS },
	{ "lang x", STATUS },
	{ "start your engines", STATUS },
	{ "yes we can", STATUS },
	{ "end of story", STATUS },
	{ "quit smoking", STATUS },
	{ "cancel culture", STATUS },
	{ "whois it going", STATUS },
	{ "accept no substitutes", STATUS },
	{ "fav food is rice", STATUS },
	{ "sleep tight", STATUS },
	{ "sleep", VERB_SLEEP, NULL, NULL },
	{ "pin the tail", STATUS },
	{ "mute point", VERB_MUTE, "point", NULL },
	{ "mute the tv now", STATUS },
	{ "dbob hi", STATUS },
	{ "s bob secret", STATUS },
	{ "dm's", PRIVATE },
	{ "dms are open", STATUS },
	{ "d20 roll", STATUS },
	{ "d'accord", STATUS },
	{ "D'oh!", STATUS },
	{ "d\u2019accord on y va", STATUS },
	{ "directions to Rome", STATUS },
	{ "follow bob@example.org", STATUS },
	{ "follow a_name_that_is_too_long", STATUS },
	{ "get \u65e5\u672c", STATUS },
	{ "#d bob hi", STATUS },
	{ "#stop", STATUS },
	{ "#123 text", STATUS },
	{ "!group text", STATUS },
	{ "r u ok", VERB_REPLY, NULL, "u ok" },
	{ "R.I.P. Steve", STATUS },
	{ "r&b all night", STATUS },
	{ "123", STATUS },
	{ "1234567", STATUS },
	{ "123456789", STATUS },
	{ "1234 5678 9", STATUS },
	{ "follow-up bob", STATUS },
	{ "off-topic", STATUS },
	{ "\U0001F600", STATUS },
	{ "...", STATUS },
	{ "T BOB hi", STATUS },
	{ "why?", VERB_WHY, NULL, NULL },
	/* mentions */
	{ "@bob", STATUS },
	{ "@bob hi", VERB_MENTION, "bob", NULL },
	{ "@Bob hi", VERB_MENTION, "bob", NULL },
	{ "@bob: hi", VERB_MENTION, "bob", NULL },
	{ "\uff20bob hi", VERB_MENTION, "bob", NULL },
	{ "@d bob hi", VERB_MENTION, "d", NULL },
	{ "@on", STATUS },
	{ "@stop now", VERB_MENTION, "stop", NULL },
	{ "@stop", STATUS },
	{ "@follow bob", VERB_MENTION, "follow", NULL },
	{ "@bob@example.org hi", STATUS },
	{ "@@ hi @bob", STATUS },
	{ "@a_name_that_is_too_long hi", STATUS },
	/* direct messages, well-formed */
	{ "d bob hi", VERB_DIRECT, "bob", "hi" },
	{ "D BOB hi", VERB_DIRECT, "bob", "hi" },
	{ "D Bob Hi There", VERB_DIRECT, "bob", "Hi There" },
	{ "d @bob hi", VERB_DIRECT, "bob", "hi" },
	{ "d  bob   hi", VERB_DIRECT, "bob", "hi" },
	{ "d bob: hi", VERB_DIRECT, "bob", "hi" },
	{ "d bob, hi", VERB_DIRECT, "bob", "hi" },
	{ "dm bob hi", VERB_DIRECT, "bob", "hi" },
	{ "DM bob hi", VERB_DIRECT, "bob", "hi" },
	{ "Direct bob hi", VERB_DIRECT, "bob", "hi" },
	{ "d\nbob\nhi\nthere", VERB_DIRECT, "bob", "hi\nthere" },
	{ "d bob\nhi", VERB_DIRECT, "bob", "hi" },
	{ "d\fbob\vhi", VERB_DIRECT, "bob", "hi" },
	{ "\033d\001bob\177hi", VERB_DIRECT, "bob", "hi" },
	{ "d\xc2\x9b"
	  "bob\xc2\x80hi",
	    VERB_DIRECT, "bob", "hi" },
	{ "d\u00a0bob\u00a0hi", VERB_DIRECT, "bob", "hi" },
	{ "\uff24\u3000\uff42\uff4f\uff42\u3000\u3053\u3093\u306b\u3061\u306f", VERB_DIRECT, "bob",
	    "\u3053\u3093\u306b\u3061\u306f" },
	{ "d \uff20bob hi", VERB_DIRECT, "bob", "hi" },
	{ "d\u200b bob hi", VERB_DIRECT, "bob", "hi" },
	{ "\u200fd bob hi", VERB_DIRECT, "bob", "hi" },
	{ "\u3000d bob hi", VERB_DIRECT, "bob", "hi" },
	{ "d m bob hi", VERB_DIRECT, "m", "bob hi" },
	{ "d bob stop", VERB_DIRECT, "bob", "stop" },
	{ "direct flights to Rome", VERB_DIRECT, "flights", "to Rome" },
	{ "\u062e\u0627\u0635 bob \u0645\u0631\u062d\u0628\u0627", VERB_DIRECT, "bob",
	    "\u0645\u0631\u062d\u0628\u0627" },
	/* what means one elsewhere */
	{ "pm bob hi", PRIVATE },
	{ "PM @bob hi", PRIVATE },
	{ "PM: bob, hi", PRIVATE },
	{ "pm bob", PRIVATE },
	{ "pm bob:secret", PRIVATE },
	{ "pm\fbob secret", PRIVATE },
	{ "msg bob hi", PRIVATE },
	{ "/msg bob hi", PRIVATE },
	{ "/MSG Bob hi", PRIVATE },
	{ "private bob hi", PRIVATE },
	{ "whisper bob hi", PRIVATE },
	{ "/w bob hi", PRIVATE },
	{ "/whisper bob hi", PRIVATE },
	{ "/tell bob hi", PRIVATE },
	{ "/d bob hi", PRIVATE },
	{ "/dm bob hi", PRIVATE },
	{ "\uff0f\uff57 bob hi", PRIVATE },
	{ "pm", STATUS },
	{ "PM!", STATUS },
	{ "private-school kids", STATUS },
	{ "private \u65e5\u672c\u8a9e", STATUS },
	{ "tell bob hi", STATUS },
	{ "tell me about it", STATUS },
	{ "w bob hi", STATUS },
	{ "whispering bob", STATUS },
	{ "privately bob said", STATUS },
	{ "post pm bob hi", VERB_POST, NULL, "pm bob hi" },
	/* nor is anything meant for all that asks the service */
	{ "invite bob", VERB_INVITE, NULL, "bob" },
	{ "invite", VERB_INVITE, NULL, "" },
	{ "Invite +15550001, please", VERB_INVITE, NULL, "+15550001, please" },
	{ "invited bob", STATUS },
	/* what begins like one and is none: never public (invariant 6) */
	{ "d", PRIVATE },
	{ "D.", PRIVATE },
	{ "dm", PRIVATE },
	{ "direct", PRIVATE },
	{ "d bob", PRIVATE },
	{ "dm bob", PRIVATE },
	{ "d @bob", PRIVATE },
	{ "d:", PRIVATE },
	{ "d: bob x", PRIVATE },
	{ "d:bob x", PRIVATE },
	{ "d\uff1abob x", PRIVATE },
	{ "d,bob x", PRIVATE },
	{ "d.bob x", PRIVATE },
	{ "d/bob x", PRIVATE },
	{ "d-bob x", PRIVATE },
	{ "d;bob x", PRIVATE },
	{ "d@bob x", PRIVATE },
	{ "dm@bob x", PRIVATE },
	{ "dm\uff20bob x", PRIVATE },
	{ "direct@bob x", PRIVATE },
	{ "direct: bob x", PRIVATE },
	{ "d b*b x", PRIVATE },
	{ "d bob@home hi", PRIVATE },
	{ "d bob:hi", PRIVATE },
	{ "d @ bob hi", PRIVATE },
	{ "d \u0628\u0648\u0628 hi", PRIVATE },
	{ "d a_name_that_is_too_long hi", PRIVATE },
	{ "/d bob hi", PRIVATE },
	{ "/dm bob hi", PRIVATE },
	{ ".d bob hi", PRIVATE },
	{ "!d bob hi", PRIVATE },
	{ "> d bob hi", PRIVATE },
	{ "\"d bob hi\"", PRIVATE },
	{ "(d bob hi)", PRIVATE },
	{ "\u00abdm bob hi\u00bb", PRIVATE },
	{ "d\u2026bob hi", PRIVATE },
	{ "d\U0001F4E9bob hi", PRIVATE },
	{ "\U0001F4E9 d bob hi", PRIVATE },
	{ "d'", PRIVATE },
	{ "d' bob hi", PRIVATE },
	{ "\uff24", PRIVATE },
	{ "\uff24\uff2d", PRIVATE },
	{ "\uff24\uff2d\uff20bob x", PRIVATE },
	{ "d\u00ad", PRIVATE },
	{ "d\u200b:bob x", PRIVATE },
	{ "\u30c0\u30a4\u30ec\u30af\u30c8 bob", PRIVATE },
	{ "\u062e\u0627\u0635: bob", PRIVATE },
	/* replies */
	{ "r yes", VERB_REPLY, NULL, "yes" },
	{ "R Yes, I do", VERB_REPLY, NULL, "Yes, I do" },
	{ "r: yes", VERB_REPLY, NULL, "yes" },
	{ "r:yes", VERB_REPLY, NULL, "yes" },
	{ "r, yes", VERB_REPLY, NULL, "yes" },
	{ "r", VERB_REPLY, NULL, "" },
	{ "r:", VERB_REPLY, NULL, "" },
	{ "r\nyes", VERB_REPLY, NULL, "yes" },
	/* statuses whatever they look like */
	{ "post d bob hi", VERB_POST, NULL, "d bob hi" },
	{ "Post: stop", VERB_POST, NULL, "stop" },
	{ "post follow me", VERB_POST, NULL, "follow me" },
	{ "post", VERB_POST, NULL, "" },
	/* following */
	{ "follow bob", VERB_FOLLOW, "bob", NULL },
	{ "FOLLOW BOB", VERB_FOLLOW, "bob", NULL },
	{ "Follow @Bob.", VERB_FOLLOW, "bob", NULL },
	{ "follow bob!", VERB_FOLLOW, "bob", NULL },
	{ "follow: bob", VERB_FOLLOW, "bob", NULL },
	{ "follow \"bob\"", VERB_FOLLOW, "bob", NULL },
	{ "\"follow bob\"", VERB_FOLLOW, "bob", NULL },
	{ "follow\nbob", VERB_FOLLOW, "bob", NULL },
	{ "f bob", VERB_FOLLOW, "bob", NULL },
	{ "\uff46\uff4f\uff4c\uff4c\uff4f\uff57\u3000\uff42\uff4f\uff42", VERB_FOLLOW, "bob",
	    NULL },
	{ "follow\u00a0bob", VERB_FOLLOW, "bob", NULL },
	{ "follow", VERB_FOLLOW, "?", NULL },
	{ "follow me", VERB_FOLLOW, "me", NULL },
	{ "leave bob", VERB_LEAVE, "bob", NULL },
	{ "l bob", VERB_LEAVE, "bob", NULL },
	{ "unfollow bob", VERB_LEAVE, "bob", NULL },
	{ "leave Paris", VERB_LEAVE, "paris", NULL },
	{ "get bob", VERB_GET, "bob", NULL },
	{ "get well", VERB_GET, "well", NULL },
	{ "get", VERB_GET, "?", NULL },
	{ "whois bob?", VERB_WHOIS, "bob", NULL },
	{ "block bob", VERB_BLOCK, "bob", NULL },
	{ "unblock bob", VERB_UNBLOCK, "bob", NULL },
	{ "accept bob", VERB_ACCEPT, "bob", NULL },
	{ "deny @bob", VERB_DENY, "bob", NULL },
	{ "requests", VERB_REQUESTS, NULL, NULL },
	{ "protect", VERB_PROTECT, NULL, NULL },
	{ "unprotect.", VERB_UNPROTECT, NULL, NULL },
	/* deliveries */
	{ "on", VERB_ON, "", NULL },
	{ "On.", VERB_ON, "", NULL },
	{ "ON!", VERB_ON, "", NULL },
	{ "on bob", VERB_ON, "bob", NULL },
	{ "on holiday", VERB_ON, "holiday", NULL },
	{ "off", VERB_OFF, "", NULL },
	{ "off.", VERB_OFF, "", NULL },
	{ "Off...", VERB_OFF, "", NULL },
	{ "off bob", VERB_OFF, "bob", NULL },
	{ "off sick", VERB_OFF, "sick", NULL },
	{ "\uff2f\uff26\uff26", VERB_OFF, "", NULL },
	{ "off\u3002", VERB_OFF, "", NULL },
	/* stop and start */
	{ "stop", VERB_STOP, "", NULL },
	{ "STOP", VERB_STOP, "", NULL },
	{ "stop.", VERB_STOP, "", NULL },
	{ "Stop!!!", VERB_STOP, "", NULL },
	{ "\"stop\"", VERB_STOP, "", NULL },
	{ "s t o p", VERB_STOP, "", NULL },
	{ "stop hudhud", VERB_STOP, "", NULL },
	{ "Hudhud: stop", VERB_STOP, "", NULL },
	{ "Stop all", VERB_STOP, "", NULL },
	{ "opt-out", VERB_STOP, "", NULL },
	{ "OPT OUT", VERB_STOP, "", NULL },
	{ "optout", VERB_STOP, "", NULL },
	{ "unsubscribe", VERB_STOP, "", NULL },
	{ "cancel", VERB_STOP, "", NULL },
	{ "End", VERB_STOP, "", NULL },
	{ "quit", VERB_STOP, "", NULL },
	{ "revoke", VERB_STOP, "", NULL },
	{ "remove", VERB_STOP, "", NULL },
	{ "TD", VERB_STOP, "", NULL },
	{ "please stop", VERB_STOP, "", NULL },
	{ "ARRET", VERB_STOP, "", NULL },
	{ "ARR\u00caT", VERB_STOP, "", NULL },
	{ "Stopp!", VERB_STOP, "", NULL },
	{ "baja", VERB_STOP, "", NULL },
	{ "Sair.", VERB_STOP, "", NULL },
	{ "\u0421\u0422\u041e\u041f", VERB_STOP, "", NULL },
	{ "\u0625\u064a\u0642\u0627\u0641", VERB_STOP, "", NULL },
	{ "\u062a\u0648\u0642\u0641!", VERB_STOP, "", NULL },
	{ "\u0625\u0644\u063a\u0627\u0621 \u0627\u0644\u0627\u0634\u062a\u0631\u0627\u0643",
	    VERB_STOP, "", NULL },
	{ "\u505c\u6b62\u3002", VERB_STOP, "", NULL },
	{ "\u30b9\u30c8\u30c3\u30d7\uff01", VERB_STOP, "", NULL },
	{ "\uff33\uff34\uff2f\uff30", VERB_STOP, "", NULL },
	{ "stop \U0001F6D1", VERB_STOP, "", NULL },
	{ "stop bob", VERB_STOP, "bob", NULL },
	{ "stop it", VERB_STOP, "it", NULL },
	{ "start", VERB_START, NULL, NULL },
	{ "START.", VERB_START, NULL, NULL },
	{ "Unstop", VERB_START, NULL, NULL },
	{ "yes", VERB_START, NULL, NULL },
	{ "\u518d\u958b", VERB_START, NULL, NULL },
	/* the rest */
	{ "stats", VERB_STATS, NULL, NULL },
	{ "Stats?", VERB_STATS, NULL, NULL },
	{ "help", VERB_HELP, NULL, NULL },
	{ "HeLP", VERB_HELP, NULL, NULL },
	{ "help?", VERB_HELP, NULL, NULL },
	{ "?", VERB_HELP, NULL, NULL },
	{ "info", VERB_HELP, NULL, NULL },
	{ "help follow", VERB_HELP, "follow", NULL },
	{ "help F.", VERB_HELP, "follow", NULL },
	{ "help stop", VERB_HELP, "stop", NULL },
	{ "help dm", VERB_HELP, "d", NULL },
	{ "join bob", VERB_JOIN, "bob", NULL },
	{ "Join @Bob!", VERB_JOIN, "bob", NULL },
	{ "join", VERB_JOIN, "?", NULL },
	{ "join \u00e9toile", VERB_JOIN, "", NULL },
	{ "join us", VERB_JOIN, "us", NULL },
	{ "link", VERB_LINK, NULL, NULL },
	{ "link 12345678", VERB_CODE, "12345678", NULL },
	{ "link 1234-5678", VERB_CODE, "12345678", NULL },
	{ "Link: 1234 5678.", VERB_CODE, "12345678", NULL },
	{ "12345678", VERB_CODE, "12345678", NULL },
	{ "1234 5678", VERB_CODE, "12345678", NULL },
	{ "12 34-56 78", VERB_CODE, "12345678", NULL },
	{ "\uff11\uff12\uff13\uff14 \uff15\uff16\uff17\uff18", VERB_CODE, "12345678", NULL },
	{ "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", VERB_CODE, "12345678", NULL },
	{ "lang ja", VERB_LANG, "ja", NULL },
	{ "Lang pt_BR", VERB_LANG, "pt_br", NULL },
	{ "lang", VERB_LANG, "?", NULL },
	{ "pin 4711", VERB_PIN, "4711", NULL },
	{ "sleep 22:00-7:00", VERB_SLEEP, "1320-420", NULL },
	{ "mute bob 1d", VERB_MUTE, "bob 86400", NULL },
	{ "nudge bob", VERB_NUDGE, "bob", NULL },
	{ "undo", VERB_UNDO, NULL, NULL },
	/* words of other languages are statuses to these people */
	{ "\u30d5\u30a9\u30ed\u30fc bob", STATUS },
	{ "\u062a\u0627\u0628\u0639 bob", STATUS },
};

static const struct row japanese[] = {
	{ "\u30d5\u30a9\u30ed\u30fc bob", VERB_FOLLOW, "bob", NULL },
	{ "\u30d5\u30a9\u30ed\u30fc\u3000\uff20bob", VERB_FOLLOW, "bob", NULL },
	{ "follow bob", VERB_FOLLOW, "bob", NULL },
	{ "\u30d5\u30a9\u30ed\u30fc\u89e3\u9664 bob", VERB_LEAVE, "bob", NULL },
	{ "\u30aa\u30d5", VERB_OFF, "", NULL },
	{ "\u30aa\u30f3\u3002", VERB_ON, "", NULL },
	{ "\u30d8\u30eb\u30d7\uff1f", VERB_HELP, NULL, NULL },
	{ "\u53c2\u52a0 bob", VERB_JOIN, "bob", NULL },
	{ "\u6295\u7a3f \u30aa\u30d5", VERB_POST, NULL, "\u30aa\u30d5" },
	{ "\u8fd4\u4fe1\uff1a\u306f\u3044", VERB_REPLY, NULL, "\u306f\u3044" },
	{ "\u30c0\u30a4\u30ec\u30af\u30c8 bob \u3053\u3093\u306b\u3061\u306f", VERB_DIRECT, "bob",
	    "\u3053\u3093\u306b\u3061\u306f" },
	{ "\u4eca\u65e5\u306f\u6691\u3044", STATUS },
	{ "\u30d5\u30a9\u30ed\u30fc\u3042\u308a\u304c\u3068\u3046", STATUS },
};

static const struct row arabic[] = {
	{ "\u062a\u0627\u0628\u0639 bob", VERB_FOLLOW, "bob", NULL },
	{ "\u0645\u062a\u0627\u0628\u0639\u0629 bob", VERB_FOLLOW, "bob", NULL },
	{ "\u0645\u064f\u062a\u0627\u0628\u064e\u0639\u0629 @bob", VERB_FOLLOW, "bob", NULL },
	{ "\u0625\u0637\u0641\u0627\u0621", VERB_OFF, "", NULL },
	{ "\u0645\u0633\u0627\u0639\u062f\u0629\u061f", VERB_HELP, NULL, NULL },
	{ "\u0631\u062f \u0646\u0639\u0645", VERB_REPLY, NULL, "\u0646\u0639\u0645" },
	{ "\u0627\u0646\u0636\u0645 bob", VERB_JOIN, "bob", NULL },
	{ "follow bob", VERB_FOLLOW, "bob", NULL },
	{ "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645", STATUS },
};

/* What ${p} holds, as the rows write it. */
static const char *
holds(const struct parsed *p)
{
	static char out[128];
	size_t n = 0;

	if (p->verb == VERB_CODE || p->verb == VERB_ZONE)
		return p->verb == VERB_CODE ? p->code : p->zone;
	if (p->verb == VERB_HELP)
		return p->topic ? p->topic->word : "";
	n += (size_t)snprintf(out, sizeof(out), "%s", p->name);
	if (p->from >= 0)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%d-%d", p->from, p->to);
	else if (p->to >= 0)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%suntil %d", n ? " " : "", p->to);
	if (p->seconds)
		n += (size_t)snprintf(
		    out + n, sizeof(out) - n, "%s%lld", n ? " " : "", (long long)p->seconds);
	if (p->pin[0] || p->pin_was[0])
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s%s", p->pin_was,
		    p->pin_was[0] ? " " : "", p->pin);
	for (size_t i = 0; i < p->kinds_n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", i ? " " : "", p->kinds[i]);
	if (p->off)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%soff", n ? " " : "");
	if (p->missing && p->verb != VERB_REPLY && p->verb != VERB_POST && n == 0)
		n += (size_t)snprintf(out, sizeof(out), "?");
	if (p->near)
		snprintf(out, sizeof(out), "near %s", p->near->word);
	return out;
}

static bool
row_holds(const struct row *r, const struct parsed *p)
{
	if (p->verb != r->verb || (r->name && strcmp(holds(p), r->name) != 0))
		return false;
	if (r->verb == VERB_HELP && !r->name && p->topic)
		return false;
	if (r->verb == VERB_STATUS && !r->name && p->near)
		return false;
	if (r->verb == VERB_STATUS || r->verb == VERB_MENTION)
		return strcmp(p->text, r->text) == 0;
	return !r->rest || strcmp(p->text, r->rest) == 0;
}

static void
table(const struct row *r, size_t n, const char *lang)
{
	for (size_t i = 0; i < n; i++) {
		struct parsed p;
		char what[256];
		const char *text = r[i].text;

		parse_text(text, lang, "Hudhud", &p);
		snprintf(what, sizeof(what), "%s: \"%.*s\" is %d", lang, (int)strcspn(text, "\n#"),
		    text, r[i].verb);
		ok(row_holds(&r[i], &p), what);
		if (!row_holds(&r[i], &p))
			printf("# verb %d holds '%s' text '%s'\n", p.verb, holds(&p), p.text);
	}
}

static void
mentions(const char *text, const char *expected)
{
	char name[PARSE_NAME_SIZE], all[256] = "", what[256];
	const char *at = text;

	while (parse_mention(text, &at, name)) {
		strcat(all, name);
		strcat(all, " ");
	}
	snprintf(what, sizeof(what), "mentions of \"%s\": %s", text, expected);
	ok(strcmp(all, expected) == 0, what);
	if (strcmp(all, expected) != 0)
		printf("# found: %s\n", all);
}

static void
mention_rows(void)
{
	mentions("no one", "");
	mentions("@bob", "bob ");
	mentions("hi @bob and @Carol!", "bob carol ");
	mentions(".@bob says", "bob ");
	mentions("(@bob)", "bob ");
	mentions("mail me at me@bob.example", "");
	mentions("jos\u00e9@bob.example", "");
	mentions("\u3053\u3093\u306b\u3061\u306f@bob\u3055\u3093", "bob ");
	mentions("\uff20bob", "bob ");
	mentions("see http://x.example/@bob now", "");
	mentions("see (https://x.example/?q=@bob)", "");
	mentions("www.x.example/@bob", "");
	mentions("@bob@elsewhere.example", "");
	mentions("cc:@bob", "bob ");
	mentions("@abcdefghijklmno @abcdefghijklmnop", "abcdefghijklmno ");
	mentions("@@bob @ bob", "");
	mentions("@bob,@carol", "bob carol ");
	mentions("a_@bob +@bob /@bob", "");
}

int
main(void)
{
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
	table(english, sizeof(english) / sizeof(english[0]), "en");
	table(japanese, sizeof(japanese) / sizeof(japanese[0]), "ja");
	table(arabic, sizeof(arabic) / sizeof(arabic[0]), "ar");
	mention_rows();
	lexicon_unload();
	lang_unload();
	return tap_done();
}
