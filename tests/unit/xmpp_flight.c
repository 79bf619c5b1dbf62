/* The way out of the xmpp channel: what is written, and what becomes of it. */
#include <string.h>

#include "base/buf.h"
#include "channels/xmpp/flight.h"
#include "channels/xmpp/say.h"
#include "tests/tap.h"

static char settled[256];
static unsigned calls_to_settle;

static void
note(void *cookie, const uint64_t *ids, size_t n, enum outcome o, const char *why)
{
	char b[32];

	(void)cookie;
	(void)why;
	calls_to_settle++;
	for (size_t i = 0; i < n; i++) {
		snprintf(b, sizeof(b), "%llu%c ", (unsigned long long)ids[i], "SDB"[o]);
		strcat(settled, b);
	}
}

static bool
settles(const char *expected)
{
	bool same = strcmp(settled, expected) == 0;

	if (!same)
		printf("# settled %s, not %s\n", settled, expected);
	settled[0] = '\0';
	return same;
}

static void
test_window(void)
{
	struct flight *w = flight_new(note, NULL);

	flight_add(w, 1, "s1.1", "a@x");
	flight_add(w, 2, "s1.2", "b@x");
	flight_mark(w, 1, 1000);
	flight_add(w, 3, "s1.3", "c@x");
	ok(flight_count(w) == 3 && flight_open(w) == 1, "a barrier stands behind what was written");
	ok(flight_fail(w, "s1.2", "evil@x", BOUNCE, "") == FLIGHT_UNKNOWN && settles(""),
	    "an error from another than the recipient counts for nothing");
	ok(flight_fail(w, "s1.2", "b@x", BOUNCE, "") == FLIGHT_SETTLED && settles("2B "),
	    "an error settles its delivery");
	ok(flight_pass(w, 1) && settles("1S "),
	    "a barrier settles what is before it as sent, and no more");
	ok(flight_fail(w, "s1.1", "a@x", DEFER, "") == FLIGHT_LATE &&
		flight_fail(w, "s1.1", "a@x", DEFER, "") == FLIGHT_UNKNOWN &&
		flight_fail(w, "s1.2", "b@x", DEFER, "") == FLIGHT_UNKNOWN && settles(""),
	    "an error that comes late is known, once");
	ok(flight_fail(w, "s1.3", NULL, DEFER, "") == FLIGHT_SETTLED && settles("3D "),
	    "the server itself may report");
	flight_add(w, 4, "s1.4", "d@x");
	ok(!flight_pass(w, 1) && !flight_pass(w, 2) && settles("") && flight_open(w) == 1,
	    "a barrier that is not under way settles nothing");
	flight_mark(w, 2, 1001);
	flight_add(w, 5, "s1.5", "e@x");
	flight_lose(w, "lost");
	ok(settles("4D 5D ") && flight_count(w) == 0 && flight_open(w) == 0 && flight_waits(w) == 0,
	    "a lost stream defers all");
	ok(!flight_pass(w, 2) && settles(""), "and none of its barriers comes back");
	flight_add(w, 6, "s1.6", "f@x");
	flight_mark(w, 3, 1002);
	ok(flight_pass(w, 3) && settles("6S "), "and the next begins anew");
	flight_free(w);
}

/* Several barriers under way. */
static void
test_windows(void)
{
	struct flight *w = flight_new(note, NULL);
	char key[32];

	for (unsigned i = 1; i <= 8; i++) {
		snprintf(key, sizeof(key), "s1.%u", i);
		flight_add(w, i, key, i % 2 != 0 ? "odd@x" : "even@x");
		if (i % 2 == 0)
			flight_mark(w, i, 1000 + i);
	}
	ok(flight_waits(w) == 1002 && flight_count(w) == 8 && flight_open(w) == 0,
	    "of several barriers the oldest is waited for");
	flight_mark(w, 9, 1009);
	flight_fail(w, "s1.1", "odd@x", BOUNCE, "");
	flight_fail(w, "s1.6", "even@x", DEFER, "");
	flight_fail(w, "s1.8", "even@x", DEFER, "");
	ok(settles("1B 6D 8D ") && flight_count(w) == 5, "errors find theirs in any of them");
	ok(flight_pass(w, 4) && settles("2S 3S 4S ") && flight_waits(w) == 1006,
	    "one that comes back stands for those before it");
	ok(!flight_pass(w, 2) && !flight_pass(w, 4) && settles(""),
	    "an older one that comes back then settles nothing");
	calls_to_settle = 0;
	ok(flight_pass(w, 9) && settles("5S 7S ") && flight_count(w) == 0 && flight_waits(w) == 0,
	    "the last one settles the rest");
	ok(calls_to_settle == 2, "one call for each that has something to settle");
	ok(flight_fail(w, "s1.3", "odd@x", DEFER, "") == FLIGHT_LATE &&
		flight_fail(w, "s1.7", "odd@x", DEFER, "") == FLIGHT_LATE &&
		flight_fail(w, "s1.1", "odd@x", DEFER, "") == FLIGHT_UNKNOWN &&
		flight_fail(w, "s1.7", "even@x", DEFER, "") == FLIGHT_UNKNOWN,
	    "what was sent is remembered, what failed is not");
	flight_free(w);
}

static void
forget(void *cookie, const uint64_t *ids, size_t n, enum outcome o, const char *why)
{
	(void)ids;
	(void)o;
	(void)why;
	*(size_t *)cookie += n;
}

/* What was sent is remembered for a while, whatever the barriers' distance. */
static void
test_memory(unsigned each)
{
	size_t n = 0;
	struct flight *w = flight_new(forget, &n);
	char key[32];
	unsigned late = 0, all = 20000;

	for (unsigned i = 0; i < all; i++) {
		snprintf(key, sizeof(key), "s1.%x", i);
		flight_add(w, i, key, "a@x");
		if ((i + 1) % each == 0) {
			flight_mark(w, i, 1);
			flight_pass(w, i);
		}
	}
	for (unsigned i = all - 4096; i < all; i++) {
		snprintf(key, sizeof(key), "s1.%x", i);
		late += flight_fail(w, key, "a@x", DEFER, "") == FLIGHT_LATE;
	}
	ok(n == all && late == 4096, "the last few thousand are remembered");
	ok(flight_fail(w, "s1.1", "a@x", DEFER, "") == FLIGHT_UNKNOWN, "but not for ever");
	flight_free(w);
}

static bool
says(struct say_form *form, const char *to, const char *key, const char *expected)
{
	struct buf b = { 0 };
	bool same;

	say_delivery(&b, form, to, key);
	same = strcmp(buf_text(&b), expected) == 0;
	if (!same)
		printf("# says %s\n", buf_text(&b));
	buf_free(&b);
	return same;
}

static void
test_form(void)
{
	struct say_form form = { 0 };
	struct outbound o = { .text = "bob: 1 < 2", .at = 0, .late = true };

	say_form(&form, "update@gw.x", &o);
	ok(says(&form, "a@x", "s1.2",
	       "<message type='chat' from='update@gw.x' to='a@x' id='s1.2'>"
	       "<body>bob: 1 &lt; 2</body><origin-id xmlns='urn:xmpp:sid:0' id='s1.2'/>"
	       "<delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:00:00Z'/></message>"),
	    "a form is filled in");
	o = (struct outbound){ .text = "" };
	say_form(&form, "u&v@gw.x", &o);
	ok(says(&form, "o'neill@x", "s<",
	       "<message type='chat' from='u&amp;v@gw.x' to='o&apos;neill@x' id='s&lt;'>"
	       "<body></body><origin-id xmlns='urn:xmpp:sid:0' id='s&lt;'/></message>"),
	    "with what needs escaping, too");
	ok(says(&form, "أ\xff@x", "s1",
	       "<message type='chat' from='u&amp;v@gw.x' to='أ@x' id='s1'>"
	       "<body></body><origin-id xmlns='urn:xmpp:sid:0' id='s1'/></message>"),
	    "and in other scripts");
	say_form_free(&form);
}

int
main(void)
{
	test_window();
	test_windows();
	test_memory(1);
	test_memory(40);
	test_memory(1000);
	test_form();
	return tap_done();
}
