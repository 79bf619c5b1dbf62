/*
 * Things go where people's ladders say: three networks, and people who are there or not, sleep, have
 * had enough, have no money left, or whose addresses fail.
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
#include "gateway/presence.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"
#include "store/fanout.h"
#include "tests/tap.h"

#define CHILD_FD 3
#define LIMIT_MS 20000
#define POLL_MS 20
#define LINES_MAX 1000

/*
 * A channel that writes down what it is given: for "never..." it bounces, for "later..." it waits; who is in
 * the file "there" is there.  What the file "report" names has failed after all.
 */
struct pen {
	struct port *port;
	const char *name;
	int out;
	char folder[200];
	char watched[16][64];
	enum presence told[16];
	size_t n;
};

static const struct conf_key free_keys[] = {
	{ .name = "folder", .type = CONF_PATH, .help = "where to write" },
	{ .name = NULL },
};
static const struct conf_key cost_keys[] = {
	{ .name = "folder", .type = CONF_PATH, .help = "where to write" },
	COST_KEYS,
	{ .name = NULL },
};

static void *
pen_open(struct port *port, const struct conf_section *conf)
{
	struct pen *l = mem_new(sizeof(*l));
	char path[256];

	l->port = port;
	l->name = port_name(port);
	snprintf(l->folder, sizeof(l->folder), "%s", conf_text(conf, "folder"));
	snprintf(path, sizeof(path), "%s/out", l->folder);
	l->out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	return l;
}

static enum outcome
ends(const char *peer)
{
	return strncmp(peer, "never", 5) == 0   ? BOUNCE
	       : strncmp(peer, "later", 5) == 0 ? DEFER
						: SENT;
}

static void
pen_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct pen *l = self;
	char line[1024];

	for (size_t i = 0; i < n; i++) {
		int len = snprintf(
		    line, sizeof(line), "%s %s %s %s\n", l->name, r[i].peer, r[i].key, o->text);

		if (ends(r[i].peer) == SENT && write(l->out, line, (size_t)len) != len)
			log_die("cannot write it down");
		port_settle(l->port, r[i].id, ends(r[i].peer), "as its name says", "");
	}
	port_want(l->port, (unsigned)n);
}

/* Is ${word} in the file ${name}? */
static bool
stands_in(const struct pen *l, const char *name, const char *word)
{
	char path[256], line[128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", l->folder, name);
	f = fopen(path, "r");
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, word) == 0;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static void
look(struct pen *l, size_t i)
{
	enum presence is = stands_in(l, "there", l->watched[i]) ? PRESENCE_THERE : PRESENCE_GONE;

	if (is == l->told[i])
		return;
	l->told[i] = is;
	port_presence(l->port, l->watched[i], is);
}

static void
pen_watch(void *self, const char *peer)
{
	struct pen *l = self;

	if (l->n == 16)
		return;
	snprintf(l->watched[l->n], sizeof(l->watched[0]), "%s", peer);
	look(l, l->n++);
}

static void
report(struct pen *l)
{
	char path[256], key[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/report-%s", l->folder, l->name);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fscanf(f, "%63s", key) == 1)
		port_report(l->port, key, BOUNCE, "no such number");
	fclose(f);
	unlink(path);
}

static int
pen_run(void *self)
{
	struct pen *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };

	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, 64);
	while (!port_stopping(l->port)) {
		poll(&p, 1, POLL_MS);
		if (port_pump(l->port) == -1)
			return -1;
		for (size_t i = 0; i < l->n; i++)
			look(l, i);
		report(l);
	}
	return 0;
}

static void
pen_close(void *self)
{
	close(((struct pen *)self)->out);
	free(self);
}

static int
pen_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "that is too long";
	return mem_copy(out, size, typed);
}

#define PEN                                                                                        \
	.window = 64, .peer = pen_peer, .open = pen_open, .run = pen_run, .close = pen_close,      \
	.deliver = pen_deliver
static const struct channel_kind im_kind = {
	.name = "xmpp", .keys = free_keys, .watch = pen_watch, PEN
};
static const struct channel_kind sms_kind = {
	.name = "sms", .keys = cost_keys, .costs = true, PEN
};
static const struct channel_kind mail_kind = { .name = "email", .keys = free_keys, PEN };
static const struct channel_kind *const kinds[] = { &im_kind, &sms_kind, &mail_kind, NULL };

/* ---- the town */

static char folder[64];
static struct core *core;
static struct store *store;

static struct conf *
settings(void)
{
	struct conf_faults faults = { 0 };
	struct conf *conf;
	char text[1024];
	int n = snprintf(text, sizeof(text),
	    "state = \"%s\";\nsite = { grace = 0; };\nfanout = { fall = 2; };\nchannels = (\n"
	    "{ name = \"im\"; kind = \"xmpp\"; folder = \"%s\"; },\n"
	    "{ name = \"sms\"; kind = \"sms\"; folder = \"%s\"; budget = 0.25;\n"
	    "  cost = ( \"+1 0.10\", \"* 0\" ); },\n"
	    "{ name = \"mail\"; kind = \"email\"; folder = \"%s\"; } );\n",
	    folder, folder, folder, folder);

	conf = conf_load_text("conf", 0600, text, (size_t)n, settings_schema(kinds), &faults);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	return conf;
}

struct person {
	const char *name;
	const char *peer[3]; /* on im, sms and mail; NULL: none */
	unsigned takes[3];
	int daily[3];
	int order[3]; /* of them */
	int64_t id;
};

static int64_t author, other;
static struct person *making;

static int
make_author(struct tx *tx, void *arg)
{
	struct user u = { .name = "alice", .lang = "en", .zone = "UTC" };

	(void)arg;
	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	author = u.id;
	snprintf(u.name, sizeof(u.name), "carol");
	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	other = u.id;
	return STORE_OK;
}

static int
make_person(struct tx *tx, void *arg)
{
	static const char *const names[] = { "im", "sms", "mail" }, *const kind_names[] = { "xmpp",
		"sms", "email" };
	struct user u = { .lang = "en", .zone = "UTC" };
	struct person *p = making;

	snprintf(u.name, sizeof(u.name), "%s", p->name);
	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	p->id = u.id;
	for (int i = 0; i < 3; i++) {
		struct address a = { .user = u.id, .state = ADDRESS_VERIFIED };
		int k = p->order[0] == p->order[1] ? i : p->order[i];

		if (p->peer[k] == NULL)
			continue;
		a.chan = core_chan(arg, names[k]);
		a.takes = p->takes[k];
		a.daily = p->daily[k];
		snprintf(a.kind, sizeof(a.kind), "%s", kind_names[k]);
		snprintf(a.peer, sizeof(a.peer), "%s", p->peer[k]);
		if (address_add(tx, &a) < 0)
			return STORE_FAILED;
	}
	if (ladder_settle(tx, u.id) < 0 ||
	    follow_set(tx, u.id, other, FOLLOW_ACTIVE, WANTS_ALL) < 0)
		return STORE_FAILED;
	return follow_set(tx, u.id, author, FOLLOW_ACTIVE, WANTS_ALL);
}

static bool
add(struct person *p)
{
	making = p;
	return core_write(core, make_person, core) == STORE_OK;
}

struct saying {
	int64_t author, to, mention;
	const char *text;
};

static int
run_say(struct tx *tx, void *arg)
{
	const struct saying *s = arg;
	struct status_new n = { .author = s->author,
		.to = s->to,
		.text = s->text,
		.at = clock_wall(),
		.addressed = { s->to != 0 ? s->to : s->mention },
		.addressed_n = s->to != 0 || s->mention != 0 };
	int64_t pos;

	return status_add(tx, &n, &pos);
}

static void
say(int64_t mention, const char *text)
{
	core_write(core, run_say, &(struct saying){ author, 0, mention, text });
}

static void
tell(int64_t to, const char *text)
{
	core_write(core, run_say, &(struct saying){ author, to, 0, text });
}

/* ---- what came */

struct came {
	char chan[8], peer[64], key[64], text[256];
};

static size_t
read_all(const char *peer, struct came *out)
{
	char path[128], line[1024];
	struct came c;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out", folder);
	f = fopen(path, "r");
	while (f != NULL && n < LINES_MAX && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%7s %63s %63s %255[^\n]", c.chan, c.peer, c.key, c.text) == 4 &&
		    strcmp(c.peer, peer) == 0)
			out[n++] = c;
	if (f != NULL)
		fclose(f);
	return n;
}

/* How often ${text} came to ${peer}. */
static int
came(const char *peer, const char *text)
{
	static struct came all[LINES_MAX];
	size_t n = read_all(peer, all);
	int found = 0;

	for (size_t i = 0; i < n; i++)
		found += strstr(all[i].text, text) != NULL;
	return found;
}

static bool
wait_for(const char *peer, const char *text)
{
	struct timespec nap = { 0, 10000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	while (came(peer, text) == 0 && clock_ms() < until)
		nanosleep(&nap, NULL);
	if (came(peer, text) == 0)
		printf("# %s did not come to %s\n", text, peer);
	return came(peer, text) == 1;
}

/* What was said last has come to a witness who has no wishes: whoever else was to get it has, or is held. */
static struct person witness = { "witness", { "witness", NULL, NULL }, { 0 }, { 0 }, { 0 }, 0 };

static bool
all_said(const char *text)
{
	return wait_for("witness", text);
}

static int64_t asked;

static int
run_rows(struct tx *tx, void *arg)
{
	struct behind b;

	*(bool *)arg = behind_get(tx, asked, &b);
	return STORE_OK;
}

static bool
is_behind(int64_t user)
{
	bool is = false;

	asked = user;
	store_write(store, run_rows, &is);
	return is;
}

static void
put_file(const char *name, const char *text)
{
	char path[128], temp[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	if (f != NULL) {
		fputs(text, f);
		fclose(f);
	}
	rename(temp, path);
}

/* ---- the chapters */

static void
test_plain(void)
{
	struct person p = { "plain", { "plain-im", "plain-sms", NULL }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody with two addresses and no wishes");
	say(0, "one for all");
	tell(p.id, "one for you");
	ok(wait_for("plain-im", "one for all") && wait_for("plain-im", "one for you") &&
		came("plain-sms", "one") == 0,
	    "gets all by the first");
}

static void
test_classes(void)
{
	struct person p = { "split", { "split-im", "split-sms", NULL }, { 0, RUNG_ADDRESSED },
		{ 0 }, { 1, 0, 2 }, 0 };

	ok(add(&p), "somebody who wants mentions by text, and the rest by chat");
	say(0, "not for you");
	say(p.id, "named you");
	tell(p.id, "told you");
	ok(wait_for("split-sms", "named you") && wait_for("split-sms", "told you") &&
		wait_for("split-im", "not for you"),
	    "each goes its way");
	ok(came("split-im", "you") == 1 && came("split-sms", "you") == 2, "and no other");
}

static void
test_unwanted(void)
{
	struct person p = { "only", { NULL, "only-sms", NULL }, { 0, RUNG_ADDRESSED }, { 0 }, { 0 },
		0 };

	ok(add(&p), "somebody who wants mentions and nothing else");
	say(0, "of no interest");
	say(p.id, "of interest");
	ok(wait_for("only-sms", "of interest") && came("only-sms", "no interest") == 0,
	    "gets those");
	ok(all_said("of interest") && !is_behind(p.id), "and is not behind");
}

static void
test_there(void)
{
	struct person p = { "seen", { "seen-im", NULL, "seen-mail" },
		{ RUNG_PRESENT | RUNG_FREE, 0, 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who wants chat when there, and else mail");
	say(0, "nobody home");
	ok(wait_for("seen-mail", "nobody home"), "who is not there gets mail");
	put_file("there", "seen-im\n");
	for (int i = 0; presence_get(core_chan(core, "im"), "seen-im") != PRESENCE_THERE && i < 500;
	     i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	say(0, "somebody home");
	ok(wait_for("seen-im", "somebody home"), "who comes gets chat");
	put_file("there", "");
	for (int i = 0; presence_get(core_chan(core, "im"), "seen-im") == PRESENCE_THERE && i < 500;
	     i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	say(0, "gone again");
	ok(wait_for("seen-mail", "gone again") && came("seen-im", "home") == 1 &&
		came("seen-mail", "home") == 1,
	    "who goes gets mail, and nothing twice");
}

static void
test_held(void)
{
	struct person p = { "online", { "online-im", "online-sms", NULL },
		{ RUNG_PRESENT, RUNG_DIRECT, 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who wants chat when there, and direct messages by text");
	for (int i = 0; i < 6; i++)
		say(0, i == 5 ? "while away, six" : "while away");
	ok(all_said("while away, six"), "much is said while they are away");
	tell(p.id, "urgent");
	ok(wait_for("online-sms", "urgent"), "a direct message does not wait for what is held");
	say(p.id, "naming them");
	ok(came("online-im", "") == 0, "the rest is");
	put_file("there", "online-im\n");
	ok(wait_for("online-im", "6 new while you were away: alice 6") &&
		wait_for("online-im", "naming them"),
	    "who comes back gets a sum, and what named them in full");
	say(0, "back again");
	ok(wait_for("online-im", "back again") && came("online-im", "while away") == 0 &&
		came("online-im", "urgent") == 0 && came("online-sms", "") == 1,
	    "then all as it comes, and nothing twice");
	put_file("there", "");
}

static int64_t sleeper, sleeps_until;

static int
run_sleep(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	if (!user_by_id(tx, sleeper, &u))
		return STORE_FAILED;
	u.quiet_until = sleeps_until;
	return user_update(tx, &u);
}

static void
test_quiet(void)
{
	struct person p = { "sleepy", { "sleepy-im", NULL, NULL }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who sleeps");
	sleeper = p.id;
	sleeps_until = clock_wall() + 3;
	core_write(core, run_sleep, NULL);
	say(0, "first in the night");
	say(0, "second in the night");
	say(0, "third in the night");
	say(0, "fourth in the night");
	tell(p.id, "a word in the night");
	ok(all_said("fourth in the night") && came("sleepy-im", "night") == 0, "gets nothing");
	ok(wait_for("sleepy-im", "4 new while you were away") &&
		wait_for("sleepy-im", "a word in the night"),
	    "and in the morning a sum, and what was for them alone");
	ok(clock_wall() >= sleeps_until && came("sleepy-im", "in the night") == 1,
	    "not before, and no more");
	sleeps_until = clock_wall() + 2;
	core_write(core, run_sleep, NULL);
	say(0, "a nap");
	ok(all_said("a nap") && wait_for("sleepy-im", "a nap"), "one thing comes itself");
}

static void
test_enough(void)
{
	struct person p = { "capped", { NULL, "capped-sms", "capped-mail" }, { 0 }, { 0, 2, 0 },
		{ 0 }, 0 };

	ok(add(&p), "somebody who wants two texts a day, and the rest by mail");
	say(0, "count 1");
	say(0, "count 2");
	say(0, "count 3");
	say(p.id, "count 4");
	ok(wait_for("capped-mail", "count 3") && wait_for("capped-mail", "count 4") &&
		came("capped-sms", "count") == 2 && came("capped-mail", "count") == 2,
	    "gets just that");
}

static void
test_money(void)
{
	struct person p = { "spender", { NULL, "+1555", "spender-mail" }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody with money for two texts");
	for (int i = 0; i < 5; i++)
		say(0, i == 4 ? "dear five" : "dear");
	ok(wait_for("spender-mail", "dear five"),
	    "when it is spent, the next address has its turn");
	ok(came("+1555", "dear") == 2 && came("spender-mail", "dear") == 3, "to the last text");
	ok(wait_for("spender-mail", "money for sms is spent"), "and they are told");
	say(0, "dear six");
	ok(wait_for("spender-mail", "dear six") && came("spender-mail", "money") == 1, "once");
}

static void
test_refused(void)
{
	struct person p = { "unlucky", { "never-unlucky", NULL, "unlucky-mail" }, { 0 }, { 0 },
		{ 0 }, 0 };
	struct person q = { "doomed", { "never-doomed", NULL, "never-doomed" }, { 0 }, { 0 }, { 0 },
		0 };

	ok(add(&p) && add(&q),
	    "somebody whose first address refuses all, and somebody whose two do");
	say(0, "try one");
	tell(p.id, "try two");
	ok(wait_for("unlucky-mail", "try one") && wait_for("unlucky-mail", "try two"),
	    "the next has it at once");
	say(0, "try three");
	say(0, "try four");
	ok(wait_for("unlucky-mail", "try three") && wait_for("unlucky-mail", "try four"),
	    "when the first has failed for good, too");
}

static void
test_falls(void)
{
	struct person p = { "slow", { "later-slow", NULL, "slow-mail" }, { 0 }, { 0 }, { 0 }, 0 };
	int64_t began;

	ok(add(&p), "somebody whose first address does not answer");
	began = clock_ms();
	say(0, "patience one");
	say(0, "patience two");
	ok(wait_for("slow-mail", "patience one") && wait_for("slow-mail", "patience two"),
	    "the next has it");
	ok(clock_ms() - began >= 1000 && came("slow-mail", "patience") == 2,
	    "after a time, and once");
}

static void
test_report(void)
{
	struct person p = { "reported", { NULL, "+49170", "reported-mail" }, { 0 }, { 0 }, { 0 },
		0 };
	static struct came all[LINES_MAX];

	ok(add(&p), "somebody whose texts are reported later");
	say(0, "lost on the way");
	ok(wait_for("+49170", "lost on the way"), "a text goes out");
	ok(read_all("+49170", all) == 1, "one");
	put_file("report-sms", all[0].key);
	ok(wait_for("reported-mail", "lost on the way"),
	    "reported as failed, it comes by the next");
}

/* ---- */

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

static int
twice(void)
{
	char path[128], line[1024], (*keys)[160] = calloc(LINES_MAX, sizeof(*keys));
	char chan[8], peer[64], key[64];
	size_t n = 0;
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out", folder);
	f = fopen(path, "r");
	while (f != NULL && n < LINES_MAX && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%7s %63s %63s", chan, peer, key) != 3)
			continue;
		snprintf(keys[n], sizeof(keys[n]), "%s", key);
		for (size_t i = 0; i < n; i++)
			found += strcmp(keys[i], keys[n]) == 0;
		n++;
	}
	if (f != NULL)
		fclose(f);
	free(keys);
	return found;
}

int
main(int argc, char **argv)
{
	struct conf *conf;
	char exe[4096] = "";

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "--channel") == 0)
		return port_main(CHILD_FD, kinds, NULL);
	secret_init();
	snprintf(folder, sizeof(folder), "/tmp/hudhud-hops.XXXXXX");
	if (mkdtemp(folder) == NULL || readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return 2;
	conf = settings();
	store = store_open("sqlite:hudhud.db", folder);
	core = core_new(conf, store, kinds, exe);
	ok(core != NULL && core_start(core) == 0, "a core starts");
	ok(core_write(core, make_author, NULL) == 0 && add(&witness), "and there are people");
	test_plain();
	test_classes();
	test_unwanted();
	test_there();
	test_held();
	test_quiet();
	test_enough();
	test_money();
	test_refused();
	test_falls();
	test_report();
	ok(twice() == 1, "nothing came twice, by whatever way, but what was lost");
	core_stop(core);
	core_free(core);
	store_close(store);
	conf_free(conf);
	remove_folder();
	return tap_done();
}
