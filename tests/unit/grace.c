/*
 * Who may undo what they have said has that time before anything that costs money is sent: by a free
 * channel it goes at once, by the other when it is over; and what is taken back meanwhile never goes there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/price.h"
#include "store/fanout.h"
#include "tests/unit/house.h"

#define LIMIT_MS 60000
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
static const struct channel_kind dear_kind = {
	.name = "dear",
	.costs = true,
	.keys = line_keys,
	.window = 64,
	.peer = house_peer,
	.open = line_open,
	.run = line_run,
	.close = free,
	.deliver = line_deliver,
};
static const struct channel_kind *const kinds[] = { &line_kind, &dear_kind, NULL };

/* ---- the town */

static struct house house;
static char line_out[96], dear_out[96];
static int64_t author, pos_gone, said_at;

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

	author = house_person(tx, "author", "line", line);
	ann = house_person(tx, "ann", "line", line);
	ben = house_person(tx, "ben", "dear", dear);
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

int
main(int argc, char **argv)
{
	const char *text;

	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	house_begin(&house, "grace", kinds);
	snprintf(line_out, sizeof(line_out), "%s/line", house.folder);
	snprintf(dear_out, sizeof(dear_out), "%s/dear", house.folder);
	house_open(&house,
	    "state = \"%s\";\nsite = { grace = \"%ds\"; };\n"
	    "channels = ( { name = \"line\"; kind = \"line\"; out = \"%s\"; },\n"
	    "{ name = \"dear\"; kind = \"dear\"; out = \"%s\"; } );\n",
	    house.folder, GRACE, line_out, dear_out);
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_town, house.core) == 0,
	    "somebody says two things to all, one to one");
	text = wait_for(line_out, "kept");
	ok(strstr(text, "oops") != NULL && when(text, "kept") < said_at + GRACE,
	    "by a free channel they go at once");
	ok(access(dear_out, F_OK) != 0, "by one that costs money they wait");
	ok(core_write(house.core, take_back, NULL) == 0, "one is taken back");
	text = wait_for(dear_out, "only-you");
	ok(when(text, "only-you") >= said_at + GRACE && when(text, "kept") >= said_at + GRACE,
	    "the others go when the time is over");
	ok(strstr(text, "oops") == NULL, "that one never does");
	house_end(&house);
	return tap_done();
}
