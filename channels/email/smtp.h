#ifndef HUDHUD_EMAIL_SMTP_H
#define HUDHUD_EMAIL_SMTP_H

#include "base/buf.h"
#include "channels/email/email.h"

/*
 * One connection to the SMTP server, and mails over it, one after the other.  libetpan connects,
 * greets and reads what the server offers (smtp.c); the mails are written by transfer.c, since the library
 * waits four times for each: where the server offers PIPELINING (RFC 2920) the end of a mail and the
 * beginning of the next go out together, and there is one wait.
 */
#define SMTP_ANSWER_BYTES 65536 /* that a server may say in one step */

struct smtp {
	struct email *e;
	mailsmtp *m;
	struct buf out; /* to be written together */
	bool begun;     /* the commands that begin the next mail are on their way */
};

/** Connect, encrypt, log in.  NULL with the reason in ${why}. */
struct smtp *smtp_open(struct email *e, char *why, size_t size);

/** Say good-bye and release; NULL is fine. */
void smtp_close(struct smtp *s);

/** May the next mail begin before this one's end is answered? */
bool smtp_pipelines(const struct smtp *s);

/** A mail: CRLF line ends, the last line has one, too. */
struct smtp_mail {
	const char *from, *to; /* the envelope; valid addresses */
	const char *data;
	size_t n;
};

struct smtp_result {
	enum outcome outcome;
	char why[160];
	char foreign[64]; /* SENT: the server's id of it */
	bool lost;        /* the connection is of no use any more */
	bool early; /* lost before the server had the mail: it may go over another one at once */
	bool ours;  /* the fault is not the recipient's: nothing can be sent now */
};

/**
 * Send ${t}.  With ${next}, where smtp_pipelines(), that one is begun on the way: unless the connection
 * is lost, it must be the next that is sent if ${s->begun} is set afterwards.
 */
void smtp_send(struct smtp *s, const struct smtp_mail *t, const struct smtp_mail *next,
    struct smtp_result *out);

#endif
