/*
 * In: the web server passes on what the gateway asks for under our secret.  A text is
 * answered by the core itself, from what it is told here, once there is a verdict.  A
 * report is handed over and answered at once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/sms/charset.h"
#include "channels/sms/phone.h"
#include "channels/sms/sms.h"

#define KEY_MAX 60
#define DETAIL_MAX 60
#define STRANGERS_MS 60000

struct hooks {
	struct sms *sms;
	const char *secret, *region;
	enum proof proof;
	unsigned strangers;   /* with a wrong secret, since the log had it */
	int64_t strangers_at; /* when it had, 0: never */
};

/* A text as the gateway told it. */
struct told {
	struct buf from, to, raw, text, charset, coding, id, time;
};

struct hooks *
hooks_new(struct sms *s)
{
	struct hooks *k = mem_new(sizeof(*k));

	k->sms = s;
	k->secret = conf_text(s->conf, "hook_secret");
	k->region = conf_text(s->conf, "region");
	k->proof = strcmp(conf_text(s->conf, "trust"), "carrier") == 0 ? PROOF_PEER : PROOF_NONE;
	return k;
}

static void
answer(struct hooks *k, uint64_t hook, unsigned status, const char *body)
{
	port_hook_answer(k->sms->port, hook, status, "text/plain", body);
}

/* Are the ${n} bytes at ${s} the secret?  Takes as long whichever byte is wrong. */
static bool
is_secret(const char *secret, const char *s, size_t n)
{
	size_t len = strlen(secret);
	unsigned diff = len != n;

	for (size_t i = 0; i < n; i++)
		diff |= (unsigned char)s[i] ^ (unsigned char)secret[len > 0 ? i % len : 0];
	return diff == 0 && len > 0;
}

/* The field ${name}, out of the address or a posted form; -1 if neither has it. */
static int
field(const struct hook *h, const char *name, struct buf *out)
{
	if (name == NULL)
		return -1;
	if (form_get(h->query, strlen(h->query), name, out) == 0)
		return 0;
	if (strncasecmp(h->type, "application/x-www-form-urlencoded", 33) != 0)
		return -1;
	return form_get(h->body, h->body_len, name, out);
}

static void
told_free(struct told *t)
{
	buf_free(&t->from);
	buf_free(&t->to);
	buf_free(&t->raw);
	buf_free(&t->text);
	buf_free(&t->charset);
	buf_free(&t->coding);
	buf_free(&t->id);
	buf_free(&t->time);
}

/*
 * Fill in ${t}.  Return the status to answer with if this is nothing for the core, else 0.
 * What is wrong with our own settings or the gateway's is answered with 400, which it
 * tries again; what no retry mends is acknowledged and forgotten.
 */
static unsigned
read_told(struct hooks *k, const struct hook *h, struct told *t)
{
	const struct dialect *d = k->sms->dialect;

	if (field(h, d->from, &t->from) == -1 || field(h, d->text, &t->raw) == -1) {
		log_warn("a text without the field %s or %s: look at the gateway's settings",
		    d->from, d->text);
		return 400;
	}
	field(h, d->to, &t->to);
	field(h, d->charset, &t->charset);
	field(h, d->coding, &t->coding);
	field(h, d->id, &t->id);
	field(h, d->time, &t->time);
	if (d->binary != NULL && strcmp(buf_text(&t->coding), d->binary) == 0) {
		log_info("a binary message, refused");
		return d->refused;
	}
	if (charset_utf8(buf_text(&t->charset), buf_text(&t->raw), t->raw.len, &t->text) == -1) {
		log_warn("a text in a charset that is not known (%.20s), refused",
		    buf_text(&t->charset));
		return d->refused;
	}
	if (t->text.len > PORT_TEXT_MAX) {
		log_info("a text of %zu bytes, refused", t->text.len);
		return d->refused;
	}
	return 0;
}

/* A "+" that somebody forgot to encode arrives as a blank. */
static bool
read_sender(struct hooks *k, struct told *t, char peer[PHONE_MAX])
{
	if (t->from.len > 0 && t->from.data[0] == ' ')
		t->from.data[0] = '+';
	switch (phone_read(buf_text(&t->from), k->region, peer)) {
	case PHONE_NUMBER:
		return true;
	case PHONE_UNSURE:
		log_warn("a text from a number whose country is not clear, dropped: "
			 "set region, or let the gateway give numbers with +");
		return false;
	default:
		/* A service or a name: a machine, which nobody could answer. */
		log_info("a text from a machine, dropped");
		return false;
	}
}

static uint64_t
hash(uint64_t h, const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		h = (h ^ (unsigned char)b->data[i]) * 0x100000001b3u;
	return (h ^ 0x100) * 0x100000001b3u;
}

/*
 * Without an id of the gateway's, what it says of the time makes a repeat recognisable;
 * without that, nothing: two people may well say "yes" twice.
 */
static void
make_id(struct told *t)
{
	uint64_t h = 0xcbf29ce484222325u;

	if (t->id.len > 0 || t->time.len == 0)
		return;
	h = hash(hash(hash(hash(h, &t->from), &t->to), &t->time), &t->raw);
	buf_printf(&t->id, "h%016" PRIx64, h);
}

static void
hear_text(struct hooks *k, const struct hook *h)
{
	struct told t = { 0 };
	char peer[PHONE_MAX];
	const struct dialect *d = k->sms->dialect;
	struct inbound in = { .peer = peer, .reply_to = "", .token = "", .proof = k->proof };
	const struct hook_answers answers = {
		.status = { [VERDICT_KEPT] = d->kept,
		    [VERDICT_LATER] = d->later,
		    [VERDICT_REFUSED] = d->refused },
		.body = { [VERDICT_KEPT] = d->ack,
		    [VERDICT_LATER] = "",
		    [VERDICT_REFUSED] = d->ack },
	};
	unsigned status;

	status = read_told(k, h, &t);
	if (status != 0) {
		answer(k, h->id, status, status < 300 ? d->ack : "");
	} else if (!read_sender(k, &t, peer)) {
		answer(k, h->id, d->refused, d->ack);
	} else {
		make_id(&t);
		in.to = buf_text(&t.to);
		in.foreign = buf_text(&t.id);
		in.text = buf_text(&t.text);
		in.text_len = t.text.len;
		port_receive_hook(k->sms->port, h->id, &answers, &in);
	}
	told_free(&t);
}

static bool
is_key(const struct buf *b)
{
	return b->len > 0 && b->len <= KEY_MAX &&
	       strspn(b->data, "abcdefghijklmnopqrstuvwxyz0123456789.") == b->len;
}

/* Add the word after ${label} in the network's words, if it is there. */
static void
add_word(struct buf *out, const char *detail, const char *label)
{
	const char *s = strstr(detail, label);
	size_t n;

	if (s == NULL)
		return;
	n = strspn(
	    s + strlen(label), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz");
	if (n > 0 && n < 20)
		buf_printf(out, " %.*s", (int)(strlen(label) + n), s);
}

/*
 * Add what the network said to ${why}: the state and error of an SMPP report, never its
 * "text:", or the reason of a refusal.
 */
static void
add_detail(struct buf *why, const char *detail)
{
	size_t n;

	if (strncmp(detail, "NACK/", 5) == 0) {
		n = strspn(detail + 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789/ -");
		buf_printf(why, ": %.*s", (int)(n < DETAIL_MAX ? n : DETAIL_MAX), detail + 5);
		return;
	}
	add_word(why, detail, "stat:");
	add_word(why, detail, "err:");
}

static void
hear_report(struct hooks *k, const struct hook *h)
{
	const struct dialect *d = k->sms->dialect;
	struct buf key = { 0 }, type = { 0 }, detail = { 0 }, why = { 0 };
	const struct dialect_report *row = NULL;

	field(h, d->report_key, &key);
	field(h, d->report_type, &type);
	field(h, d->report_detail, &detail);
	if (is_key(&key) && type.len > 0 && strspn(type.data, "0123456789") == type.len)
		row = dialect_outcome(d->reports, (unsigned)strtoul(type.data, NULL, 10));
	if (row != NULL) {
		buf_text_add(&why, row->why);
		add_detail(&why, buf_text(&detail));
		port_report(k->sms->port, key.data, row->outcome, buf_text(&why));
	}
	answer(k, h->id, d->kept, d->ack);
	buf_free(&key);
	buf_free(&type);
	buf_free(&detail);
	buf_free(&why);
}

/* Most likely the gateway's settings are wrong; if somebody guesses, that must not fill the log. */
static void
note_stranger(struct hooks *k)
{
	int64_t now = clock_ms();

	k->strangers++;
	if (k->strangers_at != 0 && now - k->strangers_at < STRANGERS_MS)
		return;
	log_warn(
	    "%u requests with a wrong hook secret: look at the address in the gateway's settings",
	    k->strangers);
	k->strangers = 0;
	k->strangers_at = now;
}

void
hooks_hear(struct hooks *k, const struct hook *h)
{
	size_t n = strcspn(h->path, "/");
	const char *rest = h->path + n;

	bool known = is_secret(k->secret, h->path, n);

	if (!known)
		note_stranger(k);
	if (!known || (rest[0] != '\0' && strcmp(rest, "/report") != 0))
		answer(k, h->id, 404, "");
	else if (strcmp(h->method, "GET") != 0 && strcmp(h->method, "POST") != 0)
		answer(k, h->id, 405, "");
	else if (rest[0] == '\0')
		hear_text(k, h);
	else
		hear_report(k, h);
}

void
hooks_free(struct hooks *k)
{
	free(k);
}
