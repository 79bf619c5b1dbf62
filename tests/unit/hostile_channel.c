/*
 * Channels whose processes lie, babble, hang or die, beside one that works: the core hears
 * nothing false, starts them again, and the good one's followers notice nothing.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/frame.h"
#include "store/fanout.h"
#include "tests/unit/house.h"

#define LIMIT_MS 60000

extern const struct channel_kind loop_kind;
static const struct channel_kind *const kinds[] = { &loop_kind, NULL };

static const char *const bad[] = { "slow", "babble", "endless", "forge", "crash", "claim", "deaf" };
#define BAD (sizeof(bad) / sizeof(bad[0]))

/* ---- the bad ones, as processes */

static void
say(struct buf *b)
{
	size_t done = 0;
	ssize_t n;

	while (
	    done < b->len && (n = send(CHILD_FD, b->data + done, b->len - done, MSG_NOSIGNAL)) > 0)
		done += (size_t)n;
	buf_free(b);
}

static void
say_numbers(enum frame_type type, uint64_t a, uint64_t b, const char *s, const char *t)
{
	struct buf out = { 0 };
	size_t mark = frame_begin(&out, type);

	frame_u64(&out, a);
	if (type == FRAME_SETTLE)
		frame_u64(&out, b);
	frame_text(&out, s);
	if (type == FRAME_SETTLE)
		frame_text(&out, t);
	frame_end(&out, mark);
	say(&out);
}

static void
say_number(enum frame_type type, uint64_t n)
{
	struct buf out = { 0 };
	size_t mark = frame_begin(&out, type);

	frame_u64(&out, n);
	frame_end(&out, mark);
	say(&out);
}

/* The id of a delivery frame's first recipient. */
static uint64_t
delivery_of(struct frame *f)
{
	(void)frame_get_u64(f);
	for (int i = 0; i < 7; i++)
		(void)frame_get(f, NULL);
	for (int i = 0; i < 3; i++)
		(void)frame_get_u64(f);
	return frame_get_u64(f);
}

static void
wait_for_end(void)
{
	char chunk[4096];

	while (recv(CHILD_FD, chunk, sizeof(chunk), 0) > 0)
		;
}

/* Settle what was never given, with every outcome, and claim impossible states. */
static void
forge(void)
{
	say_numbers(FRAME_STATE, CHANNEL_UP, 0, "", "");
	for (uint64_t id = 0; id < 5000; id++)
		say_numbers(FRAME_SETTLE, id << 20 | (id & 255), id % 3, "forged", "");
	wait_for_end();
}

/* Somebody's name, longer than any may be. */
static void
claim(void)
{
	struct buf out = { 0 };
	size_t mark = frame_begin(&out, FRAME_RECEIVE);
	char *peer = mem_new(5000);

	memset(peer, 'x', 4999);
	frame_u64(&out, 1);
	frame_text(&out, peer);
	for (int i = 0; i < 5; i++)
		frame_text(&out, "");
	frame_u64(&out, PROOF_PEER);
	frame_u64(&out, 0);
	frame_end(&out, mark);
	say(&out);
	free(peer);
	wait_for_end();
}

static void
touch(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		abort();
	fclose(f);
}

/* Take one delivery at a time, say so by a file, and settle it once there is the other. */
static void
be_slow(void)
{
	struct timespec nap = { 0, 20000000 };
	struct buf in = { 0 };
	char chunk[4096];
	struct frame f;
	ssize_t n;
	long used;

	say_numbers(FRAME_STATE, CHANNEL_UP, 0, "", "");
	say_number(FRAME_WANT, 1);
	while ((n = recv(CHILD_FD, chunk, sizeof(chunk), 0)) > 0) {
		buf_add(&in, chunk, (size_t)n);
		while ((used = frame_next(in.data, in.len, &f)) > 0) {
			if (f.type == FRAME_DELIVER) {
				touch(getenv("SLOW_HAS"));
				while (access(getenv("SLOW_GO"), F_OK) != 0)
					nanosleep(&nap, NULL);
				say_numbers(FRAME_SETTLE, delivery_of(&f), SENT, "slowly", "");
				say_number(FRAME_WANT, 1);
			}
			buf_drop(&in, (size_t)used);
		}
	}
	buf_free(&in);
}

static int
be_bad(const char *how)
{
	struct buf out = { 0 };

	if (strcmp(how, "slow") == 0) {
		be_slow();
	} else if (strcmp(how, "babble") == 0) {
		buf_text_add(&out, "HTTP/1.1 400 Bad Request\r\n\r\n");
		say(&out);
		wait_for_end();
	} else if (strcmp(how, "endless") == 0) {
		buf_add(&out, "\xff\xff\xff\x7f\x22", 5);
		say(&out);
		wait_for_end();
	} else if (strcmp(how, "forge") == 0) {
		forge();
	} else if (strcmp(how, "claim") == 0) {
		claim();
	} else if (strcmp(how, "crash") == 0) {
		raise(SIGSEGV);
	} else {
		pause(); /* deaf: does not even read its settings */
	}
	return 1;
}

/* ---- the core */

static struct house house;

/* One good channel, and the bad ones. */
static void
open_house(void)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < BAD; i++)
		buf_printf(&b, ",\n { name = \"%s\"; kind = \"loop\"; }", bad[i]);
	house_open(&house,
	    "state = \"%s\";\nfanout = { patience = 1; };\n"
	    "channels = ( { name = \"good\"; kind = \"loop\"; }%s );\n",
	    house.folder, buf_text(&b));
	buf_free(&b);
}

static int
make_people(struct tx *tx, void *arg)
{
	struct core *c = arg;
	struct user alice = { .name = "alice", .lang = "en", .zone = "UTC" };
	struct user bob = { .name = "bob", .lang = "en", .zone = "UTC" };
	struct address a = { .kind = "loop", .peer = "bob", .state = ADDRESS_VERIFIED };

	if (user_add(tx, &alice) < 0 || user_add(tx, &bob) < 0)
		return STORE_FAILED;
	a.user = bob.id;
	a.chan = core_chan(c, "good");
	if (address_add(tx, &a) < 0 || ladder_settle(tx, bob.id) < 0)
		return STORE_FAILED;
	return follow_set(tx, bob.id, alice.id, FOLLOW_ACTIVE, WANTS_ALL);
}

/* Carol's first address is on a channel that never answers, her second on the good one. */
static int
make_carol(struct tx *tx, void *arg)
{
	struct core *c = arg;
	struct user carol = { .name = "carol", .lang = "en", .zone = "UTC" }, alice;
	struct address a = { .kind = "loop", .peer = "carol at deaf", .state = ADDRESS_VERIFIED };

	if (user_add(tx, &carol) < 0 || !user_by_name(tx, "alice", &alice))
		return STORE_FAILED;
	a.user = carol.id;
	a.chan = core_chan(c, "deaf");
	if (address_add(tx, &a) < 0)
		return STORE_FAILED;
	snprintf(a.peer, sizeof(a.peer), "carol");
	a.chan = core_chan(c, "good");
	if (address_add(tx, &a) < 0 || ladder_settle(tx, carol.id) < 0)
		return STORE_FAILED;
	return follow_set(tx, carol.id, alice.id, FOLLOW_ACTIVE, WANTS_ALL);
}

/* Dora follows alice by a slow channel. */
static int
make_dora(struct tx *tx, void *arg)
{
	struct core *c = arg;
	struct user dora = { .name = "dora", .lang = "en", .zone = "UTC" }, alice;
	struct address a = { .kind = "loop", .peer = "dora", .state = ADDRESS_VERIFIED };

	if (user_add(tx, &dora) < 0 || !user_by_name(tx, "alice", &alice))
		return STORE_FAILED;
	a.user = dora.id;
	a.chan = core_chan(c, "slow");
	if (address_add(tx, &a) < 0 || ladder_settle(tx, dora.id) < 0)
		return STORE_FAILED;
	return follow_set(tx, dora.id, alice.id, FOLLOW_ACTIVE, WANTS_ALL);
}

static int
leave(struct tx *tx, void *arg)
{
	struct user dora, alice;

	(void)arg;
	if (!user_by_name(tx, "alice", &alice) || !user_by_name(tx, "dora", &dora))
		return STORE_FAILED;
	return follow_set(tx, dora.id, alice.id, FOLLOW_NONE, WANTS_ALL);
}

static int
post(struct tx *tx, void *arg)
{
	struct user alice;
	struct status_new s = { .text = "hello", .at = 1, .big = 5000 };
	int64_t pos;

	(void)arg;
	if (!user_by_name(tx, "alice", &alice))
		return STORE_FAILED;
	s.author = alice.id;
	return status_add(tx, &s, &pos);
}

static const struct health *
health_of(const struct health *h, size_t n, const char *name)
{
	while (n > 0 && strcmp(h->name, name) != 0) {
		h++;
		n--;
	}
	return h;
}

/* Wait until ${sent} copies went out by the good one and each bad one was started again. */
static bool
wait_for(struct core *c, int64_t sent, bool restarts)
{
	struct health h[BAD + 1];
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;
	size_t n;
	bool fine;

	do {
		n = core_health(c, h, BAD + 1);
		fine = health_of(h, n, "good")->sent >= sent;
		for (size_t i = 0; restarts && i < BAD; i++)
			fine &= strcmp(bad[i], "deaf") == 0 || strcmp(bad[i], "forge") == 0 ||
				strcmp(bad[i], "slow") == 0 ||
				health_of(h, n, bad[i])->restarts >= 2;
		if (fine)
			return true;
		nanosleep(&nap, NULL);
	} while (clock_ms() < until);
	return false;
}

/* Wait until the slow one has ${sent} behind it and ${waiting} before it. */
static bool
wait_for_slow(struct core *c, int64_t sent, int64_t waiting)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;
	struct health h[BAD + 1];
	const struct health *slow;

	do {
		slow = health_of(h, core_health(c, h, BAD + 1), "slow");
		if (slow->sent == sent && slow->waiting == waiting)
			return true;
		nanosleep(&nap, NULL);
	} while (clock_ms() < until);
	return false;
}

/* Does the slow one have something in its hands? */
static bool
wait_for_hands(void)
{
	struct timespec nap = { 0, 20000000 };
	int64_t until = clock_ms() + LIMIT_MS;

	while (access(getenv("SLOW_HAS"), F_OK) != 0 && clock_ms() < until)
		nanosleep(&nap, NULL);
	return access(getenv("SLOW_HAS"), F_OK) == 0;
}

/* Who leaves gets nothing more but what the channel has in its hands. */
static void
test_leave(struct core *core)
{
	ok(core_write(core, make_dora, core) == 0, "somebody follows by a slow channel");
	for (int i = 0; i < 5; i++)
		core_write(core, post, NULL);
	ok(wait_for_hands() && wait_for_slow(core, 0, 5), "five wait there, one in its hands");
	ok(core_write(core, leave, NULL) == 0, "and leaves");
	touch(getenv("SLOW_GO"));
	ok(wait_for_slow(core, 1, 0), "only the one that was under way arrives");
}

int
main(int argc, char **argv)
{
	struct health h[BAD + 1];
	char go[96], has[96];
	int64_t began;
	size_t n;

	if (house_is_channel(argc, argv))
		return strcmp(argv[2], "good") == 0 ? port_main(CHILD_FD, kinds, NULL)
						    : be_bad(argv[2]);
	house_begin(&house, "hostile", kinds);
	snprintf(go, sizeof(go), "%s/go", house.folder);
	setenv("SLOW_GO", go, 1);
	snprintf(has, sizeof(has), "%s/has", house.folder);
	setenv("SLOW_HAS", has, 1);
	open_house();
	ok(house_start(&house), "a core starts among bad channels");
	ok(core_write(house.core, make_people, house.core) == 0, "people are there");
	for (int i = 0; i < 50; i++)
		core_write(house.core, post, NULL);
	ok(wait_for(house.core, 50, false), "what goes by the good channel arrives");
	ok(wait_for(house.core, 50, true),
	    "those that babble, claim or crash are ended and started again");
	core_write(house.core, post, NULL);
	ok(wait_for(house.core, 51, false), "and still it goes on");
	ok(core_write(house.core, make_carol, house.core) == 0,
	    "somebody has a dead channel before the good one");
	for (int i = 0; i < 5; i++)
		core_write(house.core, post, NULL);
	ok(wait_for(house.core, 61, false), "what the dead one does not bring comes by the other");
	n = core_health(house.core, h, BAD + 1);
	ok(health_of(h, n, "forge")->sent == 0 && health_of(h, n, "forge")->bounced == 0,
	    "what was never given cannot be settled");
	ok(health_of(h, n, "good")->restarts == 0 && health_of(h, n, "good")->sent == 61,
	    "the good one was not touched, and repeated nothing");
	test_leave(house.core);
	began = clock_ms();
	house_end(&house);
	ok(clock_ms() - began < 10000, "it stops though some do not take leave");
	return tap_done();
}
