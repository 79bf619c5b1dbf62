#ifndef HUDHUD_STORE_DRIVER_H
#define HUDHUD_STORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an engine must do so that the store can stand on it.  One SQL text serves all, so:
 *
 *   parameters   are written ?1, ?2 ... and bound by number, as 64-bit numbers, texts or bytes;
 *   expressions  keep to what SQLite 3.37 and PostgreSQL 15 share: ON CONFLICT DO UPDATE (never DO
 *                NOTHING: as a retry it may claim what is not durable), RETURNING, CASE instead of
 *                two-argument min() and max(), every derived table named;
 *   ids          come from counter rows, never from the engine: sequences skip and reorder;
 *   schema       is written in the words BIGINT, TEXT and BYTEA; a table that ends in ") KEYED" is
 *                best kept sorted by its primary key.  define() turns that into the engine's own.
 *
 * A connection is used by one thread at a time, but not always the same one.  The store opens one
 * writer and a few readers.  A driver does not log, but for open() and backup().
 */

/** How a call ended. */
enum driver_result {
	DRIVER_OK,         /* done; of step(): no more rows */
	DRIVER_ROW,        /* step() only: there is a row */
	DRIVER_RETRY,      /* a conflict, a lock, a failover: roll back, run it all again */
	DRIVER_FULL,       /* no room, no quorum: roll back; nothing was written */
	DRIVER_CONSTRAINT, /* the schema forbids it: roll back to the savepoint */
	DRIVER_FATAL,      /* anything else: what is on the disk is all that can be believed */
};

/** A connection; the driver's own struct begins with this. */
struct conn {
	const struct store_driver *driver; /* set by the store */
	bool writer;                       /* set by open() */
};

/** A prepared statement; the driver's own struct begins with this. */
struct stmt {
	struct conn *conn; /* set by prepare() */
};

struct store_driver {
	const char *name; /* the word before ':' in the store's URL */

	/**
	 * Connect to ${where} (what follows the ':'; a relative path is under ${state}).  A writer
	 * creates what is missing and keeps all other processes from writing; a reader cannot write.
	 * Commits must be durable when commit() returns.  NULL, after logging why.
	 */
	struct conn *(*open)(const char *where, const char *state, bool writer);
	void (*close)(struct conn *c); /* no statement is in use */

	/** Begin a transaction: on a writer one that can write, on a reader a snapshot. */
	enum driver_result (*begin)(struct conn *c);
	enum driver_result (*commit)(struct conn *c);
	/** Undo it; no error if the engine has done so by itself. */
	void (*rollback)(struct conn *c);

	/** Run one statement of the schema. */
	enum driver_result (*define)(struct conn *c, const char *sql);

	/**
	 * A statement ready to be bound.  ${sql} is a string literal: its address may be the key of a
	 * cache.  The same text may be asked for again before it is released.  NULL on error.
	 */
	struct stmt *(*prepare)(struct conn *c, const char *sql);
	/** Set parameter ${i} from 1; ${data} stays valid until release(). */
	void (*bind_number)(struct stmt *s, int i, int64_t v);
	void (*bind_text)(struct stmt *s, int i, const char *data);
	void (*bind_bytes)(struct stmt *s, int i, const void *data, size_t n);
	enum driver_result (*step)(struct stmt *s);
	/** Column ${i} from 0 of the row; pointers are good until the next step() or release(). */
	int64_t (*number)(struct stmt *s, int i);
	const char *(*text)(struct stmt *s, int i); /* "" for NULL */
	const void *(*bytes)(struct stmt *s, int i, size_t *n);
	void (*release)(struct stmt *s);

	/** Rows that the last statement changed. */
	int64_t (*changes)(struct conn *c);
	/** What was wrong, for a log line; how the last failed call of prepare() ended. */
	const char *(*error)(struct conn *c);
	enum driver_result (*trouble)(struct conn *c);

	/** Copy what is committed to ${path}, which does not exist yet.  0, or -1 after logging why. */
	int (*backup)(struct conn *c, const char *path);
};

/** Every driver there is; NULL-terminated. */
extern const struct store_driver *const store_drivers[];

#endif
