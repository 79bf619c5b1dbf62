#ifndef HUDHUD_TESTS_BENCH_PLAY_H
#define HUDHUD_TESTS_BENCH_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "gateway/channel.h"

/*
 * The core, played to a channel's own process: as many deliveries as it asks for, out of an
 * endless supply, each a copy of the same words; and what it costs.
 */
struct play {
	pid_t pid;
	int fd;
	clockid_t clock; /* of the process's CPU time */
	struct buf in, out;
	bool up;
	char why[160];
	uint64_t credit, ids, goal, settled, sent;
	struct outbound words;
	void (*peer)(uint64_t id, char *out, size_t size); /* the address of delivery ${id} */
};

/** How long something took, and what CPU time its process used. */
struct took {
	double wall, cpu; /* seconds */
};

/**
 * Start ${exe} as a channel of ${kind} with ${settings}: lines of the settings file.  Wait until it
 * is up; ends the program if it does not come up.
 */
void play_start(
    struct play *p, const char *exe, const struct channel_kind *kind, const char *settings);

/** Have ${n} copies delivered.  Ends the program if the channel goes. */
struct took play_run(struct play *p, uint64_t n);

/** Stop it. */
void play_stop(struct play *p);

/** All of that: ${n} copies, after ${warm} that do not count; says so if not all were sent. */
struct took play_channel(struct play *p, const char *exe, const struct channel_kind *kind,
    const char *settings, uint64_t warm, uint64_t n);

/** What the caller may set: -n N -c CONNECTIONS -r ROUNDS -p PORT -w SECONDS. */
struct play_options {
	uint64_t n;
	unsigned connections, rounds, port, pause_s;
};
/** Read them into ${o}, which has the defaults; false: they make no sense, or no EXE stands behind them (at optind). */
bool play_options(struct play_options *o, unsigned connections_max, int argc, char **argv);

/** Seconds that only grow; and the CPU time of this process. */
double play_now(void);
double play_cpu(void);

/** A listening socket on loopback; its port in ${port}. */
int play_listen(unsigned *port);

/** Print a row of the table: ${n} deliveries took ${t}. */
void play_row(const char *what, uint64_t n, struct took t);

#endif
