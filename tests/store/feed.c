/* Keys of feeds, and what was taken back. */
#include "store/feed.h"

#include <string.h>

#include "tests/store/suite.h"

static int
keys(struct tx *tx, void *arg)
{
	unsigned char one[32] = { 1 }, two[32] = { 2 };
	int64_t alice = make_user(tx, "alice"), bob = make_user(tx, "bob");
	struct feed_key k = { .made = 100, .sealed = "first" }, got;

	(void)arg;
	ok(feed_key_user(tx, one) == 0 && !feed_key_get(tx, alice, &got),
	    "there is no key at first");
	must(feed_key_set(tx, alice, one, &k) == STORE_OK);
	ok(feed_key_user(tx, one) == alice && feed_key_get(tx, alice, &got) && got.made == 100 &&
		strcmp(got.sealed, "first") == 0,
	    "one is made");
	ok(feed_key_user(tx, two) == 0 && !feed_key_get(tx, bob, &got), "and is nobody else's");
	k = (struct feed_key){ .made = 200, .sealed = "second" };
	must(feed_key_set(tx, alice, two, &k) == STORE_OK);
	ok(feed_key_user(tx, one) == 0 && feed_key_user(tx, two) == alice &&
		feed_key_get(tx, alice, &got) && got.made == 200 &&
		strcmp(got.sealed, "second") == 0,
	    "another takes its place");
	must(feed_key_end(tx, alice) == STORE_OK);
	ok(feed_key_user(tx, two) == 0 && !feed_key_get(tx, alice, &got), "it is revoked");
	must(feed_key_set(tx, alice, two, &k) == STORE_OK);
	must(user_remove(tx, alice) == STORE_OK);
	ok(feed_key_user(tx, two) == 0, "and goes with its owner");
	return STORE_OK;
}

struct seen {
	char text[200]; /* "3 1 " */
};

static bool
see(void *cookie, const struct status *s)
{
	struct seen *seen = cookie;
	size_t n = strlen(seen->text);

	snprintf(seen->text + n, sizeof(seen->text) - n, "%lld@%lld%s ", (long long)s->pos,
	    (long long)s->deleted, s->text);
	return true;
}

static bool
saw(struct seen *seen, const char *want)
{
	bool same = strcmp(seen->text, want) == 0;

	if (!same)
		printf("# got %s\n", seen->text);
	seen->text[0] = '\0';
	return same;
}

static int
gone(struct tx *tx, void *arg)
{
	int64_t carol = make_user(tx, "carol"), dan = make_user(tx, "dan"),
		eve = make_user(tx, "eve"), first = log_head(tx), pos[6];
	struct seen seen = { "" };

	(void)arg;
	must(first == 0);
	make_follow(tx, dan, carol);
	for (int i = 0; i < 4; i++)
		pos[i] = make_status(tx, carol, "said", 0);
	pos[4] = make_status(tx, carol, "for dan alone", dan);
	pos[5] = make_status(tx, eve, "eve", 0);
	must(status_delete(tx, pos[2], 500) == STORE_OK &&
	     status_delete(tx, pos[0], 600) == STORE_OK &&
	     status_delete(tx, pos[4], 700) == STORE_OK &&
	     status_delete(tx, pos[5], 800) == STORE_OK);
	status_gone_by(tx, carol, 0, 9, see, &seen);
	ok(saw(&seen, "1@600 3@500 "),
	    "the last that was taken back comes first, without its text");
	status_gone_by(tx, carol, 501, 9, see, &seen);
	ok(saw(&seen, "1@600 "), "what is long ago is left out");
	status_gone_by(tx, carol, 0, 1, see, &seen);
	ok(saw(&seen, "1@600 "), "and what is too much");
	status_gone_public(tx, 0, 9, see, &seen);
	ok(saw(&seen, "6@800 1@600 3@500 "),
	    "of all there is a list, without what was for one alone");
	status_gone_home(tx, dan, 0, 9, see, &seen);
	ok(saw(&seen, "1@600 3@500 "), "and of those whom somebody follows");
	status_gone_home(tx, eve, 0, 9, see, &seen);
	ok(saw(&seen, "6@800 "), "and of oneself");
	must(user_remove(tx, eve) == STORE_OK);
	status_gone_public(tx, 0, 9, see, &seen);
	ok(saw(&seen, "1@600 3@500 "), "nothing is told of who is gone");
	return STORE_OK;
}

static void
test(struct room *room)
{
	suite_do(room, keys, NULL);
	suite_do(room, gone, NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
