#ifndef HUDHUD_TESTS_UNIT_HOPS_H
#define HUDHUD_TESTS_UNIT_HOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/channel.h"
#include "gateway/core.h"
#include "tests/unit/house.h"

/* A town of three networks that write down what they are given, and of people with ladders. */
#define LINES_MAX 1000

extern const struct channel_kind *const kinds[];
extern struct house house;

/** Somebody who follows alice and carol. */
struct person {
	const char *name;
	const char *peer[3]; /* on im, sms and mail; NULL: none */
	unsigned takes[3];
	int daily[3];
	int order[3]; /* of them */
	int64_t id;
};

/** Somebody without wishes. */
extern struct person witness;

/** A line of what came. */
struct came {
	char chan[8], peer[64], key[64], text[256];
};

/** Make its folder, settings and store. */
void open_town(void);
/** A store_fn that makes alice, who speaks, and carol. */
int make_author(struct tx *tx, void *arg);
bool add(struct person *p);

/** alice says ${text} to all, naming ${mention} (0: nobody); to ${to} alone. */
void say(int64_t mention, const char *text);
void tell(int64_t to, const char *text);

/** What came to ${peer}, at most LINES_MAX; how often ${text} did. */
size_t read_all(const char *peer, struct came *out);
int came(const char *peer, const char *text);
/** Wait for ${text} at ${peer}; true if it came once. */
bool wait_for(const char *peer, const char *text);
/** The same at the witness: whoever else was to get what was said last has it by now, or it is held. */
bool all_said(const char *text);
/** How many keys came more than once. */
int twice(void);

bool is_behind(int64_t user);
/** Write ${text} into the file ${name} that the networks look into: "there", "report-sms". */
void put_file(const char *name, const char *text);

#endif
