#include <stdlib.h>
#include <string.h>

#include "store/change.h"
#include "store/favourite.h"
#include "tests/store/suite.h"

/* What was read may be kept until it changes, and no longer. */

static int64_t alice, bob, carol, said, again;

static int
begin(struct tx *tx, void *arg)
{
	struct status_new repeat = { .text = "one", .at = 1 };

	(void)arg;
	alice = make_user(tx, "alice");
	bob = make_user(tx, "bob");
	carol = make_user(tx, "carol");
	said = make_status(tx, alice, "one", 0);
	repeat.author = carol;
	repeat.repeats = said;
	return status_add(tx, &repeat, &again);
}

/* ---- what is read */

static bool
ignore(void *cookie, const struct status *s)
{
	(void)cookie;
	(void)s;
	return true;
}

static void
read_page(struct tx *tx, int64_t who)
{
	struct user u;

	if (user_by_id(tx, who, &u))
		status_by(tx, who, 0, 20, ignore, NULL);
}

static void
read_public(struct tx *tx, int64_t who)
{
	(void)who;
	status_public(tx, 0, 20, ignore, NULL);
}

static void
read_status(struct tx *tx, int64_t pos)
{
	struct status s;

	if (status_get(tx, pos, &s))
		free((char *)s.text);
}

static void
read_likes(struct tx *tx, int64_t pos)
{
	favourite_count(tx, pos);
}

static void
read_nobody(struct tx *tx, int64_t who)
{
	struct user u;

	(void)who;
	user_by_name(tx, "Dave", &u);
}

enum { ALICE, BOB, CAROL, PUBLIC, STATUS, LIKES, NOBODY, READ };
static struct {
	void (*read)(struct tx *tx, int64_t what);
	int64_t *what;
	const char *name;
	int64_t at;
	struct change_set set;
} reads[READ] = {
	[ALICE] = { .read = read_page, .what = &alice, .name = "alice's page" },
	[BOB] = { .read = read_page, .what = &bob, .name = "bob's page" },
	[CAROL] = { .read = read_page, .what = &carol, .name = "carol's page" },
	[PUBLIC] = { .read = read_public, .what = &alice, .name = "the public page" },
	[STATUS] = { .read = read_status, .what = &said, .name = "a status" },
	[LIKES] = { .read = read_likes, .what = &said, .name = "who likes it" },
	[NOBODY] = { .read = read_nobody, .what = &alice, .name = "that there is no dave" },
};

static void
read_all(struct store *s)
{
	struct tx *tx;

	for (int i = 0; i < READ; i++) {
		reads[i].at = change_now(s);
		tx = store_read(s);
		change_watch(tx, &reads[i].set);
		reads[i].read(tx, *reads[i].what);
		store_read_end(tx);
	}
}

static unsigned
changed(struct store *s)
{
	unsigned out = 0;
	int64_t now = change_now(s);

	for (int i = 0; i < READ; i++)
		if (now == -1 || reads[i].set.full ||
		    change_since(s, reads[i].at, reads[i].set.key, reads[i].set.n))
			out |= 1u << i;
	return out;
}

/* ---- what is written */

#define ON(i) (1u << (i))
#define ANY (ON(READ) - 1)

static int
nothing(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	return STORE_OK;
}

static int
say(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, alice, "two", 0);
	return STORE_OK;
}

static int
answer(struct tx *tx, void *arg)
{
	struct status_new s = { .author = bob, .text = "yes", .at = 2, .reply_to = said };
	int64_t pos;

	(void)arg;
	return status_add(tx, &s, &pos);
}

static int
direct(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, alice, "psst", bob);
	return STORE_OK;
}

static int
follow(struct tx *tx, void *arg)
{
	(void)arg;
	return follow_set(tx, bob, carol, FOLLOW_ACTIVE, WANTS_ALL);
}

static int
update(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	user_by_id(tx, alice, &u);
	strcpy(u.bio, "of wonderland");
	return user_update(tx, &u);
}

static int
like(struct tx *tx, void *arg)
{
	(void)arg;
	return favourite_set(tx, bob, said, true, 3);
}

static int
undone(struct tx *tx, void *arg)
{
	update(tx, arg);
	return STORE_FAILED;
}

static int
take_back(struct tx *tx, void *arg)
{
	(void)arg;
	return status_delete(tx, said, 4);
}

static int
sign_up(struct tx *tx, void *arg)
{
	(void)arg;
	make_user(tx, "dave");
	return STORE_OK;
}

static int
erase(struct tx *tx, void *arg)
{
	(void)arg;
	return user_remove(tx, bob);
}

static int
load_many(struct tx *tx, void *arg)
{
	char name[16];

	(void)arg;
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		make_user(tx, name);
	}
	return STORE_OK;
}

static const struct {
	store_fn *write;
	unsigned changes, may; /* the latter by chance of a verb that cannot know */
	const char *name;
} writes[] = {
	{ nothing, 0, 0, "nothing changes nothing" },
	{ say, ON(ALICE) | ON(PUBLIC), ON(STATUS), "a status changes its author's page" },
	{ answer, ON(BOB) | ON(PUBLIC) | ON(STATUS), 0, "an answer changes the conversation" },
	{ direct, 0, 0, "a direct message changes nothing that others see" },
	{ follow, ON(BOB) | ON(CAROL) | ON(PUBLIC), 0, "to follow changes two pages" },
	{ update, ON(ALICE) | ON(PUBLIC), ON(STATUS), "somebody says something of themselves" },
	{ like, ON(LIKES), 0, "somebody likes it" },
	{ undone, 0, ANY, "what failed need not" },
	{ take_back, ON(ALICE) | ON(CAROL) | ON(PUBLIC) | ON(STATUS), 0,
	    "what is taken back goes where it was repeated, too" },
	{ sign_up, ON(NOBODY), 0, "a name is somebody's" },
	{ load_many, ANY, 0, "very much changes anything" },
	{ erase, ANY, 0, "who goes changes everything" },
};

static int told;

static void
tell(void *cookie)
{
	(*(int *)cookie)++;
}

static void
everything(struct room *room)
{
	suite_do(room, begin, NULL);
	change_listen(room->store, tell, &told);
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		unsigned is;

		read_all(room->store);
		ok(changed(room->store) == 0, "until then it is kept");
		told = 0;
		store_write(room->store, writes[i].write, NULL);
		is = changed(room->store);
		ok((is | writes[i].may) == (writes[i].changes | writes[i].may), writes[i].name);
		printf("# %x of %x\n", is, writes[i].changes);
		ok((told > 0) == (writes[i].write != nothing), "and who listens is told");
	}
	change_unlisten(room->store, &told);
}

/* Another process on the same store, where there may be one. */
static void
others(struct room *room)
{
	struct store *other;

	if (suite_is_file(room))
		return;
	suite_do(room, begin, NULL);
	other = store_open(room->url, room->state);
	must(other != NULL);
	read_all(other);
	read_all(other); /* from now on it knows what was before */
	ok(changed(other) == 0, "what another process has read is kept");
	suite_do(room, follow, NULL);
	ok((changed(other) & (ON(ALICE) | ON(BOB) | ON(CAROL))) == (ON(BOB) | ON(CAROL)),
	    "until this one changes it, and no more than that");
	store_close(other);
}

int
main(void)
{
	suite_run(everything);
	suite_run(others);
	return tap_done();
}
