#ifndef HUDHUD_EMAIL_MAIL_H
#define HUDHUD_EMAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "channels/email/address.h"
#include "gateway/channel.h"

/*
 * A mail as it came, and what it means to us.  Everything in this file is about bytes that
 * strangers wrote; nothing here touches a network.
 */

/** What to do with it. */
enum mail_sort {
	MAIL_LETTER,  /* somebody says something */
	MAIL_MACHINE, /* automatic: never posted, never answered */
	MAIL_REPORT,  /* a bounce of delivery ${key} */
	MAIL_BAD,     /* not from one person with a proper address */
};

struct mail {
	enum mail_sort sort;
	const char *why; /* MACHINE, BAD: for the log; a literal */

	char peer[ADDRESS_SIZE];  /* LETTER: who wrote it */
	char to[ADDRESS_SIZE];    /* the address of ours that it came to, or "" */
	char token[ADDRESS_SIZE]; /* the extension of that address, or "" */
	enum proof proof;
	char foreign[ADDRESS_SIZE]; /* Message-ID, or a hash of the whole */
	char reply_to[64];          /* the delivery it answers, REPLY_UNKNOWN, or "" */
	char *text;                 /* UTF-8, what the writer wrote; at most PORT_TEXT_MAX; owned */

	char key[64];        /* REPORT */
	enum outcome report; /* BOUNCE, or DEFER: it may work another time */
	char status[16];     /* "5.1.1" */
};

/** Call once, before threads. */
void mail_load(void);

/**
 * Understand the ${n} bytes at ${raw}.  ${authserv} is whose Authentication-Results we believe, ""
 * for nobody's.  Always succeeds; mail_free() releases what it holds.
 */
void mail_read(
    const struct post *post, const char *authserv, const char *raw, size_t n, struct mail *out);
void mail_free(struct mail *m);

#endif
