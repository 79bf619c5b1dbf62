/*
 * Hundreds are behind and wait for a great status to come to them, which takes long; somebody else, who is
 * behind, too, and waits for nothing, is not kept waiting.
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
#define CROWD 3000

/* ---- a channel that never ends with what the crowd gets, and writes down the rest */

struct line {
	struct port *port;
	char out[96];
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
	mem_copy(l->out, sizeof(l->out), conf_text(conf, "out"));
	return l;
}

static void
line_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct line *l = self;
	FILE *f;

	(void)o;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(r[i].peer, "friend") != 0)
			continue;
		f = fopen(l->out, "a");
		fprintf(f, "%s\n", r[i].key);
		fclose(f);
		port_settle(l->port, r[i].id, SENT, "written", "");
		port_want(l->port, 1);
	}
}

static int
line_run(void *self)
{
	return house_run(((struct line *)self)->port, 64);
}

static const struct channel_kind line_kind = {
	.name = "line",
	.keys = line_keys,
	.window = 64,
	.peer = house_peer,
	.open = line_open,
	.run = line_run,
	.close = free,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, NULL };

/* ---- the town */

static struct house house;
static char out[96];
static int64_t star, quiet, friend;

/* Each is behind, from ${next} on, since ${at}. */
static int
fall_behind(struct tx *tx, int64_t user, int chan, int64_t next, int64_t at)
{
	struct behind b = { .follower = user,
		.chan = chan,
		.next = next,
		.reason = BEHIND_FAILED,
		.attempts = 1,
		.next_at = at,
		.first_at = at };

	return behind_put(tx, &b);
}

static int
make_town(struct tx *tx, void *arg)
{
	struct status_new s = { .text = "hello", .at = 1, .big = CROWD };
	int chan = core_chan(arg, "line");
	int64_t now = clock_wall(), pos, id;
	char name[16];

	star = house_person(tx, "star", "line", chan);
	quiet = house_person(tx, "quiet", "line", chan);
	friend = house_person(tx, "friend", "line", chan);
	follow_set(tx, friend, quiet, FOLLOW_ACTIVE, WANTS_ALL);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		id = house_person(tx, name, "line", chan);
		if (id == 0 || follow_set(tx, id, star, FOLLOW_ACTIVE, WANTS_ALL) < 0)
			return STORE_FAILED;
		/* those whose turn is last */
		if (i >= CROWD / 2 && fall_behind(tx, id, chan, 1, now - 10) < 0)
			return STORE_FAILED;
	}
	s.author = star;
	if (status_add(tx, &s, &pos) < 0)
		return STORE_FAILED;
	s.author = quiet;
	if (status_add(tx, &s, &pos) < 0)
		return STORE_FAILED;
	return fall_behind(tx, friend, chan, pos, now - 5);
}

static bool
wait_for_friend(void)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	while (access(out, F_OK) != 0 && clock_ms() < until)
		nanosleep(&nap, NULL);
	return access(out, F_OK) == 0;
}

int
main(int argc, char **argv)
{

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "overdue", kinds);
	snprintf(out, sizeof(out), "%s/out", house.folder);
	house_open(&house,
	    "state = \"%s\";\nchannels = ( { name = \"line\"; kind = \"line\"; out = \"%s\"; } );\n",
	    house.folder, out);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_town, house.core) == 0,
	    "hundreds wait for a status that takes long, and one for a small one");
	ok(wait_for_friend(), "the small one comes");
	house_end(&house);
	return tap_done();
}
