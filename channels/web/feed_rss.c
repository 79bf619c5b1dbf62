/* RSS 2.0, for readers that know no Atom; what was taken back is just not there any more. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/feed.h"

#define TYPE "application/rss+xml"

static void
put_taken(struct feed *f, const char *name, char *text)
{
	feed_element(f, name, text);
	free(text);
}

static void
put_when(struct feed *f, const char *name, int64_t at)
{
	char date[FIELDS_DATE_SIZE];

	fields_put_date(at, date);
	feed_element(f, name, date);
}

/* Readers take it for HTML, so the text is made that first. */
static void
put_description(struct feed *f, const char *text)
{
	struct buf html = { 0 };

	for (const char *s = text; *s; s++) {
		if (*s == '&')
			buf_text_add(&html, "&amp;");
		else if (*s == '<')
			buf_text_add(&html, "&lt;");
		else if (*s == '>')
			buf_text_add(&html, "&gt;");
		else if (*s == '\n')
			buf_text_add(&html, "<br>\n");
		else
			buf_add(&html, s, 1);
	}
	feed_element(f, "description", buf_text(&html));
	buf_free(&html);
}

static void
put_item(struct feed *f, const struct status *s)
{
	char *id = feed_status_id(f, s->pos);

	feed_begin(f, "item");
	put_taken(f, "title", feed_title(s));
	put_taken(f, "link", feed_status_url(f, s->author_name, s->pos));
	feed_begin(f, "guid");
	feed_attribute(f, "isPermaLink", "false");
	feed_text(f, id);
	free(id);
	feed_end(f, "guid");
	put_when(f, "pubDate", s->at);
	feed_element(f, "dc:creator", s->author_name);
	put_description(f, s->text);
	feed_end(f, "item");
}

void
feed_put_rss(struct feed *f)
{
	buf_text_add(f->out, FEED_XML);
	feed_begin(f, "rss");
	feed_attribute(f, "version", "2.0");
	feed_attribute(f, "xmlns:atom", "http://www.w3.org/2005/Atom");
	feed_attribute(f, "xmlns:dc", "http://purl.org/dc/elements/1.1/");
	feed_begin(f, "channel");
	feed_element(f, "title", f->title);
	put_taken(f, "link", feed_url(f, f->page));
	put_description(f, *f->about ? f->about : f->title);
	feed_element(f, "language", f->lang);
	put_when(f, "lastBuildDate", f->updated);
	feed_element(f, "generator", "Hudhud");
	feed_link(f, "atom:link", "self", TYPE, feed_self(f, f->before));
	feed_link(f, "atom:link", "first", TYPE, feed_self(f, 0));
	if (f->t.next)
		feed_link(f, "atom:link", "next", TYPE, feed_self(f, f->t.next));
	for (size_t i = 0; i < f->t.n; i++)
		put_item(f, &f->t.status[i]);
	feed_end(f, "channel");
	feed_end(f, "rss");
}
