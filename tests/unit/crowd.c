/*
 * One who floods does not keep others from being heard; who tracks a word gets what has it, from whom they
 * do not follow; and a repeat comes to those who have not got the first.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/track.h"
#include "store/fanout.h"
#include "store/track.h"
#include "tests/unit/house.h"

#define LIMIT_MS 60000
#define FLOOD 200
#define AT_ONCE 64 /* CROWD_MAX of gateway/hear.c */

/* ---- a channel on which one shouts, and another speaks, once there is a file "go" */

struct line {
	struct port *port;
	char folder[64];
	bool said;
};

static const struct conf_key line_keys[] = {
	{ .name = "folder", .type = CONF_PATH, .help = "where to write" },
	{ .name = NULL },
};

static void
note(const struct line *l, const char *name, const char *fmt, const char *a, const char *b)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", l->folder, name);
	f = fopen(path, "a");
	if (f == NULL)
		log_die("cannot write it down");
	fprintf(f, "%s%s%s\n", a, fmt, b);
	fclose(f);
}

static void *
line_open(struct port *port, const struct conf_section *conf)
{
	struct line *l = mem_new(sizeof(*l));

	l->port = port;
	mem_copy(l->folder, sizeof(l->folder), conf_text(conf, "folder"));
	return l;
}

static void
hear(struct line *l, const char *peer, const char *text)
{
	struct inbound in = { .peer = peer,
		.to = "",
		.foreign = "",
		.text = text,
		.text_len = strlen(text),
		.reply_to = "",
		.token = "",
		.proof = PROOF_PEER };

	port_receive(l->port, &in);
}

static void
line_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct line *l = self;

	for (size_t i = 0; i < n; i++) {
		note(l, "out", " ", r[i].peer, o->text);
		port_settle(l->port, r[i].id, SENT, "written", "");
	}
	port_want(l->port, (unsigned)n);
}

/* Tokens are given in order: the last is the quiet one's. */
static void
line_received(void *self, uint64_t token, enum verdict v)
{
	static uint64_t first;

	if (first == 0 || token < first)
		first = token;
	note(self, v == VERDICT_KEPT ? "kept" : "later", "", "", "");
	if (v == VERDICT_KEPT && token == first + FLOOD)
		note(self, "quiet", "", "", "");
}

static int
line_run(void *self)
{
	struct line *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };
	char go[96];

	snprintf(go, sizeof(go), "%s/go", l->folder);
	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, 16);
	while (!port_stopping(l->port)) {
		poll(&p, 1, l->said ? -1 : 20);
		if (port_pump(l->port) == -1)
			return -1;
		if (l->said || access(go, F_OK) != 0)
			continue;
		l->said = true;
		for (int i = 0; i < FLOOD; i++)
			hear(l, "shouter", "HEAR ME");
		hear(l, "quiet", "I saw a hoopoe");
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
	.received = line_received,
};
static const struct channel_kind *const kinds[] = { &line_kind, NULL };

/* ---- the town */

static struct house house;

enum { SHOUTER, QUIET, TRACKER, FRIEND, BOTH, PEOPLE };
static const char *const names[PEOPLE] = { "shouter", "quiet", "tracker", "friend", "both" };
static int64_t ids[PEOPLE], said, again;

static int
make_people(struct tx *tx, void *arg)
{
	for (int i = 0; i < PEOPLE; i++)
		if ((ids[i] = house_person(tx, names[i], "line", core_chan(arg, "line"))) == 0)
			return STORE_FAILED;
	/* "friend" follows one of the two, "both" both */
	follow_set(tx, ids[FRIEND], ids[SHOUTER], FOLLOW_ACTIVE, WANTS_ALL);
	follow_set(tx, ids[BOTH], ids[SHOUTER], FOLLOW_ACTIVE, WANTS_ALL);
	return follow_set(tx, ids[BOTH], ids[QUIET], FOLLOW_ACTIVE, WANTS_ALL);
}

static int
track_it(struct tx *tx, void *arg)
{
	(void)arg;
	return track_set(tx, ids[TRACKER], "hoopoe", "hoopoe", true);
}

static int
say_run(struct tx *tx, void *arg)
{
	struct status_new s = { .author = ids[QUIET], .text = arg, .at = clock_wall() };
	struct status st;
	int rc;

	if (status_add(tx, &s, &said) < 0 || !status_get(tx, said, &st))
		return STORE_FAILED;
	rc = track_status(tx, &st);
	free((char *)st.text);
	return rc;
}

/* The shouter passes on what the quiet one said last; ${arg} is its text. */
static int
pass_on_run(struct tx *tx, void *arg)
{
	struct status_new s = {
		.author = ids[SHOUTER], .text = arg, .at = clock_wall(), .repeats = said
	};

	return status_add(tx, &s, &again);
}

static bool
say(struct core *core, const char *text)
{
	return core_write(core, say_run, (void *)text) == 0;
}

static bool
pass_on(struct core *core, const char *text)
{
	return core_write(core, pass_on_run, (void *)text) == 0;
}

/* Lines of ${name}, those that have ${part} in them. */
static int
lines(const char *name, const char *part)
{
	char path[96], line[512];
	FILE *f;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, part) != NULL;
	if (f != NULL)
		fclose(f);
	return n;
}

static bool
wait_for(const char *name, const char *part, int n)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	while (lines(name, part) < n && clock_ms() < until)
		nanosleep(&nap, NULL);
	return lines(name, part) >= n;
}

/* ---- a store that is busy for as long as it is told to be */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static bool is_busy, may_go, is_over;

static int
be_busy(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	pthread_mutex_lock(&lock);
	is_busy = true;
	pthread_cond_broadcast(&change);
	while (!may_go)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
	return STORE_OK;
}

static void
be_over(struct store_job *job, int result)
{
	(void)job, (void)result;
	pthread_mutex_lock(&lock);
	is_over = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

static void
wait_until(const bool *what)
{
	pthread_mutex_lock(&lock);
	while (!*what)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

static void
let_go(void)
{
	pthread_mutex_lock(&lock);
	may_go = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

static void
test_flood(struct core *core)
{
	static struct store_job job = { .run = be_busy, .done = be_over };
	char go[96];

	store_submit(core_store(core), &job);
	wait_until(&is_busy);
	snprintf(go, sizeof(go), "%s/go", house.folder);
	fclose(fopen(go, "w"));
	ok(wait_for("later", "", FLOOD - AT_ONCE), "who sends too much at once is told to wait");
	ok(lines("kept", "") == 0, "while nothing can be written");
	let_go();
	wait_until(&is_over);
	ok(wait_for("kept", "", AT_ONCE + 1), "then what was taken is kept");
	ok(lines("quiet", "") == 1, "with what another said behind all of that");
	ok(lines("later", "") == FLOOD - AT_ONCE, "who is not told to wait");
}

static void
test_track(struct core *core)
{
	ok(wait_for("out", "tracker quiet: I saw a hoopoe", 1),
	    "who tracks a word gets what a stranger says with it");
	ok(say(core, "no bird at all") && say(core, "Hoopoe, again!") &&
		wait_for("out", "tracker quiet: Hoopoe, again!", 1),
	    "and the next");
	ok(lines("out", "tracker ") == 2, "nothing else");
}

static void
test_repeat(struct core *core)
{
	ok(say(core, "worth hearing") && wait_for("out", "both quiet: worth hearing", 1),
	    "somebody says something");
	ok(pass_on(core, "RT @quiet: worth hearing") && say(core, "the end") &&
		wait_for("out", "both quiet: the end", 1) &&
		wait_for("out", "friend shouter: RT @quiet: worth hearing", 1),
	    "who follows only the one who passes it on gets it from them");
	ok(lines("out", "both shouter: RT") == 0, "who has it already does not");
}

int
main(int argc, char **argv)
{

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "crowd", kinds);
	house_open(&house,
	    "state = \"%s\";\nchannels = ( { name = \"line\"; kind = \"line\"; folder = \"%s\"; } );\n",
	    house.folder, house.folder);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_people, house.core) == 0 &&
		core_write(house.core, track_it, NULL) == 0,
	    "people come");
	test_flood(house.core);
	test_track(house.core);
	test_repeat(house.core);
	house_end(&house);
	return tap_done();
}
