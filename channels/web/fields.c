#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/fields.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The character that a %-sequence at ${p} stands for, or -1; NUL is never wanted. */
static int
escaped(const char *p, const char *end)
{
	int high, low;

	if (end - p < 3 || (high = hex(p[1])) < 0 || (low = hex(p[2])) < 0)
		return -1;
	return high + low ? high * 16 + low : -1;
}

static bool
add(struct fields *f, const char *name)
{
	if (f->n == FIELDS_MAX)
		return false;
	f->field[f->n].name = name;
	f->field[f->n++].value = "";
	return true;
}

bool
fields_parse(struct fields *f, const char *data, size_t n)
{
	const char *p = data, *end = data + n;
	bool named = false; /* the '=' of this field has been seen */
	char *out;
	int c;

	*f = (struct fields){ .data = mem_new(n + 2) };
	out = f->data;
	if (n && !add(f, out))
		goto bad;
	for (; p < end; p++) {
		if (*p == '&') {
			*out++ = '\0';
			named = false;
			if (!add(f, out))
				goto bad;
		} else if (*p == '=' && !named) {
			*out++ = '\0';
			named = true;
			f->field[f->n - 1].value = out;
		} else if (*p == '%') {
			if ((c = escaped(p, end)) < 0)
				goto bad;
			*out++ = (char)c;
			p += 2;
		} else if (*p == '\0') {
			goto bad;
		} else {
			*out++ = (char)(*p == '+' ? ' ' : *p);
		}
	}
	return true;
bad:
	fields_free(f);
	return false;
}

const char *
fields_get(const struct fields *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->field[i].name, name) == 0)
			return f->field[i].value;
	return "";
}

void
fields_free(struct fields *f)
{
	free(f->data);
	*f = (struct fields){ 0 };
}

bool
fields_path(const char *raw, char *out, size_t size)
{
	const char *end = raw + strlen(raw);
	size_t n = 0;
	int c;

	for (const char *p = raw; p < end; p++) {
		c = (unsigned char)*p;
		if (c == '%') {
			if ((c = escaped(p, end)) < 0)
				return false;
			p += 2;
		}
		if (c < 0x20 || c == 0x7f || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

bool
fields_cookie(const char *header, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;
	const char *p = header;

	while (p && *p) {
		p += strspn(p, "; \t");
		n = strcspn(p, ";");
		if (n > len && strncmp(p, name, len) == 0 && p[len] == '=') {
			n -= len + 1;
			p += len + 1;
			while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
				n--;
			if (n >= size)
				return false;
			memcpy(out, p, n);
			out[n] = '\0';
			return true;
		}
		p += n;
	}
	return false;
}

/* The catalogue for ${tag} ("pt-br"), or for its first part. */
static bool
language(const char *tag, size_t n, char *out, size_t size)
{
	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0, sub = 0; i < n; i++) {
		if (tag[i] == '-' || tag[i] == '_') {
			out[i] = '_';
			sub = i + 1;
		} else if (!isalnum((unsigned char)tag[i])) {
			return false;
		} else {
			out[i] = (char)(sub && n - sub == 2 ? toupper((unsigned char)tag[i])
							    : tolower((unsigned char)tag[i]));
		}
	}
	out[n] = '\0';
	if (lang_known(out))
		return true;
	out[strcspn(out, "_")] = '\0';
	return lang_known(out);
}

/* "0.7" of ";q=0.7" in thousandths. */
static int
quality(const char *p, const char *end)
{
	int q = 0, scale = 1000;

	while (p < end && (*p == ' ' || *p == '\t' || *p == ';'))
		p++;
	if (end - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=')
		return 1000;
	for (p += 2; p < end && (isdigit((unsigned char)*p) || *p == '.'); p++) {
		if (*p == '.')
			continue;
		q += (*p - '0') * scale;
		scale /= 10;
	}
	return q > 1000 ? 1000 : q;
}

bool
fields_language(const char *header, char *out, size_t size)
{
	int best = 0, q, tries = 0;
	char one[12];
	size_t n, tag;

	for (const char *p = header; p && *p && tries < 32; p += n, tries++) {
		p += strspn(p, ", \t");
		n = strcspn(p, ",");
		tag = strcspn(p, ",; \t");
		q = quality(p + tag, p + n);
		if (q > best && language(p, tag, one, sizeof one) && mem_copy(out, size, one) == 0)
			best = q;
	}
	return best > 0;
}

bool
fields_etag(const char *header, const char *etag)
{
	size_t n, len = strlen(etag);

	if (header && *header == '*')
		return header[1 + strspn(header + 1, " \t")] == '\0'; /* in a list it is nothing */
	for (const char *p = header; p && *p; p += n) {
		p += strspn(p, ", \t");
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		n = *p == '"' ? strcspn(p + 1, "\"") + 2 : strcspn(p, ",");
		if (n > strlen(p))
			return false;
		if (n == len && memcmp(p, etag, len) == 0)
			return true;
	}
	return false;
}

static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* The place of ${name} among the ${n} of ${names}; -1. */
static int
place(const char *name, const char (*names)[4], int n)
{
	while (--n >= 0 && strcmp(name, names[n]) != 0)
		;
	return n;
}

/* A year of two digits is none that is more than 50 years ahead. */
static int
full_year(int year)
{
	struct tm now;
	time_t t = time(NULL);

	gmtime_r(&t, &now);
	year += (now.tm_year + 1900) / 100 * 100;
	return year > now.tm_year + 1900 + 50 ? year - 100 : year;
}

int64_t
fields_date(const char *date)
{
	char day[10], month[4], gmt[4];
	struct tm t = { 0 };
	int end = 0, year;

	if (date == NULL)
		return -1;
	if (sscanf(date, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[GMT]%n", day, &t.tm_mday,
		month, &year, &t.tm_hour, &t.tm_min, &t.tm_sec, gmt, &end) != 8 &&
	    sscanf(date, "%9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d %3[GMT]%n", day, &t.tm_mday,
		month, &year, &t.tm_hour, &t.tm_min, &t.tm_sec, gmt, &end) != 8) {
		mem_copy(gmt, sizeof gmt, "GMT");
		if (sscanf(date, "%3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", day, month,
			&t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec, &year, &end) != 7)
			return -1;
	}
	day[3] = '\0';
	t.tm_mon = place(month, months, 12);
	t.tm_year = (year < 100 ? full_year(year) : year) - 1900;
	if (end == 0 || date[end] != '\0' || strcmp(gmt, "GMT") != 0 || place(day, days, 7) < 0 ||
	    t.tm_mon < 0 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_year < 0 || t.tm_hour < 0 ||
	    t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 60)
		return -1;
	return timegm(&t);
}

void
fields_put_date(int64_t at, char out[FIELDS_DATE_SIZE])
{
	time_t t = (time_t)at;
	struct tm u = { .tm_year = 70, .tm_wday = 4, .tm_mday = 1 };

	gmtime_r(&t, &u);
	snprintf(out, FIELDS_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
	    days[(unsigned)u.tm_wday % 7], (unsigned)u.tm_mday % 100,
	    months[(unsigned)u.tm_mon % 12], (unsigned)(u.tm_year + 1900) % 10000,
	    (unsigned)u.tm_hour % 100, (unsigned)u.tm_min % 100, (unsigned)u.tm_sec % 100);
}

int64_t
fields_number(const char *s)
{
	int64_t n = 0;

	if (!*s || strlen(s) > 18)
		return 0;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return 0;
		n = n * 10 + (*s - '0');
	}
	return n;
}

bool
fields_origin(const char *origin, const char *url, const char *host)
{
	const char *p;
	size_t n;

	if ((p = strstr(url, "://")) == NULL)
		return false;
	n = (size_t)(p - url) + 3;
	n += strcspn(url + n, "/");
	if (strlen(origin) == n && strncasecmp(origin, url, n) == 0)
		return true;
	if (strncasecmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncasecmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return false;
	return host != NULL && *host && strcasecmp(origin, host) == 0;
}
