/* Who is there, from the presence of each of their programs. */
#include <string.h>

#include "channels/xmpp/hear.h"
#include "channels/xmpp/sight.h"
#include "tests/tap.h"

static struct hear_self self = {
	.component = true, .domain = "gw.example", .jid = "bot@gw.example", .bare = "bot@gw.example"
};
static struct sight *sight;
static enum presence is;
static int n;

static void
on_news(void *cookie, const char *peer, enum presence p)
{
	(void)cookie;
	(void)peer;
	is = p;
	n++;
}

static void
on_seen(void *cookie, const char *peer, const char *resource, enum presence p)
{
	(void)cookie;
	sight_set(sight, peer, resource, p);
}

static const struct hear_calls calls = { .seen = on_seen };
static struct hear *hear;

static void
shows(const char *attributes, const char *inside)
{
	char xml[512];

	snprintf(
	    xml, sizeof(xml), "<presence to='bot@gw.example' %s>%s</presence>", attributes, inside);
	n = 0;
	hear_text(hear, xml);
}

static void
test_one(void)
{
	shows("from='bob@x.example/a'", "");
	ok(n == 0, "who is not watched is not told of");
	ok(sight_watch(sight, "bob@x.example") && n == 1 && is == PRESENCE_THERE,
	    "who is watched is, at once if they are there");
	ok(!sight_watch(sight, "bob@x.example"), "watching is once");
	shows("from='bob@x.example/a'", "<show>dnd</show>");
	ok(n == 1 && is == PRESENCE_BUSY, "not to be disturbed");
	shows("from='bob@x.example/a'", "<show>away</show>");
	ok(n == 1 && is == PRESENCE_THERE, "away is near");
	shows("from='bob@x.example/a'", "<show>xa</show>");
	ok(n == 1 && is == PRESENCE_GONE, "away for long is not");
	shows("from='bob@x.example/a'", "<show>chat</show><priority>0</priority>");
	ok(n == 1 && is == PRESENCE_THERE, "wants to talk");
	shows("from='bob@x.example/a'", "<priority>-1</priority>");
	ok(n == 1 && is == PRESENCE_GONE, "a program that wants no messages");
	shows("from='bob@x.example/a'", "<priority>5</priority>");
	shows("from='bob@x.example/a' type='unavailable'", "");
	ok(n == 1 && is == PRESENCE_GONE, "and one that leaves");
}

static void
test_many(void)
{
	shows("from='bob@x.example/a'", "<show>xa</show>");
	shows("from='bob@x.example/b'", "");
	ok(n == 1 && is == PRESENCE_THERE, "one program is enough");
	shows("from='bob@x.example/c'", "<show>dnd</show>");
	ok(n == 0, "whatever another says");
	shows("from='bob@x.example/b' type='unavailable'", "");
	ok(n == 1 && is == PRESENCE_BUSY, "until it goes");
	for (int i = 0; i < 20; i++) {
		char from[64];

		snprintf(from, sizeof(from), "from='bob@x.example/x%d'", i);
		shows(from, "<show>xa</show>");
	}
	shows("from='bob@x.example' type='unavailable'", "");
	ok(n == 1 && is == PRESENCE_GONE, "all at once");
	shows("from='bob@x.example/z'", "");
	ok(n == 1 && is == PRESENCE_THERE, "and there is room for another");
	shows("from='bob@x.example/z' type='subscribe'", "");
	shows("from='bob@x.example/z' type='probe'", "");
	ok(n == 0, "what is about the list says nothing");
}

static void
test_clear(void)
{
	sight_clear(sight);
	shows("from='bob@x.example/a'", "");
	ok(n == 0 && sight_watch(sight, "bob@x.example") && n == 1,
	    "after a new connection all is anew");
	n = 0;
	ok(sight_watch(sight, "carol@x.example") && n == 0, "who has shown nothing is not told of");
	shows("from='carol@x.example' type='error'", "");
	ok(n == 1 && is == PRESENCE_GONE, "whom the network does not know is not there");
}

int
main(void)
{
	struct buf out = { 0 };

	sight = sight_new(on_news, NULL);
	hear = hear_new(&self, &out, &calls, NULL);
	test_one();
	test_many();
	test_clear();
	hear_free(hear);
	sight_free(sight);
	buf_free(&out);
	return tap_done();
}
