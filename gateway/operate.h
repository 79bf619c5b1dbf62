#ifndef HUDHUD_GATEWAY_OPERATE_H
#define HUDHUD_GATEWAY_OPERATE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "gateway/core.h"

/*
 * What the operator can ask for.  control.c brings the request and carries what is said
 * back; hudhudctl knows the commands' words only (operate_words.c).
 */

/** A command as it is typed; the table ends with a NULL word. */
struct operate_words {
	const char *word, *second; /* second NULL: one word only */
	unsigned min, max;         /* arguments behind them */
	const char *usage, *help;
	enum {
		INPUT_NONE,
		INPUT_FILE,   /* the argument is a file that the client sends */
		INPUT_PATH,   /* it is the path of one to make */
		INPUT_OFFLINE /* the client does it all, while the service does not run */
	} input;
};
extern const struct operate_words operate_words[];

/** The index of the command that ${args}[0..n) begins with, or -1 with the reason in ${why}. */
int operate_find(const char *const *args, size_t n, char *why, size_t size);

/** One request under way. */
struct operation {
	struct core *core;
	const char *const *args; /* behind the command's words */
	size_t n;
	bool json;
	const atomic_bool *stopping; /* the service stops: do not take long any more; may be NULL */
	char error[400];             /* why it could not be done, or "" */

	/** Carry ${text} to the operator; -1: nobody listens any more. */
	int (*say)(void *cookie, const char *text, size_t n);
	/** The next line of what the client sends, without its end; NULL: that was all, or error is set. */
	const char *(*line)(void *cookie, struct operation *o, size_t *n);
	void *cookie;
	struct buf out; /* not carried yet */
};

/** Run the request ${args}[0..n) of ${o}; true: done.  Its output has been said. */
bool operate_run(struct operation *o, const char *const *args, size_t n);

/* ---- for the commands */

/** Say something, in the end. */
void operate_say(struct operation *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Say ${v} as one line of JSON, and release it. */
void operate_say_json(struct operation *o, json_t *v);
/** It cannot be done; returns false. */
bool operate_fail(struct operation *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** End reading; false, with the reason, if the store went away: then nothing that was not found counts. */
bool operate_read_end(struct operation *o, struct tx *tx);

/**
 * Run a write; ${arg} begins with a struct operate_write.  False, with the reason, if it was not
 * written.
 */
struct operate_write {
	struct operation *o;
	char why[300]; /* set by ${fn} where it returns STORE_FAILED */
};
bool operate_write(struct operation *o, store_fn *fn, void *arg);

/** Write why it cannot be done into ${w}; returns STORE_FAILED. */
int operate_refuse(struct operate_write *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** The one form of the address ${typed} of kind ${kind}, and the channel that serves it; NULL, or why not. */
const char *operate_peer(
    struct core *c, const char *kind, const char *typed, char *peer, size_t size, int *chan);

/** What a person reads for ${s}. */
const char *operate_state(enum address_state s);

/** "2026-01-31 13:05:00Z" of ${at}, "-" of 0. */
void operate_time(char out[24], int64_t at);

/* ---- verbs that "load" shares with the commands; STORE_FAILED with the reason in ${w} */
struct operate_person {
	const char *name, *lang, *zone;
	bool is_protected;
	bool again; /* one that is there already is no error */
};
int operate_add_user(struct tx *tx, struct operate_write *w, const struct operate_person *p);
int operate_add_address(
    struct tx *tx, struct operate_write *w, const char *name, const char *kind, const char *typed);
int operate_add_follow(
    struct tx *tx, struct operate_write *w, const char *follower, const char *followee);

/** Say how many reports are open, if any; into ${list}, where that is not NULL.  False, with the reason. */
bool operate_report_count(struct operation *o, json_t *list);

typedef bool operate_fn(struct operation *o);
operate_fn operate_user_add, operate_user_show, operate_user_list, operate_user_remove;
operate_fn operate_address_add, operate_address_list, operate_address_remove;
operate_fn operate_as, operate_health, operate_pause, operate_resume, operate_trace;
operate_fn operate_dead_list, operate_dead_retry, operate_dead_drop;
operate_fn operate_user_suspend, operate_user_unsuspend, operate_user_silence,
    operate_user_unsilence;
operate_fn operate_report_list, operate_report_close;
operate_fn operate_load, operate_export, operate_backup, operate_offline;

#endif
