#ifndef HUDHUD_EMAIL_ADDRESS_H
#define HUDHUD_EMAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Mail addresses: the one form we keep them in, and what we hang on our own:
 * "local+TOKEN@domain" makes an answer trusted, "local+b.KEY.CHECK@domain" is
 * where bounces of delivery KEY come back to.
 */

#define ADDRESS_SIZE 256 /* of the longest address (RFC 5321: 254), and NUL */
#define ADDRESS_LOCAL_MAX 64

/** Before a token: whatever the mail says, it means "stop".  For the unsubscribe button of mail programs. */
#define POST_STOP "stop."

/** Our own address, and what makes the bounce addresses ours. */
struct post {
	char local[ADDRESS_LOCAL_MAX + 1];
	char domain[ADDRESS_SIZE];
	char separator;
	unsigned char secret[32];
};

/**
 * Write the one form of ${typed} into ${out}: in lower case throughout, a dot-atom before
 * the @ and a domain of at least two labels behind it; blanks around it, <> and "mailto:"
 * are forgiven.  Return 0, or -1 with a reason for people in ${why} (may be NULL).
 */
int address_clean(const char *typed, char *out, size_t size, const char **why);

/** May ${address} (in any case) go into an envelope or a header as it is? */
bool address_valid(const char *address);

/** Is ${id}, without its <>, a Message-ID that can be quoted in a header: printable, left@right? */
bool address_msgid_valid(const char *id);

/** Fill ${p}; ${address} must be clean.  The secret is made from ${password}. */
void post_init(struct post *p, const char *address, char separator, const char *password);

/** Is ${address} ours?  Then ${extension}, of ADDRESS_SIZE bytes, is what follows the separator, or "". */
bool post_is_ours(const struct post *p, const char *address, char *extension);

/** Write our address with ${extension} ("" for none; left out if it is not fit for an address). */
void post_address(const struct post *p, const char *extension, char out[ADDRESS_SIZE]);

/** Write the envelope sender for delivery ${key}. */
void post_bounce_address(const struct post *p, const char *key, char out[ADDRESS_SIZE]);

/** Cut the key out of the ${extension} of a bounce address; false if we did not make it. */
bool post_bounce_key(const struct post *p, const char *extension, char *key, size_t size);

/**
 * If ${id} (without its <>) is a Message-ID that we made, write the key in it; false if it is not.
 */
bool post_key_of_msgid(const struct post *p, const char *id, char *key, size_t size);

#endif
