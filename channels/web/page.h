#ifndef HUDHUD_CHANNELS_WEB_PAGE_H
#define HUDHUD_CHANNELS_WEB_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Markup is made here.  Only what stands in the program's own text is markup: every value that is put
 * in is escaped, for text and for attributes in double quotes alike, and there is no way around it.
 */
struct page {
	struct buf out;
	const char *lang; /* catalogue for page_word() and page_say() */
	bool (*is_user)(void *cookie, const char *name); /* NULL: any name may be one */
	void *cookie;
};

/**
 * Add the markup ${fmt} with %s (escaped), %c, %d, %zu, %lld and %% filled in; any other conversion
 * is a mistake in the program and ends it.
 */
void page_put(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Add ${s}, escaped; what is not UTF-8 shows as U+FFFD, control characters are left out. */
void page_text(struct page *p, const char *s);

/** Add the translation of ${msgid}, escaped. */
void page_word(struct page *p, const char *msgid);

/** The same with {1} and {2} in it replaced by ${a} and ${b} (may be NULL), escaped, each in its <bdi>. */
void page_say(struct page *p, const char *msgid, const char *a, const char *b);

/** The same for a number, {1}, with plural forms; the number in <b>. */
void page_count(struct page *p, const char *one, const char *many, int64_t n);

/** Both without markup, for attributes. */
void page_say_plain(struct page *p, const char *msgid, const char *a, const char *b);
void page_count_plain(struct page *p, const char *one, const char *many, int64_t n);

/** Add what somebody wrote: escaped, lines kept, @names of users, #tags and web addresses as links. */
void page_said(struct page *p, const char *text);

/** Add ${s}[0..n) as a part of an address: all but letters, digits and "-._~" percent-encoded. */
void page_part(struct page *p, const char *s, size_t n);

/** Add a <time> element: how long before ${now} it was, or the day. */
void page_time(struct page *p, int64_t at, int64_t now);

/** The language ${lang}, "pt_BR", as HTML and XML have it. */
void page_language(const char *lang, char out[12]);

/** "2026-08-01T12:00:00Z" in ${out}. */
void page_rfc3339(int64_t at, char out[24]);

#endif
