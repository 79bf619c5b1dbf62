#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/email/dialogue.h"
#include "channels/email/smtp.h"

static int
say_base64(mailsmtp *m, const char *prefix, const char *data, size_t n)
{
	gchar *coded = g_base64_encode((const guchar *)data, n);
	char *line = mem_printf("%s%s", prefix, coded);
	int code = dialogue_command(m, line);

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
		code = say_base64(m, "AUTH PLAIN ", both, u + p + 2);
		memset(both, 0, u + p + 2);
		free(both);
		return code == 235 ? 0 : -1;
	}
	if (m->auth & MAILSMTP_AUTH_LOGIN)
		return dialogue_command(m, "AUTH LOGIN") == 334 &&
			       say_base64(m, "", v->user, u) == 334 &&
			       say_base64(m, "", v->password, p) == 235
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
		dialogue_why(m, "EHLO", why, size);
		return -1;
	}
	if (v->starttls) {
		wire_limit(m->stream, e->timeout_ms, SMTP_ANSWER_BYTES);
		if (mailesmtp_starttls(m) != MAILSMTP_NO_ERROR) {
			snprintf(why, size, "it does not offer STARTTLS");
			return -1;
		}
		if (wire_encrypt(m->stream, why, size) == -1)
			return -1;
		wire_limit(m->stream, e->timeout_ms, SMTP_ANSWER_BYTES);
		if (mailesmtp_ehlo(m) != MAILSMTP_NO_ERROR) {
			dialogue_why(m, "EHLO", why, size);
			return -1;
		}
	}
	if (v->user[0] != '\0') {
		wire_limit(m->stream, e->timeout_ms, SMTP_ANSWER_BYTES);
		if (login(m, v) == -1) {
			dialogue_why(m, "AUTH", why, size);
			return -1;
		}
	}
	return 0;
}

struct smtp *
smtp_open(struct email *e, char *why, size_t size)
{
	mailstream *stream;
	struct smtp *s;
	mailsmtp *m;

	stream = wire_connect(&e->wire, e->smtp.host, e->smtp.port, e->smtp.tls, why, size);
	if (stream == NULL)
		return NULL;
	m = mailsmtp_new(0, NULL);
	if (m == NULL)
		log_die("out of memory");
	wire_limit(stream, e->timeout_ms, SMTP_ANSWER_BYTES);
	/* On failure it has closed the stream: the words would be gone. */
	if (mailsmtp_connect(m, stream) != MAILSMTP_NO_ERROR) {
		snprintf(why, size, "greeting: %s",
		    m->response_code > 0 ? "the server does not want us now"
					 : "the server does not answer");
		mailsmtp_free(m);
		return NULL;
	}
	s = mem_new(sizeof(*s));
	s->e = e;
	s->m = m;
	wire_limit(stream, e->timeout_ms, SMTP_ANSWER_BYTES);
	if (greet(e, m, why, size) == -1) {
		smtp_close(s);
		return NULL;
	}
	return s;
}

void
smtp_close(struct smtp *s)
{
	if (s == NULL)
		return;
	if (s->m->stream != NULL)
		wire_limit(s->m->stream, 1000, SMTP_ANSWER_BYTES);
	mailsmtp_free(s->m);
	buf_free(&s->out);
	free(s);
}
