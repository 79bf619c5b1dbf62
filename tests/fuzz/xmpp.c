/*
 * Stanzas from anybody on the network, to a component and to an account.  Stands in
 * for the channel and judges what it is told, and what is said to the server: one
 * stanza that is no XML, or speaks for another domain, would end the whole stream.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/xmpp/hear.h"
#include "channels/xmpp/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t received;

static uint64_t
on_receive(void *cookie, const struct inbound *in)
{
	char bare[JID_SIZE];

	(void)cookie;
	if (jid_bare(in->peer, bare) == -1 || strcmp(bare, in->peer) != 0 ||
	    !jid_has_local(in->peer))
		abort();
	if (in->text_len > PORT_TEXT_MAX || strlen(in->text) != in->text_len ||
	    !xml_valid(in->text) || strlen(in->foreign) > 200 || strlen(in->reply_to) > 60)
		abort();
	return ++received;
}

static void
on_failed(void *cookie, const char *key, const char *peer, enum outcome o, const char *why)
{
	(void)cookie;
	if (*key == '\0' || strlen(key) > 60 || (peer != NULL && *peer == '\0') || o == SENT ||
	    *why == '\0')
		abort();
}

static void
on_answered(void *cookie, const char *id, const char *from)
{
	(void)cookie;
	if (id == NULL || (from != NULL && *from == '\0'))
		abort();
}

static const struct hear_calls calls = { on_receive, on_failed, on_answered, NULL };
static const struct hear_self component = { true, "gw.x", "update@gw.x", "update@gw.x" };
static const struct hear_self account = { false, "x", "bot@x/1", "bot@x" };

/* Every stanza we send is by one of us; quotes inside values are escaped. */
static void
check_senders(const struct hear_self *self, const char *out)
{
	char value[4096], bare[JID_SIZE];
	size_t n;

	for (out = strstr(out, " from='"); out != NULL; out = strstr(out, " from='")) {
		out += strlen(" from='");
		n = strcspn(out, "'");
		if (n >= sizeof(value))
			continue;
		memcpy(value, out, n);
		value[n] = '\0';
		if (jid_bare(value, bare) == -1 ||
		    strcmp(self->component ? jid_domain(bare) : bare,
			self->component ? self->domain : self->bare) != 0)
			abort();
	}
}

static void
hear(const struct hear_self *self, const char *xml)
{
	struct buf out = { 0 }, all = { 0 };
	static const struct menu_item items[] = { { "stats", "your numbers", MENU_ALONE },
		{ "follow", "get what NAME says", MENU_NEEDS }, { "on", "on", MENU_MAYBE } };
	struct hear *h = hear_new(self, &out, &calls, NULL);

	hear_menu(h, &(struct menu){ "en", "Sent.", items, 3 });
	hear_menu(h, &(struct menu){ "ja", "Sent.", items, 2 });
	received = 0;
	if (!hear_text(h, xml))
		goto no_xml;
	for (int v = VERDICT_KEPT; v <= VERDICT_REFUSED; v++) {
		hear_verdict(h, received, (enum verdict)v);
		hear_text(h, xml);
	}
	hear_goodbye(h);
	check_senders(self, buf_text(&out));
	buf_printf(&all, "<all>%s</all>", buf_text(&out));
	buf_clear(&out);
	if (!hear_text(h, all.data))
		abort();
no_xml:
	hear_free(h);
	buf_free(&out);
	buf_free(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *xml = mem_dupn((const char *)data, n), bare[JID_SIZE], again[JID_SIZE];

	hear(&component, xml);
	hear(&account, xml);
	if (jid_bare(xml, bare) == 0 && (jid_bare(bare, again) == -1 || strcmp(bare, again) != 0))
		abort();
	free(xml);
	return 0;
}
