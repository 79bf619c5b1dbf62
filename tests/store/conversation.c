/* What a status answers and what answers it, as a page of it asks for them. */
#include <stdlib.h>
#include <string.h>

#include "tests/store/suite.h"

struct list {
	char text[600];
	int left; /* 0: any number */
};

static bool
add(void *cookie, const struct status *s)
{
	struct list *l = cookie;

	strcat(strcat(l->text, s->text), " ");
	return --l->left != 0;
}

static int64_t
answer(struct tx *tx, int64_t author, int64_t to, int64_t reply_to, const char *text)
{
	struct status_new n = { .author = author, .to = to, .reply_to = reply_to, .text = text };
	int64_t pos;

	must(status_add(tx, &n, &pos) == STORE_OK);
	return pos;
}

static const char *
before(struct tx *tx, int64_t pos, int limit)
{
	static struct list l;

	l = (struct list){ 0 };
	status_before(tx, pos, limit, add, &l);
	return l.text;
}

static const char *
answers(struct tx *tx, int64_t pos, int64_t after, int limit)
{
	static struct list l;
	struct status s;

	l = (struct list){ .left = limit };
	must(status_get(tx, pos, &s));
	status_answers(tx, &s, after, add, &l);
	free((char *)s.text);
	return l.text;
}

static int
talk(struct tx *tx, void *arg)
{
	int64_t alice = make_user(tx, "alice"), bob = make_user(tx, "bob");
	int64_t a = make_status(tx, alice, "a", 0), other = make_status(tx, bob, "other", 0);
	int64_t b = answer(tx, bob, 0, a, "b"), c = answer(tx, alice, 0, b, "c");
	int64_t d = answer(tx, bob, 0, a, "d"), secret = answer(tx, bob, alice, c, "secret");
	int64_t e = answer(tx, alice, 0, c, "e"), f = answer(tx, bob, 0, d, "f");
	int64_t g = answer(tx, alice, 0, secret, "g"), last = a;
	char text[8];

	(void)arg;
	answer(tx, alice, 0, other, "another");
	ok(strcmp(before(tx, e, 20), "a b c ") == 0, "what it answers, from the first on");
	ok(strcmp(before(tx, e, 2), "b c ") == 0, "as many steps as are asked for");
	ok(strcmp(before(tx, a, 20), "") == 0, "what begins a conversation answers nothing");
	ok(strcmp(before(tx, g, 20), "a b c ") == 0 &&
		strcmp(before(tx, secret, 20), "a b c ") == 0,
	    "a direct message is not among them");
	ok(strcmp(answers(tx, a, 0, 0), "b c d e f g ") == 0, "all answers, in their order");
	ok(strcmp(answers(tx, b, 0, 0), "c e g ") == 0 && strcmp(answers(tx, d, 0, 0), "f ") == 0,
	    "only those that hang on it");
	ok(strcmp(answers(tx, f, 0, 0), "") == 0, "a last word has none");
	ok(strcmp(answers(tx, a, 0, 2), "b c ") == 0 && strcmp(answers(tx, a, c, 2), "d e ") == 0,
	    "page by page");
	must(status_delete(tx, c, 9) == STORE_OK);
	ok(strcmp(answers(tx, b, 0, 0), "e g ") == 0 && strcmp(before(tx, e, 20), "a b ") == 0,
	    "what was taken back is left out, and what hangs on it is not");
	for (int i = 0; i < 3 * CONVERSATION_MAX / 2; i++) {
		snprintf(text, sizeof(text), "%c", 'A' + i % 26);
		last = answer(tx, bob, 0, last, text);
	}
	ok(strlen(answers(tx, g, 0, 0)) == 0 &&
		strlen(answers(tx, a, 0, 0)) <= 2 * (size_t)CONVERSATION_MAX &&
		strlen(before(tx, last, 50)) == 2 * (size_t)50,
	    "a long one is bounded");
	return STORE_OK;
}

static void
test(struct room *room)
{
	suite_do(room, talk, NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
