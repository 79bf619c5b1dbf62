#ifndef HUDHUD_EMAIL_WIRE_H
#define HUDHUD_EMAIL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/bell.h"

/*
 * The connection below libetpan: ours instead of the library's own, which checks no
 * certificate, tells no server name, waits by select() and minutes long.  Every wait here
 * ends by a time limit or by the wish to stop, and a server can send only so much.
 */

/** What all connections of a channel share; fill it before threads start. */
struct wire_base {
	void *credentials;       /* gnutls; NULL if no connection is encrypted */
	struct bell *stop;       /* rung once, never silenced */
	_Atomic int64_t stop_by; /* clock_ms() by which everything must end; set before the ring */
};

/** Load the certificates to trust: of ${ca_file}, or the system's for "".  -1 after logging why. */
int wire_trust(struct wire_base *base, const char *ca_file);
void wire_forget(struct wire_base *base);

/**
 * Connect to ${host}:${port}; ${tls} at once if set.  Return the stream, which the caller gives
 * to a session or closes by mailstream_close(); NULL with the reason in ${why}.
 */
mailstream *wire_connect(
    struct wire_base *base, const char *host, uint16_t port, bool tls, char *why, size_t size);

/**
 * Encrypt from now on (after STARTTLS).  Fails if the server has already sent more: somebody in
 * between may have.
 */
int wire_encrypt(mailstream *s, char *why, size_t size);
bool wire_is_encrypted(mailstream *s);

/** Give what follows ${ms}, and let the server send at most ${bytes}. */
void wire_limit(mailstream *s, int ms, size_t bytes);

/** What went wrong on it, in a few words; "" if nothing. */
const char *wire_fault(mailstream *s);

/** Wait until the server has something to say: 1; ${ms} passed or ${bell} rings: 0; broken: -1. */
int wire_wait(mailstream *s, struct bell *bell, int ms);

#endif
