/*
 * Nobody sees what they may not, and everybody what they may: random worlds, and every output asked, against
 * a model.  Then the same with one rule after the other taken out of the decision: that must show.
 */
#include "base/clock.h"
#include "store/picture.h"
#include "store/sql.h"
#include "tests/unit/town.h"
#include "tests/unit/visible_ask.h"
#include "tests/unit/visible_rules.h"

#define WORLDS 10000
#define WORLDS_MUTANT 200

struct worlds {
	int n;
	int64_t id[PEOPLE];
	bool failed;
};

static int
make_people(struct tx *tx, void *arg)
{
	struct worlds *ws = arg;
	struct status_new s = { .text = "the first", .at = 1 };
	int64_t pos;

	for (int i = 0; i < PEOPLE; i++) {
		struct user u = { .lang = "en", .zone = "UTC" };
		struct address a = {
			.kind = "xmpp", .chan = town_chan[JABBER], .state = ADDRESS_VERIFIED
		};

		snprintf(u.name, sizeof(u.name), "person%d", i);
		snprintf(a.peer, sizeof(a.peer), "person%d@example.org", i);
		if (user_add(tx, &u) < 0)
			return STORE_FAILED;
		a.user = ws->id[i] = u.id;
		if (address_add(tx, &a) < 0 || user_rehome(tx, u.id, a.chan) < 0)
			return STORE_FAILED;
		if (picture_set(tx, u.id,
			&(struct picture){
			    "image/png", "0123456789abcdef", (unsigned char *)"p", 1 }) < 0)
			return STORE_FAILED;
	}
	s.author = ws->id[0];
	return status_add(tx, &s, &pos) < 0 ? STORE_FAILED : status_delete(tx, pos, 2);
}

/* One after the other in one transaction, each undone. */
static int
run_worlds(struct tx *tx, void *arg)
{
	struct worlds *ws = arg;

	for (int n = 0; n < ws->n; n++) {
		struct world w = { 0 };

		memcpy(w.id, ws->id, sizeof(w.id));
		sql_run(tx, "SAVEPOINT world");
		world_make(tx, &w);
		ask_all(tx, &w, town_chan[JABBER], &town_site, n);
		ws->failed |= w.failed || sql_result(tx) != STORE_OK;
		sql_run(tx, "ROLLBACK TO SAVEPOINT world");
		sql_run(tx, "RELEASE SAVEPOINT world");
	}
	return STORE_OK;
}

static long
all_wrong(void)
{
	long n = 0;

	for (int o = 0; o < ASKED; o++)
		n += wrong[o];
	return n;
}

static void
every_output(struct worlds *ws)
{
	int64_t begun = clock_ms();

	ws->n = getenv("VISIBLE_WORLDS") ? atoi(getenv("VISIBLE_WORLDS")) : WORLDS;
	ok(store_write(town_store, run_worlds, ws) == STORE_OK && !ws->failed,
	    "the worlds are made");
	printf("# %d in %lld ms\n", ws->n, (long long)(clock_ms() - begun));
	for (int o = 0; o < ASKED; o++) {
		ok(wrong[o] == 0 && given[o] > 0 && withheld[o] > 0, outputs[o]);
		printf("# %ld to be seen, %ld not, %ld wrong\n", given[o], withheld[o], wrong[o]);
	}
}

static void
every_rule(struct worlds *ws)
{
	ws->n = WORLDS_MUTANT;
	for (mutant = OWN; mutant < MUTANTS; mutant++) {
		memset(wrong, 0, sizeof(wrong));
		store_write(town_store, run_worlds, ws);
		ok(all_wrong() > 0, mutants[mutant]);
		printf("# without this rule: %ld wrong\n", all_wrong());
	}
	mutant = WHOLE;
}

int
main(void)
{
	struct worlds ws = { 0 };

	town_open();
	if (store_write(town_store, make_people, &ws) != STORE_OK)
		log_die("no people");
	every_output(&ws);
	every_rule(&ws);
	town_close();
	return tap_done();
}
