/*
 * disk FOLDER SECONDS - what SQLite can do on that folder's disk, in so long each, as JSON:
 *   single  transactions of one row a second, WAL and synchronous=FULL: each waits for the disk
 *   cycle   deliveries a second that are written as rows, a thousand in a transaction, and deleted as
 *           they are sent: the way that Hudhud does not take
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/bench/wire.h"

#define BATCH 1000

static sqlite3 *db;
static int64_t us;

static void
run(const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		exit(1);
	}
}

static void
step(sqlite3_stmt *s, int64_t n)
{
	sqlite3_bind_int64(s, 1, n);
	if (sqlite3_step(s) != SQLITE_DONE)
		exit(1);
	sqlite3_reset(s);
}

static sqlite3_stmt *
prepare(const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		exit(1);
	return s;
}

/* Calls of ${one}, each of which does ${many}, a second. */
static double
rate(void (*one)(int64_t n), int many)
{
	int64_t began = clock_us(), n = 0;

	while (clock_us() - began < us)
		one(n++);
	return (double)(n * many) / ((double)(clock_us() - began) / 1e6);
}

static sqlite3_stmt *status, *insert, *sent;

static void
one_status(int64_t n)
{
	step(status, n);
}

static void
one_cycle(int64_t n)
{
	run("BEGIN");
	for (int64_t i = 0; i < BATCH; i++)
		step(insert, n * BATCH + i);
	run("COMMIT");
	run("BEGIN");
	for (int64_t i = 0; i < BATCH; i++)
		step(sent, n * BATCH + i);
	run("COMMIT");
}

int
main(int argc, char **argv)
{
	static const char *const files[] = { "disk.db", "disk.db-wal", "disk.db-shm" };
	double single, cycle;

	if (argc != 3 || chdir(argv[1]) == -1)
		return fputs("usage: disk FOLDER SECONDS\n", stderr), 2;
	us = atol(argv[2]) * 1000000;
	if (sqlite3_open("disk.db", &db) != SQLITE_OK)
		return 1;
	run("PRAGMA journal_mode = WAL");
	run("PRAGMA synchronous = FULL");
	run("CREATE TABLE status (pos INTEGER PRIMARY KEY, body TEXT)");
	run("CREATE TABLE delivery (id INTEGER PRIMARY KEY, state INTEGER)");
	status = prepare(
	    "INSERT INTO status VALUES (?1, 'the hoopoe carries what is said to whoever "
	    "wants to hear of it, and nothing else')");
	insert = prepare("INSERT INTO delivery VALUES (?1, 0)");
	sent = prepare("DELETE FROM delivery WHERE id = ?1");
	single = rate(one_status, 1);
	cycle = rate(one_cycle, BATCH);
	sqlite3_finalize(status);
	sqlite3_finalize(insert);
	sqlite3_finalize(sent);
	sqlite3_close(db);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	printf("{\"single\": %.0f, \"cycle\": %.0f}\n", single, cycle);
	return 0;
}
