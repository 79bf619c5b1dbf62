#ifndef HUDHUD_EMAIL_IMAP_H
#define HUDHUD_EMAIL_IMAP_H

#include "channels/email/email.h"

/*
 * One IMAP session with our mailbox selected.  Every function that returns an int returns 0 or
 * -1; after -1 the session is of no use (imap_fault() says why), unless said otherwise.
 */

/** Keywords that say: somebody began to read this mail and did not come to an end. */
#define IMAP_STRIKES 3

struct imap {
	struct email *e;
	mailimap *m;
	bool move, uidplus, idle;
	bool keywords; /* flags of our own are kept */
	uint32_t validity;
	bool news;        /* more has come while the server made the last list */
	uint32_t told;    /* so many it said then that there are; 0: since then more was done */
	bool parse_error; /* the last failure was an answer that libetpan cannot read */
	char fault[160];
};

struct imap_mail {
	uint32_t uid;
	uint32_t size;
	unsigned strikes; /* of IMAP_STRIKES */
};

/** Connect, encrypt, log in, select, and make the folders for what is done.  Zero ${i} but e. */
int imap_open(struct imap *i);
void imap_close(struct imap *i);
const char *imap_fault(const struct imap *i);

/** Note that ${what} failed with libetpan's ${r}; returns -1. */
int imap_fail(struct imap *i, const char *what, int r);

/** The UIDs of what is in the mailbox, and not deleted; the caller frees. */
int imap_list(struct imap *i, uint32_t **uids, size_t *n);

/** Size and strikes of ${mails}[0..n), by their uid; those that are gone get uid 0. */
int imap_look(struct imap *i, struct imap_mail *mails, size_t n);

/** The first max_size bytes of ${uid}; the caller frees.  NULL in ${raw} if it is gone. */
int imap_fetch(struct imap *i, uint32_t uid, char **raw, size_t *n);

/** Set strike number ${strike} (from 0), or, if negative, take all away. */
int imap_strike(struct imap *i, const uint32_t *uids, size_t n, int strike);

/** Move to ${folder}.  1: the server refuses, and the session goes on. */
int imap_move(struct imap *i, const uint32_t *uids, size_t n, const char *folder);

/** Wait ${ms} for news since the last imap_list(), or until ${bell} rings or we stop. */
int imap_wait(struct imap *i, struct bell *bell, int ms);

#endif
