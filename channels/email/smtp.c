#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/email/smtp.h"

#define ANSWER_BYTES 65536
#define AFTER_DOT 5 /* times the patience: the server may check what it got */

/* The server's words without the addresses in them: they go to the log. */
static void
words(const char *s, char *out, size_t size)
{
	size_t n = 0, len;

	while (*s != '\0' && *s != '\n' && n + 8 < size) {
		len = strcspn(s, " \n");
		if (memchr(s, '@', len) != NULL) {
			memcpy(out + n, "<...>", 5);
			n += 5;
		} else {
			for (size_t i = 0; i < len && n + 8 < size; i++)
				out[n++] = s[i] >= ' ' && s[i] < 0x7f ? s[i] : '?';
		}
		s += len;
		while (*s == ' ')
			s++;
		if (*s != '\0' && *s != '\n')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

static void
say(mailsmtp *m, const char *what, char *why, size_t size)
{
	char text[120];

	if (m->stream != NULL && wire_fault(m->stream)[0] != '\0') {
		snprintf(why, size, "%s: %s", what, wire_fault(m->stream));
		return;
	}
	words(m->response != NULL ? m->response : "", text, sizeof(text));
	snprintf(why, size, "%s: %d %s", what, m->response_code & 0xfff, text);
}

static int
code_of(mailsmtp *m)
{
	return m->stream == NULL || wire_fault(m->stream)[0] != '\0' ? 0 : m->response_code & 0xfff;
}

/* One line of a dialogue for which libetpan would load plug-ins; returns the code. */
static int
command(mailsmtp *m, const char *line)
{
	char *answer;
	int code = 0;

	if (mailstream_write(m->stream, line, strlen(line)) == -1 ||
	    mailstream_write(m->stream, "\r\n", 2) == -1 || mailstream_flush(m->stream) == -1)
		return 0;
	do {
		answer = mailstream_read_line_remove_eol(m->stream, m->line_buffer);
		if (answer == NULL)
			return 0;
		code = atoi(answer);
	} while (strlen(answer) > 3 && answer[3] == '-');
	m->response_code = code;
	mmap_string_assign(m->response_buffer, strlen(answer) > 4 ? answer + 4 : "");
	m->response = m->response_buffer->str;
	return code;
}

static int
command_base64(mailsmtp *m, const char *prefix, const char *data, size_t n)
{
	gchar *coded = g_base64_encode((const guchar *)data, n);
	char *line = mem_printf("%s%s", prefix, coded);
	int code = command(m, line);

	memset(line, 0, strlen(line));
	memset(coded, 0, strlen(coded));
	free(line);
	g_free(coded);
	return code;
}

static int
login(mailsmtp *m, const struct server *v)
{
	size_t u = strlen(v->user), p = strlen(v->password);
	char *both;
	int code;

	if (m->auth & MAILSMTP_AUTH_PLAIN) {
		both = mem_new(u + p + 3);
		memcpy(both + 1, v->user, u);
		memcpy(both + u + 2, v->password, p);
		code = command_base64(m, "AUTH PLAIN ", both, u + p + 2);
		memset(both, 0, u + p + 2);
		free(both);
		return code == 235 ? 0 : -1;
	}
	if (m->auth & MAILSMTP_AUTH_LOGIN)
		return command(m, "AUTH LOGIN") == 334 &&
			       command_base64(m, "", v->user, u) == 334 &&
			       command_base64(m, "", v->password, p) == 235
			   ? 0
			   : -1;
	m->response_code = 504;
	mmap_string_assign(m->response_buffer, "it offers neither PLAIN nor LOGIN");
	m->response = m->response_buffer->str;
	return -1;
}

static int
greet(struct email *e, mailsmtp *m, char *why, size_t size)
{
	const struct server *v = &e->smtp;

	if (mailesmtp_ehlo(m) != MAILSMTP_NO_ERROR) {
		say(m, "EHLO", why, size);
		return -1;
	}
	if (v->starttls) {
		wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
		if (mailesmtp_starttls(m) != MAILSMTP_NO_ERROR) {
			snprintf(why, size, "it does not offer STARTTLS");
			return -1;
		}
		if (wire_encrypt(m->stream, why, size) == -1)
			return -1;
		wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
		if (mailesmtp_ehlo(m) != MAILSMTP_NO_ERROR) {
			say(m, "EHLO", why, size);
			return -1;
		}
	}
	if (v->user[0] != '\0') {
		wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
		if (login(m, v) == -1) {
			say(m, "AUTH", why, size);
			return -1;
		}
	}
	return 0;
}

mailsmtp *
smtp_open(struct email *e, char *why, size_t size)
{
	mailstream *s;
	mailsmtp *m;

	s = wire_connect(&e->wire, e->smtp.host, e->smtp.port, e->smtp.tls, why, size);
	if (s == NULL)
		return NULL;
	m = mailsmtp_new(0, NULL);
	if (m == NULL)
		log_die("out of memory");
	wire_limit(s, e->timeout_ms, ANSWER_BYTES);
	/* On failure it has closed the stream: the words would be gone. */
	if (mailsmtp_connect(m, s) != MAILSMTP_NO_ERROR) {
		snprintf(why, size, "greeting: %s",
		    m->response_code > 0 ? "the server does not want us now"
					 : "the server does not answer");
		mailsmtp_free(m);
		return NULL;
	}
	wire_limit(s, e->timeout_ms, ANSWER_BYTES);
	if (greet(e, m, why, size) == -1) {
		smtp_close(m);
		return NULL;
	}
	return m;
}

void
smtp_close(mailsmtp *m)
{
	if (m == NULL)
		return;
	if (m->stream != NULL)
		wire_limit(m->stream, 1000, ANSWER_BYTES);
	mailsmtp_free(m);
}

/* What a refusal at ${stage} means. */
static void
refused(mailsmtp *m, const char *stage, bool of_recipient, struct smtp_result *out)
{
	int code = code_of(m);

	say(m, stage, out->why, sizeof(out->why));
	out->outcome = of_recipient && code >= 500 && code < 600 ? BOUNCE : DEFER;
	/* "Syntax", "sequence", "log in first": no recipient can do anything about it. */
	if ((code >= 500 && code <= 504) || (code >= 530 && code <= 538))
		out->outcome = DEFER;
	out->ours = code >= 500 && out->outcome == DEFER;
	out->lost = code == 0 || code == 421;
}

static void
take_id(mailsmtp *m, struct smtp_result *out)
{
	const char *s = m->response != NULL ? m->response : "", *as = strcasestr(s, "queued as ");
	size_t n = 0;

	if (as != NULL)
		s = as + 10;
	while (n + 1 < sizeof(out->foreign) && s[n] > ' ' && s[n] < 0x7f) {
		out->foreign[n] = s[n];
		n++;
	}
	out->foreign[as != NULL ? n : 0] = '\0';
}

void
smtp_send(struct email *e, mailsmtp *m, const char *from, const char *to, const char *mail,
    size_t n, struct smtp_result *out)
{
	*out = (struct smtp_result){ .outcome = DEFER };
	wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
	if (mailesmtp_mail(m, from, 0, NULL) != MAILSMTP_NO_ERROR) {
		refused(m, "MAIL", false, out);
		out->early = out->lost;
		return;
	}
	wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
	if (mailsmtp_rcpt(m, to) != MAILSMTP_NO_ERROR) {
		refused(m, "RCPT", true, out);
		out->early = out->lost;
		return;
	}
	wire_limit(m->stream, e->timeout_ms, ANSWER_BYTES);
	if (mailsmtp_data(m) != MAILSMTP_NO_ERROR) {
		refused(m, "DATA", true, out);
		return;
	}
	wire_limit(m->stream, AFTER_DOT * e->timeout_ms, ANSWER_BYTES);
	if (mailsmtp_data_message(m, mail, n) != MAILSMTP_NO_ERROR) {
		refused(m, "after DATA", true, out);
		return;
	}
	out->outcome = SENT;
	words(m->response != NULL ? m->response : "", out->why, sizeof(out->why));
	take_id(m, out);
}
