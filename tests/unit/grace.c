/*
 * Who may undo what they have said has that time before anything that costs money is sent: by a free
 * channel it goes at once, by the other when it is over; and what is taken back meanwhile never goes there.
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
#include "conf/price.h"
#include "gateway/ladder.h"
#include "gateway/port.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"
#include "store/fanout.h"
#include "tests/tap.h"

#define CHILD_FD 3
#define LIMIT_MS 15000
#define GRACE 2

/* ---- channels that write down what they get, and when: one is free, the other costs */

struct line {
	struct port *port;
	char out[96];
};

static const struct conf_key line_keys[] = {
	{ .name = "out", .type = CONF_PATH, .help = "where to write" },
	COST_KEYS,
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
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s %s %lld\n", r[i].peer, o->text, (long long)clock_wall());
		port_settle(l->port, r[i].id, SENT, "written", "");
		port_want(l->port, 1);
	}
	fclose(f);
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
static const struct channel_kind dear_kind = {
	.name = "dear",
	.costs = true,
	.keys = line_keys,
	.window = 64,
	.peer = line_peer,
	.open = line_open,
	.run = line_run,
	.close = free,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, &dear_kind, NULL };

/* ---- the town */

static char folder[64], line_out[96], dear_out[96];
static int64_t author, pos_gone, said_at;

static struct conf *
settings(void)
{
	struct conf_faults faults = { 0 };
	struct conf *conf;
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "state = \"%s\";\nsite = { grace = \"%ds\"; };\n"
	    "channels = ( { name = \"line\"; kind = \"line\"; out = \"%s\"; },\n"
	    "{ name = \"dear\"; kind = \"dear\"; out = \"%s\"; } );\n",
	    folder, GRACE, line_out, dear_out);

	conf = conf_load_text("conf", 0600, text, (size_t)n, settings_schema(kinds), &faults);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	return conf;
}

static int64_t
add(struct tx *tx, const char *name, const char *kind, int chan)
{
	struct user u = { .lang = "en", .zone = "UTC" };
	struct address a = { .state = ADDRESS_VERIFIED, .chan = chan };

	mem_copy(u.name, sizeof(u.name), name);
	mem_copy(a.kind, sizeof(a.kind), kind);
	mem_copy(a.peer, sizeof(a.peer), name);
	if (user_add(tx, &u) < 0)
		return 0;
	a.user = u.id;
	return address_add(tx, &a) < 0 || ladder_settle(tx, u.id) < 0 ? 0 : u.id;
}

static int
say(struct tx *tx, const char *text, int64_t to, int64_t *pos)
{
	struct status_new s = { .text = text, .author = author, .to = to, .at = said_at };

	if (to != 0)
		s.addressed[s.addressed_n++] = to;
	return status_add(tx, &s, pos);
}

static int
make_town(struct tx *tx, void *arg)
{
	int line = core_chan(arg, "line"), dear = core_chan(arg, "dear");
	int64_t ann, ben, pos;

	author = add(tx, "author", "line", line);
	ann = add(tx, "ann", "line", line);
	ben = add(tx, "ben", "dear", dear);
	follow_set(tx, ann, author, FOLLOW_ACTIVE, WANTS_ALL);
	follow_set(tx, ben, author, FOLLOW_ACTIVE, WANTS_ALL);
	said_at = clock_wall();
	return say(tx, "oops", 0, &pos_gone) < 0 || say(tx, "kept", 0, &pos) < 0 ||
		       say(tx, "only-you", ben, &pos) < 0
		   ? STORE_FAILED
		   : STORE_OK;
}

static int
take_back(struct tx *tx, void *arg)
{
	(void)arg;
	return status_delete(tx, pos_gone, clock_wall());
}

/* What ${path} holds, as soon as it has ${words}, or after a while. */
static const char *
wait_for(const char *path, const char *words)
{
	static char text[4096];
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	do {
		FILE *f = fopen(path, "r");
		size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

		text[n] = '\0';
		if (f != NULL)
			fclose(f);
	} while (strstr(text, words) == NULL && clock_ms() < until && nanosleep(&nap, NULL) == 0);
	return text;
}

/* When the line with ${words} in ${text} was written; 0: there is none. */
static int64_t
when(const char *text, const char *words)
{
	const char *s = strstr(text, words);

	return s == NULL ? 0 : strtoll(s + strcspn(s, " \n"), NULL, 10);
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
	const char *text;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "--channel") == 0)
		return port_main(CHILD_FD, kinds, NULL);
	secret_init();
	snprintf(folder, sizeof(folder), "/tmp/hudhud-grace.XXXXXX");
	if (mkdtemp(folder) == NULL || readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return 2;
	snprintf(line_out, sizeof(line_out), "%s/line", folder);
	snprintf(dear_out, sizeof(dear_out), "%s/dear", folder);
	conf = settings();
	store = store_open("sqlite:hudhud.db", folder);
	core = core_new(conf, store, kinds, exe);
	ok(core != NULL && core_start(core) == 0, "a core starts");
	ok(core_write(core, make_town, core) == 0, "somebody says two things to all, one to one");
	text = wait_for(line_out, "kept");
	ok(strstr(text, "oops") != NULL && when(text, "kept") < said_at + GRACE,
	    "by a free channel they go at once");
	ok(access(dear_out, F_OK) != 0, "by one that costs money they wait");
	ok(core_write(core, take_back, NULL) == 0, "one is taken back");
	text = wait_for(dear_out, "only-you");
	ok(when(text, "only-you") >= said_at + GRACE && when(text, "kept") >= said_at + GRACE,
	    "the others go when the time is over");
	ok(strstr(text, "oops") == NULL, "that one never does");
	core_stop(core);
	core_free(core);
	store_close(store);
	conf_free(conf);
	remove_folder();
	return tap_done();
}
