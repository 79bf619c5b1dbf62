#include "gateway/window.h"

#define CAP_MIN 16 /* sessions that a mail server may need to be busy */
#define QUEUE_US 10000

void
pace_begin(struct pace *p, unsigned most)
{
	*p = (struct pace){ .most = most, .cap = most < 4 * CAP_MIN ? most : 4 * CAP_MIN };
}

/* A round is over: as many were settled as may fly. */
static void
end_round(struct pace *p)
{
	int64_t mean = p->sum / p->n;
	unsigned least = p->most < CAP_MIN ? p->most : CAP_MIN;

	if (mean > 2 * p->fastest + QUEUE_US)
		p->cap -= p->cap / 4;
	else if (mean < p->fastest + p->fastest / 2 + QUEUE_US / 2)
		p->cap += p->cap / 4 + 1;
	if (p->cap < least)
		p->cap = least;
	if (p->cap > p->most)
		p->cap = p->most;
	/* Ways get longer, too: what was fastest once is forgotten little by little. */
	p->fastest += p->fastest / 64 + 1;
	p->n = 0;
	p->sum = 0;
}

void
pace_settled(struct pace *p, int64_t us)
{
	if (p->fastest == 0 || us < p->fastest)
		p->fastest = us > 0 ? us : 1;
	p->sum += us;
	if (++p->n >= p->cap)
		end_round(p);
}
