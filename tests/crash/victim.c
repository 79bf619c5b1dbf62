/*
 * The daemon as it is, but for these things: a channel whose far side is the surviving
 * peer (peer.c), retries without waiting, authors without limits, and, where asked, one invariant switched
 * off (by the linker's --wrap, so that the daemon itself has no such switch) or a disk
 * that fails.
 *
 * victim STATE PEER-SOCKET WINDOW BIG.  VICTIM_MUTANT names the invariant, HUDHUD_FAULT what
 * the disk does (tests/store/faultvfs.h).
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/port.h"
#include "gateway/retry.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"
#include "tests/crash/ledger.h"
#include "tests/store/faultvfs.h"

#define SLOTS 4096

/* ---- the channel */

struct ledger {
	struct port *port;
	const char *path;
	int fd;
	struct buf in, out;
	struct waiting {
		char key[64];
		uint64_t id;
	} slots[SLOTS];
	struct hearing {
		char foreign[64];
		uint64_t token;
	} heard[SLOTS];
};

static const struct conf_key ledger_keys[] = {
	{ .name = "peer", .type = CONF_TEXT },
	{ .name = NULL },
};

static void *
ledger_open(struct port *port, const struct conf_section *conf)
{
	struct ledger *l = mem_new(sizeof(*l));

	l->port = port;
	l->path = conf_text(conf, "peer");
	l->fd = -1;
	return l;
}

static void
ledger_close(void *self)
{
	struct ledger *l = self;
	buf_free(&l->in);
	buf_free(&l->out);
	free(l);
}

static void
ledger_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct ledger *l = self;
	size_t s = 0;
	for (size_t i = 0; i < n; i++) {
		while (s < SLOTS && l->slots[s].id != 0)
			s++;
		if (s == SLOTS)
			log_die("more deliveries than slots");
		mem_copy(l->slots[s].key, sizeof(l->slots[s].key), r[i].key);
		l->slots[s].id = r[i].id;
		buf_printf(&l->out, "D %s %s %s\n", r[i].key, r[i].peer, o->text);
	}
}

static void
ledger_received(void *self, uint64_t token, enum verdict v)
{
	struct ledger *l = self;

	for (size_t i = 0; i < SLOTS; i++)
		if (l->heard[i].token == token) {
			l->heard[i].token = 0;
			buf_printf(&l->out, "%c %s\n", v == VERDICT_LATER ? 'L' : 'K',
			    l->heard[i].foreign);
			return;
		}
}

static void
answered(struct ledger *l, const char *key, int code)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (l->slots[i].id != 0 && strcmp(l->slots[i].key, key) == 0) {
			port_settle(l->port, l->slots[i].id,
			    code == 250   ? SENT
			    : code == 450 ? DEFER
					  : BOUNCE,
			    "as the peer says", "");
			l->slots[i].id = 0;
			port_want(l->port, 1);
			return;
		}
}

static void
posted(struct ledger *l, const char *foreign, const char *peer, const char *text)
{
	struct inbound in = { .peer = peer,
		.to = "",
		.foreign = foreign,
		.text = text,
		.text_len = strlen(text),
		.reply_to = "",
		.token = "",
		.proof = PROOF_PEER };
	size_t i = 0;
	while (i < SLOTS && l->heard[i].token != 0)
		i++;
	if (i == SLOTS)
		log_die("more posts than slots");
	mem_copy(l->heard[i].foreign, sizeof(l->heard[i].foreign), foreign);
	l->heard[i].token = port_receive(l->port, &in);
}

static void
hear_line(struct ledger *l, char *line)
{
	char a[64], b[64], *rest;
	int code, n = 0;

	if (sscanf(line, "A %63s %d", a, &code) == 2) {
		answered(l, a, code);
	} else if (sscanf(line, "P %63s %63s %n", a, b, &n) == 2 && n > 0) {
		rest = line + n;
		posted(l, a, b, rest);
	}
}

static bool
hear_peer(struct ledger *l)
{
	char chunk[65536], *nl;
	ssize_t n = recv(l->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN))
		return false;
	if (n > 0)
		buf_add(&l->in, chunk, (size_t)n);
	while (l->in.len > 0 && (nl = memchr(l->in.data, '\n', l->in.len)) != NULL) {
		*nl = '\0';
		hear_line(l, l->in.data);
		buf_drop(&l->in, (size_t)(nl - l->in.data) + 1);
	}
	return true;
}

static void
speak(struct ledger *l)
{
	ssize_t n;

	while (l->out.len > 0 &&
	       (n = send(l->fd, l->out.data, l->out.len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		buf_drop(&l->out, (size_t)n);
}

static void
lose_peer(struct ledger *l)
{
	port_state(l->port, CHANNEL_DOWN, "the peer is gone");
	for (size_t i = 0; i < SLOTS; i++) {
		if (l->slots[i].id != 0)
			port_settle(l->port, l->slots[i].id, DEFER, "the peer is gone", "");
		l->slots[i].id = 0;
	}
	buf_clear(&l->in);
	buf_clear(&l->out);
	close(l->fd);
	l->fd = -1;
}

static void
find_peer(struct ledger *l)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	mem_copy(a.sun_path, sizeof(a.sun_path), l->path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(l->fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		if (strcmp(port_name(l->port), "wire") == 0 && getenv(LEDGER_LADDERS) != NULL)
			buf_text_add(&l->out, "W\n");
		port_state(l->port, CHANNEL_UP, "");
		port_want(l->port, SLOTS / 2);
		return;
	}
	close(l->fd);
	l->fd = -1;
}

static int
ledger_run(void *self)
{
	struct ledger *l = self;
	struct pollfd p[2];

	while (!port_stopping(l->port)) {
		if (l->fd == -1)
			find_peer(l);
		p[0] = (struct pollfd){ .fd = port_fd(l->port), .events = POLLIN };
		p[1] = (struct pollfd){ .fd = l->fd,
			.events = (short)(POLLIN | (l->out.len > 0 ? POLLOUT : 0)) };
		poll(p, 2, l->fd == -1 ? 20 : -1);
		if (port_pump(l->port) == -1)
			return -1;
		if (l->fd != -1 && !hear_peer(l))
			lose_peer(l);
		if (l->fd != -1)
			speak(l);
	}
	return 0;
}

static int
ledger_peer(
    const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "too long";
	return mem_copy(out, size, typed);
}

static const struct channel_kind ledger_kind = {
	.name = LEDGER_KIND,
	.keys = ledger_keys,
	.window = 64,
	.peer = ledger_peer,
	.open = ledger_open,
	.run = ledger_run,
	.close = ledger_close,
	.deliver = ledger_deliver,
	.received = ledger_received,
};

static const struct channel_kind *const kinds[] = { &ledger_kind, NULL };

/* ---- what is switched off */

int __real_status_add(struct tx *tx, const struct status_new *s, int64_t *pos);
int __wrap_status_add(struct tx *tx, const struct status_new *s, int64_t *pos);
int64_t __real_retry_wait(int attempts, uint32_t dice);
int64_t __wrap_retry_wait(int attempts, uint32_t dice);
void __real_fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in);
void __wrap_fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in);
void __real_window_open(struct channel *ch);
void __wrap_window_open(struct channel *ch);
int __real_behind_save(struct tx *tx, struct behind_note *notes, size_t n);
int __wrap_behind_save(struct tx *tx, struct behind_note *notes, size_t n);
int __real_lane_move(struct tx *tx, const struct lane *l);
int __wrap_lane_move(struct tx *tx, const struct lane *l);
bool __real_inbound_is_new(
    struct tx *tx, int chan, const char *peer, const char *foreign, int64_t *pos);
bool __wrap_inbound_is_new(
    struct tx *tx, int chan, const char *peer, const char *foreign, int64_t *pos);
const struct behind *__real_who_behind(const struct who *w, const struct behind *stored);
const struct behind *__wrap_who_behind(const struct who *w, const struct behind *stored);

static bool
mutant(const char *name)
{
	const char *m = getenv("VICTIM_MUTANT");
	return m != NULL && strcmp(m, name) == 0;
}

/* No invariant: without it a test would wait for minutes. */
int64_t
__wrap_retry_wait(int attempts, uint32_t dice)
{
	(void)attempts, (void)dice;
	return 0;
}

/* Nor this: how much one author may say in an hour. */
int
__wrap_status_add(struct tx *tx, const struct status_new *s, int64_t *pos)
{
	struct status_new any = *s;

	any.most = 0;
	return __real_status_add(tx, &any, pos);
}

struct late {
	struct errand errand;
	struct channel *ch;
	uint64_t token;
	char *peer, *foreign, *text;
};

static void
late_run(struct core *c, struct errand *e)
{
	struct late *l = (struct late *)e;
	struct inbound in = { .peer = l->peer,
		.to = "",
		.foreign = l->foreign,
		.text = l->text,
		.text_len = strlen(l->text),
		.reply_to = "",
		.token = "",
		.proof = PROOF_PEER };

	(void)c;
	__real_fanout_receive(l->ch, l->token, &in);
	free(l->peer);
	free(l->foreign);
	free(l->text);
	free(l);
}

static void *
late_thread(void *arg)
{
	struct late *l = arg;

	usleep(200000);
	fanout_errand(l->ch->core, &l->errand);
	return NULL;
}

/* "ack": acknowledged before it is committed. */
void
__wrap_fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in)
{
	struct late *l;
	pthread_t t;
	size_t mark;

	if (!mutant("ack")) {
		__real_fanout_receive(ch, token, in);
		return;
	}
	mark = frame_begin(&ch->out, FRAME_VERDICT);
	frame_u64(&ch->out, token);
	frame_u64(&ch->out, VERDICT_KEPT);
	frame_end(&ch->out, mark);
	l = mem_new(sizeof(*l));
	l->errand.run = late_run;
	l->ch = ch;
	l->token = token;
	l->peer = mem_dup(in->peer);
	l->foreign = mem_dup(in->foreign);
	l->text = mem_dupn(in->text, in->text_len);
	pthread_create(&t, NULL, late_thread, l);
	pthread_detach(t);
}

/* "window": places are handed out beyond what is committed. */
void
__wrap_window_open(struct channel *ch)
{
	if (mutant("window"))
		ch->window *= 16;
	__real_window_open(ch);
}

/* "exception": the cursor passes a copy whose behind row is not written. */
int
__wrap_behind_save(struct tx *tx, struct behind_note *notes, size_t n)
{
	while (n > 0 && !notes[n - 1].leaving && mutant("exception"))
		n--;
	return __real_behind_save(tx, notes, n);
}

/* "cursor": the cursor passes what is not settled. */
int
__wrap_lane_move(struct tx *tx, const struct lane *l)
{
	struct lane ahead = *l;

	if (mutant("cursor") && ahead.sub != INT64_MAX)
		ahead.sub = INT64_MAX;
	return __real_lane_move(tx, &ahead);
}

/* "dedupe": a repeated foreign id is taken for a new thing. */
bool
__wrap_inbound_is_new(struct tx *tx, int chan, const char *peer, const char *foreign, int64_t *pos)
{
	char other[80];
	static unsigned n;

	if (!mutant("dedupe"))
		return __real_inbound_is_new(tx, chan, peer, foreign, pos);
	snprintf(other, sizeof(other), "%.40s-%d-%u", foreign, (int)getpid(), n++);
	return __real_inbound_is_new(tx, chan, peer, other, pos);
}

/* "order": a lane does not ask whether the follower is behind. */
const struct behind *
__wrap_who_behind(const struct who *w, const struct behind *stored)
{
	static const struct behind none;

	return mutant("order") ? &none : __real_who_behind(w, stored);
}

/* ---- main */

static struct conf *
settings(char **argv)
{
	struct conf_faults faults = { 0 };
	char path[4096];
	struct conf *conf;
	FILE *f;

	snprintf(path, sizeof(path), "%s/victim.conf", argv[1]);
	if ((f = fopen(path, "w")) == NULL)
		log_die("%s: %s", path, strerror(errno));
	fprintf(f, "state = \"%s\";\nfanout = { big = %s; };\nchannels = (", argv[1], argv[4]);
	for (int i = 0; i <= (getenv(LEDGER_LADDERS) != NULL); i++)
		fprintf(f,
		    "%s{ name = \"%s\"; kind = \"" LEDGER_KIND "\"; peer = \"%s\"; window = %s; }",
		    i > 0 ? ", " : "", i > 0 ? "side" : "wire", argv[2], argv[3]);
	fprintf(f, " );\n");
	fclose(f);
	conf = conf_load(path, settings_schema(kinds), &faults);
	if (conf == NULL)
		log_die("%s", buf_text(&faults.text));
	return conf;
}

/* As the daemon does: what a core has in memory may be void, and then it starts anew. */
static int
serve(struct conf *conf, struct store *store, const char *exe, const sigset_t *signals)
{
	int sig = SIGUSR1;

	while (sig == SIGUSR1) {
		struct core *core = core_new(conf, store, kinds, exe);

		if (core == NULL)
			return 3;
		if (core_start(core) == 0) {
			sigwait(signals, &sig);
			core_stop(core);
		} else {
			poll(NULL, 0, 100);
		}
		core_free(core);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *url = getenv("ACCOUNT_STORE");
	char exe[4096] = "";
	struct conf *conf;
	struct store *store;
	sigset_t signals;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	secret_init();
	if (argc == 3 && strcmp(argv[1], "--channel") == 0)
		return port_main(3, kinds, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM), sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (argc != 5 || readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return 2;
	conf = settings(argv);
	fault_install(), fault_from_environment();
	store = store_open(url != NULL ? url : "sqlite:hudhud.db", argv[1]);
	rc = store != NULL ? serve(conf, store, exe, &signals) : 3;
	store_close(store);
	conf_free(conf);
	return rc;
}
