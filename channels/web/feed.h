#ifndef HUDHUD_CHANNELS_WEB_FEED_H
#define HUDHUD_CHANNELS_WEB_FEED_H

#include "channels/web/web.h"

/* One feed, as it is before it is written: feed.c gathers it, feed_atom.c and feed_rss.c write it. */

#define FEED_GONE_MAX 20

struct feed {
	struct buf *out;
	bool open; /* a start tag is not yet at its end */
	const struct site *site;
	bool rss;
	char *id;    /* what its tag: URI names, "user/7" */
	char *title; /* what the feed is of, and the site's name */
	const char *about;
	char lang[12]; /* of these two, as XML has it, "pt-BR" */
	char *path;    /* the feed's, encoded, without ".atom" */
	char *query;   /* what its address needs behind that, encoded: "q=tea", or "" */
	char *page;    /* path of the page it goes with */
	int64_t before;
	int64_t updated;
	struct timeline t;
	struct feed_more {
		char lang[12];                 /* the author's */
		char first[USER_NAME_MAX + 1]; /* whose words it repeats, or "" */
	} more[TIMELINE_MAX];                  /* of each in t */
	struct feed_gone {
		int64_t pos, at;
		char by[USER_NAME_MAX + 1]; /* "": it went with what it repeats, maybe */
	} gone[FEED_GONE_MAX];              /* taken back lately */
	size_t gone_n;
};

/** Add it to f->out. */
void feed_put_atom(struct feed *f);
void feed_put_rss(struct feed *f);

/* ---- feed_xml.c: what both need.  Names are ours; whatever else comes in is escaped, without what XML 1.0 cannot say */

#define FEED_XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
/** The element ${name}: first its attributes, then what is in it, until feed_end(). */
void feed_begin(struct feed *f, const char *name);
void feed_attribute(struct feed *f, const char *name, const char *text);
void feed_text(struct feed *f, const char *text);
void feed_end(struct feed *f, const char *name);
/** The element ${name} with ${text} in it. */
void feed_element(struct feed *f, const char *name, const char *text);
/** A link of Atom's, called ${element} here, to ${url} (taken over). */
void feed_link(struct feed *f, const char *element, const char *rel, const char *type, char *url);
/** The id of ${what}, which never changes, whatever becomes of names and addresses; the caller frees it. */
char *feed_id(const struct feed *f, const char *what);
/** That of the status ${pos}. */
char *feed_status_id(const struct feed *f, int64_t pos);
/** The address of ${path}; the caller frees it. */
char *feed_url(const struct feed *f, const char *path);
/** Where what ${author} said as ${pos} stands; the caller frees it. */
char *feed_status_url(const struct feed *f, const char *author, int64_t pos);
/** This feed's address below ${before} (0: its first page); the caller frees it. */
char *feed_self(const struct feed *f, int64_t before);
/** The first words of ${text}, whatever is in it, in one line that turns nothing round; the caller frees it. */
char *feed_words(const char *text);
/** "alice: hello", on one line and not too long; the caller frees it. */
char *feed_title(const struct status *s);

#endif
