/*
 * Mails over a connection.  What RFC 2920 wants of a client that does not wait for each reply: replies
 * are counted, each is matched with its command, and when the server takes DATA although it refused
 * the recipient, it gets an empty mail, which goes to nobody.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "channels/email/dialogue.h"
#include "channels/email/smtp.h"

#define AFTER_DOT 5 /* times the patience: the server may check what it got */

enum stage { MAIL, RCPT, DATA, STAGES };

bool
smtp_pipelines(const struct smtp *s)
{
	return (s->m->esmtp & MAILSMTP_ESMTP_PIPELINING) != 0;
}

static void
limit(struct smtp *s, int times)
{
	wire_limit(s->m->stream, times * s->e->timeout_ms, SMTP_ANSWER_BYTES);
}

static void
add_command(struct smtp *s, const struct smtp_mail *t, enum stage stage)
{
	switch (stage) {
	case MAIL:
		buf_text_add(&s->out, "MAIL FROM:<");
		buf_text_add(&s->out, t->from);
		/* Of a mail that bounces the headers are enough. */
		buf_text_add(
		    &s->out, (s->m->esmtp & MAILSMTP_ESMTP_DSN) != 0 ? "> RET=HDRS\r\n" : ">\r\n");
		break;
	case RCPT:
		buf_text_add(&s->out, "RCPT TO:<");
		buf_text_add(&s->out, t->to);
		buf_text_add(&s->out, ">\r\n");
		break;
	default:
		buf_text_add(&s->out, "DATA\r\n");
		break;
	}
}

static void
add_commands(struct smtp *s, const struct smtp_mail *t)
{
	for (int i = MAIL; i < STAGES; i++)
		add_command(s, t, (enum stage)i);
}

/* The mail and the dot; a line that begins with a dot gets another. */
static void
add_data(struct smtp *s, const struct smtp_mail *t)
{
	const char *at = t->data, *end = t->data + t->n, *dot;

	if (t->n > 0 && *at == '.')
		buf_text_add(&s->out, ".");
	while ((dot = memmem(at, (size_t)(end - at), "\n.", 2)) != NULL) {
		buf_add(&s->out, at, (size_t)(dot + 2 - at));
		buf_text_add(&s->out, ".");
		at = dot + 2;
	}
	buf_add(&s->out, at, (size_t)(end - at));
	buf_text_add(&s->out, ".\r\n");
}

/* In one piece.  What goes wrong shows when the reply is read. */
static void
write_out(struct smtp *s)
{
	mailstream_write(s->m->stream, s->out.data, s->out.len);
	mailstream_flush(s->m->stream);
	buf_clear(&s->out);
}

/* What a refusal at ${what} means. */
static void
refused(mailsmtp *m, const char *what, bool of_recipient, struct smtp_result *out)
{
	int code = dialogue_code(m);

	dialogue_why(m, what, out->why, sizeof(out->why));
	out->outcome = of_recipient && code >= 500 && code < 600 ? BOUNCE : DEFER;
	/* "Syntax", "sequence", "log in first": no recipient can do anything about it. */
	if ((code >= 500 && code <= 504) || (code >= 530 && code <= 538))
		out->outcome = DEFER;
	out->ours = code >= 500 && out->outcome == DEFER;
	out->lost = code == 0 || code == 421;
}

/* After a refusal: back to where the next mail can begin, or the connection is given up. */
static void
recover(struct smtp *s, const int *codes, struct smtp_result *out)
{
	if (codes[DATA] == 354) {
		/* The server waits for a mail.  None must come of it. */
		out->lost = codes[RCPT] < 400;
		if (out->lost)
			return;
		limit(s, AFTER_DOT);
		out->lost = dialogue_command(s->m, ".") == 0;
	}
	limit(s, 1);
	if (!out->lost && dialogue_command(s->m, "RSET") != 250)
		out->lost = true;
}

static bool
accepted(enum stage stage, int code)
{
	return stage == DATA ? code == 354 : code == 250 || (stage == RCPT && code == 251);
}

/* MAIL, RCPT, DATA.  True if the server waits for the mail. */
static bool
introduce(struct smtp *s, const struct smtp_mail *t, struct smtp_result *out)
{
	static const char *const names[] = { "MAIL", "RCPT", "DATA" };
	bool together = smtp_pipelines(s), good = true;
	int codes[STAGES] = { 0 };

	limit(s, 1);
	if (!s->begun && s->m->stream->read_buffer_len > 0) {
		/* Replies to nothing would be taken for those to come. */
		snprintf(out->why, sizeof(out->why), "the server says more than it was asked");
		out->lost = out->early = true;
		return false;
	}
	if (together && !s->begun) {
		add_commands(s, t);
		write_out(s);
	}
	s->begun = false;
	for (int i = MAIL; i < STAGES && (good || together); i++) {
		limit(s, 1);
		if (!together) {
			add_command(s, t, (enum stage)i);
			write_out(s);
		}
		codes[i] = dialogue_reply(s->m);
		if (good && !accepted((enum stage)i, codes[i])) {
			refused(s->m, names[i], i != MAIL, out);
			out->early = out->lost && i != DATA;
			good = false;
		}
		if (codes[i] == 0 || codes[i] == 421) {
			out->lost = true;
			return false;
		}
	}
	if (!good)
		recover(s, codes, out);
	return good;
}

static void
take_id(mailsmtp *m, struct smtp_result *out)
{
	const char *s = strcasestr(dialogue_text(m), "queued as ");
	size_t n = 0;

	if (s == NULL)
		return;
	s += 10;
	while (n + 1 < sizeof(out->foreign) && s[n] > ' ' && s[n] < 0x7f) {
		out->foreign[n] = s[n];
		n++;
	}
	out->foreign[n] = '\0';
}

void
smtp_send(struct smtp *s, const struct smtp_mail *t, const struct smtp_mail *next,
    struct smtp_result *out)
{
	*out = (struct smtp_result){ .outcome = DEFER };
	if (!introduce(s, t, out))
		return;
	add_data(s, t);
	if (next != NULL && smtp_pipelines(s)) {
		add_commands(s, next);
		s->begun = true;
	}
	limit(s, AFTER_DOT);
	write_out(s);
	if (dialogue_reply(s->m) != 250) {
		refused(s->m, "after DATA", true, out);
		return;
	}
	out->outcome = SENT;
	dialogue_words(s->m, out->why, sizeof(out->why));
	take_id(s->m, out);
}
