#ifndef HUDHUD_CHANNELS_WEB_WEB_H
#define HUDHUD_CHANNELS_WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "channels/web/fields.h"
#include "channels/web/httpd.h"
#include "channels/web/multipart.h"
#include "channels/web/page.h"
#include "channels/web/view.h"
#include "channels/web/workers.h"
#include "gateway/core.h"
#include "gateway/secret.h"
#include "store/log.h"
#include "store/search.h"

/* What the files of this folder share: the running web channel, and one visit to a page of it. */

extern const struct core_kind web_core; /* serve.c */

struct web {
	struct core *core;
	const struct site *site;
	struct httpd_server *http;
	struct workers *workers; /* for passwords */
	unsigned char key[32];   /* the store's */
	struct streams *streams; /* NULL: there are none */
	struct cache *cache;     /* kept.c's; NULL: nothing is kept */
	const char *cookie;      /* name of the session's cookie */
	const char *cookie_form; /* of the one that a stranger's forms rest on */
	bool secure;             /* people come by https */
	const struct conf_section *conf;
	struct health_kept *health; /* health.c's, in one piece */
	int64_t *operators;         /* their ids, which end with 0; owned */
};

#define FORM_SECONDS (30 * 86400) /* that a stranger's browser keeps what its forms rest on */

/** A request on its way through the pages. */
struct visit {
	struct web *web;
	struct request *http;
	struct tx *tx; /* to read from, while a page is made */
	bool plain;    /* there is none, and it is nobody's */
	struct fields query, form;
	struct multipart upload; /* a form with a file in it, on UPLOAD_PATH */
	struct user me;          /* id 0: nobody has logged in */
	char lang[12];
	int64_t now;
	char name[USER_NAME_MAX + 1];    /* /NAME: in lower case */
	int64_t pos;                     /* /NAME/STATUS */
	bool rss;                        /* a feed is to be RSS, not Atom */
	char tag[QUESTION_TEXT_MAX + 1]; /* /tag/TAG */
	char key[SECRET_TOKEN_SIZE];     /* /login/KEY, /export/KEY */
	struct page page;
	struct view *view; /* what the page says, from layout_view() on */

	char token
	    [SECRET_LONG_SIZE];     /* of the session; or of a stranger's forms, which is shorter */
	bool token_new, token_used; /* goes out as a cookie; a form rests on it */
	bool session;               /* it is a session's, or was until now */

	/* while it waits */
	void (*next)(struct visit *v);
	struct receive receive;
	int result;
	bool light;              /* what ${next} answers needs no store */
	struct account *account; /* account.c's */
	struct kept *kept;       /* kept.c's, in one piece */
	struct stream *stream;   /* streams.c's */
	struct link *link;       /* settings_addresses.c's, in one piece */
	void *work;              /* key.c's, secure.c's or settings_save.c's, in one piece */
	unsigned status;         /* hook.c's */
	char *type, *text;
};

/** A page: answers ${v} by one of the functions below, or lets it wait. */
typedef void web_page(struct visit *v);

/* ---- visit.c */

/** Begin: who is it, in which language?  ${plain}: nobody asks, and nothing is read from the store. */
struct visit *visit_new(struct web *w, struct request *q, bool plain);
void visit_free(struct visit *v);
/** Begin to read from the store, for one that was plain; and end it. */
void visit_open(struct visit *v);
void visit_close(struct visit *v);
/** The language for whoever sends ${q} and has none of their own. */
void visit_language(struct web *w, const struct request *q, char out[12]);
/** The token that the forms of a stranger rest on, as the cookie tells it; false: there is none, ${out} is a new one. */
bool visit_stranger(struct web *w, const struct request *q, char out[SECRET_TOKEN_SIZE]);
/** What a form must carry whose visitor has ${token}. */
void visit_proof_of(const struct web *w, const char *token, char out[SECRET_TOKEN_SIZE]);
/** Send a cookie with the answer to ${q}, for ${seconds}. */
void visit_send_cookie(
    struct web *w, struct request *q, const char *name, const char *value, int seconds);
/** Let it wait; after httpd_go() ${next} answers. */
void visit_wait(struct visit *v, web_page *next);
/** How long may the body of ${q} be?  For struct httpd_conf. */
size_t visit_most(void *web, const struct request *q);
/** It is for who has logged in: send the visitor there, with what was typed. */
void visit_members_only(struct visit *v);
/** A POST: may it, and what does it say?  False: it has been refused. */
bool visit_form(struct visit *v);
/** What a form must carry to prove that it is ours: {{proof}}. */
void visit_csrf(const struct visit *v, char out[SECRET_TOKEN_SIZE]);
/** Give the visitor a new token, of a session just made; an empty one ends it.  Forms rest on it from then on. */
void visit_token(struct visit *v, const char *token);
/** Send the page. */
void visit_answer(struct visit *v, unsigned status);
/** Send the visitor elsewhere (303), to a path of ours. */
void visit_redirect(struct visit *v, const char *path);
/** Send a page that says what is wrong. */
void visit_error(struct visit *v, unsigned status);
/** A name for ${v}'s address under which to count, in ${out}. */
void visit_remote(struct visit *v, char out[SECRET_TOKEN_SIZE]);

/* ---- account.c */

/** Release what signing up or logging in left. */
void account_free(struct account *a);

/* ---- layout.c */

/**
 * Begin a page called ${title} (translated by the caller; may be somebody's name).  Returns its view, which is
 * the visit's, with what pages/top.html shows; the page adds its own.
 */
struct view *layout_view(struct visit *v, const char *title);
/**
 * The page goes with a feed called ${name}, in both formats, at ${path} (encoded, without ".atom") and behind
 * that ${query} (encoded: "q=tea", or ""): readers find it.
 */
void layout_feeds(struct visit *v, const char *name, const char *path, const char *query);
/** Whoever looks at it is told what is new on ${page}, a name that events_get() knows. */
void layout_live(struct visit *v, const char *page);
/** A line that says how something went. */
void layout_notice(struct visit *v, const char *text, bool good);
/** What is sent twice with the token that this adds is done once. */
void layout_once(struct view *w);
/** The question, with a box for the answer; ${text} stands in it. */
void layout_box(struct visit *v, const char *text, int64_t reply_to);
/** Send pages/${page}.html, filled in from the visit's view. */
void layout_answer(struct visit *v, const char *page, unsigned status);

/* ---- timeline.c */

#define TIMELINE_MAX 20

/** A page of statuses, all of which the visitor may see. */
struct timeline {
	struct status status[TIMELINE_MAX];
	size_t n;
	int64_t next; /* where the next page begins; 0: there is none */
};

/** One of the pages of store/log.h; ${who} is whose. */
typedef void timeline_page(
    struct tx *tx, int64_t who, int64_t before, int limit, status_each *each, void *cookie);
timeline_page timeline_public;

/** Read what ${viewer} may see of ${page}, below ${before}; direct messages or none. */
void timeline_load(struct timeline *t, struct tx *tx, int64_t viewer, timeline_page *page,
    int64_t who, int64_t before, bool direct);
/** The same of what ${q} asks for. */
void timeline_search(
    struct timeline *t, struct tx *tx, int64_t viewer, const struct question *q, int64_t before);
void timeline_free(struct timeline *t);
/** Add it to the view for pages/log.html, the next page at ${path}; ${empty} (a msgid) if there is nothing. */
void timeline_view(struct visit *v, const struct timeline *t, const char *path, const char *empty);
/** Both at once: what the visitor may see of ${page}, below the query's "before". */
void timeline_add(struct visit *v, timeline_page *page, int64_t who, bool direct, const char *path,
    const char *empty);
/** Fill in ${w} for pages/status.html. */
void timeline_status(struct visit *v, struct view *w, const struct status *s);

/* ---- conversation.c */

/**
 * Add what ${s} answers, and what answers it behind position ${after}, as far as the visitor may see it, to the view
 * for pages/alone.html.
 */
void conversation_add(struct visit *v, const struct status *s, int64_t after);

/* ---- what was typed is not lost, though it came too late */
/** Is there something to say in the form?  Show it in the box again. */
bool front_again(struct visit *v);
/** The same below the form to log in. */
bool login_first(struct visit *v);
/** What the form is to say: as it was typed, or a text that says it to one alone.  The caller frees it. */
char *post_typed(const struct visit *v);

/* ---- the pages, one file each */
web_page front_get, front_post;
web_page signup_get, signup_post, login_get, login_post, logout_get, logout_post;
web_page home_get, replies_get, direct_get, direct_post, search_get, tag_get;
web_page profile_get, profile_post, status_get_page;
web_page feed_user, feed_public, feed_home, feed_tag, feed_search;
web_page settings_feed_get, settings_feed_post, settings_feed_off;
web_page settings_get, profile_settings_get, profile_settings_post;
web_page privacy_get, privacy_post, privacy_end, people_get, people_post, people_track,
    people_untrack;
web_page delivery_get, delivery_rung, delivery_hours, delivery_wake, delivery_budget;
web_page settings_addresses_get, settings_addresses_post, settings_addresses_remove;
web_page settings_addresses_turn;
web_page secure_get, secure_password, secure_pin, secure_pin_off, secure_erase;
web_page sessions_end_one, sessions_end_others, forgot_get, forgot_post;
web_page deed_post, favourites_get, requests_get, requests_post;
web_page picture_show, picture_page, picture_post, picture_drop;
web_page join_get, join_post, join_enter;
web_page key_login_get, key_login_post, key_export_get, key_export_post, key_export_mine;
web_page operator_get, operator_letters, operator_reports, operator_channel;
web_page style_get, script_get, mark_get, health_get, metrics_get, hook_any, events_get;

/* ---- settings_addresses.c */
/** Is there a channel by which people can write to the service? */
bool settings_reachable(const struct visit *v);
/** Add ${code} to the view for pages/ways.html, with where it can be sent until ${expires}. */
void settings_ways(struct visit *v, const char *code, int64_t expires);

/** Add the sign-up form to the view, with what was typed and what is wrong with it (msgids, or NULL). */
void signup_form(
    struct visit *v, const char *name, const char *wrong_name, const char *wrong_password);
/** Say ${text} (taken over) for the visitor, in answer to the status ${reply_to} or 0; ${next} answers. */
void post_say(struct visit *v, char *text, int64_t reply_to, web_page *next);
/** After post_say(): could it be kept?  False: an error page has been sent. */
bool post_kept(struct visit *v);
/** Was it done, now or the last time the form was sent? */
bool post_good(const struct visit *v);

/* ---- key.c */
/** For so long a session that a link opened may set a password without the one before. */
#define KEY_FRESH_SECONDS 600
/** The hash under which the store notes that. */
void key_fresh(const char *token, unsigned char hash[32]);

/* ---- settings_feed.c */
#define FEED_KEY_SIZE (2 * (SECRET_TOKEN_SIZE - 1) + 1) /* 260 bits in base32, and NUL */
/** If the visitor has such a feed, and this session made its address, the page goes with it. */
void feed_key_offer(struct visit *v);
/** The hash by which the store knows the key ${key} of somebody's home feed; false: it is none. */
bool feed_key_hash(const char *key, unsigned char hash[32]);

/* ---- route.c */

/** Answer ${v}'s request. */
void route(struct visit *v);
/** Does what stands at ${path} need no visitor and no look into the store? */
bool route_is_plain(const char *path);
/** Is it, written as it is, one that may be kept for all who have not logged in? */
bool route_is_kept(const char *path);

#endif
