#include "gateway/window.h"

#define CAP_MIN 16     /* sessions that a mail server may need to be busy */
#define QUEUE_US 10000 /* at most so long may a copy wait behind others of jobs */
#define PROBE_ROUNDS 64

void
pace_begin(struct pace *p, unsigned most)
{
	*p = (struct pace){ .most = most, .cap = most < 4 * CAP_MIN ? most : 4 * CAP_MIN };
	p->left = p->cap;
}

static unsigned
least(const struct pace *p)
{
	return p->most < CAP_MIN ? p->most : CAP_MIN;
}

/*
 * What the way itself takes is seen only without a queue: now and then few fly for a round, once
 * those before them are back.
 */
static void
begin_probe(struct pace *p)
{
	p->rounds = 0;
	p->left = p->cap > least(p) ? p->cap + least(p) : p->cap;
	p->saved = p->cap;
	p->cap = least(p);
	p->fastest = INT64_MAX;
}

/* A round is over: as many were settled as may fly. */
static void
end_round(struct pace *p)
{
	int64_t mean = p->sum / p->n;

	if (p->saved != 0) {
		p->cap = p->saved;
		p->saved = 0;
	} else if (mean > p->fastest + QUEUE_US) {
		p->cap -= p->cap / 4;
		p->settled = true;
	} else if (mean < p->fastest + QUEUE_US / 2) {
		/* nothing has queued yet: as long as that is so, there is little to lose */
		p->cap += p->settled ? p->cap / 4 + 1 : p->cap;
	} else {
		p->settled = true;
	}
	if (p->cap < least(p))
		p->cap = least(p);
	if (p->cap > p->most)
		p->cap = p->most;
	p->left = p->cap;
	if (++p->rounds >= PROBE_ROUNDS)
		begin_probe(p);
	p->n = 0;
	p->sum = 0;
}

void
pace_settled(struct pace *p, int64_t us)
{
	if (p->fastest == 0 || us < p->fastest)
		p->fastest = us > 0 ? us : 1;
	p->sum += us;
	p->n++;
	if (--p->left == 0)
		end_round(p);
}
