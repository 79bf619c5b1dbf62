/*
 * Out: deliveries wait in a short queue until the bucket has tokens for their parts,
 * then each becomes one request.  Every attempt may cost money, so little is under
 * way at a time, and nothing is asked for that could not be tried at once.
 *
 * After a failure that concerns all texts the channel is down and asks the gateway, at
 * growing intervals, a question that costs nothing.  Once it answers, a single text
 * goes first ("careful"): a gateway that answers questions may still hang on texts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "channels/sms/gsm.h"
#include "channels/sms/phone.h"
#include "channels/sms/sms.h"

#define FAILURES_MAX 3 /* texts in a row that fail before all do */
#define WORDS_MAX 60   /* of the gateway, for the operator */

struct item {
	struct sender *sender;
	struct item *next;
	uint64_t id;
	char *key, *to, *text;
	unsigned parts;
};

struct list {
	struct item *first, **last;
	unsigned n;
};

struct sender {
	struct sms *sms;
	struct dialect_route route;
	struct buf report;
	bool plain;
	unsigned max_parts, connections;

	enum { ASKING, WAITING, SPEAKING, LEAVING } mode;
	int64_t ask_at;    /* WAITING: when to ask the gateway again */
	unsigned tries;    /* to get it back */
	unsigned failures; /* in a row */
	bool careful;

	struct list queue, flying;
	unsigned credit; /* asked for, and not come yet */
	double rate, tokens;
	int64_t tokens_at;
};

static void
list_add(struct list *l, struct item *it)
{
	it->next = NULL;
	*l->last = it;
	l->last = &it->next;
	l->n++;
}

static void
list_remove(struct list *l, struct item *it)
{
	struct item **at = &l->first;

	while (*at != it)
		at = &(*at)->next;
	*at = it->next;
	if (l->last == &it->next)
		l->last = at;
	l->n--;
}

/* Tell how it ended, and forget it. */
static void
settle(struct list *l, struct item *it, enum outcome o, const char *why)
{
	list_remove(l, it);
	port_settle(it->sender->sms->port, it->id, o, why, "");
	free(it->key);
	free(it->to);
	free(it->text);
	free(it);
}

static void
settle_all(struct list *l, enum outcome o, const char *why)
{
	while (l->first != NULL)
		settle(l, l->first, o, why);
}

/* Where the gateway reaches us with reports: under the web server's hooks. */
static void
report_address(struct sender *s)
{
	const char *base = conf_text(s->sms->conf, "callback");
	size_t n = strlen(base);

	if (n == 0)
		return;
	while (n > 0 && base[n - 1] == '/')
		n--;
	buf_printf(&s->report, "%.*s/hook/%s/%s/report", (int)n, base, port_name(s->sms->port),
	    conf_text(s->sms->conf, "hook_secret"));
}

struct sender *
sender_new(struct sms *sms)
{
	struct sender *s = mem_new(sizeof(*s));
	const struct conf_section *c = sms->conf;

	s->sms = sms;
	report_address(s);
	s->route.url = conf_text(c, "url");
	s->route.username = conf_text(c, "username");
	s->route.password = conf_text(c, "password");
	s->route.number = conf_text(c, "number");
	s->route.report = buf_text(&s->report);
	s->route.validity = (unsigned)conf_int(c, "validity");
	s->plain = strcmp(conf_text(c, "transliterate"), "quotes") == 0;
	s->max_parts = (unsigned)conf_int(c, "max_parts");
	s->connections = (unsigned)conf_int(c, "connections");
	s->rate = conf_real(c, "rate");
	s->tokens = s->rate > 1 ? s->rate : 1;
	s->tokens_at = clock_ms();
	s->queue.last = &s->queue.first;
	s->flying.last = &s->flying.first;
	return s;
}

static void
go_down(struct sender *s, const char *why)
{
	if (s->mode == WAITING || s->mode == LEAVING)
		return;
	s->mode = WAITING;
	s->ask_at = clock_ms() + port_backoff(s->tries++);
	s->credit = 0;
	port_state(s->sms->port, CHANNEL_DOWN, why);
	settle_all(&s->queue, DEFER, "the gateway is away");
}

static void
on_probe(void *arg, const struct http_answer *a)
{
	struct sender *s = arg;
	const struct dialect_answer *row;
	char why[160];

	if (s->mode != ASKING)
		return;
	if (a->end != HTTP_ANSWERED) {
		snprintf(why, sizeof(why), "the gateway does not answer: %s", a->error);
		go_down(s, why);
		return;
	}
	row = dialect_judge(s->sms->dialect->probe_answers, a->status, a->body);
	if (row->meaning != MEANS_SENT) {
		snprintf(why, sizeof(why), "%s (HTTP %u)", row->why, a->status);
		go_down(s, why);
		return;
	}
	s->mode = SPEAKING;
	s->careful = true;
	s->failures = 0;
	port_state(s->sms->port, CHANNEL_UP, "");
}

static void
ask(struct sender *s)
{
	struct buf url = { 0 };

	s->mode = ASKING;
	s->sms->dialect->probe(&s->route, &url);
	http_get(s->sms->http, buf_text(&url), on_probe, s);
	buf_free(&url);
}

void
sender_begin(struct sender *s)
{
	port_state(s->sms->port, CHANNEL_CONNECTING, "");
	ask(s);
}

void
sender_deliver(struct sender *s, const struct outbound *o, const struct recipient *r)
{
	struct item *it = mem_new(sizeof(*it));

	it->sender = s;
	it->id = r->id;
	it->key = mem_dup(r->key);
	it->to = mem_dup(r->peer);
	it->text = gsm_fit(o->text, s->plain, s->max_parts);
	it->parts = gsm_parts(it->text);
	list_add(&s->queue, it);
	s->credit -= s->credit > 0;
	if (!phone_is_e164(it->to))
		settle(&s->queue, it, BOUNCE, "not a phone number");
	else if (it->text[0] == '\0')
		settle(&s->queue, it, BOUNCE, "nothing to say");
	else if (s->mode != SPEAKING)
		settle(&s->queue, it, DEFER, "the gateway is away");
}

/* The gateway's own words, short, without digits that could be somebody's number. */
static void
quote(char *out, size_t size, const char *why, const char *body)
{
	size_t n = (size_t)snprintf(out, size, "%s", why), start;

	if (body[0] == '\0' || n + WORDS_MAX + 3 > size)
		return;
	out[n++] = ':';
	out[n++] = ' ';
	start = n;
	for (; *body != '\0' && *body != '\n' && n < start + WORDS_MAX; body++) {
		if (*body >= '0' && *body <= '9')
			out[n++] = '#';
		else if (*body >= ' ' && *body <= '~')
			out[n++] = *body;
	}
	out[n] = '\0';
}

/* This text failed, and perhaps they all do. */
static void
failed(struct sender *s, const char *why)
{
	if (s->mode == SPEAKING && (++s->failures >= FAILURES_MAX || s->careful))
		go_down(s, why);
}

static void
judge(struct sender *s, struct item *it, const struct http_answer *a)
{
	const struct dialect_answer *row = dialect_judge(
	    s->sms->dialect->answers, a->status, a->body);
	char why[160];

	snprintf(why, sizeof(why), "%s (HTTP %u)", row->why, a->status);
	switch (row->meaning) {
	case MEANS_SENT:
		settle(&s->flying, it, SENT, row->why);
		break;
	case MEANS_BOUNCE:
		quote(why, sizeof(why), row->why, a->body);
		settle(&s->flying, it, BOUNCE, why);
		break;
	case MEANS_DEFER:
		settle(&s->flying, it, DEFER, why);
		failed(s, why);
		return;
	case MEANS_BROKEN:
		settle(&s->flying, it, DEFER, why);
		if (s->mode == SPEAKING)
			go_down(s, why);
		return;
	}
	s->failures = 0;
	s->tries = 0;
	s->careful = false;
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct item *it = arg;
	struct sender *s = it->sender;
	char why[160];

	if (a->end == HTTP_ANSWERED) {
		judge(s, it, a);
		return;
	}
	if (a->end == HTTP_UNREACHED) {
		snprintf(why, sizeof(why), "the gateway cannot be reached: %s", a->error);
		settle(&s->flying, it, DEFER, why);
		if (s->mode == SPEAKING)
			go_down(s, why);
	} else {
		/* Kannel, for one, sends such a text later all the same. */
		snprintf(why, sizeof(why), "no answer, perhaps sent: %s", a->error);
		settle(&s->flying, it, DEFER, why);
		failed(s, "the gateway takes texts but does not answer");
	}
}

static void
try(struct sender *s, struct item *it)
{
	struct buf url = { 0 };
	struct dialect_text t = {
		.key = it->key, .to = it->to, .text = it->text, .wide = !gsm_fits(it->text)
	};

	list_remove(&s->queue, it);
	list_add(&s->flying, it);
	s->tokens -= it->parts;
	s->sms->dialect->send(&s->route, &t, &url);
	http_get(s->sms->http, buf_text(&url), on_answer, it);
	buf_free(&url);
}

static double
bucket_size(const struct sender *s)
{
	return s->rate > 1 ? s->rate : 1;
}

/* Tokens that ${it} waits for; a text of more parts than the bucket holds goes into debt. */
static double
price(const struct sender *s, const struct item *it)
{
	return it->parts < bucket_size(s) ? it->parts : bucket_size(s);
}

static void
refill(struct sender *s, int64_t now)
{
	s->tokens += (double)(now - s->tokens_at) * s->rate / 1000;
	if (s->tokens > bucket_size(s))
		s->tokens = bucket_size(s);
	s->tokens_at = now;
}

static int
until_tokens(const struct sender *s, double tokens)
{
	return s->tokens >= tokens ? 0 : (int)((tokens - s->tokens) * 1000 / s->rate) + 1;
}

/* Ask for what could be tried at once.  Return as sender_turn(). */
static int
want(struct sender *s, unsigned limit)
{
	unsigned had = s->credit + s->queue.n + s->flying.n, more;
	double promised = s->credit;

	if (had >= limit)
		return -1;
	for (const struct item *it = s->queue.first; it != NULL; it = it->next)
		promised += it->parts;
	more = s->tokens - promised >= limit - had ? limit - had
	       : s->tokens - promised >= 1         ? (unsigned)(s->tokens - promised)
						   : 0;
	if (more > 0) {
		s->credit += more;
		port_want(s->sms->port, more);
	}
	/* More than the bucket holds can not be promised: then the next text makes room. */
	if (had + more >= limit || s->credit + 1 > bucket_size(s))
		return -1;
	return until_tokens(s, promised + more + 1);
}

int
sender_turn(struct sender *s)
{
	int64_t now = clock_ms();
	unsigned limit = s->careful ? 1 : s->connections;

	if (s->mode == WAITING) {
		if (now < s->ask_at)
			return (int)(s->ask_at - now);
		ask(s);
	}
	if (s->mode != SPEAKING)
		return -1;
	refill(s, now);
	while (
	    s->queue.first != NULL && s->flying.n < limit && s->tokens >= price(s, s->queue.first))
		try(s, s->queue.first);
	if (s->queue.first != NULL && s->flying.n < limit)
		return until_tokens(s, price(s, s->queue.first));
	return want(s, limit);
}

void
sender_leave(struct sender *s)
{
	s->mode = LEAVING;
	settle_all(&s->queue, DEFER, "not tried: the channel stops");
}

unsigned
sender_busy(const struct sender *s)
{
	return s->queue.n + s->flying.n;
}

void
sender_free(struct sender *s)
{
	settle_all(&s->queue, DEFER, "not tried: the channel stops");
	settle_all(&s->flying, DEFER, "no answer before the stop, perhaps sent");
	buf_free(&s->report);
	free(s);
}
