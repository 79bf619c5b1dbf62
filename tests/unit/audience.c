/* Who may see what: a table, and random worlds against a model that is written another way. */
#include "gateway/audience.h"

#include "tests/unit/town.h"

#define PEOPLE 6
#define WORLDS 40
#define SAID 12

/* Every combination there is: what must hold of them all. */
static void
every_case(void)
{
	bool deleted = true, own = true, private = true, closed = true, protected = true,
	     named = true;

	for (unsigned bits = 0; bits < 1u << 6; bits++)
		for (int64_t viewer = 0; viewer < 4; viewer++)
			for (int64_t to = 0; to < 4; to++) {
				struct audience a = { .viewer = viewer,
					.author = 1,
					.to = to,
					.author_protected = bits & 1,
					.follows = bits & 2,
					.addressed = bits & 4,
					.blocked = bits & 8,
					.deleted = bits & 16,
					.suspended = bits & 32 };
				struct audience other = a;
				bool may = audience_may(&a);

				other.addressed = !a.addressed;
				deleted = deleted && !(a.deleted && may);
				own = own && (a.deleted || viewer != 1 || may);
				private = private && !(to && may && viewer != 1 && viewer != to);
				closed = closed &&
					 !((a.suspended || a.blocked) && may && viewer != 1);
				protected = protected &&
					    !(!to && a.author_protected && may && viewer != 1 &&
						(!a.follows || viewer == 0));
				named = named && audience_may(&other) == may;
			}
	ok(deleted, "nobody sees what was taken back");
	ok(own, "everybody sees their own");
	ok(private, "nobody sees a direct message but its two ends");
	ok(closed, "nobody sees across a block, or who is suspended");
	ok(protected, "who is protected is seen by followers only");
	ok(named, "being named in it changes nothing");
}

static uint32_t dice_state = 20060321;

static uint32_t
dice(uint32_t n)
{
	dice_state = dice_state * 1664525 + 1013904223;
	return (dice_state >> 8) % n;
}

struct world {
	int64_t id[PEOPLE];
	bool protected[PEOPLE], suspended[PEOPLE];
	enum follow_state follow[PEOPLE][PEOPLE];
	bool block[PEOPLE][PEOPLE];
	struct {
		int64_t pos;
		int author, to; /* to: -1 for none */
		bool deleted;
	} said[SAID];
};

static int
world_say(struct tx *tx, struct world *w, int i)
{
	int author = (int)dice(PEOPLE), to = dice(3) ? -1 : (int)dice(PEOPLE);
	struct status_new s = { .author = w->id[author], .text = "x", .at = 1 };

	if (to == author)
		to = -1;
	if (to >= 0)
		s.to = w->id[to];
	w->said[i].author = author;
	w->said[i].to = to;
	w->said[i].deleted = dice(5) == 0;
	if (status_add(tx, &s, &w->said[i].pos) != STORE_OK)
		return STORE_FAILED;
	return w->said[i].deleted ? status_delete(tx, w->said[i].pos, 2) : STORE_OK;
}

static int
world_people(struct tx *tx, struct world *w)
{
	static int made;

	for (int i = 0; i < PEOPLE; i++) {
		struct user u = { .lang = "en", .zone = "UTC", .is_protected = dice(2) };

		snprintf(u.name, sizeof(u.name), "p%d", made++);
		w->protected[i] = u.is_protected;
		w->suspended[i] = dice(5) == 0;
		if (user_add(tx, &u) != STORE_OK)
			return STORE_FAILED;
		w->id[i] = u.id;
		u.suspended = w->suspended[i];
		if (user_update(tx, &u) != STORE_OK)
			return STORE_FAILED;
	}
	return STORE_OK;
}

static int
world_make(struct tx *tx, void *arg)
{
	struct world *w = arg;

	if (world_people(tx, w) != STORE_OK)
		return STORE_FAILED;
	for (int i = 0; i < PEOPLE; i++)
		for (int j = 0; j < PEOPLE; j++) {
			w->follow[i][j] = i == j ? FOLLOW_NONE : (enum follow_state)dice(3);
			w->block[i][j] = i != j && dice(8) == 0;
			if (w->follow[i][j] != FOLLOW_NONE)
				follow_set(tx, w->id[i], w->id[j], w->follow[i][j],
				    (enum follow_wants)dice(3));
			if (w->block[i][j])
				block_set(tx, w->id[i], w->id[j], true);
		}
	for (int i = 0; i < SAID; i++)
		if (world_say(tx, w, i) != STORE_OK)
			return STORE_FAILED;
	return STORE_OK;
}

/* The model: the reasons to show it, one by one; v is -1 for anybody. */
static bool
model(const struct world *w, int v, int i)
{
	int author = w->said[i].author, to = w->said[i].to;

	if (w->said[i].deleted)
		return false;
	if (v == author)
		return true;
	if (w->suspended[author] || (v >= 0 && (w->block[v][author] || w->block[author][v])))
		return false;
	if (to >= 0)
		return v == to;
	if (w->protected[author])
		return v >= 0 && w->follow[v][author] == FOLLOW_ACTIVE;
	return true;
}

static void
random_worlds(void)
{
	int wrong = 0, shown = 0, asked = 0;

	for (int n = 0; n < WORLDS; n++) {
		struct world w = { 0 };
		struct tx *tx;

		if (store_write(town_store, world_make, &w) != STORE_OK)
			log_die("the world was not made");
		tx = store_read(town_store);
		for (int i = 0; i < SAID; i++)
			for (int v = -1; v < PEOPLE; v++) {
				struct status s;
				bool sees;

				if (!status_get(tx, w.said[i].pos, &s))
					log_die("a status is gone");
				free((char *)s.text);
				sees = audience_sees(tx, v < 0 ? 0 : w.id[v], &s);
				wrong += sees != model(&w, v, i);
				shown += sees;
				asked++;
			}
		store_read_end(tx);
	}
	ok(wrong == 0, "the store's worlds are seen as the model says");
	ok(shown > asked / 10 && shown < asked * 9 / 10, "and the worlds are varied");
}

int
main(void)
{
	every_case();
	town_open();
	random_worlds();
	town_close();
	return tap_done();
}
