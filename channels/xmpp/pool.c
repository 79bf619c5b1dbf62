#include "channels/xmpp/pool.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/log.h"

static void
count(struct pool *p, void *got)
{
	if (got == NULL)
		log_die("out of memory");
	p->used += malloc_usable_size(got);
	if (p->used > POOL_MAX)
		p->over(p->cookie);
}

static void *
pool_alloc(size_t n, void *self)
{
	void *got = malloc(n);

	count(self, got);
	return got;
}

static void
uncount(struct pool *p, void *had)
{
	if (had != NULL)
		p->used -= malloc_usable_size(had);
}

static void
pool_free(void *had, void *self)
{
	uncount(self, had);
	free(had);
}

static void *
pool_resize(void *had, size_t n, void *self)
{
	void *got;

	uncount(self, had);
	got = realloc(had, n);
	count(self, got);
	return got;
}

void
pool_init(struct pool *p, void (*over)(void *cookie), void *cookie)
{
	p->mem = (xmpp_mem_t){ pool_alloc, pool_free, pool_resize, p };
	p->used = 0;
	p->over = over;
	p->cookie = cookie;
}
