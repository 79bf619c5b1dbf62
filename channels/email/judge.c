#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "channels/email/judge.h"
#include "channels/email/part.h"

#define REPORT_MAX 16384
#define RESULTS_MAX 8192

static const char *
header(GMimeMessage *m, const char *name)
{
	const char *v = g_mime_object_get_header(GMIME_OBJECT(m), name);

	if (v == NULL)
		return NULL;
	return v + strspn(v, " \t\r\n");
}

/* Is the first word of ${v} ${word}? */
static bool
is_word(const char *v, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(v, word, n) == 0 && !isalnum((unsigned char)v[n]) && v[n] != '-';
}

static bool
is_null_path(const char *v)
{
	return v[0] == '<' && v[1 + strspn(v + 1, " \t")] == '>';
}

static bool
is_report(GMimeMessage *m)
{
	GMimeObject *o = g_mime_message_get_mime_part(m);

	return o != NULL && g_mime_content_type_is_type(
				g_mime_object_get_content_type(o), "multipart", "report");
}

static bool
is_our_own(GMimeMessage *m, const struct post *post)
{
	const char *id = g_mime_message_get_message_id(m);
	char key[64];

	return id != NULL && post_key_of_msgid(post, id, key, sizeof(key));
}

static bool
is_loop(GMimeMessage *m, const struct post *post)
{
	const char *v = header(m, "X-Loop");
	char own[ADDRESS_SIZE];

	post_address(post, "", own);
	return v != NULL && strcasestr(v, own) != NULL;
}

const char *
judge_machine(GMimeMessage *m, const struct post *post)
{
	const char *v;

	if ((v = header(m, "Auto-Submitted")) != NULL && !is_word(v, "no"))
		return "Auto-Submitted";
	if ((v = header(m, "Return-Path")) != NULL && is_null_path(v))
		return "null return path";
	if ((v = header(m, "List-Id")) != NULL && *v != '\0')
		return "List-Id";
	if ((v = header(m, "Precedence")) != NULL &&
	    (is_word(v, "bulk") || is_word(v, "list") || is_word(v, "junk") ||
		is_word(v, "auto_reply")))
		return "Precedence";
	if ((v = header(m, "X-Auto-Response-Suppress")) != NULL && *v != '\0' &&
	    !is_word(v, "none"))
		return "X-Auto-Response-Suppress";
	if (header(m, "X-Autoreply") != NULL || header(m, "X-Autorespond") != NULL)
		return "X-Autoreply";
	if (is_report(m))
		return "multipart/report";
	if (is_loop(m, post) || is_our_own(m, post))
		return "our own mail";
	return NULL;
}

/* Add what stands outside of comments and quotes: one blank for many, none around '=' and ';'. */
static size_t
add_bare(char *out, size_t n, char c)
{
	bool blank = strchr(" \t\r\n", c) != NULL;

	if ((c == '=' || c == ';') && n > 0 && out[n - 1] == ' ')
		n--;
	if (blank && (n == 0 || strchr(" ;=", out[n - 1]) != NULL))
		return n;
	out[n++] = blank ? ' ' : c;
	return n;
}

/* Without comments (they nest), with what is quoted laid bare but harmless. */
static char *
bare(const char *v)
{
	char *out = mem_new(strlen(v) + 1);
	size_t n = 0;
	unsigned depth = 0;
	bool quoted = false;

	for (; *v != '\0' && n < RESULTS_MAX; v++) {
		if (*v == '\\' && v[1] != '\0' && (quoted || depth > 0))
			v++;
		else if (*v == '"' && depth == 0)
			quoted = !quoted;
		else if (*v == '(' && !quoted)
			depth++;
		else if (*v == ')' && !quoted && depth > 0)
			depth--;
		else if (depth == 0 && quoted)
			out[n++] = strchr("; =\t", *v) != NULL ? '?' : *v;
		else if (depth == 0)
			n = add_bare(out, n, *v);
	}
	out[n] = '\0';
	return out;
}

static bool
is_parent(const char *parent, const char *domain)
{
	size_t p = strlen(parent), d = strlen(domain);

	if (strcasecmp(parent, domain) == 0)
		return true;
	return strchr(parent, '.') != NULL && d > p && domain[d - p - 1] == '.' &&
	       strcasecmp(domain + d - p, parent) == 0;
}

/* One statement: "dkim=pass header.d=example.org header.s=x". */
static bool
statement_proves(char *s, const char *domain)
{
	char *save = NULL, *word = strtok_r(s, " ", &save);
	bool dmarc, dkim;

	if (word == NULL)
		return false;
	dmarc = strcasecmp(word, "dmarc=pass") == 0;
	dkim = strcasecmp(word, "dkim=pass") == 0;
	while ((dmarc || dkim) && (word = strtok_r(NULL, " ", &save)) != NULL) {
		if (dmarc && strncasecmp(word, "header.from=", 12) == 0)
			return strcasecmp(word + 12, domain) == 0;
		if (dkim && strncasecmp(word, "header.d=", 9) == 0)
			return is_parent(word + 9, domain);
	}
	return false;
}

enum proof
judge_results(const char *value, const char *authserv, const char *from)
{
	const char *at = strrchr(from, '@');
	enum proof proof = PROOF_NONE;
	char *s, *piece, *save = NULL;

	if (authserv[0] == '\0' || at == NULL)
		return PROOF_NONE;
	s = bare(value);
	piece = strtok_r(s, ";", &save);
	if (piece != NULL) {
		piece[strcspn(piece, " ")] = '\0';
		if (strcasecmp(piece, authserv) != 0)
			piece = NULL;
	}
	while (piece != NULL && proof == PROOF_NONE) {
		piece = strtok_r(NULL, ";", &save);
		if (piece != NULL && statement_proves(piece, at + 1))
			proof = PROOF_PEER;
	}
	free(s);
	return proof;
}

enum proof
judge_proof(GMimeMessage *m, const char *authserv, const char *from)
{
	/* The first of its name is the top-most one. */
	const char *v = header(m, "Authentication-Results");

	return v != NULL ? judge_results(v, authserv, from) : PROOF_NONE;
}

/* The value of field ${name} in the lines at ${s}, or NULL. */
static const char *
field(const char *s, const char *name)
{
	size_t n = strlen(name);

	while (s != NULL && *s != '\0') {
		if (strncasecmp(s, name, n) == 0 && s[n] == ':')
			return s + n + 1 + strspn(s + n + 1, " \t");
		s = strchr(s, '\n');
		if (s != NULL)
			s++;
	}
	return NULL;
}

bool
judge_report(GMimeMessage *m, enum outcome *outcome, char status[16])
{
	GMimePart *part = is_report(m) ? part_find(m, "message", "delivery-status") : NULL;
	const char *action, *code;
	bool failed = false;
	size_t n;
	char *s;

	status[0] = '\0';
	if (part == NULL)
		return false;
	s = part_bytes(part, REPORT_MAX, &n);
	action = field(s, "Action");
	code = field(s, "Status");
	if (action != NULL && code != NULL && is_word(action, "failed")) {
		n = strspn(code, "0123456789.");
		failed = n >= 5 && n < 16 && (code[0] == '4' || code[0] == '5') && code[1] == '.';
		if (failed) {
			memcpy(status, code, n);
			status[n] = '\0';
			*outcome = code[0] == '5' ? BOUNCE : DEFER;
		}
	}
	free(s);
	return failed;
}
