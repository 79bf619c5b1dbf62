#include "channels/xmpp/stanza.h"

#include <string.h>

#include "base/mem.h"

xmpp_stanza_t *
stanza_child(xmpp_stanza_t *s, const char *name, const char *ns)
{
	const char *own = xmpp_stanza_get_ns(s), *its;
	xmpp_stanza_t *c = xmpp_stanza_get_children(s);

	for (; c != NULL; c = xmpp_stanza_get_next(c)) {
		if (!xmpp_stanza_is_tag(c))
			continue;
		if (name != NULL && strcmp(xmpp_stanza_get_name(c), name) != 0)
			continue;
		its = xmpp_stanza_get_ns(c);
		if (ns != NULL ? its != NULL && strcmp(its, ns) == 0
			       : its == NULL || (own != NULL && strcmp(its, own) == 0))
			return c;
	}
	return NULL;
}

const char *
stanza_get(xmpp_stanza_t *s, const char *name)
{
	const char *v = xmpp_stanza_get_attribute(s, name);

	return v == NULL ? "" : v;
}

bool
stanza_is(xmpp_stanza_t *s, const char *name, const char *value)
{
	return strcmp(stanza_get(s, name), value) == 0;
}

char *
stanza_text(xmpp_stanza_t *s)
{
	char *theirs = xmpp_stanza_get_text(s);
	char *text = mem_dup(theirs == NULL ? "" : theirs);

	if (theirs != NULL)
		xmpp_free(xmpp_stanza_get_context(s), theirs);
	return text;
}
