#ifndef HUDHUD_TESTS_UNIT_VISIBLE_WORLD_H
#define HUDHUD_TESTS_UNIT_VISIBLE_WORLD_H

#include "gateway/audience.h"
#include "store/fanout.h"

/*
 * Random worlds of a few people, for the tests of who sees what; and the model, which knows of each world
 * what was done in it, and reads nothing from the store.
 */
#define PEOPLE 5
#define EVENTS 30
#define ANYBODY (-1)
#define WORD "hoopoe"

struct world_said {
	int64_t pos;
	int author;
	int to;           /* -1: to all */
	int repeats;      /* which of those before; -1 */
	int answers;      /* the same */
	int named;        /* -1: nobody */
	bool word;        /* WORD is in it */
	unsigned tracked; /* who was owed it for that, when it was said: bits */
	bool deleted;
};

struct world {
	int64_t id[PEOPLE];
	bool closed[PEOPLE]; /* protected */
	bool silenced[PEOPLE], suspended[PEOPLE], tracks[PEOPLE];
	struct {
		enum follow_state state;
		enum follow_wants wants;
		int64_t since;
	} follow[PEOPLE][PEOPLE];
	bool block[PEOPLE][PEOPLE], mute[PEOPLE][PEOPLE];
	bool favourite[PEOPLE][EVENTS];
	struct world_said said[EVENTS];
	int n; /* of these */
	bool failed;
};

/** From 0 to ${n} - 1, the same at each run. */
int world_dice(int n);
/** Let things happen to the people ${w}->id, until the world is as it is. */
void world_make(struct tx *tx, struct world *w);
/** The same step by step: at most EVENTS of the second. */
void world_begin(struct tx *tx, struct world *w);
void world_event(struct tx *tx, struct world *w);
/** The text of what was said ${i}th has this in it, and nothing else has. */
void world_text(const struct world_said *s, int i, char out[64]);

/** What the rules say: may ${viewer} (ANYBODY) see ${i} this way? */
bool world_may(const struct world *w, int viewer, int i, enum audience_way way);
/** Is ${a}'s page open to ${viewer}? */
bool world_opens(const struct world *w, int viewer, int a);
/** Which of what was said are in one conversation with ${i}, itself with them: bits. */
uint32_t world_conversation(const struct world *w, int i);
/** Is ${i} brought to ${v} because they follow its author? */
bool world_followed(const struct world *w, int v, int i);

#endif
