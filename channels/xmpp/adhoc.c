#include "channels/xmpp/adhoc.h"

#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#include "base/mem.h"
#include "channels/xmpp/stanza.h"
#include "channels/xmpp/xml.h"

#define NS_INFO "http://jabber.org/protocol/disco#info"
#define NS_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_FORM "jabber:x:data"
#define SESSION_MAX 64

struct item {
	char *word, *help;
	int takes;
};

struct list {
	char *lang, *sent;
	struct item *items;
	size_t n;
};

struct adhoc {
	struct list *lists;
	size_t n;
};

struct adhoc *
adhoc_new(void)
{
	return mem_new(sizeof(struct adhoc));
}

static void
list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i].word);
		free(l->items[i].help);
	}
	free(l->items);
	free(l->lang);
	free(l->sent);
}

void
adhoc_free(struct adhoc *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		list_free(&a->lists[i]);
	free(a->lists);
	free(a);
}

void
adhoc_add(struct adhoc *a, const struct menu *m)
{
	struct list *l = NULL;

	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->lists[i].lang, m->lang) == 0)
			l = &a->lists[i];
	if (l != NULL) {
		list_free(l);
	} else {
		a->lists = mem_resize(a->lists, a->n + 1, sizeof(*a->lists));
		l = &a->lists[a->n++];
	}
	*l = (struct list){ .lang = mem_dup(m->lang), .sent = mem_dup(m->sent), .n = m->n };
	l->items = mem_new(m->n * sizeof(*l->items));
	for (size_t i = 0; i < m->n; i++)
		l->items[i] = (struct item){ mem_dup(m->items[i].word), mem_dup(m->items[i].help),
			(int)m->items[i].takes };
}

bool
adhoc_has(const struct adhoc *a)
{
	return a->n > 0;
}

/* The list in ${lang} ("pt-BR"), or its language whatever the region, or the first. */
static const struct list *
list_of(const struct adhoc *a, const char *lang)
{
	size_t base = strcspn(lang, "-_");
	const struct list *like = NULL;

	for (size_t i = 0; i < a->n; i++) {
		const struct list *l = &a->lists[i];

		if (strcspn(l->lang, "-_") != base || strncmp(l->lang, lang, base) != 0)
			continue;
		if (strlen(l->lang) == strlen(lang) &&
		    strcmp(l->lang + base + (l->lang[base] != '\0'),
			lang + base + (lang[base] != '\0')) == 0)
			return l;
		if (like == NULL)
			like = l;
	}
	return like != NULL ? like : a->n > 0 ? &a->lists[0] : NULL;
}

static const struct item *
item_of(const struct list *l, const char *node)
{
	for (size_t i = 0; l != NULL && i < l->n; i++)
		if (strcmp(l->items[i].word, node) == 0)
			return &l->items[i];
	return NULL;
}

void
adhoc_list(const struct adhoc *a, struct buf *out, const char *jid, const char *lang)
{
	const struct list *l = list_of(a, lang);

	buf_text_add(out, "<query xmlns='" NS_ITEMS "' node='" NS_COMMANDS "'>");
	for (size_t i = 0; l != NULL && i < l->n; i++) {
		buf_text_add(out, "<item");
		xml_attribute(out, "jid", jid);
		xml_attribute(out, "node", l->items[i].word);
		xml_attribute(out, "name", l->items[i].help);
		buf_text_add(out, "/>");
	}
	buf_text_add(out, "</query>");
}

bool
adhoc_info(const struct adhoc *a, struct buf *out, const char *node, const char *lang)
{
	const struct item *item = item_of(list_of(a, lang), node);
	bool all = strcmp(node, NS_COMMANDS) == 0 && adhoc_has(a);

	if (item == NULL && !all)
		return false;
	buf_text_add(out, "<query xmlns='" NS_INFO "'");
	xml_attribute(out, "node", node);
	buf_text_add(out, "><identity category='automation' type='");
	buf_text_add(out, all ? "command-list'" : "command-node'");
	if (item != NULL)
		xml_attribute(out, "name", item->help);
	buf_text_add(out, "/><feature var='" NS_COMMANDS "'/><feature var='" NS_FORM "'/></query>");
	return true;
}

/* "<command ... status='STATUS'>" */
static void
begin(struct buf *out, const struct item *item, xmpp_stanza_t *command, const char *status)
{
	const char *session = stanza_get(command, "sessionid");

	buf_text_add(out, "<command xmlns='" NS_COMMANDS "'");
	xml_attribute(out, "node", item->word);
	xml_attribute(out, "sessionid",
	    *session != '\0' && strlen(session) <= SESSION_MAX ? session : item->word);
	xml_attribute(out, "status", status);
	buf_text_add(out, ">");
}

/* The form that asks for what stands behind the word. */
static char *
ask(const struct item *item, xmpp_stanza_t *command)
{
	struct buf out = { 0 };

	begin(&out, item, command, "executing");
	buf_text_add(&out, "<actions execute='complete'><complete/></actions>"
			   "<x xmlns='" NS_FORM "' type='form'><title>");
	xml_escape(&out, item->word);
	buf_text_add(&out, "</title><instructions>");
	xml_escape(&out, item->help);
	buf_text_add(&out, "</instructions><field var='text' type='text-single'");
	xml_attribute(&out, "label", item->word);
	buf_text_add(&out, item->takes == MENU_NEEDS ? "><required/></field>" : "/>");
	buf_text_add(&out, "</x></command>");
	return buf_take(&out);
}

static char *
completed(const struct item *item, xmpp_stanza_t *command, const char *note)
{
	struct buf out = { 0 };

	begin(&out, item, command, note != NULL ? "completed" : "canceled");
	if (note != NULL) {
		buf_text_add(&out, "<note type='info'>");
		xml_escape(&out, note);
		buf_text_add(&out, "</note>");
	}
	buf_text_add(&out, "</command>");
	return buf_take(&out);
}

/* What was filled in, in one line; NULL if no form came.  The caller frees it. */
static char *
filled(xmpp_stanza_t *command)
{
	xmpp_stanza_t *x = stanza_child(command, "x", NS_FORM), *c, *value;
	char *text;

	if (x == NULL || !stanza_is(x, "type", "submit"))
		return NULL;
	for (c = xmpp_stanza_get_children(x); c != NULL; c = xmpp_stanza_get_next(c)) {
		if (!xmpp_stanza_is_tag(c) || strcmp(xmpp_stanza_get_name(c), "field") != 0 ||
		    !stanza_is(c, "var", "text"))
			continue;
		value = stanza_child(c, "value", NS_FORM);
		text = value != NULL ? stanza_text(value) : mem_dup("");
		for (char *s = text; *s != '\0'; s++)
			if (*s == '\n' || *s == '\r' || *s == '\t')
				*s = ' ';
		return text;
	}
	return mem_dup("");
}

/* ${item} with ${value} (NULL: none was asked for), taken over, behind it. */
static struct adhoc_step
done(const struct list *l, const struct item *item, xmpp_stanza_t *command, char *value)
{
	const char *words = value != NULL ? value + strspn(value, " ") : "";
	struct adhoc_step step = { 0 };

	if (item->takes == MENU_NEEDS && *words == '\0') {
		step.fault = "bad-request";
	} else if (strlen(words) > PORT_TEXT_MAX / 2) {
		step.fault = "policy-violation";
	} else {
		step.text = *words != '\0' ? mem_printf("%s %s", item->word, words)
					   : mem_dup(item->word);
		step.payload = completed(item, command, l->sent);
	}
	free(value);
	return step;
}

struct adhoc_step
adhoc_take(const struct adhoc *a, xmpp_stanza_t *command, const char *lang)
{
	const struct list *l = list_of(a, lang);
	const struct item *item = item_of(l, stanza_get(command, "node"));
	const char *action = stanza_get(command, "action");
	char *value;

	if (item == NULL)
		return (struct adhoc_step){ .fault = "item-not-found" };
	if (strcmp(action, "cancel") == 0)
		return (struct adhoc_step){ .payload = completed(item, command, NULL) };
	if (*action != '\0' && strcmp(action, "execute") != 0 && strcmp(action, "complete") != 0 &&
	    strcmp(action, "next") != 0)
		return (struct adhoc_step){ .fault = "bad-request" };
	if (item->takes == MENU_ALONE)
		return done(l, item, command, NULL);
	value = filled(command);
	if (value == NULL)
		return (struct adhoc_step){ .payload = ask(item, command) };
	return done(l, item, command, value);
}
