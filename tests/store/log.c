#include <stdlib.h>
#include <string.h>

#include "tests/store/suite.h"

struct page {
	char text[512];
	int left;
};

static bool
add(void *cookie, const struct status *s)
{
	struct page *p = cookie;

	strcat(strcat(p->text, s->text), " ");
	return --p->left != 0;
}

static int
saying(struct tx *tx, void *arg)
{
	int64_t alice = make_user(tx, "alice"), bob = make_user(tx, "bob"), pos, re;
	struct status_new n = { .author = bob, .reply_to = 1, .at = 5, .chan = 3, .big = 9 };
	struct status s;
	struct user u;

	(void)arg;
	pos = make_status(tx, alice, "a1", 0);
	ok(pos == 1 && log_head(tx) == 1, "the first status is at position 1");
	n.text = "b1";
	ok(status_add(tx, &n, &re) == STORE_OK && re == 2, "the next at the next");
	ok(status_get(tx, re, &s) && s.author == bob && strcmp(s.author_name, "bob") == 0 &&
		!s.author_protected && s.to == 0 && s.reply_to == 1 && s.thread == 1 && s.at == 5 &&
		s.deleted == 0 && s.chan == 3 && strcmp(s.text, "b1") == 0,
	    "all of it is kept, an answer in the thread of what it answers");
	free((char *)s.text);
	n.reply_to = 2;
	n.text = "b2";
	status_add(tx, &n, &re);
	ok(status_get(tx, re, &s) && s.reply_to == 2 && s.thread == 1,
	    "an answer to an answer, too");
	free((char *)s.text);
	n.reply_to = 99;
	n.text = "b3";
	status_add(tx, &n, &re);
	ok(status_get(tx, re, &s) && s.reply_to == 0 && s.thread == re,
	    "an answer to nothing begins a thread");
	free((char *)s.text);
	ok(!status_get(tx, 0, &s) && !status_get(tx, 99, &s), "what is not there is not found");
	ok(user_by_id(tx, bob, &u) && u.statuses == 3, "statuses are counted");
	make_status(tx, bob, "psst", alice);
	ok(user_by_id(tx, bob, &u) && u.statuses == 3, "direct messages are not");
	ok(status_last(tx, bob, &s) && strcmp(s.text, "b3") == 0, "nor are they the last status");
	free((char *)s.text);
	ok(!status_last(tx, 99, &s), "who said nothing has no last status");
	return STORE_OK;
}

static int
deleting(struct tx *tx, void *arg)
{
	struct status s;
	struct user u;

	(void)arg;
	ok(status_delete(tx, 4, 77) == STORE_OK && status_delete(tx, 4, 78) == STORE_FAILED &&
		status_delete(tx, 99, 78) == STORE_FAILED,
	    "a status is taken back once");
	ok(status_get(tx, 4, &s) && s.deleted == 77 && s.text[0] == '\0', "its place stays");
	free((char *)s.text);
	ok(user_by_id(tx, 2, &u) && u.statuses == 2 && status_last(tx, 2, &s) && s.pos == 3,
	    "it counts no more");
	free((char *)s.text);
	return STORE_OK;
}

static const char *
show(struct page *p)
{
	static char text[512];

	strcpy(text, p->text);
	p->text[0] = '\0';
	return text;
}

static int
pages(struct tx *tx, void *arg)
{
	int64_t carol = make_user(tx, "carol"), dave = make_user(tx, "dave");
	struct user u;
	struct page p = { "", 0 };
	struct status_new n = {
		.author = carol, .text = "c1", .addressed = { 1 }, .addressed_n = 1
	};
	int64_t pos;

	(void)arg;
	user_by_id(tx, dave, &u);
	u.is_protected = true;
	user_update(tx, &u);
	make_status(tx, dave, "hidden", 0);
	status_add(tx, &n, &pos);
	make_status(tx, 1, "a2", 0);
	status_public(tx, 0, 20, add, &p);
	ok(strcmp(show(&p), "a2 c1 b2 b1 a1 ") == 0,
	    "the public page: newest first, nothing deleted, direct or protected");
	status_public(tx, pos, 2, add, &p);
	ok(strcmp(show(&p), "b2 b1 ") == 0, "a page below a position");
	status_by(tx, 2, 0, 20, add, &p);
	ok(strcmp(show(&p), "b2 b1 ") == 0, "what one said");
	status_directs(tx, 1, 0, 20, add, &p);
	ok(strcmp(show(&p), "psst ") == 0, "direct messages of who got them");
	status_directs(tx, 2, 0, 20, add, &p);
	ok(strcmp(show(&p), "psst ") == 0, "and of who sent them");
	status_directs(tx, carol, 0, 20, add, &p);
	ok(strcmp(show(&p), "") == 0, "of nobody else");
	status_addressed(tx, 1, 0, 20, add, &p);
	ok(strcmp(show(&p), "c1 ") == 0, "what was said to one in public");
	status_from(tx, 4, 3, add, &p);
	ok(strcmp(show(&p), " psst hidden ") == 0, "the log, with all that is in it, upwards");
	p.left = 1;
	status_from(tx, 1, 9, add, &p);
	ok(strcmp(show(&p), "a1 ") == 0, "until it is enough");
	return STORE_OK;
}

/* Each page must be what reading all of it would give, with many authors and with few. */
static int
home(struct tx *tx, void *arg)
{
	struct page p = { "", 0 };
	int64_t eve = make_user(tx, "eve"), who;
	char name[16];

	(void)arg;
	status_home(tx, 1, 0, 20, add, &p);
	ok(strcmp(show(&p), "a2 a1 ") == 0, "at home: one's own");
	make_follow(tx, 1, 2);
	make_follow(tx, 1, 4);
	status_home(tx, 1, 0, 20, add, &p);
	ok(strcmp(show(&p), "a2 hidden b2 b1 a1 ") == 0, "and what those say whom one follows");
	status_home(tx, 1, 3, 20, add, &p);
	ok(strcmp(show(&p), "b1 a1 ") == 0, "below a position");
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		who = make_user(tx, name);
		make_follow(tx, eve, who);
		make_status(tx, who, name, 0);
		if (i % 3 == 0)
			make_status(tx, who, "again", 0);
	}
	status_home(tx, eve, 0, 5, add, &p);
	ok(strcmp(show(&p), "u11 u10 again u9 u8 ") == 0, "of many, the newest");
	status_home(tx, eve, 0, 12, add, &p);
	ok(strcmp(show(&p), "u11 u10 again u9 u8 u7 again u6 u5 u4 again u3 ") == 0,
	    "as many as are asked for");
	return STORE_OK;
}

static int
limits(struct tx *tx, void *arg)
{
	struct status_new n = { .author = make_user(tx, "busy"), .at = 7199, .text = "x" };
	int64_t pos, head = log_head(tx);
	struct user u;

	(void)arg;
	n.most = 2;
	ok(status_add(tx, &n, &pos) == STORE_OK && status_add(tx, &n, &pos) == STORE_OK,
	    "as many as there may be in an hour");
	ok(status_add(tx, &n, &pos) == 3 && pos == 0 && status_add(tx, &n, &pos) == 4 &&
		log_head(tx) == head + 2,
	    "no more, and told how many they were");
	n.at = 7200;
	ok(status_add(tx, &n, &pos) == STORE_OK && pos == head + 3, "in the next they may again");
	ok(user_by_id(tx, n.author, &u) && u.statuses == 3, "what was refused does not count");
	return STORE_OK;
}

static int
inbound(struct tx *tx, void *arg)
{
	int64_t pos = 5;

	(void)arg;
	ok(inbound_is_new(tx, 1, "+1", "m1", &pos) && pos == 0 &&
		inbound_is_new(tx, 1, "+1", "m1", &pos),
	    "a thing is new until it is noted");
	inbound_note(tx, 1, "+1", "m1", 100, 0);
	ok(!inbound_is_new(tx, 1, "+1", "m1", &pos) && pos == 0, "is not when it comes again");
	ok(inbound_note(tx, 1, "+1", "m1", 101, 42) == STORE_OK &&
		!inbound_is_new(tx, 1, "+1", "m1", &pos) && pos == 42,
	    "and tells what it became");
	ok(inbound_is_new(tx, 2, "+1", "m1", &pos) && inbound_is_new(tx, 1, "+2", "m1", &pos) &&
		inbound_is_new(tx, 1, "+1", "m2", &pos),
	    "another channel, peer or id is another thing");
	ok(inbound_note(tx, 1, "+1", "", 100, 1) == STORE_OK &&
		inbound_is_new(tx, 1, "+1", "", &pos),
	    "what has no id is always new");
	inbound_note(tx, 1, "a'b\"c; --", "\xe2\x98\x83' OR 1=1", 1, 7);
	ok(!inbound_is_new(tx, 1, "a'b\"c; --", "\xe2\x98\x83' OR 1=1", &pos) && pos == 7,
	    "ids are data, whatever is in them");
	return STORE_OK;
}

/* Writes in one transaction that fails leave nothing; counters and positions go back, too. */
static int
failing(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, 1, "never", 0);
	make_user(tx, "nobody");
	return STORE_FAILED;
}

static void
test(struct room *room)
{
	struct user u;
	struct tx *tx;
	int64_t head;

	suite_do(room, saying, NULL);
	suite_do(room, deleting, NULL);
	suite_do(room, pages, NULL);
	suite_do(room, home, NULL);
	suite_do(room, inbound, NULL);
	suite_do(room, limits, NULL);
	tx = store_read(room->store);
	head = log_head(tx);
	store_read_end(tx);
	ok(store_write(room->store, failing, NULL) == STORE_FAILED, "a transaction may fail");
	tx = store_read(room->store);
	ok(log_head(tx) == head && !user_by_name(tx, "nobody", &u), "then nothing is written");
	store_read_end(tx);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
