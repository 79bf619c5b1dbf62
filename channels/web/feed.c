#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

#define TITLE_GRAPHEMES 80

/* Atom (RFC 4287).  What an entry is called never changes, whatever becomes of names and addresses. */

struct feed {
	xmlTextWriterPtr xml;
	const struct site *site;
};

/* XML cannot say everything that a string can; the store keeps clean text, this holds for the rest. */
static void
element(struct feed *f, const char *name, const char *text)
{
	char *clean = text_valid(text, strlen(text)) ? mem_dup(text) : mem_dup("");
	char *to = clean;

	for (const char *p = clean; *p; p++)
		if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
			*to++ = *p;
	*to = '\0';
	xmlTextWriterWriteElement(f->xml, BAD_CAST name, BAD_CAST clean);
	free(clean);
}

static void
put_link(struct feed *f, const char *rel, const char *type, const char *path)
{
	char *url = mem_printf("%s%s", f->site->url, path);

	xmlTextWriterStartElement(f->xml, BAD_CAST "link");
	xmlTextWriterWriteAttribute(f->xml, BAD_CAST "rel", BAD_CAST rel);
	xmlTextWriterWriteAttribute(f->xml, BAD_CAST "type", BAD_CAST type);
	xmlTextWriterWriteAttribute(f->xml, BAD_CAST "href", BAD_CAST url);
	xmlTextWriterEndElement(f->xml);
	free(url);
}

static void
put_id(struct feed *f, const char *what)
{
	char *id = mem_printf("tag:%s,2026:%s", f->site->domain, what);

	element(f, "id", id);
	free(id);
}

static void
put_when(struct feed *f, const char *name, int64_t at)
{
	char stamp[24];

	page_rfc3339(at, stamp);
	element(f, name, stamp);
}

static void
put_author(struct feed *f, const char *name)
{
	char *url = mem_printf("%s/%s", f->site->url, name);

	xmlTextWriterStartElement(f->xml, BAD_CAST "author");
	element(f, "name", name);
	element(f, "uri", url);
	xmlTextWriterEndElement(f->xml);
	free(url);
}

/* "alice: hello", on one line and not too long. */
static char *
title_of(const struct status *s)
{
	size_t n = text_prefix(s->text, TITLE_GRAPHEMES);
	char *title = mem_printf(
	    "%s: %.*s%s", s->author_name, (int)n, s->text, s->text[n] ? "…" : "");

	for (char *p = title; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return title;
}

static void
put_entry(struct feed *f, const struct status *s)
{
	char *title = title_of(s), what[48], path[64];

	snprintf(what, sizeof what, "status/%lld", (long long)s->pos);
	snprintf(path, sizeof path, "/%s/%lld", s->author_name, (long long)s->pos);
	xmlTextWriterStartElement(f->xml, BAD_CAST "entry");
	put_id(f, what);
	element(f, "title", title);
	put_when(f, "published", s->at);
	put_when(f, "updated", s->at);
	put_author(f, s->author_name);
	put_link(f, "alternate", "text/html", path);
	xmlTextWriterStartElement(f->xml, BAD_CAST "content");
	xmlTextWriterWriteAttribute(f->xml, BAD_CAST "type", BAD_CAST "text");
	xmlTextWriterWriteString(f->xml, BAD_CAST s->text);
	xmlTextWriterEndElement(f->xml);
	xmlTextWriterEndElement(f->xml);
	free(title);
}

/* What the two feeds differ in. */
struct about {
	const char *id, *title, *path,
	    *page;     /* the feed's path, and that of the page it goes with */
	int64_t since; /* "updated" while there is nothing in it */
};

static void
put_feed(struct feed *f, const struct about *a, const struct timeline *t, int64_t before)
{
	char *self = before ? mem_printf("%s?before=%lld", a->path, (long long)before)
			    : mem_dup(a->path);
	char *next = mem_printf("%s?before=%lld", a->path, (long long)t->next);

	xmlTextWriterStartDocument(f->xml, NULL, "UTF-8", NULL);
	xmlTextWriterStartElementNS(
	    f->xml, NULL, BAD_CAST "feed", BAD_CAST "http://www.w3.org/2005/Atom");
	put_id(f, a->id);
	element(f, "title", a->title);
	put_when(f, "updated", t->n ? t->status[0].at : a->since);
	element(f, "generator", "Hudhud");
	put_link(f, "self", "application/atom+xml", self);
	put_link(f, "first", "application/atom+xml", a->path);
	put_link(f, "alternate", "text/html", a->page);
	if (t->next)
		put_link(f, "next", "application/atom+xml", next);
	for (size_t i = 0; i < t->n; i++)
		put_entry(f, &t->status[i]);
	xmlTextWriterEndDocument(f->xml);
	free(self);
	free(next);
}

/* Everything in a feed is for anybody: who asks does not matter, and any cache may keep it. */
static void
answer(struct visit *v, const struct about *a, const struct timeline *t, int64_t before)
{
	struct feed f = { .site = v->web->site };
	xmlBufferPtr xml = xmlBufferCreate();
	struct buf out = { 0 };
	unsigned char hash[32];
	char tag[2 * 16 + 3] = "\"";

	if (store_read_result(v->tx) != STORE_OK) {
		xmlBufferFree(xml);
		visit_error(v, 503);
		return;
	}
	f.xml = xmlNewTextWriterMemory(xml, 0);
	put_feed(&f, a, t, before);
	xmlFreeTextWriter(f.xml);
	buf_add(&out, xmlBufferContent(xml), (size_t)xmlBufferLength(xml));
	xmlBufferFree(xml);
	secret_hash(out.data, out.len, hash);
	for (size_t i = 0; i < 16; i++)
		snprintf(tag + 1 + 2 * i, 4, "%02x\"", hash[i]);
	httpd_set(v->http, "ETag", tag);
	httpd_set(v->http, "Cache-Control", "public, max-age=60");
	visit_send(v, "application/atom+xml; charset=utf-8", &out);
}

void
feed_public(struct visit *v)
{
	struct about a = {
		.id = "public", .title = v->web->site->name, .path = "/public.atom", .page = "/"
	};
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct timeline t;

	timeline_load(&t, v->tx, 0, timeline_public, 0, before, false);
	answer(v, &a, &t, before);
	timeline_free(&t);
}

void
feed_user(struct visit *v)
{
	char id[32], path[USER_NAME_MAX + 8], page[USER_NAME_MAX + 2];
	struct about a = { .id = id, .path = path, .page = page };
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct timeline t;
	struct user u;

	if (!user_by_name(v->tx, v->name, &u) || !audience_opens(v->tx, 0, &u)) {
		visit_error(v, 404);
		return;
	}
	snprintf(id, sizeof id, "user/%lld", (long long)u.id);
	snprintf(path, sizeof path, "/%s.atom", u.name);
	snprintf(page, sizeof page, "/%s", u.name);
	a.title = u.name;
	a.since = u.created;
	timeline_load(&t, v->tx, 0, status_by, u.id, before, false);
	answer(v, &a, &t, before);
	timeline_free(&t);
}
