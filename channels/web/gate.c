#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/gate.h"

struct guest {
	int fd;
	int64_t since; /* it keeps us waiting; 0: it does not */
	bool apart;    /* seen to elsewhere, or sent away: */
	bool away;
	struct guest *next, **prev;
};

struct gate {
	pthread_t keeper;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct guest *guests;
	int ms;
	unsigned inside, most; /* but for those apart */
	bool closed;
};

/* Its socket is open as long as it is listed. */
static void
send_away(struct gate *g, struct guest *who)
{
	shutdown(who->fd, SHUT_RDWR);
	who->apart = who->away = true;
	g->inside--;
}

/* Send away whom ${g} has waited for too long. */
static void
sweep(struct gate *g)
{
	int64_t now = clock_ms();

	for (struct guest *who = g->guests; who; who = who->next)
		if (!who->apart && who->since && now - who->since > g->ms)
			send_away(g, who);
}

/* It gets crowded: whom we have waited for longest makes room, so that nobody can hold every place. */
static void
make_room(struct gate *g)
{
	struct guest *oldest = NULL;

	for (struct guest *who = g->guests; who; who = who->next)
		if (!who->apart && who->since && (!oldest || who->since <= oldest->since))
			oldest = who;
	if (oldest)
		send_away(g, oldest);
}

/* Looks now and then while there are guests, and sleeps when there are none. */
static void *
keep(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->lock);
	while (!g->closed) {
		if (g->guests == NULL) {
			pthread_cond_wait(&g->change, &g->lock);
			continue;
		}
		clock_wait(&g->change, &g->lock, clock_ms() + 1000 + g->ms / 10);
		sweep(g);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

struct gate *
gate_open(int ms, unsigned most)
{
	struct gate *g = mem_new(sizeof *g);

	g->ms = ms;
	g->most = most;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->change, NULL);
	if (pthread_create(&g->keeper, NULL, keep, g) != 0)
		log_die("web: cannot start a thread");
	return g;
}

struct guest *
gate_enter(struct gate *g, int fd)
{
	struct guest *who = mem_new(sizeof *who);

	who->fd = fd;
	who->since = clock_ms();
	pthread_mutex_lock(&g->lock);
	if (g->inside >= g->most)
		make_room(g);
	g->inside++;
	who->next = g->guests;
	who->prev = &g->guests;
	if (who->next)
		who->next->prev = &who->next;
	else
		pthread_cond_signal(&g->change); /* the first: the keeper was asleep */
	g->guests = who;
	pthread_mutex_unlock(&g->lock);
	return who;
}

void
gate_turn(struct gate *g, struct guest *who, bool served)
{
	pthread_mutex_lock(&g->lock);
	who->since = served ? 0 : clock_ms();
	if (who->apart && !who->away) { /* it asks for something else on the same line */
		who->apart = false;
		g->inside++;
	}
	pthread_mutex_unlock(&g->lock);
}

void
gate_apart(struct gate *g, struct guest *who)
{
	pthread_mutex_lock(&g->lock);
	g->inside -= !who->apart;
	who->apart = true;
	pthread_mutex_unlock(&g->lock);
}

void
gate_leave(struct gate *g, struct guest *who)
{
	pthread_mutex_lock(&g->lock);
	g->inside -= !who->apart;
	*who->prev = who->next;
	if (who->next)
		who->next->prev = who->prev;
	pthread_mutex_unlock(&g->lock);
	free(who);
}

unsigned
gate_inside(struct gate *g)
{
	unsigned n;

	pthread_mutex_lock(&g->lock);
	n = g->inside;
	pthread_mutex_unlock(&g->lock);
	return n;
}

void
gate_close(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->closed = true;
	pthread_cond_signal(&g->change);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->keeper, NULL);
	pthread_cond_destroy(&g->change);
	pthread_mutex_destroy(&g->lock);
	free(g);
}
