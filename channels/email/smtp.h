#ifndef HUDHUD_EMAIL_SMTP_H
#define HUDHUD_EMAIL_SMTP_H

#include "channels/email/email.h"

/* One connection to the SMTP server, and one mail over it. */

/** Connect, encrypt, log in.  NULL with the reason in ${why}. */
mailsmtp *smtp_open(struct email *e, char *why, size_t size);

/** Say good-bye and release; NULL is fine. */
void smtp_close(mailsmtp *m);

struct smtp_result {
	enum outcome outcome;
	char why[160];
	char foreign[64]; /* SENT: the server's id of it */
	bool lost;        /* the connection is of no use any more */
	bool early; /* lost before the server had the mail: it may go over another one at once */
	bool ours;  /* the fault is not the recipient's: nothing can be sent now */
};

/** Send the ${n} bytes at ${mail}. */
void smtp_send(struct email *e, mailsmtp *m, const char *from, const char *to, const char *mail,
    size_t n, struct smtp_result *out);

#endif
