#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/form.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/token.h"
#include "channels/web/page.h"
#include "store/people.h"

/* Add ${n} bytes of ${s}, escaped. */
static void
escape(struct page *p, const char *s, size_t n)
{
	bool valid = text_valid(s, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '&')
			buf_text_add(&p->out, "&amp;");
		else if (c == '<')
			buf_text_add(&p->out, "&lt;");
		else if (c == '>')
			buf_text_add(&p->out, "&gt;");
		else if (c == '"')
			buf_text_add(&p->out, "&quot;");
		else if (c == '\'')
			buf_text_add(&p->out, "&#39;");
		else if (c >= 0x80 && !valid)
			buf_text_add(&p->out, "\xef\xbf\xbd");
		else if (c >= 0x20 ? c != 0x7f : c == '\n' || c == '\t')
			buf_add(&p->out, &c, 1);
	}
}

void
page_text(struct page *p, const char *s)
{
	escape(p, s, strlen(s));
}

void
page_put(struct page *p, const char *fmt, ...)
{
	const char *at;
	char number[24];
	va_list args;

	va_start(args, fmt);
	for (; (at = strchr(fmt, '%')) != NULL; fmt = at + 1) {
		buf_add(&p->out, fmt, (size_t)(at - fmt));
		if (strncmp(++at, "lld", 3) == 0) {
			snprintf(number, sizeof number, "%lld", va_arg(args, long long));
			buf_text_add(&p->out, number);
			at += 2;
		} else if (strncmp(at, "zu", 2) == 0) {
			snprintf(number, sizeof number, "%zu", va_arg(args, size_t));
			buf_text_add(&p->out, number);
			at++;
		} else if (*at == 's') {
			page_text(p, va_arg(args, const char *));
		} else if (*at == 'd') {
			snprintf(number, sizeof number, "%d", va_arg(args, int));
			buf_text_add(&p->out, number);
		} else if (*at == 'c') {
			number[0] = (char)va_arg(args, int);
			escape(p, number, 1);
		} else if (*at == '%') {
			buf_add(&p->out, "%", 1);
		} else {
			log_die("page: a conversion that templates do not have: %%%s", at);
		}
	}
	va_end(args);
	buf_text_add(&p->out, fmt);
}

void
page_word(struct page *p, const char *msgid)
{
	page_text(p, lang_text(p->lang, msgid));
}

/* A translated text with its values; each stands between ${open} and ${close}. */
static void
fill(struct page *p, const char *text, const char *const value[2], const char *open,
    const char *close)
{
	const char *at;

	for (; (at = strchr(text, '{')) != NULL; text = at) {
		escape(p, text, (size_t)(at - text));
		if ((at[1] == '1' || at[1] == '2') && at[2] == '}') {
			if (value[at[1] - '1'] != NULL) {
				buf_text_add(&p->out, open);
				page_text(p, value[at[1] - '1']);
				buf_text_add(&p->out, close);
			}
			at += 3;
		} else {
			escape(p, at++, 1);
		}
	}
	page_text(p, text);
}

void
page_say(struct page *p, const char *msgid, const char *a, const char *b)
{
	fill(p, lang_text(p->lang, msgid), (const char *const[]){ a, b }, "<bdi>", "</bdi>");
}

void
page_say_plain(struct page *p, const char *msgid, const char *a, const char *b)
{
	fill(p, lang_text(p->lang, msgid), (const char *const[]){ a, b }, "", "");
}

static void
count(struct page *p, const char *one, const char *many, int64_t n, const char *open,
    const char *close)
{
	char number[FORM_SIZE];

	form_number(p->lang, n, number);
	fill(p, lang_plural(p->lang, one, many, (unsigned long)(n < 0 ? 0 : n)),
	    (const char *const[]){ number, NULL }, open, close);
}

void
page_count(struct page *p, const char *one, const char *many, int64_t n)
{
	count(p, one, many, n, "<b>", "</b>");
}

void
page_count_plain(struct page *p, const char *one, const char *many, int64_t n)
{
	count(p, one, many, n, "", "");
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The bytes of a web address that begins at ${s}, or 0. */
static size_t
address_length(const char *s)
{
	size_t n, head;

	if (strncasecmp(s, "http://", 7) == 0)
		head = 7;
	else if (strncasecmp(s, "https://", 8) == 0)
		head = 8;
	else
		return 0;
	n = head + strcspn(s + head, " \t\n<>\"'`{}|\\^");
	/* U+3000, U+3001, U+3002: what ends a sentence where no blank does */
	for (size_t i = head; i + 2 < n; i++)
		if (s[i] == '\xe3' && s[i + 1] == '\x80' && (unsigned char)s[i + 2] <= 0x82)
			n = i;
	while (n > head && strchr(".,;:!?)]*_", s[n - 1]) != NULL)
		n--;
	return n > head ? n : 0;
}

/* The letters of a name mentioned at ${s} ("@bob"), or 0. */
static size_t
mention_length(const char *s)
{
	size_t n = 0;

	if (*s != '@')
		return 0;
	while (is_name_char(s[n + 1]))
		n++;
	return n <= USER_NAME_MAX ? n : 0;
}

static void
put_mention(struct page *p, const char *s, size_t n)
{
	char name[USER_NAME_MAX + 1];

	for (size_t i = 0; i < n; i++)
		name[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 'a' - 'A' : s[i]);
	name[n] = '\0';
	if (p->is_user && !p->is_user(p->cookie, name)) {
		page_put(p, "<bdi>@");
		escape(p, s, n);
		buf_text_add(&p->out, "</bdi>");
		return;
	}
	page_put(p, "<a href=\"/%s\"><bdi>@", name);
	escape(p, s, n);
	buf_text_add(&p->out, "</bdi></a>");
}

static void
put_address(struct page *p, const char *s, size_t n)
{
	page_put(p, "<a dir=\"ltr\" rel=\"nofollow noopener noreferrer ugc\" href=\"");
	escape(p, s, n);
	buf_text_add(&p->out, "\">");
	escape(p, s, n);
	buf_text_add(&p->out, "</a>");
}

void
page_part(struct page *p, const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_add(&p->out, &c, 1);
		else
			buf_printf(&p->out, "%%%c%c", hex[c >> 4], hex[c & 15]);
	}
}

/* The tag ${s}[0..n), whose sign may be a wide one. */
static void
put_tag(struct page *p, const char *s, size_t n)
{
	size_t sign = *s == '#' ? 1 : strlen("＃");

	buf_text_add(&p->out, "<a class=\"tag\" href=\"/tag/");
	page_part(p, s + sign, n - sign);
	buf_text_add(&p->out, "\"><bdi>");
	escape(p, s, n);
	buf_text_add(&p->out, "</bdi></a>");
}

void
page_said(struct page *p, const char *text)
{
	const char *from = text, *s = text;
	size_t n;

	while (*s) {
		bool apart = s == text || !is_name_char(s[-1]);

		if (*s == '\n') {
			escape(p, from, (size_t)(s - from));
			buf_text_add(&p->out, "<br>");
			from = ++s;
		} else if (apart && (n = address_length(s)) > 0) {
			escape(p, from, (size_t)(s - from));
			put_address(p, s, n);
			from = s += n;
		} else if (apart && (n = mention_length(s)) > 0) {
			escape(p, from, (size_t)(s - from));
			put_mention(p, s + 1, n);
			from = s += n + 1;
		} else if ((n = token_tag(text, (size_t)(s - text))) > 0) {
			escape(p, from, (size_t)(s - from));
			put_tag(p, s, n);
			from = s += n;
		} else {
			s++;
		}
	}
	page_text(p, from);
}

void
page_language(const char *lang, char out[12])
{
	snprintf(out, 12, "%.11s", lang);
	for (; *out; out++)
		if (*out == '_')
			*out = '-';
}

void
page_rfc3339(int64_t at, char out[24])
{
	time_t t = at < 0 || at > 253402300799 ? 0 : at;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void
page_time(struct page *p, int64_t at, int64_t now)
{
	char stamp[24], day[FORM_SIZE];
	int64_t ago = now - at;
	struct tm tm, this;

	page_rfc3339(at, stamp);
	gmtime_r(&(time_t){ at }, &tm);
	gmtime_r(&(time_t){ now }, &this);
	form_time(p->lang, &tm, this.tm_year + 1900, day);
	page_put(p, "<time datetime=\"%s\" title=\"%s UTC\">", stamp, day);
	if (ago < 60)
		page_word(p, N_("just now"));
	else if (ago < 3600)
		page_count(p, "{1} minute ago", "{1} minutes ago", ago / 60);
	else if (ago < 86400)
		page_count(p, "{1} hour ago", "{1} hours ago", ago / 3600);
	else
		page_put(p, "<bdi>%s UTC</bdi>", day);
	page_put(p, "</time>");
}
