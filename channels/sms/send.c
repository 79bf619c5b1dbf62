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
#include "channels/sms/pulse.h"
#include "channels/sms/sms.h"

#define SENT_MAX 128 /* told in one frame */
#define HOLD_MS 5    /* so long may what was sent wait to be told with more */
#define MANY 16      /* connections */

/* What several deliveries share. */
struct words {
	unsigned users;
	unsigned parts;
	struct buf query; /* the dialect's piece */
};

struct item {
	struct sender *sender;
	struct item *next, **at;
	struct words *words;
	uint64_t id;
	const char *key, *to;
	char strings[];
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
	int64_t ask_at; /* WAITING: when to ask the gateway again */
	unsigned tries; /* to get it back */
	struct pulse pulse;
	bool careful;

	struct buf query; /* of a request */
	size_t common;    /* bytes of it that are the same for all texts */

	struct list queue, flying;
	uint64_t sent[SENT_MAX]; /* told to the core together, at the end of the turn */
	size_t sent_n;
	int64_t sent_at; /* clock_ms: the first of them */
	const char *sent_why;
	unsigned credit; /* asked for, and not come yet */
	double rate, tokens;
	int64_t tokens_at;
};

static void
list_add(struct list *l, struct item *it)
{
	it->next = NULL;
	it->at = l->last;
	*l->last = it;
	l->last = &it->next;
	l->n++;
}

static void
list_remove(struct list *l, struct item *it)
{
	*it->at = it->next;
	if (it->next != NULL)
		it->next->at = it->at;
	else
		l->last = it->at;
	l->n--;
}

static void
words_drop(struct words *w)
{
	if (--w->users > 0)
		return;
	buf_free(&w->query);
	free(w);
}

static void
tell_sent(struct sender *s)
{
	if (s->sent_n > 0)
		port_settle_all(s->sms->port, s->sent, s->sent_n, SENT, s->sent_why);
	s->sent_n = 0;
}

/* Tell how it ended, and forget it.  Most end well, and many at once. */
static void
settle(struct list *l, struct item *it, enum outcome o, const char *why)
{
	struct sender *s = it->sender;

	list_remove(l, it);
	if (o != SENT) {
		port_settle(s->sms->port, it->id, o, why, "");
	} else {
		if (s->sent_n == SENT_MAX || s->sent_why != why)
			tell_sent(s);
		if (s->sent_n == 0)
			s->sent_at = clock_ms();
		s->sent_why = why;
		s->sent[s->sent_n++] = it->id;
		if (s->mode == LEAVING)
			tell_sent(s);
	}
	words_drop(it->words);
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
	s->route.username = conf_text(c, "username");
	s->route.password = conf_text(c, "password");
	s->route.number = conf_text(c, "number");
	s->route.report = buf_text(&s->report);
	s->route.validity = (unsigned)conf_int(c, "validity");
	s->plain = strcmp(conf_text(c, "transliterate"), "quotes") == 0;
	s->max_parts = (unsigned)conf_int(c, "max_parts");
	s->connections = sms->connections;
	sms->dialect->common(&s->route, &s->query);
	s->common = s->query.len;
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
	pulse_good(&s->pulse, clock_ms());
	port_state(s->sms->port, CHANNEL_UP, "");
}

static void
ask(struct sender *s)
{
	struct buf query = { 0 };

	s->mode = ASKING;
	s->sms->dialect->probe(&s->route, &query);
	http_get(s->sms->http, buf_text(&query), on_probe, s);
	buf_free(&query);
}

void
sender_begin(struct sender *s)
{
	port_state(s->sms->port, CHANNEL_CONNECTING, "");
	ask(s);
}

static struct words *
words_new(struct sender *s, const char *text)
{
	struct words *w = mem_new(sizeof(*w));
	char *fit = gsm_fit(text, s->plain, s->max_parts);

	w->users = 1;
	w->parts = fit[0] != '\0' ? gsm_parts(fit) : 0;
	s->sms->dialect->words(fit, !gsm_fits(fit), &w->query);
	free(fit);
	return w;
}

static struct item *
item_new(struct sender *s, struct words *w, const struct recipient *r)
{
	size_t key = strlen(r->key) + 1, to = strlen(r->peer) + 1;
	struct item *it = mem_new(sizeof(*it) + key + to);

	it->sender = s;
	it->id = r->id;
	it->words = w;
	w->users++;
	it->key = memcpy(it->strings, r->key, key);
	it->to = memcpy(it->strings + key, r->peer, to);
	return it;
}

void
sender_deliver(struct sender *s, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct words *w = words_new(s, o->text);
	struct item *it;

	for (size_t i = 0; i < n; i++) {
		it = item_new(s, w, &r[i]);
		list_add(&s->queue, it);
		s->credit -= s->credit > 0;
		if (!phone_is_e164(it->to))
			settle(&s->queue, it, BOUNCE, "not a phone number");
		else if (w->parts == 0)
			settle(&s->queue, it, BOUNCE, "nothing to say");
		else if (s->mode != SPEAKING)
			settle(&s->queue, it, DEFER, "the gateway is away");
	}
	words_drop(w);
}

/* This text failed, and perhaps they all do. */
static void
failed(struct sender *s, const char *why)
{
	if (s->mode == SPEAKING && (pulse_failed(&s->pulse, clock_ms()) || s->careful))
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
		dialect_quote(why, sizeof(why), row->why, a->body);
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
	pulse_good(&s->pulse, clock_ms());
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
	list_remove(&s->queue, it);
	list_add(&s->flying, it);
	s->tokens -= it->words->parts;
	s->query.len = s->common;
	s->sms->dialect->one(&s->route, it->key, it->to, &s->query);
	buf_text_add(&s->query, "&");
	buf_add(&s->query, it->words->query.data, it->words->query.len);
	http_get(s->sms->http, buf_text(&s->query), on_answer, it);
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
	return it->words->parts < bucket_size(s) ? it->words->parts : bucket_size(s);
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

/*
 * Ask for what could be tried at once, and where there are many connections, for as much again, so that none is
 * idle until the core has heard of it: each answer by itself costs the core more than a text.  Return as
 * sender_turn().
 */
static int
want(struct sender *s, unsigned limit)
{
	unsigned had = s->credit + s->queue.n + s->flying.n, more;
	double promised = s->credit;

	if (limit >= MANY)
		limit = 2 * limit < s->sms->window ? 2 * limit : s->sms->window;
	if (had >= limit || (limit >= MANY && had + limit / 4 > limit))
		return -1;
	for (const struct item *it = s->queue.first; it != NULL; it = it->next)
		promised += it->words->parts;
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

/* Tell the core what was sent, or wait for more while there is enough to do.  Return as sender_turn(). */
static int
tell_some(struct sender *s, int64_t now)
{
	if (s->sent_n > 0 && s->mode == SPEAKING && s->queue.n > 0 &&
	    s->sent_n < s->connections / 4 && now < s->sent_at + HOLD_MS)
		return (int)(s->sent_at + HOLD_MS - now);
	tell_sent(s);
	return -1;
}

static int
turn(struct sender *s, int64_t now)
{
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

int
sender_turn(struct sender *s)
{
	int64_t now = clock_ms();
	int wait = turn(s, now), hold = tell_some(s, now);

	return wait == -1 || (hold != -1 && hold < wait) ? hold : wait;
}

void
sender_leave(struct sender *s)
{
	s->mode = LEAVING;
	tell_sent(s);
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
	buf_free(&s->query);
	buf_free(&s->report);
	free(s);
}
