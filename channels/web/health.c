#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "channels/web/health.h"

#define TIMES                                                                                      \
	10 /* as long as it took to find out is it good: who asks all the time costs no more than that */
#define KEPT_MS 5000
#define TEXT_MAX 8192

struct health_kept {
	pthread_mutex_t lock;
	int64_t until;
	size_t n;
	char text[TEXT_MAX];
};

struct health_kept *
health_start(void)
{
	struct health_kept *k = mem_new(sizeof *k);

	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void
health_stop(struct health_kept *k)
{
	if (k == NULL)
		return;
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static bool
give_kept(struct health_kept *k, struct buf *out)
{
	bool good;

	pthread_mutex_lock(&k->lock);
	good = clock_ms() < k->until;
	if (good)
		buf_add(out, k->text, k->n);
	pthread_mutex_unlock(&k->lock);
	return good;
}

static void
keep(struct health_kept *k, const struct buf *out, int64_t began)
{
	int64_t now = clock_ms();

	if (out->len > TEXT_MAX)
		return;
	pthread_mutex_lock(&k->lock);
	memcpy(k->text, out->data, out->len);
	k->n = out->len;
	k->until = now + (now - began < KEPT_MS / TIMES ? TIMES * (now - began) : KEPT_MS);
	pthread_mutex_unlock(&k->lock);
}

/* False: the store cannot be read. */
static bool
look(struct visit *v, struct buf *out)
{
	static const char *const states[] = { [CHANNEL_CONNECTING] = "connecting",
		[CHANNEL_UP] = "up",
		[CHANNEL_DOWN] = "down",
		[CHANNEL_PAUSED] = "paused" };
	struct health h[32];
	size_t n = core_health(v->web->core, h, sizeof h / sizeof h[0]);
	bool read = v->tx != NULL && (n == 0 || h[0].waiting != -1);
	int64_t since;
	const char *trouble = core_store_trouble(v->web->core, &since);

	if (trouble != NULL)
		buf_printf(out, "store: %s since %lld\n", trouble, (long long)since);
	else
		buf_text_add(out, read ? "ok\n" : "the store cannot be read\n");
	/* The reason of a failure is the operator's (hudhudctl): it may name who was written to. */
	for (size_t i = 0; i < n && i < sizeof h / sizeof h[0]; i++) {
		buf_printf(out, "%s %s %s ", h[i].name, h[i].kind, states[h[i].state]);
		if (h[i].waiting >= 0)
			buf_printf(out, "%lld\n", (long long)h[i].waiting);
		else
			buf_text_add(out, "?\n");
	}
	return read;
}

void
health_get(struct visit *v)
{
	struct health_kept *k = v->web->health;
	int64_t began = clock_ms();
	struct buf out = { 0 };
	bool read = true;

	if (v->tx == NULL || !give_kept(k, &out)) {
		read = look(v, &out);
		if (read)
			keep(k, &out, began);
	}
	httpd_set(v->http, "Cache-Control", "no-store");
	httpd_answer(v->http, read ? 200 : 503, "text/plain; charset=utf-8", &out);
}
