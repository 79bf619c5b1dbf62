#ifndef HUDHUD_TESTS_BENCH_WIRE_H
#define HUDHUD_TESTS_BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What Hudhud's channels send, for senders that are not Hudhud: the same words, of the same length.  Who
 * gets them: u0, u1 ... (of RAW_PEERS) at RAW_DOMAIN; RAW_FROM is a component's domain, RAW_PATH
 * where sendsms is, RAW_USER and RAW_PASS its login.
 */
struct wire {
	unsigned port;
	unsigned long count, peers;
	const char *from, *domain, *path, *user, *pass;
	int64_t began;      /* of the clock that only grows, microseconds */
	int64_t cpu_before; /* of this process */
};

/** Fill it from the arguments PORT and COUNT and the environment; ${domain} where that has none. */
void wire_read(struct wire *w, const char *port, const char *count, const char *domain);
/** The clock starts: what went before was preparation. */
void wire_begin(struct wire *w);
/** Say how it went: ${done} were taken, ${bytes} written (0: not known), as JSON. */
void wire_report(const struct wire *w, unsigned long done, size_t bytes);

/** Add delivery ${i}: a message stanza, the path and query of a request, a mail up to its last dot. */
void wire_stanza(const struct wire *w, struct buf *b, unsigned long i);
void wire_query(const struct wire *w, struct buf *b, unsigned long i);
void wire_mail(const struct wire *w, struct buf *b, unsigned long i);

/** Connect to the port on loopback, without delay; ends the process where that fails. */
int wire_dial(const struct wire *w);
/** End the process, with the system's reason. */
void wire_die(const char *what) __attribute__((noreturn));

#endif
