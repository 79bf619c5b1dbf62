/*
 * channel_xmpp PROGRAM [DELIVERIES [WINDOW ...]]: how fast hudhud-xmpp (PROGRAM) alone is.  Plays the
 * core on its socket and the server at its other end (XEP-0114, answers each ping at once), and
 * lets a bare writer of the same bytes run beside it.  Prints, for each window, deliveries a second
 * and the microseconds of CPU a delivery that the channel took; and how long an idle channel
 * takes from the frame to the wire.
 *
 * channel_xmpp PROGRAM DELIVERIES WINDOW HOST:PORT DOMAIN SECRET PEER: the same once, into a
 * real server, all to PEER.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "channels/channels.h"
#include "gateway/frame.h"
#include "gateway/port.h"

#define FRAME_TO 256 /* recipients a frame, as the core has it */
#define IDLE_TRIES 300
#define SAYING                                                                                     \
	"alice: the quick brown fox jumps over the lazy dog, and 140 characters are soon full"
#define STREAM_HEAD                                                                                \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "                     \
	"xmlns:stream='http://etherx.jabber.org/streams' from='gw.x' id='abc'>"

/* What the processes tell each other. */
static struct shared {
	_Atomic int64_t heard_us; /* the sink has last read something that is no ping alone */
	_Atomic uint64_t bytes;
} * shared;

static const char *const *to_real; /* HOST:PORT DOMAIN SECRET PEER */

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double
cpu(const struct rusage *u)
{
	return seconds(u->ru_utime) + seconds(u->ru_stime);
}

static void
write_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		k = send(fd, p, n, MSG_NOSIGNAL);
		if (k <= 0)
			log_die("nobody reads any more: %s", strerror(errno));
	}
}

/* ---- the server */

/* Answer each whole ping in ${n} bytes at ${in}; return how many bytes have been dealt with. */
static size_t
answer(int fd, const char *in, size_t n)
{
	const char *at = in, *iq, *id, *end;
	char b[200];

	while ((iq = memmem(at, n - (size_t)(at - in), "<iq ", 4)) != NULL) {
		end = memmem(iq, n - (size_t)(iq - in), "</iq>", 5);
		if (end == NULL)
			return (size_t)(iq - in);
		id = memmem(iq, (size_t)(end - iq), " id='", 5);
		if (id != NULL)
			write_all(fd, b,
			    (size_t)snprintf(b, sizeof(b),
				"<iq type='result' from='x' to='gw.x' id='%.*s'/>",
				(int)strcspn(id + 5, "'"), id + 5));
		at = end + 5;
	}
	/* a ping may be cut */
	return n - (size_t)(at - in) > 300 ? n - 300 : (size_t)(at - in);
}

static _Noreturn void
serve(int listener)
{
	static char in[1 << 20];
	size_t have = 0, used;
	ssize_t n;
	int fd = accept(listener, NULL, NULL);

	while ((n = recv(fd, in + have, sizeof(in) - have, 0)) > 0) {
		have += (size_t)n;
		atomic_fetch_add(&shared->bytes, (uint64_t)n);
		if (memmem(in, have < 200 ? have : 200, "<stream:stream", 14) != NULL) {
			write_all(fd, STREAM_HEAD, sizeof(STREAM_HEAD) - 1);
			have = 0;
			continue;
		}
		if (memmem(in, have < 200 ? have : 200, "<handshake", 10) != NULL) {
			write_all(fd, "<handshake/>", 12);
			have = 0;
			continue;
		}
		if (memmem(in, have, "<message", 8) != NULL)
			atomic_store(&shared->heard_us, clock_us());
		used = answer(fd, in, have);
		memmove(in, in + used, have - used);
		have -= used;
	}
	_exit(0);
}

static pid_t
start_server(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		log_die("no server: %s", strerror(errno));
	*port = ntohs(a.sin_port);
	pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	return pid;
}

/* ---- the core */

struct core {
	int fd;
	pid_t pid;
	unsigned window, credit, flying;
	uint64_t last, settled, failed;
	bool up;
	struct buf head, in; /* the frame up to its recipients; what came */
};

static void
hear_frame(struct core *c, struct frame *f)
{
	uint64_t o, n = 1;

	if (f->type == FRAME_STATE) {
		c->up = frame_get_u64(f) == CHANNEL_UP;
	} else if (f->type == FRAME_WANT) {
		c->credit += (unsigned)frame_get_u64(f);
	} else if (f->type == FRAME_SETTLE || f->type == FRAME_SETTLE_ALL) {
		if (f->type == FRAME_SETTLE)
			frame_get_u64(f);
		o = frame_get_u64(f);
		frame_get(f, NULL);
		if (f->type == FRAME_SETTLE_ALL)
			n = frame_get_u64(f);
		c->settled += n;
		c->flying -= (unsigned)n;
		c->failed += o == SENT ? 0 : n;
	}
}

/* Wait for the channel to say something. */
static void
hear(struct core *c)
{
	static char chunk[1 << 18];
	struct frame f;
	size_t used = 0;
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);
	long k;

	if (n <= 0)
		log_die("the channel has gone");
	buf_add(&c->in, chunk, (size_t)n);
	while ((k = frame_next(c->in.data + used, c->in.len - used, &f)) > 0) {
		hear_frame(c, &f);
		used += (size_t)k;
	}
	buf_drop(&c->in, used);
}

static void
put_recipient(struct buf *b, uint64_t id, const char *peer)
{
	char text[60];

	frame_u64(b, id);
	snprintf(text, sizeof(text), "s1a2b3c.%08llx", (unsigned long long)id);
	frame_text(b, text);
	snprintf(text, sizeof(text), "user%08llu@example.org", (unsigned long long)id);
	frame_text(b, peer == NULL ? text : peer);
	frame_text(b, "");
	frame_text(b, "");
}

static void
begin_frame(struct buf *b)
{
	frame_begin(b, FRAME_DELIVER);
	frame_u64(b, OUT_STATUS);
	frame_text(b, "alice");
	frame_text(b, SAYING);
	for (int i = 0; i < 5; i++)
		frame_text(b, "");
	frame_u64(b, 1700000000);
	frame_u64(b, 0);
}

/* Hand over the next ${n}. */
static void
deliver(struct core *c, unsigned n)
{
	static struct buf b;

	buf_clear(&b);
	buf_add(&b, c->head.data, c->head.len);
	frame_u64(&b, n);
	for (unsigned i = 0; i < n; i++)
		put_recipient(&b, ++c->last, to_real == NULL ? NULL : to_real[3]);
	frame_end(&b, 0);
	write_all(c->fd, b.data, b.len);
	c->flying += n;
	c->credit -= n;
}

/* Settings become a small file, so that defaults and checks are the real ones. */
static void
greet(struct core *c, const char *server)
{
	struct conf_group none[] = { { .name = NULL } };
	static const struct conf_key no_keys[] = { { .name = NULL } };
	struct conf_kind ck[16] = { { .name = NULL } };
	struct conf_schema schema = { .top = no_keys, .groups = none, .kinds = ck };
	struct conf_faults faults = { 0 };
	char path[] = "/tmp/hudhud-bench.XXXXXX";
	struct conf *conf;
	struct buf b = { 0 }, packed = { 0 };
	FILE *f = fdopen(mkstemp(path), "w");

	for (size_t i = 0; channel_kinds[i] != NULL; i++)
		ck[i] = (struct conf_kind){ channel_kinds[i]->name, channel_kinds[i]->keys,
			channel_kinds[i]->check };
	fprintf(f,
	    "channels = ( { name = \"jabber\"; kind = \"xmpp\"; mode = \"component\"; window = %u;"
	    "server = \"%s\"; domain = \"%s\"; secret = \"%s\"; } );\n",
	    c->window, server, to_real == NULL ? "gw.x" : to_real[1],
	    to_real == NULL ? "sesame" : to_real[2]);
	fclose(f);
	conf = conf_load(path, &schema, &faults);
	unlink(path);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	frame_begin(&b, FRAME_HELLO);
	frame_text(&b, "xmpp");
	frame_text(&b, "jabber");
	conf_pack(conf_channel(conf, 0), &packed);
	frame_bytes(&b, packed.data, packed.len);
	frame_end(&b, 0);
	write_all(c->fd, b.data, b.len);
	buf_free(&b);
	buf_free(&packed);
	conf_free(conf);
}

static void
start_channel(struct core *c, const char *program, const char *server)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		log_die("no socket");
	c->fd = fd[0];
	c->pid = fork();
	if (c->pid == 0) {
		/* its descriptor may be the very one */
		fd[1] = dup(fd[1]);
		dup2(fd[1], 3);
		execl(program, "hudhud-xmpp", "--channel", "jabber", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	greet(c, server);
	begin_frame(&c->head);
	while (!c->up || c->credit == 0)
		hear(c);
}

/* Stop it, and return the CPU seconds it has taken. */
static double
stop_channel(struct core *c)
{
	struct buf b = { 0 };
	struct rusage u;
	int status;

	frame_begin(&b, FRAME_STOP);
	frame_end(&b, 0);
	write_all(c->fd, b.data, b.len);
	wait4(c->pid, &status, 0, &u);
	close(c->fd);
	buf_free(&b);
	buf_free(&c->head);
	buf_free(&c->in);
	return cpu(&u);
}

/* ${n} deliveries as fast as the channel takes them. */
static void
run(struct core *c, uint64_t n)
{
	unsigned k;

	while (c->settled < n) {
		k = c->window - c->flying;
		if (k > c->credit)
			k = c->credit;
		if (k > n - c->last)
			k = (unsigned)(n - c->last);
		if (k > 0)
			deliver(c, k < FRAME_TO ? k : FRAME_TO);
		else
			hear(c);
	}
}

static void
measure(const char *program, const char *server, unsigned window, uint64_t n)
{
	struct core c = { .window = window };
	struct rusage before, after;
	double took;
	int64_t at;

	start_channel(&c, program, server);
	getrusage(RUSAGE_SELF, &before);
	at = clock_us();
	run(&c, n);
	took = (double)(clock_us() - at) / 1e6;
	getrusage(RUSAGE_SELF, &after);
	printf("window %5u: %9.0f deliveries/s, core's part %.2f us, ", window, (double)n / took,
	    (cpu(&after) - cpu(&before)) * 1e6 / (double)n);
	printf("channel %.3f us a delivery; %llu failed\n", stop_channel(&c) * 1e6 / (double)n,
	    (unsigned long long)c.failed);
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* An idle channel: from the frame to the wire, and to its end. */
static void
measure_idle(const char *program, const char *server)
{
	struct core c = { .window = 256 };
	int64_t wire[IDLE_TRIES], end[IDLE_TRIES], at;

	start_channel(&c, program, server);
	for (int i = 0; i < IDLE_TRIES; i++) {
		poll(NULL, 0, 3);
		at = clock_us();
		deliver(&c, 1);
		while (c.settled < (uint64_t)i + 1)
			hear(&c);
		end[i] = clock_us() - at;
		wire[i] = atomic_load(&shared->heard_us) - at;
	}
	qsort(wire, IDLE_TRIES, sizeof(wire[0]), by_value);
	qsort(end, IDLE_TRIES, sizeof(end[0]), by_value);
	printf("idle: frame to wire p50 %lld p99 %lld us, to its end p50 %lld p99 %lld us; ",
	    (long long)wire[IDLE_TRIES / 2], (long long)wire[IDLE_TRIES * 99 / 100],
	    (long long)end[IDLE_TRIES / 2], (long long)end[IDLE_TRIES * 99 / 100]);
	printf("%.0f us CPU each\n", stop_channel(&c) * 1e6 / IDLE_TRIES);
}

/* The same bytes in pieces of 64 KB, by the simplest program there can be. */
static void
measure_bare(uint16_t port, uint64_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port = htons(port) };
	struct buf b = { 0 };
	struct rusage before, after;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer_to[200];
	int64_t at;
	double took;

	for (unsigned i = 0; b.len < 65536; i++)
		buf_printf(&b,
		    "<message type='chat' from='update@gw.x' to='user%08u@example.org' "
		    "id='s1a2b3c.%08x'><body>%s</body><origin-id xmlns='urn:xmpp:sid:0' "
		    "id='s1a2b3c.%08x'/></message>",
		    i, i, SAYING, i);
	uint64_t each = strstr(b.data + 1, "<message ") - b.data, left = n * each, k;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		log_die("no connection");
	getrusage(RUSAGE_SELF, &before);
	at = clock_us();
	for (; left > 0; left -= k) {
		k = left < 65536 ? left : 65536;
		write_all(fd, b.data, k);
	}
	write_all(fd, "<iq id='p'></iq>", 16);
	if (recv(fd, answer_to, sizeof(answer_to), 0) <= 0)
		log_die("no answer");
	took = (double)(clock_us() - at) / 1e6;
	getrusage(RUSAGE_SELF, &after);
	printf("bare writer:  %9.0f deliveries/s, %.3f us a delivery\n", (double)n / took,
	    (cpu(&after) - cpu(&before)) * 1e6 / (double)n);
	close(fd);
	buf_free(&b);
}

/* One measurement with a server of its own. */
static void
with_server(const char *program, unsigned window, uint64_t n, bool idle)
{
	uint16_t port;
	pid_t pid;
	char server[40];
	struct rusage u;

	atomic_store(&shared->bytes, 0);
	pid = start_server(&port);
	snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	if (idle)
		measure_idle(program, server);
	else if (window == 0)
		measure_bare(port, n);
	else
		measure(program, server, window, n);
	wait4(pid, NULL, 0, &u);
	if (!idle)
		printf("%13s the server's part %.3f us, %.0f bytes a delivery\n", "",
		    cpu(&u) * 1e6 / (double)n, (double)atomic_load(&shared->bytes) / (double)n);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	static const char *windows[] = { "64", "256", "1000", "4096" };

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc == 8) {
		to_real = (const char *const *)argv + 4;
		measure(argv[1], argv[4], (unsigned)atoi(argv[3]), n);
		return 0;
	}
	with_server(argv[1], 0, n, false);
	for (int i = 3; i < argc; i++)
		with_server(argv[1], (unsigned)atoi(argv[i]), n, false);
	for (size_t i = 0; argc <= 3 && i < sizeof(windows) / sizeof(windows[0]); i++)
		with_server(argv[1], (unsigned)atoi(windows[i]), n, false);
	with_server(argv[1], 0, n, false);
	with_server(argv[1], 256, IDLE_TRIES, true);
	return 0;
}
