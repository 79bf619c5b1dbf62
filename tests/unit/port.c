/* A channel's end of the socket: frames that come in pieces, and what is kept back. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "gateway/frame.h"
#include "gateway/port.h"
#include "tests/tap.h"

#define MANY 1000 /* recipients */
#define MUCH 5000 /* reports held: more than a socket, and than is kept back */

static int core, channel; /* the two ends */
static struct port *the_port;
static size_t delivered;
static bool as_sent = true, kept_back;

static int
unread(void)
{
	int n = 0;

	ioctl(core, FIONREAD, &n);
	return n;
}

static void *
test_open(struct port *port, const struct conf_section *conf)
{
	(void)conf;
	the_port = port;
	return port;
}

static int
test_run(void *self)
{
	struct pollfd p = { .fd = port_fd(self), .events = POLLIN };

	while (!port_stopping(self))
		if (poll(&p, 1, -1) == 1 && port_pump(self) == -1)
			return -1;
	return 0;
}

static void
test_close(void *self)
{
	(void)self;
}

/* What each recipient must be. */
static void
describe(size_t i, char key[32], char peer[300])
{
	snprintf(key, 32, "s1.%zx", i);
	snprintf(peer, 300, "%0*zu@x", (int)(i % 290), i);
}

static void
test_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	uint64_t ids[MANY];
	char key[32], peer[300];

	for (size_t i = 0; i < n; i++) {
		describe(i, key, peer);
		ids[i] = r[i].id;
		as_sent &= strcmp(r[i].key, key) == 0 && strcmp(r[i].peer, peer) == 0 &&
			   r[i].id == i + 1 && strcmp(o->text, "words") == 0;
	}
	delivered += n;
	port_hold(self);
	port_settle_all(self, ids, n, SENT, "");
	port_want(self, (unsigned)n);
	kept_back = unread() == 0;
	port_release(self);
}

static const struct conf_key no_keys[] = { { .name = NULL } };
static const struct channel_kind kind = {
	.name = "test",
	.keys = no_keys,
	.open = test_open,
	.run = test_run,
	.close = test_close,
	.deliver = test_deliver,
};
static const struct channel_kind *const kinds[] = { &kind, NULL };

static void *
run_channel(void *status)
{
	*(int *)status = port_main(channel, kinds, NULL);
	return NULL;
}

static void
hello(struct buf *b)
{
	struct conf_group none[] = { { .name = NULL } };
	struct conf_kind ck[] = { { "test", no_keys, NULL }, { .name = NULL } };
	struct conf_schema schema = { .top = no_keys, .groups = none, .kinds = ck };
	struct conf_faults faults = { 0 };
	struct buf packed = { 0 };
	char path[] = "/tmp/hudhud-port.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct conf *conf;
	size_t mark = frame_begin(b, FRAME_HELLO);

	fprintf(f, "channels = ( { name = \"t\"; kind = \"test\"; } );\n");
	fclose(f);
	conf = conf_load(path, &schema, &faults);
	unlink(path);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	frame_text(b, "test");
	frame_text(b, "t");
	conf_pack(conf_channel(conf, 0), &packed);
	frame_bytes(b, packed.data, packed.len);
	frame_end(b, mark);
	buf_free(&packed);
	conf_free(conf);
}

static void
deliver(struct buf *b)
{
	char key[32], peer[300];
	size_t mark = frame_begin(b, FRAME_DELIVER);

	frame_u64(b, OUT_STATUS);
	frame_text(b, "alice");
	frame_text(b, "words");
	for (int i = 0; i < 5; i++)
		frame_text(b, "");
	frame_u64(b, 0);
	frame_u64(b, 0);
	frame_u64(b, MANY);
	for (size_t i = 0; i < MANY; i++) {
		describe(i, key, peer);
		frame_u64(b, i + 1);
		frame_text(b, key);
		frame_text(b, peer);
		frame_text(b, "");
		frame_text(b, "");
	}
	frame_end(b, mark);
}

/* Read ${n} frames of ${type} after what there is of others; false if something else comes. */
static bool
hears(struct buf *in, enum frame_type type, unsigned n)
{
	struct frame f;
	char chunk[4096];
	ssize_t got;
	long k;

	while (n > 0) {
		k = frame_next(in->data, in->len, &f);
		if (k == 0) {
			got = recv(core, chunk, sizeof(chunk), 0);
			if (got <= 0)
				return false;
			buf_add(in, chunk, (size_t)got);
			continue;
		}
		if (k < 0 || f.type != type)
			return false;
		buf_drop(in, (size_t)k);
		n--;
	}
	return true;
}

static void *
report_much(void *unused)
{
	char why[300];

	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	port_hold(the_port);
	for (int i = 0; i < MUCH; i++)
		port_report(the_port, "s1.2", BOUNCE, why);
	port_release(the_port);
	return unused;
}

int
main(void)
{
	int fd[2], status = -1;
	pthread_t thread, other;
	struct buf b = { 0 }, in = { 0 };
	size_t piece, seed = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		return 1;
	core = fd[0];
	channel = fd[1];
	hello(&b);
	deliver(&b);
	pthread_create(&thread, NULL, run_channel, &status);
	for (size_t at = 0; at < b.len; at += piece) {
		seed = seed * 1103515245 + 12345;
		piece = 1 + (seed >> 16) % 5000;
		if (piece > b.len - at)
			piece = b.len - at;
		if (send(core, b.data + at, piece, MSG_NOSIGNAL) != (ssize_t)piece)
			return 1;
	}
	ok(hears(&in, FRAME_SETTLE_ALL, 1) && hears(&in, FRAME_WANT, 1),
	    "what is said comes in order");
	ok(delivered == MANY && as_sent, "a frame in many pieces is put together");
	ok(kept_back, "what is held is not written before it is released");
	pthread_create(&other, NULL, report_much, NULL);
	ok(hears(&in, FRAME_REPORT, MUCH), "more than can be held is written meanwhile");
	pthread_join(other, NULL);
	buf_clear(&b);
	frame_end(&b, frame_begin(&b, FRAME_STOP));
	if (send(core, b.data, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
		return 1;
	pthread_join(thread, NULL);
	ok(status == 0, "it stops when told");
	buf_free(&b);
	buf_free(&in);
	close(core);
	return tap_done();
}
