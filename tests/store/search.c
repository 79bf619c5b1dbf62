/* What people say is found again: in all scripts, after whatever becomes of it, on either engine. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/move.h"
#include "store/search.h"
#include "store/sql.h"
#include "tests/store/suite.h"

/* ---- the index, as its thread makes it */

static int
index_once(struct room *room)
{
	struct search_batch *b = mem_new(sizeof(*b));
	struct tx *tx = store_read(room->store);
	bool some = search_collect(tx, b);
	int n = some ? (int)b->n : -1;

	must(store_read_end(tx) == STORE_OK);
	if (some)
		suite_do(room, search_write, b);
	search_batch_free(b);
	free(b);
	return n;
}

static int
index_all(struct room *room)
{
	int n, steps = 0;

	while ((n = index_once(room)) != -1)
		steps++;
	return steps;
}

/* ---- what is found, by the first letter of each */

struct found {
	char text[128];
	size_t n;
	int64_t last;
};

static bool
found(void *cookie, const struct status *s)
{
	struct found *f = cookie;

	must(f->n + 1 < sizeof(f->text));
	f->text[f->n++] = s->text[0];
	f->text[f->n] = '\0';
	f->last = s->pos;
	return true;
}

static const char *
look(struct room *room, const char *text, int64_t before, int limit)
{
	static struct found f;
	struct tx *tx = store_read(room->store);
	struct question q;

	f = (struct found){ 0 };
	if (question_read(&q, text))
		search_statuses(tx, &q, before, limit, found, &f);
	else
		strcpy(f.text, "?");
	question_free(&q);
	must(store_read_end(tx) == STORE_OK);
	return f.text;
}

static int64_t alice, bob, pos_of[128];

static const char *const said[] = {
	"A The quick brown fox jumps",
	"B quick as a fox in \xc4\xb0STANBUL",
	"C Istanbul'da g\xc3\xbczel bir g\xc3\xbcn, \xc4\xb1\xc5\x9f\xc4\xb1k",
	"D 東京都に住んでいます。",
	"E 京都は雨 #天気",
	"F ラーメンとｺｰﾋｰ",
	"G السَّلامُ عليكم يا أحمد",
	"H ســلام احمد على الشاطئ",
	"I ฉันรักแมวน้ำมาก",
	"J Café au lait, #Breakfast @bob",
	"K CAFE with don't and example.com/path #1 mail a@bob.example",
	"L 오늘은 서울에서 만나요",
	"M ♥ fox ☕",
	"N Straße in Köln, Ёлка и мой",
	"O می‌خواهم کتاب ۱۲۳",
	"P fox's brown tail says \"quick\" (#breakfast)",
};
#define SAID (sizeof(said) / sizeof(said[0]))

static const struct {
	const char *text, *finds;
} asked[] = {
	{ "fox", "PMBA" },
	{ "FOX Quick", "PBA" },
	{ "fox -quick", "M" },
	{ "-quick", "?" },
	{ "\"quick brown\"", "A" },
	{ "\"brown quick\"", "" },
	{ "“quick brown” fox", "A" },
	{ "fox -\"quick brown\"", "PMB" },
	{ "\"fox in", "B" },
	{ "istanbul", "CB" },
	{ "ISTANBUL", "CB" },
	{ "\xc4\xb0stanbul", "CB" },
	{ "\xc4\xb1stanbul", "CB" },
	{ "gun", "C" },
	{ "I\xc5\x9eIK", "C" },
	{ "京", "ED" },
	{ "京都", "ED" },
	{ "東京", "D" },
	{ "東京都", "D" },
	{ "東都", "" },
	{ "雨", "E" },
	{ "住んで", "D" },
	{ "京都　雨", "E" },
	{ "天気", "E" },
	{ "#天気", "E" },
	{ "＃天気", "E" },
	{ "コーヒー", "F" },
	{ "ﾗｰﾒﾝ", "F" },
	{ "「東京」", "D" },
	{ "سلام", "H" },
	{ "السلام", "G" },
	{ "أحمد", "HG" },
	{ "احمد", "HG" },
	{ "علي", "H" },
	{ "الشاطي", "H" },
	{ "แมว", "I" },
	{ "รัก", "I" },
	{ "น้ำ", "I" },
	{ "cafe", "KJ" },
	{ "café", "KJ" },
	{ "#breakfast", "PJ" },
	{ "#BREAKFAST", "PJ" },
	{ "breakfast", "PJ" },
	{ "#cafe", "" },
	{ "@bob", "J" },
	{ "bob", "KJ" },
	{ "don’t", "K" },
	{ "example", "K" },
	{ "서울", "L" },
	{ "서울에서", "L" },
	{ "♥", "M" },
	{ "☕ fox", "M" },
	{ "strasse koln", "N" },
	{ "елка", "N" },
	{ "мои", "" },
	{ "میخواهم", "O" },
	{ "كتاب", "O" },
	{ "123", "O" },
	{ "from:alice fox", "MA" },
	{ "from:@BOB fox", "PB" },
	{ "fox -from:alice", "PB" },
	{ "from:alice #breakfast", "" },
	{ "from:nobody fox", "" },
	{ "fox -from:nobody", "PMBA" },
	{ "from:averylongnamewhichnobodyhas", "" },
	{ "", "?" },
	{ " . \" \" -", "?" },
	{ "\"", "?" },
	{ "NEAR(fox, 2)", "" },
	{ "fox OR cafe", "" },
	{ "fox' & ''", "PMBA" },
	{ "fox* ^fox {words}:", "" },
	{ "pos:1", "" },
	{ "\\", "?" },
};

static int
say(struct tx *tx, void *arg)
{
	(void)arg;
	alice = make_user(tx, "alice");
	bob = make_user(tx, "bob");
	for (size_t i = 0; i < SAID; i++)
		pos_of[(unsigned char)said[i][0]] = make_status(
		    tx, i % 2 == 0 ? alice : bob, said[i], 0);
	make_status(tx, alice, "Z a fox that nobody else may hear of", bob);
	return STORE_OK;
}

static void
finding(struct room *room)
{
	int64_t last;

	suite_do(room, say, NULL);
	ok(strcmp(look(room, "fox", 0, 20), "") == 0, "what is not indexed is not found");
	index_all(room);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *finds = look(room, asked[i].text, 0, 20);
		char *what = mem_printf("found by %s", asked[i].text);

		ok(strcmp(finds, asked[i].finds) == 0, what);
		if (strcmp(finds, asked[i].finds) != 0)
			printf("# %s, not %s\n", finds, asked[i].finds);
		free(what);
	}
	ok(strcmp(look(room, "fox", 0, 2), "PM") == 0, "a page has as many as it is to have");
	last = pos_of['M'];
	ok(strcmp(look(room, "fox", last, 20), "BA") == 0, "and the next goes on behind it");
}

/* ---- tags */

static void
tags(struct room *room)
{
	struct tx *tx = store_read(room->store);
	struct found f = { 0 };
	struct question q;

	ok(question_tag(&q, "BreakFast"), "a tag is asked for without its sign");
	search_statuses(tx, &q, 0, 20, found, &f);
	question_free(&q);
	ok(strcmp(f.text, "PJ") == 0, "and found in any case");
	ok(!question_tag(&q, "1") && !question_tag(&q, "a b") && !question_tag(&q, "") &&
		!question_tag(&q, "a-b") && !question_tag(&q, "\xff"),
	    "what is no tag is not");
	store_read_end(tx);
}

/* ---- what leaves it */

static int64_t
in_index(struct room *room)
{
	struct tx *tx = store_read(room->store);
	int64_t n = sql_value(tx, -1, "SELECT COUNT(*) FROM search");

	store_read_end(tx);
	return n;
}

static int
take_back(struct tx *tx, void *arg)
{
	return status_delete(tx, *(int64_t *)arg, 5);
}

static int
leave(struct tx *tx, void *arg)
{
	return user_remove(tx, *(int64_t *)arg);
}

static int
take_back_both(struct tx *tx, void *arg)
{
	int64_t pos = make_status(tx, alice, "R said and taken back: fox", 0);

	(void)arg;
	return status_delete(tx, pos, 6);
}

static void
leaving(struct room *room)
{
	int64_t n = in_index(room);

	ok(n == SAID, "only what all may look for is in it, and each once");
	suite_do(room, take_back, &pos_of['M']);
	ok(strcmp(look(room, "fox", 0, 20), "PBA") == 0 && strcmp(look(room, "♥", 0, 20), "") == 0,
	    "what is taken back is not found");
	ok(in_index(room) == n - 1, "nor is it in the index");
	suite_do(room, take_back_both, NULL);
	index_all(room);
	ok(strcmp(look(room, "fox", 0, 20), "PBA") == 0, "what was gone before is not found");
	suite_do(room, leave, &bob);
	ok(strcmp(look(room, "fox", 0, 20), "A") == 0 &&
		strcmp(look(room, "京都", 0, 20), "E") == 0,
	    "what somebody has said leaves with them");
	ok(in_index(room) == (int64_t)(n - 1 - SAID / 2), "all of it");
	ok(suite_is_sound(room), "the store is sound");
}

/* ---- catching up */

static int
say_many(struct tx *tx, void *arg)
{
	char text[64];

	(void)arg;
	for (int i = 0; i < 450; i++) {
		snprintf(text, sizeof(text), "%c number%d hoopoe", 'a' + i % 26, i);
		make_status(tx, alice, text, i % 10 == 0 ? bob : 0);
	}
	return STORE_OK;
}

static int64_t
behind(struct room *room)
{
	struct tx *tx = store_read(room->store);
	int64_t n = search_behind(tx);

	store_read_end(tx);
	return n;
}

static void
catching_up(struct room *room)
{
	int64_t n = in_index(room);
	struct search_batch *b = mem_new(2 * sizeof(*b));
	struct tx *tx;

	bob = 999;
	suite_do(room, say_many, NULL);
	must(index_once(room) >= 0);
	suite_reopen(room);
	ok(in_index(room) == n + 90, "after a start it goes on where it was");
	ok(behind(room) == 350, "and knows how much is left");
	tx = store_read(room->store);
	must(search_collect(tx, &b[0]) && search_collect(tx, &b[1]));
	store_read_end(tx);
	suite_do(room, search_write, &b[0]);
	suite_do(room, search_write, &b[1]);
	search_batch_free(&b[0]);
	search_batch_free(&b[1]);
	ok(in_index(room) == n + 180, "two who index at once index each once");
	ok(index_all(room) >= 3, "many are indexed piece by piece");
	ok(in_index(room) == n + 405 && strcmp(look(room, "number449", 0, 9), "h") == 0,
	    "until all are");
	ok(behind(room) == 0, "and nothing is left");
	free(b);
}

static int
forget(struct tx *tx, void *arg)
{
	(void)arg;
	return sql_run(tx, "UPDATE searched SET version = 0");
}

/* As what a move makes, or a newer version finds. */
static void
made_anew(struct room *room)
{
	int64_t n = in_index(room);

	suite_do(room, forget, NULL);
	ok(index_once(room) == -1, "another version's index is left alone");
	suite_reopen(room);
	ok(in_index(room) == 0, "a start makes it anew");
	index_all(room);
	ok(in_index(room) == n && strcmp(look(room, "quick", 0, 9), "A") == 0,
	    "from what the store has");
}

/* What is taken elsewhere is found there; and a copy into a file. */
static void
moved(struct room *room)
{
	struct move m = { .from = room->url, .to = suite_other(room, 0), .state = room->state };
	char *copy = mem_printf("%s/copy.db", room->state);
	struct store *here = room->store;
	bool good;

	must(store_backup(here, copy, NULL) == 0);
	room->store = store_open("sqlite:copy.db", room->state);
	must(room->store != NULL);
	index_all(room);
	ok(strcmp(look(room, "quick", 0, 9), "A") == 0, "a backup is searched, too");
	store_close(room->store);
	store_close(here);
	good = move_store(&m) == 0;
	room->store = store_open(m.to, room->state);
	must(room->store != NULL);
	index_all(room);
	ok(good && strcmp(look(room, "quick", 0, 9), "A") == 0 && in_index(room) > 400,
	    "and what was moved");
	store_close(room->store);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL || !suite_is_file(room));
	free(copy);
}

/* ---- people */

static bool
person(void *cookie, const struct user *u)
{
	strcat(strcat(cookie, u->name), " ");
	return true;
}

static const char *
people(struct room *room, const char *text, bool bios)
{
	static char names[200];
	struct tx *tx = store_read(room->store);
	struct question q;

	names[0] = '\0';
	if (!bios)
		search_names(tx, text, 3, person, names);
	else if (question_read(&q, text)) {
		search_bios(tx, &q, 3, person, names);
		question_free(&q);
	}
	store_read_end(tx);
	return names;
}

static int
settle_in(struct tx *tx, void *arg)
{
	static const char *const names[] = { "carol", "car_2", "caro", "carl", "dave" };
	static const char *const bios[] = { "baker in Köln", "", "Bäckerin", "bread, cakes", "" };

	(void)arg;
	for (int i = 0; i < 5; i++) {
		struct user u = { .lang = "de", .zone = "UTC" };

		mem_copy(u.name, sizeof(u.name), names[i]);
		mem_copy(u.bio, sizeof(u.bio), bios[i]);
		must(user_add(tx, &u) == STORE_OK);
	}
	return STORE_OK;
}

static int
change_bio(struct tx *tx, void *arg)
{
	struct user u;

	must(user_by_name(tx, "carl", &u));
	mem_copy(u.bio, sizeof(u.bio), arg);
	return user_update(tx, &u);
}

static int
remove_carl(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	must(user_by_name(tx, "carl", &u));
	return user_remove(tx, u.id);
}

static void
finding_people(struct room *room)
{
	suite_do(room, settle_in, NULL);
	ok(strcmp(people(room, "CARo", false), "caro carol ") == 0 &&
		strcmp(people(room, "car", false), "car_2 carl caro ") == 0 &&
		strcmp(people(room, "car%", false), "") == 0 &&
		strcmp(people(room, "", false), "") == 0,
	    "people are found by how their names begin");
	ok(strcmp(people(room, "koln baker", true), "carol ") == 0 &&
		strcmp(people(room, "backerin", true), "caro ") == 0,
	    "and by what they say about themselves");
	suite_do(room, change_bio, (char[]){ "baker of pies" });
	ok(strcmp(people(room, "cakes", true), "") == 0 &&
		strcmp(people(room, "baker", true), "carol carl ") == 0,
	    "as it is now");
	suite_do(room, forget, NULL);
	suite_reopen(room);
	index_all(room);
	ok(strcmp(people(room, "baker", true), "carol carl ") == 0, "also where it is made anew");
	ok(strcmp(look(room, "baker", 0, 9), "") == 0, "among what is said, it is not");
	suite_do(room, change_bio, (char[]){ "" });
	ok(strcmp(people(room, "baker", true), "carol ") == 0, "who says nothing is not found");
	suite_do(room, change_bio, (char[]){ "baker again" });
	suite_do(room, remove_carl, NULL);
	ok(strcmp(people(room, "baker", true), "carol ") == 0 && suite_is_sound(room),
	    "nor who has left");
}

static void
test(struct room *room)
{
	finding(room);
	tags(room);
	leaving(room);
	catching_up(room);
	made_anew(room);
	finding_people(room);
	moved(room);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
