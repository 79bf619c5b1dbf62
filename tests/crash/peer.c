#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/fanout.h"
#include "tests/crash/ledger.h"
#include "tests/crash/peer.h"
#include "tests/crash/world.h"

#define WIRES 16
#define UNKEPT_MAX 16 /* posts on their way at once */
#define DELAY_US 4000 /* the peer answers within */
#define LATER_MS 200  /* what is told "later" is posted again after */
#define PROMISES 8192
#define GAP_MS 500

struct post {
	int author;
	int wire;       /* that it was last said to; -1: to none that lives */
	int64_t say_at; /* when to say it again; 0: not before it is answered */
	bool kept;
	int mentions;         /* a reader, or -1 */
	bool copies[READERS]; /* delivered */
	bool refused[READERS];
};

struct promise { /* an answer the peer will give */
	int64_t at;
	char line[128];
};

static struct wire {
	int fd;    /* -1: none */
	bool side; /* of the second channel, as far as is known */
	struct buf in, out;
	struct promise promises[PROMISES];
	size_t promises_n;
} wires[WIRES];

struct tally tally;
int64_t peer_heard_at;
int peer_defers = 20;

static struct post posts[POSTS_MAX]; /* post k has the foreign id "k" */
static int unkept[UNKEPT_MAX];
static long long last_seen[2][AUTHORS][READERS]; /* position in the log, by each channel */
static int door = -1, allowed;
static long may_repeat;
static int64_t kept_at, longest, gaps;

/* ---- the client */

/* Any that listens, from ${from} on. */
static struct wire *
some_wire(int from)
{
	for (int i = 0; i < WIRES; i++) {
		struct wire *w = &wires[(from + i) % WIRES];

		if (w->fd != -1 && !w->side && w->out.len < 65536)
			return w;
	}
	return NULL;
}

static void
say_post(int k, struct wire *w)
{
	posts[k].wire = w != NULL ? (int)(w - wires) : -1;
	posts[k].say_at = 0;
	if (w == NULL)
		return;
	buf_printf(&w->out, "P %d a%d n %d", k, posts[k].author, k);
	if (posts[k].mentions != -1)
		buf_printf(&w->out, " @r%d", posts[k].mentions);
	buf_text_add(&w->out, "\n");
}

/* Every other post names a follower whose ladder makes a difference of that. */
static int
somebody(int author)
{
	int r = (int)(random() % READERS);

	if (!world_has_ladders() || r % 2 == 0)
		return -1;
	for (int i = 0; i < READERS; i++, r = (r + 1) % READERS)
		if (r % LADDERS == LADDER_SPLIT && world_follows[author][r])
			return r;
	return -1;
}

static void
make_posts(void)
{
	struct wire *w;

	while (tally.posts < allowed && tally.unkept < UNKEPT_MAX && tally.posts < POSTS_MAX &&
	       (w = some_wire((int)(random() % WIRES))) != NULL) {
		int k = tally.posts++;

		posts[k].author = (int)(random() % AUTHORS);
		posts[k].mentions = somebody(posts[k].author);
		unkept[tally.unkept++] = k;
		say_post(k, w);
		if (k % 8 == 0) /* as networks do that heard no answer, some by another way */
			say_post(k, some_wire((int)(w - wires) + k / 8 % 2));
	}
}

static void
post_again(void)
{
	int64_t now = clock_ms();

	for (int i = 0; i < tally.unkept; i++) {
		struct post *p = &posts[unkept[i]];

		if (p->wire == -1 || (p->say_at != 0 && p->say_at <= now))
			say_post(unkept[i], some_wire((int)(random() % WIRES)));
	}
}

static void
note_gap(int64_t now)
{
	int64_t gap = kept_at != 0 ? now - kept_at : 0;

	if (gap > longest)
		longest = gap;
	if (gap > GAP_MS)
		gaps += gap;
	kept_at = now;
}

static void
hear_kept(int k, bool kept)
{
	for (int i = 0; i < tally.unkept; i++) {
		if (unkept[i] != k)
			continue;
		if (!kept) {
			tally.later++;
			posts[k].say_at = clock_ms() + LATER_MS;
			return;
		}
		posts[k].kept = true;
		tally.kept++;
		unkept[i] = unkept[--tally.unkept];
		note_gap(peer_heard_at);
		return;
	}
}

/* ---- the peer */

/* Mentions have one way, the rest another; an author's statuses are in order on each. */
static bool
is_astray(int k, int reader, bool side)
{
	if (!world_has_ladders())
		return side;
	switch (reader % LADDERS) {
	case LADDER_SPLIT:
		return !side && posts[k].mentions != reader;
	case LADDER_MUTED:
		return !side;
	case LADDER_ONE:
		return side;
	default:
		return false;
	}
}

static void
count(int author, int k, int reader, long long pos, bool side)
{
	tally.delivered++;
	tally.astray += is_astray(k, reader, side);
	tally.by_side += side;
	if (posts[k].copies[reader]) {
		tally.repeats++;
		tally.too_many |= tally.repeats > may_repeat;
	} else if (last_seen[side][author][reader] > pos) {
		tally.disorder++;
	} else {
		last_seen[side][author][reader] = pos;
	}
	posts[k].copies[reader] = true;
}

static void
take(struct wire *w, const char *key, int author, int k, int reader, bool side)
{
	struct promise *p;
	long long pos = strtoll(key + 1, NULL, 16);
	int dice = (int)(random() % 2000);
	int code = dice < peer_defers ? 450 : dice == 1999 ? 550 : 250;

	if (k < 0 || k >= tally.posts || author < 0 || author >= AUTHORS || reader < 0 ||
	    reader >= READERS || posts[k].author != author || !world_follows[author][reader])
		log_die("a delivery that nobody is owed: %s", key);
	if (code == 550)
		posts[k].refused[reader] = true;
	if (code == 250)
		count(author, k, reader, pos, side);
	if (w->promises_n == PROMISES)
		log_die("more deliveries at once than any window holds");
	p = &w->promises[w->promises_n++];
	p->at = clock_us() + random() % DELAY_US;
	snprintf(p->line, sizeof(p->line), "A %s %d\n", key, code);
}

static void
keep_promises(struct wire *w)
{
	int64_t now = clock_us();
	size_t kept = 0;

	for (size_t i = 0; i < w->promises_n; i++)
		if (w->promises[i].at <= now)
			buf_text_add(&w->out, w->promises[i].line);
		else
			w->promises[kept++] = w->promises[i];
	w->promises_n = kept;
}

/* ---- the wires */

static void
hear_line(struct wire *w, const char *line)
{
	char key[64];
	int reader, author, k;

	peer_heard_at = clock_ms();
	if (sscanf(line, "D %63s r%d a%d: n %d", key, &reader, &author, &k) == 4)
		take(w, key, author, k, reader, false);
	else if (sscanf(line, "D %63s r%ds a%d: n %d", key, &reader, &author, &k) == 4)
		take(w, key, author, k, reader, true);
	else if (strcmp(line, "W") == 0)
		w->side = false;
	else if (sscanf(line, "K %d", &k) == 1)
		hear_kept(k, true);
	else if (sscanf(line, "L %d", &k) == 1)
		hear_kept(k, false);
	else
		log_die("what is this? %s", line);
}

/* What was not kept is posted again, with the same ids. */
static void
lose_wire(struct wire *w)
{
	close(w->fd);
	w->fd = -1;
	w->promises_n = 0;
	buf_clear(&w->in);
	buf_clear(&w->out);
	for (int i = 0; i < tally.unkept; i++)
		if (posts[unkept[i]].wire == (int)(w - wires))
			posts[unkept[i]].wire = -1;
}

static void
take_wire(void)
{
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	if (fd == -1)
		return;
	while (i < WIRES && wires[i].fd != -1)
		i++;
	if (i == WIRES)
		log_die("more gateways than wires");
	wires[i].fd = fd;
	wires[i].side = world_has_ladders();
}

static void
hear_wire(struct wire *w)
{
	char chunk[65536], *nl;
	ssize_t n = recv(w->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		lose_wire(w);
		return;
	}
	if (n > 0)
		buf_add(&w->in, chunk, (size_t)n);
	while (w->in.len > 0 && (nl = memchr(w->in.data, '\n', w->in.len)) != NULL) {
		*nl = '\0';
		hear_line(w, w->in.data);
		buf_drop(&w->in, (size_t)(nl - w->in.data) + 1);
	}
}

static void
speak(struct wire *w)
{
	ssize_t n;

	keep_promises(w);
	while (w->out.len > 0 &&
	       (n = send(w->fd, w->out.data, w->out.len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		buf_drop(&w->out, (size_t)n);
}

void
peer_turn(void)
{
	struct pollfd p[WIRES + 1] = { { .fd = door, .events = POLLIN } };

	for (int i = 0; i < WIRES; i++)
		p[i + 1] = (struct pollfd){ .fd = wires[i].fd, .events = POLLIN };
	poll(p, WIRES + 1, 1);
	for (int i = 0; i < WIRES; i++)
		if (p[i + 1].revents != 0)
			hear_wire(&wires[i]);
	if (p[0].revents != 0)
		take_wire();
	post_again();
	make_posts();
	for (int i = 0; i < WIRES; i++)
		if (wires[i].fd != -1)
			speak(&wires[i]);
}

/* ---- what others ask */

void
peer_begin(int listener)
{
	door = listener;
	for (int i = 0; i < WIRES; i++)
		wires[i].fd = -1;
}

void
peer_allow(int n)
{
	allowed += n;
}

void
peer_forgive(int windows)
{
	may_repeat += (long)windows * WINDOW * (world_has_ladders() ? 2 : 1);
}

int
peer_wires(void)
{
	int n = 0;

	for (int i = 0; i < WIRES; i++)
		n += wires[i].fd != -1;
	return n;
}

int64_t
peer_gap(int64_t *all)
{
	int64_t gap;

	note_gap(clock_ms());
	gap = longest;
	if (all != NULL)
		*all = gaps;
	longest = gaps = 0;
	return gap;
}

long
peer_missing(void)
{
	long n = 0;

	for (int k = 0; k < tally.posts; k++)
		for (int r = 0; posts[k].kept && r < READERS; r++)
			n += world_follows[posts[k].author][r] && !posts[k].copies[r] &&
			     !posts[k].refused[r];
	return n;
}

static bool
found_one(void *cookie, const struct status *s)
{
	int *times = cookie;
	int k;

	if (sscanf(s->text, "n %d", &k) == 1 && k >= 0 && k < POSTS_MAX)
		times[k]++;
	return true;
}

static void
read_log(int *times)
{
	struct store *s = store_open(world_store(), world_folder);
	struct tx *tx = s != NULL ? store_read(s) : NULL;

	if (tx == NULL)
		log_die("the log cannot be read");
	status_from(tx, 1, 10 * POSTS_MAX, found_one, times);
	store_read_end(tx);
	store_close(s);
}

static void
show_missing(void)
{
	for (int k = 0; k < tally.posts; k++)
		for (int r = 0; posts[k].kept && r < READERS; r++)
			if (world_follows[posts[k].author][r] && !posts[k].copies[r] &&
			    !posts[k].refused[r])
				printf(
				    "# post %d of a%d did not come to r%d (ladder %d), mentions r%d\n",
				    k, posts[k].author, r, r % LADDERS, posts[k].mentions);
}

struct sums
peer_sums(void)
{
	static int times[POSTS_MAX];
	struct sums s = { 0 };

	read_log(times);
	for (int k = 0; k < tally.posts; k++) {
		s.lost += posts[k].kept && times[k] == 0;
		s.twice += times[k] > 1;
	}
	s.missing = peer_missing();
	if (s.missing > 0 && s.missing < 20)
		show_missing();
	return s;
}
