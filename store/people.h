#ifndef HUDHUD_STORE_PEOPLE_H
#define HUDHUD_STORE_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define USER_NAME_MAX 15
#define PEER_MAX 255
#define PICTURE_HASH_SIZE 17 /* 16 hex digits, and NUL */
#define BIO_MAX 160          /* characters */
#define BIO_SIZE 641         /* bytes that they may take, with the NUL */

/** A person. */
struct user {
	int64_t id;
	char name[USER_NAME_MAX + 1];
	char lang[12]; /* "en", "pt_BR" */
	char zone[48]; /* "Europe/Berlin" */
	bool is_protected;
	bool suspended;
	int home; /* channel that carries what this user follows; 0: none */
	int64_t followers, following, statuses;
	int64_t created;
	char bio[BIO_SIZE];       /* about me; clean text */
	int quiet_from, quiet_to; /* minutes after midnight in zone; equal: no quiet hours */
	int64_t
	    quiet_until; /* nothing before then, by their own hand; negative: awake until -it; 0 */
	unsigned wishes; /* of enum user_wish */
	bool silenced;   /* by the operator: only followers hear them */
	int64_t budget;  /* a month, in thousandths of the operator's currency; 0: the site's */
	int near;        /* channel for what is addressed to them; 0: home */
	bool has_pin;    /* texts must begin with it: see identity.h */
	char picture[PICTURE_HASH_SIZE]; /* the hash of theirs, "" for none: see picture.h */
};

enum user_wish {
	WISH_WHOLE = 1,      /* what is too long is posted whole, and cut where there is no room */
	WISH_NO_NUDGES = 2,  /* nobody may ask what they are doing */
	WISH_NO_RECEIPTS = 4 /* no word about what became of a status */
};
#define USER_JOINED                                                                                \
	(1u << 16) /* beside the wishes: came by themselves, and not by the operator's hand */

enum address_state {
	ADDRESS_PENDING,
	ADDRESS_VERIFIED,
	ADDRESS_PAUSED,
	ADDRESS_OPTED_OUT,
	ADDRESS_FAILING
};

/** One way to reach a user.  (kind, peer) belongs to one user at most. */
struct address {
	int64_t user;
	char kind[12];
	char peer[PEER_MAX + 1];
	int chan; /* the channel that serves it; 0: none of its kind is configured */
	enum address_state state;
	int rank;    /* place in the ladder, from 0 */
	int bounces; /* in a row */
	int64_t since;
	unsigned takes; /* of enum rung_when */
	int daily;      /* at most so many a day; 0: any number */
	int64_t heard;  /* when something came from it last, to the day; else as since */
};

/** When a rung takes something: all that are set must hold. */
enum rung_when {
	RUNG_PRESENT = 1,   /* while the network shows them there */
	RUNG_FREE = 2,      /* not while they wish not to be disturbed */
	RUNG_ADDRESSED = 4, /* only what mentions or answers them, and direct messages */
	RUNG_DIRECT = 8,    /* only direct messages */
	RUNG_NOTHING = 16   /* nothing: they only write from there */
};

enum follow_state { FOLLOW_NONE, FOLLOW_REQUESTED, FOLLOW_ACTIVE };
enum follow_wants { WANTS_ALL, WANTS_MENTIONS, WANTS_NOTHING };

/* ---- channels: the names in the settings, as small numbers that never change */

/** Nothing is to be delivered by ${chan}, whoever has it, until that is taken back. */
int channel_hold(struct tx *tx, int chan, bool held);
/** Those of which that is so, at most ${max}; how many. */
size_t channels_held(struct tx *tx, int *out, size_t max);

/** Make the numbers of ${names}[0..n) of kinds ${kinds}[0..n), into ${ids}; new ones get lanes at the
 *  log's head.  Addresses whose channel is not configured any more, neither here nor by another node
 *  (see node.h), go to the first channel of their kind, or to none.  Called once, at start.  STORE_OK. */
int channels_register(
    struct tx *tx, const char *const *names, const char *const *kinds, size_t n, int *ids);

/** The kind of channel ${chan}, "" if there is none. */
void chan_kind(struct tx *tx, int chan, char out[12]);

/* ---- users */

/** Add ${u} (name, lang, zone, is_protected, wishes); sets its id and created.  STORE_FAILED: the name is taken. */
int user_add(struct tx *tx, struct user *u);
/** Find a user; return true and fill ${u}.  Names in any case. */
bool user_by_name(struct tx *tx, const char *name, struct user *u);
bool user_by_id(struct tx *tx, int64_t id, struct user *u);
/** Whose is this address?  ${a} may be NULL. */
bool user_by_address(
    struct tx *tx, const char *kind, const char *peer, struct user *u, struct address *a);
/**
 * The same, and is it opted out?  *${stopped} is told of an address that is nobody's, too.  *${split}: may what
 * comes now be the rest of a private text (pending.h, "split")?
 */
bool user_of_sender(struct tx *tx, const char *kind, const char *peer, struct user *u,
    struct address *a, bool *stopped, bool *split);
/**
 * Write lang, zone, is_protected, suspended, bio, quiet_from, quiet_to, quiet_until, wishes, silenced and
 * budget of ${u}.
 */
int user_update(struct tx *tx, const struct user *u);
/** Call ${each} for users in name order after ${after} ("" from the start) until it returns false. */
void user_each(struct tx *tx, const char *after, bool (*each)(void *cookie, const struct user *u),
    void *cookie);
/** Erase a user: addresses, follows, sessions, codes, the picture, statuses' texts. */
int user_remove(struct tx *tx, int64_t user);

/* ---- addresses */

/** Add an address at the end of the ladder; without heard, it is heard at ${a}->since.  STORE_FAILED: it belongs to somebody (see user_by_address). */
int address_add(struct tx *tx, const struct address *a);
int address_remove(struct tx *tx, int64_t user, const char *kind, const char *peer);
int address_set_state(struct tx *tx, const char *kind, const char *peer, enum address_state s);
/** Write takes and daily of ${a}. */
int address_set_rung(struct tx *tx, const struct address *a);
/** Something came from ${a} at ${now}; writes once a day. */
int address_heard(struct tx *tx, const struct address *a, int64_t now);
/** Fill ${out}[0..max) with ${user}'s addresses in ladder order; return how many there are. */
size_t address_list(struct tx *tx, int64_t user, struct address *out, size_t max);
/** Put ${user}'s address to place ${rank}; the others keep their order. */
int address_rank(struct tx *tx, int64_t user, const char *kind, const char *peer, int rank);

/**
 * Let channel ${chan} (0: none) carry what ${user} follows from now on: moves the edges, and where
 * both the old and the new are channels writes a behind row at the old lane's place, so that nothing
 * falls between.  Does nothing if it is so already.  To none: if the addresses failed, what is owed
 * waits until there is a home again; if they were switched off, it is dead, with that for a reason.
 */
int user_rehome(struct tx *tx, int64_t user, int chan);

/** Note that ${chan} (0: its home) carries what is addressed to ${user}. */
int user_set_near(struct tx *tx, int64_t user, int chan);

/* ---- opt-outs live apart from addresses: they outlast the account */
/** Note that nothing may be sent to ${peer} any more, or that it may; answers that wait for it are dropped. */
int optout_set(struct tx *tx, const char *kind, const char *peer, bool out);
bool optout_is(struct tx *tx, const char *kind, const char *peer);

/* ---- follows and blocks */

/** What ${follower} has with ${followee}. */
enum follow_state follow_get(
    struct tx *tx, int64_t follower, int64_t followee, enum follow_wants *wants);
/** The same, with more: false if there is nothing between them. */
struct follow {
	enum follow_state state;
	enum follow_wants wants;
	int64_t
	    from; /* what is said from this position on is owed for it; 0: it began before anybody knows */
};
bool follow_find(struct tx *tx, int64_t follower, int64_t followee, struct follow *out);
/**
 * Begin, change or end it (FOLLOW_NONE); keeps the counts.  What becomes active, or wants all, starts at
 * the log's head.  STORE_FAILED: nobody follows oneself, or who is not there.
 */
int follow_set(
    struct tx *tx, int64_t follower, int64_t followee, enum follow_state s, enum follow_wants w);
/**
 * Those who follow (${of_followee}) ${user} or are followed by it; newest first, after the user with id
 * ${before} of the page before (0: the first page; nothing if that one has left meanwhile).
 */
void follow_each(struct tx *tx, int64_t user, bool of_followee, enum follow_state s, int64_t before,
    int limit, bool (*each)(void *cookie, const struct user *u), void *cookie);
int block_set(struct tx *tx, int64_t user, int64_t blocked, bool on);
/** Has ${user} blocked ${blocked}? */
bool block_is(struct tx *tx, int64_t user, int64_t blocked);
/** Whom ${user} has blocked, in the order of names behind ${after} ("": from the first), at most ${limit}; nobody suspended. */
void block_each(struct tx *tx, int64_t user, const char *after, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie);
/** Has either blocked the other? */
bool block_between(struct tx *tx, int64_t a, int64_t b);

/**
 * Let what ${muted} says to all not reach ${user} before ${until} (wall seconds; 0: let it).  Ends by itself.
 */
int mute_set(struct tx *tx, int64_t user, int64_t muted, int64_t until);
/** Until when it is so at ${now}; 0: it is not. */
int64_t mute_until(struct tx *tx, int64_t user, int64_t muted, int64_t now);
/** Of whom that is so, as block_each(), and until when. */
void mute_each(struct tx *tx, int64_t user, int64_t now, const char *after, int limit,
    bool (*each)(void *cookie, const struct user *u, int64_t until), void *cookie);

/* ---- web log-in */
int password_set(struct tx *tx, int64_t user, const char *hash);
/** Copy the hash; false if the user has none. */
bool password_get(struct tx *tx, int64_t user, char *hash, size_t size);

/* ---- codes that link an address: by their hash */
int code_add(struct tx *tx, const unsigned char hash[32], int64_t user, int64_t expires);
/** Take it out: true with its user, once. */
bool code_take(struct tx *tx, const unsigned char hash[32], int64_t now, int64_t *user);

/* ---- counters for limits: how often ${what} happened for ${who} in the window that holds ${now} */
/** Count one more and return the count, this one included.  Old windows are trimmed. */
int64_t tally_add(
    struct tx *tx, const char *what, const char *who, int64_t now, int64_t window_seconds);

#endif
