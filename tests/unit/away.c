/*
 * A channel is away, and somebody with many followers there says something: they fall behind a few at a time,
 * so that nobody waits on the channels that work.
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
#define CROWD 50000
#define SMALL 40 /* statuses said meanwhile */

/* ---- a channel that writes down what it is given; or never comes up */

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
	FILE *f = fopen(l->out, "a");

	(void)o;
	if (f == NULL)
		log_die("cannot write it down");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s\n", r[i].key);
		port_settle(l->port, r[i].id, SENT, "written", "");
	}
	fclose(f);
	port_want(l->port, (unsigned)n);
}

static int
line_run(void *self)
{
	struct line *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };

	if (strcmp(port_name(l->port), "dead") == 0) {
		port_state(l->port, CHANNEL_DOWN, "nobody is there");
	} else {
		port_state(l->port, CHANNEL_UP, "");
		port_want(l->port, 64);
	}
	while (!port_stopping(l->port)) {
		poll(&p, 1, -1);
		if (port_pump(l->port) == -1)
			return -1;
	}
	return 0;
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

static int
make_town(struct tx *tx, void *arg)
{
	int dead = core_chan(arg, "dead"), line = core_chan(arg, "line");
	char name[16];
	int64_t id;

	star = house_person(tx, "star", "line", line);
	quiet = house_person(tx, "quiet", "line", line);
	friend = house_person(tx, "friend", "line", line);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		id = house_person(tx, name, "line", dead);
		if (id == 0 || follow_set(tx, id, star, FOLLOW_ACTIVE, WANTS_ALL) < 0)
			return STORE_FAILED;
	}
	return follow_set(tx, friend, quiet, FOLLOW_ACTIVE, WANTS_ALL);
}

static int
say(struct tx *tx, void *arg)
{
	struct status_new s = { .author = *(int64_t *)arg, .text = "hello", .at = 1, .big = CROWD };
	int64_t pos;

	return status_add(tx, &s, &pos);
}

/* How many lines there are. */
static int
lines(void)
{
	FILE *f = fopen(out, "r");
	int n = 0, c;

	while (f != NULL && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

/* All of it fell behind? */
static bool
wait_for_crowd(struct core *core)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS, oldest, n;
	struct tx *tx;

	do {
		nanosleep(&nap, NULL);
		tx = store_read(core_store(core));
		n = behind_count(tx, core_chan(core, "dead"), &oldest);
		store_read_end(tx);
	} while (n < CROWD && clock_ms() < until);
	return n == CROWD;
}

static void
test_small(struct core *core)
{
	struct timespec nap = { 0, 2000000 };
	int64_t began, took, worst = 0, first = clock_ms();

	ok(core_write(core, say, &star) == 0, "somebody with many followers there says something");
	for (int i = 0; i < SMALL; i++) {
		began = clock_ms();
		core_write(core, say, &quiet);
		while (lines() <= i && clock_ms() - began < LIMIT_MS)
			nanosleep(&nap, NULL);
		took = clock_ms() - began;
		if (took > worst)
			worst = took;
	}
	ok(wait_for_crowd(core), "the many are behind in the end");
	took = clock_ms() - first;
	ok(4 * worst < took, "nothing else that was said waited for that");
	printf("# %d ms at most, of %d\n", (int)worst, (int)took);
}

int
main(int argc, char **argv)
{

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "away", kinds);
	snprintf(out, sizeof(out), "%s/out", house.folder);
	house_open(&house,
	    "state = \"%s\";\nfanout = { patience = 1; };\n"
	    "channels = ( { name = \"dead\"; kind = \"line\"; out = \"%s\"; },\n"
	    " { name = \"line\"; kind = \"line\"; out = \"%s\"; } );\n",
	    house.folder, out, out);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_town, house.core) == 0,
	    "many live on a channel that is away, one on another");
	nanosleep(&(struct timespec){ 2, 0 }, NULL); /* longer than anybody is patient */
	test_small(house.core);
	house_end(&house);
	return tap_done();
}
