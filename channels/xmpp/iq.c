#include "channels/xmpp/iq.h"

#include <string.h>
#include <time.h>

#include "channels/xmpp/say.h"
#include "channels/xmpp/stanza.h"
#include "channels/xmpp/xml.h"

#define NS_INFO "http://jabber.org/protocol/disco#info"
#define NS_ITEMS "http://jabber.org/protocol/disco#items"

/* The query being answered. */
struct query {
	struct buf *out;
	const struct hear_self *self;
	const struct adhoc *adhoc;
	xmpp_stanza_t *payload;
	const char *from, *to, *id, *lang;
	bool set;
};

static void
fault(const struct query *q, const char *type, const char *condition)
{
	say_error(q->out, "iq", q->to, q->from, q->id, type, condition, NULL);
}

static void
result(const struct query *q, const char *payload)
{
	say_result(q->out, q->to, q->from, q->id, payload);
}

static void
ping(const struct query *q)
{
	result(q, "");
}

/* Is the component as a whole asked, not someone at it? */
static bool
of_domain(const struct query *q)
{
	return q->self->component && strchr(q->to, '@') == NULL;
}

static void
node_info(const struct query *q, const char *node)
{
	struct buf b = { 0 };

	if (adhoc_info(q->adhoc, &b, node, q->lang))
		result(q, buf_text(&b));
	else
		fault(q, "cancel", "item-not-found");
	buf_free(&b);
}

static void
info(const struct query *q)
{
	static const char features[] = "<feature var='" NS_INFO "'/>"
				       "<feature var='" NS_ITEMS "'/>"
				       "<feature var='urn:xmpp:ping'/>"
				       "<feature var='jabber:iq:version'/>"
				       "<feature var='urn:xmpp:time'/>"
				       "<feature var='urn:xmpp:receipts'/>"
				       "<feature var='urn:xmpp:reply:0'/>"
				       "<feature var='urn:xmpp:sid:0'/>";
	const char *node = stanza_get(q->payload, "node");
	struct buf b = { 0 };

	if (*node != '\0') {
		node_info(q, node);
		return;
	}
	buf_printf(&b,
	    "<query xmlns='%s'><identity category='%s' type='%s' name='Hudhud'/>%s%s</query>",
	    NS_INFO, of_domain(q) ? "component" : "client", of_domain(q) ? "generic" : "bot",
	    features, adhoc_has(q->adhoc) ? "<feature var='" NS_COMMANDS "'/>" : "");
	result(q, buf_text(&b));
	buf_free(&b);
}

static void
items(const struct query *q)
{
	const char *node = stanza_get(q->payload, "node");
	struct buf b = { 0 };

	if (strcmp(node, NS_COMMANDS) == 0 && adhoc_has(q->adhoc)) {
		adhoc_list(q->adhoc, &b, q->to, q->lang);
		result(q, buf_text(&b));
		buf_free(&b);
		return;
	}
	if (*node != '\0') {
		fault(q, "cancel", "item-not-found");
		return;
	}
	buf_text_add(&b, "<query xmlns='" NS_ITEMS "'>");
	if (of_domain(q)) {
		buf_text_add(&b, "<item");
		xml_attribute(&b, "jid", q->self->jid);
		buf_text_add(&b, " name='Hudhud'/>");
	}
	buf_text_add(&b, "</query>");
	result(q, buf_text(&b));
	buf_free(&b);
}

/* Without the operating system: nobody's business. */
static void
version(const struct query *q)
{
	result(q, "<query xmlns='jabber:iq:version'><name>Hudhud</name>"
		  "<version>" PACKAGE_VERSION "</version></query>");
}

static void
entity_time(const struct query *q)
{
	char b[160];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(b, sizeof(b),
		"<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>%Y-%m-%dT%H:%M:%SZ</utc></time>",
		&tm) == 0)
		fault(q, "wait", "internal-server-error");
	else
		result(q, b);
}

static const struct {
	const char *name, *ns;
	void (*answer)(const struct query *q);
} known[] = {
	{ "ping", "urn:xmpp:ping", ping },
	{ "query", NS_INFO, info },
	{ "query", NS_ITEMS, items },
	{ "query", "jabber:iq:version", version },
	{ "time", "urn:xmpp:time", entity_time },
};

/* A push of the roster (RFC 6121 2.1.6) is for our account's own server to make. */
static bool
roster_push(const struct query *q)
{
	if (!q->set || q->self->component || !stanza_is(q->payload, "xmlns", "jabber:iq:roster"))
		return false;
	if (q->from == NULL || strcmp(q->from, q->self->bare) == 0)
		result(q, "");
	else
		fault(q, "cancel", "service-unavailable");
	return true;
}

const char *
iq_lang(xmpp_stanza_t *s)
{
	const char *lang = stanza_get(s, "xml:lang");

	/* libstrophe's parsers differ in what they make of the prefix */
	return *lang != '\0' ? lang : stanza_get(s, "lang");
}

void
iq_answer(struct buf *out, const struct hear_self *self, const struct adhoc *adhoc,
    xmpp_stanza_t *s, const char *from, const char *to)
{
	struct query q = { .out = out,
		.self = self,
		.adhoc = adhoc,
		.lang = iq_lang(s),
		.from = from,
		.to = to,
		.id = xmpp_stanza_get_id(s),
		.set = stanza_is(s, "type", "set") };
	xmpp_stanza_t *c = xmpp_stanza_get_children(s);

	for (; c != NULL && q.payload == NULL; c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_tag(c))
			q.payload = c;
	if (q.payload == NULL || q.id == NULL) {
		fault(&q, "modify", "bad-request");
		return;
	}
	if (roster_push(&q))
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!stanza_is(q.payload, "xmlns", known[i].ns) ||
		    strcmp(xmpp_stanza_get_name(q.payload), known[i].name) != 0)
			continue;
		if (q.set)
			fault(&q, "cancel", "not-allowed");
		else
			known[i].answer(&q);
		return;
	}
	fault(&q, "cancel", "service-unavailable");
}
