/* What is new, and for which streams. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/streams_parts.h"
#include "gateway/audience.h"
#include "store/among.h"

#define BATCH 100

/* By what they are about, then by user. */
static int
by_user(const void *va, const void *vb)
{
	const struct news *a = va, *b = vb;

	if (a->about != b->about)
		return a->about < b->about ? -1 : 1;
	return a->user < b->user ? -1 : a->user > b->user;
}

static int
by_id(const void *va, const void *vb)
{
	const struct news *a = va, *b = vb;

	return a->id < b->id ? -1 : a->id > b->id;
}

struct look {
	struct tx *tx;
	struct news *list;
	size_t n;
	struct status said[BATCH];
	size_t said_n;
};

static void
count(struct news *w, int64_t pos)
{
	if (w->fresh)
		return;
	w->n++;
	w->pos = pos;
}

/* The first of ${user} about ${about}; where there is none, where it would be. */
static size_t
first_of(const struct look *l, enum about about, int64_t user)
{
	struct news key = { .about = about, .user = user };
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (by_user(&l->list[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
is_of(const struct look *l, size_t i, enum about about, int64_t user)
{
	return i < l->n && l->list[i].about == about && l->list[i].user == user;
}

/* ${s} is on ${user}'s page, if they may see it there. */
static void
concerns(struct look *l, enum about about, int64_t user, const struct status *s)
{
	size_t i = first_of(l, about, user);

	if (!is_of(l, i, about, user))
		return;
	if (about == ABOUT_HOME ? !audience_brings(l->tx, user, s)
				: !audience_shows(l->tx, user, s))
		return;
	for (; is_of(l, i, about, user); i++)
		count(&l->list[i], s->pos);
}

/* Whoever of those that look at their home follows its author. */
static void
to_followers(struct look *l, const struct status *s)
{
	size_t i = first_of(l, ABOUT_HOME, 0), n = 0, found;
	int64_t users[AMONG_MAX], out[AMONG_MAX];

	while (i < l->n && l->list[i].about == ABOUT_HOME) {
		for (n = 0; n < AMONG_MAX && i < l->n && l->list[i].about == ABOUT_HOME; i++)
			if (n == 0 || users[n - 1] != l->list[i].user)
				users[n++] = l->list[i].user;
		found = among_followers(l->tx, s->author, users, n, out);
		while (found > 0)
			concerns(l, ABOUT_HOME, out[--found], s);
	}
	concerns(l, ABOUT_HOME, s->author, s);
}

static void
to_all(struct look *l, const struct status *s)
{
	int64_t named[LOG_ADDRESSED_MAX];
	size_t n, i = first_of(l, ABOUT_PUBLIC, 0);

	/* what a stranger sees; who has blocked or muted its author hears that there is something */
	if (i < l->n && l->list[i].about == ABOUT_PUBLIC && audience_shows(l->tx, 0, s))
		for (; i < l->n && l->list[i].about == ABOUT_PUBLIC; i++)
			count(&l->list[i], s->pos);
	to_followers(l, s);
	n = among_addressed(l->tx, s->pos, named);
	while (n > 0)
		concerns(l, ABOUT_REPLIES, named[--n], s);
}

static bool
keep(void *cookie, const struct status *s)
{
	struct look *l = cookie;

	l->said[l->said_n] = *s;
	l->said[l->said_n++].text = NULL; /* nobody reads it here */
	return l->said_n < BATCH;
}

/* What was said from ${seen} to ${head}, so many at a time. */
static void
walk(struct look *l, int64_t seen, int64_t head)
{
	while (seen < head) {
		l->said_n = 0;
		status_from(l->tx, seen + 1, BATCH, keep, l);
		if (l->said_n == 0)
			return;
		for (size_t i = 0; i < l->said_n; i++) {
			const struct status *s = &l->said[i];

			seen = s->pos;
			if (s->deleted)
				continue;
			if (s->to == 0) {
				to_all(l, s);
				continue;
			}
			concerns(l, ABOUT_DIRECT, s->to, s);
			concerns(l, ABOUT_DIRECT, s->author, s);
		}
	}
}

/* Who comes back: the first page tells what they have missed. */
static void
come_back(struct tx *tx, struct news *w, int64_t head)
{
	static timeline_page *const pages[ABOUTS] = { [ABOUT_PUBLIC] = timeline_public,
		[ABOUT_HOME] = status_home,
		[ABOUT_REPLIES] = status_addressed,
		[ABOUT_DIRECT] = status_directs };
	struct timeline t;

	w->pos = head;
	if (w->last >= head || pages[w->about] == NULL)
		return;
	timeline_load(&t, tx, w->user, pages[w->about], w->user, 0, w->about == ABOUT_DIRECT);
	for (size_t i = 0; i < t.n; i++)
		w->n += t.status[i].pos > w->last;
	timeline_free(&t);
}

static void
look_at_addresses(struct store *s, struct news *w, int64_t now)
{
	uint32_t key = change_key(CHANGE_ADDRESSES, w->user);

	if (w->at != -1)
		w->n = change_since(s, w->at, &key, 1);
	w->at = now;
}

bool
news_look(struct store *s, int64_t *seen, struct news *list, size_t n)
{
	int64_t now = change_now(s), head;
	struct look *l = mem_new(sizeof *l);
	bool good;

	l->list = list;
	l->n = n;
	qsort(list, n, sizeof *list, by_user);
	l->tx = store_read(s);
	head = log_head(l->tx);
	if (*seen != -1)
		walk(l, *seen, head);
	for (size_t i = 0; i < n; i++) {
		if (list[i].about == ABOUT_ADDRESSES)
			look_at_addresses(s, &list[i], now);
		else if (list[i].fresh)
			come_back(l->tx, &list[i], head);
	}
	good = store_read_end(l->tx) == STORE_OK && now != -1;
	if (good)
		*seen = head;
	free(l);
	qsort(list, n, sizeof *list, by_id);
	return good;
}
