/*
 * Somebody's address changes while copies to the old one wait in the window: nothing of them is
 * lost, and what was not handed over yet comes once.
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
#define SAID 5 /* statuses, all in the window at once */

/* ---- a channel that writes down what it is given, and takes the next one when it may */

struct line {
	struct port *port;
	char out[96], go[104];
	uint64_t id; /* in its hands; 0: none */
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
	snprintf(l->go, sizeof(l->go), "%s.go", l->out);
	return l;
}

static void
line_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct line *l = self;
	FILE *f = fopen(l->out, "a");

	(void)o;
	if (f == NULL || n != 1)
		log_die("cannot write it down");
	fprintf(f, "%s %s\n", r->key, r->peer);
	fclose(f);
	l->id = r->id;
}

static int
line_run(void *self)
{
	struct line *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };

	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, 1);
	while (!port_stopping(l->port)) {
		poll(&p, 1, l->id != 0 ? 20 : -1);
		if (port_pump(l->port) == -1)
			return -1;
		if (l->id == 0 || access(l->go, F_OK) != 0)
			continue;
		port_settle(l->port, l->id, SENT, "written", "");
		l->id = 0;
		port_want(l->port, 1);
	}
	return 0;
}

static const struct channel_kind line_kind = {
	.name = "line",
	.keys = line_keys,
	.window = 16,
	.peer = house_peer,
	.open = line_open,
	.run = line_run,
	.close = free,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, NULL };

/* ---- the town */

static struct house house;
static int64_t author, reader;

/* The reader has two addresses, the second on the same channel or on another. */
static int
make_people(struct tx *tx, void *arg)
{
	struct user u = { .name = "author", .lang = "en", .zone = "UTC" };
	struct address a = { .kind = "line", .peer = "old", .state = ADDRESS_VERIFIED };

	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	author = u.id;
	mem_copy(u.name, sizeof(u.name), "reader");
	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	a.user = reader = u.id;
	a.chan = core_chan(arg, "one");
	if (address_add(tx, &a) < 0)
		return STORE_FAILED;
	mem_copy(a.peer, sizeof(a.peer), "same");
	if (address_add(tx, &a) < 0)
		return STORE_FAILED;
	mem_copy(a.peer, sizeof(a.peer), "other");
	a.chan = core_chan(arg, "two");
	if (address_add(tx, &a) < 0 || ladder_settle(tx, u.id) < 0)
		return STORE_FAILED;
	return follow_set(tx, reader, author, FOLLOW_ACTIVE, WANTS_ALL);
}

static int
say(struct tx *tx, void *arg)
{
	struct status_new s = { .author = author, .text = "hello", .at = 1, .big = 100 };
	int64_t pos;

	(void)arg;
	for (int i = 0; i < SAID; i++)
		if (status_add(tx, &s, &pos) < 0)
			return STORE_FAILED;
	return STORE_OK;
}

static int
drop_old(struct tx *tx, void *arg)
{
	(void)arg;
	return address_remove(tx, reader, "line", "old") < 0 ? STORE_FAILED
							     : ladder_settle(tx, reader);
}

static int
prefer_other(struct tx *tx, void *arg)
{
	(void)arg;
	return address_rank(tx, reader, "line", "other", 0) < 0 ? STORE_FAILED
								: ladder_settle(tx, reader);
}

/* How many lines of ${name} end with ${peer}. */
static int
lines(const char *name, const char *peer)
{
	char path[96], key[72], to[72];
	FILE *f;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	f = fopen(path, "r");
	while (f != NULL && fscanf(f, "%71s %71s\n", key, to) == 2)
		n += strcmp(to, peer) == 0;
	if (f != NULL)
		fclose(f);
	return n;
}

static bool
wait_for(const char *name, const char *peer, int n)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	while (lines(name, peer) < n && clock_ms() < until)
		nanosleep(&nap, NULL);
	return lines(name, peer) >= n;
}

static void
let_go(const char *name)
{
	char path[104];

	snprintf(path, sizeof(path), "%s/%s.go", house.folder, name);
	fclose(fopen(path, "w"));
}

static void
stop_again(const char *name)
{
	char path[104];

	snprintf(path, sizeof(path), "%s/%s.go", house.folder, name);
	unlink(path);
}

/* All that was said, up to this one, has been written as settled. */
static bool
wait_idle(struct core *core)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;
	struct health h[2];

	do {
		nanosleep(&nap, NULL);
		core_health(core, h, 2);
	} while (h[0].waiting + h[1].waiting > 0 && clock_ms() < until);
	return h[0].waiting + h[1].waiting == 0;
}

static void
test_same_channel(struct core *core)
{
	ok(core_write(core, say, NULL) == 0 && wait_for("one", "old", 1),
	    "the first copy is in the channel's hands, the others wait behind it");
	ok(core_write(core, drop_old, NULL) == 0,
	    "the address goes, another on the channel is left");
	let_go("one");
	ok(wait_for("one", "same", SAID - 1), "what waited goes to that one");
	ok(wait_idle(core) && lines("one", "old") == 1 && lines("one", "same") == SAID - 1,
	    "each of it once");
}

static void
test_other_channel(struct core *core)
{
	stop_again("one");
	let_go("two");
	ok(core_write(core, say, NULL) == 0 && wait_for("one", "same", SAID),
	    "again the first copy is in the channel's hands");
	ok(core_write(core, prefer_other, NULL) == 0, "another channel is preferred");
	let_go("one");
	ok(wait_for("two", "other", SAID - 1), "what waited goes there");
	ok(wait_idle(core) && lines("one", "same") == SAID && lines("two", "other") <= SAID,
	    "and only there");
	printf("# %d by the old channel, %d by the new one, of %d\n",
	    lines("one", "same") - (SAID - 1), lines("two", "other"), SAID);
}

int
main(int argc, char **argv)
{

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "moved", kinds);
	house_open(&house,
	    "state = \"%s\";\nchannels = ( { name = \"one\"; kind = \"line\"; out = \"%s/one\"; },\n"
	    " { name = \"two\"; kind = \"line\"; out = \"%s/two\"; } );\n",
	    house.folder, house.folder, house.folder);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_people, house.core) == 0, "somebody has three addresses");
	test_same_channel(house.core);
	test_other_channel(house.core);
	house_end(&house);
	return tap_done();
}
