/* Order, conditions, zone, sleep and mute, by text and in three languages. */
#include "gateway/ladder.h"
#include "gateway/lexicon.h"
#include "gateway/phrase.h"
#include "gateway/presence.h"
#include "gateway/rungs.h"
#include "tests/unit/town.h"

#define NOON (20782 * (int64_t)86400 + 12 * 3600) /* 2026-11-25 12:00 UTC */
#define ALICE "alice@jab.example"
#define PHONE_OF_ALICE "+15550001"

static struct address rungs[LADDER_MAX];
static size_t rungs_n;

static void
look(void)
{
	int64_t id = town_id("alice");
	struct tx *tx = store_read(town_store);

	rungs_n = address_list(tx, id, rungs, LADDER_MAX);
	store_read_end(tx);
}

static struct user
alice(void)
{
	struct tx *tx = store_read(town_store);
	struct user u = { 0 };

	user_by_name(tx, "alice", &u);
	store_read_end(tx);
	return u;
}

static bool
rung_is(size_t i, const char *kind, unsigned takes, int daily)
{
	look();
	return i < rungs_n && strcmp(rungs[i].kind, kind) == 0 && rungs[i].takes == takes &&
	       rungs[i].daily == daily;
}

static const char *
say(const char *text)
{
	const char *answer = town_say(JABBER, ALICE, text);

	if (!phrase_fits(answer))
		printf("# does not fit: %s\n", answer);
	return answer;
}

static bool
answers(const char *text, const char *part)
{
	const char *answer = say(text);

	if (strstr(answer, part) == NULL)
		printf("# %s: %s\n", text, answer);
	return phrase_fits(answer) && strstr(answer, part) != NULL;
}

static void
test_order(void)
{
	ok(answers("prefer", "xmpp, sms"), "the order is shown");
	ok(answers("prefer sms, im", "sms, xmpp") && rung_is(0, "sms", 0, 0) &&
		rung_is(1, "xmpp", 0, 0),
	    "and changed");
	ok(alice().home == town_chan[PHONE] && alice().near == 0, "what they follow moves along");
	ok(answers("Prefer IM when there, SMS for mentions 3 a day.",
	       "xmpp when there, sms for mentions 3 a day") &&
		rung_is(0, "xmpp", RUNG_PRESENT | RUNG_FREE, 0) &&
		rung_is(1, "sms", RUNG_ADDRESSED, 3),
	    "with conditions");
	ok(alice().home == town_chan[JABBER] && alice().near == town_chan[PHONE],
	    "what takes statuses carries them, and what takes mentions those");
	presence_set(town_chan[JABBER], ALICE, PRESENCE_GONE, 1, &(bool){ false });
	ok(answers("prefer jabber if online only for directs and then texts at most 20 per day",
	       "xmpp when there for directs, sms 20 a day") &&
		rung_is(0, "xmpp", RUNG_PRESENT | RUNG_FREE | RUNG_DIRECT, 0) &&
		rung_is(1, "sms", 0, 20) && alice().home == town_chan[PHONE],
	    "in other words");
	ok(answers("prefer im never", "xmpp never, sms 20 a day") && rung_is(1, "sms", 0, 20),
	    "what is not named stays as it is");
	ok(answers("prefer im, sms", "xmpp, sms") && rung_is(0, "xmpp", 0, 0) &&
		rung_is(1, "sms", 0, 0),
	    "what is named without conditions has none");
	ok(answers("prefer mail", "no email address"),
	    "what one does not have cannot be preferred");
	ok(answers("prefer sms when there", "chat only") && rung_is(1, "sms", 0, 0),
	    "nor what shows nobody");
}

static void
test_no_order(void)
{
	static const char *const statuses[] = { "prefer tea to coffee",
		"prefer mail over chat any day", "prefer im 2moro", "prefer sms sms",
		"prefer im when there is time" };
	int64_t head;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		head = town_head();
		say(statuses[i]);
		ok(town_head() == head + 1 || strstr(town_answer, "post") != NULL, statuses[i]);
	}
}

static void
test_zone(void)
{
	ok(answers("zone Asia/Tokyo", "now 21:00 for you (Asia/Tokyo)") &&
		strcmp(alice().zone, "Asia/Tokyo") == 0,
	    "a zone, and what time it is there");
	ok(answers("zone berlin", "13:00") && strcmp(alice().zone, "Europe/Berlin") == 0,
	    "a city will do");
	ok(answers("zone Asia/Tokio", "zone Asia/Tokyo") &&
		strcmp(alice().zone, "Europe/Berlin") == 0,
	    "a near miss is answered with a hint");
	ok(answers("zone Middle/Earth", "nearest great city") &&
		strcmp(alice().zone, "Europe/Berlin") == 0,
	    "and nonsense, too");
}

static void
test_sleep(void)
{
	ok(answers("sleep", "No quiet hours"), "none at first");
	ok(answers("sleep 22:00-7:00", "from 22:00 to 7:00") && alice().quiet_from == 1320 &&
		alice().quiet_to == 420,
	    "hours");
	ok(strstr(town_answer, "13:00") != NULL, "with what time it is");
	ok(answers("sleep", "from 22:00 to 7:00"), "are shown");
	ok(answers("sleep 2h", "until 15:00") && alice().quiet_until == NOON + 7200, "a while");
	ok(answers("sleep", "until 15:00"), "is shown");
	ok(answers("wake", "Awake") && alice().quiet_until == 0 && alice().quiet_from == 1320,
	    "and ends");
	town_now = NOON + 10 * 3600;
	ok(answers("wake", "Awake") && alice().quiet_until == -(NOON + 18 * 3600),
	    "in the night it is over for this once");
	town_now = NOON;
	ok(answers("sleep off", "No quiet hours") && alice().quiet_from == alice().quiet_to,
	    "and for good");
	ok(answers("mute 2h", "until 15:00") && alice().quiet_until == NOON + 7200,
	    "all are muted");
	say("wake");
}

static int64_t
muted(void)
{
	int64_t a = town_id("alice"), b = town_id("bob"), until;
	struct tx *tx = store_read(town_store);

	until = mute_until(tx, a, b, town_now);
	store_read_end(tx);
	return until;
}

static void
test_mute(void)
{
	ok(answers("mute bob 1d", "bob is muted until 26 Nov 13:00") && muted() == NOON + 86400,
	    "one is muted for a day");
	ok(answers("unmute bob", "comes to you again") && muted() == 0, "and no more");
	ok(answers("mute bob", "unmute bob") && muted() == INT64_MAX, "or for good");
	ok(answers("mute nobody", "Nobody is called") && answers("mute alice", "That is you"),
	    "nobody is not, nor oneself");
	say("unmute bob");
}

/* What is answered is what came to the address that answers. */
static void
test_places(void)
{
	int64_t id = town_id("alice"), status, mention;

	say("prefer sms for mentions, im");
	say("follow bob");
	town_say(PHONE, "+15550002", "to all who follow");
	status = town_said.pos;
	town_say(PHONE, "+15550002", "@alice just for you");
	mention = town_said.pos;
	town_delivered(id, mention);
	say("r what was said to all");
	ok(town_status(town_said.pos).reply_to == status, "what came by chat is answered by chat");
	town_say(PHONE, "+15550001", "r what was said to me");
	ok(town_status(town_said.pos).reply_to == mention, "what came by text, by text");
	ok(town_has(say("why"), "follow bob"), "why tells of what came here");
}

static void
test_why(void)
{
	int64_t id = town_id("alice"), pos;
	struct tx *tx;
	char *why;

	say("prefer sms for mentions, im");
	town_say(PHONE, "+15550002", "good morning @alice");
	pos = town_said.pos;
	tx = store_read(town_store);
	why = ladder_explain(tx, &town_site, id, pos, town_now, "en");
	ok(why != NULL && strcmp(why, "sms: takes it\nxmpp: if those before it cannot") == 0,
	    "a mention, and why it goes there");
	free(why);
	store_read_end(tx);
	town_say(PHONE, "+15550002", "good morning all");
	tx = store_read(town_store);
	why = ladder_explain(tx, &town_site, id, town_said.pos, town_now, "en");
	ok(why != NULL && strcmp(why, "sms: only mentions\nxmpp: takes it") == 0, "a status");
	free(why);
	ok(ladder_explain(tx, &town_site, id, 99999, town_now, "en") == NULL,
	    "nothing has no reason");
	store_read_end(tx);
}

static void
test_languages(void)
{
	ok(answers("lang ja", ""), "in Japanese");
	ok(answers("優先 チャット いるとき、ショートメール 返信 1日3件", "1日3件") &&
		rung_is(0, "xmpp", RUNG_PRESENT | RUNG_FREE, 0) &&
		rung_is(1, "sms", RUNG_ADDRESSED, 3),
	    "the order");
	ok(answers("時間帯 Asia/Tokyo", "21:00") && answers("スリープ 22時から7時", "22:00"),
	    "the night");
	ok(answers("ミュート bob", "bob") && answers("ミュート解除 bob", "bob") &&
		answers("起床", "また届きます"),
	    "and who is muted");
	ok(answers("lang ar", ""), "in Arabic");
	ok(answers("فضل دردشة، نصية", "xmpp") && rung_is(0, "xmpp", 0, 0) &&
		rung_is(1, "sms", 0, 0),
	    "the order");
	ok(answers("توقيت Europe/Berlin", "Europe/Berlin") && answers("هدوء", "Europe/Berlin") &&
		answers("كتم bob", "bob") && answers("استيقظ", "تصلك"),
	    "and the rest");
}

int
main(void)
{
	town_open();
	town_now = NOON;
	town_say(JABBER, ALICE, "join alice");
	town_say(PHONE, "+15550002", "join bob");
	town_say(JABBER, ALICE, "link");
	{
		char code[16] = "", *at = town_answer + strcspn(town_answer, "0123456789");

		/* the digits of the code, behind those of the minutes */
		for (; *at != '\0' && strlen(code) < 8; at++)
			if (*at >= '0' && *at <= '9')
				code[strlen(code)] = *at;
			else if (*at != ' ')
				memset(code, 0, sizeof(code));
		town_say(PHONE, PHONE_OF_ALICE, code);
		town_heard(JABBER);
		town_heard(JABBER);
	}
	look();
	ok(rungs_n == 2, "alice has two addresses");
	test_order();
	test_no_order();
	test_zone();
	test_sleep();
	test_mute();
	test_why();
	test_places();
	test_languages();
	presence_end();
	town_close();
	return tap_done();
}
