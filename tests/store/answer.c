/* Answers: queued, due, put off, bounded. */
#include <stdlib.h>
#include <string.h>

#include "tests/store/suite.h"

static int
answers(struct tx *tx, void *arg)
{
	struct answer a = { .kind = "sms", .peer = "+1", .lang = "ar", .text = (char *)"hi" };
	struct answer out[4];
	int64_t soonest;
	int ids[2], jabber, phone;
	bool good = true;

	(void)arg;
	make_channels(tx, ids);
	jabber = ids[0];
	a.chan = phone = ids[1];
	a.foreign = (char *)"m1";
	a.at = a.next_at = 100;
	ok(answer_add(tx, &a) == STORE_OK && a.id != 0, "an answer is queued");
	ok(answer_due(tx, phone, ALL_SHARDS, 99, 0, out, 4, &soonest) == 0 && soonest == 100 &&
		answer_due(tx, jabber, ALL_SHARDS, 100, 0, out, 4, &soonest) == 0,
	    "it waits for its time and channel");
	ok(answer_due(tx, phone, ALL_SHARDS, 100, 0, out, 4, &soonest) == 1 && out[0].id == a.id &&
		strcmp(out[0].text, "hi") == 0 && strcmp(out[0].foreign, "m1") == 0 &&
		strcmp(out[0].lang, "ar") == 0 && out[0].at == 100,
	    "and comes as it was");
	free(out[0].text);
	free(out[0].foreign);
	ok(answer_due(tx, phone, ALL_SHARDS, 100, a.id, out, 4, &soonest) == 0,
	    "after another it does not");
	answer_defer(tx, a.id, 3, 200);
	ok(answer_due(tx, phone, ALL_SHARDS, 150, 0, out, 4, &soonest) == 0 && soonest == 200,
	    "it is put off");
	for (int i = 0; i < 99; i++)
		good &= answer_add(tx, &a) == STORE_OK;
	ok(good && answer_add(tx, &a) == STORE_FAILED, "100 wait for one peer, and no more");
	answer_end(tx, a.id);
	ok(answer_add(tx, &a) == STORE_OK, "until one has gone");
	optout_set(tx, a.kind, a.peer, true);
	ok(answer_due(tx, phone, ALL_SHARDS, 999, 0, out, 4, &soonest) == 0 && soonest == 0,
	    "who opts out gets none of those that waited");
	return STORE_OK;
}

static void
test(struct room *room)
{
	suite_do(room, answers, NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
