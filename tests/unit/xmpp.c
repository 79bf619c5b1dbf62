/* The parts of the xmpp channel that need no server. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/xmpp/fail.h"
#include "channels/xmpp/hear.h"
#include "channels/xmpp/jid.h"
#include "channels/xmpp/xml.h"
#include "tests/tap.h"

static void
test_jid(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "alice@example.org", "alice@example.org" },
		{ "Alice@Example.ORG/Phone", "alice@example.org" },
		{ "attacker.org/alice@good.org", "attacker.org" },
		{ "a@b.org/c@d/e", "a@b.org" },
		{ "alice@example.org.", "alice@example.org" },
		{ "ß@example.org", "ss@example.org" },
		{ "Ａlice@ＥＸample.org", "alice@example.org" },
		{ "أحمد@example.org", "أحمد@example.org" },
		{ "太郎@例え.jp", "太郎@例え.jp" },
		{ "a@[::1]", "a@[::1]" },
		{ "gw.example", "gw.example" },
		{ "", NULL },
		{ "/x", NULL },
		{ "@example.org", NULL },
		{ "a@", NULL },
		{ "a@@b", NULL },
		{ "a@b@c", NULL },
		{ "a b@example.org", NULL },
		{ "a'b@example.org", NULL },
		{ "a<b@example.org", NULL },
		{ "a@exa mple.org", NULL },
		{ "a@example..org", NULL },
		{ "a@.example.org", NULL },
		{ "a@example.org'", NULL },
		{ "a\xff@example.org", NULL },
		{ "a@example.\xc3", NULL },
		{ "a\x01@example.org", NULL },
	};
	char out[JID_SIZE], lengthy[2 * JID_SIZE];
	bool good = true;
	int rc;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = jid_bare(rows[i].in, out);
		if (rows[i].out == NULL ? rc != -1 : rc != 0 || strcmp(out, rows[i].out) != 0) {
			printf("# %s gives %s\n", rows[i].in, rc == 0 ? out : "nothing");
			good = false;
		}
	}
	ok(good, "addresses have one form, and what is none is refused");
	memset(lengthy, 'a', sizeof(lengthy));
	strcpy(lengthy + JID_SIZE - 2, "@b");
	ok(jid_bare(lengthy, out) == -1, "an address that is too long is refused");
	ok(strcmp(jid_resource("a@b/c/d"), "c/d") == 0 && *jid_resource("a@b") == '\0',
	    "the resource begins at the first slash");
	ok(jid_same("A@b/x", "a@B/y") && !jid_same("a@b", "a@c") && !jid_same("", ""),
	    "addresses are compared without their resource");
}

static bool
escapes(const char *in, const char *out)
{
	struct buf b = { 0 };
	bool same;

	xml_escape(&b, in);
	same = strcmp(buf_text(&b), out) == 0;
	if (!same)
		printf("# gives %s\n", buf_text(&b));
	buf_free(&b);
	return same;
}

static void
test_xml(void)
{
	char text[] = "> alice: 日本\nنعم", short_text[] = "ab";

	ok(escapes("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&apos;"), "markup is escaped");
	ok(escapes("a\x01\x1f\x7f\r\n\t", "a\x7f\n\t"), "control characters are left out");
	ok(escapes("\xff\xc0\x80\xed\xa0\x80z\xf4\x90\x80\x80", "z"), "broken UTF-8 is left out");
	ok(escapes("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\xef\xbf\xbd"),
	    "U+FFFE and U+FFFF are left out");
	ok(escapes("مرحبا 日本 👩‍🚀", "مرحبا 日本 👩‍🚀"),
	    "all scripts pass unharmed");
	ok(escapes("\xe6\x97", ""), "a cut character at the end is left out");
	hear_unquote(text, 0, 12);
	ok(strcmp(text, "نعم") == 0, "a quotation is cut by code points");
	hear_unquote(short_text, 1, 4000000000UL);
	ok(strcmp(short_text, "a") == 0, "a range beyond the end is cut to it");
	hear_unquote(short_text, 7, 3);
	ok(strcmp(short_text, "a") == 0, "a range that runs backwards cuts nothing");
}

static void
test_fail(void)
{
	const char *why;

	ok(fail_outcome("cancel", "item-not-found", &why) == BOUNCE &&
		fail_outcome("cancel", "gone", &why) == BOUNCE &&
		fail_outcome("modify", "jid-malformed", &why) == BOUNCE,
	    "what will never work is given up");
	ok(fail_outcome("cancel", "service-unavailable", &why) == DEFER &&
		fail_outcome("cancel", "remote-server-not-found", &why) == DEFER &&
		fail_outcome("wait", "item-not-found", &why) == DEFER &&
		fail_outcome(NULL, NULL, &why) == DEFER &&
		fail_outcome("cancel", "new-in-2040", &why) == DEFER,
	    "everything else is tried again");
}

/* What hear hands on, in one line. */
static struct buf heard;
static char last_foreign[256];
static uint64_t last_token;

static uint64_t
on_receive(void *cookie, const struct inbound *in)
{
	static uint64_t token;

	(void)cookie;
	buf_printf(&heard, "%s|%s|%s|%s|%s;", in->peer, in->to, in->foreign[0] != '\0' ? "id" : "",
	    in->reply_to, in->text);
	snprintf(last_foreign, sizeof(last_foreign), "%s", in->foreign);
	last_token = ++token;
	return token;
}

static void
on_failed(void *cookie, const char *key, const char *peer, enum outcome o, const char *why)
{
	(void)cookie;
	(void)why;
	buf_printf(&heard, "fail %s %s %c;", key, peer == NULL ? "-" : peer, "SDB"[o]);
}

static void
on_answered(void *cookie, const char *id, const char *from)
{
	(void)cookie;
	buf_printf(&heard, "iq %s %s;", id, from == NULL ? "-" : from);
}

static const struct hear_calls calls = { on_receive, on_failed, on_answered, NULL };
static struct hear_self component = { true, "gw.x", "update@gw.x", "update@gw.x" };
static struct hear_self client = { false, "x", "bot@x/1", "bot@x" };
static struct buf out;

/* Is ${xml} handed on as ${expected}, and does the answer contain ${answer} (NULL: there is none)? */
static bool
hears(struct hear *h, const char *xml, const char *expected, const char *answer)
{
	bool good;

	buf_clear(&heard);
	buf_clear(&out);
	good = hear_text(h, xml) && strcmp(buf_text(&heard), expected) == 0 &&
	       (answer == NULL ? out.len == 0 : strstr(buf_text(&out), answer) != NULL);
	if (!good)
		printf("# heard %s said %s\n", buf_text(&heard), buf_text(&out));
	return good;
}

#define M "<message type='chat' from='Alice@x/Phone' to='update@gw.x' id='7'>"

static void
test_messages(struct hear *h)
{
	ok(hears(
	       h, M "<body>hi &lt;b&gt;</body></message>", "alice@x|update@gw.x|id||hi <b>;", NULL),
	    "a message is handed to the core");
	ok(hears(h, "<message from='a@x' to='gw.x'><body>hi</body></message>", "a@x|gw.x|||hi;",
	       NULL),
	    "of no type, without an id, to the domain: also");
	ok(hears(h,
	       M "<body>&gt; q\nyes</body><reply xmlns='urn:xmpp:reply:0' id='s1f.2'/>"
		 "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
		 "<body start='0' end='4'/></fallback></message>",
	       "alice@x|update@gw.x|id|s1f.2|yes;", NULL),
	    "an answer names what it answers, without the quotation");
	ok(hears(h, M "<body>yes</body><reply xmlns='urn:xmpp:reply:0' id='0F-9b&amp;'/></message>",
	       "alice@x|update@gw.x|id|?|yes;", NULL),
	    "an answer to something that is not ours is told as such");
	ok(hears(h, M "<body>yes</body><reply xmlns='urn:xmpp:reply:0'/></message>",
	       "alice@x|update@gw.x|id|?|yes;", NULL),
	    "so is one to nothing");
	ok(hears(h, "<message to='gw.x'><body>hi</body></message>", "", NULL) &&
		hears(h, "<message from='x' to='gw.x'><body>hi</body></message>", "", NULL) &&
		hears(h, "<message from='a@x'><body>hi</body></message>", "", NULL) &&
		hears(h, "<message from='a@x' to='b@other'><body>hi</body></message>", "", NULL) &&
		hears(h, "<message from='a@@x' to='gw.x'><body>hi</body></message>", "", NULL) &&
		hears(h, "<message from='b@gw.x' to='gw.x'><body>hi</body></message>", "", NULL),
	    "without a person, or not to us: dropped");
	ok(hears(h, M "</message>", "", NULL) && hears(h, M "<body/></message>", "", NULL) &&
		hears(h, M "<body> \n </body></message>", "", NULL) &&
		hears(h, M "<body xmlns='other'>x</body></message>", "", NULL) &&
		hears(h, M "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
		    "", NULL),
	    "without words: dropped");
	ok(hears(h,
	       M "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		 "<message xmlns='jabber:client' from='bob@x'><body>forged</body></message>"
		 "</forwarded></received></message>",
	       "", NULL) &&
		hears(h,
		    M
		    "<body>+1</body><reactions xmlns='urn:xmpp:reactions:0' id='s1.1'/></message>",
		    "", NULL) &&
		hears(h,
		    M "<body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>",
		    "", NULL) &&
		hears(h,
		    "<message type='groupchat' from='r@c/n' to='gw.x'><body>x</body></message>", "",
		    NULL) &&
		hears(h, "<message type='headline' from='a@x' to='gw.x'><body>x</body></message>",
		    "", NULL),
	    "copies, reactions, rooms and headlines are no messages");
}

static void
test_encrypted(struct hear *h)
{
	ok(hears(h,
	       M
	       "<body>fallback</body><encryption xmlns='urn:xmpp:eme:0' namespace='x'/></message>",
	       "", "switch encryption"),
	    "an encrypted message is answered, not handed on");
	ok(hears(h, M "<body>?OTRv2?</body></message>", "", NULL), "the same person hears it once");
	ok(hears(h, "<message from='b@x' to='gw.x'><body>?OTRv2?</body></message>", "", "to='b@x'"),
	    "another hears it, too");
	ok(hears(h,
	       "<message from='c@x' to='gw.x'><encrypted xmlns='eu.siacs.conversations.axolotl'>"
	       "<header/></encrypted></message>",
	       "", NULL),
	    "keys without a message are not answered");
}

static void
test_acknowledge(struct hear *h)
{
	buf_clear(&out);
	hear_verdict(h, 1, VERDICT_KEPT);
	ok(out.len == 0, "who asked for no receipt gets none");
	ok(hears(h, M "<body>x</body><request xmlns='urn:xmpp:receipts'/></message>",
	       "alice@x|update@gw.x|id||x;", NULL),
	    "no receipt before the core has it");
	hear_verdict(h, 6, VERDICT_KEPT);
	ok(strstr(buf_text(&out), "<received xmlns='urn:xmpp:receipts' id='7'/>") != NULL,
	    "a receipt once it has");
	buf_clear(&out);
	hear_verdict(h, 6, VERDICT_KEPT);
	ok(out.len == 0, "one");
	hear_verdict(h, 2, VERDICT_LATER);
	ok(strstr(buf_text(&out), "type='wait'><resource-constraint") != NULL, "later is an error");
	hear_text(h, M "<body>x</body></message>");
	hear_verdict(h, 5, VERDICT_REFUSED);
	ok(strstr(buf_text(&out), "<not-acceptable") != NULL, "refused is another");
}

static void
test_iq(struct hear *h)
{
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
	       "", "<iq type='result' from='gw.x' to='a@x/r' id='1'></iq>"),
	    "a ping is answered");
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='update@gw.x/q' id='1'>"
	       "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
	       "", "from='update@gw.x/q'"),
	    "discovery is answered by who was asked");
	ok(hears(h, "<iq type='set' from='a@x/r' to='gw.x' id='1'><q xmlns='what'/></iq>", "",
	       "<service-unavailable"),
	    "what we do not know gets an error");
	ok(hears(h, "<iq type='get' from='a@x/r' to='gw.x' id='1'/>", "", "<bad-request"),
	    "an empty request is a bad one");
	ok(hears(h, "<iq type='result' from='X' to='gw.x' id='p1'/>", "iq p1 x;", NULL) &&
		hears(h, "<iq type='error' from='a@x/r' to='gw.x' id='p1'/>", "iq p1 a@x;", NULL),
	    "answers to ours are passed on, with who sent them");
	ok(hears(h,
	       "<message type='error' from='a@x/r' to='update@gw.x' id='s1.1'><body>b</body>"
	       "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	       "</message>",
	       "fail s1.1 a@x B;", NULL) &&
		hears(h, "<message type='error' from='a@x' to='gw.x' id='&lt;'/>", "", NULL),
	    "errors name their delivery, and are never answered");
}

#define COMMAND "<command xmlns='http://jabber.org/protocol/commands' node="
#define SET(lang) "<iq type='set' from='a@x/r' to='gw.x' id='c1' xml:lang='" lang "'>"

static void
test_commands(struct hear *h)
{
	static const struct menu_item items[] = { { "stats", "stats: your <numbers>.", MENU_ALONE },
		{ "follow", "follow NAME: get it.", MENU_NEEDS },
		{ "on", "on: here. on NAME: them.", MENU_MAYBE } };
	static const struct menu_item german[] = { { "stats", "stats: Zahlen.", MENU_ALONE } };

	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1'><query node='stats' "
	       "xmlns='http://jabber.org/protocol/disco#info'/></iq>",
	       "", "<item-not-found"),
	    "without a list there is nothing to choose");
	hear_menu(h, &(struct menu){ "en", "Sent.", items, 3 });
	hear_menu(h, &(struct menu){ "de", "Gesandt.", german, 1 });
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1'>"
	       "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
	       "", "<feature var='http://jabber.org/protocol/commands'/>"),
	    "that there are commands can be found out");
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1'>"
	       "<query node='http://jabber.org/protocol/commands' "
	       "xmlns='http://jabber.org/protocol/disco#items'/></iq>",
	       "",
	       "<item jid='gw.x' node='stats' name='stats: your &lt;numbers&gt;.'/>"
	       "<item jid='gw.x' node='follow'"),
	    "and which");
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1' xml:lang='de-AT'>"
	       "<query node='http://jabber.org/protocol/commands' "
	       "xmlns='http://jabber.org/protocol/disco#items'/></iq>",
	       "", "name='stats: Zahlen.'/></query>"),
	    "in the language of who asks");
	ok(hears(h,
	       "<iq type='get' from='a@x/r' to='gw.x' id='1'>"
	       "<query node='follow' xmlns='http://jabber.org/protocol/disco#info'/></iq>",
	       "", "type='command-node' name='follow NAME: get it.'"),
	    "each says what it is");
}

static void
test_choosing(struct hear *h)
{
	static const char form[] = "<x xmlns='jabber:x:data' type='submit'><field var='text'>"
				   "<value>bob\n</value></field></x></command></iq>";
	char submit[1024];
	uint64_t token;

	ok(hears(
	       h, SET("en") COMMAND "'stats' action='execute'/></iq>", "a@x|gw.x|id||stats;", NULL),
	    "one that takes nothing is said");
	token = last_token;
	buf_clear(&out);
	hear_verdict(h, token, VERDICT_KEPT);
	ok(strstr(buf_text(&out), "<iq type='result' from='gw.x' to='a@x/r' id='c1'>") != NULL &&
		strstr(buf_text(&out), "status='completed'><note type='info'>Sent.</note>") != NULL,
	    "and is done once the core has it");
	ok(hears(h, SET("en") COMMAND "'follow'/></iq>", "", "status='executing'") &&
		strstr(buf_text(&out), "<required/>") != NULL,
	    "one that needs something asks for it");
	snprintf(submit, sizeof(submit),
	    SET("en") COMMAND "'follow' sessionid='abc' action='complete'>%s", form);
	ok(hears(h, submit, "a@x|gw.x|id||follow bob ;", NULL), "and is said with it");
	buf_clear(&out);
	hear_verdict(h, last_token, VERDICT_LATER);
	ok(strstr(buf_text(&out), "<iq type='error'") != NULL &&
		strstr(buf_text(&out), "<resource-constraint") != NULL,
	    "or comes later");
	ok(hears(h,
	       SET("en") COMMAND "'follow'><x xmlns='jabber:x:data' type='submit'/></command></iq>",
	       "", "<bad-request"),
	    "without it it is a fault");
	ok(hears(h,
	       SET("en") COMMAND "'on'><x xmlns='jabber:x:data' type='submit'/></command></iq>",
	       "a@x|gw.x|id||on;", NULL),
	    "unless it may be without");
	ok(hears(h, SET("en") COMMAND "'on' sessionid='s' action='cancel'/></iq>", "",
	       "status='canceled'"),
	    "it can be left");
	ok(hears(h, SET("en") COMMAND "'what'/></iq>", "", "<item-not-found") &&
		hears(h, SET("en") COMMAND "'on' action='prev'/></iq>", "", "<bad-request"),
	    "what is not there is a fault");
	ok(hears(h, "<iq type='set' from='x' to='gw.x' id='c1'>" COMMAND "'stats'/></iq>", "",
	       "<service-unavailable"),
	    "nor may a server choose");
}

static void
test_presence(struct hear *h)
{
	ok(hears(h, "<presence type='subscribe' from='a@x' to='update@gw.x'/>", "",
	       "<presence type='subscribed' from='update@gw.x' to='a@x'/>"
	       "<presence type='subscribe' from='update@gw.x' to='a@x'/>"),
	    "who wants to see us may, and is asked back");
	hears(h, "<presence type='subscribe' from='a@x' to='update@gw.x'/>", "", "subscribed");
	ok(strstr(buf_text(&out), "'subscribe'") == NULL, "once");
	ok(hears(h, "<presence type='unsubscribe' from='a@x' to='update@gw.x'/>", "",
	       "'unsubscribed'"),
	    "who leaves is let go");
	ok(hears(h, "<presence type='probe' from='b@x/r' to='update@gw.x'/>", "",
	       "<presence from='update@gw.x' to='b@x/r'/>"),
	    "a probe is answered");
	ok(hears(h, "<presence from='b@x/r' to='update@gw.x'/>", "", NULL) &&
		hears(h, "<presence type='error' from='b@x/r' to='update@gw.x'/>", "", NULL),
	    "presence itself is not");
	buf_clear(&out);
	hear_goodbye(h);
	ok(strcmp(buf_text(&out), "<presence type='unavailable' from='update@gw.x' to='b@x'/>") ==
		0,
	    "those who see us are told when we go");
}

static void
test_client(void)
{
	struct hear *h = hear_new(&client, &out, &calls, NULL);

	ok(hears(h, "<message from='a@x/r' to='bot@x/1'><body>hi</body></message>",
	       "a@x|bot@x|||hi;", NULL),
	    "an account hears what is sent to it");
	ok(hears(h, "<message from='bot@x/2' to='bot@x/1'><body>hi</body></message>", "", NULL),
	    "but not what it says itself elsewhere");
	ok(hears(
	       h, "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>", "", "'result'") &&
		hears(h,
		    "<iq type='set' from='evil@x' id='1'><query xmlns='jabber:iq:roster'/></iq>",
		    "", "<service-unavailable"),
	    "only its server may change its list of contacts");
	hear_free(h);
}

/* Last, since it uses up tokens that others count. */
static void
test_repeats(struct hear *h)
{
	char first[256];

	hear_text(h, M "<body>hi</body></message>");
	mem_copy(first, sizeof(first), last_foreign);
	hear_text(h, M "<body>hi</body></message>");
	ok(strcmp(first, last_foreign) == 0, "the same again has the same id");
	hear_text(h, M "<body>another</body></message>");
	ok(strcmp(first, last_foreign) != 0,
	    "a program that counts from 1 again says something new");
}

int
main(void)
{
	struct hear *h = hear_new(&component, &out, &calls, NULL);

	test_jid();
	test_xml();
	test_fail();
	test_messages(h);
	test_acknowledge(h);
	test_encrypted(h);
	test_iq(h);
	test_commands(h);
	test_choosing(h);
	test_presence(h);
	test_repeats(h);
	test_client();
	hear_free(h);
	buf_free(&heard);
	buf_free(&out);
	return tap_done();
}
