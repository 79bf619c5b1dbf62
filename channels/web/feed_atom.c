/* Atom (RFC 4287), its pages (RFC 5005), and what was taken back (RFC 6721). */
#include <stdlib.h>
#include <string.h>

#include "channels/web/feed.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define TOMBSTONES "http://purl.org/atompub/tombstones/1.0"
#define TYPE "application/atom+xml"

/* An element with a text of ours; takes it over. */
static void
put_taken(struct feed *f, const char *name, char *text)
{
	feed_element(f, name, text);
	free(text);
}

static void
put_when(struct feed *f, const char *name, int64_t at)
{
	char stamp[24];

	page_rfc3339(at, stamp);
	feed_element(f, name, stamp);
}

static void
put_person(struct feed *f, const char *element, const char *name)
{
	char path[USER_NAME_MAX + 2] = "/";

	feed_begin(f, element);
	feed_element(f, "name", name);
	put_taken(f, "uri", feed_url(f, strncat(path, name, USER_NAME_MAX)));
	feed_end(f, element);
}

/* What was said stays as it was said until it is taken back: "updated" is when it was. */
static void
put_entry(struct feed *f, const struct status *s, const struct feed_more *more)
{
	feed_begin(f, "entry");
	feed_attribute(f, "xml:lang", more->lang);
	put_taken(f, "id", feed_status_id(f, s->pos));
	put_taken(f, "title", feed_title(s));
	put_when(f, "published", s->at);
	put_when(f, "updated", s->at);
	put_person(f, "author", s->author_name);
	feed_link(f, "link", "alternate", "text/html", feed_status_url(f, s->author_name, s->pos));
	if (*more->first)
		feed_link(
		    f, "link", "via", "text/html", feed_status_url(f, more->first, s->repeats));
	feed_begin(f, "content");
	feed_attribute(f, "type", "text");
	feed_text(f, s->text);
	feed_end(f, "content");
	feed_end(f, "entry");
}

static void
put_gone(struct feed *f, const struct feed_gone *g)
{
	char *ref = feed_status_id(f, g->pos), when[24];

	page_rfc3339(g->at, when);
	feed_begin(f, "at:deleted-entry");
	feed_attribute(f, "ref", ref);
	feed_attribute(f, "when", when);
	if (*g->by)
		put_person(f, "at:by", g->by);
	feed_end(f, "at:deleted-entry");
	free(ref);
}

void
feed_put_atom(struct feed *f)
{
	buf_text_add(f->out, FEED_XML);
	feed_begin(f, "feed");
	feed_attribute(f, "xmlns", ATOM);
	feed_attribute(f, "xmlns:at", TOMBSTONES);
	feed_attribute(f, "xml:lang", f->lang);
	put_taken(f, "id", feed_id(f, f->id));
	feed_element(f, "title", f->title);
	if (*f->about)
		feed_element(f, "subtitle", f->about);
	put_when(f, "updated", f->updated);
	feed_element(f, "generator", "Hudhud");
	put_taken(f, "icon", feed_url(f, "/mark.svg"));
	feed_link(f, "link", "self", TYPE, feed_self(f, f->before));
	feed_link(f, "link", "first", TYPE, feed_self(f, 0));
	if (f->t.next)
		feed_link(f, "link", "next", TYPE, feed_self(f, f->t.next));
	feed_link(f, "link", "alternate", "text/html", feed_url(f, f->page));
	for (size_t i = 0; i < f->gone_n; i++)
		put_gone(f, &f->gone[i]);
	for (size_t i = 0; i < f->t.n; i++)
		put_entry(f, &f->t.status[i], &f->more[i]);
	feed_end(f, "feed");
}
