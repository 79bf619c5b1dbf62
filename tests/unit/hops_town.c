/* A town of three networks that write down what they are given, and of people with ladders. */
#include "tests/unit/hops.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/price.h"
#include "gateway/presence.h"
#include "store/fanout.h"

#define LIMIT_MS 60000
#define POLL_MS 20

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
pen_watch(void *self, const char *peer, bool ask)
{
	struct pen *l = self;

	(void)ask;
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

	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, 64);
	while (!port_stopping(l->port)) {
		if (!house_pump(l->port, POLL_MS))
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

#define PEN                                                                                        \
	.window = 64, .peer = house_peer, .open = pen_open, .run = pen_run, .close = pen_close,    \
	.deliver = pen_deliver
static const struct channel_kind im_kind = {
	.name = "xmpp", .keys = free_keys, .watch = pen_watch, PEN
};
static const struct channel_kind sms_kind = {
	.name = "sms", .keys = cost_keys, .costs = true, PEN
};
static const struct channel_kind mail_kind = { .name = "email", .keys = free_keys, PEN };
const struct channel_kind *const kinds[] = { &im_kind, &sms_kind, &mail_kind, NULL };

/* ---- the town */

struct house house;

void
open_town(void)
{
	house_begin(&house, "hops", kinds);
	house_open(&house,
	    "state = \"%s\";\nsite = { grace = 0; };\nfanout = { fall = 2; };\nchannels = (\n"
	    "{ name = \"im\"; kind = \"xmpp\"; folder = \"%s\"; },\n"
	    "{ name = \"sms\"; kind = \"sms\"; folder = \"%s\"; budget = 0.25;\n"
	    "  cost = ( \"+1 0.10\", \"* 0\" ); },\n"
	    "{ name = \"mail\"; kind = \"email\"; folder = \"%s\"; } );\n",
	    house.folder, house.folder, house.folder, house.folder);
}

static int64_t author, other;
static struct person *making;

int
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

bool
add(struct person *p)
{
	making = p;
	return core_write(house.core, make_person, house.core) == STORE_OK;
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

void
say(int64_t mention, const char *text)
{
	core_write(house.core, run_say, &(struct saying){ author, 0, mention, text });
}

void
tell(int64_t to, const char *text)
{
	core_write(house.core, run_say, &(struct saying){ author, to, 0, text });
}

/* ---- what came */

size_t
read_all(const char *peer, struct came *out)
{
	char path[128], line[1024];
	struct came c;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out", house.folder);
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
int
came(const char *peer, const char *text)
{
	static struct came all[LINES_MAX];
	size_t n = read_all(peer, all);
	int found = 0;

	for (size_t i = 0; i < n; i++)
		found += strstr(all[i].text, text) != NULL;
	return found;
}

bool
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

struct person witness = { "witness", { "witness", NULL, NULL }, { 0 }, { 0 }, { 0 }, 0 };

bool
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

bool
is_behind(int64_t user)
{
	bool is = false;

	asked = user;
	store_write(house.store, run_rows, &is);
	return is;
}

void
put_file(const char *name, const char *text)
{
	char path[128], temp[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	if (f != NULL) {
		fputs(text, f);
		fclose(f);
	}
	rename(temp, path);
}

int
twice(void)
{
	char path[128], line[1024], (*keys)[160] = calloc(LINES_MAX, sizeof(*keys));
	char chan[8], peer[64], key[64];
	size_t n = 0;
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out", house.folder);
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
