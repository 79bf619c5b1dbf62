/*
 * Hundreds are behind and wait for a great status to come to them, which takes long; somebody else, who is
 * behind, too, and waits for nothing, is not kept waiting.
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
#define LIMIT_MS 10000
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
	struct line *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };

	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, 64);
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
	    "state = \"%s\";\nchannels = ( { name = \"line\"; kind = \"line\"; out = \"%s\"; } );\n",
	    folder, out);

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

	star = add(tx, "star", chan);
	quiet = add(tx, "quiet", chan);
	friend = add(tx, "friend", chan);
	follow_set(tx, friend, quiet, FOLLOW_ACTIVE, WANTS_ALL);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		id = add(tx, name, chan);
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
	snprintf(folder, sizeof(folder), "/tmp/hudhud-overdue.XXXXXX");
	if (mkdtemp(folder) == NULL || readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return 2;
	snprintf(out, sizeof(out), "%s/out", folder);
	conf = settings();
	store = store_open("sqlite:hudhud.db", folder);
	core = core_new(conf, store, kinds, exe);
	ok(core != NULL && core_start(core) == 0, "a core starts");
	ok(core_write(core, make_town, core) == 0,
	    "hundreds wait for a status that takes long, and one for a small one");
	ok(wait_for_friend(), "the small one comes");
	core_stop(core);
	core_free(core);
	store_close(store);
	conf_free(conf);
	remove_folder();
	return tap_done();
}
