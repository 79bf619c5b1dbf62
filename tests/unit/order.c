/*
 * An author's followers grow past what lanes carry while earlier statuses still wait in them: each
 * follower gets all of them in the order in which they were said.  And what somebody with one
 * follower says is not kept waiting by what somebody with thousands has said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/fanout.h"
#include "tests/unit/house.h"

#define LIMIT_MS 60000
#define WINDOW 16
#define SMALL 60
#define BIG 20
#define READERS 5 /* more than shards */
#define CROWD 5000
#define SOON (20 * WINDOW) /* copies that may come between a small author's status and its copy */

/* ---- a channel that writes down what it is given */

struct line {
	struct port *port;
	int out;
};

static const struct conf_key line_keys[] = {
	{ .name = "out", .type = CONF_PATH, .help = "where to write" },
	{ .name = NULL },
};

static void *
line_open(struct port *port, const struct conf_section *conf)
{
	struct line *l = mem_new(sizeof(*l));

	l->port = port;
	l->out = open(conf_text(conf, "out"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	return l;
}

static void
line_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct line *l = self;
	char key[72];

	(void)o;
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(key, sizeof(key), "%s\n", r[i].key);

		if (write(l->out, key, (size_t)len) != len)
			log_die("cannot write it down");
		port_settle(l->port, r[i].id, SENT, "written", "");
	}
	port_want(l->port, (unsigned)n);
}

static int
line_run(void *self)
{
	return house_run(((struct line *)self)->port, WINDOW);
}

static void
line_close(void *self)
{
	close(((struct line *)self)->out);
	free(self);
}

static const struct channel_kind line_kind = {
	.name = "line",
	.keys = line_keys,
	.window = WINDOW,
	.peer = house_peer,
	.open = line_open,
	.run = line_run,
	.close = line_close,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, NULL };

/* ---- the town */

static struct house house;
static char out[96];

static int64_t author;

static int
make_people(struct tx *tx, void *arg)
{
	struct user u = { .name = "author", .lang = "en", .zone = "UTC" };
	struct address a = { .kind = "line", .state = ADDRESS_VERIFIED };

	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	author = u.id;
	a.chan = core_chan(arg, "line");
	for (int i = 0; i < READERS; i++) {
		snprintf(u.name, sizeof(u.name), "reader%d", i);
		snprintf(a.peer, sizeof(a.peer), "reader%d", i);
		if (user_add(tx, &u) < 0)
			return STORE_FAILED;
		a.user = u.id;
		if (address_add(tx, &a) < 0 || ladder_settle(tx, u.id) < 0 ||
		    follow_set(tx, u.id, author, FOLLOW_ACTIVE, WANTS_ALL) < 0)
			return STORE_FAILED;
	}
	return STORE_OK;
}

/* All in one transaction: the lanes see them at once. */
static int
post(struct tx *tx, void *arg)
{
	struct status_new s = { .author = author, .text = "hello", .at = 1 };
	int64_t pos;

	(void)arg;
	for (int i = 0; i < SMALL + BIG; i++) {
		s.big = i < SMALL ? READERS + 1 : READERS;
		if (status_add(tx, &s, &pos) < 0)
			return STORE_FAILED;
	}
	return STORE_OK;
}

/* ---- one with a crowd, and one with a friend */

static int64_t star, quiet, friend_of_quiet;

static int
make_crowd(struct tx *tx, void *arg)
{
	int chan = core_chan(arg, "line");
	char name[16];
	int64_t id;

	star = house_person(tx, "star", "line", chan);
	quiet = house_person(tx, "quiet", "line", chan);
	friend_of_quiet = house_person(tx, "friend", "line", chan);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		id = house_person(tx, name, "line", chan);
		if (id == 0 || follow_set(tx, id, star, FOLLOW_ACTIVE, WANTS_ALL) < 0)
			return STORE_FAILED;
	}
	return follow_set(tx, friend_of_quiet, quiet, FOLLOW_ACTIVE, WANTS_ALL);
}

static int
say(struct tx *tx, void *arg)
{
	struct status_new s = { .author = *(int64_t *)arg, .text = "hello", .at = 1, .big = CROWD };
	int64_t pos;

	return status_add(tx, &s, &pos);
}

/* Which line was the friend's copy, from 1; 0: none.  ${n}: of how many. */
static int
line_of_friend(int *n)
{
	unsigned long long pos, user;
	FILE *f = fopen(out, "r");
	int found = 0;

	*n = 0;
	while (f != NULL && fscanf(f, "s%llx.%llx\n", &pos, &user) == 2) {
		++*n;
		if ((int64_t)user == friend_of_quiet)
			found = *n;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static bool
wait_for(struct core *c, int64_t sent)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;
	struct health h;

	while (core_health(c, &h, 1) == 1 && h.sent < sent && clock_ms() < until)
		nanosleep(&nap, NULL);
	return h.sent >= sent;
}

/* How many came after a later one, to anybody. */
static int
out_of_order(int *n)
{
	unsigned long long pos, user, last[READERS + 2] = { 0 };
	FILE *f = fopen(out, "r");
	int wrong = 0;

	*n = 0;
	while (f != NULL && fscanf(f, "s%llx.%llx\n", &pos, &user) == 2 && user < READERS + 2) {
		wrong += pos <= last[user];
		last[user] = pos;
		++*n;
	}
	if (f != NULL)
		fclose(f);
	return wrong;
}

static void
test_crowd(struct core *core, int before)
{
	int at, n;

	ok(core_write(core, make_crowd, core) == 0 && core_write(core, say, &star) == 0,
	    "somebody with thousands of followers says something");
	ok(wait_for(core, before + 100), "it is under way");
	line_of_friend(&n);
	ok(core_write(core, say, &quiet) == 0, "somebody with one follower does, too");
	before += CROWD + 1;
	ok(wait_for(core, before), "all of it arrives");
	at = line_of_friend(&before);
	ok(at > 0 && at < before - SOON && at - n < SOON,
	    "the small one did not wait for the crowd");
	printf("# line %d, said at line %d, of %d\n", at, n, before);
}

int
main(int argc, char **argv)
{
	int n, wrong;

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "order", kinds);
	snprintf(out, sizeof(out), "%s/out", house.folder);
	house_open(&house,
	    "state = \"%s\";\nchannels = ( { name = \"line\"; kind = \"line\"; out = \"%s\"; } );\n",
	    house.folder, out);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_people, house.core) == 0 &&
		core_write(house.core, post, NULL) == 0,
	    "an author crosses what lanes carry");
	ok(wait_for(house.core, (SMALL + BIG) * READERS), "all of it arrives");
	wrong = out_of_order(&n);
	ok(wrong == 0 && n == (SMALL + BIG) * READERS, "in order, to everybody, once");
	if (wrong != 0)
		printf("# %d of %d came after a later one\n", wrong, n);
	test_crowd(house.core, n);
	house_end(&house);
	return tap_done();
}
