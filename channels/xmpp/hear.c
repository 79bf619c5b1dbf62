#include "channels/xmpp/hear.h"

#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/xmpp/fail.h"
#include "channels/xmpp/iq.h"
#include "channels/xmpp/pending.h"
#include "channels/xmpp/say.h"
#include "channels/xmpp/seen.h"
#include "channels/xmpp/sight.h"
#include "channels/xmpp/stanza.h"
#include "channels/xmpp/xml.h"

#define ID_MAX 120 /* an id and its resource longer than this are known by the digest alone */
#define NOTICE_MS 3600000    /* the same person hears about encryption once in this time */
#define NOTICE_EVERY_MS 6000 /* and all together this often, after NOTICE_BURST */
#define NOTICE_BURST 10
#define NS_RECEIPTS "urn:xmpp:receipts"
#define NS_REPLY "urn:xmpp:reply:0"

struct hear {
	const struct hear_self *self;
	struct buf *out;
	const struct hear_calls *calls;
	void *cookie;
	struct pendings pending; /* with the core, without a verdict */
	struct adhoc *adhoc;
	struct seen told;       /* of encryption */
	struct seen subscribed; /* those we asked to see */
	struct seen greeted;    /* those who see us, as far as we know */
	int64_t notice_at;      /* when the last of the burst would be due */
};

/* Who sent a stanza to whom. */
struct route {
	const char *from;      /* as written; NULL: our server */
	char peer[JID_SIZE];   /* its bare form */
	char to[JID_SIZE];     /* bare */
	const char *answer_as; /* what our answers come from */
};

struct hear *
hear_new(
    const struct hear_self *self, struct buf *out, const struct hear_calls *calls, void *cookie)
{
	struct hear *h = mem_new(sizeof(*h));

	h->self = self;
	h->out = out;
	h->calls = calls;
	h->cookie = cookie;
	h->adhoc = adhoc_new();
	return h;
}

void
hear_free(struct hear *h)
{
	if (h == NULL)
		return;
	pending_clear(&h->pending);
	adhoc_free(h->adhoc);
	seen_free(&h->told);
	seen_free(&h->subscribed);
	seen_free(&h->greeted);
	free(h);
}

/* Find out who speaks to whom; false if it is nothing for us. */
static bool
routed(struct hear *h, xmpp_stanza_t *s, struct route *r)
{
	const char *to = xmpp_stanza_get_to(s);

	r->from = xmpp_stanza_get_from(s);
	r->peer[0] = '\0';
	if (h->self->component) {
		/* An answer from another domain than ours would end the stream. */
		if (r->from == NULL || to == NULL || jid_bare(r->from, r->peer) == -1 ||
		    jid_bare(to, r->to) == -1 || strcmp(jid_domain(r->to), h->self->domain) != 0)
			return false;
		r->answer_as = *jid_resource(to) == '\0' ? r->to : to;
		return true;
	}
	r->answer_as = h->self->jid;
	if (r->from != NULL && jid_bare(r->from, r->peer) == -1)
		return false;
	if (to == NULL)
		return mem_copy(r->to, sizeof(r->to), h->self->bare) == 0;
	return jid_bare(to, r->to) == 0 && strcmp(r->to, h->self->bare) == 0;
}

/* What a message carries beside or instead of words that are meant for us. */
static const struct {
	const char *name, *ns;
} not_words[] = {
	{ "sent", "urn:xmpp:carbons:2" },
	{ "received", "urn:xmpp:carbons:2" },
	{ "result", "urn:xmpp:mam:2" },
	{ "forwarded", "urn:xmpp:forward:0" },
	{ "x", "http://jabber.org/protocol/muc#user" },
	{ "x", "jabber:x:conference" },
	{ "event", "http://jabber.org/protocol/pubsub#event" },
	{ "reactions", "urn:xmpp:reactions:0" },
	{ "retract", "urn:xmpp:message-retract:1" },
	{ "retract", "urn:xmpp:message-retract:0" },
	{ "apply-to", "urn:xmpp:fasten:0" },
}, encryptions[] = {
	{ "encryption", "urn:xmpp:eme:0" },
	{ "encrypted", "eu.siacs.conversations.axolotl" },
	{ "encrypted", "urn:xmpp:omemo:1" },
	{ "encrypted", "urn:xmpp:omemo:2" },
	{ "x", "jabber:x:encrypted" },
	{ "openpgp", "urn:xmpp:openpgp:0" },
};

#define HAS_ANY(s, table) has_any(s, table, sizeof(table) / sizeof((table)[0]))

static bool
has_any(xmpp_stanza_t *s, const __typeof__(not_words[0]) *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (stanza_child(s, table[i].name, table[i].ns) != NULL)
			return true;
	return false;
}

/* An encrypted message may carry keys only; then nobody waits for an answer. */
static bool
is_encrypted(xmpp_stanza_t *s, const char *text)
{
	return strncmp(text, "?OTR", 4) == 0 || HAS_ANY(s, encryptions);
}

static bool
has_payload(xmpp_stanza_t *s)
{
	static const char *const ns[] = { "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1",
		"urn:xmpp:omemo:2" };
	xmpp_stanza_t *e;

	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		e = stanza_child(s, "encrypted", ns[i]);
		if (e != NULL && stanza_child(e, "payload", ns[i]) != NULL)
			return true;
	}
	return false;
}

static void
tell_of_encryption(struct hear *h, const struct route *r)
{
	int64_t now = clock_ms();

	if (h->notice_at < now - (NOTICE_BURST - 1) * NOTICE_EVERY_MS)
		h->notice_at = now - (NOTICE_BURST - 1) * NOTICE_EVERY_MS;
	if (h->notice_at > now || !seen_first(&h->told, r->peer, NOTICE_MS))
		return;
	h->notice_at += NOTICE_EVERY_MS;
	say_chat(h->out, r->answer_as, r->peer,
	    "Your message was encrypted and could not be read: "
	    "please switch encryption (OMEMO, OTR, PGP) off for this contact.");
}

void
hear_unquote(char *text, unsigned long start, unsigned long end)
{
	size_t from = xml_offset(text, start), to = xml_offset(text, end);

	if (from < to)
		memmove(text + from, text + to, strlen(text + to) + 1);
}

/* The number in the attribute ${name}; ${absent} if there is none. */
static unsigned long
number(xmpp_stanza_t *s, const char *name, unsigned long absent)
{
	const char *v = xmpp_stanza_get_attribute(s, name);

	return v == NULL || *v < '0' || *v > '9' ? absent : strtoul(v, NULL, 10);
}

/* Keys of deliveries, which are our stanzas' ids. */
static bool
is_key(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.");

	return n > 0 && n <= 60 && s[n] == '\0';
}

/* Which of our deliveries is answered, "?" for none of ours; the quotation is cut out of ${text}. */
static const char *
reply_to(xmpp_stanza_t *s, char *text)
{
	static const char *const ns[] = { "urn:xmpp:fallback:0", "urn:xmpp:feature-fallback:0" };
	xmpp_stanza_t *reply = stanza_child(s, "reply", NS_REPLY), *f, *body;

	if (reply == NULL)
		return "";
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		f = stanza_child(s, "fallback", ns[i]);
		if (f == NULL || !stanza_is(f, "for", NS_REPLY))
			continue;
		body = stanza_child(f, "body", ns[i]);
		if (body != NULL)
			hear_unquote(text, number(body, "start", 0), number(body, "end", 0));
	}
	return is_key(stanza_get(reply, "id")) ? stanza_get(reply, "id") : REPLY_UNKNOWN;
}

/*
 * What tells a repeat: the peer's id, and beside it the resource, since an id is unique for the
 * sending program only, the text, and the hour, since there are programs that count from 1 at each
 * start.  No network repeats a stanza later than that.
 */
static void
foreign_id(xmpp_stanza_t *s, const char *from, const char *text, struct buf *out)
{
	const char *id = stanza_get(s, "id");
	xmpp_ctx_t *ctx = xmpp_stanza_get_context(s);
	struct buf rest = { 0 };
	char *digest;

	if (*id == '\0')
		return;
	buf_printf(
	    &rest, "%s/%s/%lld/%s", id, jid_resource(from), (long long)clock_wall() / 3600, text);
	digest = xmpp_sha1(ctx, (const unsigned char *)rest.data, rest.len);
	if (strlen(id) + strlen(jid_resource(from)) <= ID_MAX)
		buf_printf(out, "%s/%s/", id, jid_resource(from));
	buf_text_add(out, digest);
	xmpp_free(ctx, digest);
	buf_free(&rest);
}

/* Hand ${text} of ${s} to the core, and keep ${like} for when it has decided. */
static void
pass_on(struct hear *h, xmpp_stanza_t *s, const struct route *r, const char *text,
    const char *reply_to, struct pending *like)
{
	struct inbound in = { .peer = r->peer,
		.to = r->to,
		.text = text,
		.text_len = strlen(text),
		.reply_to = reply_to,
		.token = "",
		.proof = PROOF_PEER };
	struct pending *p = pending_free(&h->pending);
	struct buf foreign = { 0 };

	if (p == NULL) {
		pending_refuse(h->out, like, "wait", "resource-constraint", NULL);
		free(like->command);
		return;
	}
	foreign_id(s, r->from, text, &foreign);
	in.foreign = buf_text(&foreign);
	like->token = h->calls->receive(h->cookie, &in);
	buf_free(&foreign);
	if (like->token != 0) {
		pending_keep(&h->pending, p, like);
		return;
	}
	pending_refuse(h->out, like, "wait", "resource-constraint", NULL);
	free(like->command);
}

static void
message_words(struct hear *h, xmpp_stanza_t *s, const struct route *r)
{
	xmpp_stanza_t *body = stanza_child(s, "body", NULL);
	struct pending view = { .from = (char *)r->from, /* views; copied when it is kept */
		.to = (char *)r->answer_as,
		.id = (char *)xmpp_stanza_get_id(s),
		.type = stanza_is(s, "type", "chat") ? (char[]){ "chat" } : NULL };
	const char *answered;
	char *text;

	if (HAS_ANY(s, not_words))
		return;
	text = body == NULL ? mem_dup("") : stanza_text(body);
	if (is_encrypted(s, text)) {
		if (*text != '\0' || has_payload(s))
			tell_of_encryption(h, r);
	} else if (strlen(text) > PORT_TEXT_MAX)
		pending_refuse(h->out, &view, "modify", "policy-violation", "This is too long.");
	else if (text[strspn(text, " \t\r\n")] != '\0') {
		view.receipt = view.id != NULL && stanza_child(s, "request", NS_RECEIPTS) != NULL;
		answered = reply_to(s, text);
		pass_on(h, s, r, text, answered, &view);
	}
	free(text);
}

static void
message_error(struct hear *h, xmpp_stanza_t *s, const struct route *r)
{
	xmpp_stanza_t *e = stanza_child(s, "error", NULL), *c = NULL;
	const char *why, *id = stanza_get(s, "id"), *peer = r->peer;
	enum outcome o;

	if (!is_key(id))
		return;
	if (e != NULL)
		c = stanza_child(e, NULL, NS_STANZAS);
	o = fail_outcome(e == NULL ? NULL : xmpp_stanza_get_attribute(e, "type"),
	    c == NULL ? NULL : xmpp_stanza_get_name(c), &why);
	h->calls->failed(h->cookie, id, *peer == '\0' ? NULL : peer, o, why);
}

/* Is it somebody who may say something? */
static bool
is_person(const struct hear *h, const struct route *r)
{
	return r->from != NULL && jid_has_local(r->peer) && strcmp(r->peer, h->self->bare) != 0 &&
	       (!h->self->component || strcmp(jid_domain(r->peer), h->self->domain) != 0);
}

static void
on_message(struct hear *h, xmpp_stanza_t *s)
{
	struct route r;

	if (!routed(h, s, &r))
		return;
	if (stanza_is(s, "type", "error"))
		message_error(h, s, &r);
	else if (stanza_is(s, "type", "headline") || stanza_is(s, "type", "groupchat"))
		return;
	else if (is_person(h, &r))
		message_words(h, s, &r);
}

/* A command was chosen from the list: what it says goes to the core as if it had been typed. */
static void
on_command(struct hear *h, xmpp_stanza_t *s, const struct route *r, xmpp_stanza_t *command)
{
	struct adhoc_step step = adhoc_take(h->adhoc, command, iq_lang(s));
	struct pending view = { .from = (char *)r->from,
		.to = (char *)r->answer_as,
		.id = (char *)xmpp_stanza_get_id(s),
		.command = step.payload };

	if (step.fault != NULL)
		say_error(h->out, "iq", view.to, view.from, view.id, "modify", step.fault, NULL);
	else if (step.text != NULL)
		pass_on(h, s, r, step.text, "", &view);
	else
		say_result(h->out, view.to, view.from, view.id, step.payload);
	if (step.text == NULL)
		free(step.payload);
	free(step.text);
}

static void
on_iq(struct hear *h, xmpp_stanza_t *s)
{
	xmpp_stanza_t *command = stanza_child(s, "command", NS_COMMANDS);
	struct route r;

	if (!routed(h, s, &r))
		return;
	if (stanza_is(s, "type", "set") && command != NULL && xmpp_stanza_get_id(s) != NULL &&
	    is_person(h, &r))
		on_command(h, s, &r, command);
	else if (stanza_is(s, "type", "get") || stanza_is(s, "type", "set"))
		iq_answer(h->out, h->self, h->adhoc, s, r.from, r.answer_as);
	else if (stanza_is(s, "type", "result") || stanza_is(s, "type", "error"))
		h->calls->answered(h->cookie, stanza_get(s, "id"), *r.peer == '\0' ? NULL : r.peer);
	else
		say_error(h->out, "iq", r.answer_as, r.from, xmpp_stanza_get_id(s), "modify",
		    "bad-request", NULL);
}

/* Whoever wants to see us may, and we them; asked once, or two such services would never end. */
static void
on_presence(struct hear *h, xmpp_stanza_t *s)
{
	struct route r;

	if (!routed(h, s, &r) || r.from == NULL || strcmp(r.peer, h->self->bare) == 0)
		return;
	if (h->calls->seen != NULL && sight_of(s) != PRESENCE_UNKNOWN)
		h->calls->seen(h->cookie, r.peer, jid_resource(r.from), sight_of(s));
	/* Presence that is about the list goes between bare addresses. */
	const char *us = h->self->component ? r.to : NULL;
	if (stanza_is(s, "type", "subscribe")) {
		say_presence(h->out, us, r.peer, "subscribed");
		if (seen_first(&h->subscribed, r.peer, -1))
			say_presence(h->out, us, r.peer, "subscribe");
		if (!h->self->component)
			return; /* the server tells them that we are here */
		seen_first(&h->greeted, r.peer, -1);
		say_presence(h->out, us, r.peer, NULL);
	} else if (stanza_is(s, "type", "unsubscribe")) {
		say_presence(h->out, us, r.peer, "unsubscribed");
		seen_forget(&h->subscribed, r.peer);
		seen_forget(&h->greeted, r.peer);
	} else if (stanza_is(s, "type", "probe") && h->self->component) {
		seen_first(&h->greeted, r.peer, -1);
		say_presence(h->out, us, r.from, NULL);
	}
}

void
hear_stanza(struct hear *h, xmpp_stanza_t *s)
{
	const char *name = xmpp_stanza_get_name(s);

	if (name == NULL)
		return;
	if (strcmp(name, "message") == 0)
		on_message(h, s);
	else if (strcmp(name, "iq") == 0)
		on_iq(h, s);
	else if (strcmp(name, "presence") == 0)
		on_presence(h, s);
}

bool
hear_text(struct hear *h, const char *xml)
{
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, xml);

	if (s != NULL) {
		hear_stanza(h, s);
		xmpp_stanza_release(s);
	}
	xmpp_ctx_free(ctx);
	return s != NULL;
}

void
hear_verdict(struct hear *h, uint64_t token, enum verdict v)
{
	pending_end(&h->pending, h->out, token, v);
}

void
hear_menu(struct hear *h, const struct menu *m)
{
	adhoc_add(h->adhoc, m);
}

bool
hear_waits(const struct hear *h)
{
	return h->pending.waiting > 0;
}

void
hear_goodbye(struct hear *h)
{
	if (!h->self->component) {
		say_presence(h->out, NULL, NULL, "unavailable");
		return;
	}
	for (size_t i = 0; i < SEEN; i++)
		if (h->greeted.who[i] != NULL)
			say_presence(h->out, h->self->jid, h->greeted.who[i], "unavailable");
}
