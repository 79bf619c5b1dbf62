#ifndef HUDHUD_CHANNELS_XMPP_STREAM_H
#define HUDHUD_CHANNELS_XMPP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * One connection to the server through libstrophe, with what that library lacks:
 * deadlines, a bound on memory, writes that wait for room, reasons in words.
 */
struct stream;
struct _xmpp_stanza_t;

enum stream_state {
	STREAM_NONE,  /* no connection */
	STREAM_LOGIN, /* on its way */
	STREAM_UP,
};

enum stream_fault {
	FAULT_NET,       /* anything that time may mend */
	FAULT_UNREACHED, /* the address did not even answer */
	FAULT_LOGIN,     /* password, certificate, name: somebody must mend it */
	FAULT_CONFLICT,  /* somebody else has our place */
};

struct stream_settings {
	bool component;
	const char *jid; /* a component's domain, or the account */
	const char *password;
	bool tls;
	const char *ca_path; /* trust these alone; "": the system's */
	int wait_ms;         /* for the server, at each step of a login */
};

/** ${settings} and its strings must outlive it.  ${heard} gets each stanza once logged in. */
struct stream *stream_new(const struct stream_settings *settings,
    void (*heard)(void *cookie, struct _xmpp_stanza_t *stanza), void *cookie);
void stream_free(struct stream *s);

/** Begin to connect to ${ip}:${port}; only in STREAM_NONE. */
void stream_start(struct stream *s, const char *ip, uint16_t port);

enum stream_state stream_state(const struct stream *s);

/** Why it is in STREAM_NONE again, in words; and of what sort that is. */
const char *stream_why(const struct stream *s);
enum stream_fault stream_fault(const struct stream *s);

/** The full address the server gave us; NULL before. */
const char *stream_jid(const struct stream *s);

/** Where to write what shall go out; stream_work() sends it.  Emptied when the stream ends. */
struct buf *stream_out(struct stream *s);

/** What to poll: a descriptor (-1: none) and events; and the longest wait in ms (-1: any). */
int stream_poll(const struct stream *s, short *events, int *wait_ms);

/** Write, read and handle what can be without waiting; ${revents} is what poll() said, 0 to write
 * alone.  (A TLS handshake waits, at most wait_ms.) */
void stream_work(struct stream *s, short revents);

/** Write what can be without waiting, and nothing else: that it failed shows in stream_work(). */
void stream_write(struct stream *s);

/** End it at once, because of ${why}. */
void stream_drop(struct stream *s, enum stream_fault fault, const char *why);

/** Write the rest, close the stream as the protocol wants, ${ms} at most, and drop it. */
void stream_leave(struct stream *s, int ms);

#endif
