#include "channels/xmpp/say.h"

#include <time.h>

#include "channels/xmpp/xml.h"

/* "<NAME type='' from='' to='' id=''", left open. */
static void
begin(struct buf *out, const char *name, const char *type, const char *from, const char *to,
    const char *id)
{
	buf_text_add(out, "<");
	buf_text_add(out, name);
	xml_attribute(out, "type", type);
	xml_attribute(out, "from", from);
	xml_attribute(out, "to", to);
	xml_attribute(out, "id", id);
}

static void
body(struct buf *out, const char *text)
{
	buf_text_add(out, "<body>");
	xml_escape(out, text);
	buf_text_add(out, "</body>");
}

void
say_delivery(
    struct buf *out, const char *from, const char *to, const char *key, const struct outbound *o)
{
	char stamp[32];
	time_t at = (time_t)o->at;
	struct tm tm;

	begin(out, "message", "chat", from, to, key);
	buf_text_add(out, ">");
	body(out, o->text);
	buf_text_add(out, "<origin-id xmlns='urn:xmpp:sid:0'");
	xml_attribute(out, "id", key);
	buf_text_add(out, "/>");
	if (o->late && gmtime_r(&at, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
		buf_text_add(out, "<delay xmlns='urn:xmpp:delay'");
		xml_attribute(out, "stamp", stamp);
		buf_text_add(out, "/>");
	}
	buf_text_add(out, "</message>");
}

void
say_chat(struct buf *out, const char *from, const char *to, const char *text)
{
	begin(out, "message", "chat", from, to, NULL);
	buf_text_add(out, ">");
	body(out, text);
	buf_text_add(out, "</message>");
}

void
say_receipt(struct buf *out, const char *from, const char *to, const char *type, const char *id)
{
	begin(out, "message", type, from, to, NULL);
	buf_text_add(out, "><received xmlns='urn:xmpp:receipts'");
	xml_attribute(out, "id", id);
	buf_text_add(out, "/></message>");
}

void
say_presence(struct buf *out, const char *from, const char *to, const char *type)
{
	begin(out, "presence", type, from, to, NULL);
	buf_text_add(out, "/>");
}

void
say_ping(struct buf *out, const char *from, const char *to, const char *id)
{
	begin(out, "iq", "get", from, to, id);
	buf_text_add(out, "><ping xmlns='urn:xmpp:ping'/></iq>");
}

void
say_result(struct buf *out, const char *from, const char *to, const char *id, const char *payload)
{
	begin(out, "iq", "result", from, to, id);
	buf_text_add(out, ">");
	buf_text_add(out, payload);
	buf_text_add(out, "</iq>");
}

void
say_error(struct buf *out, const char *stanza, const char *from, const char *to, const char *id,
    const char *type, const char *condition, const char *text)
{
	begin(out, stanza, "error", from, to, id);
	buf_text_add(out, "><error");
	xml_attribute(out, "type", type);
	buf_text_add(out, "><");
	buf_text_add(out, condition);
	buf_text_add(out, " xmlns='" NS_STANZAS "'/>");
	if (text != NULL) {
		buf_text_add(out, "<text xmlns='" NS_STANZAS "'>");
		xml_escape(out, text);
		buf_text_add(out, "</text>");
	}
	buf_text_add(out, "</error></");
	buf_text_add(out, stanza);
	buf_text_add(out, ">");
}
