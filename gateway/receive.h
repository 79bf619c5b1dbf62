#ifndef HUDHUD_GATEWAY_RECEIVE_H
#define HUDHUD_GATEWAY_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "gateway/channel.h"
#include "gateway/site.h"
#include "gateway/tracking.h"
#include "store/people.h"

/** Keys of deliveries: "s" position "." user in lower hex for a status, "a" id for an answer. */
void delivery_key(char out[64], int64_t pos, int64_t user);
void delivery_key_answer(char out[64], int64_t id);
/** The key of a summary, "q" position "." user: it is neither a status's nor an answer's. */
void delivery_key_summary(char out[64], int64_t pos, int64_t user);
/** Cut one again; true for a status's key. */
bool delivery_key_parse(const char *key, int64_t *pos, int64_t *user);
/** True for an answer's. */
bool delivery_key_parse_answer(const char *key, int64_t *id);

/**
 * One thing that somebody said, from deduplication to answer, in one transaction.  Fill what comes
 * in, run receive_run() by store_write() or store_submit(), read what comes out, receive_free().
 */
struct receive {
	/* in */
	const struct site *site;
	const struct channel_kind *kind; /* NULL: web or control, which name the user themselves */
	int chan;                        /* 0: web or control */
	int64_t user;                    /* web and control: who it is for; else 0 */
	char *peer, *to, *foreign, *text, *reply_to, *token; /* as in struct inbound; owned */
	size_t text_len;
	enum proof proof;
	bool automatic;
	bool plain;  /* web: it was held back before, and is to be said as it is */
	int64_t now; /* wall seconds */
	const struct tracking *tracking; /* does anybody track words?  NULL: it is not known */

	/* receive_prepare()'s */
	bool prepared;
	char *clean; /* NULL: it cannot be acted on, for the reason ${fault}; owned */
	enum text_fault fault;

	/* out */
	enum verdict verdict;
	int64_t pos;  /* the status it became; 0: none */
	char *answer; /* what was said back, or NULL; for web and control only (on
						   channels it is queued in the same transaction); owned */
	bool ok;      /* what it asked for was done */
	bool held;    /* it was not said: "post" would say it */
	bool repeat;  /* it had come in before, and nothing was done */
};

/** Take over copies of ${in}'s strings. */
void receive_fill(struct receive *r, const struct inbound *in);

/** Do what needs no store, so that the committer has less to do; done by itself if it was not. */
void receive_prepare(struct receive *r);

/** A store_fn; ${arg} is a struct receive. */
int receive_run(struct tx *tx, void *arg);

/** Release what it owns, not ${r} itself. */
void receive_free(struct receive *r);

#endif
