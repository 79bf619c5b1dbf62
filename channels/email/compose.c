#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gmime/gmime.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/mem.h"
#include "channels/email/charset.h"
#include "channels/email/compose.h"
#include "channels/email/encode.h"
#include "channels/email/reply.h"

/* In the order in which they stand; what is not here is each recipient's own. */
struct draft {
	const struct post *post;
	bool answer, list;
	struct buf head;    /* up to To */
	struct buf subject; /* between Reply-To and Message-ID */
	struct buf middle;  /* up to List-Unsubscribe, but for what an answer hangs on */
	struct buf rest[2]; /* and the body: without a token, with one */
};

void
compose_load(void)
{
	g_mime_init();
}

/* In English whatever the process speaks. */
static void
put_date(struct buf *out, int64_t at)
{
	static const char days[] = "SunMonTueWedThuFriSat",
			  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)(at > 0 ? at : clock_wall());
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return;
	buf_printf(out, "Date: %.3s, %d %.3s %04d %02d:%02d:%02d +0000\r\n", days + 3 * tm.tm_wday,
	    tm.tm_mday, months + 3 * tm.tm_mon, 1900 + tm.tm_year, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

static void
put_from(struct buf *out, const struct post *post, const char *name, const struct outbound *o)
{
	char own[ADDRESS_SIZE], *phrase;

	post_address(post, "", own);
	phrase = o->author[0] != '\0' ? mem_printf("%s (via %s)", o->author, name) : mem_dup(name);
	encode_address(out, "From", phrase, own);
	free(phrase);
}

static bool
is_id(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.");

	return n > 0 && n <= 60 && s[n] == '\0';
}

/*
 * What it hangs on in the reader's list: an answer on the mail it answers; a status on a root
 * that never was sent, the same for the whole conversation.  The '_' keeps it apart from keys.
 */
static void
put_answered(struct buf *out, const char *foreign)
{
	char id[ADDRESS_SIZE + 8];

	if (!address_msgid_valid(foreign))
		return;
	snprintf(id, sizeof(id), "<%s>", foreign);
	encode_plain(out, "In-Reply-To", id);
	encode_plain(out, "References", id);
}

static void
put_thread(struct buf *out, const struct post *post, const struct outbound *o)
{
	char id[ADDRESS_SIZE + 8];

	if (!is_id(o->thread))
		return;
	snprintf(id, sizeof(id), "<t_%.60s@%.180s>", o->thread, post->domain);
	if (o->in_reply_to[0] != '\0')
		encode_plain(out, "In-Reply-To", id);
	encode_plain(out, "References", id);
}

/* RFC 2369: only what can be left has a way to leave. */
static void
put_unsubscribe(struct buf *out, const struct post *post, const char *token)
{
	char extension[ADDRESS_SIZE], to[ADDRESS_SIZE], line[2 * ADDRESS_SIZE];

	snprintf(extension, sizeof(extension), POST_STOP "%.100s", token);
	post_address(post, extension, to);
	snprintf(line, sizeof(line), "<mailto:%s?subject=stop>", to);
	encode_plain(out, "List-Unsubscribe", line);
}

static bool
is_lang(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '-' || s[n] == '_')
		n++;
	return n > 0 && n <= 20 && s[n] == '\0';
}

static void
put_language(struct buf *out, const char *lang)
{
	char s[24];

	if (!is_lang(lang) || mem_copy(s, sizeof(s), lang) == -1)
		return;
	for (char *p = s; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
	encode_plain(out, "Content-Language", s);
}

static void
put_text(struct buf *b, const char *s)
{
	char *clean = charset_to_utf8(s, strlen(s), "utf-8");

	for (char *p = clean; *p != '\0'; p++)
		if (*p != '\r')
			buf_add(b, p, 1);
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_text_add(b, "\n");
	free(clean);
}

static void
put_body(struct buf *out, const struct outbound *o, bool token)
{
	struct buf b = { 0 };

	if (token)
		buf_printf(&b, REPLY_MARK " %s " REPLY_MARK "\n\n",
		    lang_text(o->lang, N_("Write your answer above this line")));
	put_text(&b, o->text);
	if (o->footer[0] != '\0') {
		buf_text_add(&b, "\n-- \n");
		put_text(&b, o->footer);
	}
	encode_body(out, buf_text(&b));
	buf_free(&b);
}

struct draft *
draft_new(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, size_t n)
{
	struct draft *d = mem_new(sizeof(*d));
	char line[ADDRESS_SIZE + 16];
	size_t i;

	d->post = post;
	d->answer = o->what == OUT_ANSWER;
	d->list = o->what == OUT_STATUS;
	put_date(&d->head, o->at);
	put_from(&d->head, post, name, o);
	encode_text(&d->subject, "Subject", o->subject[0] != '\0' ? o->subject : name);
	if (!d->answer)
		put_thread(&d->middle, post, o);
	encode_plain(&d->middle, "Auto-Submitted", d->answer ? "auto-replied" : "auto-generated");
	encode_plain(&d->middle, "X-Auto-Response-Suppress", "All");
	post_address(post, "", line);
	encode_plain(&d->middle, "X-Loop", line);
	if (d->list) {
		snprintf(line, sizeof(line), "<home.%s>", post->domain);
		encode_plain(&d->middle, "List-Id", line);
	}
	for (int token = 0; token < 2; token++) {
		for (i = 0; i < n && (r[i].token[0] != '\0') != token; i++)
			;
		if (i == n)
			continue;
		put_language(&d->rest[token], o->lang);
		put_body(&d->rest[token], o, token != 0);
	}
	return d;
}

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	buf_free(&d->head);
	buf_free(&d->subject);
	buf_free(&d->middle);
	buf_free(&d->rest[0]);
	buf_free(&d->rest[1]);
	free(d);
}

static void
put_piece(struct buf *out, const struct buf *piece)
{
	buf_add(out, buf_text(piece), piece->len);
}

int
draft_write(const struct draft *d, const struct recipient *r, struct buf *out)
{
	bool token = r->token[0] != '\0';
	char line[ADDRESS_SIZE + 80];

	if (!address_valid(r->peer) || !is_id(r->key))
		return -1;
	put_piece(out, &d->head);
	encode_plain(out, "To", r->peer);
	if (token) {
		post_address(d->post, r->token, line);
		encode_plain(out, "Reply-To", line);
	}
	put_piece(out, &d->subject);
	snprintf(line, sizeof(line), "<%.60s@%.253s>", r->key, d->post->domain);
	encode_plain(out, "Message-ID", line);
	if (d->answer)
		put_answered(out, r->foreign);
	put_piece(out, &d->middle);
	if (d->list && token)
		put_unsubscribe(out, d->post, r->token);
	put_piece(out, &d->rest[token]);
	return 0;
}

int
compose(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, struct buf *out)
{
	struct draft *d = draft_new(post, name, o, r, 1);
	int rc = draft_write(d, r, out);

	draft_free(d);
	return rc;
}
