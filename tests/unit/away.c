/*
 * A channel is away, and somebody with many followers there says something: they fall behind a few at a time,
 * so that nobody waits on the channels that work.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "gateway/port.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"
#include "store/fanout.h"
#include "tests/tap.h"

#define CHILD_FD 3
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

static int
line_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "that is too long";
	return mem_copy(out, size, typed);
}

static const struct channel_kind line_kind = {
	.name = "line",
	.keys = line_keys,
	.window = 64,
	.peer = line_peer,
	.open = line_open,
	.run = line_run,
	.close = free,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, NULL };

/* ---- the town */

static char folder[64], out[96];
static int64_t star, quiet, friend;

static struct conf *
settings(void)
{
	struct conf_faults faults = { 0 };
	struct conf *conf;
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "state = \"%s\";\nfanout = { patience = 1; };\n"
	    "channels = ( { name = \"dead\"; kind = \"line\"; out = \"%s\"; },\n"
	    " { name = \"line\"; kind = \"line\"; out = \"%s\"; } );\n",
	    folder, out, out);

	conf = conf_load_text("conf", 0600, text, (size_t)n, settings_schema(kinds), &faults);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	return conf;
}

static int64_t
add(struct tx *tx, const char *name, int chan)
{
	struct user u = { .lang = "en", .zone = "UTC" };
	struct address a = { .kind = "line", .state = ADDRESS_VERIFIED, .chan = chan };

	mem_copy(u.name, sizeof(u.name), name);
	mem_copy(a.peer, sizeof(a.peer), name);
	if (user_add(tx, &u) < 0)
		return 0;
	a.user = u.id;
	return address_add(tx, &a) < 0 || ladder_settle(tx, u.id) < 0 ? 0 : u.id;
}

static int
make_town(struct tx *tx, void *arg)
{
	int dead = core_chan(arg, "dead"), line = core_chan(arg, "line");
	char name[16];
	int64_t id;

	star = add(tx, "star", line);
	quiet = add(tx, "quiet", line);
	friend = add(tx, "friend", line);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		id = add(tx, name, dead);
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

static void
remove_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	struct conf *conf;
	struct store *store;
	struct core *core;
	char exe[4096] = "";

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "--channel") == 0)
		return port_main(CHILD_FD, kinds, NULL);
	secret_init();
	snprintf(folder, sizeof(folder), "/tmp/hudhud-away.XXXXXX");
	if (mkdtemp(folder) == NULL || readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return 2;
	snprintf(out, sizeof(out), "%s/out", folder);
	conf = settings();
	store = store_open("sqlite:hudhud.db", folder);
	core = core_new(conf, store, kinds, exe);
	ok(core != NULL && core_start(core) == 0, "a core starts");
	ok(core_write(core, make_town, core) == 0,
	    "many live on a channel that is away, one on another");
	nanosleep(&(struct timespec){ 2, 0 }, NULL); /* longer than anybody is patient */
	test_small(core);
	core_stop(core);
	core_free(core);
	store_close(store);
	conf_free(conf);
	remove_folder();
	return tap_done();
}
