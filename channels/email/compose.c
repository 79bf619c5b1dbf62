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
put_thread(
    struct buf *out, const struct post *post, const struct outbound *o, const struct recipient *r)
{
	char id[ADDRESS_SIZE + 8];

	if (o->what == OUT_ANSWER) {
		if (!address_msgid_valid(r->foreign))
			return;
		snprintf(id, sizeof(id), "<%s>", r->foreign);
	} else {
		if (!is_id(o->thread))
			return;
		snprintf(id, sizeof(id), "<t_%.60s@%.180s>", o->thread, post->domain);
	}
	if (o->what == OUT_ANSWER || o->in_reply_to[0] != '\0')
		encode_plain(out, "In-Reply-To", id);
	encode_plain(out, "References", id);
}

/* RFC 2369: only what can be left has a way to leave. */
static void
put_list(
    struct buf *out, const struct post *post, const struct outbound *o, const struct recipient *r)
{
	char extension[ADDRESS_SIZE], to[ADDRESS_SIZE], line[2 * ADDRESS_SIZE];

	if (o->what != OUT_STATUS)
		return;
	snprintf(line, sizeof(line), "<home.%s>", post->domain);
	encode_plain(out, "List-Id", line);
	if (r->token[0] == '\0')
		return;
	snprintf(extension, sizeof(extension), POST_STOP "%.100s", r->token);
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
put_body(struct buf *out, const struct outbound *o, const struct recipient *r)
{
	struct buf b = { 0 };

	if (r->token[0] != '\0')
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

int
compose(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, struct buf *out)
{
	char own[ADDRESS_SIZE], line[ADDRESS_SIZE + 80];

	if (!address_valid(r->peer) || !is_id(r->key))
		return -1;
	put_date(out, o->at);
	put_from(out, post, name, o);
	encode_plain(out, "To", r->peer);
	if (r->token[0] != '\0') {
		post_address(post, r->token, own);
		encode_plain(out, "Reply-To", own);
	}
	encode_text(out, "Subject", o->subject[0] != '\0' ? o->subject : name);
	snprintf(line, sizeof(line), "<%.60s@%.253s>", r->key, post->domain);
	encode_plain(out, "Message-ID", line);
	put_thread(out, post, o, r);
	encode_plain(
	    out, "Auto-Submitted", o->what == OUT_ANSWER ? "auto-replied" : "auto-generated");
	encode_plain(out, "X-Auto-Response-Suppress", "All");
	post_address(post, "", own);
	encode_plain(out, "X-Loop", own);
	put_list(out, post, o, r);
	put_language(out, o->lang);
	put_body(out, o, r);
	return 0;
}
