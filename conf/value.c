/* One value: from the text of the file, or of a table's default, to what its type means. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/section.h"

#define HOST_MAX 256
#define REASON 256

void
value_clear(struct conf_value *v)
{
	size_t i;

	for (i = 0; i < v->map_n; i++) {
		free(v->map[i].name);
		free(v->map[i].text);
	}
	free(v->map);
	if (v->text != NULL)
		explicit_bzero(v->text, strlen(v->text));
	free(v->text);
	v->map = NULL;
	v->map_n = 0;
	v->text = NULL;
}

const char *
value_wanted(const struct conf_key *key)
{
	switch (key->type) {
	case CONF_TEXT:
	case CONF_SECRET:
	case CONF_PATH:
		return "a text in double quotes";
	case CONF_CHOICE:
		return "one of the words it knows, in double quotes";
	case CONF_INT:
		return "a whole number, without quotes";
	case CONF_REAL:
		return "a number, without quotes";
	case CONF_BOOL:
		return "true or false, without quotes";
	case CONF_SECONDS:
		return "a number of seconds, or a text with a unit like \"90s\", \"15m\", \"4h\", \"5d\"";
	case CONF_ADDRESS:
		return "an address in double quotes like \"host:port\"";
	case CONF_URL:
		return "a URL in double quotes";
	case CONF_MAP:
		return "a group of texts, { name = \"text\"; }";
	case CONF_LIST:
		return "a list of texts, ( \"text\", … )";
	}
	return "something else";
}

/* Is ${word} one of the words between blanks in ${list}? */
static bool
is_among(const char *list, const char *word, size_t n)
{
	const char *p;
	size_t len;

	for (p = list != NULL ? list : ""; *p != '\0'; p += len) {
		p += strspn(p, " ");
		len = strcspn(p, " ");
		if (len == n && n > 0 && strncmp(p, word, n) == 0)
			return true;
	}
	return false;
}

/* "web, xmpp or sms" from "web xmpp sms". */
static const char *
words(const char *list, char *out, size_t size)
{
	size_t n = 0, len;
	const char *p = list + strspn(list, " "), *after;

	out[0] = '\0';
	while (*p != '\0' && n + 8 < size) {
		len = strcspn(p, " ");
		after = p + len + strspn(p + len, " ");
		n += (size_t)snprintf(out + n, size - n, "%s%.*s",
		    n == 0           ? ""
		    : *after == '\0' ? " or "
				     : ", ",
		    (int)len, p);
		p = after;
	}
	return out;
}

static const char *
set_integer(
    struct conf_value *v, const struct conf_key *key, const char *text, bool trusted, char *why)
{
	bool any = key->min == 0 && key->max == 0;
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	bool hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, hex ? 16 : 10);
	if (!isdigit((unsigned char)digits[0]) || (*end != '\0' && *end != 'L'))
		return "must be a whole number";
	if (errno == ERANGE || (!trusted && n < key->min) || (!trusted && !any && n > key->max)) {
		if (any)
			snprintf(why, REASON, "must be at least 0%s, not %s",
			    errno == ERANGE ? " and much smaller" : "", text);
		else
			snprintf(why, REASON, "must be from %lld to %lld, not %s", key->min,
			    key->max, text);
		return why;
	}
	if (*end == '\0' && (n > INT_MAX || n < INT_MIN) && !trusted) {
		snprintf(why, REASON, "%s does not fit into 32 bits: write %sL if it is meant",
		    text, text);
		return why;
	}
	v->number = n;
	return NULL;
}

static const char *
set_real(
    struct conf_value *v, const struct conf_key *key, const char *text, bool trusted, char *why)
{
	bool any = key->min == 0 && key->max == 0;
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	double d;

	/* A whole number that libconfig would cut is read from the literal, too. */
	d = hex ? (double)strtoull(text, NULL, 16) : strtod(text, NULL);
	if (!isfinite(d) ||
	    (!trusted && (d < (double)key->min || (!any && d > (double)key->max)))) {
		if (any)
			snprintf(why, REASON, "must be at least 0, not %s", text);
		else
			snprintf(why, REASON, "must be from %lld to %lld, not %s", key->min,
			    key->max, text);
		return why;
	}
	v->real = d;
	return NULL;
}

static const char *
set_seconds(struct conf_value *v, const struct conf_key *key, const char *text, bool bare,
    bool trusted, char *why)
{
	static const char units[] = "smhd";
	static const long long scale[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;
	long long n;

	if (bare)
		return set_integer(v, key, text, trusted, why);
	errno = 0;
	n = strtoll(text, &end, 10);
	unit = *end != '\0' ? strchr(units, *end) : NULL;
	if (!isdigit((unsigned char)text[0]) || (unit == NULL && *end != '\0') ||
	    (unit != NULL && end[1] != '\0'))
		return "must be a number and a unit: \"90s\", \"15m\", \"4h\" or \"5d\"";
	if (unit == NULL && !trusted)
		return "needs a unit: \"90s\", \"15m\", \"4h\" or \"5d\"";
	if (errno == ERANGE || n > LLONG_MAX / 86400)
		return "is too long";
	n *= unit != NULL ? scale[unit - units] : 1;
	if (!trusted && (n < key->min || ((key->min != 0 || key->max != 0) && n > key->max))) {
		snprintf(why, REASON, "must be from %lld to %lld seconds, not %s", key->min,
		    key->max, text);
		return why;
	}
	v->number = n;
	return NULL;
}

static const char *
check_url(const struct conf_key *key, const char *text, char *why)
{
	const char *colon = strstr(text, "://"), *p;
	char list[REASON / 2], host[HOST_MAX];
	uint16_t port;

	if (colon == NULL || !is_among(key->choices, text, (size_t)(colon - text))) {
		words(key->choices != NULL ? key->choices : "", list, sizeof(list));
		snprintf(why, REASON,
		    "must be a URL that begins with a scheme of %s (\"%.*s://…\")", list,
		    (int)strcspn(key->choices != NULL ? key->choices : "", " "),
		    key->choices != NULL ? key->choices : "");
		return why;
	}
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return "may hold ASCII without blanks only: write other letters as %XX, "
			       "and host names in their xn-- form";
	if (memchr(colon + 3, '@', strcspn(colon + 3, "/?#")) != NULL)
		return "may hold no user and password: they have keys of their own";
	if (conf_host_port(text, host, sizeof(host), &port, 1) == -1)
		return "has no usable host and port";
	return NULL;
}

static const char *
check_address(const char *text)
{
	char host[HOST_MAX];
	uint16_t port;

	if (strncmp(text, "unix:", 5) == 0)
		return text[5] == '/' ? NULL : "needs an absolute path behind \"unix:\"";
	if (strstr(text, "://") != NULL || conf_host_port(text, host, sizeof(host), &port, 0) == -1)
		return "must be \"host:port\", \"[v6]:port\" or \"unix:/path\"";
	if (port == 0)
		return "needs a port: \"host:port\"";
	return NULL;
}

static const char *
check_text(const struct conf_key *key, const char *text, char *why)
{
	char list[REASON / 2];
	const char *p;

	if (!text_valid(text, strlen(text)))
		return "is not valid UTF-8";
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "holds a control character (a line break, a tab?)";
	switch (key->type) {
	case CONF_CHOICE:
		if (is_among(key->choices, text, strlen(text)))
			return NULL;
		words(key->choices != NULL ? key->choices : "", list, sizeof(list));
		snprintf(why, REASON, "must be %s, not \"%.60s\"", list, text);
		return why;
	case CONF_URL:
		return check_url(key, text, why);
	case CONF_ADDRESS:
		return check_address(text);
	default:
		return NULL;
	}
}

const char *
value_set(struct conf_value *v, const struct conf_key *key, const char *text, bool bare,
    bool trusted, char why[256])
{
	const char *reason;

	if (text[0] == '\0' && !bare &&
	    (trusted || (key->value != NULL && key->value[0] == '\0'))) {
		free(v->text);
		v->text = mem_dup("");
		return NULL;
	}
	switch (key->type) {
	case CONF_INT:
		return set_integer(v, key, text, trusted, why);
	case CONF_REAL:
		return set_real(v, key, text, trusted, why);
	case CONF_SECONDS:
		return set_seconds(v, key, text, bare, trusted, why);
	case CONF_BOOL:
		v->truth = (text[0] | 0x20) == 't' || text[0] == '1';
		return NULL;
	case CONF_MAP:
	case CONF_LIST:
		return NULL;
	default:
		break;
	}
	if (text[0] == '\0' && (key->value == NULL || key->type != CONF_TEXT))
		return "may not be empty";
	reason = check_text(key, text, why);
	if (reason != NULL)
		return reason;
	free(v->text);
	v->text = mem_dup(text);
	return NULL;
}

/* How many letters must be changed, added, dropped or swapped to make ${b} of ${a}. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[3][34], i, k, best;
	size_t n = strlen(a), m = strlen(b);

	if (n > 32 || m > 32)
		return 99;
	for (k = 0; k <= m; k++)
		row[0][k] = k;
	for (i = 1; i <= n; i++) {
		row[i % 3][0] = i;
		for (k = 1; k <= m; k++) {
			best = row[(i - 1) % 3][k - 1] + (a[i - 1] != b[k - 1]);
			if (best > row[(i - 1) % 3][k] + 1)
				best = row[(i - 1) % 3][k] + 1;
			if (best > row[i % 3][k - 1] + 1)
				best = row[i % 3][k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    best > row[(i - 2) % 3][k - 2] + 1)
				best = row[(i - 2) % 3][k - 2] + 1;
			row[i % 3][k] = best;
		}
	}
	return row[n % 3][m];
}

const char *
nearest(const char *typed, const char *(*each)(const void *cookie, size_t i), const void *cookie)
{
	const char *word, *best = NULL;
	unsigned d, least = 99;
	size_t i;

	for (i = 0; (word = each(cookie, i)) != NULL; i++) {
		d = distance(typed, word);
		/* "host" is near "hosts" but "a" is not near "b". */
		if (d < least && d <= 3 && 2 * (size_t)d < strlen(word) + 1) {
			least = d;
			best = word;
		}
	}
	return best;
}
