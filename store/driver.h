#ifndef HUDHUD_STORE_DRIVER_H
#define HUDHUD_STORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an engine must do so that the store can stand on it.  One SQL text serves all, so:
 *
 *   parameters   are written ?1, ?2 ... and bound by number, as 64-bit numbers, texts or bytes; each
 *                parameter has the same type whenever the text is used, and none is left out;
 *   expressions  keep to what SQLite 3.37 and PostgreSQL 15 share: ON CONFLICT DO UPDATE (never DO
 *                NOTHING: as a retry it may claim what is not durable), RETURNING, CASE instead of
 *                two-argument min() and max(), every derived table named; comparisons and the arms
 *                of a CASE or UNION are of one type, a condition is no number; SUM() of numbers is
 *                cast back (CAST(SUM(n) AS BIGINT)); a text is never read as a number nor the other
 *                way round; what is sorted by text is sorted by bytes;
 *   results      may be fetched whole: a query that may have very many rows is a scan();
 *   ids          come from counter rows, never from the engine: sequences skip and reorder;
 *   schema       is written in the words BIGINT, TEXT and BYTEA; a table that ends in ") KEYED" is
 *                best kept sorted by its primary key.  define() turns that into the engine's own.
 *
 * A connection is used by one thread at a time, but not always the same one.  The store opens one
 * writer and a few readers.  A driver does not log, but for open() and backup().
 */

/** How a call ended. */
enum driver_result {
	DRIVER_OK,    /* done; of step(): no more rows */
	DRIVER_ROW,   /* step() only: there is a row */
	DRIVER_RETRY, /* a conflict, a lock, a failover: roll back, run it all again */
	DRIVER_FULL,  /* no room: roll back; nothing was written */
	DRIVER_AWAY,  /* no server, or none that can write: roll back; nothing was written */
	DRIVER_LATE,  /* one that was put off fails: roll back, run it all again, nothing put off */
	DRIVER_UNKNOWN,    /* commit() only: it may have been carried out, and may not */
	DRIVER_CONSTRAINT, /* the schema forbids it: roll back to the savepoint */
	DRIVER_FATAL,      /* anything else: what is on the disk is all that can be believed */
};

/** A connection; the driver's own struct begins with this. */
struct conn {
	const struct store_driver *driver; /* set by the store */
	bool writer;                       /* set by open() */
	bool quick; /* set by the store: somebody waits, and would rather hear "later" */
};

/** A prepared statement; the driver's own struct begins with this. */
struct stmt {
	struct conn *conn; /* set by prepare() */
};

/** Where processes tell each other of what is new (hint.h); the driver's own struct begins with this. */
struct hint {
	const struct store_driver *driver; /* set by the store */
};

/**
 * How an engine looks for words: what search.h is made of.  Its table "search" is no part of the schema, and is made
 * anew from what it indexes.
 */
struct buf;
struct search_engine {
	const char *const *define; /* make the tables; NULL-terminated */
	const char *const *drop;   /* remove them, if they are there */
	const char *add_status;    /* ?1 a position, ?2 as document() writes it */
	const char *add_person;    /* ?1 a user, ?2 the same, ?3 the bio that it is of */
	const char *tidy;   /* a bounded piece of what is to be done behind others; NULL: nothing */
	const char *forget; /* ?1 a position, or a user with a minus before it */
	const char *forget_all; /* what user ?1 has said and not taken back */
	/* ?1 to ?3 as of statuses, ?4 positions from there: looks at each.  NULL: statuses is as good */
	const char *newest;
	const char *statuses; /* ?1 as query() writes it, ?2 positions below, ?3 how many */
	const char *people;   /* ?1 the same, ?2 how many */
	/** Write ${tokens}, with blanks between them, as they are kept. */
	void (*document)(struct buf *out, const char *tokens);
	/**
	 * Write what is asked for: each of ${with}[0..n), which are tokens that stand one behind the other, and
	 * none of ${without}[0..m).  ${n} is at least 1.
	 */
	void (*query)(struct buf *out, const char *const *with, size_t n,
	    const char *const *without, size_t m);
};

struct store_driver {
	const char *name;   /* the word before ':' in the store's URL */
	bool alone;         /* a writer keeps all other processes from writing */
	const char *tables; /* the query for the names of all tables in it */
	bool utf8; /* bind_text() makes '?' of each byte from 0x80 on of a text that is no UTF-8 */

	/** NULL if ${where} may be right, or why not; ${why} is room for it.  Optional. */
	const char *(*check)(const char *where, char *why, size_t size);

	/**
	 * Connect to ${where} (what follows the ':'; a relative path is under ${state}).  A writer
	 * creates what is missing, and where the driver is alone keeps all other processes from writing; a
	 * reader cannot write.
	 * Commits must be durable when commit() returns.  NULL, after logging why.
	 */
	struct conn *(*open)(const char *where, const char *state, bool writer);
	void (*close)(struct conn *c); /* no statement is in use */

	/**
	 * Instead of open(), a writer that fills a whole store in one big transaction, to be closed then: how
	 * that is best done.  NULL: as any other.
	 */
	struct conn *(*make)(const char *where, const char *state);
	/**
	 * Keep writers off what is at ${where}, without changing it.  A descriptor, whose close() lets them in
	 * again; -1, after logging why: one is there, or nothing is.  NULL where a driver is not alone.
	 */
	int (*hold)(const char *where, const char *state);

	/** Begin a transaction: on a writer one that can write, on a reader a snapshot. */
	enum driver_result (*begin)(struct conn *c);
	/** Keep all other writers out until the end of the transaction.  NULL: begin() does. */
	enum driver_result (*lock)(struct conn *c);
	enum driver_result (*commit)(struct conn *c);
	/** Undo it; no error if the engine has done so by itself, or is away. */
	void (*rollback)(struct conn *c);

	/** Run one statement of the schema. */
	enum driver_result (*define)(struct conn *c, const char *sql);

	/**
	 * A statement ready to be bound.  ${sql} is a string literal: its address may be the key of a
	 * cache.  The same text may be asked for again before it is released.  NULL on error.
	 */
	struct stmt *(*prepare)(struct conn *c, const char *sql);
	/** The same, for a query that may have more rows than memory should hold.  NULL: as any other. */
	struct stmt *(*scan)(struct conn *c, const char *sql);
	/** Set parameter ${i} from 1; ${data} stays valid until release(). */
	void (*bind_number)(struct stmt *s, int i, int64_t v);
	void (*bind_text)(struct stmt *s, int i, const char *data);
	void (*bind_bytes)(struct stmt *s, int i, const void *data, size_t n);
	enum driver_result (*step)(struct stmt *s);
	/**
	 * Instead of step(): carry it out at the latest before the next statement that is stepped, or at
	 * commit(), or when changes() is asked for; what is wrong with it is said there.  NULL: at once.
	 */
	enum driver_result (*put_off)(struct stmt *s);
	/** Column ${i} from 0 of the row; pointers are good until the next step() or release(). */
	int64_t (*number)(struct stmt *s, int i);
	const char *(*text)(struct stmt *s, int i); /* "" for NULL */
	const void *(*bytes)(struct stmt *s, int i, size_t *n);
	void (*release)(struct stmt *s);

	/**
	 * Rows for ${table}, many and fast: load(), then for each row one of load_number() or load_bytes() for
	 * each of the ${n} ${columns} ("a, b") in turn, texts being bytes without their end; load_end().  On a writer, in a
	 * transaction, and nothing else between.  Any may tell what is wrong, or only load_end().  NULL, all of
	 * them: by statements.
	 */
	enum driver_result (*load)(struct conn *c, const char *table, const char *columns, int n);
	enum driver_result (*load_number)(struct conn *c, int64_t v);
	enum driver_result (*load_bytes)(struct conn *c, const void *data, size_t n);
	enum driver_result (*load_end)(struct conn *c);

	const struct search_engine *search;

	/** Rows that the last statement changed; -1: it failed, and trouble() knows how. */
	int64_t (*changes)(struct conn *c);
	/** What was wrong, for a log line; how the last failed call of prepare() or changes() ended. */
	const char *(*error)(struct conn *c);
	enum driver_result (*trouble)(struct conn *c);

	/** As hint.h says; ${where} as of open().  NULL, all of them, where a driver is alone. */
	struct hint *(*hint_open)(const char *where);
	void (*hint_close)(struct hint *h);
	int (*hint_fd)(const struct hint *h, short *events);
	bool (*hint_turn)(struct hint *h, int64_t now);
	void (*hint_tell)(struct hint *h);
	int (*hint_wait)(const struct hint *h, int64_t now);

	/**
	 * Copy what is committed to ${path}, which does not exist yet, as a store of the first driver.  0, or
	 * -1 after logging why.  NULL: it is done row by row.
	 */
	int (*backup)(struct conn *c, const char *path);
};

/** Every driver there is; NULL-terminated. */
extern const struct store_driver *const store_drivers[];
/** The one that ${url} names; NULL: none does. */
const struct store_driver *store_driver_of(const char *url);

#endif
