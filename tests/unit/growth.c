/*
 * Nothing grows without bound: what has expired is forgotten as fast as it comes in, and a channel's
 * process that reports without end is read no faster than that can be written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/frame.h"
#include "store/log.h"
#include "tests/unit/house.h"

#define LIMIT_MS 60000
#define OLD 25000      /* ids of what came in long ago */
#define FLOOD 100000   /* frames that a process wants to be rid of */
#define HELD_MAX 30000 /* of them, in sockets and the core: 256 and what one read brings */
#define STUCK_MS 500   /* without room in the socket: nobody reads */

extern const struct channel_kind loop_kind;
static const struct channel_kind *const kinds[] = { &loop_kind, NULL };
static struct house house;

/* ---- a process that floods the core, as its name says */

static void
add_report(struct buf *b)
{
	size_t mark = frame_begin(b, FRAME_REPORT);

	frame_text(b, "s1.1");
	frame_u64(b, BOUNCE);
	frame_text(b, "no such phone");
	frame_end(b, mark);
}

static void
add_state(struct buf *b, int i)
{
	size_t mark = frame_begin(b, FRAME_STATE);

	frame_u64(b, i % 2 ? CHANNEL_UP : CHANNEL_CONNECTING);
	frame_text(b, "");
	frame_end(b, mark);
}

static void
write_number(const char *name, int n)
{
	char path[220], there[210];
	FILE *f;

	snprintf(there, sizeof(there), "%s/%s", getenv("GROWTH_FOLDER"), name);
	snprintf(path, sizeof(path), "%s.new", there);
	f = fopen(path, "w");
	fprintf(f, "%d\n", n);
	fclose(f);
	rename(path, there);
}

static bool
is_there(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", getenv("GROWTH_FOLDER"), name);
	return access(path, F_OK) == 0;
}

static int
flood(const char *name)
{
	struct pollfd p = { .fd = CHILD_FD, .events = POLLOUT };
	struct buf b = { 0 };
	ssize_t n;
	int i = 0;

	while (!is_there("go"))
		poll(NULL, 0, 20);
	for (; i < FLOOD && poll(&p, 1, STUCK_MS) == 1; i++) {
		if (strcmp(name, "reports") == 0)
			add_report(&b);
		else
			add_state(&b, i);
		while (b.len > 0 && poll(&p, 1, STUCK_MS) == 1 &&
		       (n = send(CHILD_FD, b.data, b.len, MSG_NOSIGNAL)) > 0)
			buf_drop(&b, (size_t)n);
	}
	write_number(name, i);
	pause();
	return 0;
}

/* ---- the core */

static int
take_in(struct tx *tx, void *arg)
{
	char id[16];

	(void)arg;
	for (int i = 0; i < OLD; i++) {
		snprintf(id, sizeof(id), "m%d", i);
		if (inbound_note(tx, 1, "bob", id, 0, 0) < 0)
			return STORE_FAILED;
	}
	return STORE_OK;
}

static int
count_old(struct store *s)
{
	struct tx *tx = store_read(s);
	int64_t pos;
	char id[16];
	int n = 0;

	for (int i = 0; i < OLD; i += 100) {
		snprintf(id, sizeof(id), "m%d", i);
		n += !inbound_is_new(tx, 1, "bob", id, &pos);
	}
	store_read_end(tx);
	return n;
}

static void
test_trim(struct store *s)
{
	int64_t until = clock_ms() + LIMIT_MS;

	while (count_old(s) > 0 && clock_ms() < until)
		poll(NULL, 0, 20);
	ok(count_old(s) == 0, "all that has expired goes, however much it is");
}

/* The committer waits until both have been stuck, or were rid of it all. */
static int
hold(struct tx *tx, void *arg)
{
	int64_t until = clock_ms() + LIMIT_MS;

	(void)tx, (void)arg;
	write_number("go", 1);
	while (!(is_there("reports") && is_there("states")) && clock_ms() < until)
		poll(NULL, 0, 20);
	return STORE_OK;
}

static int
read_number(const char *name)
{
	char path[200];
	FILE *f;
	int n = -1;

	snprintf(path, sizeof(path), "%s/%s", house.folder, name);
	f = fopen(path, "r");
	if (f != NULL && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f != NULL)
		fclose(f);
	return n;
}

static void
test_flood(struct core *core)
{
	int reports, states;

	ok(core_write(core, hold, NULL) == 0, "the store is slow, and two processes are busy");
	reports = read_number("reports");
	states = read_number("states");
	ok(reports >= 0 && reports < HELD_MAX, "one cannot report without end");
	ok(states >= 0 && states < HELD_MAX, "nor come up without end");
	printf("# %d reports, %d states of %d\n", reports, states, FLOOD);
}

int
main(int argc, char **argv)
{

	if (house_is_channel(argc, argv))
		return strcmp(argv[2], "good") == 0 ? port_main(CHILD_FD, kinds, NULL)
						    : flood(argv[2]);
	house_begin(&house, "growth", kinds);
	setenv("GROWTH_FOLDER", house.folder, 1);
	house_open(&house,
	    "state = \"%s\";\nchannels = ( { name = \"good\"; kind = \"loop\"; },\n"
	    " { name = \"reports\"; kind = \"loop\"; }, { name = \"states\"; kind = \"loop\"; } );\n",
	    house.folder);
	ok(store_write(house.store, take_in, NULL) == 0 && count_old(house.store) > 0,
	    "much came in long ago");
	ok(house_start(&house), "a core starts");
	test_trim(house.store);
	test_flood(house.core);
	house_end(&house);
	return tap_done();
}
