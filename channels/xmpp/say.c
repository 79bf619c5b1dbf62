#include "channels/xmpp/say.h"

#include <string.h>
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
say_form(struct say_form *form, const char *from, const struct outbound *o)
{
	struct buf *t = &form->text;
	char stamp[32];
	time_t at = (time_t)o->at;
	struct tm tm;

	buf_clear(t);
	begin(t, "message", "chat", from, NULL, NULL);
	buf_text_add(t, " to='");
	form->to = t->len;
	buf_text_add(t, "'>");
	body(t, o->text);
	buf_text_add(t, "<origin-id xmlns='urn:xmpp:sid:0' id='");
	form->id = t->len;
	buf_text_add(t, "'/>");
	if (o->late && gmtime_r(&at, &tm) != NULL &&
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
		buf_text_add(t, "<delay xmlns='urn:xmpp:delay'");
		xml_attribute(t, "stamp", stamp);
		buf_text_add(t, "/>");
	}
	buf_text_add(t, "</message>");
}

void
say_form_free(struct say_form *form)
{
	buf_free(&form->text);
}

static char *
put(char *at, const char *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

/* The long way: recipient and key need escaping. */
static void
say_escaped(struct buf *out, const struct say_form *form, const char *to, const char *key)
{
	const char *t = form->text.data;

	buf_add(out, t, form->to);
	xml_escape(out, to);
	buf_text_add(out, "' id='");
	xml_escape(out, key);
	buf_add(out, t + form->to, form->id - form->to);
	xml_escape(out, key);
	buf_add(out, t + form->id, form->text.len - form->id);
}

void
say_delivery(struct buf *out, const struct say_form *form, const char *to, const char *key)
{
	static const char id[] = "' id='";
	const char *t = form->text.data;
	size_t to_len, key_len;
	char *at;

	if (!xml_plain(to, &to_len) || !xml_plain(key, &key_len)) {
		say_escaped(out, form, to, key);
		return;
	}
	at = buf_room(out, form->text.len + to_len + sizeof(id) - 1 + 2 * key_len);
	at = put(at, t, form->to);
	at = put(at, to, to_len);
	at = put(at, id, sizeof(id) - 1);
	at = put(at, key, key_len);
	at = put(at, t + form->to, form->id - form->to);
	at = put(at, key, key_len);
	at = put(at, t + form->id, form->text.len - form->id);
	*at = '\0';
	out->len = (size_t)(at - out->data);
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
