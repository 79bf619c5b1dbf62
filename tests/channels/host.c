/*
 * host KIND NAME: run one channel as the core would, driven by lines.
 *
 * The settings come first on standard input, KEY=VALUE a line, up to an empty line.
 * Then commands, one a line, tab between fields, "\n" for a newline inside one:
 *	deliver	KEY[,...]	PEER[,...]	TEXT [AUTHOR	SUBJECT	FOOTER	TOKEN	FOREIGN	THREAD]
 *	verdict	kept|later|refused	what received things get from now on (kept)
 *	hold	1|0		keep verdicts back until "hold 0"
 *	hook	ID	METHOD	PATH	QUERY	TYPE	BODY (percent-encoded)
 *	stop
 * And out come:
 *	state	up|down|connecting	WHY
 *	want	N
 *	received	TOKEN	PEER	TO	FOREIGN	REPLY_TO	TOKEN	peer|none	auto|-	TEXT
 *	settled	KEY	sent|defer|bounce	WHY	FOREIGN
 *	report	KEY	sent|defer|bounce	WHY
 *	answer	ID	STATUS	TYPE	BODY
 *	exit	STATUS
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/channels.h"
#include "gateway/frame.h"
#include "gateway/port.h"

#define FIELDS 12
#define KEYS_MAX 65536

static int core_fd;
static char *keys[KEYS_MAX]; /* of deliveries by id */
static uint64_t last_id;
static struct held {
	uint64_t token;
	struct frame hook; /* in ${data}, where a hook brought it */
	char *data;
} held[4096];
static size_t held_n;
static int verdict = VERDICT_KEPT;
static bool hold;
static char nothing[1];  /* a field that is not there */
static struct buf heard; /* from the channel, not looked at yet */

static void
print(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '\t')
			fputs("\\t", stdout);
		else
			putchar(*s);
	}
}

/* Take what the channel says, to look at later; false when it has gone. */
static bool
hear(void)
{
	char chunk[65536];
	ssize_t n = recv(core_fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n > 0)
		buf_add(&heard, chunk, (size_t)n);
	return n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR));
}

/* Like the core, never stops reading while the socket is full. */
static void
to_channel(struct buf *b, size_t mark)
{
	struct pollfd p = { .fd = core_fd, .events = POLLIN | POLLOUT };
	size_t done = 0;
	ssize_t n;

	frame_end(b, mark);
	while (done < b->len) {
		n = send(core_fd, b->data + done, b->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EAGAIN || poll(&p, 1, -1) == -1 || !hear())
			break;
	}
	buf_free(b);
}

static void
send_verdict(uint64_t token)
{
	struct buf b = { 0 };
	size_t mark = frame_begin(&b, FRAME_VERDICT);

	frame_u64(&b, token);
	frame_u64(&b, (uint64_t)verdict);
	to_channel(&b, mark);
}

/* As the core does where a hook brought it: by what the channel said at once. */
static void
answer_hook(struct frame *f)
{
	uint64_t id = frame_get_u64(f), status[VERDICTS];
	const char *body[VERDICTS];

	for (int i = 0; i < VERDICTS; i++) {
		status[i] = frame_get_u64(f);
		body[i] = frame_get(f, NULL);
	}
	printf("answer\t%llu\t%llu\ttext/plain\t", (unsigned long long)id,
	    (unsigned long long)status[verdict]);
	print(body[verdict]);
	putchar('\n');
}

static void
give_verdict(struct held *h)
{
	if (h->data == NULL)
		send_verdict(h->token);
	else
		answer_hook(&h->hook);
	free(h->data);
}

/* Give it its verdict, or keep that back. */
static void
judge(uint64_t token, const struct frame *hook)
{
	struct held h = { .token = token };
	size_t n = hook != NULL ? (size_t)(hook->end - hook->at) : 0;

	if (hook != NULL) {
		h.data = mem_dupn((const char *)hook->at, n);
		h.hook = *hook;
		h.hook.at = (const unsigned char *)h.data;
		h.hook.end = h.hook.at + n;
	}
	if (!hold)
		give_verdict(&h);
	else if (held_n < sizeof(held) / sizeof(held[0]))
		held[held_n++] = h;
}

static void
print_inbound(struct frame *f, uint64_t token)
{
	const char *s[7];

	for (int i = 0; i < 6; i++)
		s[i] = frame_get(f, NULL);
	printf("received\t%llu\t%s\t%s\t%s\t%s\t%s", (unsigned long long)token, s[0], s[1], s[2],
	    s[4], s[5]);
	printf("\t%s", frame_get_u64(f) == PROOF_PEER ? "peer" : "none");
	printf("\t%s\t", frame_get_u64(f) ? "auto" : "-");
	print(s[3]);
	putchar('\n');
}

static void
on_receive(struct frame *f)
{
	uint64_t token = frame_get_u64(f);

	print_inbound(f, token);
	judge(token, NULL);
}

static void
on_receive_hook(struct frame *f)
{
	struct frame all = *f;

	frame_get_u64(f);
	for (int i = 0; i < VERDICTS; i++) {
		frame_get_u64(f);
		frame_get(f, NULL);
	}
	print_inbound(f, 0);
	judge(0, &all);
}

static void
print_settled(uint64_t id, uint64_t o, const char *why, const char *foreign)
{
	static const char *const outcomes[] = { "sent", "defer", "bounce" };

	printf("settled\t%s\t%s\t%s\t%s\n", id < KEYS_MAX && keys[id] != NULL ? keys[id] : "?",
	    outcomes[o % 3], why, foreign);
}

static void
on_settle(struct frame *f)
{
	uint64_t n = frame_get_u64(f), o = frame_get_u64(f);
	const char *why = frame_get(f, NULL);

	print_settled(n, o, why, frame_get(f, NULL));
}

static void
on_settle_all(struct frame *f)
{
	uint64_t o = frame_get_u64(f), n;
	const char *why = frame_get(f, NULL);

	for (n = frame_get_u64(f); n > 0 && !f->bad; n--)
		print_settled(frame_get_u64(f), o, why, "");
}

static void
on_frame(struct frame *f)
{
	static const char *const outcomes[] = { "sent", "defer", "bounce" };
	static const char *const states[] = { "connecting", "up", "down", "paused" };
	uint64_t n;

	switch (f->type) {
	case FRAME_STATE:
		n = frame_get_u64(f);
		printf("state\t%s\t%s\n", states[n & 3], frame_get(f, NULL));
		break;
	case FRAME_WANT:
		printf("want\t%llu\n", (unsigned long long)frame_get_u64(f));
		break;
	case FRAME_RECEIVE:
		on_receive(f);
		break;
	case FRAME_RECEIVE_HOOK:
		on_receive_hook(f);
		break;
	case FRAME_SETTLE:
		on_settle(f);
		break;
	case FRAME_SETTLE_ALL:
		on_settle_all(f);
		break;
	case FRAME_REPORT:
		printf("report\t%s\t", frame_get(f, NULL));
		printf("%s\t", outcomes[frame_get_u64(f) % 3]);
		printf("%s\n", frame_get(f, NULL));
		break;
	case FRAME_HOOK_ANSWER:
		printf("answer\t%llu\t", (unsigned long long)frame_get_u64(f));
		printf("%llu\t", (unsigned long long)frame_get_u64(f));
		printf("%s\t", frame_get(f, NULL));
		print(frame_get(f, NULL));
		putchar('\n');
		break;
	default:
		printf("bad\tframe %d\n", (int)f->type);
		break;
	}
}

static void
deliver(char **a, int n)
{
	struct buf b = { 0 };
	size_t mark = frame_begin(&b, FRAME_DELIVER);
	char *peers = a[2], *names = a[1], *peer, *key;
	uint64_t count = 1;

	while (n < FIELDS)
		a[n++] = nothing;
	for (char *s = a[2]; *s != '\0'; s++)
		count += *s == ',';
	frame_u64(&b, a[1][0] == 'a' ? OUT_ANSWER : OUT_STATUS);
	frame_text(&b, a[4]);
	frame_text(&b, a[3]);
	frame_text(&b, a[5]);
	frame_text(&b, a[6]);
	frame_text(&b, "en");
	frame_text(&b, a[9]);
	frame_text(&b, "");
	frame_u64(&b, 1700000000);
	frame_u64(&b, 0);
	frame_u64(&b, count);
	while ((peer = strsep(&peers, ",")) != NULL) {
		key = names != NULL ? strsep(&names, ",") : nothing;
		if (++last_id < KEYS_MAX)
			keys[last_id] = mem_dup(key);
		frame_u64(&b, last_id);
		frame_text(&b, key);
		frame_text(&b, peer);
		frame_text(&b, a[7]);
		frame_text(&b, a[8]);
	}
	to_channel(&b, mark);
}

static size_t
percent_decode(char *s)
{
	char *out = s, *start = s;
	unsigned v;

	for (; *s != '\0'; s++)
		if (*s == '%' && sscanf(s + 1, "%2x", &v) == 1) {
			*out++ = (char)v;
			s += 2;
		} else
			*out++ = *s;
	*out = '\0';
	return (size_t)(out - start);
}

static void
hook(char **a, int n)
{
	struct buf b = { 0 };
	size_t mark = frame_begin(&b, FRAME_HOOK);

	while (n < FIELDS)
		a[n++] = nothing;
	frame_u64(&b, strtoull(a[1], NULL, 10));
	frame_text(&b, a[2]);
	frame_text(&b, a[3]);
	frame_text(&b, a[4]);
	frame_text(&b, a[5]);
	frame_bytes(&b, a[6], percent_decode(a[6]));
	frame_text(&b, "127.0.0.1");
	to_channel(&b, mark);
}

static void
command(char *line)
{
	struct buf b = { 0 };
	char *a[FIELDS + 1] = { 0 }, *out;
	int n = 0;

	for (char *s = line; s != NULL && n < FIELDS; n++)
		a[n] = strsep(&s, "\t");
	for (int i = 0; i < n; i++) {
		out = a[i];
		for (char *s = a[i]; *s != '\0'; s++)
			*out++ = s[0] == '\\' && s[1] == 'n' ? (s++, '\n') : *s;
		*out = '\0';
	}
	if (strcmp(a[0], "deliver") == 0 && n >= 4)
		deliver(a, n);
	else if (strcmp(a[0], "hook") == 0 && n >= 4)
		hook(a, n);
	else if (strcmp(a[0], "verdict") == 0 && n == 2)
		verdict = a[1][0] == 'k'   ? VERDICT_KEPT
			  : a[1][0] == 'l' ? VERDICT_LATER
					   : VERDICT_REFUSED;
	else if (strcmp(a[0], "hold") == 0 && n == 2) {
		hold = a[1][0] == '1';
		for (size_t i = 0; !hold && i < held_n; i++)
			give_verdict(&held[i]);
		held_n = hold ? held_n : 0;
	} else if (strcmp(a[0], "stop") == 0)
		to_channel(&b, frame_begin(&b, FRAME_STOP));
	else
		printf("bad\t%s\n", a[0]);
}

static const struct channel_kind *const *kinds;
static int channel_fd, channel_status;

static void *
run_channel(void *unused)
{
	channel_status = port_main(channel_fd, kinds, NULL);
	return unused;
}

/* Settings lines become a small file, so that defaults and checks are the real ones. */
static void
greet(const char *kind, const char *name)
{
	struct conf_group none[] = { { .name = NULL } };
	static const struct conf_key no_keys[] = { { .name = NULL } };
	struct conf_kind ck[16] = { { .name = NULL } };
	struct conf_schema schema = { .top = no_keys, .groups = none, .kinds = ck };
	struct conf_faults faults = { 0 };
	char path[] = "/tmp/hudhud-host.XXXXXX", *line = NULL, *eq;
	size_t room = 0, mark;
	struct conf *conf;
	struct buf b = { 0 }, packed = { 0 };
	FILE *f = fdopen(mkstemp(path), "w");

	for (size_t i = 0; kinds[i] != NULL; i++)
		ck[i] = (struct conf_kind){ kinds[i]->name, kinds[i]->keys, kinds[i]->check };
	fprintf(f, "channels = ( { name = \"%s\"; kind = \"%s\";\n", name, kind);
	while (getline(&line, &room, stdin) > 1) {
		line[strcspn(line, "\n")] = '\0';
		eq = strchr(line, '=');
		if (eq != NULL)
			fprintf(f, "%.*s = %s;\n", (int)(eq - line), line, eq + 1);
	}
	free(line);
	fprintf(f, "} );\n");
	fclose(f);
	conf = conf_load(path, &schema, &faults);
	unlink(path);
	if (conf == NULL) {
		printf("bad\t%s\n", buf_text(&faults.text));
		exit(1);
	}
	mark = frame_begin(&b, FRAME_HELLO);
	frame_text(&b, kind);
	frame_text(&b, name);
	conf_pack(conf_channel(conf, 0), &packed);
	frame_bytes(&b, packed.data, packed.len);
	to_channel(&b, mark);
	buf_free(&packed);
	conf_free(conf);
}

/* Print what has been heard; false when it makes no sense. */
static bool
print_heard(void)
{
	struct frame f;
	long n;

	while ((n = frame_next(heard.data, heard.len, &f)) > 0) {
		on_frame(&f);
		buf_drop(&heard, (size_t)n);
	}
	fflush(stdout);
	return n == 0;
}

static void
converse(void)
{
	struct pollfd p[2] = { { .fd = core_fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	struct buf lines = { 0 };
	char chunk[65536], *nl;
	ssize_t n;

	for (;;) {
		poll(p, p[1].fd < 0 ? 1 : 2, -1);
		if ((p[0].revents != 0 && !hear()) || !print_heard())
			break;
		if (p[1].fd < 0 || p[1].revents == 0)
			continue;
		n = read(0, chunk, sizeof(chunk));
		if (n <= 0) {
			/* End of input is a stop. */
			struct buf b = { 0 };
			to_channel(&b, frame_begin(&b, FRAME_STOP));
			p[1].fd = -1;
			continue;
		}
		buf_add(&lines, chunk, (size_t)n);
		while (lines.len > 0 && (nl = memchr(lines.data, '\n', lines.len)) != NULL) {
			*nl = '\0';
			command(lines.data);
			buf_drop(&lines, (size_t)(nl - lines.data) + 1);
		}
		if (!print_heard())
			break;
	}
	buf_free(&heard);
	buf_free(&lines);
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int fd[2];

	if (argc != 3) {
		fprintf(stderr, "usage: host KIND NAME\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdin, NULL, _IONBF, 0);
	kinds = channel_kinds;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		return 2;
	core_fd = fd[0];
	channel_fd = fd[1];
	greet(argv[1], argv[2]);
	pthread_create(&thread, NULL, run_channel, NULL);
	converse();
	pthread_join(thread, NULL);
	printf("exit\t%d\n", channel_status);
	for (size_t i = 0; i < KEYS_MAX; i++)
		free(keys[i]);
	return channel_status;
}
