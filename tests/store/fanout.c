#include <stdlib.h>
#include <string.h>

#include "tests/store/suite.h"

struct seen {
	char text[512];
	int left;
};

static const char *
show(struct seen *s)
{
	static char text[512];

	strcpy(text, s->text);
	s->text[0] = '\0';
	return text;
}

static bool
add_edge(void *cookie, const struct edge *e)
{
	struct seen *s = cookie;
	char one[512];

	snprintf(one, sizeof(one), "%s:%s:%lld ", e->member->name, e->member->peer,
	    (long long)e->behind.next);
	strcat(s->text, one);
	return --s->left != 0;
}

static bool
add_trace(void *cookie, const struct trace *t)
{
	static const char *const words[] = { "settled", "waiting", "behind", "dead" };
	struct seen *s = cookie;
	char one[512];

	snprintf(one, sizeof(one), "%s:%d:%s:%d:%d:%s ", t->follower, t->chan, words[t->what],
	    t->receipt, t->attempts, t->code);
	strcat(s->text, one);
	return --s->left != 0;
}

static bool
add_dead(void *cookie, const struct dead *d)
{
	struct seen *s = cookie;
	char one[512];

	snprintf(
	    one, sizeof(one), "%lld>%lld:%s ", (long long)d->pos, (long long)d->follower, d->code);
	strcat(s->text, one);
	return --s->left != 0;
}

/* All shards one after the other, as the fan-out would. */
static const char *
edges(struct tx *tx, int64_t author, int chan, int64_t pos)
{
	struct edge_page page = { 0 };
	struct seen s = { "", 0 };

	for (int64_t shard = 0, after = 0; shard < SHARDS; shard++, after = 0, page.pos = 0)
		edge_each(tx, suite_roster(), author, chan, (int)shard, pos, &after, 100, &page,
		    add_edge, &s);
	return show(&s);
}

static int jabber, phone;
static int64_t alice, bob, carol, dave, erin;

static int
lanes(struct tx *tx, void *arg)
{
	int ids[2];
	struct lane l[SHARDS];

	(void)arg;
	make_channels(tx, ids);
	jabber = ids[0], phone = ids[1];
	ok(jabber != 0 && phone != 0 && jabber != phone, "channels have numbers");
	make_channels(tx, ids);
	ok(ids[0] == jabber && ids[1] == phone, "that do not change");
	ok(lane_load(tx, jabber, l) == SHARDS && l[3].shard == 3 && l[0].pos == 0 &&
		l[0].sub == INT64_MAX && l[0].chan == jabber && lane_load(tx, 99, l) == 0,
	    "lanes begin at the head of the log");
	ok(lane_move(tx, &(struct lane){ jabber, 1, 5, 7 }) == STORE_OK &&
		lane_load(tx, jabber, l) == SHARDS && l[1].pos == 5 && l[1].sub == 7 &&
		l[0].pos == 0,
	    "a lane moves");
	lane_move(tx, &(struct lane){ jabber, 1, 5, 6 });
	lane_move(tx, &(struct lane){ jabber, 1, 4, 9 });
	ok(lane_load(tx, jabber, l) == SHARDS && l[1].pos == 5 && l[1].sub == 7, "never back");
	return STORE_FAILED; /* the rest begins anew */
}

/* Who is left out: by blocks, wishes and the operator; ${pos} is alice's last. */
static void
left_out(struct tx *tx, int64_t pos)
{
	struct user u;

	block_set(tx, dave, alice, true);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0, "not who has blocked");
	block_set(tx, dave, alice, false);
	block_set(tx, alice, dave, true);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0, "nor who is blocked");
	block_set(tx, alice, dave, false);
	follow_set(tx, dave, alice, FOLLOW_ACTIVE, WANTS_NOTHING);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0, "nor who wants nothing");
	follow_set(tx, dave, alice, FOLLOW_ACTIVE, WANTS_ALL);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0 &&
		strstr(edges(tx, alice, jabber, pos + 1), "dave") != NULL,
	    "who wants all again, from now on");
	user_by_id(tx, bob, &u);
	u.suspended = true;
	user_update(tx, &u);
	ok(strcmp(edges(tx, alice, jabber, pos), "") == 0, "nobody who is suspended");
	u.suspended = false;
	user_update(tx, &u);
}

/* Which of a follower's addresses. */
static void
rungs(struct tx *tx, int64_t pos)
{
	struct address extra = { .kind = "xmpp", .peer = "bob2@xmpp", .state = ADDRESS_VERIFIED };
	struct edge e;

	extra.user = bob;
	extra.chan = jabber;
	address_add(tx, &extra);
	address_rank(tx, bob, "xmpp", "bob2@xmpp", 0);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob2@xmpp:0 ") == 0,
	    "to the first address of the ladder");
	address_set_state(tx, "xmpp", "bob2@xmpp", ADDRESS_FAILING);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0, "that is verified");
	address_set_state(tx, "xmpp", "bob@xmpp", ADDRESS_PAUSED);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob::0 ") == 0 &&
		!edge_get(tx, suite_roster(), bob, jabber, &e),
	    "without one it is seen that there is none");
	address_set_state(tx, "xmpp", "bob@xmpp", ADDRESS_VERIFIED);
	ok(edge_get(tx, suite_roster(), bob, jabber, &e) && e.follower == bob &&
		strcmp(e.member->peer, "bob@xmpp") == 0 && strcmp(e.member->lang, "en") == 0 &&
		!edge_get(tx, suite_roster(), bob, phone, &e),
	    "one follower as an edge");
}

static int
scanning(struct tx *tx, void *arg)
{
	int ids[2];
	int64_t pos, from;
	struct seen s = { "", 1 };
	struct edge_page page = { 0 };

	(void)arg;
	make_channels(tx, ids);
	alice = make_reader(tx, "alice", "xmpp", jabber);
	bob = make_reader(tx, "bob", "xmpp", jabber);
	carol = make_reader(tx, "carol", "sms", phone);
	dave = make_reader(tx, "dave", "xmpp", jabber);
	erin = make_user(tx, "erin");
	pos = make_status(tx, alice, "before", 0);
	make_follow(tx, bob, alice);
	make_follow(tx, carol, alice);
	make_follow(tx, erin, alice);
	follow_set(tx, dave, alice, FOLLOW_REQUESTED, WANTS_ALL);
	ok(strcmp(edges(tx, alice, jabber, pos), "") == 0, "who follows later is not owed it");
	pos = make_status(tx, alice, "after", 0);
	ok(strcmp(edges(tx, alice, jabber, pos), "bob:bob@xmpp:0 ") == 0,
	    "who follows is, on the channel of its home");
	ok(strcmp(edges(tx, alice, phone, pos), "carol:carol@sms:0 ") == 0, "each on its own");
	follow_set(tx, dave, alice, FOLLOW_ACTIVE, WANTS_ALL);
	pos = make_status(tx, alice, "more", 0);
	from = bob - 1;
	ok(strcmp(edges(tx, alice, jabber, pos), "dave:dave@xmpp:0 bob:bob@xmpp:0 ") == 0,
	    "a request that was granted");
	ok(edge_each(tx, suite_roster(), alice, jabber, (int)(bob % SHARDS), pos, &from, 9, &page,
	       add_edge, &s) == 1 &&
		from == bob - 1 &&
		edge_each(tx, suite_roster(), alice, jabber, (int)(bob % SHARDS), pos, &bob, 9,
		    &page, add_edge, &s) == 0,
	    "from a follower on; one that was not taken is read again");
	show(&s);
	left_out(tx, pos);
	rungs(tx, pos);
	return STORE_OK;
}

/* Alice's second and third status are before the lanes of bob and carol. */
static int
waiting(struct tx *tx, void *arg)
{
	struct behind b = { .follower = bob, .next = 3, .reason = BEHIND_FAILED };
	struct lane l = { jabber, (int)(bob % SHARDS), 2, bob };
	struct status_new n = { .author = alice, .text = "to many", .at = 2000, .big = 1 };
	int64_t oldest, pos;

	(void)arg;
	ok(lane_waiting(tx, jabber, 10000, &oldest) == 2 && oldest == 1002 &&
		lane_waiting(tx, phone, 10000, &oldest) == 2 && oldest == 1002,
	    "what lanes have before them is counted");
	ok(lane_waiting(tx, jabber, 2 * SHARDS, &oldest) == 1 && oldest == 1002, "up to a limit");
	lane_move(tx, &l);
	ok(lane_waiting(tx, jabber, 10000, &oldest) == 1 && oldest == 1003, "from the cursors on");
	behind_put(tx, &b);
	ok(lane_waiting(tx, jabber, 10000, &oldest) == 0 && oldest == 0,
	    "but for what a behind row speaks for");
	status_add(tx, &n, &pos);
	ok(lane_waiting(tx, jabber, 10000, &oldest) == 1 && oldest == 2000 &&
		lane_waiting(tx, phone, 10000, &oldest) == 3,
	    "what jobs have, too");
	return STORE_FAILED; /* the rest is not about it */
}

static int
owing(struct tx *tx, void *arg)
{
	struct behind b = { .follower = bob, .next = 3, .reason = BEHIND_FAILED, .attempts = 2 };
	struct behind out[4];
	int64_t soonest, oldest;

	(void)arg;
	b.next_at = 500;
	b.first_at = 400;
	strcpy(b.code, "timeout");
	ok(behind_put(tx, &b) == STORE_OK && behind_get(tx, bob, &b) && b.chan == jabber &&
		b.next == 3 && b.reason == BEHIND_FAILED && b.attempts == 2 && b.next_at == 500 &&
		b.first_at == 400 && strcmp(b.code, "timeout") == 0,
	    "a behind row is kept");
	ok(strstr(edges(tx, alice, jabber, 3), "bob:bob@xmpp:3 ") != NULL,
	    "and comes with the edge");
	ok(behind_due(tx, jabber, ALL_SHARDS, 499, NULL, out, 4, &soonest) == 0 && soonest == 500 &&
		behind_due(tx, jabber, ALL_SHARDS, 500, NULL, out, 4, &soonest) == 1 &&
		soonest == 0 && out[0].follower == bob &&
		behind_due(tx, phone, ALL_SHARDS, 500, NULL, out, 4, &soonest) == 0,
	    "it is due at its time");
	ok(behind_count(tx, jabber, &oldest) == 1 && oldest == 400 &&
		behind_count(tx, phone, &oldest) == 0 && oldest == 0,
	    "and counted");
	b.chan = phone;
	behind_put(tx, &b);
	ok(behind_due(tx, phone, ALL_SHARDS, 500, NULL, out, 4, &soonest) == 1 &&
		behind_due(tx, jabber, ALL_SHARDS, 500, NULL, out, 4, &soonest) == 0,
	    "it can wait on another channel");
	b.chan = jabber;
	behind_put(tx, &b);
	must(behind_wake(tx, jabber, 300, 9) == 0);
	ok(behind_due(tx, jabber, ALL_SHARDS, 300, NULL, out, 4, &soonest) == 0,
	    "a failure waits out its time");
	b.reason = BEHIND_OFFLINE;
	behind_put(tx, &b);
	must(behind_wake(tx, jabber, 300, 0) == 0);
	ok(behind_wake(tx, jabber, 300, 9) == 1 && behind_wake(tx, jabber, 300, 9) == 0 &&
		behind_due(tx, jabber, ALL_SHARDS, 300, NULL, out, 4, &soonest) == 1,
	    "who was offline is woken, once");
	b.reason = BEHIND_REFUSED;
	b.attempts = 0;
	behind_put(tx, &b);
	ok(behind_wake(tx, jabber, 300, 9) == 1, "and whom another channel refused");
	make_status(tx, carol, "psst", bob);
	ok(behind_get(tx, bob, out) && out->next == 3 && out->version > b.version,
	    "what is addressed meanwhile changes the version only");
	b.next = 4;
	ok(behind_end(tx, &b) == 1 && behind_get(tx, bob, &b) && b.next == 4,
	    "so it does not end, it moves on");
	ok(behind_end(tx, &b) == STORE_OK && !behind_get(tx, bob, &b) &&
		behind_end(tx, &b) == STORE_OK,
	    "it ends when that is known");
	b = (struct behind){ .follower = erin, .next = 3 };
	ok(behind_put(tx, &b) == STORE_OK && !behind_get(tx, erin, &b),
	    "nothing is owed to who has no home");
	return STORE_OK;
}

static int
addressing(struct tx *tx, void *arg)
{
	struct status_new n = { .author = bob, .text = "@all", .at = 50, .big = 99 };
	struct behind b;
	int64_t pos;

	(void)arg;
	n.addressed_n = 5;
	memcpy(n.addressed, (int64_t[]){ alice, bob, erin, carol, carol }, 5 * sizeof(int64_t));
	make_follow(tx, alice, bob);
	status_add(tx, &n, &pos);
	ok(behind_of(tx, alice) == 0 && owed(tx, alice, pos) == pos,
	    "whom a lane reaches needs no row");
	ok(behind_get(tx, carol, &b) && b.next == pos && b.reason == BEHIND_ADDRESSED &&
		b.chan == phone && b.next_at == 50,
	    "whom it does not gets one");
	ok(behind_of(tx, bob) == 0 && owed(tx, bob, pos) == 0,
	    "nobody is owed what it said itself");
	ok(behind_of(tx, erin) == 0, "nor who has no home");
	follow_set(tx, alice, bob, FOLLOW_ACTIVE, WANTS_MENTIONS);
	status_add(tx, &n, &pos);
	ok(behind_of(tx, alice) == pos, "who wants mentions only is brought them");
	behind_get(tx, alice, &b);
	behind_end(tx, &b);
	block_set(tx, alice, bob, true);
	status_add(tx, &n, &pos);
	ok(behind_of(tx, alice) == 0 && owed(tx, alice, pos) == 0, "a block is a block");
	block_set(tx, alice, bob, false);
	n.to = alice;
	n.addressed_n = 1;
	n.addressed[0] = carol;
	status_add(tx, &n, &pos);
	ok(behind_of(tx, alice) == pos && owed(tx, alice, pos) == pos && owed(tx, carol, pos) == 0,
	    "a direct message is owed to one, whoever is named in it");
	n.to = bob;
	status_add(tx, &n, &pos);
	ok(behind_of(tx, bob) == 0, "not to oneself");
	return STORE_OK;
}

static int
big_ones(struct tx *tx, void *arg)
{
	struct status_new n = { .author = alice, .text = "big", .at = 50, .big = 3 };
	struct job j[9];
	int64_t one, two, three, direct;

	(void)arg;
	status_add(tx, &n, &one);
	ok(status_is_big(tx, one) && job_load(tx, jabber, 0, 0, j, 9) == 2 && j[0].pos == one &&
		j[0].author == alice && j[0].sub == 0 && j[0].shard == dave % SHARDS &&
		job_load(tx, phone, 0, 0, j, 9) == 1,
	    "a status with many followers is a job where they are");
	n.big = 99;
	status_add(tx, &n, &two);
	ok(status_is_big(tx, two), "the next waits behind it");
	n.to = bob;
	status_add(tx, &n, &direct);
	ok(!status_is_big(tx, direct), "but for a direct message");
	n.to = 0;
	ok(job_load(tx, jabber, 0, 0, j, 9) == 4 && j[2].pos == two &&
		job_load(tx, jabber, one, j[0].shard, j, 9) == 3 && j[0].pos == one &&
		job_load(tx, jabber, one, j[0].shard, j, 1) == 1,
	    "jobs come in order, from one on");
	job_load(tx, jabber, 0, 0, j, 9);
	j[0].sub = 3;
	job_move(tx, j);
	j[0].sub = 2;
	job_move(tx, j);
	ok(job_load(tx, jabber, 0, 0, j, 9) == 4 && j[0].sub == 3, "they move, never back");
	for (size_t i = 0; i < 4; i++)
		job_end(tx, &j[i]);
	for (size_t k = job_load(tx, phone, 0, 0, j, 9); k-- > 0;)
		job_end(tx, &j[k]);
	status_add(tx, &n, &three);
	ok(!status_is_big(tx, three) && status_is_big(tx, two),
	    "when they have ended all is as before; what was big stays so");
	return STORE_OK;
}

static int
deads(struct tx *tx, void *arg)
{
	int64_t pos = make_status(tx, alice, "lost", 0), two = make_status(tx, alice, "kept", 0);
	struct seen s = { "", 0 };

	(void)arg;
	dead_add(tx, pos, bob, jabber, "gone", 70);
	dead_add(tx, pos, bob, jabber, "really gone", 71);
	dead_add(tx, pos, erin, jabber, "none", 71);
	dead_each(tx, 0, add_dead, &s);
	ok(strstr(show(&s), ":really gone") != NULL, "what is given up is on record, once");
	ok(owed(tx, bob, pos) == two, "and owed no more");
	ok(dead_retry(tx, 1, 80) == STORE_OK && owed(tx, bob, pos) == pos &&
		behind_of(tx, bob) != 0 && behind_of(tx, bob) <= pos,
	    "until it shall be tried again");
	ok(dead_retry(tx, 1, 80) == STORE_FAILED && dead_drop(tx, 1) == STORE_FAILED,
	    "which can be said once");
	ok(dead_retry(tx, 3, 80) == STORE_FAILED, "not for who has no home");
	ok(dead_drop(tx, 3) == STORE_OK, "or never");
	dead_each(tx, 0, add_dead, &s);
	ok(strcmp(show(&s), "") == 0, "then nothing is left of it");
	return STORE_OK;
}

static int
receipts(struct tx *tx, void *arg)
{
	(void)arg;
	receipt_add(tx, 1, 2, phone, "f1", 10);
	ok(receipt_move(tx, 1, 2, RECEIPT_FAILED, 11) == 1 &&
		receipt_move(tx, 1, 2, RECEIPT_FAILED, 11) == 0 &&
		receipt_move(tx, 1, 2, RECEIPT_SENT, 11) == 0,
	    "a receipt moves on");
	ok(receipt_move(tx, 1, 2, RECEIPT_DELIVERED, 12) == 1 &&
		receipt_move(tx, 1, 2, RECEIPT_FAILED, 12) == 0,
	    "what has arrived has arrived");
	receipt_add(tx, 1, 2, phone, "f2", 10);
	ok(receipt_move(tx, 1, 2, RECEIPT_FAILED, 12) == 0, "also when it is sent again");
	ok(receipt_move(tx, 9, 9, RECEIPT_DELIVERED, 12) == 0, "one that is not known is no error");
	return STORE_OK;
}

static int
tracing(struct tx *tx, void *arg)
{
	struct status_new n = { .author = alice, .text = "t", .at = 50, .big = 99 };
	struct seen s = { "", 0 };
	struct lane l = { jabber, (int)(bob % SHARDS), 0, 0 };
	struct behind b = { .follower = dave, .reason = BEHIND_FAILED, .attempts = 4 };
	struct behind gone;
	char text[512];
	int64_t pos;

	(void)arg;
	if (behind_get(tx, bob, &gone))
		behind_end(tx, &gone);
	if (behind_get(tx, carol, &gone))
		behind_end(tx, &gone);
	n.addressed[n.addressed_n++] = make_reader(tx, "frank", "xmpp", jabber);
	status_add(tx, &n, &pos);
	ok(trace_each(tx, pos + 1, add_trace, &s) == STORE_FAILED,
	    "there must be something to trace");
	l.pos = pos;
	l.sub = bob;
	lane_move(tx, &l);
	b.next = pos;
	strcpy(b.code, "busy");
	behind_put(tx, &b);
	receipt_add(tx, pos, carol, phone, "f", 10);
	receipt_move(tx, pos, carol, RECEIPT_DELIVERED, 10);
	ok(trace_each(tx, pos, add_trace, &s) == STORE_OK, "a status can be traced");
	snprintf(text, sizeof(text),
	    "bob:%d:settled:0:1: carol:%d:waiting:2:0: dave:%d:behind:0:4:busy frank:%d:behind:0:0: ",
	    jabber, phone, jabber, jabber);
	ok(strcmp(s.text, text) == 0, "each delivery with what is known of it");
	show(&s);
	dead_add(tx, pos, bob, jabber, "no such peer", 99);
	s.left = 1;
	trace_each(tx, pos, add_trace, &s);
	snprintf(text, sizeof(text), "bob:%d:dead:0:1:no such peer ", jabber);
	ok(strcmp(show(&s), text) == 0, "and those that were given up");
	return STORE_OK;
}

static void
test(struct room *room)
{
	store_write(room->store, lanes, NULL);
	suite_do(room, scanning, NULL);
	store_write(room->store, waiting, NULL);
	suite_do(room, owing, NULL);
	suite_do(room, addressing, NULL);
	suite_do(room, big_ones, NULL);
	suite_do(room, deads, NULL);
	suite_do(room, receipts, NULL);
	suite_do(room, tracing, NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
