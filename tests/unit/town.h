#ifndef HUDHUD_TESTS_UNIT_TOWN_H
#define HUDHUD_TESTS_UNIT_TOWN_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/receive.h"
#include "gateway/secret.h"
#include "store/fanout.h"
#include "tests/tap.h"

/* A small town on a real store in a folder of its own: three networks, and people who say things. */

static const struct channel_kind town_xmpp = { .name = "xmpp" };
static const struct channel_kind town_sms = { .name = "sms", .costs = true };
static const struct channel_kind town_mail = { .name = "email", .letter = true };

static struct site town_site = {
	.name = "Hudhud",
	.domain = "gw.example",
	.url = "https://gw.example",
	.lang = "en",
	.zone = "UTC",
	.limit = 140,
	.big = 1000,
	.signup = SIGNUP_OPEN,
};

enum { JABBER, PHONE, MAIL, CHANS };
static int town_chan[CHANS];
static const struct channel_kind *const town_kind[CHANS] = { &town_xmpp, &town_sms, &town_mail };
static struct store *town_store;
static char town_folder[64];
static int64_t town_now = 1700000000;
static struct receive town_said; /* what the last town_say() came to */
static char town_answer[1024];   /* what it was answered, "" for nothing */
static char town_lang[12];
static char town_peer[PEER_MAX + 1];       /* whom town_heard() found */
static char town_foreign[64] = "";         /* for the next */
static char town_reply_to[64] = "";        /* for the next */
static char town_token[64] = "";           /* for the next */
static enum proof town_proof = PROOF_PEER; /* for the next */
static bool town_automatic;                /* for the next */
static bool town_plain;                    /* for the next on the web */

static inline int
town_register(struct tx *tx, void *arg)
{
	static const char *const names[] = { "jabber", "phone", "mail" };
	static const char *const kinds[] = { "xmpp", "sms", "email" };

	(void)arg;
	return channels_register(tx, names, kinds, CHANS, town_chan);
}

static inline void
town_open(void)
{
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
	secret_init();
	snprintf(town_folder, sizeof(town_folder), "/tmp/hudhud-town-XXXXXX");
	if (!mkdtemp(town_folder) || !(town_store = store_open("sqlite:town.db", town_folder)))
		log_die("no folder for a store");
	store_write(town_store, town_register, NULL);
}

static inline void
town_close(void)
{
	static const char *const files[] = { "town.db", "town.db-wal", "town.db-shm",
		"town.db-lock" };

	receive_free(&town_said);
	store_close(town_store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = mem_printf("%s/%s", town_folder, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(town_folder);
	lang_unload();
}

/* Take the oldest answer that waits on ${arg}, if any. */
static inline int
town_take(struct tx *tx, void *arg)
{
	const int *chan = arg;
	struct answer a;
	int64_t soonest;

	town_answer[0] = '\0';
	if (answer_due(tx, *chan, ALL_SHARDS, town_now, 0, &a, 1, &soonest) == 0)
		return 0;
	snprintf(town_answer, sizeof(town_answer), "%s", a.text);
	snprintf(town_lang, sizeof(town_lang), "%s", a.lang);
	snprintf(town_peer, sizeof(town_peer), "%s", a.peer);
	free(a.text);
	free(a.foreign);
	return answer_end(tx, a.id);
}

static inline const char *
town_heard(int where)
{
	store_write(town_store, town_take, &town_chan[where]);
	return town_answer;
}

/* ${n} bytes of ${text} from ${peer} on ${where}; returns the answer. */
static inline const char *
town_say_n(int where, const char *peer, const char *text, size_t n)
{
	struct inbound in = { .peer = peer,
		.to = "",
		.foreign = town_foreign,
		.text = text,
		.text_len = n,
		.reply_to = town_reply_to,
		.token = town_token,
		.proof = town_proof,
		.automatic = town_automatic };

	receive_free(&town_said);
	town_said = (struct receive){ .site = &town_site,
		.kind = town_kind[where],
		.chan = town_chan[where],
		.now = town_now };
	receive_fill(&town_said, &in);
	if (store_write(town_store, receive_run, &town_said) != STORE_OK)
		log_die("the store failed");
	town_foreign[0] = town_reply_to[0] = town_token[0] = '\0';
	town_proof = PROOF_PEER;
	town_automatic = false;
	return town_heard(where);
}

static inline const char *
town_say(int where, const char *peer, const char *text)
{
	return town_say_n(where, peer, text, strlen(text));
}

/* The user ${user} says it on the web. */
static inline const char *
town_web(int64_t user, const char *text)
{
	receive_free(&town_said);
	town_said = (struct receive){ .site = &town_site,
		.user = user,
		.plain = town_plain,
		.now = town_now,
		.text = mem_dup(text),
		.text_len = strlen(text),
		.foreign = mem_dup(town_foreign) };
	town_foreign[0] = '\0';
	town_plain = false;
	if (store_write(town_store, receive_run, &town_said) != STORE_OK)
		log_die("the store failed");
	return town_said.answer ? town_said.answer : "";
}

static inline int64_t
town_id(const char *name)
{
	struct tx *tx = store_read(town_store);
	struct user u = { 0 };

	if (!user_by_name(tx, name, &u))
		u.id = 0;
	store_read_end(tx);
	return u.id;
}

static inline enum follow_state
town_follows(const char *a, const char *b, enum follow_wants *wants)
{
	enum follow_wants w;
	int64_t ia = town_id(a), ib = town_id(b);
	struct tx *tx = store_read(town_store);
	enum follow_state s = follow_get(tx, ia, ib, wants ? wants : &w);

	store_read_end(tx);
	return s;
}

static inline int64_t
town_head(void)
{
	struct tx *tx = store_read(town_store);
	int64_t head = log_head(tx);

	store_read_end(tx);
	return head;
}

/* The status at ${pos}; its text is in a buffer of its own. */
static inline struct status
town_status(int64_t pos)
{
	static char text[4096];
	struct tx *tx = store_read(town_store);
	struct status s = { 0 };

	text[0] = '\0';
	if (status_get(tx, pos, &s)) {
		snprintf(text, sizeof(text), "%s", s.text);
		free((char *)s.text);
	}
	s.text = text;
	store_read_end(tx);
	return s;
}

static inline bool
town_owed(const char *name, int64_t pos)
{
	int64_t id = town_id(name);
	struct tx *tx = store_read(town_store);
	struct status s;
	bool owed = owed_next(tx, id, pos, &s);

	if (owed)
		free((char *)s.text);
	store_read_end(tx);
	return owed && s.pos == pos;
}

struct town_mark {
	int64_t user, pos;
};

static inline int
town_mark_run(struct tx *tx, void *arg)
{
	const struct town_mark *m = arg;
	struct user u;
	struct behind b;
	struct lane l = { .shard = (int)(m->user % SHARDS), .pos = m->pos, .sub = INT64_MAX };

	user_by_id(tx, m->user, &u);
	l.chan = u.home;
	if (behind_get(tx, m->user, &b) && behind_end(tx, &b) < 0)
		return STORE_FAILED;
	return lane_move(tx, &l);
}

/* All up to ${pos} has reached ${user}. */
static inline void
town_delivered(int64_t user, int64_t pos)
{
	struct town_mark m = { user, pos };

	store_write(town_store, town_mark_run, &m);
}

/* Was it answered with something that has ${part} in it? */
static inline bool
town_has(const char *answer, const char *part)
{
	if (strstr(answer, part))
		return true;
	printf("# answered: %s\n", answer);
	return false;
}

/* Nothing was said to anybody by the last, and it was kept. */
static inline bool
town_quiet(int64_t head)
{
	return town_said.verdict == VERDICT_KEPT && town_said.pos == 0 && town_head() == head;
}

#endif
